#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/mutants/faults.sh: plants one fault after another in the assembler and the policies, and demands that
# unit-filter notices each. Prints a line for each fault and then "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/tests/unit"
cp tests/unit/unit-filter.c tests/unit/bpf.h "$dir/tests/unit/"
passed=0 failed=0

build() {
	"${CC:-gcc}" -std=gnu11 -O1 -w -I"$dir" -o "$dir/unit-filter" "$dir/tests/unit/unit-filter.c"
}

# fault NAME FROM TO: FROM is a piece of sandbox.c that occurs once.
fault() {
	python3 - "$2" "$3" "$dir/sandbox.c" <<-'END' || { echo "not ok $1: not planted"; failed=$((failed + 1)); return; }
		import sys
		text = open("sandbox.c").read()
		if text.count(sys.argv[1]) != 1: sys.exit(f"{text.count(sys.argv[1])} places: {sys.argv[1]}")
		open(sys.argv[3], "w").write(text.replace(sys.argv[1], sys.argv[2]))
	END
	if ! build 2>"$dir/log"; then
		echo "not ok $1: does not compile"
		sed 's/^/    /' "$dir/log"
	elif ! (timeout 100 "$dir/unit-filter" >"$dir/log" 2>&1); then
		echo "ok $1: $(tail -n 1 "$dir/log" | grep -oE '[0-9]+ failed' || echo ended)"
		passed=$((passed + 1))
		return
	else
		echo "not ok $1: nobody noticed"
	fi
	failed=$((failed + 1))
}

cp sandbox.c "$dir/"
if ! build || ! "$dir/unit-filter" >/dev/null; then
	echo 'not ok without a fault'
	failed=1
fi

fault 'jumps cut to 8 bits' 'return away < 255 ? label :' 'return true ? label :'
fault 'a jump one too long' 'return away < 255 ? label :' 'return away < 257 ? label :'
fault 'halves swapped' '(high != program->big_endian ? 4 : 0)' '(high == program->big_endian ? 4 : 0)'
fault 'byte order ignored' '(high != program->big_endian ? 4 : 0)' '(high ? 4 : 0)'
fault 'no check of the architecture' 'next = emit_branch(program, BPF_JEQ, archs[i]->audit, calls, next);' 'next = calls;'
fault 'another architecture goes on as ours' 'unsigned next = emit_plain(program, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);' \
	'unsigned next = emit_plain(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);'
fault 'x32 open where unknown calls are' 'if (unknown != no_such)' 'if (0)'
fault 'ranges off by one' 'return emit_branch(program, BPF_JGE, ranges[middle].first' 'return emit_branch(program, BPF_JGT, ranges[middle].first'
fault 'branches of the tree swapped' 'ranges[middle].first, above, below)' 'ranges[middle].first, below, above)'
fault 'a range of two taken for one' '&& ranges[1].first + 1 == ranges[2].first' ''
fault 'upper half never compared' 'if (!(node->mask >> 32))' 'if (1)'
fault 'greater: equal upper halves do not go on' 'BPF_JEQ, (uint32_t)(node->value >> 32), low, no)' 'BPF_JEQ, (uint32_t)(node->value >> 32), no, no)'
fault 'masks ignored' 'if (mask != UINT32_MAX)' 'if (0)'
fault 'a load left out that is needed' 'if (node->mask != UINT32_MAX || label' 'if (label'
fault 'narrow arguments compared by 64 bits' 'node.narrow = is_narrow(call, node.arg);' 'node.narrow = false;'
fault 'every argument compared by 32 bits' 'node.narrow = is_narrow(call, node.arg);' 'node.narrow = true;'
fault 'conditions joined by or' 'node.no = clause->not[i] ? at : before;' 'node.no = clause->not[i] ? at : at;'
fault 'earlier statements forgotten' 'add_clause(policy, clause, i, before = policy->calls[i])' 'add_clause(policy, clause, i, before = 0)'
fault 'unequal taken for equal' '{"!=", EQUAL, true}' '{"!=", EQUAL, false}'
fault 'less or equal taken for less' '{"<=", GREATER, true}' '{"<=", GREATER_EQUAL, true}'
fault 'unknown calls allowed' 'policy->unknown = open ? 0 : policy->no_such;' 'policy->unknown = 0;'
fault 'second architecture left open' 'unsigned calls = i && policy->foreign' 'unsigned calls = i'
fault 'refusals that are not reported' 'bool reported = policy->report && !node->unreported && is_refusal(node->answer);' 'bool reported = false;'
fault 'a wrong number in the table' 'S(ioctl, 16, 54, 29,' 'S(ioctl, 17, 54, 29,'
fault 'a call in a wrong set' 'S(vm86, -1, 166, -1, CPU_EMULATION' 'S(vm86, -1, 166, -1, PROCESS'
fault 'a request of 64 bits' 'S(ioctl, 16, 54, 29, BASIC_IO, A(0) | A(1))' 'S(ioctl, 16, 54, 29, BASIC_IO, A(0))'
fault 'unshare by its known flags alone' 'allow unshare:0&~0x50f00==0' 'allow unshare:0&0x7e020080==0'
fault 'TIOCLINUX forgotten' 'deny ioctl:1==TIOCSTI ioctl:1==TIOCLINUX' 'deny ioctl:1==TIOCSTI'
fault 'the first program may be followed' 'node.value = policy->secret;' 'node.value = node.mask = 0;'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
