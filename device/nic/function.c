// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Functions: birth, reset, death. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nic.h"
#include "peers.h"
#include "skua_peers.h"
#include "steer/steer.h"

#define SKUA_GEN_BITS	   8
#define SKUA_PEER_GEN_BITS 2
#define SKUA_QPN_BITS	   (SKUA_LOG_MAX_QP + SKUA_GEN_BITS)

static void skua_tables_fini(struct skua_function *fn)
{
	skua_table_fini(&fn->pds);
	skua_table_fini(&fn->mkeys);
	skua_table_fini(&fn->eqs);
	skua_table_fini(&fn->cqs);
	skua_table_fini(&fn->srqs);
	skua_table_fini(&fn->qps);
}

/* QPNs have 24 bits, or as many as peers leave to the function. */
static int skua_qps_init(struct skua_function *fn)
{
	struct skua_peers *peers = fn->cfg.peers;
	uint8_t bits = peers ? skua_peers_qpn_bits() : SKUA_QPN_BITS;
	uint8_t gen_bits = peers ? SKUA_PEER_GEN_BITS : SKUA_GEN_BITS;
	int err;

	err = skua_table_init(&fn->qps, bits - gen_bits, gen_bits,
			      SKUA_HWI_QP_GSI + 1);
	if (peers)
		fn->qps.base = skua_peers_qpn_base(peers);
	else
		fn->qps.base = (fn->cfg.qpn_salt & ((1u << gen_bits) - 1))
			       << fn->qps.log;
	return err;
}

/* Index 0 is not used where a driver may take 0 for "none". */
static int skua_tables_init(struct skua_function *fn)
{
	int err;

	err = skua_table_init(&fn->pds, SKUA_LOG_MAX_PD, SKUA_GEN_BITS, 1);
	if (!err)
		err = skua_table_init(&fn->mkeys, SKUA_LOG_MAX_MKEY, 0, 1);
	if (!err)
		err = skua_table_init(&fn->eqs, SKUA_LOG_MAX_EQ, SKUA_GEN_BITS,
				      0);
	if (!err)
		err = skua_table_init(&fn->cqs, SKUA_LOG_MAX_CQ, SKUA_GEN_BITS,
				      1);
	if (!err)
		err = skua_table_init(&fn->srqs, SKUA_LOG_MAX_SRQ,
				      SKUA_GEN_BITS, 1);
	if (!err)
		err = skua_qps_init(fn);
	if (err)
		skua_tables_fini(fn);
	return err;
}

/* The values of §2 after a reset. */
static void skua_function_defaults(struct skua_function *fn)
{
	memcpy(fn->mac, fn->cfg.mac, sizeof(fn->mac));
	fn->mtu = SKUA_DEFAULT_MTU;
	fn->port_flags = 0;
	fn->cmdq.base = 0;
	fn->cmdq.ctrl = 0;
	fn->cmdq.size = 0;
	fn->cmdq.ci = 0;
	atomic_store(&fn->cmdq.pi, 0);
	memset(fn->gid, 0, sizeof(fn->gid));
	memset(fn->eth_cnt, 0, sizeof(fn->eth_cnt));
	memset(fn->rdma_cnt, 0, sizeof(fn->rdma_cnt));
	memset(fn->link_cnt, 0, sizeof(fn->link_cnt));
	memset(fn->ipsec_cnt, 0, sizeof(fn->ipsec_cnt));
	atomic_store(&fn->fatal, SKUA_HWI_FATAL_NONE);
}

/* Objects in an order in which nobody is left who names them. */
static void skua_function_clear(struct skua_function *fn)
{
	void *obj;
	uint32_t i;

	if (fn->gsi)
		skua_qp_destroy(fn->gsi);
	for_each_object(obj, i, &fn->qps) skua_qp_destroy(obj);
	skua_steer_clear(fn);
	for_each_object(obj, i, &fn->srqs) skua_srq_destroy(obj);
	for_each_object(obj, i, &fn->cqs) skua_cq_destroy(obj);
	for_each_object(obj, i, &fn->eqs) skua_eq_destroy(obj);
	/* Windows before the regions that they are bound to. */
	for_each_object(obj, i, &fn->mkeys) skua_mkey_unbind(obj);
	for_each_object(obj, i, &fn->mkeys) skua_mkey_destroy(fn, obj);
	for_each_object(obj, i, &fn->pds) skua_pd_destroy(fn, obj);
}

void skua_function_reset(struct skua_function *fn)
{
	struct skua_adapter *ad = fn->adapter;

	pthread_mutex_lock(&ad->fw_lock);
	atomic_store(&fn->status, 0);
	skua_engine_lock(ad);
	skua_function_clear(fn);
	skua_function_defaults(fn);
	skua_eswitch_update(ad);
	skua_engine_unlock(ad);
	skua_irq_forget(fn);
	atomic_store(&fn->status, SKUA_HWI_STATUS_READY);
	pthread_mutex_unlock(&ad->fw_lock);
}

void skua_function_fatal(struct skua_function *fn, uint32_t why)
{
	uint32_t none = SKUA_HWI_FATAL_NONE;

	if (!atomic_compare_exchange_strong(&fn->fatal, &none, why))
		return;
	atomic_store(&fn->status, SKUA_HWI_STATUS_READY | SKUA_HWI_STATUS_FATAL);
	fn->adapter->freeze = true;
	skua_event(fn, SKUA_HWI_EVENT_FATAL, 0, why);
}

void skua_functions_freeze(struct skua_adapter *ad)
{
	unsigned int f;
	uint32_t i;
	void *obj;

	ad->freeze = false;
	for (f = 0; f < SKUA_MAX_FUNCTIONS; f++) {
		struct skua_function *fn = ad->fn[f];

		if (!fn || !atomic_load(&fn->fatal))
			continue;
		if (fn->gsi)
			skua_qp_freeze(fn->gsi);
		for_each_object(obj, i, &fn->qps) skua_qp_freeze(obj);
	}
	skua_eswitch_update(ad);
}

/* A locally administered address, different for each function. */
static void skua_function_pick_mac(struct skua_function *fn)
{
	static const uint8_t zero[6], own[6] = { 0x02, 'S', 'K', 'U', 'A' };

	if (memcmp(fn->cfg.mac, zero, sizeof(zero)))
		return;
	memcpy(fn->cfg.mac, own, sizeof(own));
	fn->cfg.mac[5] = fn->index + 1;
}

static bool skua_function_config_sane(const struct skua_function_config *cfg)
{
	return cfg->uar && cfg->ops && cfg->ops->raise && cfg->vectors &&
	       cfg->vectors <= SKUA_HWI_MAX_VECTORS && !(cfg->mac[0] & 1) &&
	       cfg->port < SKUA_MAX_FUNCTIONS;
}

/* Holds the locks that the list of functions belongs to. */
static int skua_function_attach(struct skua_function *fn)
{
	struct skua_adapter *ad = fn->adapter;
	int err;

	for (fn->index = 0; fn->index < SKUA_MAX_FUNCTIONS; fn->index++) {
		if (!ad->fn[fn->index])
			break;
	}
	if (fn->index == SKUA_MAX_FUNCTIONS)
		return -ENOSPC;
	if (skua_eswitch_reserve(ad))
		return -ENOMEM;
	err = skua_peers_attach(fn);
	if (err)
		return err;
	skua_function_pick_mac(fn);
	skua_function_defaults(fn);
	skua_shown_attach(fn);
	ad->fn[fn->index] = fn;
	ad->nfn++;
	return 0;
}

struct skua_function *skua_function_create(struct skua_adapter *ad,
					   const struct skua_function_config *cfg)
{
	struct skua_function *fn = NULL;
	int err = -EINVAL;

	if (!skua_function_config_sane(cfg))
		goto fail;
	err = -ENOMEM;
	fn = calloc(1, sizeof(*fn));
	if (!fn)
		goto fail;
	fn->adapter = ad;
	fn->cfg = *cfg;
	fn->uar = cfg->uar;
	fn->slot_qp = calloc(SKUA_HWI_UAR_PAGES * SKUA_HWI_DB_SLOTS,
			     sizeof(*fn->slot_qp));
	if (!fn->slot_qp || skua_tables_init(fn))
		goto fail;
	pthread_rwlock_init(&fn->map_lock, NULL);

	pthread_mutex_lock(&ad->fw_lock);
	skua_engine_lock(ad);
	err = skua_function_attach(fn);
	skua_engine_unlock(ad);
	if (!err) {
		skua_irq_attach(fn);
		atomic_store(&fn->status, SKUA_HWI_STATUS_READY);
	}
	pthread_mutex_unlock(&ad->fw_lock);
	if (!err)
		return fn;

	pthread_rwlock_destroy(&fn->map_lock);
	skua_tables_fini(fn);
fail:
	if (fn)
		free(fn->slot_qp);
	free(fn);
	errno = -err;
	return NULL;
}

void skua_function_destroy(struct skua_function *fn)
{
	struct skua_adapter *ad = fn->adapter;
	uint64_t bit = 1ull << fn->index;

	pthread_mutex_lock(&ad->fw_lock);
	skua_engine_lock(ad);
	skua_function_clear(fn);
	skua_steer_destroy(fn);
	skua_peers_detach(fn);
	ad->fn[fn->index] = NULL;
	ad->nfn--;
	skua_eswitch_update(ad);
	atomic_fetch_and(&ad->kicked_fns, ~bit);
	atomic_fetch_and(&ad->posted_fns, ~bit);
	skua_engine_unlock(ad);
	pthread_mutex_unlock(&ad->fw_lock);
	skua_irq_detach(fn);

	pthread_rwlock_destroy(&fn->map_lock);
	skua_tables_fini(fn);
	free(fn->map.range);
	free(fn->slot_qp);
	free(fn);
}

void skua_function_stats(struct skua_function *fn, struct skua_function_stats *st)
{
	skua_engine_lock(fn->adapter);
	*st = (struct skua_function_stats){
		.reg_reads = atomic_load(&fn->reg_reads),
		.reg_writes = atomic_load(&fn->reg_writes),
		.kicks = atomic_load(&fn->kicks),
		.interrupts = atomic_load(&fn->interrupts),
		.commands = atomic_load(&fn->commands),
		.command_errors = atomic_load(&fn->command_errors),
		.qps = fn->qps.used + !!fn->gsi,
		.cqs = fn->cqs.used,
		.srqs = fn->srqs.used,
		.mkeys = fn->mkeys.used,
		.pds = fn->pds.used,
		.eqs = fn->eqs.used,
	};
	memcpy(st->mac, fn->mac, sizeof(st->mac));
	memcpy(st->eth, fn->eth_cnt, sizeof(st->eth));
	memcpy(st->rdma, fn->rdma_cnt, sizeof(st->rdma));
	memcpy(st->link, fn->link_cnt, sizeof(st->link));
	memcpy(st->ipsec, fn->ipsec_cnt, sizeof(st->ipsec));
	skua_engine_unlock(fn->adapter);
}
