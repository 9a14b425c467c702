/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Flow actions and flows (hwi §9.9, §9.10) as the standard verbs have them:
 * ibv_create_flow_action_esp(), ibv_create_flow().
 */
#ifndef SKUA_TRANSLATE_FLOW_H
#define SKUA_TRANSLATE_FLOW_H

#include <rdma/ib_user_ioctl_verbs.h>
#include <rdma/ib_user_verbs.h>

#include "skua_translate.h"

/* ESP actions --------------------------------------------------------------- */

/* The device adds and removes the ESP header, and there is no tunnel. */
#define SKUA_ESP_FLAGS_NEEDED                       \
	(IB_UVERBS_FLOW_ACTION_ESP_FLAGS_FULL_OFFLOAD | \
	 IB_UVERBS_FLOW_ACTION_ESP_FLAGS_TRANSPORT)
#define SKUA_ESP_FLAGS \
	(SKUA_ESP_FLAGS_NEEDED | IB_UVERBS_FLOW_ACTION_ESP_FLAGS_ENCRYPT)

#define SKUA_ESP_SALT_LEN sizeof(__u32)

/* What ibv_create_flow_action_esp() says; a replay window of 0 is none. */
struct skua_esp {
	struct ib_uverbs_flow_action_esp attr;
	struct ib_uverbs_flow_action_esp_keymat_aes_gcm gcm;
	__u32 window;
	__u32 esn;
	bool has_esn;
};

static inline bool skua_esp_encrypts(const struct skua_esp *esp)
{
	return esp->attr.flags & IB_UVERBS_FLOW_ACTION_ESP_FLAGS_ENCRYPT;
}

static inline int skua_esp_gcm_check(const struct skua_esp *esp)
{
	const struct ib_uverbs_flow_action_esp_keymat_aes_gcm *gcm = &esp->gcm;

	/* hwi §9.9: sequence numbers are the IVs. */
	if (gcm->iv_algo != IB_UVERBS_FLOW_ACTION_IV_ALGO_SEQ ||
	    (skua_esp_encrypts(esp) && gcm->iv))
		return -EOPNOTSUPP;
	if (gcm->key_len != 16 && gcm->key_len != 24 && gcm->key_len != 32)
		return -EINVAL;
	if (gcm->icv_len != 8 && gcm->icv_len != 12 && gcm->icv_len != 16)
		return -EINVAL;
	return 0;
}

static inline int skua_esp_check(const struct skua_esp *esp)
{
	if (esp->attr.flags & ~SKUA_ESP_FLAGS ||
	    ~esp->attr.flags & SKUA_ESP_FLAGS_NEEDED || esp->attr.tfc_pad)
		return -EOPNOTSUPP;
	if (esp->attr.spi < SKUA_HWI_SA_MIN_SPI ||
	    esp->window > SKUA_HWI_SA_MAX_WINDOW)
		return -EINVAL;
	/* RFC 4303 2.2.1: ESN needs a window, which only receivers have. */
	if (skua_esp_encrypts(esp) ? esp->window :
				     esp->has_esn && !esp->window)
		return -EINVAL;
	return skua_esp_gcm_check(esp);
}

/*
 * Nothing is said of addresses: what is sealed keeps its own, and what is
 * opened is up to the flow. @in holds a key afterwards.
 */
static inline int skua_esp_sa(const struct skua_esp *esp,
			      struct skua_hwi_create_sa_in *in)
{
	__u32 flags = skua_esp_encrypts(esp) ?
			      0 :
			      SKUA_HWI_SA_IN | SKUA_HWI_SA_BY_FLOW;
	int err;

	err = skua_esp_check(esp);
	if (err)
		return err;

	if (esp->has_esn)
		flags |= SKUA_HWI_SA_ESN;
	*in = (struct skua_hwi_create_sa_in){
		.spi = cpu_to_le32(esp->attr.spi),
		.flags = cpu_to_le32(flags),
		.window = cpu_to_le16(esp->window),
		.key_len = esp->gcm.key_len + SKUA_ESP_SALT_LEN,
		.icv_len = esp->gcm.icv_len,
	};
	/* RFC 4106 8.1; both are bytes as they stand in memory. */
	memcpy(in->key, esp->gcm.aes_key, esp->gcm.key_len);
	memcpy(in->key + esp->gcm.key_len, &esp->gcm.salt, SKUA_ESP_SALT_LEN);
	return 0;
}

/* What a new SA has to be told besides; its mask is 0 if that is nothing. */
static inline void skua_esp_limits(const struct skua_esp *esp,
				   struct skua_hwi_modify_sa_in *in)
{
	__u64 seq = esp->attr.seq;
	__u32 mask = 0;

	if (esp->has_esn)
		seq |= (__u64)esp->esn << 32;
	if (seq)
		mask |= SKUA_HWI_SA_SET_SEQ;
	if (esp->attr.hard_limit_pkts)
		mask |= SKUA_HWI_SA_SET_LIMITS;
	*in = (struct skua_hwi_modify_sa_in){
		.mask = cpu_to_le32(mask),
		.hard_packets = cpu_to_le64(esp->attr.hard_limit_pkts),
		.seq = cpu_to_le64(seq),
	};
}

/*
 * Move to the upper half @esn of sequence numbers. The device follows them by
 * itself, so it may well be there: then there is nothing to do, and 0 is
 * returned; 1 if @in is to be executed.
 */
static inline int skua_esp_move(__u32 handle, __u32 esn,
				const struct skua_hwi_query_sa_out *now,
				struct skua_hwi_modify_sa_in *in)
{
	__u32 have = le64_to_cpu(now->seq) >> 32;

	if (esn <= have)
		return esn == have ? 0 : -EINVAL;
	*in = (struct skua_hwi_modify_sa_in){
		.handle = cpu_to_le32(handle),
		.mask = cpu_to_le32(SKUA_HWI_SA_SET_SEQ),
		.seq = cpu_to_le64((__u64)esn << 32),
	};
	return 1;
}

/* Flow actions are for flows: no cipher without ESP around it. */
static inline int skua_sa_check(const struct skua_hwi_create_sa_in *in)
{
	return le32_to_cpu(in->flags) & SKUA_HWI_SA_CRYPTO ? -EOPNOTSUPP : 0;
}

/* Flows --------------------------------------------------------------------- */

/* enum ib_flow_attr_type, _flags and _spec_type: in no uapi header. */
#define SKUA_IB_FLOW_ATTR_NORMAL  0
#define SKUA_IB_FLOW_FLAG_EGRESS  (1u << 2)
#define SKUA_IB_FLOW_SPEC_ETH	  0x20
#define SKUA_IB_FLOW_SPEC_IPV4	  0x30
#define SKUA_IB_FLOW_SPEC_IPV6	  0x31
#define SKUA_IB_FLOW_SPEC_ESP	  0x34
#define SKUA_IB_FLOW_SPEC_TCP	  0x40
#define SKUA_IB_FLOW_SPEC_UDP	  0x41
#define SKUA_IB_FLOW_SPEC_DROP	  0x1001
#define SKUA_IB_FLOW_SPEC_HANDLE  0x1002

#define SKUA_IP_PROTO_TCP 6
#define SKUA_IP_PROTO_UDP 17
#define SKUA_IP_PROTO_ESP 50

#define SKUA_VLAN_VID_MASK 0x0fff

/* hwi: prefixes of IPv4 count what all mapped addresses have in common. */
#define SKUA_MAPPED_PREFIX 96

union skua_flow_filter {
	struct ib_uverbs_flow_eth_filter eth;
	struct ib_uverbs_flow_ipv4_filter ipv4;
	struct ib_uverbs_flow_ipv6_filter ipv6;
	struct ib_uverbs_flow_tcp_udp_filter tcp_udp;
	struct ib_uverbs_flow_spec_esp_filter esp;
};

/* A flow that is being put together, one spec after the other. */
struct skua_flow {
	struct skua_hwi_create_flow_in in;
	__be32 spi;	/* of an ESP spec */
	bool has_esp, has_spi;
	bool has_l2, has_l3, has_l4, has_action;
};

static inline int skua_flow_begin(struct skua_flow *flow, __u32 type,
				  __u32 flags, __u32 port, __u16 priority)
{
	if (type != SKUA_IB_FLOW_ATTR_NORMAL ||
	    flags & ~SKUA_IB_FLOW_FLAG_EGRESS)
		return -EOPNOTSUPP;
	if (port != 1)
		return -EINVAL;
	*flow = (struct skua_flow){
		.in.priority = cpu_to_le32(priority),
		.in.direction = flags & SKUA_IB_FLOW_FLAG_EGRESS ?
					SKUA_HWI_FLOW_EGRESS :
					SKUA_HWI_FLOW_INGRESS,
		.in.action = SKUA_HWI_FLOW_ALLOW,
	};
	return 0;
}

static inline void skua_flow_field(struct skua_flow *flow, __u32 field)
{
	flow->in.match.fields |= cpu_to_le32(field);
}

static inline bool skua_flow_has(const struct skua_flow *flow, __u32 field)
{
	return le32_to_cpu(flow->in.match.fields) & field;
}

/* A field counts as a whole or not at all: 1, 0, or -EOPNOTSUPP. */
static inline int skua_flow_whole(const void *mask, unsigned int len)
{
	const __u8 *bytes = mask;
	unsigned int i, ones = 0;

	for (i = 0; i < len; i++)
		ones += bytes[i] == 0xff;
	if (ones == len)
		return 1;
	return skua_all_zero(bytes, len) ? 0 : -EOPNOTSUPP;
}

/* Copy a field that has to be equal into the match. */
static inline int skua_flow_exact(struct skua_flow *flow, __u32 field, void *to,
				  const void *val, const void *mask,
				  unsigned int len)
{
	int whole = skua_flow_whole(mask, len);

	if (whole <= 0)
		return whole;
	memcpy(to, val, len);
	skua_flow_field(flow, field);
	return 0;
}

/* Bits of an address that count; -EOPNOTSUPP unless they are the first. */
static inline int skua_flow_prefix(const void *mask, unsigned int len)
{
	const __u8 *bytes = mask;
	unsigned int bits = 0;

	while (bits < len * 8 && bytes[bits / 8] & 0x80 >> bits % 8)
		bits++;
	if (bits % 8 && (__u8)(bytes[bits / 8] << bits % 8))
		return -EOPNOTSUPP;
	bytes += (bits + 7) / 8;
	return skua_all_zero(bytes, len - (bits + 7) / 8) ? (int)bits :
							    -EOPNOTSUPP;
}

/* An address of @len bytes, at the end of the 16 that the device has. */
static inline int skua_flow_address(__u8 *to, __u8 *prefix, const void *val,
				    const void *mask, unsigned int len)
{
	const __u8 *v = val, *m = mask;
	unsigned int i;
	int bits;

	bits = skua_flow_prefix(mask, len);
	if (bits <= 0)
		return bits;
	for (i = 0; i < len; i++)
		to[16 - len + i] = v[i] & m[i];
	if (len == sizeof(__be32)) {
		memset(to + 10, 0xff, 2);
		bits += SKUA_MAPPED_PREFIX;
	}
	*prefix = bits;
	return 0;
}

static inline int skua_flow_eth(struct skua_flow *flow,
				const struct ib_uverbs_flow_eth_filter *val,
				const struct ib_uverbs_flow_eth_filter *mask)
{
	struct skua_hwi_flow_match *match = &flow->in.match;
	__u16 vlan_mask = be16_to_cpu(mask->vlan_tag);
	int err;

	if (flow->has_l2)
		return -EINVAL;
	flow->has_l2 = true;

	if (vlan_mask && vlan_mask != SKUA_VLAN_VID_MASK)
		return -EOPNOTSUPP;
	if (vlan_mask) {
		match->vlan = cpu_to_le16(be16_to_cpu(val->vlan_tag) &
					  SKUA_VLAN_VID_MASK);
		skua_flow_field(flow, SKUA_HWI_FLOW_VLAN);
	}
	err = skua_flow_exact(flow, SKUA_HWI_FLOW_DMAC, match->dmac,
			      val->dst_mac, mask->dst_mac,
			      sizeof(match->dmac));
	if (err)
		return err;
	err = skua_flow_exact(flow, SKUA_HWI_FLOW_SMAC, match->smac,
			      val->src_mac, mask->src_mac,
			      sizeof(match->smac));
	if (err)
		return err;
	return skua_flow_exact(flow, SKUA_HWI_FLOW_ETHERTYPE, &match->ethertype,
			       &val->ether_type, &mask->ether_type,
			       sizeof(match->ethertype));
}

static inline int skua_flow_net(struct skua_flow *flow, __u8 net)
{
	if (flow->has_l3)
		return -EINVAL;
	flow->has_l3 = true;
	flow->in.match.net = net;
	skua_flow_field(flow, SKUA_HWI_FLOW_NET);
	return 0;
}

/* What IP says of its payload, and a TCP or UDP spec by its presence. */
static inline int skua_flow_proto(struct skua_flow *flow, __u8 val, __u8 mask)
{
	__u8 old = flow->in.match.proto;

	if (skua_flow_has(flow, SKUA_HWI_FLOW_PROTO) && mask && old != val)
		return -EINVAL;
	return skua_flow_exact(flow, SKUA_HWI_FLOW_PROTO, &flow->in.match.proto,
			       &val, &mask, sizeof(val));
}

static inline int skua_flow_ipv4(struct skua_flow *flow,
				 const struct ib_uverbs_flow_ipv4_filter *val,
				 const struct ib_uverbs_flow_ipv4_filter *mask)
{
	struct skua_hwi_flow_match *match = &flow->in.match;
	int err;

	err = skua_flow_net(flow, SKUA_HWI_NET_IPV4);
	if (err)
		return err;
	if (mask->tos || mask->ttl || mask->flags)
		return -EOPNOTSUPP;
	err = skua_flow_address(match->src, &match->src_prefix, &val->src_ip,
				&mask->src_ip, sizeof(val->src_ip));
	if (err)
		return err;
	err = skua_flow_address(match->dst, &match->dst_prefix, &val->dst_ip,
				&mask->dst_ip, sizeof(val->dst_ip));
	if (err)
		return err;
	return skua_flow_proto(flow, val->proto, mask->proto);
}

static inline int skua_flow_ipv6(struct skua_flow *flow,
				 const struct ib_uverbs_flow_ipv6_filter *val,
				 const struct ib_uverbs_flow_ipv6_filter *mask)
{
	struct skua_hwi_flow_match *match = &flow->in.match;
	int err;

	err = skua_flow_net(flow, SKUA_HWI_NET_IPV6);
	if (err)
		return err;
	if (mask->flow_label || mask->traffic_class || mask->hop_limit)
		return -EOPNOTSUPP;
	err = skua_flow_address(match->src, &match->src_prefix, val->src_ip,
				mask->src_ip, sizeof(val->src_ip));
	if (err)
		return err;
	err = skua_flow_address(match->dst, &match->dst_prefix, val->dst_ip,
				mask->dst_ip, sizeof(val->dst_ip));
	if (err)
		return err;
	return skua_flow_proto(flow, val->next_hdr, mask->next_hdr);
}

static inline int
skua_flow_ports(struct skua_flow *flow, __u8 proto,
		const struct ib_uverbs_flow_tcp_udp_filter *val,
		const struct ib_uverbs_flow_tcp_udp_filter *mask)
{
	struct skua_hwi_flow_match *match = &flow->in.match;

	if (flow->has_l4)
		return -EINVAL;
	flow->has_l4 = true;

	/* Ports have masks of any bits. */
	if (mask->src_port) {
		match->sport = val->src_port & mask->src_port;
		match->sport_mask = mask->src_port;
		skua_flow_field(flow, SKUA_HWI_FLOW_SPORT);
	}
	if (mask->dst_port) {
		match->dport = val->dst_port & mask->dst_port;
		match->dport_mask = mask->dst_port;
		skua_flow_field(flow, SKUA_HWI_FLOW_DPORT);
	}
	return skua_flow_proto(flow, proto, 0xff);
}

static inline int
skua_flow_esp(struct skua_flow *flow,
	      const struct ib_uverbs_flow_spec_esp_filter *val,
	      const struct ib_uverbs_flow_spec_esp_filter *mask)
{
	int whole;

	if (flow->has_esp)
		return -EINVAL;
	flow->has_esp = true;

	if (mask->seq)
		return -EOPNOTSUPP;
	whole = skua_flow_whole(&mask->spi, sizeof(mask->spi));
	if (whole <= 0)
		return whole;
	flow->has_spi = true;
	memcpy(&flow->spi, &val->spi, sizeof(flow->spi));
	return 0;
}

/* A spec about what packets have. */
static inline int skua_flow_match(struct skua_flow *flow, __u32 type,
				  const union skua_flow_filter *val,
				  const union skua_flow_filter *mask)
{
	switch (type) {
	case SKUA_IB_FLOW_SPEC_ETH:
		return skua_flow_eth(flow, &val->eth, &mask->eth);
	case SKUA_IB_FLOW_SPEC_IPV4:
		return skua_flow_ipv4(flow, &val->ipv4, &mask->ipv4);
	case SKUA_IB_FLOW_SPEC_IPV6:
		return skua_flow_ipv6(flow, &val->ipv6, &mask->ipv6);
	case SKUA_IB_FLOW_SPEC_TCP:
		return skua_flow_ports(flow, SKUA_IP_PROTO_TCP, &val->tcp_udp,
				       &mask->tcp_udp);
	case SKUA_IB_FLOW_SPEC_UDP:
		return skua_flow_ports(flow, SKUA_IP_PROTO_UDP, &val->tcp_udp,
				       &mask->tcp_udp);
	case SKUA_IB_FLOW_SPEC_ESP:
		return skua_flow_esp(flow, &val->esp, &mask->esp);
	default:
		return -EOPNOTSUPP;
	}
}

/* A spec about what becomes of them: one at most, none lets them pass. */
static inline int skua_flow_act(struct skua_flow *flow, __u8 action, __u32 sa)
{
	if (flow->has_action)
		return -EINVAL;
	flow->has_action = true;
	flow->in.action = action;
	flow->in.sa = cpu_to_le32(sa);
	return 0;
}

static inline int skua_flow_drop(struct skua_flow *flow)
{
	return skua_flow_act(flow, SKUA_HWI_FLOW_DROP, 0);
}

/* By the SA of a flow action. */
static inline int skua_flow_protect(struct skua_flow *flow, __u32 sa)
{
	return skua_flow_act(flow, SKUA_HWI_FLOW_PROTECT, sa);
}

/* An ESP spec without an SA to open it: ESP is what packets are. */
static inline int skua_flow_end_plain(struct skua_flow *flow)
{
	if (!flow->has_esp)
		return 0;
	if (!flow->has_spi)
		return skua_flow_proto(flow, SKUA_IP_PROTO_ESP, 0xff);
	flow->in.match.spi = flow->spi;
	skua_flow_field(flow, SKUA_HWI_FLOW_SPI);
	return 0;
}

/*
 * With an SA the device looks at packets before they are sealed and after they
 * were opened, when they have no ESP: the specs that say that they have are for
 * the SA, of which @spi is.
 */
static inline int skua_flow_end_protect(struct skua_flow *flow, __u32 spi)
{
	if (flow->has_spi && be32_to_cpu(flow->spi) != spi)
		return -EINVAL;
	if (flow->has_esp && flow->in.match.proto == SKUA_IP_PROTO_ESP) {
		flow->in.match.proto = 0;
		flow->in.match.fields &= ~cpu_to_le32(SKUA_HWI_FLOW_PROTO);
	}
	return 0;
}

/* No spec is left; @spi is that of the SA, if there is one. */
static inline int skua_flow_end(struct skua_flow *flow, __u32 spi)
{
	if (flow->in.action == SKUA_HWI_FLOW_PROTECT)
		return skua_flow_end_protect(flow, spi);
	return skua_flow_end_plain(flow);
}

/*
 * A flow of skuadv_create_flow(): SAs are not named by number. The flow action
 * that it has, or SKUA_HWI_NONE for none, takes the place.
 */
static inline int skua_flow_name_sa(struct skua_hwi_create_flow_in *in,
				    __u32 sa)
{
	__u32 none = in->action == SKUA_HWI_FLOW_PROTECT ? SKUA_HWI_NONE : 0;

	if (le32_to_cpu(in->sa) != none)
		return -EINVAL;
	if (sa == SKUA_HWI_NONE)
		return 0;
	if (in->action != SKUA_HWI_FLOW_PROTECT)
		return -EINVAL;
	in->sa = cpu_to_le32(sa);
	return 0;
}

#endif /* SKUA_TRANSLATE_FLOW_H */
