/*
 * One trace of a run of the program with all that is open for it: a world,
 * which is the network or a simulated one, the engine, and the path that
 * grows.
 */
#ifndef TR_CLI_SESSION_H
#define TR_CLI_SESSION_H

#include <stddef.h>

#include "cli/lookups.h"
#include "cli/options.h"
#include "cli/prepare.h"
#include "io/live.h"
#include "sim/network.h"
#include "strategy/mtu.h"

struct tr_session {
	const struct tr_options *options;
	struct tr_prepared prepared;
	struct tr_engine *engine;
	struct tr_trace *trace;		/* one of these is driven */
	struct tr_rounds *rounds;
	struct tr_multipath *multipath;
	struct tr_mtu *mtu;
	struct tr_path *path;

	struct tr_lookups *lookups;	/* borrowed; NULL: none */

	/* The real network: */
	struct tr_transmit *transmit;
	struct tr_capture *capture;
	/* or with --simulate: */
	struct tr_topology *topology;	/* owned by the first of several */
	struct tr_network *network;
	uint32_t prober;
};

/* What sessions are to be opened for. */
struct tr_session_request {
	size_t	 count;		/* of sessions */
	const struct tr_options *options;	/* of each */
	const struct tr_resolved *targets;	/* of each, and which of how */
					/* many; simulated, the address is */
					/* that of the family in options; */
					/* NULL: resolve it */
	struct tr_topology *topology;	/* simulated: read already, owned by */
					/* the sessions then; NULL: read it */
	struct tr_lookups *lookups;	/* of who answers; NULL: none */
	int	 argc;
	char	*const *argv;
};

/*
 * Resolve, open and make what the options ask for; what needs a privilege is
 * done, and the privilege gone, when this returns.  Several sessions run
 * beside each other; with --simulate one after the other, each on a network
 * of its own.  sessions are filled in any case, and to be closed.  What the
 * request points to is needed for as long.  Returns TR_OK, or another code
 * with a text.
 */
int tr_sessions_open(struct tr_session sessions[],
    const struct tr_session_request *request, struct tr_error *error);
void tr_sessions_close(struct tr_session sessions[], size_t count);

/* The link type of the frames that a capture of the run holds. */
enum tr_link tr_session_link(const struct tr_session *session);

/*
 * Take a record of a session's run into its path, and look up who answered.
 * For the sink's function, which may do more.  Returns what tr_path_apply()
 * does.
 */
int tr_session_record(struct tr_session *session,
    const struct tr_record *record);

/*
 * Run the engine until it is done, and conclude the path.  Returns TR_OK, or
 * another code with a text: the records up to then have been told.
 */
int tr_session_run(struct tr_session *session,
    const struct tr_driver_sink *sink, struct tr_error *error);

/* The same for count sessions, with a sink each. */
int tr_sessions_run(struct tr_session sessions[],
    const struct tr_driver_sink sinks[], size_t count,
    struct tr_error *error);

/*
 * One more trace as run says, with what a session that was run has open; on a
 * simulated network from its beginning again.  A live one is by ICMP: of UDP
 * and TCP the capture passes what goes to the session's target alone.  It
 * leaves by the interface and from the address of the session's way out.
 * number tells its probes from those of other traces: 1 and on.  *path is the
 * caller's then, concluded.  Returns TR_OK, or another code with a text.
 */
int tr_session_trace(struct tr_session *session,
    const struct tr_run *run, uint32_t number, struct tr_path **path,
    struct tr_error *error);

#endif
