// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Configuration space: identity and capabilities, hwi §1. QEMU emulates BARs,
 * MSI-X enabling and interrupts on top; what is writable here is what it
 * passes through to us.
 */
#include <endian.h>
#include <string.h>

#include <linux/pci_regs.h>

#include "server.h"

enum {
	CAP_MSIX = 0x40,
	CAP_PM = 0x50,
	CAP_EXP = 0x60,
	CAP_DSN = 0x100,
};

static void put16(uint8_t *p, uint16_t v)
{
	v = htole16(v);
	memcpy(p, &v, sizeof(v));
}

static void put32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

static void put_bars(uint8_t *cfg)
{
	put32(cfg + PCI_BASE_ADDRESS_0, PCI_BASE_ADDRESS_MEM_TYPE_64);
	put32(cfg + PCI_BASE_ADDRESS_2, PCI_BASE_ADDRESS_MEM_TYPE_64 |
	      PCI_BASE_ADDRESS_MEM_PREFETCH);
	put32(cfg + PCI_BASE_ADDRESS_4, PCI_BASE_ADDRESS_MEM_TYPE_64);
}

static void put_msix(uint8_t *cap, uint8_t next)
{
	cap[PCI_CAP_LIST_ID] = PCI_CAP_ID_MSIX;
	cap[PCI_CAP_LIST_NEXT] = next;
	put16(cap + PCI_MSIX_FLAGS, VFU_VECTORS - 1);
	put32(cap + PCI_MSIX_TABLE, SKUA_HWI_MSIX_TABLE_OFF | SKUA_HWI_BAR_REGS);
	put32(cap + PCI_MSIX_PBA, SKUA_HWI_MSIX_PBA_OFF | SKUA_HWI_BAR_REGS);
}

static void put_pm(uint8_t *cap, uint8_t next)
{
	cap[PCI_CAP_LIST_ID] = PCI_CAP_ID_PM;
	cap[PCI_CAP_LIST_NEXT] = next;
	put16(cap + PCI_PM_PMC, 3);
	put16(cap + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET);
}

/* A version 2 endpoint that can be reset by itself; 16 GT/s, 16 lanes. */
static void put_exp(uint8_t *cap)
{
	cap[PCI_CAP_LIST_ID] = PCI_CAP_ID_EXP;
	put16(cap + PCI_EXP_FLAGS, 2 | PCI_EXP_TYPE_ENDPOINT << 4);
	put32(cap + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_FLR | PCI_EXP_DEVCAP_RBER |
	      PCI_EXP_DEVCAP_EXT_TAG | 2);
	put16(cap + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_RELAX_EN |
	      PCI_EXP_DEVCTL_EXT_TAG);
	put32(cap + PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_SLS_16_0GB | 16 << 4);
	put16(cap + PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_CLS_16_0GB | 16 << 4);
	put32(cap + PCI_EXP_LNKCAP2, 0x1e);
}

void vfu_config_init(struct vfu_client *c)
{
	const uint8_t *mac = c->port->mac;
	uint8_t *cfg = c->config;

	memset(cfg, 0, sizeof(c->config));
	put16(cfg + PCI_VENDOR_ID, SKUA_HWI_PCI_VENDOR_ID);
	put16(cfg + PCI_DEVICE_ID, SKUA_HWI_PCI_DEVICE_ID);
	put16(cfg + PCI_STATUS, PCI_STATUS_CAP_LIST);
	put32(cfg + PCI_CLASS_REVISION,
	      SKUA_HWI_PCI_CLASS << 8 | SKUA_HWI_PCI_REVISION);
	put_bars(cfg);
	put16(cfg + PCI_SUBSYSTEM_VENDOR_ID, SKUA_HWI_PCI_VENDOR_ID);
	put16(cfg + PCI_SUBSYSTEM_ID, SKUA_HWI_PCI_SUBSYS_ID);
	cfg[PCI_CAPABILITY_LIST] = CAP_MSIX;
	put_msix(cfg + CAP_MSIX, CAP_PM);
	put_pm(cfg + CAP_PM, CAP_EXP);
	put_exp(cfg + CAP_EXP);
	/* The serial number is the EUI-64 of the MAC. */
	put32(cfg + CAP_DSN, PCI_EXT_CAP_ID_DSN | 1 << 16);
	put32(cfg + CAP_DSN + 4, mac[5] | mac[4] << 8 | mac[3] << 16 |
	      0xfeu << 24);
	put32(cfg + CAP_DSN + 8, 0xffu | mac[2] << 8 | mac[1] << 16 |
	      (uint32_t)mac[0] << 24);
}

/* Which bits of the byte at off a client may change. */
static uint8_t writable(uint32_t off)
{
	switch (off) {
	case PCI_COMMAND:
	case PCI_COMMAND + 1:
	case PCI_CACHE_LINE_SIZE:
	case PCI_INTERRUPT_LINE:
	case CAP_EXP + PCI_EXP_DEVCTL:
		return 0xff;
	case CAP_EXP + PCI_EXP_DEVCTL + 1:
		return 0x7f; /* not the reset bit, which reads as zero */
	case CAP_MSIX + PCI_MSIX_FLAGS + 1:
		return (PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL) >> 8;
	case CAP_PM + PCI_PM_CTRL:
		return PCI_PM_CTRL_STATE_MASK;
	}
	return off >= PCI_BASE_ADDRESS_0 && off < PCI_CARDBUS_CIS ? 0xff : 0;
}

bool vfu_config_write(struct vfu_client *c, uint32_t off, uint32_t len,
		      const uint8_t *data)
{
	const uint32_t flr = CAP_EXP + PCI_EXP_DEVCTL + 1;
	bool reset = false;
	uint8_t mask;
	uint32_t i;

	for (i = 0; i < len; i++) {
		mask = writable(off + i);
		c->config[off + i] = (c->config[off + i] & ~mask) |
				     (data[i] & mask);
		if (off + i == flr && data[i] & PCI_EXP_DEVCTL_BCR_FLR >> 8)
			reset = true;
	}
	return reset;
}
