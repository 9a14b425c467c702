// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Ports are names of abstract sockets, so that all processes of a network
 * namespace share them and none outlives its process:
 *
 *	skua/cm/PORT-SPACE/PORT/ADDRESS
 *
 * ADDRESS is a GID in hexadecimal digits or any of a family or of both. An r
 * behind it says that others may have the port as well (REUSEADDR). With a link
 * there is no socket, but only the name.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cm.h"

/* As net.ipv4.ip_local_port_range has it unless it was changed. */
#define EPHEMERAL_FIRST 32768u
#define EPHEMERAL_PORTS (61000u - EPHEMERAL_FIRST)

#define PART_MAX 34		/* ADDRESS with its r */

uint16_t ucm_port_space(const struct ucm_id *id)
{
	/* A service ID of annex A11 names another's ports. */
	return id->src.family == AF_IB && id->src.ps ? id->src.ps : id->ps;
}

static void raw_part(char part[PART_MAX], const uint8_t raw[16])
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		sprintf(part + 2 * i, "%02x", raw[i]);
}

static void part_of(char part[PART_MAX], const struct ucm_id *id)
{
	if (!ucm_addr_is_any(&id->src))
		raw_part(part, id->src.raw);
	else if (!id->afonly)
		strcpy(part, "any");
	else
		strcpy(part, id->src.family == AF_INET ? "any4" : "any6");
	if (id->reuseaddr)
		strcat(part, "r");
}

static int prefix_of(char *text, size_t size, uint16_t ps, uint16_t port)
{
	return snprintf(text, size, "skua/cm/%04x/%u/", ps, port);
}

static socklen_t name_of(struct sockaddr_un *un, uint16_t ps, uint16_t port,
			 const char *part)
{
	int len;

	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	len = prefix_of(un->sun_path + 1, sizeof(un->sun_path) - 1, ps, port);
	len += snprintf(un->sun_path + 1 + len,
			sizeof(un->sun_path) - 1 - len, "%s", part);
	return offsetof(struct sockaddr_un, sun_path) + 1 + len;
}

static bool is_any_part(const char *part)
{
	return !strncmp(part, "any", 3);
}

/* Bit 4, bit 6 or both. */
static unsigned int families_of(const char *part)
{
	static const char mapped[] = "00000000000000000000ffff";

	if (is_any_part(part))
		return part[3] == '4' ? 1 << 4 :
		       part[3] == '6' ? 1 << 6 :
					1 << 4 | 1 << 6;
	return strncmp(part, mapped, strlen(mapped)) ? 1 << 6 : 1 << 4;
}

/* 0 if both may be there. */
static int conflict(const char *a, const char *b)
{
	if (!(families_of(a) & families_of(b)))
		return 0;
	if (is_any_part(a) || is_any_part(b))
		return -EADDRNOTAVAIL;
	return strncmp(a, b, 2 * 16) ? 0 : -EADDRINUSE;
}

/*
 * Not an accepted connection, which shows its listener's name: a line is
 * number, references, protocol, flags, type, state, inode and name.
 */
static bool is_bound(const char *line)
{
	unsigned int state;

	return sscanf(line, "%*s %*x %*x %*x %*x %x", &state) == 1 &&
	       state == 1; /* SS_UNCONNECTED */
}

/*
 * Whether another has the port by a name that is not ours but stands in its
 * way. Only the kernel knows all of them; without /proc nobody asks.
 */
static int find_conflict(const struct ucm_id *id, bool share)
{
	char prefix[40], part[PART_MAX], line[512], *name, *end;
	FILE *f = fopen("/proc/net/unix", "re");
	int len, err = 0;

	if (!f)
		return 0;
	prefix[0] = '@';
	len = 1 + prefix_of(prefix + 1, sizeof(prefix) - 1, ucm_port_space(id),
			    id->src.port);
	part_of(part, id);
	while (!err && fgets(line, sizeof(line), f)) {
		name = strchr(line, '@');
		if (!name || strncmp(name, prefix, len) || !is_bound(line))
			continue;
		name += len;
		end = name + strcspn(name, "\n");
		*end = '\0';
		if (!strcmp(name, part) || (share && end[-1] == 'r'))
			continue;
		err = conflict(part, name);
	}
	fclose(f);
	return err;
}

/*
 * With a link an address is this process's alone, and so are its ports: those
 * that it has are the only ones.
 */
static int find_conflict_here(const struct ucm_id *id)
{
	char part[PART_MAX], theirs[PART_MAX];
	struct ucm_id *other = NULL;
	int err = 0;

	part_of(part, id);
	while (!err && (other = ucm_next_id(other))) {
		if (other == id || !other->has_port ||
		    other->src.port != id->src.port ||
		    ucm_port_space(other) != ucm_port_space(id) ||
		    (id->reuseaddr && other->reuseaddr &&
		     other->state != UCM_LISTEN))
			continue;
		part_of(theirs, other);
		err = strcmp(part, theirs) ? conflict(part, theirs) :
					     -EADDRINUSE;
	}
	return err;
}

static int have_port(struct ucm_id *id)
{
	int err = find_conflict_here(id);

	id->has_port = !err;
	return err;
}

static int open_port(struct ucm_id *id)
{
	struct sockaddr_un un;
	char part[PART_MAX];
	socklen_t len;
	int fd, err;

	if (ucm_by_wire())
		return have_port(id);
	part_of(part, id);
	len = name_of(&un, ucm_port_space(id), id->src.port, part);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&un, len)) {
		err = -errno;
		skua_native_close(fd);
		return err;
	}
	fd = skua_file_hide(fd);
	if (fd < 0)
		return fd;
	id->port_fd = fd;
	return 0;
}

/* By an identifier of this process, which need not hold the name. */
static bool is_held_here(uint16_t ps, uint16_t port)
{
	struct ucm_id *id = NULL;

	while ((id = ucm_next_id(id)))
		if (id->state != UCM_IDLE && id->src.port == port &&
		    ucm_port_space(id) == ps)
			return true;
	return false;
}

static int take_any_port(struct ucm_id *id, bool keep)
{
	uint32_t start, i;
	int err = -EADDRNOTAVAIL;

	if (getrandom(&start, sizeof(start), GRND_NONBLOCK) != sizeof(start))
		start = ucm_now();
	for (i = 0; i < EPHEMERAL_PORTS; i++) {
		id->src.port = EPHEMERAL_FIRST +
			       (start % EPHEMERAL_PORTS + i) % EPHEMERAL_PORTS;
		if (is_held_here(ucm_port_space(id), id->src.port))
			continue;
		err = keep ? open_port(id) : 0;
		if (err != -EADDRINUSE)
			break;
	}
	return err;
}

int ucm_take_port(struct ucm_id *id, bool keep)
{
	int err;

	if (!id->src.port)
		return take_any_port(id, keep);
	if (ucm_by_wire())
		return have_port(id);
	if (id->reuseaddr)
		return find_conflict(id, true);
	err = open_port(id);
	if (!err)
		err = find_conflict(id, false);
	if (err)
		ucm_put_port(id);
	return err;
}

int ucm_listen_port(struct ucm_id *id)
{
	int err;

	if (ucm_by_wire())
		return id->has_port ? 0 : have_port(id);
	if (id->port_fd < 0) {
		err = open_port(id);
		if (!err)
			err = find_conflict(id, false);
		if (err) {
			ucm_put_port(id);
			return err;
		}
	}
	/* The kernel's own limit applies; who is turned away tries again. */
	return listen(id->port_fd, SOMAXCONN) ? -errno : 0;
}

void ucm_put_port(struct ucm_id *id)
{
	if (id->port_fd >= 0)
		ucm_unwatch(id->port_fd);
	id->port_fd = -1;
	id->has_port = false;
}

static int try_connect(uint16_t ps, uint16_t port, const char *part)
{
	struct sockaddr_un un;
	socklen_t len = name_of(&un, ps, port, part);
	int fd, err;

	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&un, len)) {
		if (ucm_peer_allowed(fd))
			return skua_file_hide(fd);
		err = -ECONNREFUSED;
	} else {
		err = -errno;
	}
	skua_native_close(fd);
	return err;
}

int ucm_connect_port(uint16_t ps, const struct ucm_addr *addr)
{
	char raw[PART_MAX], part[PART_MAX + 1];
	/* The most specific first, as the kernel matches. */
	const char *names[] = { raw, NULL, "any" };
	unsigned int i, reuse;
	int fd;

	raw_part(raw, addr->raw);
	names[1] = ucm_addr_is_ipv4(addr) ? "any4" : "any6";
	for (i = 0; i < 3; i++) {
		for (reuse = 0; reuse < 2; reuse++) {
			snprintf(part, sizeof(part), "%s%s", names[i],
				 reuse ? "r" : "");
			fd = try_connect(ps, addr->port, part);
			if (fd != -ECONNREFUSED)
				return fd;
		}
	}
	return -ECONNREFUSED;
}
