// SPDX-License-Identifier: MIT
/* Our own vsnprintf and strtoull, which serve in musl's place, against libc's.  Prints "N passed, N failed". */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#define OWN_VSNPRINTF
#define main sandbox_main
#define vsnprintf own_vsnprintf
#define strtoull own_strtoull
int own_vsnprintf(char *restrict, size_t, const char *restrict, __builtin_va_list);
unsigned long long own_strtoull(const char *restrict, char **restrict, int);
#include "sandbox.c"
#undef strtoull
#undef vsnprintf
#undef main

static struct {
	unsigned passed, failed;
} tally;

static void count(bool same, const char *what, const char *got, const char *wanted)
{
	*(same ? &tally.passed : &tally.failed) += 1;
	if (!same)
		printf("not ok: %s\n    got    %s\n    wanted %s\n", what, got, wanted);
}

/* In a room that holds all of it, and in smaller ones. */
static void compare(const char *format, ...)
{
	static const size_t rooms[] = {4096, 0, 1, 2, 9};
	for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
		char ours[4096] = "untouched", theirs[4096] = "untouched";
		va_list ap, again;
		va_start(ap, format);
		va_copy(again, ap);
		int length = own_vsnprintf(ours, rooms[i], format, ap), wanted = vsnprintf(theirs, rooms[i], format, again);
		count(length == wanted && !strcmp(ours, theirs), format, ours, theirs);
		va_end(again);
		va_end(ap);
	}
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

/* Through a pipe, in more pieces than one. */
static void test_descriptor(void)
{
	static char got[1600], text[700];
	int ends[2];
	memset(text, 'y', sizeof text - 1);
	struct output out = {.fd = pipe(ends) ? -1 : ends[1], .text = (char[512]){0}, .room = 512};
	put(&out, text, sizeof text - 1);
	put(&out, text, sizeof text - 1);
	flush_output(&out);
	ssize_t length = read(ends[0], got, sizeof got);
	count(length == 1398 && strspn(got, "y") == 1398 && !libc.output_failed, "descriptor", got, text);
	out.fd = 12345;
	put(&out, "z", 1);
	flush_output(&out);
	count(libc.output_failed, "a descriptor that is closed", "no failure", "a failure");
}

/* Every base in use, for what is a number and what is none. */
static void test_strtoull(void)
{
	static const char *const texts[] = {"", "0", "7", "8", "08", "0x", "0x1f", "0XfF", "0xg", "x", "-1", "+5", "-", "+-5", " 12", "\t0000ff\n", "12a",
		"18446744073709551615", "18446744073709551616", "99999999999999999999999z", "-18446744073709551615", "1777777777777777777777",
		"ffffffffffffffff", "10000000000000000", "1~", "0777", "9223372036854775808"};
	static const int bases[] = {0, 8, 10, 16};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (size_t j = 0; j < sizeof bases / sizeof *bases; j++) {
			char *end, *wanted_end, got[64], wanted[64];
			errno = 0;
			unsigned long long value = own_strtoull(texts[i], &end, bases[j]);
			snprintf(got, sizeof got, "%llu %td %d", value, end - texts[i], errno);
			errno = 0;
			value = strtoull(texts[i], &wanted_end, bases[j]);
			snprintf(wanted, sizeof wanted, "%llu %td %d", value, wanted_end - texts[i], errno);
			count(!strcmp(got, wanted), texts[i], got, wanted);
		}
}

int main(void)
{
	test_numbers();
	test_strtoull();
	test_descriptor();
	test_texts();
	printf("%u passed, %u failed\n", tally.passed, tally.failed);
	return tally.failed != 0;
}
