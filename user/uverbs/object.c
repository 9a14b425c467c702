// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Objects and their handles. A handle is good in its own context only. */
#include "table.h"
#include "uverbs.h"

static int grow(struct uv_context *ctx)
{
	uint32_t n = ctx->nobjects ? 2 * ctx->nobjects : 64;
	struct uv_object **grown;

	if (n > UV_MAX_OBJECTS)
		return -ENOMEM;
	grown = realloc(ctx->object, n * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	memset(grown + ctx->nobjects, 0,
	       (n - ctx->nobjects) * sizeof(*grown));
	ctx->object = grown;
	ctx->nobjects = n;
	return 0;
}

int uv_add(struct uv_context *ctx, struct uv_object *obj, enum uv_type type)
{
	uint32_t i;
	int err;

	for (i = ctx->free_hint; i < ctx->nobjects && ctx->object[i]; i++)
		;
	if (i == ctx->nobjects) {
		err = grow(ctx);
		if (err)
			return err;
	}
	ctx->free_hint = i + 1;
	ctx->object[i] = obj;
	obj->type = type;
	obj->handle = i;
	return 0;
}

void *uv_find(struct uv_context *ctx, uint32_t handle, enum uv_type type)
{
	struct uv_object *obj =
		handle < ctx->nobjects ? ctx->object[handle] : NULL;

	return obj && obj->type == type ? obj : NULL;
}

void uv_remove(struct uv_context *ctx, struct uv_object *obj)
{
	ctx->object[obj->handle] = NULL;
	if (obj->handle < ctx->free_hint)
		ctx->free_hint = obj->handle;
	free(obj);
}

int uv_create(struct uv_context *ctx, uint16_t opcode, const void *in,
	      size_t len, uint32_t *number)
{
	struct skua_hwi_handle_out out;
	int err = skua_user_cmd(ctx->dev, opcode, in, len, &out, sizeof(out));

	if (!err)
		*number = le32toh(out.handle);
	return err;
}

int uv_destroy(struct uv_context *ctx, uint16_t opcode, uint32_t number)
{
	struct skua_hwi_handle_in in = { .handle = htole32(number) };

	return skua_user_cmd(ctx->dev, opcode, &in, sizeof(in), NULL, 0);
}

static void free_object(struct uv_context *ctx, struct uv_object *obj)
{
	switch (obj->type) {
	case UV_QP:
		uv_qp_free(ctx, (struct uv_qp *)obj);
		return;
	case UV_SRQ:
		uv_srq_free(ctx, (struct uv_srq *)obj);
		return;
	case UV_FLOW:
		uv_flow_free(ctx, (struct uv_flow *)obj);
		return;
	case UV_CQ:
		uv_cq_free(ctx, (struct uv_cq *)obj);
		return;
	case UV_MR:
		uv_destroy(ctx, SKUA_HWI_CMD_DESTROY_MKEY, obj->number);
		skua_arena_drop(((struct uv_mr *)obj)->extent);
		((struct uv_mr *)obj)->pd->users--;
		break;
	case UV_MW:
		uv_destroy(ctx, SKUA_HWI_CMD_DESTROY_MKEY, obj->number);
		((struct uv_mw *)obj)->pd->users--;
		break;
	case UV_AH:
		((struct uv_ah *)obj)->pd->users--;
		break;
	case UV_FLOW_ACTION:
		uv_destroy(ctx, SKUA_HWI_CMD_DESTROY_SA, obj->number);
		break;
	case UV_PD:
		uv_destroy(ctx, SKUA_HWI_CMD_DESTROY_PD, obj->number);
		break;
	default:
		break;
	}
	uv_remove(ctx, obj);
}

void uv_undo(struct uv_call *c)
{
	if (c->made)
		free_object(c->ctx, c->made);
	if (c->first_async) {
		skua_file_put(&c->ctx->async->file);
		c->ctx->async = NULL;
	}
	if (c->fd >= 0 && skua_file_close(c->fd))
		skua_native_close(c->fd);
	if (c->opened)
		c->ctx->ready = false;
}

void uv_remove_all(struct uv_context *ctx)
{
	static const enum uv_type order[] = {
		UV_FLOW, UV_FLOW_ACTION, UV_QP, UV_SRQ, UV_CQ,
		UV_MW,	 UV_MR,		 UV_AH, UV_PD,
	};
	unsigned int t;
	uint32_t i;

	for (t = 0; t < sizeof(order) / sizeof(order[0]); t++) {
		for (i = 0; i < ctx->nobjects; i++) {
			if (ctx->object[i] && ctx->object[i]->type == order[t])
				free_object(ctx, ctx->object[i]);
		}
	}
}
