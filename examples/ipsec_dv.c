// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* IPsec by direct verbs: with addresses, tunnels, and no UD queue pair. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <infiniband/skuadv.h>

#include "ipsec_rc.h"

#define ROCE_PORT  4791
#define TUNNEL_TTL 64

#define ESP_UDP_PORT 4500 /* RFC 3948 */

static struct ibv_flow_action *create_action(struct end *end,
					     const struct end *peer,
					     int direction,
					     const struct secret *secret,
					     uint32_t flags)
{
	uint8_t key[KEY_LEN + SALT_LEN];
	struct skuadv_esp_attr attr = {
		.flags = flags | SKUADV_ESP_ESN,
		.spi = secret->spi,
		.icv_len = ICV_LEN,
		.key_len = sizeof(key),
		.key = key,
	};
	struct ibv_flow_action *action;

	memcpy(key, secret->key, KEY_LEN);
	memcpy(key + KEY_LEN, secret->salt, SALT_LEN);
	if (direction == SEND) {
		attr.src = end->gid;
		attr.dst = peer->gid;
		if (flags & SKUADV_ESP_TUNNEL)
			attr.hop_limit = TUNNEL_TTL;
		if (flags & SKUADV_ESP_UDP)
			attr.udp_sport = attr.udp_dport = ESP_UDP_PORT;
	} else {
		attr.flags |= SKUADV_ESP_DECRYPT;
		attr.src = peer->gid;
		attr.dst = end->gid;
		attr.replay_window = WINDOW;
	}
	action = skuadv_create_flow_action_esp(end->context, &attr,
					       sizeof(attr));
	explicit_bzero(key, sizeof(key));
	return action;
}

static struct ibv_flow *create_flow(struct end *end, const struct end *peer,
				    int direction)
{
	struct skuadv_flow_attr attr = {
		.direction = direction == SEND ? SKUADV_FLOW_EGRESS :
						 SKUADV_FLOW_INGRESS,
		.action = SKUADV_FLOW_PROTECT,
		.esp = end->action[direction],
		.fields = SKUADV_FLOW_PROTO | SKUADV_FLOW_DPORT,
		.proto = IPPROTO_UDP,
		.dport = ROCE_PORT,
		.dport_mask = UINT16_MAX,
		.src_prefix = 128,
		.dst_prefix = 128,
		.src = direction == SEND ? end->gid : peer->gid,
		.dst = direction == SEND ? peer->gid : end->gid,
	};

	return skuadv_create_flow(end->context, &attr, sizeof(attr));
}

int protect_by_dv(struct end *end, const struct end *peer, int direction,
		  const struct secret *secret, uint32_t flags)
{
	int err;

	end->action[direction] =
		create_action(end, peer, direction, secret, flags);
	if (!end->action[direction])
		return errno;
	end->flow[direction] = create_flow(end, peer, direction);
	if (end->flow[direction])
		return 0;

	err = errno;
	ibv_destroy_flow_action(end->action[direction]);
	end->action[direction] = NULL;
	return err;
}
