/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Ethernet addresses where there are none, made up of IP addresses: on links
 * that carry no Ethernet header, or where nobody answers ARP. A GID a.b.c.d (in
 * ::ffff:a.b.c.d) has 02:00:a:b:c:d; others have 06:v:w:x:y:z, where byte i of
 * the GID is xored into the (i mod 5)-th of v to z.
 */
#ifndef SKUA_LINK_MAC_H
#define SKUA_LINK_MAC_H

#include <stdint.h>
#include <string.h>

static inline void skua_link_mac(const uint8_t gid[16], uint8_t mac[6])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	unsigned int i;

	memset(mac, 0, 6);
	if (!memcmp(gid, mapped, sizeof(mapped))) {
		mac[0] = 0x02;
		memcpy(mac + 2, gid + 12, 4);
		return;
	}
	mac[0] = 0x06;
	for (i = 0; i < 16; i++)
		mac[1 + i % 5] ^= gid[i];
}

#endif /* SKUA_LINK_MAC_H */
