// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "device.h"
#include "peer.h"
#include "skua_own_user.h"

#define QPN_MASK 0xffffffu

bool ucm_peer_allowed(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return false;
	switch (skua_user_share()) {
	case SKUA_USER_SHARE_ALL:
		return true;
	case SKUA_USER_SHARE_GROUP:
		return skua_own_user(&cred) || skua_own_group(cred.gid);
	default:
		return skua_own_user(&cred);
	}
}

/*
 * No peer is sent more than one message of a kind, for which any socket has
 * room: one that does not take them is not asked again.
 */
bool ucm_peer_send(int fd, struct ucm_msg *msg, enum ucm_msg_type type)
{
	ssize_t n;

	msg->magic = UCM_MSG_MAGIC;
	msg->type = type;
	do {
		n = send(fd, msg, sizeof(*msg), MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n == sizeof(*msg);
}

void ucm_peer_refuse(int fd, uint32_t reason)
{
	struct ucm_msg msg = { .reason = reason };

	ucm_peer_send(fd, &msg, UCM_MSG_REJ);
}

static bool is_sound(const struct ucm_msg *msg)
{
	return msg->magic == UCM_MSG_MAGIC && msg->type < UCM_MSG_TYPES &&
	       msg->qpn <= QPN_MASK && msg->psn <= QPN_MASK &&
	       msg->retry_count <= 7 && msg->rnr_retry_count <= 7;
}

int ucm_peer_receive(int fd, struct ucm_msg *msg)
{
	ssize_t n;

	do {
		/* The true length, also of what is longer than there is room. */
		n = recv(fd, msg, sizeof(*msg), MSG_DONTWAIT | MSG_TRUNC);
		/*
		 * A peer that closes without having heard all of what we said
		 * gives ECONNRESET, once, before what it had to say.
		 */
	} while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0 && errno == EAGAIN)
		return 0;
	return n == sizeof(*msg) && is_sound(msg) ? 1 : -1;
}
