/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The inside of skua_core: one function, and what its files ask of each other.
 */
#ifndef SKUA_CORE_PRIV_H
#define SKUA_CORE_PRIV_H

#include <linux/completion.h>
#include <linux/idr.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "skua_core.h"

/* What a read gives when nobody answers: the device was pulled, or died. */
#define SKUA_GONE (~0u)

#define SKUA_CMDQ_LOG 5

struct skua_cmd_slot {
	struct completion done;
	bool busy;
};

struct skua_cmdq {
	struct skua_ring ring;
	struct mutex post;	/* of pi, and of the order of entries */
	wait_queue_head_t free;	/* a slot became free, or the device died */
	struct skua_cmd_slot slot[1 << SKUA_CMDQ_LOG];
	u32 pi;
	bool on;
	bool events;		/* the async EQ tells of completions */
};

struct skua_eq {
	struct skua_core *core;
	struct skua_ring ring;
	struct skua_hwi_cq_rec *rec;
	u32 handle;
	u32 ci;
	u32 sn;
	u8 log_size;
	int irq;
	char name[48];
};

enum skua_core_state {
	SKUA_STATE_UP,		/* skua_core_up() succeeded */
	SKUA_STATE_DEAD,	/* only a reset by probe or by PCI helps */
};

struct skua_core {
	struct pci_dev *pdev;
	unsigned int id;	/* of the function's auxiliary devices */
	unsigned long state;
	void __iomem *regs;
	void __iomem *db;
	void __iomem *kick;
	struct skua_hwi_query_device_out caps;

	struct skua_cmdq cmdq;
	struct skua_eq *eq;	/* eq[0] is the async EQ */
	unsigned int num_eqs;
	struct xarray cqs;
	struct atomic_notifier_head events;
	struct delayed_work health;
	struct work_struct quiesce;
	struct completion quiet; /* a dead device does no DMA any more */

	u32 uar_pages;
	struct ida uars;
	struct mutex db_lock;	/* of db_pages and their bitmaps */
	struct list_head db_pages;

	struct skua_adev *eth;	/* of both: see adev.c */
	struct skua_adev *ib;
	spinlock_t netdev_lock;	/* of ndev */
	struct net_device *ndev;
	netdevice_tracker ndev_tracker;
};

static inline u32 skua_reg_read(struct skua_core *core, enum skua_hwi_reg reg)
{
	return readl(core->regs + reg);
}

static inline void skua_reg_write(struct skua_core *core,
				  enum skua_hwi_reg reg, u32 val)
{
	writel(val, core->regs + reg);
}

/* main.c */
int skua_core_reset(struct skua_core *core);

/* cmd.c */
void skua_cmdq_init(struct skua_core *core);
int skua_cmdq_start(struct skua_core *core);
void skua_cmdq_stop(struct skua_core *core);
void skua_cmdq_event(struct skua_core *core, u32 index);
void skua_cmdq_abort(struct skua_core *core);

/* eq.c */
int skua_eqs_create(struct skua_core *core);
void skua_eqs_destroy(struct skua_core *core);

/* uar.c */
int skua_uars_init(struct skua_core *core);
void skua_uars_cleanup(struct skua_core *core);

/* health.c */
void skua_health_init(struct skua_core *core);
void skua_health_start(struct skua_core *core);
void skua_health_stop(struct skua_core *core);
bool skua_health_check(struct skua_core *core);
void skua_core_revive(struct skua_core *core);
void skua_core_die(struct skua_core *core, const char *why);

/* adev.c */
int skua_adevs_init(struct skua_core *core);
void skua_adevs_cleanup(struct skua_core *core);
int skua_adevs_add(struct skua_core *core);
void skua_adevs_del(struct skua_core *core);

/* devlink.c */
struct skua_core *skua_devlink_alloc(struct pci_dev *pdev);
void skua_devlink_register(struct skua_core *core);
void skua_devlink_unregister(struct skua_core *core);
void skua_devlink_free(struct skua_core *core);

#endif /* SKUA_CORE_PRIV_H */
