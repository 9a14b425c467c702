// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The direct functions of intel-ipsec-mb, a call a packet. Its job manager, and
 * OpenSSL, cost more by a constant that is worth several small packets.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <intel-ipsec-mb.h>

#include "ipsec/aead.h"

#define LINE  64u
#define NONCE (SKUA_AEAD_SALT + SKUA_AEAD_IV)

struct skua_aead {
	aes_gcm_enc_dec_t seal, open;
	uint8_t salt[SKUA_AEAD_SALT];
	uint8_t icv;
	struct gcm_key_data schedule __attribute__((aligned(LINE)));
};

struct skua_aead_cipher {
	IMB_MGR *mgr;
};

/*
 * What this processor uses of a key: its rounds, and as many powers of H as it
 * multiplies by at a time. The same for all keys of a process.
 */
static size_t hot_bytes = sizeof(struct skua_aead);

static size_t hot_bytes_of(const IMB_MGR *mgr)
{
	const uint64_t wide = IMB_FEATURE_VAES | IMB_FEATURE_AVX512_SKX;
	const struct gcm_key_data *schedule = NULL;

	if ((mgr->features & wide) == wide)
		return offsetof(struct skua_aead, schedule.ghash_keys) +
		       sizeof(schedule->ghash_keys.vaes_avx512);
	return offsetof(struct skua_aead, schedule.ghash_keys) +
	       sizeof(schedule->ghash_keys.avx2_avx512);
}

size_t skua_aead_size(void)
{
	return sizeof(struct skua_aead);
}

int skua_aead_cipher_create(struct skua_aead_cipher **cipher)
{
	struct skua_aead_cipher *c = calloc(1, sizeof(*c));
	int err = -ENOMEM;

	if (!c)
		return err;
	c->mgr = alloc_mb_mgr(0);
	if (c->mgr) {
		init_mb_mgr_auto(c->mgr, NULL);
		err = imb_get_errno(c->mgr) ? -EOPNOTSUPP : 0;
		hot_bytes = hot_bytes_of(c->mgr);
	}
	if (err)
		skua_aead_cipher_destroy(c);
	else
		*cipher = c;
	return err;
}

void skua_aead_cipher_destroy(struct skua_aead_cipher *c)
{
	if (!c)
		return;
	if (c->mgr)
		free_mb_mgr(c->mgr);
	free(c);
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

int skua_aead_set(const struct skua_aead_cipher *c, struct skua_aead *a,
		  const uint8_t *material, uint32_t len, uint8_t icv)
{
	if (len < SKUA_AEAD_SALT || (icv != 8 && icv != 12 && icv != 16))
		return -EINVAL;
	len -= SKUA_AEAD_SALT;
	if (set_key(c->mgr, material, len, a))
		return -EINVAL;
	memcpy(a->salt, material + len, sizeof(a->salt));
	a->icv = icv;
	return 0;
}

void skua_aead_prefetch(const struct skua_aead *aead)
{
	const char *at = (const char *)aead;
	size_t i;

	for (i = 0; i < hot_bytes; i += LINE)
		__builtin_prefetch(at + i);
}

/*
 * A key is as much as a processor can wait for at a time: the next one comes while
 * the cipher is busy with this.
 */
static void expect_next(const struct skua_aead_job *job, unsigned int n)
{
	if (n > 1 && job[1].aead != job->aead)
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

		set_nonce(nonce, job);
		expect_next(job, n);
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

		set_nonce(nonce, job);
		expect_next(job, n);
		a->open(&a->schedule, &ctx, job->dst, job->src, job->len, nonce,
			job->aad, job->aad_len, tag, a->icv);
		job->ok = same_tag(tag, job->icv, a->icv);
		if (!job->ok)
			memset(job->dst, 0, job->len);
	}
	explicit_bzero(&ctx, sizeof(ctx));
	explicit_bzero(tag, sizeof(tag));
}
