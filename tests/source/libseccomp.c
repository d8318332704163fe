// SPDX-License-Identifier: MIT
/*
 * Policies against libseccomp: its resolver knows the same numbers, and the filters that it makes of the same
 * rules, run by the same interpreter, give the same answers.  Prints "N passed, N failed".
 */
#define main sandbox_main
#include "sandbox.c"
#undef main
#include "tests/unit/bpf.h"
#include <seccomp.h>
#include <sys/mman.h>

static const struct pair {
	const struct arch *ours;
	uint32_t theirs;
} pairs[] = {{&arch_x86_64, SCMP_ARCH_X86_64}, {&arch_i386, SCMP_ARCH_X86}, {&arch_aarch64, SCMP_ARCH_AARCH64}, {&arch_riscv64, SCMP_ARCH_RISCV64}};

/* Numbers below 0 are libseccomp's stand-ins for calls that an architecture lacks, or that it does not know. */
static void test_resolver(void)
{
	unsigned known = 0;
	for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++)
		for (size_t i = 0; i < CALLS; i++) {
			int theirs = seccomp_syscall_resolve_name_arch(pairs[p].theirs, call_name(i)), ours = pairs[p].ours->numbers[i].is;
			bool pretended = ours < 0 || (p == 3 && i == CALL_renameat) || (p == 2 && (i == CALL_riscv_flush_icache || i == CALL_riscv_hwprobe));
			report(theirs < 0 || theirs == ours || pretended, "%s: %s is %d here, %d there", pairs[p].ours->name, call_name(i), ours, theirs);
			known += theirs >= 0;
		}
	report(known > 1200, "libseccomp knows only %u calls", known);
}

static uint32_t their_action(uint32_t answer)
{
	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW: return SCMP_ACT_ALLOW;
	case SECCOMP_RET_KILL_PROCESS: return SCMP_ACT_KILL_PROCESS;
	case SECCOMP_RET_LOG: return SCMP_ACT_LOG;
	case SECCOMP_RET_USER_NOTIF: return SCMP_ACT_NOTIFY;
	default: return SCMP_ACT_ERRNO(answer & SECCOMP_RET_DATA);
	}
}

static struct scmp_arg_cmp their_condition(const struct node *node)
{
	struct scmp_arg_cmp condition = {.arg = node->arg, .op = SCMP_CMP_MASKED_EQ, .datum_a = node->mask, .datum_b = node->value};
	if (node->kind == GREATER)
		condition = (struct scmp_arg_cmp){.arg = node->arg, .op = SCMP_CMP_GT, .datum_a = node->value};
	if (node->kind == GREATER_EQUAL)
		condition = (struct scmp_arg_cmp){.arg = node->arg, .op = SCMP_CMP_GE, .datum_a = node->value};
	return condition;
}

/* What a call gets where every question is answered with no. */
static uint32_t last_resort(const struct policy *policy, size_t at)
{
	while (policy->nodes[at].kind != ANSWER)
		at = policy->nodes[at].no;
	return policy->nodes[at].answer;
}

/* A rule for each way through the graph to another answer; questions answered with no before it add nothing. */
static int add_ways(scmp_filter_ctx filter, const struct policy *policy, size_t at, int number, uint32_t resort, struct scmp_arg_cmp *held, unsigned count)
{
	const struct node *node = &policy->nodes[at];
	if (node->kind == ANSWER && node->answer == resort)
		return 0;
	if (node->kind == ANSWER)
		return seccomp_rule_add_exact_array(filter, their_action(node->answer), number, count, held);
	held[count] = their_condition(node);
	int error = add_ways(filter, policy, node->yes, number, resort, held, count + 1);
	return error ? error : add_ways(filter, policy, node->no, number, resort, held, count);
}

/* For i386 libseccomp cuts values to 32 bits, so that 0x100000000 is 0 to it. */
static bool fits(const struct policy *policy, size_t at)
{
	const struct node *node = &policy->nodes[at];
	return node->kind == ANSWER || (node->value <= UINT32_MAX && fits(policy, node->yes) && fits(policy, node->no));
}

/* A rule of libseccomp's compares an argument once. */
static bool asks_once(const struct policy *policy, size_t at, unsigned asked)
{
	const struct node *node = &policy->nodes[at];
	return node->kind == ANSWER || (!(asked >> node->arg & 1) && asks_once(policy, node->yes, asked | 1U << node->arg) && asks_once(policy, node->no, asked));
}

static struct sock_fprog their_program(scmp_filter_ctx filter)
{
	static struct sock_filter code[BPF_MAXINSNS];
	int file = memfd_create("filter", 0);
	report(!seccomp_export_bpf(filter, file), "export");
	ssize_t size = pread(file, code, sizeof code, 0);
	close(file);
	seccomp_release(filter);
	return (struct sock_fprog){(unsigned short)((size_t)size / sizeof *code), code};
}

/* One call: its last resort is libseccomp's default action. */
static void compare_call(const struct policy *policy, const struct sock_fprog *ours, const struct pair *pair, size_t call)
{
	struct scmp_arg_cmp held[16];
	uint32_t resort = last_resort(policy, policy->calls[call]);
	scmp_filter_ctx filter = seccomp_init(their_action(resort));
	int number = pair->ours->numbers[call].is;
	seccomp_arch_remove(filter, SCMP_ARCH_NATIVE);
	seccomp_arch_add(filter, pair->theirs);
	seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	/* It takes its own machine's numbers, and finds the other's by name. */
	int error = add_ways(filter, policy, policy->calls[call], seccomp_syscall_resolve_name(call_name(call)), resort, held, 0);
	report(!error, "%s: %s cannot be said to libseccomp: %s", pair->ours->name, call_name(call), strerror(-error));
	struct sock_fprog theirs = their_program(filter);
	for (int round = 0; round < 400; round++) {
		static const uint64_t values[] = {0, 1, 2, 3, 8, 10, 16, 17, 30, 40, 0x5412, 0x541c, 0x20000, 0x40000, 0x10000000, 0x7e020000, 0xffffffff};
		uint64_t args[6];
		for (int i = 0; i < 6; i++)
			args[i] = values[draw(sizeof values / sizeof *values)] + (draw(8) ? 0 : draw(3)) + (draw(4) ? 0 : draw(3) << 32);
		for (int i = 0; i < 6 && pair->ours == &arch_i386; i++)
			args[i] = (uint32_t)args[i];
		struct request data = make_call(pair->ours->audit, (uint32_t)number, args, false);
		uint32_t a = interpret(ours, &data), b = interpret(&theirs, &data);
		report(a == b, "%s: %s 0x%llx 0x%llx 0x%llx: %x here, %x there", pair->ours->name, call_name(call), (unsigned long long)args[0],
		       (unsigned long long)args[1], (unsigned long long)args[2], a, b);
	}
}

/* All unconditional calls of both architectures in one filter. */
static void compare_plain(const struct policy *policy, const struct sock_fprog *ours)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	seccomp_arch_add(filter, SCMP_ARCH_X86);
	for (size_t i = 0; i < CALLS; i++) {
		const struct node *node = &policy->nodes[policy->calls[i]];
		int number = seccomp_syscall_resolve_name(call_name(i));
		if (node->kind == ANSWER && node->answer != (SECCOMP_RET_ERRNO | EPERM) && number != __NR_SCMP_ERROR)
			report(!seccomp_rule_add(filter, their_action(node->answer), number, 0), "rule for %s", call_name(i));
	}
	struct sock_fprog theirs = their_program(filter);
	for (size_t p = 0; p < 2; p++)
		for (size_t i = 0; i < CALLS; i++) {
			/* It adds what multiplexes others (socketcall, ipc) by rules of its own. */
			bool compound = i == CALL_socketcall || i == CALL_ipc;
			if (pairs[p].ours->numbers[i].is < 0 || compound || policy->nodes[policy->calls[i]].kind != ANSWER ||
			    seccomp_syscall_resolve_name(call_name(i)) == __NR_SCMP_ERROR)
				continue;
			if (seccomp_syscall_resolve_name_arch(pairs[p].theirs, call_name(i)) < 0)
				continue;
			uint64_t args[6] = {0};
			struct request data = make_call(pairs[p].ours->audit, (uint32_t)pairs[p].ours->numbers[i].is, args, false);
			uint32_t a = interpret(ours, &data), b = interpret(&theirs, &data);
			report(a == b, "%s: %s: %x here, %x there", pairs[p].ours->name, call_name(i), a, b);
		}
}

static const char *const policies[] = {
	"use default",
	"use default\nuse nested\ndeny @network-io:ENETUNREACH",
	"use strict\nallow @32-bit",
	"otherwise deny\nallow @file-system mmap:1<=65536 lseek:1>0x100000000 prctl:0==15,1>=4096 dup:0&1==1,0!=7 read:2&0xff00000000==0x100000000\n"
	"allow socket:0==AF_NETLINK,2==NETLINK_ROUTE socket:0==AF_INET6 socket:0==AF_INET socket:0==AF_UNIX",
	"otherwise deny\nallow @known\ndeny openat:2&3!=0:EROFS kill:1==9 mprotect:2&4==4:EACCES ftruncate:1>0xffffffff:EFBIG write:2>=0x80000000:EFBIG",
};

int main(void)
{
	test_resolver();
	for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
		struct policy *policy = new_policy(0x0123456789abcdef);
		apply_text(policy, "policy", copy_of(policies[i]));
		struct sock_fprog ours = assemble_filter(policy, machine, false);
		compare_plain(policy, &ours);
		for (size_t p = 0; p < 2; p++)
			for (size_t call = 0; call < CALLS; call++)
				if (policy->nodes[policy->calls[call]].kind != ANSWER && (!p || fits(policy, policy->calls[call])) &&
				    asks_once(policy, policy->calls[call], 0) && pairs[p].ours->numbers[call].is >= 0 &&
				    seccomp_syscall_resolve_name_arch(pairs[p].theirs, call_name(call)) >= 0)
					compare_call(policy, &ours, &pairs[p], call);
	}
	printf("%lu passed, %lu failed\n", tally.passed, tally.failed);
	return tally.failed != 0;
}
