/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Direct verbs of Skua adapters: what the standard verbs cannot say. */
#ifndef __SKUADV_H__
#define __SKUADV_H__

#include <stdint.h>

#include <infiniband/verbs.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Each call is told how long the caller's structure is, so that it may grow:
 * what is behind the part that a caller knows is zero. Numbers are in host byte
 * order. An address is a GID, IPv4 as ::ffff:a.b.c.d.
 */

enum skuadv_esp_flags {
	SKUADV_ESP_DECRYPT = 1 << 0,	  /* without it, encrypts */
	SKUADV_ESP_TUNNEL = 1 << 1,	  /* without it, transport mode */
	SKUADV_ESP_ESN = 1 << 2,	  /* extended sequence numbers */
	SKUADV_ESP_UDP = 1 << 3,	  /* encapsulated in UDP, RFC 3948 */
	SKUADV_ESP_OWN_DSCP = 1 << 4,	  /* outer DSCP is dscp */
	SKUADV_ESP_SET_DSCP = 1 << 5,	  /* outer DSCP goes into the inner */
	SKUADV_ESP_NO_ECN = 1 << 6,	  /* the peer knows no ECN in tunnels */
	SKUADV_ESP_MAY_FRAGMENT = 1 << 7, /* the outer IPv4 header has no DF */
	SKUADV_ESP_BY_FLOW = 1 << 8,	  /* opens for its flows, at any dst */
};

struct skuadv_esp_attr {
	uint64_t comp_mask; /* 0 */
	uint32_t flags;	    /* enum skuadv_esp_flags */
	uint32_t spi;
	uint32_t reqid; /* by which flows may name it; 0: they do not */
	uint16_t replay_window; /* of SKUADV_ESP_DECRYPT, packets; 0: none */
	uint16_t path_mtu; /* of packets sent, bytes at most; 0: any */
	union ibv_gid src; /* of the ESP packet */
	union ibv_gid dst;
	uint16_t udp_sport; /* with SKUADV_ESP_UDP, to encrypt */
	uint16_t udp_dport;
	uint8_t dscp;
	uint8_t hop_limit; /* of tunnels, to encrypt */
	uint8_t icv_len;   /* bytes: 8, 12, 16 */
	uint8_t key_len;   /* bytes, with the salt: 20, 28, 36 */
	const void *key;   /* of AES, and behind it the salt (RFC 4106 8.1) */
	uint64_t seq;	   /* the last sequence number that was used, or came */
	uint64_t soft_packets; /* limits; 0: none */
	uint64_t soft_bytes;
	uint64_t hard_packets;
	uint64_t hard_bytes;
};

struct ibv_flow_action *
skuadv_create_flow_action_esp(struct ibv_context *context,
			      const struct skuadv_esp_attr *attr,
			      uint32_t inlen);

/* What has happened to an SA. */
enum skuadv_sa_events {
	SKUADV_SA_SOFT_LIMIT = 1 << 0,
	SKUADV_SA_HARD_LIMIT = 1 << 1,
	SKUADV_SA_EXHAUSTED = 1 << 2, /* of sequence numbers */
};

struct skuadv_sa_attr {
	uint64_t comp_mask; /* 0 */
	uint64_t packets;   /* sealed, or found to be authentic */
	uint64_t bytes;	    /* of the IP packets inside */
	uint64_t seq;	    /* the last that was used, or the highest to come */
	uint64_t recent;    /* bit n: whether seq - n has come */
	uint64_t replay;    /* packets refused: they came before */
	uint64_t bad_icv;   /* ... are not authentic */
	uint64_t refused;   /* ... in all */
	uint32_t events;    /* enum skuadv_sa_events */
	uint32_t flows;	    /* that have the action */
};

int skuadv_query_sa(struct ibv_flow_action *action, struct skuadv_sa_attr *attr,
		    uint32_t inlen);

enum skuadv_flow_direction {
	SKUADV_FLOW_EGRESS = 0,
	SKUADV_FLOW_INGRESS = 1,
};

enum skuadv_flow_action {
	SKUADV_FLOW_ALLOW = 0,
	SKUADV_FLOW_DROP = 1,
	SKUADV_FLOW_PROTECT = 2, /* by ESP: esp, or an SA with reqid */
};

/* What has to be equal, besides addresses. */
enum skuadv_flow_fields {
	SKUADV_FLOW_DMAC = 1 << 0,
	SKUADV_FLOW_SMAC = 1 << 1,
	SKUADV_FLOW_ETHERTYPE = 1 << 2, /* behind VLAN tags */
	SKUADV_FLOW_VLAN = 1 << 3,	/* the VID */
	SKUADV_FLOW_IP_VERSION = 1 << 4,
	SKUADV_FLOW_PROTO = 1 << 5,
	SKUADV_FLOW_SPORT = 1 << 6, /* in the bits of sport_mask */
	SKUADV_FLOW_DPORT = 1 << 7,
	SKUADV_FLOW_SPI = 1 << 8, /* of ESP that nobody here opens */
	SKUADV_FLOW_QPN = 1 << 9, /* the destination's, of RoCEv2 */
};

struct skuadv_flow_attr {
	uint64_t comp_mask; /* 0 */
	uint32_t direction; /* enum skuadv_flow_direction */
	uint32_t action;    /* enum skuadv_flow_action */
	uint32_t priority;  /* the lowest decides */
	uint32_t reqid;
	struct ibv_flow_action *esp;
	uint32_t fields;    /* enum skuadv_flow_fields */
	uint8_t src_prefix; /* bits of src that count; IPv4: 96 and more */
	uint8_t dst_prefix;
	uint8_t ip_version; /* 4 or 6 */
	uint8_t proto;
	union ibv_gid src;
	union ibv_gid dst;
	uint8_t dmac[6];
	uint8_t smac[6];
	uint16_t ethertype;
	uint16_t vlan;
	uint16_t sport;
	uint16_t sport_mask;
	uint16_t dport;
	uint16_t dport_mask;
	uint32_t spi;
	uint32_t qpn;
};

struct ibv_flow *skuadv_create_flow(struct ibv_context *context,
				    const struct skuadv_flow_attr *attr,
				    uint32_t inlen);

struct skuadv_flow_counts {
	uint64_t comp_mask; /* 0 */
	uint64_t packets;   /* that the flow has decided about */
	uint64_t bytes;
};

int skuadv_query_flow(struct ibv_flow *flow, struct skuadv_flow_counts *counts,
		      uint32_t inlen);

#ifdef __cplusplus
}
#endif

#endif /* __SKUADV_H__ */
