// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "file.h"
#include "ipsec.h"
#include "live.h"

static struct {
	/* Of the process that has the SAs; NULL: this is not the one. */
	struct live *sa;
	uint32_t nsas;
	int numbers;
	int wake_fd;
	uint32_t overhead;
	bool ended;
	char name[SKUA_IPSEC_NAME];
} all;
/* Of those, but for what events touch. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list ap;

	fputs("skua: no device: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* The image ------------------------------------------------------------------- */

static bool is_image(const struct skua_ipsec_image *image, off_t size)
{
	return !memcmp(image->magic, SKUA_IPSEC_MAGIC, sizeof(image->magic)) &&
	       image->size == size && image->nsas <= SKUA_IPSEC_MAX &&
	       image->nflows <= SKUA_IPSEC_MAX &&
	       skua_ipsec_size(image->nsas, image->nflows) == image->size &&
	       memchr(image->name, '\0', sizeof(image->name));
}

/* In no core file, nor in a child. It has keys: unmap it when it was used. */
static const struct skua_ipsec_image *map_image(int fd)
{
	const struct skua_ipsec_image *image;
	struct stat st;

	if (fstat(fd, &st) || st.st_size < (off_t)sizeof(*image))
		goto lost;
	image = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image == MAP_FAILED)
		goto lost;
	madvise((void *)image, st.st_size, MADV_DONTDUMP);
	madvise((void *)image, st.st_size, MADV_DONTFORK);
	if (is_image(image, st.st_size))
		return image;
	munmap((void *)image, st.st_size);
lost:
	say("--ipsec: descriptor %d of skua-run has been closed on the way here",
	    fd);
	return NULL;
}

/* One process at a time -------------------------------------------------------- */

static int lock_byte(int fd, int how, short type, off_t byte, pid_t *pid)
{
	struct flock fl = { .l_type = type, .l_start = byte, .l_len = 1 };

	if (fcntl(fd, how, &fl))
		return -errno;
	if (pid)
		*pid = fl.l_type == F_UNLCK ? 0 : fl.l_pid;
	return 0;
}

/*
 * The lock goes with a descriptor of our own, and so with the process: even one
 * that closes, past the library, what it inherited. Another byte is for those
 * who want to know which process it is.
 */
static int take_over(int fd, const char *name)
{
	char path[64], who[32] = "another process";
	pid_t pid = 0;
	int own, err;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_RDWR | O_CLOEXEC);
	if (own < 0) {
		say("%s: %s", path, strerror(errno));
		return -EBADF;
	}
	own = skua_file_hide(own);
	if (own < 0)
		return own;
	err = lock_byte(own, F_OFD_SETLK, F_WRLCK, 0, NULL);
	if (!err) {
		lock_byte(fd, F_SETLK, F_WRLCK, 1, NULL);
		return own;
	}
	skua_file_unhide(own);
	lock_byte(fd, F_GETLK, F_WRLCK, 1, &pid);
	if (pid)
		snprintf(who, sizeof(who), "process %d", (int)pid);
	say("%s: %s has these SAs, and two would use one sequence number twice",
	    name, who);
	return -EBUSY;
}

/* Bytes that ESP adds: header, IV, padding, its length and next header, ICV. */
static uint32_t overhead_of(const struct skua_hwi_create_sa_in *sa)
{
	uint32_t flags = le32toh(sa->flags);

	return 8 + 8 + 3 + 2 + sa->icv_len + (flags & SKUA_HWI_SA_UDP ? 8 : 0) +
	       (flags & SKUA_HWI_SA_TUNNEL ? 40 : 0);
}

static void note_overhead(const struct skua_ipsec_image *image)
{
	uint32_t i, n;

	for (i = 0; i < image->nsas; i++) {
		n = overhead_of(&image->sa[i].create);
		if (n > all.overhead)
			all.overhead = n;
	}
}

/* The device that has the SA's address here. */
static struct skua_user_dev *device_of(const struct skua_ipsec_sa *sa)
{
	bool in = le32toh(sa->create.flags) & SKUA_HWI_SA_IN;
	const uint8_t *addr = in ? sa->create.dst : sa->create.src;
	unsigned int i;

	for (i = 0; i < skua_user_devices(); i++) {
		if (skua_user_find_gid(skua_user_device(i), addr) >= 0)
			return skua_user_device(i);
	}
	return NULL;
}

static int check_addresses(const struct skua_ipsec_image *image)
{
	uint32_t i;

	for (i = 0; i < image->nsas; i++) {
		if (device_of(&image->sa[i]))
			continue;
		say("%s:%u: no device has the address that the SA has here",
		    image->name, image->sa[i].line);
		return -EADDRNOTAVAIL;
	}
	return 0;
}

/* Events ------------------------------------------------------------------------ */

static void serve(void)
{
	uint32_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < all.nsas && !all.ended; i++) {
		if (all.sa[i].dev && atomic_exchange(&all.sa[i].due, false))
			live_serve(&all.sa[i], all.numbers, all.name);
	}
	pthread_mutex_unlock(&lock);
}

static void *thread_main(void *arg)
{
	uint64_t count;

	(void)arg;
	prctl(PR_SET_NAME, "skua-ipsec");
	while (skua_native_read(all.wake_fd, &count, sizeof(count)) > 0 ||
	       errno == EINTR)
		serve();
	return NULL;
}

void skua_user_ipsec_event(const struct skua_user_dev *dev,
			   const struct skua_hwi_eqe *eqe)
{
	const uint64_t one = 1;
	uint32_t i;

	for (i = 0; i < all.nsas; i++) {
		if (all.sa[i].dev != dev || all.sa[i].handle != le32toh(eqe->obj))
			continue;
		atomic_store(&all.sa[i].due, true);
		if (skua_native_write(all.wake_fd, &one, sizeof(one)) < 0)
			return;
	}
}

/* It takes none of the program's signals. */
static int start_thread(void)
{
	sigset_t set, old;
	pthread_t thread;
	int err;

	all.wake_fd = skua_file_hide(eventfd(0, EFD_CLOEXEC));
	if (all.wake_fd < 0)
		return all.wake_fd;
	sigfillset(&set);
	sigdelset(&set, SIGSEGV);
	sigdelset(&set, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &set, &old);
	err = pthread_create(&thread, NULL, thread_main, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err) {
		skua_file_unhide(all.wake_fd);
		return -err;
	}
	pthread_detach(thread);
	skua_arena_own_thread();
	return 0;
}

static int start_shared(const struct skua_ipsec_image *image)
{
	int err = check_addresses(image);

	if (err)
		return err;
	all.sa = calloc(image->nsas + 1, sizeof(*all.sa));
	if (!all.sa)
		return -ENOMEM;
	all.numbers = image->numbers;
	memcpy(all.name, image->name, sizeof(all.name));
	err = start_thread();
	if (err) {
		free(all.sa);
		all.sa = NULL;
	}
	return err;
}

/* The first device: the SAs become those of this process. */
static int start_all(int fd, const struct skua_ipsec_image *image)
{
	int own = take_over(fd, image->name), err;

	if (own < 0)
		return own;
	err = start_shared(image);
	if (err) {
		skua_file_unhide(own);
		return err;
	}
	note_overhead(image);
	all.nsas = image->nsas;
	return 0;
}

/* Install ----------------------------------------------------------------------- */

static const char *reason(int err)
{
	switch (err) {
	case -EDQUOT:
		return "its limit is reached, or its numbers are used up; it needs a new key and SPI";
	case -EIO:
		return "its sequence numbers cannot be written down";
	case -EOPNOTSUPP:
		return "the adapter cannot do this";
	default:
		return strerror(-err);
	}
}

static int install_sa(struct skua_user_dev *dev, struct live *l,
		      const struct skua_ipsec_sa *sa)
{
	struct skua_hwi_handle_out out;
	int err = skua_user_cmd(dev, SKUA_HWI_CMD_CREATE_SA, &sa->create,
				sizeof(sa->create), &out, sizeof(out));

	if (err)
		return err;
	l->handle = le32toh(out.handle);
	l->dev = dev;
	return live_start(l);
}

static int install_flow(struct skua_user_dev *dev,
			const struct skua_ipsec_flow *flow)
{
	struct skua_hwi_handle_out out;

	return skua_user_cmd(dev, SKUA_HWI_CMD_CREATE_FLOW, &flow->create,
			     sizeof(flow->create), &out, sizeof(out));
}

/* Its SAs; *line is that of the last one looked at. */
static int prepare_sas(const struct skua_user_dev *dev,
		       const struct skua_ipsec_image *image, uint32_t *line)
{
	uint32_t i;
	int err;

	for (i = 0; i < image->nsas; i++) {
		*line = image->sa[i].line;
		if (device_of(&image->sa[i]) != dev)
			continue;
		err = live_prepare(&all.sa[i], &image->sa[i], all.numbers);
		if (err)
			return err;
	}
	return live_sync(all.numbers);
}

static int install_sas(struct skua_user_dev *dev,
		       const struct skua_ipsec_image *image, uint32_t *line)
{
	uint32_t i;
	int err;

	for (i = 0; i < image->nsas; i++) {
		*line = image->sa[i].line;
		if (device_of(&image->sa[i]) != dev)
			continue;
		err = install_sa(dev, &all.sa[i], &image->sa[i]);
		if (err)
			return err;
	}
	return 0;
}

static int install(struct skua_user_dev *dev, const struct skua_ipsec_image *image)
{
	const struct skua_ipsec_flow *flow = skua_ipsec_flows(image);
	uint32_t i, line = 0;
	int err = prepare_sas(dev, image, &line);

	if (!err)
		err = install_sas(dev, image, &line);
	for (i = 0; !err && i < image->nflows; i++) {
		line = flow[i].line;
		err = install_flow(dev, &flow[i]);
	}
	if (err)
		say("%s:%u: %s", image->name, line, reason(err));
	return err;
}

/* The function goes, and its objects with it. */
static void forget(const struct skua_user_dev *dev)
{
	uint32_t i;

	for (i = 0; i < all.nsas; i++) {
		if (all.sa[i].dev == dev)
			all.sa[i].dev = NULL;
	}
}

int skua_user_ipsec_start(struct skua_user_dev *dev)
{
	const struct skua_ipsec_image *image;
	int fd = skua_user_ipsec(), err = 0;

	if (fd < 0)
		return 0;
	image = map_image(fd);
	if (!image)
		return -EBADF;
	pthread_mutex_lock(&lock);
	if (!all.sa)
		err = start_all(fd, image);
	if (!err)
		err = install(dev, image);
	if (err)
		forget(dev);
	pthread_mutex_unlock(&lock);
	munmap((void *)image, image->size);
	return err;
}

uint32_t skua_user_ipsec_overhead(void)
{
	return all.overhead;
}

void skua_user_ipsec_end(void)
{
	uint32_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < all.nsas && !all.ended; i++) {
		if (!all.sa[i].dev)
			continue;
		/* What the thread has not come to say. */
		if (atomic_exchange(&all.sa[i].due, false))
			live_serve(&all.sa[i], all.numbers, all.name);
		live_end(&all.sa[i], all.numbers);
	}
	all.ended = true;
	pthread_mutex_unlock(&lock);
}

void skua_user_ipsec_forked(void)
{
	free(all.sa);
	memset(&all, 0, sizeof(all));
	pthread_mutex_init(&lock, NULL);
}
