// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The two completion queues of the ETH QP (hwi §5 and §8). */
#include "eth.h"

/* Hard interrupt: the CQ had been armed, and is not until NAPI is done. */
static void skua_eth_cq_comp(struct skua_core_cq *core_cq)
{
	struct skua_eth_cq *cq =
		container_of(core_cq, struct skua_eth_cq, core_cq);

	napi_schedule(cq->napi);
}

static int skua_eth_cq_cmd_create(struct skua_eth *eth, struct skua_eth_cq *cq,
				  const struct skua_eth_moderation *mod)
{
	struct skua_hwi_create_cq_in in = {
		.pbl = cq->ring.pbl,
		.log_size = cq->log_size,
		.eqn = cpu_to_le32(skua_comp_eqn(eth->core, 0)),
		.moderation_count = cpu_to_le16(mod->frames),
		.moderation_us = cpu_to_le16(mod->usecs),
	};
	struct skua_hwi_handle_out out;
	int err;

	err = skua_cmd_exec(eth->core, SKUA_HWI_CMD_CREATE_CQ, &in, sizeof(in),
			    &out, sizeof(out));
	if (err)
		return err;

	cq->core_cq.cqn = le32_to_cpu(out.handle);
	return 0;
}

/* A CQ with room for 1 << @log_size completions; not armed yet. */
int skua_eth_cq_create(struct skua_eth *eth, struct skua_eth_cq *cq,
		       u8 log_size, const struct skua_eth_moderation *mod)
{
	size_t ring_size = sizeof(struct skua_hwi_cqe) << log_size;
	int err;

	cq->log_size = log_size;
	cq->ci = 0;
	cq->sn = 0;
	cq->napi = &eth->napi;
	cq->core_cq.comp = skua_eth_cq_comp;

	err = skua_ring_alloc(eth->core, &cq->ring,
			      ring_size + sizeof(*cq->rec));
	if (err)
		return err;
	cq->rec = cq->ring.buf + ring_size;

	err = skua_eth_cq_cmd_create(eth, cq, mod);
	if (err)
		goto err_ring;

	err = skua_cq_add(eth->core, &cq->core_cq);
	if (err)
		goto err_cq;
	return 0;

err_cq:
	skua_cmd_destroy(eth->core, SKUA_HWI_CMD_DESTROY_CQ, cq->core_cq.cqn);
err_ring:
	skua_ring_free(eth->core, &cq->ring);
	return err;
}

/* NAPI is not scheduled by this CQ any more when this returns. */
void skua_eth_cq_destroy(struct skua_eth *eth, struct skua_eth_cq *cq)
{
	skua_cmd_destroy(eth->core, SKUA_HWI_CMD_DESTROY_CQ, cq->core_cq.cqn);
	skua_cq_del_sync(eth->core, &cq->core_cq);
	skua_ring_free(eth->core, &cq->ring);
}

int skua_eth_cq_moderate(struct skua_eth *eth, struct skua_eth_cq *cq,
			 const struct skua_eth_moderation *mod)
{
	struct skua_hwi_modify_cq_in in = {
		.handle = cpu_to_le32(cq->core_cq.cqn),
		.moderation_count = cpu_to_le16(mod->frames),
		.moderation_us = cpu_to_le16(mod->usecs),
	};

	return skua_cmd_exec(eth->core, SKUA_HWI_CMD_MODIFY_CQ, &in,
			     sizeof(in), NULL, 0);
}

struct skua_hwi_cqe *skua_eth_cq_next(struct skua_eth_cq *cq)
{
	struct skua_hwi_cqe *cqe = cq->ring.buf;
	u32 phase = !(cq->ci >> cq->log_size & 1);
	u32 owner;

	cqe += cq->ci & ((1u << cq->log_size) - 1);
	owner = le32_to_cpu(READ_ONCE(cqe->owner));
	if ((owner & SKUA_HWI_OWNER_PHASE) != phase)
		return NULL;

	/* The device stores the owner last. */
	dma_rmb();
	return cqe;
}

/* Done with the entry of skua_eth_cq_next(): the device may write it again. */
void skua_eth_cq_advance(struct skua_eth_cq *cq)
{
	cq->ci++;
	dma_mb();
	WRITE_ONCE(cq->rec->ci, cpu_to_le32(cq->ci));
}

/*
 * Ask for an event at the next completion. Return: true when there is one
 * already, for which no event may come.
 */
bool skua_eth_cq_arm(struct skua_eth_cq *cq)
{
	u32 arm = ++cq->sn << SKUA_HWI_ARM_SN_SHIFT | SKUA_HWI_ARM_ANY;

	WRITE_ONCE(cq->rec->arm, cpu_to_le32(arm));
	/* §5: arm is visible before the ring is looked at again. */
	mb();
	return skua_eth_cq_next(cq);
}
