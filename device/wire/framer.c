// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "wire/crc.h"
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

/* The payload behind the head, and what is behind that; the length, or 0. */
static uint32_t append(struct skua_framer *f, uint8_t *frame, uint32_t head,
		       uint32_t len)
{
	struct skua_icrc_part icrc;

	if (len < SKUA_CRC32_COPY) {
		if (!skua_copy_out(f->ad, frame + head, &f->src, len))
			return 0;
		return skua_wire_seal(frame, head + len);
	}
	skua_wire_begin_seal(&f->cut, frame, head, len, &icrc);
	if (!skua_copy_icrc_in(f->ad, &icrc, &f->src, len))
		return 0;
	return skua_wire_end_seal(frame, &icrc);
}

uint32_t skua_framer_make(struct skua_framer *f, uint8_t *frame)
{
	uint32_t off, len = skua_wire_payload(&f->cut, f->next, &off);
	uint32_t head = skua_wire_head(&f->cut, f->next, 0, frame);

	len = append(f, frame, head, len);
	if (len)
		f->next++;
	return len;
}
