// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * processors - what the first CPU and the last have to do with each other.
 *
 * Prints one JSON object. "ns" is a message of one line of memory and its answer,
 * at their best: how far they are from each other. "slowed" is how many times as
 * long as alone the last takes to multiply while the first does the same: some 1,
 * or 2 if they are threads of one core.
 */
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "limit.h"

#define MESSAGES    2000u
#define DISTANCE_NS 10000000LL
#define PRODUCTS    100000u
#define MULTIPLY_NS 10000000LL
#define MULTIPLIERS 4u

/* One line of each, so that no other is waited for. */
struct two_lines {
	_Atomic uint32_t message;
	uint8_t pad0[124];
	_Atomic uint32_t answer;
	uint8_t pad1[124];
};

static void answer_all(struct two_lines *l)
{
	uint32_t last = 0, now;

	for (;; last = now) {
		do
			now = atomic_load(&l->message);
		while (now == last);
		atomic_store(&l->answer, now);
	}
}

/* Independent products, as many at a time as keep the multiplier of a core busy. */
static double products_ns(void)
{
	uint64_t x[MULTIPLIERS] = { 3, 5, 7, 11 };
	int64_t start = now_ns();
	uint32_t n, i;

	for (n = 0; n < PRODUCTS; n++) {
		for (i = 0; i < MULTIPLIERS; i++) {
			x[i] *= 0x9e3779b97f4a7c15u;
			__asm__ volatile("" : "+r"(x[i]));
		}
	}
	return now_ns() - start;
}

static void multiply_all(struct two_lines *l)
{
	for (;;) {
		products_ns();
		atomic_store(&l->answer, 1);
	}
}

/* A process on the first CPU. */
static pid_t other(void (*run)(struct two_lines *l), struct two_lines *l)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("processors: fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(0);
	run(l);
	_exit(0);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* The other end may still have to start, or wait for its CPU: the best of some. */
static double distance_ns(void)
{
	struct two_lines *l = map(sizeof(*l), MAP_SHARED);
	const pid_t pid = other(answer_all, l);
	const int64_t until = now_ns() + DISTANCE_NS;
	double least = 1e9, mean;
	uint32_t n = 0, i;
	int64_t start;

	do {
		start = now_ns();
		for (i = 0; i < MESSAGES; i++) {
			atomic_store(&l->message, ++n);
			while (atomic_load(&l->answer) != n)
				;
		}
		mean = (now_ns() - start) / (double)MESSAGES;
		if (mean < least)
			least = mean;
	} while (now_ns() < until);
	end(pid);
	return least;
}

static double least_products_ns(void)
{
	const int64_t until = now_ns() + MULTIPLY_NS;
	double least = 1e18, ns;

	do {
		ns = products_ns();
		if (ns < least)
			least = ns;
	} while (now_ns() < until);
	return least;
}

static double mean_products_ns(void)
{
	const int64_t until = now_ns() + MULTIPLY_NS;
	double sum = 0;
	uint32_t n = 0;

	do {
		sum += products_ns();
		n++;
	} while (now_ns() < until);
	return sum / n;
}

static double beside_ns(void)
{
	struct two_lines *l = map(sizeof(*l), MAP_SHARED);
	const pid_t pid = other(multiply_all, l);
	double mean;

	while (!atomic_load(&l->answer))
		usleep(100);
	mean = mean_products_ns();
	end(pid);
	return mean;
}

/* Where they are may change meanwhile: who shared a core before or after did so. */
static void measure(void)
{
	double alone = least_products_ns(), beside = beside_ns();
	double ns = distance_ns(), again = beside_ns();

	printf("{\"ns\": %.1f, \"slowed\": %.2f}\n", ns,
	       (again > beside ? again : beside) / alone);
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
		puts("{\"ns\": 0, \"slowed\": 1}");
	else
		measure();
	return 0;
}
