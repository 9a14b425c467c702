// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Peers that have connected and not yet said what they want. Those that are
 * ours do so at once; when there is no room for more, the one that was silent
 * longest goes.
 */
#include "cm.h"

#define MAX_STRANGERS 64
#define STRANGER_MS   5000

static struct stranger {
	int fd;			/* 0: none */
	uint32_t listener;
	uint64_t deadline;
} strangers[MAX_STRANGERS];

static void dismiss(struct stranger *s)
{
	ucm_unwatch(s->fd);
	s->fd = 0;
}

void ucm_hear_stranger(uint32_t index)
{
	struct stranger *s = &strangers[index];
	struct ucm_id *listener;
	struct ucm_msg msg;
	int ret, fd = s->fd;

	if (!fd)
		return;
	ret = ucm_peer_receive(fd, &msg);
	if (!ret)
		return;
	s->fd = 0;
	listener = ucm_id_of(s->listener);
	if (ret > 0 && listener) {
		ucm_heard_request(listener, fd, &msg);
		return;
	}
	if (ret > 0)
		ucm_peer_refuse(fd, UCM_REJ_INVALID_SERVICE_ID);
	ucm_unwatch(fd);
}

static struct stranger *place_for_stranger(void)
{
	struct stranger *oldest = &strangers[0];
	unsigned int i;

	for (i = 0; i < MAX_STRANGERS; i++) {
		if (!strangers[i].fd)
			return &strangers[i];
		if (strangers[i].deadline < oldest->deadline)
			oldest = &strangers[i];
	}
	dismiss(oldest);
	return oldest;
}

void ucm_let_in(const struct ucm_id *listener, int fd)
{
	struct stranger *s;

	if (!ucm_peer_allowed(fd)) {
		ucm_peer_refuse(fd, UCM_REJ_INVALID_SERVICE_ID);
		skua_native_close(fd);
		return;
	}
	fd = skua_file_hide(fd);
	if (fd < 0)
		return;
	s = place_for_stranger();
	s->fd = fd;
	s->listener = listener->handle;
	s->deadline = ucm_now() + STRANGER_MS;
	if (ucm_watch_stranger(fd, s - strangers, s->deadline))
		dismiss(s);
	else
		ucm_hear_stranger(s - strangers);
}

uint64_t ucm_check_strangers(uint64_t now)
{
	uint64_t next = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < MAX_STRANGERS; i++) {
		if (!strangers[i].fd)
			continue;
		if (strangers[i].deadline <= now)
			dismiss(&strangers[i]);
		else if (strangers[i].deadline < next)
			next = strangers[i].deadline;
	}
	return next;
}

void ucm_forget_strangers(void)
{
	memset(strangers, 0, sizeof(strangers));
}
