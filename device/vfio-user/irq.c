// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * MSI-X vectors are eventfds of the client. The adapter's interrupt thread
 * signals them while the server's thread may be replacing them: irq_lock.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "server.h"

void vfu_irq_init(struct vfu_client *c)
{
	unsigned int i;

	pthread_mutex_init(&c->irq_lock, NULL);
	for (i = 0; i < VFU_VECTORS; i++)
		c->irq[i] = -1;
}

static void replace(struct vfu_client *c, uint32_t vector, int fd)
{
	int old = c->irq[vector];

	c->irq[vector] = fd;
	if (old >= 0)
		close(old);
}

void vfu_irq_raise(void *ctx, unsigned int vector)
{
	struct vfu_client *c = ctx;
	int err = 0;

	pthread_mutex_lock(&c->irq_lock);
	if (vector < VFU_VECTORS && c->irq[vector] >= 0)
		err = vfu_signal(&c->port->server->signal, c->irq[vector]);
	if (err)
		replace(c, vector, -1);
	pthread_mutex_unlock(&c->irq_lock);
	if (err)
		vfu_log(c->port, "vector %u is no eventfd, forgotten: %s",
			vector, strerror(-err));
}

int vfu_irq_set(struct vfu_client *c, uint32_t start, uint32_t n, int *fds,
		unsigned int nfds)
{
	uint32_t i;

	if (start > VFU_VECTORS || n > VFU_VECTORS - start)
		return EINVAL;
	if (nfds && nfds != n)
		return EINVAL;
	pthread_mutex_lock(&c->irq_lock);
	for (i = 0; i < n; i++) {
		replace(c, start + i, nfds ? fds[i] : -1);
		if (nfds)
			fds[i] = -1;
	}
	pthread_mutex_unlock(&c->irq_lock);
	return 0;
}

void vfu_irq_clear(struct vfu_client *c)
{
	vfu_irq_set(c, 0, VFU_VECTORS, NULL, 0);
}
