// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The device, its contexts, and the memory of rings. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ccan/minmax.h>
#include <util/util.h>

#include "compat.h"
#include "skua.h"

int skua_buf_alloc(struct skua_buf *buf, size_t len)
{
	size_t page = sysconf(_SC_PAGESIZE);

	buf->len = align(len, page);
	buf->addr = mmap(NULL, buf->len, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buf->addr == MAP_FAILED) {
		buf->addr = NULL;
		return ENOMEM;
	}
	if (ibv_dontfork_range(buf->addr, buf->len)) {
		munmap(buf->addr, buf->len);
		buf->addr = NULL;
		return ENOMEM;
	}
	return 0;
}

void skua_buf_free(struct skua_buf *buf)
{
	if (!buf->addr)
		return;
	ibv_dofork_range(buf->addr, buf->len);
	munmap(buf->addr, buf->len);
	buf->addr = NULL;
}

static void skua_free_context(struct ibv_context *ibctx)
{
	struct skua_context *ctx = to_skua_ctx(ibctx);

	pthread_mutex_destroy(&ctx->mutex);
	verbs_uninit_context(&ctx->vctx);
	free(ctx);
}

static const struct verbs_context_ops skua_ctx_ops = {
	.alloc_mw = skua_alloc_mw,
	.alloc_parent_domain = skua_alloc_parent_domain,
	.alloc_pd = skua_alloc_pd,
	.alloc_td = skua_alloc_td,
	.bind_mw = skua_bind_mw,
	.cq_event = skua_cq_event,
	.create_ah = skua_create_ah,
	.create_cq = skua_create_cq,
	.create_cq_ex = skua_create_cq_ex,
	.create_flow = skua_create_flow,
	.create_flow_action_esp = skua_create_flow_action_esp,
	.create_qp = skua_create_qp,
	.create_qp_ex = skua_create_qp_ex,
	.create_srq = skua_create_srq,
	.create_srq_ex = skua_create_srq_ex,
	.dealloc_mw = skua_dealloc_mw,
	.dealloc_pd = skua_dealloc_pd,
	.dealloc_td = skua_dealloc_td,
	.dereg_mr = skua_dereg_mr,
	.destroy_ah = skua_destroy_ah,
	.destroy_cq = skua_destroy_cq,
	.destroy_flow = skua_destroy_flow,
	.destroy_flow_action = skua_destroy_flow_action,
	.destroy_qp = skua_destroy_qp,
	.destroy_srq = skua_destroy_srq,
	.free_context = skua_free_context,
	.modify_cq = skua_modify_cq,
	.modify_flow_action_esp = skua_modify_flow_action_esp,
	.modify_qp = skua_modify_qp,
	.modify_srq = skua_modify_srq,
	.poll_cq = skua_poll_cq,
	.post_recv = skua_post_recv,
	.post_send = skua_post_send,
	.post_srq_recv = skua_post_srq_recv,
	.query_device_ex = skua_query_device_ex,
	.query_port = skua_query_port,
	.query_qp = skua_query_qp,
	.query_srq = skua_query_srq,
	.reg_mr = skua_reg_mr,
	.req_notify_cq = skua_req_notify_cq,
	.rereg_mr = skua_rereg_mr,
};

static struct verbs_context *skua_alloc_context(struct ibv_device *ibdev,
						int cmd_fd, void *private_data)
{
	struct skua_alloc_ucontext_resp resp = {};
	struct ibv_get_context cmd = {};
	struct skua_context *ctx;
	int err;

	ctx = verbs_init_and_alloc_context(ibdev, cmd_fd, ctx, vctx,
					   RDMA_DRIVER_UNKNOWN);
	if (!ctx)
		return NULL;

	err = skua_cmd_get_context(&ctx->vctx, &cmd, &resp);
	if (err) {
		verbs_err(&ctx->vctx, "no context from the kernel driver\n");
		verbs_uninit_context(&ctx->vctx);
		free(ctx);
		errno = err;
		return NULL;
	}

	ctx->caps = resp.caps;
	ctx->max_sge = min_t(uint32_t, resp.max_sge, SKUA_HWI_MAX_SGE);
	ctx->max_inline = min_t(uint32_t, resp.max_inline, SKUA_HWI_MAX_INLINE);
	ctx->log_max_sq = min_t(uint8_t, resp.log_max_sq, SKUA_HWI_SQ_MAX_LOG);
	ctx->log_max_rq = min_t(uint8_t, resp.log_max_rq, SKUA_HWI_RQ_MAX_LOG);
	ctx->log_max_srq =
		min_t(uint8_t, resp.log_max_srq, SKUA_HWI_RQ_MAX_LOG);
	ctx->log_max_cq = min_t(uint8_t, resp.log_max_cq, SKUA_HWI_CQ_MAX_LOG);
	ctx->in_process = resp.flags & SKUA_UCONTEXT_IN_PROCESS;
	pthread_mutex_init(&ctx->mutex, NULL);
	list_head_init(&ctx->uars);

	verbs_set_ops(&ctx->vctx, &skua_ctx_ops);
	return &ctx->vctx;
}

static struct verbs_device *skua_alloc_device(struct verbs_sysfs_dev *sysfs_dev)
{
	struct skua_dev *dev;

	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return NULL;
	return &dev->vdev;
}

static void skua_uninit_device(struct verbs_device *vdev)
{
	free(to_skua_dev(&vdev->device));
}

static const struct verbs_match_ent skua_match_table[] = {
	VERBS_PCI_MATCH(SKUA_HWI_PCI_VENDOR_ID, SKUA_HWI_PCI_DEVICE_ID, NULL),
	{},
};

static const struct verbs_device_ops skua_dev_ops = {
	.name = "skua",
	.match_min_abi_version = SKUA_UVERBS_ABI_VERSION,
	.match_max_abi_version = SKUA_UVERBS_ABI_VERSION,
	.match_table = skua_match_table,
	.alloc_device = skua_alloc_device,
	.uninit_device = skua_uninit_device,
	.alloc_context = skua_alloc_context,
};

bool is_skua_dev(struct ibv_device *ibdev)
{
	return verbs_get_device(ibdev)->ops == &skua_dev_ops;
}

PROVIDER_DRIVER(skua, skua_dev_ops);
