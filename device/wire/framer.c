// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "wire/framer.h"

bool skua_framer_init(struct skua_framer *f, struct skua_adapter *ad,
		      const struct skua_packet *pkt, uint32_t mtu, bool ect)
{
	const struct skua_wire_path path = {
		.av = pkt->av,
		.sgid = pkt->sgid,
		.sport = skua_wire_packet_sport(pkt),
		.ect = ect,
	};

	f->ad = ad;
	f->next = 0;
	if (!skua_wire_cut(&f->cut, pkt, &path, mtu))
		return false;
	skua_cursor_init(&f->src, pkt->piece, pkt->npieces, pkt->payload_off);
	return true;
}

uint32_t skua_framer_room(const struct skua_framer *f)
{
	uint32_t off;

	return SKUA_WIRE_MAX_HEAD + skua_wire_payload(&f->cut, f->next, &off) +
	       3 + SKUA_ICRC_LEN;
}

uint32_t skua_framer_make(struct skua_framer *f, uint8_t *frame)
{
	uint32_t off, len = skua_wire_payload(&f->cut, f->next, &off);
	uint32_t head = skua_wire_head(&f->cut, f->next, 0, frame);

	if (!skua_copy_out(f->ad, frame + head, &f->src, len))
		return 0;
	f->next++;
	return skua_wire_seal(frame, head + len);
}
