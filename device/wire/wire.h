/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * RoCEv2 frames from packet descriptors, and back.
 *
 * Nothing here keeps a state, allocates, or looks at memory other than its
 * arguments. Frames begin with the Ethernet header and have no FCS; they are
 * not padded to the 60 bytes that Ethernet wants.
 */
#ifndef SKUA_WIRE_H
#define SKUA_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "rdma/packet.h"
#include "wire/headers.h"
#include "wire/icrc.h"
#include "wire/result.h"

#define SKUA_WIRE_MAX_PAYLOAD 4096u
/* The longest headers: VLAN, IPv6, AtomicETH. */
#define SKUA_WIRE_MAX_HEAD                                            \
	(sizeof(struct skua_eth_hdr) + sizeof(struct skua_vlan_hdr) + \
	 sizeof(struct skua_ipv6_hdr) + sizeof(struct skua_udp_hdr) + \
	 sizeof(struct skua_bth) + sizeof(struct skua_atomic_eth))
#define SKUA_WIRE_MAX_FRAME \
	(SKUA_WIRE_MAX_HEAD + SKUA_WIRE_MAX_PAYLOAD + SKUA_ICRC_LEN)

/* Whether an address is an IPv4 one, ::ffff:a.b.c.d. */
bool skua_wire_is_ipv4(const uint8_t gid[16]);

/* From descriptors ---------------------------------------------------------- */

/* Where frames go. */
struct skua_wire_path {
	const struct skua_hwi_av *av;
	const struct skua_gid *sgid;
	uint16_t sport; /* skua_wire_sport() */
	bool ect;	/* marked as able to be told of congestion */
};

/*
 * The UDP source port of a connection, by which routers keep its packets
 * together and apart from others: of the flow label, in its 20 bits, or if it
 * has none of the two QPNs. The same numbers as the Linux kernel's.
 */
uint16_t skua_wire_sport(uint32_t flow_label, uint32_t sqpn, uint32_t dqpn);

/* The one that a descriptor's packets have. */
uint16_t skua_wire_packet_sport(const struct skua_packet *pkt);

/*
 * A descriptor with the headers that its packets have in common. To be begun
 * once a descriptor and good for as long as that.
 */
struct skua_wire_cut {
	const struct skua_packet *pkt;
	uint32_t mtu;	 /* path MTU in bytes, 256 to 4096 */
	uint32_t n;	 /* frames that it makes */
	uint32_t ip_sum; /* IPv4 header without length, identification */
	uint8_t ip;	 /* where the IP header is, */
	uint8_t bth;	 /* and the BTH */
	bool ipv4;
	uint8_t head[SKUA_WIRE_MAX_HEAD - sizeof(struct skua_atomic_eth)];
};

/* False: there is no opcode for it, or its length is not that of npsn packets. */
bool skua_wire_cut(struct skua_wire_cut *cut, const struct skua_packet *pkt,
		   const struct skua_wire_path *path, uint32_t mtu);

/* Payload of frame i: how much, and from where in the descriptor's. */
uint32_t skua_wire_payload(const struct skua_wire_cut *cut, uint32_t i,
			   uint32_t *off);

/*
 * Write the headers of frame i, up to SKUA_WIRE_MAX_HEAD bytes, and return how
 * many these are. The payload belongs behind them, then skua_wire_seal(). id is
 * the IPv4 identification: 0 will do, since nobody may fragment the packet.
 */
uint32_t skua_wire_head(const struct skua_wire_cut *cut, uint32_t i,
			uint16_t id, uint8_t *frame);

/*
 * Append padding and ICRC to the headers and payload that take the first len
 * bytes, up to 7 bytes. Returns the length of the frame.
 */
uint32_t skua_wire_seal(uint8_t *frame, uint32_t len);

/*
 * The same of a frame whose ICRC is computed as far as the payload, head bytes, while
 * there is none yet. The padding is there before; it then stands behind the payload.
 */
void skua_wire_begin_seal(const struct skua_wire_cut *cut, uint8_t *frame,
			  uint32_t head, uint32_t payload,
			  struct skua_icrc_part *icrc);
uint32_t skua_wire_end_seal(uint8_t *frame, struct skua_icrc_part *icrc);

/* A congestion notification (A17.9) to QP dqpn: a whole frame. */
uint32_t skua_wire_cnp(const struct skua_wire_path *path, uint16_t pkey,
		       uint32_t dqpn, uint16_t id, uint8_t *frame);

/* To descriptors ------------------------------------------------------------ */

/*
 * A parsed frame. pkt is as its sender would have it, of one packet: av and
 * sgid are the fields of the path below, the payload is one piece of the frame.
 * So both have to stay where they are. What a packet lacks is zero in it.
 *
 * The frame may lie in memory that its sender can still write to. It is only
 * the copy of its headers that is judged, and the payload is no more than a
 * place; what is written there later has not been looked at.
 */
struct skua_wire_frame {
	uint8_t head[SKUA_WIRE_MAX_HEAD];
	struct skua_packet pkt;
	struct skua_hwi_av av; /* VLAN and SL too; the ECN bits of the class */
	struct skua_gid sgid;
	struct skua_piece payload;
	struct skua_icrc_check icrc; /* of which pkt.icrc tells */
	uint32_t len;		     /* of all of it; 0: there is no packet */
	uint16_t icrc_at;	     /* in the frame; 0: not known */
	uint8_t ip;		     /* header, in the frame */
	uint8_t last_word; /* of the BTH; 0: there are extended headers */
	uint16_t id; /* IPv4 identification */
	uint8_t opcode;
	uint8_t pad;
	uint8_t ecn; /* SKUA_ECN_* */
	bool ipv4;
	bool migreq;
	bool fecn, becn;
	bool cnp; /* pkt says only pkey and dqpn */
};

/*
 * len bytes at frame, which may have been padded by Ethernet. With anything
 * but SKUA_WIRE_OK the contents of *out mean nothing.
 */
enum skua_wire_result skua_wire_parse(const uint8_t *frame, uint32_t len,
				      struct skua_wire_frame *out);
/*
 * The same if the IPv4 identification is a guess, as where the headers were
 * made up of what a UDP socket tells. Any other will do, icrc.h says what that
 * costs, and the one it was is in the id of *out.
 */
enum skua_wire_result skua_wire_parse_guessed(const uint8_t *frame,
					      uint32_t len,
					      struct skua_wire_frame *out);

/* Whom a frame is from, and so what of its ICRC is looked at. */
enum skua_wire_trust {
	SKUA_WIRE_EXACT,  /* all */
	SKUA_WIRE_ANY_ID, /* as above, the identification is a guess */
	/*
	 * That, but somebody with an SA has sent it. Perhaps it is not looked at
	 * yet: then pkt.icrc points to what there is, which is as far as the payload.
	 */
	SKUA_WIRE_OPENED,
};

/*
 * The same of one of several frames. *out is what it was after the one before it, its
 * len was set to 0 before the first; that frame need not be there any more.
 */
enum skua_wire_result skua_wire_parse_next(const uint8_t *frame, uint32_t len,
					   enum skua_wire_trust trust,
					   struct skua_wire_frame *out);

#endif /* SKUA_WIRE_H */
