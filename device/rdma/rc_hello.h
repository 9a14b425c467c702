/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * How two Skuas agree on selective repeat for a connection: doc/wire.md. Who
 * does not answer is a stranger, and nothing but IBTA holds towards it.
 */
#ifndef SKUA_RC_HELLO_H
#define SKUA_RC_HELLO_H

#include <stdbool.h>
#include <stdint.h>

struct skua_rc;
struct skua_packet;

struct rc_hello {
	bool busy;		/* there may be something to send */
	bool offered;		/* by this end */
	bool agreed;
	bool answer;		/* is due */
	uint8_t asked;		/* so many times */
	uint64_t next;		/* the next time, not before */
	uint32_t cookie, peer;	/* of this end, and of the other or 0 */
};

/* A connection begins, or is none any more. */
void rc_hello_begin(struct skua_rc *rc);
void rc_hello_end(struct skua_rc *rc);
/* In a turn, if busy. */
void rc_hello_turn(struct skua_rc *rc);
void rc_hello_receive(struct skua_rc *rc, struct skua_packet *pkt);

#endif /* SKUA_RC_HELLO_H */
