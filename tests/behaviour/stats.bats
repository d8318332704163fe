#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The report of --stats: that it is true, whole, and safe where the command can reach it.
# shellcheck disable=SC2016 # the scripts are for the shell inside

load ../lib/common

in_sandbox() { as_user timeout --foreground 60 "$SANDBOX" "$@"; }

# holds EXPRESSION: r is the report, t what time(1) said.
holds() {
	python3 -c '
import json, os, sys
r = json.load(open("report"))
t = {}
for line in open("time") if os.path.exists("time") else []:
	name, _, value = line.strip().rpartition(": ")
	t[name] = value
sys.exit(not eval(sys.argv[1].replace("\n", "")))' "$1" || { echo "not so: $1" >&2; cat report time >&2; return 1; }
}

# Uses some of everything: processor, kernel, memory, faults, waits, and the disk where there is one.
worker() {
	cat >worker.py <<-'END'
	import os, resource, time
	block = bytearray(b"x" * (48 << 20))
	end = time.process_time() + 0.4
	while time.process_time() < end: pass
	for _ in range(60000): os.getppid()
	with open("written", "wb") as f:
	    f.write(block[:4 << 20]); f.flush(); os.fsync(f.fileno())
	for _ in range(50): time.sleep(0.001)
	u = resource.getrusage(resource.RUSAGE_SELF)
	print(u.ru_utime, u.ru_stime, u.ru_maxrss * 1024, u.ru_minflt, u.ru_majflt, u.ru_inblock, u.ru_oublock, u.ru_nvcsw)
	END
	own worker.py
}

@test "the report is one line of JSON with the names that the manual lists, and no others" {
	in_sandbox --stats report true
	[ "$(wc -l <report)" -eq 1 ]
	python3 -c 'import json; print(*json.load(open("report")), sep="\n")' | sort >names
	awk '/^\.Sh REPORT/ { inside = 1 } /^\.Sh DEST/ { inside = 0 } inside && /^\.It Li/' "$BATS_TEST_DIRNAME/../../sandbox.1" |
		sed 's/^\.It Li //; s/ , /\n/g' | sort >listed
	diff listed names
	[ "$(stat -c %a report)" = 644 ]
}

@test "the figures are those of time -v" {
	[ -x /usr/bin/time ] || skip 'no /usr/bin/time'
	worker
	as_user /usr/bin/time -v -o time "$SANDBOX" --stats report python3 worker.py
	# Besides, time counts the supervisor, which took little.
	for pair in 'user-seconds:User time (seconds):0.1' 'system-seconds:System time (seconds):0.1' 'input-blocks:File system inputs:500' \
		'output-blocks:File system outputs:40' 'minor-faults:Minor (reclaiming a frame) page faults:120' \
		'major-faults:Major (requiring I/O) page faults:20' 'voluntary-switches:Voluntary context switches:60'; do
		IFS=: read -r ours theirs most <<<"$pair"
		holds "-0.011 <= float(t['$theirs']) - r['$ours'] <= $most"
	done
	holds "r['max-rss-bytes'] == int(t['Maximum resident set size (kbytes)']) * 1024"
	holds "0 <= r['user-seconds'] + r['system-seconds'] - 0.4 < 5 and r['wall-seconds'] > 0.45 and r['voluntary-switches'] >= 50"
}

@test "the figures are those of getrusage in the command, and the making of the sandbox" {
	worker
	in_sandbox --stats report python3 worker.py >said
	read -r user system rss minor major input output waits <said
	holds "0 <= r['user-seconds'] - $user < 0.2 and 0 <= r['system-seconds'] - $system < 0.2"
	holds "r['max-rss-bytes'] >= $rss > 48 << 20 and r['max-rss-bytes'] - $rss < 1 << 20"
	holds "0 <= r['minor-faults'] - $minor < 500 and 0 <= r['major-faults'] - $major < 50"
	holds "0 <= r['input-blocks'] - $input < 2000 and 0 <= r['output-blocks'] - $output <= 100 and 0 <= r['voluntary-switches'] - $waits < 100"
}

# Half a second of processor time; with an argument, it tells so and stays.
BURN='import sys, time
end = time.process_time() + 0.5
while time.process_time() < end: pass
if len(sys.argv) > 1: open("burnt", "w"); time.sleep(99)'

@test "children, daemons, and what the end of the command kills are counted" {
	in_sandbox --stats report true
	holds "r['user-seconds'] + r['system-seconds'] < 0.3"
	in_sandbox --stats report sh -c 'python3 -c "$1"; true' sh "$BURN"
	holds "r['user-seconds'] + r['system-seconds'] >= 0.5"
	# In the background, without a parent, in a session of its own; still running at the end.
	in_sandbox --stats report sh -c '(setsid python3 -c "$1" stay &) ; while ! [ -e burnt ]; do sleep 0.05; done' sh "$BURN"
	holds "0.5 <= r['user-seconds'] + r['system-seconds'] and r['wall-seconds'] < 60"
	rm -f burnt
	in_sandbox --stats report sh -c 'python3 -c "$1" stay & while ! [ -e burnt ]; do sleep 0.05; done' sh "$BURN"
	holds "0.5 <= r['user-seconds'] + r['system-seconds'] and r['wall-seconds'] < 60"
	in_sandbox --stats report sh -c 'python3 -c "x = bytearray(b\"x\" * (40 << 20))"; true'
	holds "r['max-rss-bytes'] > 40 << 20"
}

@test "what the caller's shell has used is not counted" {
	as_user bash -c 'python3 -c "x = bytearray(b\"x\" * (40 << 20))"; exec "$@"' bash "$SANDBOX" --stats report true
	holds "r['max-rss-bytes'] < 30 << 20"
}

@test "how it ended: status, signal, not begun, a signal to the sandbox" {
	run in_sandbox --stats report sh -c 'exit 7'
	[ "$status" -eq 7 ]
	holds "r['began'] and r['exit-code'] == 7 and r['signal'] is None"
	run in_sandbox --stats report sh -c 'kill -9 $$'
	[ "$status" -eq 137 ]
	holds "r['began'] and r['exit-code'] == 137 and r['signal'] == 9"
	run -127 in_sandbox --stats report ./absent
	holds "not r['began'] and r['exit-code'] == 127 and r['signal'] is None and 'namespaces' not in r"
	# A command that ends the process that runs it, by the limits of that, has begun all the same.
	run -125 in_sandbox --stats report python3 -c '
import os, resource, time
resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0))
if not os.fork():
    os.fork() or time.sleep(0.2)
    os._exit(0)
time.sleep(30)'
	holds "r['began'] and r['exit-code'] == 125 and r['wall-seconds'] < 20"
	run in_sandbox --stats report --ro /absent true
	[ "$status" -eq 125 ]
	holds "not r['began'] and r['exit-code'] == 125 and r['wall-seconds'] > 0"
	mkfifo fifo
	own fifo
	rm report
	exec_as_user "$SANDBOX" --stats report --block-fd 8 true 8<>fifo 3>&- &
	for _ in $(seq 200); do [ ! -e report ] || break; sleep 0.05; done
	sleep 0.2
	kill -TERM $!
	status=0
	wait $! || status=$?
	[ "$status" -eq 143 ]
	holds "not r['began'] and r['exit-code'] == 143 and r['signal'] == 15"
	exec_as_user "$SANDBOX" --as-pid-1 --stats report sh -c ': >up; sleep 60' 3>&- &
	for _ in $(seq 200); do [ ! -e up ] || break; sleep 0.05; done
	kill -TERM $!
	status=0
	wait $! || status=$?
	[ "$status" -eq 143 ]
	holds "r['began'] and r['exit-code'] == 143 and r['signal'] == 15"
}

@test "a timeout is told, and what was used until then" {
	run in_sandbox --stats report --timeout 1.5 --grace 0.5 sh -c 'trap "" TERM; python3 -c "$1" stay; sleep 60' sh "$BURN"
	[ "$status" -eq 124 ]
	holds "r['timed-out'] and r['exit-code'] == 124 and r['signal'] is None and 0.1 < r['user-seconds'] + r['system-seconds'] < 1.5"
	run in_sandbox --stats report --timeout 0.5 sleep 60
	[ "$status" -eq 124 ]
	holds "r['timed-out'] and r['exit-code'] == 124 and 0.5 <= r['wall-seconds'] < 30"
	run as_user "$BWRAP" --stats report --timeout 1 --dev-bind / / --unshare-pid sh -c 'sleep 60 & :'
	[ "$status" -eq 124 ]
	holds "r['timed-out'] and r['exit-code'] == 124 and r['wall-seconds'] < 30"
	in_sandbox --stats report --timeout 60 true
	holds "not r['timed-out']"
}

@test "the layers that were applied" {
	local abi processes
	abi=$(python3 -c 'import ctypes; print(max(0, ctypes.CDLL(None).syscall(444, 0, 0, 1)))')
	processes=$(ulimit -Hu)
	[ "$processes" != unlimited ] && [ "$processes" -lt 8192 ] || processes=8192
	in_sandbox --stats report true
	holds "r['namespaces'] == ['cgroup', 'ipc', 'mount', 'net', 'pid', 'user', 'uts'] and
		r['limits'] == {'core': 1, 'nproc': $processes} and
		r['system-calls'] == {'policy': 'default', 'changes': 0, 'programs': 0} and
		r['landlock'] == {'abi': $abi if $abi >= 2 else 0, 'files': $abi >= 2, 'signals': $abi >= 6, 'abstract-sockets': $abi >= 6}"
	in_sandbox --stats report --share-net --share-abstract --syscalls strict --deny-syscall chown --allow-syscall fchown --allow-userns \
		--timeout 1.5m --rlimit nofile=64:128 --rlimit cpu=unlimited --rlimit fsize=1M --rlimit nproc=20 true
	holds "r['namespaces'] == ['cgroup', 'ipc', 'mount', 'pid', 'user', 'uts'] and
		r['system-calls'] == {'policy': 'strict', 'changes': 2, 'programs': 0} and
		not r['landlock']['files'] and not r['landlock']['abstract-sockets'] and
		r['limits'] == {'timeout-seconds': 90.0, 'cpu': None, 'fsize': 1 << 20, 'nofile': 64, 'core': 1, 'nproc': 20}"
	echo 'use default' >policy
	printf '\6\0\0\0\0\0\377\177' >allow
	in_sandbox --stats report --syscalls policy --seccomp 8 true 8<allow
	holds "r['system-calls'] == {'policy': 'file', 'changes': 0, 'programs': 1}"
	as_user "$BWRAP" --stats report --dev-bind / / --unshare-pid true
	holds "'pid' in r['namespaces'] and 'net' not in r['namespaces'] and r['system-calls']['policy'] == 'none' and r['landlock']['abi'] == 0"
}

@test "to a descriptor, also a standard stream, and one whose reader is gone" {
	in_sandbox --stats 9 sh -c '[ ! -e /proc/self/fd/9 ]' 9>report
	holds "r['exit-code'] == 0"
	in_sandbox --stats 1 echo said >both
	[ "$(head -n 1 both)" = said ]
	tail -n 1 both >report
	holds "r['exit-code'] == 0"
	run as_user bash -c '"$@" 9> >(:)' bash "$SANDBOX" --stats 9 sh -c 'sleep 0.3; exit 7'
	[ "$status" -eq 7 ]
	[ "$output" = 'sandbox: --stats: cannot write to 9: Broken pipe' ]
	run in_sandbox --stats 9 touch ran 9</dev/null
	[ "$status:$output" = '125:sandbox: --stats: descriptor 9 is read-only; open it for writing' ]
	[ ! -e ran ]
	run in_sandbox --stats 9 true 9>&-
	[ "$status" -eq 125 ]
	[ "$output" = 'sandbox: --stats: descriptor 9 is not open; open it in the caller, as in 9>FILE' ]
}

@test "to a file: replaced whole, whatever the command does to it, and never through a link" {
	head -c 9999 /dev/zero >report
	own report
	in_sandbox --stats report sh -c '[ ! -s report ]' # no old report stays while the command runs
	holds "r['exit-code'] == 0"
	in_sandbox --stats report sh -c 'head -c 9999 /dev/zero >>report'
	holds "r['exit-code'] == 0"
	in_sandbox --stats ./9 true
	[ -s 9 ]
	echo precious >precious
	own precious
	in_sandbox ln -s precious planted
	run in_sandbox --stats planted touch ran
	[ "$status" -eq 125 ]
	[ ! -e ran ]
	[ "$(cat precious)" = precious ]
	[ "$output" = "sandbox: --stats: $PWD/planted is a link that a command in a sandbox may have made; if it is right, give the real path: --stats $PWD/precious" ]
	for bad in . absent/report ''; do
		run in_sandbox --stats "$bad" touch ran
		[ "$status" -eq 125 ]
		[ ! -e ran ]
		[ "${#lines[@]}" -eq 1 ]
	done
	run in_sandbox --stats /dev/full true
	[ "$status" -eq 0 ]
	[ "$output" = 'sandbox: --stats: cannot write to /dev/full: No space left on device' ]
	in_sandbox --plan --stats unmade true
	[ ! -e unmade ]
}

@test "what the command puts in the place of the report's file is not written, and the caller is told; nor else" {
	local script said='was replaced or removed while the command ran, and what was written is not there; name a file that the command cannot write'
	as_user mkdir in
	echo precious >precious
	own precious
	for script in 'ln -sf ../precious report' 'rm report; echo forged >report' 'rm report' 'mv report away' 'mv report away; ln -s away report' \
		'mv ../in ../moved; mkdir ../in; echo forged >../in/report' 'rm report; mkfifo report' 'rm report; mkdir report' 'chmod 0 .'; do
		run -7 in_sandbox --stats in/report sh -c "cd in && $script; exit 7"
		[ "$output" = "sandbox: --stats: in/report $said" ] || { echo "$script: $output" >&2; return 1; }
		[ "$(cat precious)" = precious ]
		[ ! -e moved/report ] || [[ $(cat moved/report) = '{"began": true, '* ]]
		chmod 700 in
		rm -rf in/* moved
	done
	run -137 in_sandbox --stats in/report sh -c 'rm in/report; kill -9 $$'
	[ "$output" = "sandbox: --stats: in/report $said" ]
	run -124 in_sandbox --timeout 1 --stats "in/re port" sh -c 'rm "in/re port"; sleep 60'
	[ "${lines[1]}" = "sandbox: --stats: 'in/re port' $said" ]
	run -0 as_user "$BWRAP" --stats in/report --dev-bind / / rm in/report
	[ "$output" = "bwrap: --stats: in/report $said" ]
	: where it leads there still, by whatever way, nothing is said
	mkdir "$BATS_TEST_TMPDIR/real"
	own "$BATS_TEST_TMPDIR/real"
	ln -s "$BATS_TEST_TMPDIR/real" "$USER_HOME/linked"
	for script in 'true' 'ln in/report more' 'echo forged >in/report' 'mv in/report away; mv away in/report' 'mv in away; mv away in'; do
		run -0 in_sandbox --stats in/report sh -c "$script"
		[ -z "$output" ]
		[[ $(cat in/report) = '{"began": true, '* ]]
	done
	run -0 in_sandbox --stats "$USER_HOME/linked/report" sh -c 'rm -rf in'
	[ -z "$output" ]
	[ -s "$BATS_TEST_TMPDIR/real/report" ]
	: >by-number
	own by-number
	run -0 in_sandbox --stats /dev/fd/9 sh -c 'rm by-number' 9>by-number
	[ -z "$output" ]
}

@test "a file that is a standard stream of the command too is refused, and left as it was" {
	local stream
	echo precious >both
	own both
	for stream in --stdin --stdout '--append --stdout'; do
		# shellcheck disable=SC2086 # options
		run -125 in_sandbox --stats ./both $stream both touch ran
		[[ $output = 'sandbox: --stats: ./both is a standard stream of the command too; give the report a file of its own' ]] || { echo "$output" >&2; return 1; }
		[ "$(cat both)" = precious ]
	done
	in_sandbox --stats both --append --stderr both touch ran || [ $? -eq 125 ]
	[[ $(cat both) = precious$'\n''sandbox: --stats: '* ]]
	[ ! -e ran ]
	in_sandbox --stats /dev/null --stdout /dev/null true
	in_sandbox --stats /dev/full --stdout /dev/full true 2>said
	grep -q 'cannot write to /dev/full' said
}

@test "a FIFO has its report if somebody reads it, and is refused at once if not" {
	mkfifo unread
	own unread
	run -125 in_sandbox --stats unread touch ran
	[[ $output = 'sandbox: --stats: cannot open the file unread: '*'; it is a socket, or a FIFO that nobody reads; start the reader first' ]]
	[ ! -e ran ]
	cat unread >report &
	sleep 0.2
	in_sandbox --stats unread sh -c 'exit 3' || [ $? -eq 3 ]
	wait $!
	holds "r['began'] and r['exit-code'] == 3"
	: one that is full, and that nobody empties, holds up nothing
	exec 7<>unread
	head -c 65536 /dev/zero >&7
	run -0 as_user timeout 20 "$SANDBOX" --stats unread true
	[ "$output" = 'sandbox: --stats: cannot write to unread: Resource temporarily unavailable' ]
	exec 7<&-
}

@test "a failure in the first process of the new namespaces is reported once" {
	run as_user unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh \
		"$BWRAP" --stats 9 --unshare-user-try --uid 7 --dev-bind / / true 9>report
	[ "$status:${lines[-1]}" = '1:bwrap: --uid and --gid need a user namespace, and none can be made here' ]
	[ "$(wc -l <report)" -eq 1 ]
	holds "not r['began'] and r['exit-code'] == 1"
}

@test "bwrap's report covers all, so that it ends with the last process" {
	as_user "$BWRAP" --stats report --dev-bind / / --unshare-pid --proc /proc sh -c 'python3 -c "$1" & :' sh "$BURN"
	holds "r['began'] and r['user-seconds'] + r['system-seconds'] >= 0.5"
	as_user "$BWRAP" --stats report --dev-bind / / sh -c 'python3 -c "$1"; exit 3' sh "$BURN" || [ $? -eq 3 ]
	holds "r['exit-code'] == 3 and r['user-seconds'] + r['system-seconds'] >= 0.5"
}
