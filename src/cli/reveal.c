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
	run.rounds.count = 0;
	/* One earlier: that the way there is the same can be seen. */
	run.trace.first_ttl = hidden->before_ttl > 1 ?
	    (uint8_t)(hidden->before_ttl - 1) : 1;
	if (run.trace.max_ttl < run.trace.first_ttl)
		run.trace.max_ttl = run.trace.first_ttl;
	return run;
}

int
tr_reveal(struct tr_session *session,
    struct tr_hidden hidden[TR_HIDDEN_MAX], struct tr_error *error)
{
	const int count = tr_hidden_find(session->path, hidden);
	uint32_t number = 0;

	if (count < 0)
		return tr_fail(error, count, "out of memory");
	for (int i = 0; i < count; i++)
		while (tr_address_is_set(&hidden[i].target)) {
			const struct tr_run run = run_to(session, &hidden[i]);
			struct tr_path *trace;
			const int status = tr_session_trace(session, &run,
			    ++number, &trace, error);

			if (status != TR_OK)
				return status;
			tr_hidden_learn(&hidden[i], session->path, trace);
			if (trace->interrupted) {
				tr_path_free(trace);
				return count;
			}
			tr_path_free(trace);
		}
	return count;
}
