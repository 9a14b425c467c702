// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * mutate SEED RUNS FILE... - call the fuzz target without libFuzzer, with the
 * files of a corpus that were changed in a few places, the same way each time.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SIZE 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	uint8_t data[MAX_SIZE];
	size_t size;
};

/* Marsaglia, "Xorshift RNGs", 2003. */
static uint64_t next(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}

static void change(uint64_t *state, struct input *in)
{
	uint64_t r = next(state);
	uint8_t *p = in->data + (r >> 32) % in->size;

	switch (r % 8) {
	case 0:
	case 1:
		*p ^= 1 << (r >> 8) % 8;
		break;
	case 2:
	case 3:
		*p = r >> 8;
		break;
	case 4: /* what is beside a limit */
		*p = (1u << (r >> 8) % 9) + (r >> 16) % 3 - 1;
		break;
	case 5: /* ends earlier */
		in->size = p - in->data + 1;
		break;
	case 6: /* or later */
		if (in->size <= MAX_SIZE - 16) {
			memset(in->data + in->size, r >> 8, 16);
			in->size += 16;
		}
		break;
	case 7: /* some bytes twice */
		memmove(p + (in->data + in->size - p) / 2, p,
			(in->data + in->size - p) / 2);
		break;
	}
}

static void read_file(const char *path, struct input *in)
{
	FILE *file = fopen(path, "rb");

	if (!file) {
		perror(path);
		exit(2);
	}
	in->size = fread(in->data, 1, MAX_SIZE, file);
	fclose(file);
	if (!in->size) {
		fprintf(stderr, "%s is empty\n", path);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	uint64_t state, runs, n;
	struct input *corpus, in;
	int files = argc - 3, i;

	if (files < 1) {
		fprintf(stderr, "usage: %s SEED RUNS FILE...\n", argv[0]);
		return 2;
	}
	corpus = calloc(files, sizeof(*corpus));
	if (!corpus)
		return 2;
	for (i = 0; i < files; i++) {
		read_file(argv[3 + i], &corpus[i]);
		LLVMFuzzerTestOneInput(corpus[i].data, corpus[i].size);
	}
	state = strtoull(argv[1], NULL, 0) | 1ull << 63;
	for (runs = strtoull(argv[2], NULL, 0); runs; runs--) {
		in = corpus[next(&state) % files];
		for (n = next(&state) % 6; n; n--)
			change(&state, &in);
		LLVMFuzzerTestOneInput(in.data, in.size);
	}
	free(corpus);
	return 0;
}
