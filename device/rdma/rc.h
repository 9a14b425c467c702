/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Reliable connection: a requester (rc_req.h) and a responder (rc_resp.c),
 * which meet only here and in rc.c.
 *
 * Neither transmits while it receives: what a packet calls for is noted and
 * the QP activated, and its next turn sends it. So deliveries never nest, and
 * all requests of one turn of the peer are acknowledged by one ACK.
 */
#ifndef SKUA_RC_H
#define SKUA_RC_H

#include "cc.h"
#include "inbound.h"
#include "nic.h"
#include "packet.h"
#include "rc_gap.h"
#include "rc_hello.h"
#include "rc_score.h"

/* WQEs under way at most, and so the most that a retry repeats. */
#define RC_MAX_FLIGHTS 256u

/* A WQE that was begun and has not completed. */
struct rc_flight {
	uint32_t index;		/* its first block */
	uint32_t psn, npsn;	/* npsn 0: nothing is sent */
	uint32_t len;
	uint8_t opcode, flags;
	uint8_t num_bb;
	uint8_t status;		/* not OK: fails once it is the oldest */
	bool packets;		/* cannot go without */
	uint32_t skip;		/* PSNs before it that went without packets */
};

/* How long answers take on a link: rc_timeout.c. */
struct rc_rtt {
	uint64_t mean, deviation; /* ns; mean 0: not known yet */
	bool timing;		/* the answer to psn is being waited for */
	uint32_t psn;
	uint64_t sent;
};

/* Bytes of a memory key that lie in one run here: what of that is known. */
struct rc_run {
	uint64_t addr, len;	/* by the key; len 0: nothing is */
	uint8_t *host;
	uint32_t key;
	uint8_t access;		/* that it was allowed */
};

/* A peer that may hold what is behind what it misses: rc_fill.c. */
struct rc_fill {
	bool holds;		/* it does */
	bool gone_back;		/* for a NAK, and has not caught up */
	bool on;		/* only what is missing is sent again, */
	uint32_t whole;		/* up to what was sent when the NAK came: */
	bool wanted;		/* n packets from hole on, in the next turn; */
	bool told_by_ack;	/* not by a NAK, which may come too */
	uint32_t hole, n;
	uint32_t sent;		/* one past those that were sent */
	uint64_t due;		/* once more then */
	uint8_t times;		/* so often */
};

/*
 * PSNs: una <= psn <= max, una <= acked <= max. Flights are adjacent in PSNs
 * and una lies in the oldest, head. next is the one that psn lies in, or tail.
 */
struct rc_req {
	struct rc_flight *flight;
	uint32_t mask;
	uint32_t head, next, tail;	/* free-running */
	uint32_t una;		/* oldest PSN not answered */
	uint32_t acked;		/* all before it were received by the peer */
	uint32_t psn;		/* next to be sent, or sent again */
	uint32_t max;		/* one past the highest ever sent */
	uint32_t reads;		/* READs and atomics in [head, next) */
	uint8_t retries, rnr_retries;	/* since una last moved */
	bool rnr_wait;		/* until rnr_due */
	uint64_t rnr_due;
	uint64_t progress;	/* when una last moved, or was sent again */
	uint64_t waiting;	/* the same, but for quick repetitions */
	uint8_t quick;		/* of these, since una last moved */
	struct rc_rtt rtt;
	uint32_t window;	/* PSNs that may be under way */
	uint32_t calm;		/* answered since one was lost */
	/* On a link: */
	struct rc_gap gap;	/* in the responses */
	bool told;		/* una was asked for again */
	bool probe;		/* send the last packet again, and see */
	bool probed;		/* since una last moved */
	struct rc_fill fill;	/* without selective repeat */
	/* With selective repeat (there is a score): */
	struct rc_score *score;
	struct rc_patience patience; /* with requests */
	uint32_t needless;	/* as the peer last said */
	uint32_t spare;		/* so many may be, whatever the patience */
	uint64_t look_due;	/* look at the score then; 0: never */
	bool ask;		/* for responses that are missing */
	uint8_t asks;		/* for the one at una, but the first */
	uint32_t asked_to;	/* those before it were asked for, */
	uint64_t ask_due;	/* and are again then */
	struct rc_rtt asking;	/* how long that takes */
	/* rc_direct.c: */
	uint32_t direct;	/* bytes of the flight at next that are done */
	uint32_t skip;		/* PSNs that no packet has told of yet */
	struct rc_run own, theirs; /* in this turn */
	uint32_t generation;	/* of the peer's QP that may be acted for */
	uint32_t answered;	/* and that has acknowledged a packet */
};

/* A READ or atomic as the responder remembers it, for duplicates too. */
struct rc_resource {
	uint8_t op;
	bool pending;		/* to be sent, or to be sent again */
	bool again;		/* asked for more than once */
	uint32_t psn, npsn;
	uint64_t orig;		/* atomics: what was there before */
	/* READ, what is left to be sent: */
	uint32_t at;		/* its PSN */
	uint32_t rkey, len, done;
	uint64_t va;
	bool part;		/* of the whole, with neither end of it, */
	bool last;		/* or with the last one */
};

/* Parts of READs that wait to be sent again, with selective repeat. */
#define RC_PARTS 16u

/* A WRITE of which packets come before their turn; npsn is 0: there is none. */
struct rc_early {
	uint32_t psn, npsn;
	uint32_t rkey, len;
	uint64_t va;
};

struct rc_resp {
	uint32_t epsn;		/* expected PSN */
	uint32_t msn;
	bool told;		/* the requester knows where to go on */
	bool asked;		/* by a NAK that epsn is missing */
	bool reply;		/* syndrome is to be sent */
	bool failed;		/* to ERR once it was */
	uint8_t syndrome;
	bool established;	/* COMM_EST was reported */
	struct rc_gap gap;	/* on a link */
	struct rc_early early;	/* the last that began behind what is missing */
	/* With selective repeat: */
	bool sack;		/* an ACK is to be a SACK */
	uint32_t needless;	/* requests that came twice */
	struct rc_resource *part; /* the oldest first */
	uint8_t nparts;
	uint8_t npending;
	uint32_t accepted;	/* resources, free-running */
	struct rc_resource res[SKUA_MAX_RD_ATOMIC];
};

struct skua_rc {
	struct skua_qp qp;
	struct rc_req req;
	struct rc_resp resp;
	struct skua_inbound in;
	struct rc_hello hello;
};

static inline struct skua_rc *to_rc(struct skua_qp *qp)
{
	return container_of(qp, struct skua_rc, qp);
}

static inline uint32_t rc_mtu(const struct skua_rc *rc)
{
	return skua_mtu_bytes(rc->qp.attr.path_mtu);
}

/* Room for one packet? If not, the QP gets a turn when there is. */
static inline bool rc_room(struct skua_rc *rc)
{
	return skua_eswitch_room(&rc->qp, &rc->qp.attr.av,
				 rc->qp.attr.dest_qpn);
}

/* The same for what is more than an acknowledgement. */
static inline bool rc_may_send(struct skua_rc *rc)
{
	return skua_cc_may_send(&rc->qp) && rc_room(rc);
}

/* After that: payload that one descriptor may have. */
static inline uint32_t rc_limit(struct skua_rc *rc)
{
	return skua_eswitch_limit(&rc->qp, &rc->qp.attr.av,
				  rc->qp.attr.dest_qpn, rc_mtu(rc));
}

/* What is left of *budget, in whole packets unless it takes all of left. */
static inline uint32_t rc_segment(uint32_t left, uint32_t budget, uint32_t mtu)
{
	return left <= budget ? left : budget - budget % mtu;
}

/* The QP's timer fires at the time due, or before. */
static inline void rc_arm(struct skua_rc *rc, uint64_t due)
{
	struct skua_timer *t = &rc->qp.timer;

	if (!t->heap || due < t->due)
		skua_timer_set(rc->qp.fn->adapter, t, due);
}

enum rc_direct_result {
	RC_DIRECT_NO,		/* send it as packets */
	RC_DIRECT_MORE,
	RC_DIRECT_DONE,		/* all of it, as if acknowledged */
};
struct skua_request;
/* Carry out the request at req.next in the memory of the peer. */
enum rc_direct_result rc_direct(struct skua_rc *rc, struct rc_flight *f,
				struct skua_request *rq, uint32_t *budget);
/* The turn is over: what memory was found in it has to be looked for anew. */
void rc_direct_end(struct skua_rc *rc);

/* budget: bytes this turn may still move. True: there is more to do. */
bool rc_req_turn(struct skua_rc *rc, uint32_t *budget);
void rc_req_receive(struct skua_rc *rc, struct skua_packet *pkt);
void rc_req_timer(struct skua_rc *rc);
/* Nothing is outstanding any more; PSNs start at psn. */
void rc_req_reset(struct skua_rc *rc, uint32_t psn);

/* rc_window.c: on a link, from now on; something was lost; nothing is heard. */
void rc_window_begin(struct skua_rc *rc);
void rc_window_lost(struct skua_rc *rc);
void rc_window_silent(struct skua_rc *rc);
/* n PSNs were answered, and the window is not all that it may be. */
void rc_window_moved(struct skua_rc *rc, uint32_t n);
/* Bytes that a turn may move. */
uint32_t rc_window_turn(const struct skua_rc *rc);

/* rc_timeout.c: descriptors up to psn were sent, for the first time. */
void rc_rtt_sent(struct skua_rc *rc, uint32_t psn);
/* una has moved; what is under way is sent again. */
void rc_rtt_answered(struct skua_rc *rc);
void rc_rtt_spoilt(struct skua_rc *rc);
/* An answer seldom takes longer, ns; 0: not known. */
uint64_t rc_rtt_most(const struct rc_rtt *t);
/* From waiting on, ns: a retry that counts. */
uint64_t rc_ack_timeout(const struct skua_rc *rc);
/* An answer took so many ns. */
void rc_rtt_took(struct rc_rtt *t, uint64_t ns);
void rc_rtt_sample(struct skua_rc *rc, uint64_t took);
/* When something is done about the silence. */
uint64_t rc_deadline(const struct skua_rc *rc);

bool rc_resp_turn(struct skua_rc *rc, uint32_t *budget);
void rc_resp_receive(struct skua_rc *rc, struct skua_packet *pkt);
void rc_resp_reset(struct skua_rc *rc, uint32_t psn);
/* Send the ACK or NAK that is due, if nothing has to precede it. */
void rc_resp_reply(struct skua_rc *rc);

void rc_resp_timer(struct skua_rc *rc);
/* The packet with the expected PSN. */
void rc_resp_execute(struct skua_rc *rc, struct skua_packet *pkt);
/* Have an answer sent. */
void rc_resp_answer(struct skua_rc *rc, uint8_t syndrome);
/* rc_ahead.c: a packet that is not due yet; the one that was has come. */
void rc_resp_ahead(struct skua_rc *rc, struct skua_packet *pkt);
void rc_resp_held(struct skua_rc *rc, uint32_t psn, bool told);

/* rc_early.c: place what a packet that came before its turn brings, if it may be. */
bool rc_early_place(struct skua_rc *rc, struct skua_packet *pkt);
/* What was expected has come: PSNs come again, and what they were is forgotten. */
void rc_early_passed(struct skua_rc *rc);
/* rc_sack.c: an ACK that says what is held. */
void rc_sack_send(struct skua_rc *rc);
bool rc_resp_well_formed(const struct skua_rc *rc,
			 const struct skua_packet *pkt);

/*
 * The part of pkt that begins with PSN psn, which lies in it: a retry need not
 * cut a message where the first attempt did.
 */
void rc_packet_tail(const struct skua_packet *pkt, uint32_t psn, uint32_t mtu,
		    struct skua_packet *tail);

#endif /* SKUA_RC_H */
