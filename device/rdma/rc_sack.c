// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What the responder says of packets that came before their turn: doc/wire.md. */
#include <endian.h>

#include "rc.h"
#include "rc_sack.h"
#include "send.h"
#include "wire/headers.h"

/* Bytes of the map up to the last that has a bit, in whole words of the wire. */
static uint32_t draw_map(const struct rc_resp *rs, uint8_t *map)
{
	uint32_t psn = skua_psn_add(rs->epsn, 1), len = 0, i;
	uint64_t bits;

	if (!rs->gap.held.n)
		return 0;
	for (i = 0; i < SKUA_SACK_MAP; i += 8) {
		bits = skua_reorder_bits(rs->gap.held.slots->map, psn + 8 * i);
		rc_sack_put(&map[i], bits);
		if (bits)
			len = i + (bits >> 32 ? 8 : 4);
	}
	return len;
}

void rc_sack_send(struct skua_rc *rc)
{
	struct rc_resp *rs = &rc->resp;
	struct skua_sack sack = {
		.cookie = htobe32(rc->hello.peer),
		.needless = htobe32(rs->needless),
	};
	uint32_t len = SKUA_SACK_LEAST + draw_map(rs, sack.map);
	struct skua_piece piece = { .host = (uint8_t *)&sack, .len = len };
	struct skua_packet pkt = {
		.op = SKUA_PKT_SACK,
		.service = SKUA_HWI_QPT_RC,
		.flags = SKUA_PKT_FIRST | SKUA_PKT_LAST,
		.syndrome = SKUA_AETH_ACK | SKUA_AETH_NO_CREDIT,
		.dqpn = rc->qp.attr.dest_qpn,
		.psn = rs->epsn,
		.npsn = 1,
		.mtu = rc_mtu(rc),
		.msn = rs->msn,
		.piece = &piece,
		.npieces = 1,
		.len = len,
	};

	rs->sack = false;
	skua_send(&rc->qp, &rc->qp.attr.av, &pkt);
}
