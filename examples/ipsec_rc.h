/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef IPSEC_RC_H
#define IPSEC_RC_H

#include <stdint.h>

#include <infiniband/verbs.h>

#define KEY_LEN	 32 /* AES-256 */
#define SALT_LEN 4
#define ICV_LEN	 16
#define WINDOW	 64 /* packets that may come out of order */

/* What both ends of one direction have agreed upon, as IKE would for them. */
struct secret {
	uint32_t spi;
	uint8_t key[KEY_LEN];
	uint8_t salt[SALT_LEN];
};

/* One device, and the RC queue pair that talks. */
struct end {
	struct ibv_context *context;
	struct ibv_pd *pd;
	struct ibv_cq *cq;
	struct ibv_qp *qp;
	struct ibv_qp *ud; /* standard flows are made with such a one */
	struct ibv_mr *mr;
	uint8_t *buf;
	union ibv_gid gid;
	int gid_index;

	/* By index: what is sent, what is received. */
	struct ibv_flow_action *action[2];
	struct ibv_flow *flow[2];
};

enum { SEND, RECEIVE };

/*
 * Protect RoCE packets that end sends to peer, or receives from there. 0, or an
 * errno and nothing is left behind. The direct verbs take flags of
 * enum skuadv_esp_flags besides.
 */
int protect_by_verbs(struct end *end, const struct end *peer, int direction,
		     const struct secret *secret);
int protect_by_dv(struct end *end, const struct end *peer, int direction,
		  const struct secret *secret, uint32_t flags);

#endif /* IPSEC_RC_H */
