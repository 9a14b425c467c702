// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Direct verbs: security associations and flows in the words of the device
 * (hwi §9.9, §9.10), by methods of the driver's namespace.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ccan/minmax.h>
#include <infiniband/cmd_ioctl.h>
#include <rdma/skua-abi.h>
#include <util/util.h>

#include "skua.h"
#include "skuadv.h"

static_assert((int)SKUADV_ESP_DECRYPT == (int)SKUA_HWI_SA_IN, "");
static_assert((int)SKUADV_ESP_TUNNEL == (int)SKUA_HWI_SA_TUNNEL, "");
static_assert((int)SKUADV_ESP_ESN == (int)SKUA_HWI_SA_ESN, "");
static_assert((int)SKUADV_ESP_UDP == (int)SKUA_HWI_SA_UDP, "");
static_assert((int)SKUADV_ESP_OWN_DSCP == (int)SKUA_HWI_SA_OWN_DSCP, "");
static_assert((int)SKUADV_ESP_SET_DSCP == (int)SKUA_HWI_SA_SET_DSCP, "");
static_assert((int)SKUADV_ESP_NO_ECN == (int)SKUA_HWI_SA_NO_ECN, "");
static_assert((int)SKUADV_ESP_MAY_FRAGMENT == (int)SKUA_HWI_SA_MAY_FRAGMENT,
	      "");
static_assert((int)SKUADV_ESP_BY_FLOW == (int)SKUA_HWI_SA_BY_FLOW, "");
static_assert((int)SKUADV_SA_SOFT_LIMIT == (int)SKUA_HWI_SA_EVENT_SOFT, "");
static_assert((int)SKUADV_SA_HARD_LIMIT == (int)SKUA_HWI_SA_EVENT_HARD, "");
static_assert((int)SKUADV_SA_EXHAUSTED == (int)SKUA_HWI_SA_EVENT_EXHAUSTED, "");
static_assert((int)SKUADV_FLOW_EGRESS == (int)SKUA_HWI_FLOW_EGRESS, "");
static_assert((int)SKUADV_FLOW_INGRESS == (int)SKUA_HWI_FLOW_INGRESS, "");
static_assert((int)SKUADV_FLOW_ALLOW == (int)SKUA_HWI_FLOW_ALLOW, "");
static_assert((int)SKUADV_FLOW_DROP == (int)SKUA_HWI_FLOW_DROP, "");
static_assert((int)SKUADV_FLOW_PROTECT == (int)SKUA_HWI_FLOW_PROTECT, "");
static_assert((int)SKUADV_FLOW_DMAC == (int)SKUA_HWI_FLOW_DMAC, "");
static_assert((int)SKUADV_FLOW_SMAC == (int)SKUA_HWI_FLOW_SMAC, "");
static_assert((int)SKUADV_FLOW_ETHERTYPE == (int)SKUA_HWI_FLOW_ETHERTYPE, "");
static_assert((int)SKUADV_FLOW_VLAN == (int)SKUA_HWI_FLOW_VLAN, "");
static_assert((int)SKUADV_FLOW_IP_VERSION == (int)SKUA_HWI_FLOW_NET, "");
static_assert((int)SKUADV_FLOW_PROTO == (int)SKUA_HWI_FLOW_PROTO, "");
static_assert((int)SKUADV_FLOW_SPORT == (int)SKUA_HWI_FLOW_SPORT, "");
static_assert((int)SKUADV_FLOW_DPORT == (int)SKUA_HWI_FLOW_DPORT, "");
static_assert((int)SKUADV_FLOW_SPI == (int)SKUA_HWI_FLOW_SPI, "");
static_assert((int)SKUADV_FLOW_QPN == (int)SKUA_HWI_FLOW_QPN, "");

/* The parts that each structure had when it was first published. */
#define SKUA_ESP_ATTR_MIN  offsetofend(struct skuadv_esp_attr, hard_bytes)
#define SKUA_SA_ATTR_MIN   offsetofend(struct skuadv_sa_attr, flows)
#define SKUA_FLOW_ATTR_MIN offsetofend(struct skuadv_flow_attr, qpn)
#define SKUA_COUNTS_MIN	   offsetofend(struct skuadv_flow_counts, bytes)

static bool skua_zero(const void *mem, size_t len)
{
	const uint8_t *bytes = mem;

	while (len && !bytes[len - 1])
		len--;
	return !len;
}

/*
 * Copy a structure of the caller, of any length from least on: 0, EINVAL if it
 * is too short, EOPNOTSUPP if it asks for what is not known here.
 */
static int skua_copy_attr(void *to, size_t len, const void *from, size_t inlen,
			  size_t least)
{
	if (inlen < least)
		return EINVAL;
	if (inlen > len && !skua_zero((const char *)from + len, inlen - len))
		return EOPNOTSUPP;
	memset(to, 0, len);
	memcpy(to, from, min_t(size_t, len, inlen));
	return 0;
}

/* Security associations ----------------------------------------------------- */

/*
 * The command, with the only copy of the key that is made here: in a page of
 * its own, which no core file has, and wiped before it is given back.
 */
static struct skua_hwi_create_sa_in *skua_sa_alloc(void)
{
	struct skua_hwi_create_sa_in *in;
	size_t page = sysconf(_SC_PAGESIZE);

	in = mmap(NULL, page, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (in == MAP_FAILED)
		return NULL;
	if (madvise(in, page, MADV_DONTDUMP)) {
		munmap(in, page);
		return NULL;
	}
	return in;
}

static void skua_sa_free(struct skua_hwi_create_sa_in *in)
{
	explicit_bzero(in, sizeof(*in));
	munmap(in, sysconf(_SC_PAGESIZE));
}

/*
 * Without memcpy(), which would leave the key in vector registers: core files have
 * these, and the dynamic linker puts them on the stack.
 */
static void skua_copy_key(volatile uint8_t *to, const uint8_t *from, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		to[i] = from[i];
}

/* The device judges all values; here they only have to fit. */
static int skua_sa_fill(struct skua_hwi_create_sa_in *in,
			const struct skuadv_esp_attr *attr)
{
	if (!attr->key || attr->key_len > sizeof(in->key))
		return EINVAL;

	in->spi = htole32(attr->spi);
	in->reqid = htole32(attr->reqid);
	in->flags = htole32(attr->flags);
	in->window = htole16(attr->replay_window);
	in->mtu = htole16(attr->path_mtu);
	memcpy(in->src, attr->src.raw, sizeof(in->src));
	memcpy(in->dst, attr->dst.raw, sizeof(in->dst));
	in->udp_sport = htobe16(attr->udp_sport);
	in->udp_dport = htobe16(attr->udp_dport);
	in->dscp = attr->dscp;
	in->hop_limit = attr->hop_limit;
	in->icv_len = attr->icv_len;
	in->key_len = attr->key_len;
	skua_copy_key(in->key, attr->key, attr->key_len);
	return 0;
}

static void skua_limits_fill(struct skua_hwi_modify_sa_in *in,
			     const struct skuadv_esp_attr *attr)
{
	uint32_t mask = 0;

	if (attr->soft_packets || attr->soft_bytes || attr->hard_packets ||
	    attr->hard_bytes)
		mask |= SKUA_HWI_SA_SET_LIMITS;
	if (attr->seq)
		mask |= SKUA_HWI_SA_SET_SEQ;
	*in = (struct skua_hwi_modify_sa_in){
		.mask = htole32(mask),
		.soft_packets = htole64(attr->soft_packets),
		.soft_bytes = htole64(attr->soft_bytes),
		.hard_packets = htole64(attr->hard_packets),
		.hard_bytes = htole64(attr->hard_bytes),
		.seq = htole64(attr->seq),
	};
}

static int skua_sa_create(struct ibv_context *ibctx,
			  struct verbs_flow_action *action,
			  const struct skua_hwi_create_sa_in *in,
			  const struct skua_hwi_modify_sa_in *limits)
{
	DECLARE_COMMAND_BUFFER(cmd, UVERBS_OBJECT_FLOW_ACTION,
			       SKUA_IB_METHOD_FLOW_ACTION_ESP_CREATE, 3);
	struct ib_uverbs_attr *handle;
	int err;

	handle = fill_attr_out_obj(cmd,
				   SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_HANDLE);
	fill_attr_in_ptr(cmd, SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_SA, in);
	if (limits->mask)
		fill_attr_in_ptr(cmd,
				 SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_LIMITS,
				 limits);
	err = execute_ioctl(ibctx, cmd);
	if (err)
		return err;

	action->action.context = ibctx;
	action->type = IBV_FLOW_ACTION_ESP;
	action->handle = read_attr_obj(
		SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_HANDLE, handle);
	return 0;
}

static int skua_esp_create(struct ibv_context *ibctx,
			   struct verbs_flow_action *action,
			   const struct skuadv_esp_attr *attr)
{
	struct skua_hwi_modify_sa_in limits;
	struct skua_hwi_create_sa_in *in;
	int err;

	in = skua_sa_alloc();
	if (!in)
		return ENOMEM;
	err = skua_sa_fill(in, attr);
	if (!err) {
		skua_limits_fill(&limits, attr);
		err = skua_sa_create(ibctx, action, in, &limits);
	}
	skua_sa_free(in);
	return err;
}

struct ibv_flow_action *
skuadv_create_flow_action_esp(struct ibv_context *context,
			      const struct skuadv_esp_attr *attr,
			      uint32_t inlen)
{
	struct verbs_flow_action *action;
	struct skuadv_esp_attr esp;
	int err;

	if (!is_skua_dev(context->device)) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	err = skua_copy_attr(&esp, sizeof(esp), attr, inlen, SKUA_ESP_ATTR_MIN);
	if (!err && esp.comp_mask)
		err = EOPNOTSUPP;
	if (err) {
		errno = err;
		return NULL;
	}

	action = calloc(1, sizeof(*action));
	if (!action)
		return NULL;
	err = skua_esp_create(context, action, &esp);
	if (err) {
		free(action);
		errno = err;
		return NULL;
	}
	return &action->action;
}

int skuadv_query_sa(struct ibv_flow_action *action, struct skuadv_sa_attr *attr,
		    uint32_t inlen)
{
	DECLARE_COMMAND_BUFFER(cmd, UVERBS_OBJECT_FLOW_ACTION,
			       SKUA_IB_METHOD_FLOW_ACTION_QUERY_SA, 2);
	struct skua_hwi_query_sa_out out = {};
	struct skuadv_sa_attr now;
	int err;

	if (!is_skua_dev(action->context->device))
		return EOPNOTSUPP;
	if (inlen < SKUA_SA_ATTR_MIN)
		return EINVAL;

	fill_attr_in_obj(cmd, SKUA_IB_ATTR_FLOW_ACTION_QUERY_SA_HANDLE,
			 to_verbs_flow_action(action)->handle);
	fill_attr_out_ptr(cmd, SKUA_IB_ATTR_FLOW_ACTION_QUERY_SA_RESP, &out);
	err = execute_ioctl(action->context, cmd);
	if (err)
		return err;

	now = (struct skuadv_sa_attr){
		.packets = le64toh(out.packets),
		.bytes = le64toh(out.bytes),
		.seq = le64toh(out.seq),
		.recent = le64toh(out.recent),
		.replay = le64toh(out.replay),
		.bad_icv = le64toh(out.bad_icv),
		.refused = le64toh(out.refused),
		.events = le32toh(out.events),
		.flows = le32toh(out.flows),
	};
	memset(attr, 0, inlen);
	memcpy(attr, &now, min_t(size_t, sizeof(now), inlen));
	return 0;
}

/* Flows --------------------------------------------------------------------- */

static int skua_flow_net(const struct skuadv_flow_attr *attr, uint8_t *net)
{
	*net = SKUA_HWI_NET_NONE;
	if (!(attr->fields & SKUADV_FLOW_IP_VERSION))
		return attr->ip_version ? EINVAL : 0;
	switch (attr->ip_version) {
	case 4:
		*net = SKUA_HWI_NET_IPV4;
		return 0;
	case 6:
		*net = SKUA_HWI_NET_IPV6;
		return 0;
	default:
		return EINVAL;
	}
}

static int skua_match_fill(struct skua_hwi_flow_match *match,
			   const struct skuadv_flow_attr *attr)
{
	match->fields = htole32(attr->fields);
	match->src_prefix = attr->src_prefix;
	match->dst_prefix = attr->dst_prefix;
	match->proto = attr->proto;
	memcpy(match->dmac, attr->dmac, sizeof(match->dmac));
	memcpy(match->smac, attr->smac, sizeof(match->smac));
	match->ethertype = htobe16(attr->ethertype);
	match->vlan = htole16(attr->vlan);
	memcpy(match->src, attr->src.raw, sizeof(match->src));
	memcpy(match->dst, attr->dst.raw, sizeof(match->dst));
	match->sport = htobe16(attr->sport);
	match->sport_mask = htobe16(attr->sport_mask);
	match->dport = htobe16(attr->dport);
	match->dport_mask = htobe16(attr->dport_mask);
	match->spi = htobe32(attr->spi);
	match->qpn = htole32(attr->qpn);
	return skua_flow_net(attr, &match->net);
}

static int skua_flow_fill(struct skua_hwi_create_flow_in *in,
			  const struct skuadv_flow_attr *attr)
{
	uint32_t sa = attr->action == SKUADV_FLOW_PROTECT ? SKUA_HWI_NONE : 0;

	if (attr->comp_mask)
		return EOPNOTSUPP;
	if (attr->direction > SKUADV_FLOW_INGRESS ||
	    attr->action > SKUADV_FLOW_PROTECT)
		return EINVAL;
	*in = (struct skua_hwi_create_flow_in){
		.priority = htole32(attr->priority),
		.direction = attr->direction,
		.action = attr->action,
		.sa = htole32(sa),
		.reqid = htole32(attr->reqid),
	};
	return skua_match_fill(&in->match, attr);
}

static int skua_dv_flow_create(struct ibv_context *ibctx, struct ibv_flow *flow,
			       const struct skua_hwi_create_flow_in *in,
			       struct ibv_flow_action *esp)
{
	DECLARE_COMMAND_BUFFER(cmd, UVERBS_OBJECT_FLOW,
			       SKUA_IB_METHOD_FLOW_CREATE, 3);
	struct ib_uverbs_attr *handle;
	int err;

	handle = fill_attr_out_obj(cmd, SKUA_IB_ATTR_FLOW_CREATE_HANDLE);
	fill_attr_in_ptr(cmd, SKUA_IB_ATTR_FLOW_CREATE_FLOW, in);
	if (esp)
		fill_attr_in_obj(cmd, SKUA_IB_ATTR_FLOW_CREATE_ACTION,
				 to_verbs_flow_action(esp)->handle);
	err = execute_ioctl(ibctx, cmd);
	if (err)
		return err;

	flow->context = ibctx;
	flow->handle = read_attr_obj(SKUA_IB_ATTR_FLOW_CREATE_HANDLE, handle);
	return 0;
}

struct ibv_flow *skuadv_create_flow(struct ibv_context *context,
				    const struct skuadv_flow_attr *attr,
				    uint32_t inlen)
{
	struct skua_hwi_create_flow_in in;
	struct skuadv_flow_attr say;
	struct ibv_flow *flow;
	int err;

	if (!is_skua_dev(context->device)) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	err = skua_copy_attr(&say, sizeof(say), attr, inlen,
			     SKUA_FLOW_ATTR_MIN);
	if (!err)
		err = skua_flow_fill(&in, &say);
	if (!err && say.esp && say.esp->context != context)
		err = EINVAL;
	if (err) {
		errno = err;
		return NULL;
	}

	flow = calloc(1, sizeof(*flow));
	if (!flow)
		return NULL;
	err = skua_dv_flow_create(context, flow, &in, say.esp);
	if (err) {
		free(flow);
		errno = err;
		return NULL;
	}
	return flow;
}

int skuadv_query_flow(struct ibv_flow *flow, struct skuadv_flow_counts *counts,
		      uint32_t inlen)
{
	DECLARE_COMMAND_BUFFER(cmd, UVERBS_OBJECT_FLOW,
			       SKUA_IB_METHOD_FLOW_QUERY, 2);
	struct skua_hwi_query_flow_out out = {};
	struct skuadv_flow_counts now;
	int err;

	if (!is_skua_dev(flow->context->device))
		return EOPNOTSUPP;
	if (inlen < SKUA_COUNTS_MIN)
		return EINVAL;

	fill_attr_in_obj(cmd, SKUA_IB_ATTR_FLOW_QUERY_HANDLE, flow->handle);
	fill_attr_out_ptr(cmd, SKUA_IB_ATTR_FLOW_QUERY_RESP, &out);
	err = execute_ioctl(flow->context, cmd);
	if (err)
		return err;

	now = (struct skuadv_flow_counts){
		.packets = le64toh(out.packets),
		.bytes = le64toh(out.bytes),
	};
	memset(counts, 0, inlen);
	memcpy(counts, &now, min_t(size_t, sizeof(now), inlen));
	return 0;
}
