// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* SKUA_USER, and the devices that it asks for. */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"

static struct skua_user_config config;

static bool parse(const char *text)
{
	char why[64] = "";
	bool ok;

	ok = skua_user_config_parse(&config, text, why, sizeof(why));
	/* It says why not, and nothing else. */
	assert_int_equal(ok, !*why);
	return ok;
}

static void defaults(void **state)
{
	static const char *const texts[] = { NULL, "", ",", ",,," };
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		assert_true(parse(texts[i]));
		assert_int_equal(config.devices, 1);
		assert_int_equal(config.naddresses, 0);
		assert_int_equal(config.share, SKUA_USER_SHARE_USER);
	}
}

static void values(void **state)
{
	static const uint8_t v4[16] = { [10] = 255, 255, 192, 0, 2, 7 };

	(void)state;
	assert_true(parse("address=192.0.2.7,share=group,address=::1@skua7,"
			  "devices=1,devices=8,"));
	assert_int_equal(config.devices, 8);
	assert_int_equal(config.share, SKUA_USER_SHARE_GROUP);
	assert_int_equal(config.naddresses, 2);
	assert_memory_equal(config.address[0].raw, v4, 16);
	assert_int_equal(config.address[0].device, -1);
	assert_int_equal(config.address[1].device, 7);
	assert_true(parse("share=all"));
	assert_int_equal(config.share, SKUA_USER_SHARE_ALL);
}

static void link_and_its_address(void **state)
{
	static const uint8_t v4[16] = { [10] = 0xff, 0xff, 10, 0, 0, 1 };
	static const uint8_t v6[16] = { 0xfd, [15] = 1 };

	(void)state;
	assert_true(parse("link=shm:a,impair=/r,capture=/c"));
	assert_string_equal(config.link, "shm:a");
	assert_string_equal(config.impair, "/r");
	assert_string_equal(config.capture, "/c");
	assert_int_equal(config.naddresses, 0);
	assert_true(parse("link=shm:a,cc=off,cc=rp_ai_rate=7 rp_threshold=2"));
	assert_string_equal(config.cc, "off rp_ai_rate=7 rp_threshold=2");
	assert_true(parse("link=udp:10.0.0.1"));
	assert_int_equal(config.naddresses, 1);
	assert_memory_equal(config.address[0].raw, v4, 16);
	assert_true(parse("link=udp:fd00::1,devices=2"));
	assert_memory_equal(config.address[0].raw, v6, 16);
	assert_int_equal(config.address[0].device, -1);
	assert_true(parse("link=udp:10.0.0.2,address=10.0.0.1"));
	assert_int_equal(config.naddresses, 1);
	assert_memory_equal(config.address[0].raw, v4, 16);
	assert_true(parse("link=udp:10.0.0.1,port=7,esp,devices=2"));
	assert_string_equal(config.link, "udp:10.0.0.1,port=7,esp");
	assert_int_equal(config.naddresses, 1);
	assert_memory_equal(config.address[0].raw, v4, 16);
	assert_true(parse("link=packet:eth0,promisc"));
	assert_string_equal(config.link, "packet:eth0,promisc");
	assert_true(skua_user_link_options(",esp,port=9"));
	assert_false(skua_user_link_options(",esp,share=all"));
	assert_false(skua_user_link_options(",esp,"));
}

static void malformed(void **state)
{
	static const char *const texts[] = {
		"devices", "devices=", "devices=0", "devices=9", "devices=1 ",
		"devices=01", "devices=-1", "DEVICES=1", " devices=1", "=",
		"share=", "share=us", "share=users", "trace", "devices=1;share=all",
		"address=", "address=1", "address=1.2.3", "address=1.2.3.4.5",
		"address=1.2.3.4@", "address=1.2.3.4@skua", "address=::1@skua8",
		"address=1.2.3.4@skua1", "address=1.2.3.4@skua00",
		"address=1.2.3.4@skua0@skua0", "address=1.2.3.4%lo",
		"address=0.0.0.0", "address=224.0.0.1", "address=255.255.255.255",
		"address=::", "address=ff02::1", "address=::ffff:0.0.0.0",
		"address=::ffff:239.0.0.1", "address=1:2", "address=%s%n",
		"link=", "link=a", "impair=a", "capture=", "link=a:b,impair=",
		"cc=off", "link=a:b,cc=", "esp", "port=1", "promisc",
		"link=a:b,esp=1", "link=a:b,mtu=1",
	};
	char longest[4096];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (parse(texts[i]))
			fail_msg("%s is not malformed", texts[i]);
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_false(parse(longest));
	memcpy(longest, "address=", 8);
	assert_false(parse(longest));
}

static void too_many_addresses(void **state)
{
	char text[4096] = "";
	unsigned int i;

	(void)state;
	for (i = 0; i < SKUA_USER_MAX_ADDRESSES; i++)
		strcat(text, "address=10.0.0.1,");
	assert_true(parse(text));
	strcat(text, "address=10.0.0.1");
	assert_false(parse(text));
}

/* Every process reads the variable once: one is made for every check. */
static void in_process(const char *text, void (*check)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (text)
			setenv("SKUA_USER", text, 1);
		else
			unsetenv("SKUA_USER");
		check();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define WANT(is)                                                              \
	do {                                                                  \
		if (!(is)) {                                                  \
			print_error("%s:%d: %s\n", __FILE__, __LINE__, #is);  \
			_exit(1);                                             \
		}                                                             \
	} while (0)

static void raw(uint8_t gid[16], const char *text)
{
	char mapped[64];

	snprintf(mapped, sizeof(mapped), "::ffff:%s", text);
	WANT(inet_pton(AF_INET6, strchr(text, ':') ? text : mapped, gid) == 1);
}

static void check_machine(void)
{
	static const uint8_t mac[6] = { 2, 0x53, 0x4b, 0x55, 0x41, 0 };
	const struct skua_user_dev *dev = skua_user_device(0);
	uint8_t gid[16], dmac[6];
	unsigned int i;
	int at;

	WANT(skua_user_devices() == 1 && !skua_user_device(1));
	WANT(!strcmp(dev->name, "skua0") && !memcmp(dev->mac, mac, 6));
	WANT(dev->guid == 0x00534bfffe554100);
	raw(gid, "127.0.0.1");
	at = skua_user_find_gid(dev, gid);
	WANT(at >= 0);
	/* Loopback is last, and nothing is there twice. */
	for (i = at; i < dev->ngids; i++)
		WANT(!strcmp(dev->gid[i].ifname, "lo") && dev->gid[i].ifindex);
	for (i = 0; i < dev->ngids; i++)
		WANT(skua_user_find_gid(dev, dev->gid[i].raw) == (int)i);
	WANT(!skua_user_resolve(dev, gid, dmac) && !memcmp(dmac, mac, 6));
	raw(gid, "203.0.113.9");
	WANT(skua_user_find_gid(dev, gid) == -1);
	/* Another process may have it, and none of the devices here has. */
	WANT(!skua_user_resolve(dev, gid, dmac) && dmac[5] == 0xff);
	raw(gid, "224.0.0.1");
	WANT(skua_user_resolve(dev, gid, dmac) == -EHOSTUNREACH);
	raw(gid, "ff02::1");
	WANT(skua_user_resolve(dev, gid, dmac) == -EHOSTUNREACH);
	raw(gid, "::");
	WANT(skua_user_resolve(dev, gid, dmac) == -EHOSTUNREACH);
}

static void check_addresses(void)
{
	struct skua_user_dev *dev = skua_user_device(1);
	uint8_t gid[16], dmac[6];

	WANT(skua_user_devices() == 2);
	WANT(skua_user_share() == SKUA_USER_SHARE_ALL);
	WANT(dev->guid == 0x00534bfffe554101);
	WANT(dev->ngids == 2);
	raw(gid, "10.0.0.9");
	WANT(skua_user_find_gid(dev, gid) == 0);
	/* An address of both is the asker's own. */
	WANT(!skua_user_resolve(dev, gid, dmac) && dmac[5] == 1);
	WANT(!skua_user_resolve(skua_user_device(0), gid, dmac) && !dmac[5]);
	raw(gid, "10.0.0.1");
	WANT(skua_user_find_gid(dev, gid) == -1);
	WANT(!skua_user_resolve(dev, gid, dmac) && !dmac[5]);
	raw(gid, "fd00::2");
	WANT(skua_user_find_gid(dev, gid) == 1);
	raw(gid, "127.0.0.1");
	WANT(!skua_user_resolve(dev, gid, dmac) && dmac[5] == 0xff);
}

/* A network namespace that nobody has set up: even loopback is down. */
static void check_bare(void)
{
	const struct skua_user_dev *dev;
	uint8_t gid[16];

	/* Not everyone may make one. */
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return;
	dev = skua_user_device(0);
	WANT(dev->ngids == 2);
	raw(gid, "127.0.0.1");
	WANT(!skua_user_find_gid(dev, gid));
	raw(gid, "::1");
	WANT(skua_user_find_gid(dev, gid) == 1);
}

static void check_none(void)
{
	WANT(!skua_user_devices() && !skua_user_device(0));
}

static void devices(void **state)
{
	(void)state;
	in_process(NULL, check_machine);
	in_process("", check_machine);
	in_process("devices=2,address=10.0.0.1@skua0,address=10.0.0.9,"
		   "address=fd00::2@skua1,address=10.0.0.9,share=all",
		   check_addresses);
	in_process(NULL, check_bare);
	in_process("devices=9", check_none);
}

/* In the place of the engine. */
int skua_user_neighbour(const struct skua_user_dev *dev, const uint8_t gid[16],
			uint8_t mac[6])
{
	(void)dev;
	memset(mac, gid[15], 6);
	return 0;
}

static void check_packet(void)
{
	static const uint8_t none[6], asked[6] = { 7, 7, 7, 7, 7, 7 };
	static const uint8_t other[16] = { [10] = 0xff, 0xff, 10, 9, 9, 7 };
	const struct skua_user_dev *dev = skua_user_device(0);
	uint8_t mac[6];
	unsigned int i;

	/* Loopback's, which is all zeroes; and no other interface's address. */
	WANT(!strcmp(skua_user_link_interface(), "lo"));
	WANT(dev->ngids);
	for (i = 0; i < dev->ngids; i++) {
		WANT(!strcmp(dev->gid[i].ifname, "lo"));
		WANT(!memcmp(dev->gid[i].mac, none, 6));
	}
	WANT(skua_user_has_neighbours());
	WANT(!skua_user_resolve(dev, other, mac));
	WANT(!memcmp(mac, asked, 6));
}

static void check_tap(void)
{
	static const uint8_t made_up[6] = { 2, 0, 10, 0, 0, 1 };

	WANT(!skua_user_link_interface());
	WANT(skua_user_has_neighbours());
	WANT(!memcmp(skua_user_device(0)->gid[0].mac, made_up, 6));
}

static void neighbours(void **state)
{
	(void)state;
	in_process("link=packet:lo", check_packet);
	in_process("link=tap:t0,address=10.0.0.1", check_tap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(values),
		cmocka_unit_test(malformed),
		cmocka_unit_test(link_and_its_address),
		cmocka_unit_test(too_many_addresses),
		cmocka_unit_test(devices),
		cmocka_unit_test(neighbours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
