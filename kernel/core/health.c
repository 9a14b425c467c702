// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Is the device alive? A poll of STATUS once a second notices a device that
 * was pulled, whose process died, or that gave up; commands notice when they
 * are not answered. A dead device stays dead until probe or a PCI reset
 * brings it up again.
 */
#include "core.h"

#define SKUA_HEALTH_INTERVAL HZ

bool skua_core_dead(const struct skua_core *core)
{
	return test_bit(SKUA_STATE_DEAD, &core->state);
}
EXPORT_SYMBOL_GPL(skua_core_dead);

/*
 * Drivers of a dead device free memory without the device letting go of it
 * first. What lets go is a reset, which commands wait for before they fail.
 */
static void skua_quiesce_work(struct work_struct *work)
{
	struct skua_core *core =
		container_of(work, struct skua_core, quiesce);

	skua_core_reset(core);
	complete_all(&core->quiet);
}

/* Mark the device dead, once, and tell everybody. Any context. */
void skua_core_die(struct skua_core *core, const char *why)
{
	u32 status;

	if (test_and_set_bit(SKUA_STATE_DEAD, &core->state))
		return;

	status = skua_reg_read(core, SKUA_HWI_REG_STATUS);
	if (status == SKUA_GONE)
		dev_err(&core->pdev->dev, "device is gone\n");
	else
		dev_err(&core->pdev->dev,
			"device is dead: %s (status 0x%x, fatal %u)\n", why,
			status, skua_reg_read(core, SKUA_HWI_REG_FATAL));

	schedule_work(&core->quiesce);
	skua_cmdq_abort(core);
	atomic_notifier_call_chain(&core->events, SKUA_EVENT_DEAD, NULL);
}

/* Return: whether the device is alive. */
bool skua_health_check(struct skua_core *core)
{
	u32 status = skua_reg_read(core, SKUA_HWI_REG_STATUS);

	if (status == SKUA_GONE)
		skua_core_die(core, "it does not answer");
	else if (status & SKUA_HWI_STATUS_FATAL)
		skua_core_die(core, "it reports a fatal error");

	return !skua_core_dead(core);
}

static void skua_health_work(struct work_struct *work)
{
	struct skua_core *core =
		container_of(work, struct skua_core, health.work);

	if (skua_health_check(core))
		skua_health_start(core);
}

void skua_health_init(struct skua_core *core)
{
	INIT_DELAYED_WORK(&core->health, skua_health_work);
	INIT_WORK(&core->quiesce, skua_quiesce_work);
	init_completion(&core->quiet);
}

/* The device came out of a reset. */
void skua_core_revive(struct skua_core *core)
{
	reinit_completion(&core->quiet);
	clear_bit(SKUA_STATE_DEAD, &core->state);
}

void skua_health_start(struct skua_core *core)
{
	schedule_delayed_work(&core->health,
			      round_jiffies_relative(SKUA_HEALTH_INTERVAL));
}

void skua_health_stop(struct skua_core *core)
{
	cancel_delayed_work_sync(&core->health);
	flush_work(&core->quiesce);
}
