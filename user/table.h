/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* The table of descriptors behind file.h, as preload/ keeps it up to date. */
#ifndef SKUA_USER_TABLE_H
#define SKUA_USER_TABLE_H

#include <stdbool.h>

#include "file.h"

/* Another descriptor of a file that is held: dup(). 0 or -EMFILE. */
int skua_file_install_dup(int fd, struct skua_file *f);
/* fd is about to be closed or replaced. False: it is hidden, leave it. */
bool skua_file_close(int fd);
/* fd is not what the table says: it was closed past the library. */
void skua_file_forget(int fd);
/* Served or hidden. */
bool skua_file_ours(int fd);
bool skua_file_hidden(int fd);
/*
 * A descriptor that has to reach whatever programs this one starts, in a new
 * process too: nobody closes it. There are two at most.
 */
void skua_file_keep(int fd);
bool skua_file_kept(int fd);
/* The first of them that is not below fd, or -1. */
int skua_file_next_kept(int fd);
/* The first descriptor of this library that is not below fd, or -1. */
int skua_file_next(int fd);
/* Leave pointers in the table that a leak checker knows for what they are. */
void skua_file_settle(void);
/* The child of a fork: hidden descriptors go, calls on the others fail. */
void skua_file_forked(void);

#endif /* SKUA_USER_TABLE_H */
