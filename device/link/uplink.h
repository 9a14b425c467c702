/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A link as the adapter has it: perhaps impaired, perhaps captured.
 *
 *	adapter -> impairment -> capture, watch -> link -> adapter of the other end
 *	adapter <- capture <- impairment <- link <-
 *
 * The capture shows what goes on when it goes on, and what does not when it is
 * lost, with the reason. Without either, a frame costs one branch more than on
 * the link itself. Frames that may be held back, or doubled, are written and
 * read in memory of the uplink, and copied.
 *
 * All calls are by the engine or with its lock held.
 */
#ifndef SKUA_UPLINK_H
#define SKUA_UPLINK_H

#include "capture.h"
#include "impair.h"
#include "link.h"
#include "watch.h"

enum skua_uplink_mode {
	SKUA_UPLINK_PLAIN,
	SKUA_UPLINK_SHOWN, /* to capture and watch, from memory of the link */
	SKUA_UPLINK_IN_PLACE, /* impaired there */
	SKUA_UPLINK_STAGED,
};

/* One direction. */
struct skua_uplink_way {
	struct skua_uplink *uplink;
	enum skua_link_dir dir;
	enum skua_uplink_mode mode;
	uint64_t due;	   /* of the next frame that waits */
	uint64_t overruns; /* impaired frames that found no room */
	bool went;	   /* in place: the frame did, that is being impaired */
	/* Incoming: those in [next, n) are to be received. */
	struct skua_frame *frame;
	unsigned int next, n;
	uint8_t *mem;
};

struct skua_uplink {
	struct skua_link *link;
	struct skua_impair *impair;
	struct skua_capture *capture;
	unsigned int point;
	struct skua_watch *watch; /* of what goes out */
	uint64_t now;
	struct skua_uplink_way way[SKUA_LINK_DIRS];
};

/* Takes link over. NULL and errno. */
struct skua_uplink *skua_uplink_create(struct skua_link *link);
void skua_uplink_destroy(struct skua_uplink *u);

/*
 * im is the caller's, and of this uplink alone; it may always be there, and
 * costs nothing until there are rules. NULL: none. 0 or -ENOMEM.
 */
int skua_uplink_impair(struct skua_uplink *u, struct skua_impair *im);
/* The next frames are shown at that point of cap; NULL: at none. */
void skua_uplink_capture(struct skua_uplink *u, struct skua_capture *cap,
			 unsigned int point);
/* The next frames that leave are watched; NULL: they are not. */
void skua_uplink_watch(struct skua_uplink *u, struct skua_watch *w);

/*
 * At the beginning of a pass, with nothing reserved or received: what has been
 * changed counts from here on, frames whose time has come go on. now in ns.
 */
void skua_uplink_run(struct skua_uplink *u, uint64_t now);
/* At the end of one: when is the next, if for nothing else; or UINT64_MAX. */
uint64_t skua_uplink_due(struct skua_uplink *u);

unsigned int skua_uplink_reserve_slow(struct skua_uplink *u,
				      struct skua_frame *f, unsigned int n);
void skua_uplink_commit_slow(struct skua_uplink *u, struct skua_frame *f,
			     unsigned int n);
unsigned int skua_uplink_receive_slow(struct skua_uplink *u,
				      struct skua_frame *f, unsigned int n);
void skua_uplink_release_slow(struct skua_uplink *u);

static inline bool skua_uplink_is_plain(const struct skua_uplink *u,
					enum skua_link_dir dir)
{
	return __builtin_expect(u->way[dir].mode == SKUA_UPLINK_PLAIN, 1);
}

/* As the operations of the link. */
static inline unsigned int
skua_uplink_reserve(struct skua_uplink *u, struct skua_frame *f, unsigned int n)
{
	if (skua_uplink_is_plain(u, SKUA_LINK_OUT))
		return u->link->ops->reserve(u->link, f, n);
	return skua_uplink_reserve_slow(u, f, n);
}

/* Frames may be changed on their way. */
static inline void skua_uplink_commit(struct skua_uplink *u,
				      struct skua_frame *f, unsigned int n)
{
	if (skua_uplink_is_plain(u, SKUA_LINK_OUT))
		u->link->ops->commit(u->link, f, n);
	else
		skua_uplink_commit_slow(u, f, n);
}

static inline void skua_uplink_flush(struct skua_uplink *u)
{
	u->link->ops->flush(u->link);
}

static inline unsigned int
skua_uplink_receive(struct skua_uplink *u, struct skua_frame *f, unsigned int n)
{
	if (skua_uplink_is_plain(u, SKUA_LINK_IN))
		return u->link->ops->receive(u->link, f, n);
	return skua_uplink_receive_slow(u, f, n);
}

static inline void skua_uplink_release(struct skua_uplink *u)
{
	if (skua_uplink_is_plain(u, SKUA_LINK_IN))
		u->link->ops->release(u->link);
	else
		skua_uplink_release_slow(u);
}

static inline bool skua_uplink_arm(struct skua_uplink *u)
{
	const struct skua_uplink_way *in = &u->way[SKUA_LINK_IN];

	return in->next == in->n && u->link->ops->arm(u->link);
}

#endif /* SKUA_UPLINK_H */
