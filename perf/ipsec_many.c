// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * ipsec-many - what many security associations cost, end to end.
 *
 * Two adapters without threads on the driver of tests/model, and a link of
 * shared memory between them. One sends datagrams of 4 KiB with as many source
 * ports as there are SAs by turns; a flow for each port has it sealed by an SA
 * of its own, and the other end opens it. Beside it the same with one flow and
 * one SA for all. The middle of some rounds, each by turns, of the processor's
 * own time for both ends. Prints one JSON object: packets a second in millions,
 * by the number of SAs.
 */
#include <endian.h>
#include <stdio.h>
#include <time.h>

#include "ends.h"

#define LEN	4096u
#define GRH	40u
#define BATCH	32u
#define MANY	10000u
#define LAPS	4u /* of MANY packets, in a round */
#define ROUNDS	5u
#define SPI	0x1000u
#define PORTS	0xc000u /* what a flow label is added to */
#define QKEY	0x11111111u /* of model_pair() */
#define PATIENCE 100000u /* passes, after which a packet was lost */

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static uint32_t add_sa(struct ends *e, unsigned int end, uint32_t n)
{
	struct skua_hwi_create_sa_in in = {
		.spi = htole32(SPI + n),
		.flags = htole32(end ? SKUA_HWI_SA_IN : 0),
		.window = htole16(end ? 1024 : 0),
		.key_len = 20,
		.icv_len = 16,
	};

	memcpy(in.src, e->f[0]->gid, sizeof(in.src));
	memcpy(in.dst, e->f[1]->gid, sizeof(in.dst));
	memcpy(in.key, &n, sizeof(n));
	in.key[19] = 1;
	return model_create_obj(e->f[end], SKUA_HWI_CMD_CREATE_SA, &in,
				sizeof(in));
}

/* All that goes to the other end, or of that one port. */
static void add_flow(struct ends *e, uint32_t sa, unsigned int port)
{
	struct skua_hwi_create_flow_in in = {
		.direction = SKUA_HWI_FLOW_EGRESS,
		.action = SKUA_HWI_FLOW_PROTECT,
		.sa = htole32(sa),
		.match.dst_prefix = 128,
	};

	memcpy(in.match.dst, e->f[1]->gid, sizeof(in.match.dst));
	if (port) {
		in.match.fields = htole32(SKUA_HWI_FLOW_PROTO |
					  SKUA_HWI_FLOW_SPORT);
		in.match.proto = 17;
		in.match.sport = htobe16(port);
		in.match.sport_mask = 0xffff;
	}
	model_create_obj(e->f[0], SKUA_HWI_CMD_CREATE_FLOW, &in, sizeof(in));
}

static void protect(struct ends *e, uint32_t sas)
{
	uint32_t n;

	for (n = 0; n < sas; n++) {
		add_flow(e, add_sa(e, 0, n), sas > 1 ? PORTS + n + 1 : 0);
		add_sa(e, 1, n);
	}
}

/* A datagram from the port of this number. */
static void post(struct ends *e, uint32_t port)
{
	struct model_qp *qp = &e->p.qp[0];
	struct model_wr wr = {
		.opcode = SKUA_HWI_WQE_SEND,
		.ud_peer = &e->p.qp[1],
		.ud_qkey = QKEY,
		.num_sge = 1,
		.sge = { { e->mr[0].iova, LEN, e->mr[0].key } },
	};
	uint32_t at = model_post(qp, &wr) & ((1u << qp->log_sq) - 1);
	struct skua_hwi_wqe_ud *ud =
		(void *)(qp->sq + at * SKUA_HWI_WQE_BB +
			 sizeof(struct skua_hwi_wqe_ctrl));

	ud->av.flow_label = htole32(port + 1);
}

/* ns for so many datagrams, the posting of which is in it. */
static double send_some(struct ends *e, uint32_t packets)
{
	struct skua_hwi_cqe cqe;
	double start = now_ns();
	uint32_t sent, came, i, passes;

	for (sent = 0; sent < packets; sent += BATCH) {
		for (i = 0; i < BATCH; i++) {
			model_recv(&e->p.qp[1], i, &e->mr[1], 0, LEN + GRH);
			post(e, (sent + i) % MANY);
		}
		model_ring(&e->p.qp[0]);
		for (came = passes = 0; came < BATCH; passes++) {
			assert_true(passes < PATIENCE);
			skua_adapter_poll(e->m[0]->ad);
			skua_adapter_poll(e->m[1]->ad);
			while (model_look(&e->p.cq[1], &cqe)) {
				assert_int_equal(cqe.status, SKUA_HWI_CQE_OK);
				came++;
			}
		}
	}
	return now_ns() - start;
}

static uint64_t opened(struct ends *e)
{
	struct skua_hwi_query_counters_in in = {
		.group = htole32(SKUA_HWI_COUNTERS_IPSEC),
	};
	uint64_t counter[SKUA_HWI_COUNTERS_LEN];

	assert_int_equal(model_cmd(e->f[1], SKUA_HWI_CMD_QUERY_COUNTERS, &in,
				   sizeof(in), counter, sizeof(counter)),
			 SKUA_HWI_OK);
	return le64toh(counter[SKUA_HWI_CNT_IPSEC_RX_PACKETS]);
}

/* ns a packet. */
static double round_of(uint32_t sas)
{
	const uint32_t packets = LAPS * MANY;
	struct ends *e;
	double ns;
	void *state;

	assert_int_equal(ends_ud(&state), 0);
	e = state;
	protect(e, sas);
	/* The first lap finds nothing in the caches. */
	send_some(e, MANY);
	ns = send_some(e, packets) / packets;
	assert_true(opened(e) >= packets);
	ends_teardown(&state);
	return ns;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(void)
{
	double one[ROUNDS], many[ROUNDS];
	uint32_t i;

	for (i = 0; i < ROUNDS; i++) {
		one[i] = round_of(1);
		many[i] = round_of(MANY);
	}
	qsort(one, ROUNDS, sizeof(*one), by_value);
	qsort(many, ROUNDS, sizeof(*many), by_value);
	printf("{\"1\": %.4f, \"%u\": %.4f}\n", 1e3 / one[ROUNDS / 2], MANY,
	       1e3 / many[ROUNDS / 2]);
	return 0;
}
