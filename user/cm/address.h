/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Socket addresses as programs give them, in one form. */
#ifndef SKUA_UCM_ADDRESS_H
#define SKUA_UCM_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef AF_IB
#define AF_IB 27
#endif

struct ucm_addr {
	uint16_t family;	/* AF_INET, AF_INET6 or AF_IB; 0: none */
	uint16_t port;		/* host order */
	uint16_t ps;		/* AF_IB: of the service ID */
	uint32_t scope_id;
	uint8_t raw[16];	/* the GID: IPv4 as ::ffff:a.b.c.d */
};

/* The size of a family's struct, or 0. */
size_t ucm_addr_size(uint16_t family);
/* False: a family that is not known. sa has the size of its family. */
bool ucm_addr_parse(struct ucm_addr *addr, const void *sa);
/* The reverse, into zeroed memory; the size. */
size_t ucm_addr_format(const struct ucm_addr *addr, void *sa);
/* As AF_IB, whatever the family is; ps as of a service ID. */
void ucm_addr_format_ib(const struct ucm_addr *addr, const uint8_t gid[16],
			uint16_t ps, void *sa);

bool ucm_addr_is_any(const struct ucm_addr *addr);
bool ucm_addr_is_loopback(const struct ucm_addr *addr);
bool ucm_addr_is_multicast(const struct ucm_addr *addr);
bool ucm_addr_is_linklocal(const struct ucm_addr *addr);
bool ucm_addr_is_ipv4(const struct ucm_addr *addr);

#endif /* SKUA_UCM_ADDRESS_H */
