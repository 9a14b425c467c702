// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Links on which others have Ethernet addresses of their own (tap, packet):
 * found by asking, as kernels do. On the interface of a packet socket the kernel
 * answers for its addresses, and we say the same.
 */
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "device.h"
#include "file.h"
#include "neighbour.h"
#include "skua_device.h"
#include "wire/headers.h"

#define LOOK_NS	  1000000
#define LOOKS	  1000

static struct skua_adapter *adapter;
static void (*wake_engine)(void);

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool is_ipv4(const uint8_t gid[16])
{
	return !memcmp(gid, mapped, sizeof(mapped));
}

/*
 * Somebody has to have the port, or the kernel of the interface tells partners
 * that it is unreachable: a socket that takes nothing. Another one that has it
 * will do, such as that of rxe.
 */
static int hold_port(const struct skua_user_gid *gid)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog filter = { 1, &nothing };
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons(SKUA_ROCE_PORT),
	};
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(SKUA_ROCE_PORT),
		.sin6_scope_id = gid->ifindex,
	};
	const bool ipv4 = is_ipv4(gid->raw);
	const int yes = 1;
	int fd, err;

	memcpy(&in.sin_addr, gid->raw + 12, 4);
	memcpy(&in6.sin6_addr, gid->raw, 16);
	fd = skua_file_hide(socket(ipv4 ? AF_INET : AF_INET6,
				   SOCK_DGRAM | SOCK_CLOEXEC, 0));
	if (fd < 0)
		return fd;
	/* The kernel may still be making sure that the address is its own. */
	if (!setsockopt(fd, ipv4 ? IPPROTO_IP : IPPROTO_IPV6,
			ipv4 ? IP_FREEBIND : IPV6_FREEBIND, &yes,
			sizeof(yes)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
			sizeof(filter)) &&
	    !bind(fd, ipv4 ? (void *)&in : (void *)&in6,
		  ipv4 ? sizeof(in) : sizeof(in6)))
		return 0;
	err = errno == EADDRINUSE ? 0 : -errno;
	skua_file_unhide(fd);
	return err;
}

static int hold_ports(void)
{
	const char *interface = skua_user_link_interface();
	const struct skua_user_dev *dev;
	unsigned int i, k;
	int err = 0;

	for (i = 0; interface && i < skua_user_devices(); i++) {
		dev = skua_user_device(i);
		for (k = 0; !err && k < dev->ngids; k++)
			if (!strcmp(dev->gid[k].ifname, interface))
				err = hold_port(&dev->gid[k]);
	}
	return err;
}

int skua_user_neighbour_start(struct skua_adapter *ad, void (*wake)(void))
{
	int err;

	if (!skua_user_has_neighbours())
		return 0;
	err = skua_adapter_have_neighbours(ad);
	if (!err)
		err = hold_ports();
	adapter = ad;
	wake_engine = wake;
	return err;
}

/* An address of ours that can ask for this one. */
static const struct skua_user_gid *like(const struct skua_user_dev *dev,
					const uint8_t gid[16])
{
	unsigned int i;

	for (i = 0; i < dev->ngids; i++)
		if (is_ipv4(dev->gid[i].raw) == is_ipv4(gid))
			return &dev->gid[i];
	return NULL;
}

int skua_user_neighbour(const struct skua_user_dev *dev, const uint8_t gid[16],
			uint8_t mac[6])
{
	const struct timespec look = { .tv_nsec = LOOK_NS };
	const struct skua_user_gid *from = like(dev, gid);
	int err = -EAGAIN, i;

	if (!from)
		return -EHOSTUNREACH;
	for (i = 0; i < LOOKS && err == -EAGAIN; i++) {
		if (i)
			nanosleep(&look, NULL);
		err = skua_adapter_neighbour(adapter, from->raw, from->mac,
					     gid, mac);
		wake_engine();
	}
	return err == -EAGAIN ? -EHOSTUNREACH : err;
}
