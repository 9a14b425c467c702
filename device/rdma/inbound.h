/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The message that a QP is receiving: where its next bytes go. Shared by RC
 * and UC, and by UD for the receive it holds.
 */
#ifndef SKUA_INBOUND_H
#define SKUA_INBOUND_H

#include "nic.h"
#include "packet.h"

struct skua_inbound {
	bool open;		/* between FIRST and LAST */
	bool have_recv;		/* recv was taken and not completed */
	uint8_t op;		/* SKUA_PKT_SEND or SKUA_PKT_WRITE */
	uint32_t done;		/* bytes placed */
	uint32_t dma_len;	/* WRITE */
	uint32_t rkey;
	uint64_t va;
	struct skua_recv recv;
};

enum skua_inbound_result {
	SKUA_IN_OK,
	SKUA_IN_LOST,		/* its memory, or ICRC: as if it had not come */
	SKUA_IN_NO_RECV,
	SKUA_IN_BAD_RECV,	/* malformed entry */
	SKUA_IN_RQ_LOST,	/* ring memory or indices */
	SKUA_IN_INVALID,	/* out of place, or not allowed on this QP */
	SKUA_IN_TOO_LONG,	/* for the receive */
	SKUA_IN_LOC_PROT,	/* lkey of the receive */
	SKUA_IN_REM_ACCESS,	/* rkey */
	SKUA_IN_DST_LOST,	/* memory behind a good rkey is gone */
	SKUA_IN_CQ_ERROR,
};

/* Place a SEND or WRITE packet; with LAST, complete the receive. */
enum skua_inbound_result skua_inbound_place(struct skua_qp *qp,
					    struct skua_inbound *in,
					    struct skua_packet *pkt);

/*
 * Place the payload of a packet that came before its turn, off bytes ahead of
 * what is due, if it is of the WRITE that is open: nothing that is still missing
 * of it can belong in the same place. Where a SEND ends is not known before it
 * has. False: its payload is for its turn.
 */
bool skua_inbound_place_ahead(struct skua_qp *qp, const struct skua_inbound *in,
			      struct skua_packet *pkt, uint64_t off);

/*
 * The same for what is left bytes before the end of a WRITE, and belongs to addr
 * of a region with that key and access.
 */
bool skua_inbound_place_at(struct skua_qp *qp, struct skua_packet *pkt,
			   uint32_t rkey, uint8_t access, uint64_t addr,
			   uint32_t left);

/* Make sure that a receive is held. */
enum skua_inbound_result skua_inbound_take(struct skua_qp *qp,
					   struct skua_inbound *in);

/*
 * The held receive fails in the way of result. False: there is none, or its
 * failure is none that a completion could tell.
 */
bool skua_inbound_fail(struct skua_qp *qp, struct skua_inbound *in,
		       enum skua_inbound_result result);

/* Flush the held receive and the queue; LAST_WQE. The QP is in ERR. */
void skua_inbound_flush(struct skua_qp *qp, struct skua_inbound *in);

#endif /* SKUA_INBOUND_H */
