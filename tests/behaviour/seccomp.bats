#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# System calls: what policies allow and refuse, in the kernel, each refusal beside the same call unfiltered.
# shellcheck disable=SC2016 # the scripts are for the shell inside

load ../lib/common

setup() {
	here
	chmod a+rx "$BATS_TEST_TMPDIR"
	[ "$(uname -m)" = x86_64 ] || skip 'numbers are those of x86-64'
	mkdir "$USER_HOME/work/$BATS_TEST_NUMBER" # of its own: tests of a file may run at once
	cd "$USER_HOME/work/$BATS_TEST_NUMBER" || return
	cc -static -O1 -o call "$BATS_TEST_DIRNAME/../lib/call.c"
	own .
}

in_sandbox() { as_user "$SANDBOX" "$@"; }

# numbers NAME...: x86-64's
numbers() {
	local name
	for name; do echo "SYS_$name"; done | { echo '#include <sys/syscall.h>'; sed 's/^/=/'; } | cc -E -P -x c - | sed -n 's/^= *//p'
}

# expect LINE OPTION... -- CALL...: each of the calls ends in LINE
expect() {
	local wanted=$1 options=()
	shift
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	for line in "$@"; do echo "${line%%,*} $wanted"; done >wanted
	in_sandbox "${options[@]}" ./call "$@" >got
	diff wanted got
}

@test "the default policy refuses what acts on the machine, with EPERM" {
	mapfile -t list < <(numbers acct add_key adjtimex bpf chroot clock_adjtime clock_settime delete_module fanotify_init finit_module \
		get_mempolicy init_module io_uring_enter io_uring_register io_uring_setup ioperm iopl kexec_file_load kexec_load keyctl \
		mbind migrate_pages mount mount_setattr move_mount move_pages open_by_handle_at open_tree fsopen fsmount fsconfig fspick \
		perf_event_open pidfd_getfd pivot_root quotactl quotactl_fd reboot request_key set_mempolicy setdomainname sethostname setns \
		settimeofday swapoff swapon sysfs syslog umount2 userfaultfd uselib ustat vhangup lookup_dcookie)
	[ "${#list[@]}" -ge 50 ]
	expect '-1 EPERM' -- "${list[@]}" 467 470 472
}

@test "unknown calls and clone3 do not exist, x32 neither" {
	expect '-1 ENOSYS' -- 435 480 500 1000 100000 1073741823 1073741824 1073741863 1073742335 2147483648 4294967294
	in_sandbox --syscalls none --deny-syscall chown ./call 1073741863 >got # getpid
	[ "$(cat got)" = '1073741863 -1 ENOSYS' ]
}

@test "namespaces: by clone's and unshare's flags, open with --allow-userns" {
	expect '-1 EPERM' -- 272,0x10000000 272,0x20000000 272,0x20000 272,0x40000000 272,0x80 272,0x100000 56,0x10000011 56,0x7e020011 308,0,0
	expect 'ok 0' -- 272,0 272,0x400 272,0x200
	expect 'ok 0' --allow-userns -- 272,0x10000000
	in_sandbox --allow-userns unshare -Ur id -u >got
	[ "$(cat got)" = 0 ]
	run in_sandbox unshare -Ur id -u
	[ "$status" -ne 0 ]
	[[ $output == *'Operation not permitted'* ]]
}

@test "namespaces in one that --userns names: open with --allow-userns alone" {
	exec_as_user unshare -Ur sleep 60 3>&- &
	local pid=$! within='exec 9<"$1"; shift; exec "$@"'
	until [ "$(readlink "/proc/$pid/ns/user")" != "$(readlink /proc/self/ns/user)" ] && pgrep -x sleep | grep -qx "$pid"; do
		sleep 0.02
	done
	as_user sh -c "$within" sh "/proc/$pid/ns/user" "$SANDBOX" --cwd none --allow-userns --userns 9 unshare -U true
	as_user sh -c "$within" sh "/proc/$pid/ns/user" "$SANDBOX" --userns 9 --report-denied ./call 272,0x10000000 >got 2>told 3>&-
	run as_user sh -c "$within" sh "/proc/$pid/ns/user" "$SANDBOX" --cwd none --userns 9 unshare -U true
	kill "$pid"
	[ "$status" -ne 0 ]
	[[ $output == *'Operation not permitted'* ]]
	[ "$(cat told)" = 'sandbox: call was refused unshare (EPERM); --allow-userns allows it' ]
}

@test "a sandbox in a sandbox in a sandbox" {
	cp "$SANDBOX" .
	in_sandbox --allow-userns ./sandbox --allow-userns ./sandbox echo within >got
	[ "$(cat got)" = within ]
	cp "$BWRAP" .
	in_sandbox --allow-userns ./bwrap --dev-bind / / --unshare-all echo within >got
	[ "$(cat got)" = within ]
}

@test "TIOCSTI, TIOCLINUX and TIOCSETD are refused, whatever is in the upper half of the request" {
	expect '-1 EPERM' -- 16,0,0x5412,0 16,0,0x100005412,0 16,0,0xffffffff00005412,0 16,0,0x541c,0 16,0,0x8000000000005412 16,0,0x5423,0
	: the control, which fails for its own reason
	in_sandbox --syscalls none ./call 16,0,0x5412,0 </dev/null >got
	[ "$(cat got)" = '16 -1 ENOTTY' ]
	expect '-1 ENOTTY' -- 16,0,0x5401,0 </dev/null
}

@test "requests that reach outside by what only reads: leases, notices, hints, subvolumes" {
	expect '-1 EPERM' -- 72,0,1024,0 72,0,1026,1 72,0,1036,0 72,0,1040,0 72,0,0x100000400,0 16,0,0x50009417,0 16,0,0x4008941a,0 \
		16,0,0xffffffff5000940e,0 16,0,0xc0c89425,0 16,0,0x4030bc10,0
	expect '-1 EPERM' --syscalls strict --allow-syscall fork --allow-syscall clone --allow-syscall @process -- 72,0,1024,0 72,0,1026,1 72,0,1036,0 72,0,1040,0
	expect '-1 EBADF' --syscalls none -- 72,99,1024,0 16,99,0x50009417,0 # the control
	: clones and locks are for all
	expect '-1 EBADF' -- 72,99,6,0 72,99,8,0 72,99,1025,0 16,99,0x40049409,0 16,99,0x4020940d,0 16,99,0xc0189436,0
	as_user flock . "$SANDBOX" sh -c 'flock -n /usr true && cp --reflink=auto call copy'
	cmp call copy
}

@test "no character device 0:0 is left, which an overlay of a later run would take for a deleted file" {
	run in_sandbox mknod gone c 0 0
	[ "$status" -ne 0 ]
	[[ $output == *'Operation not permitted' ]]
	[ ! -e gone ]
	in_sandbox mknod queue p # others as before
	[ -p queue ]
	echo text >kept
	own kept
	expect '-1 EPERM' -- 133,0,0020644,0 259,-100,0,0020644,0 316,-100,0,-100,0,4
	expect '-1 EFAULT' -- 133,0,0010644,0 259,-100,0,0010644,0 316,-100,0,-100,0,1
	in_sandbox --allow-syscall mknod --allow-syscall mknodat mknod gone c 0 0
	[ "$(stat -c %t:%T:%F gone)" = '0:0:character special file' ]
}

@test "sockets: unix, inet, inet6 and netlink's routes alone" {
	expect 'ok 0' -- 41,1,1 41,1,5 41,2,1 41,2,2 41,10,1 41,2,0x80801,6 41,10,2,17 41,16,3,0 41,16,0x80003,0
	expect '-1 EAFNOSUPPORT' -- 41,17,3 41,38,5 41,40,1 41,15,3,2 41,29,3,1 41,31,3 41,44,3 41,30,1 41,16,3,15 41,16,3,4 41,16,3,9 41,16,3,12 41,16,3,16 \
		41,0x100000028,1 53,30,1 53,16,3
	expect 'ok 0' --allow-syscall 'socket:0==AF_NETLINK,2==NETLINK_SOCK_DIAG' -- 41,16,3,4
}

@test "protocols: those of TCP, UDP and ICMP alone, and raw ones for who has the capability" {
	: DCCP, SCTP, UDP-Lite, MPTCP, SMC by number, and by types that no other has
	expect '-1 EPROTONOSUPPORT' -- 41,2,6,33 41,2,1,132 41,10,1,132 41,2,2,136 41,10,2,136 41,2,1,262 41,10,1,262 41,2,1,256 41,2,2,115 \
		41,2,5 41,10,5 41,2,6 41,2,0x80805 41,2,15,132 41,0x100000002,1,0x100000106 41,2,1,-1
	: the kernel says what it lacks itself
	expect '-1 EINVAL' --allow-syscall socket -- 41,2,15,132
	[ ! -e /proc/sys/net/mptcp ] || expect 'ok 0' --allow-syscall socket:0==AF_INET,2==262 -- 41,2,1,262
	expect '-1 EPERM' -- 41,2,3,255 41,10,3,58
	expect 'ok 0' --cap-add NET_RAW -- 41,2,3,255 41,10,3,58 41,2,0x80803,1
}

@test "modes: set-uid and set-gid bits in no call" {
	expect '-1 EPERM' -- 90,0,04755 90,0,02755 91,-1,06000 85,0,04755 133,0,0104755 259,-100,0,0102755 268,-100,0,04755 452,-100,0,02755,0 \
		2,0,0x40,04755 2,0,0x410000,02755 257,-100,0,0x40,04755 257,-100,0,0x410000,02755 90,0,0x100000800
	expect '-1 ENOSYS' -- 437,-100,0,0,24
	expect '-1 EBADF' -- 91,-1,01777 # the control, as those that follow
	expect '-1 EFAULT' -- 90,0,01777 85,0,01777 133,0,0101777 259,-100,0,0101777 268,-100,0,01777 452,-100,0,01777,0 2,0,0x40,01777 257,-100,0,0x40,01777 \
		2,0,0,06755 257,-100,0,0,06755
	expect '-1 EFAULT' --allow-suid -- 90,0,04755 85,0,04755 133,0,0104755 259,-100,0,0102755 268,-100,0,04755 2,0,0x40,04755 257,-100,0,0x40,04755
}

@test "personality: harmless ones" {
	expect 'ok 0' -- 135,0xffffffff 135,0 135,0x40000 135,8 135,0x20008
	expect '-1 EPERM' -- 135,0x400000 135,0x440000 135,0x200000 135,0x6 135,0x100000
	in_sandbox setarch -R cat /proc/self/personality >got
	[ "$(cat got)" = 00040000 ]
}

@test "errnos, killing, logging; conditions; the last statement that fits decides" {
	expect '-1 ENOMEM' --deny-syscall getpid:ENOMEM -- 39
	expect '-1 EPERM' --deny-syscall getpid -- 39
	in_sandbox --deny-syscall getpid:kill ./call 39 39 >got
	[ "$(cat got)" = $'39 killed by 31\n39 killed by 31' ]
	expect 'ok 0' --deny-syscall getpid:log -- 39
	expect '-1 EPERM' --deny-syscall '@sync' -- 162 74 306
	expect 'ok 0' --deny-syscall '@sync' --allow-syscall sync -- 162
	expect '-1 EPERM' --allow-syscall sync --deny-syscall '@sync' -- 162
	expect '-1 EACCES' --deny-syscall 'dup:0>=5,0<=9:EACCES' -- 32,5 32,9 32,0x100000005
	expect '-1 EBADF' --deny-syscall 'dup:0>=5,0<=9:EACCES' -- 32,11 32,4
	expect '-1 EACCES' --syscalls none --deny-syscall 'lseek:1>0x1ffffffff:EACCES' -- 8,0,0x200000000,9
	expect '-1 EINVAL' --syscalls none --deny-syscall 'lseek:1>0x1ffffffff:EACCES' -- 8,0,0x1ffffffff,9 8,0,0,9 </dev/null
}

@test "a policy from a file" {
	cat >policy <<-END
		# everything but the network
		use default
		deny @network-io:ENETUNREACH   # no socket either
		allow socket:0==AF_UNIX
	END
	own policy
	expect '-1 ENETUNREACH' --syscalls policy -- 41,2,1 42,0,0,0
	expect 'ok 0' --syscalls ./policy -- 41,1,1 39
	printf 'use default\nallow raed\n' >policy
	run in_sandbox --syscalls policy true
	[ "$status:$output" = "125:sandbox: --syscalls: policy:2: 'raed' is not a system call; did you mean read" ]
	printf 'allow\0read' >policy
	run in_sandbox --syscalls policy true
	[ "$status:$output" = '125:sandbox: --syscalls: policy contains a NUL byte, so it is not a policy; give a compiled program to --seccomp FD' ]
	run in_sandbox --syscalls no-such true
	[ "$status:$output" = "125:sandbox: --syscalls: cannot open the policy no-such: No such file or directory; it is a file's name, or default, strict or none" ]
	printf 'otherwise deny\nallow read\n' >policy
	run in_sandbox --syscalls policy true
	[ "$status:$output" = '125:sandbox: --syscalls: the policy denies execve, so COMMAND could not start; add the line: allow execve:first' ]
	: by an option, whatever the policy
	printf 'otherwise allow\n' >policy
	for name in none default strict policy; do
		run in_sandbox --syscalls "$name" --deny-syscall @process --deny-syscall execve --allow-syscall read true
		[ "$status:$output" = '125:sandbox: --deny-syscall denies execve, so COMMAND could not start; add behind it: --allow-syscall execve:first' ]
		in_sandbox --syscalls "$name" --deny-syscall execve --allow-syscall execve:first true
	done
	run in_sandbox --deny-syscall opne true
	[ "$status:$output" = "125:sandbox: --deny-syscall: 'opne' is not a system call; did you mean open" ]
	run in_sandbox --allow-syscall 'socket:0==AF_PACKAGE' true
	[ "$status:$output" = "125:sandbox: --allow-syscall: 'AF_PACKAGE' is not a number or a known constant; did you mean AF_PACKET" ]
}

@test "a policy is read from a regular file, or a pipe that the caller holds, of bounded size, and through no link that a command made" {
	local said='is a link that a command in a sandbox may have made; if it is right, give the real path:' more
	refused() {
		run -125 as_user timeout --foreground 20 "$SANDBOX" --syscalls "$1" $more touch ran
		[ "$output" = "sandbox: --syscalls: $2" ] || { echo "$output" >&2; return 1; }
		[ ! -e ran ]
	}
	echo 'use default' >policy
	mkfifo fifo
	mkdir directory
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
	truncate -s 17M long
	as_user mkdir ../closed
	as_user cp policy ../closed
	own policy fifo directory socket long
	for more in '' --plan; do
		refused /dev/zero '/dev/zero is a device; name a regular file'
		refused fifo 'fifo is a FIFO; name a regular file'
		refused directory 'directory is a directory; name a regular file'
		refused long 'long is longer than 16 MiB'
		run -125 as_user timeout --foreground 20 "$SANDBOX" --syscalls socket $more touch ran
		[[ $output = 'sandbox: --syscalls: cannot open the policy socket: '* ]]
		run -125 as_user bash -c 'timeout --foreground 20 "$@" touch ran </dev/zero' bash "$SANDBOX" --syscalls /dev/stdin $more
		[ "$output" = 'sandbox: --syscalls: /dev/stdin is a device; name a regular file' ]
		run -125 as_user bash -c 'yes | timeout --foreground 20 "$@" touch ran' bash "$SANDBOX" --syscalls /dev/stdin $more
		[ "$output" = 'sandbox: --syscalls: /dev/stdin is longer than 16 MiB' ]
		in_sandbox ln -sfn ../closed/policy planted
		refused planted "$PWD/planted $said --syscalls $(dirname "$PWD")/closed/policy"
		in_sandbox ln -sfn /dev/zero planted
		refused planted "$PWD/planted $said --syscalls /dev/zero"
	done
	: what is meant
	in_sandbox --syscalls policy true
	in_sandbox --syscalls ../closed/policy true
	as_user bash -c '"$0" --syscalls <(sleep 0.2; echo use default) true' "$SANDBOX"
	as_user bash -c 'echo use default | "$0" --syscalls /dev/stdin true' "$SANDBOX"
	in_sandbox --syscalls /dev/fd/9 true 9<policy
	in_sandbox ln -sfn ../closed/policy planted
	as_user "$BWRAP" --dev-bind / / --syscalls planted true
}

@test "a policy of another user's is not taken from where everybody may put files, nor a report or an output put there" {
	needs_root
	local dir=$BATS_TEST_TMPDIR/shared option said='belongs to another user, in a directory where everybody may create files; name a file of your own'
	mkdir -m 1777 "$dir"
	for option in --syscalls --stats --stdout --stderr; do
		echo 'use default' >"$dir/theirs"
		chmod 666 "$dir/theirs"
		in_sandbox $option "$dir/theirs" true # root's, whose the directory is
		echo 'use default' >"$dir/theirs"
		chown 65531 "$dir/theirs"
		run -125 in_sandbox $option "$dir/theirs" touch ran
		# The kernel may be the first to say so.
		[[ $output = "sandbox: $option: $dir/theirs $said" || $output = "sandbox: $option: cannot open the file $dir/theirs: Permission denied" ]]
		[ "$(cat "$dir/theirs")" = 'use default' ]
		[ ! -e ran ]
		ln -sfn "$dir/theirs" "$USER_DIR/elsewhere" # a link of root's, where no command could have made it
		run -125 in_sandbox $option "$USER_DIR/elsewhere" touch ran
		[[ $output = "sandbox: $option: $USER_DIR/elsewhere $said" || $output = *': Permission denied' ]]
		[ "$(cat "$dir/theirs")" = 'use default' ]
		run -125 "$SANDBOX" --cwd none $option "$dir/theirs" true
		[[ $output = "sandbox: $option: $dir/theirs "* || $output = *'Permission denied' ]]
		[ "$(cat "$dir/theirs")" = 'use default' ]
		cp "$dir/theirs" "$dir/own"
		own "$dir/own"
		in_sandbox $option "$dir/own" true
		chmod 755 "$dir" && chown 65531 "$dir"
		[ $option != --syscalls ] || in_sandbox $option "$dir/theirs" true
		chmod 1777 "$dir" && chown 0 "$dir"
		rm "$dir"/*
	done
	[ "$(printf 'theirs' >"$dir/in"; chown 65531 "$dir/in"; in_sandbox --stdin "$dir/in" cat)" = theirs ]
}

@test "execve:first means the same behind a condition that is inverted" {
	printf '%s\n' 'use default' 'deny execve' 'allow ioctl:1!=TIOCSTI' 'allow execve:first' >apart
	printf '%s\n' 'use default' 'deny execve' 'allow ioctl:1!=TIOCSTI execve:first' >together
	in_sandbox --syscalls apart --dump-filter >one
	in_sandbox --syscalls together --dump-filter >other
	[ -s one ]
	cmp one other
	run in_sandbox --syscalls together sh -c 'exec cat /etc/passwd'
	[ "$status" -eq 126 ]
}

@test "strict: files and memory, no sockets, and no program but the first" {
	in_sandbox --syscalls strict python3 -c '
import hashlib, threading, os
print(hashlib.sha256(open("/etc/passwd", "rb").read()).hexdigest() != "")
t = threading.Thread(target=lambda: print("a thread")); t.start(); t.join()
for f in (lambda: os.execv("/bin/true", ["true"]), os.fork, lambda: __import__("socket").socket(), lambda: os.kill(1, 0)):
    try:
        f(); print("allowed")
    except PermissionError as e:
        print(e.strerror)
' >got
	[ "$(cat got)" = $'True\na thread\nOperation not permitted\nOperation not permitted\nOperation not permitted\nOperation not permitted' ]
	in_sandbox --syscalls strict cat /usr/lib/os-release >got
	cmp got /usr/lib/os-release
	: through PATH, and a script that the shell must run
	echo 'echo "$1"' >script && chmod 755 script && own script
	in_sandbox --syscalls strict ./script hello >got
	[ "$(cat got)" = hello ]
	run in_sandbox --syscalls strict sh -c 'exec cat /etc/passwd'
	[ "$status" -eq 126 ]
	: no change of its own rights
	run in_sandbox --syscalls strict python3 -c 'import ctypes; print(ctypes.CDLL(None, use_errno=True).prctl(4, 1), ctypes.get_errno())'
	[ "$output" = '-1 1' ]
	run in_sandbox --syscalls strict no-such-command
	[ "$status:$output" = '127:sandbox: no-such-command: not found in PATH' ]
}

@test "the 32-bit ABI is held by the same policy" {
	./call -32 20 | grep -qx '20 ok 0' || skip 'this kernel has no 32-bit ABI'
	: mount, unshare with a user namespace, clone3, ioctl with TIOCSTI, socketcall with socket and socketpair, chmod 4755
	local calls=(21 '310,0x10000000' 435 '54,0,0x5412' '102,1,0' '102,8,0' '15,0,04755')
	in_sandbox ./call -32 "${calls[@]}" >got
	printf '%s\n' '21 -1 EPERM' '310 -1 EPERM' '435 -1 ENOSYS' '54 -1 EPERM' '102 -1 EPERM' '102 -1 EPERM' '15 -1 EPERM' | diff - got
	in_sandbox --syscalls none ./call -32 54,0,0x5412 102,1,0 102,8,0 15,0,04755 </dev/null >got
	printf '%s\n' '54 -1 ENOTTY' '102 -1 EFAULT' '102 -1 EFAULT' '15 -1 EFAULT' | diff - got
	: strict has none of it
	echo 'int main(void) { int r; __asm__ volatile("int $0x80" : "=a"(r) : "a"(20)); return r == -1; }' >narrow.c
	cc -static -o narrow narrow.c
	in_sandbox ./narrow
	run in_sandbox --syscalls strict ./narrow
	[ "$status" -eq $((128 + 31)) ] # SIGSYS
}

@test "the 32-bit ABI can be refused as a whole" {
	run in_sandbox --deny-syscall @32-bit ./call 39
	[ "$output" = '39 ok 0' ]
	run in_sandbox --deny-syscall @32-bit --dump-filter
	[ "$(grep -c 'load number' <<<"$output")" -eq 1 ]
	run in_sandbox --syscalls strict --dump-filter
	[ "$(grep -c 'load number' <<<"$output")" -eq 1 ]
	run in_sandbox --dump-filter
	[ "$(grep -c 'load number' <<<"$output")" -eq 2 ]
}

@test "an id that the sandbox lacks is refused as to any user, not as a fault" {
	touch file
	own file
	local me=$USER_ID:$USER_ID
	run in_sandbox sh -c "chown 0 file || chown :0 file || chown -h 0:0 file || chown $me file && chown -h $me file && ls -n file"
	[ "$(grep -c 'Operation not permitted' <<<"$output")" -eq 3 ]
	[[ $output == *" $USER_ID $USER_ID "* ]]
	run in_sandbox --uid 5 --gid 6 sh -c 'chown 5:6 file && ! chown 5:7 file && chown 7 file'
	[ "$(grep -c 'Operation not permitted' <<<"$output")" -eq 2 ]
	: the control, and the ids that an option adds
	run in_sandbox --allow-syscall @chown chown 0 file
	[[ $output == *': Invalid argument' ]]
	run in_sandbox --report-denied sh -c 'chown 0 file; chown :3 file'
	[[ $output == *'sandbox: chown was refused fchownat (EPERM); --uid 0 allows it'* ]]
	[[ $output == *'sandbox: chown was refused fchownat (EPERM); --gid 3 allows it'* ]]
	in_sandbox --uid 0 chown 0 file
	: what builds packages as if it were root
	needs fakeroot
	run in_sandbox fakeroot sh -c 'chown 0:0 file && chown 12:34 file && stat -c %u:%g file'
	[ "$output" = 12:34 ]
}

@test "refused calls are told once, with the option that allows them" {
	cp "$SANDBOX" .
	in_sandbox --report-denied sh -c './call 165 165 165 323 && ./call 41,17,3 41,40,1 41,17,2 16,0,0x5412' >got 2>told
	printf '%s\n' '165 -1 EPERM' '165 -1 EPERM' '165 -1 EPERM' '323 -1 EPERM' '41 -1 EAFNOSUPPORT' '41 -1 EAFNOSUPPORT' \
		'41 -1 EAFNOSUPPORT' '16 -1 EPERM' | diff - got
	diff - told <<-END
		sandbox: call was refused mount (EPERM); --allow-userns allows it
		sandbox: call was refused userfaultfd (EPERM); --allow-syscall userfaultfd allows it
		sandbox: call was refused socket (EAFNOSUPPORT); --allow-syscall socket:0==0x11 allows it
		sandbox: call was refused socket (EAFNOSUPPORT); --allow-syscall socket:0==0x28 allows it
		sandbox: call was refused ioctl (EPERM); --allow-syscall ioctl:1==0x5412 allows it
	END
	: of a file, to which --allow-userns adds nothing
	echo 'use default' >policy
	for more in '' --allow-userns; do
		# shellcheck disable=SC2086 # an option or none
		in_sandbox --syscalls policy $more --report-denied ./call 308,0,0 >got 2>told
		[ "$(cat told)" = 'sandbox: call was refused setns (EPERM); --allow-syscall setns allows it' ]
	done
	: also one that is answered as if the kernel had no such call, but not what every libc falls back from
	in_sandbox --report-denied ./call 437,0xffffff9c,0,0,0 435,0,0 999 >got 2>told
	printf '%s\n' '437 -1 ENOSYS' '435 -1 ENOSYS' '999 -1 ENOSYS' | diff - got
	[ "$(cat told)" = 'sandbox: call was refused openat2 (ENOSYS); --allow-syscall openat2 or --allow-suid allows it' ]
	: the advice is good
	for more in --allow-suid '--allow-syscall openat2'; do
		# shellcheck disable=SC2086 # an option and its value
		in_sandbox --report-denied $more ./call 437,0xffffff9c,0,0,0 >got 2>told
		[ ! -s told ]
	done
	expect '-1 EAFNOSUPPORT' --report-denied --allow-syscall socket:0==0x28 -- 41,17,3 2>/dev/null
	in_sandbox --report-denied --allow-syscall userfaultfd ./call 323,1 >got 2>told
	[ ! -s told ]
	: the mark of execve:first is no argument of execve
	run in_sandbox --report-denied --syscalls strict --allow-syscall clone --allow-syscall wait4 bash -c 'ls; ls; true'
	[ "$(grep -c execve <<<"$output")" -eq 1 ]
	[[ $output == *'sandbox: bash was refused execve (EPERM); --allow-syscall execve allows it'* ]]
	run -0 in_sandbox --syscalls strict --allow-syscall clone --allow-syscall wait4 --allow-syscall execve bash -c 'ls -d .; true'
	run in_sandbox --report-denied --syscalls none true
	[ "$status:$output" = '125:sandbox: --report-denied needs a policy; add --syscalls default' ]
	: a flood is cut short
	in_sandbox --report-denied ./call $(seq -f 41,%.0f,1 100 250) 2>told >got
	[ "$(grep -c EAFNOSUPPORT got)" -eq 151 ]
	[ "$(wc -l <told)" -eq 101 ]
	[ "$(tail -n 1 told)" = 'sandbox: more than 100 different system calls were refused; the others are not reported' ]
}

@test "the listener stays outside, and no process of ours is left beside the command" {
	in_sandbox --report-denied sh -c 'ls -l /proc/self/fd; for p in /proc/[0-9]*; do echo "$p $(tr "\0" " " <$p/cmdline)"; done' >got 2>told
	run ! grep -q seccomp got
	[ "$(grep -c '^/proc/[0-9]' got)" -le 3 ]
	# Under bwrap what the caller left open is the command's.
	echo content >open
	[ "$(as_user "$BWRAP" "${HOST[@]}" --syscalls default --report-denied sh -c 'cat <&9' 9<open)" = content ]
	in_sandbox --report-denied --as-pid-1 ./call 323 >got 2>told
	[ "$(cat got)" = '323 -1 EPERM' ]
	[ "$(cat told)" = 'sandbox: call was refused userfaultfd (EPERM); --allow-syscall userfaultfd allows it' ]
	: under bwrap too, with and without a process of ours inside
	for options in '' '--unshare-pid'; do
		# shellcheck disable=SC2086 # an option or none
		as_user "$BWRAP" --dev-bind / / $options --syscalls default --report-denied ./call 323 39 >got 2>told
		[ "$(cat got)" = $'323 -1 EPERM\n39 ok 0' ]
		[ "$(cat told)" = 'bwrap: call was refused userfaultfd (EPERM); --allow-syscall userfaultfd allows it' ]
	done
}

@test "under bwrap there is no filter unless one is asked for" {
	run as_user "$BWRAP" --dev-bind / / grep Seccomp: /proc/self/status
	[ "$output" = $'Seccomp:\t0' ]
	run as_user "$BWRAP" --dev-bind / / --deny-syscall chown grep Seccomp: /proc/self/status
	[ "$output" = $'Seccomp:\t2' ]
	run in_sandbox grep Seccomp: /proc/self/status
	[ "$output" = $'Seccomp:\t2' ]
	run in_sandbox --syscalls none grep Seccomp: /proc/self/status
	[ "$output" = $'Seccomp:\t0' ]
}

# A program in the form that --seccomp takes, of instructions "code jt jf k".
program() {
	printf '%s\n' "$@" | python3 -c 'import struct,sys; [sys.stdout.buffer.write(struct.pack("HBBI", *(int(w, 0) for w in l.split()))) for l in sys.stdin]'
}

@test "programs of --seccomp beside the policy: the stricter answer counts" {
	program '0x20 0 0 0' '0x15 0 1 39' '0x06 0 0 0x0005000c' '0x06 0 0 0x7fff0000' >getpid # ENOMEM
	own getpid
	in_sandbox --seccomp 9 ./call 39 165 110 9<getpid >got
	[ "$(cat got)" = $'39 -1 ENOMEM\n165 -1 EPERM\n110 ok 0' ]
	in_sandbox --add-seccomp-fd 9 --add-seccomp-fd 8 --deny-syscall getppid:ENXIO ./call 39 110 9<getpid 8<getpid >got
	[ "$(cat got)" = $'39 -1 ENOMEM\n110 -1 ENXIO' ]
	: strict may refuse seccomp itself, for it comes last
	in_sandbox --syscalls strict --seccomp 9 cat /etc/hostname 9<getpid >got
	cmp got /etc/hostname
	for row in '0x15 0 1 0|0x06 0 0 0:1 of 2 (code 0x15) jumps past the end of the program' '0x20 0 0 64|0x06 0 0 0:0 of 2 (code 0x20) loads from beyond the 64 bytes of struct seccomp_data, or from an offset that 4 does not divide' \
		'0x06 0 0 0|0x20 0 0 0:1 of 2 (code 0x20) is the last one but does not return'; do
		IFS='|' read -ra code <<<"${row%%:*}"
		program "${code[@]}" >bad && own bad
		run in_sandbox --seccomp 9 true 9<bad
		[ "$status" -eq 125 ]
		[[ $output == "sandbox: --seccomp: the program's instruction "*"${row##*) }" ]]
	done
}

@test "--dump-filter prints instructions, --plan names the policy" {
	in_sandbox --dump-filter >got
	[ "$(head -n 3 got)" = $'   0  load architecture\n   1  if == 0xc000003e (x86-64) go to 2, else '"$(sed -n 's/.*(x86-64) go to 2, else //p' got)"$'\n   2  load number' ]
	grep -q 'deny with EPERM' got
	grep -q '(clone3)' got
	in_sandbox --syscalls strict --deny-syscall read --plan true >got
	grep -qx 'system calls policy strict' got
	grep -qx 'deny read' got
	run in_sandbox --syscalls none --dump-filter
	[ "$status:$output" = '125:sandbox: --dump-filter: there is no policy; add --syscalls default' ]
	: the same twice, also where a secret is in it
	in_sandbox --syscalls strict --dump-filter >got
	in_sandbox --syscalls strict --dump-filter | diff got -
}

@test "--no-sync: what writes files to disk succeeds at once" {
	for options in '' --no-sync; do
		# shellcheck disable=SC2086 # an option or none
		in_sandbox $options ./call 74,9999 75,9999 306,9999 277,9999,0,0,0 26,1,1,1 >got
		case $options in
		'') printf '%s\n' '74 -1 EBADF' '75 -1 EBADF' '306 -1 EBADF' '277 -1 EBADF' '26 -1 EINVAL' | diff - got ;;
		*) printf '%s ok 0\n' 74 75 306 277 26 | diff - got ;;
		esac
	done
}
