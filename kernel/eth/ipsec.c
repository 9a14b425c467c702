// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The netdev's end of xfrm's packet offload: the life of SAs, and packets that
 * they opened. Packets to be sealed need nothing of the driver: the device
 * knows them by its flows.
 *
 * A state is deleted where nobody may sleep, and freed where the SA can be
 * destroyed; in between it is in no table any more, and only the device knows
 * it. When xfrm wants a new one, it makes a state for the time of asking, which
 * is no SA and has no handle here.
 */
#include <linux/ip.h>
#include <linux/slab.h>
#include <net/xfrm.h>

#include "ipsec.h"

static struct skua_eth_sa *skua_eth_sa_new(struct skua_eth *eth,
					   struct xfrm_state *x)
{
	struct skua_eth_sa *sa;
	int err;

	sa = kzalloc_obj(*sa);
	if (!sa)
		return ERR_PTR(-ENOMEM);

	sa->x = x;
	INIT_LIST_HEAD(&sa->policies);
	err = skua_eth_state_create(eth->core, x, &sa->handle);
	if (err) {
		kfree(sa);
		return ERR_PTR(err);
	}
	return sa;
}

static void skua_eth_sa_destroy(struct skua_eth *eth, struct skua_eth_sa *sa)
{
	mutex_lock(&eth->ipsec->lock);
	skua_eth_policies_release(sa);
	skua_cmd_destroy(eth->core, SKUA_HWI_CMD_DESTROY_SA, sa->handle);
	mutex_unlock(&eth->ipsec->lock);
	/* NAPI may have found it a moment ago. */
	kfree_rcu(sa, rcu);
}

static int skua_eth_state_add(struct net_device *ndev, struct xfrm_state *x,
			      struct netlink_ext_ack *extack)
{
	struct skua_eth *eth = netdev_priv(ndev);
	struct skua_eth_ipsec *ipsec = eth->ipsec;
	struct skua_eth_sa *sa;
	int err;

	/* Must not sleep. */
	if (x->xso.flags & XFRM_DEV_OFFLOAD_FLAG_ACQ)
		return 0;

	err = skua_eth_state_check(eth->core, x, extack);
	if (err)
		return err;

	sa = skua_eth_sa_new(eth, x);
	if (IS_ERR(sa)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "The device refuses the SA, or has one of this SPI and address");
		return PTR_ERR(sa);
	}

	err = xa_insert_irq(&ipsec->sas, sa->handle, sa, GFP_KERNEL);
	if (err)
		goto err_destroy;

	err = skua_eth_state_start(eth->core, x, sa->handle);
	if (err) {
		NL_SET_ERR_MSG_MOD(extack,
				   "The device refuses limits or sequence number");
		goto err_erase;
	}

	x->xso.offload_handle = (unsigned long)sa;
	queue_delayed_work(ipsec->wq, &ipsec->counts, SKUA_ETH_COUNT_PERIOD);
	return 0;

err_erase:
	xa_erase_irq(&ipsec->sas, sa->handle);
err_destroy:
	skua_eth_sa_destroy(eth, sa);
	return err;
}

static struct skua_eth_sa *skua_eth_state_sa(const struct xfrm_state *x)
{
	return (struct skua_eth_sa *)x->xso.offload_handle;
}

/* Under the lock of the state. */
static void skua_eth_state_delete(struct net_device *ndev,
				  struct xfrm_state *x)
{
	struct skua_eth *eth = netdev_priv(ndev);
	struct skua_eth_sa *sa = skua_eth_state_sa(x);

	if (sa)
		xa_erase_irq(&eth->ipsec->sas, sa->handle);
}

static void skua_eth_state_free(struct net_device *ndev, struct xfrm_state *x)
{
	struct skua_eth *eth = netdev_priv(ndev);
	struct skua_eth_sa *sa = skua_eth_state_sa(x);

	if (!sa)
		return;

	x->xso.offload_handle = 0;
	/* A state whose insertion failed was never deleted. */
	xa_erase_irq(&eth->ipsec->sas, sa->handle);
	skua_eth_sa_destroy(eth, sa);
}

/*
 * A look at a state wants newer counts than those of the last period; nobody
 * may sleep here, so they are there for the next one.
 */
static void skua_eth_state_update_stats(struct xfrm_state *x)
{
	struct net_device *ndev = x->xso.dev;
	struct skua_eth *eth = netdev_priv(ndev);

	if (skua_eth_state_sa(x))
		mod_delayed_work(eth->ipsec->wq, &eth->ipsec->counts, 0);
}

/* The device follows the numbers by itself; xfrm only wants to know that it can. */
static void skua_eth_state_advance_esn(struct xfrm_state *x)
{
}

static const struct xfrmdev_ops skua_eth_xfrmdev_ops = {
	.xdo_dev_state_add = skua_eth_state_add,
	.xdo_dev_state_delete = skua_eth_state_delete,
	.xdo_dev_state_free = skua_eth_state_free,
	.xdo_dev_state_advance_esn = skua_eth_state_advance_esn,
	.xdo_dev_state_update_stats = skua_eth_state_update_stats,
	.xdo_dev_policy_add = skua_eth_policy_add,
	.xdo_dev_policy_delete = skua_eth_policy_delete,
};

/*
 * The packet was opened by this SA: policies are satisfied, or, if ESP is still
 * around it, xfrm need not decrypt it. One of an SA that is just being deleted, or
 * is not the netdev's, goes on as if it had come plain.
 */
void skua_eth_ipsec_rx(struct skua_eth *eth, struct sk_buff *skb, u32 handle)
{
	struct skua_eth_sa *sa;
	struct xfrm_offload *xo;
	struct sec_path *sp;

	if (!eth->ipsec)
		return;

	rcu_read_lock();
	sa = xa_load(&eth->ipsec->sas, handle);
	if (!sa || !refcount_inc_not_zero(&sa->x->refcnt))
		goto out;

	sp = secpath_set(skb);
	if (!sp) {
		xfrm_state_put(sa->x);
		goto out;
	}
	sp->xvec[sp->len++] = sa->x;
	sp->olen++;
	xo = xfrm_offload(skb);
	xo->flags = CRYPTO_DONE;
	xo->status = CRYPTO_SUCCESS;
out:
	rcu_read_unlock();
}

/*
 * A packet whose ESP is there but for the cipher: the SA that it wants, and its
 * IV, which is the whole sequence number (§9.9). False: it is as it should be.
 */
bool skua_eth_ipsec_tx(struct sk_buff *skb, u32 *handle)
{
	const struct xfrm_offload *xo = xfrm_offload(skb);
	const struct ip_esp_hdr *esp;
	const struct xfrm_state *x;
	__be64 iv;
	u32 low;
	u64 seq;

	if (!xo)
		return false;
	x = xfrm_input_state(skb);
	if (!x || !skua_eth_state_crypto(x) || !skua_eth_state_sa(x))
		return false;

	/* Of a segment of a larger packet xo has the number of the next one. */
	esp = (const void *)skb_transport_header(skb);
	low = ntohl(esp->seq_no);
	seq = low;
	if (x->props.flags & XFRM_STATE_ESN)
		seq |= (u64)(xo->seq.hi - (xo->seq.low < low)) << 32;
	iv = cpu_to_be64(seq);
	skb_store_bits(skb,
		       skb_transport_offset(skb) + sizeof(*esp),
		       &iv, sizeof(iv));
	*handle = skua_eth_state_sa(x)->handle;
	return true;
}

/* Interrupt context. */
void skua_eth_ipsec_event(struct skua_eth *eth, u32 handle)
{
	struct skua_eth_ipsec *ipsec = eth->ipsec;
	unsigned long flags;

	if (!ipsec)
		return;

	xa_lock_irqsave(&ipsec->sas, flags);
	/* Does nothing if there is no such SA. */
	__xa_set_mark(&ipsec->sas, handle, SKUA_ETH_SA_EVENT);
	xa_unlock_irqrestore(&ipsec->sas, flags);
	queue_work(ipsec->wq, &ipsec->events);
}

int skua_eth_ipsec_init(struct skua_eth *eth)
{
	const u64 need = SKUA_HWI_CAP_IPSEC | SKUA_HWI_CAP_FLOW;
	struct net_device *ndev = eth->ndev;
	struct skua_eth_ipsec *ipsec;

	if ((le64_to_cpu(skua_core_caps(eth->core)->caps) & need) != need)
		return 0;

	ipsec = kzalloc_obj(*ipsec);
	if (!ipsec)
		return -ENOMEM;

	ipsec->wq = alloc_ordered_workqueue("skua_ipsec", 0);
	if (!ipsec->wq) {
		kfree(ipsec);
		return -ENOMEM;
	}

	ipsec->eth = eth;
	mutex_init(&ipsec->lock);
	xa_init_flags(&ipsec->sas, XA_FLAGS_LOCK_IRQ);
	INIT_WORK(&ipsec->events, skua_eth_ipsec_events);
	INIT_DELAYED_WORK(&ipsec->counts, skua_eth_ipsec_count);
	eth->ipsec = ipsec;

	ndev->xfrmdev_ops = &skua_eth_xfrmdev_ops;
	ndev->features |= NETIF_F_HW_ESP;
	ndev->hw_enc_features |= NETIF_F_HW_ESP;
	return 0;
}

/*
 * The netdev is gone, and all states and policies with it; of policies the
 * destruction may still be queued.
 */
void skua_eth_ipsec_cleanup(struct skua_eth *eth)
{
	struct skua_eth_ipsec *ipsec = eth->ipsec;

	if (!ipsec)
		return;

	cancel_delayed_work_sync(&ipsec->counts);
	destroy_workqueue(ipsec->wq);
	xa_destroy(&ipsec->sas);
	kfree(ipsec);
	eth->ipsec = NULL;
}
