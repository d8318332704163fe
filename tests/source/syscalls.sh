#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/source/syscalls.sh UNIT-FILTER [HEADERS] [PROTOTYPES]
#
# The table of system calls against others' lists: the kernel's installed headers for x86-64, i386 and, where
# the cross headers are, aarch64 and riscv64; HEADERS, a newer linux-libc-dev unpacked, whose calls must be
# exactly ours; and PROTOTYPES, include/linux/syscalls.h of a linux-headers-*-common, for the arguments of 32
# bits. Prints "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
unit=$1 headers=${2-} prototypes=${3-}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0
# What only one of the two architectures of the generic table has.
declare -A exceptions=([aarch64]='riscv_flush_icache riscv_hwprobe' [riscv64]='renameat')
declare -A column=([x86_64]=2 [i386]=3 [aarch64]=4 [riscv64]=4)
"$unit" --table >"$dir/table" || exit 1

verdict() { # NAME FILE-OF-COMPLAINTS
	if [ -s "$2" ]; then
		failed=$((failed + 1))
		echo "not ok $1"
		sed 's/^/    /' "$2"
	else
		passed=$((passed + 1))
		echo "ok $1"
	fi
}

# numbers_of ARCH COMPILER-OPTION...: "name number" as the headers have them
numbers_of() {
	shift
	echo '#include <asm/unistd.h>' | cpp -dM "$@" - 2>/dev/null | grep -E '^#define __NR_[a-z0-9_]+ ' | sed 's/^#define __NR_//' >"$dir/names"
	{ echo '#include <asm/unistd.h>'; sed 's/^\([a-z0-9_]*\) .*/= \1 __NR_\1/' "$dir/names"; } | cpp -P "$@" - 2>/dev/null | sed -n 's/^= //p' |
		awk '$1 !~ /^(syscalls|arch_specific_syscall|sync_file_range2|fstatat|x32_.*)$/ && $2 ~ /^[0-9]+$/' | sort
}

# compare ARCH exact|older NAME: the headers' list is in $dir/list
compare() {
	local arch=$1
	awk -v c="${column[$arch]}" '$c >= 0 { print $1, $c }' "$dir/table" | sort >"$dir/ours"
	{
		[ "$(wc -l <"$dir/list")" -gt 250 ] || echo "only $(wc -l <"$dir/list") calls in the headers"
		comm -13 "$dir/ours" "$dir/list" | sed 's/^/the headers alone have /'
		if [ "$2" = exact ]; then
			comm -23 "$dir/ours" "$dir/list" | sed 's/^/only here is /'
		else # what is newer than the headers has a greater number
			comm -23 "$dir/ours" "$dir/list" | awk -v last="$(awk '{ print $2 }' "$dir/list" | sort -n | tail -n 1)" '$2 <= last && $1 !~ /^(uretprobe|uprobe)$/ { print "only here is", $0 }'
		fi
	} | grep -vE "^only here is ($(tr ' ' '|' <<<"${exceptions[$arch]-none}")) " >"$dir/complaints"
	verdict "$3" "$dir/complaints"
}

check_headers() { # ARCH exact|older NAME OPTION...
	numbers_of "$1" "${@:4}" >"$dir/list"
	compare "$1" "$2" "$3"
}

if [ -e /usr/include/x86_64-linux-gnu/asm/unistd_64.h ]; then
	check_headers x86_64 older 'installed headers of x86-64' -m64
	check_headers i386 older 'installed headers of i386' -m32 -I/usr/include/x86_64-linux-gnu
fi
[ ! -e /usr/aarch64-linux-gnu/include/asm/unistd.h ] || check_headers aarch64 older 'cross headers of aarch64' -nostdinc -I/usr/aarch64-linux-gnu/include -U__x86_64__ -D__aarch64__
[ ! -e /usr/riscv64-linux-gnu/include/asm/unistd.h ] ||
	check_headers riscv64 older 'cross headers of riscv64' -nostdinc -I/usr/riscv64-linux-gnu/include -U__x86_64__ -D__riscv -D__riscv_xlen=64 -D__LP64__
if [ "$headers" ]; then
	uapi=$headers/usr/lib/linux/uapi
	version=$(sed -n 's/^#define LINUX_VERSION_\(MAJOR\|PATCHLEVEL\) //p' "$headers/usr/include/linux/version.h" | paste -sd .)
	check_headers x86_64 exact "headers of Linux $version, x86-64" -nostdinc -m64 -I"$uapi/x86" -I"$headers/usr/include"
	check_headers i386 exact "headers of Linux $version, i386" -nostdinc -m32 -I"$uapi/x86" -I"$headers/usr/include"
	check_headers aarch64 exact "headers of Linux $version, aarch64" -nostdinc -U__x86_64__ -D__aarch64__ -D__LP64__ -I"$uapi/arm64" -I"$headers/usr/include"
	check_headers riscv64 exact "headers of Linux $version, riscv64" -nostdinc -U__x86_64__ -D__riscv -D__riscv_xlen=64 -D__LP64__ -I"$uapi/riscv" -I"$headers/usr/include"
fi
# Of some arguments the kernel declares 64 bits and looks at 32; sigsuspend's are of 32 bits anyway; fanotify_mark
# is declared for 32-bit machines as well, umount by umount2's name.
looser='clone fanotify_mark mmap preadv preadv2 ptrace pwritev pwritev2 readv sigsuspend umount writev'
if [ "$prototypes" ]; then
	tr '\n' ' ' <"$prototypes" | sed 's:/\*[^*]*\*/::g' | grep -oE 'asmlinkage long sys_[a-z0-9_]+ *\([^()]*\);' | sed 's/.*sys_\([a-z0-9_]*\) *(\(.*\));/\1,\2/' |
		awk -F , '{ mask = 0
			for (i = 2; i <= NF; i++)
				if ($i !~ /[*]|long|size_t|off_t|aio_context_t|u64|handler_t|cap_user|void$/)
					mask += 2 ^ (i - 2)
			print $1, mask }' | sort -u >"$dir/prototypes"
	awk -v looser=" $looser " 'NR == FNR { narrow[$1] = $5; next } $1 in narrow && !index(looser, " " $1 " ") {
			seen++; if (narrow[$1] != $2) print $1, "narrow arguments", narrow[$1], "here,", $2, "there" }
		END { if (seen < 300) print "only", seen, "prototypes" }' "$dir/table" "$dir/prototypes" >"$dir/complaints"
	verdict "prototypes: arguments of 32 bits" "$dir/complaints"
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
