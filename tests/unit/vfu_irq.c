// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Interrupts: from the adapter's vector to the client's eventfd. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vfu_peer.h"

#define VECTORS SKUA_HWI_MAX_VECTORS

static int sock;
static int event[VECTORS];

static int start(void **state)
{
	unsigned int i;

	rig_start(state);
	sock = peer_open(rig_path[0]);
	for (i = 0; i < VECTORS; i++)
		event[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return event[VECTORS - 1] < 0;
}

static int stop(void **state)
{
	unsigned int i;

	for (i = 0; i < VECTORS; i++)
		close(event[i]);
	peer_close(sock);
	return rig_stop(state);
}

/* As the adapter's interrupt thread does. */
static void raise_vector(unsigned int vector)
{
	fake_fn[0]->cfg.ops->raise(fake_fn[0]->cfg.ctx, vector);
}

static uint64_t count(unsigned int i)
{
	uint64_t n = 0;

	if (read(event[i], &n, sizeof(n)) != sizeof(n))
		assert_int_equal(errno, EAGAIN);
	return n;
}

static void clear_all(void)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = VFIO_PCI_MSIX_IRQ_INDEX,
	};

	assert_int_equal(peer_call(sock, VFU_DEVICE_SET_IRQS, &set, sizeof(set),
				   -1, NULL), 0);
}

static void every_vector_has_its_own_event(void **state)
{
	unsigned int i, j;

	(void)state;
	assert_int_equal(fake_fn[0]->cfg.vectors, VECTORS);
	for (i = 0; i < VECTORS; i += 16)
		assert_int_equal(peer_irqs(sock, i, 16, event + i, 16), 0);
	for (i = 0; i < VECTORS; i++) {
		raise_vector(i);
		for (j = 0; j < VECTORS; j++)
			assert_int_equal(count(j), i == j);
	}
}

static void a_vector_can_be_moved_and_cleared(void **state)
{
	(void)state;
	assert_int_equal(peer_irqs(sock, 3, 1, &event[0], 1), 0);
	assert_int_equal(peer_irqs(sock, 3, 1, &event[1], 1), 0);
	raise_vector(3);
	assert_int_equal(count(0), 0);
	assert_int_equal(count(1), 1);
	assert_int_equal(peer_irqs(sock, 3, 1, NULL, 0), 0);
	raise_vector(3);
	assert_int_equal(count(1), 0);
}

static void all_vectors_can_be_cleared_at_once(void **state)
{
	(void)state;
	assert_int_equal(peer_irqs(sock, 0, 2, event, 2), 0);
	clear_all();
	raise_vector(0);
	raise_vector(1);
	assert_int_equal(count(0) + count(1), 0);
}

static void vectors_are_counted(void **state)
{
	static const struct {
		uint32_t start, count;
		unsigned int nfds;
	} bad[] = {
		{ VECTORS, 1, 1 }, { VECTORS - 1, 2, 2 }, { 0, VECTORS + 1, 0 },
		{ 1, UINT32_MAX, 0 }, { UINT32_MAX, 1, 1 }, { 0, 1, 2 },
		{ 0, 3, 2 },
	};
	struct vfio_irq_info info = { .argsz = sizeof(info) };
	struct peer_reply r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(peer_irqs(sock, bad[i].start, bad[i].count,
					   event, bad[i].nfds), EINVAL);
	info.index = VFIO_PCI_MSIX_IRQ_INDEX;
	assert_int_equal(peer_call(sock, VFU_DEVICE_GET_IRQ_INFO, &info,
				   sizeof(info), -1, &r), 0);
	assert_int_equal(((struct vfio_irq_info *)r.data)->count, VECTORS);
	/* QEMU sizes its table by what we say when this flag is missing. */
	assert_false(((struct vfio_irq_info *)r.data)->flags &
		     VFIO_IRQ_INFO_NORESIZE);
	info.index = VFIO_PCI_NUM_IRQS;
	assert_int_equal(peer_call(sock, VFU_DEVICE_GET_IRQ_INFO, &info,
				   sizeof(info), -1, &r), EINVAL);
}

/* Nobody but the client suffers from one that never reads its events. */
static void a_full_event_does_not_block(void **state)
{
	const uint64_t full = UINT64_MAX - 1;
	int fd = eventfd(0, EFD_CLOEXEC);

	(void)state;
	assert_int_equal(peer_irqs(sock, 0, 1, &fd, 1), 0);
	/* Whatever the server did to the flags, the client has the last word. */
	fcntl(fd, F_SETFL, 0);
	assert_int_equal(write(fd, &full, sizeof(full)), sizeof(full));
	alarm(10);
	raise_vector(0);
	raise_vector(0);
	alarm(0);
	close(fd);
}

static void what_is_no_event_is_forgotten(void **state)
{
	struct pollfd end = { .events = POLLIN };
	int pair[2];

	(void)state;
	assert_int_equal(pipe(pair), 0);
	assert_int_equal(peer_irqs(sock, 0, 1, &pair[1], 1), 0);
	close(pair[1]);
	raise_vector(0);
	/* Closed, and nothing was written before. */
	end.fd = pair[0];
	assert_int_equal(poll(&end, 1, 0), 1);
	assert_int_equal(end.revents, POLLHUP);
	close(pair[0]);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_vector_has_its_own_event),
		TEST(a_vector_can_be_moved_and_cleared),
		TEST(all_vectors_can_be_cleared_at_once),
		TEST(vectors_are_counted),
		TEST(a_full_event_does_not_block),
		TEST(what_is_no_event_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
