/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* A WQE taken apart and checked against hwi §6. */
#ifndef SKUA_REQUEST_H
#define SKUA_REQUEST_H

#include "copy.h"

struct skua_packet;

struct skua_request {
	uint8_t opcode;		/* enum skua_hwi_wqe_opcode */
	uint8_t flags;		/* SKUA_HWI_WQE_* */
	uint32_t len;		/* of the data */
	union {
		__be32 imm;
		uint32_t inv_key;
	};
	uint64_t va;
	uint32_t rkey;
	uint64_t swap_add, compare;
	const void *segment;	/* ud, bind or reg */
	const uint8_t *inline_data;
	unsigned int n;
	struct skua_sg sg[SKUA_HWI_MAX_SGE]; /* n of them are filled in */
};

/*
 * Take wqe apart for a QP of this type; SKUA_HWI_CQE_*. What rq points to is
 * in wqe. opcode is valid in any case.
 */
int skua_request_parse(struct skua_wqe *wqe, uint8_t qp_type,
		       struct skua_request *rq);

/* The opcode that the completion of a WQE has. */
uint8_t skua_request_cqe(uint8_t opcode);

/* READs and atomics complete by their response, not by an ACK. */
static inline bool skua_request_has_response(uint8_t opcode)
{
	return opcode >= SKUA_HWI_WQE_READ &&
	       opcode <= SKUA_HWI_WQE_FETCH_ADD;
}

/* Work on keys, and NOP: nothing is sent. */
static inline bool skua_request_is_local(uint8_t opcode)
{
	return opcode == SKUA_HWI_WQE_NOP || opcode >= SKUA_HWI_WQE_LOCAL_INV;
}
/* Carry it out; SKUA_HWI_CQE_*. */
int skua_request_local(struct skua_qp *qp, const struct skua_request *rq);

/*
 * Pieces for [off, off + len) of the data, which is read, or with
 * ACCESS_LOCAL_WRITE written. How many, or -1.
 */
int skua_request_pieces(struct skua_qp *qp, struct skua_request *rq,
			uint32_t off, uint32_t len, uint8_t access,
			struct skua_piece *out);

/* Header fields of the packet that carries [off, off + len) of a message. */
void skua_request_packet(const struct skua_request *rq, uint32_t off,
			 uint32_t len, struct skua_packet *pkt);

#endif /* SKUA_REQUEST_H */
