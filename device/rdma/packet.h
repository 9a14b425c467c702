/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * RDMA packets as descriptors: headers parsed, payload by reference.
 *
 * One descriptor may stand for several packets of the path MTU in a row, as a
 * GSO buffer does: npsn of them, the first with number psn, all but the last
 * filled to the MTU. A link cuts it into BTH packets; within the adapter it
 * is delivered whole. A descriptor and all it points to belong to the sender
 * and are valid only during the call that delivers it.
 */
#ifndef SKUA_PACKET_H
#define SKUA_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "copy.h"
#include "psn.h"
#include "skua_hwi.h"
#include "wire/icrc.h"

struct skua_gid;
struct skua_sa;

/* What the BTH opcode says beyond service, position and extra headers. */
enum skua_packet_op {
	SKUA_PKT_SEND,
	SKUA_PKT_WRITE,
	SKUA_PKT_READ,		/* request */
	SKUA_PKT_CMP_SWAP,
	SKUA_PKT_FETCH_ADD,
	SKUA_PKT_READ_RESP,	/* from here on: to the requester */
	SKUA_PKT_ATOMIC_RESP,
	SKUA_PKT_ACK,
	SKUA_PKT_SACK,		/* from here on: between Skuas on a link */
	SKUA_PKT_HELLO,
	SKUA_PKT_FRAME,		/* between peers: a whole frame, no descriptor */
};

static inline bool skua_packet_is_response(enum skua_packet_op op)
{
	return op >= SKUA_PKT_READ_RESP;
}

#define SKUA_PKT_FIRST     (1u << 0) /* begins its message */
#define SKUA_PKT_LAST      (1u << 1) /* ends it */
#define SKUA_PKT_IMM       (1u << 2) /* ImmDt, with LAST */
#define SKUA_PKT_INV       (1u << 3) /* IETH, with LAST */
#define SKUA_PKT_SOLICITED (1u << 4) /* BTH SE */
#define SKUA_PKT_ACK_REQ   (1u << 5) /* BTH A */

struct skua_packet {
	/* The path: addresses, VLAN and IP fields; sgid is the sender's entry. */
	const struct skua_hwi_av *av;
	const struct skua_gid *sgid;
	uint16_t sport;		/* UDP source port; 0: skua_wire_sport() */
	/* The SA that opened it, NULL: it was in the clear. Of received ones. */
	const struct skua_sa *sa;

	uint8_t op;		/* enum skua_packet_op */
	uint8_t service;	/* enum skua_hwi_qp_type; GSI packets say UD */
	uint8_t flags;		/* SKUA_PKT_* */
	uint8_t syndrome;	/* AETH, of responses */
	uint16_t pkey;
	uint32_t dqpn;
	uint32_t psn;		/* of the first packet */
	uint32_t npsn;
	uint32_t mtu;		/* path MTU in bytes */
	uint32_t msn;		/* AETH */
	/* PSNs before psn whose requests the requester carried out itself. */
	uint32_t skip;

	uint32_t sqpn;		/* DETH; the sender's, whatever the service */
	uint32_t qkey;

	/* RETH with FIRST of a WRITE, and of a READ; AtomicETH. */
	uint64_t va;
	uint32_t rkey;
	uint32_t dma_len;
	uint64_t swap_add, compare;
	uint64_t orig;		/* AtomicAckETH */

	union {
		__be32 imm;
		uint32_t inv_key;
	};

	/* Payload: len bytes from payload_off of the pieces on. */
	const struct skua_piece *piece;
	unsigned int npieces;
	uint64_t payload_off;
	uint32_t len;
	/*
	 * NULL, or the ICRC of a packet that goes on with a WRITE and was vouched for
	 * by an ICV: computed as far as the payload, which is one piece, and not yet
	 * compared. A QP takes nothing from the packet before it was.
	 */
	struct skua_icrc_check *icrc;
	/*
	 * Set by the receiver: the payload could not be read. It then treats
	 * the packet as lost; the sender knows whose fault it is.
	 */
	bool payload_lost;
	/* By the receiver too: the payload is in its place, and not here. */
	bool placed;
};

/* The packets that it stands for; a READ's npsn counts those of the answer. */
static inline uint32_t skua_packet_frames(const struct skua_packet *pkt)
{
	return pkt->op == SKUA_PKT_READ ? 1 : pkt->npsn;
}

/* What its receivers are told, and tell, as before the first of them. */
static inline void skua_packet_unseen(struct skua_packet *pkt)
{
	pkt->sa = NULL;
	pkt->icrc = NULL;
	pkt->payload_lost = false;
	pkt->placed = false;
}

/* False: its ICRC, if that had not been compared yet, is wrong. */
static inline bool skua_packet_whole(struct skua_packet *pkt)
{
	struct skua_icrc_check *icrc = pkt->icrc;

	pkt->icrc = NULL;
	return !icrc || skua_icrc_right(icrc);
}

#define SKUA_PKEY_DEFAULT 0xffffu
#define SKUA_MAX_MESSAGE  (1u << 31) /* IBTA 9.7.7 */

/* AETH syndromes, IBTA 9.7.5.2.3 and table 44. */
#define SKUA_AETH_KIND_MASK 0x60u
#define SKUA_AETH_ACK       0x00u
#define SKUA_AETH_RNR_NAK   0x20u
#define SKUA_AETH_NAK       0x60u
#define SKUA_AETH_VAL_MASK  0x1fu
/* Credits 31: the responder does not say how many receives it has. */
#define SKUA_AETH_NO_CREDIT 0x1fu

#define SKUA_NAK_PSN_SEQ    (SKUA_AETH_NAK | 0)
#define SKUA_NAK_INV_REQ    (SKUA_AETH_NAK | 1)
#define SKUA_NAK_REM_ACCESS (SKUA_AETH_NAK | 2)
#define SKUA_NAK_REM_OP     (SKUA_AETH_NAK | 3)

#endif /* SKUA_PACKET_H */
