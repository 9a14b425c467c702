// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <time.h>

#include "control_links.h"
#include "impair_rig.h"
#include "rdma/refusal.h"
#include "wire/result.h"

static void lock(void *ctx)
{
	struct control_links *ls = ctx;

	pthread_mutex_lock(&ls->lock);
	assert_false(ls->locked);
	ls->locked = true;
}

static void unlock(void *ctx)
{
	struct control_links *ls = ctx;

	assert_true(ls->locked);
	ls->locked = false;
	pthread_mutex_unlock(&ls->lock);
}

static bool view(void *ctx, unsigned int i, struct skua_link_view *v)
{
	struct control_links *ls = ctx;

	static const uint64_t refused[SKUA_WIRE_RESULTS] = {
		[SKUA_WIRE_TRUNCATED] = 2,
		[SKUA_WIRE_BAD_ICRC] = 5,
	};

	static const uint64_t unwanted[SKUA_REFUSALS] = {
		[SKUA_REFUSED_NO_QP] = 3,
	};

	assert_true(ls->locked);
	if (i >= ls->n)
		return false;
	*v = (struct skua_link_view){
		.name = ls->link[i].name,
		.up = i == 0,
		.stats = ls->link[i].stats,
		.refused = refused,
		.unwanted = unwanted,
		.lost = 7,
		.impair = ls->link[i].impair,
		.capture = ls->link[i].cap,
	};
	return true;
}

static void capture(void *ctx, unsigned int i, struct skua_capture *cap,
		    unsigned int point)
{
	struct control_links *ls = ctx;

	assert_true(ls->locked);
	assert_in_range(i, 0, ls->n - 1);
	ls->link[i].cap = cap;
	ls->link[i].point = point;
}

static void capture_port(void *ctx, unsigned int i, struct skua_capture *cap,
			 unsigned int point)
{
	struct control_links *ls = ctx;

	(void)point;
	assert_true(ls->locked);
	assert_in_range(i, 0, PORTS - 1);
	ls->port_cap[i] = cap;
}

static struct skua_capture *port_captured(void *ctx, unsigned int i)
{
	struct control_links *ls = ctx;

	assert_true(ls->locked);
	assert_in_range(i, 0, PORTS - 1);
	return ls->port_cap[i];
}

struct skua_link_owner control_links_host(struct control_links *ls)
{
	return (struct skua_link_owner){
		.ctx = ls,
		.lock = lock,
		.unlock = unlock,
		.view = view,
		.capture = capture,
		.ports = PORTS,
		.capture_port = capture_port,
		.port_captured = port_captured,
	};
}

struct passage {
	struct one_link *link;
	enum skua_link_dir dir;
};

static void show(struct passage *p, const struct skua_frame *f,
		 const char *comment)
{
	struct timespec now;

	if (!p->link->cap)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	skua_capture_frame(p->link->cap, p->link->point, p->dir, f,
			   now.tv_sec * 1000000000ull + now.tv_nsec, comment);
}

static void gone(void *ctx, const struct skua_frame *f, const char *comment)
{
	struct passage *p = ctx;

	if (p->dir == SKUA_LINK_OUT) {
		p->link->stats.tx_frames++;
		p->link->stats.tx_bytes += f->len;
	} else {
		p->link->stats.rx_frames++;
		p->link->stats.rx_bytes += f->len;
	}
	show(p, f, comment);
}

static void lost(void *ctx, const struct skua_frame *f, const char *comment)
{
	show(ctx, f, comment);
}

void control_links_send(struct control_links *ls, uint32_t psn)
{
	const struct made m = { .opcode = RC_ACK, .qp = 17, .psn = psn,
				.payload = 4 };
	uint8_t buf[SKUA_FRAME_MAX];
	struct skua_frame f;
	struct passage p;
	unsigned int i;

	lock(ls);
	for (i = 0; i < 2 * ls->n; i++) {
		p = (struct passage){ &ls->link[i / 2], i % 2 };
		f = make_frame(buf, &m);
		skua_impair_frame(p.link->impair, p.dir, &f, 0, gone, &p);
	}
	unlock(ls);
}

void control_links_init(struct control_links *ls)
{
	static const char *const names[LINKS] = { "udp:198.51.100.1",
						  "shm:pair" };
	unsigned int i;

	*ls = (struct control_links){ .n = LINKS };
	pthread_mutex_init(&ls->lock, NULL);
	for (i = 0; i < LINKS; i++) {
		ls->link[i].name = names[i];
		ls->link[i].impair = skua_impair_create();
		assert_non_null(ls->link[i].impair);
		skua_impair_watch(ls->link[i].impair, lost);
	}
}

void control_links_fini(struct control_links *ls)
{
	unsigned int i;

	for (i = 0; i < LINKS; i++)
		skua_impair_destroy(ls->link[i].impair);
	pthread_mutex_destroy(&ls->lock);
}
