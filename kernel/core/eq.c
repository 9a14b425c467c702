// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Event queues and their interrupts (hwi §5).
 *
 * EQ 0 on vector 0 carries commands and async events; each further vector has
 * a completion EQ. An EQ interrupts once for each time it is armed, so the
 * handler empties the ring, arms, and looks once more: an entry stored before
 * the device could see the new arm raised no interrupt.
 */
#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/topology.h>

#include "core.h"

#define SKUA_ASYNC_EQ_LOG 10
#define SKUA_COMP_EQ_LOG  11

/* The async EQ also holds one event for each command that is outstanding. */
static_assert(SKUA_ASYNC_EQ_LOG > SKUA_HWI_CMDQ_MAX_LOG);

static struct skua_hwi_eqe *skua_eq_next(struct skua_eq *eq)
{
	struct skua_hwi_eqe *eqe = eq->ring.buf;
	u32 phase = !(eq->ci >> eq->log_size & 1);
	u32 owner;

	eqe += eq->ci & ((1u << eq->log_size) - 1);
	owner = le32_to_cpu(READ_ONCE(eqe->owner));
	if ((owner & SKUA_HWI_OWNER_PHASE) != phase)
		return NULL;

	/* The device stores the owner last. */
	dma_rmb();
	return eqe;
}

static void skua_comp_event(struct skua_core *core, u32 cqn)
{
	struct skua_core_cq *cq;

	/* The entry outlives this handler: see skua_cq_del_sync(). */
	cq = xa_load(&core->cqs, cqn);
	if (cq)
		cq->comp(cq);
}

static void skua_eq_dispatch(struct skua_core *core, struct skua_hwi_eqe *eqe)
{
	u32 obj = le32_to_cpu(eqe->obj);

	switch (eqe->type) {
	case SKUA_HWI_EVENT_COMP:
		skua_comp_event(core, obj);
		break;
	case SKUA_HWI_EVENT_CMD:
		skua_cmdq_event(core, obj);
		break;
	case SKUA_HWI_EVENT_FATAL:
		skua_core_die(core, "the device reports a fatal error");
		break;
	default:
		atomic_notifier_call_chain(&core->events, eqe->type, eqe);
	}
}

static void skua_eq_drain(struct skua_eq *eq)
{
	struct skua_hwi_eqe *eqe;

	while ((eqe = skua_eq_next(eq))) {
		skua_eq_dispatch(eq->core, eqe);
		eq->ci++;
		/* dma_mb: the entry was read before the device gets it back. */
		dma_mb();
		WRITE_ONCE(eq->rec->ci, cpu_to_le32(eq->ci));
	}
}

static void skua_eq_arm(struct skua_eq *eq)
{
	u32 arm = ++eq->sn << SKUA_HWI_ARM_SN_SHIFT | SKUA_HWI_ARM_ANY;

	WRITE_ONCE(eq->rec->arm, cpu_to_le32(arm));
	/* §5: arm is visible before the ring is looked at again. */
	mb();
}

static irqreturn_t skua_eq_irq(int irq, void *data)
{
	struct skua_eq *eq = data;

	do {
		skua_eq_drain(eq);
		skua_eq_arm(eq);
	} while (skua_eq_next(eq));

	return IRQ_HANDLED;
}

static int skua_eq_cmd_create(struct skua_eq *eq, unsigned int vector)
{
	struct skua_hwi_create_eq_in in = {
		.pbl = eq->ring.pbl,
		.log_size = eq->log_size,
		.vector = cpu_to_le32(vector),
		.flags = cpu_to_le32(vector ? 0 : SKUA_HWI_EQ_ASYNC),
	};
	struct skua_hwi_handle_out out;
	int err;

	err = skua_cmd_exec(eq->core, SKUA_HWI_CMD_CREATE_EQ, &in, sizeof(in),
			    &out, sizeof(out));
	if (err)
		return err;

	eq->handle = le32_to_cpu(out.handle);
	return 0;
}

static int skua_eq_create(struct skua_core *core, unsigned int vector)
{
	struct skua_eq *eq = &core->eq[vector];
	struct pci_dev *pdev = core->pdev;
	size_t ring_size;
	int err;

	eq->core = core;
	eq->log_size = vector ? SKUA_COMP_EQ_LOG : SKUA_ASYNC_EQ_LOG;
	ring_size = sizeof(struct skua_hwi_eqe) << eq->log_size;
	err = skua_ring_alloc(core, &eq->ring, ring_size + sizeof(*eq->rec));
	if (err)
		return err;
	eq->rec = eq->ring.buf + ring_size;

	if (vector)
		snprintf(eq->name, sizeof(eq->name), "skua-comp%u@pci:%s",
			 vector - 1, pci_name(pdev));
	else
		snprintf(eq->name, sizeof(eq->name), "skua-async@pci:%s",
			 pci_name(pdev));

	eq->irq = pci_irq_vector(pdev, vector);
	err = request_irq(eq->irq, skua_eq_irq, 0, eq->name, eq);
	if (err)
		goto err_ring;

	err = skua_eq_cmd_create(eq, vector);
	if (err)
		goto err_irq;

	if (vector)
		irq_set_affinity_and_hint(eq->irq,
			cpumask_of(cpumask_local_spread(vector - 1,
					dev_to_node(&pdev->dev))));

	/* The first arming; the handler must not run beside itself. */
	disable_irq(eq->irq);
	skua_eq_irq(eq->irq, eq);
	enable_irq(eq->irq);
	return 0;

err_irq:
	free_irq(eq->irq, eq);
err_ring:
	skua_ring_free(core, &eq->ring);
	return err;
}

static void skua_eq_destroy(struct skua_core *core, unsigned int vector)
{
	struct skua_eq *eq = &core->eq[vector];

	skua_cmd_destroy(core, SKUA_HWI_CMD_DESTROY_EQ, eq->handle);
	irq_update_affinity_hint(eq->irq, NULL);
	free_irq(eq->irq, eq);
	skua_ring_free(core, &eq->ring);
}

static int skua_irqs_alloc(struct skua_core *core)
{
	u32 max = min3(skua_reg_read(core, SKUA_HWI_REG_VECTORS),
		       le32_to_cpu(core->caps.max_eq),
		       (u32)SKUA_HWI_MAX_VECTORS);

	return pci_alloc_irq_vectors(core->pdev, 2,
				     min(max, num_online_cpus() + 1),
				     PCI_IRQ_MSIX);
}

static void skua_eqs_destroy_first(struct skua_core *core, unsigned int n)
{
	while (n--) {
		/* Without its EQ, the destroy of EQ 0 itself is polled. */
		if (n == 0)
			WRITE_ONCE(core->cmdq.events, false);
		skua_eq_destroy(core, n);
	}
}

int skua_eqs_create(struct skua_core *core)
{
	unsigned int i;
	int nvec, err;

	nvec = skua_irqs_alloc(core);
	if (nvec < 0)
		return dev_err_probe(&core->pdev->dev, nvec,
				     "no MSI-X vectors\n");

	core->eq = kzalloc_objs(*core->eq, nvec);
	if (!core->eq) {
		err = -ENOMEM;
		goto err_vectors;
	}

	for (i = 0; i < nvec; i++) {
		err = skua_eq_create(core, i);
		if (err)
			goto err_eqs;
		if (i == 0)
			WRITE_ONCE(core->cmdq.events, true);
	}
	core->num_eqs = nvec;
	return 0;

err_eqs:
	skua_eqs_destroy_first(core, i);
	kfree(core->eq);
err_vectors:
	pci_free_irq_vectors(core->pdev);
	return err;
}

void skua_eqs_destroy(struct skua_core *core)
{
	skua_eqs_destroy_first(core, core->num_eqs);
	core->num_eqs = 0;
	kfree(core->eq);
	pci_free_irq_vectors(core->pdev);
}

int skua_cq_add(struct skua_core *core, struct skua_core_cq *cq)
{
	return xa_insert(&core->cqs, cq->cqn, cq, GFP_KERNEL);
}
EXPORT_SYMBOL_GPL(skua_cq_add);

void skua_cq_del_sync(struct skua_core *core, struct skua_core_cq *cq)
{
	unsigned int i;

	xa_erase(&core->cqs, cq->cqn);
	/* A handler that found the CQ before has returned after this. */
	for (i = 1; i < core->num_eqs; i++)
		synchronize_irq(core->eq[i].irq);
}
EXPORT_SYMBOL_GPL(skua_cq_del_sync);

unsigned int skua_comp_vectors(const struct skua_core *core)
{
	return core->num_eqs - 1;
}
EXPORT_SYMBOL_GPL(skua_comp_vectors);

u32 skua_comp_eqn(const struct skua_core *core, unsigned int vector)
{
	return core->eq[1 + vector].handle;
}
EXPORT_SYMBOL_GPL(skua_comp_eqn);

int skua_comp_irq(const struct skua_core *core, unsigned int vector)
{
	return core->eq[1 + vector].irq;
}
EXPORT_SYMBOL_GPL(skua_comp_irq);

int skua_event_register(struct skua_core *core, struct notifier_block *nb)
{
	return atomic_notifier_chain_register(&core->events, nb);
}
EXPORT_SYMBOL_GPL(skua_event_register);

void skua_event_unregister(struct skua_core *core, struct notifier_block *nb)
{
	atomic_notifier_chain_unregister(&core->events, nb);
}
EXPORT_SYMBOL_GPL(skua_event_unregister);
