/*
 * Probes from a capture, sent through the simulated network at the times at
 * which they were captured: what the network would have answered is left to
 * a recorder (sim/recorder.h).
 */
#ifndef TR_SIM_ANSWER_H
#define TR_SIM_ANSWER_H

#include "base/error.h"
#include "sim/network.h"

struct tr_answer_counts {
	uint64_t frames;		/* in the capture */
	uint64_t sent;			/* those of the prober */
	uint64_t answers;		/* that came back to it */
};

/*
 * Send what the capture file holds from an address of the prober's; other
 * frames are left out.  Returns TR_OK; TR_ENOTFOUND for no such
 * file; TR_EFORMAT, TR_EUNSUPPORTED or TR_ESYSTEM for one that cannot be read;
 * TR_ENOMEM; with a text.
 */
int tr_answer_capture(struct tr_network *network, uint32_t prober,
    const char *path, struct tr_answer_counts *counts,
    struct tr_error *error);

#endif
