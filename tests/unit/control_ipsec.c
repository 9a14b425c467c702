// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What the control protocol says of IPsec, and the watch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control_sas.h"

static struct control_sas sas;
static struct skua_ipsec_control *ic;

static int setup(void **state)
{
	struct skua_ipsec_owner owner;

	(void)state;
	control_sas_init(&sas);
	owner = control_sas_owner(&sas);
	ic = skua_ipsec_control_create(&owner);
	return ic ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	skua_ipsec_control_destroy(ic);
	control_sas_fini(&sas);
	return 0;
}

/* The caller puts it. */
static struct json_object *ask(const char *fmt, ...)
{
	struct json_object *request, *answer, *cmd;
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	request = json_tokener_parse(line);
	assert_true(json_object_object_get_ex(request, "cmd", &cmd));
	answer = skua_ipsec_control(ic, json_object_get_string(cmd), request);
	assert_false(sas.locked);
	json_object_put(request);
	return answer;
}

static struct json_object *get(struct json_object *o, const char *name)
{
	struct json_object *val;

	assert_true(json_object_object_get_ex(o, name, &val));
	return val;
}

static uint64_t number(struct json_object *o, const char *name)
{
	return json_object_get_uint64(get(o, name));
}

static void refused(const char *line, const char *why)
{
	struct json_object *o = ask("%s", line);

	assert_false(json_object_get_boolean(get(o, "ok")));
	assert_string_equal(json_object_get_string(get(o, "error")), why);
	json_object_put(o);
}

static void requests_are_checked(void **state)
{
	(void)state;
	assert_null(ask("{\"cmd\":\"ipsec-dance\"}"));
	refused("{\"cmd\":\"ipsec-show\",\"from\":1}", "unknown field: from");
	refused("{\"cmd\":\"ipsec-sas\"}", "missing field: function");
	refused("{\"cmd\":\"ipsec-sas\",\"function\":4}",
		"no such function: 4");
	refused("{\"cmd\":\"ipsec-flows\",\"function\":4294967295}",
		"no such function: 4294967295");
	refused("{\"cmd\":\"ipsec-flows\",\"function\":3,\"from\":-1}",
		"not a number from 0 to 4294967295: from");
	refused("{\"cmd\":\"ipsec-watch-start\",\"seconds\":86401}",
		"not a number from 0 to 86400: seconds");
	refused("{\"cmd\":\"ipsec-watch-start\",\"seconds\":1,"
		"\"link\":\"no\"}", "no such link: no");
	refused("{\"cmd\":\"ipsec-watch-stop\",\"number\":0}",
		"there is no such watch");
	sas.links = 0;
	refused("{\"cmd\":\"ipsec-watch-start\",\"seconds\":1}",
		"there is no link");
}

static void functions(void **state)
{
	struct json_object *o = ask("{\"cmd\":\"ipsec-show\"}"), *f;

	(void)state;
	assert_int_equal(json_object_array_length(get(o, "functions")), 2);
	f = json_object_array_get_idx(get(o, "functions"), 0);
	assert_int_equal(number(f, "function"), 3);
	assert_int_equal(number(f, "port"), 0);
	assert_int_equal(number(f, "sas"), SAS);
	assert_int_equal(number(f, "flows"), FLOWS);
	assert_int_equal(number(get(f, "counters"), "ipsec_rx_drop_sa"), 9);
	assert_int_equal(json_object_object_length(get(f, "counters")),
			 SKUA_HWI_IPSEC_COUNTERS);
	json_object_put(o);
}

/* Every object once, in order, and no page is long. */
static void pages(const char *cmd, const char *name, uint32_t count)
{
	uint32_t n = 0, from = 0;
	struct json_object *o, *page, *next;
	bool more;
	size_t i;

	do {
		o = ask("{\"cmd\":\"%s\",\"function\":3,\"from\":%u}", cmd,
			from);
		page = get(o, name);
		for (i = 0; i < json_object_array_length(page); i++, n++)
			assert_int_equal(number(json_object_array_get_idx(
						page, i), "handle"), n);
		assert_true(strlen(json_object_to_json_string(o)) < 100000);
		more = json_object_object_get_ex(o, "next", &next);
		from = more ? json_object_get_uint64(next) : 0;
		json_object_put(o);
	} while (more);
	assert_int_equal(n, count);
	assert_in_range(sas.most, 1, 256);
	o = ask("{\"cmd\":\"%s\",\"function\":3,\"from\":4294967295}", cmd);
	assert_int_equal(json_object_array_length(get(o, name)), 0);
	json_object_put(o);
}

static void objects_come_by_pages(void **state)
{
	(void)state;
	pages("ipsec-sas", "sas", SAS);
	pages("ipsec-flows", "flows", FLOWS);
}

static void one_of_each(void **state)
{
	struct json_object *o;

	(void)state;
	o = ask("{\"cmd\":\"ipsec-sas\",\"function\":3,\"from\":149}");
	assert_string_equal(
		json_object_to_json_string_ext(
			json_object_array_get_idx(get(o, "sas"), 0),
			JSON_C_TO_STRING_PLAIN),
		"{\"handle\":149,\"spi\":\"0x00001095\",\"reqid\":7,"
		"\"direction\":\"in\",\"mode\":\"transport\","
		"\"src\":\"192.0.2.2\",\"dst\":\"192.0.2.1\","
		"\"flags\":[\"esn\"],\"icv_bits\":128,\"window\":64,\"mtu\":0,"
		"\"seq\":18446744073709551615,\"packets\":149,\"bytes\":0,"
		"\"limits\":{\"hard_packets\":1000},"
		"\"refused\":{\"replay\":2,\"bad_icv\":1},"
		"\"last_refusal\":\"bad_icv\",\"events\":[\"soft\"]}");
	json_object_put(o);
	o = ask("{\"cmd\":\"ipsec-flows\",\"function\":3}");
	assert_string_equal(
		json_object_to_json_string_ext(
			json_object_array_get_idx(get(o, "flows"), 0),
			JSON_C_TO_STRING_PLAIN |
			JSON_C_TO_STRING_NOSLASHESCAPE),
		"{\"handle\":0,\"direction\":\"egress\",\"priority\":0,"
		"\"action\":\"protect\",\"reqid\":7,\"match\":{"
		"\"src\":\"192.0.2.1/32\",\"dst\":\"192.0.2.0/24\","
		"\"proto\":17,\"sport\":\"0xc000/0xc000\",\"dport\":4791},"
		"\"packets\":5,\"bytes\":0}");
	json_object_put(o);
}

static void watches(void **state)
{
	struct json_object *o, *shown;
	uint32_t watch;

	(void)state;
	o = ask("{\"cmd\":\"ipsec-watch-start\",\"seconds\":5,"
		"\"link\":\"shm:leaky\"}");
	watch = number(o, "number");
	json_object_put(o);
	assert_null(sas.watch[0]);
	assert_non_null(sas.watch[1]);
	refused("{\"cmd\":\"ipsec-watch-start\",\"seconds\":5}",
		"there is a watch already");
	refused("{\"cmd\":\"ipsec-watch-stop\",\"number\":77}",
		"there is no such watch");
	control_sas_send(&sas);
	control_sas_send(&sas);
	o = ask("{\"cmd\":\"ipsec-watch-stop\",\"number\":%u}", watch);
	assert_null(sas.watch[1]);
	assert_int_equal(number(o, "packets"), 4);
	assert_int_equal(number(o, "esp"), 2);
	assert_int_equal(number(o, "clear"), 2);
	shown = get(o, "shown");
	assert_int_equal(json_object_array_length(shown), 2);
	assert_int_equal(number(json_object_array_get_idx(shown, 1), "qpn"), 17);
	json_object_put(o);
	o = ask("{\"cmd\":\"ipsec-watch-stop\",\"number\":%u}", watch);
	assert_false(json_object_get_boolean(get(o, "ok")));
	json_object_put(o);
}

/* Without a name all links are meant; and one that goes on ends with them. */
static void all_links(void **state)
{
	(void)state;
	json_object_put(ask("{\"cmd\":\"ipsec-watch-start\",\"seconds\":5}"));
	assert_non_null(sas.watch[0]);
	assert_ptr_equal(sas.watch[0], sas.watch[1]);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(requests_are_checked),
		test(functions),
		test(objects_come_by_pages),
		test(one_of_each),
		test(watches),
		test(all_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
