/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The CRC-32 of Ethernet, as ISA-L computes it.
 *
 * Where the processor has AVX-512, ISA-L returns with the upper halves of the vector
 * registers in use. Intel's processors then keep these halves in each SSE instruction
 * that follows, which makes it wait for the one before that wrote the register; and SSE
 * is what compilers use for all that is copied or added up. So they are cleared here.
 */
#ifndef SKUA_WIRE_CRC_H
#define SKUA_WIRE_CRC_H

#include <stdint.h>

#include <isa-l/crc.h>

/* Of len bytes behind those that crc is the CRC of; 0 if there are none. */
static inline uint32_t skua_crc32(uint32_t crc, const uint8_t *p, uint64_t len)
{
	crc = crc32_gzip_refl(crc, p, len);
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx"))
		__asm__ volatile("vzeroupper" ::
					 : "xmm0", "xmm1", "xmm2", "xmm3",
					   "xmm4", "xmm5", "xmm6", "xmm7",
					   "xmm8", "xmm9", "xmm10", "xmm11",
					   "xmm12", "xmm13", "xmm14", "xmm15");
#endif
	return crc;
}

/*
 * The same of bytes that are copied, from one place to another that has nothing in
 * common with it. Where no processor's instructions do both at once, one of the two is
 * read again: kept says which, the one that nobody else writes to. Of less than
 * SKUA_CRC32_COPY bytes it is no faster than one after the other.
 */
#define SKUA_CRC32_COPY 256u
uint32_t skua_crc32_copy(uint32_t crc, uint8_t *to, const uint8_t *from,
			 uint64_t len, const uint8_t *kept);

#endif /* SKUA_WIRE_CRC_H */
