// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * rdma_cm over a link whose other end is the test: it sees every datagram that
 * leaves, and says what comes. Datagrams that are lost, come twice, too late or
 * from somebody else, and those that nobody would send.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rdma/ib_user_ioctl_verbs.h>

#include "cm/mad.h"
#include "cm_calls.h"
#include "gsi.h"
#include "random.h"

#define SERVER_PORT 7471

/* The link ----------------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t said = PTHREAD_COND_INITIALIZER;
static int wake_fd = -1;

static struct datagram {
	uint8_t mad[SKUA_MAD_LEN];
	struct skua_user_gsi_path path;
} in, out[64];
static bool has_in;
static unsigned int nout;

static const uint8_t us[16] = { [10] = 0xff, 0xff, 10, 0, 0, 1 };
static const uint8_t them[16] = { [10] = 0xff, 0xff, 10, 0, 0, 2 };

struct skua_user_gsi *__wrap_skua_user_gsi_create(struct skua_user_dev *dev);
int __wrap_skua_user_gsi_fd(const struct skua_user_gsi *gsi);
bool __wrap_skua_user_gsi_receive(struct skua_user_gsi *gsi,
				  uint8_t mad[SKUA_MAD_LEN],
				  struct skua_user_gsi_path *path);
void __wrap_skua_user_gsi_send(struct skua_user_gsi *gsi,
			       const uint8_t from[16], const uint8_t to[16],
			       const uint8_t mad[SKUA_MAD_LEN]);
int __wrap_skua_uverbs_start(struct skua_user_dev *dev);
uint8_t __wrap_skua_user_mtu(const struct skua_user_dev *dev);

struct skua_user_gsi *__wrap_skua_user_gsi_create(struct skua_user_dev *dev)
{
	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return (void *)dev;
}

int __wrap_skua_user_gsi_fd(const struct skua_user_gsi *gsi)
{
	(void)gsi;
	return wake_fd;
}

bool __wrap_skua_user_gsi_receive(struct skua_user_gsi *gsi,
				  uint8_t mad[SKUA_MAD_LEN],
				  struct skua_user_gsi_path *path)
{
	uint64_t count;
	bool has;

	(void)gsi;
	pthread_mutex_lock(&lock);
	has = has_in;
	has_in = false;
	memcpy(mad, in.mad, sizeof(in.mad));
	*path = in.path;
	if (!has && read(wake_fd, &count, sizeof(count)) > 0)
		pthread_cond_signal(&said);
	pthread_mutex_unlock(&lock);
	return has;
}

void __wrap_skua_user_gsi_send(struct skua_user_gsi *gsi,
			       const uint8_t from[16], const uint8_t to[16],
			       const uint8_t mad[SKUA_MAD_LEN])
{
	(void)gsi;
	pthread_mutex_lock(&lock);
	if (nout < 64) {
		memcpy(out[nout].mad, mad, SKUA_MAD_LEN);
		memcpy(out[nout].path.from, from, 16);
		memcpy(out[nout].path.to, to, 16);
		nout++;
	}
	pthread_cond_signal(&said);
	pthread_mutex_unlock(&lock);
}

int __wrap_skua_uverbs_start(struct skua_user_dev *dev)
{
	(void)dev;
	return 0;
}

uint8_t __wrap_skua_user_mtu(const struct skua_user_dev *dev)
{
	(void)dev;
	return 3;
}

/* Send, and wait until it was heard. */
static void send_raw(const uint8_t mad[SKUA_MAD_LEN], const uint8_t from[16])
{
	const uint64_t one = 1;

	pthread_mutex_lock(&lock);
	memcpy(in.mad, mad, SKUA_MAD_LEN);
	memcpy(in.path.from, from, 16);
	memcpy(in.path.to, us, 16);
	in.path.qpn = 1;
	has_in = true;
	assert_int_equal(write(wake_fd, &one, sizeof(one)), sizeof(one));
	while (has_in)
		pthread_cond_wait(&said, &lock);
	pthread_mutex_unlock(&lock);
}

static void send_to_us(const struct ucm_mad *m)
{
	uint8_t mad[SKUA_MAD_LEN];

	ucm_mad_write(m, mad);
	send_raw(mad, them);
}

/* The next that has been said, in time. */
static bool heard(struct datagram *d)
{
	struct timespec until;
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	pthread_mutex_lock(&lock);
	while (!nout && !err)
		err = pthread_cond_timedwait(&said, &lock, &until);
	if (nout) {
		*d = out[0];
		memmove(out, out + 1, --nout * sizeof(out[0]));
		err = 0;
	}
	pthread_mutex_unlock(&lock);
	return !err;
}

static uint8_t last[SKUA_MAD_LEN];

/* What is said, be it once more. */
static struct ucm_mad expect_again(enum ucm_msg_type type)
{
	struct datagram d;
	struct ucm_mad m;

	assert_true(heard(&d));
	memcpy(last, d.mad, sizeof(last));
	assert_memory_equal(d.path.from, us, 16);
	assert_memory_equal(d.path.to, them, 16);
	assert_true(ucm_mad_read(d.mad, &m));
	assert_int_equal(m.msg.type, type);
	return m;
}

/* Not what a slow machine has let it say again. */
static struct ucm_mad expect_mad(enum ucm_msg_type type)
{
	struct datagram d;

	for (;;) {
		assert_true(heard(&d));
		if (memcmp(d.mad, last, sizeof(last)))
			break;
	}
	pthread_mutex_lock(&lock);
	assert_true(nout < 64);
	memmove(out + 1, out, nout++ * sizeof(out[0]));
	out[0] = d;
	pthread_mutex_unlock(&lock);
	return expect_again(type);
}

static void expect_silence(void)
{
	usleep(20000);
	pthread_mutex_lock(&lock);
	assert_int_equal(nout, 0);
	pthread_mutex_unlock(&lock);
}

/* The partner -------------------------------------------------------------- */

static uint32_t next_comm_id = 0x1000;

static struct ucm_mad request(uint16_t ps)
{
	struct ucm_mad m = {
		.msg = {
			.type = UCM_MSG_REQ, .ps = ps,
			.qp_type = ps == RDMA_PS_TCP ? IB_UVERBS_QPT_RC :
						       IB_UVERBS_QPT_UD,
			.src = { .family = AF_INET, .port = 40000 },
			.dst = { .family = AF_INET, .port = SERVER_PORT },
			.qpn = next_comm_id, .psn = 0x777,
			.responder_resources = 1, .initiator_depth = 2,
			.retry_count = 7, .rnr_retry_count = 7,
			.private_data = "hello",
		},
		.tid = next_comm_id, .local = next_comm_id,
		.timeout = 20, .my_timeout = 20, .max_retries = 15, .mtu = 5,
	};

	next_comm_id++;
	memcpy(m.msg.src.raw, them, 16);
	memcpy(m.msg.dst.raw, us, 16);
	memcpy(m.msg.sgid, them, 16);
	memcpy(m.msg.dgid, us, 16);
	return m;
}

/* What the partner says about what it has heard. */
static struct ucm_mad answer_to(const struct ucm_mad *m, enum ucm_msg_type type)
{
	struct ucm_mad a = {
		.msg = { .type = type, .qp_type = m->msg.qp_type,
			 .qpn = 0x999, .psn = 0x888, .qkey = 0x5555,
			 .responder_resources = 4, .initiator_depth = 4,
			 .private_data = "yes" },
		.tid = m->tid, .local = 0xbbbb, .remote = m->local,
		.dreq_qpn = m->msg.qpn,
	};

	if (m->msg.qp_type == IB_UVERBS_QPT_UD)
		a.local = m->local;
	return a;
}

/* The program's requests have qp_num 0x111, its replies 0x222 (cm_calls.c). */
static uint32_t connected(int fd, struct ucm_mad *rep)
{
	uint32_t id = resolved(fd, RDMA_PS_TCP, "10.0.0.2", SERVER_PORT);
	struct ucm_mad req;

	assert_int_equal(connect_to(fd, id, 4), 0);
	req = expect_mad(UCM_MSG_REQ);
	*rep = answer_to(&req, UCM_MSG_REP);
	send_to_us(rep);
	expect(fd, CONNECT_RESPONSE);
	assert_int_equal(confirm(fd, id), 0);
	expect_mad(UCM_MSG_RTU);
	return id;
}

static void test_active(void **state)
{
	struct ib_uverbs_qp_attr attr;
	int fd = channel();
	struct rdma_ucm_event_resp ev;
	struct ucm_mad m, a;
	uint32_t id;

	(void)state;
	id = resolved(fd, RDMA_PS_TCP, "10.0.0.2", SERVER_PORT);
	assert_int_equal(connect_to(fd, id, 4), 0);
	m = expect_mad(UCM_MSG_REQ);
	assert_int_equal(m.msg.qpn, 0x111);
	assert_int_equal(m.mtu, 3);
	assert_int_equal(m.msg.ps, RDMA_PS_TCP);
	assert_true(ucm_mad_take_ip(&m.msg));
	assert_memory_equal(m.msg.dst.raw, them, 16);
	assert_memory_equal(m.msg.private_data, "cccc\0", 5);
	a = answer_to(&m, UCM_MSG_REP);
	send_to_us(&a);
	ev = expect(fd, CONNECT_RESPONSE);
	assert_int_equal(ev.param.conn.qp_num, 0x999);
	assert_memory_equal(ev.param.conn.private_data, "yes", 4);
	assert_int_equal(qp_attr(fd, id, 2, &attr), 0);
	assert_int_equal(attr.path_mtu, 3);
	assert_int_equal(attr.dest_qp_num, 0x999);
	assert_int_equal(confirm(fd, id), 0);
	m = expect_mad(UCM_MSG_RTU);
	assert_int_equal(m.remote, 0xbbbb);
	assert_int_equal(disconnect(fd, id), 0);
	m = expect_mad(UCM_MSG_DREQ);
	assert_int_equal(m.dreq_qpn, 0x999);
	a = answer_to(&m, UCM_MSG_DREP);
	send_to_us(&a);
	expect(fd, DISCONNECTED);
	expect(fd, TIMEWAIT_EXIT);
	expect_silence();
	close(fd);
}

static void test_passive(void **state)
{
	struct ib_uverbs_qp_attr attr;
	struct ucm_mad req = request(RDMA_PS_TCP), m, a;
	struct rdma_ucm_event_resp ev;
	int fd = channel();

	(void)state;
	server(fd, RDMA_PS_TCP, "0.0.0.0", SERVER_PORT);
	send_to_us(&req);
	ev = expect(fd, CONNECT_REQUEST);
	assert_memory_equal(ev.param.conn.private_data, "hello", 6);
	assert_int_equal(accept_as(fd, ev.id, 300), 0);
	m = expect_mad(UCM_MSG_REP);
	assert_int_equal(m.remote, req.local);
	assert_int_equal(m.tid, req.tid);
	assert_int_equal(m.msg.qpn, 0x222);
	assert_int_equal(qp_attr(fd, ev.id, 2, &attr), 0);
	assert_int_equal(attr.path_mtu, 5);
	assert_int_equal(attr.rq_psn, m.msg.psn);
	a = answer_to(&m, UCM_MSG_RTU);
	a.local = req.local;
	send_to_us(&a);
	expect(fd, ESTABLISHED);
	a.msg.type = UCM_MSG_DREQ;
	/* Of another queue pair: nothing happens. */
	a.dreq_qpn ^= 1;
	send_to_us(&a);
	expect_none(fd);
	a.dreq_qpn ^= 1;
	send_to_us(&a);
	expect(fd, DISCONNECTED);
	expect_mad(UCM_MSG_DREP);
	/* Our answer was lost. */
	send_to_us(&a);
	expect_again(UCM_MSG_DREP);
	assert_true(destroy(fd, ev.id) >= 0);
	send_to_us(&a);
	expect_again(UCM_MSG_DREP);
	expect_silence();
	close(fd);
}

/* What gets no answer is said again, as it was. */
static void test_lost(void **state)
{
	struct ucm_mad m, again, a;
	struct datagram first, next;
	int fd = channel();
	uint32_t id;

	(void)state;
	id = resolved(fd, RDMA_PS_TCP, "10.0.0.2", SERVER_PORT);
	assert_int_equal(connect_to(fd, id, 4), 0);
	assert_true(heard(&first));
	assert_true(heard(&next));
	assert_memory_equal(first.mad, next.mad, SKUA_MAD_LEN);
	memcpy(last, next.mad, sizeof(last));
	assert_true(ucm_mad_read(next.mad, &m));
	a = answer_to(&m, UCM_MSG_REP);
	send_to_us(&a);
	expect(fd, CONNECT_RESPONSE);
	/* Its program is busy, which the partner is told if it asks. */
	send_to_us(&a);
	m = expect_mad(UCM_MSG_MRA);
	assert_int_equal(m.about, UCM_ABOUT_REP);
	assert_int_equal(confirm(fd, id), 0);
	m = expect_mad(UCM_MSG_RTU);
	send_to_us(&a);
	again = expect_again(UCM_MSG_RTU);
	assert_memory_equal(&m, &again, sizeof(m));
	assert_int_equal(disconnect(fd, id), 0);
	m = expect_mad(UCM_MSG_DREQ);
	again = expect_again(UCM_MSG_DREQ);
	assert_memory_equal(&m, &again, sizeof(m));
	a = answer_to(&again, UCM_MSG_DREP);
	send_to_us(&a);
	expect(fd, DISCONNECTED);
	close(fd);
}

static void test_asked_again(void **state)
{
	struct ucm_mad req = request(RDMA_PS_TCP), m;
	struct rdma_ucm_event_resp ev;
	unsigned int i;
	int fd = channel();

	(void)state;
	/* 131 ms */
	req.my_timeout = 15;
	req.max_retries = 3;
	server(fd, RDMA_PS_TCP, "0.0.0.0", SERVER_PORT);
	send_to_us(&req);
	send_to_us(&req);
	m = expect_mad(UCM_MSG_MRA);
	assert_int_equal(m.about, UCM_ABOUT_REQ);
	ev = expect(fd, CONNECT_REQUEST);
	expect_none(fd);
	assert_int_equal(accept_as(fd, ev.id, 300), 0);
	expect_mad(UCM_MSG_REP);
	send_to_us(&req);
	expect_again(UCM_MSG_REP);
	/* As often as the request says, and then no more. */
	for (i = 0; i < 3; i++)
		expect_again(UCM_MSG_REP);
	expect(fd, UNREACHABLE);
	expect_none(fd);
	close(fd);
}

/* Who has said that it takes longer is not asked again so soon. */
static void test_mra(void **state)
{
	struct ucm_mad m, a;
	int fd = channel();
	uint32_t id;

	(void)state;
	id = resolved(fd, RDMA_PS_TCP, "10.0.0.2", SERVER_PORT);
	assert_int_equal(connect_to(fd, id, 4), 0);
	m = expect_mad(UCM_MSG_REQ);
	a = answer_to(&m, UCM_MSG_MRA);
	send_to_us(&a);
	usleep(700000);
	expect_silence();
	a.msg.type = UCM_MSG_REJ;
	a.msg.reason = 28;
	send_to_us(&a);
	assert_int_equal(expect(fd, REJECTED).status, 28);
	close(fd);
}

static void test_nobody(void **state)
{
	struct ucm_mad req = request(RDMA_PS_TCP), m, a;
	int fd = channel();

	(void)state;
	server(fd, RDMA_PS_TCP, "10.0.0.1", SERVER_PORT);
	req.msg.dst.port++;
	send_to_us(&req);
	m = expect_mad(UCM_MSG_REJ);
	assert_int_equal(m.msg.reason, UCM_REJ_INVALID_SERVICE_ID);
	assert_int_equal(m.remote, req.local);
	/* The same port of another port space. */
	req = request(RDMA_PS_UDP);
	send_to_us(&req);
	m = expect_mad(UCM_MSG_REJ);
	assert_int_equal(m.msg.reason, UCM_SIDR_UNSUPPORTED);
	assert_int_equal(m.local, req.local);
	/* Replies and ends of connections that do not exist. */
	m = (struct ucm_mad){ .local = 5, .tid = 6, .msg.qpn = 7 };
	a = answer_to(&m, UCM_MSG_REP);
	send_to_us(&a);
	assert_int_equal(expect_mad(UCM_MSG_REJ).msg.reason,
			 UCM_REJ_INVALID_COMM_ID);
	a = answer_to(&m, UCM_MSG_RTU);
	send_to_us(&a);
	expect_silence();
	close(fd);
}

/* The partner has started anew, and asks with the same queue pair. */
static void test_stale(void **state)
{
	struct ucm_mad rep, req = request(RDMA_PS_TCP);
	int s = channel(), c = channel();

	(void)state;
	server(s, RDMA_PS_TCP, "0.0.0.0", SERVER_PORT);
	connected(c, &rep);
	req.msg.qpn = rep.msg.qpn;
	send_to_us(&req);
	assert_int_equal(expect_mad(UCM_MSG_REJ).msg.reason, UCM_REJ_STALE);
	expect(c, DISCONNECTED);
	send_to_us(&req);
	expect(s, CONNECT_REQUEST);
	close(s);
	close(c);
	expect_mad(UCM_MSG_REJ);
}

static void test_datagrams(void **state)
{
	struct ucm_mad req = request(RDMA_PS_UDP), m, a;
	struct rdma_ucm_event_resp ev;
	int fd = channel();
	uint32_t id;

	(void)state;
	server(fd, RDMA_PS_UDP, "0.0.0.0", SERVER_PORT);
	send_to_us(&req);
	send_to_us(&req);
	ev = expect(fd, CONNECT_REQUEST);
	expect_none(fd);
	expect_silence();
	assert_memory_equal(ev.param.ud.private_data, "hello", 6);
	assert_int_equal(accept_as(fd, ev.id, 300), 0);
	m = expect_mad(UCM_MSG_REP);
	assert_int_equal(m.msg.qpn, 0x222);
	assert_int_equal(m.msg.qkey, UDP_QKEY);
	send_to_us(&req);
	a = expect_again(UCM_MSG_REP);
	assert_memory_equal(&m, &a, sizeof(m));

	id = resolved(fd, RDMA_PS_UDP, "10.0.0.2", SERVER_PORT);
	assert_int_equal(connect_to(fd, id, 4), 0);
	m = expect_mad(UCM_MSG_REQ);
	assert_int_equal(m.msg.ps, RDMA_PS_UDP);
	a = answer_to(&m, UCM_MSG_REP);
	send_to_us(&a);
	ev = expect(fd, ESTABLISHED);
	assert_int_equal(ev.param.ud.qp_num, 0x999);
	assert_int_equal(ev.param.ud.qkey, 0x5555);
	expect_silence();
	close(fd);
}

/* What is right but for where it comes from, or whom it names. */
static void test_others(void **state)
{
	static const uint8_t other[16] = { [10] = 0xff, 0xff, 10, 0, 0, 3 };
	struct ucm_mad rep, m, req = request(RDMA_PS_TCP);
	uint8_t mad[SKUA_MAD_LEN];
	int fd = channel();
	uint32_t id;

	(void)state;
	server(fd, RDMA_PS_TCP, "0.0.0.0", SERVER_PORT);
	ucm_mad_write(&req, mad);
	send_raw(mad, other);
	expect_none(fd);
	expect_silence();

	id = connected(fd, &rep);
	m = (struct ucm_mad){
		.msg.type = UCM_MSG_DREQ, .local = rep.local,
		.remote = rep.remote, .dreq_qpn = 0x111,
	};
	ucm_mad_write(&m, mad);
	send_raw(mad, other);
	m.local++;
	send_to_us(&m);
	m.local--;
	m.remote ^= 1 << 16;
	send_to_us(&m);
	expect_none(fd);
	m.remote ^= 1 << 16;
	send_to_us(&m);
	expect(fd, DISCONNECTED);
	assert_true(destroy(fd, id) >= 0);
	close(fd);
	nout = 0;
}

/* Do what a program does, with whatever has come. */
static void serve(int fd, uint32_t *pending)
{
	struct rdma_ucm_event_resp ev;

	while (!get_event(fd, &ev)) {
		if (ev.event == CONNECT_RESPONSE)
			confirm(fd, ev.id);
		if (ev.event != CONNECT_REQUEST)
			continue;
		if (*pending)
			destroy(fd, *pending - 1);
		*pending = ev.id + 1;
		accept_as(fd, ev.id, 300);
	}
}

/* The last that was said, if anything was since the last time. */
static bool last_said(struct ucm_mad *m)
{
	bool any;

	pthread_mutex_lock(&lock);
	any = nout && ucm_mad_read(out[nout - 1].mad, m);
	nout = 0;
	pthread_mutex_unlock(&lock);
	return any;
}

/* With one to three other bytes, or none. */
static void send_spoilt(const struct ucm_mad *m)
{
	uint8_t mad[SKUA_MAD_LEN];
	unsigned int n;

	ucm_mad_write(m, mad);
	for (n = next_random() % 4; n; n--)
		mad[next_random() % SKUA_MAD_LEN] = next_random();
	send_raw(mad, them);
}

/* A conversation that either side starts, with any answers. */
static void converse(int fd)
{
	struct ucm_mad req = request(next_random() % 2 ? RDMA_PS_TCP :
							 RDMA_PS_UDP);
	uint32_t pending = 0, id = 0;
	struct ucm_mad m, a;
	unsigned int n;

	if (next_random() % 2) {
		send_spoilt(&req);
	} else {
		id = resolved(fd, req.msg.ps, "10.0.0.2", SERVER_PORT) + 1;
		assert_int_equal(connect_to(fd, id - 1, 4), 0);
	}
	serve(fd, &pending);
	for (n = 0; n < 6; n++) {
		if (!last_said(&m))
			m = req;
		a = answer_to(&m, next_random() % UCM_MSG_TYPES);
		if (!id)
			a.local = req.local;
		send_spoilt(&a);
		serve(fd, &pending);
	}
	if (pending)
		destroy(fd, pending - 1);
	if (id)
		assert_true(destroy(fd, id - 1) >= 0);
}

static void test_hostile(void **state)
{
	int s = channel(), fd = channel();
	unsigned int round;

	server(s, RDMA_PS_TCP, "0.0.0.0", SERVER_PORT);
	server(s, RDMA_PS_UDP, "0.0.0.0", SERVER_PORT);
	for (round = 0; round < 1000; round++) {
		uint32_t pending = 0;

		converse(fd);
		serve(s, &pending);
		if (pending)
			destroy(s, pending - 1);
	}
	close(s);
	close(fd);
	nout = 0;
	test_active(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_active),
		cmocka_unit_test(test_passive),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_asked_again),
		cmocka_unit_test(test_mra),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_datagrams),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_hostile),
	};

	setenv("SKUA_USER", "link=shm:cm-wire,address=10.0.0.1", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
