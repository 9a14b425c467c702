// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The direct functions of intel-ipsec-mb, a call a packet. Its job manager, and
 * OpenSSL, cost more by a constant that is worth several small packets.
 */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include <intel-ipsec-mb.h>

#include "ipsec/aead.h"

#define LINE  64u
#define NONCE (SKUA_AEAD_SALT + SKUA_AEAD_IV)

struct skua_aead_key {
	struct gcm_key_data schedule;
} __attribute__((aligned(LINE)));

/* What the library has for this processor, by struct skua_aead.cipher. */
static struct {
	pthread_mutex_t lock;
	bool known;
	struct {
		aes_gcm_pre_t set;
		aes_gcm_enc_dec_t seal, open;
	} cipher[3];
	/*
	 * What it uses of a key: its rounds, and as many powers of H as it
	 * multiplies by at a time.
	 */
	size_t hot_bytes;
	size_t part_bytes; /* of these, in whole lines */
} lib = { .lock = PTHREAD_MUTEX_INITIALIZER };

static size_t hot_bytes_of(const IMB_MGR *mgr)
{
	const uint64_t wide = IMB_FEATURE_VAES | IMB_FEATURE_AVX512_SKX;
	const struct gcm_key_data *schedule = NULL;

	if ((mgr->features & wide) == wide)
		return offsetof(struct gcm_key_data, ghash_keys) +
		       sizeof(schedule->ghash_keys.vaes_avx512);
	return offsetof(struct gcm_key_data, ghash_keys) +
	       sizeof(schedule->ghash_keys.avx2_avx512);
}

static size_t part_of(size_t bytes)
{
	size_t lines = (bytes + LINE - 1) / LINE;

	return (lines + SKUA_AEAD_PARTS - 1) / SKUA_AEAD_PARTS * LINE;
}

static int learn(void)
{
	IMB_MGR *mgr = alloc_mb_mgr(0);
	int err;

	if (!mgr)
		return -ENOMEM;
	init_mb_mgr_auto(mgr, NULL);
	err = imb_get_errno(mgr) ? -EOPNOTSUPP : 0;
	if (!err) {
		lib.cipher[0].set = mgr->gcm128_pre;
		lib.cipher[0].seal = mgr->gcm128_enc;
		lib.cipher[0].open = mgr->gcm128_dec;
		lib.cipher[1].set = mgr->gcm192_pre;
		lib.cipher[1].seal = mgr->gcm192_enc;
		lib.cipher[1].open = mgr->gcm192_dec;
		lib.cipher[2].set = mgr->gcm256_pre;
		lib.cipher[2].seal = mgr->gcm256_enc;
		lib.cipher[2].open = mgr->gcm256_dec;
		lib.hot_bytes = hot_bytes_of(mgr);
		lib.part_bytes = part_of(lib.hot_bytes);
	}
	free_mb_mgr(mgr);
	return err;
}

int skua_aead_init(void)
{
	int err = 0;

	pthread_mutex_lock(&lib.lock);
	if (!lib.known)
		err = learn();
	if (!err)
		lib.known = true;
	pthread_mutex_unlock(&lib.lock);
	return err;
}

size_t skua_aead_key_size(void)
{
	return sizeof(struct skua_aead_key);
}

int skua_aead_set(struct skua_aead *a, struct skua_aead_key *key,
		  const uint8_t *material, uint32_t len, uint8_t icv)
{
	static const uint32_t lens[] = { IMB_KEY_128_BYTES, IMB_KEY_192_BYTES,
					 IMB_KEY_256_BYTES };
	uint8_t i = 0;

	if (icv != 8 && icv != 12 && icv != 16)
		return -EINVAL;
	while (i < 3 && len != lens[i] + SKUA_AEAD_SALT)
		i++;
	if (i == 3)
		return -EINVAL;
	lib.cipher[i].set(material, &key->schedule);
	memcpy(a->salt, material + lens[i], sizeof(a->salt));
	a->icv = icv;
	a->cipher = i;
	return 0;
}

void skua_aead_prefetch(const struct skua_aead_key *key)
{
	const char *at = (const char *)key;
	size_t i;

	for (i = 0; i < lib.hot_bytes; i += LINE)
		__builtin_prefetch(at + i);
}

void skua_aead_prefetch_part(const struct skua_aead_key *key, unsigned int part)
{
	size_t i = part * lib.part_bytes, end = i + lib.part_bytes;
	const char *at = (const char *)key;

	for (; i < end && i < lib.hot_bytes; i += LINE)
		__builtin_prefetch(at + i, 0, 2);
}

/*
 * A key is as much as a processor can wait for at a time: the next one comes while
 * the cipher is busy with this.
 */
static void expect_next(const struct skua_aead_job *job, unsigned int n)
{
	if (n > 1 && job[1].key != job->key)
		skua_aead_prefetch(job[1].key);
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
		lib.cipher[a->cipher].seal(&job->key->schedule, &ctx, job->dst,
					   job->src, job->len, nonce, job->aad,
					   job->aad_len, job->icv, a->icv);
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
		lib.cipher[a->cipher].open(&job->key->schedule, &ctx, job->dst,
					   job->src, job->len, nonce, job->aad,
					   job->aad_len, tag, a->icv);
		job->ok = same_tag(tag, job->icv, a->icv);
		if (!job->ok)
			memset(job->dst, 0, job->len);
	}
	explicit_bzero(&ctx, sizeof(ctx));
	explicit_bzero(tag, sizeof(tag));
}
