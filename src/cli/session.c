/* For sigaction(). */
#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <unistd.h>

#include "cli/session.h"
#include "cli/topologies.h"
#include "io/clock.h"
#include "io/privileges.h"
#include "sim/simulation.h"

/* All that needs the privilege, which is gone when this returns. */
static int
open_live(struct tr_session *session, struct tr_error *error)
{
	const struct tr_options *options = session->options;
	const struct tr_run *run = &session->prepared.run;
	const struct tr_transmit_config config = {
		.src = run->flow.src,
		.interface = options->interface[0] != '\0' ||
		    tr_address_is_link_local(&run->flow.dst) ?
		    run->interface : NULL,
		.mark = run->mark,
	};
	struct tr_error dropping;

	tr_privileges_raise();
	session->transmit = tr_transmit_open(&config, error);
	if (session->transmit != NULL)
		session->capture = tr_capture_open(run->capture_device,
		    &run->flow.dst, run->paths.fields.fields != 0, error);
	if (tr_privileges_drop(&dropping) != TR_OK) {
		*error = dropping;
		return error->code;
	}
	return session->capture == NULL ? error->code : TR_OK;
}

static int
open_simulated(struct tr_session *session, int argc, char *const argv[],
    struct tr_error *error)
{
	const struct tr_options *options = session->options;

	if (tr_privileges_drop(error) != TR_OK)
		return error->code;
	session->topology = tr_topology_find_file(options->simulate_path,
	    error);
	if (session->topology == NULL)
		return error->code;
	if (tr_prepare_simulated(options, session->topology, argc, argv,
	    &session->prepared, &session->prober, error) != TR_OK)
		return error->code;
	session->network = tr_network_new(session->topology,
	    session->prepared.network_seed);
	if (session->network == NULL)
		return tr_fail(error, TR_ENOMEM, "out of memory");
	return TR_OK;
}

static void
make_mtu(struct tr_session *session, struct tr_engine_config *config)
{
	const struct tr_run *run = &session->prepared.run;
	const struct tr_mtu_config mtu = {
		.walk = run->trace,
		.family = run->flow.dst.family,
		.walk_size = run->walk_size,
		.size_max = run->flow.size,
		.interface_mtu = run->mtu,
	};

	session->mtu = tr_mtu_new(&mtu);
	config->strategy = &tr_mtu_strategy;
	config->strategy_state = session->mtu;
	config->probes_max = tr_mtu_probes_max(&mtu);
}

static int
make_engine(struct tr_session *session, struct tr_error *error)
{
	const struct tr_run *run = &session->prepared.run;
	struct tr_engine_config config = {
		.flow = run->flow,
		.seed = session->prepared.seed,
		.window = tr_run_window(run),
	};

	session->path = tr_path_new(run);
	if (run->multipath) {
		session->multipath = tr_multipath_new(&run->paths);
		config.strategy = &tr_multipath_strategy;
		config.strategy_state = session->multipath;
		config.probes_max = run->paths.probes_max;
	} else if (run->rounds.count > 0) {
		session->rounds = tr_rounds_new(&run->trace, &run->rounds);
		config.strategy = &tr_rounds_strategy;
		config.strategy_state = session->rounds;
		config.probes_max = tr_rounds_probes_max(&run->trace,
		    &run->rounds);
	} else if (run->walk_size != 0)
		make_mtu(session, &config);
	else {
		session->trace = tr_trace_new(&run->trace);
		config.strategy = &tr_trace_strategy;
		config.strategy_state = session->trace;
		config.probes_max = tr_trace_probes_max(&run->trace);
	}
	if (session->path != NULL && config.strategy_state != NULL)
		session->engine = tr_engine_new(&config);
	if (session->engine == NULL)
		return tr_fail(error, TR_ENOMEM, "out of memory");
	return TR_OK;
}

int
tr_session_open(struct tr_session *session, const struct tr_options *options,
    int argc, char *const argv[], struct tr_error *error)
{
	int status;

	*session = (struct tr_session){
		.options = options,
		.prepared = { .reserved = -1 },
	};
	if (options->simulate_path != NULL)
		status = open_simulated(session, argc, argv, error);
	else {
		status = tr_prepare(options, argc, argv, &session->prepared,
		    error);
		if (status == TR_OK)
			status = open_live(session, error);
	}
	return status != TR_OK ? status : make_engine(session, error);
}

void
tr_session_close(struct tr_session *session)
{
	tr_engine_free(session->engine);
	tr_trace_free(session->trace);
	tr_rounds_free(session->rounds);
	tr_multipath_free(session->multipath);
	tr_mtu_free(session->mtu);
	tr_path_free(session->path);
	tr_transmit_close(session->transmit);
	tr_capture_close(session->capture);
	tr_network_free(session->network);
	tr_topology_free(session->topology);
	if (session->prepared.reserved >= 0)
		close(session->prepared.reserved);
}

enum tr_link
tr_session_link(const struct tr_session *session)
{
	return session->network != NULL ? TR_LINK_RAW :
	    tr_capture_link(session->capture);
}

static int
run_live(struct tr_session *session, const struct tr_driver_sink *sink,
    struct tr_error *error)
{
	const struct tr_live live = {
		.engine = session->engine,
		.transmit = session->transmit,
		.capture = session->capture,
		.sink = *sink,
	};
	const int64_t offset = tr_clock_offset();
	const int status = tr_live_run(&live, error);
	const int64_t step = tr_clock_offset() - offset;

	tr_capture_counts(session->capture, &session->path->capture);
	/* Less is what a clock that is being set right does in a long run. */
	if (step >= TR_CLOCK_STEP_LEAST || step <= -TR_CLOCK_STEP_LEAST)
		session->path->capture.clock_step = step;
	return status;
}

static volatile sig_atomic_t interrupted;

static void
note_interrupt(int number)
{
	interrupted = number;
}

static int
run_simulated(struct tr_session *session, const struct tr_driver_sink *sink,
    struct tr_error *error)
{
	const struct tr_simulation simulation = {
		.engine = session->engine,
		.network = session->network,
		.prober = session->prober,
		.sink = *sink,
		.interrupted = &interrupted,
	};
	struct sigaction action = { .sa_handler = note_interrupt };

	/* As the live driver does: what was found is shown. */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return tr_simulation_run(&simulation, error);
}

int
tr_session_run(struct tr_session *session, const struct tr_driver_sink *sink,
    struct tr_error *error)
{
	const int status = session->network != NULL ?
	    run_simulated(session, sink, error) :
	    run_live(session, sink, error);

	tr_path_conclude(session->path);
	return status;
}
