/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Methods by ioctl(2): what attributes each takes, and what runs when all of
 * them have been found to be so (ioctl.c).
 */
#ifndef SKUA_UVERBS_METHOD_H
#define SKUA_UVERBS_METHOD_H

#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/rdma_user_ioctl_cmds.h>

#include "uverbs.h"

enum uv_attr_kind {
	UV_ATTR_NONE,	 /* the method has no such attribute */
	UV_ATTR_IN,	 /* bytes of the program; 8 and less are in the attribute */
	UV_ATTR_OUT,	 /* where bytes go to */
	UV_ATTR_OBJECT,	 /* the handle of an object of type */
	UV_ATTR_NEW,	 /* gets the handle or descriptor of what is made */
	UV_ATTR_CHANNEL, /* the descriptor of a completion channel */
	UV_ATTR_ASYNC,	 /* of a file of asynchronous events */
	UV_ATTR_ENUM,	 /* bytes of one of several kinds, type in number */
};

struct uv_attr_spec {
	uint8_t kind;
	bool must;
	bool grows; /* may be longer than we know: then the rest is zero */
	uint8_t type;
	uint16_t min, max;
	const struct uv_attr_spec *elem; /* of ENUM: each kind, by number */
};

/* Ids of attributes begin at zero in the core's space, and in the driver's. */
#define UV_CORE_ATTRS 16
#define UV_ATTRS      (UV_CORE_ATTRS + 2)

struct uv_args;

struct uv_method {
	uint16_t object, id;
	int (*run)(struct uv_args *a);
	bool early;	/* may come before there is a context */
	bool udata;	/* has the driver's two attributes */
	bool driver;	/* ids of attributes are of the driver's space */
	uint8_t drv_in, drv_out; /* and so much has to be, and may be, in them */
	struct uv_attr_spec attr[UV_CORE_ATTRS];
};

/* methods.c */
const struct uv_method *uv_method_find(uint16_t object, uint16_t id);

/* A method under way, under ctx->lock. All of its attributes are well formed. */
struct uv_args {
	struct uv_context *ctx;
	const struct uv_method *method;
	struct ib_uverbs_attr *at[UV_ATTRS];	/* copies, by id; or NULL */
	struct ib_uverbs_attr *user[UV_ATTRS];	/* where they are */
	struct uv_object *object[UV_CORE_ATTRS];
	struct uv_call call;
};

/* ioctl.c: what methods read and write, by id. 0 or the number, if it is not there. */
bool uv_arg_has(const struct uv_args *a, uint16_t id);
uint64_t uv_arg(const struct uv_args *a, uint16_t id);
/* Where its bytes are, and how many. */
uint64_t uv_arg_bytes(const struct uv_args *a, uint16_t id, size_t *len);
/* Which kind the bytes are; -1: they are not there. */
int uv_arg_elem(const struct uv_args *a, uint16_t id);
/* The object that is named, or NULL. */
void *uv_arg_object(const struct uv_args *a, uint16_t id);
int uv_arg_copy(const struct uv_args *a, uint16_t id, void *to, size_t len);
/*
 * What does not fit is cut off, what is left over is cleared. An attribute that
 * is not there wants nothing.
 */
int uv_arg_out(struct uv_args *a, uint16_t id, const void *from, size_t len);
int uv_arg_new(struct uv_args *a, uint16_t id, int64_t number);
/* Say that it was written, by the method itself. */
int uv_arg_written(struct uv_args *a, uint16_t id);

/* flow_action.c, flow.c */
int uv_create_esp(struct uv_args *a);
int uv_modify_esp(struct uv_args *a);
int uv_destroy_flow_action(struct uv_args *a);
int uv_create_sa(struct uv_args *a);
int uv_query_sa(struct uv_args *a);
int uv_create_any_flow(struct uv_args *a);
int uv_query_flow(struct uv_args *a);

#endif /* SKUA_UVERBS_METHOD_H */
