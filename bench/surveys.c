/*
 * surveys - surveys in virtual time, held against the truth
 *
 *	bench/surveys [OPTION...]
 *
 *	-n COUNT	targets (1000)
 *	-p udp|icmp|tcp	-6
 *	-w forward|doubletree|exhaustive
 *	-g model|random|internet	the network: survey_model.h's, or a
 *			graph of 50,000 routers (survey_graph.h)
 *	-r RATE		probes a second (10000)
 *	-q QUERIES	(2)	-G GAP-LIMIT (5)	-W WINDOW
 *	-l LOSS		of 1000 answers, so many are lost
 *	-s SILENT	of 1000 routers, so many never answer
 *	-d DEAF		of 1000 prefixes' targets, so many never answer
 *	-L LIMIT	answers a second of each router, at most
 *	-S SPACING	ms between probes to a router
 *	-h		replies are held for their target's record
 *	-v		say at each tenth of the targets how much time has
 *			passed, in the network, and how much memory there is
 *	-m lite|full	all paths to each target, in the network of the model
 *	-B BUDGET	(1000) of probes to a target; -F FLOWS (256)
 *	-e SEED
 *
 * Each probe is made from the template, as it is sent; the network answers with
 * the bytes that bench/survey-rig answers with, 2 ms a hop later and up to 20
 * more; the decoder and the survey take it from there.  Each reply is held
 * against the network: who must have answered the probe with this target, TTL
 * and flow.
 *
 * With -m, each graph is held against all that flows can meet (in the model,
 * every router of four, and every link between those of two hops): vertices=
 * and links= were found, of so many that answer; false= are none.  Of the
 * targets that are not said to be unsure lacking= lack any, which is to be a
 * share of no more than bound=.
 *
 * Prints one line of name=value; exits with 1 if a reply was wrong, a target
 * was done twice or never, something is missing that nothing excuses, or more
 * is lacking than the bound and chance allow.
 */
#include <err.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/random.h"
#include "base/sort.h"
#include "base/time.h"
#include "engine/flow.h"
#include "io/pace.h"
#include "packet/template.h"
#include "packet/wire.h"
#include "strategy/survey.h"
#include "survey_answer.h"
#include "survey_graph.h"

#define ROUTERS		50000		/* of a graph */
#define NUMBERS		(1u << 23)	/* that routers have */
#define PREFIXES	65536
#define HOP_DELAY	(2 * TR_MILLISECOND)
#define JITTER		(20 * TR_MILLISECOND)
#define SOURCE_PORT	40000
#define ICMP_ID		7
#define ICMP_CHECKSUM	0xbeef
#define LABEL		0x12345
#define BOUND		0.05
#define AT_ONCE		8		/* probes to a target, with -m */
#define FRAME_MAX	(SURVEY_IP6 + SURVEY_ICMP_HEADER + 128)

static struct {
	uint32_t targets;
	enum tr_protocol protocol;
	uint8_t	 family;
	enum tr_survey_way way;
	char	 graph;			/* 'm', 'r', 'i' */
	double	 rate;
	uint8_t	 queries, gap_limit;
	uint32_t window;
	uint32_t loss, silent, deaf;	/* per mille */
	uint32_t limit;
	uint32_t spacing;
	bool	 hold;
	bool	 verbose;
	bool	 multipath;
	enum tr_plan_way rules;
	uint32_t budget, flows;
	uint64_t seed;
} options = {
	.targets = 1000, .family = 4, .graph = 'm', .rate = 10000,
	.queries = 2, .gap_limit = 5, .budget = 1000, .flows = 256, .seed = 1,
};

/* An answer on its way. */
struct frame {
	struct frame *next;
	uint32_t size;
	uint8_t	 bytes[FRAME_MAX];
};

/* What a router has left to answer with. */
struct bucket {
	int64_t	 full;		/* when it is full again */
};

static struct {
	struct tr_survey *survey;
	struct tr_targets *targets;
	struct survey_graph graph;
	struct tr_template template;
	struct tr_template_fields fields;
	struct tr_flow flow;	/* number 0 */
	struct tr_random random;
	struct tr_heap flying;
	struct frame *spare;
	struct bucket *buckets;
	uint8_t	*done;		/* by place */
	uint64_t *links;	/* that were found */
	size_t	 link_count, link_size;
	int64_t	 now;
	uint64_t lost, limited, mute;	/* answers, and why not */
	uint64_t right, wrong, duplicated, excused;
	uint64_t hops_missing;
	struct {
		uint64_t vertices, of_vertices;
		uint64_t links, of_links;
		uint64_t untrue;
		uint64_t lacking;
	} paths;
} run;

/* --- the network -------------------------------------------------------- */

static bool
chosen(uint32_t number, uint32_t salt, uint32_t per_mille)
{
	return tr_random_mix(number, salt + options.seed) % 1000 < per_mille;
}

static uint32_t
length_of(uint16_t prefix)
{
	return options.graph == 'm' ? survey_length(prefix) :
	    survey_graph_length(&run.graph, prefix);
}

static uint32_t
router_of(const struct survey_probe *probe, uint32_t hop)
{
	return options.graph == 'm' ? survey_router(probe, hop) :
	    survey_graph_router(&run.graph, probe->prefix, hop);
}

/* Who answers, and how; whether anybody does is not asked here. */
static void
judge(const struct survey_probe *probe, struct survey_answer *answer)
{
	const uint32_t length = length_of(probe->prefix);

	*answer = (struct survey_answer){ .hop = length };
	if (probe->ttl < length) {
		answer->kind = SURVEY_EXCEEDED;
		answer->hop = probe->ttl;
		answer->router = router_of(probe, probe->ttl);
	} else
		answer->kind = survey_end(probe);
	answer->quoted_ttl = (uint8_t)(probe->ttl - (answer->hop - 1));
	answer->ttl = (uint8_t)(SURVEY_TTL - (answer->hop - 1));
}

static bool
is_mute(const struct survey_probe *probe, const struct survey_answer *answer)
{
	return answer->kind == SURVEY_EXCEEDED ?
	    chosen(answer->router, 1, options.silent) :
	    chosen(probe->prefix, 2, options.deaf);
}

/* A router's bucket holds a tenth of a second, one answer at least. */
static bool
is_limited(const struct survey_answer *answer)
{
	const int64_t each = TR_SECOND / (options.limit + !options.limit);
	const int64_t room = tr_time_later(TR_SECOND / 10, each);
	struct bucket *bucket = &run.buckets[answer->router % NUMBERS];

	if (options.limit == 0 || answer->kind != SURVEY_EXCEEDED)
		return false;
	bucket->full = tr_time_later(bucket->full, run.now);
	if (bucket->full + each > run.now + room)
		return true;
	bucket->full += each;
	return false;
}

static struct frame *
take_frame(void)
{
	struct frame *frame = run.spare;

	if (frame != NULL)
		run.spare = frame->next;
	else
		frame = malloc(sizeof(*frame));
	if (frame == NULL)
		err(1, "memory");
	return frame;
}

/* The bytes of an answer to the packet at ip. */
static void
answer_bytes(struct frame *frame, uint8_t *ip, uint32_t size,
    const struct survey_probe *probe, const struct survey_answer *answer)
{
	const uint32_t header = survey_header_size(probe->family);
	uint32_t sum = 0;

	switch (answer->kind) {
	case SURVEY_REPLY:
		survey_echo(ip, probe->family, answer);
		memcpy(frame->bytes, ip, size);
		frame->size = size;
		return;
	case SURVEY_SEGMENT:
		survey_segment(frame->bytes, ip, probe, answer);
		frame->size = header + SURVEY_TCP_HEADER;
		return;
	default:
		break;
	}
	survey_age(ip, probe->family, answer->quoted_ttl);
	for (uint32_t i = 0; i < size; i += 2)
		sum += survey_get16(ip + i);
	survey_error(frame->bytes, ip, probe, answer, size,
	    survey_fold(sum));
	memcpy(frame->bytes + header + SURVEY_ICMP_HEADER, ip, size);
	frame->size = header + SURVEY_ICMP_HEADER + size;
}

static void
transmit(const struct tr_survey_probe *sent)
{
	uint8_t ip[TR_TEMPLATE_SIZE_MAX];
	struct survey_probe probe;
	struct survey_answer answer;
	struct tr_template_fields fields = run.fields;
	struct frame *frame;
	int size;

	fields.dst = sent->dst;
	fields.ttl = sent->ttl;
	fields.identifier = sent->identifier;
	fields.tcp_sequence = sent->tcp_sequence;
	if (sent->flow != 0) {
		fields.source_port = sent->source_port;
		fields.icmp_id = sent->icmp_id;
		fields.icmp_checksum = sent->icmp_checksum;
		fields.flow_label = sent->flow_label;
	}
	size = tr_template_patch(&run.template, &fields, ip, sizeof(ip));
	if (size < 0 || !survey_parse(ip, options.family, &probe))
		errx(1, "no probe");
	judge(&probe, &answer);
	if (is_mute(&probe, &answer)) {
		run.mute++;
		return;
	}
	if (is_limited(&answer)) {
		run.limited++;
		return;
	}
	if (tr_random_below(&run.random, 1000) < options.loss) {
		run.lost++;
		return;
	}
	frame = take_frame();
	answer_bytes(frame, ip, (uint32_t)size, &probe, &answer);
	if (tr_heap_push(&run.flying, run.now + answer.hop * HOP_DELAY +
	    tr_random_below(&run.random, (uint32_t)JITTER), frame) != TR_OK)
		err(1, "memory");
}

static void
deliver(void)
{
	while (tr_heap_next(&run.flying) <= run.now) {
		const int64_t at = tr_heap_next(&run.flying);
		struct frame *frame = tr_heap_pop(&run.flying);
		struct tr_packet packet;

		if (tr_packet_decode(TR_LINK_RAW, frame->bytes, frame->size,
		    &packet) != TR_OK)
			errx(1, "an answer cannot be decoded");
		if (!tr_survey_receive(run.survey, &packet, at))
			run.wrong++;
		frame->next = run.spare;
		run.spare = frame;
	}
}

/* --- the truth ---------------------------------------------------------- */

static uint32_t
first_word(const struct tr_flow *flow)
{
	if (options.protocol != TR_PROTOCOL_ICMP)
		return (uint32_t)flow->source_port << 16 |
		    flow->destination_port;
	return (options.family == 4 ? 8u : 128u) << 24 | flow->icmp_checksum;
}

/* The probe to a target with a TTL and a flow, as the network sees it. */
static struct survey_probe
probe_of_flow(const struct tr_address *target, uint8_t ttl, uint32_t number)
{
	const uint8_t *bytes = target->bytes;
	const bool v6 = options.family == 6;
	struct tr_flow flow;

	tr_flow_nth(&run.flow, number, &flow);
	return (struct survey_probe){
		.family = options.family,
		.protocol = tr_protocol_number(options.protocol,
		    options.family),
		.ttl = ttl,
		.host = survey_get32(bytes + (v6 ? 12 : 0)),
		.prefix = v6 ? survey_prefix6(survey_get32(bytes + 4)) :
		    survey_prefix4(survey_get32(bytes)),
		.label = v6 ? flow.flow_label : 0,
		.first = first_word(&flow),
	};
}

static struct survey_probe
probe_of(const struct tr_address *target, uint8_t ttl)
{
	return probe_of_flow(target, ttl, 0);
}

static struct tr_address
router_address(uint32_t router)
{
	struct tr_address address = { .family = options.family };

	if (options.family == 4) {
		survey_put32(address.bytes, SURVEY_V4_ROUTERS | router);
		return address;
	}
	survey_put32(address.bytes, SURVEY_V6_ROUTERS);
	survey_put32(address.bytes + 12, router);
	return address;
}

static void
on_reply(void *context, const struct tr_survey_reply *reply)
{
	const struct survey_probe probe = probe_of_flow(&reply->target,
	    reply->ttl, reply->flow);
	struct survey_answer answer;
	struct tr_address who = reply->target;
	bool right;

	(void)context;
	judge(&probe, &answer);
	if (answer.kind == SURVEY_EXCEEDED)
		who = router_address(answer.router);
	right = tr_address_equal(&who, &reply->responder) &&
	    (reply->verdict == TR_VERDICT_TRANSIT) ==
	    (answer.kind == SURVEY_EXCEEDED) &&
	    reply->reply_ttl == answer.ttl && !reply->rewritten &&
	    reply->rtt >= answer.hop * HOP_DELAY / TR_SURVEY_RTT_UNIT - 3 &&
	    reply->rtt <= (answer.hop * HOP_DELAY + JITTER) /
	    TR_SURVEY_RTT_UNIT + 3;
	run.right += right;
	run.wrong += !right;
	run.duplicated += reply->duplicate;
}

static void
add_link(uint32_t near, uint32_t far)
{
	if (run.link_count == run.link_size) {
		run.link_size = run.link_size * 2 + 1024;
		run.links = realloc(run.links,
		    run.link_size * sizeof(*run.links));
		if (run.links == NULL)
			err(1, "memory");
	}
	run.links[run.link_count++] = (uint64_t)near << 32 | far;
}

/* How many of the links are different. */
static uint64_t
count_links(void)
{
	uint64_t count = run.link_count > 0;

	tr_sort_bytes(run.links, run.link_count, sizeof(*run.links));
	for (size_t i = 1; i < run.link_count; i++)
		count += run.links[i] != run.links[i - 1];
	return count;
}

static uint32_t
number_of(const struct tr_survey_reply *hop)
{
	return survey_get32(hop->responder.bytes +
	    (options.family == 6 ? 12 : 0));
}

/* Of a forward walk, each TTL must be there whose router may answer. */
static void
look_for_missing(const struct tr_survey_record *record)
{
	const uint32_t length = length_of(probe_of(&record->target, 1).prefix);
	uint32_t at = 0;

	for (uint8_t ttl = 1; ttl <= length; ttl++) {
		const struct survey_probe probe = probe_of(&record->target,
		    ttl);
		struct survey_answer answer;

		judge(&probe, &answer);
		while (at < record->hop_count && record->hops[at].ttl < ttl)
			at++;
		if (at < record->hop_count && record->hops[at].ttl == ttl)
			continue;
		if (is_mute(&probe, &answer))
			run.excused++;
		else
			run.hops_missing++;
	}
}

/* --- all paths ---------------------------------------------------------- */

/* How many routers flows to a target can meet at a hop before it. */
static uint32_t
ways_at(const struct tr_address *target, uint32_t hop)
{
	const struct survey_probe probe = probe_of(target, 1);

	return survey_is_balanced(&probe, hop) ? SURVEY_WAYS : 1;
}

static uint32_t
nth_way(const struct tr_address *target, uint32_t hop, uint32_t way)
{
	const struct survey_probe probe = probe_of(target, 1);

	return survey_router_of(&probe, hop, way);
}

/* Of a hop's routers, or the target: how many answer. */
static uint32_t
answering_at(const struct tr_address *target, uint32_t hop)
{
	const struct survey_probe probe = probe_of(target, (uint8_t)hop);
	struct survey_answer answer;
	uint32_t count = 0;

	judge(&probe, &answer);
	if (answer.kind != SURVEY_EXCEEDED)
		return !is_mute(&probe, &answer);
	for (uint32_t way = 0; way < ways_at(target, hop); way++)
		count += !chosen(nth_way(target, hop, way), 1,
		    options.silent);
	return count;
}

/* Can some flow to the target meet it there? */
static bool
is_true(const struct tr_address *target,
    const struct tr_survey_vertex *vertex)
{
	const uint32_t length = length_of(probe_of(target, 1).prefix);

	if (vertex->verdict != TR_VERDICT_TRANSIT)
		return vertex->ttl == length &&
		    tr_address_equal(&vertex->address, target);
	for (uint32_t way = 0; vertex->ttl < length &&
	    way < ways_at(target, vertex->ttl); way++) {
		const struct tr_address router = router_address(nth_way(target,
		    vertex->ttl, way));

		if (tr_address_equal(&router, &vertex->address))
			return true;
	}
	return false;
}

static bool
answers(const struct tr_survey_graph *graph, uint32_t vertex)
{
	return tr_address_is_set(&graph->vertices[vertex].address);
}

/* A graph against all that there is. */
static void
judge_paths(const struct tr_survey_record *record)
{
	const struct tr_survey_graph *found = record->graph;
	const uint32_t length = length_of(probe_of(&record->target,
	    1).prefix);
	uint64_t vertices = 0, links = 0, of_vertices = 0, of_links = 0;

	for (uint32_t i = 0; i < found->vertex_count; i++) {
		if (!answers(found, i))
			continue;
		vertices++;
		run.paths.untrue += !is_true(&record->target,
		    &found->vertices[i]);
	}
	/* In the model there is a link between any two of these. */
	for (uint32_t i = 0; i < found->link_count; i++)
		links += answers(found, found->links[i].from) &&
		    answers(found, found->links[i].to);
	for (uint32_t hop = 1; hop <= length; hop++) {
		const uint32_t here = answering_at(&record->target, hop);

		of_vertices += here;
		if (hop < length)
			of_links += here * answering_at(&record->target,
			    hop + 1);
	}
	run.paths.vertices += vertices;
	run.paths.of_vertices += of_vertices;
	run.paths.links += links;
	run.paths.of_links += of_links;
	if (!found->unsure)
		run.paths.lacking += vertices < of_vertices ||
		    links < of_links;
}

/* --- targets that are done ---------------------------------------------- */

static void
on_done(void *context, const struct tr_survey_record *record)
{
	(void)context;
	if (record->graph != NULL)
		judge_paths(record);
	if (record->place >= options.targets || run.done[record->place]++ > 0)
		run.wrong++;
	for (uint32_t i = 0; i < record->hop_count; i++) {
		const struct tr_survey_reply *hop = &record->hops[i];

		if (!tr_address_equal(&hop->target, &record->target) ||
		    record->cut)
			run.wrong++;
		on_reply(context, hop);
		if (i > 0 && hop[-1].ttl + 1 == hop->ttl &&
		    hop->verdict == TR_VERDICT_TRANSIT && !options.multipath)
			add_link(number_of(hop - 1), number_of(hop));
	}
	if (options.hold && !options.multipath &&
	    options.way != TR_SURVEY_DOUBLETREE)
		look_for_missing(record);
}

/* The links that lie on the ways to all targets. */
static uint64_t
true_links(void)
{
	run.link_count = 0;
	for (uint64_t place = 0; place < options.targets; place++) {
		const struct tr_address target = tr_targets_at(run.targets,
		    place);
		struct survey_probe probe = probe_of(&target, 1);
		const uint32_t length = length_of(probe.prefix);

		for (uint32_t hop = 2; hop < length; hop++)
			add_link(router_of(&probe, hop - 1),
			    router_of(&probe, hop));
	}
	return count_links();
}

/* --- the run ------------------------------------------------------------ */

/* The most resident memory so far, in MB. */
static double
peak(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_maxrss * 1024 / 1e6;
}

/* At each tenth. */
static void
say(void)
{
	static uint64_t tenths;
	const struct tr_survey_counts *counts = tr_survey_counts(run.survey);

	if (!options.verbose ||
	    counts->done * 10 < (tenths + 1) * options.targets)
		return;
	tenths++;
	printf("%lu targets done, %lu probes, %.0f s, %u in flight, "
	    "%.1f MB at the most\n", counts->done, counts->probes,
	    (double)run.now / 1e9, tr_survey_in_flight(run.survey), peak());
	fflush(stdout);
}

/* One in each of so many prefixes, as long as there are prefixes. */
static void
make_targets(void)
{
	const struct tr_targets_config config = {
		.seed = options.seed, .special = true,
	};

	run.targets = tr_targets_new(&config);
	for (uint32_t i = 0; i < options.targets; i++) {
		const uint32_t prefix = i * 40503u % PREFIXES;
		const uint32_t host = i / PREFIXES + 1;
		struct tr_address target = { .family = options.family };

		if (options.family == 4)
			survey_put32(target.bytes, SURVEY_V4_TARGETS |
			    prefix << 8 | host);
		else {
			survey_put32(target.bytes, SURVEY_V6_TARGETS);
			survey_put32(target.bytes + 4, prefix << 16);
			survey_put32(target.bytes + 12, host);
		}
		if (run.targets == NULL || tr_targets_add(run.targets,
		    &target, &target) != TR_OK)
			err(1, "memory");
	}
	if (tr_targets_seal(run.targets, NULL) != TR_OK ||
	    tr_targets_count(run.targets) != options.targets)
		errx(1, "targets");
}

static void
make_template(void)
{
	struct tr_builder *builder = tr_builder_new();
	const struct tr_probe_spec spec = {
		.protocol = options.protocol,
		.src = { options.family, { 198, 18, 0, 1 } },
		.dst = { options.family, { 10, 0, 0, 1 } },
		.source_port = SOURCE_PORT,
		.destination_port = options.protocol == TR_PROTOCOL_TCP ?
		    80 : 33434,
		.icmp_id = ICMP_ID,
		.icmp_checksum = ICMP_CHECKSUM,
		.flow_label = LABEL,
		.ttl = 1,
		.identifier = 1,
		.token = 0x5eed,
		.tcp_flags = TR_TCP_SYN,
		.size = tr_probe_size_default(options.family),
	};

	if (builder == NULL || tr_template_make(&run.template, builder,
	    &spec) != TR_OK)
		errx(1, "template");
	tr_template_fields_of(&spec, &run.fields);
	run.flow = (struct tr_flow){
		.protocol = spec.protocol,
		.source_port = spec.source_port,
		.destination_port = spec.destination_port,
		.icmp_id = spec.icmp_id,
		.icmp_checksum = spec.icmp_checksum,
		.flow_label = spec.flow_label,
		.vary_label = true,
	};
	tr_builder_free(builder);
}

static uint32_t
power_of_two(double least)
{
	uint32_t power = 64;

	while (power < least)
		power *= 2;
	return power;
}

static void
begin(struct tr_survey_config *config)
{
	const struct tr_survey_sink sink = { on_reply, on_done, NULL };

	*config = (struct tr_survey_config){
		.targets = run.targets,
		.seed = options.seed,
		.way = options.way,
		.protocol = options.protocol,
		.source_port = SOURCE_PORT,
		.destination_port = options.protocol == TR_PROTOCOL_TCP ?
		    80 : 33434,
		.icmp_id = ICMP_ID,
		.icmp_checksum = ICMP_CHECKSUM,
		.flow_label = LABEL,
		.vary_label = true,
		.token = 0x5eed,
		.first_ttl = 1,
		.max_ttl = 32,
		.gap_limit = options.gap_limit,
		.queries = options.queries,
		.timeout = TR_SECOND,
		.target_spacing = 10 * TR_MILLISECOND,
		.router_spacing = options.spacing * TR_MILLISECOND,
		.rate = (uint64_t)(options.rate * 1000),
		.window = options.window != 0 ? options.window :
		    power_of_two(options.rate /
		    (options.multipath ? 50 : 2)),
		.probes = power_of_two(options.rate * 2),
		.stop_set = 1u << 20,
		.hops = 0,
		.multipath = {
			.rules = { .way = options.rules, .alpha = BOUND },
			.probes_max = options.multipath ? options.budget : 0,
			.flows_max = options.flows,
			.probes_at_once = AT_ONCE,
		},
	};
	if (options.hold)
		config->hops = config->window *
		    (options.multipath ? options.budget : 24);
	run.survey = tr_survey_new(config, &sink, NULL, NULL);
	run.done = calloc(options.targets, 1);
	run.buckets = calloc(NUMBERS, sizeof(*run.buckets));
	if (run.survey == NULL || run.done == NULL || run.buckets == NULL)
		errx(1, "no survey");
}

static void
send_due(struct tr_pace *pace)
{
	uint32_t due, sent;

	do {
		struct tr_survey_probe probe;

		due = tr_pace_due(pace, run.now);
		for (sent = 0; sent < due && tr_survey_next(run.survey,
		    run.now, &probe); sent++)
			transmit(&probe);
		if (sent > 0)
			tr_pace_sent(pace, sent, run.now);
		if (sent < due)
			tr_pace_idle(pace, run.now);
	} while (due > 0 && sent == due);
}

static void
survey(void)
{
	struct tr_pace pace;

	if (tr_pace_start(&pace, (uint64_t)(options.rate * 1000), 0) != TR_OK)
		errx(2, "rate");
	while (!tr_survey_is_over(run.survey)) {
		int64_t wake;

		deliver();
		tr_survey_expire(run.survey, run.now);
		send_due(&pace);
		say();
		wake = tr_survey_wake(run.survey);
		if (wake <= run.now)
			wake = tr_time_later(tr_pace_next(&pace), run.now);
		wake = tr_time_earlier(wake, tr_heap_next(&run.flying));
		if (wake == TR_TIME_NEVER)
			break;
		run.now = tr_time_later(run.now + 1, wake);
	}
}

static double
processor_seconds(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
	    (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static uint64_t
never_done(void)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < options.targets; i++)
		count += run.done[i] == 0;
	return count;
}

/* Is more lacking than the bound has it, and chance four times in 100,000? */
static bool
is_beyond_bound(uint64_t sure)
{
	const double expected = (double)sure * BOUND;

	/* Who is limited to silence is taken for a silent one. */
	return options.limit == 0 && (double)run.paths.lacking >
	    expected + 4 * sqrt(expected) + 1;
}

/* Returns whether something is wrong. */
static bool
report_paths(const struct tr_survey_counts *counts)
{
	const uint64_t sure = counts->done - counts->unsure;

	printf(" vertices=%lu of_vertices=%lu links=%lu of_links=%lu false=%lu "
	    "partial=%lu unsure=%lu lacking=%lu share=%.4f bound=%.2f",
	    run.paths.vertices, run.paths.of_vertices, run.paths.links,
	    run.paths.of_links, run.paths.untrue, counts->partial,
	    counts->unsure, run.paths.lacking, (double)run.paths.lacking /
	    (double)(sure > 0 ? sure : 1), BOUND);
	return run.paths.untrue > 0 || is_beyond_bound(sure);
}

static int
report(const struct tr_survey_config *config, double cpu)
{
	const struct tr_survey_counts *counts = tr_survey_counts(run.survey);
	const uint64_t undone = never_done();
	const uint64_t found = count_links();
	bool bad = run.wrong > 0 || undone > 0;

	printf("targets=%u probes=%lu per_target=%.2f replies=%lu right=%lu "
	    "wrong=%lu undone=%lu duplicates=%lu late=%lu joined=%lu "
	    "reached=%lu gap=%lu loop=%lu max_ttl=%lu timeouts=%lu lost=%lu "
	    "limited=%lu mute=%lu spaced=%lu", options.targets, counts->probes,
	    (double)counts->probes / options.targets, counts->replies,
	    run.right, run.wrong, undone, counts->duplicates, counts->late,
	    counts->joined, counts->reasons[TR_SURVEY_REACHED],
	    counts->reasons[TR_SURVEY_GAP], counts->reasons[TR_SURVEY_LOOP],
	    counts->reasons[TR_SURVEY_MAX_TTL], counts->timeouts, run.lost,
	    run.limited, run.mute, counts->spaced);
	if (options.multipath)
		bad = report_paths(counts) || bad;
	else if (options.hold) {
		printf(" missing=%lu excused=%lu links=%lu of=%lu",
		    run.hops_missing, run.excused, found, true_links());
		if (options.loss == 0 && options.limit == 0 &&
		    (options.deaf == 0 || options.silent == 0))
			bad = bad || run.hops_missing > 0;
	}
	printf(" seconds=%.1f memory=%zu ns_per_probe=%.0f\n",
	    (double)run.now / 1e9, tr_survey_memory(config),
	    cpu * 1e9 / (double)counts->probes);
	return bad;
}

/* --- options ------------------------------------------------------------ */

static int
one_of(const char *value, const char *const *names)
{
	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(value, names[i]) == 0)
			return i;
	errx(2, "what is %s?", value);
}

static void
read_options(int argc, char *argv[])
{
	static const char *const protocols[] = { "udp", "icmp", "tcp", NULL };
	static const char *const ways[] = {
		"forward", "doubletree", "exhaustive", NULL
	};
	static const char *const graphs[] = {
		"model", "random", "internet", NULL
	};
	static const char *const rules[] = { "lite", "full", NULL };
	int option;

	while ((option = getopt(argc, argv,
	    "n:p:6w:g:r:q:G:W:l:s:d:L:S:hvm:B:F:e:")) != -1) {
		const uint32_t number = optarg == NULL ? 0 :
		    (uint32_t)strtoul(optarg, NULL, 10);

		switch (option) {
		case 'n': options.targets = number; break;
		case 'p': options.protocol =
		    (enum tr_protocol)one_of(optarg, protocols); break;
		case '6': options.family = 6; break;
		case 'w': options.way =
		    (enum tr_survey_way)one_of(optarg, ways); break;
		case 'g': options.graph = "mri"[one_of(optarg, graphs)]; break;
		case 'r': options.rate = strtod(optarg, NULL); break;
		case 'q': options.queries = (uint8_t)number; break;
		case 'G': options.gap_limit = (uint8_t)number; break;
		case 'W': options.window = number; break;
		case 'l': options.loss = number; break;
		case 's': options.silent = number; break;
		case 'd': options.deaf = number; break;
		case 'L': options.limit = number; break;
		case 'S': options.spacing = number; break;
		case 'h': options.hold = true; break;
		case 'm': options.multipath = true; options.rules =
		    (enum tr_plan_way)one_of(optarg, rules); break;
		case 'B': options.budget = number; break;
		case 'F': options.flows = number; break;
		case 'v': options.verbose = true; break;
		case 'e': options.seed = number; break;
		default: exit(2);
		}
	}
	if (options.multipath && options.graph != 'm')
		errx(2, "-m: flows part in no other network than the model");
}

int
main(int argc, char *argv[])
{
	struct tr_survey_config config;
	double cpu;
	int bad;

	read_options(argc, argv);
	tr_random_seed(&run.random, options.seed);
	if (options.graph != 'm')
		survey_graph_make(&run.graph, options.graph, ROUTERS,
		    options.seed);
	make_targets();
	make_template();
	begin(&config);
	cpu = processor_seconds();
	survey();
	cpu = processor_seconds() - cpu;
	bad = report(&config, cpu);
	tr_survey_free(run.survey);
	tr_targets_free(run.targets);
	return bad;
}
