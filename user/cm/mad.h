/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The messages of peer.h as the datagrams of IBTA vol. 1, chapter 12, in which
 * machines say them to each other: pure functions.
 */
#ifndef SKUA_UCM_MAD_H
#define SKUA_UCM_MAD_H

#include <stdbool.h>
#include <stdint.h>

#include "peer.h"

#define UCM_MAD_LEN 256

/*
 * A message, and what of a datagram it does not say. Requests and replies for
 * datagrams (§12.11) are of qp_type UD; they have one identifier for both
 * sides, local, and a refusal is a SIDR_REP with a reason.
 */
struct ucm_mad {
	struct ucm_msg msg;
	uint64_t tid;
	uint32_t local, remote;	/* communication IDs of sender and receiver */
	uint64_t guid;		/* REQ, REP: of the sender's device */
	uint32_t dreq_qpn;	/* of the receiver */
	/* REQ: to be answered in 4.096 us * 2^timeout, so many times. */
	uint8_t timeout;
	/* REQ: and the reply to it, too. MRA: the time that is asked for. */
	uint8_t my_timeout;
	uint8_t max_retries;
	uint8_t mtu;		/* REQ: enum ib_mtu */
	uint8_t ack_timeout;	/* REQ: of the path */
	uint8_t about;		/* REJ, MRA: enum ucm_mad_about */
};

/* What is refused, or put off (§12.6.6, §12.6.7). */
enum ucm_mad_about {
	UCM_ABOUT_REQ,
	UCM_ABOUT_REP,
	UCM_ABOUT_OTHER,
};

void ucm_mad_write(const struct ucm_mad *m, uint8_t mad[UCM_MAD_LEN]);
/*
 * False: it is not of the CM, malformed, or says what nobody here has asked
 * for (paths to load or to change, transports that do not exist). Addresses of
 * a request are GIDs (AF_IB), of a REQ those in it, of a SIDR_REQ none yet.
 */
bool ucm_mad_read(const uint8_t mad[UCM_MAD_LEN], struct ucm_mad *m);
/*
 * Take the IP addresses of both ends (annex A11) off the private data of a
 * request. False: they are not there.
 */
bool ucm_mad_take_ip(struct ucm_msg *msg);

#endif /* SKUA_UCM_MAD_H */
