// SPDX-License-Identifier: MIT
/*
 * inside calls|forks|files|compile: does some work and prints how many milliseconds it took.  Its working directory is
 * where files are made.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *self;

static void must(int good, const char *what)
{
	if (!good) {
		perror(what);
		exit(1);
	}
}

static void run(char *const *argv)
{
	int status;
	pid_t pid = fork();
	if (!pid) {
		execv(*argv, argv);
		_exit(127);
	}
	must(pid > 0 && waitpid(pid, &status, 0) == pid && !status, *argv);
}

static void calls(void)
{
	for (int i = 0; i < 200000; i++)
		syscall(SYS_getppid);
}

static void forks(void)
{
	char *argv[] = {(char *)self, "nothing", NULL};
	for (int i = 0; i < 200; i++)
		run(argv);
}

/* 10,000 times a file of 4 KB, one of 100. */
static void files(void)
{
	char name[16], text[4096] = "";
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof name, "file%d", i % 100);
		int fd = open(name, i < 100 ? O_RDWR | O_CREAT | O_TRUNC : O_RDONLY, 0600);
		must(fd >= 0 && (i < 100 ? write(fd, text, sizeof text) : read(fd, text, sizeof text)) == sizeof text, name);
		close(fd);
	}
}

static void compile(void)
{
	for (int i = 0; i < 50; i++) {
		FILE *file = fopen("small.c", "w");
		must(file != NULL, "small.c");
		fprintf(file, "#include <stdio.h>\nint f%d(int a) { return printf(\"%%d\", a * %d); }\n", i, i);
		must(!fclose(file), "small.c");
		char *argv[] = {"/usr/bin/cc", "-O1", "-c", "-o", "small.o", "small.c", NULL};
		run(argv);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*work)(void);
	} works[] = {{"calls", calls}, {"forks", forks}, {"files", files}, {"compile", compile}};
	struct timespec begin, end;
	self = argv[0];
	for (size_t i = 0; argc == 2 && i < sizeof works / sizeof *works; i++)
		if (!strcmp(argv[1], works[i].name)) {
			clock_gettime(CLOCK_MONOTONIC, &begin);
			works[i].work();
			clock_gettime(CLOCK_MONOTONIC, &end);
			printf("%.3f\n", (double)(end.tv_sec - begin.tv_sec) * 1e3 + (double)(end.tv_nsec - begin.tv_nsec) / 1e6);
			return 0;
		}
	return argc != 2 || strcmp(argv[1], "nothing");
}
