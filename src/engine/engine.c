#include <stdlib.h>

#include "base/error.h"
#include "base/time.h"
#include "engine/engine.h"
#include "engine/match.h"

/*
 * Records that wait to be taken.  One event or step makes at most two.
 */
#define PENDING_MAX 4

struct sent_probe {
	uint32_t flow;
	uint8_t	 ttl;
	uint8_t	 retries;
	bool	 departed;	/* seen leaving; stamp is known */
	bool	 failed;	/* never left */
	bool	 answered;
	uint8_t	 replies;	/* recorded */
	int64_t	 last_reply;	/* stamp of the newest */
	int64_t	 handed_over;	/* engine's clock */
	int64_t	 stamp;		/* capture's clock */
};

struct tr_engine {
	struct tr_engine_config config;
	struct tr_naming naming;
	struct tr_builder *builder;
	struct tr_matcher *matcher;
	struct sent_probe *probes;
	uint32_t probe_count;
	int64_t	 now;

	struct tr_record pending[PENDING_MAX];
	size_t	 pending_count;
	struct tr_record emitted;	/* the one lent to the driver */
	struct tr_identity identity;	/* of the newest record with one */

	bool	 send_due;		/* packet waits to be handed over */
	int64_t	 send_after;		/* ... not before this time */
	uint32_t send_probe;
	uint8_t	 *packet;
	size_t	 packet_size;

	struct tr_packet decoded;	/* of the frame fed last */
	bool	 started;
	bool	 waiting;		/* WAKE was taken since the event */
	bool	 ended;			/* the END record is made */
	bool	 done;
};

struct tr_engine *
tr_engine_new(const struct tr_engine_config *config)
{
	struct tr_engine *engine;
	struct tr_random random;

	if (config->probes_max < 1 || config->probes_max > TR_IDENTIFIERS)
		return NULL;
	engine = calloc(1, sizeof(*engine));
	if (engine == NULL)
		return NULL;
	engine->config = *config;
	tr_random_seed(&random, config->seed);
	tr_naming_draw(&engine->naming, &random);
	engine->builder = tr_builder_new();
	engine->matcher = tr_matcher_new(config->probes_max);
	engine->probes = calloc(config->probes_max, sizeof(*engine->probes));
	engine->packet = malloc(config->flow.size);
	if (engine->builder == NULL || engine->matcher == NULL ||
	    engine->probes == NULL || engine->packet == NULL) {
		tr_engine_free(engine);
		return NULL;
	}
	if (config->window > 0)
		tr_matcher_set_window(engine->matcher, config->window);
	return engine;
}

void
tr_engine_free(struct tr_engine *engine)
{
	if (engine == NULL)
		return;
	tr_builder_free(engine->builder);
	tr_matcher_free(engine->matcher);
	free(engine->probes);
	free(engine->packet);
	free(engine);
}

static struct tr_record *
push_record(struct tr_engine *engine, enum tr_record_type type)
{
	struct tr_record *record = &engine->pending[engine->pending_count++];

	*record = (struct tr_record){ .type = type, .stamp = TR_TIME_NONE };
	return record;
}

static void
end(struct tr_engine *engine, enum tr_stop stop)
{
	if (engine->ended)
		return;
	engine->ended = true;
	engine->send_due = false;
	push_record(engine, TR_RECORD_END)->stop = stop;
}

/*
 * Build the next probe into engine->packet.  Its identity is read back from
 * the bytes, so that it is that of what is really sent.
 */
static int
build_probe(struct tr_engine *engine, uint32_t number,
    const struct tr_step *step)
{
	struct tr_probe_spec spec;
	struct tr_packet packet;
	struct tr_flow flow;
	int size, error;

	tr_flow_nth(&engine->config.flow, step->flow, &flow);
	if (step->size != 0)
		flow.size = step->size;
	tr_flow_probe(&flow, &engine->naming, number, step->ttl, &spec);
	size = tr_probe_build(engine->builder, &spec, engine->packet,
	    engine->config.flow.size);
	if (size < 0)
		return size;
	engine->packet_size = (size_t)size;
	error = tr_packet_decode(TR_LINK_RAW, engine->packet,
	    engine->packet_size, &packet);
	if (error != TR_OK)
		return error;
	tr_identity_of(&packet.ip, &packet.transport, &engine->identity);
	return TR_OK;
}

static int
start_probe(struct tr_engine *engine, const struct tr_step *step)
{
	const uint32_t number = engine->probe_count;
	struct tr_record *record;
	int error;

	if (number >= engine->config.probes_max)
		return TR_ENOMEM;
	error = build_probe(engine, number, step);
	if (error != TR_OK)
		return error;
	tr_matcher_add(engine->matcher, &engine->identity, TR_TIME_NONE);
	engine->probes[number] = (struct sent_probe){
		.flow = step->flow,
		.ttl = step->ttl,
		.handed_over = engine->now,
		.stamp = TR_TIME_NONE,
	};
	engine->probe_count++;
	engine->send_due = true;
	engine->send_after = engine->now;
	engine->send_probe = number;

	record = push_record(engine, TR_RECORD_PROBE);
	record->probe = number;
	record->ttl = step->ttl;
	record->flow = step->flow;
	record->identity = &engine->identity;
	return TR_OK;
}

/*
 * The first capture of a probe leaving counts: a bridge or a tagging device
 * below shows the same packet again.
 */
static int
probe_departed(struct tr_engine *engine, const struct tr_match *match,
    int64_t stamp)
{
	struct sent_probe *probe = &engine->probes[match->probe];
	struct tr_record *record;

	if (probe->departed)
		return TR_ENOTFOUND;
	probe->departed = true;
	probe->stamp = stamp;
	tr_identity_of(&engine->decoded.ip, &engine->decoded.transport,
	    &engine->identity);
	tr_matcher_departed(engine->matcher, match->probe, &engine->identity,
	    stamp);
	record = push_record(engine, TR_RECORD_DEPARTED);
	record->probe = match->probe;
	record->flow = probe->flow;
	record->stamp = stamp;
	record->identity = &engine->identity;
	record->match = *match;
	return TR_OK;
}

static int64_t
round_trip(const struct tr_engine *engine, const struct sent_probe *probe,
    int64_t stamp)
{
	if (probe->departed && stamp >= probe->stamp)
		return stamp - probe->stamp;
	return engine->now - probe->handed_over;
}

static void
reply_arrived(struct tr_engine *engine, const struct tr_match *match,
    int64_t stamp)
{
	struct sent_probe *probe = &engine->probes[match->probe];
	const bool too_big = engine->decoded.is_icmp &&
	    engine->decoded.icmp.class == TR_ICMP_TOO_BIG;
	const struct tr_answer answer = {
		.verdict = tr_verdict_of(engine->config.flow.protocol,
		    &engine->decoded),
		.responder = engine->decoded.ip.src,
		.rtt = round_trip(engine, probe, stamp),
		.too_big = too_big,
		.mtu = too_big ? engine->decoded.icmp.mtu : 0,
		.by_ports = !engine->decoded.is_icmp &&
		    match->tier == TR_TIER_PORTS,
	};
	struct tr_record *record;
	bool late = engine->ended;

	if (!probe->answered && answer.verdict != TR_VERDICT_NONE) {
		probe->answered = true;
		tr_matcher_answered(engine->matcher, match->probe,
		    answer.verdict == TR_VERDICT_TRANSIT);
		if (!engine->ended)
			late = engine->config.strategy->reply(
			    engine->config.strategy_state, match->probe,
			    &answer, engine->now);
	}
	record = push_record(engine, TR_RECORD_REPLY);
	record->probe = match->probe;
	record->stamp = stamp;
	record->packet = &engine->decoded;
	record->match = *match;
	record->verdict = answer.verdict;
	record->late = late;
}

/* The user may have chosen flags that else only answers have. */
static bool
may_be_own(const struct tr_engine *engine)
{
	const struct tr_packet *packet = &engine->decoded;

	return tr_packet_is_probe(packet) || (!packet->is_icmp &&
	    packet->transport.full && packet->transport.tcp_flags ==
	    engine->config.flow.tcp_flags);
}

/*
 * Count a reply in; false for one too many, and for the copy that a bridge
 * and its port both show: the stamp is the same.
 */
static bool
is_wanted(struct sent_probe *probe, int64_t stamp)
{
	if (probe->failed || probe->replies == TR_REPLIES_MAX ||
	    (probe->replies > 0 && probe->last_reply == stamp))
		return false;
	probe->replies++;
	probe->last_reply = stamp;
	return true;
}

static int
frame_captured(struct tr_engine *engine, const struct tr_event *event)
{
	struct tr_match match;
	int error;

	error = tr_packet_decode(event->link, event->frame, event->size,
	    &engine->decoded);
	if (error != TR_OK)
		return TR_ENOTFOUND;
	if (may_be_own(engine) &&
	    tr_matcher_find_probe(engine->matcher, &engine->decoded,
	    &match) == TR_OK)
		return probe_departed(engine, &match, event->stamp);
	if (tr_matcher_find_reply(engine->matcher, &engine->decoded,
	    event->stamp, &match) != TR_OK)
		return TR_ENOTFOUND;
	/* A packet filter of this host refuses twice: by errno and by ICMP. */
	if (!is_wanted(&engine->probes[match.probe], event->stamp))
		return TR_ENOTFOUND;
	reply_arrived(engine, &match, event->stamp);
	return TR_OK;
}

/*
 * A full queue is waited for, holding back the probes behind this one; any
 * other failure is the result of this probe.
 */
static void
send_failed(struct tr_engine *engine, const struct tr_event *event)
{
	struct sent_probe *probe = &engine->probes[event->probe];
	struct tr_record *record;

	if (engine->ended)
		return;
	if (event->retry && probe->retries < TR_ENGINE_RETRIES) {
		probe->retries++;
		engine->send_due = true;
		engine->send_after = engine->now + TR_ENGINE_RETRY_WAIT;
		return;
	}
	probe->failed = true;
	tr_matcher_answered(engine->matcher, event->probe, false);
	engine->config.strategy->failed(engine->config.strategy_state,
	    event->probe, event->error, engine->now);
	record = push_record(engine, TR_RECORD_FAILED);
	record->probe = event->probe;
	record->error = event->error;
}

int
tr_engine_feed(struct tr_engine *engine, const struct tr_event *event)
{
	engine->now = event->now;
	engine->waiting = false;
	switch (event->type) {
	case TR_EVENT_START:
		engine->started = true;
		break;
	case TR_EVENT_FRAME:
		return frame_captured(engine, event);
	case TR_EVENT_FAILED:
		send_failed(engine, event);
		break;
	case TR_EVENT_TIMER:
		break;
	case TR_EVENT_STOP:
		end(engine, TR_STOP_INTERRUPTED);
		break;
	}
	return TR_OK;
}

static void
take_record(struct tr_engine *engine, struct tr_action *action)
{
	engine->emitted = engine->pending[0];
	engine->pending_count--;
	for (size_t i = 0; i < engine->pending_count; i++)
		engine->pending[i] = engine->pending[i + 1];
	*action = (struct tr_action){
		.type = TR_ACTION_EMIT,
		.record = &engine->emitted,
	};
}

static void
take_packet(struct tr_engine *engine, struct tr_action *action)
{
	engine->send_due = false;
	engine->probes[engine->send_probe].handed_over = engine->now;
	*action = (struct tr_action){
		.type = TR_ACTION_SEND,
		.probe = engine->send_probe,
		.packet = engine->packet,
		.size = engine->packet_size,
	};
}

/* Ask the strategy once; true when its step made something to take. */
static bool
take_step(struct tr_engine *engine, int64_t *until)
{
	const struct tr_step step = engine->config.strategy->next(
	    engine->config.strategy_state, engine->now);

	switch (step.type) {
	case TR_STEP_WAIT:
		*until = step.until;
		return false;
	case TR_STEP_SEND:
		if (start_probe(engine, &step) != TR_OK)
			end(engine, TR_STOP_SEND_FAILED);
		break;
	case TR_STEP_HOP:
		push_record(engine, TR_RECORD_HOP)->ttl = step.ttl;
		break;
	case TR_STEP_END:
		end(engine, step.stop);
		break;
	}
	return true;
}

bool
tr_engine_next(struct tr_engine *engine, struct tr_action *action)
{
	int64_t until = TR_TIME_NEVER;

	if (engine->done || !engine->started || engine->waiting)
		return false;
	for (;;) {
		if (engine->pending_count > 0) {
			take_record(engine, action);
			return true;
		}
		if (engine->ended) {
			engine->done = true;
			*action = (struct tr_action){
				.type = TR_ACTION_DONE,
			};
			return true;
		}
		if (engine->send_due) {
			if (engine->now >= engine->send_after) {
				take_packet(engine, action);
				return true;
			}
			until = engine->send_after;
			break;
		}
		if (!take_step(engine, &until))
			break;
	}
	/* One WAKE ends each turn. */
	engine->waiting = true;
	*action = (struct tr_action){
		.type = TR_ACTION_WAKE,
		.wake = until,
	};
	return true;
}
