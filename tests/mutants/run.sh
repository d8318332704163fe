#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/mutants/run.sh [-n] [NAME...]: takes one protection after another out of a copy of sandbox.c, as the table
# tests/mutants/table has them, and demands that one of the tests named there fails. A NAME is a pattern of names, "/N"
# every N-th mutant, beginning at another with each commit; -n only tells whether all can be planted.
# Prints a line for each and then "N passed, N failed". As root each runs in namespaces of its own, with device
# nodes of its own: there a mutant that lets something out harms little, and all that it left behind ends.
set -uo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd) && cd "$here" || exit 1
read -ra compile <<<"${COMPILE:-cc -std=gnu11 -O0 -w -static}"

# run_tests PROGRAM FILE REGEX: TAP of those tests of tests/*/FILE, or of a unit test
run_tests() {
	if [[ $2 == *.bats ]]; then
		SANDBOX=$1/sandbox TMPDIR=$1/tmp timeout -k 5 120 bats --tap -f "$3" tests/*/"$2" 3>&-
	elif ! "${compile[@]}" -Wno-unused-function -I"$1" -I. -o "$1/$2" "tests/unit/$2.c" || ! timeout -k 5 120 "$1/$2" >&2; then
		echo "not ok 1 $2"
		return 1
	fi
}

# A pattern for the tests whose names begin as those on standard input do.
pattern() { sed 's/[][\.*^$+?(){}|]/\\&/g; s/^/^/' | paste -sd '|'; }

as_user() {
	if [ "$(id -u)" = 0 ]; then setpriv --reuid 65533 --regid 65533 --clear-groups "$@"; else "$@"; fi
}

# A mutant that starts nothing any more is refused: the tests would fail for that, not for want of the protection.
still_works() {
	ln -f "$1/sandbox" "$1/bwrap"
	as_user timeout 10 "$1/sandbox" --cwd none true && as_user timeout 10 "$1/bwrap" --dev-bind / / --unshare-pid true
}

# A test may change the mode of /dev/null where nothing keeps it from that.
own_devices() {
	local name
	mkdir "$1/dev" && mount -t tmpfs -o mode=755 devices "$1/dev" || return
	find /dev -mindepth 1 -maxdepth 1 ! -type d -exec cp -a -t "$1/dev" {} +
	for name in pts shm mqueue; do
		[ ! -d "/dev/$name" ] || { mkdir "$1/dev/$name" && mount --rbind "/dev/$name" "$1/dev/$name"; } || return
	done
	mount --move "$1/dev" /dev
}

# one DIRECTORY: the outcome of the mutant whose source is there
one() {
	local name file wanted log=$1/log start=$SECONDS outcome=survived
	name=$(cat "$1/name")
	mkdir "$1/tmp"
	chmod 755 "$1" "$1/tmp"
	if ! "${compile[@]}" -o "$1/sandbox" "$1/sandbox.c" >"$log" 2>&1; then
		outcome='does not compile'
	elif ! still_works "$1" >"$log" 2>&1; then
		outcome='starts no command'
	else
		while read -r file wanted; do
			if run_tests "$1" "$file" "$(pattern <<<"$wanted")" >"$log" 2>&1 </dev/null; then
				! grep -q '^ok .* # skip' "$log" || outcome='survived, as tests were skipped'
			else
				wanted=$(sed -n 's/^not ok [0-9]* //p;T;q' "$log")
				outcome="killed by $file: ${wanted:-a hang}"
				break
			fi
		done <"$1/tests"
	fi
	if [[ $outcome == killed* ]]; then
		echo "ok $name: $outcome ($((SECONDS - start)) s)"
		return
	fi
	echo "not ok $name: $outcome ($((SECONDS - start)) s)"
	sed 's/^/    /' "$log"
	return 1
}

if [ "${1-}" = --one ]; then
	[ "$(id -u)" != 0 ] || own_devices "$2" || exit 1
	one "$2"
	exit
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/mutants.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$dir"

# All are planted, also where some are wanted, so that what no longer fits the source is noticed.
python3 - "$dir" "$(git rev-list --count HEAD 2>/dev/null || echo 0)" "$@" <<-'END' || exit 1
	import os, re, sys
	folder, commits, wanted = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
	source, names, wrong = open("sandbox.c").read(), set(), 0
	every = [int(word[1:]) for word in wanted if word.startswith("/")]
	blocks = re.split(r"\n\n+", re.sub(r"^#.*\n", "", open("tests/mutants/table").read(), flags=re.M).strip("\n"))
	for number, block in enumerate(blocks):
	    lines = block.split("\n")
	    wanted_by, edits = [], []
	    for line in lines[1:]:
	        if line[:1] == "-" and (not edits or edits[-1][1]):
	            edits.append(([], []))
	        (wanted_by if line[:1] == "@" else edits[-1]["-+".index(line[:1])]).append(line[2:])
	    name, text = lines[0], source
	    for old, new in (("\n".join(part) for part in edit) for edit in edits):
	        places = text.count(old) if old else 0
	        if places != 1 or old == new:
	            print(f"not ok {name}: cannot be planted: {places} places in sandbox.c")
	            wrong = 1
	        text = text.replace(old, new)
	    if name in names or not wanted_by or not edits:
	        print(f"not ok {name}: not a mutant, or there before")
	        wrong = 1
	    names.add(name)
	    if "-n" in wanted or every and (number + commits) % every[0] or not every and wanted and not any(re.search(w, name) for w in wanted):
	        continue
	    path = f"{folder}/{number:03}"
	    os.mkdir(path)
	    for file, content in ("sandbox.c", text), ("name", name), ("tests", "\n".join(wanted_by)):
	        print(content, file=open(f"{path}/{file}", "w"))
	sys.exit(wrong)
END

[ "${1-}" != -n ] || exit 0

# The program as it is passes the tests that the mutants are to fail.
mkdir -p "$dir/whole/tmp"
chmod 755 "$dir/whole" "$dir/whole/tmp"
cp sandbox.c "$dir/whole/"
"${compile[@]}" -o "$dir/whole/sandbox" sandbox.c || exit 1
while read -r file; do
	sed -n "s/^$file *//p" "$dir"/[0-9]*/tests | sort -u >"$dir/wanted"
	if ! run_tests "$dir/whole" "$file" "$(pattern <"$dir/wanted")" >"$dir/log" 2>&1 </dev/null; then
		echo "not ok without a mutation: $file"
		cat "$dir/log"
		exit 1
	fi
	[[ $file == *.bats ]] || continue
	while read -r wanted; do
		grep -qE "^ok [0-9]+ $(pattern <<<"$wanted" | cut -c 2-)" "$dir/log" || { echo "not ok: no test of $file begins with '$wanted'"; exit 1; }
	done <"$dir/wanted"
done < <(cat "$dir"/[0-9]*/tests | cut -d ' ' -f 1 | sort -u)
echo "ok without a mutation ($SECONDS s)"

isolated() {
	if [ "$(id -u)" = 0 ]; then unshare -mpf --propagation slave --mount-proc --kill-child "$@"; else "$@"; fi
}
: >"$dir/results"
for mutant in "$dir"/[0-9]*; do
	while [ "$(jobs -rp | wc -l)" -ge "${JOBS:-1}" ]; do wait -n; done
	isolated "$here/tests/mutants/run.sh" --one "$mutant" </dev/null | tee -a "$dir/results" &
done
wait
failed=$(grep -c '^not ok' "$dir/results") passed=$(grep -c '^ok' "$dir/results")
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" = "$(find "$dir" -maxdepth 1 -name '[0-9]*' | wc -l)" ]
