/*
 * Privileges: CAP_NET_RAW is all that is needed, for as long as it takes to
 * open the raw socket and the capture (libcap-ng; without it, only a set
 * user id is given up).
 */
#ifndef TR_IO_PRIVILEGES_H
#define TR_IO_PRIVILEGES_H

#include <sys/types.h>
#include <stddef.h>

#include "base/error.h"

/*
 * First thing: whatever this process was started with, keep CAP_NET_RAW as
 * permitted, not effective, and become the real user in everything else.
 * Where root started it, this waits for tr_privileges_drop().
 * Returns TR_OK or TR_ESYSTEM with a text.
 */
int tr_privileges_start(struct tr_error *error);

/*
 * Make CAP_NET_RAW effective if it is permitted.  That it is not is no error
 * here: opening the socket will say so.
 */
void tr_privileges_raise(void);

/*
 * Empty all sets for good, and let no program that is started from here gain
 * any.  Returns TR_OK or TR_ESYSTEM with a text: the caller must stop then.
 */
int tr_privileges_drop(struct tr_error *error);

/*
 * The same, and be this user and this group from now on, with no others: where
 * root started it, which without capabilities may not write to folders of
 * others.
 */
int tr_privileges_drop_to(uid_t user, gid_t group, struct tr_error *error);

/*
 * The same as tr_privileges_drop(), but what root started may still read any
 * file: of other users too, whose folders root itself may not look into.  Until
 * tr_privileges_drop().
 */
int tr_privileges_drop_but_reading(struct tr_error *error);

/* What to say to a user who lacks the privilege: the one command. */
void tr_privileges_advice(char *text, size_t size);

#endif
