// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The command file: opened, and closed with whatever was left behind. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "serve.h"
#include "uverbs.h"

static void uv_release(struct skua_file *f)
{
	struct uv_context *ctx = uv_context_of(f);

	uv_remove_all(ctx);
	if (ctx->async)
		skua_file_put(&ctx->async->file);
	pthread_mutex_destroy(&ctx->lock);
	free(ctx->object);
	munmap(ctx->db, SKUA_HWI_UAR_BAR_SIZE);
	free((void *)ctx->kick);
	free(ctx);
}

static const struct skua_file_ops ops = {
	.write = uv_write,
	.ioctl = uv_ioctl,
	.release = uv_release,
};

/* Untouched pages of it cost nothing; the child of a fork has no use for it. */
static int map_doorbells(struct uv_context *ctx, int fd)
{
	ctx->db = mmap(NULL, SKUA_HWI_UAR_BAR_SIZE, PROT_READ | PROT_WRITE,
		       MAP_SHARED, fd, 0);
	if (ctx->db == MAP_FAILED)
		return -ENOMEM;
	madvise(ctx->db, SKUA_HWI_UAR_BAR_SIZE, MADV_DONTFORK);
	return 0;
}

int skua_uverbs_start(struct skua_user_dev *dev)
{
	return skua_user_start(dev, uv_event);
}

int skua_uverbs_open(struct skua_user_dev *dev, int flags)
{
	struct uv_context *ctx = calloc(1, sizeof(*ctx));
	int fd, err = -ENOMEM;

	if (!ctx)
		return -ENOMEM;
	ctx->dev = dev;
	ctx->file.ops = &ops;
	ctx->file.rdev = makedev(SKUA_UVERBS_MAJOR,
				 SKUA_UVERBS_MINOR + dev->index);
	pthread_mutex_init(&ctx->lock, NULL);
	/* Untouched pages of it cost nothing. */
	ctx->kick = calloc(UV_MAX_OBJECTS, sizeof(*ctx->kick));
	if (!ctx->kick)
		goto fail;
	err = skua_uverbs_start(dev);
	if (err)
		goto fail;
	fd = skua_user_uar_fd(dev);
	if (fd < 0) {
		err = fd;
		goto fail;
	}
	if (!(flags & O_CLOEXEC))
		fcntl(fd, F_SETFD, 0);
	err = map_doorbells(ctx, fd);
	if (err)
		goto fail_fd;
	err = skua_file_install(fd, &ctx->file);
	if (!err)
		return fd;
	munmap(ctx->db, SKUA_HWI_UAR_BAR_SIZE);
fail_fd:
	skua_native_close(fd);
fail:
	pthread_mutex_destroy(&ctx->lock);
	free((void *)ctx->kick);
	free(ctx);
	return err;
}

/* Files of the parent fail by the table of descriptors (file.h). */
void skua_uverbs_forked(void)
{
	uv_events_forked();
	uv_doorbells_forked();
}
