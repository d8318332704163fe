#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A hostile command gets nothing: the attacks of tests/attacks/table.py, each with no sandbox, where its bait is taken,
# and in one, where it is not. They run as whoever runs this: as root they are root's.

load ../lib/common

setup_file() {
	export SANDBOX=${SANDBOX:-$BATS_TEST_DIRNAME/../../sandbox}
	NOT_HERE=$(USER_ID=65533 USER_HOME=/ not_here)
	export NOT_HERE
	[ -z "$NOT_HERE" ] || return 0
	export ATTACK=$BATS_FILE_TMPDIR/attack
	cc -std=gnu11 -static -O1 -Wall -o "$ATTACK" "$BATS_TEST_DIRNAME/attack.c"
	chmod a+rx "$BATS_FILE_TMPDIR"
}

setup() { here; }

attacks() { timeout -s KILL 1000 "$BATS_TEST_DIRNAME/run.py" --base "$BATS_FILE_TMPDIR" "$@" 3>&-; }

@test "the terminal" { attacks --class 1; }
@test "what comes in with the process: environment, descriptors, directory, keys, groups" { attacks --class 2; }
@test "our own program: file, memory, descriptors, signals, arguments" { attacks --class 3; }
@test "the host's processes and what the kernel keeps: memory, queues, sockets, networks, logs" { attacks --class 4; }
@test "files: home, system, links, set-uid bits, mounts, devices" { attacks --class 5; }
# bats test_tags=repeated
@test "races and ends: kills while a command starts, swaps of a name, what lives on" { attacks --class 6; }
@test "the kernel's surface: namespaces, and calls of its rarer parts" { attacks --class 7; }
@test "exhaustion: processes, memory, open files, keys, queues, output" { attacks --class 8; }
@test "what no sandbox of this kind holds is open, and the manual says so" { attacks --class 9; }
@test "each option that a row names opens it" { attacks --opened; }

# Over-opening: an option changes the verdicts of the rows that name it, and no other.
# bats test_tags=slow
@test "--rw, --dev-bind, --keep-fd, --keepenv, --share-tty and --share-net open what they name alone" {
	attacks --option='--dev-bind {granted} {granted}' --option='--rw {granted}' --option='--keep-fd 77' --option='--keepenv GRANTED' \
		--option=--share-tty --option=--share-net
}
# bats test_tags=slow
@test "--allow-userns opens namespaces, and with them what the manual says" { attacks --option=--allow-userns; }
# bats test_tags=slow
@test "--cap-add opens nothing of the host's" { attacks --option='--cap-add ALL'; }
# bats test_tags=slow
@test "--root DIR and overlays open nothing beside the directory" {
	attacks --option='--root {tree} --ro-bind /usr /usr --ro-bind-try /etc/alternatives /etc/alternatives'
	attacks --option='--overlay-src {granted} --tmp-overlay {granted}' --class 5
}

# What looks paths up: files, links, races.
# bats test_tags=slow
@test "where a filter refuses openat2 to the program it holds all the same" {
	attacks --tool sandbox-walking --class 5
	attacks --tool sandbox-walking 58 59r 60r
}

# bats test_tags=slow
@test "under the name bwrap it holds all that bubblewrap holds with the same options" {
	needs bwrap
	attacks --tool bwrap --beside bwrap-usual
}
