// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "watch.h"

void skua_watch_frame(struct skua_watch *w, const struct skua_frame *f)
{
	struct skua_watch_verdict verdict;
	struct skua_seen seen;

	skua_seen_look(&seen, f);
	w->frames++;
	w->bytes += f->len;
	w->esp += seen.esp;
	if (seen.esp || !w->judge(w->ctx, &seen, &verdict))
		return;
	if (w->clear < SKUA_WATCH_SHOWN) {
		w->shown[w->clear].seen = seen;
		w->shown[w->clear].verdict = verdict;
	}
	w->clear++;
}
