#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/kernels/guest.sh SCENE
#
# What the program does on another kernel: run in a booted guest by
# tests/kernels/run.sh, once as an ordinary user and once as root. The guest has
# busybox alone; SANDBOX's folder holds sandbox, call, and nosys, which refuses system
# calls. SCENE is core, or the name of what the guest was booted without. Prints
# each failure and, at the end, 'N passed, N failed'.
# shellcheck shell=dash
# shellcheck disable=SC2016,SC2317,SC2012,SC2009,SC2094 # scripts are for the shell inside; scenes are called by name
SANDBOX=${SANDBOX:-/work/sandbox}
HERE=${SANDBOX%/*}
NOSYS=$HERE/nosys
WORK=$HOME/w
BWRAP=$WORK/bin/bwrap
KERNEL=${KERNEL:-$(uname -r)}
passed=0 failed=0

result() { # 0-or-1 NAME TEXT...
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		shift
		echo "not ok: $*"
	fi
}

# capture COMMAND...: its stdout, stderr and status are in $out, $err and $code.
capture() {
	code=0
	"$@" >"$WORK/out" 2>"$WORK/err" </dev/null || code=$?
	out=$(cat "$WORK/out") err=$(cat "$WORK/err")
}

# gives NAME STDOUT COMMAND...: exactly that, nothing on stderr, status 0.
gives() {
	local name=$1 wanted=$2
	shift 2
	capture "$@"
	[ "$code" = 0 ] && [ "$out" = "$wanted" ] && [ -z "$err" ]
	result $? "$name: wanted '$wanted', got $code '$out' '$err'"
}

# does NAME COMMAND...: succeeds, and is silent on stderr.
does() {
	local name=$1
	shift
	capture "$@"
	[ "$code" = 0 ] && [ -z "$err" ]
	result $? "$name: got $code '$out' '$err'"
}

# tries NAME COMMAND...: it works, and one line says that a limit is missing.
tries() {
	local name=$1
	shift
	capture "$@"
	[ "$code" = 0 ] && [ "$(echo "$err" | grep -c '^sandbox: --.*-try: no limit is set: cannot limit the cgroup /.*: ')" = "$(echo "$err" | wc -l)" ]
	result $? "$name: got $code '$out' '$err'"
}

# fails NAME PATTERN COMMAND...: the command inside fails, and stderr matches.
fails() {
	local name=$1 wanted=$2
	shift 2
	capture "$@"
	# shellcheck disable=SC2254 # it is a pattern
	case $code:$err in 0:*) false;; *:$wanted) true;; *) false;; esac
	result $? "$name: wanted a failure like '$wanted', got $code '$out' '$err'"
}

# refuses NAME LINE COMMAND...: the program itself does, in exactly this one line, with its status.
refuses() {
	local name=$1 line=$2 status=125
	shift 2
	capture "$@"
	case $line in bwrap:*) status=1;; esac
	[ "$code" = "$status" ] && [ "$err" = "$line" ] && [ -z "$out" ]
	result $? "$name: wanted $status '$line', got $code '$out' '$err'"
}

is() { # NAME COMMAND...: of the world outside
	local name=$1
	shift
	"$@"
	result $? "$name: $*"
}

isnt() {
	local name=$1
	shift
	! "$@"
	result $? "$name: unexpectedly $*"
}

at_least() { # 6.6: is this kernel that or newer?
	local have=${KERNEL%%.*} rest=${KERNEL#*.}
	[ "$have" -gt "${1%.*}" ] || { [ "$have" = "${1%.*}" ] && [ "${rest%%[!0-9]*}" -ge "${1#*.}" ]; }
}

running() { ps -o args | grep -q "^sleep $1\$"; }

# until_true COMMAND...: waits for it, five seconds at most.
until_true() {
	local n=0
	until "$@"; do
		[ $n -lt 100 ] || return 1
		n=$((n + 1))
		usleep 50000
	done
}
not_running() { ! running "$1"; }

begin() {
	mkdir -p "$WORK/bin" && cd "$WORK" || exit 125
	ln -sf "$SANDBOX" "$BWRAP"
	[ "$(id -u)" = 0 ] && ROOT=1 || ROOT=
	cat /proc/self/mountinfo >"$WORK/mounts"
}

# No mount and no process may be left, whatever the scene.
end() {
	cat /proc/self/mountinfo >"$WORK/mounts-now"
	is 'no mount is left' cmp -s mounts mounts-now
	is 'no process is left' [ -z "$(ps -o args | grep -E "^($SANDBOX|$BWRAP|sleep 12[0-9][0-9])")" ]
	cd / && rm -rf "$WORK"
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
	exit
}

### core

check_tree() {
	gives 'a command runs' hello "$SANDBOX" echo hello
	fails '/usr is read-only' '*Read-only file system' "$SANDBOX" touch /usr/new
	fails '/etc is read-only' '*Read-only file system' "$SANDBOX" touch /etc/new
	fails '/ is read-only' '*Read-only file system' "$SANDBOX" mkdir /new
	does 'the working directory is writable' "$SANDBOX" sh -c 'echo in >made'
	is 'and written outside' [ "$(cat made)" = in ]
	fails '--cwd ro is not' '*Read-only file system' "$SANDBOX" --cwd ro touch other
	does '/tmp is writable' "$SANDBOX" touch /tmp/new /var/tmp/new /dev/shm/new
	isnt 'and not the host'\''s' [ -e /tmp/new ]
	echo secret >"$HOME/secret"
	fails 'home is empty' '*No such file*' "$SANDBOX" cat "$HOME/secret"
	gives 'but for what is shown' secret "$SANDBOX" --ro "$HOME/secret" cat "$HOME/secret"
	does 'home is writable' "$SANDBOX" sh -c 'echo x >~/new'
	isnt 'and thrown away' [ -e "$HOME/new" ]
	gives 'no more than this at the top' 'bin dev etc lib lib64 opt proc run sbin sys tmp usr var' \
		"$SANDBOX" sh -c 'echo $(ls / | grep -vxE "home|root")'
	fails 'no device but the usual' '*' "$SANDBOX" ls /dev/kmsg
	does 'null and zero work' "$SANDBOX" sh -c 'head -c 3 /dev/zero >/dev/null'
	fails '/proc/sys is read-only' '*' "$SANDBOX" sh -c 'echo x >/proc/sys/kernel/hostname'
}

check_mount_points() {
	does 'a missing mount point under /usr' "$SANDBOX" --tmpfs /usr/share/absent touch /usr/share/absent/x
	fails 'its neighbours stay read-only' '*Read-only file system' "$SANDBOX" --tmpfs /usr/share/absent touch /usr/share/y
	gives 'and stay' yes "$SANDBOX" --tmpfs /usr/bin/absent sh -c '[ -x /usr/bin/busybox ] && echo yes'
	isnt 'nothing is made outside' [ -e /usr/share/absent ]
	isnt 'nor here' [ -e /usr/bin/absent ]
	does 'a link made before leads there' "$SANDBOX" --symlink /run /srv --dir /srv/a test -d /run/a
}

check_root_dir() {
	mkdir -p tree/bin
	cp /usr/bin/busybox tree/bin/sh
	gives '--root DIR' tree "$SANDBOX" --root tree --cwd none /bin/sh -c 'echo tree'
	fails 'is read-only' '*Read-only file system' "$SANDBOX" --root tree --cwd none /bin/sh -c 'echo >/bin/new'
	does 'but with --overlay-root' "$SANDBOX" --root tree --overlay-root --cwd none /bin/sh -c 'echo >/bin/new'
	is 'the tree is as it was' [ "$(ls tree tree/bin | tr '\n' ' ')" = 'tree: bin  tree/bin: sh ' ]
}

check_overlay() {
	does 'an overlay is writable' "$SANDBOX" --overlay-src /usr --tmp-overlay /usr touch /usr/new
	isnt 'its layer is not written' [ -e /usr/new ]
	mkdir -p upper work
	does 'a kept overlay' "$SANDBOX" --overlay-src /usr/share --overlay upper work /run/o sh -c 'echo kept >/run/o/new'
	is 'keeps its layer' [ "$(cat upper/new)" = kept ]
	fails 'a read-only overlay is not writable' '*Read-only file system' \
		"$SANDBOX" --overlay-src /usr --overlay-src "$WORK/tree" --ro-overlay /run/o touch /run/o/new
	if at_least 6.6; then
		does 'a directory is replaced' "$SANDBOX" --overlay-src "$WORK/tree" --tmp-overlay /run/o sh -c 'rm -r /run/o/bin && mkdir /run/o/bin'
		is 'in the overlay alone' [ -e tree/bin/sh ]
	fi
	rm -rf upper work 2>/dev/null || "$SANDBOX" --uid 0 --gid 0 --cap-add ALL rm -rf upper work
}

check_network() {
	gives 'lo alone' lo "$SANDBOX" sh -c 'tail -n +3 /proc/net/dev | cut -d : -f 1 | tr -d " "'
	gives 'and up' heard "$SANDBOX" sh -c 'nc -l -p 5555 >/tmp/got </dev/null & usleep 300000; echo heard | nc -w 2 127.0.0.1 5555; usleep 200000; kill $! 2>/dev/null; cat /tmp/got'
	nc -l -p 5555 >heard </dev/null &
	local server=$!
	usleep 300000
	fails 'no port of the host can be reached' '*refused' "$SANDBOX" sh -c 'echo leaked | nc -w 2 127.0.0.1 5555'
	does 'but with --share-net' "$SANDBOX" --share-net sh -c 'echo shared | nc -w 2 127.0.0.1 5555'
	local tries=0
	until [ -s heard ] || [ $((tries += 1)) -gt 50 ]; do
		usleep 100000
	done
	kill $server 2>/dev/null
	wait $server
	is 'only that came' [ "$(cat heard)" = shared ]
}

check_processes() {
	local status signal
	for status in 0 1 42 125 126 127 255; do
		capture "$SANDBOX" sh -c "exit $status"
		is "status $status" [ "$code" = $status ]
		capture "$BWRAP" --dev-bind / / sh -c "exit $status"
		is "status $status of bwrap" [ "$code" = $status ]
	done
	for signal in 9 15 11; do
		capture "$SANDBOX" sh -c "kill -$signal \$\$"
		is "signal $signal" [ "$code" = $((128 + signal)) ]
		capture "$BWRAP" --dev-bind / / --unshare-pid sh -c "kill -$signal \$\$"
		is "signal $signal of bwrap" [ "$code" = $((128 + signal)) ]
	done
	for signal in TERM HUP USR1 WINCH; do # the shell has a background process ignore SIGINT
		rm -f ready
		"$SANDBOX" sh -c "trap 'exit 7' $signal; : >ready; while :; do usleep 20000; done" &
		until_true [ -e ready ]
		kill -$signal $!
		wait $!
		is "SIG$signal reaches the command" [ $? = 7 ]
	done
	gives 'process 1 is not the command' 2 "$SANDBOX" sh -c 'echo $$'
	gives 'but with --as-pid-1' 1 "$SANDBOX" --as-pid-1 sh -c 'echo $$'
	does 'others cannot be seen' "$SANDBOX" sh -c '[ "$(ls -d /proc/[0-9]* | wc -l)" -le 6 ]'
}

check_ends() {
	"$SANDBOX" sh -c 'setsid sleep 1201 & sleep 1201' &
	until_true running 1201
	is 'a sleeper runs' running 1201
	kill -9 $!
	wait $! 2>/dev/null
	is 'SIGKILL of the sandbox ends all in it' until_true not_running 1201
	"$SANDBOX" sh -c 'setsid sleep 1202 & usleep 100000'
	is 'so does the end of the command' until_true not_running 1202
	sh -c '"$@" & usleep 400000; kill -9 $$' sh "$BWRAP" --dev-bind / / --unshare-pid --die-with-parent sleep 1203 &
	until_true running 1203
	wait $! 2>/dev/null
	is '--die-with-parent ends with the caller' until_true not_running 1203
	local i
	for i in 0 1 2 3 4 5 6 7 8 9; do
		"$SANDBOX" sleep 1204 &
		usleep "${i}0000"
		kill -9 $!
		wait $! 2>/dev/null
	done
	is 'at whatever moment' until_true not_running 1204
}

# The kernels have Landlock from 6.1 on, scopes from 6.12 on.
check_landlock() {
	echo good >bait
	if at_least 5.19; then
		fails 'input cannot be opened for writing' '*Permission denied*' "$SANDBOX" --cwd none --keep-fd 8 sh -c 'echo evil >/proc/self/fd/8' 8<bait
		gives 'but again for reading' good "$SANDBOX" --cwd none --keep-fd 8 cat /proc/self/fd/8 8<bait
		is 'nothing was written' [ "$(cat bait)" = good ]
		gives 'renames into other directories' x "$SANDBOX" sh -c 'mkdir from to && echo x >from/f && mv from/f to/f && cat to/f && rm -r from to'
		if [ "$ROOT" ]; then
			mkfifo -m 666 /etc/fifo
			timeout 5 cat /etc/fifo >fifo-said & # a reader, for an opening to wait for
			fails 'a fifo below a read-only bind' '*Permission denied*' "$SANDBOX" sh -c 'echo evil >/etc/fifo'
			echo good >/etc/fifo
			wait $!
			is 'nobody wrote to it' [ "$(cat fifo-said)" = good ]
			rm /etc/fifo
		fi
	fi
	does 'without rules on files' "$SANDBOX" --cwd none --allow-userns --keep-fd 8 sh -c 'echo evil >/proc/self/fd/8' 8<bait
	is 'it is written' [ "$(cat bait)" = evil ]
	rm bait
}

# met PLACE OPTION...: what the listener at PLACE says, told by a command in a sandbox.
met() {
	local place=$1
	shift
	rm -f "$place" said
	timeout 10 "$HERE/call" -listen "$place" >said &
	until_true [ -S "$place" ]
	chmod 777 "$place"
	capture "$SANDBOX" --ro "$HERE" "$@" "$HERE/call" -connect "$place"
	[ "$out" = connected ] || kill $!
	wait $! 2>/dev/null
	rm -f "$place"
	[ "$(cat said)" = taken ]
}

# From Linux 7.1 on a socket can be reached where the command line shows it, and nowhere else.
check_sockets() {
	is 'a socket in the working directory' met "$WORK/socket"
	is 'and read-only' met "$WORK/socket" --cwd ro
	is 'in a bind' met /tmp/socket --ro /tmp
	if [ "$ROOT" ] && at_least 7.1; then
		isnt 'in /etc' met /etc/socket
		is 'in /etc, named' met /etc/socket --ro /etc
	fi
	gives 'one of its own' 'taken' "$SANDBOX" --ro "$HERE" sh -c '"$0" -listen /tmp/own & until [ -S /tmp/own ]; do usleep 1000; done; "$0" -connect /tmp/own >/dev/null; wait' "$HERE/call"
}

# A handler of core dumps runs as root, outside of everything.
check_core() {
	[ "$ROOT" ] || return 0
	local before
	before=$(cat /proc/sys/kernel/core_pattern)
	printf '#!/bin/sh\n: >/dumped\n' >/handler
	chmod 755 /handler
	echo '|/handler' >/proc/sys/kernel/core_pattern
	fails 'the handler of core dumps is not called' '*' "$SANDBOX" sh -c 'ulimit -c 0; kill -SEGV $$'
	isnt 'by nothing' [ -e /dumped ]
	fails 'but under bwrap' '*' "$BWRAP" --dev-bind / / sh -c 'ulimit -c 0; kill -SEGV $$'
	is 'it is' until_true [ -e /dumped ]
	echo "$before" >/proc/sys/kernel/core_pattern
	rm -f /handler /dumped
}

check_rights() {
	gives 'no capability' 'CapEff: 0000000000000000' "$SANDBOX" sh -c 'grep CapEff /proc/self/status | tr "\t" " "'
	gives 'but those asked for' 'CapEff: 0000000000000001' "$SANDBOX" --cap-add chown sh -c 'grep CapEff /proc/self/status | tr "\t" " "'
	gives 'no new privileges' 'NoNewPrivs: 1' "$SANDBOX" sh -c 'grep NoNewPrivs /proc/self/status | tr "\t" " "'
	gives 'ids' "$(id -u) $(id -g)" "$SANDBOX" sh -c 'echo $(id -u) $(id -g)'
	gives 'ids asked for' '4294967294 6' "$SANDBOX" --uid 4294967294 --gid 6 sh -c 'echo $(id -u) $(id -g)'
	fails 'no mount inside' '*' "$SANDBOX" mount -t tmpfs t /tmp
	SECRET=s gives 'no variable' '' "$SANDBOX" sh -c 'echo $SECRET'
	SECRET=s gives 'but one that is kept' s "$SANDBOX" --keepenv SECRET sh -c 'echo $SECRET'
	gives 'no descriptor' '0 1 2 3' "$SANDBOX" sh -c 'echo $(ls /proc/self/fd)' 8</dev/null # 3 is that of ls
	gives 'but one that is kept' '0 1 2 3 8' "$SANDBOX" --keep-fd 8 sh -c 'echo $(ls /proc/self/fd)' 8</dev/null
	gives 'a name of its own' box "$SANDBOX" --hostname box hostname
	check_landlock
	check_sockets
	check_core
	[ "$ROOT" ] || return 0
	echo secret >/etc/secret && chmod 600 /etc/secret
	fails 'root'\''s own file is closed to root' '*' "$SANDBOX" cat /etc/secret
	chmod 644 /etc/secret
	gives 'everybody'\''s is not' secret "$SANDBOX" cat /etc/secret
	rm /etc/secret
	mkdir -p below/sub && mount -t tmpfs t below/sub
	fails 'a read-only bind is so in mounts below' '*Read-only file system' "$SANDBOX" --ro "$WORK/below" touch below/sub/new
	does 'a writable one is not' "$SANDBOX" --rw "$WORK/below" touch below/sub/new
	umount below/sub
}

check_nesting() {
	fails 'no user namespace inside' '*' "$SANDBOX" unshare -U true
	does 'but with --allow-userns' "$SANDBOX" --allow-userns unshare -U true
	refuses 'no sandbox inside' 'sandbox: cannot make namespaces: No space left on device; the sysctl user.max_user_namespaces is 0; raise it' \
		"$SANDBOX" --syscalls none --ro "$HERE" "$SANDBOX" true
	refuses 'nor past the policy' 'sandbox: a seccomp filter, perhaps an outer container'\''s, refuses the system call clone3; docker and podman lift theirs with --security-opt seccomp=unconfined, Kubernetes with securityContext.seccompProfile.type: Unconfined, an outer sandbox with --allow-userns' \
		"$SANDBOX" --ro "$HERE" "$SANDBOX" true
	[ -z "$ROOT" ] || refuses 'nor, as root, with --allow-userns' \
		'sandbox: uid 0 without the capability setfcap cannot map itself in a new user namespace; run the outer sandbox as an ordinary user' \
		"$SANDBOX" --allow-userns --ro "$HERE" "$SANDBOX" true
	if [ "$ROOT" ]; then # its /proc is partly covered, and the kernel gives no other to what is inside
		capture "$SANDBOX" --allow-userns --uid 1 --ro "$HERE" "$SANDBOX" echo deep
		case $code:$out:$err in "0:deep:sandbox: /proc is the caller's, read-only: "*) true;; *) false;; esac
		result $? "with another uid there is one with this one's /proc, and says so: got $code '$out' '$err'"
	else
		gives 'but with --allow-userns' deep "$SANDBOX" --allow-userns --ro "$HERE" "$SANDBOX" echo deep
		gives 'three deep' deeper "$SANDBOX" --allow-userns --ro "$HERE" "$SANDBOX" --allow-userns --ro "$HERE" "$SANDBOX" echo deeper
	fi
	fails 'bwrap --disable-userns' '*' "$BWRAP" --dev-bind / / --unshare-user --disable-userns unshare -U true
	does 'bwrap without' "$BWRAP" --dev-bind / / unshare -U true
	does '--assert-userns-disabled holds' "$BWRAP" --dev-bind / / --unshare-user --disable-userns --assert-userns-disabled true
	fails 'or says so' 'bwrap: creation of new user namespaces was not disabled as requested' "$BWRAP" --dev-bind / / --assert-userns-disabled true
}

check_bwrap() {
	does 'bwrap: the host' "$BWRAP" --ro-bind / / true
	fails 'bwrap: read-only' '*Read-only file system' "$BWRAP" --ro-bind / / touch made-by-bwrap
	does 'bwrap: writable' "$BWRAP" --bind / / touch made-by-bwrap
	is 'outside too' [ -e made-by-bwrap ]
	gives 'bwrap: a tree of its own' 'bin data dev lib proc tmp usr' "$BWRAP" --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib \
		--proc /proc --dev /dev --tmpfs /tmp --unshare-all --file 8 /data sh -c 'echo $(ls /)' 8</etc/hostname
	gives 'bwrap: data' kernel-test "$BWRAP" --ro-bind / / --ro-bind-data 8 /etc/os-release cat /etc/os-release 8</etc/hostname
	does 'bwrap: message queues' "$BWRAP" --ro-bind / / --unshare-ipc --tmpfs /tmp --mqueue /tmp/q ls /tmp/q
}

# nosys refuses system calls by number, as filters of containers do.
check_filters() {
	local row line mount=165 LIFT='docker and podman lift theirs with --security-opt seccomp=unconfined, Kubernetes with securityContext.seccompProfile.type: Unconfined, an outer sandbox with --allow-userns'
	[ "$(uname -m)" != aarch64 ] || mount=40
	for row in '435-:clone3' '-e 1 435-:clone3' '442-:mount_setattr' '-e 1 442:mount_setattr' \
		'428-434:open_tree' '-e 1 428-434:open_tree' "$mount:mount" '436:close_range'; do
		line="sandbox: a seccomp filter, perhaps an outer container's, refuses the system call ${row#*:}; $LIFT"
		# shellcheck disable=SC2086 # words
		refuses "filter ${row%:*}" "$line" "$NOSYS" ${row%:*} "$SANDBOX" true
	done
	does 'a filter of openat2' "$NOSYS" 437 "$SANDBOX" true
	does 'a filter of openat2, EPERM' "$NOSYS" -e 1 437 "$SANDBOX" true
	does 'a filter of what is not used' "$NOSYS" 500- "$SANDBOX" true
	refuses 'bwrap, ENOSYS' "bwrap: a seccomp filter, perhaps an outer container's, refuses the system call clone3; $LIFT" \
		"$NOSYS" 435- "$BWRAP" --ro-bind / / true
	refuses 'bwrap, EPERM' "bwrap: $NO_PERMISSIONS" "$NOSYS" -e 1 435- "$BWRAP" --ro-bind / / true
}
NO_PERMISSIONS="No permissions to create a new namespace, likely because the kernel does not allow non-privileged user namespaces. \
On e.g. debian this can be enabled with 'sysctl kernel.unprivileged_userns_clone=1'."

check_chroot() {
	[ "$ROOT" ] || return 0
	mkdir -p jail/bin jail/proc
	cp "$SANDBOX" jail/bin/sandbox
	cp /usr/bin/busybox jail/bin/sh
	mount -t proc proc jail/proc
	refuses 'in a chroot' 'sandbox: cannot make namespaces: Operation not permitted; a process in a chroot may not make any; leave the chroot' \
		chroot jail /bin/sandbox --cwd none sh
	does 'a chroot to / is none' chroot / "$SANDBOX" --cwd none true
	umount jail/proc
	rm -r jail
}

scene_core() {
	check_tree
	check_mount_points
	check_root_dir
	check_overlay
	check_network
	check_processes
	check_ends
	check_rights
	check_nesting
	check_bwrap
	check_filters
	check_chroot
}

### limits of all processes together

# The guest's process is in a group of its own below one that is the user's; there is a disk at /scratch.
GROUP=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
leaves() { ls -d "$GROUP"/*/ 2>/dev/null; }
leaf() { for leaf in "$GROUP"/sandbox.[0-9]*; do echo "$leaf"; done; }
is_alone() { [ -z "$(leaves)" ] && [ -z "$(cat "$GROUP/cgroup.subtree_control")" ] && grep -qx "0::${GROUP#/sys/fs/cgroup}" /proc/self/cgroup; }
leaves_nothing() { is "$1: no group is left, and we are back in ours" is_alone; }
figure() { sed -n "s/.*\"$1\": \([^,}]*\).*/\1/p" report; }
is_running() { [ -d "$(leaf)" ] && grep -q . "$(leaf)/inside/cgroup.procs" && running "$1"; }

check_limits() {
	local leaf
	"$SANDBOX" --memory 50M --pids 20 --cpus 0.5 --io 3M sleep 1290 2>/dev/null &
	is 'it is in a group' until_true is_running 1290
	leaf=$(leaf)
	is 'memory' [ "$(cat "$leaf/memory.max")" = 52428800 ]
	[ ! -e "$leaf/memory.swap.max" ] || is 'swap' [ "$(cat "$leaf/memory.swap.max")" = 0 ]
	is 'processes' [ "$(cat "$leaf/pids.max")" = 20 ]
	is 'processors' [ "$(cat "$leaf/cpu.max")" = '50000 100000' ]
	is 'disks' grep -q 'rbps=3145728 wbps=3145728' "$leaf/io.max"
	is 'all of it, init and command' [ "$(wc -l <"$leaf/inside/cgroup.procs")" = 2 ]
	is 'not the supervisor' grep -qx "$!" "$GROUP/sandbox.out/cgroup.procs"
	kill $! && wait $! 2>/dev/null
	leaves_nothing 'SIGTERM'
	gives 'inside nothing shows the group' 0::/ "$SANDBOX" --memory 50M cat /proc/self/cgroup
	gives '--allow-userns neither' 0::/ "$SANDBOX" --memory 50M --allow-userns cat /proc/self/cgroup
	does 'bwrap' "$BWRAP" --memory 50M --unshare-all --ro-bind / / true
	leaves_nothing 'bwrap'
	gives 'the last counts' 'limit pids 7' sh -c '"$1" --pids 9 --pids-try 7 --plan true | grep pids' - "$SANDBOX"
	does 'the least and the most' "$SANDBOX" --cpus 100000 --pids 4194304 --io 2 --memory 8T true
	does 'the least processor time' "$SANDBOX" --cpus 0.01 true
	leaves_nothing 'an error'
	fails 'an error inside' '*No such file*' "$SANDBOX" --pids 9 --ro /absent true
	fails 'no command' '*not found*' "$SANDBOX" --pids 9 absent
	fails 'no room for the command' '*a limit of processes is too low; raise --pids or ulimit -u' "$SANDBOX" --pids 1 true
	leaves_nothing 'errors inside'
}

# With namespaces of its own the command mounts the groups: it sees its own as the root, and no limits in it.
check_own_groups() {
	local leaf
	"$BWRAP" --memory 40M --pids 30 --unshare-all --die-with-parent --dev-bind / / --tmpfs /tmp unshare -Urm "$HERE/call" -newcgroup sh -c '
		mkdir /tmp/g && mount -t cgroup2 none /tmp/g && mkdir /tmp/g/sub
		echo 0 >/tmp/g/sub/cgroup.procs
		exec "$1" -newcgroup sh -c "for f in memory pids; do echo max >/tmp/g/\$f.max; echo max >/tmp/g/sub/\$f.max; done; exec sleep 1295"' - "$HERE/call" 2>/dev/null &
	is 'with groups of its own it is in a group' until_true is_running 1295
	leaf=$(leaf)
	is 'its limits stay' [ "$(cat "$leaf/memory.max" "$leaf/pids.max" | tr '\n' ' ')" = '41943040 30 ' ]
	is 'it makes no group' [ "$(find "$leaf" -type d | wc -l)" = 2 ]
	kill -9 $! && wait $! 2>/dev/null
	does 'another' "$SANDBOX" --pids 9 true
	leaves_nothing 'groups of its own'
}

# Where its caller's is the sandbox's own, a command with namespaces can mount that alone.
check_namespaces() {
	local leaf
	does 'namespaces of all kinds' "$SANDBOX" --cwd none --ro "$HERE" --allow-userns "$HERE/call" -newcgroup true
	leaves_nothing 'namespaces of all kinds'
	[ -z "$ROOT" ] || return 0 # whose id no namespace maps in one where it is mapped
	"$SANDBOX" --cwd none --ro "$HERE" --allow-userns unshare -Urm "$HERE/call" -newcgroup sh -c '
		mount -t tmpfs none /tmp && mkdir /tmp/g && mount -t cgroup2 none /tmp/g && mkdir /tmp/g/sub
		echo 1 >/tmp/g/cgroup.max.descendants; echo threaded >/tmp/g/cgroup.type; exec sleep 1296' 2>/dev/null &
	is 'a command with namespaces runs' until_true is_running 1296
	leaf=$(leaf)
	is 'it is in a group of its own' [ "$(find "$leaf" -type d | wc -l)" = 2 ]
	kill $! && wait $! 2>/dev/null
	leaves_nothing 'namespaces'
}

check_hogs() {
	capture "$SANDBOX" --memory 20M --stats report dd if=/dev/zero of=/dev/null bs=60M count=1
	is 'memory hog: killed' [ "$code" = 137 ]
	is 'memory hog: told' [ "${err%"${err#*1}"}" = 'sandbox: --memory: the limit was reached; processes that the kernel killed: 1' ]
	is 'memory hog: reported' [ "$(figure oom-killed) $(figure memory) $(figure signal)" = '1 20971520 9' ]
	! at_least 5.19 || is 'memory hog: its peak' [ "$(figure peak-memory-bytes)" = 20971520 ]
	capture "$SANDBOX" --memory 20M --stats report sh -c 'dd if=/dev/zero of=/tmp/full bs=1M count=60; echo on'
	is 'a full /tmp counts' [ "$(figure oom-killed)" -ge 1 ]
	capture "$SANDBOX" --pids 10 --stats report sh -c 'bomb() { bomb & bomb; }; bomb'
	is 'fork bomb: refused' [ "$(figure refused-forks)" -ge 1 ]
	is 'fork bomb: nothing told of memory' [ "$(figure oom-killed)" = null ]
	capture "$SANDBOX" --cpus 0.2 --timeout 2s --stats report sh -c 'while :; do :; done & while :; do :; done'
	is 'processor hog: ended' [ "$code $(figure timed-out)" = '124 true' ]
	is 'processor hog: held to a fifth' [ "$(figure cpu-microseconds)" -lt 1200000 ]
	capture "$SANDBOX" --timeout 2s --stats report sh -c 'while :; do :; done & while :; do :; done'
	is 'without it, not' [ "$(figure cpu-microseconds)" = null ]
	if at_least 6.1; then # the writes of 5.10's page cache are nobody's
		capture "$SANDBOX" --io 1M --memory 100M --rw /scratch --stats report dd if=/dev/zero of=/scratch/full bs=64k count=48 conv=fsync
		is 'disk hog: slowed' [ "$(figure wall-seconds | cut -d. -f1)" -ge 2 ]
		rm -f /scratch/full
	fi
	leaves_nothing 'hogs'
}

check_many() {
	local n left=0
	for n in 0 1 2 3 4 5 6 7 8 9; do
		"$SANDBOX" --memory 60M --pids 20 --stats "report$n" sh -c 'sleep 1' 2>/dev/null &
		"$SANDBOX" --memory 8M --stats "report1$n" dd if=/dev/zero of=/dev/null bs=30M count=1 2>/dev/null &
		"$SANDBOX" --pids 6 --stats "report2$n" sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 3 & done' 2>/dev/null &
		"$SANDBOX" --cpus 0.1 --timeout 3s --grace 0 --stats "report3$n" sh -c 'trap "" TERM; while :; do :; done' 2>/dev/null &
		"$SANDBOX" --memory 60M sleep 1291 2>/dev/null &
		eval "last$n=\$!"
	done
	until_true is_running 1291
	for n in 0 1 2 3 4 5 6 7 8 9; do eval "kill -9 \$last$n"; done 2>/dev/null
	wait
	for n in 0 1 2 3 4 5 6 7 8 9; do
		grep -q '"exit-code": 0,' "report$n" && grep -q '"oom-killed": [1-9]' "report1$n" && grep -q '"refused-forks": [1-9]' "report2$n" &&
			grep -q '"timed-out": true' "report3$n" || left=$((left + 1))
	done
	is 'fifty at once: each ended by its own limit' [ "$left" = 0 ]
	does 'the next' "$SANDBOX" --pids 9 true
	leaves_nothing 'fifty at once, ten of them killed'
}

# In the middle of whatever they do; the wait is of no process of ours, which would be in the group as well.
check_kills() {
	local n=0
	while [ "$n" -lt 60 ]; do
		"$SANDBOX" --pids 9 --memory 30M sleep 1292 &
		usleep $((n * 3000))
		kill -9 $!
		wait $! 2>/dev/null
		n=$((n + 1))
	done 2>/dev/null
	is 'no process of the killed' until_true not_running 1292
	does 'the next' "$SANDBOX" --pids 9 true
	leaves_nothing 'sixty kills'
}

check_leaving() {
	local mask n=0 sleepers=
	for mask in 0400 0777; do
		does "umask $mask" sh -c 'umask $1; shift; exec "$@"' - "$mask" "$SANDBOX" --pids 9 true
		does "--umask $mask" "$SANDBOX" --umask "$mask" --pids 9 true
	done
	leaves_nothing 'masks'
	mkfifo pipe
	exec 8<>pipe 9>pipe 8>&-
	code=0
	(exec "$SANDBOX" --memory 20M dd if=/dev/zero of=/dev/null bs=60M count=1 2>&9) || code=$?
	exec 9>&-
	rm pipe
	is 'nobody hears of the memory that was used up' [ "$code" = 137 ]
	leaves_nothing 'a pipe without a reader'
	while [ "$n" -lt 1000 ]; do
		sleep 1294 &
		sleepers="$sleepers $!"
		n=$((n + 1))
	done
	does 'a thousand others' "$SANDBOX" --pids 9 true
	leaves_nothing 'a thousand others'
	# shellcheck disable=SC2086 # words
	kill $sleepers && wait
	[ "$ROOT" ] || return 0
	echo 1 >"$GROUP/cgroup.max.descendants"
	refuses 'no room for a group' "sandbox: --pids: cannot limit the cgroup $GROUP: Resource temporarily unavailable; cgroup.max.descendants or cgroup.max.depth is in the way; the sandbox needs three cgroups, in two levels" "$SANDBOX" --pids 9 true
	leaves_nothing 'no room for a group'
	tries 'only tried' "$SANDBOX" --pids-try 9 true
	leaves_nothing 'only tried'
	echo max >"$GROUP/cgroup.max.descendants"
	mount -t tmpfs none /sys/block
	mkdir /sys/block/nvme0c0n1
	does 'a disk without a number' "$SANDBOX" --io 9M true
	umount /sys/block
}

# As in a container, whose root of the groups holds processes and is not the first of all.
check_container() {
	local group=${GROUP%/*}/container
	[ "$ROOT" ] || return 0
	mkdir "$group"
	gives 'in a container' '0::/
9
gone' sh -c 'echo 0 >"$1/cgroup.procs"; exec unshare -m "$2/call" -newcgroup sh -c "$3" - "$4"' - "$group" "$HERE" '
		umount -l /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup || exit
		cat /proc/self/cgroup
		"$1" --pids 9 sleep 1293 &
		n=0; until cat /sys/fs/cgroup/sandbox.[0-9]*/pids.max 2>/dev/null || [ $n = 100 ]; do n=$((n + 1)); usleep 50000; done
		kill $!; wait $! 2>/dev/null
		[ -e /sys/fs/cgroup/sandbox.out ] || echo gone' "$SANDBOX"
	until_true rmdir "$group"
	leaves_nothing 'a container'
}

scene_groups() {
	check_limits
	check_own_groups
	check_namespaces
	check_hogs
	check_many
	check_kills
	check_leaving
	check_container
}

DELEGATE='it is not delegated to you alone; begin with: systemd-run --user --scope -p Delegate=yes (root without --user)'

scene_no_groups() {
	if [ "$ROOT" ]; then
		does 'root divides its group' "$SANDBOX" --memory 50M true
		leaves_nothing 'root'
	else
		refuses 'not delegated' "sandbox: --memory: cannot limit the cgroup $GROUP: Permission denied; $DELEGATE" "$SANDBOX" --memory 50M true
		refuses 'nor for bwrap' "bwrap: Can't limit the cgroup $GROUP: Permission denied" "$BWRAP" --pids 9 --ro-bind / / true
		refuses 'one of two must be' "sandbox: --pids: cannot limit the cgroup $GROUP: Permission denied; $DELEGATE" \
			"$SANDBOX" --memory-try 50M --pids 9 true
		tries 'only tried' "$SANDBOX" --memory-try 50M --pids-try 9 --cpus-try 1 --io-try 1M --stats report true
		isnt 'and not reported' grep -qE '"(memory|pids|millicpus|io)":' report
	fi
	isnt 'nothing is left' [ -e "$GROUP/sandbox.out" ]
}

# Control groups of version 1, or none.
scene_no_groups_v2() {
	refuses 'no version 2' "sandbox: --io: cannot limit the cgroup $GROUP: No such device; no cgroup v2 is mounted there; systemd has one if booted with systemd.unified_cgroup_hierarchy=1" \
		"$SANDBOX" --io 9M true
	tries 'only tried' "$SANDBOX" --memory-try 50M true
}

### kernels before 5.12

scene_old() {
	local line="Linux 5.12 or newer is needed; this is $KERNEL"
	refuses 'no option' "sandbox: $line" "$SANDBOX" true
	refuses '--root empty' "sandbox: $line" "$SANDBOX" --root empty --ro /usr /usr/bin/busybox
	refuses 'an overlay' "sandbox: $line" "$SANDBOX" --root empty --overlay-src /usr --tmp-overlay /usr /usr/bin/busybox
	refuses 'a write' "sandbox: $line" "$SANDBOX" touch made
	isnt 'nothing is run' [ -e made ]
	refuses 'bwrap' "bwrap: $line" "$BWRAP" --ro-bind / / true
	refuses 'bwrap, all new' "bwrap: $line" "$BWRAP" --unshare-all --bind / / touch made
	isnt 'nothing is run by bwrap' [ -e made ]
	does '--plan works' "$SANDBOX" --plan true
	does '--help works' "$SANDBOX" --help
	gives 'so does --version' "$("$SANDBOX" -V)" "$SANDBOX" --version
}

### refusals: what the guest was booted with

NAMESPACES='sandbox: cannot make namespaces:'

scene_no_user_namespaces() {
	refuses 'limit 0' "$NAMESPACES No space left on device; the sysctl user.max_user_namespaces is 0; raise it" "$SANDBOX" true
	refuses 'limit 0, bwrap' 'bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)' \
		"$BWRAP" --unshare-user --ro-bind / / true
	[ -z "$ROOT" ] || does 'root needs none under bwrap' "$BWRAP" --ro-bind / / true
}

scene_no_net_namespaces() {
	refuses 'limit 0' "$NAMESPACES No space left on device; the sysctl user.max_net_namespaces is 0; raise it" "$SANDBOX" true
	does 'without a new one' "$SANDBOX" --share-net true
}

scene_no_unprivileged() {
	if [ "$ROOT" ]; then
		does 'root may' "$SANDBOX" true
		does 'root may, bwrap' "$BWRAP" --unshare-all --ro-bind / / true
	else
		refuses 'sysctl 0' "$NAMESPACES Operation not permitted; the sysctl kernel.unprivileged_userns_clone is 0; set it to 1" "$SANDBOX" true
		refuses 'sysctl 0, bwrap' "bwrap: $NO_PERMISSIONS" "$BWRAP" --ro-bind / / true
	fi
}

# makes NAME LINES OPTION... -- CALL...: what tests/lib/call.c prints in a sandbox with these options.
makes() {
	local name=$1 wanted=$2 options=
	shift 2
	while [ "$1" != -- ]; do options="$options $1"; shift; done
	shift
	cp "$HERE/call" "$WORK/call"
	# shellcheck disable=SC2086 # options are words
	(cd "$WORK" && capture "$SANDBOX" $options ./call "$@"; printf '%s' "$out${err:+
$err}" >"$WORK/lines")
	[ "$(cat "$WORK/lines")" = "$(printf %b "$wanted")" ]
	result $? "$name: wanted '$wanted', got '$(cat "$WORK/lines")'"
}

SMALL='file: ok
thread: ok
process: ok
signal: ok
time: ok
memory: ok
limits: ok'

# The 32-bit ABI of x86-64 is filtered by the same rules; the control shows that the call arrives without them.
scene_i386() {
	[ "$(uname -m)" = x86_64 ] || return 0
	makes 'i386: calls arrive' '20 ok 0\n102 -1 EFAULT\n374 ok 0\n359 ok 0\n' --syscalls none -- -32 20 102,1 374,1 359,16,3,15
	makes 'i386: allowed' '20 ok 0\n359 ok 0\n359 ok 0\n136 ok 0\n' -- -32 20 359,1,1 359,2,1 136,0xffffffff
	makes 'i386: machine, memory, keys, kernel' "$(for n in 21 22 51 52 61 86 87 88 103 110 101 113 128 166 217 25 79 264 276 286 287 288 310,0x10000000 \
		310,0x100000 317 336 338 342 346 357 374 404 405 425 426 427 428 429 430 431 432 433 438 442 443 467 470 472; do echo "${n%%,*} -1 EPERM"; done)" -- \
		-32 21 22 51 52 61 86 87 88 103 110 101 113 128 166 217 25 79 264 276 286 287 288 310,0x10000000 \
		310,0x100000 317 336 338 342 346 357 374 404 405 425 426 427 428 429 430 431 432 433 438 442 443 467 470 472
	makes 'i386: by arguments' '54 -1 EPERM\n54 -1 EPERM\n120 -1 EPERM\n136 -1 EPERM\n102 -1 EPERM\n102 -1 EPERM\n359 -1 EAFNOSUPPORT\n359 -1 EAFNOSUPPORT\n359 -1 EAFNOSUPPORT\n' \
		-- -32 54,0,0x5412 54,0,0x541c 120,0x10000011 136,0x400000 102,1 102,8 359,17,3 359,40,1 359,16,3,15
	makes 'i386: unknown' '435 -1 ENOSYS\n223 -1 ENOSYS\n480 -1 ENOSYS\n' -- -32 435 223 480
	makes 'i386: refused as a whole' '20 killed by 31\n' --deny-syscall @32-bit -- -32 20
	makes 'i386: refused as a whole, with an errno' '20 -1 EACCES\n' --deny-syscall @32-bit:EACCES -- -32 20
	makes 'i386: told' '102 -1 EPERM\n21 -1 EPERM\nsandbox: call was refused socketcall of the 32-bit ABI (EPERM); --allow-syscall socketcall:0==0x1 allows it\nsandbox: call was refused mount of the 32-bit ABI (EPERM); --allow-userns allows it\n' \
		--report-denied -- -32 102,1 21
	makes 'i386: told as a whole' '20 -1 EACCES\nsandbox: call was refused getpid of the 32-bit ABI (EACCES); --allow-syscall @32-bit allows it\n' \
		--report-denied --deny-syscall @32-bit:EACCES -- -32 20
	makes 'i386: opened as told' '102 -1 EFAULT\n' --allow-syscall socketcall:0==1 -- -32 102,1
	# A program of 32-bit glibc, beside itself without a policy.
	cp "$HERE/small32" "$WORK/small32"
	gives 'i386: a program, unfiltered' "$SMALL" "$SANDBOX" --syscalls none ./small32
	gives 'i386: a program' "$SMALL" "$SANDBOX" --report-denied ./small32
	makes 'native: allowed beside it' '39 ok 0\n' --deny-syscall @32-bit -- 39
	makes 'native: refused' '165 -1 EPERM\n435 -1 ENOSYS\n41 -1 EAFNOSUPPORT\n16 -1 EPERM\n' -- 165 435 41,40,1 16,0,0x100005412
}

scene_deny_userns() {
	refuses 'profile without userns' "$NAMESPACES Permission denied; the AppArmor profile 'deny-userns' refuses them; add the rule 'userns,' to it" "$SANDBOX" true
	refuses 'the same, bwrap' 'bwrap: Creating new namespace failed: Permission denied' "$BWRAP" --unshare-user --ro-bind / / true
	cp "$SANDBOX" "$WORK/bin/sandbox"
	does 'a copy that it does not confine' "$WORK/bin/sandbox" true
}

scene_deny_caps() {
	refuses 'profile without capabilities' \
		"$NAMESPACES Operation not permitted; the AppArmor profile 'deny-caps' withholds capabilities in them; add the rule 'capability,' to it" "$SANDBOX" true
	refuses 'the same, bwrap' "bwrap: $NO_PERMISSIONS" "$BWRAP" --ro-bind / / true
	cp "$SANDBOX" "$WORK/bin/sandbox"
	does 'a copy that it does not confine' "$WORK/bin/sandbox" true
}

scene_no_overlay() {
	refuses 'no module' 'sandbox: --tmp-overlay: cannot mount overlay /run/o: No such device; load the kernel module: modprobe overlay' \
		"$SANDBOX" --overlay-src /usr --tmp-overlay /run/o true
	refuses 'no module, bwrap' "bwrap: Can't mount overlay /run/o: No such device" "$BWRAP" --ro-bind / / --overlay-src /usr --tmp-overlay /run/o true
	does 'all else works' "$SANDBOX" true
	does 'a missing mount point too' "$SANDBOX" --tmpfs /usr/share/absent true
}

begin
case ${1:-core} in
core) if at_least 5.12; then scene_core; scene_i386; else scene_old; fi;;
*) "scene_$1";;
esac
end
