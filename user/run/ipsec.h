/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* The file of --ipsec. Whatever is wrong with it ends the process. */
#ifndef SKUA_RUN_IPSEC_H
#define SKUA_RUN_IPSEC_H

#include "ipsec/image.h"
#include "words.h"

/* ipsec_state.c, ipsec_policy.c: the rest of a line, behind its first word. */
void parse_state(struct words *w, struct skua_ipsec_sa *sa);
void parse_policy(struct words *w, struct skua_ipsec_flow *flow);

/* ipsec_text.c: all lines. The image is private_memory(). */
struct skua_ipsec_image *parse_ipsec(const char *name, const char *text,
				     size_t len);

/*
 * ipsec_numbers.c: a descriptor of the numbers of the SAs, whose records are
 * found or made; of a file beside name, which is this run's as long as the
 * descriptor is open, or of one that goes with it if name is NULL.
 */
int open_numbers(const char *name, struct skua_ipsec_image *image);

/* ipsec_file.c: the descriptor that programs inherit. */
int load_ipsec(const char *name);

/* Memory for secrets: zeroed, and in no core file. */
void *private_memory(size_t size);
void private_free(void *at, size_t size);

/* skua-run.c: exit, as it is no matter of the command line. */
__attribute__((noreturn, format(printf, 1, 2))) void
cannot(const char *format, ...);
/* A descriptor out of the way of the program's own, which exec() leaves open. */
int pass_on(int fd);

#endif /* SKUA_RUN_IPSEC_H */
