/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * IPsec of the netdev: states and policies of xfrm that are offloaded as whole
 * packets are SAs and flows of the device (hwi §9.9 and §9.10), and hold for
 * RDMA packets of the same addresses too. States of which the device only has the
 * cipher are for the netdev alone.
 */
#ifndef SKUA_ETH_IPSEC_H
#define SKUA_ETH_IPSEC_H

#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/xfrm.h>

#include "eth.h"

/* What the device has counted of an SA, as far as xfrm has been told. */
struct skua_eth_sa_counts {
	u64 packets;
	u64 bytes;
	u64 replay;
	u64 bad_icv;
};

struct skua_eth_sa {
	struct xfrm_state *x;
	u32 handle;
	struct skua_eth_sa_counts told;
	struct list_head policies; /* whose flows name it; of ipsec->lock */
	struct rcu_head rcu;
};

struct skua_eth_ipsec {
	struct skua_eth *eth;
	/* Handle to SA. Marked by interrupts, read by NAPI under RCU. */
	struct xarray sas;
	/* Who holds it keeps all SAs that are in sas from being destroyed. */
	struct mutex lock;
	struct workqueue_struct *wq;
	struct work_struct events;
	struct delayed_work counts;
	unsigned long counts_next; /* the handle to go on with */
	u64 counted;		   /* by the device, for all SAs */
};

/* ipsec_state.c: a state as the device wants to have it */
int skua_eth_state_check(struct skua_core *core, const struct xfrm_state *x,
			 struct netlink_ext_ack *extack);
bool skua_eth_state_crypto(const struct xfrm_state *x);
int skua_eth_state_create(struct skua_core *core, const struct xfrm_state *x,
			  u32 *handle);
int skua_eth_state_start(struct skua_core *core, const struct xfrm_state *x,
			 u32 handle);
void skua_eth_ipsec_addr(u8 *out, const xfrm_address_t *addr, u16 family);

/* ipsec_policy.c */
int skua_eth_policy_add(struct xfrm_policy *xp, struct netlink_ext_ack *extack);
void skua_eth_policy_delete(struct xfrm_policy *xp);
void skua_eth_policies_release(struct skua_eth_sa *sa);

/* ipsec_count.c */
void skua_eth_ipsec_count(struct work_struct *work);
void skua_eth_ipsec_events(struct work_struct *work);

#define SKUA_ETH_SA_EVENT XA_MARK_1
#define SKUA_ETH_COUNT_PERIOD HZ

#endif /* SKUA_ETH_IPSEC_H */
