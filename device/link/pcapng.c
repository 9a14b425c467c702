// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <string.h>

#include "impair.h"
#include "pcapng.h"

enum block_type {
	SECTION = 0x0a0d0d0a,
	INTERFACE = 1,
	STATISTICS = 5,
	PACKET = 6,
};

#define BYTE_ORDER_MAGIC  0x1a2b3c4du
#define LINKTYPE_ETHERNET 1
#define NANOSECONDS	  9	/* as a negative power of ten */

enum option {
	OPT_END = 0,
	OPT_COMMENT = 1,
	SHB_USERAPPL = 4,
	IF_NAME = 2,
	IF_TSRESOL = 9,
	EPB_FLAGS = 2,
	ISB_STARTTIME = 2,
	ISB_ENDTIME = 3,
	ISB_IFRECV = 4,
	ISB_IFDROP = 5,
};

struct block {
	uint8_t *start, *p;
};

static void put(struct block *b, const void *data, size_t len)
{
	memcpy(b->p, data, len);
	b->p += len;
}

static void put16(struct block *b, uint16_t v)
{
	put(b, &v, sizeof(v));
}

static void put32(struct block *b, uint32_t v)
{
	put(b, &v, sizeof(v));
}

/* Times are two words, the upper one first in either byte order. */
static void put_time(struct block *b, uint64_t ns)
{
	put32(b, ns >> 32);
	put32(b, ns);
}

/* Zeros up to a multiple of 4. */
static void pad(struct block *b)
{
	while ((b->p - b->start) & 3)
		*b->p++ = 0;
}

static struct block begin(uint8_t *out, enum block_type type)
{
	struct block b = { out, out };

	put32(&b, type);
	put32(&b, 0);
	return b;
}

static void option(struct block *b, enum option code, const void *data,
		   uint16_t len)
{
	put16(b, code);
	put16(b, len);
	put(b, data, len);
	pad(b);
}

/* Its length stands at both ends of a block. */
static size_t end(struct block *b)
{
	uint32_t len = b->p - b->start + 4;

	memcpy(b->start + 4, &len, sizeof(len));
	put32(b, len);
	return len;
}

static size_t end_options(struct block *b)
{
	put32(b, OPT_END);
	return end(b);
}

size_t pcapng_section(uint8_t *out, const char *program)
{
	struct block b = begin(out, SECTION);
	const uint64_t unknown = UINT64_MAX;

	put32(&b, BYTE_ORDER_MAGIC);
	put16(&b, 1);
	put16(&b, 0);
	put(&b, &unknown, sizeof(unknown));
	option(&b, SHB_USERAPPL, program, strlen(program));
	return end_options(&b);
}

size_t pcapng_interface(uint8_t *out, const char *name, uint32_t snap)
{
	struct block b = begin(out, INTERFACE);
	const uint8_t resolution = NANOSECONDS;

	put16(&b, LINKTYPE_ETHERNET);
	put16(&b, 0);
	put32(&b, snap);
	option(&b, IF_NAME, name, strlen(name));
	option(&b, IF_TSRESOL, &resolution, sizeof(resolution));
	return end_options(&b);
}

size_t pcapng_packet(uint8_t *out, const struct record *rec)
{
	const uint32_t direction = rec->dir == SKUA_LINK_IN ? 1 : 2;
	struct block b = begin(out, PACKET);

	put32(&b, rec->point);
	put_time(&b, rec->time);
	put32(&b, rec->kept);
	put32(&b, rec->len);
	put(&b, rec->data, rec->kept);
	pad(&b);
	option(&b, EPB_FLAGS, &direction, sizeof(direction));
	if (rec->comment)
		option(&b, OPT_COMMENT, rec->data + rec->kept, rec->comment);
	return end_options(&b);
}

static void option_time(struct block *b, enum option code, uint64_t ns)
{
	put16(b, code);
	put16(b, sizeof(ns));
	put_time(b, ns);
}

size_t pcapng_statistics(uint8_t *out, uint32_t interface,
			 const uint64_t times[2], uint64_t received,
			 uint64_t dropped)
{
	struct block b = begin(out, STATISTICS);

	put32(&b, interface);
	put_time(&b, times[1]);
	option_time(&b, ISB_STARTTIME, times[0]);
	option_time(&b, ISB_ENDTIME, times[1]);
	option(&b, ISB_IFRECV, &received, sizeof(received));
	option(&b, ISB_IFDROP, &dropped, sizeof(dropped));
	return end_options(&b);
}
