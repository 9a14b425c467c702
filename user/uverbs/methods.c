// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The methods that there are. Most are a write command by another name, and run
 * that; the attributes are those of ib_uverbs, for a program can tell.
 */
#include <rdma/ib_user_ioctl_verbs.h>

#include "method.h"
#include "skua_translate_qp.h"

/* Run a write command on parts of our own. */
static int call(struct uv_args *a, int (*run)(struct uv_call *c), const void *in,
		size_t in_len, void *out, size_t out_len)
{
	a->call.in = in;
	a->call.in_len = in_len;
	a->call.out = out;
	a->call.out_len = out_len;
	return run(&a->call);
}

#define CALL(a, run, in, out) call(a, run, in, sizeof(*(in)), out, sizeof(*(out)))

/* The device ------------------------------------------------------------------- */

static int invoke_write(struct uv_args *a)
{
	struct uv_parts p;
	uint64_t in, drv;
	int err;

	in = uv_arg_bytes(a, UVERBS_ATTR_CORE_IN, &p.in_len);
	drv = uv_arg_bytes(a, UVERBS_ATTR_UHW_IN, &p.drv_len);
	p.in = (const uint8_t *)(uintptr_t)in;
	p.drv = (const uint8_t *)(uintptr_t)drv;
	p.out = uv_arg_bytes(a, UVERBS_ATTR_CORE_OUT, &p.out_len);
	p.drv_out = uv_arg_bytes(a, UVERBS_ATTR_UHW_OUT, &p.drv_out_len);
	err = uv_command_parts(&a->call, uv_arg(a, UVERBS_ATTR_WRITE_CMD), &p);
	if (!err)
		err = uv_arg_written(a, UVERBS_ATTR_CORE_OUT);
	return err ? err : uv_arg_written(a, UVERBS_ATTR_UHW_OUT);
}

static int answer_context(struct uv_args *a, uint16_t vectors_id,
			  uint16_t support_id)
{
	const uint32_t vectors = skua_user_vectors();
	const uint64_t support = IB_UVERBS_CORE_SUPPORT_OPTIONAL_MR_ACCESS;
	int err;

	err = uv_arg_out(a, vectors_id, &vectors, sizeof(vectors));
	return err ? err : uv_arg_out(a, support_id, &support, sizeof(support));
}

static int get_context(struct uv_args *a)
{
	int err = uv_context_open(&a->call);

	return err ? err
		   : answer_context(a, UVERBS_ATTR_GET_CONTEXT_NUM_COMP_VECTORS,
				    UVERBS_ATTR_GET_CONTEXT_CORE_SUPPORT);
}

static int query_context(struct uv_args *a)
{
	return answer_context(a, UVERBS_ATTR_QUERY_CONTEXT_NUM_COMP_VECTORS,
			      UVERBS_ATTR_QUERY_CONTEXT_CORE_SUPPORT);
}

static int query_port(struct uv_args *a)
{
	struct ib_uverbs_query_port_resp_ex out = { 0 };

	if (uv_arg(a, UVERBS_ATTR_QUERY_PORT_PORT_NUM) != SKUA_IB_PORT)
		return -EINVAL;
	uv_fill_port(a->ctx, &out.legacy_resp);
	return uv_arg_out(a, UVERBS_ATTR_QUERY_PORT_RESP, &out, sizeof(out));
}

static void gid_entry(const struct skua_user_dev *dev, uint32_t index,
		      struct ib_uverbs_gid_entry *e)
{
	*e = (struct ib_uverbs_gid_entry){
		.gid_index = index,
		.port_num = SKUA_IB_PORT,
		.gid_type = IB_UVERBS_GID_TYPE_ROCE_V2,
		.netdev_ifindex = dev->gid[index].ifindex,
	};
	memcpy(e->gid, dev->gid[index].raw, sizeof(e->gid));
}

static int query_gid_entry(struct uv_args *a)
{
	const struct skua_user_dev *dev = a->ctx->dev;
	uint64_t index = uv_arg(a, UVERBS_ATTR_QUERY_GID_ENTRY_GID_INDEX);
	struct ib_uverbs_gid_entry entry;

	if (uv_arg(a, UVERBS_ATTR_QUERY_GID_ENTRY_PORT) != SKUA_IB_PORT ||
	    index >= SKUA_HWI_MAX_GID ||
	    uv_arg(a, UVERBS_ATTR_QUERY_GID_ENTRY_FLAGS))
		return -EINVAL;
	if (index >= dev->ngids)
		return -ENODATA;
	gid_entry(dev, index, &entry);
	return uv_arg_out(a, UVERBS_ATTR_QUERY_GID_ENTRY_RESP_ENTRY, &entry,
			  sizeof(entry));
}

/* Entries of the size that the program has for them. */
static int query_gid_table(struct uv_args *a)
{
	const struct skua_user_dev *dev = a->ctx->dev;
	uint64_t size = uv_arg(a, UVERBS_ATTR_QUERY_GID_TABLE_ENTRY_SIZE);
	struct ib_uverbs_gid_entry entry;
	uint64_t n = dev->ngids;
	size_t room;
	uint8_t *all;
	uint32_t i;
	int err;

	uv_arg_bytes(a, UVERBS_ATTR_QUERY_GID_TABLE_RESP_ENTRIES, &room);
	if (uv_arg(a, UVERBS_ATTR_QUERY_GID_TABLE_FLAGS) ||
	    size < sizeof(entry) || size > room || room / size < n)
		return -EINVAL;
	all = calloc(n + 1, size);
	if (!all)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		gid_entry(dev, i, &entry);
		memcpy(all + i * size, &entry, sizeof(entry));
	}
	err = uv_arg_out(a, UVERBS_ATTR_QUERY_GID_TABLE_RESP_ENTRIES, all,
			 n * size);
	free(all);
	return err ? err
		   : uv_arg_out(a, UVERBS_ATTR_QUERY_GID_TABLE_RESP_NUM_ENTRIES,
				&n, sizeof(n));
}

static int alloc_async(struct uv_args *a)
{
	int err = uv_async_open(&a->call);

	return err ? err
		   : uv_arg_new(a, UVERBS_ATTR_ASYNC_EVENT_ALLOC_FD_HANDLE,
				a->call.fd);
}

/* Queues ----------------------------------------------------------------------- */

static int create_cq(struct uv_args *a)
{
	const struct ib_uverbs_ex_create_cq in = {
		.user_handle = uv_arg(a, UVERBS_ATTR_CREATE_CQ_USER_HANDLE),
		.cqe = uv_arg(a, UVERBS_ATTR_CREATE_CQ_CQE),
		.comp_vector = uv_arg(a, UVERBS_ATTR_CREATE_CQ_COMP_VECTOR),
		.comp_channel =
			uv_arg_has(a, UVERBS_ATTR_CREATE_CQ_COMP_CHANNEL) ?
				(int)uv_arg(a,
					    UVERBS_ATTR_CREATE_CQ_COMP_CHANNEL) :
				-1,
		.flags = uv_arg(a, UVERBS_ATTR_CREATE_CQ_FLAGS),
	};
	struct ib_uverbs_ex_create_cq_resp out = { 0 };
	int err;

	if (in.flags & ~(IB_UVERBS_CQ_FLAGS_TIMESTAMP_COMPLETION |
			 IB_UVERBS_CQ_FLAGS_IGNORE_OVERRUN))
		return -EINVAL;
	err = CALL(a, uv_create_cq_ex, &in, &out);
	if (!err)
		err = uv_arg_new(a, UVERBS_ATTR_CREATE_CQ_HANDLE,
				 out.base.cq_handle);
	return err ? err
		   : uv_arg_out(a, UVERBS_ATTR_CREATE_CQ_RESP_CQE,
				&out.base.cqe, sizeof(out.base.cqe));
}

static int destroy_cq(struct uv_args *a)
{
	const struct ib_uverbs_destroy_cq in = {
		.cq_handle = uv_arg(a, UVERBS_ATTR_DESTROY_CQ_HANDLE),
	};
	struct ib_uverbs_destroy_cq_resp out = { 0 };
	int err = CALL(a, uv_destroy_cq, &in, &out);

	return err ? err
		   : uv_arg_out(a, UVERBS_ATTR_DESTROY_CQ_RESP, &out,
				sizeof(out));
}

static int create_srq(struct uv_args *a)
{
	const struct ib_uverbs_create_xsrq in = {
		.user_handle = uv_arg(a, UVERBS_ATTR_CREATE_SRQ_USER_HANDLE),
		.srq_type = uv_arg(a, UVERBS_ATTR_CREATE_SRQ_TYPE),
		.pd_handle = uv_arg(a, UVERBS_ATTR_CREATE_SRQ_PD_HANDLE),
		.max_wr = uv_arg(a, UVERBS_ATTR_CREATE_SRQ_MAX_WR),
		.max_sge = uv_arg(a, UVERBS_ATTR_CREATE_SRQ_MAX_SGE),
		.srq_limit = uv_arg(a, UVERBS_ATTR_CREATE_SRQ_LIMIT),
	};
	struct ib_uverbs_create_srq_resp out = { 0 };
	int err = CALL(a, uv_create_xsrq, &in, &out);

	if (!err)
		err = uv_arg_new(a, UVERBS_ATTR_CREATE_SRQ_HANDLE,
				 out.srq_handle);
	if (!err)
		err = uv_arg_out(a, UVERBS_ATTR_CREATE_SRQ_RESP_MAX_WR,
				 &out.max_wr, sizeof(out.max_wr));
	return err ? err
		   : uv_arg_out(a, UVERBS_ATTR_CREATE_SRQ_RESP_MAX_SGE,
				&out.max_sge, sizeof(out.max_sge));
}

static int destroy_srq(struct uv_args *a)
{
	const struct ib_uverbs_destroy_srq in = {
		.srq_handle = uv_arg(a, UVERBS_ATTR_DESTROY_SRQ_HANDLE),
	};
	struct ib_uverbs_destroy_srq_resp out = { 0 };
	int err = CALL(a, uv_destroy_srq, &in, &out);

	return err ? err
		   : uv_arg_out(a, UVERBS_ATTR_DESTROY_SRQ_RESP, &out,
				sizeof(out));
}

#define QP_FLAGS                                         \
	(IB_UVERBS_QP_CREATE_BLOCK_MULTICAST_LOOPBACK |  \
	 IB_UVERBS_QP_CREATE_SCATTER_FCS |               \
	 IB_UVERBS_QP_CREATE_CVLAN_STRIPPING |           \
	 IB_UVERBS_QP_CREATE_PCI_WRITE_END_PADDING |     \
	 IB_UVERBS_QP_CREATE_SQ_SIG_ALL)

static int answer_qp(struct uv_args *a,
		     const struct ib_uverbs_create_qp_resp *out)
{
	const struct ib_uverbs_qp_cap cap = {
		.max_send_wr = out->max_send_wr,
		.max_recv_wr = out->max_recv_wr,
		.max_send_sge = out->max_send_sge,
		.max_recv_sge = out->max_recv_sge,
		.max_inline_data = out->max_inline_data,
	};
	int err;

	err = uv_arg_new(a, UVERBS_ATTR_CREATE_QP_HANDLE, out->qp_handle);
	if (!err)
		err = uv_arg_out(a, UVERBS_ATTR_CREATE_QP_RESP_CAP, &cap,
				 sizeof(cap));
	return err ? err
		   : uv_arg_out(a, UVERBS_ATTR_CREATE_QP_RESP_QP_NUM,
				&out->qpn, sizeof(out->qpn));
}

static int create_qp(struct uv_args *a)
{
	uint64_t flags = uv_arg(a, UVERBS_ATTR_CREATE_QP_FLAGS);
	struct ib_uverbs_ex_create_qp in = {
		.user_handle = uv_arg(a, UVERBS_ATTR_CREATE_QP_USER_HANDLE),
		.pd_handle = uv_arg(a, UVERBS_ATTR_CREATE_QP_PD_HANDLE),
		.send_cq_handle = uv_arg(a, UVERBS_ATTR_CREATE_QP_SEND_CQ_HANDLE),
		.recv_cq_handle = uv_arg(a, UVERBS_ATTR_CREATE_QP_RECV_CQ_HANDLE),
		.srq_handle = uv_arg(a, UVERBS_ATTR_CREATE_QP_SRQ_HANDLE),
		.is_srq = uv_arg_has(a, UVERBS_ATTR_CREATE_QP_SRQ_HANDLE),
		.create_flags = flags & ~IB_UVERBS_QP_CREATE_SQ_SIG_ALL,
		.sq_sig_all = !!(flags & IB_UVERBS_QP_CREATE_SQ_SIG_ALL),
	};
	uint64_t type = uv_arg(a, UVERBS_ATTR_CREATE_QP_TYPE);
	struct ib_uverbs_ex_create_qp_resp out = { 0 };
	struct ib_uverbs_qp_cap cap;
	int err;

	if (flags & ~(uint64_t)QP_FLAGS || type > UINT8_MAX)
		return -EINVAL;
	if (!uv_arg_has(a, UVERBS_ATTR_CREATE_QP_PD_HANDLE))
		return -ENOENT;
	if (!uv_arg_has(a, UVERBS_ATTR_CREATE_QP_SEND_CQ_HANDLE) ||
	    !uv_arg_has(a, UVERBS_ATTR_CREATE_QP_RECV_CQ_HANDLE))
		return -EINVAL;
	if (uv_arg_has(a, UVERBS_ATTR_CREATE_QP_SOURCE_QPN))
		return -EOPNOTSUPP;
	err = uv_arg_copy(a, UVERBS_ATTR_CREATE_QP_CAP, &cap, sizeof(cap));
	if (err)
		return err;
	in.qp_type = type;
	in.max_send_wr = cap.max_send_wr;
	in.max_recv_wr = cap.max_recv_wr;
	in.max_send_sge = cap.max_send_sge;
	in.max_recv_sge = cap.max_recv_sge;
	in.max_inline_data = cap.max_inline_data;
	err = CALL(a, uv_create_qp_ex, &in, &out);
	return err ? err : answer_qp(a, &out.base);
}

static int destroy_qp(struct uv_args *a)
{
	const struct ib_uverbs_destroy_qp in = {
		.qp_handle = uv_arg(a, UVERBS_ATTR_DESTROY_QP_HANDLE),
	};
	struct ib_uverbs_destroy_qp_resp out = { 0 };
	int err = CALL(a, uv_destroy_qp, &in, &out);

	return err ? err
		   : uv_arg_out(a, UVERBS_ATTR_DESTROY_QP_RESP, &out,
				sizeof(out));
}

/* The rest --------------------------------------------------------------------- */

/* Objects whose going tells nothing; their handle is all that there is. */
static int destroy_pd(struct uv_args *a)
{
	const struct ib_uverbs_dealloc_pd in = {
		.pd_handle = uv_arg(a, UVERBS_ATTR_DESTROY_PD_HANDLE),
	};

	return call(a, uv_dealloc_pd, &in, sizeof(in), NULL, 0);
}

static int destroy_ah(struct uv_args *a)
{
	const struct ib_uverbs_destroy_ah in = {
		.ah_handle = uv_arg(a, UVERBS_ATTR_DESTROY_AH_HANDLE),
	};

	return call(a, uv_destroy_ah, &in, sizeof(in), NULL, 0);
}

static int destroy_mw(struct uv_args *a)
{
	const struct ib_uverbs_dealloc_mw in = {
		.mw_handle = uv_arg(a, UVERBS_ATTR_DESTROY_MW_HANDLE),
	};

	return call(a, uv_dealloc_mw, &in, sizeof(in), NULL, 0);
}

static int destroy_mr(struct uv_args *a)
{
	const struct ib_uverbs_dereg_mr in = {
		.mr_handle = uv_arg(a, UVERBS_ATTR_DESTROY_MR_HANDLE),
	};

	return call(a, uv_dereg_mr, &in, sizeof(in), NULL, 0);
}

static int query_mr(struct uv_args *a)
{
	const struct uv_mr *mr =
		(struct uv_mr *)a->object[UVERBS_ATTR_QUERY_MR_HANDLE];
	const uint32_t *key = &mr->obj.number;
	int err;

	err = uv_arg_out(a, UVERBS_ATTR_QUERY_MR_RESP_LKEY, key, sizeof(*key));
	if (!err)
		err = uv_arg_out(a, UVERBS_ATTR_QUERY_MR_RESP_RKEY, key,
				 sizeof(*key));
	if (!err)
		err = uv_arg_out(a, UVERBS_ATTR_QUERY_MR_RESP_LENGTH,
				 &mr->length, sizeof(mr->length));
	return err ? err
		   : uv_arg_out(a, UVERBS_ATTR_QUERY_MR_RESP_IOVA, &mr->iova,
				sizeof(mr->iova));
}

static int destroy_flow(struct uv_args *a)
{
	const struct ib_uverbs_destroy_flow in = {
		.flow_handle = uv_arg(a, UVERBS_ATTR_DESTROY_FLOW_HANDLE),
	};

	return call(a, uv_destroy_flow, &in, sizeof(in), NULL, 0);
}

/* Methods of objects that there are, which ask the driver for what it lacks. */
static int lacking(struct uv_args *a)
{
	(void)a;
	return -EOPNOTSUPP;
}

#define FIXED(size) .min = (size), .max = (size)
#define IN(size)    { .kind = UV_ATTR_IN, .must = true, FIXED(size) }
#define OUT(size)   { .kind = UV_ATTR_OUT, .must = true, FIXED(size) }
#define IN_OPT(size)  { .kind = UV_ATTR_IN, FIXED(size) }
#define OUT_OPT(size) { .kind = UV_ATTR_OUT, FIXED(size) }
/* A structure that had last as its last member in the beginning. */
#define STRUCT(kind_, type, last)                                       \
	{ .kind = (kind_), .must = true, .grows = true,                 \
	  .min = offsetof(type, last) + sizeof(((type *)0)->last),      \
	  .max = sizeof(type) }
#define ANY(kind_, min_) { .kind = (kind_), .min = (min_), .max = UINT16_MAX }
#define CONST	       IN(8)
#define FLAGS	       { .kind = UV_ATTR_IN, .min = 4, .max = 8 }
#define NEW	       { .kind = UV_ATTR_NEW, .must = true }
#define OBJECT(type_)  { .kind = UV_ATTR_OBJECT, .must = true, .type = (type_) }
#define OBJECT_OPT(type_) { .kind = UV_ATTR_OBJECT, .type = (type_) }
/* The handle of what cannot be: there is none of its type. */
#define NO_OBJECT      OBJECT_OPT(UV_TYPES)
#define ASYNC_FD       { .kind = UV_ATTR_ASYNC }
#define CHANNEL_FD     { .kind = UV_ATTR_CHANNEL }

#define ENUM(elems, must_)                                       \
	{ .kind = UV_ATTR_ENUM, .must = (must_), .elem = (elems), \
	  .type = sizeof(elems) / sizeof((elems)[0]) }

#define A(name) [UVERBS_ATTR_##name]
/* Of the driver's space. */
#define D(name) [SKUA_IB_ATTR_##name - (1u << UVERBS_ID_NS_SHIFT)]

static const struct uv_attr_spec esp_keymat[] = {
	[IB_UVERBS_FLOW_ACTION_ESP_KEYMAT_AES_GCM] = STRUCT(
		UV_ATTR_IN, struct ib_uverbs_flow_action_esp_keymat_aes_gcm,
		aes_key),
};

static const struct uv_attr_spec esp_replay[] = {
	[IB_UVERBS_FLOW_ACTION_ESP_REPLAY_NONE] = { .kind = UV_ATTR_IN },
	[IB_UVERBS_FLOW_ACTION_ESP_REPLAY_BMP] = STRUCT(
		UV_ATTR_IN, struct ib_uverbs_flow_action_esp_replay_bmp, size),
};

static const struct uv_method methods[] = {
	{
		.object = UVERBS_OBJECT_DEVICE,
		.id = UVERBS_METHOD_INVOKE_WRITE,
		.run = invoke_write,
		.early = true,
		.udata = true,
		.attr = {
			A(CORE_IN) = ANY(UV_ATTR_IN, 4),
			A(CORE_OUT) = ANY(UV_ATTR_OUT, 0),
			A(WRITE_CMD) = CONST,
		},
	}, {
		.object = UVERBS_OBJECT_DEVICE,
		.id = UVERBS_METHOD_GET_CONTEXT,
		.run = get_context,
		.early = true,
		.udata = true,
		.drv_out = sizeof(struct skua_uresp_alloc_ucontext),
		.attr = {
			A(GET_CONTEXT_NUM_COMP_VECTORS) = OUT_OPT(4),
			A(GET_CONTEXT_CORE_SUPPORT) = OUT_OPT(8),
		},
	}, {
		.object = UVERBS_OBJECT_DEVICE,
		.id = UVERBS_METHOD_QUERY_CONTEXT,
		.run = query_context,
		.attr = {
			A(QUERY_CONTEXT_NUM_COMP_VECTORS) = OUT_OPT(4),
			A(QUERY_CONTEXT_CORE_SUPPORT) = OUT_OPT(8),
		},
	}, {
		.object = UVERBS_OBJECT_DEVICE,
		.id = UVERBS_METHOD_QUERY_PORT,
		.run = query_port,
		.attr = {
			A(QUERY_PORT_PORT_NUM) = CONST,
			A(QUERY_PORT_RESP) =
				STRUCT(UV_ATTR_OUT,
				       struct ib_uverbs_query_port_resp_ex,
				       reserved),
		},
	}, {
		.object = UVERBS_OBJECT_DEVICE,
		.id = UVERBS_METHOD_QUERY_GID_ENTRY,
		.run = query_gid_entry,
		.attr = {
			A(QUERY_GID_ENTRY_PORT) = CONST,
			A(QUERY_GID_ENTRY_GID_INDEX) = CONST,
			A(QUERY_GID_ENTRY_FLAGS) = FLAGS,
			A(QUERY_GID_ENTRY_RESP_ENTRY) =
				STRUCT(UV_ATTR_OUT, struct ib_uverbs_gid_entry,
				       netdev_ifindex),
		},
	}, {
		.object = UVERBS_OBJECT_DEVICE,
		.id = UVERBS_METHOD_QUERY_GID_TABLE,
		.run = query_gid_table,
		.attr = {
			A(QUERY_GID_TABLE_ENTRY_SIZE) = CONST,
			A(QUERY_GID_TABLE_FLAGS) = FLAGS,
			A(QUERY_GID_TABLE_RESP_ENTRIES) = {
				.kind = UV_ATTR_OUT,
				.must = true,
				.max = UINT16_MAX,
			},
			A(QUERY_GID_TABLE_RESP_NUM_ENTRIES) = OUT(8),
		},
	}, {
		.object = UVERBS_OBJECT_ASYNC_EVENT,
		.id = UVERBS_METHOD_ASYNC_EVENT_ALLOC,
		.run = alloc_async,
		.attr = { A(ASYNC_EVENT_ALLOC_FD_HANDLE) = NEW },
	}, {
		.object = UVERBS_OBJECT_PD,
		.id = UVERBS_METHOD_PD_DESTROY,
		.run = destroy_pd,
		.attr = { A(DESTROY_PD_HANDLE) = OBJECT(UV_PD) },
	}, {
		.object = UVERBS_OBJECT_AH,
		.id = UVERBS_METHOD_AH_DESTROY,
		.run = destroy_ah,
		.attr = { A(DESTROY_AH_HANDLE) = OBJECT(UV_AH) },
	}, {
		.object = UVERBS_OBJECT_CQ,
		.id = UVERBS_METHOD_CQ_CREATE,
		.run = create_cq,
		.udata = true,
		.drv_in = sizeof(struct skua_ureq_create_cq),
		.drv_out = sizeof(struct skua_uresp_create_cq),
		.attr = {
			A(CREATE_CQ_HANDLE) = NEW,
			A(CREATE_CQ_CQE) = IN(4),
			A(CREATE_CQ_USER_HANDLE) = IN(8),
			A(CREATE_CQ_COMP_CHANNEL) = CHANNEL_FD,
			A(CREATE_CQ_COMP_VECTOR) = IN(4),
			A(CREATE_CQ_FLAGS) = FLAGS,
			A(CREATE_CQ_RESP_CQE) = OUT(4),
			A(CREATE_CQ_EVENT_FD) = ASYNC_FD,
		},
	}, {
		.object = UVERBS_OBJECT_CQ,
		.id = UVERBS_METHOD_CQ_DESTROY,
		.run = destroy_cq,
		.attr = {
			A(DESTROY_CQ_HANDLE) = OBJECT(UV_CQ),
			A(DESTROY_CQ_RESP) =
				STRUCT(UV_ATTR_OUT,
				       struct ib_uverbs_destroy_cq_resp,
				       async_events_reported),
		},
	}, {
		.object = UVERBS_OBJECT_SRQ,
		.id = UVERBS_METHOD_SRQ_CREATE,
		.run = create_srq,
		.udata = true,
		.drv_in = sizeof(struct skua_ureq_create_srq),
		.drv_out = sizeof(struct skua_uresp_create_srq),
		.attr = {
			A(CREATE_SRQ_HANDLE) = NEW,
			A(CREATE_SRQ_PD_HANDLE) = OBJECT(UV_PD),
			A(CREATE_SRQ_XRCD_HANDLE) = NO_OBJECT,
			A(CREATE_SRQ_CQ_HANDLE) = OBJECT_OPT(UV_CQ),
			A(CREATE_SRQ_USER_HANDLE) = IN(8),
			A(CREATE_SRQ_MAX_WR) = IN(4),
			A(CREATE_SRQ_MAX_SGE) = IN(4),
			A(CREATE_SRQ_LIMIT) = IN(4),
			A(CREATE_SRQ_MAX_NUM_TAGS) = IN_OPT(4),
			A(CREATE_SRQ_TYPE) = CONST,
			A(CREATE_SRQ_EVENT_FD) = ASYNC_FD,
			A(CREATE_SRQ_RESP_MAX_WR) = OUT(4),
			A(CREATE_SRQ_RESP_MAX_SGE) = OUT(4),
			A(CREATE_SRQ_RESP_SRQ_NUM) = OUT_OPT(4),
		},
	}, {
		.object = UVERBS_OBJECT_SRQ,
		.id = UVERBS_METHOD_SRQ_DESTROY,
		.run = destroy_srq,
		.attr = {
			A(DESTROY_SRQ_HANDLE) = OBJECT(UV_SRQ),
			A(DESTROY_SRQ_RESP) =
				STRUCT(UV_ATTR_OUT,
				       struct ib_uverbs_destroy_srq_resp,
				       events_reported),
		},
	}, {
		.object = UVERBS_OBJECT_QP,
		.id = UVERBS_METHOD_QP_CREATE,
		.run = create_qp,
		.udata = true,
		.drv_in = sizeof(struct skua_ureq_create_qp),
		.drv_out = sizeof(struct skua_uresp_create_qp),
		.attr = {
			A(CREATE_QP_HANDLE) = NEW,
			A(CREATE_QP_XRCD_HANDLE) = NO_OBJECT,
			A(CREATE_QP_PD_HANDLE) = OBJECT_OPT(UV_PD),
			A(CREATE_QP_SRQ_HANDLE) = OBJECT_OPT(UV_SRQ),
			A(CREATE_QP_SEND_CQ_HANDLE) = OBJECT_OPT(UV_CQ),
			A(CREATE_QP_RECV_CQ_HANDLE) = OBJECT_OPT(UV_CQ),
			A(CREATE_QP_IND_TABLE_HANDLE) = NO_OBJECT,
			A(CREATE_QP_USER_HANDLE) = IN(8),
			A(CREATE_QP_CAP) = STRUCT(UV_ATTR_IN,
						  struct ib_uverbs_qp_cap,
						  max_inline_data),
			A(CREATE_QP_TYPE) = CONST,
			A(CREATE_QP_FLAGS) = FLAGS,
			A(CREATE_QP_SOURCE_QPN) = IN_OPT(4),
			A(CREATE_QP_EVENT_FD) = ASYNC_FD,
			A(CREATE_QP_RESP_CAP) = STRUCT(UV_ATTR_OUT,
						       struct ib_uverbs_qp_cap,
						       max_inline_data),
			A(CREATE_QP_RESP_QP_NUM) = OUT(4),
		},
	}, {
		.object = UVERBS_OBJECT_QP,
		.id = UVERBS_METHOD_QP_DESTROY,
		.run = destroy_qp,
		.attr = {
			A(DESTROY_QP_HANDLE) = OBJECT(UV_QP),
			A(DESTROY_QP_RESP) =
				STRUCT(UV_ATTR_OUT,
				       struct ib_uverbs_destroy_qp_resp,
				       events_reported),
		},
	}, {
		.object = UVERBS_OBJECT_MW,
		.id = UVERBS_METHOD_MW_DESTROY,
		.run = destroy_mw,
		.attr = { A(DESTROY_MW_HANDLE) = OBJECT(UV_MW) },
	}, {
		.object = UVERBS_OBJECT_MR,
		.id = UVERBS_METHOD_MR_DESTROY,
		.run = destroy_mr,
		.attr = { A(DESTROY_MR_HANDLE) = OBJECT(UV_MR) },
	}, {
		.object = UVERBS_OBJECT_MR,
		.id = UVERBS_METHOD_QUERY_MR,
		.run = query_mr,
		.attr = {
			A(QUERY_MR_HANDLE) = OBJECT(UV_MR),
			A(QUERY_MR_RESP_LKEY) = OUT(4),
			A(QUERY_MR_RESP_RKEY) = OUT(4),
			A(QUERY_MR_RESP_LENGTH) = OUT(8),
			A(QUERY_MR_RESP_IOVA) = OUT_OPT(8),
		},
	}, {
		.object = UVERBS_OBJECT_MR,
		.id = UVERBS_METHOD_ADVISE_MR,
		.run = lacking,
		.attr = {
			A(ADVISE_MR_PD_HANDLE) = OBJECT(UV_PD),
			A(ADVISE_MR_ADVICE) = CONST,
			A(ADVISE_MR_FLAGS) = {
				.kind = UV_ATTR_IN,
				.must = true,
				.min = 4,
				.max = 8,
			},
			A(ADVISE_MR_SGE_LIST) = {
				.kind = UV_ATTR_IN,
				.must = true,
				.min = sizeof(struct ib_uverbs_sge),
				.max = UINT16_MAX,
			},
		},
	}, {
		.object = UVERBS_OBJECT_MR,
		.id = UVERBS_METHOD_REG_DMABUF_MR,
		.run = lacking,
		.attr = {
			A(REG_DMABUF_MR_HANDLE) = NEW,
			A(REG_DMABUF_MR_PD_HANDLE) = OBJECT(UV_PD),
			A(REG_DMABUF_MR_OFFSET) = IN(8),
			A(REG_DMABUF_MR_LENGTH) = IN(8),
			A(REG_DMABUF_MR_IOVA) = IN(8),
			A(REG_DMABUF_MR_FD) = IN(4),
			A(REG_DMABUF_MR_ACCESS_FLAGS) = FLAGS,
			A(REG_DMABUF_MR_RESP_LKEY) = OUT(4),
			A(REG_DMABUF_MR_RESP_RKEY) = OUT(4),
		},
	}, {
		.object = UVERBS_OBJECT_FLOW_ACTION,
		.id = UVERBS_METHOD_FLOW_ACTION_ESP_CREATE,
		.run = uv_create_esp,
		.attr = {
			A(CREATE_FLOW_ACTION_ESP_HANDLE) = NEW,
			A(FLOW_ACTION_ESP_ATTRS) =
				STRUCT(UV_ATTR_IN,
				       struct ib_uverbs_flow_action_esp,
				       hard_limit_pkts),
			A(FLOW_ACTION_ESP_ESN) = IN_OPT(4),
			A(FLOW_ACTION_ESP_KEYMAT) = ENUM(esp_keymat, true),
			A(FLOW_ACTION_ESP_REPLAY) = ENUM(esp_replay, false),
			A(FLOW_ACTION_ESP_ENCAP) = IN_OPT(
				sizeof(struct ib_uverbs_flow_action_esp_encap)),
		},
	}, {
		.object = UVERBS_OBJECT_FLOW_ACTION,
		.id = UVERBS_METHOD_FLOW_ACTION_ESP_MODIFY,
		.run = uv_modify_esp,
		.attr = {
			A(MODIFY_FLOW_ACTION_ESP_HANDLE) =
				OBJECT(UV_FLOW_ACTION),
			A(FLOW_ACTION_ESP_ATTRS) = {
				.kind = UV_ATTR_IN,
				.grows = true,
				FIXED(sizeof(struct ib_uverbs_flow_action_esp)),
			},
			A(FLOW_ACTION_ESP_ESN) = IN(4),
			A(FLOW_ACTION_ESP_KEYMAT) = ENUM(esp_keymat, false),
			A(FLOW_ACTION_ESP_REPLAY) = ENUM(esp_replay, false),
			A(FLOW_ACTION_ESP_ENCAP) = IN_OPT(
				sizeof(struct ib_uverbs_flow_action_esp_encap)),
		},
	}, {
		.object = UVERBS_OBJECT_FLOW_ACTION,
		.id = UVERBS_METHOD_FLOW_ACTION_DESTROY,
		.run = uv_destroy_flow_action,
		.attr = {
			A(DESTROY_FLOW_ACTION_HANDLE) = OBJECT(UV_FLOW_ACTION),
		},
	}, {
		.object = UVERBS_OBJECT_FLOW_ACTION,
		.id = SKUA_IB_METHOD_FLOW_ACTION_ESP_CREATE,
		.run = uv_create_sa,
		.driver = true,
		.attr = {
			D(FLOW_ACTION_ESP_CREATE_HANDLE) = NEW,
			D(FLOW_ACTION_ESP_CREATE_SA) =
				IN(sizeof(struct skua_hwi_create_sa_in)),
			D(FLOW_ACTION_ESP_CREATE_LIMITS) =
				IN_OPT(sizeof(struct skua_hwi_modify_sa_in)),
		},
	}, {
		.object = UVERBS_OBJECT_FLOW_ACTION,
		.id = SKUA_IB_METHOD_FLOW_ACTION_QUERY_SA,
		.run = uv_query_sa,
		.driver = true,
		.attr = {
			D(FLOW_ACTION_QUERY_SA_HANDLE) = OBJECT(UV_FLOW_ACTION),
			D(FLOW_ACTION_QUERY_SA_RESP) =
				OUT(sizeof(struct skua_hwi_query_sa_out)),
		},
	}, {
		.object = UVERBS_OBJECT_FLOW,
		.id = UVERBS_METHOD_FLOW_DESTROY,
		.run = destroy_flow,
		.attr = { A(DESTROY_FLOW_HANDLE) = OBJECT(UV_FLOW) },
	}, {
		.object = UVERBS_OBJECT_FLOW,
		.id = SKUA_IB_METHOD_FLOW_CREATE,
		.run = uv_create_any_flow,
		.driver = true,
		.attr = {
			D(FLOW_CREATE_HANDLE) = NEW,
			D(FLOW_CREATE_FLOW) =
				IN(sizeof(struct skua_hwi_create_flow_in)),
			D(FLOW_CREATE_ACTION) = OBJECT_OPT(UV_FLOW_ACTION),
		},
	}, {
		.object = UVERBS_OBJECT_FLOW,
		.id = SKUA_IB_METHOD_FLOW_QUERY,
		.run = uv_query_flow,
		.driver = true,
		.attr = {
			D(FLOW_QUERY_HANDLE) = OBJECT(UV_FLOW),
			D(FLOW_QUERY_RESP) =
				OUT(sizeof(struct skua_hwi_query_flow_out)),
		},
	},
};

const struct uv_method *uv_method_find(uint16_t object, uint16_t id)
{
	unsigned int i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (methods[i].object == object && methods[i].id == id)
			return &methods[i];
	}
	return NULL;
}
