// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The device as a well-behaved client of the vfio-user server sees it. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "vfu_peer.h"

#define CONFIG VFIO_PCI_CONFIG_REGION_INDEX

static uint32_t config(int sock, uint32_t off, uint32_t size)
{
	uint32_t v = 0;

	assert_int_equal(peer_read(sock, CONFIG, off, size, &v), 0);
	return v;
}

/* Offset of a capability, found as an operating system does. */
static uint32_t capability(int sock, uint8_t id)
{
	uint32_t at = config(sock, PCI_CAPABILITY_LIST, 1);

	while (at && config(sock, at, 1) != id)
		at = config(sock, at + PCI_CAP_LIST_NEXT, 1);
	assert_int_not_equal(at, 0);
	return at;
}

static void a_version_is_agreed_on(void **state)
{
	const struct vfu_version in = { 0, 1 };
	struct vfu_version out;
	struct peer_reply r;
	int sock = peer_connect(rig_path[0]);

	(void)state;
	assert_int_equal(peer_call(sock, VFU_VERSION, &in, sizeof(in), -1, &r),
			 0);
	memcpy(&out, r.data, sizeof(out));
	assert_int_equal(out.major, 0);
	assert_int_equal(out.minor, 0);
	assert_int_equal(r.data[r.len - 1], 0);
	assert_non_null(strstr((char *)r.data + sizeof(out),
			       "\"max_msg_fds\":16"));
	peer_close(sock);
}

static void another_major_version_is_refused(void **state)
{
	const struct vfu_version in = { 1, 0 };
	int sock = peer_connect(rig_path[0]);

	(void)state;
	assert_int_equal(peer_call(sock, VFU_VERSION, &in, sizeof(in), -1,
				   NULL), ENOTSUP);
	peer_close(sock);
}

static void nothing_comes_before_the_version(void **state)
{
	int sock = peer_connect(rig_path[0]);

	(void)state;
	assert_int_equal(peer_call(sock, VFU_DEVICE_RESET, NULL, 0, -1, NULL),
			 EPROTO);
	assert_int_equal(fake_fn[0]->resets, 0);
	peer_close(sock);
}

static void it_is_a_pci_device(void **state)
{
	struct vfio_device_info info = { .argsz = 16 };
	struct peer_reply r;
	int sock = peer_open(rig_path[0]);

	(void)state;
	assert_int_equal(peer_call(sock, VFU_DEVICE_GET_INFO, &info, 16, -1,
				   &r), 0);
	memcpy(&info, r.data, 16);
	assert_int_equal(info.flags, VFIO_DEVICE_FLAGS_PCI |
			 VFIO_DEVICE_FLAGS_RESET);
	assert_true(info.num_regions > VFIO_PCI_CONFIG_REGION_INDEX);
	assert_true(info.num_irqs > VFIO_PCI_MSIX_IRQ_INDEX);
	peer_close(sock);
}

static struct vfio_region_info region(int sock, uint32_t index, int *fd)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info),
		.index = index,
	};
	struct peer_reply r;

	assert_int_equal(peer_call(sock, VFU_DEVICE_GET_REGION_INFO, &info,
				   sizeof(info), -1, &r), 0);
	assert_int_equal(r.len, sizeof(info));
	memcpy(&info, r.data, sizeof(info));
	assert_int_equal(info.index, index);
	*fd = r.fd;
	return info;
}

static void only_doorbells_can_be_mapped(void **state)
{
	static const uint64_t size[VFIO_PCI_NUM_REGIONS] = {
		[SKUA_HWI_BAR_REGS] = SKUA_HWI_REGS_SIZE,
		[SKUA_HWI_BAR_DOORBELL] = SKUA_HWI_UAR_BAR_SIZE,
		[SKUA_HWI_BAR_KICK] = SKUA_HWI_UAR_BAR_SIZE,
		[CONFIG] = 4096,
	};
	struct vfio_region_info info;
	int sock = peer_open(rig_path[0]), fd;
	uint32_t i;

	(void)state;
	for (i = 0; i < VFIO_PCI_NUM_REGIONS; i++) {
		info = region(sock, i, &fd);
		assert_int_equal(info.size, size[i]);
		assert_int_equal(!!(info.flags & VFIO_REGION_INFO_FLAG_MMAP),
				 i == SKUA_HWI_BAR_DOORBELL);
		assert_int_equal(fd >= 0, i == SKUA_HWI_BAR_DOORBELL);
		if (fd >= 0)
			close(fd);
	}
	peer_close(sock);
}

static void doorbells_are_shared_with_the_engine(void **state)
{
	int sock = peer_open(rig_path[0]), fd;
	const uint32_t in = 0xd00be11;
	uint32_t *bar, out, *engine;

	(void)state;
	region(sock, SKUA_HWI_BAR_DOORBELL, &fd);
	bar = mmap(NULL, SKUA_HWI_UAR_BAR_SIZE, PROT_READ | PROT_WRITE,
		   MAP_SHARED, fd, 0);
	assert_ptr_not_equal(bar, MAP_FAILED);
	engine = fake_fn[0]->cfg.uar;
	bar[1024] = 0x12345678;
	assert_int_equal(engine[1024], 0x12345678);
	assert_int_equal(peer_write(sock, SKUA_HWI_BAR_DOORBELL, 8, 4, &in), 0);
	assert_int_equal(peer_read(sock, SKUA_HWI_BAR_DOORBELL, 8, 4, &out), 0);
	assert_int_equal(out, in);
	assert_int_equal(bar[2], in);
	munmap(bar, SKUA_HWI_UAR_BAR_SIZE);
	close(fd);
	peer_close(sock);
}

static void configuration_space_names_the_device(void **state)
{
	int sock = peer_open(rig_path[0]);
	uint32_t cap;

	(void)state;
	assert_int_equal(config(sock, PCI_VENDOR_ID, 2), 0x1af4);
	assert_int_equal(config(sock, PCI_DEVICE_ID, 2), 0x10f5);
	assert_int_equal(config(sock, PCI_CLASS_REVISION, 4) >> 8, 0x020000);
	assert_int_equal(config(sock, PCI_INTERRUPT_PIN, 1), 0);
	cap = capability(sock, PCI_CAP_ID_MSIX);
	assert_int_equal(config(sock, cap + PCI_MSIX_FLAGS, 2),
			 SKUA_HWI_MAX_VECTORS - 1);
	assert_int_equal(config(sock, cap + PCI_MSIX_TABLE, 4),
			 SKUA_HWI_MSIX_TABLE_OFF | SKUA_HWI_BAR_REGS);
	cap = capability(sock, PCI_CAP_ID_EXP);
	assert_true(config(sock, cap + PCI_EXP_DEVCAP, 4) & PCI_EXP_DEVCAP_FLR);
	capability(sock, PCI_CAP_ID_PM);
	/* hwi §1: the serial number is the EUI-64 of the MAC. */
	assert_int_equal(config(sock, 0x100, 2), PCI_EXT_CAP_ID_DSN);
	assert_int_equal(config(sock, 0x104, 4), 0xfe334455);
	assert_int_equal(config(sock, 0x108, 4), 0x021122ff);
	peer_close(sock);
}

static void identity_cannot_be_overwritten(void **state)
{
	uint8_t before[4096], after[4096], ones[4096];
	int sock = peer_open(rig_path[0]);

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	assert_int_equal(peer_read(sock, CONFIG, 0, 4096, before), 0);
	assert_int_equal(peer_write(sock, CONFIG, 0, 4096, ones), 0);
	assert_int_equal(peer_read(sock, CONFIG, 0, 4096, after), 0);
	assert_memory_equal(after, before, PCI_COMMAND);
	assert_memory_equal(after + PCI_CLASS_REVISION,
			    before + PCI_CLASS_REVISION, 4);
	assert_memory_equal(after + 0x100, before + 0x100, 4096 - 0x100);
	peer_close(sock);
}

static void registers_are_forwarded(void **state)
{
	int sock = peer_open(rig_path[0]);
	const uint32_t word = 0xcafe;
	uint64_t v = 0;

	(void)state;
	assert_int_equal(peer_write(sock, SKUA_HWI_BAR_REGS, 0x2c, 4, &word),
			 0);
	assert_int_equal(fake_fn[0]->written.off, 0x2c);
	assert_int_equal(fake_fn[0]->written.size, 4);
	assert_int_equal(fake_fn[0]->written.val, 0xcafe);
	assert_int_equal(peer_read(sock, SKUA_HWI_BAR_REGS, 0x40, 8, &v), 0);
	assert_int_equal(v, FAKE_REG_VALUE + 0x40);
	peer_close(sock);
}

static void kicks_name_their_page(void **state)
{
	const uint32_t last = SKUA_HWI_UAR_PAGES - 1, val = 17;
	int sock = peer_open(rig_path[0]);

	(void)state;
	assert_int_equal(peer_write(sock, SKUA_HWI_BAR_KICK,
				    last * SKUA_HWI_UAR_PAGE_SIZE, 4, &val), 0);
	assert_int_equal(fake_fn[0]->kicked.page, last);
	assert_int_equal(fake_fn[0]->kicked.val, 17);
	/* Only the first word of a page is a register. */
	assert_int_equal(peer_write(sock, SKUA_HWI_BAR_KICK, 4, 4, &val), 0);
	assert_int_equal(fake_fn[0]->kicked.n, 1);
	peer_close(sock);
}

static void many_writes_fit_in_a_message(void **state)
{
	struct {
		uint64_t count;
		struct {
			uint64_t offset;
			uint32_t region, count;
			uint64_t data;
		} write[2];
	} m = { 2, { { 0x20, SKUA_HWI_BAR_REGS, 4, 1 },
		     { 0, SKUA_HWI_BAR_KICK, 4, 2 } } };
	int sock = peer_open(rig_path[0]);

	(void)state;
	assert_int_equal(peer_call(sock, VFU_REGION_WRITE_MULTI, &m, sizeof(m),
				   -1, NULL), 0);
	assert_int_equal(fake_fn[0]->written.off, 0x20);
	assert_int_equal(fake_fn[0]->written.val, 1);
	assert_int_equal(fake_fn[0]->kicked.val, 2);
	peer_close(sock);
}

static void a_posted_write_has_no_reply(void **state)
{
	struct {
		struct vfu_header head;
		struct vfu_region_access a;
		uint32_t data;
	} m = {
		{ 7, VFU_REGION_WRITE, 36, VFU_FLAG_NO_REPLY, 0 },
		{ 0x24, SKUA_HWI_BAR_REGS, 4 },
		99,
	};
	int sock = peer_open(rig_path[0]);

	(void)state;
	peer_send_raw(sock, &m, 36, NULL, 0);
	/* The next reply is that of the next message. */
	config(sock, 0, 4);
	assert_int_equal(fake_fn[0]->written.val, 99);
	peer_close(sock);
}

static void both_resets_reach_the_function(void **state)
{
	int sock = peer_open(rig_path[0]);
	uint32_t devctl = capability(sock, PCI_CAP_ID_EXP) + PCI_EXP_DEVCTL;
	uint16_t flr = PCI_EXP_DEVCTL_BCR_FLR;

	(void)state;
	assert_int_equal(peer_call(sock, VFU_DEVICE_RESET, NULL, 0, -1, NULL),
			 0);
	assert_int_equal(fake_fn[0]->resets, 1);
	assert_int_equal(peer_write(sock, CONFIG, devctl, 2, &flr), 0);
	assert_int_equal(fake_fn[0]->resets, 2);
	assert_int_equal(config(sock, devctl, 2) & flr, 0);
	peer_close(sock);
}

static void a_client_can_follow_another(void **state)
{
	int sock, i;

	(void)state;
	for (i = 0; i < 3; i++) {
		sock = peer_open(rig_path[0]);
		assert_int_equal(fake_fns, 1);
		/* Nothing is left of the one before. */
		assert_int_equal(*(uint32_t *)fake_fn[0]->cfg.uar, 0);
		*(uint32_t *)fake_fn[0]->cfg.uar = 1;
		peer_close(sock);
	}
}

static void a_second_client_is_turned_away(void **state)
{
	int first = peer_open(rig_path[0]), second;

	(void)state;
	second = peer_connect(rig_path[0]);
	assert_true(peer_dropped(second));
	close(second);
	assert_int_equal(config(first, PCI_VENDOR_ID, 2), 0x1af4);
	peer_close(first);
}

static void functions_are_separate(void **state)
{
	int a = peer_open(rig_path[0]), b = peer_open(rig_path[1]);
	const uint32_t val = 5;

	(void)state;
	assert_int_equal(fake_fns, 2);
	assert_int_equal(peer_write(b, SKUA_HWI_BAR_KICK, 0, 4, &val), 0);
	assert_int_equal(fake_fn[0]->kicked.n, 1);
	assert_int_equal(fake_fn[1]->kicked.n, 0);
	peer_close(b);
	assert_int_equal(config(a, PCI_VENDOR_ID, 2), 0x1af4);
	peer_close(a);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, rig_start, rig_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_version_is_agreed_on),
		TEST(another_major_version_is_refused),
		TEST(nothing_comes_before_the_version),
		TEST(it_is_a_pci_device),
		TEST(only_doorbells_can_be_mapped),
		TEST(doorbells_are_shared_with_the_engine),
		TEST(configuration_space_names_the_device),
		TEST(identity_cannot_be_overwritten),
		TEST(registers_are_forwarded),
		TEST(kicks_name_their_page),
		TEST(many_writes_fit_in_a_message),
		TEST(a_posted_write_has_no_reply),
		TEST(both_resets_reach_the_function),
		TEST(a_client_can_follow_another),
		TEST(a_second_client_is_turned_away),
		TEST(functions_are_separate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
