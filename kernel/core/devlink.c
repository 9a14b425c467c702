// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The function as devlink sees it. The instance owns struct skua_core. */
#include <net/devlink.h>

#include "core.h"

static int skua_devlink_info_get(struct devlink *devlink,
				 struct devlink_info_req *req,
				 struct netlink_ext_ack *extack)
{
	struct skua_core *core = devlink_priv(devlink);
	u64 fw = le64_to_cpu(core->caps.fw_version);
	char buf[32];
	int err;

	snprintf(buf, sizeof(buf), "%016llx", le64_to_cpu(core->caps.guid));
	err = devlink_info_serial_number_put(req, buf);
	if (err)
		return err;

	snprintf(buf, sizeof(buf), "%u.%u.%u", upper_32_bits(fw),
		 (u16)(fw >> 16), (u16)fw);
	return devlink_info_version_running_put(req,
			DEVLINK_INFO_VERSION_GENERIC_FW, buf);
}

static const struct devlink_ops skua_devlink_ops = {
	.info_get = skua_devlink_info_get,
};

struct skua_core *skua_devlink_alloc(struct pci_dev *pdev)
{
	struct skua_core *core;
	struct devlink *devlink;

	devlink = devlink_alloc(&skua_devlink_ops, sizeof(*core), &pdev->dev);
	return devlink ? devlink_priv(devlink) : NULL;
}

void skua_devlink_register(struct skua_core *core)
{
	devlink_register(priv_to_devlink(core));
}

void skua_devlink_unregister(struct skua_core *core)
{
	devlink_unregister(priv_to_devlink(core));
}

void skua_devlink_free(struct skua_core *core)
{
	devlink_free(priv_to_devlink(core));
}
