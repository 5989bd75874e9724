/*
 * Masking: from a saved capture to one that does not tell who traced, and not
 * where from.  All that is shown of a run with --privacy is a replay of the
 * masked capture: what it does not hold cannot be told.
 *
 * Hidden are the addresses of this host (the flow's, what a NAT made of it on
 * the way, what answers came to), the gateway, whatever answered a probe with a
 * TTL up to hops or one whose TTL is not known, and where a NAT that may be
 * among these hops sends the probes to; not the target's address, which the
 * user named, even where it answers so early.  packet/mask.h says what stands
 * for them, packet/mask_frame.h what becomes of the frames.  These have no link
 * layer any more, so that it cannot tell anything.  Frames that are no probe
 * and no answer to one are left out; the comments are written anew.
 *
 * What stays: times, TTLs, sizes, IP IDs, ports, MPLS labels, and the
 * addresses of later hops, which may be in the same network.
 */
#ifndef TR_IO_MASKING_H
#define TR_IO_MASKING_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "io/evidence.h"

/*
 * Mask the capture in a stream that tr_replay_open() or tmpfile() gave, which
 * stays open, and write it by to; name is for messages.  Of a capture that is
 * cut short, what there is: then *warning says so, else its code is TR_OK.
 * Returns TR_OK, or another code with a text: TR_EUNSUPPORTED for a capture
 * that is not one run of ours with its comments, since of what other programs
 * put into their probes nobody can say what it tells.
 */
int tr_mask_capture(FILE *from, const char *name, uint8_t hops,
    struct tr_evidence_writer *to, struct tr_error *warning,
    struct tr_error *error);

#endif
