// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* A connection, and the function that lives as long as it does. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server.h"

static const struct skua_function_ops function_ops = {
	.raise = vfu_irq_raise,
};

/*
 * The doorbell BAR: pages that the guest and the engine share. The client gets
 * the file to map it; sealed, or it could cut the memory away under us.
 */
static int uar_create(struct vfu_client *c)
{
	c->uar = MAP_FAILED;
	c->uar_fd = memfd_create("skua-doorbells",
				 MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (c->uar_fd < 0)
		return -1;
	if (ftruncate(c->uar_fd, SKUA_HWI_UAR_BAR_SIZE))
		return -1;
	if (fcntl(c->uar_fd, F_ADD_SEALS,
		  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return -1;
	c->uar = mmap(NULL, SKUA_HWI_UAR_BAR_SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED, c->uar_fd, 0);
	return c->uar == MAP_FAILED ? -1 : 0;
}

static void uar_destroy(struct vfu_client *c)
{
	if (c->uar != MAP_FAILED)
		munmap(c->uar, SKUA_HWI_UAR_BAR_SIZE);
	if (c->uar_fd >= 0)
		close(c->uar_fd);
}

struct vfu_client *vfu_client_create(struct vfu_port *p, int fd)
{
	struct skua_function_config cfg = {
		.vectors = VFU_VECTORS,
		.ops = &function_ops,
	};
	struct vfu_client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->port = p;
	c->fd = fd;
	c->msg.out_fd = -1;
	vfu_irq_init(c);
	if (uar_create(c))
		goto err;
	vfu_config_init(c);
	memcpy(cfg.mac, p->mac, sizeof(cfg.mac));
	cfg.port = p->index;
	cfg.uar = c->uar;
	cfg.ctx = c;
	c->fn = skua_function_create(p->server->ad, &cfg);
	if (!c->fn)
		goto err;
	return c;

err:
	uar_destroy(c);
	pthread_mutex_destroy(&c->irq_lock);
	free(c);
	return NULL;
}

void vfu_client_destroy(struct vfu_client *c)
{
	/* Reset first: from then on there is no DMA to be afraid of. */
	skua_function_reset(c->fn);
	vfu_unmap_all(c);
	skua_function_destroy(c->fn);
	vfu_irq_clear(c);
	pthread_mutex_destroy(&c->irq_lock);
	uar_destroy(c);
	vfu_message_clear(&c->msg);
	close(c->fd);
	free(c);
}
