#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The main job on real input: a source package built and tested, another distribution's tree entered.
# Needs a Debian mirror; without one the tests are skipped by name, in CI they fail.

# bats file_tags=slow

load ../lib/common

fetch() { # KIND NAME
	"$BATS_TEST_DIRNAME/../lib/fetch.sh" "$1" "$2" "$BATS_FILE_TMPDIR/$3" >"$BATS_FILE_TMPDIR/fetch.log" 2>&1 && return
	cat "$BATS_FILE_TMPDIR/fetch.log" >&2
	missing "no Debian mirror to fetch $2 from"
}

# What must not change: everything of the user's but the working directory. The system is others' to change meanwhile.
digest() {
	(
		find "$HOME_DIR" -path "$HOME_DIR/hello" -prune -o -type f -print0 | sort -z | xargs -0r sha256sum
		find "$HOME_DIR" -path "$HOME_DIR/hello" -prune -o -printf '%p %m %U %T@\n' | sort
	) 2>/dev/null | sha256sum
}

@test "a source package configures, builds and passes its tests, alone and nested, and changes nothing else" {
	HOME_DIR=$USER_HOME
	fetch source hello source
	cp -a "$BATS_FILE_TMPDIR/source/hello" "$USER_HOME/hello"
	own "$USER_HOME/hello"
	echo secret >"$USER_HOME/secret"
	before=$(digest)
	cd "$USER_HOME/hello"
	as_user "$SANDBOX" sh -c './configure -q && make -s && make -s check' >"$BATS_TEST_TMPDIR/log" 2>&1 || {
		tail -n 20 "$BATS_TEST_TMPDIR/log"
		false
	}
	grep -x '# FAIL:  0' "$BATS_TEST_TMPDIR/log"
	grep -xE '# PASS:  [1-9][0-9]*' "$BATS_TEST_TMPDIR/log"
	[ "$(./hello)" = 'Hello, world!' ]
	as_user "$SANDBOX" --allow-userns --ro "$SANDBOX" "$SANDBOX" sh -c 'make -s distclean && ./configure -q && make -s && make -s check' \
		>"$BATS_TEST_TMPDIR/nested" 2>&1
	grep -xE '# PASS:  [1-9][0-9]*' "$BATS_TEST_TMPDIR/nested"
	[ "$(digest)" = "$before" ]
}

@test "the control: without a sandbox the same build could have changed the rest" {
	HOME_DIR=$USER_HOME
	before=$(digest)
	# shellcheck disable=SC2016
	as_user sh -c 'echo changed >"$1"' sh "$USER_HOME/other"
	[ "$(digest)" != "$before" ]
}

@test "another distribution's tree: its release, its programs, this kernel; writes refused or thrown away" {
	needs mmdebstrap
	local release other=trixie
	release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	[ "$release" != trixie ] || other=bookworm
	fetch tree "$other" tree
	own "$BATS_FILE_TMPDIR/tree"
	local tree=$BATS_FILE_TMPDIR/tree
	cd "$USER_HOME/work"
	run as_user "$SANDBOX" --root "$tree" cat /etc/os-release
	[[ $output == *"VERSION_CODENAME=$other"* ]]
	run as_user "$SANDBOX" --root "$tree" uname -r
	[ "$output" = "$(uname -r)" ]
	run as_user "$SANDBOX" --root "$tree" hello
	[ "$output" = 'Hello, world!' ]
	run as_user "$SANDBOX" --root "$tree" touch /usr/made
	[ "$status" -eq 1 ]
	[ ! -e "$tree/usr/made" ]
	run as_user "$SANDBOX" --root "$tree" --overlay-root sh -c 'touch /usr/made && rm /usr/bin/hello && ls /usr/made'
	[ "$output" = /usr/made ]
	[ ! -e "$tree/usr/made" ]
	[ -e "$tree/usr/bin/hello" ]
}

@test "no way leads up out of another distribution's tree" {
	mkdir -p "$BATS_TEST_TMPDIR/tree"/{usr,etc,proc,dev,tmp,var/tmp,run,home}
	chmod 755 "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/tree"
	[ -e /usr/bin/busybox ] || skip 'no static busybox'
	cp /usr/bin/busybox "$BATS_TEST_TMPDIR/tree/busybox"
	cd "$USER_HOME/work"
	for more in --overlay-root ''; do
		# shellcheck disable=SC2086
		run as_user "$SANDBOX" --cwd none --root "$BATS_TEST_TMPDIR/tree" $more /busybox ls /etc/../usr /../usr /usr/..
		[[ $output != *bin* ]]
	done
}
