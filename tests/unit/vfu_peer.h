/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A server in a thread, and its client: what QEMU would be. Every wait is
 * bounded; what does not come in time fails the test.
 */
#ifndef SKUA_TEST_VFU_PEER_H
#define SKUA_TEST_VFU_PEER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/vfio.h>

#include "protocol.h"
#include "skua_hwi.h"
#include "vfu_fake.h"

#define RIG_PORTS 2

/* The ports of the server: for each test a new one. */
extern char rig_path[RIG_PORTS][64];
extern const uint8_t rig_mac[6];
int rig_start(void **state);
int rig_stop(void **state);

struct peer_reply {
	struct vfu_header head;
	uint8_t data[VFU_MAX_PAYLOAD];
	uint32_t len;
	int fd; /* that came along, or -1; the caller's */
};

/* A connection, without and with VERSION exchanged. */
int peer_connect(const char *path);
int peer_open(const char *path);
/* Close, and wait until the server has noticed. */
void peer_close(int sock);

void peer_send_raw(int sock, const void *buf, size_t len, const int *fds,
		   unsigned int nfds);
void peer_send(int sock, uint16_t command, const void *payload, size_t len,
	       const int *fds, unsigned int nfds);
void peer_receive(int sock, struct peer_reply *r);
/* Send and receive; the errno of the reply. r may be NULL. */
uint32_t peer_call(int sock, uint16_t command, const void *payload, size_t len,
		   int fd, struct peer_reply *r);
/* Did the server close the connection, without another word? */
bool peer_dropped(int sock);

uint32_t peer_read(int sock, uint32_t region, uint64_t off, uint32_t count,
		   void *data);
uint32_t peer_write(int sock, uint32_t region, uint64_t off, uint32_t count,
		    const void *data);
uint32_t peer_map(int sock, uint64_t iova, uint64_t size, uint64_t offset,
		  uint32_t flags, int fd);
uint32_t peer_unmap(int sock, uint64_t iova, uint64_t size, uint32_t flags);
/* Hand over eventfds for vectors from start on; none: take them away. */
uint32_t peer_irqs(int sock, uint32_t start, uint32_t count, const int *fds,
		   unsigned int nfds);
/* A memfd of that size; sealable is what QEMU's are. */
int peer_memory(uint64_t size, bool sealable);

#endif /* SKUA_TEST_VFU_PEER_H */
