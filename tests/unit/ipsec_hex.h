/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef IPSEC_HEX_H
#define IPSEC_HEX_H

#include <stdint.h>

/* Bytes from their digits: at most max of them, returns how many. */
uint32_t ipsec_hex(const char *digits, uint8_t *out, uint32_t max);

/* Numbers that are the same each time. */
uint32_t ipsec_random(void);

void ipsec_random_bytes(uint8_t *out, uint32_t len);

#endif /* IPSEC_HEX_H */
