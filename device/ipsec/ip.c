// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "ipsec/ip.h"
#include "wire/headers.h"
#include "wire/sum.h"

/* More extension headers than anybody has use for are somebody's attack. */
#define MAX_EXTENSIONS 8u

static uint32_t ihl_of(const struct skua_ipv4_hdr *ip)
{
	return (ip->version_ihl & 0xf) * 4;
}

/* Mostly there are no options. */
static uint16_t sum_of(const struct skua_ipv4_hdr *ip)
{
	uint32_t ihl = ihl_of(ip);

	return ihl == sizeof(*ip) ? skua_sum_ipv4((const uint8_t *)ip)
				  : htobe16(skua_sum(0, (const uint8_t *)ip, ihl));
}

static void put_checksum(struct skua_ipv4_hdr *ip)
{
	ip->checksum = 0;
	ip->checksum = ~sum_of(ip);
}

static enum skua_esp_result look_ipv4(const uint8_t *p, uint32_t len,
				      struct skua_ip *out)
{
	const struct skua_ipv4_hdr *ip = (const void *)p;
	uint32_t ihl, total;

	if (sizeof(*ip) > len)
		return SKUA_ESP_TRUNCATED;
	ihl = ihl_of(ip);
	total = be16toh(ip->len);
	if (ip->version_ihl >> 4 != 4 || ihl < sizeof(*ip) || total < ihl)
		return SKUA_ESP_BAD_IP;
	if (total > len)
		return SKUA_ESP_TRUNCATED;
	if (sum_of(ip) != UINT16_MAX)
		return SKUA_ESP_BAD_IP;
	out->front = out->last = out->ip + ihl;
	out->front_at = out->last_at =
		out->ip + offsetof(struct skua_ipv4_hdr, protocol);
	out->end = out->ip + total;
	out->fragment = be16toh(ip->frag) & SKUA_IPV4_FRAGMENT;
	out->tos = ip->tos;
	return SKUA_ESP_OK;
}

/*
 * RFC 4303 3.1.1: hop-by-hop options and routing header are for the way and
 * stay in front; so do destination options if a routing header is behind them.
 * Those at the end may be on either side.
 */
static enum skua_esp_result walk(const uint8_t *frame, struct skua_ip *out)
{
	uint32_t at = out->last, size, n;
	uint8_t next = frame[out->last_at];

	for (n = 0; next == SKUA_IP_PROTOCOL_HOPOPT ||
		    next == SKUA_IP_PROTOCOL_ROUTING ||
		    next == SKUA_IP_PROTOCOL_DSTOPTS; n++) {
		if (n == MAX_EXTENSIONS ||
		    (n && next == SKUA_IP_PROTOCOL_HOPOPT))
			return SKUA_ESP_BAD_IP;
		if (out->end - at < 8)
			return SKUA_ESP_TRUNCATED;
		size = (frame[at + 1] + 1) * 8;
		if (out->end - at < size)
			return SKUA_ESP_TRUNCATED;
		out->last = at + size;
		out->last_at = at;
		if (next != SKUA_IP_PROTOCOL_DSTOPTS) {
			out->front = out->last;
			out->front_at = out->last_at;
		}
		next = frame[at];
		at = out->last;
	}
	out->fragment = next == SKUA_IP_PROTOCOL_FRAGMENT;
	if (out->fragment && out->end - at < 8)
		return SKUA_ESP_TRUNCATED;
	return SKUA_ESP_OK;
}

static enum skua_esp_result look_ipv6(const uint8_t *frame, uint32_t len,
				      struct skua_ip *out)
{
	const struct skua_ipv6_hdr *ip = (const void *)(frame + out->ip);

	if (sizeof(*ip) > len)
		return SKUA_ESP_TRUNCATED;
	if (be32toh(ip->version_flow) >> 28 != SKUA_IPV6_VERSION)
		return SKUA_ESP_BAD_IP;
	if (be16toh(ip->len) > len - sizeof(*ip))
		return SKUA_ESP_TRUNCATED;
	out->front = out->last = out->ip + sizeof(*ip);
	out->front_at = out->last_at =
		out->ip + offsetof(struct skua_ipv6_hdr, next);
	out->end = out->front + be16toh(ip->len);
	out->tos = be32toh(ip->version_flow) >> SKUA_IPV6_CLASS_SHIFT;
	return walk(frame, out);
}

enum skua_esp_result skua_ip_look(const uint8_t *frame, uint32_t len,
				  struct skua_ip *ip)
{
	const struct skua_eth_hdr *eth = (const void *)frame;
	const struct skua_vlan_hdr *tag = (const void *)(eth + 1);
	uint16_t type;

	*ip = (struct skua_ip){ .ip = sizeof(*eth) };
	if (sizeof(*eth) > len)
		return SKUA_ESP_NOT_IP;
	type = be16toh(eth->type);
	if (type == SKUA_ETHERTYPE_VLAN) {
		ip->ip += sizeof(*tag);
		if (ip->ip > len)
			return SKUA_ESP_NOT_IP;
		type = be16toh(tag->type);
	}
	if (type == SKUA_ETHERTYPE_IPV4)
		return look_ipv4(frame + ip->ip, len - ip->ip, ip);
	ip->ipv6 = true;
	if (type == SKUA_ETHERTYPE_IPV6)
		return look_ipv6(frame, len - ip->ip, ip);
	return SKUA_ESP_NOT_IP;
}

void skua_ip_set_length(uint8_t *p, bool ipv6, uint32_t len)
{
	struct skua_ipv4_hdr *ip4 = (void *)p;
	struct skua_ipv6_hdr *ip6 = (void *)p;

	if (ipv6) {
		ip6->len = htobe16(len - sizeof(*ip6));
		return;
	}
	ip4->len = htobe16(len);
	put_checksum(ip4);
}

/* What a word adds to the sum when it becomes another. */
static uint32_t change(uint16_t from, uint16_t to)
{
	return (uint16_t)~from + to;
}

void skua_ip_move(uint8_t *to, const uint8_t *from, uint32_t size,
		  const struct skua_ip *ip, uint32_t at, uint8_t protocol,
		  uint32_t len)
{
	const struct skua_ipv4_hdr *old = (const void *)(from + ip->ip);
	struct skua_ipv4_hdr *ip4 = (void *)(to + ip->ip);
	struct skua_ipv6_hdr *ip6 = (void *)ip4;
	uint16_t sum = skua_sum_fold(
		change(old->checksum, 0) + change(old->len, htobe16(len)) +
		change(htobe16(old->protocol), htobe16(protocol)));

	memmove(to, from, size);
	to[at] = protocol;
	if (ip->ipv6) {
		ip6->len = htobe16(len - sizeof(*ip6));
	} else {
		ip4->len = htobe16(len);
		ip4->checksum = ~sum;
	}
}

void skua_ip_set_tos(uint8_t *p, bool ipv6, uint8_t tos)
{
	struct skua_ipv4_hdr *ip4 = (void *)p;
	struct skua_ipv6_hdr *ip6 = (void *)p;

	if (ipv6) {
		ip6->version_flow &= ~htobe32(0xffu << SKUA_IPV6_CLASS_SHIFT);
		ip6->version_flow |= htobe32((uint32_t)tos
					     << SKUA_IPV6_CLASS_SHIFT);
		return;
	}
	ip4->tos = tos;
	put_checksum(ip4);
}

uint8_t skua_ip_tos(const uint8_t *p, bool ipv6)
{
	const struct skua_ipv4_hdr *ip4 = (const void *)p;
	const struct skua_ipv6_hdr *ip6 = (const void *)p;

	return ipv6 ? be32toh(ip6->version_flow) >> SKUA_IPV6_CLASS_SHIFT :
		      ip4->tos;
}

uint16_t skua_ip_udp6_checksum(const uint8_t *ip, const uint8_t *udp,
			       uint32_t len)
{
	const struct skua_ipv6_hdr *ip6 = (const void *)ip;
	uint32_t pseudo = skua_sum(len + SKUA_IP_PROTOCOL_UDP, ip6->src,
				   sizeof(ip6->src) + sizeof(ip6->dst));
	uint16_t ret = ~skua_sum(pseudo, udp, len);

	/* RFC 768: zero says there is none. */
	return htobe16(ret ? ret : UINT16_MAX);
}
