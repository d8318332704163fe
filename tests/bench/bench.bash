# SPDX-License-Identifier: MIT
# Loaded by the scripts here, with PROGRAM as $1: a folder of its own with the program, a static "true" and a static
# "hold" that waits to be killed, and a home in it from which an ordinary user runs them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
user=()
mkdir -p "$work/bin" "$work/home/work"
chmod 755 "$work"
cp "$1" "$work/sandbox"
echo 'int main(void) { return 0; }' | "${CC:-cc}" -x c -static -o "$work/bin/true" -
echo 'int pause(void); int main(void) { return pause(); }' | "${CC:-cc}" -x c -static -o "$work/bin/hold" -
if [ "$(id -u)" = 0 ]; then
	chown -R 65533:65533 "$work/home"
	user=(setpriv --reuid 65533 --regid 65533 --clear-groups)
fi
# The tree that all are measured with, as bubblewrap and sandbox have the options.
export plain="--chdir / --ro-bind /usr /usr --ro-bind /etc /etc --proc /proc --dev /dev --tmpfs /tmp"

run_as=("${user[@]}" env -i -C "$work/home/work" HOME="$work/home" PATH=/usr/bin:/bin)

binds() { # OPTION COUNT
	local i
	for ((i = 0; i < $2; i++)); do
		printf ' %s /usr /x/%d' "$1" "$i"
	done
}

# From here on "${run_as[@]}" runs its command where 200 file systems are mounted below $work/many, in a mount namespace
# that ends with the command.  An ordinary user mounts them as root of a user namespace, and is an ordinary user again in
# one below that: run by root, a sandbox has more to do, none of it for these mounts.
mount_many() {
	local flags=-m
	if [ "$(id -u)" != 0 ]; then
		flags=-Urm
		run_as=(unshare -U --map-user=1000 --map-group=1000 "${run_as[@]}")
	fi
	mkdir "$work/many"
	cp -r "$work/bin" "$work/many/"
	# shellcheck disable=SC2016
	run_as=(unshare "$flags" bash -c 'set -e
		for ((i = 0; i < 200; i++)); do
			mkdir -p "$0/$i" && mount -t tmpfs none "$0/$i"
		done
		exec "$@"' "$work/many" "${run_as[@]}")
}

# The proportional part of the memory of a sandbox's own processes, in KB, while COMMAND, which ends in "hold", runs.
memory_of() { # COMMAND...
	local outer init command
	"${run_as[@]}" "$@" </dev/null >/dev/null &
	outer=$!
	until init=$(pgrep -P $outer) && command=$(pgrep -P "$init" -x hold); do
		sleep 0.05
	done
	sleep 0.3 # until all of them are at rest
	cat /proc/{"$outer","$init"}/smaps_rollup | awk '/^Pss:/ { sum += $2 } END { print sum }'
	kill -KILL "$command"
	wait $outer 2>/dev/null || :
}
