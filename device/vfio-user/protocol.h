/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The part of the vfio-user protocol, version 0.0, that a PCI device needs:
 * messages as they are on the socket, in the byte order of the host. Payloads
 * that are those of <linux/vfio.h> are not repeated here.
 */
#ifndef SKUA_VFU_PROTOCOL_H
#define SKUA_VFU_PROTOCOL_H

#include <assert.h>
#include <stdint.h>

enum vfu_command {
	VFU_VERSION = 1,
	VFU_DMA_MAP = 2,
	VFU_DMA_UNMAP = 3,
	VFU_DEVICE_GET_INFO = 4,
	VFU_DEVICE_GET_REGION_INFO = 5,
	VFU_DEVICE_GET_IRQ_INFO = 7,
	VFU_DEVICE_SET_IRQS = 8,
	VFU_REGION_READ = 9,
	VFU_REGION_WRITE = 10,
	VFU_DEVICE_RESET = 13,
	VFU_REGION_WRITE_MULTI = 15,
};

#define VFU_FLAG_TYPE_MASK 0xfu
#define VFU_TYPE_COMMAND   0u
#define VFU_TYPE_REPLY     1u
#define VFU_FLAG_NO_REPLY  (1u << 4)
#define VFU_FLAG_ERROR     (1u << 5)

struct vfu_header {
	uint16_t id;
	uint16_t command;
	uint32_t size;	/* of the message, this header included */
	uint32_t flags;
	uint32_t error;	/* errno, in replies with VFU_FLAG_ERROR */
};
static_assert(sizeof(struct vfu_header) == 16, "header");

struct vfu_version {
	uint16_t major;
	uint16_t minor;
	/* JSON with its terminating zero follows. */
};

struct vfu_dma_map {
	uint32_t argsz;
	uint32_t flags;		/* bit 0: readable, bit 1: writable */
	uint64_t offset;	/* in the file that comes with the message */
	uint64_t iova;
	uint64_t size;
};
static_assert(sizeof(struct vfu_dma_map) == 32, "dma map");
#define VFU_DMA_WRITE (1u << 1)

struct vfu_dma_unmap {
	uint32_t argsz;
	uint32_t flags;		/* bit 1: everything */
	uint64_t iova;
	uint64_t size;
};
static_assert(sizeof(struct vfu_dma_unmap) == 24, "dma unmap");
#define VFU_DMA_UNMAP_ALL (1u << 1)

struct vfu_region_access {
	uint64_t offset;
	uint32_t region;
	uint32_t count;
	uint8_t data[];
};
static_assert(sizeof(struct vfu_region_access) == 16, "region access");

struct vfu_write_multi {
	uint64_t count;
	struct {
		uint64_t offset;
		uint32_t region;
		uint32_t count;	/* of the eight bytes of data, those used */
		uint8_t data[8];
	} write[];
};

/* Bounds of ours: nothing that a PCI client has to say is larger. */
#define VFU_MAX_FDS     16
#define VFU_MAX_PAYLOAD 8192
#define VFU_MAX_ACCESS  4096

#endif /* SKUA_VFU_PROTOCOL_H */
