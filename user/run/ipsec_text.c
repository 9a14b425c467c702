// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* All lines, and whether they make sense together. */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipsec.h"

static void count(struct words w, struct skua_ipsec_image *image)
{
	while (next_line(&w)) {
		next_word(&w);
		if (word_is(&w, "state"))
			image->nsas++;
		else if (word_is(&w, "policy"))
			image->nflows++;
		else
			wrong(&w, "a line begins with state or policy");
		if (image->nsas > SKUA_IPSEC_MAX || image->nflows > SKUA_IPSEC_MAX)
			wrong(&w, "there are at most %u of them", SKUA_IPSEC_MAX);
		while (next_word(&w))
			;
	}
}

static bool is_in(const struct skua_ipsec_sa *sa)
{
	return le32toh(sa->create.flags) & SKUA_HWI_SA_IN;
}

/*
 * Two SAs with one key and salt would seal two packets with one nonce, whoever
 * has the other end of them (RFC 4106 §10).
 */
static bool same_key(const struct skua_ipsec_sa *a, const struct skua_ipsec_sa *b)
{
	return a->create.key_len == b->create.key_len &&
	       !memcmp(a->create.key, b->create.key, a->create.key_len);
}

static bool same_packets(const struct skua_ipsec_sa *a,
			 const struct skua_ipsec_sa *b)
{
	return is_in(a) == is_in(b) && a->create.spi == b->create.spi &&
	       !memcmp(a->create.dst, b->create.dst, sizeof(a->create.dst));
}

/* The line has just been read. */
static void compare(const struct words *w, const struct skua_ipsec_image *image,
		    uint32_t n)
{
	const struct skua_ipsec_sa *sa = &image->sa[n];
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (same_packets(sa, &image->sa[i]))
			wrong(w, "spi, dst and dir are those of line %u",
			      image->sa[i].line);
		if (same_key(sa, &image->sa[i]))
			wrong(w,
			      "key and salt are those of line %u; no two states may share them",
			      image->sa[i].line);
	}
}

static void read_lines(struct words *w, struct skua_ipsec_image *image)
{
	struct skua_ipsec_flow *flow = skua_ipsec_flows(image);
	uint32_t n = 0;

	while (next_line(w)) {
		next_word(w);
		if (word_is(w, "state")) {
			image->sa[n].line = w->line;
			parse_state(w, &image->sa[n]);
			compare(w, image, n++);
		} else {
			flow->line = w->line;
			parse_policy(w, flow++);
		}
	}
}

/* With none every packet would be dropped: a slip of the pen. */
static void check_reqid(const struct skua_ipsec_image *image,
			const struct skua_ipsec_flow *flow)
{
	bool in = flow->create.direction == SKUA_HWI_FLOW_INGRESS;
	uint32_t i;

	for (i = 0; i < image->nsas; i++) {
		if (image->sa[i].create.reqid == flow->create.reqid &&
		    is_in(&image->sa[i]) == in)
			return;
	}
	fprintf(stderr, "skua-run: %s:%u:1: no state with dir %s has reqid %u\n",
		image->name, flow->line, in ? "in" : "out",
		le32toh(flow->create.reqid));
	exit(2);
}

struct skua_ipsec_image *parse_ipsec(const char *name, const char *text,
				     size_t len)
{
	struct words w = words_of(name, text, len);
	struct skua_ipsec_image counts = { 0 }, *image;
	const struct skua_ipsec_flow *flow;
	uint32_t i;

	count(w, &counts);
	counts.size = skua_ipsec_size(counts.nsas, counts.nflows);
	image = private_memory(counts.size);
	*image = counts;
	memcpy(image->magic, SKUA_IPSEC_MAGIC, sizeof(image->magic));
	snprintf(image->name, sizeof(image->name), "%s", name);
	read_lines(&w, image);
	flow = skua_ipsec_flows(image);
	for (i = 0; i < image->nflows; i++) {
		if (flow[i].create.action == SKUA_HWI_FLOW_PROTECT)
			check_reqid(image, &flow[i]);
	}
	return image;
}
