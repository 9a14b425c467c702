// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Which device, address and port are used, and where the other end is. */
#include <netinet/in.h>

#include "cm.h"

/* The first device that has the address. */
static struct skua_user_dev *device_of(const uint8_t raw[16])
{
	unsigned int i;

	for (i = 0; i < skua_user_devices(); i++) {
		struct skua_user_dev *dev = skua_user_device(i);

		if (skua_user_find_gid(dev, raw) >= 0)
			return dev;
	}
	return NULL;
}

/* An address of the device, of the same family if it has one. */
static const uint8_t *gid_like(const struct skua_user_dev *dev, bool ipv4)
{
	struct ucm_addr addr = { .family = AF_INET6 };
	unsigned int i;

	for (i = 0; i < dev->ngids; i++) {
		memcpy(addr.raw, dev->gid[i].raw, 16);
		if (ucm_addr_is_ipv4(&addr) == ipv4)
			return dev->gid[i].raw;
	}
	return dev->ngids ? dev->gid[0].raw : NULL;
}

/*
 * The device and its GID for an address of this machine. Loopback addresses
 * are everybody's: a device that lacks them stands in with another GID.
 */
static int find_local(const struct ucm_addr *addr, struct skua_user_dev **dev,
		      uint8_t gid[16])
{
	const uint8_t *other;

	*dev = device_of(addr->raw);
	if (*dev) {
		memcpy(gid, addr->raw, 16);
		return 0;
	}
	if (!ucm_addr_is_loopback(addr))
		return -EADDRNOTAVAIL;
	*dev = skua_user_device(0);
	other = *dev ? gid_like(*dev, ucm_addr_is_ipv4(addr)) : NULL;
	if (!other)
		return -ENODEV;
	memcpy(gid, other, 16);
	return 0;
}

bool ucm_is_here(const struct ucm_addr *addr)
{
	return ucm_addr_is_loopback(addr) || device_of(addr->raw);
}

/*
 * keep: the port is held against other processes, as someone may connect to
 * it. Otherwise it only tells this process's connections apart.
 */
int ucm_bind_addr(struct ucm_id *id, const struct ucm_addr *addr, bool keep)
{
	struct skua_user_dev *dev = NULL;
	uint8_t gid[16] = { 0 };
	int err;

	if (id->state != UCM_IDLE)
		return -EINVAL;
	if (ucm_addr_is_linklocal(addr) && !addr->scope_id)
		return -EINVAL;
	if (!ucm_addr_is_any(addr)) {
		err = find_local(addr, &dev, gid);
		if (err)
			return err;
	}
	id->src = *addr;
	if (!id->afonly_set)
		id->afonly = addr->family == AF_INET;
	err = ucm_take_port(id, keep);
	if (err) {
		memset(&id->src, 0, sizeof(id->src));
		return err;
	}
	id->dev = dev;
	memcpy(id->sgid, gid, 16);
	id->state = UCM_BOUND;
	return 0;
}

static int bind_sockaddr(struct ucm_call *c, uint32_t handle, const void *sa)
{
	struct ucm_addr addr;
	struct ucm_id *id;
	int err;

	id = ucm_find(c, handle, &err);
	if (!id)
		return err;
	if (!ucm_addr_parse(&addr, sa))
		return -EINVAL;
	return ucm_bind_addr(id, &addr, true);
}

int ucm_bind_ip(struct ucm_call *c)
{
	const struct rdma_ucm_bind_ip *cmd = c->in;

	if (ucm_addr_size(cmd->addr.sin6_family) > sizeof(cmd->addr))
		return -EINVAL;
	return bind_sockaddr(c, cmd->id, &cmd->addr);
}

int ucm_bind(struct ucm_call *c)
{
	const struct rdma_ucm_bind *cmd = c->in;

	if (cmd->reserved || !cmd->addr_size ||
	    cmd->addr_size != ucm_addr_size(cmd->addr.ss_family))
		return -EINVAL;
	return bind_sockaddr(c, cmd->id, &cmd->addr);
}

/* No address to go to: this machine itself, as connect() takes it. */
static void loop_back(struct ucm_id *id)
{
	const struct skua_user_dev *dev = id->dev ? id->dev :
						    skua_user_device(0);
	const uint8_t *gid;

	if (id->dev)
		gid = id->sgid;
	else
		gid = dev ? gid_like(dev, id->dst.family == AF_INET) : NULL;
	if (gid)
		memcpy(id->dst.raw, gid, 16);
}

/*
 * The address that a packet to dst comes from. What is on this machine is
 * talked to by its own address, as routes do; another's by the first we have.
 */
static int choose_source(struct ucm_id *id)
{
	struct skua_user_dev *dev = id->dev;
	const uint8_t *gid;

	if (dev)
		return 0;
	if (!find_local(&id->dst, &dev, id->sgid)) {
		memcpy(id->src.raw, id->dst.raw, 16);
	} else {
		dev = skua_user_device(0);
		gid = dev ? gid_like(dev, ucm_addr_is_ipv4(&id->dst)) : NULL;
		if (!gid)
			return -ENODEV;
		memcpy(id->sgid, gid, 16);
		memcpy(id->src.raw, gid, 16);
		/* On a link nobody can tell whom such a packet is from. */
		if (ucm_by_wire() && ucm_addr_is_ipv4(&id->src) !=
					     ucm_addr_is_ipv4(&id->dst))
			return -ENETUNREACH;
	}
	if (ucm_addr_is_linklocal(&id->src) && !id->src.scope_id)
		id->src.scope_id = id->dst.scope_id;
	id->dev = dev;
	return 0;
}

static int find_peer(struct ucm_id *id)
{
	struct skua_user_dev *dev;
	uint8_t mac[6];
	int err;

	/* The e-switch does not replicate RoCE packets. */
	if (ucm_addr_is_multicast(&id->dst))
		return -EOPNOTSUPP;
	if (ucm_addr_is_any(&id->dst))
		loop_back(id);
	if (find_local(&id->dst, &dev, id->dgid))
		memcpy(id->dgid, id->dst.raw, 16);
	err = choose_source(id);
	if (!err && ucm_by_wire())
		err = ucm_wire_start(id);
	return err ? err : skua_user_resolve(id->dev, id->dgid, mac);
}

static int resolve(struct ucm_call *c, uint32_t handle, const void *src,
		   const void *dst)
{
	struct ucm_addr addr;
	struct ucm_id *id;
	int err;

	id = ucm_find(c, handle, &err);
	if (!id)
		return err;
	if (id->state == UCM_IDLE) {
		if (!src || !ucm_addr_parse(&addr, src)) {
			memset(&addr, 0, sizeof(addr));
			ucm_addr_parse(&addr, dst);
			memset(addr.raw, 0, sizeof(addr.raw));
			if (addr.family == AF_INET)
				memset(addr.raw + 10, 0xff, 2);
			addr.port = 0;
		}
		err = ucm_bind_addr(id, &addr, addr.port);
		if (err)
			return err;
	}
	if (id->state != UCM_BOUND || !ucm_addr_parse(&addr, dst) ||
	    addr.family != id->src.family)
		return -EINVAL;
	id->dst = addr;
	err = find_peer(id);
	if (err) {
		ucm_tell(id, UCM_ADDR_ERROR, err);
		return 0;
	}
	id->state = UCM_ADDRESS;
	ucm_tell(id, UCM_ADDR_RESOLVED, 0);
	return 0;
}

int ucm_resolve_ip(struct ucm_call *c)
{
	const struct rdma_ucm_resolve_ip *cmd = c->in;
	size_t src = ucm_addr_size(cmd->src_addr.sin6_family);
	size_t dst = ucm_addr_size(cmd->dst_addr.sin6_family);

	if ((cmd->src_addr.sin6_family && !src) ||
	    src > sizeof(cmd->src_addr) || !dst || dst > sizeof(cmd->dst_addr))
		return -EINVAL;
	return resolve(c, cmd->id, src ? &cmd->src_addr : NULL, &cmd->dst_addr);
}

int ucm_resolve_addr(struct ucm_call *c)
{
	const struct rdma_ucm_resolve_addr *cmd = c->in;

	if (cmd->reserved || !cmd->dst_size ||
	    cmd->dst_size != ucm_addr_size(cmd->dst_addr.ss_family) ||
	    (cmd->src_size &&
	     cmd->src_size != ucm_addr_size(cmd->src_addr.ss_family)))
		return -EINVAL;
	return resolve(c, cmd->id, cmd->src_size ? &cmd->src_addr : NULL,
		       &cmd->dst_addr);
}

/* There is one way to the other end, and it takes no time to find it. */
int ucm_resolve_route(struct ucm_call *c)
{
	const struct rdma_ucm_resolve_route *cmd = c->in;
	struct ucm_id *id;
	int err;

	id = ucm_find_bound(c, cmd->id, &err);
	if (!id)
		return err;
	if (!cmd->timeout_ms || id->state != UCM_ADDRESS)
		return -EINVAL;
	id->state = UCM_ROUTE;
	ucm_tell(id, UCM_ROUTE_RESOLVED, 0);
	return 0;
}
