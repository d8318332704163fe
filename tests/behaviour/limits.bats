#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Limits: time, resources, priority; each is checked before anything starts.
# shellcheck disable=SC2016 # the scripts are for the shell inside

load ../lib/common

# A fault must neither hang the suite nor pass for a timeout of ours.
limited() { as_user timeout -s KILL 40 "$@" 3>&-; }
in_sandbox() { limited "$SANDBOX" "$@"; }
mark() { MARK=$((RANDOM * 32768 + RANDOM)).$BATS_TEST_NUMBER; }
gone() {
	for _ in $(seq 600); do
		pgrep -f "sleep $MARK" >/dev/null || return 0
		sleep 0.05
	done
	pgrep -af "sleep $MARK" >&2
	return 1
}

# appears PGREP-OPTION PATTERN
appears() {
	for _ in $(seq 600); do
		pgrep "$@" >/dev/null && return
		sleep 0.05
	done
	return 1
}

@test "--timeout: the command gets SIGTERM, its descendants are killed, and the exit is 124" {
	mark
	run -124 in_sandbox --timeout 300ms sh -c "setsid sleep $MARK & exec sleep $MARK"
	[ "$output" = 'sandbox: --timeout: the time is over' ]
	gone
	run -124 in_sandbox --timeout 0.3 --grace 20s sh -c 'trap "echo had; exit 3" TERM; while :; do sleep 0.1; done'
	[[ $output = *had* ]]
	run -124 in_sandbox --timeout 0.3s sh -c 'kill -STOP $$'
}

@test "--grace: who ignores SIGTERM is killed, with all below; control: within the time nothing happens" {
	mark
	local start=$SECONDS
	run -124 in_sandbox --timeout 300ms --grace 300ms sh -c "trap '' TERM; sleep $MARK & while :; do sleep 0.1; done"
	[ $((SECONDS - start)) -lt 9 ]
	gone
	run -124 in_sandbox --timeout 300ms --grace 0 sh -c "trap '' TERM; sleep $MARK"
	gone
	run -5 in_sandbox --timeout 1h sh -c 'exit 5'
	run -0 in_sandbox --timeout 0 sleep 0.2
	run -124 in_sandbox --timeout 300ms --as-pid-1 sleep 60
}

# asked SIGNAL OPTION... COMMAND...: the exit code of a sandbox that this signal is sent to when the command has made the file "up"
asked() {
	local signal=$1 code=0
	shift
	rm -f up
	exec_as_user timeout -s KILL 40 "${NAME:-$SANDBOX}" "$@" 2>said 3>&- &
	for _ in $(seq 400); do [ ! -e up ] || break; sleep 0.05; done
	kill -"$signal" "$(pgrep -P $!)"
	wait $! || code=$?
	echo "$code"
}

@test "--grace: who ignores a signal that is sent to the sandbox is killed after it; without the option it goes on" {
	mark
	local signal number=1
	while read -r signal number; do
		[ "$(asked "$signal" --grace 300ms sh -c "trap '' $signal; setsid sleep $MARK & : >up; sleep $MARK")" = "$number" ]
		[ "$(cat said)" = 'sandbox: --grace: the time is over' ]
		gone
		# Within the time the end is the command's own, also where it is stopped.
		[ "$(asked "$signal" --grace 30s sh -c "trap 'exit 7' $signal; : >up; while :; do sleep 0.1; done")" = 7 ]
		[ "$(asked "$signal" --grace 30s sh -c "trap 'exit 7' $signal; : >up; kill -STOP \$\$; sleep 0.1")" = 7 ]
		# With --timeout the time of the signal counts, and the report tells of it.
		[ "$(asked "$signal" --grace 300ms --timeout 30s --stats asked.json sh -c "trap '' $signal; : >up; sleep $MARK")" = "$number" ]
		grep -q "\"exit-code\": $number, \"signal\": $((number - 128)), \"timed-out\": false" asked.json
		gone
	done <<<$'TERM 143\nINT 130\nHUP 129'
	[ "$(asked TERM sh -c 'trap "" TERM; : >up; sleep 2; exit 3')" = 3 ]
	[ "$(asked USR1 --grace 0 sh -c 'trap "" USR1; : >up; sleep 2; exit 3')" = 3 ]
	[ "$(NAME=$BWRAP asked TERM --grace 300ms --unshare-pid --dev-bind / / sh -c "trap '' TERM; setsid sleep $MARK & : >up; sleep $MARK")" = 143 ]
	gone
	# With a report the time includes what the command left.
	[ "$(NAME=$BWRAP asked TERM --grace 1s --stats asked.json --unshare-pid --dev-bind / / sh -c "trap 'exit 7' TERM; setsid sleep $MARK & : >up; while :; do sleep 0.1; done")" = 143 ]
	[ "$(cat said)" = 'bwrap: --grace: the time is over' ]
	gone
	run -1 as_user "$BWRAP" --grace 1 "${HOST[@]}" true
	[ "$output" = 'bwrap: --grace needs a new pid namespace, to end all processes in it; add --unshare-pid' ]
}

@test "--timeout ends a command however it is traced, stopped or forked, also where --stats waits for all" {
	cat >states.py <<-'END'
		import ctypes, os, signal, sys
		libc, own = ctypes.CDLL(None), os.getpid()
		signal.signal(signal.SIGTERM, signal.SIG_IGN)
		libc.prctl(0x59616d61, ctypes.c_ulong(-1), 0, 0, 0) # PR_SET_PTRACER, of whoever asks
		if "traced" in sys.argv and not os.fork():
		    open("traced", "w").write(str(libc.ptrace(0x4206, own, None, None))) # PTRACE_SEIZE
		if "stopped" in sys.argv:
		    os.kill(own, signal.SIGSTOP)
		if "vforked" in sys.argv:
		    libc.vfork()
		while "forking" in sys.argv:
		    try: os.fork()
		    except OSError: pass
		while True: signal.pause()
	END
	own states.py
	local state stats begun took
	for state in traced stopped vforked forking; do
		for stats in '' '--stats report'; do
			rm -f report traced
			begun=$(date +%s%N)
			# shellcheck disable=SC2086 # options
			run -124 in_sandbox --timeout 500ms --grace 500ms --rlimit nproc=30 $stats python3 states.py "$state"
			took=$((($(date +%s%N) - begun) / 1000000))
			echo "$state $stats: $took ms"
			[ "$output" = 'sandbox: --timeout: the time is over' ]
			[ "$took" -lt 4000 ] # it is less than two seconds where nothing else runs
			[ "$state" != traced ] || [ "$(cat traced)" = 0 ]
			[ -z "$stats" ] || grep -q '"exit-code": 124, "signal": null, "timed-out": true' report
		done
	done
}

@test "--timeout is heeded where the sandbox itself is stopped, though no more signals can be queued" {
	local pid pending code
	for pending in "$(ulimit -i)" 0; do
		mark
		(ulimit -i "$pending" && exec_as_user "$SANDBOX" --timeout 1 --grace 500ms sh -c "trap '' TERM; sleep $MARK & sleep $MARK") 2>said 3>&- &
		pid=$!
		appears -f "^sleep $MARK"
		kill -STOP "$pid"
		code=0
		wait "$pid" || code=$?
		[ "$code:$(cat said)" = '124:sandbox: --timeout: the time is over' ]
		gone
	done
}

@test "what --stats cannot end for want of rights ends with the sandbox, at once by a signal" {
	needs_root
	unshare -U sleep 60 3>&- &
	local holder=$! pid code
	until [ "$(readlink "/proc/$holder/ns/user")" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.02; done
	echo 0 0 10 >"/proc/$holder/uid_map"
	echo 0 0 10 >"/proc/$holder/gid_map"
	exec 9<"/proc/$holder/ns/user"
	kill "$holder"
	cat >other.py <<-'END'
		import os, sys, time
		if not os.fork():
		    open("/proc/self/comm", "w").write(sys.argv[1])
		    os.setuid(5)
		    time.sleep(60)
		time.sleep(0.5)
		os._exit(7)
	END
	mkdir writable
	chmod 777 writable
	for signal in '' TERM; do
		rm -f report
		local begun=$SECONDS
		"$SANDBOX" --userns 9 --cap-add SETUID --syscalls none --stats report python3 other.py "other.$$" 3>&- &
		pid=$!
		appears -x "other.$$"
		[ -z "$signal" ] || { sleep 1; kill -TERM "$pid"; }
		code=0
		wait "$pid" || code=$?
		[ "$code" = 7 ]
		[ $((SECONDS - begun)) -lt $((${#signal} ? 4 : 20)) ]
		! pgrep -x "other.$$"
		grep -q '"exit-code": 7, "signal": null, "timed-out": false' report
	done
	exec 9<&-
}

@test "--timeout under bwrap needs a pid namespace, and says so; with one it works" {
	run -1 as_user "$BWRAP" --timeout 1 "${HOST[@]}" true
	[ "$output" = 'bwrap: --timeout needs a new pid namespace, to end all processes in it; add --unshare-pid' ]
	exec_as_user unshare -Urpf --kill-child sleep 60 3>&- &
	local holder=$! inside=
	for _ in $(seq 200); do
		[ -n "$inside" ] || { sleep 0.02; inside=$(pgrep -P "$holder" sleep || true); }
	done
	for name in sandbox bwrap; do
		run as_user "$USER_DIR/bin/$name" --timeout 1 --pidns 9 true 9<"/proc/$inside/ns/pid"
		[ "$output" = "$name: --timeout needs a new pid namespace, to end all processes in it; leave out --pidns" ]
	done
	kill "$inside"
	# What the command leaves goes on under bwrap, but not when its time is over.
	mark
	run -124 limited "$BWRAP" --timeout 300ms --unshare-pid "${HOST[@]}" --dev /dev sh -c "setsid sleep $MARK & sleep $MARK"
	[ "$output" = 'bwrap: --timeout: the time is over' ]
	gone
	run -124 limited "$BWRAP" --timeout 300ms --grace 300ms --unshare-pid "${HOST[@]}" --dev /dev sh -c "trap '' TERM; setsid sleep $MARK & sleep $MARK"
	gone
}

@test "--timeout counts while the sandbox waits to begin, and --json-status-fd tells 124" {
	mkfifo hold
	own hold
	run -124 in_sandbox --timeout 300ms --block-fd 9 true 9<>hold
	for how in --verbose --as-pid-1; do
		run -124 in_sandbox --timeout 300ms "$how" --json-status-fd 8 sleep 60 8>status
		tail -n 1 status | grep -qxF '{ "exit-code": 124 }'
	done
}

@test "--rlimit: every resource arrives in the kernel's own units" {
	in_sandbox --rlimit as=4G --rlimit core=0 --rlimit cpu=1.5m:1h --rlimit data=3G --rlimit fsize=512M --rlimit locks=77 \
		--rlimit memlock=4K --rlimit msgqueue=1000 --rlimit nice=0 --rlimit nofile=64:128 --rlimit nproc=500 \
		--rlimit rss=1.5G --rlimit rtprio=0 --rlimit rttime=10ms:unlimited --rlimit sigpending=50 --rlimit stack=1M:2M \
		cat /proc/self/limits >got
	check() { # the name's beginning in /proc, soft, hard
		grep -qE "^Max $1 +$2 +$3( |\$)" got || { grep "^Max $1" got >&2; return 1; }
	}
	check 'address space' 4294967296 4294967296
	check 'core file size' 0 0
	check 'cpu time' 90 3600
	check 'data size' 3221225472 3221225472
	check 'file size' 536870912 536870912
	check 'file locks' 77 77
	check 'locked memory' 4096 4096
	check 'msgqueue size' 1000 1000
	check 'nice priority' 0 0
	check 'open files' 64 128
	check processes 500 500
	check 'resident set' 1610612736 1610612736
	check 'realtime priority' 0 0
	check 'realtime timeout' 10000 unlimited
	check 'pending signals' 50 50
	check 'stack size' 1048576 2097152
}

@test "--rlimit stops a CPU burner, a file filler and a descriptor hog; control: without it they go on" {
	run -137 in_sandbox --rlimit cpu=500ms sh -c 'while :; do :; done'
	run in_sandbox --rlimit fsize=1M sh -c 'head -c 2000000 /dev/zero >file'
	[ "$status" -ne 0 ]
	[ "$(stat -c %s file)" = 1048576 ]
	run in_sandbox --rlimit nofile=20 python3 -c 'f = [open("/dev/null") for i in range(40)]'
	[[ $status -ne 0 && $output = *'Too many open files'* ]]
	in_sandbox python3 -c 'f = [open("/dev/null") for i in range(40)]; open("file", "wb").write(bytes(2000000))'
	[ "$(stat -c %s file)" = 2000000 ]
}

@test "--rlimit, durations and scores that make no sense are refused before anything starts" {
	refused() { # message, options
		run -125 in_sandbox "${@:2}" touch started
		[ "$output" = "sandbox: ${2}: $1" ] || { echo "$output" >&2; return 1; }
		[ ! -e started ]
	}
	local zeros
	zeros=$(printf '%070d' 0)
	refused "'files=3' is not NAME=SOFT[:HARD], where NAME is a resource, as in nofile=1024; the manual lists them" --rlimit files=3
	refused "'nofile' is not NAME=SOFT[:HARD], where NAME is a resource, as in nofile=1024; the manual lists them" --rlimit nofile
	refused "'nofile=1K': '1K' is not a whole number" --rlimit nofile=1K
	refused "'nofile=10:x': 'x' is not a whole number" --rlimit nofile=10:x
	refused "'as=5X': '5X' is not a size, as in 4096 or 512M; units are K, M, G, T" --rlimit as=5X
	refused "'cpu=3M': '3M' is not a duration, as in 90, 1.5h or 500ms" --rlimit cpu=3M
	refused "'as=512': 512 is too little to start a program; did you mean as=512M" --rlimit as=512
	refused "'as=524288:1G': 524288 is too little to start a program; did you mean as=524288K" --rlimit as=524288:1G
	refused "'as=0': 0 is too little to start a program; write at least as=1M" --rlimit as=0
	refused "'data=64:64M': 64 is too little to start a program; did you mean data=64M" --rlimit data=64:64M
	refused "'stack=8192': 8192 is too little to start a program; did you mean stack=8192K" --rlimit stack=8192
	refused "'stack=8K': 8K is too little to start a program; write at least stack=64K" --rlimit stack=8K
	refused "'nofile=9:8': the soft limit is above the hard limit" --rlimit nofile=9:8
	refused "'' is not a duration, as in 90, 1.5h or 500ms" --timeout ''
	refused "'1.' is not a duration, as in 90, 1.5h or 500ms" --timeout 1.
	refused "'0.4ns' is not a duration, as in 90, 1.5h or 500ms; it is too large or too precise" --timeout 0.4ns
	refused "'-1' is not a duration, as in 90, 1.5h or 500ms" --grace -1
	refused "'99999999999999d' is not a duration, as in 90, 1.5h or 500ms; it is too large or too precise" --timeout 99999999999999d
	refused "'20' is not a number from -20 to 19" --nice 20
	refused "'-21' is not a number from -20 to 19" --nice -21
	refused "'--5' is not a number from -20 to 19" --nice --5
	refused "'5x' is not a number from -20 to 19" --nice 5x
	refused "'-1001' is not a number from -1000 to 1000" --oom-score-adj -1001
	refused "'1.${zeros}1' is not a duration, as in 90, 1.5h or 500ms; it is too large or too precise" --timeout "1.${zeros}1"
	refused "'1001' is not a number from -1000 to 1000" --oom-score-adj 1001
	refused "'1000' is not a mask in octal digits (at most 0777)" --umask 1000
	run -125 bash -c 'ulimit -n 100 && exec "$@"' bash "$SANDBOX" --rlimit nofile=50:200 true
	[ "$output" = "sandbox: --rlimit: 'nofile=50:200': the caller's own hard limit is 100; raise that first" ]
}

@test "--nice, --oom-score-adj and --umask reach the command; what the caller may not ask for is refused before anything starts" {
	[ "$(in_sandbox --nice 19 nice)" = 19 ]
	[ "$(in_sandbox --oom-score-adj 1000 cat /proc/self/oom_score_adj)" = 1000 ]
	[ "$(in_sandbox --umask 027 sh -c 'umask; touch new; stat -c %a new' | tr '\n' ' ')" = '0027 640 ' ]
	run -125 in_sandbox --nice -20 --json-status-fd 8 touch started 8>status
	[ "$output" = "sandbox: --nice: cannot set the priority: Permission denied; only root with the capability sys_nice may go below the caller's own priority" ]
	[[ ! -e started && ! -s status ]]
	run -125 in_sandbox --oom-score-adj -1000 --json-status-fd 8 touch started 8>status
	[ "$output" = "sandbox: --oom-score-adj: cannot write to /proc/self/oom_score_adj: Permission denied; only root with the capability sys_resource may go below the caller's own score" ]
	[[ ! -e started && ! -s status ]]
	[ "$(in_sandbox cat /proc/self/oom_score_adj)" = "$(cat /proc/self/oom_score_adj)" ]
	# Root may, though in a user namespace it has no such right any more.
	if [ "$(nice -n -1 nice 2>/dev/null)" -lt "$(nice)" ]; then
		[ "$("$SANDBOX" --cwd none --nice -20 nice)" = -20 ]
	fi
}

@test "--timeout is heeded though nobody reads what the command and the program say" {
	cat >flood.py <<-'END'
		import os
		os.set_blocking(2, False)
		try:
		    while True: os.write(2, b"x" * 4096)
		except BlockingIOError: pass
		os.set_blocking(2, True)
		try: os.chroot("/")
		except OSError: pass
		os.write(2, b"x" * 65536)
	END
	mkfifo stuck
	own stuck flood.py
	exec 8<>stuck
	local start=$SECONDS status=0
	in_sandbox --timeout 300ms --grace 300ms --report-denied python3 flood.py 2>&8 || status=$?
	exec 8>&-
	[ "$status" = 124 ]
	[ $((SECONDS - start)) -lt 20 ]
}

@test "--timeout is told to a pipe whose reader is gone, and all goes on as it would" {
	mkfifo pipe
	own pipe
	exec 8<>pipe
	exec 9>pipe 8>&-
	local status=0
	in_sandbox --timeout 300ms sleep 60 2>&9 || status=$?
	[ "$status" = 124 ]
	status=0
	in_sandbox --ro /absent true 2>&9 || status=$?
	[ "$status" = 125 ]
	exec 9>&-
}

@test "--rlimit: the lowest numbers of processes and descriptors, also where refusals are told; --plan has them" {
	run -0 in_sandbox --rlimit nproc=1 --rlimit nofile=4 --report-denied sh -c 'echo run'
	[ "$output" = run ]
	run in_sandbox --rlimit nproc=1 sh -c 'true & echo more'
	[[ $status -ne 0 && $output = *fork* ]]
	run -0 in_sandbox --plan --timeout 1.5 --rlimit nofile=9 --rlimit as=unlimited true
	[[ $output = *$'timeout 1500 ms, grace 10000 ms\nlimit core 1\n'*$'limit nofile 9\nlimit as unlimited\n'* ]]
}

@test "--verbose says the limits that are set, --plan what else the command starts with" {
	run -0 in_sandbox --verbose --timeout 90 --rlimit nofile=64 --rlimit as=unlimited --pids-try 40 true
	[[ $output = *'sandbox: timeout 90000 ms, grace 10000 ms'* && $output = *'sandbox: limit nofile 64'* && $output = *'sandbox: limit as unlimited'* ]]
	[[ $output = *'sandbox: limit pids 40'* || $output = *'sandbox: --pids-try: no limit is set: cannot limit the cgroup'* ]]
	run -0 in_sandbox true
	[[ $output != *limit* ]]
	run -0 in_sandbox --plan --umask 27 --nice 4 --oom-score-adj 100 --cpu-affinity 0 --stdin in --stdout $'o\e' --stderr err --stats 2 true
	[[ $output = *$'\numask 0027\nnice 4\noom-score-adj 100\ncpu-affinity 0\nstdin in\nstdout o?\nstderr err\nstats 2\ncommand true' ]]
}

@test "8192 processes are the default, of an ordinary user, which --rlimit changes to what the caller may have" {
	local soft hard
	soft=$(ulimit -Su) hard=$(ulimit -Hu)
	[ "$hard" = unlimited ] || [ "$hard" -gt 8192 ] || skip "the caller's hard limit of processes is $hard"
	[ "$(in_sandbox bash -c 'ulimit -Su; ulimit -Hu' | tr '\n' ' ')" = '8192 8192 ' ]
	[ "$(in_sandbox --rlimit "nproc=$hard" bash -c 'ulimit -Su; ulimit -Hu' | tr '\n' ' ')" = "$hard $hard " ]
	[ "$(ulimit -u 500; in_sandbox bash -c 'ulimit -Su; ulimit -Hu' | tr '\n' ' ')" = '500 500 ' ]
	[ "$(as_user "$BWRAP" --ro-bind / / bash -c 'ulimit -Su; ulimit -Hu' | tr '\n' ' ')" = "$soft $hard " ]
	[[ $(in_sandbox --plan true) = *$'\nlimit core 1\nlimit nproc 8192\n'* ]]
}

@test "a limit of processes counts those of one sandbox alone" {
	mark
	local i pids=()
	as_user sh -c 'for i in $(seq 30); do sleep "$0" & done' "$MARK" 3>&-
	for i in 1 2; do
		in_sandbox --rlimit nproc=25 python3 -c 'import os, time
n = 0
try:
	while n < 30:
		if not os.fork():
			time.sleep(60)
		n += 1
except OSError:
	pass
print(n, flush=True)
time.sleep(1)' >"$BATS_TEST_TMPDIR/$i" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	[ "$(cat "$BATS_TEST_TMPDIR"/[12])" = $'23\n23' ] # beside init and the command
	pkill -f "^sleep $MARK"
}

@test "--rlimit core leaves the command the change of that limit; without it is kept at 1" {
	local hard
	hard=$(ulimit -Hc)
	[ "$hard" = unlimited ] || skip "the caller's hard limit of core dumps is $hard"
	local change='ulimit -c 0; ulimit -c'
	[ "$(in_sandbox --rlimit core=1M:2M --syscalls default bash -c "ulimit -Sc; $change" | tr '\n' ' ')" = '1024 0 ' ]
	[ "$(in_sandbox bash -c "$change; grep -c '^Max core file size *1  *1 ' /proc/self/limits" | tr '\n' ' ')" = '0 1 ' ]
}

@test "--cpu-affinity: those processors alone; what cannot be had or makes no sense is refused before anything starts" {
	local first last
	first=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//') last=$(taskset -cp $$ | sed 's/.*[ ,-]//')
	[ "$(in_sandbox --cpu-affinity "$last" sh -c 'grep ^Cpus_allowed_list: /proc/self/status; nproc')" = "Cpus_allowed_list:	$last"$'\n1' ]
	[ "$(in_sandbox --cpu-affinity 0 --cpu-affinity "$first,$first-$first" nproc)" = 1 ]
	[ "$(in_sandbox --cpu-affinity "$last" sh -c "taskset -cp $first,$last \$\$; nproc" 2>/dev/null)" = "pid 2's current affinity list: $last"$'\n1' ]
	[ "$(in_sandbox --cpu-affinity "$last" --syscalls none sh -c "taskset -cp $first \$\$ >/dev/null; grep ^Cpus_allowed_list: /proc/self/status")" = "Cpus_allowed_list:	$first" ]
	[ "$(in_sandbox nproc)" = "$(nproc)" ]
	for list in 1023 "$first,1023"; do
		run -125 in_sandbox --cpu-affinity "$list" touch started
		[ "$output" = 'sandbox: --cpu-affinity: some of these CPUs are absent, offline or not allowed to you; see Cpus_allowed_list in /proc/self/status' ]
	done
	for list in '' ',' '0,' ',0' 0- -1 1-0 0-1x 0,,1 1024 99999999999999999999; do
		run -125 in_sandbox --cpu-affinity "$list" touch started
		[ "$output" = "sandbox: --cpu-affinity: '$list' is not a list of processors, as in 0-3,5 (at most 1023)" ]
	done
	[ ! -e started ]
}

@test "--stdin, --stdout and --stderr: opened on the host, of which the command need see nothing" {
	mkdir files
	echo from the file >files/in
	echo what was there >files/out
	own files
	chmod 700 files
	run -0 in_sandbox --cwd none --stdin files/in --stdout files/out --stderr files/err sh -c 'cat; echo wrong >&2; ! ls files'
	[ -z "$output" ]
	[ "$(cat files/out)" = 'from the file' ]
	[[ $(cat files/err) = wrong$'\n'*"'files'"* ]]
	[ "$(stat -c %a files/err)" = 644 ]
	# Two names of one file: as by >both 2>&1, and with --append as by >>both 2>&1.
	in_sandbox --stdout files/both --stderr ./files/both sh -c 'echo 1; echo 2 >&2; echo 3'
	[ "$(cat files/both)" = $'1\n2\n3' ]
	in_sandbox --append --stdout files/both --stderr files/both sh -c 'echo 4; echo 5 >&2'
	[ "$(cat files/both)" = $'1\n2\n3\n4\n5' ]
	limited "$BWRAP" "${HOST[@]}" --stdin files/in --stdout files/out cat
	[ "$(cat files/out)" = 'from the file' ]
	# What the program says of the command goes there too.
	run -127 in_sandbox --stderr files/err ./absent
	[[ -z $output && $(cat files/err) = 'sandbox: ./absent: not found'* ]]
}

@test "--stdout: a refusal leaves the file as it was; what is no regular file is written all the same" {
	local refusal how
	mkdir refusals
	own refusals
	cd refusals
	printf 'precious\nto the end\n' >kept
	cp kept before
	own kept
	mkfifo hold fifo
	own hold fifo
	for refusal in '--ro /absent' '--chdir /absent' '--tmpfs /etc/passwd' '--syscalls absent' '--stderr .' '--stats .'; do
		# shellcheck disable=SC2086 # an option and its value
		run -125 in_sandbox --stdout kept $refusal true
		cmp kept before
	done
	run -124 in_sandbox --timeout 300ms --block-fd 9 --stdout kept true 9<>hold
	cmp kept before
	: what is said before the start is kept, in place of what was there
	run -125 in_sandbox --stdout kept --stderr kept --ro /absent true
	[[ $(cat kept) = *'cannot find source path /absent'* && $(cat kept) != *precious* ]]
	in_sandbox --verbose --stdout kept --stderr kept echo last
	[[ $(head -n 1 kept) = 'sandbox: '* && $(tail -n 1 kept) = last ]]
	run ! grep -q precious kept
	for how in --as-pid-1 --verbose; do
		cp before kept
		in_sandbox "$how" --syscalls strict --stdout kept echo new 2>/dev/null
		[ "$(cat kept)" = new ]
	done
	cat fifo >through &
	in_sandbox --stdout fifo echo through
	wait $!
	[ "$(cat through)" = through ]
	in_sandbox --stdout /dev/null echo x
}

@test "a file for a standard stream is none to which a link leads that an earlier command made; other links are followed" {
	local option file said='is a link that a command in a sandbox may have made; if it is right, give the real path:'
	mkdir -p "$USER_HOME/private"
	echo precious >"$USER_HOME/private/file"
	own "$USER_HOME/private"
	in_sandbox sh -c 'ln -s ../private/file planted; ln -s ../private above; ln -s ../private/new dangling'
	[ "$(as_user cat planted)" = precious ] # the control: a shell follows it
	for option in --stdin --stdout --stderr; do
		for file in planted above/file; do
			run in_sandbox --cwd none "$option" "$file" touch /tmp/ran
			[ "$status" -eq 125 ]
			[ "$output" = "sandbox: $option: $PWD/${file%%/*} $said $option $USER_HOME/private/file" ]
		done
	done
	run in_sandbox --stdout above/new echo x
	[ "$output" = "sandbox: --stdout: $PWD/above $said --stdout $USER_HOME/private/new" ]
	run in_sandbox --stdout dangling echo x
	[[ $status -eq 125 && $output == 'sandbox: --stdout: cannot open the file dangling: No such file or directory; make it first' ]]
	: also behind a link of the kernel, and in what all may write
	run in_sandbox --cwd none --stdout /dev/fd/7/planted echo x 7<.
	[ "$status" -eq 125 ]
	run in_sandbox --cwd none --stdout /proc/self/cwd/planted echo x
	[ "$output" = "sandbox: --stdout: $PWD/planted $said --stdout $USER_HOME/private/file" ]
	as_user mkdir "/dev/shm/$BATS_ROOT_PID"
	as_user ln -s "$USER_HOME/private/file" "/dev/shm/$BATS_ROOT_PID/link"
	run in_sandbox --cwd none --rw "/dev/shm/$BATS_ROOT_PID" --stats "/dev/shm/$BATS_ROOT_PID/link" true
	rm -r "/dev/shm/$BATS_ROOT_PID"
	[ "$output" = "sandbox: --stats: /dev/shm/$BATS_ROOT_PID/link $said --stats $USER_HOME/private/file" ]
	[ "$(ls "$USER_HOME/private")" = file ]
	[ "$(cat "$USER_HOME/private/file")" = precious ]
	: "home's own links, /dev and what a shell makes"
	as_user ln -s private "$USER_HOME/mine"
	in_sandbox --stdout "$USER_HOME/mine/new" echo x
	[ "$(cat "$USER_HOME/private/new")" = x ]
	# shellcheck disable=SC2016
	[ "$(as_user bash -c '"$@" --stdin <(echo given) cat' sh "$SANDBOX" --cwd none 2>/dev/null)" = given ]
	in_sandbox --stdout /dev/null echo x
	: below a directory that may not be searched
	mkdir -p shut/in
	own shut
	cd shut/in
	chmod a= ..
	in_sandbox --cwd none --stdout out echo x
	chmod 700 ..
	cd ../..
	[ "$(cat shut/in/out)" = x ]
	: under bwrap all of them
	[ "$(limited "$BWRAP" "${HOST[@]}" --stdin planted cat)" = precious ]
}

@test "a file for output or error that the command replaces is told of, on the caller's standard error" {
	local how said='was replaced or removed while the command ran, and what was written is not there; name a file that the command cannot write'
	as_user mkdir replaced
	cd replaced
	run -3 in_sandbox --stdout out sh -c 'echo real; mv out away; echo forged >out; exit 3'
	[ "$output" = "sandbox: --stdout: out $said" ]
	[ "$(cat away)" = real ]
	[ "$(cat out)" = forged ]
	run -0 in_sandbox --stderr err sh -c 'echo real >&2; mv err away; ln -s away err'
	[ "$output" = "sandbox: --stderr: err $said" ]
	[ "$(cat away)" = real ]
	rm err
	run -0 in_sandbox --stdout both --append --stderr both sh -c 'echo real >&2; mv both away; echo again'
	[ "$output" = "sandbox: --stdout: both $said" ] # once
	[ "$(cat away)" = $'real\nagain' ]
	[ ! -e both ]
	: nothing of the caller\'s standard error is the command\'s
	for how in '' --as-pid-1 --report-denied; do
		in_sandbox $how --stderr err sh -c 'ls -l /proc/self/fd /proc/1/fd; true' >out 2>/dev/full
		[ "$(grep -c '/err$' out)" -ge 1 ]
		run ! grep full out
	done
	: whatever else it does to them
	run -0 in_sandbox --stdout out --stderr err sh -c 'echo forged >out; >err; ln out more; mv err away; mv away err'
	[ -z "$output" ]
}

@test "a standard stream is whatever the shell's redirection takes" {
	as_user mkdir taken
	cd taken
	truncate -s 5G huge
	own huge
	[ "$(in_sandbox --stdin huge sh -c 'head -c 3 | od -An -c')" = '  \0  \0  \0' ]
	[ "$(in_sandbox --stdin /dev/zero head -c 1 | wc -c)" -eq 1 ]
	[ "$(in_sandbox --stdin /dev/null wc -c)" -eq 0 ]
	echo here >given
	own given
	[ "$(in_sandbox --stdin /dev/fd/9 cat 9<given)" = here ]
	[ "$(as_user bash -c 'echo piped | "$0" --stdin /proc/self/fd/0 cat' "$SANDBOX")" = piped ]
	in_sandbox --append --stdout huge echo more
	[ "$(stat -c %s huge)" -gt 5368709120 ]
	in_sandbox --stdout /dev/fd/9 --stderr /dev/null sh -c 'echo out; echo lost >&2' 9>given
	[ "$(cat given)" = out ]
	run -0 in_sandbox --stdout /dev/full true
}

@test "a file for a standard stream gives no more than the stream: no other mode, nothing beside it" {
	local abi
	abi=$(in_sandbox --verbose true 2>&1 | sed -n 's/^sandbox: Landlock \([0-9-]*\):.*/\1/p')
	[ "$abi" -ge 1 ] || skip 'Landlock is not in this kernel'
	mkdir -m 755 beside
	own beside
	echo secret >beside/log
	own beside/log
	run in_sandbox --cwd none --append --stdout beside/log sh -c 'exec 5>&1; cat /proc/self/fd/5 >&2'
	[[ $status -ne 0 && $output != *secret* ]]
	echo text >beside/in
	own beside/in
	run in_sandbox --cwd none --stdin beside/in sh -c 'cat /proc/self/fd/0 && echo more >>/proc/self/fd/0'
	[[ $status -ne 0 && $output = *text* && $(cat beside/in) = text ]]
}

@test "files for standard streams that cannot be had are refused by name before anything starts" {
	mkdir directory
	touch closed
	own directory
	chmod 000 closed
	refused() { # message, options
		run -125 in_sandbox "${@:2}" touch started
		[ "$output" = "sandbox: $1" ] || { echo "$output" >&2; return 1; }
		[ ! -e started ]
	}
	refused '--stdin: cannot open the file absent: No such file or directory; make it first' --stdin absent
	refused '--stdout: cannot open the file absent/out: No such file or directory; make the directory absent first' --stdout absent/out
	refused "--stats: cannot open the file /absent/a b/c: No such file or directory; make the directory '/absent/a b' first" --stats '/absent/a b/c'
	refused '--stderr: cannot open the file directory: Is a directory' --stderr directory
	[ "$(id -u)" = 0 ] || refused '--stdin: cannot open the file closed: Permission denied' --stdin closed
	refused "--stdin: the path is empty; is a shell variable unset?" --stdin ''
	refused '--stdin: standard input is a directory, from which the command could reach the whole host; redirect it, as in 0</dev/null' --stdin directory
	refused '--stdout: descriptor 1 is given to two options; open it once for each' --json-status-fd 1 --stdout out
	[ ! -e out ]
	# As in the shell, the other end of a fifo is waited for; a signal ends that.
	mkfifo fifo
	own fifo
	run -124 as_user timeout --foreground 0.5 "$SANDBOX" --stdin fifo touch started
	[ ! -e started ]
}

# The kernel's figure in /proc/meminfo, in KB.
meminfo() { sed -n "s/^$1: *\([0-9]*\) kB/\1/p" /proc/meminfo; }

@test "what is in memory shares a third of it, as do throw-away layers; a file system of its own has its own bounds" {
	local total third blocks size files
	total=$(meminfo MemTotal)
	mkdir -p tree/{proc,dev,tmp,var/tmp,run,usr,mnt}
	[ ! -e /lib64 ] || ln -s usr/lib64 tree/lib64
	ln -s usr/lib usr/bin tree/
	# A column each: name, blocks, their size, files, the file system.
	local look='for at in "$@"; do stat -f -c "%n %b %S %c %i" "$at"; done'
	in_sandbox --cwd overlay --tmpfs /new sh -c "$look" sh / /dev /dev/shm /tmp /var/tmp /run "$USER_HOME" /new . >sizes
	in_sandbox --cwd none --root tree --ro /usr sh -c "$look" sh /dev /tmp /var/tmp /run "$USER_HOME" >sizes-root
	while read -r _ blocks size files _; do
		kb=$((blocks * size / 1024)) third=$((total * 33 / 100))
		[ $((kb - third)) -le 4 ]
		[ $((third - kb)) -le 4 ]
		[ $((files - total / 8)) -le 1 ]
		[ $((total / 8 - files)) -le 1 ]
	done < <(cat sizes sizes-root)
	[ "$(wc -l <sizes)" = 9 ]
	[ "$(awk '{ print $5 }' sizes | sort -u | wc -l)" = 2 ] # the last is the layer
	[ "$(sed '$d' sizes | awk '{ print $5 }' | sort -u | wc -l)" = 1 ]
	[ "$(wc -l <sizes-root)" = 5 ]
	[ "$(awk '{ print $5 }' sizes-root | sort -u | wc -l)" = 1 ]
	: full for all of them, and only for them
	run in_sandbox --cwd none --size 1M --tmpfs /own --inodes 10 --tmpfs /few --tmpfs /usr/share sh -c "$look" sh / /own /few /usr/share
	[ "$(awk '{ print $5 }' <<<"$output" | sort -u | wc -l)" = 4 ]
	[[ ${lines[1]} == "/own 256 4096 "* ]]
	[[ ${lines[2]} == "/few "*" 4096 10 "* ]]
	[ "$(in_sandbox --cwd none sh -c 'mkdir /tmp/a ~/b && mv /tmp/a ~/c && ls -d ~/b ~/c /tmp/a 2>&1 | grep -c "No such"; stat -c %a /tmp /var/tmp /run /dev ~ | tr "\n" " "')" = $'1\n1777 1777 755 755 700 ' ]
}

@test "--size and --inodes: ENOSPC beyond them, in tmpfs, /dev/shm and the layers of overlays; bwrap's meaning stays" {
	mkdir low
	own low
	cat >fill.py <<-'END'
		import errno, os, sys
		where, files, written = sys.argv[1], 0, 0
		def until_full(act):
		    try:
		        while True: act()
		    except OSError as error: assert error.errno == errno.ENOSPC, error
		def make():
		    global files
		    os.close(os.open(f"{where}/f{files}", os.O_CREAT | os.O_WRONLY))
		    files += 1
		def write():
		    global written
		    written += os.write(file, bytes(65536))
		if len(sys.argv) > 2: until_full(make)
		file = os.open(f"{where}/f0", os.O_CREAT | os.O_WRONLY)
		until_full(write)
		print(files, written)
	END
	[ "$(in_sandbox --inodes 100 --size 1M --tmpfs /mnt python3 fill.py /mnt inodes)" = '99 1048576' ]
	[ "$(in_sandbox --size 2M --dev /dev python3 fill.py /dev/shm)" = '0 2097152' ]
	[ "$(in_sandbox --overlay-src low --size 3M --inodes 50 --tmp-overlay /mnt python3 fill.py /mnt)" = '0 3145728' ]
	[[ $(in_sandbox --overlay-src low --inodes 50 --size 1M --tmp-overlay /mnt python3 fill.py /mnt inodes) = 4*' 1048576' ]]
	[ "$(in_sandbox --size 2M --cwd overlay python3 fill.py .)" = '0 2097152' ]
	[[ $(in_sandbox --inodes 50 --size 1M --overlay-root --root low --ro /usr --ro /lib --ro /lib64 --cwd ro python3 fill.py / inodes) = 3?' 1048576' ]] # mount points are in it, too
	run -125 in_sandbox --size 2M --cwd ro true
	[ "$output" = 'sandbox: --size must be followed by --tmpfs, --dev, --tmp-overlay, --overlay-root or --cwd overlay' ]
	[ "$(limited "$BWRAP" "${HOST[@]}" --ro-bind . /w --size 65536 --tmpfs /mnt python3 /w/fill.py /mnt)" = '0 65536' ]
	local total kb
	total=$(meminfo MemTotal)
	kb=$(limited "$BWRAP" "${HOST[@]}" --tmpfs /mnt stat -f -c '%b' /mnt)
	[ $((kb * 4 - total / 2)) -le 4 ]
	[ -z "$(ls low)" ]
}

# What a hostile or faulty job does, and the options that stop it; each line also bears a mark in its arguments and its mounts.
hog() { # NAME
	local in_sandbox=(limited "$SANDBOX" --tmpfs "/run/$MARK")
	case $1 in
	fork-bomb) "${in_sandbox[@]}" --timeout 1s --grace 0 --rlimit nproc=40 python3 -c $'import os, time\nwhile True:\n try: os.fork()\n except OSError: time.sleep(0.1)' "$MARK" ;;
	memory) "${in_sandbox[@]}" --timeout 20s --rlimit as=300M python3 -c 'x = []
while True: x.append(bytearray(1 << 24))' "$MARK" ;;
	data) "${in_sandbox[@]}" --timeout 20s --rlimit data=300M python3 -c 'x = []
while True: x.append(bytearray(1 << 24))' "$MARK" ;;
	disk) "${in_sandbox[@]}" --timeout 20s --size 64M --tmpfs /mnt sh -c 'cat /dev/zero >/mnt/fill' "$MARK" ;;
	descriptors) "${in_sandbox[@]}" --timeout 20s --rlimit nofile=50 python3 -c 'x = []
while True: x.append(open("/dev/null"))' "$MARK" ;;
	processor) "${in_sandbox[@]}" --timeout 20s --rlimit cpu=1s sh -c 'while :; do :; done' "$MARK" ;;
	flood) "${in_sandbox[@]}" --timeout 20s --rlimit fsize=1M --stdout "flood.$2" sh -c 'exec cat /dev/zero' "$MARK" ;;
	sleeper) "${in_sandbox[@]}" --timeout 500ms sh -c 'sleep 1000' "$MARK" ;;
	deaf) "${in_sandbox[@]}" --timeout 500ms --grace 300ms sh -c 'trap "" TERM; while :; do sleep 1; done' "$MARK" ;;
	esac
}

# Nothing of them is left on the host: no process of theirs or the program's, and no mount. With the last process the kernel frees
# their namespaces and memory.
nothing_left() {
	for _ in $(seq 600); do
		! pgrep -f "$MARK" >/dev/null && ! pgrep -x "$NAMED" >/dev/null && break
		sleep 0.05
	done
	run ! pgrep -af "$MARK"
	run ! pgrep -x "$NAMED"
	run ! grep "$MARK" /proc/self/mountinfo
}

@test "each kind of hog is stopped by its limit and leaves nothing; 50 at once on all processors, none lost" {
	declare -A ends=([fork-bomb]=124 [memory]=1 [data]=1 [disk]=1 [descriptors]=1 [processor]=137 [flood]=153 [sleeper]=124 [deaf]=124)
	local name pids=() names=() code i
	mark
	named
	in_sandbox --tmpfs "/run/$MARK" grep -q "$MARK" /proc/self/mountinfo # so that a mount that is left would be found
	for ((i = 0; i < 50; )); do
		for name in "${!ends[@]}"; do
			[ "$i" -lt 50 ] || break
			hog "$name" "$i" >"said.$i" 2>&1 3>&- &
			pids+=($!) names+=("$name")
			i=$((i + 1))
		done
	done
	for i in "${!pids[@]}"; do
		code=0
		wait "${pids[i]}" || code=$?
		[ "$code" = "${ends[${names[i]}]}" ] || { echo "${names[i]}: $code"; cat "said.$i"; return 1; } >&2
		case ${names[i]} in
		memory | data) grep -q MemoryError "said.$i" ;;
		disk) grep -q 'No space left on device' "said.$i" ;;
		descriptors) grep -q 'Too many open files' "said.$i" ;;
		flood) [ "$(stat -c %s "flood.$i")" = 1048576 ] ;;
		fork-bomb | sleeper | deaf) grep -qx "$NAMED: --timeout: the time is over" "said.$i" ;;
		esac
	done
	nothing_left
}

# bats test_tags=repeated
@test "SIGKILL of the program at any moment leaves nothing (SANDBOX_KILLS times, 60 or 300 unless set)" {
	local delay
	mark
	named
	for _ in $(seq "${SANDBOX_KILLS:-$(rounds 300)}"); do
		exec_as_user "$SANDBOX" --timeout 1h --tmpfs "/run/$MARK" sh -c "setsid sleep $MARK & sleep $MARK" 3>&- >/dev/null 2>&1 &
		printf -v delay '0.%03d' $((RANDOM % 40))
		sleep "$delay"
		kill -KILL $!
		wait $! || true
	done
	nothing_left
}

@test "limits of all processes together: wrong values, what is planned, and no cgroup" {
	local option
	run -125 in_sandbox --memory 1X true
	[ "$output" = "sandbox: --memory: '1X' is not a size, as in 4096 or 512M; units are K, M, G, T" ]
	run -125 in_sandbox --cpus half true
	[ "$output" = "sandbox: --cpus: 'half' is not a number, as in 2 or 0.5" ]
	run -125 in_sandbox --pids 1.5 true
	[ "$output" = "sandbox: --pids: '1.5' is not a whole number" ]
	for option in --memory --memory-try --pids --pids-try --cpus --cpus-try --io --io-try; do
		run -125 in_sandbox "$option" 0 true
		[ "$output" = "sandbox: $option must be non-zero" ]
	done
	local value range
	while read -r option value range; do
		run -125 in_sandbox "$option" "$value" true
		[ "$output" = "sandbox: $option: '$value' is out of range; write $range" ]
	done <<-END
		--pids 4194305 1 to 4194304 processes
		--cpus-try 0.009 0.01 to 100000 processors
		--cpus 100000.001 0.01 to 100000 processors
		--io-try 1 at least 2 bytes a second, as in 10M
	END
	rm -f report # root may have made it, in another test
	run -125 in_sandbox --stats report --memory 1G --cpus 100000 --pids 4194304 --io 2 true
	[ "$(cat report)" = '{"began": false}' ]
	run -0 in_sandbox --memory 512M --pids-try 40 --cpus 1.5 --io 1M --plan true
	[[ $output = *$'\nlimit memory 536870912\nlimit pids 40\nlimit millicpus 1500\nlimit io 1048576\n'* ]]
	run -0 in_sandbox --memory-try 512M --pids-try 400 --cpus-try 1 --io-try 1G --stats report true
	! in_sandbox --pids 400 true 2>/dev/null || skip 'a cgroup is delegated here'
	: in one line that says what is missing, and the way out
	[[ $output = 'sandbox: --memory-try, --pids-try, --cpus-try, --io-try: no limit is set: cannot limit the cgroup /sys/fs/cgroup'*': '*'; '* ]]
	[ ${#lines[@]} -eq 1 ]
	run -0 in_sandbox --pids-try 400 true
	[[ $output = 'sandbox: --pids-try: no limit is set: cannot limit the cgroup /sys/fs/cgroup'*': '*'; '* ]]
	[ ${#lines[@]} -eq 1 ]
	grep -q '"oom-killed": null, "peak-memory-bytes": null, "cpu-microseconds": null, "refused-forks": null' report
	run ! grep -qE '"(memory|pids|millicpus|io)":' report
	run -125 in_sandbox --pids-try 400 --memory 1G sh -c 'echo ran'
	[[ $output = 'sandbox: --memory: cannot limit the cgroup /sys/fs/cgroup'*': '*'; '* ]]
	[ ${#lines[@]} -eq 1 ]
}

@test "limits of all processes together hold where a cgroup is delegated" {
	in_sandbox --memory 1G --pids 400 --cpus 1 true 2>/dev/null || skip 'no cgroup is delegated here: see make check-kernels'
	run -137 in_sandbox --memory 20M --stats report dd if=/dev/zero of=/dev/null bs=60M count=1
	[[ $output = *'--memory: the limit was reached; processes that the kernel killed: 1'* ]]
	grep -q '"oom-killed": 1,' report
	run in_sandbox --pids 10 --stats report sh -c 'bomb() { bomb & bomb; }; bomb'
	grep -q '"refused-forks": [1-9]' report
	run -124 in_sandbox --cpus 0.2 --timeout 2s --stats report sh -c 'while :; do :; done & while :; do :; done'
	grep -qE '"cpu-microseconds": [0-9]{1,6},' report
}
