// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "guard.h"

struct move {
	void *to;
	const void *from;
	size_t len;
};

static void move(void *arg)
{
	const struct move *m = arg;

	memmove(m->to, m->from, m->len);
}

const void *skua_guard_move(struct skua_adapter *ad, void *to, const void *from,
			    size_t len)
{
	struct move m = { to, from, len };

	return ad->cfg.guard(move, &m);
}

struct icrc {
	skua_icrc_move *move;
	struct skua_icrc_part *part;
	uint8_t *elsewhere;
	uint32_t len;
};

static void icrc(void *arg)
{
	const struct icrc *i = arg;

	i->move(i->part, i->elsewhere, i->len);
}

const void *skua_guard_icrc(struct skua_adapter *ad, skua_icrc_move *move,
			    struct skua_icrc_part *part, uint8_t *elsewhere,
			    uint32_t len)
{
	struct icrc i = { move, part, elsewhere, len };

	if (ad->cfg.guard)
		return ad->cfg.guard(icrc, &i);
	icrc(&i);
	return NULL;
}
