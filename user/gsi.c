// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The library as a driver of its own adapter: one queue pair, its completion
 * queue and their memory, as hwi/ wants them. Datagrams are sent inline, so
 * that only those that come need buffers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "file.h"
#include "gsi.h"
#include "skua_translate_qp.h"

#define GRH_LEN 40
#define HOP_LIMIT 64
/* IBTA vol. 1, §3.5.3 */
#define GSI_QKEY 0x80010000u

#define LOG_SQ	9		/* blocks */
#define LOG_RQ	8
#define LOG_CQ	9
#define STRIDE	SKUA_HWI_RQ_MIN_LOG_STRIDE
/* A datagram in the send queue: control, path, data. */
#define SEND_LEN (sizeof(struct skua_hwi_wqe_ctrl) + \
		  sizeof(struct skua_hwi_wqe_ud) + SKUA_MAD_LEN)
#define SEND_BB	 (SEND_LEN / SKUA_HWI_WQE_BB)
#define SENDS	 ((1u << LOG_SQ) / SEND_BB)
#define RECVS	 (1u << LOG_RQ)

_Static_assert(SEND_LEN % SKUA_HWI_WQE_BB == 0, "whole blocks");
_Static_assert(SENDS + RECVS <= 1u << LOG_CQ, "every completion has a place");

/* What the adapter reads and writes; each ring begins on a page (hwi §4). */
struct memory {
	_Alignas(4096) uint8_t sq[1 << LOG_SQ][SKUA_HWI_WQE_BB];
	_Alignas(4096) struct {
		uint8_t entry[RECVS][1 << STRIDE];
		struct skua_hwi_rq_rec rec;
	} rq;
	_Alignas(4096) struct {
		struct skua_hwi_cqe entry[1 << LOG_CQ];
		struct skua_hwi_cq_rec rec;
	} cq;
	struct {
		uint8_t grh[GRH_LEN];
		uint8_t mad[SKUA_MAD_LEN];
	} buffer[RECVS];
};

struct skua_user_gsi {
	struct skua_user_dev *dev;
	struct memory *mem;
	struct skua_hwi_db_slot *db;
	int fd;
	uint32_t pdn, lkey, cqn;
	uint32_t sq_pi, unsent;	/* blocks; datagrams not completed yet */
	uint32_t rq_pi, cq_ci, serial;
};

static int create(struct skua_user_gsi *g, uint16_t opcode, const void *in,
		  size_t len, uint32_t *handle)
{
	struct skua_hwi_handle_out out;
	int err = skua_user_cmd(g->dev, opcode, in, len, &out, sizeof(out));

	if (!err)
		*handle = le32toh(out.handle);
	return err;
}

static int create_memory(struct skua_user_gsi *g)
{
	struct skua_hwi_create_mkey_in in = { 0 };
	void *p = mmap(NULL, sizeof(*g->mem), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err;

	if (p == MAP_FAILED)
		return -ENOMEM;
	madvise(p, sizeof(*g->mem), MADV_DONTFORK);
	g->mem = p;
	err = create(g, SKUA_HWI_CMD_CREATE_PD, NULL, 0, &g->pdn);
	if (err)
		return err;
	in.pdn = htole32(g->pdn);
	in.type = SKUA_HWI_MKEY_PHYS;
	in.access = SKUA_HWI_ACCESS_LOCAL_WRITE;
	return create(g, SKUA_HWI_CMD_CREATE_MKEY, &in, sizeof(in), &g->lkey);
}

/* There is room for as many completions as there can be. */
static void arm(struct skua_user_gsi *g)
{
	struct skua_hwi_cq_rec *rec = &g->mem->cq.rec;
	uint32_t val = ++g->serial << SKUA_HWI_ARM_SN_SHIFT | SKUA_HWI_ARM_ANY;

	__atomic_store_n(&rec->ci, htole32(g->cq_ci), __ATOMIC_RELEASE);
	__atomic_store_n(&rec->arm, htole32(val), __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static int create_cq(struct skua_user_gsi *g)
{
	struct skua_hwi_create_cq_in in = {
		.log_size = LOG_CQ,
		.eqn = htole32(skua_user_eqn(g->dev, 0)),
	};
	void *list;
	int err = skua_user_ring_pbl((uintptr_t)&g->mem->cq, sizeof(g->mem->cq),
				     &in.pbl, &list);

	if (!err)
		err = create(g, SKUA_HWI_CMD_CREATE_CQ, &in, sizeof(in),
			     &g->cqn);
	free(list);
	if (err)
		return err;
	skua_user_watch_cq(g->dev, g->cqn, g->fd);
	arm(g);
	return 0;
}

static int create_qp(struct skua_user_gsi *g)
{
	struct skua_hwi_create_qp_in in = {
		.type = SKUA_HWI_QPT_GSI,
		.log_sq = LOG_SQ,
		.log_rq = LOG_RQ,
		.log_rq_stride = STRIDE,
		.pdn = htole32(g->pdn),
		.send_cqn = htole32(g->cqn),
		.recv_cqn = htole32(g->cqn),
		.srqn = htole32(SKUA_HWI_NONE),
		.uar_page = htole16(SKUA_USER_UAR_PAGES),
	};
	void *sq_list = NULL, *rq_list = NULL;
	uint32_t qpn;
	int err;

	err = skua_user_ring_pbl((uintptr_t)g->mem->sq, sizeof(g->mem->sq),
				 &in.sq, &sq_list);
	if (!err)
		err = skua_user_ring_pbl((uintptr_t)&g->mem->rq,
					 sizeof(g->mem->rq), &in.rq, &rq_list);
	if (!err)
		err = create(g, SKUA_HWI_CMD_CREATE_QP, &in, sizeof(in), &qpn);
	free(sq_list);
	free(rq_list);
	return err;
}

static int set_state(struct skua_user_gsi *g, uint8_t state, uint32_t mask)
{
	struct skua_hwi_modify_qp_in in = {
		.handle = htole32(SKUA_HWI_QP_GSI),
		.mask = htole32(SKUA_HWI_QP_STATE | mask),
		.attr = { .state = state, .qkey = htole32(GSI_QKEY) },
	};

	return skua_user_cmd(g->dev, SKUA_HWI_CMD_MODIFY_QP, &in, sizeof(in),
			     NULL, 0);
}

/* The next entry of the receive queue, for buffer i. */
static void post_recv(struct skua_user_gsi *g, uint32_t i)
{
	struct skua_hwi_rwqe *rwqe =
		(void *)g->mem->rq.entry[g->rq_pi % RECVS];
	struct skua_hwi_sge *sge = (void *)(rwqe + 1);

	*rwqe = (struct skua_hwi_rwqe){ .tag = htole32(i), .num_sge = 1 };
	*sge = (struct skua_hwi_sge){
		.addr = htole64((uintptr_t)&g->mem->buffer[i]),
		.len = htole32(sizeof(g->mem->buffer[i])),
		.lkey = htole32(g->lkey),
	};
	__atomic_store_n(&g->mem->rq.rec.pi, htole32(++g->rq_pi),
			 __ATOMIC_RELEASE);
}

static int start_qp(struct skua_user_gsi *g)
{
	uint32_t i;
	int err;

	err = set_state(g, SKUA_HWI_QPS_INIT,
			SKUA_HWI_QP_PKEY_INDEX | SKUA_HWI_QP_QKEY);
	for (i = 0; !err && i < RECVS; i++)
		post_recv(g, i);
	if (!err)
		err = set_state(g, SKUA_HWI_QPS_RTR, 0);
	if (!err)
		err = set_state(g, SKUA_HWI_QPS_RTS, SKUA_HWI_QP_SQ_PSN);
	return err;
}

static int start(struct skua_user_gsi *g)
{
	int err;

	g->db = skua_user_own_doorbell(g->dev);
	g->fd = skua_file_hide(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	if (g->fd < 0)
		return g->fd;
	err = create_memory(g);
	if (!err)
		err = create_cq(g);
	if (!err)
		err = create_qp(g);
	return err ? err : start_qp(g);
}

struct skua_user_gsi *skua_user_gsi_create(struct skua_user_dev *dev)
{
	struct skua_user_gsi *g = calloc(1, sizeof(*g));
	int err;

	if (!g)
		return NULL;
	g->dev = dev;
	g->fd = -1;
	err = start(g);
	if (!err)
		return g;
	/* What the adapter may know of it stays: there is no second try. */
	errno = -err;
	return NULL;
}

int skua_user_gsi_fd(const struct skua_user_gsi *gsi)
{
	return gsi->fd;
}

/* The next completion if the engine has written it (hwi §8). */
static const struct skua_hwi_cqe *next_cqe(const struct skua_user_gsi *g)
{
	const struct skua_hwi_cqe *cqe =
		&g->mem->cq.entry[g->cq_ci & ((1u << LOG_CQ) - 1)];
	uint32_t owner = le32toh(__atomic_load_n(&cqe->owner, __ATOMIC_ACQUIRE));

	return (owner ^ g->cq_ci >> LOG_CQ) & SKUA_HWI_OWNER_PHASE ? cqe : NULL;
}

static void fill_path(struct skua_user_gsi_path *path, uint8_t net,
		      const uint8_t grh[GRH_LEN])
{
	if (net == SKUA_HWI_NET_IPV6) {
		memcpy(path->from, grh + 8, 16);
		memcpy(path->to, grh + 24, 16);
		return;
	}
	memset(path, 0, sizeof(*path));
	memset(path->from + 10, 0xff, 2);
	memset(path->to + 10, 0xff, 2);
	memcpy(path->from + 12, grh + GRH_LEN - 8, 4);
	memcpy(path->to + 12, grh + GRH_LEN - 4, 4);
}

/* Whether it is a datagram of the right length. */
static bool take(struct skua_user_gsi *g, const struct skua_hwi_cqe *cqe,
		 uint8_t mad[SKUA_MAD_LEN], struct skua_user_gsi_path *path)
{
	uint32_t i = le32toh(cqe->wqe) % RECVS;
	bool whole = cqe->status == SKUA_HWI_CQE_OK &&
		     le32toh(cqe->byte_len) == sizeof(g->mem->buffer[i]);

	if (whole) {
		fill_path(path, cqe->net, g->mem->buffer[i].grh);
		path->qpn = le32toh(cqe->src_qpn);
		memcpy(mad, g->mem->buffer[i].mad, SKUA_MAD_LEN);
	}
	post_recv(g, i);
	return whole;
}

/* Datagrams are counted off as they complete, whichever way they do. */
static bool poll_cq(struct skua_user_gsi *g, uint8_t mad[SKUA_MAD_LEN],
		    struct skua_user_gsi_path *path)
{
	const struct skua_hwi_cqe *cqe;
	bool received = false;

	while (!received && (cqe = next_cqe(g))) {
		if (cqe->opcode & SKUA_HWI_CQE_IS_RECV)
			received = take(g, cqe, mad, path);
		else
			g->unsent--;
		g->cq_ci++;
	}
	return received;
}

bool skua_user_gsi_receive(struct skua_user_gsi *g, uint8_t mad[SKUA_MAD_LEN],
			   struct skua_user_gsi_path *path)
{
	uint64_t count;

	if (poll_cq(g, mad, path))
		return true;
	(void)!skua_native_read(g->fd, &count, sizeof(count));
	arm(g);
	if (!poll_cq(g, mad, path))
		return false;
	/* It came just before, and others may have: no event tells of them. */
	count = 1;
	(void)!skua_native_write(g->fd, &count, sizeof(count));
	return true;
}

static void *block(struct skua_user_gsi *g, uint32_t i)
{
	return g->mem->sq[(g->sq_pi + i) & ((1u << LOG_SQ) - 1)];
}

static void write_wqe(struct skua_user_gsi *g, const struct skua_hwi_av *av,
		      const uint8_t mad[SKUA_MAD_LEN])
{
	struct skua_hwi_wqe_ctrl *ctrl = block(g, 0);
	struct skua_hwi_wqe_ud *ud = (void *)(ctrl + 1);
	uint32_t i;

	*ctrl = (struct skua_hwi_wqe_ctrl){
		.opcode = SKUA_HWI_WQE_SEND,
		.flags = SKUA_HWI_WQE_SIGNALED | SKUA_HWI_WQE_INLINE,
		.num_bb = SEND_BB,
		.inline_len = htole32(SKUA_MAD_LEN),
	};
	*ud = (struct skua_hwi_wqe_ud){
		.av = *av,
		.dqpn = htole32(SKUA_HWI_QP_GSI),
		.qkey = htole32(GSI_QKEY),
	};
	/* Control and path fill the first block. */
	for (i = 1; i < SEND_BB; i++)
		memcpy(block(g, i), mad + (i - 1) * SKUA_HWI_WQE_BB,
		       SKUA_HWI_WQE_BB);
}

static void ring(struct skua_user_gsi *g)
{
	g->sq_pi += SEND_BB;
	g->unsent++;
	__atomic_store_n(&g->db->pi, htole32(g->sq_pi), __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&g->db->armed, __ATOMIC_RELAXED))
		skua_user_kick(g->dev, SKUA_USER_UAR_PAGES, 0);
}

void skua_user_gsi_send(struct skua_user_gsi *g, const uint8_t from[16],
			const uint8_t to[16], const uint8_t mad[SKUA_MAD_LEN])
{
	struct skua_path path = {
		.hop_limit = HOP_LIMIT,
		.vlan = SKUA_HWI_VLAN_NONE,
	};
	int index = skua_user_find_gid(g->dev, from);
	struct skua_hwi_av av;

	if (index < 0 || g->unsent == SENDS ||
	    skua_user_resolve(g->dev, to, path.dmac))
		return;
	path.sgid_index = index;
	memcpy(path.dgid, to, sizeof(path.dgid));
	skua_av_fill(&path, &av);
	write_wqe(g, &av, mad);
	ring(g);
}
