// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * IPsec by the standard verbs: ibv_create_flow_action_esp() makes a security
 * association, ibv_create_flow() says which packets it is for.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "ipsec_rc.h"

#define ROCE_PORT 4791

static struct ibv_flow_action *create_action(struct ibv_context *context,
					     int direction,
					     const struct secret *secret)
{
	struct ibv_flow_action_esp esp = {
		.spi = secret->spi,
		.flags = IBV_FLOW_ACTION_ESP_FLAGS_FULL_OFFLOAD |
			 IBV_FLOW_ACTION_ESP_FLAGS_TRANSPORT,
	};
	struct ibv_flow_action_esp_keymat_aes_gcm gcm = {
		.iv_algo = IBV_FLOW_ACTION_IV_ALGO_SEQ,
		.icv_len = ICV_LEN,
		.key_len = KEY_LEN,
	};
	struct ibv_flow_action_esp_replay_bmp bitmap = { .size = WINDOW };
	struct ibv_flow_action_esp_attr attr = {
		.esp_attr = &esp,
		.keymat_proto = IBV_FLOW_ACTION_ESP_KEYMAT_AES_GCM,
		.keymat_len = sizeof(gcm),
		.keymat_ptr = &gcm,
		.comp_mask = IBV_FLOW_ACTION_ESP_MASK_ESN,
	};
	struct ibv_flow_action *action;

	memcpy(gcm.aes_key, secret->key, KEY_LEN);
	memcpy(&gcm.salt, secret->salt, SALT_LEN);
	if (direction == SEND) {
		esp.flags |= IBV_FLOW_ACTION_ESP_FLAGS_ENCRYPT;
	} else {
		attr.replay_proto = IBV_FLOW_ACTION_ESP_REPLAY_BMP;
		attr.replay_len = sizeof(bitmap);
		attr.replay_ptr = &bitmap;
	}
	action = ibv_create_flow_action_esp(context, &attr);
	explicit_bzero(&gcm, sizeof(gcm));
	return action;
}

/* A flow: its head and up to four specs, one behind the other. */
struct rule {
	struct ibv_flow_attr attr;
	uint8_t specs[4 * sizeof(struct ibv_flow_spec)];
};

static void add_spec(struct rule *rule, const void *spec, uint16_t size)
{
	memcpy((uint8_t *)rule + rule->attr.size, spec, size);
	rule->attr.size += size;
	rule->attr.num_of_specs++;
}

static void add_addresses(struct rule *rule, const union ibv_gid *src,
			  const union ibv_gid *dst)
{
	struct ibv_flow_spec_ipv4 four = {
		.type = IBV_FLOW_SPEC_IPV4,
		.size = sizeof(four),
		.mask = { .src_ip = UINT32_MAX, .dst_ip = UINT32_MAX },
	};
	struct ibv_flow_spec_ipv6 six = {
		.type = IBV_FLOW_SPEC_IPV6,
		.size = sizeof(six),
	};

	if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)src->raw)) {
		memcpy(&four.val.src_ip, src->raw + 12, 4);
		memcpy(&four.val.dst_ip, dst->raw + 12, 4);
		add_spec(rule, &four, sizeof(four));
		return;
	}
	memcpy(six.val.src_ip, src->raw, sizeof(src->raw));
	memcpy(six.val.dst_ip, dst->raw, sizeof(dst->raw));
	memset(six.mask.src_ip, 0xff, sizeof(six.mask.src_ip));
	memset(six.mask.dst_ip, 0xff, sizeof(six.mask.dst_ip));
	add_spec(rule, &six, sizeof(six));
}

static void add_roce(struct rule *rule)
{
	struct ibv_flow_spec_tcp_udp udp = {
		.type = IBV_FLOW_SPEC_UDP,
		.size = sizeof(udp),
		.val = { .dst_port = htons(ROCE_PORT) },
		.mask = { .dst_port = UINT16_MAX },
	};

	add_spec(rule, &udp, sizeof(udp));
}

static void add_esp(struct rule *rule, uint32_t spi)
{
	struct ibv_flow_spec_esp esp = {
		.type = IBV_FLOW_SPEC_ESP,
		.size = sizeof(esp),
		.val = { .spi = htonl(spi) },
		.mask = { .spi = UINT32_MAX },
	};

	add_spec(rule, &esp, sizeof(esp));
}

static void add_action(struct rule *rule, struct ibv_flow_action *action)
{
	struct ibv_flow_spec_action_handle handle = {
		.type = IBV_FLOW_SPEC_ACTION_HANDLE,
		.size = sizeof(handle),
		.action = action,
	};

	add_spec(rule, &handle, sizeof(handle));
}

static struct ibv_flow *create_flow(struct end *end, const struct end *peer,
				    int direction, uint32_t spi)
{
	struct rule rule = { .attr = {
		.type = IBV_FLOW_ATTR_NORMAL,
		.size = sizeof(rule.attr),
		.port = 1,
	} };

	if (direction == SEND) {
		rule.attr.flags = IBV_FLOW_ATTR_FLAGS_EGRESS;
		add_addresses(&rule, &end->gid, &peer->gid);
	} else {
		add_addresses(&rule, &peer->gid, &end->gid);
		add_esp(&rule, spi);
	}
	add_roce(&rule);
	add_action(&rule, end->action[direction]);
	return ibv_create_flow(end->ud, &rule.attr);
}

int protect_by_verbs(struct end *end, const struct end *peer, int direction,
		     const struct secret *secret)
{
	int err;

	end->action[direction] =
		create_action(end->context, direction, secret);
	if (!end->action[direction])
		return errno;
	end->flow[direction] = create_flow(end, peer, direction, secret->spi);
	if (end->flow[direction])
		return 0;

	err = errno;
	ibv_destroy_flow_action(end->action[direction]);
	end->action[direction] = NULL;
	return err;
}
