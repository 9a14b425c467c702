/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* What a program file is, as far as preloading into it goes. */
#ifndef SKUA_RUN_PROGRAM_H
#define SKUA_RUN_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

enum program_kind {
	PROGRAM_OTHER,	 /* neither of those below */
	PROGRAM_SCRIPT,	 /* begins with #!, and loader says with what */
	PROGRAM_FOREIGN, /* an ELF file of another machine than this one's */
	PROGRAM_STATIC,	 /* no dynamic loader is asked for */
	PROGRAM_DYNAMIC,
};

struct program {
	enum program_kind kind;
	char loader[PATH_MAX]; /* or the interpreter of a script */
	char asan[64];	       /* the sanitizer's runtime it needs, or "" */
};

/*
 * 0 or -errno, if the file cannot be read. A file that is damaged is what as
 * much of it says as makes sense.
 */
int program_read(struct program *prog, const char *path);

#endif /* SKUA_RUN_PROGRAM_H */
