/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Frames that come to an impairment, and those that leave it. */
#ifndef IMPAIR_RIG_H
#define IMPAIR_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "impair.h"

#define RC_SEND_ONLY  4
#define RC_WRITE_LAST 8
#define RC_ACK	      17

/* What a frame is to be made of; all 0 is a plain RC packet over IPv4. */
struct made {
	bool ip6;
	unsigned int tags;	/* of VLANs */
	uint8_t opcode;
	uint32_t qp, psn;
	uint32_t payload;	/* bytes */
	uint8_t ecn;
	uint16_t port;		/* 0: that of RoCEv2 */
};

/* In buf, of SKUA_FRAME_MAX bytes. Payload and ICRC are no real ones. */
struct skua_frame make_frame(uint8_t *buf, const struct made *m);

/* The sum of an IPv4 header's words, RFC 1071: 0xffff when it is right. */
uint16_t ip4_sum(const uint8_t *header);

struct gone {
	uint32_t psn;		/* of the packet, 0 if it is none */
	uint32_t len;
	char comment[128];	/* "" if there was none */
	uint8_t data[128];	/* the beginning of it */
};

#define RIG_GONE 4096

struct rig {
	struct skua_impair *im;
	uint64_t now;
	unsigned int gones, losts;
	struct gone gone[RIG_GONE], lost;
};

extern struct rig rig;

int rig_setup(void **state);
int rig_teardown(void **state);
/* It is right, and its number. */
int rig_add(const char *rule);
/* One frame; how many have gone on because of it. */
unsigned int rig_send(enum skua_link_dir dir, const struct made *m);
unsigned int rig_frame(enum skua_link_dir dir, struct skua_frame f);
uint64_t rig_run(enum skua_link_dir dir, uint64_t now);
struct skua_impair_rule rig_rule(unsigned int i);
struct skua_impair_stats rig_stats(void);

#define rig_test(t) cmocka_unit_test_setup_teardown(t, rig_setup, rig_teardown)

#endif /* IMPAIR_RIG_H */
