// SPDX-License-Identifier: MIT
/*
 * start MODE ROUNDS BASES <ROWS: measures commands against each other.  Standard input has a row for each, its name, a tab
 * and words parted by spaces; "<FILE" among them is its standard input.  All take turns in every round, so that what
 * else the machine does falls on all alike.  A line for each: median, quartiles, ratios to the medians of the first
 * BASES rows, name.  A row whose command fails is left out, after what the command itself said.
 *
 *     time   milliseconds from vfork to the command's end
 *     own    milliseconds, which the command measures and prints
 *     faults page faults of the command and all processes that it leaves behind
 *     N      starts a second, by N processes at once in turns of 0.3 s
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct row {
	char *name, **words, *input;
	double *values;
};

static void must(int good, const char *what)
{
	if (!good) {
		perror(what);
		exit(1);
	}
}

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

static int start(const struct row *row, int output)
{
	int status;
	pid_t pid = vfork();
	if (!pid) {
		if (dup2(open(row->input, O_RDONLY | O_CLOEXEC), 0) == 0 && (output < 0 || dup2(output, 1) == 1))
			execvp(*row->words, row->words);
		_exit(127);
	}
	must(pid > 0 && waitpid(pid, &status, 0) == pid, "start");
	return status;
}

static double run(const struct row *row)
{
	double begin = now();
	return start(row, -1) ? -1 : now() - begin;
}

static double run_own(const struct row *row)
{
	char text[64] = "";
	int ends[2];
	must(!pipe2(ends, O_CLOEXEC), "pipe");
	int status = start(row, ends[1]);
	close(ends[1]);
	ssize_t got = status ? -1 : read(ends[0], text, sizeof text - 1);
	close(ends[0]);
	return got > 0 ? strtod(text, NULL) : -1;
}

/* Orphans are ours, so that all are waited for and counted. */
static double run_faults(const struct row *row)
{
	struct rusage before, after;
	must(!prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl");
	getrusage(RUSAGE_CHILDREN, &before);
	int status = start(row, -1);
	while (wait(NULL) > 0)
		;
	getrusage(RUSAGE_CHILDREN, &after);
	return status ? -1 : (double)(after.ru_minflt - before.ru_minflt);
}

static double run_many(const struct row *row, int launchers)
{
	static int *counts;
	double begin = now(), end = begin + 300;
	if (!counts)
		counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < launchers; i++) {
		counts[i] = 0;
		pid_t pid = fork();
		must(pid >= 0, "fork");
		for (; !pid && now() < end; counts[i]++)
			if (start(row, -1))
				_exit(1);
		if (!pid)
			_exit(0);
	}
	int status, sum = 0, bad = 0;
	while (wait(&status) > 0)
		bad |= status;
	for (int i = 0; i < launchers; i++)
		sum += counts[i];
	return bad ? -1 : sum * 1e3 / (now() - begin);
}

static const struct {
	const char *name;
	double (*run)(const struct row *);
} modes[] = {{"time", run}, {"own", run_own}, {"faults", run_faults}};

static double measure(const char *mode, const struct row *row)
{
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (!strcmp(mode, modes[i].name))
			return modes[i].run(row);
	return run_many(row, atoi(mode));
}

static struct row parse(char *line, size_t rounds)
{
	struct row row = {strsep(&line, "\t"), calloc(strlen(line) + 2, sizeof(char *)), "/dev/null", calloc(rounds, sizeof(double))};
	char **next = row.words;
	for (char *word; (word = strsep(&line, " "));)
		if (*word == '<')
			row.input = word + 1;
		else if (*word)
			*next++ = word;
	return row;
}

int main(int argc, char **argv)
{
	size_t rounds = argc == 4 ? strtoul(argv[2], NULL, 10) : 0, bases = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	if (!rounds || (strlen(argv[1]) < 3 && atoi(argv[1]) < 1)) /* up to 99 at once */
		return fputs("usage: start time|own|faults|LAUNCHERS ROUNDS BASES <ROWS\n", stderr), 2;
	struct row rows[64];
	size_t count = 0, room = 0;
	for (char *line = NULL; count < 64 && getline(&line, &room, stdin) > 0; line = NULL, room = 0) {
		line[strcspn(line, "\n")] = '\0';
		must(strchr(line, '\t') != NULL, "a row without a tab");
		rows[count] = parse(line, rounds);
		if (measure(argv[1], &rows[count]) < 0) /* also fills the caches */
			printf("left out: %s\n", rows[count].name);
		else
			count++;
	}
	for (size_t round = 0; round < rounds; round++)
		for (size_t i = 0; i < count; i++)
			must((rows[i].values[round] = measure(argv[1], &rows[i])) >= 0, rows[i].name);
	for (size_t i = 0; i < count; i++)
		qsort(rows[i].values, rounds, sizeof(double), by_size);
	for (size_t base = 0; base < bases && base < count; base++)
		printf("%s%s", base ? ", " : "ratios to: ", rows[base].name);
	puts("");
	for (size_t i = 0; i < count; i++) {
		double median = rows[i].values[rounds / 2];
		printf("%10.3f (%.3f to %.3f)", median, rows[i].values[rounds / 4], rows[i].values[rounds * 3 / 4]);
		for (size_t base = 0; base < bases && base < count; base++)
			printf(" %6.3f", median / rows[base].values[rounds / 2]);
		printf("  %s\n", rows[i].name);
	}
	return fflush(stdout) != 0;
}
