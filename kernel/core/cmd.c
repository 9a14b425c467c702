// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The command queue (hwi §9).
 *
 * A ring of entries that callers fill in order; each then waits for its own
 * entry, so several commands can be outstanding. The async EQ says when an
 * entry is done; before it exists, and after it is gone, the caller polls.
 *
 * An entry that never completes stays busy: the device may still write it. By
 * then the device is dead, and the ring is only used again after a reset.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/iopoll.h>

#include "core.h"
#include "skua_translate.h"

#define SKUA_CMD_TIMEOUT	(10 * HZ)
#define SKUA_CMDQ_ON_TIMEOUT_US (1 * USEC_PER_SEC)
#define SKUA_CMDQ_MASK		((1u << SKUA_CMDQ_LOG) - 1)

static_assert(SKUA_CMDQ_LOG <= SKUA_HWI_CMDQ_MAX_LOG);

static struct skua_hwi_cmd *skua_cmd_entry(struct skua_cmdq *q, u32 index)
{
	return (struct skua_hwi_cmd *)q->ring.buf + index;
}

static bool skua_cmd_done(struct skua_cmdq *q, u32 index)
{
	if (READ_ONCE(skua_cmd_entry(q, index)->state) != SKUA_HWI_CMD_DONE)
		return false;

	/* The device stores the state last. */
	dma_rmb();
	return true;
}

/* Runs until the slot at the producer index is free, and takes it. */
static int skua_cmd_take_slot(struct skua_core *core, u32 *index)
{
	struct skua_cmdq *q = &core->cmdq;
	struct skua_cmd_slot *slot;

	*index = q->pi & SKUA_CMDQ_MASK;
	slot = &q->slot[*index];

	/* Bounded: who holds the slot gives it back or declares death. */
	wait_event(q->free,
		   !smp_load_acquire(&slot->busy) || skua_core_dead(core));

	/*
	 * Pairs with the order of skua_core_die(), which first marks the
	 * device and then completes every slot: either the mark is seen here,
	 * or the completion comes after this reinit.
	 */
	reinit_completion(&slot->done);
	smp_mb();
	if (skua_core_dead(core) || !q->on)
		return -EIO;

	slot->busy = true;
	return 0;
}

static int skua_cmd_post(struct skua_core *core, u16 opcode, const void *in,
			 size_t in_len, u32 *index)
{
	struct skua_cmdq *q = &core->cmdq;
	struct skua_hwi_cmd *cmd;
	int err;

	mutex_lock(&q->post);
	err = skua_cmd_take_slot(core, index);
	if (err)
		goto out;

	cmd = skua_cmd_entry(q, *index);
	memset(cmd, 0, sizeof(*cmd));
	cmd->opcode = cpu_to_le16(opcode);
	cmd->tag = cpu_to_le32(q->pi);
	if (in_len)
		memcpy(cmd->in, in, in_len);
	dma_wmb();
	WRITE_ONCE(cmd->state, SKUA_HWI_CMD_POSTED);
	skua_reg_write(core, SKUA_HWI_REG_CMDQ_PI, ++q->pi);
out:
	mutex_unlock(&q->post);
	return err;
}

/* The input may have been the key of an SA, which stays nowhere. */
static void skua_cmd_give_slot(struct skua_cmdq *q, u32 index)
{
	struct skua_hwi_cmd *cmd = skua_cmd_entry(q, index);

	memzero_explicit(cmd->in, sizeof(cmd->in));
	smp_store_release(&q->slot[index].busy, false);
	wake_up(&q->free);
}

static int skua_cmd_wait(struct skua_core *core, u32 index)
{
	unsigned long deadline = jiffies + SKUA_CMD_TIMEOUT;
	struct skua_cmdq *q = &core->cmdq;

	for (;;) {
		long left = deadline - jiffies;

		if (skua_cmd_done(q, index))
			return 0;
		if (skua_core_dead(core))
			return -EIO;
		if (left <= 0)
			return -ETIMEDOUT;

		/* §5: an event that found the EQ full is lost, hence HZ. */
		if (READ_ONCE(q->events)) {
			wait_for_completion_timeout(&q->slot[index].done,
						    min(left, HZ));
		} else {
			skua_health_check(core);
			usleep_range(50, 100);
		}
	}
}

static int skua_cmd_answer(struct skua_core *core, u32 index, void *out,
			   size_t out_len)
{
	struct skua_hwi_cmd *cmd = skua_cmd_entry(&core->cmdq, index);

	if (cmd->status != SKUA_HWI_OK) {
		dev_dbg(&core->pdev->dev,
			"command 0x%03x: status %u, syndrome 0x%x\n",
			le16_to_cpu(cmd->opcode), cmd->status,
			le32_to_cpu(cmd->syndrome));
		return skua_status_errno(cmd->status);
	}

	if (out)
		memcpy(out, cmd->out, out_len);
	return 0;
}

static int skua_cmd_run(struct skua_core *core, u16 opcode, const void *in,
			size_t in_len, void *out, size_t out_len)
{
	u32 index;
	int err;

	err = skua_cmd_post(core, opcode, in, in_len, &index);
	if (err)
		return err;

	err = skua_cmd_wait(core, index);
	if (err) {
		if (err == -ETIMEDOUT)
			skua_core_die(core, "a command timed out");
		return err;
	}

	err = skua_cmd_answer(core, index, out, out_len);
	skua_cmd_give_slot(&core->cmdq, index);
	return err;
}

int skua_cmd_exec(struct skua_core *core, u16 opcode, const void *in,
		  size_t in_len, void *out, size_t out_len)
{
	int err;

	if (WARN_ON_ONCE(in_len > SKUA_HWI_CMD_IN_LEN ||
			 out_len > SKUA_HWI_CMD_OUT_LEN))
		return -EINVAL;

	err = skua_cmd_run(core, opcode, in, in_len, out, out_len);
	/* The caller is about to free what the device may still write to. */
	if (err && skua_core_dead(core))
		wait_for_completion(&core->quiet);
	return err;
}
EXPORT_SYMBOL_GPL(skua_cmd_exec);

void skua_cmd_destroy(struct skua_core *core, u16 opcode, u32 handle)
{
	struct skua_hwi_handle_in in = { .handle = cpu_to_le32(handle) };
	int err;

	err = skua_cmd_exec(core, opcode, &in, sizeof(in), NULL, 0);
	if (err && !skua_core_dead(core))
		dev_warn_once(&core->pdev->dev,
			      "command 0x%03x on object 0x%x failed: %pe\n",
			      opcode, handle, ERR_PTR(err));
}
EXPORT_SYMBOL_GPL(skua_cmd_destroy);

/* From the async EQ: the device finished the entry. Hard interrupt context. */
void skua_cmdq_event(struct skua_core *core, u32 index)
{
	complete(&core->cmdq.slot[index & SKUA_CMDQ_MASK].done);
}

/* The device is dead: whoever waits stops waiting. Any context. */
void skua_cmdq_abort(struct skua_core *core)
{
	struct skua_cmdq *q = &core->cmdq;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(q->slot); i++)
		complete(&q->slot[i].done);
	wake_up_all(&q->free);
}

/* Once in the life of a function; start and stop follow its resets. */
void skua_cmdq_init(struct skua_core *core)
{
	struct skua_cmdq *q = &core->cmdq;
	unsigned int i;

	mutex_init(&q->post);
	init_waitqueue_head(&q->free);
	for (i = 0; i < ARRAY_SIZE(q->slot); i++)
		init_completion(&q->slot[i].done);
}

int skua_cmdq_start(struct skua_core *core)
{
	struct skua_cmdq *q = &core->cmdq;
	unsigned int i;
	u32 status;
	int err;

	err = skua_ring_alloc(core, &q->ring,
			      sizeof(struct skua_hwi_cmd) << SKUA_CMDQ_LOG);
	if (err)
		return err;

	q->pi = 0;
	q->events = false;
	for (i = 0; i < ARRAY_SIZE(q->slot); i++)
		q->slot[i].busy = false;

	skua_reg_write(core, SKUA_HWI_REG_CMDQ_BASE_LO,
		       lower_32_bits(q->ring.dma));
	skua_reg_write(core, SKUA_HWI_REG_CMDQ_BASE_HI,
		       upper_32_bits(q->ring.dma));
	skua_reg_write(core, SKUA_HWI_REG_CMDQ_CTRL,
		       SKUA_HWI_CMDQ_ENABLE | SKUA_CMDQ_LOG);

	err = readl_poll_timeout(core->regs + SKUA_HWI_REG_STATUS, status,
				 status & SKUA_HWI_STATUS_CMDQ_ON, 100,
				 SKUA_CMDQ_ON_TIMEOUT_US);
	if (err || status == SKUA_GONE) {
		dev_err(&core->pdev->dev, "command queue refused\n");
		skua_ring_free(core, &q->ring);
		return -EIO;
	}

	q->on = true;
	return 0;
}

/* Nobody may be left who issues commands. */
void skua_cmdq_stop(struct skua_core *core)
{
	struct skua_cmdq *q = &core->cmdq;

	mutex_lock(&q->post);
	q->on = false;
	mutex_unlock(&q->post);

	skua_reg_write(core, SKUA_HWI_REG_CMDQ_CTRL, 0);
	/* §2: after a reset all memory may be freed. */
	skua_core_reset(core);
	/* Some command, and a key in it, may have had no end. */
	memzero_explicit(q->ring.buf, q->ring.size);
	skua_ring_free(core, &q->ring);
}
