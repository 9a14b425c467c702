/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The commands of the rdma_ucm ABI, as librdmacm gives them. All return 0 or
 * -errno unless they say otherwise; what must work is asserted.
 */
#ifndef CM_CALLS_H
#define CM_CALLS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <rdma/rdma_user_cm.h>

/* enum rdma_cm_event_type */
enum {
	ADDR_RESOLVED = 0,
	ADDR_ERROR = 1,
	ROUTE_RESOLVED = 2,
	CONNECT_REQUEST = 4,
	CONNECT_RESPONSE = 5,
	UNREACHABLE = 7,
	REJECTED = 8,
	ESTABLISHED = 9,
	DISCONNECTED = 10,
	TIMEWAIT_EXIT = 15,
};

/* Free, and the next one too, whatever other tests run on this machine. */
extern uint16_t test_port;
#define PORT	 test_port
#define WAIT_MS	 20000
#define UDP_QKEY 0x01234567u

/* A new channel; flags beside O_RDWR and O_CLOEXEC. */
int channel_with(int flags);
int channel(void); /* which does not block */
int give(int fd, uint32_t op, const void *cmd, size_t in, size_t out);
uint32_t create(int fd, uint16_t ps, uint64_t uid);
/* The events that were reported. */
int destroy(int fd, uint32_t id);
void address(void *to, const char *text, uint16_t port);
int bind_to(int fd, uint32_t id, const char *text, uint16_t port);
int listen_on(int fd, uint32_t id, uint32_t backlog);
int set_option(int fd, uint32_t id, uint32_t name, int val);
/* An event comes; it is left there. */
void await(int fd);
void expect_none(int fd);
/* The next event, which is of this type; it must come. */
struct rdma_ucm_event_resp expect(int fd, uint32_t type);
int get_event(int fd, struct rdma_ucm_event_resp *resp);
/* A listener. */
uint32_t server(int fd, uint16_t ps, const char *text, uint16_t port);
/* An identifier that could connect. */
uint32_t resolved(int fd, uint16_t ps, const char *text, uint16_t port);
int connect_to(int fd, uint32_t id, size_t data);
int accept_as(int fd, uint32_t id, uint64_t uid);
/* What librdmacm does on a CONNECT_RESPONSE. */
int confirm(int fd, uint32_t id);
int disconnect(int fd, uint32_t id);
int qp_attr(int fd, uint32_t id, uint32_t state,
	    struct ib_uverbs_qp_attr *attr);

#endif /* CM_CALLS_H */
