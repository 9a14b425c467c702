// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "ends.h"

#include <stdio.h>
#include <unistd.h>

#include "nic.h"

#define QKEY 0x11111111u /* of model_pair() */

void ends_run(struct ends *e)
{
	unsigned int i;

	/* The link looks at its socket when it rests. */
	for (i = 0; i < 50; i++) {
		model_run(e->m[i % 2]);
		skua_adapter_rest(e->m[i % 2]->ad);
	}
}

void ends_advance(struct ends *e, uint64_t ns)
{
	e->m[0]->now += ns;
	e->m[1]->now += ns;
	ends_run(e);
}

/* A function that nothing goes to, since its address is that of the other end. */
static void take_down(struct model_fn *f)
{
	struct skua_hwi_set_port_in in = { .mtu = htole16(4096) };

	memcpy(in.mac, f->mac, sizeof(in.mac));
	assert_int_equal(model_cmd(f, SKUA_HWI_CMD_SET_PORT, &in, sizeof(in),
				   NULL, 0),
			 SKUA_HWI_OK);
}

static int setup_with(void **state, uint8_t type,
		      const enum skua_recovery how[2])
{
	static struct ends e;
	char spec[64], why[128];
	unsigned int i;

	snprintf(spec, sizeof(spec), "shm:model.%d", getpid());
	for (i = 0; i < 2; i++) {
		e.m[i] = model_create(i + 1, false);
		e.m[i]->ad->cfg.recovery = how[i];
		e.f[i] = &e.m[i]->fn[i];
		assert_int_equal(skua_adapter_link(e.m[i]->ad, spec, NULL, NULL,
						   why, sizeof(why)), 0);
		e.mr[i] = model_mr(e.f[i], ENDS_LEN, ACCESS_ALL);
	}
	take_down(&e.m[1]->fn[0]);
	ends_run(&e);
	model_pair(e.f[0], e.f[1], type, &e.p);
	*state = &e;
	return 0;
}

static int setup(void **state, uint8_t type)
{
	static const enum skua_recovery how[2] = {
		SKUA_RECOVERY_SELECTIVE, SKUA_RECOVERY_SELECTIVE,
	};

	return setup_with(state, type, how);
}

int ends_rc_recovery(void **state, const enum skua_recovery how[2])
{
	return setup_with(state, SKUA_HWI_QPT_RC, how);
}

int ends_rc(void **state)
{
	return setup(state, SKUA_HWI_QPT_RC);
}

int ends_uc(void **state)
{
	return setup(state, SKUA_HWI_QPT_UC);
}

int ends_ud(void **state)
{
	return setup(state, SKUA_HWI_QPT_UD);
}

int ends_teardown(void **state)
{
	struct ends *e = *state;

	model_destroy(e->m[0]);
	model_destroy(e->m[1]);
	return 0;
}

void ends_post_datagram(struct ends *e, uint32_t len, uint32_t flow_label)
{
	struct model_qp *qp = &e->p.qp[0];
	const struct model_wr wr = {
		.opcode = SKUA_HWI_WQE_SEND,
		.ud_peer = &e->p.qp[1],
		.ud_qkey = QKEY,
		.num_sge = 1,
		.sge = { { e->mr[0].iova, len, e->mr[0].key } },
	};
	uint32_t at = model_post(qp, &wr) & ((1u << qp->log_sq) - 1);
	struct skua_hwi_wqe_ud *ud = (void *)(qp->sq + at * SKUA_HWI_WQE_BB +
					      sizeof(struct skua_hwi_wqe_ctrl));

	ud->av.flow_label = htole32(flow_label);
}

void ends_post(struct ends *e, uint8_t opcode)
{
	model_send(&e->p.qp[0], opcode, &e->mr[0], 0,
		   opcode == SKUA_HWI_WQE_FETCH_ADD ? 8 : ENDS_LEN,
		   e->mr[1].iova, e->mr[1].key);
	ends_run(e);
}

void ends_fill(struct model_mr *mr, unsigned int seed)
{
	size_t i;

	for (i = 0; i < mr->len; i++)
		mr->buf[i] = i * 7 + seed;
}

void ends_impair(struct ends *e, unsigned int side, const char *rule)
{
	char why[128];

	assert_int_equal(skua_adapter_impair(e->m[side]->ad, rule, why,
					     sizeof(why)), 0);
}

uint64_t ends_counter(struct ends *e, unsigned int side,
		      enum skua_hwi_link_counter which)
{
	return rig_link_counter(e->f[side], which);
}
