// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * impair_random SEED RUNS: call the target without libFuzzer, the same way each
 * time: rules out of the words that rules are made of, and RoCEv2 packets, most
 * of them right but for a byte or two, or cut short.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Marsaglia, "Xorshift RNGs", 2003. */
static uint64_t next(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}

static const char *const heads[] = {
	"drop out", "drop in", "corrupt both", "corrupt out", "duplicate out",
	"duplicate both", "reorder out", "reorder both", "delay in 2ms",
	"delay both 1s", "delay out 0ns", "rate out 1gbit", "rate in 7bit",
	"rate both 1000gbit", "ecn both", "", "drop", "delay", "# ",
};

static const char *const words[] = {
	"p=0.5", "p=0.999999999", "p=0", "nth=2", "nth=1000000000", "count=1",
	"for=3s", "for=1ns", "qp=17", "qp=0xffffff", "opcode=*", "opcode=4",
	"opcode=rc-send-*,cnp", "psn=0-0xffffff", "psn=0xfffff0-3", "bits=32",
	"where=payload", "where=header", "where=icrc", "where=any", "by=1",
	"by=1000", "wait=0s", "wait=1s", "jitter=2ms", "jitter=1ns",
	"limit=0", "limit=1024MiB", "ecn=0", "ecn=1KiB", "burst=1MiB",
	"burst=1024MiB", "p=", "=", "x=1", "psn=-", "\xff",
};

#define PICK(state, a) ((a)[next(state) % (sizeof(a) / sizeof((a)[0]))])

static size_t rule(uint64_t *state, uint8_t *out)
{
	unsigned int n = next(state) % 4;
	char *p = (char *)out;

	p += sprintf(p, "%s", PICK(state, heads));
	while (n--)
		p += sprintf(p, " %s", PICK(state, words));
	if (next(state) % 16 == 0)
		out[next(state) % (p - (char *)out + 1)] = next(state);
	return p - (char *)out;
}

/* Ethernet, IPv4, UDP and BTH: an RC SEND Only to queue pair 17. */
static const uint8_t right[] = {
	2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00,
	0x45, 2, 0, 76, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
	0xc0, 0, 0x12, 0xb7, 0, 56, 0, 0,
	4, 0, 0xff, 0xff, 0, 0, 0, 17, 0, 0, 0, 1,
};

static size_t packet(uint64_t *state, uint8_t *out)
{
	size_t len = sizeof(right) + 36;
	unsigned int n = next(state) % 3;

	memset(out, 0, len);
	memcpy(out, right, sizeof(right));
	out[42] = next(state) % 2 ? 4 : next(state) % 24;
	while (n--)
		out[next(state) % sizeof(right)] = next(state);
	return next(state) % 8 ? len : next(state) % len;
}

static size_t item(uint64_t *state, uint8_t *out)
{
	uint8_t kind = next(state) % 16;
	size_t len, i;

	if (kind == 0) {
		len = rule(state, out + 3);
	} else if (kind == 1) {
		len = 8;
		for (i = 0; i < len; i++)
			out[3 + i] = next(state) >> (i & 1 ? 8 : 60);
	} else {
		kind |= 2;
		len = packet(state, out + 3);
	}
	out[0] = kind;
	out[1] = len;
	out[2] = len >> 8;
	return 3 + len;
}

int main(int argc, char **argv)
{
	static uint8_t input[ITEMS * 256];
	uint64_t state, runs;
	size_t size;
	int i;

	if (argc != 3) {
		fprintf(stderr, "usage: %s SEED RUNS\n", argv[0]);
		return 2;
	}
	state = strtoull(argv[1], NULL, 0) | 1ull << 63;
	for (runs = strtoull(argv[2], NULL, 0); runs; runs--) {
		size = 0;
		for (i = 0; i < ITEMS; i++)
			size += item(&state, input + size);
		LLVMFuzzerTestOneInput(input, size);
	}
	return 0;
}
