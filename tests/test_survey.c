/*
 * A survey, call by call: packets are made from what it sends.  That whole
 * surveys find the truth is bench/surveys' matter (tests/surveys.sh).
 */
#include <string.h>

#include "support.h"

#include "base/time.h"
#include "packet/wire.h"
#include "strategy/known.h"
#include "strategy/survey.h"

#define MS		TR_MILLISECOND
#define RECORDS_MAX	64
#define SOURCE_PORT	40000
#define TOKEN		0x5eed

/* What came out. */
static struct tr_survey_record records[RECORDS_MAX];
static struct tr_survey_reply hops[RECORDS_MAX][TR_SURVEY_HOPS_MAX];
static struct tr_survey_reply replies[RECORDS_MAX];
static uint32_t record_count, reply_count;

static struct tr_survey *survey;
static struct tr_targets *targets;
static int64_t now;

static void
on_done(void *context, const struct tr_survey_record *record)
{
	(void)context;
	assert_true(record_count < RECORDS_MAX);
	records[record_count] = *record;
	if (record->hop_count > 0)
		memcpy(hops[record_count], record->hops,
		    record->hop_count * sizeof(*record->hops));
	record_count++;
}

static void
on_reply(void *context, const struct tr_survey_reply *reply)
{
	(void)context;
	assert_true(reply_count < RECORDS_MAX);
	replies[reply_count++] = *reply;
}

static struct tr_survey_config
plain(void)
{
	return (struct tr_survey_config){
		.seed = 7,
		.protocol = TR_PROTOCOL_UDP,
		.source_port = SOURCE_PORT,
		.destination_port = 33434,
		.icmp_id = 9,
		.token = TOKEN,
		.first_ttl = 1,
		.max_ttl = 32,
		.gap_limit = 3,
		.queries = 1,
		.timeout = TR_SECOND,
		.window = 8,
		.probes = 64,
		.stop_set = 1024,
		.hops = 256,
	};
}

/* A survey of 10.0.0.1 to 10.0.0.count. */
static void
begin_with(struct tr_survey_config config, uint8_t count,
    bool (*skip)(void *, uint64_t))
{
	const struct tr_survey_sink sink = { on_reply, on_done, NULL };
	const struct tr_targets_config all = { .seed = 1, .special = true };

	targets = tr_targets_new(&all);
	assert_non_null(targets);
	for (uint8_t i = 1; i <= count; i++) {
		const struct tr_address target = { 4, { 10, 0, 0, i } };

		assert_int_equal(tr_targets_add(targets, &target, &target),
		    TR_OK);
	}
	assert_int_equal(tr_targets_seal(targets, NULL), TR_OK);
	config.targets = targets;
	survey = tr_survey_new(&config, &sink, skip, NULL);
	assert_non_null(survey);
	record_count = reply_count = 0;
	now = 100 * TR_SECOND;
}

static void
begin(struct tr_survey_config config, uint8_t count)
{
	begin_with(config, count, NULL);
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

static struct tr_survey_probe
next(uint8_t ttl)
{
	struct tr_survey_probe probe;

	assert_int_equal(tr_survey_next(survey, now, &probe), 1);
	assert_int_equal(probe.ttl, ttl);
	return probe;
}

static void
nothing(void)
{
	struct tr_survey_probe probe;

	assert_int_equal(tr_survey_next(survey, now, &probe), 0);
}

static struct tr_address
router(uint8_t number)
{
	return (struct tr_address){ 4, { 192, 0, 2, number } };
}

/* An ICMP error of this type and code that quotes a UDP probe. */
static struct tr_packet
error_for(const struct tr_survey_probe *probe, struct tr_address from,
    uint8_t type, uint8_t code)
{
	struct tr_packet packet = {
		.ip = { .version = 4, .src = from, .ttl = 60, .protocol = 1,
		    .total_size = 56 },
		.is_icmp = true,
		.icmp = { .type = type, .code = code, .is_error = true },
		.has_quote = true,
		.quote = { .version = 4, .dst = probe->dst, .ttl = 1,
		    .protocol = TR_IPPROTO_UDP, .id = probe->identifier },
		.has_quoted_transport = true,
		.quoted = { .protocol = TR_IPPROTO_UDP, .ports = true,
		    .source_port = SOURCE_PORT, .destination_port = 33434,
		    .rest = true, .checksum = probe->identifier },
	};

	packet.icmp.class = tr_icmp_classify(4, type, code);
	return packet;
}

static int
receive(const struct tr_packet *packet)
{
	return tr_survey_receive(survey, packet, now);
}

static void
exceeded(const struct tr_survey_probe *probe, uint8_t number)
{
	const struct tr_packet packet = error_for(probe, router(number), 11, 0);

	assert_int_equal(receive(&packet), 1);
}

/* The target answers, with what is left of the TTL. */
static void
arrived(const struct tr_survey_probe *probe, uint8_t left)
{
	struct tr_packet packet = error_for(probe, probe->dst, 3, 3);

	packet.quote.ttl = left;
	assert_int_equal(receive(&packet), 1);
}

/* Time passes until everything under way is given up. */
static void
time_out(void)
{
	now += TR_SECOND;
	tr_survey_expire(survey, now);
}

/* --- the walk ----------------------------------------------------------- */

static void
test_forward(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 1);
	assert_int_equal(tr_survey_wake(survey), 0);
	for (uint8_t ttl = 1; ttl <= 3; ttl++) {
		probe = next(ttl);
		nothing();
		/* Probes' times are kept in units of 256 ns. */
		assert_in_range(tr_survey_wake(survey), now + TR_SECOND - 256,
		    now + TR_SECOND);
		now += 5 * MS;
		exceeded(&probe, ttl);
	}
	probe = next(4);
	assert_false(tr_survey_is_over(survey));
	now += 7 * MS;
	arrived(&probe, 1);
	assert_true(tr_survey_is_over(survey));
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_REACHED);
	assert_int_equal(records[0].distance, 4);
	assert_int_equal(records[0].probes, 4);
	assert_int_equal(records[0].replies, 4);
	assert_int_equal(records[0].hop_count, 4);
	assert_int_equal(records[0].started, 100 * TR_SECOND);
	assert_int_equal(records[0].ended, now);
	for (uint8_t i = 0; i < 3; i++) {
		const struct tr_address expected = router(i + 1);

		assert_int_equal(hops[0][i].ttl, i + 1);
		assert_int_equal(hops[0][i].verdict, TR_VERDICT_TRANSIT);
		assert_in_range(hops[0][i].rtt,
		    5 * MS / TR_SURVEY_RTT_UNIT - 3,
		    5 * MS / TR_SURVEY_RTT_UNIT + 3);
		assert_int_equal(hops[0][i].received,
		    100 * TR_SECOND + (i + 1) * 5 * MS);
		assert_int_equal(hops[0][i].icmp_type, 11);
		assert_int_equal(hops[0][i].quoted_ttl, 1);
		assert_int_equal(hops[0][i].reply_ttl, 60);
		assert_int_equal(hops[0][i].size, 56);
		assert_true(tr_address_equal(&hops[0][i].responder,
		    &expected));
	}
	assert_true(tr_address_equal(&hops[0][3].responder, &probe.dst));
	assert_int_equal(hops[0][3].verdict, TR_VERDICT_ARRIVED);
	assert_int_equal(reply_count, 0);
}

static void
test_silence(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;

	(void)state;
	config.queries = 2;
	begin(config, 1);
	probe = next(1);
	exceeded(&probe, 1);
	for (uint8_t ttl = 2; ttl <= 4; ttl++) {
		(void)next(ttl);
		time_out();
		(void)next(ttl);
		nothing();
		time_out();
	}
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_GAP);
	assert_int_equal(records[0].distance, 0);
	assert_int_equal(records[0].probes, 7);
	assert_int_equal(records[0].hop_count, 1);
	assert_int_equal(tr_survey_counts(survey)->timeouts, 6);
}

static void
test_silence_is_no_gap_after_an_answer(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 1);
	for (uint8_t ttl = 1; ttl <= 9; ttl++) {
		probe = next(ttl);
		if (ttl % 3 == 0)
			exceeded(&probe, ttl);
		else
			time_out();
	}
	assert_int_equal(record_count, 0);
}

static void
test_exhaustive(void **state)
{
	struct tr_survey_config config = plain();

	(void)state;
	config.way = TR_SURVEY_EXHAUSTIVE;
	config.max_ttl = 12;
	begin(config, 1);
	for (uint8_t ttl = 1; ttl <= 12; ttl++) {
		(void)next(ttl);
		time_out();
	}
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_MAX_TTL);
}

static void
test_stopped(void **state)
{
	struct tr_survey_probe probe;
	struct tr_packet packet;

	(void)state;
	begin(plain(), 1);
	probe = next(1);
	packet = error_for(&probe, router(1), 3, 13);
	assert_int_equal(receive(&packet), 1);
	assert_int_equal(records[0].reason, TR_SURVEY_STOPPED);
	assert_int_equal(records[0].distance, 1);
	assert_int_equal(hops[0][0].icmp_code, 13);
}

static void
test_loop(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 1);
	for (uint8_t ttl = 1; ttl <= 4; ttl++) {
		probe = next(ttl);
		exceeded(&probe, ttl % 2);
	}
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_LOOP);
}

static void
test_one_router_that_answers_twice_is_no_loop(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 1);
	for (uint8_t ttl = 1; ttl <= 10; ttl++) {
		probe = next(ttl);
		exceeded(&probe, 1);
	}
	assert_int_equal(record_count, 0);
}

/* --- Doubletree --------------------------------------------------------- */

static struct tr_survey_config
doubletree(void)
{
	struct tr_survey_config config = plain();

	config.way = TR_SURVEY_DOUBLETREE;
	config.start_ttl = 3;
	config.window = 1;
	return config;
}

static void
test_doubletree(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(doubletree(), 2);
	probe = next(3);
	exceeded(&probe, 3);
	probe = next(4);
	arrived(&probe, 1);
	probe = next(2);
	exceeded(&probe, 2);
	probe = next(1);
	exceeded(&probe, 1);
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].joined, 0);
	assert_int_equal(records[0].distance, 4);
	for (uint8_t i = 0; i < 4; i++)
		assert_int_equal(hops[0][i].ttl, i + 1);
	/* The second one meets the first at hop 2. */
	probe = next(3);
	exceeded(&probe, 33);
	probe = next(4);
	arrived(&probe, 1);
	probe = next(2);
	exceeded(&probe, 2);
	assert_int_equal(record_count, 2);
	assert_int_equal(records[1].joined, 2);
	assert_int_equal(records[1].reason, TR_SURVEY_REACHED);
	assert_int_equal(records[1].hop_count, 3);
	assert_int_equal(tr_survey_counts(survey)->joined, 1);
}

/* At another TTL, a router was not seen. */
static void
test_doubletree_looks_at_the_ttl(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(doubletree(), 1);
	probe = next(3);
	exceeded(&probe, 1);
	probe = next(4);
	arrived(&probe, 1);
	probe = next(2);
	exceeded(&probe, 1);
	(void)next(1);
	assert_int_equal(record_count, 0);
}

/* What is left of the TTL says how far the target is. */
static void
test_doubletree_is_told_the_distance(void **state)
{
	struct tr_survey_config config = doubletree();
	struct tr_survey_probe probe;

	(void)state;
	config.start_ttl = 0;
	begin(config, 2);
	probe = next(16);
	arrived(&probe, 16 - 5 + 1);
	probe = next(4);
	exceeded(&probe, 4);
	for (uint8_t ttl = 3; ttl >= 1; ttl--) {
		probe = next(ttl);
		exceeded(&probe, ttl);
	}
	assert_int_equal(records[0].distance, 5);
	/* Its neighbour is begun with there. */
	(void)next(5);
}

static void
test_doubletree_in_silence(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(doubletree(), 2);
	for (uint8_t ttl = 3; ttl <= 5; ttl++) {
		(void)next(ttl);
		time_out();
	}
	for (uint8_t ttl = 2; ttl >= 1; ttl--) {
		probe = next(ttl);
		exceeded(&probe, ttl);
	}
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_GAP);
	assert_int_equal(records[0].distance, 0);
}

/* --- what answers what -------------------------------------------------- */

static void
test_late(void **state)
{
	struct tr_survey_probe first, second, third;

	(void)state;
	begin(plain(), 1);
	first = next(1);
	time_out();
	second = next(2);
	time_out();
	third = next(3);
	exceeded(&second, 2);
	time_out();
	/* Only one TTL was silent behind the answer. */
	(void)next(4);
	time_out();
	assert_int_equal(record_count, 0);
	(void)next(5);
	arrived(&third, 1);
	exceeded(&first, 1);
	time_out();
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_REACHED);
	assert_int_equal(records[0].distance, 3);
	assert_int_equal(records[0].hop_count, 3);
	for (uint8_t i = 0; i < 3; i++)
		assert_true(hops[0][i].late);
	/* And what comes after the end goes its own way. */
	exceeded(&first, 7);
	assert_int_equal(reply_count, 1);
	assert_true(replies[0].late);
	assert_true(replies[0].duplicate);
	assert_true(tr_address_equal(&replies[0].target, &first.dst));
}

static void
test_duplicate(void **state)
{
	struct tr_survey_probe first, second;

	(void)state;
	begin(plain(), 1);
	first = next(1);
	exceeded(&first, 1);
	exceeded(&first, 1);
	second = next(2);
	/* One is held; others without end would be in the others' way. */
	for (int i = 0; i < 1000; i++)
		exceeded(&first, 1);
	nothing();
	arrived(&second, 1);
	assert_int_equal(records[0].hop_count, 3);
	assert_false(hops[0][0].duplicate);
	assert_true(hops[0][1].duplicate);
	assert_int_equal(hops[0][2].ttl, 2);
	assert_int_equal(tr_survey_counts(survey)->duplicates, 1001);
	exceeded(&first, 1);
	assert_int_equal(reply_count, 0);
}

static void
test_foreign(void **state)
{
	struct tr_survey_probe probe;
	struct tr_packet packet;

	(void)state;
	begin(plain(), 2);
	probe = next(1);

	packet = error_for(&probe, router(1), 11, 0);
	packet.quoted.source_port++;
	assert_int_equal(receive(&packet), 0);
	packet = error_for(&probe, router(1), 11, 0);
	packet.quoted.destination_port++;
	assert_int_equal(receive(&packet), 0);
	packet = error_for(&probe, router(1), 11, 0);
	packet.quote.dst.bytes[3] ^= 0x80;
	assert_int_equal(receive(&packet), 0);
	packet = error_for(&probe, router(1), 11, 0);
	packet.quoted.checksum ^= 1;
	packet.quote.id ^= 1;
	assert_int_equal(receive(&packet), 0);
	packet = error_for(&probe, router(1), 11, 0);
	packet.quote.protocol = packet.quoted.protocol = TR_IPPROTO_TCP;
	assert_int_equal(receive(&packet), 0);
	/* Another target's, in flight or not. */
	packet = error_for(&probe, router(1), 11, 0);
	packet.quote.dst = next(1).dst;
	assert_int_equal(receive(&packet), 0);

	assert_int_equal(tr_survey_counts(survey)->foreign, 6);
	assert_int_equal(tr_survey_counts(survey)->replies, 0);
	exceeded(&probe, 1);
}

static void
test_checksum_rewritten(void **state)
{
	struct tr_survey_probe probe;
	struct tr_packet packet;

	(void)state;
	begin(plain(), 1);
	probe = next(1);
	packet = error_for(&probe, router(1), 11, 0);
	packet.quoted.checksum ^= 0x1234;
	assert_int_equal(receive(&packet), 1);
	(void)next(2);
}

/* The quoted payload of the probe with its cookie and the token. */
static const uint8_t *
payload_of(const struct tr_survey_probe *probe, uint8_t payload[12])
{
	const uint8_t bytes[12] = {
		0, 0, 'T', 'R', (uint8_t)(probe->identifier >> 8),
		(uint8_t)probe->identifier, probe->ttl, 'G',
		TOKEN >> 24 & 0xff, TOKEN >> 16 & 0xff, TOKEN >> 8 & 0xff,
		TOKEN & 0xff,
	};

	memcpy(payload, bytes, sizeof(bytes));
	return payload;
}

/* Behind a NAT in front of the target, the quote has another one. */
static void
test_destination_rewritten(void **state)
{
	struct tr_survey_probe probe;
	struct tr_packet packet;
	uint8_t payload[12];

	(void)state;
	begin(plain(), 1);
	probe = next(1);
	packet = error_for(&probe, router(1), 11, 0);
	packet.quote.dst = (struct tr_address){ 4, { 172, 16, 0, 1 } };
	packet.quoted.payload = payload_of(&probe, payload);
	packet.quoted.payload_size = sizeof(payload);
	assert_int_equal(receive(&packet), 1);
	probe = next(2);
	arrived(&probe, 1);
	assert_true(hops[0][0].rewritten);
	assert_false(hops[0][1].rewritten);
	assert_true(tr_address_equal(&hops[0][0].target, &probe.dst));
	/* With another run's token it would not be ours. */
	packet.quoted.payload = payload_of(&probe, payload);
	payload[11] ^= 1;
	assert_int_equal(receive(&packet), 0);
}

static void
test_datagram(void **state)
{
	struct tr_survey_probe probe;
	struct tr_packet packet = {
		.ip = { .version = 4, .ttl = 60, .protocol = TR_IPPROTO_UDP },
		.transport = { .protocol = TR_IPPROTO_UDP, .ports = true,
		    .rest = true, .source_port = 33434,
		    .destination_port = SOURCE_PORT },
	};

	(void)state;
	begin(plain(), 1);
	packet.ip.src = router(1);
	probe = next(1);
	assert_int_equal(receive(&packet), 0);
	packet.ip.src = probe.dst;
	assert_int_equal(receive(&packet), 1);
	assert_int_equal(records[0].reason, TR_SURVEY_REACHED);
	assert_int_equal(hops[0][0].protocol, TR_IPPROTO_UDP);
	assert_int_equal(hops[0][0].rtt, 0);
	end(state);
	/* Of two probes it may answer either. */
	begin(plain(), 1);
	(void)next(1);
	time_out();
	(void)next(2);
	assert_int_equal(receive(&packet), 1);
	assert_int_equal(hops[0][0].rtt, TR_SURVEY_RTT_UNKNOWN);
}

static void
test_tcp(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe first, probe;
	struct tr_packet packet = {
		.ip = { .version = 4, .ttl = 60, .protocol = TR_IPPROTO_TCP },
		.transport = { .protocol = TR_IPPROTO_TCP, .ports = true,
		    .rest = true, .full = true, .source_port = 443,
		    .destination_port = SOURCE_PORT,
		    .tcp_flags = TR_TCP_RST | TR_TCP_ACK },
	};
	uint32_t step;

	(void)state;
	config.protocol = TR_PROTOCOL_TCP;
	config.destination_port = 443;
	config.queries = 2;
	begin(config, 1);
	first = next(1);
	time_out();
	probe = next(1);
	/* A host that has the first one takes the second for its own. */
	step = probe.tcp_sequence - first.tcp_sequence;
	assert_true(step > 0 && step <= 8);
	packet.ip.src = probe.dst;
	packet.transport.tcp_acknowledgement = probe.tcp_sequence + 2;
	assert_int_equal(receive(&packet), 0);
	packet.transport.tcp_acknowledgement = probe.tcp_sequence + 1;
	packet.transport.source_port = 80;
	assert_int_equal(receive(&packet), 0);
	packet.transport.source_port = 443;
	assert_int_equal(receive(&packet), 1);
	assert_int_equal(records[0].reason, TR_SURVEY_REACHED);
	assert_int_equal(hops[0][0].tcp_flags, TR_TCP_RST | TR_TCP_ACK);
	assert_false(hops[0][0].late);
}

static void
test_echo(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;
	struct tr_packet packet = {
		.ip = { .version = 4, .ttl = 60, .protocol = 1 },
		.is_icmp = true,
		.icmp = { .class = TR_ICMP_ECHO_REPLY },
		.transport = { .protocol = TR_IPPROTO_ICMP, .ports = true,
		    .rest = true, .icmp_id = 10 },
	};

	(void)state;
	config.protocol = TR_PROTOCOL_ICMP;
	begin(config, 1);
	probe = next(1);
	packet.ip.src = probe.dst;
	packet.transport.icmp_sequence = probe.identifier;
	assert_int_equal(receive(&packet), 0);
	packet.transport.icmp_id = 9;
	packet.ip.src = router(1);
	assert_int_equal(receive(&packet), 0);
	packet.ip.src = probe.dst;
	assert_int_equal(receive(&packet), 1);
	assert_int_equal(records[0].reason, TR_SURVEY_REACHED);
}

/* More probes than there are identifiers, and each its own. */
static void
test_identifiers_come_again(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;

	(void)state;
	config.probes = 1u << 17;
	config.way = TR_SURVEY_EXHAUSTIVE;
	config.max_ttl = TR_SURVEY_TTL_MAX;
	config.hops = 0;
	config.window = 1;
	begin(config, 200);
	for (uint32_t i = 0; i < 200 * 64 / 2; i++) {
		/* A TTL later, one earlier probe's answer comes again. */
		assert_int_equal(tr_survey_next(survey, now, &probe), 1);
		now += MS;
		reply_count = record_count = 0;
		exceeded(&probe, probe.ttl);
		assert_int_equal(replies[0].ttl, probe.ttl);
		assert_false(replies[0].duplicate);
	}
}

/* --- limits ------------------------------------------------------------- */

static void
test_unsent(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 1);
	probe = next(1);
	tr_survey_failed(survey, probe.serial, now, 113);
	assert_int_equal(records[0].reason, TR_SURVEY_UNSENT);
	assert_int_equal(records[0].system, 113);
	assert_true(tr_survey_is_over(survey));
	time_out();
	assert_int_equal(record_count, 1);
}

/* The network was down: nothing of that time counts. */
static void
test_retry(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 1);
	probe = next(1);
	exceeded(&probe, 1);
	for (int i = 0; i < 5; i++) {
		probe = next(2);
		now += 10 * TR_SECOND;
		tr_survey_retry(survey, now);
	}
	assert_int_equal(tr_survey_counts(survey)->timeouts, 0);
	/* An answer to one that was given up is late, and known. */
	exceeded(&probe, 2);
	(void)next(2);
	time_out();
	(void)next(3);
	time_out();
	(void)next(4);
	assert_int_equal(record_count, 0);
}

/* A process that was stopped for long; a time of 32 bits would be over. */
static void
test_stopped_process(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 1);
	probe = next(1);
	now += 700 * TR_SECOND;
	assert_true(tr_survey_wake(survey) <= now);
	tr_survey_expire(survey, now);
	assert_int_equal(tr_survey_counts(survey)->timeouts, 1);
	(void)next(2);
	now += 9 * 3600 * TR_SECOND;
	assert_true(tr_survey_wake(survey) <= now);
	exceeded(&probe, 1);
	tr_survey_flush(survey, now);
	assert_int_equal(hops[0][0].rtt, TR_SURVEY_RTT_UNKNOWN);
	assert_int_equal(hops[0][0].received, now);
	assert_int_equal(records[0].started, 100 * TR_SECOND);
}

/* What came in before the wait was over may be handed in a little later. */
static void
test_grace(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;

	(void)state;
	config.grace = 20 * MS;
	begin(config, 1);
	probe = next(1);
	now += TR_SECOND + 19 * MS;
	tr_survey_expire(survey, now);
	exceeded(&probe, 1);
	probe = next(2);
	arrived(&probe, 1);
	assert_false(hops[0][0].late);
}

/* The nearest answer of the target tells how far it is. */
static void
test_late_arrival(void **state)
{
	struct tr_survey_probe first, second;

	(void)state;
	begin(plain(), 1);
	first = next(1);
	time_out();
	second = next(2);
	arrived(&first, 1);
	arrived(&second, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_REACHED);
	assert_int_equal(records[0].distance, 1);
}

static void
test_departed(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 1);
	probe = next(1);
	tr_survey_departed(survey, probe.serial, now + 2 * MS);
	now += 5 * MS;
	arrived(&probe, 1);
	/* In units of 256 ns. */
	assert_in_range(hops[0][0].rtt, 29990, 30010);
}

static void
test_window(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probes[8];

	(void)state;
	config.window = 3;
	begin(config, 5);
	for (int i = 0; i < 3; i++)
		probes[i] = next(1);
	nothing();
	assert_int_equal(tr_survey_in_flight(survey), 3);
	arrived(&probes[1], 1);
	(void)next(1);
	nothing();
	assert_int_equal(tr_survey_in_flight(survey), 3);
	assert_int_equal(tr_survey_counts(survey)->started, 4);
}

/* Targets are not begun all at once, to walk in step. */
static void
test_begun_evenly(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;
	uint32_t begun = 0;

	(void)state;
	config.rate = 1000 * 1000;
	config.window = 40;
	begin(config, 40);
	/* In 50 ms there are 50 probes: for a few targets. */
	for (int64_t until = now + 50 * MS; now < until; now += MS)
		while (tr_survey_next(survey, now, &probe)) {
			begun += probe.ttl == 1;
			exceeded(&probe, probe.ttl);
		}
	assert_in_range(begun, 3, 12);
}

/* A target counts until its record is safe. */
static void
test_paced_records(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;

	(void)state;
	config.window = 1;
	config.paced_records = true;
	begin(config, 2);
	probe = next(1);
	arrived(&probe, 1);
	nothing();
	assert_false(tr_survey_is_over(survey));
	tr_survey_committed(survey, 1);
	probe = next(1);
	arrived(&probe, 1);
	assert_true(tr_survey_is_over(survey));
}

/* So many probes are remembered; there is no place for another one. */
static void
test_probes(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;

	(void)state;
	config.probes = 2;
	begin(config, 3);
	probe = next(1);
	(void)next(1);
	nothing();
	assert_int_equal(tr_survey_wake(survey), now + TR_SECOND);
	exceeded(&probe, 1);
	(void)next(2);
	nothing();
}

static bool
skip_even(void *context, uint64_t place)
{
	(void)context;
	return place % 2 == 0;
}

static void
test_skip(void **state)
{
	(void)state;
	begin_with(plain(), 5, skip_even);
	for (int i = 0; i < 2; i++) {
		const struct tr_survey_probe probe = next(1);

		arrived(&probe, 1);
	}
	nothing();
	assert_true(tr_survey_is_over(survey));
	assert_int_equal(record_count, 2);
	assert_int_equal(records[0].place, 1);
	assert_int_equal(records[1].place, 3);
}

static void
test_stop(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 5);
	probe = next(1);
	tr_survey_stop(survey);
	nothing();
	assert_false(tr_survey_is_over(survey));
	exceeded(&probe, 1);
	(void)next(2);
	tr_survey_flush(survey, now);
	assert_true(tr_survey_is_over(survey));
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_INTERRUPTED);
	assert_int_equal(records[0].hop_count, 1);
	nothing();
}

static void
test_spacing(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;

	(void)state;
	config.target_spacing = 20 * MS;
	begin(config, 1);
	probe = next(1);
	now += 5 * MS;
	exceeded(&probe, 1);
	nothing();
	assert_in_range(tr_survey_wake(survey), now + 15 * MS, now + 16 * MS);
	now += 14 * MS;
	nothing();
	now += 2 * MS;
	(void)next(2);
}

/* From the second target on it is foreseen who answers at the first hop. */
static void
test_router_spacing(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;
	int64_t last;

	(void)state;
	config.router_spacing = 50 * MS;
	begin(config, 5);
	probe = next(1);
	exceeded(&probe, 1);
	(void)next(2);
	(void)next(1);
	last = now;
	for (int i = 0; i < 3; i++) {
		do {
			now = tr_survey_wake(survey);
		} while (tr_survey_next(survey, now, &probe) == 0 ||
		    probe.ttl != 1);
		assert_in_range(now - last, 50 * MS, 51 * MS);
		last = now;
	}
	assert_true(tr_survey_counts(survey)->spaced >= 3);
}

static void
test_hops_run_out(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;

	(void)state;
	config.hops = 2;
	begin(config, 1);
	for (uint8_t ttl = 1; ttl <= 3; ttl++) {
		probe = next(ttl);
		exceeded(&probe, ttl);
	}
	probe = next(4);
	arrived(&probe, 1);
	assert_int_equal(record_count, 1);
	assert_true(records[0].cut);
	assert_int_equal(records[0].hop_count, 2);
	assert_int_equal(records[0].replies, 4);
	assert_int_equal(tr_survey_counts(survey)->cut, 1);
}

/* Without places for hops, replies are handed on at once. */
static void
test_unheld(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;

	(void)state;
	config.hops = 0;
	begin(config, 1);
	probe = next(1);
	exceeded(&probe, 1);
	assert_int_equal(reply_count, 1);
	assert_int_equal(replies[0].ttl, 1);
	probe = next(2);
	arrived(&probe, 1);
	assert_int_equal(reply_count, 2);
	assert_int_equal(records[0].hop_count, 0);
	assert_false(records[0].cut);
}

static void
test_labels(void **state)
{
	/* RFC 4884, 4950: label 16, class 0, not the last, TTL 1; and 17. */
	static const uint8_t extension[] = {
		0x20, 0, 0, 0, 0, 12, 1, 1,
		0, 1, 0x00, 1, 0, 1, 0x13, 2,
	};
	struct tr_survey_probe probe;
	struct tr_packet packet;

	(void)state;
	begin(plain(), 1);
	probe = next(1);
	packet = error_for(&probe, router(1), 11, 0);
	packet.icmp.extension = extension;
	packet.icmp.extension_size = sizeof(extension);
	assert_int_equal(receive(&packet), 1);
	probe = next(2);
	arrived(&probe, 1);
	assert_int_equal(records[0].hop_count, 2);
	assert_int_equal(hops[0][0].label_count, 2);
	assert_int_equal(hops[0][0].labels[0], 0x00010001);
	assert_int_equal(hops[0][0].labels[1], 0x00011302);
	assert_int_equal(hops[0][1].label_count, 0);
}

static void
test_configs(void **state)
{
	const struct tr_survey_sink sink = { on_reply, on_done, NULL };
	struct tr_survey_config config;

	(void)state;
	begin(plain(), 1);
#define REFUSED(assignment) do {					\
	config = plain();						\
	config.targets = targets;					\
	config.assignment;						\
	assert_null(tr_survey_new(&config, &sink, NULL, NULL));		\
} while (0)
	REFUSED(first_ttl = 0);
	REFUSED(first_ttl = 33);
	REFUSED(max_ttl = TR_SURVEY_TTL_MAX + 1);
	REFUSED(queries = 0);
	REFUSED(timeout = 0);
	REFUSED(target_spacing = TR_SURVEY_SPACING_MAX + 1);
	REFUSED(window = 0);
	REFUSED(probes = 3);
#undef REFUSED
	/* A window of a million targets takes 64 MB, and no more. */
	config = plain();
	config.hops = 0;
	config.window = 1u << 20;
	assert_in_range(tr_survey_memory(&config), 64u << 20,
	    (64u << 20) + 100000);
}

/* --- what is known ------------------------------------------------------ */

static void
test_known(void **state)
{
	const struct tr_known_config config = { .key = 1, .routers = 4096 };
	struct tr_known *known = tr_known_new(&config);
	const struct tr_address target = address_of("198.51.100.1");
	const struct tr_address next_to_it = address_of("198.51.100.200");
	const struct tr_address near = address_of("198.51.99.1");
	const struct tr_address far = address_of("203.0.113.1");
	const struct tr_address other = address_of("2001:db8::1");

	(void)state;
	assert_non_null(known);
	assert_int_equal(tr_known_distance(known, &target), 0);
	tr_known_learn_distance(known, &target, 9);
	assert_int_equal(tr_known_distance(known, &next_to_it), 9);
	assert_int_equal(tr_known_distance(known, &near), 9);
	tr_known_learn_distance(known, &near, 13);
	assert_int_equal(tr_known_distance(known, &next_to_it), 9);
	for (int i = 0; i < 1000; i++)
		tr_known_learn_distance(known, &other, 20);
	assert_in_range(tr_known_distance(known, &far), 19, 20);

	assert_false(tr_known_router(known, &near, 3));
	assert_true(tr_known_router(known, &near, 3));
	assert_false(tr_known_router(known, &near, 4));
	/* Many more than there is room for; the newest are kept. */
	for (uint32_t i = 0; i < 100000; i++) {
		const struct tr_address router_i = { 4, { 1, (uint8_t)(i >> 16),
		    (uint8_t)(i >> 8), (uint8_t)i } };

		assert_false(tr_known_router(known, &router_i, 5));
		assert_true(tr_known_router(known, &router_i, 5));
	}
	tr_known_free(known);
}

int
main(void)
{
#define TEST(name)	cmocka_unit_test_teardown(name, end)
	const struct CMUnitTest tests[] = {
		TEST(test_forward),
		TEST(test_silence),
		TEST(test_silence_is_no_gap_after_an_answer),
		TEST(test_exhaustive),
		TEST(test_stopped),
		TEST(test_loop),
		TEST(test_one_router_that_answers_twice_is_no_loop),
		TEST(test_doubletree),
		TEST(test_doubletree_looks_at_the_ttl),
		TEST(test_doubletree_is_told_the_distance),
		TEST(test_doubletree_in_silence),
		TEST(test_late),
		TEST(test_duplicate),
		TEST(test_foreign),
		TEST(test_checksum_rewritten),
		TEST(test_destination_rewritten),
		TEST(test_datagram),
		TEST(test_tcp),
		TEST(test_echo),
		TEST(test_identifiers_come_again),
		TEST(test_unsent),
		TEST(test_retry),
		TEST(test_stopped_process),
		TEST(test_grace),
		TEST(test_late_arrival),
		TEST(test_departed),
		TEST(test_window),
		TEST(test_begun_evenly),
		TEST(test_paced_records),
		TEST(test_probes),
		TEST(test_skip),
		TEST(test_stop),
		TEST(test_spacing),
		TEST(test_router_spacing),
		TEST(test_hops_run_out),
		TEST(test_unheld),
		TEST(test_labels),
		TEST(test_configs),
		TEST(test_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
