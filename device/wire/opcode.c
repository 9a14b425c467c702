// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "rdma/packet.h"
#include "wire/opcode.h"
#include "wire/wire.h"

#define FIRST SKUA_PKT_FIRST
#define MID   0
#define LAST  SKUA_PKT_LAST
#define ONLY  (SKUA_PKT_FIRST | SKUA_PKT_LAST)
#define IMM   SKUA_PKT_IMM
#define INV   SKUA_PKT_INV
/* What of a packet's flags the opcode says. */
#define NAMED (FIRST | LAST | IMM | INV)

#define DATA SKUA_WIRE_MAX_PAYLOAD

#define RC SKUA_HWI_QPT_RC
#define UC SKUA_HWI_QPT_UC
#define UD SKUA_HWI_QPT_UD

#define EXT(ext, name, type) \
	((ext) & SKUA_EXT_##name ? sizeof(struct skua_##type) : 0)
#define EXT_LEN(ext)                                                   \
	(EXT(ext, DETH, deth) + EXT(ext, RETH, reth) +                 \
	 EXT(ext, ATOMIC, atomic_eth) + EXT(ext, AETH, aeth) +         \
	 EXT(ext, ATOMIC_ACK, atomic_ack_eth) + EXT(ext, IMM, immdt) + \
	 EXT(ext, IETH, ieth))

/* X(opcode, service, operation, flags, headers, payload) */
#define RC_AND_UC(X, base, service)                                    \
	X(base + 0x00, service, SEND, FIRST, 0, DATA)                  \
	X(base + 0x01, service, SEND, MID, 0, DATA)                    \
	X(base + 0x02, service, SEND, LAST, 0, DATA)                   \
	X(base + 0x03, service, SEND, LAST | IMM, SKUA_EXT_IMM, DATA)  \
	X(base + 0x04, service, SEND, ONLY, 0, DATA)                   \
	X(base + 0x05, service, SEND, ONLY | IMM, SKUA_EXT_IMM, DATA)  \
	X(base + 0x06, service, WRITE, FIRST, SKUA_EXT_RETH, DATA)     \
	X(base + 0x07, service, WRITE, MID, 0, DATA)                   \
	X(base + 0x08, service, WRITE, LAST, 0, DATA)                  \
	X(base + 0x09, service, WRITE, LAST | IMM, SKUA_EXT_IMM, DATA) \
	X(base + 0x0a, service, WRITE, ONLY, SKUA_EXT_RETH, DATA)      \
	X(base + 0x0b, service, WRITE, ONLY | IMM,                     \
	  SKUA_EXT_RETH | SKUA_EXT_IMM, DATA)

#define OPCODES(X)                                                             \
	RC_AND_UC(X, 0x00, RC)                                                 \
	X(0x0c, RC, READ, ONLY, SKUA_EXT_RETH, 0)                              \
	X(0x0d, RC, READ_RESP, FIRST, SKUA_EXT_AETH, DATA)                     \
	X(0x0e, RC, READ_RESP, MID, 0, DATA)                                   \
	X(0x0f, RC, READ_RESP, LAST, SKUA_EXT_AETH, DATA)                      \
	X(0x10, RC, READ_RESP, ONLY, SKUA_EXT_AETH, DATA)                      \
	X(0x11, RC, ACK, ONLY, SKUA_EXT_AETH, 0)                               \
	X(0x12, RC, ATOMIC_RESP, ONLY, SKUA_EXT_AETH | SKUA_EXT_ATOMIC_ACK, 0) \
	X(0x13, RC, CMP_SWAP, ONLY, SKUA_EXT_ATOMIC, 0)                        \
	X(0x14, RC, FETCH_ADD, ONLY, SKUA_EXT_ATOMIC, 0)                       \
	X(0x16, RC, SEND, LAST | INV, SKUA_EXT_IETH, DATA)                     \
	X(0x17, RC, SEND, ONLY | INV, SKUA_EXT_IETH, DATA)                     \
	RC_AND_UC(X, 0x20, UC)                                                 \
	X(0x64, UD, SEND, ONLY, SKUA_EXT_DETH, DATA)                           \
	X(0x65, UD, SEND, ONLY | IMM, SKUA_EXT_DETH | SKUA_EXT_IMM, DATA)      \
	X(SKUA_BTH_HELLO, RC, HELLO, ONLY, 0, sizeof(struct skua_hello))       \
	X(SKUA_BTH_SACK, RC, SACK, ONLY, SKUA_EXT_AETH,                        \
	  sizeof(struct skua_sack))

#define MEANING(code, serv, operation, flag, headers, data) \
	[code] = {                                          \
		.known = 1,                                 \
		.service = serv,                            \
		.op = SKUA_PKT_##operation,                 \
		.flags = flag,                              \
		.ext = headers,                             \
		.ext_len = EXT_LEN(headers),                \
		.payload = data,                            \
	},

/* A CNP is of no service, and stands for no packet of the transport. */
const struct skua_wire_opcode skua_wire_opcodes[256] = {
	OPCODES(MEANING)
	[SKUA_BTH_CNP] = {
		.known = 1,
		.ext = SKUA_EXT_CNP,
		.ext_len = sizeof(struct skua_cnp_payload),
	},
};

#define CODE(code, service, operation, flags, headers, data) \
	[service][SKUA_PKT_##operation][flags] = code,

static const uint8_t codes[UD + 1][SKUA_PKT_HELLO + 1][NAMED + 1] = { OPCODES(CODE) };

int skua_wire_opcode(uint8_t service, uint8_t op, uint8_t flags)
{
	const struct skua_wire_opcode *o;
	uint8_t code;

	flags &= NAMED;
	if (service > UD || op > SKUA_PKT_HELLO)
		return -1;
	code = codes[service][op][flags];
	/* What has no opcode reads as 0, which is that of something else. */
	o = &skua_wire_opcodes[code];
	if (o->service != service || o->op != op || o->flags != flags)
		return -1;
	return code;
}
