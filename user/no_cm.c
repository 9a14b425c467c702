// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* There is no connection manager: opening it fails as on a kernel without. */
#include <errno.h>

#include "serve.h"

int skua_cm_open(int flags)
{
	(void)flags;
	return -ENXIO;
}

void skua_cm_forked(void)
{
}
