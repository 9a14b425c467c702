// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * ipsec_rc [-d|-t|-u] [-w] DEVICE GID-INDEX DEVICE GID-INDEX - an RDMA write
 * from the first device to the second, protected by IPsec with AES-256-GCM
 * both ways. How both ends come by the same keys is not shown: both are in
 * this program.
 *
 * -d	by direct verbs instead of the standard ones
 * -t	by direct verbs, in tunnel mode
 * -u	by direct verbs, ESP in UDP
 * -w	the ends have different keys: the write must fail
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <infiniband/skuadv.h>

#include "ipsec_rc.h"

#define BYTES	(64 * 1024)
#define SECONDS 20
#define ACCESS	(IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE)

static void die(const char *what, int err)
{
	fprintf(stderr, "ipsec_rc: %s: %s\n", what, strerror(err));
	exit(1);
}

static void *want(void *object, const char *what)
{
	if (!object)
		die(what, errno);
	return object;
}

static void check(int err, const char *what)
{
	if (err)
		die(what, err);
}

/* A page that no core file has, for all keys. */
static struct secret *make_secrets(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	struct secret *secret;

	secret = mmap(NULL, page, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (secret == MAP_FAILED || madvise(secret, page, MADV_DONTDUMP) ||
	    getrandom(secret, 3 * sizeof(*secret), 0) !=
		    (ssize_t)(3 * sizeof(*secret)))
		die("keys", errno);
	/* One for each direction, and one that nobody else has. */
	secret[0].spi = 0x1001;
	secret[1].spi = 0x1002;
	secret[2].spi = secret[0].spi;
	return secret;
}

static struct ibv_context *open_device(const char *name)
{
	struct ibv_device **list = want(ibv_get_device_list(NULL), "devices");
	struct ibv_context *context = NULL;
	int i;

	for (i = 0; list[i]; i++)
		if (!strcmp(ibv_get_device_name(list[i]), name))
			context = want(ibv_open_device(list[i]), name);
	ibv_free_device_list(list);
	if (!context)
		die(name, ENODEV);
	return context;
}

static struct ibv_qp *create_qp(struct end *end, enum ibv_qp_type type)
{
	struct ibv_qp_init_attr init = {
		.send_cq = end->cq,
		.recv_cq = end->cq,
		.cap = { .max_send_wr = 1, .max_recv_wr = 1,
			 .max_send_sge = 1, .max_recv_sge = 1 },
		.qp_type = type,
	};

	return want(ibv_create_qp(end->pd, &init), "a queue pair");
}

static void open_end(struct end *end, const char *name, int gid_index)
{
	end->context = open_device(name);
	end->gid_index = gid_index;
	check(ibv_query_gid(end->context, 1, gid_index, &end->gid) ? errno : 0,
	      "its address");
	end->pd = want(ibv_alloc_pd(end->context), "a protection domain");
	end->cq = want(ibv_create_cq(end->context, 4, NULL, NULL, 0), "a CQ");
	end->buf = want(aligned_alloc(4096, BYTES), "a buffer");
	end->mr = want(ibv_reg_mr(end->pd, end->buf, BYTES, ACCESS), "an MR");
	end->qp = create_qp(end, IBV_QPT_RC);
	end->ud = create_qp(end, IBV_QPT_UD);
}

static void connect_end(struct end *end, const struct end *peer)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_INIT,
		.port_num = 1,
		.qp_access_flags = ACCESS,
	};

	check(ibv_modify_qp(end->qp, &attr,
			    IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT |
				    IBV_QP_ACCESS_FLAGS),
	      "to INIT");

	attr = (struct ibv_qp_attr){
		.qp_state = IBV_QPS_RTR,
		.path_mtu = IBV_MTU_1024,
		.dest_qp_num = peer->qp->qp_num,
		.min_rnr_timer = 12,
		.ah_attr = {
			.is_global = 1,
			.port_num = 1,
			.grh = { .dgid = peer->gid,
				 .sgid_index = end->gid_index,
				 .hop_limit = 64 },
		},
	};
	check(ibv_modify_qp(end->qp, &attr,
			    IBV_QP_STATE | IBV_QP_AV | IBV_QP_PATH_MTU |
				    IBV_QP_DEST_QPN | IBV_QP_RQ_PSN |
				    IBV_QP_MAX_DEST_RD_ATOMIC |
				    IBV_QP_MIN_RNR_TIMER),
	      "to RTR");

	attr = (struct ibv_qp_attr){
		.qp_state = IBV_QPS_RTS,
		.timeout = 14,
		.retry_cnt = 3,
		.rnr_retry = 7,
	};
	check(ibv_modify_qp(end->qp, &attr,
			    IBV_QP_STATE | IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT |
				    IBV_QP_RNR_RETRY | IBV_QP_SQ_PSN |
				    IBV_QP_MAX_QP_RD_ATOMIC),
	      "to RTS");
}

/* How, and by direct verbs with which flags of theirs. */
struct how {
	bool dv;
	uint32_t flags;
};

/* What a sends is sealed there, and opened at b. */
static void protect(struct how how, struct end *a, struct end *b,
		    const struct secret *sender, const struct secret *receiver)
{
	if (!how.dv) {
		check(protect_by_verbs(a, b, SEND, sender), "sealing");
		check(protect_by_verbs(b, a, RECEIVE, receiver), "opening");
		return;
	}
	check(protect_by_dv(a, b, SEND, sender, how.flags), "sealing");
	check(protect_by_dv(b, a, RECEIVE, receiver, how.flags), "opening");
}

static void post_write(struct end *from, const struct end *to)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)from->buf,
		.length = BYTES,
		.lkey = from->mr->lkey,
	};
	struct ibv_send_wr *bad, wr = {
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = IBV_WR_RDMA_WRITE,
		.send_flags = IBV_SEND_SIGNALED,
		.wr.rdma = { .remote_addr = (uintptr_t)to->buf,
			     .rkey = to->mr->rkey },
	};

	check(ibv_post_send(from->qp, &wr, &bad), "posting");
}

static enum ibv_wc_status completion(struct end *end)
{
	time_t last = time(NULL) + SECONDS;
	struct ibv_wc wc;
	int n;

	do {
		n = ibv_poll_cq(end->cq, 1, &wc);
		if (n < 0)
			die("polling", EIO);
	} while (!n && time(NULL) < last);
	if (!n)
		die("waiting for the completion", ETIMEDOUT);
	return wc.status;
}

/* Whether the data went over, and nothing of it where it should not have. */
static bool transfer(struct end *from, struct end *to)
{
	enum ibv_wc_status status;

	memset(from->buf, 'x', BYTES);
	memset(to->buf, 0, BYTES);
	post_write(from, to);
	status = completion(from);
	printf("RDMA write: %s\n", ibv_wc_status_str(status));
	if (status == IBV_WC_SUCCESS)
		return !memcmp(from->buf, to->buf, BYTES);
	if (to->buf[0] || memcmp(to->buf, to->buf + 1, BYTES - 1))
		die("a write that failed", EPROTO);
	return false;
}

static void show(const char *name, struct ibv_flow_action *action)
{
	struct skuadv_sa_attr sa;

	check(skuadv_query_sa(action, &sa, sizeof(sa)), "asking an SA");
	printf("%s: %llu packets, %llu refused\n", name,
	       (unsigned long long)sa.packets, (unsigned long long)sa.refused);
}

/* Flows first: they hold the actions. */
static void unprotect(struct end *end)
{
	int i;

	for (i = 0; i < 2; i++) {
		check(ibv_destroy_flow(end->flow[i]), "destroying a flow");
		check(ibv_destroy_flow_action(end->action[i]),
		      "destroying a flow action");
	}
}

static void close_end(struct end *end)
{
	check(ibv_destroy_qp(end->ud), "destroying a queue pair");
	check(ibv_destroy_qp(end->qp), "destroying a queue pair");
	check(ibv_dereg_mr(end->mr), "deregistering memory");
	check(ibv_destroy_cq(end->cq), "destroying a CQ");
	check(ibv_dealloc_pd(end->pd), "destroying a protection domain");
	check(ibv_close_device(end->context), "closing the device");
	free(end->buf);
}

static bool run(struct end end[2], struct how how, bool wrong)
{
	struct secret *secret = make_secrets();
	bool moved;

	protect(how, &end[0], &end[1], &secret[0], &secret[wrong ? 2 : 0]);
	protect(how, &end[1], &end[0], &secret[1], &secret[1]);
	explicit_bzero(secret, 3 * sizeof(*secret));
	munmap(secret, sysconf(_SC_PAGESIZE));

	connect_end(&end[0], &end[1]);
	connect_end(&end[1], &end[0]);
	moved = transfer(&end[0], &end[1]);
	show("sealed", end[0].action[SEND]);
	show("opened", end[1].action[RECEIVE]);
	unprotect(&end[0]);
	unprotect(&end[1]);
	return moved;
}

static void usage(void)
{
	fputs("usage: ipsec_rc [-d|-t|-u] [-w] "
	      "DEVICE GID-INDEX DEVICE GID-INDEX\n", stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	struct end end[2] = {};
	struct how how = {};
	bool wrong = false;
	int option;

	while ((option = getopt(argc, argv, "dtuw")) != -1) {
		switch (option) {
		case 'd':
			how.dv = true;
			break;
		case 't':
			how = (struct how){ true, SKUADV_ESP_TUNNEL };
			break;
		case 'u':
			how = (struct how){ true, SKUADV_ESP_UDP };
			break;
		case 'w':
			wrong = true;
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 4)
		usage();
	open_end(&end[0], argv[optind], atoi(argv[optind + 1]));
	open_end(&end[1], argv[optind + 2], atoi(argv[optind + 3]));

	if (run(end, how, wrong) == wrong) {
		fputs("ipsec_rc: it should have been otherwise\n", stderr);
		return 1;
	}
	close_end(&end[0]);
	close_end(&end[1]);
	return 0;
}
