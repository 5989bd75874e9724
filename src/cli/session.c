/* For sigaction(). */
#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/session.h"
#include "cli/topologies.h"
#include "io/clock.h"
#include "io/privileges.h"
#include "sim/simulation.h"

/* What needs the privilege. */
static int
open_devices(struct tr_session *session, struct tr_error *error)
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

	session->transmit = tr_transmit_open(&config, error);
	if (session->transmit != NULL)
		session->capture = tr_capture_open(run->capture_device,
		    &run->flow.dst, run->paths.fields.fields != 0, error);
	return session->capture == NULL ? error->code : TR_OK;
}

/* The privilege is raised once, and gone for good when this returns. */
static int
open_live(struct tr_session sessions[],
    const struct tr_session_request *request, struct tr_error *error)
{
	const struct tr_resolved *targets = request->targets;
	struct tr_resolved resolved;
	struct tr_error dropping;
	int status = TR_OK;
	size_t written;

	/* Once: a name may have another address the next time. */
	if (targets == NULL)
		status = tr_prepare_targets(&request->options[0], &resolved,
		    1, &written, error);
	for (size_t i = 0; i < request->count && status == TR_OK; i++)
		status = tr_prepare(&request->options[i],
		    targets != NULL ? &targets[i] : &resolved, request->argc,
		    request->argv, &sessions[i].prepared, error);
	if (status != TR_OK)
		return status;
	tr_privileges_raise();
	for (size_t i = 0; i < request->count && status == TR_OK; i++)
		status = open_devices(&sessions[i], error);
	if (tr_privileges_drop(&dropping) != TR_OK) {
		*error = dropping;
		return error->code;
	}
	return status;
}

static int
make_network(struct tr_session *session, int argc, char *const argv[],
    struct tr_error *error)
{
	if (tr_prepare_simulated(session->options, session->topology, argc,
	    argv, &session->prepared, &session->prober, error) != TR_OK)
		return error->code;
	session->network = tr_network_new(session->topology,
	    session->prepared.network_seed);
	if (session->network == NULL)
		return tr_fail(error, TR_ENOMEM, "out of memory");
	return TR_OK;
}

/* The file is read once: it may be a pipe. */
static int
open_simulated(struct tr_session sessions[],
    const struct tr_session_request *request, struct tr_error *error)
{
	struct tr_topology *topology = request->topology;
	int status = TR_OK;

	sessions[0].topology = topology;
	if (tr_privileges_drop(error) != TR_OK)
		return error->code;
	if (topology == NULL)
		topology = tr_topology_find_file(
		    request->options[0].simulate_path, error);
	sessions[0].topology = topology;
	if (topology == NULL)
		return error->code;
	if (sessions[0].lookups != NULL)
		tr_lookups_simulate(sessions[0].lookups, topology);
	for (size_t i = 0; i < request->count && status == TR_OK; i++) {
		struct tr_run *run = &sessions[i].prepared.run;

		sessions[i].topology = topology;
		status = make_network(&sessions[i], request->argc,
		    request->argv, error);
		if (request->targets != NULL) {
			run->addresses = request->targets[i].count;
			run->address_number = request->targets[i].number;
		}
	}
	return status;
}

static void
make_mtu(struct tr_session *session, struct tr_engine_config *config)
{
	const struct tr_run *run = &session->prepared.run;
	const struct tr_mtu_config mtu = {
		.walk = run->trace,
		.target = run->flow.dst,
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
	if (session->path != NULL && session->lookups != NULL)
		session->path->annotations =
		    tr_lookups_annotations(session->lookups);
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
tr_sessions_open(struct tr_session sessions[],
    const struct tr_session_request *request, struct tr_error *error)
{
	int status;

	for (size_t i = 0; i < request->count; i++)
		sessions[i] = (struct tr_session){
			.options = &request->options[i],
			.lookups = request->lookups,
			.prepared = { .reserved = -1 },
		};
	status = request->options[0].simulate_path != NULL ?
	    open_simulated(sessions, request, error) :
	    open_live(sessions, request, error);
	for (size_t i = 0; i < request->count && status == TR_OK; i++)
		status = make_engine(&sessions[i], error);
	return status;
}

static void
close_one(struct tr_session *session)
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
	if (session->prepared.reserved >= 0)
		close(session->prepared.reserved);
}

void
tr_sessions_close(struct tr_session sessions[], size_t count)
{
	struct tr_topology *topology = sessions[0].topology;

	for (size_t i = 0; i < count; i++)
		close_one(&sessions[i]);
	tr_topology_free(topology);
}

enum tr_link
tr_session_link(const struct tr_session *session)
{
	return session->network != NULL ? TR_LINK_RAW :
	    tr_capture_link(session->capture);
}

static int
run_live(struct tr_session sessions[], const struct tr_driver_sink sinks[],
    size_t count, struct tr_error *error)
{
	struct tr_live *lives = calloc(count, sizeof(*lives));
	const int64_t offset = tr_clock_offset();
	int64_t step;
	int status = TR_OK;

	if (lives == NULL)
		return tr_fail(error, TR_ENOMEM, "out of memory");
	/* They may have waited for other traces to end. */
	for (size_t i = 0; i < count && status == TR_OK; i++)
		status = tr_capture_start(sessions[i].capture, error);
	for (size_t i = 0; i < count; i++)
		lives[i] = (struct tr_live){
			.engine = sessions[i].engine,
			.transmit = sessions[i].transmit,
			.capture = sessions[i].capture,
			.sink = sinks[i],
		};
	if (status == TR_OK)
		status = tr_live_run(lives, count,
		    tr_lookups_companion(sessions[0].lookups), error);
	free(lives);
	step = tr_clock_offset() - offset;
	/* Less is what a clock that is being set right does in a long run. */
	if (step < TR_CLOCK_STEP_LEAST && step > -TR_CLOCK_STEP_LEAST)
		step = 0;
	for (size_t i = 0; i < count; i++) {
		struct tr_path *path = sessions[i].path;

		tr_capture_counts(sessions[i].capture, &path->capture);
		path->capture.clock_step = step;
		if (path->interrupted)
			path->interrupted_at = tr_clock_wall();
	}
	return status;
}

static volatile sig_atomic_t interrupted;

static void
note_interrupt(int number)
{
	interrupted = number;
}

static int
run_simulation(struct tr_session *session, const struct tr_driver_sink *sink,
    struct tr_error *error)
{
	const struct tr_simulation simulation = {
		.engine = session->engine,
		.network = session->network,
		.prober = session->prober,
		.sink = *sink,
		.interrupted = &interrupted,
	};

	return tr_simulation_run(&simulation, error);
}

static int
run_simulated(struct tr_session sessions[],
    const struct tr_driver_sink sinks[], size_t count, struct tr_error *error)
{
	struct sigaction action = { .sa_handler = note_interrupt };
	int status = TR_OK;

	/* As the live driver does: what was found is shown. */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	for (size_t i = 0; i < count && status == TR_OK; i++)
		status = run_simulation(&sessions[i], &sinks[i], error);
	return status;
}

int
tr_sessions_run(struct tr_session sessions[],
    const struct tr_driver_sink sinks[], size_t count, struct tr_error *error)
{
	const int status = sessions[0].network != NULL ?
	    run_simulated(sessions, sinks, count, error) :
	    run_live(sessions, sinks, count, error);

	for (size_t i = 0; i < count; i++)
		tr_path_conclude(sessions[i].path);
	return status;
}

int
tr_session_record(struct tr_session *session, const struct tr_record *record)
{
	const int status = tr_path_apply(session->path, record);

	if (record->type == TR_RECORD_REPLY && session->lookups != NULL)
		tr_lookups_newest(session->lookups, session->path);
	return status;
}

int
tr_session_run(struct tr_session *session, const struct tr_driver_sink *sink,
    struct tr_error *error)
{
	return tr_sessions_run(session, sink, 1, error);
}

/* --- one more trace ------------------------------------------------------ */

/* A session for a trace that borrows what another has open. */
static int
borrow(struct tr_session *session, const struct tr_run *run,
    uint32_t number, struct tr_session *more, struct tr_error *error)
{
	*more = (struct tr_session){
		.options = session->options,
		.prepared = session->prepared,
		.lookups = session->lookups,
		.transmit = session->transmit,
		.capture = session->capture,
		.topology = session->topology,
		.prober = session->prober,
	};
	more->prepared.run = *run;
	more->prepared.seed += number;
	if (session->network == NULL)
		return make_engine(more, error);
	more->network = tr_network_new(session->topology,
	    session->prepared.network_seed);
	if (more->network == NULL)
		return tr_fail(error, TR_ENOMEM, "out of memory");
	return make_engine(more, error);
}

static void
record_path(void *context, const struct tr_record *record)
{
	struct tr_session *session = context;

	/* What there is no memory for is as if it had not come. */
	(void)tr_session_record(session, record);
}

int
tr_session_trace(struct tr_session *session, const struct tr_run *run,
    uint32_t number, struct tr_path **path, struct tr_error *error)
{
	struct tr_session more;
	const struct tr_driver_sink sink = { NULL, record_path, &more };
	int status = borrow(session, run, number, &more, error);

	if (status == TR_OK)
		status = tr_session_run(&more, &sink, error);
	*path = status == TR_OK ? more.path : NULL;
	if (status == TR_OK)
		more.path = NULL;
	more.transmit = NULL;
	more.capture = NULL;
	more.prepared.reserved = -1;
	close_one(&more);
	return status;
}
