#!/usr/bin/env bash
# tests/bench/run.sh PROGRAM START [ROUNDS]: what starts cost, beside bubblewrap where it is installed: the same tree,
# namespaces and static command.  START is tests/bench/start.c, built.  Run it on a quiet machine.
# shellcheck source=tests/bench/bench.bash
. "$(dirname "$0")/bench.bash"
start=$(realpath "$2") rounds=${3:-200} peers=()

tree="--chdir / --ro-bind /usr /usr --ro-bind /etc /etc --ro-bind $work/bin /b --proc /proc --dev /dev --tmpfs /tmp"
for peer in $(command -v bwrap) ${BWRAP_NEW-}; do
	peers+=("$peer --unshare-all $tree")
done
echo 'the same tree and namespaces: median, quartiles, ratio to the first'
as_user "$start" "$rounds" "${peers[@]/%/ /b/true}" "$work/sandbox --root empty --syscalls none $tree /b/true" \
	"$work/sandbox --root empty $tree /b/true" "$work/sandbox --ro $work/bin $work/bin/true" "$work/bin/true"
for count in 10 100 1000; do
	echo "$count binds"
	many=$(for ((i = 0; i < count; i++)); do printf ' --ro-bind /usr /x/%d' "$i"; done)
	as_user "$start" $((rounds / 10 + 1)) "${peers[@]/%/$many /b/true}" "$work/sandbox --root empty $tree$many /b/true" | cut -c 1-80
done
