// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The device, the connections, and the socket by which the two ends agree. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "soak.h"

/* The other end may come later. */
#define TRIES	   100
#define TRY_US	   100000
#define SOCKET_SECONDS 120

static void *need(struct soak *s, void *p, const char *what)
{
	if (!p)
		soak_fail(s, "%s: %s", what, strerror(errno));
	return p;
}

/* The socket ------------------------------------------------------------- */

static int try_once(const struct options *opt, const struct addrinfo *ai)
{
	int sock = socket(ai->ai_family, SOCK_STREAM, 0), one = 1, conn;

	if (sock < 0)
		return -1;
	if (opt->host) {
		if (!connect(sock, ai->ai_addr, ai->ai_addrlen))
			return sock;
	} else {
		setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (!bind(sock, ai->ai_addr, ai->ai_addrlen) &&
		    !listen(sock, 1)) {
			conn = accept(sock, NULL, NULL);
			close(sock);
			return conn;
		}
	}
	close(sock);
	return -1;
}

static int meet(struct soak *s)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
				  .ai_family = s->opt.host ? AF_UNSPEC : AF_INET6,
				  .ai_flags = AI_PASSIVE };
	struct timeval wait = { .tv_sec = SOCKET_SECONDS };
	struct addrinfo *ai;
	char port[16];
	int sock = -1, i, err;

	snprintf(port, sizeof(port), "%d", s->opt.port);
	err = getaddrinfo(s->opt.host, port, &hints, &ai);
	if (err)
		soak_fail(s, "%s: %s", s->opt.host, gai_strerror(err));
	for (i = 0; i < TRIES && sock < 0; i++) {
		sock = try_once(&s->opt, ai);
		if (sock < 0)
			usleep(TRY_US);
	}
	freeaddrinfo(ai);
	if (sock < 0)
		soak_fail(s, "port %d: %s", s->opt.port, strerror(errno));
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	return sock;
}

void soak_exchange(struct soak *s, const void *ours, void *theirs, size_t len)
{
	if (send(s->sock, ours, len, MSG_NOSIGNAL) != (ssize_t)len ||
	    recv(s->sock, theirs, len, MSG_WAITALL) != (ssize_t)len)
		soak_fail(s, "the other end is gone");
}

/* Both know seed and number of queue pairs from the one that connects. */
static void agree(struct soak *s)
{
	struct options ours = s->opt, theirs;

	ours.device = NULL;
	ours.host = NULL;
	soak_exchange(s, &ours, &theirs, sizeof(ours));
	if (s->opt.host)
		return;
	if (!theirs.qps || theirs.qps > MAX_QPS)
		soak_fail(s, "the other end wants %u queue pairs", theirs.qps);
	s->opt.seed = theirs.seed;
	s->opt.qps = theirs.qps;
	s->opt.mtu = theirs.mtu;
	s->opt.bytes = theirs.bytes;
	s->opt.seconds = theirs.seconds;
}

/* Memory ----------------------------------------------------------------- */

static uint8_t *make_pool(struct soak *s, uint64_t seed)
{
	uint64_t *pool = need(s, malloc(POOL_SIZE), "the pool");
	uint32_t i;

	seed |= 1;
	for (i = 0; i < POOL_SIZE / 8; i++)
		pool[i] = soak_random(&seed) << 32 ^ soak_random(&seed);
	return (uint8_t *)pool;
}

static void open_end(struct soak *s, unsigned int i)
{
	struct ibv_qp_init_attr init = {
		.send_cq = s->send_cq,
		.recv_cq = s->recv_cq,
		.cap = { .max_send_wr = SQ_DEPTH,
			 .max_recv_wr = RQ_DEPTH,
			 .max_send_sge = 2,
			 .max_recv_sge = 1,
			 .max_inline_data = 128 },
		.qp_type = IBV_QPT_RC,
	};
	int access = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE |
		     IBV_ACCESS_REMOTE_ATOMIC;
	struct end *e = &s->end[i];

	e->soak = s;
	e->random = (s->opt.seed + i) * 2 + 1 + (s->opt.host ? 1ull << 40 : 0);
	e->lazy = 1;
	e->mem = mmap(NULL, sizeof(*e->mem), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (e->mem == MAP_FAILED)
		soak_fail(s, "mmap: %s", strerror(errno));
	/* Completions alone tell what is there, so both orders must do. */
	if (i % 2)
		access |= IBV_ACCESS_RELAXED_ORDERING;
	e->mr = need(s, ibv_reg_mr(s->pd, e->mem, sizeof(*e->mem), access),
		     "ibv_reg_mr");
	e->qp = need(s, ibv_create_qp(s->pd, &init), "ibv_create_qp");
	s->max_inline = init.cap.max_inline_data;
}

static void modify(struct end *e, struct ibv_qp_attr *attr, int mask)
{
	int err = ibv_modify_qp(e->qp, attr, mask | IBV_QP_STATE);

	if (err)
		soak_fail(e->soak, "ibv_modify_qp, state %d: %s",
			  attr->qp_state, strerror(err));
}

static enum ibv_mtu mtu_of(unsigned int bytes)
{
	return __builtin_ctz(bytes) - 7;
}

static void connect_end(struct end *e, uint32_t psn)
{
	const struct options *opt = &e->soak->opt;
	struct ibv_qp_attr init = {
		.qp_state = IBV_QPS_INIT,
		.port_num = 1,
		.qp_access_flags = IBV_ACCESS_REMOTE_WRITE |
				   IBV_ACCESS_REMOTE_READ |
				   IBV_ACCESS_REMOTE_ATOMIC,
	};
	struct ibv_qp_attr rtr = {
		.qp_state = IBV_QPS_RTR,
		.path_mtu = mtu_of(opt->mtu),
		.dest_qp_num = e->peer.qpn,
		.rq_psn = e->peer.psn,
		.max_dest_rd_atomic = READS,
		.min_rnr_timer = 4, /* 40 us */
		.ah_attr = { .is_global = 1,
			     .port_num = 1,
			     .grh = { .sgid_index = opt->gid_index,
				      .hop_limit = 64 } },
	};
	struct ibv_qp_attr rts = {
		.qp_state = IBV_QPS_RTS,
		/*
		 * 1.07 s, and seven times more: what is lost is repeated long
		 * before that, but a process that shares two processors with a
		 * dozen others may get none for seconds.
		 */
		.timeout = 18,
		.retry_cnt = 7,
		.rnr_retry = 7,
		.sq_psn = psn,
		.max_rd_atomic = READS,
	};

	memcpy(&rtr.ah_attr.grh.dgid, e->peer.gid, 16);
	modify(e, &init, IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS);
	modify(e, &rtr, IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN |
				IBV_QP_RQ_PSN | IBV_QP_MAX_DEST_RD_ATOMIC |
				IBV_QP_MIN_RNR_TIMER);
	modify(e, &rts, IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY |
				IBV_QP_SQ_PSN | IBV_QP_MAX_QP_RD_ATOMIC);
	soak_give_receives(e);
}

static void connect_all(struct soak *s)
{
	struct address ours[MAX_QPS] = { 0 }, theirs[MAX_QPS];
	uint64_t random = s->opt.seed * 2 + 1;
	union ibv_gid gid;
	unsigned int i;

	if (ibv_query_gid(s->ctx, 1, s->opt.gid_index, &gid))
		soak_fail(s, "there is no GID %d", s->opt.gid_index);
	for (i = 0; i < s->opt.qps; i++) {
		ours[i] = (struct address){
			.qpn = s->end[i].qp->qp_num,
			/* Some of them pass zero soon. */
			.psn = i % 2 ? 0xfffff0 : soak_random(&random) & 0xffffff,
			.memory = (uintptr_t)s->end[i].mem,
			.memory_key = s->end[i].mr->rkey,
			.pool = (uintptr_t)s->pool,
			.pool_key = s->pool_mr->rkey,
		};
		memcpy(ours[i].gid, &gid, 16);
	}
	soak_exchange(s, ours, theirs, sizeof(ours));
	for (i = 0; i < s->opt.qps; i++) {
		s->end[i].peer = theirs[i];
		connect_end(&s->end[i], ours[i].psn);
	}
	/* Nobody sends before the other end can receive. */
	soak_exchange(s, &gid, &gid, sizeof(gid));
}

static struct ibv_context *open_device(struct soak *s)
{
	struct ibv_device **list = ibv_get_device_list(NULL);
	struct ibv_context *ctx = NULL;
	unsigned int i;

	for (i = 0; list && list[i]; i++) {
		if (s->opt.device &&
		    strcmp(s->opt.device, ibv_get_device_name(list[i])))
			continue;
		ctx = ibv_open_device(list[i]);
		break;
	}
	if (list)
		ibv_free_device_list(list);
	if (!ctx)
		soak_fail(s, "there is no device %s",
			  s->opt.device ? s->opt.device : "at all");
	return ctx;
}

void soak_open(struct soak *s)
{
	const uint64_t side = 1ull << 60;
	unsigned int i;

	s->ctx = open_device(s);
	s->sock = meet(s);
	agree(s);
	s->pd = need(s, ibv_alloc_pd(s->ctx), "ibv_alloc_pd");
	s->send_cq = need(s, ibv_create_cq(s->ctx, s->opt.qps * SQ_DEPTH, NULL,
					   NULL, 0), "ibv_create_cq");
	s->recv_cq = need(s, ibv_create_cq(s->ctx, s->opt.qps * RQ_DEPTH, NULL,
					   NULL, 0), "ibv_create_cq");
	s->pool = make_pool(s, s->opt.seed ^ (s->opt.host ? side : 0));
	s->peer_pool = make_pool(s, s->opt.seed ^ (s->opt.host ? 0 : side));
	s->pool_mr = need(s, ibv_reg_mr(s->pd, s->pool, POOL_SIZE,
					IBV_ACCESS_LOCAL_WRITE |
						IBV_ACCESS_REMOTE_READ),
			  "ibv_reg_mr");
	for (i = 0; i < s->opt.qps; i++)
		open_end(s, i);
	connect_all(s);
}

void soak_close(struct soak *s)
{
	unsigned int i;

	for (i = 0; i < s->opt.qps; i++) {
		ibv_destroy_qp(s->end[i].qp);
		ibv_dereg_mr(s->end[i].mr);
		munmap(s->end[i].mem, sizeof(*s->end[i].mem));
	}
	ibv_dereg_mr(s->pool_mr);
	free(s->pool);
	free(s->peer_pool);
	ibv_destroy_cq(s->send_cq);
	ibv_destroy_cq(s->recv_cq);
	ibv_dealloc_pd(s->pd);
	ibv_close_device(s->ctx);
	close(s->sock);
}

/* What the adapter has to say about it. */
static void print_events(struct soak *s)
{
	struct ibv_async_event ev;

	if (!s->ctx)
		return;
	fcntl(s->ctx->async_fd, F_SETFL, O_NONBLOCK);
	while (!ibv_get_async_event(s->ctx, &ev))
		fprintf(stderr, "  event: %s\n",
			ibv_event_type_str(ev.event_type));
}

void soak_fail(struct soak *s, const char *fmt, ...)
{
	unsigned int i;
	va_list ap;

	va_start(ap, fmt);
	fputs("soak: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	for (i = 0; i < MAX_QPS && s->end[i].qp; i++) {
		const struct end *e = &s->end[i];

		fprintf(stderr,
			"  queue pair %2u 0x%06x: %u of %u requests done; %u messages sent, %u came; %u receives posted, %u taken%s%s\n",
			i, e->qp->qp_num, e->done, e->posted, e->seq,
			e->expected, e->given, e->taken,
			e->ended ? "; ended" : "",
			e->peer_ended ? "; the peer has ended" : "");
	}
	print_events(s);
	exit(1);
}
