/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What the preload library finds behind the two kinds of device files. Each
 * returns a new descriptor, already installed (file.h), or -errno. flags are
 * those of open(2); O_CLOEXEC and O_NONBLOCK are honoured.
 */
#ifndef SKUA_USER_SERVE_H
#define SKUA_USER_SERVE_H

#include "device.h"
#include "file.h"

/* /dev/infiniband/uverbsN: uverbs/, the uverbs ABI (ioctl and write). */
int skua_uverbs_open(struct skua_user_dev *dev, int flags);
/* Start the engine of dev without a program that has opened it. 0 or -errno. */
int skua_uverbs_start(struct skua_user_dev *dev);
#define SKUA_UVERBS_MAJOR 231
#define SKUA_UVERBS_MINOR 192	/* of uverbs0 */

/* /dev/infiniband/rdma_cm: cm/, the rdma_ucm ABI. */
int skua_cm_open(int flags);
#define SKUA_CM_MAJOR 10
#define SKUA_CM_MINOR 120

/*
 * In the child of a fork, in which only the calling thread exists: forget
 * every lock, thread and list; calls on files of the parent fail with -EIO.
 */
void skua_uverbs_forked(void);
void skua_cm_forked(void);

/* The process ends: partners on a link are told, as a kernel would tell them. */
void skua_cm_exit(void);

#endif /* SKUA_USER_SERVE_H */
