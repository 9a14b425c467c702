// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * impair_scripts DIRECTORY: what the scripts of tests/impair do to a write of
 * eight packets, which is acknowledged, and to a read of eight.
 */
#include <dirent.h>
#include <stdio.h>

#include "impair_rig.h"

static const char *directory;

static void load(const char *name)
{
	char path[256], text[4096], err[256] = "";
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	assert_true(skua_impair_script(rig.im, text, err, sizeof(err)) > 0);
	assert_string_equal(err, "");
}

static void packet(enum skua_link_dir dir, uint8_t opcode, uint32_t psn)
{
	const struct made m = { .opcode = opcode, .qp = 17, .psn = psn,
				.payload = 64 };

	rig_send(dir, &m);
}

/* Eight packets with the opcodes for the first, the middle and the last. */
static void eight(enum skua_link_dir dir, uint8_t first, uint32_t psn)
{
	unsigned int i;

	for (i = 0; i < 8; i++)
		packet(dir, first + (i > 0) + (i == 7), psn + i);
}

static void traffic(void)
{
	eight(SKUA_LINK_OUT, 6, 1);		/* RDMA WRITE */
	packet(SKUA_LINK_IN, RC_ACK, 8);
	packet(SKUA_LINK_OUT, 12, 9);		/* RDMA READ */
	eight(SKUA_LINK_IN, 13, 9);
}

#define PACKETS 18

static bool came(uint32_t psn)
{
	unsigned int i;

	for (i = 0; i < rig.gones; i++)
		if (rig.gone[i].psn == psn)
			return true;
	return false;
}

static void a_last_packet_is_lost(void **state)
{
	(void)state;
	load("lost-last-packet.rules");
	traffic();
	assert_int_equal(rig.gones, PACKETS - 1);
	assert_int_equal(rig.lost.psn, 8);
}

static void an_ack_is_lost(void **state)
{
	(void)state;
	load("lost-ack.rules");
	traffic();
	assert_int_equal(rig.gones, PACKETS - 1);
	assert_int_equal(rig.lost.data[42], RC_ACK);
}

static void read_responses_are_lost(void **state)
{
	(void)state;
	load("lost-read-response.rules");
	traffic();
	assert_int_equal(rig.gones, PACKETS - 2);
	assert_false(came(12));
	assert_false(came(16));
}

static void bits_are_wrong(void **state)
{
	(void)state;
	load("corrupted-icrc.rules");
	traffic();
	assert_int_equal(rig_stats().corrupted, 1);
	load("corrupted-payload.rules");
	traffic();
	assert_int_equal(rig_stats().corrupted, 4);
	assert_int_equal(rig.gones, 2 * PACKETS);
}

static void a_write_comes_in_another_order(void **state)
{
	static const uint32_t order[] = { 1, 2, 4, 5, 6, 3, 7, 8 };
	unsigned int i;

	(void)state;
	load("reordered-write.rules");
	traffic();
	assert_int_equal(rig.gones, PACKETS);
	for (i = 0; i < 8; i++)
		assert_int_equal(rig.gone[i].psn, order[i]);
}

static void nothing_comes_for_a_while(void **state)
{
	(void)state;
	load("blackhole.rules");
	traffic();
	rig.now = 2999999999;
	traffic();
	assert_int_equal(rig.gones, 0);
	rig.now = 3000000000;
	traffic();
	assert_int_equal(rig.gones, PACKETS);
}

/* Those without a test of their own are rules at least. */
static void all_are_rules(void **state)
{
	unsigned int n = 0;
	struct dirent *e;
	DIR *d = opendir(directory);

	(void)state;
	assert_non_null(d);
	while ((e = readdir(d))) {
		if (!strstr(e->d_name, ".rules"))
			continue;
		load(e->d_name);
		skua_impair_clear(rig.im);
		n++;
	}
	closedir(d);
	assert_true(n > 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		rig_test(a_last_packet_is_lost),
		rig_test(an_ack_is_lost),
		rig_test(read_responses_are_lost),
		rig_test(bits_are_wrong),
		rig_test(a_write_comes_in_another_order),
		rig_test(nothing_comes_for_a_while),
		rig_test(all_are_rules),
	};

	if (argc != 2)
		return 2;
	directory = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
