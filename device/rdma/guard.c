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
