// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Which file serves a descriptor: a table by number, in chunks that are made
 * when a descriptor in them is first served and stay. Nothing here takes a
 * lock, so that a signal handler may write() or close() at any point.
 *
 * A lookup must get hold of a file which another thread may just be closing.
 * So a descriptor owns SKUA_FILE_SHARE references at once, and the slot counts
 * in one word with the pointer how many of them lookups were given. Whoever
 * empties the slot learns the count and gives back the rest.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"
#include "table.h"

#define SKUA_FILE_CHUNK	 4096u
#define SKUA_FILE_CHUNKS 4096u
#define SKUA_FILE_SHARE	 4096u
/* User addresses need 47 bits unless a program asks for more. */
#define SKUA_FILE_GIVEN ((uint64_t)1 << 48)
#define SKUA_FILE_PTR	(SKUA_FILE_GIVEN - 1)
/* A slot of a descriptor that the library uses for itself. */
#define SKUA_FILE_HIDDEN ((uint64_t)1)

typedef _Atomic uint64_t skua_slot;

static _Atomic(skua_slot *) chunks[SKUA_FILE_CHUNKS];

static struct skua_file *slot_file(uint64_t val)
{
	return (struct skua_file *)(uintptr_t)(val & SKUA_FILE_PTR);
}

static uint32_t slot_given(uint64_t val)
{
	return val / SKUA_FILE_GIVEN;
}

/* Of the leak sanitizer, which looks for pointers only where it is told to. */
void __lsan_register_root_region(const void *at, size_t len)
	__attribute__((weak));

/* NULL: no descriptor near this one was ever served. */
static skua_slot *find_slot(int fd)
{
	unsigned int i = (unsigned int)fd / SKUA_FILE_CHUNK;
	skua_slot *chunk;

	if (i >= SKUA_FILE_CHUNKS)
		return NULL;
	chunk = atomic_load_explicit(&chunks[i], memory_order_acquire);
	return chunk ? &chunk[(unsigned int)fd % SKUA_FILE_CHUNK] : NULL;
}

static skua_slot *make_slot(int fd)
{
	unsigned int i = (unsigned int)fd / SKUA_FILE_CHUNK;
	size_t len = SKUA_FILE_CHUNK * sizeof(skua_slot);
	skua_slot *none = NULL, *chunk;

	if (i >= SKUA_FILE_CHUNKS)
		return NULL;
	if (atomic_load(&chunks[i]))
		return find_slot(fd);
	chunk = mmap(NULL, len, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (chunk == MAP_FAILED)
		return NULL;
	if (!atomic_compare_exchange_strong(&chunks[i], &none, chunk))
		munmap(chunk, len);
	else if (__lsan_register_root_region)
		__lsan_register_root_region(chunk, len);
	return find_slot(fd);
}

static void put_refs(struct skua_file *f, uint32_t n)
{
	if (atomic_fetch_sub(&f->refs, n) == n)
		f->ops->release(f);
}

static void drop_slot(uint64_t val)
{
	if (slot_file(val) && val != SKUA_FILE_HIDDEN)
		put_refs(slot_file(val), SKUA_FILE_SHARE - slot_given(val));
}

int skua_file_install(int fd, struct skua_file *f)
{
	skua_slot *slot = make_slot(fd);

	if (!slot)
		return -EMFILE;
	atomic_store(&f->refs, SKUA_FILE_SHARE);
	drop_slot(atomic_exchange(slot, (uintptr_t)f));
	return 0;
}

int skua_file_install_dup(int fd, struct skua_file *f)
{
	skua_slot *slot = make_slot(fd);

	if (!slot)
		return -EMFILE;
	atomic_fetch_add(&f->refs, SKUA_FILE_SHARE);
	drop_slot(atomic_exchange(slot, (uintptr_t)f));
	return 0;
}

/* Take back what was given to lookups, from other references of f. */
static void refill(skua_slot *slot, struct skua_file *f)
{
	uint64_t val = atomic_load(slot);
	uint32_t given = slot_given(val);

	if (slot_file(val) != f)
		return;
	atomic_fetch_add(&f->refs, given);
	if (!atomic_compare_exchange_strong(slot, &val, val & SKUA_FILE_PTR))
		put_refs(f, given);
}

struct skua_file *skua_file_get(int fd)
{
	skua_slot *slot = find_slot(fd);
	struct skua_file *f;
	uint64_t val;

	if (!slot)
		return NULL;
	val = atomic_load_explicit(slot, memory_order_relaxed);
	do {
		/*
		 * The last one keeps f while the slot names it. That many
		 * lookups are on their way to refill().
		 */
		while (slot_given(val) == SKUA_FILE_SHARE - 1)
			val = atomic_load(slot);
		f = slot_file(val);
		if (!f || val == SKUA_FILE_HIDDEN)
			return NULL;
	} while (!atomic_compare_exchange_weak(slot, &val, val + SKUA_FILE_GIVEN));
	if (slot_given(val) >= SKUA_FILE_SHARE / 2)
		refill(slot, f);
	return f;
}

void skua_file_hold(struct skua_file *f)
{
	atomic_fetch_add(&f->refs, 1);
}

void skua_file_put(struct skua_file *f)
{
	put_refs(f, 1);
}

static void end_call(void *f)
{
	skua_file_put(f);
}

int skua_file_wait(struct skua_file *f, int fd)
{
	uint64_t count;
	ssize_t n;

	pthread_cleanup_push(end_call, f);
	/* Not by syscall(), in which nobody is cancelled. */
	n = read(fd, &count, sizeof(count));
	pthread_cleanup_pop(0);
	return n < 0 ? -errno : 0;
}

bool skua_file_close(int fd)
{
	skua_slot *slot = find_slot(fd);
	uint64_t val = slot ? atomic_load(slot) : 0;

	do {
		if (val == SKUA_FILE_HIDDEN)
			return false;
		if (!val)
			return true;
	} while (!atomic_compare_exchange_weak(slot, &val, 0));
	drop_slot(val);
	return true;
}

void skua_file_forget(int fd)
{
	skua_slot *slot = find_slot(fd);

	if (slot && atomic_load(slot))
		drop_slot(atomic_exchange(slot, 0));
}

bool skua_file_ours(int fd)
{
	skua_slot *slot = find_slot(fd);

	return slot && atomic_load(slot);
}

bool skua_file_hidden(int fd)
{
	skua_slot *slot = find_slot(fd);

	return slot && atomic_load(slot) == SKUA_FILE_HIDDEN;
}

static int kept[2] = { -1, -1 };

void skua_file_keep(int fd)
{
	kept[kept[0] >= 0] = fd;
}

bool skua_file_kept(int fd)
{
	return fd >= 0 && (fd == kept[0] || fd == kept[1]);
}

int skua_file_next_kept(int fd)
{
	int i, next = -1;

	for (i = 0; i < 2; i++) {
		if (kept[i] >= fd && (next < 0 || kept[i] < next))
			next = kept[i];
	}
	return next;
}

int skua_file_next(int fd)
{
	unsigned int n = fd;

	while (n / SKUA_FILE_CHUNK < SKUA_FILE_CHUNKS) {
		skua_slot *slot = find_slot(n);

		if (!slot)
			n = (n / SKUA_FILE_CHUNK + 1) * SKUA_FILE_CHUNK;
		else if (!atomic_load(slot))
			n++;
		else
			return n;
	}
	return -1;
}

void skua_file_settle(void)
{
	struct skua_file *f;
	int fd;

	for (fd = skua_file_next(0); fd >= 0; fd = skua_file_next(fd + 1)) {
		f = skua_file_get(fd);
		if (!f)
			continue;
		refill(find_slot(fd), f);
		skua_file_put(f);
	}
}

static ssize_t dead_write(struct skua_file *f, const void *buf, size_t len)
{
	(void)f, (void)buf, (void)len;
	return -EIO;
}

static ssize_t dead_read(struct skua_file *f, void *buf, size_t len)
{
	(void)f, (void)buf, (void)len;
	return -EIO;
}

static int dead_ioctl(struct skua_file *f, unsigned long req, void *arg)
{
	(void)f, (void)req, (void)arg;
	return -EIO;
}

static void dead_release(struct skua_file *f)
{
	(void)f;
}

static const struct skua_file_ops dead_ops = {
	.write = dead_write,
	.read = dead_read,
	.ioctl = dead_ioctl,
	.release = dead_release,
};

/* What serves the descriptors that the child of a fork inherits. */
static struct skua_file dead_file = { .ops = &dead_ops };

void skua_file_forked(void)
{
	int fd;

	for (fd = skua_file_next(0); fd >= 0; fd = skua_file_next(fd + 1)) {
		if (skua_file_hidden(fd))
			skua_file_unhide(fd);
		else
			/*
			 * No release: that is the parent's. A call in which
			 * this thread forked may still return through the file.
			 */
			atomic_store(find_slot(fd), (uintptr_t)&dead_file);
	}
}

/*
 * Above most numbers that a program names itself, yet not so high that the
 * kernel's own table of descriptors becomes large.
 */
static int hidden_base(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	if (limit.rlim_cur > 4096)
		limit.rlim_cur = 4096;
	return limit.rlim_cur - limit.rlim_cur / 4;
}

int skua_file_hide(int fd)
{
	int high = syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, hidden_base());
	skua_slot *slot;

	if (high >= 0) {
		skua_native_close(fd);
		fd = high;
	}
	slot = make_slot(fd);
	if (!slot) {
		skua_native_close(fd);
		return -EMFILE;
	}
	atomic_store(slot, SKUA_FILE_HIDDEN);
	return fd;
}

void skua_file_unhide(int fd)
{
	skua_slot *slot = find_slot(fd);

	if (slot)
		atomic_store(slot, 0);
	skua_native_close(fd);
}

ssize_t skua_native_read(int fd, void *buf, size_t len)
{
	return syscall(SYS_read, fd, buf, len);
}

ssize_t skua_native_write(int fd, const void *buf, size_t len)
{
	return syscall(SYS_write, fd, buf, len);
}

int skua_native_close(int fd)
{
	return syscall(SYS_close, fd);
}
