// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* capture_make FILE: a capture with something of everything. */
#include <stdio.h>
#include <unistd.h>

#include "capture.h"
#include "impair_rig.h"

#define TIME 1234567890123456789ull

static void take(struct skua_capture *cap, int point, enum skua_link_dir dir,
		 uint32_t psn, const char *comment)
{
	const struct made m = { .opcode = RC_SEND_ONLY, .qp = 17, .psn = psn,
				.payload = psn };
	uint8_t buf[SKUA_FRAME_MAX];
	const struct skua_frame f = make_frame(buf, &m);

	skua_capture_frame(cap, point, dir, &f, TIME + psn, comment);
}

int main(int argc, char **argv)
{
	const struct skua_capture_options opt = { .path = argv[1] };
	struct skua_capture *cap;
	char err[256];
	int out, in;

	if (argc != 2)
		return 2;
	cap = skua_capture_open(&opt, err, sizeof(err));
	if (!cap) {
		fprintf(stderr, "%s\n", err);
		return 1;
	}
	out = skua_capture_point(cap, "udp:198.51.100.1");
	take(cap, out, SKUA_LINK_OUT, 1, NULL);
	/* A point that comes later, when frames have been written. */
	usleep(30000);
	in = skua_capture_point(cap, "shm:pair");
	take(cap, in, SKUA_LINK_IN, 2, NULL);
	take(cap, out, SKUA_LINK_OUT, 3, "drop: rule 2");
	take(cap, in, SKUA_LINK_IN, 4, "corrupt: rule 1, delay: rule 3");
	skua_capture_close(cap, NULL);
	return 0;
}
