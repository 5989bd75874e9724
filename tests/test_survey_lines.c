/*
 * The lines of a survey: to the byte, at their longest, where there is too
 * little room, and, with jansson, read back.
 */
#include "config.h"

#include "support.h"

#include <errno.h>
#include <stdio.h>
#ifdef HAVE_JANSSON
#include <jansson.h>
#endif

#include "base/random.h"
#include "base/time.h"
#include "output/survey.h"
#include "packet/transport.h"
#include "packet/wire.h"

#define HOPS	TR_SURVEY_HOPS_MAX
#define DRAWN	300

static struct tr_survey_config config;
static struct tr_survey_about about;
static struct tr_survey_reply hops[HOPS];
static struct tr_survey_record record;
static struct tr_survey_outcome outcome;
static char line[TR_SURVEY_JSON_MAX(HOPS) + 1];

/* A UDP survey that began at 1.7e9 s by UTC, 5 s by its own clock. */
static int
begin(void **state)
{
	(void)state;
	config = (struct tr_survey_config){
		.way = TR_SURVEY_DOUBLETREE,
		.protocol = TR_PROTOCOL_UDP,
		.source_port = 40000,
		.destination_port = 33434,
		.icmp_id = 4711,
		.first_ttl = 1,
		.max_ttl = 30,
		.gap_limit = 5,
		.queries = 2,
		.timeout = 1500 * TR_MILLISECOND,
		.target_spacing = 20 * TR_MILLISECOND,
		.router_spacing = TR_MILLISECOND,
		.hops = 1000,
	};
	about = (struct tr_survey_about){
		.config = &config,
		.seed = 7,
		.icmp_checksum = 48879,
		.flow_label = 0x12345,
		.tos = 8,
		.source4 = address_of("192.0.2.1"),
		.source6 = address_of("2001:db8::1"),
		.rate = 2500 * 1000,
		.targets = 100,
		.start = 5 * TR_SECOND,
		.offset = INT64_C(1699999995) * TR_SECOND,
	};
	for (size_t i = 0; i < HOPS; i++)
		hops[i] = (struct tr_survey_reply){
			.target = address_of("198.51.100.7"),
			.responder = address_of("10.0.0.1"),
			.received = 6 * TR_SECOND + 123456789,
			.rtt = 12345,
			.verdict = TR_VERDICT_TRANSIT,
			.ttl = (uint8_t)(1 + i % TR_SURVEY_TTL_MAX),
			.quoted_ttl = 1,
			.reply_ttl = 254,
			.protocol = TR_IPPROTO_ICMP,
			.icmp_type = 11,
			.size = 56,
		};
	record = (struct tr_survey_record){
		.target = address_of("198.51.100.7"),
		.place = 42,
		.started = 6 * TR_SECOND,
		.ended = 7 * TR_SECOND + 1,
		.reason = TR_SURVEY_REACHED,
		.distance = 9,
		.probes = 10,
		.replies = 8,
		.hops = hops,
	};
	return 0;
}

/* A line that was written, without its end. */
static const char *
written(int size)
{
	assert_in_range(size, 1, sizeof(line) - 1);
	assert_int_equal(line[size - 1], '\n');
	line[size - 1] = '\0';
	assert_int_equal(strlen(line), size - 1);
	return line;
}

static const char *
target_line(void)
{
	return written(tr_survey_json_target(&about, &record, line,
	    sizeof(line)));
}

static const char *
reply_line(void)
{
	return written(tr_survey_json_reply(&about, &hops[0], line,
	    sizeof(line)));
}

static const char *
row(void)
{
	return written(tr_survey_row(&about, &hops[0], line, sizeof(line)));
}

static void
assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("%s is not in %s", part, text);
}

/* --- goldens of JSON ---------------------------------------------------- */

#define HOP_1 "{\"received_ns\":1700000001123456789,\"rtt_ns\":1234500," \
	"\"responder\":\"10.0.0.1\",\"verdict\":\"transit\"," \
	"\"rewritten\":false,\"late\":false,\"duplicate\":false," \
	"\"icmp\":{\"type\":11,\"code\":0},\"tcp\":null,\"ttl\":254," \
	"\"size\":56,\"quote\":{\"ttl\":1},\"mpls\":[]}"

static void
json_of_the_begin(void **state)
{
	static const char golden[] = "{\"type\":\"survey\","
	    "\"schema_version\":1,\"generator\":{\"name\":\"trueroute\","
	    "\"version\":\"" PACKAGE_VERSION "\"},"
	    "\"start_ns\":1700000000000000000,\"targets\":100,\"seed\":7,"
	    "\"flow\":{\"protocol\":\"UDP\",\"src4\":\"192.0.2.1\","
	    "\"src6\":\"2001:db8::1\",\"source_port\":40000,"
	    "\"destination_port\":33434,\"icmp_id\":null,"
	    "\"icmp_checksum\":null,\"flow_label\":74565,\"tos\":8},"
	    "\"parameters\":{\"way\":\"doubletree\",\"first_ttl\":1,"
	    "\"max_ttl\":30,\"start_ttl\":null,\"gap_limit\":5,"
	    "\"queries\":2,\"wait_max_ns\":1500000000,"
	    "\"target_gap_ns\":20000000,\"router_gap_ns\":1000000,"
	    "\"rate\":2500.000}}";

	(void)state;
	assert_string_equal(written(tr_survey_json_begin(&about, line,
	    sizeof(line))), golden);
}

static void
json_of_other_begins(void **state)
{
	(void)state;
	config.protocol = TR_PROTOCOL_ICMP;
	config.way = TR_SURVEY_EXHAUSTIVE;
	config.start_ttl = 12;
	config.gap_limit = 0;
	about.source6 = (struct tr_address){ .family = 0 };
	about.rate = 100;
	written(tr_survey_json_begin(&about, line, sizeof(line)));
	assert_has(line, "\"protocol\":\"ICMP\"");
	assert_has(line, "\"src4\":\"192.0.2.1\",\"src6\":null,"
	    "\"source_port\":null,\"destination_port\":null,"
	    "\"icmp_id\":4711,\"icmp_checksum\":48879,"
	    "\"flow_label\":74565,\"tos\":8}");
	assert_has(line, "\"way\":\"exhaustive\"");
	assert_has(line, "\"start_ttl\":12,\"gap_limit\":null");
	assert_has(line, "\"rate\":0.100}");
	config.protocol = TR_PROTOCOL_TCP;
	config.way = TR_SURVEY_FORWARD;
	written(tr_survey_json_begin(&about, line, sizeof(line)));
	assert_has(line, "\"protocol\":\"TCP\"");
	assert_has(line, "\"source_port\":40000");
	assert_has(line, "\"way\":\"forward\"");
	about.seed = INT64_MAX;
	written(tr_survey_json_begin(&about, line, sizeof(line)));
	assert_has(line, "\"seed\":9223372036854775807");
	about.seed++;
	assert_int_equal(tr_survey_json_begin(&about, line, sizeof(line)),
	    TR_ERANGE);
}

static void
json_of_a_target(void **state)
{
	(void)state;
	assert_string_equal(target_line(), "{\"type\":\"target\","
	    "\"target\":\"198.51.100.7\",\"place\":42,"
	    "\"start_ns\":1700000001000000000,\"end_ns\":1700000002000000001,"
	    "\"stop\":\"arrived\",\"error\":null,\"distance\":9,"
	    "\"joined\":null,\"probes\":10,\"answers\":8,\"cut\":false,"
	    "\"hops\":[]}");
	record.hop_count = 1;
	assert_has(target_line(), ",\"hops\":[{\"ttl\":1,\"replies\":["
	    HOP_1 "]}]}");
	/* Two at one TTL, then one at another. */
	record.hop_count = 3;
	hops[1].ttl = 1;
	hops[2].ttl = 5;
	assert_has(target_line(), ",\"hops\":[{\"ttl\":1,\"replies\":["
	    HOP_1 "," HOP_1 "]},{\"ttl\":5,\"replies\":[" HOP_1 "]}]}");
	config.hops = 0;
	assert_has(target_line(), ",\"cut\":false,\"hops\":null}");
}

static void
json_of_other_targets(void **state)
{
	static const struct {
		enum tr_survey_reason reason;
		const char *name;
	} reasons[] = {
		{ TR_SURVEY_REACHED, "arrived" },
		{ TR_SURVEY_STOPPED, "unreachable" },
		{ TR_SURVEY_GAP, "silence" },
		{ TR_SURVEY_LOOP, "loop" },
		{ TR_SURVEY_MAX_TTL, "hop-limit" },
		{ TR_SURVEY_BUDGET, "probe-limit" },
		{ TR_SURVEY_UNSENT, "send-failed" },
		{ TR_SURVEY_INTERRUPTED, "interrupted" },
	};
	char expected[64];

	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		record.reason = reasons[i].reason;
		snprintf(expected, sizeof(expected), "\"stop\":\"%s\",",
		    reasons[i].name);
		assert_has(target_line(), expected);
	}
	record.target = address_of("2001:db8::7");
	record.started = TR_TIME_NONE;
	record.distance = 0;
	record.joined = 3;
	record.cut = true;
	record.system = ENETUNREACH;
	assert_has(target_line(), "\"target\":\"2001:db8::7\"");
	assert_has(line, "\"start_ns\":null,\"end_ns\":1700000002000000001");
	assert_has(line, "\"error\":\"ENETUNREACH\",\"distance\":null,"
	    "\"joined\":3");
	assert_has(line, "\"cut\":true");
	record.system = 9999;
	assert_has(target_line(), "\"error\":\"errno 9999\"");
}

static void
json_of_a_reply(void **state)
{
	(void)state;
	hops[0].ttl = 3;
	hops[0].late = true;
	assert_has(reply_line(), "{\"type\":\"reply\","
	    "\"target\":\"198.51.100.7\",\"ttl\":3,\"reply\":{"
	    "\"received_ns\":");
	assert_has(line, "\"rewritten\":false,\"late\":true,"
	    "\"duplicate\":false");
	assert_string_equal(line + strlen(line) - 11, "\"mpls\":[]}}");
	hops[0].duplicate = true;
	hops[0].late = false;
	assert_has(reply_line(), "\"late\":false,\"duplicate\":true");
	hops[0].rewritten = true;
	hops[0].quoted_ttl = 0;
	assert_has(reply_line(), "\"rewritten\":true");
	assert_has(line, "\"quote\":null");
}

static void
json_of_kinds_of_replies(void **state)
{
	struct tr_survey_reply *reply = &hops[0];

	(void)state;
	reply->target = address_of("2001:db8::7");
	reply->responder = address_of("2001:db8:0:1::1");
	reply->protocol = TR_IPPROTO_ICMP6;
	reply->icmp_type = 3;
	assert_has(reply_line(), "\"responder\":\"2001:db8:0:1::1\"");
	assert_has(line, "\"icmp\":{\"type\":3,\"code\":0},\"tcp\":null");

	reply->protocol = TR_IPPROTO_TCP;
	reply->verdict = TR_VERDICT_ARRIVED;
	reply->tcp_flags = TR_TCP_SYN | TR_TCP_ACK;
	assert_has(reply_line(), "\"verdict\":\"arrived\"");
	assert_has(line, "\"icmp\":null,"
	    "\"tcp\":{\"flags\":[\"syn\",\"ack\"]}");
	reply->tcp_flags = 0;
	assert_has(reply_line(), "\"tcp\":{\"flags\":[]}");

	reply->protocol = TR_IPPROTO_UDP;
	reply->verdict = TR_VERDICT_STOPPED;
	assert_has(reply_line(), "\"icmp\":null,\"tcp\":null");
	assert_has(line, "\"verdict\":\"stopped\"");
	reply->verdict = TR_VERDICT_NONE;
	assert_has(reply_line(), "\"verdict\":\"none\"");

	reply->label_count = 2;
	reply->labels[0] = 24000 << 12 | 5 << 9 | 1;
	reply->labels[1] = UINT32_MAX;
	assert_has(reply_line(), "\"mpls\":[{\"label\":24000,"
	    "\"experimental\":5,\"bottom\":false,\"ttl\":1},"
	    "{\"label\":1048575,\"experimental\":7,\"bottom\":true,"
	    "\"ttl\":255}]}}");
	/* More than there can be are not read. */
	reply->label_count = 255;
	reply_line();
}

static void
json_of_the_end(void **state)
{
	static const char golden[] = "{\"type\":\"end\","
	    "\"end_ns\":1700000095000000000,\"started\":1,\"done\":2,"
	    "\"stops\":{\"arrived\":3,\"unreachable\":4,\"silence\":5,"
	    "\"loop\":6,\"hop-limit\":7,\"probe-limit\":30,"
	    "\"send-failed\":8,\"interrupted\":9},\"probes\":10,"
	    "\"answers\":11,\"duplicates\":12,\"late\":13,\"foreign\":14,"
	    "\"timeouts\":15,\"joined\":16,\"spaced\":17,\"cut\":18,"
	    "\"sending\":{\"sent\":19,\"retried\":20,\"failed\":21,"
	    "\"waited_ns\":22,\"forgiven_ns\":23},"
	    "\"writing\":{\"stalls\":24,\"stalled_ns\":25},"
	    "\"capture\":{\"received\":26,\"dropped\":27,"
	    "\"interface_dropped\":28,\"clock_step_ns\":-29,"
	    "\"copies\":30,\"unanswered_ns\":31}}";

	(void)state;
	outcome = (struct tr_survey_outcome){
		.ended = 100 * TR_SECOND,
		.counts = { 1, 2, { 3, 4, 5, 6, 7, 30, 8, 9 }, 10, 11, 12, 13,
		    14, 15, 16, 17, 18, 0, 0 },
		.sending = { .sent = 19, .retried = 20, .failed = 21,
		    .waited = 22 },
		.forgiven = 23,
		.stalls = 24,
		.stalled = 25,
		.capture = { true, 26, 27, 28, -29 },
		.copies = 30,
		.unanswered = 31,
	};
	assert_string_equal(written(tr_survey_json_end(&about, &outcome,
	    line, sizeof(line))), golden);
	outcome.capture.known = false;
	written(tr_survey_json_end(&about, &outcome, line, sizeof(line)));
	assert_has(line, ",\"capture\":null}");
}

/* --- goldens of rows ---------------------------------------------------- */

static void
rows(void **state)
{
	(void)state;
	assert_string_equal(written(tr_survey_rows_begin(line, sizeof(line))),
	    "capture_timestamp,probe_protocol,probe_src_addr,probe_dst_addr,"
	    "probe_src_port,probe_dst_port,probe_ttl,quoted_ttl,"
	    "reply_src_addr,reply_protocol,reply_icmp_type,reply_icmp_code,"
	    "reply_ttl,reply_size,reply_mpls_labels,rtt_us,round,verdict,"
	    "late,duplicate,rewritten,reply_tcp_flags");
	assert_string_equal(row(), "1700000001.123456789,17,"
	    "::ffff:192.0.2.1,::ffff:198.51.100.7,40000,33434,1,1,"
	    "::ffff:10.0.0.1,1,11,0,254,56,[],1235,1,transit,0,0,0,0");
	hops[0].label_count = 2;
	hops[0].labels[0] = 24000 << 12 | 5 << 9 | 1;
	hops[0].labels[1] = UINT32_MAX;
	hops[0].quoted_ttl = 0;
	hops[0].late = true;
	assert_string_equal(row(), "1700000001.123456789,17,"
	    "::ffff:192.0.2.1,::ffff:198.51.100.7,40000,33434,1,0,"
	    "::ffff:10.0.0.1,1,11,0,254,56,"
	    "\"[(24000,5,0,1),(1048575,7,1,255)]\",1235,1,transit,1,0,0,0");
}

static void
rows_of_other_protocols(void **state)
{
	(void)state;
	hops[0].target = address_of("2001:db8::7");
	hops[0].responder = address_of("2001:db8::7");
	hops[0].protocol = TR_IPPROTO_ICMP6;
	hops[0].icmp_type = 129;
	hops[0].verdict = TR_VERDICT_ARRIVED;
	hops[0].duplicate = true;
	config.protocol = TR_PROTOCOL_ICMP;
	assert_string_equal(row(), "1700000001.123456789,58,2001:db8::1,"
	    "2001:db8::7,4711,0,1,1,2001:db8::7,58,129,0,254,56,[],1235,1,"
	    "arrived,0,1,0,0");
	config.protocol = TR_PROTOCOL_TCP;
	config.destination_port = 443;
	about.source6 = (struct tr_address){ .family = 0 };
	hops[0].protocol = TR_IPPROTO_TCP;
	hops[0].icmp_type = 0;
	hops[0].tcp_flags = TR_TCP_SYN | TR_TCP_ACK;
	hops[0].rewritten = true;
	assert_string_equal(row(), "1700000001.123456789,6,::,2001:db8::7,"
	    "40000,443,1,1,2001:db8::7,6,0,0,254,56,[],1235,1,arrived,0,1,1,"
	    "18");
}

/* To the next microsecond; the longest is no less than it was. */
static void
rounded_times(void **state)
{
	static const struct {
		uint32_t rtt;
		const char *text;
	} cases[] = {
		{ 0, ",0,1,transit" }, { 4, ",0,1," }, { 5, ",1,1," },
		{ 14, ",1,1," }, { 15, ",2,1," },
		{ UINT32_MAX - 1, ",429496729,1," },
		{ TR_SURVEY_RTT_UNKNOWN, ",,1," },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hops[0].rtt = cases[i].rtt;
		assert_has(row(), cases[i].text);
	}
	assert_has(reply_line(), "\"rtt_ns\":null,");
	hops[0].rtt = UINT32_MAX - 1;
	assert_has(reply_line(), "\"rtt_ns\":429496729400,");
}

/* --- room --------------------------------------------------------------- */

/* All that a reply can hold, as long as it gets. */
static void
make_longest(struct tr_survey_reply *reply)
{
	*reply = (struct tr_survey_reply){
		.target = address_of(
		    "1111:1111:1111:1111:1111:1111:1111:1111"),
		.responder = address_of(
		    "1111:1111:1111:1111:1111:1111:1111:1111"),
		.received = INT64_MIN + 1,
		.rtt = UINT32_MAX - 1,
		.verdict = TR_VERDICT_TRANSIT,
		.ttl = reply->ttl,
		.quoted_ttl = 255,
		.reply_ttl = 255,
		.protocol = TR_IPPROTO_TCP,
		.icmp_type = 255,
		.icmp_code = 255,
		.tcp_flags = 255,
		.size = UINT16_MAX,
		.label_count = TR_SURVEY_LABELS,
	};
	for (unsigned i = 0; i < TR_SURVEY_LABELS; i++)
		reply->labels[i] = ~UINT32_C(0x100);	/* false is longer */
}

static void
longest_lines_fit(void **state)
{
	const uint32_t counts[] = { 0, 1, TR_SURVEY_TTL_MAX, HOPS };
	int size;

	(void)state;
	about.offset = 0;
	about.source6 = address_of("1111:1111:1111:1111:1111:1111:1111:1111");
	for (size_t i = 0; i < HOPS; i++) {
		hops[i].ttl = 10 + i % 2;	/* each an entry of its own */
		make_longest(&hops[i]);
	}
	record = (struct tr_survey_record){
		.target = hops[0].target,
		.place = UINT64_MAX,
		.started = INT64_MIN + 1,
		.ended = INT64_MIN + 1,
		.reason = TR_SURVEY_INTERRUPTED,
		.system = EADDRNOTAVAIL,
		.distance = 255,
		.joined = 255,
		.probes = UINT32_MAX,
		.replies = UINT32_MAX,
		.hops = hops,
	};
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		record.hop_count = counts[i];
		size = tr_survey_json_target(&about, &record, line,
		    TR_SURVEY_JSON_MAX(counts[i]));
		assert_true(size > 0);
	}
	/* What is told is not twice of what it takes, either. */
	assert_true((size_t)size > TR_SURVEY_JSON_MAX(HOPS) / 5 * 4);
	assert_true(tr_survey_json_reply(&about, &hops[0], line,
	    TR_SURVEY_JSON_MAX(0)) > 0);
	size = tr_survey_row(&about, &hops[0], line, TR_SURVEY_ROW_MAX);
	assert_true(size > TR_SURVEY_ROW_MAX / 4 * 3);
	assert_true(tr_survey_rows_begin(line, TR_SURVEY_ROW_MAX) > 0);
}

static void
longest_begin_and_end_fit(void **state)
{
	(void)state;
	about.source4 = address_of("255.255.255.255");
	about.source6 = address_of("1111:1111:1111:1111:1111:1111:1111:1111");
	about.start = INT64_MIN + 1;
	about.offset = 0;
	about.rate = INT64_MAX;
	about.targets = INT64_MAX;
	memset(&config, 0xff, sizeof(config));
	about.seed = INT64_MAX;
	config.way = TR_SURVEY_EXHAUSTIVE;
	config.protocol = TR_PROTOCOL_UDP;
	config.timeout = INT64_MIN;
	config.vary_label = true;
	config.multipath.rules = (struct tr_plan_rules){ TR_PLAN_FIXED, 1,
	    UINT32_MAX, UINT32_MAX };
	assert_true(tr_survey_json_begin(&about, line,
	    TR_SURVEY_JSON_MAX(0)) > 0);
	memset(&outcome, 0xff, sizeof(outcome));
	outcome.ended = INT64_MIN + 1;
	outcome.sending.waited = INT64_MIN;
	outcome.forgiven = INT64_MIN;
	outcome.stalled = INT64_MIN;
	outcome.capture = (struct tr_capture_counts){ true, UINT64_MAX,
	    UINT64_MAX, UINT64_MAX, INT64_MIN };
	assert_true(tr_survey_json_end(&about, &outcome, line,
	    TR_SURVEY_JSON_MAX(0)) > 0);
}

static int
write_kind(int kind, char *buffer, size_t size)
{
	switch (kind) {
	case 0:
		return tr_survey_json_begin(&about, buffer, size);
	case 1:
		return tr_survey_json_target(&about, &record, buffer, size);
	case 2:
		return tr_survey_json_reply(&about, &hops[0], buffer, size);
	case 3:
		return tr_survey_json_end(&about, &outcome, buffer, size);
	case 4:
		return tr_survey_rows_begin(buffer, size);
	default:
		return tr_survey_row(&about, &hops[0], buffer, size);
	}
}

/* Of exact size on the heap, so that a sanitizer sees a byte behind it. */
static void
too_small_a_buffer(void **state)
{
	(void)state;
	record.hop_count = 3;
	hops[0].label_count = 3;
	hops[1].protocol = TR_IPPROTO_TCP;
	hops[1].tcp_flags = 0xff;
	memset(&outcome, 0, sizeof(outcome));
	for (int kind = 0; kind < 6; kind++) {
		const int whole = write_kind(kind, line, sizeof(line));

		assert_true(whole > 0);
		for (int size = 0; size <= whole; size++) {
			char *buffer = malloc((size_t)size + 1);

			assert_non_null(buffer);
			buffer[size] = '#';
			assert_int_equal(write_kind(kind, buffer,
			    (size_t)size), size < whole ? TR_ENOMEM : whole);
			assert_int_equal(buffer[size], '#');
			if (size == whole)
				assert_memory_equal(buffer, line,
				    (size_t)size);
			free(buffer);
		}
		assert_int_equal(write_kind(kind, NULL, 0), TR_ENOMEM);
	}
}

/* --- multipath ---------------------------------------------------------- */

static struct tr_survey_graph graph;

/* Two ways, of which one is silent: one router, then two, then the target. */
static void
ask_for_paths(void)
{
	config.way = TR_SURVEY_FORWARD;
	config.vary_label = true;
	config.multipath = (struct tr_survey_multipath){
		.rules = { .way = TR_PLAN_LITE, .alpha = 0.05 },
		.probes_max = 1000,
		.flows_max = 256,
		.probes_at_once = 8,
	};
	graph = (struct tr_survey_graph){
		.miss = 0.0123456789,
		.unsure = true,
		.vertex_count = 4,
		.link_count = 2,
		.vertices = {
			{ address_of("10.0.0.1"), 1, TR_VERDICT_TRANSIT, 9 },
			{ address_of("10.0.0.2"), 2, TR_VERDICT_TRANSIT, 5 },
			{ { .family = 0 }, 2, TR_VERDICT_TRANSIT, 4 },
			{ address_of("198.51.100.7"), 3, TR_VERDICT_ARRIVED,
			    9 },
		},
		.links = { { 0, 1, 5 }, { 1, 3, 3 } },
	};
	record.graph = &graph;
}

static void
json_of_all_paths(void **state)
{
	(void)state;
	ask_for_paths();
	record.hop_count = 1;
	hops[0].flow = 7;
	assert_has(target_line(), "\"mpls\":[],\"flow\":7}]}],\"graph\":{"
	    "\"bound\":{\"asked\":0.050000000,\"achieved\":0.012345679},"
	    "\"partial\":false,\"unsure\":true,\"vertices\":["
	    "{\"id\":0,\"ttl\":1,\"address\":\"10.0.0.1\","
	    "\"verdict\":\"transit\",\"flows\":9},"
	    "{\"id\":1,\"ttl\":2,\"address\":\"10.0.0.2\","
	    "\"verdict\":\"transit\",\"flows\":5},"
	    "{\"id\":2,\"ttl\":2,\"address\":null,"
	    "\"verdict\":\"transit\",\"flows\":4},"
	    "{\"id\":3,\"ttl\":3,\"address\":\"198.51.100.7\","
	    "\"verdict\":\"arrived\",\"flows\":9}],\"links\":["
	    "{\"from\":0,\"to\":1,\"flow_count\":5},"
	    "{\"from\":1,\"to\":3,\"flow_count\":3}]}}");
	written(tr_survey_json_begin(&about, line, sizeof(line)));
	assert_has(line, "\"rate\":2500.000,\"multipath\":{"
	    "\"rule\":\"lite\",\"bound\":0.050000000,\"flows\":0,"
	    "\"balancers\":0,\"flows_max\":256,\"probes_max\":1000,"
	    "\"probes_at_once\":8,\"varies_label\":true}}}");
	outcome.counts.partial = 3;
	outcome.counts.unsure = 4;
	written(tr_survey_json_end(&about, &outcome, line, sizeof(line)));
	assert_has(line, "\"partial\":3,\"unsure\":4,\"sending\"");
	assert_has(row(), ",40007,33434,1,");
}

static void
longest_graph_fits(void **state)
{
	static char longest[TR_SURVEY_JSON_MAX(1) + TR_SURVEY_JSON_GRAPH_MAX];
	int size;

	(void)state;
	ask_for_paths();
	graph.vertex_count = TR_SURVEY_VERTICES;
	graph.link_count = TR_SURVEY_EDGES;
	for (uint32_t i = 0; i < TR_SURVEY_VERTICES; i++)
		graph.vertices[i] = (struct tr_survey_vertex){
			address_of("1111:1111:1111:1111:1111:1111:1111:1111"),
			UINT8_MAX, TR_VERDICT_TRANSIT, UINT16_MAX,
		};
	for (uint32_t i = 0; i < TR_SURVEY_EDGES; i++)
		graph.links[i] = (struct tr_survey_link){
			TR_SURVEY_VERTICES - 1, TR_SURVEY_VERTICES - 1,
			UINT16_MAX,
		};
	make_longest(&hops[0]);
	record.hop_count = 1;
	size = tr_survey_json_target(&about, &record, longest,
	    sizeof(longest));
	assert_true(size > TR_SURVEY_JSON_GRAPH_MAX / 4 * 3);
}

/* --- read back ---------------------------------------------------------- */

#ifdef HAVE_JANSSON

static json_int_t
integer(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_integer(value))
		fail_msg("%s is no number", name);
	return json_integer_value(value);
}

/* Of a number that is null for 0. */
static json_int_t
integer_or_0(const json_t *object, const char *name)
{
	return json_is_null(json_object_get(object, name)) ? 0 :
	    integer(object, name);
}

static bool
flag(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	assert_true(json_is_boolean(value));
	return json_is_true(value);
}

static void
assert_word(const json_t *object, const char *name, const char *word)
{
	assert_non_null(json_string_value(json_object_get(object, name)));
	assert_string_equal(json_string_value(json_object_get(object, name)),
	    word);
}

static void
assert_address(const json_t *object, const char *name,
    const struct tr_address *address)
{
	char text[TR_ADDRESS_TEXT_MAX];

	assert_word(object, name, tr_address_text(address, text,
	    sizeof(text)));
}

static void
check_labels(const json_t *list, const struct tr_survey_reply *reply)
{
	assert_int_equal(json_array_size(list), reply->label_count);
	for (size_t i = 0; i < reply->label_count; i++) {
		const json_t *label = json_array_get(list, i);

		assert_int_equal(integer(label, "label") << 12 |
		    integer(label, "experimental") << 9 |
		    flag(label, "bottom") << 8 | integer(label, "ttl"),
		    reply->labels[i]);
	}
}

static void
check_transport(const json_t *object, const struct tr_survey_reply *reply)
{
	const json_t *icmp = json_object_get(object, "icmp");
	const json_t *flags = json_object_get(json_object_get(object, "tcp"),
	    "flags");
	uint8_t set = 0;

	assert_int_equal(json_is_null(icmp), reply->protocol !=
	    TR_IPPROTO_ICMP && reply->protocol != TR_IPPROTO_ICMP6);
	if (!json_is_null(icmp)) {
		assert_int_equal(integer(icmp, "type"), reply->icmp_type);
		assert_int_equal(integer(icmp, "code"), reply->icmp_code);
	}
	assert_int_equal(flags != NULL, reply->protocol == TR_IPPROTO_TCP);
	for (size_t i = 0; i < json_array_size(flags); i++)
		for (unsigned bit = 0; bit < 8; bit++)
			if (strcmp(tr_tcp_flag_name(bit), json_string_value(
			    json_array_get(flags, i))) == 0)
				set |= (uint8_t)(1u << bit);
	if (flags != NULL)
		assert_int_equal(set, reply->tcp_flags);
}

static void
check_reply(const json_t *object, const struct tr_survey_reply *reply)
{
	assert_int_equal(json_object_size(object), 13);
	assert_int_equal(integer(object, "received_ns"),
	    reply->received + about.offset);
	assert_int_equal(integer(object, "rtt_ns"),
	    reply->rtt * TR_SURVEY_RTT_UNIT);
	assert_address(object, "responder", &reply->responder);
	assert_word(object, "verdict", tr_verdict_name(reply->verdict));
	assert_int_equal(flag(object, "rewritten"), reply->rewritten);
	assert_int_equal(flag(object, "late"), reply->late);
	assert_int_equal(flag(object, "duplicate"), reply->duplicate);
	assert_int_equal(integer(object, "ttl"), reply->reply_ttl);
	assert_int_equal(integer(object, "size"), reply->size);
	if (reply->quoted_ttl == 0)
		assert_true(json_is_null(json_object_get(object, "quote")));
	else
		assert_int_equal(integer(json_object_get(object, "quote"),
		    "ttl"), reply->quoted_ttl);
	check_transport(object, reply);
	check_labels(json_object_get(object, "mpls"), reply);
}

/* The entries in order have the replies in order. */
static void
check_hops(const json_t *list)
{
	uint32_t next = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *hop = json_array_get(list, i);
		const json_t *replies = json_object_get(hop, "replies");

		assert_true(json_array_size(replies) > 0);
		for (size_t j = 0; j < json_array_size(replies); j++) {
			assert_true(next < record.hop_count);
			assert_int_equal(integer(hop, "ttl"),
			    hops[next].ttl);
			check_reply(json_array_get(replies, j),
			    &hops[next++]);
		}
	}
	assert_int_equal(next, record.hop_count);
}

static void
draw_reply(struct tr_random *random, struct tr_survey_reply *reply)
{
	static const uint8_t numbers[] = { TR_IPPROTO_ICMP, TR_IPPROTO_ICMP6,
	    TR_IPPROTO_TCP, TR_IPPROTO_UDP };
	const uint64_t draw = tr_random_next(random);
	const uint64_t other = tr_random_next(random);
	uint8_t bytes[16];

	for (int i = 0; i < 16; i++)
		bytes[i] = (uint8_t)(tr_random_next(random) &
		    tr_random_next(random));
	*reply = (struct tr_survey_reply){
		.target = record.target,
		.responder = draw & 1 ? tr_address_v4(bytes) :
		    tr_address_v6(bytes),
		.received = (int64_t)(other >> 2),
		.rtt = (uint32_t)tr_random_next(random),
		.verdict = (enum tr_verdict)(draw >> 2 & 3),
		.ttl = reply->ttl,
		.quoted_ttl = (uint8_t)(draw >> 4 & 3),
		.reply_ttl = (uint8_t)(draw >> 8),
		.protocol = numbers[draw >> 16 & 3],
		.icmp_type = (uint8_t)(draw >> 24),
		.icmp_code = (uint8_t)(draw >> 32),
		.tcp_flags = (uint8_t)(draw >> 40),
		.size = (uint16_t)(draw >> 48),
		.late = other & 1,
		.duplicate = other >> 1 & 1,
		.rewritten = other >> 2 & 1,
		.label_count = (uint8_t)(other >> 3) % (TR_SURVEY_LABELS + 1),
	};
	for (unsigned i = 0; i < reply->label_count; i++)
		reply->labels[i] = (uint32_t)tr_random_next(random);
}

static void
draw_record(struct tr_random *random)
{
	const uint64_t draw = tr_random_next(random);
	unsigned ttl = 1;

	record.place = draw >> 1;
	record.ended = (int64_t)(tr_random_next(random) >> 2);
	record.reason = (enum tr_survey_reason)(draw % 7);
	record.distance = (uint8_t)(draw >> 8 & 3);
	record.joined = (uint8_t)(draw >> 10 & 3);
	record.probes = (uint32_t)(draw >> 32);
	record.replies = (uint32_t)(draw >> 24);
	record.cut = draw >> 12 & 1;
	record.hop_count = (uint32_t)(draw >> 16 & 7) == 0 ? 0 :
	    (uint32_t)(draw >> 13) % HOPS;
	for (uint32_t i = 0; i < record.hop_count; i++) {
		hops[i].ttl = (uint8_t)ttl;
		draw_reply(random, &hops[i]);
		ttl += tr_random_next(random) % 8 == 0;
	}
}

static void
read_back(void **state)
{
	struct tr_random random;

	(void)state;
	tr_random_seed(&random, 3);
	for (int i = 0; i < DRAWN; i++) {
		json_t *object;

		draw_record(&random);
		object = json_loads(target_line(), JSON_REJECT_DUPLICATES,
		    NULL);
		assert_non_null(object);
		assert_int_equal(json_object_size(object), 13);
		assert_word(object, "type", "target");
		assert_address(object, "target", &record.target);
		assert_int_equal(integer(object, "place"), record.place);
		assert_int_equal(integer(object, "start_ns"),
		    record.started + about.offset);
		assert_int_equal(integer(object, "end_ns"),
		    record.ended + about.offset);
		assert_int_equal(integer_or_0(object, "distance"),
		    record.distance);
		assert_int_equal(integer_or_0(object, "joined"),
		    record.joined);
		assert_int_equal(integer(object, "probes"), record.probes);
		assert_int_equal(integer(object, "answers"), record.replies);
		assert_int_equal(flag(object, "cut"), record.cut);
		check_hops(json_object_get(object, "hops"));
		json_decref(object);
	}
}

static void
read_back_a_reply(void **state)
{
	struct tr_random random;

	(void)state;
	tr_random_seed(&random, 4);
	for (int i = 0; i < DRAWN; i++) {
		json_t *object;

		draw_reply(&random, &hops[0]);
		object = json_loads(reply_line(), JSON_REJECT_DUPLICATES,
		    NULL);
		assert_non_null(object);
		assert_int_equal(json_object_size(object), 4);
		assert_word(object, "type", "reply");
		assert_address(object, "target", &hops[0].target);
		assert_int_equal(integer(object, "ttl"), hops[0].ttl);
		check_reply(json_object_get(object, "reply"), &hops[0]);
		json_decref(object);
	}
}

/* They are lines of JSON at all, and no name is there twice. */
static void
read_back_begin_and_end(void **state)
{
	json_t *object;

	(void)state;
	object = json_loads(written(tr_survey_json_begin(&about, line,
	    sizeof(line))), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(object);
	assert_true(json_real_value(json_object_get(json_object_get(object,
	    "parameters"), "rate")) == 2500.0);
	json_decref(object);
	memset(&outcome, 0, sizeof(outcome));
	outcome.counts.reasons[TR_SURVEY_MAX_TTL] = 3;
	object = json_loads(written(tr_survey_json_end(&about, &outcome,
	    line, sizeof(line))), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(object);
	assert_int_equal(integer(json_object_get(object, "stops"),
	    "hop-limit"), 3);
	json_decref(object);
}

#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(json_of_the_begin, begin),
		cmocka_unit_test_setup(json_of_other_begins, begin),
		cmocka_unit_test_setup(json_of_a_target, begin),
		cmocka_unit_test_setup(json_of_other_targets, begin),
		cmocka_unit_test_setup(json_of_a_reply, begin),
		cmocka_unit_test_setup(json_of_kinds_of_replies, begin),
		cmocka_unit_test_setup(json_of_the_end, begin),
		cmocka_unit_test_setup(json_of_all_paths, begin),
		cmocka_unit_test_setup(longest_graph_fits, begin),
		cmocka_unit_test_setup(rows, begin),
		cmocka_unit_test_setup(rows_of_other_protocols, begin),
		cmocka_unit_test_setup(rounded_times, begin),
		cmocka_unit_test_setup(longest_lines_fit, begin),
		cmocka_unit_test_setup(longest_begin_and_end_fit, begin),
		cmocka_unit_test_setup(too_small_a_buffer, begin),
#ifdef HAVE_JANSSON
		cmocka_unit_test_setup(read_back, begin),
		cmocka_unit_test_setup(read_back_a_reply, begin),
		cmocka_unit_test_setup(read_back_begin_and_end, begin),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
