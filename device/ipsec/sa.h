/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Security associations (RFC 4301 4.1, RFC 4303) and the table of them.
 *
 * Everything is the engine's: who calls holds its lock, and SAs come and go
 * between packets. Nothing here is told to another thread.
 */
#ifndef SKUA_IPSEC_SA_H
#define SKUA_IPSEC_SA_H

#include <assert.h>
#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ipsec/aead.h"
#include "ipsec/esp_result.h"
#include "ipsec/replay.h"

#define SKUA_SA_MAX_PROBES 64u	      /* slots that a look-up looks at */
#define SKUA_SA_MAX	   (1u << 20) /* SAs that a table may be made for */
#define SKUA_SA_MIN_SPI	   256u	      /* RFC 4303 2.1: below are reserved */

enum skua_sa_flags {
	SKUA_SA_IN = 1 << 0,	 /* opens what comes; without it, seals */
	SKUA_SA_TUNNEL = 1 << 1, /* without it, transport mode */
	SKUA_SA_IPV6 = 1 << 2,	 /* the addresses; of tunnels the outer ones */
	SKUA_SA_ESN = 1 << 3,	 /* extended sequence numbers */
	SKUA_SA_UDP = 1 << 4,	 /* in UDP, RFC 3948 */
	/* Of tunnels, what their outer header is made of (RFC 4301 5.1.2). */
	SKUA_SA_OWN_DSCP = 1 << 5, /* out: the configured one, not the inner */
	SKUA_SA_SET_DSCP = 1 << 6, /* in: the outer one becomes the inner */
	SKUA_SA_NO_ECN = 1 << 7,   /* RFC 6040 4.3, for peers that know none */
	SKUA_SA_MAY_FRAGMENT = 1 << 8, /* out: DF is clear; else as inside */
	SKUA_SA_ANY_DST = 1 << 9, /* in: its SPI is enough; no addresses */
	/*
	 * Headers, trailer, numbers and windows are the driver's: what comes is
	 * opened and stays ESP, what goes is sealed by skua_esp_seal_made().
	 */
	SKUA_SA_CRYPTO = 1 << 10,
	SKUA_SA_FLAGS = (1 << 11) - 1,
};

/*
 * An address as packets have it; of IPv4 the first four bytes, zero the rest.
 */
struct skua_sa_address {
	uint8_t byte[16];
};

/*
 * By what a packet that comes finds its SA (RFC 4301 4.1): SPI, destination, and of
 * which family that is. Words, for it is made, compared and hashed in one breath.
 */
struct skua_sa_id {
	uint64_t word[3]; /* SPI, above it whether IPv6; destination */
};

/* dst: the 4 or 16 bytes of a packet. */
static inline struct skua_sa_id skua_sa_id(uint32_t spi, const uint8_t *dst,
					   bool ipv6)
{
	struct skua_sa_id id = { { (uint64_t)ipv6 << 32 | spi } };
	uint32_t ipv4;

	if (ipv6) {
		memcpy(&id.word[1], dst, 16);
	} else {
		memcpy(&ipv4, dst, sizeof(ipv4));
		id.word[1] = htole64(le32toh(ipv4));
	}
	return id;
}

static inline bool skua_sa_id_equal(const struct skua_sa_id *a,
				    const struct skua_sa_id *b)
{
	return !((a->word[0] ^ b->word[0]) | (a->word[1] ^ b->word[1]) |
		 (a->word[2] ^ b->word[2]));
}

/* The packets and bytes (of the IP packets inside) after which an SA ends. */
struct skua_sa_limits {
	uint64_t soft_packets, soft_bytes; /* an event; 0: never */
	uint64_t hard_packets, hard_bytes; /* and nothing more; 0: never */
};

struct skua_sa_config {
	uint32_t flags; /* enum skua_sa_flags */
	uint32_t spi;	/* in host order, SKUA_SA_MIN_SPI or more */
	struct skua_sa_address src, dst; /* src: of tunnels, out */
	const uint8_t *material; /* AES key and salt, as aead.h says, */
	uint32_t material_len;	 /* 20, 28 or 36 bytes */
	uint8_t icv_len;	 /* 8, 12 or 16 */
	uint8_t dscp;		 /* with OWN_DSCP, 6 bits */
	uint8_t hop_limit;	 /* of tunnels, out; not 0 */
	uint16_t udp_sport, udp_dport; /* with UDP, out; not 0 */
	uint32_t window; /* in: bits, 0 to SKUA_REPLAY_MAX, with ESN not 0 */
	uint32_t mtu;	 /* out: bytes of an IP packet at most; 0: any */
	struct skua_sa_limits limits;
	void *owner;	   /* for who looks an SA up, */
	const void *group; /* and for who asks what it belongs to */
};

/* What happens to an SA, each at most once. */
enum skua_sa_event {
	SKUA_SA_SOFT,	   /* a soft limit is reached */
	SKUA_SA_HARD,	   /* a hard limit is; what comes next is refused */
	SKUA_SA_EXHAUSTED, /* the last sequence number was used */
	SKUA_SA_EVENTS
};

/*
 * An SA. All may read it; what is not said to be changed elsewhere is changed
 * by sa.c and esp_*.c only.
 */
struct skua_sa {
	/* Of many SAs each line is fetched: this one for every packet. */
	uint32_t flags, spi;
	uint64_t seq;		 /* out: the last that was used, and its IV */
	uint64_t packets, bytes; /* sealed, or found to be authentic */
	struct {
		uint64_t packets, bytes;
	} due; /* when it has so many of either, the limits are looked at */
	uint32_t mtu; /* out: may be changed; 0: any */
	struct skua_aead aead;
	uint8_t dscp, hop_limit;
	uint8_t told; /* bits of enum skua_sa_event */

	/* This one for packets that come. */
	struct skua_sa_id id __attribute__((aligned(64)));
	const void *group;
	struct skua_replay replay; /* in */

	/* And the rest for few. */
	struct skua_sa_limits limits; /* none is UINT64_MAX */
	struct skua_sa_address src, dst;
	uint16_t udp_sport, udp_dport;
	uint32_t handle;
	void *owner;
	struct skua_sa_table *table;
	uint64_t refused[SKUA_ESP_RESULTS];
	uint8_t last; /* enum skua_esp_result that was counted; OK: none */
} __attribute__((aligned(64)));
static_assert(offsetof(struct skua_sa, replay.few) <= 128,
	      "of the window only its bits are beyond");

/* Its key lies behind it, and is fetched together with it. */
static inline struct skua_aead_key *skua_sa_key(const struct skua_sa *sa)
{
	return (struct skua_aead_key *)(sa + 1);
}

/* Called by whoever passes packets: it must not remove the SA meanwhile. */
typedef void skua_sa_event_fn(void *ctx, struct skua_sa *sa,
			      enum skua_sa_event event);

struct skua_sa_table;

/*
 * A table for max SAs, 1 to SKUA_SA_MAX, in and out together. 0 and *table, or
 * -EINVAL, -ENOMEM, -EOPNOTSUPP (as skua_aead_init() has it).
 */
int skua_sa_table_create(uint32_t max, skua_sa_event_fn *event, void *ctx,
			 struct skua_sa_table **table);

/* With all SAs in it. NULL is fine. */
void skua_sa_table_destroy(struct skua_sa_table *t);

/*
 * Add an SA. 0 and *sa, or -EINVAL (what the fields of the configuration do not
 * allow), -EEXIST (in: SPI and destination are another's), -ENOSPC (the table
 * is full), -ENOMEM.
 */
int skua_sa_add(struct skua_sa_table *t, const struct skua_sa_config *cfg,
		struct skua_sa **sa);

/* Wipes its keys and frees it. */
void skua_sa_remove(struct skua_sa_table *t, struct skua_sa *sa);

/* By sa->handle, NULL if that SA is gone. Handles are not used again soon. */
struct skua_sa *skua_sa_get(const struct skua_sa_table *t, uint32_t handle);

/*
 * The first SA at index *i or behind it, or NULL; *i is where to go on. From 0
 * on all, if none comes or goes meanwhile.
 */
struct skua_sa *skua_sa_next(const struct skua_sa_table *t, uint32_t *i);

/* How many there are. */
uint32_t skua_sa_count(const struct skua_sa_table *t);

/* Out: a packet of this SA is near; with many of them it is in no cache yet. */
static inline void skua_sa_prefetch(const struct skua_sa *sa)
{
	__builtin_prefetch(sa);
	skua_aead_prefetch(skua_sa_key(sa));
}

/*
 * Inbound look-up in steps, each for a whole burst, so that memory is under way
 * meanwhile: the hash; the SA that it most likely is, but for its key, which
 * skua_esp_in() fetches; and the SA or NULL. The last looks at SKUA_SA_MAX_PROBES
 * slots at most, whatever SPIs were chosen and by whom; the one before it may be
 * left out.
 */
uint64_t skua_sa_hash(const struct skua_sa_table *t, const struct skua_sa_id *id);
/* That SA, or NULL, as far as the hash alone can tell, without a look at it. */
struct skua_sa *skua_sa_expect(const struct skua_sa_table *t, uint64_t hash);
struct skua_sa *skua_sa_find(struct skua_sa_table *t, uint64_t hash,
			     const struct skua_sa_id *id);
/* Before all that: likely, or the SA that was found last, if it is the one; or NULL. */
struct skua_sa *skua_sa_guess(const struct skua_sa_table *t,
			      struct skua_sa *likely,
			      const struct skua_sa_id *id);
/* If there is none: one whose SPI is enough, or NULL. */
struct skua_sa *skua_sa_find_any(struct skua_sa_table *t, uint32_t spi);

/* Slots that the look-up of an SA which is there looks at. */
unsigned int skua_sa_probes(const struct skua_sa_table *t,
			    const struct skua_sa *sa);

/* The table's counter of a result: also of packets that are of no SA. */
uint64_t skua_sa_table_refused(const struct skua_sa_table *t,
			       enum skua_esp_result result);

/* Whether a hard limit is reached. */
static inline bool skua_sa_expired(const struct skua_sa *sa)
{
	return sa->told & 1 << SKUA_SA_HARD;
}

/* Whether numbers are kept as a window, or counted. */
static inline bool skua_sa_windowed(const struct skua_sa *sa)
{
	return sa->flags & (SKUA_SA_IN | SKUA_SA_CRYPTO);
}

/* The last number that was used, or the highest that came. */
static inline uint64_t skua_sa_seq(const struct skua_sa *sa)
{
	return skua_sa_windowed(sa) ? sa->replay.top : sa->seq;
}

/* A packet of so many bytes; events as they are due. */
void skua_sa_account(struct skua_sa *sa, uint32_t bytes);

/* Other limits, that may be reached, and told, again. */
void skua_sa_set_limits(struct skua_sa *sa,
			const struct skua_sa_limits *limits);

/*
 * The next sequence number, and with it the next IV; never the same again,
 * whatever becomes of the packet. 0: all were used.
 */
uint64_t skua_sa_next_seq(struct skua_sa *sa);

/* Count a refusal, in the table and, unless it is NULL, of the SA. */
void skua_sa_refuse(struct skua_sa_table *t, struct skua_sa *sa,
		    enum skua_esp_result result);

/*
 * Where an SA is: out, the last number that was used; in, the highest that
 * came, and bit i of map says whether that less i did.
 */
struct skua_sa_state {
	uint64_t seq;
	uint64_t map[SKUA_REPLAY_MAX / 64];
};
void skua_sa_read_state(const struct skua_sa *sa, struct skua_sa_state *state);

/*
 * Have an SA go on from seq, as one does that somebody else began. 0, or
 * -EINVAL: it is lower than where the SA is, which would use an IV again or
 * take a replay, or has more bits than the SA's numbers.
 */
int skua_sa_go_on_from(struct skua_sa *sa, uint64_t seq);

#endif /* SKUA_IPSEC_SA_H */
