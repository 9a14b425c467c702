// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The port and its addresses (§9.3). */
#include <string.h>

#include "fw.h"

#define SKUA_MIN_MTU  68 /* RFC 791 */
#define SKUA_MAX_VLAN 4094

static bool skua_mac_unicast(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	return !(mac[0] & 1) && memcmp(mac, zero, sizeof(zero));
}

int skua_cmd_set_gid(struct skua_call *c)
{
	const struct skua_hwi_set_gid_in *in = c->in;
	struct skua_function *fn = c->fn;
	struct skua_gid gid = { .valid = in->valid };

	if (in->index >= SKUA_HWI_MAX_GID)
		return BAD_PARAM(c, skua_hwi_set_gid_in, index);
	if (in->valid > 1)
		return BAD_PARAM(c, skua_hwi_set_gid_in, valid);
	gid.vlan = le16toh(in->vlan);
	if (in->valid && gid.vlan > SKUA_MAX_VLAN &&
	    gid.vlan != SKUA_HWI_VLAN_NONE)
		return BAD_PARAM(c, skua_hwi_set_gid_in, vlan);
	if (in->valid && !skua_mac_unicast(in->smac))
		return BAD_PARAM(c, skua_hwi_set_gid_in, smac);
	memcpy(gid.smac, in->smac, sizeof(gid.smac));
	memcpy(gid.gid, in->gid, sizeof(gid.gid));

	skua_engine_lock(fn->adapter);
	fn->gid[in->index] = gid;
	skua_eswitch_update(fn->adapter);
	skua_engine_unlock(fn->adapter);
	return SKUA_HWI_OK;
}

int skua_cmd_set_port(struct skua_call *c)
{
	const struct skua_hwi_set_port_in *in = c->in;
	uint32_t flags = le32toh(in->flags), mtu = le16toh(in->mtu);
	struct skua_function *fn = c->fn;
	bool was_up, is_up;

	if (!skua_mac_unicast(in->mac))
		return BAD_PARAM(c, skua_hwi_set_port_in, mac);
	if (mtu < SKUA_MIN_MTU || mtu > SKUA_MAX_MTU)
		return BAD_PARAM(c, skua_hwi_set_port_in, mtu);
	if (flags &
	    ~(SKUA_HWI_PORT_UP | SKUA_HWI_PORT_PROMISC | SKUA_HWI_PORT_ALLMULTI))
		return BAD_PARAM(c, skua_hwi_set_port_in, flags);

	skua_engine_lock(fn->adapter);
	was_up = skua_function_port_up(fn);
	memcpy(fn->mac, in->mac, sizeof(fn->mac));
	fn->mtu = mtu;
	fn->port_flags = flags;
	is_up = skua_function_port_up(fn);
	skua_eswitch_update(fn->adapter);
	if (is_up != was_up)
		skua_event(fn, SKUA_HWI_EVENT_PORT_STATE, 0, is_up);
	skua_engine_unlock(fn->adapter);
	return SKUA_HWI_OK;
}
