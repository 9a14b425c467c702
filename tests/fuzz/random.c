// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * random SEED RUNS: call the fuzz target without libFuzzer, the same way each
 * time. Half of the messages are right but for a word or two. Many of the
 * words are numbers that checks are made for: small ones, and those beside a
 * power of two, where sums and products wrap around.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol.h"

#define MESSAGES  40
#define MAX_WORDS 16

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

static uint32_t word(uint64_t *state)
{
	uint64_t r = next(state);

	switch (r % 8) {
	case 0:
	case 1:
		return (r >> 8) % 16;
	case 2:
		return (1u << (r >> 8) % 32) + (r >> 16) % 3 - 1;
	case 3:
		return (r >> 8) % 64 << 12;
	case 4:
		return 0;
	default:
		return r >> 32;
	}
}

/* Messages that are right, so that what lies behind the checks is reached. */
static const struct {
	uint8_t command, fds, words;
	uint32_t word[8];
} right[] = {
	{ VFU_DMA_MAP, 1, 8, { 32, 3, 0, 0, 0, 0, 0x8000, 0 } },
	{ VFU_DMA_MAP, 1, 8, { 32, 1, 0x8000, 0, 0x100000, 0, 0x8000, 0 } },
	{ VFU_DMA_UNMAP, 0, 6, { 24, 0, 0, 0, 0x8000, 0 } },
	{ VFU_DMA_UNMAP, 0, 6, { 24, VFU_DMA_UNMAP_ALL } },
	{ VFU_DEVICE_SET_IRQS, 2, 5, { 20, 0x24, 2, 0, 2 } },
	{ VFU_DEVICE_GET_REGION_INFO, 0, 8, { 32, 0, 2 } },
	{ VFU_REGION_READ, 0, 4, { 0, 0, 7, 4096 } },
	{ VFU_REGION_READ, 0, 4, { 0, 0, 0, 8 } },
	/* The command queue: at 0, of two entries, and one is posted. */
	{ VFU_REGION_WRITE, 0, 5, { 0x28, 0, 0, 4, 1u << 31 | 1 } },
	{ VFU_REGION_WRITE, 0, 5, { 0x2c, 0, 0, 4, 1 } },
	{ VFU_REGION_WRITE, 0, 5, { 0, 0, 2, 4, 1 } },
	{ VFU_REGION_WRITE, 0, 5, { 0, 0, 4, 4, 1 } },
	{ VFU_REGION_WRITE, 0, 5, { 0x68, 0, 7, 2, 1u << 15 } },
	{ VFU_REGION_WRITE_MULTI, 0, 8, { 1, 0, 0x20, 0, 0, 4, 0x1000, 0 } },
};

static size_t almost_right(uint64_t *state, uint8_t *out)
{
	unsigned int n = next(state) % (sizeof(right) / sizeof(right[0])), i;
	uint32_t w;

	out[0] = right[n].command;
	out[1] = next(state) % 16 ? right[n].fds : next(state);
	out[2] = right[n].words;
	for (i = 0; i < right[n].words; i++) {
		w = next(state) % 16 ? right[n].word[i] : word(state);
		memcpy(out + 3 + 4 * i, &w, sizeof(w));
	}
	return 3 + 4 * right[n].words;
}

static size_t anything(uint64_t *state, uint8_t *out)
{
	uint32_t words = next(state) % (MAX_WORDS + 1), i, w;

	out[0] = next(state) % 64 ? next(state) % 20 : next(state);
	out[1] = next(state);
	out[2] = words;
	for (i = 0; i < words; i++) {
		w = word(state);
		memcpy(out + 3 + 4 * i, &w, sizeof(w));
	}
	return 3 + 4 * words;
}

/* A message in the form that the target reads. */
static size_t message(uint64_t *state, uint8_t *out)
{
	return next(state) % 2 ? anything(state, out) :
				 almost_right(state, out);
}

int main(int argc, char **argv)
{
	uint8_t input[MESSAGES * (3 + 4 * MAX_WORDS)];
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
		for (i = 0; i < MESSAGES; i++)
			size += message(&state, input + size);
		LLVMFuzzerTestOneInput(input, size);
	}
	return 0;
}
