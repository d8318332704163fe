#!/usr/bin/env bats
# A hostile command gets nothing: the attacks of tests/attacks/table.py, each with no sandbox, where its bait is taken,
# and in one, where it is not. They run as whoever runs this: as root they are root's.

bats_require_minimum_version 1.5.0

setup_file() {
	export SANDBOX=${SANDBOX:-$BATS_TEST_DIRNAME/../sandbox}
	export ATTACK=$BATS_FILE_TMPDIR/attack
	cc -std=gnu11 -static -O1 -Wall -o "$ATTACK" "$BATS_TEST_DIRNAME/attacks/attack.c"
	chmod a+rx "$BATS_FILE_TMPDIR"
}

attacks() { timeout -s KILL 200 "$BATS_TEST_DIRNAME/attacks/run.py" --base "$BATS_FILE_TMPDIR" "$@" 3>&-; }

@test "the terminal" { attacks --class 1; }
@test "what comes in with the process: environment, descriptors, directory, keys, groups" { attacks --class 2; }
@test "our own program: file, memory, descriptors, signals, arguments" { attacks --class 3; }
@test "the host's processes and what the kernel keeps: memory, queues, sockets, networks, logs" { attacks --class 4; }
@test "files: home, system, links, set-uid bits, mounts, devices" { attacks --class 5; }
@test "races and ends: 200 kills while a command starts, 200 swaps of a name, what lives on" { attacks --class 6; }
@test "the kernel's surface: namespaces, and calls of its rarer parts" { attacks --class 7; }
@test "each option that a row names opens it" { attacks --opened; }
