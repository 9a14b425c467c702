// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* A security association, in the words of ip-xfrm(8). */
#include <endian.h>
#include <string.h>

#include "config.h"
#include "ipsec.h"

#define DEFAULT_WINDOW	  64
#define DEFAULT_HOP_LIMIT 64
#define ALGORITHM	  "rfc4106(gcm(aes))"

static void parse_src(struct words *w, struct skua_ipsec_sa *sa)
{
	want_address(w, sa->create.src, NULL);
	if (!skua_user_unicast(sa->create.src))
		wrong(w, "not the address of a host");
}

static void parse_dst(struct words *w, struct skua_ipsec_sa *sa)
{
	want_address(w, sa->create.dst, NULL);
	if (!skua_user_unicast(sa->create.dst))
		wrong(w, "not the address of a host");
}

static void parse_proto(struct words *w, struct skua_ipsec_sa *sa)
{
	(void)sa;
	want_word(w, "esp");
	if (!word_is(w, "esp"))
		wrong(w, "the protocol is esp, and no other");
}

static void parse_spi(struct words *w, struct skua_ipsec_sa *sa)
{
	sa->create.spi = htole32(
		want_number(w, "an SPI", SKUA_HWI_SA_MIN_SPI, UINT32_MAX));
}

static void parse_reqid(struct words *w, struct skua_ipsec_sa *sa)
{
	sa->create.reqid = htole32(want_number(w, "a reqid", 1, UINT32_MAX));
}

static void set_flags(struct skua_ipsec_sa *sa, uint32_t flags)
{
	sa->create.flags |= htole32(flags);
}

static bool has_flags(const struct skua_ipsec_sa *sa, uint32_t flags)
{
	return (le32toh(sa->create.flags) & flags) == flags;
}

static void parse_mode(struct words *w, struct skua_ipsec_sa *sa)
{
	want_word(w, "a mode");
	if (word_is(w, "tunnel"))
		set_flags(sa, SKUA_HWI_SA_TUNNEL);
	else if (!word_is(w, "transport"))
		wrong(w, "the mode is transport or tunnel");
}

static void parse_dir(struct words *w, struct skua_ipsec_sa *sa)
{
	want_word(w, "a direction");
	if (word_is(w, "in"))
		set_flags(sa, SKUA_HWI_SA_IN);
	else if (!word_is(w, "out"))
		wrong(w, "the direction is in or out");
}

static void parse_aead(struct words *w, struct skua_ipsec_sa *sa)
{
	uint64_t bits;
	size_t n;

	want_word(w, "an algorithm");
	if (!word_is(w, ALGORITHM))
		wrong(w, "the algorithm is " ALGORITHM ", and no other");
	n = want_bytes(w, "a key", sa->create.key, sizeof(sa->create.key));
	if (n != 20 && n != 28 && n != 36)
		wrong(w,
		      "a key has 20, 28 or 36 bytes, the last 4 of which are the salt");
	sa->create.key_len = n;
	bits = want_number(w, "the length of the ICV", 64, 128);
	if (bits % 32)
		wrong(w, "an ICV has 64, 96 or 128 bits");
	sa->create.icv_len = bits / 8;
}

/* Flags, and the direction and mode that they are good for. */
static const struct {
	const char *name;
	uint32_t flag, need, must_not;
	const char *why;
} flags[] = {
	{ "esn", SKUA_HWI_SA_ESN, 0, 0, "" },
	{ "noecn", SKUA_HWI_SA_NO_ECN, SKUA_HWI_SA_TUNNEL, 0,
	  "noecn goes with mode tunnel" },
	{ "decap-dscp", SKUA_HWI_SA_SET_DSCP, SKUA_HWI_SA_TUNNEL | SKUA_HWI_SA_IN,
	  0, "decap-dscp goes with mode tunnel and dir in" },
	{ "dont-encap-dscp", SKUA_HWI_SA_OWN_DSCP, SKUA_HWI_SA_TUNNEL,
	  SKUA_HWI_SA_IN, "dont-encap-dscp goes with mode tunnel and dir out" },
	{ "nopmtudisc", SKUA_HWI_SA_MAY_FRAGMENT, SKUA_HWI_SA_TUNNEL,
	  SKUA_HWI_SA_IN, "nopmtudisc goes with mode tunnel and dir out" },
};
#define NFLAGS (sizeof(flags) / sizeof(flags[0]))

static bool next_flag(struct words *w, struct skua_ipsec_sa *sa)
{
	unsigned int i;

	for (i = 0; i < NFLAGS; i++) {
		if (next_is(w, flags[i].name)) {
			set_flags(sa, flags[i].flag);
			return true;
		}
	}
	return false;
}

static void parse_flag(struct words *w, struct skua_ipsec_sa *sa)
{
	if (!next_flag(w, sa)) {
		want_word(w, "a flag");
		wrong(w, "no such flag");
	}
	while (next_flag(w, sa))
		;
}

static void parse_window(struct words *w, struct skua_ipsec_sa *sa)
{
	sa->create.window =
		htole16(want_number(w, "a window", 0, SKUA_HWI_SA_MAX_WINDOW));
}

static void parse_encap(struct words *w, struct skua_ipsec_sa *sa)
{
	want_word(w, "espinudp");
	if (!word_is(w, "espinudp"))
		wrong(w, "the encapsulation is espinudp, and no other");
	sa->create.udp_sport = htobe16(want_number(w, "a port", 1, UINT16_MAX));
	sa->create.udp_dport = htobe16(want_number(w, "a port", 1, UINT16_MAX));
	set_flags(sa, SKUA_HWI_SA_UDP);
	/* The original address, which ip-xfrm(8) wants, tells nothing. */
	if (!next_is(w, "0.0.0.0"))
		next_is(w, "::");
}

static bool next_limit(struct words *w, struct skua_ipsec_limits *limits)
{
	const struct {
		const char *name;
		uint64_t *limit;
	} all[] = {
		{ "packet-soft", &limits->soft_packets },
		{ "packet-hard", &limits->hard_packets },
		{ "byte-soft", &limits->soft_bytes },
		{ "byte-hard", &limits->hard_bytes },
	};
	unsigned int i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (next_is(w, all[i].name)) {
			*all[i].limit = want_number(w, "a limit", 1, UINT64_MAX);
			return true;
		}
	}
	return false;
}

static void parse_limit(struct words *w, struct skua_ipsec_sa *sa)
{
	if (!next_limit(w, &sa->limits)) {
		want_word(w, "a limit");
		wrong(w,
		      "a limit is packet-soft, packet-hard, byte-soft or byte-hard");
	}
	while (next_limit(w, &sa->limits))
		;
}

static const struct {
	const char *name;
	void (*parse)(struct words *w, struct skua_ipsec_sa *sa);
	bool must, again;
} parts[] = {
	{ "src", parse_src, .must = true },
	{ "dst", parse_dst, .must = true },
	{ "proto", parse_proto, .must = false },
	{ "spi", parse_spi, .must = true },
	{ "reqid", parse_reqid, .must = true },
	{ "mode", parse_mode, .must = true },
	{ "dir", parse_dir, .must = true },
	{ "aead", parse_aead, .must = true },
	{ "flag", parse_flag, .again = true },
	{ "extra-flag", parse_flag, .again = true },
	{ "replay-window", parse_window, .must = false },
	{ "encap", parse_encap, .must = false },
	{ "limit", parse_limit, .again = true },
};
#define NPARTS (sizeof(parts) / sizeof(parts[0]))

static unsigned int part_of(const struct words *w)
{
	unsigned int i;

	for (i = 0; i < NPARTS; i++) {
		if (word_is(w, parts[i].name))
			return i;
	}
	wrong(w, "no such word in a state");
}

static bool same_family(const uint8_t a[16], const uint8_t b[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(a, mapped, sizeof(mapped)) ==
	       !memcmp(b, mapped, sizeof(mapped));
}

/* What a line says of both directions is of one only. */
static void settle(struct words *w, struct skua_ipsec_sa *sa, bool window)
{
	bool in = has_flags(sa, SKUA_HWI_SA_IN);

	if (in && !window)
		sa->create.window = htole16(DEFAULT_WINDOW);
	if (in && has_flags(sa, SKUA_HWI_SA_ESN) && !sa->create.window)
		wrong(w, "flag esn needs a replay-window");
	if (!in)
		sa->create.window = 0;
	if (in)
		sa->create.udp_sport = sa->create.udp_dport = 0;
	if (!in && has_flags(sa, SKUA_HWI_SA_TUNNEL))
		sa->create.hop_limit = DEFAULT_HOP_LIMIT;
}

static void check_state(struct words *w, const struct skua_ipsec_sa *sa)
{
	uint32_t has = le32toh(sa->create.flags);
	unsigned int i;

	if (!same_family(sa->create.src, sa->create.dst))
		wrong(w, "src and dst are not of one family");
	for (i = 0; i < NFLAGS; i++) {
		if (has & flags[i].flag &&
		    ((has & flags[i].need) != flags[i].need ||
		     has & flags[i].must_not))
			wrong(w, "%s", flags[i].why);
	}
}

void parse_state(struct words *w, struct skua_ipsec_sa *sa)
{
	bool given[NPARTS] = { false }, window = false;
	unsigned int i;

	while (next_word(w)) {
		i = part_of(w);
		if (given[i] && !parts[i].again)
			wrong(w, "%s is given twice", parts[i].name);
		given[i] = true;
		window |= parts[i].parse == parse_window;
		parts[i].parse(w, sa);
	}
	for (i = 0; i < NPARTS; i++) {
		if (parts[i].must && !given[i])
			wrong(w, "%s is missing", parts[i].name);
	}
	settle(w, sa, window);
	check_state(w, sa);
}
