// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cm_calls.h"

uint16_t test_port;

__attribute__((constructor)) static void choose_port(void)
{
	/* Below those that are given out. */
	test_port = 20000 + 2 * (getpid() % 6000);
}

int channel_with(int flags)
{
	int fd = open("/dev/infiniband/rdma_cm", O_RDWR | O_CLOEXEC | flags);

	assert_true(fd >= 0);
	return fd;
}

int channel(void)
{
	return channel_with(O_NONBLOCK);
}

int give(int fd, uint32_t op, const void *cmd, size_t in, size_t out)
{
	struct {
		struct rdma_ucm_cmd_hdr hdr;
		uint8_t cmd[600];
	} msg = { .hdr = { .cmd = op, .in = in, .out = out } };
	size_t len = sizeof(msg.hdr) + in;
	ssize_t n;

	memcpy(msg.cmd, cmd, in);
	n = write(fd, &msg, len);
	if (n == (ssize_t)len)
		return 0;
	assert_int_equal(n, -1);
	return -errno;
}

uint32_t create(int fd, uint16_t ps, uint64_t uid)
{
	struct rdma_ucm_create_id_resp resp;
	struct rdma_ucm_create_id cmd = {
		.uid = uid, .ps = ps, .response = (uintptr_t)&resp,
	};

	assert_int_equal(give(fd, RDMA_USER_CM_CMD_CREATE_ID, &cmd, sizeof(cmd),
			      sizeof(resp)), 0);
	return resp.id;
}

int destroy(int fd, uint32_t id)
{
	struct rdma_ucm_destroy_id_resp resp;
	struct rdma_ucm_destroy_id cmd = {
		.id = id, .response = (uintptr_t)&resp,
	};
	int err = give(fd, RDMA_USER_CM_CMD_DESTROY_ID, &cmd, sizeof(cmd),
		       sizeof(resp));

	return err ? err : (int)resp.events_reported;
}

void address(void *to, const char *text, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(port) };

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		memcpy(to, &in, sizeof(in));
	else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
		memcpy(to, &in6, sizeof(in6));
	else
		fail();
}

int bind_to(int fd, uint32_t id, const char *text, uint16_t port)
{
	struct rdma_ucm_bind_ip cmd = { .id = id };

	address(&cmd.addr, text, port);
	return give(fd, RDMA_USER_CM_CMD_BIND_IP, &cmd, sizeof(cmd), 0);
}

int listen_on(int fd, uint32_t id, uint32_t backlog)
{
	struct rdma_ucm_listen cmd = { .id = id, .backlog = backlog };

	return give(fd, RDMA_USER_CM_CMD_LISTEN, &cmd, sizeof(cmd), 0);
}

int set_option(int fd, uint32_t id, uint32_t name, int val)
{
	struct rdma_ucm_set_option cmd = {
		.id = id, .level = RDMA_OPTION_ID, .optname = name,
		.optval = (uintptr_t)&val, .optlen = sizeof(val),
	};

	return give(fd, RDMA_USER_CM_CMD_SET_OPTION, &cmd, sizeof(cmd), 0);
}

void await(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
}

void expect_none(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, 50), 0);
}

int get_event(int fd, struct rdma_ucm_event_resp *resp)
{
	struct rdma_ucm_get_event cmd = { .response = (uintptr_t)resp };

	return give(fd, RDMA_USER_CM_CMD_GET_EVENT, &cmd, sizeof(cmd),
		    sizeof(*resp));
}

struct rdma_ucm_event_resp expect(int fd, uint32_t type)
{
	struct rdma_ucm_event_resp resp;

	await(fd);
	assert_int_equal(get_event(fd, &resp), 0);
	assert_int_equal(resp.event, type);
	return resp;
}

uint32_t server(int fd, uint16_t ps, const char *text, uint16_t port)
{
	uint32_t id = create(fd, ps, 100);

	assert_int_equal(bind_to(fd, id, text, port), 0);
	assert_int_equal(listen_on(fd, id, 0), 0);
	return id;
}

uint32_t resolved(int fd, uint16_t ps, const char *text, uint16_t port)
{
	struct rdma_ucm_resolve_ip addr = { .timeout_ms = 1000 };
	struct rdma_ucm_resolve_route route = { .timeout_ms = 1000 };

	addr.id = route.id = create(fd, ps, 200);
	address(&addr.dst_addr, text, port);
	assert_int_equal(give(fd, RDMA_USER_CM_CMD_RESOLVE_IP, &addr,
			      sizeof(addr), 0), 0);
	assert_int_equal(expect(fd, ADDR_RESOLVED).status, 0);
	assert_int_equal(give(fd, RDMA_USER_CM_CMD_RESOLVE_ROUTE, &route,
			      sizeof(route), 0), 0);
	assert_int_equal(expect(fd, ROUTE_RESOLVED).status, 0);
	return addr.id;
}

int connect_to(int fd, uint32_t id, size_t data)
{
	struct rdma_ucm_connect cmd = {
		.id = id,
		.conn_param = {
			.valid = 1, .qp_num = 0x111, .responder_resources = 3,
			.initiator_depth = 5, .retry_count = 7,
			.rnr_retry_count = 6, .private_data_len = data,
		},
		.ece = { .vendor_id = 9, .attr_mod = 8 },
	};

	memset(cmd.conn_param.private_data, 'c', data);
	return give(fd, RDMA_USER_CM_CMD_CONNECT, &cmd, sizeof(cmd), 0);
}

int accept_as(int fd, uint32_t id, uint64_t uid)
{
	struct rdma_ucm_accept cmd = {
		.id = id, .uid = uid,
		.conn_param = {
			.valid = 1, .qp_num = 0x222, .responder_resources = 2,
			.initiator_depth = 1, .rnr_retry_count = 4,
			.private_data_len = 4, .private_data = "abcd",
		},
	};

	return give(fd, RDMA_USER_CM_CMD_ACCEPT, &cmd, sizeof(cmd), 0);
}

int confirm(int fd, uint32_t id)
{
	struct rdma_ucm_accept cmd = { .id = id };

	return give(fd, RDMA_USER_CM_CMD_ACCEPT, &cmd, sizeof(cmd), 0);
}

int disconnect(int fd, uint32_t id)
{
	struct rdma_ucm_disconnect cmd = { .id = id };

	return give(fd, RDMA_USER_CM_CMD_DISCONNECT, &cmd, sizeof(cmd), 0);
}

int qp_attr(int fd, uint32_t id, uint32_t state,
	    struct ib_uverbs_qp_attr *attr)
{
	struct rdma_ucm_init_qp_attr cmd = {
		.id = id, .qp_state = state, .response = (uintptr_t)attr,
	};

	return give(fd, RDMA_USER_CM_CMD_INIT_QP_ATTR, &cmd, sizeof(cmd),
		    sizeof(*attr));
}
