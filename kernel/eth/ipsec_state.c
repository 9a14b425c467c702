// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A state of xfrm as an SA of the device (hwi §9.9). What the device could not
 * do as the kernel would is refused.
 */
#include <linux/ip.h>
#include <net/xfrm.h>

#include "ipsec.h"

#define SKUA_ETH_SALT_BITS 32

/* XFRM_INF is no limit, to the device 0. */
static __le64 skua_eth_limit(u64 limit)
{
	return cpu_to_le64(limit == XFRM_INF ? 0 : limit);
}

static bool skua_eth_state_in(const struct xfrm_state *x)
{
	return x->xso.dir == XFRM_DEV_OFFLOAD_IN;
}

static bool skua_eth_state_tunnel(const struct xfrm_state *x)
{
	return x->props.mode == XFRM_MODE_TUNNEL;
}

/* The cipher alone is the device's: headers, numbers and limits are xfrm's. */
bool skua_eth_state_crypto(const struct xfrm_state *x)
{
	return x->xso.type == XFRM_DEV_OFFLOAD_CRYPTO;
}

static u32 skua_eth_state_window(const struct xfrm_state *x)
{
	return x->replay_esn ? x->replay_esn->replay_window :
			       x->props.replay_window;
}

static int skua_eth_state_check_cipher(const struct xfrm_state *x,
				       struct netlink_ext_ack *extack)
{
	const struct xfrm_algo_aead *aead = x->aead;

	if (x->id.proto != IPPROTO_ESP || x->calg || !aead || !x->geniv ||
	    strcmp(aead->alg_name, "rfc4106(gcm(aes))") ||
	    strcmp(x->geniv, "seqiv")) {
		NL_SET_ERR_MSG_MOD(extack, "Only ESP with rfc4106(gcm(aes))");
		return -EOPNOTSUPP;
	}

	switch (aead->alg_key_len) {
	case 128 + SKUA_ETH_SALT_BITS:
	case 192 + SKUA_ETH_SALT_BITS:
	case 256 + SKUA_ETH_SALT_BITS:
		break;
	default:
		NL_SET_ERR_MSG_MOD(extack,
				   "Only keys of 128, 192 and 256 bits and a salt");
		return -EOPNOTSUPP;
	}

	switch (aead->alg_icv_len) {
	case 64:
	case 96:
	case 128:
		return 0;
	default:
		NL_SET_ERR_MSG_MOD(extack, "Only ICVs of 64, 96 and 128 bits");
		return -EOPNOTSUPP;
	}
}

static int skua_eth_state_check_form(const struct xfrm_state *x,
				     struct netlink_ext_ack *extack)
{
	if (x->props.mode != XFRM_MODE_TRANSPORT && !skua_eth_state_tunnel(x)) {
		NL_SET_ERR_MSG_MOD(extack, "Only transport and tunnel mode");
		return -EOPNOTSUPP;
	}
	if (x->props.family != AF_INET && x->props.family != AF_INET6) {
		NL_SET_ERR_MSG_MOD(extack, "Only IPv4 and IPv6");
		return -EOPNOTSUPP;
	}
	if (x->encap && x->encap->encap_type != UDP_ENCAP_ESPINUDP) {
		NL_SET_ERR_MSG_MOD(extack, "Only encapsulation as espinudp");
		return -EOPNOTSUPP;
	}
	if (x->encap && !skua_eth_state_in(x) &&
	    (!x->encap->encap_sport || !x->encap->encap_dport)) {
		NL_SET_ERR_MSG_MOD(extack, "Encapsulation needs both ports");
		return -EINVAL;
	}
	if (x->coaddr) {
		NL_SET_ERR_MSG_MOD(extack, "No care-of addresses");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* §9.9: what goes with SKUA_HWI_SA_CRYPTO. */
static int skua_eth_state_check_crypto(struct skua_core *core,
				       const struct xfrm_state *x,
				       struct netlink_ext_ack *extack)
{
	const u64 caps = le64_to_cpu(skua_core_caps(core)->caps);

	if (!(caps & SKUA_HWI_CAP_IPSEC_CRYPTO)) {
		NL_SET_ERR_MSG_MOD(extack, "The device has no crypto offload");
		return -EOPNOTSUPP;
	}
	if (x->encap) {
		NL_SET_ERR_MSG_MOD(extack,
				   "No encapsulation with crypto offload");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* The device knows addresses, SPI and reqid, and no other way to an SA. */
static int skua_eth_state_check_name(const struct xfrm_state *x,
				     struct netlink_ext_ack *extack)
{
	if (!x->props.reqid && !skua_eth_state_crypto(x)) {
		NL_SET_ERR_MSG_MOD(extack, "Policies need a reqid to go by");
		return -EINVAL;
	}
	if (ntohl(x->id.spi) < SKUA_HWI_SA_MIN_SPI) {
		NL_SET_ERR_MSG_MOD(extack, "SPIs below 256 are reserved");
		return -EINVAL;
	}
	if (xfrm_addr_any(&x->id.daddr, x->props.family) ||
	    (!skua_eth_state_in(x) &&
	     xfrm_addr_any(&x->props.saddr, x->props.family))) {
		NL_SET_ERR_MSG_MOD(extack, "Needs addresses");
		return -EINVAL;
	}
	if (x->mark.m || x->if_id || x->pcpu_num != UINT_MAX) {
		NL_SET_ERR_MSG_MOD(extack, "No marks, interface IDs or CPUs");
		return -EOPNOTSUPP;
	}
	return 0;
}

static int skua_eth_state_check_numbers(const struct xfrm_state *x,
					struct netlink_ext_ack *extack)
{
	u32 window = skua_eth_state_window(x);

	if (window > SKUA_HWI_SA_MAX_WINDOW) {
		NL_SET_ERR_MSG_MOD(extack, "Replay windows of 4096 at most");
		return -EOPNOTSUPP;
	}
	if (skua_eth_state_in(x) && x->props.flags & XFRM_STATE_ESN && !window) {
		NL_SET_ERR_MSG_MOD(extack, "ESN needs a replay window");
		return -EINVAL;
	}
	if (x->props.extra_flags & XFRM_SA_XFLAG_OSEQ_MAY_WRAP) {
		NL_SET_ERR_MSG_MOD(extack, "Sequence numbers never wrap");
		return -EOPNOTSUPP;
	}
	if (!x->lft.soft_packet_limit || !x->lft.hard_packet_limit ||
	    !x->lft.soft_byte_limit || !x->lft.hard_byte_limit) {
		NL_SET_ERR_MSG_MOD(extack, "A limit cannot be 0");
		return -EINVAL;
	}
	return 0;
}

int skua_eth_state_check(struct skua_core *core, const struct xfrm_state *x,
			 struct netlink_ext_ack *extack)
{
	int err;

	err = skua_eth_state_check_cipher(x, extack);
	if (err)
		return err;
	err = skua_eth_state_check_form(x, extack);
	if (err)
		return err;
	err = skua_eth_state_check_name(x, extack);
	if (err)
		return err;
	if (skua_eth_state_crypto(x))
		return skua_eth_state_check_crypto(core, x, extack);
	return skua_eth_state_check_numbers(x, extack);
}

/* As §9.9 has them: IPv4 as ::ffff:a.b.c.d. */
void skua_eth_ipsec_addr(u8 *out, const xfrm_address_t *addr, u16 family)
{
	struct in6_addr in6;

	if (family == AF_INET)
		ipv6_addr_set_v4mapped(addr->a4, &in6);
	else
		in6 = addr->in6;
	memcpy(out, &in6, sizeof(in6));
}

/* Flags that say nothing for this direction or mode are not the device's. */
static u32 skua_eth_state_flags(const struct xfrm_state *x)
{
	u32 flags = 0;

	if (skua_eth_state_in(x))
		flags |= SKUA_HWI_SA_IN;
	if (x->props.flags & XFRM_STATE_ESN)
		flags |= SKUA_HWI_SA_ESN;
	if (skua_eth_state_crypto(x))
		return flags | SKUA_HWI_SA_CRYPTO;
	if (x->encap)
		flags |= SKUA_HWI_SA_UDP;
	if (!skua_eth_state_tunnel(x))
		return flags;

	flags |= SKUA_HWI_SA_TUNNEL;
	if (x->props.flags & XFRM_STATE_NOECN)
		flags |= SKUA_HWI_SA_NO_ECN;
	if (skua_eth_state_in(x)) {
		if (x->props.flags & XFRM_STATE_DECAP_DSCP)
			flags |= SKUA_HWI_SA_SET_DSCP;
		return flags;
	}

	if (x->props.extra_flags & XFRM_SA_XFLAG_DONT_ENCAP_DSCP)
		flags |= SKUA_HWI_SA_OWN_DSCP;
	if (x->props.family == AF_INET &&
	    x->props.flags & XFRM_STATE_NOPMTUDISC)
		flags |= SKUA_HWI_SA_MAY_FRAGMENT;
	return flags;
}

/* What the device has to know to do all of ESP. */
static void skua_eth_state_packet(const struct xfrm_state *x,
				  struct skua_hwi_create_sa_in *in)
{
	in->reqid = cpu_to_le32(x->props.reqid);
	if (skua_eth_state_in(x)) {
		in->window = cpu_to_le16(skua_eth_state_window(x));
		return;
	}
	if (skua_eth_state_tunnel(x))
		in->hop_limit = IPDEFTTL;
	if (x->encap) {
		in->udp_sport = x->encap->encap_sport;
		in->udp_dport = x->encap->encap_dport;
	}
}

/* Unlimited, at its first number: see skua_eth_state_start(). */
int skua_eth_state_create(struct skua_core *core, const struct xfrm_state *x,
			  u32 *handle)
{
	struct skua_hwi_create_sa_in in = {
		.spi = cpu_to_le32(ntohl(x->id.spi)),
		.flags = cpu_to_le32(skua_eth_state_flags(x)),
		.key_len = x->aead->alg_key_len / 8,
		.icv_len = x->aead->alg_icv_len / 8,
	};
	struct skua_hwi_handle_out out;
	int err;

	if (!xfrm_addr_any(&x->props.saddr, x->props.family))
		skua_eth_ipsec_addr(in.src, &x->props.saddr, x->props.family);
	skua_eth_ipsec_addr(in.dst, &x->id.daddr, x->props.family);
	memcpy(in.key, x->aead->alg_key, in.key_len);

	if (!skua_eth_state_crypto(x))
		skua_eth_state_packet(x, &in);

	err = skua_cmd_exec(core, SKUA_HWI_CMD_CREATE_SA, &in, sizeof(in), &out,
			    sizeof(out));
	memzero_explicit(&in, sizeof(in));
	if (err)
		return err;

	*handle = le32_to_cpu(out.handle);
	return 0;
}

/* The number that a state goes on from, when another kernel had it before. */
static u64 skua_eth_state_seq(const struct xfrm_state *x)
{
	const struct xfrm_replay_state_esn *esn = x->replay_esn;

	if (skua_eth_state_in(x))
		return esn ? (u64)esn->seq_hi << 32 | esn->seq : x->replay.seq;
	return esn ? (u64)esn->oseq_hi << 32 | esn->oseq : x->replay.oseq;
}

/* Limits and number of a new SA. Events may come from now on. */
int skua_eth_state_start(struct skua_core *core, const struct xfrm_state *x,
			 u32 handle)
{
	struct skua_hwi_modify_sa_in in = {
		.handle = cpu_to_le32(handle),
		.seq = cpu_to_le64(skua_eth_state_seq(x)),
	};
	u32 mask = 0;

	if (!skua_eth_state_crypto(x)) {
		in.soft_packets = skua_eth_limit(x->lft.soft_packet_limit);
		in.soft_bytes = skua_eth_limit(x->lft.soft_byte_limit);
		in.hard_packets = skua_eth_limit(x->lft.hard_packet_limit);
		in.hard_bytes = skua_eth_limit(x->lft.hard_byte_limit);
	}
	if (in.soft_packets || in.soft_bytes || in.hard_packets ||
	    in.hard_bytes)
		mask |= SKUA_HWI_SA_SET_LIMITS;
	if (in.seq)
		mask |= SKUA_HWI_SA_SET_SEQ;
	if (!mask)
		return 0;

	in.mask = cpu_to_le32(mask);
	return skua_cmd_exec(core, SKUA_HWI_CMD_MODIFY_SA, &in, sizeof(in), NULL,
			     0);
}
