// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Memory windows (§9.5). WQEs bind them, so the kernel sees no bind. */
#include <rdma/uverbs_ioctl.h>

#include "skua_ib.h"

int skua_ib_alloc_mw(struct ib_mw *ibmw, struct ib_udata *udata)
{
	struct skua_ib_dev *dev = to_skua_dev(ibmw->device);
	struct skua_hwi_create_mkey_in in = {
		.pdn = cpu_to_le32(to_skua_pd(ibmw->pd)->pdn),
	};
	int err;

	err = ib_no_udata_io(udata);
	if (err)
		return err;

	switch (ibmw->type) {
	case IB_MW_TYPE_1:
		in.type = SKUA_HWI_MKEY_MW1;
		break;
	case IB_MW_TYPE_2:
		in.type = SKUA_HWI_MKEY_MW2;
		break;
	default:
		return -EINVAL;
	}
	return skua_ib_create_mkey(dev, &in, &ibmw->rkey);
}

/* The key has another variant by now if it was bound: the index counts. */
int skua_ib_dealloc_mw(struct ib_mw *ibmw)
{
	return skua_ib_destroy_mkey(to_skua_dev(ibmw->device), ibmw->rkey);
}
