// SPDX-License-Identifier: MIT
/*
 * call [-32] NUMBER[,ARGUMENT...]...: makes system calls and prints a line for each: number, result, errno.
 * With -32 the calls are those of the 32-bit ABI of x86-64.  Whatever a call does, it does to a child.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

int main(int argc, char **argv)
{
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
