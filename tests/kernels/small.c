// SPDX-License-Identifier: MIT
/*
 * What any program does, for a libc whose system calls are others than this machine's own (32-bit glibc): files,
 * threads, processes, signals, time, memory, polling. Prints a line for each part, with what went wrong in it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t seen;

static void say(const char *part, int good)
{
	printf("%s: %s\n", part, good ? "ok" : strerror(errno));
}

static void *thread(void *argument)
{
	return (char *)argument + 1;
}

static void handler(int signal)
{
	seen = signal;
}

static int file(void)
{
	struct stat st;
	int fd = open("made", O_RDWR | O_CREAT | O_TRUNC, 0600);
	int good = fd >= 0 && write(fd, "hello", 5) == 5 && lseek(fd, 0, SEEK_SET) == 0 && !ftruncate(fd, 3) && !fstat(fd, &st) && st.st_size == 3;
	good = good && !fchmod(fd, 0644) && !rename("made", "moved") && !unlink("moved");
	close(fd);
	return good;
}

static int process(char **argv)
{
	int status = 0, ends[2];
	char text[8] = "";
	if (pipe(ends))
		return 0;
	pid_t pid = fork();
	if (!pid) {
		dup2(ends[1], 1);
		execv(argv[0], (char *[]){argv[0], "child", NULL});
		_exit(1);
	}
	struct pollfd polled = {ends[0], POLLIN, 0};
	return pid > 0 && poll(&polled, 1, 10000) == 1 && read(ends[0], text, sizeof text) == 5 && waitpid(pid, &status, 0) == pid && status == 3 << 8;
}

int main(int argc, char **argv)
{
	pthread_t id;
	void *result = NULL;
	struct timespec moment = {0, 1000000};
	struct rlimit limit;
	if (argc > 1 && write(1, "child", 5) == 5)
		return 3;
	say("file", file());
	say("thread", !(errno = pthread_create(&id, NULL, thread, argv[0])) && !pthread_join(id, &result) && result == argv[0] + 1);
	say("process", process(argv));
	signal(SIGUSR1, handler);
	say("signal", !raise(SIGUSR1) && seen == SIGUSR1);
	say("time", !clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL) && !clock_gettime(CLOCK_REALTIME, &moment) && time(NULL) > 0);
	void *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	say("memory", memory != MAP_FAILED && !mprotect(memory, 4096, PROT_READ) && !munmap(memory, 8192));
	say("limits", !getrlimit(RLIMIT_NOFILE, &limit) && !setrlimit(RLIMIT_NOFILE, &limit) && getpriority(PRIO_PROCESS, 0) >= 0);
	return 0;
}
