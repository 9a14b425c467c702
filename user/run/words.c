// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

struct words words_of(const char *name, const char *text, size_t len)
{
	return (struct words){
		.name = name,
		.at = text,
		.end = text + len,
		.start = text,
		.line = 1,
	};
}

void wrong(const struct words *w, const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "skua-run: %s:%u:%zu: ", w->name, w->line,
		(size_t)(w->text - w->start) + 1);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Up to a word, or to the end of the line. */
static void skip(struct words *w)
{
	while (w->at < w->end && is_blank(*w->at))
		w->at++;
	if (w->at < w->end && *w->at == '#')
		while (w->at < w->end && *w->at != '\n')
			w->at++;
}

bool next_line(struct words *w)
{
	for (;;) {
		skip(w);
		if (w->at == w->end)
			return false;
		if (*w->at != '\n')
			return true;
		w->start = ++w->at;
		w->line++;
	}
}

static void quoted(struct words *w, char mark)
{
	w->at++;
	while (w->at < w->end && *w->at != mark && *w->at != '\n')
		w->at++;
	if (w->at == w->end || *w->at != mark)
		wrong(w, "the quote does not end");
	w->text++;
	w->len = w->at++ - w->text;
}

bool next_word(struct words *w)
{
	skip(w);
	w->text = w->at;
	w->len = 0;
	if (w->at == w->end || *w->at == '\n')
		return false;
	if (*w->at == '\'' || *w->at == '"') {
		quoted(w, *w->at);
		return true;
	}
	while (w->at < w->end && !is_blank(*w->at) && *w->at != '\n')
		w->at++;
	w->len = w->at - w->text;
	return true;
}

void want_word(struct words *w, const char *what)
{
	if (!next_word(w))
		wrong(w, "the line ends, and %s is missing", what);
}

bool word_is(const struct words *w, const char *word)
{
	return w->len == strlen(word) && !memcmp(w->text, word, w->len);
}

bool next_is(struct words *w, const char *word)
{
	const struct words before = *w;

	if (next_word(w) && word_is(w, word))
		return true;
	*w = before;
	return false;
}

/* The word as a string; false: it is too long to be what it should, or empty. */
static bool as_string(const struct words *w, char *to, size_t size)
{
	if (!w->len || w->len >= size || memchr(w->text, '\0', w->len))
		return false;
	memcpy(to, w->text, w->len);
	to[w->len] = '\0';
	return true;
}

/* False: it is no number of 64 bits. */
static bool parse_number(const char *text, uint64_t *number)
{
	unsigned int base = 10, digit;
	uint64_t n = 0;

	if (text[0] == '0' && (text[1] | 0x20) == 'x') {
		base = 16;
		text += 2;
	}
	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text >= '0' && *text <= '9')
			digit = *text - '0';
		else if (base == 16 && (*text | 0x20) >= 'a' &&
			 (*text | 0x20) <= 'f')
			digit = (*text | 0x20) - 'a' + 10;
		else
			return false;
		if (n > (UINT64_MAX - digit) / base)
			return false;
		n = n * base + digit;
	}
	*number = n;
	return true;
}

uint64_t want_number(struct words *w, const char *what, uint64_t min, uint64_t max)
{
	char text[32];
	uint64_t n;

	want_word(w, what);
	if (!as_string(w, text, sizeof(text)) || !parse_number(text, &n) ||
	    n < min || n > max)
		wrong(w, "%s is a number from %llu to %llu", what,
		      (unsigned long long)min, (unsigned long long)max);
	return n;
}

static bool parse_address(const char *text, uint8_t raw[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	memcpy(raw, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, raw + 12) == 1 ||
	       inet_pton(AF_INET6, text, raw) == 1;
}

static bool has_bits_behind(const uint8_t raw[16], unsigned int prefix)
{
	unsigned int i;

	for (i = prefix; i < 128; i++) {
		if (raw[i / 8] & 0x80 >> i % 8)
			return true;
	}
	return false;
}

void want_address(struct words *w, uint8_t raw[16], uint8_t *prefix)
{
	char text[INET6_ADDRSTRLEN + 4], *slash = NULL;
	unsigned int shift;
	uint64_t bits;

	want_word(w, "an address");
	if (!as_string(w, text, sizeof(text)))
		wrong(w, "not an address");
	slash = prefix ? strchr(text, '/') : NULL;
	if (slash)
		*slash = '\0';
	if (!parse_address(text, raw))
		wrong(w, prefix ? "not an address, nor a prefix of one"
				: "not an address");
	if (!prefix)
		return;
	/* All IPv4 addresses have the first 96 bits in common. */
	shift = strchr(text, ':') ? 0 : 96;
	bits = 128 - shift;
	if (slash && (!parse_number(slash + 1, &bits) || bits > 128 - shift))
		wrong(w, "a prefix has 0 to %u bits", 128 - shift);
	*prefix = bits + shift;
	if (has_bits_behind(raw, *prefix))
		wrong(w, "the address has bits behind its prefix");
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t want_bytes(struct words *w, const char *what, uint8_t *to, size_t max)
{
	size_t i, n;
	int hi, lo;

	want_word(w, what);
	if (w->len < 2 || memcmp(w->text, "0x", 2) || w->len % 2)
		wrong(w, "%s is 0x and pairs of hex digits", what);
	n = w->len / 2 - 1;
	if (n > max)
		wrong(w, "%s has %zu bytes at most", what, max);
	for (i = 0; i < n; i++) {
		hi = hex_digit(w->text[2 + 2 * i]);
		lo = hex_digit(w->text[3 + 2 * i]);
		if (hi < 0 || lo < 0)
			wrong(w, "%s is 0x and pairs of hex digits", what);
		to[i] = hi << 4 | lo;
	}
	return n;
}
