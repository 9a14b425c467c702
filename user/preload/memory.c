// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What the program unmaps is gone for its peers too. */
#include <errno.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arena.h"
#include "device.h"
#include "preload.h"

/* Before it is, so that the peers are out of it by then. */
static void lose(const void *addr, size_t len)
{
	if (skua_arena_lose((uintptr_t)addr, len))
		skua_user_refresh();
}

SKUA_INTERPOSE int munmap(void *addr, size_t len)
{
	lose(addr, len);
	return syscall(SYS_munmap, addr, len);
}

/* More of it would be what lies behind it in the arena: other memory. */
SKUA_INTERPOSE void *mremap(void *addr, size_t len, size_t new_len, int flags, ...)
{
	void *to;
	va_list ap;

	va_start(ap, flags);
	to = va_arg(ap, void *);
	va_end(ap);
	lose(addr, len);
	if (!skua_arena_take_back((uintptr_t)addr, len)) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return (void *)syscall(SYS_mremap, addr, len, new_len, flags, to);
}
