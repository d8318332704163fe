#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/bench/run.sh PROGRAM BUILD: what sandboxes cost, beside bubblewrap and a program that makes the fewest calls.
# BUILD has start, floor, inside and getppid, built from tests/bench.  In the environment:
#
#   PARTS      of: starts launchers growth submounts filter memory inside terminal gvisor; all but gvisor if unset, which take
#              some minutes
#   ROUNDS     how often each start is measured (100); the slower rows take a part of it
#   BWRAP_NEW  a second bubblewrap to compare with; unset: the newest of Debian's archive, fetched once; empty: none
#   PEERS      a file of more rows for "starts": name, tab, command; "@BIN@" stands for the folder with a static "true"
#
# The figures mean something on a quiet machine alone; ratios survive some noise, as all rows take turns.
build=$(realpath "$2") here=$(realpath "$(dirname "$0")")
# shellcheck source=tests/bench/bench.bash
. "$(dirname "$0")/bench.bash"
# shellcheck source=tests/lib/archive.bash
. "$(dirname "$0")/../lib/archive.bash"
rounds=${ROUNDS:-100} parts=${PARTS:-starts launchers growth submounts filter memory inside terminal}
cp "$build/floor" "$build/start" "$work/"
cp "$build/inside" "$work/bin/"
ln -s sandbox "$work/bwrap"
tree="$plain --ro-bind $work/bin /b --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --symlink usr/sbin /sbin"

new_bwrap() {
	local cache=${BWRAP_SUITES:-/var/tmp/sandbox-bwrap-suites.$(id -u)}
	if [ -z "${BWRAP_NEW+set}" ] && (archive_claim "$cache" && archive_bwrap "$cache") >"$work/log" 2>&1 </dev/null; then
		BWRAP_NEW=$cache/real/bwrap
	elif [ -z "${BWRAP_NEW+set}" ]; then
		echo "left out: the newest bubblewrap: $(tail -n 1 "$work/log")"
	fi
	peers=()
	for peer in ${BWRAP_NEW-} $(command -v bwrap); do
		peers+=("$peer")
	done
}

row() { # NAME COMMAND
	printf '%s\t%s\n' "$@"
}

peer_rows() { # OPTIONS: the two bubblewraps
	local peer
	for peer in "${peers[@]}"; do
		row "$("$peer" --version)" "$peer --unshare-all $1 /b/true"
	done
}

measure() { # MODE ROUNDS [BASES], rows on standard input
	"${run_as[@]}" "$work/start" "$1" "$(($2 > 3 ? $2 : 3))" "${3:-3}"
}

part_starts() {
	echo 'milliseconds: median, quartiles'
	{
		row floor "$work/floor $work/bin 0 /b/true"
		row "floor, with sandbox's layers" "$work/floor -l $work/bin 0 /b/true"
		peer_rows "$tree"
		row 'sandbox, plain tree, --syscalls none' "$work/sandbox --root empty --syscalls none $tree /b/true"
		row 'sandbox, plain tree' "$work/sandbox --root empty $tree /b/true"
		row 'sandbox, default tree' "$work/sandbox --ro $work/bin $work/bin/true"
		row 'sandbox as bwrap' "$work/bwrap --unshare-all $tree /b/true"
		row 'unshare, no tree' "unshare -Urmpnuicf $work/bin/true"
		row 'firejail' "firejail --quiet --noprofile --net=none --private-dev --private-tmp --read-only=/ $work/bin/true"
		row 'no sandbox' "$work/bin/true"
		[ -z "${PEERS-}" ] || sed "s|@BIN@|$work/bin|g" "$PEERS"
	} | measure time "$rounds" 4
}

part_launchers() {
	local launchers
	for launchers in 1 2 4 8; do
		echo "starts a second, by $launchers at once: median, quartiles"
		{
			row floor "$work/floor $work/bin 0 /b/true"
			peer_rows "$tree"
			row 'sandbox, plain tree, --syscalls none' "$work/sandbox --root empty --syscalls none $tree /b/true"
			row 'sandbox, plain tree' "$work/sandbox --root empty $tree /b/true"
		} | measure "$launchers" $((rounds / 20)) 4
	done
}

# Bubblewrap takes no more than 9,000 words.  BUILD/growth.svg is the plot.
part_growth() {
	local count many
	: >"$build/growth"
	for count in 10 100 1000 3000 10000; do
		echo "milliseconds with $count binds: median, quartiles"
		many=$(binds --ro-bind "$count")
		tr ' ' '\0' <<<"${many# }" | tr -d '\n' >"$work/arguments"
		printf '\0' >>"$work/arguments"
		{
			row floor "$work/floor $work/bin $count /b/true"
			row "floor, with sandbox's layers" "$work/floor -l $work/bin $count /b/true"
			peer_rows "$tree$many"
			row 'sandbox, read-only' "$work/sandbox --root empty --syscalls none $tree$many /b/true"
			row 'sandbox, writable' "$work/sandbox --root empty --syscalls none $tree$(binds --bind "$count") /b/true"
			row 'sandbox, read-only, by --args' "$work/sandbox --root empty --syscalls none $tree --args 0 /b/true <$work/arguments"
		} | measure time $((count > 100 ? rounds * 100 / count : rounds / 2)) 4 | tee "$work/growth"
		sed "s/^/$count /" "$work/growth" >>"$build/growth"
	done
	awk -f "$here/plot.awk" "$build/growth" >"$build/growth.svg"
}

part_submounts() {
	echo 'milliseconds with one bind of a tree of 200 mounts: median, quartiles'
	(
		mount_many
		{
			row floor "$work/floor $work/many 0 /b/bin/true"
			row "floor, with sandbox's layers" "$work/floor -l $work/many 0 /b/bin/true"
			peer_rows "$plain --ro-bind $work/many /b" | sed 's|/b/true$|/b/bin/true|'
			row 'sandbox' "$work/sandbox --root empty --syscalls none $plain --ro-bind $work/many /b /b/bin/true"
		} | measure time $((rounds / 4)) 4
	)
}

part_filter() {
	"$build/getppid"
}

part_memory() {
	local name command
	if [ "$(id -u)" != 0 ]; then
		echo 'left out: only root can look at processes that cannot be dumped'
		return
	fi
	echo 'KB of a running sandbox without its command (PSS)'
	{
		peer_rows "$tree"
		row 'sandbox, plain tree' "$work/sandbox --root empty $tree /b/true"
		row 'sandbox, default tree' "$work/sandbox --ro $work/bin $work/bin/true"
	} | while IFS=$'\t' read -r name command; do
		# shellcheck disable=SC2086 # a row is of words
		printf '%10d  %s\n' "$(memory_of ${command%/true}/hold)" "$name"
	done
}

inside_rows() { # WORK
	row "$1, no sandbox" "$work/bin/inside $1"
	row "$1, sandbox" "$work/sandbox --ro $work/bin $work/bin/inside $1"
}

part_inside() {
	local name
	echo 'milliseconds for work inside: median, quartiles'
	for name in calls forks files compile; do
		inside_rows "$name" | measure own $((rounds / 10))
	done
}

part_terminal() {
	cp "$here/relay.py" "$work/"
	echo 'output of a command on a terminal, and the echo of a key: median, quartiles'
	"${run_as[@]}" "$work/relay.py" "$((rounds / 10 > 2 ? rounds / 10 : 2))" "$work/sandbox" "${peers[@]}"
}

part_gvisor() {
	local name
	echo 'milliseconds for work inside: median, quartiles'
	for name in calls forks files compile; do
		{
			inside_rows "$name"
			row "$name, runsc" "runsc --rootless --network=none --ignore-cgroups do $work/bin/inside $name"
		} | measure own $((rounds / 50))
	done
}

new_bwrap
echo "$(date +%F), Linux $(uname -r), $(nproc) processors, load $(cut -d ' ' -f 1 /proc/loadavg), $rounds rounds"
for part in $parts; do
	echo "== $part"
	"part_$part"
done
