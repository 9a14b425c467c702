// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Identifiers. Numbers are good in the whole process, and not used again soon. */
#include <sys/random.h>

#include "cm.h"

#define MAX_IDS 65536u

static struct cm_id **ids;
static uint32_t nids, last;

static int grow(void)
{
	uint32_t n = nids ? 2 * nids : 64;
	struct cm_id **grown;

	if (n > MAX_IDS)
		return -ENOMEM;
	grown = realloc(ids, n * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	memset(grown + nids, 0, (n - nids) * sizeof(*grown));
	last = nids;
	ids = grown;
	nids = n;
	return 0;
}

static int place(struct cm_id *id)
{
	uint32_t i, at;

	for (i = 0; i < nids; i++) {
		at = (last + 1 + i) % nids;
		if (!ids[at])
			break;
	}
	if (i == nids) {
		if (grow())
			return -ENOMEM;
		at = last;
	}
	last = at;
	ids[at] = id;
	id->handle = at;
	return 0;
}

struct cm_id *cm_id_new(struct cm_channel *ch)
{
	struct cm_id *id = calloc(1, sizeof(*id));

	if (!id)
		return NULL;
	id->ch = ch;
	id->sock = -1;
	if (getrandom(&id->psn, sizeof(id->psn), GRND_NONBLOCK) < 0)
		id->psn = (uintptr_t)id >> 4;
	id->psn &= 0xffffff;
	if (place(id)) {
		free(id);
		return NULL;
	}
	return id;
}

struct cm_id *cm_id_get(uint32_t handle)
{
	return handle < nids ? ids[handle] : NULL;
}

void cm_id_free(struct cm_id *id)
{
	cm_drop_events(id);
	cm_hang_up(id);
	ids[id->handle] = NULL;
	free(id);
}

void cm_ids_close(struct cm_channel *ch)
{
	uint32_t i;

	for (i = 0; i < nids; i++) {
		if (ids[i] && ids[i]->ch == ch)
			cm_id_free(ids[i]);
	}
}

void cm_ids_forked(void)
{
	ids = NULL;
	nids = 0;
	last = 0;
}
