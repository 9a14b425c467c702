// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Security associations (§9.9). */
#include <errno.h>
#include <string.h>

#include "fw.h"
#include "steer/steer.h"
#include "wire/wire.h"

static const uint8_t no_address[16];

static bool given(const uint8_t addr[16])
{
	return memcmp(addr, no_address, sizeof(no_address));
}

#define BAD(field) BAD_PARAM(c, skua_hwi_create_sa_in, field)

/* What has a meaning in one direction only. */
static int check_direction(struct skua_call *c,
			   const struct skua_hwi_create_sa_in *in, uint32_t flags)
{
	const uint32_t out_only = SKUA_HWI_SA_OWN_DSCP | SKUA_HWI_SA_MAY_FRAGMENT;
	const uint32_t in_only = SKUA_HWI_SA_SET_DSCP | SKUA_HWI_SA_BY_FLOW;
	/* The driver has the window, or numbers need none. */
	const uint32_t windowless = SKUA_HWI_SA_ESN | SKUA_HWI_SA_CRYPTO;
	uint32_t window = le16toh(in->window);

	if (flags & SKUA_HWI_SA_IN) {
		if (flags & out_only)
			return BAD(flags);
		if (window > SKUA_HWI_SA_MAX_WINDOW ||
		    (window ? flags & SKUA_HWI_SA_CRYPTO
			    : (flags & windowless) == SKUA_HWI_SA_ESN))
			return BAD(window);
		if (in->mtu)
			return BAD(mtu);
		if (in->udp_sport)
			return BAD(udp_sport);
		if (in->udp_dport)
			return BAD(udp_dport);
		return in->hop_limit ? BAD(hop_limit) : SKUA_HWI_OK;
	}
	if (flags & in_only)
		return BAD(flags);
	if (window)
		return BAD(window);
	if (!!in->udp_sport != !!(flags & SKUA_HWI_SA_UDP))
		return BAD(udp_sport);
	if (!!in->udp_dport != !!(flags & SKUA_HWI_SA_UDP))
		return BAD(udp_dport);
	if (!!in->hop_limit != !!(flags & SKUA_HWI_SA_TUNNEL))
		return BAD(hop_limit);
	return SKUA_HWI_OK;
}

static int check_addresses(struct skua_call *c,
			   const struct skua_hwi_create_sa_in *in, uint32_t flags)
{
	bool ipv4 = skua_wire_is_ipv4(in->dst);

	/* Packets keep theirs, and nobody chooses the SA by them. */
	if (!given(in->src) && !given(in->dst) && !in->reqid &&
	    !(flags & (SKUA_HWI_SA_IN | SKUA_HWI_SA_TUNNEL)))
		return SKUA_HWI_OK;
	if (!given(in->dst) != !!(flags & SKUA_HWI_SA_BY_FLOW))
		return BAD(dst);
	if (!given(in->src) && flags & SKUA_HWI_SA_IN)
		return SKUA_HWI_OK;
	if (!given(in->src) ||
	    (given(in->dst) && skua_wire_is_ipv4(in->src) != ipv4))
		return BAD(src);
	return SKUA_HWI_OK;
}

static int check_key(struct skua_call *c, const struct skua_hwi_create_sa_in *in)
{
	if (in->key_len != 20 && in->key_len != 28 && in->key_len != 36)
		return BAD(key_len);
	if (in->icv_len != 8 && in->icv_len != 12 && in->icv_len != 16)
		return BAD(icv_len);
	if (memcmp(in->key + in->key_len, (const uint8_t[16]){ 0 },
		   sizeof(in->key) - in->key_len))
		return BAD(key);
	return SKUA_HWI_OK;
}

static int check(struct skua_call *c, const struct skua_hwi_create_sa_in *in)
{
	const uint32_t tunnel_only = SKUA_HWI_SA_OWN_DSCP |
				     SKUA_HWI_SA_SET_DSCP | SKUA_HWI_SA_NO_ECN |
				     SKUA_HWI_SA_MAY_FRAGMENT;
	const uint32_t not_crypto =
		SKUA_HWI_SA_TUNNEL | SKUA_HWI_SA_UDP | SKUA_HWI_SA_BY_FLOW;
	uint32_t flags = le32toh(in->flags);
	int status;

	if (le32toh(in->spi) < SKUA_HWI_SA_MIN_SPI)
		return BAD(spi);
	if (flags & ~SKUA_HWI_SA_FLAGS ||
	    (flags & tunnel_only && !(flags & SKUA_HWI_SA_TUNNEL)) ||
	    (flags & SKUA_HWI_SA_CRYPTO && flags & not_crypto))
		return BAD(flags);
	if (in->reqid && flags & SKUA_HWI_SA_CRYPTO)
		return BAD(reqid);
	if (in->dscp > 63 || (in->dscp && !(flags & SKUA_HWI_SA_OWN_DSCP)))
		return BAD(dscp);
	status = check_direction(c, in, flags);
	if (!status)
		status = check_addresses(c, in, flags);
	return status ? status : check_key(c, in);
}

static struct skua_sa_address address(const uint8_t gid[16])
{
	struct skua_sa_address a = { { 0 } };

	if (skua_wire_is_ipv4(gid))
		memcpy(a.byte, gid + 12, 4);
	else
		memcpy(a.byte, gid, 16);
	return a;
}

static uint32_t device_flags(const struct skua_hwi_create_sa_in *in)
{
	static const struct {
		uint32_t hwi, device;
	} map[] = {
		{ SKUA_HWI_SA_IN, SKUA_SA_IN },
		{ SKUA_HWI_SA_TUNNEL, SKUA_SA_TUNNEL },
		{ SKUA_HWI_SA_ESN, SKUA_SA_ESN },
		{ SKUA_HWI_SA_UDP, SKUA_SA_UDP },
		{ SKUA_HWI_SA_OWN_DSCP, SKUA_SA_OWN_DSCP },
		{ SKUA_HWI_SA_SET_DSCP, SKUA_SA_SET_DSCP },
		{ SKUA_HWI_SA_NO_ECN, SKUA_SA_NO_ECN },
		{ SKUA_HWI_SA_MAY_FRAGMENT, SKUA_SA_MAY_FRAGMENT },
		{ SKUA_HWI_SA_BY_FLOW, SKUA_SA_ANY_DST },
		{ SKUA_HWI_SA_CRYPTO, SKUA_SA_CRYPTO },
	};
	uint32_t flags = 0;
	unsigned int i;

	for (i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		if (le32toh(in->flags) & map[i].hwi)
			flags |= map[i].device;
	}
	if (given(in->dst) && !skua_wire_is_ipv4(in->dst))
		flags |= SKUA_SA_IPV6;
	return flags;
}

static int add_status(int err)
{
	switch (err) {
	case 0:
		return SKUA_HWI_OK;
	case -EEXIST:
		return SKUA_HWI_BAD_STATE;
	case -EOPNOTSUPP:
		return SKUA_HWI_NOT_SUPPORTED;
	case -ENOMEM:
	case -ENOSPC:
		return SKUA_HWI_NO_RESOURCES;
	default:
		return SKUA_HWI_INTERNAL;
	}
}

int skua_cmd_create_sa(struct skua_call *c)
{
	const struct skua_hwi_create_sa_in *in = c->in;
	struct skua_sa_request rq = {
		.cfg = {
			.flags = device_flags(in),
			.spi = le32toh(in->spi),
			.src = address(in->src),
			.dst = address(in->dst),
			.material = in->key,
			.material_len = in->key_len,
			.icv_len = in->icv_len,
			.dscp = in->dscp,
			.hop_limit = in->hop_limit,
			.udp_sport = be16toh(in->udp_sport),
			.udp_dport = be16toh(in->udp_dport),
			.window = le16toh(in->window),
			.mtu = le16toh(in->mtu),
		},
		.reqid = le32toh(in->reqid),
		.flags = le32toh(in->flags),
	};
	uint32_t handle;
	int status, err;

	if (!c->fn->adapter->has_ipsec)
		return SKUA_HWI_NOT_SUPPORTED;
	status = check(c, in);
	if (status)
		return status;
	memcpy(rq.src, in->src, sizeof(rq.src));
	memcpy(rq.dst, in->dst, sizeof(rq.dst));
	skua_engine_lock(c->fn->adapter);
	err = skua_steer_add_sa(c->fn, &rq, &handle);
	skua_engine_unlock(c->fn->adapter);
	if (!err)
		skua_out_handle(c, handle);
	return add_status(err);
}

int skua_cmd_modify_sa(struct skua_call *c)
{
	const struct skua_hwi_modify_sa_in *in = c->in;
	const struct skua_sa_limits limits = {
		.soft_packets = le64toh(in->soft_packets),
		.soft_bytes = le64toh(in->soft_bytes),
		.hard_packets = le64toh(in->hard_packets),
		.hard_bytes = le64toh(in->hard_bytes),
	};
	uint32_t mask = le32toh(in->mask);
	struct skua_steer_sa *s;
	int err = 0;

	if (mask & ~(SKUA_HWI_SA_SET_LIMITS | SKUA_HWI_SA_SET_SEQ))
		return BAD_PARAM(c, skua_hwi_modify_sa_in, mask);
	s = skua_steer_get_sa(c->fn, le32toh(in->handle));
	if (!s)
		return BAD_OBJECT(c, skua_hwi_modify_sa_in, handle);
	skua_engine_lock(c->fn->adapter);
	if (mask & SKUA_HWI_SA_SET_SEQ)
		err = skua_sa_go_on_from(s->sa, le64toh(in->seq));
	if (!err && mask & SKUA_HWI_SA_SET_LIMITS)
		skua_sa_set_limits(s->sa, &limits);
	skua_engine_unlock(c->fn->adapter);
	return err ? SKUA_HWI_BAD_STATE : SKUA_HWI_OK;
}

int skua_cmd_destroy_sa(struct skua_call *c)
{
	struct skua_steer_sa *s = skua_steer_get_sa(c->fn, skua_in_handle(c));

	if (!s)
		return BAD_OBJECT(c, skua_hwi_handle_in, handle);
	if (s->flows)
		return SKUA_HWI_IN_USE;
	skua_engine_lock(c->fn->adapter);
	skua_steer_remove_sa(s);
	skua_engine_unlock(c->fn->adapter);
	return SKUA_HWI_OK;
}

static uint64_t refusals(const struct skua_sa *sa)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = SKUA_ESP_NOT_ESP + 1; i < SKUA_ESP_RESULTS; i++)
		sum += sa->refused[i];
	return sum;
}

int skua_cmd_query_sa(struct skua_call *c)
{
	struct skua_steer_sa *s = skua_steer_get_sa(c->fn, skua_in_handle(c));
	struct skua_hwi_query_sa_out *out = c->out;
	struct skua_sa_state state;

	if (!s)
		return BAD_OBJECT(c, skua_hwi_handle_in, handle);
	skua_engine_lock(c->fn->adapter);
	skua_sa_read_state(s->sa, &state);
	out->packets = htole64(s->sa->packets);
	out->bytes = htole64(s->sa->bytes);
	out->seq = htole64(state.seq);
	out->recent = htole64(state.map[0]);
	out->replay = htole64(s->sa->refused[SKUA_ESP_REPLAY]);
	out->bad_icv = htole64(s->sa->refused[SKUA_ESP_BAD_ICV]);
	out->refused = htole64(refusals(s->sa));
	out->events = htole32(s->events);
	out->flows = htole32(s->flows);
	skua_engine_unlock(c->fn->adapter);
	return SKUA_HWI_OK;
}
