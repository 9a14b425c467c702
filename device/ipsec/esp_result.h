/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef SKUA_IPSEC_ESP_RESULT_H
#define SKUA_IPSEC_ESP_RESULT_H

/* What became of a frame. All but the first two are refusals, and counted. */
enum skua_esp_result {
	SKUA_ESP_OK,
	SKUA_ESP_NOT_ESP, /* in: for somebody else, and as it was */

	/* The packet around ESP, or the one to be protected. */
	SKUA_ESP_NOT_IP,    /* out: neither IPv4 nor IPv6 */
	SKUA_ESP_TRUNCATED, /* shorter than its headers say */
	SKUA_ESP_BAD_IP,    /* version, header length, checksum, extensions */
	SKUA_ESP_FRAGMENT,
	SKUA_ESP_BAD_LENGTH, /* in: too short for ESP, or not of whole words */

	/* Which SA. */
	SKUA_ESP_UNKNOWN_SPI, /* in: no SA with this SPI and destination */
	SKUA_ESP_BAD_ENCAP,   /* in: in UDP and should not be, or vice versa */
	SKUA_ESP_EXPIRED,     /* behind a hard limit */
	SKUA_ESP_EXHAUSTED,   /* out: there are no sequence numbers left */
	SKUA_ESP_TOO_BIG,     /* out: more than the path MTU, or than IP has */
	SKUA_ESP_NO_ROOM,     /* out: no memory around the frame */

	/* In: what was in it. */
	SKUA_ESP_REPLAY,
	SKUA_ESP_BAD_ICV,
	SKUA_ESP_BAD_PADDING,
	SKUA_ESP_BAD_NEXT,  /* a protocol that does not belong there */
	SKUA_ESP_BAD_INNER, /* a tunnel's packet whose header is wrong */
	SKUA_ESP_BAD_ECN,   /* RFC 6040: congestion that cannot be told of */
	SKUA_ESP_DUMMY,	    /* RFC 4303 2.6: nothing, on purpose */
	SKUA_ESP_RESULTS
};

/* One word for each, as counters have it. */
extern const char *const skua_esp_result_name[SKUA_ESP_RESULTS];

#endif /* SKUA_IPSEC_ESP_RESULT_H */
