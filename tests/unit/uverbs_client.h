/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* A program that gives commands to user mode itself: no libibverbs between. */
#ifndef UVERBS_CLIENT_H
#define UVERBS_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include <rdma/ib_user_verbs.h>

#include "rdma/skua-abi.h"

#define CLIENT_PAGE  4096u
#define CLIENT_PAGES 16u
/* Nothing can be written there. */
#define CLIENT_NOWHERE 8u

struct client {
	int fd, async_fd;
	uint32_t pd;
	uint8_t *mem; /* CLIENT_PAGES, for rings */
};

/* cmocka's fixture: a context with a protection domain. */
int client_setup(void **state);
int client_teardown(void **state);

/* Without one. */
int client_open(void);
/* All return 0, or the errno of the command. */
int client_give(int fd, uint32_t command, void *cmd, size_t len, size_t out);
int client_get_context(int fd, void *resp, int *async_fd);
int client_alloc_pd(int fd, void *resp, uint32_t *pd);
int client_dealloc_pd(int fd, uint32_t pd);

struct client_cq_resp {
	struct ib_uverbs_create_cq_resp core;
	struct skua_uresp_create_cq drv;
};
/* resp may be nowhere, here and below. 16 entries, in the first page. */
int client_create_cq(struct client *c, int channel, uint8_t rsvd,
		     struct client_cq_resp *resp);
int client_destroy_cq(struct client *c, uint32_t cq);
int client_create_channel(struct client *c, int *channel);

struct client_srq_resp {
	struct ib_uverbs_create_srq_resp core;
	struct skua_uresp_create_srq drv;
};
int client_create_srq(struct client *c, const struct skua_ureq_create_srq *req,
		      struct client_srq_resp *resp);

struct client_qp {
	struct ib_uverbs_create_qp core;
	struct skua_ureq_create_qp drv;
};
struct client_qp_resp {
	struct ib_uverbs_create_qp_resp core;
	struct skua_uresp_create_qp drv;
};
/* A UD QP of 64 blocks and 16 receives, on cq. */
struct client_qp client_qp(const struct client *c, uint32_t cq);
int client_create_qp(struct client *c, const struct client_qp *qp,
		     struct client_qp_resp *resp);
int client_destroy_qp(struct client *c, uint32_t qp);
int client_modify_qp(struct client *c, const struct ib_uverbs_modify_qp *in);

#endif /* UVERBS_CLIENT_H */
