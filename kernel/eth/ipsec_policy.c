// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A policy of xfrm as a flow of the device (hwi §9.10). Priorities mean the same
 * to both: the lowest number decides, among equals the oldest.
 *
 * A flow that protects goes by the reqid, and takes the newest SA that has it.
 * But where a template has an SPI, a key daemon says by it when the next SA is
 * to be used, which the other end may not know yet: then the flow names that SA,
 * as long as it lives.
 */
#include <linux/slab.h>
#include <net/xfrm.h>

#include "ipsec.h"

struct skua_eth_policy {
	struct skua_eth_ipsec *ipsec;
	struct skua_hwi_create_flow_in flow; /* that the handle is of */
	__le32 reqid;
	u32 handle;
	struct list_head list;	/* of an SA that the flow names */
	struct work_struct destroy;
};

static bool skua_eth_policy_has_ports(const struct xfrm_selector *sel)
{
	return sel->sport_mask || sel->dport_mask;
}

/* In those of other protocols xfrm keeps types, codes and keys. */
static bool skua_eth_proto_has_ports(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return true;
	default:
		return false;
	}
}

static int skua_eth_policy_check_selector(const struct xfrm_policy *xp,
					  struct netlink_ext_ack *extack)
{
	const struct xfrm_selector *sel = &xp->selector;
	unsigned int max_prefix;

	if (sel->family != AF_INET && sel->family != AF_INET6) {
		NL_SET_ERR_MSG_MOD(extack, "Only IPv4 and IPv6");
		return -EOPNOTSUPP;
	}
	max_prefix = sel->family == AF_INET ? 32 : 128;
	if (sel->prefixlen_s > max_prefix || sel->prefixlen_d > max_prefix) {
		NL_SET_ERR_MSG_MOD(extack, "Prefix longer than the address");
		return -EINVAL;
	}
	if (skua_eth_policy_has_ports(sel) &&
	    !skua_eth_proto_has_ports(sel->proto)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Ports only of TCP, UDP, UDP-Lite, SCTP, DCCP");
		return -EOPNOTSUPP;
	}
	if ((sel->ifindex && sel->ifindex != xp->xdo.dev->ifindex) ||
	    sel->user || xp->if_id || xp->mark.m || xp->security) {
		NL_SET_ERR_MSG_MOD(extack,
				   "No other interfaces, users, marks or labels");
		return -EOPNOTSUPP;
	}
	return 0;
}

static int skua_eth_policy_check_template(const struct xfrm_tmpl *tmpl,
					  struct netlink_ext_ack *extack)
{
	if (tmpl->id.proto != IPPROTO_ESP ||
	    (tmpl->mode != XFRM_MODE_TRANSPORT &&
	     tmpl->mode != XFRM_MODE_TUNNEL)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Only ESP in transport or tunnel mode");
		return -EOPNOTSUPP;
	}
	if (!tmpl->reqid) {
		NL_SET_ERR_MSG_MOD(extack, "The template needs a reqid");
		return -EINVAL;
	}
	if (tmpl->optional || tmpl->share != XFRM_SHARE_ANY) {
		NL_SET_ERR_MSG_MOD(extack,
				   "No level use or share in the template");
		return -EOPNOTSUPP;
	}
	return 0;
}

static int skua_eth_policy_check(const struct xfrm_policy *xp,
				 struct netlink_ext_ack *extack)
{
	int err;

	if (xp->type != XFRM_POLICY_TYPE_MAIN) {
		NL_SET_ERR_MSG_MOD(extack, "Only policies of the type main");
		return -EOPNOTSUPP;
	}
	if (xp->xdo.dir != XFRM_DEV_OFFLOAD_IN &&
	    xp->xdo.dir != XFRM_DEV_OFFLOAD_OUT) {
		NL_SET_ERR_MSG_MOD(extack, "Only directions in and out");
		return -EOPNOTSUPP;
	}
	if (xp->xfrm_nr > 1) {
		NL_SET_ERR_MSG_MOD(extack, "Only one template");
		return -EOPNOTSUPP;
	}

	err = skua_eth_policy_check_selector(xp, extack);
	if (err || !xp->xfrm_nr || xp->action == XFRM_POLICY_BLOCK)
		return err;
	return skua_eth_policy_check_template(&xp->xfrm_vec[0], extack);
}

/* §9.10: bits behind the prefix are zero. */
static u8 skua_eth_policy_prefix(u8 *out, const xfrm_address_t *addr,
				 u8 prefix, u16 family)
{
	struct in6_addr full, masked;

	if (family == AF_INET)
		prefix += 96;
	skua_eth_ipsec_addr(full.s6_addr, addr, family);
	ipv6_addr_prefix(&masked, &full, prefix);
	memcpy(out, &masked, sizeof(masked));
	return prefix;
}

static void skua_eth_policy_match(struct skua_hwi_flow_match *match,
				  const struct xfrm_selector *sel)
{
	u32 fields = SKUA_HWI_FLOW_NET;

	match->net = sel->family == AF_INET ? SKUA_HWI_NET_IPV4 :
					      SKUA_HWI_NET_IPV6;
	match->src_prefix = skua_eth_policy_prefix(match->src, &sel->saddr,
						   sel->prefixlen_s,
						   sel->family);
	match->dst_prefix = skua_eth_policy_prefix(match->dst, &sel->daddr,
						   sel->prefixlen_d,
						   sel->family);
	if (sel->proto) {
		fields |= SKUA_HWI_FLOW_PROTO;
		match->proto = sel->proto;
	}
	if (sel->sport_mask) {
		fields |= SKUA_HWI_FLOW_SPORT;
		match->sport = sel->sport & sel->sport_mask;
		match->sport_mask = sel->sport_mask;
	}
	if (sel->dport_mask) {
		fields |= SKUA_HWI_FLOW_DPORT;
		match->dport = sel->dport & sel->dport_mask;
		match->dport_mask = sel->dport_mask;
	}
	match->fields = cpu_to_le32(fields);
}

static int skua_eth_flow_create(struct skua_core *core,
				const struct skua_hwi_create_flow_in *in,
				u32 *handle)
{
	struct skua_hwi_handle_out out;
	int err;

	err = skua_cmd_exec(core, SKUA_HWI_CMD_CREATE_FLOW, in, sizeof(*in),
			    &out, sizeof(out));
	if (err)
		return err;

	*handle = le32_to_cpu(out.handle);
	return 0;
}

static void skua_eth_flow_destroy(struct skua_core *core, u32 handle)
{
	skua_cmd_destroy(core, SKUA_HWI_CMD_DESTROY_FLOW, handle);
}

/* In transport mode an SA is for its own two addresses. */
static bool skua_eth_policy_is_narrow(const struct xfrm_policy *xp)
{
	const struct xfrm_selector *sel = &xp->selector;
	u8 all = sel->family == AF_INET ? 32 : 128;

	return xp->xfrm_vec[0].mode == XFRM_MODE_TUNNEL ||
	       (sel->prefixlen_s == all && sel->prefixlen_d == all);
}

/* The SA that the policy means and no other, or NULL. */
static struct skua_eth_sa *skua_eth_policy_sa(struct skua_eth_ipsec *ipsec,
					      const struct xfrm_policy *xp)
{
	const struct xfrm_tmpl *tmpl = &xp->xfrm_vec[0];
	struct skua_eth_sa *sa;
	unsigned long index;

	if (!tmpl->id.spi || xp->xdo.dir != XFRM_DEV_OFFLOAD_OUT ||
	    !skua_eth_policy_is_narrow(xp))
		return NULL;

	xa_for_each(&ipsec->sas, index, sa)
		if (sa->x->xso.dir == XFRM_DEV_OFFLOAD_OUT &&
		    sa->x->id.spi == tmpl->id.spi &&
		    sa->x->props.reqid == tmpl->reqid &&
		    sa->x->props.mode == tmpl->mode)
			return sa;
	return NULL;
}

static void skua_eth_policy_protect(struct skua_eth_policy *policy,
				    struct skua_eth_sa *sa)
{
	struct skua_hwi_create_flow_in *in = &policy->flow;

	in->action = SKUA_HWI_FLOW_PROTECT;
	in->sa = cpu_to_le32(sa ? sa->handle : SKUA_HWI_NONE);
	in->reqid = sa ? 0 : policy->reqid;
}

static int skua_eth_policy_create(struct skua_eth_policy *policy,
				  const struct xfrm_policy *xp)
{
	struct skua_hwi_create_flow_in *in = &policy->flow;
	struct skua_eth_sa *sa = NULL;
	int err;

	in->priority = cpu_to_le32(xp->priority);
	in->direction = xp->xdo.dir == XFRM_DEV_OFFLOAD_IN ?
				SKUA_HWI_FLOW_INGRESS :
				SKUA_HWI_FLOW_EGRESS;
	in->action = SKUA_HWI_FLOW_ALLOW;
	skua_eth_policy_match(&in->match, &xp->selector);

	mutex_lock(&policy->ipsec->lock);
	if (xp->action == XFRM_POLICY_BLOCK) {
		in->action = SKUA_HWI_FLOW_DROP;
	} else if (xp->xfrm_nr) {
		policy->reqid = cpu_to_le32(xp->xfrm_vec[0].reqid);
		sa = skua_eth_policy_sa(policy->ipsec, xp);
		skua_eth_policy_protect(policy, sa);
	}

	err = skua_eth_flow_create(policy->ipsec->eth->core, in,
				   &policy->handle);
	if (!err && sa)
		list_add(&policy->list, &sa->policies);
	mutex_unlock(&policy->ipsec->lock);
	return err;
}

/*
 * The SA is to be destroyed: flows that name it go by the reqid from now on. The
 * new one exists before the old one goes, so nothing passes in between.
 */
void skua_eth_policies_release(struct skua_eth_sa *sa)
{
	struct skua_eth_policy *policy, *next;
	struct skua_core *core;
	u32 handle;

	list_for_each_entry_safe(policy, next, &sa->policies, list) {
		core = policy->ipsec->eth->core;
		list_del_init(&policy->list);
		skua_eth_policy_protect(policy, NULL);
		/* Then the flow protects as before, and the SA stays, too. */
		if (skua_eth_flow_create(core, &policy->flow, &handle))
			continue;
		skua_eth_flow_destroy(core, policy->handle);
		policy->handle = handle;
	}
}

static void skua_eth_policy_destroy(struct work_struct *work)
{
	struct skua_eth_policy *policy =
		container_of(work, struct skua_eth_policy, destroy);

	mutex_lock(&policy->ipsec->lock);
	list_del(&policy->list);
	skua_eth_flow_destroy(policy->ipsec->eth->core, policy->handle);
	mutex_unlock(&policy->ipsec->lock);
	kfree(policy);
}

int skua_eth_policy_add(struct xfrm_policy *xp, struct netlink_ext_ack *extack)
{
	struct skua_eth *eth = netdev_priv(xp->xdo.dev);
	struct skua_eth_policy *policy;
	int err;

	err = skua_eth_policy_check(xp, extack);
	if (err)
		return err;

	policy = kzalloc_obj(*policy);
	if (!policy)
		return -ENOMEM;

	policy->ipsec = eth->ipsec;
	INIT_LIST_HEAD(&policy->list);
	INIT_WORK(&policy->destroy, skua_eth_policy_destroy);
	err = skua_eth_policy_create(policy, xp);
	if (err) {
		kfree(policy);
		NL_SET_ERR_MSG_MOD(extack, "The device refuses the flow");
		return err;
	}

	xp->xdo.offload_handle = (unsigned long)policy;
	return 0;
}

/* A policy that expires is deleted by a timer, which must not sleep. */
void skua_eth_policy_delete(struct xfrm_policy *xp)
{
	struct skua_eth_policy *policy = (void *)xp->xdo.offload_handle;
	struct skua_eth *eth = netdev_priv(xp->xdo.dev);

	queue_work(eth->ipsec->wq, &policy->destroy);
}
