// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* SAs and flows of a function: how they come and go, and who names whom. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nic/peers.h"
#include "steer/steer.h"

#define GEN_BITS 12

bool skua_steer_has_ipsec(void)
{
	return !skua_aead_init();
}

/* Peers that carry out requests themselves send no packets that could be seen. */
static void show_qps(struct skua_function *fn)
{
	struct skua_qp *qp;
	uint32_t i;

	for_each_object(qp, i, &fn->qps) skua_peers_show_qp(qp);
}

static void destroy(struct skua_steer *st)
{
	skua_sa_table_destroy(st->sas);
	skua_table_fini(&st->flows);
	skua_slab_fini(&st->flow_mem);
	skua_slab_fini(&st->sa_mem);
	free(st);
}

static int create(struct skua_steer **steer)
{
	struct skua_steer *st = calloc(1, sizeof(*st));
	int err;

	if (!st)
		return -ENOMEM;
	err = skua_table_init(&st->flows, SKUA_LOG_MAX_FLOW, GEN_BITS, 0);
	if (!err)
		err = skua_slab_init(&st->flow_mem, sizeof(struct skua_flow),
				     1u << SKUA_LOG_MAX_FLOW, false);
	if (!err)
		err = skua_slab_init(&st->sa_mem, sizeof(struct skua_steer_sa),
				     1u << SKUA_LOG_MAX_SA, false);
	if (err)
		destroy(st);
	else
		*steer = st;
	return err;
}

static int begin(struct skua_function *fn)
{
	return fn->steer_mem ? 0 : create(&fn->steer_mem);
}

/* Something has come or gone: packets of who steers none go the short way. */
static void update(struct skua_function *fn)
{
	struct skua_steer *st = fn->steer_mem;
	bool used = st->flows.used || (st->sas && skua_sa_count(st->sas));

	if (used == !!fn->steer)
		return;
	fn->steer = used ? st : NULL;
	if (used)
		fn->adapter->steered++;
	else
		fn->adapter->steered--;
	show_qps(fn);
}

/* reqids -------------------------------------------------------------------- */

static struct skua_reqid **reqid_at(struct skua_steer *st, uint32_t reqid)
{
	struct skua_reqid **at = &st->reqid[reqid % SKUA_REQID_BUCKETS];

	while (*at && (*at)->reqid != reqid)
		at = &(*at)->next;
	return at;
}

/* NULL: there is no memory. */
static struct skua_reqid *reqid_get(struct skua_steer *st, uint32_t reqid)
{
	struct skua_reqid **at = reqid_at(st, reqid);

	if (!*at) {
		*at = calloc(1, sizeof(**at));
		if (!*at)
			return NULL;
		(*at)->reqid = reqid;
		list_init(&(*at)->tunnels);
	}
	(*at)->refs++;
	return *at;
}

static void reqid_put(struct skua_steer *st, struct skua_reqid *r)
{
	struct skua_reqid **at;

	if (!r || --r->refs)
		return;
	at = reqid_at(st, r->reqid);
	*at = r->next;
	free(r);
}

/* SAs ------------------------------------------------------------------------ */

static void told(void *ctx, struct skua_sa *sa, enum skua_sa_event event)
{
	static const uint8_t bit[SKUA_SA_EVENTS] = {
		[SKUA_SA_SOFT] = SKUA_HWI_SA_EVENT_SOFT,
		[SKUA_SA_HARD] = SKUA_HWI_SA_EVENT_HARD,
		[SKUA_SA_EXHAUSTED] = SKUA_HWI_SA_EVENT_EXHAUSTED,
	};
	struct skua_steer_sa *s = sa->owner;

	s->events |= bit[event];
	skua_event(ctx, SKUA_HWI_EVENT_SA, sa->handle, bit[event]);
}

/* So that flows which name its reqid find an SA that seals. 0 or -errno. */
static int offer(struct skua_steer *st, struct skua_steer_sa *s,
		 const struct skua_sa_request *rq)
{
	struct skua_flow_key mask = { .spi = UINT32_MAX };

	list_init(&s->list);
	if (!s->reqid || rq->cfg.flags & SKUA_SA_IN)
		return 0;
	s->born = ++st->born;
	if (rq->cfg.flags & SKUA_SA_TUNNEL) {
		list_add(&s->list, &s->reqid->tunnels);
		return 0;
	}
	memset(mask.src, 0xff, sizeof(mask.src));
	memset(mask.dst, 0xff, sizeof(mask.dst));
	memcpy(s->way.key.src, s->src, sizeof(s->src));
	memcpy(s->way.key.dst, s->dst, sizeof(s->dst));
	s->way.key.spi = rq->reqid;
	s->way.priority = UINT64_MAX - s->born;
	return skua_flow_add(&st->sealers, &s->way, &mask);
}

static void withdraw(struct skua_steer *st, struct skua_steer_sa *s)
{
	list_del(&s->list);
	if (s->way.mask)
		skua_flow_remove(&st->sealers, &s->way);
}

static int link_sa(struct skua_steer *st, struct skua_steer_sa *s,
		   const struct skua_sa_request *rq)
{
	struct skua_sa_config cfg = rq->cfg;
	int err;

	if (rq->reqid) {
		s->reqid = reqid_get(st, rq->reqid);
		if (!s->reqid)
			return -ENOMEM;
	}
	err = offer(st, s, rq);
	if (err)
		goto out;
	cfg.owner = s;
	cfg.group = s->reqid;
	err = skua_sa_add(st->sas, &cfg, &s->sa);
	if (!err)
		return 0;
	withdraw(st, s);
out:
	reqid_put(st, s->reqid);
	return err;
}

static int add_sa(struct skua_function *fn, const struct skua_sa_request *rq,
		  uint32_t *handle)
{
	struct skua_steer *st = fn->steer_mem;
	struct skua_steer_sa *s;
	int err = 0;

	if (!st->sas)
		err = skua_sa_table_create(1u << SKUA_LOG_MAX_SA, told, fn,
					   &st->sas);
	if (err)
		return err;
	s = skua_slab_get(&st->sa_mem);
	if (!s)
		return -ENOSPC;
	s->fn = fn;
	s->flags = rq->flags;
	memcpy(s->src, rq->src, sizeof(s->src));
	memcpy(s->dst, rq->dst, sizeof(s->dst));
	err = link_sa(st, s, rq);
	if (err) {
		skua_slab_put(&st->sa_mem, s);
		return err;
	}
	*handle = s->sa->handle;
	return 0;
}

int skua_steer_add_sa(struct skua_function *fn,
		      const struct skua_sa_request *rq, uint32_t *handle)
{
	int err = begin(fn);

	if (err)
		return err;
	err = add_sa(fn, rq, handle);
	update(fn);
	return err;
}

struct skua_steer_sa *skua_steer_get_sa(const struct skua_function *fn,
					uint32_t handle)
{
	struct skua_sa *sa;

	if (!fn->steer || !fn->steer->sas)
		return NULL;
	sa = skua_sa_get(fn->steer->sas, handle);
	return sa ? sa->owner : NULL;
}

static void free_sa(struct skua_steer *st, struct skua_steer_sa *s)
{
	withdraw(st, s);
	reqid_put(st, s->reqid);
	skua_sa_remove(st->sas, s->sa);
	skua_slab_put(&st->sa_mem, s);
}

void skua_steer_remove_sa(struct skua_steer_sa *s)
{
	struct skua_function *fn = s->fn;

	free_sa(fn->steer, s);
	update(fn);
}

/* Flows ---------------------------------------------------------------------- */

static void let_go(struct skua_steer *st, struct skua_flow *flow)
{
	struct skua_steer_sa *s = flow->sa ? flow->sa->owner : NULL;

	if (s)
		s->flows--;
	reqid_put(st, flow->reqid);
}

static int link_flow(struct skua_steer *st, struct skua_flow *flow,
		     const struct skua_flow_key *mask, uint32_t reqid)
{
	struct skua_steer_sa *s = flow->sa ? flow->sa->owner : NULL;
	int err;

	flow->reqid = reqid ? reqid_get(st, reqid) : NULL;
	if (reqid && !flow->reqid)
		return -ENOMEM;
	if (s)
		s->flows++;
	err = skua_table_add(&st->flows, flow, &flow->handle);
	if (err)
		goto out;
	err = skua_flow_add(&st->dir[flow->direction], flow, mask);
	if (!err)
		return 0;
	skua_table_remove(&st->flows, flow->handle);
out:
	let_go(st, flow);
	return err;
}

static int add_flow(struct skua_steer *st, const struct skua_flow *like,
		    const struct skua_flow_key *mask, uint32_t reqid,
		    uint32_t *handle)
{
	struct skua_flow *flow = skua_slab_get(&st->flow_mem);
	int err;

	if (!flow)
		return -ENOSPC;
	*flow = *like;
	err = link_flow(st, flow, mask, reqid);
	if (err)
		skua_slab_put(&st->flow_mem, flow);
	else
		*handle = flow->handle;
	return err;
}

int skua_steer_add_flow(struct skua_function *fn, const struct skua_flow *like,
			const struct skua_flow_key *mask, uint32_t reqid,
			uint32_t *handle)
{
	int err = begin(fn);

	if (err)
		return err;
	err = add_flow(fn->steer_mem, like, mask, reqid, handle);
	update(fn);
	return err;
}

struct skua_flow *skua_steer_get_flow(const struct skua_function *fn,
				      uint32_t handle)
{
	return fn->steer ? skua_table_get(&fn->steer->flows, handle) : NULL;
}

static void free_flow(struct skua_steer *st, struct skua_flow *flow)
{
	skua_flow_remove(&st->dir[flow->direction], flow);
	skua_table_remove(&st->flows, flow->handle);
	let_go(st, flow);
	skua_slab_put(&st->flow_mem, flow);
}

void skua_steer_remove_flow(struct skua_function *fn, struct skua_flow *flow)
{
	free_flow(fn->steer, flow);
	update(fn);
}

void skua_steer_clear(struct skua_function *fn)
{
	struct skua_steer *st = fn->steer;
	struct skua_flow *flow;
	struct skua_sa *sa;
	uint32_t i;

	if (!st)
		return;
	for_each_object(flow, i, &st->flows) free_flow(st, flow);
	for (i = 0; st->sas && (sa = skua_sa_next(st->sas, &i));)
		free_sa(st, sa->owner);
	update(fn);
}

void skua_steer_destroy(struct skua_function *fn)
{
	if (fn->steer_mem)
		destroy(fn->steer_mem);
}
