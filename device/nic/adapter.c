// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Adapters: made, started, stopped. */
#include <stdlib.h>

#include "link/neigh.h"
#include "link/port.h"
#include "nic.h"
#include "steer/steer.h"

struct skua_adapter *skua_adapter_create(const struct skua_adapter_config *cfg)
{
	struct skua_adapter *ad = calloc(1, sizeof(*ad));

	if (!ad)
		return NULL;
	if (cfg)
		ad->cfg = *cfg;
	pthread_mutex_init(&ad->engine, NULL);
	pthread_mutex_init(&ad->fw_lock, NULL);
	pthread_mutex_init(&ad->irqs.lock, NULL);
	pthread_cond_init(&ad->irqs.raised, NULL);
	list_init(&ad->hot);
	list_init(&ad->active);
	list_init(&ad->dirty_cqs);
	list_init(&ad->dirty_eqs);
	list_init(&ad->blocked_eqs);
	list_init(&ad->limited);
	list_init(&ad->paced);
	skua_cc_defaults(ad);
	ad->has_ipsec = skua_steer_has_ipsec();
	ad->now = skua_now(ad);
	return ad;
}

void skua_adapter_destroy(struct skua_adapter *ad)
{
	skua_adapter_stop(ad);
	if (ad->link)
		skua_link_port_destroy(ad->link);
	if (ad->neigh)
		skua_neigh_destroy(ad->neigh);
	pthread_cond_destroy(&ad->irqs.raised);
	pthread_mutex_destroy(&ad->irqs.lock);
	pthread_mutex_destroy(&ad->fw_lock);
	pthread_mutex_destroy(&ad->engine);
	free(ad->heap);
	free(ad->macs);
	free(ad);
}

int skua_adapter_start(struct skua_adapter *ad)
{
	int err;

	err = skua_irqs_start(ad);
	if (!err)
		err = skua_fw_start(ad);
	if (!err)
		err = skua_engine_start(ad);
	if (err)
		skua_adapter_stop(ad);
	return err;
}

void skua_adapter_stop(struct skua_adapter *ad)
{
	skua_thread_stop(&ad->engine_thread);
	skua_thread_stop(&ad->fw_thread);
	skua_thread_stop(&ad->irq_thread);
}
