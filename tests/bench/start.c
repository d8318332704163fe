/*
 * start ROUNDS COMMAND...: how long each command, a string of words, takes from posix_spawn to its end.  All take
 * turns in every round, so that what else the machine does falls on all alike.  A line each: the median in
 * milliseconds, the quartiles, the ratio to the first command's median, the command.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static char **split(const char *command)
{
	char *copy = strdup(command), **words = calloc(strlen(command) + 2, sizeof *words), **next = words;
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		*next++ = word;
	return words;
}

static double run(char **words)
{
	int status;
	pid_t pid;
	double begin = now();
	if (posix_spawnp(&pid, *words, NULL, NULL, words, environ) || waitpid(pid, &status, 0) < 0 || status) {
		fprintf(stderr, "start: %s failed\n", *words);
		exit(1);
	}
	return now() - begin;
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 2 ? strtoul(argv[1], NULL, 10) : 0, count = (size_t)argc - 2;
	if (!rounds)
		return fputs("usage: start ROUNDS COMMAND...\n", stderr), 2;
	double *times = calloc(count * rounds, sizeof *times);
	char ***commands = calloc(count, sizeof *commands);
	for (size_t i = 0; i < count; i++)
		run(commands[i] = split(argv[i + 2])); /* once to fill the caches */
	for (size_t round = 0; round < rounds; round++)
		for (size_t i = 0; i < count; i++)
			times[i * rounds + round] = run(commands[i]);
	for (size_t i = 0; i < count; i++)
		qsort(times + i * rounds, rounds, sizeof *times, by_size);
	for (size_t i = 0; i < count; i++) {
		const double *sorted = times + i * rounds;
		printf("%8.3f ms (%.3f to %.3f) %5.2f  %.110s\n", sorted[rounds / 2], sorted[rounds / 4], sorted[rounds * 3 / 4],
		       sorted[rounds / 2] / times[rounds / 2], argv[i + 2]);
	}
}
