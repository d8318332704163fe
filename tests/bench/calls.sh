#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/bench/calls.sh PROGRAM START: what a start takes, all processes together, that does not depend on the machine's
# load.  Fails where it is more than 5 % over calls.expected, which is of musl's build (below 60, more than 3 over).
# START is tests/bench/start.c, built.  What cannot be measured here is "-".
#
#     system calls, failing ones, page faults (without the command's), instructions up to the new namespaces, in which
#     callgrind cannot follow, and KB of memory while the command runs
#
# Rows: the plain tree, the default one, the plain one with 1,000 binds or with one bind of 200 mounts; of 10,000 binds
# only the instructions of the plan.
# shellcheck source=tests/bench/bench.bash
. "$(dirname "$0")/bench.bash"
cp "$2" "$work/start"

# The fewest of some runs: who waits for whom is chance.
calls() { # COMMAND...
	local run
	for run in 1 2 3 4 5; do
		"${run_as[@]}" strace -f -o "$work/home/trace$run" "$@" </dev/null >"$work/out" 2>&1
		grep -vE 'resumed>|\+\+\+|---' "$work/home/trace$run" | awk '/ = -1 E/ { failed++ } END { print NR, failed + 0 }'
	done | awk 'NR == 1 || $1 < calls { calls = $1 } NR == 1 || $2 < failed { failed = $2 } END { print calls, failed }'
}

# The least of many: what else runs only adds to it.
faults() { # COMMAND...
	printf 'one\t%s\n' "$*" | "${run_as[@]}" "$work/start" faults 15 0 | sed -n 's/.*(\([0-9]*\).*/\1/p'
}

instructions() { # COMMAND...
	command -v valgrind >/dev/null || { echo -; return; }
	"${run_as[@]}" valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" </dev/null 2>&1 | sed -n 's/.*Collected : //p'
}

memory() { # COMMAND...
	[ "$(id -u)" = 0 ] || { echo -; return; }
	local run
	for run in 1 2 3; do
		memory_of "${@/%true/hold}"
	done | sort -n | head -n 1
}

# NAME OPTION...: one line
count() {
	local name=$1 command=("$work/sandbox" "${@:2}" --ro "$work/bin" "$work/bin/true")
	echo "$name $(calls "${command[@]}") $(($(faults "${command[@]}") - $(faults "$work/bin/true"))) $(instructions "${command[@]}") $(memory "${command[@]}")"
}

# shellcheck disable=SC2046,SC2086 # rows of words
{
	echo 'tree calls failing faults instructions memory'
	count plain --root empty $plain
	count default
	count read-only --root empty $plain $(binds --ro-bind 1000)
	count writable --root empty $plain $(binds --bind 1000)
	(mount_many && count submounts --root empty $plain --ro-bind "$work/many" /b)
	# what takes more than its share of 10,000 is seen here
	echo "binds - - - $(instructions "$work/sandbox" --plan $(printf -- '--ro /usr/%s ' {1..10000}) true) -"
} | tee "$work/counts"
awk 'NR == 1 { for (i = 2; i <= NF; i++) name[i] = $i }
	NR == FNR { for (i = 2; i <= NF; i++) most[$1, i] = $i + ($i < 60 ? 3 : $i / 20); next }
	FNR > 1 { for (i = 2; i <= NF; i++) if ($i != "-" && $i + 0 > most[$1, i]) {
		print "calls: " $1 ": " $i " " name[i] ", where at most " most[$1, i] " are expected"; bad = 1 } }
	FNR > 1 && NF != 6 { print "calls: not all was measured"; bad = 1 }
	END { exit bad }' "$(dirname "$0")/calls.expected" "$work/counts"
