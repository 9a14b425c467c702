// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * ipsec_fuzz DEVICE CALLS [SEED] - calls of all methods of flow actions and
 * flows, right ones and such as are wrong in places: lengths, attributes that
 * are missing or come twice, handles of others, bytes of their structures. What
 * comes of it is for others to look at: the kernel's log, sanitizers, and
 * whether the device works afterwards.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <infiniband/verbs.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/rdma_user_ioctl_cmds.h>
#include <rdma/skua-abi.h>
#include <skua_hwi.h>

#define MAX_ATTRS   8
#define MAX_DATA    256
#define MAX_HANDLES 64

enum kind { NEW, ACTION, FLOW, IN, OUT };

struct attr {
	uint16_t id;
	enum kind kind;
	uint16_t len;
	const void *good;
	bool rare; /* with it most calls fail */
	uint8_t elem; /* of an attribute that is one of several */
};

struct method {
	uint16_t object, id;
	struct attr attr[6];
};

static const struct ib_uverbs_flow_action_esp esp = {
	.spi = 0x5001,
	.flags = IBV_FLOW_ACTION_ESP_FLAGS_FULL_OFFLOAD |
		 IBV_FLOW_ACTION_ESP_FLAGS_TRANSPORT,
};
static const struct ib_uverbs_flow_action_esp_keymat_aes_gcm gcm = {
	.icv_len = 16,
	.key_len = 16,
};
static const struct ib_uverbs_flow_action_esp_replay_bmp bitmap = { .size = 64 };
static const struct ib_uverbs_flow_action_esp_encap encap;
static const uint32_t esn = 1;
static const struct skua_hwi_create_sa_in sa = {
	.spi = 0x5002,
	.src = { 0xfd },
	.dst = { 0xfd, 1 },
	.key_len = 20,
	.icv_len = 16,
};
static const struct skua_hwi_modify_sa_in limits = {
	.mask = SKUA_HWI_SA_SET_LIMITS | SKUA_HWI_SA_SET_SEQ,
	.hard_packets = 1000,
	.seq = 5,
};
static const struct skua_hwi_create_flow_in flow = {
	.action = SKUA_HWI_FLOW_PROTECT,
	.sa = SKUA_HWI_NONE,
	.match = { .fields = SKUA_HWI_FLOW_SPI, .spi = 1 },
};

#define A(id, kind, len, good) { id, kind, len, good, false, 0 }
#define RARE(id, data) { id, IN, sizeof(data), &(data), true, 0 }
#define REPLAY(rare)                                                       \
	{ UVERBS_ATTR_FLOW_ACTION_ESP_REPLAY, IN, sizeof(bitmap), &bitmap, \
	  rare, IBV_FLOW_ACTION_ESP_REPLAY_BMP }

static const struct method methods[] = {
	{ UVERBS_OBJECT_FLOW_ACTION, UVERBS_METHOD_FLOW_ACTION_ESP_CREATE,
	  { A(UVERBS_ATTR_CREATE_FLOW_ACTION_ESP_HANDLE, NEW, 0, NULL),
	    A(UVERBS_ATTR_FLOW_ACTION_ESP_ATTRS, IN, sizeof(esp), &esp),
	    A(UVERBS_ATTR_FLOW_ACTION_ESP_KEYMAT, IN, sizeof(gcm), &gcm),
	    A(UVERBS_ATTR_FLOW_ACTION_ESP_ESN, IN, sizeof(esn), &esn),
	    REPLAY(false),
	    RARE(UVERBS_ATTR_FLOW_ACTION_ESP_ENCAP, encap) } },
	{ UVERBS_OBJECT_FLOW_ACTION, UVERBS_METHOD_FLOW_ACTION_ESP_MODIFY,
	  { A(UVERBS_ATTR_MODIFY_FLOW_ACTION_ESP_HANDLE, ACTION, 0, NULL),
	    A(UVERBS_ATTR_FLOW_ACTION_ESP_ESN, IN, sizeof(esn), &esn),
	    RARE(UVERBS_ATTR_FLOW_ACTION_ESP_ATTRS, esp),
	    RARE(UVERBS_ATTR_FLOW_ACTION_ESP_KEYMAT, gcm),
	    REPLAY(true),
	    RARE(UVERBS_ATTR_FLOW_ACTION_ESP_ENCAP, encap) } },
	{ UVERBS_OBJECT_FLOW_ACTION, UVERBS_METHOD_FLOW_ACTION_DESTROY,
	  { A(UVERBS_ATTR_DESTROY_FLOW_ACTION_HANDLE, ACTION, 0, NULL) } },
	{ UVERBS_OBJECT_FLOW_ACTION, SKUA_IB_METHOD_FLOW_ACTION_ESP_CREATE,
	  { A(SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_HANDLE, NEW, 0, NULL),
	    A(SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_SA, IN, sizeof(sa), &sa),
	    A(SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_LIMITS, IN, sizeof(limits),
	      &limits) } },
	{ UVERBS_OBJECT_FLOW_ACTION, SKUA_IB_METHOD_FLOW_ACTION_QUERY_SA,
	  { A(SKUA_IB_ATTR_FLOW_ACTION_QUERY_SA_HANDLE, ACTION, 0, NULL),
	    A(SKUA_IB_ATTR_FLOW_ACTION_QUERY_SA_RESP, OUT,
	      sizeof(struct skua_hwi_query_sa_out), NULL) } },
	{ UVERBS_OBJECT_FLOW, SKUA_IB_METHOD_FLOW_CREATE,
	  { A(SKUA_IB_ATTR_FLOW_CREATE_HANDLE, NEW, 0, NULL),
	    A(SKUA_IB_ATTR_FLOW_CREATE_FLOW, IN, sizeof(flow), &flow),
	    A(SKUA_IB_ATTR_FLOW_CREATE_ACTION, ACTION, 0, NULL) } },
	{ UVERBS_OBJECT_FLOW, SKUA_IB_METHOD_FLOW_QUERY,
	  { A(SKUA_IB_ATTR_FLOW_QUERY_HANDLE, FLOW, 0, NULL),
	    A(SKUA_IB_ATTR_FLOW_QUERY_RESP, OUT,
	      sizeof(struct skua_hwi_query_flow_out), NULL) } },
	{ UVERBS_OBJECT_FLOW, UVERBS_METHOD_FLOW_DESTROY,
	  { A(UVERBS_ATTR_DESTROY_FLOW_HANDLE, FLOW, 0, NULL) } },
};
#define METHODS (sizeof(methods) / sizeof(methods[0]))

struct call {
	struct ib_uverbs_ioctl_hdr hdr;
	struct ib_uverbs_attr attr[MAX_ATTRS];
};

/* Handles that were given out, of both kinds; some are good no more. */
static uint32_t handles[2][MAX_HANDLES];
static unsigned int given[2];

static uint32_t below(uint32_t n)
{
	return random() % n;
}

static uint32_t handle(enum kind kind)
{
	unsigned int n = given[kind == FLOW];

	if (!n || !below(20))
		return below(2) ? below(MAX_HANDLES) : (uint32_t)random();
	return handles[kind == FLOW][(n - 1 - below(n < 8 ? n : 8)) %
				     MAX_HANDLES];
}

static void keep(enum kind kind, uint32_t value)
{
	handles[kind == FLOW][given[kind == FLOW]++ % MAX_HANDLES] = value;
}

static void damage(uint8_t *data, uint16_t len)
{
	unsigned int n = below(3);

	while (n-- && len)
		data[below(len)] = below(2) ? random() : 1u << below(8);
}

/* In place of a pointer, up to 8 bytes are in the attribute itself. */
static void put_data(struct ib_uverbs_attr *to, const struct attr *a,
		     uint8_t data[MAX_DATA])
{
	memset(data, 0, MAX_DATA);
	if (a->kind == IN) {
		memcpy(data, a->good, a->len);
		damage(data, a->len);
	}
	to->len = below(15) ? a->len : below(MAX_DATA);
	if (a->kind == IN && to->len <= sizeof(to->data))
		memcpy(&to->data, data, to->len);
	else
		to->data = below(50) ? (uintptr_t)data : (uint64_t)random();
}

static void put_attr(struct call *c, const struct attr *a,
		     uint8_t data[MAX_DATA])
{
	struct ib_uverbs_attr *to = &c->attr[c->hdr.num_attrs++];

	*to = (struct ib_uverbs_attr){
		.attr_id = below(50) ? a->id : a->id + below(4),
		.flags = below(10) ? UVERBS_ATTR_F_MANDATORY : random() % 4,
	};
	to->attr_data.enum_data.elem_id = below(20) ? a->elem : below(5);
	switch (a->kind) {
	case NEW:
		to->data = below(20) ? 0 : random();
		break;
	case ACTION:
	case FLOW:
		to->data = handle(a->kind);
		break;
	default:
		put_data(to, a, data);
	}
}

static int make_call(int fd, const struct method *m)
{
	static uint8_t data[MAX_ATTRS][MAX_DATA];
	struct call c = { .hdr = { .object_id = m->object,
				   .method_id = m->id } };
	unsigned int i;

	for (i = 0; i < sizeof(m->attr) / sizeof(m->attr[0]); i++) {
		const struct attr *a = &m->attr[i];

		if (i && !a->id && !a->len)
			break;
		if (a->rare ? !below(6) : below(12))
			put_attr(&c, a, data[c.hdr.num_attrs]);
		if (!below(50))
			put_attr(&c, a, data[c.hdr.num_attrs]);
		if (c.hdr.num_attrs > MAX_ATTRS - 2)
			break;
	}
	c.hdr.length = sizeof(c.hdr) + c.hdr.num_attrs * sizeof(c.attr[0]);
	if (ioctl(fd, RDMA_VERBS_IOCTL, &c))
		return errno;
	if (m->attr[0].kind == NEW)
		keep(m->object == UVERBS_OBJECT_FLOW ? FLOW : ACTION,
		     c.attr[0].data);
	return 0;
}

static struct ibv_context *open_device(const char *name)
{
	struct ibv_device **list = ibv_get_device_list(NULL);
	struct ibv_context *context = NULL;
	int i;

	for (i = 0; list && list[i]; i++)
		if (!strcmp(ibv_get_device_name(list[i]), name))
			context = ibv_open_device(list[i]);
	ibv_free_device_list(list);
	return context;
}

int main(int argc, char **argv)
{
	unsigned int passed[METHODS] = {}, i, method;
	struct ibv_context *context;

	if (argc < 3)
		return 2;
	srandom(argc > 3 ? atoi(argv[3]) : 1);
	context = open_device(argv[1]);
	if (!context)
		return 1;
	for (i = atoi(argv[2]); i; i--) {
		method = below(METHODS);
		if (!make_call(context->cmd_fd, &methods[method]))
			passed[method]++;
	}
	/* All of it was reached, or this has tried nothing. */
	for (i = 0; i < METHODS; i++) {
		printf("%x %x: %u\n", methods[i].object, methods[i].id,
		       passed[i]);
		if (!passed[i])
			return 1;
	}
	ibv_close_device(context);
	return 0;
}
