// SPDX-License-Identifier: MIT
/*
 * For the tests of filters: counting, random numbers, and what a program answers, by interpretation.  It knows
 * nothing of how the programs are made.  A call is 16 words: number, architecture, the instruction's address, six arguments of two halves.
 */

static struct {
	unsigned long passed, failed;
} tally;

static void report(bool good, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	*(good ? &tally.passed : &tally.failed) += 1;
	if (!good && tally.failed <= 20) {
		printf("not ok: ");
		vprintf(format, ap);
		printf("\n");
	}
	va_end(ap);
}

/* xorshift: the same numbers on every machine, so that a failure can be had again. */
static uint64_t draw(uint64_t below)
{
	static uint64_t state = 0x9e3779b97f4a7c15;
	state ^= state << 13, state ^= state >> 7, state ^= state << 17;
	return state % below;
}

struct request {
	uint32_t word[16];
};

static struct request make_call(uint32_t arch, uint32_t number, const uint64_t args[6], bool big_endian)
{
	struct request call = {{number, arch}};
	for (unsigned i = 0; i < 6; i++) {
		call.word[4 + 2 * i + big_endian] = (uint32_t)args[i];
		call.word[4 + 2 * i + !big_endian] = (uint32_t)(args[i] >> 32);
	}
	return call;
}

#define BROKEN 0xdeadU /* the program leaves its own bounds, or does what seccomp refuses */

static uint32_t interpret(const struct sock_fprog *program, const struct request *call)
{
	uint32_t a = 0;
	for (size_t at = 0; at < program->len; at++) {
		const struct sock_filter *code = &program->filter[at];
		switch (code->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (code->k % 4 || code->k >= 64)
				return BROKEN;
			a = call->word[code->k / 4];
			break;
		case BPF_ALU | BPF_AND | BPF_K: a &= code->k; break;
		case BPF_JMP | BPF_JA: at += code->k; break;
		case BPF_JMP | BPF_JEQ | BPF_K: at += a == code->k ? code->jt : code->jf; break;
		case BPF_JMP | BPF_JGE | BPF_K: at += a >= code->k ? code->jt : code->jf; break;
		case BPF_JMP | BPF_JGT | BPF_K: at += a > code->k ? code->jt : code->jf; break;
		case BPF_JMP | BPF_JSET | BPF_K: at += a & code->k ? code->jt : code->jf; break;
		case BPF_RET | BPF_K: return code->k;
		default: return BROKEN;
		}
	}
	return BROKEN;
}

