// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What others see of SAs and flows, and the watch on a link: that it says nothing
 * of what is protected, and tells when protection fails. To have it fail, what
 * decides is broken.
 */
#include <arpa/inet.h>

#include "ends.h"
#include "link/port.h"
#include "link/watch.h"
#include "skua_ipsec.h"
#include "steer/steer.h"

#define SPI   0x1000u
#define REQID 7u
#define KEY   0xa5

static uint32_t add_sa(struct ends *e, unsigned int end, uint32_t n, uint32_t flags)
{
	struct skua_hwi_create_sa_in in = {
		.spi = htole32(SPI + n),
		.reqid = htole32(REQID),
		.flags = htole32(flags | (end ? SKUA_HWI_SA_IN : 0)),
		.window = htole16(end ? 128 : 0),
		.key_len = 20,
		.icv_len = 16,
	};

	memcpy(in.src, e->f[0]->gid, sizeof(in.src));
	memcpy(in.dst, e->f[1]->gid, sizeof(in.dst));
	memset(in.key, KEY, in.key_len);
	return model_create_obj(e->f[end], SKUA_HWI_CMD_CREATE_SA, &in,
				sizeof(in));
}

/* Of what goes from side 0 to side 1. */
static uint32_t add_flow(struct ends *e, uint8_t action, uint32_t priority)
{
	struct skua_hwi_create_flow_in in = {
		.direction = SKUA_HWI_FLOW_EGRESS,
		.action = action,
		.priority = htole32(priority),
		.match.src_prefix = 128,
		.match.dst_prefix = 128,
	};

	if (action == SKUA_HWI_FLOW_PROTECT) {
		in.sa = htole32(SKUA_HWI_NONE);
		in.reqid = htole32(REQID);
	}
	memcpy(in.match.src, e->f[0]->gid, sizeof(in.match.src));
	memcpy(in.match.dst, e->f[1]->gid, sizeof(in.match.dst));
	return model_create_obj(e->f[0], SKUA_HWI_CMD_CREATE_FLOW, &in,
				sizeof(in));
}

static struct skua_flow *flow_of(struct ends *e, uint32_t handle)
{
	return skua_steer_get_flow(e->f[0]->fn, handle);
}

/* The watch on what side 0 sends ------------------------------------------------ */

static struct skua_ipsec_owner owner(struct ends *e)
{
	return skua_ipsec_owner_of(e->m[0]->ad);
}

static void watch(struct ends *e, struct skua_watch *w)
{
	struct skua_ipsec_owner o = owner(e);

	o.lock(o.ctx);
	o.watch(o.ctx, 0, w);
	o.unlock(o.ctx);
	ends_run(e);
}

static void write_some(struct ends *e)
{
	ends_fill(&e->mr[0], 5);
	ends_post(e, SKUA_HWI_WQE_WRITE);
	assert_int_equal(model_wait(&e->p.cq[0]).status, SKUA_HWI_CQE_OK);
	assert_memory_equal(e->mr[0].buf, e->mr[1].buf, ENDS_LEN);
}

/* A frame that nothing decided about: UDP between the two, from this address. */
static void slip(struct ends *e, const uint8_t smac[6])
{
	uint8_t frame[60] = { [12] = 8, [14] = 0x45, [17] = 46, [22] = 64,
			      [23] = 17, [34] = 0x10, 0, 0x20, 0, 0, 26 };

	memcpy(frame, e->f[1]->mac, 6);
	memcpy(frame + 6, smac, 6);
	memcpy(frame + 26, e->f[0]->gid + 12, 4);
	memcpy(frame + 30, e->f[1]->gid + 12, 4);
	skua_engine_lock(e->m[0]->ad);
	assert_true(skua_link_port_eth(e->m[0]->ad->link, frame, sizeof(frame)));
	skua_engine_unlock(e->m[0]->ad);
	ends_run(e);
}

/* Nothing is wrong, and so nothing is told. */
static void all_is_protected(void **state)
{
	struct skua_watch w = { 0 };
	struct ends *e = *state;
	uint64_t frames;

	write_some(e);
	watch(e, &w);
	write_some(e);
	frames = w.frames;
	assert_true(frames >= 5);
	assert_int_equal(w.esp, 0);
	assert_int_equal(w.clear, 0);
	add_sa(e, 0, 0, 0);
	add_sa(e, 1, 0, 0);
	add_flow(e, SKUA_HWI_FLOW_PROTECT, 0);
	write_some(e);
	assert_true(w.frames > frames);
	assert_int_equal(w.esp, w.frames - frames);
	assert_int_equal(w.clear, 0);
	watch(e, NULL);
	frames = w.frames;
	write_some(e);
	assert_int_equal(w.frames, frames);
}

/* The flow is there, and is not found any more by what decides. */
static void a_flow_is_overlooked(void **state)
{
	struct skua_flow_key key, mask;
	struct skua_watch w = { 0 };
	struct ends *e = *state;
	struct skua_flows *flows;
	struct skua_flow *flow;
	uint32_t handle;

	add_sa(e, 0, 0, 0);
	add_sa(e, 1, 0, 0);
	handle = add_flow(e, SKUA_HWI_FLOW_PROTECT, 0);
	flow = flow_of(e, handle);
	flows = &e->f[0]->fn->steer->dir[SKUA_HWI_FLOW_EGRESS];
	watch(e, &w);
	write_some(e);
	assert_int_equal(w.clear, 0);
	skua_flow_remove(flows, flow);
	write_some(e);
	assert_true(w.clear >= 5);
	assert_int_equal(w.shown[0].verdict.flow, handle);
	assert_memory_equal(w.shown[0].verdict.mac, e->f[0]->mac, 6);
	assert_memory_equal(w.shown[0].seen.dst, e->f[1]->gid, 16);
	assert_true(w.shown[0].seen.roce);
	assert_int_equal(w.shown[0].seen.qpn, e->p.qp[1].qpn);
	watch(e, NULL);
	assert_int_equal(skua_flow_key_match(&key, &mask, &flow->match),
			 SKUA_HWI_NONE);
	assert_int_equal(skua_flow_add(flows, flow, &mask), 0);
}

static void a_frame_slips_by(void **state)
{
	static const uint8_t nobody[6] = { 2, 9, 9, 9, 9, 9 };
	struct skua_watch w = { 0 };
	struct ends *e = *state;

	add_flow(e, SKUA_HWI_FLOW_PROTECT, 5);
	watch(e, &w);
	slip(e, e->f[0]->mac);
	assert_int_equal(w.clear, 1);
	assert_int_equal(w.shown[0].seen.sport, 0x1000);
	/* It may be anybody's. */
	slip(e, nobody);
	assert_int_equal(w.clear, 2);
	/* What the best flow lets pass, or drops, is not demanded by another. */
	add_flow(e, SKUA_HWI_FLOW_ALLOW, 4);
	slip(e, e->f[0]->mac);
	assert_int_equal(w.clear, 2);
	assert_int_equal(w.frames, 3);
	watch(e, NULL);
}

/* Another one's flows are not its own. */
static void of_another_function(void **state)
{
	struct skua_watch w = { 0 };
	struct ends *e = *state;

	model_create_obj(&e->m[1]->fn[0], SKUA_HWI_CMD_CREATE_FLOW,
			 &(struct skua_hwi_create_flow_in){
				.action = SKUA_HWI_FLOW_PROTECT,
				.sa = htole32(SKUA_HWI_NONE),
				.reqid = htole32(REQID) },
			 sizeof(struct skua_hwi_create_flow_in));
	skua_engine_lock(e->m[1]->ad);
	skua_ipsec_owner_of(e->m[1]->ad).watch(e->m[1]->ad, 0, &w);
	skua_engine_unlock(e->m[1]->ad);
	ends_run(e);
	write_some(e);
	assert_true(w.frames > 0);
	assert_int_equal(w.clear, 0);
	skua_engine_lock(e->m[1]->ad);
	skua_ipsec_owner_of(e->m[1]->ad).watch(e->m[1]->ad, 0, NULL);
	skua_engine_unlock(e->m[1]->ad);
}

/* What is shown ------------------------------------------------------------------ */

static void an_sa_is_shown(void **state)
{
	struct ends *e = *state;
	struct skua_ipsec_owner o = owner(e);
	struct skua_ipsec_function f;
	struct skua_ipsec_sa sa;
	uint32_t handle, from = 0;
	struct skua_hwi_modify_sa_in limits = {
		.mask = htole32(SKUA_HWI_SA_SET_LIMITS),
		.soft_bytes = htole64(1),
		.hard_packets = htole64(1000),
	};

	handle = add_sa(e, 0, 0, SKUA_HWI_SA_ESN);
	add_sa(e, 1, 0, SKUA_HWI_SA_ESN);
	add_flow(e, SKUA_HWI_FLOW_PROTECT, 0);
	limits.handle = htole32(handle);
	assert_int_equal(model_cmd(e->f[0], SKUA_HWI_CMD_MODIFY_SA, &limits,
				   sizeof(limits), NULL, 0), SKUA_HWI_OK);
	write_some(e);
	o.lock(o.ctx);
	assert_true(o.function(o.ctx, 0, &f));
	assert_int_equal(f.sas, 1);
	assert_int_equal(f.flows, 1);
	assert_int_equal(o.sas(o.ctx, 0, &from, &sa, 1), 1);
	assert_int_equal(o.sas(o.ctx, 0, &from, &sa, 1), 0);
	assert_int_equal(from, SKUA_IPSEC_END);
	assert_false(o.function(o.ctx, 1, &f));
	assert_null(o.link(o.ctx, 1));
	assert_non_null(strstr(o.link(o.ctx, 0), "shm:"));
	o.unlock(o.ctx);
	assert_int_equal(sa.handle, handle);
	assert_int_equal(sa.spi, SPI);
	assert_int_equal(sa.reqid, REQID);
	assert_int_equal(sa.flags, SKUA_HWI_SA_ESN);
	assert_memory_equal(sa.src, e->f[0]->gid, 16);
	assert_memory_equal(sa.dst, e->f[1]->gid, 16);
	assert_int_equal(sa.icv_len, 16);
	assert_int_equal(sa.packets, f.counter[SKUA_HWI_CNT_IPSEC_TX_PACKETS]);
	assert_int_equal(sa.seq, sa.packets);
	assert_int_equal(sa.soft_bytes, 1);
	assert_int_equal(sa.hard_packets, 1000);
	assert_int_equal(sa.soft_packets, 0);
	assert_int_equal(sa.events, SKUA_HWI_SA_EVENT_SOFT);
	assert_int_equal(sa.last, SKUA_ESP_OK);
	assert_null(memmem(&sa, sizeof(sa), (uint8_t[]){ KEY, KEY, KEY }, 3));
}

static void refusals_are_shown(void **state)
{
	struct ends *e = *state;
	struct skua_ipsec_owner o = skua_ipsec_owner_of(e->m[1]->ad);
	struct skua_ipsec_sa sa;
	uint32_t from = 0;

	add_sa(e, 0, 0, 0);
	add_sa(e, 1, 0, 0);
	add_flow(e, SKUA_HWI_FLOW_PROTECT, 0);
	ends_impair(e, 0, "duplicate out count=2");
	write_some(e);
	o.lock(o.ctx);
	/* The function of side 1 is the second of its adapter. */
	assert_int_equal(o.sas(o.ctx, 1, &from, &sa, 1), 1);
	o.unlock(o.ctx);
	assert_int_equal(sa.flags, SKUA_HWI_SA_IN);
	assert_int_equal(sa.window, 128);
	assert_int_equal(sa.refused[SKUA_ESP_REPLAY], 2);
	assert_int_equal(sa.last, SKUA_ESP_REPLAY);
	assert_int_equal(sa.seq, sa.packets);
}

#define MANY 100u
#define PAGE 7u

static void pages(void **state)
{
	struct ends *e = *state;
	struct skua_ipsec_owner o = owner(e);
	uint32_t sa_handle[MANY], flow_handle[MANY], i, n, from;
	struct skua_ipsec_flow flow[PAGE];
	struct skua_ipsec_sa sa[PAGE];
	unsigned int got;

	for (i = 0; i < MANY; i++) {
		sa_handle[i] = add_sa(e, 0, i, 0);
		flow_handle[i] = add_flow(e, SKUA_HWI_FLOW_DROP, i);
	}
	for (from = n = 0; from != SKUA_IPSEC_END; n += got) {
		got = o.sas(o.ctx, 0, &from, sa, PAGE);
		for (i = 0; i < got; i++)
			assert_int_equal(sa[i].handle, sa_handle[n + i]);
	}
	assert_int_equal(n, MANY);
	for (from = n = 0; from != SKUA_IPSEC_END; n += got) {
		got = o.flows(o.ctx, 0, &from, flow, PAGE);
		for (i = 0; i < got; i++) {
			assert_int_equal(flow[i].handle, flow_handle[n + i]);
			assert_int_equal(flow[i].priority, n + i);
			assert_int_equal(flow[i].action, SKUA_HWI_FLOW_DROP);
			assert_int_equal(flow[i].match.dst_prefix, 128);
			assert_memory_equal(flow[i].match.dst, e->f[1]->gid, 16);
		}
	}
	assert_int_equal(n, MANY);
	/* Wherever somebody says that he wants to go on. */
	from = SKUA_IPSEC_END;
	assert_int_equal(o.flows(o.ctx, 0, &from, flow, PAGE), 0);
	assert_int_equal(o.sas(o.ctx, 0, &from, sa, PAGE), 0);
}

int main(void)
{
#define test(name) \
	cmocka_unit_test_setup_teardown(name, ends_rc, ends_teardown)
	const struct CMUnitTest tests[] = {
		test(all_is_protected),
		test(a_flow_is_overlooked),
		test(a_frame_slips_by),
		test(of_another_function),
		test(an_sa_is_shown),
		test(refusals_are_shown),
		test(pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
