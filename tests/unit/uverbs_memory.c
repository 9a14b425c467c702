// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What user mode lets be registered, and what keeps a protection domain: with
 * the engine, by write commands.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>
#include <rdma/ib_user_ioctl_verbs.h>
#include <rdma/ib_user_verbs.h>

#include "device.h"
#include "rdma/skua-abi.h"

#define PAGE	   4096u
#define ZERO_BASED (1u << 5)
#define CQE_BYTES  64u

/* As a kernel before 5.14 has it. */
static bool no_populate;

int madvise(void *addr, size_t len, int advice)
{
	if (no_populate &&
	    (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE)) {
		errno = EINVAL;
		return -1;
	}
	return syscall(SYS_madvise, addr, len, advice);
}

/* What the last region was said to begin at; the linker puts it between. */
static uint64_t last_iova;

int __real_skua_user_cmd(struct skua_user_dev *dev, uint16_t opcode,
			 const void *in, size_t in_len, void *out,
			 size_t out_len);
int __wrap_skua_user_cmd(struct skua_user_dev *dev, uint16_t opcode,
			 const void *in, size_t in_len, void *out,
			 size_t out_len);

int __wrap_skua_user_cmd(struct skua_user_dev *dev, uint16_t opcode,
			 const void *in, size_t in_len, void *out,
			 size_t out_len)
{
	const struct skua_hwi_create_mkey_in *mkey = in;

	if (opcode == SKUA_HWI_CMD_CREATE_MKEY)
		last_iova = le64toh(mkey->iova);
	return __real_skua_user_cmd(dev, opcode, in, in_len, out, out_len);
}

struct fixture {
	int fd, async_fd;
	uint32_t pd;
	uint8_t *mem; /* two pages, and behind them nothing */
};

/* 0 or the errno of a command whose header is filled in here. */
static int give(struct fixture *f, uint32_t command, void *cmd, size_t len,
		size_t out)
{
	struct ib_uverbs_cmd_hdr hdr = { command, len / 4, out / 4 };

	memcpy(cmd, &hdr, sizeof(hdr));
	return write(f->fd, cmd, len) == (ssize_t)len ? 0 : errno;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct {
		struct ib_uverbs_get_context_resp core;
		struct skua_uresp_alloc_ucontext drv;
	} ctx;
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_get_context core;
	} get = { .core.response = (uintptr_t)&ctx };
	struct {
		struct ib_uverbs_alloc_pd_resp core;
		struct skua_uresp_alloc_pd drv;
	} pd;
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_alloc_pd core;
	} alloc = { .core.response = (uintptr_t)&pd };

	no_populate = false;
	f->fd = open("/dev/infiniband/uverbs0", O_RDWR | O_CLOEXEC);
	assert_true(f->fd >= 0);
	assert_int_equal(give(f, IB_USER_VERBS_CMD_GET_CONTEXT, &get,
			      sizeof(get), sizeof(ctx)), 0);
	f->async_fd = ctx.core.async_fd;
	assert_int_equal(give(f, IB_USER_VERBS_CMD_ALLOC_PD, &alloc,
			      sizeof(alloc), sizeof(pd)), 0);
	f->pd = pd.core.pd_handle;

	f->mem = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(f->mem, MAP_FAILED);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(close(f->async_fd), 0);
	assert_int_equal(close(f->fd), 0);
	munmap(f->mem, 3 * PAGE);
	free(f);
	return 0;
}

static int reg(struct fixture *f, const void *start, uint64_t len,
	       uint64_t iova, uint32_t access)
{
	struct ib_uverbs_reg_mr_resp resp;
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_reg_mr core;
	} cmd = {
		.core = {
			.response = (uintptr_t)&resp,
			.start = (uintptr_t)start,
			.length = len,
			.hca_va = iova,
			.pd_handle = f->pd,
			.access_flags = access,
		},
	};

	return give(f, IB_USER_VERBS_CMD_REG_MR, &cmd, sizeof(cmd),
		    sizeof(resp));
}

static int reg_here(struct fixture *f, const void *start, uint64_t len,
		    uint32_t access)
{
	return reg(f, start, len, (uintptr_t)start, access);
}

static void test_hole(void **state)
{
	struct fixture *f = *state;

	/* Nothing else may come to lie there, so it is not unmapped. */
	assert_int_equal(mprotect(f->mem + 2 * PAGE, PAGE, PROT_NONE), 0);
	assert_int_equal(reg_here(f, f->mem, 2 * PAGE, 1), 0);
	assert_int_equal(reg_here(f, f->mem, 2 * PAGE + 1, 1), EFAULT);
	assert_int_equal(reg_here(f, f->mem + 2 * PAGE, 1, 0), EFAULT);
}

static void test_read_only(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mprotect(f->mem + PAGE, PAGE, PROT_READ), 0);
	assert_int_equal(reg_here(f, f->mem, 2 * PAGE, 0), 0);
	assert_int_equal(reg_here(f, f->mem, 2 * PAGE, 1), EFAULT);
}

static void test_old_kernel(void **state)
{
	struct fixture *f = *state;

	no_populate = true;
	assert_int_equal(reg_here(f, f->mem, 2 * PAGE, 1), 0);
	/* Where nothing ever is. */
	assert_int_equal(reg_here(f, (void *)(1ull << 46), PAGE, 1), EFAULT);
}

/* What is registered to be read may not be memory that can be written. */
static void test_rereg(void **state)
{
	struct fixture *f = *state;
	struct ib_uverbs_rereg_mr_resp resp;
	struct ib_uverbs_reg_mr_resp mr;
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_reg_mr core;
	} reg = {
		.core = {
			.response = (uintptr_t)&mr,
			.start = (uintptr_t)f->mem,
			.length = 2 * PAGE,
			.hca_va = (uintptr_t)f->mem,
			.pd_handle = f->pd,
		},
	};
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_rereg_mr core;
	} change = {
		.core = {
			.response = (uintptr_t)&resp,
			.flags = 1u << 2,
			.access_flags = 1,
		},
	};

	assert_int_equal(mprotect(f->mem + PAGE, PAGE, PROT_READ), 0);
	assert_int_equal(give(f, IB_USER_VERBS_CMD_REG_MR, &reg, sizeof(reg),
			      sizeof(mr)), 0);
	change.core.mr_handle = mr.mr_handle;
	assert_int_equal(give(f, IB_USER_VERBS_CMD_REREG_MR, &change,
			      sizeof(change), sizeof(resp)), EFAULT);
	assert_int_equal(mprotect(f->mem + PAGE, PAGE, PROT_READ | PROT_WRITE),
			 0);
	assert_int_equal(give(f, IB_USER_VERBS_CMD_REREG_MR, &change,
			      sizeof(change), sizeof(resp)), 0);
	assert_int_equal(resp.lkey, mr.lkey);
}

/* hwi 9.5: the device counts from iova. */
static void test_zero_based(void **state)
{
	struct fixture *f = *state;
	uintptr_t start = (uintptr_t)f->mem + 8;

	assert_int_equal(reg(f, (void *)start, PAGE, start + 8, 1), EINVAL);
	assert_int_equal(reg_here(f, (void *)start, PAGE, 1), 0);
	assert_int_equal(last_iova, start);
	assert_int_equal(reg_here(f, (void *)start, PAGE, 1 | ZERO_BASED), 0);
	assert_int_equal(last_iova, 0);
}

static void test_pd_of_ah(void **state)
{
	struct fixture *f = *state;
	struct {
		struct ib_uverbs_create_ah_resp core;
		struct skua_uresp_create_ah drv;
	} ah;
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_create_ah core;
	} create = {
		.core = {
			.response = (uintptr_t)&ah,
			.pd_handle = f->pd,
			.attr = {
				.grh.dgid = { [10] = 0xff, 0xff, 127, 0, 0, 1 },
				.is_global = 1,
				.port_num = 1,
			},
		},
	};
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_destroy_ah core;
	} destroy = { 0 };
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_dealloc_pd core;
	} dealloc = { .core.pd_handle = f->pd };

	assert_int_equal(give(f, IB_USER_VERBS_CMD_CREATE_AH, &create,
			      sizeof(create), sizeof(ah)), 0);
	assert_int_equal(give(f, IB_USER_VERBS_CMD_DEALLOC_PD, &dealloc,
			      sizeof(dealloc), 0), EBUSY);
	destroy.core.ah_handle = ah.core.ah_handle;
	assert_int_equal(give(f, IB_USER_VERBS_CMD_DESTROY_AH, &destroy,
			      sizeof(destroy), 0), 0);
	assert_int_equal(give(f, IB_USER_VERBS_CMD_DEALLOC_PD, &dealloc,
			      sizeof(dealloc), 0), 0);
}

static int create_cq(struct fixture *f, uint32_t flags)
{
	struct {
		struct ib_uverbs_ex_create_cq_resp core;
		struct skua_uresp_create_cq drv;
	} resp;
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_ex_cmd_hdr ex;
		struct ib_uverbs_ex_create_cq core;
		struct skua_ureq_create_cq drv;
	} cmd = {
		.hdr = {
			.command = IB_USER_VERBS_CMD_FLAG_EXTENDED |
				   IB_USER_VERBS_EX_CMD_CREATE_CQ,
			.in_words = sizeof(cmd.core) / 8,
			.out_words = sizeof(resp.core) / 8,
		},
		.ex = {
			.response = (uintptr_t)&resp,
			.provider_in_words = sizeof(cmd.drv) / 8,
			.provider_out_words = sizeof(resp.drv) / 8,
		},
		.core = { .cqe = 16, .comp_channel = -1, .flags = flags },
		.drv = { .buf = (uintptr_t)f->mem, .log_size = 4 },
	};

	_Static_assert(16 * CQE_BYTES + 64 <= 2 * PAGE, "the ring fits");
	return write(f->fd, &cmd, sizeof(cmd)) == sizeof(cmd) ? 0 : errno;
}

static void test_cq_flags(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		create_cq(f, IB_UVERBS_CQ_FLAGS_TIMESTAMP_COMPLETION), 0);
	assert_int_equal(create_cq(f, IB_UVERBS_CQ_FLAGS_IGNORE_OVERRUN),
			 EOPNOTSUPP);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(hole),	  TEST(read_only), TEST(old_kernel),
		TEST(zero_based), TEST(pd_of_ah),  TEST(cq_flags),
		TEST(rereg),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
