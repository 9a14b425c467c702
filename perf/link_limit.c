// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * link-limit - the most that a link between two processes can reach here.
 *
 *	link-limit ring			4 KiB records by shared memory
 *	link-limit receive ADDRESS	4 KiB datagrams, batched by the kernel:
 *	link-limit send ADDRESS		run one end, then the other
 *
 * Real packets have a CRC that the sender makes and the receiver checks, so the
 * ring does too: each record is copied in, and its CRC computed; and the same
 * on its way out. A socket's payload the kernel copies. Each end has a CPU of
 * its own. Prints one JSON object, MiB/s of what was received: the middle of some
 * rounds, and the best, which others on the machine disturbed least.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "limit.h"
#include "wire/crc.h"

#define RECORD 4096u
/* Half a second-level cache full of records. */
#define SLOTS	 64u
#define SOURCE	 ((size_t)1 << 20)
#define ROUNDS	 15
#define ROUND_NS 60000000LL
#define PORT	 4799
#define SEGMENTS 15u

struct ring {
	_Atomic uint32_t head;
	uint8_t pad0[60];
	_Atomic uint32_t tail;
	uint8_t pad1[60];
	struct {
		uint8_t data[RECORD];
		uint32_t crc;
		uint8_t pad[60];
	} slot[SLOTS];
};

/* Rounds of take(), which returns the bytes that came. */
static void print_rate(const char *name, uint64_t (*take)(void *ctx), void *ctx)
{
	double rate[ROUNDS];
	int64_t start, spent;
	uint64_t bytes;
	int i;

	/* The first does not count: the other end may only be starting. */
	for (i = -1; i < ROUNDS; i++) {
		start = now_ns();
		bytes = 0;
		do {
			bytes += take(ctx);
			spent = now_ns() - start;
		} while (spent < ROUND_NS);
		if (i >= 0)
			rate[i] = bytes / (double)(1 << 20) / (spent / 1e9);
	}
	qsort(rate, ROUNDS, sizeof(*rate), by_value);
	printf("{\"bytes\": %u, \"%s\": %.2f, \"best\": %.2f}\n", RECORD, name,
	       rate[ROUNDS / 2], rate[ROUNDS - 1]);
}

/* Shared memory ------------------------------------------------------------- */

static void produce(struct ring *r)
{
	uint8_t *source = map(SOURCE, MAP_PRIVATE);
	uint32_t head, tail = 0, slot;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(0);
	memset(source, 1, SOURCE);
	for (head = 0;; head++) {
		while (head - tail == SLOTS)
			tail = atomic_load_explicit(&r->tail,
						    memory_order_acquire);
		slot = head % SLOTS;
		memcpy(r->slot[slot].data,
		       source + (size_t)head * RECORD % SOURCE, RECORD);
		r->slot[slot].crc = skua_crc32(0, r->slot[slot].data, RECORD);
		atomic_store_explicit(&r->head, head + 1, memory_order_release);
	}
}

struct consumer {
	struct ring *ring;
	uint8_t *to;
	uint32_t tail;
};

static uint64_t consume(void *ctx)
{
	struct consumer *c = ctx;
	struct ring *r = c->ring;
	uint32_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	uint64_t bytes = 0;
	uint8_t *to;

	for (; c->tail != head; bytes += RECORD) {
		uint32_t slot = c->tail % SLOTS;

		to = c->to + (size_t)c->tail * RECORD % SOURCE;
		memcpy(to, r->slot[slot].data, RECORD);
		if (skua_crc32(0, to, RECORD) != r->slot[slot].crc) {
			fprintf(stderr, "link-limit: a wrong CRC\n");
			exit(1);
		}
		atomic_store_explicit(&r->tail, ++c->tail, memory_order_release);
	}
	return bytes;
}

static void measure_ring(void)
{
	struct consumer c = { .ring = map(sizeof(struct ring), MAP_SHARED) };
	pid_t pid;

	c.to = map(SOURCE, MAP_PRIVATE);
	pid = fork();
	if (pid < 0)
		fail("link-limit: fork");
	if (!pid)
		produce(c.ring);
	pin(1);
	print_rate("ring", consume, &c);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* UDP ----------------------------------------------------------------------- */

static struct sockaddr_in address(const char *text)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	if (inet_pton(AF_INET, text, &in.sin_addr) != 1) {
		fprintf(stderr, "link-limit: not an IPv4 address: %s\n", text);
		exit(2);
	}
	return in;
}

static int udp_socket(int option, int val, int buffer)
{
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int size = 8 << 20;

	if (sock < 0 || setsockopt(sock, SOL_UDP, option, &val, sizeof(val)))
		fail("link-limit: socket");
	setsockopt(sock, SOL_SOCKET, buffer, &size, sizeof(size));
	return sock;
}

static uint64_t receive(void *ctx)
{
	static uint8_t to[65536];
	const struct timeval patience = { .tv_sec = 10 };
	int sock = *(int *)ctx;
	ssize_t len;

	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	len = recv(sock, to, sizeof(to), 0);
	if (len < 0)
		fail("link-limit: recv");
	return len;
}

static void measure_stream(const char *at)
{
	struct sockaddr_in in = address(at);
	int sock = udp_socket(UDP_GRO, 1, SO_RCVBUFFORCE);

	pin(1);
	if (bind(sock, (struct sockaddr *)&in, sizeof(in)))
		fail("link-limit: bind");
	print_rate("stream", receive, &sock);
	close(sock);
}

/* Until somebody ends it. */
static void send_on(const char *to)
{
	struct sockaddr_in in = address(to);
	int sock = udp_socket(UDP_SEGMENT, RECORD, SO_SNDBUFFORCE);
	uint8_t *source = map(SEGMENTS * RECORD, MAP_PRIVATE);

	pin(0);
	memset(source, 1, SEGMENTS * RECORD);
	if (connect(sock, (struct sockaddr *)&in, sizeof(in)))
		fail("link-limit: connect");
	for (;;) {
		if (send(sock, source, SEGMENTS * RECORD, 0) < 0 &&
		    errno != ECONNREFUSED)
			fail("link-limit: send");
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "ring")) {
		measure_ring();
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "receive")) {
		measure_stream(argv[2]);
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "send"))
		send_on(argv[2]);
	fprintf(stderr, "usage: link-limit ring | receive ADDRESS |"
			" send ADDRESS\n");
	return 2;
}
