/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Asynchronous events (hwi §5), as verbs number them. */
#ifndef SKUA_TRANSLATE_EVENT_H
#define SKUA_TRANSLATE_EVENT_H

#include "skua_translate.h"

/* enum ib_event_type: part of the uverbs ABI, and in no uapi header. */
#define SKUA_IB_EVENT_CQ_ERR		   0
#define SKUA_IB_EVENT_QP_FATAL		   1
#define SKUA_IB_EVENT_QP_REQ_ERR	   2
#define SKUA_IB_EVENT_QP_ACCESS_ERR	   3
#define SKUA_IB_EVENT_COMM_EST		   4
#define SKUA_IB_EVENT_SQ_DRAINED	   5
#define SKUA_IB_EVENT_SRQ_ERR		   14
#define SKUA_IB_EVENT_SRQ_LIMIT_REACHED	   15
#define SKUA_IB_EVENT_QP_LAST_WQE_REACHED  16

/* Whose handle an event carries. */
enum skua_event_owner {
	SKUA_EVENT_OF_NONE, /* not of an object, or not an asynchronous one */
	SKUA_EVENT_OF_QP,
	SKUA_EVENT_OF_SRQ,
	SKUA_EVENT_OF_CQ,
};

struct skua_verbs_event {
	enum skua_event_owner owner;
	__u8 type;
};

static inline struct skua_verbs_event skua_verbs_event(__u8 hwi)
{
#define SKUA_EVENT(of, name) \
	((struct skua_verbs_event){ SKUA_EVENT_OF_##of, SKUA_IB_EVENT_##name })
	switch (hwi) {
	case SKUA_HWI_EVENT_QP_FATAL:
		return SKUA_EVENT(QP, QP_FATAL);
	case SKUA_HWI_EVENT_QP_REQ_ERR:
		return SKUA_EVENT(QP, QP_REQ_ERR);
	case SKUA_HWI_EVENT_QP_ACCESS_ERR:
		return SKUA_EVENT(QP, QP_ACCESS_ERR);
	case SKUA_HWI_EVENT_COMM_EST:
		return SKUA_EVENT(QP, COMM_EST);
	case SKUA_HWI_EVENT_SQ_DRAINED:
		return SKUA_EVENT(QP, SQ_DRAINED);
	case SKUA_HWI_EVENT_LAST_WQE:
		return SKUA_EVENT(QP, QP_LAST_WQE_REACHED);
	case SKUA_HWI_EVENT_SRQ_LIMIT:
		return SKUA_EVENT(SRQ, SRQ_LIMIT_REACHED);
	case SKUA_HWI_EVENT_SRQ_ERR:
		return SKUA_EVENT(SRQ, SRQ_ERR);
	case SKUA_HWI_EVENT_CQ_ERR:
		return SKUA_EVENT(CQ, CQ_ERR);
	default:
		return (struct skua_verbs_event){ SKUA_EVENT_OF_NONE, 0 };
	}
#undef SKUA_EVENT
}

#endif /* SKUA_TRANSLATE_EVENT_H */
