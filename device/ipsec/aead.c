// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The direct functions of intel-ipsec-mb, a call a packet. Its job manager, and
 * OpenSSL, cost more by a constant that is worth several small packets.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <intel-ipsec-mb.h>

#include "ipsec/aead.h"

#define NONCE (SKUA_AEAD_SALT + SKUA_AEAD_IV)
struct skua_aead {
	aes_gcm_enc_dec_t seal, open;
	uint8_t salt[SKUA_AEAD_SALT];
	uint8_t icv;
	struct gcm_key_data schedule __attribute__((aligned(64)));
};

/* Of it what most processors use: AES rounds, and powers of H. */
#define HOT_BYTES                                            \
	(offsetof(struct skua_aead, schedule) +              \
	 sizeof(((struct gcm_key_data *)0)->expanded_keys) + \
	 sizeof(((struct gcm_key_data *)0)->ghash_keys.avx2_avx512))

/* Of the pool as much has pages of the usual size. */
#define SMALL_BYTES (2u << 20)

struct skua_aead_pool {
	IMB_MGR *mgr;
	struct skua_aead *slot;
	uint32_t *free; /* stack of slots that were used before */
	uint32_t nfree, high, max;
};

static struct skua_aead *map_slots(uint32_t max)
{
	size_t size = (size_t)max * sizeof(struct skua_aead);
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	if (madvise(p, size, MADV_DONTDUMP)) {
		munmap(p, size);
		return NULL;
	}
	/*
	 * Many keys are in more pages than a TLB has entries; for those that
	 * come first huge ones would be a waste. It is no matter if there are none.
	 */
	if (size > SMALL_BYTES)
		madvise((char *)p + SMALL_BYTES, size - SMALL_BYTES,
			MADV_HUGEPAGE);
	return p;
}

int skua_aead_pool_create(uint32_t max, struct skua_aead_pool **pool)
{
	struct skua_aead_pool *p;

	if (!max)
		return -EINVAL;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->max = max;
	p->slot = map_slots(max);
	p->free = calloc(max, sizeof(*p->free));
	p->mgr = alloc_mb_mgr(0);
	if (!p->slot || !p->free || !p->mgr) {
		skua_aead_pool_destroy(p);
		return -ENOMEM;
	}
	init_mb_mgr_auto(p->mgr, NULL);
	if (imb_get_errno(p->mgr)) {
		skua_aead_pool_destroy(p);
		return -EOPNOTSUPP;
	}
	*pool = p;
	return 0;
}

void skua_aead_pool_destroy(struct skua_aead_pool *p)
{
	if (!p)
		return;
	if (p->slot) {
		explicit_bzero(p->slot, (size_t)p->high * sizeof(*p->slot));
		munmap(p->slot, (size_t)p->max * sizeof(*p->slot));
	}
	if (p->mgr)
		free_mb_mgr(p->mgr);
	free(p->free);
	free(p);
}

static int set_key(IMB_MGR *mgr, const uint8_t *key, uint32_t len,
		   struct skua_aead *a)
{
	switch (len) {
	case IMB_KEY_128_BYTES:
		mgr->gcm128_pre(key, &a->schedule);
		a->seal = mgr->gcm128_enc;
		a->open = mgr->gcm128_dec;
		return 0;
	case IMB_KEY_192_BYTES:
		mgr->gcm192_pre(key, &a->schedule);
		a->seal = mgr->gcm192_enc;
		a->open = mgr->gcm192_dec;
		return 0;
	case IMB_KEY_256_BYTES:
		mgr->gcm256_pre(key, &a->schedule);
		a->seal = mgr->gcm256_enc;
		a->open = mgr->gcm256_dec;
		return 0;
	default:
		return -EINVAL;
	}
}

int skua_aead_create(struct skua_aead_pool *p, const uint8_t *material,
		     uint32_t len, uint8_t icv, struct skua_aead **aead)
{
	struct skua_aead *a;
	uint32_t i;

	if (len < SKUA_AEAD_SALT || (icv != 8 && icv != 12 && icv != 16))
		return -EINVAL;
	if (!p->nfree && p->high == p->max)
		return -ENOSPC;
	i = p->nfree ? p->free[p->nfree - 1] : p->high;
	a = &p->slot[i];
	len -= SKUA_AEAD_SALT;
	if (set_key(p->mgr, material, len, a))
		return -EINVAL;
	memcpy(a->salt, material + len, sizeof(a->salt));
	a->icv = icv;
	if (p->nfree)
		p->nfree--;
	else
		p->high++;
	*aead = a;
	return 0;
}

void skua_aead_destroy(struct skua_aead_pool *p, struct skua_aead *a)
{
	if (!a)
		return;
	explicit_bzero(a, sizeof(*a));
	p->free[p->nfree++] = a - p->slot;
}

void skua_aead_prefetch(const struct skua_aead *aead)
{
	const char *at = (const char *)aead;
	unsigned int i;

	for (i = 0; i < HOT_BYTES; i += 64)
		__builtin_prefetch(at + i);
}

/* The next key, while this one works. */
static void prefetch(const struct skua_aead_job *job, unsigned int left)
{
	if (left > 1 && job[1].aead != job[0].aead)
		skua_aead_prefetch(job[1].aead);
}

static void set_nonce(uint8_t nonce[NONCE], const struct skua_aead_job *job)
{
	memcpy(nonce, job->aead->salt, SKUA_AEAD_SALT);
	memcpy(nonce + SKUA_AEAD_SALT, job->iv, SKUA_AEAD_IV);
}

void skua_aead_seal(struct skua_aead_job *job, unsigned int n)
{
	struct gcm_context_data ctx;
	uint8_t nonce[NONCE];

	for (; n; n--, job++) {
		const struct skua_aead *a = job->aead;

		prefetch(job, n);
		set_nonce(nonce, job);
		a->seal(&a->schedule, &ctx, job->dst, job->src, job->len, nonce,
			job->aad, job->aad_len, job->icv, a->icv);
	}
	explicit_bzero(&ctx, sizeof(ctx));
}

static uint64_t differ8(const uint8_t *a, const uint8_t *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x ^ y;
}

/* Of 8 to 16 bytes the first eight and the last; no branch before both. */
static bool same_tag(const uint8_t *a, const uint8_t *b, uint8_t len)
{
	return !(differ8(a, b) | differ8(a + len - 8, b + len - 8));
}

void skua_aead_open(struct skua_aead_job *job, unsigned int n)
{
	uint8_t nonce[NONCE], tag[SKUA_AEAD_MAX_ICV];
	struct gcm_context_data ctx;

	for (; n; n--, job++) {
		const struct skua_aead *a = job->aead;

		prefetch(job, n);
		set_nonce(nonce, job);
		a->open(&a->schedule, &ctx, job->dst, job->src, job->len, nonce,
			job->aad, job->aad_len, tag, a->icv);
		job->ok = same_tag(tag, job->icv, a->icv);
		if (!job->ok)
			memset(job->dst, 0, job->len);
	}
	explicit_bzero(&ctx, sizeof(ctx));
	explicit_bzero(tag, sizeof(tag));
}
