/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Inside of the requester: what it sends (rc_req.c), the answers (rc_answer.c),
 * and what it sends once more (rc_again.c).
 */
#ifndef SKUA_RC_REQ_H
#define SKUA_RC_REQ_H

#include "rc.h"
#include "request.h"

static inline struct rc_flight *rc_flight_at(struct rc_req *r, uint32_t i)
{
	return &r->flight[i & r->mask];
}

static inline uint32_t rc_flight_end(const struct rc_flight *f)
{
	return skua_psn_add(f->psn, f->npsn);
}

static inline bool rc_req_works(const struct skua_rc *rc)
{
	return rc->qp.attr.state == SKUA_HWI_QPS_RTS ||
	       rc->qp.attr.state == SKUA_HWI_QPS_SQD;
}

/*
 * All PSNs before target were received by the peer, except that a READ or
 * atomic is over only with its response: una stops there. Completes what is
 * over. False: the send queue is stopped.
 */
bool rc_advance(struct skua_rc *rc, uint32_t target);
/* Everything before una has been answered. */
void rc_moved(struct skua_rc *rc, uint32_t una);
void rc_fail_oldest(struct skua_rc *rc, uint8_t status);

/* Send everything from una on again; retry: once more of retry_cnt times. */
void rc_go_back(struct skua_rc *rc);
void rc_retry(struct skua_rc *rc);
/* Is there one of retry_cnt left? It is taken; if not, the oldest flight fails. */
bool rc_retry_left(struct skua_rc *rc);

/* Read the WQE of a flight again. False: it is not the one that was begun. */
bool rc_reread(struct skua_rc *rc, const struct rc_flight *f,
	       struct skua_wqe *wqe, struct skua_request *rq);

/*
 * Send the packets of a SEND or WRITE that begin with psn, seg bytes; or a
 * request for len bytes of response. False: the flight has failed.
 */
bool rc_put_data(struct skua_rc *rc, struct rc_flight *f,
		 struct skua_request *rq, uint32_t psn, uint32_t seg);
bool rc_put_request(struct skua_rc *rc, struct rc_flight *f,
		    struct skua_request *rq, uint32_t psn, uint32_t len);

/* rc_again.c: is something to be sent again, out of turn? */
static inline bool rc_again_wanted(const struct skua_rc *rc)
{
	const struct rc_req *r = &rc->req;

	return r->probe | r->ask | r->fill.wanted || (r->score && r->score->nlost);
}
/*
 * Up to n packets from psn on, or the rest of a READ, which counter counts; *budget
 * is taken care of. How many it was.
 */
uint32_t rc_repeat(struct skua_rc *rc, uint32_t psn, uint32_t n,
		   unsigned int counter, uint32_t *budget);
/* Send it. False: there is no room for anything else. */
bool rc_again(struct skua_rc *rc, uint32_t *budget);
/*
 * Nothing has been heard for long: have a packet sent that makes the peer say
 * what is missing. False: there is none that would.
 */
bool rc_again_probe(struct skua_rc *rc);
/* All before psn was received, beyond what was known. */
void rc_again_passed(struct skua_rc *rc, uint32_t psn);
void rc_again_timer(struct skua_rc *rc);
/* The WQE of a flight that is to be sent again. False: the flight has failed. */
bool rc_again_prepare(struct skua_rc *rc, struct rc_flight *f,
		      struct skua_wqe *wqe, struct skua_request *rq);
/* A SACK: true if it is one of this connection. */
bool rc_again_sack(struct skua_rc *rc, struct skua_packet *pkt);

/* rc_fill.c: a NAK says that una was lost: have what it takes sent again. */
void rc_fill_or_go_back(struct skua_rc *rc);
/* Was that said before, but by an ACK? Once. */
bool rc_fill_known(struct rc_fill *f);
void rc_fill_send(struct skua_rc *rc, uint32_t *budget);
void rc_fill_timer(struct skua_rc *rc);
/* una has moved, perhaps beyond all that was sent since it went back. */
void rc_fill_moved(struct skua_rc *rc);

/* rc_ask.c: ask for responses that are missing. False: there is no room. */
bool rc_ask(struct skua_rc *rc);
/* A response has come that was missing, or has not been due before. */
void rc_ask_came(struct skua_rc *rc, uint32_t psn);

/* rc_answer.c: una is going to move; what is missing may be lost. */
void rc_answer_passed(struct skua_rc *rc, uint32_t una);
void rc_answer_timer(struct skua_rc *rc);

#endif /* SKUA_RC_REQ_H */
