/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The words of a file, line by line. Whoever finds one that makes no sense says
 * so and ends the process; no word is repeated in a message, for it may be a key.
 */
#ifndef SKUA_RUN_WORDS_H
#define SKUA_RUN_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct words {
	const char *name; /* of the file */
	const char *at, *end; /* what is left of it */
	const char *start; /* of the line */
	unsigned int line;
	/* The word. */
	const char *text;
	size_t len;
};

struct words words_of(const char *name, const char *text, size_t len);
/* The next line with a word, which next_word() will find. */
bool next_line(struct words *w);
/* Of the line. False: there is none, and the word is empty. */
bool next_word(struct words *w);
/* The same, and there has to be one. */
void want_word(struct words *w, const char *what);
/* Whether the next word is this, which is then the word. */
bool next_is(struct words *w, const char *word);

bool word_is(const struct words *w, const char *word);
/* Exit with what is wrong with the word. */
__attribute__((noreturn, format(printf, 2, 3))) void
wrong(const struct words *w, const char *format, ...);

/* The next word as a number, decimal or 0x..., within bounds. */
uint64_t want_number(struct words *w, const char *what, uint64_t min,
		     uint64_t max);
/*
 * As an address, IPv4 as ::ffff:a.b.c.d; with prefix, its length may follow and
 * is that of 128 bits.
 */
void want_address(struct words *w, uint8_t raw[16], uint8_t *prefix);
/* As 0x and pairs of hex digits. How many bytes they are. */
size_t want_bytes(struct words *w, const char *what, uint8_t *to, size_t max);

#endif /* SKUA_RUN_WORDS_H */
