// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The shared-memory link: two processes, one of which may mean no good. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "link/shm.h"
#include "link_ends.h"

static char spec[48], name[32];

static int name_link(void **state)
{
	static unsigned int nth;

	(void)state;
	snprintf(name, sizeof(name), "test-%d-%u", (int)getpid(), nth++);
	snprintf(spec, sizeof(spec), "shm:%s", name);
	return 0;
}

/* A child with a link of its own; what it does ends with its exit status. */
static pid_t with_child(int (*child)(struct skua_link *l))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		struct skua_link *l = link_open(spec);
		int status = child(l);

		skua_link_close(l);
		_exit(status);
	}
	return pid;
}

static void child_succeeds(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Traffic ------------------------------------------------------------------- */

#define FRAMES 20000u

static uint32_t length_of(uint32_t seed)
{
	static const uint32_t len[] = { 14, 62, 4166, 9018, 1500, 58, 74 };

	return len[seed % 7];
}

/* Send bursts that are often larger than the room there is. */
static uint32_t send_some(struct skua_link *l, uint32_t next)
{
	struct skua_frame f[48];
	unsigned int want = 1 + next % 48, n, i;

	if (want > FRAMES - next)
		want = FRAMES - next;
	n = l->ops->reserve(l, f, want);
	for (i = 0; i < n; i++) {
		f[i].len = length_of(next + i);
		link_fill(f[i].data, f[i].len, next + i);
	}
	l->ops->commit(l, f, n);
	l->ops->flush(l);
	return next + n;
}

static int receive_some(struct skua_link *l, uint32_t *next)
{
	struct skua_frame f[33];
	unsigned int n = l->ops->receive(l, f, 33), i;

	for (i = 0; i < n; i++, (*next)++) {
		if (f[i].len != length_of(*next) ||
		    !link_is_filled(f[i].data, f[i].len, *next))
			return -1;
	}
	l->ops->release(l);
	return n;
}

/* Both at once, asleep whenever there is nothing to do: no wake-up is lost. */
static int exchange(struct skua_link *l)
{
	uint32_t sent = 0, got = 0, before;
	int n;

	while (sent < FRAMES || got < FRAMES) {
		n = receive_some(l, &got);
		if (n < 0)
			return 1;
		before = sent;
		sent = send_some(l, sent);
		if (!n && sent == before && !link_sleep(l, 5000))
			return 2;
	}
	return 0;
}

static void both_ways_with_sleep(void **state)
{
	pid_t pid = with_child(exchange);
	struct skua_link *l = link_open(spec);

	(void)state;
	assert_int_equal(exchange(l), 0);
	assert_int_equal(l->stats.tx_frames, FRAMES);
	assert_int_equal(l->stats.rx_frames, FRAMES);
	assert_int_equal(l->stats.rx_errors, 0);
	child_succeeds(pid);
	skua_link_close(l);
}

#define BOUNCES 30000u

static bool await_one(struct skua_link *l, uint32_t seed)
{
	while (!link_expect(l, 62, seed)) {
		if (!link_sleep(l, 5000))
			return false;
	}
	return true;
}

static int bounce_back(struct skua_link *l)
{
	uint32_t i;

	for (i = 0; i < BOUNCES; i++) {
		if (!await_one(l, i))
			return 1;
		link_send(l, 62, i);
	}
	/* Whoever leaves first takes nothing away that was sent. */
	return 0;
}

/* One frame goes to and fro; each end sleeps until it comes. */
static void every_frame_wakes(void **state)
{
	pid_t pid = with_child(bounce_back);
	struct skua_link *l = link_open(spec);
	uint32_t i;

	(void)state;
	link_meet(l, NULL);
	for (i = 0; i < BOUNCES; i++) {
		link_send(l, 62, i);
		assert_true(await_one(l, i));
	}
	child_succeeds(pid);
	skua_link_close(l);
}

static void full_and_empty(void **state)
{
	struct skua_link *a = link_open(spec), *b = link_open(spec);
	struct skua_frame f[SKUA_SHM_WINDOW + 1];
	unsigned int i, n = 0;

	(void)state;
	link_meet(a, b);
	assert_int_equal(a->ops->reserve(a, f, SKUA_SHM_WINDOW + 1),
			 SKUA_SHM_WINDOW);
	assert_int_equal(a->stats.tx_full, 1);
	for (i = 0; i < SKUA_SHM_WINDOW; i++) {
		f[i].len = 100;
		link_fill(f[i].data, 100, i);
	}
	/* What is not committed is free again. */
	a->ops->commit(a, f, 10);
	a->ops->flush(a);
	assert_int_equal(a->ops->reserve(a, f, SKUA_SHM_WINDOW),
			 SKUA_SHM_WINDOW - 10);
	a->ops->commit(a, f, 0);
	assert_int_equal(link_expect(b, 100, 0), 10);
	assert_int_equal(link_expect(b, 100, 0), 0);

	/* Full, asleep, and woken by room. */
	for (i = 0; i < SKUA_SHM_WINDOW; i++)
		link_send(a, 100, i);
	assert_int_equal(a->ops->reserve(a, f, 1), 0);
	assert_false(link_sleep(a, 20));
	while (n < SKUA_SHM_WINDOW)
		n += link_expect(b, 100, n);
	assert_true(link_sleep(a, 1000));
	assert_int_equal(link_expect(a, 0, 0), 0);
	assert_int_equal(a->ops->reserve(a, f, 1), 1);
	a->ops->commit(a, f, 0);

	/* Not short of room: what the other end takes wakes nobody. */
	link_send(a, 100, 7);
	assert_true(a->ops->arm(a));
	assert_int_equal(link_expect(b, 100, 7), 1);
	assert_false(link_sleep(a, 20));
	skua_link_close(a);
	skua_link_close(b);
}

/* Coming and going ---------------------------------------------------------- */

static int say_one_and_die(struct skua_link *l)
{
	link_meet(l, NULL);
	link_send(l, 500, 9);
	kill(getpid(), SIGKILL);
	return 0;
}

static void await_frame(struct skua_link *l)
{
	int i;

	for (i = 0; i < 200 && !link_expect(l, 500, 9); i++)
		link_sleep(l, 100);
	assert_true(i < 200);
}

static void await_down(struct skua_link *l)
{
	int i;

	for (i = 0; i < 200 && l->up; i++) {
		link_sleep(l, 100);
		assert_int_equal(link_expect(l, 0, 0), 0);
	}
	assert_false(l->up);
}

static void others_die(void **state)
{
	struct skua_link *l = link_open(spec);
	struct skua_frame f;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		pid_t pid = with_child(say_one_and_die);

		await_frame(l);
		waitpid(pid, NULL, 0);
		await_down(l);
		assert_int_equal(l->ops->reserve(l, &f, 1), 0);
	}
	skua_link_close(l);
}

/* The one that listened goes; who had connected is met by the next. */
static void first_one_goes(void **state)
{
	struct skua_link *a = link_open(spec), *b = link_open(spec), *c;

	(void)state;
	link_meet(a, b);
	skua_link_close(a);
	await_down(b);
	c = link_open(spec);
	link_meet(b, c);
	link_send(c, 80, 1);
	assert_int_equal(link_expect(b, 80, 1), 1);
	skua_link_close(b);
	skua_link_close(c);
}

static void third_one_waits(void **state)
{
	struct skua_link *a = link_open(spec), *b = link_open(spec);
	struct skua_link *c = link_open(spec);

	(void)state;
	link_meet(a, b);
	assert_false(c->up);
	link_send(a, 80, 1);
	assert_int_equal(link_expect(b, 80, 1), 1);
	skua_link_close(b);
	link_meet(a, c);
	link_send(a, 80, 2);
	assert_int_equal(link_expect(c, 80, 2), 1);
	skua_link_close(c);
	skua_link_close(a);
}

/* It goes while frames of it are out, and frames to it reserved. */
static void gone_with_frames_out(void **state)
{
	struct skua_link *a = link_open(spec), *b = link_open(spec);
	struct skua_frame in, out;

	(void)state;
	link_meet(a, b);
	link_send(b, 300, 3);
	assert_int_equal(a->ops->receive(a, &in, 1), 1);
	assert_int_equal(a->ops->reserve(a, &out, 1), 1);
	skua_link_close(b);
	a->ops->arm(a);
	assert_int_equal(a->ops->receive(a, &in + 1, 0), 0);
	assert_true(link_is_filled(in.data, 300, 3));
	link_fill(out.data, SKUA_FRAME_MAX, 4);
	out.len = SKUA_FRAME_MAX;
	a->ops->commit(a, &out, 1);
	a->ops->release(a);
	await_down(a);
	a->ops->flush(a);
	skua_link_close(a);
}

/* A peer that is none ------------------------------------------------------- */

struct impostor {
	struct skua_link *victim;
	struct skua_shm_ring *tx, *rx; /* as it sees them */
	int sock;
};

static int dial(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int n = snprintf(un.sun_path + 1, sizeof(un.sun_path) - 1,
			 "skua/shm/%u/%s", (unsigned int)geteuid(), name);

	assert_int_equal(connect(sock, (struct sockaddr *)&un,
				 offsetof(struct sockaddr_un, sun_path) + 1 + n),
			 0);
	return sock;
}

static struct skua_shm_hello honest(void)
{
	return (struct skua_shm_hello){
		.magic = SKUA_SHM_MAGIC,
		.version = SKUA_SHM_VERSION,
		.slots = SKUA_SHM_SLOTS,
		.slot_size = sizeof(struct skua_shm_slot),
		.ring_size = sizeof(struct skua_shm_ring),
	};
}

static void say(int sock, const void *hello, size_t len, const int *fd,
		unsigned int nfd)
{
	struct iovec iov = { (void *)hello, len };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(8 * sizeof(int))];
	} control = { .buf = { 0 } };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (nfd) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(nfd * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfd * sizeof(int));
		memcpy(CMSG_DATA(c), fd, nfd * sizeof(int));
	}
	assert_int_equal(sendmsg(sock, &msg, MSG_NOSIGNAL), len);
}

static int hear_fd(int sock)
{
	struct skua_shm_hello hello;
	struct iovec iov = { &hello, sizeof(hello) };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	int fd;

	assert_int_equal(recvmsg(sock, &msg, 0), sizeof(hello));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

static int ring_fd(size_t size, int seals)
{
	int fd = memfd_create("impostor", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void turns(struct skua_link *l)
{
	struct skua_frame f;
	int i;

	for (i = 0; i < 4; i++) {
		l->ops->arm(l);
		assert_int_equal(l->ops->receive(l, &f, 1), 0);
	}
}

static struct skua_shm_ring *map(int fd)
{
	void *p = mmap(NULL, sizeof(struct skua_shm_ring),
		       PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	assert_true(p != MAP_FAILED);
	return p;
}

static struct impostor impose(void)
{
	struct impostor im = { .victim = link_open(spec) };
	struct skua_shm_hello hello = honest();
	int fd = ring_fd(sizeof(struct skua_shm_ring), F_SEAL_SHRINK), theirs;

	im.sock = dial();
	say(im.sock, &hello, sizeof(hello), &fd, 1);
	turns(im.victim);
	assert_true(im.victim->up);
	theirs = hear_fd(im.sock);
	im.tx = map(fd);
	im.rx = map(theirs);
	close(fd);
	close(theirs);
	return im;
}

static void unmask(struct impostor *im)
{
	munmap(im->tx, sizeof(*im->tx));
	munmap(im->rx, sizeof(*im->rx));
	close(im->sock);
	skua_link_close(im->victim);
}

static bool refused(struct skua_link *l, const void *hello, size_t len,
		    const int *fd, unsigned int nfd)
{
	int sock = dial();
	char end[64];

	say(sock, hello, len, fd, nfd);
	turns(l);
	/* Hello, perhaps, and then the end. */
	while (recv(sock, end, sizeof(end), MSG_DONTWAIT) > 0)
		;
	close(sock);
	turns(l);
	return !l->up && errno != EAGAIN;
}

static void bad_hellos(void **state)
{
	struct skua_link *l = link_open(spec);
	struct skua_shm_hello good = honest(), bad;
	const size_t size = sizeof(struct skua_shm_ring);
	int fd = ring_fd(size, F_SEAL_SHRINK), pair[2], wrong, file;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(good); i++) {
		bad = good;
		((uint8_t *)&bad)[i] ^= 0x80;
		assert_true(refused(l, &bad, sizeof(bad), &fd, 1));
	}
	assert_true(refused(l, &good, sizeof(good) - 1, &fd, 1));
	assert_true(refused(l, &good, sizeof(good), NULL, 0));
	assert_true(refused(l, &good, sizeof(good),
			    (int[]){ fd, fd, fd, fd, fd, fd }, 6));
	wrong = ring_fd(size, 0);
	assert_true(refused(l, &good, sizeof(good), &wrong, 1));
	close(wrong);
	wrong = ring_fd(size - 1, F_SEAL_SHRINK);
	assert_true(refused(l, &good, sizeof(good), &wrong, 1));
	close(wrong);
	wrong = ring_fd(size, F_SEAL_SHRINK | F_SEAL_WRITE);
	assert_true(refused(l, &good, sizeof(good), &wrong, 1));
	close(wrong);
	file = open("/dev/zero", O_RDWR | O_CLOEXEC);
	assert_true(refused(l, &good, sizeof(good), &file, 1));
	close(file);
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	assert_true(refused(l, &good, sizeof(good), pair, 1));
	close(pair[0]);
	close(pair[1]);
	close(fd);
	skua_link_close(l);
}

/* They may leave or stay, others get their turn. */
static void silent_ones(void **state)
{
	struct skua_link *l = link_open(spec), *next;
	int gone = dial(), sock;

	(void)state;
	turns(l);
	assert_false(l->up);
	sock = dial();
	next = link_open(spec);
	close(gone);
	link_meet(l, next);
	skua_link_close(next);
	skua_link_close(l);
	close(sock);
}

static void lying_head(void **state)
{
	static const uint32_t lies[] = { SKUA_SHM_WINDOW + 1, 1u << 31,
					 UINT32_MAX };
	struct impostor im = impose();
	struct skua_frame f[SKUA_SHM_WINDOW + 8];
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		atomic_store(&im.tx->head, lies[i]);
		assert_int_equal(im.victim->ops->receive(im.victim, f, 8), 0);
	}
	/* No more is out than the ring has, whatever it says. */
	for (i = 0; i < SKUA_SHM_WINDOW; i++)
		im.tx->slot[i].len = 60;
	atomic_store(&im.tx->head, SKUA_SHM_WINDOW);
	assert_int_equal(im.victim->ops->receive(im.victim, f, SKUA_SHM_WINDOW + 8),
			 SKUA_SHM_WINDOW);
	atomic_store(&im.tx->head, SKUA_SHM_WINDOW + 100);
	assert_int_equal(im.victim->ops->receive(im.victim, f, 8), 0);
	im.victim->ops->release(im.victim);
	unmask(&im);
}

static void lying_lengths(void **state)
{
	static const uint32_t lies[] = { 0, 13, SKUA_FRAME_MAX + 1, 1u << 31,
					 UINT32_MAX };
	struct impostor im = impose();
	struct skua_frame f[8];
	unsigned int i;

	(void)state;
	for (i = 0; i < 5; i++)
		im.tx->slot[i].len = lies[i];
	im.tx->slot[5].len = 14;
	im.tx->slot[6].len = SKUA_FRAME_MAX;
	atomic_store(&im.tx->head, 7);
	assert_int_equal(im.victim->ops->receive(im.victim, f, 8), 2);
	assert_int_equal(f[0].len, 14);
	assert_int_equal(f[1].len, SKUA_FRAME_MAX);
	assert_int_equal(im.victim->stats.rx_errors, 5);
	im.victim->ops->release(im.victim);
	assert_int_equal(atomic_load(&im.tx->tail), 7);
	/* Nothing but lies: they are taken off the ring all the same. */
	im.tx->slot[7].len = 0;
	atomic_store(&im.tx->head, 8);
	assert_int_equal(im.victim->ops->receive(im.victim, f, 8), 0);
	assert_int_equal(atomic_load(&im.tx->tail), 8);
	unmask(&im);
}

static void lying_tail(void **state)
{
	static const uint32_t lies[] = { 1, SKUA_SHM_WINDOW, 1u << 31, UINT32_MAX };
	struct impostor im = impose();
	struct skua_link *l = im.victim;
	struct skua_frame f[SKUA_SHM_WINDOW + 8];
	unsigned int i, n;

	(void)state;
	for (i = 0; i < 4; i++) {
		atomic_store(&im.rx->tail, lies[i]);
		n = l->ops->reserve(l, f, SKUA_SHM_WINDOW + 8);
		assert_true(n <= SKUA_SHM_WINDOW);
		l->ops->commit(l, f, 0);
	}
	atomic_store(&im.rx->tail, 0);
	for (i = 0; i < SKUA_SHM_WINDOW; i++)
		link_send(l, 60, i);
	atomic_store(&im.rx->tail, SKUA_SHM_WINDOW + 1);
	assert_int_equal(l->ops->reserve(l, f, 1), 0);
	unmask(&im);
}

/* Its memory goes, its socket fills up: neither harms nor holds the victim. */
static void holes_and_floods(void **state)
{
	struct impostor im = impose();
	struct skua_link *l = im.victim;
	struct skua_frame f[8];
	int i;

	(void)state;
	im.tx->slot[0].len = 60;
	atomic_store(&im.tx->head, 1);
	assert_int_equal(madvise(im.tx, sizeof(*im.tx), MADV_REMOVE), 0);
	assert_int_equal(l->ops->receive(l, f, 8), 0);
	for (i = 0; i < 5000; i++) {
		if (send(im.sock, "x", 1, MSG_DONTWAIT) < 0)
			break;
	}
	for (i = 0; i < 2000; i++) {
		atomic_store(&im.rx->reader_asleep, 1);
		atomic_store(&im.rx->tail, i);
		link_send(l, 60, i);
		l->ops->receive(l, f, 8);
	}
	assert_true(l->up);
	unmask(&im);
}

static void bad_names(void **state)
{
	char why[256];

	(void)state;
	assert_null(skua_link_open("shm", NULL, why, sizeof(why)));
	assert_non_null(strstr(why, "nothing stands after shm:"));
	assert_null(skua_link_open("shm:", NULL, why, sizeof(why)));
	assert_null(skua_link_open("", NULL, why, sizeof(why)));
	assert_null(skua_link_open("smh:x", NULL, why, sizeof(why)));
	assert_non_null(strstr(why, "smh:x: no kind of link"));
	assert_null(skua_link_open("smh:x", NULL, why, 4));
	assert_string_equal(why, "smh");
	assert_null(skua_link_open("shm:0123456789012345678901234567890123456789"
				   "012345678901234567890123456789",
				   NULL, why, sizeof(why)));
	assert_non_null(strstr(why, "longer than"));
}

static int kept, dropped;

static int keep(int fd)
{
	kept++;
	return fd;
}

static void drop(int fd)
{
	dropped++;
	close(fd);
}

static void descriptors_go_by_the_host(void **state)
{
	const struct skua_link_host host = { keep, drop };
	char why[256];
	struct skua_link *a = skua_link_open(spec, &host, why, sizeof(why));
	struct skua_link *b = link_open(spec);

	(void)state;
	link_meet(a, b);
	assert_int_equal(kept, 4);
	skua_link_close(a);
	assert_int_equal(dropped, 4);
	skua_link_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(both_ways_with_sleep, name_link),
		cmocka_unit_test_setup(every_frame_wakes, name_link),
		cmocka_unit_test_setup(full_and_empty, name_link),
		cmocka_unit_test_setup(others_die, name_link),
		cmocka_unit_test_setup(first_one_goes, name_link),
		cmocka_unit_test_setup(third_one_waits, name_link),
		cmocka_unit_test_setup(gone_with_frames_out, name_link),
		cmocka_unit_test_setup(bad_hellos, name_link),
		cmocka_unit_test_setup(silent_ones, name_link),
		cmocka_unit_test_setup(lying_head, name_link),
		cmocka_unit_test_setup(lying_lengths, name_link),
		cmocka_unit_test_setup(lying_tail, name_link),
		cmocka_unit_test_setup(holes_and_floods, name_link),
		cmocka_unit_test_setup(bad_names, name_link),
		cmocka_unit_test_setup(descriptors_go_by_the_host, name_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
