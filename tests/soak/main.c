// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "soak.h"

/* Nothing completes for so long: it hangs. */
#define STUCK_SECONDS	 60
#define PROGRESS_SECONDS 10

static const char usage[] =
	"usage: soak [OPTION...] [HOST]\n"
	"\n"
	"Without HOST, wait for the other end, which decides all but device, GID and\n"
	"port. Both do random requests of reliable connections to each other, and\n"
	"check every byte, message and completion.\n"
	"\n"
	"  -b, --bytes SIZE   end after SIZE bytes of payload, k, M, G or T behind it\n"
	"  -d, --device NAME  the first that there is\n"
	"  -g, --gid N        entry of the GID table (0)\n"
	"  -m, --mtu BYTES    path MTU, 256 to 4096 (4096)\n"
	"  -p, --port N       TCP port by which they agree (18500)\n"
	"  -q, --qps N        connections, up to 64 (4)\n"
	"  -S, --seed N       what is done, in which order (1)\n"
	"  -t, --time SECONDS end after that (10, if there is no --bytes)\n"
	"  -h, --help\n";

static void wrong_call(const char *what, const char *value)
{
	fprintf(stderr, "soak: %s: %s\n%s", what, value, usage);
	exit(2);
}

/* A number from min to max, with a suffix where scaled. */
static uint64_t number(const char *what, const char *text, uint64_t min,
		       uint64_t max, bool scaled)
{
	static const char suffix[] = "kMGT";
	const char *at;
	uint64_t n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (scaled && *end && (at = strchr(suffix, *end))) {
		unsigned int shift = 10 * (at - suffix + 1);

		if (n > UINT64_MAX >> shift)
			errno = ERANGE;
		n <<= shift;
		end++;
	}
	if (errno || end == text || *end || text[0] == '-' || n < min || n > max)
		wrong_call(what, text);
	return n;
}

static void parse(struct options *opt, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "bytes", 1, NULL, 'b' }, { "device", 1, NULL, 'd' },
		{ "gid", 1, NULL, 'g' },   { "mtu", 1, NULL, 'm' },
		{ "port", 1, NULL, 'p' },  { "qps", 1, NULL, 'q' },
		{ "seed", 1, NULL, 'S' },  { "time", 1, NULL, 't' },
		{ "help", 0, NULL, 'h' },  { 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "b:d:g:m:p:q:S:t:h", longs, NULL)) != -1) {
		switch (c) {
		case 'b':
			opt->bytes = number("bytes", optarg, 1, 1ull << 60, true);
			break;
		case 'd':
			opt->device = optarg;
			break;
		case 'g':
			opt->gid_index = number("gid", optarg, 0, 255, false);
			break;
		case 'm':
			opt->mtu = number("mtu", optarg, 256, 4096, false);
			if (opt->mtu & (opt->mtu - 1))
				wrong_call("mtu", optarg);
			break;
		case 'p':
			opt->port = number("port", optarg, 1, 65535, false);
			break;
		case 'q':
			opt->qps = number("qps", optarg, 1, MAX_QPS, false);
			break;
		case 'S':
			opt->seed = number("seed", optarg, 0, UINT32_MAX, false);
			break;
		case 't':
			opt->seconds = number("time", optarg, 1, 1u << 30, false);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (argc - optind > 1)
		wrong_call("more than one host", argv[optind + 1]);
	opt->host = argv[optind];
	if (!opt->bytes && !opt->seconds)
		opt->seconds = 10;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void report(const struct soak *s, const char *what, double seconds)
{
	printf("%s: %.2f GB in %.0f s, %.0f MB/s\n", what, s->counts.bytes / 1e9,
	       seconds, s->counts.bytes / 1e6 / (seconds > 0 ? seconds : 1));
	fflush(stdout);
}

/* All that there is to do now. How many completions that were. */
static unsigned int round_of(struct soak *s)
{
	unsigned int n = soak_check_sent(s) + soak_check_received(s), i;

	for (i = 0; i < s->opt.qps; i++) {
		soak_give_receives(&s->end[i]);
		soak_post(&s->end[i]);
	}
	return n;
}

static bool enough(const struct soak *s, double seconds)
{
	return (s->opt.bytes && s->counts.bytes >= s->opt.bytes / 2) ||
	       (s->opt.seconds && seconds >= s->opt.seconds);
}

static double run(struct soak *s)
{
	double start = now(), moved = start, told = start, t;

	while (!soak_done(s)) {
		unsigned int n = round_of(s);

		t = now();
		if (n)
			moved = t;
		else if (t - moved > STUCK_SECONDS)
			soak_fail(s, "nothing has completed for %d s",
				  STUCK_SECONDS);
		if (enough(s, t - start))
			s->stop = true;
		if (t - told >= PROGRESS_SECONDS) {
			told = t;
			report(s, "so far", t - start);
		}
	}
	return now() - start;
}

int main(int argc, char **argv)
{
	static const char *const name[] = {
		[IBV_WR_RDMA_WRITE] = "RDMA WRITE",
		[IBV_WR_RDMA_WRITE_WITH_IMM] = "RDMA WRITE with immediate",
		[IBV_WR_SEND] = "SEND",
		[IBV_WR_SEND_WITH_IMM] = "SEND with immediate",
		[IBV_WR_RDMA_READ] = "RDMA READ",
		[IBV_WR_ATOMIC_CMP_AND_SWP] = "CMP SWAP",
		[IBV_WR_ATOMIC_FETCH_AND_ADD] = "FETCH ADD",
	};
	static struct soak s = {
		.opt = { .qps = 4, .mtu = 4096, .seed = 1, .port = 18500 },
	};
	double seconds;
	size_t i;

	parse(&s.opt, argc, argv);
	soak_open(&s);
	seconds = run(&s);
	soak_check_totals(&s);
	report(&s, "all of it right", seconds);
	for (i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		printf("%12llu %s\n", (unsigned long long)s.counts.ops[i],
		       name[i]);
	soak_close(&s);
	return 0;
}
