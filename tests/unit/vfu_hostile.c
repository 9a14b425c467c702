// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A client that breaks the protocol. One that can still be understood gets an
 * error; one that cannot is dropped. The other function never notices.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vfu_peer.h"

static int sock, bystander;

static int start(void **state)
{
	rig_start(state);
	bystander = peer_open(rig_path[1]);
	sock = peer_open(rig_path[0]);
	return 0;
}

static int stop(void **state)
{
	uint16_t vendor = 0;

	close(sock);
	assert_int_equal(peer_read(bystander, VFIO_PCI_CONFIG_REGION_INDEX, 0,
				   2, &vendor), 0);
	assert_int_equal(vendor, SKUA_HWI_PCI_VENDOR_ID);
	peer_close(bystander);
	/* And the next client of the function is served. */
	peer_close(peer_open(rig_path[0]));
	return rig_stop(state);
}

static void send_head(uint32_t size, uint32_t flags, const int *fds,
		      unsigned int nfds)
{
	const struct vfu_header head = { 1, VFU_DEVICE_RESET, size, flags, 0 };

	peer_send_raw(sock, &head, sizeof(head), fds, nfds);
}

static void a_size_below_the_header_ends_it(void **state)
{
	(void)state;
	send_head(sizeof(struct vfu_header) - 1, 0, NULL, 0);
	assert_true(peer_dropped(sock));
}

static void a_size_above_the_limit_ends_it(void **state)
{
	(void)state;
	send_head(sizeof(struct vfu_header) + VFU_MAX_PAYLOAD + 1, 0, NULL, 0);
	assert_true(peer_dropped(sock));
}

static void the_largest_size_ends_it(void **state)
{
	(void)state;
	send_head(UINT32_MAX, 0, NULL, 0);
	assert_true(peer_dropped(sock));
}

static void a_reply_nobody_asked_for_ends_it(void **state)
{
	(void)state;
	send_head(sizeof(struct vfu_header), VFU_TYPE_REPLY, NULL, 0);
	assert_true(peer_dropped(sock));
}

static void too_many_descriptors_end_it(void **state)
{
	int fds[VFU_MAX_FDS + 1], i;

	(void)state;
	for (i = 0; i <= VFU_MAX_FDS; i++)
		fds[i] = 0;
	send_head(sizeof(struct vfu_header), 0, fds, VFU_MAX_FDS + 1);
	assert_true(peer_dropped(sock));
}

/* A descriptor with each byte adds up to too many as well. */
static void descriptors_are_counted_for_the_whole_message(void **state)
{
	const struct vfu_header head = {
		1, VFU_DEVICE_RESET, sizeof(head), 0, 0,
	};
	int fds[VFU_MAX_FDS] = { 0 };

	(void)state;
	peer_send_raw(sock, &head, 8, fds, VFU_MAX_FDS);
	peer_send_raw(sock, (const char *)&head + 8, 1, fds, 1);
	assert_true(peer_dropped(sock));
}

static void half_a_message_keeps_nobody_waiting(void **state)
{
	uint16_t vendor = 0;

	(void)state;
	peer_send_raw(sock, "\1\0\1", 3, NULL, 0);
	assert_int_equal(peer_read(bystander, VFIO_PCI_CONFIG_REGION_INDEX, 0,
				   2, &vendor), 0);
	shutdown(sock, SHUT_WR);
	assert_true(peer_dropped(sock));
}

static void a_message_may_come_in_pieces(void **state)
{
	const struct vfu_header head = {
		1, VFU_DEVICE_RESET, sizeof(head), 0, 0,
	};
	struct peer_reply r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(head); i++)
		peer_send_raw(sock, (const char *)&head + i, 1, NULL, 0);
	peer_receive(sock, &r);
	assert_int_equal(r.head.error, 0);
}

static void unknown_commands_are_refused(void **state)
{
	/* Not served: region fds, DMA by message, migration, features. */
	static const uint16_t command[] = {
		0, 6, 11, 12, 14, 16, 17, 18, 19, 255, UINT16_MAX,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(command) / sizeof(command[0]); i++)
		assert_int_equal(peer_call(sock, command[i], NULL, 0, -1, NULL),
				 ENOTSUP);
}

static void short_payloads_are_refused(void **state)
{
	static const struct {
		uint16_t command, needs;
	} least[] = {
		{ VFU_VERSION, 4 }, { VFU_DMA_MAP, 32 }, { VFU_DMA_UNMAP, 24 },
		{ VFU_DEVICE_GET_INFO, 16 }, { VFU_DEVICE_GET_REGION_INFO, 32 },
		{ VFU_DEVICE_GET_IRQ_INFO, 16 }, { VFU_DEVICE_SET_IRQS, 20 },
		{ VFU_REGION_READ, 16 }, { VFU_REGION_WRITE, 16 },
		{ VFU_REGION_WRITE_MULTI, 8 },
	};
	static const uint8_t zero[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(least) / sizeof(least[0]); i++) {
		assert_int_equal(peer_call(sock, least[i].command, NULL, 0, -1,
					   NULL), EINVAL);
		assert_int_equal(peer_call(sock, least[i].command, zero,
					   least[i].needs - 1, -1, NULL),
				 EINVAL);
	}
}

static void accesses_stay_inside_their_region(void **state)
{
	static const struct vfu_region_access bad[] = {
		{ SKUA_HWI_REGS_SIZE, SKUA_HWI_BAR_REGS, 4 },
		{ SKUA_HWI_REGS_SIZE - 3, SKUA_HWI_BAR_REGS, 4 },
		{ UINT64_MAX, SKUA_HWI_BAR_REGS, 4 },
		{ -4ull, SKUA_HWI_BAR_REGS, 8 },
		{ 0, SKUA_HWI_BAR_REGS, UINT32_MAX },
		{ SKUA_HWI_UAR_BAR_SIZE, SKUA_HWI_BAR_DOORBELL, 1 },
		{ SKUA_HWI_UAR_BAR_SIZE - 1, SKUA_HWI_BAR_DOORBELL, 2 },
		{ SKUA_HWI_UAR_BAR_SIZE, SKUA_HWI_BAR_KICK, 4 },
		{ 4096, VFIO_PCI_CONFIG_REGION_INDEX, 1 },
		{ 1, VFIO_PCI_CONFIG_REGION_INDEX, 4096 },
		{ 0, SKUA_HWI_BAR_DOORBELL, VFU_MAX_ACCESS + 1 },
		{ 0, 1, 4 },				/* half of BAR 0 */
		{ 0, VFIO_PCI_NUM_REGIONS, 4 },
		{ 0, UINT32_MAX, 4 },
	};
	uint8_t in[sizeof(bad[0]) + VFU_MAX_ACCESS + 1] = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(in, &bad[i], sizeof(bad[i]));
		assert_int_equal(peer_call(sock, VFU_REGION_READ, in,
					   sizeof(bad[i]), -1, NULL), EINVAL);
		assert_int_equal(peer_call(sock, VFU_REGION_WRITE, in,
					   sizeof(in), -1, NULL), EINVAL);
	}
	assert_int_equal(fake_fn[1]->written.n + fake_fn[0]->written.n, 0);
}

static void a_write_brings_its_data(void **state)
{
	const struct vfu_region_access a = { 0, SKUA_HWI_BAR_REGS, 4 };

	(void)state;
	assert_int_equal(peer_call(sock, VFU_REGION_WRITE, &a, sizeof(a), -1,
				   NULL), EINVAL);
	assert_int_equal(fake_fn[0]->written.n, 0);
}

static void many_writes_are_counted(void **state)
{
	uint64_t m[4] = { 2, 0, SKUA_HWI_BAR_REGS | 4ull << 32, 0 };

	(void)state;
	assert_int_equal(peer_call(sock, VFU_REGION_WRITE_MULTI, m, sizeof(m),
				   -1, NULL), EINVAL);
	m[0] = UINT64_MAX;
	assert_int_equal(peer_call(sock, VFU_REGION_WRITE_MULTI, m, sizeof(m),
				   -1, NULL), EINVAL);
	m[0] = 1;
	m[2] = SKUA_HWI_BAR_REGS | 9ull << 32;
	assert_int_equal(peer_call(sock, VFU_REGION_WRITE_MULTI, m, sizeof(m),
				   -1, NULL), EINVAL);
	assert_int_equal(fake_fn[0]->written.n, 0);
}

static void unwanted_descriptors_are_closed(void **state)
{
	char c;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(peer_call(sock, VFU_DEVICE_RESET, NULL, 0, pair[0],
				   NULL), 0);
	close(pair[0]);
	/* The other end hangs up once nobody holds this one any more. */
	assert_int_equal(peer_call(sock, VFU_DEVICE_RESET, NULL, 0, -1, NULL),
			 0);
	assert_int_equal(recv(pair[1], &c, 1, MSG_DONTWAIT), 0);
	close(pair[1]);
}

/* Replies that are not read end the connection, not the server's thread. */
static void a_client_that_never_reads_is_dropped(void **state)
{
	const struct vfu_region_access a = {
		0, VFIO_PCI_CONFIG_REGION_INDEX, 4096,
	};
	const struct vfu_header head = {
		1, VFU_REGION_READ, sizeof(head) + sizeof(a), 0, 0,
	};
	uint8_t m[sizeof(head) + sizeof(a)];
	unsigned int i;

	(void)state;
	memcpy(m, &head, sizeof(head));
	memcpy(m + sizeof(head), &a, sizeof(a));
	for (i = 0; i < 100000; i++)
		if (send(sock, m, sizeof(m), MSG_NOSIGNAL) < 0)
			break;
	assert_true(i < 100000);
	assert_true(errno == EPIPE || errno == ECONNRESET);
}

/* Our own memory, given to the client to map: it must not be able to cut it. */
static void the_doorbell_file_cannot_shrink(void **state)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info),
		.index = SKUA_HWI_BAR_DOORBELL,
	};
	struct peer_reply r;

	(void)state;
	assert_int_equal(peer_call(sock, VFU_DEVICE_GET_REGION_INFO, &info,
				   sizeof(info), -1, &r), 0);
	assert_true(r.fd >= 0);
	assert_int_equal(ftruncate(r.fd, 0), -1);
	assert_int_equal(ftruncate(r.fd, 2 * SKUA_HWI_UAR_BAR_SIZE), -1);
	close(r.fd);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_size_below_the_header_ends_it),
		TEST(a_size_above_the_limit_ends_it),
		TEST(the_largest_size_ends_it),
		TEST(a_reply_nobody_asked_for_ends_it),
		TEST(too_many_descriptors_end_it),
		TEST(descriptors_are_counted_for_the_whole_message),
		TEST(half_a_message_keeps_nobody_waiting),
		TEST(a_message_may_come_in_pieces),
		TEST(unknown_commands_are_refused),
		TEST(short_payloads_are_refused),
		TEST(accesses_stay_inside_their_region),
		TEST(a_write_brings_its_data),
		TEST(many_writes_are_counted),
		TEST(unwanted_descriptors_are_closed),
		TEST(a_client_that_never_reads_is_dropped),
		TEST(the_doorbell_file_cannot_shrink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
