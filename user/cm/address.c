// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <endian.h>
#include <netinet/in.h>
#include <string.h>

#include "address.h"

/* As the kernel has it; no header of the C library does. */
struct sockaddr_ib {
	uint16_t sib_family;
	uint16_t sib_pkey;	/* big-endian, as what follows */
	uint32_t sib_flowinfo;
	uint8_t sib_addr[16];
	uint64_t sib_sid;
	uint64_t sib_sid_mask;
	uint64_t sib_scope_id;
};

/* IBTA annex A11: 00 00 00 00 01, port space, port. */
#define SID_IP	     0x0000000001000000ull
#define SID_PS_SHIFT 16

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

size_t ucm_addr_size(uint16_t family)
{
	switch (family) {
	case AF_INET:
		return sizeof(struct sockaddr_in);
	case AF_INET6:
		return sizeof(struct sockaddr_in6);
	case AF_IB:
		return sizeof(struct sockaddr_ib);
	default:
		return 0;
	}
}

static void parse_ipv4(struct ucm_addr *addr, const void *sa)
{
	struct sockaddr_in in;

	memcpy(&in, sa, sizeof(in));
	memcpy(addr->raw, mapped, sizeof(mapped));
	memcpy(addr->raw + 12, &in.sin_addr, 4);
	addr->port = be16toh(in.sin_port);
}

static void parse_ipv6(struct ucm_addr *addr, const void *sa)
{
	struct sockaddr_in6 in6;

	memcpy(&in6, sa, sizeof(in6));
	memcpy(addr->raw, &in6.sin6_addr, 16);
	addr->port = be16toh(in6.sin6_port);
	addr->scope_id = in6.sin6_scope_id;
}

static void parse_ib(struct ucm_addr *addr, const void *sa)
{
	struct sockaddr_ib ib;
	uint64_t sid;

	memcpy(&ib, sa, sizeof(ib));
	memcpy(addr->raw, ib.sib_addr, 16);
	sid = be64toh(ib.sib_sid);
	addr->port = sid & be64toh(ib.sib_sid_mask);
	addr->ps = sid >> SID_PS_SHIFT;
}

bool ucm_addr_parse(struct ucm_addr *addr, const void *sa)
{
	memset(addr, 0, sizeof(*addr));
	memcpy(&addr->family, sa, sizeof(addr->family));
	switch (addr->family) {
	case AF_INET:
		parse_ipv4(addr, sa);
		return true;
	case AF_INET6:
		parse_ipv6(addr, sa);
		return true;
	case AF_IB:
		parse_ib(addr, sa);
		return true;
	default:
		return false;
	}
}

size_t ucm_addr_format(const struct ucm_addr *addr, void *sa)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htobe16(addr->port),
	};
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htobe16(addr->port),
		.sin6_scope_id = addr->scope_id,
	};

	switch (addr->family) {
	case AF_INET:
		memcpy(&in.sin_addr, addr->raw + 12, 4);
		memcpy(sa, &in, sizeof(in));
		break;
	case AF_INET6:
		memcpy(&in6.sin6_addr, addr->raw, 16);
		memcpy(sa, &in6, sizeof(in6));
		break;
	case AF_IB:
		ucm_addr_format_ib(addr, addr->raw, addr->ps, sa);
		break;
	}
	return ucm_addr_size(addr->family);
}

void ucm_addr_format_ib(const struct ucm_addr *addr, const uint8_t gid[16],
			uint16_t ps, void *sa)
{
	struct sockaddr_ib ib = {
		.sib_family = AF_IB,
		.sib_pkey = 0xffff,
		.sib_sid = htobe64(SID_IP | (uint64_t)ps << SID_PS_SHIFT |
				   addr->port),
		.sib_sid_mask = UINT64_MAX,
	};

	memcpy(ib.sib_addr, gid, 16);
	memcpy(sa, &ib, sizeof(ib));
}

bool ucm_addr_is_ipv4(const struct ucm_addr *addr)
{
	return !memcmp(addr->raw, mapped, sizeof(mapped));
}

bool ucm_addr_is_any(const struct ucm_addr *addr)
{
	static const uint8_t zeroes[16];

	if (addr->family == AF_INET)
		return !memcmp(addr->raw + 12, zeroes, 4);
	return !memcmp(addr->raw, zeroes, 16);
}

bool ucm_addr_is_loopback(const struct ucm_addr *addr)
{
	if (ucm_addr_is_ipv4(addr))
		return addr->raw[12] == 127;
	return !memcmp(addr->raw, &in6addr_loopback, 16);
}

bool ucm_addr_is_multicast(const struct ucm_addr *addr)
{
	if (ucm_addr_is_ipv4(addr))
		return addr->raw[12] >> 4 == 14;
	return addr->raw[0] == 0xff;
}

bool ucm_addr_is_linklocal(const struct ucm_addr *addr)
{
	return addr->family == AF_INET6 &&
	       IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)addr->raw);
}
