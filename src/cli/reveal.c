#include "cli/reveal.h"

/* An echo to a router, of the run that suspects it. */
static struct tr_run
run_to(const struct tr_session *session, const struct tr_hidden *hidden)
{
	const uint64_t seed = session->prepared.seed;
	struct tr_run run = session->prepared.run;

	run.flow = (struct tr_flow){
		.protocol = TR_PROTOCOL_ICMP,
		.src = run.flow.src,
		.dst = hidden->target,
		.icmp_id = (uint16_t)(seed | 1),
		.icmp_checksum = (uint16_t)((seed >> 16 & 0x7fff) + 1),
		.flow_label = run.flow.flow_label,
		.tos = run.flow.tos,
		.size = tr_probe_size_default(run.flow.dst.family),
	};
	run.one_flow = true;
	run.multipath = false;
	run.rounds.count = 0;
	run.walk_size = 0;
	/* One earlier: that the way there is the same can be seen. */
	run.trace.first_ttl = hidden->before_ttl > 1 ?
	    (uint8_t)(hidden->before_ttl - 1) : 1;
	if (run.trace.max_ttl < run.trace.first_ttl)
		run.trace.max_ttl = run.trace.first_ttl;
	return run;
}

/* Trace to one place until nothing more shows. */
static int
look_into(struct tr_session *session, struct tr_hidden *hidden,
    uint32_t *number, struct tr_error *error)
{
	while (tr_address_is_set(&hidden->target)) {
		const struct tr_run run = run_to(session, hidden);
		struct tr_path *trace;
		const int status = tr_session_trace(session, &run, ++*number,
		    &trace, error);

		if (status != TR_OK)
			return status;
		hidden->interrupted = trace->interrupted;
		tr_hidden_learn(hidden, session->path, trace);
		tr_path_free(trace);
		if (hidden->interrupted)
			break;
	}
	return TR_OK;
}

int
tr_reveal(struct tr_session *session,
    struct tr_hidden hidden[TR_HIDDEN_MAX], size_t *count,
    struct tr_error *error)
{
	const int found = tr_hidden_find(session->path, hidden);
	uint32_t number = 0;
	int status = TR_OK;
	bool interrupted = false;

	*count = found < 0 ? 0 : (size_t)found;
	if (found < 0)
		return tr_fail(error, found, "out of memory");
	for (size_t i = 0; i < *count && status == TR_OK; i++) {
		if (interrupted) {
			hidden[i].interrupted = true;
			continue;
		}
		status = look_into(session, &hidden[i], &number, error);
		interrupted = hidden[i].interrupted;
	}
	return status;
}
