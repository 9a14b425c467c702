/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * AES-GCM as ESP uses it (RFC 4106), by intel-ipsec-mb: keys, and batches of
 * packets that are sealed or opened. perf/aes_gcm_limit.c says why this
 * library.
 *
 * Where a key schedule lies is the caller's choice: it should be in no core file,
 * and be wiped when it is not needed any more, and so should the little that is
 * known besides. Nothing here gives a key back.
 */
#ifndef SKUA_IPSEC_AEAD_H
#define SKUA_IPSEC_AEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 4106 4 and 8.1: a nonce is the salt, of the key material, and the IV. */
#define SKUA_AEAD_SALT	  4u
#define SKUA_AEAD_IV	  8u
#define SKUA_AEAD_MAX_KEY (32u + SKUA_AEAD_SALT)
#define SKUA_AEAD_MAX_ICV 16u

/* A key schedule: many lines of the cache, that who has many keys waits for. */
struct skua_aead_key;

/* And what else belongs to the key, small enough to lie beside other things. */
struct skua_aead {
	uint8_t salt[SKUA_AEAD_SALT];
	uint8_t icv;	/* bytes of each tag that are used */
	uint8_t cipher; /* for aead.c */
};

/*
 * Before anything else: find the cipher for this processor. 0, also if that is done,
 * or -ENOMEM, or -EOPNOTSUPP: the processor has not got the instructions that the
 * library wants.
 */
int skua_aead_init(void);

/* Bytes of a key schedule, which begins a line of the cache. */
size_t skua_aead_key_size(void);

/*
 * Make a key of len bytes of key material, an AES key of 16, 24 or 32 bytes and
 * behind it the salt, as the kernel's rfc4106(gcm(aes)) has it; icv bytes of each
 * tag are used: 8, 12 or 16. The material stays the caller's, who wipes it. 0, or
 * -EINVAL: a length.
 */
int skua_aead_set(struct skua_aead *aead, struct skua_aead_key *key,
		  const uint8_t *material, uint32_t len, uint8_t icv);

/* A packet of this key is next: with many keys it is not in the nearest cache yet. */
void skua_aead_prefetch(const struct skua_aead_key *key);

/*
 * One will be, later: part 0 to SKUA_AEAD_PARTS - 1 of it comes a cache nearer. At
 * a time a processor waits for few lines, so the parts are for between other work.
 * The key may be gone: nobody reads it.
 */
#define SKUA_AEAD_PARTS 3u
void skua_aead_prefetch_part(const struct skua_aead_key *key, unsigned int part);

/*
 * A packet for the cipher. All of it is the caller's, at any address: src and
 * dst are the same, or do not overlap.
 */
struct skua_aead_job {
	const struct skua_aead *aead;
	const struct skua_aead_key *key;
	const uint8_t *src;
	uint8_t *dst;
	uint32_t len; /* bytes at both */
	uint32_t aad_len;
	const uint8_t *aad; /* what is authenticated besides */
	const uint8_t *iv;  /* SKUA_AEAD_IV bytes */
	uint8_t *icv;	    /* written by seal, compared by open */
	bool ok;	    /* set by open */
};

/*
 * Encrypt n packets, and write their ICVs. Who calls sees to it that no IV is
 * ever used twice with a key: GCM has no secrets left after that.
 */
void skua_aead_seal(struct skua_aead_job *job, unsigned int n);

/*
 * Decrypt n packets. The bytes at src may be others' to write: each is read once
 * (tests/unit/ipsec_aead.c), so that what is authentic is what is at dst. A packet
 * whose ICV is wrong has ok false, and zeroes where its text would be. How long a
 * comparison takes does not depend on the bytes.
 */
void skua_aead_open(struct skua_aead_job *job, unsigned int n);

#endif /* SKUA_IPSEC_AEAD_H */
