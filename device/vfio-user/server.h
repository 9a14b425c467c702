/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A vfio-user server: the functions of one adapter, a socket each. A function
 * lives as long as the connection of its client, so that every client finds
 * doorbell memory that nobody else has mapped.
 *
 * One thread serves all sockets. It reads without blocking and its handlers
 * wait for nothing but the end of an engine pass.
 */
#ifndef SKUA_VFU_SERVER_H
#define SKUA_VFU_SERVER_H

#include <linux/aio_abi.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "skua_device.h"
#include "skua_hwi.h"
#include "protocol.h"

#define VFU_CONFIG_SIZE 4096
#define VFU_VECTORS     SKUA_HWI_MAX_VECTORS

struct vfu_server;

/* A message being received, or handled. */
struct vfu_message {
	struct vfu_header head;
	alignas(uint64_t) uint8_t in[VFU_MAX_PAYLOAD];
	uint32_t in_len;	/* payload bytes */
	uint32_t have;		/* bytes of header and payload so far */
	int fds[VFU_MAX_FDS];	/* those still open are closed in the end */
	unsigned int nfds;
	alignas(uint64_t) uint8_t out[VFU_MAX_PAYLOAD];
	uint32_t out_len;
	int out_fd;		/* sent along, not closed; or -1 */
};

/* One connection: irq.c guards irq with a lock of its own. */
struct vfu_client {
	struct vfu_port *port;
	int fd;
	struct skua_function *fn;
	int uar_fd;
	void *uar;
	uint8_t config[VFU_CONFIG_SIZE];
	pthread_mutex_t irq_lock;
	int irq[VFU_VECTORS];
	bool versioned;		/* VERSION was exchanged */
	struct vfu_message msg;
};

/* One function as configured: where clients come in, what they get. */
struct vfu_port {
	struct vfu_server *server;
	char *path;
	uint8_t mac[6];
	unsigned int index;
	int listen_fd;
	struct vfu_client *client;	/* NULL: nobody is connected */
	uint64_t region_reads, region_writes, kicks;
};

/* signal.c: for the adapter's interrupt thread. */
struct vfu_signal {
	aio_context_t aio;
	int ready_fd;
};

struct vfu_server {
	struct skua_adapter *ad;
	struct vfu_signal signal;
	int epoll_fd;
	int stop_fd;
	struct vfu_port *port;
	unsigned int ports;
	bool verbose;
};

/* server.c: 0 or -errno; add before run. mac all zero: one is made up. */
int vfu_server_init(struct vfu_server *s, struct skua_adapter *ad);
int vfu_server_add(struct vfu_server *s, const char *path,
		   const uint8_t mac[6]);
/* Serve until vfu_server_stop(), which is safe in a signal handler. */
int vfu_server_run(struct vfu_server *s);
void vfu_server_stop(struct vfu_server *s);
/* Watch one more descriptor: ready(ctx) when it becomes readable. */
struct vfu_watch {
	int fd;
	void (*ready)(void *ctx);
	void *ctx;
};
int vfu_server_watch(struct vfu_server *s, struct vfu_watch *w);
/* Disconnects everybody and removes the sockets. */
void vfu_server_fini(struct vfu_server *s);

void vfu_log(const struct vfu_port *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* client.c */
struct vfu_client *vfu_client_create(struct vfu_port *p, int fd);
void vfu_client_destroy(struct vfu_client *c);

/* transport.c: 1 a message is complete, 0 not yet, -errno the end. */
int vfu_receive(struct vfu_client *c);
int vfu_reply(struct vfu_client *c, int error);
void vfu_message_clear(struct vfu_message *m);

/* message.c: handle the complete message in c->msg. 0 or -errno: the end. */
int vfu_handle(struct vfu_client *c);

/* pci.c */
void vfu_config_init(struct vfu_client *c);
/* Returns true when the write asked for a function level reset. */
bool vfu_config_write(struct vfu_client *c, uint32_t off, uint32_t len,
		      const uint8_t *data);

/* dma.c: an errno or 0 */
int vfu_map(struct vfu_client *c, const struct vfu_dma_map *map, int fd);
int vfu_unmap(struct vfu_client *c, const struct vfu_dma_unmap *unmap);
void vfu_unmap_all(struct vfu_client *c);

/* signal.c: 0 or -errno */
int vfu_signal_init(struct vfu_signal *s);
void vfu_signal_fini(struct vfu_signal *s);
int vfu_signal(struct vfu_signal *s, int fd);

/* irq.c */
void vfu_irq_init(struct vfu_client *c);
void vfu_irq_raise(void *ctx, unsigned int vector);
/* Replace eventfds [start, start + n); takes the descriptors over. */
int vfu_irq_set(struct vfu_client *c, uint32_t start, uint32_t n, int *fds,
		unsigned int nfds);
void vfu_irq_clear(struct vfu_client *c);

#endif /* SKUA_VFU_SERVER_H */
