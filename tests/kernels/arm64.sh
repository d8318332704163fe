#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/kernels/arm64.sh FOLDER [KERNELS]
#
# The aarch64 build in FOLDER (sandbox and unit, and nosys where there are
# kernels). The unit tests run under qemu-user, if that is installed; then the
# program runs on an arm64 kernel, booted by KERNELS/boot. Without KERNELS there is no
# kernel with namespaces of that architecture, as qemu-user has no clone3, and
# the line before the last says so. The last is 'N passed, N failed'.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
folder=$1 kernels=${2-} kernel=${ARM64_KERNEL:-6.12@arm64}
log=$(mktemp "${TMPDIR:-/tmp}/sandbox-arm64.XXXXXX") || exit 1
trap 'rm -f "$log"' EXIT
passed=0 failed=0

# tally COMMAND...: its output, and what its last line counts; an end without that line is a failure.
tally() {
	local code=0 last
	"$@" >"$log" 2>&1 || code=$?
	sed 's/^/    /' "$log"
	last=$(tail -n 1 "$log")
	if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
		passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
		[ "$code" = 0 ] || [ "${BASH_REMATCH[2]}" != 0 ] || failed=$((failed + 1))
	else
		failed=$((failed + 1))
	fi
}

case $(od -An -t u2 -j 18 -N 2 "$folder/sandbox" | tr -d ' ') in
183) ;;
*) echo "arm64: $folder/sandbox is not built for aarch64"; echo '0 passed, 1 failed'; exit 1;;
esac

runner=$(command -v qemu-aarch64-static || command -v qemu-aarch64) || runner=
if [ "$runner" ]; then
	echo 'unit tests under qemu-user'
	tally "$runner" "$folder/unit"
	tally "$runner" "$folder/unit-filter"
	echo 'a plan under qemu-user'
	tally sh -c '"$@" --plan --cwd none true | grep -qx "command true" && echo "1 passed, 0 failed"' sh "$runner" "$folder/sandbox"
fi
if [ -n "$kernels" ]; then
	"$kernels/boot" --setup --arch arm64 >"$log" 2>&1 || [ "$(id -u)" != 0 ] || { cat "$log"; failed=$((failed + 1)); }
	echo 'core checks on a kernel'
	tally tests/kernels/run.sh "$kernels" "$kernel" "$folder" core
else
	echo 'arm64: no kernels/boot here, so nothing ran in namespaces: KERNELS=FOLDER says where it is'
fi
[ $((passed + failed)) -gt 0 ] || { echo 'arm64: neither qemu-user nor kernels/boot is here, so nothing ran'; failed=1; }
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
