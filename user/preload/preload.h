/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The functions of libc that this library stands in front of. Each does its
 * work for the few paths and descriptors that are ours and hands anything else
 * to the next definition in the order of preloading, usually libc's own.
 */
#ifndef SKUA_USER_PRELOAD_H
#define SKUA_USER_PRELOAD_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#define SKUA_INTERPOSE __attribute__((visibility("default")))

/*
 * The next definition of a function, of the type of ours. It is looked up when
 * it is first needed, as other libraries' constructors may run before ours.
 */
#define SKUA_NEXT(name)                                                         \
	({                                                                      \
		static _Atomic(void *) next_;                                   \
		void *at_ = atomic_load_explicit(&next_, memory_order_relaxed); \
		if (!at_) {                                                     \
			at_ = skua_next(#name);                                 \
			atomic_store_explicit(&next_, at_,                      \
					      memory_order_relaxed);            \
		}                                                               \
		(__typeof__(&name))at_;                                         \
	})
void *skua_next(const char *name);

/* -1 and errno, or ret: what libc makes of a system call's result. */
static inline ssize_t skua_return(ssize_t ret)
{
	if (ret >= 0)
		return ret;
	errno = -ret;
	return -1;
}

/* True in the process whose descriptors the table has: not after vfork(). */
bool skua_own_process(void);
/*
 * A new descriptor that is not ours: forget what had the number before, should
 * that have been closed by other means than close().
 */
int skua_new_fd(int fd);

/* What a path leads to. */
enum skua_path_kind {
	SKUA_PATH_FOREIGN,  /* none of ours */
	SKUA_PATH_SKELETON, /* the file or folder named by skua_path::to */
	SKUA_PATH_TEXT,	    /* a file whose content this process knows */
	SKUA_PATH_UVERBS,   /* /dev/infiniband/uverbs${index} */
	SKUA_PATH_CM,	    /* /dev/infiniband/rdma_cm */
};

/*
 * Long enough for what is in the skeleton, and small enough for the stack of a
 * signal handler.
 */
#define SKUA_PATH_LEN 512

struct skua_path {
	enum skua_path_kind kind;
	unsigned int index;	/* of the device */
	char to[SKUA_PATH_LEN]; /* not set if kind is FOREIGN */
};

/* path is as programs give it, NULL too. */
enum skua_path_kind skua_path_find(struct skua_path *p, const char *path);
/* The same of a path that is relative to the folder dir, or to AT_FDCWD. */
enum skua_path_kind skua_path_find_at(struct skua_path *p, int dir,
				      const char *path);
/* The path to give to libc: path itself unless it is one of ours. */
const char *skua_path_map(struct skua_path *p, const char *path);
const char *skua_path_map_at(struct skua_path *p, int dir, const char *path);
/*
 * dir is the folder p. Those of the files of this process are one in the
 * skeleton, for all devices, so that the kernel cannot tell which it was.
 */
void skua_path_opened(const struct skua_path *p, int dir);
/* to is a new number of dir. */
void skua_path_copied(int dir, int to);
/* Rewrite a resolved path into the skeleton as the one of sysfs. */
void skua_path_unmap(char *path);

/* text.c: a descriptor that reads as a file of this process, or -errno. */
int skua_text_open(const struct skua_path *p, int flags);
/* True if path, in the skeleton, is a file that skua_text_open() knows. */
bool skua_text_has(const char *path);
/* A number below 256 if path is a folder of such files, or 0. */
unsigned int skua_text_folder(const char *path);
/* Which folder that was, as programs know it. */
void skua_text_folder_path(unsigned int folder, char *path, size_t size);

#endif /* SKUA_USER_PRELOAD_H */
