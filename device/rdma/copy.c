// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "copy.h"
#include "guard.h"
#include "nic/peers.h"

void skua_cursor_init(struct skua_cursor *c, const struct skua_piece *piece,
		      unsigned int n, uint64_t off)
{
	while (n && off >= piece->len) {
		off -= piece->len;
		piece++;
		n--;
	}
	c->piece = piece;
	c->n = n;
	c->off = off;
}

/* The next bytes in one run: their host address, and in *len how many. */
static uint8_t *cursor_run(const struct skua_cursor *c, uint64_t *len, bool write)
{
	const struct skua_piece *p = c->piece;
	uint64_t left;

	if (!c->n)
		return NULL;
	left = p->len - c->off;
	if (*len > left)
		*len = left;
	if (p->remote)
		return (uint8_t *)(uintptr_t)(p->addr + c->off);
	if (!p->mk)
		return p->host + c->off;
	return skua_mkey_span(p->fn, p->mk, p->addr + c->off, len, write);
}

static void cursor_advance(struct skua_cursor *c, uint64_t len)
{
	c->off += len;
	while (c->n && c->off == c->piece->len) {
		c->off = 0;
		c->piece++;
		c->n--;
	}
}

static enum skua_copy_result copy_run(struct skua_adapter *ad,
				      const struct skua_piece *dst, uint8_t *to,
				      const struct skua_piece *src,
				      const uint8_t *from, uint64_t run)
{
	const uint8_t *bad;

	if (__builtin_expect(src->remote || dst->remote, 0))
		return skua_peer_copy(ad, dst->remote, to, src->remote, from,
				      run);
	/* A QP may write to itself: the two can be the same memory. */
	bad = skua_move(ad, to, from, run);
	if (__builtin_expect(!bad, 1))
		return SKUA_COPY_OK;
	return bad >= from && bad - from < (ptrdiff_t)run ? SKUA_COPY_SRC
							  : SKUA_COPY_DST;
}

enum skua_copy_result skua_copy(struct skua_adapter *ad,
				struct skua_cursor *dst,
				struct skua_cursor *src, uint64_t len)
{
	while (len) {
		uint64_t run = len;
		enum skua_copy_result ret;
		uint8_t *from, *to;

		from = cursor_run(src, &run, false);
		if (!from || !run)
			return SKUA_COPY_SRC;
		to = cursor_run(dst, &run, true);
		if (!to || !run)
			return SKUA_COPY_DST;

		ret = copy_run(ad, dst->piece, to, src->piece, from, run);
		if (__builtin_expect(ret != SKUA_COPY_OK, 0))
			return ret;
		cursor_advance(src, run);
		cursor_advance(dst, run);
		len -= run;
	}
	return SKUA_COPY_OK;
}

bool skua_copy_out(struct skua_adapter *ad, void *to, struct skua_cursor *src,
		   uint64_t len)
{
	const struct skua_piece piece = { .host = to, .len = len };
	struct skua_cursor dst;

	skua_cursor_init(&dst, &piece, 1, 0);
	return skua_copy(ad, &dst, src, len) == SKUA_COPY_OK;
}

bool skua_copy_icrc_out(struct skua_adapter *ad, struct skua_cursor *dst,
			struct skua_icrc_part *part, uint32_t len)
{
	while (len) {
		uint64_t run = len;
		uint8_t *to = cursor_run(dst, &run, true);

		if (!to || !run ||
		    skua_guard_icrc(ad, skua_icrc_copy_out, part, to, run))
			return false;
		cursor_advance(dst, run);
		len -= run;
	}
	return true;
}

/* Into the frame, where the ICRC is. */
static bool run_in(struct skua_adapter *ad, struct skua_icrc_part *part,
		   const struct skua_piece *src, uint8_t *from, uint64_t run)
{
	uint8_t *to = (uint8_t *)part->at;

	if (__builtin_expect(!src->remote, 1))
		return !skua_guard_icrc(ad, skua_icrc_copy_in, part, from, run);
	if (skua_peer_copy(ad, NULL, to, src->remote, from, run) != SKUA_COPY_OK)
		return false;
	skua_icrc_pass(part, to + run);
	return true;
}

bool skua_copy_icrc_in(struct skua_adapter *ad, struct skua_icrc_part *part,
		       struct skua_cursor *src, uint32_t len)
{
	while (len) {
		uint64_t run = len;
		uint8_t *from = cursor_run(src, &run, false);

		if (!from || !run || !run_in(ad, part, src->piece, from, run))
			return false;
		cursor_advance(src, run);
		len -= run;
	}
	return true;
}

int skua_pieces(struct skua_qp *qp, uint32_t pdn, const struct skua_sg *sg,
		unsigned int n, uint64_t off, uint64_t len, uint8_t access,
		struct skua_piece *out)
{
	struct skua_piece *p = out;

	for (; len && n; n--, sg++) {
		uint64_t run;

		if (off >= sg->len) {
			off -= sg->len;
			continue;
		}
		run = sg->len - off;
		if (run > len)
			run = len;
		p->fn = qp->fn;
		p->remote = NULL;
		p->mk = skua_mkey_check(qp->fn, sg->key, pdn, qp->qpn,
					sg->addr + off, run, access);
		if (!p->mk)
			return -1;
		p->addr = sg->addr + off;
		p->len = run;
		p++;
		len -= run;
		off = 0;
	}
	return len ? -1 : (int)(p - out);
}
