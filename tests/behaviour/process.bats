#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Processes: how they end, what reaches them, what they inherit, what is left.
# shellcheck disable=SC2016 # the scripts are for the shell inside

load ../lib/common

in_sandbox() { as_user "$SANDBOX" "$@"; }

# In the background: the job is the program itself, so that signals reach it.
start() { exec_as_user env --default-signal=INT,QUIT "$@" 3>&- & } # where the tests run in the background they are ignored

# A duration no other process sleeps for, by which the host finds what is left of a test's own.
mark() { MARK=$((RANDOM * 32768 + RANDOM)).$BATS_TEST_NUMBER; }
left() { pgrep -f "sleep $MARK" | wc -l; }
gone() {
	for _ in $(seq 600); do
		[ "$(left)" = 0 ] && return
		sleep 0.05
	done
	pgrep -af "sleep $MARK" >&2
	return 1
}
# init, which shows no arguments; and that it has ended.
child_of() { until pgrep -P "$1"; do sleep 0.02; done; }
ended() {
	for _ in $(seq 600); do
		grep -qs '^State:.[^ZX]' "/proc/$1/status" || return 0
		sleep 0.05
	done
	return 1
}
running() {
	for _ in $(seq 600); do
		pgrep -f "^sleep $MARK" >/dev/null && return
		sleep 0.05
	done
	return 1
}

@test "the exit status is the command's, a signal the same signal; bwrap has 128+n" {
	for code in 0 1 42 125 126 127 255; do
		run in_sandbox sh -c "exit $code"
		[ "$status" -eq "$code" ]
	done
	for signal in TERM KILL SEGV INT USR1; do
		run bash -c '"$@"; echo "$?"' bash "$(command -v env)" true
		run python3 -c 'import subprocess,sys; print(subprocess.run(sys.argv[1:]).returncode)' \
			env --default-signal=INT HOME="$USER_HOME" "$SANDBOX" --cwd none sh -c "kill -$signal \$\$"
		[ "${lines[-1]}" = "-$(kill -l "$signal")" ]
		run as_user "$BWRAP" "${HOST[@]}" sh -c "kill -$signal \$\$"
		[ "$status" -eq $((128 + $(kill -l "$signal"))) ]
		run as_user "$BWRAP" "${HOST[@]}" --unshare-pid sh -c "kill -$signal \$\$"
		[ "$status" -eq $((128 + $(kill -l "$signal"))) ]
	done
}

@test "signals sent to the sandbox reach the command" {
	for signal in TERM INT HUP QUIT USR1 USR2 CONT WINCH; do
		for program in "$SANDBOX" "$BWRAP ${HOST[*]} --dev-bind / / --unshare-pid" "$BWRAP --dev-bind / /"; do
			rm -f ready got
			# shellcheck disable=SC2086 # a program and its options
			start $program sh -c "trap 'echo $signal >got; exit 7' $signal; : >ready; while :; do sleep 0.02; done"
			pid=$!
			until [ -e ready ]; do sleep 0.02; done
			kill -"$signal" "$pid"
			code=0
			wait "$pid" || code=$?
			[ "$code" -eq 7 ]
			[ "$(cat got)" = "$signal" ]
		done
	done
}

@test "a signal reaches a command that init has not told the supervisor of yet" {
	needs strace
	rm -f ready got
	start strace -f -o /dev/null -e trace=sendto -e inject=sendto:delay_enter=90000 \
		"$SANDBOX" sh -c "trap 'echo TERM >got; exit 7' TERM; : >ready; while :; do sleep 0.02; done"
	pid=$!
	until [ -e ready ]; do sleep 0.005; done
	kill -TERM "$(pgrep -P "$pid")"
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 7 ]
	[ "$(cat got)" = TERM ]
}

@test "signals end a sandbox that has not begun its command, and one whose command is process 1" {
	mkfifo never
	own never
	exec 8<>never
	for arguments in '--file 8 /run/x' '--block-fd 8' '--userns-block-fd 8 --info-fd 9' '--as-pid-1'; do
		for signal in TERM INT; do
			# shellcheck disable=SC2086 # several words
			run as_user timeout --foreground -s "$signal" 0.5 "$SANDBOX" --cwd none $arguments sleep 20 9>/dev/null
			[ "$status" -eq 124 ]
			# shellcheck disable=SC2086 # several words
			start "$SANDBOX" $arguments sleep 20 9>/dev/null
			pid=$!
			sleep 0.3
			kill -"$signal" "$pid"
			code=0
			wait "$pid" || code=$?
			[ "$code" -eq $((128 + $(kill -l "$signal"))) ]
		done
	done
	exec 8>&-
	# One that heeds signals decides itself.
	rm -f ready
	start "$SANDBOX" --as-pid-1 sh -c 'trap "exit 7" TERM; : >ready; while :; do sleep 0.02; done'
	pid=$!
	until [ -e ready ]; do sleep 0.02; done
	kill -TERM "$pid"
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 7 ]
}

@test "the caller's end takes a sandbox along that is stopped" {
	mark
	# shellcheck disable=SC2016
	start sh -c '"$@" & wait' sh "$SANDBOX" --die-with-parent sh -c "sleep $MARK & kill -STOP \$\$"
	pid=$!
	running
	sleep 0.3
	kill -KILL "$pid"
	gone
	# With a terminal it is stopped itself, and polls nothing. What else is in the job keeps the kernel from continuing it.
	cat >stopped.py <<-'END'
		import os, pty, subprocess, sys, time
		def within(seconds, wanted):
		    end = time.time() + seconds
		    while time.time() < end and not wanted():
		        time.sleep(0.05)
		    return wanted()
		pid, terminal = pty.fork()
		if not pid:
		    os.execvp("sh", ["sh", "-c", "set -m; { sh -c 'echo $$ >caller; \"$@\" & wait' sh \"$@\"; sleep 60; } & wait", "sh"] + sys.argv[1:])
		caller = within(10, lambda: os.path.exists("caller") and open("caller").read().strip())
		children = lambda: subprocess.run(["pgrep", "-P", caller], stdout=subprocess.PIPE, text=True).stdout.split()
		sandbox = within(10, children)[0]
		print("stopped" if within(10, lambda: "State:\tT" in open(f"/proc/{sandbox}/status").read()) else "runs")
		os.kill(int(caller), 9)
		print("ended" if within(5, lambda: not os.path.exists(f"/proc/{sandbox}")) else "still there")
		os.kill(pid, 9)
	END
	rm -f caller
	run as_user timeout 60 python3 stopped.py "$SANDBOX" --die-with-parent sh -c "sleep $MARK & kill -STOP \$\$"
	[ "$output" = $'stopped\nended' ]
	gone
}

@test "the first process is closed to the command; under bwrap it has the filters of the command" {
	cat >reach.py <<-'END'
		for name in "environ", "mem", "maps":
		    try:
		        with open("/proc/1/" + name, "r+b" if name == "mem" else "rb") as file: print(name, "opened")
		    except OSError as error: print(name, error.strerror)
	END
	run as_user "$SANDBOX" python3 reach.py
	[ "$output" = $'environ Permission denied\nmem Permission denied\nmaps Permission denied' ]
	printf '\x06\0\0\0\0\0\xff\x7f' >allow.bpf
	own allow.bpf
	run as_user "$BWRAP" --dev-bind / / --proc /proc --unshare-pid --seccomp 9 sh -c 'sleep 0.2; grep ^Seccomp: /proc/1/status' 9<allow.bpf
	[ "$output" = $'Seccomp:\t2' ]
}

@test "a command that stops goes on by SIGCONT, from inside and through the sandbox" {
	run as_user timeout 10 "$SANDBOX" --cwd none sh -c '(sleep 0.5; kill -CONT $$) & kill -STOP $$; echo went on'
	[ "$output" = 'went on' ]
	rm -f ready after
	start "$SANDBOX" sh -c ': >ready; kill -STOP $$; echo went on >after'
	pid=$!
	until [ -e ready ]; do sleep 0.02; done
	sleep 0.3
	[ ! -e after ]
	kill -CONT "$pid"
	wait "$pid"
	[ "$(cat after)" = 'went on' ]
}

@test "a signal to the whole process group reaches the command once" {
	cat >count.py <<-'END'
		import signal, time
		count = 0
		def hear(*_):
		    global count
		    count += 1
		signal.signal(signal.SIGTERM, hear)
		open("ready", "w").close()
		end = time.time() + 1.5
		while time.time() < end: time.sleep(0.05)
		print(count)
	END
	rm -f ready
	run as_user python3 -c 'import os, pty, signal, subprocess, sys, time
master, slave = pty.openpty()  # a terminal, so that the command stays in the caller'"'"'s session
child = subprocess.Popen(sys.argv[1:], stdin=slave, stdout=subprocess.PIPE, process_group=0) if sys.version_info >= (3, 11) else \
	subprocess.Popen(sys.argv[1:], stdin=slave, stdout=subprocess.PIPE, preexec_fn=os.setpgrp)
while not os.path.exists("ready"): time.sleep(0.05)
os.killpg(child.pid, signal.SIGTERM)
print(child.communicate()[0].decode().strip())' "$SANDBOX" python3 count.py
	[ "$output" = 1 ]
}

@test "the end of the terminal ends the sandbox" {
	mark
	for program in "$SANDBOX" "$BWRAP --dev-bind / / --unshare-pid"; do
		# shellcheck disable=SC2086 # a program and its options
		as_user python3 -c 'import os, pty, subprocess, sys, time
pid, master = pty.fork()
if not pid: os.execvp(sys.argv[1], sys.argv[1:])
time.sleep(1)
os.close(master)' $program sleep "$MARK"
		gone
	done
}

@test "a reader of --json-status-fd that is gone, and one that is standard output" {
	run as_user bash -c '"$@" 9> >(head -n 1 >/dev/null); echo $?' bash "$SANDBOX" --cwd none --json-status-fd 9 sh -c 'sleep 0.3; exit 7'
	[ "$output" = 7 ]
	run in_sandbox --json-status-fd 1 echo x
	[[ $output == *$'\nx'* ]]
}

@test "arguments and environment of the sandbox cannot be read inside" {
	run in_sandbox --setenv TOKEN hidden --unsetenv TOKEN sh -c 'tr -d "\0" </proc/1/cmdline'
	[[ $output != *hidden* ]]
	run as_user timeout 20 env SECRET=hidden "$BWRAP" --dev-bind / / --proc /proc --unshare-pid --clearenv \
		sh -c 'until cat /proc/1/environ; do sleep 0.02; done 2>/dev/null | tr -d "\0"; tr -d "\0" </proc/1/cmdline' # EACCES while init has capabilities
	[ "$output" = '' ]
}

@test "where other processes are, in the namespaces of --userns and --pidns, they cannot look into what builds the sandbox" {
	mkfifo wait
	cat >look.py <<-'END'
		import os, sys
		print("ready", flush=True)
		sys.stdin.readline()
		for pid in filter(str.isdigit, os.listdir("/proc")):
		    try:
		        if "sandbox" not in open(f"/proc/{pid}/comm").read() or os.getpid() == int(pid): continue
		        words = open(f"/proc/{pid}/cmdline").read().strip("\0")
		        print("hides its words" if words == "" else words)
		    except OSError: continue
		    for name in "environ", "mem":
		        try: print(name, b"hidden" in open(f"/proc/{pid}/{name}", "rb").read(100000))
		        except OSError as error: print(name, error.strerror)
	END
	own wait look.py
	mark
	coproc watcher { as_user unshare -Urpf --mount-proc python3 look.py "$MARK" 3>&-; }
	# shellcheck disable=SC2154 # what coproc sets
	local from=${watcher[0]} to=${watcher[1]} line inside pid
	read -r -t 20 line <&"$from"
	[ "$line" = ready ]
	inside=$(pgrep -f "^python3 look.py $MARK")
	exec 8<>./wait
	start sh -c 'exec 7<"/proc/$0/ns/user" 9<"/proc/$0/ns/pid"; exec "$@"' "$inside" env SECRET=hidden \
		"$SANDBOX" --cwd none --userns 7 --pidns 9 --setenv TOKEN hidden --block-fd 8 true
	pid=$!
	# It has come to --block-fd when it has left the caller's tree.
	for _ in $(seq 200); do
		[ -z "$(pgrep -P "$pid")" ] || [ "$(awk '/^State/ { print $2 }' "/proc/$(pgrep -P "$pid")/status")" != S ] || break
		sleep 0.05
	done
	sleep 0.2
	[ "$(tr -d '\0' <"/proc/$pid/cmdline")" = '' ] # so they were wiped before it was born
	echo >&"$to"
	run cat <&"$from"
	exec 8>&-
	wait "$pid" || true # the namespace has ended with its first process
	[ "$output" = $'hides its words\nenviron Permission denied\nmem Permission denied' ]
}

@test "the namespaces can be entered by --info-fd's number while --block-fd waits, and --info-fd has an end" {
	rm -f block
	mkfifo block
	own block
	for program in "$SANDBOX" "$BWRAP --dev-bind / / --unshare-user --unshare-net"; do
		# shellcheck disable=SC2086 # a program and its options
		as_user timeout 20 python3 -c 'import json, os, subprocess, sys
read, write = os.pipe()
os.set_inheritable(write, True)
block = os.open("block", os.O_RDWR)
os.set_inheritable(block, True)
child = subprocess.Popen([*sys.argv[1:], "--info-fd", str(write), "--block-fd", str(block), "true"], pass_fds=[write, block])
os.close(write)
inside = json.load(os.fdopen(read))["child-pid"]
subprocess.run(["nsenter", "--preserve-credentials", "-U", "-n", "-t", str(inside), "true"], check=True)
os.write(block, b"x")
sys.exit(child.wait())' $program
	done
}

@test "waiting costs nothing, with an init and without one" {
	for program in "$SANDBOX" "$SANDBOX --as-pid-1" "$BWRAP --dev-bind / /" "$BWRAP --dev-bind / / --unshare-pid"; do
		# shellcheck disable=SC2086 # a program and its options
		run as_user python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print("spun" if used.ru_utime + used.ru_stime > 0.5 else "slept")' $program sleep 1
		[ "$output" = slept ]
	done
}

@test "flags that the command sets on what it shares with the caller are put back, however it ends" {
	cat >flags.py <<-'END'
		import fcntl, os, signal, sys, time
		def spoil():
		    for fd in (0, 1, 2, 9)[:int(sys.argv[2])]:
		        flags = fcntl.fcntl(fd, fcntl.F_GETFL)
		        try: fcntl.fcntl(fd, fcntl.F_SETFL, flags ^ (os.O_NONBLOCK | os.O_APPEND | os.O_ASYNC | (os.O_NOATIME if fd == 9 else 0)))
		        except OSError: fcntl.fcntl(fd, fcntl.F_SETFL, flags ^ os.O_NONBLOCK)
		        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGTERM)
		def until_killed():
		    signal.signal(signal.SIGTERM, signal.SIG_IGN)
		    open("up", "w").close()
		    while True: time.sleep(1)
		def go_on(): # to the last moment
		    for i in range(4):
		        if not os.fork():
		            while True: fcntl.fcntl(1, fcntl.F_SETFL, os.O_NONBLOCK)
		spoil()
		how = sys.argv[1]
		if how == "caller": go_on()
		if how == "background":
		    if not os.fork():
		        while True: time.sleep(0.001) or fcntl.fcntl(1, fcntl.F_SETFL, os.O_NONBLOCK)
		if how == "killed": os.kill(os.getpid(), 9)
		if how in ("timeout", "signal", "caller"): until_killed()
	END
	cat >caller.py <<-'END'
		import fcntl, os, signal, socket, subprocess, sys, time
		near, far = socket.socketpair()
		out, err = os.pipe()[1], os.open("log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
		os.set_blocking(far.fileno(), False)
		kept = os.open("kept", os.O_RDWR | os.O_CREAT)
		fcntl.fcntl(out, fcntl.F_SETOWN, os.getpid())
		fcntl.fcntl(out, fcntl.F_SETSIG, signal.SIGWINCH)
		signal.signal(signal.SIGWINCH, signal.SIG_IGN)
		fcntl.fcntl(out, fcntl.F_SETFL, os.O_WRONLY | os.O_ASYNC)
		state = lambda: [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (far.fileno(), out, err, kept)] + [fcntl.fcntl(out, fcntl.F_GETOWN) == os.getpid()] \
		    + [fcntl.fcntl(fd, fcntl.F_GETSIG) for fd in (far.fileno(), out, err, kept)]
		before = state()
		how, words = sys.argv[1], sys.argv[2:]
		if os.path.exists("up"): os.unlink("up")
		wrap = ["sh", "-c", '"$@"; :', "sh"] if how == "caller" else []
		def streams():
		    os.dup2(kept, 9)
		child = subprocess.Popen([*wrap, *words, "python3", "flags.py", how, "4"], stdin=far, stdout=out, stderr=err, close_fds=False, preexec_fn=streams)
		if how in ("signal", "caller"):
		    for i in range(200):
		        if not os.path.exists("up"): time.sleep(0.05)
		    below = lambda pid: [int(word) for word in open(f"/proc/{pid}/task/{pid}/children").read().split()]
		    # The command's own process ends by a signal that it does not heed; or the caller's end is the sandbox's.
		    if how == "caller":
		        sandbox = below(child.pid)[0]
		        os.kill(child.pid, 9)
		        for i in range(200):
		            if os.path.exists(f"/proc/{sandbox}"): time.sleep(0.05)
		    else: [os.kill(pid, 9) for pid in below(below(child.pid)[0])]
		child.wait()
		print(*["as before" if state() == before else f"{before} {state()}"])
	END
	own flags.py caller.py
	for how in end background killed signal timeout caller; do
		for options in '' '--stats /dev/null' --as-pid-1; do
			[ "$how$options" != signal--as-pid-1 ] || continue
			# shellcheck disable=SC2086 # several words
			run as_user timeout 30 python3 caller.py "$how" "$SANDBOX" --keep-fd 9 --timeout "$([ "$how" = timeout ] && echo 2 || echo 60)" --grace 0 \
				--die-with-parent $options
			[ "$output" = 'as before' ] || { echo "$how $options: $output" >&2; cat log >&2; return 1; }
		done
	done
	# The control: without a sandbox they stay.
	run as_user python3 caller.py end
	[[ $output = '['* ]]
	# What comes next loses nothing.
	run as_user bash -c '{ "$@" python3 flags.py end 3; head -c 8000000 /dev/zero; } | (sleep 1; wc -c)' bash "$SANDBOX"
	[ "$output" = 8000000 ]
}

@test "streams that the caller closed are /dev/null inside, not descriptors of ours" {
	run as_user sh -c '"$1" sh -c "ls -l /proc/self/fd/0 /proc/self/fd/2; ls /proc/self/fd | wc -l" <&- 2>&-' sh "$SANDBOX"
	[ "$(grep -c -- '-> /dev/null$' <<<"$output")" -eq 2 ]
	[ "${lines[2]}" = 4 ]
}

@test "a home that is no home is not covered, and grants nothing" {
	own=$(getent passwd "$USER_ID" | cut -d : -f 6)
	[ -d "$own" ] || own=/home/sandbox
	for home in / /usr /usr/sbin /nonexistent relative ''; do
		cd "$USER_HOME/work"
		[ "$(as_user env HOME="$home" "$SANDBOX" --cwd none sh -c 'echo $HOME; ls -A ~')" = "$own" ]
		cd /
		run as_user env HOME="$home" "$SANDBOX" pwd
		[ "${lines[-1]}" = "$own" ]
	done
	ln -s "$USER_HOME" "$USER_HOME/work/link"
	[ "$(as_user env HOME="$USER_HOME/work/link" "$SANDBOX" sh -c 'echo $HOME')" = "$USER_HOME" ]
}

@test "background processes end with the command; under bwrap they live on" {
	mark
	as_user timeout -s KILL 10 "$SANDBOX" sh -c "setsid sleep $MARK & : >/dev/null"
	gone
	# When the sandbox has ended none holds the pipe any more, however many they were.
	run as_user timeout 60 python3 -c 'import os, subprocess, sys
for _ in range(5):
    read, write = os.pipe()
    sandbox = subprocess.Popen(sys.argv[1:], stdout=write, stdin=subprocess.DEVNULL)
    os.close(write)
    os.set_blocking(read, False)
    sandbox.wait()
    print("gone" if os.read(read, 1) == b"" else "?")' "$SANDBOX" sh -c "for i in \$(seq 50); do sleep $MARK & done; sleep 0.1"
	[ "$output" = $'gone\ngone\ngone\ngone\ngone' ]
	as_user "$BWRAP" --dev-bind / / sh -c "setsid sleep $MARK >/dev/null 2>&1 </dev/null 3>&- & :"
	running
	pkill -KILL -f "^sleep $MARK"
	gone
}

@test "orphans are reaped, and the command sees only its own processes" {
	run in_sandbox sh -c 'for i in 1 2 3; do (setsid sleep 0.05 &); done; sleep 0.3; ls -d /proc/[0-9]* | wc -l; grep -l "State:.Z" /proc/[0-9]*/status 2>/dev/null'
	[ "${lines[0]}" -le 4 ]
	[ "${#lines[@]}" -eq 1 ]
}

# bats test_tags=repeated
@test "SIGKILL of the sandbox at any moment leaves nothing" {
	mark
	named
	start "$SANDBOX" --tmpfs "/run/$MARK" sh -c "sleep $MARK & sleep $MARK"
	pid=$!
	running
	kill -KILL "$pid"
	gone
	for i in $(seq "$(rounds 200)"); do
		start "$SANDBOX" --tmpfs "/run/$MARK" sleep "$MARK"
		pid=$!
		sleep "0.00$((i % 10))"
		kill -KILL "$pid"
		wait "$pid" 2>/dev/null || true
	done
	gone
	for i in $(pgrep -x "$NAMED"); do ended "$i"; done
	run ! grep "$MARK" /proc/self/mountinfo
	# While init waits for something else than the supervisor, and after credentials changed, which undoes the tie.
	mkfifo endless
	own endless
	exec 8<>endless
	for arguments in '--file 8 /run/x' '--block-fd 8' '--cap-add ALL --block-fd 8'; do
		# shellcheck disable=SC2086 # several words
		start "$SANDBOX" $arguments sleep "$MARK"
		pid=$!
		init=$(child_of "$pid")
		sleep 0.3
		kill -KILL "$pid"
		ended "$init"
		gone
	done
	# Also if it ended before init said what is to become of it then.
	if [ "${SANDBOX_CI-}" ] || command -v strace >/dev/null; then
		start strace -f -o /dev/null -e trace=close -e inject=close:delay_enter=1500000:when=1 "$SANDBOX" --block-fd 8 sleep "$MARK"
		pid=$!
		# The one that is first in a process namespace: strace and the supervisor have had other children before it.
		until supervisor=$(pgrep -P "$pid") && init=$(pgrep -P "$supervisor" 2>/dev/null) &&
			grep -q "^NSpid:.*$init.1$" "/proc/$init/status" 2>/dev/null; do sleep 0.02; done
		kill -KILL "$supervisor"
		gone
	fi
	if [ "$(id -u)" = 0 ]; then # and after another id was taken in a namespace that has several
		unshare -U sleep 60 3>&- &
		holder=$!
		until [ "$(readlink "/proc/$holder/ns/user")" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.02; done
		echo 0 0 10 >"/proc/$holder/uid_map"
		echo 0 0 10 >"/proc/$holder/gid_map"
		exec 9<"/proc/$holder/ns/user"
		"$SANDBOX" --cwd none --userns 9 --uid 5 --gid 5 --block-fd 8 sleep "$MARK" 3>&- &
		pid=$!
		exec 9<&-
		kill "$holder"
		init=$(child_of "$pid")
		sleep 0.3
		kill -KILL "$pid"
		ended "$init"
		gone
	fi
	exec 8>&-
	# The control: a plain command's child outlives the kill of its parent.
	start sh -c "sleep $MARK & wait"
	pid=$!
	running
	kill -KILL "$pid"
	[ "$(left)" != 0 ]
	pkill -KILL -f "^sleep $MARK"
}

# bats test_tags=repeated
@test "SIGKILL of the sandbox ends a command that is process 1, whichever of its threads became it" {
	cat >rethread.py <<-'END'
		import os, sys, threading, time
		threading.Thread(target=os.execvp, args=(sys.argv[1], sys.argv[1:])).start()
		time.sleep(60)
	END
	own rethread.py
	for program in "$SANDBOX --as-pid-1" "$BWRAP --dev-bind / / --unshare-pid --as-pid-1 --die-with-parent"; do
		for group in '' -; do
			mark
			# shellcheck disable=SC2086 # a program and its options
			start setsid $program python3 rethread.py sleep "$MARK"
			pid=$!
			running
			kill -KILL -- "$group$pid"
			gone
		done
		# Whenever it is killed.
		mark
		for i in $(seq "$(rounds 100)"); do
			# shellcheck disable=SC2086
			start setsid $program python3 rethread.py sleep "$MARK"
			pid=$!
			sleep "0.0$((i * 3 % 10))$((i % 10))"
			kill -KILL -- "$pid"
			wait "$pid" 2>/dev/null || true
		done
		gone
	done
	# bubblewrap's goes on if it is not to die with its parent.
	mark
	start "$BWRAP" --dev-bind / / --unshare-pid --as-pid-1 sleep "$MARK"
	pid=$!
	running
	kill -KILL "$pid"
	sleep 0.3
	[ "$(left)" != 0 ]
	pkill -KILL -f "^sleep $MARK"
	gone
}

@test "the guard of a process 1 holds nothing, can be neither seen inside nor looked into, and ends first" {
	mark
	start "$SANDBOX" --as-pid-1 sh -c "ls -d /proc/[0-9]* >seen; exec sleep $MARK"
	pid=$!
	running
	guard=$(pgrep -P "$pid" -f "^$SANDBOX")
	[ "$(cat seen)" = /proc/1 ]
	[ "$(ps -o pgid= -p "$guard" | tr -d ' ')" = "$guard" ]
	run as_user ls "/proc/$guard/fd"
	[[ $output = *'Permission denied'* ]]
	if [ "$(id -u)" = 0 ]; then
		[ "$(readlink "/proc/$guard/fd/"* | sed 's/:.*//' | sort | uniq -c | xargs)" = '2 anon_inode 1 pipe' ]
	fi
	# A signal to all of the program's name is not its end.
	kill -TERM "$guard"
	kill -0 "$guard"
	kill -TERM "$pid"
	wait "$pid" || [ $? = 143 ]
	run ! kill -0 "$guard"
	gone
	# None is left, not for a moment and not as a zombie of the caller's.
	run as_user python3 -c '
import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) # PR_SET_CHILD_SUBREAPER
for arguments in ["true"], ["./absent"], ["sh", "-c", "kill -9 $$"], ["--ro", "/absent", "true"]:
    subprocess.run([sys.argv[1], "--as-pid-1", *arguments], stderr=subprocess.DEVNULL)
    try: print(arguments, os.waitpid(-1, os.WNOHANG))
    except ChildProcessError: pass' "$SANDBOX"
	[ "$output" = '' ]
}

@test "--die-with-parent ends with the caller; without it bwrap goes on" {
	mark
	start sh -c '"$@" & echo started; wait' sh "$BWRAP" --dev-bind / / --die-with-parent sleep "$MARK"
	pid=$!
	running
	kill -KILL "$pid"
	gone
	: >lock
	own lock
	start sh -c '"$@" & wait' sh "$BWRAP" --dev-bind / / --die-with-parent --lock-file "$PWD/lock" sleep "$MARK"
	pid=$!
	running
	kill -KILL "$pid"
	gone
	start sh -c '"$@" & wait' sh "$BWRAP" --dev-bind / / sleep "$MARK"
	pid=$!
	running
	kill -KILL "$pid"
	sleep 0.3
	[ "$(left)" != 0 ]
	pkill -KILL -f "^sleep $MARK"
	gone
}

@test "--die-with-parent where the caller is in another pid namespace" {
	run as_user unshare -Urpf --mount-proc "$BWRAP" --die-with-parent --ro-bind / / --proc /proc --dev /dev echo hi
	[ "$output" = hi ]
	mark
	# shellcheck disable=SC2016
	start unshare -Urpf --mount-proc "$BWRAP" --die-with-parent --ro-bind / / sleep "$MARK"
	pid=$!
	running
	kill -KILL "$pid"
	gone
}

@test "--pidns enters the pid namespace that it names" {
	mark
	start unshare -Urpf sleep "$MARK"
	running
	pid=$(pgrep -f "^sleep $MARK")
	inside=$(readlink "/proc/$pid/ns/pid")
	for program in "$BWRAP --dev-bind / /" "$SANDBOX --cwd none"; do
		# shellcheck disable=SC2086,SC2016
		run as_user sh -c 'exec 8<"/proc/$1/ns/user" 9<"/proc/$1/ns/pid"; shift; exec "$@"' sh "$pid" $program --userns 8 --pidns 9 readlink /proc/self/ns/pid
		[ "$output" = "$inside" ]
	done
	pkill -KILL -f "^sleep $MARK"
}

@test "a caller that ignores SIGCHLD or blocks signals changes nothing" {
	run python3 -c '
import signal, subprocess, sys, os
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD, signal.SIGUSR1])
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))' "$SANDBOX" --cwd none sh -c 'exit 9'
	[ "${lines[-1]}" = 9 ]
}

@test "the environment is a short list; each option opens or closes one name" {
	run as_user env -i HOME="$USER_HOME" PATH="$PATH" TERM=dumb LC_ALL=C SECRET=x AWS_KEY=y "$SANDBOX" env
	[ "$(sort <<<"$output" | cut -d = -f 1 | tr '\n' ' ')" = 'HOME LC_ALL PATH PWD TERM ' ]
	run as_user env -i PATH="$PATH" HOME="$USER_HOME" SECRET=x AWS_KEY=y AWS_ID=z "$SANDBOX" --keepenv 'AWS_*' --setenv A 'b c' --unsetenv AWS_ID env
	[ "$(sort <<<"$output" | tr '\n' ' ')" = "A=b c AWS_KEY=y HOME=$USER_HOME PATH=$PATH PWD=$USER_HOME/work " ]
	run as_user env SECRET=x "$SANDBOX" --keepenv SECRET --clearenv --setenv B 1 /usr/bin/env
	[ "$(sort <<<"$output" | tr '\n' ' ')" = "B=1 PWD=$USER_HOME/work " ]
	run as_user env SECRET=x "$BWRAP" --dev-bind / / sh -c 'echo $SECRET'
	[ "$output" = x ]
}

@test "descriptors above 2 are closed, but what is named; bwrap leaves them" {
	echo content >file
	own file
	run in_sandbox sh -c 'cat <&9' 9<file
	[ "$status" -ne 0 ]
	run in_sandbox --keep-fd 9 sh -c 'cat <&9' 9<file
	[ "$output" = content ]
	run in_sandbox --keep-fd 9 sh -c 'ls /proc/self/fd | wc -l' 9<file 8<file
	[ "$output" -eq 5 ]
	: >locked
	own locked
	# nor are those of our own, and of options
	run in_sandbox --keep-fd 9 --block-fd 8 --lock-file "$PWD/locked" sh -c 'ls /proc/self/fd | wc -l' 9<file 8</dev/null
	[ "$output" -eq 5 ]
	run as_user "$BWRAP" --dev-bind / / sh -c 'cat <&9' 9<file
	[ "$output" = content ]
}

@test "no capability, no new privileges, no user namespace; each by its option" {
	run in_sandbox sh -c 'grep -E "^Cap(Inh|Prm|Eff|Amb)|NoNewPrivs" /proc/self/status'
	[ "$(grep -c '0000000000000000$' <<<"$output")" -eq 4 ]
	[[ $output == *$'NoNewPrivs:\t1' ]]
	# An exec by uid 0 gives capabilities back, unless it is kept from that.
	run in_sandbox --uid 0 sh -c 'id -u; grep -E "^Cap(Inh|Prm|Eff|Amb)" /proc/self/status'
	[ "$(grep -c '0000000000000000$' <<<"$output")" -eq 4 ]
	[ "${lines[0]}" = 0 ]
	[ "$(in_sandbox --uid 0 python3 -c 'import ctypes; print(ctypes.CDLL(None).prctl(27, 0, 0, 0, 0))')" = 3 ] # NOROOT, locked
	run as_user "$BWRAP" --dev-bind / / --unshare-user --uid 0 sh -c 'grep -E "^Cap|NoNewPrivs" /proc/self/status'
	[ "$(grep -c '0000000000000000$' <<<"$output")" -eq 5 ]
	[[ $output == *$'NoNewPrivs:\t1' ]]
	run in_sandbox unshare -U true
	[ "$status" -ne 0 ]
	in_sandbox --allow-userns unshare -U true
	run in_sandbox --cap-add CAP_CHOWN sh -c 'grep CapEff /proc/self/status'
	[[ $output == *0000000000000001 ]]
	for options in '' '--syscalls none'; do
		# shellcheck disable=SC2086 # two words or none
		run in_sandbox $options --cap-add ALL --cap-drop CAP_CHOWN unshare -U true
		[ "$status" -ne 0 ]
	done
	if [ "$(id -u)" = 0 ]; then
		run -125 "$SANDBOX" --cap-add ALL --cap-add setfcap true
		[ "$output" = "sandbox: --cap-add setfcap: run by root, the command could leave files with capabilities that count on the host; run sandbox as an ordinary user" ]
		[ "$("$SANDBOX" --cwd none --cap-add ALL sed -n 's/^CapEff:\t//p' /proc/self/status)" = 000001ff7fffffff ]
	fi
	[ "$(in_sandbox --cap-add setfcap sed -n 's/^CapEff:\t//p' /proc/self/status)" = 0000000080000000 ]
	in_sandbox --assert-userns-disabled true
	run in_sandbox --allow-userns --assert-userns-disabled true
	[ "$status" -eq 125 ]
	as_user "$BWRAP" --dev-bind / / unshare -U true
	run as_user "$BWRAP" --dev-bind / / --unshare-user --disable-userns unshare -U true
	[ "$status" -ne 0 ]
}

@test "a copy of the program with set-uid or set-gid bits or capabilities is refused before an option is read" {
	needs_root # to make one
	refusal="it runs only with the caller's own rights: remove the set-uid and set-gid bits (chmod ug-s) and capabilities (setcap -r) of its file"
	echo text >kept
	chmod 600 kept
	chown 0:0 kept
	cp "$SANDBOX" copy
	ln -s copy bwrap
	for rights in 'chmod 4755' 'chmod 2755' 'setcap cap_dac_override=ep' 'setcap cap_sys_admin=p'; do
		chmod 755 copy
		chown 0:0 copy
		$rights copy
		run as_user ./copy --stats "$PWD/kept" --cwd none true
		[ "$status" -eq 125 ]
		[ "$output" = "copy: $refusal" ]
		run as_user ./bwrap --version
		[ "$status" -eq 1 ]
		[ "$output" = "bwrap: $refusal" ]
		[ "$(cat kept)" = text ]
	done
	: what brings no rights that the caller lacks
	setcap -r copy
	as_user ./copy --cwd none true
	chmod 4755 copy
	./copy --cwd none true
	setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups --inh-caps +net_admin --ambient-caps +net_admin "$SANDBOX" --cwd none true
}

@test "with namespaces and capabilities of its own the command still mounts no cgroups and uncovers nothing" {
	bait=bait-$((RANDOM * 32768 + RANDOM))
	groups="mkdir -p /tmp/groups && mount -t cgroup2 none /tmp/groups && mkdir /tmp/groups/$bait"
	run unshare -Urm --cgroup sh -c "mount -t tmpfs none /tmp && $groups" # the bait is taken where it can be
	[ "$(id -u)" != 0 ] || [ "$(find /sys/fs/cgroup -name "$bait" | wc -l)" -gt 0 ]
	[ "$(id -u)" != 0 ] || find /sys/fs/cgroup -depth -name "$bait" -exec rmdir {} ';'
	for options in --allow-userns '--cap-add ALL' '--allow-userns --cap-add ALL'; do
		for prefix in '' 'unshare -m' 'unshare -mC' 'unshare -Urm' 'unshare -UrmC'; do
			# shellcheck disable=SC2086 # both are words
			"$SANDBOX" --cwd none --syscalls none $options $prefix sh -c "$groups" || true
		done
		[ -z "$(find /sys/fs/cgroup -name "$bait")" ]
		# shellcheck disable=SC2086
		"$SANDBOX" $options --cwd none --syscalls none sh -c 'umount /proc/sys; umount /usr; mount -o remount,bind,rw /usr
			cat /proc/self/mountinfo' >mounts 2>/dev/null || true
		[ "$(awk '$5 == "/usr" { print $6 }' mounts | grep -c '^ro,')" = 1 ]
		[ "$(id -u)" != 0 ] || grep -q ' /proc/sys ro,' mounts
	done
}

# delegated GROUP SCRIPT: as root, by a shell in a new cgroup that is the user's, which alone is seen in /sys/fs/cgroup.
delegated() {
	local tree
	tree=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ "$tree" ] || skip 'no cgroups of version 2 are mounted here'
	mkdir "$tree/$1"
	own "$tree/$1"
	export -f as_user exec_as_user note
	# shellcheck disable=SC2016
	run unshare -m bash -euc 'mount --bind "$1" /sys/fs/cgroup; group=/sys/fs/cgroup/$2; echo $$ >"$group/cgroup.procs"; eval "$3"' \
		bash "$tree" "$1" "$2" 3>&-
	left=$(cd "$tree/$1" && find . -mindepth 1 -type d | sort)
	find "$tree/$1" -depth -type d -exec rmdir {} +
}

@test "in a cgroup of the caller's a command with namespaces has one to itself, and bubblewrap starts in it" {
	needs_root # to make the group
	needs bwrap
	export SANDBOX mount_groups='mount -t tmpfs none /tmp && mkdir /tmp/g && mount -t cgroup2 none /tmp/g && mkdir /tmp/g/bait'
	: the bait is taken where it can be
	delegated "group-$RANDOM$RANDOM" 'as_user unshare -UrmC sh -c "$mount_groups"'
	[ "$status" -eq 0 ]
	[ "$left" = ./bait ]
	delegated "group-$RANDOM$RANDOM" 'as_user "$SANDBOX" --cwd none --allow-userns unshare -UrmC sh -c "$mount_groups"'
	[ "$status" -ne 0 ]
	[ -z "$left" ]
	delegated "group-$RANDOM$RANDOM" 'as_user "$SANDBOX" --cwd none --allow-userns \
		bwrap --unshare-all --ro-bind / / --dev /dev --proc /proc sh -c "cat /proc/self/cgroup | tail -n 1"'
	[ "$output" = 0::/ ]
	[ -z "$left" ]
	: one that is below the caller is at stake as well, where none can be had for the sandbox alone
	delegated "group-$RANDOM$RANDOM" 'as_user mkdir $group/below; chown 0:0 $group $group/*; as_user "$SANDBOX" --cwd none --allow-userns unshare -UC true'
	[[ $output = *'No space left on device' ]]
	[ "$left" = ./below ]
	delegated "group-$RANDOM$RANDOM" 'chown 0:0 $group $group/*; as_user "$SANDBOX" --cwd none --allow-userns unshare -UC true'
	[ "$status" -eq 0 ]
	[ -z "$output$left" ]
}

@test "what a killed sandbox left in the cgroup goes with the next, and nothing of others that is called so" {
	needs_root
	export SANDBOX
	: sandbox.2 is of one that was killed before it could mark it
	delegated "group-$RANDOM$RANDOM" 'as_user mkdir $group/sandbox.1 $group/sandbox.slice $group/sandbox.1/inside $group/sandbox.2
		as_user python3 -c "import os; os.setxattr(\"$group\", \"user.sandbox.2\", b\"\")"
		exec_as_user "$SANDBOX" --cwd none --allow-userns sh -c "echo ready; exec sleep 60" >ready & until grep -qs ready ready; do sleep 0.02; done
		find $group -mindepth 1 -type d | wc -l
		kill -KILL $!; wait $! 2>/dev/null || true; until ! grep -qs . $group/sandbox.*/inside/cgroup.procs; do sleep 0.02; done
		find $group -mindepth 1 -type d | wc -l; as_user "$SANDBOX" --cwd none --allow-userns true
		python3 -c "import os; print(os.listxattr(\"$group\"))"'
	[ "$output" = $'5\n5\n[]' ]
	[ "$left" = $'./sandbox.1\n./sandbox.1/inside\n./sandbox.slice' ]
}

@test "a network of its own with a working loopback; --share-net the caller's" {
	run in_sandbox sh -c 'cat /proc/net/dev | tail -n +3 | cut -d : -f 1 | tr -d " "'
	[ "$output" = lo ]
	in_sandbox python3 -c 'import socket; s=socket.create_server(("127.0.0.1",0)); socket.create_connection(s.getsockname())'
	[ "$(in_sandbox --share-net readlink /proc/self/ns/net)" = "$(readlink /proc/self/ns/net)" ]
	for space in net pid ipc uts mnt user cgroup; do
		[ "$(in_sandbox readlink /proc/self/ns/$space)" != "$(readlink /proc/self/ns/$space)" ]
	done
	for space in net pid ipc uts cgroup; do
		[ "$(as_user "$BWRAP" --dev-bind / / readlink /proc/self/ns/$space)" = "$(readlink /proc/self/ns/$space)" ]
		[ "$(as_user "$BWRAP" --dev-bind / / --unshare-$space readlink /proc/self/ns/$space)" != "$(readlink /proc/self/ns/$space)" ]
	done
	[ "$(as_user "$BWRAP" --dev-bind / / --unshare-all --unshare-cgroup-try --unshare-user-try readlink /proc/self/ns/net)" != "$(readlink /proc/self/ns/net)" ]
}

@test "ids, host name, argv[0], working directory, first process" {
	[ "$(in_sandbox --uid 7 --gid 8 sh -c 'id -u; id -g')" = $'7\n8' ]
	[ "$(in_sandbox sh -c 'ps -o sid= -p $$ | tr -d " "')" = 2 ] # a session of its own, as no stream is a terminal
	[ "$(umask 027; in_sandbox sh -c umask)" = 0027 ]
	[ "$(in_sandbox --hostname inside uname -n)" = inside ]
	[ "$(in_sandbox --argv0 other sh -c 'echo $0')" = other ]
	[ "$(in_sandbox --chdir /usr pwd)" = /usr ]
	[ "$(in_sandbox --as-pid-1 sh -c 'echo $$')" = 1 ]
	[ "$(in_sandbox sh -c 'echo $$')" = 2 ]
	run in_sandbox --new-session sh -c 'ps -o sid= -p $$ | tr -d " "'
	[ "$output" = 2 ]
	run in_sandbox --level-prefix --ro /absent true
	[[ $output == '<3>sandbox: '* ]]
}

@test "bwrap starts in the caller's directory, whatever PWD says" {
	mkdir -p real/sub
	ln -s real/sub to-sub
	own .
	cd real/sub
	local row tree=(--bind / /)
	for row in PWD=/etc PWD=/no/where PWD= PWD=.. PWD=real/sub; do
		[ "$row:$(as_user env "$row" "$BWRAP" "${tree[@]}" sh -c '/bin/pwd; echo $PWD')" = "$row:$PWD"$'\n'"$PWD" ]
	done
	[ "$(as_user env -u PWD "$BWRAP" "${tree[@]}" sh -c '/bin/pwd; echo $PWD')" = "$PWD"$'\n'"$PWD" ]
	[ "$(as_user env -i "$BWRAP" "${tree[@]}" /usr/bin/env)" = "PWD=$PWD" ]
	cd ../..
	[ "$(as_user python3 -c 'import subprocess, sys; subprocess.run(sys.argv[1:], cwd="real/sub")' "$BWRAP" "${tree[@]}" /usr/bin/env | grep ^PWD)" = "PWD=$PWD/real/sub" ]
	# A link is kept where PWD leads here through it, and only then.
	local here=$PWD
	cd to-sub
	[ "$(as_user env PWD="$here/to-sub" "$BWRAP" "${tree[@]}" sh -c '/bin/pwd -P; echo $PWD')" = "$here/real/sub"$'\n'"$here/to-sub" ]
	[ "$(as_user env -u PWD "$BWRAP" "${tree[@]}" sh -c 'echo $PWD')" = "$here/real/sub" ]
	[ "$(as_user env PWD="$here" "$BWRAP" "${tree[@]}" sh -c 'echo $PWD')" = "$here/real/sub" ]
}

@test "where the caller's directory is not in the tree bwrap starts in the HOME that the command gets, or in /" {
	place() { as_user env HOME="${house-/h}" "$BWRAP" "${HOST[@]}" --dir /h --dir /i "$@" sh -c '/bin/pwd; echo $PWD' | sort -u; }
	[ "$(place)" = /h ]
	[ "$(place --setenv HOME /i)" = /i ]
	[ "$(house=/nowhere place --setenv HOME /i)" = /i ]
	[ "$(place --setenv HOME /nowhere)" = / ]
	[ "$(place --unsetenv HOME)" = / ]
	[ "$(place --clearenv)" = / ]
	[ "$(place --clearenv --setenv HOME /i)" = /i ]
	[ "$(place --setenv HOME /i --unsetenv HOME)" = / ]
	[ "$(place --setenv HOME /i --chdir /usr)" = /usr ]
	[ "$(as_user "$SANDBOX" --root empty --cwd none "${HOST[@]}" --dir /i --setenv HOME /i /bin/pwd)" = /i ]
}

@test "--new-session under bwrap: process 1 leads it, the command does where there is none; under sandbox the command" {
	local leads='import os; print(os.getsid(0) == os.getpid(), os.getsid(0) == os.getppid())'
	[ "$(as_user "$BWRAP" --ro-bind / / --new-session python3 -c "$leads")" = 'True False' ]
	[ "$(as_user "$BWRAP" --ro-bind / / --new-session --unshare-pid --as-pid-1 python3 -c "$leads")" = 'True False' ]
	[ "$(as_user "$BWRAP" --ro-bind / / --new-session --unshare-pid python3 -c "$leads")" = 'False True' ]
	[ "$(as_user "$BWRAP" --ro-bind / / --new-session --unshare-pid python3 -c 'import os; os.setsid(); print("made")')" = made ]
	[ "$(in_sandbox --new-session python3 -c "$leads")" = 'True False' ]
}

@test "--lock-file under bwrap: a relative path begins where the command does" {
	: >lock
	own lock
	[ "$(as_user "$BWRAP" --bind / / --lock-file lock echo held)" = held ]
	[ "$(as_user "$BWRAP" --bind / / --chdir /etc --lock-file passwd echo held)" = held ]
	run as_user "$BWRAP" --bind / / --lock-file etc/passwd true
	[ "$status:$output" = "1:bwrap: Can't open lock file etc/passwd: No such file or directory" ]
}

@test "one user and one group are mapped, and groups stay as they are" {
	[ "$(in_sandbox sh -c 'cd /proc/self; echo $(cat uid_map gid_map setgroups)')" = "$USER_ID $USER_ID 1 $USER_ID $USER_ID 1 deny" ]
	needs_root
	cd /
	run setpriv --groups 4,6 "$SANDBOX" --cwd none sh -c 'cd /proc/self; echo $(cat uid_map gid_map setgroups); id -G; readlink ns/user'
	[ "${lines[0]}" = '0 0 1 0 0 1 deny' ]
	[ "${lines[1]}" = 0 ]
	[ "${lines[2]}" != "$(readlink /proc/self/ns/user)" ]
}

@test "--info-fd, --json-status-fd, --sync-fd, --block-fd, --lock-file, --userns, --userns2, --pidns" {
	in_sandbox --info-fd 8 --json-status-fd 9 sh -c 'exit 3' 8>info 9>status || [ "$?" -eq 3 ]
	python3 -c 'import json; assert json.load(open("info"))["child-pid"] > 1; a=[json.loads(l) for l in open("status")]; assert a[0]["net-namespace"] and a[-1]["exit-code"] == 3'
	rm -f block
	mkfifo block
	own block
	start "$SANDBOX" --block-fd 9 sh -c ': >began' 9<>block
	pid=$!
	sleep 0.3
	[ ! -e began ]
	echo go >block
	wait "$pid"
	[ -e began ]
	: >lock
	own lock
	start "$SANDBOX" --lock-file "$PWD/lock" sh -c ': >taken; while [ ! -e stop ]; do sleep 0.02; done'
	pid=$!
	until [ -e taken ]; do sleep 0.02; done
	run python3 -c 'import fcntl; fcntl.lockf(open("lock", "r+"), fcntl.LOCK_EX | fcntl.LOCK_NB)'
	[ "$status" -ne 0 ]
	: >stop
	wait "$pid"
	python3 -c 'import fcntl; fcntl.lockf(open("lock", "r+"), fcntl.LOCK_EX | fcntl.LOCK_NB)'
	run in_sandbox --sync-fd 9 sh -c 'cat <&9' 9<lock
	[ "$status" -ne 0 ]
	mark
	start unshare -U sleep "$MARK"
	running
	pid=$(pgrep -f "^sleep $MARK")
	inside=$(readlink "/proc/$pid/ns/user")
	[ "$(as_user sh -c 'exec 9<"$1"; shift; exec "$@"' sh "/proc/$pid/ns/user" "$BWRAP" --userns 9 --dev-bind / / readlink /proc/self/ns/user)" = "$inside" ]
	pkill -KILL -f "^sleep $MARK"
	run as_user "$BWRAP" --dev-bind / / --userns2 9 true 9<lock
	[ "$status" -eq 1 ]
	run as_user "$BWRAP" --dev-bind / / --pidns 9 true 9<lock
	[ "$status" -eq 1 ]
}

@test "--lock-file takes a regular file and waits for nothing; under bwrap any kind, as bubblewrap" {
	mkdir locks
	cd locks
	mkfifo fifo
	mkdir dir
	: >lock
	own .
	refused() {
		run -125 as_user timeout --foreground 20 "$SANDBOX" --lock-file "$1" touch ran
		[ "$output" = "sandbox: --lock-file: $1 is $2; name a regular file" ] || { echo "$output" >&2; return 1; }
		[ ! -e ran ]
	}
	refused "$PWD/fifo" 'a FIFO'
	refused "$PWD/dir" 'a directory'
	refused /dev/null 'a device'
	run -125 in_sandbox --lock-file "$PWD/none" true
	[ "$output" = "sandbox: --lock-file: cannot open the file $PWD/none: No such file or directory; make it first" ]
	: links of the new tree lead to what is in it
	as_user ln -s lock link
	in_sandbox --lock-file "$PWD/link" true
	in_sandbox --lock-file /etc/passwd true
	for kind in fifo dir lock link; do
		as_user timeout --foreground 20 "$BWRAP" --dev-bind / / --lock-file "$PWD/$kind" true
	done
}

@test "an interactive shell inside: Ctrl-C, Ctrl-Z, fg, window size" {
	needs expect
	export SANDBOX USER_HOME
	run timeout 100 expect -f "$BATS_TEST_DIRNAME/../lib/terminal.exp"
	[ "${lines[-1]}" = 'all well' ] || { printf '%s\n' "$output"; false; }
}

@test "--setenv-fd: a secret is what a descriptor holds, and stands in no command line; --setenv's does outside" {
	printf 'line 1\nline 2\n\n' >secret
	own secret
	[ "$(in_sandbox --setenv-fd T 9 sh -c 'printf "%s." "$T"' 9<secret)" = $'line 1\nline 2\n.' ]
	[ "$(in_sandbox --setenv-fd T 9 sh -c 'printf "<%s>" "$T"; [ ! -e /proc/self/fd/9 ]' 9</dev/null)" = '<>' ]
	[ "$(printf -- '--setenv-fd\0T\0009\0--setenv-fd\0U\0008\0' | in_sandbox --args 0 sh -c 'echo "$T $U"' 9< <(echo a) 8< <(printf b))" = 'a b' ]
	# In order with the others, of which the last counts.
	[ "$(in_sandbox --setenv T x --setenv-fd T 9 --unsetenv U sh -c 'echo "$T"' 9< <(echo y))" = y ]
	run -125 in_sandbox --setenv-fd T 9 true 9< <(printf 'a\0b')
	[ "$output" = 'sandbox: --setenv-fd: the value of T contains a NUL byte, which a variable cannot contain' ]
	run -125 in_sandbox --setenv-fd A=B 9 true 9< <(printf a)
	[ "$output" = "sandbox: --setenv-fd: 'A=B' is not a variable's name; it may not be empty or contain '='" ]
	run -125 in_sandbox --setenv-fd T 9 --setenv-fd U 9 true 9<secret
	[[ $output = *'descriptor 9 is given to two options; open it once for each' ]]
	local most=$((32 * $(getconf PAGESIZE) - 3))
	[ "$(in_sandbox --setenv-fd T 9 sh -c 'echo ${#T}' 9< <(head -c "$most" /dev/zero | tr '\0' a))" = "$most" ]
	run -125 in_sandbox --setenv-fd T 9 true 9< <(head -c $((most + 1)) /dev/zero | tr '\0' a)
	[ "$output" = "sandbox: --setenv-fd: T with its value is longer than the $((most + 2)) bytes that the kernel takes for one variable; pass it in a file, as with --ro-bind-data" ]
	[[ $(in_sandbox --setenv-fd T 9 --plan true 9<secret) != *'line 1'* ]]
	local option pid shows
	for option in --setenv --setenv-fd; do
		rm -f up
		exec 9< <(printf 'hush%s' "$BATS_TEST_NUMBER")
		exec_as_user "$SANDBOX" "$option" T "$([ $option = --setenv ] && echo "hush$BATS_TEST_NUMBER" || echo 9)" \
			sh -c 'tr "\0" " " </proc/1/cmdline >inside; [ "$T" ] && : >up; sleep 60' 3>&- &
		pid=$!
		exec 9<&-
		for _ in $(seq 400); do [ ! -e up ] || break; sleep 0.05; done
		shows=$(tr '\0' '\n' <"/proc/$pid/cmdline" | grep -c "hush$BATS_TEST_NUMBER" || true)
		kill "$pid"
		wait "$pid" || true
		[ -e up ]
		[ "$shows" = "$([ $option = --setenv ] && echo 1 || echo 0)" ]
		! grep hush inside
	done
}

@test "a working directory that an option or the system's tree shows is where the command starts, and no line is said" {
	own "$USER_HOME"
	cd "$USER_HOME"
	run -0 --separate-stderr in_sandbox --rw . sh -c 'pwd; ls -d work'
	[ "$output" = "$USER_HOME"$'\nwork' ] && [ -z "$stderr" ]
	run -0 --separate-stderr in_sandbox sh -c 'pwd; ls -A'
	[ "$output" = "$USER_HOME" ]
	[ "$stderr" = "sandbox: the working directory $USER_HOME is your home, of which only what options name is visible inside; start in a directory below it" ]
	cd /usr/lib
	run -0 --separate-stderr in_sandbox pwd
	[ "$output" = /usr/lib ] && [ -z "$stderr" ]
	run -0 --separate-stderr in_sandbox --cwd none pwd
	[ "$output" = "$USER_HOME" ] && [ -z "$stderr" ]
	cd /
	run -0 --separate-stderr in_sandbox pwd
	[ "$output" = "$USER_HOME" ] && [ -z "$stderr" ]
	# What the line says works when it is pasted.
	cd /var/lib
	run -0 --separate-stderr in_sandbox pwd
	[ "$output" = "$USER_HOME" ]
	[ "$stderr" = "sandbox: the working directory /var/lib is not visible inside, so the command starts in $USER_HOME; --ro /var/lib makes it visible, --rw /var/lib also writable" ]
	run -0 --separate-stderr in_sandbox --ro /var/lib pwd
	[ "$output" = /var/lib ] && [ -z "$stderr" ]
	cd /tmp
	run -0 --separate-stderr in_sandbox true
	[ "$stderr" = "sandbox: the working directory /tmp is not visible inside, so the command starts in $USER_HOME; start in a directory of yours below it" ]
}

@test "a command that fails below a repository's top is told of it once, with what shows it; what a command may have made is not proposed" {
	local dir top="$USER_HOME/work/a project" hint
	for dir in .git .hg .jj; do
		rm -rf "$top"
		mkdir -p "$top/$dir" "$top/sub/below"
		own "$top"
		cd "$top/sub/below"
		hint="sandbox: the command failed, and '$top', the top of the repository, is not visible inside; to make it visible: --ro '$top'"
		run -3 --separate-stderr in_sandbox sh -c 'exit 3'
		[ "$stderr" = "$hint --rw ." ]
		run -3 --separate-stderr in_sandbox --cwd ro sh -c 'exit 3'
		[ "$stderr" = "$hint" ]
		run -0 in_sandbox --ro "$top" --rw . sh -c '[ -d ../../'$dir' ] && touch new && ! touch ../new'
	done
	run -3 --separate-stderr in_sandbox --cwd overlay sh -c 'exit 3'
	[ "$stderr" = "sandbox: the command failed, and '$top', the top of the repository, is not visible inside; to make it visible start there: cd '$top'" ]
	# Not where nothing failed, a signal ended it, it is shown or not asked for, or we failed; nor under bwrap.
	run -0 --separate-stderr in_sandbox true
	[ -z "$stderr" ]
	run -137 --separate-stderr in_sandbox sh -c 'kill -9 $$'
	[ -z "$stderr" ]
	for dir in --ro --rw; do
		run -1 --separate-stderr in_sandbox "$dir" "$top" false
		[ -z "$stderr" ]
	done
	run -1 --separate-stderr in_sandbox --cwd none false
	[ -z "$stderr" ]
	run -127 --separate-stderr in_sandbox nonesuch
	[[ $stderr != *repository* ]]
	run -1 --separate-stderr as_user "$BWRAP" --dev-bind / / false
	[ -z "$stderr" ]
	# At the top, made there by the command or not, there is nothing more to show.
	rm -rf "$top/.jj"
	run -1 --separate-stderr in_sandbox sh -c 'mkdir .git ../.git; exit 1'
	[[ $stderr != *repository* ]]
	rm -rf .git
	# A link, or a file that leads elsewhere, is none; nor is home, or what is another's.
	ln -s /etc "$top/.git"
	run -1 --separate-stderr in_sandbox false
	[ -z "$stderr" ]
	rm "$top/.git"
	echo 'gitdir: /etc' >"$top/.git"
	run -1 --separate-stderr in_sandbox false
	[ -z "$stderr" ]
	rm -rf "$top/.git"
	mkdir "$USER_HOME/.git"
	own "$USER_HOME"
	run -1 --separate-stderr in_sandbox false
	[ -z "$stderr" ]
	rmdir "$USER_HOME/.git"
	if [ "$(id -u)" = 0 ]; then
		mkdir "$top/.git" # root's
		run -1 --separate-stderr in_sandbox false
		[ -z "$stderr" ]
		own "$top/.git"
		chown 0 "$top"
		run -1 --separate-stderr in_sandbox false
		[ -z "$stderr" ]
	fi
	cd "$USER_HOME/work"
	rm -rf "$top"
}
