#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Second layers: Landlock, what is left behind for the host, keyrings, core dumps, the sandbox's own processes.
# shellcheck disable=SC2016 # the scripts are for the shell inside

load ../lib/common

in_sandbox() { as_user "$SANDBOX" "$@"; }

# A file of the user's that lies nowhere in the tree.
bait() {
	BAIT=$USER_DIR/bait.$BATS_TEST_NUMBER
	printf '%s\n' "$1" >"$BAIT"
	own "$BAIT"
}

@test "standard input that was opened for reading cannot be opened for writing" {
	needs_landlock 3
	local attack='echo evil >/proc/self/fd/0; echo evil >>/dev/stdin; truncate -s 0 /proc/self/fd/0; exec 5<>/proc/self/fd/0; echo evil >&5'
	bait good
	run in_sandbox sh -c "$attack" <"$BAIT"
	[[ $output == *'Permission denied'* ]]
	[ "$(cat "$BAIT")" = good ]
	run in_sandbox cat /dev/stdin /proc/self/fd/0 <"$BAIT"
	[ "$output" = $'good\ngood' ]
	in_sandbox --allow-userns sh -c "$attack" <"$BAIT" || true
	[ "$(cat "$BAIT")" != good ] # where mounts must stay possible there are no rules on files
}

@test "a stream from a directory whose writable bind a later option hides or makes read-only cannot be opened for writing" {
	needs_landlock 3
	mkdir -p "$USER_HOME/shared" "$USER_HOME/other"
	own "$USER_HOME/shared" "$USER_HOME/other"
	cd "$USER_HOME/shared"
	leaves() { # OPTIONS CONTENT
		echo good | as_user tee file >/dev/null
		# shellcheck disable=SC2086 # several words
		run in_sandbox $1 sh -c 'echo evil >/proc/self/fd/0' <file
		[ "$1: $(cat file)" = "$1: $2" ]
	}
	for options in '--tmpfs .' '--ro .' '--ro-try .' '--cwd ro' '--cwd ro --bind-try /absent . --remount-ro /' '--bind . /x --ro-bind ../other /x --cwd none' '--bind . /x --bind ../other /x --cwd none' \
		'--bind . /x --remount-ro /x --cwd none' '--bind . /x --symlink x /y --tmpfs /y --cwd none' '--bind . /x/y --tmpfs /x --cwd none'; do
		leaves "$options" good
	done
	# A bind that stays writable gives the right.
	for options in '' '--bind . /x --cwd none' '--bind . /x --tmpfs /z --cwd none' '--remount-ro /' '--ro-bind-try /absent . --remount-ro /' '--tmpfs /x --bind . /x/y --remount-ro /x --cwd none'; do
		leaves "$options" evil
	done
}

@test "standard output that was opened for writing cannot be opened for reading" {
	needs_landlock 3
	bait secret
	read_back() { as_user bash -c 'log=$1; shift; "$@" sh -c "exec 3>&1; head -c 9 /proc/self/fd/3 /dev/fd/3 >&2" 2>&1 >>"$log"' bash "$BAIT" "$@" || true; }
	run read_back "$SANDBOX"
	[[ $output == *'Permission denied'* && $output != *secret* ]]
	run read_back "$SANDBOX" --allow-userns
	[[ $output == *secret* ]]
	for name in /dev/stdout /proc/self/fd/1 /dev/fd/1; do
		in_sandbox sh -c "echo more >>$name" >>"$BAIT"
	done
	[ "$(cat "$BAIT")" = $'secret\nmore\nmore\nmore' ]
	in_sandbox sh -c 'echo new >/dev/stdout' >>"$BAIT" # which truncates
	[ "$(cat "$BAIT")" = new ]
}

@test "other streams can be opened again: pipes, deleted files, files in memory, here-documents, nothing" {
	run bash -c 'echo in | "$@" | cat' bash env HOME="$USER_HOME" "$SANDBOX" sh -c 'cat /dev/stdin; echo out >/dev/stdout'
	[ "$output" = $'in\nout' ]
	bait one
	exec 8<>"$BAIT"
	rm "$BAIT"
	run in_sandbox --keep-fd 8 sh -c 'cat /proc/self/fd/8; echo two >/proc/self/fd/8; cat /proc/self/fd/8'
	exec 8>&-
	[ "$output" = $'one\ntwo' ]
	run as_user bash -c '"$@" <<<text' bash "$SANDBOX" cat /dev/stdin
	[ "$output" = text ]
	run in_sandbox sh -c 'echo gone >/dev/stdout; cat /dev/stdin' </dev/null >/dev/null
	[ "$status" -eq 0 ]
	run python3 -c 'import os, subprocess, sys
fd = os.memfd_create("m", 0)
os.write(fd, b"echo from memory\n")
sys.exit(subprocess.run(sys.argv[1:] + [str(fd), "sh", f"/proc/self/fd/{fd}"], pass_fds=[fd]).returncode)' \
		env HOME="$USER_HOME" "$SANDBOX" --cwd none --keep-fd
	[ "$output" = 'from memory' ]
}

@test "a directory that is kept open gives what is below it, and nothing above" {
	mkdir -p "$USER_DIR/kept/in"
	echo inside >"$USER_DIR/kept/in/file"
	echo secret >"$USER_DIR/above"
	chmod 755 "$USER_DIR" "$USER_DIR/kept" "$USER_DIR/kept/in"
	own "$USER_DIR/kept"
	exec 8<"$USER_DIR/kept"
	for options in '--keep-fd 8' '--allow-userns --keep-fd 8' '--as-pid-1 --keep-fd 8' '--as-pid-1 --sync-fd 8'; do
		# shellcheck disable=SC2086 # words
		run in_sandbox $options sh -c 'cd /proc/self/fd/8; cat in/file; echo new >in/made; ls ..; ls in/../..; cat ../above; chmod 777 ../above; test . -ef ..'
		[[ $status -eq 0 && $output == inside$'\nin\nin\ncat:'*'No such file or directory'$'\nchmod:'*'No such file or directory' ]]
		[ "$(cat "$USER_DIR/kept/in/made")" = new ]
		rm -f "$USER_DIR/kept/in/made"
	done
	mkdir "$USER_DIR/kept/gone"
	exec 8<"$USER_DIR/kept/gone"
	rmdir "$USER_DIR/kept/gone"
	run -125 in_sandbox --keep-fd 8 true
	[[ $output = "sandbox: --keep-fd: descriptor 8 holds the deleted file $USER_DIR/kept/gone"* ]]
	exec 8<&-
}

@test "files can be made, renamed, linked, truncated and run wherever the tree is writable" {
	in_sandbox sh -ec '
		for dir in . /tmp /var/tmp /run "$HOME" /dev/shm; do
			mkdir -p $dir/a/b $dir/c
			echo x >$dir/a/b/file
			mv $dir/a/b/file $dir/c/moved
			ln $dir/c/moved $dir/a/linked
			ln -s ../c $dir/a/symbolic
			mv $dir/a $dir/c/a
			truncate -s 0 $dir/c/moved
			mkfifo $dir/c/fifo
			cp /bin/true $dir/c/run
			[ $dir = /dev/shm ] || $dir/c/run
			rm -r $dir/c
		done
		echo gone >/dev/null
		echo 100 >/proc/self/oom_score_adj
		[ "$(tty)" = "not a tty" ]'
	[ -z "$(ls -A)" ]
	in_sandbox --tmpfs /usr/share/absent touch /usr/share/absent/file
	as_user mkdir -p layer/in
	run in_sandbox --overlay-src layer --tmp-overlay /run/o --bind-data 0 /run/data sh -ec 'echo x >/run/o/new; mv /run/o/new /run/o/in/new; echo y >>/run/data; cat /run/data' <<<x
	[ "$output" = $'x\ny' ]
}

@test "--cap-add of a network capability rules the sandbox's own network, and no shared one" {
	cat >net.py <<-'E'
		import fcntl, socket, struct
		def attempt(name, function):
		    try:
		        function()
		        print(name)
		    except OSError as error:
		        print(name, error.errno)
		def bind():
		    socket.socket().bind(("127.0.0.1", 7))
		def admin():
		    address = struct.pack("16sHH4s8x", b"lo", socket.AF_INET, 0, socket.inet_aton("127.7.7.7"))
		    fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x8916, address)
		attempt("bind", bind)
		attempt("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
		attempt("admin", admin)
	E
	run in_sandbox python3 net.py
	[ "$output" = $'bind 13\nraw 1\nadmin 1' ]
	run in_sandbox --cap-add net_bind_service python3 net.py
	[ "$output" = $'bind\nraw 1\nadmin 1' ]
	run in_sandbox --cap-add net_raw --cap-add cap_net_admin python3 net.py
	[ "$output" = $'bind 13\nraw\nadmin' ]
	run in_sandbox --cap-add ALL --share-net python3 net.py
	[ "${lines[1]} ${lines[2]}" = 'raw 1 admin 1' ] # whether a port is free to all is the host's matter
	run in_sandbox --cap-add net_admin python3 -c 'import socket
s = socket.create_server(("127.0.0.1", 0)); c = socket.create_connection(s.getsockname()); print("loopback")'
	[ "$output" = loopback ]
}

@test "its own child can be traced" {
	needs strace
	run in_sandbox strace -f -o trace sh -c 'true; exit 3'
	[ "$status" -eq 3 ]
	grep -q 'exit_group(3)' trace
}

@test "a socket without a path, of the host's network, is reached with --share-abstract alone" {
	needs_landlock 6
	cat >reach.py <<-'E'
		import socket, subprocess, sys
		server = socket.socket(socket.AF_UNIX)
		server.bind("\0" + sys.argv[1])
		server.listen()
		server.settimeout(0.5)
		client = 'import socket; s = socket.socket(socket.AF_UNIX); s.connect("\\0%s"); s.send(b"taken")' % sys.argv[1]
		subprocess.run(sys.argv[2:] + ["python3", "-c", client], stderr=subprocess.DEVNULL)
		try:
		    print(server.accept()[0].recv(9).decode())
		except TimeoutError:
		    print("alone")
	E
	reach() { as_user python3 reach.py "layers.$$.$RANDOM" "$@"; }
	[ "$(reach env)" = taken ]
	[ "$(reach "$SANDBOX")" = alone ]
	[ "$(reach "$SANDBOX" --share-net)" = alone ]
	[ "$(reach "$SANDBOX" --share-net --allow-userns)" = alone ]
	[ "$(reach "$SANDBOX" --share-abstract)" = taken ]
	[ "$(reach "$SANDBOX" --share-abstract --unshare-net)" = alone ]
	run in_sandbox --share-net python3 -c 'import socket
s = socket.socket(socket.AF_UNIX); s.bind("\0own"); s.listen()
c = socket.socket(socket.AF_UNIX); c.connect("\0own"); print("own")'
	[ "$output" = own ]
}

@test "a socket in a directory that is bound is reached, and is not with a mount over it" {
	cat >serve.py <<-'E'
		import os, socket, subprocess, sys
		os.makedirs("shown", exist_ok=True)
		path = os.path.abspath("shown/socket")
		server = socket.socket(socket.AF_UNIX)
		server.bind(path)
		server.listen()
		server.settimeout(0.5)
		client = f'import socket; s = socket.socket(socket.AF_UNIX); s.connect("{path}"); s.send(b"taken")'
		options = [word.replace("SOCKET", path).replace("DIRECTORY", os.path.dirname(path)) for word in sys.argv[2:]]
		subprocess.run([sys.argv[1], "--cwd", "none"] + options + ["python3", "-c", client], stderr=subprocess.DEVNULL)
		try:
		    print(server.accept()[0].recv(9).decode())
		except TimeoutError:
		    print("alone")
		os.unlink(path)
	E
	reach() { as_user python3 serve.py "$SANDBOX" "$@"; }
	[ "$(reach --ro DIRECTORY)" = taken ]
	[ "$(reach --ro DIRECTORY --ro-bind /dev/null SOCKET)" = alone ]
	[ "$(reach --ro DIRECTORY --tmpfs DIRECTORY)" = alone ]
}

@test "a process group that is shared with the caller through a terminal cannot be signalled" {
	needs_landlock 6
	cat >group.py <<-'E'
		import os, pty, signal, subprocess, sys
		pid, terminal = pty.fork()
		if not pid:
		    hit = []
		    signal.signal(signal.SIGWINCH, lambda *_: hit.append(1))
		    signal.signal(signal.SIGURG, lambda *_: hit.append(1))
		    subprocess.run(sys.argv[1:] + ["python3", "-c", "import os; os.kill(0, 23)"])
		    print("hit" if hit else "whole")
		    sys.exit()
		text = b""
		try:
		    while part := os.read(terminal, 4096):
		        text += part
		except OSError:
		    pass
		os.waitpid(pid, 0)
		print(text.decode().split()[-1])
	E
	[ "$(as_user python3 group.py env)" = hit ]
	[ "$(as_user python3 group.py "$BWRAP" --dev-bind / / --unshare-pid)" = hit ]
	[ "$(as_user python3 group.py "$SANDBOX")" = whole ]
	[ "$(as_user python3 group.py "$SANDBOX" --share-tty)" = whole ]
	[ "$(as_user python3 group.py "$SANDBOX" --share-tty --allow-userns)" = whole ]
}

@test "what Landlock is asked for is in --plan, what it was in --verbose" {
	run in_sandbox --plan true
	[[ $output == *$'\nLandlock files abstract-sockets signals, where the kernel has it\n'* ]]
	run as_user "$BWRAP" --plan true
	[[ $output != *Landlock* ]]
	run in_sandbox --verbose true
	[[ $output == *"sandbox: Landlock $(landlock): files 0x"* ]]
	needs strace
	run as_user strace -f -e trace=landlock_create_ruleset,landlock_add_rule,landlock_restrict_self "$BWRAP" --dev-bind / / true
	[[ $output != *landlock_* ]]
}

# Left behind for the host: what the sandbox makes in a writable directory, seen from outside.
@test "set-uid and set-gid bits are refused by every call that sets modes" {
	local attack='
import ctypes, os, stat
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, function):
    for bit in 0o4000, 0o2000:
        path = f"{name}.{bit:o}"
        if name in ("chmod", "fchmod", "fchmodat"):
            open(path, "w").close()
        try:
            function(path, 0o755 | bit)
        except OSError as error:
            print(name, error.errno)
os.umask(0)
def tmpfile(path, mode):
    fd = os.open(".", os.O_TMPFILE | os.O_RDWR, mode)
    libc.linkat(-100, b"/proc/self/fd/%d" % fd, -100, path.encode(), 0x400)
def openat2(path, mode):
    how = (ctypes.c_uint64 * 3)(os.O_CREAT | os.O_RDWR, mode, 0)
    if libc.syscall(437, -100, path.encode(), how, 24) < 0:
        raise OSError(ctypes.get_errno(), "openat2")
def creat(path, mode):
    if libc.creat(path.encode(), mode) < 0:
        raise OSError(ctypes.get_errno(), "creat")
def fchmodat(path, mode):
    if libc.fchmodat(-100, path.encode(), mode, 0) < 0:
        raise OSError(ctypes.get_errno(), "fchmodat")
def fchmod(path, mode):
    fd = os.open(path, os.O_RDWR)
    os.fchmod(fd, mode)
for function in os.chmod, fchmod, fchmodat, creat, tmpfile, openat2:
    attempt(function.__name__, function)
attempt("open", lambda path, mode: os.open(path, os.O_CREAT | os.O_RDWR, mode))
attempt("mknod", lambda path, mode: os.mknod(path, mode | stat.S_IFREG))
os.mkdir("mkdir", 0o6755)
'
	marked() { find . -perm /6000 | wc -l; }
	run in_sandbox python3 -c "$attack"
	[ "$status" -eq 0 ]
	[ "$(sort -u <<<"$output" | tr '\n' ,)" = 'chmod 1,creat 1,fchmod 1,fchmodat 1,mknod 1,open 1,openat2 38,tmpfile 1,' ]
	[ "$(marked)" = 0 ]
	in_sandbox sh -c 'umask 0; : >plain; chmod 1777 plain; mkdir -m 755 dir; cp /bin/true copy; chmod 4755 plain 2>/dev/null; tar cf - -C /usr/bin . >/dev/null' || true
	[ "$(marked)" = 0 ]
	[ "$(stat -c %a plain)" = 1777 ]
	rm -rf ./*
	run in_sandbox --allow-suid python3 -c "$attack"
	[ -z "$output" ]
	[ "$(marked)" = 16 ]
}

@test "programs that set the bits say so, and do with --allow-suid; others fall back where openat2 is gone" {
	: >file && own file
	for command in 'chmod 4755 file' 'install -m 4755 file new' 'mkdir -m 2755 new' 'chmod g+s .'; do
		run in_sandbox sh -c "$command"
		[ "$status" -ne 0 ]
		[[ $output == *'Operation not permitted'* ]]
		chmod 755 file
		rm -rf new
		in_sandbox --allow-suid sh -c "$command"
		rm -rf new
	done
	run in_sandbox --report-denied chmod 4755 file
	[ "${lines[0]}" = 'sandbox: chmod was refused fchmodat (EPERM); --allow-syscall fchmodat:2==0x9ed or --allow-suid allows it' ]
	in_sandbox --allow-syscall fchmodat:2==0x9ed chmod 4755 file
	[ "$(stat -c %a file)" = 4755 ]
	run in_sandbox --allow-syscall fchmodat:2==0x9ed chmod 2755 file
	[ "$status" -ne 0 ]
	run in_sandbox --report-denied python3 -c 'import os; os.open("new", os.O_CREAT | os.O_RDWR, 0o2755)'
	[ "${lines[0]}" = 'sandbox: python3 was refused openat (EPERM); --allow-syscall openat:2==0x80042,3==0x5ed or --allow-suid allows it' ]
	run in_sandbox --report-denied --deny-syscall fchmodat chmod 755 file
	[ "${lines[0]}" = 'sandbox: chmod was refused fchmodat (EPERM); --allow-syscall fchmodat allows it' ]
	needs git
	run in_sandbox sh -ec 'git init -q repo; cp -a /etc/hostname copy; tar cf t.tar copy; tar xpf t.tar; install -D copy deep/copy; ls -d repo/.git'
	[ "$output" = repo/.git ]
}

@test "a core dump is made by nobody, nor given to a program of the host's" {
	mkdir -p dumps
	own dumps
	run in_sandbox sh -c 'ulimit -c unlimited; ulimit -c 0; grep "Max core" /proc/self/limits; prlimit --core=0:0 true; grep "Max core" /proc/self/limits'
	[ "$(awk '{ print $5, $6 }' <<<"$output" | sort -u)" = '1 1' ]
	cd dumps
	code=0
	in_sandbox sh -c 'ulimit -c unlimited; kill -SEGV $$' || code=$?
	[ "$code" -eq 139 ]
	[ -z "$(ls)" ]
	run in_sandbox sh -c 'ulimit -n 100; ulimit -n'
	[ "$output" = 100 ]
	run in_sandbox --allow-syscall prlimit64 sh -c 'ulimit -c 0; grep "Max core" /proc/self/limits'
	[ "$(awk '{ print $5, $6 }' <<<"$output")" = '0 0' ]
}

@test "a key of the caller's session is out of reach, whatever the policy" {
	cat >keys.py <<-'E'
		import ctypes, os, subprocess, sys
		syscall = ctypes.CDLL(None).syscall
		JOIN, SEARCH, READ, SESSION = 1, 10, 11, -3
		def read():
		    key = syscall(250, SEARCH, SESSION, b"user", b"layers", 0)
		    text = ctypes.create_string_buffer(9)
		    print(text.value.decode() if key > 0 and syscall(250, READ, key, text, 9) > 0 else "none")
		if sys.argv[1:] == ["read"]:
		    read()
		else:
		    if syscall(250, JOIN, 0) < 0 or syscall(248, b"user", b"layers", b"taken", 5, SESSION) < 0:
		        sys.exit("no keys")
		    sys.exit(subprocess.run(sys.argv[1:] + ["python3", "keys.py", "read"]).returncode)
	E
	[ "$(uname -m)" = x86_64 ] || skip 'the numbers are those of x86-64'
	run as_user python3 keys.py "$BWRAP" --dev-bind / /
	[[ $output != 'no keys' ]] || skip 'this kernel has no keys, or keeps them from us'
	[ "$output" = taken ]
	for options in '' '--syscalls none' '--allow-syscall @keyring' '--allow-syscall keyctl:0!=1'; do
		# shellcheck disable=SC2086 # options are words
		run as_user python3 keys.py "$SANDBOX" $options
		[ "$output" = none ]
	done
	run in_sandbox --allow-syscall @keyring python3 -c 'import ctypes
print(ctypes.CDLL(None).syscall(248, b"user", b"own", b"x", 1, -3) > 0)'
	[ "$output" = True ]
}

@test "process 1 has no capability, no descriptor but its own, and a filter; the supervisor has one where it reads what the command says" {
	exec_as_user "$SANDBOX" sh -c ': >ready; sleep 60' 3>&- &
	local supervisor=$! init
	until [ -e ready ]; do sleep 0.05; done
	init=$(pgrep -P "$supervisor")
	grep -qx $'Seccomp:\t2' "/proc/$init/status"
	grep -qx $'NoNewPrivs:\t1' "/proc/$init/status"
	[ "$(grep -cx $'Cap\(Eff\|Prm\|Inh\|Amb\):\t0*' "/proc/$init/status")" = 4 ]
	# Root owns the files in /proc of what nobody else may look into; Landlock keeps the command from it too.
	[ "$(stat -c %u "/proc/$init/environ" "/proc/$supervisor/environ" | tr '\n' ' ')" = '0 0 ' ]
	[ "$(tr -d '\0' <"/proc/$init/cmdline" | wc -c)" = 0 ]
	if [ "$(id -u)" = 0 ]; then
		[ "$(find "/proc/$init/fd" -type l | wc -l)" = 5 ] # three streams, a socket to the supervisor, a signalfd
		[ "$(tr -d '\0' <"/proc/$init/environ" | wc -c)" = 0 ]
	else
		run ls "/proc/$init/fd"
		[ "$status" -ne 0 ]
	fi
	kill "$supervisor"
	wait "$supervisor" || true
	rm ready
	exec_as_user "$SANDBOX" --report-denied sh -c ': >ready; sleep 60' 3>&- &
	supervisor=$!
	until [ -e ready ]; do sleep 0.05; done
	grep -qx $'Seccomp:\t2' "/proc/$supervisor/status"
	kill "$supervisor"
	wait "$supervisor" || true
	rm ready
	exec_as_user "$BWRAP" --dev-bind / / --unshare-pid sh -c ': >ready; sleep 60' 3>&- &
	supervisor=$!
	until [ -e ready ]; do sleep 0.05; done
	grep -qx $'Seccomp:\t0' "/proc/$(pgrep -P "$supervisor")/status"
	grep -qx $'Seccomp:\t0' "/proc/$supervisor/status"
	kill "$supervisor"
	wait "$supervisor" || true
}

# As where a hostile command was run in the working directory before: what the program has opened itself is no way out.
@test "a link that was left in the working directory leads to nothing that the program holds of the host" {
	bait secret
	local secret=../../${BAIT##*/} tool=$USER_DIR/tool number
	cp "$(type -P true)" "$tool"
	chmod a+rx "$tool"
	cd "$USER_HOME/work"
	[ "$(as_user cat "$secret")" = secret ] # from a working directory that is the host's
	as_user ../../tool
	local peer=("$BWRAP" "${HOST[@]}" --proc /proc --dev /dev --unshare-all --bind . "$PWD")
	for number in {3..24}; do
		ln -sfn "/proc/self/fd/$number" link
		for start in "$SANDBOX" "$SANDBOX --allow-userns" "${peer[*]}"; do
			# shellcheck disable=SC2086 # words
			run as_user timeout 20 $start --chdir "$PWD/link" sh -c "cat $secret; ls"
			[[ $status -ne 0 && $output == *'link: '* && $output != *secret* ]]
		done
		ln -sfn "/proc/self/fd/$number/../../tool" link
		run ! as_user timeout 20 "$SANDBOX" --allow-userns "$PWD/link"
	done
	ln -sfn . link
	[ "$(in_sandbox --chdir "$PWD/link" pwd -P)" = "$PWD" ]
}
