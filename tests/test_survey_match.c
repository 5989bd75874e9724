/*
 * Which probe of a survey a packet answers.
 */
#include <string.h>

#include "support.h"
#include "survey_calls.h"

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

int
main(void)
{
#define TEST(name)	cmocka_unit_test_teardown(name, end)
	const struct CMUnitTest tests[] = {
		TEST(test_late),
		TEST(test_duplicate),
		TEST(test_foreign),
		TEST(test_checksum_rewritten),
		TEST(test_destination_rewritten),
		TEST(test_datagram),
		TEST(test_tcp),
		TEST(test_echo),
		TEST(test_identifiers_come_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
