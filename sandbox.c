// SPDX-License-Identifier: MIT
/*** Theory of operation ***/
/*
 * sandbox runs one command, without privilege, in a new tree of mounts that goes away with it.
 *
 * The file reads from top to bottom, in the order in which the program runs.  A section uses only sections above it.
 * The command line becomes a plan; the plan is checked and completed; then it is either explained (--plan) or carried out.
 * Before the section Mounts, nothing makes a namespace or a mount.
 *
 * Terms:
 *
 *   host, caller    the system outside, and the process and user that started us.
 *   command         what the caller wants to run: COMMAND on the command line.
 *   tree            the new root directory with its mounts.  The base tree is what it has before the first operation.
 *   operation       one option that changes the tree.  It has a destination in the tree, and often a source on the host.
 *   layer           one of the protections around the command: namespaces, Landlock, capabilities, filter, limits.
 *                   Of an overlay, a layer is one of its directories.
 *   policy          rules for system calls.  The filter is the seccomp program made from them.
 *   pty             the command's terminal.  "The terminal" alone is the caller's.
 *
 * Processes:
 *
 *     supervisor   the process that the caller started.  It stays outside, keeps the caller's standard streams, forwards
 *         |        signals, waits, and ends as the command ended.
 *       init       made by one clone3() with all new namespaces.  It builds the tree, pivots into it, starts the command
 *         |        and reaps orphans.  It is pid 1 of its pid namespace, so the kernel kills the rest when it ends.
 *      payload     gives up its rights, then becomes the command.  Until then it shares init's memory.
 *
 * Where the command itself is to be pid 1, no init ends with the supervisor.  Then a fourth process, the guard, waits on a
 * pipe from the supervisor and ends the sandbox when the supervisor is gone.
 *
 * Phases:
 *
 *   parse, check    read the command line.  The only descriptors read are those that --args names.
 *   build           finds sources in the host's tree and destinations in the new one.  A destination is opened by openat2
 *                   with RESOLVE_IN_ROOT (or as Lookup does it, where a filter refuses that call), or under a name that was
 *                   just made there; so no symbolic link can lead out of the tree.  What was found is kept as a
 *                   descriptor.  No program that the caller chose runs yet.
 *   pivot           makes the new tree "/" and detaches the host's.
 *   confine         runs in the payload alone.  Each step takes something away: limits, session, capabilities,
 *                   no-new-privs, Landlock, seccomp.  After the last one, none of our code runs in that process but exec.
 *   supervise       polls until the command ends or its time is over, and relays its pty.
 *
 * Descriptors: every one of ours is close-on-exec from the start.  init and supervisor share a SOCK_SEQPACKET pair,
 * "control".  It carries the messages of enum message_kind, and by its end each learns that the other is gone.
 *
 * The command may attack our own processes.  So neither init nor supervisor is dumpable: the command cannot open their
 * descriptors, memory or environment.  While the command runs, a filter allows init only the calls of its loop, and denies
 * a supervisor that reads the command's data the calls that start a process or reach one.
 *
 * Terminal: where a standard stream is a terminal, init makes a pty in the new tree's /dev, leads the pty's session and
 * sets its foreground process group.  The supervisor relays between the master and the terminal.  It makes the terminal
 * raw only while we are in its foreground and standard input is that terminal.  In a pipeline another member may be
 * asking for a password: there it changes no settings, and starts to read lines when the kernel stops the command for
 * reading the pty.
 *
 * An error ends the process (die): the kernel takes back mounts, namespaces and memory.  What outlives a process, such
 * as the terminal's settings, is in now.undo, and put_back() restores it.  There are two mutable globals: "now" (who
 * speaks, about which option) and "arena" (memory).
 */

#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define VERSION "0.2.0"
#define BWRAP_VERSION "0.13.1" /* the version of bubblewrap whose command line we accept */

/*** Kernel vocabulary ***/
/*
 * Constants and calls that an older libc lacks: musl 1.2.3 does not have the new mount API.  The kernel's header and
 * glibc's both define struct mount_attr and cannot be included together, so what we need is defined here.
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
	K_STATX_BASIC = 0x7ff,
	K_STATX_MNT_ID = 0x1000,
	K_STATX_ATTR_MOUNT_ROOT = 0x2000,
};

#define K_CLONE_INTO_CGROUP UINT64_C(0x200000000)

/* Landlock's rights.  A rule on a file that is not a directory may grant only those in OF_FILE. */
enum {
	K_LANDLOCK_EXECUTE = 1,
	K_LANDLOCK_WRITE_FILE = 2,
	K_LANDLOCK_READ_FILE = 4,
	K_LANDLOCK_READ_DIR = 8,
	K_LANDLOCK_REFER = 0x2000,
	K_LANDLOCK_TRUNCATE = 0x4000,
	K_LANDLOCK_RESOLVE_UNIX = 0x10000,
	K_LANDLOCK_ALL = 0x17fff, /* all but ioctl on devices */
	K_LANDLOCK_OF_FILE = 0x14007,
	K_LANDLOCK_SCOPE_ABSTRACT = 1,
	K_LANDLOCK_SCOPE_SIGNAL = 2,
};

/* System calls numbered 424 and up, which are the same on all architectures that this program supports. */
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
	NR_FACCESSAT2 = 439,
	NR_MOUNT_SETATTR = 442,
	NR_LANDLOCK_CREATE_RULESET = 444,
	NR_LANDLOCK_ADD_RULE = 445,
	NR_LANDLOCK_RESTRICT_SELF = 446,
	NR_PIDFD_SEND_SIGNAL = 424,
	NR_OPEN_TREE_ATTR = 467, /* Linux 6.15 */
};

struct k_clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

struct k_open_how {
	uint64_t flags, mode, resolve;
};

struct k_mount_attr {
	uint64_t attr_set, attr_clr, propagation, userns_fd;
};

struct k_landlock_layer {
	uint64_t files, net, scopes;
};

/* The kernel's struct statx of 256 bytes, with names for the members that we use. */
struct k_statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t links, uid, gid;
	uint16_t mode, skipped_half;
	uint64_t inode, size, skipped[12];
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

/* Moves onto NAME in the directory, or, if the name is empty, onto the file that the descriptor refers to. */
static int sys_move_mount(int mount, int dir, const char *name)
{
	unsigned flags = K_MOVE_MOUNT_F_EMPTY_PATH | (*name ? 0U : (unsigned)K_MOVE_MOUNT_T_EMPTY_PATH);
	return (int)syscall(NR_MOVE_MOUNT, mount, "", dir, name, flags);
}

static int sys_mount_setattr(int mount, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation)
{
	struct k_mount_attr attr = {.attr_set = set, .attr_clr = clear, .propagation = propagation};
	return (int)syscall(NR_MOUNT_SETATTR, mount, "", AT_EMPTY_PATH | flags, &attr, sizeof attr);
}

/* Maps ids in the mount and all below it, and restricts them as the base tree restricts the host's directories. */
static int sys_mount_idmap(int mount, int userns)
{
	struct k_mount_attr attr = {.attr_set = K_MOUNT_ATTR_IDMAP | K_MOUNT_ATTR_RDONLY | K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NODEV,
		.propagation = MS_PRIVATE, .userns_fd = (uint64_t)userns};
	return (int)syscall(NR_MOUNT_SETATTR, mount, "", AT_EMPTY_PATH | K_AT_RECURSIVE, &attr, sizeof attr);
}

static int sys_fsopen(const char *type)
{
	return (int)syscall(NR_FSOPEN, type, K_FSOPEN_CLOEXEC);
}

static int sys_fscreate(int fs)
{
	return (int)syscall(NR_FSCONFIG, fs, K_FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}

static int sys_fsset(int fs, const char *key, const char *value)
{
	return (int)syscall(NR_FSCONFIG, fs, value ? K_FSCONFIG_SET_STRING : K_FSCONFIG_SET_FLAG, key, value, 0);
}

static int sys_fsmount(int fs, unsigned attributes)
{
	return (int)syscall(NR_FSMOUNT, fs, K_FSMOUNT_CLOEXEC, attributes);
}

/* A call of our own, because the request is an int in musl and an unsigned long in glibc. */
static int sys_ioctl(int fd, unsigned long request, void *argument)
{
	return (int)syscall(SYS_ioctl, fd, request, argument);
}

/* The new process starts in the cgroup, or in ours if that is negative. */
static pid_t sys_clone3(uint64_t flags, int *pidfd, int cgroup)
{
	struct k_clone_args args = {.flags = flags | CLONE_PIDFD | (cgroup < 0 ? 0 : K_CLONE_INTO_CGROUP), .pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD, .cgroup = (uint64_t)cgroup};
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

static int sys_landlock_add(int ruleset, uint64_t rights, int fd)
{
	struct __attribute__((packed)) { /* as the kernel's struct is */
		uint64_t rights;
		int32_t fd;
	} rule = {rights, fd};
	return (int)syscall(NR_LANDLOCK_ADD_RULE, ruleset, 1, &rule, 0);
}

/* What prlimit64 takes: 64 bits on every architecture. */
struct k_limit {
	uint64_t soft, hard;
};

static int sys_prlimit(unsigned resource, const struct k_limit *set, struct k_limit *got)
{
	return (int)syscall(SYS_prlimit64, 0, resource, set, got);
}

/* System calls without libc's wrappers: those also block signals or change other threads, and we have none. */
static int sys_capset(uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
		{(uint32_t)permitted, (uint32_t)permitted, (uint32_t)inheritable},
		{(uint32_t)(permitted >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)},
	};
	return (int)syscall(SYS_capset, &header, data);
}

#ifdef SYS_setgroups32 /* i386, where the calls without this suffix take ids of 16 bits */
enum { NR_SETRESUID = SYS_setresuid32, NR_SETRESGID = SYS_setresgid32, NR_SETGROUPS = SYS_setgroups32 };
#else
enum { NR_SETRESUID = SYS_setresuid, NR_SETRESGID = SYS_setresgid, NR_SETGROUPS = SYS_setgroups };
#endif

static int sys_setresuid(uid_t real, uid_t effective, uid_t saved)
{
	return (int)syscall(NR_SETRESUID, real, effective, saved);
}

static int sys_setresgid(gid_t real, gid_t effective, gid_t saved)
{
	return (int)syscall(NR_SETRESGID, real, effective, saved);
}

static int sys_setgroups(size_t count, const gid_t *groups)
{
	return (int)syscall(NR_SETGROUPS, count, groups);
}

static uint64_t sys_capget_permitted(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};
	syscall(SYS_capget, &header, data);
	return data[0].permitted | (uint64_t)data[1].permitted << 32;
}

/*** Lookup ***/
/*
 * openat2, and a replacement for where a filter refuses it: with ENOSYS (systemd's RestrictSUIDSGID=, nspawn's
 * --suppress-sync) or with EPERM (older containers).  If EPERM was about the file, the replacement gets it, too.
 *
 * The replacement opens one component at a time and never lets the kernel follow a symbolic link: it reads the link's text
 * and walks that, so a link cannot lead out of the root.  For ".." it goes back to the descriptor that it came from,
 * because the kernel's ".." leads out of the root if somebody moves a directory out of it meanwhile.
 */

/* For a function with a large stack frame that few starts call.  Inlined, it would cost every start page faults. */
#define OWN_FRAME __attribute__((noinline))

enum { WALK_LEVELS = 1000, WALK_LINKS = 40 };
enum { FOR_ALL = S_ISVTX | S_IWOTH, NOBODY = 65534 }; /* the bits of /tmp's mode; the id of all who have none in this user namespace */

struct walk {
	uint64_t flags, resolve;
	int dir; /* where the walk starts */
	unsigned links;
	size_t depth;
	int held[WALK_LEVELS]; /* descriptors, from the start to where the walk is */
	char rest[2 * PATH_MAX];
};

static int here(const struct walk *walk)
{
	return walk->held[walk->depth - 1];
}

static void close_walk(struct walk *walk)
{
	while (walk->depth)
		close(walk->held[--walk->depth]);
}

static int walk_from(struct walk *walk, bool slash)
{
	const char *start = slash && !(walk->resolve & K_RESOLVE_IN_ROOT) ? "/" : ".";
	close_walk(walk);
	int fd = openat(walk->dir, start, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		walk->held[walk->depth++] = fd;
	return fd;
}

/* "." and "..".  The statx fails, as openat2 would, if we may not search the directory. */
static int walk_dots(struct walk *walk, bool up)
{
	struct k_statx st;
	if (sys_statx(here(walk), ".", K_AT_STATX_DONT_SYNC, 0, &st) < 0)
		return -1;
	if (up && walk->depth > 1) {
		close(walk->held[--walk->depth]);
	} else if (up && !(walk->resolve & K_RESOLVE_IN_ROOT)) { /* above the start, where no root confines the walk */
		int fd = openat(here(walk), "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return -1;
		close(here(walk));
		walk->held[0] = fd;
	}
	return 0;
}

static int walk_down(struct walk *walk, int fd)
{
	if (walk->depth == WALK_LEVELS) {
		close(fd);
		return errno = ENAMETOOLONG, -1;
	}
	return walk->held[walk->depth++] = fd;
}

/*
 * A magic link of procfs leads to a file whatever its text says, so we refuse it.  Its size is 0 or 64, and the size of
 * other links is their text's length.  Exceptions are "self" and "thread-self", whose text begins with a number.
 */
static bool is_magic(int link, uint64_t size, const char *text)
{
	struct statfs fs;
	return !fstatfs(link, &fs) && fs.f_type == PROC_SUPER_MAGIC && !isdigit((unsigned char)*text) && (size == 64 || size != strlen(text));
}

/*
 * The rule of fs.protected_symlinks: in a sticky directory that all may write, the last link of a path must belong to us
 * or to the directory's owner.  Owners without an id in this user namespace look the same, so we count them as different.
 */
static bool is_protected(const struct walk *walk, const struct k_statx *link)
{
	struct k_statx above;
	if (link->uid == geteuid() || sys_statx(here(walk), "", AT_EMPTY_PATH | K_AT_STATX_DONT_SYNC, K_STATX_BASIC, &above) < 0)
		return false;
	return (above.mode & FOR_ALL) == FOR_ALL && (link->uid != above.uid || link->uid == NOBODY);
}

static int read_target(struct walk *walk, int link, const struct k_statx *st, bool last, char text[PATH_MAX])
{
	if (walk->resolve & K_RESOLVE_NO_SYMLINKS || walk->links++ >= WALK_LINKS)
		return errno = ELOOP, -1;
	if (last && is_protected(walk, st))
		return errno = EACCES, -1;
	int length = (int)readlinkat(link, "", text, PATH_MAX - 1);
	if (length < 0)
		return -1;
	text[length] = '\0';
	return is_magic(link, st->size, text) ? errno = ELOOP, -1 : length;
}

/* Replaces the walked part of the path by the link's text. */
static int walk_link(struct walk *walk, int link, const struct k_statx *st, const char *rest, bool last)
{
	char text[PATH_MAX];
	int length = read_target(walk, link, st, last, text);
	close(link);
	if (length < 0)
		return -1;
	if ((size_t)length + strlen(rest) >= sizeof walk->rest)
		return errno = ENAMETOOLONG, -1;
	memmove(walk->rest + length, rest, strlen(rest) + 1);
	memcpy(walk->rest, text, (size_t)length);
	return *text == '/' ? walk_from(walk, true) : 0;
}

/* Opens a name.  If it is a symbolic link to follow, the descriptor is the link's and *link describes it. */
static int open_name(const struct walk *walk, const char *name, uint64_t flags, struct k_statx *link)
{
	int fd = openat(here(walk), name, (int)flags | O_NOFOLLOW | O_CLOEXEC, 0666), error = errno, found = fd;
	bool file = fd >= 0 && (flags & O_DIRECTORY || !(flags & O_PATH));
	link->mode = 0;
	if (fd < 0 && (error == ELOOP || error == ENOTDIR))
		found = openat(here(walk), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (found >= 0 && !file && !(flags & O_NOFOLLOW))
		sys_statx(found, "", AT_EMPTY_PATH | K_AT_STATX_DONT_SYNC, K_STATX_BASIC, link);
	if (S_ISLNK(link->mode))
		return found;
	if (fd < 0 && found >= 0)
		close(found);
	return errno = error, fd;
}

static int walk_path(struct walk *walk)
{
	for (char *name = walk->rest, *end;; name = end) {
		struct k_statx link;
		name += strspn(name, "/");
		end = name + strcspn(name, "/");
		bool last = !end[strspn(end, "/")], slash = *end;
		uint64_t flags = !last ? O_PATH | O_DIRECTORY : slash ? (walk->flags & ~(uint64_t)O_NOFOLLOW) | O_DIRECTORY : walk->flags;
		if (end == name)
			return openat(here(walk), ".", (int)flags | O_CLOEXEC, 0666);
		if (*name == '.' && (end - name == 1 || (end - name == 2 && name[1] == '.'))) {
			if (walk_dots(walk, end - name == 2) < 0)
				return -1;
			continue;
		}
		if (flags & O_CREAT && slash)
			return walk_dots(walk, false) < 0 ? -1 : (errno = EISDIR, -1);
		*end = '\0';
		int fd = open_name(walk, name, flags, &link);
		*end = slash ? '/' : '\0';
		bool follow = S_ISLNK(link.mode);
		if (follow)
			fd = walk_link(walk, fd, &link, end, last), end = walk->rest;
		if (fd < 0 || (last && !follow))
			return fd;
		if (!follow && walk_down(walk, fd) < 0)
			return -1;
	}
}

OWN_FRAME static int walk_openat2(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
	struct walk walk;
	walk.flags = flags, walk.resolve = resolve, walk.dir = dir, walk.links = 0, walk.depth = 0;
	if (!*path || strlen(path) >= PATH_MAX)
		return errno = *path ? ENAMETOOLONG : ENOENT, -1;
	strcpy(walk.rest, path);
	int fd = walk_from(&walk, *path == '/') < 0 ? -1 : walk_path(&walk);
	close_walk(&walk);
	return fd;
}

static int sys_openat2(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
	struct k_open_how how = {.flags = flags | O_CLOEXEC, .mode = flags & O_CREAT ? 0666 : 0, .resolve = resolve};
	int fd = (int)syscall(NR_OPENAT2, dir, path, &how, sizeof how);
	return fd < 0 && (errno == ENOSYS || errno == EPERM) ? walk_openat2(dir, path, flags, resolve) : fd;
}

/*** The two names ***/
/*
 * Called as bwrap, the program is a drop-in for bubblewrap.  Everything that the name changes has a row here: the word that
 * the code uses for it, the subject, what sandbox does, and what bwrap does.  The manual has the same table, and README
 * its most important rows; "make check-source" compares them.
 *
 * now.own.ROW is true under every name but bwrap.
 */
#define DIFFERENCES(ROW) \
	ROW(tree, "with no option", "the system read-only, the working directory writable", "an empty tree") \
	ROW(namespaces, "namespaces", "all new", "mount (and user, if not root); the rest by option") \
	ROW(nested, "user namespaces inside", "none; --allow-userns", "allowed; --disable-userns") \
	ROW(policy, "system calls", "those of the policy default; --syscalls", "all; --seccomp, --syscalls") \
	ROW(landlock, "Landlock", "restricts files, sockets and signals", "not used") \
	ROW(environment, "environment", "a short list; --keepenv", "all; --clearenv, --unsetenv") \
	ROW(descriptors, "descriptors above 2", "closed; --keep-fd", "open") \
	ROW(terminal, "terminal", "one of its own, relayed; --share-tty", "the caller's; --new-session") \
	ROW(keyring, "session keyring", "a new one, or none", "the caller's") \
	ROW(limits, "core dumps, processes", "limited; --rlimit", "not limited") \
	ROW(root, "run by root", "root's secrets in /etc stay hidden, no capabilities", "root's rights") \
	ROW(end, "background processes at the end", "killed", "left running, without --unshare-pid or --die-with-parent") \
	ROW(death, "command killed by a signal", "dies by the same", "exit 128+n") \
	ROW(signals, "signals to the sandbox", "go on to the command", "end it, once the command has ended") \
	ROW(codes, "own failure", "exit 125; 126 and 127 as env has them", "exit 1") \
	ROW(words, "errors", "option, path, reason, what to do", "path and reason") \
	ROW(syntax, "a value", "the next word, or behind '='", "the next word") \
	ROW(last_counts, "an option given twice", "the last one counts", "the last one, with a warning, or it is an error") \
	ROW(numbers, "numbers", "decimal, sizes with units", "as strtol(3) reads them; bytes") \
	ROW(fds_checked, "a descriptor that is closed, or given to two options", "an error", "ignored where bubblewrap ignores it") \
	ROW(programs, "a program of --seccomp", "checked: the faulty instruction is named", "as the kernel takes it") \
	ROW(sources, "source is a symbolic link", "refused where a sandboxed command may have put it", "followed") \
	ROW(links, "destination is a symbolic link", "followed, inside the new tree", "refused") \
	ROW(relative, "a relative destination", "from the working directory, as outside", "from the new tree's /") \
	ROW(directory, "working directory", "as the kernel names it", "as PWD names it") \
	ROW(group, "--ro .git/hooks --rw .", "in any order: a directory before what lies in it", "in the order given") \
	ROW(renames, "a directory above a bind", "cannot be renamed", "can be renamed") \
	ROW(host, "mount point missing in a writable bind", "refused", "made on the host, and left there") \
	ROW(modes, "missing parents of a mount point", "0755", "0700 where --perms of it is private") \
	ROW(sealed, "/ of the new tree", "read-only", "writable") \
	ROW(sizes, "size of a tmpfs", "a third of memory, for all together; --size also for --dev and overlays", "half of memory") \
	ROW(dev, "/dev", "nodes cannot be changed or executed, shm for all, 256 terminals", "as bubblewrap makes it") \
	ROW(remount, "--remount-ro", "read-only", "read-only, nosuid, nodev") \
	ROW(overlays, "--ro-overlay", "a read-only mount", "one without a place to write") \
	ROW(propagation, "mounts made later outside", "do not appear inside", "appear in recursive binds") \
	ROW(masked_proc, "a container that masks /proc", "its /proc is bound, read-only", "an error") \
	ROW(cgroups, "cgroups, with --allow-userns", "one of the sandbox's own", "the caller's") \
	ROW(bounding, "bounding set of capabilities", "left as it is, since it has no effect", "what the command has") \
	ROW(hidden, "memory and descriptors of init and supervisor", "closed to all others", "open to whoever joins the namespaces")

#define AS_MEMBER(name, subject, sandbox, bwrap) bool name;
#define AS_TRUE(name, subject, sandbox, bwrap) .name = true,

struct own_ways {
	DIFFERENCES(AS_MEMBER)
};

/* A message, or part of one, for which callers of bubblewrap may search: under the name bwrap it has bubblewrap's words. */
#define WORDS(sandbox, bwrap) (now.own.words ? (sandbox) : (bwrap))

/*** Errors and trace ***/

enum role { ROLE_SUPERVISOR, ROLE_INIT, ROLE_PAYLOAD };

/* Who is speaking, and about which option, so that every message can name both. */
static struct {
	const char *called, *name; /* argv[0], and its last component, which prefixes each message */
	struct own_ways own; /* what that name changes */
	const char *option; /* the option being served, or NULL */
	enum role role;
	int control; /* in init and payload: the socket to the supervisor; -1 in the supervisor */
	bool verbose, level_prefix;
	int fail_exit; /* the exit status of all our own failures; 0: those of env(1) */
	int report; /* the descriptor of --stats until the command begins; else -1 */
	struct undo { /* what put_back() puts back on the host, however the supervisor ends */
		int terminal; /* the caller's, while its settings are ours; else -1 */
		struct termios cooked, raw; /* its settings before, and ours */
		struct shared {
			int fd, flags, signal;
			struct f_owner_ex owner;
		} *shared; /* the flags and signals that the shared descriptors of caller and command had at the start */
		size_t shared_count;
		int guard, lifeline; /* the guard (0: none), and our end of its pipe: closing it makes the guard end the sandbox */
		int cgroup, leaf, inside; /* the supervisor's cgroup, the sandbox's below it, and the one where its processes start; else -1 */
		char leaf_name[20];
		void (*leave_cgroup)(void); /* NULL: we made no cgroup */
	} undo;
} now = {.called = "sandbox", .name = "sandbox", .own = {DIFFERENCES(AS_TRUE)}, .control = -1, .report = -1,
	.undo = {.terminal = -1, .cgroup = -1, .leaf = -1, .inside = -1}};

/*
 * To init: GO: the supervisor has set up init from outside.  SIGNAL: send it to the command; SIGNAL_ALL: to its process
 * group; HAD: the group has received it already.  FRONT: whether the command is in the foreground of its pty.  KILL_ALL.
 *
 * To the supervisor: BEGUN or FAILED: the command runs, or never will.  STOPPED, STATUS: it stopped, or ended.  LISTENER,
 * TERMINAL: a descriptor, of the filter's notifications or of the pty's master.  LESS: a protection is weaker than planned
 * (enum less).  LACKS, with texts: a file that the command lacks; the supervisor looks whether the host has it.
 */
enum message_kind {
	SAY_GO, SAY_SIGNAL, SAY_SIGNAL_ALL, SAY_HAD, SAY_FRONT, SAY_KILL_ALL, SAY_BEGUN, SAY_FAILED, SAY_STOPPED, SAY_STATUS, SAY_LISTENER,
	SAY_TERMINAL, SAY_LESS, SAY_LACKS,
};

/* Protections that an outer container can make weaker: it hides parts of /proc, or its /proc was mounted with subset=pid. */
enum less { LESS_CALLERS_PROC = 1, LESS_PIDS_ALONE = 2, LESS_LIMITS = 4 };

struct message {
	int kind, value;
};

static void tell(int kind, int value)
{
	struct message message = {kind, value};
	if (now.control >= 0 && send(now.control, &message, sizeof message, MSG_NOSIGNAL) < 0)
		return; /* the supervisor is gone, and we end with it */
}

/*
 * The length of the character that begins here.  0: it is not valid UTF-8, or is a control character, or is invisible:
 * one that changes the direction of writing, ends a line, or is "default ignorable" in Unicode.
 */
static int printable(const unsigned char *at)
{
	static const uint32_t least[] = {0, 0xa0, 0x800, 0x10000}; /* smaller codes are C1 controls, or encoded in too many bytes */
	static const struct {
		uint32_t first, last;
	} unseen[] = {
		{0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c}, {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f},
		{0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xd800, 0xdfff}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
		{0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
		{0x110000, UINT32_MAX},
	};
	int more = *at >= 0xf0 ? 3 : *at >= 0xe0 ? 2 : 1;
	uint32_t code = *at & (0x3fU >> more);
	if (*at < 0x80)
		return *at >= ' ' && *at != 0x7f;
	if (*at < 0xc2 || *at > 0xf4)
		return 0;
	for (int i = 1; i <= more; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
		if (code >= unseen[i].first && code <= unseen[i].last)
			return 0;
	return code < least[more] ? 0 : more + 1;
}

static void make_printable(char *at, const char *end)
{
	for (int length; at < end; at += length ? length : 1)
		if (!(length = printable((unsigned char *)at)))
			*at = '?';
}

static ssize_t tell_descriptor(int kind, int fd)
{
	struct message message = {kind, 0};
	struct iovec content = {&message, sizeof message};
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof fd)];
	} control;
	struct msghdr packet = {.msg_iov = &content, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
	struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
	memset(&control, 0, sizeof control);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(header), &fd, sizeof fd);
	return sendmsg(now.control, &packet, MSG_NOSIGNAL);
}

/* If others have changed the terminal's settings meanwhile, theirs stay. */
static void restore_terminal(void)
{
	struct termios settings = {0};
	if (now.undo.terminal >= 0 && !tcgetattr(now.undo.terminal, &settings) && !memcmp(&settings, &now.undo.raw, sizeof settings))
		tcsetattr(now.undo.terminal, TCSANOW, &now.undo.cooked);
	now.undo.terminal = -1;
}

/* Closing the pipe makes the guard kill what still runs inside, and end. */
static void dismiss_guard(void)
{
	if (!now.undo.guard)
		return;
	close(now.undo.lifeline);
	while (waitpid(now.undo.guard, NULL, 0) < 0 && errno == EINTR)
		;
	now.undo.guard = 0;
}

/* See share(). */
static void restore_shared(void)
{
	for (size_t i = 0; i < now.undo.shared_count; i++) {
		const struct shared *at = &now.undo.shared[i];
		if (fcntl(at->fd, F_GETFL) != at->flags)
			fcntl(at->fd, F_SETFL, at->flags);
		if (at->flags & O_ASYNC)
			fcntl(at->fd, F_SETOWN_EX, &at->owner), fcntl(at->fd, F_SETSIG, at->signal);
		else if (fcntl(at->fd, F_GETSIG) > 0) /* else it would be sent to the next program that asks for SIGIO */
			fcntl(at->fd, F_SETSIG, 0), fcntl(at->fd, F_SETOWN, 0);
	}
}

static void put_back(void)
{
	dismiss_guard();
	restore_shared();
	restore_terminal();
	if (now.undo.leave_cgroup)
		now.undo.leave_cgroup();
}

/* One line on stderr in one write.  Control characters are replaced, because a path may contain any. */
static void line(int level, const char *format, va_list ap)
{
	char text[2 * PATH_MAX + 1];
	int used = now.level_prefix ? snprintf(text, 8, "<%d>", level) : 0;
	used += snprintf(text + used, 256, "%.64s: ", now.name);
	int start = used;
	if (now.option && now.own.words)
		used += snprintf(text + used, 256, "%s: ", now.option);
	int body = used;
	used += vsnprintf(text + used, sizeof text - (size_t)used - 1, format, ap);
	if (used > (int)sizeof text - 3)
		used = (int)sizeof text - 3;
	if (body > start && used > body && !strncmp(text + body, now.option, strlen(now.option))) {
		memmove(text + start, text + body, (size_t)(used - body)); /* the message begins with the option's name already */
		used -= body - start;
	}
	make_printable(text, text + used);
	if (now.undo.terminal >= 0 && isatty(2)) /* it is raw, so a line needs a carriage return */
		text[used++] = '\r';
	text[used++] = '\n';
	if (write(2, text, (size_t)used) < 0)
		return;
}

__attribute__((format(printf, 1, 2))) static void warn(const char *format, ...)
{
	struct pollfd out = {2, POLLOUT, 0};
	va_list ap;
	if (poll(&out, 1, 100) < 1)
		return; /* nobody reads; the supervisor must not block, it has a timer to obey */
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

/* Prints an error and goes on: another process ends the sandbox because of it. */
__attribute__((format(printf, 1, 2))) static void complain(const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	line(3, format, ap);
	va_end(ap);
}

/* Exit statuses are those of env(1): 125 for our failure, 126 not executable, 127 not found; bubblewrap has only 1. */
__attribute__((noreturn)) static void give_up(int code)
{
	if (now.role == ROLE_SUPERVISOR)
		dprintf(now.report, "{\"began\": false}\n"); /* now.report is -1 without --stats: this fails, harmlessly */
	tell(SAY_FAILED, 0);
	put_back();
	_exit(now.fail_exit ? now.fail_exit : now.own.codes ? code : 1);
}

__attribute__((format(printf, 2, 3), noreturn)) static void die_code(int code, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	line(3, format, ap);
	va_end(ap);
	give_up(code);
}

__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	line(3, format, ap);
	va_end(ap);
	give_up(125);
}

#define DELEGATE "it is not delegated to you alone; begin with: systemd-run --user --scope -p Delegate=yes (root without --user)"
#define UNHIDE "docker leaves it visible with --security-opt systempaths=unconfined, Kubernetes with securityContext.procMount: Unmasked"
#define NO_LIMIT "an outer container may hide it: " UNHIDE "; or let the policy of --syscalls deny namespaces, as the default one does"
#define NO_USERNS "AppArmor or another security module gives this program no rights in user namespaces; it needs a profile with 'userns,'"

/* What to do when an action failed with an errno.  The first row that matches is used. */
static const struct hint {
	const char *doing;
	int error;
	const char *advice;
} hints[] = {
	{"find source path", ENOENT, "make it first, or use a -try option"},
	{"find source path", ENOTDIR, "a component above it is a file"},
	{"find the tree", ENOENT, "it is host, empty or a directory"},
	{"open overlay source", ENOENT, "make it first"},
	{"open overlay workdir", ENOENT, "make it first"},
	{"enter directory", ENOENT, "make it inside with --dir, or bind it with --ro or --rw"},
	{"chmod", ENOENT, "make it first with --dir or --file"},
	{"find source path", EACCES, "you may not search a directory above it"},
	{"find source path", EINVAL, "it is not in this mount namespace, or you may not see what its mounts hide"},
	{"make mount point", EROFS, "the place above it is read-only"},
	{"make mount point", EACCES, "you may not write the directory above it; make it on the host first"},
	{"make mount point", ENOTDIR, "a component above it is a file"},
	{"make mount point", EEXIST, "a file of another kind is there"},
	{"make mount point", ELOOP, "its symbolic links never end"},
	{"mount proc", EPERM, "--pidns is not yours, or an outer container hides parts of /proc; " UNHIDE "; or bind the caller's: --ro-bind /proc /proc"},
	{"mount overlay", EPERM, "this kernel refuses overlays in user namespaces"},
	{"mount overlay", EINVAL, "a layer's file system does not allow overlays, or RWSRC and WORKDIR of --overlay are not two directories of one file system"},
	{"mount overlay", ENODEV, "load the kernel module: modprobe overlay"},
	{"enter the namespace of", EINVAL, "it is your own, or of another kind"},
	{"enter the namespace of", EPERM, "it must belong to a user namespace that you made"},
	{"write to /proc/self/setgroups", ENOENT, "mount /proc first"},
	{"write to /proc/self/setgroups", EPERM, NO_USERNS},
	{"write to /proc/self/setgroups", EACCES, NO_USERNS},
	{"write to /proc/self/setgroups", EROFS, "an outer sandbox or container mounts /proc read-only, so no sandbox can start inside it"},
	{"write to /proc/self/uid_map", EPERM, NO_USERNS},
	{"write to /proc/self/uid_map", EACCES, NO_USERNS},
	{"limit namespaces by", EROFS, NO_LIMIT},
	{"limit namespaces by", EACCES, NO_LIMIT},
	{"limit namespaces by", ENOENT, NO_LIMIT},
	{"pivot into the new root", EINVAL, "the host's / is an initramfs or not a mount point"},
	{"open the file", ENOENT, "make it first"},
	{"open the file", ENXIO, "it is a socket, or a FIFO that nobody reads; start the reader first"},
	{"open the policy", ENOENT, "it is a file's name, or default, strict or none"},
	{"set", EACCES, "only root with the capability sys_nice may go below the caller's own priority"},
	{"limit the cgroup", ENODEV, "no cgroup v2 is mounted there; systemd has one if booted with systemd.unified_cgroup_hierarchy=1"},
	{"limit the cgroup", ENOENT, "the controller is not passed on to it; Delegate= of systemd's user@.service says which are"},
	{"limit the cgroup", EACCES, DELEGATE},
	{"limit the cgroup", EROFS, "an outer container mounts it read-only; make that mount writable"},
	{"limit the cgroup", EBUSY, DELEGATE},
	{"limit the cgroup", EAGAIN, "cgroup.max.descendants or cgroup.max.depth is in the way; the sandbox needs three cgroups, in two levels"},
	{"start", EAGAIN, "a limit of processes is too low; raise --pids or ulimit -u"},
	{"write to /proc/self/oom_score_adj", EACCES, "only root with the capability sys_resource may go below the caller's own score"},
	{NULL, EMFILE, "raise the limit: ulimit -n"},
	{NULL, ENOSPC, "a full file system, --size, --inodes or a limit in /proc/sys/user is in the way"},
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
 * The first system call that fails with this error although its arguments are invalid.  The kernel would complain about
 * the arguments, unless it lacks the call; so another error comes from a filter.  Some calls check privileges before
 * arguments: EPERM from those proves nothing.
 */
static const char *refused_call(int error)
{
	static const struct {
		const char *name;
		long number;
		bool wants_rights;
	} rows[] = {
		{"clone3", NR_CLONE3, false}, {"mount_setattr", NR_MOUNT_SETATTR, false},
		{"open_tree", NR_OPEN_TREE, false}, {"fsconfig", NR_FSCONFIG, false}, {"close_range", NR_CLOSE_RANGE, false},
		{"pidfd_open", NR_PIDFD_OPEN, false}, {"pidfd_send_signal", NR_PIDFD_SEND_SIGNAL, false},
		{"mount", SYS_mount, true}, {"fsopen", NR_FSOPEN, true}, {"fsmount", NR_FSMOUNT, true}, {"move_mount", NR_MOVE_MOUNT, true},
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

/* If the kernel is too old or a filter refuses a call, the message says that, whichever action failed first. */
static void die_if_call_refused(int error)
{
	struct utsname host;
	/* In the payload the command's own filter may be active already, and would give the wrong answer. */
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
		    "--security-opt seccomp=unconfined, Kubernetes with securityContext.seccompProfile.type: Unconfined, "
		    "an outer sandbox with --allow-userns", call);
}

/* "--bind: cannot find source path /x: No such file or directory; make it first" */
__attribute__((noreturn)) static void fail(const char *doing, const char *path)
{
	int error = errno;
	die_if_call_refused(error);
	const char *help = WORDS(advice(doing, error), NULL);
	die("%s %s%s%s: %s%s%s", WORDS("cannot", "Can't"), doing, *path ? " " : "", path, strerror(error),
	    help ? "; " : "", help ? help : "");
}

static int must(int result, const char *doing, const char *path)
{
	if (result < 0)
		fail(doing, path);
	return result;
}

/*** Memory ***/
/*
 * Memory is needed until the process ends, so blocks are taken one after another and never freed.  malloc would cost a
 * start two more system calls and a fifth more page faults.
 */
static struct {
	char *free; /* the unused rest of the current chunk; NULL before the first use */
	size_t left;
	_Alignas(16) char first[1 << 17]; /* more than most starts need */
} arena;

static size_t rounded(size_t size)
{
	return (size + 15) & ~(size_t)15;
}

/* Zeroed memory that is never freed. */
static void *take(size_t size)
{
	if (!arena.free)
		arena.free = arena.first, arena.left = sizeof arena.first;
	if (rounded(size) > arena.left) {
		size_t chunk = rounded(size) < sizeof arena.first ? sizeof arena.first : rounded(size);
		char *more = mmap(NULL, chunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (more == MAP_FAILED)
			die("out of memory");
		arena.free = more, arena.left = chunk;
	}
	arena.free += rounded(size), arena.left -= rounded(size);
	return arena.free - rounded(size);
}

/* Only the last block can grow in place; another is copied. */
static void *grow(void *block, size_t size, size_t wanted)
{
	size_t more = rounded(wanted) - rounded(size);
	if (block && (char *)block + rounded(size) == arena.free && more <= arena.left) {
		arena.free += more, arena.left -= more;
		return block;
	}
	return size ? memcpy(take(wanted), block, size) : take(wanted);
}

/* The room doubles whenever the count is a power of two. */
static void *room_for_one(void *array, size_t count, size_t size)
{
	return count & (count - 1) ? array : grow(array, count * size, (count ? 2 * count : 1) * size);
}

#define APPEND(array, count, value) \
	((array) = room_for_one((void *)(array), (count), sizeof *(array)), (array)[(count)++] = (value))

static char *copy_part(const char *text, size_t length)
{
	return memcpy(take(length + 1), text, length);
}

static char *copy_of(const char *text)
{
	return copy_part(text, strlen(text));
}

/* What printf() would print. */
__attribute__((format(printf, 1, 2))) static char *composed(const char *format, ...)
{
	va_list ap, again;
	va_start(ap, format);
	va_copy(again, ap);
	size_t size = (size_t)vsnprintf(NULL, 0, format, again) + 1;
	char *text = take(size);
	vsnprintf(text, size, format, ap);
	va_end(again);
	va_end(ap);
	return text;
}

/*
 * Quotes a name that a command may have chosen, as one word for sh: pasting it from a message runs nothing.  Bytes that
 * cannot be printed become octal in $'...'.  Under the name bwrap nothing is quoted, as in bubblewrap.
 */
static const char *quoted(const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@%+,-";
	size_t length = strlen(text);
	bool octal = false;
	if (!now.own.words || (length && strspn(text, plain) == length))
		return text;
	for (const unsigned char *at = (const unsigned char *)text; *at && !octal; at += printable(at))
		octal = !printable(at);
	char *copy = take(4 * length + 4), *to = copy;
	to = stpcpy(to, octal ? "$'" : "'");
	for (int part; *text; text += part ? part : 1) {
		part = printable((const unsigned char *)text);
		/* Octal also for these two, so that a shell without $'...', such as dash, sees one word, too. */
		if (!part || (octal && (*text == '\'' || *text == '\\')))
			to += sprintf(to, "\\%03o", (unsigned char)*text);
		else if (*text == '\'')
			to = stpcpy(to, "'\\''");
		else
			to = mempcpy(to, text, (size_t)part);
	}
	stpcpy(to, "'");
	return copy;
}

/* Joins the words that are not empty by spaces. */
static const char *in_words(const char *const *word)
{
	size_t size = 1;
	for (size_t i = 0; word[i]; i++)
		size += strlen(word[i]) + 1;
	char *text = take(size), *to = text;
	for (; *word; word++)
		if (**word)
			to += sprintf(to, "%s%s", to > text ? " " : "", *word);
	return text;
}

/*** Vocabulary ***/

enum op_kind {
	OP_BIND, /* mounts the source at dest */
	OP_SAME, /* what the host has at dest: a symbolic link and a bind of its target, a read-only bind, or nothing if the host has nothing */
	OP_OVERLAY, /* mounts layers at dest; flags say which is the upper one */
	OP_PROC,
	OP_DEV,
	OP_TMPFS,
	OP_MQUEUE,
	OP_DIR,
	OP_FILE, /* a copy of what a descriptor reads */
	OP_BIND_DATA, /* the same, mounted */
	OP_SYMLINK,
	OP_REMOUNT_RO,
	OP_CHMOD,
	OP_MACHINE_ID, /* a meaningless one, where the host has one */
	OP_NOEXEC,
	OP_LINK, /* a symbolic link of the host's without its target */
	OP_TARGET, /* the target of a symbolic link that is in the tree already */
	OP_NAMES, /* a line for the caller in a copy of passwd or group, where it has none */
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
	SAME_PLACE = 256, /* --ro and --rw: under sandbox one group, a directory before what lies in it */
};

#define UNSET ((mode_t)-1)
#define NO_SCORE INT_MAX
#define NO_ID UINT32_MAX /* chown(2) and the like leave an id of this value unchanged */

struct op {
	const char *option, *source, *dest, *work;
	enum op_kind kind;
	int flags, fd;
	mode_t perms;
	uint64_t size, inodes; /* bytes, files; 0: the default */
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

/* After the kernel's limits for each process come those for all processes together. */
enum { LIMIT_MEMORY = RLIM_NLIMITS, LIMIT_PIDS, LIMIT_CPUS, LIMIT_IO, LIMITS };

/* A statement of the policy that an option adds. */
struct statement {
	const char *option, *verb, *word;
};

enum explain { EXPLAIN_NONE, EXPLAIN_PLAN, EXPLAIN_HELP, EXPLAIN_OPTIONS, EXPLAIN_VERSION, EXPLAIN_FILTER };

/* What the command line asked for.  It is const after Check. */
struct plan {
	struct op *ops;
	size_t op_count, base_count; /* the first base_count ops are the base tree's */
	struct op cwd_layer, root_layer; /* --size and --inodes of --cwd overlay and --overlay-root */
	const char **layers;
	size_t layer_count, layers_used;
	struct env_op *env;
	size_t env_count;
	const char **keep_env;
	size_t keep_env_count;
	const char **locks;
	size_t lock_count;
	struct statement *statements;
	size_t statement_count;
	const char *syscalls; /* the policy's name or file, NULL: the default */
	const struct policy *policy; /* NULL: no filter of ours */
	struct fd_list sync_fds, keep_fds, seccomp_fds, owned_fds;
	struct k_limit limits[LIMITS];
	uint32_t limits_given, limits_try; /* a bit each */
	uint64_t timeout, grace; /* nanoseconds; a timeout of 0: none */
	int nice, oom_score; /* or NO_SCORE */
	mode_t umask; /* or UNSET */
	uint64_t cpus[16]; /* a bit each, as the kernel has them */
	const char *affinity; /* those in the words of --cpu-affinity, or NULL */
	bool append;
	const char *streams[3]; /* files in place of the standard streams */
	const char *root, *chdir, *hostname, *argv0, *exec_label, *file_label, *cwd, *stats;
	uint64_t namespaces; /* CLONE_NEW* */
	uint64_t namespaces_try;
	uint64_t caps;
	bool grace_given, caps_named, setfcap_named, share_net, share_abstract, unshare_user, disable_userns, allow_userns, assert_userns_disabled;
	bool new_session, share_tty, die_with_parent, as_pid_1, seccomp_given, overlay_root, report_denied, allow_suid;
	uint32_t uid, gid; /* inside */
	bool uid_given, gid_given, perms_given;
	mode_t perms;
	uint64_t size, inodes; /* for the next operation; 0: none given */
	int userns_fd, userns2_fd, pidns_fd, block_fd, userns_block_fd, info_fd, status_fd, stats_fd, depth;
	enum explain explain;
	const struct option *last_option; /* of several values, which are the last words before COMMAND; or NULL */
	char **command;
};

/* What we were started with, read once so that Check and Assemble stay pure. */
struct caller {
	uid_t uid;
	gid_t gid;
	const char *home, *cwd;
	char **environ, *words; /* words: where the kernel put arguments and environment, which /proc makes readable */
	size_t words_size;
	const char *other_home; /* the home of /etc/passwd where it differs from HOME or is a link to it; else NULL */
	bool home_linked, named; /* it is a link; a line of /etc/passwd has both of the sandbox's ids */
	bool root;
	uint64_t secret; /* random */
};

/* The list is texts stored one after another, the last of which is empty. */
static const char *nth(const char *list, size_t n)
{
	while (n--)
		list += strlen(list) + 1;
	return list;
}

/*** System calls ***/
/*
 * Every call of Linux 7.3, sorted by name: its numbers on x86-64, on i386 and in the generic table, which
 * aarch64 and riscv64 share (-1: it does not have the call), and the set that the call belongs to.  The groups of policies are unions
 * of sets.  The last column is the arguments of which the kernel uses only the lower 32 bits.  The filter ignores
 * their upper bits, or a program could set those to avoid a rule (CVE-2019-10063: TIOCSTI).  Other arguments are compared
 * in all 64 bits.
 */

enum set {
	ADMIN, AIO, BASE, BASIC_IO, CHOWN, CLOCK, CPU_EMULATION, DEBUG, FILES, IO_EVENT, IO_URING, IPC, KEYRING, MEMLOCK,
	MEMORY, MODULE, MOUNT, NAMESPACES, NETWORK_IO, NUMA, OBSOLETE, PKEY, PROCESS, RAW_IO, REBOOT, RESOURCES, SANDBOX,
	SETUID, SIGNAL, SWAP, SYNC, TIMER,
};

#define A(n) (1U << (n))
#define SYSCALLS(S) \
	S(_llseek, -1, 140, -1, BASIC_IO, 0) \
	S(_newselect, -1, 142, -1, IO_EVENT, A(0)) \
	S(_sysctl, 156, 149, -1, OBSOLETE, 0) \
	S(accept, 43, -1, 202, NETWORK_IO, A(0)) \
	S(accept4, 288, 364, 242, NETWORK_IO, A(0) | A(3)) \
	S(access, 21, 33, -1, FILES, A(1)) \
	S(acct, 163, 51, 89, ADMIN, 0) \
	S(add_key, 248, 286, 217, KEYRING, A(4)) \
	S(adjtimex, 159, 124, 171, CLOCK, 0) \
	S(afs_syscall, 183, 137, -1, OBSOLETE, 0) \
	S(alarm, 37, 27, -1, TIMER, A(0)) \
	S(arch_prctl, 158, 384, -1, BASE, A(0)) \
	S(bdflush, -1, 134, -1, ADMIN, 0) \
	S(bind, 49, 361, 200, NETWORK_IO, A(0) | A(2)) \
	S(bpf, 321, 357, 280, ADMIN, A(0) | A(2)) \
	S(break, -1, 17, -1, OBSOLETE, 0) \
	S(brk, 12, 45, 214, MEMORY, 0) \
	S(cachestat, 451, 451, 451, FILES, A(0) | A(3)) \
	S(capget, 125, 184, 90, BASE, 0) \
	S(capset, 126, 185, 91, PROCESS, 0) \
	S(chdir, 80, 12, 49, FILES, 0) \
	S(chmod, 90, 15, -1, FILES, A(1)) \
	S(chown, 92, 182, -1, CHOWN, A(1) | A(2)) \
	S(chown32, -1, 212, -1, CHOWN, A(1) | A(2)) \
	S(chroot, 161, 61, 51, MOUNT, 0) \
	S(clock_adjtime, 305, 343, 266, CLOCK, A(0)) \
	S(clock_adjtime64, -1, 405, -1, CLOCK, A(0)) \
	S(clock_getres, 229, 266, 114, BASE, A(0)) \
	S(clock_getres_time64, -1, 406, -1, BASE, A(0)) \
	S(clock_gettime, 228, 265, 113, BASE, A(0)) \
	S(clock_gettime64, -1, 403, -1, BASE, A(0)) \
	S(clock_nanosleep, 230, 267, 115, BASE, A(0) | A(1)) \
	S(clock_nanosleep_time64, -1, 407, -1, BASE, A(0) | A(1)) \
	S(clock_settime, 227, 264, 112, CLOCK, A(0)) \
	S(clock_settime64, -1, 404, -1, CLOCK, A(0)) \
	S(clone, 56, 120, 220, PROCESS, A(0)) \
	S(clone3, 435, 435, 435, PROCESS, 0) \
	S(close, 3, 6, 57, BASIC_IO, A(0)) \
	S(close_range, 436, 436, 436, BASIC_IO, A(0) | A(1) | A(2)) \
	S(connect, 42, 362, 203, NETWORK_IO, A(0) | A(2)) \
	S(copy_file_range, 326, 377, 285, BASIC_IO, A(0) | A(2) | A(5)) \
	S(creat, 85, 8, -1, FILES, A(1)) \
	S(create_module, 174, 127, -1, OBSOLETE, 0) \
	S(delete_module, 176, 129, 106, MODULE, A(1)) \
	S(dup, 32, 41, 23, BASIC_IO, A(0)) \
	S(dup2, 33, 63, -1, BASIC_IO, A(0) | A(1)) \
	S(dup3, 292, 330, 24, BASIC_IO, A(0) | A(1) | A(2)) \
	S(epoll_create, 213, 254, -1, IO_EVENT, A(0)) \
	S(epoll_create1, 291, 329, 20, IO_EVENT, A(0)) \
	S(epoll_ctl, 233, 255, 21, IO_EVENT, A(0) | A(1) | A(2)) \
	S(epoll_ctl_old, 214, -1, -1, OBSOLETE, 0) \
	S(epoll_pwait, 281, 319, 22, IO_EVENT, A(0) | A(2) | A(3)) \
	S(epoll_pwait2, 441, 441, 441, IO_EVENT, A(0) | A(2)) \
	S(epoll_wait, 232, 256, -1, IO_EVENT, A(0) | A(2) | A(3)) \
	S(epoll_wait_old, 215, -1, -1, OBSOLETE, 0) \
	S(eventfd, 284, 323, -1, IO_EVENT, A(0)) \
	S(eventfd2, 290, 328, 19, IO_EVENT, A(0) | A(1)) \
	S(execve, 59, 11, 221, PROCESS, 0) \
	S(execveat, 322, 358, 281, PROCESS, A(0) | A(4)) \
	S(exit, 60, 1, 93, BASE, A(0)) \
	S(exit_group, 231, 252, 94, BASE, A(0)) \
	S(faccessat, 269, 307, 48, FILES, A(0) | A(2)) \
	S(faccessat2, 439, 439, 439, FILES, A(0) | A(2) | A(3)) \
	S(fadvise64, 221, 250, 223, FILES, A(0) | A(3)) \
	S(fadvise64_64, -1, 272, -1, FILES, A(0) | A(3)) \
	S(fallocate, 285, 324, 47, FILES, A(0) | A(1)) \
	S(fanotify_init, 300, 338, 262, ADMIN, A(0) | A(1)) \
	S(fanotify_mark, 301, 339, 263, ADMIN, A(0) | A(1) | A(3)) \
	S(fchdir, 81, 133, 50, FILES, A(0)) \
	S(fchmod, 91, 94, 52, FILES, A(0) | A(1)) \
	S(fchmodat, 268, 306, 53, FILES, A(0) | A(2)) \
	S(fchmodat2, 452, 452, 452, FILES, A(0) | A(2) | A(3)) \
	S(fchown, 93, 95, 55, CHOWN, A(0) | A(1) | A(2)) \
	S(fchown32, -1, 207, -1, CHOWN, A(0) | A(1) | A(2)) \
	S(fchownat, 260, 298, 54, CHOWN, A(0) | A(2) | A(3) | A(4)) \
	S(fchroot, 472, 472, 472, MOUNT, A(0) | A(1)) \
	S(fcntl, 72, 55, 25, BASIC_IO, A(0) | A(1)) \
	S(fcntl64, -1, 221, -1, BASIC_IO, A(0) | A(1)) \
	S(fdatasync, 75, 148, 83, SYNC, A(0)) \
	S(fgetxattr, 193, 231, 10, FILES, A(0)) \
	S(file_getattr, 468, 468, 468, FILES, A(0) | A(4)) \
	S(file_setattr, 469, 469, 469, FILES, A(0) | A(4)) \
	S(finit_module, 313, 350, 273, MODULE, A(0) | A(2)) \
	S(flistxattr, 196, 234, 13, FILES, A(0)) \
	S(flock, 73, 143, 32, FILES, A(0) | A(1)) \
	S(fork, 57, 2, -1, PROCESS, 0) \
	S(fremovexattr, 199, 237, 16, FILES, A(0)) \
	S(fsconfig, 431, 431, 431, MOUNT, A(0) | A(1) | A(4)) \
	S(fsetxattr, 190, 228, 7, FILES, A(0) | A(4)) \
	S(fsmount, 432, 432, 432, MOUNT, A(0) | A(1) | A(2)) \
	S(fsopen, 430, 430, 430, MOUNT, A(1)) \
	S(fspick, 433, 433, 433, MOUNT, A(0) | A(2)) \
	S(fstat, 5, 108, 80, FILES, A(0)) \
	S(fstat64, -1, 197, -1, FILES, 0) \
	S(fstatat64, -1, 300, -1, FILES, A(0) | A(3)) \
	S(fstatfs, 138, 100, 44, FILES, A(0)) \
	S(fstatfs64, -1, 269, -1, FILES, A(0)) \
	S(fsync, 74, 118, 82, SYNC, A(0)) \
	S(ftime, -1, 35, -1, OBSOLETE, 0) \
	S(ftruncate, 77, 93, 46, FILES, A(0)) \
	S(ftruncate64, -1, 194, -1, FILES, A(0)) \
	S(futex, 202, 240, 98, BASE, A(1) | A(2) | A(5)) \
	S(futex_requeue, 456, 456, 456, BASE, A(1) | A(2) | A(3)) \
	S(futex_time64, -1, 422, -1, BASE, A(1) | A(2) | A(5)) \
	S(futex_wait, 455, 455, 455, BASE, A(3) | A(5)) \
	S(futex_waitv, 449, 449, 449, BASE, A(1) | A(2) | A(4)) \
	S(futex_wake, 454, 454, 454, BASE, A(2) | A(3)) \
	S(futimesat, 261, 299, -1, FILES, A(0)) \
	S(get_kernel_syms, 177, 130, -1, OBSOLETE, 0) \
	S(get_mempolicy, 239, 275, 236, NUMA, 0) \
	S(get_robust_list, 274, 312, 100, BASE, A(0)) \
	S(get_thread_area, 211, 244, -1, BASE, 0) \
	S(getcpu, 309, 318, 168, BASE, 0) \
	S(getcwd, 79, 183, 17, FILES, 0) \
	S(getdents, 78, 141, -1, FILES, A(0) | A(2)) \
	S(getdents64, 217, 220, 61, FILES, A(0) | A(2)) \
	S(getegid, 108, 50, 177, BASE, 0) \
	S(getegid32, -1, 202, -1, BASE, 0) \
	S(geteuid, 107, 49, 175, BASE, 0) \
	S(geteuid32, -1, 201, -1, BASE, 0) \
	S(getgid, 104, 47, 176, BASE, 0) \
	S(getgid32, -1, 200, -1, BASE, 0) \
	S(getgroups, 115, 80, 158, BASE, A(0)) \
	S(getgroups32, -1, 205, -1, BASE, A(0)) \
	S(getitimer, 36, 105, 102, TIMER, A(0)) \
	S(getpeername, 52, 368, 205, NETWORK_IO, A(0)) \
	S(getpgid, 121, 132, 155, BASE, A(0)) \
	S(getpgrp, 111, 65, -1, BASE, 0) \
	S(getpid, 39, 20, 172, BASE, 0) \
	S(getpmsg, 181, 188, -1, OBSOLETE, 0) \
	S(getppid, 110, 64, 173, BASE, 0) \
	S(getpriority, 140, 96, 141, BASE, A(0) | A(1)) \
	S(getrandom, 318, 355, 278, BASE, A(2)) \
	S(getresgid, 120, 171, 150, BASE, 0) \
	S(getresgid32, -1, 211, -1, BASE, 0) \
	S(getresuid, 118, 165, 148, BASE, 0) \
	S(getresuid32, -1, 209, -1, BASE, 0) \
	S(getrlimit, 97, 76, 163, BASE, A(0)) \
	S(getrusage, 98, 77, 165, BASE, A(0)) \
	S(getsid, 124, 147, 156, BASE, A(0)) \
	S(getsockname, 51, 367, 204, NETWORK_IO, A(0)) \
	S(getsockopt, 55, 365, 209, NETWORK_IO, A(0) | A(1) | A(2)) \
	S(gettid, 186, 224, 178, BASE, 0) \
	S(gettimeofday, 96, 78, 169, BASE, 0) \
	S(getuid, 102, 24, 174, BASE, 0) \
	S(getuid32, -1, 199, -1, BASE, 0) \
	S(getxattr, 191, 229, 8, FILES, 0) \
	S(getxattrat, 464, 464, 464, FILES, A(0) | A(2)) \
	S(gtty, -1, 32, -1, OBSOLETE, 0) \
	S(idle, -1, 112, -1, OBSOLETE, 0) \
	S(init_module, 175, 128, 105, MODULE, 0) \
	S(inotify_add_watch, 254, 292, 27, FILES, A(0) | A(2)) \
	S(inotify_init, 253, 291, -1, FILES, 0) \
	S(inotify_init1, 294, 332, 26, FILES, A(0)) \
	S(inotify_rm_watch, 255, 293, 28, FILES, A(0) | A(1)) \
	S(io_cancel, 210, 249, 3, AIO, 0) \
	S(io_destroy, 207, 246, 1, AIO, 0) \
	S(io_getevents, 208, 247, 4, AIO, 0) \
	S(io_pgetevents, 333, 385, 292, AIO, 0) \
	S(io_pgetevents_time64, -1, 416, -1, AIO, 0) \
	S(io_setup, 206, 245, 0, AIO, A(0)) \
	S(io_submit, 209, 248, 2, AIO, 0) \
	S(io_uring_enter, 426, 426, 426, IO_URING, A(0) | A(1) | A(2) | A(3)) \
	S(io_uring_register, 427, 427, 427, IO_URING, A(0) | A(1) | A(3)) \
	S(io_uring_setup, 425, 425, 425, IO_URING, A(0)) \
	S(ioctl, 16, 54, 29, BASIC_IO, A(0) | A(1)) \
	S(ioperm, 173, 101, -1, RAW_IO, A(2)) \
	S(iopl, 172, 110, -1, RAW_IO, A(0)) \
	S(ioprio_get, 252, 290, 31, BASE, A(0) | A(1)) \
	S(ioprio_set, 251, 289, 30, RESOURCES, A(0) | A(1) | A(2)) \
	S(ipc, -1, 117, -1, IPC, A(0) | A(1)) \
	S(kcmp, 312, 349, 272, DEBUG, A(0) | A(1) | A(2)) \
	S(kexec_file_load, 320, -1, 294, REBOOT, A(0) | A(1)) \
	S(kexec_load, 246, 283, 104, REBOOT, 0) \
	S(keyctl, 250, 288, 219, KEYRING, A(0)) \
	S(kill, 62, 37, 129, PROCESS, A(0) | A(1)) \
	S(landlock_add_rule, 445, 445, 445, SANDBOX, A(0) | A(1) | A(3)) \
	S(landlock_create_ruleset, 444, 444, 444, SANDBOX, A(2)) \
	S(landlock_restrict_self, 446, 446, 446, SANDBOX, A(0) | A(1)) \
	S(lchown, 94, 16, -1, CHOWN, A(1) | A(2)) \
	S(lchown32, -1, 198, -1, CHOWN, A(1) | A(2)) \
	S(lgetxattr, 192, 230, 9, FILES, 0) \
	S(link, 86, 9, -1, FILES, 0) \
	S(linkat, 265, 303, 37, FILES, A(0) | A(2) | A(4)) \
	S(listen, 50, 363, 201, NETWORK_IO, A(0) | A(1)) \
	S(listmount, 458, 458, 458, FILES, A(3)) \
	S(listns, 470, 470, 470, NAMESPACES, A(3)) \
	S(listxattr, 194, 232, 11, FILES, 0) \
	S(listxattrat, 465, 465, 465, FILES, A(0) | A(2)) \
	S(llistxattr, 195, 233, 12, FILES, 0) \
	S(lock, -1, 53, -1, OBSOLETE, 0) \
	S(lookup_dcookie, 212, 253, 18, DEBUG, 0) \
	S(lremovexattr, 198, 236, 15, FILES, 0) \
	S(lseek, 8, 19, 62, BASIC_IO, A(0) | A(2)) \
	S(lsetxattr, 189, 227, 6, FILES, A(4)) \
	S(lsm_get_self_attr, 459, 459, 459, BASE, A(0) | A(3)) \
	S(lsm_list_modules, 461, 461, 461, BASE, A(2)) \
	S(lsm_set_self_attr, 460, 460, 460, ADMIN, A(0) | A(2) | A(3)) \
	S(lstat, 6, 107, -1, FILES, 0) \
	S(lstat64, -1, 196, -1, FILES, 0) \
	S(madvise, 28, 219, 233, MEMORY, A(2)) \
	S(map_shadow_stack, 453, 453, 453, MEMORY, A(2)) \
	S(mbind, 237, 274, 235, NUMA, A(5)) \
	S(membarrier, 324, 375, 283, BASE, A(0) | A(1) | A(2)) \
	S(memfd_create, 319, 356, 279, MEMORY, A(1)) \
	S(memfd_secret, 447, 447, 447, MEMORY, A(0)) \
	S(migrate_pages, 256, 294, 238, NUMA, A(0)) \
	S(mincore, 27, 218, 232, MEMORY, 0) \
	S(mkdir, 83, 39, -1, FILES, A(1)) \
	S(mkdirat, 258, 296, 34, FILES, A(0) | A(2)) \
	S(mknod, 133, 14, -1, FILES, A(1) | A(2)) \
	S(mknodat, 259, 297, 33, FILES, A(0) | A(2) | A(3)) \
	S(mlock, 149, 150, 228, MEMLOCK, 0) \
	S(mlock2, 325, 376, 284, MEMLOCK, A(2)) \
	S(mlockall, 151, 152, 230, MEMLOCK, A(0)) \
	S(mmap, 9, 90, 222, MEMORY, A(2) | A(3) | A(4)) \
	S(mmap2, -1, 192, -1, MEMORY, A(2) | A(3) | A(4)) \
	S(modify_ldt, 154, 123, -1, CPU_EMULATION, A(0)) \
	S(mount, 165, 21, 40, MOUNT, 0) \
	S(mount_setattr, 442, 442, 442, MOUNT, A(0) | A(2)) \
	S(move_mount, 429, 429, 429, MOUNT, A(0) | A(2) | A(4)) \
	S(move_pages, 279, 317, 239, NUMA, A(0) | A(5)) \
	S(mprotect, 10, 125, 226, MEMORY, 0) \
	S(mpx, -1, 56, -1, OBSOLETE, 0) \
	S(mq_getsetattr, 245, 282, 185, IPC, A(0)) \
	S(mq_notify, 244, 281, 184, IPC, A(0)) \
	S(mq_open, 240, 277, 180, IPC, A(1) | A(2)) \
	S(mq_timedreceive, 243, 280, 183, IPC, A(0)) \
	S(mq_timedreceive_time64, -1, 419, -1, IPC, A(0)) \
	S(mq_timedsend, 242, 279, 182, IPC, A(0) | A(3)) \
	S(mq_timedsend_time64, -1, 418, -1, IPC, A(0) | A(3)) \
	S(mq_unlink, 241, 278, 181, IPC, 0) \
	S(mremap, 25, 163, 216, MEMORY, 0) \
	S(mseal, 462, 462, 462, MEMORY, 0) \
	S(msgctl, 71, 402, 187, IPC, A(0) | A(1)) \
	S(msgget, 68, 399, 186, IPC, A(0) | A(1)) \
	S(msgrcv, 70, 401, 188, IPC, A(0) | A(4)) \
	S(msgsnd, 69, 400, 189, IPC, A(0) | A(3)) \
	S(msync, 26, 144, 227, SYNC, A(2)) \
	S(munlock, 150, 151, 229, MEMLOCK, 0) \
	S(munlockall, 152, 153, 231, MEMLOCK, 0) \
	S(munmap, 11, 91, 215, MEMORY, 0) \
	S(name_to_handle_at, 303, 341, 264, FILES, A(0) | A(4)) \
	S(nanosleep, 35, 162, 101, BASE, 0) \
	S(newfstatat, 262, -1, 79, FILES, A(0) | A(3)) \
	S(nfsservctl, 180, 169, 42, OBSOLETE, 0) \
	S(nice, -1, 34, -1, RESOURCES, A(0)) \
	S(oldfstat, -1, 28, -1, FILES, 0) \
	S(oldlstat, -1, 84, -1, FILES, 0) \
	S(oldolduname, -1, 59, -1, BASE, 0) \
	S(oldstat, -1, 18, -1, FILES, 0) \
	S(olduname, -1, 109, -1, BASE, 0) \
	S(open, 2, 5, -1, FILES, A(1) | A(2)) \
	S(open_by_handle_at, 304, 342, 265, ADMIN, A(0) | A(2)) \
	S(open_tree, 428, 428, 428, MOUNT, A(0) | A(2)) \
	S(open_tree_attr, 467, 467, 467, MOUNT, A(0) | A(2)) \
	S(openat, 257, 295, 56, FILES, A(0) | A(2) | A(3)) \
	S(openat2, 437, 437, 437, FILES, A(0)) \
	S(pause, 34, 29, -1, BASE, 0) \
	S(perf_event_open, 298, 336, 241, DEBUG, A(1) | A(2) | A(3)) \
	S(personality, 135, 136, 92, PROCESS, A(0)) \
	S(pidfd_getfd, 438, 438, 438, DEBUG, A(0) | A(1) | A(2)) \
	S(pidfd_open, 434, 434, 434, PROCESS, A(0) | A(1)) \
	S(pidfd_send_signal, 424, 424, 424, PROCESS, A(0) | A(1) | A(3)) \
	S(pipe, 22, 42, -1, BASIC_IO, 0) \
	S(pipe2, 293, 331, 59, BASIC_IO, A(1)) \
	S(pivot_root, 155, 217, 41, MOUNT, 0) \
	S(pkey_alloc, 330, 381, 289, PKEY, 0) \
	S(pkey_free, 331, 382, 290, PKEY, A(0)) \
	S(pkey_mprotect, 329, 380, 288, PKEY, A(3)) \
	S(poll, 7, 168, -1, IO_EVENT, A(1) | A(2)) \
	S(ppoll, 271, 309, 73, IO_EVENT, A(1)) \
	S(ppoll_time64, -1, 414, -1, IO_EVENT, A(1)) \
	S(prctl, 157, 172, 167, PROCESS, A(0)) \
	S(pread64, 17, 180, 67, BASIC_IO, A(0)) \
	S(preadv, 295, 333, 69, BASIC_IO, A(0)) \
	S(preadv2, 327, 378, 286, BASIC_IO, A(0) | A(5)) \
	S(prlimit64, 302, 340, 261, BASE, A(0) | A(1)) \
	S(process_madvise, 440, 440, 440, MEMORY, A(0) | A(3) | A(4)) \
	S(process_mrelease, 448, 448, 448, MEMORY, A(0) | A(1)) \
	S(process_vm_readv, 310, 347, 270, DEBUG, A(0)) \
	S(process_vm_writev, 311, 348, 271, DEBUG, A(0)) \
	S(prof, -1, 44, -1, OBSOLETE, 0) \
	S(profil, -1, 98, -1, OBSOLETE, 0) \
	S(pselect6, 270, 308, 72, IO_EVENT, A(0)) \
	S(pselect6_time64, -1, 413, -1, IO_EVENT, A(0)) \
	S(ptrace, 101, 26, 117, DEBUG, A(1)) \
	S(putpmsg, 182, 189, -1, OBSOLETE, 0) \
	S(pwrite64, 18, 181, 68, BASIC_IO, A(0)) \
	S(pwritev, 296, 334, 70, BASIC_IO, A(0)) \
	S(pwritev2, 328, 379, 287, BASIC_IO, A(0) | A(5)) \
	S(query_module, 178, 167, -1, OBSOLETE, 0) \
	S(quotactl, 179, 131, 60, ADMIN, A(0) | A(2)) \
	S(quotactl_fd, 443, 443, 443, ADMIN, A(0) | A(1) | A(2)) \
	S(read, 0, 3, 63, BASIC_IO, A(0)) \
	S(readahead, 187, 225, 213, FILES, A(0)) \
	S(readdir, -1, 89, -1, FILES, 0) \
	S(readlink, 89, 85, -1, FILES, A(2)) \
	S(readlinkat, 267, 305, 78, FILES, A(0) | A(3)) \
	S(readv, 19, 145, 65, BASIC_IO, A(0)) \
	S(reboot, 169, 88, 142, REBOOT, A(0) | A(1) | A(2)) \
	S(recvfrom, 45, 371, 207, NETWORK_IO, A(0) | A(3)) \
	S(recvmmsg, 299, 337, 243, NETWORK_IO, A(0) | A(2) | A(3)) \
	S(recvmmsg_time64, -1, 417, -1, NETWORK_IO, A(0) | A(2) | A(3)) \
	S(recvmsg, 47, 372, 212, NETWORK_IO, A(0) | A(2)) \
	S(remap_file_pages, 216, 257, 234, MEMORY, 0) \
	S(removexattr, 197, 235, 14, FILES, 0) \
	S(removexattrat, 466, 466, 466, FILES, A(0) | A(2)) \
	S(rename, 82, 38, -1, FILES, 0) \
	S(renameat, 264, 302, 38, FILES, A(0) | A(2)) \
	S(renameat2, 316, 353, 276, FILES, A(0) | A(2) | A(4)) \
	S(request_key, 249, 287, 218, KEYRING, A(3)) \
	S(restart_syscall, 219, 0, 128, BASE, 0) \
	S(riscv_flush_icache, -1, -1, 259, BASE, 0) \
	S(riscv_hwprobe, -1, -1, 258, BASE, 0) \
	S(rmdir, 84, 40, -1, FILES, 0) \
	S(rseq, 334, 386, 293, BASE, A(1) | A(2) | A(3)) \
	S(rseq_slice_yield, 471, 471, 471, BASE, 0) \
	S(rt_sigaction, 13, 174, 134, SIGNAL, A(0)) \
	S(rt_sigpending, 127, 176, 136, SIGNAL, 0) \
	S(rt_sigprocmask, 14, 175, 135, SIGNAL, A(0)) \
	S(rt_sigqueueinfo, 129, 178, 138, PROCESS, A(0) | A(1)) \
	S(rt_sigreturn, 15, 173, 139, BASE, 0) \
	S(rt_sigsuspend, 130, 179, 133, SIGNAL, 0) \
	S(rt_sigtimedwait, 128, 177, 137, SIGNAL, 0) \
	S(rt_sigtimedwait_time64, -1, 421, -1, SIGNAL, 0) \
	S(rt_tgsigqueueinfo, 297, 335, 240, PROCESS, A(0) | A(1) | A(2)) \
	S(sched_get_priority_max, 146, 159, 125, BASE, A(0)) \
	S(sched_get_priority_min, 147, 160, 126, BASE, A(0)) \
	S(sched_getaffinity, 204, 242, 123, BASE, A(0) | A(1)) \
	S(sched_getattr, 315, 352, 275, BASE, A(0) | A(2) | A(3)) \
	S(sched_getparam, 143, 155, 121, BASE, A(0)) \
	S(sched_getscheduler, 145, 157, 120, BASE, A(0)) \
	S(sched_rr_get_interval, 148, 161, 127, BASE, A(0)) \
	S(sched_rr_get_interval_time64, -1, 423, -1, BASE, A(0)) \
	S(sched_setaffinity, 203, 241, 122, RESOURCES, A(0) | A(1)) \
	S(sched_setattr, 314, 351, 274, RESOURCES, A(0) | A(2)) \
	S(sched_setparam, 142, 154, 118, RESOURCES, A(0)) \
	S(sched_setscheduler, 144, 156, 119, RESOURCES, A(0) | A(1)) \
	S(sched_yield, 24, 158, 124, BASE, 0) \
	S(seccomp, 317, 354, 277, SANDBOX, A(0) | A(1)) \
	S(security, 185, -1, -1, OBSOLETE, 0) \
	S(select, 23, 82, -1, IO_EVENT, A(0)) \
	S(semctl, 66, 394, 191, IPC, A(0) | A(1) | A(2)) \
	S(semget, 64, 393, 190, IPC, A(0) | A(1) | A(2)) \
	S(semop, 65, -1, 193, IPC, A(0) | A(2)) \
	S(semtimedop, 220, -1, 192, IPC, A(0) | A(2)) \
	S(semtimedop_time64, -1, 420, -1, IPC, A(0) | A(2)) \
	S(sendfile, 40, 187, 71, BASIC_IO, A(0) | A(1)) \
	S(sendfile64, -1, 239, -1, BASIC_IO, A(0) | A(1)) \
	S(sendmmsg, 307, 345, 269, NETWORK_IO, A(0) | A(2) | A(3)) \
	S(sendmsg, 46, 370, 211, NETWORK_IO, A(0) | A(2)) \
	S(sendto, 44, 369, 206, NETWORK_IO, A(0) | A(3) | A(5)) \
	S(set_mempolicy, 238, 276, 237, NUMA, A(0)) \
	S(set_mempolicy_home_node, 450, 450, 450, NUMA, 0) \
	S(set_robust_list, 273, 311, 99, BASE, 0) \
	S(set_thread_area, 205, 243, -1, BASE, 0) \
	S(set_tid_address, 218, 258, 96, BASE, 0) \
	S(setdomainname, 171, 121, 162, ADMIN, A(1)) \
	S(setfsgid, 123, 139, 152, SETUID, A(0)) \
	S(setfsgid32, -1, 216, -1, SETUID, A(0)) \
	S(setfsuid, 122, 138, 151, SETUID, A(0)) \
	S(setfsuid32, -1, 215, -1, SETUID, A(0)) \
	S(setgid, 106, 46, 144, SETUID, A(0)) \
	S(setgid32, -1, 214, -1, SETUID, A(0)) \
	S(setgroups, 116, 81, 159, SETUID, A(0)) \
	S(setgroups32, -1, 206, -1, SETUID, A(0)) \
	S(sethostname, 170, 74, 161, ADMIN, A(1)) \
	S(setitimer, 38, 104, 103, TIMER, A(0)) \
	S(setns, 308, 346, 268, NAMESPACES, A(0) | A(1)) \
	S(setpgid, 109, 57, 154, PROCESS, A(0) | A(1)) \
	S(setpriority, 141, 97, 140, RESOURCES, A(0) | A(1) | A(2)) \
	S(setregid, 114, 71, 143, SETUID, A(0) | A(1)) \
	S(setregid32, -1, 204, -1, SETUID, A(0) | A(1)) \
	S(setresgid, 119, 170, 149, SETUID, A(0) | A(1) | A(2)) \
	S(setresgid32, -1, 210, -1, SETUID, A(0) | A(1) | A(2)) \
	S(setresuid, 117, 164, 147, SETUID, A(0) | A(1) | A(2)) \
	S(setresuid32, -1, 208, -1, SETUID, A(0) | A(1) | A(2)) \
	S(setreuid, 113, 70, 145, SETUID, A(0) | A(1)) \
	S(setreuid32, -1, 203, -1, SETUID, A(0) | A(1)) \
	S(setrlimit, 160, 75, 164, RESOURCES, A(0)) \
	S(setsid, 112, 66, 157, PROCESS, 0) \
	S(setsockopt, 54, 366, 208, NETWORK_IO, A(0) | A(1) | A(2) | A(4)) \
	S(settimeofday, 164, 79, 170, CLOCK, 0) \
	S(setuid, 105, 23, 146, SETUID, A(0)) \
	S(setuid32, -1, 213, -1, SETUID, A(0)) \
	S(setxattr, 188, 226, 5, FILES, A(4)) \
	S(setxattrat, 463, 463, 463, FILES, A(0) | A(2)) \
	S(sgetmask, -1, 68, -1, SIGNAL, 0) \
	S(shmat, 30, 397, 196, IPC, A(0) | A(2)) \
	S(shmctl, 31, 396, 195, IPC, A(0) | A(1)) \
	S(shmdt, 67, 398, 197, IPC, 0) \
	S(shmget, 29, 395, 194, IPC, A(0) | A(2)) \
	S(shutdown, 48, 373, 210, NETWORK_IO, A(0) | A(1)) \
	S(sigaction, -1, 67, -1, SIGNAL, A(0)) \
	S(sigaltstack, 131, 186, 132, SIGNAL, 0) \
	S(signal, -1, 48, -1, SIGNAL, A(0)) \
	S(signalfd, 282, 321, -1, SIGNAL, A(0)) \
	S(signalfd4, 289, 327, 74, SIGNAL, A(0) | A(3)) \
	S(sigpending, -1, 73, -1, SIGNAL, 0) \
	S(sigprocmask, -1, 126, -1, SIGNAL, A(0)) \
	S(sigreturn, -1, 119, -1, BASE, 0) \
	S(sigsuspend, -1, 72, -1, SIGNAL, A(0) | A(1) | A(2)) \
	S(socket, 41, 359, 198, NETWORK_IO, A(0) | A(1) | A(2)) \
	S(socketcall, -1, 102, -1, NETWORK_IO, A(0)) \
	S(socketpair, 53, 360, 199, NETWORK_IO, A(0) | A(1) | A(2)) \
	S(splice, 275, 313, 76, BASIC_IO, A(0) | A(2) | A(5)) \
	S(ssetmask, -1, 69, -1, SIGNAL, A(0)) \
	S(stat, 4, 106, -1, FILES, 0) \
	S(stat64, -1, 195, -1, FILES, 0) \
	S(statfs, 137, 99, 43, FILES, 0) \
	S(statfs64, -1, 268, -1, FILES, 0) \
	S(statmount, 457, 457, 457, FILES, A(3)) \
	S(statx, 332, 383, 291, FILES, A(0) | A(2) | A(3)) \
	S(stime, -1, 25, -1, CLOCK, 0) \
	S(stty, -1, 31, -1, OBSOLETE, 0) \
	S(swapoff, 168, 115, 225, SWAP, 0) \
	S(swapon, 167, 87, 224, SWAP, A(1)) \
	S(symlink, 88, 83, -1, FILES, 0) \
	S(symlinkat, 266, 304, 36, FILES, A(1)) \
	S(sync, 162, 36, 81, SYNC, 0) \
	S(sync_file_range, 277, 314, 84, SYNC, A(0) | A(3)) \
	S(syncfs, 306, 344, 267, SYNC, A(0)) \
	S(sysfs, 139, 135, -1, ADMIN, A(0)) \
	S(sysinfo, 99, 116, 179, BASE, 0) \
	S(syslog, 103, 103, 116, ADMIN, A(0) | A(2)) \
	S(tee, 276, 315, 77, BASIC_IO, A(0) | A(1) | A(3)) \
	S(tgkill, 234, 270, 131, PROCESS, A(0) | A(1) | A(2)) \
	S(time, 201, 13, -1, BASE, 0) \
	S(timer_create, 222, 259, 107, TIMER, A(0)) \
	S(timer_delete, 226, 263, 111, TIMER, A(0)) \
	S(timer_getoverrun, 225, 262, 109, TIMER, A(0)) \
	S(timer_gettime, 224, 261, 108, TIMER, A(0)) \
	S(timer_gettime64, -1, 408, -1, TIMER, A(0)) \
	S(timer_settime, 223, 260, 110, TIMER, A(0) | A(1)) \
	S(timer_settime64, -1, 409, -1, TIMER, A(0) | A(1)) \
	S(timerfd_create, 283, 322, 85, TIMER, A(0) | A(1)) \
	S(timerfd_gettime, 287, 326, 87, TIMER, A(0)) \
	S(timerfd_gettime64, -1, 410, -1, TIMER, A(0)) \
	S(timerfd_settime, 286, 325, 86, TIMER, A(0) | A(1)) \
	S(timerfd_settime64, -1, 411, -1, TIMER, A(0) | A(1)) \
	S(times, 100, 43, 153, BASE, 0) \
	S(tkill, 200, 238, 130, PROCESS, A(0) | A(1)) \
	S(truncate, 76, 92, 45, FILES, 0) \
	S(truncate64, -1, 193, -1, FILES, 0) \
	S(tuxcall, 184, -1, -1, OBSOLETE, 0) \
	S(ugetrlimit, -1, 191, -1, BASE, 0) \
	S(ulimit, -1, 58, -1, OBSOLETE, 0) \
	S(umask, 95, 60, 166, BASE, A(0)) \
	S(umount, -1, 22, -1, MOUNT, 0) \
	S(umount2, 166, 52, 39, MOUNT, A(1)) \
	S(uname, 63, 122, 160, BASE, 0) \
	S(unlink, 87, 10, -1, FILES, 0) \
	S(unlinkat, 263, 301, 35, FILES, A(0) | A(2)) \
	S(unshare, 272, 310, 97, NAMESPACES, 0) \
	S(uprobe, 336, -1, -1, BASE, 0) \
	S(uretprobe, 335, -1, -1, BASE, 0) \
	S(uselib, 134, 86, -1, ADMIN, 0) \
	S(userfaultfd, 323, 374, 282, ADMIN, A(0)) \
	S(ustat, 136, 62, -1, ADMIN, A(0)) \
	S(utime, 132, 30, -1, FILES, 0) \
	S(utimensat, 280, 320, 88, FILES, A(0) | A(3)) \
	S(utimensat_time64, -1, 412, -1, FILES, A(0) | A(3)) \
	S(utimes, 235, 271, -1, FILES, 0) \
	S(vfork, 58, 190, -1, PROCESS, 0) \
	S(vhangup, 153, 111, 58, ADMIN, 0) \
	S(vm86, -1, 166, -1, CPU_EMULATION, 0) \
	S(vm86old, -1, 113, -1, CPU_EMULATION, 0) \
	S(vmsplice, 278, 316, 75, BASIC_IO, A(0) | A(3)) \
	S(vserver, 236, 273, -1, OBSOLETE, 0) \
	S(wait4, 61, 114, 260, PROCESS, A(0) | A(2)) \
	S(waitid, 247, 284, 95, PROCESS, A(0) | A(1) | A(3)) \
	S(waitpid, -1, 7, -1, PROCESS, A(0) | A(2)) \
	S(write, 1, 4, 64, BASIC_IO, A(0)) \
	S(writev, 20, 146, 66, BASIC_IO, A(0))

#define CALL_ENUM(name, ...) CALL_##name,
#define CALL_SET(name, x86_64, i386, generic, set, narrow) set,
#define CALL_NAME(name, ...) #name,
#define CALL_X86_64(name, x86_64, i386, generic, set, narrow) {x86_64, narrow},
#define CALL_I386(name, x86_64, i386, generic, set, narrow) {i386, narrow},
#define CALL_GENERIC(name, x86_64, i386, generic, set, narrow) {generic, narrow},

enum call { SYSCALLS(CALL_ENUM) CALLS };
static const char *const call_names[] = {SYSCALLS(CALL_NAME)};
static const uint8_t call_sets[] = {SYSCALLS(CALL_SET)};
#define LAST_NUMBER 511 /* greater than every number in the tables */

struct number {
	int16_t is; /* -1: there is none */
	uint8_t narrow; /* a bit for each argument; the same on all */
};

struct arch {
	const char *name;
	uint32_t audit; /* what the kernel calls it in seccomp_data.arch */
	const struct number *numbers;
};

/* The compiler drops the tables that this machine does not use; the unit tests use all. */
#define ARCH(id, title, audit, column)                                                                                 \
	__attribute__((unused)) static const struct number numbers_##id[] = {SYSCALLS(column)};                        \
	__attribute__((unused)) static const struct arch arch_##id = {title, audit, numbers_##id};
ARCH(x86_64, "x86-64", AUDIT_ARCH_X86_64, CALL_X86_64)
ARCH(i386, "i386", AUDIT_ARCH_I386, CALL_I386)
ARCH(aarch64, "aarch64", AUDIT_ARCH_AARCH64, CALL_GENERIC)
ARCH(riscv64, "riscv64", AUDIT_ARCH_RISCV64, CALL_GENERIC)
#undef A

/* The architectures whose calls a filter knows, our own first.  A call of any other kills the process. */
#define MAX_ARCHS 2
#if defined __x86_64__ && !defined __ILP32__
static const struct arch *const machine[MAX_ARCHS] = {&arch_x86_64, &arch_i386};
#elif defined __i386__
static const struct arch *const machine[MAX_ARCHS] = {&arch_i386, NULL};
#elif defined __aarch64__
static const struct arch *const machine[MAX_ARCHS] = {&arch_aarch64, NULL};
#elif defined __riscv && __riscv_xlen == 64
static const struct arch *const machine[MAX_ARCHS] = {&arch_riscv64, NULL};
#else
#error "the table of system calls lacks this architecture"
#endif

#define SET(name) (UINT32_C(1) << (name))
static const struct {
	const char *name;
	uint32_t sets; /* a bit for each set of calls */
} groups[] = {
	{"@aio", SET(AIO)},
	{"@basic-io", SET(BASIC_IO)},
	{"@chown", SET(CHOWN)},
	{"@clock", SET(CLOCK)},
	{"@cpu-emulation", SET(CPU_EMULATION)},
	{"@debug", SET(DEBUG)},
	{"@default", SET(BASE) | SET(MEMORY)},
	{"@file-system", SET(FILES)},
	{"@io-event", SET(IO_EVENT)},
	{"@io-uring", SET(IO_URING)},
	{"@ipc", SET(IPC)},
	{"@keyring", SET(KEYRING)},
	{"@known", UINT32_MAX},
	{"@memlock", SET(MEMLOCK)},
	{"@memory", SET(MEMORY)},
	{"@module", SET(MODULE)},
	{"@mount", SET(MOUNT)},
	{"@namespaces", SET(NAMESPACES)},
	{"@network-io", SET(NETWORK_IO)},
	{"@numa", SET(NUMA)},
	{"@obsolete", SET(OBSOLETE)},
	{"@pkey", SET(PKEY)},
	{"@privileged", SET(ADMIN) | SET(CHOWN) | SET(CLOCK) | SET(MODULE) | SET(MOUNT) | SET(RAW_IO) | SET(REBOOT) | SET(SETUID) | SET(SWAP)},
	{"@process", SET(PROCESS)},
	{"@raw-io", SET(RAW_IO)},
	{"@reboot", SET(REBOOT)},
	{"@resources", SET(RESOURCES)},
	{"@sandbox", SET(SANDBOX)},
	{"@setuid", SET(SETUID)},
	{"@signal", SET(SIGNAL)},
	{"@swap", SET(SWAP)},
	{"@sync", SET(SYNC)},
	{"@timer", SET(TIMER)},
};
#define GROUPS (sizeof groups / sizeof *groups)

/*
 * Names for values in a policy's conditions, and for the errnos that it returns (E...), sorted.  The values are the same
 * on all architectures of the table.
 */
#define K(name, value) {#name, value}
static const struct {
	const char *name;
	uint32_t value;
} constants[] = {
	K(ADDR_NO_RANDOMIZE, 0x40000), K(AF_ALG, 38), K(AF_BLUETOOTH, 31), K(AF_CAN, 29), K(AF_INET, 2),
	K(AF_INET6, 10), K(AF_KEY, 15), K(AF_NETLINK, 16), K(AF_PACKET, 17), K(AF_TIPC, 30), K(AF_UNIX, 1),
	K(AF_VSOCK, 40), K(AF_XDP, 44), K(CLONE_NEWCGROUP, 0x2000000), K(CLONE_NEWIPC, 0x8000000),
	K(CLONE_NEWNET, 0x40000000), K(CLONE_NEWNS, 0x20000), K(CLONE_NEWPID, 0x20000000),
	K(CLONE_NEWTIME, 128), K(CLONE_NEWUSER, 0x10000000), K(CLONE_NEWUTS, 0x4000000),
	K(CLONE_THREAD, 0x10000), K(CLONE_VM, 256), K(EACCES, 13), K(EAFNOSUPPORT, 97), K(EAGAIN, 11),
	K(EBADF, 9), K(EBUSY, 16), K(ECONNREFUSED, 111), K(EEXIST, 17), K(EFAULT, 14), K(EFBIG, 27), K(EINTR, 4),
	K(EINVAL, 22), K(EIO, 5), K(EISDIR, 21), K(EMFILE, 24), K(ENETUNREACH, 101), K(ENFILE, 23),
	K(ENODATA, 61), K(ENODEV, 19), K(ENOENT, 2), K(ENOMEM, 12), K(ENOSPC, 28), K(ENOSYS, 38), K(ENOTDIR, 20),
	K(ENOTTY, 25), K(ENXIO, 6), K(EOPNOTSUPP, 95), K(EPERM, 1), K(EPIPE, 32), K(EPROTONOSUPPORT, 93),
	K(EROFS, 30), K(ETIMEDOUT, 110), K(EXDEV, 18), K(FICLONE, 0x40049409), K(FICLONERANGE, 0x4020940d), K(FIOCLEX, 0x5451), K(FIONBIO, 0x5421),
	K(FIONCLEX, 0x5450), K(FIONREAD, 0x541b), K(F_NOTIFY, 1026), K(F_SETLEASE, 1024), K(F_SET_RW_HINT, 1036), K(KCMP_FILE, 0), K(MAP_ANONYMOUS, 32), K(MAP_SHARED, 1),
	K(NETLINK_AUDIT, 9), K(NETLINK_GENERIC, 16), K(NETLINK_KOBJECT_UEVENT, 15), K(NETLINK_NETFILTER, 12),
	K(NETLINK_ROUTE, 0), K(NETLINK_SOCK_DIAG, 4), K(NETLINK_XFRM, 6), K(O_CREAT, 64), K(O_RDWR, 2),
	K(O_WRONLY, 1), K(PER_LINUX32, 8), K(PROT_EXEC, 4), K(PROT_READ, 1), K(PROT_WRITE, 2),
	K(PR_GET_NAME, 16), K(PR_SET_DUMPABLE, 4), K(PR_SET_NAME, 15), K(PR_SET_NO_NEW_PRIVS, 38),
	K(PR_SET_PDEATHSIG, 1), K(PR_SET_SECCOMP, 22), K(PR_SET_VMA, 0x53564d41), K(PTRACE_TRACEME, 0), K(RENAME_WHITEOUT, 4),
	K(SOCK_DGRAM, 2), K(SOCK_RAW, 3), K(SOCK_SEQPACKET, 5), K(SOCK_STREAM, 1), K(S_IFCHR, 0020000), K(S_IFMT, 0170000), K(S_ISGID, 1024),
	K(S_ISUID, 2048), K(TCGETS, 0x5401), K(TIOCGWINSZ, 0x5413), K(TIOCLINUX, 0x541c), K(TIOCSETD, 0x5423),
	K(TIOCSTI, 0x5412), K(UNAME26, 0x20000),
};
#undef K
#define CONSTANTS (sizeof constants / sizeof *constants)

static const char *call_name(size_t call)
{
	return call_names[call];
}

static const char *constant_name(size_t constant)
{
	return constants[constant].name;
}

static const char *group_name(size_t group)
{
	return groups[group].name;
}

/* The index of a name in one of the three tables, or -1. */
static int find_name(const char *name, const char *(*name_of)(size_t), size_t count)
{
	size_t low = 0;
	while (low < count) {
		size_t middle = (low + count) / 2;
		int order = strcmp(name, name_of(middle));
		if (!order)
			return (int)middle;
		*(order < 0 ? &count : &low) = order < 0 ? middle : middle + 1;
	}
	return -1;
}

static int find_number(const struct arch *arch, uint32_t number)
{
	for (int call = 0; call < CALLS; call++)
		if (arch->numbers[call].is >= 0 && (uint32_t)arch->numbers[call].is == number)
			return call;
	return -1;
}

static bool is_narrow(size_t call, unsigned arg)
{
	return machine[0]->numbers[call].narrow >> arg & 1;
}

/* "EPERM", or NULL */
static const char *errno_name(uint32_t error)
{
	for (size_t i = 0; i < CONSTANTS; i++)
		if (*constant_name(i) == 'E' && constants[i].value == error)
			return constant_name(i);
	return NULL;
}

/*** Options ***/
/*
 * One table drives parsing, arity, --help, --options and the checks of the manual and the tests.  Each row
 * names its taker, a function that stores the values in the plan.
 */

struct option {
	const char *name, *values; /* names of the values, separated by blanks */
	void (*take)(struct plan *, const struct option *, char **);
	size_t offset; /* where in struct plan the taker stores the value */
	uint32_t number; /* its meaning depends on the taker: a namespace, an op kind, a maximum */
	int flags; /* enum op_flags */
	const char *help;
};

#define AT(type, plan, option) ((type *)((char *)(plan) + (option)->offset))

/* It reads what bubblewrap's strtol reads: blanks and a sign may come before the digits. */
static bool read_number(const char *text, int base, uint64_t max, uint64_t *number)
{
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, base);
	*number = (uint64_t)value;
	return end != text && !*end && !errno && value >= 0 && *number <= max;
}

/* Under sandbox a number begins with a digit. */
static uint64_t parse_number(const char *text, int base, uint64_t max, const char *what)
{
	uint64_t value;
	if ((now.own.numbers && !isdigit((unsigned char)*text)) || !read_number(text, base, max, &value))
		die(base == 8 ? "%s: '%s' is not a %s (at most %#llo)" : "%s: '%s' is not a %s (at most %llu)", now.option, text, what,
		    (unsigned long long)max);
	return value;
}

/* A uid, gid or descriptor. */
static uint32_t parse_id(const char *text, uint32_t max, const char *what)
{
	uint64_t value;
	if (!now.own.numbers && !read_number(text, 10, max, &value))
		die("Invalid %s: %s", what, text);
	return (uint32_t)parse_number(text, 10, max, what);
}

/* Whether sandbox writes to the descriptor that this option names. */
static bool writes(const char *option)
{
	return !strcmp(option, "--info-fd") || !strcmp(option, "--json-status-fd") || !strcmp(option, "--stats");
}

static int parse_descriptor(struct plan *plan, const char *text)
{
	int fd = (int)parse_id(text, INT_MAX, WORDS("descriptor", "fd"));
	if (fcntl(fd, F_GETFD) < 0)
		die("%s: descriptor %d is not open; open it in the caller, as in %d%cFILE", now.option, fd, fd, now.own.words && writes(now.option) ? '>' : '<');
	APPEND(plan->owned_fds.fd, plan->owned_fds.count, fd);
	return fd;
}

static void check_owned_once(const struct plan *plan, size_t count, int fd)
{
	for (size_t i = 0; i < count; i++)
		if (plan->owned_fds.fd[i] == fd)
			die("descriptor %d is given to two options; open it once for each", fd);
}

/* A file descriptor for one option only, which reads it to the end or keeps it open while the sandbox lives. */
static int own_descriptor(struct plan *plan, const char *text)
{
	size_t before = plan->owned_fds.count;
	int fd = parse_descriptor(plan, text);
	check_owned_once(plan, now.own.fds_checked ? before : 0, fd);
	return fd;
}

/* Reads a file to its end and appends a NUL; NULL and errno on failure.  The maximum is for devices and pipes that never end. */
static char *try_slurp(int fd, size_t *size)
{
	const size_t most = 16 << 20;
	size_t room = 4096;
	char *text = take(room + 1);
	ssize_t got;
	for (*size = 0; (got = read(fd, text + *size, room - *size)) != 0; *size += (size_t)got) {
		if (got < 0 && errno == EINTR)
			got = 0;
		if (got < 0)
			return NULL;
		if (*size + (size_t)got > most)
			return errno = EFBIG, NULL;
		if (*size + (size_t)got == room)
			text = grow(text, room + 1, 2 * room + 1), room *= 2;
	}
	text[*size] = '\0';
	return text;
}

static char *slurp(int fd, const char *what, size_t *size)
{
	char *text = try_slurp(fd, size);
	if (!text && errno == EFBIG)
		die("%s is longer than 16 MiB", what);
	must(text ? 0 : -1, "read", what);
	return text;
}

static const char *nonempty(const char *path)
{
	if (!*path)
		die("%s: the path is empty; is a shell variable unset?", now.option);
	/* Who has a directory called ~ writes ./~ for it. */
	if (now.own.words && path[0] == '~' && (path[1] == '/' || !path[1]) && access(path, F_OK) < 0)
		die("%1$s: the shell did not expand ~; write it after a blank and without quotes: %1$s ~%2$s%3$s", now.option, path[1] ? "/" : "",
		    path[1] && path[2] ? quoted(path + 2) : "");
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

static void take_fail_exit(struct plan *plan, const struct option *option, char **value)
{
	(void)plan, (void)option;
	now.fail_exit = (int)parse_number(value[0], 10, 255, "status");
	if (!now.fail_exit)
		die("0 would mean success; give 1 to 255");
}

static void take_explain(struct plan *plan, const struct option *option, char **value)
{
	(void)value;
	plan->explain = (enum explain)option->number;
}

/* The last of several options counts.  bubblewrap warns about that, sandbox does not. */
static void note_repeated(const struct option *option, bool repeated)
{
	if (repeated && !now.own.last_counts)
		warn("Only the last %s option will take effect", option->name);
}

static void take_text(struct plan *plan, const struct option *option, char **value)
{
	if (!now.own.last_counts && option->number && *AT(const char *, plan, option))
		die("%s used multiple times", option->name);
	note_repeated(option, *AT(const char *, plan, option));
	*AT(const char *, plan, option) = value[0];
}

static void take_path(struct plan *plan, const struct option *option, char **value)
{
	note_repeated(option, *AT(const char *, plan, option));
	*AT(const char *, plan, option) = nonempty(value[0]);
}

/* bubblewrap does not check descriptors that it only waits for or keeps open (TRY); a closed one has no effect there. */
static bool ignores_closed(const struct option *option, const char *text)
{
	return !now.own.fds_checked && option->flags & TRY && fcntl((int)parse_id(text, INT_MAX, "fd"), F_GETFD) < 0;
}

static void take_fd(struct plan *plan, const struct option *option, char **value)
{
	if (ignores_closed(option, value[0]))
		return;
	note_repeated(option, *AT(int, plan, option) >= 0);
	*AT(int, plan, option) = own_descriptor(plan, value[0]);
}

/* A value of digits only is a file descriptor, any other a file. */
static void take_stats(struct plan *plan, const struct option *option, char **value)
{
	(void)option;
	const char *text = nonempty(value[0]);
	bool file = text[strspn(text, "0123456789")];
	plan->stats = text;
	plan->stats_fd = file ? -1 : own_descriptor(plan, text);
}

static void take_fds(struct plan *plan, const struct option *option, char **value)
{
	struct fd_list *list = AT(struct fd_list, plan, option);
	if (ignores_closed(option, value[0]))
		return;
	APPEND(list->fd, list->count, option->number ? parse_descriptor(plan, value[0]) : own_descriptor(plan, value[0]));
}

static void take_seccomp(struct plan *plan, const struct option *option, char **value)
{
	bool only = option->number; /* --seccomp: only the last program is loaded */
	if (only ? !plan->seccomp_given && plan->seccomp_fds.count : plan->seccomp_given)
		die("%s cannot be combined with %s%s", option->name,
		    only ? "--add-seccomp-fd" : "--seccomp", WORDS("; give every program with --add-seccomp-fd", ""));
	note_repeated(option, only && plan->seccomp_given);
	if (only)
		plan->seccomp_given = true, plan->seccomp_fds.count = 0;
	APPEND(plan->seccomp_fds.fd, plan->seccomp_fds.count, own_descriptor(plan, value[0]));
}

static void take_statement(struct plan *plan, const struct option *option, char **value)
{
	struct statement statement = {option->name, option->number ? "allow" : "deny", value[0]};
	APPEND(plan->statements, plan->statement_count, statement);
}

/* A call denied with errno 0 returns 0, so programs believe that their data was written to disk. */
static void take_no_sync(struct plan *plan, const struct option *option, char **value)
{
	(void)value;
	take_statement(plan, option, (char *[]){"fsync:0 fdatasync:0 sync:0 syncfs:0 sync_file_range:0 msync:0"});
}

static void take_lock(struct plan *plan, const struct option *option, char **value)
{
	(void)option;
	APPEND(plan->locks, plan->lock_count, nonempty(value[0]));
}

#define NEW_ALL (CLONE_NEWUSER | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWCGROUP)
#define ALL_BUT_TRIED (NEW_ALL & ~CLONE_NEWUSER & ~CLONE_NEWCGROUP)

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
	(void)value;
	plan->share_net = true;
	plan->share_abstract |= option->number;
	plan->namespaces &= ~(uint64_t)CLONE_NEWNET;
}

static void take_id(struct plan *plan, const struct option *option, char **value)
{
	bool user = option->number;
	/* 2^32-1 means "no change" in chown(2) and setresuid(2), so it is not an id. */
	uint32_t id = parse_id(value[0], UINT32_MAX - 1, user ? "uid" : "gid");
	note_repeated(option, user ? plan->uid_given : plan->gid_given);
	*(user ? &plan->uid : &plan->gid) = id;
	*(user ? &plan->uid_given : &plan->gid_given) = true;
}

static void take_perms(struct plan *plan, const struct option *option, char **value)
{
	if (plan->perms_given)
		die("%s given twice for the same action", option->name);
	plan->perms = (mode_t)parse_number(value[0], 8, 07777, "mode in octal digits");
	plan->perms_given = true;
}

enum quantity_kind { WHOLE, BYTES, DURATION, THOUSANDTHS };

static const struct unit {
	const char *name;
	enum quantity_kind kind;
	uint64_t factor;
} units[] = {
	{"", WHOLE, 1}, {"", BYTES, 1}, {"K", BYTES, 1 << 10}, {"M", BYTES, 1 << 20}, {"G", BYTES, 1 << 30}, {"T", BYTES, UINT64_C(1) << 40},
	{"", DURATION, 1000000000}, {"ns", DURATION, 1}, {"us", DURATION, 1000}, {"ms", DURATION, 1000000}, {"s", DURATION, 1000000000},
	{"m", DURATION, UINT64_C(60000000000)}, {"h", DURATION, UINT64_C(3600000000000)}, {"d", DURATION, UINT64_C(86400000000000)},
	{"", THOUSANDTHS, 1000},
};
#define UNITS (sizeof units / sizeof *units)

/* The units of sizes are powers of 1024 in every spelling: m, MB and MiB mean M. */
static size_t find_unit(const char *text, enum quantity_kind kind)
{
	size_t length = strlen(text), unit = 0;
	if (kind == BYTES && length && tolower((unsigned char)text[length - 1]) == 'b')
		length--;
	if (kind == BYTES && length > 1 && tolower((unsigned char)text[length - 1]) == 'i')
		length--;
	while (unit < UNITS && (units[unit].kind != kind || strlen(units[unit].name) != length ||
		(kind == BYTES ? strncasecmp : strncmp)(units[unit].name, text, length) != 0))
		unit++;
	return unit;
}

/* A decimal number and a unit, as in 1.5h.  Durations are returned in nanoseconds. */
static uint64_t parse_quantity(const char *text, enum quantity_kind kind)
{
	static const char *const what[] = {"whole number", "size, as in 4096 or 512M; units are K, M, G, T", "duration, as in 90, 1.5h or 500ms", "number, as in 2 or 0.5"};
	uint64_t digits = 0, scale = 1, value = 0;
	bool point = false, over = false;
	const char *at = text;
	for (; !over && (isdigit((unsigned char)*at) || (*at == '.' && !point && at > text && kind != WHOLE)); at++)
		if (*at == '.')
			point = true;
		else
			over = __builtin_mul_overflow(digits, 10, &digits) || __builtin_add_overflow(digits, (unsigned)*at - '0', &digits) ||
			       (point && (scale *= 10) > 1000000000);
	size_t unit = find_unit(at, kind);
	over |= unit < UNITS && (__builtin_mul_overflow(digits, units[unit].factor, &value) || value / scale > INT64_MAX || (digits && value < scale));
	if (at == text || at[-1] == '.' || over || unit == UNITS)
		die("'%s' is not a %s%s", text, what[kind], over ? "; it is too large or too precise" : "");
	return value / scale;
}

/* bubblewrap's sizes have no units. */
static void take_size(struct plan *plan, const struct option *option, char **value)
{
	uint64_t *size = AT(uint64_t, plan, option);
	if (*size)
		die("%s given twice for the same action", option->name);
	if (option->number)
		*size = parse_number(value[0], 10, option->number, "number of files");
	else
		*size = now.own.numbers ? parse_quantity(value[0], BYTES) : parse_number(value[0], 0, SIZE_MAX >> 1, "size in bytes");
	if (!*size)
		die("%s must be non-zero", option->name);
}

static void take_duration(struct plan *plan, const struct option *option, char **value)
{
	*AT(uint64_t, plan, option) = parse_quantity(value[0], DURATION);
	plan->grace_given |= option->number;
}

/* The kernel counts cpu in seconds and rttime in microseconds, durations are in nanoseconds: the divisor converts them. */
static const struct {
	const char *name;
	enum quantity_kind kind;
	uint64_t divisor;
} resources[LIMITS] = {
	[RLIMIT_AS] = {"as", BYTES, 1}, [RLIMIT_CORE] = {"core", BYTES, 1}, [RLIMIT_CPU] = {"cpu", DURATION, 1000000000},
	[RLIMIT_DATA] = {"data", BYTES, 1}, [RLIMIT_FSIZE] = {"fsize", BYTES, 1}, [RLIMIT_LOCKS] = {"locks", WHOLE, 1},
	[RLIMIT_MEMLOCK] = {"memlock", BYTES, 1}, [RLIMIT_MSGQUEUE] = {"msgqueue", BYTES, 1}, [RLIMIT_NICE] = {"nice", WHOLE, 1},
	[RLIMIT_NOFILE] = {"nofile", WHOLE, 1}, [RLIMIT_NPROC] = {"nproc", WHOLE, 1}, [RLIMIT_RSS] = {"rss", BYTES, 1},
	[RLIMIT_RTPRIO] = {"rtprio", WHOLE, 1}, [RLIMIT_RTTIME] = {"rttime", DURATION, 1000},
	[RLIMIT_SIGPENDING] = {"sigpending", WHOLE, 1}, [RLIMIT_STACK] = {"stack", BYTES, 1},
	[LIMIT_MEMORY] = {"memory", BYTES, 1}, [LIMIT_PIDS] = {"pids", WHOLE, 1}, [LIMIT_CPUS] = {"millicpus", THOUSANDTHS, 1},
	[LIMIT_IO] = {"io", BYTES, 1},
};

static uint64_t limit_value(const char *text, unsigned resource)
{
	uint64_t divisor = resources[resource].divisor;
	if (!strcmp(text, "unlimited"))
		return UINT64_MAX;
	return (parse_quantity(text, resources[resource].kind) + divisor - 1) / divisor; /* rounded up: half a second must not become 0 */
}

/* With less than this not even the dynamic linker starts; a number alone was often meant in megabytes, or as ulimit's kilobytes. */
static void check_enough(const char *name, const char *text, unsigned resource, uint64_t bytes)
{
	const uint64_t least = resource == RLIMIT_AS ? 1 << 20 : resource == RLIMIT_DATA || resource == RLIMIT_STACK ? 1 << 16 : 0;
	bool bare = text[strspn(text, "0123456789")] == '\0' && bytes;
	if (bytes < least)
		die("%s is too little to start a program; %s %s=%s%s", text, bare ? "did you mean" : "write at least", name,
		    bare ? text : resource == RLIMIT_AS ? "1M" : "64K", !bare ? "" : bytes < 4096 ? "M" : "K");
}

static void take_rlimit(struct plan *plan, const struct option *option, char **value)
{
	char *soft = copy_of(value[0]), *name = strsep(&soft, "="), *hard = soft;
	unsigned resource = 0;
	struct k_limit have;
	(void)option;
	while (resource < RLIM_NLIMITS && strcmp(name, resources[resource].name) != 0)
		resource++;
	if (resource == RLIM_NLIMITS || !soft)
		die("'%s' is not NAME=SOFT[:HARD], where NAME is a resource, as in nofile=1024; the manual lists them", value[0]);
	strsep(&hard, ":");
	char blamed[80];
	snprintf(blamed, sizeof blamed, "--rlimit: '%s'", value[0]);
	now.option = blamed;
	struct k_limit want = {limit_value(soft, resource), limit_value(hard ? hard : soft, resource)};
	if (want.soft > want.hard)
		die("the soft limit is above the hard limit");
	check_enough(name, soft, resource, want.soft);
	if (!sys_prlimit(resource, NULL, &have) && want.hard > have.hard)
		die("the caller's own hard limit is %llu; raise that first", (unsigned long long)have.hard);
	plan->limits[resource] = want;
	plan->limits_given |= 1U << resource;
}

/* A limit that all processes share: --memory, --pids, --cpus or --io. */
static void take_group_limit(struct plan *plan, const struct option *option, char **value)
{
	/* What the kernel accepts.  --X-try has the same range: it is for limits that this machine cannot set, not for wrong values. */
	static const struct {
		uint64_t least, most; /* most 0: no maximum */
		const char *words;
	} ranges[LIMITS] = {[LIMIT_PIDS] = {1, 4194304, "1 to 4194304 processes"}, [LIMIT_CPUS] = {10, 100000000, "0.01 to 100000 processors"},
		[LIMIT_IO] = {2, 0, "at least 2 bytes a second, as in 10M"}};
	uint64_t least = ranges[option->number].least, most = ranges[option->number].most;
	struct k_limit *limit = &plan->limits[option->number];
	limit->soft = parse_quantity(value[0], resources[option->number].kind);
	if (!limit->soft)
		die("%s must be non-zero", option->name);
	if (limit->soft < least || (most && limit->soft > most))
		die("'%s' is out of range; write %s", value[0], ranges[option->number].words);
	plan->limits_given |= 1U << option->number;
	plan->limits_try &= ~(1U << option->number);
	plan->limits_try |= (option->flags & TRY ? 1U : 0) << option->number;
}

/* The number of the row is the maximum. */
static void take_score(struct plan *plan, const struct option *option, char **value)
{
	char *end;
	bool minus = *value[0] == '-';
	int most = (int)option->number, least = most == 19 ? -20 : -most;
	unsigned long long size = strtoull(value[0] + minus, &end, 10);
	if (!isdigit((unsigned char)value[0][minus]) || *end || size > (unsigned)(minus ? -least : most))
		die("'%s' is not a number from %d to %d", value[0], least, most);
	*AT(int, plan, option) = minus ? -(int)size : (int)size;
}

static void take_cpus(struct plan *plan, const struct option *option, char **value)
{
	const char *at = value[0];
	char *end;
	unsigned long first, last, most = 8 * sizeof plan->cpus - 1;
	(void)option;
	plan->affinity = value[0];
	memset(plan->cpus, 0, sizeof plan->cpus);
	for (bool good = true; good; at = end + 1) {
		good = isdigit((unsigned char)*at);
		first = last = strtoul(at, &end, 10);
		if (*end == '-') {
			good &= isdigit((unsigned char)end[1]) != 0;
			last = strtoul(end + 1, &end, 10);
		}
		if (!good || first > last || last > most || (*end && *end != ','))
			die("'%s' is not a list of processors, as in 0-3,5 (at most %lu)", value[0], most);
		for (; first <= last; first++)
			plan->cpus[first / 64] |= UINT64_C(1) << first % 64;
		if (!*end)
			return;
	}
}

static void take_umask(struct plan *plan, const struct option *option, char **value)
{
	(void)option;
	plan->umask = (mode_t)parse_number(value[0], 8, 0777, "mask in octal digits");
}

static void take_env(struct plan *plan, const struct option *option, char **value)
{
	struct env_op op = {(enum env_kind)option->number, value[0], value[0] ? value[1] : NULL};
	const char *equals = op.kind == ENV_CLEAR ? NULL : strchr(op.name, '=');
	if (equals && equals > op.name && now.own.words && option->take == take_env)
		die("'%s' is not a variable's name; write %s %s%s%s", op.name, option->name, quoted(copy_part(op.name, (size_t)(equals - op.name))),
		    op.kind == ENV_SET ? " " : "", op.kind == ENV_SET ? quoted(equals + 1) : "");
	if (op.kind != ENV_CLEAR && (!*op.name || equals))
		die("'%s' is not a variable's name; it may not be empty or contain '='", op.name);
	APPEND(plan->env, plan->env_count, op);
}

/* This is for secrets: every user of the host can read a command line. */
static void take_env_fd(struct plan *plan, const struct option *option, char **value)
{
	size_t size, most = 32 * getauxval(AT_PAGESZ); /* the kernel's MAX_ARG_STRLEN */
	char *text = slurp(own_descriptor(plan, value[1]), "the variable's value", &size);
	if (size && text[size - 1] == '\n')
		text[--size] = '\0';
	if (strlen(text) != size)
		die("the value of %s contains a NUL byte, which a variable cannot contain", quoted(value[0]));
	if (strlen(value[0]) + 1 + size >= most)
		die("%s with its value is longer than the %zu bytes that the kernel takes for one variable; pass it in a file, as with --ro-bind-data",
		    quoted(value[0]), most - 1);
	take_env(plan, option, (char *[]){value[0], text});
}

static void take_keepenv(struct plan *plan, const struct option *option, char **value)
{
	size_t length = strcspn(value[0], "*=");
	(void)option;
	if (length && value[0][length] == '=')
		die("'%1$s' is not a variable's name; to keep it: --keepenv %2$s; to set it: --setenv %2$s %3$s", value[0],
		    quoted(copy_part(value[0], length)), quoted(value[0] + length + 1));
	if (!*value[0] || value[0][length] == '=' || (value[0][length] && value[0][length + 1]))
		die("'%s' is not a variable's name or PREFIX*", value[0]);
	APPEND(plan->keep_env, plan->keep_env_count, value[0]);
}

/* Moves the values of --perms, --size and --inodes into the operation that follows them. */
static void take_modifiers(struct plan *plan, struct op *op)
{
	op->perms = plan->perms_given ? plan->perms : UNSET;
	op->size = plan->size, op->inodes = plan->inodes;
	plan->perms_given = false;
	plan->size = plan->inodes = 0;
}

static void take_cwd(struct plan *plan, const struct option *option, char **value)
{
	static const char *const modes[] = {"rw", "ro", "none", "overlay"};
	(void)option;
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (!strcmp(value[0], modes[i])) {
			plan->cwd = modes[i];
			if (!strcmp(modes[i], "overlay")) /* for the others check_modifiers() rejects --size at the next option */
				take_modifiers(plan, &plan->cwd_layer);
			return;
		}
	die("'%s' is not one of rw, ro, none, overlay", value[0]);
}

static void take_overlay_root(struct plan *plan, const struct option *option, char **value)
{
	(void)option, (void)value;
	plan->overlay_root = true;
	take_modifiers(plan, &plan->root_layer);
}

/* In the order of linux/capability.h. */
static const char *const capability_names[] = {
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
	"linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
	"sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
	"sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
	"mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
	"checkpoint_restore",
};
#define CAPABILITIES (CAP_CHECKPOINT_RESTORE + 1)
#define ALL_CAPABILITIES ((UINT64_C(1) << CAPABILITIES) - 1)
#define SETFCAP (UINT64_C(1) << CAP_SETFCAP)

static void take_cap(struct plan *plan, const struct option *option, char **value)
{
	uint64_t mask = 0, index;
	const char *name = value[0];
	if (!strcasecmp(name, "ALL"))
		mask = ALL_CAPABILITIES;
	if (!strncasecmp(name, "CAP_", 4))
		name += 4;
	for (size_t i = 0; i < CAPABILITIES; i++)
		if (!strcasecmp(name, capability_names[i]))
			mask = UINT64_C(1) << i;
	bool numbered = !now.own.numbers && isdigit((unsigned char)*value[0]) && read_number(value[0], 0, 63, &index);
	if (numbered)
		mask = UINT64_C(1) << index & ALL_CAPABILITIES; /* bubblewrap ignores numbers that have no name yet */
	if (!mask && !numbered)
		die(WORDS("unknown capability '%s'; capabilities(7) lists them", "unknown cap: %s"), value[0]);
	plan->caps_named = true;
	plan->setfcap_named |= option->number && mask == SETFCAP;
	plan->caps = option->number ? plan->caps | mask : plan->caps & ~mask;
}

static struct op *add_op(struct plan *plan, struct op op)
{
	APPEND(plan->ops, plan->op_count, op);
	return &plan->ops[plan->op_count - 1];
}

static void take_layer(struct plan *plan, const struct option *option, char **value)
{
	(void)option;
	APPEND(plan->layers, plan->layer_count, nonempty(value[0]));
}

/* The values are DEST, SOURCE DEST, or for --overlay RWSRC WORKDIR DEST. */
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
		op.perms = (mode_t)parse_number(value[0], 8, 07777, "mode in octal digits");
	else if (op.kind == OP_FILE || op.kind == OP_BIND_DATA || op.flags & SOURCE_FD)
		op.fd = own_descriptor(plan, value[0]);
	else
		nonempty(op.source);
	nonempty(op.dest);
	add_op(plan, op);
}

#define FIELD(member) offsetof(struct plan, member)
#define MAX_INODES 1000000000

/* A row without a name is the heading of a group. */
static const struct option options[] = {
	{.help = "General"},
	{"--help", "", take_explain, 0, EXPLAIN_HELP, 0, "print this help and exit (also -h)"},
	{"--version", "", take_explain, 0, EXPLAIN_VERSION, 0, "print the version and exit (also -V)"},
	{"--options", "", take_explain, 0, EXPLAIN_OPTIONS, 0, "print the table of options, one a line, and exit"},
	{"--plan", "", take_explain, 0, EXPLAIN_PLAN, 0, "print what would be done, in order, and exit"},
	{"--verbose", "", take_now, 0, 0, 0, "report on stderr what is done"},
	{"--args", "FD", take_nothing, 0, 0, 0, "read NUL-terminated options from FD, here"},
	{"--argv0", "NAME", take_text, FIELD(argv0), 1, 0, "COMMAND's argument 0"},
	{"--fail-exit", "N", take_fail_exit, 0, 0, 0, "exit status if sandbox itself fails, instead of 125 to 127"},
	{"--level-prefix", "", take_now, 0, 1, 0, "begin messages with a syslog level, as in <3>"},
	{.help = "Tree (the base tree, then these in the order given; --ro and --rw in any order)"},
	{"--root", "host|empty|DIR", take_path, FIELD(root), 0, 0, "base tree: the host's, an empty one, or another system's"},
	{"--overlay-root", "", take_overlay_root, 0, 0, 0, "make --root DIR writable; changes are thrown away"},
	{"--cwd", "rw|ro|none|overlay", take_cwd, 0, 0, 0, "working directory: writable (default), read-only, hidden or overlay"},
	{"--ro", "PATH", take_op, 0, OP_BIND, SAME_PLACE | RO, "bind PATH at the same place, read-only"},
	{"--rw", "PATH", take_op, 0, OP_BIND, SAME_PLACE, "bind PATH at the same place, writable"},
	{"--ro-try", "PATH", take_op, 0, OP_BIND, SAME_PLACE | RO | TRY, "the same as --ro, without effect if PATH is absent"},
	{"--rw-try", "PATH", take_op, 0, OP_BIND, SAME_PLACE | TRY, "the same as --rw, without effect if PATH is absent"},
	{"--bind", "SRC DEST", take_op, 0, OP_BIND, 0, "bind SRC on DEST, as writable as on the host"},
	{"--bind-try", "SRC DEST", take_op, 0, OP_BIND, TRY, "the same, without effect if SRC is absent"},
	{"--dev-bind", "SRC DEST", take_op, 0, OP_BIND, DEVICES, "bind SRC on DEST; device nodes work"},
	{"--dev-bind-try", "SRC DEST", take_op, 0, OP_BIND, DEVICES | TRY, "the same, without effect if SRC is absent"},
	{"--ro-bind", "SRC DEST", take_op, 0, OP_BIND, RO, "bind SRC on DEST, read-only with all mounts below it"},
	{"--ro-bind-try", "SRC DEST", take_op, 0, OP_BIND, RO | TRY, "the same, without effect if SRC is absent"},
	{"--bind-fd", "FD DEST", take_op, 0, OP_BIND, SOURCE_FD, "bind the file or directory open as FD"},
	{"--ro-bind-fd", "FD DEST", take_op, 0, OP_BIND, SOURCE_FD | RO, "the same, read-only"},
	{"--remount-ro", "DEST", take_op, 0, OP_REMOUNT_RO, 0, "make the mount at DEST read-only, not those below it"},
	{"--noexec", "DEST", take_op, 0, OP_NOEXEC, 0, "forbid execution of files at DEST and below it"},
	{"--overlay-src", "SRC", take_layer, 0, 0, 0, "add a layer to the next overlay, on top of earlier ones"},
	{"--overlay", "RWSRC WORKDIR DEST", take_op, 0, OP_OVERLAY, OVERLAY_RW, "mount an overlay whose changes go to RWSRC"},
	{"--tmp-overlay", "DEST", take_op, 0, OP_OVERLAY, OVERLAY_TMP, "mount an overlay whose changes are thrown away"},
	{"--ro-overlay", "DEST", take_op, 0, OP_OVERLAY, RO, "mount a read-only overlay"},
	{"--proc", "DEST", take_op, 0, OP_PROC, 0, "mount a new /proc"},
	{"--dev", "DEST", take_op, 0, OP_DEV, 0, "mount a new minimal /dev"},
	{"--tmpfs", "DEST", take_op, 0, OP_TMPFS, 0, "mount a new tmpfs; --perms, --size and --inodes go before"},
	{"--mqueue", "DEST", take_op, 0, OP_MQUEUE, 0, "mount new POSIX message queues"},
	{"--dir", "DEST", take_op, 0, OP_DIR, 0, "make a directory"},
	{"--file", "FD DEST", take_op, 0, OP_FILE, 0, "copy what FD contains to the file DEST"},
	{"--bind-data", "FD DEST", take_op, 0, OP_BIND_DATA, 0, "copy what FD contains to a file that is mounted on DEST"},
	{"--ro-bind-data", "FD DEST", take_op, 0, OP_BIND_DATA, RO, "the same, read-only"},
	{"--symlink", "TARGET DEST", take_op, 0, OP_SYMLINK, 0, "make a symbolic link at DEST"},
	{"--chmod", "OCTAL PATH", take_op, 0, OP_CHMOD, 0, "change the mode of PATH"},
	{"--perms", "OCTAL", take_perms, 0, 0, 0, "mode for the next --dir, --tmpfs, --file or -bind-data"},
	{"--size", "BYTES", take_size, FIELD(size), 0, 0, "size of the next --tmpfs, --dev or --tmp-overlay, as in 512M"},
	{"--inodes", "N", take_size, FIELD(inodes), MAX_INODES, 0, "how many files the next of these may contain"},
	{.help = "Namespaces and identity"},
	{"--unshare-all", "", take_namespace, 0, ALL_BUT_TRIED, 0, "make all namespaces new (default under sandbox)"},
	{"--share-net", "", take_share_net, 0, 0, 0, "keep the caller's network"},
	{"--share-abstract", "", take_share_net, 0, 1, 0, "the same, with its abstract unix sockets"},
	{"--unshare-user", "", take_namespace, 0, CLONE_NEWUSER, 0, "new user namespace"},
	{"--unshare-user-try", "", take_namespace, 0, CLONE_NEWUSER, TRY, "the same, if the kernel allows it"},
	{"--unshare-ipc", "", take_namespace, 0, CLONE_NEWIPC, 0, "new System V IPC and message queues"},
	{"--unshare-pid", "", take_namespace, 0, CLONE_NEWPID, 0, "new process ids"},
	{"--unshare-net", "", take_namespace, 0, CLONE_NEWNET, 0, "new network with a loopback interface only"},
	{"--unshare-uts", "", take_namespace, 0, CLONE_NEWUTS, 0, "new host name"},
	{"--unshare-cgroup", "", take_namespace, 0, CLONE_NEWCGROUP, 0, "new cgroup namespace"},
	{"--unshare-cgroup-try", "", take_namespace, 0, CLONE_NEWCGROUP, TRY, "the same, if the kernel allows it"},
	{"--userns", "FD", take_fd, FIELD(userns_fd), 0, 0, "enter this user namespace before the tree is built"},
	{"--userns2", "FD", take_fd, FIELD(userns2_fd), 0, 0, "enter this user namespace after the tree is built"},
	{"--pidns", "FD", take_fd, FIELD(pidns_fd), 0, 0, "run in this pid namespace"},
	{"--disable-userns", "", take_flag, FIELD(disable_userns), 0, 0, "forbid user namespaces inside (default under sandbox)"},
	{"--allow-userns", "", take_flag, FIELD(allow_userns), 0, 0, "allow user namespaces inside"},
	{"--assert-userns-disabled", "", take_flag, FIELD(assert_userns_disabled), 0, 0, "fail if user namespaces can be made inside"},
	{"--uid", "UID", take_id, 0, 1, 0, "user id inside, 0 to 4294967294"},
	{"--gid", "GID", take_id, 0, 0, 0, "group id inside, 0 to 4294967294"},
	{"--hostname", "NAME", take_text, FIELD(hostname), 0, 0, "host name inside"},
	{"--cap-add", "CAP", take_cap, 0, 1, 0, "keep a capability, or ALL"},
	{"--cap-drop", "CAP", take_cap, 0, 0, 0, "drop a capability, or ALL"},
	{.help = "Environment and process"},
	{"--chdir", "DIR", take_path, FIELD(chdir), 0, 0, "directory where COMMAND starts"},
	{"--clearenv", "", take_env, 0, ENV_CLEAR, 0, "drop all variables but PWD"},
	{"--setenv", "NAME VALUE", take_env, 0, ENV_SET, 0, "set a variable"},
	{"--setenv-fd", "NAME FD", take_env_fd, 0, ENV_SET, 0, "set a variable to what FD contains, such as a secret"},
	{"--unsetenv", "NAME", take_env, 0, ENV_UNSET, 0, "drop a variable"},
	{"--keepenv", "NAME|PREFIX*", take_keepenv, 0, 0, 0, "keep a variable of yours"},
	{"--keep-fd", "FD", take_fds, FIELD(keep_fds), 1, 0, "let COMMAND inherit this file descriptor"},
	{"--share-tty", "", take_flag, FIELD(share_tty), 0, 0, "let COMMAND use your terminal instead of a pty"},
	{"--new-session", "", take_flag, FIELD(new_session), 0, 0, "start COMMAND in a session of its own"},
	{"--die-with-parent", "", take_flag, FIELD(die_with_parent), 0, 0, "kill everything inside when the caller ends"},
	{"--as-pid-1", "", take_flag, FIELD(as_pid_1), 0, 0, "make COMMAND process 1, which must reap orphans"},
	{"--stdin", "FILE", take_path, FIELD(streams[0]), 0, 0, "COMMAND's standard input, opened on the host"},
	{"--stdout", "FILE", take_path, FIELD(streams[1]), 0, 0, "COMMAND's standard output, as by >FILE"},
	{"--stderr", "FILE", take_path, FIELD(streams[2]), 0, 0, "COMMAND's standard error, as by 2>FILE"},
	{"--append", "", take_flag, FIELD(append), 0, 0, "append to both, as by >>FILE"},
	{"--lock-file", "DEST", take_lock, 0, 0, 0, "keep a read lock on DEST while the sandbox lives"},
	{"--sync-fd", "FD", take_fds, FIELD(sync_fds), 0, TRY, "keep FD open while the sandbox lives"},
	{"--block-fd", "FD", take_fd, FIELD(block_fd), 0, TRY, "wait for FD before COMMAND starts"},
	{"--userns-block-fd", "FD", take_fd, FIELD(userns_block_fd), 0, 0, "wait for FD before the user namespace is used"},
	{"--info-fd", "FD", take_fd, FIELD(info_fd), 0, 0, "write ids of the sandbox to FD, as JSON"},
	{"--json-status-fd", "FD", take_fd, FIELD(status_fd), 0, 0, "write start and end to FD, one JSON object a line"},
	{.help = "Limits"},
	{"--timeout", "DURATION", take_duration, FIELD(timeout), 0, 0, "end COMMAND with SIGTERM after this time; exit 124"},
	{"--grace", "DURATION", take_duration, FIELD(grace), 1, 0, "time until the rest is killed (10s); if given, also after a signal"},
	{"--rlimit", "NAME=SOFT[:HARD]", take_rlimit, 0, 0, 0, "limit of each process, as in nofile=1024, cpu=10s, as=2G"},
	{"--memory", "BYTES", take_group_limit, 0, LIMIT_MEMORY, 0, "memory of all processes together, as in 2G"},
	{"--pids", "N", take_group_limit, 0, LIMIT_PIDS, 0, "number of processes and threads at once"},
	{"--cpus", "N", take_group_limit, 0, LIMIT_CPUS, 0, "processor time of all together, in processors, as in 1.5"},
	{"--io", "BYTES", take_group_limit, 0, LIMIT_IO, 0, "bytes a second from each disk, and as many to it"},
	{"--memory-try", "BYTES", take_group_limit, 0, LIMIT_MEMORY, TRY, "the same, or no limit if it cannot be set"},
	{"--pids-try", "N", take_group_limit, 0, LIMIT_PIDS, TRY, "the same, or no limit if it cannot be set"},
	{"--cpus-try", "N", take_group_limit, 0, LIMIT_CPUS, TRY, "the same, or no limit if it cannot be set"},
	{"--io-try", "BYTES", take_group_limit, 0, LIMIT_IO, TRY, "the same, or no limit if it cannot be set"},
	{"--nice", "N", take_score, FIELD(nice), 19, 0, "scheduling priority, -20 to 19"},
	{"--oom-score-adj", "N", take_score, FIELD(oom_score), 1000, 0, "how early the kernel kills it if memory is short, -1000 to 1000"},
	{"--cpu-affinity", "LIST", take_cpus, 0, 0, 0, "run on these processors only, as in 0-3,5"},
	{"--umask", "OCTAL", take_umask, 0, 0, 0, "mode mask for new files"},
	{"--stats", "FD|FILE", take_stats, 0, 0, 0, "write what was used and how it ended, as a JSON object"},
	{.help = "Confinement"},
	{"--syscalls", "default|none|strict|FILE", take_path, FIELD(syscalls), 0, 0, "policy for system calls (default; none under bwrap)"},
	{"--allow-syscall", "CALL|@GROUP", take_statement, 0, 1, 0, "allow a call, as in socket:0==AF_PACKET"},
	{"--deny-syscall", "CALL|@GROUP", take_statement, 0, 0, 0, "deny a call, as in chown:ENOSYS, @32-bit:kill"},
	{"--allow-suid", "", take_flag, FIELD(allow_suid), 0, 0, "allow set-uid and set-gid bits on files"},
	{"--no-sync", "", take_no_sync, 0, 0, 0, "let fsync and its like succeed at once, for package builds"},
	{"--report-denied", "", take_flag, FIELD(report_denied), 0, 0, "report denied calls on stderr"},
	{"--dump-filter", "", take_explain, 0, EXPLAIN_FILTER, 0, "print the filter's instructions and exit"},
	{"--seccomp", "FD", take_seccomp, 0, 1, 0, "load the seccomp program that FD contains"},
	{"--add-seccomp-fd", "FD", take_seccomp, 0, 0, 0, "load one more seccomp program"},
	{"--exec-label", "LABEL", take_text, FIELD(exec_label), 0, 0, "SELinux label of COMMAND"},
	{"--file-label", "LABEL", take_text, FIELD(file_label), 0, 0, "SELinux label of files that sandbox makes in the tree"},
	{"--not-a-security-boundary", "", take_nothing, 0, 0, 0, "accepted for compatibility with bubblewrap, without effect"},
	{"--", "", take_nothing, 0, 0, 0, "end of options"},
};
#define OPTIONS (sizeof options / sizeof *options)

/*** Parse ***/

/* Most names differ in the letter behind the dashes: comparing it first keeps thousands of options cheap. */
static const struct option *find_option(const char *name, size_t length)
{
	char third = length > 2 ? name[2] : '\0';
	for (const struct option *o = options; o < options + OPTIONS; o++)
		if (o->name && o->name[2] == third && !strncmp(o->name, name, length) && !o->name[length])
			return o;
	return NULL;
}

/* The number of edits between two words, where an edit inserts, drops or replaces a character, or swaps two neighbours. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][64], length = strlen(b), *above = rows[0], *row = rows[1], *next = rows[2];
	if (length > 63 || strlen(a) > 63)
		return 64;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		next[0] = i;
		for (size_t j = 1; j <= length; j++) {
			bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
			size_t best = row[j - 1] + (a[i - 1] != b[j - 1]);
			if (best > row[j] + 1)
				best = row[j] + 1;
			if (best > next[j - 1] + 1)
				best = next[j - 1] + 1;
			if (swapped && best > above[j - 2] + 1)
				best = above[j - 2] + 1;
			next[j] = best;
		}
		size_t *unused = above;
		above = row, row = next, next = unused;
	}
	return row[length];
}

#define NO_NETWORK "there is no network unless --share-net is given"
#define SET_VARIABLE "write --setenv NAME VALUE"
#define BIND_VOLUME "write --bind SRC DEST, or --ro-bind SRC DEST for read-only"
#define NO_NEED "leave it out: what is written is thrown away, except in the working directory and where --rw or --bind says so"
#define HIDE "to hide a directory, write --tmpfs DIR; to hide a file, --ro-bind /dev/null FILE"

/* Options of docker run, firejail and nsjail that newcomers try. */
static const struct {
	const char *name, *instead;
} foreign_options[] = {
	{"--net", NO_NETWORK}, {"--network", NO_NETWORK}, {"--no-net", NO_NETWORK}, {"--no-network", NO_NETWORK}, {"--offline", NO_NETWORK},
	{"--env", SET_VARIABLE}, {"-e", SET_VARIABLE}, {"--volume", BIND_VOLUME}, {"-v", BIND_VOLUME}, {"--mount", BIND_VOLUME},
	{"--bindmount", BIND_VOLUME}, {"--user", "write --uid UID, and --gid GID"}, {"-u", "write --uid UID, and --gid GID"},
	{"--rm", NO_NEED}, {"--private", NO_NEED}, {"--read-only", "the system is read-only already; for the working directory write --cwd ro"},
	{"--readonly", "the system is read-only already; for the working directory write --cwd ro"},
	{"--hide", HIDE}, {"--blacklist", HIDE}, {"--whitelist", "write --ro PATH or --rw PATH"}, {"--workdir", "write --chdir DIR"},
	{"-w", "write --chdir DIR"}, {"-it", "leave it out: COMMAND has a terminal where you have one"},
	{"--interactive", "leave it out: COMMAND has a terminal where you have one"},
	{"-c", "write sandbox sh -c 'COMMAND'"},
};

/* The shortest option of which the word is the beginning or else a part, or the most similar one; NULL if none is similar. */
static const char *nearest_option(const char *word)
{
	const char *found[3] = {NULL};
	size_t length = strlen(word), least[3] = {64, 64, length / 3 + 1};
	for (const struct option *o = options; o < options + OPTIONS; o++) {
		if (!o->name || !o->name[2])
			continue;
		const char *name = o->name + 2;
		bool begins = length && !strncmp(name, word, length), part = length > 2 && strstr(name, word);
		const size_t ranks[] = {begins ? strlen(name) : 64, part ? strlen(name) : 64, distance(word, name)};
		for (int i = 0; i < 3; i++)
			if (ranks[i] < least[i])
				least[i] = ranks[i], found[i] = o->name;
	}
	return found[0] ? found[0] : found[1] ? found[1] : found[2];
}

__attribute__((noreturn)) static void die_unknown(char *name)
{
	if (!now.own.words)
		die("Unknown option %s", name);
	name[strcspn(name, "=")] = '\0';
	for (size_t i = 0; i < sizeof foreign_options / sizeof *foreign_options; i++)
		if (!strcmp(name, foreign_options[i].name))
			die("unknown option %s; %s", name, foreign_options[i].instead);
	const char *nearest = strlen(name) > 2 ? nearest_option(name + strspn(name, "-")) : NULL;
	die("unknown option %s; %s %s", name, nearest ? "did you mean" : "see", nearest ? nearest : "--help");
}

static int arity(const struct option *option)
{
	int count = *option->values != '\0';
	for (const char *c = option->values; *c; c++)
		count += *c == ' ';
	return count;
}

/* Stores the option's values, and returns the first word behind them. */
static char **parse_values(const struct option *option, char *word, char **next, char **last, char **values)
{
	static const char *const counts[] = {"no", "one", "two", "three"};
	int wanted = arity(option);
	char *equals = now.own.syntax ? strchr(word, '=') : NULL;
	if (equals && wanted != 1)
		die("%s takes %s values; write %s%s%s", option->name, counts[wanted], option->name, wanted ? " " : "", option->values);
	if (equals) {
		values[0] = equals + 1;
		return next;
	}
	if (last - next < wanted && !now.own.words)
		die(wanted == 1 ? "%s takes an argument" : "%s takes %s arguments", option->name, counts[wanted]);
	if (last - next < wanted)
		die("missing value; write %s %s", option->name, option->values);
	for (int i = 0; i < wanted; i++)
		values[i] = *next++;
	return next;
}

/* Where a file name was given instead of a descriptor, the message shows how the shell opens the file. */
static void check_descriptor(const struct option *option, char **values)
{
	if (!now.own.words || strncmp(option->values, "FD", 2) || (option->values[2] && option->values[2] != ' ') || !*values[0] || strchr("+-0123456789", *values[0]))
		return;
	die("'%s' is not a file descriptor; write: %s%s", values[0],
	    in_words((const char *const[]){option->name, "3", values[1] ? quoted(values[1]) : "", writes(option->name) ? "3>" : "3<", NULL}), quoted(values[0]));
}

/* --perms, --size and --inodes must come before an option that uses them.  NULL: no option follows. */
static void check_modifiers(const struct plan *plan, const struct option *option)
{
	bool modifier = option && (option->take == take_size || option->take == take_perms);
	unsigned kind = option && option->take == take_op ? option->number : OP_BIND; /* a kind that takes neither --perms nor --size */
	bool perms = kind == OP_DIR || kind == OP_TMPFS || kind == OP_FILE || kind == OP_BIND_DATA;
	bool layer = option && (option->take == take_cwd || option->take == take_overlay_root || (kind == OP_OVERLAY && option->flags & OVERLAY_TMP));
	bool size = kind == OP_TMPFS || (now.own.sizes && (kind == OP_DEV || layer));
	if (plan->perms_given && !perms && !modifier)
		die("--perms must be followed by %s", WORDS("--dir, --tmpfs, --file, --bind-data or --ro-bind-data",
			"an option that creates a file"));
	if ((plan->size || plan->inodes) && !size && !modifier)
		die("%s must be followed by --tmpfs%s", plan->size ? "--size" : "--inodes", WORDS(", --dev, --tmp-overlay, --overlay-root or --cwd overlay", ""));
}

/* Parses options, and with --args those in the file, up to the first word that is not an option; returns that word. */
static char **parse(struct plan *plan, char **word, char **last)
{
	while (word < last && **word == '-' && (word[0][1] || !now.own.syntax)) {
		char *values[4] = {NULL}, *name = *word++;
		if (!strcmp(name, "-h"))
			name = "--help";
		if (!strcmp(name, "-V"))
			name = "--version";
		size_t length = !now.own.syntax || name[2] == '=' ? strlen(name) : strcspn(name, "=");
		const struct option *option = find_option(name, length);
		if (!option)
			die_unknown(name);
		plan->last_option = NULL;
		if (!strcmp(option->name, "--"))
			return word;
		now.option = option->name;
		word = parse_values(option, name, word, last, values);
		check_modifiers(plan, option);
		check_descriptor(option, values);
		plan->last_option = values[1] ? option : NULL;
		option->take(plan, option, values);
		if (!strcmp(option->name, "--args")) {
			size_t size, count = 0;
			char *text = slurp(own_descriptor(plan, values[0]), "--args data", &size);
			char **words = take((size + 1) * sizeof *words); /* too many, but memory that is not touched costs nothing */
			for (char *at = text; at < text + size; at += strlen(at) + 1)
				words[count++] = at;
			if (plan->depth++ > 16)
				die("--args is nested too deeply; put its options into one file");
			char **rest = parse(plan, words, words + count);
			if (rest != words + count && now.own.syntax) /* bubblewrap ignores these words */
				die("'%s' is not an option; only options can be given here, and COMMAND on the command line", *rest);
			plan->depth--;
			plan->last_option = NULL;
		}
		now.option = plan->depth ? "--args" : NULL; /* so that a message about the next word names --args */
	}
	return word;
}

/*** Policies ***/
/*
 * A policy is a text with one statement a line; the last statement that matches a call decides.  Parsing turns it
 * into a graph.  Each call has a node: an answer, or a condition on one argument, which leads to one of two other nodes.
 */

#define NAMESPACE_FLAGS                                                                                                \
	"CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNET"

/* apply_limits() sets the limit of core dumps (4), and a command may not change it.  Setting it seems to succeed: gpg ends if it fails. */
#define KEEP_CORE "deny setrlimit:0==4:0 prlimit64:1==4,2>0:0\n"

/*
 * These requests of fcntl need only a descriptor for reading, yet they affect the host's processes: leases (1040, F_SETDELEG,
 * is one on a directory) delay them, F_NOTIFY watches them, F_SET_RW_HINT changes how their files are written.  F_SETOWN and F_SETSIG stay
 * allowed because they reach only processes inside, and locks because programs need them.
 */
#define KEEP_FILES                                                                                                     \
	"deny fcntl:1==F_SETLEASE fcntl:1==F_NOTIFY fcntl:1==F_SET_RW_HINT fcntl:1==1040\n"                                \
	"deny fcntl64:1==F_SETLEASE fcntl64:1==F_NOTIFY fcntl64:1==F_SET_RW_HINT fcntl64:1==1040\n"                        \
	/* In an overlay's layer the character device 0:0 hides a name.  The kernel refuses all other devices without a capability. */                          \
	"deny mknod:1&S_IFMT==S_IFCHR mknodat:2&S_IFMT==S_IFCHR renameat2:4&RENAME_WHITEOUT!=0\n"

static const struct builtin_policy {
	const char *name, *text;
} builtin_policies[] = {
	{"default",
	 /* What ordinary programs use. */
	 "otherwise deny\n"
	 "allow @default @aio @basic-io @chown @file-system @io-event @ipc @memlock @network-io @pkey @process\n"
	 "allow @resources @sandbox @setuid @signal @sync @timer\n"
	 "allow modify_ldt ptrace process_vm_readv process_vm_writev kcmp:2==KCMP_FILE\n"
	 /* No kernel implements these: they end with ENOSYS anyway. */
	 "allow @obsolete\n"
	 /* New namespaces are flags of clone, which a filter can read; those of clone3 are in memory, which it cannot. */
	 "deny clone3:ENOSYS\n"
	 "deny clone:0&" NAMESPACE_FLAGS "!=0\n"
	 "allow unshare:0&~0x50f00==0\n"
	 /* TIOCSTI and TIOCLINUX push characters into the terminal's input, which the caller's shell would run.  TIOCSETD loads a kernel module. */
	 "deny ioctl:1==TIOCSTI ioctl:1==TIOCLINUX ioctl:1==TIOCSETD\n"
	 /* So do the requests for bridges and VLANs. */
	 "deny ioctl:1&~1==0x8940 ioctl:1&~0x23==0x8980\n"
	 /* fscrypt's keys belong to the user: a command could lock the home directory, or leave a directory that only its own key opens. */
	 "deny ioctl:1&0xfff0==0x6610\n"
	 /*
	  * Requests of btrfs and bcachefs for subvolumes: a snapshot may contain files from outside the sandbox, and rm cannot
	  * remove a read-only one.  The first two match btrfs's requests of kind _IOW and one of kind _IOWR.  Programs need only
	  * those that clone files, which are allowed again.
	  */
	 "deny ioctl:1&0xc000ff00==0x40009400 ioctl:1&0xffff==0x9425 ioctl:1&0xfffe==0xbc10\n"
	 "allow ioctl:1==FICLONE ioctl:1==FICLONERANGE\n" KEEP_FILES
	 /* A socket with an unusual protocol loads a kernel module.  ICMPv6 (58) is the highest that programs need; raw sockets need a capability. */
	 "deny socket:1&12!=0:EPROTONOSUPPORT socket:1&15!=SOCK_RAW,2>58:EPROTONOSUPPORT\n"
	 "deny socket:0!=AF_INET,0!=AF_INET6:EAFNOSUPPORT socketpair:EAFNOSUPPORT\n"
	 "allow socket:0==AF_NETLINK,2==NETLINK_ROUTE socket:0==AF_UNIX socketpair:0==AF_UNIX\n"
	 /* The family that socketcall's socket() and socketpair() get is in memory, where no filter can read it. */
	 "deny socketcall:0==1 socketcall:0==8\n"
	 "deny personality\n"
	 "allow personality:0==0xffffffff personality:0&~PER_LINUX32|UNAME26|ADDR_NO_RANDOMIZE==0\n"
	 "use no-suid\n" KEEP_CORE},
	{"strict",
	 "otherwise deny\n"
	 "allow @default @basic-io @file-system @io-event @pkey @signal @sync @timer\n"
	 "use no-suid\n" KEEP_CORE KEEP_FILES
	 "deny getxattrat setxattrat listxattrat removexattrat setxattr lsetxattr fsetxattr removexattr lremovexattr\n"
	 "deny fremovexattr mknod mknodat name_to_handle_at statmount listmount file_setattr memfd_create memfd_secret\n"
	 "deny process_madvise process_mrelease uprobe uretprobe ioctl:ENOTTY clone3:ENOSYS\n"
	 "allow ioctl:1==TCGETS ioctl:1==TIOCGWINSZ ioctl:1==FIONREAD ioctl:1==FIONBIO ioctl:1==FIOCLEX ioctl:1==FIONCLEX\n"
	 "allow clone:0&CLONE_THREAD!=0 tgkill prctl:0==PR_SET_NAME prctl:0==PR_SET_VMA execve:first\n"
	 "deny @32-bit\n"},
	/*
	 * A set-uid or set-gid file would remain on the host.  open and openat use their mode only with O_CREAT or
	 * __O_TMPFILE (0x400040); openat2's mode is in memory, where no filter can read it; mkdir ignores these bits.
	 */
	{"no-suid",
	 "deny chmod:1&06000!=0 fchmod:1&06000!=0 fchmodat:2&06000!=0 fchmodat2:2&06000!=0 creat:1&06000!=0 mknod:1&06000!=0 "
	 "mknodat:2&06000!=0 open:1&0x400040!=0,2&06000!=0 openat:2&0x400040!=0,3&06000!=0 openat2:ENOSYS\n"},
	/* Added to default with --allow-userns: what Chromium's sandbox or ours needs to start inside. */
	{"nested", "allow @mount @namespaces clone clone3 openat2 sethostname setdomainname\n"},
	{"none", "otherwise allow\n"},
};

enum node_kind { ANSWER, EQUAL, GREATER, GREATER_EQUAL };

struct node {
	uint64_t mask, value; /* EQUAL: (argument & mask) == value */
	uint32_t answer; /* SECCOMP_RET_* and errno */
	uint16_t yes, no; /* nodes */
	enum node_kind kind;
	uint8_t arg;
	bool narrow; /* only the low 32 bits of the argument count */
	bool unreported; /* --report-denied ignores this answer */
};

#define MAX_NODES 8192 /* more than fit into a filter: each node takes at least two instructions, and the kernel allows 4096 */

struct policy {
	struct node *nodes;
	size_t node_count;
	uint16_t calls[CALLS]; /* the node of each call; 0, the "otherwise" node, for calls that no statement names */
	uint16_t unknown, no_such, foreign; /* nodes of: other numbers; x32's numbers; all calls of the second architecture, if not 0 */
	uint64_t secret; /* "execve:first" allows only a call with this number in an argument that execve ignores */
	bool report; /* --report-denied: the supervisor answers denied calls */
	bool allow_suid; /* --allow-suid: ignore "use no-suid" */
	bool listens; /* some call waits for the supervisor */
	char where[64]; /* "FILE:LINE: ", or empty */
	unsigned depth;
};

static bool is_refusal(uint32_t answer)
{
	uint32_t error = answer & SECCOMP_RET_DATA;
	return (answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO && error;
}

static bool is_same(const struct node *a, const struct node *b)
{
	return a->value == b->value && a->mask == b->mask && a->answer == b->answer && a->yes == b->yes && a->no == b->no &&
	       a->kind == b->kind && a->arg == b->arg && a->narrow == b->narrow && a->unreported == b->unreported;
}

/* Returns an equal node if there is one: calls with the same node share code, and adjacent numbers make one range. */
static uint16_t add_node(struct policy *policy, const struct node *node)
{
	for (size_t at = policy->node_count; at-- > 1;)
		if (is_same(&policy->nodes[at], node))
			return (uint16_t)at;
	if (policy->node_count == MAX_NODES)
		die("%sthe policy has more than %d conditions", policy->where, MAX_NODES);
	APPEND(policy->nodes, policy->node_count, *node);
	return (uint16_t)(policy->node_count - 1);
}

static uint16_t add_answer(struct policy *policy, uint32_t answer, bool unreported)
{
	struct node node = {.answer = answer, .unreported = unreported};
	policy->listens |= answer == SECCOMP_RET_USER_NOTIF;
	return add_node(policy, &node);
}

/* The most similar name of a constant (value), or of a call or group; NULL if no name is similar. */
static const char *nearest_name(const char *word, bool value)
{
	const char *nearest = NULL;
	size_t least = strlen(word) / 3 + 1;
	for (size_t i = 0; i < (value ? CONSTANTS : CALLS + GROUPS); i++) {
		const char *name = value ? constant_name(i) : i < CALLS ? call_name(i) : group_name(i - CALLS);
		size_t edits = distance(word, name);
		if (edits < least)
			least = edits, nearest = name;
	}
	return nearest;
}

__attribute__((noreturn)) static void die_name(const struct policy *policy, const char *what, const char *word, bool value)
{
	const char *nearest = nearest_name(word, value);
	die("%s'%.64s' is not %s%s%s", policy->where, word, what, nearest ? "; did you mean " : "", nearest ? nearest : "");
}

/* A number, perhaps negative, hexadecimal or octal, or the name of a constant. */
static uint64_t parse_term(const struct policy *policy, const char *word)
{
	char *end;
	errno = 0;
	bool negative = *word == '-';
	uint64_t value = strtoull(word + negative, &end, 0);
	if (isdigit((unsigned char)word[negative]) && !*end && !errno && (!negative || value <= 1ULL << 63))
		return negative ? -value : value;
	int constant = find_name(word, constant_name, CONSTANTS);
	if (constant >= 0)
		return constants[constant].value;
	die_name(policy, "a number or a known constant", word, true);
}

/* VALUE|VALUE...; a "~" in front inverts all bits. */
static uint64_t parse_value(const struct policy *policy, char *word)
{
	uint64_t value = 0;
	bool inverted = *word == '~';
	for (char *term = word + inverted, *next; term; term = next) {
		next = strchr(term, '|');
		if (next)
			*next++ = '\0';
		value |= parse_term(policy, term);
	}
	return inverted ? ~value : value;
}

/* ARG OP VALUE, or ARG&MASK==VALUE.  "not" says that the node asks for the opposite of OP. */
static struct node parse_condition(const struct policy *policy, char *word, bool *not)
{
	static const struct {
		const char *text;
		enum node_kind kind;
		bool not;
	} operators[] = {{"==", EQUAL, false}, {"!=", EQUAL, true}, {"<=", GREATER, true}, {">=", GREATER_EQUAL, false},
		{"<", GREATER_EQUAL, true}, {">", GREATER, false}};
	struct node node = {0};
	size_t length = strcspn(word, "=!<>"), i = 0;
	char *mask = memchr(word, '&', length);
	while (i < sizeof operators / sizeof *operators && strncmp(word + length, operators[i].text, strlen(operators[i].text)))
		i++;
	if (*word < '0' || *word > '5' || (word[1] != '&' && length != 1) || i == sizeof operators / sizeof *operators)
		die("%s'%.64s' is not a condition; write ARGUMENT==VALUE (ARGUMENT is 0 to 5; also != < <= > >=) or ARGUMENT&MASK==VALUE",
		    policy->where, word);
	char *value = word + length + strlen(operators[i].text);
	word[length] = '\0';
	node.arg = (uint8_t)(*word - '0');
	node.kind = operators[i].kind;
	node.mask = mask ? parse_value(policy, mask + 1) : UINT64_MAX;
	node.value = parse_value(policy, value);
	*not = operators[i].not;
	if (mask && node.kind != EQUAL)
		die("%sa mask can be used only with == and !=", policy->where);
	if (node.value & ~node.mask)
		die("%s0x%llx has bits outside the mask 0x%llx, so it never matches", policy->where,
		    (unsigned long long)node.value, (unsigned long long)node.mask);
	return node;
}

/* What may follow the last colon of a denied call: EPERM, 13, kill, log, notify. */
static uint32_t parse_answer(const struct policy *policy, const char *word)
{
	char *end;
	unsigned long value = strtoul(word, &end, 10);
	if (!strcmp(word, "kill"))
		return SECCOMP_RET_KILL_PROCESS;
	if (!strcmp(word, "log"))
		return SECCOMP_RET_LOG;
	if (!strcmp(word, "notify"))
		return SECCOMP_RET_USER_NOTIF;
	if (isdigit((unsigned char)*word) && !*end && value < 4096)
		return SECCOMP_RET_ERRNO | (uint32_t)value;
	int constant = *word == 'E' ? find_name(word, constant_name, CONSTANTS) : -1;
	if (constant >= 0)
		return SECCOMP_RET_ERRNO | constants[constant].value;
	die_name(policy, "an answer; write an errno's name or number, kill, log or notify", word, true);
}

#define MAX_CONDITIONS 16
#define CALL_GROUP CALLS
#define SECOND_ABI (CALLS + 1) /* @32-bit */

/* One word of a statement, parsed. */
struct clause {
	size_t call; /* the index of a call, CALL_GROUP or SECOND_ABI */
	uint32_t sets; /* of CALL_GROUP */
	uint32_t answer;
	struct node conditions[MAX_CONDITIONS];
	bool not[MAX_CONDITIONS];
	size_t count;
};

static void parse_target(const struct policy *policy, const char *word, struct clause *clause)
{
	bool group = *word == '@';
	int at = group ? find_name(word, group_name, GROUPS) : find_name(word, call_name, CALLS);
	clause->call = group ? CALL_GROUP : (size_t)at;
	clause->sets = group && at >= 0 ? groups[at].sets : 0;
	if (at < 0 && !strcmp(word, "@32-bit"))
		clause->call = SECOND_ABI;
	else if (at < 0)
		die_name(policy, group ? "a group of system calls" : "a system call", word, false);
}

/* "execve:first" allows only our own start of the command: nobody else knows the secret. */
static struct node first_condition(const struct policy *policy, const struct clause *clause)
{
	struct node node = {0};
	if (clause->call != CALL_execve)
		die("%s'first' can be used only with execve", policy->where);
	node.kind = EQUAL;
	node.arg = 5;
	node.mask = UINT64_MAX;
	node.value = policy->secret;
	return node;
}

/* TARGET[:CONDITION[,CONDITION...]][:ANSWER] */
static void parse_clause(const struct policy *policy, char *word, uint32_t answer, bool may_answer, struct clause *clause)
{
	size_t length = strcspn(word, ":");
	char *part = word[length] ? word + length + 1 : NULL, *next;
	word[length] = '\0';
	clause->answer = answer;
	clause->count = 0;
	parse_target(policy, word, clause);
	if (clause->call == SECOND_ABI && answer == (SECCOMP_RET_ERRNO | EPERM))
		clause->answer = SECCOMP_RET_KILL_PROCESS; /* a program without any call cannot even exit */
	for (bool last = false; part; part = next) {
		length = strcspn(part, ":,");
		bool more = part[length] == ',';
		next = part[length] ? part + length + 1 : NULL;
		part[length] = '\0';
		bool first = !strcmp(part, "first"), condition = first || strpbrk(part, "=!<>&");
		if (last || clause->count == MAX_CONDITIONS || (!condition && (next || more)))
			die("%s'%.64s' is out of place; write CALL:CONDITION,CONDITION:ERRNO", policy->where, part);
		if (condition && clause->call == SECOND_ABI)
			die("%s@32-bit takes no condition", policy->where);
		if (!condition && !may_answer)
			die("%s'%.64s' is not a condition, and only deny can have an errno", policy->where, part);
		if (first)
			clause->not[clause->count] = false, clause->conditions[clause->count] = first_condition(policy, clause);
		else if (condition)
			clause->conditions[clause->count] = parse_condition(policy, part, &clause->not[clause->count]);
		else
			clause->answer = parse_answer(policy, part), last = true;
		clause->count += condition;
	}
}

/* A node that tests the clause's conditions, and leads to "before" if one of them is false. */
static uint16_t add_clause(struct policy *policy, const struct clause *clause, size_t call, uint16_t before)
{
	/* Without clone3 every libc uses clone: a report would only alarm. */
	uint16_t at = add_answer(policy, clause->answer, call == CALL_clone3 && clause->answer == (SECCOMP_RET_ERRNO | ENOSYS));
	for (size_t i = clause->count; i-- > 0;) {
		struct node node = clause->conditions[i];
		node.narrow = is_narrow(call, node.arg);
		node.mask &= node.narrow ? UINT32_MAX : UINT64_MAX;
		node.value &= node.narrow ? UINT32_MAX : UINT64_MAX;
		node.yes = clause->not[i] ? before : at;
		node.no = clause->not[i] ? at : before;
		at = add_node(policy, &node);
	}
	return at;
}

/* In a group most calls have the same node before: the new node is then looked up only once. */
static void apply_clause(struct policy *policy, const struct clause *clause)
{
	uint16_t last = 0, before = 0;
	if (clause->call == SECOND_ABI)
		policy->foreign = clause->answer == SECCOMP_RET_ALLOW ? 0 : add_answer(policy, clause->answer, false);
	else if (clause->call != CALL_GROUP)
		policy->calls[clause->call] = add_clause(policy, clause, clause->call, policy->calls[clause->call]);
	for (size_t i = 0; clause->sets && i < CALLS; i++) {
		if (!(clause->sets >> call_sets[i] & 1))
			continue;
		if (!last || clause->count || policy->calls[i] != before)
			last = add_clause(policy, clause, i, before = policy->calls[i]);
		policy->calls[i] = last;
	}
}

static const struct verb {
	const char *name;
	uint32_t answer;
} verbs[] = {{"allow", SECCOMP_RET_ALLOW}, {"deny", SECCOMP_RET_ERRNO | EPERM}, {"kill", SECCOMP_RET_KILL_PROCESS},
	{"log", SECCOMP_RET_LOG}, {"notify", SECCOMP_RET_USER_NOTIF}};

static uint32_t find_verb(const struct policy *policy, const char *word)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (!strcmp(word, verbs[i].name))
			return verbs[i].answer;
	die("%s'%.64s' is not a statement; write allow, deny, kill, log, notify, otherwise or use", policy->where, word);
}

/* It decides unknown numbers, too: a policy that allows the rest allows the calls of newer kernels, others answer ENOSYS. */
static void set_otherwise(struct policy *policy, char *word)
{
	char *answer = strchr(word, ':');
	if (answer)
		*answer++ = '\0';
	uint32_t verb = find_verb(policy, word);
	if (answer && verb != (SECCOMP_RET_ERRNO | EPERM))
		die("%sonly deny can have an errno", policy->where);
	verb = answer ? parse_answer(policy, answer) : verb;
	policy->nodes[0].answer = verb;
	policy->listens |= verb == SECCOMP_RET_USER_NOTIF;
	bool open = verb == SECCOMP_RET_ALLOW || verb == SECCOMP_RET_LOG;
	policy->unknown = open ? 0 : policy->no_such;
}

static const char *builtin_text(const char *name)
{
	for (size_t i = 0; i < sizeof builtin_policies / sizeof *builtin_policies; i++)
		if (!strcmp(name, builtin_policies[i].name))
			return builtin_policies[i].text;
	return NULL;
}

static bool is_blank(char letter)
{
	return letter == ' ' || letter == '\t' || letter == '\r';
}

static char *next_word(char **at)
{
	char *word = *at, *end;
	while (is_blank(*word))
		word++;
	for (end = word; *end && !is_blank(*end);)
		end++;
	*at = end + (*end != '\0');
	*end = '\0';
	return *word && *word != '#' ? word : NULL;
}

static void apply_words(struct policy *policy, const char *verb, char *words)
{
	uint32_t answer = find_verb(policy, verb);
	char *word = next_word(&words);
	if (!word)
		die("%s'%s' needs a system call or a group", policy->where, verb);
	struct clause clause, sum = {.call = CALL_GROUP, .answer = answer}; /* adjacent groups are applied together, which is faster */
	for (; word; word = next_word(&words)) {
		parse_clause(policy, word, answer, answer == (SECCOMP_RET_ERRNO | EPERM), &clause);
		if (clause.call == CALL_GROUP && !clause.count && clause.answer == answer) {
			sum.sets |= clause.sets;
			continue;
		}
		apply_clause(policy, &sum);
		apply_clause(policy, &clause);
		sum.sets = 0;
	}
	apply_clause(policy, &sum);
}

/* The file is for messages; NULL: a built-in policy. */
static void apply_text(struct policy *policy, const char *file, char *text)
{
	char *end, *verb, *word;
	for (unsigned row = 1; text; text = end, row++) {
		end = strchr(text, '\n');
		if (end)
			*end++ = '\0';
		if (file)
			snprintf(policy->where, sizeof policy->where, "%.48s:%u: ", file, row);
		if (!(verb = next_word(&text)))
			continue;
		if (strcmp(verb, "otherwise") && strcmp(verb, "use")) {
			apply_words(policy, verb, text);
			continue;
		}
		if (!(word = next_word(&text)) || next_word(&text))
			die("%s'%s' takes one word", policy->where, verb);
		if (!strcmp(verb, "otherwise")) {
			set_otherwise(policy, word);
			continue;
		}
		const char *builtin = builtin_text(word);
		if (!builtin)
			die("%s'%.64s' is not one of default, strict, no-suid, nested, none", policy->where, word);
		if (policy->allow_suid && !strcmp(word, "no-suid"))
			continue;
		apply_text(policy, NULL, copy_of(builtin));
	}
	policy->where[0] = '\0';
}

static struct policy *new_policy(uint64_t secret)
{
	struct policy *policy = take(sizeof *policy);
	policy->secret = secret;
	add_answer(policy, SECCOMP_RET_ERRNO | EPERM, false);
	policy->unknown = policy->no_such = add_answer(policy, SECCOMP_RET_ERRNO | ENOSYS, true);
	return policy;
}

static bool is_true(const struct node *node, uint64_t value)
{
	value &= node->mask;
	if (node->kind == EQUAL)
		return value == node->value;
	return node->kind == GREATER ? value > node->value : value >= node->value;
}

/* The policy's answer to a call, without running the filter; "asked" gets a bit for each argument that decided. */
static uint32_t judge(const struct policy *policy, const struct seccomp_data *data, unsigned *asked)
{
	size_t abi = 0;
	while (abi < MAX_ARCHS && machine[abi] && machine[abi]->audit != data->arch)
		abi++;
	if (abi == MAX_ARCHS || !machine[abi])
		return SECCOMP_RET_KILL_PROCESS;
	int call = find_number(machine[abi], (uint32_t)data->nr);
	size_t at = call >= 0 ? policy->calls[call] : policy->unknown;
	if (abi && policy->foreign)
		at = policy->foreign;
	for (*asked = 0; policy->nodes[at].kind != ANSWER;) {
		const struct node *node = &policy->nodes[at];
		*asked |= 1U << node->arg;
		at = is_true(node, data->args[node->arg]) ? node->yes : node->no;
	}
	return policy->nodes[at].answer;
}

static bool is_allowed(uint32_t answer)
{
	return answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_LOG;
}

/* Whether the policy lets us start the command, with execve and the secret. */
static bool may_start(const struct policy *policy)
{
	struct seccomp_data data = {.nr = machine[0]->numbers[CALL_execve].is, .arch = machine[0]->audit, .args[5] = policy->secret};
	unsigned asked;
	return is_allowed(judge(policy, &data, &asked));
}

/* Whether the policy allows a call for any arguments whose first has these bits set and those bits clear. */
static bool may_allow(const struct policy *policy, size_t call, uint64_t set, uint64_t clear)
{
	bool *open = take(policy->node_count);
	for (size_t at = 0; at < policy->node_count; at++) { /* a node leads only to nodes before it */
		const struct node *node = &policy->nodes[at];
		bool flags = node->kind == EQUAL && !node->arg;
		bool never = flags && ((node->value & (clear | ~node->mask)) || (set & node->mask & ~node->value));
		bool always = flags && !never && !(node->mask & ~(set | clear));
		open[at] = node->kind == ANSWER ? is_allowed(node->answer) : (!never && open[node->yes]) || (!always && open[node->no]);
	}
	return open[policy->calls[call]];
}

/*
 * Whether no call can make a namespace of this kind (CLONE_NEW*).  clone3 counts with any arguments, because its flags are
 * in memory, where no filter can read them.  The kernel gives no thread a user namespace of its own.
 */
static bool refuses_namespace(const struct policy *policy, uint64_t kind)
{
	if (!policy || is_allowed(policy->nodes[policy->unknown].answer) || (policy->foreign && is_allowed(policy->nodes[policy->foreign].answer)))
		return false;
	return !may_allow(policy, CALL_unshare, kind, 0) && !may_allow(policy, CALL_clone3, 0, 0) &&
		!may_allow(policy, CALL_clone, kind, kind == CLONE_NEWUSER ? CLONE_THREAD : 0);
}

/*** Check ***/

static bool below(const char *path, const char *directory)
{
	size_t length = strlen(directory);
	return !strncmp(path, directory, length) && path[length] == '/';
}

/* Whether PATH is DIRECTORY, which may be "/", or lies below it. */
static bool is_within(const char *path, const char *directory)
{
	return !strcmp(path, directory) || !directory[1] || below(path, directory);
}

/* The directories of the system, and those in which several users have files. */
static const char *const system_directories[] = {
	"/usr", "/etc", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/boot", "/dev", "/proc", "/sys",
	"/run", "/root", "/home", "/opt", "/nix", "/gnu", "/snap", NULL
};
static const char *const shared_directories[] = {"/", "/tmp", "/var", "/var/tmp", "/mnt", "/srv", "/media", NULL};

static bool is_one_of(const char *path, const char *const *list, bool or_below)
{
	for (; *list; list++)
		if (or_below ? is_within(path, *list) : !strcmp(path, *list))
			return true;
	return false;
}

/* A working directory is writable inside only below the caller's home, or where neither the system nor other users have files. */
static bool is_the_users(const char *path, const char *home)
{
	if (!path || *path != '/')
		return false;
	if (below(path, home))
		return true;
	if (is_within(home, path) || is_one_of(path, system_directories, true) || is_one_of(path, shared_directories, false))
		return false;
	return !below(path, "/var") || below(path, "/var/tmp");
}

/* The base tree, unless --root is empty. */
static const struct {
	char dest[26];
	uint8_t kind, flags;
} base_tree[] = {
	{"/usr", OP_SAME, HOST_ONLY},
	{"/bin", OP_SAME, HOST_ONLY},
	{"/sbin", OP_SAME, HOST_ONLY},
	{"/lib", OP_SAME, HOST_ONLY},
	{"/lib32", OP_SAME, HOST_ONLY},
	{"/lib64", OP_SAME, HOST_ONLY},
	{"/libx32", OP_SAME, HOST_ONLY},
	{"/etc", OP_SAME, HOST_ONLY},
	{"/etc/machine-id", OP_MACHINE_ID, 0},
	{"/proc", OP_PROC, 0},
	{"/dev", OP_DEV, 0},
	{"/tmp", OP_TMPFS, STICKY},
	{"/var/tmp", OP_TMPFS, STICKY},
	{"/run", OP_TMPFS, 0},
	{"/home", OP_LINK, HOST_ONLY}, /* where these two are links, they lead to homes, which stay hidden */
	{"/root", OP_LINK, HOST_ONLY},
	{"/opt", OP_SAME, HOST_ONLY},
	{"/nix/store", OP_SAME, HOST_ONLY}, /* not the builder's socket below /nix/var */
	{"/nix/var/nix/profiles", OP_SAME, HOST_ONLY},
	{"/gnu", OP_SAME, HOST_ONLY},
	{"/var/guix/profiles", OP_SAME, HOST_ONLY},
	{"/run/current-system", OP_SAME, HOST_ONLY},
	{"/run/wrappers", OP_SAME, HOST_ONLY},
	{"/usr/local", OP_TARGET, HOST_ONLY},
	{"/var/lib/ca-certificates", OP_SAME, HOST_ONLY},
	{"/var/lib/dpkg", OP_SAME, HOST_ONLY},
	{"/var/lib/rpm", OP_SAME, HOST_ONLY},
	{"/var/lib/pacman", OP_SAME, HOST_ONLY},
	{"/var/lib/texmf", OP_SAME, HOST_ONLY},
	{"/var/lib/extrausers", OP_SAME, HOST_ONLY},
	{"/etc/ssl/certs", OP_TARGET, HOST_ONLY},
	{"/sys/devices/system/cpu", OP_SAME, HOST_ONLY},
	{"/sys/devices/system/node", OP_SAME, HOST_ONLY},
	{"/etc/passwd", OP_NAMES, 0},
	{"/etc/group", OP_NAMES, 0},
};

/* An outer container that masks parts of /proc allows no new one; the user may bind the container's own instead. */
static bool binds_proc(const struct plan *plan)
{
	for (size_t i = 0; i < plan->op_count; i++)
		if (plan->ops[i].kind == OP_BIND && !(plan->ops[i].flags & TRY) && !strcmp(plan->ops[i].dest, "/proc"))
			return true;
	return false;
}

static char *joined(const char *directory, const char *path)
{
	char *text = take(strlen(directory) + strlen(path) + 2);
	stpcpy(stpcpy(stpcpy(text, directory), "/"), path);
	return text;
}

/*
 * An absolute path without ".", "//" or a ".." at its beginning; a ".." after a name stays, as the name may be a symbolic link.
 * A relative PATH begins in DIRECTORY, which has no symbolic links, so that a ".." can remove its last name.
 */
static const char *absolute(const char *directory, const char *path)
{
	char *text = joined(directory, path);
	size_t used = *path == '/' || !directory[1] ? 0 : strlen(directory);
	bool named = false;
	for (size_t length; *(path += strspn(path, "/")); path += length) {
		length = strcspn(path, "/");
		if (length == 1 && *path == '.')
			continue;
		if (length == 2 && path[0] == '.' && path[1] == '.' && !named) {
			while (used && text[--used] != '/')
				;
			continue;
		}
		named = true;
		text[used++] = '/';
		memcpy(text + used, path, length);
		used += length;
	}
	text[used] = '\0';
	return used ? text : "/";
}

/* Whether the operation hides what was at its destination. */
static bool is_mount(const struct op *op)
{
	return (1U << OP_BIND | 1U << OP_OVERLAY | 1U << OP_PROC | 1U << OP_DEV | 1U << OP_TMPFS | 1U << OP_MQUEUE | 1U << OP_BIND_DATA) >> op->kind & 1;
}

/* The operation that decides what is at a path inside: the last one at or above it.  NULL: there is none. */
static const struct op *decider(const struct plan *plan, const char *path)
{
	for (size_t i = plan->op_count; i-- > 0;) {
		const struct op *op = &plan->ops[i];
		if (is_within(path, op->dest) && (is_mount(op) || op->kind == OP_SAME))
			return op;
	}
	return NULL;
}

/* Whether a path leads inside to what it leads to on the host, or to what an option put there in its place. */
static bool is_visible(const struct plan *plan, const struct caller *caller, const char *path)
{
	const struct op *op = decider(plan, path);
	if (op && (op->kind == OP_SAME || op->flags & SOURCE_FD || op->layer_count))
		return true;
	if (!op || op->kind != OP_BIND)
		return false;
	const char *rest = path + (op->dest[1] ? strlen(op->dest) : 1);
	return !strcmp(path, absolute(absolute(caller->cwd, op->source), rest + (*rest == '/')));
}

/* What to do about a working directory that is not visible.  Nothing is proposed that would expose more than that directory. */
static const char *advise_cwd(const struct caller *caller)
{
	static const char *const own[] = {"/dev", "/proc", "/run", "/sys", NULL}; /* the sandbox has its own */
	if (is_one_of(caller->cwd, shared_directories, false) || below(caller->home, caller->cwd))
		return "; start in a directory of yours below it";
	if (is_one_of(caller->cwd, own, true))
		return "";
	return composed("; --ro %1$s makes it visible, --rw %1$s also writable", quoted(caller->cwd));
}

/* Chooses where the command starts if no option does.  Services start at "/" without having chosen it, so that warns of nothing. */
static void choose_directory(struct plan *plan, const struct caller *caller)
{
	plan->chdir = caller->home;
	if (!strcmp(plan->cwd, "none"))
		return;
	if (!caller->cwd || *caller->cwd != '/')
		warn("the working directory cannot be found, so the command starts in %s", quoted(caller->home));
	else if (is_visible(plan, caller, caller->cwd))
		plan->chdir = caller->cwd;
	else if (!strcmp(caller->cwd, caller->home))
		warn("the working directory %s is your home, of which only what options name is visible inside; start in a directory below it", quoted(caller->cwd));
	else if (caller->cwd[1])
		warn("the working directory %s is not visible inside, so the command starts in %s%s", quoted(caller->cwd), quoted(caller->home),
		     advise_cwd(caller));
}

static void plan_base(struct plan *plan, const struct caller *caller)
{
	struct plan user = *plan;
	bool host = !strcmp(plan->root, "host");
	if (!strcmp(plan->root, "empty"))
		return;
	plan->ops = NULL;
	plan->op_count = 0;
	if (!host)
		add_op(plan, (struct op){.option = "--root", .source = plan->root, .dest = "/", .perms = UNSET,
			.size = plan->root_layer.size, .inodes = plan->root_layer.inodes,
			.kind = plan->overlay_root ? OP_OVERLAY : OP_BIND, .flags = plan->overlay_root ? OVERLAY_TMP : RO});
	for (size_t i = 0; i < sizeof base_tree / sizeof *base_tree; i++) {
		struct op op = {.option = "--root", .kind = base_tree[i].kind, .flags = base_tree[i].flags,
			.source = base_tree[i].dest, .dest = base_tree[i].dest, .perms = UNSET};
		bool needless = op.kind == OP_NAMES ? host && caller->named : op.kind == OP_PROC && binds_proc(&user);
		if ((host || !(op.flags & HOST_ONLY)) && !needless)
			add_op(plan, op);
	}
	if (host && plan->share_net) /* it may be a symbolic link into /run */
		add_op(plan, (struct op){.option = "--share-net", .kind = OP_BIND, .flags = RO | TRY, .source = "/etc/resolv.conf",
			.dest = "/etc/resolv.conf", .perms = UNSET});
	if (host && caller->other_home)
		add_op(plan, (struct op){.option = "--root", .kind = caller->home_linked ? OP_SYMLINK : OP_TMPFS, .dest = caller->other_home,
			.source = caller->home_linked ? caller->home : "", .perms = 0700});
	add_op(plan, (struct op){.option = "--root", .kind = OP_TMPFS, .dest = caller->home, .source = "", .perms = 0700});
	if (strcmp(plan->cwd, "none") != 0 && is_the_users(caller->cwd, caller->home)) {
		int flags = !strcmp(plan->cwd, "ro") ? RO : !strcmp(plan->cwd, "overlay") ? OVERLAY_TMP : 0;
		add_op(plan, (struct op){.option = "--cwd", .source = ".", .dest = caller->cwd, .perms = UNSET, .flags = flags,
			.size = plan->cwd_layer.size, .inodes = plan->cwd_layer.inodes,
			.kind = flags == OVERLAY_TMP ? OP_OVERLAY : OP_BIND});
		plan->chdir = plan->chdir ? plan->chdir : caller->cwd;
	}
	plan->base_count = plan->op_count;
	for (size_t i = 0; i < user.op_count; i++)
		add_op(plan, user.ops[i]);
	if (!plan->chdir)
		choose_directory(plan, caller);
}

/* A path inside: a relative one begins in the working directory, as outside. */
static const char *place_of(const struct plan *plan, const struct caller *caller, const char *option, const char *path)
{
	now.option = option;
	if (*path != '/' && !caller->cwd)
		die("'%s' is relative, and the working directory cannot be found", path);
	if (*path != '/' && !strcmp(plan->root, "empty"))
		die("'%s' is relative, and an empty root has no working directory; write %s", path, absolute(caller->cwd, path));
	now.option = NULL;
	return *path == '/' ? path : absolute(caller->cwd, path);
}

static void place_relative(struct plan *plan, const struct caller *caller)
{
	for (struct op *op = plan->ops; op < plan->ops + plan->op_count; op++) {
		if (now.own.relative)
			op->dest = place_of(plan, caller, op->option, op->dest);
		if (op->flags & SAME_PLACE && caller->cwd) /* plain, for compare_paths() */
			op->dest = absolute(caller->cwd, op->dest);
	}
	if (!now.own.relative)
		return;
	if (plan->chdir)
		plan->chdir = place_of(plan, caller, "--chdir", plan->chdir);
	for (size_t i = 0; i < plan->lock_count; i++)
		plan->locks[i] = place_of(plan, caller, "--lock-file", plan->locks[i]);
}

/* Sorts what is below a directory right after it: "/" comes before all other characters. */
static int compare_paths(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	int first = *a == '/' ? 1 : (unsigned char)*a + !!*a, second = *b == '/' ? 1 : (unsigned char)*b + !!*b;
	return first - second;
}

/* Those of one destination stay in the order of the command line. */
static int compare_members(const void *a, const void *b)
{
	const struct op *first = *(const struct op *const *)a, *second = *(const struct op *const *)b;
	int order = compare_paths(first->dest, second->dest);
	return order ? order : first < second ? -1 : 1;
}

/* The first of them at PLACE or below it, or NULL. */
static const struct op *member_within(const struct op *const *members, size_t count, const char *place)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (compare_paths(members[middle]->dest, place) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && is_within(members[low]->dest, place) ? members[low] : NULL;
}

static void check_hides_none(const struct op *op, const struct op *const *members, size_t count)
{
	const struct op *hidden = is_mount(op) ? member_within(members, count, absolute("/", op->dest)) : NULL;
	now.option = op->option;
	if (hidden)
		die("%s would hide %s %s: all --ro and --rw take effect where the first of them stands; give this option before it",
		    op->dest, hidden->option, hidden->dest);
	now.option = NULL;
}

/*
 * --ro and --rw may be given in any order: all take effect where the first of them stands, a directory before what is in it,
 * and the last one of those that name the same directory.
 */
static void gather_group(struct plan *plan)
{
	const struct op **members = NULL, *first, *end = plan->ops + plan->op_count;
	size_t count = 0, kept = 0;
	for (const struct op *op = plan->ops; op < end; op++)
		if (op->flags & SAME_PLACE)
			APPEND(members, count, op);
	if (!count || (count == 1 && members[0] + 1 == end)) /* nothing to sort, and nothing behind it to hide it */
		return;
	first = *members;
	struct op *ops = take(plan->op_count * sizeof *ops), *to = ops;
	qsort(members, count, sizeof *members, compare_members);
	for (size_t i = 0; i < count; i++)
		if (i + 1 == count || strcmp(members[i]->dest, members[i + 1]->dest) != 0)
			members[kept++] = members[i];
	for (const struct op *op = plan->ops; op < end; op++) {
		for (size_t i = 0; op == first && i < kept; i++)
			*to++ = *members[i];
		if (op->flags & SAME_PLACE)
			continue;
		if (op > first)
			check_hides_none(op, members, kept);
		*to++ = *op;
	}
	plan->ops = ops;
	plan->op_count = (size_t)(to - ops);
}

/* The last option may have taken a word that was meant as COMMAND. */
__attribute__((noreturn)) static void die_without_command(const struct plan *plan)
{
	const struct option *option = plan->last_option;
	if (!now.own.words)
		die("No command specified");
	if (option)
		die("%s takes %s; %s was '%s', and no COMMAND is left", option->name, option->values, strrchr(option->values, ' ') + 1, plan->command[-1]);
	die("no COMMAND; try: %s sh", quoted(now.name));
}

/* Whether the operation makes files of the host visible under their own paths. */
static bool keeps_paths(const struct op *op)
{
	bool same = op && op->kind == OP_BIND && !(op->flags & SOURCE_FD) && !strcmp(op->source, op->dest);
	return op && (op->kind == OP_SAME || same || op->flags & SAME_PLACE || !strcmp(op->option, "--cwd"));
}

/* Whether the command is sought in the same places as by the caller's shell. */
static bool keeps_search(const struct plan *plan)
{
	bool keeps = now.own.tree && !strcmp(plan->root, "host");
	for (const struct env_op *op = plan->env; op < plan->env + plan->env_count; op++)
		keeps &= op->kind != ENV_CLEAR && strcmp(op->name, "PATH") != 0 && strcmp(op->name, "HOME") != 0;
	return keeps;
}

/* Options that exclude each other or need each other. */
static void check_conflicts(const struct plan *plan)
{
	bool user = plan->namespaces & CLONE_NEWUSER, named_user = now.own.namespaces ? user : plan->unshare_user;
	bool pid = plan->namespaces & CLONE_NEWPID, ids_fixed = !user && plan->userns_fd < 0;
	const struct {
		bool wrong;
		const char *complaint;
	} rows[] = {
		{plan->layers_used != plan->layer_count,
			"--overlay-src must be followed by another --overlay-src or one of --overlay, --tmp-overlay, or --ro-overlay"},
		{plan->userns_fd >= 0 && plan->unshare_user, "--userns cannot be combined with --unshare-user"},
		{plan->userns_fd >= 0 && plan->namespaces_try & CLONE_NEWUSER, "--userns cannot be combined with --unshare-user-try"},
		{plan->uid_given && ids_fixed, "Specifying --uid requires --unshare-user or --userns"},
		{plan->gid_given && ids_fixed, "Specifying --gid requires --unshare-user or --userns"},
		{plan->hostname && !(plan->namespaces & CLONE_NEWUTS), "Specifying --hostname requires --unshare-uts"},
		{plan->as_pid_1 && !pid, "Specifying --as-pid-1 requires --unshare-pid"},
		{plan->as_pid_1 && plan->lock_count, WORDS("--as-pid-1 cannot be combined with --lock-file: there is no init to keep the lock",
			"Specifying --as-pid-1 and --lock-file is not permitted")},
		{plan->disable_userns && !named_user, "--disable-userns requires --unshare-user"},
		{plan->disable_userns && plan->allow_userns, "--disable-userns cannot be combined with --allow-userns"},
		{plan->overlay_root && (!strcmp(plan->root, "host") || !strcmp(plan->root, "empty")), "--overlay-root needs --root DIR"},
		{plan->userns_block_fd >= 0 && !named_user, "--userns-block-fd requires --unshare-user"},
		{plan->userns_block_fd >= 0 && plan->info_fd < 0, "--userns-block-fd requires --info-fd"},
	};
	if (now.own.syntax)
		check_modifiers(plan, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].wrong)
			die("%s", rows[i].complaint);
	if (plan->hostname && now.own.words && (!*plan->hostname || strlen(plan->hostname) > 64))
		die("--hostname: '%s' is not 1 to 64 bytes long", plan->hostname);
	if ((plan->timeout || plan->grace_given) && !pid)
		die("%s needs a new pid namespace, to end all processes in it; %s", plan->timeout ? "--timeout" : "--grace",
		    plan->pidns_fd < 0 ? "add --unshare-pid" : "leave out --pidns");
}

/* Run by root, uid 0 inside is uid 0 on the host (also perhaps in a namespace of --userns): capabilities that it gives to a file count there. */
static void withhold_setfcap(struct plan *plan)
{
	if (plan->caps & SETFCAP && plan->setfcap_named)
		die("--cap-add setfcap: run by root, the command could leave files with capabilities that count on the host; run sandbox as an ordinary user");
	plan->caps &= ~SETFCAP;
}

static const char *policy_name(const struct plan *plan)
{
	return plan->syscalls ? plan->syscalls : now.own.policy ? "default" : "none";
}

/*
 * What the plan changes in a built-in policy.  The command must not starve init, which ends the sandbox.  Without an init
 * it is the command's own PR_SET_PDEATHSIG (1) that must stay; other processes that set theirs may believe that they did.
 * For an id that the namespace does not map, chown(2) fails with EINVAL, on which fakeroot(1) gives up; it copes with EPERM.
 */
static void adapt_policy(struct policy *policy, const struct plan *plan, bool is_default)
{
	bool one_id = plan->namespaces & CLONE_NEWUSER && plan->userns_fd < 0 && plan->userns2_fd < 0 && plan->userns_block_fd < 0;
	char ids[400];
	snprintf(ids, sizeof ids, "deny chown:1!=%1$u,1!=%3$u chown:2!=%2$u,2!=%3$u lchown:1!=%1$u,1!=%3$u lchown:2!=%2$u,2!=%3$u "
		"fchown:1!=%1$u,1!=%3$u fchown:2!=%2$u,2!=%3$u fchownat:2!=%1$u,2!=%3$u fchownat:3!=%2$u,3!=%3$u", plan->uid, plan->gid, NO_ID);
	const struct {
		bool wanted;
		const char *text;
	} rows[] = {
		{is_default && (now.own.nested ? plan->allow_userns : !plan->disable_userns), "use nested"},
		{is_default && !plan->as_pid_1, "deny sched_setattr:0==1 sched_setscheduler:0==1 sched_setaffinity:0==1 "
						"setpriority:1==1 setpriority:0==2"},
		{is_default && plan->as_pid_1, "deny prctl:0==1:0"},
		{is_default && plan->affinity, "deny sched_setaffinity"},
		{is_default && one_id, ids},
		{plan->limits_given >> RLIMIT_CORE & 1, "allow setrlimit:0==4 prlimit64:1==4"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].wanted)
			apply_text(policy, NULL, copy_of(rows[i].text));
}

/* The policy of --syscalls (TEXT if that is a file), then what other options add. */
static void plan_policy(struct plan *plan, const struct caller *caller, char *text)
{
	const char *name = policy_name(plan);
	if (!strcmp(name, "none") && !plan->statement_count) {
		if (plan->report_denied)
			die("--report-denied needs a policy; add --syscalls default");
		return;
	}
	struct policy *policy = new_policy(plan->explain ? 0 : caller->secret);
	now.option = "--syscalls";
	policy->report = policy->listens = plan->report_denied;
	policy->allow_suid = plan->allow_suid;
	apply_text(policy, text ? name : NULL, text ? text : copy_of(builtin_text(name)));
	if (!text)
		adapt_policy(policy, plan, !strcmp(name, "default"));
	bool starts = may_start(policy);
	for (size_t i = 0; i < plan->statement_count; i++) {
		now.option = plan->statements[i].option;
		apply_words(policy, plan->statements[i].verb, copy_of(plan->statements[i].word));
	}
	now.option = NULL;
	/* If our listener ended, the command's own could allow what the policy denies (8 is SECCOMP_FILTER_FLAG_NEW_LISTENER). */
	if (policy->listens)
		apply_text(policy, NULL, copy_of("deny seccomp:1&8!=0:EBUSY"));
	if (plan->explain == EXPLAIN_NONE && !may_start(policy))
		die("%s, so COMMAND could not start; add %s", starts ? "--deny-syscall denies execve" : "--syscalls: the policy denies execve",
		    starts ? "behind it: --allow-syscall execve:first" : "the line: allow execve:first");
	plan->policy = policy;
}

static void check(struct plan *plan, const struct caller *caller)
{
	if (now.own.namespaces) {
		/* An outer sandbox may refuse a cgroup namespace; without one the command still finds no cgroup file system. */
		plan->namespaces_try |= CLONE_NEWCGROUP & ~plan->namespaces;
		plan->namespaces |= NEW_ALL;
		plan->namespaces &= ~(uint64_t)((plan->userns_fd >= 0 ? CLONE_NEWUSER : 0) | (plan->pidns_fd >= 0 ? CLONE_NEWPID : 0) |
			(plan->share_net ? CLONE_NEWNET : 0));
	}
	if (!caller->root && plan->userns_fd < 0)
		plan->namespaces |= CLONE_NEWUSER;
	plan->namespaces |= CLONE_NEWNS | plan->namespaces_try;
	check_conflicts(plan);
	if (now.own.root && caller->root)
		withhold_setfcap(plan);
	if (now.own.nested)
		plan->disable_userns = !plan->allow_userns && plan->namespaces & CLONE_NEWUSER;
	for (size_t i = 0; plan->as_pid_1 && i < plan->sync_fds.count; i++) /* there is no init that could keep them open */
		APPEND(plan->keep_fds.fd, plan->keep_fds.count, plan->sync_fds.fd[i]);
	if (!plan->uid_given)
		plan->uid = caller->uid;
	if (!plan->gid_given)
		plan->gid = caller->gid;
	if (!*plan->command && plan->explain == EXPLAIN_NONE)
		die_without_command(plan);
	place_relative(plan, caller);
	if (now.own.group)
		gather_group(plan);
	plan_base(plan, caller);
}

/*
 * Sets the limits that --rlimit did not, no higher than the caller's.  The kernel may give a core dump to a program that root
 * runs on the host (core(5), "|" in core_pattern): a limit of 1 byte prevents that, one of 0 does not.  RLIMIT_NPROC does not
 * bind root, and counts the processes of a user namespace, which has to be ours.
 */
static void plan_limits(struct plan *plan, const struct caller *caller)
{
	static const struct {
		unsigned resource, most;
	} rows[] = {{RLIMIT_CORE, 1}, {RLIMIT_NPROC, 8192}};
	size_t count = !now.own.limits ? 0 : caller->root || !(plan->namespaces & CLONE_NEWUSER) ? 1 : 2;
	for (size_t i = 0; i < count; i++) {
		struct k_limit have = {0, 0}, *limit = &plan->limits[rows[i].resource];
		if (plan->limits_given >> rows[i].resource & 1)
			continue;
		sys_prlimit(rows[i].resource, NULL, &have);
		limit->soft = limit->hard = have.hard < rows[i].most ? have.hard : rows[i].most;
		plan->limits_given |= 1U << rows[i].resource;
	}
}

/*** Assemble ***/

static const char *const kept_variables[] = {
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "COLORTERM", "NO_COLOR", "LANG", "LANGUAGE", "LC_*", "TZ",
	NULL
};

/* A pattern is a name, or a prefix and a star. */
static bool name_matches(const char *entry, const char *pattern)
{
	size_t length = strcspn(pattern, "*");
	return !strncmp(entry, pattern, length) && (pattern[length] || entry[length] == '=');
}

static bool variable_kept(const struct plan *plan, const char *entry)
{
	if (!now.own.environment)
		return true;
	for (const char *const *kept = kept_variables; *kept; kept++)
		if (name_matches(entry, *kept))
			return true;
	for (size_t i = 0; i < plan->keep_env_count; i++)
		if (name_matches(entry, plan->keep_env[i]))
			return true;
	return false;
}

static size_t drop_variable(char **list, size_t count, const char *name)
{
	size_t kept = 0, length = strlen(name);
	for (size_t i = 0; i < count; i++)
		if (strncmp(list[i], name, length) || list[i][length] != '=')
			list[kept++] = list[i];
	return kept;
}

static char **set_variable(char **list, size_t *count, const char *name, const char *value)
{
	*count = drop_variable(list, *count, name);
	APPEND(list, *count, composed("%s=%s", name, value));
	return list;
}

static const char *find_variable(char **env, const char *name)
{
	size_t length = strlen(name);
	for (; *env; env++)
		if (!strncmp(*env, name, length) && (*env)[length] == '=')
			return *env + length + 1;
	return NULL;
}

/* The command's environment.  HOME is the path of the empty home without symbolic links, PWD the directory where it starts. */
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

/*
 * A program is written backwards, from its last instruction to its first, so that the target of a jump is known when the
 * jump is written.  A label is the number of instructions from there to the end.  A conditional jump reaches 255 instructions;
 * near() puts an unconditional one in between where that is too short.  Numbers of calls with the same answer form ranges,
 * which a balanced tree of comparisons tells apart.
 */
struct program {
	const struct policy *policy;
	unsigned used; /* counts on beyond BPF_MAXINSNS, where nothing is written any more, for the message */
	bool big_endian;
	unsigned *labels; /* of the policy's nodes; 0: not written yet */
	struct sock_filter code[BPF_MAXINSNS];
};

struct range {
	uint32_t first;
	uint16_t node;
};

static unsigned emit(struct program *program, unsigned code, uint32_t k, unsigned yes, unsigned no)
{
	unsigned here = program->used++;
	if (here < BPF_MAXINSNS)
		program->code[BPF_MAXINSNS - 1 - here] = (struct sock_filter){(uint16_t)code, (uint8_t)(here - yes), (uint8_t)(here - no), k};
	return program->used;
}

static unsigned emit_plain(struct program *program, unsigned code, uint32_t k)
{
	return emit(program, code, k, program->used, program->used);
}

/* LABEL, or that of a new jump to it, if LABEL would be out of reach for the conditional jump to be written next or after that. */
static unsigned near(struct program *program, unsigned label)
{
	unsigned away = program->used - label;
	return away < 255 ? label : emit_plain(program, BPF_JMP | BPF_JA, away);
}

static unsigned emit_branch(struct program *program, unsigned test, uint32_t k, unsigned yes, unsigned no)
{
	yes = near(program, yes);
	no = near(program, no);
	return emit(program, BPF_JMP | test | BPF_K, k, yes, no);
}

static unsigned emit_load(struct program *program, size_t offset, unsigned next)
{
	if (next != program->used)
		emit_plain(program, BPF_JMP | BPF_JA, program->used - next);
	return emit_plain(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static size_t half_offset(const struct program *program, const struct node *node, bool high)
{
	return offsetof(struct seccomp_data, args) + 8U * node->arg + (high != program->big_endian ? 4 : 0);
}

/* Loads one half of an argument, masks it and compares it. */
static unsigned emit_half(struct program *program, const struct node *node, bool high, unsigned test, unsigned yes, unsigned no)
{
	uint32_t mask = (uint32_t)(high ? node->mask >> 32 : node->mask);
	unsigned label = emit_branch(program, test, (uint32_t)(high ? node->value >> 32 : node->value), yes, no);
	if (mask != UINT32_MAX)
		label = emit_plain(program, BPF_ALU | BPF_AND | BPF_K, mask);
	return emit_load(program, half_offset(program, node, high), label);
}

/* Compares the high halves first, and the low ones if those are equal. */
static unsigned emit_condition(struct program *program, const struct node *node, unsigned yes, unsigned no)
{
	static const unsigned tests[] = {[EQUAL] = BPF_JEQ, [GREATER] = BPF_JGT, [GREATER_EQUAL] = BPF_JGE};
	unsigned low = emit_half(program, node, false, tests[node->kind], yes, no);
	if (!(node->mask >> 32))
		return low;
	if (node->kind == EQUAL)
		return emit_half(program, node, true, BPF_JEQ, low, no);
	unsigned equal = emit_branch(program, BPF_JEQ, (uint32_t)(node->value >> 32), low, no);
	return emit_half(program, node, true, BPF_JGT, yes, equal);
}

/* Whether the code at LABEL begins by loading what NODE has loaded just before. */
static bool needs_no_load(const struct program *program, const struct node *node, unsigned label)
{
	if (node->mask != UINT32_MAX || label != program->used || label > BPF_MAXINSNS)
		return false;
	const struct sock_filter *code = &program->code[BPF_MAXINSNS - label];
	return code->code == (BPF_LD | BPF_W | BPF_ABS) && code->k == half_offset(program, node, false);
}

/* Returns the label of a node's code.  An answer that is out of reach is written again. */
static unsigned emit_node(struct program *program, size_t at)
{
	const struct policy *policy = program->policy;
	const struct node *node = &policy->nodes[at];
	unsigned label = program->labels[at];
	if (label && (node->kind != ANSWER || program->used - label < 254))
		return label;
	if (node->kind == ANSWER) {
		bool reported = policy->report && !node->unreported && is_refusal(node->answer);
		return program->labels[at] = emit_plain(program, BPF_RET | BPF_K, reported ? SECCOMP_RET_USER_NOTIF : node->answer);
	}
	unsigned yes = emit_node(program, node->yes);
	bool fresh = !program->labels[node->no];
	unsigned no = emit_node(program, node->no);
	if (fresh && needs_no_load(program, node, no))
		program->labels[node->no] = 0, no = --program->used; /* the node has no label, so no other node jumps to it */
	return program->labels[at] = emit_condition(program, node, yes, no);
}

/* Finds the range of the number that is in the accumulator. */
static unsigned emit_tree(struct program *program, const struct range *ranges, size_t count)
{
	if (count == 1)
		return emit_node(program, ranges->node);
	if (count == 3 && ranges[0].node == ranges[2].node && ranges[1].first + 1 == ranges[2].first) {
		unsigned around = emit_node(program, ranges[0].node), single = emit_node(program, ranges[1].node);
		return emit_branch(program, BPF_JEQ, ranges[1].first, single, around);
	}
	size_t middle = count / 2 | 1;
	unsigned above = emit_tree(program, ranges + middle, count - middle), below = emit_tree(program, ranges, middle);
	return emit_branch(program, BPF_JGE, ranges[middle].first, above, below);
}

#define MAX_RANGES (LAST_NUMBER + 2)
#define X32_BIT 0x40000000U /* set in all numbers of the ABI x32, whose architecture is reported as x86-64 */

/* The node of a call, or 0 ("otherwise") where that has the same answer, so that ranges merge. */
static uint16_t fate(const struct policy *policy, uint16_t at)
{
	const struct node *node = &policy->nodes[at];
	return node->kind == ANSWER && node->answer == policy->nodes[0].answer ? 0 : at;
}

/* The longest ranges of numbers with the same node, from 0 to UINT32_MAX. */
static size_t find_ranges(const struct policy *policy, const struct arch *arch, struct range *ranges)
{
	uint16_t node[LAST_NUMBER + 1], unknown = fate(policy, policy->unknown), no_such = fate(policy, policy->no_such);
	size_t count = 0;
	for (size_t i = 0; i <= LAST_NUMBER; i++)
		node[i] = unknown;
	for (size_t i = 0; i < CALLS; i++)
		if (arch->numbers[i].is >= 0)
			node[arch->numbers[i].is] = fate(policy, policy->calls[i]);
	for (uint32_t i = 0; i <= LAST_NUMBER; i++)
		if (!i || node[i] != ranges[count - 1].node)
			ranges[count++] = (struct range){i, node[i]};
	if (unknown != no_such)
		ranges[count++] = (struct range){X32_BIT, no_such};
	return count;
}

/* The architecture is compared first, because each has other numbers. */
static void emit_filter(struct program *program, const struct arch *const archs[MAX_ARCHS])
{
	const struct policy *policy = program->policy;
	struct range ranges[MAX_RANGES];
	unsigned next = emit_plain(program, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	for (size_t i = MAX_ARCHS; i-- > 0;) {
		if (!archs[i])
			continue;
		unsigned calls = i && policy->foreign ? emit_node(program, policy->foreign) :
			emit_load(program, offsetof(struct seccomp_data, nr), emit_tree(program, ranges, find_ranges(policy, archs[i], ranges)));
		next = emit_branch(program, BPF_JEQ, archs[i]->audit, calls, next);
	}
	emit_load(program, offsetof(struct seccomp_data, arch), next);
}

static struct sock_fprog assemble_filter(const struct policy *policy, const struct arch *const archs[MAX_ARCHS], bool big_endian)
{
	unsigned *labels = take(policy->node_count * sizeof *labels);
	/* The stack may be too small for it (ulimit -s).  Only its end is written, so that it costs a page or two. */
	struct program *program = take(sizeof *program);
	program->policy = policy;
	program->used = 0;
	program->big_endian = big_endian;
	program->labels = labels;
	emit_filter(program, archs);
	if (program->used > BPF_MAXINSNS)
		die("the policy makes a filter of %u instructions; the kernel takes at most %d", program->used, BPF_MAXINSNS);
	return (struct sock_fprog){(unsigned short)program->used, program->code + BPF_MAXINSNS - program->used};
}

/* Whether the command may mount anything: in namespaces of its own, or by a capability. */
static bool may_mount(const struct plan *plan)
{
	return !now.own.nested || plan->allow_userns || plan->caps >> CAP_SYS_ADMIN & 1;
}

/*
 * Whether the caller's /proc may be bound where the kernel refuses a new one.  In the user namespace of the processes that it
 * lists, the command could read their memory and files there, so this takes a new one.
 */
static bool may_show_callers_proc(const struct plan *plan)
{
	return now.own.masked_proc && plan->namespaces & CLONE_NEWPID && plan->namespaces & CLONE_NEWUSER && plan->userns2_fd < 0;
}

/* What Landlock is to restrict, by the kernel's ABI (0: it has none).  Where it restricts files it also denies all mounts. */
static struct k_landlock_layer landlock_layer(const struct plan *plan, int abi)
{
	struct k_landlock_layer layer = {0};
	if (!now.own.landlock)
		return layer;
	if (abi >= 2 && !may_mount(plan)) /* ABI 1 (Linux 5.13) denies every rename into another directory */
		layer.files = K_LANDLOCK_ALL - (abi < 3 ? K_LANDLOCK_TRUNCATE : 0U) - (abi < 9 ? K_LANDLOCK_RESOLVE_UNIX : 0U);
	if (abi >= 6)
		layer.scopes = K_LANDLOCK_SCOPE_SIGNAL | (plan->share_abstract ? 0 : K_LANDLOCK_SCOPE_ABSTRACT);
	return layer;
}

/* The rights, beyond reading, below an operation's destination: to write, and to connect to the sockets there. */
static uint64_t rights_beneath(const struct op *op)
{
	return !is_mount(op) ? 0 : op->flags & RO ? K_LANDLOCK_RESOLVE_UNIX : K_LANDLOCK_ALL;
}

/* Whether a later operation hides what an earlier one made visible, or makes it read-only; that does not reach the mounts below. */
static bool overrules(const struct op *later, const struct op *earlier)
{
	if (later < earlier)
		return false;
	return is_mount(later) ? is_within(earlier->dest, later->dest) : later->kind == OP_REMOUNT_RO && !strcmp(later->dest, earlier->dest);
}

/* By place in the plan: whether a later operation overrules this one, or nothing was mounted because its source is absent. */
static const bool *find_overruled(const struct plan *plan, const bool *absent)
{
	const struct op **sorted = take(plan->op_count * sizeof *sorted), **above = take(plan->op_count * sizeof *above);
	bool *overruled = take(plan->op_count);
	size_t count = 0;
	for (size_t i = 0; i < plan->op_count; i++)
		if (!(overruled[i] = absent[i]))
			sorted[count++] = &plan->ops[i];
	qsort(sorted, count, sizeof *sorted, compare_members);
	for (size_t i = 0, depth = 0; i < count; above[depth++] = sorted[i++]) {
		const struct op *op = sorted[i];
		while (depth && !is_within(op->dest, above[depth - 1]->dest))
			depth--;
		for (size_t k = 0; k < depth; k++) {
			overruled[op - plan->ops] |= overrules(above[k], op);
			overruled[above[k] - plan->ops] |= overrules(op, above[k]);
		}
	}
	return overruled;
}

/* The rights to a file that an open descriptor gives; all rights below a directory. */
static uint64_t rights_of_descriptor(int mode, bool directory)
{
	enum { READ = K_LANDLOCK_READ_FILE | K_LANDLOCK_EXECUTE, WRITE = K_LANDLOCK_WRITE_FILE | K_LANDLOCK_TRUNCATE };
	static const uint16_t rights[] = {[O_RDONLY] = READ, [O_WRONLY] = WRITE, [O_RDWR] = READ | WRITE, [3] = 0};
	return directory ? K_LANDLOCK_ALL : mode & O_PATH ? 0 : rights[mode & 3];
}

/* The BPF instructions that the kernel allows in a seccomp filter. */
static const uint16_t seccomp_codes[] = {
	BPF_LD | BPF_W | BPF_ABS, BPF_LD | BPF_W | BPF_LEN, BPF_LDX | BPF_W | BPF_LEN, BPF_LD | BPF_IMM, BPF_LDX | BPF_IMM,
	BPF_LD | BPF_MEM, BPF_LDX | BPF_MEM, BPF_ST, BPF_STX, BPF_RET | BPF_K, BPF_RET | BPF_A, BPF_MISC | BPF_TAX,
	BPF_MISC | BPF_TXA, BPF_ALU | BPF_NEG, BPF_JMP | BPF_JA,
};

static bool is_seccomp_code(uint16_t code)
{
	for (size_t i = 0; i < sizeof seccomp_codes / sizeof *seccomp_codes; i++)
		if (code == seccomp_codes[i])
			return true;
	uint16_t operation = code & 0xf0, rest = code & (uint16_t)~(0xf0 | BPF_X);
	if (rest == BPF_ALU)
		return operation <= BPF_RSH || operation == BPF_XOR;
	return rest == BPF_JMP && operation >= BPF_JEQ && operation <= BPF_JSET;
}

/* What is wrong with a program, and with which instruction; NULL: nothing that is known here. */
static const char *program_fault(const struct sock_fprog *program, unsigned *at)
{
	for (*at = 0; *at < program->len; ++*at) {
		const struct sock_filter *code = &program->filter[*at];
		unsigned left = program->len - *at - 1U, class = BPF_CLASS(code->code);
		bool memory = class == BPF_ST || class == BPF_STX || BPF_MODE(code->code) == BPF_MEM;
		if (!is_seccomp_code(code->code))
			return "is not allowed in a seccomp filter";
		if (code->code == (BPF_LD | BPF_W | BPF_ABS) && (code->k & 3 || code->k >= sizeof(struct seccomp_data)))
			return "loads from beyond the 64 bytes of struct seccomp_data, or from an offset that 4 does not divide";
		if (class <= BPF_STX && memory && code->k >= BPF_MEMWORDS)
			return "uses a memory word above 15";
		if (class == BPF_ALU && ((code->code == (BPF_ALU | BPF_DIV | BPF_K) && !code->k) ||
					 ((BPF_OP(code->code) == BPF_LSH || BPF_OP(code->code) == BPF_RSH) && code->k > 31)))
			return "divides by zero or shifts by more than 31";
		if (code->code == (BPF_JMP | BPF_JA) ? code->k >= left : class == BPF_JMP && (code->jt >= left || code->jf >= left))
			return "jumps past the end of the program";
		if (!left && class != BPF_RET)
			return "is the last one but does not return";
	}
	return NULL;
}

/*** Explain ***/

static void explain_help(void)
{
	const char *plural = WORDS("", "S"); /* programs that parse bubblewrap's usage look for it */
	printf("usage: %s [OPTION%s...] [--] COMMAND [ARG%s...]\n\nRun COMMAND in a throwaway mount tree, without privilege.\n", now.called, plural, plural);
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

static const char *describe_answer(uint32_t answer)
{
	switch (answer) {
	case SECCOMP_RET_ALLOW: return "allow";
	case SECCOMP_RET_LOG: return "log and allow";
	case SECCOMP_RET_KILL_PROCESS: return "kill";
	case SECCOMP_RET_USER_NOTIF: return "deny and report";
	}
	uint32_t error = answer & SECCOMP_RET_DATA;
	const char *name = errno_name(error);
	return name ? composed("deny with %s", name) : composed("deny with errno %u", error);
}

static void explain_load(uint32_t offset)
{
	size_t byte = offset - offsetof(struct seccomp_data, args);
	if (offset == offsetof(struct seccomp_data, nr))
		printf("load number\n");
	else if (offset == offsetof(struct seccomp_data, arch))
		printf("load architecture\n");
	else
		printf("load argument %zu, %s half\n", byte / 8, (byte % 8 == 0) == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) ? "low" : "high");
}

/* LOADED is the offset of what is in the accumulator; ARCH is the architecture whose numbers of calls are compared there. */
static void explain_jump(const struct sock_filter *code, unsigned at, uint32_t loaded, const struct arch *arch)
{
	const char *test = BPF_OP(code->code) == BPF_JEQ ? "==" : BPF_OP(code->code) == BPF_JGE ? ">=" : ">";
	int call = loaded == offsetof(struct seccomp_data, nr) ? find_number(arch, code->k) : -1;
	printf(loaded < sizeof(uint32_t) ? "if %s %u" : "if %s 0x%x", test, code->k);
	if (call >= 0)
		printf(" (%s)", call_name((size_t)call));
	for (size_t i = 0; i < MAX_ARCHS && loaded == offsetof(struct seccomp_data, arch); i++)
		if (machine[i] && machine[i]->audit == code->k)
			printf(" (%s)", machine[i]->name);
	printf(" go to %u, else %u\n", at + 1 + code->jt, at + 1 + code->jf);
}

/* Prints a line for each instruction.  Jumps only lead further down, so one pass knows what each instruction finds loaded. */
static void explain_filter(const struct plan *plan)
{
	if (!plan->policy)
		die("--dump-filter: there is no policy; add --syscalls default");
	struct sock_fprog filter = assemble_filter(plan->policy, machine, false);
	uint32_t *loaded = take((filter.len + 1U) * sizeof *loaded); /* an offset before each instruction */
	size_t archs = 0;
	for (unsigned i = 0; i < filter.len; i++) {
		const struct sock_filter *code = &filter.filter[i];
		unsigned class = BPF_CLASS(code->code), next = i + 1;
		printf("%4u  ", i);
		if (class == BPF_LD) {
			archs += code->k == offsetof(struct seccomp_data, nr);
			loaded[next] = code->k;
			explain_load(code->k);
		} else if (class == BPF_RET) {
			puts(describe_answer(code->k));
		} else if (class == BPF_ALU) {
			loaded[next] = loaded[i];
			printf("and 0x%x\n", code->k);
		} else if (BPF_OP(code->code) == BPF_JA) {
			loaded[next + code->k] = loaded[i];
			printf("go to %u\n", next + code->k);
		} else {
			loaded[next + code->jt] = loaded[next + code->jf] = loaded[i];
			explain_jump(code, i, loaded[i], machine[archs ? archs - 1 : 0]);
		}
	}
}

/* What the newest kernel would be asked for. */
static void explain_landlock(struct k_landlock_layer layer)
{
	if (layer.files || layer.scopes)
		printf("Landlock%s%s signals, where the kernel has it\n", layer.files ? " files" : "",
		       layer.scopes & K_LANDLOCK_SCOPE_ABSTRACT ? " abstract-sockets" : "");
}

/* Prints a line of --plan or, if the command is run, of --verbose. */
__attribute__((format(printf, 2, 3))) static void say(const struct plan *plan, const char *format, ...)
{
	char text[64];
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (plan->explain)
		puts(text);
	else
		trace("%s", text);
}

static void explain_limits(const struct plan *plan)
{
	unsigned long long timeout = plan->timeout / 1000000, grace = plan->grace / 1000000;
	if (plan->timeout)
		say(plan, "timeout %llu ms, grace %llu ms", timeout, grace);
	else if (plan->grace_given)
		say(plan, "grace %llu ms", grace);
	for (unsigned i = 0; i < LIMITS; i++)
		if (plan->limits_given >> i & 1)
			say(plan, plan->limits[i].soft == UINT64_MAX ? "limit %s unlimited" : "limit %s %llu", resources[i].name,
			    (unsigned long long)plan->limits[i].soft);
}

static const struct {
	uint32_t flag;
	const char *name;
} spaces[] = {{CLONE_NEWCGROUP, "cgroup"}, {CLONE_NEWIPC, "ipc"}, {CLONE_NEWNS, "mount"}, {CLONE_NEWNET, "net"}, {CLONE_NEWPID, "pid"},
	{CLONE_NEWUSER, "user"}, {CLONE_NEWUTS, "uts"}};
#define SPACES (sizeof spaces / sizeof *spaces)

/* Its name in /proc/PID/ns. */
static const char *space_in_proc(size_t space)
{
	return spaces[space].flag == CLONE_NEWNS ? "mnt" : spaces[space].name;
}

/* A copy without control characters: the text may come from a file of options that somebody else wrote. */
static const char *printable_copy(const char *text)
{
	char *copy = copy_of(text);
	make_printable(copy, copy + strlen(copy));
	return copy;
}

/* What else the command starts with, as far as options say so. */
static void explain_start(const struct plan *plan)
{
	static const struct {
		const char *name;
		uint16_t offset; /* in struct plan, of a text */
	} rows[] = {{"cpu-affinity", FIELD(affinity)}, {"stdin", FIELD(streams[0])}, {"stdout", FIELD(streams[1])},
		{"stderr", FIELD(streams[2])}, {"stats", FIELD(stats)}};
	if (plan->umask != UNSET)
		printf("umask %04o\n", plan->umask);
	if (plan->nice != NO_SCORE)
		printf("nice %d\n", plan->nice);
	if (plan->oom_score != NO_SCORE)
		printf("oom-score-adj %d\n", plan->oom_score);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *text = *(const char *const *)(const void *)((const char *)plan + rows[i].offset);
		if (text)
			printf("%s %s\n", rows[i].name, printable_copy(text));
	}
}

/* What depends on the host, which --plan does not look at. */
static const char *explain_condition(const struct plan *plan, const struct op *op)
{
	if (op->kind == OP_SAME)
		return ", where it exists";
	if (op->kind == OP_LINK || op->kind == OP_TARGET)
		return ", where it is one";
	return op->kind == OP_PROC && may_show_callers_proc(plan) ? ", or the caller's read-only where a new one is refused" : "";
}

static void explain_plan(const struct plan *plan)
{
	static const char *const kinds[] = {
		[OP_BIND] = "bind", [OP_SAME] = "same as host", [OP_LINK] = "same symbolic link as host", [OP_TARGET] = "target of the symbolic link",
		[OP_OVERLAY] = "overlay", [OP_PROC] = "proc", [OP_DEV] = "dev", [OP_TMPFS] = "tmpfs", [OP_MQUEUE] = "mqueue", [OP_DIR] = "directory",
		[OP_FILE] = "file", [OP_BIND_DATA] = "data", [OP_SYMLINK] = "symlink", [OP_REMOUNT_RO] = "remount read-only", [OP_CHMOD] = "chmod",
		[OP_MACHINE_ID] = "made-up machine id in", [OP_NOEXEC] = "not executable", [OP_NAMES] = "line for the caller in",
	};
	printf("namespaces");
	for (size_t i = 0; i < SPACES; i++)
		if (plan->namespaces & spaces[i].flag)
			printf(" %s", spaces[i].name);
	printf("\nuid %u gid %u\nroot %s\n", plan->uid, plan->gid, printable_copy(plan->root));
	for (size_t i = 0; i < plan->op_count; i++) {
		const struct op *op = &plan->ops[i];
		bool same = !*op->source || !strcmp(op->source, op->dest);
		printf("%s%s %s%s%s%s\n", op->flags & RO ? "read-only " : "", kinds[op->kind],
		       same ? "" : printable_copy(op->source), same ? "" : " on ", printable_copy(op->dest),
		       explain_condition(plan, op));
	}
	printf("nested user namespaces %s\n", !plan->disable_userns ? "on" : !refuses_namespace(plan->policy, CLONE_NEWUSER) ? "off by a limit" :
		"off by the filter and, where it can be set, a limit");
	explain_landlock(landlock_layer(plan, INT_MAX));
	printf("system calls %s%s\n", plan->policy ? "policy " : "", plan->syscalls ? printable_copy(plan->syscalls) : plan->policy ? "default" : "unfiltered");
	for (size_t i = 0; i < plan->statement_count; i++)
		printf("%s %s\n", plan->statements[i].verb, plan->statements[i].word);
	explain_limits(plan);
	explain_start(plan);
	printf("command %s\n", *plan->command ? printable_copy(*plan->command) : "(none)");
}

/*** Accounts and small files ***/

/* DIR may be the host's /proc, which we reach by its descriptor when the host's tree is gone. */
static int try_write(int dir, const char *path, const char *text)
{
	int fd = openat(dir, path, O_WRONLY | O_CLOEXEC);
	ssize_t put = fd < 0 ? -1 : write(fd, text, strlen(text));
	if (fd >= 0 && now.role == ROLE_SUPERVISOR) /* init closes all at once */
		close(fd);
	return put < 0 ? -1 : 0;
}

/* What one read() gives; "" on failure. */
static void read_text(int dir, const char *path, char *text, size_t room)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, text, room - 1);
	text[got > 0 ? got : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static void read_line(int dir, const char *path, char *text, size_t room)
{
	read_text(dir, path, text, room);
	text[strcspn(text, "\n")] = '\0';
}

/* What follows WORD in the line that begins with it, or NULL. */
static const char *find_line(const char *text, const char *word)
{
	while (text && strncmp(text, word, strlen(word)) != 0)
		text = (text = strchr(text, '\n')) ? text + 1 : NULL;
	return text ? text + strlen(word) : NULL;
}

/* The text of a symbolic link; returns its length, or -1. */
static int read_link(int dir, const char *name, char text[PATH_MAX])
{
	ssize_t length = readlinkat(dir, name, text, PATH_MAX - 1);
	text[length > 0 ? length : 0] = '\0';
	return (int)length;
}

/* A copy of that text, or NULL.  The buffer is on the stack, whose pages are used again. */
OWN_FRAME static const char *link_text(int dir, const char *name)
{
	char text[PATH_MAX];
	return read_link(dir, name, text) < 0 ? NULL : copy_of(text);
}

/* The path that a descriptor was opened by, as the kernel knows it now. */
static int path_of(int fd, char path[PATH_MAX])
{
	char link[32];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	return read_link(AT_FDCWD, link, path);
}

/*
 * The real path of a home that an empty one may be mounted on, or NULL: the home of some accounts is a directory of the
 * system, which other programs need.
 */
OWN_FRAME static const char *usable_home(const char *path, uid_t uid)
{
	struct stat st;
	char home[PATH_MAX];
	int fd = path && *path == '/' ? openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1; /* musl's open() sets the flag twice */
	bool found = fd >= 0 && path_of(fd, home) > 0 && !fstat(fd, &st);
	if (fd >= 0)
		close(fd);
	if (!found || is_one_of(home, shared_directories, false))
		return NULL;
	bool system = is_one_of(home, system_directories, false) && strcmp(home, "/root") != 0;
	bool own = (uid && st.st_uid == uid) || below(home, "/home") || !strcmp(home, "/root");
	return !system && (own || !is_one_of(home, system_directories, true)) ? copy_of(home) : NULL;
}

/* Field N, from 0, of a line of passwd or group. */
static const char *field_of(const char *entry, unsigned n)
{
	for (; n && *(entry += strcspn(entry, ":\n")) == ':'; n--)
		entry++;
	return copy_part(entry, n ? 0 : strcspn(entry, ":\n"));
}

/* The line of passwd or group with this id in its third field, or NULL. */
static const char *find_entry(const char *text, uint32_t id)
{
	for (const char *entry = text, *end; entry && *entry; entry = *end ? end + 1 : end) {
		end = entry + strcspn(entry, "\n");
		const char *first = memchr(entry, ':', (size_t)(end - entry));
		const char *second = first ? memchr(first + 1, ':', (size_t)(end - first - 1)) : NULL;
		if (second && isdigit((unsigned char)second[1]) && strtoul(second + 1, NULL, 10) == id)
			return entry;
	}
	return NULL;
}

static const char *read_accounts(void)
{
	size_t size;
	int fd = openat(AT_FDCWD, "/etc/passwd", O_RDONLY | O_CLOEXEC);
	const char *text = fd < 0 ? NULL : try_slurp(fd, &size);
	if (fd >= 0)
		close(fd);
	return text ? text : ""; /* no account of the caller's; sssd's and others' are not there either */
}

/* $HOME, else the home in the caller's account, else a name that no account has. */
static const char *find_home(uid_t uid, const char *accounts)
{
	const char *home = usable_home(getenv("HOME"), uid), *entry = home ? NULL : find_entry(accounts, uid);
	if (entry)
		home = usable_home(field_of(entry, 5), uid);
	return home ? home : "/home/sandbox";
}

/* The caller's home, and whether a program with these ids inside finds it by its account, too. */
static void find_account(struct caller *caller, uint32_t uid, uint32_t gid)
{
	const char *accounts = read_accounts(), *entry = find_entry(accounts, uid);
	caller->home = find_home(caller->uid, accounts);
	const char *home = entry ? field_of(entry, 5) : caller->home;
	caller->named = entry && strtoul(field_of(entry, 3), NULL, 10) == gid;
	if (!strcmp(home, caller->home) || below(home, caller->home))
		return;
	const char *real = usable_home(home, caller->uid);
	char link[1];
	caller->home_linked = real && !strcmp(real, caller->home);
	if (real && (!caller->home_linked || readlink(home, link, sizeof link) >= 0))
		caller->other_home = home;
}

/*** Mounts ***/
/*
 * The new root is a tmpfs on top of the host's "/", and init's working directory.  Sources are looked up from the process's
 * root, which is still the host's; destinations from a file descriptor of the new root, which they cannot leave.  A bind is
 * cloned, gets its flags, and is attached last.
 *
 * A sandbox is started often, so calls are few.  In a directory on a file system of ours a mount point is simply made: if
 * mkdir() succeeds the name is new, nobody has put anything there, and the mount can go on that name.  Everywhere else
 * mount points are opened and mounted on by file descriptor.
 */

/* A file system of ours: a mount point made in it leaves no trace on the host. */
struct own {
	int dir; /* where it is mounted: at this name, until settle_own() asks for its device; -1 since */
	const char *name, *path;
	dev_t dev;
};

/*
 * File descriptors without further use.  Init closes all of them by one call when the tree is complete.  Only many binds
 * would meet the limit before that, so those above a few are closed in groups.
 */
enum { FEW = 40 };

struct spent {
	int first, last;
};

static void release(struct spent *spent, int fd)
{
	if (fd < FEW)
		return;
	if (fd != spent->last + 1 || fd - spent->first >= 30) {
		if (spent->first)
			sys_close_range((unsigned)spent->first, (unsigned)spent->last, 0);
		spent->first = fd;
	}
	spent->last = fd;
}

/* What the host has for an operation of the base tree.  The supervisor looks: inside, all owners but the caller look alike. */
struct same {
	const char *path; /* what to bind, or NULL */
	const char *link; /* the text of the host's symbolic link, or NULL */
	int mount; /* for root: a mount of it that took privilege to make; else -1 */
};

/* Landlock's rules: a second wall behind the mounts, where the kernel has it. */
struct wall {
	int ruleset; /* -1: nothing to apply */
	struct k_landlock_layer layer; /* what it restricts */
	bool *absent; /* by place in the plan: a -try option had no source, so nothing was mounted */
	bool by_path; /* a later operation may have changed what a destination leads to: rights go by what is there in the end */
};

struct tree {
	const struct plan *plan;
	const struct caller *caller;
	struct wall *wall;
	int root; /* the new "/": the tmpfs, or what an operation put over it */
	int base; /* the tmpfs itself */
	int stash; /* a tmpfs outside the new root: upper layers and data files; -1 until needed */
	int cwd; /* where relative sources start */
	const char *source; /* the last one to be bound, NULL: none */
	int sources; /* the directory that it lies in, -1 until another is bound from there */
	unsigned stashed;
	const struct op *op; /* the operation being served */
	const char *held; /* the last mount point for which hold_ancestors() has done its work */
	const struct same *same; /* by place in the plan */
	struct own *own;
	size_t own_count;
	struct spent spent;
	const char *parent; /* of the last mount point, a directory of ours; NULL: none */
	int parent_fd;
	bool plain_clone; /* this kernel cannot clone a mount and set its flags in one call */
	const struct op **files; /* those that bind a single writable file */
	size_t file_count;
	unsigned covers; /* files of ours that were bound on others: unlinked at the end, as nothing can be mounted on them then */
	int *open; /* see open_up(): to be made read-only at the end */
	size_t open_count;
	bool console; /* standard output is the caller's terminal, and the command gets no other */
};

/* Where a mount goes: on a new name in a directory, or with an empty name on what the descriptor holds. */
struct point {
	int dir;
	const char *name;
};

/* EBADFD: Landlock has no rights for pipes, sockets and other files without a name. */
static void grant(int ruleset, uint64_t rights, int fd)
{
	if (rights && sys_landlock_add(ruleset, rights, fd) < 0 && errno == EINVAL) /* no directory */
		sys_landlock_add(ruleset, rights & K_LANDLOCK_OF_FILE, fd);
}

static const uint64_t ATTRS = K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NODEV;

static struct stat stat_fd(int fd, const char *path)
{
	struct stat st;
	must(fstat(fd, &st), "look at", path);
	return st;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* The type of a file.  The server of a network or FUSE file system is not asked: it may be dead. */
static mode_t type_of(int fd, const char *path)
{
	struct k_statx st;
	must(sys_statx(fd, "", AT_EMPTY_PATH | K_AT_STATX_DONT_SYNC, K_STATX_TYPE, &st), "look at", path);
	return st.mode & S_IFMT;
}

/* Finds the devices of our file systems, before a mount can hide the names that lead to them. */
static void settle_own(struct tree *tree)
{
	struct stat st;
	for (size_t i = tree->own_count; i-- > 0 && tree->own[i].dir >= 0; tree->own[i].dir = -1) {
		must(fstatat(tree->own[i].dir, tree->own[i].name, &st, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW), "look at", "a new file system");
		tree->own[i].dev = st.st_dev;
	}
}

static bool is_own(struct tree *tree, int fd)
{
	struct stat st = stat_fd(fd, "a mount point");
	settle_own(tree);
	for (size_t i = 0; i < tree->own_count; i++)
		if (tree->own[i].dev == st.st_dev)
			return true;
	return false;
}

/* A file system that is mounted nowhere, or -1. */
static int try_detached(const char *type, unsigned attributes)
{
	int fs = sys_fsopen(type), mount = fs < 0 || sys_fscreate(fs) < 0 ? -1 : sys_fsmount(fs, attributes);
	if (fs >= 0)
		close(fs);
	return mount;
}

static int detached(const char *type, unsigned attributes)
{
	char doing[64];
	snprintf(doing, sizeof doing, "mount %s", type);
	return must(try_detached(type, attributes), doing, "");
}

/*
 * Opens a path inside the new root; symbolic links and ".." cannot leave it.  The kernel answers EAGAIN to a ".." when
 * anything on the machine was renamed or mounted meanwhile.
 */
static int open_inside(const struct tree *tree, const char *path, uint64_t flags)
{
	int fd;
	do
		fd = sys_openat2(tree->root, path, flags, K_RESOLVE_IN_ROOT | K_RESOLVE_NO_MAGICLINKS);
	while (fd < 0 && errno == EAGAIN);
	return fd;
}

/* Opens the destination of an operation. */
static int open_place(const struct tree *tree, const char *dest)
{
	return open_inside(tree, dest, O_PATH | (now.own.links ? 0 : O_NOFOLLOW));
}

/* Splits off the last component: "/a/b/" gives "/a/" and "b". */
static char *split(const char *path, char **name)
{
	char *parent = copy_of(path), *end = parent + strlen(parent);
	while (end > parent && end[-1] == '/')
		*--end = '\0';
	while (end > parent && end[-1] != '/')
		end--;
	*name = copy_of(end);
	*end = '\0';
	return parent;
}

/* The target of a symbolic link, as a path inside the new root; NULL if NAME is something else. */
static char *link_target(int parent, const char *parent_path, const char *name)
{
	char target[PATH_MAX];
	if (read_link(parent, name, target) < 0)
		return NULL;
	return joined(*target == '/' ? "" : parent_path, target);
}

/* Binds what FROM holds on what ONTO holds.  No path is walked, so nobody can exchange either meanwhile. */
static void bind_node(int from, int onto, uint64_t attributes, const char *path)
{
	int mount = must(sys_open_tree(from, "", AT_EMPTY_PATH | K_AT_RECURSIVE | K_OPEN_TREE_CLONE | O_CLOEXEC), "bind", path);
	if (attributes)
		must(sys_mount_setattr(mount, K_AT_RECURSIVE, attributes, 0, 0), "restrict the mount of", path);
	must(sys_move_mount(mount, onto, ""), "mount on", path);
	close(mount);
}

/* Lists a directory; closedir() closes the descriptor. */
static DIR *listed(int fd)
{
	DIR *list = fdopendir(fd);
	if (!list)
		die("out of memory");
	return list;
}

static uint64_t mount_id(int dir, const char *path)
{
	struct k_statx st;
	must(sys_statx(dir, path, AT_EMPTY_PATH | AT_NO_AUTOMOUNT | K_AT_STATX_DONT_SYNC, K_STATX_MNT_ID, &st), "look at mount", path);
	return st.mount_id;
}

static bool is_root(const struct tree *tree, int fd)
{
	struct stat a = stat_fd(fd, "/"), b = stat_fd(tree->root, "/");
	return same_file(&a, &b) && mount_id(fd, "") == mount_id(tree->root, "");
}

/* After a mount on an existing path, forgets what TREE knows of the file systems below.  Returns whether it hides the root. */
static bool forget_what_is_hidden(struct tree *tree, struct point at)
{
	if (*at.name)
		return false;
	settle_own(tree);
	tree->parent = NULL;
	tree->wall->by_path = true;
	return is_root(tree, at.dir);
}

/* Attaches a mount.  One on "/" is the new root from then on. */
static void place(struct tree *tree, int mount, struct point at, const char *dest)
{
	bool root = forget_what_is_hidden(tree, at);
	must(sys_move_mount(mount, at.dir, at.name), "mount on", dest);
	if (tree->held && below(tree->held, dest))
		tree->held = NULL;
	if (root)
		tree->root = mount;
}

static void attach_at(struct tree *tree, int mount, struct point at, const char *dest)
{
	place(tree, mount, at, dest);
	if (tree->root != mount)
		release(&tree->spent, mount);
}

/* Opens the topmost mount on the host's "/": ".." of "/" is "/" again, but enters what is mounted over it. */
static int open_top(void)
{
	return must(openat(AT_FDCWD, "/..", O_PATH | O_DIRECTORY | O_CLOEXEC), "open", "/");
}

/* Callers of bubblewrap recognize a refused /proc by /newroot, where it built its tree until 0.11. */
__attribute__((noreturn)) static void fail_mount(const char *type, const char *dest)
{
	char doing[64];
	int error = errno;
	const char *place = strcmp(type, "proc") ? dest : joined("/newroot", dest + strspn(dest, "/"));
	snprintf(doing, sizeof doing, WORDS("mount %s", "mount %s on"), type);
	errno = error;
	fail(doing, WORDS("", place));
}

/* mount(2) is one call where the new API takes six.  With MS_BIND a directory is bound on itself. */
static int try_mount(const char *type, const char *path, unsigned long flags, const char *settings)
{
	return mount(flags & MS_BIND ? path : type, path, type, flags, settings);
}

static void mount_new(const char *type, const char *path, unsigned long flags, const char *settings, const char *dest)
{
	if (try_mount(type, path, flags, settings) < 0)
		fail_mount(type, dest);
}

enum { AT_NAME = -1, REFUSED = -2 };

/*
 * Mounts a new file system, or with MS_BIND a directory of ours on itself.  At a new name it is mounted in place, and the
 * result is AT_NAME.  Elsewhere another process may exchange what the path leads to, so it is mounted at a name of ours,
 * opened, and moved; the result is its descriptor.
 */
static int try_mount_at(struct tree *tree, const char *type, struct point at, const char *dest, unsigned long flags, const char *settings)
{
	char path[32 + NAME_MAX];
	int mount = AT_NAME, error;
	if (*at.name) {
		snprintf(path, sizeof path, "/proc/self/fd/%d/%s", at.dir, at.name);
		return try_mount(type, at.dir == tree->base ? at.name : path, flags, settings) < 0 ? REFUSED : AT_NAME;
	}
	snprintf(path, sizeof path, ".mount%u", tree->stashed++);
	must(mkdirat(tree->base, path, 0755), "make", "a mount point");
	error = try_mount(type, path, flags, settings) < 0 ? errno : 0;
	if (!error)
		place(tree, mount = must(openat(tree->base, path, O_PATH | O_CLOEXEC), "open", "a new mount"), at, dest);
	if (!(flags & MS_BIND))
		must(unlinkat(tree->base, path, AT_REMOVEDIR), "unlink", "a mount point");
	errno = error;
	return error ? REFUSED : mount;
}

static int mount_at(struct tree *tree, const char *type, struct point at, const char *dest, unsigned long flags, const char *settings)
{
	int mount = try_mount_at(tree, type, at, dest, flags, settings);
	if (mount == REFUSED)
		fail_mount(type, dest);
	return mount;
}

/* The root of what mount_at() mounted. */
static int open_mounted(int mount, struct point at, const char *dest)
{
	return mount >= 0 ? mount : must(openat(at.dir, at.name, O_PATH | O_NOFOLLOW | O_CLOEXEC), "open", dest);
}

static void remember_own(struct tree *tree, int dir, const char *name, const char *path)
{
	APPEND(tree->own, tree->own_count, ((struct own){dir, name, path, 0}));
}

enum { SETTINGS = 96 };
static const struct op nothing_asked = {.kind = OP_TMPFS};

/* Without --size, a third of the machine's memory; bubblewrap leaves the kernel's default, half of it. */
static const char *tmpfs_settings(mode_t mode, const struct op *op, char *text)
{
	int used = snprintf(text, 32, !now.own.sizes || op->size ? "mode=%o" : "mode=%o,size=33%%", mode);
	if (op->size)
		used += snprintf(text + used, 32, ",size=%llu", (unsigned long long)op->size);
	if (op->inodes)
		snprintf(text + used, 32, ",nr_inodes=%llu", (unsigned long long)op->inodes);
	return text;
}

/*
 * Whether a directory of the root's tmpfs can serve as the tmpfs that was asked for.  It is bound on itself then; to make and
 * free another tmpfs would cost a twentieth of a start.  All such directories share one size limit.  With --root DIR the
 * root's tmpfs is hidden, so any directory of it will do.
 */
static bool is_part_of_base(const struct tree *tree, struct point at, const struct op *op)
{
	if (!now.own.sizes || op->size || op->inodes)
		return false;
	if (!*at.name)
		return tree->root != tree->base;
	return at.dir == tree->base || stat_fd(at.dir, "a mount point").st_dev == stat_fd(tree->base, "/").st_dev;
}

static int mount_tmpfs(struct tree *tree, struct point at, const char *dest, mode_t mode, const struct op *op)
{
	char text[SETTINGS];
	bool part = is_part_of_base(tree, at, op);
	int mount = mount_at(tree, "tmpfs", at, dest, part ? MS_BIND : MS_NOSUID | MS_NODEV, part ? NULL : tmpfs_settings(mode, op, text));
	int parent = mount >= 0 ? mount : at.dir;
	const char *name = mount >= 0 ? "." : at.name;
	if (part && mode != 0755)
		must(fchmodat(parent, name, mode, 0), "set the mode of", dest);
	remember_own(tree, parent, at.name, dest);
	return mount;
}

/* Mounts a tmpfs on the host's "/". */
static int stack_tmpfs(struct tree *tree, mode_t mode)
{
	char text[SETTINGS];
	mount_new("tmpfs", "/", MS_NOSUID | MS_NODEV, tmpfs_settings(mode, &nothing_asked, text), "/");
	int top = open_top();
	remember_own(tree, top, "", "");
	return top;
}

/*** Mount points ***/

/*
 * Makes room for a mount point that is missing in a read-only bind, without a trace on the host: a tmpfs goes over the
 * directory, and each of its entries is bound in there, with all mounts below it.
 */
static int open_up(struct tree *tree, int directory, const char *path)
{
	struct stat st = stat_fd(directory, path);
	int fd = must(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "list the directory of a missing mount point,", path);
	DIR *list = listed(fd);
	int own = mount_tmpfs(tree, (struct point){directory, ""}, path, st.st_mode & 0777, &nothing_asked);
	APPEND(tree->open, tree->open_count, own);
	for (struct dirent *entry; (entry = readdir(list));) {
		char target[PATH_MAX], *name = entry->d_name;
		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (read_link(fd, name, target) >= 0) {
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
	return own;
}

static bool is_read_only(int fd)
{
	struct statfs fs;
	return !fstatfs(fd, &fs) && fs.f_flags & ST_RDONLY;
}

/* The directory in which something is to be made; one of the host's that is read-only is opened up. */
static int made_writable(struct tree *tree, int directory, const char *path)
{
	if (is_own(tree, directory) || !is_read_only(directory))
		return directory;
	int own = open_up(tree, directory, path);
	close(directory);
	return must(openat(own, ".", O_PATH | O_DIRECTORY | O_CLOEXEC), "make mount point", path);
}

/* What is made or changed in a writable bind would stay on the host. */
static void must_be_own(struct tree *tree, int fd, const char *path, const char *complaint)
{
	if (now.own.host && !is_own(tree, fd))
		die(complaint, path);
}

/* The mode by which missing parents get theirs. */
static mode_t asked_mode(const struct op *op)
{
	if (op->perms != UNSET || now.own.modes)
		return op->perms;
	return op->kind == OP_DIR || op->kind == OP_TMPFS ? 0755 : op->kind == OP_FILE ? 0666 : 0600;
}

/* What --perms closes to group or others lies in directories that are closed to them, too. */
static mode_t parent_mode(const struct tree *tree)
{
	mode_t mode = asked_mode(tree->op);
	return 0755 & ~(mode & 0070 ? 0 : 0050U) & ~(mode & 0007 ? 0 : 0005U);
}

/*
 * Makes what is missing of PATH: directories, and at the end a node of the given type.  Of a dangling symbolic link the
 * target is made, inside the new root like everything else.  Returns an O_PATH descriptor of the node.
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
	must(fd, "make mount point", path);
	char *target = links > 0 ? link_target(fd, above, name) : NULL;
	if (target) {
		close(fd);
		return make_path(tree, target, type, mode, links - 1);
	}
	fd = made_writable(tree, fd, above);
	must_be_own(tree, fd, path, "mount point %s does not exist, and making it would leave it on the host; make it first");
	made = S_ISDIR(type) ? mkdirat(fd, name, mode) : mknodat(fd, name, S_IFREG | mode, 0);
	must(made, "make mount point", path);
	int node = must(openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), "make mount point", path);
	close(fd);
	return node;
}

/* Opens the mount point DEST, or makes it, and checks that it is a directory where one is to be mounted. */
static int open_point(struct tree *tree, const char *dest, mode_t type)
{
	int fd = open_place(tree, dest);
	if (fd < 0 && errno == ENOENT)
		return make_path(tree, dest, type, S_ISDIR(type) ? 0755 : 0444, 40);
	must(fd, "make mount point", dest);
	struct stat st = stat_fd(fd, dest);
	if (S_ISLNK(st.st_mode))
		die("Can't mount on symlink destination %s", dest);
	if (S_ISDIR(type) && !S_ISDIR(st.st_mode))
		die(WORDS("%s is not a directory, and a directory cannot be mounted on it", "Destination is not a directory %s"), dest);
	if (!S_ISDIR(type) && S_ISDIR(st.st_mode))
		die(WORDS("%s is a directory, and a file cannot be mounted on it", "Destination is not a file %s"), dest);
	return fd;
}

/* "/a/b", without empty components, "." and "..". */
static bool is_plain(const char *path)
{
	for (size_t length; *path == '/'; path += 1 + length) {
		length = strcspn(path + 1, "/");
		if (!length || (path[1] == '.' && (length == 1 || (length == 2 && path[2] == '.'))))
			return false;
	}
	return !*path;
}

/* "/a/b" of "/a/b/c", "" of "/a". */
static const char *parent_of(const char *path)
{
	return copy_part(path, (size_t)(strrchr(path, '/') - path));
}

static const char *directory_of(const char *path)
{
	const char *parent = parent_of(path);
	return *parent ? parent : "/";
}

/* Opens or makes a directory that is on a file system of ours; -1 where it may be another's.  PATH is plain; "" is the root. */
static int own_directory(struct tree *tree, const char *path)
{
	int fd = -1;
	if (!*path)
		return tree->root == tree->base ? tree->base : -1;
	if (tree->parent && !strcmp(tree->parent, path))
		return tree->parent_fd;
	for (size_t i = tree->own_count; fd < 0 && i-- > 0 && tree->own[i].dir >= 0;)
		if (!strcmp(tree->own[i].path, path))
			fd = openat(tree->own[i].dir, tree->own[i].name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		const char *name = strrchr(path, '/') + 1;
		int above = own_directory(tree, parent_of(path)), made = above < 0 ? -1 : mkdirat(above, name, parent_mode(tree));
		if (above < 0 || (made < 0 && errno != EEXIST))
			return -1;
		fd = openat(above, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || (made < 0 && !is_own(tree, fd)))
			return close(fd), -1;
	}
	if (tree->parent_fd >= FEW)
		settle_own(tree), close(tree->parent_fd);
	tree->parent = path;
	return tree->parent_fd = fd;
}

/* Whether two paths, as they are written, have the same parent. */
static bool are_siblings(const char *a, const char *b)
{
	const char *end = strrchr(a, '/');
	return end && !strncmp(a, b, (size_t)(end - a)) && strrchr(b, '/') == b + (end - a);
}

/*
 * The command could rename a directory of the host above a mount point and make its name anew (mv .git x; mkdir -p
 * .git/hooks).  The kernel refuses to rename a mount, so each directory above is bound on itself: from the top down, since a
 * bind copies all mounts below it.  Returns whether there was any: then POINT must be opened again, in the new mounts.
 */
OWN_FRAME static bool hold_ancestors(struct tree *tree, int point, const char *dest)
{
	bool any = false;
	if (tree->held && are_siblings(tree->held, dest))
		return false;
	tree->held = dest;
	char path[PATH_MAX];
	must(path_of(point, path), "read", "/proc/self/fd");
	for (char *at = path; (at = strchr(at + 1, '/')); *at = '/') {
		struct k_statx st;
		*at = '\0';
		int fd = must(open_inside(tree, path, O_PATH | O_NOFOLLOW | O_DIRECTORY), "hold", path);
		must(sys_statx(fd, "", AT_EMPTY_PATH | K_AT_STATX_DONT_SYNC, 0, &st), "look at", path);
		if (!(st.attributes & K_STATX_ATTR_MOUNT_ROOT) && !is_own(tree, fd) && !is_read_only(fd))
			any = true, bind_node(fd, fd, 0, path);
		close(fd);
	}
	return any;
}

/* A writable bind in a writable directory protects nothing, so that may be renamed. */
static bool is_writable(const struct op *op)
{
	return op->kind == OP_BIND ? !(op->flags & RO) : op->kind == OP_OVERLAY && op->flags & OVERLAY_RW;
}

/* Where to mount something of this type. */
static struct point find_point(struct tree *tree, const char *dest, mode_t type)
{
	int dir = is_plain(dest) ? own_directory(tree, parent_of(dest)) : -1;
	const char *name = dir < 0 ? "" : strrchr(dest, '/') + 1;
	if (dir >= 0 && !(S_ISDIR(type) ? mkdirat(dir, name, 0755) : mknodat(dir, name, S_IFREG | 0444, 0)))
		return (struct point){dir, name};
	int point = open_point(tree, dest, type);
	if (dir < 0 && now.own.renames && !is_writable(tree->op) && hold_ancestors(tree, point, dest)) {
		close(point);
		point = open_point(tree, dest, type);
	}
	return (struct point){point, ""};
}

/* Attaches a mount at DEST.  Over "/" it becomes the new root. */
static void attach(struct tree *tree, int mount, const char *dest, mode_t type)
{
	struct point point = find_point(tree, dest, type);
	attach_at(tree, mount, point, dest);
	if (!*point.name)
		close(point.dir);
}

/*** Sources ***/

/* Whether ".." is among the components of a path. */
static bool goes_up(const char *path)
{
	for (const char *at = path; at; at = strchr(at, '/')) {
		at += *at == '/';
		if (!strncmp(at, "..", 2) && (!at[2] || at[2] == '/'))
			return true;
	}
	return false;
}

/* Where main() had no use for it (--root empty), it is looked up now. */
static const char *home_of(const struct caller *caller)
{
	return caller->home ? caller->home : find_home(caller->uid, read_accounts());
}

/*
 * Whether a command in an earlier sandbox may have made this symbolic link, so that the next one binds what it leads to
 * (Flatpak's CVE-2024-42472).  It may where the directory could have been a working directory, lies below one, or is
 * writable by this command line.  Only root can make links there that belong to somebody else.
 */
static bool may_be_planted(const struct tree *tree, const char *directory, int link)
{
	static const char *const sticky[] = {"/tmp", "/var/tmp", "/dev/shm", NULL};
	const struct caller *caller = tree->caller;
	bool root = caller->root;
	if (!now.own.sources)
		return false;
	if (is_one_of(directory, sticky, false) || (root && below(directory, "/home")))
		return true;
	struct stat made = stat_fd(link, directory), system;
	/* In a container whose root is mapped, the whole system belongs to nobody; such owners are as good as root. */
	if (made.st_uid != getuid() && (!root || (!stat("/", &system) && made.st_uid != system.st_uid)))
		return root;
	for (const struct op *op = tree->plan->ops; op < tree->plan->ops + tree->plan->op_count; op++)
		if (is_writable(op) && (!strcmp(directory, op->source) || below(directory, op->source)))
			return true;
	return is_the_users(directory, home_of(caller));
}

/* Whether a file is the system's: root owns it, nobody else may write it, and everybody may read or enter it. */
static bool is_systems(int fd)
{
	struct k_statx st;
	if (sys_statx(fd, "", AT_EMPTY_PATH | K_AT_STATX_DONT_SYNC, K_STATX_BASIC, &st) < 0 || st.uid)
		return false;
	return S_ISLNK(st.mode) || (!(st.mode & (S_IWGRP | S_IWOTH)) && st.mode & (S_ISDIR(st.mode) ? S_IXOTH : S_IROTH));
}

/* Whether a path like /proc/self/fd/N names a file descriptor that we opened ourselves. */
static bool is_our_descriptor(const struct plan *plan, const char *path)
{
	char self[PATH_MAX];
	const char *parent = parent_of(path), *name = strrchr(parent, '/');
	int length = read_link(AT_FDCWD, "/proc/self", self), fd = atoi(path + strlen(parent) + 1);
	const char *rest = parent + strlen("/proc/");
	if (length <= 0 || !name || strcmp(name, "/fd") || strncmp(rest, self, (size_t)length) || rest[length] != '/')
		return false;
	for (size_t i = 0; i < plan->owned_fds.count; i++)
		if (plan->owned_fds.fd[i] == fd)
			return false;
	return fcntl(fd, F_GETFD) & FD_CLOEXEC; /* as all of ours have it */
}

/* /proc/self/cwd means the caller's working directory, which init has left. */
static int read_link_of_proc(const struct tree *tree, int link, char text[PATH_MAX])
{
	if (tree->cwd < 0)
		return read_link(link, "", text);
	must(fchdir(tree->cwd), "enter", "the caller's directory");
	int length = read_link(link, "", text);
	must(fchdir(tree->base), "enter", "the new root");
	return length;
}

/* Looks at a path whose parents are no links: -1 on error, 1 for a symbolic link, whose text is read, else 0. */
static int look_at_link(const struct tree *tree, const char *path, char text[PATH_MAX], const char **planted, bool systems)
{
	bool of_proc = below(path, "/proc");
	if (of_proc && is_our_descriptor(tree->plan, path))
		return errno = ENOENT, -1;
	int fd = sys_openat2(AT_FDCWD, path, O_PATH | O_NOFOLLOW, K_RESOLVE_NO_SYMLINKS);
	if (fd >= 0 && systems && !is_systems(fd))
		close(fd), fd = -1, errno = EACCES;
	if (fd < 0)
		return -1;
	bool link = (of_proc ? read_link_of_proc(tree, fd, text) : read_link(fd, "", text)) >= 0;
	if (link && !*planted && may_be_planted(tree, parent_of(path), fd))
		*planted = copy_of(path);
	close(fd);
	return link;
}

/* The option to type instead: the real path as the source, and the destination that it had. */
static const char *with_real_path(const struct op *op, const char *real)
{
	const char *option = op ? op->option : now.option, *dest = "";
	if (!option || (op && op->kind == OP_OVERLAY)) /* which has several sources */
		return quoted(real);
	if (op && op->flags & SAME_PLACE)
		option = op->flags & RO ? op->flags & TRY ? "--ro-bind-try" : "--ro-bind" : op->flags & TRY ? "--bind-try" : "--bind";
	if (op && strcmp(op->option, "--root") != 0)
		dest = quoted(op->dest);
	return in_words((const char *const[]){option, quoted(real), dest, NULL});
}

/* Advises the real path, unless that would open all of home or more.  NAME is a file in that directory, or "". */
__attribute__((noreturn)) static void die_planted(const struct tree *tree, const char *link, const char *real, const char *name)
{
	const char *home = home_of(tree->caller);
	if (!strcmp(real, "/") || !strcmp(real, home) || below(home, real))
		die("%s is a link that a command in a sandbox may have made, to a directory that is home or holds it; remove it", quoted(link));
	die("%s is a link that a command in a sandbox may have made; if it is right, give the real path: %s", quoted(link),
	    with_real_path(tree->op, *name ? joined(real, name) : real));
}

/*
 * realpath(3) for a source, or for the directory of a file that is to be made.  Each symbolic link is judged on the way, and
 * the result is opened without following any, so it does not matter what is exchanged meanwhile.
 */
static const char *resolve(const struct tree *tree, const char *path, const char *name_in_it, bool systems)
{
	static const char *const stores[] = {"/nix/store", "/gnu/store", NULL}; /* read-only, and everybody's */
	char plain[PATH_MAX] = "", target[PATH_MAX];
	const char *planted = NULL, *cwd = tree->caller->cwd;
	const char *rest = *path == '/' ? path : joined(cwd ? cwd : "(unreachable)", path);
	for (int links = 0; *(rest += strspn(rest, "/"));) {
		size_t length = strcspn(rest, "/"), used = strlen(plain);
		const char *name = rest;
		rest += length;
		if (length == 2 && name[0] == '.' && name[1] == '.' && used)
			*strrchr(plain, '/') = '\0';
		if (*name == '.' && (length == 1 || (length == 2 && name[1] == '.')))
			continue;
		if (used + length + 2 > sizeof plain || links > 40)
			return errno = links > 40 ? ELOOP : ENAMETOOLONG, NULL;
		snprintf(plain + used, sizeof plain - used, "/%.*s", (int)length, name);
		int link = look_at_link(tree, plain, target, &planted, systems);
		if (link < 0)
			return NULL;
		if (!link)
			continue;
		plain[*target == '/' ? 0 : used] = '\0';
		rest = joined(target, rest);
		links++;
	}
	const char *real = copy_of(*plain ? plain : "/");
	if (planted && systems)
		return errno = EACCES, NULL;
	if (planted && (tree->caller->root || !is_one_of(plain, stores, true)))
		die_planted(tree, planted, real, name_in_it);
	return real;
}

/*
 * Opens a source, or a file of the caller's that may be new.  A path with symbolic links or ".." is resolved by us:
 *   - some links must not be followed (may_be_planted());
 *   - the new root lies on the host's "/" by now, and a ".." in "/" goes to it: /etc/os-release -> ../usr/lib/os-release
 *     would be looked up inside;
 *   - a link like /proc/self/exe leads into the mount namespace that its process was in, from which the kernel clones
 *     nothing, so its text is what counts.
 */
static int open_source(const struct tree *tree, const char *path, unsigned flags)
{
	bool up = goes_up(path);
	int fd = up ? -1 : sys_openat2(tree->cwd, path, flags, K_RESOLVE_NO_SYMLINKS);
	if (fd >= 0 || (!up && errno != ELOOP))
		return fd;
	const char *plain = resolve(tree, path, "", false);
	if (!plain && errno == ENOENT && flags & O_CREAT) {
		char *name, *parent = split(path, &name);
		plain = resolve(tree, parent, name, false);
		plain = plain ? joined(plain, name) : NULL;
	}
	fd = plain ? sys_openat2(AT_FDCWD, plain, flags, K_RESOLVE_NO_SYMLINKS) : -1;
	if (plain && errno == ELOOP)
		errno = ENOENT; /* a new file's name is a link to nothing */
	return fd;
}

/* The real path of what a link of the system leads to; NULL if a step is not the system's, or if a home lies there. */
static const char *system_target(const struct tree *tree, const char *link)
{
	const char *path = resolve(tree, link, "", true), *home = tree->caller->home;
	if (!path || is_one_of(path, system_directories, false) || is_one_of(path, shared_directories, false))
		return NULL;
	return strcmp(path, home) && !below(path, home) && !below(home, path) && !below(path, "/root") ? path : NULL;
}

static bool is_like_host(const struct op *op)
{
	return op->kind == OP_SAME || op->kind == OP_LINK || op->kind == OP_TARGET;
}

OWN_FRAME static struct same find_same(const struct tree *tree, const struct op *op)
{
	char text[PATH_MAX];
	struct same same = {NULL, NULL, -1};
	if (read_link(AT_FDCWD, op->dest, text) < 0) {
		same.path = errno == EINVAL && op->kind == OP_SAME ? op->dest : NULL;
		return same;
	}
	same.link = copy_of(text);
	/* Most are like /bin, which leads into /usr and needs no bind. */
	if (op->kind != OP_LINK && (strncmp(text, "usr/", 4) != 0 || goes_up(text)))
		same.path = system_target(tree, op->dest);
	return same;
}

/* A user namespace that maps every id but 0.  It lives as long as the mounts that use it. */
static int userns_without_root(int proc)
{
	static const char map[] = "1 1 4294967294";
	char path[64];
	int pidfd, userns, alive[2];
	must(pipe2(alive, O_CLOEXEC), "make", "a pipe");
	pid_t pid = sys_clone3(CLONE_NEWUSER, &pidfd, -1);
	if (!pid) {
		close(alive[1]);
		_exit(read(alive[0], path, 1) != 0);
	}
	if (pid < 0) {
		close(alive[0]);
		close(alive[1]);
		return -1;
	}
	static const char *const files[] = {"uid_map", "gid_map"};
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%d/%s", pid, files[i]);
		if (try_write(proc, path, map) < 0)
			trace("no user namespace without root: %s", strerror(errno));
	}
	snprintf(path, sizeof path, "%d/ns/user", pid);
	userns = openat(proc, path, O_RDONLY | O_CLOEXEC);
	close(alive[1]);
	close(alive[0]);
	waitpid(pid, NULL, 0);
	close(pidfd);
	return userns;
}

/*
 * When root runs us, the host's system is bound through id-mapped mounts in which uid and gid 0 are nobody: root without
 * capabilities still owns /etc/shadow and could read it.  The supervisor makes them, while it has the privilege; -1 where
 * the kernel or the file system cannot.
 */
static int mount_without_root(const char *path, int userns)
{
	int mount = sys_open_tree(AT_FDCWD, path, K_OPEN_TREE_CLONE | K_AT_RECURSIVE | O_CLOEXEC);
	if (mount < 0 || !sys_mount_idmap(mount, userns))
		return mount;
	trace("%s: no id-mapped mount: %s; root's own files are hidden one by one", path, strerror(errno));
	close(mount);
	return -1;
}

static const struct same *find_all_same(const struct plan *plan, const struct caller *caller, int userns)
{
	const struct tree tree = {.plan = plan, .caller = caller, .cwd = AT_FDCWD};
	struct same *all = take((plan->base_count + 1) * sizeof *all);
	for (size_t i = 0; i < plan->base_count; i++) {
		if (!is_like_host(&plan->ops[i]))
			continue;
		all[i] = find_same(&tree, &plan->ops[i]);
		if (userns >= 0 && all[i].path)
			all[i].mount = mount_without_root(all[i].path, userns);
	}
	return all;
}

/*** Operations ***/

/*
 * A detached copy of the mount at NAME and of all below it, or -1.  It gets its flags before anything can be reached
 * through it.
 */
static int clone_mount(struct tree *tree, int dir, const char *name, int flags, const char *path)
{
	struct k_mount_attr attr = {.attr_set = K_MOUNT_ATTR_NOSUID | (flags & DEVICES ? 0 : K_MOUNT_ATTR_NODEV) |
		(flags & RO ? K_MOUNT_ATTR_RDONLY : 0), .propagation = now.own.propagation ? MS_PRIVATE : 0};
	unsigned how = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | K_OPEN_TREE_CLONE | K_AT_RECURSIVE | O_CLOEXEC;
	int mount = tree->plain_clone ? -1 : (int)syscall(NR_OPEN_TREE_ATTR, dir, name, how, &attr, sizeof attr);
	if (mount >= 0 || (mount = sys_open_tree(dir, name, how)) < 0)
		return mount;
	tree->plain_clone = true;
	must(sys_mount_setattr(mount, K_AT_RECURSIVE, attr.attr_set, 0, attr.propagation), "restrict the mount of", path);
	return mount;
}

/* Several sources in one directory: from the second on they are found by their names in it.  -1: by its path, then. */
static int clone_sibling(struct tree *tree, const char *path, int flags)
{
	if (!is_plain(path))
		return -1;
	if (!tree->source || !are_siblings(tree->source, path)) {
		release(&tree->spent, tree->sources);
		tree->source = path, tree->sources = -1;
		return -1;
	}
	if (tree->sources < 0)
		tree->sources = sys_openat2(AT_FDCWD, directory_of(path), O_PATH | O_DIRECTORY, K_RESOLVE_NO_SYMLINKS);
	return tree->sources < 0 ? -1 : clone_mount(tree, tree->sources, strrchr(path, '/') + 1, flags, path);
}

static int clone_path(struct tree *tree, const char *path, int flags, mode_t *type)
{
	int sibling = clone_sibling(tree, path, flags);
	mode_t found = sibling < 0 ? S_IFLNK : type_of(sibling, path);
	*type = S_ISDIR(found) ? S_IFDIR : S_IFREG;
	if (!S_ISLNK(found))
		return sibling;
	release(&tree->spent, sibling);
	int fd = open_source(tree, path, O_PATH | O_DIRECTORY);
	*type = S_IFDIR;
	if (fd < 0 && errno == ENOTDIR)
		*type = S_IFREG, fd = open_source(tree, path, O_PATH);
	int mount = fd < 0 ? -1 : clone_mount(tree, fd, "", flags, path);
	release(&tree->spent, fd);
	return mount;
}

/* A file descriptor is bound by its path, which must still lead to the same file. */
static int clone_descriptor(struct tree *tree, const struct op *op)
{
	char path[PATH_MAX];
	must(path_of(op->fd, path), "read", "/proc/self/fd");
	int mount = clone_mount(tree, AT_FDCWD, path, op->flags, path);
	struct stat wanted = stat_fd(op->fd, path);
	if (!wanted.st_nlink) {
		char *mark = strrchr(path, ' '); /* of " (deleted)", which the kernel adds */
		if (mark)
			*mark = '\0';
		die("descriptor %d holds the deleted file %s; copy it in with --ro-bind-data", op->fd, quoted(path));
	}
	must(mount, "find source path", path);
	struct stat found = stat_fd(mount, path);
	if (!same_file(&wanted, &found))
		die("descriptor %d was opened as %s, which is another file now", op->fd, quoted(path));
	return mount;
}

static void build_bind(struct tree *tree, const struct op *op)
{
	mode_t type = S_IFDIR;
	int mount = op->flags & SOURCE_FD ? clone_descriptor(tree, op) : clone_path(tree, op->source, op->flags, &type);
	if (mount < 0 && errno == ENOENT && op->flags & TRY) {
		tree->wall->absent[op - tree->plan->ops] = true;
		return;
	}
	if (mount < 0 && errno == ENOENT && now.own.words && below(op->source, "/dev"))
		die("there is no %s on this machine: no such hardware, or its driver is not loaded; to do without: %s-try %s", quoted(op->source), op->option,
		    in_words((const char *const[]){quoted(op->source), op->flags & SAME_PLACE ? "" : quoted(op->dest), NULL}));
	bool tree_itself = !strcmp(op->option, "--root");
	if (tree_itself && mount >= 0 && !S_ISDIR(type))
		mount = -1, errno = ENOTDIR;
	must(mount, tree_itself ? "find the tree" : "find source path", op->source);
	type = op->flags & SOURCE_FD ? type_of(mount, op->source) : type;
	if (type == S_IFREG && is_writable(op))
		APPEND(tree->files, tree->file_count, op);
	if (!tree->wall->by_path) /* one call, where a grant by path takes three */
		grant(tree->wall->ruleset, tree->wall->layer.files & rights_beneath(op), mount);
	attach(tree, mount, op->dest, type);
}

static void build_symlink(struct tree *tree, const struct op *op)
{
	char *name, *parent = split(op->dest, &name);
	const char *above = *parent ? parent : "/";
	int fd = is_plain(op->dest) ? own_directory(tree, parent_of(op->dest)) : -1;
	if (fd >= 0 && !symlinkat(op->source, fd, name))
		return;
	fd = open_inside(tree, above, O_PATH | O_DIRECTORY);
	if (fd < 0 && errno == ENOENT)
		fd = make_path(tree, above, S_IFDIR, parent_mode(tree), 40);
	must(fd, "make a symlink at", op->dest);
	if (faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		fd = made_writable(tree, fd, above), must_be_own(tree, fd, op->dest, "symlink %s would stay on the host; make it there, or put it below a --tmpfs");
	if (symlinkat(op->source, fd, name) < 0) {
		const char *target = errno == EEXIST ? link_text(fd, name) : NULL;
		if (!target && errno == EINVAL)
			die("%s make symlink at %s: destination exists and is not a symlink", WORDS("cannot", "Can't"), op->dest);
		must(target ? 0 : -1, "make symlink at", op->dest);
		if (strcmp(target, op->source))
			die("%s make symlink at %s: existing destination is %s", WORDS("cannot", "Can't"), op->dest, quoted(target));
	}
	close(fd);
}

/* Hides what others may not read or enter: root, whose id the command has, could. */
static void hide_secrets(int directory, const int *cover, const char *path, bool skip_numbers)
{
	int fd = openat(directory, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	for (struct dirent *entry; list && (entry = readdir(list));) {
		struct stat st;
		const char *name = entry->d_name;
		if (!strcmp(name, ".") || !strcmp(name, "..") || entry->d_type == DT_LNK || fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISLNK(st.st_mode))
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

/* Hides root's files one by one, where there is no id-mapped mount.  Not even root can open what is mounted on them. */
static void hide_roots_files(struct tree *tree, int top, bool skip_numbers)
{
	must(mknodat(tree->base, ".hidden.file", S_IFREG, 0), "make", "the cover of root's files");
	must(mkdirat(tree->base, ".hidden", 0), "make", "the cover of root's files");
	int cover[] = {must(openat(tree->base, ".hidden.file", O_PATH | O_CLOEXEC), "open", "a cover"),
		       must(openat(tree->base, ".hidden", O_PATH | O_CLOEXEC), "open", "a cover")};
	hide_secrets(top, cover, ".", skip_numbers);
	must(unlinkat(tree->base, ".hidden.file", 0), "unlink", "the cover of root's files");
	must(unlinkat(tree->base, ".hidden", AT_REMOVEDIR), "unlink", "the cover of root's files");
	close(cover[0]);
	close(cover[1]);
}

/* Whether the command runs under root's id but must not have root's rights. */
static bool is_roots(const struct tree *tree)
{
	return tree->caller->root && now.own.root;
}

/* As on the host: a symbolic link (/bin), a directory (/usr), or nothing (/nix).  The link's target is bound where it leads inside. */
static void build_same(struct tree *tree, const struct op *op, const struct same *same)
{
	struct op copy = *op;
	copy.source = same->link;
	if (same->link && op->kind != OP_TARGET)
		build_symlink(tree, &copy);
	if (!same->path)
		return;
	int there = same->link ? open_inside(tree, op->dest, O_PATH) : -1;
	if (there >= 0 || (same->link && errno != ENOENT))
		return release(&tree->spent, there);
	int clone = same->mount >= 0 ? same->mount : must(clone_mount(tree, AT_FDCWD, same->path, RO, same->path), "find source path", same->path);
	attach(tree, clone, op->dest, same->link ? type_of(clone, same->path) : S_IFDIR);
	if (is_roots(tree) && same->mount < 0)
		hide_roots_files(tree, must(open_inside(tree, op->dest, O_PATH), "open", op->dest), false);
}

static void write_all(int fd, const char *text, size_t size, const char *path)
{
	for (size_t done = 0; done < size;)
		done += (size_t)must((int)write(fd, text + done, size - done), "write data to file", path);
}

/* Mounts a text on a file of the host's system, if that exists. */
static void replace_file(struct tree *tree, const char *dest, const char *text)
{
	char name[24], path[32];
	int point = open_inside(tree, dest, O_PATH);
	if (point < 0)
		return;
	snprintf(name, sizeof name, ".cover%u", tree->covers++);
	snprintf(path, sizeof path, "/proc/self/fd/%d", point);
	int fd = must(openat(tree->base, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444), "make", dest);
	write_all(fd, text, strlen(text), dest);
	close(fd); /* a mount with a file open for writing cannot become read-only */
	if (mount(name, path, NULL, MS_BIND, NULL) < 0 && errno != ENOTDIR && errno != ENOENT) /* a directory, or a file of a sandbox around us */
		fail("mount on", dest);
	release(&tree->spent, point);
}

/* The same in every sandbox, so that it identifies no machine.  libdbus wants 32 digits, systemd a number other than 0. */
static void build_machine_id(struct tree *tree, const struct op *op)
{
	replace_file(tree, op->dest, "73616e64626f78000000000000000000\n"); /* "sandbox" */
}

/* Reads a text file of the new tree, which anybody may have written; NULL if it is missing or of another kind. */
static char *read_inside(const struct tree *tree, const char *path)
{
	enum { MOST = 1 << 24 };
	int fd = open_inside(tree, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	size_t size;
	bool usual = fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size < MOST;
	char *text = usual ? slurp(fd, path, &size) : NULL;
	if (fd >= 0)
		close(fd);
	return text;
}

static bool has_name(const char *accounts, const char *name)
{
	size_t length = strlen(name);
	for (const char *entry = accounts; entry; entry = (entry = strchr(entry, '\n')) ? entry + 1 : NULL)
		if (!strncmp(entry, name, length) && entry[length] == ':')
			return true;
	return false;
}

/* A name for the caller's account: $USER, unless another account has it or programs would misread it. */
static const char *new_name(const char *accounts, uint32_t id)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-@+\\$";
	const char *name = getenv("USER");
	size_t length = name ? strlen(name) : 0;
	if (length && length < 256 && strspn(name, letters) == length && (isalpha((unsigned char)*name) || *name == '_') && !has_name(accounts, name))
		return name;
	char *made = take(16);
	snprintf(made, 16, "u%u", id);
	return made;
}

/* The line to add to passwd or group: the one that Debian's libnss-extrausers has, else one of ours. */
static const char *new_entry(const struct tree *tree, const char *file, const char *accounts, uint32_t id)
{
	const char *others = read_inside(tree, joined("/var/lib/extrausers", strrchr(file, '/') + 1)), *found = find_entry(others, id);
	if (found)
		return copy_part(found, strcspn(found, "\n"));
	const char *name = new_name(accounts, id), *home = tree->caller->home, *shell = getenv("SHELL");
	size_t room = 2 * strlen(name) + strlen(home) + 2 * PATH_MAX;
	char *entry = take(room);
	int used = snprintf(entry, room, "%s:x:%u:", name, id);
	if (strcmp(file, "/etc/passwd"))
		return entry;
	bool there = shell && *shell == '/' && !shell[strcspn(shell, ":\n")] && strlen(shell) < PATH_MAX;
	int fd = there ? open_inside(tree, shell, O_PATH) : -1;
	snprintf(entry + used, room - (size_t)used, "%u:%s:%s:%s", tree->plan->gid, name, home[strcspn(home, ":\n")] ? "/" : home, fd < 0 ? "/bin/sh" : shell);
	return close(fd), entry;
}

/* A caller whose account is in no visible file, such as a user of LDAP, gets one. */
static void build_names(struct tree *tree, const struct op *op)
{
	const struct plan *plan = tree->plan;
	uint32_t id = strcmp(op->dest, "/etc/passwd") ? plan->gid : plan->uid;
	const char *accounts = read_inside(tree, op->dest), *end = accounts ? strchr(accounts, '\0') : NULL;
	if (!accounts || find_entry(accounts, id))
		return;
	const char *entry = new_entry(tree, op->dest, accounts, id);
	size_t room = (size_t)(end - accounts) + strlen(entry) + 3;
	char *text = take(room);
	snprintf(text, room, "%s%s%s\n", accounts, end > accounts && end[-1] != '\n' ? "\n" : "", entry);
	int own = plan->overlay_root ? open_inside(tree, op->dest, O_WRONLY) : -1; /* where useradd(8) is to replace it */
	if (own < 0)
		return replace_file(tree, op->dest, text);
	write_all(own, text, strlen(text), op->dest);
	close(own);
}

static void build_tmpfs(struct tree *tree, const struct op *op)
{
	mode_t mode = op->perms != UNSET ? op->perms : op->flags & STICKY ? 01777 : 0755;
	mount_tmpfs(tree, find_point(tree, op->dest, S_IFDIR), op->dest, mode, op);
}

/* A file or directory of /proc, read-only with all below it. */
static void protect_proc(int proc, const char *name)
{
	int node = must(openat(proc, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), "open", name);
	bind_node(node, node, K_MOUNT_ATTR_RDONLY, name); /* the rest is as in the mount around it */
	close(node);
}

/*
 * When root runs us, the command has root's id outside, too, and that id is all the kernel asks for before it lets a
 * process write a sysctl or change a mode in /proc, for the whole machine.  So everything but the processes is read-only,
 * and what others may not read is hidden.  A sandbox inside this one can then mount no /proc of its own.
 */
static void protect_roots_proc(struct tree *tree, int proc, const char *dest)
{
	hide_roots_files(tree, proc, true);
	int fd = must(openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "list", dest);
	DIR *list = listed(fd);
	for (struct dirent *entry; (entry = readdir(list));) {
		struct stat st;
		if (isdigit((unsigned char)*entry->d_name) || *entry->d_name == '.' || fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_mode & S_IROTH))
			protect_proc(fd, entry->d_name);
	}
	closedir(list);
}

/*
 * Hides what identifies this machine and its user: keys, the kernel's command line, the boot id (each read gives a new
 * one).  Not where the command may mount: the kernel refuses a new /proc to those who see one that is partly hidden.
 */
static void hide_identity(int proc, bool all_read_only)
{
	static const char *const rows[][2] = {{"/dev/null", "keys"}, {"/dev/null", "cmdline"},
		{"/proc/sys/kernel/random/uuid", "sys/kernel/random/boot_id"}};
	char path[64];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(path, sizeof path, "/proc/self/fd/%d/%s", proc, rows[i][1]);
		if (mount(rows[i][0], path, NULL, MS_BIND, NULL) < 0 && errno != ENOENT)
			fail("hide", rows[i][1]);
	}
	must(sys_mount_setattr(proc, K_AT_RECURSIVE, K_MOUNT_ATTR_RDONLY | K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NOEXEC, 0, 0), "restrict", "/proc");
	/* What was mounted on it stays read-only: else a chmod by root would change the host's /dev/null. */
	if (!all_read_only)
		must(sys_mount_setattr(proc, 0, 0, K_MOUNT_ATTR_RDONLY, 0), "restrict", "/proc");
}

/*
 * The kernel refuses a new /proc where an outer container hides parts of the present one.  That one is bound then,
 * read-only: of the processes outside it gives what anybody may read.  Their memory, environment, descriptors, root and
 * working directory take the rights of a tracer in their user namespace, which nobody in ours has.
 */
static void admit_callers_proc(const struct tree *tree, const char *dest)
{
	if ((errno != EPERM && errno != EACCES) || !may_show_callers_proc(tree->plan))
		fail_mount("proc", dest);
	tell(SAY_LESS, LESS_CALLERS_PROC);
	now.option = NULL;
	warn("%s is the caller's, read-only: parts of it are hidden, so that no new one can be mounted. The command lines and connections of "
	     "processes outside can be read there; --ro-bind /proc /proc accepts that without this line; " UNHIDE, dest);
}

/* With all that is mounted in it, such as what an outer container hides parts with. */
static int bind_callers_proc(struct tree *tree, struct point at, const char *dest)
{
	int proc = must(sys_open_tree(AT_FDCWD, "/proc", K_OPEN_TREE_CLONE | K_AT_RECURSIVE | O_CLOEXEC), "bind proc", dest);
	must(sys_mount_setattr(proc, 0, ATTRS, 0, 0), "restrict the mount of", "/proc");
	place(tree, proc, at, dest);
	return proc;
}

/* A caller whose /proc has processes alone gets no more in a new one. */
static const char *proc_settings(void)
{
	if (!faccessat(AT_FDCWD, "/proc/version", F_OK, 0) || errno != ENOENT)
		return NULL;
	tell(SAY_LESS, LESS_PIDS_ALONE);
	return "subset=pid";
}

/*
 * What acts on the whole machine is made read-only, but only where the caller could write it: each mount in /proc keeps a
 * sandbox inside this one from mounting its own.  Kernels differ in the names they have.
 */
static void build_proc(struct tree *tree, const struct op *op, bool own_pids)
{
	static const char *const writable[] = {"sys", "sysrq-trigger", "irq", "bus"}; /* if "sys" is not, nothing below it is */
	struct point at = find_point(tree, op->dest, S_IFDIR);
	/* The kernel lets us mount the /proc of a process namespace that is our own. */
	int proc = own_pids ? try_mount_at(tree, "proc", at, op->dest, MS_NOSUID | MS_NODEV | MS_NOEXEC, proc_settings()) : REFUSED;
	bool instead = own_pids && proc == REFUSED;
	if (instead)
		admit_callers_proc(tree, op->dest);
	int held = open_mounted(proc == REFUSED ? bind_callers_proc(tree, at, op->dest) : proc, at, op->dest);
	if (instead && is_roots(tree))
		hide_roots_files(tree, held, true);
	if (instead || (own_pids && !may_mount(tree->plan)))
		hide_identity(held, instead);
	if (instead)
		return;
	if (!is_roots(tree) && now.own.root)
		return; /* an ordinary user, who may write nothing there */
	for (size_t i = 0; i < sizeof writable / sizeof *writable && !is_roots(tree); i++)
		if (!faccessat(held, writable[i], W_OK, AT_EACCESS))
			protect_proc(held, writable[i]);
	if (is_roots(tree))
		protect_roots_proc(tree, held, op->dest);
	if (is_roots(tree) && own_pids && !tree->plan->as_pid_1)
		protect_proc(held, "1"); /* /proc/1/autogroup, among others: the priority of init's session */
}

/* Makes NAME in the current directory. */
static void bind_device(const char *host, const char *name)
{
	must(mknodat(AT_FDCWD, name, S_IFREG | 0444, 0), "make", name);
	must(mount(host, name, NULL, MS_BIND, NULL), "find source path", host);
}

/* Binds the terminal that is standard output, if its name leads to it here. */
OWN_FRAME static void bind_console(void)
{
	char path[PATH_MAX];
	struct stat named, held;
	if (path_of(1, path) > 0 && !stat(path, &named) && !fstat(1, &held) && same_file(&named, &held))
		bind_device(path, "console");
}

/* A standard stream on /dev/null is reopened inside: by the host's, root could change its mode for everybody. */
static void replace_null(int ours)
{
	struct stat st;
	for (int fd = 0; fd < 3; fd++)
		if (!fstat(fd, &st) && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
			dup2(ours, fd);
}

static void build_dev(struct tree *tree, const struct op *op)
{
	static const char *const nodes[] = {"null", "zero", "full", "random", "urandom", "tty"};
	static const char *const links[][2] = {{"fd", "/proc/self/fd"}, {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
		{"stderr", "/proc/self/fd/2"}, {"core", "/proc/kcore"}, {"ptmx", "pts/ptmx"}};
	const uint64_t node = now.own.dev ? K_MOUNT_ATTR_NOEXEC | K_MOUNT_ATTR_RDONLY : 0;
	char host[32];
	struct point at = find_point(tree, op->dest, S_IFDIR);
	int dev = open_mounted(mount_tmpfs(tree, at, op->dest, 0755, op), at, op->dest);
	must(fchdir(dev), "enter", op->dest);
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		snprintf(host, sizeof host, "/dev/%s", nodes[i]);
		bind_device(host, nodes[i]);
	}
	if (tree->console)
		bind_console();
	/* A device on a read-only mount can be written, but its mode and owner cannot be changed. */
	must(sys_mount_setattr(dev, K_AT_RECURSIVE, K_MOUNT_ATTR_NOSUID | node, 0, 0), "restrict", "devices");
	if (node)
		must(sys_mount_setattr(dev, 0, 0, node, 0), "restrict", "devices");
	if (is_roots(tree))
		replace_null(open("null", O_RDWR | O_CLOEXEC));
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		must(symlinkat(links[i][1], dev, links[i][0]), "make symlink at", links[i][0]);
	must(mkdirat(dev, "shm", now.own.dev ? 01777 : 0755), "make", "/dev/shm");
	must(mkdirat(dev, "pts", 0755), "make", "/dev/pts");
	static const char settings[] = "max=256,newinstance,ptmxmode=0666,mode=620"; /* the machine has some thousands for all */
	mount_new("devpts", "pts", MS_NOSUID | MS_NOEXEC, settings + (now.own.dev ? 0 : strlen("max=256,")), "/dev/pts");
	must(fchdir(tree->base), "enter", "the new root");
}

static void build_directory(struct tree *tree, const struct op *op)
{
	int fd = open_place(tree, op->dest);
	if (fd < 0 && errno == ENOENT)
		fd = make_path(tree, op->dest, S_IFDIR, op->perms == UNSET ? 0755 : op->perms, 40);
	must(fd, "make directory", op->dest);
	if (!S_ISDIR(stat_fd(fd, op->dest).st_mode))
		die(WORDS("%s exists and is not a directory", "Destination is not a directory %s"), op->dest);
	close(fd);
}

static void copy_descriptor(int from, int to, const char *path)
{
	char buffer[16384];
	ssize_t got;
	while ((got = read(from, buffer, sizeof buffer)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		must((int)got, "read the data for", path);
		write_all(to, buffer, (size_t)got, path);
	}
}

static void build_file(struct tree *tree, const struct op *op)
{
	int held = open_place(tree, op->dest);
	if (held < 0 && errno == ENOENT)
		held = make_path(tree, op->dest, S_IFREG, op->perms == UNSET ? 0666 : op->perms, 40);
	must(held, "create file", op->dest);
	if (S_ISLNK(stat_fd(held, op->dest).st_mode))
		errno = ELOOP, fail("create file", op->dest);
	if (S_ISDIR(stat_fd(held, op->dest).st_mode))
		die(WORDS("%s is a directory", "Destination is not a file %s"), op->dest);
	must_be_own(tree, held, op->dest, "%s is a file of the host, which would be overwritten; --bind-data mounts another on it");
	char path[32];
	snprintf(path, sizeof path, "/proc/self/fd/%d", held);
	int file = must(open(path, O_WRONLY | O_TRUNC | O_CLOEXEC), "write to file", op->dest);
	copy_descriptor(op->fd, file, op->dest);
	close(file);
	close(held);
}

/* A tmpfs under that of the new root, where nothing inside can reach it. */
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
	close(file); /* a mount with a file open for writing cannot become read-only */
	int mount = must(clone_mount(tree, stash(tree), name, op->flags, op->dest), "bind the data for", op->dest);
	attach(tree, mount, op->dest, S_IFREG);
	must(unlinkat(stash(tree), name, 0), "unlink the data file of", op->dest);
}

static void build_remount(struct tree *tree, const struct op *op)
{
	tree->wall->by_path = true;
	int fd = must(open_place(tree, op->dest), "find mount point", op->dest);
	if (S_ISLNK(stat_fd(fd, op->dest).st_mode))
		die("Can't mount on symlink destination %s", op->dest);
	if (sys_mount_setattr(fd, 0, K_MOUNT_ATTR_RDONLY | (now.own.remount ? 0 : ATTRS), 0, 0) < 0 && errno == EINVAL)
		die(WORDS("%s is not a mount point; only a mount can be made read-only", "Can't remount readonly on %s: Invalid argument"), op->dest);
	if (now.own.renames)
		hold_ancestors(tree, fd, op->dest);
	close(fd);
}

/* Binds a file or directory on itself, with all mounts below; HOW says whether these get the attribute, too. */
static void cover_with_itself(struct tree *tree, int node, unsigned how, uint64_t attribute, const char *path)
{
	int mount = must(sys_open_tree(node, "", AT_EMPTY_PATH | K_AT_RECURSIVE | K_OPEN_TREE_CLONE | O_CLOEXEC), "bind", path);
	must(sys_mount_setattr(mount, how, attribute, 0, 0), "restrict the mount of", path);
	attach_at(tree, mount, (struct point){node, ""}, path);
}

/* With all that is mounted below it so far. */
static void build_noexec(struct tree *tree, const struct op *op)
{
	int fd = must(open_inside(tree, op->dest, O_PATH), "find", op->dest);
	if (hold_ancestors(tree, fd, op->dest)) {
		close(fd);
		fd = must(open_inside(tree, op->dest, O_PATH), "find", op->dest);
	}
	if (sys_mount_setattr(fd, K_AT_RECURSIVE, K_MOUNT_ATTR_NOEXEC, 0, 0) < 0)
		cover_with_itself(tree, fd, K_AT_RECURSIVE, K_MOUNT_ATTR_NOEXEC, op->dest);
	release(&tree->spent, fd);
}

static void build_chmod(struct tree *tree, const struct op *op)
{
	char path[32];
	int fd = must(open_place(tree, op->dest), "chmod", op->dest);
	if (S_ISLNK(stat_fd(fd, op->dest).st_mode))
		errno = EOPNOTSUPP, fail("chmod", op->dest);
	must_be_own(tree, fd, op->dest, "%s belongs to the host, where its mode would change; change it there with chmod");
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	must(chmod(path, op->perms), "chmod", op->dest);
	close(fd);
}

/* Where a throw-away layer lies: with all others, or in a tmpfs of the size that was asked for. */
static int room_for_layer(struct tree *tree, const struct op *op)
{
	char name[16], text[SETTINGS];
	int all = stash(tree);
	struct point at = {all, name};
	if (!op->size && !op->inodes)
		return all;
	snprintf(name, sizeof name, "room%u", tree->stashed);
	must(mkdirat(all, name, 0700), "make room for", op->dest);
	return open_mounted(mount_at(tree, "tmpfs", at, op->dest, MS_NOSUID | MS_NODEV, tmpfs_settings(0700, op, text)), at, op->dest);
}

/* Layers are named by descriptor: a path could hold characters that mean something in the option string. */
static int overlay_options(struct tree *tree, const struct op *op, char *text, size_t room)
{
	size_t used = (size_t)snprintf(text, room, "userxattr,lowerdir=");
	int first = -1;
	for (size_t i = op->layer_count ? op->layer_count : 1; i-- > 0;) {
		const char *path = op->layer_count ? tree->plan->layers[op->layers + i] : op->source;
		int fd = must(open_source(tree, path, O_PATH | O_DIRECTORY), WORDS("open overlay source", "find source path"), path);
		first = first < 0 ? fd : first;
		used += (size_t)snprintf(text + used, room - used, "/proc/self/fd/%d%s", fd, i ? ":" : "");
		if (used + 128 > room)
			die("--overlay-src: more layers than a mount takes (about 150)");
	}
	if (op->flags & OVERLAY_RW) {
		int upper = must(open_source(tree, op->source, O_PATH | O_DIRECTORY), "open overlay source", op->source);
		int work = must(open_source(tree, op->work, O_PATH | O_DIRECTORY), "open overlay workdir", op->work);
		snprintf(text + used, room - used, ",upperdir=/proc/self/fd/%d,workdir=/proc/self/fd/%d", upper, work);
	} else if (op->flags & OVERLAY_TMP) {
		char upper[32], work[32];
		int where = room_for_layer(tree, op);
		snprintf(upper, sizeof upper, "upper%u", tree->stashed);
		snprintf(work, sizeof work, "work%u", tree->stashed++);
		must(mkdirat(where, upper, 0755), "make the upper layer of", op->dest);
		must(mkdirat(where, work, 0755), "make the work directory of", op->dest);
		snprintf(text + used, room - used, ",upperdir=/proc/self/fd/%d/%s,workdir=/proc/self/fd/%d/%s", where, upper, where, work);
	}
	return first;
}

/* All mounts, a line each. */
static char *read_mounts(void)
{
	size_t size;
	int fd = must(open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC), "open", "/proc/self/mountinfo");
	char *text = slurp(fd, "/proc/self/mountinfo", &size);
	close(fd);
	return text;
}

/* The mount point in a line of mountinfo: the fifth word, with blanks and the like in octal. */
static char *mounted_at(char *line)
{
	char *word = line, *to;
	for (int i = 0; i < 5 && line; i++)
		word = strsep(&line, " ");
	for (char *from = to = word; (*to = *from) && *from; from++, to++)
		if (*from == '\\' && from[1] && from[2] && from[3])
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0')), from += 3;
	return word;
}

/* The kernel answers EINVAL where a layer has a mount below it that we have no right to remove. */
OWN_FRAME static void die_of_mount_inside(const struct tree *tree, const struct op *op)
{
	char path[PATH_MAX];
	for (size_t i = 0; i < (op->layer_count ? op->layer_count : 1); i++) {
		const char *layer = op->layer_count ? tree->plan->layers[op->layers + i] : op->source;
		must(path_of(must(open_source(tree, layer, O_PATH | O_DIRECTORY), "open overlay source", layer), path), "read", "/proc/self/fd");
		for (char *text = read_mounts(), *line; (line = strsep(&text, "\n")) && *line;)
			if (below(line = mounted_at(line), path))
				die("cannot make an overlay of %s: %s is a mount inside it; unmount that first%s", path, line,
				    !strcmp(op->option, "--cwd") ? ", or use --cwd ro" : "");
	}
}

static void build_overlay(struct tree *tree, const struct op *op)
{
	enum { ROOM = 4096 };
	char *text = take(ROOM), name[32], path[64]; /* on the stack it would cost every start a page */
	int low = overlay_options(tree, op, text, ROOM);
	snprintf(name, sizeof name, "overlay%u", tree->stashed++);
	must(mkdirat(stash(tree), name, 0755), "make a mount point for", op->dest);
	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", tree->stash, name);
	if (mount("overlay", path, "overlay", MS_NOSUID | MS_NODEV | (op->flags & RO && now.own.overlays ? MS_RDONLY : 0), text) < 0) {
		int error = errno;
		if (error == EINVAL && now.own.words)
			die_of_mount_inside(tree, op);
		errno = error;
		fail("mount overlay", op->dest);
	}
	int mount = must(openat(tree->stash, name, O_PATH | O_CLOEXEC), "open the overlay for", op->dest);
	if (op->flags & OVERLAY_TMP) {
		remember_own(tree, mount, "", op->dest);
		settle_own(tree);
	}
	attach(tree, mount, op->dest, S_IFDIR);
	sys_close_range((unsigned)low, (unsigned)low, 0);
}

static void build_op(struct tree *tree, const struct op *op)
{
	const struct plan *plan = tree->plan;
	switch (op->kind) {
	case OP_BIND: return build_bind(tree, op);
	case OP_SAME:
	case OP_LINK:
	case OP_TARGET: return build_same(tree, op, &tree->same[op - plan->ops]);
	case OP_OVERLAY: return build_overlay(tree, op);
	case OP_PROC: return build_proc(tree, op, plan->namespaces & CLONE_NEWPID || plan->pidns_fd >= 0);
	case OP_DEV: return build_dev(tree, op);
	case OP_TMPFS: return build_tmpfs(tree, op);
	case OP_MQUEUE: mount_at(tree, "mqueue", find_point(tree, op->dest, S_IFDIR), op->dest, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL); return;
	case OP_DIR: return build_directory(tree, op);
	case OP_FILE: return build_file(tree, op);
	case OP_BIND_DATA: return build_data(tree, op);
	case OP_SYMLINK: return build_symlink(tree, op);
	case OP_REMOUNT_RO: return build_remount(tree, op);
	case OP_CHMOD: return build_chmod(tree, op);
	case OP_MACHINE_ID: return build_machine_id(tree, op);
	case OP_NOEXEC: return build_noexec(tree, op);
	case OP_NAMES: return build_names(tree, op);
	}
}

/*** Build ***/

/*
 * The master of a new pty: from the command's /dev, so that it has a name there, or, where that has no ptmx that works,
 * from a devpts that is mounted nowhere.
 */
static int open_terminal(const struct tree *tree)
{
	int locked = 0, master = open_inside(tree, "/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (master >= 0 && !sys_ioctl(master, TIOCSPTLCK, &locked))
		return master;
	close(master);
	int pts = detached("devpts", 0);
	master = openat(pts, "ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (master < 0 || sys_ioctl(master, TIOCSPTLCK, &locked) < 0)
		die("cannot make a terminal: %s; --share-tty shares the caller's", strerror(errno));
	close(pts);
	return master;
}

static bool needs_stash(const struct plan *plan)
{
	for (size_t i = 0; i < plan->op_count; i++)
		if (plan->ops[i].kind == OP_OVERLAY || plan->ops[i].kind == OP_BIND_DATA)
			return true;
	return false;
}

/*
 * pivot_root(".", ".") mounts the host's "/" on top of the new root, where ".." finds it.  On top of that is what we
 * mounted on the host's "/" while building, and umount2() takes the topmost: so it is called until the new root is left.
 */
static void pivot(const struct tree *tree)
{
	bool alone = tree->root == tree->base && tree->stash < 0;
	if (tree->root != tree->base)
		must(fchdir(tree->root), "enter", "the new root");
	must((int)syscall(SYS_pivot_root, ".", "."), "pivot into the new root", "");
	do
		must(umount2(".", MNT_DETACH), "detach", "the host's tree");
	while (!alone && mount_id(AT_FDCWD, "..") != mount_id(tree->root, ""));
}

/*
 * A directory of --keep-fd is exchanged for the same one at the root of a mount of its own, where ".." ends: Landlock
 * protects neither the names nor the modes and owners of what lies above.
 */
static void cut_off_kept(struct tree *tree, const struct plan *plan)
{
	now.option = "--keep-fd";
	for (size_t i = 0; i < plan->keep_fds.count && now.own.descriptors; i++) {
		struct op op = {.fd = plan->keep_fds.fd[i], .flags = DEVICES};
		if (!S_ISDIR(type_of(op.fd, "")))
			continue;
		int mount = clone_descriptor(tree, &op);
		int top = must(openat(mount, ".", O_DIRECTORY | (fcntl(op.fd, F_GETFL) & O_PATH)), "open", "the directory");
		must(dup3(top, op.fd, O_CLOEXEC), "replace", "the directory");
		close(top);
		close(mount);
	}
	now.option = NULL;
}

/* Whether a directory is on a file system of ours, has one name in it, and was not made by an option. */
static bool holds_one_name(struct tree *tree, int directory, const char *path)
{
	struct k_statx st;
	size_t count = 0;
	must(sys_statx(directory, "", AT_EMPTY_PATH | K_AT_STATX_DONT_SYNC, 0, &st), "look at", path);
	if (st.attributes & K_STATX_ATTR_MOUNT_ROOT || !is_own(tree, directory))
		return false;
	for (size_t i = 0; i < tree->plan->op_count; i++)
		if (tree->plan->ops[i].kind == OP_DIR && !strcmp(tree->plan->ops[i].dest, path))
			return false;
	DIR *list = listed(must(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "list", path));
	while (readdir(list))
		count++;
	closedir(list);
	return count == 3; /* with "." and ".." */
}

/*
 * Programs that save a file by renaming a new one over it fail where the file is a mount, after they have written the new
 * one.  In a read-only directory they write in place.
 */
static void keep_from_renaming(struct tree *tree, const struct op *op)
{
	const char *path = is_plain(op->dest) ? parent_of(op->dest) : "";
	int directory = *path ? must(open_inside(tree, path, O_PATH | O_DIRECTORY), "find", path) : -1;
	if (directory >= 0 && holds_one_name(tree, directory, path))
		cover_with_itself(tree, directory, 0, K_MOUNT_ATTR_RDONLY, path);
	release(&tree->spent, directory);
}

/* The operations of --ro that are followed by a writable mount. */
static const struct op **find_kept(const struct plan *plan, size_t *count)
{
	const struct op **kept = NULL;
	bool undoes = false;
	for (const struct op *op = plan->ops + plan->op_count; op-- > plan->ops;) {
		if (undoes && op->flags & SAME_PLACE && op->flags & RO)
			APPEND(kept, *count, op);
		undoes |= is_mount(op) && !(op->flags & RO);
	}
	return kept;
}

/*
 * What --ro names must be read-only in the end.  --ro and --rw are sorted by their paths as they are written, and a path can
 * be written in another way, by ".." or a symbolic link.  The mounts are asked, as the server of a file system may be dead.
 */
OWN_FRAME static void check_kept(const struct tree *tree)
{
	size_t count = 0;
	const struct op **kept = find_kept(tree->plan, &count);
	if (!count)
		return;
	uint64_t *mounts = take(count * sizeof *mounts), most = 0;
	for (size_t i = 0; i < count; i++) {
		int fd = open_inside(tree, kept[i]->dest, O_PATH);
		mounts[i] = fd < 0 ? 0 : mount_id(fd, ""); /* it is not there: one of --ro-try */
		most = mounts[i] > most ? mounts[i] : most;
		close(fd);
	}
	bool *writable = take(most + 1);
	for (char *text = read_mounts(), *row; (row = strsep(&text, "\n")) && *row;) {
		uint64_t id = strtoull(row, NULL, 10);
		for (int i = 0; i < 5; i++)
			row += strcspn(row, " ") + 1;
		if (id <= most)
			writable[id] = !strncmp(row, "rw", 2);
	}
	for (size_t i = 0; i < count; i++) {
		now.option = kept[i]->option;
		if (writable[mounts[i]])
			die("%s would be made writable by another option, which writes the path differently; write it the same way in both", quoted(kept[i]->dest));
	}
	now.option = NULL;
}

/*
 * Carries out all operations of the plan and makes the new root "/"; the host's tree is gone then.  Returns the master of
 * the command's pty, or -1 if it gets none.
 */
static int build_tree(const struct plan *plan, const struct caller *caller, const struct same *same, struct wall *wall, bool terminal, bool console)
{
	struct tree tree = {.plan = plan, .caller = caller, .wall = wall, .root = -1, .stash = -1, .sources = -1, .same = same, .console = console,
		.cwd = openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC)};
	mode_t mask = umask(0);
	if (!(plan->namespaces & CLONE_NEWUSER))
		must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "make private", "/");
	if (needs_stash(plan))
		tree.stash = stack_tmpfs(&tree, 0700);
	tree.root = tree.base = stack_tmpfs(&tree, 0755);
	must(fchdir(tree.base), "enter", "the new root");
	for (size_t i = 0; i < plan->op_count; i++) {
		now.option = plan->ops[i].option;
		tree.op = &plan->ops[i];
		trace("%s", plan->ops[i].dest);
		build_op(&tree, &plan->ops[i]);
	}
	for (size_t i = 0; i < tree.file_count && now.own.renames; i++)
		keep_from_renaming(&tree, tree.files[i]);
	if (now.own.group)
		check_kept(&tree);
	cut_off_kept(&tree, plan);
	for (char name[24]; tree.covers > 0;) {
		snprintf(name, sizeof name, ".cover%u", --tree.covers);
		unlinkat(tree.base, name, 0);
	}
	for (size_t i = 0; i < tree.open_count; i++)
		must(sys_mount_setattr(tree.open[i], 0, K_MOUNT_ATTR_RDONLY, 0, 0), "make read-only", "an opened directory");
	if (now.own.sealed)
		must(sys_mount_setattr(tree.base, 0, K_MOUNT_ATTR_RDONLY, 0, 0), "make read-only", "/");
	int master = terminal ? open_terminal(&tree) : -1;
	pivot(&tree);
	umask(mask);
	return master;
}

/*** Files that options name ***/

/* Whether a path names one of the kernel's links to descriptors, such as a shell's <(...): in /dev, /dev/fd or /proc/ID/fd. */
static bool is_kernels_link(const char *path)
{
	const char *parent = *path == '/' ? parent_of(path) : path;
	const char *rest = below(parent, "/proc") ? strchr(parent + strlen("/proc/"), '/') : NULL;
	return !strcmp(parent, "/dev") || !strcmp(parent, "/dev/fd") || (rest && !strcmp(rest, "/fd"));
}

/* A bit for each type of file. */
#define KIND(type) (UINT32_C(1) << ((type) >> 12))
#define ANY_KIND UINT32_MAX

static void check_kind(const char *path, mode_t mode, uint32_t kinds)
{
	static const char *const names[] = {[S_IFIFO >> 12] = "a FIFO", [S_IFCHR >> 12] = "a device", [S_IFDIR >> 12] = "a directory",
		[S_IFBLK >> 12] = "a device", [S_IFREG >> 12] = "a file", [S_IFSOCK >> 12] = "a socket"};
	const char *name = (mode & S_IFMT) >> 12 < sizeof names / sizeof *names ? names[(mode & S_IFMT) >> 12] : NULL;
	if (!(kinds & KIND(mode & S_IFMT)))
		die("%s is %s; name a regular file", path, name ? name : "of an unknown type");
}

/*
 * The rule of fs.protected_regular: in a directory where all may create files, such as /tmp, another user's file may be a trap
 * for whoever opens that name.  The directory is that of the file itself, whatever symbolic links led there.  Two owners
 * without an id here look the same, and may be different.
 */
OWN_FRAME static void check_owner(const char *path, int fd, uid_t owner)
{
	char real[PATH_MAX];
	struct stat st;
	const char *where = path_of(fd, real) > 0 ? real : path; /* the latter where /proc is hidden */
	if (owner == getuid() || *where != '/' || stat(*parent_of(where) ? parent_of(where) : "/", &st) < 0)
		return;
	if ((st.st_mode & FOR_ALL) == FOR_ALL && (owner != st.st_uid || owner == NOBODY))
		die("%s belongs to another user, in a directory where everybody may create files; name a file of your own", path);
}

/* After a failure: where a file was to be made, its directory may be what is missing. */
static void must_have_directory(const char *path, int flags)
{
	int error = errno;
	if (error == ENOENT && flags & O_CREAT && strchr(path + 1, '/') && access(directory_of(path), F_OK) < 0)
		die("cannot open the file %s: %s; make the directory %s first", path, strerror(error), quoted(directory_of(path)));
	errno = error;
}

/*
 * Opens a file that an option names: through no symbolic link that an earlier command may have made (see open_source()), of a
 * type that the option takes, and unless a stream only reads it, of an owner who may be trusted.  Init opens files of the new
 * tree, where symbolic links lead nowhere else.  O_NONBLOCK is for open() alone, so that it waits for no other end of a FIFO.
 */
static int open_file(const struct plan *plan, const struct caller *caller, const char *path, int flags, uint32_t kinds)
{
	const struct tree tree = {.plan = plan, .caller = caller, .cwd = AT_FDCWD};
	int fd, how = flags | O_NOCTTY | O_CLOEXEC | O_LARGEFILE;
	if (now.role == ROLE_INIT)
		fd = sys_openat2(AT_FDCWD, path, (unsigned)how, now.own.sources ? K_RESOLVE_NO_MAGICLINKS : 0);
	else if (!now.own.sources || is_kernels_link(path))
		fd = open(path, how, 0666);
	else
		fd = open_source(&tree, path, (unsigned)how);
	if (fd < 0)
		return must_have_directory(path, flags), fd;
	struct stat st = stat_fd(fd, path);
	check_kind(path, st.st_mode, kinds);
	if (now.own.sources && flags & (O_CREAT | O_NONBLOCK))
		check_owner(path, fd, st.st_uid);
	if (flags & O_NONBLOCK)
		fcntl(fd, F_SETFL, 0);
	return fd;
}

/* Empties a file from an offset on.  A FIFO, say, has neither length nor offset: ftruncate() and lseek() fail, which is fine. */
static void empty_file(int fd, off_t from)
{
	if (ftruncate(fd, from) < 0 && errno != EINVAL)
		fail("empty", "the file");
}

/* The text of --syscalls FILE, which may be a shell's <(...); NULL for a built-in policy. */
static char *read_policy(const struct plan *plan, const struct caller *caller)
{
	const char *path = policy_name(plan);
	size_t size;
	if (builtin_text(path))
		return NULL;
	now.option = "--syscalls";
	uint32_t kinds = KIND(S_IFREG) | (is_kernels_link(path) ? KIND(S_IFIFO) : 0);
	int fd = must(open_file(plan, caller, path, O_RDONLY | O_NONBLOCK, kinds), "open the policy", path);
	char *text = slurp(fd, path, &size);
	close(fd);
	if (strlen(text) != size)
		die("%s contains a NUL byte, so it is not a policy; give a compiled program to --seccomp FD", path);
	now.option = NULL;
	return text;
}

/*** Confine ***/

static void write_proc(int proc, const char *path, const char *text)
{
	if (try_write(proc, path, text) < 0)
		fail(composed("write to /proc/%s", path), "");
}

/* Maps one uid and one gid, which takes no privilege. */
static void map_ids(int proc, uid_t uid, uid_t outer_uid, gid_t gid, gid_t outer_gid)
{
	write_proc(proc, "self/setgroups", "deny");
	int written = try_write(proc, "self/uid_map", composed("%u %u 1\n", uid, outer_uid));
	if (written < 0 && errno == EPERM && !outer_uid && now.own.words)
		die("uid 0 without the capability setfcap cannot map itself in a new user namespace; run the outer sandbox as an ordinary user");
	must(written, "write to /proc/self/uid_map", "");
	write_proc(proc, "self/gid_map", composed("%u %u 1\n", gid, outer_gid));
}

/* A user namespace of --userns has a map of its own, in which --uid and --gid choose ids. */
static void switch_ids(const struct plan *plan)
{
	uint64_t caps = sys_capget_permitted();
	must(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keep capabilities", "");
	if (plan->gid_given)
		must(sys_setresgid(plan->gid, plan->gid, plan->gid), "switch to --gid", "");
	if (plan->uid_given)
		must(sys_setresuid(plan->uid, plan->uid, plan->uid), "switch to --uid", "");
	must(sys_capset(caps, 0), "set capabilities", "");
}

/* In a new network namespace lo is down.  It gets its addresses when it comes up. */
static void raise_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a socket for", "lo");
	must(ioctl(fd, SIOCSIFFLAGS, &request), "bring up", "lo");
}

/*
 * Limits the number of namespaces in and below this user namespace.  Raising it again takes CAP_SYS_RESOURCE here, which the
 * payload lacks.  In an outer sandbox or container /proc/sys may be read-only or hidden, so a new /proc is tried next.  Where
 * that fails too, the filter suffices if it denies all such namespaces.
 */
static void limit_namespaces(const struct plan *plan, int proc, uint32_t kind, const char *limit)
{
	const char *path = kind == CLONE_NEWUSER ? "/proc/sys/user/max_user_namespaces" : "/proc/sys/user/max_cgroup_namespaces";
	const char *name = path + strlen("/proc/");
	if (!try_write(proc, name, limit))
		return;
	int error = errno, own = !now.own.masked_proc ? -1 : try_detached("proc", (unsigned)ATTRS);
	bool limited = own >= 0 && !try_write(own, name, limit);
	if (own >= 0)
		close(own);
	if (limited)
		return;
	errno = error;
	if (!now.own.masked_proc || !refuses_namespace(plan->policy, kind))
		fail("limit namespaces by", path);
	trace("cannot write to %s: %s; only the filter denies these namespaces", path, strerror(error));
	tell(SAY_LESS, LESS_LIMITS);
}

static void assert_user_namespaces_disabled(void)
{
	if (!unshare(CLONE_NEWUSER))
		die("creation of new user namespaces was not disabled as requested");
}

static void set_capabilities(uint64_t caps, bool root)
{
	if (caps)
		caps &= sys_capget_permitted();
	/* Without NOROOT an exec by uid 0 could regain capabilities. */
	if (!caps && now.own.root && root)
		must(prctl(PR_SET_SECUREBITS, 1 /* NOROOT */ | 2 /* locked */, 0, 0, 0), "lock", "securebits");
	must(sys_capset(caps, caps), "drop", "capabilities");
	for (unsigned long i = 0; i < CAPABILITIES; i++)
		if (caps >> i & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
			fail("keep capability", capability_names[i]);
}

/* For programs that look at the bounding set; it is no-new-privs that prevents new capabilities. */
static void drop_bounding_set(uint64_t caps)
{
	for (unsigned long i = 0; i < CAPABILITIES; i++)
		if (!(caps >> i & 1) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0 && errno != EINVAL)
			fail("drop capability", capability_names[i]);
}

static struct sock_fprog *read_filters(const struct plan *plan)
{
	struct sock_fprog *filters = take((plan->seccomp_fds.count + 1) * sizeof *filters);
	for (size_t i = 0; i < plan->seccomp_fds.count; i++) {
		size_t size;
		filters[i].filter = (struct sock_filter *)(void *)slurp(plan->seccomp_fds.fd[i], "seccomp data", &size);
		close(plan->seccomp_fds.fd[i]);
		if (size % sizeof(struct sock_filter) || (!size && now.own.programs))
			die(WORDS("--seccomp: %zu bytes are not a program, which consists of 8-byte instructions",
				"Invalid seccomp data, must be multiple of 8"), size);
		if (size / sizeof(struct sock_filter) > BPF_MAXINSNS)
			die("--seccomp: %zu instructions; the kernel takes at most %d", size / sizeof(struct sock_filter), BPF_MAXINSNS);
		filters[i].len = (unsigned short)(size / sizeof(struct sock_filter));
		unsigned at;
		const char *fault = now.own.programs ? program_fault(&filters[i], &at) : NULL;
		if (fault)
			die("--seccomp: the program's instruction %u of %u (code 0x%x) %s", at, filters[i].len, filters[i].filter[at].code, fault);
	}
	return filters;
}

static void install_filters(const struct sock_fprog *filters, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filters[i]) < 0) {
			if (errno == EINVAL)
				die(WORDS("--seccomp: the kernel refuses the program: Invalid argument",
					"Unable to set up system call filtering as requested: prctl(PR_SET_SECCOMP) reported EINVAL. "
					"(Hint: this requires a kernel configured with CONFIG_SECCOMP and CONFIG_SECCOMP_FILTER.)"));
			fail("install the filter", "");
		}
}

/*
 * Limits a process of ours to the calls that its job needs, in case that somebody takes it over.  Calls that are not listed go
 * on to OTHERS, whose last instruction is also the answer for those that are.  The filter begins with a load that the kernel
 * does not understand when it looks for calls that are always allowed (5.11): that search would cost more than it gains.
 */
static void restrict_self(const uint16_t *calls, unsigned count, const struct sock_filter *others, unsigned other_count)
{
	enum { HEAD = 5, MOST = 32 };
	struct sock_filter code[MOST] = {
		BPF_STMT(BPF_LD | BPF_IMM, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, machine[0]->audit, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	if (HEAD + count + other_count > MOST)
		die("a list of calls is too long");
	for (unsigned i = 0; i < count; i++)
		code[HEAD + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], (uint8_t)(count - i + other_count - 2), 0);
	memcpy(code + HEAD + count, others, other_count * sizeof *others);
	install_filters(&(struct sock_fprog){(unsigned short)(HEAD + count + other_count), code}, 1);
}

static void grant_descriptor(int ruleset, uint64_t all, int fd)
{
	bool directory = fd > 2 && S_ISDIR(type_of(fd, "")); /* check_streams() refuses directories as standard streams */
	grant(ruleset, all & rights_of_descriptor(fcntl(fd, F_GETFL), directory), fd);
}

/* PATH is in the new tree, whose root is the working directory: "dev" is "/dev". */
static void grant_path(int ruleset, uint64_t rights, const char *path)
{
	int fd = rights ? sys_openat2(AT_FDCWD, path, O_PATH, K_RESOLVE_NO_MAGICLINKS) : -1;
	if (fd < 0)
		return;
	grant(ruleset, rights, fd);
	if (fd >= FEW) /* a few may stay open until the exec */
		close(fd);
}

/* The version of the kernel's Landlock; 0 or less: there is none. */
static int landlock_abi(void)
{
	return now.own.landlock ? (int)syscall(NR_LANDLOCK_CREATE_RULESET, NULL, 0, 1) : 0;
}

static int make_ruleset(const struct k_landlock_layer *layer)
{
	return must((int)syscall(NR_LANDLOCK_CREATE_RULESET, layer, sizeof *layer, 0), "use", "Landlock");
}

/*
 * Landlock restricts again what mounts already do, and something that they cannot: the host's files that the standard streams
 * lead to can be opened anew through /proc/self/fd, but with Landlock only as they were open before.
 */
static struct wall make_wall(const struct plan *plan)
{
	int abi = landlock_abi();
	struct wall wall = {.layer = landlock_layer(plan, abi), .ruleset = -1, .absent = take(plan->op_count)};
	trace("Landlock %d: files %#llx, scopes %#llx", abi, (unsigned long long)wall.layer.files, (unsigned long long)wall.layer.scopes);
	if (wall.layer.files || wall.layer.scopes)
		wall.ruleset = make_ruleset(&wall.layer);
	return wall;
}

/*
 * Grants rights to what the plan made visible, and to the files that the command's descriptors lead to.  A rule cannot be
 * taken back, so where a later operation hid a bind that has its rights already, all rules are made anew.
 */
static void grant_plan(struct wall *wall, const struct plan *plan)
{
	uint64_t all = wall->layer.files;
	const bool *overruled = wall->by_path ? find_overruled(plan, wall->absent) : NULL;
	if (wall->by_path) {
		close(wall->ruleset);
		wall->ruleset = make_ruleset(&wall->layer);
	}
	grant_path(wall->ruleset, all & (K_LANDLOCK_EXECUTE | K_LANDLOCK_READ_FILE | K_LANDLOCK_READ_DIR | K_LANDLOCK_REFER), "/");
	for (size_t i = 0; i < plan->op_count; i++)
		if (overruled ? !overruled[i] : plan->ops[i].kind != OP_BIND)
			grant_path(wall->ruleset, all & rights_beneath(&plan->ops[i]), plan->ops[i].dest);
	for (int i = -3; i < (int)plan->keep_fds.count; i++)
		grant_descriptor(wall->ruleset, all, i < 0 ? i + 3 : plan->keep_fds.fd[i]);
}

static void set_label(int proc, const char *attribute, const char *label)
{
	if (!label)
		return;
	int fd = openat(proc, attribute, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, label, strlen(label)) < 0)
		die("cannot set the label %s: %s; SELinux must be enabled, know the label and allow it", label, strerror(errno));
	close(fd);
}

static void apply_limits(const struct plan *plan)
{
	now.option = "--rlimit";
	for (unsigned i = 0; i < RLIM_NLIMITS; i++)
		if (plan->limits_given >> i & 1)
			must(sys_prlimit(i, &plan->limits[i], NULL), "set the limit of", resources[i].name);
	now.option = NULL;
}

/*
 * Empties the file of --stdout as late as the filters allow: if the start fails before, it keeps its content.  Messages of
 * ours, where --stderr names the same file, stay.
 */
static void empty_output(const struct plan *plan)
{
	now.option = "--stdout";
	if (plan->streams[1] && !plan->append)
		empty_file(1, lseek(1, 0, SEEK_CUR));
	now.option = NULL;
}

/* Sets what all processes of the sandbox inherit, before the user namespace is made: nobody has the rights for it there. */
static void settle_priority(const struct plan *plan, int proc)
{
	now.option = "--nice";
	if (plan->nice != NO_SCORE)
		must(setpriority(PRIO_PROCESS, 0, plan->nice), "set", "the priority");
	now.option = "--oom-score-adj";
	if (plan->oom_score != NO_SCORE)
		write_proc(proc, "self/oom_score_adj", composed("%d", plan->oom_score));
	now.option = "--cpu-affinity";
	uint64_t got[sizeof plan->cpus / sizeof *plan->cpus] = {0};
	/* The kernel silently leaves out CPUs that are absent, or that a cpuset does not allow. */
	if (plan->affinity && (syscall(SYS_sched_setaffinity, 0, sizeof plan->cpus, plan->cpus) < 0 ||
				 syscall(SYS_sched_getaffinity, 0, sizeof got, got) < 0 || memcmp(got, plan->cpus, sizeof got) != 0))
		die("some of these CPUs are absent, offline or not allowed to you; see Cpus_allowed_list in /proc/self/status");
	now.option = NULL;
	if (plan->umask != UNSET)
		umask(plan->umask);
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

/* A number in an ELF file, little-endian as on all our architectures. */
static uint64_t number_at(const unsigned char *at, size_t width)
{
	uint64_t value = 0;
	while (width--)
		value = value << 8 | at[width];
	return value;
}

/*
 * The path of the interpreter that an ELF program names, or NULL if it is not in HEAD, the first bytes of the file and a NUL.
 * As in the kernel the machine decides between 32 and 64 bits, and the class only where that machine has both.
 */
static const char *elf_interpreter(const unsigned char *head, size_t size)
{
	unsigned arch = size < sizeof(Elf64_Ehdr) ? EM_NONE : (unsigned)number_at(head + offsetof(Elf64_Ehdr, e_machine), 2);
	if (arch != EM_X86_64 && arch != EM_AARCH64 && arch != EM_RISCV && arch != EM_386 && arch != EM_ARM)
		return NULL;
	bool wide = arch == EM_RISCV ? head[EI_CLASS] == ELFCLASS64 : arch == EM_X86_64 || arch == EM_AARCH64;
	size_t entry = wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr), word = wide ? 8 : 4;
	uint64_t table = number_at(head + (wide ? offsetof(Elf64_Ehdr, e_phoff) : offsetof(Elf32_Ehdr, e_phoff)), word);
	uint64_t count = number_at(head + (wide ? offsetof(Elf64_Ehdr, e_phnum) : offsetof(Elf32_Ehdr, e_phnum)), 2);
	for (; count && table <= size - entry; count--, table += entry) {
		uint64_t at = number_at(head + table + (wide ? offsetof(Elf64_Phdr, p_offset) : offsetof(Elf32_Phdr, p_offset)), word);
		if (number_at(head + table, 4) == PT_INTERP)
			return at < size ? (const char *)head + at : NULL;
	}
	return NULL;
}

/* The path of the interpreter that a script names, and its length; NULL if this is not a script. */
static const char *script_interpreter(const char *head, size_t *length)
{
	const char *name = strncmp(head, "#!", 2) ? NULL : head + 2 + strspn(head + 2, " \t");
	*length = name ? strcspn(name, " \t\r\n") : 0;
	return name;
}

static const char *from_root(const char *path)
{
	const char *cwd = *path == '/' ? NULL : getcwd(take(PATH_MAX), PATH_MAX);
	return cwd ? absolute(cwd, path) : path;
}

/*
 * Finds the first symbolic link in an absolute path, whose first KNOWN bytes contain none: returns its path, its target, and
 * in REST the path that results.  NULL if there is none; errno is then EINVAL if the path exists.
 */
static const char *first_link(const char *path, size_t known, const char **target, const char **rest)
{
	for (const char *end = path + known; *end;) {
		end += 1 + strcspn(end + 1, "/");
		const char *name = copy_part(path, (size_t)(end - path)), *text = link_text(AT_FDCWD, name);
		if (text) {
			*target = absolute(directory_of(name), text);
			*rest = absolute(*target, end + strspn(end, "/"));
			return name;
		}
		if (errno != EINVAL)
			break;
	}
	return NULL;
}

/* Finds the last symbolic link on the way to something that does not exist, and its target; false: there is no link. */
static bool find_dangling(const char *path, const char **link, const char **target)
{
	*link = NULL;
	path = from_root(path);
	for (int links = 0; links < 40; links++) {
		const char *found = first_link(path, 0, target, &path);
		if (!found)
			return *link && errno == ENOENT;
		*link = found;
	}
	return false;
}

#define SAID_ROOM (4 * (size_t)PATH_MAX) /* the supervisor takes no more than that of the texts */

/* Sends the supervisor a value and three texts; false where a filter of the command's prevents that. */
static bool tell_lacking(int value, const char *first, const char *second, const char *third)
{
	struct message message = {SAY_LACKS, value};
	char *packet = take(sizeof message + strlen(first) + strlen(second) + strlen(third) + 3);
	char *to = mempcpy(packet, &message, sizeof message);
	to = stpcpy(to, first) + 1;
	to = stpcpy(to, second) + 1;
	to = stpcpy(to, third) + 1;
	return now.own.words && send(now.control, packet, (size_t)(to - packet), MSG_NOSIGNAL) > 0;
}

/*
 * PROBLEM: the file LOST does not exist.  The supervisor reports it with the option that makes PROGRAM visible, or else with
 * the advice OTHERWISE.
 */
__attribute__((noreturn)) static void die_lacking(const char *problem, const char *program, const char *lost, const char *otherwise)
{
	const char *link, *target;
	if (now.own.words && find_dangling(lost, &link, &target))
		problem = composed("%s: %s leads to %s, which is not in the sandbox", problem, quoted(link), quoted(target));
	if (tell_lacking(127, problem, from_root(program), otherwise))
		give_up(127);
	die_code(127, "%s%s", problem, otherwise);
}

/* Ends with the reason for which the kernel does not run a program, if the first bytes of the file reveal it. */
static void explain_exec(const char *path, int error)
{
	unsigned char head[4096] = {0};
	char *text = (char *)head;
	struct stat st;
	size_t length;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t size = fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ? 0 : read(fd, head, sizeof head - 1);
	if (size < 4)
		return;
	const char *script = script_interpreter(text, &length);
	if (error == ENOENT && script && script[length] == '\r')
		die_code(127, "%1$s: its lines end in CR LF, which makes the CR a part of the interpreter's name; to repair it: sed -i 's/\\r$//' %1$s", quoted(path));
	if (error == ENOENT && script) {
		const char *name = copy_part(script, length);
		die_lacking(composed("%s: its interpreter %s is not in the sandbox", quoted(path), quoted(name)), path, name, "");
	}
	if (strncmp(text, ELFMAG, SELFMAG) || size < (ssize_t)sizeof(Elf64_Ehdr))
		return;
	const char *interpreter = error == ENOENT ? elf_interpreter(head, (size_t)size) : NULL;
	if (interpreter)
		die_lacking(composed("%s: its ELF interpreter %s is not in the sandbox", quoted(path), quoted(interpreter)), path, interpreter, "");
	const unsigned char *arch = head + offsetof(Elf64_Ehdr, e_machine);
	if (error == ENOEXEC) /* the other architecture may be big-endian */
		die_code(126, "%s: built for another architecture (ELF machine %u)", quoted(path),
			 head[EI_DATA] == ELFDATA2MSB ? arch[0] << 8 | arch[1] : (int)number_at(arch, 2));
}

/* Returns the errno of a failure.  A text without "#!" is given to the shell, as execvp(3) does. */
static int try_exec(const char *path, char **argv, char **env, uint64_t secret)
{
	syscall(SYS_execve, path, argv, env, 0, 0, secret); /* execve:first */
	int error = errno;
	if (error != ENOEXEC)
		return error;
	explain_exec(path, error);
	size_t count = 0;
	while (argv[count])
		count++;
	char **shell = take((count + 3) * sizeof *shell);
	shell[0] = "/bin/sh";
	shell[1] = (char *)path;
	for (size_t i = 1; i < count; i++)
		shell[i + 1] = argv[i];
	syscall(SYS_execve, shell[0], shell, env, 0, 0, secret);
	return error;
}

static const char *search_path(char **env)
{
	const char *path = find_variable(env, "PATH");
	return path ? path : "/usr/local/bin:/usr/bin:/bin";
}

/* The command's path in the next directory of a PATH, or NULL at its end. */
static const char *next_program(const char **rest, const char *command)
{
	const char *directory = *rest;
	if (!directory)
		return NULL;
	size_t length = strcspn(directory, ":");
	*rest = directory[length] ? directory + length + 1 : NULL;
	return length ? joined(copy_part(directory, length), command) : command;
}

/*
 * OUTSIDE is the program that the caller's PATH finds.  Where it is not visible, PATH may lead to another program, which is
 * reported now, before the filter could prevent that.  Returns OUTSIDE if nothing is found in its place.
 */
static const char *note_other_program(const char *command, const char *outside, char **env)
{
	bool passed = false;
	if (!outside || !access(outside, X_OK))
		return NULL;
	for (const char *rest = search_path(env), *path; (path = next_program(&rest, command));) {
		path = absolute("/", path);
		passed = passed || !strcmp(path, outside);
		if (!access(path, X_OK)) {
			if (passed)
				tell_lacking(0, path, outside, "");
			return NULL;
		}
	}
	return outside;
}

#define VARIABLE_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/* What to do about a command that is not found, if it is a shell's, a command line in one word or a variable. */
static const char *advise_command(const char *command)
{
	static const char *const builtins[] = {"cd", "export", "set", "unset", "ulimit", "umask", "exec", "eval", "alias", "trap", "wait",
		"source", ".", "exit", "if", "for", "while", "case", NULL};
	size_t name = strcspn(command, "=");
	if (is_one_of(command, builtins, false))
		return composed("; a shell has it: sandbox sh -c '%s ...'", strcmp(command, "source") ? command : ".");
	if (command[name] && name && strspn(command, VARIABLE_LETTERS) == name)
		return composed("; to set a variable: --setenv %s %s", copy_part(command, name), quoted(command + name + 1));
	if (strchr(command, ' '))
		return composed("; leave out the quotes around it, or write sh -c %s", quoted(command));
	return "";
}

/* LOST: the path at which the program is outside, or of a symbolic link to it that dangles inside; or NULL. */
__attribute__((noreturn)) static void die_exec(const char *command, const char *path, int error, const char *lost)
{
	int code = error == ENOENT || error == ENOTDIR ? 127 : 126;
	if (!now.own.words)
		die("execvp %s: %s", command, strerror(error));
	explain_exec(path, error);
	struct stat st;
	bool lacks_x = error == EACCES && !stat(path, &st) && S_ISREG(st.st_mode) && !(st.st_mode & 0111);
	if (code == 126)
		die_code(code, "%s: cannot execute: %s%s%s", quoted(path), strerror(error), lacks_x ? "; to make it executable: chmod +x " : "",
			 lacks_x ? quoted(path) : "");
	if (strchr(command, '/'))
		die_lacking(composed("%s: not found in the sandbox", quoted(command)), command, command, "; --ro PATH makes a file of the host visible");
	if (lost)
		die_lacking(composed("%s: not found in PATH; outside it is %s", quoted(command), quoted(lost)), lost, lost, "");
	die_code(code, "%s: not found in PATH%s", quoted(command), advise_command(command));
}

static bool is_dangling(const char *path)
{
	struct stat st;
	return !lstat(path, &st) && S_ISLNK(st.st_mode);
}

__attribute__((noreturn)) static void exec_command(const char *command, char **argv, char **env, uint64_t secret, const char *lost)
{
	int error = ENOENT;
	if (strchr(command, '/'))
		die_exec(command, command, try_exec(command, argv, env, secret), NULL);
	for (const char *rest = search_path(env), *path; *command && (path = next_program(&rest, command));) {
		int result = try_exec(path, argv, env, secret);
		if (result != ENOENT && result != ENOTDIR)
			error = result; /* it is there, but cannot be run: the search goes on, as in execvp(3) */
		if (!access(path, F_OK) && result == ENOENT)
			explain_exec(path, result);
		if (result == ENOENT && !lost && is_dangling(path))
			lost = path;
	}
	die_exec(command, command, error, lost);
}

/*** Advice ***/
/*
 * Where the command lacks a program, the supervisor, which sees the host, proposes options that make the program visible, and
 * what it needs to run.  An earlier command may have left a symbolic link or a
 * script that leads to the home, so only programs are proposed, never the whole home.
 */

struct proposal {
	const struct plan *plan;
	const char *home;
	const char **places, **words; /* what would be visible, and the options for that */
	size_t place_count, word_count;
};

/* How many bytes of a path are certain to lead to the same place inside; negative: the path is hidden. */
static int same_inside(const struct proposal *proposal, const char *path)
{
	for (size_t i = 0; i < proposal->place_count; i++)
		if (is_within(path, proposal->places[i]))
			return (int)strlen(proposal->places[i]);
	const struct op *op = decider(proposal->plan, path);
	return !keeps_paths(op) ? -1 : op->kind == OP_SAME || !op->dest[1] ? 0 : (int)strlen(op->dest);
}

/* The hidden path that a path leads to by its symbolic links, or NULL if it leads to none. */
static const char *hidden_part(const struct proposal *proposal, const char *path)
{
	for (int links = 0; links < 40; links++) {
		const char *target;
		int known = same_inside(proposal, path);
		if (known < 0)
			return path;
		if (!first_link(path, (size_t)known, &target, &path))
			return NULL;
	}
	return path;
}

static bool may_propose(const char *home, const char *path)
{
	return !is_within(home, path) && !is_one_of(path, shared_directories, false);
}

/*
 * What to make visible for a program: where it is in a "bin", the directory above, if that seems to be the program's own,
 * because a symbolic link or script led there, or because it is a virtual environment or has a "lib".  A hidden directory in
 * home, such as ~/.local, is for other things, too.
 */
static const char *place_for(const char *home, const char *path, bool led)
{
	const char *directory = directory_of(path), *prefix = directory_of(directory);
	const char *name = strrchr(directory, '/');
	bool shims = !strcmp(name, "/shims"); /* scripts of pyenv and rbenv, which start programs beside that directory */
	if (!shims && strcmp(name, "/bin") != 0)
		return path;
	bool hidden = !strcmp(directory_of(prefix), home) && prefix[strlen(home) + 1] == '.';
	bool whole = shims || !access(joined(prefix, "pyvenv.cfg"), F_OK) || (!hidden && (led || !access(joined(prefix, "lib"), F_OK)));
	return whole && may_propose(home, prefix) ? prefix : may_propose(home, directory) ? directory : path;
}

static bool is_program(const char *path)
{
	struct stat st;
	return !access(path, X_OK) && !stat(path, &st) && S_ISREG(st.st_mode);
}

static const char *interpreter_on_host(const char *path)
{
	char head[256] = "";
	size_t length;
	int fd = is_program(path) ? open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;
	if (fd >= 0 && read(fd, head, sizeof head - 1) < 0)
		*head = '\0';
	if (fd >= 0)
		close(fd);
	const char *name = script_interpreter(head, &length);
	return name && *name == '/' ? copy_part(name, length) : NULL;
}

/* The options that make a program visible, or NULL if none can be proposed. */
static const char *propose_options(const struct plan *plan, const char *home, const char *path)
{
	struct proposal proposal = {.plan = plan, .home = home};
	bool led = false;
	for (int steps = 0; path && steps < 8; steps++) {
		const char *hidden = hidden_part(&proposal, path), *real = hidden ? realpath(hidden, take(PATH_MAX)) : NULL;
		led = led || (hidden && strcmp(hidden, path) != 0);
		if (hidden && (!real || !is_program(real)))
			return NULL;
		if (hidden) {
			const char *place = place_for(home, hidden, led);
			real = realpath(place, take(PATH_MAX));
			if (!real || !may_propose(home, real))
				return NULL;
			bool same = !strcmp(place, real);
			APPEND(proposal.words, proposal.word_count, same ? "--ro" : "--ro-bind");
			APPEND(proposal.words, proposal.word_count, quoted(real));
			APPEND(proposal.words, proposal.word_count, same ? "" : quoted(place));
			APPEND(proposal.places, proposal.place_count, place);
		} else {
			path = interpreter_on_host(path);
			led = true;
		}
	}
	APPEND(proposal.words, proposal.word_count, NULL);
	return *proposal.words ? in_words(proposal.words) : NULL;
}

/*
 * The program that the caller's PATH finds first outside the base tree, which may be hidden inside; or NULL.  What is in the
 * base tree is the same inside, so that a PATH of system directories costs no system call.
 */
static const char *find_outside(const struct plan *plan, const struct caller *caller)
{
	const char *command = *plan->command, *rest = find_variable(caller->environ, "PATH");
	if (!rest || !*command || strchr(command, '/') || !keeps_search(plan))
		return NULL;
	for (const char *path; (path = next_program(&rest, command));) {
		if (*path != '/')
			continue;
		path = absolute("/", path);
		const struct op *op = decider(plan, path);
		if (!(op && op->kind == OP_SAME) && is_program(path))
			return path;
	}
	return NULL;
}

static bool is_same_program(const char *a, const char *b)
{
	struct stat first, second;
	return !stat(a, &first) && !stat(b, &second) && same_file(&first, &second);
}

/* A program is hidden.  The texts say why the command cannot start or, if CODE is 0, what was started in its place. */
static void tell_lack(const struct plan *plan, const struct caller *caller, int code, const char *texts)
{
	const char *first = texts, *program = nth(texts, 1), *otherwise = nth(texts, 2);
	const char *proposed = !strcmp(plan->root, "host") ? propose_options(plan, caller->home, program) : NULL;
	const char *advised = proposed ? composed("; to make it visible: %s", proposed) : otherwise;
	if (code)
		complain("%s%s", first, advised);
	else if (!is_same_program(first, program))
		warn("%s runs instead of %s, which is not in the sandbox%s", quoted(first), quoted(program), advised);
}

/*** Cgroup ***/
/*
 * --memory and its kind limit all processes of a sandbox together, by a cgroup (version 2): the "leaf", which the supervisor
 * makes below its own cgroup.  init starts in "inside", a cgroup below the leaf that has no limits, and no cgroups below it.
 * A command with a cgroup namespace of its own can mount only what is at and below "inside", and so cannot change the limits.
 *
 * A cgroup whose limits count may contain cgroups or processes, but not both (cgroups(7), "no internal processes").  So the
 * processes of the supervisor's own cgroup move to a leaf of theirs, and back when the last sandbox of that cgroup ends.
 *
 * Each supervisor locks its own cgroup, which it may share with others, and its leaf.  The locks of one that was killed are
 * gone, so the next supervisor knows which leaves to remove.  They are marked, as others may give cgroups such names.
 *
 * With --allow-userns a command can mount the cgroup that it is in by a cgroup namespace of its own, and then freeze or kill
 * all processes in cgroups that it owns.  So it gets a leaf, if one can be made; else cgroup namespaces are allowed only if
 * there is nothing that it could write to.
 */
#define OUTSIDE "sandbox.out" /* the leaf for processes that are in no sandbox */
#define INSIDE "inside"
#define MARK "user.sandbox" /* an extended attribute of leaves */

static const struct {
	char option[9], controller[7], file[11];
	const char *format;
} cgroup_limits[] = {
	{"--memory", "memory", "memory.max", "%llu"}, {"--pids", "pids", "pids.max", "%llu"},
	{"--cpus", "cpu", "cpu.max", "%llu00 100000"}, {"--io", "io", "io.max", "%s rbps=%llu wbps=%llu"},
};
#define CGROUP_LIMITS (sizeof cgroup_limits / sizeof *cgroup_limits)

static int open_directory(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Opens our own cgroup, or the one above it if an earlier sandbox moved us to the leaf OUTSIDE. */
OWN_FRAME static int open_own_cgroup(int proc, char path[PATH_MAX])
{
	char text[PATH_MAX];
	struct statfs fs;
	read_text(proc, "self/cgroup", text, sizeof text);
	const char *own = find_line(text, "0::");
	int length = own ? (int)strcspn(own, "\n") : 0, out = length - (int)strlen("/" OUTSIDE);
	if (out >= 0 && !strncmp(own + out, "/" OUTSIDE, strlen("/" OUTSIDE)))
		length = out;
	snprintf(path, PATH_MAX, "/sys/fs/cgroup%.*s", length, own ? own : "");
	int fd = open_directory(AT_FDCWD, path);
	if (fd >= 0 && !fstatfs(fd, &fs) && fs.f_type == 0x63677270 /* CGROUP2_SUPER_MAGIC */)
		return fd;
	if (fd >= 0)
		close(fd);
	return errno = ENODEV, -1;
}

static void move_processes(int cgroup, const char *from, const char *to)
{
	char text[4096], *next;
	read_text(cgroup, from, text, sizeof text);
	for (char *pid = text; (next = strchr(pid, '\n')); pid = next + 1) {
		*next = '\0';
		if (try_write(cgroup, to, pid) < 0 && errno != ESRCH)
			return;
	}
}

/* Moves the processes of a cgroup to a leaf, again and again, as they may fork meanwhile.  The root cgroup, which alone has no type, may keep them. */
static bool empty_cgroup(int cgroup)
{
	char text[8];
	for (int tries = 0; tries < 100 && !faccessat(cgroup, "cgroup.type", F_OK, 0); tries++) {
		read_text(cgroup, "cgroup.procs", text, sizeof text);
		if (!*text)
			return true;
		if (mkdirat(cgroup, OUTSIDE, 0755) < 0 && errno != EEXIST)
			return false;
		move_processes(cgroup, "cgroup.procs", OUTSIDE "/cgroup.procs");
		errno = EBUSY;
	}
	return errno == ENOENT;
}

static bool lock(int fd, int how)
{
	return !flock(fd, how | LOCK_NB);
}

static int remove_leaf(int cgroup, const char *name)
{
	char inside[NAME_MAX + sizeof "/" INSIDE];
	if (!*name)
		return errno = ENOENT, -1;
	snprintf(inside, sizeof inside, "%s/" INSIDE, name);
	unlinkat(cgroup, inside, AT_REMOVEDIR); /* if this fails, so does the next */
	return unlinkat(cgroup, name, AT_REMOVEDIR);
}

/* While we make a leaf, its parent has this mark, so that a later sweep() finds a leaf that we were killed before marking. */
static const char *intent_for(const char *leaf_name)
{
	return composed("user.%s", leaf_name);
}

/* Removes the leaves that nobody has locked; returns whether none remain. */
static bool sweep(int cgroup)
{
	bool all = true;
	DIR *list = listed(must(open_directory(cgroup, "."), "list", "the cgroup"));
	for (struct dirent *entry; (entry = readdir(list));) {
		const char *name = entry->d_name;
		if (strncmp(name, "sandbox.", 8) != 0 || !strcmp(name, OUTSIDE))
			continue;
		const char *intent = intent_for(name);
		int leaf = open_directory(cgroup, name);
		bool ours = leaf >= 0 && (fgetxattr(leaf, MARK, NULL, 0) >= 0 || fgetxattr(cgroup, intent, NULL, 0) >= 0);
		if (ours && (!lock(leaf, LOCK_EX) || remove_leaf(cgroup, name) < 0))
			all = false;
		else if (ours)
			fremovexattr(cgroup, intent);
		close(leaf);
	}
	closedir(list);
	return all;
}

/* The number, as text, after WORD in a file of the leaf; NULL if the number or the file does not exist. */
static const char *read_figure(const char *file, const char *word, char *text, size_t room)
{
	read_text(now.undo.leaf, file, text, room);
	char *figure = (char *)(uintptr_t)find_line(text, word);
	if (!figure || !isdigit((unsigned char)*figure))
		return NULL;
	figure[strcspn(figure, "\n")] = '\0';
	return figure;
}

/* Makes the controller of a limit available in the leaves ('+'), or no longer ('-'). */
static bool pass_on(char sign, size_t row)
{
	return !try_write(now.undo.cgroup, "cgroup.subtree_control", composed("%c%s", sign, cgroup_limits[row].controller));
}

/*
 * Removes the leaf when the supervisor ends.  Under bwrap it stays, with its limits, if processes were left behind; an init
 * that is about to end is waited for.
 */
static void leave_cgroup(void)
{
	now.undo.leave_cgroup = NULL;
	if (now.own.end)
		try_write(now.undo.leaf, "cgroup.kill", "1");
	for (int tries = now.own.end ? 0 : 180; remove_leaf(now.undo.cgroup, now.undo.leaf_name) < 0 && errno == EBUSY && tries < 200; tries++)
		usleep(5000);
	if (faccessat(now.undo.cgroup, OUTSIDE, F_OK, 0) < 0 || !lock(now.undo.cgroup, LOCK_EX) || !sweep(now.undo.cgroup))
		return;
	for (size_t i = 0; i < CGROUP_LIMITS; i++)
		pass_on('-', i);
	for (int tries = 0; tries < 100 && unlinkat(now.undo.cgroup, OUTSIDE, AT_REMOVEDIR) < 0; tries++)
		move_processes(now.undo.cgroup, OUTSIDE "/cgroup.procs", "cgroup.procs");
}

/* Without --memory the kernel kills because of somebody else's limit. */
static void leave_limited_cgroup(void)
{
	char text[512];
	const char *kills = read_figure("memory.events", "oom_kill ", text, sizeof text);
	if (kills && strcmp(kills, "0") != 0)
		warn("--memory: the limit was reached; processes that the kernel killed: %s", kills);
	leave_cgroup();
}

/* Limits each disk, because it is not known which of them the command will use. */
static bool limit_io(const char *format, unsigned long long rate)
{
	int block = open_directory(AT_FDCWD, "/sys/block");
	DIR *list = block < 0 ? NULL : fdopendir(block);
	bool all = list;
	for (struct dirent *entry; list && (entry = readdir(list));) {
		char disk[16], text[80];
		read_line(block, joined(entry->d_name, "dev"), disk, sizeof disk);
		snprintf(text, sizeof text, format, disk, rate, rate);
		all &= !*disk || !try_write(now.undo.leaf, "io.max", text); /* a path of a multipath disk has no number */
	}
	if (list)
		closedir(list);
	return all;
}

static bool limit_leaf(size_t row, unsigned long long value)
{
	char text[40];
	if (row == LIMIT_IO - LIMIT_MEMORY)
		return limit_io(cgroup_limits[row].format, value);
	/* Otherwise memory beyond the limit would be swapped out.  A kernel without swap has no such file. */
	if (row == 0 && try_write(now.undo.leaf, "memory.swap.max", "0") < 0 && errno != ENOENT)
		return false;
	snprintf(text, sizeof text, cgroup_limits[row].format, value);
	return !try_write(now.undo.leaf, cgroup_limits[row].file, text);
}

/* On failure now.undo.inside stays -1, and errno says why. */
static void make_leaf(void)
{
	for (pid_t suffix = getpid(); now.undo.leaf < 0; suffix++) {
		snprintf(now.undo.leaf_name, sizeof now.undo.leaf_name, "sandbox.%d", suffix);
		const char *intent = intent_for(now.undo.leaf_name);
		fsetxattr(now.undo.cgroup, intent, "", 0, 0);
		int made = mkdirat(now.undo.cgroup, now.undo.leaf_name, 0755), error = errno;
		int leaf = made < 0 ? -1 : open_directory(now.undo.cgroup, now.undo.leaf_name);
		if (leaf >= 0 && fsetxattr(leaf, MARK, "", 0, 0) < 0) {
			made = -1, error = errno;
			unlinkat(now.undo.cgroup, now.undo.leaf_name, AT_REMOVEDIR);
		}
		fremovexattr(now.undo.cgroup, intent);
		/* Another supervisor, which removes leaves by their names, may have removed ours before it was locked. */
		if (made >= 0 && lock(leaf, LOCK_EX) && !faccessat(leaf, "cgroup.procs", F_OK, 0))
			now.undo.leaf = leaf;
		else
			close(leaf);
		if (made < 0 && error != EEXIST && error != ENOENT) {
			errno = error;
			return;
		}
	}
	now.undo.leave_cgroup = leave_cgroup;
	if (!mkdirat(now.undo.leaf, INSIDE, 0755) && !try_write(now.undo.leaf, "cgroup.max.descendants", "1"))
		now.undo.inside = open_directory(now.undo.leaf, INSIDE);
}

/* Makes a leaf for the sandbox.  For limits, our own cgroup must contain no processes. */
static void prepare_leaf(int proc, char path[PATH_MAX], bool limits)
{
	now.undo.cgroup = open_own_cgroup(proc, path);
	/* A supervisor that ends may lock the cgroup exclusively, but only for a moment.  Whoever else does so may never end. */
	for (int tries = 0; now.undo.cgroup >= 0 && !lock(now.undo.cgroup, LOCK_SH); tries++) {
		if (tries == 200)
			return;
		usleep(10000);
	}
	if (now.undo.cgroup < 0)
		return;
	mode_t mask = umask(022); /* new cgroups get mode 0755: nobody else can write to them */
	sweep(now.undo.cgroup);
	if (!limits || empty_cgroup(now.undo.cgroup))
		make_leaf();
	umask(mask);
}

static void drop_cgroup(void)
{
	leave_cgroup();
	close(now.undo.cgroup);
	close(now.undo.leaf);
	close(now.undo.inside);
	now.undo.cgroup = now.undo.leaf = now.undo.inside = -1;
}

/* Warns once of all limits of -try options that could not be set. */
static void warn_unlimited(uint32_t missing, const char *path, int error)
{
	const char *names = "", *help = advice("limit the cgroup", error);
	for (size_t i = 0; i < CGROUP_LIMITS; i++)
		if (missing >> (LIMIT_MEMORY + i) & 1)
			names = composed("%s%s%s-try", names, *names ? ", " : "", cgroup_limits[i].option);
	if (missing)
		warn("%s: no limit is set: cannot limit the cgroup %s: %s%s%s", names, path, strerror(error), help ? "; " : "", help ? help : "");
}

/* Sets the limits of all processes together, before init is cloned.  Returns the plan without those that could not be set. */
OWN_FRAME static const struct plan *limit_cgroup(const struct plan *plan, int proc)
{
	char path[PATH_MAX];
	struct plan *copy = take(sizeof *copy);
	*copy = *plan;
	prepare_leaf(proc, path, true);
	int error = now.undo.inside < 0 ? errno : 0, why = error;
	uint32_t missing = 0;
	if (error)
		drop_cgroup();
	for (size_t i = 0; i < CGROUP_LIMITS; i++) {
		uint32_t bit = UINT32_C(1) << (LIMIT_MEMORY + i);
		if (!(plan->limits_given & bit) || (!error && pass_on('+', i) && limit_leaf(i, plan->limits[LIMIT_MEMORY + i].soft)))
			continue;
		errno = why = error ? error : errno;
		now.option = cgroup_limits[i].option;
		if (!(plan->limits_try & bit))
			fail("limit the cgroup", path);
		missing |= bit;
	}
	now.option = NULL;
	warn_unlimited(missing, path, why);
	copy->limits_given &= ~missing;
	if (copy->limits_given >> LIMIT_MEMORY & 1)
		now.undo.leave_cgroup = leave_limited_cgroup;
	return copy;
}

/* Makes a leaf without limits, if possible. */
OWN_FRAME static void isolate_cgroup(int proc)
{
	char path[PATH_MAX];
	prepare_leaf(proc, path, false);
	if (now.undo.inside < 0)
		drop_cgroup();
}

/* Mounts a hierarchy of cgroups as the command could by a cgroup namespace of its own; changes the text of "controllers". */
static int mount_cgroups(char *controllers)
{
	int fs = sys_fsopen(*controllers ? "cgroup" : "cgroup2");
	for (char *word = *controllers ? controllers : NULL, *next; fs >= 0 && word; word = next) {
		next = strchr(word, ',');
		if (next)
			*next++ = '\0';
		bool named = !strncmp(word, "name=", 5);
		sys_fsset(fs, named ? "name" : word, named ? word + 5 : NULL);
	}
	int mount = fs < 0 || sys_fscreate(fs) < 0 ? -1 : sys_fsmount(fs, 0);
	int top = mount < 0 ? -1 : open_directory(mount, ".");
	close(mount);
	close(fs);
	return top;
}

/* Whether we own or may write to anything in or below a directory.  All may write to cgroup.event_control, which only subscribes to events. */
static bool may_write_below(int directory)
{
	DIR *list = listed(directory);
	bool may = false;
	for (struct dirent *entry; !may && (entry = readdir(list));) {
		const char *name = entry->d_name;
		struct stat st;
		if (!strcmp(name, "..") || !strcmp(name, "cgroup.event_control") || fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		may = st.st_uid == geteuid() || !faccessat(directory, name, W_OK, 0);
		if (may || !S_ISDIR(st.st_mode) || !strcmp(name, "."))
			continue;
		int child = open_directory(directory, name);
		may = child < 0 ? errno != ENOENT : may_write_below(child);
	}
	closedir(list);
	return may;
}

/* In init: whether the command could, by a cgroup namespace of its own, write to cgroups that are not the sandbox's alone. */
OWN_FRAME static bool other_cgroups_at_risk(int proc)
{
	size_t size;
	int fd = openat(proc, "self/cgroup", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	char *text = slurp(fd, "/proc/self/cgroup", &size);
	close(fd);
	for (char *row; (row = strsep(&text, "\n")) && *row;) {
		char *controllers = strchr(row, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
		if (!path)
			return true;
		*path = '\0';
		if (!controllers[1] && now.undo.leaf >= 0)
			continue;
		int top = mount_cgroups(controllers + 1);
		if (top < 0 || may_write_below(top))
			return true;
	}
	return false;
}

/*** Run ***/
/*
 * struct run is what supervisor, init and payload share: it is set up before the clone and const after it.  struct watch
 * belongs to the supervisor alone, from when init runs.
 */

/* A file that an option named, and its path without symbolic links when it was opened. */
struct written {
	const char *option, *name, *real;
	int fd;
};

struct run {
	const struct plan *plan;
	const struct caller *caller;
	const struct same *same;
	struct written written[3];
	size_t written_count;
	int caller_error; /* the caller's standard error, if --stderr has replaced it; else -1 */
	struct sock_fprog *filters, policy; /* of --seccomp; our own, of length 0 if there is none */
	sigset_t handled, mask; /* the signals that we wait for; those that the caller had blocked */
	int proc, caller_pidfd, ruleset, stats;
	struct timespec start; /* set if --stats asks for a report */
	int control[2]; /* the supervisor's end, init's end */
	bool go; /* init waits for SAY_GO */
	bool own_session; /* the command has a session of its own */
	const char *directory; /* the command's, if init has entered it already (bwrap) */
	const char *outside; /* the program that the caller's PATH finds, if it may not be visible inside; or NULL */
	unsigned files; /* a bit for each standard stream that cannot be a terminal */
	bool piped; /* a standard stream is a pipe or socket, whose other end may be a program that uses the terminal too */
	int terminal; /* the caller's; one that the command shares counts only while we are in its foreground.  Else -1 */
	bool console; /* standard output is a terminal that the command shares */
	struct fd_list replaced; /* the descriptors at which the command gets a pty instead of that terminal */
	int pty; /* valid in init and payload; -1 if there is no pty */
	pid_t leader; /* of the pty's session: init */
	bool reads; /* one of the replaced descriptors is open for reading */
	bool eager; /* the command is to be in the foreground from the start */
	bool front; /* it starts in the foreground: it is eager, and the caller's terminal has us in the foreground */
};

static bool wants_init(const struct plan *plan)
{
	if (plan->as_pid_1)
		return false;
	return plan->namespaces & CLONE_NEWPID || plan->lock_count || plan->sync_fds.count;
}

/* Whether the sandbox ends with the supervisor.  Under bwrap it does only if --die-with-parent asks for it. */
static bool is_tied(const struct plan *plan)
{
	return now.own.end || plan->die_with_parent;
}

/* A command that is process 1 loses its PR_SET_PDEATHSIG when a thread other than its first calls execve(2). */
static bool needs_guard(const struct plan *plan)
{
	return plan->as_pid_1 && is_tied(plan);
}

/*
 * For the report, init kills what the command left and waits for each process: rusage counts only those that were waited
 * for.  If the pid namespace is not new, init cannot tell the sandbox's processes from others.
 */
static bool counts_all(const struct run *run)
{
	return run->stats >= 0 && now.own.end && run->plan->namespaces & CLONE_NEWPID && wants_init(run->plan);
}

/* If init has ended nothing is to be done: poll reports that. */
static bool tell_init(int control, int kind, int value)
{
	struct message message = {kind, value};
	return send(control, &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

static bool take_pending(int signo)
{
	uint64_t set = UINT64_C(1) << (signo - 1);
	struct timespec none = {0, 0};
	return syscall(SYS_rt_sigtimedwait, &set, NULL, &none, sizeof set) == signo;
}

/* A descriptor that an option names; a standard stream is the command's too. */
static void close_own(int fd)
{
	if (fd > 2)
		close(fd);
}

static void add_fds(struct fd_list *list, const struct fd_list *more)
{
	for (size_t i = 0; i < more->count; i++)
		APPEND(list->fd, list->count, more->fd[i]);
}

static bool in_foreground(const struct run *run)
{
	pid_t group = tcgetpgrp(run->terminal);
	return group == getpgrp() || (group < 0 && errno == ENOTTY); /* ENOTTY: not our session's, so no other job competes for it */
}

static void copy_size(int from, int to)
{
	struct winsize size;
	if (!sys_ioctl(from, TIOCGWINSZ, &size))
		sys_ioctl(to, TIOCSWINSZ, &size); /* the kernel sends SIGWINCH if the size changes */
}

/* A refused call that was reported; each is reported once. */
struct refused_call {
	uint64_t arguments[6]; /* those that the policy asked about; else 0 */
	char program[16];
	uint32_t arch;
	int call;
};

/* What was read from one terminal and not yet written to the other. */
struct flow {
	size_t from, to;
	char data[4096];
};

#define LAST_WORDS (1 << 16) /* the most output relayed after a stop or the end: more than the kernel buffers, less than a flood */

#define TIMED_OUT (124 << 8) /* a wait status; timeout(1) exits with 124 too */

/* What the timer waits for.  From each stage it leads to a later one. */
enum stage {
	STAGE_LIMIT, /* --timeout, if there is one */
	STAGE_ASKED, /* --grace, after a signal that asks us to end */
	STAGE_GRACE, /* --grace, after --timeout */
	STAGE_LAST, /* init's end: the command has ended, or all is to be killed */
};

struct watch {
	int signals, control, pidfd, caller, block, listener, timer, pty; /* -1: not yet, or no longer */
	pid_t pid; /* of init; of the command if there is no init */
	bool begun, failed; /* the command was started; could not be started */
	bool known, ended; /* its wait status is known; nothing is left inside */
	int status;
	enum stage stage;
	int verdict; /* the wait status that replaces the command's, if its time is over; else 0 */
	int asked; /* with --grace: the signal that asked us to end; else 0 */
	int waker; /* the kernel's number of the timer that continues us if we are stopped; -1: there is none */
	int deadly; /* under bwrap: the last signal that bubblewrap would have died of */
	bool by_terminal; /* the terminal sent such a signal */
	uint64_t deferred; /* a bit for each signal that came before the command began */
	int less; /* the layers that are not as planned, of enum less */
	struct rusage usage; /* of all processes that were waited for */
	char *texts; /* room for those of a message */
	struct refused_call *refusals;
	size_t refusal_count;
	bool front; /* the command gets what is typed */
	bool wants; /* and is to get it whenever we are in the foreground */
	bool waits; /* another member of the pipeline reads what is typed */
	int typed; /* bytes that were typed before the terminal was raw */
	int key; /* the signal of the last key that makes one */
	struct timespec key_time; /* when that was relayed */
	uint64_t relayed, enough; /* bytes of output; how many of them at most, when nothing is left inside */
	struct flow *in, *out; /* NULL if the command has no pty */
};

static int64_t microseconds_since(const struct timespec *start)
{
	struct timespec end;
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (int64_t)(end.tv_sec - start->tv_sec) * 1000000 + (end.tv_nsec - start->tv_nsec) / 1000;
}

static void send_go(const struct run *run)
{
	if (run->go)
		tell_init(run->control[0], SAY_GO, 0);
}

static void await_go(const struct run *run)
{
	struct message message;
	if (run->go && recv(run->control[1], &message, sizeof message, 0) != sizeof message)
		_exit(125);
}

/*** Report ***/

/* For --info-fd and --json-status-fd.  A failure ends all: a reader that gets nothing, or half of it, would wait for ever. */
__attribute__((format(printf, 3, 4))) static void write_to(int fd, const char *option, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	must(vdprintf(fd, format, ap), "write to", option);
	va_end(ap);
}

/* In bubblewrap's format, which lists all new namespaces except the user namespace. */
static void announce_to(int fd, const char *option, const struct run *run, pid_t pid, const char *space, const char *last)
{
	if (fd < 0)
		return;
	write_to(fd, option, "{%s\"child-pid\": %d", space, pid);
	for (size_t i = 0; i < SPACES; i++) {
		char path[64];
		struct stat st;
		snprintf(path, sizeof path, "%d/ns/%s", pid, space_in_proc(i));
		if (run->plan->namespaces & spaces[i].flag & ~(uint64_t)CLONE_NEWUSER && !fstatat(run->proc, path, &st, 0))
			write_to(fd, option, ",%s\"%s-namespace\": %ju", space, space_in_proc(i), (uintmax_t)st.st_ino);
	}
	write_to(fd, option, "%s}\n", last);
}

static void announce(const struct run *run, pid_t pid)
{
	announce_to(run->plan->info_fd, "--info-fd", run, pid, "\n    ", "\n");
	close_own(run->plan->info_fd);
	announce_to(run->plan->status_fd, "--json-status-fd", run, pid, " ", " ");
}

/* Collects the report for one write(2): other sandboxes may report to the same place. */
struct text {
	size_t used;
	char room[2048];
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	text->used += (size_t)vsnprintf(text->room + text->used, sizeof text->room - text->used, format, ap);
	va_end(ap);
}

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

static void report_cgroup(struct text *text)
{
	static const struct {
		const char *name, *file, *word;
	} rows[] = {{"oom-killed", "memory.events", "oom_kill "}, {"peak-memory-bytes", "memory.peak", ""},
		{"cpu-microseconds", "cpu.stat", "usage_usec "}, {"refused-forks", "pids.events", "max "}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char room[512];
		const char *figure = now.undo.leaf < 0 ? NULL : read_figure(rows[i].file, rows[i].word, room, sizeof room);
		add(text, ", \"%s\": %s", rows[i].name, figure ? figure : "null");
	}
}

/* The limits that were given: the time, and the soft limits. */
static void report_limits(struct text *text, const struct plan *plan)
{
	const char *before = "";
	add(text, ", \"limits\": {");
	if (plan->timeout) {
		add(text, "\"timeout-seconds\": %llu.%06llu", (unsigned long long)plan->timeout / 1000000000, (unsigned long long)plan->timeout / 1000 % 1000000);
		before = ", ";
	}
	for (unsigned i = 0; i < LIMITS; i++)
		if (plan->limits_given >> i & 1) {
			add(text, plan->limits[i].soft == UINT64_MAX ? "%s\"%s\": null" : "%s\"%s\": %llu", before, resources[i].name,
			    (unsigned long long)plan->limits[i].soft);
			before = ", ";
		}
	add(text, "}");
}

static bool has_proc(const struct plan *plan)
{
	for (size_t i = 0; i < plan->op_count; i++)
		if (plan->ops[i].kind == OP_PROC)
			return true;
	return false;
}

/* Whose processes /proc lists (a bind of /proc does not count), and what denies user namespaces to the command. */
static void report_proc(struct text *text, const struct plan *plan, int less)
{
	bool new = plan->namespaces & CLONE_NEWPID || plan->pidns_fd >= 0;
	const char *kind = !new || less & LESS_CALLERS_PROC ? "callers" : less & LESS_PIDS_ALONE ? "processes" : "new";
	add(text, has_proc(plan) ? ", \"proc\": \"%s\"" : ", \"proc\": null", kind);
	add(text, ", \"no-user-namespaces\": {\"limit\": %s, \"filter\": %s}", truth(plan->disable_userns && !(less & LESS_LIMITS)),
	    truth(refuses_namespace(plan->policy, CLONE_NEWUSER)));
}

/* The layers around the command: one that could not be applied would have ended the start. */
static void report_layers(struct text *text, const struct plan *plan, int less)
{
	int abi = landlock_abi();
	struct k_landlock_layer layer = landlock_layer(plan, abi);
	const char *policy = policy_name(plan), *before = "";
	add(text, ", \"namespaces\": [");
	for (size_t i = 0; i < SPACES; i++)
		if (plan->namespaces & spaces[i].flag) {
			add(text, "%s\"%s\"", before, spaces[i].name);
			before = ", ";
		}
	add(text, "], \"system-calls\": {\"policy\": \"%s\", \"changes\": %zu, \"programs\": %zu}",
	    builtin_text(policy) ? policy : "file", plan->statement_count, plan->seccomp_fds.count);
	add(text, ", \"landlock\": {\"abi\": %d, \"files\": %s, \"signals\": %s, \"abstract-sockets\": %s}",
	    layer.files || layer.scopes ? abi : 0, truth(layer.files), truth(layer.scopes & K_LANDLOCK_SCOPE_SIGNAL),
	    truth(layer.scopes & K_LANDLOCK_SCOPE_ABSTRACT));
	report_proc(text, plan, less);
	report_limits(text, plan);
}

/* A stopped terminal or a full pipe may block us, but not once the time is over. */
static void write_text(const struct run *run, const struct text *text, bool over)
{
	struct pollfd out = {run->stats, POLLOUT, 0};
	if (over && poll(&out, 1, 400) < 1)
		return warn("--stats: cannot write to %s: nobody reads there", run->plan->stats);
	for (size_t at = 0; at < text->used;) {
		ssize_t put = write(run->stats, text->room + at, text->used - at);
		if (put < 0)
			return warn("--stats: cannot write to %s: %s", run->plan->stats, strerror(errno));
		at += (size_t)put;
	}
}

/* --stats counts all processes of the sandbox, init among them. */
OWN_FRAME static void write_report(const struct run *run, const struct watch *watch, int status)
{
	const struct rusage *used = &watch->usage;
	bool began = watch->begun && !watch->failed;
	struct text text = {.used = 0};
	char signal_text[12] = "null";
	int64_t wall = microseconds_since(&run->start);
	restore_shared(); /* the report may go to a descriptor whose flags the command has changed */
	if (WIFSIGNALED(status))
		snprintf(signal_text, sizeof signal_text, "%d", WTERMSIG(status));
	add(&text, "{\"began\": %s, \"exit-code\": %d, \"signal\": %s, \"timed-out\": %s", truth(began),
	    WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), signal_text, truth(watch->verdict == TIMED_OUT));
	add(&text, ", \"wall-seconds\": %lld.%06lld, \"user-seconds\": %lld.%06ld, \"system-seconds\": %lld.%06ld", (long long)wall / 1000000,
	    (long long)wall % 1000000, (long long)used->ru_utime.tv_sec, (long)used->ru_utime.tv_usec, (long long)used->ru_stime.tv_sec,
	    (long)used->ru_stime.tv_usec);
	add(&text, ", \"max-rss-bytes\": %lld, \"minor-faults\": %ld, \"major-faults\": %ld, \"input-blocks\": %ld, \"output-blocks\": %ld, "
		   "\"voluntary-switches\": %ld, \"involuntary-switches\": %ld", (long long)used->ru_maxrss * 1024, used->ru_minflt, used->ru_majflt,
	    used->ru_inblock, used->ru_oublock, used->ru_nvcsw, used->ru_nivcsw);
	report_cgroup(&text);
	if (began)
		report_layers(&text, run->plan, watch->less);
	add(&text, "}\n");
	if (run->plan->stats_fd < 0 && ftruncate(run->stats, 0) < 0) /* the command may have written to the file */
		trace("cannot empty %s: %s", run->plan->stats, strerror(errno));
	write_text(run, &text, watch->verdict != 0);
}

/*** Signals and end ***/

/* Stops or ends us as it did the command, so that the caller sees the same. */
static void raise_signal(int signo)
{
	sigset_t set, old;
	sigemptyset(&set);
	sigaddset(&set, signo);
	kill(getpid(), signo); /* it is blocked, so it merges with one that the terminal has sent */
	sigprocmask(SIG_UNBLOCK, &set, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

__attribute__((noreturn)) static void die_of(int signo)
{
	static const struct k_limit none = {0, 0};
	sys_prlimit(RLIMIT_CORE, &none, NULL);
	signal(signo, SIG_DFL);
	raise_signal(signo);
	_exit(128 + signo);
}

/*
 * The command may have given the terminal's foreground to a process group that no longer exists: take it back.  A group
 * that exists is the caller's shell, which put us in the background, and keeps it.
 */
static void restore_foreground(const struct run *run)
{
	pid_t group = run->terminal < 0 || run->replaced.count ? -1 : tcgetpgrp(run->terminal);
	if (group > 0 && kill(-group, 0) < 0 && errno == ESRCH) {
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(run->terminal, group = getpgrp());
	}
	if (group > 0 && group == getpgrp() && now.own.terminal) { /* --share-tty */
		tcgetattr(now.undo.terminal = run->terminal, &now.undo.raw);
		sys_ioctl(now.undo.terminal, TIOCNXCL, NULL);
	}
	put_back();
}

/* We wrote to the files that we opened; the command may have put others in their places. */
static void warn_of_replaced(const struct run *run)
{
	bool *replaced = take(run->written_count * sizeof *replaced);
	for (size_t i = 0; i < run->written_count; i++) {
		const struct written *file = &run->written[i];
		int fd = sys_openat2(AT_FDCWD, file->real, O_PATH | O_NOFOLLOW, K_RESOLVE_NO_SYMLINKS);
		struct stat own = stat_fd(file->fd, file->name), there = {0};
		if (fd >= 0)
			there = stat_fd(fd, file->name);
		replaced[i] = !same_file(&own, &there);
		if (replaced[i] && file->fd == 2) /* the caller would not see the warnings there */
			dup2(run->caller_error, 2);
	}
	for (size_t i = 0; i < run->written_count; i++)
		if (replaced[i] && !(i && !strcmp(run->written[i].real, run->written[i - 1].real))) /* --stdout and --stderr may be one file */
			warn("%s: %s was replaced or removed while the command ran, and what was written is not there; name a file that the command cannot write",
			     run->written[i].option, quoted(run->written[i].name));
}

/* The caller must own it, as git demands; a file .git only names a repository elsewhere. */
static bool is_repository(const char *path, uid_t uid)
{
	static const char *const names[] = {".git", ".hg", ".jj", NULL};
	int top = sys_openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY, K_RESOLVE_NO_SYMLINKS);
	struct stat st, own;
	bool found = false;
	if (top < 0)
		return false;
	for (const char *const *name = names; *name && !found; name++)
		found = !fstatat(top, *name, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode) && st.st_uid == uid;
	found &= !fstat(top, &own) && own.st_uid == uid;
	close(top);
	return found;
}

/*
 * A command that fails below the top of a repository may lack the rest of it.  A directory that the command can write is
 * visible inside, where the search ends: so it cannot have made the repository that we name.
 */
static void advise_repository(const struct run *run)
{
	const struct caller *caller = run->caller;
	const struct plan *plan = run->plan;
	if (!now.own.words || !plan->base_count || !strcmp(plan->cwd, "none") || !is_the_users(caller->cwd, caller->home) ||
	    is_repository(caller->cwd, caller->uid))
		return;
	char *path = copy_of(caller->cwd);
	for (char *slash; (slash = strrchr(path, '/'));) {
		*slash = '\0';
		if (!is_the_users(path, caller->home) || is_visible(plan, caller, path))
			return;
		if (!is_repository(path, caller->uid))
			continue;
		const char *top = quoted(path);
		if (!strcmp(plan->cwd, "overlay")) /* a read-only mount would hide it */
			warn("the command failed, and %s, the top of the repository, is not visible inside; to make it visible start there: cd %s", top, top);
		else
			warn("the command failed, and %s, the top of the repository, is not visible inside; to make it visible: --ro %s%s", top, top,
			     *plan->cwd == 'r' && plan->cwd[1] == 'w' ? " --rw ." : "");
		return;
	}
}

/* Whether the signal is that of a key which was typed at the caller's terminal within the last second. */
static bool was_typed(const struct watch *watch, int signo)
{
	return watch->key == signo && microseconds_since(&watch->key_time) <= 1000000;
}

/* Ends as the command did. */
__attribute__((noreturn)) static void exit_as(const struct run *run, const struct watch *watch, int status)
{
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	restore_foreground(run);
	warn_of_replaced(run);
	if (watch->begun && !watch->failed && watch->verdict != TIMED_OUT && WIFEXITED(status) && code)
		advise_repository(run);
	if (run->plan->status_fd >= 0 && !watch->failed)
		dprintf(run->plan->status_fd, "{ \"exit-code\": %d }\n", code);
	if (watch->deadly && (watch->by_terminal || code == 128 + watch->deadly))
		die_of(watch->deadly);
	if (!WIFSIGNALED(status) || !now.own.death)
		_exit(code);
	/* The terminal would have sent it to our whole process group: a script's shell ends at Ctrl-C only if it gets that too. */
	if (was_typed(watch, WTERMSIG(status)) && tcgetpgrp(run->terminal) == getpgrp())
		kill(0, WTERMSIG(status));
	die_of(WTERMSIG(status));
}

/* Nothing inside will react to the signal: all of it is killed, and we die of the signal. */
__attribute__((noreturn)) static void kill_and_die(const struct run *run, struct watch *watch, int signo)
{
	sys_pidfd_send_signal(watch->pidfd, SIGKILL);
	wait4(watch->pid, NULL, 0, &watch->usage);
	if (run->stats >= 0)
		write_report(run, watch, watch->verdict == TIMED_OUT ? TIMED_OUT : signo);
	if (watch->verdict == TIMED_OUT)
		exit_as(run, watch, TIMED_OUT);
	restore_foreground(run);
	die_of(signo);
}

/* The signals that we wait for.  The first ones end a process that does nothing about them, the last three are not forwarded. */
static const int handled[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCONT, SIGTSTP, SIGWINCH, SIGCHLD, SIGTTIN, SIGTTOU};
enum { FATAL = 6 };

static bool is_fatal(int signo)
{
	for (size_t i = 0; i < FATAL; i++)
		if (handled[i] == signo)
			return true;
	return false;
}

/* Whether the command catches or ignores a signal. */
static bool handles(const struct run *run, pid_t pid, int signo)
{
	char path[32], text[4096];
	snprintf(path, sizeof path, "%d/status", pid);
	read_text(run->proc, path, text, sizeof text);
	const char *ignored = find_line(text, "SigIgn:"), *caught = find_line(text, "SigCgt:");
	uint64_t mask = caught ? strtoull(ignored, NULL, 16) | strtoull(caught, NULL, 16) : 0;
	return mask >> (signo - 1) & 1;
}

/* What the terminal sends has reached the command already, if that is still in our process group. */
static void pass_signal(const struct run *run, struct watch *watch, int signo, bool from_terminal)
{
	/* A shell's "fg" continues a whole process group, but it cannot see the one inside. */
	bool all = run->own_session && (from_terminal || signo == SIGCONT);
	/* When the terminal hangs up, only the leader of the session gets SIGHUP. */
	bool had = from_terminal && !all && !(signo == SIGHUP && getsid(0) == getpid());
	/* A process 1 gets only signals that it has a handler for. */
	if (run->plan->as_pid_1 && is_fatal(signo) && !handles(run, watch->pid, signo))
		kill_and_die(run, watch, signo);
	if (wants_init(run->plan))
		tell_init(watch->control, had ? SAY_HAD : all ? SAY_SIGNAL_ALL : SAY_SIGNAL, signo);
	else if (all)
		kill(-watch->pid, signo);
	else if (!had)
		sys_pidfd_send_signal(watch->pidfd, signo);
}

/*** Terminal ***/
/*
 * Before the clone the supervisor finds the caller's terminal.  init makes the pty, and the supervisor relays between the two.
 */

/* The unit number is unique in one devpts.  Terminals of two may have the same, but only one can be our session's. */
static bool same_terminal(int a, int b)
{
	unsigned unit[2] = {0, 1};
	sys_ioctl(a, TIOCGDEV, &unit[0]);
	sys_ioctl(b, TIOCGDEV, &unit[1]);
	return unit[0] == unit[1] && (tcgetpgrp(a) < 0) == (tcgetpgrp(b) < 0);
}

/* Opened anew: on the caller's descriptor O_NONBLOCK would be set for the caller too. */
static void open_callers_terminal(struct run *run)
{
	char path[32];
	snprintf(path, sizeof path, "/proc/self/fd/%d", run->terminal);
	/* Any user may open /dev/tty, the terminal of the session; another terminal only its owner. */
	int own = open(tcgetpgrp(run->terminal) < 0 ? path : "/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	run->terminal = own < 0 ? run->terminal : own;
	run->eager = run->reads && (!wants_init(run->plan) || !run->piped);
	run->front = run->eager && in_foreground(run);
}

static void add_terminal(struct run *run, int fd)
{
	if ((fd < 3 && run->files >> fd & 1) || !isatty(fd))
		return;
	run->terminal = run->terminal < 0 ? fd : run->terminal;
	if (!now.own.terminal || run->plan->share_tty) {
		run->console |= fd == 1;
		return;
	}
	if (!same_terminal(run->terminal, fd))
		die("descriptors %d and %d are two terminals; redirect one, or use --share-tty", run->terminal, fd);
	APPEND(run->replaced.fd, run->replaced.count, fd);
	run->reads |= !fd || (fd > 2 && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_WRONLY);
}

/* Which of the command's descriptors are a terminal, and whether a pty replaces it. */
static void find_terminal(struct run *run)
{
	const struct plan *plan = run->plan;
	run->terminal = run->pty = -1;
	for (int fd = 0; fd < 3; fd++)
		add_terminal(run, fd);
	for (size_t i = 0; i < plan->keep_fds.count; i++)
		add_terminal(run, plan->keep_fds.fd[i]);
	run->own_session = plan->new_session || (now.own.terminal && (run->terminal < 0 || run->replaced.count));
	if (run->replaced.count)
		open_callers_terminal(run);
	else if (run->terminal >= 0 && tcgetpgrp(run->terminal) != getpgrp())
		run->terminal = -1;
	else if (run->terminal >= 0 && now.own.terminal)
		tcgetattr(run->terminal, &now.undo.cooked);
}

/*
 * In init: the pty begins with the settings of the caller's terminal, unless those are an editor's or a shell's, as they
 * may be while we are in the background.
 */
static void begin_terminal(struct run *run, int master)
{
	int mode = run->reads ? O_RDWR : O_WRONLY;
	int pty = run->pty = must(ioctl(master, TIOCGPTPEER, mode | O_NOCTTY | O_CLOEXEC), "open", "the terminal");
	struct termios settings;
	if (!tcgetattr(run->terminal, &settings)) {
		if (!run->front || run->piped)
			settings.c_iflag |= ICRNL, settings.c_oflag |= OPOST, settings.c_lflag |= ICANON | ECHO | ISIG | IEXTEN;
		if (run->piped)
			settings.c_lflag &= ~(tcflag_t)ECHO; /* the caller's terminal echoes */
		tcsetattr(pty, TCSANOW, &settings);
	}
	copy_size(run->terminal, pty);
	must((int)tell_descriptor(SAY_TERMINAL, master), "pass on", "the terminal");
	close(master);
	run->leader = must(setsid(), "start", "a session");
	if (run->reads)
		must(sys_ioctl(pty, TIOCSCTTY, NULL), "control", "the terminal");
	else
		fchmod(pty, 0200); /* opening it for reading fails at once, where a read would wait for ever */
	for (size_t i = 0; i < run->replaced.count; i++)
		must(dup2(pty, run->replaced.fd[i]), "pass on", "the terminal");
}

/* Makes the caller's terminal raw: the settings of the command's own terminal say what a key does. */
static void take_terminal(const struct run *run, struct watch *watch)
{
	struct termios settings = {0};
	watch->front = true;
	/* Another member of a pipeline could save raw settings, and restore them after our end. */
	if (run->piped || tcgetattr(run->terminal, &settings) < 0)
		return;
	if (memcmp(&settings, &now.undo.raw, sizeof settings)) /* they are ours if we were stopped by SIGSTOP */
		now.undo.cooked = settings;
	cfmakeraw(&settings);
	if (!wants_init(run->plan)) /* Ctrl-C must end even a process 1 that has no handler */
		settings.c_lflag |= ISIG;
	tcsetattr(now.undo.terminal = run->terminal, TCSANOW, &settings);
	tcgetattr(now.undo.terminal, &now.undo.raw);
	sys_ioctl(now.undo.terminal, FIONREAD, &watch->typed);
}

/* Continues the command: in the foreground of its terminal, if we are in that of the caller's. */
static void resume(const struct run *run, struct watch *watch)
{
	bool front = watch->wants && in_foreground(run);
	watch->front = false;
	if (front)
		take_terminal(run, watch);
	else
		restore_terminal();
	copy_size(run->terminal, watch->pty);
	if (wants_init(run->plan))
		tell_init(watch->control, SAY_FRONT, front);
	else
		kill(-watch->pid, SIGCONT);
}

static bool is_pending(const struct flow *flow)
{
	return flow && flow->from < flow->to;
}

/* These two return false if the terminal is gone. */
static bool fill(struct flow *flow, int fd)
{
	ssize_t got = read(fd, flow->data, sizeof flow->data);
	flow->from = 0, flow->to = got > 0 ? (size_t)got : 0;
	return got > 0 || (got < 0 && errno == EAGAIN);
}

static bool drain(struct flow *flow, int fd)
{
	ssize_t put = is_pending(flow) ? write(fd, flow->data + flow->from, flow->to - flow->from) : 0;
	flow->from += put > 0 ? (size_t)put : 0;
	return put >= 0 || errno == EAGAIN;
}

/* A program that asks for a password or a key changes the settings: what is typed is for that program alone. */
static bool echoes_lines(int terminal, struct termios *settings)
{
	return !tcgetattr(terminal, settings) && (settings->c_lflag & (ICANON | ECHO)) == (ICANON | ECHO);
}

/* In a pipeline, one line that the terminal has echoed.  If it has no '\n', the end-of-file key sent it. */
static bool fill_line(struct flow *in, int terminal)
{
	struct termios settings;
	in->from = in->to = 0; /* else note_key() would see the line before again */
	if (!echoes_lines(terminal, &settings))
		return true;
	ssize_t got = read(terminal, in->data, sizeof in->data - 1);
	if (got < 0)
		return errno == EAGAIN;
	in->to = (size_t)got;
	if (!got || in->data[got - 1] != '\n')
		in->data[in->to++] = (char)settings.c_cc[VEOF];
	return true;
}

/* The signal that a key would have made with the caller's own settings. */
static void note_key(struct watch *watch)
{
	static const struct {
		int place, signo;
	} keys[] = {{VINTR, SIGINT}, {VQUIT, SIGQUIT}};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		int key = now.undo.cooked.c_lflag & ISIG ? now.undo.cooked.c_cc[keys[i].place] : 0; /* 0: no key */
		if (key && memchr(watch->in->data, key, watch->in->to)) {
			watch->key = keys[i].signo;
			clock_gettime(CLOCK_MONOTONIC, &watch->key_time);
		}
	}
}

/* An end of file that was typed before the terminal was raw is read as NUL. */
static bool relay_input(const struct run *run, struct watch *watch)
{
	struct flow *in = watch->in;
	if (!is_pending(in)) {
		if (run->piped ? !fill_line(in, run->terminal) : !fill(in, run->terminal))
			return false;
		note_key(watch);
		for (size_t i = 0; i < in->to && watch->typed > 0; i++, watch->typed--)
			if (!in->data[i] && now.undo.cooked.c_lflag & ICANON)
				in->data[i] = (char)now.undo.cooked.c_cc[VEOF];
	}
	return drain(in, watch->pty);
}

/* The command's terminal puts \r before each \n; if the caller's is not raw it does so too, and ours is left out. */
static bool relay_output(const struct run *run, struct watch *watch)
{
	struct flow *out = watch->out;
	struct termios settings;
	if (!is_pending(out)) {
		if (!fill(out, watch->pty))
			return false;
		bool raw = watch->front && !run->piped;
		bool twice = !raw && !tcgetattr(run->terminal, &settings) && (settings.c_oflag & (OPOST | ONLCR)) == (OPOST | ONLCR);
		size_t size = out->to;
		watch->relayed += size;
		out->to = 0;
		for (size_t i = 0; i < size; i++)
			if (!twice || out->data[i] != '\r' || i + 1 == size || out->data[i + 1] != '\n')
				out->data[out->to++] = out->data[i];
	}
	return drain(out, run->terminal);
}

/* The caller's terminal is gone: the command's hangs up. */
static void hang_up(const struct run *run, struct watch *watch)
{
	close(watch->pty);
	watch->pty = -1;
	watch->front = false;
	if (!watch->begun)
		kill_and_die(run, watch, SIGHUP);
	pass_signal(run, watch, SIGHUP, true);
	pass_signal(run, watch, SIGCONT, false); /* a stopped command gets SIGHUP only then */
}

static void begin_relay(struct watch *watch, int master)
{
	watch->pty = master;
	/* Opened and left open: the pty hangs up when nobody has it open.  EBUSY: the command has set TIOCEXCL; init has it open. */
	if (ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC) < 0 && errno != EBUSY)
		fail("open", "the terminal");
	watch->in = take(sizeof *watch->in);
	watch->out = take(sizeof *watch->out);
}

/* Reads from one terminal only when all is written to the other. */
static void poll_terminals(const struct run *run, struct watch *watch, struct pollfd *outer, struct pollfd *inner)
{
	struct termios settings;
	watch->waits = watch->pty >= 0 && watch->front && run->piped && !echoes_lines(run->terminal, &settings);
	if (watch->pty < 0 || !(watch->begun || watch->ended)) /* the terminal must be raw before output is relayed */
		return;
	bool in = is_pending(watch->in), out = is_pending(watch->out);
	*outer = (struct pollfd){run->terminal, (short)((out ? POLLOUT : 0) | (watch->front && !in && !watch->waits ? POLLIN : 0)), 0};
	*inner = (struct pollfd){watch->pty, (short)((in ? POLLOUT : 0) | (out ? 0 : POLLIN)), 0};
}

/* OUTER and INNER: what poll found at the caller's terminal and at the pty. */
static void relay(const struct run *run, struct watch *watch, int outer, int inner)
{
	bool gone = outer & (POLLHUP | POLLERR);
	if (inner & POLLIN || outer & POLLOUT)
		gone |= !relay_output(run, watch);
	if (gone)
		return hang_up(run, watch);
	if (!(outer & POLLIN || inner & POLLOUT) || relay_input(run, watch))
		return;
	if (in_foreground(run))
		return hang_up(run, watch);
	resume(run, watch); /* the read failed because another process group took the foreground */
}

/*
 * Stops us, if there is a terminal: its shell must see a stopped job.  Without one nobody would continue us: returns false.
 * With ssh -t or docker run -t there is a terminal but no shell, and our process group is orphaned: there the kernel
 * ignores SIGTSTP, SIGTTIN and SIGTTOU, but would obey SIGSTOP.  While stopped we cannot poll, so PDEATHSIG watches the caller.
 */
static bool stop_along(const struct watch *watch, int signo, bool all)
{
	struct pollfd caller = {watch->caller, POLLIN, 0};
	bool wakes = !watch->asked || watch->waker >= 0; /* else we would sleep through the end of the grace */
	int terminal = wakes ? open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC) : -1;
	if (terminal < 0)
		return false;
	close(terminal);
	if (signo == SIGSTOP && now.own.terminal)
		signo = SIGTSTP;
	if (watch->caller >= 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (all)
		kill(0, signo);
	if (!poll(&caller, 1, 0))
		raise_signal(signo);
	if (watch->caller >= 0)
		prctl(PR_SET_PDEATHSIG, 0);
	return true;
}

/* Warns that input comes in whole lines only: a command that changes the terminal's settings wants single keys or a password. */
static void warn_of_lines(const struct watch *watch)
{
	struct termios settings;
	if (!tcgetattr(watch->pty, &settings) && !(settings.c_lflag & TOSTOP)) /* with TOSTOP output stops it too */
		warn("in a pipeline what is typed is echoed, and passed on line by line; to give the command the terminal: --share-tty");
}

/* The command stopped: either it wants the terminal, and we can give it, or our job stops too. */
static void handle_stop(const struct run *run, struct watch *watch, int signo)
{
	bool terminal = signo == SIGTTIN || signo == SIGTTOU, asks = terminal && run->reads;
	bool typed = watch->front && !run->piped && signo == SIGTSTP; /* in a pipeline the terminal has sent it to our whole group */
	if (!terminal && signo != SIGTSTP && signo != SIGSTOP)
		return; /* a traced command stops at any signal; we might die of it */
	if (watch->pty < 0) {
		/* If no shell stopped it, a command that reads in the background would try again for ever. */
		if (!stop_along(watch, signo, false) || !now.own.terminal || (!take_pending(SIGCONT) && terminal))
			return;
		pass_signal(run, watch, SIGCONT, false);
		if (!run->own_session && !kill(0, SIGCONT)) /* processes of our group stopped with the command */
			take_pending(SIGCONT);
		return;
	}
	if (asks && run->piped && signo == SIGTTOU && !watch->wants)
		warn_of_lines(watch);
	watch->wants |= asks;
	if (!asks || !in_foreground(run)) {
		/* Its output comes before what the shell says, as far as it can be read and written now. */
		for (uint64_t enough = watch->relayed + LAST_WORDS; watch->relayed < enough && relay_output(run, watch);)
			if (is_pending(watch->out) || !watch->out->to)
				break;
		restore_terminal();
		stop_along(watch, signo, asks || typed); /* the others of our job do not know of it */
		if (!take_pending(SIGCONT) && asks && !in_foreground(run))
			return; /* nothing stopped us, so there is no shell that could give us the terminal */
	}
	resume(run, watch);
}

/*** Refused calls ***/
/* --report-denied: the kernel asks the supervisor about each call that the policy denies, and the answer is the policy's own. */

/* Whether "no-suid" denied it: a mode that the policy asked about, or openat2, whose mode no filter can read. */
static bool sets_suid(const struct refused_call *refusal, uint32_t error, unsigned asked)
{
	static const struct {
		uint16_t call;
		uint8_t mode;
	} rows[] = {{CALL_chmod, 1}, {CALL_fchmod, 1}, {CALL_creat, 1}, {CALL_mknod, 1}, {CALL_fchmodat, 2}, {CALL_fchmodat2, 2},
		{CALL_mknodat, 2}, {CALL_open, 2}, {CALL_openat, 3}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].call == refusal->call)
			return asked >> rows[i].mode & 1 && refusal->arguments[rows[i].mode] & 06000;
	return refusal->call == CALL_openat2 && error == ENOSYS;
}

/* Writes the option that gives the sandbox the id for which a refused chown asked; false if it asked for no such id. */
static bool advise_id(const struct plan *plan, const struct refused_call *refusal, unsigned asked, char *text, size_t room)
{
	unsigned first = refusal->call == CALL_fchownat ? 2 : 1;
	const uint32_t ids[] = {plan->uid, plan->gid};
	for (unsigned i = 0; i < 2 && call_sets[refusal->call] == CHOWN; i++) {
		uint32_t id = (uint32_t)refusal->arguments[first + i];
		if (asked >> (first + i) & 1 && id != ids[i] && id != NO_ID)
			return snprintf(text, room, "%s %u", i ? "--gid" : "--uid", id) > 0;
	}
	return false;
}

/* The option that would have allowed the call, or of several the one that allows least. */
static void advise(const struct plan *plan, const struct refused_call *refusal, uint32_t error, unsigned asked, char *text, size_t room)
{
	int call = refusal->call;
	bool nested = call_sets[call] == MOUNT || call_sets[call] == NAMESPACES || call == CALL_clone;
	/* --allow-userns changes the policy "default" alone. */
	bool userns = nested && now.own.nested && !plan->allow_userns && (!plan->syscalls || !strcmp(plan->syscalls, "default"));
	if (userns) {
		snprintf(text, room, "--allow-userns");
		return;
	}
	if (advise_id(plan, refusal, asked, text, room))
		return;
	bool foreign = plan->policy->foreign && refusal->arch != machine[0]->audit;
	size_t used = (size_t)snprintf(text, room, "--allow-syscall %s", foreign ? "@32-bit" : call_name((size_t)call));
	for (unsigned i = 0; i < 6; i++)
		if (asked >> i & 1 && used < room)
			used += (size_t)snprintf(text + used, room - used, "%s%u==%#llx", asked & ((1U << i) - 1) ? "," : ":", i,
						 (unsigned long long)refusal->arguments[i]);
	if (sets_suid(refusal, error, asked) && used < room)
		snprintf(text + used, room - used, " or --allow-suid");
}

#define MAX_REFUSALS 100 /* a hostile command must not fill the screen or our memory */

/* Whether the call is to be reported: not twice, and not one too many. */
static bool is_new(struct watch *watch, const struct refused_call *refusal)
{
	if (watch->refusal_count > MAX_REFUSALS)
		return false;
	for (size_t i = 0; i < watch->refusal_count; i++)
		if (!memcmp(&watch->refusals[i], refusal, sizeof *refusal))
			return false;
	APPEND(watch->refusals, watch->refusal_count, *refusal);
	if (watch->refusal_count <= MAX_REFUSALS)
		return true;
	warn("more than %d different system calls were refused; the others are not reported", MAX_REFUSALS);
	return false;
}

static void report_refusal(const struct run *run, struct watch *watch, const struct seccomp_notif *notice, uint32_t error, unsigned asked)
{
	const struct arch *arch = notice->data.arch == machine[0]->audit ? machine[0] : machine[1];
	struct refused_call refusal = {.arch = notice->data.arch, .call = find_number(arch, (uint32_t)notice->data.nr)};
	char path[32], option[192], unnamed[16];
	if (refusal.call < 0)
		return; /* we have no name for its number */
	if (refusal.call == CALL_execve)
		asked &= 7; /* execve has three arguments: "execve:first" asks about a register that it does not use */
	for (unsigned i = 0; i < 6; i++) {
		uint64_t width = is_narrow((size_t)refusal.call, i) ? UINT32_MAX : UINT64_MAX;
		refusal.arguments[i] = asked >> i & 1 ? notice->data.args[i] & width : 0;
	}
	snprintf(path, sizeof path, "%u/comm", notice->pid);
	read_line(run->proc, path, refusal.program, sizeof refusal.program);
	if (!is_new(watch, &refusal))
		return;
	const char *name = errno_name(error);
	snprintf(unnamed, sizeof unnamed, "errno %u", error);
	advise(run->plan, &refusal, error, asked, option, sizeof option);
	warn("%s was refused %s%s (%s); %s allows it", *refusal.program ? quoted(refusal.program) : "a program",
	     call_name((size_t)refusal.call), arch == machine[0] ? "" : " of the 32-bit ABI", name ? name : unnamed, option);
}

static void answer_call(const struct run *run, struct watch *watch)
{
	union {
		struct seccomp_notif call;
		char room[256]; /* those of newer kernels are longer */
	} notice;
	union {
		struct seccomp_notif_resp answer;
		char room[256];
	} reply;
	memset(&notice, 0, sizeof notice);
	memset(&reply, 0, sizeof reply);
	if (sys_ioctl(watch->listener, SECCOMP_IOCTL_NOTIF_RECV, &notice) < 0)
		return; /* the process was killed while it waited for the answer */
	unsigned asked;
	uint32_t answer = judge(run->plan->policy, &notice.call.data, &asked);
	uint32_t error = answer == SECCOMP_RET_USER_NOTIF ? EPERM : answer & SECCOMP_RET_DATA;
	report_refusal(run, watch, &notice.call, error, asked);
	reply.answer.id = notice.call.id;
	reply.answer.error = -(int32_t)error;
	sys_ioctl(watch->listener, SECCOMP_IOCTL_NOTIF_SEND, &reply); /* fails if the process was killed meanwhile */
}

/*** Supervise ***/

/*
 * CLOCK_MONOTONIC does not count the time in which the machine is suspended.  A second timer sends us SIGCONT, again and
 * again, in case we stopped along with the command; we call the kernel for it, since libc's timer_create() links threads.
 * Both of our architectures have 64 bits, so libc's struct itimerspec is the kernel's.
 */
static void set_timer(struct watch *watch, uint64_t after)
{
	/* 0 would disarm it. */
	struct itimerspec when = {.it_value = {.tv_sec = (time_t)(after / 1000000000), .tv_nsec = (long)(after % 1000000000) + !after}};
	struct sigevent wake = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGCONT};
	if (watch->timer < 0) {
		watch->timer = must(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "make", "a timer");
		if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &wake, &watch->waker) < 0)
			watch->waker = -1; /* too many signals are pending for this user; the guard continues us instead */
	}
	must(timerfd_settime(watch->timer, 0, &when, NULL), "set", "the timer");
	when.it_interval.tv_sec = 1;
	syscall(SYS_timer_settime, watch->waker, 0, &when, NULL);
}

#define LAST_GRACE UINT64_C(500000000)

/*
 * init may be unable to kill a process (another user's), or not see its end in time (it is traced from outside).  When init
 * itself is killed, the kernel kills all.
 */
static void kill_all(const struct run *run, struct watch *watch)
{
	watch->stage = STAGE_LAST;
	if (counts_all(run) && watch->begun && tell_init(watch->control, SAY_KILL_ALL, 0))
		set_timer(watch, LAST_GRACE);
	else
		sys_pidfd_send_signal(watch->pidfd, SIGKILL);
}

static void note_status(const struct run *run, struct watch *watch, int status)
{
	watch->status = status, watch->known = true;
	if (counts_all(run) && watch->stage != STAGE_LAST)
		set_timer(watch, watch->verdict ? LAST_GRACE : 10 * LAST_GRACE);
	if (now.own.end)
		watch->stage = STAGE_LAST;
	else if (run->stats < 0) /* with a report, the time limit includes what the command left */
		watch->timer = -1;
}

static void note_begin(const struct run *run, struct watch *watch)
{
	watch->begun = true;
	if (watch->pty >= 0 && (watch->wants && in_foreground(run)) != run->front)
		resume(run, watch);
	else if (run->front)
		take_terminal(run, watch);
	for (int signo = 1; signo < 64; signo++)
		if (watch->deferred >> signo & 1)
			pass_signal(run, watch, signo, false);
}

/* Receives a message, and the texts or the descriptor that may come with it. */
static ssize_t receive(int from, struct message *message, char texts[SAID_ROOM], int *fd)
{
	struct iovec content[] = {{message, sizeof *message}, {texts, SAID_ROOM - 3}};
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof *fd)];
	} control;
	struct msghdr packet = {.msg_iov = content, .msg_iovlen = 2, .msg_control = control.room, .msg_controllen = sizeof control.room};
	ssize_t got = recvmsg(from, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = got > 0 ? CMSG_FIRSTHDR(&packet) : NULL;
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(header), sizeof *fd);
	if (got > (ssize_t)sizeof *message)
		memset(texts + got - sizeof *message, 0, 3); /* so that nth() finds three texts, however many came */
	return got;
}

/* Whatever comes from the other end of the control socket: one message, or all that have arrived. */
static void handle_messages(const struct run *run, struct watch *watch, bool all)
{
	struct message message = {0, 0};
	int fd = -1;
	while (watch->control >= 0) {
		ssize_t got = receive(watch->control, &message, watch->texts, &fd);
		if (got < 0 && errno == ECONNRESET)
			continue; /* init ended before it read all from us; its own messages still come */
		if (!got)
			watch->control = -1; /* all have closed it, the last by the exec of the command */
		if (got < (ssize_t)sizeof message)
			return;
		switch ((enum message_kind)message.kind) {
		case SAY_BEGUN: note_begin(run, watch); break;
		case SAY_FAILED: /* after the start it comes from an init that the command has ended, by its limits (prlimit(2)) */
			watch->failed = !watch->begun || !wants_init(run->plan);
			break;
		case SAY_STOPPED: handle_stop(run, watch, message.value); break;
		case SAY_STATUS:
			watch->control = -1; /* the last message */
			note_status(run, watch, message.value);
			break;
		case SAY_LISTENER: watch->listener = fd; break;
		case SAY_TERMINAL: begin_relay(watch, fd); break;
		case SAY_LESS: watch->less |= message.value; break;
		case SAY_LACKS:
			if (got > (ssize_t)sizeof message && now.own.words)
				tell_lack(run->plan, run->caller, message.value, watch->texts);
			break;
		case SAY_GO: case SAY_SIGNAL: case SAY_SIGNAL_ALL: case SAY_HAD: case SAY_FRONT: case SAY_KILL_ALL: break; /* to init */
		}
		if (!all)
			return;
	}
}

/* Without an init the command is our own child. */
static void handle_child(const struct run *run, struct watch *watch)
{
	int status;
	if (wants_init(run->plan) || wait4(watch->pid, &status, WUNTRACED | WNOHANG, &watch->usage) <= 0)
		return;
	if (WIFSTOPPED(status))
		handle_stop(run, watch, WSTOPSIG(status));
	else
		note_status(run, watch, status);
}

/* bubblewrap forwards no signal: its caller may count on --die-with-parent to end a command that would survive SIGTERM. */
static bool ends_by_signal(const struct run *run, const struct signalfd_siginfo *info)
{
	return !now.own.signals && run->plan->die_with_parent && info->ssi_code <= 0;
}

/* The command may run already although init, on a busy machine, has not said so yet; less likely where the caller may block the start. */
static bool has_begun(const struct run *run, struct watch *watch)
{
	struct pollfd said = {watch->control, POLLIN, 0};
	int patience_ms = run->plan->block_fd < 0 && run->plan->userns_block_fd < 0 ? 1000 : 100;
	for (; !watch->begun && poll(&said, 1, patience_ms) > 0; said.fd = watch->control)
		handle_messages(run, watch, true);
	return watch->begun;
}

/* bubblewrap would die of the signal at once; we do when the command has ended. */
static void note_deadly(struct watch *watch, int signo, bool from_terminal)
{
	struct sigaction has;
	if (now.own.signals || sigaction(signo, NULL, &has) < 0 || has.sa_handler == SIG_IGN)
		return;
	watch->deadly = signo;
	watch->by_terminal |= from_terminal;
}

/*
 * --grace counts when a process asks us to end, but not when a user types a key, who can type another.  A second signal
 * gives no more time.
 */
static void begin_grace(const struct run *run, struct watch *watch, int signo)
{
	if ((signo != SIGTERM && signo != SIGINT && signo != SIGHUP) || !run->plan->grace_given || watch->stage != STAGE_LIMIT)
		return;
	watch->stage = STAGE_ASKED;
	watch->asked = signo;
	set_timer(watch, run->plan->grace);
	pass_signal(run, watch, SIGCONT, false);
}

/* Reads one signal.  The kernel gives the lowest number first, and poll reports the next. */
static void handle_signal(const struct run *run, struct watch *watch)
{
	struct signalfd_siginfo info;
	if (read(watch->signals, &info, sizeof info) != sizeof info)
		return;
	int signo = (int)info.ssi_signo;
	bool fatal = is_fatal(signo), from_terminal = info.ssi_code > 0;
	if (fatal)
		note_deadly(watch, signo, from_terminal);
	if (signo == SIGCHLD)
		handle_child(run, watch);
	else if (signo == SIGTTIN || signo == SIGTTOU || (signo == SIGHUP && watch->begun && run->replaced.count && watch->pty < 0))
		return; /* they stop us only after the command; hang_up() has passed the SIGHUP on */
	else if (fatal && (watch->ended || ends_by_signal(run, &info) || !has_begun(run, watch)))
		kill_and_die(run, watch, signo);
	else if (fatal && (watch->known || watch->stage == STAGE_LAST))
		sys_pidfd_send_signal(watch->pidfd, SIGKILL); /* there is no command left to react to it */
	else if (!watch->begun)
		watch->deferred |= UINT64_C(1) << signo;
	else if (watch->pty >= 0 && signo == SIGCONT)
		resume(run, watch);
	else {
		if (watch->pty >= 0 && signo == SIGWINCH)
			copy_size(run->terminal, watch->pty);
		if (signo != SIGWINCH || !watch->front || !from_terminal) /* else setting the size of the pty has sent SIGWINCH already */
			pass_signal(run, watch, signo, from_terminal);
		if (!from_terminal)
			begin_grace(run, watch, signo);
	}
}

/* --userns-block-fd: the caller has set up the user namespace. */
static void handle_block(const struct run *run, struct watch *watch)
{
	char byte;
	if (read(watch->block, &byte, 1) < 0 && errno == EINTR)
		return;
	close(watch->block);
	watch->block = -1;
	send_go(run);
}

static void handle_timer(const struct run *run, struct watch *watch)
{
	uint64_t count;
	if (read(watch->timer, &count, sizeof count) < 0)
		return;
	switch (watch->stage) {
	case STAGE_LIMIT:
		warn("--timeout: the time is over");
		watch->verdict = TIMED_OUT;
		if (!watch->begun)
			return kill_all(run, watch);
		watch->stage = STAGE_GRACE;
		set_timer(watch, run->plan->grace);
		pass_signal(run, watch, SIGTERM, false);
		pass_signal(run, watch, SIGCONT, false); /* a stopped command gets the SIGTERM only then */
		return;
	case STAGE_ASKED:
		warn("--grace: the time is over");
		watch->verdict = watch->asked;
		return kill_all(run, watch);
	case STAGE_GRACE: return kill_all(run, watch);
	case STAGE_LAST: sys_pidfd_send_signal(watch->pidfd, SIGKILL);
	}
}

/*
 * A process that does what the death signal or a timer cannot: it kills the sandbox when we have ended, which it learns from
 * the end of a pipe, and continues us when the time is over.  What is inside cannot reach it.
 */
__attribute__((noreturn)) static void guard(int lifeline, int sandbox, int parent, int timeout)
{
	struct pollfd end = {lifeline, POLLIN, 0};
	int own[] = {lifeline, sandbox, parent};
	prctl(PR_SET_DUMPABLE, 0);
	close_all_but(&(struct fd_list){own, sizeof own / sizeof *own});
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	for (int ready; (ready = poll(&end, 1, timeout)) < 1;)
		if (!ready)
			sys_pidfd_send_signal(parent, SIGCONT), timeout = 1000;
	sys_pidfd_send_signal(sandbox, SIGKILL);
	_exit(0);
}

/* Before the command starts: a kill of our whole process group finds no command yet, or a guard in another group. */
static void start_guard(const struct run *run, const struct watch *watch)
{
	uint64_t limit = run->plan->timeout / 1000000;
	bool ends = needs_guard(run->plan), wakes = run->plan->timeout && watch->waker < 0;
	int lifeline[2], self = must(sys_pidfd_open(getpid()), "watch", "the supervisor");
	if (pipe2(lifeline, O_CLOEXEC) < 0)
		fail("make", "a pipe");
	pid_t pid = must(fork(), "start", "the guard");
	if (!pid)
		guard(lifeline[0], ends ? watch->pidfd : -1, self, !wakes ? -1 : limit < INT_MAX ? (int)limit + 1 : INT_MAX);
	setpgid(pid, pid);
	close(lifeline[0]);
	close(self);
	now.undo.guard = pid, now.undo.lifeline = lifeline[1];
}

/*
 * A supervisor that reads what the command writes (on a pty, or as arguments of refused calls) gives up the calls that start
 * a process, trace one or make a connection.  Where only init talks to us, a filter would cost 3 % of a start for little.
 */
static void restrict_supervisor(void)
{
	static const uint16_t refused[] = {
		SYS_execve, SYS_execveat, SYS_clone, NR_CLONE3, SYS_ptrace, SYS_process_vm_writev, SYS_socket, SYS_unshare, SYS_setns,
		SYS_pidfd_getfd, SYS_io_uring_setup,
#ifdef SYS_fork
		SYS_fork, SYS_vfork,
#endif
	};
	const struct sock_filter others[] = {
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "set", "no-new-privs");
	restrict_self(refused, sizeof refused / sizeof *refused, others, sizeof others / sizeof *others);
}

/*
 * How long poll may wait, in milliseconds.  At the end it waits until the terminal takes the last output; if the time is over
 * only for less than a second, since the waker interrupts it every second.
 */
static int patience(const struct watch *watch)
{
	if (!watch->ended)
		return watch->waits ? 100 : -1; /* no event says that another program has restored the settings */
	return !is_pending(watch->out) ? 0 : watch->verdict ? 400 : -1;
}

/* Waits for the rest to end, then ends as the command did. */
__attribute__((noreturn)) static void finish(const struct run *run, struct watch *watch)
{
	handle_messages(run, watch, true);
	if (watch->verdict) /* bubblewrap's init would go on for what the command left */
		sys_pidfd_send_signal(watch->pidfd, SIGKILL);
	if (!watch->known)
		must(wait4(watch->pid, &watch->status, 0, &watch->usage), "wait for", "the sandbox");
	else if (now.own.end || watch->verdict || run->stats >= 0)
		wait4(watch->pid, NULL, 0, &watch->usage);
	int status = watch->verdict ? watch->verdict : watch->status;
	if (run->stats >= 0)
		write_report(run, watch, status);
	exit_as(run, watch, status);
}

enum { FROM_SIGNALS, FROM_CONTROL, FROM_PROCESS, FROM_CALLER, FROM_BLOCK, FROM_LISTENER, FROM_TIMER, FROM_TERMINAL, FROM_PTY, SOURCES };

/* Messages come first: a signal that was sent after the command began must find watch->begun set. */
static void handle_events(const struct run *run, struct watch *watch, const struct pollfd *fds)
{
	if (fds[FROM_PROCESS].revents)
		watch->ended = true, watch->enough = watch->relayed + LAST_WORDS;
	if (fds[FROM_CALLER].revents) {
		sys_pidfd_send_signal(watch->pidfd, SIGKILL);
		wait4(watch->pid, NULL, 0, NULL);
		put_back();
		_exit(now.own.codes ? 125 : 1);
	}
	if (fds[FROM_BLOCK].revents)
		handle_block(run, watch);
	if (fds[FROM_LISTENER].revents & POLLIN)
		answer_call(run, watch);
	else if (fds[FROM_LISTENER].revents)
		watch->listener = -1; /* no process with the filter is left */
	if (fds[FROM_SIGNALS].revents || fds[FROM_CONTROL].revents)
		handle_messages(run, watch, fds[FROM_SIGNALS].revents);
	if (watch->pty >= 0)
		relay(run, watch, fds[FROM_TERMINAL].revents, fds[FROM_PTY].revents);
	if (fds[FROM_SIGNALS].revents)
		handle_signal(run, watch);
	if (fds[FROM_TIMER].revents)
		handle_timer(run, watch);
}

/* Whether nothing is left to wait for.  READY is how many descriptors poll found. */
static bool is_over(const struct run *run, const struct watch *watch, const struct pollfd *fds, int ready)
{
	if (!watch->ended) /* under bwrap the command's end is ours, but a report waits for the rest */
		return watch->known && !now.own.end && (run->stats < 0 || watch->verdict);
	bool silent = fds[FROM_PTY].events & ~fds[FROM_PTY].revents & POLLIN;
	return !ready || watch->pty < 0 || silent || (watch->relayed >= watch->enough && !is_pending(watch->out));
}

__attribute__((noreturn)) static void supervise(const struct run *run, pid_t pid, int pidfd)
{
	struct watch watch = {.pid = pid, .pidfd = pidfd, .control = run->control[0], .caller = run->caller_pidfd,
		.block = run->plan->userns_block_fd, .listener = -1, .timer = -1, .pty = -1, .wants = run->eager, .texts = take(SAID_ROOM)};
	watch.signals = must(signalfd(-1, &run->handled, SFD_CLOEXEC | SFD_NONBLOCK), "make", "a signalfd");
	if (run->plan->timeout)
		set_timer(&watch, run->plan->timeout);
	if (needs_guard(run->plan) || (run->plan->timeout && watch.waker < 0))
		start_guard(run, &watch);
	if (watch.block < 0)
		send_go(run);
	if (run->replaced.count || (run->plan->policy && run->plan->policy->listens))
		restrict_supervisor();
	for (bool over = false; !over;) {
		struct pollfd fds[SOURCES] = {
			[FROM_SIGNALS] = {watch.signals, POLLIN, 0}, [FROM_CONTROL] = {watch.control, POLLIN, 0},
			[FROM_PROCESS] = {watch.ended ? -1 : pidfd, POLLIN, 0}, [FROM_CALLER] = {watch.caller, POLLIN, 0},
			[FROM_BLOCK] = {watch.block, POLLIN, 0}, [FROM_LISTENER] = {watch.listener, POLLIN, 0},
			[FROM_TIMER] = {watch.timer, POLLIN, 0}, [FROM_TERMINAL] = {-1, 0, 0}, [FROM_PTY] = {-1, 0, 0}};
		poll_terminals(run, &watch, &fds[FROM_TERMINAL], &fds[FROM_PTY]);
		int ready = poll(fds, SOURCES, patience(&watch));
		if (ready < 0 && errno != EINTR)
			fail("poll", "");
		handle_events(run, &watch, fds);
		over = is_over(run, &watch, fds, ready);
	}
	finish(run, &watch);
}

/*** Payload ***/

/* An earlier command could have left a link to /proc/self/fd/N, which leads to what we have open on the host. */
static int enter(const char *path)
{
	int fd = sys_openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY, K_RESOLVE_NO_MAGICLINKS);
	return fd < 0 ? fd : fchdir(fd);
}

/* The caller's directory was visible in the base tree: names the last operation that hides it. */
static void die_if_hidden(const struct plan *plan, const char *directory)
{
	for (size_t i = plan->op_count; i-- > plan->base_count;) {
		const struct op *op = &plan->ops[i];
		if (!is_mount(op) || !is_within(directory, op->dest))
			continue;
		now.option = op->option;
		die("%s %s hides the working directory %s; add behind it: --%s %s, or start elsewhere with --chdir DIR", op->option, quoted(op->dest),
		    quoted(directory), strcmp(plan->cwd, "rw") ? "ro" : "rw", quoted(directory));
	}
}

/* The command starts in --chdir; else in the caller's directory, or in the command's HOME, if they are visible. */
static const char *enter_directory(const struct run *run)
{
	const struct plan *plan = run->plan;
	if (plan->chdir) {
		int entered = enter(plan->chdir), error = errno;
		if (entered < 0 && error == ENOENT && plan->chdir == run->caller->cwd && now.own.words)
			die_if_hidden(plan, plan->chdir);
		now.option = "--chdir";
		errno = error;
		must(entered, WORDS("enter directory", "chdir to"), plan->chdir);
		now.option = NULL;
		return plan->chdir;
	}
	if (run->caller->cwd && !enter(run->caller->cwd))
		return run->caller->cwd;
	const char *home = find_variable(assemble_environment(plan, run->caller, NULL), "HOME");
	return home && !enter(home) ? home : "/";
}

static void inherit(const struct fd_list *list, bool yes)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->fd[i] > 2) /* the command gets its standard streams even if an option names them too */
			must(fcntl(list->fd[i], F_SETFD, yes ? 0 : FD_CLOEXEC), "pass on", "a descriptor");
}

/* So that no other process can open our descriptors or memory. */
static void become_undumpable(void)
{
	must(prctl(PR_SET_DUMPABLE, 0), "become", "undumpable");
}

/*
 * The kernel makes a filter's listener in the process that installs the filter.  That process must not keep it, or it could
 * answer for itself, and the policy may deny it the calls to pass it on.  So the courier does that: a process without the
 * filter, with the same table of descriptors.  SLOT is the lowest free descriptor, which the listener will get.
 */
__attribute__((noreturn)) static void courier(int slot, pid_t pid)
{
	while (fcntl(slot, F_GETFD) < 0 && !kill(pid, 0))
		usleep(20);
	ssize_t sent = tell_descriptor(SAY_LISTENER, slot);
	close(slot);
	_exit(sent < 0);
}

/* The courier is a child of init and not of the payload: a command must not find a child that it did not make. */
static int start_courier(const struct plan *plan)
{
	pid_t self = getpid();
	struct fd_list keep = plan->owned_fds;
	become_undumpable(); /* until the exec, since the courier has no filter */
	APPEND(keep.fd, keep.count, now.control);
	if (now.own.descriptors) /* under bwrap the command gets those of the caller */
		close_all_but(&keep); /* the limit of descriptors may be low */
	struct k_clone_args args = {.flags = CLONE_FILES | (self == 1 ? 0 : CLONE_PARENT)};
	int slot = must(dup(now.control), "find room for", "the listener");
	close(slot);
	pid_t pid = (pid_t)syscall(NR_CLONE3, &args, sizeof args);
	if (!pid)
		courier(slot, self);
	must(pid, "start", "the listener's courier");
	return slot;
}

/* Comes after the programs of --seccomp, since it may deny seccomp(2).  The kernel obeys the strictest of all filters. */
static void install_policy(const struct run *run, int slot)
{
	bool listens = slot >= 0;
	long got = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, listens ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0, &run->policy);
	if (got < 0 && listens && errno == EBUSY)
		die("--report-denied: an outer sandbox reports already, and the kernel allows one listener; leave the option out here");
	must((int)got, "install the policy's filter", "");
	if (listens && got != slot)
		die("the listener of --report-denied is descriptor %ld, not %d", got, slot);
}

/* A command whose policy allows keyctl gets a keyring of its own; without keyctl it can read no keys. */
static void leave_keyring(const struct policy *policy)
{
	const struct node *node = policy ? &policy->nodes[policy->calls[CALL_keyctl]] : NULL;
	if (!now.own.keyring || (node && node->kind == ANSWER && is_refusal(node->answer)))
		return;
	if (syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, NULL) < 0 && errno != ENOSYS && errno != EPERM)
		fail("join", "a session keyring");
}

/* Makes the command a job of the session that init leads. */
static void start_job(const struct run *run)
{
	must(setpgid(0, 0), "make", "a process group");
	if (run->piped) /* it asks for the terminal by these signals, but a shell's $(...) ignores them */
		signal(SIGTTIN, SIG_DFL), signal(SIGTTOU, SIG_DFL);
	if (run->front)
		must(tcsetpgrp(run->pty, getpid()), "take", "the terminal");
}

/* From here on rights only fall. */
__attribute__((noreturn)) static void payload(const struct run *run)
{
	const struct plan *plan = run->plan;
	now.role = ROLE_PAYLOAD;
	char **env = assemble_environment(plan, run->caller, run->directory ? run->directory : enter_directory(run));
	if (run->pty >= 0 && wants_init(plan))
		start_job(run);
	else if (run->own_session && setsid() < 0 && getsid(0) != getpid())
		fail("start", "a session");
	now.option = "--exec-label";
	set_label(run->proc, "self/attr/exec", plan->exec_label);
	now.option = NULL;
	if (!now.own.bounding)
		drop_bounding_set(plan->caps);
	/* Run by root, bubblewrap changes capabilities only if an option names one. */
	if (now.own.root || !run->caller->root || plan->caps_named)
		set_capabilities(plan->caps, !plan->uid || plan->userns_fd >= 0);
	if (is_tied(plan))
		must(prctl(PR_SET_PDEATHSIG, SIGKILL), "tie to the parent", "");
	inherit(&plan->keep_fds, true);
	leave_keyring(plan->policy);
	must(sigprocmask(SIG_SETMASK, &run->mask, NULL), "restore", "the signal mask");
	if (run->ruleset >= 0)
		must((int)syscall(NR_LANDLOCK_RESTRICT_SELF, run->ruleset, 0), "use", "Landlock");
	if (!wants_init(plan))
		tell(SAY_BEGUN, 0);
	const char *lost = note_other_program(*plan->command, run->outside, env);
	int slot = plan->policy && plan->policy->listens ? start_courier(plan) : -1; /* before the limit of processes is set */
	apply_limits(plan);
	empty_output(plan);
	install_filters(run->filters, plan->seccomp_fds.count);
	if (plan->policy)
		install_policy(run, slot);
	const char *command = *plan->command;
	if (plan->argv0)
		*plan->command = (char *)plan->argv0;
	exec_command(command, plan->command, env, run->caller->secret, lost);
}

static int on_own_stack(void *run)
{
	payload(run);
}

/*
 * As with vfork(2), the payload uses init's memory until its exec, and init sleeps: copies of the page tables and of each
 * page that either writes would cost a fifth of a start.  Until then init receives nothing, so the supervisor answers a fatal
 * signal by killing it.
 */
static pid_t start_payload(struct run *run)
{
	enum { STACK = 48 * 1024 };
	char *stack = take(STACK);
	pid_t pid = must(clone(on_own_stack, stack + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, run), "start", "the command's process");
	now.role = ROLE_INIT;
	tell(SAY_BEGUN, 0);
	return pid;
}

/*** Init ***/

/* The locks last until init ends. */
static void take_locks(const struct run *run, struct fd_list *locks)
{
	const struct plan *plan = run->plan;
	for (size_t i = 0; i < plan->lock_count; i++) {
		struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
		now.option = "--lock-file";
		int fd = must(open_file(run->plan, run->caller, plan->locks[i], O_RDONLY | O_NONBLOCK, now.own.sources ? KIND(S_IFREG) : ANY_KIND),
			      WORDS("open the file", "open lock file"), plan->locks[i]);
		must(fcntl(fd, F_SETLK, &lock), "lock file", plan->locks[i]);
		APPEND(locks->fd, locks->count, fd);
		now.option = NULL;
	}
}

/* Reaps children; returns true when init is to end: with the command, or under bwrap with the last child. */
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
		*command = 0; /* its pid may be another process's from now on */
		if (now.own.end)
			return true;
	}
	return pid < 0;
}

/* A signal for the command.  Under bwrap it shares init's session, and perhaps its process group. */
static void deliver(const struct run *run, pid_t command, const struct message *message)
{
	/* A signal that is pending for init too was sent to the whole group, as timeout(1) does: the command has got it. */
	bool pending = take_pending(message->value), all = message->kind == SAY_SIGNAL_ALL;
	if ((pending && !run->own_session) || message->kind == SAY_HAD)
		return;
	pid_t target = !all ? command : run->own_session ? -command : 0;
	kill(target, message->value);
	if (!target)
		take_pending(message->value); /* init's own */
	/* The process group of a new session is orphaned: there the kernel ignores SIGTSTP. */
	if (all && message->value == SIGTSTP && run->pty < 0)
		kill(target ? target : command, SIGSTOP);
}

/* Does what the supervisor says; returns false when the supervisor has ended. */
static bool obey(const struct run *run, pid_t command)
{
	struct message message;
	ssize_t got = recv(now.control, &message, sizeof message, MSG_DONTWAIT);
	if (got != sizeof message || !command)
		return got > 0 || (got < 0 && errno == EAGAIN);
	if (message.kind == SAY_KILL_ALL) /* all, since init does not learn of the command's death while another process traces it */
		return !kill(-1, SIGKILL);
	if (message.kind == SAY_FRONT) {
		pid_t group = message.value ? command : run->leader;
		sys_ioctl(run->pty, TIOCSPGRP, &group);
		kill(-command, SIGCONT);
	} else
		deliver(run, command, &message);
	return true;
}

/* The system calls of reap(), as both libcs make them. */
static const uint16_t calls_of_init[] = {
	SYS_read, SYS_wait4, SYS_recvfrom, SYS_sendto, SYS_rt_sigtimedwait, SYS_kill, SYS_exit_group, SYS_restart_syscall, SYS_ppoll,
#ifdef SYS_poll
	SYS_poll,
#endif
#ifdef SYS_socketcall
	SYS_socketcall, SYS_rt_sigtimedwait_time64,
#endif
};

/* Besides, init moves the foreground of the pty, by ioctl. */
static void restrict_init(void)
{
	const struct sock_filter others[] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			offsetof(struct seccomp_data, args[1]) + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TIOCSPGRP, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	restrict_self(calls_of_init, sizeof calls_of_init / sizeof *calls_of_init, others, sizeof others / sizeof *others);
}

__attribute__((noreturn)) static void end_init(const struct run *run, int status)
{
	if (counts_all(run)) {
		kill(-1, SIGKILL);
		while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
			;
	}
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

__attribute__((noreturn)) static void reap(const struct run *run, pid_t command)
{
	struct signalfd_siginfo info;
	struct pollfd fds[] = {{-1, POLLIN, 0}, {now.control, POLLIN, 0}};
	int ended = 0;
	sigset_t child;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	fds[0].fd = must(signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK), "make", "a signalfd");
	if (now.own.hidden)
		restrict_init();
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			fail("poll", "");
		if (fds[1].revents && !obey(run, command)) {
			if (is_tied(run->plan))
				_exit(1);
			fds[1].fd = -1;
		}
		if (read(fds[0].fd, &info, sizeof info) == sizeof info && collect(&command, &ended))
			end_init(run, ended);
	}
}

/*
 * init lets go of all descriptors but its own, so that whoever waits for the other end of a pipe sees the command close it.
 * Before the command starts they are closed too: those with which the tree was built lead to the host, and the path of the
 * command may be a link to one.  Not so under bwrap, where the command gets what the caller left open, whatever that is.
 */
static void close_rest(const struct run *run, const struct fd_list *locks, bool started)
{
	const struct plan *plan = run->plan;
	const int own[] = {now.control, run->pty, started || !plan->exec_label ? -1 : run->proc, started ? -1 : run->ruleset};
	struct fd_list keep = {NULL, 0};
	add_fds(&keep, locks);
	add_fds(&keep, &plan->sync_fds);
	if (!started)
		add_fds(&keep, &plan->keep_fds);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		APPEND(keep.fd, keep.count, own[i]);
	close_all_but(&keep);
}

/* Makes us die with the supervisor, even if it has ended already. */
static void tie_to_supervisor(const struct run *run)
{
	struct pollfd control = {run->control[1], 0, 0};
	if (!is_tied(run->plan))
		return;
	must(prctl(PR_SET_PDEATHSIG, SIGKILL), "tie to the supervisor", "");
	if (poll(&control, 1, 0) != 0)
		_exit(125);
}

static void enter_namespaces(const struct run *run)
{
	const struct plan *plan = run->plan;
	const struct caller *caller = run->caller;
	if (!(plan->namespaces & CLONE_NEWUSER) && plan->userns_fd < 0 && (plan->uid_given || plan->gid_given))
		die("--uid and --gid need a user namespace, and none can be made here");
	if (plan->namespaces & CLONE_NEWUSER && plan->userns_block_fd < 0)
		map_ids(run->proc, plan->uid, caller->uid, plan->gid, caller->gid);
	if (plan->userns_fd >= 0) {
		switch_ids(plan);
		tie_to_supervisor(run); /* again: a change of credentials clears PDEATHSIG */
	}
	if (plan->hostname)
		must(sethostname(plan->hostname, strlen(plan->hostname)), "set hostname to", plan->hostname);
	if (plan->namespaces & CLONE_NEWNET)
		raise_loopback();
	if (plan->disable_userns && !plan->caps)
		limit_namespaces(plan, run->proc, CLONE_NEWUSER, "0");
	bool mounts_groups = now.own.cgroups && (plan->allow_userns || plan->caps) && plan->namespaces & CLONE_NEWUSER;
	if (mounts_groups && !(plan->allow_userns && plan->namespaces & CLONE_NEWCGROUP && !other_cgroups_at_risk(run->proc)))
		limit_namespaces(plan, run->proc, CLONE_NEWCGROUP, "0");
}

/* In the first user namespace, kept capabilities could undo the tree's mounts and raise the namespace's limits. */
static void make_second_userns(const struct run *run)
{
	const struct plan *plan = run->plan;
	uint64_t network = UINT64_C(1) << CAP_NET_BIND_SERVICE | UINT64_C(1) << CAP_NET_ADMIN | UINT64_C(1) << CAP_NET_RAW;
	/* Capabilities over a network count only in the user namespace in which it was made, so they need a network made here. */
	int own_network = plan->caps & network ? (int)plan->namespaces & CLONE_NEWNET : 0;
	if (plan->disable_userns)
		limit_namespaces(plan, run->proc, CLONE_NEWUSER, "1");
	must(unshare(CLONE_NEWUSER | own_network), "make the second user namespace", "");
	must(prctl(PR_SET_DUMPABLE, 1), "become", "dumpable"); /* else root owns our uid_map */
	map_ids(run->proc, plan->uid, plan->uid, plan->gid, plan->gid);
	if (own_network)
		raise_loopback();
	tie_to_supervisor(run);
}

static void settle_namespaces(const struct run *run)
{
	const struct plan *plan = run->plan;
	if (plan->userns2_fd >= 0) {
		if (now.own.hidden && plan->pidns_fd >= 0)
			become_undumpable(); /* see hide_from_others() */
		must(setns(plan->userns2_fd, CLONE_NEWUSER), "enter the namespace of", "--userns2");
		tie_to_supervisor(run);
	}
	if (plan->caps && plan->namespaces & CLONE_NEWUSER && (plan->disable_userns || (now.own.nested && plan->userns2_fd < 0)))
		make_second_userns(run);
	if (plan->assert_userns_disabled || (plan->disable_userns && !now.own.nested))
		assert_user_namespaces_disabled();
}

/* --block-fd: the caller has done what it wanted to, for instance in our namespaces, which it can still enter now. */
static void wait_for_block(const struct plan *plan)
{
	char byte;
	while (plan->block_fd >= 0 && read(plan->block_fd, &byte, 1) < 0 && errno == EINTR)
		;
}

/* Arguments and environment may contain passwords, and /proc shows them to others.  We use copies. */
static void wipe_words(const struct caller *caller)
{
	memset(caller->words, 0, caller->words_size);
}

/* Lets go of what init has from the supervisor and does not use. */
static void leave_supervisor(const struct run *run)
{
	const struct plan *plan = run->plan;
	wipe_words(run->caller);
	now.role = ROLE_INIT;
	now.control = run->control[1];
	now.undo.shared_count = 0; /* the supervisor restores them */
	close(run->control[0]);
	close_own(plan->info_fd); /* their readers wait until all have closed them */
	close_own(plan->status_fd);
	tie_to_supervisor(run);
	if (now.undo.leaf >= 0) {
		now.undo.leave_cgroup = NULL;
		close(now.undo.cgroup);
		close(now.undo.leaf);
		close(now.undo.inside);
		if (plan->namespaces & CLONE_NEWCGROUP) /* the root of the first one is the supervisor's cgroup */
			must(unshare(CLONE_NEWCGROUP), "make", "a cgroup namespace");
	}
}

__attribute__((noreturn)) static void init(const struct run *run)
{
	const struct plan *plan = run->plan;
	struct fd_list locks = {NULL, 0};
	leave_supervisor(run);
	await_go(run);
	enter_namespaces(run);
	now.option = "--file-label";
	set_label(run->proc, "self/attr/fscreate", plan->file_label);
	now.option = NULL;
	struct wall wall = make_wall(plan);
	int master = build_tree(plan, run->caller, run->same, &wall, run->replaced.count, run->console);
	struct run last = *run;
	last.ruleset = wall.ruleset;
	if (master >= 0)
		begin_terminal(&last, master);
	else if (run->own_session && (!now.own.terminal || run->caller->root)) {
		setsid(); /* root inside may write /proc/1/autogroup, the priority of init's whole session */
		last.own_session = now.own.terminal;
	}
	settle_namespaces(run);
	last.directory = now.own.directory ? NULL : enter_directory(&last);
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "set", "no-new-privs");
	take_locks(run, &locks);
	wait_for_block(plan);
	if (now.own.descriptors)
		close_rest(&last, &locks, false);
	if (wall.layer.files)
		grant_plan(&wall, plan);
	last.ruleset = wall.ruleset;
	if (!wants_init(plan))
		payload(&last);
	/* Not under bwrap, where callers join the namespaces of --info-fd's child-pid at any time (flatpak enter). */
	if (now.own.hidden)
		become_undumpable();
	pid_t pid = start_payload(&last);
	close_rest(&last, &locks, true);
	must(sys_capset(0, 0), "drop", "capabilities");
	if (!now.own.hidden) /* under bwrap the command can write to /proc/1/mem: it must gain nothing by that */
		install_filters(run->filters, plan->seccomp_fds.count);
	reap(&last, pid);
}

/*** Launch ***/
/* The supervisor's steps up to the clone, and what it says when the kernel refuses that. */

#define PROFILES "AppArmor allows them only to programs with a profile; give it one, or set the sysctl " \
	"kernel.apparmor_restrict_unprivileged_userns to 0"

/* The setting of this machine that explains the error, or NULL. */
static const char *setting_against_namespaces(int proc, int error)
{
	static const struct {
		int error;
		const char *file, *value, *advice;
	} rows[] = {
		{EPERM, "unprivileged_userns_clone", "0", "the sysctl kernel.unprivileged_userns_clone is 0; set it to 1"},
		{EPERM, "apparmor_restrict_unprivileged_userns", "1", PROFILES},
		{EACCES, "apparmor_restrict_unprivileged_userns", "1", PROFILES},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char path[64], text[16];
		snprintf(path, sizeof path, "sys/kernel/%s", rows[i].file);
		read_line(proc, path, text, sizeof text);
		if (error == rows[i].error && !strcmp(text, rows[i].value))
			return rows[i].advice;
	}
	return NULL;
}

/* A kind of namespace of which /proc/sys/user allows none, or NULL. */
static const char *limited_namespace(int proc)
{
	for (size_t i = 0; i < SPACES; i++) {
		char path[80], text[16];
		snprintf(path, sizeof path, "sys/user/max_%s_namespaces", space_in_proc(i));
		read_line(proc, path, text, sizeof text);
		if (!strcmp(text, "0"))
			return space_in_proc(i);
	}
	return NULL;
}

/* The AppArmor profile that confines us; the kernel writes it as "name (enforce)". */
static bool apparmor_profile(int proc, char *text, size_t room)
{
	read_line(proc, "self/attr/apparmor/current", text, room);
	char *mode = strrchr(text, ' ');
	bool confines = mode && !strcmp(mode, " (enforce)");
	if (confines)
		*mode = '\0';
	return confines;
}

static const char *usual_reason(int error)
{
	switch (error) {
	case ENOSPC: return "a limit in /proc/sys/user is reached, or they are nested 32 deep";
	case EINVAL: return "this kernel was built without some of them";
	case EMFILE: return "raise the limit: ulimit -n";
	case EAGAIN: return "there are too many processes; raise the limit: ulimit -u";
	default: return "a security module refuses them, or this is a chroot, in which no process may make any";
	}
}

/* Many settings can make clone fail: names the one that did. */
__attribute__((noreturn)) static void die_clone(const struct run *run)
{
	int error = errno;
	struct k_statx top;
	char profile[256];
	if (!now.own.words && error == ENOSPC)
		die("Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)");
	if (!now.own.words && error == EPERM)
		die("No permissions to create a new namespace, likely because the kernel does not allow non-privileged user "
		    "namespaces. On e.g. debian this can be enabled with 'sysctl kernel.unprivileged_userns_clone=1'.");
	die_if_call_refused(error);
	if (!now.own.words)
		die("Creating new namespace failed: %s", strerror(error));
	const char *limited = error == ENOSPC ? limited_namespace(run->proc) : NULL, *reason = setting_against_namespaces(run->proc, error);
	if (limited)
		die("cannot make namespaces: %s; the sysctl user.max_%s_namespaces is 0; raise it", strerror(error), limited);
	if (error == EPERM && !sys_statx(AT_FDCWD, "/", 0, 0, &top) && !(top.attributes & K_STATX_ATTR_MOUNT_ROOT))
		reason = "a process in a chroot may not make any; leave the chroot";
	if (!reason && (error == EACCES || error == EPERM) && apparmor_profile(run->proc, profile, sizeof profile))
		die("cannot make namespaces: %s; the AppArmor profile '%s' %s to it", strerror(error), profile, error == EACCES ?
			"refuses them; add the rule 'userns,'" : "withholds capabilities in them; add the rule 'capability,'");
	die("cannot make namespaces: %s; %s", strerror(error), reason ? reason : usual_reason(error));
}

/* The command gets the caller's signal mask back, but for SIGCHLD, which we need. */
static void take_signals(struct run *run)
{
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&run->handled);
	for (size_t i = 0; i < sizeof handled / sizeof *handled; i++)
		sigaddset(&run->handled, handled[i]);
	sigaddset(&run->handled, SIGPIPE); /* blocked, so that a message without a reader does not end us, but never waited for */
	must(sigprocmask(SIG_BLOCK, &run->handled, &run->mask), "block", "signals");
	sigdelset(&run->handled, SIGPIPE);
	sigdelset(&run->mask, SIGCHLD);
}

/*
 * PDEATHSIG would fire already when the parent's thread ends.  Only a caller in another pid namespace, as when a container is
 * entered, has no pid here to open.
 */
static int watch_caller(void)
{
	pid_t caller = getppid();
	if (caller > 0)
		return must(sys_pidfd_open(caller), "watch", "the caller");
	must(prctl(PR_SET_PDEATHSIG, SIGKILL), "tie to", "the caller");
	return -1;
}

/* For warn_of_replaced(): the path by which others will look for what we write. */
static void note_written(struct run *run, int fd, const char *name)
{
	char real[PATH_MAX];
	struct stat st = stat_fd(fd, name);
	if (S_ISREG(st.st_mode) && !is_kernels_link(name) && path_of(fd, real) > 0)
		run->written[run->written_count++] = (struct written){now.option, name, copy_of(real), fd};
}

/* O_NONBLOCK makes a FIFO without a reader an error.  A file that is a stream of the command too must not be emptied. */
static int open_report(struct run *run)
{
	const struct plan *plan = run->plan;
	int fd = must(open_file(plan, run->caller, plan->stats, O_WRONLY | O_CREAT | O_NONBLOCK, KIND(S_IFREG) | KIND(S_IFIFO) | KIND(S_IFCHR)),
		      "open the file", plan->stats);
	struct stat own = stat_fd(fd, plan->stats);
	for (int i = 0; i < 3 && S_ISREG(own.st_mode); i++) {
		struct stat st = stat_fd(i, "a standard stream");
		if (same_file(&own, &st))
			die("%s is a standard stream of the command too; give the report a file of its own", plan->stats);
	}
	if (S_ISREG(own.st_mode))
		must(ftruncate(fd, 0), "empty", plan->stats);
	if (S_ISFIFO(own.st_mode))
		fcntl(fd, F_SETFL, O_NONBLOCK); /* we end even if nobody reads it */
	note_written(run, fd, plan->stats);
	return fd;
}

/* Before the caller's other descriptors are closed, since one may name the file: /dev/fd/9. */
static void begin_report(struct run *run)
{
	run->stats = run->plan->stats_fd;
	if (!run->plan->stats)
		return;
	now.option = "--stats";
	if (run->stats < 0)
		run->stats = open_report(run);
	if ((fcntl(run->stats, F_GETFL) & O_ACCMODE) == O_RDONLY)
		die("descriptor %d is read-only; open it for writing", run->stats);
	now.report = run->stats;
	clock_gettime(CLOCK_MONOTONIC, &run->start);
	now.option = NULL;
}

static void take_descriptors(struct run *run)
{
	struct fd_list keep = {NULL, 0};
	add_fds(&keep, &run->plan->owned_fds);
	begin_report(run);
	APPEND(keep.fd, keep.count, run->stats);
	APPEND(keep.fd, keep.count, run->caller_error);
	if (now.own.descriptors)
		close_all_but(&keep);
	inherit(&run->plan->owned_fds, false);
	run->proc = must(openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), "open", "/proc");
	run->caller_pidfd = run->plan->die_with_parent ? watch_caller() : -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, run->control) < 0)
		fail("make", "a socket pair");
}

/* Makes init with all namespaces in one call; those of the -try options are left out if that is refused. */
static pid_t clone_init(struct run *run, int *pidfd)
{
	static const uint64_t without[] = {0, CLONE_NEWCGROUP, CLONE_NEWUSER, CLONE_NEWUSER | CLONE_NEWCGROUP};
	uint64_t all = run->plan->namespaces;
	struct plan *plan = take(sizeof *plan);
	pid_t pid = -1;
	*plan = *run->plan;
	for (size_t i = 0; pid < 0 && i < sizeof without / sizeof *without; i++)
		if (!(without[i] & ~plan->namespaces_try)) {
			plan->namespaces = all & ~without[i];
			pid = sys_clone3(plan->namespaces, pidfd, now.undo.inside);
		}
	if (pid >= 0)
		run->plan = plan; /* the namespaces that were made */
	return pid;
}

/*
 * Whether the cgroup for init may be what made the clone fail: it is not ours to write (EACCES), removed (ENODEV), outside our
 * cgroup namespace (ENOENT), threaded (EOPNOTSUPP), or passes controllers on (EBUSY).
 */
static bool is_for_group(int error)
{
	return now.undo.inside >= 0 && (error == EACCES || error == ENODEV || error == ENOENT || error == EOPNOTSUPP || error == EBUSY);
}

static const char stream_options[][9] = {"--stdin", "--stdout", "--stderr"};

/* Redirects as a shell does.  From then on our own messages go to the file of --stderr too. */
static void open_streams(struct run *run)
{
	const struct plan *plan = run->plan;
	for (int i = 0; i < 3; i++) {
		if (!plan->streams[i])
			continue;
		now.option = stream_options[i];
		check_owned_once(plan, plan->owned_fds.count, i);
		int mode = (i ? O_WRONLY | O_CREAT : O_RDONLY) | (i && plan->append ? O_APPEND : 0);
		int fd = must(open_file(plan, run->caller, plan->streams[i], mode, ANY_KIND), "open the file", plan->streams[i]);
		/* --stderr is emptied now, since our messages go there; --stdout when the command starts. */
		if (i == 2 && !plan->append)
			empty_file(fd, 0);
		struct stat st = stat_fd(fd, plan->streams[i]), out = stat_fd(1, "standard output");
		/* If both are one file they share the position in it, as with 2>&1. */
		bool both = i == 2 && plan->streams[1] && same_file(&st, &out);
		if (i == 2)
			run->caller_error = must(fcntl(2, F_DUPFD_CLOEXEC, 3), "keep", "standard error");
		must(dup2(both ? 1 : fd, i), "pass on", plan->streams[i]);
		close(fd);
		if (i)
			note_written(run, i, plan->streams[i]);
	}
	now.option = NULL;
}

/* A socket in the host's network namespace that the command could use to reach anyone but its peer. */
static const char *stream_socket_fault(int fd)
{
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof address, type_size = sizeof(int);
	int type = 0;
	if (!getsockname(fd, (struct sockaddr *)&address, &size) && address.ss_family != AF_UNIX)
		return "a socket of the host's network; pass it through a pipe";
	size = sizeof address;
	if (getpeername(fd, (struct sockaddr *)&address, &size) < 0)
		return "a socket without a peer, which the command could connect to others on the host; connect it";
	if (!getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) && type == SOCK_DGRAM)
		return "a datagram socket, by which the command could send to others on the host; make it SOCK_SEQPACKET";
	return NULL;
}

/*
 * O_NONBLOCK and other flags belong to the open file, which the caller shares: if the command changed them, the caller's next
 * program could lose output, or no longer append.
 */
static void share(int fd, int flags)
{
	struct shared entry = {.fd = fd, .flags = flags};
	if (flags & O_ASYNC)
		fcntl(fd, F_GETOWN_EX, &entry.owner), entry.signal = fcntl(fd, F_GETSIG);
	APPEND(now.undo.shared, now.undo.shared_count, entry);
}

/* A standard stream may open more than itself: ".." of a directory, another address from a socket. */
static void check_streams(struct run *run)
{
	static const char names[][7] = {"input", "output", "error"};
	for (int fd = 0; fd < 3 && now.own.descriptors; fd++) {
		struct stat st = stat_fd(fd, "a standard stream");
		int flags = fcntl(fd, F_GETFL);
		now.option = run->plan->streams[fd] ? stream_options[fd] : NULL;
		share(fd, flags);
		if (S_ISDIR(st.st_mode) || flags & O_PATH)
			die("standard %s is a directory, from which the command could reach the whole host; redirect it, as in %d</dev/null",
			    names[fd], fd);
		if (!S_ISCHR(st.st_mode) || major(st.st_rdev) == 1) /* 1: memory devices, such as /dev/null */
			run->files |= 1U << fd;
		run->piped |= S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode);
		const char *fault = S_ISSOCK(st.st_mode) && !run->plan->share_net ? stream_socket_fault(fd) : NULL;
		if (fault)
			die("standard %s is %s, or use --share-net", names[fd], fault);
	}
	now.option = NULL;
	for (size_t i = 0; i < run->plan->keep_fds.count && now.own.descriptors; i++)
		share(run->plan->keep_fds.fd[i], fcntl(run->plan->keep_fds.fd[i], F_GETFL));
}

/*
 * With --pidns, processes that may be hostile see init from its first moment.  With --userns too, one that has capabilities
 * there could trace it while it has the host's tree open.
 */
static void hide_from_others(const struct plan *plan, const struct caller *caller)
{
	wipe_words(caller);
	if (now.own.hidden && plan->userns_fd >= 0)
		become_undumpable();
}

__attribute__((noreturn)) static void supervisor(const struct plan *plan, const struct caller *caller)
{
	struct run run = {.plan = plan, .caller = caller, .caller_error = -1};
	int pidfd = -1;
	open_streams(&run);
	run.go = plan->info_fd >= 0 || plan->status_fd >= 0 || plan->userns_block_fd >= 0 || needs_guard(plan);
	check_streams(&run);
	take_descriptors(&run);
	settle_priority(plan, run.proc);
	find_terminal(&run);
	run.filters = read_filters(plan);
	if (plan->policy)
		run.policy = assemble_filter(plan->policy, machine, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	take_signals(&run);
	if (now.own.root && caller->root && sys_setgroups(0, NULL) < 0)
		trace("cannot leave supplementary groups: %s", strerror(errno));
	run.same = find_all_same(plan, caller, now.own.root && caller->root ? userns_without_root(run.proc) : -1);
	if (plan->userns_fd >= 0)
		must(setns(plan->userns_fd, CLONE_NEWUSER), "enter the namespace of", "--userns");
	if (plan->pidns_fd >= 0)
		must(setns(plan->pidns_fd, CLONE_NEWPID), "enter the namespace of", "--pidns");
	if (plan->limits_given >> LIMIT_MEMORY)
		run.plan = limit_cgroup(plan, run.proc);
	if (now.undo.leaf < 0 && now.own.cgroups && plan->allow_userns)
		isolate_cgroup(run.proc);
	run.outside = find_outside(plan, caller);
	if (now.verbose)
		explain_limits(run.plan);
	if (plan->pidns_fd >= 0)
		hide_from_others(plan, caller);
	pid_t pid = clone_init(&run, &pidfd);
	if (pid < 0 && is_for_group(errno) && !(plan->limits_given >> LIMIT_MEMORY)) { /* no option asked for the cgroup */
		drop_cgroup();
		pid = clone_init(&run, &pidfd);
	}
	if (pid < 0)
		die_clone(&run);
	if (!pid)
		init(&run);
	close(run.control[1]);
	now.report = -1; /* from now on write_report() makes the report */
	announce(&run, pid);
	if (now.own.hidden)
		become_undumpable();
	supervise(&run, pid, pidfd);
}

/*** main ***/

/* The descriptors that we open must not become standard streams that the caller has closed. */
static void fill_standard_streams(void)
{
	struct pollfd streams[] = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}};
	must(poll(streams, 3, 0), "look at", "the standard streams");
	for (int fd = 0; fd < 3; fd++)
		if (streams[fd].revents & POLLNVAL)
			must(open("/dev/null", O_RDWR), "open", "/dev/null");
}

/* Makes argv and environ point to copies, so that the words that the kernel laid end to end can be wiped. */
static void copy_words(struct caller *caller, char **argv)
{
	char **lists[] = {argv, caller->environ}, *end = caller->words = *argv ? *argv : *caller->environ;
	for (int i = 0; i < 2; i++)
		for (char **word = lists[i]; *word; word++)
			end += *word == end ? strlen(end) + 1 : 0;
	caller->words_size = (size_t)(end - caller->words);
	char *copy = take(caller->words_size + 1);
	for (int i = 0; i < 2; i++)
		for (char **word = lists[i]; *word; word++)
			*word = *word >= caller->words && *word < end ? copy + (*word - caller->words) : *word;
	if (end)
		memcpy(copy, caller->words, caller->words_size);
}

static void explain(const struct plan *plan)
{
	switch (plan->explain) {
	case EXPLAIN_NONE: return;
	case EXPLAIN_HELP: explain_help(); break;
	case EXPLAIN_OPTIONS: explain_options(); break;
	case EXPLAIN_PLAN: explain_plan(plan); break;
	case EXPLAIN_FILTER: explain_filter(plan); break;
	case EXPLAIN_VERSION: printf("%s %s\n", WORDS("sandbox", "bubblewrap"), WORDS(VERSION, BWRAP_VERSION)); break;
	}
	must(fflush(stdout) || ferror(stdout) ? -1 : 0, "write to", "standard output");
	exit(0);
}

/*
 * With rights that come from the program's file (set-uid, file capabilities) it would open files that the caller may not.
 * AT_SECURE alone does not mean that: the kernel also sets it when some security modules change the domain.
 */
static void refuse_set_uid(void)
{
	if (!getauxval(AT_SECURE))
		return;
	bool ids = getauxval(AT_UID) != getauxval(AT_EUID) || getauxval(AT_GID) != getauxval(AT_EGID);
	if (ids || (getauxval(AT_UID) && sys_capget_permitted()))
		die("it runs only with the caller's own rights: remove the set-uid and set-gid bits (chmod ug-s) and capabilities (setcap -r) of its file");
}

int main(int argc, char **argv)
{
	/* The auxiliary vector has the ids as they were at the exec, so no system call is needed. */
	struct caller caller = {.uid = (uid_t)getauxval(AT_UID), .gid = (gid_t)getauxval(AT_GID), .environ = environ};
	copy_words(&caller, argv);
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;
	if (argc && *argv[0])
		now.called = argv[0], now.name = slash ? slash + 1 : argv[0];
	if (!strcmp(now.name, "bwrap"))
		now.own = (struct own_ways){0};
	refuse_set_uid();
	fill_standard_streams();
	caller.cwd = now.own.directory ? getcwd(take(PATH_MAX), PATH_MAX) : get_current_dir_name(); /* by PWD, as bubblewrap's */
	memcpy(&caller.secret, (const char *)getauxval(AT_RANDOM) + 8, sizeof caller.secret);
	caller.root = !caller.uid;
	struct plan plan = {.root = now.own.tree ? "host" : "empty", .cwd = "rw", .userns_fd = -1, .userns2_fd = -1, .pidns_fd = -1,
		.block_fd = -1, .userns_block_fd = -1, .info_fd = -1, .status_fd = -1, .stats_fd = -1, .umask = UNSET, .nice = NO_SCORE,
		.oom_score = NO_SCORE, .grace = UINT64_C(10000000000)};
	plan.caps = !now.own.root && caller.root ? sys_capget_permitted() : 0;
	plan.command = argc ? parse(&plan, argv + 1, argv + argc) : argv;
	if (strcmp(plan.root, "empty"))
		find_account(&caller, plan.uid_given ? plan.uid : caller.uid, plan.gid_given ? plan.gid : caller.gid);
	check(&plan, &caller);
	plan_policy(&plan, &caller, read_policy(&plan, &caller));
	plan_limits(&plan, &caller);
	explain(&plan);
	supervisor(&plan, &caller);
}
