# Loaded by every test file.  The program runs as an ordinary user even where root runs the tests: with an
# id that is nobody's and a home of its own, so that what the tests show does not hang on this machine's users.

# shellcheck disable=SC2034 # used by the files that load this one
bats_require_minimum_version 1.5.0

setup_file() {
	export PROGRAM=${SANDBOX:-$BATS_TEST_DIRNAME/../../sandbox}
	export USER_ID=65533 USER_DIR=$BATS_FILE_TMPDIR/user
	[ "$(id -u)" = 0 ] || USER_ID=$(id -u)
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
}

setup() {
	chmod a+rx "$BATS_TEST_TMPDIR"
	cd "$USER_HOME/work" || return
}

own() {
	[ "$(id -u)" != 0 ] || chown -R "$USER_ID:$USER_ID" "$@"
}

as_user() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups env HOME="$USER_HOME" "$@"
	else
		env HOME="$USER_HOME" "$@"
	fi
}

# The same in place of the shell that calls it.
exec_as_user() {
	if [ "$(id -u)" = 0 ]; then
		exec setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups env HOME="$USER_HOME" "$@"
	else
		exec env HOME="$USER_HOME" "$@"
	fi
}

needs_root() {
	[ "$(id -u)" = 0 ] || skip 'only root can try this'
}

# The bind flags that bubblewrap's users write for "the host's system, read-only".
# shellcheck disable=SC2034
HOST=(--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64)
