// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What the program unmaps is gone for its peers too. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arena.h"
#include "device.h"
#include "preload.h"

SKUA_INTERPOSE int munmap(void *addr, size_t len)
{
	/* Before it is, so that the peers are out of it by then. */
	if (skua_arena_lose((uintptr_t)addr, len))
		skua_user_refresh();
	return syscall(SYS_munmap, addr, len);
}
