// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Methods by ioctl(2), refused as ib_uverbs refuses them: what this library
 * does not know and the program can not do without is EPROTONOSUPPORT, for
 * libibverbs then tries the write command of that name.
 */
#include <rdma/ib_user_ioctl_verbs.h>

#include "copy.h"
#include "method.h"

/* As many as fit into a page, the longest that ib_uverbs takes. */
#define MAX_LENGTH 4096
#define MAX_ATTRS \
	((MAX_LENGTH - sizeof(struct ib_uverbs_ioctl_hdr)) / \
	 sizeof(struct ib_uverbs_attr))

static const struct uv_attr_spec drv_spec[] = {
	{ .kind = UV_ATTR_IN, .max = UINT16_MAX },
	{ .kind = UV_ATTR_OUT, .max = UINT16_MAX },
};

/* Where id is in the arrays of uv_args; -1: the method does not have it. */
static int index_of(const struct uv_method *m, uint16_t id)
{
	if (m->driver)
		id -= 1u << UVERBS_ID_NS_SHIFT;
	if (id < UV_CORE_ATTRS)
		return m->attr[id].kind == UV_ATTR_NONE ? -1 : id;
	if (m->udata && (id == UVERBS_ATTR_UHW_IN || id == UVERBS_ATTR_UHW_OUT))
		return UV_CORE_ATTRS + (id - UVERBS_ATTR_UHW_IN);
	return -1;
}

static const struct uv_attr_spec *spec_of(const struct uv_method *m, int i)
{
	return i < UV_CORE_ATTRS ? &m->attr[i] : &drv_spec[i - UV_CORE_ATTRS];
}

static const struct ib_uverbs_attr *attr_of(const struct uv_args *a, uint16_t id)
{
	int i = index_of(a->method, id);

	return i < 0 ? NULL : a->at[i];
}

static const uint8_t *bytes_of(const struct ib_uverbs_attr *attr)
{
	return attr->len <= sizeof(attr->data) ?
		       (const uint8_t *)&attr->data :
		       (const uint8_t *)(uintptr_t)attr->data;
}

/* What methods see of their attributes ---------------------------------------- */

uint64_t uv_arg_bytes(const struct uv_args *a, uint16_t id, size_t *len)
{
	const struct ib_uverbs_attr *attr = attr_of(a, id);

	*len = attr ? attr->len : 0;
	if (!attr)
		return 0;
	return spec_of(a->method, index_of(a->method, id))->kind == UV_ATTR_IN ?
		       (uintptr_t)bytes_of(attr) :
		       attr->data;
}

bool uv_arg_has(const struct uv_args *a, uint16_t id)
{
	return attr_of(a, id);
}

uint64_t uv_arg(const struct uv_args *a, uint16_t id)
{
	const struct ib_uverbs_attr *attr = attr_of(a, id);
	const struct uv_attr_spec *spec;
	uint64_t val = 0;

	if (!attr)
		return 0;
	spec = spec_of(a->method, index_of(a->method, id));
	if (spec->kind != UV_ATTR_IN)
		return attr->data;
	memcpy(&val, &attr->data, attr->len < sizeof(val) ? attr->len
							  : sizeof(val));
	return val;
}

int uv_arg_elem(const struct uv_args *a, uint16_t id)
{
	const struct ib_uverbs_attr *attr = attr_of(a, id);

	return attr ? attr->attr_data.enum_data.elem_id : -1;
}

void *uv_arg_object(const struct uv_args *a, uint16_t id)
{
	return a->object[index_of(a->method, id)];
}

static int all_zero(const uint8_t *from, size_t len)
{
	uint8_t bytes[64];
	size_t n;

	for (; len; from += n, len -= n) {
		n = len < sizeof(bytes) ? len : sizeof(bytes);
		if (skua_copy_user(bytes, from, n))
			return -EFAULT;
		if (!skua_all_zero(bytes, n))
			return -EOPNOTSUPP;
	}
	return 0;
}

int uv_arg_copy(const struct uv_args *a, uint16_t id, void *to, size_t len)
{
	const struct ib_uverbs_attr *attr = attr_of(a, id);
	size_t n = attr && attr->len < len ? attr->len : len;

	memset(to, 0, len);
	return attr ? skua_copy_user(to, bytes_of(attr), n) : 0;
}

static int clear(uint64_t to, size_t len)
{
	static const uint8_t zeroes[64];
	size_t n;

	for (; len; to += n, len -= n) {
		n = len < sizeof(zeroes) ? len : sizeof(zeroes);
		if (skua_copy_user((void *)(uintptr_t)to, zeroes, n))
			return -EFAULT;
	}
	return 0;
}

/* As the kernel does. */
int uv_arg_written(struct uv_args *a, uint16_t id)
{
	int i = index_of(a->method, id);

	if (i < 0 || !a->at[i])
		return 0;
	a->at[i]->flags |= UVERBS_ATTR_F_VALID_OUTPUT;
	return skua_copy_user(&a->user[i]->flags, &a->at[i]->flags,
			      sizeof(a->at[i]->flags));
}

int uv_arg_out(struct uv_args *a, uint16_t id, const void *from, size_t len)
{
	const struct ib_uverbs_attr *attr = attr_of(a, id);
	int err;

	if (!attr)
		return 0;
	if (len > attr->len)
		len = attr->len;
	err = skua_copy_user((void *)(uintptr_t)attr->data, from, len);
	if (!err)
		err = clear(attr->data + len, attr->len - len);
	return err ? err : uv_arg_written(a, id);
}

int uv_arg_new(struct uv_args *a, uint16_t id, int64_t number)
{
	return skua_copy_user(&a->user[index_of(a->method, id)]->data_s64,
			      &number, sizeof(number));
}

/* Attributes as they come ------------------------------------------------------ */

static int take_length(const struct uv_attr_spec *spec,
		       const struct ib_uverbs_attr *attr)
{
	if (attr->len < spec->min || (attr->len > spec->max && !spec->grows))
		return -EINVAL;
	if (spec->kind == UV_ATTR_IN && attr->len > spec->max)
		return all_zero(bytes_of(attr) + spec->max,
				attr->len - spec->max);
	return 0;
}

static int take_bytes(const struct uv_attr_spec *spec,
		      const struct ib_uverbs_attr *attr)
{
	return attr->attr_data.reserved ? -EINVAL : take_length(spec, attr);
}

static int take_enum(const struct uv_attr_spec *spec,
		     const struct ib_uverbs_attr *attr)
{
	if (attr->attr_data.enum_data.elem_id >= spec->type)
		return -EOPNOTSUPP;
	if (attr->attr_data.enum_data.reserved)
		return -EINVAL;
	return take_length(&spec->elem[attr->attr_data.enum_data.elem_id],
			   attr);
}

static int take_object(struct uv_args *a, int i, const struct uv_attr_spec *spec,
		       const struct ib_uverbs_attr *attr)
{
	struct uv_object *obj;

	if (attr->data_s64 < 0)
		return -EINVAL;
	obj = attr->data < a->ctx->nobjects ? a->ctx->object[attr->data] : NULL;
	if (!obj)
		return -ENOENT;
	if (obj->type != spec->type)
		return -EINVAL;
	a->object[i] = obj;
	return 0;
}

static int take_events(struct uv_args *a, const struct uv_attr_spec *spec,
		       const struct ib_uverbs_attr *attr)
{
	bool async = spec->kind == UV_ATTR_ASYNC;
	struct uv_events *e;

	if (attr->data_s64 < 0 || attr->data_s64 > INT32_MAX)
		return -EBADF;
	e = uv_events_get(a->ctx, attr->data, async);
	if (!e)
		return -EBADF;
	if (async)
		a->call.async = e;
	else
		skua_file_put(&e->file);
	return 0;
}

static int take(struct uv_args *a, int i)
{
	const struct uv_attr_spec *spec = spec_of(a->method, i);
	const struct ib_uverbs_attr *attr = a->at[i];

	if (spec->kind == UV_ATTR_IN || spec->kind == UV_ATTR_OUT)
		return take_bytes(spec, attr);
	if (spec->kind == UV_ATTR_ENUM)
		return take_enum(spec, attr);
	if (attr->len || attr->attr_data.reserved)
		return -EINVAL;
	switch (spec->kind) {
	case UV_ATTR_OBJECT:
		return take_object(a, i, spec, attr);
	case UV_ATTR_NEW:
		return 0;
	default:
		return take_events(a, spec, attr);
	}
}

static int take_all(struct uv_args *a, struct ib_uverbs_attr *attr,
		    struct ib_uverbs_attr *user, unsigned int n)
{
	unsigned int k;
	int i, err;

	for (k = 0; k < n; k++) {
		i = index_of(a->method, attr[k].attr_id);
		if (i < 0 && attr[k].flags & UVERBS_ATTR_F_MANDATORY)
			return -EPROTONOSUPPORT;
		if (i < 0)
			continue;
		if (a->at[i])
			return -EINVAL;
		a->at[i] = &attr[k];
		a->user[i] = &user[k];
		err = take(a, i);
		if (err)
			return err;
	}
	for (i = 0; i < UV_CORE_ATTRS; i++) {
		if (a->method->attr[i].must && !a->at[i])
			return -EINVAL;
	}
	return 0;
}

/* Running them ----------------------------------------------------------------- */

#define DRV_MAX 64

static int take_drv(const struct uv_args *a, uint8_t *drv)
{
	const struct ib_uverbs_attr *attr = attr_of(a, UVERBS_ATTR_UHW_IN);
	size_t len = a->method->drv_in;

	if (!len)
		return 0;
	if (!attr || attr->len < len)
		return -EINVAL;
	if (skua_copy_user(drv, bytes_of(attr), len))
		return -EFAULT;
	return all_zero(bytes_of(attr) + len, attr->len - len);
}

static int run(struct uv_args *a)
{
	uint8_t drv[DRV_MAX] = { 0 }, drv_out[DRV_MAX] = { 0 };
	int err = take_drv(a, drv);

	if (err)
		return err;
	a->call.drv = drv;
	a->call.drv_out = drv_out;
	err = a->method->run(a);
	if (!err && a->method->drv_out)
		err = uv_arg_out(a, UVERBS_ATTR_UHW_OUT, drv_out,
				 a->method->drv_out);
	if (err)
		uv_undo(&a->call);
	return err;
}

static int invoke(struct uv_context *ctx, const struct ib_uverbs_ioctl_hdr *hdr,
		  struct ib_uverbs_attr *user)
{
	struct ib_uverbs_attr attr[MAX_ATTRS];
	struct uv_args a = {
		.ctx = ctx,
		.method = uv_method_find(hdr->object_id, hdr->method_id),
		.call = { .ctx = ctx, .fd = -1 },
	};
	int err;

	if (!a.method)
		return -EPROTONOSUPPORT;
	if (skua_copy_user(attr, user, hdr->num_attrs * sizeof(attr[0])))
		return -EFAULT;
	pthread_mutex_lock(&ctx->lock);
	err = take_all(&a, attr, user, hdr->num_attrs);
	if (!err && !ctx->ready && !a.method->early)
		err = -EINVAL;
	if (!err)
		err = run(&a);
	pthread_mutex_unlock(&ctx->lock);
	if (a.call.async)
		skua_file_put(&a.call.async->file);
	return err;
}

int uv_ioctl(struct skua_file *f, unsigned long req, void *arg)
{
	struct ib_uverbs_ioctl_hdr hdr;

	if (req != RDMA_VERBS_IOCTL)
		return -ENOTTY;
	if (skua_copy_user(&hdr, arg, sizeof(hdr)))
		return -EFAULT;
	if (hdr.length > MAX_LENGTH ||
	    hdr.length != sizeof(hdr) +
				  hdr.num_attrs * sizeof(struct ib_uverbs_attr))
		return -EINVAL;
	if (hdr.reserved1 || hdr.reserved2)
		return -EPROTONOSUPPORT;
	/* Ours has no number of its own: RDMA_DRIVER_UNKNOWN. */
	if (hdr.driver_id)
		return -EINVAL;
	return invoke(uv_context_of(f), &hdr,
		      ((struct ib_uverbs_ioctl_hdr *)arg)->attrs);
}
