#!/usr/bin/env bash
# tests/bench/calls.sh PROGRAM: the system calls of a start, all processes together, which do not depend on the
# machine's load.  Fails if there are more than 5 % over those in calls.expected.
# shellcheck source=tests/bench/bench.bash
. "$(dirname "$0")/bench.bash"

# NAME OPTION...: one line, NAME CALLS FAILED.
count() {
	local name=$1
	shift
	as_user strace -f -o "$work/home/trace" "$work/sandbox" "$@" --ro "$work/bin" "$work/bin/true" >"$work/out" 2>&1
	grep -vE 'resumed>|\+\+\+' "$work/home/trace" |
		awk -v name="$name" '/ = -1 E/ { failed++ } END { print name, NR, failed + 0 }'
}

{
	count plain --root empty --ro /usr --ro /etc --proc /proc --dev /dev --tmpfs /tmp --chdir /
	count default
} | tee "$work/counts"
awk 'NR == FNR { most[$1] = $2 * 1.05; next }
	$2 > most[$1] { print "calls: " $1 ": " $2 " system calls, where at most " most[$1] " are expected"; bad = 1 }
	END { exit bad }' "$(dirname "$0")/calls.expected" "$work/counts"
