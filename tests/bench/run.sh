#!/usr/bin/env bash
# tests/bench/run.sh PROGRAM START [ROUNDS]: what starts cost, beside bubblewrap where it is installed: the same tree,
# namespaces and static command.  START is tests/bench/start.c, built.  Run it on a quiet machine.
set -euo pipefail
program=$(realpath "$1") start=$(realpath "$2") rounds=${3:-200} user=()
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
measure() {
	"${user[@]}" env -i HOME="$work/home" PATH=/usr/bin:/bin "$start" "$@" </dev/null 2>&1
}

binds="--ro-bind /usr /usr --ro-bind /etc /etc --ro-bind $work/bin /b"
tree="--chdir / $binds --proc /proc --dev /dev --tmpfs /tmp"
peers=()
for peer in $(command -v bwrap) ${BWRAP_NEW-}; do
	peers+=("$peer --unshare-all $tree /b/true")
done
echo 'the same tree and namespaces: median, quartiles, ratio to the first'
measure "$rounds" "${peers[@]}" "$work/sandbox --root empty --syscalls none $tree /b/true" \
	"$work/sandbox --root empty $tree /b/true" "$work/sandbox --ro $work/bin $work/bin/true" "$work/bin/true"
for count in 10 100 1000; do
	echo "$count binds"
	many=$(for ((i = 0; i < count; i++)); do printf ' --ro-bind /usr /x/%d' "$i"; done)
	commands=()
	for peer in "${peers[@]}"; do
		commands+=("${peer% /b/true}$many /b/true")
	done
	measure $((rounds / 10 + 1)) "${commands[@]}" "$work/sandbox --root empty $tree$many /b/true" | cut -c 1-80
done
