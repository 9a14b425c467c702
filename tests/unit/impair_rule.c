// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The grammar: what is a rule, what is none and why, and what a rule matches. */
#include <stdio.h>
#include <stdlib.h>

#include "impair_rig.h"

static void rules_are_understood(void **state)
{
	static const char *const rules[] = {
		"drop out p=0.01",
		"drop both for=3s",
		"\tdrop  in   nth=7 ",
		"drop out opcode=rc-rdma-write-last nth=1 count=1",
		"drop in opcode=rc-acknowledge,rc-atomic-acknowledge",
		"drop in opcode=*",
		"drop in opcode=0xff,3",
		"drop in qp=0xffffff psn=0xfffff0-15",
		"drop in psn=7",
		"corrupt out p=0.001 bits=32 where=icrc",
		"corrupt out where=payload",
		"corrupt out where=header",
		"corrupt out where=any",
		"duplicate in p=1",
		"reorder out p=0.000000001 by=3 wait=1.5ms",
		"delay in 2ms jitter=200us",
		"delay in 0s",
		"rate out 1gbit limit=256KiB ecn=64KiB burst=9018B",
		"rate both 2.5gbit limit=1MiB ecn=4096",
		"rate in 1gbit limit=1MiB ecn=40KiB ecn-max=200KiB ecn-p=0.01",
		"ecn in p=0.1",
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		assert_int_equal(rig_add(rules[i]), i + 1);
		assert_string_equal(rig_rule(i).text, rules[i]);
	}
}

static void refused(const char *rule, const char *why)
{
	char err[256];

	assert_true(skua_impair_add(rig.im, rule, err, sizeof(err)) < 0);
	assert_string_equal(err, why);
}

static void anything_else_is_told_why(void **state)
{
	(void)state;
	refused("", "not an action: (nothing)");
	refused(" \t ", "not an action: (nothing)");
	refused("dorp out", "not an action: dorp");
	refused("drop", "out, in or both is missing");
	refused("drop p=1", "not out, in or both: p=1");
	refused("drop out colour=red", "unknown field: colour");
	refused("drop out fast", "not FIELD=VALUE: fast");
	refused("drop out p=1 p=1", "given twice: p");
	refused("drop out bits=1", "not a field of drop: bits");
	refused("drop out p=1.01", "p=1.01: not a number from 0 to 1");
	refused("drop out p=-1", "p=-1: not a number from 0 to 1");
	refused("drop out p=1e-3", "p=1e-3: not a number from 0 to 1");
	refused("drop out p=0.0000000001",
		"p=0.0000000001: not a number from 0 to 1");
	refused("drop out p=nan", "p=nan: not a number from 0 to 1");
	refused("drop out p=", "p=: not a number from 0 to 1");
	refused("drop out nth=0", "nth=0: not a number from 1 to 1000000000");
	refused("drop out nth=18446744073709551617",
		"nth=18446744073709551617: not a number from 1 to 1000000000");
	refused("drop out count=x",
		"count=x: not a number from 1 to 1000000000");
	refused("drop out for=3",
		"for=3: not a time such as 2ms, up to 3600s");
	refused("drop out for=3601s",
		"for=3601s: not a time such as 2ms, up to 3600s");
	refused("drop out for=99999999999s",
		"for=99999999999s: not a time such as 2ms, up to 3600s");
	refused("drop out for=0ms", "for=0ms: no time at all");
	refused("drop out qp=0x1000000", "qp=0x1000000: not a QP number");
	refused("drop out qp=0x", "qp=0x: not a QP number");
	refused("drop out psn=1-", "psn=1-: not FIRST-LAST, up to 0xffffff");
	refused("drop out psn=-1", "psn=-1: not FIRST-LAST, up to 0xffffff");
	refused("drop out psn=1-2-3",
		"psn=1-2-3: not FIRST-LAST, up to 0xffffff");
	refused("drop out opcode=256", "opcode=256: no such opcode");
	refused("drop out opcode=uc-acknowledge",
		"opcode=uc-acknowledge: no such opcode");
	refused("drop out opcode=rc-send", "opcode=rc-send: no such opcode");
	refused("drop out opcode=cnp,,cnp", "opcode=: no such opcode");
	refused("corrupt out bits=33", "bits=33: not a number from 1 to 32");
	refused("corrupt out where=there",
		"where=there: not payload, header, icrc or any");
	refused("reorder out by=0", "by=0: not a number from 1 to 1000");
	refused("delay in", "delay needs a time such as 2ms, up to 3600s");
	refused("delay in p=1", "delay needs a time such as 2ms, up to 3600s");
	refused("delay in 1ms jitter=2ms", "jitter is more than the delay");
	refused("rate in 0bit",
		"rate needs a speed such as 1gbit, up to 1000gbit");
	refused("rate in 1tbit",
		"rate needs a speed such as 1gbit, up to 1000gbit");
	refused("rate in 1gbit limit=1025MiB",
		"limit=1025MiB: not a size such as 64KiB, up to 1024MiB");
	refused("rate in 1gbit limit=1KiB ecn=2KiB",
		"ecn is more than the limit");
	refused("rate in 1gbit limit=4KiB ecn=2KiB ecn-max=5KiB",
		"ecn is more than the limit");
	refused("rate in 1gbit ecn=2KiB ecn-max=1KiB",
		"ecn-max is less than ecn");
	refused("rate in 1gbit ecn=2KiB ecn-p=0.5", "ecn-p needs ecn-max");
	refused("rate in 1gbit ecn=2KiB ecn-max=4KiB ecn-p=2",
		"ecn-p=2: not a number from 0 to 1");
	assert_false(skua_impair_active(rig.im, SKUA_LINK_OUT));
	assert_int_equal(rig_add("drop out"), 1);
}

static void they_are_bounded(void **state)
{
	char text[SKUA_IMPAIR_TEXT + 1], err[8];
	int i;

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "drop out", 8);
	text[SKUA_IMPAIR_TEXT] = '\0';
	refused(text, "a rule has at most 255 characters");
	text[SKUA_IMPAIR_TEXT - 1] = '\0';
	rig_add(text);
	for (i = 1; i < SKUA_IMPAIR_RULES; i++)
		rig_add("drop out");
	refused("drop out", "there are too many rules");
	/* What is said fits what there is to say it in. */
	assert_true(skua_impair_add(rig.im, "drop out", err, sizeof(err)) < 0);
	assert_string_equal(err, "there a");
}

static void scripts_are_added_whole(void **state)
{
	char err[256];

	(void)state;
	assert_int_equal(skua_impair_script(rig.im, "", err, sizeof(err)), 0);
	assert_int_equal(skua_impair_script(rig.im,
			"# both\n\ndrop out\n  \t\n # and\n drop in",
			err, sizeof(err)), 2);
	assert_string_equal(rig_rule(1).text, " drop in");
	assert_true(skua_impair_script(rig.im, "drop out\n\ndrop in p\n",
				       err, sizeof(err)) < 0);
	assert_string_equal(err, "line 3: not FIELD=VALUE: p");
	assert_false(skua_impair_rule(rig.im, 2, &(struct skua_impair_rule){}));
	/* As if it had not been tried: numbers are a part of fate. */
	assert_int_equal(rig_add("drop out"), 3);
}

/* Does a rule with these fields match the packet? */
static bool match(const char *fields, const struct made *m)
{
	char rule[SKUA_IMPAIR_TEXT];
	bool gone;

	snprintf(rule, sizeof(rule), "drop out %s", fields);
	rig_add(rule);
	gone = rig_send(SKUA_LINK_OUT, m);
	skua_impair_clear(rig.im);
	return !gone;
}

static void packets_are_matched(void **state)
{
	struct made m = { .opcode = RC_WRITE_LAST, .qp = 0x11, .psn = 5 };
	const struct made cnp = { .opcode = 0x81 };
	int i;

	(void)state;
	assert_true(match("opcode=cnp", &cnp));
	for (i = 0; i < 6; i++) {
		m.ip6 = i & 1;
		m.tags = i / 2;
		assert_true(match("", &m));
		assert_true(match("qp=17", &m));
		assert_true(match("qp=0x11 opcode=* psn=5", &m));
		assert_false(match("qp=18", &m));
		assert_true(match("opcode=rc-rdma-write-last", &m));
		assert_true(match("opcode=cnp,8", &m));
		assert_true(match("opcode=rc-rdma-write-*", &m));
		assert_false(match("opcode=uc-rdma-write-last", &m));
		assert_false(match("opcode=rc-rdma-write-last-*", &m));
		assert_true(match("psn=0xfffff0-5", &m));
		assert_false(match("psn=0xfffff0-4", &m));
		assert_false(match("psn=6-4 qp=18", &m));
		assert_false(match("psn=6-4", &m));
		assert_true(match("psn=0-0xffffff", &m));
	}
}

static void directions_are_kept_apart(void **state)
{
	const struct made m = { 0 };

	(void)state;
	rig_add("drop in");
	assert_true(skua_impair_active(rig.im, SKUA_LINK_IN));
	assert_false(skua_impair_active(rig.im, SKUA_LINK_OUT));
	assert_int_equal(rig_send(SKUA_LINK_OUT, &m), 1);
	assert_int_equal(rig_send(SKUA_LINK_IN, &m), 0);
	rig_add("drop both");
	assert_int_equal(rig_send(SKUA_LINK_OUT, &m), 0);
	assert_int_equal(rig_rule(0).seen, 1);
	assert_int_equal(rig_rule(1).seen, 1);
}

/* However short: nothing is read behind the end, and it is no packet. */
static void what_is_cut_short_is_no_packet(void **state)
{
	struct made m = { .opcode = RC_ACK, .tags = 2 };
	uint8_t buf[SKUA_FRAME_MAX];
	struct skua_frame f, cut;
	uint32_t len;
	int i;

	(void)state;
	rig_add("drop out opcode=*");
	for (i = 0; i < 2; i++) {
		m.ip6 = i;
		f = make_frame(buf, &m);
		for (len = 0; len < f.len; len++) {
			cut = f;
			cut.data = malloc(len ? len : 1);
			cut.len = len;
			memcpy(cut.data, buf, len);
			assert_int_equal(rig_frame(SKUA_LINK_OUT, cut), 1);
			free(cut.data);
		}
		assert_int_equal(rig_frame(SKUA_LINK_OUT, f), 0);
	}
}

static void other_traffic_is_no_packet(void **state)
{
	struct made m = { .port = 53 };
	uint8_t buf[SKUA_FRAME_MAX];
	struct skua_frame f;

	(void)state;
	rig_add("drop out opcode=*");
	assert_int_equal(rig_send(SKUA_LINK_OUT, &m), 1);
	m.port = 0;
	f = make_frame(buf, &m);
	buf[14 + 9] = 6;	/* TCP */
	assert_int_equal(rig_frame(SKUA_LINK_OUT, f), 1);
	f = make_frame(buf, &m);
	buf[14 + 7] = 1;	/* a later fragment */
	assert_int_equal(rig_frame(SKUA_LINK_OUT, f), 1);
	f = make_frame(buf, &m);
	buf[14 + 20 + 4] = 0xff;	/* UDP longer than the frame */
	assert_int_equal(rig_frame(SKUA_LINK_OUT, f), 1);
	f = make_frame(buf, &m);
	buf[13] = 6;		/* ARP */
	assert_int_equal(rig_frame(SKUA_LINK_OUT, f), 1);
	assert_int_equal(rig_rule(0).seen, 5);
	assert_int_equal(rig_rule(0).matched, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rig_test(rules_are_understood),
		rig_test(anything_else_is_told_why),
		rig_test(they_are_bounded),
		rig_test(scripts_are_added_whole),
		rig_test(packets_are_matched),
		rig_test(directions_are_kept_apart),
		rig_test(what_is_cut_short_is_no_packet),
		rig_test(other_traffic_is_no_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
