// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <string.h>
#include <sys/socket.h>

#include <rdma/ib_user_ioctl_verbs.h>

#include "mad.h"

/* §13.4.2: the header of all management datagrams. */
enum {
	BASE_VERSION = 0,
	MGMT_CLASS = 1,
	CLASS_VERSION = 2,
	METHOD = 3,
	STATUS = 4,
	TID = 8,
	ATTR_ID = 16,
	ATTR_MOD = 20,
	DATA = 24,
};

#define CLASS_CM       7
#define CM_VERSION     2
#define METHOD_SEND    3
#define METHOD_MASK    0x7f

/* §12.6, table 105 and §12.11.1, table 118 */
enum attr_id {
	ATTR_REQ = 0x10,
	ATTR_MRA,
	ATTR_REJ,
	ATTR_REP,
	ATTR_RTU,
	ATTR_DREQ,
	ATTR_DREP,
	ATTR_SIDR_REQ,
	ATTR_SIDR_REP,
};

/* Where in the data fields are: tables 106 to 113, 119 and 120. */
#define LOCAL_ID  0
#define REMOTE_ID 4

#define REQ_VENDOR	  5
#define REQ_SERVICE	  8
#define REQ_GUID	  16
#define REQ_QKEY	  28
#define REQ_QPN		  32
#define REQ_RESOURCES	  35
#define REQ_DEPTH	  39
#define REQ_TIMEOUT	  43	/* 5 bits, transport 2, flow control 1 */
#define REQ_PSN		  44
#define REQ_MY_TIMEOUT	  47	/* 5 bits, retry count 3 */
#define REQ_PKEY	  48
#define REQ_MTU		  50	/* 4 bits, RDC 1, RNR retry count 3 */
#define REQ_CM_RETRIES	  51	/* 4 bits, SRQ 1, extended transport 3 */
#define REQ_LOCAL_LID	  52
#define REQ_REMOTE_LID	  54
#define REQ_LOCAL_GID	  56
#define REQ_REMOTE_GID	  72
#define REQ_RATE	  91
#define REQ_TCLASS	  92
#define REQ_HOP_LIMIT	  93
#define REQ_SUBNET	  94	/* SL 4 bits, subnet local 1 */
#define REQ_ACK_TIMEOUT	  95	/* 5 bits */
#define REQ_DATA	  140
#define REQ_DATA_LEN	  92

#define MRA_ABOUT	  8	/* 2 bits */
#define MRA_TIMEOUT	  9	/* 5 bits */

#define REJ_ABOUT	  8	/* 2 bits */
#define REJ_REASON	  10
#define REJ_DATA	  84
#define REJ_DATA_LEN	  148

#define REP_QKEY	  8
#define REP_QPN		  12
#define REP_VENDOR_H	  15
#define REP_VENDOR_M	  19
#define REP_PSN		  20
#define REP_VENDOR_L	  23
#define REP_RESOURCES	  24
#define REP_DEPTH	  25
#define REP_FLOW	  26	/* 1 bit, the last */
#define REP_RNR		  27	/* 3 bits, SRQ 1 */
#define REP_GUID	  28
#define REP_DATA	  36
#define REP_DATA_LEN	  196

#define DREQ_QPN	  8

#define SIDR_PKEY	  4
#define SIDR_SERVICE	  8
#define SIDR_REQ_DATA	  16
#define SIDR_REQ_DATA_LEN 216
#define SIDR_STATUS	  4
#define SIDR_REP_QPN	  8
#define SIDR_REP_SERVICE  12
#define SIDR_REP_QKEY	  20
#define SIDR_REP_DATA	  96
#define SIDR_REP_DATA_LEN 136

#define PKEY		  0xffff
#define HOP_LIMIT	  64
/* LIDs do not exist on Ethernet (A17.4.4): as others say it. */
#define NO_LID		  0xffff
#define RATE_25		  15

/* §12.6.1.6: how the transport is told from others. */
enum transport {
	TRANSPORT_RC,
	TRANSPORT_UC,
	TRANSPORT_RD,
	TRANSPORT_EXTENDED,
};
#define EXTENDED_XRC 1

/* Annex A11: the service ID of an IP port, and what precedes private data. */
#define SID_IP	      0x0000000001000000ull
#define SID_IP_MASK   0xffffffffff000000ull
#define IP_HEADER_LEN 36
#define IP_VERSION    1		/* 4 bits */
#define IP_PORT	      2
#define IP_SRC	      4
#define IP_DST	      20

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put24(uint8_t *p, uint32_t v)
{
	p[0] = v >> 16;
	put16(p + 1, v);
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static void put64(uint8_t *p, uint64_t v)
{
	put32(p, v >> 32);
	put32(p + 4, v);
}

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t get24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | get16(p + 1);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static uint64_t get64(const uint8_t *p)
{
	return (uint64_t)get32(p) << 32 | get32(p + 4);
}

/* Requests ----------------------------------------------------------------- */

static uint64_t service_id(const struct ucm_msg *msg)
{
	return SID_IP | (uint64_t)msg->ps << 16 | msg->dst.port;
}

static void read_service_id(struct ucm_msg *msg, const uint8_t *p)
{
	uint64_t sid = get64(p);

	/* Any other is of no port space: nobody listens there. */
	msg->ps = (sid & SID_IP_MASK) == SID_IP ? sid >> 16 : 0;
	msg->dst.port = sid;
}

/* Private data with the IP addresses of both ends before it. */
static void write_request_data(const struct ucm_msg *msg, uint8_t *p,
			       unsigned int len)
{
	if (msg->src.family == AF_IB) {
		memcpy(p, msg->private_data, len);
		return;
	}
	p[IP_VERSION] = (msg->src.family == AF_INET ? 4 : 6) << 4;
	put16(p + IP_PORT, msg->src.port);
	if (msg->src.family == AF_INET) {
		memcpy(p + IP_SRC + 12, msg->src.raw + 12, 4);
		memcpy(p + IP_DST + 12, msg->dst.raw + 12, 4);
	} else {
		memcpy(p + IP_SRC, msg->src.raw, 16);
		memcpy(p + IP_DST, msg->dst.raw, 16);
	}
	memcpy(p + IP_HEADER_LEN, msg->private_data, len - IP_HEADER_LEN);
}

static void read_ip(struct ucm_addr *addr, const uint8_t *p, bool ipv4)
{
	addr->family = ipv4 ? AF_INET : AF_INET6;
	if (ipv4) {
		memset(addr->raw, 0, 10);
		memset(addr->raw + 10, 0xff, 2);
		memcpy(addr->raw + 12, p + 12, 4);
	} else {
		memcpy(addr->raw, p, 16);
	}
}

bool ucm_mad_take_ip(struct ucm_msg *msg)
{
	uint8_t *p = msg->private_data;
	const bool ipv4 = p[IP_VERSION] == 4 << 4;
	const size_t left = sizeof(msg->private_data) - IP_HEADER_LEN;

	if (p[0] || (!ipv4 && p[IP_VERSION] != 6 << 4))
		return false;
	read_ip(&msg->src, p + IP_SRC, ipv4);
	read_ip(&msg->dst, p + IP_DST, ipv4);
	msg->src.port = get16(p + IP_PORT);
	memmove(p, p + IP_HEADER_LEN, left);
	memset(p + left, 0, IP_HEADER_LEN);
	return true;
}

static void read_gids(struct ucm_msg *msg)
{
	msg->src.family = AF_IB;
	msg->dst.family = AF_IB;
	memcpy(msg->src.raw, msg->sgid, 16);
	memcpy(msg->dst.raw, msg->dgid, 16);
}

static uint8_t transport_of(uint8_t qp_type)
{
	switch (qp_type) {
	case IB_UVERBS_QPT_RC:
		return TRANSPORT_RC;
	case IB_UVERBS_QPT_UC:
		return TRANSPORT_UC;
	default:
		return TRANSPORT_EXTENDED;
	}
}

static void write_req(const struct ucm_mad *m, uint8_t *p)
{
	const struct ucm_msg *msg = &m->msg;
	uint8_t transport = transport_of(msg->qp_type);

	put24(p + REQ_VENDOR, msg->ece.vendor_id);
	put64(p + REQ_SERVICE, service_id(msg));
	put64(p + REQ_GUID, m->guid);
	put32(p + REQ_QKEY, msg->qkey);
	put24(p + REQ_QPN, msg->qpn);
	p[REQ_RESOURCES] = msg->responder_resources;
	p[REQ_DEPTH] = msg->initiator_depth;
	p[REQ_TIMEOUT] = m->timeout << 3 | transport << 1 | !!msg->flow_control;
	put24(p + REQ_PSN, msg->psn);
	p[REQ_MY_TIMEOUT] = m->my_timeout << 3 | msg->retry_count;
	put16(p + REQ_PKEY, PKEY);
	p[REQ_MTU] = m->mtu << 4 | msg->rnr_retry_count;
	p[REQ_CM_RETRIES] = m->max_retries << 4 | !!msg->srq << 3;
	if (transport == TRANSPORT_EXTENDED)
		p[REQ_CM_RETRIES] |= EXTENDED_XRC;
	put16(p + REQ_LOCAL_LID, NO_LID);
	put16(p + REQ_REMOTE_LID, NO_LID);
	memcpy(p + REQ_LOCAL_GID, msg->sgid, 16);
	memcpy(p + REQ_REMOTE_GID, msg->dgid, 16);
	p[REQ_RATE] = RATE_25;
	p[REQ_TCLASS] = msg->tos;
	p[REQ_HOP_LIMIT] = HOP_LIMIT;
	p[REQ_SUBNET] = 1 << 3;
	p[REQ_ACK_TIMEOUT] = m->ack_timeout << 3;
	write_request_data(msg, p + REQ_DATA, REQ_DATA_LEN);
}

static bool read_transport(struct ucm_msg *msg, const uint8_t *p)
{
	switch (p[REQ_TIMEOUT] >> 1 & 3) {
	case TRANSPORT_RC:
		msg->qp_type = IB_UVERBS_QPT_RC;
		return true;
	case TRANSPORT_UC:
		msg->qp_type = IB_UVERBS_QPT_UC;
		return true;
	case TRANSPORT_EXTENDED:
		/* The other end of an initiator is a target. */
		msg->qp_type = IB_UVERBS_QPT_XRC_TGT;
		return (p[REQ_CM_RETRIES] & 7) == EXTENDED_XRC;
	default:
		return false;
	}
}

static bool read_req(struct ucm_mad *m, const uint8_t *p)
{
	struct ucm_msg *msg = &m->msg;

	msg->type = UCM_MSG_REQ;
	msg->ece.vendor_id = get24(p + REQ_VENDOR);
	read_service_id(msg, p + REQ_SERVICE);
	m->guid = get64(p + REQ_GUID);
	msg->qkey = get32(p + REQ_QKEY);
	msg->qpn = get24(p + REQ_QPN);
	msg->responder_resources = p[REQ_RESOURCES];
	msg->initiator_depth = p[REQ_DEPTH];
	m->timeout = p[REQ_TIMEOUT] >> 3;
	msg->flow_control = p[REQ_TIMEOUT] & 1;
	msg->psn = get24(p + REQ_PSN);
	m->my_timeout = p[REQ_MY_TIMEOUT] >> 3;
	msg->retry_count = p[REQ_MY_TIMEOUT] & 7;
	m->mtu = p[REQ_MTU] >> 4;
	msg->rnr_retry_count = p[REQ_MTU] & 7;
	m->max_retries = p[REQ_CM_RETRIES] >> 4;
	msg->srq = p[REQ_CM_RETRIES] >> 3 & 1;
	memcpy(msg->sgid, p + REQ_LOCAL_GID, 16);
	memcpy(msg->dgid, p + REQ_REMOTE_GID, 16);
	msg->tos = p[REQ_TCLASS];
	m->ack_timeout = p[REQ_ACK_TIMEOUT] >> 3;
	read_gids(msg);
	memcpy(msg->private_data, p + REQ_DATA, REQ_DATA_LEN);
	return read_transport(msg, p) && m->mtu >= 1 && m->mtu <= 5;
}

static void write_sidr_req(const struct ucm_mad *m, uint8_t *p)
{
	put16(p + SIDR_PKEY, PKEY);
	put64(p + SIDR_SERVICE, service_id(&m->msg));
	write_request_data(&m->msg, p + SIDR_REQ_DATA, SIDR_REQ_DATA_LEN);
}

static void read_sidr_req(struct ucm_mad *m, const uint8_t *p)
{
	m->msg.type = UCM_MSG_REQ;
	m->msg.qp_type = IB_UVERBS_QPT_UD;
	read_service_id(&m->msg, p + SIDR_SERVICE);
	read_gids(&m->msg);
	memcpy(m->msg.private_data, p + SIDR_REQ_DATA, SIDR_REQ_DATA_LEN);
}

/* Replies ------------------------------------------------------------------ */

static void write_rep(const struct ucm_mad *m, uint8_t *p)
{
	const struct ucm_msg *msg = &m->msg;

	put32(p + REP_QKEY, msg->qkey);
	put24(p + REP_QPN, msg->qpn);
	p[REP_VENDOR_H] = msg->ece.vendor_id >> 16;
	p[REP_VENDOR_M] = msg->ece.vendor_id >> 8;
	put24(p + REP_PSN, msg->psn);
	p[REP_VENDOR_L] = msg->ece.vendor_id;
	p[REP_RESOURCES] = msg->responder_resources;
	p[REP_DEPTH] = msg->initiator_depth;
	p[REP_FLOW] = !!msg->flow_control;
	p[REP_RNR] = msg->rnr_retry_count << 5 | !!msg->srq << 4;
	put64(p + REP_GUID, m->guid);
	memcpy(p + REP_DATA, msg->private_data, REP_DATA_LEN);
}

static void read_rep(struct ucm_mad *m, const uint8_t *p)
{
	struct ucm_msg *msg = &m->msg;

	msg->type = UCM_MSG_REP;
	msg->qkey = get32(p + REP_QKEY);
	msg->qpn = get24(p + REP_QPN);
	msg->ece.vendor_id = (uint32_t)p[REP_VENDOR_H] << 16 |
			     p[REP_VENDOR_M] << 8 | p[REP_VENDOR_L];
	msg->psn = get24(p + REP_PSN);
	msg->responder_resources = p[REP_RESOURCES];
	msg->initiator_depth = p[REP_DEPTH];
	msg->flow_control = p[REP_FLOW] & 1;
	msg->rnr_retry_count = p[REP_RNR] >> 5;
	msg->srq = p[REP_RNR] >> 4 & 1;
	m->guid = get64(p + REP_GUID);
	memcpy(msg->private_data, p + REP_DATA, REP_DATA_LEN);
}

/* Both the reply and the refusal of §12.11. */
static void write_sidr_rep(const struct ucm_mad *m, uint8_t *p)
{
	const struct ucm_msg *msg = &m->msg;

	p[SIDR_STATUS] = msg->type == UCM_MSG_REJ ? msg->reason : 0;
	put24(p + SIDR_REP_QPN, msg->qpn);
	put64(p + SIDR_REP_SERVICE, service_id(msg));
	put32(p + SIDR_REP_QKEY, msg->qkey);
	memcpy(p + SIDR_REP_DATA, msg->private_data, SIDR_REP_DATA_LEN);
}

static void read_sidr_rep(struct ucm_mad *m, const uint8_t *p)
{
	struct ucm_msg *msg = &m->msg;

	msg->reason = p[SIDR_STATUS];
	msg->type = msg->reason ? UCM_MSG_REJ : UCM_MSG_REP;
	msg->qp_type = IB_UVERBS_QPT_UD;
	/* It names the request; there is no other identifier. */
	m->remote = m->local;
	msg->qpn = get24(p + SIDR_REP_QPN);
	msg->qkey = get32(p + SIDR_REP_QKEY);
	memcpy(msg->private_data, p + SIDR_REP_DATA, SIDR_REP_DATA_LEN);
}

static void write_rej(const struct ucm_mad *m, uint8_t *p)
{
	p[REJ_ABOUT] = m->about << 6;
	put16(p + REJ_REASON, m->msg.reason);
	memcpy(p + REJ_DATA, m->msg.private_data, REJ_DATA_LEN);
}

static void read_rej(struct ucm_mad *m, const uint8_t *p)
{
	m->msg.type = UCM_MSG_REJ;
	m->about = p[REJ_ABOUT] >> 6;
	m->msg.reason = get16(p + REJ_REASON);
	memcpy(m->msg.private_data, p + REJ_DATA, REJ_DATA_LEN);
}

/* All of them -------------------------------------------------------------- */

static uint16_t attribute_of(const struct ucm_msg *msg)
{
	static const uint16_t of[] = {
		[UCM_MSG_REQ] = ATTR_REQ,   [UCM_MSG_MRA] = ATTR_MRA,
		[UCM_MSG_REP] = ATTR_REP,   [UCM_MSG_RTU] = ATTR_RTU,
		[UCM_MSG_REJ] = ATTR_REJ,   [UCM_MSG_DREQ] = ATTR_DREQ,
		[UCM_MSG_DREP] = ATTR_DREP,
	};

	if (msg->qp_type == IB_UVERBS_QPT_UD)
		return msg->type == UCM_MSG_REQ ? ATTR_SIDR_REQ : ATTR_SIDR_REP;
	return of[msg->type];
}

void ucm_mad_write(const struct ucm_mad *m, uint8_t mad[UCM_MAD_LEN])
{
	uint16_t attr = attribute_of(&m->msg);
	uint8_t *p = mad + DATA;

	memset(mad, 0, UCM_MAD_LEN);
	mad[BASE_VERSION] = 1;
	mad[MGMT_CLASS] = CLASS_CM;
	mad[CLASS_VERSION] = CM_VERSION;
	mad[METHOD] = METHOD_SEND;
	put64(mad + TID, m->tid);
	put16(mad + ATTR_ID, attr);
	put32(p + LOCAL_ID, m->local);
	if (attr != ATTR_REQ && attr < ATTR_SIDR_REQ)
		put32(p + REMOTE_ID, m->remote);
	if (attr == ATTR_REQ || attr == ATTR_REP)
		put32(mad + ATTR_MOD, m->msg.ece.attr_mod);
	switch ((enum attr_id)attr) {
	case ATTR_REQ:
		write_req(m, p);
		break;
	case ATTR_MRA:
		p[MRA_ABOUT] = m->about << 6;
		p[MRA_TIMEOUT] = m->my_timeout << 3;
		break;
	case ATTR_REJ:
		write_rej(m, p);
		break;
	case ATTR_REP:
		write_rep(m, p);
		break;
	case ATTR_DREQ:
		put24(p + DREQ_QPN, m->dreq_qpn);
		break;
	case ATTR_SIDR_REQ:
		write_sidr_req(m, p);
		break;
	case ATTR_SIDR_REP:
		write_sidr_rep(m, p);
		break;
	case ATTR_RTU:
	case ATTR_DREP:
		break;
	}
}

static bool is_of_cm(const uint8_t *mad)
{
	return mad[BASE_VERSION] == 1 && mad[MGMT_CLASS] == CLASS_CM &&
	       mad[CLASS_VERSION] == CM_VERSION &&
	       (mad[METHOD] & METHOD_MASK) == METHOD_SEND;
}

bool ucm_mad_read(const uint8_t mad[UCM_MAD_LEN], struct ucm_mad *m)
{
	const uint8_t *p = mad + DATA;

	if (!is_of_cm(mad))
		return false;
	memset(m, 0, sizeof(*m));
	m->tid = get64(mad + TID);
	m->local = get32(p + LOCAL_ID);
	m->remote = get32(p + REMOTE_ID);
	m->msg.ece.attr_mod = get32(mad + ATTR_MOD);
	switch (get16(mad + ATTR_ID)) {
	case ATTR_REQ:
		return read_req(m, p);
	case ATTR_MRA:
		m->msg.type = UCM_MSG_MRA;
		m->about = p[MRA_ABOUT] >> 6;
		m->my_timeout = p[MRA_TIMEOUT] >> 3;
		return true;
	case ATTR_REJ:
		read_rej(m, p);
		return true;
	case ATTR_REP:
		read_rep(m, p);
		return true;
	case ATTR_RTU:
		m->msg.type = UCM_MSG_RTU;
		return true;
	case ATTR_DREQ:
		m->msg.type = UCM_MSG_DREQ;
		m->dreq_qpn = get24(p + DREQ_QPN);
		return true;
	case ATTR_DREP:
		m->msg.type = UCM_MSG_DREP;
		return true;
	case ATTR_SIDR_REQ:
		read_sidr_req(m, p);
		return true;
	case ATTR_SIDR_REP:
		read_sidr_rep(m, p);
		return true;
	default:
		return false;
	}
}
