// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Flow actions and flows: made, used, destroyed, and how ill-formed ones are refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <rdma/ib_user_ioctl_verbs.h>

#include "skua_translate_flow.h"
#include "uverbs/uverbs.h"
#include "uverbs_client.h"
#include "uverbs_ioctl.h"

#define FULL_TRANSPORT SKUA_ESP_FLAGS_NEEDED

/* ESP actions --------------------------------------------------------------- */

struct esp {
	struct ib_uverbs_flow_action_esp attr;
	struct ib_uverbs_flow_action_esp_keymat_aes_gcm gcm;
	struct ib_uverbs_flow_action_esp_replay_bmp bmp;
};

/* In: attributes, keys, replay; out: without the last. */
static struct method esp_method(struct esp *esp, bool out)
{
	struct method m = method(UVERBS_OBJECT_FLOW_ACTION,
				 UVERBS_METHOD_FLOW_ACTION_ESP_CREATE);

	*esp = (struct esp){
		.attr = { .spi = 0x1000, .flags = FULL_TRANSPORT },
		.gcm = { .icv_len = 16, .key_len = 16, .aes_key = { 1, 2 } },
		.bmp.size = 64,
	};
	if (out)
		esp->attr.flags |= IB_UVERBS_FLOW_ACTION_ESP_FLAGS_ENCRYPT;
	add(&m, UVERBS_ATTR_CREATE_FLOW_ACTION_ESP_HANDLE, 0, 0);
	add(&m, UVERBS_ATTR_FLOW_ACTION_ESP_ATTRS, sizeof(esp->attr),
	    (uintptr_t)&esp->attr);
	add(&m, UVERBS_ATTR_FLOW_ACTION_ESP_KEYMAT, sizeof(esp->gcm),
	    (uintptr_t)&esp->gcm);
	if (!out)
		/* Short enough to be in the attribute. */
		add(&m, UVERBS_ATTR_FLOW_ACTION_ESP_REPLAY, sizeof(esp->bmp),
		    esp->bmp.size)
			->attr_data.enum_data.elem_id =
			IB_UVERBS_FLOW_ACTION_ESP_REPLAY_BMP;
	return m;
}

static uint32_t make_esp(struct client *c, bool out)
{
	struct esp esp;
	struct method m = esp_method(&esp, out);

	assert_int_equal(run(c->fd, &m), 0);
	return m.attr[0].data;
}

static int destroy(struct client *c, uint16_t object, uint16_t id, uint64_t handle)
{
	struct method m = method(object, id);

	/* Both have the handle first. */
	add(&m, 0, 0, handle);
	return run(c->fd, &m);
}

static int destroy_action(struct client *c, uint64_t handle)
{
	return destroy(c, UVERBS_OBJECT_FLOW_ACTION,
		       UVERBS_METHOD_FLOW_ACTION_DESTROY, handle);
}

static int destroy_flow(struct client *c, uint64_t handle)
{
	return destroy(c, UVERBS_OBJECT_FLOW, UVERBS_METHOD_FLOW_DESTROY, handle);
}

static void test_esp(void **state)
{
	struct client *c = *state;
	uint32_t handle = make_esp(c, true);
	struct esp esp;
	struct method m;

	assert_int_equal(destroy_action(c, c->pd), EINVAL);
	assert_int_equal(destroy_action(c, ~0ull), EINVAL);
	assert_int_equal(destroy_action(c, 4711), ENOENT);
	assert_int_equal(destroy_action(c, handle), 0);
	assert_int_equal(destroy_action(c, handle), ENOENT);
	assert_int_equal(destroy_action(c, make_esp(c, false)), 0);

	/* Nothing of one stays whose handle cannot be told: the SPI is free. */
	m = esp_method(&esp, false);
	esp.attr.flags = 0;
	assert_int_equal(run(c->fd, &m), EOPNOTSUPP);
	assert_int_equal(destroy_action(c, make_esp(c, false)), 0);
}

static void test_esp_ill_formed(void **state)
{
	struct client *c = *state;
	struct {
		struct esp esp;
		uint8_t more[8];
	} room = { 0 };
	struct esp *esp = &room.esp;
	struct method m;

	m = esp_method(esp, true);
	m.hdr.num_attrs = 2;
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = esp_method(esp, true);
	m.attr[1].len--;
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = esp_method(esp, true);
	m.attr[1].data = CLIENT_NOWHERE;
	assert_int_equal(run(c->fd, &m), EFAULT);
	m = esp_method(esp, true);
	m.attr[2].data = CLIENT_NOWHERE;
	assert_int_equal(run(c->fd, &m), EFAULT);
	m = esp_method(esp, true);
	m.attr[2].attr_data.enum_data.elem_id = 1;
	assert_int_equal(run(c->fd, &m), EOPNOTSUPP);
	m = esp_method(esp, true);
	m.attr[2].attr_data.enum_data.reserved = 1;
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = esp_method(esp, true);
	m.attr[2].len = 16;
	assert_int_equal(run(c->fd, &m), EINVAL);

	/* Longer ones may come; they ask for nothing that is not known. */
	m = esp_method(esp, false);
	m.attr[3].data = 0;
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = esp_method(esp, false);
	m.attr[3].len = sizeof(esp->bmp) + sizeof(room.more);
	m.attr[3].data = (uintptr_t)&esp->bmp;
	room.more[0] = 1;
	assert_int_equal(run(c->fd, &m), EOPNOTSUPP);
	room.more[0] = 0;
	assert_int_equal(run(c->fd, &m), 0);
	assert_int_equal(destroy_action(c, m.attr[0].data), 0);

	m = esp_method(esp, true);
	add(&m, UVERBS_ATTR_FLOW_ACTION_ESP_ENCAP,
	    sizeof(struct ib_uverbs_flow_action_esp_encap), (uintptr_t)esp);
	assert_int_equal(run(c->fd, &m), EOPNOTSUPP);
	m = esp_method(esp, true);
	esp->attr.spi = 255;
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = esp_method(esp, true);
	esp->gcm.key_len = 17;
	assert_int_equal(run(c->fd, &m), EINVAL);
}

static struct method modify_method(uint32_t handle, uint32_t esn)
{
	struct method m = method(UVERBS_OBJECT_FLOW_ACTION,
				 UVERBS_METHOD_FLOW_ACTION_ESP_MODIFY);

	add(&m, UVERBS_ATTR_MODIFY_FLOW_ACTION_ESP_HANDLE, 0, handle);
	add(&m, UVERBS_ATTR_FLOW_ACTION_ESP_ESN, sizeof(esn), esn);
	return m;
}

static int query_sa(struct client *c, uint32_t handle,
		    struct skua_hwi_query_sa_out *out)
{
	struct method m = method(UVERBS_OBJECT_FLOW_ACTION,
				 SKUA_IB_METHOD_FLOW_ACTION_QUERY_SA);

	add(&m, SKUA_IB_ATTR_FLOW_ACTION_QUERY_SA_HANDLE, 0, handle);
	add_out(&m, SKUA_IB_ATTR_FLOW_ACTION_QUERY_SA_RESP, out, sizeof(*out));
	return run(c->fd, &m);
}

static void test_esn(void **state)
{
	struct client *c = *state;
	struct skua_hwi_query_sa_out out;
	uint32_t plain = make_esp(c, true);
	struct esp esp;
	struct method m = esp_method(&esp, true);
	uint32_t handle;

	add(&m, UVERBS_ATTR_FLOW_ACTION_ESP_ESN, 4, 3);
	esp.attr.seq = 9;
	assert_int_equal(run(c->fd, &m), 0);
	handle = m.attr[0].data;
	assert_int_equal(query_sa(c, handle, &out), 0);
	assert_int_equal(le64toh(out.seq), 3ull << 32 | 9);

	m = modify_method(handle, 5);
	assert_int_equal(run(c->fd, &m), 0);
	assert_int_equal(query_sa(c, handle, &out), 0);
	assert_int_equal(le64toh(out.seq), 5ull << 32);
	m = modify_method(handle, 4);
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = modify_method(plain, 1);
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = modify_method(handle, 6);
	add(&m, UVERBS_ATTR_FLOW_ACTION_ESP_KEYMAT, sizeof(esp.gcm),
	    (uintptr_t)&esp.gcm);
	assert_int_equal(run(c->fd, &m), EOPNOTSUPP);
	assert_int_equal(destroy_action(c, handle), 0);
	m = modify_method(handle, 6);
	assert_int_equal(run(c->fd, &m), ENOENT);
	assert_int_equal(query_sa(c, handle, &out), ENOENT);
}

/* What the standard cannot say ---------------------------------------------------- */

static struct method sa_method(struct skua_hwi_create_sa_in *sa,
			       struct skua_hwi_modify_sa_in *limits)
{
	struct method m = method(UVERBS_OBJECT_FLOW_ACTION,
				 SKUA_IB_METHOD_FLOW_ACTION_ESP_CREATE);

	*sa = (struct skua_hwi_create_sa_in){
		.spi = htole32(0x2000),
		.reqid = htole32(7),
		.src = { [10] = 0xff, 0xff, 192, 0, 2, 1 },
		.dst = { [10] = 0xff, 0xff, 192, 0, 2, 2 },
		.key_len = 20,
		.icv_len = 16,
		.key = { 1 },
	};
	*limits = (struct skua_hwi_modify_sa_in){
		.mask = htole32(SKUA_HWI_SA_SET_SEQ),
		.seq = htole64(12),
	};
	add(&m, SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_HANDLE, 0, 0);
	add(&m, SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_SA, sizeof(*sa),
	    (uintptr_t)sa);
	add(&m, SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_LIMITS, sizeof(*limits),
	    (uintptr_t)limits);
	return m;
}

static void test_sa(void **state)
{
	struct client *c = *state;
	struct skua_hwi_query_sa_out out;
	struct skua_hwi_modify_sa_in limits;
	struct skua_hwi_create_sa_in sa;
	struct method m = sa_method(&sa, &limits);

	assert_int_equal(run(c->fd, &m), 0);
	assert_int_equal(query_sa(c, m.attr[0].data, &out), 0);
	assert_int_equal(le64toh(out.seq), 12);
	assert_int_equal(query_sa(c, c->pd, &out), EINVAL);
	assert_int_equal(destroy_action(c, m.attr[0].data), 0);

	m = sa_method(&sa, &limits);
	sa.flags = htole32(SKUA_HWI_SA_CRYPTO);
	assert_int_equal(run(c->fd, &m), EOPNOTSUPP);
	m = sa_method(&sa, &limits);
	sa.flags = ~0u;
	assert_true(run(c->fd, &m));
	m = sa_method(&sa, &limits);
	limits.handle = htole32(1);
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = sa_method(&sa, &limits);
	limits.mask = ~0u;
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = sa_method(&sa, &limits);
	m.attr[1].len--;
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = sa_method(&sa, &limits);
	m.attr[2].data = CLIENT_NOWHERE;
	assert_int_equal(run(c->fd, &m), EFAULT);
	/* Ids of the core's space are not those of the driver's. */
	m = sa_method(&sa, &limits);
	add(&m, 1, sizeof(sa), (uintptr_t)&sa);
	assert_int_equal(run(c->fd, &m), EPROTONOSUPPORT);
	m = sa_method(&sa, &limits);
	m.hdr.num_attrs = 2;
	assert_int_equal(run(c->fd, &m), 0);
}

static struct method flow_method(struct skua_hwi_create_flow_in *in)
{
	struct method m = method(UVERBS_OBJECT_FLOW, SKUA_IB_METHOD_FLOW_CREATE);

	*in = (struct skua_hwi_create_flow_in){
		.action = SKUA_HWI_FLOW_PROTECT,
		.direction = SKUA_HWI_FLOW_EGRESS,
		.sa = htole32(SKUA_HWI_NONE),
	};
	add(&m, SKUA_IB_ATTR_FLOW_CREATE_HANDLE, 0, 0);
	add(&m, SKUA_IB_ATTR_FLOW_CREATE_FLOW, sizeof(*in), (uintptr_t)in);
	return m;
}

static void test_any_flow(void **state)
{
	struct client *c = *state;
	uint32_t action = make_esp(c, true);
	struct skua_hwi_create_flow_in in;
	struct skua_hwi_query_flow_out out;
	struct method m = flow_method(&in), q;

	add(&m, SKUA_IB_ATTR_FLOW_CREATE_ACTION, 0, action);
	assert_int_equal(run(c->fd, &m), 0);
	assert_int_equal(destroy_action(c, action), EBUSY);
	q = method(UVERBS_OBJECT_FLOW, SKUA_IB_METHOD_FLOW_QUERY);
	add(&q, SKUA_IB_ATTR_FLOW_QUERY_HANDLE, 0, m.attr[0].data);
	add_out(&q, SKUA_IB_ATTR_FLOW_QUERY_RESP, &out, sizeof(out));
	assert_int_equal(run(c->fd, &q), 0);
	assert_int_equal(out.packets, 0);
	assert_int_equal(destroy_flow(c, action), EINVAL);
	assert_int_equal(destroy_flow(c, m.attr[0].data), 0);
	assert_int_equal(run(c->fd, &q), ENOENT);
	assert_int_equal(destroy_action(c, action), 0);

	m = flow_method(&in);
	add(&m, SKUA_IB_ATTR_FLOW_CREATE_ACTION, 0, action);
	assert_int_equal(run(c->fd, &m), ENOENT);
	m = flow_method(&in);
	in.sa = htole32(1);
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = flow_method(&in);
	in.action = 99;
	in.sa = 0;
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = flow_method(&in);
	in.reqid = htole32(7);
	assert_int_equal(run(c->fd, &m), 0);
}

/* What ibv_create_flow() says ------------------------------------------------------- */

struct flow {
	struct ib_uverbs_cmd_hdr hdr;
	struct ib_uverbs_ex_cmd_hdr ex;
	struct ib_uverbs_create_flow core;
	uint8_t specs[256];
};

static uint32_t make_qp(struct client *c)
{
	struct client_qp_resp resp;
	struct client_cq_resp cq;
	struct client_qp qp;

	assert_int_equal(client_create_cq(c, -1, 0, &cq), 0);
	qp = client_qp(c, cq.core.cq_handle);
	assert_int_equal(client_create_qp(c, &qp, &resp), 0);
	return resp.core.qp_handle;
}

static struct flow flow_of(uint32_t qp, struct ib_uverbs_create_flow_resp *resp)
{
	return (struct flow){
		.hdr.command = IB_USER_VERBS_CMD_FLAG_EXTENDED |
			       IB_USER_VERBS_EX_CMD_CREATE_FLOW,
		.hdr.out_words = sizeof(*resp) / 8,
		.ex.response = (uintptr_t)resp,
		.core = {
			.qp_handle = qp,
			.flow_attr = { .port = 1,
				       .flags = SKUA_IB_FLOW_FLAG_EGRESS },
		},
	};
}

static void add_spec(struct flow *f, const void *spec, uint16_t size)
{
	memcpy(f->specs + f->core.flow_attr.size, spec, size);
	f->core.flow_attr.size += size;
	f->core.flow_attr.num_of_specs++;
}

static void add_handle(struct flow *f, uint32_t action)
{
	const struct ib_uverbs_flow_spec_action_handle spec = {
		.type = SKUA_IB_FLOW_SPEC_HANDLE,
		.size = sizeof(spec),
		.handle = action,
	};

	add_spec(f, &spec, sizeof(spec));
}

static void add_ipv4(struct flow *f, uint16_t size)
{
	const struct ib_uverbs_flow_spec_ipv4 spec = {
		.type = SKUA_IB_FLOW_SPEC_IPV4,
		.size = size,
		.val.dst_ip = htobe32(0xc0000202),
		.mask.dst_ip = htobe32(0xffffffff),
	};

	add_spec(f, &spec, sizeof(spec));
}

/* Without what is behind the addresses. */
static void add_older(struct flow *f)
{
	const struct {
		struct ib_uverbs_flow_spec_hdr hdr;
		__be32 val[2], mask[2];
	} spec = {
		.hdr = { .type = SKUA_IB_FLOW_SPEC_IPV4, .size = 24 },
		.val = { 0, htobe32(0xc0000202) },
		.mask = { 0, UINT32_MAX },
	};

	_Static_assert(sizeof(spec) == 24, "");
	add_spec(f, &spec, sizeof(spec));
}

/* With four bytes more, and what is asked for there. */
static void add_newer(struct flow *f, __be32 more)
{
	const struct {
		struct ib_uverbs_flow_spec_hdr hdr;
		__be32 val[4], mask[4];
	} spec = {
		.hdr = { .type = SKUA_IB_FLOW_SPEC_IPV4, .size = 40 },
		.val = { 0, htobe32(0xc0000202) },
		.mask = { 0, UINT32_MAX, 0, more },
	};

	_Static_assert(sizeof(spec) == 40, "");
	add_spec(f, &spec, sizeof(spec));
}

static int give(struct client *c, struct flow *f)
{
	size_t core = sizeof(f->core) + f->core.flow_attr.size;
	size_t len = offsetof(struct flow, core) + core;

	f->hdr.in_words = core / 8;
	return write(c->fd, f, len) == (ssize_t)len ? 0 : errno;
}

static void test_flow(void **state)
{
	struct client *c = *state;
	struct ib_uverbs_create_flow_resp resp;
	uint32_t action = make_esp(c, true), qp = make_qp(c);
	struct flow f = flow_of(qp, &resp);

	add_ipv4(&f, sizeof(struct ib_uverbs_flow_spec_ipv4));
	add_handle(&f, action);
	assert_int_equal(give(c, &f), 0);
	assert_int_equal(destroy_action(c, action), EBUSY);
	assert_int_equal(client_destroy_qp(c, qp), EBUSY);
	assert_int_equal(destroy_flow(c, resp.flow_handle), 0);
	assert_int_equal(destroy_action(c, action), 0);
	assert_int_equal(give(c, &f), EINVAL);
	assert_int_equal(client_destroy_qp(c, qp), 0);
	assert_int_equal(give(c, &f), EINVAL);
}

static void test_flow_ill_formed(void **state)
{
	struct client *c = *state;
	struct ib_uverbs_create_flow_resp resp;
	uint32_t action = make_esp(c, true), qp = make_qp(c);
	struct flow f;

#define REFUSED(err, change)                                           \
	do {                                                           \
		f = flow_of(qp, &resp);                                \
		add_ipv4(&f, sizeof(struct ib_uverbs_flow_spec_ipv4)); \
		add_handle(&f, action);                                \
		change;                                                \
		assert_int_equal(give(c, &f), err);                    \
	} while (0)

	REFUSED(EINVAL, f.core.comp_mask = 1);
	REFUSED(EINVAL, f.core.qp_handle = c->pd);
	REFUSED(EINVAL, f.core.flow_attr.port = 2);
	REFUSED(EOPNOTSUPP, f.core.flow_attr.type = 1);
	REFUSED(EOPNOTSUPP, f.core.flow_attr.flags |= 1u << 9);
	REFUSED(EINVAL, f.core.flow_attr.num_of_specs = 1);
	REFUSED(EINVAL, f.core.flow_attr.num_of_specs = 3);
	REFUSED(EINVAL, f.core.flow_attr.num_of_specs = 255);
	REFUSED(EINVAL, f.specs[4] = 0); /* the first one's size */
	REFUSED(EINVAL, f.specs[4] = 7);
	REFUSED(EINVAL, f.specs[4] = 24);
	REFUSED(EINVAL, f.specs[5] = 0xff);
	REFUSED(EINVAL, f.specs[6] = 1);
	REFUSED(EOPNOTSUPP, f.specs[0] = 0x50);
	REFUSED(EINVAL, add_handle(&f, action));
	REFUSED(EINVAL, add_ipv4(&f, sizeof(struct ib_uverbs_flow_spec_ipv4)));
	REFUSED(EFAULT, f.ex.response = CLIENT_NOWHERE);
	/* Filters of an older libibverbs, or of a newer one. */
	f = flow_of(qp, &resp);
	add_older(&f);
	assert_int_equal(give(c, &f), 0);
	assert_int_equal(destroy_flow(c, resp.flow_handle), 0);
	f = flow_of(qp, &resp);
	add_newer(&f, 0);
	assert_int_equal(give(c, &f), 0);
	assert_int_equal(destroy_flow(c, resp.flow_handle), 0);
	f = flow_of(qp, &resp);
	add_newer(&f, 1);
	assert_int_equal(give(c, &f), EINVAL);
	/* More of them than there may be room for. */
	f = flow_of(qp, &resp);
	f.core.flow_attr.size = 0xfff8;
	f.hdr.in_words = sizeof(f.core) / 8;
	assert_int_equal(write(c->fd, &f, offsetof(struct flow, specs)), -1);
	assert_int_equal(errno, EINVAL);

	/* None of them has left anything that holds these. */
	assert_int_equal(destroy_action(c, action), 0);
	assert_int_equal(client_destroy_qp(c, qp), 0);
}

/* What is left goes with the context, in an order in which it can. */
static void test_left(void **state)
{
	struct client *c = *state, *other;
	struct ib_uverbs_create_flow_resp resp;
	void *second = NULL;
	struct flow f;

	client_setup(&second);
	other = second;
	f = flow_of(make_qp(other), &resp);
	add_handle(&f, make_esp(other, true));
	assert_int_equal(give(other, &f), 0);
	make_esp(other, false);
	client_teardown(&second);
	/* The same SPI again, in the same device. */
	make_esp(c, false);
}

int main(void)
{
#define TEST(name)                                                 \
	cmocka_unit_test_setup_teardown(test_##name, client_setup, \
					client_teardown)
	const struct CMUnitTest tests[] = {
		TEST(esp),
		TEST(esp_ill_formed),
		TEST(esn),
		TEST(sa),
		TEST(any_flow),
		TEST(flow),
		TEST(flow_ill_formed),
		TEST(left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
