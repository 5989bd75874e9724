#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "strategy/multipath.h"

/* Probes lost one after the other that look like a limit. */
#define LOSSES_OF_A_LIMIT	3

/* Answers in a row after which a TTL may get probes faster again. */
#define ANSWERS_TO_SPEED_UP	8

/* How old what is wanted may be. */
#define PLAN_AGE		(5 * TR_MILLISECOND)

/* If so many probes could not leave, and none has, none will. */
#define FAILURES_MAX		5

struct sent_probe {
	uint32_t flow;
	uint8_t	 ttl;
	bool	 waiting;
	bool	 alone;		/* no other to the TTL for long before it */
	int64_t	 sent;
};

/* How a TTL is probed. */
struct pace {
	int64_t	 last_sent;
	int64_t	 spacing;		/* least; 0: the usual one */
	int64_t	 slowed;		/* when it was changed */
	int64_t	 round_trip;		/* longest, or TR_TIME_NONE */
	unsigned losses;		/* in a row */
	unsigned answers;		/* in a row */
	bool	 unlimited;		/* silence is not a limit here */
};

struct tr_multipath {
	struct tr_multipath_config config;
	struct tr_discovery *discovery;
	struct tr_plan *plan;
	struct tr_classification *classification;	/* NULL: not asked */
	bool	 classifying;	/* all else is found */
	struct sent_probe *probes;
	uint32_t probe_count;
	uint32_t first_waiting;	/* no probe before this one waits */
	uint32_t in_flight;
	uint32_t failures;	/* probes that could not leave */
	struct pace *paces;	/* by TTL */
	int64_t	 round_trip;	/* longest of all, or TR_TIME_NONE */
	int64_t	 started;
	int64_t	 send_after;	/* gap */
	int64_t	 planned;	/* when the plan was made */
	uint32_t next_want;	/* those before it are sent, or passed over */
	bool	 stale;		/* something has happened since */
	int	 error;		/* enum tr_error_code: no memory */
};

/* What fields of a begin are not zero. */
static void
begin(struct tr_multipath *multipath)
{
	for (int ttl = 0; ttl <= multipath->config.max_ttl; ttl++)
		multipath->paces[ttl] = (struct pace){
			.last_sent = TR_TIME_NONE,
			.slowed = TR_TIME_NONE,
			.round_trip = TR_TIME_NONE,
		};
	multipath->round_trip = TR_TIME_NONE;
	multipath->started = TR_TIME_NONE;
	multipath->send_after = TR_TIME_NONE;
	multipath->stale = true;
}

/* All memory, where none is to be taken later. */
static int
reserve(struct tr_multipath *multipath)
{
	const struct tr_multipath_config *config = &multipath->config;

	if (config->vertices_max == 0)
		return TR_OK;
	if (tr_discovery_reserve(multipath->discovery, config->vertices_max,
	    config->edges_max) != TR_OK)
		return TR_ENOMEM;
	return tr_plan_reserve(multipath->plan, config->vertices_max);
}

struct tr_multipath *
tr_multipath_new(const struct tr_multipath_config *config)
{
	struct tr_multipath *multipath = calloc(1, sizeof(*multipath));

	if (multipath == NULL)
		return NULL;
	multipath->config = *config;
	multipath->discovery = tr_discovery_new(config->first_ttl,
	    config->max_ttl, config->flows_max);
	if (multipath->discovery != NULL)
		multipath->plan = tr_plan_new(&config->rules,
		    multipath->discovery);
	if (multipath->plan != NULL && config->fields.fields != 0)
		multipath->classification = tr_classification_new(
		    &config->fields, multipath->discovery);
	multipath->probes = calloc(config->probes_max,
	    sizeof(*multipath->probes));
	multipath->paces = calloc((size_t)config->max_ttl + 1,
	    sizeof(*multipath->paces));
	if (multipath->plan == NULL || multipath->probes == NULL ||
	    multipath->paces == NULL || reserve(multipath) != TR_OK ||
	    (config->fields.fields != 0 &&
	    multipath->classification == NULL)) {
		tr_multipath_free(multipath);
		return NULL;
	}
	begin(multipath);
	return multipath;
}

size_t
tr_multipath_memory(const struct tr_multipath_config *config)
{
	return sizeof(struct tr_multipath) +
	    ((size_t)config->max_ttl + 1) * sizeof(struct pace) +
	    config->probes_max * sizeof(struct sent_probe) +
	    tr_discovery_memory(config->first_ttl, config->max_ttl,
	    config->flows_max, config->vertices_max, config->edges_max) +
	    tr_plan_memory(config->first_ttl, config->max_ttl,
	    config->flows_max, config->vertices_max);
}

void
tr_multipath_reset(struct tr_multipath *multipath)
{
	const struct tr_multipath old = *multipath;

	tr_discovery_reset(old.discovery);
	tr_plan_reset(old.plan);
	*multipath = (struct tr_multipath){
		.config = old.config,
		.discovery = old.discovery,
		.plan = old.plan,
		.probes = old.probes,
		.paces = old.paces,
	};
	begin(multipath);
}

void
tr_multipath_free(struct tr_multipath *multipath)
{
	if (multipath == NULL)
		return;
	tr_classification_free(multipath->classification);
	tr_plan_free(multipath->plan);
	tr_discovery_free(multipath->discovery);
	free(multipath->probes);
	free(multipath->paces);
	free(multipath);
}

const struct tr_plan *
tr_multipath_plan(const struct tr_multipath *multipath)
{
	return multipath->plan;
}

struct tr_discovery *
tr_multipath_discovery(const struct tr_multipath *multipath)
{
	return multipath->discovery;
}

uint32_t
tr_multipath_in_flight(const struct tr_multipath *multipath)
{
	return multipath->in_flight;
}

/* --- time --------------------------------------------------------------- */

/* How long a probe with this TTL is waited for, as things stand. */
static int64_t
wait_for(const struct tr_multipath *multipath, int ttl)
{
	const struct tr_multipath_config *config = &multipath->config;
	const struct pace *pace = &multipath->paces[ttl];
	const bool known = pace->round_trip != TR_TIME_NONE;
	const int64_t round_trip = known ?
	    pace->round_trip : multipath->round_trip;
	const int64_t least = known ?
	    TR_MULTIPATH_WAIT_LEAST : TR_MULTIPATH_WAIT_UNKNOWN;
	double wait;

	if (config->wait_here <= 0 || round_trip == TR_TIME_NONE)
		return config->wait_max;
	wait = config->wait_here * (double)round_trip;
	if (wait >= (double)config->wait_max)
		return config->wait_max;
	return tr_time_earlier(tr_time_later((int64_t)wait, least),
	    config->wait_max);
}

/* When the next probe with this TTL may leave. */
static int64_t
due(const struct tr_multipath *multipath, int ttl)
{
	const struct pace *pace = &multipath->paces[ttl];
	const uint32_t width = multipath->discovery->hops[ttl].width;
	int64_t spacing = pace->spacing;

	if (pace->last_sent == TR_TIME_NONE)
		return TR_TIME_NONE;
	if (spacing == 0)
		spacing = TR_MULTIPATH_SPACING / (width > 1 ? width : 1);
	return pace->last_sent + spacing;
}

/* --- what happened ------------------------------------------------------ */

static void
speed_up(struct pace *pace, int64_t now)
{
	pace->answers = 0;
	pace->slowed = now;
	pace->spacing = pace->spacing == TR_MULTIPATH_SPACING_MAX ?
	    TR_MULTIPATH_SPACING_LOSS : 0;
}

/* No answer: a limit, loss, or a silent router? */
static void
slow_down(const struct tr_multipath *multipath, struct pace *pace,
    const struct sent_probe *probe, int64_t now)
{
	pace->answers = 0;
	pace->losses++;
	if (multipath->discovery->hops[probe->ttl].answers == 0 ||
	    pace->unlimited)
		return;
	if (probe->alone) {
		pace->unlimited = true;
		pace->spacing = 0;
		return;
	}
	/* What left before the last change says nothing of it. */
	if (probe->sent < pace->slowed)
		return;
	pace->slowed = now;
	pace->spacing = pace->losses >= LOSSES_OF_A_LIMIT ?
	    TR_MULTIPATH_SPACING_MAX : tr_time_later(pace->spacing,
	    TR_MULTIPATH_SPACING_LOSS);
}

static void
stop_waiting(struct tr_multipath *multipath, struct sent_probe *probe)
{
	probe->waiting = false;
	multipath->in_flight--;
	multipath->stale = true;
	while (multipath->first_waiting < multipath->probe_count &&
	    !multipath->probes[multipath->first_waiting].waiting)
		multipath->first_waiting++;
}

/* A varied flow's probes are the classification's; others the discovery's. */
static void
note_sent(struct tr_multipath *multipath, const struct sent_probe *probe)
{
	if (tr_flow_is_varied(probe->flow))
		tr_classification_sent(multipath->classification, probe->flow,
		    probe->ttl);
	else
		tr_discovery_sent(multipath->discovery, probe->flow,
		    probe->ttl);
}

static void
note_lost(struct tr_multipath *multipath, const struct sent_probe *probe)
{
	if (tr_flow_is_varied(probe->flow))
		tr_classification_lost(multipath->classification, probe->flow,
		    probe->ttl);
	else
		tr_discovery_lost(multipath->discovery, probe->flow,
		    probe->ttl);
}

static int
note_answer(struct tr_multipath *multipath, const struct sent_probe *probe,
    const struct tr_answer *answer, bool late)
{
	if (tr_flow_is_varied(probe->flow))
		return tr_classification_answered(multipath->classification,
		    probe->flow, probe->ttl,
		    (uint32_t)(probe - multipath->probes),
		    &answer->responder, answer->verdict, late);
	return tr_discovery_answered(multipath->discovery, probe->flow,
	    probe->ttl, &answer->responder, answer->verdict, late);
}

static void
give_up(struct tr_multipath *multipath, struct sent_probe *probe, int64_t now)
{
	stop_waiting(multipath, probe);
	note_lost(multipath, probe);
	slow_down(multipath, &multipath->paces[probe->ttl], probe, now);
}

/* Give up what has waited for long enough; lowers *until to the next. */
static void
expire(struct tr_multipath *multipath, int64_t now, int64_t *until)
{
	const uint32_t count = multipath->probe_count;

	if (multipath->config.wait_max == TR_TIME_NEVER)
		return;
	for (uint32_t i = multipath->first_waiting; i < count; i++) {
		struct sent_probe *probe = &multipath->probes[i];
		int64_t over;

		if (!probe->waiting)
			continue;
		over = probe->sent + wait_for(multipath, probe->ttl);
		if (over <= now)
			give_up(multipath, probe, now);
		else
			*until = tr_time_earlier(*until, over);
	}
}

void
tr_multipath_departed(struct tr_multipath *multipath, uint32_t number,
    int64_t sent)
{
	struct sent_probe *probe = &multipath->probes[number];
	struct pace *pace = &multipath->paces[probe->ttl];

	probe->sent = sent;
	pace->last_sent = tr_time_later(pace->last_sent, sent);
	multipath->send_after = tr_time_later(multipath->send_after,
	    sent + multipath->config.gap);
}

void
tr_multipath_lost(struct tr_multipath *multipath, uint32_t number,
    int64_t now)
{
	if (multipath->probes[number].waiting)
		give_up(multipath, &multipath->probes[number], now);
}

static void
multipath_failed(void *state, uint32_t number, int error, int64_t now)
{
	struct tr_multipath *multipath = state;
	struct sent_probe *probe = &multipath->probes[number];

	(void)error;
	(void)now;
	multipath->failures++;
	if (!probe->waiting)
		return;
	stop_waiting(multipath, probe);
	note_lost(multipath, probe);
}

static bool
multipath_reply(void *state, uint32_t number, const struct tr_answer *answer,
    int64_t now)
{
	struct tr_multipath *multipath = state;
	struct sent_probe *probe = &multipath->probes[number];
	struct pace *pace = &multipath->paces[probe->ttl];
	const bool late = !probe->waiting;
	int status;

	if (!late)
		stop_waiting(multipath, probe);
	multipath->stale = true;
	status = note_answer(multipath, probe, answer, late);
	if (multipath->error == TR_OK)
		multipath->error = status;
	pace->round_trip = tr_time_later(pace->round_trip, answer->rtt);
	multipath->round_trip = tr_time_later(multipath->round_trip,
	    answer->rtt);
	pace->losses = 0;
	if (++pace->answers >= ANSWERS_TO_SPEED_UP && pace->spacing != 0)
		speed_up(pace, now);
	return false;
}

/* --- what next ---------------------------------------------------------- */

/* Has what was wanted been found out meanwhile? */
static bool
is_vain(const struct tr_multipath *multipath, const struct tr_want *want)
{
	return !tr_flow_is_varied(want->flow) && tr_discovery_ended(
	    multipath->discovery, want->flow, want->ttl);
}

/* The first want that may be sent now; NULL: none, *until is lowered. */
static struct tr_want *
choose_want(struct tr_multipath *multipath, int64_t now, int64_t *until)
{
	struct tr_plan *plan = multipath->plan;

	if (multipath->in_flight >= multipath->config.probes_at_once)
		return NULL;
	for (uint32_t i = multipath->next_want; i < plan->want_count; i++) {
		struct tr_want *want = &plan->wants[i];
		int64_t when;

		if (want->ttl == 0 || is_vain(multipath, want)) {
			want->ttl = 0;
			if (i == multipath->next_want)
				multipath->next_want++;
			continue;
		}
		when = tr_time_later(due(multipath, want->ttl),
		    multipath->send_after);
		if (when <= now)
			return want;
		*until = tr_time_earlier(*until, when);
	}
	return NULL;
}

static struct tr_step
send_probe(struct tr_multipath *multipath, struct tr_want *want, int64_t now)
{
	struct pace *pace = &multipath->paces[want->ttl];
	const struct tr_step step = {
		.type = TR_STEP_SEND,
		.ttl = want->ttl,
		.flow = want->flow,
	};

	multipath->probes[multipath->probe_count++] = (struct sent_probe){
		.flow = want->flow,
		.ttl = want->ttl,
		.waiting = true,
		.alone = pace->last_sent != TR_TIME_NONE &&
		    now - pace->last_sent >= TR_MULTIPATH_SPACING_MAX,
		.sent = now,
	};
	multipath->in_flight++;
	note_sent(multipath, &multipath->probes[multipath->probe_count - 1]);
	pace->last_sent = now;
	multipath->send_after = now + multipath->config.gap;
	want->ttl = 0;
	return step;
}

/* Classifying: what is wanted when all before it is known. */
static void
next_round(struct tr_multipath *multipath)
{
	struct tr_plan *plan = multipath->plan;

	if (multipath->in_flight > 0 ||
	    multipath->next_want < plan->want_count)
		return;
	plan->want_count = tr_classification_plan(multipath->classification,
	    plan->stopping.epsilon, plan->wants);
	multipath->next_want = 0;
	multipath->stale = false;
}

/* Look at what is wanted, if that may have changed. */
static void
make_plan(struct tr_multipath *multipath, int64_t now)
{
	const bool used_up =
	    multipath->next_want >= multipath->plan->want_count;

	if (!multipath->stale || multipath->error != TR_OK ||
	    (!used_up && (multipath->plan->looking ||
	    now - multipath->planned < PLAN_AGE)))
		return;
	multipath->planned = now;
	if (multipath->classifying) {
		next_round(multipath);
		return;
	}
	multipath->error = tr_plan_make(multipath->plan);
	multipath->next_want = 0;
	multipath->stale = false;
	if (multipath->error == TR_OK && multipath->in_flight == 0 &&
	    multipath->plan->want_count == 0 &&
	    multipath->classification != NULL) {
		multipath->classifying = true;
		next_round(multipath);
	}
}

enum tr_stop
tr_multipath_stop(const struct tr_multipath *multipath)
{
	const struct tr_discovery *discovery = multipath->discovery;
	enum tr_stop stop = discovery->hops[discovery->max_ttl].probes > 0 ?
	    TR_STOP_HOP_LIMIT : TR_STOP_SILENCE;

	for (uint32_t i = 0; i < discovery->vertex_count; i++) {
		const struct tr_vertex *vertex = &discovery->vertices[i];

		if (vertex->flows == 0)
			continue;
		if (vertex->verdict == TR_VERDICT_ARRIVED)
			return TR_STOP_ARRIVED;
		if (vertex->verdict == TR_VERDICT_STOPPED)
			stop = TR_STOP_UNREACHABLE;
	}
	return stop;
}

static struct tr_step
end(enum tr_stop stop)
{
	return (struct tr_step){ .type = TR_STEP_END, .stop = stop };
}

/* Too many probes, too much time: what was found stays found. */
static struct tr_step
end_by_limit(const struct tr_multipath *multipath, enum tr_stop stop)
{
	return end(multipath->classifying ? tr_multipath_stop(multipath) :
	    stop);
}

static struct tr_step
multipath_next(void *state, int64_t now)
{
	struct tr_multipath *multipath = state;
	const struct tr_multipath_config *config = &multipath->config;
	int64_t until = TR_TIME_NEVER;
	struct tr_want *want;

	if (multipath->started == TR_TIME_NONE)
		multipath->started = now;
	expire(multipath, now, &until);
	if (config->time_max != TR_TIME_NEVER) {
		if (now - multipath->started >= config->time_max)
			return end_by_limit(multipath, TR_STOP_TIME_LIMIT);
		until = tr_time_earlier(until, multipath->started +
		    config->time_max);
	}
	if (multipath->failures >= FAILURES_MAX &&
	    multipath->failures == multipath->probe_count)
		return end(TR_STOP_SEND_FAILED);
	make_plan(multipath, now);
	if (multipath->error != TR_OK)
		return end(TR_STOP_SEND_FAILED);
	want = choose_want(multipath, now, &until);
	if (want == NULL && multipath->stale && multipath->next_want >=
	    multipath->plan->want_count) {
		/* All that was left had become vain. */
		make_plan(multipath, now);
		want = choose_want(multipath, now, &until);
	}
	if (multipath->stale && !multipath->plan->looking &&
	    multipath->next_want < multipath->plan->want_count)
		until = tr_time_earlier(until, multipath->planned + PLAN_AGE);
	if (want != NULL && multipath->probe_count == config->probes_max)
		return end_by_limit(multipath, TR_STOP_PROBE_LIMIT);
	if (want != NULL)
		return send_probe(multipath, want, now);
	if (multipath->in_flight == 0 && multipath->next_want >=
	    multipath->plan->want_count)
		return end(tr_multipath_stop(multipath));
	return (struct tr_step){ .type = TR_STEP_WAIT, .until = until };
}

const struct tr_strategy tr_multipath_strategy = {
	.name = "multipath",
	.next = multipath_next,
	.failed = multipath_failed,
	.reply = multipath_reply,
};
