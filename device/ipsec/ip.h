/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* What ESP has to know of the IP header around it, and to put right there. */
#ifndef SKUA_IPSEC_IP_H
#define SKUA_IPSEC_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "ipsec/esp_result.h"

#define SKUA_IP_PROTOCOL_HOPOPT 0u
#define SKUA_IP_PROTOCOL_IPV4	4u
#define SKUA_IP_PROTOCOL_IPV6	41u
#define SKUA_IP_PROTOCOL_ROUTING 43u
#define SKUA_IP_PROTOCOL_FRAGMENT 44u
#define SKUA_IP_PROTOCOL_ESP	50u
#define SKUA_IP_PROTOCOL_NONE	59u
#define SKUA_IP_PROTOCOL_DSTOPTS 60u

/* RFC 3168, besides those of wire/headers.h. */
#define SKUA_ECN_ECT1 1u

/* Where things are in a frame. All offsets are from where it begins. */
struct skua_ip {
	uint32_t ip;	  /* the IP header, and where Ethernet's ends */
	uint32_t front;	  /* behind what must stay in front of ESP (3.1.2) */
	uint32_t front_at; /* the byte that says what is at front */
	uint32_t last;	  /* behind all headers that may be in front of it */
	uint32_t last_at;
	uint32_t end;	  /* of the packet; the rest is Ethernet's padding */
	bool ipv6;
	bool fragment;
	uint8_t tos; /* or traffic class */
};

/*
 * Look at a frame of len bytes. SKUA_ESP_OK, or _NOT_IP, _TRUNCATED, _BAD_IP:
 * with these *ip means nothing. Of a fragment last is where its header is.
 */
enum skua_esp_result skua_ip_look(const uint8_t *frame, uint32_t len,
				  struct skua_ip *ip);

/*
 * A header at p, with len bytes of packet from there on: the length and, of
 * IPv4, the checksum as they have to be.
 */
void skua_ip_set_length(uint8_t *p, bool ipv6, uint32_t len);

/*
 * Move the head of a frame, size bytes up to the end of IP's headers, to where it
 * has another protocol at offset at, and len bytes of packet. What is there then is
 * only written. IPv4's checksum was right, and is (RFC 1624 3, eqn. 3).
 */
void skua_ip_move(uint8_t *to, const uint8_t *from, uint32_t size,
		  const struct skua_ip *ip, uint32_t at, uint8_t protocol,
		  uint32_t len);

/* Set TOS or traffic class, and of IPv4 the checksum. */
void skua_ip_set_tos(uint8_t *p, bool ipv6, uint8_t tos);

uint8_t skua_ip_tos(const uint8_t *p, bool ipv6);

/*
 * The checksum of an IPv6 packet's UDP datagram of len bytes at udp, of which
 * the field is zero (RFC 8200 8.1). ip is the IPv6 header.
 */
uint16_t skua_ip_udp6_checksum(const uint8_t *ip, const uint8_t *udp,
			       uint32_t len);

#endif /* SKUA_IPSEC_IP_H */
