#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# In a container that covers parts of /proc, as Docker's and Kubernetes' do, or shows processes alone: what starts, what
# is said, and what the command can read. Containers are made with runc; where that or root is lacking, namespaces stand in.

# shellcheck disable=SC2016,SC2034,SC2086,SC2154
# (the scripts are text for another shell; lists of options are split; bats sets the results)

load ../lib/common

PUBLIC="is the caller's, read-only: parts of it are hidden, so that no new one can be mounted. The command lines and connections of processes outside can be read there; --ro-bind /proc /proc accepts that without this line; docker leaves it visible with --security-opt systempaths=unconfined, Kubernetes with securityContext.procMount: Unmasked"
NO_LIMIT="an outer container may hide it: docker leaves it visible with --security-opt systempaths=unconfined, Kubernetes with securityContext.procMount: Unmasked; or let the policy of --syscalls deny namespaces, as the default one does"

needs_runc() {
	needs_root
	needs runc
	[ -e "$BATS_FILE_TMPDIR/works" ] || container -- true || missing 'runc makes no container here'
	touch "$BATS_FILE_TMPDIR/works"
}

# container [OPTION...] -- COMMAND...
container() { TMPDIR=$BATS_TEST_TMPDIR "$BATS_TEST_DIRNAME/../lib/container.py" "$USER_DIR" "$@" 3>&- </dev/null; }

# Without a container: parts of /proc are covered; its processes are alone there; /proc/sys is read-only besides.
within() { # SCRIPT COMMAND...
	local script=$1
	shift
	as_user unshare -Urmpf --kill-child sh -c "mount -t proc proc /proc && $script && exec \"\$@\"" sh "$@" 3>&-
}
COVERED='mount -t tmpfs none /proc/tty'
COVERED_ALL="$COVERED && mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys"

@test "a container that covers nothing: a /proc of the sandbox's own, and no word" {
	needs_runc
	local uid
	for uid in 0 1000; do
		run --separate-stderr container --uid "$uid" -- sandbox sh -c 'id -u; cd /proc && echo [0-9]* && head -c 8 meminfo'
		[ "$status:$stderr" = 0: ]
		[ "$output" = "$uid"$'\n1 2\nMemTotal' ]
	done
}

@test "a container that covers parts of /proc: the caller's is shown, and that is said each time" {
	needs_runc
	local uid covers
	for uid in 0 1000; do
		for covers in --masked --read-only '--masked --read-only'; do
			run --separate-stderr container --uid "$uid" $covers -- sh -c '
				sandbox sh -c '\''id -u; tr "\0" "\n" </proc/1/cmdline | head -n 1'\'' || exit
				echo again >&2; sandbox --proc /q grep -c ^MemTotal /q/meminfo || exit
				echo asked >&2; sandbox --ro-bind /proc /proc id -u'
			[ "$status:$output" = "0:$uid"$'\nsh\n1\n'"$uid" ]
			[ "$stderr" = "sandbox: /proc $PUBLIC"$'\nagain\n'"sandbox: /proc $PUBLIC"$'\n'"sandbox: /q $PUBLIC"$'\nasked' ]
		done
	done
}

@test "in a container of an ordinary user's, too" {
	needs_runc
	mkdir "$BATS_TEST_TMPDIR/rootless" && own "$BATS_TEST_TMPDIR/rootless"
	ordinary() { TMPDIR=$BATS_TEST_TMPDIR/rootless as_user "$BATS_TEST_DIRNAME/../lib/container.py" "$USER_DIR" --rootless "$@" 3>&- </dev/null; }
	run --separate-stderr ordinary -- sandbox id -u
	[ "$status:$stderr:$output" = 0::0 ]
	run --separate-stderr ordinary --masked --read-only -- sandbox id -u
	[ "$status:$stderr:$output" = "0:sandbox: /proc $PUBLIC:0" ]
	run --separate-stderr ordinary --masked --read-only -- sandbox --ro-bind /proc /proc id -u
	[ "$status:$stderr:$output" = 0::0 ]
}

@test "under the name bwrap a /proc that is refused is an error, in the words that callers look for" {
	needs_runc
	local uid
	for uid in 0 1000; do
		run container --uid "$uid" --masked --read-only -- bwrap --ro-bind / / --unshare-all --dev /dev --proc /proc true
		[ "$status:$output" = "1:bwrap: Can't mount proc on /newroot/proc: Operation not permitted" ]
		run container --uid "$uid" --masked --read-only -- bwrap --ro-bind / / --unshare-all --dev /dev --proc /tmp/elsewhere true
		[ "$status:$output" = "1:bwrap: Can't mount proc on /newroot/tmp/elsewhere: Operation not permitted" ]
		run container --uid "$uid" --masked --read-only -- bwrap --ro-bind / / --unshare-all --dev /dev id -u
		[ "$status:$output" = "0:$uid" ]
		run container --uid "$uid" --masked --read-only -- bwrap --unshare-user --ro-bind / / --dev /dev --proc /proc id -u
		[ "$status:$output" = "0:$uid" ]
	done
}

@test "a filter that refuses namespaces is told by docker's and Kubernetes' names for it" {
	needs_runc
	local message="a seccomp filter, perhaps an outer container's, refuses the system call clone3; docker and podman lift theirs with --security-opt seccomp=unconfined, Kubernetes with securityContext.seccompProfile.type: Unconfined, an outer sandbox with --allow-userns"
	run container --filter --masked --read-only -- sandbox true
	[ "$status:$output" = "125:sandbox: $message" ]
	run container --uid 1000 --filter -- bwrap --ro-bind / / --unshare-all true
	[ "$status:$output" = "1:bwrap: $message" ]
}

# A process beside the sandbox, with something to take in each place: whoever runs the script takes it but in a sandbox.
@test "of processes outside their command line can be read, but not what they hold, and nothing can be done to them" {
	needs_runc
	cat >"$USER_DIR/bin/take" <<-'END'
		#!/bin/sh
		cd "/proc/$(cat /work/pid)" || exit
		tr '\0' '\n' <cmdline | grep -x 1000
		for file in environ root/work/secret cwd/secret fd/9 root/etc/passwd; do
			grep -aqs bait "$file" && echo "$file"
		done
		readlink exe root cwd fd/9 ns/mnt
		python3 - <<-'PY'
			import os, signal
			for name in "mem", "maps", "auxv", "pagemap", "io":
			    try:
			        if os.read(os.open(name, os.O_RDONLY), name == "io") is not None: print("opened", name)
			    except OSError: pass
			for name in "oom_score_adj", "comm", "coredump_filter", "timerslack_ns", "/proc/self/comm", "/proc/self/oom_score_adj":
			    try: os.open(name, os.O_WRONLY); print("writes", name)
			    except OSError: pass
			try: signal.pidfd_send_signal(os.open(".", os.O_RDONLY), signal.SIGUSR1)
			except OSError: pass
		PY
		:
	END
	chmod 755 "$USER_DIR/bin/take"
	local uid victim='cd /work; echo bait >secret; 
		BAIT=bait sleep 1000 9<secret & echo $! >pid
		"$@"; { kill $!; wait $!; } 2>/dev/null; echo "ended by $(($? - 128))"'
	for uid in 0 1000; do
		run container --uid "$uid" --masked --read-only -- sh -c "$victim" sh take
		[[ $output = $'1000\nenviron\nroot/work/secret\ncwd/secret\nfd/9\n'*'opened mem'*'writes comm'*'ended by 10'* ]]
		run --separate-stderr container --uid "$uid" --masked --read-only -- sh -c "$victim" sh sandbox --cwd none --ro /work/pid --ro /here take
		[ "$stderr" = "sandbox: /proc $PUBLIC" ]
		[ "$output" = $'1000\nended by 15' ]
	done
}

@test "the processes inside have numbers of their own, by which /proc does not name them, and end with the sandbox" {
	needs_runc
	run --separate-stderr container --masked --read-only -- sh -c 'sandbox --cwd none sh -c '\''
		echo $$; [ "$(readlink /proc/self)" != $$ ] && echo others
		(setsid sleep 77 & :); kill -9 -1; :'\''; pgrep -x sleep; echo over'
	[ "$output" = $'2\nothers\nover' ]
}

@test "what cannot be limited the filter refuses, or it is an error" {
	local rows i
	for i in 0 1 2 3 4 5; do
		rows=('' '--cap-add chown' '--syscalls strict' '--seccomp 8' '--report-denied' '--deny-syscall unshare')
		printf '\6\0\0\0\0\0\377\177' >allow
		run --separate-stderr within "$COVERED_ALL" "$SANDBOX" --cwd none ${rows[i]} sh -c 'echo began; unshare -U true' 8<allow
		[ "$output" = began ]
		[ "$status" -ne 0 ]
		[ "${stderr_lines[0]}" = "sandbox: /proc $PUBLIC" ]
	done
	for i in '--syscalls none' '--allow-syscall unshare' '--allow-syscall clone:0==CLONE_NEWUSER' '--syscalls none --cap-add sys_admin' '--syscalls none --seccomp 8'; do
		run within "$COVERED_ALL" "$SANDBOX" --cwd none $i echo began 8<allow
		[[ $status:$output = "125:sandbox: cannot limit namespaces by /proc/sys/user/max_"*"_namespaces: Read-only file system; $NO_LIMIT" ]]
	done
	# Where a cgroup could be mounted that is not the sandbox's alone.
	run --separate-stderr within "$COVERED_ALL" "$SANDBOX" --cwd none --allow-userns echo began
	[ "$status:$output" = 0:began ] ||
		[ "$status:$stderr" = "125:sandbox: cannot limit namespaces by /proc/sys/user/max_cgroup_namespaces: Read-only file system; $NO_LIMIT" ]
	run within "$COVERED_ALL" "$BWRAP" --ro-bind / / --unshare-user --disable-userns echo began
	[ "$status:$output" = "1:bwrap: Can't limit namespaces by /proc/sys/user/max_user_namespaces: Read-only file system" ]
	: under bwrap no /proc of its own is tried, though one is to be had
	run within "mount -t proc proc /mnt && ${COVERED_ALL#*&& }" "$BWRAP" --ro-bind / / --unshare-user --unshare-pid --disable-userns echo began
	[ "$status:$output" = "1:bwrap: Can't limit namespaces by /proc/sys/user/max_user_namespaces: Read-only file system" ]
	# Where the limit can be set no filter is needed.
	run --separate-stderr within "$COVERED" "$SANDBOX" --cwd none --syscalls none sh -c 'echo began; unshare -U true'
	[ "$status:$output:${stderr_lines[1]}" = '1:began:unshare: unshare failed: No space left on device' ]
}

@test "the caller's /proc is not shown to who enters namespaces of others" {
	run within "$COVERED" sh -c 'unshare -Ur sleep 30 & until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.02; done
		"$1" --cwd none --userns 9 true 9</proc/$!/ns/user; "$1" --cwd none --userns2 9 true 9</proc/$!/ns/user; kill $!' sh "$SANDBOX"
	[ "$(grep -c "^sandbox: --root: cannot mount proc: Operation not permitted; --pidns is not yours, or an outer container hides parts of /proc; docker leaves it visible" <<<"$output")" = 2 ]
}

@test "the caller's /proc has the covers of a new one, and root's files covered" {
	run --separate-stderr within "$COVERED" "$SANDBOX" --cwd none sh -c 'wc -c </proc/cmdline; wc -c </proc/keys; [ "$(cat /proc/sys/kernel/random/boot_id)" = "$(cat /proc/sys/kernel/random/boot_id)" ] || echo other
		cat /proc/meminfo | head -c 8; for file in /proc/self/comm /proc/self/oom_score_adj /proc/self/coredump_filter; do (echo 1 >$file) 2>&1; done | grep -c "Read-only"'
	[ "$output" = $'0\n0\nother\nMemTotal3' ]
	needs_root
	local secret=/proc/slabinfo
	[ -r "$secret" ] || secret=/proc/kpagecount
	[ "$(stat -c %a "$secret")" = 400 ]
	run unshare -mpf --kill-child --mount-proc sh -c "$COVERED && \"\$@\"" sh "$SANDBOX" --cwd none head -c 1 "$secret"
	[ "$status:${lines[1]}" = "1:head: cannot open '$secret' for reading: Permission denied" ]
}

@test "where /proc shows processes alone a new one does, too, without a word and under both names" {
	local alone='mount -t proc -o subset=pid proc /proc'
	run --separate-stderr within "$alone" "$SANDBOX" --cwd none --stats 9 sh -c 'cd /proc && echo *; readlink self; unshare -U true 2>/dev/null || echo refused' 9>report
	[ "$status:$stderr:$output" = $'0::1 2 self thread-self\n3\nrefused' ] || [ "$status:$stderr:$output" = $'0::1 2 self thread-self\n4\nrefused' ]
	python3 -c 'import json; r = json.load(open("report")); assert r["proc"] == "processes", r'
	run --separate-stderr within "$alone" "$BWRAP" --ro-bind / / --unshare-pid --proc /proc --dev /dev sh -c 'cd /proc && echo *'
	[ "$status:$stderr:$output" = '0::1 2 self thread-self' ]
	needs_runc
	run --separate-stderr container --uid 1000 --proc subset=pid -- sandbox sh -c 'cd /proc && echo *'
	[ "$status:$stderr:$output" = '0::1 2 self thread-self' ]
}

@test "--stats, --verbose and --plan tell what is had" {
	layers() { python3 -c 'import json; r = json.load(open("report")); print(r["proc"], *r["no-user-namespaces"].values())'; }
	within true "$SANDBOX" --cwd none --stats 9 true 9>report
	[ "$(layers)" = 'new True True' ]
	within "$COVERED" "$SANDBOX" --cwd none --stats 9 true 9>report 2>&1
	[ "$(layers)" = 'callers True True' ]
	within "$COVERED_ALL" "$SANDBOX" --cwd none --stats 9 true 9>report 2>&1
	[ "$(layers)" = 'callers False True' ]
	within "$COVERED" "$SANDBOX" --cwd none --syscalls none --ro-bind /proc /proc --stats 9 true 9>report
	[ "$(layers)" = 'None True False' ]
	within "$COVERED" "$SANDBOX" --cwd none --allow-userns --ro-bind /proc /proc --stats 9 true 9>report
	[ "$(layers)" = 'None False False' ]
	run within "$COVERED_ALL" "$SANDBOX" --cwd none --verbose --ro-bind /proc /proc true
	grep -qx 'sandbox: cannot write to /proc/sys/user/max_user_namespaces: Read-only file system; only the filter denies these namespaces' <<<"$output"
	run as_user "$SANDBOX" --plan true
	grep -qx "proc /proc, or the caller's read-only where a new one is refused" <<<"$output"
	grep -qx 'nested user namespaces off by the filter and, where it can be set, a limit' <<<"$output"
}
