// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * ARP and neighbour discovery of an adapter: what it says byte for byte, whom it
 * believes, and any bytes from the link.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "link/neigh.h"
#include "link/port.h"
#include "steer/steer.h"

static const uint8_t our_mac[6] = { 2, 0, 10, 0, 0, 1 };
static const uint8_t their_mac[6] = { 0x52, 0x54, 0, 1, 2, 3 };
static const uint8_t our4[16] = { [10] = 0xff, 0xff, 10, 0, 0, 1 };
static const uint8_t their4[16] = { [10] = 0xff, 0xff, 10, 0, 0, 2 };
static const uint8_t our6[16] = { 0xfd, [15] = 1 };
static const uint8_t their6[16] = { 0xfd, [13] = 0x11, 0x22, 0x33 };

static struct skua_adapter adapter;
static struct skua_function function;
static struct skua_neigh *neigh;
static uint64_t now = 1;
static uint8_t sent[256];
static size_t sent_len;

/* In the place of the adapter. */
uint64_t skua_now(const struct skua_adapter *ad)
{
	(void)ad;
	return now;
}

bool skua_link_port_own(struct skua_link_port *port, const uint8_t *frame,
			uint32_t len)
{
	(void)port;
	assert_true(len <= sizeof(sent));
	memcpy(sent, frame, len);
	sent_len = len;
	return true;
}

static bool in_the_clear = true;

bool skua_steer_hears(struct skua_adapter *ad, const uint8_t *frame,
		      uint32_t len)
{
	(void)ad;
	(void)frame;
	(void)len;
	return in_the_clear;
}

void skua_link_port_flush(struct skua_link_port *port)
{
	(void)port;
}

static int set_up(void **state)
{
	(void)state;
	adapter.fn[2] = &function;
	function.gid[3].valid = true;
	memcpy(function.gid[3].gid, our4, 16);
	memcpy(function.gid[3].smac, our_mac, 6);
	function.gid[4] = function.gid[3];
	memcpy(function.gid[4].gid, our6, 16);
	neigh = skua_neigh_create(&adapter);
	sent_len = 0;
	return !neigh;
}

static int tear_down(void **state)
{
	(void)state;
	skua_neigh_destroy(neigh);
	return 0;
}

/* Bytes as tcpdump shows them. */
static size_t frame(uint8_t *f, const char *hex)
{
	size_t n = 0;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		f[n++] = strtoul((char[]){ hex[0], hex[1], 0 }, NULL, 16);
		hex++;
	}
	return n;
}

static void hear_as(const char *hex, bool opened)
{
	uint8_t f[256];

	sent_len = 0;
	skua_neigh_frame(neigh, f, frame(f, hex), opened);
}

static void hear(const char *hex)
{
	hear_as(hex, false);
}

static void assert_said(const char *hex)
{
	uint8_t f[256] = { 0 };
	size_t len = frame(f, hex);

	assert_true(sent_len >= len && sent_len >= 60);
	assert_memory_equal(sent, f, sent_len);
	sent_len = 0;
}

static int look(const uint8_t to[16], uint8_t mac[6])
{
	return skua_neigh_find(neigh, to == their4 ? our4 : our6, our_mac, to,
			       mac);
}

#define ARP	  "0806 0001 0800 06 04 "
#define ARP_REPLY "02000a000001 525400010203 " ARP "0002 525400010203 0a000002 " \
		  "02000a000001 0a000001"

static void test_arp(void **state)
{
	uint8_t mac[6];

	(void)state;
	hear("ffffffffffff 525400010203 " ARP "0001 525400010203 0a000002 "
	     "000000000000 0a000001");
	assert_said("525400010203 02000a000001 " ARP "0002 02000a000001 0a000001 "
		    "525400010203 0a000002");
	/* In the clear it may not be heard. */
	in_the_clear = false;
	hear("ffffffffffff 525400010203 " ARP "0001 525400010203 0a000002 "
	     "000000000000 0a000001");
	assert_int_equal(sent_len, 0);
	hear_as("ffffffffffff 525400010203 " ARP "0001 525400010203 0a000002 "
		"000000000000 0a000001", true);
	assert_true(sent_len);
	in_the_clear = true;
	/* Of another's address. */
	hear("ffffffffffff 525400010203 " ARP "0001 525400010203 0a000002 "
	     "000000000000 0a000003");
	assert_int_equal(sent_len, 0);
	/* Nobody has asked. */
	hear(ARP_REPLY);
	assert_int_equal(look(their4, mac), -EAGAIN);
	assert_said("ffffffffffff 02000a000001 " ARP "0001 02000a000001 0a000001 "
		    "000000000000 0a000002");
	/* Asked once, for a while. */
	assert_int_equal(look(their4, mac), -EAGAIN);
	assert_int_equal(sent_len, 0);
	now += 250000000;
	assert_int_equal(look(their4, mac), -EAGAIN);
	assert_int_equal(sent_len, 60);
	hear(ARP_REPLY);
	assert_int_equal(look(their4, mac), 0);
	assert_memory_equal(mac, their_mac, 6);
	/* It may be somebody else's by now. */
	now += 30000000000;
	assert_int_equal(look(their4, mac), -EAGAIN);
	assert_int_equal(sent_len, 60);
}

#define ND_HEAD "86dd 60000000 0020 3a ff "
#define OUR6	"fd000000000000000000000000000001 "
#define THEIR6	"fd000000000000000000000000112233 "
#define NA "02000a000001 525400010203 " ND_HEAD THEIR6 OUR6 "88 00 85bf 60000000 " \
	   THEIR6 "02 01 525400010203"

static void test_nd(void **state)
{
	uint8_t mac[6];

	(void)state;
	assert_int_equal(look(their6, mac), -EAGAIN);
	assert_said("3333ff112233 02000a000001 " ND_HEAD OUR6
		    "ff0200000000000000000001ff112233 87 00 2f13 00000000 " THEIR6
		    "01 01 02000a000001");
	hear(NA);
	assert_int_equal(look(their6, mac), 0);
	assert_memory_equal(mac, their_mac, 6);
	hear("3333ff000001 525400010203 " ND_HEAD THEIR6
	     "ff0200000000000000000001ff000001 87 00 08ff 00000000 " OUR6
	     "01 01 525400010203");
	assert_said("525400010203 02000a000001 " ND_HEAD OUR6 THEIR6
		    "88 00 f059 60000000 " OUR6 "02 01 02000a000001");
}

static void test_own(void **state)
{
	uint8_t mac[6];

	(void)state;
	assert_int_equal(look(our6, mac), 0);
	assert_memory_equal(mac, our_mac, 6);
	assert_int_equal(sent_len, 0);
}

/* The oldest gives way. */
static void test_many(void **state)
{
	uint8_t ip[16], mac[6];
	unsigned int i;

	(void)state;
	memcpy(ip, their6, 16);
	for (i = 0; i < 1000; i++) {
		now++;
		ip[14] = i >> 8;
		ip[15] = i;
		assert_int_equal(look(ip, mac), -EAGAIN);
		assert_true(sent_len);
	}
	assert_int_equal(look(their6, mac), -EAGAIN);
	hear(NA);
	assert_int_equal(look(their6, mac), 0);
}

/* Every byte wrong once, and every length; then any bytes. */
static void test_hostile(void **state)
{
	uint8_t f[256], *exact, mac[6];
	size_t len = frame(f, NA), i;
	uint32_t seed = 1;

	(void)state;
	look(their6, mac);
	for (i = 14; i < len; i++) {
		/* Traffic class and flow label mean nothing here. */
		if (i >= 15 && i < 18)
			continue;
		f[i] ^= 0x55;
		skua_neigh_frame(neigh, f, len, false);
		f[i] ^= 0x55;
		assert_int_equal(look(their6, mac), -EAGAIN);
	}
	for (i = 0; i < len; i++) {
		/* What lies behind is seen by the address sanitizer. */
		exact = malloc(i + 1);
		memcpy(exact, f, i);
		skua_neigh_frame(neigh, exact, i, false);
		free(exact);
		assert_int_equal(look(their6, mac), -EAGAIN);
	}
	for (len = 0; len < 20000; len++) {
		for (i = 14; i < sizeof(f); i++) {
			seed = seed * 1664525 + 1013904223;
			f[i] = seed >> 24;
		}
		f[12] = len & 1 ? 0x86 : 0x08;
		f[13] = len & 1 ? 0xdd : 0x06;
		skua_neigh_frame(neigh, f, seed % sizeof(f), false);
	}
	assert_int_equal(look(their6, mac), -EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_arp, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nd, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hostile, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
