// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <arpa/inet.h>
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "control_sas.h"
#include "link/watch.h"

static const uint8_t ends[2][16] = {
	{ [10] = 0xff, 0xff, 192, 0, 2, 1 },
	{ [10] = 0xff, 0xff, 192, 0, 2, 2 },
};

static void lock(void *ctx)
{
	struct control_sas *cs = ctx;

	pthread_mutex_lock(&cs->lock);
	assert_false(cs->locked);
	cs->locked = true;
}

static void unlock(void *ctx)
{
	struct control_sas *cs = ctx;

	assert_true(cs->locked);
	cs->locked = false;
	pthread_mutex_unlock(&cs->lock);
}

static bool function(void *ctx, unsigned int i, struct skua_ipsec_function *out)
{
	const struct control_sas *cs = ctx;

	assert_true(cs->locked);
	if (i != 3 && i != 5)
		return false;
	*out = (struct skua_ipsec_function){
		.mac = { 2, 0, 0, 0, 0, i },
		.port = i - 3,
	};
	if (i == 3) {
		out->sas = SAS;
		out->flows = FLOWS;
		out->counter[SKUA_HWI_CNT_IPSEC_RX_DROP_SA] = 9;
	}
	return true;
}

static void fill_sa(struct skua_ipsec_sa *sa, uint32_t n)
{
	*sa = (struct skua_ipsec_sa){
		.handle = n,
		.spi = 0x1000 + n,
		.reqid = 7,
		.flags = SKUA_HWI_SA_ESN | (n % 2 ? SKUA_HWI_SA_IN : 0),
		.icv_len = 16,
		.window = n % 2 ? 64 : 0,
		.seq = UINT64_MAX,
		.packets = n,
		.hard_packets = 1000,
		.events = SKUA_HWI_SA_EVENT_SOFT,
	};
	memcpy(sa->src, ends[n % 2], 16);
	memcpy(sa->dst, ends[!(n % 2)], 16);
	if (n % 2) {
		sa->refused[SKUA_ESP_REPLAY] = 2;
		sa->refused[SKUA_ESP_BAD_ICV] = 1;
		sa->last = SKUA_ESP_BAD_ICV;
	}
}

static unsigned int sas(void *ctx, unsigned int i, uint32_t *from,
			struct skua_ipsec_sa *out, unsigned int max)
{
	struct control_sas *cs = ctx;
	unsigned int n = 0;

	assert_true(cs->locked);
	if (max > cs->most)
		cs->most = max;
	while (i == 3 && n < max && *from < SAS)
		fill_sa(&out[n++], (*from)++);
	if (i != 3 || *from >= SAS)
		*from = SKUA_IPSEC_END;
	return n;
}

static void fill_flow(struct skua_ipsec_flow *flow, uint32_t n)
{
	*flow = (struct skua_ipsec_flow){
		.handle = n,
		.priority = n,
		.direction = n ? SKUA_HWI_FLOW_INGRESS : SKUA_HWI_FLOW_EGRESS,
		.action = SKUA_HWI_FLOW_PROTECT,
		.sa = SKUA_HWI_NONE,
		.reqid = 7,
		.match = {
			.fields = htole32(SKUA_HWI_FLOW_PROTO |
					  SKUA_HWI_FLOW_DPORT |
					  SKUA_HWI_FLOW_SPORT),
			.src_prefix = 128,
			.dst_prefix = 96 + 24,
			.proto = 17,
			.dport = htons(4791),
			.dport_mask = 0xffff,
			.sport = htons(0xc000),
			.sport_mask = htons(0xc000),
		},
		.packets = 5,
	};
	memcpy(flow->match.src, ends[0], 16);
	memcpy(flow->match.dst, ends[1], 15);
}

static unsigned int flows(void *ctx, unsigned int i, uint32_t *from,
			  struct skua_ipsec_flow *out, unsigned int max)
{
	struct control_sas *cs = ctx;
	unsigned int n = 0;

	assert_true(cs->locked);
	if (max > cs->most)
		cs->most = max;
	while (i == 3 && n < max && *from < FLOWS)
		fill_flow(&out[n++], (*from)++);
	if (i != 3 || *from >= FLOWS)
		*from = SKUA_IPSEC_END;
	return n;
}

static const char *link_name(void *ctx, unsigned int i)
{
	static const char *const name[2] = { "shm:tight", "shm:leaky" };
	const struct control_sas *cs = ctx;

	assert_true(cs->locked);
	return i < cs->links ? name[i] : NULL;
}

static bool never(void *ctx, const struct skua_seen *s,
		  struct skua_watch_verdict *v)
{
	(void)ctx;
	(void)s;
	(void)v;
	return false;
}

static bool always(void *ctx, const struct skua_seen *s,
		   struct skua_watch_verdict *v)
{
	(void)ctx;
	(void)s;
	*v = (struct skua_watch_verdict){ .mac = { 2, 0, 0, 0, 0, 3 } };
	return true;
}

static void watch(void *ctx, unsigned int i, struct skua_watch *w)
{
	struct control_sas *cs = ctx;

	assert_true(cs->locked);
	assert_in_range(i, 0, cs->links - 1);
	if (w)
		w->judge = i ? always : never;
	cs->watch[i] = w;
}

struct skua_ipsec_owner control_sas_owner(struct control_sas *cs)
{
	return (struct skua_ipsec_owner){
		.ctx = cs,
		.lock = lock,
		.unlock = unlock,
		.function = function,
		.sas = sas,
		.flows = flows,
		.link = link_name,
		.watch = watch,
	};
}

void control_sas_send(struct control_sas *cs)
{
	uint8_t packet[54] = { [12] = 8, [14] = 0x45, [26] = 192, 0, 2, 1,
			       192, 0, 2, 2 };
	const struct skua_frame f = { .data = packet, .len = sizeof(packet) };
	unsigned int i;

	lock(cs);
	for (i = 0; i < 2; i++) {
		if (!cs->watch[i])
			continue;
		packet[23] = 50;
		skua_watch_frame(cs->watch[i], &f);
		packet[23] = 17;
		packet[36] = 4791 >> 8;
		packet[37] = 4791 & 255;
		packet[49] = 17;
		skua_watch_frame(cs->watch[i], &f);
	}
	unlock(cs);
}

void control_sas_init(struct control_sas *cs)
{
	*cs = (struct control_sas){ .links = 2 };
	pthread_mutex_init(&cs->lock, NULL);
}

void control_sas_fini(struct control_sas *cs)
{
	assert_null(cs->watch[0]);
	assert_null(cs->watch[1]);
	pthread_mutex_destroy(&cs->lock);
}
