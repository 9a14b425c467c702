// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * MSI-X vectors are eventfds of the client. The adapter's interrupt thread
 * writes them while the server's thread may be replacing them: irq_lock. The
 * write does not block, as an eventfd that is full has been raised already.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "server.h"

void vfu_irq_init(struct vfu_client *c)
{
	unsigned int i;

	pthread_mutex_init(&c->irq_lock, NULL);
	for (i = 0; i < VFU_VECTORS; i++)
		c->irq[i] = -1;
}

void vfu_irq_raise(void *ctx, unsigned int vector)
{
	struct vfu_client *c = ctx;
	const uint64_t one = 1;
	ssize_t n = 0;

	pthread_mutex_lock(&c->irq_lock);
	if (vector < VFU_VECTORS && c->irq[vector] >= 0)
		n = write(c->irq[vector], &one, sizeof(one));
	pthread_mutex_unlock(&c->irq_lock);
	if (n < 0 && errno != EAGAIN)
		vfu_log(c->port, "vector %u: its eventfd refuses to be written",
			vector);
}

static void replace(struct vfu_client *c, uint32_t vector, int fd)
{
	int old = c->irq[vector];

	c->irq[vector] = fd;
	if (old >= 0)
		close(old);
}

int vfu_irq_set(struct vfu_client *c, uint32_t start, uint32_t n, int *fds,
		unsigned int nfds)
{
	int fd, flags;
	uint32_t i;

	if (start > VFU_VECTORS || n > VFU_VECTORS - start || nfds > n)
		return EINVAL;
	pthread_mutex_lock(&c->irq_lock);
	for (i = 0; i < n; i++) {
		fd = -1;
		if (i < nfds) {
			fd = fds[i];
			fds[i] = -1;
			flags = fcntl(fd, F_GETFL);
			fcntl(fd, F_SETFL, flags | O_NONBLOCK);
		}
		replace(c, start + i, fd);
	}
	pthread_mutex_unlock(&c->irq_lock);
	return 0;
}

void vfu_irq_clear(struct vfu_client *c)
{
	vfu_irq_set(c, 0, VFU_VECTORS, NULL, 0);
}
