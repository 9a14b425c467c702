// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Identifiers: by handle, and from their creation to their end. */
#include <sys/random.h>

#include "cm.h"

static struct ucm_id *ids[UCM_MAX_IDS];
/* Handles go round, so that one is not soon given to another. */
static uint32_t next_handle, highest;

struct ucm_id *ucm_id_of(uint32_t handle)
{
	return handle < UCM_MAX_IDS ? ids[handle] : NULL;
}

struct ucm_id *ucm_find(struct ucm_call *c, uint32_t handle, int *err)
{
	struct ucm_id *id = ucm_id_of(handle);

	if (!id)
		*err = -ENOENT;
	else if (id->channel != c->channel)
		*err = -EINVAL;
	else
		return id;
	return NULL;
}

struct ucm_id *ucm_find_bound(struct ucm_call *c, uint32_t handle, int *err)
{
	struct ucm_id *id = ucm_find(c, handle, err);

	if (!id || id->dev)
		return id;
	*err = -EINVAL;
	return NULL;
}

static bool new_handle(uint32_t *handle)
{
	unsigned int i;

	for (i = 0; i < UCM_MAX_IDS; i++) {
		*handle = (next_handle + i) % UCM_MAX_IDS;
		if (ids[*handle])
			continue;
		next_handle = *handle + 1;
		if (*handle >= highest)
			highest = *handle + 1;
		return true;
	}
	return false;
}

/* Where the peer is to start: not where another connection just was. */
static uint32_t random_psn(void)
{
	uint32_t psn;

	if (getrandom(&psn, sizeof(psn), GRND_NONBLOCK) != sizeof(psn))
		psn = ucm_now();
	return psn & 0xffffff;
}

struct ucm_id *ucm_new_id(struct ucm_channel *ch, uint16_t ps, uint8_t qp_type)
{
	struct ucm_id *id = calloc(1, sizeof(*id));

	if (!id)
		return NULL;
	if (!new_handle(&id->handle)) {
		free(id);
		return NULL;
	}
	ids[id->handle] = id;
	id->ps = ps;
	id->qp_type = qp_type;
	id->port_fd = -1;
	id->peer_fd = -1;
	id->conn.psn = random_psn();
	id->channel = ch;
	list_add_tail(&id->list, &ch->ids);
	return id;
}

void ucm_destroy(struct ucm_id *id)
{
	ucm_say_goodbye(id);
	ucm_hang_up(id);
	ucm_put_port(id);
	ucm_drop_events(id);
	list_del(&id->list);
	ids[id->handle] = NULL;
	free(id);
}

void ucm_move_id(struct ucm_id *id, struct ucm_channel *to)
{
	list_del(&id->list);
	list_add_tail(&id->list, &to->ids);
	id->channel = to;
}

struct ucm_id *ucm_next_id(const struct ucm_id *id)
{
	uint32_t i;

	for (i = id ? id->handle + 1 : 0; i < highest; i++)
		if (ids[i])
			return ids[i];
	return NULL;
}

/* Those of the parent stay as they are, and unused. */
void ucm_forget_ids(void)
{
	memset(ids, 0, highest * sizeof(ids[0]));
	highest = 0;
}

static bool qp_type_of(const struct rdma_ucm_create_id *cmd, uint8_t *qp_type)
{
	switch (cmd->ps) {
	case RDMA_PS_TCP:
		*qp_type = IB_UVERBS_QPT_RC;
		return true;
	case RDMA_PS_UDP:
	case RDMA_PS_IPOIB:
		*qp_type = IB_UVERBS_QPT_UD;
		return true;
	case RDMA_PS_IB:
		*qp_type = cmd->qp_type;
		return true;
	default:
		return false;
	}
}

int ucm_create_id(struct ucm_call *c)
{
	const struct rdma_ucm_create_id *cmd = c->in;
	struct rdma_ucm_create_id_resp resp;
	struct ucm_id *id;
	uint8_t qp_type;
	int err;

	if (!qp_type_of(cmd, &qp_type))
		return -EINVAL;
	id = ucm_new_id(c->channel, cmd->ps, qp_type);
	if (!id)
		return -ENOMEM;
	id->uid = cmd->uid;
	resp.id = id->handle;
	err = ucm_answer(c, cmd->response, &resp, sizeof(resp));
	if (err)
		ucm_destroy(id);
	return err;
}

int ucm_destroy_id(struct ucm_call *c)
{
	const struct rdma_ucm_destroy_id *cmd = c->in;
	struct rdma_ucm_destroy_id_resp resp;
	struct ucm_id *id;
	int err;

	id = ucm_find(c, cmd->id, &err);
	if (!id)
		return err;
	resp.events_reported = id->events_reported;
	ucm_destroy(id);
	return ucm_answer(c, cmd->response, &resp, sizeof(resp));
}

/* The command is written to the new channel and names the old one. */
int ucm_migrate_id(struct ucm_call *c)
{
	const struct rdma_ucm_migrate_id *cmd = c->in;
	struct rdma_ucm_migrate_resp resp;
	struct ucm_call old = { 0 };
	struct skua_file *f;
	struct ucm_id *id;
	int err = -EINVAL;

	f = skua_file_get(cmd->fd);
	if (!f)
		return -ENOENT;
	old.channel = ucm_channel_of(f);
	if (!old.channel)
		goto out;
	pthread_mutex_lock(&ucm_lock);
	id = ucm_find(&old, cmd->id, &err);
	if (id) {
		resp.events_reported = id->events_reported;
		if (old.channel != c->channel) {
			ucm_move_events(id, c->channel);
			ucm_move_id(id, c->channel);
		}
		err = ucm_answer(c, cmd->response, &resp, sizeof(resp));
	}
	pthread_mutex_unlock(&ucm_lock);
out:
	/* It may be the last of a channel that is just being closed. */
	skua_file_put(f);
	return err;
}
