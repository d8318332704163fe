#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/attacks/peers.sh SANDBOX: the attacks of tests/attacks/table.py against other tools, as the ordinary user who runs
# this. Prints the README's table: by class how many of the attacks that are taken without a sandbox each leaks, then
# their numbers, and those that could not be tried: firejail, which is set-uid, can be neither traced nor nested.
set -uo pipefail
[ "$(id -u)" != 0 ] || { echo "${0##*/}: run this as an ordinary user, who has a home" >&2; exit 1; }
SANDBOX=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit 1
dir=$(mktemp -d "$HOME/peers.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
export SANDBOX ATTACK=$dir/attack
cc -static -O1 -w -o "$ATTACK" tests/attacks/attack.c || exit 1
tools=(none sandbox)
for tool in bwrap-usual bwrap-hard firejail unshare; do
	if command -v "${tool%-*}" >/dev/null; then tools+=("$tool"); else echo "${tool%-*} is not installed" >&2; fi
done

for tool in "${tools[@]}"; do
	for class in 1 2 3 4 5 6 7; do
		timeout -s KILL 300 tests/attacks/run.py --base "$dir" --verdicts --class "$class" --tool "$tool" </dev/null
	done >"$dir/$tool"
done

echo "Linux $(uname -r)"
for tool in sandbox bwrap firejail unshare; do
	if [ "$tool" = sandbox ]; then "$SANDBOX" --version; else "$tool" --version 2>/dev/null; fi | head -n 1
done
cd "$dir" && awk -F '\t' '
	BEGIN { split("terminal,what comes in,the program,processes and kernel,files,races and ends,kernel surface", names, ",") }
	# Not what an option of ours grants, nor 43, which demands the errno of ours.
	FILENAME == "none" { if ($3 == "taken" && $1 !~ /g|^43$/) { class[$1] = $2; tried[$2]++; order[++rows] = $1 } next }
	FNR == 1 { tools[++count] = FILENAME; heading = heading " | " FILENAME }
	!($1 in class) { next }
	FILENAME == "firejail" && $1 == "68" { next } # looks for set-uid processes, of which firejail is one
	$3 == "taken" || $3 == "held" { judged[FILENAME, $1] = 1 }
	$3 == "taken" { leaks[FILENAME, $2]++; all[FILENAME]++; list[FILENAME] = list[FILENAME] " " $1 }
	END {
		print "| class | attacks" heading " |"
		for (c = 1; c <= 7; c++) {
			row = "| " names[c] " | " tried[c]
			total += tried[c]
			for (t = 1; t <= count; t++) row = row " | " leaks[tools[t], c] + 0
			print row " |"
		}
		row = "| all | " total
		for (t = 1; t <= count; t++) row = row " | " all[tools[t]] + 0
		print row " |"
		for (t = 1; t <= count; t++)
			for (r = 1; r <= rows; r++)
				if (!((tools[t], order[r]) in judged)) untried[tools[t]] = untried[tools[t]] " " order[r]
		for (t = 1; t <= count; t++) print tools[t] " leaks" list[tools[t]] (untried[tools[t]] ? "; not tried:" untried[tools[t]] : "")
	}' "${tools[@]}"
