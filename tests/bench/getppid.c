// SPDX-License-Identifier: MIT
/*
 * What a filter costs: getppid in a loop, and installing, with no filter, with one instruction, with the default and
 * the strict policy, and with libseccomp's filter of the default policy's unconditional rules (unless built without it).
 * Every measure is repeated in turn, in processes of their own; the least counts.
 */
#define main sandbox_main
#include "sandbox.c"
#undef main
#include <time.h>
#ifndef NO_LIBSECCOMP
#include <seccomp.h>
#endif

enum { CALLS_A_ROUND = 300000, ROUNDS = 15 };

static double microseconds(void)
{
	struct timespec now_is;
	clock_gettime(CLOCK_MONOTONIC, &now_is);
	return (double)now_is.tv_sec * 1e6 + (double)now_is.tv_nsec / 1e3;
}

static struct sock_fprog ours(const char *name)
{
	struct policy *policy = new_policy(0);
	apply_text(policy, NULL, strdup(builtin_text(name)));
	return assemble_filter(policy, machine, false);
}

#ifndef NO_LIBSECCOMP
static struct sock_fprog theirs(void)
{
	static struct sock_filter code[BPF_MAXINSNS];
	struct policy *policy = new_policy(0);
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	char path[] = "/tmp/filter.XXXXXX";
	int file = mkstemp(path);
	apply_text(policy, NULL, strdup(builtin_text("default")));
	seccomp_arch_add(filter, SCMP_ARCH_X86);
	for (size_t i = 0; i < CALLS; i++) {
		const struct node *node = &policy->nodes[policy->calls[i]];
		int number = seccomp_syscall_resolve_name(call_name(i));
		if (number != __NR_SCMP_ERROR && (node->kind != ANSWER || node->answer == SECCOMP_RET_ALLOW))
			seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
	}
	unlink(path);
	seccomp_export_bpf(filter, file);
	ssize_t size = pread(file, code, sizeof code, 0);
	return (struct sock_fprog){(unsigned short)((size_t)size / sizeof *code), code};
}
#endif

struct measure {
	const char *name;
	struct sock_fprog filter;
	double install, call; /* microseconds, nanoseconds */
};

static void measure(struct measure *one)
{
	double result[2];
	int ends[2];
	if (pipe(ends) < 0)
		abort();
	if (!fork()) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		double start = microseconds();
		if (one->filter.len && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &one->filter) < 0)
			abort();
		result[0] = microseconds() - start;
		start = microseconds();
		for (int i = 0; i < CALLS_A_ROUND; i++)
			syscall(SYS_getppid);
		result[1] = (microseconds() - start) * 1e3 / CALLS_A_ROUND;
		_exit(write(ends[1], result, sizeof result) != sizeof result);
	}
	close(ends[1]);
	if (read(ends[0], result, sizeof result) != sizeof result)
		abort();
	close(ends[0]);
	wait(NULL);
	one->install = one->install < result[0] && one->install > 0 ? one->install : result[0];
	one->call = one->call < result[1] && one->call > 0 ? one->call : result[1];
}

int main(void)
{
	double best = 1e9;
	for (int i = 0; i < 200; i++) {
		double start = microseconds();
		struct sock_fprog filter = ours("default");
		double took = microseconds() - start;
		if (!filter.len)
			abort();
		best = took < best ? took : best;
	}
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct measure rows[] = {{"none", {0}, 0, 0}, {"one", {1, &allow}, 0, 0}, {"default", ours("default"), 0, 0}, {"strict", ours("strict"), 0, 0},
#ifndef NO_LIBSECCOMP
		{"libseccomp", theirs(), 0, 0},
#endif
	};
	size_t count = sizeof rows / sizeof *rows;
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < count; i++)
			measure(&rows[i]);
	printf("parsing and assembling the default policy: %.1f us\n", best);
	for (size_t i = 0; i < count; i++)
		printf("%-10s %4u instructions, installed in %6.1f us, %.2f times one's, getppid %6.1f ns, %.3f times no filter's\n", rows[i].name,
		       rows[i].filter.len, rows[i].install, rows[i].install / rows[1].install, rows[i].call, rows[i].call / rows[0].call);
	return 0;
}
