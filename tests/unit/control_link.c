// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The control protocol: what is asked, through a socket, and any bytes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn.h"
#include "control_links.h"
#include "impair_rig.h"

static struct control_links links;
static struct skua_link_control *lc;
static struct control_conn conn;
static int client;

static struct json_object *answer(void *ctx, const char *cmd,
				  struct json_object *request)
{
	struct json_object *o = skua_link_control(ctx, cmd, request);

	assert_false(links.locked);
	return o ? o : control_failure("no such command: %s", cmd);
}

static int setup(void **state)
{
	struct skua_link_owner host = control_links_host(&links);
	int pair[2];

	(void)state;
	control_links_init(&links);
	lc = skua_link_control_create(&host);
	if (!lc || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -1;
	conn = (struct control_conn){ .fd = pair[0] };
	client = pair[1];
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(conn.fd);
	close(client);
	skua_link_control_destroy(lc);
	control_links_fini(&links);
	return 0;
}

static void send_bytes(const char *bytes, size_t len)
{
	assert_int_equal(send(client, bytes, len, 0), len);
}

static int serve(void)
{
	return control_conn_ready(&conn, answer, lc);
}

/* One line that has been answered, without its end. */
static const char *receive(void)
{
	static char buf[65536];
	ssize_t n = recv(client, buf, sizeof(buf) - 1, MSG_DONTWAIT);

	assert_true(n > 0);
	assert_int_equal(buf[n - 1], '\n');
	buf[n - 1] = '\0';
	return buf;
}

static const char *ask(const char *line)
{
	send_bytes(line, strlen(line));
	send_bytes("\n", 1);
	assert_int_equal(serve(), 0);
	return receive();
}

static void refused(const char *line, const char *why)
{
	struct json_object *o = json_tokener_parse(ask(line)), *val;

	assert_true(json_object_object_get_ex(o, "ok", &val));
	assert_false(json_object_get_boolean(val));
	assert_true(json_object_object_get_ex(o, "error", &val));
	assert_string_equal(json_object_get_string(val), why);
	json_object_put(o);
}

#define OBJECT "a request is an object with a string \"cmd\""

static void what_is_no_request_is_told(void **state)
{
	(void)state;
	refused("", OBJECT);
	refused("null", OBJECT);
	refused("[]", OBJECT);
	refused("7", OBJECT);
	refused("{", OBJECT);
	refused("{}", OBJECT);
	refused("{\"cmd\":7}", OBJECT);
	refused("{\"cmd\":\"link-show\"}x", OBJECT);
	refused("{\"cmd\":\"link-show\",}", OBJECT);
	refused("{'cmd':'link-show'}", OBJECT);
	refused("{\"cmd\":\"\xff\"}", OBJECT);
	refused("{\"cmd\":[[[[[[[[[]]]]]]]]]}", OBJECT);
	refused("{\"cmd\":\"link-dance\"}", "no such command: link-dance");
	ask(" {\"cmd\":\"link-show\"} \r");
}

static void fields_are_checked(void **state)
{
	(void)state;
	refused("{\"cmd\":\"link-show\",\"colour\":1}",
		"unknown field: colour");
	refused("{\"cmd\":\"link-show\",\"seed\":1}", "unknown field: seed");
	refused("{\"cmd\":\"link-impair-add\"}", "missing field: rules");
	refused("{\"cmd\":\"link-impair-add\",\"rules\":1}",
		"not a text: rules");
	refused("{\"cmd\":\"link-impair-add\",\"rules\":\"drop out\\u0000\"}",
		"not a text: rules");
	refused("{\"cmd\":\"link-impair-add\",\"rules\":\"drop out\\r\"}",
		"line 1: not out, in or both: out\r");
	refused("{\"cmd\":\"link-impair-add\",\"rules\":\"drop out p=2\"}",
		"line 1: p=2: not a number from 0 to 1");
	refused("{\"cmd\":\"link-impair-seed\",\"seed\":-1}",
		"not a number from 0 to 18446744073709551615: seed");
	refused("{\"cmd\":\"link-impair-seed\",\"seed\":1.5}",
		"not a number from 0 to 18446744073709551615: seed");
	refused("{\"cmd\":\"link-impair-clear\",\"number\":4294967297}",
		"not a number from 0 to 4294967295: number");
	refused("{\"cmd\":\"link-impair-clear\",\"number\":1}",
		"udp:198.51.100.1 has no rule 1");
	refused("{\"cmd\":\"link-impair-list\",\"link\":\"no\"}",
		"no such link: no");
	refused("{\"cmd\":\"link-capture-start\",\"path\":\"here\"}",
		"not an absolute path: here");
	refused("{\"cmd\":\"link-capture-start\",\"path\":\"/no/file\"}",
		"/no/file: No such file or directory");
	refused("{\"cmd\":\"link-capture-stop\"}", "there is no capture");
	links.n = 0;
	refused("{\"cmd\":\"link-impair-add\",\"rules\":\"drop out\"}",
		"there is no link");
	assert_string_equal(ask("{\"cmd\":\"link-show\"}"),
			    "{\"ok\":true,\"links\":[]}");
}

static void rules_come_and_go(void **state)
{
	(void)state;
	assert_string_equal(
		ask("{\"cmd\":\"link-impair-add\",\"rules\":\"drop out\"}"),
		"{\"ok\":true,\"rules\":["
		"{\"link\":\"udp:198.51.100.1\",\"number\":1},"
		"{\"link\":\"shm:pair\",\"number\":1}]}");
	assert_string_equal(
		ask("{\"cmd\":\"link-impair-add\",\"rules\":\"drop in\","
		    "\"link\":\"shm:pair\"}"),
		"{\"ok\":true,\"rules\":[{\"link\":\"shm:pair\","
		"\"number\":2}]}");
	control_links_send(&links, 1);
	assert_string_equal(
		ask("{\"cmd\":\"link-impair-list\",\"link\":\"shm:pair\"}"),
		"{\"ok\":true,\"rules\":["
		"{\"link\":\"shm:pair\",\"number\":1,\"rule\":\"drop out\","
		"\"seen\":1,\"matched\":1,\"struck\":1,\"lost\":1,"
		"\"marked\":0},"
		"{\"link\":\"shm:pair\",\"number\":2,\"rule\":\"drop in\","
		"\"seen\":1,\"matched\":1,\"struck\":1,\"lost\":1,"
		"\"marked\":0}]}");
	refused("{\"cmd\":\"link-impair-clear\",\"number\":2}",
		"udp:198.51.100.1 has no rule 2");
	ask("{\"cmd\":\"link-impair-clear\",\"number\":1}");
	assert_false(skua_impair_active(links.link[0].impair, SKUA_LINK_OUT));
	assert_true(skua_impair_active(links.link[1].impair, SKUA_LINK_IN));
	ask("{\"cmd\":\"link-impair-clear\"}");
	assert_string_equal(ask("{\"cmd\":\"link-impair-list\"}"),
			    "{\"ok\":true,\"rules\":[]}");
}

/* The second link has no room: then the first one does not have it, either. */
static void all_links_or_none(void **state)
{
	struct skua_impair_rule rule;
	char err[64];
	int i;

	(void)state;
	for (i = 1; i < SKUA_IMPAIR_RULES; i++)
		skua_impair_add(links.link[1].impair, "drop out", err,
				sizeof(err));
	refused("{\"cmd\":\"link-impair-add\","
		"\"rules\":\"drop out\\n# nothing\\ndrop out\"}",
		"line 3: there are too many rules");
	assert_false(skua_impair_rule(links.link[1].impair,
				      SKUA_IMPAIR_RULES - 1, &rule));
	assert_false(skua_impair_active(links.link[0].impair, SKUA_LINK_OUT));
}

static void what_was_done_is_shown(void **state)
{
	struct json_object *o, *val, *one;

	(void)state;
	ask("{\"cmd\":\"link-impair-seed\",\"seed\":18446744073709551615}");
	ask("{\"cmd\":\"link-impair-add\",\"rules\":\"drop out\"}");
	control_links_send(&links, 1);
	o = json_tokener_parse(ask("{\"cmd\":\"link-show\"}"));
	assert_true(json_object_object_get_ex(o, "links", &val));
	assert_int_equal(json_object_array_length(val), 2);
	one = json_object_array_get_idx(val, 0);
	assert_string_equal(json_object_to_json_string_ext(one,
					JSON_C_TO_STRING_PLAIN),
		"{\"name\":\"udp:198.51.100.1\",\"up\":true,"
		"\"tx_frames\":0,\"tx_bytes\":0,\"tx_full\":0,"
		"\"tx_errors\":0,\"tx_lost\":7,\"rx_frames\":1,\"rx_bytes\":62,"
		"\"rx_errors\":0,\"refused\":{\"truncated\":2,\"bad_ip\":0,"
		"\"fragment\":0,\"bad_checksum\":0,\"bad_length\":0,"
		"\"bad_icrc\":5,\"bad_tver\":0,\"bad_opcode\":0,\"bad_pad\":0,"
		"\"no_port\":0,\"bad_pkey\":0,\"no_qp\":3,\"bad_service\":0,"
		"\"bad_state\":0,\"bad_path\":0,\"bad_qkey\":0},"
		"\"impair\":{\"seed\":18446744073709551615,"
		"\"frames\":2,\"dropped\":1,\"corrupted\":0,\"duplicated\":0,"
		"\"reordered\":0,\"delayed\":0,\"marked\":0,\"overflow\":0,"
		"\"waiting\":0}}");
	json_object_put(o);
}

static void captures_start_and_stop(void **state)
{
	char path[] = "/tmp/skua-control.XXXXXX", line[256];
	struct json_object *o, *val;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	snprintf(line, sizeof(line), "{\"cmd\":\"link-capture-start\","
		 "\"path\":\"%s\",\"snap\":60,\"link\":\"shm:pair\"}", path);
	assert_string_equal(ask(line), "{\"ok\":true}");
	assert_null(links.link[0].cap);
	assert_non_null(links.link[1].cap);
	assert_non_null(strstr(ask(line), "there is a capture"));
	control_links_send(&links, 1);
	assert_non_null(strstr(ask("{\"cmd\":\"link-show\"}"), path));
	o = json_tokener_parse(ask("{\"cmd\":\"link-capture-stop\"}"));
	assert_null(links.link[1].cap);
	assert_true(json_object_object_get_ex(o, "capture", &val));
	json_object_object_get_ex(val, "frames", &val);
	assert_int_equal(json_object_get_int(val), 2);
	json_object_put(o);
	/* One that goes on ends with the links. */
	ask(line);
	unlink(path);
}

static void captures_are_of_ports_too(void **state)
{
	char path[] = "/tmp/skua-control.XXXXXX", line[256];
	int fd = mkstemp(path);
	unsigned int i;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	refused("{\"cmd\":\"link-capture-start\",\"path\":\"/tmp/x\","
		"\"port\":\"3\"}", "no such port: 3");
	refused("{\"cmd\":\"link-capture-start\",\"path\":\"/tmp/x\","
		"\"port\":\"1x\"}", "no such port: 1x");
	refused("{\"cmd\":\"link-capture-start\",\"path\":\"/tmp/x\","
		"\"port\":\"-1\"}", "no such port: -1");
	snprintf(line, sizeof(line), "{\"cmd\":\"link-capture-start\","
		 "\"path\":\"%s\",\"port\":\"1\"}", path);
	assert_string_equal(ask(line), "{\"ok\":true}");
	assert_null(links.link[0].cap);
	assert_null(links.port_cap[0]);
	assert_non_null(links.port_cap[1]);
	ask("{\"cmd\":\"link-capture-stop\"}");
	assert_null(links.port_cap[1]);

	snprintf(line, sizeof(line), "{\"cmd\":\"link-capture-start\","
		 "\"path\":\"%s\",\"port\":\"all\",\"link\":\"shm:pair\"}",
		 path);
	assert_string_equal(ask(line), "{\"ok\":true}");
	assert_null(links.link[0].cap);
	assert_non_null(links.link[1].cap);
	for (i = 0; i < PORTS; i++)
		assert_non_null(links.port_cap[i]);
	ask("{\"cmd\":\"link-capture-stop\"}");
	assert_null(links.link[1].cap);
	unlink(path);
}

/* One that was started otherwise is let alone. */
static void other_captures_stay(void **state)
{
	struct skua_capture *other = (void *)&links;

	(void)state;
	links.link[0].cap = other;
	refused("{\"cmd\":\"link-capture-start\",\"path\":\"/tmp/x\"}",
		"udp:198.51.100.1 is captured already");
	refused("{\"cmd\":\"link-capture-stop\"}", "there is no capture");
	assert_ptr_equal(links.link[0].cap, other);
	links.port_cap[2] = other;
	refused("{\"cmd\":\"link-capture-start\",\"path\":\"/tmp/x\","
		"\"port\":\"all\"}", "port 2 is captured already");
	assert_ptr_equal(links.port_cap[2], other);
}

static void lines_come_in_pieces_and_together(void **state)
{
	(void)state;
	send_bytes("{\"cmd\":\"link", 12);
	assert_int_equal(serve(), 0);
	send_bytes("-show\"}\n{\"cmd\":\"link-capture-stop\"}\n{", 37);
	assert_int_equal(serve(), 0);
	assert_non_null(strstr(receive(), "true,\"links\""));
	assert_int_equal(conn.len, 1);
}

static void long_lines_end_it(void **state)
{
	char line[CONTROL_LINE_MAX];

	(void)state;
	memset(line, ' ', sizeof(line));
	send_bytes(line, sizeof(line) - 1);
	assert_int_equal(serve(), 0);
	send_bytes(line, 1);
	assert_int_equal(serve(), -1);
}

static void the_end_is_noticed(void **state)
{
	(void)state;
	assert_int_equal(serve(), 0);
	shutdown(client, SHUT_RDWR);
	assert_int_equal(serve(), -1);
}

/* Who asks and does not read does not make anybody wait. */
static void answers_that_nobody_reads_end_it(void **state)
{
	const char line[] = "{\"cmd\":\"link-show\"}\n";
	int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		send_bytes(line, strlen(line));
		if (serve())
			return;
	}
	fail();
}

#define test(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(what_is_no_request_is_told),
		test(fields_are_checked),
		test(rules_come_and_go),
		test(all_links_or_none),
		test(what_was_done_is_shown),
		test(captures_start_and_stop),
		test(captures_are_of_ports_too),
		test(other_captures_stay),
		test(lines_come_in_pieces_and_together),
		test(long_lines_end_it),
		test(the_end_is_noticed),
		test(answers_that_nobody_reads_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
