/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef SKUA_USER_DRIVE_H
#define SKUA_USER_DRIVE_H

struct skua_adapter;
struct skua_peers;

/* What wakes the thread is there from here on. 0 or -errno. */
int skua_drive_begin(void);

/* Without a thread, that is: one is for as long as the process. */
void skua_drive_end(void);

/* The thread is started. The adapter has its link, if any. 0 or -errno. */
int skua_drive_start(struct skua_adapter *ad);

/* In a child: the parent's thread is not here. */
void skua_drive_forked(void);

/* The program has posted something while doorbells were armed. */
void skua_drive_posted(void);

/* The program has polled in vain. */
void skua_drive_polled(void);

/* The program has been told of an event: it may wait for such instead of polling. */
void skua_drive_told(void);

/* What a command left to the engine is done at once. */
void skua_drive_now(void);

/* There is something new to do, or to wait for. */
void skua_drive_wake(void);

/* Who writes to it wakes the thread. */
int skua_drive_wake_fd(void);

/* Other processes that are to be served, as long as this one is there. */
void skua_drive_add_peers(struct skua_peers *peers);
void skua_drive_refresh_peers(void);

#endif /* SKUA_USER_DRIVE_H */
