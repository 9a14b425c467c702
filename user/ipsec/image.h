/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What skua-run(1) made of the file of --ipsec, in a sealed memfd that programs
 * inherit: the commands that install it. And the file of sequence numbers,
 * which outlives the programs: no number goes with the same key twice.
 */
#ifndef SKUA_USER_IPSEC_IMAGE_H
#define SKUA_USER_IPSEC_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "skua_hwi.h"

#define SKUA_IPSEC_MAGIC "skuasas1"
#define SKUA_IPSEC_MAX	 16384u /* SAs, and flows */
#define SKUA_IPSEC_NAME	 256

/* Of a file: 0, none. Packets of an SA out are counted over all programs. */
struct skua_ipsec_limits {
	uint64_t soft_packets, hard_packets, soft_bytes, hard_bytes;
};

struct skua_ipsec_sa {
	struct skua_hwi_create_sa_in create;
	uint32_t line;	 /* of the file */
	uint32_t record; /* its place in the file of numbers */
	struct skua_ipsec_limits limits;
};

struct skua_ipsec_flow {
	struct skua_hwi_create_flow_in create;
	uint32_t line;
};

/* Then the SAs, then the flows. */
struct skua_ipsec_image {
	char magic[8];
	uint32_t size; /* of all */
	uint32_t nsas, nflows;
	int32_t numbers; /* the descriptor of that file */
	char name[SKUA_IPSEC_NAME]; /* of the file of --ipsec, for messages */
	struct skua_ipsec_sa sa[];
};

static inline size_t skua_ipsec_size(uint32_t nsas, uint32_t nflows)
{
	return sizeof(struct skua_ipsec_image) +
	       nsas * sizeof(struct skua_ipsec_sa) +
	       nflows * sizeof(struct skua_ipsec_flow);
}

static inline struct skua_ipsec_flow *
skua_ipsec_flows(const struct skua_ipsec_image *image)
{
	return (struct skua_ipsec_flow *)&image->sa[image->nsas];
}

/* The file of numbers: records of SAs that there are or were, by who they are. */
struct skua_ipsec_record {
	uint8_t dst[16];
	uint32_t spi;
	uint32_t in;  /* 1: of an SA in, 0: out */
	/* Out: none above it was ever used. In: the highest that came. */
	uint64_t seq;
};

#endif /* SKUA_USER_IPSEC_IMAGE_H */
