#!/usr/bin/env bash
# tests/bench/calls.sh PROGRAM: the system calls of a start, all processes together, which do not depend on the
# machine's load.  Fails if there are more than 5 % over those in calls.expected.
set -euo pipefail
program=$(realpath "$1") here=$(realpath "$(dirname "$0")") user=()
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/home/work"
chmod 755 "$work"
cp "$program" "$work/sandbox"
echo 'int main(void) { return 0; }' | "${CC:-cc}" -x c -static -o "$work/bin/true" -
if [ "$(id -u)" = 0 ]; then
	chown -R 65533:65533 "$work/home"
	user=(setpriv --reuid 65533 --regid 65533 --clear-groups)
fi
cd "$work/home/work"

# NAME OPTION...: one line, NAME CALLS FAILED.
count() {
	local name=$1
	shift
	"${user[@]}" env -i HOME="$work/home" PATH=/usr/bin:/bin strace -f -o "$work/home/trace" \
		"$work/sandbox" "$@" --ro "$work/bin" "$work/bin/true" </dev/null >"$work/home/out" 2>&1
	grep -vE 'resumed>|\+\+\+' "$work/home/trace" |
		awk -v name="$name" '/ = -1 E/ { failed++ } END { print name, NR, failed + 0 }'
}

{
	count plain --root empty --ro /usr --ro /etc --proc /proc --dev /dev --tmpfs /tmp --chdir /
	count default
} | tee "$work/counts"
awk 'NR == FNR { most[$1] = $2 * 1.05; next }
	$2 > most[$1] { print "calls: " $1 ": " $2 " system calls, where at most " most[$1] " are expected"; bad = 1 }
	END { exit bad }' "$here/calls.expected" "$work/counts"
