// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * One-sided requests to a function of another process: the requester carries
 * out WRITEs and READs itself, in the memory of its peer, which need not even
 * run. The responder learns of it with the next packet that it does get, which
 * says how many PSNs were skipped.
 *
 * Only what nobody can tell from a packet goes this way: nothing is under way
 * before it, the responder has accepted a packet of this connection, and key
 * and queue pair allow it. In any other case, failures too, the request goes
 * as a packet and the responder answers.
 */
#include "complete.h"
#include "guard.h"
#include "nic/peers.h"
#include "rc.h"
#include "request.h"

/* May the QP act for its peer at all? */
static bool introduced(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;
	uint32_t now = skua_peers_generation(&rc->qp);

	/* Who looks on, or has flows, wants to see packets. */
	if (!now || rc->qp.fn->shown || rc->qp.fn->steer)
		return false;
	if (r->generation == now)
		return true;
	/* A packet was acknowledged since the peer became ready. */
	if (r->answered == now)
		r->generation = now;
	return r->generation == now;
}

static bool may_skip(const struct skua_request *rq)
{
	return rq->len && (rq->opcode == SKUA_HWI_WQE_WRITE ||
			   rq->opcode == SKUA_HWI_WQE_READ);
}

static uint8_t own_access(const struct skua_request *rq)
{
	return rq->opcode == SKUA_HWI_WQE_READ ? SKUA_HWI_ACCESS_LOCAL_WRITE : 0;
}

static uint8_t their_access(const struct skua_request *rq)
{
	return rq->opcode == SKUA_HWI_WQE_READ ? SKUA_HWI_ACCESS_REMOTE_READ :
						 SKUA_HWI_ACCESS_REMOTE_WRITE;
}

/* Is [addr, addr + len) of the key in the run? len > 0. */
static bool covers(const struct rc_run *run, uint32_t key, uint8_t access,
		   uint64_t addr, uint64_t len)
{
	uint64_t off = addr - run->addr;

	return run->key == key && run->access == access && off <= run->len &&
	       len <= run->len - off;
}

/* Where the message from off on is, if it has one segment and lies in one run. */
static uint8_t *find_own(struct skua_rc *rc, const struct skua_request *rq,
			 uint32_t off, uint32_t len)
{
	const uint8_t access = own_access(rq);
	const uint64_t addr = rq->sg[0].addr + off;
	const uint32_t key = rq->sg[0].key;
	struct rc_run *run = &rc->req.own;
	const struct skua_mkey *mk;

	if (rq->inline_data)
		return (uint8_t *)rq->inline_data + off;
	if (rq->n != 1)
		return NULL;
	if (!covers(run, key, access, addr, len)) {
		mk = skua_mkey_check(rc->qp.fn, key, rc->qp.pdn, rc->qp.qpn, addr,
				     len, access);
		if (!mk || mk->type == SKUA_HWI_MKEY_PHYS)
			return NULL;
		*run = (struct rc_run){ addr, mk->len - (addr - mk->iova), NULL,
					key, access };
		run->host = skua_mkey_span(rc->qp.fn, mk, addr, &run->len,
					   access & SKUA_HWI_ACCESS_LOCAL_WRITE);
		if (!run->host || len > run->len)
			return NULL;
	}
	return run->host ? run->host + (addr - run->addr) : NULL;
}

/* The same of the peer's; what is not mapped here is a run without address. */
static uint8_t *find_theirs(struct skua_rc *rc, const struct skua_request *rq,
			    uint32_t off, uint32_t len)
{
	const uint8_t access = their_access(rq);
	const uint64_t addr = rq->va + off;
	struct rc_run *run = &rc->req.theirs;
	struct skua_piece piece;

	if (!covers(run, rq->rkey, access, addr, len)) {
		if (!skua_peers_begin(&rc->qp, rq->rkey, addr, rq->len - off,
				      access, rc->req.generation, &piece))
			return NULL;
		*run = (struct rc_run){ addr, piece.len,
					piece.remote ? NULL : piece.host,
					rq->rkey, access };
	}
	return run->host ? run->host + (addr - run->addr) : NULL;
}

/* By a system call, or in parts. */
static bool carry_pieces(struct skua_rc *rc, struct skua_request *rq,
			 uint32_t off, uint32_t len)
{
	bool read = rq->opcode == SKUA_HWI_WQE_READ;
	struct skua_piece own[SKUA_HWI_MAX_SGE], theirs;
	struct skua_cursor here, there;
	enum skua_copy_result ret;
	int n;

	n = skua_request_pieces(&rc->qp, rq, off, len, own_access(rq), own);
	if (n < 0)
		return false;
	if (!skua_peers_begin(&rc->qp, rq->rkey, rq->va + off, rq->len - off,
			      their_access(rq), rc->req.generation, &theirs))
		return false;
	skua_cursor_init(&here, own, n, 0);
	skua_cursor_init(&there, &theirs, 1, 0);
	ret = read ? skua_copy(rc->qp.fn->adapter, &here, &there, len)
		   : skua_copy(rc->qp.fn->adapter, &there, &here, len);
	return ret == SKUA_COPY_OK;
}

/* Copy [off, off + len) of the message; false: it has to go as packets. */
static bool carry_out(struct skua_rc *rc, struct skua_request *rq, uint32_t off,
		      uint32_t len)
{
	bool read = rq->opcode == SKUA_HWI_WQE_READ;
	uint8_t *own, *theirs;

	/* Most are one run on both sides, and the same as the one before. */
	theirs = find_theirs(rc, rq, off, len);
	own = theirs ? find_own(rc, rq, off, len) : NULL;
	if (!own)
		return carry_pieces(rc, rq, off, len);
	return !skua_move(rc->qp.fn->adapter, read ? own : theirs,
			  read ? theirs : own, len);
}

void rc_direct_end(struct skua_rc *rc)
{
	rc->req.own.len = 0;
	rc->req.theirs.len = 0;
	skua_peers_end(&rc->qp);
}

enum rc_direct_result rc_direct(struct skua_rc *rc, struct rc_flight *f,
				struct skua_request *rq, uint32_t *budget)
{
	struct rc_req *r = &rc->req;
	uint32_t left, len;

	if (r->una != r->psn || r->psn != f->psn || r->max != r->psn ||
	    f->packets || !may_skip(rq) || !introduced(rc))
		return RC_DIRECT_NO;
	left = f->len - r->direct;
	len = left < *budget ? left : *budget;
	if (!carry_out(rc, rq, r->direct, len)) {
		/* From the start: what was written is written once more. */
		f->packets = true;
		r->direct = 0;
		return RC_DIRECT_NO;
	}
	*budget -= len;
	r->direct += len;
	if (r->direct != f->len)
		return RC_DIRECT_MORE;
	r->direct = 0;
	r->skip += f->npsn;
	skua_count(rc->qp.fn, SKUA_HWI_CNT_RDMA_TX_BYTES, f->len);
	return RC_DIRECT_DONE;
}
