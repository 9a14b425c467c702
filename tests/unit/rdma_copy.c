// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Copying between lists of pieces, over the real mkeys and memory map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rdma/copy.h"

#define IOVA 0x10000000ull
#define SIZE 0x10000u

/* A function with one range of memory, and a key for all of it. */
struct fixture {
	struct skua_adapter adapter;
	struct skua_function fn;
	struct skua_dma_range range;
	struct skua_mkey mk;
	struct skua_qp qp;
	uint8_t *ram;
	uint32_t key;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	uint32_t index, i;

	f->ram = malloc(SIZE);
	for (i = 0; i < SIZE; i++)
		f->ram[i] = i * 31 + (i >> 8);
	f->range = (struct skua_dma_range){ IOVA, SIZE, f->ram, true };
	f->fn.map.range = &f->range;
	f->fn.map.n = 1;
	assert_int_equal(skua_table_init(&f->fn.mkeys, 4, 0, 1), 0);
	assert_int_equal(skua_table_add(&f->fn.mkeys, &f->mk, &index), 0);
	f->key = index << 8 | 0x7;
	f->mk.key = f->key;
	f->mk.pdn = 3;
	f->mk.valid = true;
	f->mk.access = SKUA_HWI_ACCESS_LOCAL_WRITE;
	f->mk.iova = IOVA;
	f->mk.len = SIZE;
	f->mk.pages.shift = 12;
	f->mk.pages.n = SIZE >> 12;
	f->mk.pages.page = calloc(f->mk.pages.n, sizeof(uint64_t));
	for (i = 0; i < f->mk.pages.n; i++)
		f->mk.pages.page[i] = IOVA + i * 4096ull;
	f->qp.fn = &f->fn;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	skua_table_fini(&f->fn.mkeys);
	free(f->mk.pages.page);
	free(f->ram);
	free(f);
	return 0;
}

static int pieces(struct fixture *f, const struct skua_sg *sg, unsigned int n,
		  uint64_t off, uint64_t len, struct skua_piece *out)
{
	return skua_pieces(&f->qp, 3, sg, n, off, len,
			   SKUA_HWI_ACCESS_LOCAL_WRITE, out);
}

static struct skua_piece host_piece(void *p, uint64_t len)
{
	return (struct skua_piece){ .host = p, .len = len };
}

static void test_pieces_cut(void **state)
{
	struct fixture *f = *state;
	const struct skua_sg sg[] = {
		{ IOVA, 100, f->key },
		{ IOVA + 200, 0, 0xdead },
		{ IOVA + 300, 50, f->key },
	};
	struct skua_piece out[3];

	assert_int_equal(pieces(f, sg, 3, 0, 150, out), 2);
	assert_int_equal(pieces(f, sg, 3, 90, 20, out), 2);
	assert_int_equal(out[0].addr, IOVA + 90);
	assert_int_equal(out[0].len, 10);
	assert_int_equal(out[1].addr, IOVA + 300);
	assert_int_equal(out[1].len, 10);
	assert_int_equal(pieces(f, sg, 3, 100, 50, out), 1);
	assert_int_equal(pieces(f, sg, 3, 150, 0, out), 0);
	/* Longer than the list. */
	assert_int_equal(pieces(f, sg, 3, 0, 151, out), -1);
}

static void test_pieces_check(void **state)
{
	struct fixture *f = *state;
	struct skua_sg sg = { IOVA, SIZE, f->key };
	struct skua_piece out[1];

	assert_int_equal(pieces(f, &sg, 1, 0, SIZE, out), 1);
	sg.addr = IOVA + 1;
	assert_int_equal(pieces(f, &sg, 1, 0, SIZE, out), -1);
	/* What is not used is not checked. */
	assert_int_equal(pieces(f, &sg, 1, 0, SIZE - 1, out), 1);
	sg.addr = UINT64_MAX - 10;
	assert_int_equal(pieces(f, &sg, 1, 0, 20, out), -1);
	sg = (struct skua_sg){ IOVA, 8, f->key ^ 1 };
	assert_int_equal(pieces(f, &sg, 1, 0, 8, out), -1);
	sg.key = f->key;
	assert_int_equal(skua_pieces(&f->qp, 4, &sg, 1, 0, 8, 0, out), -1);
	assert_int_equal(skua_pieces(&f->qp, 3, &sg, 1, 0, 8,
				     SKUA_HWI_ACCESS_REMOTE_WRITE, out),
			 -1);
}

/* Any split on either side gives the same bytes. */
static void test_copy_splits(void **state)
{
	struct fixture *f = *state;
	uint8_t want[600], got[600];
	unsigned int cut, off;

	memcpy(want, f->ram + 4000, sizeof(want));
	for (cut = 1; cut < 599; cut += 13) {
		const struct skua_sg sg[] = {
			{ IOVA + 4000, cut, f->key },
			{ IOVA + 4000 + cut, 600 - cut, f->key },
		};
		struct skua_piece src[2], dst[3] = {
			host_piece(got, 200),
			host_piece(got + 200, 0),
			host_piece(got + 200, 400),
		};
		struct skua_cursor s, d;

		for (off = 0; off < 600; off += 37) {
			memset(got, 0, sizeof(got));
			assert_int_equal(pieces(f, sg, 2, 0, 600, src), 2);
			skua_cursor_init(&s, src, 2, off);
			skua_cursor_init(&d, dst, 3, off);
			assert_int_equal(skua_copy(&f->adapter, &d, &s, 600 - off),
					 SKUA_COPY_OK);
			assert_memory_equal(got + off, want + off, 600 - off);
		}
	}
}

static void test_copy_overlaps(void **state)
{
	struct fixture *f = *state;
	const struct skua_sg from = { IOVA, 9000, f->key };
	const struct skua_sg to = { IOVA + 1, 9000, f->key };
	uint8_t want[9000];
	struct skua_piece src, dst;
	struct skua_cursor s, d;

	memcpy(want, f->ram, sizeof(want));
	assert_int_equal(pieces(f, &from, 1, 0, 9000, &src), 1);
	assert_int_equal(pieces(f, &to, 1, 0, 9000, &dst), 1);
	skua_cursor_init(&s, &src, 1, 0);
	skua_cursor_init(&d, &dst, 1, 0);
	assert_int_equal(skua_copy(&f->adapter, &d, &s, 9000), SKUA_COPY_OK);
	assert_memory_equal(f->ram + 1, want, sizeof(want));
}

static void test_copy_short(void **state)
{
	struct fixture *f = *state;
	uint8_t a[8] = { 1 }, b[16];
	struct skua_piece src = host_piece(a, 8), dst = host_piece(b, 16);
	struct skua_cursor s, d;

	skua_cursor_init(&s, &src, 1, 0);
	skua_cursor_init(&d, &dst, 1, 0);
	assert_int_equal(skua_copy(&f->adapter, &d, &s, 9), SKUA_COPY_SRC);
	skua_cursor_init(&s, &dst, 1, 0);
	skua_cursor_init(&d, &src, 1, 0);
	assert_int_equal(skua_copy(&f->adapter, &d, &s, 9), SKUA_COPY_DST);
	skua_cursor_init(&s, &src, 1, 8);
	assert_int_equal(skua_copy(&f->adapter, &d, &s, 1), SKUA_COPY_SRC);
}

/* Memory that went away behind a good key, and memory that is read-only. */
static void test_copy_unmapped(void **state)
{
	struct fixture *f = *state;
	const struct skua_sg sg = { IOVA + 4096, 8192, f->key };
	uint8_t host[8192];
	struct skua_piece mem, own = host_piece(host, sizeof(host));
	struct skua_cursor c, h;

	assert_int_equal(pieces(f, &sg, 1, 0, 8192, &mem), 1);
	f->range.writable = false;
	skua_cursor_init(&c, &mem, 1, 0);
	skua_cursor_init(&h, &own, 1, 0);
	assert_int_equal(skua_copy(&f->adapter, &c, &h, 8192), SKUA_COPY_DST);
	skua_cursor_init(&c, &mem, 1, 0);
	skua_cursor_init(&h, &own, 1, 0);
	assert_int_equal(skua_copy(&f->adapter, &h, &c, 8192), SKUA_COPY_OK);

	f->range.size = 8192; /* the second page of the two is gone */
	skua_cursor_init(&c, &mem, 1, 0);
	skua_cursor_init(&h, &own, 1, 0);
	assert_int_equal(skua_copy(&f->adapter, &h, &c, 8192), SKUA_COPY_SRC);
	skua_cursor_init(&c, &mem, 1, 0);
	skua_cursor_init(&h, &own, 1, 0);
	assert_int_equal(skua_copy(&f->adapter, &h, &c, 4096), SKUA_COPY_OK);
}

/* A guard that stops at the first byte of the page it is told. */
static const void *gone;

static const void *guard(void (*fn)(void *arg), void *arg)
{
	if (!gone)
		fn(arg);
	return gone;
}

static void test_copy_faults(void **state)
{
	struct fixture *f = *state;
	uint8_t a[64] = { 1 }, b[64] = { 0 };
	struct skua_piece src = host_piece(a, 64), dst = host_piece(b, 64);
	struct skua_cursor s, d;
	unsigned int i;
	const struct {
		const void *gone;
		enum skua_copy_result result;
	} cases[] = {
		{ a, SKUA_COPY_SRC },
		{ a + 63, SKUA_COPY_SRC },
		{ b, SKUA_COPY_DST },
		{ b + 63, SKUA_COPY_DST },
		{ NULL, SKUA_COPY_OK },
	};

	f->adapter.cfg.guard = guard;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		gone = cases[i].gone;
		skua_cursor_init(&s, &src, 1, 0);
		skua_cursor_init(&d, &dst, 1, 0);
		assert_int_equal(skua_copy(&f->adapter, &d, &s, 64),
				 cases[i].result);
	}
	assert_memory_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pieces_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pieces_check, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_copy_splits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_copy_overlaps, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_copy_short, setup, teardown),
		cmocka_unit_test_setup_teardown(test_copy_unmapped, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_copy_faults, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
