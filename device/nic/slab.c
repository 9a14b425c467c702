// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, size)   ((void)(p), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(p, size) ((void)(p), (void)(size))
#endif

#include "slab.h"

#define LINE 64u
/* Of huge pages, which so many bytes of objects are worth. */
#define HUGE	  (2ull << 20)
#define HUGE_FROM (256u << 10)

static size_t whole(const struct skua_slab *s)
{
	return (s->size * s->max + HUGE - 1) & ~(HUGE - 1);
}

/* As much as that, where a huge page can begin. */
static char *map(size_t bytes)
{
	size_t before;
	char *p = mmap(NULL, bytes + HUGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)p & (HUGE - 1);
	if (before)
		munmap(p, before);
	munmap(p + before + bytes, HUGE - before);
	return p + before;
}

int skua_slab_init(struct skua_slab *s, size_t size, uint32_t max, bool secret)
{
	*s = (struct skua_slab){
		.size = (size + LINE - 1) & ~(size_t)(LINE - 1),
		.max = max,
	};
	s->free = calloc(max, sizeof(*s->free));
	s->base = s->free ? map(whole(s)) : NULL;
	if (s->base && !(secret && madvise(s->base, whole(s), MADV_DONTDUMP)))
		return 0;
	skua_slab_fini(s);
	return -ENOMEM;
}

void skua_slab_fini(struct skua_slab *s)
{
	if (s->base) {
		ASAN_UNPOISON_MEMORY_REGION(s->base, s->size * s->high);
		explicit_bzero(s->base, s->size * s->high);
		munmap(s->base, whole(s));
	}
	free(s->free);
	*s = (struct skua_slab){ 0 };
}

/* It does not matter if there are none, or the kernel cannot join pages now. */
static void use_huge_pages(struct skua_slab *s)
{
	s->huge = true;
	if (madvise(s->base, whole(s), MADV_HUGEPAGE))
		return;
#ifdef MADV_COLLAPSE
	madvise(s->base, HUGE, MADV_COLLAPSE);
#endif
}

void *skua_slab_get(struct skua_slab *s)
{
	char *object;
	uint32_t i;

	if (!s->nfree && s->high == s->max)
		return NULL;
	if (!s->huge && s->size * s->high >= HUGE_FROM)
		use_huge_pages(s);
	i = s->nfree ? s->free[--s->nfree] : s->high++;
	object = s->base + i * s->size;
	ASAN_UNPOISON_MEMORY_REGION(object, s->size);
	return object;
}

void skua_slab_put(struct skua_slab *s, void *object)
{
	if (!object)
		return;
	explicit_bzero(object, s->size);
	ASAN_POISON_MEMORY_REGION(object, s->size);
	s->free[s->nfree++] = ((char *)object - s->base) / s->size;
}
