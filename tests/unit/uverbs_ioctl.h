/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Methods by ioctl(2), put together attribute by attribute. */
#ifndef UVERBS_IOCTL_H
#define UVERBS_IOCTL_H

#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/rdma_user_ioctl_cmds.h>

#define MAX_ATTRS 24

/* A method with its attributes, in the order in which they are added. */
struct method {
	struct ib_uverbs_ioctl_hdr hdr;
	struct ib_uverbs_attr attr[MAX_ATTRS];
};

static inline struct method method(uint16_t object, uint16_t id)
{
	return (struct method){ .hdr = { .object_id = object,
					 .method_id = id } };
}

static inline struct ib_uverbs_attr *add(struct method *m, uint16_t id,
					 uint16_t len, uint64_t data)
{
	struct ib_uverbs_attr *attr = &m->attr[m->hdr.num_attrs++];

	*attr = (struct ib_uverbs_attr){
		.attr_id = id,
		.len = len,
		.flags = UVERBS_ATTR_F_MANDATORY,
		.data = data,
	};
	return attr;
}

static inline void add_out(struct method *m, uint16_t id, void *to,
			   uint16_t len)
{
	add(m, id, len, (uintptr_t)to);
}

static inline int run(int fd, struct method *m)
{
	m->hdr.length = sizeof(m->hdr) + m->hdr.num_attrs * sizeof(m->attr[0]);
	return ioctl(fd, RDMA_VERBS_IOCTL, m) ? errno : 0;
}

#endif /* UVERBS_IOCTL_H */
