// SPDX-License-Identifier: MIT
/*
 * The walk that stands in for openat2 where a filter refuses it, without privilege: what it finds, and with which error it
 * fails, is what the kernel says, on random trees and in /proc; and whatever is moved or exchanged between two of its steps,
 * it does not leave its root.  Prints each failure and then "N passed, N failed".
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
static int between(int dir, const char *path, int flags, ...);
#define openat between
#define main sandbox_main
#include "sandbox.c"
#undef main
#undef openat

static void put_link(const char *target, int dir, const char *name)
{
	if (symlinkat(target, dir, name) < 0)
		abort();
}

static struct {
	unsigned passed, failed;
} *tally; /* of all processes */
static char base[64], tree_name[16];
static int scene; /* base, held */
static time_t begun;
static uint64_t seed = 88172645463325252U;

static unsigned any(unsigned below_this)
{
	seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
	return (unsigned)(seed >> 33) % below_this;
}

/*** Other processes, between two steps of the walk ***/

static unsigned step, busy_step;
static void (*act)(void);

static int between(int dir, const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (act && ++step == busy_step)
		act();
	return openat(dir, path, flags, mode);
}

/*** The same as the kernel ***/

/*
 * The kernel walks anew where another process renames something meanwhile, and goes on counting links: so on a busy
 * machine it finds loops where there are none.
 */
static int kernel(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
	struct k_open_how how = {.flags = flags | O_CLOEXEC, .mode = flags & O_CREAT ? 0666 : 0, .resolve = resolve};
	int fd, loops = 0;
	do
		fd = (int)syscall(NR_OPENAT2, dir, path, &how, sizeof how);
	while (fd < 0 && (errno == EAGAIN || (errno == ELOOP && ++loops < 40)));
	return fd;
}

/* What was opened: its path, or the error.  A file that is new is removed again. */
static void describe(int fd, char text[2 * PATH_MAX])
{
	char path[PATH_MAX];
	struct stat st;
	if (fd < 0) {
		snprintf(text, 2 * PATH_MAX, "%s", strerror(errno));
		return;
	}
	if (path_of(fd, path) < 0 || fstat(fd, &st) < 0)
		abort();
	bool made = S_ISREG(st.st_mode) && !st.st_size && st.st_ctime >= begun;
	snprintf(text, 2 * PATH_MAX, "%s %o %x%s", path, st.st_mode, fcntl(fd, F_GETFL) & (O_PATH | O_ACCMODE), made ? " new" : "");
	close(fd);
	if (made)
		unlink(path);
}

static void compare(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
	static char wanted[2 * PATH_MAX], got[2 * PATH_MAX];
	int lowest = dup(2);
	close(lowest);
	describe(kernel(dir, path, flags, resolve), wanted);
	describe(walk_openat2(dir, path, flags, resolve), got);
	int after = dup(2);
	close(after);
	bool good = !strcmp(got, wanted) && lowest == after;
	*(good ? &tally->passed : &tally->failed) += 1;
	if (!good)
		printf("not ok: %.200s, flags %llo, resolve %llx%s\n    got    %.300s\n    wanted %.300s\n", path, (unsigned long long)flags,
			(unsigned long long)resolve, lowest == after ? "" : ", descriptors left", got, wanted);
}

/* As the program asks. */
static void compare_all(int dir, const char *path)
{
	static const uint64_t resolve[] = {K_RESOLVE_IN_ROOT | K_RESOLVE_NO_MAGICLINKS, K_RESOLVE_NO_SYMLINKS, K_RESOLVE_NO_MAGICLINKS};
	static const uint64_t flags[] = {O_PATH, O_PATH | O_NOFOLLOW, O_PATH | O_DIRECTORY, O_PATH | O_DIRECTORY | O_NOFOLLOW, O_RDONLY | O_NONBLOCK,
		O_RDONLY | O_NONBLOCK | O_NOFOLLOW, O_WRONLY | O_NONBLOCK | O_CREAT};
	for (size_t i = 0; i < sizeof resolve / sizeof *resolve; i++)
		for (size_t k = 0; k < sizeof flags / sizeof *flags; k++)
			if (!(flags[k] & O_CREAT) || !i || (i == 1 && *path != '/' && !strstr(path, ".."))) /* not above the tree */
				compare(dir, path, flags[k], resolve[i]);
}

static const char *random_path(void)
{
	static const char *const names[] = {"a", "b", "c", "d", "a", "b", "c", "..", "..", ".", "", "absent"};
	static char path[256];
	unsigned begin = any(8);
	int used = snprintf(path, sizeof path, "%s", begin == 0 ? "/" : begin == 1 ? base : "");
	used += begin == 1 ? snprintf(path + used, 32, "/%s/", tree_name) : 0;
	for (unsigned left = 1 + any(6); left--;)
		used += snprintf(path + used, 16, "%s%s", names[any(sizeof names / sizeof *names)], left || !any(6) ? "/" : "");
	return path;
}

/* A few levels of all kinds of files, some of which are closed to us. */
static void plant(int dir, unsigned level)
{
	static const char *const names[] = {"a", "b", "c", "d"};
	static const mode_t modes[] = {0755, 0755, 0755, 0755, 0, 0111, 0444, 01777};
	for (size_t i = 0; i < 4; i++) {
		int fd;
		switch (level ? any(7) : 3 + any(4)) {
		case 0:
		case 1:
		case 2:
			if (mkdirat(dir, names[i], 0700) < 0 || (fd = openat(dir, names[i], O_RDONLY | O_DIRECTORY)) < 0)
				abort();
			plant(fd, level - 1);
			fchmod(fd, modes[any(8)]);
			close(fd);
			break;
		case 3:
			fd = openat(dir, names[i], O_WRONLY | O_CREAT, any(4) ? 0644 : 0);
			if (write(fd, "x", 1) != 1)
				abort();
			close(fd);
			break;
		case 4:
			mknodat(dir, names[i], S_IFIFO | 0600, 0);
			break;
		default: {
			const char *target = random_path();
			if (symlinkat(*target ? target : ".", dir, names[i]) < 0)
				abort();
		}
		}
	}
}

static void test_random_trees(unsigned trees)
{
	for (unsigned i = 0; i < trees; i++) {
		int tree;
		snprintf(tree_name, sizeof tree_name, "tree%u", i);
		if (mkdirat(scene, tree_name, 0755) < 0 || (tree = openat(scene, tree_name, O_RDONLY | O_DIRECTORY)) < 0)
			abort();
		plant(tree, 2);
		for (unsigned k = 0; k < 8; k++)
			compare_all(tree, random_path());
		close(tree);
	}
}

static void test_proc(void)
{
	static const char *const first[] = {"self", "thread-self", "mounts", "net", "1", "sys", "fs"};
	static const char *const second[] = {"", "/", "/.", "/..", "/exe", "/exe/", "/cwd", "/cwd/..", "/root/etc", "/fd/3", "/fd/3/..", "/ns/mnt", "/map_files",
		"/status", "/absent", "/../mounts", "/task/../net/../../mounts"};
	static const char *const starts[] = {"/proc", "/", "/proc/self"};
	char path[PATH_MAX];
	int fd = open(base, O_PATH | O_DIRECTORY);
	if (dup2(fd, 3) < 0)
		abort();
	for (size_t i = 0; i < 3; i++) {
		int dir = open(starts[i], O_PATH | O_DIRECTORY);
		for (size_t k = 0; k < 7 * 17; k++) {
			snprintf(path, sizeof path, "%s%s%s", k % 2 || i == 1 ? "/proc/" : "", first[k / 17], second[k % 17]);
			compare_all(dir, path);
		}
		compare_all(dir, "exe");
		compare_all(dir, "fd/3");
		close(dir);
	}
	/* A magic link whose text is as long as the kernel says of each. */
	memset(path, 'l', 64);
	memcpy(path, base, strlen(base));
	path[strlen(base)] = '/';
	path[64] = '\0';
	if (mkdir(path, 0755) < 0 || (fd = open(path, O_PATH | O_DIRECTORY)) < 0 || dup2(fd, 3) < 0)
		abort();
	compare_all(AT_FDCWD, "/proc/self/fd/3");
	close(fd);
	rmdir(path);
}

/* N links, each of which leads to the next, and a directory at the end. */
static void test_limits(void)
{
	char name[16], next[16], *path = malloc(3 * PATH_MAX);
	mkdirat(scene, "limits", 0755);
	int dir = openat(scene, "limits", O_PATH);
	mkdirat(dir, "l0", 0755);
	mkdirat(dir, "d", 0755);
	put_link(".", dir, "here");
	for (unsigned i = 1; i < 45; i++) {
		snprintf(name, sizeof name, "l%u", i);
		snprintf(next, sizeof next, "l%u", i - 1);
		put_link(next, dir, name);
	}
	for (unsigned i = 38; i < 45; i++) {
		snprintf(path, 16, "l%u%s", i, i % 2 ? "/" : "");
		compare_all(dir, path);
	}
	for (size_t length = PATH_MAX - 1; length <= PATH_MAX; length++) {
		for (size_t i = 0; i < length; i++)
			path[i] = i % 2 ? '/' : '.';
		path[length] = '\0';
		compare_all(dir, path);
		memset(path, '/', length);
		compare_all(dir, path);
		memset(path, 'n', length);
		compare_all(dir, path);
	}
	for (unsigned links = 38; links < 43; links++) {
		*path = '\0';
		for (unsigned i = 0; i < links; i++)
			strcat(path, "here/");
		strcat(path, "d");
		compare_all(dir, path);
	}
	memset(path, 'n', 256);
	path[256] = '\0';
	compare_all(dir, path);
	compare_all(dir, "");
	compare_all(-1, "d");
	compare_all(-1, "/");
	close(dir);
	dir = open("/dev/null", O_PATH);
	compare_all(dir, "d");
	compare_all(dir, "..");
	close(dir);
	free(path);
}

/* Links of three users in directories of three; by the user 65533. As the kernel has it where it protects from them. */
static void test_protected_links(void)
{
	static const uid_t owners[] = {0, 65533, 65532};
	static const mode_t modes[] = {0755, 0777, 01755, 01777};
	static const char *const ends[] = {"", "/", "/../end"};
	char path[128], protects = '0';
	int sysctl = open("/proc/sys/fs/protected_symlinks", O_RDONLY), dir;
	if (read(sysctl, &protects, 1) != 1 || mkdirat(scene, "links", 0755) < 0 || (dir = openat(scene, "links", O_PATH)) < 0)
		abort();
	close(sysctl);
	mkdirat(dir, "end", 0755);
	for (unsigned i = 0; i < 3 * 3 * 4; i++) {
		snprintf(path, sizeof path, "%u", i);
		mkdirat(dir, path, 0755);
		snprintf(path, sizeof path, "%u/link", i);
		if (symlinkat("../end", dir, path) < 0 || fchownat(dir, path, owners[i / 3 % 3], 0, AT_SYMLINK_NOFOLLOW) < 0)
			abort();
		snprintf(path, sizeof path, "%u", i);
		if (fchownat(dir, path, owners[i % 3], 0, 0) < 0 || fchmodat(dir, path, modes[i / 9], 0) < 0)
			abort();
	}
	if (seteuid(65533))
		abort();
	for (unsigned i = 0; i < 3 * 3 * 4; i++)
		for (unsigned k = 0; k < 3; k++) {
			uid_t owner = owners[i / 3 % 3];
			bool wanted = k < 2 && modes[i / 9] == 01777 && owner != 65533 && owner != owners[i % 3];
			snprintf(path, sizeof path, "%u/link%s", i, ends[k]);
			int fd = walk_openat2(dir, path, O_PATH, K_RESOLVE_IN_ROOT);
			bool good = wanted == (fd < 0 && errno == EACCES);
			close(fd);
			*(good ? &tally->passed : &tally->failed) += 1;
			if (!good)
				printf("not ok: the link %u of %u in a directory of %u, mode %o\n", i, owner, owners[i % 3], modes[i / 9]);
			if (protects == '1')
				compare_all(dir, path);
		}
	if (seteuid(0))
		abort();
	close(dir);
}

/*** Whatever others do meanwhile ***/

static const char *moved, *to; /* in the scene, where the walk is in "root" */

static void move(void)
{
	renameat(scene, moved, scene, to);
}

static void exchange(void)
{
	syscall(SYS_renameat2, scene, moved, scene, to, 2);
}

/* Whether this is one of what lies outside. */
static bool is_outside(int fd)
{
	static const char *const outside[] = {".", "mark", "out", "out/mark"};
	struct stat st, other;
	if (fstat(fd, &st) < 0)
		abort();
	for (size_t i = 0; i < 4; i++)
		if (!fstatat(scene, outside[i], &other, 0) && same_file(&st, &other))
			return true;
	return false;
}

static void make_scene(void)
{
	static const char *const directories[] = {"root", "root/a", "root/a/b", "root/a/b/c", "root/x", "out"};
	static const char *const files[] = {"mark", "out/mark", "root/a/b/c/inside"};
	for (size_t i = 0; i < 6; i++)
		mkdirat(scene, directories[i], 0755);
	for (size_t i = 0; i < 3; i++)
		close(openat(scene, files[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	put_link("..", scene, "root/up");
	put_link("/../../mark", scene, "root/far");
	put_link(base, scene, "root/away");
	put_link("/proc/self/cwd/mark", scene, "root/jump");
	put_link("a/b/..", scene, "root/bent");
}

static const struct {
	void (*act)(void);
	const char *moved, *to;
} changes[] = {
	{move, "root/a/b", "out/b"}, {move, "root/a/b/c", "out/c"}, {move, "root/a", "out/a"}, {move, "root/a/b/c", "c"},
	{exchange, "root/a", "root/up"}, {exchange, "root/a/b", "root/up"}, {exchange, "root/a/b", "root/away"},
	{exchange, "root/x", "root/up"}, {exchange, "root/x", "root/far"}, {exchange, "root/x", "root/away"}, {exchange, "root/x", "root/jump"},
};

static const char *const walked[] = {
	"a/b/../../mark", "a/b/../mark", "a/b/c/../../../mark", "a/b/c/../../../../mark", "a/b/c/../../..", "a/b/..", "a/b/../", "a/mark", "a/b/mark",
	"/../a/b/../../../mark", "a/b/c/inside", "x", "x/", "x/.", "x/mark", "x/../../mark", "x/out", "bent/../mark", "bent/b/c/../../../mark", "up/mark",
	"far", "away/mark", "jump", "..", "../out",
};

/* Each change between any two steps of each walk. */
static void test_changes(void)
{
	unsigned found = 0;
	make_scene();
	int root = openat(scene, "root", O_PATH);
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
		for (size_t k = 0; k < sizeof walked / sizeof *walked; k++)
			for (busy_step = 1, step = 1; busy_step <= step && busy_step < 100; busy_step++) {
				moved = changes[i].moved, to = changes[i].to, step = 0, act = changes[i].act;
				int fd = walk_openat2(root, walked[k], (i + k) % 2 ? O_PATH : O_RDONLY, K_RESOLVE_IN_ROOT | K_RESOLVE_NO_MAGICLINKS);
				bool acted = step >= busy_step, outside = fd >= 0 && is_outside(fd);
				act = NULL;
				if (acted && changes[i].act == exchange)
					exchange();
				else if (acted)
					renameat(scene, to, scene, moved);
				found += fd >= 0;
				close(fd);
				*(outside ? &tally->failed : &tally->passed) += 1;
				if (outside)
					printf("not ok: %s leads outside when %s changes at step %u\n", walked[k], moved, busy_step);
			}
	if (!found)
		tally->failed++, printf("not ok: nothing was found\n");
	close(root);
}

static void test_all(void)
{
	const char *above = getenv("TMPDIR");
	char command[256];
	snprintf(base, sizeof base, "%.40s/lookup.XXXXXX", above && *above == '/' && strlen(above) <= 40 ? above : "/tmp");
	if (!mkdtemp(base) || (scene = open(base, O_PATH | O_DIRECTORY)) < 0 || chmod(base, 0755) < 0)
		abort();
	if (!getuid())
		test_protected_links();
	test_changes();
	test_limits();
	test_proc();
	test_random_trees(100);
	close(scene);
	snprintf(command, sizeof command, "chmod -R u+rwx %s && rm -rf %s", base, base);
	if (system(command))
		tally->failed++;
}

int main(void)
{
	if (kernel(AT_FDCWD, "/", O_PATH, 0) < 0) {
		printf("0 passed, 0 failed # skip: no openat2 to compare with here\n");
		return 0;
	}
	begun = time(NULL);
	tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	test_all();
	fflush(stdout);
	if (!getuid() && !fork()) { /* root may search what is closed to others */
		if (setgroups(0, NULL) < 0 || setresgid(65533, 65533, 65533) < 0 || setresuid(65533, 65533, 65533) < 0)
			return 1;
		test_all();
		return 0;
	}
	int status = 0;
	wait(&status);
	printf("%u passed, %u failed\n", tally->passed, tally->failed + (status != 0));
	return tally->failed || status;
}
