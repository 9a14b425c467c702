// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What an SA may be, and what becomes of it: numbers, limits, events. */
#include <string.h>

#include <errno.h>

#include "ipsec/sa_table.h"

static bool ipv4_only(const struct skua_sa_address *a)
{
	static const uint8_t none[12];

	return !memcmp(a->byte + 4, none, sizeof(none));
}

/* Packets of a driver may overtake each other by so many. */
#define CRYPTO_WINDOW 1024u

uint32_t skua_sa_window(const struct skua_sa_config *cfg)
{
	return cfg->flags & SKUA_SA_CRYPTO ? CRYPTO_WINDOW : cfg->window;
}

static bool inbound_ok(const struct skua_sa_config *cfg)
{
	/* RFC 4303 2.2.1: without a window nobody knows the upper bits. */
	if (cfg->flags & SKUA_SA_ESN && !skua_sa_window(cfg))
		return false;
	return cfg->window <= SKUA_REPLAY_MAX;
}

static bool outbound_ok(const struct skua_sa_config *cfg)
{
	if (cfg->flags & SKUA_SA_TUNNEL && !cfg->hop_limit)
		return false;
	if (cfg->flags & SKUA_SA_UDP && !(cfg->udp_sport && cfg->udp_dport))
		return false;
	return !cfg->window;
}

bool skua_sa_config_ok(const struct skua_sa_config *cfg)
{
	static const struct skua_sa_address none;

	if (cfg->flags & ~(uint32_t)SKUA_SA_FLAGS ||
	    cfg->spi < SKUA_SA_MIN_SPI || cfg->dscp > 63)
		return false;
	if (cfg->flags & SKUA_SA_ANY_DST &&
	    (!(cfg->flags & SKUA_SA_IN) || cfg->flags & SKUA_SA_IPV6 ||
	     memcmp(&cfg->dst, &none, sizeof(none))))
		return false;
	if (cfg->flags & SKUA_SA_CRYPTO &&
	    (cfg->window || cfg->flags & (SKUA_SA_TUNNEL | SKUA_SA_UDP |
					  SKUA_SA_ANY_DST)))
		return false;
	if (!(cfg->flags & SKUA_SA_IPV6) &&
	    !(ipv4_only(&cfg->src) && ipv4_only(&cfg->dst)))
		return false;
	return cfg->flags & SKUA_SA_IN ? inbound_ok(cfg) : outbound_ok(cfg);
}

static uint64_t or_never(uint64_t limit)
{
	return limit ? limit : UINT64_MAX;
}

static struct skua_sa_limits limits_of(const struct skua_sa_limits *limits)
{
	return (struct skua_sa_limits){
		.soft_packets = or_never(limits->soft_packets),
		.soft_bytes = or_never(limits->soft_bytes),
		.hard_packets = or_never(limits->hard_packets),
		.hard_bytes = or_never(limits->hard_bytes),
	};
}

int skua_sa_init(struct skua_sa *sa, const struct skua_sa_config *cfg)
{
	*sa = (struct skua_sa){
		.flags = cfg->flags,
		.spi = cfg->spi,
		.mtu = cfg->mtu,
		.dscp = cfg->dscp,
		.hop_limit = cfg->hop_limit,
		.udp_sport = cfg->udp_sport,
		.udp_dport = cfg->udp_dport,
		.src = cfg->src,
		.dst = cfg->dst,
		.id = skua_sa_id(cfg->spi, cfg->dst.byte,
				 cfg->flags & SKUA_SA_IPV6),
		.owner = cfg->owner,
		.group = cfg->group,
	};
	skua_sa_set_limits(sa, &cfg->limits);
	return skua_replay_init(&sa->replay, skua_sa_window(cfg),
				cfg->flags & SKUA_SA_ESN);
}

static void tell(struct skua_sa *sa, enum skua_sa_event event)
{
	if (sa->told & 1 << event)
		return;
	sa->told |= 1 << event;
	if (sa->table->event)
		sa->table->event(sa->table->ctx, sa, event);
}

static bool reached(const struct skua_sa *sa, uint64_t packets, uint64_t bytes)
{
	return sa->packets >= packets || sa->bytes >= bytes;
}

static uint64_t lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void look_at_limits(struct skua_sa *sa)
{
	const struct skua_sa_limits *l = &sa->limits;

	if (reached(sa, l->soft_packets, l->soft_bytes))
		tell(sa, SKUA_SA_SOFT);
	if (reached(sa, l->hard_packets, l->hard_bytes))
		tell(sa, SKUA_SA_HARD);
	sa->due.packets = sa->due.bytes = UINT64_MAX;
	if (!(sa->told & 1 << SKUA_SA_SOFT)) {
		sa->due.packets = l->soft_packets;
		sa->due.bytes = l->soft_bytes;
	}
	if (!(sa->told & 1 << SKUA_SA_HARD)) {
		sa->due.packets = lower(sa->due.packets, l->hard_packets);
		sa->due.bytes = lower(sa->due.bytes, l->hard_bytes);
	}
}

void skua_sa_account(struct skua_sa *sa, uint32_t bytes)
{
	sa->packets++;
	sa->bytes += bytes;
	if (reached(sa, sa->due.packets, sa->due.bytes))
		look_at_limits(sa);
}

void skua_sa_set_limits(struct skua_sa *sa, const struct skua_sa_limits *limits)
{
	sa->limits = limits_of(limits);
	sa->told &= ~(1 << SKUA_SA_SOFT | 1 << SKUA_SA_HARD);
	look_at_limits(sa);
}

/* RFC 4303 3.3.3: the counter must not cycle. */
static uint64_t last_seq(const struct skua_sa *sa)
{
	return sa->flags & SKUA_SA_ESN ? UINT64_MAX : UINT32_MAX;
}

uint64_t skua_sa_next_seq(struct skua_sa *sa)
{
	if (sa->seq == last_seq(sa))
		return 0;
	sa->seq++;
	if (sa->seq == last_seq(sa))
		tell(sa, SKUA_SA_EXHAUSTED);
	return sa->seq;
}

void skua_sa_refuse(struct skua_sa_table *t, struct skua_sa *sa,
		    enum skua_esp_result result)
{
	t->refused[result]++;
	if (!sa)
		return;
	sa->refused[result]++;
	sa->last = result;
}

void skua_sa_read_state(const struct skua_sa *sa, struct skua_sa_state *state)
{
	const struct skua_replay *r = &sa->replay;
	uint32_t i;

	memset(state, 0, sizeof(*state));
	state->seq = skua_sa_seq(sa);
	if (!skua_sa_windowed(sa))
		return;
	for (i = 0; i < r->size && i < r->top; i++)
		if (!skua_replay_fresh(r, r->top - i))
			state->map[i / 64] |= 1ull << i % 64;
}

int skua_sa_go_on_from(struct skua_sa *sa, uint64_t seq)
{
	if (seq < skua_sa_seq(sa) || seq > last_seq(sa))
		return -EINVAL;
	if (skua_sa_windowed(sa))
		skua_replay_move(&sa->replay, seq);
	else
		sa->seq = seq;
	return 0;
}
