// SPDX-License-Identifier: MIT
/* Our own vfprintf, which serves musl's whole family, against libc's.  Prints "N passed, N failed". */
#define _GNU_SOURCE
#include <stdio.h>
#define OWN_VFPRINTF
#define main sandbox_main
#define vfprintf own_vfprintf
#include "sandbox.c"
#undef vfprintf
#undef main

static struct {
	unsigned passed, failed;
} tally;

/* What was written, and then what was returned. */
static char *print(int (*with)(FILE *restrict, const char *restrict, va_list), const char *format, va_list ap)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	int length = with(file, format, ap);
	fputc('\n', file);
	fputs(length == (int)size - 1 || length > 0 ? "" : "nothing", file);
	fclose(file);
	return text;
}

static void compare(const char *format, ...)
{
	va_list ap, again;
	va_start(ap, format);
	va_copy(again, ap);
	char *ours = print(own_vfprintf, format, ap), *theirs = print(vfprintf, format, again);
	bool same = !strcmp(ours, theirs);
	*(same ? &tally.passed : &tally.failed) += 1;
	if (!same)
		printf("not ok: %s\n    got    %s\n    wanted %s\n", format, ours, theirs);
	va_end(again);
	va_end(ap);
	free(ours);
	free(theirs);
}

/* Every format, with every kind of number that it is used for. */
static void test_numbers(void)
{
	static const int64_t values[] = {0, 1, -1, 7, 8, 10, 99, 100, 4095, INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX, INT64_MIN};
	static const char *const formats[] = {"%d", "%i", "%u", "%o", "%x", "%#o", "%#x", "%4u", "%-6u|", "%06u", "%08x", "%5d|", "%-5d|", "a%db"};
	static const char *const wide[] = {"%lld", "%lli", "%llu", "%llo", "%llx", "%#llo", "%#llx", "%20llu", "%-20llx|", "%ld", "%lu", "%zu", "%zx", "%ju", "%jd"};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		for (size_t j = 0; j < sizeof formats / sizeof *formats; j++)
			compare(formats[j], (int)values[i]);
		for (size_t j = 0; j < sizeof wide / sizeof *wide; j++)
			compare(wide[j], values[i]);
	}
}

static void test_texts(void)
{
	static char text[1030];
	compare("");
	compare("plain");
	compare("100%%");
	compare("%s", "");
	compare("%s and %s", "one", "two");
	compare("%.3s", "abcdef");
	compare("%.*s|%*d|%-*s|", 2, "abcdef", 5, 1, 6, "x");
	compare("%10s|%-10s|%2s", "abc", "abc", "abc");
	compare("%.0s|%.20s", "abc", "abc");
	compare("%c%c", 'a', 'b');
	for (size_t length = 508; length < 516; length++) {
		memset(text, 'x', sizeof text);
		text[length] = '\0';
		compare("%s", text);
		compare("%sy%sz", text, text);
		text[length] = 'x';
	}
}

int main(void)
{
	test_numbers();
	test_texts();
	printf("%u passed, %u failed\n", tally.passed, tally.failed);
	return tally.failed != 0;
}
