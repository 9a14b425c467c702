// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * pvm-limit BYTES - the most that one copy into another process can reach here.
 *
 * An adapter that moves each message with one process_vm_writev() cannot be
 * faster than a loop of such calls; one whose peers share their memory cannot
 * be faster than memcpy() into that mapping. Both loops copy the same block
 * over and over, as perftest does with messages of a page and more, while the
 * process that the block belongs to sleeps. Prints one JSON object, MiB/s.
 */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "limit.h"

#define MAX_BYTES ((size_t)256 << 20)
#define ROUNDS 5
#define ROUND_NS 100000000LL

struct block {
	char *src;
	char *dst;	/* where it is in this process, if it is here */
	size_t size;
	pid_t owner;	/* in which it is at the same address */
};

typedef void (*copy_fn)(const struct block *b);

static void copy_pvm(const struct block *b)
{
	struct iovec from = { b->src, b->size }, to = { b->dst, b->size };

	if (process_vm_writev(b->owner, &from, 1, &to, 1, 0) !=
	    (ssize_t)b->size)
		fail("pvm-limit: process_vm_writev");
}

static void copy_mapping(const struct block *b)
{
	memcpy(b->dst, b->src, b->size);
	__asm__ volatile("" ::: "memory");
}

static double round_rate(copy_fn copy, const struct block *b)
{
	int64_t start = now_ns(), spent;
	uint64_t copies = 0;

	do {
		for (int i = 0; i < 64; i++)
			copy(b);
		copies += 64;
		spent = now_ns() - start;
	} while (spent < ROUND_NS);
	return copies * (double)b->size / (1 << 20) / (spent / 1e9);
}

/*
 * The median rate of copies to a process whose memory of the kind this is. It
 * writes to all of it first: pages that are there, and its own.
 */
static double median_rate(copy_fn copy, size_t size, int kind)
{
	struct block b = { map(size, MAP_PRIVATE), map(size, kind), size, 0 };
	double rate[ROUNDS];
	int ready[2];
	char byte;

	if (pipe(ready))
		fail("pvm-limit: pipe");
	memset(b.src, 1, size);
	b.owner = fork();
	if (b.owner < 0)
		fail("pvm-limit: fork");
	if (!b.owner) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		memset(b.dst, 2, size);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(ready[0], &byte, 1) != 1)
		fail("pvm-limit: read");
	for (int i = 0; i < ROUNDS; i++)
		rate[i] = round_rate(copy, &b);
	kill(b.owner, SIGKILL);
	waitpid(b.owner, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	munmap(b.src, size);
	munmap(b.dst, size);
	qsort(rate, ROUNDS, sizeof(*rate), by_value);
	return rate[ROUNDS / 2];
}

int main(int argc, char **argv)
{
	char *end = "";
	unsigned long size;

	size = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
	if (!size || size > MAX_BYTES || *end) {
		fprintf(stderr, "usage: pvm-limit BYTES (1 to %zu)\n", MAX_BYTES);
		return 2;
	}
	printf("{\"bytes\": %lu, \"pvm\": %.2f, \"mapping\": %.2f}\n", size,
	       median_rate(copy_pvm, size, MAP_PRIVATE),
	       median_rate(copy_mapping, size, MAP_SHARED));
	return 0;
}
