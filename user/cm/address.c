// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "cm.h"

bool cm_addr_known(const union cm_addr *a)
{
	return a->sa.sa_family == AF_INET || a->sa.sa_family == AF_INET6;
}

void cm_addr_gid(const union cm_addr *a, uint8_t gid[16])
{
	memset(gid, 0, 16);
	if (a->sa.sa_family == AF_INET6) {
		memcpy(gid, &a->in6.sin6_addr, 16);
		return;
	}
	gid[10] = 0xff;
	gid[11] = 0xff;
	memcpy(gid + 12, &a->in.sin_addr, 4);
}

bool cm_addr_any(const union cm_addr *a)
{
	if (a->sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr);
	return a->in.sin_addr.s_addr == INADDR_ANY;
}

uint16_t cm_addr_port(const union cm_addr *a)
{
	/* It is in the same place in both. */
	return ntohs(a->in.sin_port);
}

void cm_addr_set_port(union cm_addr *a, uint16_t port)
{
	a->in.sin_port = htons(port);
}

struct skua_user_dev *cm_addr_device(const union cm_addr *a)
{
	uint8_t gid[16];
	unsigned int i;

	cm_addr_gid(a, gid);
	for (i = 0; i < skua_user_devices(); i++) {
		if (skua_user_find_gid(skua_user_device(i), gid) >= 0)
			return skua_user_device(i);
	}
	return NULL;
}
