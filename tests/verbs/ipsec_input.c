// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * ipsec_input DEVICE [unprivileged] - what flow actions and flows may not be,
 * and the errno that says so. Unprivileged, nothing may be made at all.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <infiniband/skuadv.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/rdma_user_ioctl_cmds.h>

#define SPI 0x2001

static struct ibv_context *context;
static struct ibv_qp *ud, *rc;
static unsigned int wrong;

static void expect(const char *what, int got, int want)
{
	if (got == want)
		return;
	printf("%s: %s instead of %s\n", what, strerror(got), strerror(want));
	wrong++;
}

static void *need(void *object, const char *what)
{
	if (!object) {
		perror(what);
		exit(1);
	}
	return object;
}

static int destroy(struct ibv_flow_action *action)
{
	return action ? ibv_destroy_flow_action(action) : EINVAL;
}

/* Standard flow actions ----------------------------------------------------- */

struct esp {
	struct ibv_flow_action_esp esp;
	struct ibv_flow_action_esp_keymat_aes_gcm gcm;
	struct ibv_flow_action_esp_replay_bmp bitmap;
	struct ibv_flow_action_esp_attr attr;
};

static void esp_out(struct esp *e)
{
	*e = (struct esp){
		.esp = { .spi = SPI,
			 .flags = IBV_FLOW_ACTION_ESP_FLAGS_FULL_OFFLOAD |
				  IBV_FLOW_ACTION_ESP_FLAGS_TRANSPORT |
				  IBV_FLOW_ACTION_ESP_FLAGS_ENCRYPT },
		.gcm = { .icv_len = 16, .key_len = 16 },
		.bitmap = { .size = 64 },
		.attr = { .esp_attr = &e->esp,
			  .keymat_proto = IBV_FLOW_ACTION_ESP_KEYMAT_AES_GCM,
			  .keymat_len = sizeof(e->gcm),
			  .keymat_ptr = &e->gcm },
	};
}

static void esp_in(struct esp *e)
{
	esp_out(e);
	e->esp.flags &= ~IBV_FLOW_ACTION_ESP_FLAGS_ENCRYPT;
	e->attr.replay_proto = IBV_FLOW_ACTION_ESP_REPLAY_BMP;
	e->attr.replay_len = sizeof(e->bitmap);
	e->attr.replay_ptr = &e->bitmap;
}

static struct ibv_flow_action *make_esp(struct esp *e)
{
	errno = 0;
	return ibv_create_flow_action_esp(context, &e->attr);
}

#define REFUSED(want, direction, change)                            \
	do {                                                        \
		struct ibv_flow_action *action;                     \
		struct esp e;                                       \
								    \
		esp_##direction(&e);                                \
		change;                                             \
		action = make_esp(&e);                              \
		expect(#direction ": " #change, errno, want);       \
		if (action)                                         \
			ibv_destroy_flow_action(action);            \
	} while (0)

static void test_esp(void)
{
	struct ibv_flow_action_esp_encap encap = { .len = 0 };

	REFUSED(0, out, (void)0);
	REFUSED(0, in, (void)0);
	REFUSED(0, out, e.gcm.key_len = 24);
	REFUSED(0, out, e.gcm.key_len = 32);
	REFUSED(0, out, e.gcm.icv_len = 8);
	REFUSED(0, in, e.bitmap.size = 4096);
	REFUSED(0, in, e.esp.hard_limit_pkts = 1);
	REFUSED(0, in, e.attr.replay_ptr = NULL);
	REFUSED(EINVAL, out, e.esp.spi = 255);
	REFUSED(EINVAL, out, e.gcm.key_len = 17);
	REFUSED(EINVAL, out, e.gcm.key_len = 0);
	REFUSED(EINVAL, out, e.gcm.key_len = UINT32_MAX);
	REFUSED(EINVAL, out, e.gcm.icv_len = 10);
	REFUSED(EINVAL, out, e.attr.keymat_len = 8);
	REFUSED(EINVAL, in, e.bitmap.size = 4097);
	REFUSED(EINVAL, in, e.bitmap.size = 0);
	REFUSED(EOPNOTSUPP, out, e.esp.flags |= 1u << 20);
	REFUSED(EOPNOTSUPP, out, e.esp.flags = 0);
	REFUSED(EOPNOTSUPP, out, e.esp.tfc_pad = 1);
	REFUSED(EOPNOTSUPP, out, e.gcm.iv = 1);
	REFUSED(EOPNOTSUPP, out, e.gcm.iv_algo = 1);
	REFUSED(EOPNOTSUPP, out, e.attr.keymat_proto = 1);
	REFUSED(EOPNOTSUPP, in, e.attr.replay_proto = 2);
	REFUSED(EOPNOTSUPP, out, e.attr.esp_encap = &encap);
	REFUSED(EOPNOTSUPP, out, e.attr.comp_mask = 2);
}

static void test_same_spi(void)
{
	struct ibv_flow_action *first;
	struct esp e;

	esp_in(&e);
	first = need(make_esp(&e), "an action");
	REFUSED(EINVAL, in, (void)0);
	expect("destroy", destroy(first), 0);
	REFUSED(0, in, (void)0);
}

static int set_esn(struct ibv_flow_action *action, uint32_t esn)
{
	struct ibv_flow_action_esp_attr attr = {
		.comp_mask = IBV_FLOW_ACTION_ESP_MASK_ESN,
		.esn = esn,
	};

	return ibv_modify_flow_action_esp(action, &attr);
}

static void test_esn(void)
{
	struct skuadv_sa_attr sa;
	struct ibv_flow_action *action;
	struct esp e;

	esp_out(&e);
	action = need(make_esp(&e), "an action");
	expect("ESN without ESN", set_esn(action, 1), EINVAL);
	expect("destroy", destroy(action), 0);

	esp_out(&e);
	e.attr.comp_mask = IBV_FLOW_ACTION_ESP_MASK_ESN;
	e.attr.esn = 5;
	e.esp.seq = 7;
	action = need(make_esp(&e), "an action with ESN");
	expect("query", skuadv_query_sa(action, &sa, sizeof(sa)), 0);
	expect("esn and seq", sa.seq == (5ull << 32 | 7) ? 0 : EPROTO, 0);
	expect("ESN back", set_esn(action, 4), EINVAL);
	expect("ESN that it has", set_esn(action, 5), 0);
	expect("ESN forth", set_esn(action, 6), 0);
	expect("query", skuadv_query_sa(action, &sa, sizeof(sa)), 0);
	expect("moved", sa.seq == 6ull << 32 ? 0 : EPROTO, 0);
	e.attr.comp_mask = IBV_FLOW_ACTION_ESP_MASK_ESN;
	expect("another key", ibv_modify_flow_action_esp(action, &e.attr),
	       EOPNOTSUPP);
	expect("destroy", destroy(action), 0);

	esp_in(&e);
	e.attr.comp_mask = IBV_FLOW_ACTION_ESP_MASK_ESN;
	e.attr.replay_ptr = NULL;
	expect("ESN without a window", make_esp(&e) ? 0 : errno, EINVAL);
}

/* Without the library, which forgets an action that was destroyed: raw calls. */

struct call {
	struct ib_uverbs_ioctl_hdr hdr;
	struct ib_uverbs_attr attr[4];
};

static struct call begin_call(uint16_t method)
{
	return (struct call){ .hdr = {
		.object_id = UVERBS_OBJECT_FLOW_ACTION,
		.method_id = method,
	} };
}

static struct ib_uverbs_attr *add_attr(struct call *c, uint16_t id,
				       uint16_t len, uint64_t data)
{
	struct ib_uverbs_attr *attr = &c->attr[c->hdr.num_attrs++];

	*attr = (struct ib_uverbs_attr){
		.attr_id = id,
		.len = len,
		.flags = UVERBS_ATTR_F_MANDATORY,
		.data = data,
	};
	return attr;
}

static int call(struct call *c)
{
	c->hdr.length = sizeof(c->hdr) + c->hdr.num_attrs * sizeof(c->attr[0]);
	return ioctl(context->cmd_fd, RDMA_VERBS_IOCTL, c) ? errno : 0;
}

static int raw_modify(uint32_t handle)
{
	struct call c = begin_call(UVERBS_METHOD_FLOW_ACTION_ESP_MODIFY);

	add_attr(&c, UVERBS_ATTR_MODIFY_FLOW_ACTION_ESP_HANDLE, 0, handle);
	add_attr(&c, UVERBS_ATTR_FLOW_ACTION_ESP_ESN, sizeof(uint32_t), 1);
	return call(&c);
}

static int raw_destroy(uint32_t handle)
{
	struct call c = begin_call(UVERBS_METHOD_FLOW_ACTION_DESTROY);

	add_attr(&c, UVERBS_ATTR_DESTROY_FLOW_ACTION_HANDLE, 0, handle);
	return call(&c);
}

static int raw_create(struct esp *e, bool keymat, uint32_t *handle)
{
	struct call c = begin_call(UVERBS_METHOD_FLOW_ACTION_ESP_CREATE);
	struct ib_uverbs_attr *made;
	int err;

	made = add_attr(&c, UVERBS_ATTR_CREATE_FLOW_ACTION_ESP_HANDLE, 0, 0);
	add_attr(&c, UVERBS_ATTR_FLOW_ACTION_ESP_ATTRS, sizeof(e->esp),
		 (uintptr_t)&e->esp);
	add_attr(&c, UVERBS_ATTR_FLOW_ACTION_ESP_ESN, sizeof(uint32_t), 0);
	if (keymat)
		add_attr(&c, UVERBS_ATTR_FLOW_ACTION_ESP_KEYMAT,
			 sizeof(e->gcm), (uintptr_t)&e->gcm);
	err = call(&c);
	*handle = made->data;
	return err;
}

static void test_stale(void)
{
	uint32_t handle, none;
	struct esp e;

	esp_out(&e);
	expect("raw: no key", raw_create(&e, false, &none), EINVAL);
	expect("raw: create", raw_create(&e, true, &handle), 0);
	expect("raw: modify", raw_modify(handle), 0);
	expect("raw: destroy", raw_destroy(handle), 0);
	expect("raw: modify after destroy", raw_modify(handle), ENOENT);
	expect("raw: destroy after destroy", raw_destroy(handle), ENOENT);
	expect("raw: modify what never was", raw_modify(~0u), ENOENT);
}

/* Standard flows ------------------------------------------------------------ */

struct rule {
	struct ibv_flow_attr attr;
	union {
		struct ibv_flow_spec_ipv4_ext ip;
		struct ibv_flow_spec_eth eth;
		struct ibv_flow_spec_esp esp;
		struct ibv_flow_spec_action_tag tag;
	};
	uint8_t act[sizeof(struct ibv_flow_spec_action_handle)];
};

/* One spec of this type, and an action behind it, if there is one. */
static struct rule make_rule(uint32_t type, uint16_t size,
			     struct ibv_flow_action *action)
{
	struct rule rule = { .attr = {
		.type = IBV_FLOW_ATTR_NORMAL,
		.size = sizeof(rule),
		.num_of_specs = 1,
		.port = 1,
	} };
	struct ibv_flow_spec_action_handle act = {
		.type = IBV_FLOW_SPEC_ACTION_HANDLE,
		.size = sizeof(act),
		.action = action,
	};

	rule.ip.type = type;
	rule.ip.size = size;
	if (action) {
		rule.attr.num_of_specs = 2;
		memcpy((uint8_t *)&rule.ip + size, &act, sizeof(act));
	}
	return rule;
}

static int try_rule(struct ibv_qp *qp, struct rule *rule)
{
	struct ibv_flow *flow = ibv_create_flow(qp, &rule->attr);

	return flow ? ibv_destroy_flow(flow) : errno;
}

#define FLOW(want, spec, spec_type, change)                                  \
	do {                                                                 \
		struct rule r = make_rule(spec_type, sizeof(r.spec), NULL);  \
									     \
		change;                                                      \
		expect(#spec_type ": " #change, try_rule(ud, &r), want);     \
	} while (0)

static void test_flow(void)
{
	struct rule r = make_rule(IBV_FLOW_SPEC_IPV4_EXT, sizeof(r.ip), NULL);

	expect("a flow with an RC QP", try_rule(rc, &r), EINVAL);
	FLOW(0, ip, IBV_FLOW_SPEC_IPV4_EXT, (void)0);
	FLOW(0, ip, IBV_FLOW_SPEC_IPV4_EXT, r.ip.mask.dst_ip = htonl(~0u << 8));
	FLOW(0, ip, IBV_FLOW_SPEC_IPV4_EXT,
	     r.attr.flags = IBV_FLOW_ATTR_FLAGS_EGRESS);
	FLOW(0, eth, IBV_FLOW_SPEC_ETH, r.eth.mask.vlan_tag = htons(0x0fff));
	FLOW(0, esp, IBV_FLOW_SPEC_ESP, r.esp.mask.spi = ~0u);
	FLOW(EOPNOTSUPP, ip, IBV_FLOW_SPEC_IPV4_EXT, r.ip.mask.src_ip = htonl(1));
	FLOW(EOPNOTSUPP, ip, IBV_FLOW_SPEC_IPV4_EXT, r.ip.mask.tos = 0xff);
	FLOW(EOPNOTSUPP, ip, IBV_FLOW_SPEC_IPV4_EXT, r.ip.mask.proto = 1);
	FLOW(EOPNOTSUPP, eth, IBV_FLOW_SPEC_ETH, r.eth.mask.dst_mac[0] = 1);
	FLOW(EOPNOTSUPP, eth, IBV_FLOW_SPEC_ETH, r.eth.mask.vlan_tag = 0xffff);
	FLOW(EOPNOTSUPP, esp, IBV_FLOW_SPEC_ESP, r.esp.mask.seq = ~0u);
	FLOW(EOPNOTSUPP, tag, IBV_FLOW_SPEC_ACTION_TAG, (void)0);
	FLOW(EOPNOTSUPP, ip, IBV_FLOW_SPEC_IPV4_EXT,
	     r.attr.type = IBV_FLOW_ATTR_SNIFFER);
	FLOW(EOPNOTSUPP, ip, IBV_FLOW_SPEC_IPV4_EXT,
	     r.attr.flags = IBV_FLOW_ATTR_FLAGS_DONT_TRAP);
	FLOW(EINVAL, ip, IBV_FLOW_SPEC_IPV4_EXT, r.attr.port = 2);
}

/* A flow with an action, and what this forbids meanwhile. */
static void test_in_use(void)
{
	struct ibv_flow_action *action;
	struct ibv_flow *flow;
	struct rule rule;
	struct esp e;

	esp_in(&e);
	action = need(make_esp(&e), "an action");
	rule = make_rule(IBV_FLOW_SPEC_ESP, sizeof(rule.esp), action);
	rule.esp.val.spi = htonl(SPI + 1);
	rule.esp.mask.spi = ~0u;
	expect("another SPI", try_rule(ud, &rule), EINVAL);
	rule.esp.val.spi = htonl(SPI);
	rule.attr.flags = IBV_FLOW_ATTR_FLAGS_EGRESS;
	expect("the other direction", try_rule(ud, &rule), EINVAL);
	rule.attr.flags = 0;
	/* For an address that nobody has, or nothing would come any more. */
	rule = make_rule(IBV_FLOW_SPEC_IPV4_EXT, sizeof(rule.ip), action);
	rule.ip.val.src_ip = htonl(0xc6336401);
	rule.ip.mask.src_ip = ~0u;
	flow = need(ibv_create_flow(ud, &rule.attr), "a flow");
	expect("an action in use", destroy(action), EBUSY);
	expect("destroying the flow", ibv_destroy_flow(flow), 0);
	expect("an action out of use", destroy(action), 0);
}

/* Direct verbs -------------------------------------------------------------- */

static struct skuadv_esp_attr dv_esp(const uint8_t *key)
{
	struct skuadv_esp_attr attr = {
		.flags = SKUADV_ESP_TUNNEL,
		.spi = SPI,
		.hop_limit = 64,
		.icv_len = 16,
		.key_len = 36,
		.key = key,
	};

	attr.src.raw[0] = attr.dst.raw[0] = 0xfd;
	attr.dst.raw[15] = 1;
	return attr;
}

#define DV_ESP(want, change)                                               \
	do {                                                               \
		static const uint8_t key[64];                              \
		struct {                                                   \
			struct skuadv_esp_attr attr;                       \
			uint8_t more[8];                                   \
		} a = { .attr = dv_esp(key) };                             \
		uint32_t len = sizeof(a.attr);                             \
		struct ibv_flow_action *action;                            \
									   \
		change;                                                    \
		errno = 0;                                                 \
		action = skuadv_create_flow_action_esp(context, &a.attr,   \
						       len);               \
		expect("dv: " #change, errno, want);                       \
		if (action)                                                \
			expect("destroy", destroy(action), 0);             \
	} while (0)

static void test_dv_esp(void)
{
	DV_ESP(0, (void)0);
	DV_ESP(0, len = sizeof(a));
	DV_ESP(0, a.attr.hard_bytes = UINT64_MAX);
	DV_ESP(EINVAL, len--);
	DV_ESP(EINVAL, len = 0);
	DV_ESP(EOPNOTSUPP, len = sizeof(a); a.more[7] = 1);
	DV_ESP(EOPNOTSUPP, a.attr.comp_mask = 1);
	DV_ESP(EINVAL, a.attr.key = NULL);
	DV_ESP(EINVAL, a.attr.key_len = 37);
	DV_ESP(EINVAL, a.attr.key_len = 16);
	DV_ESP(EINVAL, a.attr.icv_len = 4);
	DV_ESP(EINVAL, a.attr.spi = 0);
	DV_ESP(EINVAL, a.attr.flags |= 1u << 30);
	DV_ESP(EOPNOTSUPP, a.attr.flags |= 1u << 9);
	DV_ESP(EINVAL, a.attr.hop_limit = 0);
	DV_ESP(EINVAL, a.attr.replay_window = 64);
	DV_ESP(EINVAL, a.attr.dscp = 64);
	DV_ESP(EINVAL, a.attr.udp_sport = 4500);
	DV_ESP(EINVAL, a.attr.dst = (union ibv_gid){});
	DV_ESP(EINVAL, a.attr.flags |= SKUADV_ESP_BY_FLOW);
}

#define DV_FLOW(want, change)                                               \
	do {                                                                \
		struct skuadv_flow_attr a = { .priority = 9 };              \
		uint32_t len = sizeof(a);                                   \
		struct ibv_flow *flow;                                      \
									    \
		change;                                                     \
		flow = skuadv_create_flow(context, &a, len);                \
		expect("dv flow: " #change, flow ? ibv_destroy_flow(flow) : \
						   errno, want);            \
	} while (0)

static void test_dv_flow(void)
{
	DV_FLOW(0, (void)0);
	DV_FLOW(0, a.fields = SKUADV_FLOW_QPN; a.qpn = 0xffffff);
	DV_FLOW(0, a.action = SKUADV_FLOW_PROTECT; a.reqid = 0x5555;
		a.fields = SKUADV_FLOW_SPI; a.spi = SPI);
	DV_FLOW(EINVAL, len--);
	DV_FLOW(EOPNOTSUPP, a.comp_mask = 1);
	DV_FLOW(EINVAL, a.direction = 2);
	DV_FLOW(EINVAL, a.direction = 256);
	DV_FLOW(EINVAL, a.action = 3);
	DV_FLOW(EINVAL, a.action = SKUADV_FLOW_PROTECT);
	DV_FLOW(EINVAL, a.reqid = 1);
	DV_FLOW(EINVAL, a.fields = 1u << 31);
	DV_FLOW(EINVAL, a.qpn = 1);
	DV_FLOW(EINVAL, a.src_prefix = 129);
	DV_FLOW(EINVAL, a.ip_version = 4);
	DV_FLOW(EINVAL, a.fields = SKUADV_FLOW_IP_VERSION; a.ip_version = 5);
}

static void test_dv_query(void)
{
	struct skuadv_flow_attr attr = { .fields = SKUADV_FLOW_SPI };
	struct skuadv_flow_counts counts;
	struct skuadv_esp_attr esp;
	struct ibv_flow_action *action;
	struct skuadv_sa_attr sa;
	struct ibv_flow *flow;
	uint8_t key[36] = {};

	esp = dv_esp(key);
	esp.seq = 77;
	action = need(skuadv_create_flow_action_esp(context, &esp, sizeof(esp)),
		      "an SA");
	memset(&sa, 0xff, sizeof(sa));
	expect("short", skuadv_query_sa(action, &sa, sizeof(sa) - 1), EINVAL);
	expect("query", skuadv_query_sa(action, &sa, sizeof(sa)), 0);
	expect("seq", sa.seq == 77 && !sa.packets && !sa.flows ? 0 : EPROTO, 0);

	attr.action = SKUADV_FLOW_PROTECT;
	attr.spi = SPI;
	attr.esp = action;
	flow = need(skuadv_create_flow(context, &attr, sizeof(attr)), "a flow");
	expect("query", skuadv_query_sa(action, &sa, sizeof(sa)), 0);
	expect("flows", sa.flows == 1 ? 0 : EPROTO, 0);
	expect("counts", skuadv_query_flow(flow, &counts, sizeof(counts)), 0);
	expect("no packets", counts.packets ? EPROTO : 0, 0);
	expect("an SA in use", destroy(action), EBUSY);
	expect("destroying the flow", ibv_destroy_flow(flow), 0);
	expect("destroying the SA", destroy(action), 0);
}

static void test_unprivileged(void)
{
	struct rule r = make_rule(IBV_FLOW_SPEC_IPV4_EXT, sizeof(r.ip), NULL);

	REFUSED(EPERM, in, (void)0);
	REFUSED(EPERM, out, (void)0);
	DV_ESP(EPERM, (void)0);
	DV_FLOW(EPERM, (void)0);
	expect("a flow", try_rule(ud, &r), EPERM);
}

static struct ibv_context *open_device(const char *name)
{
	struct ibv_device **list = need(ibv_get_device_list(NULL), "devices");
	struct ibv_context *found = NULL;
	int i;

	for (i = 0; list[i]; i++)
		if (!strcmp(ibv_get_device_name(list[i]), name))
			found = ibv_open_device(list[i]);
	ibv_free_device_list(list);
	return need(found, name);
}

int main(int argc, char **argv)
{
	struct ibv_qp_init_attr init = {
		.cap = { .max_send_wr = 1, .max_recv_wr = 1 },
		.qp_type = IBV_QPT_UD,
	};
	struct ibv_cq *cq;
	struct ibv_pd *pd;

	if (argc < 2)
		return 2;
	context = open_device(argv[1]);
	pd = need(ibv_alloc_pd(context), "a PD");
	cq = need(ibv_create_cq(context, 4, NULL, NULL, 0), "a CQ");
	init.send_cq = init.recv_cq = cq;
	ud = need(ibv_create_qp(pd, &init), "a UD QP");
	init.qp_type = IBV_QPT_RC;
	rc = need(ibv_create_qp(pd, &init), "an RC QP");

	if (argc > 2) {
		test_unprivileged();
	} else {
		test_esp();
		test_same_spi();
		test_esn();
		test_stale();
		test_flow();
		test_in_use();
		test_dv_esp();
		test_dv_flow();
		test_dv_query();
	}
	ibv_destroy_qp(rc);
	ibv_destroy_qp(ud);
	ibv_destroy_cq(cq);
	ibv_dealloc_pd(pd);
	expect("closing the device", ibv_close_device(context), 0);
	return !!wrong;
}
