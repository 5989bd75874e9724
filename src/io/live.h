/*
 * The live driver: engines on the real network.  Packets go out through
 * io/transmit.h, frames come in through io/capture.h, time is the kernel's
 * monotonic clock, the loop is libevent's.
 */
#ifndef TR_IO_LIVE_H
#define TR_IO_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#define TR_LIVE_DESCRIPTORS_MAX 2

/*
 * Something else that is served by the loop while engines run, and after it
 * for as long as it is busy: answers to other questions come in by it.
 */
struct tr_live_companion {
	void	*context;

	/* To be read from; -1 for none, at any time: it is not asked again. */
	int	 descriptors[TR_LIVE_DESCRIPTORS_MAX];

	/*
	 * Called whenever something happened, be it to an engine; now is of
	 * the monotonic clock, over: all engines are done.  Returns when to
	 * call again at the latest, or TR_TIME_NEVER; or TR_TIME_NONE when it
	 * is over and this has nothing more to do either: the loop ends.
	 */
	int64_t	(*serve)(void *context, int64_t now, bool over);

	/* The user wants to end: called once at most, before a serve(). */
	void	(*stop)(void *context);
};

/*
 * Run engines beside each other until all are done; SIGINT and SIGTERM stop
 * them, and they then end with what is known.  companion may be NULL.  Returns
 * TR_OK; TR_ESYSTEM with a text when the loop or a capture fails (the records
 * up to then have been told); TR_EUNSUPPORTED in a build without libevent.
 */
int tr_live_run(const struct tr_live *lives, size_t count,
    struct tr_live_companion *companion, struct tr_error *error);

/* True when this build can. */
bool tr_live_is_built(void);

/* Entropy for a seed. */
int tr_live_seed(uint64_t *seed, struct tr_error *error);

#endif
