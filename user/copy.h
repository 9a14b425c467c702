/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Copies from and to where the program says, which may be nowhere. */
#ifndef SKUA_USER_COPY_H
#define SKUA_USER_COPY_H

#include <stddef.h>

/* memcpy(); 0 or -EFAULT. */
int skua_copy_user(void *to, const void *from, size_t len);

#endif /* SKUA_USER_COPY_H */
