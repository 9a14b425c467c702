// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Registers of BAR 0 (§2). */
#include "nic.h"

static uint32_t skua_reg_read(struct skua_function *fn, uint64_t off)
{
	uint64_t now;

	switch (off) {
	case SKUA_HWI_REG_MAGIC:
		return SKUA_HWI_MAGIC;
	case SKUA_HWI_REG_VERSION:
		return SKUA_HWI_VERSION_MAJOR << 16 | SKUA_HWI_VERSION_MINOR;
	case SKUA_HWI_REG_STATUS:
		return atomic_load(&fn->status);
	case SKUA_HWI_REG_VECTORS:
		return fn->cfg.vectors;
	case SKUA_HWI_REG_UAR_PAGES:
		return SKUA_HWI_UAR_PAGES;
	case SKUA_HWI_REG_CMDQ_BASE_LO:
		return (uint32_t)atomic_load(&fn->cmdq.base);
	case SKUA_HWI_REG_CMDQ_BASE_HI:
		return atomic_load(&fn->cmdq.base) >> 32;
	case SKUA_HWI_REG_CMDQ_CTRL:
		return atomic_load(&fn->cmdq.ctrl);
	case SKUA_HWI_REG_FATAL:
		return atomic_load(&fn->fatal);
	case SKUA_HWI_REG_TIME_LO:
		now = skua_now(fn->adapter);
		atomic_store(&fn->time_hi, now >> 32);
		return now;
	case SKUA_HWI_REG_TIME_HI:
		return atomic_load(&fn->time_hi);
	default:
		return 0;
	}
}

/* Only while the queue is off. */
static void skua_reg_base(struct skua_function *fn, uint32_t val, bool high)
{
	uint64_t base;

	pthread_mutex_lock(&fn->adapter->fw_lock);
	base = fn->cmdq.base;
	if (high)
		base = (uint32_t)base | (uint64_t)val << 32;
	else
		base = base >> 32 << 32 | val;
	if (!(fn->cmdq.ctrl & SKUA_HWI_CMDQ_ENABLE))
		fn->cmdq.base = base;
	pthread_mutex_unlock(&fn->adapter->fw_lock);
}

/* A queue that cannot be is not turned on, and reads back as off. */
static void skua_reg_ctrl(struct skua_function *fn, uint32_t val)
{
	uint32_t log = val & SKUA_HWI_CMDQ_LOG_MASK,
		 off = SKUA_HWI_STATUS_CMDQ_ON;

	pthread_mutex_lock(&fn->adapter->fw_lock);
	fn->cmdq.ci = 0;
	atomic_store(&fn->cmdq.pi, 0);
	if (val & SKUA_HWI_CMDQ_ENABLE && log <= SKUA_HWI_CMDQ_MAX_LOG &&
	    !(fn->cmdq.base % SKUA_HWI_UAR_PAGE_SIZE) &&
	    !atomic_load(&fn->fatal)) {
		fn->cmdq.size = 1u << log;
		fn->cmdq.ctrl = SKUA_HWI_CMDQ_ENABLE | log;
		atomic_fetch_or(&fn->status, SKUA_HWI_STATUS_CMDQ_ON);
	} else {
		fn->cmdq.size = 0;
		fn->cmdq.ctrl = log;
		atomic_fetch_and(&fn->status, ~off);
	}
	pthread_mutex_unlock(&fn->adapter->fw_lock);
}

static void skua_reg_write(struct skua_function *fn, uint64_t off, uint32_t val)
{
	switch (off) {
	case SKUA_HWI_REG_RESET:
		if (val == SKUA_HWI_RESET_MAGIC)
			skua_function_reset(fn);
		break;
	case SKUA_HWI_REG_CMDQ_BASE_LO:
		skua_reg_base(fn, val, false);
		break;
	case SKUA_HWI_REG_CMDQ_BASE_HI:
		skua_reg_base(fn, val, true);
		break;
	case SKUA_HWI_REG_CMDQ_CTRL:
		skua_reg_ctrl(fn, val);
		break;
	case SKUA_HWI_REG_CMDQ_PI:
		atomic_store(&fn->cmdq.pi, val);
		skua_fw_post(fn);
		break;
	}
}

static bool skua_reg_access(uint64_t off, unsigned int size)
{
	return (size == 4 || size == 8) && !(off % size) &&
	       off < SKUA_HWI_REGS_SIZE;
}

uint64_t skua_function_read(struct skua_function *fn, uint64_t off,
			    unsigned int size)
{
	uint64_t val;

	atomic_fetch_add(&fn->reg_reads, 1);
	if (!skua_reg_access(off, size))
		return 0;
	val = skua_reg_read(fn, off);
	if (size == 8)
		val |= (uint64_t)skua_reg_read(fn, off + 4) << 32;
	return val;
}

void skua_function_write(struct skua_function *fn, uint64_t off,
			 unsigned int size, uint64_t val)
{
	atomic_fetch_add(&fn->reg_writes, 1);
	if (!skua_reg_access(off, size))
		return;
	skua_reg_write(fn, off, val);
	if (size == 8)
		skua_reg_write(fn, off + 4, val >> 32);
}
