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
#include "nic/peers.h"
#include "rc.h"
#include "request.h"

/* May the QP act for its peer at all? */
static bool introduced(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;
	uint32_t now = skua_peers_generation(&rc->qp);

	/* Who looks on wants to see packets. */
	if (!now || rc->qp.fn->shown)
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

/* Copy [off, off + len) of the message; false: it has to go as packets. */
static bool carry_out(struct skua_rc *rc, struct skua_request *rq, uint32_t off,
		      uint32_t len)
{
	bool read = rq->opcode == SKUA_HWI_WQE_READ;
	struct skua_piece own[SKUA_HWI_MAX_SGE], theirs;
	struct skua_cursor here, there;
	enum skua_copy_result ret;
	int n;

	n = skua_request_pieces(&rc->qp, rq, off, len,
				read ? SKUA_HWI_ACCESS_LOCAL_WRITE : 0, own);
	if (n < 0)
		return false;
	if (!skua_peers_begin(&rc->qp, rq->rkey, rq->va + off, rq->len - off,
			      read ? SKUA_HWI_ACCESS_REMOTE_READ
				   : SKUA_HWI_ACCESS_REMOTE_WRITE,
			      rc->req.generation, &theirs))
		return false;
	skua_cursor_init(&here, own, n, 0);
	skua_cursor_init(&there, &theirs, 1, 0);
	ret = read ? skua_copy(rc->qp.fn->adapter, &here, &there, len)
		   : skua_copy(rc->qp.fn->adapter, &there, &here, len);
	return ret == SKUA_COPY_OK;
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
