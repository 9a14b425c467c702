// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The command queue (§9.1) and the thread that serves it. fw_lock is given up
 * after each command, so that nobody who resets a function waits for long.
 */
#include <string.h>
#include <sys/prctl.h>

#include "fw.h"

/* Look at the entry at index i; false: it is not in guest memory. */
static bool skua_cmdq_fetch(struct skua_function *fn, uint32_t i,
			    struct skua_hwi_cmd *cmd)
{
	const struct skua_hwi_cmd *entry;
	uint8_t state;

	pthread_rwlock_rdlock(&fn->map_lock);
	entry = skua_map_ptr(&fn->map, fn->cmdq.base + i * sizeof(*cmd),
			     sizeof(*cmd), true);
	if (entry) {
		state = __atomic_load_n(&entry->state, __ATOMIC_ACQUIRE);
		memcpy(cmd, entry, sizeof(*cmd));
		cmd->state = state;
	}
	pthread_rwlock_unlock(&fn->map_lock);
	return entry;
}

static bool skua_cmdq_answer(struct skua_function *fn, uint32_t i,
			     const struct skua_hwi_cmd *cmd)
{
	struct skua_hwi_cmd *entry;

	pthread_rwlock_rdlock(&fn->map_lock);
	entry = skua_map_ptr(&fn->map, fn->cmdq.base + i * sizeof(*cmd),
			     sizeof(*cmd), true);
	if (entry) {
		if (le16toh(cmd->opcode) == SKUA_HWI_CMD_CREATE_SA)
			memset(entry->in, 0, sizeof(entry->in));
		memcpy(entry->out, cmd->out, sizeof(entry->out));
		entry->syndrome = cmd->syndrome;
		entry->status = cmd->status;
		__atomic_store_n(&entry->state, SKUA_HWI_CMD_DONE,
				 __ATOMIC_RELEASE);
	}
	pthread_rwlock_unlock(&fn->map_lock);
	return entry;
}

static void skua_cmdq_fatal(struct skua_function *fn, uint32_t why)
{
	skua_engine_lock(fn->adapter);
	skua_function_fatal(fn, why);
	skua_engine_unlock(fn->adapter);
}

static void skua_cmdq_event(struct skua_function *fn, uint32_t i)
{
	skua_engine_lock(fn->adapter);
	skua_event(fn, SKUA_HWI_EVENT_CMD, i, 0);
	skua_eq_flush(fn->adapter);
	skua_engine_unlock(fn->adapter);
}

/* Execute one command of fn; false: there is none, or none that could be. */
static bool skua_cmdq_step(struct skua_function *fn)
{
	struct skua_cmdq *q = &fn->cmdq;
	uint32_t left = atomic_load(&q->pi) - q->ci, i;
	struct skua_hwi_cmd cmd;

	if (!(atomic_load(&fn->status) & SKUA_HWI_STATUS_CMDQ_ON) || !left)
		return false;
	if (left > q->size) {
		skua_cmdq_fatal(fn, SKUA_HWI_FATAL_CMDQ_INDEX);
		return false;
	}
	i = q->ci & (q->size - 1);
	if (!skua_cmdq_fetch(fn, i, &cmd)) {
		skua_cmdq_fatal(fn, SKUA_HWI_FATAL_CMDQ_DMA);
		return false;
	}
	skua_fw_execute(fn, &cmd);
	if (!skua_cmdq_answer(fn, i, &cmd)) {
		skua_cmdq_fatal(fn, SKUA_HWI_FATAL_CMDQ_DMA);
		return false;
	}
	q->ci++;
	skua_cmdq_event(fn, i);
	return true;
}

void skua_function_execute(struct skua_function *fn, struct skua_hwi_cmd *cmd)
{
	pthread_mutex_lock(&fn->adapter->fw_lock);
	skua_fw_execute(fn, cmd);
	pthread_mutex_unlock(&fn->adapter->fw_lock);
}

unsigned int skua_adapter_run_commands(struct skua_adapter *ad)
{
	uint64_t fns = atomic_exchange(&ad->posted_fns, 0);
	unsigned int n = 0, f;
	bool more;

	for (; fns; fns &= fns - 1) {
		f = __builtin_ctzll(fns);
		do {
			pthread_mutex_lock(&ad->fw_lock);
			more = ad->fn[f] && skua_cmdq_step(ad->fn[f]);
			pthread_mutex_unlock(&ad->fw_lock);
			n += more;
		} while (more);
	}
	return n;
}

void skua_fw_post(struct skua_function *fn)
{
	atomic_fetch_or(&fn->adapter->posted_fns, 1ull << fn->index);
	skua_thread_wake(&fn->adapter->fw_thread);
}

static void *skua_fw_main(void *arg)
{
	struct skua_adapter *ad = arg;
	struct skua_thread *self = &ad->fw_thread;

	prctl(PR_SET_NAME, "skua-firmware");
	while (!skua_thread_stopping(self)) {
		skua_thread_doze(self);
		if (skua_adapter_run_commands(ad) || skua_thread_stopping(self))
			skua_thread_awake(self);
		else
			skua_thread_sleep(self, SKUA_SLEEP_FOREVER);
	}
	return NULL;
}

int skua_fw_start(struct skua_adapter *ad)
{
	return skua_thread_start(&ad->fw_thread, skua_fw_main, ad);
}
