// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "wire/result.h"

const char *const skua_wire_result_name[SKUA_WIRE_RESULTS] = {
	[SKUA_WIRE_OK] = "ok",
	[SKUA_WIRE_NOT_ROCE] = "not_roce",
	[SKUA_WIRE_TRUNCATED] = "truncated",
	[SKUA_WIRE_BAD_IP] = "bad_ip",
	[SKUA_WIRE_FRAGMENT] = "fragment",
	[SKUA_WIRE_BAD_CHECKSUM] = "bad_checksum",
	[SKUA_WIRE_BAD_LENGTH] = "bad_length",
	[SKUA_WIRE_BAD_ICRC] = "bad_icrc",
	[SKUA_WIRE_BAD_TVER] = "bad_tver",
	[SKUA_WIRE_BAD_OPCODE] = "bad_opcode",
	[SKUA_WIRE_BAD_PAD] = "bad_pad",
};
