// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What each message means. Handlers get a payload of at least the length that
 * the table names, and return 0 or an errno for the reply.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/vfio.h>

#include "server.h"

static int do_version(struct vfu_client *c)
{
	static const char caps[] =
		"{\"capabilities\":{\"max_msg_fds\":16}}";
	const struct vfu_version *in = (const void *)c->msg.in;
	struct vfu_version out = { .major = 0, .minor = 0 };

	if (in->major != 0)
		return ENOTSUP;
	memcpy(c->msg.out, &out, sizeof(out));
	memcpy(c->msg.out + sizeof(out), caps, sizeof(caps));
	c->msg.out_len = sizeof(out) + sizeof(caps);
	c->versioned = true;
	return 0;
}

static int do_dma_map(struct vfu_client *c)
{
	if (c->msg.nfds > 1)
		return EINVAL;
	return vfu_map(c, (const void *)c->msg.in,
		       c->msg.nfds ? c->msg.fds[0] : -1);
}

static int do_dma_unmap(struct vfu_client *c)
{
	memcpy(c->msg.out, c->msg.in, sizeof(struct vfu_dma_unmap));
	c->msg.out_len = sizeof(struct vfu_dma_unmap);
	return vfu_unmap(c, (const void *)c->msg.in);
}

static int do_get_info(struct vfu_client *c)
{
	struct vfio_device_info out = {
		.argsz = 16,
		.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET,
		.num_regions = VFIO_PCI_NUM_REGIONS,
		.num_irqs = VFIO_PCI_NUM_IRQS,
	};

	/* Up to num_irqs: there are no capabilities. */
	memcpy(c->msg.out, &out, 16);
	c->msg.out_len = 16;
	return 0;
}

static uint64_t region_size(uint32_t index)
{
	switch (index) {
	case SKUA_HWI_BAR_REGS:
		return SKUA_HWI_REGS_SIZE;
	case SKUA_HWI_BAR_DOORBELL:
	case SKUA_HWI_BAR_KICK:
		return SKUA_HWI_UAR_BAR_SIZE;
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return VFU_CONFIG_SIZE;
	}
	return 0;
}

static int do_region_info(struct vfu_client *c)
{
	const struct vfio_region_info *in = (const void *)c->msg.in;
	struct vfio_region_info out = {
		.argsz = sizeof(out),
		.index = in->index,
		.size = region_size(in->index),
	};

	if (in->index >= VFIO_PCI_NUM_REGIONS)
		return EINVAL;
	if (out.size)
		out.flags = VFIO_REGION_INFO_FLAG_READ |
			    VFIO_REGION_INFO_FLAG_WRITE;
	if (in->index == SKUA_HWI_BAR_DOORBELL) {
		out.flags |= VFIO_REGION_INFO_FLAG_MMAP;
		c->msg.out_fd = c->uar_fd;
	}
	memcpy(c->msg.out, &out, sizeof(out));
	c->msg.out_len = sizeof(out);
	return 0;
}

static int do_irq_info(struct vfu_client *c)
{
	const struct vfio_irq_info *in = (const void *)c->msg.in;
	struct vfio_irq_info out = {
		.argsz = sizeof(out),
		.flags = VFIO_IRQ_INFO_EVENTFD,
		.index = in->index,
	};

	switch (in->index) {
	case VFIO_PCI_MSIX_IRQ_INDEX:
		out.count = VFU_VECTORS;
		break;
	case VFIO_PCI_ERR_IRQ_INDEX:
	case VFIO_PCI_REQ_IRQ_INDEX:
		out.count = 1;
		break;
	}
	if (in->index >= VFIO_PCI_NUM_IRQS)
		return EINVAL;
	memcpy(c->msg.out, &out, sizeof(out));
	c->msg.out_len = sizeof(out);
	return 0;
}

static int do_set_irqs(struct vfu_client *c)
{
	const struct vfio_irq_set *in = (const void *)c->msg.in;

	/* The error and request interrupts are never raised. */
	if (in->index != VFIO_PCI_MSIX_IRQ_INDEX)
		return in->index < VFIO_PCI_NUM_IRQS ? 0 : EINVAL;
	if (!(in->flags & VFIO_IRQ_SET_ACTION_TRIGGER))
		return 0;
	if (in->flags & VFIO_IRQ_SET_DATA_EVENTFD)
		return vfu_irq_set(c, in->start, in->count, c->msg.fds,
				   c->msg.nfds);
	if (in->flags & VFIO_IRQ_SET_DATA_NONE && !in->count)
		vfu_irq_clear(c);
	return 0;
}

/* Is [offset, offset + count) inside the region? */
static bool inside(const struct vfu_region_access *a)
{
	uint64_t size = region_size(a->region);

	return a->count <= VFU_MAX_ACCESS && a->offset <= size &&
	       a->count <= size - a->offset;
}

static uint64_t load(const uint8_t *data, uint32_t count)
{
	uint64_t v = 0;

	memcpy(&v, data, count < sizeof(v) ? count : sizeof(v));
	return v;
}

static int do_region_read(struct vfu_client *c)
{
	const struct vfu_region_access *in = (const void *)c->msg.in;
	struct vfu_region_access *out = (void *)c->msg.out;
	uint64_t v;

	if (!inside(in))
		return EINVAL;
	*out = *in;
	memset(out->data, 0, in->count);
	c->msg.out_len = sizeof(*out) + in->count;
	switch (in->region) {
	case VFIO_PCI_CONFIG_REGION_INDEX:
		memcpy(out->data, c->config + in->offset, in->count);
		break;
	case SKUA_HWI_BAR_REGS:
		c->port->region_reads++;
		v = skua_function_read(c->fn, in->offset, in->count);
		memcpy(out->data, &v, in->count < 8 ? in->count : 8);
		break;
	case SKUA_HWI_BAR_DOORBELL:
		memcpy(out->data, (uint8_t *)c->uar + in->offset, in->count);
		break;
	}
	return 0;
}

static void kick(struct vfu_client *c, uint64_t offset, uint32_t val)
{
	if (offset & (SKUA_HWI_UAR_PAGE_SIZE - 1))
		return;
	c->port->kicks++;
	skua_function_kick(c->fn, offset >> SKUA_HWI_UAR_PAGE_SHIFT, val);
}

/* The write was found to be inside its region. */
static void region_write(struct vfu_client *c, uint32_t region,
			 uint64_t offset, uint32_t count, const uint8_t *data)
{
	switch (region) {
	case VFIO_PCI_CONFIG_REGION_INDEX:
		if (vfu_config_write(c, offset, count, data))
			skua_function_reset(c->fn);
		break;
	case SKUA_HWI_BAR_REGS:
		c->port->region_writes++;
		skua_function_write(c->fn, offset, count, load(data, count));
		break;
	case SKUA_HWI_BAR_KICK:
		c->port->region_writes++;
		kick(c, offset, load(data, count));
		break;
	case SKUA_HWI_BAR_DOORBELL:
		memcpy((uint8_t *)c->uar + offset, data, count);
		break;
	}
}

static int do_region_write(struct vfu_client *c)
{
	const struct vfu_region_access *in = (const void *)c->msg.in;
	struct vfu_region_access *out = (void *)c->msg.out;

	if (!inside(in) || c->msg.in_len - sizeof(*in) < in->count)
		return EINVAL;
	region_write(c, in->region, in->offset, in->count, in->data);
	*out = *in;
	c->msg.out_len = sizeof(*out);
	return 0;
}

static int do_write_multi(struct vfu_client *c)
{
	const struct vfu_write_multi *in = (const void *)c->msg.in;
	uint64_t fit = (c->msg.in_len - sizeof(*in)) / sizeof(in->write[0]);
	struct vfu_region_access a;
	uint64_t i;

	if (in->count > fit)
		return EINVAL;
	for (i = 0; i < in->count; i++) {
		a.region = in->write[i].region;
		a.offset = in->write[i].offset;
		a.count = in->write[i].count;
		if (a.count > sizeof(in->write[i].data) || !inside(&a))
			return EINVAL;
		region_write(c, a.region, a.offset, a.count,
			     in->write[i].data);
	}
	memcpy(c->msg.out, &in->count, sizeof(in->count));
	c->msg.out_len = sizeof(in->count);
	return 0;
}

static int do_reset(struct vfu_client *c)
{
	skua_function_reset(c->fn);
	vfu_config_init(c);
	return 0;
}

static const struct {
	int (*handle)(struct vfu_client *c);
	uint32_t min_len;
} handlers[] = {
	[VFU_VERSION] = { do_version, sizeof(struct vfu_version) },
	[VFU_DMA_MAP] = { do_dma_map, sizeof(struct vfu_dma_map) },
	[VFU_DMA_UNMAP] = { do_dma_unmap, sizeof(struct vfu_dma_unmap) },
	[VFU_DEVICE_GET_INFO] = { do_get_info, 16 },
	[VFU_DEVICE_GET_REGION_INFO] = { do_region_info,
					 sizeof(struct vfio_region_info) },
	[VFU_DEVICE_GET_IRQ_INFO] = { do_irq_info,
				      sizeof(struct vfio_irq_info) },
	[VFU_DEVICE_SET_IRQS] = { do_set_irqs, sizeof(struct vfio_irq_set) },
	[VFU_REGION_READ] = { do_region_read,
			      sizeof(struct vfu_region_access) },
	[VFU_REGION_WRITE] = { do_region_write,
			       sizeof(struct vfu_region_access) },
	[VFU_DEVICE_RESET] = { do_reset, 0 },
	[VFU_REGION_WRITE_MULTI] = { do_write_multi,
				     sizeof(struct vfu_write_multi) },
};

static int dispatch(struct vfu_client *c)
{
	uint16_t cmd = c->msg.head.command;

	if (cmd >= sizeof(handlers) / sizeof(handlers[0]) ||
	    !handlers[cmd].handle)
		return ENOTSUP;
	if (!c->versioned && cmd != VFU_VERSION)
		return EPROTO;
	if (c->msg.in_len < handlers[cmd].min_len)
		return EINVAL;
	return handlers[cmd].handle(c);
}

int vfu_handle(struct vfu_client *c)
{
	int err;

	/* We send no commands, so no reply can be for us. */
	if ((c->msg.head.flags & VFU_FLAG_TYPE_MASK) != VFU_TYPE_COMMAND)
		return -EPROTO;
	err = dispatch(c);
	if (err && c->port->server->verbose)
		vfu_log(c->port, "message %u refused: %s",
			c->msg.head.command, strerror(err));
	if (c->msg.head.flags & VFU_FLAG_NO_REPLY)
		return 0;
	return vfu_reply(c, err);
}
