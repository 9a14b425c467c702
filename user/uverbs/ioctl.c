// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Methods by ioctl(2). Those that are write commands under another name say
 * EPROTONOSUPPORT, and libibverbs gives the command; what has no such name is
 * here, and the method that takes any write command.
 */
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_ioctl_verbs.h>
#include <rdma/rdma_user_ioctl_cmds.h>

#include "copy.h"
#include "uverbs.h"

#define MAX_ATTRS 32

struct method {
	struct uv_context *ctx;
	struct ib_uverbs_attr *user; /* the program's array */
	struct ib_uverbs_attr attr[MAX_ATTRS];
	unsigned int n;
};

static struct ib_uverbs_attr *attr_of(struct method *m, uint16_t id)
{
	unsigned int i;

	for (i = 0; i < m->n; i++) {
		if (m->attr[i].attr_id == id)
			return &m->attr[i];
	}
	return NULL;
}

/* Where an input lies: short ones are in the attribute itself. */
static const void *in_ptr(const struct ib_uverbs_attr *a)
{
	return a->len <= sizeof(a->data) ? (const void *)&a->data
					 : (const void *)(uintptr_t)a->data;
}

static int in_value(struct method *m, uint16_t id, uint64_t *value, bool must)
{
	const struct ib_uverbs_attr *a = attr_of(m, id);

	*value = 0;
	if (!a)
		return must ? -EINVAL : 0;
	if (a->len > sizeof(a->data))
		return -EINVAL;
	*value = a->data;
	return 0;
}

/* Like the kernel, say which outputs were written. */
static int out(struct method *m, uint16_t id, size_t off, const void *from,
	       size_t len)
{
	struct ib_uverbs_attr *a = attr_of(m, id);

	if (!a || a->len < off || a->len - off < len)
		return -EINVAL;
	if (skua_copy_user((uint8_t *)(uintptr_t)a->data + off, from, len))
		return -EFAULT;
	a->flags |= UVERBS_ATTR_F_VALID_OUTPUT;
	return skua_copy_user(&m->user[a - m->attr].flags, &a->flags, sizeof(a->flags));
}

static int invoke_write(struct method *m)
{
	const struct ib_uverbs_attr *in = attr_of(m, UVERBS_ATTR_CORE_IN);
	const struct ib_uverbs_attr *drv = attr_of(m, UVERBS_ATTR_UHW_IN);
	const struct ib_uverbs_attr *to = attr_of(m, UVERBS_ATTR_CORE_OUT);
	const struct ib_uverbs_attr *drv_to = attr_of(m, UVERBS_ATTR_UHW_OUT);
	struct uv_call c = { .ctx = m->ctx, .fd = -1 };
	struct uv_parts parts = { 0 };
	uint64_t command;
	int err = in_value(m, UVERBS_ATTR_WRITE_CMD, &command, true);

	if (err)
		return err;
	if (in) {
		parts.in = in_ptr(in);
		parts.in_len = in->len;
	}
	if (drv) {
		parts.drv = in_ptr(drv);
		parts.drv_len = drv->len;
	}
	if (to) {
		parts.out = to->data;
		parts.out_len = to->len;
	}
	if (drv_to) {
		parts.drv_out = drv_to->data;
		parts.drv_out_len = drv_to->len;
	}
	pthread_mutex_lock(&m->ctx->lock);
	err = uv_command_parts(&c, command, &parts);
	if (err)
		uv_undo(&c);
	pthread_mutex_unlock(&m->ctx->lock);
	return err;
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

static int query_gid_entry(struct method *m)
{
	const struct skua_user_dev *dev = m->ctx->dev;
	struct ib_uverbs_gid_entry entry;
	uint64_t port, index, flags;
	int err;

	err = in_value(m, UVERBS_ATTR_QUERY_GID_ENTRY_PORT, &port, true);
	if (!err)
		err = in_value(m, UVERBS_ATTR_QUERY_GID_ENTRY_GID_INDEX, &index,
			       true);
	if (!err)
		err = in_value(m, UVERBS_ATTR_QUERY_GID_ENTRY_FLAGS, &flags,
			       false);
	if (err)
		return err;
	if (port != SKUA_IB_PORT || index >= SKUA_HWI_MAX_GID || flags)
		return -EINVAL;
	if (index >= dev->ngids)
		return -ENODATA;
	gid_entry(dev, index, &entry);
	return out(m, UVERBS_ATTR_QUERY_GID_ENTRY_RESP_ENTRY, 0, &entry,
		   sizeof(entry));
}

static int query_gid_table(struct method *m)
{
	const struct skua_user_dev *dev = m->ctx->dev;
	struct ib_uverbs_attr *to =
		attr_of(m, UVERBS_ATTR_QUERY_GID_TABLE_RESP_ENTRIES);
	struct ib_uverbs_gid_entry entry;
	uint64_t size, flags, n = dev->ngids;
	uint32_t i;
	int err;

	err = in_value(m, UVERBS_ATTR_QUERY_GID_TABLE_ENTRY_SIZE, &size, true);
	if (!err)
		err = in_value(m, UVERBS_ATTR_QUERY_GID_TABLE_FLAGS, &flags,
			       false);
	if (err)
		return err;
	if (!to || flags || size < sizeof(entry) || to->len / size < n)
		return -EINVAL;
	for (i = 0; !err && i < n; i++) {
		gid_entry(dev, i, &entry);
		err = out(m, UVERBS_ATTR_QUERY_GID_TABLE_RESP_ENTRIES, i * size,
			  &entry, sizeof(entry));
	}
	return err ? err
		   : out(m, UVERBS_ATTR_QUERY_GID_TABLE_RESP_NUM_ENTRIES, 0, &n,
			 sizeof(n));
}

static int invoke(struct method *m, const struct ib_uverbs_ioctl_hdr *hdr)
{
	if (hdr->object_id != UVERBS_OBJECT_DEVICE)
		return -EPROTONOSUPPORT;
	switch (hdr->method_id) {
	case UVERBS_METHOD_INVOKE_WRITE:
		return invoke_write(m);
	case UVERBS_METHOD_QUERY_GID_TABLE:
		return query_gid_table(m);
	case UVERBS_METHOD_QUERY_GID_ENTRY:
		return query_gid_entry(m);
	default:
		return -EPROTONOSUPPORT;
	}
}

int uv_ioctl(struct skua_file *f, unsigned long req, void *arg)
{
	struct ib_uverbs_ioctl_hdr hdr;
	struct method m = { .ctx = uv_context_of(f) };

	if (req != RDMA_VERBS_IOCTL)
		return -ENOTTY;
	if (skua_copy_user(&hdr, arg, sizeof(hdr)))
		return -EFAULT;
	if (hdr.reserved1 || hdr.reserved2)
		return -EPROTONOSUPPORT;
	if (hdr.length != sizeof(hdr) + hdr.num_attrs * sizeof(m.attr[0]) ||
	    hdr.num_attrs > MAX_ATTRS)
		return -EINVAL;
	m.n = hdr.num_attrs;
	m.user = ((struct ib_uverbs_ioctl_hdr *)arg)->attrs;
	if (skua_copy_user(m.attr, m.user, m.n * sizeof(m.attr[0])))
		return -EFAULT;
	return invoke(&m, &hdr);
}
