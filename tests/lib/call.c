// SPDX-License-Identifier: MIT
/*
 * call [-32] NUMBER[,ARGUMENT...]...: makes system calls and prints a line for each: number, result, errno.
 * With -32 the calls are those of the 32-bit ABI of x86-64.  Whatever a call does, it does to a child.
 * call -connect PATH, call -listen PATH: the two ends of a unix socket; the latter prints "taken" when one comes.
 * call -newcgroup COMMAND...: runs that with its own cgroup as the root of all, by a user namespace where need be.
 * call -refuse NUMBER ERRNO COMMAND...: runs that with a system call refused, as a filter around it does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static long call32(const unsigned long *v)
{
	long result = -ENOSYS;
#ifdef __x86_64__
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(v[0]), "b"(v[1]), "c"(v[2]), "d"(v[3]), "S"(v[4]), "D"(v[5])
			 : "memory", "r8", "r9", "r10", "r11");
	result = (int)result;
#endif
	return result;
}

static void call(char *words, int narrow)
{
	unsigned long v[7] = {0};
	int count = 0;
	for (char *word = strtok(words, ","); word && count < 7; word = strtok(NULL, ","))
		v[count++] = strtoul(word, NULL, 0);
	errno = 0;
	long result = narrow ? call32(v) : syscall((long)v[0], v[1], v[2], v[3], v[4], v[5], v[6]);
	int error = narrow && result < 0 && result > -4096 ? (int)-result : errno;
	printf("%lu %s %s\n", v[0], result == -1 || error ? "-1" : "ok", error ? strerrorname_np(error) : "0");
}

static int meet(const char *path, int listening)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	strncpy(address.sun_path, path, sizeof address.sun_path - 1);
	int result = (listening ? bind : connect)(fd, (struct sockaddr *)&address, sizeof address);
	if (listening && !result && !listen(fd, 1) && accept(fd, NULL, NULL) >= 0)
		puts("taken");
	else
		printf("%s\n", result ? strerrorname_np(errno) : "connected");
	return result != 0;
}

static int refuse(unsigned number, unsigned error, char **command)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), /* the call's number */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {4, code};
	if (geteuid()) /* root may, and goes on to start programs that need its privilege */
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		execvp(*command, command);
	perror(*command);
	return 125;
}

int main(int argc, char **argv)
{
	if (argc > 4 && !strcmp(argv[1], "-refuse"))
		return refuse((unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]), argv + 4);
	if (argc == 3 && (!strcmp(argv[1], "-connect") || !strcmp(argv[1], "-listen")))
		return meet(argv[2], argv[1][1] == 'l');
	if (argc > 2 && !strcmp(argv[1], "-newcgroup"))
		return unshare(CLONE_NEWCGROUP) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWCGROUP) < 0 ? 125 : execvp(argv[2], argv + 2);
	int narrow = argc > 1 && !strcmp(argv[1], "-32");
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1 + narrow; i < argc; i++) {
		int status = 0;
		pid_t pid = fork();
		if (!pid) {
			call(argv[i], narrow);
			_exit(0);
		}
		if (waitpid(pid, &status, 0) == pid && WIFSIGNALED(status))
			printf("%s killed by %d\n", argv[i], WTERMSIG(status));
	}
	return 0;
}
