// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "ipsec/sa_table.h"
#include "ipsec/siphash.h"

#define MIN_SLOTS 64u
#define GEN_BITS  12 /* above the index, of at most 20 bits, in a handle */

static uint8_t log_of(uint32_t n)
{
	uint8_t log = 0;

	while (1u << log < n)
		log++;
	return log;
}

int skua_sa_table_create(uint32_t max, skua_sa_event_fn *event, void *ctx,
			 struct skua_sa_table **table)
{
	struct skua_sa_table *t;
	int err;

	if (!max || max > SKUA_SA_MAX)
		return -EINVAL;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->event = event;
	t->ctx = ctx;
	t->mask = MIN_SLOTS - 1;
	t->slot = calloc(MIN_SLOTS, sizeof(*t->slot));
	err = t->slot ? 0 : -ENOMEM;
	if (!err && getrandom(t->key, sizeof(t->key), 0) != sizeof(t->key))
		err = -ENOMEM;
	if (!err)
		err = skua_aead_init();
	if (!err)
		err = skua_slab_init(&t->memory,
				     sizeof(struct skua_sa) + skua_aead_key_size(),
				     max, true);
	if (!err)
		err = skua_table_init(&t->handles, log_of(max), GEN_BITS, 0);
	if (err) {
		skua_sa_table_destroy(t);
		return err;
	}
	*table = t;
	return 0;
}

void skua_sa_table_destroy(struct skua_sa_table *t)
{
	struct skua_sa *sa;
	uint32_t i;

	if (!t)
		return;
	for_each_object(sa, i, &t->handles) skua_replay_fini(&sa->replay);
	skua_slab_fini(&t->memory);
	skua_table_fini(&t->handles);
	free(t->slot);
	free(t);
}

/* Look-up ------------------------------------------------------------------ */

uint64_t skua_sa_hash(const struct skua_sa_table *t, const struct skua_sa_id *id)
{
	uint64_t hash = siphash13(t->key, id->word, 3);

	__builtin_prefetch(&t->slot[hash & t->mask]);
	return hash;
}

struct skua_sa *skua_sa_expect(const struct skua_sa_table *t, uint64_t hash)
{
	const struct skua_sa_slot *s = &t->slot[hash & t->mask];
	struct skua_sa *sa = s->hash == hash ? s->sa : NULL;

	if (sa) {
		__builtin_prefetch(sa);
		__builtin_prefetch(&sa->id);
	}
	return sa;
}

struct skua_sa *skua_sa_guess(const struct skua_sa_table *t,
			      struct skua_sa *likely, const struct skua_sa_id *id)
{
	if (likely && skua_sa_id_equal(&likely->id, id))
		return likely;
	return t->last && skua_sa_id_equal(&t->last->id, id) ? t->last : NULL;
}

struct skua_sa *skua_sa_find(struct skua_sa_table *t, uint64_t hash,
			     const struct skua_sa_id *id)
{
	const struct skua_sa_slot *s;
	uint64_t i;

	for (i = 0; i < SKUA_SA_MAX_PROBES; i++) {
		s = &t->slot[(hash + i) & t->mask];
		if (!s->sa)
			return NULL;
		if (s->hash == hash && skua_sa_id_equal(&s->sa->id, id))
			return t->last = s->sa;
	}
	return NULL;
}

struct skua_sa *skua_sa_find_any(struct skua_sa_table *t, uint32_t spi)
{
	const struct skua_sa_id id = { { spi } };
	struct skua_sa *sa;

	if (!t->any)
		return NULL;
	sa = skua_sa_find(t, skua_sa_hash(t, &id), &id);
	return sa && sa->flags & SKUA_SA_ANY_DST ? sa : NULL;
}

unsigned int skua_sa_probes(const struct skua_sa_table *t,
			    const struct skua_sa *sa)
{
	uint64_t hash = skua_sa_hash(t, &sa->id), i = 0;

	while (t->slot[(hash + i) & t->mask].sa != sa)
		i++;
	return i + 1;
}

/* Insertion and removal ---------------------------------------------------- */

static bool place(struct skua_sa_table *t, struct skua_sa *sa)
{
	uint64_t hash = skua_sa_hash(t, &sa->id), i;
	struct skua_sa_slot *s;

	for (i = 0; i < SKUA_SA_MAX_PROBES; i++) {
		s = &t->slot[(hash + i) & t->mask];
		if (s->sa)
			continue;
		*s = (struct skua_sa_slot){ hash, sa };
		return true;
	}
	return false;
}

/* All inbound SAs by another key of the hash. */
static bool place_all(struct skua_sa_table *t)
{
	struct skua_sa *sa;
	uint32_t i;

	memset(t->slot, 0, sizeof(*t->slot) * (t->mask + 1));
	for_each_object(sa, i, &t->handles) if (sa->flags & SKUA_SA_IN &&
						!place(t, sa)) return false;
	return true;
}

static void rehash(struct skua_sa_table *t)
{
	while (!place_all(t))
		t->key[0]++;
}

/* For one more. */
static int make_room(struct skua_sa_table *t)
{
	uint64_t slots = t->mask + 1;
	struct skua_sa_slot *grown;

	if (t->in < slots / 4)
		return 0;
	grown = calloc(2 * slots, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	free(t->slot);
	t->slot = grown;
	t->mask = 2 * slots - 1;
	rehash(t);
	return 0;
}

/*
 * At most a quarter full, with a run of SKUA_SA_MAX_PROBES slots there is about
 * one key of the hash in 10^12, and so the next one will do. Who can find such
 * SPIs on purpose has to know the key, and finds it changed.
 */
static void insert(struct skua_sa_table *t, struct skua_sa *sa)
{
	if (place(t, sa))
		return;
	t->key[0]++;
	rehash(t);
}

/*
 * Close the hole: what comes behind it, up to the next empty slot, moves there
 * if its hash allows, and leaves a hole itself.
 */
static void extract(struct skua_sa_table *t, struct skua_sa *sa)
{
	uint64_t hole = skua_sa_hash(t, &sa->id) + skua_sa_probes(t, sa) - 1, i;
	struct skua_sa_slot *s;

	for (i = hole + 1; t->slot[i & t->mask].sa; i++) {
		s = &t->slot[i & t->mask];
		if (((i - s->hash) & t->mask) < ((i - hole) & t->mask))
			continue;
		t->slot[hole & t->mask] = *s;
		hole = i;
	}
	t->slot[hole & t->mask].sa = NULL;
}

/* SAs ---------------------------------------------------------------------- */

static void free_sa(struct skua_sa_table *t, struct skua_sa *sa)
{
	skua_replay_fini(&sa->replay);
	skua_slab_put(&t->memory, sa);
}

static int init(struct skua_sa_table *t, const struct skua_sa_config *cfg,
		struct skua_sa *sa)
{
	int err = skua_sa_init(sa, cfg);

	if (err)
		return err;
	sa->table = t;
	err = skua_aead_set(&sa->aead, skua_sa_key(sa), cfg->material,
			    cfg->material_len, cfg->icv_len);
	return err ? err : skua_table_add(&t->handles, sa, &sa->handle);
}

int skua_sa_add(struct skua_sa_table *t, const struct skua_sa_config *cfg,
		struct skua_sa **sa)
{
	struct skua_sa_id id =
		skua_sa_id(cfg->spi, cfg->dst.byte, cfg->flags & SKUA_SA_IPV6);
	struct skua_sa *s;
	int err;

	if (!skua_sa_config_ok(cfg))
		return -EINVAL;
	if (cfg->flags & SKUA_SA_IN && skua_sa_find(t, skua_sa_hash(t, &id), &id))
		return -EEXIST;
	err = make_room(t);
	if (err)
		return err;
	s = skua_slab_get(&t->memory);
	if (!s)
		return -ENOSPC;
	err = init(t, cfg, s);
	if (err) {
		free_sa(t, s);
		return err;
	}
	if (s->flags & SKUA_SA_IN) {
		insert(t, s);
		t->in++;
	}
	t->any += !!(s->flags & SKUA_SA_ANY_DST);
	*sa = s;
	return 0;
}

void skua_sa_remove(struct skua_sa_table *t, struct skua_sa *sa)
{
	if (sa->flags & SKUA_SA_IN) {
		extract(t, sa);
		t->in--;
		t->last = NULL;
	}
	t->any -= !!(sa->flags & SKUA_SA_ANY_DST);
	skua_table_remove(&t->handles, sa->handle);
	free_sa(t, sa);
}

struct skua_sa *skua_sa_get(const struct skua_sa_table *t, uint32_t handle)
{
	return skua_table_get(&t->handles, handle);
}

struct skua_sa *skua_sa_next(const struct skua_sa_table *t, uint32_t *i)
{
	while (*i < t->handles.high) {
		struct skua_sa *sa = t->handles.slot[(*i)++];

		if (sa)
			return sa;
	}
	return NULL;
}

uint32_t skua_sa_count(const struct skua_sa_table *t)
{
	return t->handles.used;
}

uint64_t skua_sa_table_refused(const struct skua_sa_table *t,
			       enum skua_esp_result result)
{
	return t->refused[result];
}
