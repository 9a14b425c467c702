// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * aes-gcm-limit - the most that AES-GCM can protect here, one core.
 *
 * What a packet of ESP costs its cipher (RFC 4106): a nonce of its own, 8 bytes
 * of additional data, payload encrypted in place, a tag of 16 bytes. The key
 * stays, as in a security association. Packets are given to the cipher one at a
 * time and 16 at a time, by the libraries that are packaged: OpenSSL, and
 * intel-ipsec-mb by its direct functions and by its job manager. Prints one
 * JSON object: for each row MB/s (10^6) and nanoseconds of the processor's time
 * a packet, the middle of some rounds. With an argument, packets of so many
 * bytes alone.
 */
#include <endian.h>
#include <intel-ipsec-mb.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

#define BATCH	 16u
#define STRIDE	 4608u /* of packets in memory, and not a power of two */
#define AAD	 8u
#define TAG	 16u
#define ROUNDS	 7
#define ROUND_NS 10000000LL

struct packet {
	uint8_t *data;
	uint8_t nonce[12];
	uint8_t aad[AAD];
	uint8_t tag[TAG];
};

struct cipher {
	const char *name;
	void (*key)(unsigned int bits);
	void (*seal)(struct packet *p, unsigned int n, uint32_t len);
	bool (*open)(struct packet *p, unsigned int n, uint32_t len);
};

static const uint8_t secret[32] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static void fail(const char *what)
{
	fprintf(stderr, "aes-gcm-limit: %s\n", what);
	exit(1);
}

/* OpenSSL ------------------------------------------------------------------ */

static EVP_CIPHER_CTX *evp_enc, *evp_dec;

static void evp_key(unsigned int bits)
{
	const EVP_CIPHER *type = bits == 128 ? EVP_aes_128_gcm() :
					       EVP_aes_256_gcm();

	EVP_CIPHER_CTX_free(evp_enc);
	EVP_CIPHER_CTX_free(evp_dec);
	evp_enc = EVP_CIPHER_CTX_new();
	evp_dec = EVP_CIPHER_CTX_new();
	if (!EVP_EncryptInit_ex(evp_enc, type, NULL, secret, NULL) ||
	    !EVP_DecryptInit_ex(evp_dec, type, NULL, secret, NULL))
		fail("OpenSSL takes no key");
}

static void evp_seal(struct packet *p, unsigned int n, uint32_t len)
{
	int done;

	for (; n; n--, p++) {
		EVP_EncryptInit_ex(evp_enc, NULL, NULL, NULL, p->nonce);
		EVP_EncryptUpdate(evp_enc, NULL, &done, p->aad, AAD);
		EVP_EncryptUpdate(evp_enc, p->data, &done, p->data, len);
		EVP_EncryptFinal_ex(evp_enc, p->data + done, &done);
		EVP_CIPHER_CTX_ctrl(evp_enc, EVP_CTRL_AEAD_GET_TAG, TAG,
				    p->tag);
	}
}

static bool evp_open(struct packet *p, unsigned int n, uint32_t len)
{
	bool ok = true;
	int done;

	for (; n; n--, p++) {
		EVP_DecryptInit_ex(evp_dec, NULL, NULL, NULL, p->nonce);
		EVP_DecryptUpdate(evp_dec, NULL, &done, p->aad, AAD);
		EVP_DecryptUpdate(evp_dec, p->data, &done, p->data, len);
		EVP_CIPHER_CTX_ctrl(evp_dec, EVP_CTRL_AEAD_SET_TAG, TAG,
				    p->tag);
		ok &= EVP_DecryptFinal_ex(evp_dec, p->data + done, &done) > 0;
	}
	return ok;
}

/* intel-ipsec-mb ----------------------------------------------------------- */

static IMB_MGR *mgr;
static struct gcm_key_data mb_schedule __attribute__((aligned(64)));
static aes_gcm_enc_dec_t mb_enc, mb_dec;
static IMB_KEY_SIZE_BYTES mb_key_len;

static void mb_key(unsigned int bits)
{
	if (!mgr) {
		mgr = alloc_mb_mgr(0);
		if (!mgr)
			fail("no manager of intel-ipsec-mb");
		init_mb_mgr_auto(mgr, NULL);
	}
	if (bits == 128) {
		IMB_AES128_GCM_PRE(mgr, secret, &mb_schedule);
		mb_enc = mgr->gcm128_enc;
		mb_dec = mgr->gcm128_dec;
		mb_key_len = IMB_KEY_128_BYTES;
	} else {
		IMB_AES256_GCM_PRE(mgr, secret, &mb_schedule);
		mb_enc = mgr->gcm256_enc;
		mb_dec = mgr->gcm256_dec;
		mb_key_len = IMB_KEY_256_BYTES;
	}
}

static void mb_seal(struct packet *p, unsigned int n, uint32_t len)
{
	struct gcm_context_data ctx;

	for (; n; n--, p++)
		mb_enc(&mb_schedule, &ctx, p->data, p->data, len, p->nonce,
		       p->aad, AAD, p->tag, TAG);
}

static bool mb_open(struct packet *p, unsigned int n, uint32_t len)
{
	struct gcm_context_data ctx;
	uint8_t tag[TAG];
	bool ok = true;

	for (; n; n--, p++) {
		mb_dec(&mb_schedule, &ctx, p->data, p->data, len, p->nonce,
		       p->aad, AAD, tag, TAG);
		ok &= !memcmp(tag, p->tag, TAG);
	}
	return ok;
}

static void jobs(struct packet *p, unsigned int n, uint32_t len, bool seal,
		 uint8_t tag[][TAG])
{
	IMB_JOB *job[BATCH];
	unsigned int i;

	if (IMB_GET_NEXT_BURST(mgr, n, job) != n)
		fail("no jobs");
	for (i = 0; i < n; i++) {
		job[i]->cipher_mode = IMB_CIPHER_GCM;
		job[i]->hash_alg = IMB_AUTH_AES_GMAC;
		job[i]->cipher_direction = seal ? IMB_DIR_ENCRYPT :
						  IMB_DIR_DECRYPT;
		job[i]->chain_order = seal ? IMB_ORDER_CIPHER_HASH :
					     IMB_ORDER_HASH_CIPHER;
		job[i]->enc_keys = &mb_schedule;
		job[i]->dec_keys = &mb_schedule;
		job[i]->key_len_in_bytes = mb_key_len;
		job[i]->src = p[i].data;
		job[i]->dst = p[i].data;
		job[i]->cipher_start_src_offset_in_bytes = 0;
		job[i]->hash_start_src_offset_in_bytes = 0;
		job[i]->msg_len_to_cipher_in_bytes = len;
		job[i]->msg_len_to_hash_in_bytes = len;
		job[i]->iv = p[i].nonce;
		job[i]->iv_len_in_bytes = sizeof(p->nonce);
		job[i]->u.GCM.aad = p[i].aad;
		job[i]->u.GCM.aad_len_in_bytes = AAD;
		job[i]->auth_tag_output = tag[i];
		job[i]->auth_tag_output_len_in_bytes = TAG;
		imb_set_session(mgr, job[i]);
	}
	if (IMB_SUBMIT_BURST_NOCHECK(mgr, n, job) != n)
		fail("jobs of intel-ipsec-mb wait for others");
}

static void job_seal(struct packet *p, unsigned int n, uint32_t len)
{
	uint8_t tag[BATCH][TAG];
	unsigned int i;

	jobs(p, n, len, true, tag);
	for (i = 0; i < n; i++)
		memcpy(p[i].tag, tag[i], TAG);
}

static bool job_open(struct packet *p, unsigned int n, uint32_t len)
{
	uint8_t tag[BATCH][TAG];
	bool ok = true;
	unsigned int i;

	jobs(p, n, len, false, tag);
	for (i = 0; i < n; i++)
		ok &= !memcmp(p[i].tag, tag[i], TAG);
	return ok;
}

#define LIBRARIES 3u

static const struct cipher ciphers[LIBRARIES] = {
	{ "openssl", evp_key, evp_seal, evp_open },
	{ "ipsec-mb", mb_key, mb_seal, mb_open },
	{ "ipsec-mb jobs", mb_key, job_seal, job_open },
};

/* Rounds ------------------------------------------------------------------- */

static void next_nonces(struct packet *p, unsigned int n, uint64_t *iv)
{
	uint64_t be;

	for (; n; n--, p++) {
		be = htobe64(++*iv);
		memcpy(p->nonce + 4, &be, sizeof(be));
	}
}

/*
 * ns a packet. What is opened is no packet, and found to be none when all the
 * work is done: it costs the same.
 */
static double one_round(const struct cipher *c, struct packet *p,
			unsigned int n, uint32_t len, bool seal)
{
	int64_t start = thread_ns(), spent;
	uint64_t packets = 0, iv = 0;
	unsigned int i;

	do {
		for (i = 0; i < 256; i += n) {
			next_nonces(p, n, &iv);
			if (seal)
				c->seal(p, n, len);
			else
				c->open(p, n, len);
		}
		packets += i;
		spent = thread_ns() - start;
	} while (spent < ROUND_NS);
	return spent / (double)packets;
}

/*
 * A round for each library by turns, for a processor's clock is not the same
 * all the time.
 */
static void rows(struct packet *p, unsigned int bits, uint32_t len,
		 unsigned int n, bool seal)
{
	static const char *between = "";
	double ns[LIBRARIES][ROUNDS];
	unsigned int i, round;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < LIBRARIES; i++) {
			ciphers[i].key(bits);
			ns[i][round] = one_round(&ciphers[i], p, n, len, seal);
		}
	}
	for (i = 0; i < LIBRARIES; i++) {
		qsort(ns[i], ROUNDS, sizeof(**ns), by_value);
		printf("%s\n{\"library\": \"%s\", \"key\": %u, \"bytes\": %u,"
		       " \"batch\": %u, \"op\": \"%s\", \"MB/s\": %.0f,"
		       " \"ns\": %.1f}", between, ciphers[i].name, bits, len, n,
		       seal ? "seal" : "open", len * 1e3 / ns[i][ROUNDS / 2],
		       ns[i][ROUNDS / 2]);
		between = ",";
	}
}

/* All of them say the same before any is measured. */
static void compare(struct packet *p, unsigned int bits)
{
	uint8_t tag[TAG];
	unsigned int i;

	for (i = 0; i < LIBRARIES; i++) {
		memset(p->data, 7, 100);
		ciphers[i].key(bits);
		ciphers[i].seal(p, 1, 100);
		if (i && memcmp(tag, p->tag, TAG))
			fail("the libraries disagree");
		memcpy(tag, p->tag, TAG);
		if (!ciphers[i].open(p, 1, 100) || p->data[99] != 7)
			fail("what was sealed does not open");
	}
}

/* Of one length, or with 0 of some. */
static void all_rows(struct packet *p, unsigned int bits, uint32_t len)
{
	static const uint32_t bytes[] = { 64, 256, 1024, 4096 };
	unsigned int i;

	for (i = 0; i < sizeof(bytes) / sizeof(*bytes); i++) {
		if (len && len != bytes[i])
			continue;
		rows(p, bits, bytes[i], 1, true);
		rows(p, bits, bytes[i], BATCH, true);
		rows(p, bits, bytes[i], 1, false);
		rows(p, bits, bytes[i], BATCH, false);
	}
}

int main(int argc, char **argv)
{
	uint32_t len = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	struct packet p[BATCH] = { 0 };
	uint8_t *memory = aligned_alloc(64, BATCH * STRIDE);
	unsigned int i;

	if (!memory)
		fail("no memory");
	memset(memory, 1, BATCH * STRIDE);
	for (i = 0; i < BATCH; i++)
		p[i].data = memory + i * STRIDE;
	compare(p, 128);
	compare(p, 256);
	printf("{\"rows\": [");
	all_rows(p, 128, len);
	all_rows(p, 256, len);
	printf("\n]}\n");
	return 0;
}
