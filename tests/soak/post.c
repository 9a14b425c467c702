// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What is posted: any request, of any size, from any place of the pool. */
#include <endian.h>
#include <string.h>

#include <isa-l/crc.h>

#include "soak.h"

static uint32_t below(struct end *e, uint32_t n)
{
	return soak_random(&e->random) % n;
}

/* Small, about a packet, several, many: all are likely. */
static uint32_t any_length(struct end *e, uint32_t max)
{
	static const uint32_t up_to[] = { 64, 4200, 66000, UINT32_MAX };
	uint32_t n = up_to[below(e, 4)];

	return below(e, (n < max ? n : max) + 1);
}

struct request {
	struct ibv_send_wr wr;
	struct ibv_sge sge[2];
	struct op op;
};

static void begin(struct end *e, struct request *r, enum ibv_wr_opcode opcode)
{
	memset(r, 0, sizeof(*r));
	r->wr.wr_id = e->posted;
	r->wr.opcode = opcode;
	r->wr.sg_list = r->sge;
	if (!below(e, 32))
		r->wr.send_flags |= IBV_SEND_FENCE;
	if (!below(e, 4))
		r->wr.send_flags |= IBV_SEND_SOLICITED;
	/* The queue can only be emptied by completions. */
	if (below(e, 2) || e->posted - e->done > SQ_DEPTH / 2)
		r->wr.send_flags |= IBV_SEND_SIGNALED;
}

static void post(struct end *e, struct request *r)
{
	struct ibv_send_wr *bad;
	int err;

	r->op.opcode = r->wr.opcode;
	r->op.signaled = r->wr.send_flags & IBV_SEND_SIGNALED;
	e->op[e->posted % SQ_DEPTH] = r->op;
	e->posted++;
	e->soak->counts.ops[r->op.opcode]++;
	e->soak->counts.bytes += r->op.len;
	err = ibv_post_send(e->qp, &r->wr, &bad);
	if (err)
		soak_fail(e->soak, "ibv_post_send: %s", strerror(err));
}

static void add_sge(struct request *r, const void *at, uint32_t len, uint32_t key)
{
	r->sge[r->wr.num_sge++] = (struct ibv_sge){
		.addr = (uintptr_t)at,
		.length = len,
		.lkey = key,
	};
}

static void add_pool(struct end *e, struct request *r)
{
	if (r->op.len)
		add_sge(r, e->soak->pool + r->op.pool_off, r->op.len,
			e->soak->pool_mr->lkey);
}

static struct header *new_header(struct end *e, struct request *r,
				 enum kind kind)
{
	struct header *h = &e->mem->header[e->posted % SQ_DEPTH];

	*h = (struct header){
		.magic = HEADER_MAGIC,
		.kind = kind,
		.seq = e->seq++,
		.len = r->op.len,
		.crc = crc32_iscsi(e->soak->pool + r->op.pool_off, r->op.len, 0),
		.looked_at = e->looked_at,
	};
	add_sge(r, h, sizeof(*h), e->mr->lkey);
	return h;
}

static void any_part(struct end *e, struct request *r, uint32_t max)
{
	r->op.len = any_length(e, max);
	r->op.pool_off = below(e, POOL_SIZE - r->op.len);
}

static void post_data(struct end *e)
{
	struct request r;

	begin(e, &r, IBV_WR_SEND);
	any_part(e, &r, SEND_MAX);
	new_header(e, &r, KIND_DATA);
	add_pool(e, &r);
	if (sizeof(struct header) + r.op.len <= e->soak->max_inline)
		r.wr.send_flags |= IBV_SEND_INLINE;
	post(e, &r);
}

static void post_end(struct end *e)
{
	struct request r;

	begin(e, &r, IBV_WR_SEND_WITH_IMM);
	r.wr.send_flags |= IBV_SEND_SIGNALED;
	r.wr.imm_data = htobe32(e->seq);
	new_header(e, &r, KIND_END);
	e->ended = true;
	post(e, &r);
}

static uint64_t slot_address(const struct end *e, uint32_t slot, bool data)
{
	return e->peer.memory + offsetof(struct memory, slot) +
	       slot * sizeof(((struct memory *)0)->slot[0]) +
	       (data ? sizeof(struct header) : 0);
}

/* Data into a slot, and a message that says so. */
static void post_write(struct end *e)
{
	uint32_t slot = e->written++ % SLOTS;
	struct request w, r;
	struct header *h;

	begin(e, &w, IBV_WR_RDMA_WRITE);
	any_part(e, &w, WRITE_MAX);
	add_pool(e, &w);
	w.wr.wr.rdma.remote_addr = slot_address(e, slot, true);
	w.wr.wr.rdma.rkey = e->peer.memory_key;
	post(e, &w);

	begin(e, &r, IBV_WR_SEND);
	r.op = w.op;
	h = new_header(e, &r, KIND_WRITTEN);
	h->slot = slot;
	r.op.len = 0;
	post(e, &r);
}

static void post_write_imm(struct end *e)
{
	uint32_t slot = e->written++ % SLOTS;
	struct request r;
	struct header *h;

	begin(e, &r, IBV_WR_RDMA_WRITE_WITH_IMM);
	any_part(e, &r, WRITE_MAX);
	r.wr.imm_data = htobe32(e->seq << 8 | slot);
	h = new_header(e, &r, KIND_WRITE_IMM);
	h->slot = slot;
	add_pool(e, &r);
	r.wr.wr.rdma.remote_addr = slot_address(e, slot, false);
	r.wr.wr.rdma.rkey = e->peer.memory_key;
	post(e, &r);
}

static void post_read(struct end *e)
{
	struct request r;

	begin(e, &r, IBV_WR_RDMA_READ);
	any_part(e, &r, WRITE_MAX);
	r.op.landing = e->landings++ % READS;
	if (r.op.len)
		add_sge(&r, e->mem->landing[r.op.landing], r.op.len,
			e->mr->lkey);
	r.wr.wr.rdma.remote_addr = e->peer.pool + r.op.pool_off;
	r.wr.wr.rdma.rkey = e->peer.pool_key;
	post(e, &r);
}

static void post_atomic(struct end *e)
{
	bool add = below(e, 2);
	struct request r;
	uint64_t *word;

	begin(e, &r, add ? IBV_WR_ATOMIC_FETCH_AND_ADD
			 : IBV_WR_ATOMIC_CMP_AND_SWP);
	r.op.word = below(e, WORDS);
	r.op.landing = e->landings++ % READS;
	word = &e->word[r.op.word];
	r.op.orig = *word;
	add_sge(&r, e->mem->landing[r.op.landing], 8, e->mr->lkey);
	r.wr.wr.atomic.remote_addr = e->peer.memory +
				     offsetof(struct memory, word) +
				     8 * r.op.word;
	r.wr.wr.atomic.rkey = e->peer.memory_key;
	if (add) {
		r.wr.wr.atomic.compare_add = 1 + below(e, 1000);
		*word += r.wr.wr.atomic.compare_add;
	} else if (below(e, 4)) {
		r.wr.wr.atomic.compare_add = *word;
		*word = soak_random(&e->random);
		r.wr.wr.atomic.swap = *word;
	} else {
		/* Another value than that: nothing must happen. */
		r.wr.wr.atomic.compare_add = *word + 1;
		r.wr.wr.atomic.swap = soak_random(&e->random);
	}
	post(e, &r);
}

static void post_one(struct end *e)
{
	uint32_t dice = below(e, 100);

	if (dice < 35 && e->written - e->peer_looked_at < SLOTS) {
		if (dice < 20)
			post_write(e);
		else
			post_write_imm(e);
		return;
	}
	if (dice >= 70 && e->landings - e->landed < READS) {
		if (dice < 90)
			post_read(e);
		else
			post_atomic(e);
		return;
	}
	post_data(e);
}

void soak_post(struct end *e)
{
	/* A WRITE takes two. */
	while (!e->ended && e->posted - e->done < SQ_DEPTH - 1) {
		if (e->soak->stop)
			post_end(e);
		else
			post_one(e);
	}
}

void soak_give_receives(struct end *e)
{
	struct ibv_recv_wr wr = { .num_sge = 1 }, *bad;
	struct ibv_sge sge = { .length = sizeof(e->mem->recv[0]),
			       .lkey = e->mr->lkey };
	int err;

	/* Who takes his time has the other one wait for RNR NAKs. */
	if (RQ_DEPTH - (e->given - e->taken) < e->lazy)
		return;
	while (e->given - e->taken < RQ_DEPTH) {
		wr.wr_id = e->given;
		wr.sg_list = &sge;
		sge.addr = (uintptr_t)e->mem->recv[e->given % RQ_DEPTH];
		e->given++;
		err = ibv_post_recv(e->qp, &wr, &bad);
		if (err)
			soak_fail(e->soak, "ibv_post_recv: %s", strerror(err));
	}
	e->lazy = below(e, 8) ? 1 : 1 + below(e, RQ_DEPTH);
}
