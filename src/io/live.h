/*
 * The live driver: engines on the real network.  Packets go out through
 * io/transmit.h, frames come in through io/capture.h, time is the kernel's
 * monotonic clock, the loop is libevent's.
 */
#ifndef TR_IO_LIVE_H
#define TR_IO_LIVE_H

#include <stddef.h>

#include "base/error.h"
#include "engine/engine.h"
#include "io/capture.h"
#include "io/driver.h"
#include "io/transmit.h"

struct tr_live {
	struct tr_engine *engine;
	struct tr_transmit *transmit;
	struct tr_capture *capture;
	struct tr_driver_sink sink;
};

/*
 * Run engines beside each other until all are done; SIGINT and SIGTERM stop
 * them, and they then end with what is known.  Returns TR_OK; TR_ESYSTEM with
 * a text when the loop or a capture fails (the records up to then have been
 * told); TR_EUNSUPPORTED in a build without libevent.
 */
int tr_live_run(const struct tr_live *lives, size_t count,
    struct tr_error *error);

/* True when this build can. */
bool tr_live_is_built(void);

/* Entropy for a seed. */
int tr_live_seed(uint64_t *seed, struct tr_error *error);

#endif
