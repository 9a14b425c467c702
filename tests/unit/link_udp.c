// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The UDP link over loopback: what is RoCE arrives, its ICRC with it. */
#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "link_ends.h"
#include "link_roce.h"

#define A "127.0.0.2"
#define B "127.0.0.3"

static struct link_roce roce(const char *src, const char *dst, uint32_t payload,
			     uint32_t seed)
{
	struct link_roce r = {
		.sport = 0xc123, .dport = 4791, .payload = payload, .seed = seed
	};
	int family = strchr(src, ':') ? AF_INET6 : AF_INET;

	r.v6 = family == AF_INET6;
	assert_int_equal(inet_pton(family, src, r.src), 1);
	assert_int_equal(inet_pton(family, dst, r.dst), 1);
	return r;
}

static void send_all(struct skua_link *l, const struct link_roce *r,
		     unsigned int n)
{
	struct skua_frame f[128];
	unsigned int i;

	assert_int_equal(l->ops->reserve(l, f, n), n);
	for (i = 0; i < n; i++)
		f[i].len = link_roce_build(&r[i], f[i].data);
	l->ops->commit(l, f, n);
	l->ops->flush(l);
}

static void check(const struct skua_frame *f, const struct link_roce *r)
{
	uint8_t gid[16] = { [10] = 0xff, [11] = 0xff }, mac[6];

	assert_true(link_roce_is(r, f->data, f->len));
	/* The guess is right: nothing was cut on the way. */
	assert_true(link_roce_icrc_ok(f->data, f->len));
	assert_int_equal(f->flags, r->v6 ? 0 : SKUA_FRAME_ID_UNKNOWN);
	memcpy(r->v6 ? gid : gid + 12, r->src, r->v6 ? 16 : 4);
	skua_link_mac(gid, mac);
	assert_memory_equal(f->data + 6, mac, 6);
	memcpy(r->v6 ? gid : gid + 12, r->dst, r->v6 ? 16 : 4);
	skua_link_mac(gid, mac);
	assert_memory_equal(f->data, mac, 6);
}

/* They come in order, in bursts of at most burst. */
static void receive_all(struct skua_link *l, const struct link_roce *r,
			unsigned int n, unsigned int burst)
{
	struct skua_frame f[128];
	unsigned int got = 0, in, i, tries;

	for (tries = 0; got < n && tries < 1000; tries++) {
		in = l->ops->receive(l, f, burst);
		for (i = 0; i < in; i++)
			check(&f[i], &r[got++]);
		l->ops->release(l);
		if (!in)
			link_sleep(l, 10);
	}
	assert_int_equal(got, n);
	assert_int_equal(l->stats.rx_errors, 0);
}

static void one_each_way(void **state)
{
	struct skua_link *a = link_open("udp:" A), *b = link_open("udp:" B);
	struct link_roce there = roce(A, B, 12 + 512, 1);
	struct link_roce back = roce(B, A, 12, 2);

	(void)state;
	assert_true(a->up);
	assert_true(a->window >= 65536);
	assert_false(link_sleep(b, 10));
	send_all(a, &there, 1);
	assert_true(link_sleep(b, 1000));
	receive_all(b, &there, 1, 8);
	send_all(b, &back, 1);
	receive_all(a, &back, 1, 8);
	skua_link_close(a);
	skua_link_close(b);
}

/* What a requester sends: a first, many middle ones, a shorter last; ACKs. */
static unsigned int burst(struct link_roce *r, const char *src, const char *dst)
{
	static const uint32_t payload[] = { 28 + 4096, 12 + 4096, 12 + 100,
					    16,	       12 + 1024, 12 + 8192 };
	static const unsigned int times[] = { 1, 30, 1, 5, 20, 3 };
	unsigned int n = 0, i, k;

	for (i = 0; i < 6; i++) {
		for (k = 0; k < times[i]; k++, n++) {
			r[n] = roce(src, dst, payload[i], n);
			if (i != 4)
				continue;
			/* A mark; id and port that are not the kernel's. */
			r[n].tos = 0x02;
			r[n].id = 7 * k;
			r[n].sport = 0xc000 + k;
		}
	}
	return n;
}

static void bursts(void **state)
{
	struct skua_link *a = link_open("udp:" A), *b = link_open("udp:" B);
	struct link_roce r[100];
	unsigned int n = burst(r, A, B), i;

	(void)state;
	for (i = 0; i < 20; i++) {
		send_all(a, r, n);
		receive_all(b, r, n, 1 + i * 5);
	}
	assert_int_equal(a->stats.tx_frames, 20 * n);
	assert_int_equal(b->stats.rx_frames, 20 * n);
	assert_int_equal(a->stats.tx_bytes, b->stats.rx_bytes);
	assert_int_equal(a->stats.tx_errors, 0);
	skua_link_close(a);
	skua_link_close(b);
}

static void bursts_ipv6(void **state)
{
	struct skua_link *a = link_open("udp:[::1],port=14791");
	struct link_roce r[100];
	unsigned int n = burst(r, "::1", "::1"), i;

	(void)state;
	for (i = 0; i < 5; i++) {
		send_all(a, r, n);
		receive_all(a, r, n, 40);
	}
	skua_link_close(a);
}

static struct link_roce esp(const char *src, const char *dst, uint32_t seed)
{
	struct link_roce r = roce(src, dst, 12 + 1024, seed);

	r.sport = r.dport = 4500;
	return r;
}

/* n frames, of RoCE and ESP by turns: each kind comes in its order. */
static void receive_both(struct skua_link *l, const struct link_roce *r,
			 unsigned int n)
{
	unsigned int next[2] = { 0, 1 }, got = 0, in, i, kind, tries;
	struct skua_frame f[8];

	for (tries = 0; got < n && tries < 1000; tries++) {
		in = l->ops->receive(l, f, 8);
		for (i = 0; i < in; i++, got++) {
			kind = !link_roce_is(&r[next[0] % n], f[i].data,
					     f[i].len);
			assert_true(link_roce_is(&r[next[kind] % n], f[i].data,
						 f[i].len));
			assert_int_equal(link_roce_icrc_ok(f[i].data, f[i].len),
					 !kind || r->v6);
			next[kind] += 2;
		}
		l->ops->release(l);
		if (!in)
			link_sleep(l, 10);
	}
	assert_int_equal(next[0], n);
	assert_int_equal(next[1], n + 1);
	assert_int_equal(l->stats.rx_errors, 0);
}

/* What is in ESP nobody corrects: of IPv4 the link's guess is not what was built. */
static void esp_beside_roce(void **state)
{
	struct skua_link *a = link_open("udp:" A ",esp");
	struct skua_link *b = link_open("udp:" B ",esp");
	struct skua_link *c = link_open("udp:[::1],esp");
	struct link_roce r[40];
	unsigned int i;

	(void)state;
	for (i = 0; i < 40; i++) {
		r[i] = i % 2 ? esp(A, B, i) : roce(A, B, 12 + 1024, i);
		r[i].id = 77;
	}
	send_all(a, r, 40);
	receive_both(b, r, 40);
	for (i = 0; i < 40; i++)
		r[i] = i % 2 ? esp("::1", "::1", i)
			     : roce("::1", "::1", 12 + 1024, i);
	send_all(c, r, 40);
	receive_both(c, r, 40);
	assert_int_equal(a->stats.tx_errors + c->stats.tx_errors, 0);
	skua_link_close(a);
	skua_link_close(b);
	skua_link_close(c);
}

static void no_esp_unless_asked_for(void **state)
{
	struct skua_link *a = link_open("udp:" A), *b = link_open("udp:" B);
	struct link_roce r[2] = { esp(A, B, 1), roce(A, B, 12 + 1024, 2) };

	(void)state;
	send_all(a, r, 2);
	assert_int_equal(a->stats.tx_errors, 1);
	receive_all(b, &r[1], 1, 8);
	skua_link_close(a);
	skua_link_close(b);
}

/* Each to the one it is for, whatever stands beside it. */
static void several_destinations(void **state)
{
	struct skua_link *a = link_open("udp:" A), *b = link_open("udp:" B);
	struct skua_link *c = link_open("udp:127.0.0.4");
	struct link_roce r[20], to_b[10], to_c[10];
	unsigned int i;

	(void)state;
	for (i = 0; i < 20; i++)
		r[i] = roce(A, i % 2 ? B : "127.0.0.4", 12 + 1024, i);
	for (i = 0; i < 10; i++) {
		to_c[i] = r[2 * i];
		to_b[i] = r[2 * i + 1];
	}
	send_all(a, r, 20);
	receive_all(b, to_b, 10, 3);
	receive_all(c, to_c, 10, 3);
	skua_link_close(a);
	skua_link_close(b);
	skua_link_close(c);
}

/* A wrong ICRC is as wrong when it arrives. */
static void corruption_stays(void **state)
{
	struct skua_link *a = link_open("udp:" A), *b = link_open("udp:" B);
	struct link_roce r = roce(A, B, 12 + 256, 3);
	struct skua_frame f;

	(void)state;
	assert_int_equal(a->ops->reserve(a, &f, 1), 1);
	f.len = link_roce_build(&r, f.data);
	f.data[100] ^= 0x10;
	a->ops->commit(a, &f, 1);
	a->ops->flush(a);
	assert_true(link_sleep(b, 1000));
	assert_int_equal(b->ops->receive(b, &f, 1), 1);
	assert_false(link_roce_icrc_ok(f.data, f.len));
	f.data[100] ^= 0x10;
	assert_true(link_roce_icrc_ok(f.data, f.len));
	b->ops->release(b);
	skua_link_close(a);
	skua_link_close(b);
}

/* A byte of a good frame that becomes another, or what is cut off its end. */
static const struct {
	uint8_t at, value;
	uint32_t cut;
} spoilt[] = {
	{ 13, 0x06, 0 },     /* ARP */
	{ 12, 0x81, 0 },     /* VLAN */
	{ 0, 0, 246 },	     /* no whole Ethernet header */
	{ 0, 0, 226 },	     /* no whole IPv4 header */
	{ 0, 0, 1 },	     /* IPv4 is longer than the frame */
	{ 14, 0x46, 0 },     /* options */
	{ 14 + 9, 6, 0 },    /* TCP */
	{ 14 + 6, 0x20, 0 }, /* a fragment */
	{ 14 + 7, 1, 0 },    /* and another one */
	{ 14 + 12, 10, 0 },  /* from elsewhere */
	{ 34 + 3, 1, 0 },    /* to another port */
	{ 34 + 5, 7, 0 },    /* UDP is shorter than its header */
	{ 34 + 4, 0xff, 0 }, /* UDP is longer than IPv4 */
	{ 14 + 3, 27, 0 },   /* IPv4 ends in the header of UDP */
	{ 14 + 3, 0, 0 },    /* and in its own */
};
#define SPOILT (sizeof(spoilt) / sizeof(*spoilt))

static void what_is_not_roce(void **state)
{
	struct skua_link *a = link_open("udp:" A), *b = link_open("udp:" B);
	struct link_roce r[2] = { roce(A, B, 213, 1), roce(A, B, 213, 2) };
	struct skua_frame f[SPOILT + 2];
	unsigned int i;

	(void)state;
	assert_int_equal(a->ops->reserve(a, f, SPOILT + 2), SPOILT + 2);
	f[0].len = link_roce_build(&r[0], f[0].data);
	for (i = 0; i < SPOILT; i++) {
		f[1 + i].len = link_roce_build(&r[0], f[1 + i].data);
		f[1 + i].data[spoilt[i].at] = spoilt[i].value;
		f[1 + i].len -= spoilt[i].cut;
	}
	f[SPOILT + 1].len = link_roce_build(&r[1], f[SPOILT + 1].data);
	a->ops->commit(a, f, SPOILT + 2);
	a->ops->flush(a);
	assert_int_equal(a->stats.tx_errors, SPOILT);
	receive_all(b, r, 2, 8);
	skua_link_close(a);
	skua_link_close(b);
}

/* Datagrams of anybody: too large, empty, of a byte. */
static void strange_datagrams(void **state)
{
	struct skua_link *b = link_open("udp:" B);
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(4791) };
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	static const size_t len[] = { 65000, 0, 1, 8977, 8976, 9000 };
	static const char bytes[65000];
	unsigned int got = 0, n, i, k;
	struct skua_frame f[8];

	(void)state;
	inet_pton(AF_INET, B, &to.sin_addr);
	for (i = 0; i < 6; i++)
		assert_int_equal(sendto(sock, bytes, len[i], 0,
					(struct sockaddr *)&to, sizeof(to)),
				 len[i]);
	for (i = 0; i < 10; i++) {
		n = b->ops->receive(b, f, 8);
		for (k = 0; k < n; k++)
			assert_int_equal(f[k].len, 42 + (got++ ? 8976 : 1));
		b->ops->release(b);
	}
	assert_int_equal(got, 2);
	assert_int_equal(b->stats.rx_errors, 4);
	close(sock);
	skua_link_close(b);
}

static void receive_one(struct skua_link *l, const struct link_roce *r)
{
	struct skua_frame f;

	assert_true(link_sleep(l, 1000));
	assert_int_equal(l->ops->receive(l, &f, 1), 1);
	check(&f, r);
	l->ops->release(l);
}

/* What there was no room for is counted, and what comes then is not hurt. */
static void floods_are_counted(void **state)
{
	struct skua_link *a = link_open("udp:" A), *b = link_open("udp:" B);
	struct link_roce r = roce(A, B, 12 + 4096, 1);
	static uint8_t frame[SKUA_FRAME_MAX];
	uint32_t len = link_roce_build(&r, frame);
	struct skua_frame f[128];
	unsigned int i, k;

	(void)state;
	for (i = 0; i < 400; i++) {
		assert_int_equal(a->ops->reserve(a, f, 16), 16);
		for (k = 0; k < 16; k++) {
			memcpy(f[k].data, frame, len);
			f[k].len = len;
		}
		a->ops->commit(a, f, 16);
		a->ops->flush(a);
	}
	while (b->ops->receive(b, f, 128))
		b->ops->release(b);
	assert_true(b->stats.rx_frames < 400 * 16);
	/* The count comes with the next message. */
	send_all(a, &r, 1);
	receive_one(b, &r);
	assert_true(b->stats.rx_errors > 0);
	assert_int_equal(a->stats.tx_errors, 0);
	skua_link_close(a);
	skua_link_close(b);
}

/* Any bytes, most of them nearly a RoCE frame: no harm, nothing unaccounted. */
static void any_frames(void **state)
{
	struct skua_link *a = link_open("udp:" A);
	struct link_roce r = roce(A, "127.0.0.9", 64, 0);
	struct skua_frame f[32];
	uint32_t i, k, x = 1;

	(void)state;
	for (i = 0; i < 1000; i++) {
		assert_int_equal(a->ops->reserve(a, f, 32), 32);
		for (k = 0; k < 32; k++) {
			r.payload = x % 5 ? 64 : 12 + x % 300;
			f[k].len = link_roce_build(&r, f[k].data);
			x = x * 1664525 + 1013904223;
			if (x >> 28)
				f[k].data[(x >> 20) % 60] = x >> 8;
			if (!(x >> 29))
				f[k].len = (x >> 10) % (f[k].len + 1);
		}
		a->ops->commit(a, f, 32);
		a->ops->flush(a);
	}
	assert_int_equal(a->stats.tx_frames, 1000 * 32);
	assert_in_range(a->stats.tx_errors, 1000, 1000 * 31);
	skua_link_close(a);
}

static void fails_with(const char *spec, const char *why)
{
	char err[256] = "";

	assert_null(skua_link_open(spec, NULL, err, sizeof(err)));
	if (!strstr(err, why) || strncmp(err, spec, strlen(spec)))
		fail_msg("%s, not %s", err, why);
}

static void bad_specs(void **state)
{
	struct skua_link *a = link_open("udp:" A ",esp");

	(void)state;
	fails_with("udp:" A, "another program has port 4791");
	fails_with("udp:" A ",port=4792,esp", "another program has port 4500");
	fails_with("udp:198.51.100.1", "no interface here has this address");
	fails_with("udp:2001:db8::1", "no interface here has this address");
	fails_with("udp:localhost", "not an address");
	fails_with("udp:0.0.0.0", "not an address");
	fails_with("udp:::", "not an address");
	fails_with("udp:fe80::1%nothing", "not an address");
	fails_with("udp:[::1", "not an address");
	fails_with("udp:" B ",port=", "only port=");
	fails_with("udp:" B ",port=0", "only port=");
	fails_with("udp:" B ",port=65536", "only port=");
	fails_with("udp:" B ",port=+1", "only port=");
	fails_with("udp:" B ",mtu=1", "only port=");
	fails_with("udp:" B ",esp,", "only port=");
	fails_with("udp:" B ",esp=4500", "only port=");
	skua_link_close(a);
}

static void macs(void **state)
{
	static const uint8_t v4[16] = { [10] = 0xff, [11] = 0xff, 10, 1, 2, 3 };
	static const uint8_t v6[16] = { 0xfe, 0x80, [5] = 0x40, [15] = 0x07 };
	static const uint8_t mac4[6] = { 0x02, 0, 10, 1, 2, 3 };
	static const uint8_t mac6[6] = { 0x06, 0xfe ^ 0x40 ^ 0x07, 0x80 };
	uint8_t mac[6];

	(void)state;
	skua_link_mac(v4, mac);
	assert_memory_equal(mac, mac4, 6);
	skua_link_mac(v6, mac);
	assert_memory_equal(mac, mac6, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_each_way),
		cmocka_unit_test(bursts),
		cmocka_unit_test(bursts_ipv6),
		cmocka_unit_test(esp_beside_roce),
		cmocka_unit_test(no_esp_unless_asked_for),
		cmocka_unit_test(several_destinations),
		cmocka_unit_test(corruption_stays),
		cmocka_unit_test(what_is_not_roce),
		cmocka_unit_test(strange_datagrams),
		cmocka_unit_test(floods_are_counted),
		cmocka_unit_test(any_frames),
		cmocka_unit_test(bad_specs),
		cmocka_unit_test(macs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
