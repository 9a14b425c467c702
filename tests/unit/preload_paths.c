// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The paths of RDMA devices as programs see them with the library preloaded:
 * SKUA_USER=devices=2,address=10.0.0.1,address=fe80::1@skua1
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/netlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "skua_hwi.h"

#define CLASS  "/sys/class/infiniband/"
#define VERBS  "/sys/class/infiniband_verbs/"
#define PORT(n) CLASS "skua" #n "/ports/1/"
#define PCI    "/sys/devices/skua/5341:00:01.0"

static void check_fd(int fd, const char *wanted)
{
	char text[80];
	ssize_t len;

	assert_true(fd >= 0);
	len = read(fd, text, sizeof(text) - 1);
	assert_true(len >= 0);
	text[len] = '\0';
	assert_string_equal(text, wanted);
	assert_int_equal(close(fd), 0);
}

static void check_text(const char *path, const char *wanted)
{
	char text[80] = "";
	FILE *file;

	check_fd(open(path, O_RDONLY), wanted);
	check_fd(open64(path, O_RDONLY | O_CLOEXEC), wanted);
	check_fd(openat(AT_FDCWD, path, O_RDONLY), wanted);
	check_fd(openat64(-1, path, O_RDONLY), wanted);
	file = fopen(path, "re");
	assert_non_null(file);
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	assert_string_equal(text, wanted);
	fclose(file);
	file = fopen64(path, "r");
	assert_non_null(file);
	fclose(file);
	file = freopen(path, "r", fopen("/dev/null", "r"));
	assert_non_null(file);
	text[0] = '\0';
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	assert_string_equal(text, wanted);
	fclose(file);
}

static void static_files(void **state)
{
	(void)state;
	check_text(VERBS "abi_version", "6\n");
	check_text(VERBS "uverbs1/ibdev", "skua1\n");
	check_text(VERBS "uverbs1/dev", "231:193\n");
	check_text(CLASS "skua1/node_guid", "0053:4bff:fe55:4101\n");
	check_text(CLASS "skua0/device/vendor", "0x1af4\n");
	check_text("/sys/class/misc/rdma_cm/abi_version", "4\n");
	check_text(PCI "/infiniband/skua1/node_type", "1: CA\n");
}

static void process_files(void **state)
{
	const char *gid = "0000:0000:0000:0000:0000:ffff:0a00:0001\n";
	const char *none = "0000:0000:0000:0000:0000:0000:0000:0000\n";

	(void)state;
	check_text(PORT(0) "gids/0", gid);
	check_text(PORT(0) "gids/1", none);
	check_text(PORT(0) "gids/127", none);
	check_text(PORT(1) "gids/1",
		   "fe80:0000:0000:0000:0000:0000:0000:0001\n");
	check_text(PORT(0) "gid_attrs/types/0", "RoCE v2\n");
	check_text(PORT(0) "gid_attrs/types/1", "");
	check_text(PORT(0) "gid_attrs/ndevs/0", "lo\n");
	check_text(PORT(0) "gid_attrs/ndevs/1", "");
	/* By other ways to the same place. */
	check_text("//sys/./class//infiniband/skua0/./ports/1/gids/0", gid);
	check_text(VERBS "uverbs0/device/infiniband/skua0/ports/1/gids/0", gid);
	check_text(CLASS "skua1/device/infiniband/skua1/ports/1/gids/0", gid);
}

static void counters(void **state)
{
	int fd;

	(void)state;
	check_text(PORT(1) "hw_counters/np_cnp_sent", "0\n");
	fd = open("/dev/infiniband/uverbs1", O_RDWR);
	assert_true(fd >= 0);
	/* Group 1, the first; group 2, the second and the last. */
	check_text(PORT(1) "hw_counters/rx_write_requests", "100\n");
	check_text(PORT(1) "hw_counters/np_cnp_sent", "201\n");
	check_text(PORT(1) "hw_counters/rx_icrc_encapsulated", "208\n");
	check_text(PORT(0) "hw_counters/rx_icrc_encapsulated", "0\n");
	close(fd);
}

static void refused_open(const char *path, int flags, int err)
{
	errno = 0;
	assert_int_equal(open(path, flags, 0600), -1);
	assert_int_equal(errno, err);
}

static void missing_files(void **state)
{
	(void)state;
	refused_open(CLASS "skua2", O_RDONLY, ENOENT);
	refused_open(PORT(0) "gids/128", O_RDONLY, ENOENT);
	refused_open(PORT(0) "gids/00", O_RDONLY, ENOENT);
	refused_open(PORT(0) "gids/1x", O_RDONLY, ENOENT);
	refused_open(PORT(0) "hw_counters/rx_packets", O_RDONLY, ENOENT);
	refused_open("/sys/class/infiniband_mad/umad0", O_RDONLY, ENOENT);
	refused_open("/dev/infiniband/uverbs2", O_RDWR, ENOENT);
	refused_open("/dev/infiniband/uverbs00", O_RDWR, ENOENT);
	refused_open("/dev/infiniband/uverbs4294967296", O_RDWR, ENOENT);
	assert_null(fopen(CLASS "skua2/node_guid", "r"));
	assert_null(opendir(CLASS "skua2"));
}

static void read_only_files(void **state)
{
	char path[600];
	int fd;

	(void)state;
	refused_open(PORT(0) "gids/0", O_WRONLY, EACCES);
	refused_open(PORT(0) "gids/0", O_RDONLY | O_DIRECTORY, ENOTDIR);
	refused_open(PORT(0) "state", O_RDWR, EACCES);
	refused_open(CLASS "new", O_RDONLY | O_CREAT, EACCES);
	refused_open("/dev/infiniband/new", O_WRONLY | O_CREAT, EACCES);
	assert_null(fopen(PORT(0) "gids/0", "w"));
	assert_null(fopen(PORT(0) "gids/0", "r+"));
	assert_null(freopen(PORT(0) "gids/0", "w", fopen("/dev/null", "r")));
	assert_int_equal(errno, EACCES);
	fd = open(PORT(0) "gids/0", O_RDONLY);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	close(fd);
	/* Too long for any file of ours. */
	memset(path, 'x', sizeof(path));
	memcpy(path, CLASS, strlen(CLASS));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(open(path, O_RDONLY), -1);
}

static void device_stat(const struct stat *st, unsigned int maj,
			unsigned int min)
{
	assert_true(S_ISCHR(st->st_mode));
	assert_int_equal(st->st_mode & 0777, 0666);
	assert_int_equal(st->st_rdev, makedev(maj, min));
}

int __xstat(int ver, const char *path, struct stat *st);
int __lxstat(int ver, const char *path, struct stat *st);
int __fxstat(int ver, int fd, struct stat *st);
int __fxstatat(int ver, int dir, const char *path, struct stat *st, int flags);

/* They are in libc for old programs only, so that nothing links with them. */
#define OLD(name) ((__typeof__(&name))dlsym(RTLD_DEFAULT, #name))

static void device_files(void **state)
{
	const char *path = "/dev/infiniband/uverbs1";
	struct statx stx;
	struct stat st;
	int fd;

	(void)state;
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	device_stat(&st, 231, 193);
	assert_int_equal(fstatat(fd, "", &st, AT_EMPTY_PATH), 0);
	device_stat(&st, 231, 193);
	assert_int_equal(OLD(__fxstat)(1, fd, &st), 0);
	device_stat(&st, 231, 193);
	assert_int_equal(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx),
			 0);
	assert_true(S_ISCHR(stx.stx_mode));
	assert_int_equal(stx.stx_rdev_major, 231);
	assert_int_equal(stx.stx_rdev_minor, 193);
	close(fd);

	assert_int_equal(stat(path, &st), 0);
	device_stat(&st, 231, 193);
	assert_int_equal(lstat(path, &st), 0);
	device_stat(&st, 231, 193);
	assert_int_equal(fstatat(AT_FDCWD, path, &st, 0), 0);
	device_stat(&st, 231, 193);
	assert_int_equal(OLD(__xstat)(1, path, &st), 0);
	device_stat(&st, 231, 193);
	assert_int_equal(OLD(__lxstat)(1, path, &st), 0);
	device_stat(&st, 231, 193);
	assert_int_equal(OLD(__fxstatat)(1, AT_FDCWD, path, &st, 0), 0);
	device_stat(&st, 231, 193);
	assert_int_equal(stat("/dev/infiniband/rdma_cm", &st), 0);
	device_stat(&st, 10, 120);

	assert_int_equal(access(path, R_OK | W_OK), 0);
	assert_int_equal(eaccess(path, W_OK), 0);
	assert_int_equal(faccessat(AT_FDCWD, path, F_OK, 0), 0);
	assert_int_equal(access(path, X_OK), -1);
	assert_int_equal(access(CLASS "skua1/node_guid", R_OK), 0);
	assert_int_equal(access(CLASS "skua2", F_OK), -1);
}

static unsigned int count_entries(DIR *dir)
{
	unsigned int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void folders(void **state)
{
	struct dirent **list;
	int fd, n;

	(void)state;
	assert_int_equal(count_entries(opendir("/sys/class/infiniband")), 2);
	assert_int_equal(count_entries(opendir(VERBS)), 3);
	assert_int_equal(count_entries(opendir("/dev/infiniband")), 3);
	assert_int_equal(count_entries(opendir(PORT(0) "gids")), 128);
	assert_int_equal(count_entries(opendir(PORT(0) "hw_counters")),
			 SKUA_HWI_COUNTERS_LEN + SKUA_HWI_LINK_COUNTERS +
				 SKUA_HWI_IPSEC_COUNTERS);
	n = scandir(CLASS, &list, NULL, alphasort);
	assert_int_equal(n, 4);
	assert_string_equal(list[3]->d_name, "skua1");
	while (n)
		free(list[--n]);
	free(list);
	fd = open(CLASS, O_RDONLY | O_DIRECTORY);
	n = scandirat(fd, "skua1/ports", &list, NULL, alphasort);
	assert_int_equal(n, 3);
	while (n)
		free(list[--n]);
	free(list);
	assert_int_equal(count_entries(fdopendir(fd)), 2);
}

#define GID	   "0000:0000:0000:0000:0000:ffff:0a00:0001\n"
#define LINK_LOCAL "fe80:0000:0000:0000:0000:0000:0000:0001\n"

/* What is relative to a folder of ours, of whatever way it was opened. */
static void in_folders(void **state)
{
	int fd = open(CLASS "skua1", O_RDONLY | O_DIRECTORY);
	struct stat st;
	char buf[256];

	(void)state;
	check_fd(openat(fd, "device/device", O_RDONLY), "0x10f5\n");
	check_fd(openat(fd, "ports/1/gids/1", O_RDONLY), LINK_LOCAL);
	check_fd(openat64(fd, "ports/1/gid_attrs/types/1", O_RDONLY),
		 "RoCE v2\n");
	check_fd(openat(fd,
			"../../../../skua/5341:00:00.0/infiniband/skua0/"
			"ports/1/gids/0",
			O_RDONLY),
		 GID);
	assert_int_equal(openat(fd, "ports/1/gids/0", O_WRONLY), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(openat(fd, "ports/1/gids/128", O_RDONLY), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(openat(fd, "new", O_WRONLY | O_CREAT, 0600), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(faccessat(fd, "ports/1/gids/1", R_OK, 0), 0);
	assert_int_equal(fstatat(fd, "node_guid", &st, 0), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_true(readlinkat(fd, "device", buf, sizeof(buf)) > 0);
	close(fd);
}

/* These are one in the skeleton. */
static void in_text_folders(void **state)
{
	int port = open(PORT(1), O_RDONLY | O_DIRECTORY);
	int fd = openat(port, "gids", O_RDONLY | O_DIRECTORY), copy;
	DIR *dir;

	(void)state;
	check_fd(openat(fd, "1", O_RDONLY), LINK_LOCAL);
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 60);
	assert_int_equal(copy, 60);
	close(fd);
	check_fd(openat(copy, "1", O_RDONLY), LINK_LOCAL);
	/* The number of another folder now. */
	dir = opendir(PORT(0) "gid_attrs/ndevs/");
	assert_int_equal(dup2(dirfd(dir), copy), copy);
	closedir(dir);
	check_fd(openat(copy, "0", O_RDONLY), "lo\n");
	close(copy);
	close(port);
}

static void in_foreign_folders(void **state)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY), device;
	struct statx stx;
	struct stat st;

	(void)state;
	check_fd(openat(fd, "sys/class/infiniband/skua0/ports/1/gids/0", O_RDONLY),
		 GID);
	assert_int_equal(fstatat(fd, "dev/infiniband/uverbs1", &st, 0), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_int_equal(statx(fd, "dev/infiniband/uverbs1", 0,
			       STATX_BASIC_STATS, &stx),
			 0);
	assert_int_equal(stx.stx_rdev_minor, 193);
	close(fd);
	fd = open("/dev/infiniband", O_RDONLY | O_DIRECTORY);
	assert_int_equal(faccessat(fd, "uverbs0", W_OK, 0), 0);
	device = openat(fd, "uverbs0", O_RDWR);
	assert_int_equal(fstat(device, &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	close(device);
	close(fd);
	/* Of folders that are not ours nothing is. */
	fd = open("/tmp", O_RDONLY | O_DIRECTORY);
	assert_int_equal(openat(fd, "ports/1/gids/0", O_RDONLY), -1);
	assert_int_equal(errno, ENOENT);
	close(fd);
	assert_int_equal(openat(-1, "gids/0", O_RDONLY), -1);
	assert_int_equal(openat(4000, "gids/0", O_RDONLY), -1);
	assert_int_equal(errno, EBADF);
}

static void patterns(void **state)
{
	glob_t g = {};

	(void)state;
	assert_int_equal(glob(CLASS "skua*/ports/?/gids/12[67]", 0, NULL, &g), 0);
	assert_int_equal(g.gl_pathc, 4);
	assert_string_equal(g.gl_pathv[0], PORT(0) "gids/126");
	assert_string_equal(g.gl_pathv[3], PORT(1) "gids/127");
	assert_int_equal(glob("/dev/infiniband/uv*", GLOB_APPEND, NULL, &g), 0);
	assert_int_equal(g.gl_pathc, 6);
	assert_string_equal(g.gl_pathv[5], "/dev/infiniband/uverbs1");
	globfree(&g);
	assert_int_equal(glob(CLASS "skua2*", 0, NULL, &g), GLOB_NOMATCH);
	globfree(&g);
	assert_int_equal(glob("/proc/self/fd/[01]", 0, NULL, &g), 0);
	globfree(&g);
}

static void links(void **state)
{
	char buf[4096];
	ssize_t len;
	char *path;

	(void)state;
	len = readlink(CLASS "skua1", buf, sizeof(buf));
	assert_true(len > 0);
	buf[len] = '\0';
	assert_string_equal(buf, "../../devices/skua/5341:00:01.0/"
				 "infiniband/skua1");
	assert_int_equal(readlinkat(-1, CLASS "skua1", buf, sizeof(buf)), len);
	path = realpath(CLASS "skua1/device", NULL);
	assert_string_equal(path, PCI);
	free(path);
	assert_ptr_equal(realpath(VERBS "uverbs1/../../vendor", buf), buf);
	assert_string_equal(buf, PCI "/vendor");
	path = realpath(VERBS, NULL);
	assert_string_equal(path, "/sys/class/infiniband_verbs");
	free(path);
	path = realpath("/dev/infiniband/rdma_cm", NULL);
	assert_string_equal(path, "/dev/infiniband/rdma_cm");
	free(path);
}

static void foreign_paths(void **state)
{
	struct stat st;
	char buf[64];
	int fd;

	(void)state;
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_int_equal(st.st_rdev, makedev(1, 3));
	assert_int_equal(stat("/dev/infinibandx", &st), -1);
	assert_int_equal(access("/proc/self/fd", R_OK), 0);
	assert_true(readlink("/proc/self/exe", buf, sizeof(buf)) > 0);
	fd = open("/dev/null", O_RDWR);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_rdev, makedev(1, 3));
	assert_int_equal(write(fd, "four", 4), 4);
	assert_int_equal(read(fd, buf, sizeof(buf)), 0);
	close(fd);
	fd = open("/tmp", O_RDWR | O_TMPFILE, 0640);
	if (fd >= 0) {
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_mode & 0700, 0600);
		close(fd);
	}
}

/* What libc would fail on, it is left to fail on. */
static void no_path(void **state)
{
	const char *volatile none = NULL;
	struct stat st;

	(void)state;
	refused_open(none, O_RDONLY, EFAULT);
	refused_open("", O_RDONLY, ENOENT);
	assert_int_equal(stat(none, &st), -1);
	assert_int_equal(access(none, R_OK), -1);
	assert_int_equal(openat(AT_FDCWD, none, O_RDONLY), -1);
	assert_null(realpath(none, NULL));
}

static void no_rdma_netlink(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(socket(AF_NETLINK, SOCK_RAW, NETLINK_RDMA), -1);
	assert_int_equal(errno, EPROTONOSUPPORT);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(static_files),
		cmocka_unit_test(process_files),
		cmocka_unit_test(counters),
		cmocka_unit_test(missing_files),
		cmocka_unit_test(read_only_files),
		cmocka_unit_test(device_files),
		cmocka_unit_test(folders),
		cmocka_unit_test(in_folders),
		cmocka_unit_test(in_text_folders),
		cmocka_unit_test(in_foreign_folders),
		cmocka_unit_test(patterns),
		cmocka_unit_test(links),
		cmocka_unit_test(foreign_paths),
		cmocka_unit_test(no_path),
		cmocka_unit_test(no_rdma_netlink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
