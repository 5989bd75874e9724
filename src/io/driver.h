/*
 * What every driver of the engine does: feed it an event, do the actions it
 * wants, hand on its records, and save the frames that it took.  What differs
 * between them, the way out and the clock, is the world's: the real network
 * (io/live.h) or a simulated one (sim/simulation.h).
 */
#ifndef TR_IO_DRIVER_H
#define TR_IO_DRIVER_H

#include "engine/engine.h"
#include "io/evidence.h"

/* Called for each record, in order; the record is borrowed. */
typedef void tr_driver_record_fn(void *context,
    const struct tr_record *record);

/* What the result of a run is given to. */
struct tr_driver_sink {
	struct tr_evidence_writer *evidence;	/* NULL: do not save */
	tr_driver_record_fn *record;
	void	*context;
};

/* What a driver's world can do. */
struct tr_driver_world {
	/* Send; returns 0 or the errno with which it was refused. */
	int (*send)(void *world, const uint8_t *packet, size_t size);
	/* Feed TIMER at that time, and not at one asked for before. */
	void (*wake)(void *world, int64_t at);
};

struct tr_driver {
	struct tr_engine *engine;
	const struct tr_driver_sink *sink;
	const struct tr_driver_world *world;
	void	*world_state;
	struct tr_frame_note note;	/* on the frame that is being fed */
	bool	 done;		/* the engine wants nothing any more */
};

/* Feed an event that is no frame, at time now, and do what follows. */
void tr_driver_feed(struct tr_driver *driver, enum tr_event_type type,
    int64_t now);

/* Feed a captured frame, and save it where it belongs to the run. */
void tr_driver_frame(struct tr_driver *driver, const struct tr_frame *frame,
    int64_t now);

#endif
