# Loaded by the scripts here, with PROGRAM as $1: a folder of its own with the program and a static "true", and a
# home in it from which an ordinary user runs them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
user=()
mkdir -p "$work/bin" "$work/home/work"
chmod 755 "$work"
cp "$1" "$work/sandbox"
echo 'int main(void) { return 0; }' | "${CC:-cc}" -x c -static -o "$work/bin/true" -
if [ "$(id -u)" = 0 ]; then
	chown -R 65533:65533 "$work/home"
	user=(setpriv --reuid 65533 --regid 65533 --clear-groups)
fi

as_user() {
	"${user[@]}" env -i -C "$work/home/work" HOME="$work/home" PATH=/usr/bin:/bin "$@" </dev/null
}
