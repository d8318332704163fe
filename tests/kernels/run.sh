#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/kernels/run.sh KERNELS LIST FOLDER [core]
#
# Boots each kernel of LIST (names with commas) by KERNELS/boot and runs
# tests/kernels/guest.sh in it, as an ordinary user and as root; then the refusals:
# guests in which something that the program needs is denied. FOLDER holds the
# program, sandbox, and becomes the guest's /work; for a kernel NAME@arm64 it
# must be built for that. With 'core' the refusals are left out. The last line is
# 'N passed, N failed', a boot that fails or leaves something behind a failure.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
[ $# -ge 3 ] || { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0" >&2; exit 2; }
boot=$1/boot list=$2 folder=$3
log=$(mktemp -d "${TMPDIR:-/tmp}/sandbox-kernels.XXXXXX") || exit 1
trap 'rm -rf "$log"' EXIT
passed=0 failed=0

# What the boot tool says on stderr of what was left behind.
LEFT='left after|still running|tainted'

# run SCENE KERNEL BOOT-OPTION...
run() {
	local scene=$1 kernel=$2 start=$SECONDS code good bad
	shift 2
	for _ in 1 2; do # again only where the guest did not come up (its channels to the host have a race): nothing was run
		code=0
		"$boot" --timeout 200 "$@" "$kernel" "$folder" tests/kernels/guest.sh "$scene" >"$log/out" 2>"$log/err" || code=$?
		if [ "$code" != 125 ] || [ -s "$log/out" ]; then break; fi
	done
	good=$(awk '/^[0-9]+ passed, [0-9]+ failed$/ { n += $1 } END { print n + 0 }' "$log/out")
	bad=$(awk '/^[0-9]+ passed, [0-9]+ failed$/ { n += $3 } END { print n + 0 }' "$log/out")
	[ "$(grep -cE '^[0-9]+ passed, [0-9]+ failed$' "$log/out")" = 2 ] || bad=$((bad + 1)) # the user's and root's
	[ "$code" = 0 ] || [ "$bad" != 0 ] || bad=1
	! grep -qE "$LEFT" "$log/err" || bad=$((bad + 1))
	passed=$((passed + good)) failed=$((failed + bad))
	echo "kernel $kernel, $scene ($((SECONDS - start)) s, exit $code)"
	sed 's/^/    /' "$log/out"
	[ "$bad" = 0 ] || sed 's/^/    /' "$log/err"
}

for kernel in ${list//,/ }; do
	run core "$kernel"
done
if [ "${4-}" != core ]; then
	# AppArmor mediates user namespaces from 6.7 on; 6.12 is the one that most people have.
	kernel=6.12
	[[ ",$list," == *,6.12,* ]] || kernel=${list##*,}
	run no_user_namespaces "$kernel" --sysctl user.max_user_namespaces=0
	run no_net_namespaces "$kernel" --sysctl user.max_net_namespaces=0
	run no_unprivileged "$kernel" --sysctl kernel.unprivileged_userns_clone=0
	run deny_userns "$kernel" --apparmor deny-userns
	run deny_caps "$kernel" --apparmor deny-caps
	run no_overlay "$kernel" --without overlay
	run groups "$kernel" --timeout 400 --scratch ext4
	older=${list#*,} # the list's second, 6.1
	run groups "${older%%,*}" --timeout 400 --scratch ext4
	run no_groups "$kernel" --cgroup plain
	run no_groups_v2 "$kernel" --cgroup hybrid
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
