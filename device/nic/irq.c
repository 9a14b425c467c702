// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Interrupts. Whoever finds an EQ armed sets a bit; a thread of its own calls
 * ops->raise(), because that may be a system call, and keeps the distance in
 * time that the EQ asks for (§5).
 */
#include "nic.h"

#define SKUA_EQ_MASK ((1u << SKUA_LOG_MAX_EQ) - 1)

void skua_irq(struct skua_eq *eq)
{
	struct skua_function *fn = eq->fn;
	uint32_t i = eq->eqn & SKUA_EQ_MASK;

	atomic_fetch_or(&fn->irq_pending[i / 64], 1ull << i % 64);
	atomic_fetch_or(&fn->adapter->irq_fns, 1ull << fn->index);
	skua_thread_wake(&fn->adapter->irq_thread);
}

void skua_irq_setup(struct skua_eq *eq, uint64_t moderation_ns)
{
	struct skua_irq *irq = &eq->fn->irq[eq->eqn & SKUA_EQ_MASK];

	atomic_store(&irq->vector, eq->vector);
	atomic_store(&irq->moderation_ns, moderation_ns);
}

/*
 * Take one interrupt of fn that is due; its vector, or -1. Those that must
 * wait stay pending, and *wait shrinks to the shortest of their times.
 */
static int skua_irq_take(struct skua_function *fn, uint64_t now, uint64_t *wait)
{
	uint64_t bits, left;
	unsigned int w, i;

	for (w = 0; w <= SKUA_EQ_MASK / 64; w++) {
		for (bits = atomic_load(&fn->irq_pending[w]); bits;
		     bits &= bits - 1) {
			struct skua_irq *irq;

			i = __builtin_ctzll(bits);
			irq = &fn->irq[w * 64 + i];
			left = atomic_load(&irq->moderation_ns);
			if (now - irq->last_ns < left) {
				left -= now - irq->last_ns;
				if (left < *wait)
					*wait = left;
				continue;
			}
			irq->last_ns = now;
			atomic_fetch_and(&fn->irq_pending[w], ~(1ull << i));
			return atomic_load(&irq->vector);
		}
	}
	return -1;
}

/* Raise one interrupt of function number f, if one is due. */
static bool skua_irq_raise(struct skua_adapter *ad, unsigned int f, uint64_t *wait)
{
	struct skua_irqs *irqs = &ad->irqs;
	struct skua_function *fn;
	int vector = -1;

	pthread_mutex_lock(&irqs->lock);
	fn = irqs->fn[f];
	if (fn)
		vector = skua_irq_take(fn, skua_now(ad), wait);
	if (vector >= 0) {
		irqs->raising = fn;
		pthread_mutex_unlock(&irqs->lock);
		atomic_fetch_add(&fn->interrupts, 1);
		fn->cfg.ops->raise(fn->cfg.ctx, vector);
		pthread_mutex_lock(&irqs->lock);
		irqs->raising = NULL;
		pthread_cond_broadcast(&irqs->raised);
	}
	pthread_mutex_unlock(&irqs->lock);
	return vector >= 0;
}

static unsigned int skua_irqs_run(struct skua_adapter *ad, uint64_t *wait)
{
	uint64_t fns = atomic_exchange(&ad->irq_fns, 0);
	unsigned int n = 0, f;
	uint64_t left;

	for (; fns; fns &= fns - 1) {
		f = __builtin_ctzll(fns);
		left = SKUA_SLEEP_FOREVER;
		while (skua_irq_raise(ad, f, &left))
			n++;
		if (left != SKUA_SLEEP_FOREVER)
			atomic_fetch_or(&ad->irq_fns, 1ull << f);
		if (left < *wait)
			*wait = left;
	}
	return n;
}

unsigned int skua_adapter_run_interrupts(struct skua_adapter *ad)
{
	uint64_t wait;

	/* Polled: what is set meanwhile is seen the next time. */
	if (!atomic_load_explicit(&ad->irq_fns, memory_order_relaxed))
		return 0;
	return skua_irqs_run(ad, &wait);
}

static void *skua_irqs_main(void *arg)
{
	struct skua_adapter *ad = arg;
	struct skua_thread *self = &ad->irq_thread;
	uint64_t wait;

	while (!skua_thread_stopping(self)) {
		skua_thread_doze(self);
		wait = SKUA_SLEEP_FOREVER;
		if (skua_irqs_run(ad, &wait) || skua_thread_stopping(self))
			skua_thread_awake(self);
		else
			skua_thread_sleep(self, wait);
	}
	return NULL;
}

int skua_irqs_start(struct skua_adapter *ad)
{
	return skua_thread_start(&ad->irq_thread, skua_irqs_main, ad);
}

void skua_irq_attach(struct skua_function *fn)
{
	struct skua_irqs *irqs = &fn->adapter->irqs;

	pthread_mutex_lock(&irqs->lock);
	irqs->fn[fn->index] = fn;
	pthread_mutex_unlock(&irqs->lock);
}

static void skua_irq_quiesce(struct skua_function *fn, bool detach)
{
	struct skua_irqs *irqs = &fn->adapter->irqs;
	unsigned int w;

	pthread_mutex_lock(&irqs->lock);
	for (w = 0; w <= SKUA_EQ_MASK / 64; w++)
		atomic_store(&fn->irq_pending[w], 0);
	while (irqs->raising == fn)
		pthread_cond_wait(&irqs->raised, &irqs->lock);
	if (detach)
		irqs->fn[fn->index] = NULL;
	pthread_mutex_unlock(&irqs->lock);
}

void skua_irq_forget(struct skua_function *fn)
{
	skua_irq_quiesce(fn, false);
}

void skua_irq_detach(struct skua_function *fn)
{
	skua_irq_quiesce(fn, true);
}
