// SPDX-License-Identifier: MIT
/*** Theory of operation ***/
/*
 * sandbox runs one command in a throwaway mount tree, without privilege.  The file is read downwards, in
 * the order in which it runs: argv becomes a plan, the plan is checked and completed, and then either
 * explained or carried out.  Nothing before Build touches a namespace or a mount.
 *
 *     supervisor   the process the caller started.  Stays outside; holds the caller's streams, forwards
 *         |        signals, waits, and repeats the command's end to the caller.
 *       init       made by one clone3() with every new namespace at once.  Builds the tree, pivots into it,
 *         |        starts the command, reaps orphans.  Being pid 1 of its namespace, its end kills the rest.
 *      payload     gives up every right, then becomes COMMAND.
 *
 * Phases, and what may not happen yet in each:
 *
 *   parse, check    pure.  No descriptor is read but those that --args names.
 *   build           sources are looked up in the untouched host tree, destinations only inside the new root
 *                   (openat2 with RESOLVE_IN_ROOT), both are held by descriptor, and no path is ever glued
 *                   to a prefix.  Nothing of the caller's choosing runs.
 *   pivot           the new root becomes "/", the host's tree is detached.
 *   confine         in the payload alone, each step only takes away: limits, session, capabilities,
 *                   no-new-privs, seccomp.  After it nothing of ours runs in that process.
 *   supervise       poll until the command ends.
 *
 * init and supervisor share one SOCK_SEQPACKET pair, "control".  It carries the command's wait status and is
 * how each learns of the other's death.  Every descriptor of ours is close-on-exec from birth.  Neither
 * init nor supervisor can be dumped, so the payload cannot open their descriptors, memory or environment.
 *
 * An error ends the process (die): the kernel takes back mounts, namespaces and memory, so there is nothing
 * to unwind.  The one mutable global, "now", says which role and which option is being served.
 */

#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define VERSION "0.1.0"
#define BWRAP_VERSION "0.13.1" /* the bubblewrap whose command line we speak */

/*** Kernel vocabulary ***/
/*
 * Constants and calls that an older libc lacks: musl 1.2.3 has none of the new mount API.  Two headers that
 * both define struct mount_attr cannot be included together, so the few things needed are spelled out here.
 */

enum {
	K_OPEN_TREE_CLONE = 1,
	K_AT_RECURSIVE = 0x8000,
	K_MOVE_MOUNT_F_EMPTY_PATH = 0x04,
	K_MOVE_MOUNT_T_EMPTY_PATH = 0x40,
	K_FSOPEN_CLOEXEC = 1,
	K_FSMOUNT_CLOEXEC = 1,
	K_FSCONFIG_SET_FLAG = 0,
	K_FSCONFIG_SET_STRING = 1,
	K_FSCONFIG_CMD_CREATE = 6,
	K_MOUNT_ATTR_RDONLY = 0x01,
	K_MOUNT_ATTR_NOSUID = 0x02,
	K_MOUNT_ATTR_NODEV = 0x04,
	K_MOUNT_ATTR_NOEXEC = 0x08,
	K_MOUNT_ATTR_IDMAP = 0x00100000,
	K_RESOLVE_NO_MAGICLINKS = 0x02,
	K_RESOLVE_NO_SYMLINKS = 0x04,
	K_RESOLVE_IN_ROOT = 0x10,
	K_CLOSE_RANGE_CLOEXEC = 4,
	K_AT_STATX_DONT_SYNC = 0x4000,
	K_STATX_TYPE = 0x1,
	K_STATX_MNT_ID = 0x1000,
	K_STATX_ATTR_MOUNT_ROOT = 0x2000,
};

/* System call numbers that every architecture of Linux shares (those above 424 are the same everywhere). */
enum {
	NR_OPEN_TREE = 428,
	NR_MOVE_MOUNT = 429,
	NR_FSOPEN = 430,
	NR_FSCONFIG = 431,
	NR_FSMOUNT = 432,
	NR_PIDFD_OPEN = 434,
	NR_CLONE3 = 435,
	NR_CLOSE_RANGE = 436,
	NR_OPENAT2 = 437,
	NR_MOUNT_SETATTR = 442,
	NR_PIDFD_SEND_SIGNAL = 424,
};

struct k_clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

struct k_open_how {
	uint64_t flags, mode, resolve;
};

struct k_mount_attr {
	uint64_t attr_set, attr_clr, propagation, userns_fd;
};

/* struct statx, 256 bytes in all, with names for what is wanted of it. */
struct k_statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t links, uid, gid;
	uint16_t mode, skipped_half;
	uint64_t skipped[14];
	uint64_t mount_id;
	uint64_t rest[13];
};

static int sys_statx(int dir, const char *path, int flags, unsigned mask, struct k_statx *st)
{
	return (int)syscall(SYS_statx, dir, path, flags, mask, st);
}

static int sys_open_tree(int dir, const char *path, unsigned flags)
{
	return (int)syscall(NR_OPEN_TREE, dir, path, flags);
}

static int sys_move_mount(int mount, int target)
{
	return (int)syscall(NR_MOVE_MOUNT, mount, "", target, "", K_MOVE_MOUNT_F_EMPTY_PATH | K_MOVE_MOUNT_T_EMPTY_PATH);
}

static int sys_mount_setattr(int mount, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation)
{
	struct k_mount_attr attr = {.attr_set = set, .attr_clr = clear, .propagation = propagation};
	return (int)syscall(NR_MOUNT_SETATTR, mount, "", AT_EMPTY_PATH | flags, &attr, sizeof attr);
}

static int sys_mount_idmap(int mount, int userns)
{
	struct k_mount_attr attr = {.attr_set = K_MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns};
	return (int)syscall(NR_MOUNT_SETATTR, mount, "", AT_EMPTY_PATH | K_AT_RECURSIVE, &attr, sizeof attr);
}

static int sys_fsopen(const char *type)
{
	return (int)syscall(NR_FSOPEN, type, K_FSOPEN_CLOEXEC);
}

static int sys_fsconfig(int fs, unsigned command, const char *key, const char *value)
{
	return (int)syscall(NR_FSCONFIG, fs, command, key, value, 0);
}

static int sys_fsmount(int fs, unsigned attributes)
{
	return (int)syscall(NR_FSMOUNT, fs, K_FSMOUNT_CLOEXEC, attributes);
}

static int sys_openat2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct k_open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};
	return (int)syscall(NR_OPENAT2, dir, path, &how, sizeof how);
}

static pid_t sys_clone3(uint64_t flags, int *pidfd)
{
	struct k_clone_args args = {.flags = flags, .pidfd = (uintptr_t)pidfd, .exit_signal = SIGCHLD};
	return (pid_t)syscall(NR_CLONE3, &args, sizeof args);
}

static int sys_pidfd_open(pid_t pid)
{
	return (int)syscall(NR_PIDFD_OPEN, pid, 0);
}

static int sys_pidfd_send_signal(int pidfd, int signal)
{
	return (int)syscall(NR_PIDFD_SEND_SIGNAL, pidfd, signal, NULL, 0);
}

static int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	return (int)syscall(NR_CLOSE_RANGE, first, last, flags);
}

/* The kernel's own credentials calls: libc's wrappers may want to tell other threads, and there are none. */
static int sys_capset(uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
		{(uint32_t)permitted, (uint32_t)permitted, (uint32_t)inheritable},
		{(uint32_t)(permitted >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)},
	};
	return (int)syscall(SYS_capset, &header, data);
}

static uint64_t sys_capget_permitted(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};
	syscall(SYS_capget, &header, data);
	return data[0].permitted | (uint64_t)data[1].permitted << 32;
}

/*** Errors and trace ***/

enum role { ROLE_SUPERVISOR, ROLE_INIT, ROLE_PAYLOAD };

/* The one mutable global: who is speaking, and of which option, so that every message can name both. */
static struct {
	const char *called, *name; /* argv[0], and its last component, which prefixes each message */
	const char *option; /* the option being served, or NULL */
	enum role role;
	int control; /* in init and payload: where a failure is reported; -1 in the supervisor */
	bool bwrap; /* called as bwrap: its defaults, wording and exit codes */
	bool level_prefix;
	bool verbose;
} now = {.called = "sandbox", .name = "sandbox", .control = -1};

/*
 * To init: GO, the supervisor has written what it must about it; a SIGNAL for the command, or for all of its
 * process group, or one that the group HAD already.  To the supervisor: the command is BEGUN, or never will be (FAILED); it STOPPED; its STATUS.
 */
enum message_kind { SAY_GO, SAY_SIGNAL, SAY_SIGNAL_ALL, SAY_HAD, SAY_BEGUN, SAY_FAILED, SAY_STOPPED, SAY_STATUS };

struct message {
	int kind, value;
};

static void tell(int kind, int value)
{
	struct message message = {kind, value};
	if (now.control >= 0 && send(now.control, &message, sizeof message, MSG_NOSIGNAL) < 0)
		return; /* the supervisor is gone, and so shall we be */
}

/* One line on stderr in one write, control characters replaced: a path may hold anything. */
static void line(int level, const char *format, va_list ap)
{
	char text[2 * PATH_MAX];
	int used = now.level_prefix ? snprintf(text, 8, "<%d>", level) : 0;
	used += snprintf(text + used, 256, "%.64s: ", now.name);
	int start = used;
	if (now.option && !now.bwrap)
		used += snprintf(text + used, 256, "%s: ", now.option);
	int body = used;
	used += vsnprintf(text + used, sizeof text - (size_t)used - 1, format, ap);
	if (used > (int)sizeof text - 2)
		used = (int)sizeof text - 2;
	if (body > start && used > body && !strncmp(text + body, now.option, strlen(now.option))) {
		memmove(text + start, text + body, (size_t)(used - body)); /* it names the option itself */
		used -= body - start;
	}
	for (int i = 0; i < used; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
	text[used++] = '\n';
	if (write(2, text, (size_t)used) < 0)
		return;
}

__attribute__((format(printf, 1, 2))) static void warn(const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	line(4, format, ap);
	va_end(ap);
}

__attribute__((format(printf, 1, 2))) static void trace(const char *format, ...)
{
	va_list ap;
	if (!now.verbose)
		return;
	va_start(ap, format);
	line(6, format, ap);
	va_end(ap);
}

/* Exit codes as env(1) has them: 125 our failure, 126 not executable, 127 not found; bubblewrap has only 1. */
__attribute__((format(printf, 2, 3), noreturn)) static void die_code(int code, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	line(3, format, ap);
	va_end(ap);
	tell(SAY_FAILED, 0);
	_exit(now.bwrap ? 1 : code);
}

#define die(...) die_code(125, __VA_ARGS__)

#define NO_USERNS "AppArmor or another security module gives this program no rights in user namespaces; it needs a profile with 'userns,'"

/* What to do about an operation that failed with an errno; the first row that fits speaks. */
static const struct hint {
	const char *doing;
	int error;
	const char *advice;
} hints[] = {
	{"find source path", ENOENT, "make it first, or use the -try form of the option"},
	{"find source path", ENOTDIR, "a component above it is a file"},
	{"open overlay source", ENOENT, "make it first"},
	{"enter directory", ENOENT, "make it inside with --dir, or show it with --ro or --rw"},
	{"chmod", ENOENT, "make it first with --dir or --file"},
	{"find source path", EACCES, "a directory above it may not be searched by you"},
	{"find source path", EINVAL, "it is not in this mount namespace, or hides mounts that may not be uncovered"},
	{"make mount point", EROFS, "the place above it is read-only"},
	{"make mount point", EACCES, "you may not write the directory above it; make it on the host first"},
	{"make mount point", ENOTDIR, "a component above it is a file"},
	{"make mount point", EEXIST, "something of another kind is there"},
	{"make mount point", ELOOP, "its symbolic links never end"},
	{"mount proc", EPERM, "an outer container masks parts of /proc; bind its own with --ro-bind /proc /proc"},
	{"mount overlay", EPERM, "this kernel refuses overlays in user namespaces (Linux 5.11 allows them)"},
	{"mount overlay", ENODEV, "load the kernel module: modprobe overlay"},
	{"write to /proc/self/setgroups", EPERM, NO_USERNS},
	{"write to /proc/self/setgroups", EACCES, NO_USERNS},
	{"write to /proc/self/uid_map", EPERM, NO_USERNS},
	{"write to /proc/self/uid_map", EACCES, NO_USERNS},
	{"pivot into the new root", EINVAL, "the host's / is an initramfs or not a mount point"},
	{"open the file", ENOENT, "make it first"},
	{NULL, EMFILE, "raise the limit: ulimit -n"},
	{NULL, ENOSPC, "a limit in /proc/sys/user or a full file system is in the way"},
	{NULL, ENOSYS, "the kernel lacks it, or a seccomp filter refuses it"},
};

static const char *advice(const char *doing, int error)
{
	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (hints[i].error == error && (!hints[i].doing || !strcmp(hints[i].doing, doing)))
			return hints[i].advice;
	return NULL;
}

/*
 * The first system call that answers with this error whatever it is asked.  A filter does so; the kernel
 * itself finds these arguments wrong and says so, unless it lacks the call.  Those that ask for rights before
 * they look at arguments tell nothing by EPERM.
 */
static const char *refused_call(int error)
{
	static const struct {
		const char *name;
		long number;
		bool wants_rights;
	} rows[] = {
		{"clone3", NR_CLONE3, false}, {"openat2", NR_OPENAT2, false}, {"mount_setattr", NR_MOUNT_SETATTR, false},
		{"open_tree", NR_OPEN_TREE, false}, {"fsconfig", NR_FSCONFIG, false}, {"close_range", NR_CLOSE_RANGE, false},
		{"pidfd_open", NR_PIDFD_OPEN, false}, {"pidfd_send_signal", NR_PIDFD_SEND_SIGNAL, false},
		{"fsopen", NR_FSOPEN, true}, {"fsmount", NR_FSMOUNT, true}, {"move_mount", NR_MOVE_MOUNT, true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!(error == EPERM && rows[i].wants_rights) && syscall(rows[i].number, -1L, 0L, 0L, 0L, 0L) < 0 && errno == error)
			return rows[i].name;
	return NULL;
}

static bool too_old(const char *release)
{
	char *end;
	unsigned long major = strtoul(release, &end, 10), minor = *end ? strtoul(end + 1, NULL, 10) : 0;
	return major < 5 || (major == 5 && minor < 12);
}

/* An old kernel, or a filter around us, is what one line should say, whichever operation met it first. */
static void die_if_call_refused(int error)
{
	struct utsname host;
	/* The command's own filter may be in force already, and be what answers. */
	if ((error != ENOSYS && error != EPERM) || now.role == ROLE_PAYLOAD || uname(&host) < 0)
		return;
	const char *lacking = refused_call(ENOSYS), *call = error == EPERM ? refused_call(EPERM) : lacking;
	if (!lacking && !call)
		return;
	now.option = NULL;
	if (lacking && too_old(host.release))
		die("Linux 5.12 or newer is needed; this is %s", host.release);
	if (call)
		die("a seccomp filter, perhaps an outer container's, refuses the system call %s; docker and podman lift theirs with "
		    "--security-opt seccomp=unconfined", call);
}

/* "--bind: cannot find source path /x: No such file or directory; make it first" */
__attribute__((noreturn)) static void fail(const char *doing, const char *path)
{
	int error = errno;
	die_if_call_refused(error);
	const char *help = now.bwrap ? NULL : advice(doing, error);
	die("%s %s%s%s: %s%s%s", now.bwrap ? "Can't" : "cannot", doing, *path ? " " : "", path, strerror(error),
	    help ? "; " : "", help ? help : "");
}

static int must(int result, const char *doing, const char *path)
{
	if (result < 0)
		fail(doing, path);
	return result;
}

static void *must_alloc(void *memory)
{
	if (!memory)
		die("out of memory");
	return memory;
}

/*** Vocabulary ***/

enum op_kind {
	OP_BIND, /* source tree at dest */
	OP_SAME, /* like the host: a link, a read-only bind, or nothing */
	OP_OVERLAY, /* layers at dest; flags say what lies on top */
	OP_PROC,
	OP_DEV,
	OP_TMPFS,
	OP_MQUEUE,
	OP_DIR,
	OP_FILE, /* copy of a descriptor's content */
	OP_BIND_DATA, /* the same, mounted */
	OP_SYMLINK,
	OP_REMOUNT_RO,
	OP_CHMOD,
};

enum op_flags {
	RO = 1,
	DEVICES = 2, /* device nodes work */
	TRY = 4, /* an absent source is no error */
	SOURCE_FD = 8,
	OVERLAY_TMP = 16,
	OVERLAY_RW = 32,
	STICKY = 64, /* mode 1777 unless --perms says otherwise */
	HOST_ONLY = 128, /* of the base tree of --root host, not of --root DIR */
};

#define UNSET ((mode_t)-1)

struct op {
	const char *option, *source, *dest, *work;
	enum op_kind kind;
	int flags, fd;
	mode_t perms;
	uint64_t size; /* bytes; 0: the default */
	size_t layers, layer_count; /* of plan.layers: --overlay-src */
};

enum env_kind { ENV_CLEAR, ENV_SET, ENV_UNSET };

struct env_op {
	enum env_kind kind;
	const char *name, *value;
};

struct fd_list {
	int *fd;
	size_t count;
};

enum explain { EXPLAIN_NONE, EXPLAIN_PLAN, EXPLAIN_HELP, EXPLAIN_OPTIONS, EXPLAIN_VERSION };

/* What the command line asked for.  Const once Check is through with it. */
struct plan {
	struct op *ops;
	size_t op_count, op_room, base_count; /* the first base_count ops are the base tree's */
	const char **layers;
	size_t layer_count, layers_used;
	struct env_op *env;
	size_t env_count;
	const char **keep_env;
	size_t keep_env_count;
	const char **locks;
	size_t lock_count;
	struct fd_list sync_fds, keep_fds, seccomp_fds, owned_fds;
	const char *root, *chdir, *hostname, *argv0, *exec_label, *file_label, *cwd;
	uint64_t namespaces; /* CLONE_NEW* */
	uint64_t namespaces_try;
	uint64_t caps;
	bool caps_named, share_net, unshare_user, disable_userns, allow_userns, assert_userns_disabled;
	bool new_session, die_with_parent, as_pid_1, seccomp_given, overlay_root;
	uint32_t uid, gid; /* inside */
	bool uid_given, gid_given, perms_given, size_given;
	mode_t perms;
	uint64_t size;
	int userns_fd, userns2_fd, pidns_fd, block_fd, userns_block_fd, info_fd, status_fd, depth;
	enum explain explain;
	char **command;
};

/* What we were started with, read once so that Check and Assemble stay pure. */
struct caller {
	uid_t uid;
	gid_t gid;
	const char *home, *cwd;
	int argc;
	char **argv, **environ;
	bool root;
};

/*** Options ***/
/*
 * One table drives parsing, arity, --help, --options and the checks of the manual and the tests.  A row's
 * taker stores the values; it stands above the table so that nothing needs declaring twice.
 */

struct option {
	const char *name, *values; /* metavariables, one a value */
	void (*take)(struct plan *, const struct option *, char **);
	size_t offset; /* in struct plan: where the taker stores */
	uint64_t number; /* a namespace, an op kind, an explanation: the taker knows */
	int flags; /* of an op */
	const char *help;
};

#define AT(type, plan, option) ((type *)((char *)(plan) + (option)->offset))
#define APPEND(array, count, value)                                                                               \
	((array) = must_alloc(realloc((void *)(array), ((count) + 1) * sizeof *(array))), (array)[(count)++] = (value))

/* A whole number in the given base, all of the text, at most max. */
static uint64_t number(const char *text, int base, uint64_t max, const char *what)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(text, &end, base);
	if (!isdigit((unsigned char)*text) || *end || errno || value > max)
		die(now.bwrap ? "Invalid %s: %s" : base == 8 ? "'%2$s' is not a %1$s (at most %3$#llo)" : "'%2$s' is not a %1$s (at most %3$llu)", what, text,
		    (unsigned long long)max);
	return value;
}

static int descriptor(struct plan *plan, const char *text)
{
	int fd = (int)number(text, 10, INT_MAX, now.bwrap ? "fd" : "descriptor");
	if (fcntl(fd, F_GETFD) < 0)
		die("descriptor %d is not open; open it in the caller, as in %d<FILE", fd, fd);
	APPEND(plan->owned_fds.fd, plan->owned_fds.count, fd);
	return fd;
}

/* A descriptor that one option alone may consume: its content is read to the end, or it is held for life. */
static int own_descriptor(struct plan *plan, const char *text)
{
	size_t before = plan->owned_fds.count;
	int fd = descriptor(plan, text);
	for (size_t i = 0; i < before && !now.bwrap; i++)
		if (plan->owned_fds.fd[i] == fd)
			die("descriptor %d is given to two options; open it once for each", fd);
	return fd;
}

static const char *nonempty(const char *path)
{
	if (!*path)
		die("an empty path; give '.' for the working directory or '/' for the root");
	return path;
}

static void take_flag(struct plan *plan, const struct option *option, char **value)
{
	(void)value;
	*AT(bool, plan, option) = true;
}

static void take_nothing(struct plan *plan, const struct option *option, char **value)
{
	(void)plan, (void)option, (void)value;
}

static void take_now(struct plan *plan, const struct option *option, char **value)
{
	(void)plan, (void)value;
	*(option->number ? &now.level_prefix : &now.verbose) = true;
}

static void take_explain(struct plan *plan, const struct option *option, char **value)
{
	(void)value;
	plan->explain = (enum explain)option->number;
}

/* The last of several wins; bubblewrap says so. */
static void note_repeated(const struct option *option, bool repeated)
{
	if (repeated && now.bwrap)
		warn("Only the last %s option will take effect", option->name);
}

static void take_text(struct plan *plan, const struct option *option, char **value)
{
	if (now.bwrap && option->number && *AT(const char *, plan, option))
		die("%s used multiple times", option->name);
	note_repeated(option, *AT(const char *, plan, option));
	*AT(const char *, plan, option) = value[0];
}

static void take_path(struct plan *plan, const struct option *option, char **value)
{
	note_repeated(option, *AT(const char *, plan, option));
	*AT(const char *, plan, option) = nonempty(value[0]);
}

/* bubblewrap never notices that a descriptor which it would only wait for or hold is not open. */
static bool ignores_closed(const struct option *option, const char *text)
{
	return now.bwrap && option->flags & TRY && fcntl((int)number(text, 10, INT_MAX, "fd"), F_GETFD) < 0;
}

static void take_fd(struct plan *plan, const struct option *option, char **value)
{
	if (ignores_closed(option, value[0]))
		return;
	note_repeated(option, *AT(int, plan, option) >= 0);
	*AT(int, plan, option) = own_descriptor(plan, value[0]);
}

static void take_fds(struct plan *plan, const struct option *option, char **value)
{
	struct fd_list *list = AT(struct fd_list, plan, option);
	if (ignores_closed(option, value[0]))
		return;
	APPEND(list->fd, list->count, option->number ? descriptor(plan, value[0]) : own_descriptor(plan, value[0]));
}

static void take_seccomp(struct plan *plan, const struct option *option, char **value)
{
	bool only = option->number; /* --seccomp: the last of several wins */
	if (only ? !plan->seccomp_given && plan->seccomp_fds.count : plan->seccomp_given)
		die("%s cannot be combined with %s%s", option->name,
		    only ? "--add-seccomp-fd" : "--seccomp", now.bwrap ? "" : "; give every program with --add-seccomp-fd");
	note_repeated(option, only && plan->seccomp_given);
	if (only)
		plan->seccomp_given = true, plan->seccomp_fds.count = 0;
	APPEND(plan->seccomp_fds.fd, plan->seccomp_fds.count, own_descriptor(plan, value[0]));
}

static void take_lock(struct plan *plan, const struct option *option, char **value)
{
	(void)option;
	APPEND(plan->locks, plan->lock_count, nonempty(value[0]));
}

#define NEW_ALL (CLONE_NEWUSER | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWCGROUP)
#define ALL_BUT_TRIED (NEW_ALL & ~CLONE_NEWUSER & ~CLONE_NEWCGROUP)

/* --unshare-X, --unshare-X-try, --unshare-all */
static void take_namespace(struct plan *plan, const struct option *option, char **value)
{
	(void)value;
	*(option->flags & TRY ? &plan->namespaces_try : &plan->namespaces) |= option->number;
	if (option->number == ALL_BUT_TRIED)
		plan->namespaces_try |= CLONE_NEWUSER | CLONE_NEWCGROUP;
	if (option->number & CLONE_NEWUSER && !(option->flags & TRY))
		plan->unshare_user = true;
	if (option->number & CLONE_NEWNET)
		plan->share_net = false;
}

static void take_share_net(struct plan *plan, const struct option *option, char **value)
{
	(void)option, (void)value;
	plan->share_net = true;
	plan->namespaces &= ~(uint64_t)CLONE_NEWNET;
}

static void take_id(struct plan *plan, const struct option *option, char **value)
{
	bool user = option->number;
	/* 2^32-1 means "no change" to the kernel's calls, so the largest id is one less. */
	uint32_t id = (uint32_t)number(value[0], 10, UINT32_MAX - 1, user ? "uid" : "gid");
	note_repeated(option, user ? plan->uid_given : plan->gid_given);
	*(user ? &plan->uid : &plan->gid) = id;
	*(user ? &plan->uid_given : &plan->gid_given) = true;
}

static void take_perms(struct plan *plan, const struct option *option, char **value)
{
	if (plan->perms_given)
		die("%s given twice for the same action", option->name);
	plan->perms = (mode_t)number(value[0], 8, 07777, now.bwrap ? "mode" : "mode in octal digits");
	plan->perms_given = true;
}

static void take_size(struct plan *plan, const struct option *option, char **value)
{
	if (plan->size_given)
		die("%s given twice for the same action", option->name);
	plan->size = number(value[0], 0, SIZE_MAX >> 1, "size in bytes");
	if (!plan->size)
		die("--size must be non-zero");
	plan->size_given = true;
}

static void take_env(struct plan *plan, const struct option *option, char **value)
{
	struct env_op op = {(enum env_kind)option->number, value[0], value[0] ? value[1] : NULL};
	if (op.kind != ENV_CLEAR && (!*op.name || strchr(op.name, '=')))
		die("'%s' is not a variable's name; it may not be empty or hold '='", op.name);
	APPEND(plan->env, plan->env_count, op);
}

static void take_keepenv(struct plan *plan, const struct option *option, char **value)
{
	(void)option;
	APPEND(plan->keep_env, plan->keep_env_count, value[0]);
}

static void take_cwd(struct plan *plan, const struct option *option, char **value)
{
	static const char *const modes[] = {"rw", "ro", "none", "overlay"};
	(void)option;
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (!strcmp(value[0], modes[i])) {
			plan->cwd = modes[i];
			return;
		}
	die("'%s' is none of rw, ro, none, overlay", value[0]);
}

/* The capabilities in the kernel's order: capability.h numbers them. */
static const char *const capability_names[] = {
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
	"linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
	"sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
	"sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
	"mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
	"checkpoint_restore",
};
#define CAPABILITIES (sizeof capability_names / sizeof *capability_names)
#define ALL_CAPABILITIES ((UINT64_C(1) << CAPABILITIES) - 1)

static void take_cap(struct plan *plan, const struct option *option, char **value)
{
	uint64_t mask = 0;
	const char *name = value[0];
	if (!strcasecmp(name, "ALL"))
		mask = ALL_CAPABILITIES;
	if (!strncasecmp(name, "CAP_", 4))
		name += 4;
	for (size_t i = 0; i < CAPABILITIES; i++)
		if (!strcasecmp(name, capability_names[i]))
			mask = UINT64_C(1) << i;
	if (!mask)
		die(now.bwrap ? "unknown cap: %s" : "unknown capability '%s'; capabilities(7) lists them", value[0]);
	plan->caps_named = true;
	plan->caps = option->number ? plan->caps | mask : plan->caps & ~mask;
}

/* Move what --perms and --size announced into the operation that they precede. */
static void take_modifiers(struct plan *plan, struct op *op)
{
	op->perms = plan->perms_given ? plan->perms : UNSET;
	op->size = plan->size_given ? plan->size : 0;
	plan->perms_given = plan->size_given = false;
}

static struct op *add_op(struct plan *plan, struct op op)
{
	if (plan->op_count == plan->op_room) {
		plan->op_room = plan->op_room ? 2 * plan->op_room : 64;
		plan->ops = must_alloc(realloc(plan->ops, plan->op_room * sizeof *plan->ops));
	}
	plan->ops[plan->op_count] = op;
	return &plan->ops[plan->op_count++];
}

static void take_layer(struct plan *plan, const struct option *option, char **value)
{
	(void)option;
	APPEND(plan->layers, plan->layer_count, nonempty(value[0]));
}

/* Filesystem operations.  The number of values says what they are: DEST; SOURCE DEST; for --overlay three. */
static void take_op(struct plan *plan, const struct option *option, char **value)
{
	struct op op = {.option = option->name, .kind = (enum op_kind)option->number, .flags = option->flags, .fd = -1};
	take_modifiers(plan, &op);
	op.dest = op.source = value[0];
	if (value[0] && value[1])
		op.dest = value[1];
	if (op.kind == OP_OVERLAY) {
		if (op.flags & OVERLAY_RW)
			op.work = nonempty(value[1]), op.dest = value[2];
		op.layers = plan->layers_used;
		op.layer_count = plan->layer_count - plan->layers_used;
		plan->layers_used = plan->layer_count;
		if (op.layer_count < (op.flags & (OVERLAY_TMP | OVERLAY_RW) ? 1 : 2))
			die(op.flags & (OVERLAY_TMP | OVERLAY_RW) ? "%s requires at least one --overlay-src" :
								    "%s requires at least two --overlay-src", option->name);
	}
	if (op.kind == OP_CHMOD)
		op.perms = (mode_t)number(value[0], 8, 07777, now.bwrap ? "mode" : "mode in octal digits");
	else if (op.kind == OP_FILE || op.kind == OP_BIND_DATA || op.flags & SOURCE_FD)
		op.fd = own_descriptor(plan, value[0]);
	else
		nonempty(op.source);
	nonempty(op.dest);
	add_op(plan, op);
}

#define FIELD(member) offsetof(struct plan, member)

/* Whatever is not a field, a number or a flag of a row is 0.  A name with no help heads a group. */
static const struct option options[] = {
	{.help = "General"},
	{"--help", "", take_explain, 0, EXPLAIN_HELP, 0, "print this help and exit (also -h)"},
	{"--version", "", take_explain, 0, EXPLAIN_VERSION, 0, "print the version and exit (also -V)"},
	{"--options", "", take_explain, 0, EXPLAIN_OPTIONS, 0, "print the option table, a row a line, and exit"},
	{"--plan", "", take_explain, 0, EXPLAIN_PLAN, 0, "print what would be done, in order, and exit"},
	{"--verbose", "", take_now, 0, 0, 0, "say on stderr what is being done"},
	{"--args", "FD", take_nothing, 0, 0, 0, "read NUL-separated options from FD, here"},
	{"--argv0", "NAME", take_text, FIELD(argv0), 1, 0, "give COMMAND this argv[0]"},
	{"--level-prefix", "", take_now, 0, 1, 0, "prefix messages with a syslog level, as in <3>"},
	{.help = "Tree (in the order given, after the base tree)"},
	{"--root", "host|empty|DIR", take_path, FIELD(root), 0, 0, "base tree: the host's system, nothing, or another distribution's"},
	{"--overlay-root", "", take_flag, FIELD(overlay_root), 0, 0, "writes to --root DIR go to memory and are thrown away"},
	{"--cwd", "rw|ro|none|overlay", take_cwd, 0, 0, 0, "how the working directory is shown (rw)"},
	{"--ro", "PATH", take_op, 0, OP_BIND, RO, "bind PATH at the same place, read-only"},
	{"--rw", "PATH", take_op, 0, OP_BIND, 0, "bind PATH at the same place, writable"},
	{"--bind", "SRC DEST", take_op, 0, OP_BIND, 0, "bind SRC on DEST, writable"},
	{"--bind-try", "SRC DEST", take_op, 0, OP_BIND, TRY, "the same; an absent SRC is ignored"},
	{"--dev-bind", "SRC DEST", take_op, 0, OP_BIND, DEVICES, "bind SRC on DEST, device nodes work"},
	{"--dev-bind-try", "SRC DEST", take_op, 0, OP_BIND, DEVICES | TRY, "the same; an absent SRC is ignored"},
	{"--ro-bind", "SRC DEST", take_op, 0, OP_BIND, RO, "bind SRC on DEST, read-only with all below it"},
	{"--ro-bind-try", "SRC DEST", take_op, 0, OP_BIND, RO | TRY, "the same; an absent SRC is ignored"},
	{"--bind-fd", "FD DEST", take_op, 0, OP_BIND, SOURCE_FD, "bind the file or directory open as FD"},
	{"--ro-bind-fd", "FD DEST", take_op, 0, OP_BIND, SOURCE_FD | RO, "the same, read-only"},
	{"--remount-ro", "DEST", take_op, 0, OP_REMOUNT_RO, 0, "make the mount at DEST read-only, not those below it"},
	{"--overlay-src", "SRC", take_layer, 0, 0, 0, "a layer for the next overlay; later ones lie on top"},
	{"--overlay", "RWSRC WORKDIR DEST", take_op, 0, OP_OVERLAY, OVERLAY_RW, "overlay whose writes go to RWSRC"},
	{"--tmp-overlay", "DEST", take_op, 0, OP_OVERLAY, OVERLAY_TMP, "overlay whose writes are thrown away"},
	{"--ro-overlay", "DEST", take_op, 0, OP_OVERLAY, RO, "overlay that is read-only"},
	{"--proc", "DEST", take_op, 0, OP_PROC, 0, "new /proc"},
	{"--dev", "DEST", take_op, 0, OP_DEV, 0, "new minimal /dev"},
	{"--tmpfs", "DEST", take_op, 0, OP_TMPFS, 0, "new tmpfs; --perms and --size go before"},
	{"--mqueue", "DEST", take_op, 0, OP_MQUEUE, 0, "new POSIX message queues"},
	{"--dir", "DEST", take_op, 0, OP_DIR, 0, "make a directory"},
	{"--file", "FD DEST", take_op, 0, OP_FILE, 0, "copy what FD holds to the file DEST"},
	{"--bind-data", "FD DEST", take_op, 0, OP_BIND_DATA, 0, "copy what FD holds to a file mounted on DEST"},
	{"--ro-bind-data", "FD DEST", take_op, 0, OP_BIND_DATA, RO, "the same, read-only"},
	{"--symlink", "TARGET DEST", take_op, 0, OP_SYMLINK, 0, "make a symbolic link at DEST"},
	{"--chmod", "OCTAL PATH", take_op, 0, OP_CHMOD, 0, "change a mode"},
	{"--perms", "OCTAL", take_perms, 0, 0, 0, "mode for the next --dir, --tmpfs, --file or -bind-data"},
	{"--size", "BYTES", take_size, 0, 0, 0, "size of the next --tmpfs"},
	{.help = "Namespaces and identity"},
	{"--unshare-all", "", take_namespace, 0, ALL_BUT_TRIED, 0, "all new namespaces (the default of sandbox)"},
	{"--share-net", "", take_share_net, 0, 0, 0, "keep the caller's network"},
	{"--unshare-user", "", take_namespace, 0, CLONE_NEWUSER, 0, "new user namespace"},
	{"--unshare-user-try", "", take_namespace, 0, CLONE_NEWUSER, TRY, "the same where it can be had"},
	{"--unshare-ipc", "", take_namespace, 0, CLONE_NEWIPC, 0, "new SysV IPC and message queues"},
	{"--unshare-pid", "", take_namespace, 0, CLONE_NEWPID, 0, "new process ids"},
	{"--unshare-net", "", take_namespace, 0, CLONE_NEWNET, 0, "new network with a loopback of its own"},
	{"--unshare-uts", "", take_namespace, 0, CLONE_NEWUTS, 0, "new host name"},
	{"--unshare-cgroup", "", take_namespace, 0, CLONE_NEWCGROUP, 0, "new cgroup root"},
	{"--unshare-cgroup-try", "", take_namespace, 0, CLONE_NEWCGROUP, TRY, "the same where it can be had"},
	{"--userns", "FD", take_fd, FIELD(userns_fd), 0, 0, "enter this user namespace before building"},
	{"--userns2", "FD", take_fd, FIELD(userns2_fd), 0, 0, "enter this user namespace after building"},
	{"--pidns", "FD", take_fd, FIELD(pidns_fd), 0, 0, "use this pid namespace"},
	{"--disable-userns", "", take_flag, FIELD(disable_userns), 0, 0, "no user namespaces inside (the default of sandbox)"},
	{"--allow-userns", "", take_flag, FIELD(allow_userns), 0, 0, "user namespaces may be made inside"},
	{"--assert-userns-disabled", "", take_flag, FIELD(assert_userns_disabled), 0, 0, "fail if user namespaces can be made inside"},
	{"--uid", "UID", take_id, 0, 1, 0, "user id inside, 0 to 4294967294"},
	{"--gid", "GID", take_id, 0, 0, 0, "group id inside, 0 to 4294967294"},
	{"--hostname", "NAME", take_text, FIELD(hostname), 0, 0, "host name inside"},
	{"--cap-add", "CAP", take_cap, 0, 1, 0, "keep a capability, or ALL"},
	{"--cap-drop", "CAP", take_cap, 0, 0, 0, "drop a capability, or ALL"},
	{.help = "Environment and process"},
	{"--chdir", "DIR", take_path, FIELD(chdir), 0, 0, "working directory inside"},
	{"--clearenv", "", take_env, 0, ENV_CLEAR, 0, "drop all variables but PWD"},
	{"--setenv", "NAME VALUE", take_env, 0, ENV_SET, 0, "set a variable"},
	{"--unsetenv", "NAME", take_env, 0, ENV_UNSET, 0, "drop a variable"},
	{"--keepenv", "NAME|PREFIX*", take_keepenv, 0, 0, 0, "keep a variable of the caller's"},
	{"--keep-fd", "FD", take_fds, FIELD(keep_fds), 1, 0, "COMMAND inherits this descriptor"},
	{"--new-session", "", take_flag, FIELD(new_session), 0, 0, "no controlling terminal"},
	{"--die-with-parent", "", take_flag, FIELD(die_with_parent), 0, 0, "kill all when the caller ends"},
	{"--as-pid-1", "", take_flag, FIELD(as_pid_1), 0, 0, "COMMAND is process 1, nothing reaps for it"},
	{"--lock-file", "DEST", take_lock, 0, 0, 0, "hold a read lock on DEST while the sandbox lives"},
	{"--sync-fd", "FD", take_fds, FIELD(sync_fds), 0, TRY, "keep FD open while the sandbox lives"},
	{"--block-fd", "FD", take_fd, FIELD(block_fd), 0, TRY, "wait for FD before COMMAND starts"},
	{"--userns-block-fd", "FD", take_fd, FIELD(userns_block_fd), 0, 0, "wait for FD before using the user namespace"},
	{"--info-fd", "FD", take_fd, FIELD(info_fd), 0, 0, "write ids of the sandbox to FD as JSON"},
	{"--json-status-fd", "FD", take_fd, FIELD(status_fd), 0, 0, "write status to FD, a JSON object a line"},
	{.help = "Confinement"},
	{"--seccomp", "FD", take_seccomp, 0, 1, 0, "load the BPF program in FD"},
	{"--add-seccomp-fd", "FD", take_seccomp, 0, 0, 0, "load one more BPF program"},
	{"--exec-label", "LABEL", take_text, FIELD(exec_label), 0, 0, "SELinux label of COMMAND"},
	{"--file-label", "LABEL", take_text, FIELD(file_label), 0, 0, "SELinux label of the tree's own files"},
	{"--not-a-security-boundary", "", take_nothing, 0, 0, 0, "accepted for bubblewrap's sake, without effect"},
	{"--", "", take_nothing, 0, 0, 0, "end of options"},
};
#define OPTIONS (sizeof options / sizeof *options)

/*** Parse ***/

static const struct option *find_option(const char *name, size_t length)
{
	for (const struct option *o = options; o < options + OPTIONS; o++)
		if (o->name && !strncmp(o->name, name, length) && !o->name[length])
			return o;
	return NULL;
}

/* How many single-character edits lead from one word to the other (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
	size_t row[64], length = strlen(b);
	if (length > 63 || strlen(a) > 63)
		return 64;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0]++;
		for (size_t j = 1; j <= length; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			if (best > row[j] + 1)
				best = row[j] + 1;
			if (best > row[j - 1] + 1)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[length];
}

__attribute__((noreturn)) static void die_unknown(char *name)
{
	if (!now.bwrap)
		name[strcspn(name, "=")] = '\0';
	const char *nearest = "--help";
	size_t least = 64;
	if (now.bwrap)
		die("Unknown option %s", name);
	for (const struct option *o = options; o < options + OPTIONS; o++)
		if (o->name && o->name[2] && distance(name, o->name) < least)
			least = distance(name, nearest = o->name);
	bool close = least <= strlen(name) / 3;
	die("unknown option %s; %s %s", name, close ? "did you mean" : "see", close ? nearest : "--help");
}

static int arity(const struct option *option)
{
	int count = *option->values != '\0';
	for (const char *c = option->values; *c; c++)
		count += *c == ' ';
	return count;
}

/* All of a descriptor's content, with a NUL behind it. */
static char *slurp(int fd, const char *what, size_t *size)
{
	size_t room = 4096;
	char *text = must_alloc(malloc(room + 1));
	ssize_t got;
	for (*size = 0; (got = read(fd, text + *size, room - *size)) != 0; *size += (size_t)got) {
		if (got < 0 && errno == EINTR)
			got = 0;
		must((int)got, "read", what);
		if (*size + (size_t)got == room)
			text = must_alloc(realloc(text, (room *= 2) + 1));
	}
	text[*size] = '\0';
	return text;
}

/* Which values follow the option: those behind "=", or the next words. */
static char **parse_values(const struct option *option, char *word, char **next, char **last, char **values)
{
	static const char *const counts[] = {"no", "one", "two", "three"};
	int wanted = arity(option);
	char *equals = now.bwrap ? NULL : strchr(word, '=');
	if (equals && wanted != 1)
		die("%s takes %s values, so not one behind '='", option->name, counts[wanted]);
	if (equals) {
		values[0] = equals + 1;
		return next;
	}
	if (last - next < wanted && now.bwrap)
		die(wanted == 1 ? "%s takes an argument" : "%s takes %s arguments", option->name, counts[wanted]);
	if (last - next < wanted)
		die("missing value; write %s %s", option->name, option->values);
	for (int i = 0; i < wanted; i++)
		values[i] = *next++;
	return next;
}

#define PERMS_ALONE "--perms must be followed by --dir, --tmpfs, --file, --bind-data or --ro-bind-data"

static void check_modifiers(const struct plan *plan, const struct option *option)
{
	bool perms = option->take == take_op && (option->number == OP_DIR || option->number == OP_TMPFS ||
						 option->number == OP_FILE || option->number == OP_BIND_DATA);
	bool size = option->take == take_op && option->number == OP_TMPFS;
	if (plan->perms_given && !perms && option->take != take_size && option->take != take_perms)
		die("%s", now.bwrap ? "--perms must be followed by an option that creates a file" : PERMS_ALONE);
	if (plan->size_given && !size && option->take != take_size && option->take != take_perms)
		die("--size must be followed by --tmpfs");
}

/* Words up to the first that is no option; returns where that is.  --args brings more words, to depth. */
static char **parse(struct plan *plan, char **word, char **last)
{
	while (word < last && **word == '-' && (word[0][1] || now.bwrap)) {
		char *values[4] = {NULL}, *name = *word++;
		if (!strcmp(name, "-h"))
			name = "--help";
		if (!strcmp(name, "-V"))
			name = "--version";
		size_t length = now.bwrap || name[2] == '=' ? strlen(name) : strcspn(name, "=");
		const struct option *option = find_option(name, length);
		if (!option)
			die_unknown(name);
		if (!strcmp(option->name, "--"))
			return word;
		now.option = option->name;
		word = parse_values(option, name, word, last, values);
		check_modifiers(plan, option);
		option->take(plan, option, values);
		if (!strcmp(option->name, "--args")) {
			size_t size, count = 0;
			char *text = slurp(own_descriptor(plan, values[0]), "--args data", &size), **words = NULL;
			for (char *at = text; at < text + size; at += strlen(at) + 1)
				if (!(count & (count + 1))) /* grow by doubling */
					words = must_alloc(realloc(words, (2 * count + 2) * sizeof *words)), words[count++] = at;
				else
					words[count++] = at;
			if (plan->depth++ > 16)
				die("--args goes too deep");
			char **rest = parse(plan, words, words + count);
			if (rest != words + count)
				die("'%s' is no option; COMMAND goes on the command line", *rest);
			plan->depth--;
		}
		now.option = NULL;
	}
	return word;
}

/*** Check ***/

static bool below(const char *path, const char *directory)
{
	size_t length = strlen(directory);
	return !strncmp(path, directory, length) && path[length] == '/';
}

/* The system's directories, and those that hold what belongs to several users. */
static const char *const system_directories[] = {"/usr", "/etc", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
	"/boot", "/dev", "/proc", "/sys", "/run", "/root", "/home", "/opt", "/nix", "/gnu", "/snap", NULL};
static const char *const shared_directories[] = {"/", "/tmp", "/var", "/var/tmp", "/mnt", "/srv", "/media", NULL};

static bool is_one_of(const char *path, const char *const *list, bool or_below)
{
	for (; *list; list++)
		if (!strcmp(path, *list) || (or_below && below(path, *list)))
			return true;
	return false;
}

/* A working directory is granted strictly below home, or outside all that belongs to the system or to others. */
static bool cwd_is_the_users(const struct caller *caller)
{
	const char *cwd = caller->cwd;
	if (!cwd || *cwd != '/')
		return false;
	if (below(cwd, caller->home))
		return true;
	if (!strcmp(cwd, caller->home) || below(caller->home, cwd))
		return false;
	if (is_one_of(cwd, system_directories, true) || is_one_of(cwd, shared_directories, false))
		return false;
	return !below(cwd, "/var") || below(cwd, "/var/tmp");
}

/* The tree under every sandbox whose root is not empty.  Sizes keep a runaway from eating the host's memory. */
static const struct op base_tree[] = {
	{.kind = OP_SAME, .dest = "/usr", .flags = HOST_ONLY},
	{.kind = OP_SAME, .dest = "/bin", .flags = HOST_ONLY},
	{.kind = OP_SAME, .dest = "/sbin", .flags = HOST_ONLY},
	{.kind = OP_SAME, .dest = "/lib", .flags = HOST_ONLY},
	{.kind = OP_SAME, .dest = "/lib32", .flags = HOST_ONLY},
	{.kind = OP_SAME, .dest = "/lib64", .flags = HOST_ONLY},
	{.kind = OP_SAME, .dest = "/libx32", .flags = HOST_ONLY},
	{.kind = OP_SAME, .dest = "/etc", .flags = HOST_ONLY},
	{.kind = OP_SAME, .dest = "/opt", .flags = HOST_ONLY},
	{.kind = OP_SAME, .dest = "/nix/store", .flags = HOST_ONLY}, /* not the builder's socket below /nix/var */
	{.kind = OP_SAME, .dest = "/nix/var/nix/profiles", .flags = HOST_ONLY},
	{.kind = OP_SAME, .dest = "/gnu", .flags = HOST_ONLY},
	{.kind = OP_PROC, .dest = "/proc"},
	{.kind = OP_DEV, .dest = "/dev"},
	{.kind = OP_TMPFS, .dest = "/tmp", .flags = STICKY},
	{.kind = OP_TMPFS, .dest = "/var/tmp", .flags = STICKY},
	{.kind = OP_TMPFS, .dest = "/run"},
};

static void plan_base(struct plan *plan, const struct caller *caller)
{
	struct plan user = *plan;
	bool host = !strcmp(plan->root, "host");
	if (!strcmp(plan->root, "empty"))
		return;
	plan->ops = NULL;
	plan->op_count = plan->op_room = 0;
	if (!host)
		add_op(plan, (struct op){.option = "--root", .source = plan->root, .dest = "/", .perms = UNSET,
			.kind = plan->overlay_root ? OP_OVERLAY : OP_BIND, .flags = plan->overlay_root ? OVERLAY_TMP : RO});
	for (size_t i = 0; i < sizeof base_tree / sizeof *base_tree; i++) {
		struct op op = base_tree[i];
		op.option = "--root", op.source = op.dest, op.perms = UNSET;
		if (host || !(op.flags & HOST_ONLY))
			add_op(plan, op);
	}
	if (host && plan->share_net) /* it may be a link into /run */
		add_op(plan, (struct op){.option = "--share-net", .kind = OP_BIND, .flags = RO | TRY, .source = "/etc/resolv.conf",
			.dest = "/etc/resolv.conf", .perms = UNSET});
	add_op(plan, (struct op){.option = "--root", .kind = OP_TMPFS, .dest = caller->home, .source = "", .perms = 0700});
	if (!strcmp(plan->cwd, "none"))
		;
	else if (!cwd_is_the_users(caller))
		warn("the working directory is not shown inside, an empty home takes its place; --rw PATH shows one");
	else {
		int flags = !strcmp(plan->cwd, "ro") ? RO : !strcmp(plan->cwd, "overlay") ? OVERLAY_TMP : 0;
		add_op(plan, (struct op){.option = "--cwd", .source = ".", .dest = caller->cwd, .perms = UNSET, .flags = flags,
			.kind = flags == OVERLAY_TMP ? OP_OVERLAY : OP_BIND});
		plan->chdir = plan->chdir ? plan->chdir : caller->cwd;
	}
	plan->chdir = plan->chdir ? plan->chdir : caller->home;
	plan->base_count = plan->op_count;
	for (size_t i = 0; i < user.op_count; i++)
		add_op(plan, user.ops[i]);
}

/* Pairs that exclude each other or need each other; offsets name plain bools or descriptors. */
static void check_conflicts(const struct plan *plan)
{
	bool user = plan->namespaces & CLONE_NEWUSER;
	if (plan->perms_given && !now.bwrap)
		die("%s", PERMS_ALONE);
	if (plan->size_given && !now.bwrap)
		die("--size must be followed by --tmpfs");
	if (plan->layers_used != plan->layer_count)
		die("--overlay-src must be followed by another --overlay-src or one of --overlay, --tmp-overlay, or --ro-overlay");
	if (plan->userns_fd >= 0 && plan->unshare_user)
		die("--userns cannot be combined with --unshare-user");
	if (plan->userns_fd >= 0 && plan->namespaces_try & CLONE_NEWUSER)
		die("--userns cannot be combined with --unshare-user-try");
	if (plan->uid_given && !user && plan->userns_fd < 0)
		die("Specifying --uid requires --unshare-user or --userns");
	if (plan->gid_given && !user && plan->userns_fd < 0)
		die("Specifying --gid requires --unshare-user or --userns");
	if (plan->hostname && !(plan->namespaces & CLONE_NEWUTS))
		die("Specifying --hostname requires --unshare-uts");
	if (plan->hostname && !now.bwrap && (!*plan->hostname || strlen(plan->hostname) > 64))
		die("--hostname: '%s' is not 1 to 64 bytes long", plan->hostname);
	if (plan->as_pid_1 && !(plan->namespaces & CLONE_NEWPID))
		die("Specifying --as-pid-1 requires --unshare-pid");
	if (plan->as_pid_1 && plan->lock_count)
		die(now.bwrap ? "Specifying --as-pid-1 and --lock-file is not permitted" :
			       "--as-pid-1 and --lock-file cannot be combined: nothing would hold the lock");
	if (plan->disable_userns && (now.bwrap ? !plan->unshare_user : !user))
		die("--disable-userns requires --unshare-user");
	if (plan->disable_userns && plan->allow_userns)
		die("--disable-userns cannot be combined with --allow-userns");
	if (plan->overlay_root && (!strcmp(plan->root, "host") || !strcmp(plan->root, "empty")))
		die("--overlay-root needs --root DIR");
	if (plan->userns_block_fd >= 0 && (!user || plan->info_fd < 0))
		die("--userns-block-fd requires %s", user ? "--info-fd" : "--unshare-user");
}

static void check(struct plan *plan, const struct caller *caller)
{
	if (!now.bwrap) {
		plan->namespaces |= NEW_ALL;
		if (plan->userns_fd >= 0)
			plan->namespaces &= ~(uint64_t)CLONE_NEWUSER;
		if (plan->pidns_fd >= 0)
			plan->namespaces &= ~(uint64_t)CLONE_NEWPID;
		if (plan->share_net)
			plan->namespaces &= ~(uint64_t)CLONE_NEWNET;
	}
	if (!caller->root && plan->userns_fd < 0)
		plan->namespaces |= CLONE_NEWUSER;
	plan->namespaces |= CLONE_NEWNS | plan->namespaces_try;
	check_conflicts(plan);
	if (!now.bwrap)
		plan->disable_userns = !plan->allow_userns && plan->namespaces & CLONE_NEWUSER;
	if (!plan->uid_given)
		plan->uid = caller->uid;
	if (!plan->gid_given)
		plan->gid = caller->gid;
	if (!*plan->command && plan->explain == EXPLAIN_NONE)
		die(now.bwrap ? "No command specified" : "no COMMAND; try: %s sh", now.name);
	plan_base(plan, caller);
}

/*** Assemble ***/

static const char *const kept_variables[] = {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "COLORTERM", "NO_COLOR",
	"LANG", "LANGUAGE", "LC_*", "TZ", NULL};

/* A pattern is a name, or a prefix and a star. */
static bool name_matches(const char *entry, const char *pattern)
{
	size_t length = strcspn(pattern, "*");
	return !strncmp(entry, pattern, length) && (pattern[length] || entry[length] == '=');
}

static bool variable_kept(const struct plan *plan, const char *entry)
{
	for (size_t i = 0; kept_variables[i]; i++)
		if (now.bwrap || name_matches(entry, kept_variables[i]))
			return true;
	for (size_t i = 0; i < plan->keep_env_count; i++)
		if (name_matches(entry, plan->keep_env[i]))
			return true;
	return false;
}

static size_t drop_variable(char **list, size_t count, const char *name)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++)
		if (!name_matches(list[i], name))
			list[kept++] = list[i];
	return kept;
}

static char **set_variable(char **list, size_t *count, const char *name, const char *value)
{
	size_t size = strlen(name) + strlen(value) + 2;
	char *entry = must_alloc(malloc(size));
	snprintf(entry, size, "%s=%s", name, value);
	*count = drop_variable(list, *count, name);
	APPEND(list, *count, entry);
	return list;
}

/* The command's environment; HOME is where the empty home lies, links resolved, and PWD where it starts. */
static char **assemble_environment(const struct plan *plan, const struct caller *caller, const char *cwd)
{
	char **list = NULL;
	size_t count = 0;
	for (char *const *entry = caller->environ; *entry; entry++)
		if (variable_kept(plan, *entry))
			APPEND(list, count, *entry);
	if (plan->base_count)
		list = set_variable(list, &count, "HOME", caller->home);
	for (size_t i = 0; i < plan->env_count; i++) {
		const struct env_op *op = &plan->env[i];
		if (op->kind == ENV_CLEAR)
			count = 0;
		else if (op->kind == ENV_UNSET)
			count = drop_variable(list, count, op->name);
		else
			list = set_variable(list, &count, op->name, op->value);
	}
	if (cwd)
		list = set_variable(list, &count, "PWD", cwd);
	APPEND(list, count, NULL);
	return list;
}

/*** Explain ***/

static void explain_help(void)
{
	printf("usage: %s [OPTION...] [--] COMMAND [ARG...]\n\nRun COMMAND in a throwaway mount tree, without privilege.\n", now.called);
	for (const struct option *o = options; o < options + OPTIONS; o++)
		if (!o->name)
			printf("\n%s:\n", o->help);
		else
			printf("    %s %-*s %s\n", o->name, (int)(30 - strlen(o->name)), o->values, o->help);
}

static void explain_options(void)
{
	for (const struct option *o = options; o < options + OPTIONS; o++)
		if (o->name)
			printf("%s\t%s\t%s\n", o->name, o->values, o->help);
}

static void explain_plan(const struct plan *plan)
{
	static const char *const kinds[] = {"bind", "same as host", "overlay", "proc", "dev", "tmpfs", "mqueue", "directory",
		"file", "data", "symlink", "remount read-only", "chmod"};
	static const struct { uint64_t flag; const char *name; } spaces[] = {{CLONE_NEWUSER, "user"}, {CLONE_NEWNS, "mount"},
		{CLONE_NEWPID, "pid"}, {CLONE_NEWNET, "net"}, {CLONE_NEWIPC, "ipc"}, {CLONE_NEWUTS, "uts"}, {CLONE_NEWCGROUP, "cgroup"}};
	printf("namespaces");
	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
		if (plan->namespaces & spaces[i].flag)
			printf(" %s", spaces[i].name);
	printf("\nuid %u gid %u\nroot %s\n", plan->uid, plan->gid, plan->root);
	for (size_t i = 0; i < plan->op_count; i++) {
		const struct op *op = &plan->ops[i];
		printf("%s%s %s%s%s\n", op->flags & RO ? "read-only " : "", kinds[op->kind],
		       op->source == op->dest ? "" : op->source, op->source == op->dest || !*op->source ? "" : " on ", op->dest);
	}
	printf("nested user namespaces %s\n", plan->disable_userns ? "off" : "on");
	printf("command %s\n", *plan->command ? *plan->command : "(none)");
}

/*** Build ***/
/*
 * The new root is a tmpfs on top of the host's "/".  Source lookups start at the process's root and so see
 * the host's tree below it; destination lookups start at a descriptor of the new root and cannot leave it.
 * Every mount is made detached, gets its flags, and is attached only then.
 */

struct tree {
	int root; /* the new "/": the tmpfs, or what an operation put over it */
	int base; /* the tmpfs itself */
	int stash; /* a tmpfs outside the new root: upper layers and data files; -1 until needed */
	unsigned stashed;
	mode_t perms; /* of the operation being served, from --perms, or UNSET */
	const int *prepared; /* mounts that needed the caller's privilege, by place in the plan */
	dev_t *own; /* file systems made here: a missing mount point leaves no trace on the host */
	size_t own_count;
	int *open; /* read-only directories that were opened up for mount points; read-only again at the end */
	size_t open_count;
};

/*
 * Run by root, the host's system is shown through mounts in which uid and gid 0 are nobody: root without
 * capabilities still owns root's files, and may read /etc/shadow as such.  They are made before the clone,
 * while there is privilege to do so; a place in the list is that of the operation, -1 where there is none.
 */
static int *shown_without_root(const struct plan *plan, int userns)
{
	int *mounts = must_alloc(malloc((plan->base_count + 1) * sizeof *mounts));
	for (size_t i = 0; i < plan->base_count; i++) {
		const struct op *op = &plan->ops[i];
		struct stat st;
		mounts[i] = -1;
		if (userns < 0 || op->kind != OP_SAME || lstat(op->dest, &st) < 0 || !S_ISDIR(st.st_mode))
			continue;
		mounts[i] = sys_open_tree(AT_FDCWD, op->dest, K_OPEN_TREE_CLONE | K_AT_RECURSIVE | O_CLOEXEC);
		if (mounts[i] >= 0 && sys_mount_idmap(mounts[i], userns) < 0) {
			trace("%s: no id-mapped mount: %s; root's own files are hidden one by one", op->dest, strerror(errno));
			close(mounts[i]);
			mounts[i] = -1;
		}
	}
	return mounts;
}

/* A user namespace that knows every id but 0.  It lives as long as the mounts that use it. */
static int userns_without_root(int proc)
{
	static const char map[] = "1 1 4294967294";
	char path[64];
	int pidfd, userns, alive[2];
	must(pipe2(alive, O_CLOEXEC), "make", "a pipe");
	pid_t pid = sys_clone3(CLONE_NEWUSER | CLONE_PIDFD, &pidfd);
	if (!pid) {
		close(alive[1]);
		_exit(read(alive[0], path, 1) != 0);
	}
	if (pid < 0)
		return -1;
	static const char *const files[] = {"uid_map", "gid_map"};
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%d/%s", pid, files[i]);
		int fd = openat(proc, path, O_WRONLY | O_CLOEXEC);
		if (write(fd, map, sizeof map - 1) < 0)
			trace("no user namespace without root: %s", strerror(errno));
		close(fd);
	}
	snprintf(path, sizeof path, "%d/ns/user", pid);
	userns = openat(proc, path, O_RDONLY | O_CLOEXEC);
	close(alive[1]);
	close(alive[0]);
	waitpid(pid, NULL, 0);
	close(pidfd);
	return userns;
}

static const uint64_t ATTRS = K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NODEV;

static struct stat stat_fd(int fd, const char *path)
{
	struct stat st;
	must(fstat(fd, &st), "look at", path);
	return st;
}

/* What kind of file it is, without asking the server of a network or FUSE file system, which may be dead. */
static mode_t type_of(int fd, const char *path)
{
	struct k_statx st;
	must(sys_statx(fd, "", AT_EMPTY_PATH | K_AT_STATX_DONT_SYNC, K_STATX_TYPE, &st), "look at", path);
	return st.mode & S_IFMT;
}

static void remember_own(struct tree *tree, int fd)
{
	APPEND(tree->own, tree->own_count, stat_fd(fd, "a new file system").st_dev);
}

static bool is_own(const struct tree *tree, int fd)
{
	struct stat st = stat_fd(fd, "a mount point");
	for (size_t i = 0; i < tree->own_count; i++)
		if (tree->own[i] == st.st_dev)
			return true;
	return false;
}

/* A new file system, detached.  settings: key, value, key, value..., NULL; a value of NULL makes it a flag. */
static int new_filesystem(const char *type, const char *const *settings, uint64_t attributes)
{
	char doing[64];
	snprintf(doing, sizeof doing, "mount %s", type);
	int fs = must(sys_fsopen(type), doing, "");
	for (; *settings; settings += 2)
		must(sys_fsconfig(fs, settings[1] ? K_FSCONFIG_SET_STRING : K_FSCONFIG_SET_FLAG, settings[0], settings[1]),
		     doing, settings[0]);
	must(sys_fsconfig(fs, K_FSCONFIG_CMD_CREATE, NULL, NULL), doing, "");
	int mount = must(sys_fsmount(fs, (unsigned)attributes), doing, "");
	close(fs);
	return mount;
}

/* Without --size a quarter of the host's memory under sandbox, half (the kernel's default) under bwrap. */
static int new_tmpfs(struct tree *tree, mode_t mode, uint64_t size)
{
	char mode_text[16], size_text[32];
	snprintf(mode_text, sizeof mode_text, "%o", mode);
	snprintf(size_text, sizeof size_text, size ? "%llu" : "25%%", (unsigned long long)size);
	const char *const settings[] = {"mode", mode_text, size || !now.bwrap ? "size" : NULL, size_text, NULL};
	int mount = new_filesystem("tmpfs", settings, ATTRS);
	remember_own(tree, mount);
	return mount;
}

/*
 * A path inside the new root; links and ".." stay in it, whatever they say.  With a ".." the kernel gives up
 * when anything on the machine is renamed or mounted meanwhile, and asks to try again.
 */
static int open_inside(const struct tree *tree, const char *path, uint64_t flags)
{
	int fd;
	do
		fd = sys_openat2(tree->root, path, flags, 0, K_RESOLVE_IN_ROOT | K_RESOLVE_NO_MAGICLINKS);
	while (fd < 0 && errno == EAGAIN);
	return fd;
}

/* Splits off the last component: "/a/b/" gives "/a/" and "b". */
static char *split(const char *path, char **name)
{
	char *parent = must_alloc(strdup(path)), *end = parent + strlen(parent);
	while (end > parent && end[-1] == '/')
		*--end = '\0';
	while (end > parent && end[-1] != '/')
		end--;
	*name = must_alloc(strdup(end));
	*end = '\0';
	return parent;
}

/* The target of a dangling link, as a path inside the new root. */
static char *link_target(int parent, const char *parent_path, const char *name)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(parent, name, target, sizeof target - 1);
	must((int)length, "make mount point", name);
	target[length] = '\0';
	size_t size = strlen(parent_path) + (size_t)length + 2;
	char *path = must_alloc(malloc(size));
	snprintf(path, size, "%s/%s", *target == '/' ? "" : parent_path, target);
	return path;
}

/* A node of a directory of ours, bound on itself or on another: both ends are held, no path is walked. */
static void bind_node(int from, int onto, uint64_t attributes, const char *path)
{
	int mount = must(sys_open_tree(from, "", AT_EMPTY_PATH | K_AT_RECURSIVE | K_OPEN_TREE_CLONE | O_CLOEXEC), "bind", path);
	if (attributes)
		must(sys_mount_setattr(mount, K_AT_RECURSIVE, attributes, 0, 0), "restrict the mount of", path);
	must(sys_move_mount(mount, onto), "mount on", path);
	close(mount);
}

static uint64_t mount_id(int dir, const char *path)
{
	struct k_statx st;
	must(sys_statx(dir, path, AT_EMPTY_PATH | AT_NO_AUTOMOUNT, K_STATX_MNT_ID, &st), "look at mount", path);
	return st.mount_id;
}

static bool is_root(const struct tree *tree, int fd)
{
	struct stat a = stat_fd(fd, "/"), b = stat_fd(tree->root, "/");
	if (a.st_ino != b.st_ino || a.st_dev != b.st_dev)
		return false;
	return mount_id(fd, "") == mount_id(tree->root, "");
}

/* What goes over "/" is the new root from then on. */
static void attach_at(struct tree *tree, int mount, int point, const char *dest)
{
	bool root = is_root(tree, point);
	must(sys_move_mount(mount, point), "mount on", dest);
	if (!root) {
		close(mount);
		return;
	}
	if (tree->root != tree->base)
		close(tree->root);
	tree->root = mount;
}

/*
 * A mount point is missing in a directory of a read-only bind, which must stay as it is on the host.  So the
 * directory is replaced by one of ours in which each of its entries is bound, with all mounts below it.
 */
static void open_up(struct tree *tree, int directory, const char *path)
{
	struct stat st = stat_fd(directory, path);
	int mount = new_tmpfs(tree, st.st_mode & 0777, 0), own = must(dup(mount), "open up", path);
	int fd = must(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "list the directory of a missing mount point,", path);
	DIR *list = must_alloc(fdopendir(fd));
	attach_at(tree, mount, directory, path);
	APPEND(tree->open, tree->open_count, own);
	for (struct dirent *entry; (entry = readdir(list));) {
		char target[PATH_MAX], *name = entry->d_name;
		ssize_t length = readlinkat(fd, name, target, sizeof target - 1);
		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (length >= 0) {
			target[length] = '\0';
			must(symlinkat(target, own, name), "make symlink at", name);
			continue;
		}
		int from = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (from < 0 && errno == ENOENT)
			continue; /* gone since it was listed */
		must(from, "open", name);
		bool is_directory = S_ISDIR(type_of(from, name));
		must(is_directory ? mkdirat(own, name, 0755) : mknodat(own, name, S_IFREG | 0444, 0), "make mount point", name);
		int onto = must(openat(own, name, O_PATH | O_CLOEXEC), "open", name);
		bind_node(from, onto, 0, name);
		close(onto);
		close(from);
	}
	closedir(list);
}

static bool is_read_only(int fd)
{
	struct statvfs fs;
	return !fstatvfs(fd, &fs) && fs.f_flag & ST_RDONLY;
}

/* A directory in which something is to be made: opened up if it is the host's and read-only. */
static int made_writable(struct tree *tree, int directory, const char *path)
{
	if (is_own(tree, directory) || !is_read_only(directory))
		return directory;
	open_up(tree, directory, path);
	close(directory);
	return must(open_inside(tree, path, O_PATH | O_DIRECTORY), "make mount point", path);
}

/* What is made or changed in a writable bind stays on the host, which bubblewrap's users may want. */
static void must_be_own(const struct tree *tree, int fd, const char *path, const char *complaint)
{
	if (!now.bwrap && !is_own(tree, fd))
		die(complaint, path);
}

/* Directories above what --perms closes to group or others are closed to them too. */
static mode_t parent_mode(const struct tree *tree)
{
	mode_t mode = tree->perms;
	return 0755 & ~(mode & 0070 ? 0 : 0050U) & ~(mode & 0007 ? 0 : 0005U);
}

/*
 * Makes what is missing of PATH: directories, and at the end a node of the given type.  A dangling link's
 * target is made, inside the new root like everything else.  Returns the node, held by O_PATH.
 */
static int make_path(struct tree *tree, const char *path, mode_t type, mode_t mode, int links)
{
	char *name, *parent = split(path, &name);
	const char *above = *parent ? parent : "/";
	int fd = open_inside(tree, above, O_PATH | O_DIRECTORY), made;
	if (fd < 0 && errno == ENOENT) {
		fd = make_path(tree, above, S_IFDIR, parent_mode(tree), links);
		int there = open_inside(tree, path, O_PATH); /* PATH goes on with ".." */
		if (there >= 0)
			return there;
	}
	fd = made_writable(tree, must(fd, "make mount point", path), above);
	must_be_own(tree, fd, path, "mount point %s does not exist, and making it would leave it on the host; make it first");
	made = S_ISDIR(type) ? mkdirat(fd, name, mode) : mknodat(fd, name, S_IFREG | mode, 0);
	if (made < 0 && errno == EEXIST && links > 0) {
		char *target = link_target(fd, above, name);
		close(fd);
		return make_path(tree, target, type, mode, links - 1);
	}
	must(made, "make mount point", path);
	int node = must(openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), "make mount point", path);
	close(fd);
	free(name);
	free(parent);
	return node;
}

/* The mount point DEST, made where it is missing, of the kind of what goes on it. */
static int hold_point(struct tree *tree, const char *dest, mode_t type)
{
	int fd = open_inside(tree, dest, O_PATH | (now.bwrap ? O_NOFOLLOW : 0));
	if (fd < 0 && errno == ENOENT)
		return make_path(tree, dest, type, S_ISDIR(type) ? 0755 : 0444, 40);
	must(fd, "make mount point", dest);
	struct stat st = stat_fd(fd, dest);
	if (S_ISLNK(st.st_mode))
		die("Can't mount on symlink destination %s", dest);
	if (S_ISDIR(type) && !S_ISDIR(st.st_mode))
		die(now.bwrap ? "Destination is not a directory %s" : "%s is no directory, and a directory cannot be mounted on a file", dest);
	if (!S_ISDIR(type) && S_ISDIR(st.st_mode))
		die(now.bwrap ? "Destination is not a file %s" : "%s is a directory, and a file cannot be mounted on it", dest);
	return fd;
}

/* Attaches a mount at DEST.  Over "/" it becomes the new root. */
static void attach(struct tree *tree, int mount, const char *dest)
{
	int point = hold_point(tree, dest, type_of(mount, dest));
	attach_at(tree, mount, point, dest);
	close(point);
}

/* Whether ".." is among the components of a path. */
static bool goes_up(const char *path)
{
	for (const char *at = path; (at = strstr(at, "..")); at += 2)
		if ((at == path || at[-1] == '/') && (!at[2] || at[2] == '/'))
			return true;
	return false;
}

/*
 * A source's path without links and "..", or NULL.  The new root lies on the host's "/" by now, and a ".." that
 * reaches "/" steps onto it: /etc/os-release -> ../usr/lib/os-release would be sought inside.  And a link of
 * /proc leads into the mount namespace that its process was in, where nothing may be cloned from, so its text is
 * what counts (--ro-bind /proc/self/exe).
 */
static const char *plain_source(const char *path)
{
	int fd = goes_up(path) ? -1 : sys_openat2(AT_FDCWD, path, O_PATH, 0, K_RESOLVE_NO_SYMLINKS);
	if (fd < 0 && (goes_up(path) || errno == ELOOP))
		return realpath(path, NULL);
	if (fd >= 0)
		close(fd);
	return path;
}

static int clone_path(const char *path)
{
	const char *plain = plain_source(path);
	return plain ? sys_open_tree(AT_FDCWD, plain, K_OPEN_TREE_CLONE | K_AT_RECURSIVE | O_CLOEXEC) : -1;
}

/* A layer of an overlay, held by O_PATH. */
static int open_layer(const char *path)
{
	const char *plain = plain_source(path);
	return plain ? open(plain, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
}

/* The file or directory behind a descriptor.  A path is what can be bound, so it must still lead there. */
static int clone_descriptor(const struct op *op)
{
	char link[32], path[PATH_MAX];
	snprintf(link, sizeof link, "/proc/self/fd/%d", op->fd);
	ssize_t length = readlink(link, path, sizeof path - 1);
	must((int)length, "read", link);
	path[length] = '\0';
	int mount = sys_open_tree(AT_FDCWD, path, K_OPEN_TREE_CLONE | K_AT_RECURSIVE | O_CLOEXEC);
	struct stat wanted = stat_fd(op->fd, path);
	if (!wanted.st_nlink)
		die("descriptor %d holds the deleted file %s; copy it in with --ro-bind-data", op->fd, path);
	must(mount, "find source path", path);
	struct stat found = stat_fd(mount, path);
	if (wanted.st_ino != found.st_ino || wanted.st_dev != found.st_dev)
		die("descriptor %d is no longer what %s leads to", op->fd, path);
	return mount;
}

/* Flags are set in all mounts below too, before anything can be reached through them. */
static void restrict_mount(int mount, int flags, const char *path)
{
	uint64_t set = K_MOUNT_ATTR_NOSUID | (flags & DEVICES ? 0 : K_MOUNT_ATTR_NODEV) | (flags & RO ? K_MOUNT_ATTR_RDONLY : 0);
	must(sys_mount_setattr(mount, K_AT_RECURSIVE, set, 0, now.bwrap ? 0 : MS_PRIVATE), "restrict the mount of", path);
}

static void build_bind(struct tree *tree, const struct op *op)
{
	int mount = op->flags & SOURCE_FD ? clone_descriptor(op) : clone_path(op->source);
	if (mount < 0 && errno == ENOENT && op->flags & TRY)
		return;
	must(mount, "find source path", op->source);
	restrict_mount(mount, op->flags, op->source);
	attach(tree, mount, op->dest);
}

static void build_symlink(struct tree *tree, const struct op *op)
{
	char *name, *parent = split(op->dest, &name), target[PATH_MAX];
	const char *above = *parent ? parent : "/";
	int fd = open_inside(tree, above, O_PATH | O_DIRECTORY);
	if (fd < 0 && errno == ENOENT)
		fd = make_path(tree, above, S_IFDIR, parent_mode(tree), 40);
	must(fd, "make a symlink at", op->dest);
	if (faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		fd = made_writable(tree, fd, above), must_be_own(tree, fd, op->dest, "symlink %s would stay on the host; make it there, or below a --tmpfs");
	if (symlinkat(op->source, fd, name) < 0) {
		ssize_t length = errno == EEXIST ? readlinkat(fd, name, target, sizeof target - 1) : -1;
		if (length < 0 && errno == EINVAL)
			die("%s make symlink at %s: destination exists and is not a symlink", now.bwrap ? "Can't" : "cannot", op->dest);
		must((int)length, "make symlink at", op->dest);
		target[length] = '\0';
		if (strcmp(target, op->source))
			die("%s make symlink at %s: existing destination is %s", now.bwrap ? "Can't" : "cannot", op->dest, target);
	}
	close(fd);
}

/* Covers what others may not read or enter: all of it would be root's own, and is to stay so. */
static void hide_secrets(int directory, const int *cover, const char *path, bool skip_numbers)
{
	int fd = openat(directory, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	for (struct dirent *entry; list && (entry = readdir(list));) {
		struct stat st;
		const char *name = entry->d_name;
		if (!strcmp(name, ".") || !strcmp(name, "..") || fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISLNK(st.st_mode))
			continue;
		if (skip_numbers && isdigit((unsigned char)*name))
			continue; /* processes, of /proc */
		bool is_directory = S_ISDIR(st.st_mode);
		if (!(st.st_mode & (is_directory ? S_IXOTH : S_IROTH))) {
			int node = must(openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), "hide", name);
			bind_node(cover[is_directory], node, ATTRS | K_MOUNT_ATTR_RDONLY, name);
			close(node);
		} else if (is_directory) {
			hide_secrets(fd, cover, name, false);
		}
	}
	if (list)
		closedir(list);
}

/* One by one, where the mount could not be made without root's rights.  The covers may not even be opened. */
static void hide_roots_files(struct tree *tree, const char *path, bool skip_numbers)
{
	int top = open_inside(tree, path, O_PATH);
	if (top < 0)
		return; /* not on this host */
	must(mkdirat(tree->base, ".hidden", 0700), "make", "the cover of root's files");
	must(mknodat(tree->base, ".hidden/file", S_IFREG, 0), "make", "the cover of root's files");
	must(mkdirat(tree->base, ".hidden/directory", 0), "make", "the cover of root's directories");
	int cover[] = {must(openat(tree->base, ".hidden/file", O_PATH | O_CLOEXEC), "open", "a cover"),
		       must(openat(tree->base, ".hidden/directory", O_PATH | O_CLOEXEC), "open", "a cover")};
	hide_secrets(top, cover, ".", skip_numbers);
	must(unlinkat(tree->base, ".hidden/file", 0), "unlink", "the cover of root's files");
	must(unlinkat(tree->base, ".hidden/directory", AT_REMOVEDIR), "unlink", "the cover of root's directories");
	must(unlinkat(tree->base, ".hidden", AT_REMOVEDIR), "unlink", "the cover of root's files");
	close(cover[0]);
	close(cover[1]);
	close(top);
}

/* As on the host: a link (/bin), a directory (/usr), or nothing (/nix). */
static void build_same(struct tree *tree, const struct op *op, size_t place)
{
	struct op copy = *op;
	char target[PATH_MAX];
	ssize_t length = readlink(op->dest, target, sizeof target - 1);
	int prepared = tree->prepared ? tree->prepared[place] : -1;
	if (prepared >= 0) {
		restrict_mount(prepared, RO, op->dest);
		attach(tree, prepared, op->dest);
		return;
	}
	if (length < 0) {
		copy.flags = RO | TRY;
		build_bind(tree, &copy);
		if (tree->prepared)
			hide_roots_files(tree, op->dest, false);
		return;
	}
	target[length] = '\0';
	copy.source = target;
	build_symlink(tree, &copy);
}

static void build_tmpfs(struct tree *tree, const struct op *op)
{
	mode_t mode = op->perms != UNSET ? op->perms : op->flags & STICKY ? 01777 : 0755;
	attach(tree, new_tmpfs(tree, mode, op->size), op->dest);
}

/* A file or directory of /proc, read-only with all below it. */
static void protect_proc(int proc, const char *name)
{
	int node = must(openat(proc, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), "open", name);
	bind_node(node, node, K_MOUNT_ATTR_RDONLY, name); /* the rest is as in the mount around it */
	close(node);
}

/*
 * Run by root, the command has root's id outside too, and the kernel asks the id alone before it lets a
 * sysctl be written: so all but the processes is read-only, and what others may not read is covered.  A
 * sandbox inside this one cannot mount a /proc of its own then, and could be trusted with none.
 */
static void protect_roots_proc(struct tree *tree, int proc, const char *dest)
{
	hide_roots_files(tree, dest, true);
	int fd = must(openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "list", dest);
	DIR *list = must_alloc(fdopendir(fd));
	for (struct dirent *entry; (entry = readdir(list));) {
		struct stat st;
		if (isdigit((unsigned char)*entry->d_name) || *entry->d_name == '.' || fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_mode & 0222 && st.st_mode & S_IROTH))
			protect_proc(fd, entry->d_name);
	}
	closedir(list);
}

/*
 * What in /proc acts on the whole machine is read-only, where the caller could write it at all: a cover that
 * is not needed would keep a sandbox inside this one from mounting its own (a partly hidden /proc counts as
 * masked).  Absent names are no error: kernels differ.
 */
static void build_proc(struct tree *tree, const struct op *op, bool own_pids)
{
	static const char *const covers[] = {"sys", "sysrq-trigger", "irq", "bus"}; /* "sys" stands for all below it */
	/* Only a process namespace of our own gives the right to mount its view. */
	int proc = own_pids ? new_filesystem("proc", (const char *const[]){NULL}, ATTRS | K_MOUNT_ATTR_NOEXEC) :
			      sys_open_tree(AT_FDCWD, "/proc", K_OPEN_TREE_CLONE | K_AT_RECURSIVE | O_CLOEXEC);
	int held = dup(must(proc, "bind proc", op->dest));
	if (!own_pids)
		must(sys_mount_setattr(proc, 0, ATTRS, 0, 0), "restrict the mount of", "/proc");
	attach(tree, proc, op->dest);
	for (size_t i = 0; i < sizeof covers / sizeof *covers && !tree->prepared; i++)
		if (!faccessat(held, covers[i], W_OK, AT_EACCESS))
			protect_proc(held, covers[i]);
	if (tree->prepared)
		protect_roots_proc(tree, held, op->dest);
	close(held);
}

/* Read-only, for the node's own sake: a device may be written all the same, but not its mode or owner. */
static void bind_device(int dev, const char *host, const char *name)
{
	int from = must(open(host, O_PATH | O_CLOEXEC), "find source path", host);
	int node = must(openat(dev, name, O_CREAT | O_CLOEXEC, 0444), "make", name);
	bind_node(from, node, K_MOUNT_ATTR_NOSUID | (now.bwrap ? 0 : K_MOUNT_ATTR_NOEXEC | K_MOUNT_ATTR_RDONLY), host);
	close(node);
	close(from);
}

static void build_dev(struct tree *tree, const struct op *op)
{
	static const char *const nodes[] = {"null", "zero", "full", "random", "urandom", "tty"};
	static const char *const links[][2] = {{"fd", "/proc/self/fd"}, {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
		{"stderr", "/proc/self/fd/2"}, {"core", "/proc/kcore"}, {"ptmx", "pts/ptmx"}};
	static const char *const settings[] = {"newinstance", NULL, "ptmxmode", "0666", "mode", "620", NULL};
	char host[32];
	int tmpfs = new_tmpfs(tree, 0755, op->size), dev = must(dup(tmpfs), "mount", op->dest);
	attach(tree, tmpfs, op->dest);
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		snprintf(host, sizeof host, "/dev/%s", nodes[i]);
		bind_device(dev, host, nodes[i]);
	}
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		must(symlinkat(links[i][1], dev, links[i][0]), "make symlink at", links[i][0]);
	must(mkdirat(dev, "shm", now.bwrap ? 0755 : 01777), "make", "/dev/shm");
	must(mkdirat(dev, "pts", 0755), "make", "/dev/pts");
	int pts = new_filesystem("devpts", settings, K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NOEXEC);
	int point = must(openat(dev, "pts", O_PATH | O_CLOEXEC), "open", "/dev/pts");
	must(sys_move_mount(pts, point), "mount on", "/dev/pts");
	close(point);
	close(pts);
	const char *terminal = isatty(1) ? ttyname(1) : NULL;
	if (terminal)
		bind_device(dev, terminal, "console");
	close(dev);
}

static void build_directory(struct tree *tree, const struct op *op)
{
	int fd = open_inside(tree, op->dest, O_PATH | (now.bwrap ? O_NOFOLLOW : 0));
	if (fd < 0 && errno == ENOENT)
		fd = make_path(tree, op->dest, S_IFDIR, op->perms == UNSET ? 0755 : op->perms, 40);
	must(fd, "make directory", op->dest);
	if (!S_ISDIR(stat_fd(fd, op->dest).st_mode))
		die(now.bwrap ? "Destination is not a directory %s" : "%s is there and no directory", op->dest);
	close(fd);
}

static void copy_descriptor(int from, int to, const char *path)
{
	char buffer[65536];
	ssize_t got;
	while ((got = read(from, buffer, sizeof buffer)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		must((int)got, "read the data for", path);
		for (ssize_t done = 0, put; done < got; done += put)
			put = must((int)write(to, buffer + done, (size_t)(got - done)), "write data to file", path);
	}
}

static void build_file(struct tree *tree, const struct op *op)
{
	int held = open_inside(tree, op->dest, O_PATH | (now.bwrap ? O_NOFOLLOW : 0));
	if (held < 0 && errno == ENOENT)
		held = make_path(tree, op->dest, S_IFREG, op->perms == UNSET ? 0666 : op->perms, 40);
	must(held, "create file", op->dest);
	if (S_ISLNK(stat_fd(held, op->dest).st_mode))
		errno = ELOOP, fail("create file", op->dest);
	if (S_ISDIR(stat_fd(held, op->dest).st_mode))
		die(now.bwrap ? "Destination is not a file %s" : "%s is a directory", op->dest);
	must_be_own(tree, held, op->dest, "%s is a file of the host, which would be overwritten; --bind-data puts one over it");
	char path[32];
	snprintf(path, sizeof path, "/proc/self/fd/%d", held);
	int file = must(open(path, O_WRONLY | O_TRUNC | O_CLOEXEC), "write to file", op->dest);
	copy_descriptor(op->fd, file, op->dest);
	close(file);
	close(held);
}

/* A tmpfs that lies under the new root's, so that nothing inside can name what is kept there. */
static int stash(struct tree *tree)
{
	if (tree->stash < 0)
		die("the plan foresaw no data files");
	return tree->stash;
}

static void build_data(struct tree *tree, const struct op *op)
{
	char name[32];
	snprintf(name, sizeof name, "data%u", tree->stashed++);
	int file = must(openat(stash(tree), name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600), "create a data file for", op->dest);
	copy_descriptor(op->fd, file, op->dest);
	must(fchmod(file, op->perms == UNSET ? 0600 : op->perms), "set the mode of", op->dest);
	int mount = must(sys_open_tree(stash(tree), name, K_OPEN_TREE_CLONE | O_CLOEXEC), "bind the data for", op->dest);
	close(file);
	restrict_mount(mount, op->flags, op->dest);
	attach(tree, mount, op->dest);
	must(unlinkat(stash(tree), name, 0), "unlink the data file of", op->dest);
}

static void build_remount(const struct tree *tree, const struct op *op)
{
	int fd = must(open_inside(tree, op->dest, O_PATH | (now.bwrap ? O_NOFOLLOW : 0)), "find mount point", op->dest);
	if (S_ISLNK(stat_fd(fd, op->dest).st_mode))
		die("Can't mount on symlink destination %s", op->dest);
	if (sys_mount_setattr(fd, 0, K_MOUNT_ATTR_RDONLY | (now.bwrap ? ATTRS : 0), 0, 0) < 0 && errno == EINVAL)
		die(now.bwrap ? "Can't remount readonly on %s: Invalid argument" :
			       "%s is no mount point; only a mount can be made read-only", op->dest);
	close(fd);
}

static void build_chmod(const struct tree *tree, const struct op *op)
{
	char path[32];
	int fd = must(open_inside(tree, op->dest, O_PATH | (now.bwrap ? O_NOFOLLOW : 0)), "chmod", op->dest);
	if (S_ISLNK(stat_fd(fd, op->dest).st_mode))
		errno = EOPNOTSUPP, fail("chmod", op->dest);
	must_be_own(tree, fd, op->dest, "%s is the host's, whose mode would change; chmod it there");
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	must(chmod(path, op->perms), "chmod", op->dest);
	close(fd);
}

/* Layers are named by descriptor, so no character of a path can be taken for the option string's own. */
static int overlay_options(struct tree *tree, const struct plan *plan, const struct op *op, char *text, size_t room)
{
	size_t used = (size_t)snprintf(text, room, "userxattr,lowerdir=");
	int first = -1;
	for (size_t i = op->layer_count ? op->layer_count : 1; i-- > 0;) {
		const char *path = op->layer_count ? plan->layers[op->layers + i] : op->source;
		int fd = must(open_layer(path), now.bwrap ? "find source path" : "open overlay source", path);
		first = first < 0 ? fd : first;
		used += (size_t)snprintf(text + used, room - used, "/proc/self/fd/%d%s", fd, i ? ":" : "");
		if (used + 128 > room)
			die("--overlay-src: more layers than a mount takes (about 150)");
	}
	if (op->flags & OVERLAY_RW) {
		int upper = must(open_layer(op->source), "open overlay source", op->source);
		int work = must(open_layer(op->work), "open overlay workdir", op->work);
		snprintf(text + used, room - used, ",upperdir=/proc/self/fd/%d,workdir=/proc/self/fd/%d", upper, work);
	} else if (op->flags & OVERLAY_TMP) {
		char upper[32], work[32];
		snprintf(upper, sizeof upper, "upper%u", tree->stashed);
		snprintf(work, sizeof work, "work%u", tree->stashed++);
		must(mkdirat(stash(tree), upper, 0755), "make the upper layer of", op->dest);
		must(mkdirat(stash(tree), work, 0755), "make the work directory of", op->dest);
		snprintf(text + used, room - used, ",upperdir=/proc/self/fd/%d/%s,workdir=/proc/self/fd/%d/%s", tree->stash, upper,
			 tree->stash, work);
	}
	return first;
}

static void build_overlay(struct tree *tree, const struct plan *plan, const struct op *op)
{
	char text[4096], name[32], path[64];
	int low = overlay_options(tree, plan, op, text, sizeof text);
	snprintf(name, sizeof name, "overlay%u", tree->stashed++);
	must(mkdirat(stash(tree), name, 0755), "make a mount point for", op->dest);
	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", tree->stash, name);
	must(mount("overlay", path, "overlay", MS_NOSUID | MS_NODEV | (op->flags & RO && !now.bwrap ? MS_RDONLY : 0), text), "mount overlay",
	     op->dest);
	int mount = must(openat(tree->stash, name, O_PATH | O_CLOEXEC), "open the overlay for", op->dest);
	if (op->flags & OVERLAY_TMP)
		remember_own(tree, mount);
	attach(tree, mount, op->dest);
	sys_close_range((unsigned)low, (unsigned)low, 0);
}

static void build_op(struct tree *tree, const struct plan *plan, const struct op *op)
{
	switch (op->kind) {
	case OP_BIND: return build_bind(tree, op);
	case OP_SAME: return build_same(tree, op, (size_t)(op - plan->ops));
	case OP_OVERLAY: return build_overlay(tree, plan, op);
	case OP_PROC: return build_proc(tree, op, plan->namespaces & CLONE_NEWPID || plan->pidns_fd >= 0);
	case OP_DEV: return build_dev(tree, op);
	case OP_TMPFS: return build_tmpfs(tree, op);
	case OP_MQUEUE: return attach(tree, new_filesystem("mqueue", (const char *const[]){NULL}, ATTRS | K_MOUNT_ATTR_NOEXEC), op->dest);
	case OP_DIR: return build_directory(tree, op);
	case OP_FILE: return build_file(tree, op);
	case OP_BIND_DATA: return build_data(tree, op);
	case OP_SYMLINK: return build_symlink(tree, op);
	case OP_REMOUNT_RO: return build_remount(tree, op);
	case OP_CHMOD: return build_chmod(tree, op);
	}
}

static bool needs_stash(const struct plan *plan)
{
	for (size_t i = 0; i < plan->op_count; i++)
		if (plan->ops[i].kind == OP_OVERLAY || plan->ops[i].kind == OP_BIND_DATA)
			return true;
	return false;
}

/*
 * pivot_root(".", ".") puts the host's "/" on top of the new one, where ".." finds it.  What was stacked on
 * the host's "/" while building is on top of that, and umount2 takes the topmost: so until none is left.
 */
static void pivot(int root)
{
	must(fchdir(root), "enter", "the new root");
	must((int)syscall(SYS_pivot_root, ".", "."), "pivot into the new root", "");
	do
		must(umount2(".", MNT_DETACH), "detach", "the host's tree");
	while (mount_id(AT_FDCWD, "..") != mount_id(root, ""));
	must(chdir("/"), "enter", "the new root");
}

/* The mode from which those of missing parents follow; bubblewrap keeps the parents of what has none to its owner. */
static mode_t asked_mode(const struct op *op)
{
	if (op->perms != UNSET || !now.bwrap)
		return op->perms;
	return op->kind == OP_DIR || op->kind == OP_TMPFS ? 0755 : op->kind == OP_FILE ? 0666 : 0600;
}

/* Everything of the plan in its place, then the new root is "/" and the host's tree is gone. */
static void build_tree(const struct plan *plan, const int *prepared)
{
	struct tree tree = {.root = -1, .stash = -1, .prepared = prepared};
	int top = must(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), "open", "/");
	mode_t mask = umask(0);
	if (!(plan->namespaces & CLONE_NEWUSER))
		must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "make private", "/");
	if (needs_stash(plan)) {
		tree.stash = new_tmpfs(&tree, 0700, 0);
		must(sys_move_mount(tree.stash, top), "mount on", "/");
	}
	tree.root = tree.base = new_tmpfs(&tree, 0755, 0);
	must(sys_move_mount(tree.base, top), "mount on", "/");
	close(top);
	for (size_t i = 0; i < plan->op_count; i++) {
		now.option = plan->ops[i].option;
		tree.perms = asked_mode(&plan->ops[i]);
		trace("%s", plan->ops[i].dest);
		build_op(&tree, plan, &plan->ops[i]);
	}
	now.option = NULL;
	for (size_t i = 0; i < tree.open_count; i++)
		must(sys_mount_setattr(tree.open[i], 0, K_MOUNT_ATTR_RDONLY, 0, 0), "make read-only", "an opened directory");
	if (!now.bwrap)
		must(sys_mount_setattr(tree.base, 0, K_MOUNT_ATTR_RDONLY, 0, 0), "make read-only", "/");
	pivot(tree.root);
	umask(mask);
}

/*** Confine ***/

/* A file of the host's /proc, which stays reachable by descriptor when its tree is gone. */
static int try_write_proc(int proc, const char *path, const char *text)
{
	int fd = openat(proc, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -1;
	return close(fd);
}

static void write_proc(int proc, const char *path, const char *text)
{
	char doing[96];
	snprintf(doing, sizeof doing, "write to /proc/%s", path);
	must(try_write_proc(proc, path, text), doing, "");
}

/* One id each: all that the kernel grants without privilege. */
static void map_ids(int proc, uid_t uid, uid_t outer_uid, gid_t gid, gid_t outer_gid)
{
	char text[64];
	write_proc(proc, "self/setgroups", "deny");
	snprintf(text, sizeof text, "%u %u 1\n", uid, outer_uid);
	int written = try_write_proc(proc, "self/uid_map", text);
	if (written < 0 && errno == EPERM && !outer_uid && !now.bwrap)
		die("uid 0 without the capability setfcap may make no user namespace of use; within a sandbox, give the outer one --uid 1");
	must(written, "write to /proc/self/uid_map", "");
	snprintf(text, sizeof text, "%u %u 1\n", gid, outer_gid);
	write_proc(proc, "self/gid_map", text);
}

/* A namespace that was entered, not made, has its own map: become who --uid and --gid ask for. */
static void switch_ids(const struct plan *plan)
{
	uint64_t caps = sys_capget_permitted();
	must(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keep capabilities", "");
	if (plan->gid_given)
		must(setresgid(plan->gid, plan->gid, plan->gid), "switch to --gid", "");
	if (plan->uid_given)
		must(setresuid(plan->uid, plan->uid, plan->uid), "switch to --uid", "");
	must(sys_capset(caps, 0), "set capabilities", "");
}

/* A new network namespace has lo, down; it has its addresses as soon as it is up. */
static void raise_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a socket for", "lo");
	must(ioctl(fd, SIOCSIFFLAGS, &request), "bring up", "lo");
	close(fd);
}

/*
 * The limit counts namespaces below this one, and only CAP_SYS_RESOURCE in this one may raise it again, which
 * a payload without capabilities lacks.  An outer sandbox shows /proc/sys read-only: a /proc of our own is not.
 */
static void limit_user_namespaces(int proc, const char *limit)
{
	static const char path[] = "sys/user/max_user_namespaces";
	int fresh = -1, file = openat(proc, path, O_WRONLY | O_CLOEXEC);
	if (file < 0 && errno == EROFS) {
		fresh = new_filesystem("proc", (const char *const[]){NULL}, ATTRS);
		proc = fresh;
	}
	write_proc(proc, path, limit);
	close(file);
	close(fresh);
}

static void assert_user_namespaces_disabled(void)
{
	if (!unshare(CLONE_NEWUSER))
		die("creation of new user namespaces was not disabled as requested");
}

static void set_capabilities(uint64_t caps)
{
	caps &= sys_capget_permitted();
	/* An exec by uid 0 would give back what no-new-privs does not already withhold. */
	if (!caps && !now.bwrap)
		must(prctl(PR_SET_SECUREBITS, 1 /* NOROOT */ | 2 /* locked */, 0, 0, 0), "lock", "securebits");
	must(sys_capset(caps, caps), "drop", "capabilities");
	for (unsigned long i = 0; i < CAPABILITIES; i++)
		if (caps >> i & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
			fail("keep capability", capability_names[i]);
}

/* The bounding set, for a reader of /proc/self/status; no-new-privs is what binds. */
static void drop_bounding_set(uint64_t caps)
{
	for (unsigned long i = 0; i < CAPABILITIES; i++)
		if (!(caps >> i & 1) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0 && errno != EINVAL)
			fail("drop capability", capability_names[i]);
}

static struct sock_fprog *read_filters(const struct plan *plan)
{
	struct sock_fprog *filters = must_alloc(calloc(plan->seccomp_fds.count + 1, sizeof *filters));
	for (size_t i = 0; i < plan->seccomp_fds.count; i++) {
		size_t size;
		filters[i].filter = (struct sock_filter *)(void *)slurp(plan->seccomp_fds.fd[i], "seccomp data", &size);
		close(plan->seccomp_fds.fd[i]);
		if (size % sizeof(struct sock_filter) || (!size && !now.bwrap))
			die(now.bwrap ? "Invalid seccomp data, must be multiple of 8" :
				       "--seccomp: %zu bytes are no program; one is a row of 8-byte instructions", size);
		if (size / sizeof(struct sock_filter) > BPF_MAXINSNS)
			die("--seccomp: %zu instructions; the kernel takes at most %d", size / sizeof(struct sock_filter), BPF_MAXINSNS);
		filters[i].len = (unsigned short)(size / sizeof(struct sock_filter));
	}
	return filters;
}

static void install_filters(const struct sock_fprog *filters, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filters[i]) < 0) {
			if (errno == EINVAL)
				die(now.bwrap ? "Unable to set up system call filtering as requested: prctl(PR_SET_SECCOMP) reported EINVAL. "
						"(Hint: this requires a kernel configured with CONFIG_SECCOMP and CONFIG_SECCOMP_FILTER.)" :
					       "--seccomp: the kernel refuses the program: an unknown instruction, a jump past its end, "
					       "or no return at its end");
			fail("install the filter", "");
		}
}

static void set_label(int proc, const char *attribute, const char *label)
{
	if (!label)
		return;
	int fd = openat(proc, attribute, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, label, strlen(label)) < 0)
		die("cannot set the label %s: %s; SELinux must run here, know the label and allow it", label, strerror(errno));
	close(fd);
}

/* Closes every descriptor above 2 that is not listed. */
static void close_all_but(const struct fd_list *keep)
{
	for (unsigned next = 3, least; next; next = least + 1) {
		least = ~0U; /* the lowest to keep from here on */
		for (size_t i = 0; i < keep->count; i++)
			if ((unsigned)keep->fd[i] >= next && (unsigned)keep->fd[i] < least)
				least = (unsigned)keep->fd[i];
		if (least > next)
			must(sys_close_range(next, least - 1, 0), "close", "inherited descriptors");
	}
}

/*** Start the command ***/

/* What the first bytes of a file say about why the kernel would not run it. */
static void explain_exec(const char *path, int error)
{
	unsigned char head[4096] = {0};
	char *text = (char *)head;
	struct stat st;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t size = fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ? 0 : read(fd, head, sizeof head - 1);
	if (size < 4)
		return;
	if (error == ENOENT && !strncmp(text, "#!", 2)) {
		char *name = text + 2 + strspn(text + 2, " \t");
		name[strcspn(name, " \t\r\n")] = '\0';
		die_code(127, "%s: its interpreter %s is not in the sandbox", path, name);
	}
	if (strncmp(text, "\177ELF", 4) || size < 64)
		return;
	bool wide = head[4] == 2;
	uint64_t table = wide ? *(uint64_t *)(void *)(head + 32) : *(uint32_t *)(void *)(head + 28);
	unsigned entry = *(uint16_t *)(void *)(head + (wide ? 54 : 42)), count = *(uint16_t *)(void *)(head + (wide ? 56 : 44));
	for (unsigned i = 0; error == ENOENT && i < count && table + (uint64_t)(i + 1) * entry < (uint64_t)size; i++) {
		unsigned char *row = head + table + (size_t)i * entry;
		uint64_t at = wide ? *(uint64_t *)(void *)(row + 8) : *(uint32_t *)(void *)(row + 4);
		if (*(uint32_t *)(void *)row == 3 /* PT_INTERP */ && at < (uint64_t)size)
			die_code(127, "%s: its ELF interpreter %s is not in the sandbox", path, text + at);
	}
	if (error == ENOEXEC)
		die_code(126, "%s: built for another architecture (ELF machine %u)", path, *(uint16_t *)(void *)(head + 18));
}

/* One candidate; returns the errno of a failure.  A file without "#!" is the shell's, as execvp(3) has it. */
static int try_exec(const char *path, char **argv, char **env)
{
	execve(path, argv, env);
	int error = errno;
	if (error != ENOEXEC)
		return error;
	explain_exec(path, error);
	size_t count = 0;
	while (argv[count])
		count++;
	char **shell = must_alloc(calloc(count + 3, sizeof *shell));
	shell[0] = "/bin/sh";
	shell[1] = (char *)path;
	for (size_t i = 1; i < count; i++)
		shell[i + 1] = argv[i];
	execve(shell[0], shell, env);
	return error;
}

static const char *search_path(char **env)
{
	for (; *env; env++)
		if (!strncmp(*env, "PATH=", 5))
			return *env + 5;
	return "/usr/local/bin:/usr/bin:/bin";
}

__attribute__((noreturn)) static void die_exec(const char *command, const char *path, int error)
{
	int code = error == ENOENT || error == ENOTDIR ? 127 : 126;
	if (now.bwrap)
		die("execvp %s: %s", command, strerror(error));
	explain_exec(path, error);
	if (code == 127)
		die_code(code, "%s: not found%s", command, strchr(command, '/') ? " in the sandbox; --ro PATH shows a file of the host" : " in PATH");
	die_code(code, "%s: cannot execute: %s", path, strerror(error));
}

__attribute__((noreturn)) static void exec_command(const char *command, char **argv, char **env)
{
	char path[2 * PATH_MAX];
	int error = ENOENT;
	if (strchr(command, '/'))
		die_exec(command, command, try_exec(command, argv, env));
	for (const char *at = search_path(env); *command; at++) {
		size_t length = strcspn(at, ":");
		snprintf(path, sizeof path, "%.*s%s%s", (int)length, at, length ? "/" : "", command);
		int result = try_exec(path, argv, env);
		if (result != ENOENT && result != ENOTDIR)
			error = result; /* found, and refused: the search goes on, as execvp's does */
		if (!access(path, F_OK) && result == ENOENT)
			explain_exec(path, result);
		at += length;
		if (!*at)
			break;
	}
	die_exec(command, command, error);
}

/*** Supervise ***/

/* What the processes share: set up before the clone, const after it. */
struct run {
	const struct plan *plan;
	const struct caller *caller;
	struct sock_fprog *filters;
	int *prepared; /* mounts made with the caller's privilege, or NULL */
	sigset_t handled, mask; /* what we wait for; what the caller had blocked */
	int proc, caller_pidfd, terminal;
	int control[2]; /* supervisor's end, init's end */
	bool own_session, go; /* the command has a session of its own; init waits for SAY_GO */
};

static const int forwarded[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCONT, SIGTSTP, SIGWINCH};

static bool wants_init(const struct plan *plan)
{
	if (plan->as_pid_1)
		return false;
	return plan->namespaces & CLONE_NEWPID || plan->lock_count || plan->sync_fds.count;
}

/* The namespaces that are new, as bubblewrap lists them. */
static void write_namespaces(int fd, const struct run *run, pid_t pid, const char *separator)
{
	static const struct {
		uint64_t flag;
		const char *name;
	} rows[] = {{CLONE_NEWCGROUP, "cgroup"}, {CLONE_NEWIPC, "ipc"}, {CLONE_NEWNS, "mnt"}, {CLONE_NEWNET, "net"}, {CLONE_NEWPID, "pid"}, {CLONE_NEWUTS, "uts"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char path[64];
		struct stat st;
		snprintf(path, sizeof path, "%d/ns/%s", pid, rows[i].name);
		if (run->plan->namespaces & rows[i].flag && !fstatat(run->proc, path, &st, 0))
			dprintf(fd, ",%s\"%s-namespace\": %ju", separator, rows[i].name, (uintmax_t)st.st_ino);
	}
}

/* A descriptor that an option names; a standard stream is the command's too. */
static void close_own(int fd)
{
	if (fd > 2)
		close(fd);
}

/* --info-fd and --json-status-fd */
static void announce(const struct run *run, pid_t pid)
{
	const struct plan *plan = run->plan;
	if (plan->info_fd >= 0) {
		dprintf(plan->info_fd, "{\n    \"child-pid\": %d", pid);
		write_namespaces(plan->info_fd, run, pid, "\n    ");
		dprintf(plan->info_fd, "\n}\n");
		close_own(plan->info_fd);
	}
	if (plan->status_fd >= 0) {
		dprintf(plan->status_fd, "{ \"child-pid\": %d", pid);
		write_namespaces(plan->status_fd, run, pid, " ");
		dprintf(plan->status_fd, " }\n");
	}
}

static void send_go(const struct run *run)
{
	struct message go = {SAY_GO, 0};
	if (run->go && send(run->control[0], &go, sizeof go, MSG_NOSIGNAL) < 0)
		return; /* init is gone; its end is seen by the poll loop */
}

static void await_go(const struct run *run)
{
	struct message message;
	if (run->go && recv(run->control[1], &message, sizeof message, 0) != sizeof message)
		_exit(125);
}

/* Stop as the command stopped, so that the caller's shell sees a stopped job; or end as it ended. */
static void signal_self(int signal)
{
	sigset_t set, old;
	sigemptyset(&set);
	sigaddset(&set, signal);
	sigprocmask(SIG_BLOCK, &set, &old);
	raise(signal); /* while it is blocked: where the terminal sent us one too, they are one */
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

__attribute__((noreturn)) static void die_of(int number)
{
	struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
	signal(number, SIG_DFL);
	signal_self(number);
	_exit(128 + number);
}

/*
 * The command may have taken the terminal's foreground and left it to a group that is no more; take it back.
 * A group that lives is the caller's shell, which put us in the background, and keeps it.
 */
static void restore_foreground(const struct run *run)
{
	pid_t group = run->terminal < 0 ? -1 : tcgetpgrp(run->terminal);
	if (group <= 0 || !kill(-group, 0) || errno != ESRCH)
		return;
	signal(SIGTTOU, SIG_IGN);
	tcsetpgrp(run->terminal, getpgrp());
}

/* The end of the command becomes ours. */
__attribute__((noreturn)) static void end_as(const struct run *run, int status, bool began)
{
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	restore_foreground(run);
	if (run->plan->status_fd >= 0 && began)
		dprintf(run->plan->status_fd, "{ \"exit-code\": %d }\n", code);
	if (WIFSIGNALED(status) && !now.bwrap)
		die_of(WTERMSIG(status));
	_exit(code);
}

struct watch {
	int signals, control, pidfd, caller, block; /* -1: no longer */
	pid_t pid;
	int status;
	bool begun, known, failed;
	uint64_t deferred; /* signals that came before the command began */
};

static const int fatal[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

static bool is_fatal(int signal)
{
	for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
		if (fatal[i] == signal)
			return true;
	return false;
}

/* A signal that nothing inside will heed: all of it ends, and we as the signal says. */
__attribute__((noreturn)) static void end_by(const struct run *run, const struct watch *watch, int signal)
{
	sys_pidfd_send_signal(watch->pidfd, SIGKILL);
	waitpid(watch->pid, NULL, 0);
	restore_foreground(run);
	die_of(signal);
}

/* Whether the command has said what a signal is to do, by a handler or by ignoring it. */
static bool heeds(const struct run *run, pid_t pid, int signal)
{
	char path[32], text[4096] = "";
	uint64_t mask = 0;
	snprintf(path, sizeof path, "%d/status", pid);
	int fd = openat(run->proc, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, text, sizeof text - 1) > 0)
		for (const char *at = text; (at = strstr(at, "\nSig")); at += 4)
			if (!strncmp(at, "\nSigIgn:", 8) || !strncmp(at, "\nSigCgt:", 8))
				mask |= strtoull(at + 8, NULL, 16);
	close(fd);
	return mask >> (signal - 1) & 1;
}

/* What the terminal sends reached the whole foreground group already, unless the command left it. */
static void pass_signal(const struct run *run, const struct watch *watch, int signal, bool from_terminal)
{
	/* A shell's "fg" continues a whole group, and cannot see the one inside. */
	bool all = run->own_session && (from_terminal || signal == SIGCONT);
	/* The end of the terminal is told to the leader of the session alone. */
	bool had = from_terminal && !all && !(signal == SIGHUP && getsid(0) == getpid());
	struct message message = {had ? SAY_HAD : all ? SAY_SIGNAL_ALL : SAY_SIGNAL, signal};
	/* To a process 1 the kernel delivers only what it has a handler for. */
	if (run->plan->as_pid_1 && is_fatal(signal) && !heeds(run, watch->pid, signal))
		end_by(run, watch, signal);
	if (had && !wants_init(run->plan))
		return;
	if (!wants_init(run->plan) && all)
		kill(-watch->pid, signal);
	else if (!wants_init(run->plan))
		sys_pidfd_send_signal(watch->pidfd, signal);
	else if (send(watch->control, &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return; /* init has ended, or will read no more */
}

/*
 * Where there is a terminal, its shell must see a stopped job; elsewhere nobody would continue us.  Stopped, we
 * poll nothing: then the kernel must see to it that the caller's end is ours.
 */
static void stop_along(const struct watch *watch, int signal)
{
	struct pollfd caller = {watch->caller, POLLIN, 0};
	int terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (terminal < 0)
		return;
	close(terminal);
	if (watch->caller >= 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!poll(&caller, 1, 0))
		signal_self(signal);
	if (watch->caller >= 0)
		prctl(PR_SET_PDEATHSIG, 0);
}

static void hear_begun(const struct run *run, struct watch *watch)
{
	watch->begun = true;
	for (int signal = 1; signal < 64; signal++)
		if (watch->deferred >> signal & 1)
			pass_signal(run, watch, signal, false);
}

static void hear_control(const struct run *run, struct watch *watch)
{
	struct message message;
	ssize_t got;
	/* An init that ended before it read what we said resets the connection, once; what it said still comes. */
	while ((got = recv(watch->control, &message, sizeof message, MSG_DONTWAIT)) == sizeof message || (got < 0 && errno == ECONNRESET)) {
		if (got < 0)
			continue;
		if (message.kind == SAY_STATUS)
			watch->status = message.value, watch->known = true;
		if (message.kind == SAY_BEGUN)
			hear_begun(run, watch);
		if (message.kind == SAY_STOPPED)
			stop_along(watch, message.value);
		if (message.kind == SAY_FAILED)
			watch->failed = true;
	}
	if (!got)
		watch->control = -1; /* all have closed it, the last by its exec of the command; polling on would spin */
}

/* Without an init the command is our own child. */
static void hear_child(const struct run *run, struct watch *watch)
{
	int status;
	if (wants_init(run->plan) || waitpid(watch->pid, &status, WUNTRACED | WNOHANG) <= 0)
		return;
	if (WIFSTOPPED(status))
		stop_along(watch, WSTOPSIG(status));
	else
		watch->status = status, watch->known = true;
}

/* bubblewrap forwards nothing: its caller may rely on --die-with-parent to end what would outlive a SIGTERM. */
static bool ends_with_us(const struct run *run, const struct signalfd_siginfo *info)
{
	return now.bwrap && run->plan->die_with_parent && info->ssi_code <= 0;
}

static void hear_signals(const struct run *run, struct watch *watch)
{
	struct signalfd_siginfo info;
	while (read(watch->signals, &info, sizeof info) == sizeof info) {
		int signal = (int)info.ssi_signo;
		if (signal == SIGCHLD)
			hear_child(run, watch);
		else if (signal == SIGTTIN || signal == SIGTTOU)
			continue;
		else if (is_fatal(signal) && (!watch->begun || ends_with_us(run, &info)))
			end_by(run, watch, signal);
		else if (watch->begun)
			pass_signal(run, watch, signal, info.ssi_code > 0);
		else
			watch->deferred |= UINT64_C(1) << signal;
	}
}

/* --userns-block-fd: the caller has seen to the user namespace. */
static void hear_block(const struct run *run, struct watch *watch)
{
	char byte;
	if (read(watch->block, &byte, 1) < 0 && errno == EINTR)
		return;
	close(watch->block);
	watch->block = -1;
	send_go(run);
}

__attribute__((noreturn)) static void supervise(const struct run *run, pid_t pid, int pidfd)
{
	struct watch watch = {.pid = pid, .pidfd = pidfd, .control = run->control[0], .caller = run->caller_pidfd,
		.block = run->plan->userns_block_fd};
	watch.signals = must(signalfd(-1, &run->handled, SFD_CLOEXEC | SFD_NONBLOCK), "make a signalfd", "");
	if (watch.block < 0)
		send_go(run);
	for (bool over = false; !over;) {
		struct pollfd fds[] = {{watch.signals, POLLIN, 0}, {watch.control, POLLIN, 0}, {watch.pidfd, POLLIN, 0},
			{watch.caller, POLLIN, 0}, {watch.block, POLLIN, 0}};
		if (poll(fds, 5, -1) < 0 && errno != EINTR)
			fail("poll", "");
		over = fds[2].revents;
		if (fds[3].revents) {
			sys_pidfd_send_signal(pidfd, SIGKILL);
			_exit(now.bwrap ? 1 : 125);
		}
		if (fds[4].revents)
			hear_block(run, &watch);
		hear_control(run, &watch); /* before the signals: what was BEGUN when they were sent is known then */
		hear_signals(run, &watch);
		if (watch.known && now.bwrap)
			over = true;
	}
	hear_control(run, &watch);
	if (!watch.known && waitpid(pid, &watch.status, 0) < 0)
		fail("wait for", "the sandbox");
	else if (!now.bwrap)
		waitpid(pid, NULL, 0);
	end_as(run, watch.status, !watch.failed);
}

/*** Roles ***/

/* Where the command starts: --chdir, else the caller's directory or home where they are shown. */
static const char *enter_directory(const struct run *run)
{
	const struct plan *plan = run->plan;
	if (plan->chdir) {
		now.option = "--chdir";
		must(chdir(plan->chdir), now.bwrap ? "chdir to" : "enter directory", plan->chdir);
		now.option = NULL;
		return plan->chdir;
	}
	if (run->caller->cwd && !chdir(run->caller->cwd))
		return run->caller->cwd;
	const char *home = now.bwrap ? getenv("HOME") : run->caller->home; /* bubblewrap takes any */
	return home && !chdir(home) ? home : "/";
}

static void inherit(const struct fd_list *list, bool yes)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->fd[i] > 2) /* the standard streams are the command's, whatever else they serve */
			must(fcntl(list->fd[i], F_SETFD, yes ? 0 : FD_CLOEXEC), "pass on", "a descriptor");
}

static void pass_descriptors(const struct plan *plan)
{
	if (!now.bwrap)
		must(sys_close_range(3, ~0U, K_CLOSE_RANGE_CLOEXEC), "close", "inherited descriptors");
	inherit(&plan->keep_fds, true);
	if (!wants_init(plan))
		inherit(&plan->sync_fds, true);
}

/* Rights only fall from here on. */
__attribute__((noreturn)) static void payload(const struct run *run)
{
	const struct plan *plan = run->plan;
	now.role = ROLE_PAYLOAD;
	char **env = assemble_environment(plan, run->caller, enter_directory(run));
	if (run->own_session && setsid() < 0 && getsid(0) != getpid())
		fail("start", "a session");
	now.option = "--exec-label";
	set_label(run->proc, "self/attr/exec", plan->exec_label);
	now.option = NULL;
	if (now.bwrap)
		drop_bounding_set(plan->caps);
	/* bubblewrap run by root leaves capabilities as they are unless an option names one. */
	if (!now.bwrap || !run->caller->root || plan->caps_named)
		set_capabilities(plan->caps);
	if (plan->die_with_parent || !now.bwrap)
		must(prctl(PR_SET_PDEATHSIG, SIGKILL), "tie to the parent", "");
	pass_descriptors(plan);
	must(sigprocmask(SIG_SETMASK, &run->mask, NULL), "restore", "the signal mask");
	tell(SAY_BEGUN, 0);
	install_filters(run->filters, plan->seccomp_fds.count);
	const char *command = *plan->command;
	if (plan->argv0)
		*plan->command = (char *)plan->argv0;
	exec_command(command, plan->command, env);
}

/* Locks are held as long as init lives. */
static void take_locks(const struct plan *plan, struct fd_list *held)
{
	for (size_t i = 0; i < plan->lock_count; i++) {
		struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
		now.option = "--lock-file";
		int fd = must(open(plan->locks[i], O_RDONLY | O_CLOEXEC), now.bwrap ? "open lock file" : "open the file", plan->locks[i]);
		must(fcntl(fd, F_SETLK, &lock), "lock file", plan->locks[i]);
		APPEND(held->fd, held->count, fd);
		now.option = NULL;
	}
}

/* Collect children; true when it is over: with the command's end, or under bwrap with the last child's. */
static bool collect(pid_t *command, int *ended)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != *command)
			continue;
		if (WIFSTOPPED(status)) {
			tell(SAY_STOPPED, WSTOPSIG(status));
			continue;
		}
		tell(SAY_STATUS, status);
		*ended = status;
		*command = 0; /* the number may be another process's from now on */
		if (!now.bwrap)
			return true;
	}
	return pid < 0;
}

/* False when the supervisor has ended. */
static bool obey(const struct run *run, pid_t command)
{
	struct message message;
	ssize_t got = recv(now.control, &message, sizeof message, MSG_DONTWAIT);
	if (got != sizeof message || !command)
		return got > 0 || (got < 0 && errno == EAGAIN);
	bool all = message.kind == SAY_SIGNAL_ALL;
	/* One that waits for init as well went to the whole group, as timeout(1) sends them: the command had it. */
	struct timespec none = {0, 0};
	sigset_t same;
	sigemptyset(&same);
	sigaddset(&same, message.value);
	bool waits = sigtimedwait(&same, NULL, &none) == message.value;
	if ((waits && !run->own_session) || message.kind == SAY_HAD)
		return true;
	kill(all ? -command : command, message.value);
	/* A session of its own is an orphaned group, in which the kernel lets no Ctrl-Z stop anything. */
	if (all && message.value == SIGTSTP)
		kill(-command, SIGSTOP);
	return true;
}

__attribute__((noreturn)) static void reap(const struct run *run, pid_t command)
{
	struct signalfd_siginfo info;
	struct pollfd fds[] = {{-1, POLLIN, 0}, {now.control, POLLIN, 0}};
	int ended = 0;
	sigset_t child;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	fds[0].fd = must(signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK), "make a signalfd", "");
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			fail("poll", "");
		if (fds[1].revents && !obey(run, command)) {
			if (!now.bwrap || run->plan->die_with_parent)
				_exit(1);
			fds[1].fd = -1;
		}
		if (read(fds[0].fd, &info, sizeof info) == sizeof info && collect(&command, &ended))
			_exit(WIFSIGNALED(ended) ? 128 + WTERMSIG(ended) : WEXITSTATUS(ended));
	}
}

/* What an outsider holds open must see its end when the command closes it, so init keeps only what it needs. */
static void close_for_init(const struct plan *plan, struct fd_list *keep)
{
	for (size_t i = 0; i < plan->sync_fds.count; i++)
		APPEND(keep->fd, keep->count, plan->sync_fds.fd[i]);
	APPEND(keep->fd, keep->count, now.control);
	close_all_but(keep);
}

static void enter_namespaces(const struct run *run)
{
	const struct plan *plan = run->plan;
	const struct caller *caller = run->caller;
	if (plan->namespaces & CLONE_NEWUSER && plan->userns_block_fd < 0)
		map_ids(run->proc, plan->uid, caller->uid, plan->gid, caller->gid);
	if (plan->userns_fd >= 0)
		switch_ids(plan);
	if (plan->hostname)
		must(sethostname(plan->hostname, strlen(plan->hostname)), "set hostname to", plan->hostname);
	if (plan->namespaces & CLONE_NEWNET)
		raise_loopback();
	if (plan->disable_userns && !plan->caps)
		limit_user_namespaces(run->proc, "0");
}

static void settle_namespaces(const struct run *run)
{
	const struct plan *plan = run->plan;
	if (plan->userns2_fd >= 0)
		must(setns(plan->userns2_fd, CLONE_NEWUSER), "enter the namespace of", "--userns2");
	if (plan->disable_userns && plan->caps) {
		/* Capabilities that are kept must not be able to raise the limit: they count one level below it. */
		limit_user_namespaces(run->proc, "1");
		must(unshare(CLONE_NEWUSER), "make the second user namespace", "");
		must(prctl(PR_SET_DUMPABLE, 1), "become", "dumpable"); /* else uid_map is not ours to write */
		map_ids(run->proc, plan->uid, plan->uid, plan->gid, plan->gid);
	}
	if (plan->assert_userns_disabled || (plan->disable_userns && now.bwrap))
		assert_user_namespaces_disabled();
}

/* Die with the supervisor, also if it ended before this line. */
static void tie_to_supervisor(const struct run *run)
{
	struct pollfd control = {run->control[1], 0, 0};
	if (now.bwrap && !run->plan->die_with_parent)
		return;
	must(prctl(PR_SET_PDEATHSIG, SIGKILL), "tie to the supervisor", "");
	if (poll(&control, 1, 0) != 0)
		_exit(125);
}

/* --block-fd: the caller has done what it had to, in our namespaces perhaps, which it can still enter now. */
static void wait_for_block(const struct plan *plan)
{
	char byte;
	while (plan->block_fd >= 0 && read(plan->block_fd, &byte, 1) < 0 && errno == EINTR)
		;
}

static const char *kept(const char *text)
{
	return text ? must_alloc(strdup(text)) : NULL;
}

/*
 * init's arguments and environment can be read in /proc/1, though they were the caller's alone: wiped, after
 * what the payload still needs of them is copied.
 */
static const struct plan *wipe_arguments(const struct plan *plan, const struct caller *caller)
{
	struct plan *copy = must_alloc(malloc(sizeof *copy));
	*copy = *plan;
	copy->chdir = kept(plan->chdir);
	copy->argv0 = kept(plan->argv0);
	copy->exec_label = kept(plan->exec_label);
	now.name = kept(now.name);
	size_t words = 0;
	copy->command = NULL;
	for (char **word = plan->command; *word; word++)
		APPEND(copy->command, words, (char *)kept(*word));
	APPEND(copy->command, words, NULL);
	for (char **entry = caller->environ; *entry; entry++) {
		char *original = *entry;
		*entry = (char *)kept(original);
		memset(original, 0, strlen(original));
	}
	for (struct env_op *op = copy->env; op < copy->env + copy->env_count; op++)
		op->name = kept(op->name), op->value = kept(op->value);
	for (size_t i = 0; i < copy->keep_env_count; i++)
		copy->keep_env[i] = kept(copy->keep_env[i]);
	for (int i = 0; i < caller->argc; i++)
		memset(caller->argv[i], 0, strlen(caller->argv[i]));
	return copy;
}

__attribute__((noreturn)) static void init(const struct run *run)
{
	const struct plan *plan = run->plan;
	struct fd_list held = {NULL, 0};
	now.role = ROLE_INIT;
	now.control = run->control[1];
	close(run->control[0]);
	close_own(plan->info_fd); /* whoever reads to their end is not to wait for us */
	close_own(plan->status_fd);
	tie_to_supervisor(run);
	await_go(run);
	enter_namespaces(run);
	now.option = "--file-label";
	set_label(run->proc, "self/attr/fscreate", plan->file_label);
	now.option = NULL;
	build_tree(plan, run->prepared);
	settle_namespaces(run);
	tie_to_supervisor(run); /* once more: a change of credentials undoes it */
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "set", "no-new-privs");
	take_locks(plan, &held);
	wait_for_block(plan);
	if (!wants_init(plan))
		payload(run);
	/* Under bwrap callers join the namespaces of --info-fd's child-pid at any time (flatpak enter). */
	if (!now.bwrap)
		must(prctl(PR_SET_DUMPABLE, 0), "become", "undumpable");
	struct run last = *run;
	last.plan = wipe_arguments(plan, run->caller);
	pid_t pid = must(sys_clone3(0, NULL), "start", "the command's process");
	if (!pid)
		payload(&last);
	close_for_init(plan, &held);
	must(sys_capset(0, 0), "drop", "capabilities");
	if (now.bwrap) /* whose init the command can write to, as /proc/1/mem: it is to gain nothing by that */
		install_filters(run->filters, plan->seccomp_fds.count);
	reap(run, pid);
}

/* The first line of a file in the host's /proc; empty where there is none. */
static void read_line(int proc, const char *path, char *text, size_t room)
{
	int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, text, room - 1);
	text[got > 0 ? got : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

#define PROFILES "AppArmor allows them only to programs with a profile; give it one, or set the sysctl " \
	"kernel.apparmor_restrict_unprivileged_userns to 0"

/* The setting of this machine that explains the error. */
static const char *setting_against_namespaces(int proc, int error)
{
	static const struct {
		int error;
		const char *file, *value, *advice;
	} rows[] = {
		{EPERM, "unprivileged_userns_clone", "0", "the sysctl kernel.unprivileged_userns_clone is 0; set it to 1"},
		{EPERM, "apparmor_restrict_unprivileged_userns", "1", PROFILES},
		{EACCES, "apparmor_restrict_unprivileged_userns", "1", PROFILES},
		{ENOSPC, "max_user_namespaces", "0", "the sysctl user.max_user_namespaces is 0; raise it"},
		{ENOSPC, "max_mnt_namespaces", "0", "the sysctl user.max_mnt_namespaces is 0; raise it"},
		{ENOSPC, "max_pid_namespaces", "0", "the sysctl user.max_pid_namespaces is 0; raise it"},
		{ENOSPC, "max_net_namespaces", "0", "the sysctl user.max_net_namespaces is 0; raise it"},
		{ENOSPC, "max_ipc_namespaces", "0", "the sysctl user.max_ipc_namespaces is 0; raise it"},
		{ENOSPC, "max_uts_namespaces", "0", "the sysctl user.max_uts_namespaces is 0; raise it"},
		{ENOSPC, "max_cgroup_namespaces", "0", "the sysctl user.max_cgroup_namespaces is 0; raise it"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char path[64], text[16];
		snprintf(path, sizeof path, "sys/%s/%s", rows[i].error == ENOSPC ? "user" : "kernel", rows[i].file);
		read_line(proc, path, text, sizeof text);
		if (error == rows[i].error && !strcmp(text, rows[i].value))
			return rows[i].advice;
	}
	return NULL;
}

/* A profile that confines us, without its mode: "name (enforce)". */
static bool apparmor_profile(int proc, char *text, size_t room)
{
	read_line(proc, "self/attr/apparmor/current", text, room);
	char *mode = strstr(text, " (enforce)");
	if (mode)
		*mode = '\0';
	return mode != NULL;
}

static const char *usual_reason(int error)
{
	switch (error) {
	case ENOSPC: return "a limit in /proc/sys/user is reached, or they are nested 32 deep";
	case EINVAL: return "this kernel was built without some of them";
	case EAGAIN: return "there are too many processes; raise the limit: ulimit -u";
	default: return "a security module refuses them, or this is a chroot, in which no process may make any";
	}
}

/* Which of the kernel's many refusals it was. */
__attribute__((noreturn)) static void die_clone(const struct run *run)
{
	int error = errno;
	struct k_statx top;
	char profile[256];
	if (now.bwrap && error == ENOSPC)
		die("Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)");
	if (now.bwrap && error == EPERM)
		die("No permissions to create a new namespace, likely because the kernel does not allow non-privileged user "
		    "namespaces. On e.g. debian this can be enabled with 'sysctl kernel.unprivileged_userns_clone=1'.");
	die_if_call_refused(error);
	if (now.bwrap)
		die("Creating new namespace failed: %s", strerror(error));
	if (error == EPERM && !sys_statx(AT_FDCWD, "/", 0, 0, &top) && !(top.attributes & K_STATX_ATTR_MOUNT_ROOT))
		die("cannot make namespaces: %s; a process in a chroot may not make any; leave the chroot", strerror(error));
	const char *setting = setting_against_namespaces(run->proc, error);
	if (setting)
		die("cannot make namespaces: %s; %s", strerror(error), setting);
	if ((error == EACCES || error == EPERM) && apparmor_profile(run->proc, profile, sizeof profile))
		die("cannot make namespaces: %s; the AppArmor profile '%s' %s to it", strerror(error), profile, error == EACCES ?
			"refuses them; add the rule 'userns,'" : "withholds capabilities in them; add the rule 'capability,'");
	die("cannot make namespaces: %s; %s", strerror(error), usual_reason(error));
}

/* What the caller had arranged for signals is put back for the command; SIGCHLD we need ourselves. */
static void take_signals(struct run *run)
{
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&run->handled);
	sigaddset(&run->handled, SIGCHLD);
	sigaddset(&run->handled, SIGTTIN); /* these two only stop us when they have stopped the command */
	sigaddset(&run->handled, SIGTTOU);
	for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded; i++)
		sigaddset(&run->handled, forwarded[i]);
	must(sigprocmask(SIG_BLOCK, &run->handled, &run->mask), "block", "signals");
	sigdelset(&run->mask, SIGCHLD);
}

/* The terminal whose foreground we are, or -1. */
static int find_terminal(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (isatty(fd))
			return tcgetpgrp(fd) == getpgrp() ? fd : -1;
	return -1;
}

/*
 * Not PDEATHSIG, which fires when the parent's thread ends; only a caller in another pid namespace, as where
 * a container is entered, has no id by which to hold it.
 */
static int watch_caller(void)
{
	pid_t caller = getppid();
	if (caller > 0)
		return must(sys_pidfd_open(caller), "watch", "the caller");
	must(prctl(PR_SET_PDEATHSIG, SIGKILL), "tie to", "the caller");
	return -1;
}

static void take_descriptors(struct run *run)
{
	if (!now.bwrap)
		close_all_but(&run->plan->owned_fds);
	inherit(&run->plan->owned_fds, false);
	run->proc = must(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), "open", "/proc");
	run->caller_pidfd = run->plan->die_with_parent ? watch_caller() : -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, run->control) < 0)
		fail("make", "a socket pair");
}

/* All namespaces in one call; of those that were only to be tried as many as can be had. */
static pid_t clone_init(struct run *run, int *pidfd)
{
	static const uint64_t without[] = {0, CLONE_NEWCGROUP, CLONE_NEWUSER, CLONE_NEWUSER | CLONE_NEWCGROUP};
	struct plan *plan = must_alloc(malloc(sizeof *plan));
	pid_t pid = -1;
	*plan = *run->plan;
	run->plan = plan;
	for (size_t i = 0; pid < 0 && i < sizeof without / sizeof *without; i++) {
		if (without[i] & ~plan->namespaces_try)
			continue;
		uint64_t all = plan->namespaces;
		plan->namespaces &= ~without[i];
		pid = sys_clone3(plan->namespaces | CLONE_PIDFD, pidfd);
		if (pid < 0)
			plan->namespaces = all;
	}
	if (pid == 0 && !(plan->namespaces & CLONE_NEWUSER) && plan->userns_fd < 0 && (plan->uid_given || plan->gid_given))
		die("--uid and --gid need a user namespace, and none can be had here");
	return pid;
}

/* A standard stream that opens more than itself: ".." of a directory, another address of a network socket. */
static void check_streams(const struct plan *plan)
{
	static const char *const names[] = {"input", "output", "error"};
	for (int fd = 0; fd < 3 && !now.bwrap; fd++) {
		struct sockaddr_storage address = {0};
		socklen_t size = sizeof address;
		struct stat st = stat_fd(fd, "a standard stream");
		if (S_ISDIR(st.st_mode) || fcntl(fd, F_GETFL) & O_PATH)
			die("standard %s is a directory, from which all of the host could be reached; redirect it, as in %d</dev/null",
			    names[fd], fd);
		if (S_ISSOCK(st.st_mode) && !plan->share_net && !getsockname(fd, (struct sockaddr *)&address, &size) &&
		    address.ss_family != AF_UNIX)
			die("standard %s is a socket of the host's network; pass it through a pipe, or say --share-net", names[fd]);
	}
}

__attribute__((noreturn)) static void supervisor(const struct plan *plan, const struct caller *caller)
{
	struct run run = {.plan = plan, .caller = caller, .terminal = find_terminal()};
	int pidfd = -1;
	run.own_session = plan->new_session || (!now.bwrap && !isatty(0) && !isatty(1) && !isatty(2));
	run.go = plan->info_fd >= 0 || plan->status_fd >= 0 || plan->userns_block_fd >= 0;
	check_streams(plan);
	take_descriptors(&run);
	run.filters = read_filters(plan);
	take_signals(&run);
	if (!now.bwrap && caller->root && setgroups(0, NULL) < 0)
		trace("cannot leave supplementary groups: %s", strerror(errno));
	if (!now.bwrap && caller->root)
		run.prepared = shown_without_root(plan, userns_without_root(run.proc));
	if (plan->userns_fd >= 0)
		must(setns(plan->userns_fd, CLONE_NEWUSER), "enter the namespace of", "--userns");
	if (plan->pidns_fd >= 0)
		must(setns(plan->pidns_fd, CLONE_NEWPID), "enter the namespace of", "--pidns");
	pid_t pid = clone_init(&run, &pidfd);
	if (pid < 0)
		die_clone(&run);
	if (!pid)
		init(&run);
	close(run.control[1]);
	signal(SIGPIPE, SIG_IGN); /* a reader of --json-status-fd that is gone does not end us */
	announce(&run, pid);
	if (!now.bwrap)
		must(prctl(PR_SET_DUMPABLE, 0), "become", "undumpable");
	supervise(&run, pid, pidfd);
}

/*** main ***/

/* A descriptor of ours must not become a standard stream that the caller had closed. */
static void fill_standard_streams(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			must(open("/dev/null", O_RDWR), "open", "/dev/null");
}

/* The real path of a home that may be covered by an empty one; some accounts name the system's directories. */
static const char *usable_home(const char *path, uid_t uid)
{
	struct stat st;
	char *home = path && *path == '/' ? realpath(path, NULL) : NULL;
	if (!home || stat(home, &st) < 0 || !S_ISDIR(st.st_mode) || is_one_of(home, shared_directories, false))
		return NULL;
	bool system = is_one_of(home, system_directories, false) && strcmp(home, "/root") != 0;
	bool own = (uid && st.st_uid == uid) || below(home, "/home") || !strcmp(home, "/root");
	return !system && (own || !is_one_of(home, system_directories, true)) ? home : NULL;
}

/* $HOME, else what /etc/passwd says, else a name that nobody has. */
static const char *find_home(uid_t uid)
{
	const char *home = usable_home(getenv("HOME"), uid);
	FILE *users = home ? NULL : fopen("/etc/passwd", "re");
	for (struct passwd *user; users && !home && (user = fgetpwent(users));)
		if (user->pw_uid == uid)
			home = usable_home(user->pw_dir, uid);
	if (users)
		fclose(users);
	return home ? home : "/home/sandbox";
}

static void explain(const struct plan *plan)
{
	switch (plan->explain) {
	case EXPLAIN_NONE: return;
	case EXPLAIN_HELP: explain_help(); break;
	case EXPLAIN_OPTIONS: explain_options(); break;
	case EXPLAIN_PLAN: explain_plan(plan); break;
	case EXPLAIN_VERSION: printf("%s %s\n", now.bwrap ? "bubblewrap" : "sandbox", now.bwrap ? BWRAP_VERSION : VERSION); break;
	}
	exit(fflush(stdout) || ferror(stdout) ? 125 : 0);
}

int main(int argc, char **argv)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;
	if (argc && *argv[0])
		now.called = argv[0], now.name = slash ? slash + 1 : argv[0];
	now.bwrap = !strcmp(now.name, "bwrap");
	fill_standard_streams();
	struct caller caller = {.uid = getuid(), .gid = getgid(), .home = find_home(getuid()), .argc = argc, .argv = argv,
		.environ = environ};
	caller.cwd = now.bwrap ? get_current_dir_name() : getcwd(NULL, 0); /* bubblewrap's is as PWD has it */
	caller.root = !caller.uid;
	struct plan plan = {.root = now.bwrap ? "empty" : "host", .cwd = "rw", .userns_fd = -1, .userns2_fd = -1, .pidns_fd = -1,
		.block_fd = -1, .userns_block_fd = -1, .info_fd = -1, .status_fd = -1};
	plan.caps = now.bwrap && caller.root ? sys_capget_permitted() : 0;
	plan.command = argc ? parse(&plan, argv + 1, argv + argc) : argv;
	check(&plan, &caller);
	explain(&plan);
	supervisor(&plan, &caller);
}
