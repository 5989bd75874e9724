/*
 * All paths to a target in flight, instead of a walk.  Each slot has a
 * multipath of its own (strategy/multipath.h), taken when the survey is made
 * and used for one target after the other; its probes are numbered as they are
 * sent, and a list of serials tells the numbers.
 *
 * Nobody can be taken out of the queue: so who waits there is not told when an
 * answer makes something due earlier, and does not wait for long.
 */
#include <stdlib.h>

#include "strategy/multipath.h"
#include "strategy/sureness.h"
#include "strategy/survey_part.h"

#define QUEUED_MOST	(20 * TR_MILLISECOND)

struct tr_paths {
	struct tr_multipath *multipath;
	uint32_t *serials;	/* by number, the low half; ascending */
	uint32_t count;		/* probes that left */
	uint16_t flow;		/* of the probe that was asked for last */
	bool	 asked;		/* it has not left yet */
	bool	 ended;		/* nothing more is sent, because of stop */
	enum tr_stop stop;
	int	 system;	/* or of this errno; 0: none */
};

static struct tr_multipath_config
multipath_config(const struct tr_survey_config *config)
{
	const struct tr_survey_multipath *asked = &config->multipath;
	const uint32_t most = asked->probes_max;

	return (struct tr_multipath_config){
		.rules = asked->rules,
		.first_ttl = config->first_ttl,
		.max_ttl = config->max_ttl,
		.probes_at_once = asked->probes_at_once,
		.flows_max = asked->flows_max,
		.probes_max = most,
		.time_max = TR_TIME_NEVER,
		.wait_max = TR_TIME_NEVER,
		.gap = config->target_spacing,
		/* Each has an answer of its own, and each edge two. */
		.vertices_max = most < TR_SURVEY_VERTICES ? most :
		    TR_SURVEY_VERTICES,
		.edges_max = most < TR_SURVEY_EDGES ? most : TR_SURVEY_EDGES,
	};
}

size_t
tr_paths_size(const struct tr_survey_config *config)
{
	const struct tr_multipath_config each = multipath_config(config);

	if (!tr_survey_is_multipath(config))
		return 0;
	return sizeof(struct tr_survey_graph) + config->window *
	    (sizeof(struct tr_paths) + each.probes_max * sizeof(uint32_t) +
	    tr_multipath_memory(&each));
}

int
tr_paths_init(struct tr_survey *survey)
{
	const struct tr_multipath_config each =
	    multipath_config(&survey->config);

	survey->graph = calloc(1, sizeof(*survey->graph));
	survey->paths = calloc(survey->config.window, sizeof(*survey->paths));
	if (survey->graph == NULL || survey->paths == NULL)
		return TR_ENOMEM;
	for (uint32_t i = 0; i < survey->config.window; i++) {
		struct tr_paths *paths = &survey->paths[i];

		paths->multipath = tr_multipath_new(&each);
		paths->serials = calloc(each.probes_max,
		    sizeof(*paths->serials));
		if (paths->multipath == NULL || paths->serials == NULL)
			return TR_ENOMEM;
	}
	return TR_OK;
}

void
tr_paths_free(struct tr_survey *survey)
{
	free(survey->graph);
	if (survey->paths == NULL)
		return;
	for (uint32_t i = 0; i < survey->config.window; i++) {
		tr_multipath_free(survey->paths[i].multipath);
		free(survey->paths[i].serials);
	}
	free(survey->paths);
}

/* --- what next ---------------------------------------------------------- */

void
tr_paths_begin(struct tr_survey *survey, uint32_t slot)
{
	struct tr_paths *paths = &survey->paths[slot];

	tr_multipath_reset(paths->multipath);
	paths->count = 0;
	paths->asked = paths->ended = false;
	paths->system = 0;
	tr_queue_put(survey, slot, survey->now);
}

static enum tr_survey_reason
reason_of(enum tr_stop stop)
{
	switch (stop) {
	case TR_STOP_ARRIVED:
		return TR_SURVEY_REACHED;
	case TR_STOP_UNREACHABLE:
		return TR_SURVEY_STOPPED;
	case TR_STOP_HOP_LIMIT:
		return TR_SURVEY_MAX_TTL;
	default:
		return TR_SURVEY_GAP;
	}
}

/* The budget, or the room for the graph. */
static bool
is_cut_short(const struct tr_paths *paths)
{
	return paths->stop == TR_STOP_PROBE_LIMIT ||
	    paths->stop == TR_STOP_SEND_FAILED;
}

/* An end that was found stays one, even if there may be more to find. */
static void
finish(struct tr_survey *survey, uint32_t slot)
{
	const struct tr_paths *paths = &survey->paths[slot];
	const enum tr_stop found = tr_multipath_stop(paths->multipath);
	enum tr_survey_reason reason = reason_of(found);

	if (is_cut_short(paths) && found != TR_STOP_ARRIVED &&
	    found != TR_STOP_UNREACHABLE)
		reason = TR_SURVEY_BUDGET;
	if (paths->system != 0)
		reason = TR_SURVEY_UNSENT;
	tr_survey_finish(survey, slot, reason, paths->system);
}

/* What is under way is waited for, though nothing more is sent. */
static bool
end(struct tr_survey *survey, uint32_t slot)
{
	if (tr_multipath_in_flight(survey->paths[slot].multipath) == 0)
		finish(survey, slot);
	else
		survey->slots[slot].state = TR_SLOT_AWAITED;
	return false;
}

/* Until then, or until a probe is answered or given up. */
static bool
wait(struct tr_survey *survey, uint32_t slot, int64_t until)
{
	if (until == TR_TIME_NEVER)
		survey->slots[slot].state = TR_SLOT_AWAITED;
	else
		tr_queue_put(survey, slot, tr_time_later(survey->now +
		    TR_WHEEL_TURN, tr_time_earlier(until,
		    survey->now + QUEUED_MOST)));
	return false;
}

void
tr_paths_failed(struct tr_survey *survey, uint32_t slot, int system)
{
	struct tr_paths *paths = &survey->paths[slot];

	/* It is in the queue, or awaits others: its turn comes by itself. */
	if (paths->system == 0)
		paths->system = system;
	paths->ended = true;
}

bool
tr_paths_step(struct tr_survey *survey, uint32_t slot)
{
	struct tr_paths *paths = &survey->paths[slot];
	struct tr_step step;

	if (paths->asked)
		return true;
	if (paths->ended)
		return end(survey, slot);
	step = tr_multipath_strategy.next(paths->multipath, survey->now);
	switch (step.type) {
	case TR_STEP_SEND:
		survey->slots[slot].ttl = step.ttl;
		paths->flow = (uint16_t)step.flow;
		paths->asked = true;
		return true;
	case TR_STEP_END:
		paths->ended = true;
		paths->stop = step.stop;
		return end(survey, slot);
	case TR_STEP_WAIT:
	case TR_STEP_HOP:
		break;
	}
	return wait(survey, slot, step.until);
}

uint16_t
tr_paths_flow(const struct tr_survey *survey, uint32_t slot)
{
	return survey->paths[slot].flow;
}

void
tr_paths_sent(struct tr_survey *survey, uint32_t slot, uint64_t serial)
{
	struct tr_paths *paths = &survey->paths[slot];

	/* Its router's turn may have come later. */
	tr_multipath_departed(paths->multipath, paths->count, survey->now);
	paths->serials[paths->count++] = (uint32_t)serial;
	paths->asked = false;
	survey->slots[slot].flags &= (uint8_t)~TR_SLOT_SPACED;
	tr_queue_put(survey, slot,
	    survey->now + survey->config.target_spacing);
}

/* --- what happened ------------------------------------------------------ */

uint32_t
tr_paths_number(const struct tr_survey *survey, uint32_t slot,
    uint64_t serial)
{
	const struct tr_paths *paths = &survey->paths[slot];
	uint32_t first = 0, last = paths->count;

	if ((survey->slots[slot].state & 0xf) == TR_SLOT_FREE)
		return TR_NO_PROBE;
	/* The low halves wrap: what counts is how far ago. */
	while (first < last) {
		const uint32_t middle = first + (last - first) / 2;

		if ((uint32_t)survey->head - paths->serials[middle] >
		    (uint32_t)survey->head - (uint32_t)serial)
			first = middle + 1;
		else
			last = middle;
	}
	return first < paths->count &&
	    paths->serials[first] == (uint32_t)serial ? first : TR_NO_PROBE;
}

/* Something may be due now: ask, unless it is asked soon anyhow. */
static void
wake(struct tr_survey *survey, uint32_t slot)
{
	if ((survey->slots[slot].state & 0xf) == TR_SLOT_AWAITED)
		tr_queue_put(survey, slot, survey->now);
}

void
tr_paths_answered(struct tr_survey *survey, uint32_t slot, uint32_t number,
    const struct tr_survey_reply *reply)
{
	const struct tr_answer answer = {
		.verdict = reply->verdict,
		.responder = reply->responder,
		.rtt = reply->rtt * TR_SURVEY_RTT_UNIT,
	};

	if (reply->verdict == TR_VERDICT_TRANSIT)
		tr_known_learn_way(survey->known, &reply->target, reply->ttl,
		    &reply->responder);
	(void)tr_multipath_strategy.reply(survey->paths[slot].multipath,
	    number, &answer, survey->now);
	wake(survey, slot);
}

void
tr_paths_silent(struct tr_survey *survey, uint32_t slot, uint32_t number)
{
	tr_multipath_lost(survey->paths[slot].multipath, number, survey->now);
	wake(survey, slot);
}

uint64_t
tr_paths_probe_of(const struct tr_survey *survey, uint32_t slot,
    uint16_t flow)
{
	const struct tr_paths *paths = &survey->paths[slot];
	uint64_t best = UINT64_MAX;
	int highest = -1;

	for (uint32_t i = 0; i < paths->count; i++) {
		const uint64_t serial = survey->head - (uint32_t)(
		    (uint32_t)survey->head - paths->serials[i]);
		const struct tr_sent *sent = tr_survey_sent(survey, serial);
		/* Those that wait come before all others. */
		const int rank = sent->ttl + (sent->flags == 0 ? 256 : 0);

		if (survey->head - serial <= survey->config.probes &&
		    sent->flow == flow && rank >= highest) {
			best = serial;
			highest = rank;
		}
	}
	return best;
}

/* Do all flows keep to their ways, as far as was looked? */
static bool
is_steady(const struct tr_discovery *discovery)
{
	for (int ttl = discovery->first_ttl; ttl <= discovery->farthest;
	    ttl++)
		if (discovery->hops[ttl].cells_switched > 0)
			return false;
	return true;
}

/* Those that some flow met, by TTL; places: where each is now. */
static void
copy_vertices(const struct tr_discovery *discovery,
    struct tr_survey_graph *graph, uint16_t places[TR_SURVEY_VERTICES])
{
	graph->vertex_count = 0;
	for (int ttl = discovery->first_ttl; ttl <= discovery->farthest;
	    ttl++)
		for (uint32_t i = discovery->hops[ttl].first_vertex;
		    i != TR_DISCOVERY_NONE; i = discovery->vertices[i].next) {
			const struct tr_vertex *vertex =
			    &discovery->vertices[i];

			if (vertex->flows == 0)
				continue;
			places[i] = (uint16_t)graph->vertex_count;
			graph->vertices[graph->vertex_count++] =
			    (struct tr_survey_vertex){
				.address = vertex->address,
				.ttl = vertex->ttl,
				.verdict = (uint8_t)vertex->verdict,
				.flows = (uint16_t)vertex->flows,
			};
		}
}

/* Two cells of a flow make no link where flows do not keep to their ways. */
static void
copy_links(const struct tr_discovery *discovery,
    struct tr_survey_graph *graph, const uint16_t places[TR_SURVEY_VERTICES])
{
	graph->link_count = 0;
	for (uint32_t i = 0; i < discovery->edge_count; i++) {
		const struct tr_edge *edge = &discovery->edges[i];

		if (edge->flows > 0 && tr_discovery_is_steady(discovery,
		    discovery->vertices[edge->from].ttl))
			graph->links[graph->link_count++] =
			    (struct tr_survey_link){
				.from = places[edge->from],
				.to = places[edge->to],
				.flows = (uint16_t)edge->flows,
			};
	}
}

void
tr_paths_describe(struct tr_survey *survey, uint32_t slot,
    struct tr_survey_record *record)
{
	const struct tr_paths *paths = &survey->paths[slot];
	struct tr_discovery *discovery =
	    tr_multipath_discovery(paths->multipath);
	struct tr_survey_graph *graph = survey->graph;
	uint16_t places[TR_SURVEY_VERTICES];
	struct tr_sureness sureness;

	graph->partial = !paths->ended || is_cut_short(paths);
	tr_discovery_leave_out_unproven(discovery);
	tr_sureness_judge(discovery, &survey->config.multipath.rules,
	    &sureness, NULL, NULL);
	if (tr_discovery_add_silent(discovery, TR_PLAN_ATTEMPTS) != TR_OK)
		graph->partial = true;
	graph->miss = sureness.miss;
	graph->unsure = graph->partial || sureness.too_few ||
	    !is_steady(discovery);
	copy_vertices(discovery, graph, places);
	copy_links(discovery, graph, places);
	record->graph = graph;
	record->distance = (uint8_t)discovery->nearest_end;
}
