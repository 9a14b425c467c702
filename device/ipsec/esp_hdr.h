/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* ESP with AES-GCM on the wire: RFC 4303 2, RFC 4106 3 and 5. */
#ifndef SKUA_IPSEC_ESP_HDR_H
#define SKUA_IPSEC_ESP_HDR_H

#include "ipsec/aead.h"
#include "wire/headers.h"

/* In front of the ciphertext. */
struct skua_esp_hdr {
	__be32 spi;
	__be32 seq; /* the lower half */
	__be64 iv;
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_esp_hdr, 16);

/* At the end of what is encrypted, behind the padding. */
struct skua_esp_trailer {
	uint8_t pad_len;
	uint8_t next;
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_esp_trailer, 2);

#define SKUA_ESP_ALIGN 4u /* of the encrypted part, 2.4 */

/* RFC 4106 5: what is authenticated besides, without and with ESN. */
struct skua_esp_aad {
	__be32 spi;
	union {
		__be32 seq32;
		__be64 seq64;
	} SKUA_WIRE_HDR;
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_esp_aad, 12);

/* Fill it in; returns how many bytes it has. */
static inline uint32_t skua_esp_set_aad(struct skua_esp_aad *aad, uint32_t spi,
					uint64_t seq, bool esn)
{
	aad->spi = htobe32(spi);
	if (esn) {
		aad->seq64 = htobe64(seq);
		return 12;
	}
	aad->seq32 = htobe32(seq);
	return 8;
}

#endif /* SKUA_IPSEC_ESP_HDR_H */
