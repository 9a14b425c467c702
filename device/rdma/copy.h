/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Moving data between memory keys, or from a WQE, by cursors over lists of
 * pieces. Pieces are made and checked at the moment of use; none outlives the
 * turn of the QP that it was made in.
 */
#ifndef SKUA_COPY_H
#define SKUA_COPY_H

#include <stdint.h>

#include "nic.h"

struct skua_icrc_part;
struct skua_peer_memory;

/*
 * len bytes at addr of mk in fn, already checked; or of host memory; or at
 * addr of another process.
 */
struct skua_piece {
	struct skua_function *fn;
	const struct skua_mkey *mk;	/* NULL: host or remote */
	const struct skua_peer_memory *remote;
	union {
		uint64_t addr;
		uint8_t *host;
	};
	uint64_t len;
};

struct skua_cursor {
	const struct skua_piece *piece;
	unsigned int n;		/* pieces left, with the one we are in */
	uint64_t off;		/* in that one */
};

/* A cursor that stands off bytes behind the start of the list. */
void skua_cursor_init(struct skua_cursor *c, const struct skua_piece *piece,
		      unsigned int n, uint64_t off);

enum skua_copy_result {
	SKUA_COPY_OK,
	SKUA_COPY_SRC,	/* source shorter than len, or lost its memory */
	SKUA_COPY_DST,
};
/* Copy len bytes and move both cursors behind them; ranges may overlap. */
enum skua_copy_result skua_copy(struct skua_adapter *ad,
				struct skua_cursor *dst,
				struct skua_cursor *src, uint64_t len);

/* Copy the next len bytes to host memory. False: they are not there. */
bool skua_copy_out(struct skua_adapter *ad, void *to, struct skua_cursor *src,
		   uint64_t len);

/*
 * Copy the next len bytes out of a frame whose ICRC is computed meanwhile, or into it.
 * False: they have no place, or are not there; part is right for what it has passed.
 */
bool skua_copy_icrc_out(struct skua_adapter *ad, struct skua_cursor *dst,
			struct skua_icrc_part *part, uint32_t len);
bool skua_copy_icrc_in(struct skua_adapter *ad, struct skua_icrc_part *part,
		       struct skua_cursor *src, uint32_t len);

/*
 * Pieces for [off, off + len) of a scatter/gather list, checked for access in
 * protection domain pdn of qp's function. How many, or -1 if a key refuses or
 * the list is shorter. out has room for n.
 */
int skua_pieces(struct skua_qp *qp, uint32_t pdn, const struct skua_sg *sg,
		unsigned int n, uint64_t off, uint64_t len, uint8_t access,
		struct skua_piece *out);

#endif /* SKUA_COPY_H */
