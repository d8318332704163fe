# SPDX-License-Identifier: MIT
# Loaded by every test file.  The program runs as an ordinary user even where root runs the tests: with an
# id that is nobody's and a home of its own, so that what the tests show does not hang on this machine's users.

# shellcheck disable=SC2034 # used by the files that load this one
bats_require_minimum_version 1.5.0
PATH=$PATH:/usr/sbin:/sbin # which an ordinary user may lack

setup_file() {
	export PROGRAM=${SANDBOX:-$BATS_TEST_DIRNAME/../../sandbox}
	export USER_ID=65533 USER_DIR=$BATS_FILE_TMPDIR/user
	[[ $EUID = 0 ]] || USER_ID=$EUID
	export USER_HOME=$USER_DIR/home SANDBOX=$USER_DIR/bin/sandbox BWRAP=$USER_DIR/bin/bwrap
	local dir=$BATS_FILE_TMPDIR
	while [ "$dir" != / ] && [ -O "$dir" ] && [ "$dir" != "${TMPDIR:-/tmp}" ]; do
		chmod a+rx "$dir"
		dir=$(dirname "$dir")
	done
	mkdir -p "$USER_DIR/bin" "$USER_HOME/work"
	cp "$PROGRAM" "$SANDBOX"
	cp "$PROGRAM" "$BWRAP"
	own "$USER_HOME"
	NOT_HERE=$(not_here)
	export NOT_HERE
}

# Prints why this machine can run no sandbox, if it cannot: a package builder's chroot has no namespaces. unshare(1) decides, since a
# program that is broken would say so too.
not_here() {
	local tool said
	for tool in setpriv unshare python3 pgrep; do
		command -v "$tool" >/dev/null || { echo "$tool is not installed"; return; }
	done
	said=$(as_user unshare -Urmpf --mount-proc true 2>&1) || as_user "$SANDBOX" --cwd none true 2>/dev/null || echo "no namespaces here: $said"
}

setup() {
	here
	chmod a+rx "$BATS_TEST_TMPDIR"
	cd "$USER_HOME/work" || return
}

here() { [[ -z $NOT_HERE ]] || missing "$NOT_HERE"; }

# What a test that failed ran and saw: its last commands, and the last [ ] that was false, expanded.
teardown() { report_failure; }
report_failure() {
	[[ -z $BATS_TEST_COMPLETED && -z $BATS_TEST_SKIPPED ]] || return 0
	echo 'Last commands:'
	tail -n 3 "$BATS_FILE_TMPDIR/ran.$BATS_SUITE_TEST_NUMBER" 2>/dev/null
	[[ -z ${FALSE-} ]] || echo "Last condition that was false: [ $FALSE]"
	echo "Status ${status-none}, in $PWD"
}
note() {
	local words
	printf -v words '%q ' "$@"
	echo "$words" >>"$BATS_FILE_TMPDIR/ran.${BATS_SUITE_TEST_NUMBER-}"
}
eval '[() {
	builtin [ "$@" && return 0 # a bare one returns something else in a trap
	printf -v FALSE "%q " "${@:1:$#-1}"
	return 1
}'
eval "bats_$(declare -f run)"
run() {
	note run "$@"
	bats_run "$@"
}

# A test that the machine cannot run is skipped by name; CI has all that the tests need, and fails.
missing() { # REASON
	[[ -z ${SANDBOX_CI-} ]] || { echo "$1" >&2; return 1; }
	skip "$1"
}

needs() { # PROGRAM...
	local program
	for program; do
		command -v "$program" >/dev/null || missing "$program is not installed"
	done
}

# How often a race is tried: 'make check' has less time than 'make check-slow', and than who runs a file by itself.
rounds() { # NUMBER
	echo $(($1 / (${QUICK:-0} ? 5 : 1)))
}

own() {
	[[ $EUID != 0 ]] || chown -R "$USER_ID:$USER_ID" "$@"
}

# Whoever runs the tests may ignore the keys' signals, as a shell's background does.
as_user() {
	note "$@"
	if [[ $EUID = 0 ]]; then
		setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups env --default-signal=INT,QUIT HOME="$USER_HOME" "$@"
	else
		env --default-signal=INT,QUIT HOME="$USER_HOME" "$@"
	fi
}

# The same in place of the shell that calls it.
exec_as_user() {
	note "$@"
	if [[ $EUID = 0 ]]; then
		exec setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups env --default-signal=INT,QUIT HOME="$USER_HOME" "$@"
	else
		exec env --default-signal=INT,QUIT HOME="$USER_HOME" "$@"
	fi
}

# named: from here on SANDBOX is the program under a name of its own, by which all its processes are found.
named() {
	NAMED=box$((RANDOM * 32768 + RANDOM))
	cp "$PROGRAM" "$USER_DIR/bin/$NAMED"
	SANDBOX=$USER_DIR/bin/$NAMED
}

needs_root() {
	[[ $EUID = 0 ]] || skip 'only root can try this'
}

# The bind flags that bubblewrap's users write for "the host's system, read-only".
# shellcheck disable=SC2034
HOST=(--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64)

# The version of Landlock, by the kernel's own word: the program's is what is tested.
landlock() { python3 -c 'import ctypes; print(ctypes.CDLL(None).syscall(444, 0, 0, 1))'; }
needs_landlock() { [ "$(landlock)" -ge "$1" ] || skip "the kernel has Landlock $(landlock), this wants $1"; }
