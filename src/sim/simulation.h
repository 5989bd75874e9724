/*
 * The simulated driver: the engine on a network in memory, in virtual time.
 * What it does is what the live driver does (io/live.h); only that no time
 * passes, and that the same seed gives the same run, to the nanosecond.
 */
#ifndef TR_SIM_SIMULATION_H
#define TR_SIM_SIMULATION_H

#include <signal.h>

#include "engine/engine.h"
#include "io/driver.h"
#include "sim/network.h"

/*
 * The capture's clock in a simulation begins here, at 2000-01-01 00:00 UTC
 * in nanoseconds, so that saved captures are alike too.
 */
#define TR_SIMULATION_EPOCH (INT64_C(946684800) * TR_SECOND)

struct tr_simulation {
	struct tr_engine *engine;
	struct tr_network *network;
	uint32_t prober;		/* the node that sends */
	struct tr_driver_sink sink;
	/* Set by a signal's handler: the run is to end; NULL: by none. */
	const volatile sig_atomic_t *interrupted;
};

/*
 * Run the engine until it is done.  Returns TR_OK, or TR_ENOMEM with a text
 * (the records up to then have been told).
 */
int tr_simulation_run(const struct tr_simulation *simulation,
    struct tr_error *error);

#endif
