/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The firmware: commands (§9). One file for each family of objects; the table
 * in dispatch.c says what each opcode takes.
 *
 * A handler runs with fw_lock held and may therefore look objects up; it takes
 * the engine lock to change anything. It checks in the order of §9.1, and a
 * command that fails has changed nothing.
 */
#ifndef SKUA_FW_H
#define SKUA_FW_H

#include "nic.h"

/* What QUERY_DEVICE promises beyond the layouts. */
#define SKUA_MAX_FAST_REG_PAGES 1024u
#define SKUA_SPEED_GBPS		100

struct skua_call {
	struct skua_function *fn;
	const void *in; /* SKUA_HWI_CMD_IN_LEN bytes, nobody else's */
	void *out;	/* SKUA_HWI_CMD_OUT_LEN bytes of zeroes */
	uint32_t syndrome;
};

/* Execute cmd in place; status, syndrome and out[] are the answer. */
void skua_fw_execute(struct skua_function *fn, struct skua_hwi_cmd *cmd);

static inline int skua_fail(struct skua_call *c, int status, uint32_t off)
{
	c->syndrome = off;
	return status;
}

/* The answer that names a field of the input structure. */
#define BAD_PARAM(c, type, field) \
	skua_fail(c, SKUA_HWI_BAD_PARAM, offsetof(struct type, field))
#define BAD_OBJECT(c, type, field) \
	skua_fail(c, SKUA_HWI_BAD_OBJECT, offsetof(struct type, field))

/* A page list at offset off of the input has failed with status at field. */
static inline int skua_fail_pbl(struct skua_call *c, int status, uint32_t off,
				uint32_t field)
{
	return skua_fail(c, status,
			 status == SKUA_HWI_BAD_PARAM ? off + field : 0);
}

static inline uint32_t skua_in_handle(const struct skua_call *c)
{
	const struct skua_hwi_handle_in *in = c->in;

	return le32toh(in->handle);
}

static inline void skua_out_handle(struct skua_call *c, uint32_t handle)
{
	struct skua_hwi_handle_out *out = c->out;

	out->handle = htole32(handle);
}

/* device.c */
int skua_cmd_query_device(struct skua_call *c);
int skua_cmd_query_counters(struct skua_call *c);
/* port.c */
int skua_cmd_set_gid(struct skua_call *c);
int skua_cmd_set_port(struct skua_call *c);
/* eq.c */
int skua_cmd_create_eq(struct skua_call *c);
int skua_cmd_modify_eq(struct skua_call *c);
int skua_cmd_destroy_eq(struct skua_call *c);
/* pd.c */
int skua_cmd_create_pd(struct skua_call *c);
int skua_cmd_destroy_pd(struct skua_call *c);
/* mkey.c */
int skua_cmd_create_mkey(struct skua_call *c);
int skua_cmd_modify_mkey(struct skua_call *c);
int skua_cmd_destroy_mkey(struct skua_call *c);
/* cq.c */
int skua_cmd_create_cq(struct skua_call *c);
int skua_cmd_modify_cq(struct skua_call *c);
int skua_cmd_destroy_cq(struct skua_call *c);
/* srq.c */
int skua_cmd_create_srq(struct skua_call *c);
int skua_cmd_modify_srq(struct skua_call *c);
int skua_cmd_destroy_srq(struct skua_call *c);
int skua_cmd_query_srq(struct skua_call *c);
/* qp.c */
int skua_cmd_create_qp(struct skua_call *c);
int skua_cmd_destroy_qp(struct skua_call *c);
int skua_cmd_query_qp(struct skua_call *c);
/* qp_modify.c */
int skua_cmd_modify_qp(struct skua_call *c);
/* sa.c */
int skua_cmd_create_sa(struct skua_call *c);
int skua_cmd_modify_sa(struct skua_call *c);
int skua_cmd_destroy_sa(struct skua_call *c);
int skua_cmd_query_sa(struct skua_call *c);
/* flow.c */
int skua_cmd_create_flow(struct skua_call *c);
int skua_cmd_destroy_flow(struct skua_call *c);
int skua_cmd_query_flow(struct skua_call *c);

#endif /* SKUA_FW_H */
