/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Memory keys (hwi §9.5): of regions, and of windows. */
#ifndef SKUA_TRANSLATE_MKEY_H
#define SKUA_TRANSLATE_MKEY_H

#include <rdma/ib_user_ioctl_verbs.h>

#include "skua_translate.h"

/* The device's access bits are those of verbs, but for relaxed ordering. */
static_assert(SKUA_HWI_ACCESS_LOCAL_WRITE == IB_UVERBS_ACCESS_LOCAL_WRITE, "");
static_assert(SKUA_HWI_ACCESS_REMOTE_WRITE == IB_UVERBS_ACCESS_REMOTE_WRITE,
	      "");
static_assert(SKUA_HWI_ACCESS_REMOTE_READ == IB_UVERBS_ACCESS_REMOTE_READ, "");
static_assert(SKUA_HWI_ACCESS_REMOTE_ATOMIC == IB_UVERBS_ACCESS_REMOTE_ATOMIC,
	      "");
static_assert(SKUA_HWI_ACCESS_MW_BIND == IB_UVERBS_ACCESS_MW_BIND, "");

/* Zero-based is a matter of iova; the others ask for what is always so. */
#define SKUA_IB_ACCESS_SUPPORTED                               \
	(SKUA_HWI_ACCESS_VERBS | IB_UVERBS_ACCESS_ZERO_BASED | \
	 IB_UVERBS_ACCESS_HUGETLB | IB_UVERBS_ACCESS_OPTIONAL_RANGE)

/* enum ib_mr_rereg: flags of the uverbs ABI, in no uapi header. */
#define SKUA_IB_REREG_TRANS  (1u << 0)
#define SKUA_IB_REREG_PD     (1u << 1)
#define SKUA_IB_REREG_ACCESS (1u << 2)
#define SKUA_IB_REREG_ALL \
	(SKUA_IB_REREG_TRANS | SKUA_IB_REREG_PD | SKUA_IB_REREG_ACCESS)

static inline int skua_access_check(__u32 access)
{
	return access & ~SKUA_IB_ACCESS_SUPPORTED ? -EOPNOTSUPP : 0;
}

/* Memory that the device may write, now or by a window that is bound to it. */
static inline bool skua_access_writes(__u32 access)
{
	return access & (SKUA_HWI_ACCESS_VERBS & ~SKUA_HWI_ACCESS_REMOTE_READ);
}

/* As the device has it. Relaxed ordering is a permission: it may know none. */
static inline __u8 skua_access_of(const struct skua_hwi_query_device_out *caps,
				  __u32 access)
{
	__u8 of = access & SKUA_HWI_ACCESS_VERBS;

	if (access & IB_UVERBS_ACCESS_RELAXED_ORDERING &&
	    skua_has(caps, SKUA_HWI_CAP_RELAXED_ORDERING))
		of |= SKUA_HWI_ACCESS_RELAXED_ORDERING;
	return of;
}

static inline int skua_mr_check(const struct skua_hwi_query_device_out *caps,
				__u64 start, __u64 length, __u64 virt,
				__u32 access)
{
	int err;

	err = skua_access_check(access);
	if (err)
		return err;
	if (!length || length > le64_to_cpu(caps->max_mr_size) ||
	    start > ~0ul || length > ~0ul - start || length - 1 > ~0ull - virt)
		return -EINVAL;
	return 0;
}

/* A region whose first byte the program calls @virt; no page list yet. */
static inline void skua_mr_fill(struct skua_hwi_create_mkey_in *in,
				const struct skua_hwi_query_device_out *caps,
				__u32 pdn, __u32 access, __u64 virt, __u64 length)
{
	in->type = SKUA_HWI_MKEY_MR;
	in->pdn = cpu_to_le32(pdn);
	in->access = skua_access_of(caps, access);
	in->iova = cpu_to_le64(access & IB_UVERBS_ACCESS_ZERO_BASED ? 0 : virt);
	in->len = cpu_to_le64(length);
}

/* Rights and domain change in place: the keys that others hold stay good. */
static inline void skua_mr_modify(struct skua_hwi_modify_mkey_in *in,
				  const struct skua_hwi_query_device_out *caps,
				  __u32 key, __u32 flags, __u32 access, __u32 pdn)
{
	__u32 mask = 0;

	if (flags & SKUA_IB_REREG_ACCESS) {
		mask |= SKUA_HWI_MKEY_ACCESS;
		in->access = skua_access_of(caps, access);
	}
	if (flags & SKUA_IB_REREG_PD) {
		mask |= SKUA_HWI_MKEY_PD;
		in->pdn = cpu_to_le32(pdn);
	}
	in->handle = cpu_to_le32(key);
	in->mask = cpu_to_le32(mask);
}

/* @type is of enum ib_uverbs_mw_type, as everybody numbers them. */
static inline int skua_mw_fill(struct skua_hwi_create_mkey_in *in, __u32 pdn,
			       __u32 type)
{
	in->pdn = cpu_to_le32(pdn);
	switch (type) {
	case 1:
		in->type = SKUA_HWI_MKEY_MW1;
		return 0;
	case 2:
		in->type = SKUA_HWI_MKEY_MW2;
		return 0;
	default:
		return -EINVAL;
	}
}

#endif /* SKUA_TRANSLATE_MKEY_H */
