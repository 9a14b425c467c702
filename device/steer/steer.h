/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Steering: what becomes of the packets that leave a function, and of those
 * that come to it (hwi §9.9, §9.10). A function that has neither flows nor SAs
 * has no struct skua_steer, and its packets pay for one comparison.
 *
 * All is by the engine.
 */
#ifndef SKUA_STEER_H
#define SKUA_STEER_H

#include "ipsec/esp.h"
#include "nic.h"
#include "nic/slab.h"
#include "steer/flow.h"

#define SKUA_LOG_MAX_SA	  17
#define SKUA_LOG_MAX_FLOW 17

#define SKUA_REQID_BUCKETS 4096u

/* SAs that flows may name together. */
struct skua_reqid {
	uint32_t reqid;
	uint32_t refs;		  /* flows and SAs */
	struct list_head tunnels; /* skua_steer_sa.list, out, the newest first */
	struct skua_reqid *next;
};

/* What steering knows of an SA; sa->owner. */
struct skua_steer_sa {
	struct skua_sa *sa;
	struct skua_function *fn;
	struct skua_reqid *reqid; /* NULL: none */
	struct list_head list;	  /* tunnels, on reqid->tunnels */
	uint64_t born;		  /* the higher, the newer */
	uint32_t flows;		  /* that name it by handle */
	uint32_t flags;		  /* SKUA_HWI_SA_* */
	struct skua_flow way;	  /* those without a tunnel, in sealers */
	uint8_t src[16], dst[16]; /* as GIDs have them */
	uint8_t events;		  /* SKUA_HWI_SA_EVENT_*, that were told */
};

struct skua_steer {
	struct skua_flows dir[2]; /* by enum skua_hwi_flow_direction */
	struct skua_table flows;
	struct skua_slab flow_mem, sa_mem;
	/*
	 * Transport SAs that seal, by addresses and, as spi, reqid: of those that
	 * are alike the newest is the best.
	 */
	struct skua_flows sealers;
	uint64_t born;
	struct skua_sa_table *sas; /* NULL: none was ever added */
	struct skua_reqid *reqid[SKUA_REQID_BUCKETS];
	/* Out: of many keys one that is needed soon, and not to be read; or NULL. */
	const struct skua_aead_key *soon;
};

/* Changes: objects.c --------------------------------------------------------- */

/* Whether this machine can do IPsec at all. */
bool skua_steer_has_ipsec(void);

/*
 * Add an SA. 0 and *handle, or -errno as skua_sa_add() has it. The fields of
 * the configuration have been checked, owner is not looked at.
 */
struct skua_sa_request {
	struct skua_sa_config cfg;
	uint32_t reqid;
	uint32_t flags; /* SKUA_HWI_SA_* */
	uint8_t src[16], dst[16];
};
int skua_steer_add_sa(struct skua_function *fn,
		      const struct skua_sa_request *rq, uint32_t *handle);
/* NULL: there is no such SA. */
struct skua_steer_sa *skua_steer_get_sa(const struct skua_function *fn,
					uint32_t handle);
/* One that no flow names. */
void skua_steer_remove_sa(struct skua_steer_sa *s);

/*
 * Add a flow like this one; mask says which bits of its key count. reqid 0: none.
 * 0 and *handle, or -ENOSPC, -ENOMEM.
 */
int skua_steer_add_flow(struct skua_function *fn, const struct skua_flow *like,
			const struct skua_flow_key *mask, uint32_t reqid,
			uint32_t *handle);
struct skua_flow *skua_steer_get_flow(const struct skua_function *fn,
				      uint32_t handle);
void skua_steer_remove_flow(struct skua_function *fn, struct skua_flow *flow);

/* All of it: the function is reset. */
void skua_steer_clear(struct skua_function *fn);
/* It was cleared, and goes away. */
void skua_steer_destroy(struct skua_function *fn);

/* How often something has happened. */
static inline void skua_count_ipsec(struct skua_function *fn,
				    enum skua_hwi_ipsec_counter which,
				    uint64_t n)
{
	fn->ipsec_cnt[which] += n;
}

/* Decisions: decide.c -------------------------------------------------------- */

enum skua_verdict {
	SKUA_VERDICT_PASS,
	SKUA_VERDICT_DROP,
	SKUA_VERDICT_SEAL, /* by the SA that was said */
};

/* For n packets of so many bytes in all, which are counted. */
enum skua_verdict skua_steer_out(struct skua_function *fn,
				 const struct skua_flow_key *key, uint32_t n,
				 uint64_t bytes, struct skua_sa **sa);
/* The same of what comes; sa has opened it, NULL: it was in the clear. */
bool skua_steer_in(struct skua_function *fn, const struct skua_flow_key *key,
		   uint32_t n, uint64_t bytes, const struct skua_sa *sa);
/* May the RDMA packet come in? pkt->sa is who opened it. */
bool skua_steer_admits(struct skua_function *fn, const struct skua_packet *pkt);

/* Sealing: seal.c ------------------------------------------------------------ */

/* An RDMA packet that is on its way: as flows want it, wherever it goes. */
void skua_steer_send_rdma(struct skua_function *from, struct skua_packet *pkt);

/* A frame with room around it, for skua_esp_out(). */
#define SKUA_STEER_FRAME \
	(SKUA_ESP_HEADROOM + SKUA_FRAME_MAX + SKUA_ESP_TAILROOM)

/*
 * A frame in such a buffer, behind SKUA_ESP_HEADROOM: what it is to be sent as,
 * or NULL if not at all. *len is what it has, and has then.
 */
const uint8_t *skua_steer_seal(struct skua_function *fn,
			       uint8_t buf[SKUA_STEER_FRAME], uint32_t *len);

/*
 * A frame that is ESP already, to be sealed by the cipher only. False: it is
 * not to be sent.
 */
bool skua_steer_seal_made(struct skua_function *fn, uint32_t sa, uint8_t *frame,
			  uint32_t len);

/*
 * May the adapter hear what came in the clear for all its functions, or for who
 * knows which? Not if one of them would not.
 */
bool skua_steer_hears(struct skua_adapter *ad, const uint8_t *frame,
		      uint32_t len);

/* Opening: open.c ------------------------------------------------------------ */

/*
 * A frame has reached fn: opened if it is ESP of one of its SAs, it goes on as
 * what it is. by_link: it has come from the adapter's link.
 */
void skua_steer_receive(struct skua_function *fn, const uint8_t *frame,
			uint32_t len, bool by_link);

/*
 * Frame i and those behind it have come by the link: opens and delivers the first
 * of them, as many as go together. 0: frame i does not look like ESP, or is not for
 * one function alone, and is as it was.
 */
struct skua_steer_ahead;
unsigned int skua_steer_open(struct skua_steer_ahead *ahead, unsigned int i);

/* Before packets that come or leave: ahead.c ------------------------------- */

/*
 * Frames that are about to come, SKUA_STEER_AHEAD at most; for as long as no SA comes
 * or goes. looked and expected begin with 0.
 */
#define SKUA_STEER_AHEAD 64u
struct skua_wire_frame;
struct skua_steer_ahead {
	struct skua_adapter *ad;
	const struct skua_frame *f;
	unsigned int n;	       /* frames; of so many of them */
	unsigned int looked;   /* it is known where their SAs would be, */
	unsigned int expected; /* and which these are */
	struct skua_wire_frame *before; /* what the last packet was */
	struct {
		struct skua_sa_table *sas; /* NULL: not one of many */
		uint64_t hash;
		struct skua_sa *sa; /* or NULL */
	} hint[SKUA_STEER_AHEAD];
};
/* Frame i comes next: the SA that it is likely to be of, or NULL. */
struct skua_sa *skua_steer_expect_in(struct skua_steer_ahead *ahead,
				     unsigned int i);
/* Frame i comes a little later: the key that it is likely to need, or NULL. */
const struct skua_aead_key *
skua_steer_key_ahead(const struct skua_steer_ahead *ahead, unsigned int i);

/* Packets that are about to leave; for as long as no flow comes or goes. */
#define SKUA_STEER_OUT 32u
struct skua_steer_out {
	struct skua_steer *steer; /* of their function */
	unsigned int n, next;
	struct skua_flow *const *place[SKUA_STEER_OUT]; /* NULL: not known */
};
/* Is it worth that? */
bool skua_steer_many_flows(const struct skua_function *fn);
/* One more, of which only what flows look at is there. */
void skua_steer_look_ahead_out(struct skua_function *fn,
			       const struct skua_packet *pkt,
			       struct skua_steer_out *out);
/* The next of them leaves. */
void skua_steer_expect_out(struct skua_steer_out *out);
/* While it does: a part of the key of one behind it. */
static inline void skua_steer_fetch_soon(const struct skua_steer *st,
					 unsigned int part)
{
	if (__builtin_expect(!!st->soon, 0))
		skua_aead_prefetch_part(st->soon, part);
}

#endif /* SKUA_STEER_H */
