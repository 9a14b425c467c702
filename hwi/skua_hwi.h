/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Skua hardware interface, version 1.0: every layout that the adapter shares
 * with its drivers and its provider. The prose is in hwi/skua_hwi.md; section
 * numbers here (§n) are of that page.
 *
 * All fields are little-endian except the few marked __be. Reserved fields are
 * written as zero by their owner and refused by the device when non-zero in a
 * command, ignored elsewhere. There is no logic in this file.
 */
#ifndef SKUA_HWI_H
#define SKUA_HWI_H

#include <linux/types.h>
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/stddef.h>
#else
#include <assert.h>
#include <stddef.h>
#endif

#define SKUA_HWI_SIZE(type, size) \
	static_assert(sizeof(type) == (size), #type " has the wrong size")
#define SKUA_HWI_OFFSET(type, field, off)          \
	static_assert(offsetof(type, field) == (off), \
		      #type "." #field " is misplaced")

#define SKUA_HWI_VERSION_MAJOR 1
#define SKUA_HWI_VERSION_MINOR 0

/* §1 PCI identity and BARs ------------------------------------------------ */

#define SKUA_HWI_PCI_VENDOR_ID 0x1af4
#define SKUA_HWI_PCI_DEVICE_ID 0x10f5
#define SKUA_HWI_PCI_SUBSYS_ID 0x0001
#define SKUA_HWI_PCI_CLASS     0x020000
#define SKUA_HWI_PCI_REVISION  SKUA_HWI_VERSION_MAJOR

#define SKUA_HWI_BAR_REGS     0 /* registers and MSI-X; every access traps */
#define SKUA_HWI_BAR_DOORBELL 2 /* doorbell pages; plain memory, never traps */
#define SKUA_HWI_BAR_KICK     4 /* kick pages; every write traps */

#define SKUA_HWI_REGS_SIZE       0x10000
#define SKUA_HWI_MSIX_TABLE_OFF  0x8000
#define SKUA_HWI_MSIX_PBA_OFF    0xc000
#define SKUA_HWI_MAX_VECTORS     64
#define SKUA_HWI_UAR_PAGE_SHIFT  12
#define SKUA_HWI_UAR_PAGE_SIZE   (1 << SKUA_HWI_UAR_PAGE_SHIFT)
#define SKUA_HWI_UAR_PAGES       1024
#define SKUA_HWI_UAR_BAR_SIZE    (SKUA_HWI_UAR_PAGES * SKUA_HWI_UAR_PAGE_SIZE)

/* §2 Registers (BAR 0), 32 bits wide unless noted ------------------------- */

enum skua_hwi_reg {
	SKUA_HWI_REG_MAGIC = 0x000,	/* RO: SKUA_HWI_MAGIC */
	SKUA_HWI_REG_VERSION = 0x004,	/* RO: major << 16 | minor */
	SKUA_HWI_REG_STATUS = 0x008,	/* RO: SKUA_HWI_STATUS_* */
	SKUA_HWI_REG_RESET = 0x00c,	/* WO: SKUA_HWI_RESET_MAGIC resets */
	SKUA_HWI_REG_VECTORS = 0x010,	/* RO: MSI-X vectors */
	SKUA_HWI_REG_UAR_PAGES = 0x014,	/* RO: doorbell pages */
	SKUA_HWI_REG_CMDQ_BASE_LO = 0x020, /* RW while the queue is off */
	SKUA_HWI_REG_CMDQ_BASE_HI = 0x024,
	SKUA_HWI_REG_CMDQ_CTRL = 0x028,	/* RW: SKUA_HWI_CMDQ_* */
	SKUA_HWI_REG_CMDQ_PI = 0x02c,	/* WO: producer index, free-running */
	SKUA_HWI_REG_FATAL = 0x030,	/* RO: why STATUS says FATAL */
	SKUA_HWI_REG_TIME_LO = 0x040,	/* RO: device clock, ns; latches HI */
	SKUA_HWI_REG_TIME_HI = 0x044,
};

#define SKUA_HWI_MAGIC       0x41554b53 /* "SKUA" in memory order */
#define SKUA_HWI_RESET_MAGIC 0x54455352 /* "RSET" */

#define SKUA_HWI_STATUS_READY   (1u << 0) /* out of reset */
#define SKUA_HWI_STATUS_CMDQ_ON (1u << 1)
#define SKUA_HWI_STATUS_FATAL   (1u << 2) /* only reset helps; see FATAL */

#define SKUA_HWI_CMDQ_ENABLE    (1u << 31)
#define SKUA_HWI_CMDQ_LOG_MASK  0x0fu /* log2 of entries, at most MAX_LOG */
#define SKUA_HWI_CMDQ_MAX_LOG   6

enum skua_hwi_fatal {
	SKUA_HWI_FATAL_NONE = 0,
	SKUA_HWI_FATAL_CMDQ_DMA = 1,	/* command queue not in guest memory */
	SKUA_HWI_FATAL_CMDQ_INDEX = 2,	/* producer index ran past the queue */
	SKUA_HWI_FATAL_EQ_DMA = 3,	/* EQ 0 not in guest memory any more */
};

/* §3 Doorbells, kicks, and how the device falls asleep --------------------- */

/*
 * One slot per send queue. The driver owns pi, the device owns armed.
 *
 * Post: store the WQE blocks; release; store pi; full barrier; load armed; if
 * it is non-zero, write the kick register of the same page. The device, before
 * it stops polling the slot: store armed = 1; full barrier; load pi again, and
 * stay awake if it moved. Either the device sees the new pi or the driver sees
 * armed: both missing it would need each load to precede the other side's
 * store, which the two full barriers exclude.
 */
struct skua_hwi_db_slot {
	__le32 pi;	/* producer index in 64-byte blocks, free-running */
	__u8 rsvd0[28];
	__le32 armed;	/* device: not polling this slot, kick after pi */
	__u8 rsvd1[28];
};
SKUA_HWI_SIZE(struct skua_hwi_db_slot, 64);
SKUA_HWI_OFFSET(struct skua_hwi_db_slot, armed, 32);

#define SKUA_HWI_DB_SLOTS (SKUA_HWI_UAR_PAGE_SIZE / 64) /* per page */

/* Kick register: offset 0 of page n in BAR 4 speaks for doorbell page n. */
#define SKUA_HWI_KICK_SLOT_MASK 0x3fu
#define SKUA_HWI_KICK_RQ        (1u << 8) /* the slot's QP: its RQ, not its SQ */

/* §4 Page lists ----------------------------------------------------------- */

/*
 * Where a queue or a memory region lies. levels 0: addr is the one page.
 * levels 1: addr is an array of count __le64 page addresses, contiguous in DMA
 * space. levels 2: addr is an array of __le64 addresses of 4 KiB list pages
 * with 512 page addresses each, count page addresses in all. Pages are
 * 1 << page_shift bytes and aligned to that; offset is where the object starts
 * in the first page. The device copies the list while the command runs.
 */
struct skua_hwi_pbl {
	__le64 addr;
	__le32 count;
	__le32 offset;
	__u8 page_shift;
	__u8 levels;
	__u8 rsvd[6];
};
SKUA_HWI_SIZE(struct skua_hwi_pbl, 24);

#define SKUA_HWI_PBL_LIST_SHIFT 12
#define SKUA_HWI_PBL_LIST_LEN   512
#define SKUA_HWI_PAGE_SHIFT_MIN 12
#define SKUA_HWI_PAGE_SHIFT_MAX 30

/* §5 Event queues --------------------------------------------------------- */

enum skua_hwi_event {
	SKUA_HWI_EVENT_COMP = 0x01,		/* obj: CQN */
	SKUA_HWI_EVENT_CMD = 0x02,		/* obj: index in the queue */
	SKUA_HWI_EVENT_QP_FATAL = 0x10,		/* obj: QPN */
	SKUA_HWI_EVENT_QP_REQ_ERR = 0x11,	/* responder: bad request */
	SKUA_HWI_EVENT_QP_ACCESS_ERR = 0x12,	/* responder: rkey violation */
	SKUA_HWI_EVENT_COMM_EST = 0x13,
	SKUA_HWI_EVENT_SQ_DRAINED = 0x14,
	SKUA_HWI_EVENT_LAST_WQE = 0x15,		/* QP with SRQ went to ERR */
	SKUA_HWI_EVENT_SRQ_LIMIT = 0x20,	/* obj: SRQN */
	SKUA_HWI_EVENT_SRQ_ERR = 0x21,
	SKUA_HWI_EVENT_CQ_ERR = 0x28,		/* obj: CQN; overflow or DMA */
	SKUA_HWI_EVENT_PORT_STATE = 0x30,	/* data: 1 up, 0 down */
	SKUA_HWI_EVENT_SA = 0x38,		/* obj: SA; data: SA_EVENT_* */
	SKUA_HWI_EVENT_FATAL = 0x3f,		/* data: skua_hwi_fatal */
};

struct skua_hwi_eqe {
	__u8 type;	/* enum skua_hwi_event */
	__u8 rsvd0[3];
	__le32 obj;
	__le64 data;
	__u8 rsvd1[12];
	__le32 owner;	/* bit 0: phase; 1 on the first lap, then flips */
};
SKUA_HWI_SIZE(struct skua_hwi_eqe, 32);
SKUA_HWI_OFFSET(struct skua_hwi_eqe, owner, 28);

/*
 * Every EQ and CQ ring is followed by its record, which the driver owns. The
 * device stores an entry; full barrier; loads arm. The driver stores arm; full
 * barrier; looks at the ring again. arm holds a serial number the driver
 * raises each time it arms, and what for; the device raises one event (an EQ:
 * one interrupt) for each serial number.
 */
struct skua_hwi_cq_rec {
	__le32 ci;	/* consumer index, free-running */
	__le32 arm;	/* serial << 2 | SKUA_HWI_ARM_* */
	__u8 rsvd[56];
};
SKUA_HWI_SIZE(struct skua_hwi_cq_rec, 64);

#define SKUA_HWI_ARM_NONE      0u
#define SKUA_HWI_ARM_SOLICITED 1u
#define SKUA_HWI_ARM_ANY       2u
#define SKUA_HWI_ARM_MASK      3u
#define SKUA_HWI_ARM_SN_SHIFT  2

#define SKUA_HWI_OWNER_PHASE 1u

/* §6 Send queue: WQEs of 1 to 16 blocks of 64 bytes ------------------------ */

#define SKUA_HWI_WQE_BB_SHIFT 6
#define SKUA_HWI_WQE_BB       (1 << SKUA_HWI_WQE_BB_SHIFT)
#define SKUA_HWI_WQE_MAX_BB   16
#define SKUA_HWI_MAX_SGE      30
#define SKUA_HWI_MAX_INLINE   512
#define SKUA_HWI_SQ_MAX_LOG   16 /* blocks */
#define SKUA_HWI_RQ_MAX_LOG   15 /* entries */
#define SKUA_HWI_CQ_MAX_LOG   22 /* entries */
#define SKUA_HWI_EQ_MAX_LOG   16 /* entries */

enum skua_hwi_wqe_opcode {
	SKUA_HWI_WQE_NOP = 0x00,
	SKUA_HWI_WQE_SEND = 0x01,
	SKUA_HWI_WQE_SEND_IMM = 0x02,
	SKUA_HWI_WQE_SEND_INV = 0x03,
	SKUA_HWI_WQE_WRITE = 0x04,
	SKUA_HWI_WQE_WRITE_IMM = 0x05,
	SKUA_HWI_WQE_READ = 0x06,
	SKUA_HWI_WQE_CMP_SWAP = 0x07,
	SKUA_HWI_WQE_FETCH_ADD = 0x08,
	SKUA_HWI_WQE_LOCAL_INV = 0x10,
	SKUA_HWI_WQE_BIND_MW = 0x11,
	SKUA_HWI_WQE_REG_MR = 0x12,
	SKUA_HWI_WQE_ETH = 0x20, /* ETH QP: one whole frame, without FCS */
};

#define SKUA_HWI_WQE_SIGNALED  (1u << 0)
#define SKUA_HWI_WQE_SOLICITED (1u << 1)
#define SKUA_HWI_WQE_FENCE     (1u << 2) /* after all earlier READs, atomics */
#define SKUA_HWI_WQE_INLINE    (1u << 3) /* data in the WQE, no SGEs */
#define SKUA_HWI_WQE_IPSEC     (1u << 4) /* ETH: to be sealed by SA sa (§6) */

/*
 * A WQE is ctrl, then the segment its opcode asks for (remote for WRITE and
 * READ; remote and atomic for atomics; ud for UD and GSI QPs; bind; reg), then
 * num_sge SGEs or inline_len bytes of data. Segments are multiples of 16
 * bytes, so none straddles a block; blocks follow each other modulo the ring.
 */
struct skua_hwi_wqe_ctrl {
	__u8 opcode;
	__u8 flags;
	__u8 num_bb;	/* blocks of this WQE */
	__u8 num_sge;
	union {
		__be32 imm;
		__le32 inv_key;	/* SEND_INV, LOCAL_INV */
		__le32 sa;	/* ETH with IPSEC */
	};
	__le32 inline_len;
	__le32 rsvd;
};
SKUA_HWI_SIZE(struct skua_hwi_wqe_ctrl, 16);

struct skua_hwi_wqe_remote {
	__le64 addr;
	__le32 rkey;
	__le32 rsvd;
};
SKUA_HWI_SIZE(struct skua_hwi_wqe_remote, 16);

struct skua_hwi_wqe_atomic {
	__le64 swap_add;
	__le64 compare;
};
SKUA_HWI_SIZE(struct skua_hwi_wqe_atomic, 16);

/* Address vector: the path of an RC or UC QP, or of one UD datagram. */
struct skua_hwi_av {
	__u8 dmac[6];
	__le16 vlan;		/* VID and PCP, or SKUA_HWI_VLAN_NONE */
	__u8 dgid[16];		/* IPv4 as ::ffff:a.b.c.d */
	__le32 flow_label;
	__u8 sgid_index;
	__u8 hop_limit;
	__u8 tclass;
	__u8 sl;
};
SKUA_HWI_SIZE(struct skua_hwi_av, 32);
#define SKUA_HWI_VLAN_NONE 0xffff

struct skua_hwi_wqe_ud {
	struct skua_hwi_av av;
	__le32 dqpn;
	__le32 qkey;	/* bit 31 set: use the QP's own */
	__u8 rsvd[8];
};
SKUA_HWI_SIZE(struct skua_hwi_wqe_ud, 48);

struct skua_hwi_wqe_bind {
	__le32 mw_key;		/* key that the window has after the bind */
	__le32 mr_key;
	__le64 addr;
	__le64 len;		/* zero unbinds a type 1 window */
	__u8 access;
	__u8 rsvd[23];
};
SKUA_HWI_SIZE(struct skua_hwi_wqe_bind, 48);

struct skua_hwi_wqe_reg {
	__le32 key;		/* index of the mkey, new variant */
	__u8 access;
	__u8 rsvd[3];
	__le64 iova;
	__le64 len;
	struct skua_hwi_pbl pbl;
};
SKUA_HWI_SIZE(struct skua_hwi_wqe_reg, 48);

struct skua_hwi_sge {
	__le64 addr;
	__le32 len;
	__le32 lkey;
};
SKUA_HWI_SIZE(struct skua_hwi_sge, 16);

/* §7 Receive queue and SRQ ------------------------------------------------ */

/*
 * Entry of 1 << log_stride bytes: this header, then num_sge SGEs. The device
 * copies the entry when it starts to use it; the slot may be written again as
 * soon as posted minus completed is less than the size of the ring. tag comes
 * back in the CQE.
 */
struct skua_hwi_rwqe {
	__le32 tag;
	__u8 num_sge;
	__u8 rsvd[11];
};
SKUA_HWI_SIZE(struct skua_hwi_rwqe, 16);

#define SKUA_HWI_RQ_MIN_LOG_STRIDE 6
#define SKUA_HWI_RQ_MAX_LOG_STRIDE 9

/*
 * The record that follows every RQ and SRQ ring. The device reads pi when a
 * message needs a buffer; it sets armed only in an RQ whose QP is in ERR, so
 * that receives posted then are flushed: post as in §3, kick with KICK_RQ.
 */
struct skua_hwi_rq_rec {
	__le32 pi;	/* producer index, free-running */
	__u8 rsvd0[28];
	__le32 armed;	/* device */
	__u8 rsvd1[28];
};
SKUA_HWI_SIZE(struct skua_hwi_rq_rec, 64);
SKUA_HWI_OFFSET(struct skua_hwi_rq_rec, armed, 32);

/* §8 Completions ---------------------------------------------------------- */

enum skua_hwi_cqe_opcode {
	SKUA_HWI_CQE_SEND = 0x00,
	SKUA_HWI_CQE_WRITE = 0x01,
	SKUA_HWI_CQE_READ = 0x02,
	SKUA_HWI_CQE_CMP_SWAP = 0x03,
	SKUA_HWI_CQE_FETCH_ADD = 0x04,
	SKUA_HWI_CQE_BIND_MW = 0x05,
	SKUA_HWI_CQE_LOCAL_INV = 0x06,
	SKUA_HWI_CQE_REG_MR = 0x07,
	SKUA_HWI_CQE_NOP = 0x08,
	SKUA_HWI_CQE_ETH_TX = 0x09,
	SKUA_HWI_CQE_RECV = 0x80, /* bit 7: a receive completion */
	SKUA_HWI_CQE_RECV_WRITE_IMM = 0x81,
	SKUA_HWI_CQE_ETH_RX = 0x82,
};
#define SKUA_HWI_CQE_IS_RECV 0x80

/* IBTA 11.6.2 completion return status. */
enum skua_hwi_cqe_status {
	SKUA_HWI_CQE_OK = 0,
	SKUA_HWI_CQE_LOC_LEN_ERR = 1,
	SKUA_HWI_CQE_LOC_QP_OP_ERR = 2,
	SKUA_HWI_CQE_LOC_PROT_ERR = 3,
	SKUA_HWI_CQE_WR_FLUSH_ERR = 4,
	SKUA_HWI_CQE_MW_BIND_ERR = 5,
	SKUA_HWI_CQE_LOC_ACCESS_ERR = 6,
	SKUA_HWI_CQE_REM_INV_REQ_ERR = 7,
	SKUA_HWI_CQE_REM_ACCESS_ERR = 8,
	SKUA_HWI_CQE_REM_OP_ERR = 9,
	SKUA_HWI_CQE_RETRY_EXC_ERR = 10,
	SKUA_HWI_CQE_RNR_RETRY_EXC_ERR = 11,
	SKUA_HWI_CQE_REM_ABORT_ERR = 12,
	SKUA_HWI_CQE_FATAL_ERR = 13,
	SKUA_HWI_CQE_GENERAL_ERR = 14,
};

#define SKUA_HWI_CQE_F_GRH     (1u << 0) /* 40 bytes before the payload */
#define SKUA_HWI_CQE_F_IMM     (1u << 1)
#define SKUA_HWI_CQE_F_INV     (1u << 2) /* inv_key was invalidated */
#define SKUA_HWI_CQE_F_CSUM_OK (1u << 3) /* ETH_RX: L3 and L4 verified */
#define SKUA_HWI_CQE_F_VLAN    (1u << 4)
#define SKUA_HWI_CQE_F_IPSEC   (1u << 5) /* ETH_RX: opened by SA sa */

enum skua_hwi_net {
	SKUA_HWI_NET_NONE = 0,
	SKUA_HWI_NET_IPV4 = 1,
	SKUA_HWI_NET_IPV6 = 2,
};

struct skua_hwi_cqe {
	__le32 qpn;
	__le32 wqe;	/* send: index of the first block; receive: tag */
	__le32 byte_len;
	union {
		__be32 imm;
		__le32 inv_key;
		__le32 sa;
	};
	__le32 src_qpn;
	__le16 vlan;
	__le16 pkey_index;
	__u8 smac[6];
	__u8 opcode;	/* undefined unless status is OK, but for bit 7 */
	__u8 status;
	__le32 vendor_err;
	__u8 flags;
	__u8 net;	/* enum skua_hwi_net, UD and GSI receives */
	__u8 sl;
	__u8 rsvd0;
	__le64 timestamp; /* ns of the device clock */
	__u8 rsvd1[12];
	__le32 owner;	/* bit 0: phase; 1 on the first lap, then flips */
};
SKUA_HWI_SIZE(struct skua_hwi_cqe, 64);
SKUA_HWI_OFFSET(struct skua_hwi_cqe, opcode, 30);
SKUA_HWI_OFFSET(struct skua_hwi_cqe, timestamp, 40);
SKUA_HWI_OFFSET(struct skua_hwi_cqe, owner, 60);

/* §9 Commands ------------------------------------------------------------- */

enum skua_hwi_cmd_opcode {
	SKUA_HWI_CMD_QUERY_DEVICE = 0x001,
	SKUA_HWI_CMD_QUERY_COUNTERS = 0x002,
	SKUA_HWI_CMD_SET_GID = 0x010,
	SKUA_HWI_CMD_SET_PORT = 0x011,
	SKUA_HWI_CMD_CREATE_EQ = 0x020,
	SKUA_HWI_CMD_MODIFY_EQ = 0x021,
	SKUA_HWI_CMD_DESTROY_EQ = 0x022,
	SKUA_HWI_CMD_CREATE_PD = 0x030,
	SKUA_HWI_CMD_DESTROY_PD = 0x032,
	SKUA_HWI_CMD_CREATE_MKEY = 0x040,
	SKUA_HWI_CMD_MODIFY_MKEY = 0x041,
	SKUA_HWI_CMD_DESTROY_MKEY = 0x042,
	SKUA_HWI_CMD_CREATE_CQ = 0x050,
	SKUA_HWI_CMD_MODIFY_CQ = 0x051,
	SKUA_HWI_CMD_DESTROY_CQ = 0x052,
	SKUA_HWI_CMD_CREATE_SRQ = 0x060,
	SKUA_HWI_CMD_MODIFY_SRQ = 0x061,
	SKUA_HWI_CMD_DESTROY_SRQ = 0x062,
	SKUA_HWI_CMD_QUERY_SRQ = 0x063,
	SKUA_HWI_CMD_CREATE_QP = 0x070,
	SKUA_HWI_CMD_MODIFY_QP = 0x071,
	SKUA_HWI_CMD_DESTROY_QP = 0x072,
	SKUA_HWI_CMD_QUERY_QP = 0x073,
	SKUA_HWI_CMD_CREATE_SA = 0x080,
	SKUA_HWI_CMD_MODIFY_SA = 0x081,
	SKUA_HWI_CMD_DESTROY_SA = 0x082,
	SKUA_HWI_CMD_QUERY_SA = 0x083,
	SKUA_HWI_CMD_CREATE_FLOW = 0x088,
	SKUA_HWI_CMD_DESTROY_FLOW = 0x08a,
	SKUA_HWI_CMD_QUERY_FLOW = 0x08b,
};

enum skua_hwi_cmd_status {
	SKUA_HWI_OK = 0,
	SKUA_HWI_BAD_OPCODE = 1,
	SKUA_HWI_BAD_PARAM = 2,		/* syndrome: offset of the field in in[] */
	SKUA_HWI_BAD_OBJECT = 3,	/* no such object, or a stale handle */
	SKUA_HWI_BAD_STATE = 4,		/* not in this state */
	SKUA_HWI_IN_USE = 5,		/* others still refer to the object */
	SKUA_HWI_NO_RESOURCES = 6,
	SKUA_HWI_BAD_ADDRESS = 7,	/* not in mapped guest memory */
	SKUA_HWI_NOT_SUPPORTED = 8,
	SKUA_HWI_INTERNAL = 9,
};

/* state: the driver posts with POSTED, the device answers with DONE, last. */
#define SKUA_HWI_CMD_IDLE   0
#define SKUA_HWI_CMD_POSTED 1
#define SKUA_HWI_CMD_DONE   2

#define SKUA_HWI_CMD_IN_LEN  112
#define SKUA_HWI_CMD_OUT_LEN 128

struct skua_hwi_cmd {
	__le16 opcode;
	__le16 rsvd0;
	__le32 tag;	/* the driver's own, left as it is */
	__u8 state;
	__u8 status;	/* enum skua_hwi_cmd_status */
	__le16 rsvd1;
	__le32 syndrome;
	__u8 in[SKUA_HWI_CMD_IN_LEN];
	__u8 out[SKUA_HWI_CMD_OUT_LEN];
};
SKUA_HWI_SIZE(struct skua_hwi_cmd, 256);
SKUA_HWI_OFFSET(struct skua_hwi_cmd, in, 16);
SKUA_HWI_OFFSET(struct skua_hwi_cmd, out, 128);

/* Input of every DESTROY, and of every QUERY of an object: a handle. */
struct skua_hwi_handle_in {
	__le32 handle;
	__le32 rsvd;
};
/* Output of every CREATE. */
struct skua_hwi_handle_out {
	__le32 handle;
	__le32 rsvd;
};

#define SKUA_HWI_CAP_ATOMIC   (1ull << 0)
#define SKUA_HWI_CAP_SRQ      (1ull << 1)
#define SKUA_HWI_CAP_UC       (1ull << 2)
#define SKUA_HWI_CAP_MW       (1ull << 3)	/* BIND_MW, SEND_INV */
#define SKUA_HWI_CAP_FAST_REG (1ull << 4)	/* REG_MR, LOCAL_INV */
#define SKUA_HWI_CAP_ETH      (1ull << 5)
#define SKUA_HWI_CAP_FLOW     (1ull << 6)	/* CREATE_FLOW */
#define SKUA_HWI_CAP_IPSEC    (1ull << 7)	/* CREATE_SA, flows that PROTECT */
#define SKUA_HWI_CAP_IPSEC_CRYPTO (1ull << 8)	/* SA_CRYPTO */
#define SKUA_HWI_CAP_RELAXED_ORDERING (1ull << 9)

struct skua_hwi_query_device_out {
	__le64 caps;
	__le64 fw_version;	/* major << 32 | minor << 16 | patch */
	__le64 guid;
	__u8 mac[6];
	__le16 max_mtu;		/* of the Ethernet payload */
	__le32 max_qp;
	__le32 max_cq;
	__le32 max_srq;
	__le32 max_mkey;
	__le32 max_pd;
	__le32 max_eq;
	__le32 max_gid;
	__le32 max_fast_reg_pages;
	__le64 max_mr_size;
	__u8 log_max_sq;	/* blocks */
	__u8 log_max_rq;
	__u8 log_max_srq;
	__u8 log_max_cq;
	__u8 max_sge;
	__u8 max_rd_atomic;
	__u8 port_up;
	__u8 speed_gbps;	/* nominal */
	__le32 page_size_cap;	/* bit n: pages of 1 << n */
	__le32 max_sa;
	__le32 max_flow;
	__u8 rsvd[36];
};
SKUA_HWI_SIZE(struct skua_hwi_query_device_out, 128);

enum skua_hwi_counter_group {
	SKUA_HWI_COUNTERS_ETH = 0,
	SKUA_HWI_COUNTERS_RDMA = 1,
	SKUA_HWI_COUNTERS_LINK = 2,
	SKUA_HWI_COUNTERS_IPSEC = 3,
};
#define SKUA_HWI_COUNTERS_LEN 16
enum skua_hwi_eth_counter {
	SKUA_HWI_CNT_RX_PACKETS, SKUA_HWI_CNT_RX_BYTES, SKUA_HWI_CNT_RX_DROPS,
	SKUA_HWI_CNT_TX_PACKETS, SKUA_HWI_CNT_TX_BYTES, SKUA_HWI_CNT_TX_DROPS,
};
enum skua_hwi_rdma_counter {
	SKUA_HWI_CNT_RX_WRITE_REQUESTS, SKUA_HWI_CNT_RX_READ_REQUESTS,
	SKUA_HWI_CNT_RX_ATOMIC_REQUESTS, SKUA_HWI_CNT_OUT_OF_SEQUENCE,
	SKUA_HWI_CNT_DUPLICATE_REQUEST, SKUA_HWI_CNT_RNR_NAK_RETRY_ERR,
	SKUA_HWI_CNT_PACKET_SEQ_ERR, SKUA_HWI_CNT_LOCAL_ACK_TIMEOUT_ERR,
	SKUA_HWI_CNT_RESP_LOCAL_LENGTH_ERROR, SKUA_HWI_CNT_RESP_CQE_ERROR,
	SKUA_HWI_CNT_REQ_CQE_ERROR, SKUA_HWI_CNT_REQ_REMOTE_ACCESS_ERRORS,
	SKUA_HWI_CNT_RESP_REMOTE_ACCESS_ERRORS, SKUA_HWI_CNT_OUT_OF_BUFFER,
	SKUA_HWI_CNT_RDMA_RX_BYTES, SKUA_HWI_CNT_RDMA_TX_BYTES,
};
enum skua_hwi_link_counter {
	SKUA_HWI_CNT_NP_ECN_MARKED_ROCE_PACKETS, SKUA_HWI_CNT_NP_CNP_SENT,
	SKUA_HWI_CNT_RP_CNP_HANDLED, SKUA_HWI_CNT_RP_CNP_IGNORED,
	SKUA_HWI_CNT_ROCE_ADP_RETRANS, SKUA_HWI_CNT_ROCE_ADP_RETRANS_TO,
	SKUA_HWI_CNT_ROCE_SELECTIVE_RETRANS, SKUA_HWI_CNT_ROCE_REORDERED,
	SKUA_HWI_CNT_RX_ICRC_ENCAPSULATED,
};
#define SKUA_HWI_LINK_COUNTERS (SKUA_HWI_CNT_RX_ICRC_ENCAPSULATED + 1)
enum skua_hwi_ipsec_counter {
	SKUA_HWI_CNT_IPSEC_TX_PACKETS, SKUA_HWI_CNT_IPSEC_TX_BYTES,
	SKUA_HWI_CNT_IPSEC_RX_PACKETS, SKUA_HWI_CNT_IPSEC_RX_BYTES,
	SKUA_HWI_CNT_IPSEC_TX_DROP_POLICY,  /* a flow says DROP */
	SKUA_HWI_CNT_IPSEC_TX_DROP_NO_SA,   /* PROTECT, and none is there */
	SKUA_HWI_CNT_IPSEC_TX_DROP_SA,	    /* the SA takes no more, or not this */
	SKUA_HWI_CNT_IPSEC_RX_DROP_POLICY,  /* a flow says DROP */
	SKUA_HWI_CNT_IPSEC_RX_DROP_PLAIN,   /* PROTECT, but it was in the clear */
	SKUA_HWI_CNT_IPSEC_RX_DROP_OTHER_SA, /* PROTECT, but by another SA */
	SKUA_HWI_CNT_IPSEC_RX_UNKNOWN_SPI,
	SKUA_HWI_CNT_IPSEC_RX_REPLAY,
	SKUA_HWI_CNT_IPSEC_RX_BAD_ICV,
	SKUA_HWI_CNT_IPSEC_RX_MALFORMED,
	SKUA_HWI_CNT_IPSEC_RX_DROP_SA,	    /* expired, or the wrong encapsulation */
};
#define SKUA_HWI_IPSEC_COUNTERS (SKUA_HWI_CNT_IPSEC_RX_DROP_SA + 1)
struct skua_hwi_query_counters_in {
	__le32 group;
	__le32 rsvd;
};
struct skua_hwi_query_counters_out {
	__le64 counter[SKUA_HWI_COUNTERS_LEN];
};
SKUA_HWI_SIZE(struct skua_hwi_query_counters_out, SKUA_HWI_CMD_OUT_LEN);

/* SET_GID: an entry of the function's GID table; valid 0 clears it. */
#define SKUA_HWI_MAX_GID 128
struct skua_hwi_set_gid_in {
	__u8 index;
	__u8 valid;
	__le16 vlan;	/* or SKUA_HWI_VLAN_NONE */
	__u8 smac[6];
	__u8 rsvd[6];
	__u8 gid[16];
};
SKUA_HWI_SIZE(struct skua_hwi_set_gid_in, 32);

/* SET_PORT: the Ethernet side. */
#define SKUA_HWI_PORT_UP       (1u << 0)
#define SKUA_HWI_PORT_PROMISC  (1u << 1)
#define SKUA_HWI_PORT_ALLMULTI (1u << 2)
struct skua_hwi_set_port_in {
	__u8 mac[6];
	__le16 mtu;
	__le32 flags;
	__le32 rsvd;
};
SKUA_HWI_SIZE(struct skua_hwi_set_port_in, 16);

struct skua_hwi_create_eq_in {
	struct skua_hwi_pbl pbl;
	__u8 log_size;
	__u8 rsvd0[3];
	__le32 vector;
	__le32 moderation_ns;	/* least time between two interrupts */
	__le32 flags;		/* SKUA_HWI_EQ_ASYNC */
};
SKUA_HWI_SIZE(struct skua_hwi_create_eq_in, 40);
/* Async and command events go to the one EQ that has this flag. */
#define SKUA_HWI_EQ_ASYNC (1u << 0)

struct skua_hwi_modify_eq_in {
	__le32 handle;
	__le32 moderation_ns;
};

enum skua_hwi_mkey_type {
	SKUA_HWI_MKEY_MR = 0,
	SKUA_HWI_MKEY_PHYS = 1,	/* the function's whole DMA space */
	SKUA_HWI_MKEY_FAST = 2,	/* free until REG_MR */
	SKUA_HWI_MKEY_MW1 = 3,
	SKUA_HWI_MKEY_MW2 = 4,
};

#define SKUA_HWI_ACCESS_LOCAL_WRITE   (1u << 0) /* as ib_access_flags */
#define SKUA_HWI_ACCESS_REMOTE_WRITE  (1u << 1)
#define SKUA_HWI_ACCESS_REMOTE_READ   (1u << 2)
#define SKUA_HWI_ACCESS_REMOTE_ATOMIC (1u << 3)
#define SKUA_HWI_ACCESS_MW_BIND       (1u << 4)
#define SKUA_HWI_ACCESS_VERBS	      0x1fu /* those up to here */
/*
 * Of regions, with SKUA_HWI_CAP_RELAXED_ORDERING: what a WRITE brings may be seen
 * before what an earlier WRITE or SEND does, though not before an earlier atomic or
 * READ is done; what a READ brings back may be seen before what an earlier READ
 * does. Who has seen a completion sees all that was before it.
 */
#define SKUA_HWI_ACCESS_RELAXED_ORDERING (1u << 7)
#define SKUA_HWI_ACCESS_ALL \
	(SKUA_HWI_ACCESS_VERBS | SKUA_HWI_ACCESS_RELAXED_ORDERING)

/*
 * A memory key is index << 8 | variant; a stale variant is refused. The page
 * at pbl entry 0 holds iova rounded down to the page size: pbl.offset is iova
 * modulo the page size, except for zero-based regions.
 */
struct skua_hwi_create_mkey_in {
	__le32 pdn;
	__u8 type;	/* enum skua_hwi_mkey_type */
	__u8 access;
	__u8 variant;
	__u8 rsvd0;
	__le64 iova;
	__le64 len;
	struct skua_hwi_pbl pbl;	/* FAST: count is the capacity */
};
SKUA_HWI_SIZE(struct skua_hwi_create_mkey_in, 48);

/* MODIFY_MKEY: an MR changes its PD or rights and keeps its key. */
#define SKUA_HWI_MKEY_ACCESS (1u << 0)
#define SKUA_HWI_MKEY_PD     (1u << 1)
struct skua_hwi_modify_mkey_in {
	__le32 handle;	/* the key */
	__le32 mask;	/* SKUA_HWI_MKEY_*: which of what follows counts */
	__le32 pdn;
	__u8 access;
	__u8 rsvd[3];
};
SKUA_HWI_SIZE(struct skua_hwi_modify_mkey_in, 16);

struct skua_hwi_create_cq_in {
	struct skua_hwi_pbl pbl;	/* ring, then skua_hwi_cq_rec */
	__u8 log_size;
	__u8 rsvd0[3];
	__le32 eqn;	/* handle of an EQ, or SKUA_HWI_NONE */
	__le16 moderation_count;
	__le16 moderation_us;
	__le32 rsvd1;
};
SKUA_HWI_SIZE(struct skua_hwi_create_cq_in, 40);
#define SKUA_HWI_NONE 0xffffffffu

struct skua_hwi_modify_cq_in {
	__le32 handle;
	__le16 moderation_count;
	__le16 moderation_us;
};

struct skua_hwi_create_srq_in {
	struct skua_hwi_pbl pbl;	/* ring, then skua_hwi_rq_rec */
	__le32 pdn;
	__le32 limit;	/* zero: no limit event */
	__u8 log_size;	/* entries */
	__u8 log_stride;
	__u8 rsvd[6];
};
SKUA_HWI_SIZE(struct skua_hwi_create_srq_in, 40);

struct skua_hwi_modify_srq_in {
	__le32 handle;
	__le32 limit;
};
struct skua_hwi_query_srq_out {
	__le32 limit;
	__le32 rsvd;
};

enum skua_hwi_qp_type {
	SKUA_HWI_QPT_RC = 0,
	SKUA_HWI_QPT_UC = 1,
	SKUA_HWI_QPT_UD = 2,
	SKUA_HWI_QPT_GSI = 3,	/* UD as QPN 1; one a function */
	SKUA_HWI_QPT_ETH = 4,	/* the function's Ethernet rings; one */
};

struct skua_hwi_create_qp_in {
	__u8 type;
	__u8 log_sq;	/* blocks; SQ of 0 blocks: SKUA_HWI_LOG_NONE */
	__u8 log_rq;	/* entries; SKUA_HWI_LOG_NONE with an SRQ or no RQ */
	__u8 log_rq_stride;
	__le32 pdn;
	__le32 send_cqn;
	__le32 recv_cqn;
	__le32 srqn;	/* or SKUA_HWI_NONE */
	__le16 uar_page;
	__u8 db_slot;
	__u8 flags;
	__le32 rsvd[2];
	struct skua_hwi_pbl sq;
	struct skua_hwi_pbl rq;	/* ring, then skua_hwi_rq_rec */
};
SKUA_HWI_OFFSET(struct skua_hwi_create_qp_in, sq, 32);
SKUA_HWI_SIZE(struct skua_hwi_create_qp_in, 80);
#define SKUA_HWI_LOG_NONE 0xff

#define SKUA_HWI_QP_GSI 1u /* QPN of the GSI QP; 0 is never given out */

enum skua_hwi_qp_state {
	SKUA_HWI_QPS_RESET = 0,
	SKUA_HWI_QPS_INIT = 1,
	SKUA_HWI_QPS_RTR = 2,
	SKUA_HWI_QPS_RTS = 3,
	SKUA_HWI_QPS_SQD = 4,
	SKUA_HWI_QPS_SQE = 5,
	SKUA_HWI_QPS_ERR = 6,
};

/* Which fields of skua_hwi_qp_attr a MODIFY_QP sets. */
#define SKUA_HWI_QP_STATE         (1u << 0)
#define SKUA_HWI_QP_ACCESS        (1u << 1)
#define SKUA_HWI_QP_QKEY          (1u << 2)
#define SKUA_HWI_QP_AV            (1u << 3)
#define SKUA_HWI_QP_PATH_MTU      (1u << 4)
#define SKUA_HWI_QP_TIMEOUT       (1u << 5)
#define SKUA_HWI_QP_RETRY_CNT     (1u << 6)
#define SKUA_HWI_QP_RNR_RETRY     (1u << 7)
#define SKUA_HWI_QP_RQ_PSN        (1u << 8)
#define SKUA_HWI_QP_MAX_RD        (1u << 9)
#define SKUA_HWI_QP_MIN_RNR_TIMER (1u << 10)
#define SKUA_HWI_QP_SQ_PSN        (1u << 11)
#define SKUA_HWI_QP_MAX_DEST_RD   (1u << 12)
#define SKUA_HWI_QP_DEST_QPN      (1u << 13)
#define SKUA_HWI_QP_PKEY_INDEX    (1u << 14)
#define SKUA_HWI_QP_SQD_EVENT     (1u << 15)
#define SKUA_HWI_QP_ATTR_ALL      0xffffu

struct skua_hwi_qp_attr {
	__u8 state;
	__u8 access;		/* SKUA_HWI_ACCESS_REMOTE_* */
	__u8 path_mtu;		/* enum ib_mtu: 1 is 256 … 5 is 4096 */
	__u8 timeout;		/* IBTA 4.096 us << timeout; 0: never */
	__u8 retry_cnt;
	__u8 rnr_retry;		/* 7: for ever */
	__u8 min_rnr_timer;
	__u8 max_rd_atomic;	/* as requester */
	__u8 max_dest_rd_atomic; /* as responder */
	__u8 sqd_event;
	__le16 pkey_index;
	__le32 qkey;
	__le32 rq_psn;
	__le32 sq_psn;
	__le32 dest_qpn;
	__le32 rsvd;
	struct skua_hwi_av av;
};
SKUA_HWI_OFFSET(struct skua_hwi_qp_attr, av, 32);
SKUA_HWI_SIZE(struct skua_hwi_qp_attr, 64);

struct skua_hwi_modify_qp_in {
	__le32 handle;	/* QPN */
	__le32 mask;	/* SKUA_HWI_QP_* */
	struct skua_hwi_qp_attr attr;
};
SKUA_HWI_SIZE(struct skua_hwi_modify_qp_in, 72);

struct skua_hwi_query_qp_out {
	struct skua_hwi_qp_attr attr;
	__u8 sq_draining;
	__u8 rsvd[7];
};
SKUA_HWI_SIZE(struct skua_hwi_query_qp_out, 72);

/* §9.9 SAs; addresses as GIDs are, IPv4 as ::ffff:a.b.c.d. */
#define SKUA_HWI_SA_IN		 (1u << 0) /* opens; without it, seals */
#define SKUA_HWI_SA_TUNNEL	 (1u << 1) /* without it, transport mode */
#define SKUA_HWI_SA_ESN		 (1u << 2)
#define SKUA_HWI_SA_UDP		 (1u << 3) /* encapsulated, RFC 3948 */
#define SKUA_HWI_SA_OWN_DSCP	 (1u << 4) /* out, TUNNEL: dscp, not the inner */
#define SKUA_HWI_SA_SET_DSCP	 (1u << 5) /* in, TUNNEL: the outer one goes in */
#define SKUA_HWI_SA_NO_ECN	 (1u << 6) /* TUNNEL: RFC 6040 4.3 */
#define SKUA_HWI_SA_MAY_FRAGMENT (1u << 7) /* out, TUNNEL over IPv4: DF is 0 */
#define SKUA_HWI_SA_BY_FLOW	 (1u << 8) /* in: any dst, only what flows say */
#define SKUA_HWI_SA_CRYPTO	 (1u << 9) /* the cipher only, ESP is the driver's */
#define SKUA_HWI_SA_FLAGS	 0x3ffu

#define SKUA_HWI_SA_MAX_KEY    36u   /* AES-256 and the salt behind it */
#define SKUA_HWI_SA_MAX_WINDOW 4096u /* packets */
#define SKUA_HWI_SA_MIN_SPI    256u

struct skua_hwi_create_sa_in {
	__le32 spi;
	__le32 reqid;	/* by which flows may name it; 0: they do not */
	__le32 flags;	/* SKUA_HWI_SA_* */
	__le16 window;	/* in: of anti-replay, packets; 0: none */
	__le16 mtu;	/* out: bytes of an IP packet at most; 0: any */
	__u8 src[16];
	__u8 dst[16];
	__be16 udp_sport;
	__be16 udp_dport;
	__u8 key_len;	/* with salt: 20, 28 or 36 */
	__u8 icv_len;	/* 8, 12 or 16 */
	__u8 dscp;
	__u8 hop_limit;	/* out, TUNNEL */
	__u8 key[SKUA_HWI_SA_MAX_KEY];
};
SKUA_HWI_OFFSET(struct skua_hwi_create_sa_in, key, 56);
SKUA_HWI_SIZE(struct skua_hwi_create_sa_in, 92);

/* Which fields of skua_hwi_modify_sa_in a MODIFY_SA sets. */
#define SKUA_HWI_SA_SET_LIMITS (1u << 0)
#define SKUA_HWI_SA_SET_SEQ    (1u << 1)
struct skua_hwi_modify_sa_in {
	__le32 handle;
	__le32 mask;
	__le64 soft_packets; /* an event; 0: never */
	__le64 soft_bytes;
	__le64 hard_packets; /* an event, and nothing more; 0: never */
	__le64 hard_bytes;
	__le64 seq;	/* the last that was used, or came */
};
SKUA_HWI_SIZE(struct skua_hwi_modify_sa_in, 48);

/* What has happened to an SA. */
#define SKUA_HWI_SA_EVENT_SOFT	    (1u << 0) /* a soft limit */
#define SKUA_HWI_SA_EVENT_HARD	    (1u << 1) /* a hard limit */
#define SKUA_HWI_SA_EVENT_EXHAUSTED (1u << 2) /* the last sequence number */
struct skua_hwi_query_sa_out {
	__le64 packets;	/* sealed, or found to be authentic */
	__le64 bytes;	/* of the IP packets inside */
	__le64 seq;	/* the last that was used, or the highest that came */
	__le64 recent;	/* in: bit n, whether seq - n has come */
	__le64 replay;	/* refused: in */
	__le64 bad_icv;	/* in */
	__le64 refused;	/* all, with those */
	__le32 events;	/* SKUA_HWI_SA_EVENT_* */
	__le32 flows;	/* that name it by handle */
};
SKUA_HWI_SIZE(struct skua_hwi_query_sa_out, 64);

/* §9.10 Flows */
enum skua_hwi_flow_direction {
	SKUA_HWI_FLOW_EGRESS = 0, /* from the function to the e-switch */
	SKUA_HWI_FLOW_INGRESS = 1,
};
enum skua_hwi_flow_action {
	SKUA_HWI_FLOW_ALLOW = 0,
	SKUA_HWI_FLOW_DROP = 1,
	SKUA_HWI_FLOW_PROTECT = 2, /* by ESP, as sa and reqid say */
};

/* Which fields of a match have to be equal. */
#define SKUA_HWI_FLOW_DMAC	(1u << 0)
#define SKUA_HWI_FLOW_SMAC	(1u << 1)
#define SKUA_HWI_FLOW_ETHERTYPE (1u << 2) /* behind VLAN tags */
#define SKUA_HWI_FLOW_VLAN	(1u << 3) /* the VID */
#define SKUA_HWI_FLOW_NET	(1u << 4)
#define SKUA_HWI_FLOW_PROTO	(1u << 5)
#define SKUA_HWI_FLOW_SPORT	(1u << 6) /* in the bits of sport_mask */
#define SKUA_HWI_FLOW_DPORT	(1u << 7)
#define SKUA_HWI_FLOW_SPI	(1u << 8) /* of ESP that is not opened */
#define SKUA_HWI_FLOW_QPN	(1u << 9) /* BTH: the destination */
#define SKUA_HWI_FLOW_FIELDS	0x3ffu

struct skua_hwi_flow_match {
	__le32 fields;	/* SKUA_HWI_FLOW_* */
	__u8 src_prefix; /* bits of src that count, 0 to 128 */
	__u8 dst_prefix;
	__u8 net;	/* enum skua_hwi_net */
	__u8 proto;
	__u8 dmac[6];
	__u8 smac[6];
	__be16 ethertype;
	__le16 vlan;
	__u8 src[16];	/* IPv4 as ::ffff:a.b.c.d */
	__u8 dst[16];
	__be16 sport;	/* TCP, UDP, UDP-Lite, SCTP, DCCP */
	__be16 sport_mask;
	__be16 dport;
	__be16 dport_mask;
	__be32 spi;
	__le32 qpn;
};
SKUA_HWI_OFFSET(struct skua_hwi_flow_match, src, 24);
SKUA_HWI_SIZE(struct skua_hwi_flow_match, 72);

struct skua_hwi_create_flow_in {
	struct skua_hwi_flow_match match;
	__le32 priority;  /* the lowest first */
	__u8 direction;	  /* enum skua_hwi_flow_direction */
	__u8 action;	  /* enum skua_hwi_flow_action */
	__u8 rsvd[2];
	__le32 sa;	  /* PROTECT: a handle, or SKUA_HWI_NONE: by reqid */
	__le32 reqid;
};
SKUA_HWI_SIZE(struct skua_hwi_create_flow_in, 88);

struct skua_hwi_query_flow_out {
	__le64 packets; /* that it decided about, whatever became of them */
	__le64 bytes;
};
SKUA_HWI_SIZE(struct skua_hwi_query_flow_out, 16);

#endif /* SKUA_HWI_H */
