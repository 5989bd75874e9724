/*
 * All paths to the targets of a survey, call by call, in a network of two ways.
 * That it keeps its bound is bench/surveys' matter (tests/surveys.sh).
 */
#include <malloc.h>
#include <string.h>

#include "support.h"

#include "base/time.h"
#include "packet/wire.h"
#include "strategy/survey.h"

#define MS		TR_MILLISECOND
#define RECORDS_MAX	256
#define HOPS_MAX	1200
#define SOURCE_PORT	40000
#define PORT		33434
#define ICMP_ID		9
#define ICMP_CHECKSUM	0xbeef
#define TOKEN		0x5eed
#define AT_ONCE		8
#define LENGTH		4		/* the target's distance */

/* What came out. */
static struct tr_survey_record records[RECORDS_MAX];
static struct tr_survey_reply hops[HOPS_MAX];	/* of the last record */
static struct tr_survey_reply late[RECORDS_MAX];
static uint32_t record_count, late_count;
static struct tr_survey_graph graph;	/* of the last record */

static struct tr_survey *survey;
static struct tr_targets *targets;
static int64_t now;

/* Of the last target: those that answer, or that are silent. */
static uint32_t
count_vertices(bool silent)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < graph.vertex_count; i++) {
		assert_true(graph.vertices[i].flows > 0);
		assert_true(i == 0 || graph.vertices[i].ttl >=
		    graph.vertices[i - 1].ttl);
		count += tr_address_is_set(&graph.vertices[i].address) !=
		    silent;
	}
	return count;
}

static void
on_done(void *context, const struct tr_survey_record *record)
{
	(void)context;
	assert_true(record_count < RECORDS_MAX);
	assert_true(record->hop_count <= HOPS_MAX);
	records[record_count++] = *record;
	if (record->hop_count > 0)
		memcpy(hops, record->hops, record->hop_count * sizeof(*hops));
	assert_non_null(record->graph);
	graph = *record->graph;
}

static void
on_reply(void *context, const struct tr_survey_reply *reply)
{
	(void)context;
	assert_true(late_count < RECORDS_MAX);
	late[late_count++] = *reply;
}

static struct tr_survey_config
plain(enum tr_protocol protocol)
{
	return (struct tr_survey_config){
		.seed = 7,
		.protocol = protocol,
		.source_port = SOURCE_PORT,
		.destination_port = PORT,
		.icmp_id = ICMP_ID,
		.icmp_checksum = ICMP_CHECKSUM,
		.token = TOKEN,
		.first_ttl = 1,
		.max_ttl = 32,
		.queries = 1,
		.timeout = TR_SECOND,
		.target_spacing = 10 * MS,
		.window = 2,
		.probes = 4096,
		.hops = 4096,
		.multipath = {
			.rules = { .way = TR_PLAN_LITE, .alpha = 0.05 },
			.probes_max = 1000,
			.flows_max = 128,
			.probes_at_once = AT_ONCE,
		},
	};
}

/* A survey of 10.0.0.1 to 10.0.0.count. */
static void
begin(struct tr_survey_config config, uint8_t count)
{
	const struct tr_survey_sink sink = { on_reply, on_done, NULL };
	const struct tr_targets_config all = { .seed = 1, .special = true };
	const struct tr_address first = { 4, { 10, 0, 0, 1 } };
	const struct tr_address last = { 4, { 10, 0, 0, count } };

	targets = tr_targets_new(&all);
	assert_non_null(targets);
	assert_int_equal(tr_targets_add(targets, &first, &last), TR_OK);
	assert_int_equal(tr_targets_seal(targets, NULL), TR_OK);
	config.targets = targets;
	survey = tr_survey_new(&config, &sink, NULL, NULL);
	assert_non_null(survey);
	record_count = late_count = 0;
	now = 100 * TR_SECOND;
}

static int
end(void **state)
{
	(void)state;
	tr_survey_free(survey);
	tr_targets_free(targets);
	survey = NULL;
	targets = NULL;
	return 0;
}

/* The next probe, whenever it is due; false when nothing will be. */
static bool
next(struct tr_survey_probe *probe)
{
	while (tr_survey_next(survey, now, probe) == 0) {
		const int64_t wake = tr_survey_wake(survey);

		if (wake == TR_TIME_NEVER)
			return false;
		now = tr_time_later(now + 1, wake);
		tr_survey_expire(survey, now);
	}
	return true;
}

/* --- a network ----------------------------------------------------------- */

static struct tr_address
router(uint8_t number)
{
	return (struct tr_address){ 4, { 192, 0, 2, number } };
}

/* What an ICMP error quotes of a probe. */
static void
quote(const struct tr_survey_probe *probe, enum tr_protocol protocol,
    struct tr_transport *quoted)
{
	*quoted = (struct tr_transport){
		.protocol = tr_protocol_number(protocol, 4),
	};
	switch (protocol) {
	case TR_PROTOCOL_ICMP:
		quoted->ports = quoted->rest = true;
		quoted->icmp_type = 8;
		quoted->icmp_id = probe->icmp_id;
		quoted->icmp_sequence = probe->identifier;
		quoted->checksum = probe->icmp_checksum;
		return;
	case TR_PROTOCOL_TCP:
		quoted->tcp_sequence = probe->tcp_sequence;
		break;
	case TR_PROTOCOL_UDP:
		quoted->checksum = probe->identifier;
		break;
	}
	quoted->ports = quoted->rest = true;
	quoted->source_port = probe->source_port;
	quoted->destination_port = PORT;
}

static struct tr_packet
error_for(const struct tr_survey_probe *probe, enum tr_protocol protocol,
    struct tr_address from, uint8_t type, uint8_t code)
{
	struct tr_packet packet = {
		.ip = { .version = 4, .src = from, .ttl = 60, .protocol = 1,
		    .total_size = 56 },
		.is_icmp = true,
		.icmp = { .type = type, .code = code, .is_error = true,
		    .class = tr_icmp_classify(4, type, code) },
		.has_quote = true,
		.quote = { .version = 4, .dst = probe->dst, .ttl = 1,
		    .protocol = tr_protocol_number(protocol, 4),
		    .id = probe->identifier },
		.has_quoted_transport = true,
	};

	quote(probe, protocol, &packet.quoted);
	return packet;
}

/*
 * Router 1; then router 2 or 3, by flow; then router 4; then the target.
 * silent: this TTL does not answer.
 */
static void
answer(const struct tr_survey_probe *probe, enum tr_protocol protocol,
    uint8_t silent)
{
	static const uint8_t numbers[LENGTH] = { 0, 1, 2, 4 };
	struct tr_packet packet;

	if (probe->ttl == silent)
		return;
	if (probe->ttl >= LENGTH)
		packet = error_for(probe, protocol, probe->dst, 3,
		    protocol == TR_PROTOCOL_UDP ? 3 : 13);
	else
		packet = error_for(probe, protocol, router((uint8_t)(
		    numbers[probe->ttl] + (probe->ttl == 2 ?
		    probe->flow % 2 : 0))), 11, 0);
	assert_int_equal(tr_survey_receive(survey, &packet, now), 1);
}

static void
survey_all(enum tr_protocol protocol, uint8_t silent)
{
	struct tr_survey_probe probe;

	while (next(&probe))
		answer(&probe, protocol, silent);
	assert_true(tr_survey_is_over(survey));
}

/* --- what is found ------------------------------------------------------- */

static void
two_ways(void **state)
{
	(void)state;
	begin(plain(TR_PROTOCOL_UDP), 1);
	survey_all(TR_PROTOCOL_UDP, 0);
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_REACHED);
	assert_int_equal(records[0].distance, LENGTH);
	assert_int_equal(count_vertices(false), 5);
	assert_int_equal(graph.link_count, 5);
	for (uint32_t i = 0; i < graph.link_count; i++) {
		const struct tr_survey_link *link = &graph.links[i];

		assert_int_equal(graph.vertices[link->from].ttl + 1,
		    graph.vertices[link->to].ttl);
		assert_true(link->flows > 0);
	}
	assert_int_equal(count_vertices(true), 0);
	assert_false(graph.partial);
	assert_false(graph.unsure);
	assert_true(graph.miss <= 0.05);
	assert_int_equal(records[0].hop_count, records[0].replies);
	assert_false(records[0].cut);
	for (uint32_t i = 0; i < records[0].hop_count; i++) {
		const struct tr_address expected =
		    router((uint8_t)(2 + hops[i].flow % 2));

		assert_true(i == 0 || hops[i].ttl >= hops[i - 1].ttl);
		if (hops[i].ttl == 2)
			assert_true(tr_address_equal(&hops[i].responder,
			    &expected));
	}
}

/* One target after the other gets what the one before has left. */
static void
targets_share_nothing(void **state)
{
	(void)state;
	begin(plain(TR_PROTOCOL_UDP), 9);
	survey_all(TR_PROTOCOL_UDP, 0);
	assert_int_equal(record_count, 9);
	for (uint32_t i = 0; i < 9; i++) {
		assert_int_equal(records[i].reason, TR_SURVEY_REACHED);
		assert_in_range(records[i].probes, 20, 60);
	}
	assert_int_equal(count_vertices(false), 5);
	assert_int_equal(tr_survey_counts(survey)->unsure, 0);
	assert_int_equal(tr_survey_counts(survey)->foreign, 0);
}

static void
each_flow_has_its_fields(void **state)
{
	struct tr_survey_probe probe;
	uint32_t others = 0;

	(void)state;
	for (int i = 0; i < 2; i++) {
		const enum tr_protocol protocol = i == 0 ? TR_PROTOCOL_TCP :
		    TR_PROTOCOL_ICMP;
		struct tr_survey_config config = plain(protocol);

		config.vary_label = true;
		config.flow_label = 1;
		begin(config, 1);
		while (next(&probe)) {
			others += probe.flow > 0;
			assert_int_equal(probe.flow == 0,
			    probe.flow_label == 1);
			if (protocol == TR_PROTOCOL_TCP)
				assert_int_equal(probe.source_port,
				    SOURCE_PORT + probe.flow);
			else {
				assert_int_equal(probe.icmp_checksum,
				    ICMP_CHECKSUM + probe.flow);
				assert_int_equal(probe.flow == 0,
				    probe.icmp_id == ICMP_ID);
			}
			answer(&probe, protocol, 0);
		}
		assert_int_equal(records[0].reason, TR_SURVEY_STOPPED);
		assert_int_equal(count_vertices(false), 5);
		assert_true(others > 5);
		end(state);
	}
}

static void
a_silent_hop(void **state)
{
	(void)state;
	begin(plain(TR_PROTOCOL_UDP), 1);
	survey_all(TR_PROTOCOL_UDP, 3);
	assert_int_equal(records[0].reason, TR_SURVEY_REACHED);
	assert_int_equal(records[0].distance, LENGTH);
	assert_int_equal(count_vertices(false), 4);
	/* Nobody can tell how many there are: one behind each before it. */
	assert_int_equal(count_vertices(true), 2);
	assert_true(tr_survey_counts(survey)->timeouts > 0);
}

static void
nobody_answers(void **state)
{
	struct tr_survey_probe probe;
	uint32_t count = 0;

	(void)state;
	begin(plain(TR_PROTOCOL_UDP), 1);
	while (next(&probe))
		count++;
	assert_int_equal(records[0].reason, TR_SURVEY_GAP);
	assert_int_equal(records[0].distance, 0);
	assert_int_equal(records[0].probes, count);
	assert_int_equal(count_vertices(false), 0);
	assert_true(graph.unsure);
	assert_false(graph.partial);
}

/* --- limits -------------------------------------------------------------- */

static void
the_budget(void **state)
{
	struct tr_survey_config config = plain(TR_PROTOCOL_UDP);
	struct tr_survey_probe probes[3], probe;

	(void)state;
	config.multipath.probes_max = 3;
	begin(config, 1);
	for (int i = 0; i < 3; i++)
		assert_true(next(&probes[i]));
	assert_int_equal(probes[2].ttl, 3);
	now += 30 * MS;
	answer(&probes[0], TR_PROTOCOL_UDP, 0);
	/* What is under way is still waited for. */
	now += 30 * MS;
	assert_int_equal(tr_survey_next(survey, now, &probe), 0);
	assert_int_equal(record_count, 0);
	answer(&probes[2], TR_PROTOCOL_UDP, 0);
	assert_false(next(&probe));
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_BUDGET);
	assert_int_equal(records[0].probes, 3);
	assert_int_equal(records[0].replies, 2);
	assert_true(graph.partial);
	assert_true(graph.unsure);
	assert_int_equal(count_vertices(false), 2);
	assert_int_equal(tr_survey_counts(survey)->partial, 1);
}

/* The target was reached before: that stays true. */
static void
the_budget_after_the_end(void **state)
{
	struct tr_survey_config config = plain(TR_PROTOCOL_UDP);

	(void)state;
	config.multipath.probes_max = 12;
	begin(config, 1);
	survey_all(TR_PROTOCOL_UDP, 0);
	assert_int_equal(records[0].reason, TR_SURVEY_REACHED);
	assert_int_equal(records[0].distance, LENGTH);
	assert_int_equal(records[0].probes, 12);
	assert_true(graph.partial);
}

static void
too_few_flows(void **state)
{
	struct tr_survey_config config = plain(TR_PROTOCOL_UDP);

	(void)state;
	config.multipath.flows_max = 4;
	begin(config, 1);
	survey_all(TR_PROTOCOL_UDP, 0);
	assert_false(graph.partial);
	assert_true(graph.unsure);
	assert_true(graph.miss > 0.05);
}

/* So many at once, and so long between them. */
static void
window_and_spacing(void **state)
{
	struct tr_survey_config config = plain(TR_PROTOCOL_UDP);
	struct tr_survey_probe under_way[3];
	int64_t last = TR_TIME_NONE;
	uint32_t count = 0, most = 0, sent = 0;

	(void)state;
	config.multipath.probes_at_once = 2;
	begin(config, 1);
	while (!tr_survey_is_over(survey)) {
		now += MS;
		if (tr_survey_next(survey, now, &under_way[count]) == 1) {
			assert_true(last == TR_TIME_NONE ||
			    now - last >= 10 * MS);
			last = now;
			sent++;
			assert_true(++count <= 2);
			most = count > most ? count : most;
		} else if (count > 0 && now - last > 100 * MS) {
			answer(&under_way[0], TR_PROTOCOL_UDP, 0);
			under_way[0] = under_way[1];
			count--;
		}
	}
	assert_int_equal(most, 2);
	assert_int_equal(records[0].reason, TR_SURVEY_REACHED);
	assert_int_equal(records[0].probes, sent);
}

static void
interrupted(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(TR_PROTOCOL_UDP), 1);
	assert_true(next(&probe));
	answer(&probe, TR_PROTOCOL_UDP, 0);
	assert_true(next(&probe));
	tr_survey_flush(survey, now);
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_INTERRUPTED);
	assert_true(graph.partial);
	assert_int_equal(count_vertices(false), 1);
	assert_true(tr_survey_is_over(survey));
}

/* Some targets have no route; the others go on, and each is done once. */
static void
refused(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(TR_PROTOCOL_UDP), 6);
	for (int turns = 0; turns < 20000 && !tr_survey_is_over(survey);
	    turns++) {
		while (next(&probe))
			if (probe.dst.bytes[3] % 2 == 0)
				tr_survey_failed(survey, probe.serial, now,
				    13);
			else
				answer(&probe, TR_PROTOCOL_UDP, 0);
		now += 10 * MS;
		tr_survey_expire(survey, now);
	}
	assert_true(tr_survey_is_over(survey));
	assert_int_equal(tr_survey_counts(survey)->done, 6);
	assert_int_equal(tr_survey_counts(survey)->
	    reasons[TR_SURVEY_UNSENT], 3);
	for (int i = 0; i < 6; i++)
		assert_int_equal(records[i].system,
		    records[i].target.bytes[3] % 2 == 0 ? 13 : 0);
}

static void
configs_out_of_range(void **state)
{
	const struct tr_survey_sink sink = { on_reply, on_done, NULL };
	struct tr_survey_config configs[7];

	(void)state;
	for (int i = 0; i < 7; i++)
		configs[i] = plain(TR_PROTOCOL_UDP);
	configs[0].way = TR_SURVEY_EXHAUSTIVE;
	configs[1].multipath.flows_max = 0;
	configs[2].multipath.flows_max = TR_SURVEY_FLOWS_MAX + 1;
	configs[3].multipath.probes_max = TR_SURVEY_BUDGET_MAX + 1;
	configs[4].multipath.probes_at_once = 0;
	configs[5].multipath.rules.alpha = 1;
	configs[6].multipath.rules.way = TR_PLAN_FIXED;
	for (int i = 0; i < 7; i++)
		assert_null(tr_survey_new(&configs[i], &sink, NULL, NULL));
}

/* --- whose answer it is -------------------------------------------------- */

/* The next probe that is of another flow than the survey's own. */
static struct tr_survey_probe
other_flow(void)
{
	struct tr_survey_probe probe;

	while (next(&probe) && probe.flow == 0)
		answer(&probe, TR_PROTOCOL_UDP, 0);
	assert_int_not_equal(probe.flow, 0);
	return probe;
}

static void
no_answer_of_another_flow(void **state)
{
	struct tr_survey_probe probe;
	struct tr_packet packet;

	(void)state;
	begin(plain(TR_PROTOCOL_UDP), 1);
	probe = other_flow();
	packet = error_for(&probe, TR_PROTOCOL_UDP, router(1), 11, 0);
	packet.quoted.source_port = SOURCE_PORT;
	assert_int_equal(tr_survey_receive(survey, &packet, now), 0);
	packet.quoted.source_port = SOURCE_PORT + 128;	/* no flow has it */
	assert_int_equal(tr_survey_receive(survey, &packet, now), 0);
	packet.quoted.source_port = probe.source_port;
	packet.quoted.destination_port++;
	assert_int_equal(tr_survey_receive(survey, &packet, now), 0);
	packet.quoted.destination_port--;
	packet.quote.dst.bytes[3]++;
	assert_int_equal(tr_survey_receive(survey, &packet, now), 0);
	packet.quote.dst.bytes[3]--;
	assert_int_equal(tr_survey_receive(survey, &packet, now), 1);
	assert_int_equal(tr_survey_counts(survey)->foreign, 4);
}

/* A datagram tells the flow only: the farthest of it that waits. */
static void
a_datagram(void **state)
{
	struct tr_survey_probe probes[3], probe;
	struct tr_packet packet = {
		.ip = { .version = 4, .ttl = 60, .protocol = TR_IPPROTO_UDP },
		.transport = { .protocol = TR_IPPROTO_UDP, .ports = true,
		    .source_port = PORT, .destination_port = SOURCE_PORT },
	};

	(void)state;
	begin(plain(TR_PROTOCOL_UDP), 1);
	for (int i = 0; i < 3; i++)
		assert_true(next(&probes[i]));
	packet.ip.src = probes[0].dst;
	packet.transport.destination_port++;
	assert_int_equal(tr_survey_receive(survey, &packet, now), 0);
	packet.transport.destination_port--;
	assert_int_equal(tr_survey_receive(survey, &packet, now), 1);
	tr_survey_flush(survey, now);
	assert_int_equal(records[0].hop_count, 1);
	assert_int_equal(hops[0].ttl, 3);
	assert_int_equal(hops[0].verdict, TR_VERDICT_ARRIVED);
	assert_false(next(&probe));
}

static void
late_and_duplicate(void **state)
{
	struct tr_survey_probe first, probe;
	struct tr_packet packet;

	(void)state;
	begin(plain(TR_PROTOCOL_UDP), 1);
	assert_true(next(&first));
	now += TR_SECOND + MS;
	tr_survey_expire(survey, now);
	packet = error_for(&first, TR_PROTOCOL_UDP, router(1), 11, 0);
	assert_int_equal(tr_survey_receive(survey, &packet, now), 1);
	survey_all(TR_PROTOCOL_UDP, 0);
	assert_int_equal(records[0].reason, TR_SURVEY_REACHED);
	assert_int_equal(count_vertices(false), 5);
	assert_true(hops[0].late);
	assert_false(hops[0].duplicate);
	/* Its target is done, and what comes now is no part of the record. */
	packet.ip.src = router(77);
	assert_int_equal(tr_survey_receive(survey, &packet, now), 1);
	assert_int_equal(late_count, 1);
	assert_true(late[0].late);
	assert_true(late[0].duplicate);
	assert_int_equal(late[0].flow, first.flow);
	assert_false(next(&probe));
}

/* --- memory -------------------------------------------------------------- */

/* The allocator of the address sanitizer does not say what it gave. */
#ifndef __SANITIZE_ADDRESS__
#define TELLS_MEMORY

static size_t
allocated(void)
{
	const struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* What it takes is told before, and taken at once. */
static void
memory_is_told(void **state)
{
	struct tr_survey_config config = plain(TR_PROTOCOL_UDP);
	size_t before, begun, told;

	(void)state;
	config.window = 64;
	config.hops = config.window * 64;
	before = allocated();
	assert_true(before > 0);
	begin(config, 200);
	begun = allocated();
	told = tr_survey_memory(&config);
	/* The targets take some, and each piece of memory a little. */
	assert_in_range(begun - before, told, told + told / 50 + 65536);
	survey_all(TR_PROTOCOL_UDP, 0);
	assert_int_equal(allocated(), begun);
	assert_int_equal(tr_survey_counts(survey)->done, 200);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(two_ways, end),
		cmocka_unit_test_teardown(targets_share_nothing, end),
		cmocka_unit_test_teardown(each_flow_has_its_fields, end),
		cmocka_unit_test_teardown(a_silent_hop, end),
		cmocka_unit_test_teardown(nobody_answers, end),
		cmocka_unit_test_teardown(the_budget, end),
		cmocka_unit_test_teardown(the_budget_after_the_end, end),
		cmocka_unit_test_teardown(too_few_flows, end),
		cmocka_unit_test_teardown(window_and_spacing, end),
		cmocka_unit_test_teardown(interrupted, end),
		cmocka_unit_test_teardown(refused, end),
		cmocka_unit_test(configs_out_of_range),
		cmocka_unit_test_teardown(no_answer_of_another_flow, end),
		cmocka_unit_test_teardown(a_datagram, end),
		cmocka_unit_test_teardown(late_and_duplicate, end),
#ifdef TELLS_MEMORY
		cmocka_unit_test_teardown(memory_is_told, end),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
