#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/source/checks.sh: the source, the manual and the tests agree with each other.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
failed=0
complain() {
	echo "checks: $*" >&2
	failed=1
}

# Options: the table is what --options prints; manual, README and tests speak of no others, and of each.
mapfile -t options < <(./sandbox --options | cut -f 1 | grep -v '^--$')
[ "${#options[@]}" -ge 68 ] || complain "only ${#options[@]} options in the table"
manual=$(MANWIDTH=500 mandoc -T utf8 -O width=500 sandbox.1 | sed $'s/.\b//g')
tests=$(cat tests/*/*.bats tests/*/*.sh tests/bwrap/cases)
help=$(./sandbox --help)
for option in "${options[@]}"; do
	grep -qE -- "^\.It Fl ${option#-}( |\$)" sandbox.1 || complain "sandbox.1 does not describe $option"
	grep -qE -- "(^|[^a-z-])$option([^a-z0-9-]|\$)" <<<"$tests" || complain "no test uses $option"
	grep -qE -- "^    $option( |\$)" <<<"$help" || complain "--help lacks $option"
done
while read -r word; do
	# Other programs' options, and one that the README has wrong on purpose.
	[[ ' --exclude --security-opt --show-toplevel --user --scope --ro-bnid ' != *" $word "* ]] || continue
	grep -qxF -- "$word" < <(printf '%s\n' "${options[@]}") || complain "sandbox.1 or README.md names $word, which is no option"
done < <(grep -hoE -- '(^|[ (`])--[a-z0-9][a-z0-9-]+' - README.md <<<"$manual" | grep -oE -- '--.*' | sort -u)

# What the name bwrap changes: the manual has each row of the table.
rows=0 flat=$(tr -s ' \n' ' ' <<<"$manual")
while IFS=$'\t' read -r subject own bubblewraps; do
	rows=$((rows + 1))
	[[ "$flat" == *" $subject $own. Under bwrap: $bubblewraps. "* ]] || complain "sandbox.1 lacks the difference '$subject'"
done < <(sed -n 's/^\tROW([a-z_]*, "\(.*\)", "\(.*\)", "\(.*\)").*/\1\t\2\t\3/p' sandbox.c)
while read -r row; do
	grep -qF -- ", $row)" sandbox.c || complain "README.md has a difference that is not in the table: $row"
done < <(sed -n '/^## Compared/,/^## /s/^| \([^|]*[^ |]\) *| \([^|]*\) | \([^|]*\) |$/"\1", "\2", "\3"/p' README.md | grep -vF -e '"---' -e '"`sandbox')
[ "$rows" -ge 30 ] || complain "only $rows differences in the table"

# The sections that the README's map names are there.
while read -r section; do
	grep -qxF "/*** $section ***/" sandbox.c || complain "README.md: sandbox.c has no section $section"
done < <(sed -n '/^| sections /,/^$/s/^| \([A-Z][^|]*[^ ]\) |.*/\1/p' README.md | sed 's/ … /\n/g; s/, /\n/g')

# The groups of calls: the manual lists each with its calls, and says which groups include others.
groups() { sed -n 's/^\t{"\(@[a-z-]*\)", \(.*\)},$/\1 \2/p' sandbox.c; }
count=0
while read -r group set others; do
	count=$((count + 1))
	calls=$(sed -n "s/^\tS(\([a-z0-9_]*\),.* $(tr -d '()' <<<"${set#SET}"), .*/\1/p" sandbox.c | tr '\n' ' ')
	listed=$(awk -v group="$group" '/^\./ { on = $0 == ".It Li " group } !/^\./ && on' sandbox.1 | tr '\n' ' ')
	[[ $group == @known || $calls == "$listed" ]] || complain "sandbox.1: the group $group has these calls: $calls"
	others=$(sed 's/^| //; s/ | / /g; s/SET(\([A-Z_]*\))/@\1/g; s/_/-/g' <<<"$others" | tr '[:upper:]' '[:lower:]')
	[[ -z $others || $flat == *" $group also includes $others"[.,]* ]] || complain "sandbox.1: $group also includes $others"
done < <(groups)
[ "$count" -ge 33 ] || complain "only $count groups of calls in the table"

# What the sandbox does not keep from happening: the manual has the words that the table of attacks quotes.
while read -r words; do
	grep -qF -- "$words" sandbox.1 || complain "sandbox.1 does not say '$words', as tests/attacks/table.py has it"
done < <(sed -nE "s/.*documented=['\"]([^'\"]*).*/\1/p" tests/attacks/table.py)

# No function is longer than 60 lines.
awk '/^[a-z_].*\)$/ { name = $0; start = NR }
	/^}/ && start { if (NR - start > 60) { print "checks: longer than 60 lines: " name; bad = 1 } start = 0 }
	END { exit bad }' sandbox.c || failed=1

# One mutable global, and the memory of all: in the object file, what is writable and not const after relocation.
mkdir -p build
for compiler in cc $(command -v musl-gcc); do
	make -s "CC=$compiler" build/globals.o || complain 'sandbox.c does not compile'
	globals=$(nm build/globals.o | awk '$2 ~ /^[bBdDC]$/ { print $3 }' | sort | tr '\n' ' ')
	[ "$globals" = 'arena now ' ] || complain "mutable globals: $globals"
done

# The file's order: no forward declarations, no TODO.
grep -nE '^(static )?[a-z_ *]+\([^{]*\);$' sandbox.c && complain 'forward declarations'
grep -nE 'TODO|FIXME|XXX' sandbox.c sandbox.1 README.md && complain 'unfinished places'

# Every file says its licence, but those that cannot hold a comment.
find .ci .clang-format .editorconfig .gitignore [A-Z]* sandbox.[c1] tests -type f ! -name '*.pyc' \
	-exec grep -L 'SPDX-License-Identifier: MIT' {} + |
	grep -vxE 'LICENSE|NEWS|tests/bench/calls\.expected|tests/fuzz/seeds/.*' && complain 'files without an SPDX-License-Identifier'

# Each protection of the table is in the source, to be taken out.
tests/mutants/run.sh -n || complain 'tests/mutants/table does not fit sandbox.c'

[ "$failed" = 0 ] && echo "checks: ${#options[@]} options, all agree"
exit "$failed"
