// SPDX-License-Identifier: MIT
/*
 * floor [-l] BIN COUNT COMMAND [ARG]...: the fewest and cheapest calls that we found for what bubblewrap's
 *
 *     --unshare-all --ro-bind /usr /usr --ro-bind /etc /etc --ro-bind BIN /b --symlink usr/bin /bin (lib, lib64, sbin)
 *     --proc /proc --dev /dev --tmpfs /tmp --chdir /, and COUNT times --ro-bind /usr /x/N
 *
 * does: all namespaces, a reaper as process 1, the host's tree detached, no way back to rights, the command's exit
 * code.  It looks at nothing, checks nothing but that each call succeeds, and passes no signal on: what a start must
 * cost on this kernel, to compare with.  For an ordinary user.
 *
 * With -l also what sandbox promises beyond bubblewrap, without a policy for system calls, in as few calls: init has memory
 * of its own, it and the caller's process cannot be dumped, and nothing is left when that ends; no user namespaces
 * inside; no symbolic link in a source is followed; what tells one machine from others in /proc is covered; Landlock's rules
 * on files and scopes; a filter for init; a session, a keyring and limits for the command.  It is what sandbox itself is to be compared with.
 *
 * What costs what, measured with make bench's rows on Linux 6.18 in a virtual machine (processor time of all
 * processes; bubblewrap 0.8 is 100, this program 26, a static "true" by itself 8):
 *
 *   - a process that gets a copy of memory (fork) in place of sharing it: 6 to 7 each, of which there are two.
 *     Page tables are made, pages copied as they are written, and all taken down again at exec or exit.
 *   - the network namespace 4, raising lo in it 1, the IPC namespace 1, the other five 2 together.
 *   - each exec of a static program 3 to 4, the kernel's share of its 3 or 4 page faults included.
 *   - the whole tree 2: a tmpfs, proc or devpts 13 to 25 us, pivot_root 70 us (it visits every thread of the machine),
 *     a bind 4 us, mkdir, mknod and symlink 3 us, all flags in one recursive mount_setattr 1 us.
 *   - a filter: 2 for one instruction, 4 for 260 of them.
 *   - no processor time but waiting, for a grace period of RCU: umount2 of the old root, and the end of the last
 *     process of a mount namespace.  Each is 0.2 ms on an idle machine and 1 to 3 ms on a busy one; here the payload
 *     passes the first, and the supervisor the second.
 *   - of no effect that could be measured: three tmpfs in place of one, descriptors (openat2, open_tree, move_mount) in
 *     place of mount(2), making the payload before the tree.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST(call) must((long)(call), __LINE__)

enum { OPEN_TREE = 428, MOVE_MOUNT = 429, CLOSE_RANGE = 436, OPENAT2 = 437, CLONE = 1, FROM_EMPTY_PATH = 4 };
enum { STACK = 16384, RECURSIVE = 0x8000, RDONLY = 1, NOSUID = 2, NODEV = 4, NOEXEC = 8, STATX_ID = 0x1000 };

static const uint64_t no_links[] = {O_PATH | O_CLOEXEC, 0, 4}; /* RESOLVE_NO_SYMLINKS */

extern char **environ;

static struct {
	char **argv;
	int status, ruleset;
	bool layers;
	char init_stack[STACK] __attribute__((aligned(4096))), payload_stack[STACK];
} all;

static long must(long result, int line)
{
	if (result < 0) {
		char text[32];
		snprintf(text, sizeof text, "floor: line %d", line);
		perror(text);
		_exit(125);
	}
	return result;
}

static void write_file(const char *path, const char *text)
{
	long fd = MUST(syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC)); /* libc's open() would add a fcntl */
	MUST(write((int)fd, text, strlen(text)));
}

static void mount_flags(unsigned how, uint64_t set, uint64_t clear)
{
	uint64_t attributes[4] = {set, clear};
	MUST(syscall(SYS_mount_setattr, AT_FDCWD, "", AT_EMPTY_PATH | how, attributes, sizeof attributes));
}

static uint64_t mount_id(const char *path)
{
	uint64_t answer[32];
	MUST(syscall(SYS_statx, AT_FDCWD, path, 0, STATX_ID, answer));
	return answer[18];
}

/* What tells this machine from others. */
static void cover_identity(void)
{
	MUST(mount("/dev/null", "proc/keys", NULL, MS_BIND, NULL));
	MUST(mount("/dev/null", "proc/cmdline", NULL, MS_BIND, NULL));
	MUST(mount("/proc/sys/kernel/random/uuid", "proc/sys/kernel/random/boot_id", NULL, MS_BIND, NULL));
	MUST(chdir("proc"));
	mount_flags(RECURSIVE, RDONLY | NOSUID | NOEXEC, 0);
	mount_flags(0, 0, RDONLY);
	MUST(chdir("/.."));
}

static void grant(const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {access, (int)MUST(open(path, O_PATH | O_CLOEXEC))};
	MUST(syscall(SYS_landlock_add_rule, all.ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0));
}

/* Rights 0 to 15 of the fifth ABI (Linux 6.10), scopes of the sixth. */
static void make_ruleset(void)
{
	enum { READ = 1 | 4 | 8 | 1 << 13, ALL = 0xffff };
	uint64_t handled[] = {ALL, 0, 3};
	all.ruleset = (int)MUST(syscall(SYS_landlock_create_ruleset, handled, sizeof handled, 0));
	grant("/", READ);
	grant("/proc", ALL);
	grant("/dev", ALL);
	grant("/tmp", ALL);
}

static void restrict_init(void)
{
	static const unsigned calls[] = {SYS_read, SYS_wait4, SYS_recvfrom, SYS_sendto, SYS_rt_sigtimedwait, SYS_kill, SYS_exit_group,
		SYS_restart_syscall, SYS_ppoll, SYS_poll, SYS_ioctl};
	enum { COUNT = sizeof calls / sizeof *calls };
	struct sock_filter code[COUNT + 6] = {
		BPF_STMT(BPF_LD | BPF_IMM, 0), /* what begins so is not searched for calls that are always allowed */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, COUNT + 1),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		[COUNT + 4] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	for (unsigned i = 0; i < COUNT; i++)
		code[4 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], (uint8_t)(COUNT - i), 0);
	MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &(struct sock_fprog){COUNT + 6, code}));
}

static void confine_payload(void)
{
	struct rlimit core = {1, 1}, processes = {8192, 8192};
	MUST(setsid());
	MUST(prctl(PR_SET_PDEATHSIG, SIGKILL));
	MUST(syscall(SYS_keyctl, 1, NULL));
	MUST(syscall(SYS_landlock_restrict_self, all.ruleset, 0));
	MUST(setrlimit(RLIMIT_CORE, &core));
	MUST(setrlimit(RLIMIT_NPROC, &processes));
}

/* An ordinary user's id has no capabilities after an exec, so none need be dropped; no-new-privs keeps it so. */
static int payload(void *unused)
{
	(void)unused;
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (all.layers)
		confine_payload();
	while (mount_id("/..") != mount_id("/")) /* init has not detached the host's tree yet */
		sched_yield();
	MUST(execve(all.argv[3], all.argv + 3, environ));
	return 0;
}

static void map_ids(void)
{
	char map[64];
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof map, "%lu %lu 1", getauxval(AT_UID), getauxval(AT_UID));
	write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof map, "%lu %lu 1", getauxval(AT_GID), getauxval(AT_GID));
	write_file("/proc/self/gid_map", map);
}

/* One call: lo has its addresses as soon as it is up. */
static void raise_loopback(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	MUST(ioctl((int)MUST(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), SIOCSIFFLAGS, &lo));
}

/*
 * mount(2) follows symbolic links in the source, which a command in an earlier sandbox may have made, so that with layers
 * the newer calls are needed.  What leads to FROM has been looked up, or is "/".
 */
static void show(int dir, const char *from, const char *to)
{
	MUST(mkdir(to, 0755));
	if (!all.layers) {
		MUST(mount(from, to, NULL, MS_BIND | MS_REC, NULL));
		return;
	}
	long tree = MUST(syscall(OPEN_TREE, dir, from, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | RECURSIVE | CLONE | O_CLOEXEC));
	MUST(syscall(MOVE_MOUNT, tree, "", AT_FDCWD, to, FROM_EMPTY_PATH));
	if (tree % 64 == 63) /* there are limits of 1024; one call for many */
		MUST(syscall(CLOSE_RANGE, tree - 32, tree, 0));
}

/* Paths that start with "/" are the host's, others are below the new root, our working directory. */
static void bind_all(void)
{
	char name[32];
	int bin = -1;
	show(bin, "/usr", "usr");
	show(bin, "/etc", "etc");
	if (all.layers)
		bin = (int)MUST(syscall(OPENAT2, AT_FDCWD, all.argv[1], &no_links, sizeof no_links));
	show(bin, all.layers ? "" : all.argv[1], "b");
	long count = strtol(all.argv[2], NULL, 10);
	if (count)
		MUST(mkdir("x", 0755));
	for (long i = 0; i < count; i++) {
		snprintf(name, sizeof name, "x/%ld", i);
		show(-1, "/usr", name);
	}
	mount_flags(RECURSIVE, RDONLY | NOSUID | NODEV, 0);
	mount_flags(0, 0, RDONLY); /* but the root itself, as under bubblewrap */
}

/* No tmpfs of their own for /dev and /tmp: they lie in the root's. */
static void make_dev(void)
{
	static const char *const nodes[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"};
	static const char *const links[][2] = {{"/proc/self/fd", "dev/fd"}, {"/proc/self/fd/0", "dev/stdin"}, {"/proc/self/fd/1", "dev/stdout"},
		{"/proc/self/fd/2", "dev/stderr"}, {"/proc/kcore", "dev/core"}, {"pts/ptmx", "dev/ptmx"}};
	MUST(mkdir("dev", 0755));
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		MUST(mknod(nodes[i] + 1, S_IFREG | 0444, 0));
		MUST(mount(nodes[i], nodes[i] + 1, NULL, MS_BIND, NULL));
	}
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		MUST(symlink(links[i][0], links[i][1]));
	MUST(mkdir("dev/shm", 0755));
	MUST(mkdir("dev/pts", 0755));
	MUST(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620"));
}

static int init(void *unused)
{
	static const char *const links[][2] = {{"usr/bin", "bin"}, {"usr/lib", "lib"}, {"usr/lib64", "lib64"}, {"usr/sbin", "sbin"}};
	int status;
	(void)unused;
	map_ids();
	raise_loopback();
	if (all.layers)
		write_file("/proc/sys/user/max_user_namespaces", "0");
	MUST(mount("tmpfs", "/", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"));
	MUST(chdir("/..")); /* steps onto what is mounted on the host's "/", which still is our root */
	bind_all();
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		MUST(symlink(links[i][0], links[i][1]));
	MUST(mkdir("proc", 0755));
	MUST(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
	if (all.layers)
		cover_identity();
	make_dev();
	MUST(mkdir("tmp", 0755));
	MUST(syscall(SYS_pivot_root, ".", "."));
	if (all.layers) {
		make_ruleset();
		MUST(prctl(PR_SET_PDEATHSIG, SIGKILL));
		MUST(prctl(PR_SET_DUMPABLE, 0));
	}
	long pid = MUST(clone(payload, all.payload_stack + STACK, CLONE_VM | SIGCHLD, NULL));
	MUST(umount2(".", MNT_DETACH)); /* sleeps, but the payload sees the effect at once */
	if (all.layers)
		restrict_init();
	while (MUST(waitpid(-1, &status, 0)) != pid)
		;
	all.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	_exit(all.layers ? all.status : 0);
}

/* CLONE_VFORK: we go on as soon as init leaves its memory, which an exit does before the namespaces are taken down. */
int main(int argc, char **argv)
{
	int spaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP, status;
	all.layers = argc > 1 && !strcmp(argv[1], "-l");
	all.argv = argv + all.layers;
	if (argc - all.layers < 4)
		return fputs("usage: floor [-l] BIN COUNT COMMAND [ARG]...\n", stderr), 2;
	all.status = 125; /* if init should die */
	long pid = MUST(clone(init, all.init_stack + STACK, spaces | SIGCHLD | (all.layers ? 0 : CLONE_VM | CLONE_VFORK), NULL));
	if (!all.layers)
		_exit(all.status);
	MUST(prctl(PR_SET_DUMPABLE, 0));
	MUST(waitpid((pid_t)pid, &status, 0));
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 125);
}
