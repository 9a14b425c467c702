/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * IPsec of an adapter for whoever looks at it: functions, their SAs and flows
 * (hwi §9.9, §9.10), and a watch on its links. There are no keys in any of this.
 */
#ifndef SKUA_IPSEC_H
#define SKUA_IPSEC_H

#include <stdbool.h>
#include <stdint.h>

#include "ipsec/esp_result.h"
#include "skua_hwi.h"

struct skua_adapter;
struct skua_watch;

struct skua_ipsec_function {
	uint8_t mac[6];
	unsigned int port;	/* which one a capture knows it by */
	uint32_t sas, flows;	/* that there are */
	uint64_t counter[SKUA_HWI_COUNTERS_LEN]; /* skua_hwi_ipsec_counter */
};

/* All in host order; addresses as GIDs are. */
struct skua_ipsec_sa {
	uint32_t handle, spi, reqid;
	uint32_t flags;		/* SKUA_HWI_SA_* */
	uint8_t src[16], dst[16];
	uint16_t udp_sport, udp_dport;
	uint16_t window, mtu;
	uint8_t icv_len;
	uint32_t events;	/* SKUA_HWI_SA_EVENT_* */
	uint64_t seq, packets, bytes;
	uint64_t soft_packets, soft_bytes, hard_packets, hard_bytes; /* or 0 */
	uint64_t refused[SKUA_ESP_RESULTS];
	enum skua_esp_result last; /* of these; SKUA_ESP_OK: none */
};

struct skua_ipsec_flow {
	uint32_t handle, priority;
	uint32_t sa, reqid;	/* with PROTECT, as the command had them */
	uint8_t direction, action; /* enum skua_hwi_flow_* */
	struct skua_hwi_flow_match match;
	uint64_t packets, bytes;
};

/* Where the next page begins when there is none. */
#define SKUA_IPSEC_END UINT32_MAX

/* Whoever has functions and links says what they are; all with the lock held. */
struct skua_ipsec_owner {
	void *ctx;
	void (*lock)(void *ctx);	/* the engine's, which waits meanwhile */
	void (*unlock)(void *ctx);
	/* Number i, of those below SKUA_IPSEC_FUNCTIONS; false: it is not there. */
	bool (*function)(void *ctx, unsigned int i,
			 struct skua_ipsec_function *out);
	/*
	 * Up to max SAs or flows of it, from *from on, which is 0 at first and
	 * then as it is left; how many. In an order that stays while others
	 * come and go.
	 */
	unsigned int (*sas)(void *ctx, unsigned int i, uint32_t *from,
			    struct skua_ipsec_sa *out, unsigned int max);
	unsigned int (*flows)(void *ctx, unsigned int i, uint32_t *from,
			      struct skua_ipsec_flow *out, unsigned int max);
	/* The name of the i-th link, or NULL. */
	const char *(*link)(void *ctx, unsigned int i);
	/* What leaves by it is watched, and judged by flows; NULL: no more. */
	void (*watch)(void *ctx, unsigned int i, struct skua_watch *w);
};

#define SKUA_IPSEC_FUNCTIONS 64u

struct skua_ipsec_owner skua_ipsec_owner_of(struct skua_adapter *ad);

#endif /* SKUA_IPSEC_H */
