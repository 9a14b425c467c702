// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Links to interfaces of the kernel, in a network namespace of the test's own:
 * a TAP interface, and a pair of veth with both ends in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "link_ends.h"
#include "link_roce.h"
#include "wire/sum.h"

#define MAC0 "02:00:00:00:00:10"
#define MAC1 "02:00:00:00:00:11"

static const char *why_not; /* the tests are skipped */

/* The namespace ------------------------------------------------------------ */

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	close(fd);
	return ok;
}

/* Who is not root is it in a user namespace. */
static bool enter(void)
{
	char map[32];

	snprintf(map, sizeof(map), "0 %u 1", (unsigned int)geteuid());
	if (!unshare(CLONE_NEWNET))
		return true;
	return !unshare(CLONE_NEWUSER | CLONE_NEWNET) &&
	       put("/proc/self/setgroups", "deny") &&
	       put("/proc/self/uid_map", map);
}

static bool run(const char *command)
{
	return !system(command);
}

static int make_namespace(void **state)
{
	(void)state;
	if (!enter())
		why_not = "no network namespace can be made here";
	else if (!run("ip link set lo up"))
		why_not = "there is no ip(8)";
	else if (!run("ip link add v0 mtu 9000 address " MAC0 " type veth"
		      " peer name v1 mtu 9000 address " MAC1) ||
		 !run("ip link set v0 up && ip link set v1 up"))
		why_not = "no veth interfaces can be made here";
	if (why_not)
		print_message("SKIPPED, all of them: %s\n", why_not);
	return 0;
}

static void need_namespace(void)
{
	if (why_not)
		skip();
}

/* Frames ------------------------------------------------------------------- */

/* The kernel may have something to say on an interface, too. */
static bool is_test_frame(const struct skua_frame *f)
{
	return f->data[12] == 0x88 && f->data[13] == 0xb5;
}

/* Exactly n test frames come, with seeds from 0 on. */
static void await(struct skua_link *l, uint32_t len, unsigned int n)
{
	struct skua_frame f[16];
	unsigned int got = 0, in, i;

	do {
		in = l->ops->receive(l, f, 16);
		for (i = 0; i < in; i++) {
			if (!is_test_frame(&f[i]))
				continue;
			assert_int_equal(f[i].len, len);
			assert_true(link_is_filled(f[i].data, len, got));
			got++;
		}
		l->ops->release(l);
	} while (in || link_sleep(l, got < n ? 2000 : 20));
	assert_int_equal(got, n);
}

static void send_many(struct skua_link *l, uint32_t len, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		link_send(l, len, i);
}

static void send_to(struct skua_link *l, const uint8_t mac[6], uint8_t type)
{
	struct skua_frame f;

	assert_int_equal(l->ops->reserve(l, &f, 1), 1);
	link_fill(f.data, 100, 1);
	memcpy(f.data, mac, 6);
	f.data[13] = type;
	f.len = 100;
	l->ops->commit(l, &f, 1);
	l->ops->flush(l);
}

/* Tests -------------------------------------------------------------------- */

/* What the tap link sends is received on the interface, and the reverse. */
static void tap_and_packet(void **state)
{
	static const uint32_t len[] = { 60, 1400, 9014 };
	struct skua_link *tap, *packet;
	unsigned int i;

	(void)state;
	need_namespace();
	if (access("/dev/net/tun", R_OK | W_OK)) {
		print_message("SKIPPED: /dev/net/tun: %s\n", strerror(errno));
		skip();
	}
	tap = link_open("tap:skua0");
	assert_true(run("ip link set skua0 mtu 9000 up"));
	packet = link_open("packet:skua0,promisc");
	for (i = 0; i < 3; i++) {
		send_many(tap, len[i], 40);
		await(packet, len[i], 40);
		send_many(packet, len[i], 40);
		await(tap, len[i], 40);
	}
	assert_int_equal(tap->stats.tx_errors + packet->stats.tx_errors, 0);
	assert_int_equal(tap->stats.rx_errors + packet->stats.rx_errors, 0);
	assert_true(tap->ops->arm(tap));
	skua_link_close(packet);
	skua_link_close(tap);
}

static void packet_both_ways(void **state)
{
	struct skua_link *a, *b;

	(void)state;
	need_namespace();
	a = link_open("packet:v0,promisc");
	b = link_open("packet:v1,promisc");
	/* Often round the ring of the receiver. */
	for (int i = 0; i < 10; i++) {
		send_many(a, 9014, 100);
		await(b, 9014, 100);
	}
	send_many(b, 60, 200);
	await(a, 60, 200);
	/* Nobody hears itself. */
	await(b, 60, 0);
	skua_link_close(a);
	skua_link_close(b);
}

static void only_own_addresses(void **state)
{
	static const uint8_t mac[3][6] = { { 0x02, 1 }, { 0x02, 2 }, { 0x02, 3 } };
	static const uint8_t many[65][6];
	static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 };
	static const uint8_t group[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	struct skua_link *a, *b;
	struct skua_frame f;
	unsigned int i, got;

	(void)state;
	need_namespace();
	a = link_open("packet:v0");
	b = link_open("packet:v1");
	assert_int_equal(b->ops->set_macs(b, mac, 3), 0);
	assert_int_equal(b->ops->set_macs(b, mac + 1, 1), 0);
	assert_int_equal(b->ops->set_macs(b, many, 65), -ENOSPC);
	for (i = 0; i < 3; i++)
		send_to(a, mac[i], 0xb5);
	send_to(a, all, 0xb5);
	send_to(a, group, 0xb5);
	for (got = 0; got < 3;) {
		if (!b->ops->receive(b, &f, 1)) {
			assert_true(link_sleep(b, 2000));
			continue;
		}
		if (is_test_frame(&f)) {
			const uint8_t *want[] = { mac[1], all, group };

			assert_memory_equal(f.data, want[got], 6);
			got++;
		}
		b->ops->release(b);
	}
	await(b, 0, 0);
	skua_link_close(a);
	skua_link_close(b);
}

/* The kernel takes the tag out of a frame; the link puts it in again. */
static void tags_stay(void **state)
{
	struct skua_link *a, *b;
	struct skua_frame f;
	uint8_t sent[200];

	(void)state;
	need_namespace();
	a = link_open("packet:v0,promisc");
	b = link_open("packet:v1,promisc");
	link_fill(sent, sizeof(sent), 5);
	memcpy(sent + 12, (uint8_t[]){ 0x81, 0, 0x60, 0x05, 0x88, 0xb5 }, 6);
	assert_int_equal(a->ops->reserve(a, &f, 1), 1);
	memcpy(f.data, sent, sizeof(sent));
	f.len = sizeof(sent);
	a->ops->commit(a, &f, 1);
	a->ops->flush(a);
	for (;;) {
		if (!b->ops->receive(b, &f, 1)) {
			assert_true(link_sleep(b, 2000));
			continue;
		}
		if (f.data[12] == 0x81)
			break;
		b->ops->release(b);
	}
	assert_int_equal(f.len, sizeof(sent));
	assert_memory_equal(f.data, sent, sizeof(sent));
	b->ops->release(b);
	skua_link_close(a);
	skua_link_close(b);
}

static void say_something(const char *bytes, size_t len)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(0xc6336402) };
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(sendto(sock, bytes, len, 0, (struct sockaddr *)&to,
				sizeof(to)), len);
	close(sock);
}

/* With the pseudo header, what is over IPv4 sums up to all ones (RFC 768, 9293). */
static uint32_t ipv4_sum(const uint8_t *ip, uint32_t len)
{
	uint32_t s = ip[9] + len - 20, i;

	for (i = 12; i < len; i++)
		s += i & 1 ? ip[i] : ip[i] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

/* A program of this machine sends, and counts on hardware for the checksum. */
static void checksums_are_completed(void **state)
{
	static const char bytes[101] = "an odd number of them";
	struct skua_link *b;
	struct skua_frame f;

	(void)state;
	need_namespace();
	assert_true(run("ip addr add 198.51.100.1/24 dev v0 && ip neigh replace "
			"198.51.100.2 lladdr " MAC1 " dev v0 nud permanent"));
	b = link_open("packet:v1,promisc");
	say_something(bytes, sizeof(bytes));
	for (;;) {
		if (!b->ops->receive(b, &f, 1)) {
			assert_true(link_sleep(b, 2000));
			continue;
		}
		if (f.data[12] == 8 && f.data[23] == IPPROTO_UDP)
			break;
		b->ops->release(b);
	}
	assert_int_equal(f.len, 14 + 20 + 8 + sizeof(bytes));
	assert_int_equal(ipv4_sum(f.data + 14, f.len - 14), 0xffff);
	b->ops->release(b);
	assert_int_equal(b->stats.rx_errors, 0);
	skua_link_close(b);
	assert_true(run("ip addr flush dev v0"));
}

#define MSS	 1400u
#define TCP_HEAD (14u + 20 + 20)
#define SEQUENCE 0xfffffff0u

/* As the kernel sends what a program wrote at once. */
static void send_long(unsigned int len)
{
	static const uint8_t head[TCP_HEAD] = {
		0x02, 0, 0, 0, 0, 0x11, 0x02, 0, 0, 0, 0, 0x10, 8, 0,
		/* IPv4 */
		0x45, 0, 0, 0, 0xff, 0xff, 0x40, 0, 64, IPPROTO_TCP, 0, 0,
		198, 51, 100, 1, 198, 51, 100, 2,
		/* TCP, with CWR, ACK, PSH and FIN */
		0, 9, 0, 9, 0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 0, 0x50, 0x99,
	};
	static struct {
		struct virtio_net_hdr v;
		uint8_t frame[TCP_HEAD + 60000];
	} __attribute__((packed)) m;
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	int sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), on = 1;

	m.v = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = TCP_HEAD,
		.gso_size = MSS,
		.csum_start = 34,
		.csum_offset = 16,
	};
	memcpy(m.frame, head, sizeof(head));
	m.frame[16] = (len + 40) >> 8;
	m.frame[17] = len + 40;
	link_fill(m.frame + TCP_HEAD, len, 1);
	to.sll_ifindex = if_nametoindex("v0");
	assert_int_equal(setsockopt(sock, SOL_PACKET, PACKET_VNET_HDR, &on,
				    sizeof(on)), 0);
	assert_int_equal(sendto(sock, &m, sizeof(m.v) + TCP_HEAD + len, 0,
				(struct sockaddr *)&to, sizeof(to)),
			 sizeof(m.v) + TCP_HEAD + len);
	close(sock);
}

static void expect_segment(const struct skua_frame *f, unsigned int len,
			   unsigned int i)
{
	const unsigned int at = i * MSS, part = len - at < MSS ? len - at : MSS;
	const uint8_t *ip = f->data + 14, *tcp = ip + 20;
	static uint8_t whole[60000];
	uint32_t sequence;

	link_fill(whole, len, 1);
	assert_int_equal(f->len, TCP_HEAD + part);
	assert_int_equal(ip[2] << 8 | ip[3], 40 + part);
	assert_int_equal(ip[4] << 8 | ip[5], (0xffff + i) & 0xffff);
	assert_int_equal(skua_sum(0, ip, 20), 0xffff);
	memcpy(&sequence, tcp + 4, 4);
	assert_int_equal(ntohl(sequence), SEQUENCE + at);
	assert_int_equal(tcp[13], 0x10 | (i ? 0 : 0x80) |
				  (at + part == len ? 0x09 : 0));
	assert_int_equal(ipv4_sum(ip, f->len - 14), 0xffff);
	assert_memory_equal(tcp + 20, whole + at, part);
}

/* From the ring, out of the queue of the socket, and more than are cut at once. */
static void long_ones_are_cut(void **state)
{
	static const unsigned int lens[] = { 5000, 20000, 5000 };
	struct skua_frame f[7];
	unsigned int i, k, n, got;
	struct skua_link *b;

	(void)state;
	need_namespace();
	b = link_open("packet:v1,promisc");
	for (i = 0; i < 3; i++)
		send_long(lens[i]);
	for (i = 0, got = 0; i < 3;) {
		n = b->ops->receive(b, f, 7);
		for (k = 0; k < n; k++) {
			if (f[k].data[23] != IPPROTO_TCP)
				continue;
			expect_segment(&f[k], lens[i], got++);
			if (got * MSS >= lens[i]) {
				got = 0;
				i++;
			}
		}
		b->ops->release(b);
		if (!n)
			assert_true(link_sleep(b, 2000));
	}
	await(b, 0, 0);
	assert_int_equal(b->stats.rx_errors, 0);
	skua_link_close(b);
}

/* Too many, and too long: counted, and the rest goes on. */
static void floods_are_counted(void **state)
{
	struct skua_link *a, *b;
	struct skua_frame f[16];
	unsigned int i, n, got = 0;

	(void)state;
	need_namespace();
	a = link_open("packet:v0,promisc");
	b = link_open("packet:v1,promisc");
	send_many(a, 60, 1000);
	while ((n = b->ops->receive(b, f, 16))) {
		for (i = 0; i < n; i++)
			got += is_test_frame(&f[i]);
		b->ops->release(b);
	}
	assert_in_range(got, 300, 999);
	send_many(a, 60, 1);
	await(b, 60, 1);
	assert_in_range(b->stats.rx_errors, 1000 - got, 1010 - got);

	/* Longer than the interface lets out. */
	assert_int_equal(a->max_frame, 9018);
	link_send(a, 9018, 0);
	send_many(a, 60, 2);
	assert_int_equal(a->stats.tx_errors, 1);
	await(b, 60, 2);
	skua_link_close(a);
	skua_link_close(b);
}

static void longer_than_a_frame(void **state)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	static uint8_t bytes[12000];
	struct skua_link *b;
	int sock;

	(void)state;
	need_namespace();
	assert_true(run("ip link set v0 mtu 16000 && ip link set v1 mtu 16000"));
	b = link_open("packet:v1,promisc");
	sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	to.sll_ifindex = if_nametoindex("v0");
	assert_int_equal(sendto(sock, bytes, sizeof(bytes), 0,
				(struct sockaddr *)&to, sizeof(to)),
			 sizeof(bytes));
	await(b, 0, 0);
	assert_int_equal(b->stats.rx_errors, 1);
	assert_true(run("ip link set v0 mtu 9000 && ip link set v1 mtu 9000"));
	close(sock);
	skua_link_close(b);
}

static void drain(struct skua_link *l)
{
	struct skua_frame f;

	while (l->ops->receive(l, &f, 1))
		l->ops->release(l);
}

/* The kernel starts the queue of an interface some time after its carrier. */
static void wait_for_way(struct skua_link *from, struct skua_link *to)
{
	unsigned int tries;

	for (tries = 0; tries < 100; tries++) {
		link_send(from, 60, 0);
		if (link_sleep(to, 50))
			break;
	}
	drain(to);
}

static void interface_goes_down(void **state)
{
	struct skua_link *a, *b;

	(void)state;
	need_namespace();
	a = link_open("packet:v0,promisc");
	b = link_open("packet:v1,promisc");
	assert_true(run("ip link set v1 down"));
	assert_true(link_sleep(b, 1000));
	drain(b);
	assert_false(link_sleep(b, 20));
	link_send(b, 60, 0);
	assert_int_equal(b->stats.tx_errors, 1);
	assert_true(run("ip link set v1 up"));
	wait_for_way(a, b);
	send_many(a, 60, 3);
	await(b, 60, 3);
	skua_link_close(a);
	skua_link_close(b);
}

/*
 * What a UDP link sends has the right ICRC on the wire, where batches have been
 * cut into datagrams; and what a stranger sends arrives.
 */
static void udp_on_the_wire(void **state)
{
	struct link_roce r = { .src = { 10, 9, 0, 1 },
			       .dst = { 10, 9, 0, 2 },
			       .sport = 0xc001,
			       .dport = 4791,
			       .tos = 2,
			       .payload = 12 + 4096 };
	struct skua_link *udp, *wire;
	struct skua_frame f[20];
	unsigned int i, got = 0;

	(void)state;
	need_namespace();
	assert_true(run("ip link set v0 gso_max_segs 1"));
	assert_true(run("ip addr add 10.9.0.1/24 dev v0 && "
			"ip neigh add 10.9.0.2 lladdr " MAC1 " dev v0"));
	wire = link_open("packet:v1,promisc");
	udp = link_open("udp:10.9.0.1");
	assert_int_equal(udp->ops->reserve(udp, f, 20), 20);
	for (i = 0; i < 20; i++) {
		r.seed = i;
		f[i].len = link_roce_build(&r, f[i].data);
	}
	udp->ops->commit(udp, f, 20);
	udp->ops->flush(udp);
	while (got < 20) {
		if (!wire->ops->receive(wire, f, 1)) {
			assert_true(link_sleep(wire, 2000));
			continue;
		}
		r.seed = got;
		if (f->len > 4000) {
			assert_true(link_roce_is(&r, f->data, f->len));
			assert_true(link_roce_icrc_ok(f->data, f->len));
			assert_int_equal(link_roce_id(f->data), got % 15);
			got++;
		}
		wire->ops->release(wire);
	}

	r = (struct link_roce){ .src = { 10, 9, 0, 2 },
				.dst = { 10, 9, 0, 1 },
				.sport = 0xd00d,
				.dport = 4791,
				.id = 0x1234,
				.payload = 300 };
	assert_int_equal(wire->ops->reserve(wire, f, 1), 1);
	f->len = link_roce_build(&r, f->data);
	f->data[5] = 0x10;
	wire->ops->commit(wire, f, 1);
	wire->ops->flush(wire);
	assert_true(link_sleep(udp, 2000));
	assert_int_equal(udp->ops->receive(udp, f, 1), 1);
	assert_int_equal(f->flags, SKUA_FRAME_ID_UNKNOWN);
	assert_true(link_roce_is(&r, f->data, f->len));
	f->data[14 + 4] = 0x12;
	f->data[14 + 5] = 0x34;
	assert_true(link_roce_icrc_ok(f->data, f->len));
	udp->ops->release(udp);
	skua_link_close(udp);
	skua_link_close(wire);
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
	struct skua_link *tap;

	(void)state;
	need_namespace();
	fails_with("packet:nothing", "there is no such interface");
	fails_with("packet:,promisc", "no name of an interface");
	fails_with("packet:0123456789012345", "no name of an interface");
	fails_with("packet:v0,promiscuous", "only promisc may follow");
	fails_with("packet:v0,", "only promisc may follow");
	fails_with("tap:0123456789012345", "no name of an interface");
	fails_with("tap:skua%d", "no name of an interface");
	if (access("/dev/net/tun", R_OK | W_OK))
		return;
	fails_with("tap:v0", "no TAP interface");
	tap = link_open("tap:skua1");
	fails_with("tap:skua1", "another program has this interface");
	skua_link_close(tap);
}

static void without_rights(void **state)
{
	(void)state;
	need_namespace();
	if (seteuid(65534)) {
		print_message("SKIPPED: no other user here\n");
		skip();
	}
	fails_with("packet:v0", "no permission: it takes CAP_NET_RAW");
	if (euidaccess("/dev/net/tun", R_OK | W_OK))
		fails_with("tap:skua1", "/dev/net/tun: Permission denied");
	else
		fails_with("tap:skua1", "no permission: make it");
	assert_int_equal(seteuid(0), 0);
	/* Who changed it may not be looked into, as for leaks. */
	prctl(PR_SET_DUMPABLE, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tap_and_packet),
		cmocka_unit_test(packet_both_ways),
		cmocka_unit_test(only_own_addresses),
		cmocka_unit_test(tags_stay),
		cmocka_unit_test(checksums_are_completed),
		cmocka_unit_test(long_ones_are_cut),
		cmocka_unit_test(floods_are_counted),
		cmocka_unit_test(longer_than_a_frame),
		cmocka_unit_test(interface_goes_down),
		cmocka_unit_test(udp_on_the_wire),
		cmocka_unit_test(bad_specs),
		cmocka_unit_test(without_rights),
	};

	return cmocka_run_group_tests(tests, make_namespace, NULL);
}
