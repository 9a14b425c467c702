/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef SKUA_WIRE_RESULT_H
#define SKUA_WIRE_RESULT_H

/* What is wrong with a frame. */
enum skua_wire_result {
	SKUA_WIRE_OK,
	SKUA_WIRE_NOT_ROCE,  /* for somebody else, and may be right */
	SKUA_WIRE_TRUNCATED, /* shorter than its headers or lengths say */
	SKUA_WIRE_BAD_IP,    /* version, or options */
	SKUA_WIRE_FRAGMENT,
	SKUA_WIRE_BAD_CHECKSUM, /* of the IPv4 header */
	SKUA_WIRE_BAD_LENGTH,	/* lengths that contradict each other */
	SKUA_WIRE_BAD_ICRC,
	SKUA_WIRE_BAD_TVER,
	SKUA_WIRE_BAD_OPCODE,
	SKUA_WIRE_BAD_PAD,
	SKUA_WIRE_RESULTS
};

/* One word for each, as counters have it. */
extern const char *const skua_wire_result_name[SKUA_WIRE_RESULTS];

#endif /* SKUA_WIRE_RESULT_H */
