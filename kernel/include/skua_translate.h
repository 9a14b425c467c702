/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * From what verbs say to what the device says (hwi/), and back: pure functions
 * that the kernel driver and user mode both compile. skua_translate_*.h are
 * about one kind of object each; here is what all of them want.
 */
#ifndef SKUA_TRANSLATE_H
#define SKUA_TRANSLATE_H

#include "skua_hwi.h"

#ifdef __KERNEL__
#include <asm/byteorder.h>
#include <linux/errno.h>
#include <linux/string.h>
#else
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#define cpu_to_le16(x) htole16(x)
#define cpu_to_le32(x) htole32(x)
#define cpu_to_le64(x) htole64(x)
#define le16_to_cpu(x) le16toh(x)
#define le32_to_cpu(x) le32toh(x)
#define le64_to_cpu(x) le64toh(x)
#define be16_to_cpu(x) be16toh(x)
#define be32_to_cpu(x) be32toh(x)
#endif

/* The errno of a command's status (hwi §9.1). */
static inline int skua_status_errno(__u8 status)
{
	switch (status) {
	case SKUA_HWI_OK:
		return 0;
	case SKUA_HWI_BAD_OPCODE:
	case SKUA_HWI_NOT_SUPPORTED:
		return -EOPNOTSUPP;
	case SKUA_HWI_BAD_PARAM:
	case SKUA_HWI_BAD_STATE:
		return -EINVAL;
	case SKUA_HWI_BAD_OBJECT:
		return -ENOENT;
	case SKUA_HWI_IN_USE:
		return -EBUSY;
	case SKUA_HWI_NO_RESOURCES:
		return -ENOMEM;
	case SKUA_HWI_BAD_ADDRESS:
		return -EFAULT;
	default:
		return -EIO;
	}
}

static inline bool skua_has(const struct skua_hwi_query_device_out *caps,
			    __u64 cap)
{
	return le64_to_cpu(caps->caps) & cap;
}

/* Reserved bytes of the ABI ask for nothing that is known here. */
static inline bool skua_all_zero(const __u8 *bytes, unsigned int len)
{
	while (len && !bytes[len - 1])
		len--;
	return !len;
}

#endif /* SKUA_TRANSLATE_H */
