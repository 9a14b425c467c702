// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "live.h"

/* Numbers written down at once: at 10 Mpps half of them last for 200 ms. */
#define RANGE (1ull << 22)

/* Numbers ------------------------------------------------------------------- */

static off_t place_of(const struct live *l)
{
	return (off_t)l->record * sizeof(struct skua_ipsec_record) +
	       offsetof(struct skua_ipsec_record, seq);
}

static int write_down(const struct live *l, int numbers, uint64_t seq)
{
	return pwrite(numbers, &seq, sizeof(seq), place_of(l)) == sizeof(seq)
		       ? 0
		       : -EIO;
}

int live_sync(int numbers)
{
	return fdatasync(numbers) ? -EIO : 0;
}

static uint64_t last_number(const struct live *l)
{
	return l->esn ? UINT64_MAX : UINT32_MAX;
}

static int reserve(struct live *l, int numbers)
{
	uint64_t left = last_number(l) - l->reserved;
	uint64_t up_to = l->reserved + (left < RANGE ? left : RANGE);
	int err = write_down(l, numbers, up_to);

	if (!err)
		l->reserved = up_to;
	return err;
}

/* Limits -------------------------------------------------------------------- */

/* The sooner of two; 0 is never. */
static uint64_t sooner(uint64_t a, uint64_t b)
{
	return !a || (b && b < a) ? b : a;
}

/* A limit of packets over all programs, for those of this one. */
static uint64_t left_of(const struct live *l, uint64_t limit)
{
	return l->in || !limit ? limit : limit - l->base;
}

/* Packets after which another range is wanted; 0: never. */
static uint64_t range_due(const struct live *l)
{
	if (l->in || l->reserved == last_number(l))
		return 0;
	return l->reserved - l->base - RANGE / 2;
}

static void fill_limits(const struct live *l, struct skua_hwi_modify_sa_in *in)
{
	const struct skua_ipsec_limits *own = &l->limits;
	uint64_t soft = l->soft_told ? 0 : left_of(l, own->soft_packets);
	uint64_t hard = left_of(l, own->hard_packets);

	in->handle = htole32(l->handle);
	in->mask = htole32(SKUA_HWI_SA_SET_LIMITS);
	in->soft_packets = htole64(sooner(soft, range_due(l)));
	in->hard_packets =
		htole64(sooner(hard, l->in ? 0 : l->reserved - l->base));
	in->soft_bytes = htole64(l->soft_told ? 0 : own->soft_bytes);
	in->hard_bytes = htole64(own->hard_bytes);
}

static int modify(const struct live *l, const struct skua_hwi_modify_sa_in *in)
{
	return skua_user_cmd(l->dev, SKUA_HWI_CMD_MODIFY_SA, in, sizeof(*in),
			     NULL, 0);
}

static int query(const struct live *l, struct skua_hwi_query_sa_out *out)
{
	const struct skua_hwi_handle_in in = { .handle = htole32(l->handle) };

	return skua_user_cmd(l->dev, SKUA_HWI_CMD_QUERY_SA, &in, sizeof(in),
			     out, sizeof(*out));
}

/* Its life ------------------------------------------------------------------ */

int live_prepare(struct live *l, const struct skua_ipsec_sa *sa, int numbers)
{
	uint32_t flags = le32toh(sa->create.flags);

	l->spi = le32toh(sa->create.spi);
	l->line = sa->line;
	l->record = sa->record;
	l->in = flags & SKUA_HWI_SA_IN;
	l->esn = flags & SKUA_HWI_SA_ESN;
	l->limits = sa->limits;
	if (pread(numbers, &l->base, sizeof(l->base), place_of(l)) !=
	    sizeof(l->base))
		return -EIO;
	l->reserved = l->base;
	if (l->in)
		return 0;
	if (l->base >= last_number(l) ||
	    (l->limits.hard_packets && l->base >= l->limits.hard_packets))
		return -EDQUOT;
	l->soft_told =
		l->limits.soft_packets && l->base >= l->limits.soft_packets;
	return reserve(l, numbers);
}

int live_start(struct live *l)
{
	struct skua_hwi_modify_sa_in in = { .seq = htole64(l->base) };

	fill_limits(l, &in);
	if (l->base)
		in.mask |= htole32(SKUA_HWI_SA_SET_SEQ);
	return modify(l, &in);
}

static bool reached(uint64_t limit, uint64_t n)
{
	return limit && n >= limit;
}

static void say(const struct live *l, const char *name, const char *what)
{
	fprintf(stderr, "skua: %s:%u: SA 0x%08x has reached %s\n", name,
		l->line, l->spi, what);
}

void live_serve(struct live *l, int numbers, const char *name)
{
	struct skua_hwi_modify_sa_in in = { 0 };
	struct skua_hwi_query_sa_out out;
	uint64_t packets, bytes;

	if (l->hard_told || query(l, &out))
		return;
	packets = le64toh(out.packets);
	bytes = le64toh(out.bytes);
	if (!l->soft_told &&
	    (reached(left_of(l, l->limits.soft_packets), packets) ||
	     reached(l->limits.soft_bytes, bytes))) {
		l->soft_told = true;
		say(l, name, "its soft limit");
	}
	if (reached(left_of(l, l->limits.hard_packets), packets) ||
	    reached(l->limits.hard_bytes, bytes)) {
		l->hard_told = true;
		say(l, name, "its hard limit, and nothing passes it any more");
		return;
	}
	if (reached(range_due(l), packets) &&
	    (reserve(l, numbers) || live_sync(numbers))) {
		say(l, name, "the last number that could be written down");
		return;
	}
	if (!l->in && le64toh(out.seq) == last_number(l)) {
		l->hard_told = true;
		say(l, name,
		    "its last sequence number, and nothing passes it any more");
		return;
	}
	fill_limits(l, &in);
	modify(l, &in);
}

void live_end(struct live *l, int numbers)
{
	/* Nothing passes then, but one packet if none has. */
	const struct skua_hwi_modify_sa_in stop = {
		.handle = htole32(l->handle),
		.mask = htole32(SKUA_HWI_SA_SET_LIMITS),
		.hard_packets = htole64(1),
	};
	struct skua_hwi_query_sa_out out;
	uint64_t seq;

	if (modify(l, &stop) || query(l, &out))
		return;
	seq = le64toh(out.seq);
	if (!l->in && seq == l->base)
		seq++;
	write_down(l, numbers, seq);
}
