// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Ethernet between functions: who gets which frame, and what goes wrong. */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"

#define FRAME 100

struct port {
	struct model_fn *f;
	struct model_cq scq, rcq;
	struct model_qp qp;
	struct model_mr tx, rx;
};

static void port_set(struct model_fn *f, uint32_t flags)
{
	struct skua_hwi_set_port_in in = {
		.mtu = htole16(1500),
		.flags = htole32(flags),
	};

	memcpy(in.mac, f->mac, 6);
	assert_int_equal(model_cmd(f, SKUA_HWI_CMD_SET_PORT, &in, sizeof(in),
				   NULL, 0),
			 SKUA_HWI_OK);
}

static void port_up(struct model_fn *f, struct port *p)
{
	unsigned int i;

	p->f = f;
	port_set(f, SKUA_HWI_PORT_UP);
	model_cq(f, &p->scq, 6);
	model_cq(f, &p->rcq, 6);
	model_qp(f, &p->qp, SKUA_HWI_QPT_ETH, &p->scq, &p->rcq, NULL, 5, 4);
	p->tx = model_mr(f, 4096, 0);
	p->rx = model_mr(f, 16 * 2048, SKUA_HWI_ACCESS_LOCAL_WRITE);
	model_ready(&p->qp, 0);
	for (i = 0; i < 8; i++)
		model_recv(&p->qp, i, &p->rx, i * 2048, 2048);
}

static void port_frame(struct port *p, const uint8_t dst[6], uint8_t fill)
{
	memset(p->tx.buf, fill, FRAME);
	memcpy(p->tx.buf, dst, 6);
	memcpy(p->tx.buf + 6, p->f->mac, 6);
}

static uint8_t port_send(struct port *p, uint32_t len)
{
	model_send(&p->qp, SKUA_HWI_WQE_ETH, &p->tx, 0, len, 0, 0);
	return model_wait(&p->scq).status;
}

static void expect_frame(struct port *to, const struct port *from, uint32_t len)
{
	struct skua_hwi_cqe cqe = model_wait(&to->rcq);

	assert_int_equal(cqe.status, SKUA_HWI_CQE_OK);
	assert_int_equal(cqe.opcode, SKUA_HWI_CQE_ETH_RX);
	assert_int_equal(le32toh(cqe.byte_len), len);
	assert_memory_equal(to->rx.buf + le32toh(cqe.wqe) * 2048, from->tx.buf,
			    len);
}

static void expect_nothing(struct port *to)
{
	struct skua_hwi_cqe cqe;

	model_run(to->f->m);
	assert_false(model_poll(&to->rcq, &cqe));
}

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t group[6] = { 0x33, 0x33, 0, 0, 0, 1 };
static const uint8_t nobody[6] = { 2, 9, 9, 9, 9, 9 };

struct net {
	struct model *m;
	struct port p[3];
};

static struct net net_up(bool threaded)
{
	struct net n = { .m = model_create(3, threaded) };
	unsigned int i;

	for (i = 0; i < 3; i++)
		port_up(&n.m->fn[i], &n.p[i]);
	return n;
}

static void unicast_reaches_its_owner_only(void **state)
{
	struct net n = net_up(*state != NULL);

	port_frame(&n.p[0], n.p[1].f->mac, 0x11);
	assert_int_equal(port_send(&n.p[0], FRAME), SKUA_HWI_CQE_OK);
	expect_frame(&n.p[1], &n.p[0], FRAME);
	expect_nothing(&n.p[2]);
	expect_nothing(&n.p[0]);
	model_destroy(n.m);
}

static void broadcast_reaches_all_others(void **state)
{
	struct net n = net_up(*state != NULL);

	port_frame(&n.p[0], broadcast, 0x22);
	assert_int_equal(port_send(&n.p[0], FRAME), SKUA_HWI_CQE_OK);
	expect_frame(&n.p[1], &n.p[0], FRAME);
	expect_frame(&n.p[2], &n.p[0], FRAME);
	expect_nothing(&n.p[0]);
	model_destroy(n.m);
}

static void filters_decide_on_group_and_foreign_frames(void **state)
{
	struct net n = net_up(false);

	(void)state;
	port_set(n.p[1].f, SKUA_HWI_PORT_UP | SKUA_HWI_PORT_ALLMULTI);
	port_set(n.p[2].f, SKUA_HWI_PORT_UP | SKUA_HWI_PORT_PROMISC);

	port_frame(&n.p[0], group, 0x33);
	port_send(&n.p[0], FRAME);
	expect_frame(&n.p[1], &n.p[0], FRAME);
	expect_frame(&n.p[2], &n.p[0], FRAME);

	port_frame(&n.p[0], nobody, 0x44);
	port_send(&n.p[0], FRAME);
	expect_nothing(&n.p[1]);
	expect_frame(&n.p[2], &n.p[0], FRAME);
	model_destroy(n.m);
}

static void ports_that_are_down_neither_send_nor_receive(void **state)
{
	struct net n = net_up(false);
	struct skua_function_stats st;

	(void)state;
	port_set(n.p[1].f, 0);
	port_frame(&n.p[0], n.p[1].f->mac, 0x55);
	assert_int_equal(port_send(&n.p[0], FRAME), SKUA_HWI_CQE_OK);
	expect_nothing(&n.p[1]);
	port_frame(&n.p[1], n.p[0].f->mac, 0x55);
	assert_int_equal(port_send(&n.p[1], FRAME), SKUA_HWI_CQE_OK);
	expect_nothing(&n.p[0]);
	skua_function_stats(n.p[1].f->fn, &st);
	assert_int_equal(st.eth[SKUA_HWI_CNT_TX_DROPS], 1);
	model_destroy(n.m);
}

/* §7: neither takes the receive. */
static void frames_without_room_are_dropped_and_counted(void **state)
{
	struct net n = net_up(false);
	struct port *to = &n.p[1];
	struct skua_function_stats st;
	unsigned int i;

	(void)state;
	port_frame(&n.p[0], to->f->mac, 0x66);
	for (i = 0; i < 10; i++)
		port_send(&n.p[0], FRAME);
	for (i = 0; i < 8; i++)
		expect_frame(to, &n.p[0], FRAME);
	expect_nothing(to);
	model_recv(&to->qp, 9, &to->rx, 9 * 2048, FRAME - 1);
	port_send(&n.p[0], FRAME);
	expect_nothing(to);
	port_send(&n.p[0], FRAME - 1);
	expect_frame(to, &n.p[0], FRAME - 1);
	skua_function_stats(to->f->fn, &st);
	assert_int_equal(st.eth[SKUA_HWI_CNT_RX_PACKETS], 9);
	assert_int_equal(st.eth[SKUA_HWI_CNT_RX_DROPS], 3);
	model_destroy(n.m);
}

static void check_error(uint8_t opcode, uint32_t len, uint32_t lkey_bits,
			uint8_t status)
{
	struct net n = net_up(false);
	struct port *p = &n.p[0];

	port_frame(p, n.p[1].f->mac, 0x77);
	p->tx.key ^= lkey_bits;
	model_send(&p->qp, opcode, &p->tx, 0, len, 0, 0);
	assert_int_equal(model_wait(&p->scq).status, status);
	/* ERR: both queues are flushed, and so is what comes later. */
	p->tx.key ^= lkey_bits;
	assert_int_equal(port_send(p, FRAME), SKUA_HWI_CQE_WR_FLUSH_ERR);
	assert_int_equal(model_wait(&p->rcq).status, SKUA_HWI_CQE_WR_FLUSH_ERR);
	model_destroy(n.m);
}

static void bad_frames_are_errors(void **state)
{
	(void)state;
	check_error(SKUA_HWI_WQE_ETH, 13, 0, SKUA_HWI_CQE_LOC_LEN_ERR);
	check_error(SKUA_HWI_WQE_ETH, 1519, 0, SKUA_HWI_CQE_LOC_LEN_ERR);
	check_error(SKUA_HWI_WQE_ETH, FRAME, 1, SKUA_HWI_CQE_LOC_PROT_ERR);
	check_error(SKUA_HWI_WQE_ETH, FRAME, 1u << 31, SKUA_HWI_CQE_LOC_PROT_ERR);
	check_error(SKUA_HWI_WQE_SEND, FRAME, 0, SKUA_HWI_CQE_LOC_QP_OP_ERR);
	check_error(0x7f, FRAME, 0, SKUA_HWI_CQE_LOC_QP_OP_ERR);
}

/* The rings are gone as well, so only the event could say it (§8.3). */
static void memory_that_is_unmapped_is_never_written(void **state)
{
	struct net n = net_up(false);
	struct port *to = &n.p[1];

	(void)state;
	port_frame(&n.p[0], to->f->mac, 0x88);
	memset(to->rx.buf, 0, FRAME);
	assert_int_equal(skua_dma_unmap(to->f->fn, MODEL_RAM_IOVA,
					MODEL_RAM_SIZE, NULL, NULL),
			 0);
	assert_int_equal(port_send(&n.p[0], FRAME), SKUA_HWI_CQE_OK);
	model_run(n.m);
	assert_int_equal(to->rx.buf[0], 0);
	model_destroy(n.m);
}

int main(void)
{
	static bool threaded = true;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unicast_reaches_its_owner_only),
		cmocka_unit_test_prestate(unicast_reaches_its_owner_only,
					  &threaded),
		cmocka_unit_test(broadcast_reaches_all_others),
		cmocka_unit_test_prestate(broadcast_reaches_all_others, &threaded),
		cmocka_unit_test(filters_decide_on_group_and_foreign_frames),
		cmocka_unit_test(ports_that_are_down_neither_send_nor_receive),
		cmocka_unit_test(frames_without_room_are_dropped_and_counted),
		cmocka_unit_test(bad_frames_are_errors),
		cmocka_unit_test(memory_that_is_unmapped_is_never_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
