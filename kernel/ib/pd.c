// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <rdma/uverbs_ioctl.h>

#include <rdma/skua-abi.h>

#include "skua_ib.h"

int skua_ib_alloc_pd(struct ib_pd *ibpd, struct ib_udata *udata)
{
	struct skua_ib_dev *dev = to_skua_dev(ibpd->device);
	struct skua_ib_pd *pd = to_skua_pd(ibpd);
	struct skua_uresp_alloc_pd resp = {};
	struct skua_hwi_handle_out out;
	int err;

	err = ib_is_udata_in_empty(udata);
	if (err)
		return err;

	err = skua_cmd_exec(dev->core, SKUA_HWI_CMD_CREATE_PD, NULL, 0, &out,
			    sizeof(out));
	if (err)
		return err;
	pd->pdn = le32_to_cpu(out.handle);

	if (!udata)
		return 0;

	resp.pdn = pd->pdn;
	err = ib_respond_udata(udata, resp);
	if (err)
		skua_cmd_destroy(dev->core, SKUA_HWI_CMD_DESTROY_PD, pd->pdn);
	return err;
}

int skua_ib_dealloc_pd(struct ib_pd *ibpd, struct ib_udata *udata)
{
	struct skua_ib_dev *dev = to_skua_dev(ibpd->device);

	skua_cmd_destroy(dev->core, SKUA_HWI_CMD_DESTROY_PD,
			 to_skua_pd(ibpd)->pdn);
	return 0;
}
