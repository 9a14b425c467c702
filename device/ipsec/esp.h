/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * ESP (RFC 4303) of whole Ethernet frames, in bursts: plain ones become those
 * of an SA, and what comes is opened by the SA that it names.
 *
 * Frames begin with the Ethernet header, may have one VLAN tag, and have no
 * FCS. The addresses in the Ethernet header stay as they are; its type follows
 * the outer or inner packet of a tunnel. Nothing here allocates, locks, or
 * keeps a frame.
 */
#ifndef SKUA_IPSEC_ESP_H
#define SKUA_IPSEC_ESP_H

#include <stdint.h>

#include "ipsec/esp_result.h"
#include "ipsec/sa.h"

/*
 * Bytes that a frame grows by, at most: in front ESP header and IV, UDP, a
 * tunnel's IPv6 header; behind it padding, its length, next header, ICV.
 */
#define SKUA_ESP_HEADROOM (8u + 8u + 8u + 40u)
#define SKUA_ESP_TAILROOM (3u + 2u + SKUA_AEAD_MAX_ICV)

/* Frames that are given to the cipher together; longer bursts are cut. */
#define SKUA_ESP_BURST 32u

/*
 * A frame, where it is and where it is afterwards. Both are the caller's
 * memory. What is in a frame is read more than once: where others may still
 * write to it, "to" is for. Of a refused frame data and len stay as they were;
 * the bytes there may be gone.
 */
struct skua_esp_frame {
	uint8_t *data; /* in and out */
	uint32_t len;  /* in and out */
	/* Out: bytes before and behind it that may be written. */
	uint32_t headroom, tailroom;
	/*
	 * NULL: in place. Else what comes out lies in the len +
	 * SKUA_ESP_HEADROOM + SKUA_ESP_TAILROOM bytes here, which have none of
	 * the old frame's.
	 *
	 * Out: it begins here, and nothing but what may be seen is ever written
	 * here, so that this may be memory of a link. The old frame needs no
	 * headroom then, but its tailroom.
	 * In: what is looked at is copied here first, and only the copy is looked
	 * at. The cipher reads the text where the frame is, each byte once, and
	 * writes it here. If no key was tried, all of the frame is here.
	 */
	uint8_t *to;
	/*
	 * Out: by whom it is to be protected.
	 * In, set: the SA that opened or refused it, or NULL.
	 */
	struct skua_sa *sa;
	struct skua_sa *likely; /* In: whose it may be (skua_sa_expect()), or NULL */
	enum skua_esp_result result; /* set */
};

/*
 * Protect n frames by outbound SAs, each by its own, in their order. Frames
 * that cannot be are refused, and use up no sequence number. Transport mode
 * takes whole packets only, tunnels take fragments too.
 *
 * Who calls has chosen the SAs: addresses are not compared with the SA's, and
 * tunnels know no route, so the Ethernet addresses have to be those of the way
 * to sa->dst. A packet that came out and is not sent after all is lost like any
 * other, its number and IV are not used again. If there may be many SAs,
 * skua_sa_prefetch() was called for each as soon as it was chosen.
 *
 * Returns how many came out, with result SKUA_ESP_OK.
 */
unsigned int skua_esp_out(struct skua_esp_frame *f, unsigned int n);

/*
 * Open n frames that came, of any SAs of the table. What is not ESP has result
 * SKUA_ESP_NOT_ESP and is as it was (also in UDP: IKE, and keepalives, RFC 3948
 * 2.2 and 2.3). IP that is malformed before anybody can tell is refused.
 *
 * What an SA with CRYPTO has opened is as it was, but in the clear, whatever its
 * number: trailer and window are the driver's.
 *
 * Whether this SA may carry what was in it is the caller's question: no policy
 * is looked at here. Returns how many have result SKUA_ESP_OK.
 */
unsigned int skua_esp_in(struct skua_sa_table *t, struct skua_esp_frame *f,
			 unsigned int n);

/*
 * Whether len bytes at frame look like ESP behind the usual headers. It is no more
 * than a hint: the frame may be its sender's to write.
 */
bool skua_esp_seen(const uint8_t *frame, uint32_t len);

/*
 * If they do: true, and for skua_sa_expect() where the SA would be looked for.
 */
bool skua_esp_peek(const struct skua_sa_table *t, const uint8_t *frame,
		   uint32_t len, uint64_t *hash);

/*
 * The cipher only, for an outbound SA with CRYPTO: a frame whose packet is ESP of
 * this SA, with its trailer and room for the ICV, and the whole sequence number
 * as its IV. SKUA_ESP_OK, or why not: _REPLAY, the number was used before or is
 * too far behind; _EXHAUSTED, IV and number are not the same.
 */
enum skua_esp_result skua_esp_seal_made(struct skua_sa *sa, uint8_t *frame,
					uint32_t len);

/*
 * The longest IP packet that fits, protected by an outbound SA, into IP packets
 * of mtu bytes; 0 if none does.
 */
uint32_t skua_esp_inner_mtu(const struct skua_sa *sa, uint32_t mtu);

#endif /* SKUA_IPSEC_ESP_H */
