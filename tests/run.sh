#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/run.sh quick|slow [FILE...]: runs the bats files, several at a time. Prints a line for each file, each
# failure whole, what was skipped and why, and at the end "N passed, N failed, N skipped". FILE is a path, or a name as in "tree".
# "slow" runs the tests with the tag "slow", and those with the tag "repeated", of which "quick" makes fewer rounds. In the environment:
#
#   MATCH    only the tests whose names this regular expression matches, whatever their tags
#   JOBS     how many files at a time: one more than there are processors, unless set
#   SANDBOX  the program
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
which=${1-quick} jobs=${JOBS:-$(($(nproc) + 1))} # some wait more than they work
[ $# = 0 ] || shift
export SANDBOX=${SANDBOX:-$PWD/sandbox}

if [[ ! $(bats --version 2>&1) =~ ^Bats\ (1\.([89]|[1-9][0-9])\.|[2-9]) ]]; then
	echo 'tests: these need bats 1.8 or newer (sudo apt-get install bats, or https://github.com/bats-core/bats-core)' >&2
	exit 1
fi

# The longest come first, so that no processor is idle at the end.
files=()
if [ $# = 0 ]; then
	set -- containment process terminal limits tree ordinary
	for file in tests/{attacks,behaviour,programs}/*.bats; do
		name=$(basename "$file" .bats)
		[[ " large $* " == *" $name "* ]] || set -- "$@" "$name"
	done
fi
for name; do
	file=$(find tests -path "${name#./}" -o -name "${name%.bats}.bats" | head -n 1)
	[ "$file" ] || { echo "tests: there is no tests/*/${name%.bats}.bats" >&2; exit 1; }
	files+=("$file")
done

# A test that takes longer than the limit hangs: seconds, also on a busy machine.
export BATS_TEST_TIMEOUT=240 QUICK=1
filter=(--filter-tags '!slow') each=9
if [ "$which" = slow ]; then
	filter=(--filter-tags slow --filter-tags repeated) each=80 BATS_TEST_TIMEOUT=1200 QUICK=0
fi
[ -z "${MATCH-}" ] || filter=(-f "$MATCH") BATS_TEST_TIMEOUT=1200 QUICK=0
total=$(bats --count "${filter[@]}" "${files[@]}") || exit 1
seconds=$((total * each / 10 / jobs))
echo "tests: $total in ${#files[@]} files, $jobs at a time; about $((seconds / 60 + 1)) min"

logs=$(mktemp -d "${TMPDIR:-/tmp}/sandbox-tests.XXXXXX") || exit 1
finish() {
	local pids
	pids=$(jobs -rp)
	# shellcheck disable=SC2086 # a list
	[ -z "$pids" ] || kill $pids 2>/dev/null
	wait
	rm -rf "$logs"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# A shell's background ignores the keys' signals, and perhaps so does whoever started us: programs here are to heed them.
one() { # FILE LOG
	local start=$SECONDS code=0 passed failed
	timeout -k 10 $((BATS_TEST_TIMEOUT * 5)) env --default-signal=INT,QUIT,PIPE,TERM,HUP \
		bats --tap --timing --print-output-on-failure "${filter[@]}" "$1" >"$2" 2>&1 </dev/null || code=$?
	passed=$(grep -c '^ok ' "$2") failed=$(grep -c '^not ok ' "$2")
	if [ "$code" = 0 ]; then
		[ "$passed" = 0 ] || echo "ok $1: $passed tests ($((SECONDS - start)) s)"
		return
	fi
	[ "$failed" != 0 ] || echo "not ok - $1: exit $code after $passed tests" >>"$2"
	{
		flock 9
		echo "not ok $1 ($((SECONDS - start)) s)"
		awk '/^not ok /{print; show = 1; next} /^ok /{show = 0} show' "$2"
	} 9>>"$logs/lock"
}

number=0
for file in "${files[@]}"; do
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
	number=$((number + 1))
	one "$file" "$logs/$number" &
done
wait

cat "$logs"/[0-9]* >"$logs/all"
skipped=$(grep -c '^ok .* # skip' "$logs/all") failed=$(grep -c '^not ok ' "$logs/all") passed=$(grep -c '^ok ' "$logs/all")
sed -n 's/^ok .* # skip *//p' "$logs/all" | sort | uniq -c | sort -rn | sed 's/^ *\([0-9]*\) /skipped \1: /'
echo "$((passed - skipped)) passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
