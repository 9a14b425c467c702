// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Guest memory. The client gives files and where they appear in DMA space;
 * what has no file (ROM, BARs of other devices) is known and never touched.
 *
 * A file that could shrink under us would turn an access into SIGBUS, so the
 * server takes sealed memory only, which is what QEMU's memory-backend-memfd
 * is by default, and seals it where the client did not. Huge pages can run
 * out between mapping and touching them, and are refused for the same reason.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include "server.h"

/* No machine has more address bits, and sums stay far from wrapping. */
#define DMA_LIMIT (1ull << 62)

static int seal(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals >= 0 && seals & F_SEAL_SHRINK)
		return 0;
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) ? errno : 0;
}

static int check_file(const struct vfu_dma_map *map, int fd)
{
	struct statfs fs;
	struct stat st;
	int err = seal(fd);

	if (err)
		return err;
	if (fstat(fd, &st) || fstatfs(fd, &fs))
		return errno;
	if (fs.f_type == HUGETLBFS_MAGIC)
		return EINVAL;
	if (st.st_size < 0 || map->offset > (uint64_t)st.st_size ||
	    map->size > (uint64_t)st.st_size - map->offset)
		return EINVAL;
	return 0;
}

int vfu_map(struct vfu_client *c, const struct vfu_dma_map *map, int fd)
{
	bool write = map->flags & VFU_DMA_WRITE;
	void *host = NULL;
	int err;

	if (!map->size || map->iova >= DMA_LIMIT ||
	    map->size > DMA_LIMIT - map->iova)
		return EINVAL;
	if (fd >= 0) {
		err = check_file(map, fd);
		if (err) {
			vfu_log(c->port, "guest memory refused: %s (it must be a sealable memfd, without huge pages)",
				strerror(err));
			return err;
		}
		host = mmap(NULL, map->size,
			    PROT_READ | (write ? PROT_WRITE : 0), MAP_SHARED,
			    fd, map->offset);
		if (host == MAP_FAILED)
			return errno;
	}
	err = skua_dma_map(c->fn, map->iova, map->size, host, write);
	if (err && host)
		munmap(host, map->size);
	return -err;
}

static void removed(void *ctx, void *host, uint64_t size)
{
	(void)ctx;
	if (host)
		munmap(host, size);
}

int vfu_unmap(struct vfu_client *c, const struct vfu_dma_unmap *unmap)
{
	if (unmap->flags & VFU_DMA_UNMAP_ALL) {
		vfu_unmap_all(c);
		return 0;
	}
	return -skua_dma_unmap(c->fn, unmap->iova, unmap->size, removed, c);
}

void vfu_unmap_all(struct vfu_client *c)
{
	skua_dma_unmap(c->fn, 0, DMA_LIMIT, removed, c);
}
