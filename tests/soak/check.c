// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What has come, held against what must have. */
#include <endian.h>
#include <string.h>

#include <isa-l/crc.h>

#include "soak.h"

#define BATCH 16

static struct end *end_of(struct soak *s, const struct ibv_wc *wc)
{
	unsigned int i;

	for (i = 0; i < s->opt.qps; i++) {
		if (s->end[i].qp->qp_num == wc->qp_num)
			return &s->end[i];
	}
	soak_fail(s, "completion of queue pair 0x%x, which is not ours",
		  wc->qp_num);
}

/* What was flushed tells nothing; what it was flushed for may be there by now. */
static struct ibv_wc cause_of(struct soak *s, struct ibv_wc flushed)
{
	struct ibv_wc wc;

	while (flushed.status == IBV_WC_WR_FLUSH_ERR &&
	       ibv_poll_cq(s->send_cq, 1, &wc) == 1) {
		if (wc.status && wc.status != IBV_WC_WR_FLUSH_ERR)
			return wc;
	}
	return flushed;
}

static void check_status(struct soak *s, const struct ibv_wc *wc)
{
	struct ibv_wc first;

	if (!wc->status)
		return;
	first = cause_of(s, *wc);
	soak_fail(s, "completion of queue pair 0x%x, request %u: %s",
		  first.qp_num, (uint32_t)first.wr_id,
		  ibv_wc_status_str(first.status));
}

/* Requests --------------------------------------------------------------- */

static void check_landing(struct end *e, const struct op *op)
{
	const uint8_t *at = e->mem->landing[op->landing];
	uint64_t orig;

	e->landed++;
	if (op->opcode == IBV_WR_RDMA_READ) {
		if (memcmp(at, e->soak->peer_pool + op->pool_off, op->len))
			soak_fail(e->soak, "RDMA READ of %u bytes: wrong data",
				  op->len);
		return;
	}
	memcpy(&orig, at, sizeof(orig));
	if (orig != op->orig)
		soak_fail(e->soak,
			  "atomic: word %u was %016llx, not %016llx: one was done twice, or not at all",
			  op->word, (unsigned long long)orig,
			  (unsigned long long)op->orig);
}

/* Request wr_id is complete, and so are those before it. */
static void check_request(struct end *e, uint32_t wr_id)
{
	const struct op *op;

	do {
		if (e->done == e->posted)
			soak_fail(e->soak, "completion of request %u, a second time or never posted",
				  wr_id);
		op = &e->op[e->done % SQ_DEPTH];
		if (op->opcode == IBV_WR_RDMA_READ ||
		    op->opcode == IBV_WR_ATOMIC_CMP_AND_SWP ||
		    op->opcode == IBV_WR_ATOMIC_FETCH_AND_ADD)
			check_landing(e, op);
		if (op->signaled && e->done != wr_id)
			soak_fail(e->soak, "completion of request %u, that of %u is lost",
				  wr_id, e->done);
	} while (e->done++ != wr_id);
	if (!op->signaled)
		soak_fail(e->soak, "completion of request %u, which wants none",
			  wr_id);
}

unsigned int soak_check_sent(struct soak *s)
{
	struct ibv_wc wc[BATCH];
	int n = ibv_poll_cq(s->send_cq, BATCH, wc), i;

	if (n < 0)
		soak_fail(s, "ibv_poll_cq failed");
	for (i = 0; i < n; i++) {
		check_status(s, &wc[i]);
		check_request(end_of(s, &wc[i]), wc[i].wr_id);
	}
	return n;
}

/* Messages --------------------------------------------------------------- */

static void check_data(struct end *e, const struct header *h, const uint8_t *data)
{
	if (crc32_iscsi((uint8_t *)data, h->len, 0) != h->crc)
		soak_fail(e->soak, "message %u, kind %u, %u bytes: wrong checksum",
			  h->seq, h->kind, h->len);
}

static void check_slot(struct end *e, const struct header *h)
{
	if (h->slot != e->looked_at % SLOTS || h->len > WRITE_MAX)
		soak_fail(e->soak, "message %u: slot %u, %u bytes", h->seq,
			  h->slot, h->len);
	check_data(e, h, e->mem->slot[h->slot] + sizeof(*h));
	e->looked_at++;
}

static void check_message(struct end *e, const struct ibv_wc *wc,
			  const struct header *h)
{
	uint32_t own = wc->byte_len - sizeof(*h);

	if (h->magic != HEADER_MAGIC || h->seq != e->expected)
		soak_fail(e->soak, "message %u where %u has to be: lost, doubled or overtaken",
			  h->seq, e->expected);
	e->expected++;
	e->peer_looked_at = h->looked_at;
	switch (h->kind) {
	case KIND_DATA:
		if (own != h->len)
			break;
		check_data(e, h, (const uint8_t *)(h + 1));
		return;
	case KIND_WRITTEN:
		if (own)
			break;
		check_slot(e, h);
		return;
	case KIND_WRITE_IMM:
		if (own != h->len)
			break;
		check_slot(e, h);
		return;
	case KIND_END:
		if (own || be32toh(wc->imm_data) != h->seq)
			break;
		e->peer_ended = true;
		return;
	}
	soak_fail(e->soak, "message %u, kind %u: %u bytes have come, it says %u",
		  h->seq, h->kind, wc->byte_len, h->len);
}

static void check_receive(struct end *e, const struct ibv_wc *wc)
{
	const struct header *h;
	uint32_t slot;

	if (wc->wr_id != e->taken)
		soak_fail(e->soak, "receive %u where %u has to be",
			  (uint32_t)wc->wr_id, e->taken);
	h = (const struct header *)e->mem->recv[e->taken % RQ_DEPTH];
	e->taken++;
	if (wc->byte_len < sizeof(*h))
		soak_fail(e->soak, "a message of %u bytes", wc->byte_len);
	if (wc->opcode == IBV_WC_RECV_RDMA_WITH_IMM) {
		slot = be32toh(wc->imm_data) & 0xff;
		if (slot >= SLOTS)
			soak_fail(e->soak, "immediate 0x%x",
				  be32toh(wc->imm_data));
		h = (const struct header *)e->mem->slot[slot];
		if (h->seq << 8 != (be32toh(wc->imm_data) & ~0xffu))
			soak_fail(e->soak, "immediate 0x%x of message %u",
				  be32toh(wc->imm_data), h->seq);
	}
	check_message(e, wc, h);
}

unsigned int soak_check_received(struct soak *s)
{
	struct ibv_wc wc[BATCH];
	int n = ibv_poll_cq(s->recv_cq, BATCH, wc), i;

	if (n < 0)
		soak_fail(s, "ibv_poll_cq failed");
	for (i = 0; i < n; i++) {
		check_status(s, &wc[i]);
		check_receive(end_of(s, &wc[i]), &wc[i]);
	}
	return n;
}

bool soak_done(const struct soak *s)
{
	unsigned int i;

	for (i = 0; i < s->opt.qps; i++) {
		const struct end *e = &s->end[i];

		if (!e->ended || e->done != e->posted || !e->peer_ended)
			return false;
	}
	return true;
}

void soak_check_totals(struct soak *s)
{
	struct {
		uint32_t sent[MAX_QPS];
		uint64_t word[MAX_QPS][WORDS];
	} ours = { 0 }, theirs;
	unsigned int i;

	for (i = 0; i < s->opt.qps; i++) {
		ours.sent[i] = s->end[i].seq;
		memcpy(ours.word[i], s->end[i].word, sizeof(ours.word[i]));
	}
	soak_exchange(s, &ours, &theirs, sizeof(ours));
	for (i = 0; i < s->opt.qps; i++) {
		if (theirs.sent[i] != s->end[i].expected)
			soak_fail(s, "queue pair %u: %u messages were sent, %u came",
				  i, theirs.sent[i], s->end[i].expected);
		if (memcmp(theirs.word[i], s->end[i].mem->word,
			   sizeof(theirs.word[i])))
			soak_fail(s, "queue pair %u: the words of atomics differ",
				  i);
	}
	if (soak_check_sent(s) || soak_check_received(s))
		soak_fail(s, "a completion after the last one");
}
