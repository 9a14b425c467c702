/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* The IP header that a UD receive gets before its data (RoCEv2, annex A17). */
#ifndef SKUA_GRH_H
#define SKUA_GRH_H

#include <stdbool.h>
#include <stdint.h>

#include "packet.h"

#define SKUA_GRH_LEN 40u

bool skua_grh_is_ipv4(const struct skua_packet *pkt);
/* An IPv6 header; or 20 bytes of zero and an IPv4 header. */
void skua_grh_build(const struct skua_packet *pkt, uint8_t grh[SKUA_GRH_LEN]);

/* The largest IB MTU, 256 to 4096, for packets in an Ethernet of this MTU. */
uint32_t skua_ud_mtu(uint32_t eth_mtu);

#endif /* SKUA_GRH_H */
