/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Congestion control of an adapter, for whoever sets it up or looks at it.
 * What the parameters mean is in skuactl(8).
 */
#ifndef SKUA_CC_H
#define SKUA_CC_H

#include <stddef.h>
#include <stdint.h>

struct skua_adapter;

enum skua_cc_param {
	SKUA_CC_ENABLE,
	SKUA_CC_NP_MIN_TIME_BETWEEN_CNPS,
	SKUA_CC_NP_CNP_DSCP,
	SKUA_CC_RP_MAX_RATE,
	SKUA_CC_RP_MIN_RATE,
	SKUA_CC_RP_RATE_TO_SET_ON_FIRST_CNP,
	SKUA_CC_RP_RATE_REDUCE_MONITOR_PERIOD,
	SKUA_CC_RP_MIN_DEC_FAC,
	SKUA_CC_RP_INITIAL_ALPHA_VALUE,
	SKUA_CC_RP_DCE_TCP_G,
	SKUA_CC_RP_DCE_TCP_RTT,
	SKUA_CC_RP_TIME_RESET,
	SKUA_CC_RP_BYTE_RESET,
	SKUA_CC_RP_THRESHOLD,
	SKUA_CC_RP_AI_RATE,
	SKUA_CC_RP_HAI_RATE,
	SKUA_CC_PARAMS
};

/* By their index, and what they are in this adapter. */
extern const char *const skua_cc_param_name[SKUA_CC_PARAMS];
uint32_t skua_adapter_cc(struct skua_adapter *ad, enum skua_cc_param param);
/*
 * text: NAME=VALUE, "on" or "off", with blanks between if there are several.
 * All or none are set. 0, or -EINVAL and why in err.
 */
int skua_adapter_cc_set(struct skua_adapter *ad, const char *text, char *err,
			size_t errlen);

/* A QP that was told to slow down. Rates are in kbit/s. */
struct skua_cc_qp {
	uint8_t mac[6];		/* of its function */
	uint32_t qpn, dest_qpn;
	uint64_t rate, target;
	uint32_t alpha;		/* of 1024 */
	uint64_t cnps, bytes;	/* since it was told first */
};
/* Up to max of them; how many there are. */
unsigned int skua_adapter_cc_qps(struct skua_adapter *ad,
				 struct skua_cc_qp *out, unsigned int max);

#endif /* SKUA_CC_H */
