// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What SAs have done, and how they end. xfrm asks for counts where nobody may
 * sleep, and commands do, so a work brings them once in a period: those of at
 * most SKUA_ETH_COUNT_MAX SAs, and none if the device has done nothing at all.
 * What limits count is the device's own count, and an event says when one is
 * reached.
 */
#include "ipsec.h"

#define SKUA_ETH_COUNT_MAX 256

/* A state takes what is new: it may have begun with other counts than 0. */
static void skua_eth_sa_tell(struct skua_eth_sa *sa,
			     const struct skua_eth_sa_counts *now)
{
	struct net *net = xs_net(sa->x);
	struct xfrm_state *x = sa->x;
	u64 replay, bad_icv;

	replay = now->replay - sa->told.replay;
	bad_icv = now->bad_icv - sa->told.bad_icv;
	x->stats.replay += replay;
	x->stats.integrity_failed += bad_icv;
	XFRM_ADD_STATS(net, LINUX_MIB_XFRMINSTATESEQERROR, replay);
	XFRM_ADD_STATS(net, LINUX_MIB_XFRMINSTATEPROTOERROR, bad_icv);

	if (now->packets != sa->told.packets) {
		x->curlft.packets += now->packets - sa->told.packets;
		x->curlft.bytes += now->bytes - sa->told.bytes;
		x->lastused = ktime_get_real_seconds();
		if (!READ_ONCE(x->curlft.use_time))
			WRITE_ONCE(x->curlft.use_time, x->lastused);
	}
	sa->told = *now;
}

/*
 * The device says that a limit is reached, whatever xfrm would count. A state
 * that xfrm has not put into its tables yet cannot be taken out of them: the
 * device goes on refusing packets, and the next round sees that.
 */
static void skua_eth_sa_expire(struct xfrm_state *x, u32 events)
{
	const u32 end = SKUA_HWI_SA_EVENT_HARD | SKUA_HWI_SA_EVENT_EXHAUSTED;

	if (x->km.state != XFRM_STATE_VALID || list_empty(&x->km.all))
		return;
	if (events & end) {
		x->km.state = XFRM_STATE_EXPIRED;
		hrtimer_start(&x->mtimer, 0, HRTIMER_MODE_REL_SOFT);
	} else if (events & SKUA_HWI_SA_EVENT_SOFT && !x->km.dying) {
		x->km.dying = 1;
		km_state_expired(x, 0, 0);
	}
}

static int skua_eth_sa_query(struct skua_eth *eth, struct skua_eth_sa *sa)
{
	struct skua_hwi_handle_in in = { .handle = cpu_to_le32(sa->handle) };
	struct skua_hwi_query_sa_out out;
	struct skua_eth_sa_counts now;
	int err;

	err = skua_cmd_exec(eth->core, SKUA_HWI_CMD_QUERY_SA, &in, sizeof(in),
			    &out, sizeof(out));
	if (err)
		return err;

	now = (struct skua_eth_sa_counts){
		.packets = le64_to_cpu(out.packets),
		.bytes = le64_to_cpu(out.bytes),
		.replay = le64_to_cpu(out.replay),
		.bad_icv = le64_to_cpu(out.bad_icv),
	};
	/* Then xfrm has seen them itself. */
	if (skua_eth_state_crypto(sa->x)) {
		now.packets = 0;
		now.bytes = 0;
	}
	spin_lock_bh(&sa->x->lock);
	skua_eth_sa_tell(sa, &now);
	skua_eth_sa_expire(sa->x, le32_to_cpu(out.events));
	spin_unlock_bh(&sa->x->lock);
	return 0;
}

/* Whether any packet has come or gone, or was refused, since the last time. */
static bool skua_eth_ipsec_idle(struct skua_eth_ipsec *ipsec)
{
	struct skua_hwi_query_counters_in in = {
		.group = cpu_to_le32(SKUA_HWI_COUNTERS_IPSEC),
	};
	struct skua_hwi_query_counters_out out;
	u64 sum = 0;
	int i;

	if (skua_cmd_exec(ipsec->eth->core, SKUA_HWI_CMD_QUERY_COUNTERS, &in,
			  sizeof(in), &out, sizeof(out)))
		return true;

	for (i = 0; i < SKUA_HWI_IPSEC_COUNTERS; i++)
		sum += le64_to_cpu(out.counter[i]);
	if (sum == ipsec->counted)
		return true;
	ipsec->counted = sum;
	return false;
}

void skua_eth_ipsec_count(struct work_struct *work)
{
	struct skua_eth_ipsec *ipsec =
		container_of(work, struct skua_eth_ipsec, counts.work);
	unsigned long index = ipsec->counts_next;
	unsigned int left = SKUA_ETH_COUNT_MAX;
	struct skua_eth_sa *sa;

	if (xa_empty(&ipsec->sas))
		return;

	/* A round that had to leave some out goes on, whatever happened. */
	if (index || !skua_eth_ipsec_idle(ipsec)) {
		mutex_lock(&ipsec->lock);
		xa_for_each_start(&ipsec->sas, index, sa, ipsec->counts_next)
			if (!left-- || skua_eth_sa_query(ipsec->eth, sa))
				break;
		mutex_unlock(&ipsec->lock);
		ipsec->counts_next = sa ? index : 0;
	}

	queue_delayed_work(ipsec->wq, &ipsec->counts, SKUA_ETH_COUNT_PERIOD);
}

void skua_eth_ipsec_events(struct work_struct *work)
{
	struct skua_eth_ipsec *ipsec =
		container_of(work, struct skua_eth_ipsec, events);
	struct skua_eth_sa *sa;
	unsigned long index;

	mutex_lock(&ipsec->lock);
	xa_for_each_marked(&ipsec->sas, index, sa, SKUA_ETH_SA_EVENT) {
		/* Before the question: what happens after it, marks anew. */
		xa_lock_irq(&ipsec->sas);
		__xa_clear_mark(&ipsec->sas, index, SKUA_ETH_SA_EVENT);
		xa_unlock_irq(&ipsec->sas);
		skua_eth_sa_query(ipsec->eth, sa);
	}
	mutex_unlock(&ipsec->lock);
}
