/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Two adapters with a link between them and a QP each, on one clock. */
#ifndef SKUA_ENDS_H
#define SKUA_ENDS_H

#include "rig.h"

#define ENDS_LEN 20000u /* of the regions: five packets */

struct ends {
	struct model *m[2];
	struct model_fn *f[2];
	struct model_mr mr[2];
	struct model_pair p;
};

/* cmocka fixtures: a pair of this kind. */
int ends_rc(void **state);
int ends_rc_recovery(void **state, const enum skua_recovery how[2]);
int ends_uc(void **state);
int ends_ud(void **state);
int ends_teardown(void **state);

/* Until nothing is left to do at this time; and then at another. */
void ends_run(struct ends *e);
void ends_advance(struct ends *e, uint64_t ns);

/* From side 0 to side 1, or with a READ back; what fits a region. */
void ends_post(struct ends *e, uint8_t opcode);
/* A datagram of side 0's region, from the port that this flow label has. */
void ends_post_datagram(struct ends *e, uint32_t len, uint32_t flow_label);
void ends_fill(struct model_mr *mr, unsigned int seed);
/* A rule for the link as that side sees it. */
void ends_impair(struct ends *e, unsigned int side, const char *rule);
uint64_t ends_counter(struct ends *e, unsigned int side,
		      enum skua_hwi_link_counter which);

#endif /* SKUA_ENDS_H */
