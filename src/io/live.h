/*
 * The live driver: the engine on the real network.  Packets go out through
 * io/transmit.h, frames come in through io/capture.h, time is the kernel's
 * monotonic clock, the loop is libevent's.
 */
#ifndef TR_IO_LIVE_H
#define TR_IO_LIVE_H

#include "base/error.h"
#include "engine/engine.h"
#include "io/capture.h"
#include "io/evidence.h"
#include "io/transmit.h"

/* Called for each record, in order; the record is borrowed. */
typedef void tr_live_record_fn(void *context, const struct tr_record *record);

struct tr_live {
	struct tr_engine *engine;
	struct tr_transmit *transmit;
	struct tr_capture *capture;
	struct tr_evidence_writer *evidence;	/* NULL: do not save */
	tr_live_record_fn *record;
	void	*context;
};

/*
 * Run the engine until it is done; SIGINT and SIGTERM stop it, and it then
 * ends with what is known.  Returns TR_OK; TR_ESYSTEM with a text when the
 * loop or the capture fails (the records up to then have been told);
 * TR_EUNSUPPORTED in a build without libevent.
 */
int tr_live_run(const struct tr_live *live, struct tr_error *error);

/* True when this build can. */
bool tr_live_is_built(void);

/* The system's time, ns since 1970-01-01 UTC, and entropy for a seed. */
int64_t tr_live_wall_clock(void);
int tr_live_seed(uint64_t *seed, struct tr_error *error);

#endif
