// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The responder of a reliable connection, IBTA 9.7.5 and 9.9.3. */
#include <string.h>

#include "atomic.h"
#include "complete.h"
#include "rc.h"
#include "send.h"

/* What is expected is there, or will be anew. */
static inline void found(struct rc_resp *rs)
{
	rs->told = false;
	rs->asked = false;
	rc_gap_found(&rs->gap);
}

void rc_resp_reset(struct skua_rc *rc, uint32_t psn)
{
	struct rc_resp *rs = &rc->resp;
	unsigned int i;

	rs->epsn = psn & SKUA_PSN_MASK;
	rs->msn = 0;
	found(rs);
	rs->reply = false;
	rs->failed = false;
	rs->established = false;
	rs->npending = 0;
	rs->sack = false;
	rs->nparts = 0;
	rc_gap_reset(rc, &rs->gap);
	rs->early.npsn = 0;
	rs->accepted = 0;
	for (i = 0; i < SKUA_MAX_RD_ATOMIC; i++) {
		rs->res[i].pending = false;
		rs->res[i].npsn = 0;
	}
	rc->in.open = false;
}

void rc_resp_answer(struct skua_rc *rc, uint8_t syndrome)
{
	rc->resp.reply = true;
	rc->resp.syndrome = syndrome;
	skua_qp_activate(&rc->qp);
}

static void ack(struct skua_rc *rc)
{
	rc_resp_answer(rc, SKUA_AETH_ACK | SKUA_AETH_NO_CREDIT);
}

/* Refuse the request with the expected PSN, and go to ERR after saying so. */
static void refuse(struct skua_rc *rc, uint8_t nak)
{
	rc->resp.failed = true;
	rc_resp_answer(rc, nak);
	if (nak == SKUA_NAK_REM_ACCESS)
		skua_count(rc->qp.fn, SKUA_HWI_CNT_RESP_REMOTE_ACCESS_ERRORS, 1);
}

static void event(struct skua_rc *rc, uint8_t type)
{
	skua_event(rc->qp.fn, type, rc->qp.qpn, 0);
}

/* SEND or WRITE was not placed: answer, IBTA table 59. */
static void not_placed(struct skua_rc *rc, enum skua_inbound_result result)
{
	bool told = skua_inbound_fail(&rc->qp, &rc->in, result);

	switch (result) {
	case SKUA_IN_OK:
	case SKUA_IN_LOST:
		return;
	case SKUA_IN_NO_RECV:
		rc->resp.told = true;
		rc_resp_answer(rc, SKUA_AETH_RNR_NAK | (rc->qp.attr.min_rnr_timer &
					       SKUA_AETH_VAL_MASK));
		return;
	case SKUA_IN_TOO_LONG:
		skua_count(rc->qp.fn, SKUA_HWI_CNT_RESP_LOCAL_LENGTH_ERROR, 1);
		refuse(rc, SKUA_NAK_INV_REQ);
		return;
	case SKUA_IN_INVALID:
		event(rc, SKUA_HWI_EVENT_QP_REQ_ERR);
		refuse(rc, SKUA_NAK_INV_REQ);
		return;
	case SKUA_IN_REM_ACCESS:
		if (!told)
			event(rc, SKUA_HWI_EVENT_QP_ACCESS_ERR);
		refuse(rc, SKUA_NAK_REM_ACCESS);
		return;
	case SKUA_IN_RQ_LOST:
	case SKUA_IN_BAD_RECV:
	case SKUA_IN_LOC_PROT:
	case SKUA_IN_DST_LOST:
	case SKUA_IN_CQ_ERROR:
		if (!told)
			event(rc, SKUA_HWI_EVENT_QP_FATAL);
		refuse(rc, SKUA_NAK_REM_OP);
		return;
	}
}

static void accept(struct skua_rc *rc, const struct skua_packet *pkt)
{
	rc->resp.epsn = skua_psn_add(pkt->psn, pkt->npsn);
	if (pkt->flags & SKUA_PKT_LAST)
		rc->resp.msn = skua_psn_add(rc->resp.msn, 1);
}

static void receive_data(struct skua_rc *rc, struct skua_packet *pkt)
{
	enum skua_inbound_result result;

	result = skua_inbound_place(&rc->qp, &rc->in, pkt);
	if (__builtin_expect(result != SKUA_IN_OK, 0)) {
		if (skua_packet_whole(pkt))
			not_placed(rc, result);
		return;
	}
	accept(rc, pkt);
	if (pkt->flags & SKUA_PKT_ACK_REQ)
		ack(rc);
}

static struct rc_resource *resource_at(struct rc_resp *rs, uint32_t i)
{
	return &rs->res[i % SKUA_MAX_RD_ATOMIC];
}

/* The oldest resource that waits to be sent. */
static struct rc_resource *resource_pending(struct rc_resp *rs)
{
	unsigned int i;

	for (i = 0; i < SKUA_MAX_RD_ATOMIC; i++) {
		struct rc_resource *res = resource_at(rs, rs->accepted + i);

		if (res->pending)
			return res;
	}
	return NULL;
}

static void resource_done(struct rc_resp *rs, struct rc_resource *res)
{
	res->pending = false;
	rs->npending--;
}

/*
 * Are there no more under way than max_dest_rd_atomic allows the peer? It asks
 * for one more when the oldest has been answered; if that was asked for twice,
 * what is still to be sent of it need not be.
 */
static bool resource_room(struct skua_rc *rc)
{
	uint32_t max = rc->qp.attr.max_dest_rd_atomic;
	struct rc_resp *rs = &rc->resp;
	struct rc_resource *oldest;

	while (rs->npending && (rs->npending >= max ||
				resource_at(rs, rs->accepted)->pending)) {
		oldest = resource_pending(rs);
		if (!oldest->again)
			return false;
		resource_done(rs, oldest);
	}
	return rs->npending < max;
}

/* Remember one more READ or atomic, and forget the oldest. */
static struct rc_resource *
resource_add(struct skua_rc *rc, const struct skua_packet *pkt, uint32_t npsn)
{
	struct rc_resp *rs = &rc->resp;
	struct rc_resource *res;

	res = resource_at(rs, rs->accepted);
	rs->accepted++;
	rs->npending++;
	res->pending = true;
	res->again = false;
	res->op = pkt->op;
	res->psn = pkt->psn;
	res->npsn = npsn;
	skua_qp_activate(&rc->qp);
	return res;
}

static void resource_read(struct rc_resource *res, const struct skua_packet *pkt)
{
	res->at = pkt->psn;
	res->va = pkt->va;
	res->rkey = pkt->rkey;
	res->len = pkt->dma_len;
	res->done = 0;
}

/* READs and atomics begin no message and end none that is open. */
static bool resource_allowed(struct skua_rc *rc, uint8_t access)
{
	return !rc->in.open && rc->qp.attr.access & access && resource_room(rc);
}

static void bad_request(struct skua_rc *rc)
{
	event(rc, SKUA_HWI_EVENT_QP_REQ_ERR);
	refuse(rc, SKUA_NAK_INV_REQ);
}

static void bad_access(struct skua_rc *rc)
{
	event(rc, SKUA_HWI_EVENT_QP_ACCESS_ERR);
	refuse(rc, SKUA_NAK_REM_ACCESS);
}

static struct skua_mkey *readable(struct skua_rc *rc, uint32_t rkey,
				  uint64_t va, uint32_t len)
{
	return skua_mkey_check(rc->qp.fn, rkey, rc->qp.pdn, rc->qp.qpn, va, len,
			       SKUA_HWI_ACCESS_REMOTE_READ);
}

static void receive_read(struct skua_rc *rc, struct skua_packet *pkt)
{
	struct rc_resource *res;
	uint32_t npsn;

	if (!resource_allowed(rc, SKUA_HWI_ACCESS_REMOTE_READ) ||
	    pkt->dma_len > SKUA_MAX_MESSAGE) {
		bad_request(rc);
		return;
	}
	if (pkt->dma_len && !readable(rc, pkt->rkey, pkt->va, pkt->dma_len)) {
		bad_access(rc);
		return;
	}
	npsn = skua_psn_count(pkt->dma_len, rc_mtu(rc));
	res = resource_add(rc, pkt, npsn);
	resource_read(res, pkt);
	rc->resp.epsn = skua_psn_add(pkt->psn, npsn);
	rc->resp.msn = skua_psn_add(rc->resp.msn, 1);
	skua_count(rc->qp.fn, SKUA_HWI_CNT_RX_READ_REQUESTS, 1);
}

static void receive_atomic(struct skua_rc *rc, struct skua_packet *pkt)
{
	struct rc_resource *res;
	uint64_t orig;

	if (!resource_allowed(rc, SKUA_HWI_ACCESS_REMOTE_ATOMIC)) {
		bad_request(rc);
		return;
	}
	switch (skua_atomic(&rc->qp, pkt, &orig)) {
	case SKUA_ATOMIC_OK:
		break;
	case SKUA_ATOMIC_MISALIGNED:
		bad_request(rc);
		return;
	case SKUA_ATOMIC_DENIED:
		bad_access(rc);
		return;
	case SKUA_ATOMIC_LOST:
		event(rc, SKUA_HWI_EVENT_QP_FATAL);
		refuse(rc, SKUA_NAK_REM_OP);
		return;
	}
	res = resource_add(rc, pkt, 1);
	res->orig = orig;
	accept(rc, pkt);
	skua_count(rc->qp.fn, SKUA_HWI_CNT_RX_ATOMIC_REQUESTS, 1);
}

static struct rc_resource *resource_find(struct rc_resp *rs, uint32_t psn)
{
	unsigned int i;

	for (i = 0; i < SKUA_MAX_RD_ATOMIC; i++) {
		struct rc_resource *res = &rs->res[i];

		if (((psn - res->psn) & SKUA_PSN_MASK) < res->npsn)
			return res;
	}
	return NULL;
}

/* Some of the responses to a READ have got lost: selective repeat. */
static void part_add(struct skua_rc *rc, const struct rc_resource *res,
		     const struct skua_packet *pkt)
{
	uint32_t left = (res->psn + res->npsn - pkt->psn) & SKUA_PSN_MASK;
	uint32_t mtu = rc_mtu(rc), npsn = skua_psn_count(pkt->dma_len, mtu);
	struct rc_resp *rs = &rc->resp;
	struct rc_resource *part;

	if (pkt->dma_len > SKUA_MAX_MESSAGE || npsn > left ||
	    (npsn < left && pkt->dma_len % mtu) || rs->nparts == RC_PARTS)
		return;
	part = &rs->part[rs->nparts++];
	resource_read(part, pkt);
	part->part = true;
	part->last = npsn == left;
	skua_qp_activate(&rc->qp);
}

/*
 * IBTA 9.7.5.1.2: a duplicate SEND or WRITE is acknowledged again, a READ is
 * executed again, of an atomic the result is sent again. One that is not
 * remembered is too old to matter, and dropped.
 */
static void receive_duplicate(struct skua_rc *rc, struct skua_packet *pkt)
{
	struct rc_resp *rs = &rc->resp;
	struct rc_resource *res;
	uint32_t npsn;

	skua_count(rc->qp.fn, SKUA_HWI_CNT_DUPLICATE_REQUEST, 1);
	rc_gap_twice(rc, &rs->gap, pkt->psn);
	rs->needless++;
	rs->sack = rc->hello.agreed;
	if (pkt->op == SKUA_PKT_SEND || pkt->op == SKUA_PKT_WRITE) {
		/* A NAK that waits to be sent says as much. */
		if (!rs->reply)
			ack(rc);
		return;
	}

	res = resource_find(rs, pkt->psn);
	if (!res || res->op != pkt->op)
		return;
	/* One answer will do: that to this may be there before the first. */
	res->again = true;
	if (res->op == SKUA_PKT_READ && rs->part && pkt->dma_len) {
		part_add(rc, res, pkt);
		return;
	}
	if (res->op == SKUA_PKT_READ) {
		npsn = skua_psn_count(pkt->dma_len, rc_mtu(rc));
		if (pkt->dma_len > SKUA_MAX_MESSAGE ||
		    skua_psn_add(pkt->psn, npsn) !=
			    skua_psn_add(res->psn, res->npsn))
			return;
		resource_read(res, pkt);
	}
	if (!res->pending) {
		res->pending = true;
		rs->npending++;
	}
	skua_qp_activate(&rc->qp);
}

bool rc_resp_well_formed(const struct skua_rc *rc,
			 const struct skua_packet *pkt)
{
	uint32_t mtu = rc_mtu(rc);

	if (pkt->op != SKUA_PKT_SEND && pkt->op != SKUA_PKT_WRITE)
		return pkt->len == 0;
	if (skua_psn_count(pkt->len, mtu) != pkt->npsn)
		return false;
	return pkt->flags & SKUA_PKT_LAST || pkt->len == pkt->npsn * mtu;
}

void rc_resp_execute(struct skua_rc *rc, struct skua_packet *pkt)
{
	if (rc->qp.attr.state == SKUA_HWI_QPS_RTR && !rc->resp.established) {
		rc->resp.established = true;
		event(rc, SKUA_HWI_EVENT_COMM_EST);
	}
	found(&rc->resp);

	switch (pkt->op) {
	case SKUA_PKT_SEND:
	case SKUA_PKT_WRITE:
		receive_data(rc, pkt);
		break;
	case SKUA_PKT_READ:
		receive_read(rc, pkt);
		break;
	default:
		receive_atomic(rc, pkt);
		break;
	}
}

void rc_resp_receive(struct skua_rc *rc, struct skua_packet *pkt)
{
	struct rc_resp *rs = &rc->resp;
	bool told = rs->told;
	struct skua_packet tail;
	int32_t ahead;

	if (rs->failed)
		return;

	/* The requester saw to what is between the two itself. */
	if (pkt->skip && skua_psn_add(rs->epsn, pkt->skip) == pkt->psn)
		rs->epsn = pkt->psn;
	ahead = skua_psn_diff(pkt->psn, rs->epsn);
	if (ahead > 0) {
		if (skua_packet_whole(pkt))
			rc_resp_ahead(rc, pkt);
		return;
	}
	if (!rc_resp_well_formed(rc, pkt)) {
		if (!ahead && skua_packet_whole(pkt))
			bad_request(rc);
		return;
	}
	if (!ahead) {
		rc_resp_execute(rc, pkt);
		if (__builtin_expect(rs->gap.open, 0))
			rc_resp_held(rc, pkt->psn, told);
		return;
	}
	if (!skua_packet_whole(pkt))
		return;
	if (skua_psn_diff(skua_psn_add(pkt->psn, pkt->npsn), rs->epsn) <= 0 ||
	    pkt->op == SKUA_PKT_READ) {
		receive_duplicate(rc, pkt);
		return;
	}
	rc_packet_tail(pkt, rs->epsn, rc_mtu(rc), &tail);
	rc_resp_execute(rc, &tail);
	pkt->payload_lost = tail.payload_lost;
}

/* A segment of the response to a READ. False: it failed. */
static bool send_read_response(struct skua_rc *rc, struct rc_resource *res,
			       uint32_t seg)
{
	struct skua_packet pkt = {
		.op = SKUA_PKT_READ_RESP,
		.service = SKUA_HWI_QPT_RC,
		.syndrome = SKUA_AETH_ACK | SKUA_AETH_NO_CREDIT,
		.dqpn = rc->qp.attr.dest_qpn,
		.psn = res->at,
		.npsn = skua_psn_count(seg, rc_mtu(rc)),
		.mtu = rc_mtu(rc),
		.msn = rc->resp.msn,
		.len = seg,
	};
	struct skua_piece piece = {
		.fn = rc->qp.fn,
		.addr = res->va + res->done,
		.len = seg,
	};

	if (seg) {
		piece.mk = readable(rc, res->rkey, piece.addr, seg);
		if (!piece.mk) {
			bad_access(rc);
			return false;
		}
		pkt.piece = &piece;
		pkt.npieces = 1;
	}
	if (!res->done && !res->part)
		pkt.flags |= SKUA_PKT_FIRST;
	if (res->done + seg == res->len && (!res->part || res->last))
		pkt.flags |= SKUA_PKT_LAST;
	res->at = skua_psn_add(res->at, pkt.npsn);
	res->done += seg;
	if (!skua_send(&rc->qp, &rc->qp.attr.av, &pkt)) {
		event(rc, SKUA_HWI_EVENT_QP_FATAL);
		refuse(rc, SKUA_NAK_REM_OP);
		return false;
	}
	return true;
}

static void send_atomic_response(struct skua_rc *rc, const struct rc_resource *res)
{
	struct skua_packet pkt = {
		.op = SKUA_PKT_ATOMIC_RESP,
		.service = SKUA_HWI_QPT_RC,
		.flags = SKUA_PKT_FIRST | SKUA_PKT_LAST,
		.syndrome = SKUA_AETH_ACK | SKUA_AETH_NO_CREDIT,
		.dqpn = rc->qp.attr.dest_qpn,
		.psn = res->psn,
		.npsn = 1,
		.mtu = rc_mtu(rc),
		.msn = rc->resp.msn,
		.orig = res->orig,
	};

	skua_send(&rc->qp, &rc->qp.attr.av, &pkt);
}

/* NAKs carry the expected PSN, ACKs the one before it. */
void rc_resp_reply(struct skua_rc *rc)
{
	struct rc_resp *rs = &rc->resp;
	struct skua_packet pkt = {
		.op = SKUA_PKT_ACK,
		.service = SKUA_HWI_QPT_RC,
		.flags = SKUA_PKT_FIRST | SKUA_PKT_LAST,
		.syndrome = rs->syndrome,
		.dqpn = rc->qp.attr.dest_qpn,
		.psn = rs->epsn,
		.npsn = 1,
		.mtu = rc_mtu(rc),
		.msn = rs->msn,
	};

	if (!rs->reply || rs->npending ||
	    !rc_room(rc))
		return;
	rs->reply = false;
	if ((rs->syndrome & SKUA_AETH_KIND_MASK) == SKUA_AETH_ACK) {
		if (__builtin_expect(rs->sack && rc->hello.agreed, 0)) {
			rc_sack_send(rc);
			return;
		}
		pkt.psn = skua_psn_add(rs->epsn, SKUA_PSN_MASK);
	}
	skua_send(&rc->qp, &rc->qp.attr.av, &pkt);
}

/* False: there is no room, or too little is left of budget. */
static bool send_part(struct skua_rc *rc, uint32_t *budget)
{
	struct rc_resp *rs = &rc->resp;
	struct rc_resource *part = rs->part;
	uint32_t seg, limit;

	if (!rc_may_send(rc))
		return false;
	limit = rc_limit(rc);
	seg = rc_segment(part->len - part->done,
			 *budget < limit ? *budget : limit, rc_mtu(rc));
	if (!seg)
		return false;
	*budget -= seg;
	if (!send_read_response(rc, part, seg)) {
		rs->nparts = 0;
		return false;
	}
	if (part->done == part->len)
		memmove(part, part + 1, --rs->nparts * sizeof(*part));
	return true;
}

static bool send_resources(struct skua_rc *rc, uint32_t *budget)
{
	struct rc_resp *rs = &rc->resp;
	uint32_t mtu = rc_mtu(rc), limit, seg;
	struct rc_resource *res;

	while (rs->npending) {
		if (!rc_may_send(rc))
			return false;
		limit = rc_limit(rc);
		res = resource_pending(rs);
		if (res->op != SKUA_PKT_READ) {
			resource_done(rs, res);
			send_atomic_response(rc, res);
			continue;
		}
		seg = rc_segment(res->len - res->done,
				 *budget < limit ? *budget : limit, mtu);
		if (!seg && res->len)
			return true;
		*budget -= seg;
		if (res->done + seg == res->len)
			resource_done(rs, res);
		if (!send_read_response(rc, res, seg)) {
			/*
			 * The NAK must stand at the PSN that could not be
			 * answered, and nothing behind it is.
			 */
			rs->epsn =
				skua_psn_add(res->at, -skua_psn_count(seg, mtu));
			rs->npending = 0;
			return false;
		}
	}
	return false;
}

bool rc_resp_turn(struct skua_rc *rc, uint32_t *budget)
{
	struct rc_resp *rs = &rc->resp;
	bool more = false;

	while (__builtin_expect(rs->nparts && !rs->failed, 0)) {
		if (!send_part(rc, budget))
			return rs->nparts;
	}
	if (rc->qp.attr.state != SKUA_HWI_QPS_ERR)
		more = send_resources(rc, budget);
	rc_resp_reply(rc);
	if (rs->failed && !rs->npending && rc->qp.attr.state != SKUA_HWI_QPS_ERR)
		skua_qp_error(&rc->qp);
	return more;
}
