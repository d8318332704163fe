// SPDX-License-Identifier: MIT
/*
 * The pure sections of sandbox.c, without privilege: what a command line becomes, what is refused with which
 * words, and what is printed.  The program is included whole; each case runs in a process of its own, because
 * a refusal ends the process.  Prints each failure and then "N passed, N failed".
 *
 * In word lists blanks separate, '' is an empty word and SPC a blank; in data and environments '|' separates.
 * Descriptors 0 and 10 to 13 are open in every case, and 77 is not.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#define _exit exit /* so that a case which ends early is counted by gcov */
#define main sandbox_main
#include "sandbox.c"
#undef main
#undef _exit

/*** Harness ***/

static struct {
	unsigned passed, failed;
} tally;

static void report(bool good, const char *what, const char *words, const char *got, const char *wanted)
{
	*(good ? &tally.passed : &tally.failed) += 1;
	if (!good)
		printf("not ok: %s: %s\n    got    %s\n    wanted %s\n", what, words, got, wanted);
}

static void expect_text(const char *what, const char *words, const char *got, const char *wanted)
{
	report(!strcmp(got, wanted), what, words, got, wanted);
}

static void expect_number(const char *what, const char *words, uint64_t got, uint64_t wanted)
{
	char a[32], b[32];
	snprintf(a, sizeof a, "%llu", (unsigned long long)got);
	snprintf(b, sizeof b, "%llu", (unsigned long long)wanted);
	report(got == wanted, what, words, a, b);
}

static const struct caller user = {.uid = 1000, .gid = 100, .home = "/home/u", .cwd = "/home/u/w", .named = true};
static const struct caller root = {.uid = 0, .gid = 0, .home = "/root", .cwd = "/root/w", .root = true, .named = true};
static const struct caller stranger = {.uid = 1000, .gid = 100, .home = "/home/u", .cwd = "/", .other_home = "/home/v"};
static const struct caller linked = {.uid = 1000, .gid = 100, .home = "/m/u", .cwd = "/", .other_home = "/home/u", .home_linked = true, .named = true};

/* A case: who calls what under which name, and what its descriptors 10 and 11 hold. */
struct scene {
	const char *called; /* NULL: sandbox */
	const struct caller *caller; /* NULL: user */
	const char *words, *data, *more;
	void (*act)(const struct scene *);
	const void *row;
	const char *output; /* NULL: caught; else a file */
};

struct seen {
	int status;
	char *out, *err;
};

/* Content of a descriptor for a case, from its start. */
static void provide(int fd, const char *data)
{
	int held = memfd_create("data", 0);
	for (; data && *data; data++)
		if (write(held, *data == '|' ? "" : data, 1) != 1)
			abort();
	lseek(held, 0, SEEK_SET);
	dup2(held, fd);
	close(held);
}

static char *content(int fd)
{
	size_t size;
	lseek(fd, 0, SEEK_SET);
	return slurp(fd, "a case's output", &size);
}

static void call_it(const char *called)
{
	const char *slash = strrchr(called, '/');
	now.called = called;
	now.name = slash ? slash + 1 : called;
	now.own = strcmp(now.name, "bwrap") ? (struct own_ways){DIFFERENCES(AS_TRUE)} : (struct own_ways){0};
}

static struct seen observe(struct scene scene)
{
	struct seen seen;
	int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC);
	scene.caller = scene.caller ? scene.caller : &user;
	fflush(stdout);
	pid_t pid = fork();
	if (!pid) {
		dup2(scene.output ? open(scene.output, O_WRONLY) : out, 1);
		dup2(err, 2);
		provide(0, NULL);
		provide(10, scene.data);
		provide(11, scene.more);
		provide(12, NULL);
		provide(13, NULL);
		close(77);
		call_it(scene.called ? scene.called : "sandbox");
		scene.act(&scene);
		exit(0);
	}
	if (pid < 0 || waitpid(pid, &seen.status, 0) != pid)
		abort();
	seen.out = content(out);
	seen.err = content(err);
	close(out);
	close(err);
	return seen;
}

static int code_of(struct seen seen)
{
	return WIFEXITED(seen.status) ? WEXITSTATUS(seen.status) : 256 + WTERMSIG(seen.status);
}

/* argv without its first word; SPC in a word is a blank. */
static char **words_of(const char *text, size_t *count)
{
	char **words = NULL, *copy = copy_of(text);
	*count = 0;
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
		for (char *blank; (blank = strstr(word, "SPC"));)
			*blank = ' ', memmove(blank + 1, blank + 3, strlen(blank + 3) + 1);
		APPEND(words, *count, strcmp(word, "''") ? word : word + 2);
	}
	APPEND(words, *count, NULL);
	*count -= 1;
	return words;
}

static struct plan fresh_plan(const struct caller *caller)
{
	struct plan plan = {.root = now.own.tree ? "host" : "empty", .cwd = "rw", .userns_fd = -1, .userns2_fd = -1, .pidns_fd = -1,
		.block_fd = -1, .userns_block_fd = -1, .info_fd = -1, .status_fd = -1, .stats_fd = -1, .umask = UNSET, .nice = NO_SCORE,
		.oom_score = NO_SCORE, .grace = UINT64_C(10000000000)};
	plan.caps = !now.own.root && caller->root ? 0xff : 0;
	return plan;
}

static struct plan parsed(const struct scene *scene)
{
	size_t count;
	char **words = words_of(scene->words, &count);
	struct plan plan = fresh_plan(scene->caller);
	plan.command = parse(&plan, words, words + count);
	return plan;
}

static struct plan checked(const struct scene *scene)
{
	struct plan plan = parsed(scene);
	check(&plan, scene->caller);
	plan_policy(&plan, scene->caller, read_policy(&plan, scene->caller));
	return plan;
}

/*** Refusals ***/

struct wrong_plan {
	const char *called, *words, *message, *data, *more;
};

#define EMPTY_PATH "the path is empty; is a shell variable unset?"
#define SEVENTY "0123456789012345678901234567890123456789012345678901234567890123456789"

static const struct wrong_plan refusals[] = {
	/* unknown options */
	{"sandbox", "--ro-bnid / / true", "unknown option --ro-bnid; did you mean --ro-bind", 0, 0},
	{"sandbox", "--ro-bnid=/ true", "unknown option --ro-bnid; did you mean --ro-bind", 0, 0},
	{"sandbox", "--clear-env true", "unknown option --clear-env; did you mean --clearenv", 0, 0},
	{"sandbox", "--hlep", "unknown option --hlep; did you mean --help", 0, 0},
	{"sandbox", "-x true", "unknown option -x; see --help", 0, 0},
	{"sandbox", "-hx true", "unknown option -hx; see --help", 0, 0},
	{"sandbox", "--r true", "unknown option --r; did you mean --ro", 0, 0},
	{"sandbox", "--utterly-else true", "unknown option --utterly-else; see --help", 0, 0},
	{"sandbox", "--" SEVENTY " true", "unknown option --" SEVENTY "; see --help", 0, 0},
	{"sandbox", "--bin / / true", "unknown option --bin; did you mean --bind", 0, 0},
	{"bwrap", "--ro-bnid / / true", "Unknown option --ro-bnid", 0, 0},
	{"bwrap", "--chdir=/ true", "Unknown option --chdir=/", 0, 0},
	/* too few and too many values */
	{"sandbox", "--ro-bind /usr", "--ro-bind: missing value; write --ro-bind SRC DEST", 0, 0},
	{"sandbox", "--ro-bind", "--ro-bind: missing value; write --ro-bind SRC DEST", 0, 0},
	{"sandbox", "--uid", "--uid: missing value; write --uid UID", 0, 0},
	{"sandbox", "--overlay /a /b", "--overlay: missing value; write --overlay RWSRC WORKDIR DEST", 0, 0},
	{"sandbox", "--new-session=1 true", "--new-session takes no values; write --new-session", 0, 0},
	{"sandbox", "--bind=/a /b true", "--bind takes two values; write --bind SRC DEST", 0, 0},
	{"sandbox", "--overlay=/a /b /c true", "--overlay takes three values; write --overlay RWSRC WORKDIR DEST", 0, 0},
	{"bwrap", "--uid", "--uid takes an argument", 0, 0},
	{"bwrap", "--bind /a", "--bind takes two arguments", 0, 0},
	{"bwrap", "--overlay /a /b", "--overlay takes three arguments", 0, 0},
	/* numbers */
	{"sandbox", "--uid x true", "--uid: 'x' is not a uid (at most 4294967294)", 0, 0},
	{"sandbox", "--uid '' true", "--uid: '' is not a uid (at most 4294967294)", 0, 0},
	{"sandbox", "--uid -1 true", "--uid: '-1' is not a uid (at most 4294967294)", 0, 0},
	{"sandbox", "--uid +1 true", "--uid: '+1' is not a uid (at most 4294967294)", 0, 0},
	{"sandbox", "--uid SPC1 true", "--uid: ' 1' is not a uid (at most 4294967294)", 0, 0},
	{"sandbox", "--uid 1k true", "--uid: '1k' is not a uid (at most 4294967294)", 0, 0},
	{"sandbox", "--uid 4294967295 true", "--uid: '4294967295' is not a uid (at most 4294967294)", 0, 0},
	{"sandbox", "--gid 99999999999999999999 true", "--gid: '99999999999999999999' is not a gid (at most 4294967294)", 0, 0},
	{"sandbox", "--perms 789 --dir /x true", "--perms: '789' is not a mode in octal digits (at most 07777)", 0, 0},
	{"sandbox", "--perms 10000 --dir /x true", "--perms: '10000' is not a mode in octal digits (at most 07777)", 0, 0},
	{"sandbox", "--chmod 10000 /x true", "--chmod: '10000' is not a mode in octal digits (at most 07777)", 0, 0},
	{"sandbox", "--size 9223372036854775808 --tmpfs /x true", "--size: '9223372036854775808' is not a size, as in 4096 or 512M; units are K, M, G, T; it is too large or too precise", 0, 0},
	{"sandbox", "--size 0 --tmpfs /x true", "--size must be non-zero", 0, 0},
	{"sandbox", "--keep-fd 2147483648 true", "--keep-fd: '2147483648' is not a descriptor (at most 2147483647)", 0, 0},
	{"bwrap", "--uid x true", "Invalid uid: x", 0, 0},
	{"bwrap", "--gid x true", "Invalid gid: x", 0, 0},
	{"bwrap", "--file x /x true", "Invalid fd: x", 0, 0},
	{"sandbox", "--args=prof true", "--args: 'prof' is not a file descriptor; write: --args 3 3<prof", 0, 0},
	{"sandbox", "--seccomp ./f true", "--seccomp: './f' is not a file descriptor; write: --seccomp 3 3<./f", 0, 0},
	{"sandbox", "--json-status-fd log true", "--json-status-fd: 'log' is not a file descriptor; write: --json-status-fd 3 3>log", 0, 0},
	{"sandbox", "--sync-fd -1 true", "--sync-fd: '-1' is not a descriptor (at most 2147483647)", 0, 0},
	{"bwrap", "--perms x --dir /x true", "--perms: 'x' is not a mode in octal digits (at most 07777)", 0, 0},
	{"bwrap", "--chmod 8 /x true", "--chmod: '8' is not a mode in octal digits (at most 07777)", 0, 0},
	{"bwrap", "--size x --tmpfs /x true", "--size: 'x' is not a size in bytes (at most 9223372036854775807)", 0, 0},
	{"bwrap", "--size 5M --tmpfs /x true", "--size: '5M' is not a size in bytes (at most 9223372036854775807)", 0, 0},
	{"bwrap", "--overlay-src /l --size 5 --tmp-overlay /x true", "--size must be followed by --tmpfs", 0, 0},
	/* descriptors */
	{"sandbox", "--bind-fd 77 /x true", "--bind-fd: descriptor 77 is not open; open it in the caller, as in 77<FILE", 0, 0},
	{"sandbox", "--sync-fd 77 true", "--sync-fd: descriptor 77 is not open; open it in the caller, as in 77<FILE", 0, 0},
	{"sandbox", "--file 10 /a --file 10 /b true", "--file: descriptor 10 is given to two options; open it once for each", 0, 0},
	{"sandbox", "--file 10 /a --file 11 /b --file 11 /c true", "--file: descriptor 11 is given to two options; open it once for each", 0, 0},
	{"sandbox", "--keep-fd 10 --block-fd 10 true", "--block-fd: descriptor 10 is given to two options; open it once for each", 0, 0},
	{"sandbox", "--sync-fd 10 --sync-fd 10 true", "--sync-fd: descriptor 10 is given to two options; open it once for each", 0, 0},
	{"sandbox", "--seccomp 10 --args 10 true", "--args: descriptor 10 is given to two options; open it once for each", 0, 0},
	/* what stands behind the group of --ro and --rw */
	{"sandbox", "--ro /a/b --tmpfs /a true", "--tmpfs: /a would hide --ro /a/b: all --ro and --rw take effect where the first of them stands; give this option before it", 0, 0},
	{"sandbox", "--rw /c --ro-bind / //a/./b/ --ro /a/b true", "--ro-bind: //a/./b/ would hide --ro /a/b: all --ro and --rw take effect where the first of them stands; give this option before it", 0, 0},
	{"sandbox", "--ro /a/b --bind-data 10 / true", "--bind-data: / would hide --ro /a/b: all --ro and --rw take effect where the first of them stands; give this option before it", 0, 0},
	/* relative places */
	{"sandbox", "--root empty --ro x true", "--ro: 'x' is relative, and an empty root has no working directory; write /home/u/w/x", 0, 0},
	{"sandbox", "--root empty --bind /x y true", "--bind: 'y' is relative, and an empty root has no working directory; write /home/u/w/y", 0, 0},
	{"sandbox", "--root empty --chdir ../x true", "--chdir: '../x' is relative, and an empty root has no working directory; write /home/u/x", 0, 0},
	{"sandbox", "--root empty --lock-file x true", "--lock-file: 'x' is relative, and an empty root has no working directory; write /home/u/w/x", 0, 0},
	/* empty paths */
	{"sandbox", "--ro '' true", "--ro: " EMPTY_PATH, 0, 0},
	{"sandbox", "--bind / '' true", "--bind: " EMPTY_PATH, 0, 0},
	{"sandbox", "--bind '' / true", "--bind: " EMPTY_PATH, 0, 0},
	{"sandbox", "--file 10 '' true", "--file: " EMPTY_PATH, 0, 0},
	{"sandbox", "--chmod 755 '' true", "--chmod: " EMPTY_PATH, 0, 0},
	{"sandbox", "--overlay-src '' true", "--overlay-src: " EMPTY_PATH, 0, 0},
	{"sandbox", "--overlay-src /l --overlay /u '' /d true", "--overlay: " EMPTY_PATH, 0, 0},
	{"sandbox", "--overlay-src /l --overlay /u /w '' true", "--overlay: " EMPTY_PATH, 0, 0},
	{"sandbox", "--lock-file '' true", "--lock-file: " EMPTY_PATH, 0, 0},
	{"sandbox", "--root= true", "--root: " EMPTY_PATH, 0, 0},
	{"sandbox", "--chdir '' true", "--chdir: " EMPTY_PATH, 0, 0},
	/* words from a fixed set */
	{"sandbox", "--cap-add cap_fly true", "--cap-add: unknown capability 'cap_fly'; capabilities(7) lists them", 0, 0},
	{"sandbox", "--cap-drop '' true", "--cap-drop: unknown capability ''; capabilities(7) lists them", 0, 0},
	{"bwrap", "--cap-add CAP_FLY true", "unknown cap: CAP_FLY", 0, 0},
	{"sandbox", "--cwd rx true", "--cwd: 'rx' is not one of rw, ro, none, overlay", 0, 0},
	{"sandbox", "--setenv A=B C true", "--setenv: 'A=B' is not a variable's name; write --setenv A B", 0, 0},
	{"sandbox", "--setenv '' C true", "--setenv: '' is not a variable's name; it may not be empty or contain '='", 0, 0},
	{"sandbox", "--unsetenv A= true", "--unsetenv: 'A=' is not a variable's name; write --unsetenv A", 0, 0},
	{"sandbox", "--keepenv '' true", "--keepenv: '' is not a variable's name or PREFIX*", 0, 0},
	{"sandbox", "--keepenv A=B true", "--keepenv: 'A=B' is not a variable's name; to keep it: --keepenv A; to set it: --setenv A B", 0, 0},
	{"sandbox", "--keepenv A*B true", "--keepenv: 'A*B' is not a variable's name or PREFIX*", 0, 0},
	/* what announces something for the next option */
	{"sandbox", "--perms 700 true", "--perms must be followed by --dir, --tmpfs, --file, --bind-data or --ro-bind-data", 0, 0},
	{"sandbox", "--perms 700 --ro /usr true", "--ro: --perms must be followed by --dir, --tmpfs, --file, --bind-data or --ro-bind-data", 0, 0},
	{"sandbox", "--perms 700 --uid 1 true", "--uid: --perms must be followed by --dir, --tmpfs, --file, --bind-data or --ro-bind-data", 0, 0},
	{"sandbox", "--perms 700 --symlink a /b true", "--symlink: --perms must be followed by --dir, --tmpfs, --file, --bind-data or --ro-bind-data", 0, 0},
	{"sandbox", "--size 1 true", "--size must be followed by --tmpfs, --dev, --tmp-overlay, --overlay-root or --cwd overlay", 0, 0},
	{"sandbox", "--size 1 --dir /x true", "--dir: --size must be followed by --tmpfs, --dev, --tmp-overlay, --overlay-root or --cwd overlay", 0, 0},
	{"sandbox", "--perms 700 --size 1 --dir /x true", "--dir: --size must be followed by --tmpfs, --dev, --tmp-overlay, --overlay-root or --cwd overlay", 0, 0},
	{"sandbox", "--perms 700 --perms 700 --dir /x true", "--perms given twice for the same action", 0, 0},
	{"sandbox", "--size 1 --size 1 --tmpfs /x true", "--size given twice for the same action", 0, 0},
	{"bwrap", "--argv0 a --argv0 b true", "--argv0 used multiple times", 0, 0},
	{"bwrap", "--perms 700 --bind / / true", "--perms must be followed by an option that creates a file", 0, 0},
	{"sandbox", "--overlay-src /l true", "--overlay-src must be followed by another --overlay-src or one of --overlay, --tmp-overlay, or --ro-overlay", 0, 0},
	{"sandbox", "--tmp-overlay /x true", "--tmp-overlay requires at least one --overlay-src", 0, 0},
	{"sandbox", "--overlay /u /w /x true", "--overlay requires at least one --overlay-src", 0, 0},
	{"sandbox", "--overlay-src /l --ro-overlay /x true", "--ro-overlay requires at least two --overlay-src", 0, 0},
	{"sandbox", "--overlay-src /l --tmp-overlay /x --tmp-overlay /y true", "--tmp-overlay requires at least one --overlay-src", 0, 0},
	/* options that exclude or need each other */
	{"sandbox", "--disable-userns --allow-userns true", "--disable-userns cannot be combined with --allow-userns", 0, 0},
	{"sandbox", "--userns 10 --unshare-user true", "--userns cannot be combined with --unshare-user", 0, 0},
	{"sandbox", "--userns 10 --disable-userns true", "--disable-userns requires --unshare-user", 0, 0},
	{"sandbox", "--as-pid-1 --lock-file /x true", "--as-pid-1 cannot be combined with --lock-file: there is no init to keep the lock", 0, 0},
	{"sandbox", "--overlay-root true", "--overlay-root needs --root DIR", 0, 0},
	{"sandbox", "--root empty --overlay-root true", "--overlay-root needs --root DIR", 0, 0},
	{"sandbox", "--userns-block-fd 10 true", "--userns-block-fd requires --info-fd", 0, 0},
	{"sandbox", "--userns 11 --info-fd 12 --userns-block-fd 10 true", "--userns-block-fd requires --unshare-user", 0, 0},
	{"sandbox", "--hostname '' true", "--hostname: '' is not 1 to 64 bytes long", 0, 0},
	{"sandbox", "--hostname " SEVENTY " true", "--hostname: '" SEVENTY "' is not 1 to 64 bytes long", 0, 0},
	{"sandbox", "--seccomp 10 --add-seccomp-fd 11 true", "--add-seccomp-fd cannot be combined with --seccomp; give every program with --add-seccomp-fd", 0, 0},
	{"sandbox", "--add-seccomp-fd 10 --seccomp 11 true", "--seccomp cannot be combined with --add-seccomp-fd; give every program with --add-seccomp-fd", 0, 0},
	{"bwrap", "--seccomp 10 --add-seccomp-fd 11 true", "--add-seccomp-fd cannot be combined with --seccomp", 0, 0},
	{"bwrap", "--as-pid-1 true", "Specifying --as-pid-1 requires --unshare-pid", 0, 0},
	{"bwrap", "--unshare-pid --as-pid-1 --lock-file /x true", "Specifying --as-pid-1 and --lock-file is not permitted", 0, 0},
	{"bwrap", "--hostname a true", "Specifying --hostname requires --unshare-uts", 0, 0},
	{"bwrap", "--disable-userns true", "--disable-userns requires --unshare-user", 0, 0},
	{"bwrap", "--unshare-user-try --disable-userns true", "--disable-userns requires --unshare-user", 0, 0},
	{"bwrap", "--userns-block-fd 10 --info-fd 11 --userns 12 true", "--userns-block-fd requires --unshare-user", 0, 0},
	/* --args */
	{"sandbox", "--args 10 true", "--args: unknown option --nonsense; see --help", "--dev|/dev|--nonsense|", 0},
	{"sandbox", "--args 10 true", "--bind: missing value; write --bind SRC DEST", "--bind|/usr|", 0},
	{"sandbox", "--args 10 true", "--args: 'true' is not an option; only options can be given here, and COMMAND on the command line", "true|", 0},
	{"sandbox", "--args 10 true", "--args: '' is not an option; only options can be given here, and COMMAND on the command line", "|", 0},
	{"sandbox", "--args 10 true", "--args: descriptor 10 is given to two options; open it once for each", "--args|10|", 0},
	/* no command */
	{"sandbox", "", "no COMMAND; try: sandbox sh", 0, 0},
	{"sandbox", "--", "no COMMAND; try: sandbox sh", 0, 0},
	{"sandbox", "--new-session", "no COMMAND; try: sandbox sh", 0, 0},
	{"/opt/tools/box", "", "no COMMAND; try: box sh", 0, 0},
	{"sandbox", "--bind /a true", "--bind takes SRC DEST; DEST was 'true', and no COMMAND is left", 0, 0},
	{"sandbox", "--new-session --setenv A true", "--setenv takes NAME VALUE; VALUE was 'true', and no COMMAND is left", 0, 0},
	{"sandbox", "--overlay-src /l --overlay /u /w true", "--overlay takes RWSRC WORKDIR DEST; DEST was 'true', and no COMMAND is left", 0, 0},
	{"sandbox", "--bind /a /b --", "no COMMAND; try: sandbox sh", 0, 0},
	{"sandbox", "--bind /a /b --new-session", "no COMMAND; try: sandbox sh", 0, 0},
	{"sandbox", "--args 10", "no COMMAND; try: sandbox sh", "--bind|/a|/b|", 0},
	{"bwrap", "--unshare-all", "No command specified", 0, 0},
	{"bwrap", "--bind /a true", "No command specified", 0, 0},
};

static void act_check(const struct scene *scene)
{
	checked(scene);
}

static void test_refusals(void)
{
	for (const struct wrong_plan *row = refusals; row < refusals + sizeof refusals / sizeof *refusals; row++) {
		char wanted[1024], got[1024];
		const char *slash = strrchr(row->called, '/'), *name = slash ? slash + 1 : row->called;
		struct seen seen = observe((struct scene){.called = row->called, .words = row->words, .data = row->data,
			.more = row->more, .act = act_check});
		snprintf(wanted, sizeof wanted, "%d %s: %s\n", !strcmp(name, "bwrap") ? 1 : 125, name, row->message);
		snprintf(got, sizeof got, "%d %s%s", code_of(seen), seen.err, seen.out);
		expect_text("refusal", row->words, got, wanted);
	}
}

/* What only root's caller meets: nothing makes a user namespace for it under the name bwrap. */
static void test_refusals_of_root(void)
{
	static const char *const rows[][2] = {
		{"--uid 1 true", "bwrap: Specifying --uid requires --unshare-user or --userns\n"},
		{"--gid 1 true", "bwrap: Specifying --gid requires --unshare-user or --userns\n"},
		{"--uid 1 --unshare-user-try --perms 700 --dir /x true", ""},
		{"--uid 1 --gid 1 --userns 10 true", ""},
		{"--uid 1 --gid 1 --userns 0 true", ""},
		{"--unshare-user --info-fd 0 --userns-block-fd 10 true", ""},
		{"--userns-block-fd 0 --userns 10 --info-fd 11 true", "bwrap: --userns-block-fd requires --unshare-user\n"},
		{"--unshare-user --userns 0 true", "bwrap: --userns cannot be combined with --unshare-user\n"},
		{"--uid 1 --gid 1 --unshare-user true", ""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct seen seen = observe((struct scene){.called = "bwrap", .caller = &root, .words = rows[i][0], .act = act_check});
		expect_text("root's refusal", rows[i][0], seen.err, rows[i][1]);
	}
}

/*** Scalars and flags ***/

enum type { BOOLEAN, ID, WIDE, DESCRIPTOR, SIZE, TEXT };
#define OF(type, member) type, offsetof(struct plan, member)

struct fact {
	const char *called;
	const struct caller *caller;
	const char *words;
	enum type type;
	size_t offset;
	uint64_t number;
	const char *text;
};

#define ALL_SPACES (NEW_ALL | CLONE_NEWNS)
#define BIT(n) (UINT64_C(1) << (n))

static const struct fact facts[] = {
	/* values behind "=" and the last of several */
	{"sandbox", &user, "--uid=5 true", OF(ID, uid), 5, 0},
	{"sandbox", &user, "--uid 5 --uid 6 true", OF(ID, uid), 6, 0},
	{"sandbox", &user, "--uid 0 true", OF(ID, uid), 0, 0},
	{"sandbox", &user, "--uid 4294967294 true", OF(ID, uid), 4294967294, 0},
	{"sandbox", &user, "--uid 010 true", OF(ID, uid), 10, 0},
	{"sandbox", &user, "--gid 7 true", OF(ID, gid), 7, 0},
	{"sandbox", &user, "--gid 7 true", OF(ID, uid), 1000, 0},
	{"sandbox", &user, "--uid 7 true", OF(ID, gid), 100, 0},
	{"sandbox", &user, "--chdir=/a=b true", OF(TEXT, chdir), 0, "/a=b"},
	{"sandbox", &user, "--chdir /a --chdir /b true", OF(TEXT, chdir), 0, "/b"},
	{"sandbox", &user, "--hostname=h true", OF(TEXT, hostname), 0, "h"},
	{"sandbox", &user, "--hostname a --hostname b true", OF(TEXT, hostname), 0, "b"},
	{"sandbox", &user, "--argv0 '' true", OF(TEXT, argv0), 0, ""},
	{"sandbox", &user, "--exec-label l true", OF(TEXT, exec_label), 0, "l"},
	{"sandbox", &user, "--file-label l true", OF(TEXT, file_label), 0, "l"},
	{"sandbox", &user, "--block-fd 10 --block-fd 11 true", OF(DESCRIPTOR, block_fd), 11, 0},
	{"sandbox", &user, "--info-fd=12 true", OF(DESCRIPTOR, info_fd), 12, 0},
	{"sandbox", &user, "--json-status-fd 12 true", OF(DESCRIPTOR, status_fd), 12, 0},
	{"sandbox", &user, "--userns 12 true", OF(DESCRIPTOR, userns_fd), 12, 0},
	{"sandbox", &user, "--userns2 12 true", OF(DESCRIPTOR, userns2_fd), 12, 0},
	{"sandbox", &user, "--pidns 12 true", OF(DESCRIPTOR, pidns_fd), 12, 0},
	{"sandbox", &user, "--info-fd 11 --userns-block-fd 12 true", OF(DESCRIPTOR, userns_block_fd), 12, 0},
	{"sandbox", &user, "--sync-fd 10 --sync-fd 11 true", OF(SIZE, sync_fds.count), 2, 0},
	{"bwrap", &user, "--sync-fd 10 --sync-fd 10 true", OF(SIZE, sync_fds.count), 2, 0},
	{"sandbox", &user, "--keep-fd 10 --keep-fd 10 true", OF(SIZE, keep_fds.count), 2, 0},
	{"sandbox", &user, "--keep-fd 10 --keep-fd 11 true", OF(SIZE, owned_fds.count), 2, 0},
	{"bwrap", &user, "--file 10 /a --file 10 /b true", OF(SIZE, op_count), 2, 0},
	{"sandbox", &user, "--seccomp 10 --seccomp 11 true", OF(SIZE, seccomp_fds.count), 1, 0},
	{"sandbox", &user, "--add-seccomp-fd 10 --add-seccomp-fd 11 true", OF(SIZE, seccomp_fds.count), 2, 0},
	{"sandbox", &user, "--lock-file /a --lock-file /b true", OF(SIZE, lock_count), 2, 0},
	{"sandbox", &user, "--keepenv A --keepenv B* true", OF(SIZE, keep_env_count), 2, 0},
	{"sandbox", &user, "--not-a-security-boundary true", OF(SIZE, env_count), 0, 0},
	{"sandbox", &user, "--as-pid-1 true", OF(BOOLEAN, as_pid_1), 1, 0},
	{"sandbox", &user, "--new-session true", OF(BOOLEAN, new_session), 1, 0},
	{"sandbox", &user, "true --new-session", OF(BOOLEAN, new_session), 0, 0},
	{"sandbox", &user, "-- true --new-session", OF(BOOLEAN, new_session), 0, 0},
	{"sandbox", &user, "- --new-session", OF(BOOLEAN, new_session), 0, 0},
	{"sandbox", &user, "--die-with-parent true", OF(BOOLEAN, die_with_parent), 1, 0},
	{"sandbox", &user, "--assert-userns-disabled true", OF(BOOLEAN, assert_userns_disabled), 1, 0},
	{"sandbox", &user, "--cwd=ro true", OF(TEXT, cwd), 0, "ro"},
	{"sandbox", &user, "--cwd ro --cwd none true", OF(TEXT, cwd), 0, "none"},
	{"sandbox", &user, "--root /t true", OF(TEXT, root), 0, "/t"},
	{"sandbox", &user, "true", OF(TEXT, root), 0, "host"},
	{"bwrap", &user, "true", OF(TEXT, root), 0, "empty"},
	{"sandbox", &user, "-V", OF(ID, explain), EXPLAIN_VERSION, 0},
	{"sandbox", &user, "-h", OF(ID, explain), EXPLAIN_HELP, 0},
	{"bwrap", &user, "-h", OF(ID, explain), EXPLAIN_HELP, 0},
	{"sandbox", &user, "--plan", OF(ID, explain), EXPLAIN_PLAN, 0},
	{"sandbox", &user, "--options", OF(ID, explain), EXPLAIN_OPTIONS, 0},
	{"sandbox", &user, "true", OF(ID, explain), EXPLAIN_NONE, 0},
	/* namespaces: all of them under sandbox, those named under bwrap */
	{"sandbox", &user, "true", OF(WIDE, namespaces), ALL_SPACES, 0},
	{"sandbox", &root, "true", OF(WIDE, namespaces), ALL_SPACES, 0},
	{"sandbox", &user, "--share-net true", OF(WIDE, namespaces), ALL_SPACES & ~(uint64_t)CLONE_NEWNET, 0},
	{"sandbox", &user, "--share-net --unshare-net true", OF(WIDE, namespaces), ALL_SPACES, 0},
	{"sandbox", &user, "--unshare-net --share-net true", OF(WIDE, namespaces), ALL_SPACES & ~(uint64_t)CLONE_NEWNET, 0},
	{"sandbox", &user, "--userns 10 true", OF(WIDE, namespaces), ALL_SPACES & ~(uint64_t)CLONE_NEWUSER, 0},
	{"bwrap", &user, "true", OF(WIDE, namespaces), CLONE_NEWNS | CLONE_NEWUSER, 0},
	{"bwrap", &root, "true", OF(WIDE, namespaces), CLONE_NEWNS, 0},
	{"bwrap", &user, "--userns 10 true", OF(WIDE, namespaces), CLONE_NEWNS, 0},
	{"bwrap", &user, "--userns 0 true", OF(WIDE, namespaces), CLONE_NEWNS, 0},
	{"sandbox", &user, "--userns 0 true", OF(WIDE, namespaces), ALL_SPACES & ~(uint64_t)CLONE_NEWUSER, 0},
	{"bwrap", &root, "--unshare-user true", OF(WIDE, namespaces), CLONE_NEWNS | CLONE_NEWUSER, 0},
	{"bwrap", &root, "--unshare-user-try true", OF(WIDE, namespaces), CLONE_NEWNS | CLONE_NEWUSER, 0},
	{"bwrap", &root, "--unshare-user-try true", OF(WIDE, namespaces_try), CLONE_NEWUSER, 0},
	{"bwrap", &root, "--unshare-user-try true", OF(BOOLEAN, unshare_user), 0, 0},
	{"bwrap", &root, "--unshare-user true", OF(BOOLEAN, unshare_user), 1, 0},
	{"bwrap", &root, "--unshare-ipc true", OF(WIDE, namespaces), CLONE_NEWNS | CLONE_NEWIPC, 0},
	{"bwrap", &root, "--unshare-pid true", OF(WIDE, namespaces), CLONE_NEWNS | CLONE_NEWPID, 0},
	{"bwrap", &root, "--unshare-net true", OF(WIDE, namespaces), CLONE_NEWNS | CLONE_NEWNET, 0},
	{"bwrap", &root, "--unshare-net --share-net true", OF(WIDE, namespaces), CLONE_NEWNS, 0},
	{"bwrap", &root, "--unshare-uts true", OF(WIDE, namespaces), CLONE_NEWNS | CLONE_NEWUTS, 0},
	{"bwrap", &root, "--unshare-cgroup true", OF(WIDE, namespaces), CLONE_NEWNS | CLONE_NEWCGROUP, 0},
	{"bwrap", &root, "--unshare-cgroup-try true", OF(WIDE, namespaces_try), CLONE_NEWCGROUP, 0},
	/* nested user namespaces: off under sandbox, on under bwrap */
	{"sandbox", &user, "true", OF(BOOLEAN, disable_userns), 1, 0},
	{"sandbox", &root, "true", OF(BOOLEAN, disable_userns), 1, 0},
	{"sandbox", &user, "--allow-userns true", OF(BOOLEAN, disable_userns), 0, 0},
	{"sandbox", &user, "--userns 10 true", OF(BOOLEAN, disable_userns), 0, 0},
	{"bwrap", &user, "true", OF(BOOLEAN, disable_userns), 0, 0},
	{"bwrap", &user, "--unshare-user --disable-userns true", OF(BOOLEAN, disable_userns), 1, 0},
	/* ids: the caller's own, root's too */
	{"sandbox", &user, "true", OF(ID, uid), 1000, 0},
	{"sandbox", &user, "true", OF(ID, gid), 100, 0},
	{"sandbox", &root, "true", OF(ID, uid), 0, 0},
	/* capabilities: none but those named; root under bwrap has what it had */
	{"sandbox", &user, "true", OF(WIDE, caps), 0, 0},
	{"sandbox", &root, "true", OF(WIDE, caps), 0, 0},
	{"bwrap", &root, "true", OF(WIDE, caps), 0xff, 0},
	{"bwrap", &root, "true", OF(BOOLEAN, caps_named), 0, 0},
	{"bwrap", &root, "--cap-drop ALL true", OF(WIDE, caps), 0, 0},
	{"bwrap", &root, "--cap-drop ALL true", OF(BOOLEAN, caps_named), 1, 0},
	{"bwrap", &root, "--cap-drop CAP_CHOWN true", OF(WIDE, caps), 0xfe, 0},
	{"sandbox", &user, "--cap-add chown true", OF(WIDE, caps), BIT(CAP_CHOWN), 0},
	{"sandbox", &user, "--cap-add CAP_NET_ADMIN true", OF(WIDE, caps), BIT(CAP_NET_ADMIN), 0},
	{"sandbox", &user, "--cap-add cap_sys_admin true", OF(WIDE, caps), BIT(CAP_SYS_ADMIN), 0},
	{"sandbox", &user, "--cap-add setfcap true", OF(WIDE, caps), BIT(CAP_SETFCAP), 0},
	{"sandbox", &user, "--cap-add wake_alarm true", OF(WIDE, caps), BIT(CAP_WAKE_ALARM), 0},
	{"sandbox", &user, "--cap-add Checkpoint_Restore true", OF(WIDE, caps), BIT(40), 0},
	{"sandbox", &user, "--cap-add all true", OF(WIDE, caps), BIT(41) - 1, 0},
	{"sandbox", &user, "--cap-add kill --cap-add setuid --cap-drop kill true", OF(WIDE, caps), BIT(CAP_SETUID), 0},
	/* where the command starts */
	{"sandbox", &user, "true", OF(TEXT, chdir), 0, "/home/u/w"},
	{"sandbox", &user, "--cwd none true", OF(TEXT, chdir), 0, "/home/u"},
	{"sandbox", &user, "--cwd overlay true", OF(TEXT, chdir), 0, "/home/u/w"},
	{"sandbox", &user, "--cwd none --chdir /x true", OF(TEXT, chdir), 0, "/x"},
	{"sandbox", &user, "--chdir /x true", OF(TEXT, chdir), 0, "/x"},
	{"sandbox", &root, "true", OF(TEXT, chdir), 0, "/root/w"},
	{"sandbox", &user, "--root empty true", OF(TEXT, chdir), 0, NULL},
	{"bwrap", &user, "true", OF(TEXT, chdir), 0, NULL},
	{"bwrap", &user, "true", OF(SIZE, base_count), 0, 0},
	{"sandbox", &user, "--root empty --dir /x true", OF(SIZE, base_count), 0, 0},
	{"sandbox", &user, "--dir /x true", OF(SIZE, base_count), 35, 0},
	{"sandbox", &user, "--dir /x true", OF(SIZE, op_count), 36, 0},
};

static void act_fact(const struct scene *scene)
{
	const struct fact *fact = scene->row;
	struct plan plan = checked(scene);
	const char *at = (const char *)&plan + fact->offset;
	switch (fact->type) {
	case BOOLEAN: printf("%d", *(const bool *)(const void *)at); break;
	case ID: printf("%u", *(const uint32_t *)(const void *)at); break;
	case WIDE: printf("%llu", (unsigned long long)*(const uint64_t *)(const void *)at); break;
	case DESCRIPTOR: printf("%d", *(const int *)(const void *)at); break;
	case SIZE: printf("%zu", *(const size_t *)(const void *)at); break;
	case TEXT: printf("%s", *(const char *const *)(const void *)at ? *(const char *const *)(const void *)at : "NULL"); break;
	}
}

static void test_facts(void)
{
	for (const struct fact *row = facts; row < facts + sizeof facts / sizeof *facts; row++) {
		char number_text[32];
		struct seen seen = observe((struct scene){.called = row->called, .caller = row->caller, .words = row->words,
			.act = act_fact, .row = row});
		snprintf(number_text, sizeof number_text, "%llu", (unsigned long long)row->number);
		expect_text(row->called, row->words, seen.out, row->type != TEXT ? number_text : row->text ? row->text : "NULL");
	}
}

/*** Operations ***/

struct scenario {
	const char *called;
	const struct caller *caller;
	const char *words, *wanted, *data, *more;
};

/* Everything that an operation holds, those of the base tree left out; then the command. */
static void act_operations(const struct scene *scene)
{
	static const char *const flags[] = {"ro", "dev", "try", "sourcefd", "tmp", "rw", "sticky", "hostonly"};
	struct plan plan = checked(scene);
	for (size_t i = plan.base_count; i < plan.op_count; i++) {
		const struct op *op = &plan.ops[i];
		printf("%s %d %s %s", op->option, op->kind, op->fd >= 0 ? "-" : op->source, op->dest);
		for (size_t bit = 0; bit < 8; bit++)
			if (op->flags >> bit & 1)
				printf(" %s", flags[bit]);
		if (op->fd >= 0)
			printf(" fd=%d", op->fd);
		if (op->perms != UNSET)
			printf(" perms=%o", op->perms);
		if (op->size)
			printf(" size=%llu", (unsigned long long)op->size);
		if (op->inodes)
			printf(" inodes=%llu", (unsigned long long)op->inodes);
		if (op->work)
			printf(" work=%s", op->work);
		for (size_t j = 0; j < op->layer_count; j++)
			printf(" layer=%s", plan.layers[op->layers + j]);
		printf("; ");
	}
	for (char **word = plan.command; *word; word++)
		printf("%s.", *word);
}

static const struct scenario operations[] = {
	{"sandbox", &user, "a b", "a.b.", 0, 0},
	{"sandbox", &user, "-- -a --dir", "-a.--dir.", 0, 0},
	{"sandbox", &user, "-", "-.", 0, 0},
	{"sandbox", &user, "'' x", ".x.", 0, 0},
	{"sandbox", &user, "--dir /a -- -- b", "--dir 7 /a /a; --.b.", 0, 0},
	{"sandbox", &user, "--ro /a t", "--ro 0 /a /a ro; t.", 0, 0},
	{"sandbox", &user, "--ro=/a=b t", "--ro 0 /a=b /a=b ro; t.", 0, 0},
	{"sandbox", &user, "--rw /a t", "--rw 0 /a /a; t.", 0, 0},
	{"sandbox", &user, "--bind /a /b t", "--bind 0 /a /b; t.", 0, 0},
	{"sandbox", &user, "--bind-try /a /b t", "--bind-try 0 /a /b try; t.", 0, 0},
	{"sandbox", &user, "--dev-bind /a /b t", "--dev-bind 0 /a /b dev; t.", 0, 0},
	{"sandbox", &user, "--dev-bind-try /a /b t", "--dev-bind-try 0 /a /b dev try; t.", 0, 0},
	{"sandbox", &user, "--ro-bind /a /b t", "--ro-bind 0 /a /b ro; t.", 0, 0},
	{"sandbox", &user, "--ro-bind-try /a /b t", "--ro-bind-try 0 /a /b ro try; t.", 0, 0},
	{"sandbox", &user, "--bind-fd 10 /b t", "--bind-fd 0 - /b sourcefd fd=10; t.", 0, 0},
	{"sandbox", &user, "--ro-bind-fd 10 /b t", "--ro-bind-fd 0 - /b ro sourcefd fd=10; t.", 0, 0},
	{"sandbox", &user, "--remount-ro /b t", "--remount-ro 11 /b /b; t.", 0, 0},
	{"sandbox", &user, "--proc /p --dev /d --mqueue /m t", "--proc 3 /p /p; --dev 4 /d /d; --mqueue 6 /m /m; t.", 0, 0},
	{"sandbox", &user, "--symlink a /b t", "--symlink 10 a /b; t.", 0, 0},
	{"sandbox", &user, "--chmod 1755 /b t", "--chmod 12 1755 /b perms=1755; t.", 0, 0},
	/* --perms and --size serve the next one alone, in either order */
	{"sandbox", &user, "--perms 700 --dir /a --dir /b t", "--dir 7 /a /a perms=700; --dir 7 /b /b; t.", 0, 0},
	{"sandbox", &user, "--perms 0 --tmpfs /a t", "--tmpfs 5 /a /a perms=0; t.", 0, 0},
	{"sandbox", &user, "--size 100 --tmpfs /a --tmpfs /b t", "--tmpfs 5 /a /a size=100; --tmpfs 5 /b /b; t.", 0, 0},
	{"sandbox", &user, "--perms 7777 --size 16 --tmpfs /a t", "--tmpfs 5 /a /a perms=7777 size=16; t.", 0, 0},
	{"sandbox", &user, "--inodes 9 --size 1.5M --tmpfs /a --dev /b t", "--tmpfs 5 /a /a size=1572864 inodes=9; --dev 4 /b /b; t.", 0, 0},
	{"sandbox", &user, "--overlay-src /l --size 1K --tmp-overlay /a t", "--tmp-overlay 2 /a /a tmp size=1024 layer=/l; t.", 0, 0},
	{"sandbox", &user, "--size 1 --perms 1 --tmpfs /a t", "--tmpfs 5 /a /a perms=1 size=1; t.", 0, 0},
	{"sandbox", &user, "--perms 640 --file 10 /a t", "--file 8 - /a fd=10 perms=640; t.", 0, 0},
	{"sandbox", &user, "--perms 640 --bind-data 10 /a t", "--bind-data 9 - /a fd=10 perms=640; t.", 0, 0},
	{"sandbox", &user, "--perms 640 --ro-bind-data 10 /a t", "--ro-bind-data 9 - /a ro fd=10 perms=640; t.", 0, 0},
	/* layers belong to the next overlay */
	{"sandbox", &user, "--overlay-src /l --tmp-overlay /a t", "--tmp-overlay 2 /a /a tmp layer=/l; t.", 0, 0},
	{"sandbox", &user, "--overlay-src /l --overlay /u /w /a t", "--overlay 2 /u /a rw work=/w layer=/l; t.", 0, 0},
	{"sandbox", &user, "--overlay-src /l --overlay-src /m --ro-overlay /a --overlay-src /n --tmp-overlay /b t",
	 "--ro-overlay 2 /a /a ro layer=/l layer=/m; --tmp-overlay 2 /b /b tmp layer=/n; t.", 0, 0},
	/* --args stands where its words would; it may hold more --args */
	{"sandbox", &user, "--dir /a --args 10 --dir /d t", "--dir 7 /a /a; --dir 7 /b /b; --dir 7 /c /c; --dir 7 /d /d; t.",
	 "--dir|/b|--dir|/c|", 0},
	{"sandbox", &user, "--args=10 t", "--dir 7 /b /b; t.", "--dir|/b", 0},
	{"sandbox", &user, "--args 10 t", "t.", "", 0},
	{"sandbox", &user, "--args 10 t", "--dir 7 /b /b; t.", "--dir|/b|--|", 0},
	{"sandbox", &user, "--args 10 t", "--dir 7 /b /b; --dir 7 /x /x; --dir 7 /c /c; t.", "--dir|/b|--args|11|--dir|/c|", "--dir|/x|"},
	{"sandbox", &user, "--perms 700 --args 10 t", "", "--dir|/b|", 0},
	{"bwrap", &user, "--args 10 t", "--dir 7 /b /b; --ro-bind 0 /usr /usr ro; --tmpfs 5 /c /c perms=700; t.",
	 "--dir|/b|--ro-bind|/usr|/usr|--perms|0700|--tmpfs|/c|", 0},
};

static void test_operations(void)
{
	for (const struct scenario *row = operations; row < operations + sizeof operations / sizeof *operations; row++) {
		struct seen seen = observe((struct scene){.called = row->called, .caller = row->caller, .words = row->words,
			.data = row->data, .more = row->more, .act = act_operations});
		expect_text("operations", row->words, seen.out, row->wanted);
	}
}

/* More operations than the list's first room, and more words of --args than its first. */
static void act_many(const struct scene *scene)
{
	char data[40000] = "";
	struct plan plan = fresh_plan(scene->caller);
	char text[] = "--args", fd[] = "10", *words[] = {text, fd, NULL};
	for (int i = 0; i < 1000; i++)
		snprintf(data + strlen(data), sizeof data - strlen(data), "--dir|/directory/%d|", i);
	provide(10, data);
	parse(&plan, words, words + 2);
	for (size_t i = 0; i < plan.op_count; i += 333)
		printf("%s ", plan.ops[i].dest);
	printf("%zu", plan.op_count);
}

/* A descriptor of each depth whose words name the next one. */
static void act_deep(const struct scene *scene)
{
	int depth = atoi(scene->words);
	struct plan plan = fresh_plan(scene->caller);
	char text[] = "--args", fd[] = "100", *words[] = {text, fd, NULL};
	for (int i = 0; i < depth; i++) {
		char data[32];
		snprintf(data, sizeof data, "--args|%d|", 101 + i);
		provide(100 + i, data);
	}
	provide(100 + depth, "--new-session|");
	parse(&plan, words, words + 2);
	printf("%d", plan.new_session);
}

static void test_args(void)
{
	expect_text("args", "1000 --dir", observe((struct scene){.act = act_many}).out, "/directory/0 /directory/333 /directory/666 /directory/999 1000");
	expect_text("args", "16 deep", observe((struct scene){.act = act_deep, .words = "16"}).out, "1");
	expect_text("args", "17 deep", observe((struct scene){.act = act_deep, .words = "17"}).err, "sandbox: --args is nested too deeply; put its options into one file\n");
}

/*** Plans ***/

#define OWN_TREE "made-up machine id in /etc/machine-id\nproc /proc, or the caller's read-only where a new one is refused\ndev /dev\ntmpfs /tmp\ntmpfs /var/tmp\ntmpfs /run\n"
#define HOST_TREE \
	"same as host /usr, where it exists\nsame as host /bin, where it exists\nsame as host /sbin, where it exists\nsame as host /lib, where it exists\nsame as host /lib32, where it exists\n" \
	"same as host /lib64, where it exists\nsame as host /libx32, where it exists\nsame as host /etc, where it exists\n" OWN_TREE "same symbolic link as host /home, where it is one\nsame symbolic link as host /root, where it is one\n" \
	"same as host /opt, where it exists\nsame as host /nix/store, where it exists\nsame as host /nix/var/nix/profiles, where it exists\nsame as host /gnu, where it exists\nsame as host /var/guix/profiles, where it exists\n" \
	"same as host /run/current-system, where it exists\nsame as host /run/wrappers, where it exists\ntarget of the symbolic link /usr/local, where it is one\nsame as host /var/lib/ca-certificates, where it exists\n" \
	"same as host /var/lib/dpkg, where it exists\nsame as host /var/lib/rpm, where it exists\nsame as host /var/lib/pacman, where it exists\nsame as host /var/lib/texmf, where it exists\n" \
	"same as host /var/lib/extrausers, where it exists\ntarget of the symbolic link /etc/ssl/certs, where it is one\n" \
	"same as host /sys/devices/system/cpu, where it exists\nsame as host /sys/devices/system/node, where it exists\n"
#define NAMES "line for the caller in /etc/passwd\nline for the caller in /etc/group\n"
#define EVERY "namespaces cgroup ipc mount net pid user uts\n"
#define OFF_BY_FILTER "nested user namespaces off by the filter and, where it can be set, a limit\n"
#define OFF OFF_BY_FILTER "Landlock files abstract-sockets signals, where the kernel has it\nsystem calls policy default\n"
#define ON "nested user namespaces on\nsystem calls unfiltered\n"

static const struct scenario plans[] = {
	{"sandbox", &user, "--plan true", EVERY "uid 1000 gid 100\nroot host\n" HOST_TREE "tmpfs /home/u\nbind . on /home/u/w\n" OFF "command true\n", 0, 0},
	{"sandbox", &user, "--plan", EVERY "uid 1000 gid 100\nroot host\n" HOST_TREE "tmpfs /home/u\nbind . on /home/u/w\n" OFF "command (none)\n", 0, 0},
	{"sandbox", &root, "--plan true", EVERY "uid 0 gid 0\nroot host\n" HOST_TREE "tmpfs /root\nbind . on /root/w\n" OFF "command true\n", 0, 0},
	{"sandbox", &user, "--plan --cwd ro true", EVERY "uid 1000 gid 100\nroot host\n" HOST_TREE "tmpfs /home/u\nread-only bind . on /home/u/w\n" OFF "command true\n", 0, 0},
	{"sandbox", &user, "--plan --cwd overlay true", EVERY "uid 1000 gid 100\nroot host\n" HOST_TREE "tmpfs /home/u\noverlay . on /home/u/w\n" OFF "command true\n", 0, 0},
	{"sandbox", &user, "--plan --cwd none true", EVERY "uid 1000 gid 100\nroot host\n" HOST_TREE "tmpfs /home/u\n" OFF "command true\n", 0, 0},
	{"sandbox", &stranger, "--plan --cwd none true", EVERY "uid 1000 gid 100\nroot host\n" HOST_TREE NAMES "tmpfs /home/v\ntmpfs /home/u\n" OFF "command true\n", 0, 0},
	{"sandbox", &linked, "--plan --cwd none true", EVERY "uid 1000 gid 100\nroot host\n" HOST_TREE "symlink /m/u on /home/u\ntmpfs /m/u\n" OFF "command true\n", 0, 0},
	{"sandbox", &user, "--plan --root empty --ro /usr true", EVERY "uid 1000 gid 100\nroot empty\nread-only bind /usr\n" OFF "command true\n", 0, 0},
	{"sandbox", &user, "--plan --root /t --cwd none true", EVERY "uid 1000 gid 100\nroot /t\nread-only bind /t on /\n" OWN_TREE NAMES "tmpfs /home/u\n" OFF "command true\n", 0, 0},
	{"sandbox", &user, "--plan --root /t --overlay-root --cwd none true", EVERY "uid 1000 gid 100\nroot /t\noverlay /t on /\n" OWN_TREE NAMES "tmpfs /home/u\n" OFF "command true\n", 0, 0},
	{"sandbox", &user, "--plan --share-net --allow-userns --uid 0 --gid 0 --cwd none --tmpfs /home/u/x true",
	 "namespaces cgroup ipc mount pid user uts\nuid 0 gid 0\nroot host\n" HOST_TREE "read-only bind /etc/resolv.conf\ntmpfs /home/u\ntmpfs /home/u/x\n"
	 "nested user namespaces on\nLandlock abstract-sockets signals, where the kernel has it\nsystem calls policy default\ncommand true\n", 0, 0},
	{"sandbox", &user, "--plan --share-abstract --root empty --ro /usr true", "namespaces cgroup ipc mount pid user uts\nuid 1000 gid 100\nroot empty\n"
	 "read-only bind /usr\n" OFF_BY_FILTER "Landlock files signals, where the kernel has it\nsystem calls policy default\ncommand true\n", 0, 0},
	{"bwrap", &root, "--plan --syscalls strict --deny-syscall @sync --allow-syscall tkill true", "namespaces mount\nuid 0 gid 0\nroot empty\n"
	 "nested user namespaces on\nsystem calls policy strict\ndeny @sync\nallow tkill\ncommand true\n", 0, 0},
	{"sandbox", &user, "--plan --root empty --tmpfs /a --ro /a/b/c --dir /d --rw /a/b --symlink x /a/l --tmpfs /a/b/d --ro /a-b --rw /a/b/c/ true",
	 EVERY "uid 1000 gid 100\nroot empty\ntmpfs /a\nbind /a/b\nbind /a/b/c/ on /a/b/c\nread-only bind /a-b\ndirectory /d\nsymlink x on /a/l\n"
		"tmpfs /a/b/d\n" OFF "command true\n", 0, 0},
	{"sandbox", &user, "--plan --cwd none --ro .git/hooks --rw . --chmod 700 ../x --chdir .git true", EVERY "uid 1000 gid 100\nroot host\n" HOST_TREE
		"tmpfs /home/u\nbind . on /home/u/w\nread-only bind .git/hooks on /home/u/w/.git/hooks\nchmod 700 on /home/u/x\n" OFF "command true\n", 0, 0},
	{"bwrap", &root, "--plan --ro /a/b --rw /a --tmpfs /a --tmpfs t true", "namespaces mount\nuid 0 gid 0\nroot empty\nread-only bind /a/b\nbind /a\ntmpfs /a\n"
		"tmpfs t\n" ON "command true\n", 0, 0},
	{"sandbox", &user, "--plan --root empty --proc /p --syscalls none true", EVERY "uid 1000 gid 100\nroot empty\nproc /p, or the caller's read-only where a new one is refused\n"
	 "nested user namespaces off by a limit\nLandlock files abstract-sockets signals, where the kernel has it\nsystem calls none\ncommand true\n", 0, 0},
	{"sandbox", &user, "--plan --root empty --proc /p --allow-syscall unshare true", EVERY "uid 1000 gid 100\nroot empty\nproc /p, or the caller's read-only where a new one is refused\n"
	 "nested user namespaces off by a limit\nLandlock files abstract-sockets signals, where the kernel has it\nsystem calls policy default\nallow unshare\ncommand true\n", 0, 0},
	/* Who shares a user namespace with others could look into them by the caller's /proc. */
	{"sandbox", &user, "--plan --root empty --proc /p --userns 10 true", "namespaces cgroup ipc mount net pid uts\nuid 1000 gid 100\nroot empty\nproc /p\n"
	 "nested user namespaces on\nLandlock files abstract-sockets signals, where the kernel has it\nsystem calls policy default\ncommand true\n", 0, 0},
	{"sandbox", &user, "--plan --root empty --proc /p --userns2 10 true", EVERY "uid 1000 gid 100\nroot empty\nproc /p\n" OFF "command true\n", 0, 0},
	{"sandbox", &user, "--plan --root empty --proc /p --pidns 10 true", "namespaces cgroup ipc mount net user uts\nuid 1000 gid 100\nroot empty\nproc /p\n" OFF "command true\n", 0, 0},
	{"bwrap", &root, "--plan true", "namespaces mount\nuid 0 gid 0\nroot empty\n" ON "command true\n", 0, 0},
	{"sandbox", &user, "--plan --root empty --ro /usr --timeout 2 --rlimit nofile=9 --umask 7 --nice -3 --oom-score-adj 0 --cpu-affinity 2,0-1 --stdin i --stdout o "
		"--stderr e --stats s true", EVERY "uid 1000 gid 100\nroot empty\nread-only bind /usr\n" OFF "timeout 2000 ms, grace 10000 ms\nlimit nofile 9\numask 0007\n"
		"nice -3\noom-score-adj 0\ncpu-affinity 2,0-1\nstdin i\nstdout o\nstderr e\nstats s\ncommand true\n", 0, 0},
	{"bwrap", &user, "--plan --unshare-pid --ro-bind /usr /usr --bind-try /a /b --symlink usr/bin /bin --proc /proc --dev /dev --tmpfs /tmp --mqueue /q --dir /d "
		"--file 10 /f --bind-data 11 /g --ro-bind-data 12 /h --remount-ro /d --chmod 700 /d --overlay-src /l --overlay /u /w /o true",
	 "namespaces mount pid user\nuid 1000 gid 100\nroot empty\nread-only bind /usr\nbind /a on /b\nsymlink usr/bin on /bin\nproc /proc\ndev /dev\n"
	 "tmpfs /tmp\nmqueue /q\ndirectory /d\nfile 10 on /f\ndata 11 on /g\nread-only data 12 on /h\nremount read-only /d\nchmod 700 on /d\noverlay /u on /o\n" ON "command true\n", 0, 0},
};

static void act_explain(const struct scene *scene)
{
	struct plan plan = checked(scene);
	explain(&plan);
	printf("not explained");
}

static void test_plans(void)
{
	for (const struct scenario *row = plans; row < plans + sizeof plans / sizeof *plans; row++) {
		struct seen seen = observe((struct scene){.called = row->called, .caller = row->caller, .words = row->words, .act = act_explain});
		expect_text("plan", row->words, seen.out, row->wanted);
		expect_text("plan's stderr", row->words, seen.err, "");
		expect_number("plan's status", row->words, (uint64_t)code_of(seen), 0);
	}
}

/* What Landlock is asked for by each ABI, and by what each operation grants. */
static void act_landlock(const struct scene *scene)
{
	struct plan plan = checked(scene);
	for (int abi = -1; abi < 12; abi++) {
		struct k_landlock_layer layer = landlock_layer(&plan, abi);
		printf("%s%llx/%llx", abi < 0 ? "" : " ", (unsigned long long)layer.files, (unsigned long long)layer.scopes);
	}
}

static void act_rights(const struct scene *scene)
{
	struct plan plan = checked(scene);
	for (size_t i = 0; i < plan.op_count; i++)
		if (rights_beneath(&plan.ops[i]))
			printf("%s %llx;", plan.ops[i].dest, (unsigned long long)rights_beneath(&plan.ops[i]));
}

static void test_landlock(void)
{
	static const char none[] = "0/0 0/0 0/0 0/0 0/0 0/0 0/0 0/0 0/0 0/0 0/0 0/0 0/0";
	static const char scopes[] = "0/0 0/0 0/0 0/0 0/0 0/0 0/0 0/3 0/3 0/3 0/3 0/3 0/3";
	static const char all[] = "0/0 0/0 0/0 3fff/0 7fff/0 7fff/0 7fff/0 7fff/3 7fff/3 7fff/3 17fff/3 17fff/3 17fff/3";
	static const struct { const char *called, *words, *wanted; } rows[] = {
		{"sandbox", "true", all}, {"sandbox", "--syscalls none true", all}, {"sandbox", "--cap-add chown true", all},
		{"sandbox", "--userns 10 true", all}, {"sandbox", "--userns 10 --allow-userns true", scopes},
		{"sandbox", "--allow-userns true", scopes}, {"sandbox", "--cap-add sys_admin true", scopes}, {"sandbox", "--cap-add ALL true", scopes},
		{"sandbox", "--share-abstract --allow-userns true", "0/0 0/0 0/0 0/0 0/0 0/0 0/0 0/2 0/2 0/2 0/2 0/2 0/2"},
		{"bwrap", "true", none}, {"bwrap", "--unshare-user --disable-userns true", none},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_text("Landlock", rows[i].words, observe((struct scene){.called = rows[i].called, .words = rows[i].words, .act = act_landlock}).out, rows[i].wanted);
	expect_text("rights", "default", observe((struct scene){.words = "--ro /a --bind /b /c --dir /d --symlink x /e true", .act = act_rights}).out,
		"/proc 17fff;/dev 17fff;/tmp 17fff;/var/tmp 17fff;/run 17fff;/home/u 17fff;/home/u/w 17fff;/a 10000;/c 17fff;");
	expect_text("rights", "read-only", observe((struct scene){.words = "--root empty --cwd ro --overlay-src /x --tmp-overlay /y --overlay-src /x --overlay-src /z --ro-overlay /w true",
		.act = act_rights}).out, "/y 17fff;/w 10000;");
	static const struct { int mode; bool directory; uint64_t wanted; } fds[] = {{O_RDONLY, false, 5}, {O_WRONLY, false, 0x4002},
		{O_RDWR, false, 0x4007}, {O_WRONLY | O_APPEND, false, 0x4002}, {O_PATH, false, 0}, {3, false, 0}, {O_RDONLY, true, 0x17fff}, {O_PATH, true, 0x17fff}};
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		expect_number("rights of a descriptor", fds[i].directory ? "directory" : "file", rights_of_descriptor(fds[i].mode, fds[i].directory), fds[i].wanted);
}

/* The base tree's own modes and flags, which --plan leaves out. */
static void act_base(const struct scene *scene)
{
	struct plan plan = checked(scene);
	for (size_t i = 0; i < plan.base_count; i++)
		if (plan.ops[i].flags & ~HOST_ONLY || plan.ops[i].perms != UNSET)
			printf("%s %s %d %o;", plan.ops[i].option, plan.ops[i].dest, plan.ops[i].flags, plan.ops[i].perms == UNSET ? 0 : plan.ops[i].perms);
}

static void test_base(void)
{
	static const char own[] = "--root /tmp 64 0;--root /var/tmp 64 0;--root /home/u 0 700;";
	struct seen seen = observe((struct scene){.words = "--cwd ro true", .act = act_base});
	expect_text("base tree", "host", seen.out, "--root /tmp 64 0;--root /var/tmp 64 0;--root /home/u 0 700;--cwd /home/u/w 1 0;");
	seen = observe((struct scene){.words = "--root /t --cwd none true", .act = act_base});
	report(!strncmp(seen.out, "--root / 1 0;", 13) && !strcmp(seen.out + 13, own), "base tree", "/t", seen.out, own);
	seen = observe((struct scene){.words = "--root /t --overlay-root --cwd none true", .act = act_base});
	report(!strncmp(seen.out, "--root / 16 0;", 14) && !strcmp(seen.out + 14, own), "base tree", "/t overlaid", seen.out, own);
}

static void test_hidden_directory(void)
{
	static const struct caller lost = {.uid = 1000, .gid = 100, .home = "/home/u", .cwd = NULL};
	static const struct caller at_home = {.uid = 1000, .gid = 100, .home = "/home/u", .cwd = "/home/u"};
	static const struct {
		const char *cwd, *words, *said; /* the latter: "": nothing */
	} rows[] = {
		{"/home/u", "true", "/home/u is your home, of which only what options name is visible inside; start in a directory below it"},
		{"/home/u", "--rw . true", ""}, {"/home/u", "--ro /home/u true", ""}, {"/home/u", "--ro-bind / / true", ""},
		{"/home/u", "--rw w true", "/home/u is your home, of which only what options name is visible inside; start in a directory below it"},
		{"/home/u", "--chdir /x true", ""}, {"/", "true", ""}, {"/usr/src", "true", ""}, {"/etc", "true", ""}, {"/opt/x", "--cwd ro true", ""},
		{"/usr/src", "--root /t true", "/usr/src is not visible inside, so the command starts in /home/u; --ro /usr/src makes it visible, --rw /usr/src also writable"},
		{"/home", "true", "/home is not visible inside, so the command starts in /home/u; start in a directory of yours below it"},
		{"/tmp", "true", "/tmp is not visible inside, so the command starts in /home/u; start in a directory of yours below it"},
		{"/tmp", "--rw /tmp true", ""},
		{"/tmp", "--rw /tmp/x true", "/tmp is not visible inside, so the command starts in /home/u; start in a directory of yours below it"},
		{"/srv", "--bind /mnt /srv true", "/srv is not visible inside, so the command starts in /home/u; start in a directory of yours below it"},
		{"/var/a b", "true", "'/var/a b' is not visible inside, so the command starts in /home/u; --ro '/var/a b' makes it visible, --rw '/var/a b' also writable"},
		{"/var/a", "--rw /var/a --tmpfs /var/a/b true", ""},
		{"/run/x", "true", "/run/x is not visible inside, so the command starts in /home/u"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct caller caller = {.uid = 1000, .gid = 100, .home = "/home/u", .cwd = rows[i].cwd};
		char wanted[512] = "";
		if (*rows[i].said)
			snprintf(wanted, sizeof wanted, "sandbox: the working directory %s\n", rows[i].said);
		expect_text("cwd", rows[i].cwd, observe((struct scene){.caller = &caller, .words = rows[i].words, .act = act_check}).err, wanted);
	}
	expect_text("cwd", "gone", observe((struct scene){.caller = &lost, .words = "true", .act = act_check}).err,
		"sandbox: the working directory cannot be found, so the command starts in /home/u\n");
	expect_text("cwd", "home, none", observe((struct scene){.caller = &at_home, .words = "--cwd none true", .act = act_check}).err, "");
	expect_text("cwd", "home, empty", observe((struct scene){.caller = &at_home, .words = "--root empty true", .act = act_check}).err, "");
	expect_text("cwd", "shown", observe((struct scene){.words = "true", .act = act_check}).err, "");
}

/*** bubblewrap's warnings ***/

static void test_repeated(void)
{
	static const char *const rows[][2] = {
		{"--chdir /a --chdir /b true", "--chdir"}, {"--hostname a --hostname b --unshare-uts true", "--hostname"},
		{"--block-fd 10 --block-fd 11 true", "--block-fd"}, {"--info-fd 0 --info-fd 11 true", "--info-fd"},
		{"--seccomp 10 --seccomp 11 true", "--seccomp"}, {"--uid 1 --uid 1 true", "--uid"}, {"--gid 1 --gid 1 true", "--gid"},
		{"--chdir /a true", NULL}, {"--uid 1 --gid 1 true", NULL}, {"--block-fd 10 --info-fd 11 true", NULL},
		{"--seccomp 10 true", NULL}, {"--add-seccomp-fd 10 --add-seccomp-fd 11 true", NULL},
		{"--new-session --new-session true", NULL}, {"--sync-fd 10 --sync-fd 11 true", NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char wanted[128] = "";
		if (rows[i][1])
			snprintf(wanted, sizeof wanted, "bwrap: Only the last %s option will take effect\n", rows[i][1]);
		expect_text("repeated", rows[i][0], observe((struct scene){.called = "bwrap", .words = rows[i][0], .act = act_check}).err, wanted);
		expect_text("repeated", rows[i][0], observe((struct scene){.words = rows[i][0], .act = act_check}).err, "");
	}
}

/*** Help, options, version: by main ***/

static void act_main(const struct scene *scene)
{
	size_t count;
	char **words = words_of(scene->words, &count);
	words = grow(words, (count + 1) * sizeof *words, (count + 2) * sizeof *words);
	memmove(words + 1, words, (count + 1) * sizeof *words);
	words[0] = copy_of(scene->called);
	now.called = now.name = "unset";
	now.own = (struct own_ways){DIFFERENCES(AS_TRUE)};
	exit(sandbox_main((int)count + 1, words));
}

static void act_main_without_argv(const struct scene *scene)
{
	char *none[] = {NULL};
	(void)scene;
	exit(sandbox_main(0, none));
}

static void test_versions(void)
{
	static const char *const rows[][3] = {
		{"sandbox", "--version", "sandbox " VERSION "\n"}, {"/usr/bin/sandbox", "-V", "sandbox " VERSION "\n"},
		{"./bwrap", "--version", "bubblewrap " BWRAP_VERSION "\n"}, {"bwrap", "-V", "bubblewrap " BWRAP_VERSION "\n"},
		{"bwrap/x", "--version", "sandbox " VERSION "\n"}, {"sandbox", "--version --help", NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct seen seen = observe((struct scene){.called = rows[i][0], .words = rows[i][1], .act = act_main});
		if (rows[i][2])
			expect_text(rows[i][0], rows[i][1], seen.out, rows[i][2]);
		else
			report(!strncmp(seen.out, "usage: ", 7), "the last of two", rows[i][1], seen.out, "usage...");
		expect_number("status", rows[i][1], (uint64_t)code_of(seen), 0);
	}
	expect_text("argc 0", "", observe((struct scene){.act = act_main_without_argv}).err, "sandbox: no COMMAND; try: sandbox sh\n");
	struct seen full = observe((struct scene){.called = "sandbox", .words = "--help", .act = act_main, .output = "/dev/full"});
	expect_number("stdout is full", "--help", (uint64_t)code_of(full), 125);
}

/* One line an option in each of the two lists, with as many metavariables as the parser takes values. */
static void test_lists(void)
{
	char *list = observe((struct scene){.called = "sandbox", .words = "--options", .act = act_main}).out;
	char *help = observe((struct scene){.called = "/opt/box", .words = "-h", .act = act_main}).out;
	report(!strncmp(help, "usage: /opt/box [OPTION...] [--] COMMAND [ARG...]\n\n", 51), "help", "usage", help, "usage: /opt/box ...");
	report(strstr(help, "\n\nGeneral:\n    --help ") != NULL, "help", "groups", help, "General");
	size_t rows = 0, lines = 0;
	for (const struct option *o = options; o < options + OPTIONS; o++) {
		char row[256];
		if (!o->name)
			continue;
		snprintf(row, sizeof row, "%s\t%s\t%s\n", o->name, o->values, o->help);
		const char *at = strstr(list, row);
		report(at && (at == list || at[-1] == '\n'), "options", o->name, "absent", row);
		snprintf(row, sizeof row, "\n    %s %s", o->name, o->values);
		at = strstr(help, row);
		report(at && strstr(at, o->help), "help", o->name, "absent", row);
		report(find_option(o->name, strlen(o->name)) == o, "found by name", o->name, "another", o->name);
		report(find_option(o->name, strlen(o->name) - 1) != o, "not by its beginning", o->name, "found", "not");
		rows++;
	}
	for (const char *c = list; *c; c++)
		lines += *c == '\n';
	expect_number("options", "lines", lines, rows);
}

/*** Environment ***/

struct environment {
	const char *called, *words, *caller, *cwd, *wanted;
};

#define CALLERS "PATH=/bin|HOME=/home/u|LC_ALL=C|LCX=1|SECRET=s|PATHS=no|TERM=dumb|SSH_AGENT=a|SSH_KEY=k|EMPTY="

static const struct environment environments[] = {
	{"sandbox", "true", CALLERS, "/w", "PATH=/bin|LC_ALL=C|TERM=dumb|HOME=/home/u|PWD=/w"},
	{"sandbox", "true", CALLERS, NULL, "PATH=/bin|LC_ALL=C|TERM=dumb|HOME=/home/u"},
	{"sandbox", "true", "USER=u|LOGNAME=u|SHELL=/bin/sh|COLORTERM=1|NO_COLOR=1|LANG=C|LANGUAGE=en|TZ=UTC|XDG_RUNTIME_DIR=/r|LD_PRELOAD=x", NULL,
	 "USER=u|LOGNAME=u|SHELL=/bin/sh|COLORTERM=1|NO_COLOR=1|LANG=C|LANGUAGE=en|TZ=UTC|HOME=/home/u"},
	{"sandbox", "--keepenv SECRET true", CALLERS, NULL, "PATH=/bin|LC_ALL=C|SECRET=s|TERM=dumb|HOME=/home/u"},
	{"sandbox", "--keepenv SSH_* --keepenv EMPTY true", CALLERS, NULL, "PATH=/bin|LC_ALL=C|TERM=dumb|SSH_AGENT=a|SSH_KEY=k|EMPTY=|HOME=/home/u"},
	{"sandbox", "--keepenv SEC true", CALLERS, NULL, "PATH=/bin|LC_ALL=C|TERM=dumb|HOME=/home/u"},
	{"sandbox", "--keepenv * true", "A=1|B=2", NULL, "A=1|B=2|HOME=/home/u"},
	/* HOME is where the empty home lies, whatever the caller's says; without a base tree there is none */
	{"sandbox", "true", "HOME=/link/to/home|TERM=t", NULL, "TERM=t|HOME=/home/u"},
	{"sandbox", "--setenv HOME /x true", "HOME=/link", NULL, "HOME=/x"},
	{"sandbox", "--unsetenv HOME true", "HOME=/link|TERM=t", NULL, "TERM=t"},
	{"sandbox", "--root empty true", "HOME=/link", NULL, "HOME=/link"},
	{"bwrap", "true", "HOME=/link", NULL, "HOME=/link"},
	{"sandbox", "--clearenv true", CALLERS, "/w", "PWD=/w"},
	{"sandbox", "--clearenv --setenv A b true", CALLERS, NULL, "A=b"},
	{"sandbox", "--setenv A b --clearenv true", CALLERS, NULL, ""},
	{"sandbox", "--setenv PATH /x true", CALLERS, NULL, "LC_ALL=C|TERM=dumb|HOME=/home/u|PATH=/x"},
	{"sandbox", "--setenv A '' --setenv B x=y true", "", NULL, "HOME=/home/u|A=|B=x=y"},
	{"sandbox", "--setenv A b --setenv A c true", "", NULL, "HOME=/home/u|A=c"},
	{"sandbox", "--setenv A b --unsetenv A true", "", NULL, "HOME=/home/u"},
	{"sandbox", "--unsetenv PATH --unsetenv NONE true", CALLERS, NULL, "LC_ALL=C|TERM=dumb|HOME=/home/u"},
	/* a star means something to --keepenv alone */
	{"sandbox", "--setenv LC_* x --unsetenv P* true", "LC_ALL=C|PATH=/x", NULL, "LC_ALL=C|PATH=/x|HOME=/home/u|LC_*=x"},
	{"bwrap", "--unsetenv S* true", "SECRET=s|S*=x", NULL, "SECRET=s"},
	{"sandbox", "--setenv PWD /elsewhere true", "PWD=/p", "/w", "HOME=/home/u|PWD=/w"},
	{"bwrap", "true", CALLERS "|PWD=/p", "/w", CALLERS "|PWD=/w"},
	{"bwrap", "--clearenv true", CALLERS "|PWD=/p", "/w", "PWD=/w"},
	{"bwrap", "--unsetenv SECRET --unsetenv PATH true", "PATH=/bin|SECRET=s|SECRETS=t", NULL, "SECRETS=t"},
};

static void act_environment(const struct scene *scene)
{
	const struct environment *row = scene->row;
	struct caller caller = *scene->caller;
	struct plan plan = checked(scene);
	char **list = NULL, *copy = copy_of(row->caller);
	size_t count = 0;
	for (char *entry = strtok(copy, "|"); entry; entry = strtok(NULL, "|"))
		APPEND(list, count, entry);
	APPEND(list, count, NULL);
	caller.environ = list;
	char **env = assemble_environment(&plan, &caller, row->cwd);
	for (char **entry = env; *entry; entry++)
		printf("%s%s", entry == env ? "" : "|", *entry);
}

static void test_environments(void)
{
	for (const struct environment *row = environments; row < environments + sizeof environments / sizeof *environments; row++)
		expect_text(row->called, row->words,
			    observe((struct scene){.called = row->called, .words = row->words, .act = act_environment, .row = row}).out, row->wanted);
	static const char *const paths[][2] = {{"A=1|PATH=/a:/b|B=2", "/a:/b"}, {"XPATH=/x", "/usr/local/bin:/usr/bin:/bin"}, {"PATH=", ""}};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		char *copy = copy_of(paths[i][0]), *list[8] = {NULL};
		int count = 0;
		for (char *entry = strtok(copy, "|"); entry; entry = strtok(NULL, "|"))
			list[count++] = entry;
		expect_text("search path", paths[i][0], search_path(list), paths[i][1]);
	}
}

/*** Small functions ***/

static void test_quotes(void)
{
	static const char *const rows[][2] = {{"/usr/bin/c++-1.2_x:y@z%,", "/usr/bin/c++-1.2_x:y@z%,"}, {"", "''"}, {"a b", "'a b'"}, {"~", "'~'"}, {"A=1", "'A=1'"},
		{"$(id)", "'$(id)'"}, {"it's", "'it'\\''s'"}, {"back\\", "'back\\'"}, {"\303\244", "'\303\244'"}, {"a\nb'\\", "$'a\\012b\\047\\134'"},
		{"\0331", "$'\\0331'"}, {"\342\200\256", "$'\\342\\200\\256'"}, {"\342\200", "$'\\342\\200'"}, {"\377a", "$'\\377a'"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_text("quoted", rows[i][0], quoted(rows[i][0]), rows[i][1]);
	now.own = (struct own_ways){0};
	expect_text("quoted", "bubblewrap's wording", quoted("a b\033"), "a b\033");
	now.own = (struct own_ways){DIFFERENCES(AS_TRUE)};
}

static void test_names(void)
{
	static const struct {
		const char *entry, *pattern;
		bool matches;
	} rows[] = {{"A=1", "A", true}, {"A=1", "B", false}, {"AB=1", "A", false}, {"A=1", "AB", false}, {"AB=1", "A*", true}, {"A=1", "A*", true},
		{"B=A", "A*", false}, {"A=1", "*", true}, {"LC_ALL=C", "LC_*", true}, {"LC=C", "LC_*", false}, {"A", "A", false}, {"=1", "A", false}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_number(rows[i].pattern, rows[i].entry, name_matches(rows[i].entry, rows[i].pattern), rows[i].matches);
}

static void test_distances(void)
{
	static const struct {
		const char *a, *b;
		size_t edits;
	} rows[] = {{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "ab", 1}, {"abc", "bc", 1}, {"abc", "xabc", 1},
		{"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"abcd", "badc", 2}, {"--bind", "--bnid", 1}, {"--uid", "--gid", 1},
		{SEVENTY, "a", 64}, {"a", SEVENTY, 64}, {"012345678901234567890123456789012345678901234567890123456789012", "", 63}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_number(rows[i].a, rows[i].b, distance(rows[i].a, rows[i].b), rows[i].edits);
}

static void test_working_directories(void)
{
	static const struct {
		const char *home, *cwd;
		bool shown;
	} rows[] = {
		{"/home/u", "/home/u/w", true}, {"/home/u", "/home/u/w/x", true}, {"/home/u", "/home/u", false}, {"/home/u", "/home", false},
		{"/home/u", "/", false}, {"/home/u", "/home/user2", false}, {"/home/u", "/home/u2/w", false}, {"/home/u", "", false}, {"/home/u", "w", false},
		{"/home/u", "(unreachable)/w", false}, {"/root", "/root/w", true}, {"/root", "/root", false}, {"/home/u", "/root/w", false},
		{"/home/u", "/tmp", false}, {"/home/u", "/tmp/w", true}, {"/home/u", "/var/tmp", false}, {"/home/u", "/var/tmp/w", true},
		{"/home/u", "/var", false}, {"/home/u", "/var/lib", false}, {"/home/u", "/var/lib/w", false}, {"/var/lib/u", "/var/lib/u/w", true},
		{"/var/lib/u", "/var/lib", false}, {"/home/u", "/srv", false}, {"/home/u", "/srv/w", true}, {"/home/u", "/mnt", false}, {"/home/u", "/mnt/w", true},
		{"/home/u", "/media", false}, {"/home/u", "/media/w", true}, {"/home/u", "/work", true}, {"/home/u", "/work/w", true},
		{"/work/u", "/work/u/w", true}, {"/work/u", "/work/u", false}, {"/work/u", "/work", false}, {"/work/u", "/work/v", true},
		{"/home/u", "/usr", false}, {"/home/u", "/usr/src/w", false}, {"/home/u", "/usrx", true}, {"/home/u", "/etc", false}, {"/home/u", "/etc/w", false},
		{"/home/u", "/bin", false}, {"/home/u", "/sbin", false}, {"/home/u", "/lib/w", false}, {"/home/u", "/lib32", false}, {"/home/u", "/lib64/w", false},
		{"/home/u", "/libx32", false}, {"/home/u", "/boot/w", false}, {"/home/u", "/dev/shm", false}, {"/home/u", "/proc/1", false}, {"/home/u", "/sys/w", false},
		{"/home/u", "/run/user/1000", false}, {"/home/u", "/opt/w", false}, {"/home/u", "/nix/w", false}, {"/home/u", "/gnu/w", false}, {"/home/u", "/snap/w", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		expect_number("shown", rows[i].cwd, is_the_users(rows[i].cwd, rows[i].home), rows[i].shown);
	}
	expect_number("shown", "no directory", is_the_users(NULL, "/home/u"), false);
}

static void test_absolute(void)
{
	static const char *const rows[][3] = {{"/a/b", "c", "/a/b/c"}, {"/a/b", ".", "/a/b"}, {"/a/b", "..", "/a"}, {"/a/b", "../..", "/"}, {"/a/b", "../../..", "/"},
		{"/a/b", "./../c//d/", "/a/c/d"}, {"/a/b", "c/../d", "/a/b/c/../d"}, {"/a/b", "c/..", "/a/b/c/.."}, {"/a/b", "..c", "/a/b/..c"}, {"/a/b", ".c/.", "/a/b/.c"},
		{"/a/b", "/c//d/./", "/c/d"}, {"/a/b", "/", "/"}, {"/a/b", "//../c", "/c"}, {"/", "c", "/c"}, {"/", "..", "/"}, {"/", ".", "/"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_text(rows[i][0], rows[i][1], absolute(rows[i][0], rows[i][1]), rows[i][2]);
	static const char *const order[] = {"/", "/a", "/a/b", "/a/b/c", "/a/c", "/a-b", "/a.b", "/ab", "/b"};
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		for (size_t j = 0; j < sizeof order / sizeof *order; j++)
			expect_number(order[i], order[j], i < j ? compare_paths(order[i], order[j]) < 0 : i > j ? compare_paths(order[i], order[j]) > 0 :
				!compare_paths(order[i], order[j]), true);
}

static void test_splits(void)
{
	static const char *const rows[][3] = {{"/a/b", "/a/", "b"}, {"/a/b/", "/a/", "b"}, {"/a/b///", "/a/", "b"}, {"/a", "/", "a"}, {"a", "", "a"},
		{"a/b", "a/", "b"}, {"/", "", ""}, {"//", "", ""}, {"/a//b", "/a//", "b"}, {"/a/..", "/a/", ".."}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *name, *parent = split(rows[i][0], &name);
		expect_text("parent", rows[i][0], parent, rows[i][1]);
		expect_text("name", rows[i][0], name, rows[i][2]);
	}
	static const mode_t modes[][2] = {{0700, 0700}, {0750, 0750}, {0755, 0755}, {0705, 0705}, {0777, 0755}, {0, 0700}, {UNSET, 0755}, {0710, 0750}, {0701, 0705}};
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		expect_number("a parent's mode", "", parent_mode(&(struct tree){.op = &(struct op){.perms = modes[i][0]}}), modes[i][1]);
}

static void test_releases(void)
{
	static const struct {
		const char *release;
		bool old;
	} rows[] = {{"5.11.22", true}, {"5.12", false}, {"5.12.0-rc1", false}, {"5.10.0-46-cloud-amd64", true}, {"4.19.0", true}, {"4.20", true}, {"6.1.0", false},
		{"6.12.118+deb13", false}, {"5", true}, {"7.3.4", false}, {"10.0", false}, {"2.6.32", true}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_number("too old", rows[i].release, too_old(rows[i].release), rows[i].old);
}

static void test_below(void)
{
	static const struct {
		const char *path, *directory;
		bool below;
	} rows[] = {{"/a/b", "/a", true}, {"/a", "/a", false}, {"/ab", "/a", false}, {"/a/", "/a", true}, {"/b/a", "/a", false}, {"/", "/a", false}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_number("below", rows[i].path, below(rows[i].path, rows[i].directory), rows[i].below);
}

static void test_arities(void)
{
	static const struct {
		const char *name;
		int values;
	} rows[] = {{"--help", 0}, {"--uid", 1}, {"--root", 1}, {"--bind", 2}, {"--setenv", 2}, {"--overlay", 3}, {"--args", 1}, {"--", 0}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_number("arity", rows[i].name, (uint64_t)arity(find_option(rows[i].name, strlen(rows[i].name))), (uint64_t)rows[i].values);
}

static void test_predicates(void)
{
	struct op op = {.kind = OP_TMPFS};
	struct plan plan = {.ops = &op, .op_count = 1};
	expect_number("stash", "tmpfs", needs_stash(&plan), false);
	op.kind = OP_OVERLAY;
	expect_number("stash", "overlay", needs_stash(&plan), true);
	op.kind = OP_BIND_DATA;
	expect_number("stash", "data", needs_stash(&plan), true);
	expect_number("init", "nothing", wants_init(&(struct plan){.ops = NULL}), false);
	expect_number("init", "pid", wants_init(&(struct plan){.namespaces = CLONE_NEWPID}), true);
	expect_number("init", "pid, as pid 1", wants_init(&(struct plan){.namespaces = CLONE_NEWPID, .as_pid_1 = true}), false);
	expect_number("init", "a lock", wants_init(&(struct plan){.lock_count = 1}), true);
	expect_number("init", "a sync fd", wants_init(&(struct plan){.sync_fds = {.count = 1}}), true);
}

static void act_slurp(const struct scene *scene)
{
	size_t wanted = (size_t)atol(scene->words), size, sum = 0;
	int ends[2];
	if (pipe(ends))
		abort();
	if (!fork()) {
		for (size_t i = 0; i < wanted; i++)
			if (write(ends[1], &(char){(char)(1 + i % 7)}, 1) != 1)
				abort();
		exit(0);
	}
	close(ends[1]);
	char *text = slurp(ends[0], "a pipe", &size);
	for (size_t i = 0; i < size; i++)
		sum += text[i] == (char)(1 + i % 7);
	printf("%zu %zu %d", size, sum, text[size]);
}

static void act_slurp_directory(const struct scene *scene)
{
	size_t size;
	(void)scene;
	now.option = "--file";
	slurp(open("/", O_RDONLY), "data", &size);
}

static void test_slurp(void)
{
	static const char *const sizes[] = {"0", "1", "4095", "4096", "4097", "20000"};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		char wanted[64];
		snprintf(wanted, sizeof wanted, "%s %s 0", sizes[i], sizes[i]);
		expect_text("slurp", sizes[i], observe((struct scene){.words = sizes[i], .act = act_slurp}).out, wanted);
	}
	expect_text("slurp", "a directory", observe((struct scene){.act = act_slurp_directory}).err, "sandbox: --file: cannot read data: Is a directory\n");
}

/*** Messages ***/

static void act_odd_name(const struct scene *scene)
{
	(void)scene;
	die("a\nb\033[31mc\177 \303\244");
}

static void act_level(const struct scene *scene)
{
	(void)scene;
	now.level_prefix = now.verbose = true;
	now.option = "--ro";
	trace("one %d", 1);
	warn("two");
	die("--ro: three");
}

static void act_silent(const struct scene *scene)
{
	(void)scene;
	trace("one");
	warn("two");
	die_code(126, "three");
}

static void act_long(const struct scene *scene)
{
	char *text = take(100001);
	(void)scene;
	memset(text, 'x', 100000);
	text[100000] = '\0';
	now.option = "--ro";
	die("%s", text);
}

static void act_verbose(const struct scene *scene)
{
	parsed(scene);
	trace("spoken");
}

/* What the supervisor hears of a failure in init: descriptor 0 is as good as any other. */
static void act_tell(const struct scene *scene)
{
	int ends[2];
	struct message heard = {-1, -1};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends))
		abort();
	if (!fork()) {
		now.control = dup2(ends[1], atoi(scene->words));
		die("gone");
	}
	close(ends[1]);
	if (recv(ends[0], &heard, sizeof heard, 0) < 0)
		abort();
	printf("%d %d", heard.kind, heard.value);
}

static void act_must(const struct scene *scene)
{
	(void)scene;
	printf("%d %d", must(0, "do", "nothing"), must(7, "do", "nothing"));
	errno = EIO;
	must(-1, "do", "it");
}

static void test_control(void)
{
	char wanted[32];
	snprintf(wanted, sizeof wanted, "%d 0", SAY_FAILED);
	expect_text("told", "on 0", observe((struct scene){.act = act_tell, .words = "0"}).out, wanted);
	expect_text("told", "on 13", observe((struct scene){.act = act_tell, .words = "13"}).out, wanted);
	struct seen seen = observe((struct scene){.act = act_must});
	expect_text("must", "0 and 7 are good", seen.out, "0 7");
	snprintf(wanted, sizeof wanted, "%s\n", strerror(EIO));
	report(!strncmp(seen.err, "sandbox: cannot do it: ", 23) && !strcmp(seen.err + 23, wanted), "must", "-1 is not", seen.err, wanted);
}

static void test_messages(void)
{
	expect_text("message", "control characters", observe((struct scene){.act = act_odd_name}).err, "sandbox: a?b?[31mc? \303\244\n");
	expect_text("message", "levels", observe((struct scene){.act = act_level}).err, "<6>sandbox: --ro: one 1\n<4>sandbox: --ro: two\n<3>sandbox: --ro: three\n");
	struct seen seen = observe((struct scene){.act = act_silent});
	expect_text("message", "no trace", seen.err, "sandbox: two\nsandbox: three\n");
	expect_number("message", "its status", (uint64_t)code_of(seen), 126);
	expect_number("message", "bwrap's status", (uint64_t)code_of(observe((struct scene){.called = "bwrap", .act = act_silent})), 1);
	seen = observe((struct scene){.act = act_long});
	size_t length = strlen(seen.err);
	report(length == 2 * PATH_MAX - 1 && strspn(seen.err + 15, "x") == length - 16 && seen.err[length - 1] == '\n' && !strncmp(seen.err, "sandbox: --ro: x", 16),
	       "message", "too long", "another", "cut, and a line");
	expect_text("message", "--verbose", observe((struct scene){.words = "--verbose true", .act = act_verbose}).err, "sandbox: spoken\n");
	expect_text("message", "--level-prefix", observe((struct scene){.words = "--level-prefix --verbose true", .act = act_verbose}).err, "<6>sandbox: spoken\n");
}

static void act_fail(const struct scene *scene)
{
	const struct hint *row = scene->row;
	now.option = "--ro";
	errno = row->error;
	fail(row->doing, "/x");
}

static void test_hints(void)
{
	static const struct hint rows[] = {
		{"find source path", ENOENT, "make it first, or use a -try option"},
		{"find source path", ENOTDIR, "a component above it is a file"},
		{"make mount point", EROFS, "the place above it is read-only"},
		{"mount overlay", ENODEV, "load the kernel module: modprobe overlay"},
		{"do anything", EMFILE, "raise the limit: ulimit -n"},
		{"do anything", ENOSPC, "a full file system, --size, --inodes or a limit in /proc/sys/user is in the way"},
		{"make mount point", ENOENT, NULL}, {"do anything", ENOENT, NULL}, {"find source path", EIO, NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char wanted[512];
		const char *help = rows[i].advice;
		struct seen seen = observe((struct scene){.act = act_fail, .row = &rows[i]});
		snprintf(wanted, sizeof wanted, "sandbox: --ro: cannot %s /x: %s%s%s\n", rows[i].doing, strerror(rows[i].error), help ? "; " : "", help ? help : "");
		expect_text("hint", rows[i].doing, seen.err, wanted);
		seen = observe((struct scene){.called = "bwrap", .act = act_fail, .row = &rows[i]});
		snprintf(wanted, sizeof wanted, "bwrap: Can't %s /x: %s\n", rows[i].doing, strerror(rows[i].error));
		expect_text("bwrap has no hint", rows[i].doing, seen.err, wanted);
	}
	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		report(hints[i].advice == advice(hints[i].doing ? hints[i].doing : "", hints[i].error), "reachable hint", hints[i].advice, "another", "this");
}

/* What a process answers for each call when it has restricted itself: whether EPERM. */
static unsigned refused_after(void (*restrict_role)(void), const long *calls, unsigned count)
{
	int status = 0;
	pid_t pid = fork();
	if (!pid) {
		unsigned refused = 0;
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		restrict_role();
		for (unsigned i = 0; i < count; i++)
			if (syscall(calls[i], -1L, -1L, -1L, -1L, -1L, -1L) < 0 && errno == EPERM)
				refused |= 1U << i;
		syscall(SYS_exit_group, refused);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : ~0U;
}

static void test_own_filters(void)
{
	const long starts[] = {SYS_execve, SYS_execveat, SYS_clone, SYS_socket, SYS_ptrace, SYS_setns, SYS_unshare};
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
		return; /* an emulator of user programs has no filters */
	const long works[] = {SYS_read, SYS_write, SYS_close, SYS_ioctl, SYS_openat, SYS_wait4, SYS_fcntl};
	expect_number("supervisor", "what starts or reaches others", refused_after(restrict_supervisor, starts, 7), 0x7f);
	expect_number("supervisor", "its work", refused_after(restrict_supervisor, works, 7), 0);
	expect_number("init", "what starts or reaches others", refused_after(restrict_init, starts, 7), 0x7f);
	expect_number("init", "its work", refused_after(restrict_init, works, 7), 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 6);
}

/* A program of one machine that claims a class, with an interpreter's name behind its one row. */
static size_t make_elf(unsigned char *head, unsigned arch, unsigned class, bool wide)
{
	Elf64_Ehdr wide_header = {.e_machine = (Elf64_Half)arch, .e_phoff = 64, .e_phnum = 1};
	Elf32_Ehdr header = {.e_machine = (Elf32_Half)arch, .e_phoff = 64, .e_phnum = 1};
	Elf64_Phdr wide_row = {.p_type = PT_INTERP, .p_offset = 128};
	Elf32_Phdr row = {.p_type = PT_INTERP, .p_offset = 128};
	memset(head, 0, 128);
	memcpy(head, wide ? (void *)&wide_header : (void *)&header, wide ? sizeof wide_header : sizeof header);
	memcpy(head + 64, wide ? (void *)&wide_row : (void *)&row, wide ? sizeof wide_row : sizeof row);
	head[EI_CLASS] = (unsigned char)class;
	memcpy(head + 128, "/lib/ld", sizeof "/lib/ld");
	return 128 + sizeof "/lib/ld";
}

/* In memory that ends where what was read does, and the NUL behind it: the sanitizers see what goes beyond. */
static void test_interpreters(void)
{
	static const struct {
		unsigned machine, class;
		bool wide, found;
	} rows[] = {{EM_X86_64, 2, true, true}, {EM_X86_64, 1, true, true}, {EM_386, 1, false, true}, {EM_386, 2, false, true}, {EM_ARM, 9, false, true},
		{EM_AARCH64, 0, true, true}, {EM_RISCV, 2, true, true}, {EM_RISCV, 1, false, true}, {EM_RISCV, 1, true, false}, {EM_386, 2, true, false},
		{EM_S390, 2, true, false}};
	unsigned char text[160];
	unsigned seed = 1;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t size = make_elf(text, rows[i].machine, rows[i].class, rows[i].wide);
		const char *name = elf_interpreter(text, size);
		expect_number("interpreter", "is found", name && !strcmp(name, "/lib/ld"), rows[i].found);
	}
	for (unsigned round = 0; round < 200000; round++) {
		size_t whole = make_elf(text, rows[round % 11].machine, round % 3, round % 2), size = round % 4 ? whole : (size_t)rand_r(&seed) % whole;
		unsigned char *head = malloc(size + 1);
		for (int change = rand_r(&seed) % 5; change; change--) /* of a number, by one that may be near a bound */
			text[16 + rand_r(&seed) % 110] = (unsigned char)(rand_r(&seed) % 2 ? rand_r(&seed) : 0xff * (rand_r(&seed) % 2));
		memcpy(head, text, size);
		head[size] = '\0';
		const char *name = elf_interpreter(head, size);
		if (name && (name < (char *)head || name + strlen(name) > (char *)head + size))
			expect_number("interpreter", "lies in what was read", 0, 1);
		free(head);
	}
}

int main(void)
{
	test_interpreters();
	test_refusals();
	test_refusals_of_root();
	test_facts();
	test_operations();
	test_args();
	test_plans();
	test_base();
	test_landlock();
	test_hidden_directory();
	test_repeated();
	test_versions();
	test_lists();
	test_environments();
	test_quotes();
	test_names();
	test_distances();
	test_working_directories();
	test_absolute();
	test_splits();
	test_releases();
	test_below();
	test_arities();
	test_predicates();
	test_slurp();
	test_control();
	test_messages();
	test_hints();
	test_own_filters();
	printf("%u passed, %u failed\n", tally.passed, tally.failed);
	return tally.failed != 0;
}
