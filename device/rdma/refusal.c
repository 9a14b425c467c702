// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "refusal.h"

const char *const skua_refusal_name[SKUA_REFUSALS] = {
	[SKUA_REFUSED_NO_PORT] = "no_port",
	[SKUA_REFUSED_BAD_PKEY] = "bad_pkey",
	[SKUA_REFUSED_NO_QP] = "no_qp",
	[SKUA_REFUSED_BAD_SERVICE] = "bad_service",
	[SKUA_REFUSED_BAD_STATE] = "bad_state",
	[SKUA_REFUSED_BAD_PATH] = "bad_path",
	[SKUA_REFUSED_BAD_QKEY] = "bad_qkey",
};
