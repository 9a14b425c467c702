// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * link-rate - what a link moves by itself: frames with 4 KiB of payload, which
 * is copied in and out, and no CRC. Run one end, then the other:
 *
 *	link-rate receive SPEC [BURST]
 *	link-rate send SPEC FROM TO [BURST]
 *
 * FROM and TO are the IPv4 addresses in the frames. Each end has a CPU of its
 * own and never sleeps. Prints one JSON object, MiB/s of payload received, as
 * link-limit does.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "limit.h"
#include "link/link.h"

#define HEADERS	    54u /* Ethernet, IPv4, UDP, BTH */
#define PAYLOAD	    4096u
#define ICRC	    4u
#define FRAME	    (HEADERS + PAYLOAD + ICRC)
#define MEMORY	    ((size_t)1 << 20)
#define MAX	    128u
#define ROUNDS	    15
#define ROUND_NS    60000000LL
#define PATIENCE_NS 10000000000LL

static struct skua_link *open_link(const char *spec)
{
	char why[256];
	struct skua_link *l = skua_link_open(spec, NULL, why, sizeof(why));

	if (!l) {
		fprintf(stderr, "link-rate: %s\n", why);
		exit(1);
	}
	return l;
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void make_headers(uint8_t *h, const char *from, const char *to)
{
	memset(h, 0, HEADERS);
	put16(h + 12, 0x0800);
	h[14] = 0x45;
	put16(h + 16, FRAME - 14);
	h[20] = 0x40;
	h[22] = 64;
	h[23] = IPPROTO_UDP;
	if (inet_pton(AF_INET, from, h + 26) != 1 ||
	    inet_pton(AF_INET, to, h + 30) != 1) {
		fprintf(stderr, "link-rate: not two IPv4 addresses\n");
		exit(2);
	}
	put16(h + 34, 0xc000);
	put16(h + 36, 4791);
	put16(h + 38, FRAME - 34);
}

/* Until somebody ends it. */
static void send_on(struct skua_link *l, const uint8_t *headers,
		    unsigned int burst)
{
	uint8_t *from = malloc(MEMORY);
	struct skua_frame f[MAX];
	unsigned int n, i;
	size_t at = 0;

	memset(from, 1, MEMORY);
	for (;;) {
		n = l->ops->reserve(l, f, burst);
		for (i = 0; i < n; i++, at = (at + PAYLOAD) % MEMORY) {
			memcpy(f[i].data, headers, HEADERS);
			memcpy(f[i].data + HEADERS, from + at, PAYLOAD);
			memset(f[i].data + HEADERS + PAYLOAD, 0, ICRC);
			f[i].len = FRAME;
		}
		l->ops->commit(l, f, n);
		l->ops->flush(l);
		/* As an engine does: nothing comes, but the other end might. */
		l->ops->receive(l, f, 1);
		l->ops->release(l);
	}
}

static uint64_t take(struct skua_link *l, uint8_t *to, unsigned int burst)
{
	static size_t at;
	struct skua_frame f[MAX];
	unsigned int n = l->ops->receive(l, f, burst), i;

	for (i = 0; i < n; i++, at = (at + PAYLOAD) % MEMORY) {
		if (f[i].len == FRAME)
			memcpy(to + at, f[i].data + HEADERS, PAYLOAD);
	}
	l->ops->release(l);
	return (uint64_t)n * PAYLOAD;
}

static void measure(struct skua_link *l, unsigned int burst)
{
	int64_t start, spent, begin = now_ns();
	uint8_t *to = malloc(MEMORY);
	double rate[ROUNDS];
	uint64_t bytes;
	int i;

	memset(to, 1, MEMORY);
	while (!take(l, to, burst)) {
		if (now_ns() - begin > PATIENCE_NS) {
			fprintf(stderr, "link-rate: nothing comes\n");
			exit(1);
		}
	}
	for (i = 0; i < ROUNDS; i++) {
		start = now_ns();
		bytes = 0;
		do {
			bytes += take(l, to, burst);
			spent = now_ns() - start;
		} while (spent < ROUND_NS);
		rate[i] = bytes / (double)(1 << 20) / (spent / 1e9);
	}
	free(to);
	qsort(rate, ROUNDS, sizeof(*rate), by_value);
	printf("{\"bytes\": %u, \"link\": %.2f, \"best\": %.2f}\n", PAYLOAD,
	       rate[ROUNDS / 2], rate[ROUNDS - 1]);
}

static unsigned int burst_of(const char *text)
{
	unsigned long n = text ? strtoul(text, NULL, 10) : 32;

	return n && n <= MAX ? n : 32;
}

int main(int argc, char **argv)
{
	uint8_t headers[HEADERS];
	struct skua_link *l;

	if (argc >= 3 && !strcmp(argv[1], "receive")) {
		pin(1);
		l = open_link(argv[2]);
		measure(l, burst_of(argv[3]));
		skua_link_close(l);
		return 0;
	}
	if (argc >= 5 && !strcmp(argv[1], "send")) {
		pin(0);
		make_headers(headers, argv[3], argv[4]);
		send_on(open_link(argv[2]), headers, burst_of(argv[5]));
	}
	fprintf(stderr, "usage: link-rate receive SPEC [BURST] |"
			" send SPEC FROM TO [BURST]\n");
	return 2;
}
