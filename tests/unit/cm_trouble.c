// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Connections whose partner is dead, stopped or does not answer, and programs
 * that cancel, fork, close and run out of descriptors in the middle. The clock
 * of the server under test is FAST times as fast as that on the wall.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cm_calls.h"

#define FAST 5

int __real_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);
int __real_timerfd_settime(int fd, int flags, const struct itimerspec *its,
			   struct itimerspec *old);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *its,
			   struct itimerspec *old);

static uint64_t from_timespec(const struct timespec *ts)
{
	return ts->tv_sec * 1000000000ull + ts->tv_nsec;
}

static struct timespec to_timespec(uint64_t ns)
{
	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	int ret = __real_clock_gettime(clock, ts);

	if (clock == CLOCK_MONOTONIC)
		*ts = to_timespec(from_timespec(ts) * FAST);
	return ret;
}

int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *its,
			   struct itimerspec *old)
{
	uint64_t when = from_timespec(&its->it_value);
	struct itimerspec real = {
		.it_value = to_timespec((when + FAST - 1) / FAST),
	};

	assert_true(flags & TFD_TIMER_ABSTIME);
	return __real_timerfd_settime(fd, flags, &real, old);
}

/* Seconds of the server's clock. */
static double now(void)
{
	struct timespec ts;

	__wrap_clock_gettime(CLOCK_MONOTONIC, &ts);
	return from_timespec(&ts) / 1e9;
}

/* Milliseconds of CPU that this process takes in ms on the wall. */
static double busy(unsigned int ms)
{
	struct timespec before, after;

	__real_clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	usleep(ms * 1000);
	__real_clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	return (from_timespec(&after) - from_timespec(&before)) / 1e6;
}

static unsigned int descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static uint32_t connecting(int fd)
{
	uint32_t id = resolved(fd, RDMA_PS_TCP, "127.0.0.1", PORT);

	assert_int_equal(connect_to(fd, id, 0), 0);
	return id;
}

/* Another process, which runs fn and then waits for its end. */
static pid_t run(void (*fn)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	fn();
	pause();
	_exit(1);
}

static void end(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void become_client(void)
{
	int fd = channel();
	uint32_t id = connecting(fd);

	expect(fd, CONNECT_RESPONSE);
	confirm(fd, id);
}

/* A server and its partner, connected. */
static pid_t partner(int fd, uint32_t *id)
{
	pid_t pid;

	server(fd, RDMA_PS_TCP, "127.0.0.1", PORT);
	pid = run(become_client);
	*id = expect(fd, CONNECT_REQUEST).id;
	assert_int_equal(accept_as(fd, *id, 300), 0);
	expect(fd, ESTABLISHED);
	return pid;
}

static void test_killed(void **state)
{
	int fd = channel();
	uint32_t id;
	pid_t pid = partner(fd, &id);

	(void)state;
	end(pid);
	assert_int_equal(expect(fd, DISCONNECTED).status, 0);
	expect(fd, TIMEWAIT_EXIT);
	close(fd);
}

static void test_stopped(void **state)
{
	int fd = channel(), status;
	uint32_t id;
	pid_t pid = partner(fd, &id);

	(void)state;
	kill(pid, SIGSTOP);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_int_equal(disconnect(fd, id), 0);
	assert_int_equal((int)expect(fd, DISCONNECTED).status, -ETIMEDOUT);
	expect(fd, TIMEWAIT_EXIT);
	end(pid);
	close(fd);
}

static int ready[2];

static void become_server(void)
{
	server(channel(), RDMA_PS_TCP, "127.0.0.1", PORT);
	assert_int_equal(write(ready[1], "", 1), 1);
}

static void test_stopped_server(void **state)
{
	int fd = channel(), status;
	double start;
	pid_t pid;
	char byte;

	(void)state;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = run(become_server);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	kill(pid, SIGSTOP);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	start = now();
	connecting(fd);
	assert_int_equal((int)expect(fd, UNREACHABLE).status, -ETIMEDOUT);
	assert_true(now() - start < 50);
	end(pid);
	close(ready[0]);
	close(ready[1]);
	close(fd);
}

/* Neither of two programs has to hurry. */
static void test_no_answer(void **state)
{
	int s = channel(), c = channel(), r = channel();
	double start = now();
	uint32_t id;

	(void)state;
	server(s, RDMA_PS_TCP, "127.0.0.1", PORT);
	connecting(r);
	id = expect(s, CONNECT_REQUEST).id;
	assert_int_equal(accept_as(s, id, 300), 0);
	expect(r, CONNECT_RESPONSE);
	connecting(c);
	expect(s, CONNECT_REQUEST);
	/* The RTU of the one and the REP for the other are missing. */
	assert_int_equal((int)expect(s, UNREACHABLE).status, -ETIMEDOUT);
	assert_true(now() - start > 50);
	assert_int_equal((int)expect(c, UNREACHABLE).status, -ETIMEDOUT);
	/* Whose reply was lost is not connected. */
	expect(r, REJECTED);
	assert_int_equal(accept_as(s, id, 300), -EINVAL);
	close(s);
	close(c);
	close(r);
}

/* One that listens, and never accepts anybody. */
static int deaf_listener(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int len = snprintf(un.sun_path + 1, sizeof(un.sun_path) - 1,
			   "skua/cm/%04x/%u/any4", RDMA_PS_TCP, PORT);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	len += offsetof(struct sockaddr_un, sun_path) + 1;
	assert_int_equal(bind(fd, (struct sockaddr *)&un, len), 0);
	assert_int_equal(listen(fd, 0), 0);
	return fd;
}

static void test_full_queue(void **state)
{
	int deaf = deaf_listener(), fd = channel();

	(void)state;
	/* The first is queued, the second not even that. */
	connecting(fd);
	connecting(fd);
	assert_true(busy(100) < 50);
	assert_int_equal((int)expect(fd, UNREACHABLE).status, -ETIMEDOUT);
	assert_int_equal((int)expect(fd, UNREACHABLE).status, -ETIMEDOUT);
	close(deaf);
	close(fd);
}

static void *wait_for_events(void *arg)
{
	struct rdma_ucm_event_resp resp;

	get_event(*(int *)arg, &resp);
	return NULL;
}

/* librdmacm's programs end their threads like this: rping does. */
static void test_cancelled(void **state)
{
	int fd = channel_with(0), again = channel();
	pthread_t thread;
	void *end;

	(void)state;
	server(fd, RDMA_PS_TCP, "127.0.0.1", PORT);
	assert_int_equal(pthread_create(&thread, NULL, wait_for_events, &fd),
			 0);
	usleep(20000);
	assert_int_equal(pthread_cancel(thread), 0);
	assert_int_equal(pthread_join(thread, &end), 0);
	assert_ptr_equal(end, PTHREAD_CANCELED);
	/* Nothing holds the channel any more. */
	close(fd);
	server(again, RDMA_PS_TCP, "127.0.0.1", PORT);
	close(again);
}

static void become_child(void)
{
	struct rdma_ucm_event_resp resp;
	int fd = ready[0];

	if (get_event(fd, &resp) != -EIO || close(fd))
		_exit(1);
	/* It may have channels of its own. */
	fd = channel();
	server(fd, RDMA_PS_TCP, "127.0.0.1", PORT + 1);
	connecting(fd);
	execlp("true", "true", NULL);
	_exit(1);
}

static void test_forked(void **state)
{
	int s = channel(), status;
	pid_t pid;

	(void)state;
	ready[0] = s;
	server(s, RDMA_PS_TCP, "127.0.0.1", PORT);
	pid = run(become_child);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	/* What it left behind: a request of a process that is no more. */
	expect(s, CONNECT_REQUEST);
	connecting(s);
	expect(s, CONNECT_REQUEST);
	close(s);
}

static void test_closed_behind(void **state)
{
	int fd = channel(), c = channel(), again = channel();

	(void)state;
	server(fd, RDMA_PS_TCP, "127.0.0.1", PORT);
	connecting(c);
	await(fd);
	assert_int_equal(close_range(fd, fd, 0), 0);
	assert_int_equal(destroy(fd, 0), -EBADF);
	expect(c, REJECTED);
	server(again, RDMA_PS_TCP, "127.0.0.1", PORT);
	close(again);
	close(c);
}

static void test_no_descriptors(void **state)
{
	struct rlimit limit, none;
	int fd = channel();
	pid_t pid;

	(void)state;
	server(fd, RDMA_PS_TCP, "127.0.0.1", PORT);
	getrlimit(RLIMIT_NOFILE, &limit);
	/* No more than the standard ones. */
	none = (struct rlimit){ 3, limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	pid = fork();
	if (!pid) {
		setrlimit(RLIMIT_NOFILE, &limit);
		become_client();
		pause();
	}
	assert_true(busy(300) < 60);
	expect_none(fd);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	expect(fd, CONNECT_REQUEST);
	end(pid);
	close(fd);
}

static void test_idle(void **state)
{
	unsigned int before = descriptors(), i;
	int s = channel(), c = channel();
	uint32_t active, passive;

	(void)state;
	server(s, RDMA_PS_TCP, "127.0.0.1", PORT);
	for (i = 0; i < 100; i++) {
		active = connecting(c);
		passive = expect(s, CONNECT_REQUEST).id;
		assert_int_equal(accept_as(s, passive, 300), 0);
		expect(c, CONNECT_RESPONSE);
		assert_int_equal(confirm(c, active), 0);
		expect(s, ESTABLISHED);
	}
	assert_true(busy(300) < 5);
	close(s);
	for (i = 0; i < 100; i++)
		expect(c, DISCONNECTED);
	for (i = 0; i < 100; i++)
		expect(c, TIMEWAIT_EXIT);
	expect_none(c);
	close(c);
	assert_int_equal(descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_stopped_server),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_full_queue),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_forked),
		cmocka_unit_test(test_closed_behind),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_idle),
	};

	setenv("SKUA_USER", "address=127.0.0.1,address=::1", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
