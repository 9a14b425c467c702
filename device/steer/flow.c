// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "steer/flow.h"

#define LOG_BUCKETS_MIN 2
/*
 * Buckets for a flow, at least: a bucket costs little, and another flow on the way
 * to the right one as much as that does.
 */
#define BUCKETS_A_FLOW 4u

/* Flows that look at the same bits. */
struct skua_flow_mask {
	struct skua_flow_key bits;
	const uint32_t *secret;
	uint64_t best; /* no flow here has a lower priority */
	uint32_t n;
	uint32_t log; /* of the buckets */
	struct skua_flow **bucket;
};

/*
 * NH of Black, Halevi, Krawczyk, Krovetz, Rogaway, "UMAC" (CRYPTO 1999): two keys
 * that differ collide for one secret in 2^32.
 */
static uint32_t hash(const struct skua_flow_mask *m,
		     const struct skua_flow_key *key)
{
	const uint32_t *secret = m->secret;
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < SKUA_FLOW_KEY_WORDS; i++) {
		uint32_t low = key->word[i] + secret[2 * i];
		uint32_t high = (key->word[i] >> 32) + secret[2 * i + 1];

		sum += (uint64_t)low * high;
	}
	/* Fibonacci hashing, for the buckets. */
	return sum * 0x9e3779b97f4a7c15ull >> (64 - m->log);
}

static bool same(const struct skua_flow_key *a, const struct skua_flow_key *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* Which of two that match decides? */
static bool better(const struct skua_flow *a, const struct skua_flow *b)
{
	return a->priority != b->priority ? a->priority < b->priority
					  : a->age < b->age;
}

/* Look-up ------------------------------------------------------------------- */

static void mask_key(const struct skua_flow_mask *m,
		     const struct skua_flow_key *key, struct skua_flow_key *bits)
{
	unsigned int i;

	for (i = 0; i < SKUA_FLOW_KEY_WORDS; i++)
		bits->word[i] = key->word[i] & m->bits.word[i];
}

static struct skua_flow *find_in(const struct skua_flow_mask *m,
				 const struct skua_flow_key *key)
{
	struct skua_flow_key bits;
	struct skua_flow *flow;

	mask_key(m, key, &bits);
	flow = m->bucket[hash(m, &bits)];
	while (flow && !same(&flow->key, &bits))
		flow = flow->next;
	return flow;
}

static struct skua_flow *find(const struct skua_flows *flows,
			      const struct skua_flow_key *key)
{
	struct skua_flow *found = NULL, *flow;
	unsigned int i;

	for (i = 0; i < flows->n; i++) {
		if (found && found->priority < flows->mask[i]->best)
			break;
		flow = find_in(flows->mask[i], key);
		if (flow && (!found || better(flow, found)))
			found = flow;
	}
	return found;
}

struct skua_flow *skua_flow_find(struct skua_flows *flows,
				 const struct skua_flow_key *key)
{
	if (!flows->n)
		return NULL;
	if (!flows->known || !same(&flows->last, key)) {
		flows->found = find(flows, key);
		flows->last = *key;
		flows->known = true;
	}
	return flows->found;
}

struct skua_flow *const *skua_flow_place(const struct skua_flows *flows,
					 const struct skua_flow_key *key)
{
	struct skua_flow *const *place;
	struct skua_flow_key bits;

	if (!flows->n)
		return NULL;
	mask_key(flows->mask[0], key, &bits);
	place = &flows->mask[0]->bucket[hash(flows->mask[0], &bits)];
	__builtin_prefetch(place);
	return place;
}

/* Insertion and removal ------------------------------------------------------ */

/* The better ones first, so that the first that matches is the best. */
static void chain(struct skua_flow_mask *m, struct skua_flow *flow)
{
	struct skua_flow **at = &m->bucket[hash(m, &flow->key)];

	while (*at && better(*at, flow))
		at = &(*at)->next;
	flow->next = *at;
	*at = flow;
}

static int grow(struct skua_flow_mask *m, uint32_t log)
{
	struct skua_flow **old = m->bucket, *flow, *next;
	uint32_t was = m->bucket ? 1u << m->log : 0, i;

	m->bucket = calloc(1ull << log, sizeof(*m->bucket));
	if (!m->bucket) {
		m->bucket = old;
		return -ENOMEM;
	}
	m->log = log;
	for (i = 0; i < was; i++) {
		for (flow = old[i]; flow; flow = next) {
			next = flow->next;
			chain(m, flow);
		}
	}
	free(old);
	return 0;
}

static void free_mask(struct skua_flow_mask *m)
{
	free(m->bucket);
	free(m);
}

static struct skua_flow_mask *find_mask(const struct skua_flows *flows,
					const struct skua_flow_key *bits)
{
	unsigned int i;

	for (i = 0; i < flows->n; i++) {
		if (same(&flows->mask[i]->bits, bits))
			return flows->mask[i];
	}
	return NULL;
}

static struct skua_flow_mask *new_mask(struct skua_flows *flows,
				       const struct skua_flow_key *bits)
{
	struct skua_flow_mask **grown, *m;

	grown = realloc(flows->mask, (flows->n + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	flows->mask = grown;
	m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->secret = flows->secret;
	if (grow(m, LOG_BUCKETS_MIN)) {
		free(m);
		return NULL;
	}
	m->bits = *bits;
	m->best = UINT64_MAX;
	flows->mask[flows->n++] = m;
	return m;
}

static void drop_mask(struct skua_flows *flows, struct skua_flow_mask *m)
{
	unsigned int i = 0;

	while (flows->mask[i] != m)
		i++;
	flows->n--;
	memmove(&flows->mask[i], &flows->mask[i + 1],
		(flows->n - i) * sizeof(*flows->mask));
	free_mask(m);
	if (!flows->n) {
		free(flows->mask);
		flows->mask = NULL;
	}
}

/* m has a better flow now: it moves up. */
static void sort(struct skua_flows *flows, struct skua_flow_mask *m)
{
	unsigned int i = 0;

	while (flows->mask[i] != m)
		i++;
	for (; i && flows->mask[i - 1]->best > m->best; i--)
		flows->mask[i] = flows->mask[i - 1];
	flows->mask[i] = m;
}

int skua_flow_add(struct skua_flows *flows, struct skua_flow *flow,
		  const struct skua_flow_key *mask)
{
	struct skua_flow_mask *m = find_mask(flows, mask);

	if (!m && flows->n == SKUA_FLOW_MASKS)
		return -ENOSPC;
	/* With none there is nothing that it was used for. */
	if (!flows->n && getrandom(flows->secret, sizeof(flows->secret), 0) !=
				 sizeof(flows->secret))
		return -ENOMEM;
	if (!m)
		m = new_mask(flows, mask);
	if (!m)
		return -ENOMEM;
	if ((uint64_t)m->n * BUCKETS_A_FLOW >> m->log && grow(m, m->log + 1))
		return -ENOMEM;
	flows->known = false;
	flow->mask = m;
	flow->age = flows->born++;
	chain(m, flow);
	m->n++;
	if (flow->priority < m->best)
		m->best = flow->priority;
	sort(flows, m);
	return 0;
}

void skua_flow_remove(struct skua_flows *flows, struct skua_flow *flow)
{
	struct skua_flow_mask *m = flow->mask;
	struct skua_flow **at = &m->bucket[hash(m, &flow->key)];

	flows->known = false;
	while (*at != flow)
		at = &(*at)->next;
	*at = flow->next;
	/* best stays: too low a bound costs a look, no more. */
	flow->mask = NULL;
	if (!--m->n)
		drop_mask(flows, m);
}
