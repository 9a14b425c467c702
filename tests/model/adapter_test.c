// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The library's own interface: functions, memory maps, registers, threads. */
#include <endian.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"

static void registers_say_what_they_should(void **state)
{
	struct model *m = model_create(1, false);
	struct skua_function *fn = m->fn[0].fn;
	uint64_t time;

	(void)state;
#define READ(reg) skua_function_read(fn, SKUA_HWI_REG_##reg, 4)
	assert_int_equal(READ(MAGIC), SKUA_HWI_MAGIC);
	assert_int_equal(READ(VERSION), 1 << 16);
	assert_int_equal(READ(STATUS),
			 SKUA_HWI_STATUS_READY | SKUA_HWI_STATUS_CMDQ_ON);
	assert_int_equal(READ(VECTORS), 4);
	assert_int_equal(READ(UAR_PAGES), SKUA_HWI_UAR_PAGES);
	assert_int_equal(READ(CMDQ_BASE_LO), (uint32_t)MODEL_RAM_IOVA);
	/* Locked while the queue is on. */
	skua_function_write(fn, SKUA_HWI_REG_CMDQ_BASE_LO, 4, 0);
	assert_int_equal(READ(CMDQ_BASE_LO), (uint32_t)MODEL_RAM_IOVA);
	/* A wrong word does not reset. */
	skua_function_write(fn, SKUA_HWI_REG_RESET, 4, 1);
	assert_int_equal(READ(STATUS),
			 SKUA_HWI_STATUS_READY | SKUA_HWI_STATUS_CMDQ_ON);

	m->now = 0x123456789abcull;
	assert_int_equal(READ(TIME_LO), 0x56789abc);
	m->now = 0xffff00000000ull;
	assert_int_equal(READ(TIME_HI), 0x1234);
	time = skua_function_read(fn, SKUA_HWI_REG_TIME_LO, 8);
	assert_int_equal(time, m->now);

	/* Odd sizes, odd places. */
	assert_int_equal(skua_function_read(fn, SKUA_HWI_REG_MAGIC, 2), 0);
	assert_int_equal(skua_function_read(fn, SKUA_HWI_REG_MAGIC + 2, 4), 0);
	assert_int_equal(skua_function_read(fn, SKUA_HWI_REG_VERSION, 8), 0);
	assert_int_equal(skua_function_read(fn, UINT64_MAX - 3, 4), 0);
	model_destroy(m);
}

static unsigned int removed_calls;

static void removed(void *ctx, void *host, uint64_t size)
{
	assert_non_null(ctx);
	(void)host;
	assert_int_equal(size, 4096);
	removed_calls++;
}

static void memory_maps_are_checked(void **state)
{
	struct model *m = model_create(1, false);
	struct skua_function *fn = m->fn[0].fn;
	uint8_t *host = m->fn[0].ram;
	uint64_t far = 1ull << 40, end = UINT64_MAX - 4095;

	(void)state;
#define MAP(iova, size) skua_dma_map(fn, iova, size, host, true)
	assert_int_equal(MAP(far, 0), -EINVAL);
	assert_int_equal(MAP(end, 8192), -EINVAL);
	assert_int_equal(MAP(far + 1, 4096), -EINVAL);
	assert_int_equal(MAP(end, 4096), 0);
	assert_int_equal(MAP(far, 4096), 0);
	assert_int_equal(MAP(far + 8192, 4096), 0);
	assert_int_equal(MAP(far, 4096), -EEXIST);
	assert_int_equal(MAP(far - 4096, 8192), -EEXIST);
	assert_int_equal(MAP(far - 4096, 1 << 20), -EEXIST);
	assert_int_equal(MAP(far + 4096, 4096), 0);
#define UNMAP(iova, size) skua_dma_unmap(fn, iova, size, removed, m)
	assert_int_equal(UNMAP(far, 0), -EINVAL);
	assert_int_equal(UNMAP(far, 2048), -EINVAL);
	assert_int_equal(UNMAP(far + 2048, 4096), -EINVAL);
	assert_int_equal(UNMAP(end, 8192), -EINVAL);
	assert_int_equal(removed_calls, 0);
	assert_int_equal(UNMAP(far, 12288), 0);
	assert_int_equal(removed_calls, 3);
	assert_int_equal(UNMAP(far, 12288), 0);
	assert_int_equal(UNMAP(end, 4096), 0);
	assert_int_equal(removed_calls, 4);
	model_destroy(m);
}

static void functions_are_checked(void **state)
{
	static const struct skua_function_ops none;
	struct model *m = model_create(1, false);
	struct skua_function_config good = {
		.vectors = 1, .uar = m->fn[0].uar,
	}, cfg;

	(void)state;
	cfg = good;
	assert_null(skua_function_create(m->ad, &cfg));
	assert_int_equal(errno, EINVAL);
	cfg.ops = &none;
	assert_null(skua_function_create(m->ad, &cfg));
	model_destroy(m);
}

static void work(struct model *m)
{
	struct model_mr a, b;
	struct model_pair p;

	model_pair(&m->fn[0], &m->fn[1], SKUA_HWI_QPT_RC, &p);
	a = model_mr(&m->fn[0], 4096, SKUA_HWI_ACCESS_LOCAL_WRITE);
	b = model_mr(&m->fn[1], 4096,
		     SKUA_HWI_ACCESS_LOCAL_WRITE | SKUA_HWI_ACCESS_REMOTE_WRITE);
	memset(a.buf, 0x3c, 4096);
	model_send(&p.qp[0], SKUA_HWI_WQE_WRITE, &a, 0, 4096, b.iova, b.key);
	assert_int_equal(model_wait(&p.cq[0]).status, SKUA_HWI_CQE_OK);
	assert_memory_equal(a.buf, b.buf, 4096);
}

/* The same addresses and numbers on both: nothing is shared. */
static void two_adapters_live_side_by_side(void **state)
{
	struct model *one = model_create(2, *state != NULL);
	struct model *two = model_create(2, *state != NULL);

	work(one);
	work(two);
	work(one);
	skua_function_reset(one->fn[0].fn);
	work(two);
	model_destroy(one);
	work(two);
	model_destroy(two);
}

static void threads_stop_and_start(void **state)
{
	struct model *m = model_create(2, true);
	unsigned int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		work(m);
		skua_adapter_stop(m->ad);
		assert_int_equal(skua_adapter_start(m->ad), 0);
	}
	model_destroy(m);
}

static void capabilities_are_told(void **state)
{
	struct model *m = model_create(1, false);
	struct skua_hwi_query_device_out out;

	(void)state;
	assert_int_equal(model_cmd(&m->fn[0], SKUA_HWI_CMD_QUERY_DEVICE, NULL,
				   0, &out, sizeof(out)),
			 SKUA_HWI_OK);
	assert_memory_equal(out.mac, m->fn[0].mac, 6);
	assert_int_equal(out.port_up, 1);
	assert_int_equal(le64toh(out.guid) >> 56, 0x00); /* 02 ^ 02 */
	assert_true(le32toh(out.page_size_cap) & 1 << 12);
	assert_int_equal(le32toh(out.max_gid), SKUA_HWI_MAX_GID);
	model_destroy(m);
}

int main(void)
{
	static bool threaded = true;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_say_what_they_should),
		cmocka_unit_test(memory_maps_are_checked),
		cmocka_unit_test(functions_are_checked),
		cmocka_unit_test(two_adapters_live_side_by_side),
		cmocka_unit_test_prestate(two_adapters_live_side_by_side,
					  &threaded),
		cmocka_unit_test(threads_stop_and_start),
		cmocka_unit_test(capabilities_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
