/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef SKUA_PRELOAD_FAKE_H
#define SKUA_PRELOAD_FAKE_H

/* ioctl() on a fake file: how many there are, a hidden descriptor. */
#define FAKE_COUNT  0x5301
#define FAKE_HIDDEN 0x5302

/* What a counter says once its device was opened. */
#define FAKE_COUNTER(group, i) ((group) * 100 + (i))

#endif /* SKUA_PRELOAD_FAKE_H */
