/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Memory that had a key, and the registers by which it was copied there. memcpy()
 * leaves in vector registers what went through them, those of AVX-512 above the 16th
 * until somebody else copies as much. A core file has all registers of each thread;
 * and the dynamic linker puts them on the stack, where they stay, whenever a program
 * calls a function of a library for the first time.
 */
#ifndef SKUA_NIC_FORGET_H
#define SKUA_NIC_FORGET_H

#include <stddef.h>
#include <string.h>

static inline void skua_forget_registers(void)
{
#ifdef __x86_64__
	__asm__ volatile(".irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
			 "pxor %%xmm\\r, %%xmm\\r\n\t"
			 ".endr"
			 :
			 :
			 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
			   "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
			   "xmm12", "xmm13", "xmm14", "xmm15");
	/* And what is above these 16 bytes. */
	if (__builtin_cpu_supports("avx"))
		__asm__ volatile("vzeroupper");
	/* Which the compiler does not use here. */
	if (__builtin_cpu_supports("avx512f"))
		__asm__ volatile(
			".irp r,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"
			"vpxorq %%zmm\\r, %%zmm\\r, %%zmm\\r\n\t"
			".endr" ::);
#endif
}

static inline void skua_forget(void *at, size_t len)
{
	explicit_bzero(at, len);
	skua_forget_registers();
}

#endif /* SKUA_NIC_FORGET_H */
