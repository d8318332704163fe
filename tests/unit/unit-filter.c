// SPDX-License-Identifier: MIT
/*
 * Policies and the filters made of them, without privilege.  Each filter is run by an interpreter (bpf.h) and
 * its answers compared with a naive reading of the statements: those of random policies, written here as
 * structures and as text, and those built in.  Prints each failure and then "N passed, N failed".
 *
 * unit-filter --table prints the table of system calls instead, for tests/source/syscalls.sh.
 */
#define main sandbox_main
#include "sandbox.c"
#undef main
#include "tests/unit/bpf.h"

/*** Harness ***/

static const struct arch *const machines[][MAX_ARCHS] = {
	{&arch_x86_64, &arch_i386}, {&arch_i386, NULL}, {&arch_aarch64, NULL}, {&arch_riscv64, NULL}};

/*** A naive reading ***/

struct ask {
	unsigned arg, how; /* how: an index of signs */
	bool masked;
	uint64_t mask, value;
};

static const char *const signs[] = {"==", "!=", "<", "<=", ">", ">="};

/* One word of a statement.  call CALLS: the group; group GROUPS: @32-bit. */
struct said {
	size_t call, group;
	uint32_t answer;
	struct ask asks[3];
	size_t count;
};

struct reading {
	uint32_t otherwise;
	struct said said[600];
	size_t count;
};

static bool is_so(const struct ask *ask, size_t call, uint64_t value)
{
	uint64_t right = ask->value, mask = ask->masked ? ask->mask : UINT64_MAX;
	if (is_narrow(call, ask->arg))
		value = (uint32_t)value, right = (uint32_t)right, mask = (uint32_t)mask;
	switch (ask->how) {
	case 0: return (value & mask) == right;
	case 1: return (value & mask) != right;
	case 2: return value < right;
	case 3: return value <= right;
	case 4: return value > right;
	default: return value >= right;
	}
}

static uint32_t read_naively(const struct reading *reading, const struct arch *const archs[], uint32_t audit, uint32_t number, const uint64_t args[6])
{
	const struct arch *arch = archs[0]->audit == audit ? archs[0] : archs[1] && archs[1]->audit == audit ? archs[1] : NULL;
	bool open = reading->otherwise == SECCOMP_RET_ALLOW || reading->otherwise == SECCOMP_RET_LOG;
	size_t call = 0;
	if (!arch)
		return SECCOMP_RET_KILL_PROCESS;
	for (size_t i = reading->count; arch == archs[1] && i-- > 0;)
		if (reading->said[i].call == CALLS && reading->said[i].group == GROUPS) {
			if (reading->said[i].answer != SECCOMP_RET_ALLOW)
				return reading->said[i].answer;
			break;
		}
	while (call < CALLS && (arch->numbers[call].is < 0 || (uint32_t)arch->numbers[call].is != number))
		call++;
	if (call == CALLS)
		return open && number < 0x40000000 ? reading->otherwise : SECCOMP_RET_ERRNO | ENOSYS;
	for (size_t i = reading->count; i-- > 0;) {
		const struct said *said = &reading->said[i];
		bool fits = said->call == call || (said->call == CALLS && said->group < GROUPS && groups[said->group].sets >> call_sets[call] & 1);
		for (size_t j = 0; fits && j < said->count; j++)
			fits = is_so(&said->asks[j], call, args[said->asks[j].arg]);
		if (fits)
			return said->answer;
	}
	return reading->otherwise;
}

/*** Random policies ***/

static const uint64_t interesting[] = {0, 1, 2, 16, 40, 0x5412, 0x541c, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x100000000,
	0x100000001, 0x100005412, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffff00000000, 0xffffffffffffffff};

static uint64_t draw_value(void)
{
	uint64_t value = interesting[draw(sizeof interesting / sizeof *interesting)];
	switch (draw(4)) {
	case 0: return value + draw(3) - 1;
	case 1: return value ^ (UINT64_C(1) << draw(64));
	default: return value;
	}
}

static struct ask draw_ask(void)
{
	struct ask ask = {.arg = (unsigned)draw(6), .how = (unsigned)draw(6), .value = draw_value()};
	ask.masked = ask.how < 2 && draw(2);
	ask.mask = draw(2) ? draw_value() : UINT64_C(1) << draw(64);
	if (ask.masked)
		ask.value &= ask.mask;
	return ask;
}

static const struct {
	const char *verb, *suffix;
	uint32_t answer;
} answers[] = {
	{"allow", "", SECCOMP_RET_ALLOW}, {"deny", "", SECCOMP_RET_ERRNO | EPERM}, {"deny", ":ENOSYS", SECCOMP_RET_ERRNO | ENOSYS},
	{"deny", ":4095", SECCOMP_RET_ERRNO | 4095}, {"deny", ":kill", SECCOMP_RET_KILL_PROCESS}, {"kill", "", SECCOMP_RET_KILL_PROCESS},
	{"log", "", SECCOMP_RET_LOG}, {"deny", ":log", SECCOMP_RET_LOG}, {"notify", "", SECCOMP_RET_USER_NOTIF},
	{"deny", ":EAFNOSUPPORT", SECCOMP_RET_ERRNO | EAFNOSUPPORT}, {"deny", ":0", SECCOMP_RET_ERRNO}};
#define ANSWERS (sizeof answers / sizeof *answers)

/* Draws one word, and writes it as a statement behind the text. */
static char *draw_said(struct said *said, char *text, unsigned calls)
{
	size_t answer = draw(3) ? draw(2) : draw(ANSWERS);
	*said = (struct said){.call = draw(calls ? calls : CALLS), .group = draw(GROUPS), .answer = answers[answer].answer};
	if (!calls && !draw(8))
		said->call = CALLS, said->group = draw(20) ? said->group : GROUPS;
	bool abi = said->call == CALLS && said->group == GROUPS;
	if (abi && answer == 1)
		said->answer = SECCOMP_RET_KILL_PROCESS; /* the one target whose plain refusal is not EPERM */
	said->count = abi || draw(2) ? 0 : draw(4);
	text += sprintf(text, "%s %s", answers[answer].verb, abi ? "@32-bit" : said->call < CALLS ? call_name(said->call) : group_name(said->group));
	for (size_t i = 0; i < said->count; i++) {
		struct ask ask = said->asks[i] = draw_ask();
		text += sprintf(text, "%c%u", i ? ',' : ':', ask.arg);
		if (ask.masked)
			text += sprintf(text, draw(2) ? "&0x%llx" : "&%llu", (unsigned long long)ask.mask);
		text += sprintf(text, draw(2) ? "%s0x%llx" : "%s%llu", signs[ask.how], (unsigned long long)ask.value);
	}
	return text + sprintf(text, "%s%s", answers[answer].suffix, draw(6) ? "\n" : " # why\n\n");
}

/* calls 0: of all; else only the first so many, so that statements meet. */
static struct reading *draw_reading(size_t count, unsigned calls, char *text)
{
	static struct reading reading;
	size_t answer = draw(ANSWERS);
	reading.otherwise = answers[answer].answer;
	reading.count = count;
	text += sprintf(text, "otherwise %s%s\n", answers[answer].verb, answers[answer].suffix);
	for (size_t i = 0; i < count; i++)
		text = draw_said(&reading.said[i], text, calls);
	return &reading;
}

/*** Comparison ***/

static const uint32_t boundaries[] = {1024, 0x3fffffff, 0x40000000, 0x40000001, 0x40000009, 0x40000203, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};

/* Arguments around what the policy asks about. */
static void draw_args(const struct reading *reading, const struct said *said, uint64_t args[6])
{
	for (unsigned i = 0; i < 6; i++)
		args[i] = draw_value();
	if (!said && reading->count)
		said = &reading->said[draw(reading->count)];
	for (size_t i = 0; said && i < said->count; i++) {
		const struct ask *ask = &said->asks[i];
		args[ask->arg] = ask->masked ? (ask->value | (draw_value() & ~ask->mask)) : ask->value + draw(3) - 1;
	}
}

static void compare(const struct reading *reading, const struct sock_fprog *filter, const struct arch *const archs[], uint32_t audit, uint32_t number,
		    const uint64_t args[6], bool big_endian, const char *text)
{
	struct request call = make_call(audit, number, args, big_endian);
	uint32_t got = interpret(filter, &call), wanted = read_naively(reading, archs, audit, number, args);
	report(got == wanted, "arch 0x%x number %u args %llx %llx %llx %llx %llx %llx: %x, wanted %x\n%s", audit, number, (unsigned long long)args[0],
	       (unsigned long long)args[1], (unsigned long long)args[2], (unsigned long long)args[3], (unsigned long long)args[4],
	       (unsigned long long)args[5], got, wanted, strlen(text) < 2000 ? text : "(a long policy)");
}

static void compare_all(const struct reading *reading, const struct sock_fprog *filter, const struct arch *const archs[], bool big_endian, const char *text)
{
	const uint32_t audits[] = {archs[0]->audit, archs[1] ? archs[1]->audit : 0, AUDIT_ARCH_ARM, 0};
	uint64_t args[6];
	for (size_t i = 0; i < 4; i++) {
		for (uint32_t number = 0; number < (i < 2 ? 1024 : 64); number++) {
			draw_args(reading, NULL, args);
			compare(reading, filter, archs, audits[i], number, args, big_endian, text);
		}
		for (size_t j = 0; j < sizeof boundaries / sizeof *boundaries; j++) {
			draw_args(reading, NULL, args);
			compare(reading, filter, archs, audits[i], boundaries[j], args, big_endian, text);
		}
	}
	for (size_t i = 0; i < reading->count; i++) {
		const struct said *said = &reading->said[i];
		for (size_t j = 0; said->call < CALLS && said->count && j < 2 * MAX_ARCHS; j++) {
			const struct arch *arch = archs[j / 2];
			draw_args(reading, said, args);
			if (arch && arch->numbers[said->call].is >= 0)
				compare(reading, filter, archs, arch->audit, (uint32_t)arch->numbers[said->call].is, args, big_endian, text);
		}
	}
}

static void test_random(size_t policies, size_t most, unsigned calls)
{
	static char text[600 * 256];
	for (size_t i = 0; i < policies; i++) {
		struct reading *reading = draw_reading(draw(most + 1), calls, text);
		struct policy *policy = new_policy(0);
		char *copy = copy_of(text);
		apply_text(policy, "random", copy);
		const struct arch *const *archs = machines[i % 4];
		bool big_endian = i / 4 % 2;
		struct sock_fprog filter = assemble_filter(policy, archs, big_endian);
		unsigned at;
		report(!program_fault(&filter, &at), "a filter that seccomp refuses\n%s", text);
		compare_all(reading, &filter, archs, big_endian, text);
	}
}

/* A policy as long as a filter can be: jumps of thousands of instructions, and the last that still fits. */
static void test_long(void)
{
	static char text[600 * 256];
	struct reading *reading;
	struct policy *policy;
	struct sock_fprog filter;
	for (size_t count = 30; count <= 120; count += 30) {
		reading = draw_reading(0, 0, text);
		char *end = text + strlen(text);
		for (size_t i = 0; i < count; i++) {
			do
				end[0] = '\0', draw_said(&reading->said[i], end, 0);
			while (reading->said[i].call == CALLS || reading->said[i].count < 2);
			end += strlen(end);
		}
		reading->count = count;
		policy = new_policy(0);
		apply_text(policy, "long", copy_of(text));
		filter = assemble_filter(policy, machines[0], false);
		report(filter.len > 5 * count, "%zu statements make %u instructions", count, filter.len);
		compare_all(reading, &filter, machines[0], false, text);
	}
}

/*** Built-in policies ***/

static struct policy *make_policy(const char *name, const char *more, bool told)
{
	struct policy *policy = new_policy(0x0123456789abcdef);
	policy->report = told;
	apply_text(policy, NULL, copy_of(builtin_text(name)));
	apply_text(policy, "more", copy_of(more));
	return policy;
}

static uint32_t ask_filter(const struct sock_fprog *filter, const struct arch *arch, const char *name, const uint64_t args[6])
{
	int call = find_name(name, call_name, CALLS);
	if (call < 0 || arch->numbers[call].is < 0)
		return BROKEN;
	struct request data = make_call(arch->audit, (uint32_t)arch->numbers[call].is, args, false);
	return interpret(filter, &data);
}

/* What the filter says and what judge says, with which the supervisor answers. */
static void test_judge(const struct policy *policy, const struct sock_fprog *filter, const char *name)
{
	for (size_t arch = 0; arch < MAX_ARCHS && machine[arch]; arch++)
		for (uint32_t number = 0; number < 1024; number++)
			for (int round = 0; round < 8; round++) {
				struct seccomp_data data = {.nr = (int)number, .arch = machine[arch]->audit};
				unsigned asked;
				uint64_t args[6];
				for (int i = 0; i < 6; i++)
					data.args[i] = args[i] = draw_value();
				struct request call = make_call(data.arch, number, args, false);
				uint32_t got = interpret(filter, &call), wanted = judge(policy, &data, &asked);
				int known = find_number(machine[arch], number);
				bool fallback = (wanted & 0xffff) == ENOSYS && (known < 0 || known == CALL_clone3);
				bool told = policy->report && (wanted & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO && !fallback && wanted & 0xffff;
				report(got == (told ? SECCOMP_RET_USER_NOTIF : wanted), "%s: %s number %u: filter %x, judge %x", name,
				       machine[arch]->name, number, got, wanted);
			}
}

#define ALLOW SECCOMP_RET_ALLOW
#define KILL SECCOMP_RET_KILL_PROCESS
#define TELL SECCOMP_RET_USER_NOTIF
#define REFUSE(error) (SECCOMP_RET_ERRNO | (error))

static const struct {
	const char *policy, *more, *call;
	uint64_t args[6];
	uint32_t answer;
} facts[] = {
	{"default", "", "read", {0}, ALLOW},
	{"default", "", "execve", {0}, ALLOW},
	{"default", "", "clone", {0x11}, ALLOW},
	{"default", "", "clone", {0x3d0f00}, ALLOW},
	{"default", "", "clone", {0x10000011}, REFUSE(EPERM)},
	{"default", "", "clone", {0x7f10000011}, REFUSE(EPERM)},
	{"default", "", "clone3", {0}, REFUSE(ENOSYS)},
	{"default", "", "unshare", {0x400}, ALLOW},
	{"default", "", "unshare", {0x80}, REFUSE(EPERM)},
	{"default", "", "unshare", {0x100000}, REFUSE(EPERM)}, /* UNSHARE_EMPTY_MNTNS, of Linux 7.1 */
	{"default", "", "unshare", {UINT64_C(1) << 32}, REFUSE(EPERM)},
	{"default", "", "unshare", {0x50f00}, ALLOW},
	{"default", "", "unshare", {0x20000000}, REFUSE(EPERM)},
	{"default", "", "setns", {0}, REFUSE(EPERM)},
	{"default", "", "mount", {0}, REFUSE(EPERM)},
	{"default", "", "ioctl", {0, 0x5401}, ALLOW},
	{"default", "", "ioctl", {0, 0x5412}, REFUSE(EPERM)},
	{"default", "", "ioctl", {0, 0x100005412}, REFUSE(EPERM)},
	{"default", "", "ioctl", {0, 0xffffffff0000541c}, REFUSE(EPERM)},
	{"default", "", "socket", {1}, ALLOW},
	{"default", "", "socket", {2, 1, 6}, ALLOW},
	{"default", "", "socket", {10}, ALLOW},
	{"default", "", "socket", {16, 3, 0}, ALLOW},
	{"default", "", "socket", {0x100000010, 3, 0x500000000}, ALLOW},
	{"default", "", "socket", {16, 3, 15}, REFUSE(EAFNOSUPPORT)},
	{"default", "", "socket", {17}, REFUSE(EAFNOSUPPORT)},
	{"default", "", "socket", {40}, REFUSE(EAFNOSUPPORT)},
	{"default", "", "socketpair", {1}, ALLOW},
	{"default", "", "socketpair", {30}, REFUSE(EAFNOSUPPORT)},
	{"default", "", "personality", {0}, ALLOW},
	{"default", "", "personality", {0xffffffff}, ALLOW},
	{"default", "", "personality", {0xffffffffffffffff}, ALLOW},
	{"default", "", "personality", {0x40000}, ALLOW},
	{"default", "", "personality", {0x20008}, ALLOW},
	{"default", "", "personality", {0x400000}, REFUSE(EPERM)},
	{"none", "deny close_range:2==4", "close_range", {3, 9, 0x100000004}, REFUSE(EPERM)},
	{"none", "deny linkat:4&0x1000!=0", "linkat", {0, 0, 0, 0, 0xffffffff00001000}, REFUSE(EPERM)},
	{"none", "deny mmap:2==PROT_EXEC", "mmap", {0, 4096, 0x8000000000000004}, REFUSE(EPERM)},
	{"none", "deny truncate:1==4", "truncate", {0, 0x100000004}, ALLOW},
	{"default", "", "kcmp", {1, 2, 0}, ALLOW},
	{"default", "", "kcmp", {1, 2, 5}, REFUSE(EPERM)},
	{"default", "", "openat2", {0}, REFUSE(ENOSYS)},
	{"default", "use nested", "openat2", {0}, ALLOW},
	{"default", "", "chmod", {0, 01777}, ALLOW},
	{"default", "", "chmod", {0, 04755}, REFUSE(EPERM)},
	{"default", "", "chmod", {0, 02755}, REFUSE(EPERM)},
	{"default", "", "chmod", {0, 0x100000000}, ALLOW},
	{"default", "", "fchmod", {0, 06000}, REFUSE(EPERM)},
	{"default", "", "fchmodat", {0, 0, 02000}, REFUSE(EPERM)},
	{"default", "", "fchmodat", {0, 06000, 0755}, ALLOW},
	{"default", "", "fchmodat2", {0, 0, 04000}, REFUSE(EPERM)},
	{"default", "", "creat", {0, 04000}, REFUSE(EPERM)},
	{"default", "", "creat", {0, 0666}, ALLOW},
	{"default", "", "mknod", {0, 0104755}, REFUSE(EPERM)},
	{"default", "", "mknodat", {0, 0, 0102755}, REFUSE(EPERM)},
	{"default", "", "mknodat", {0, 0, 010644}, ALLOW},
	{"default", "", "mkdir", {0, 02755}, ALLOW},
	{"default", "", "open", {0, 0102, 04755}, REFUSE(EPERM)},
	{"default", "", "open", {0, 0102, 0755}, ALLOW},
	{"default", "", "open", {0, 02, 06000}, ALLOW},
	{"default", "", "openat", {0, 0, 0x410002, 02000}, REFUSE(EPERM)},
	{"default", "", "openat", {0, 0, 0x400000, 0x500000000}, ALLOW},
	{"default", "", "openat", {0, 0, 0x10000, 06000}, ALLOW},
	{"default", "", "openat", {0, 0, 0101, 06000}, REFUSE(EPERM)},
	{"default", "", "setrlimit", {4}, REFUSE(0)},
	{"default", "", "setrlimit", {7}, ALLOW},
	{"default", "", "prlimit64", {0, 4, 1}, REFUSE(0)},
	{"default", "", "prlimit64", {0, 4, 0x100000000}, REFUSE(0)},
	{"default", "", "prlimit64", {0, 4, 0}, ALLOW},
	{"default", "", "prlimit64", {0, 7, 1}, ALLOW},
	{"strict", "", "chmod", {0, 04755}, REFUSE(EPERM)},
	{"strict", "", "openat", {0, 0, 0101, 04755}, REFUSE(EPERM)},
	{"strict", "", "openat2", {0}, REFUSE(ENOSYS)},
	{"strict", "", "prlimit64", {0, 4, 1}, REFUSE(0)},
	{"default", "use nested", "clone3", {0}, ALLOW},
	{"default", "use nested", "clone", {0x10000011}, ALLOW},
	{"default", "use nested", "unshare", {0x10000000}, ALLOW},
	{"default", "use nested", "mount", {0}, ALLOW},
	{"default", "use nested", "pivot_root", {0}, ALLOW},
	{"default", "use nested", "keyctl", {0}, REFUSE(EPERM)},
	{"default", "use nested", "ioctl", {0, 0x5412}, REFUSE(EPERM)},
	{"default", "allow @keyring\ndeny keyctl:0==1", "keyctl", {0}, ALLOW},
	{"default", "allow @keyring\ndeny keyctl:0==1", "keyctl", {1}, REFUSE(EPERM)},
	{"default", "deny @network-io:ENETUNREACH", "connect", {1}, REFUSE(ENETUNREACH)},
	{"strict", "", "read", {0}, ALLOW},
	{"strict", "", "openat", {0}, ALLOW},
	{"strict", "", "socket", {1}, REFUSE(EPERM)},
	{"strict", "", "execve", {0}, REFUSE(EPERM)},
	{"strict", "", "execve", {0, 0, 0, 0, 0, 0x0123456789abcdef}, ALLOW},
	{"strict", "", "execve", {0, 0, 0, 0, 0, 0x0123456789abcdee}, REFUSE(EPERM)},
	{"strict", "", "execve", {0, 0, 0, 0, 0, 0x1123456789abcdef}, REFUSE(EPERM)},
	{"strict", "", "execveat", {0, 0, 0, 0, 0, 0x0123456789abcdef}, REFUSE(EPERM)},
	{"default", "", "fcntl", {0, 3}, ALLOW},
	{"default", "", "fcntl", {0, 7}, ALLOW}, /* F_SETLKW */
	{"default", "", "fcntl", {0, 8}, ALLOW}, /* F_SETOWN */
	{"default", "", "fcntl", {0, 1025}, ALLOW}, /* F_GETLEASE */
	{"default", "", "fcntl", {0, 1030}, ALLOW}, /* F_DUPFD_CLOEXEC */
	{"default", "", "fcntl", {0, 1035}, ALLOW}, /* F_GET_RW_HINT */
	{"default", "", "fcntl", {0, 1024}, REFUSE(EPERM)},
	{"default", "", "fcntl", {0, 1026}, REFUSE(EPERM)},
	{"default", "", "fcntl", {0, 1036}, REFUSE(EPERM)},
	{"default", "", "fcntl", {0, 1040}, REFUSE(EPERM)},
	{"default", "", "fcntl", {0, 0x100000400}, REFUSE(EPERM)},
	{"default", "", "ioctl", {0, 0x40049409}, ALLOW}, /* FICLONE */
	{"default", "", "ioctl", {0, 0x4020940d}, ALLOW},
	{"default", "", "ioctl", {0, 0xc0189436}, ALLOW}, /* FIDEDUPERANGE */
	{"default", "", "ioctl", {0, 0x8400941f}, ALLOW}, /* BTRFS_IOC_FS_INFO */
	{"default", "", "ioctl", {0, 0x50009401}, REFUSE(EPERM)},
	{"default", "", "ioctl", {0, 0x50009417}, REFUSE(EPERM)},
	{"default", "", "ioctl", {0, 0x4008941a}, REFUSE(EPERM)},
	{"default", "", "ioctl", {0, 0x5000943f}, REFUSE(EPERM)},
	{"default", "", "ioctl", {0, 0xc0c89425}, REFUSE(EPERM)},
	{"default", "", "ioctl", {0, 0xc0c49425}, REFUSE(EPERM)}, /* of the 32-bit ABI */
	{"default", "", "ioctl", {0, 0x4030bc10}, REFUSE(EPERM)},
	{"default", "", "ioctl", {0, 0x4030bc11}, REFUSE(EPERM)},
	{"default", "", "mknod", {0, 0020644, 0}, REFUSE(EPERM)},
	{"default", "", "mknod", {0, 0010644, 0}, ALLOW},
	{"default", "", "mknod", {0, 0100644, 0}, ALLOW},
	{"default", "", "mknodat", {0, 0, 0020000, 0}, REFUSE(EPERM)},
	{"default", "", "mknodat", {0, 0, 0010600, 0}, ALLOW},
	{"default", "", "renameat2", {0, 0, 0, 0, 3}, ALLOW},
	{"default", "", "renameat2", {0, 0, 0, 0, 4}, REFUSE(EPERM)},
	{"strict", "", "fcntl", {0, 1024}, REFUSE(EPERM)},
	{"strict", "", "fcntl", {0, 1026}, REFUSE(EPERM)},
	{"strict", "", "fcntl", {0, 1040}, REFUSE(EPERM)},
	{"strict", "", "fcntl", {0, 6}, ALLOW},
	{"strict", "", "renameat2", {0, 0, 0, 0, 5}, REFUSE(EPERM)},
	{"strict", "", "ioctl", {0, 0x50009417}, REFUSE(ENOTTY)},
	{"strict", "", "clone", {0x11}, REFUSE(EPERM)},
	{"strict", "", "clone", {0x3d0f00}, ALLOW},
	{"strict", "", "kill", {0}, REFUSE(EPERM)},
	{"strict", "", "ioctl", {0, 0x5401}, ALLOW},
	{"strict", "", "ioctl", {0, 0x5412}, REFUSE(ENOTTY)},
	{"none", "", "mount", {0}, ALLOW},
	{"none", "deny @mount:kill", "mount", {0}, KILL},
	{"none", "notify mount", "mount", {0}, TELL},
	{"none", "deny ptrace:0==PTRACE_TRACEME:log", "ptrace", {0}, SECCOMP_RET_LOG},
	{"none", "deny mmap:2&PROT_WRITE|PROT_EXEC==PROT_WRITE|PROT_EXEC", "mmap", {0, 1, 7}, REFUSE(EPERM)},
	{"none", "deny mmap:2&PROT_WRITE|PROT_EXEC==PROT_WRITE|PROT_EXEC", "mmap", {0, 1, 5}, ALLOW},
	{"none", "deny personality:0&~PER_LINUX32!=0", "personality", {8}, ALLOW},
	{"none", "deny fcntl:0==-1:EBADF", "fcntl", {0xffffffff}, REFUSE(EBADF)},
	{"none", "deny lseek:1<-1", "lseek", {0, 0xfffffffffffffffe}, REFUSE(EPERM)},
};

/* Calls that default must refuse: what Docker's, Flatpak's and systemd's defaults refuse. */
static const char *const refused[] = {
	"acct", "add_key", "adjtimex", "bpf", "chroot", "clock_adjtime", "clock_settime", "delete_module", "fanotify_init", "finit_module", "fsconfig",
	"fsmount", "fsopen", "fspick", "get_mempolicy", "init_module", "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl",
	"kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mbind", "migrate_pages", "mount", "mount_setattr", "move_mount", "move_pages",
	"open_by_handle_at", "open_tree", "open_tree_attr", "perf_event_open", "pidfd_getfd", "pivot_root", "quotactl", "quotactl_fd", "reboot",
	"request_key", "set_mempolicy", "setdomainname", "sethostname", "setns", "settimeofday", "swapoff", "swapon", "sysfs", "syslog", "umount2",
	"userfaultfd", "uselib", "ustat", "vhangup"};
/* And those of the 32-bit ABI alone. */
static const char *const refused_i386[] = {"stime", "umount", "vm86", "vm86old", "clock_settime64", "clock_adjtime64", "bdflush"};

static void test_facts(void)
{
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		struct policy *policy = make_policy(facts[i].policy, facts[i].more, false);
		struct sock_fprog filter = assemble_filter(policy, machines[0], false);
		for (size_t j = 0; j < MAX_ARCHS; j++) {
			bool wide = false;
			for (int k = 0; k < 6; k++)
				wide |= facts[i].args[k] >> 32 != 0;
			if (j && (wide || policy->foreign))
				continue; /* such arguments do not exist there */
			uint32_t got = ask_filter(&filter, machines[0][j], facts[i].call, facts[i].args);
			report(got == facts[i].answer, "%s %s: %s %s 0x%llx 0x%llx: %x, wanted %x", facts[i].policy, facts[i].more, machines[0][j]->name,
			       facts[i].call, (unsigned long long)facts[i].args[0], (unsigned long long)facts[i].args[1], got, facts[i].answer);
		}
	}
}

static void test_refused(void)
{
	struct sock_fprog filter = assemble_filter(make_policy("default", "", false), machines[0], false);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		for (size_t j = 0; j < MAX_ARCHS; j++) {
			uint32_t got = ask_filter(&filter, machines[0][j], refused[i], (uint64_t[6]){0});
			report(got == REFUSE(EPERM) || (got == BROKEN && j), "default: %s %s: %x", machines[0][j]->name, refused[i], got);
		}
	for (size_t i = 0; i < sizeof refused_i386 / sizeof *refused_i386; i++) {
		uint32_t got = ask_filter(&filter, &arch_i386, refused_i386[i], (uint64_t[6]){0});
		report(got == REFUSE(EPERM), "default: i386 %s: %x", refused_i386[i], got);
	}
	/* The address family of socketcall is out of sight. */
	for (uint64_t way = 0; way < 21; way++) {
		uint32_t got = ask_filter(&filter, &arch_i386, "socketcall", (uint64_t[6]){way});
		report(got == (way == 1 || way == 8 ? REFUSE(EPERM) : ALLOW), "default: socketcall %u: %x", (unsigned)way, got);
	}
}

/* Where a limit of namespaces cannot be set, the policy may stand in for it: if no call can make one, whatever its arguments. */
static const struct {
	const char *policy, *more;
	uint64_t kind;
	bool refuses;
} makers[] = {
	{"default", "", CLONE_NEWUSER, true},
	{"default", "", CLONE_NEWCGROUP, true},
	{"strict", "", CLONE_NEWUSER, true},
	{"strict", "", CLONE_NEWCGROUP, false}, /* with CLONE_THREAD */
	{"default", "allow clone:0&CLONE_THREAD!=0", CLONE_NEWUSER, true},
	{"default", "allow clone:0&CLONE_NEWUSER|CLONE_THREAD==CLONE_NEWUSER", CLONE_NEWUSER, false},
	{"default", "allow unshare:0&CLONE_THREAD!=0", CLONE_NEWUSER, false},
	{"none", "", CLONE_NEWUSER, false},
	{"default", "use nested", CLONE_NEWUSER, false},
	{"default", "use nested", CLONE_NEWCGROUP, false},
	{"strict", "use nested", CLONE_NEWUSER, false},
	{"default", "allow unshare", CLONE_NEWUSER, false},
	{"default", "log unshare", CLONE_NEWUSER, false},
	{"default", "notify unshare", CLONE_NEWUSER, true},
	{"default", "deny unshare clone:0", CLONE_NEWUSER, true},
	{"default", "kill unshare", CLONE_NEWUSER, true},
	{"default", "allow clone", CLONE_NEWUSER, false},
	{"default", "allow clone3", CLONE_NEWUSER, false},
	{"default", "allow clone3:0!=0", CLONE_NEWUSER, false},
	{"default", "allow clone:0==CLONE_NEWUSER", CLONE_NEWUSER, false},
	{"default", "allow clone:0==CLONE_NEWUSER", CLONE_NEWCGROUP, true},
	{"default", "allow clone:1==7", CLONE_NEWUSER, false},
	{"default", "allow unshare:0&CLONE_NEWUSER==CLONE_NEWUSER", CLONE_NEWUSER, false},
	{"default", "allow unshare:0&CLONE_NEWUSER==CLONE_NEWUSER", CLONE_NEWCGROUP, false},
	{"default", "allow unshare:0&CLONE_NEWUSER|CLONE_NEWCGROUP==CLONE_NEWCGROUP", CLONE_NEWUSER, true},
	{"default", "allow unshare:0&CLONE_NEWUSER|CLONE_NEWCGROUP==CLONE_NEWCGROUP", CLONE_NEWCGROUP, false},
	{"default", "allow unshare:0&CLONE_NEWNS!=0", CLONE_NEWUSER, false},
	{"default", "allow unshare:0&CLONE_NEWUSER==0", CLONE_NEWUSER, true},
	{"default", "allow unshare:0&CLONE_NEWUSER==0", CLONE_NEWCGROUP, false},
	{"default", "allow unshare:0>0", CLONE_NEWUSER, false},
	{"default", "allow unshare\ndeny unshare:0&CLONE_NEWUSER==0x10000000", CLONE_NEWUSER, true},
	{"default", "log @32-bit", CLONE_NEWUSER, false},
	{"default", "deny @32-bit", CLONE_NEWUSER, true},
	{"none", "deny unshare clone3:ENOSYS clone:0&CLONE_NEWUSER!=0", CLONE_NEWUSER, false}, /* calls that are not known go on */
	{"none", "otherwise deny\nallow clone\ndeny unshare clone3:ENOSYS clone:0&CLONE_NEWUSER!=0", CLONE_NEWUSER, true},
	{"none", "otherwise deny\nallow clone\ndeny unshare clone3:ENOSYS clone:0&CLONE_NEWUSER==CLONE_NEWUSER", CLONE_NEWUSER, true},
	{"none", "otherwise deny\nallow clone\ndeny unshare clone3:ENOSYS clone:0==CLONE_NEWUSER", CLONE_NEWUSER, false},
};

static void test_makers(void)
{
	static const char *const calls[] = {"unshare", "clone", "clone3"};
	report(!refuses_namespace(NULL, CLONE_NEWUSER), "no policy refuses namespaces");
	for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
		struct policy *policy = make_policy(makers[i].policy, makers[i].more, false);
		struct sock_fprog filter = assemble_filter(policy, machines[0], false);
		bool refuses = refuses_namespace(policy, makers[i].kind);
		report(refuses == makers[i].refuses, "%s %s: namespaces of kind %llx %srefused", makers[i].policy, makers[i].more,
		       (unsigned long long)makers[i].kind, refuses ? "" : "not ");
		/* The program says the same of some arguments. */
		for (uint64_t bits = 0; refuses && bits < 1U << 9; bits++)
			for (size_t j = 0; j < 3 * MAX_ARCHS; j++) {
				uint64_t args[6] = {makers[i].kind | (bits & 127) << 25 | (bits >> 7 & 1) * SIGCHLD | (bits >> 8) << 17, 7}; /* never a thread */
				uint32_t got = ask_filter(&filter, machines[0][j / 3], calls[j % 3], args);
				report(got != ALLOW && got != SECCOMP_RET_LOG, "%s %s: %s %llx", makers[i].policy, makers[i].more, calls[j % 3], (unsigned long long)args[0]);
			}
	}
}

/* Any call that both architectures have fares alike on both. */
static void test_alike(const char *name)
{
	struct sock_fprog filter = assemble_filter(make_policy(name, "allow @32-bit", false), machines[0], false);
	for (size_t call = 0; call < CALLS; call++)
		for (int round = 0; round < 20; round++) {
			uint64_t args[6];
			for (int i = 0; i < 6; i++)
				args[i] = (uint32_t)draw_value();
			uint32_t wide = ask_filter(&filter, &arch_x86_64, call_name(call), args);
			uint32_t narrow = ask_filter(&filter, &arch_i386, call_name(call), args);
			report(wide == narrow || wide == BROKEN || narrow == BROKEN, "%s: %s: x86-64 %x, i386 %x", name, call_name(call), wide, narrow);
		}
}

static void test_builtin(void)
{
	for (size_t i = 0; i < sizeof builtin_policies / sizeof *builtin_policies; i++)
		for (int told = 0; told < 2; told++) {
			const char *name = builtin_policies[i].name;
			struct policy *policy = make_policy(name, "", told);
			struct sock_fprog filter = assemble_filter(policy, machine, false);
			unsigned at;
			report(!program_fault(&filter, &at), "%s: a filter that seccomp refuses", name);
			test_judge(policy, &filter, name);
			test_alike(name);
		}
}

/*** The tables ***/

static void test_tables(void)
{
	static const struct arch *const all[] = {&arch_x86_64, &arch_i386, &arch_aarch64, &arch_riscv64};
	for (size_t i = 1; i < CALLS; i++)
		report(strcmp(call_name(i - 1), call_name(i)) < 0, "%s is not before %s", call_name(i - 1), call_name(i));
	for (size_t i = 1; i < CONSTANTS; i++)
		report(strcmp(constant_name(i - 1), constant_name(i)) < 0, "%s is not before %s", constant_name(i - 1), constant_name(i));
	for (size_t i = 1; i < GROUPS; i++)
		report(strcmp(group_name(i - 1), group_name(i)) < 0, "%s is not before %s", group_name(i - 1), group_name(i));
	for (size_t a = 0; a < 4; a++) {
		bool seen[LAST_NUMBER + 1] = {false};
		for (size_t i = 0; i < CALLS; i++) {
			int number = all[a]->numbers[i].is;
			report(number < LAST_NUMBER && (number < 0 || !seen[number]), "%s: %s is %d", all[a]->name, call_name(i), number);
			if (number >= 0)
				seen[number] = true;
		}
	}
	for (size_t set = 0; set < 32; set++) {
		size_t members = 0, named = 0;
		for (size_t i = 0; i < CALLS; i++)
			members += call_sets[i] == set;
		for (size_t i = 0; i < GROUPS; i++)
			named += groups[i].sets >> set & 1 && groups[i].sets != UINT32_MAX;
		report(members && named, "set %zu has %zu calls and is in %zu groups", set, members, named);
	}
}

/*** Errors ***/

static const struct {
	const char *text, *message;
} errors[] = {
	{"alow read", "p:1: 'alow' is not a statement; write allow, deny, kill, log, notify, otherwise or use"},
	{"\n# why\nallow raed", "p:3: 'raed' is not a system call; did you mean read"},
	{"allow raq", "p:1: 'raq' is not a system call"},
	{"allow read wriet # why", "p:1: 'wriet' is not a system call; did you mean write"},
	{"allow xyzzyxyzzy", "p:1: 'xyzzyxyzzy' is not a system call"},
	{"allow @mounts", "p:1: '@mounts' is not a group of system calls; did you mean @mount"},
	{"allow", "p:1: 'allow' needs a system call or a group"},
	{"deny # read", "p:1: 'deny' needs a system call or a group"},
	{"use", "p:1: 'use' takes one word"},
	{"use default strict", "p:1: 'use' takes one word"},
	{"use defualt", "p:1: 'defualt' is not one of default, strict, no-suid, nested, none"},
	{"otherwise", "p:1: 'otherwise' takes one word"},
	{"otherwise maybe", "p:1: 'maybe' is not a statement; write allow, deny, kill, log, notify, otherwise or use"},
	{"otherwise allow:EPERM", "p:1: only deny can have an errno"},
	{"otherwise deny:EPREM", "p:1: 'EPREM' is not an answer; write an errno's name or number, kill, log or notify; did you mean EPERM"},
	{"allow read:EPERM", "p:1: 'EPERM' is not a condition, and only deny can have an errno"},
	{"deny read:EPREM", "p:1: 'EPREM' is not an answer; write an errno's name or number, kill, log or notify; did you mean EPERM"},
	{"deny read:4096", "p:1: '4096' is not an answer; write an errno's name or number, kill, log or notify"},
	{"deny read:EPERM:EIO", "p:1: 'EPERM' is out of place; write CALL:CONDITION,CONDITION:ERRNO"},
	{"deny read:EPERM,0==1", "p:1: 'EPERM' is out of place; write CALL:CONDITION,CONDITION:ERRNO"},
	{"deny read:0==1,EPERM,0==1", "p:1: 'EPERM' is out of place; write CALL:CONDITION,CONDITION:ERRNO"},
	{"allow ioctl:6==1", "p:1: '6==1' is not a condition; write ARGUMENT==VALUE (ARGUMENT is 0 to 5; also != < <= > >=) or ARGUMENT&MASK==VALUE"},
	{"allow ioctl:1=1", "p:1: '1=1' is not a condition; write ARGUMENT==VALUE (ARGUMENT is 0 to 5; also != < <= > >=) or ARGUMENT&MASK==VALUE"},
	{"allow ioctl:12==1", "p:1: '12==1' is not a condition; write ARGUMENT==VALUE (ARGUMENT is 0 to 5; also != < <= > >=) or ARGUMENT&MASK==VALUE"},
	{"allow ioctl:1==TIOCSTY", "p:1: 'TIOCSTY' is not a number or a known constant; did you mean TIOCSTI"},
	{"allow ioctl:1==", "p:1: '' is not a number or a known constant"},
	{"allow ioctl:1==1x", "p:1: '1x' is not a number or a known constant"},
	{"allow ioctl:1==0x10000000000000000", "p:1: '0x10000000000000000' is not a number or a known constant"},
	{"allow ioctl:1&1>1", "p:1: a mask can be used only with == and !="},
	{"allow ioctl:1&1==3", "p:1: 0x3 has bits outside the mask 0x1, so it never matches"},
	{"allow @32-bit:0==1", "p:1: @32-bit takes no condition"},
	{"allow open:first", "p:1: 'first' can be used only with execve"},
	{"allow read:0==1,0==1,0==1,0==1,0==1,0==1,0==1,0==1,0==1,0==1,0==1,0==1,0==1,0==1,0==1,0==1,0==1",
	 "p:1: '0==1' is out of place; write CALL:CONDITION,CONDITION:ERRNO"},
};

/* What a policy prints before it ends the process. */
static void observe_error(void (*act)(const char *), const char *text, char *seen, size_t room)
{
	int ends[2];
	if (pipe(ends) < 0)
		abort();
	fflush(stdout);
	pid_t pid = fork();
	if (!pid) {
		dup2(ends[1], 2);
		act(text);
		_exit(0);
	}
	close(ends[1]);
	ssize_t got = read(ends[0], seen, room - 1);
	seen[got > 0 ? got : 0] = '\0';
	close(ends[0]);
	waitpid(pid, NULL, 0);
}

static void act_parse(const char *text)
{
	apply_text(new_policy(0), "p", copy_of(text));
}

/* Conditions that cannot be merged, without end. */
static void act_long(const char *text)
{
	static char words[4000 * 16];
	size_t used = 0;
	for (unsigned i = 0; i < 3000; i++)
		used += (size_t)sprintf(words + used, "%s%u\n", text, i);
	struct policy *policy = new_policy(0);
	apply_text(policy, "p", words);
	assemble_filter(policy, machines[0], false);
}

static void test_errors(void)
{
	char seen[4096], wanted[512];
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		observe_error(act_parse, errors[i].text, seen, sizeof seen);
		snprintf(wanted, sizeof wanted, "sandbox: %s\n", errors[i].message);
		report(!strcmp(seen, wanted), "%s\n    got    %s    wanted %s", errors[i].text, seen, wanted);
	}
	observe_error(act_long, "deny read:1==", seen, sizeof seen);
	report(!strncmp(seen, "sandbox: the policy makes a filter of ", 38), "a policy too long: %s", seen);
}

/*** Programs of others ***/

static const struct {
	struct sock_filter code[3];
	unsigned short length;
	const char *fault; /* NULL: none */
	unsigned at;
} programs[] = {
	{{{BPF_RET | BPF_K, 0, 0, 0}}, 1, NULL, 0},
	{{{BPF_LD | BPF_W | BPF_ABS, 0, 0, 60}, {BPF_RET | BPF_A, 0, 0, 0}}, 2, NULL, 0},
	{{{BPF_LD | BPF_W | BPF_ABS, 0, 0, 64}, {BPF_RET | BPF_A, 0, 0, 0}}, 2, "loads from beyond the 64 bytes of struct seccomp_data, or from an offset that 4 does not divide", 0},
	{{{BPF_LD | BPF_W | BPF_ABS, 0, 0, 2}, {BPF_RET | BPF_A, 0, 0, 0}}, 2, "loads from beyond the 64 bytes of struct seccomp_data, or from an offset that 4 does not divide", 0},
	{{{BPF_LD | BPF_H | BPF_ABS, 0, 0, 0}, {BPF_RET | BPF_A, 0, 0, 0}}, 2, "is not allowed in a seccomp filter", 0},
	{{{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0}, {BPF_RET | BPF_K, 0, 0, 0}}, 2, "jumps past the end of the program", 0},
	{{{BPF_JMP | BPF_JEQ | BPF_X, 1, 0, 0}, {BPF_RET | BPF_K, 0, 0, 0}}, 2, "jumps past the end of the program", 0},
	{{{BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0}, {BPF_RET | BPF_K, 0, 0, 0}, {BPF_RET | BPF_K, 0, 0, 0}}, 3, NULL, 0},
	{{{BPF_JMP | BPF_JA, 0, 0, 1}, {BPF_RET | BPF_K, 0, 0, 0}}, 2, "jumps past the end of the program", 0},
	{{{BPF_JMP | BPF_JA, 0, 0, 0xffffffff}, {BPF_RET | BPF_K, 0, 0, 0}}, 2, "jumps past the end of the program", 0},
	{{{BPF_RET | BPF_K, 0, 0, 0}, {BPF_LD | BPF_IMM, 0, 0, 0}}, 2, "is the last one but does not return", 1},
	{{{BPF_ST, 0, 0, 16}, {BPF_RET | BPF_K, 0, 0, 0}}, 2, "uses a memory word above 15", 0},
	{{{BPF_LDX | BPF_MEM, 0, 0, 16}, {BPF_RET | BPF_K, 0, 0, 0}}, 2, "uses a memory word above 15", 0},
	{{{BPF_ALU | BPF_DIV | BPF_K, 0, 0, 0}, {BPF_RET | BPF_K, 0, 0, 0}}, 2, "divides by zero or shifts by more than 31", 0},
	{{{BPF_ALU | BPF_LSH | BPF_K, 0, 0, 32}, {BPF_RET | BPF_K, 0, 0, 0}}, 2, "divides by zero or shifts by more than 31", 0},
	{{{BPF_ALU | BPF_XOR | BPF_X, 0, 0, 0}, {BPF_RET | BPF_K, 0, 0, 0}}, 2, NULL, 0},
	{{{BPF_ALU | BPF_MOD | BPF_X, 0, 0, 0}, {BPF_RET | BPF_K, 0, 0, 0}}, 2, "is not allowed in a seccomp filter", 0},
};

static bool kernel_takes(const struct sock_fprog *program)
{
	int status = -1;
	pid_t pid = fork();
	if (!pid)
		_exit(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program));
	/* A filter that kills at the exit was taken too. */
	return waitpid(pid, &status, 0) == pid && (WIFSIGNALED(status) || !WEXITSTATUS(status));
}

static void test_programs(void)
{
	struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
	if (!kernel_takes(&(struct sock_fprog){1, &allow})) {
		printf("no seccomp here, as under qemu-user: the kernel is not asked what it thinks of programs\n");
		return;
	}
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		struct sock_filter code[3];
		memcpy(code, programs[i].code, sizeof code);
		struct sock_fprog program = {programs[i].length, code};
		unsigned at = 0;
		const char *fault = program_fault(&program, &at), *wanted = programs[i].fault;
		report(fault && wanted ? !strcmp(fault, wanted) && at == programs[i].at : fault == wanted, "program %zu: %s at %u", i, fault ? fault : "good", at);
		report(kernel_takes(&program) == !wanted, "program %zu: the kernel thinks otherwise", i);
	}
	/* Whatever two instructions: the kernel and we agree. */
	for (unsigned code = 0; code < 0x100; code++) {
		struct sock_filter row[3] = {{(uint16_t)code, 0, 0, 4}, {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}, {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
		if (code == (BPF_JMP | BPF_JA))
			row[0].k = 1;
		struct sock_fprog program = {3, row};
		unsigned at;
		const char *fault = program_fault(&program, &at);
		/* That nothing was ever stored in a word takes following all paths: the kernel alone does that. */
		bool unstored = code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM);
		report(unstored || kernel_takes(&program) == !fault, "code 0x%x: %s here, the kernel thinks otherwise", code, fault ? fault : "good");
	}
}

/*** What is left open ***/

static void count_open(const char *name)
{
	struct policy *policy = make_policy(name, "", false);
	unsigned open = 0, conditional = 0, all = 0;
	for (size_t i = 0; i < CALLS; i++) {
		if (machine[0]->numbers[i].is < 0 || call_sets[i] == OBSOLETE)
			continue;
		const struct node *node = &policy->nodes[policy->calls[i]];
		all++;
		open += node->kind == ANSWER && (node->answer == ALLOW || node->answer == SECCOMP_RET_LOG);
		conditional += node->kind != ANSWER;
	}
	printf("%s: %u of %u calls of %s allowed, %u by their arguments, %u instructions\n", name, open + conditional, all, machine[0]->name, conditional,
	       assemble_filter(policy, machine, false).len);
}

static void print_table(void)
{
	for (size_t i = 0; i < CALLS; i++)
		printf("%s %d %d %d %d\n", call_name(i), numbers_x86_64[i].is, numbers_i386[i].is, numbers_aarch64[i].is, numbers_x86_64[i].narrow);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--table")) {
		print_table();
		return 0;
	}
	test_tables();
	test_random(600, 30, 0);
	test_random(400, 60, 12);
	test_long();
	test_facts();
	test_refused();
	test_makers();
	test_builtin();
	test_errors();
	test_programs();
	count_open("default");
	count_open("strict");
	printf("%lu passed, %lu failed\n", tally.passed, tally.failed);
	return tally.failed != 0;
}
