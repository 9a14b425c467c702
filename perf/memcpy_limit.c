// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * memcpy-limit BYTES - the most that one copy per message can reach here.
 *
 * An adapter that does its work with one memcpy cannot move messages of BYTES
 * bytes faster than a loop of such memcpys does on the same machine. Cold walks
 * two spans of 256 MiB, far beyond the caches, as traffic over large buffers
 * does; hot copies the same block over and over. Prints one JSON object, MiB/s.
 */
#include <string.h>

#include "limit.h"

#define SPAN ((size_t)256 << 20)
#define ROUNDS 5
#define ROUND_NS 100000000LL

/* Shared mappings, as guest memory is for the adapter. */
static char *map_span(void)
{
	char *span = map(SPAN, MAP_SHARED);

	memset(span, 1, SPAN);
	return span;
}

/*
 * One round: copies of SIZE bytes along the first SPAN_USED bytes of both
 * spans, over and over, until the time is up. Returns MiB/s.
 */
static double round_rate(char *dst, const char *src, size_t size,
			 size_t span_used)
{
	size_t blocks = span_used / size;
	int64_t start = now_ns(), spent;
	uint64_t copies = 0;
	size_t block = 0;

	do {
		/* Small copies must not be drowned by reading the clock. */
		for (int i = 0; i < 256; i++) {
			memcpy(dst + block * size, src + block * size, size);
			__asm__ volatile("" ::: "memory");
			block = block + 1 < blocks ? block + 1 : 0;
		}
		copies += 256;
		spent = now_ns() - start;
	} while (spent < ROUND_NS);
	return copies * (double)size / (1 << 20) / (spent / 1e9);
}

static double median_rate(char *dst, const char *src, size_t size,
			  size_t span_used)
{
	double rate[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		rate[i] = round_rate(dst, src, size, span_used);
	qsort(rate, ROUNDS, sizeof(*rate), by_value);
	return rate[ROUNDS / 2];
}

int main(int argc, char **argv)
{
	char *end = "", *src, *dst;
	unsigned long size;

	size = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
	if (!size || size > SPAN || *end) {
		fprintf(stderr, "usage: memcpy-limit BYTES (1 to %zu)\n", SPAN);
		return 2;
	}
	src = map_span();
	dst = map_span();
	printf("{\"bytes\": %lu, \"cold\": %.2f, \"hot\": %.2f}\n", size,
	       median_rate(dst, src, size, SPAN),
	       median_rate(dst, src, size, size));
	return 0;
}
