// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * ipsec-many - what many security associations cost, end to end.
 *
 * Two adapters without threads on the driver of tests/model, and a link of
 * shared memory between them. One sends datagrams of 4 KiB with as many source
 * ports as there are SAs by turns; a flow for each port has it sealed by an SA
 * of its own, and the other end opens it. By turns with it the same with one flow
 * and one SA for all. Of many short rounds the one counts that has the middle
 * ratio of the two, in the processor's own time for both ends: how fast it is
 * depends on what else the machine does, and changes. Prints one JSON object:
 * packets a second in millions, by the number of SAs.
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ends.h"
#include "measure.h"

#define LEN	 4096u
#define GRH	 40u
#define BATCH	 32u
#define MANY	 10000u
#define ROUNDS	 41u
#define SPI	 0x1000u
#define PORTS	 0xc000u     /* what a flow label is added to */
#define PATIENCE 100000u     /* passes, after which a packet was lost */

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
		in.match.fields =
			htole32(SKUA_HWI_FLOW_PROTO | SKUA_HWI_FLOW_SPORT);
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

/* ns for so many datagrams, the posting of which is in it. */
static double send_some(struct ends *e, uint32_t packets)
{
	struct skua_hwi_cqe cqe;
	double start = thread_ns();
	uint32_t sent, came, i, passes;

	for (sent = 0; sent < packets; sent += BATCH) {
		for (i = 0; i < BATCH; i++) {
			model_recv(&e->p.qp[1], i, &e->mr[1], 0, LEN + GRH);
			ends_post_datagram(e, LEN, (sent + i) % MANY + 1);
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
	return thread_ns() - start;
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

/* The two ends with so many SAs are a process, which does a lap when told to. */
struct runner {
	int tell, hear;
};

static void run(uint32_t sas, int tell, int hear)
{
	struct ends *e;
	uint32_t i;
	double ns;
	void *state;
	char go;

	assert_int_equal(ends_ud(&state), 0);
	e = state;
	protect(e, sas);
	/* The first lap finds nothing in the caches. */
	send_some(e, MANY);
	for (i = 0; i < ROUNDS; i++) {
		assert_int_equal(read(hear, &go, sizeof(go)), sizeof(go));
		ns = send_some(e, MANY) / MANY;
		assert_int_equal(write(tell, &ns, sizeof(ns)), sizeof(ns));
	}
	assert_true(opened(e) >= (1 + ROUNDS) * MANY);
	ends_teardown(&state);
}

static struct runner begin(uint32_t sas)
{
	int there[2], back[2];

	assert_int_equal(pipe(there), 0);
	assert_int_equal(pipe(back), 0);
	switch (fork()) {
	case -1:
		assert_true(false);
		break;
	case 0:
		run(sas, back[1], there[0]);
		exit(0);
	}
	close(back[1]);
	close(there[0]);
	return (struct runner){ .tell = there[1], .hear = back[0] };
}

/* ns a packet. */
static double lap(const struct runner *r)
{
	double ns;

	assert_int_equal(write(r->tell, "", 1), 1);
	assert_int_equal(read(r->hear, &ns, sizeof(ns)), sizeof(ns));
	return ns;
}

struct round {
	double one, many; /* ns */
};

static int by_ratio(const void *a, const void *b)
{
	const struct round *x = a, *y = b;
	double l = x->one * y->many, r = y->one * x->many;

	return (l > r) - (l < r);
}

int main(void)
{
	struct runner one = begin(1), many = begin(MANY);
	struct round round[ROUNDS];
	const struct round *middle = &round[ROUNDS / 2];
	int status;
	uint32_t i;

	for (i = 0; i < ROUNDS; i++) {
		round[i].one = lap(&one);
		round[i].many = lap(&many);
	}
	while (wait(&status) > 0)
		assert_int_equal(status, 0);
	qsort(round, ROUNDS, sizeof(*round), by_ratio);
	printf("{\"1\": %.4f, \"%u\": %.4f}\n", 1e3 / middle->one, MANY,
	       1e3 / middle->many);
	return 0;
}
