#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "packet/icmp_object.h"
#include "packet/wire.h"
#include "strategy/survey_part.h"

/*
 * Targets that are begun all at once would walk in step: all their probes to
 * the first hop at one time, then all to the second.  So they are begun evenly,
 * twice as many as the rate will bear by the mean of the probes that the others
 * took: of about so many.  (One is begun only while no other is ready, so that
 * there are no more than it takes.)
 */
#define MEAN_WEIGHT	64
#define MEAN_AT_FIRST	8
#define BEGIN_MORE(time)	((time) / 2)
#define BEGIN_LATE	(10 * TR_MILLISECOND)	/* is made up for */

/* Nobody asked for so long, and two spacings: sending was held up. */
#define PAUSE		(100 * TR_MILLISECOND)

#define HOPS_MORE	4	/* places for a target's replies, for safety */

const char *
tr_survey_reason_name(enum tr_survey_reason reason)
{
	static const char *const names[] = {
		[TR_SURVEY_REACHED] = "arrived",
		[TR_SURVEY_STOPPED] = "unreachable",
		[TR_SURVEY_GAP] = "silence",
		[TR_SURVEY_LOOP] = "loop",
		[TR_SURVEY_MAX_TTL] = "hop-limit",
		[TR_SURVEY_BUDGET] = "probe-limit",
		[TR_SURVEY_UNSENT] = "send-failed",
		[TR_SURVEY_INTERRUPTED] = "interrupted",
	};

	return names[reason];
}

_Static_assert(sizeof(struct tr_slot) + sizeof(uint32_t) == 64,
    "a target in flight takes 64 bytes");

/* --- memory ------------------------------------------------------------- */

static uint32_t
bucket_count(uint32_t window)
{
	uint32_t count = 1;

	while (count <= window / 2)
		count *= 2;
	return count;
}

static struct tr_known_config
known_config(const struct tr_survey *survey)
{
	return (struct tr_known_config){
		.key = survey->key,
		.routers = survey->config.way == TR_SURVEY_DOUBLETREE ?
		    survey->config.stop_set : 0,
		.spacing = survey->config.router_spacing,
	};
}

size_t
tr_survey_memory(const struct tr_survey_config *config)
{
	const struct tr_survey survey = { .config = *config };
	const struct tr_known_config known = known_config(&survey);

	return sizeof(survey) + config->window * sizeof(struct tr_slot) +
	    bucket_count(config->window) * sizeof(uint32_t) +
	    config->probes * sizeof(struct tr_sent) +
	    tr_hops_size(config) + tr_known_memory(&known) +
	    tr_paths_size(config);
}

static bool
is_power_of_two(uint32_t number)
{
	return number > 0 && (number & (number - 1)) == 0;
}

static bool
is_valid_multipath(const struct tr_survey_config *config)
{
	const struct tr_survey_multipath *multipath = &config->multipath;
	const struct tr_plan_rules *rules = &multipath->rules;

	return config->way == TR_SURVEY_FORWARD &&
	    multipath->probes_max <= TR_SURVEY_BUDGET_MAX &&
	    multipath->flows_max >= 1 &&
	    multipath->flows_max <= TR_SURVEY_FLOWS_MAX &&
	    multipath->probes_at_once >= 1 &&
	    rules->alpha > 0 && rules->alpha < 1 &&
	    (rules->way != TR_PLAN_FIXED || (rules->flows >= 1 &&
	    rules->flows <= multipath->flows_max));
}

static bool
is_valid(const struct tr_survey_config *config)
{
	return config->first_ttl >= 1 && config->first_ttl <= config->max_ttl &&
	    config->max_ttl <= TR_SURVEY_TTL_MAX && config->queries >= 1 &&
	    config->queries <= TR_SURVEY_QUERIES_MAX && config->timeout > 0 &&
	    config->timeout <= TR_SURVEY_TIMEOUT_MAX &&
	    config->target_spacing >= 0 &&
	    config->target_spacing <= TR_SURVEY_SPACING_MAX &&
	    config->router_spacing >= 0 &&
	    config->router_spacing <= TR_SURVEY_SPACING_MAX &&
	    config->rate <= TR_SURVEY_RATE_MAX &&
	    config->window >= 1 && config->window <= TR_SURVEY_WINDOW_MAX &&
	    is_power_of_two(config->probes) &&
	    config->probes <= TR_SURVEY_PROBES_MAX &&
	    (config->way != TR_SURVEY_DOUBLETREE ||
	    (is_power_of_two(config->stop_set) && config->stop_set >= 4)) &&
	    (!tr_survey_is_multipath(config) || is_valid_multipath(config));
}

static int
take_memory(struct tr_survey *survey)
{
	const struct tr_survey_config *config = &survey->config;
	const uint32_t buckets = bucket_count(config->window);
	const struct tr_known_config known = known_config(survey);

	survey->slots = calloc(config->window, sizeof(*survey->slots));
	survey->buckets = calloc(buckets, sizeof(*survey->buckets));
	survey->sent = calloc(config->probes, sizeof(*survey->sent));
	survey->known = tr_known_new(&known);
	if (survey->slots == NULL || survey->buckets == NULL ||
	    survey->sent == NULL || survey->known == NULL)
		return TR_ENOMEM;
	survey->bucket_mask = buckets - 1;
	survey->sent_mask = config->probes - 1;
	for (uint32_t i = 0; i < buckets; i++)
		survey->buckets[i] = TR_NO_SLOT;
	if (tr_hops_init(survey) != TR_OK)
		return TR_ENOMEM;
	return tr_survey_is_multipath(config) ? tr_paths_init(survey) : TR_OK;
}

struct tr_survey *
tr_survey_new(const struct tr_survey_config *config,
    const struct tr_survey_sink *sink,
    bool (*skip)(void *context, uint64_t place), void *skip_context)
{
	struct tr_survey *survey;

	if (!is_valid(config))
		return NULL;
	survey = calloc(1, sizeof(*survey));
	if (survey == NULL)
		return NULL;
	survey->config = *config;
	survey->sink = *sink;
	survey->skip = skip;
	survey->skip_context = skip_context;
	survey->place = config->first_place;
	survey->mean = MEAN_AT_FIRST * MEAN_WEIGHT;
	survey->mean_hops = config->hops / config->window * MEAN_WEIGHT * 2 / 3;
	if (survey->mean_hops > HOPS_MORE * MEAN_WEIGHT)
		survey->mean_hops -= HOPS_MORE * MEAN_WEIGHT;
	tr_survey_match_init(survey);
	if (take_memory(survey) != TR_OK) {
		tr_survey_free(survey);
		return NULL;
	}
	tr_queue_clear(survey);
	return survey;
}

void
tr_survey_free(struct tr_survey *survey)
{
	if (survey == NULL)
		return;
	tr_paths_free(survey);
	free(survey->slots);
	free(survey->buckets);
	free(survey->sent);
	free(survey->hops);
	free(survey->record);
	tr_known_free(survey->known);
	free(survey);
}

/* --- targets in flight -------------------------------------------------- */

struct tr_address
tr_slot_address(const struct tr_slot *slot)
{
	struct tr_address address = {
		.family = slot->flags & TR_SLOT_IPV6 ? 6 : 4,
	};

	memcpy(address.bytes, slot->address, sizeof(address.bytes));
	return address;
}

uint32_t
tr_survey_check(const struct tr_survey *survey,
    const struct tr_address *address)
{
	return (uint32_t)(tr_address_mix(survey->key, address) >> 32);
}

static uint32_t *
bucket_of(const struct tr_survey *survey, const struct tr_address *address)
{
	return &survey->buckets[tr_survey_check(survey, address) &
	    survey->bucket_mask];
}

uint32_t
tr_survey_find(const struct tr_survey *survey,
    const struct tr_address *address)
{
	const bool ipv6 = address->family == 6;
	uint32_t slot = *bucket_of(survey, address);

	while (slot != TR_NO_SLOT &&
	    (((survey->slots[slot].flags & TR_SLOT_IPV6) != 0) != ipv6 ||
	    memcmp(survey->slots[slot].address, address->bytes,
	    sizeof(address->bytes)) != 0))
		slot = survey->slots[slot].chain;
	return slot;
}

/* From the begin of a target to that of the next. */
static int64_t
begin_time(const struct tr_survey *survey)
{
	return (int64_t)BEGIN_MORE((uint64_t)survey->mean *
	    (UINT64_C(1000) * (uint64_t)TR_SECOND / MEAN_WEIGHT) /
	    survey->config.rate);
}

static void
begin_target(struct tr_survey *survey)
{
	const uint32_t number = survey->free_slot;
	struct tr_slot *slot = &survey->slots[number];
	const struct tr_address target =
	    tr_targets_at(survey->config.targets, survey->place);
	uint32_t *bucket = bucket_of(survey, &target);

	survey->free_slot = tr_free_next(number, slot->next);
	*slot = (struct tr_slot){
		.place = { (uint32_t)survey->place,
		    (uint32_t)(survey->place >> 32) },
		.started = (uint32_t)((survey->now - survey->epoch) /
		    TR_MILLISECOND),
		.chain = *bucket,
		.hops = TR_NO_HOP,
		.flags = target.family == 6 ? TR_SLOT_IPV6 : 0,
	};
	memcpy(slot->address, target.bytes, sizeof(slot->address));
	*bucket = number;
	survey->place++;
	if (survey->config.rate > 0)
		survey->next_begin = tr_time_later(survey->next_begin,
		    survey->now - BEGIN_LATE) + begin_time(survey);
	survey->in_flight++;
	survey->counts.started++;
	if (survey->paths != NULL)
		tr_paths_begin(survey, number);
	else
		tr_walk_begin(survey, number);
}

/* What it took goes into the means: those of the first ones weigh more. */
static void
learn_means(struct tr_survey *survey, uint32_t probes, uint32_t hops)
{
	uint32_t weight;

	if (survey->mean_count < MEAN_WEIGHT)
		survey->mean_count++;
	weight = survey->mean_count + 1;
	if (weight > MEAN_WEIGHT)
		weight = MEAN_WEIGHT;
	survey->mean = (uint32_t)((survey->mean * (uint64_t)(weight - 1) +
	    (uint64_t)probes * MEAN_WEIGHT) / weight);
	survey->mean_hops = (uint32_t)((survey->mean_hops *
	    (uint64_t)(weight - 1) + (uint64_t)hops * MEAN_WEIGHT) / weight);
}

static void
forget_target(struct tr_survey *survey, uint32_t number)
{
	struct tr_slot *slot = &survey->slots[number];
	const struct tr_address target = tr_slot_address(slot);
	uint32_t *link = bucket_of(survey, &target);

	while (*link != number)
		link = &survey->slots[*link].chain;
	*link = slot->chain;
	slot->state = TR_SLOT_FREE;
	slot->next = tr_free_link(number, survey->free_slot);
	survey->free_slot = number;
	survey->in_flight--;
}

void
tr_survey_finish(struct tr_survey *survey, uint32_t number,
    enum tr_survey_reason reason, int system)
{
	struct tr_slot *slot = &survey->slots[number];
	struct tr_survey_record record = {
		.target = tr_slot_address(slot),
		.place = slot->place[0] | (uint64_t)slot->place[1] << 32,
		.started = survey->epoch + TR_MILLISECOND * tr_unwrap(
		    (survey->now - survey->epoch) / TR_MILLISECOND,
		    slot->started, 32),
		.ended = survey->now,
		.reason = reason,
		.system = system,
		.distance = slot->distance,
		.joined = slot->flags & TR_SLOT_JOINED ? slot->ttl : 0,
		.probes = slot->probes,
		.replies = slot->replies,
	};

	const uint32_t free_before = survey->hops_free;

	if (survey->config.hops > 0) {
		record.hop_count = tr_hops_take(survey, slot);
		record.hops = survey->record;
	}
	learn_means(survey, slot->probes, survey->hops_free - free_before);
	if (survey->paths != NULL)
		tr_paths_describe(survey, number, &record);
	record.cut = (slot->flags & TR_SLOT_CUT) != 0;
	survey->counts.cut += record.cut;
	survey->counts.done++;
	survey->counts.reasons[reason]++;
	survey->counts.joined += record.joined > 0;
	if (record.graph != NULL) {
		survey->counts.partial += record.graph->partial;
		survey->counts.unsure += record.graph->unsure;
	}
	forget_target(survey, number);
	survey->sink.done(survey->sink.context, &record);
}

/* --- the times of probes ------------------------------------------------ */

void
tr_survey_set_sent(const struct tr_survey *survey, struct tr_sent *sent,
    int64_t at)
{
	const uint64_t units = (uint64_t)((at - survey->epoch) / TR_SENT_UNIT);
	const uint8_t flags = sent->flags & ((1 << TR_PROBE_TIME) - 1);

	sent->at = (uint32_t)units;
	sent->flags = (uint8_t)(flags | units >> 32 << TR_PROBE_TIME);
}

int64_t
tr_survey_sent_at(const struct tr_survey *survey, const struct tr_sent *sent)
{
	const uint64_t units = (uint64_t)(sent->flags >> TR_PROBE_TIME) << 32 |
	    sent->at;

	return survey->epoch + TR_SENT_UNIT * tr_unwrap((survey->now -
	    survey->epoch) / TR_SENT_UNIT, units, TR_SENT_BITS);
}

/* --- sending ------------------------------------------------------------ */

/* Each call comes with the time. */
static void
set_now(struct tr_survey *survey, int64_t now)
{
	if (!survey->begun) {
		survey->begun = true;
		survey->epoch = survey->now = survey->next_begin = now;
		tr_queue_init(survey);
	}
	survey->now = tr_time_later(survey->now, now);
}

static uint64_t
uncommitted(const struct tr_survey *survey)
{
	return survey->config.paced_records ?
	    survey->counts.done - survey->committed : 0;
}

/*
 * Is there room for the replies of one target more?  Those in flight may take
 * half as many places again as others did in the mean.
 */
static bool
has_room_for_hops(const struct tr_survey *survey)
{
	const uint64_t each = (uint64_t)survey->mean_hops * 3 / 2 /
	    MEAN_WEIGHT + HOPS_MORE;

	return survey->config.hops == 0 || survey->in_flight == 0 ||
	    (survey->in_flight + 1) * each <= survey->config.hops;
}

static bool
has_room(const struct tr_survey *survey)
{
	return !survey->stopped &&
	    survey->free_slot < survey->config.window &&
	    survey->in_flight + uncommitted(survey) < survey->config.window &&
	    has_room_for_hops(survey);
}

/* Is there a target to begin?  Those to be skipped are passed by. */
static bool
has_target(struct tr_survey *survey)
{
	const uint64_t count = tr_targets_count(survey->config.targets);

	while (survey->skip != NULL && survey->place < count &&
	    survey->skip(survey->skip_context, survey->place))
		survey->place++;
	return survey->place < count;
}

static bool
is_full(const struct tr_survey *survey)
{
	return survey->head - survey->tail == survey->config.probes;
}

/* A slot whose probe may leave now, by its router too; or NO_SLOT. */
static uint32_t
next_slot(struct tr_survey *survey)
{
	const int64_t spacing = survey->config.router_spacing;
	uint32_t number;

	/* After a pause, those whose turn it was would go all at once. */
	if (spacing > 0 && survey->now - survey->asked > 2 * spacing + PAUSE)
		tr_queue_unspace(survey, survey->now);
	survey->asked = survey->now;
	while ((number = tr_queue_take(survey, survey->now)) != TR_NO_SLOT) {
		struct tr_slot *slot = &survey->slots[number];
		const struct tr_address target = tr_slot_address(slot);
		int64_t turn;

		if (survey->paths != NULL && !tr_paths_step(survey, number))
			continue;
		if (spacing == 0 || slot->flags & TR_SLOT_SPACED)
			return number;
		turn = tr_known_turn(survey->known, &target, slot->ttl,
		    survey->now, survey->now + TR_SURVEY_SPACING_MAX);
		if (turn <= survey->now)
			return number;
		survey->counts.spaced++;
		if (turn != TR_TIME_NEVER)
			slot->flags |= TR_SLOT_SPACED;
		tr_queue_put(survey, number, tr_time_earlier(turn,
		    survey->now + TR_SURVEY_SPACING_MAX));
	}
	return TR_NO_SLOT;
}

/* What differs in the flow of a slot's probe. */
static void
add_flow(const struct tr_survey *survey, uint32_t number,
    struct tr_survey_probe *probe)
{
	struct tr_flow flow;

	probe->flow = tr_paths_flow(survey, number);
	tr_flow_nth(&survey->flow, probe->flow, &flow);
	probe->source_port = flow.source_port;
	probe->icmp_id = flow.icmp_id;
	probe->icmp_checksum = flow.icmp_checksum;
	probe->flow_label = flow.flow_label;
}

static void
make_probe(struct tr_survey *survey, uint32_t number,
    struct tr_survey_probe *probe)
{
	struct tr_slot *slot = &survey->slots[number];
	const uint32_t name = (uint32_t)(survey->head % TR_IDENTIFIERS);

	*probe = (struct tr_survey_probe){
		.serial = survey->head,
		.dst = tr_slot_address(slot),
		.ttl = slot->ttl,
		.identifier = tr_naming_identifier(&survey->naming, name),
	};
	if (survey->config.protocol == TR_PROTOCOL_TCP)
		probe->tcp_sequence = tr_survey_sequence(survey, &probe->dst,
		    name);
	if (survey->paths != NULL)
		add_flow(survey, number, probe);
	*tr_survey_sent(survey, survey->head) = (struct tr_sent){
		.slot = number,
		.check = tr_survey_check(survey, &probe->dst),
		.ttl = slot->ttl,
		.flow = probe->flow,
	};
	tr_survey_departed(survey, survey->head, survey->now);
	slot->serial = (uint32_t)survey->head++;
	slot->state = TR_SLOT_AWAITED | (slot->state & 0xf0);
	slot->tries++;
	if (slot->probes < UINT16_MAX)
		slot->probes++;
	survey->counts.probes++;
	if (survey->paths != NULL)
		tr_paths_sent(survey, number, probe->serial);
}

int
tr_survey_next(struct tr_survey *survey, int64_t now,
    struct tr_survey_probe *probe)
{
	uint32_t number;

	set_now(survey, now);
	if (is_full(survey))
		return 0;
	/* Each new one is ready, or waits for its router. */
	while ((number = next_slot(survey)) == TR_NO_SLOT) {
		if (!has_room(survey) || survey->now < survey->next_begin ||
		    !has_target(survey))
			return 0;
		begin_target(survey);
	}
	make_probe(survey, number, probe);
	return 1;
}

void
tr_survey_departed(struct tr_survey *survey, uint64_t serial, int64_t sent)
{
	tr_survey_set_sent(survey, tr_survey_sent(survey, serial), sent);
}

/* What is answered is not waited for. */
static void
pass_answered(struct tr_survey *survey)
{
	while (survey->tail < survey->head &&
	    tr_survey_sent(survey, survey->tail)->flags & TR_PROBE_ANSWERED)
		survey->tail++;
}

/* The slot that waits for this very probe, or NO_SLOT. */
static uint32_t
waiting_slot(const struct tr_survey *survey, uint64_t serial)
{
	const struct tr_sent *sent = tr_survey_sent(survey, serial);
	const struct tr_slot *slot = &survey->slots[sent->slot];

	if (survey->paths != NULL)
		return (sent->flags & TR_PROBE_OVER) == 0 &&
		    tr_paths_number(survey, sent->slot, serial) !=
		    TR_NO_PROBE ? sent->slot : TR_NO_SLOT;
	return (sent->flags & TR_PROBE_OVER) == 0 &&
	    (slot->state & 0xf) == TR_SLOT_AWAITED &&
	    slot->serial == (uint32_t)serial ? sent->slot : TR_NO_SLOT;
}

void
tr_survey_failed(struct tr_survey *survey, uint64_t serial, int64_t now,
    int system)
{
	const uint32_t slot = waiting_slot(survey, serial);

	set_now(survey, now);
	if (slot != TR_NO_SLOT && survey->paths != NULL) {
		tr_paths_failed(survey, slot, system);
		return;
	}
	tr_survey_sent(survey, serial)->flags |= TR_PROBE_OVER;
	if (slot != TR_NO_SLOT)
		tr_survey_finish(survey, slot, TR_SURVEY_UNSENT, system);
}

/* --- replies ------------------------------------------------------------ */

static void
copy_labels(const struct tr_packet *packet, struct tr_survey_reply *reply)
{
	struct tr_mpls stack[TR_MPLS_MAX];
	size_t count = tr_icmp_mpls(packet->icmp.extension,
	    packet->icmp.extension_size, stack);

	if (count > TR_SURVEY_LABELS)
		count = TR_SURVEY_LABELS;
	for (size_t i = 0; i < count; i++)
		reply->labels[i] = stack[i].label << 12 |
		    (uint32_t)stack[i].experimental << 9 |
		    (uint32_t)stack[i].bottom << 8 | stack[i].ttl;
	reply->label_count = (uint8_t)count;
}

/* Round-trip time in its unit; never less than nothing. */
static uint32_t
rtt_of(const struct tr_survey *survey, const struct tr_survey_match *match,
    int64_t received)
{
	const int64_t rtt = (received - tr_survey_sent_at(survey,
	    tr_survey_sent(survey, match->serial))) / TR_SURVEY_RTT_UNIT;

	if (match->doubtful || rtt >= TR_SURVEY_RTT_UNKNOWN)
		return TR_SURVEY_RTT_UNKNOWN;
	return rtt < 0 ? 0 : (uint32_t)rtt;
}

static void
describe(const struct tr_survey *survey, const struct tr_packet *packet,
    const struct tr_survey_match *match, int64_t received,
    struct tr_survey_reply *reply)
{
	const struct tr_sent *sent = tr_survey_sent(survey, match->serial);

	*reply = (struct tr_survey_reply){
		.target = match->target,
		.responder = packet->ip.src,
		.received = received,
		.rtt = rtt_of(survey, match, received),
		.verdict = tr_verdict_of(survey->config.protocol, packet),
		.ttl = sent->ttl,
		.quoted_ttl = packet->has_quote ? packet->quote.ttl : 0,
		.reply_ttl = packet->ip.ttl,
		.protocol = packet->ip.protocol,
		.size = (uint16_t)packet->ip.total_size,
		.late = (sent->flags & TR_PROBE_OVER) != 0 ||
		    match->slot == TR_NO_SLOT,
		.duplicate = (sent->flags & TR_PROBE_ANSWERED) != 0,
		.rewritten = match->rewritten,
		.flow = sent->flow,
	};
	if (packet->is_icmp) {
		reply->icmp_type = packet->icmp.type;
		reply->icmp_code = packet->icmp.code;
		if (packet->icmp.extension != NULL)
			copy_labels(packet, reply);
	} else if (packet->transport.protocol == TR_IPPROTO_TCP)
		reply->tcp_flags = packet->transport.tcp_flags;
}

/* Hand it on, or hold it. */
static void
note(struct tr_survey *survey, uint32_t number,
    const struct tr_survey_reply *reply)
{
	struct tr_slot *slot = number == TR_NO_SLOT ? NULL :
	    &survey->slots[number];

	if (slot != NULL && survey->config.hops > 0) {
		if (slot->replies < tr_survey_hops_max(&survey->config))
			tr_hops_hold(survey, slot, reply);
		else
			slot->flags |= TR_SLOT_CUT;
	} else if (survey->sink.reply != NULL)
		survey->sink.reply(survey->sink.context, reply);
	if (slot != NULL && slot->replies < UINT16_MAX)
		slot->replies++;
}

/* In time or late: it is known who it is. */
static void
hand_to_paths(struct tr_survey *survey, const struct tr_survey_match *match,
    const struct tr_survey_reply *reply)
{
	const uint32_t number = match->slot == TR_NO_SLOT ? TR_NO_PROBE :
	    tr_paths_number(survey, match->slot, match->serial);

	if (number != TR_NO_PROBE)
		tr_paths_answered(survey, match->slot, number, reply);
}

int
tr_survey_receive(struct tr_survey *survey, const struct tr_packet *packet,
    int64_t received)
{
	struct tr_survey_match match;
	struct tr_survey_reply reply;
	struct tr_sent *sent;
	uint32_t waiting;

	set_now(survey, received);
	if (tr_survey_match(survey, packet, &match) != TR_OK) {
		survey->counts.foreign++;
		return 0;
	}
	describe(survey, packet, &match, received, &reply);
	survey->counts.replies++;
	survey->counts.duplicates += reply.duplicate;
	survey->counts.late += reply.late;
	sent = tr_survey_sent(survey, match.serial);
	/* Whoever sends copies without end gets into nobody's way. */
	if (sent->flags & TR_PROBE_REPEATED)
		return 1;
	if (reply.duplicate)
		sent->flags |= TR_PROBE_REPEATED;
	note(survey, match.slot, &reply);
	/* What is nothing on the route is no answer. */
	if (reply.verdict == TR_VERDICT_NONE || reply.duplicate)
		return 1;
	waiting = waiting_slot(survey, match.serial);
	sent->flags |= TR_PROBE_ANSWERED;
	pass_answered(survey);
	if (survey->paths != NULL)
		hand_to_paths(survey, &match, &reply);
	else if (waiting != TR_NO_SLOT)
		tr_walk_answered(survey, waiting, &reply);
	else if (match.slot != TR_NO_SLOT)
		tr_walk_late(survey, match.slot, &reply);
	return 1;
}

/* --- time --------------------------------------------------------------- */

/* When a probe is given up. */
static int64_t
deadline(const struct tr_survey *survey, uint64_t serial)
{
	return tr_survey_sent_at(survey, tr_survey_sent(survey, serial)) +
	    survey->config.timeout + survey->config.grace;
}

void
tr_survey_expire(struct tr_survey *survey, int64_t now)
{
	set_now(survey, now);
	while (survey->tail < survey->head) {
		const uint64_t serial = survey->tail;
		const uint32_t slot = waiting_slot(survey, serial);

		if (deadline(survey, serial) > survey->now)
			break;
		survey->tail++;
		tr_survey_sent(survey, serial)->flags |= TR_PROBE_OVER;
		pass_answered(survey);
		if (slot == TR_NO_SLOT)
			continue;
		survey->counts.timeouts++;
		if (survey->paths != NULL)
			tr_paths_silent(survey, slot,
			    tr_paths_number(survey, slot, serial));
		else
			tr_walk_silent(survey, slot);
	}
}

void
tr_survey_retry(struct tr_survey *survey, int64_t now)
{
	set_now(survey, now);
	if (survey->paths != NULL)
		return;
	while (survey->tail < survey->head) {
		const uint64_t serial = survey->tail++;
		const uint32_t slot = waiting_slot(survey, serial);

		tr_survey_sent(survey, serial)->flags |= TR_PROBE_OVER;
		if (slot != TR_NO_SLOT)
			tr_walk_again(survey, slot);
	}
}

int64_t
tr_survey_wake(const struct tr_survey *survey)
{
	int64_t wake = TR_TIME_NEVER;

	if (!is_full(survey)) {
		wake = tr_queue_next(survey);
		if (has_room(survey) && survey->place <
		    tr_targets_count(survey->config.targets))
			wake = tr_time_earlier(wake, tr_time_later(
			    survey->now, survey->next_begin));
	}
	if (survey->tail < survey->head)
		wake = tr_time_earlier(wake, deadline(survey, survey->tail));
	return wake;
}

void
tr_survey_stop(struct tr_survey *survey)
{
	survey->stopped = true;
}

void
tr_survey_flush(struct tr_survey *survey, int64_t now)
{
	set_now(survey, now);
	survey->stopped = true;
	tr_queue_clear(survey);
	survey->tail = survey->head;
	for (uint32_t i = 0; i < survey->config.window; i++)
		if ((survey->slots[i].state & 0xf) != TR_SLOT_FREE)
			tr_survey_finish(survey, i, TR_SURVEY_INTERRUPTED, 0);
}

bool
tr_survey_is_over(const struct tr_survey *survey)
{
	return survey->in_flight == 0 && (survey->stopped ||
	    survey->place >= tr_targets_count(survey->config.targets));
}

void
tr_survey_committed(struct tr_survey *survey, uint64_t records)
{
	survey->committed += records;
}

const struct tr_survey_counts *
tr_survey_counts(const struct tr_survey *survey)
{
	return &survey->counts;
}

uint32_t
tr_survey_in_flight(const struct tr_survey *survey)
{
	return survey->in_flight;
}
