/*
 * lines - what the lines of a survey cost, and drawn ones to look at
 *
 *	bench/lines [RUNS]
 *	bench/lines json|rows|paths UDP|ICMP|TCP COUNT
 *
 * The first form: CPU time, medians of RUNS (5), in nanoseconds: for an address
 * as base/address.h and as base/write_text.h write it; for a row; and for a
 * hop of a target's line, and the whole of a line without hops.
 *
 * The second: a survey of COUNT targets, of which nothing but the form is true,
 * on standard output; the same one as JSON and as rows; or with multipath, as
 * JSON.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/random.h"
#include "base/time.h"
#include "base/write_text.h"
#include "output/survey.h"
#include "packet/wire.h"

#define RECORDS		2048
#define HOPS		15	/* of those that are timed */
#define HOPS_MAX	80	/* of those that are printed */
#define ROUNDS		40
#define RUNS_MAX	99

static const struct tr_survey_config protocols[] = {
	{ .protocol = TR_PROTOCOL_UDP, .source_port = 40000,
	    .destination_port = 33434 },
	{ .protocol = TR_PROTOCOL_ICMP, .icmp_id = 4711 },
	{ .protocol = TR_PROTOCOL_TCP, .source_port = 40000,
	    .destination_port = 443 },
};

static struct tr_survey_config config;
static struct tr_survey_about about = {
	.config = &config,
	.source4 = { .family = 4, .bytes = { 192, 0, 2, 1 } },
	.source6 = { .family = 6, .bytes = { 0x20, 0x01, 0xd, 0xb8,
	    [15] = 1 } },
	.rate = 100000 * 1000,
	.start = 5 * TR_SECOND,
	.offset = INT64_C(1795426389) * TR_SECOND,
};

static struct tr_random chance;

/* So that nothing is left out as of no use. */
static volatile uint64_t sink;

/* --- drawing ------------------------------------------------------------ */

static uint64_t
below(uint64_t limit)
{
	return tr_random_next(&chance) % limit;
}

static struct tr_address
draw_address(uint8_t family)
{
	struct tr_address drawn = { .family = family };

	/* As addresses of routers are: few words of IPv6 in use. */
	if (family == 6) {
		memcpy(drawn.bytes, about.source6.bytes, 4);
		for (int i = 4; i < 8; i++)
			drawn.bytes[i] = (uint8_t)below(256);
		drawn.bytes[15] = (uint8_t)below(256);
	} else
		for (int i = 0; i < 4; i++)
			drawn.bytes[i] = (uint8_t)below(256);
	return drawn;
}

static void
draw_labels(struct tr_survey_reply *reply)
{
	reply->label_count = (uint8_t)(1 + below(TR_SURVEY_LABELS));
	for (unsigned i = 0; i < reply->label_count; i++)
		reply->labels[i] = (uint32_t)below(UINT64_C(1) << 32);
}

/* What a router or, at the end, the target answers. */
static void
draw_kind(struct tr_survey_reply *reply, bool last)
{
	const bool v4 = reply->target.family == 4;

	reply->verdict = last ? TR_VERDICT_ARRIVED : TR_VERDICT_TRANSIT;
	if (last && config.protocol == TR_PROTOCOL_TCP) {
		reply->protocol = TR_IPPROTO_TCP;
		reply->tcp_flags = TR_TCP_ACK |
		    (below(2) == 0 ? TR_TCP_SYN : TR_TCP_RST);
		return;
	}
	reply->protocol = v4 ? TR_IPPROTO_ICMP : TR_IPPROTO_ICMP6;
	if (!last)
		reply->icmp_type = v4 ? 11 : 3;
	else if (config.protocol == TR_PROTOCOL_ICMP) {
		reply->icmp_type = v4 ? 0 : 129;
		return;
	} else {
		reply->icmp_type = v4 ? 3 : 1;
		reply->icmp_code = v4 ? 3 : 4;
	}
	reply->quoted_ttl = (uint8_t)(last ? 1 + below(30) : 1);
}

static void
draw_reply(struct tr_survey_reply *reply, const struct tr_address *target,
    uint8_t ttl, bool last)
{
	*reply = (struct tr_survey_reply){
		.target = *target,
		.responder = last ? *target : draw_address(target->family),
		.received = (int64_t)below(3600 * TR_SECOND),
		.rtt = (uint32_t)below(3000000),
		.ttl = ttl,
		.reply_ttl = (uint8_t)below(256),
		.size = (uint16_t)(56 + below(100)),
	};
	draw_kind(reply, last);
}

/* The records that are timed: all alike. */
static void
draw_record(struct tr_survey_record *record, struct tr_survey_reply *hops,
    uint8_t family, bool labels)
{
	*record = (struct tr_survey_record){
		.target = draw_address(family),
		.place = below(15000000),
		.started = (int64_t)below(3600 * TR_SECOND),
		.ended = (int64_t)below(3600 * TR_SECOND),
		.distance = HOPS,
		.probes = HOPS + 1,
		.replies = HOPS,
		.hop_count = HOPS,
		.hops = hops,
	};
	for (unsigned i = 0; i < HOPS; i++) {
		draw_reply(&hops[i], &record->target, (uint8_t)(i + 1),
		    i == HOPS - 1);
		if (labels)
			draw_labels(&hops[i]);
	}
}

/* Those that are printed: all kinds. */
static void
draw_odd_record(struct tr_survey_record *record, struct tr_survey_reply *hops)
{
	static const int errors[] = { EPERM, ENETUNREACH, 9999 };
	const uint32_t count = 1 + (uint32_t)below(HOPS_MAX);
	unsigned ttl = 1;

	draw_record(record, hops, below(2) == 0 ? 4 : 6, false);
	record->reason = (enum tr_survey_reason)
	    below(TR_SURVEY_INTERRUPTED + 1);
	if (record->reason == TR_SURVEY_UNSENT)
		record->system = errors[below(3)];
	record->hop_count = count;
	record->distance = (uint8_t)below(3);
	record->joined = (uint8_t)below(3);
	record->cut = below(2) == 0;
	for (uint32_t i = 0; i < record->hop_count; i++) {
		struct tr_survey_reply *hop = &hops[i];

		draw_reply(hop, &record->target, (uint8_t)ttl,
		    below(8) == 0);
		if (below(3) == 0)
			draw_labels(hop);
		hop->late = below(2) == 0;
		hop->duplicate = below(2) == 0;
		hop->rewritten = below(2) == 0;
		if (config.multipath.probes_max > 0)
			hop->flow = (uint16_t)below(config.multipath.flows_max);
		if (below(9) == 0)
			hop->verdict = below(2) == 0 ? TR_VERDICT_STOPPED :
			    TR_VERDICT_NONE;
		if (ttl < TR_SURVEY_TTL_MAX)
			ttl += (unsigned)below(3);
		if (ttl > TR_SURVEY_TTL_MAX)
			ttl = TR_SURVEY_TTL_MAX;
	}
	if (below(4) == 0)
		record->hop_count = 0;
}

static void
draw_graph(struct tr_survey_graph *graph)
{
	graph->partial = below(2) == 0;
	graph->unsure = graph->partial || below(2) == 0;
	graph->miss = (double)below(1001) / 1000;
	graph->vertex_count = 1 + (uint32_t)below(TR_SURVEY_VERTICES);
	graph->link_count = (uint32_t)below(TR_SURVEY_EDGES);
	for (uint32_t i = 0; i < graph->vertex_count; i++)
		graph->vertices[i] = (struct tr_survey_vertex){
			.address = draw_address((uint8_t)(below(3) * 2)),
			.ttl = (uint8_t)(1 + below(TR_SURVEY_TTL_MAX)),
			.verdict = (uint8_t)(1 + below(3)),
			.flows = (uint16_t)(1 + below(99)),
		};
	for (uint32_t i = 0; i < graph->link_count; i++)
		graph->links[i] = (struct tr_survey_link){
			.from = (uint16_t)below(graph->vertex_count),
			.to = (uint16_t)below(graph->vertex_count),
			.flows = (uint16_t)(1 + below(99)),
		};
}

/* --- printing ----------------------------------------------------------- */

static void
print(const char *line, int size)
{
	if (size < 0 || fwrite(line, (size_t)size, 1, stdout) != 1) {
		fprintf(stderr, "lines: %s\n", size < 0 ?
		    tr_error_phrase(size) : "standard output: write error");
		exit(1);
	}
}

static void
print_rows(const struct tr_survey_record *record)
{
	char line[TR_SURVEY_ROW_MAX];

	for (uint32_t i = 0; i < record->hop_count; i++)
		print(line, tr_survey_row(&about, &record->hops[i], line,
		    sizeof(line)));
}

static void
print_end(char *line, size_t size, uint64_t count)
{
	const struct tr_survey_outcome outcome = {
		.ended = 3600 * TR_SECOND,
		.counts = { .started = count, .done = count },
		.sending = { .sent = count },
		.capture = { .known = count % 2 == 0, .received = count },
	};

	print(line, tr_survey_json_end(&about, &outcome, line, size));
}

/* In every tenth place is a reply by itself. */
static void
print_survey(bool json, uint64_t count)
{
	static char line[TR_SURVEY_JSON_MAX(HOPS_MAX) +
	    TR_SURVEY_JSON_GRAPH_MAX];
	static struct tr_survey_reply hops[HOPS_MAX];
	static struct tr_survey_graph graph;
	const bool paths = config.multipath.probes_max > 0;
	struct tr_survey_record record;

	about.targets = count;
	tr_random_seed(&chance, 1);
	print(line, json ? tr_survey_json_begin(&about, line, sizeof(line)) :
	    tr_survey_rows_begin(line, sizeof(line)));
	for (uint64_t i = 0; i < count; i++) {
		const bool single = i % 10 == 9;

		draw_odd_record(&record, hops);
		if (paths) {
			draw_graph(&graph);
			record.graph = &graph;
		}
		if (single)
			record.hop_count = 1;
		if (!json)
			print_rows(&record);
		else if (single)
			print(line, tr_survey_json_reply(&about, hops, line,
			    sizeof(line)));
		else
			print(line, tr_survey_json_target(&about, &record,
			    line, sizeof(line)));
	}
	if (json)
		print_end(line, sizeof(line), count);
}

/* --- timing ------------------------------------------------------------- */

/* Of CPU, in ns: other programs may run beside this one. */
static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
	const double *one = a, *other = b;

	return *one < *other ? -1 : *one > *other;
}

static double
median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), compare);
	return values[count / 2];
}

/* More records than the processor remembers the branches of. */
static struct tr_survey_record records[RECORDS];
static struct tr_survey_reply replies[RECORDS * HOPS];

/* One pass over all records; returns the bytes written. */
typedef size_t writing(void);

static size_t
pass_address_text(void)
{
	char text[TR_ADDRESS_TEXT_MAX];
	size_t bytes = 0;

	for (int i = 0; i < RECORDS * HOPS; i++)
		bytes += strlen(tr_address_text(&replies[i].responder, text,
		    sizeof(text)));
	return bytes;
}

static size_t
pass_write_address(void)
{
	char text[TR_ADDRESS_TEXT_MAX];
	size_t bytes = 0;

	for (int i = 0; i < RECORDS * HOPS; i++) {
		struct tr_writer writer;

		tr_writer_init(&writer, (uint8_t *)text, sizeof(text));
		tr_write_address(&writer, &replies[i].responder);
		bytes += writer.used;
	}
	return bytes;
}

static size_t
pass_rows(void)
{
	char line[TR_SURVEY_ROW_MAX];
	size_t bytes = 0;

	for (int i = 0; i < RECORDS * HOPS; i++)
		bytes += (size_t)tr_survey_row(&about, &replies[i], line,
		    sizeof(line));
	return bytes;
}

static size_t
pass_targets(void)
{
	static char line[TR_SURVEY_JSON_MAX(HOPS)];
	size_t bytes = 0;

	for (int i = 0; i < RECORDS; i++)
		bytes += (size_t)tr_survey_json_target(&about, &records[i],
		    line, sizeof(line));
	return bytes;
}

static size_t
pass_empty_targets(void)
{
	static char line[TR_SURVEY_JSON_MAX(0)];
	size_t bytes = 0;

	for (int i = 0; i < RECORDS; i++) {
		struct tr_survey_record record = records[i];

		record.hop_count = 0;
		bytes += (size_t)tr_survey_json_target(&about, &record, line,
		    sizeof(line));
	}
	return bytes;
}

static void
time_pass(const char *name, writing *pass, unsigned count, int runs)
{
	double values[RUNS_MAX];
	size_t bytes = 0;

	for (int run = 0; run < runs; run++) {
		const double start = now();

		for (int round = 0; round < ROUNDS; round++)
			bytes = pass();
		values[run] = (now() - start) / ROUNDS / count;
		sink = bytes;
	}
	printf("  %-36s %6.1f ns, %5.1f bytes\n", name,
	    median(values, runs), (double)bytes / count);
}

static void
time_family(uint8_t family, bool labels, int runs)
{
	tr_random_seed(&chance, 1);
	for (int i = 0; i < RECORDS; i++)
		draw_record(&records[i], &replies[i * HOPS], family, labels);
	printf("IPv%d%s\n", family, labels ?
	    ", one to four labels with each reply" : "");
	if (!labels) {
		time_pass("address, tr_address_text()", pass_address_text,
		    RECORDS * HOPS, runs);
		time_pass("address, tr_write_address()", pass_write_address,
		    RECORDS * HOPS, runs);
		time_pass("JSON, a target without hops", pass_empty_targets,
		    RECORDS, runs);
	}
	time_pass("row", pass_rows, RECORDS * HOPS, runs);
	time_pass("JSON, a hop of 15, target included", pass_targets,
	    RECORDS * HOPS, runs);
}

static int
usage(void)
{
	fprintf(stderr, "usage: lines [RUNS]; 1 to %d\n"
	    "       lines json|rows|paths UDP|ICMP|TCP COUNT\n", RUNS_MAX);
	return 2;
}

static int
print_what(char **words)
{
	const bool paths = strcmp(words[0], "paths") == 0;
	const bool json = paths || strcmp(words[0], "json") == 0;
	const size_t count = sizeof(protocols) / sizeof(protocols[0]);
	size_t i = 0;

	while (i < count && strcmp(words[1],
	    tr_protocol_name(protocols[i].protocol)) != 0)
		i++;
	if (i == count || (!json && strcmp(words[0], "rows") != 0))
		return usage();
	config = protocols[i];
	config.first_ttl = 1;
	config.max_ttl = TR_SURVEY_TTL_MAX;
	config.queries = 1;
	config.timeout = TR_SECOND;
	config.hops = 1;
	if (paths)
		config.multipath = (struct tr_survey_multipath){
			.rules = { .way = TR_PLAN_LITE, .alpha = 0.05 },
			.probes_max = 1000,
			.flows_max = 256,
			.probes_at_once = 8,
		};
	print_survey(json, strtoull(words[2], NULL, 10));
	return fflush(stdout) == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	const int runs = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 5;

	if (argc == 4)
		return print_what(argv + 1);
	if (argc > 2 || runs < 1 || runs > RUNS_MAX)
		return usage();
	config = protocols[0];
	config.hops = 1;
	time_family(4, false, runs);
	time_family(6, false, runs);
	time_family(4, true, runs);
	return 0;
}
