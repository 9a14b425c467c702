// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What "rdma resource show -dd" says beyond the RDMA core's own attributes. */
#include <rdma/rdma_netlink.h>
#include <rdma/restrack.h>

#include "skua_ib.h"

struct skua_ib_res_field {
	const char *name;
	u32 value;
};

static int skua_ib_fill_res(struct sk_buff *msg,
			    const struct skua_ib_res_field *field, size_t num)
{
	struct nlattr *table;
	size_t i;

	table = nla_nest_start(msg, RDMA_NLDEV_ATTR_DRIVER);
	if (!table)
		return -EMSGSIZE;

	for (i = 0; i < num; i++) {
		if (rdma_nl_put_driver_u32(msg, field[i].name,
					   field[i].value)) {
			nla_nest_cancel(msg, table);
			return -EMSGSIZE;
		}
	}
	nla_nest_end(msg, table);
	return 0;
}

int skua_ib_fill_res_qp(struct sk_buff *msg, struct ib_qp *ibqp)
{
	struct skua_ib_qp *qp = to_skua_qp(ibqp);
	const struct skua_ib_res_field field[] = {
		{ "log_sq", qp->log_sq },
		{ "log_rq", qp->log_rq },
		{ "uar_page", qp->uar_page },
		{ "db_slot", qp->db_slot },
	};

	return skua_ib_fill_res(msg, field, ARRAY_SIZE(field));
}

int skua_ib_fill_res_cq(struct sk_buff *msg, struct ib_cq *ibcq)
{
	struct skua_ib_cq *cq = to_skua_cq(ibcq);
	const struct skua_ib_res_field field[] = {
		{ "cqn", cq->core.cqn },
		{ "log_size", cq->log_size },
	};

	return skua_ib_fill_res(msg, field, ARRAY_SIZE(field));
}

int skua_ib_fill_res_srq(struct sk_buff *msg, struct ib_srq *ibsrq)
{
	struct skua_ib_srq *srq = to_skua_srq(ibsrq);
	const struct skua_ib_res_field field[] = {
		{ "srqn", srq->srqn },
		{ "max_wr", srq->max_wr },
	};

	return skua_ib_fill_res(msg, field, ARRAY_SIZE(field));
}

int skua_ib_fill_res_mr(struct sk_buff *msg, struct ib_mr *ibmr)
{
	struct skua_ib_mr *mr = to_skua_mr(ibmr);
	const struct skua_ib_res_field field[] = {
		{ "access", mr->access },
		{ "max_pages", mr->max_pages },
	};

	return skua_ib_fill_res(msg, field, ARRAY_SIZE(field));
}
