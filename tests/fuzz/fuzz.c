// SPDX-License-Identifier: MIT
/*
 * libFuzzer: whatever text a policy is, it is refused with a message or makes a filter that seccomp takes and
 * that answers like judge.  A refusal, which ends the program, comes back here instead.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <sys/types.h>
#include <unistd.h>
static jmp_buf back;
static char said[16384];
static size_t said_length;

__attribute__((noreturn)) static void come_back(int code)
{
	longjmp(back, code ? code : 1);
}

static ssize_t keep(int fd, const void *text, size_t size);

#define _exit come_back
#define write keep
#define main sandbox_main
#include "sandbox.c"
#undef main
#undef write
#undef _exit
#include "tests/unit/bpf.h"

static ssize_t keep(int fd, const void *text, size_t size)
{
	if (fd != 2)
		return -1; /* the report of --stats, which nobody asked for */
	said_length = size < sizeof said ? size : sizeof said;
	memcpy(said, text, said_length);
	return (ssize_t)size;
}

static void demand(bool good)
{
	if (!good)
		abort();
}

static void compare_answers(const struct policy *policy, const struct sock_fprog *filter, uint32_t arch, uint32_t number, uint64_t seed)
{
	struct seccomp_data data = {.nr = (int)number, .arch = arch};
	unsigned asked;
	for (int i = 0; i < 6; i++, seed = seed * 6364136223846793005u + 1442695040888963407u)
		data.args[i] = seed >> (seed >> 59);
	uint64_t args[6];
	memcpy(args, data.args, sizeof args);
	struct request call = make_call(arch, number, args, false);
	uint32_t got = interpret(filter, &call), wanted = judge(policy, &data, &asked);
	demand(number >= X32_BIT || got == wanted);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static struct policy *volatile policy;
	static char *volatile text;
	static struct sock_fprog filter;
	if (size > 20000)
		return 0;
	memset(arena.first, 0, sizeof arena.first); /* of the round before, whose memory is none that anybody keeps */
	arena.free = NULL;
	text = copy_part((const char *)input, size);
	policy = new_policy(0x0123456789abcdef);
	said_length = 0;
	if (!setjmp(back)) {
		apply_text(policy, "policy", text);
		filter = assemble_filter(policy, machine, false);
		unsigned at;
		demand(!program_fault(&filter, &at));
		for (uint32_t number = 0; number < 480; number += 1 + size % 7) {
			compare_answers(policy, &filter, machine[0]->audit, number, number * 77 + size);
			compare_answers(policy, &filter, machine[1]->audit, number, number * 77 + size);
		}
	} else
		demand(said_length > 20 && said[said_length - 1] == '\n'); /* it said why, in one line */
	return 0;
}
