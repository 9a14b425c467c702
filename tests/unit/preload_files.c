// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Descriptors that the library serves, in all that programs do with them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "preload_fake.h"

#define DEVICE "/dev/infiniband/uverbs0"

static int open_device(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* All files but the one asked. */
static int others(int fd)
{
	return ioctl(fd, FAKE_COUNT) - 1;
}

static bool served(int fd)
{
	char buf[8];

	return read(fd, buf, sizeof(buf)) == 4 && !memcmp(buf, "fake", 4);
}

static bool is_open(int fd)
{
	return syscall(SYS_fcntl, fd, F_GETFD) >= 0;
}

static void calls(void **state)
{
	int fd = open_device();

	(void)state;
	assert_true(served(fd));
	assert_int_equal(write(fd, "12", 2), 2);
	assert_int_equal(write(fd, "1234567890123", 13), -1);
	assert_int_equal(errno, EILSEQ);
	assert_int_equal(ioctl(fd, 1, NULL), -1);
	assert_int_equal(errno, ENOTTY);
	assert_int_equal(others(fd), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(close(fd), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(read(fd, NULL, 0), -1);
}

static void vectors(void **state)
{
	char one[4] = "", two[8] = "";
	struct iovec iov[3] = { { one, 4 }, { NULL, 0 }, { two, 8 } };
	int fd = open_device();
	volatile int too_many = -1;

	(void)state;
	/* Each read gives four bytes: the second of them is short. */
	assert_int_equal(readv(fd, iov, 1), 4);
	assert_memory_equal(one, "fake", 4);
	iov[1] = (struct iovec){ two, 8 };
	assert_int_equal(readv(fd, iov, 3), 8);
	assert_memory_equal(two, "fake", 4);
	iov[0].iov_len = 4;
	iov[1].iov_len = 13;
	assert_int_equal(writev(fd, iov, 1), 4);
	assert_int_equal(writev(fd, iov, 2), 4);
	assert_int_equal(writev(fd, iov + 1, 1), -1);
	assert_int_equal(errno, EILSEQ);
	assert_int_equal(readv(fd, iov, too_many), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(writev(fd, iov, 0), 0);
	close(fd);
}

#define REFUSED(call, err)                      \
	do {                                    \
		errno = 0;                      \
		assert_int_equal((call), -1);   \
		assert_int_equal(errno, (err)); \
	} while (0)

/* A device has neither a position nor a size, and gives no pages away. */
static void not_of_a_device(void **state)
{
	int fd = open_device(), zero = open("/dev/zero", O_RDWR), tube[2];
	char buf[8] = "";
	struct iovec iov = { buf, sizeof(buf) };

	(void)state;
	assert_int_equal(pipe(tube), 0);
	assert_int_equal(write(tube[1], buf, sizeof(buf)), sizeof(buf));
	REFUSED(pread(fd, buf, 4, 0), ESPIPE);
	REFUSED(pread64(fd, buf, 4, 0), ESPIPE);
	REFUSED(pwrite(fd, buf, 4, 0), ESPIPE);
	REFUSED(pwrite64(fd, buf, 4, 0), ESPIPE);
	REFUSED(preadv(fd, &iov, 1, 0), ESPIPE);
	REFUSED(pwritev(fd, &iov, 1, 0), ESPIPE);
	REFUSED(lseek(fd, 0, SEEK_SET), ESPIPE);
	REFUSED(lseek64(fd, 0, SEEK_END), ESPIPE);
	REFUSED(ftruncate(fd, 0), EINVAL);
	REFUSED(ftruncate64(fd, 0), EINVAL);
	REFUSED(fallocate(fd, 0, 0, 4096), ENODEV);
	assert_int_equal(posix_fallocate(fd, 0, 4096), ENODEV);
	REFUSED(sendfile(fd, zero, NULL, 8), EINVAL);
	REFUSED(sendfile64(tube[1], fd, NULL, 8), EINVAL);
	REFUSED(splice(fd, NULL, tube[1], NULL, 8, 0), EINVAL);
	REFUSED(splice(tube[0], NULL, fd, NULL, 8, 0), EINVAL);
	REFUSED(copy_file_range(fd, NULL, zero, NULL, 8, 0), EINVAL);
	/* Which leaves it, and what is not ours, as they were. */
	assert_true(served(fd));
	assert_int_equal(pread(zero, buf, 4, 0), 4);
	assert_int_equal(lseek(zero, 0, SEEK_SET), 0);
	assert_int_equal(splice(tube[0], NULL, zero, NULL, 8, 0), 8);
	close(tube[0]);
	close(tube[1]);
	close(zero);
	close(fd);
}

/* A file lives as long as any of its descriptors. */
static void copies(void **state)
{
	int asked = open_device(), fd[6], i;

	(void)state;
	fd[0] = open_device();
	fd[1] = dup(fd[0]);
	fd[2] = dup2(fd[0], 100);
	fd[3] = dup3(fd[1], 101, O_CLOEXEC);
	fd[4] = fcntl(fd[2], F_DUPFD, 50);
	fd[5] = fcntl(fd[4], F_DUPFD_CLOEXEC, 50);
	assert_int_equal(fd[2], 100);
	assert_int_equal(dup2(fd[2], fd[2]), fd[2]);
	for (i = 0; i < 6; i++) {
		assert_int_equal(others(asked), 1);
		assert_true(served(fd[i]));
		assert_int_equal(close(fd[i]), 0);
	}
	assert_int_equal(others(asked), 0);
	close(asked);
}

static void replaced(void **state)
{
	int asked = open_device(), fd = open_device();
	int null = open("/dev/null", O_RDWR);
	char buf[8];

	(void)state;
	assert_int_equal(dup2(null, fd), fd);
	assert_int_equal(others(asked), 0);
	assert_int_equal(read(fd, buf, sizeof(buf)), 0);
	assert_int_equal(dup2(asked, null), null);
	assert_true(served(null));
	/* A failure leaves all as it was. */
	assert_int_equal(dup2(-1, null), -1);
	assert_int_equal(dup3(asked, null, 0x7fff), -1);
	assert_true(served(null));
	close(fd);
	close(null);
	close(asked);
}

/* Closed past the library, and the number given to another file. */
static void closed_behind(void **state)
{
	int asked = open_device(), fd = open_device(), null;
	char buf[8];

	(void)state;
	syscall(SYS_close, fd);
	null = open("/dev/null", O_RDWR);
	assert_int_equal(null, fd);
	assert_int_equal(read(null, buf, sizeof(buf)), 0);
	assert_int_equal(others(asked), 0);
	close(null);
	close(asked);
}

static void hidden_stays(void **state)
{
	int asked = open_device(), hidden = ioctl(asked, FAKE_HIDDEN);

	(void)state;
	assert_true(hidden >= 256);
	assert_int_equal(close(hidden), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(dup2(asked, hidden), -1);
	assert_int_equal(dup3(asked, hidden, 0), -1);
	assert_true(is_open(hidden));
	close(asked);
}

static void close_ranges(void **state)
{
	int asked, hidden, below, above, fd;

	(void)state;
	asked = open_device();
	hidden = ioctl(asked, FAKE_HIDDEN);
	below = dup2(asked, hidden - 1);
	above = dup2(asked, hidden + 1);
	assert_true(below >= 0 && above >= 0);
	fd = open_device();
	assert_int_equal(close_range(fd, ~0u, CLOSE_RANGE_CLOEXEC), 0);
	assert_true(served(fd) && served(below));
	assert_int_equal(close_range(fd, ~0u, 0), 0);
	assert_true(!is_open(fd) && !is_open(below) && !is_open(above));
	assert_true(is_open(hidden));
	assert_int_equal(others(asked), 0);
	assert_int_equal(close_range(5, 4, 0), -1);
	assert_int_equal(close_range(~0u, ~0u, 0), 0);

	below = dup2(asked, hidden - 1);
	closefrom(asked + 1);
	assert_true(served(asked) && !is_open(below) && is_open(hidden));
	close(asked);
}

static bool child_succeeds(pid_t pid)
{
	int status;

	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static void forked(void **state)
{
	int fd = open_device(), hidden = ioctl(fd, FAKE_HIDDEN);
	pid_t pid = fork();
	int mine;

	(void)state;
	if (!pid) {
		/* Dead here: but for close(), and new ones work. */
		errno = 0;
		if (read(fd, &mine, 1) != -1 || errno != EIO ||
		    write(fd, &mine, 1) != -1 || ioctl(fd, FAKE_COUNT) != -1 ||
		    is_open(hidden))
			_exit(1);
		if (close(fd) || is_open(fd))
			_exit(2);
		mine = open(DEVICE, O_RDWR);
		_exit(mine < 0 || !served(mine) || others(mine) ? 3 : 0);
	}
	assert_true(child_succeeds(pid));
	assert_true(served(fd));
	assert_true(is_open(hidden));
	close(fd);
}

/* What runs here shares the memory, but not the descriptors, of its parent. */
static void vforked(void **state)
{
	int fd = open_device(), hidden = ioctl(fd, FAKE_HIDDEN);
	pid_t pid = vfork();

	(void)state;
	if (!pid) {
		dup2(fd, hidden);
		close(fd);
		close_range(3, ~0u, 0);
		_exit(is_open(fd) || is_open(hidden));
	}
	assert_true(child_succeeds(pid));
	assert_true(served(fd));
	assert_true(is_open(hidden));
	assert_int_equal(others(fd), 0);
	close(fd);
}

static void spawned(void **state)
{
	char *argv[] = { "sh", "-c", "test ! -e /proc/self/fd/$0", NULL, NULL };
	int fd = open_device();
	char number[16];
	pid_t pid;

	(void)state;
	snprintf(number, sizeof(number), "%d", fd);
	argv[3] = number;
	assert_int_equal(posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ),
			 0);
	assert_true(child_succeeds(pid));
	assert_true(served(fd));
	close(fd);
}

static void high_numbers(void **state)
{
	struct rlimit limit;
	int fd = open_device(), high;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	high = fcntl(fd, F_DUPFD, limit.rlim_cur - 1);
	assert_int_equal(high, limit.rlim_cur - 1);
	assert_true(served(high));
	assert_int_equal(close(high), 0);
	assert_int_equal(close(-1), -1);
	assert_int_equal(read(-1, NULL, 0), -1);
	assert_int_equal(read(INT32_MAX, NULL, 0), -1);
	assert_int_equal(close(INT32_MAX), -1);
	close(fd);
}

static atomic_bool stop;

static void *hammer(void *arg)
{
	int fd = *(int *)arg;
	char buf[4];
	ssize_t ret;

	while (!stop) {
		ret = read(fd, buf, sizeof(buf));
		/* Served, closed just now, or the eventfd behind it is asked. */
		if (ret == 4 && memcmp(buf, "fake", 4))
			return "another file's data";
		if (ret != 4 && errno != EBADF && errno != EINVAL)
			return "another error";
	}
	return NULL;
}

/* Lookups while the file comes and goes, which releases it at times. */
static void threads(void **state)
{
	int asked = open_device(), fd = 200, i;
	pthread_t thread[4];
	void *failure;

	(void)state;
	stop = false;
	for (i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, hammer, &fd);
	for (i = 0; i < 3000; i++) {
		int one = open_device();

		assert_int_equal(dup2(one, fd), fd);
		close(one);
		if (!(i % 3))
			usleep(50);
		assert_int_equal(close(fd), 0);
	}
	stop = true;
	for (i = 0; i < 4; i++) {
		pthread_join(thread[i], &failure);
		assert_null(failure);
	}
	assert_int_equal(others(asked), 0);
	close(asked);
}

/* More lookups than a descriptor has references to give. */
static void many_calls(void **state)
{
	int asked = open_device(), fd = open_device(), i;

	(void)state;
	for (i = 0; i < 20000; i++)
		assert_int_equal(write(fd, "", 1), 1);
	assert_int_equal(close(fd), 0);
	assert_int_equal(others(asked), 0);
	close(asked);
}

static int signal_fd;
static atomic_int signals;

static void on_signal(int sig)
{
	int err = errno, fd;

	(void)sig;
	write(signal_fd, "x", 1);
	fd = dup(signal_fd);
	close(fd);
	write(STDERR_FILENO, "", 0);
	signals++;
	errno = err;
}

/* A handler calls all this in the middle of itself. */
static void signal_handlers(void **state)
{
	struct itimerval timer = { .it_interval.tv_usec = 100,
				   .it_value.tv_usec = 100 };
	struct sigaction act = { .sa_handler = on_signal,
				 .sa_flags = SA_RESTART };
	int asked = open_device(), fd;

	(void)state;
	signal_fd = open_device();
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	while (signals < 500) {
		assert_int_equal(write(signal_fd, "", 1), 1);
		fd = dup(signal_fd);
		assert_true(fd >= 0);
		close(fd);
	}
	memset(&timer, 0, sizeof(timer));
	setitimer(ITIMER_REAL, &timer, NULL);
	close(signal_fd);
	assert_int_equal(others(asked), 0);
	close(asked);
}

static void native_poll(void **state)
{
	struct pollfd pfd = { .fd = open_device(), .events = POLLIN };

	(void)state;
	assert_int_equal(poll(&pfd, 1, 0), 0);
	close(pfd.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls),
		cmocka_unit_test(vectors),
		cmocka_unit_test(not_of_a_device),
		cmocka_unit_test(copies),
		cmocka_unit_test(replaced),
		cmocka_unit_test(closed_behind),
		cmocka_unit_test(hidden_stays),
		cmocka_unit_test(close_ranges),
		cmocka_unit_test(forked),
		cmocka_unit_test(vforked),
		cmocka_unit_test(spawned),
		cmocka_unit_test(high_numbers),
		cmocka_unit_test(threads),
		cmocka_unit_test(many_calls),
		cmocka_unit_test(signal_handlers),
		cmocka_unit_test(native_poll),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
