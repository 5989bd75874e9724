/*
 * What passes at a node of the simulated network, written as a capture
 * (pcapng, raw IP) that any reader opens.
 */
#ifndef TR_SIM_RECORDER_H
#define TR_SIM_RECORDER_H

#include "base/error.h"
#include "sim/network.h"

struct tr_recorder;

/*
 * Listen at a node and write to a file, "-" for standard output.  offset is
 * added to the times of the network, to make them those of a wall clock.
 * command, for people, stands in a comment.  Returns NULL with a text.
 */
struct tr_recorder *tr_recorder_open(struct tr_network *network,
    uint32_t node, const char *path, int64_t offset, const char *command,
    struct tr_error *error);

/*
 * Stop, and close the file.  Returns TR_OK, or TR_ESYSTEM with a text when
 * anything could not be written.  NULL is allowed.
 */
int tr_recorder_close(struct tr_recorder *recorder, struct tr_error *error);

#endif
