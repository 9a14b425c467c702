/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef SKUA_REFUSAL_H
#define SKUA_REFUSAL_H

/* Why a packet, though well-formed, was for nobody; IBTA 9.6.1. */
enum skua_refusal {
	SKUA_REFUSED_NO_PORT,	   /* the address is not of a port that is up */
	SKUA_REFUSED_BAD_PKEY,
	SKUA_REFUSED_NO_QP,
	SKUA_REFUSED_BAD_SERVICE,  /* the QP has another transport service */
	SKUA_REFUSED_BAD_STATE,	   /* the QP takes none now */
	SKUA_REFUSED_BAD_PATH,	   /* from, or to, other addresses */
	SKUA_REFUSED_BAD_QKEY,
	SKUA_REFUSALS
};

/* One word for each, as counters have it. */
extern const char *const skua_refusal_name[SKUA_REFUSALS];

#endif /* SKUA_REFUSAL_H */
