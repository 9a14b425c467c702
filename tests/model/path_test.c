// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* One of each kind of message, with and without threads. */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"

#define LEN 300000u /* more than a turn */

static void rc_moves_data(void **state)
{
	struct model *m = model_create(2, *state != NULL);
	const uint8_t all =
		SKUA_HWI_ACCESS_LOCAL_WRITE | SKUA_HWI_ACCESS_REMOTE_WRITE |
		SKUA_HWI_ACCESS_REMOTE_READ | SKUA_HWI_ACCESS_REMOTE_ATOMIC;
	struct model_mr a = model_mr(&m->fn[0], LEN, all);
	struct model_mr b = model_mr(&m->fn[1], LEN, all);
	struct skua_hwi_cqe cqe;
	struct model_pair p;
	unsigned int i;

	model_pair(&m->fn[0], &m->fn[1], SKUA_HWI_QPT_RC, &p);
	for (i = 0; i < LEN; i++)
		a.buf[i] = i * 7;

	model_send(&p.qp[0], SKUA_HWI_WQE_WRITE, &a, 0, LEN, b.iova, b.key);
	assert_int_equal(model_wait(&p.cq[0]).status, SKUA_HWI_CQE_OK);
	assert_memory_equal(a.buf, b.buf, LEN);

	memset(a.buf, 0, LEN);
	model_send(&p.qp[0], SKUA_HWI_WQE_READ, &a, 0, LEN, b.iova, b.key);
	cqe = model_wait(&p.cq[0]);
	assert_int_equal(cqe.status, SKUA_HWI_CQE_OK);
	assert_int_equal(le32toh(cqe.byte_len), LEN);
	assert_memory_equal(a.buf, b.buf, LEN);

	memset(b.buf, 0, LEN);
	model_recv(&p.qp[1], 17, &b, 0, LEN);
	model_send(&p.qp[0], SKUA_HWI_WQE_SEND, &a, 0, LEN, 0, 0);
	assert_int_equal(model_wait(&p.cq[0]).status, SKUA_HWI_CQE_OK);
	cqe = model_wait(&p.cq[1]);
	assert_int_equal(cqe.status, SKUA_HWI_CQE_OK);
	assert_int_equal(le32toh(cqe.wqe), 17);
	assert_memory_equal(a.buf, b.buf, LEN);
	model_destroy(m);
}

int main(void)
{
	static bool threaded = true;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rc_moves_data),
		cmocka_unit_test_prestate(rc_moves_data, &threaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
