// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* From an opcode to its handler, by way of the checks common to all (§9.1). */
#include <string.h>

#include "forget.h"
#include "fw.h"

struct skua_opcode {
	uint16_t opcode;
	uint8_t in_len;
	int (*run)(struct skua_call *c);
	/* Reserved fields inside of the input; those behind it need no entry. */
	struct {
		uint8_t off, len;
	} rsvd[4];
};

#define IN(type) sizeof(struct type)
#define RSVD(type, field)                                                       \
	{                                                                       \
		offsetof(struct type, field), sizeof(((struct type *)0)->field) \
	}
#define HANDLE_IN IN(skua_hwi_handle_in)
#define HANDLE_RSVD                            \
	{                                      \
		RSVD(skua_hwi_handle_in, rsvd) \
	}

static const struct skua_opcode opcodes[] = {
	{ SKUA_HWI_CMD_QUERY_DEVICE, 0, skua_cmd_query_device, {} },
	{ SKUA_HWI_CMD_QUERY_COUNTERS,
	  IN(skua_hwi_query_counters_in),
	  skua_cmd_query_counters,
	  { RSVD(skua_hwi_query_counters_in, rsvd) } },
	{ SKUA_HWI_CMD_SET_GID,
	  IN(skua_hwi_set_gid_in),
	  skua_cmd_set_gid,
	  { RSVD(skua_hwi_set_gid_in, rsvd) } },
	{ SKUA_HWI_CMD_SET_PORT,
	  IN(skua_hwi_set_port_in),
	  skua_cmd_set_port,
	  { RSVD(skua_hwi_set_port_in, rsvd) } },
	{ SKUA_HWI_CMD_CREATE_EQ,
	  IN(skua_hwi_create_eq_in),
	  skua_cmd_create_eq,
	  { RSVD(skua_hwi_create_eq_in, pbl.rsvd),
	    RSVD(skua_hwi_create_eq_in, rsvd0) } },
	{ SKUA_HWI_CMD_MODIFY_EQ, IN(skua_hwi_modify_eq_in), skua_cmd_modify_eq, {} },
	{ SKUA_HWI_CMD_DESTROY_EQ, HANDLE_IN, skua_cmd_destroy_eq, HANDLE_RSVD },
	{ SKUA_HWI_CMD_CREATE_PD, 0, skua_cmd_create_pd, {} },
	{ SKUA_HWI_CMD_DESTROY_PD, HANDLE_IN, skua_cmd_destroy_pd, HANDLE_RSVD },
	{ SKUA_HWI_CMD_CREATE_MKEY,
	  IN(skua_hwi_create_mkey_in),
	  skua_cmd_create_mkey,
	  { RSVD(skua_hwi_create_mkey_in, rsvd0),
	    RSVD(skua_hwi_create_mkey_in, pbl.rsvd) } },
	{ SKUA_HWI_CMD_MODIFY_MKEY,
	  IN(skua_hwi_modify_mkey_in),
	  skua_cmd_modify_mkey,
	  { RSVD(skua_hwi_modify_mkey_in, rsvd) } },
	{ SKUA_HWI_CMD_DESTROY_MKEY, HANDLE_IN, skua_cmd_destroy_mkey,
	  HANDLE_RSVD },
	{ SKUA_HWI_CMD_CREATE_CQ,
	  IN(skua_hwi_create_cq_in),
	  skua_cmd_create_cq,
	  { RSVD(skua_hwi_create_cq_in, pbl.rsvd),
	    RSVD(skua_hwi_create_cq_in, rsvd0),
	    RSVD(skua_hwi_create_cq_in, rsvd1) } },
	{ SKUA_HWI_CMD_MODIFY_CQ, IN(skua_hwi_modify_cq_in), skua_cmd_modify_cq, {} },
	{ SKUA_HWI_CMD_DESTROY_CQ, HANDLE_IN, skua_cmd_destroy_cq, HANDLE_RSVD },
	{ SKUA_HWI_CMD_CREATE_SRQ,
	  IN(skua_hwi_create_srq_in),
	  skua_cmd_create_srq,
	  { RSVD(skua_hwi_create_srq_in, pbl.rsvd),
	    RSVD(skua_hwi_create_srq_in, rsvd) } },
	{ SKUA_HWI_CMD_MODIFY_SRQ,
	  IN(skua_hwi_modify_srq_in),
	  skua_cmd_modify_srq,
	  {} },
	{ SKUA_HWI_CMD_DESTROY_SRQ, HANDLE_IN, skua_cmd_destroy_srq, HANDLE_RSVD },
	{ SKUA_HWI_CMD_QUERY_SRQ, HANDLE_IN, skua_cmd_query_srq, HANDLE_RSVD },
	{ SKUA_HWI_CMD_CREATE_QP,
	  IN(skua_hwi_create_qp_in),
	  skua_cmd_create_qp,
	  { RSVD(skua_hwi_create_qp_in, rsvd),
	    RSVD(skua_hwi_create_qp_in, sq.rsvd),
	    RSVD(skua_hwi_create_qp_in, rq.rsvd) } },
	{ SKUA_HWI_CMD_MODIFY_QP,
	  IN(skua_hwi_modify_qp_in),
	  skua_cmd_modify_qp,
	  { RSVD(skua_hwi_modify_qp_in, attr.rsvd) } },
	{ SKUA_HWI_CMD_DESTROY_QP, HANDLE_IN, skua_cmd_destroy_qp, HANDLE_RSVD },
	{ SKUA_HWI_CMD_QUERY_QP, HANDLE_IN, skua_cmd_query_qp, HANDLE_RSVD },
	{ SKUA_HWI_CMD_CREATE_SA,
	  IN(skua_hwi_create_sa_in),
	  skua_cmd_create_sa,
	  {} },
	{ SKUA_HWI_CMD_MODIFY_SA,
	  IN(skua_hwi_modify_sa_in),
	  skua_cmd_modify_sa,
	  {} },
	{ SKUA_HWI_CMD_DESTROY_SA, HANDLE_IN, skua_cmd_destroy_sa, HANDLE_RSVD },
	{ SKUA_HWI_CMD_QUERY_SA, HANDLE_IN, skua_cmd_query_sa, HANDLE_RSVD },
	{ SKUA_HWI_CMD_CREATE_FLOW,
	  IN(skua_hwi_create_flow_in),
	  skua_cmd_create_flow,
	  { RSVD(skua_hwi_create_flow_in, rsvd) } },
	{ SKUA_HWI_CMD_DESTROY_FLOW, HANDLE_IN, skua_cmd_destroy_flow,
	  HANDLE_RSVD },
	{ SKUA_HWI_CMD_QUERY_FLOW, HANDLE_IN, skua_cmd_query_flow, HANDLE_RSVD },
};

static const struct skua_opcode *skua_opcode_find(uint16_t opcode)
{
	unsigned int i;

	for (i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
		if (opcodes[i].opcode == opcode)
			return &opcodes[i];
	}
	return NULL;
}

/* BAD_PARAM at the first byte of in[off, end) that is not zero. */
static int skua_check_zero(struct skua_call *c, unsigned int off, unsigned int end)
{
	const uint8_t *in = c->in;

	for (; off < end; off++) {
		if (in[off])
			return skua_fail(c, SKUA_HWI_BAD_PARAM, off);
	}
	return SKUA_HWI_OK;
}

static int skua_check_reserved(struct skua_call *c, const struct skua_opcode *op)
{
	unsigned int i;
	int status = skua_check_zero(c, op->in_len, SKUA_HWI_CMD_IN_LEN);

	for (i = 0; !status && i < 4; i++)
		status = skua_check_zero(c, op->rsvd[i].off,
					 op->rsvd[i].off + op->rsvd[i].len);
	return status;
}

static int skua_dispatch(struct skua_call *c, const struct skua_hwi_cmd *cmd)
{
	const struct skua_opcode *op = skua_opcode_find(le16toh(cmd->opcode));
	int status;

	if (cmd->state != SKUA_HWI_CMD_POSTED)
		return SKUA_HWI_BAD_STATE;
	if (!op)
		return SKUA_HWI_BAD_OPCODE;
	/* A field of the entry itself has no offset in in[]. */
	if (cmd->rsvd0 || cmd->rsvd1)
		return skua_fail(c, SKUA_HWI_BAD_PARAM, SKUA_HWI_NONE);
	status = skua_check_reserved(c, op);
	return status ? status : op->run(c);
}

/* §9.1: who looks at these places later finds nothing. */
static void forget_key(uint8_t in[SKUA_HWI_CMD_IN_LEN], struct skua_hwi_cmd *cmd)
{
	skua_forget(in, SKUA_HWI_CMD_IN_LEN);
	skua_forget(cmd->in, sizeof(cmd->in));
}

void skua_fw_execute(struct skua_function *fn, struct skua_hwi_cmd *cmd)
{
	uint8_t in[SKUA_HWI_CMD_IN_LEN] __attribute__((aligned(8)));
	uint8_t out[SKUA_HWI_CMD_OUT_LEN] __attribute__((aligned(8))) = {};
	struct skua_call c = { .fn = fn, .in = in, .out = out };
	int status;

	memcpy(in, cmd->in, sizeof(in));
	status = skua_dispatch(&c, cmd);
	if (status)
		memset(out, 0, sizeof(out));
	memcpy(cmd->out, out, sizeof(out));
	if (le16toh(cmd->opcode) == SKUA_HWI_CMD_CREATE_SA)
		forget_key(in, cmd);
	cmd->status = status;
	cmd->syndrome = htole32(c.syndrome);
	atomic_fetch_add(&fn->commands, 1);
	if (status)
		atomic_fetch_add(&fn->command_errors, 1);
}
