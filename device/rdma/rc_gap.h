/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What is missing between packets that came from a link, and when it counts
 * as lost. A packet that is only late needs nothing, so that is waited for; how
 * long is learned. What was asked for again and then came twice was late.
 */
#ifndef SKUA_RC_GAP_H
#define SKUA_RC_GAP_H

#include "reorder.h"

/* How long packets may be late. */
struct rc_patience {
	uint64_t ns;
	uint64_t raised;  /* when it was last found too short, */
	uint64_t lowered; /* or perhaps too long */
};

struct rc_gap {
	struct skua_reorder held;
	bool open;    /* something is missing */
	uint64_t due; /* then it counts as lost; 0: nothing waits */
	struct rc_patience patience;
	/* psn was asked for again; so many may come twice before it does. */
	uint8_t asked;
	uint32_t psn;
	/* What is held came again, up to psn_back: the other end went back. */
	bool back;
	uint8_t again; /* so often before what it went back for */
	uint32_t psn_back;
};

/* A repetition at time now was needed, or it was not. */
void rc_patience_needed(struct rc_patience *p, uint64_t now);
void rc_patience_needless(struct rc_patience *p, uint64_t now);

struct skua_rc;
/* Hold a packet that is early, if skua_reorder_put() can. */
void rc_gap_hold(struct skua_rc *rc, struct rc_gap *gap, struct skua_packet *pkt);
/* Something is missing, and not to be asked for before it is due. */
void rc_gap_open(struct skua_rc *rc, struct rc_gap *gap);
/* What begins with psn is asked for again. */
void rc_gap_asked(struct skua_rc *rc, struct rc_gap *gap, uint32_t psn);
/*
 * What is held came again, of which psn is a part; asked: it was asked to. True:
 * what it was asked for was lost once more, and is to be asked for at once.
 */
bool rc_gap_again(struct rc_gap *gap, uint32_t psn, bool asked);
/* What was missing is there. */
void rc_gap_found(struct rc_gap *gap);
/* A packet came though nothing misses it. */
void rc_gap_twice(struct skua_rc *rc, struct rc_gap *gap, uint32_t psn);
void rc_gap_close(struct rc_gap *gap);
void rc_gap_reset(struct skua_rc *rc, struct rc_gap *gap);

#endif /* SKUA_RC_GAP_H */
