// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "skua_cc.h"

const char *const skua_cc_param_name[SKUA_CC_PARAMS] = {
	[SKUA_CC_ENABLE] = "enable",
	[SKUA_CC_NP_MIN_TIME_BETWEEN_CNPS] = "np_min_time_between_cnps",
	[SKUA_CC_NP_CNP_DSCP] = "np_cnp_dscp",
	[SKUA_CC_RP_MAX_RATE] = "rp_max_rate",
	[SKUA_CC_RP_MIN_RATE] = "rp_min_rate",
	[SKUA_CC_RP_RATE_TO_SET_ON_FIRST_CNP] = "rp_rate_to_set_on_first_cnp",
	[SKUA_CC_RP_RATE_REDUCE_MONITOR_PERIOD] =
		"rp_rate_reduce_monitor_period",
	[SKUA_CC_RP_MIN_DEC_FAC] = "rp_min_dec_fac",
	[SKUA_CC_RP_INITIAL_ALPHA_VALUE] = "rp_initial_alpha_value",
	[SKUA_CC_RP_DCE_TCP_G] = "rp_dce_tcp_g",
	[SKUA_CC_RP_DCE_TCP_RTT] = "rp_dce_tcp_rtt",
	[SKUA_CC_RP_TIME_RESET] = "rp_time_reset",
	[SKUA_CC_RP_BYTE_RESET] = "rp_byte_reset",
	[SKUA_CC_RP_THRESHOLD] = "rp_threshold",
	[SKUA_CC_RP_AI_RATE] = "rp_ai_rate",
	[SKUA_CC_RP_HAI_RATE] = "rp_hai_rate",
};
