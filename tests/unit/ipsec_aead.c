// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * AES-GCM by vectors: the test cases of "The Galois/Counter Mode of Operation
 * (GCM)", McGrew and Viega, appendix B, that have IVs of 96 bits, and those of
 * draft-mcgrew-gcm-test-01, section 4, which are made as RFC 4106 says.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipsec/aead.h"
#include "ipsec_hex.h"

#define MAX 128u

/* key || salt, IV, additional data, text, encrypted text, tag */
static const struct vector {
	const char *material, *iv, *aad, *text, *cipher, *tag;
} vectors[] = {
#define ZERO8  "00000000"
#define ZERO32 ZERO8 ZERO8 ZERO8 ZERO8
#define ZERO64 ZERO32 ZERO32
#define KEY "feffe9928665731c6d6a8f9467308308"
#define SALT "cafebabe"
#define IV "facedbaddecaf888"
#define AAD "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define TEXT60 \
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" \
	"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define CIPHER128 \
	"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e" \
	"21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
#define CIPHER192 \
	"3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c" \
	"7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710"
#define CIPHER256 \
	"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" \
	"8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
	/* GCM: cases 1 to 4, 7 to 10, 13 to 16 */
	{ ZERO32 ZERO8, ZERO8 ZERO8, "", "", "",
	  "58e2fccefa7e3061367f1d57a4e7455a" },
	{ ZERO32 ZERO8, ZERO8 ZERO8, "", ZERO32,
	  "0388dace60b6a392f328c2b971b2fe78",
	  "ab6e47d42cec13bdf53a67b21257bddf" },
	{ KEY SALT, IV, "", TEXT60 "1aafd255", CIPHER128 "473f5985",
	  "4d5c2af327cd64a62cf35abd2ba6fab4" },
	{ KEY SALT, IV, AAD, TEXT60, CIPHER128,
	  "5bc94fbc3221a5db94fae95ae7121a47" },
	{ ZERO32 ZERO8 ZERO8 ZERO8, ZERO8 ZERO8, "", "", "",
	  "cd33b28ac773f74ba00ed1f312572435" },
	{ ZERO32 ZERO8 ZERO8 ZERO8, ZERO8 ZERO8, "", ZERO32,
	  "98e7247c07f0fe411c267e4384b0f600",
	  "2ff58d80033927ab8ef4d4587514f0fb" },
	{ KEY "feffe9928665731c" SALT, IV, "", TEXT60 "1aafd255",
	  CIPHER192 "acade256", "9924a7c8587336bfb118024db8674a14" },
	{ KEY "feffe9928665731c" SALT, IV, AAD, TEXT60, CIPHER192,
	  "2519498e80f1478f37ba55bd6d27618c" },
	{ ZERO64 ZERO8, ZERO8 ZERO8, "", "", "",
	  "530f8afbc74536b9a963b4f1c4cb738b" },
	{ ZERO64 ZERO8, ZERO8 ZERO8, "", ZERO32,
	  "cea7403d4d606b6e074ec5d3baf39d18",
	  "d0d1c8a799996bf0265b98b5d48ab919" },
	{ KEY KEY SALT, IV, "", TEXT60 "1aafd255", CIPHER256 "898015ad",
	  "b094dac5d93471bdec1a502270e3cc6c" },
	{ KEY KEY SALT, IV, AAD, TEXT60, CIPHER256,
	  "76fc6ece0f4e1768cddf8853bb2d551b" },
	/* ESP: with ESN, of 192 bits, of 256 bits, no payload */
	{ "4c80cdefbb5d10da906ac73c3613a6342e443b68", "4956ed7e3b244cfe",
	  "000043218765432100000000",
	  "45000048699a000080114db7c0a80102c0a801010a9bf15638d3010000010000"
	  "00000000045f736970045f756470037369700963796265726369747902646b00"
	  "0021000101020201",
	  "fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34"
	  "cfa2436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce"
	  "61bc17d768fd9732",
	  "459018148f6cbe722fd04796562dfdb4" },
	{ KEY "feffe9928665731c" SALT, IV, "0000a5f80000000a",
	  "45000028a4ad4000400678800a01038f0a010612802306b8cb712602dd6bb03e"
	  "501016d075680001",
	  "a5b1f8066029aea40e598b8122de02420938b3ab33f828e687b8858b5bfbdbd0"
	  "315b27452144cc77",
	  "95457b9652037f5318027b5b4cd7a636" },
	{ "abbccddef00112233445566778899aababbccddef00112233445566778899aab"
	  "11223344", "0102030405060708", "4a2cbfe300000002",
	  "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee000000000"
	  "7002400020bf0000020405b40101040201020201",
	  "ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763"
	  "748a637985771d347f0545659f14e99def842d8e",
	  "b335f4eecfdbf831824b4c4915956c96" },
	{ "7d773d00c144c525ac619d18c84a3f47d9664267", "43457e9182443bc6",
	  "335467aeffffffff", "01020201", "437f866b",
	  "cb3f699fe9b0822bac961c4504bef270" },
};

#define VECTORS (sizeof(vectors) / sizeof(*vectors))

static int begin(void **state)
{
	(void)state;
	return skua_aead_init();
}

static struct skua_aead_key *new_key(void)
{
	size_t line = 64, size = (skua_aead_key_size() + line - 1) & ~(line - 1);
	struct skua_aead_key *key = aligned_alloc(line, size);

	assert_non_null(key);
	return key;
}

static struct skua_aead_key *key(const char *digits, uint8_t icv,
				 struct skua_aead *aead)
{
	uint8_t material[SKUA_AEAD_MAX_KEY];
	uint32_t len = ipsec_hex(digits, material, sizeof(material));
	struct skua_aead_key *key = new_key();

	assert_int_equal(skua_aead_set(aead, key, material, len, icv), 0);
	return key;
}

/* The bytes of a vector, and a job on them. */
struct bytes {
	uint8_t iv[SKUA_AEAD_IV], aad[MAX], text[MAX], cipher[MAX], tag[16];
	uint8_t dst[MAX], icv[16];
	struct skua_aead aead;
	struct skua_aead_job job;
};

static void unpack(const struct vector *v, uint8_t icv, bool in_place,
		   struct bytes *b)
{
	memset(b, 0, sizeof(*b));
	ipsec_hex(v->iv, b->iv, sizeof(b->iv));
	ipsec_hex(v->cipher, b->cipher, MAX);
	ipsec_hex(v->tag, b->tag, 16);
	memset(b->icv, 0xee, sizeof(b->icv));
	b->job = (struct skua_aead_job){
		.aead = &b->aead,
		.key = key(v->material, icv, &b->aead),
		.src = in_place ? b->dst : b->text,
		.dst = b->dst,
		.len = ipsec_hex(v->text, b->text, MAX),
		.aad_len = ipsec_hex(v->aad, b->aad, MAX),
		.aad = b->aad,
		.iv = b->iv,
		.icv = b->icv,
	};
	if (in_place)
		memcpy(b->dst, b->text, MAX);
}

static void sealed(const struct bytes *b, uint8_t icv)
{
	static const uint8_t untouched[16] = { [0 ... 15] = 0xee };

	assert_memory_equal(b->dst, b->cipher, b->job.len);
	assert_memory_equal(b->icv, b->tag, icv);
	assert_memory_equal(b->icv + icv, untouched, 16 - icv);
}

static void opened(struct bytes *b)
{
	assert_true(b->job.ok);
	assert_memory_equal(b->dst, b->text, b->job.len);
}

/* Each by itself, in place and not, with tags of every length. */
static void by_vectors(void **state)
{
	struct bytes b;
	uint32_t i, icv, in_place;

	(void)state;
	for (i = 0; i < VECTORS; i++) {
		for (icv = 8; icv <= 16; icv += 4) {
			for (in_place = 0; in_place < 2; in_place++) {
				unpack(&vectors[i], icv, in_place, &b);
				skua_aead_seal(&b.job, 1);
				sealed(&b, icv);
				b.job.src = in_place ? b.dst : b.cipher;
				skua_aead_open(&b.job, 1);
				opened(&b);
				free((void *)b.job.key);
			}
		}
	}
}

/* All of them together, each with its own key. */
static void as_a_batch(void **state)
{
	static struct bytes b[VECTORS];
	struct skua_aead_job job[VECTORS];
	uint32_t i;

	(void)state;
	for (i = 0; i < VECTORS; i++) {
		unpack(&vectors[i], 16, true, &b[i]);
		job[i] = b[i].job;
	}
	skua_aead_seal(job, VECTORS);
	for (i = 0; i < VECTORS; i++)
		sealed(&b[i], 16);
	b[3].icv[15] ^= 1;
	skua_aead_open(job, VECTORS);
	for (i = 0; i < VECTORS; i++) {
		b[i].job.ok = job[i].ok;
		if (i != 3)
			opened(&b[i]);
		free((void *)b[i].job.key);
	}
	assert_false(job[3].ok);
}

/* Turn over bit i of what is authenticated, or of what says that it is. */
static bool flip(struct bytes *b, uint32_t i)
{
	const struct {
		uint8_t *p;
		uint32_t len;
	} part[] = {
		{ b->dst, b->job.len }, { b->aad, b->job.aad_len },
		{ b->iv, sizeof(b->iv) }, { b->icv, 16 },
	};
	unsigned int n;

	for (n = 0; n < 4; n++) {
		if (i < part[n].len * 8) {
			part[n].p[i / 8] ^= 1 << i % 8;
			return true;
		}
		i -= part[n].len * 8;
	}
	return false;
}

/* And there is nothing to be seen of what was in it. */
static void every_bit_counts(void **state)
{
	static const uint8_t none[MAX];
	struct bytes b;
	uint32_t i;
	bool more;

	(void)state;
	for (i = 0, more = true; more; i++) {
		unpack(&vectors[3], 16, true, &b);
		skua_aead_seal(&b.job, 1);
		more = flip(&b, i);
		skua_aead_open(&b.job, 1);
		assert_int_equal(b.job.ok, !more);
		if (more)
			assert_memory_equal(b.dst, none, b.job.len);
		free((void *)b.job.key);
	}
	assert_int_equal(i, (60 + 20 + 8 + 16) * 8 + 1);
}

/* Who writes what is being opened, here and there another byte. */
struct meddler {
	uint8_t *bytes;
	uint32_t len;
	atomic_bool over;
};

/* One byte at a time, for about as long as a few lines take to be read. */
static void *meddle(void *arg)
{
	struct meddler *m = arg;
	volatile uint8_t *bytes = m->bytes;
	uint32_t at = 0, turn;

	for (turn = 0; !atomic_load_explicit(&m->over, memory_order_relaxed);
	     turn++) {
		if (turn % 64)
			continue;
		bytes[at] ^= 0x55;
		if (turn % 128)
			at = (at + 1009) % m->len;
	}
	return NULL;
}

/*
 * What is authentic is what was sealed, whatever the bytes were in between: if
 * one were fetched for the ICV and once more for the text, the two could differ.
 */
static void while_it_changes(void **state)
{
	enum { LEN = 4096, TIMES = 20000 };
	static uint8_t text[LEN], sealed[LEN], out[LEN];
	uint8_t iv[SKUA_AEAD_IV] = { 1 }, icv[16];
	struct skua_aead aead;
	struct skua_aead_job job = {
		.aead = &aead,
		.key = key(KEY SALT, 16, &aead),
		.src = text,
		.dst = sealed,
		.len = LEN,
		.aad = iv,
		.aad_len = sizeof(iv),
		.iv = iv,
		.icv = icv,
	};
	struct meddler m = { .bytes = sealed, .len = LEN };
	uint32_t i, right = 0;
	pthread_t thread;

	(void)state;
	for (i = 0; i < LEN; i++)
		text[i] = i * 7;
	skua_aead_seal(&job, 1);
	job.src = sealed;
	job.dst = out;
	assert_int_equal(pthread_create(&thread, NULL, meddle, &m), 0);
	for (i = 0; i < TIMES; i++) {
		skua_aead_open(&job, 1);
		if (!job.ok)
			continue;
		right++;
		assert_memory_equal(out, text, LEN);
	}
	atomic_store(&m.over, true);
	pthread_join(thread, NULL);
	print_message("%u of %u were right\n", right, TIMES);
	assert_true(right > 0);
	free((void *)job.key);
}

static void bad_lengths(void **state)
{
	static const uint8_t material[64];
	struct skua_aead_key *key = new_key();
	struct skua_aead aead;
	uint32_t len, icv;

	(void)state;
	for (len = 0; len <= sizeof(material); len++) {
		for (icv = 0; icv <= 32; icv++) {
			if ((len == 20 || len == 28 || len == 36) &&
			    (icv == 8 || icv == 12 || icv == 16))
				continue;
			assert_int_equal(skua_aead_set(&aead, key, material,
						       len, icv),
					 -EINVAL);
		}
	}
	free(key);
}

#define TEST(fn) cmocka_unit_test_setup(fn, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(by_vectors),	TEST(as_a_batch),
		TEST(every_bit_counts), TEST(while_it_changes),
		TEST(bad_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
