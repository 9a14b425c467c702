// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Protection domains (§9.5). */
#include <stdlib.h>

#include "fw.h"

int skua_cmd_create_pd(struct skua_call *c)
{
	struct skua_function *fn = c->fn;
	struct skua_pd *pd = calloc(1, sizeof(*pd));
	int err;

	if (!pd)
		return SKUA_HWI_NO_RESOURCES;
	skua_engine_lock(fn->adapter);
	err = skua_table_add(&fn->pds, pd, &pd->pdn);
	skua_engine_unlock(fn->adapter);
	if (err) {
		free(pd);
		return SKUA_HWI_NO_RESOURCES;
	}
	skua_out_handle(c, pd->pdn);
	return SKUA_HWI_OK;
}

int skua_cmd_destroy_pd(struct skua_call *c)
{
	struct skua_function *fn = c->fn;
	struct skua_pd *pd = skua_table_get(&fn->pds, skua_in_handle(c));

	if (!pd)
		return BAD_OBJECT(c, skua_hwi_handle_in, handle);
	if (pd->refs)
		return SKUA_HWI_IN_USE;
	skua_engine_lock(fn->adapter);
	skua_pd_destroy(fn, pd);
	skua_engine_unlock(fn->adapter);
	return SKUA_HWI_OK;
}
