// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Memory windows (§9.5). WQEs bind them, so the kernel sees no bind. */
#include <rdma/uverbs_ioctl.h>

#include "skua_ib.h"
#include "skua_translate_mkey.h"

static_assert((int)IB_MW_TYPE_1 == 1 && (int)IB_MW_TYPE_2 == 2);

int skua_ib_alloc_mw(struct ib_mw *ibmw, struct ib_udata *udata)
{
	struct skua_ib_dev *dev = to_skua_dev(ibmw->device);
	struct skua_hwi_create_mkey_in in = {};
	int err;

	err = ib_no_udata_io(udata);
	if (err)
		return err;

	err = skua_mw_fill(&in, to_skua_pd(ibmw->pd)->pdn, ibmw->type);
	if (err)
		return err;
	return skua_ib_create_mkey(dev, &in, &ibmw->rkey);
}

/* The key has another variant by now if it was bound: the index counts. */
int skua_ib_dealloc_mw(struct ib_mw *ibmw)
{
	return skua_ib_destroy_mkey(to_skua_dev(ibmw->device), ibmw->rkey);
}
