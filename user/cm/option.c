// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Options of an identifier. */
#include <rdma/ib_user_sa.h>

#include "cm.h"
#include "copy.h"

/* No option is larger: paths of the kind that librdmacm gives, a few. */
#define OPTION_MAX (8 * sizeof(struct ib_path_rec_data))

static int set_reuseaddr(struct ucm_id *id, int val)
{
	if (!(val && id->state != UCM_LISTEN) && id->state != UCM_IDLE)
		return -EINVAL;
	id->reuseaddr = val;
	return 0;
}

static int set_afonly(struct ucm_id *id, int val)
{
	if (id->state != UCM_IDLE && id->state != UCM_BOUND)
		return -EINVAL;
	id->afonly = val;
	id->afonly_set = true;
	return 0;
}

static int set_ack_timeout(struct ucm_id *id, uint8_t val)
{
	if (id->qp_type != IB_UVERBS_QPT_RC &&
	    id->qp_type != IB_UVERBS_QPT_XRC_INI)
		return -EINVAL;
	id->ack_timeout = val & 31;
	id->ack_timeout_set = true;
	return 0;
}

static int set_id_option(struct ucm_id *id, uint32_t name, const void *val,
			 size_t len)
{
	int word = 0;

	switch (name) {
	case RDMA_OPTION_ID_REUSEADDR:
	case RDMA_OPTION_ID_AFONLY:
		if (len != sizeof(word))
			return -EINVAL;
		memcpy(&word, val, sizeof(word));
		return name == RDMA_OPTION_ID_AFONLY ? set_afonly(id, word) :
						       set_reuseaddr(id, word);
	case RDMA_OPTION_ID_TOS:
		if (len != 1)
			return -EINVAL;
		id->tos = *(const uint8_t *)val;
		return 0;
	case RDMA_OPTION_ID_ACK_TIMEOUT:
		if (len != 1)
			return -EINVAL;
		return set_ack_timeout(id, *(const uint8_t *)val);
	default:
		return -ENOSYS;
	}
}

/* A path to use rather than one that is asked for: here there is but one. */
static int set_path(struct ucm_id *id, const void *val, size_t len)
{
	const uint32_t usable =
		IB_PATH_GMP | IB_PATH_PRIMARY | IB_PATH_BIDIRECTIONAL;
	struct ib_path_rec_data path;
	size_t at;

	if (!len || len % sizeof(path))
		return -EINVAL;
	for (at = 0; at < len; at += sizeof(path)) {
		memcpy(&path, (const char *)val + at, sizeof(path));
		if (path.flags == usable)
			break;
	}
	if (at == len || !id->dev || id->state != UCM_ADDRESS)
		return -EINVAL;
	id->state = UCM_ROUTE;
	ucm_tell(id, UCM_ROUTE_RESOLVED, 0);
	return 0;
}

int ucm_set_option(struct ucm_call *c)
{
	const struct rdma_ucm_set_option *cmd = c->in;
	uint8_t val[OPTION_MAX];
	struct ucm_id *id;
	int err;

	if (cmd->optlen > sizeof(val))
		return -EINVAL;
	id = ucm_find(c, cmd->id, &err);
	if (!id)
		return err;
	err = skua_copy_user(val, (const void *)(uintptr_t)cmd->optval,
			     cmd->optlen);
	if (err)
		return err;
	if (cmd->level == RDMA_OPTION_ID)
		return set_id_option(id, cmd->optname, val, cmd->optlen);
	if (cmd->level == RDMA_OPTION_IB && cmd->optname == RDMA_OPTION_IB_PATH)
		return set_path(id, val, cmd->optlen);
	return -ENOSYS;
}
