// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Which devices there are and what their addresses are: SKUA_USER. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "device.h"
#include "skua_link_mac.h"

static struct skua_user_dev devices[SKUA_USER_MAX_DEVICES];
static unsigned int ndevices;
static enum skua_user_share share;
static char link_spec[SKUA_USER_MAX_TEXT];
static bool go_back_n;
static char impair_file[SKUA_USER_MAX_TEXT], capture_file[SKUA_USER_MAX_TEXT];
static char cc_text[4 * SKUA_USER_MAX_TEXT];
static char control_socket[SKUA_USER_MAX_TEXT];
static int ipsec_fd = -1;
static char interface[IF_NAMESIZE];	/* of a link packet: */
static uint8_t interface_mac[6];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* RFC 4291 §2.5.5.2 */
static void map_ipv4(uint8_t raw[16], const struct in_addr *addr)
{
	memset(raw, 0, 10);
	memset(raw + 10, 0xff, 2);
	memcpy(raw + 12, addr, 4);
}

static bool raw_address(uint8_t raw[16], const struct sockaddr *sa)
{
	if (!sa)
		return false;
	switch (sa->sa_family) {
	case AF_INET:
		map_ipv4(raw, &((const struct sockaddr_in *)sa)->sin_addr);
		return true;
	case AF_INET6:
		memcpy(raw, &((const struct sockaddr_in6 *)sa)->sin6_addr, 16);
		return true;
	default:
		return false;
	}
}

static void add_gid(struct skua_user_dev *dev, const uint8_t raw[16],
		    const char *ifname)
{
	struct skua_user_gid *gid = &dev->gid[dev->ngids];

	if (dev->ngids == SKUA_HWI_MAX_GID || skua_user_find_gid(dev, raw) >= 0)
		return;
	memcpy(gid->raw, raw, sizeof(gid->raw));
	if (*interface && !strcmp(ifname, interface))
		memcpy(gid->mac, interface_mac, sizeof(gid->mac));
	else if (*link_spec)
		skua_link_mac(raw, gid->mac);
	else
		memcpy(gid->mac, dev->mac, sizeof(gid->mac));
	snprintf(gid->ifname, sizeof(gid->ifname), "%s", ifname);
	gid->ifindex = if_nametoindex(ifname);
	dev->ngids++;
}

/*
 * The order of addresses in the table, as programs take the first that suits:
 * others can reach IPv4 and global IPv6 addresses, and anyone the link-local
 * ones if told the interface; loopback is what is always there.
 */
static unsigned int address_rank(const struct ifaddrs *ifa, const uint8_t raw[16])
{
	bool ipv4 = ifa->ifa_addr->sa_family == AF_INET;

	if (ifa->ifa_flags & IFF_LOOPBACK)
		return ipv4 ? 3 : 4;
	if (ipv4)
		return 0;
	return IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)raw) ? 2 : 1;
}

#define ADDRESS_RANKS 5

/* A packet socket receives from one interface what is for its addresses. */
static bool is_on_link(const struct ifaddrs *ifa)
{
	return !*interface || !strcmp(ifa->ifa_name, interface);
}

static void find_interface(const struct ifaddrs *list)
{
	static const char kind[] = "packet:";
	const struct sockaddr_ll *ll;
	const struct ifaddrs *ifa;
	size_t len;

	if (strncmp(link_spec, kind, sizeof(kind) - 1))
		return;
	len = strcspn(link_spec + sizeof(kind) - 1, ",");
	/* What else it is the link will say. */
	if (len >= sizeof(interface))
		return;
	memcpy(interface, link_spec + sizeof(kind) - 1, len);
	for (ifa = list; ifa; ifa = ifa->ifa_next) {
		ll = (const void *)ifa->ifa_addr;
		if (ll && ll->sll_family == AF_PACKET && is_on_link(ifa))
			memcpy(interface_mac, ll->sll_addr,
			       sizeof(interface_mac));
	}
}

static void add_machine_gids(struct skua_user_dev *dev, const struct ifaddrs *list)
{
	const struct ifaddrs *ifa;
	unsigned int rank;
	uint8_t raw[16];

	for (rank = 0; rank < ADDRESS_RANKS; rank++)
		for (ifa = list; ifa; ifa = ifa->ifa_next)
			if (ifa->ifa_flags & IFF_UP && is_on_link(ifa) &&
			    raw_address(raw, ifa->ifa_addr) &&
			    address_rank(ifa, raw) == rank)
				add_gid(dev, raw, ifa->ifa_name);
}

/* The interface that has an address, or loopback for one of the user's own. */
static const char *address_ifname(const struct ifaddrs *list,
				  const uint8_t wanted[16])
{
	const char *loopback = "lo";
	const struct ifaddrs *ifa;
	uint8_t raw[16];

	for (ifa = list; ifa; ifa = ifa->ifa_next) {
		if (raw_address(raw, ifa->ifa_addr) && !memcmp(raw, wanted, 16))
			return ifa->ifa_name;
		if (ifa->ifa_flags & IFF_LOOPBACK)
			loopback = ifa->ifa_name;
	}
	return loopback;
}

/* What any machine would have, if its interfaces were up or may be asked for. */
static void add_loopback_gids(struct skua_user_dev *dev)
{
	const struct in_addr ipv4 = { htonl(INADDR_LOOPBACK) };
	uint8_t raw[16];

	map_ipv4(raw, &ipv4);
	add_gid(dev, raw, "lo");
	add_gid(dev, in6addr_loopback.s6_addr, "lo");
}

static void add_gids(struct skua_user_dev *dev,
		     const struct skua_user_config *config,
		     const struct ifaddrs *list)
{
	const struct skua_user_address *addr;
	unsigned int i;

	for (i = 0; i < config->naddresses; i++) {
		addr = &config->address[i];
		if (addr->device < 0 || addr->device == (int)dev->index)
			add_gid(dev, addr->raw, address_ifname(list, addr->raw));
	}
	if (!dev->ngids)
		add_machine_gids(dev, list);
	if (!dev->ngids)
		add_loopback_gids(dev);
}

static void init_device(struct skua_user_dev *dev, unsigned int index)
{
	/* Locally administered: "SKUA", and then the device. */
	const uint8_t mac[6] = { 0x02, 0x53, 0x4b, 0x55, 0x41, index };
	/* RFC 4291, appendix A */
	const uint8_t eui[8] = { mac[0] ^ 2, mac[1], mac[2], 0xff,
				 0xfe,	     mac[3], mac[4], mac[5] };
	unsigned int i;

	dev->index = index;
	snprintf(dev->name, sizeof(dev->name), "skua%u", index);
	memcpy(dev->mac, mac, sizeof(mac));
	for (i = 0; i < sizeof(eui); i++)
		dev->guid = dev->guid << 8 | eui[i];
}

static void init(void)
{
	struct skua_user_config config;
	struct ifaddrs *list = NULL;
	unsigned int i;
	char why[128];

	if (!skua_user_config_parse(&config, getenv("SKUA_USER"), why,
				    sizeof(why))) {
		fprintf(stderr, "skua: no device: SKUA_USER: %s\n", why);
		return;
	}
	share = config.share;
	memcpy(link_spec, config.link, sizeof(link_spec));
	memcpy(impair_file, config.impair, sizeof(impair_file));
	memcpy(capture_file, config.capture, sizeof(capture_file));
	go_back_n = config.go_back_n;
	memcpy(cc_text, config.cc, sizeof(cc_text));
	memcpy(control_socket, config.control, sizeof(control_socket));
	ipsec_fd = config.ipsec;
	/* Without a list there are still the addresses that were asked for. */
	if (getifaddrs(&list))
		list = NULL;
	find_interface(list);
	for (i = 0; i < config.devices; i++) {
		init_device(&devices[i], i);
		add_gids(&devices[i], &config, list);
	}
	freeifaddrs(list);
	ndevices = config.devices;
}

unsigned int skua_user_devices(void)
{
	pthread_once(&once, init);
	return ndevices;
}

struct skua_user_dev *skua_user_device(unsigned int index)
{
	return index < skua_user_devices() ? &devices[index] : NULL;
}

static const char *text_or_null(const char *text)
{
	pthread_once(&once, init);
	return *text ? text : NULL;
}

const char *skua_user_link(void)
{
	return text_or_null(link_spec);
}

const char *skua_user_impair(void)
{
	return text_or_null(impair_file);
}

const char *skua_user_capture(void)
{
	return text_or_null(capture_file);
}

const char *skua_user_cc(void)
{
	return text_or_null(cc_text);
}

const char *skua_user_control(void)
{
	return text_or_null(control_socket);
}

int skua_user_ipsec(void)
{
	pthread_once(&once, init);
	return ipsec_fd;
}

bool skua_user_go_back_n(void)
{
	pthread_once(&once, init);
	return go_back_n;
}

enum skua_user_share skua_user_share(void)
{
	pthread_once(&once, init);
	return share;
}

const char *skua_user_link_interface(void)
{
	return text_or_null(interface);
}

bool skua_user_has_neighbours(void)
{
	pthread_once(&once, init);
	return *interface || !strncmp(link_spec, "tap:", 4);
}

int skua_user_find_gid(const struct skua_user_dev *dev, const uint8_t gid[16])
{
	unsigned int i;

	for (i = 0; i < dev->ngids; i++)
		if (!memcmp(dev->gid[i].raw, gid, sizeof(dev->gid[i].raw)))
			return i;
	return -1;
}

int skua_user_resolve(const struct skua_user_dev *dev, const uint8_t gid[16],
		      uint8_t dmac[6])
{
	/* Of no function here; in other processes it is QPNs that tell. */
	const uint8_t elsewhere[6] = { 0x02, 0x53, 0x4b, 0x55, 0x41, 0xff };
	const uint8_t *mac = elsewhere;
	unsigned int i;

	if (!skua_user_unicast(gid))
		return -EHOSTUNREACH;
	if (skua_user_has_neighbours())
		return skua_user_neighbour(dev, gid, dmac);
	if (*link_spec) {
		skua_link_mac(gid, dmac);
		return 0;
	}
	/* An address that several devices have is nearest here. */
	for (i = ndevices; i; i--)
		if (skua_user_find_gid(&devices[i - 1], gid) >= 0)
			mac = devices[i - 1].mac;
	if (skua_user_find_gid(dev, gid) >= 0)
		mac = dev->mac;
	memcpy(dmac, mac, sizeof(dev->mac));
	return 0;
}
