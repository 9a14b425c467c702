// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <string.h>

#include "copy.h"
#include "guard.h"

struct copy {
	void *to;
	const void *from;
	size_t len;
};

static void copy(void *arg)
{
	const struct copy *c = arg;

	memcpy(c->to, c->from, c->len);
}

int skua_copy_user(void *to, const void *from, size_t len)
{
	struct copy c = { to, from, len };

	return len && skua_user_guard(copy, &c) ? -EFAULT : 0;
}
