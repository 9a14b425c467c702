// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "arena.h"
#include "file.h"

#define PAGE	   4096ull
#define ARENA_SIZE (1ull << 36)

/* Pages that were moved, and how many extents lie in them. */
struct range {
	struct range *next;
	uint64_t va, len, off;
	unsigned int extents;
	bool lost;		/* unmapped by the program, or in part */
};

struct skua_extent {
	struct skua_extent *next;
	uint64_t va, len;
	struct range *range;	/* NULL: it was not moved */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct range *_Atomic ranges; /* by off */
static struct skua_extent *extents;
static int arena_fd = -1;
static bool tried;
static unsigned int own_threads;
static int fork_pipe[2] = { -1, -1 };

static void forking(void);
static void forked_parent(void);
static void forked_child(void);

/* The file ------------------------------------------------------------------- */

static void start(void)
{
	int fd = memfd_create("skua-arena", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	tried = true;
	if (fd < 0)
		return;
	if (ftruncate(fd, ARENA_SIZE) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
		skua_native_close(fd);
		return;
	}
	arena_fd = skua_file_hide(fd);
	if (arena_fd < 0)
		arena_fd = -1;
	else
		pthread_atfork(forking, forked_parent, forked_child);
}

int skua_arena_fd(void)
{
	pthread_mutex_lock(&lock);
	if (!tried)
		start();
	pthread_mutex_unlock(&lock);
	return arena_fd;
}

uint64_t skua_arena_size(void)
{
	return ARENA_SIZE;
}

/* The lowest place for len bytes, and the range that comes before it. */
static bool place(uint64_t len, uint64_t *off, struct range **before)
{
	struct range *r;

	*off = 0;
	*before = NULL;
	for (r = ranges; r && r->off - *off < len; r = r->next) {
		*off = r->off + r->len;
		*before = r;
	}
	return *off <= ARENA_SIZE && len <= ARENA_SIZE - *off;
}

static void release(uint64_t off, uint64_t len)
{
	fallocate(arena_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, off, len);
}

/* What may be moved ----------------------------------------------------------- */

static unsigned int threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned int n = 0;
	struct dirent *d;

	if (!dir)
		return UINT32_MAX;
	while ((d = readdir(dir)))
		n += d->d_name[0] != '.';
	closedir(dir);
	return n;
}

/* Could anybody write to the program's memory while we look elsewhere? */
static bool alone(void)
{
	return threads() <= 1 + own_threads;
}

void skua_arena_own_thread(void)
{
	__atomic_fetch_add(&own_threads, 1, __ATOMIC_RELAXED);
}

enum kind { OTHER, PRIVATE, MOVED };

/* What a line of /proc/self/maps describes; its offset in the arena. */
static enum kind kind_of(const char *line, uint64_t *first, uint64_t *end,
			 uint64_t *off)
{
	unsigned long lo, hi, at, inode;
	char perms[5], name[64] = "";

	if (sscanf(line, "%lx-%lx %4s %lx %*s %lu %63s", &lo, &hi, perms, &at,
		   &inode, name) < 5)
		return OTHER;
	*first = lo;
	*end = hi;
	*off = at;
	if (!strcmp(name, "/memfd:skua-arena"))
		return MOVED;
	return !strcmp(perms, "rw-p") && !inode &&
			       (!name[0] || !strcmp(name, "[heap]") ||
				!strncmp(name, "[anon", 5))
		       ? PRIVATE
		       : OTHER;
}

/* Is all of [va, va + len) of a kind? For MOVED, where the range says? */
static bool all_of(uint64_t va, uint64_t len, enum kind want, uint64_t want_off)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uint64_t at = va, first = 0, end = 0, off = 0;
	char line[512];
	enum kind kind;

	if (!maps)
		return false;
	while (at < va + len && fgets(line, sizeof(line), maps)) {
		kind = kind_of(line, &first, &end, &off);
		if (end <= at)
			continue;
		if (first > at || kind != want ||
		    (want == MOVED && off + (at - first) != want_off + (at - va)))
			break;
		at = end;
	}
	fclose(maps);
	return at >= va + len;
}

/* Moving ---------------------------------------------------------------------- */

/*
 * Copies by bare system calls: sanitizers take what lies beside the program's
 * objects for forbidden.
 */
static bool write_all(uint64_t va, uint64_t len, uint64_t off)
{
	long n;

	for (; len; va += n, len -= n, off += n) {
		n = syscall(SYS_pwrite64, arena_fd, va, len, off);
		if (n <= 0)
			return false;
	}
	return true;
}

/* The file may be closed already, in the child of a fork. */
static bool read_all(uint64_t to, uint64_t from, uint64_t len)
{
	struct iovec dst, src;
	long n;

	for (; len; to += n, from += n, len -= n) {
		dst = (struct iovec){ (void *)(uintptr_t)to, len };
		src = (struct iovec){ (void *)(uintptr_t)from, len };
		n = syscall(SYS_process_vm_readv, getpid(), &dst, 1, &src, 1, 0);
		if (n <= 0)
			return false;
	}
	return true;
}

/* Only signal handlers could write between the copy and the new mapping. */
static bool move(uint64_t va, uint64_t len, uint64_t off)
{
	sigset_t all, old;
	bool done = false;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (write_all(va, len, off))
		done = mmap((void *)(uintptr_t)va, len, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_FIXED | MAP_POPULATE, arena_fd,
			    off) != MAP_FAILED;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return done;
}

/* A private copy in place of the pages. */
static bool move_back(const struct range *r)
{
	void *at = (void *)(uintptr_t)r->va, *copy;

	copy = mmap(NULL, r->len, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (copy == MAP_FAILED)
		return false;
	/* Where that call is forbidden, the usual way. */
	if (!read_all((uintptr_t)copy, r->va, r->len))
		memcpy(copy, at, r->len);
	if (syscall(SYS_mremap, copy, r->len, r->len,
		    MREMAP_MAYMOVE | MREMAP_FIXED, at) == (long)at)
		return true;
	syscall(SYS_munmap, copy, r->len);
	return false;
}

static struct range *range_new(uint64_t va, uint64_t len)
{
	struct range *r = calloc(1, sizeof(*r)), *before;

	if (!r)
		return NULL;
	r->va = va;
	r->len = len;
	if (!place(len, &r->off, &before) || !move(va, len, r->off)) {
		release(r->off, len);
		free(r);
		return NULL;
	}
	r->next = before ? before->next : ranges;
	if (before)
		before->next = r;
	else
		ranges = r;
	return r;
}

static void range_free(struct range *r)
{
	struct range *before = ranges;

	if (ranges == r) {
		ranges = r->next;
	} else {
		while (before->next != r)
			before = before->next;
		before->next = r->next;
	}
	release(r->off, r->len);
	free(r);
}

static bool overlap(uint64_t a, uint64_t alen, uint64_t b, uint64_t blen)
{
	return a < b + blen && b < a + alen;
}

static bool inside(uint64_t a, uint64_t alen, uint64_t b, uint64_t blen)
{
	return a >= b && a - b <= blen && alen <= blen - (a - b);
}

/*
 * Not every munmap() comes by us: free() has its own. Pages that are not there
 * any more stay the peers' until their region goes, as those would which an
 * adapter has pinned; but what is in their place now has nothing to do with it.
 */
static void lose_unmapped(uint64_t va, uint64_t len)
{
	struct range *r;

	for (r = ranges; r; r = r->next) {
		if (!r->lost && overlap(va, len, r->va, r->len) &&
		    !all_of(r->va, r->len, MOVED, r->off))
			r->lost = true;
	}
}

/* The range that has all of it, an old one or a new one, or NULL. */
static struct range *range_for(uint64_t va, uint64_t len)
{
	const struct skua_extent *e;
	struct range *r;

	for (r = ranges; r; r = r->next) {
		if (overlap(va, len, r->va, r->len))
			return !r->lost && inside(va, len, r->va, r->len) ? r
									  : NULL;
	}
	/* Of a region that was not moved others may write at any time. */
	for (e = extents; e; e = e->next) {
		if (overlap(va, len, e->va, e->len))
			return NULL;
	}
	if (!alone() || !all_of(va, len, PRIVATE, 0))
		return NULL;
	return range_new(va, len);
}

struct skua_extent *skua_arena_hold(uint64_t va, uint64_t len)
{
	uint64_t first = (va + PAGE - 1) & ~(PAGE - 1);
	uint64_t end = (va + len) & ~(PAGE - 1);
	struct skua_extent *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->va = va;
	e->len = len;
	pthread_mutex_lock(&lock);
	if (!tried)
		start();
	lose_unmapped(va, len);
	if (arena_fd >= 0 && first < end)
		e->range = range_for(first, end - first);
	if (e->range)
		e->range->extents++;
	e->next = extents;
	extents = e;
	pthread_mutex_unlock(&lock);
	return e;
}

/* The last region has gone; where that cannot be made undone, it stays. */
static void let_go(struct range *r)
{
	if (r->lost || !all_of(r->va, r->len, MOVED, r->off)) {
		/* The program has unmapped it, or a part of it. */
		range_free(r);
		return;
	}
	if (alone() && move_back(r))
		range_free(r);
}

void skua_arena_drop(struct skua_extent *e)
{
	struct skua_extent **at = &extents;

	if (!e)
		return;
	pthread_mutex_lock(&lock);
	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	if (e->range && !--e->range->extents)
		let_go(e->range);
	pthread_mutex_unlock(&lock);
	free(e);
}

bool skua_arena_find(uint64_t va, uint64_t len, uint64_t *first,
		     uint64_t *size, uint64_t *off)
{
	uint64_t lo, hi;
	struct range *r;

	pthread_mutex_lock(&lock);
	for (r = ranges; r; r = r->next) {
		if (r->extents && !r->lost && overlap(va, len, r->va, r->len))
			break;
	}
	if (r) {
		lo = va > r->va ? va & ~(PAGE - 1) : r->va;
		hi = (va + len + PAGE - 1) & ~(PAGE - 1);
		if (hi > r->va + r->len)
			hi = r->va + r->len;
		*first = lo;
		*size = hi > lo ? hi - lo : 0;
		*off = r->off + (lo - r->va);
	}
	pthread_mutex_unlock(&lock);
	return r && *size;
}

bool skua_arena_lose(uint64_t va, uint64_t len)
{
	struct range *r;
	bool hit = false;

	/* Most programs have none, and this is called by every munmap(). */
	if (!ranges || !len)
		return false;
	pthread_mutex_lock(&lock);
	for (r = ranges; r; r = r->next) {
		if (!r->lost && overlap(va, len, r->va, r->len)) {
			r->lost = true;
			hit = r->extents;
		}
	}
	pthread_mutex_unlock(&lock);
	return hit;
}

bool skua_arena_take_back(uint64_t va, uint64_t len)
{
	struct range *r;
	bool ok = true;

	if (!ranges || !len)
		return true;
	pthread_mutex_lock(&lock);
	for (r = ranges; r; r = r->next) {
		if (overlap(va, len, r->va, r->len) &&
		    all_of(r->va, r->len, MOVED, r->off))
			ok = ok && alone() && move_back(r);
	}
	pthread_mutex_unlock(&lock);
	return ok;
}

/* Forks ------------------------------------------------------------------------ */

/*
 * A child gets copies, of the state at the fork: the parent waits for it. A
 * child that cannot make them has nothing in that place.
 */
static void forking(void)
{
	pthread_mutex_lock(&lock);
	if (ranges && pipe2(fork_pipe, O_CLOEXEC))
		fork_pipe[0] = fork_pipe[1] = -1;
}

static void close_pipe(int end)
{
	if (fork_pipe[end] >= 0)
		skua_native_close(fork_pipe[end]);
	fork_pipe[end] = -1;
}

static void forked_parent(void)
{
	char byte;

	close_pipe(1);
	while (fork_pipe[0] >= 0 && skua_native_read(fork_pipe[0], &byte, 1) < 0 &&
	       errno == EINTR)
		;
	close_pipe(0);
	pthread_mutex_unlock(&lock);
}

static void forked_child(void)
{
	struct skua_extent *e;
	struct range *r;

	while ((r = ranges)) {
		ranges = r->next;
		if (all_of(r->va, r->len, MOVED, r->off) && !move_back(r))
			syscall(SYS_munmap, r->va, r->len);
		free(r);
	}
	while ((e = extents)) {
		extents = e->next;
		free(e);
	}
	arena_fd = -1;
	tried = false;
	own_threads = 0;
	close_pipe(0);
	close_pipe(1);
	pthread_mutex_init(&lock, NULL);
}
