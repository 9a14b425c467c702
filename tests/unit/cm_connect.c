// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Connections by the rdma_ucm ABI, as librdmacm makes them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cm_calls.h"

struct pair {
	int server, client;
	uint32_t listener, passive, active;
};

static void connect_pair(struct pair *p, const char *text)
{
	struct rdma_ucm_event_resp ev;

	p->server = channel();
	p->client = channel();
	p->listener = server(p->server, RDMA_PS_TCP, text, PORT);
	p->active = resolved(p->client, RDMA_PS_TCP, text, PORT);
	assert_int_equal(connect_to(p->client, p->active, 56), 0);
	ev = expect(p->server, CONNECT_REQUEST);
	assert_int_equal(ev.uid, 100);
	/* What one can ask for is what the other can answer. */
	assert_int_equal(ev.param.conn.responder_resources, 5);
	assert_int_equal(ev.param.conn.initiator_depth, 3);
	assert_int_equal(ev.param.conn.qp_num, 0x111);
	assert_int_equal(ev.param.conn.private_data_len, 56);
	assert_int_equal(ev.param.conn.private_data[55], 'c');
	assert_int_equal(ev.ece.vendor_id, 9);
	p->passive = ev.id;
	assert_int_equal(accept_as(p->server, p->passive, 300), 0);
	ev = expect(p->client, CONNECT_RESPONSE);
	assert_int_equal(ev.uid, 200);
	assert_int_equal(ev.param.conn.qp_num, 0x222);
	assert_int_equal(ev.param.conn.private_data_len, 196);
	assert_memory_equal(ev.param.conn.private_data, "abcd\0", 5);
	expect_none(p->server);
	assert_int_equal(confirm(p->client, p->active), 0);
	ev = expect(p->server, ESTABLISHED);
	assert_int_equal(ev.uid, 300);
	assert_int_equal(ev.id, p->passive);
	expect_none(p->client);
}

static void close_pair(struct pair *p)
{
	close(p->server);
	close(p->client);
}

static void life(const char *text)
{
	struct ib_uverbs_qp_attr a, b;
	struct pair p;

	connect_pair(&p, text);
	assert_int_equal(qp_attr(p.client, p.active, 2, &a), 0);
	assert_int_equal(a.dest_qp_num, 0x222);
	assert_int_equal(a.max_dest_rd_atomic, 1);
	assert_int_equal(a.path_mtu, 5);
	assert_int_equal(qp_attr(p.server, p.passive, 3, &b), 0);
	/* Each starts where the other expects it to. */
	assert_int_equal(b.sq_psn, a.rq_psn);
	assert_int_equal(b.rnr_retry, 6);
	assert_int_equal(b.max_rd_atomic, 1);
	assert_int_equal(disconnect(p.client, p.active), 0);
	expect(p.server, DISCONNECTED);
	expect(p.client, DISCONNECTED);
	assert_int_equal(disconnect(p.server, p.passive), 0);
	expect(p.server, TIMEWAIT_EXIT);
	expect(p.client, TIMEWAIT_EXIT);
	assert_int_equal(destroy(p.client, p.active), 5);
	assert_int_equal(destroy(p.server, p.passive), 3);
	assert_int_equal(destroy(p.server, p.listener), 1);
	assert_int_equal(destroy(p.server, p.listener), -ENOENT);
	close_pair(&p);
}

static void test_life(void **state)
{
	(void)state;
	life("127.0.0.1");
	life("::1");
}

static void test_nobody(void **state)
{
	int fd = channel();
	uint32_t id = resolved(fd, RDMA_PS_TCP, "127.0.0.1", PORT);

	(void)state;
	assert_int_equal(connect_to(fd, id, 57), -EINVAL);
	assert_int_equal(connect_to(fd, id, 0), 0);
	assert_int_equal(expect(fd, REJECTED).status, 8);
	assert_int_equal(connect_to(fd, id, 0), -EINVAL);
	id = resolved(fd, RDMA_PS_UDP, "127.0.0.1", PORT);
	assert_int_equal(connect_to(fd, id, 0), 0);
	assert_int_equal(expect(fd, UNREACHABLE).status, 1);
	close(fd);
}

/* Whoever listens in a moment is not too late. */
static void test_soon(void **state)
{
	int s = channel(), c = channel();

	(void)state;
	assert_int_equal(connect_to(c, resolved(c, RDMA_PS_TCP, "127.0.0.1",
						PORT), 0), 0);
	server(s, RDMA_PS_TCP, "127.0.0.1", PORT);
	expect(s, CONNECT_REQUEST);
	expect_none(c);
	close(s);
	close(c);
}

/* There is no multicast, and that is what is said. */
static void test_multicast(void **state)
{
	struct rdma_ucm_resolve_ip cmd = { .timeout_ms = 1000 };
	struct rdma_ucm_join_mcast join = { 0 };
	int fd = channel();

	(void)state;
	cmd.id = join.id = create(fd, RDMA_PS_UDP, 1);
	assert_int_equal(bind_to(fd, cmd.id, "127.0.0.1", 0), 0);
	address(&cmd.dst_addr, "224.0.0.9", PORT);
	assert_int_equal(give(fd, RDMA_USER_CM_CMD_RESOLVE_IP, &cmd,
			      sizeof(cmd), 0), 0);
	assert_int_equal((int)expect(fd, ADDR_ERROR).status, -EOPNOTSUPP);
	assert_int_equal(give(fd, RDMA_USER_CM_CMD_JOIN_MCAST, &join,
			      sizeof(join), 8), -EOPNOTSUPP);
	close(fd);
}

static void test_elsewhere(void **state)
{
	struct rdma_ucm_resolve_ip cmd = { .timeout_ms = 1000 };
	int fd = channel();

	(void)state;
	cmd.id = create(fd, RDMA_PS_TCP, 1);
	address(&cmd.dst_addr, "255.255.255.255", PORT);
	assert_int_equal(give(fd, RDMA_USER_CM_CMD_RESOLVE_IP, &cmd,
			      sizeof(cmd), 0), 0);
	assert_int_equal((int)expect(fd, ADDR_ERROR).status, -EHOSTUNREACH);
	/* A process may have this one; but none has. */
	assert_int_equal(connect_to(fd, resolved(fd, RDMA_PS_TCP, "203.0.113.1",
						 PORT), 0), 0);
	assert_int_equal((int)expect(fd, UNREACHABLE).status, -EHOSTUNREACH);
	assert_int_equal(bind_to(fd, create(fd, RDMA_PS_TCP, 1), "203.0.113.1",
				 PORT), -EADDRNOTAVAIL);
	close(fd);
}

static void test_datagrams(void **state)
{
	int s = channel(), c = channel();
	struct rdma_ucm_event_resp ev;
	struct ib_uverbs_qp_attr attr;
	uint32_t id;

	(void)state;
	server(s, RDMA_PS_UDP, "127.0.0.1", PORT);
	id = resolved(c, RDMA_PS_UDP, "127.0.0.1", PORT);
	assert_int_equal(connect_to(c, id, 180), 0);
	ev = expect(s, CONNECT_REQUEST);
	assert_int_equal(ev.param.ud.private_data_len, 180);
	assert_int_equal(accept_as(s, ev.id, 300), 0);
	ev = expect(c, ESTABLISHED);
	assert_int_equal(ev.param.ud.qp_num, 0x222);
	assert_int_equal(ev.param.ud.qkey, UDP_QKEY);
	assert_int_equal(ev.param.ud.private_data_len, 136);
	assert_int_equal(ev.param.ud.ah_attr.is_global, 1);
	assert_int_equal(ev.param.ud.ah_attr.grh.dgid[15], 1);
	assert_int_equal(qp_attr(c, id, 1, &attr), 0);
	assert_int_equal(attr.qkey, UDP_QKEY);
	expect_none(s);
	close(s);
	close(c);
}

static void test_rejected(void **state)
{
	struct rdma_ucm_reject cmd = { .private_data_len = 2,
				       .private_data = "no" };
	int s = channel(), c = channel();
	struct rdma_ucm_event_resp ev;
	uint32_t id;

	(void)state;
	server(s, RDMA_PS_TCP, "127.0.0.1", PORT);
	id = resolved(c, RDMA_PS_TCP, "127.0.0.1", PORT);
	assert_int_equal(connect_to(c, id, 0), 0);
	cmd.id = expect(s, CONNECT_REQUEST).id;
	assert_int_equal(give(s, RDMA_USER_CM_CMD_REJECT, &cmd, sizeof(cmd), 0),
			 0);
	assert_int_equal(accept_as(s, cmd.id, 1), -EINVAL);
	ev = expect(c, REJECTED);
	assert_int_equal(ev.status, 28);
	assert_int_equal(ev.param.conn.private_data_len, 148);
	assert_memory_equal(ev.param.conn.private_data, "no\0", 3);
	close(s);
	close(c);
}

/* One request may wait; the next is turned away, and after it one more fits. */
static void test_backlog(void **state)
{
	int s = channel(), c = channel();
	uint32_t id = create(s, RDMA_PS_TCP, 1);
	unsigned int i;

	(void)state;
	assert_int_equal(bind_to(s, id, "0.0.0.0", PORT), 0);
	assert_int_equal(listen_on(s, id, 1), 0);
	for (i = 0; i < 2; i++) {
		assert_int_equal(connect_to(c, resolved(c, RDMA_PS_TCP,
							"127.0.0.1", PORT), 0),
				 0);
		await(s);
		assert_int_equal(connect_to(c, resolved(c, RDMA_PS_TCP,
							"127.0.0.1", PORT), 0),
				 0);
		assert_int_equal(expect(c, REJECTED).status, 28);
		expect(s, CONNECT_REQUEST);
	}
	/* A listener that goes takes those with it that nobody has seen. */
	assert_int_equal(connect_to(c, resolved(c, RDMA_PS_TCP, "127.0.0.1",
						PORT), 0), 0);
	await(s);
	assert_int_equal(destroy(s, id), 2);
	assert_int_equal(expect(c, REJECTED).status, 28);
	expect_none(s);
	close(s);
	close(c);
}

static void test_ports(void **state)
{
	int fd = channel(), other = channel();
	uint32_t a = create(fd, RDMA_PS_TCP, 1), b = create(fd, RDMA_PS_TCP, 1);
	uint32_t c, d;

	(void)state;
	assert_int_equal(bind_to(fd, a, "127.0.0.1", PORT), 0);
	assert_int_equal(bind_to(fd, b, "127.0.0.1", PORT), -EADDRINUSE);
	assert_int_equal(bind_to(fd, b, "0.0.0.0", PORT), -EADDRNOTAVAIL);
	assert_int_equal(bind_to(fd, b, "::1", PORT), 0);
	assert_true(destroy(fd, a) == 0 && destroy(fd, b) == 0);
	/* Those who all agree share a port until one of them listens. */
	c = create(fd, RDMA_PS_TCP, 1);
	d = create(other, RDMA_PS_TCP, 1);
	assert_int_equal(set_option(fd, c, RDMA_OPTION_ID_REUSEADDR, 1), 0);
	assert_int_equal(set_option(other, d, RDMA_OPTION_ID_REUSEADDR, 1), 0);
	assert_int_equal(bind_to(fd, c, "127.0.0.1", PORT), 0);
	assert_int_equal(bind_to(other, d, "127.0.0.1", PORT), 0);
	assert_int_equal(listen_on(fd, c, 1), 0);
	assert_int_equal(listen_on(other, d, 1), -EADDRINUSE);
	close(fd);
	assert_int_equal(listen_on(other, d, 1), 0);
	close(other);
}

static void test_migrated(void **state)
{
	struct rdma_ucm_migrate_resp resp;
	struct rdma_ucm_migrate_id cmd = { .response = (uintptr_t)&resp };
	int other = channel();
	struct pair p;

	(void)state;
	connect_pair(&p, "127.0.0.1");
	assert_int_equal(disconnect(p.server, p.passive), 0);
	await(p.client);
	cmd.id = p.active;
	cmd.fd = p.client;
	assert_int_equal(give(other, RDMA_USER_CM_CMD_MIGRATE_ID, &cmd,
			      sizeof(cmd), sizeof(resp)), 0);
	assert_int_equal(resp.events_reported, 3);
	expect_none(p.client);
	expect(other, DISCONNECTED);
	assert_int_equal(destroy(p.client, p.active), -EINVAL);
	assert_int_equal(destroy(other, p.active), 4);
	cmd.fd = 0;
	assert_int_equal(give(other, RDMA_USER_CM_CMD_MIGRATE_ID, &cmd,
			      sizeof(cmd), sizeof(resp)), -ENOENT);
	close_pair(&p);
	close(other);
}

/* A listener takes those along whom nobody has seen yet. */
static void test_migrated_listener(void **state)
{
	struct rdma_ucm_migrate_resp resp;
	struct rdma_ucm_migrate_id cmd = { .response = (uintptr_t)&resp };
	int s = channel(), c = channel(), other = channel();
	struct rdma_ucm_event_resp ev;

	(void)state;
	cmd.fd = s;
	cmd.id = server(s, RDMA_PS_TCP, "127.0.0.1", PORT);
	assert_int_equal(connect_to(c, resolved(c, RDMA_PS_TCP, "127.0.0.1",
						PORT), 0), 0);
	await(s);
	assert_int_equal(give(other, RDMA_USER_CM_CMD_MIGRATE_ID, &cmd,
			      sizeof(cmd), sizeof(resp)), 0);
	assert_int_equal(resp.events_reported, 0);
	close(s);
	ev = expect(other, CONNECT_REQUEST);
	assert_int_equal(accept_as(other, ev.id, 300), 0);
	expect(c, CONNECT_RESPONSE);
	/* And it listens on. */
	assert_int_equal(connect_to(c, resolved(c, RDMA_PS_TCP, "127.0.0.1",
						PORT), 0), 0);
	expect(other, CONNECT_REQUEST);
	close(other);
	close(c);
}

static void test_options(void **state)
{
	int s = channel(), c = channel();
	struct ib_uverbs_qp_attr attr;
	uint32_t id, any6;
	uint8_t val[4] = { 0x60 };
	struct rdma_ucm_set_option cmd = {
		.level = RDMA_OPTION_ID, .optname = RDMA_OPTION_ID_TOS,
		.optval = (uintptr_t)val, .optlen = 1,
	};

	(void)state;
	/* Both families, each to itself. */
	any6 = create(s, RDMA_PS_TCP, 100);
	assert_int_equal(set_option(s, any6, RDMA_OPTION_ID_AFONLY, 1), 0);
	server(s, RDMA_PS_TCP, "0.0.0.0", PORT);
	assert_int_equal(bind_to(s, any6, "::", PORT), 0);
	assert_int_equal(listen_on(s, any6, 0), 0);
	id = resolved(c, RDMA_PS_TCP, "127.0.0.1", PORT);
	cmd.id = id;
	assert_int_equal(give(c, RDMA_USER_CM_CMD_SET_OPTION, &cmd, sizeof(cmd),
			      0), 0);
	cmd.optname = RDMA_OPTION_ID_ACK_TIMEOUT;
	assert_int_equal(give(c, RDMA_USER_CM_CMD_SET_OPTION, &cmd, sizeof(cmd),
			      0), 0);
	cmd.optlen = sizeof(val);
	assert_int_equal(give(c, RDMA_USER_CM_CMD_SET_OPTION, &cmd, sizeof(cmd),
			      0), -EINVAL);
	cmd.optname = 999;
	assert_int_equal(give(c, RDMA_USER_CM_CMD_SET_OPTION, &cmd, sizeof(cmd),
			      0), -ENOSYS);
	assert_int_equal(connect_to(c, id, 0), 0);
	id = expect(s, CONNECT_REQUEST).id;
	assert_int_equal(accept_as(s, id, 300), 0);
	expect(c, CONNECT_RESPONSE);
	assert_int_equal(qp_attr(c, cmd.id, 2, &attr), 0);
	assert_int_equal(attr.ah_attr.grh.traffic_class, 0x60);
	assert_int_equal(qp_attr(c, cmd.id, 3, &attr), 0);
	assert_int_equal(attr.timeout, 0);
	/* The passive side answers as it was asked. */
	assert_int_equal(qp_attr(s, id, 2, &attr), 0);
	assert_int_equal(attr.ah_attr.grh.traffic_class, 0x60);
	close(s);
	close(c);
}

/* An answer that cannot be given: nothing has happened. */
static void test_bad_answers(void **state)
{
	struct rdma_ucm_get_event get = { .response = 8 };
	struct rdma_ucm_create_id cmd = { .ps = RDMA_PS_TCP, .response = 8 };
	int fd = channel();
	uint32_t id;

	(void)state;
	assert_int_equal(give(fd, RDMA_USER_CM_CMD_CREATE_ID, &cmd, sizeof(cmd),
			      4), -EFAULT);
	assert_int_equal(give(fd, RDMA_USER_CM_CMD_CREATE_ID, &cmd, sizeof(cmd),
			      3), -ENOSPC);
	id = resolved(fd, RDMA_PS_TCP, "127.0.0.1", PORT);
	assert_int_equal(connect_to(fd, id, 0), 0);
	await(fd);
	assert_int_equal(give(fd, RDMA_USER_CM_CMD_GET_EVENT, &get, sizeof(get),
			      sizeof(struct rdma_ucm_event_resp)), -EFAULT);
	expect(fd, REJECTED);
	expect_none(fd);
	assert_int_equal(destroy(fd, id), 3);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_soon),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_multicast),
		cmocka_unit_test(test_datagrams),
		cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_backlog),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_migrated),
		cmocka_unit_test(test_migrated_listener),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_bad_answers),
	};

	setenv("SKUA_USER", "address=127.0.0.1,address=::1", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
