// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * processors - what the first CPU and the last have to do with each other.
 *
 * Prints one JSON object. "shared" is the share of the time in which they were
 * threads of one core: both multiply, and the last takes longer to than alone. "ns"
 * is a message of one line of memory and its answer, so how far they are from each
 * other, while each had a core (or ever, if they never had).
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "limit.h"

/*
 * Where they are may change at any time, and then stays so for longer than a round:
 * what is measured in one round belongs together.
 */
#define ROUNDS      20u
#define MESSAGES    2000u
#define PRODUCTS    10000u
#define FACTOR      0x9e3779b97f4a7c15u
#define TIMES       50u
/* Threads of one core take up to twice as long when both are busy. */
#define SLOWED      1.5

/* One line of each, so that no other is waited for. */
struct two_lines {
	_Atomic uint32_t message; /* 0: multiply */
	uint8_t pad0[124];
	_Atomic uint32_t answer;
	uint8_t pad1[124];
};

/* Independent products, as many at a time as keep the multiplier of a core busy. */
static double products_ns(void)
{
	uint64_t a = 3, b = 5, c = 7, d = 11;
	int64_t start = now_ns();
	uint32_t n;

	for (n = 0; n < PRODUCTS; n++) {
		a *= FACTOR;
		b *= FACTOR;
		c *= FACTOR;
		d *= FACTOR;
		__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
	}
	return now_ns() - start;
}

static double median_of(double *of, uint32_t n)
{
	qsort(of, n, sizeof(*of), by_value);
	return of[n / 2];
}

/* The same often enough to tell what it takes in general. */
static double median_products_ns(void)
{
	double ns[TIMES];
	uint32_t i;

	for (i = 0; i < TIMES; i++)
		ns[i] = products_ns();
	return median_of(ns, TIMES);
}

/* What the first CPU does. */
static void __attribute__((noreturn)) answer(struct two_lines *l)
{
	uint32_t last = 0, now;

	for (;; last = now) {
		while ((now = atomic_load(&l->message)) == last) {
			if (!now)
				products_ns();
		}
		atomic_store(&l->answer, now);
	}
}

static pid_t start(struct two_lines *l)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("processors: fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(0);
	answer(l);
}

static void ask(struct two_lines *l, uint32_t message)
{
	atomic_store(&l->message, message);
	while (atomic_load(&l->answer) != message)
		;
}

/* The first message waits for the other end's multiplying to end. */
static double distance_ns(struct two_lines *l)
{
	uint32_t n = 1;
	int64_t start;

	ask(l, n);
	start = now_ns();
	while (n <= MESSAGES)
		ask(l, ++n);
	return (now_ns() - start) / (double)MESSAGES;
}

static double beside_ns(struct two_lines *l)
{
	ask(l, 0);
	return median_products_ns();
}

static void measure(void)
{
	struct two_lines *l = map(sizeof(*l), MAP_SHARED);
	const double alone = median_products_ns();
	double all[ROUNDS], own[ROUNDS], ns;
	const pid_t pid = start(l);
	uint32_t i, owns = 0;

	for (i = 0; i < ROUNDS; i++) {
		ns = distance_ns(l);
		all[i] = ns;
		if (beside_ns(l) < SLOWED * alone)
			own[owns++] = ns;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	printf("{\"ns\": %.1f, \"shared\": %.2f}\n",
	       owns ? median_of(own, owns) : median_of(all, ROUNDS),
	       1 - owns / (double)ROUNDS);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc != 1) {
		fprintf(stderr, "usage: processors\n");
		return 2;
	}
	pin(1);
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		puts("{\"ns\": 0, \"shared\": 0}");
	else
		measure();
	return 0;
}
