// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What the kernel driver and user mode have in common, compiled by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "skua_translate_event.h"
#include "skua_translate_mkey.h"
#include "skua_translate_qp.h"
#include "skua_translate_queue.h"

static struct skua_hwi_query_device_out caps(void)
{
	return (struct skua_hwi_query_device_out){
		.caps = htole64(SKUA_HWI_CAP_SRQ),
		.max_qp = htole32(0x80000000),
		.max_gid = htole32(1000),
		.max_mr_size = htole64(1ull << 40),
		.log_max_sq = 16,
		.log_max_rq = 15,
		.log_max_srq = 14,
		.log_max_cq = 22,
		.max_sge = 200,
		.max_rd_atomic = 16,
	};
}

static void test_device(void **state)
{
	struct skua_hwi_query_device_out c = caps();
	struct skua_device_attrs can;

	(void)state;
	skua_device_attrs(&c, &can);
	assert_int_equal(can.max_sge, SKUA_HWI_MAX_SGE);
	assert_int_equal(can.max_qp_wr, 1 << 15);
	assert_int_equal(can.max_res_rd_atom, INT32_MAX);
	assert_int_equal(can.max_srq_wr, 1 << 14);
	assert_int_equal(can.max_mw, 0);
	assert_int_equal(can.atomic_cap, 0);
	assert_false(can.device_cap_flags & IB_UVERBS_DEVICE_MEM_WINDOW);
	c.caps |= htole64(SKUA_HWI_CAP_MW | SKUA_HWI_CAP_ATOMIC);
	c.max_mkey = htole32(77);
	skua_device_attrs(&c, &can);
	assert_int_equal(can.max_mw, 77);
	assert_int_equal(can.atomic_cap, SKUA_IB_ATOMIC_HCA);
	assert_true(can.device_cap_flags & IB_UVERBS_DEVICE_MEM_WINDOW);
}

static void test_port(void **state)
{
	static const struct {
		uint8_t gbps, width;
		uint16_t speed;
	} want[] = {
		{ 255, SKUA_IB_WIDTH_4X, SKUA_IB_SPEED_HDR },
		{ 199, SKUA_IB_WIDTH_4X, SKUA_IB_SPEED_EDR },
		{ 100, SKUA_IB_WIDTH_4X, SKUA_IB_SPEED_EDR },
		{ 25, SKUA_IB_WIDTH_1X, SKUA_IB_SPEED_EDR },
		{ 9, SKUA_IB_WIDTH_1X, SKUA_IB_SPEED_SDR },
		{ 0, SKUA_IB_WIDTH_1X, SKUA_IB_SPEED_SDR },
	};
	struct skua_hwi_query_device_out c = caps();
	struct skua_port_attrs can;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		c.speed_gbps = want[i].gbps;
		skua_port_attrs(&c, &can);
		assert_int_equal(can.active_width, want[i].width);
		assert_int_equal(can.active_speed, want[i].speed);
	}
	assert_int_equal(can.gid_tbl_len, SKUA_HWI_MAX_GID);
}

static void test_path(void **state)
{
	struct skua_path path = {
		.dmac = { 2, 0, 0, 0, 0, 1 },
		.dgid = { [15] = 9 },
		.flow_label = 0xabcde,
		.vlan = 5,
		.sgid_index = 3,
		.hop_limit = 64,
		.tclass = 1,
		.sl = 6,
	}, back;
	struct skua_uresp_create_ah resp;
	struct skua_hwi_av av;

	(void)state;
	skua_av_fill(&path, &av);
	skua_av_answer(&av, &resp);
	assert_int_equal(resp.vlan, 6 << 13 | 5);
	assert_memory_equal(resp.dmac, path.dmac, sizeof(path.dmac));
	skua_av_read(&av, &back);
	assert_int_equal(back.flow_label, 0xabcde);
	assert_int_equal(back.sgid_index, 3);
	assert_memory_equal(back.dgid, path.dgid, sizeof(path.dgid));
	path.vlan = SKUA_VLAN_VIDS;
	skua_av_fill(&path, &av);
	assert_int_equal(av.vlan, htole16(SKUA_HWI_VLAN_NONE));
}

/* A field that the mask does not name may hold anything. */
static void test_attr(void **state)
{
	struct skua_qp_fields f = { .port = 2, .path_mtu = 6,
				    .dest_qpn = 1u << 24 };

	(void)state;
	assert_int_equal(skua_qp_attr_check(&f, SKUA_IB_QP_STATE), 0);
	assert_int_equal(skua_qp_attr_check(&f, SKUA_IB_QP_PORT), -EINVAL);
	assert_int_equal(skua_qp_attr_check(&f, SKUA_IB_QP_PATH_MTU), -EINVAL);
	assert_int_equal(skua_qp_attr_check(&f, SKUA_IB_QP_DEST_QPN), -EINVAL);
	assert_int_equal(skua_qp_attr_check(&f, 1u << 14), -EOPNOTSUPP);
	f.path_mtu = 0x105;
	assert_int_equal(skua_qp_attr_check(&f, SKUA_IB_QP_PATH_MTU), -EINVAL);
	f.path_mtu = SKUA_IB_MTU_256;
	assert_int_equal(skua_qp_attr_check(&f, SKUA_IB_QP_PATH_MTU), 0);
}

static void test_rq_layout(void **state)
{
	const struct skua_hwi_query_device_out c = caps();
	uint8_t size, stride;

	(void)state;
	assert_int_equal(skua_rq_layout(&c, 15, 1, 0, &size, &stride), 0);
	assert_int_equal(size, 0);
	assert_int_equal(stride, SKUA_HWI_RQ_MIN_LOG_STRIDE);
	assert_int_equal(skua_rq_layout(&c, 15, 1 << 15, 30, &size, &stride), 0);
	assert_int_equal(size, 15);
	assert_int_equal(stride, SKUA_HWI_RQ_MAX_LOG_STRIDE);
	assert_int_equal(skua_rq_layout(&c, 15, 17, 4, &size, &stride), 0);
	assert_int_equal(size, 5);
	assert_int_equal(stride, 7);
	assert_int_equal(skua_rq_layout(&c, 15, 0, 1, &size, &stride), -EINVAL);
	assert_int_equal(skua_rq_layout(&c, 15, (1 << 15) + 1, 1, &size,
					&stride), -EINVAL);
	assert_int_equal(skua_rq_layout(&c, 15, ~0u, 1, &size, &stride),
			 -EINVAL);
	assert_int_equal(skua_rq_layout(&c, 15, 1, 31, &size, &stride), -EINVAL);
	assert_int_equal(skua_rq_layout(&c, 15, 1, ~0u, &size, &stride),
			 -EINVAL);
	/* Sizes that would overflow what they are counted in. */
	assert_int_equal(skua_rq_check(&c, 15, 16, 1, 255, 6), -EINVAL);
	assert_int_equal(skua_rq_check(&c, 15, 16, 1, 4, 255), -EINVAL);
}

static void test_qp_type(void **state)
{
	struct skua_hwi_query_device_out c = caps();

	(void)state;
	assert_int_equal(skua_qp_type(&c, IB_UVERBS_QPT_RC), SKUA_HWI_QPT_RC);
	assert_int_equal(skua_qp_type(&c, IB_UVERBS_QPT_UC), -EOPNOTSUPP);
	c.caps |= htole64(SKUA_HWI_CAP_UC);
	assert_int_equal(skua_qp_type(&c, IB_UVERBS_QPT_UC), SKUA_HWI_QPT_UC);
	/* GSI, to which programs have no right. */
	assert_int_equal(skua_qp_type(&c, 1), -EOPNOTSUPP);
}

static void test_mr(void **state)
{
	const uint32_t relaxed = IB_UVERBS_ACCESS_RELAXED_ORDERING;
	const uint32_t zero_based = IB_UVERBS_ACCESS_ZERO_BASED;
	struct skua_hwi_query_device_out c = caps();
	struct skua_hwi_modify_mkey_in change = { 0 };
	struct skua_hwi_create_mkey_in in = { 0 };

	(void)state;
	assert_int_equal(skua_mr_check(&c, 0, 0, 0, 0), -EINVAL);
	assert_int_equal(skua_mr_check(&c, 0, (1ull << 40) + 1, 0, 0), -EINVAL);
	assert_int_equal(skua_mr_check(&c, ~0ull - 5, 6, 0, 0), -EINVAL);
	assert_int_equal(skua_mr_check(&c, 0, 6, ~0ull - 5, 0), 0);
	assert_int_equal(skua_mr_check(&c, 0, 7, ~0ull - 5, 0), -EINVAL);
	assert_int_equal(skua_mr_check(&c, 0, 1, 0,
				       IB_UVERBS_ACCESS_ON_DEMAND),
			 -EOPNOTSUPP);
	assert_int_equal(skua_mr_check(&c, 0, 1, 0,
				       IB_UVERBS_ACCESS_RELAXED_ORDERING), 0);

	skua_mr_fill(&in, &c, 1, 1 | zero_based, 0x1234, 5);
	assert_int_equal(in.iova, 0);
	assert_int_equal(in.access, SKUA_HWI_ACCESS_LOCAL_WRITE);
	skua_mr_fill(&in, &c, 1, 1 | relaxed, 0x1234, 5);
	assert_int_equal(in.access, SKUA_HWI_ACCESS_LOCAL_WRITE);
	c.caps |= htole64(SKUA_HWI_CAP_RELAXED_ORDERING);
	skua_mr_fill(&in, &c, 1, 1 | relaxed, 0x1234, 5);
	assert_int_equal(in.access, SKUA_HWI_ACCESS_LOCAL_WRITE |
					    SKUA_HWI_ACCESS_RELAXED_ORDERING);
	assert_false(skua_access_writes(zero_based | relaxed));
	assert_int_equal(in.iova, htole64(0x1234));

	skua_mr_modify(&change, &c, 0x700, SKUA_IB_REREG_PD, 0xff, 9);
	assert_int_equal(change.mask, htole32(SKUA_HWI_MKEY_PD));
	assert_int_equal(change.access, 0);
	assert_int_equal(change.pdn, htole32(9));
}

static void test_event(void **state)
{
	struct skua_verbs_event event;

	(void)state;
	event = skua_verbs_event(SKUA_HWI_EVENT_LAST_WQE);
	assert_int_equal(event.owner, SKUA_EVENT_OF_QP);
	assert_int_equal(event.type, 16);
	event = skua_verbs_event(SKUA_HWI_EVENT_CQ_ERR);
	assert_int_equal(event.owner, SKUA_EVENT_OF_CQ);
	assert_int_equal(event.type, 0);
	event = skua_verbs_event(SKUA_HWI_EVENT_COMP);
	assert_int_equal(event.owner, SKUA_EVENT_OF_NONE);
	event = skua_verbs_event(SKUA_HWI_EVENT_PORT_STATE);
	assert_int_equal(event.owner, SKUA_EVENT_OF_NONE);
}

static void test_errno(void **state)
{
	(void)state;
	assert_int_equal(skua_status_errno(SKUA_HWI_OK), 0);
	assert_int_equal(skua_status_errno(SKUA_HWI_IN_USE), -EBUSY);
	assert_int_equal(skua_status_errno(SKUA_HWI_BAD_ADDRESS), -EFAULT);
	assert_int_equal(skua_status_errno(255), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device),	  cmocka_unit_test(test_port),
		cmocka_unit_test(test_path),	  cmocka_unit_test(test_attr),
		cmocka_unit_test(test_rq_layout), cmocka_unit_test(test_qp_type),
		cmocka_unit_test(test_mr),	  cmocka_unit_test(test_event),
		cmocka_unit_test(test_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
