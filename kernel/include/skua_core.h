/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What skua_core offers its auxiliary drivers (skua_eth, skua_ib). They know
 * this file and hwi/skua_hwi.h, never each other.
 */
#ifndef SKUA_CORE_H
#define SKUA_CORE_H

#include <linux/auxiliary_bus.h>
#include <linux/netdevice.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/types.h>

#include "skua_hwi.h"

struct skua_core;

#define SKUA_AUX_ETH "eth" /* auxiliary id "skua_core.eth" */
#define SKUA_AUX_IB  "ib"

/*
 * The auxiliary device of one function for one driver. core stays valid from
 * probe to the end of remove.
 */
struct skua_adev {
	struct auxiliary_device adev;
	struct skua_core *core;
};

static inline struct skua_core *skua_adev_core(struct auxiliary_device *adev)
{
	return container_of(adev, struct skua_adev, adev)->core;
}

struct pci_dev *skua_core_pdev(const struct skua_core *core);
/* The answer of QUERY_DEVICE, read once at probe. */
const struct skua_hwi_query_device_out *
skua_core_caps(const struct skua_core *core);

/* Commands (§9) ------------------------------------------------------------ */

/**
 * skua_cmd_exec - run one command and wait for its answer
 * @core: function
 * @opcode: SKUA_HWI_CMD_*
 * @in: input, @in_len bytes (at most SKUA_HWI_CMD_IN_LEN)
 * @out: where the first @out_len bytes of the output go; may be NULL
 *
 * May sleep. Return: 0; -ETIMEDOUT and -EIO when the device is dead (the core
 * then marks it so, and every later command fails at once with -EIO); otherwise
 * the errno of the command status: BAD_PARAM -EINVAL, BAD_OBJECT -ENOENT,
 * BAD_STATE -EINVAL, IN_USE -EBUSY, NO_RESOURCES -ENOMEM, BAD_ADDRESS -EFAULT,
 * NOT_SUPPORTED and BAD_OPCODE -EOPNOTSUPP, INTERNAL -EIO.
 */
int skua_cmd_exec(struct skua_core *core, u16 opcode, const void *in,
		  size_t in_len, void *out, size_t out_len);

/*
 * A DESTROY that must not fail: quiet and successful when the device is dead,
 * warns once otherwise.
 */
void skua_cmd_destroy(struct skua_core *core, u16 opcode, u32 handle);

bool skua_core_dead(const struct skua_core *core);

/* Page lists (§4) ----------------------------------------------------------- */

/*
 * A page list under construction: the driver asks for room for count pages,
 * fills them with skua_pbl_set(), and puts skua_pbl_hwi() into a command. The
 * device copies the list, so skua_pbl_free() follows the command at once.
 */
struct skua_pbl;
struct skua_pbl *skua_pbl_alloc(struct skua_core *core, u32 count,
				unsigned int page_shift);
void skua_pbl_set(struct skua_pbl *pbl, u32 index, dma_addr_t page);
void skua_pbl_hwi(const struct skua_pbl *pbl, u32 offset,
		  struct skua_hwi_pbl *out);
void skua_pbl_free(struct skua_pbl *pbl);

/* A ring in kernel memory: coherent, zeroed, levels 0, record behind it. */
struct skua_ring {
	void *buf;
	dma_addr_t dma;
	size_t size;
	struct skua_hwi_pbl pbl;
};
int skua_ring_alloc(struct skua_core *core, struct skua_ring *ring,
		    size_t size);
void skua_ring_free(struct skua_core *core, struct skua_ring *ring);

/* Doorbells (§3) ------------------------------------------------------------ */

/* A doorbell page and its kick page. Users get pages of their own. */
struct skua_uar {
	u32 index;
	DECLARE_BITMAP(used, SKUA_HWI_DB_SLOTS);
	phys_addr_t db_phys;
	phys_addr_t kick_phys;
	void __iomem *db;	/* mapped only for the kernel's own pages */
	void __iomem *kick;
};
int skua_uar_alloc(struct skua_core *core, struct skua_uar *uar, bool map);
void skua_uar_free(struct skua_core *core, struct skua_uar *uar);

/* A slot on a page that the core shares among kernel queues. */
struct skua_db {
	struct skua_hwi_db_slot __iomem *slot;
	void __iomem *kick;
	u16 uar_page;
	u8 db_slot;
};
int skua_db_alloc(struct skua_core *core, struct skua_db *db);
void skua_db_free(struct skua_core *core, struct skua_db *db);
/* Publish a send queue's producer index and wake the device if it sleeps. */
void skua_db_ring(struct skua_db *db, u32 pi);
void skua_db_kick_rq(struct skua_db *db);

/* Events (§5) --------------------------------------------------------------- */

/*
 * A completion queue as the core sees it: comp is called in hard interrupt
 * context for each EVENT_COMP of the CQ, and never after skua_cq_del_sync()
 * returned.
 */
struct skua_core_cq {
	u32 cqn;
	void (*comp)(struct skua_core_cq *cq);
};
int skua_cq_add(struct skua_core *core, struct skua_core_cq *cq);
void skua_cq_del_sync(struct skua_core *core, struct skua_core_cq *cq);

unsigned int skua_comp_vectors(const struct skua_core *core);
/* Handle of the EQ behind completion vector @vector, for CREATE_CQ. */
u32 skua_comp_eqn(const struct skua_core *core, unsigned int vector);
int skua_comp_irq(const struct skua_core *core, unsigned int vector);

/*
 * Async events other than EVENT_COMP and EVENT_CMD go down this atomic chain
 * (interrupt context): action is enum skua_hwi_event, data a struct
 * skua_hwi_eqe. SKUA_EVENT_DEAD says that the device is gone; data is NULL.
 */
#define SKUA_EVENT_DEAD 0x1000
int skua_event_register(struct skua_core *core, struct notifier_block *nb);
void skua_event_unregister(struct skua_core *core, struct notifier_block *nb);

/* The function's netdev, set by skua_eth, wanted by skua_ib ------------------ */

/* May be called with NULL; netdev holders are told by the netdev notifiers. */
void skua_core_set_netdev(struct skua_core *core, struct net_device *ndev);
/* Takes a reference; NULL when there is none. */
struct net_device *skua_core_get_netdev(struct skua_core *core);

#endif /* SKUA_CORE_H */
