/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* What each BTH opcode means, IBTA 9.2, A17.9 and doc/wire.md: once, as data. */
#ifndef SKUA_WIRE_OPCODE_H
#define SKUA_WIRE_OPCODE_H

#include <stdint.h>

#include "wire/headers.h"

/* What stands between the BTH and the payload, in this order. */
#define SKUA_EXT_DETH	    (1u << 0)
#define SKUA_EXT_RETH	    (1u << 1)
#define SKUA_EXT_ATOMIC	    (1u << 2)
#define SKUA_EXT_AETH	    (1u << 3)
#define SKUA_EXT_ATOMIC_ACK (1u << 4)
#define SKUA_EXT_IMM	    (1u << 5)
#define SKUA_EXT_IETH	    (1u << 6)
#define SKUA_EXT_CNP	    (1u << 7)

struct skua_wire_opcode {
	uint8_t known;
	uint8_t service; /* enum skua_hwi_qp_type */
	uint8_t op;	 /* enum skua_packet_op */
	uint8_t flags;	 /* SKUA_PKT_FIRST, LAST, IMM, INV */
	uint8_t ext;	 /* SKUA_EXT_* */
	uint8_t ext_len; /* of all of these */
	uint16_t payload; /* bytes of it at most */
};

#define SKUA_BTH_CNP 0x81u
/* Skua's own. */
#define SKUA_BTH_HELLO 0xd4u
#define SKUA_BTH_SACK  0xd5u

extern const struct skua_wire_opcode skua_wire_opcodes[256];

/* The opcode of a packet; -1 if IBTA has none for it. */
int skua_wire_opcode(uint8_t service, uint8_t op, uint8_t flags);

#endif /* SKUA_WIRE_OPCODE_H */
