/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The frames of a descriptor, one after the other, with the payload from where
 * it lies: wherever packets leave as frames, this makes them.
 */
#ifndef SKUA_WIRE_FRAMER_H
#define SKUA_WIRE_FRAMER_H

#include "nic.h"
#include "rdma/copy.h"
#include "wire/wire.h"

struct skua_framer {
	struct skua_adapter *ad;
	struct skua_wire_cut cut;
	struct skua_cursor src;
	uint32_t next; /* frame to be made */
};

/*
 * pkt stays as it is until the last frame was made. ect: the frames are marked
 * as able to be told of congestion. False as skua_wire_cut() has it.
 */
bool skua_framer_init(struct skua_framer *f, struct skua_adapter *ad,
		      const struct skua_packet *pkt, uint32_t mtu, bool ect);

static inline bool skua_framer_more(const struct skua_framer *f)
{
	return f->next < f->cut.n;
}

/* Bytes at most that the next frame needs. */
uint32_t skua_framer_room(const struct skua_framer *f);

/* Make the next frame. Its length, or 0: the payload cannot be read any more. */
uint32_t skua_framer_make(struct skua_framer *f, uint8_t *frame);

#endif /* SKUA_WIRE_FRAMER_H */
