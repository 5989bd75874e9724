#include <string.h>

#include "support.h"
#include "survey_calls.h"

struct tr_survey_record records[RECORDS_MAX];
struct tr_survey_reply hops[RECORDS_MAX][TR_SURVEY_HOPS_MAX];
struct tr_survey_reply replies[RECORDS_MAX];
uint32_t record_count, reply_count;

struct tr_survey *survey;
struct tr_targets *targets;
int64_t now;

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

const struct tr_survey_sink sink = { on_reply, on_done, NULL };

struct tr_survey_config
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
void
begin_with(struct tr_survey_config config, uint8_t count,
    bool (*skip)(void *, uint64_t))
{
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

void
begin(struct tr_survey_config config, uint8_t count)
{
	begin_with(config, count, NULL);
}

int
end(void **state)
{
	(void)state;
	tr_survey_free(survey);
	tr_targets_free(targets);
	survey = NULL;
	targets = NULL;
	return 0;
}

struct tr_survey_probe
next(uint8_t ttl)
{
	struct tr_survey_probe probe;

	assert_int_equal(tr_survey_next(survey, now, &probe), 1);
	assert_int_equal(probe.ttl, ttl);
	return probe;
}

void
nothing(void)
{
	struct tr_survey_probe probe;

	assert_int_equal(tr_survey_next(survey, now, &probe), 0);
}

struct tr_address
router(uint8_t number)
{
	return (struct tr_address){ 4, { 192, 0, 2, number } };
}

/* An ICMP error of this type and code that quotes a UDP probe. */
struct tr_packet
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

int
receive(const struct tr_packet *packet)
{
	return tr_survey_receive(survey, packet, now);
}

void
exceeded(const struct tr_survey_probe *probe, uint8_t number)
{
	const struct tr_packet packet = error_for(probe, router(number), 11, 0);

	assert_int_equal(receive(&packet), 1);
}

/* The target answers, with what is left of the TTL. */
void
arrived(const struct tr_survey_probe *probe, uint8_t left)
{
	struct tr_packet packet = error_for(probe, probe->dst, 3, 3);

	packet.quote.ttl = left;
	assert_int_equal(receive(&packet), 1);
}

/* Time passes until everything under way is given up. */
void
time_out(void)
{
	now += TR_SECOND;
	tr_survey_expire(survey, now);
}
