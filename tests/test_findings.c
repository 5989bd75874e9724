/*
 * Findings that no simulated network shows, each on a path that has it and on
 * one that nearly has it; and the chances that they are judged by.
 */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/chance.h"
#include "result/findings.h"

#define HOPS	6
#define QUERIES	3

static void
fill_probe(struct tr_path *path, uint8_t ttl)
{
	struct tr_path_probe *probe = &path->probes[path->probe_count];

	*probe = (struct tr_path_probe){
		.ttl = ttl,
		.next = TR_PATH_NONE,
		.captured = true,
		.sent = path->probe_count * INT64_C(1000000),
		.identity = {
			.protocol = 17,
			.src = path->run.flow.src,
			.dst = path->run.flow.dst,
			.source_port = 40000,
			.destination_port = 33434,
			.has_own = true,
			.own = 1000 + path->probe_count,
			.ip_id = (uint16_t)(1000 + path->probe_count),
			.ttl = ttl,
			.size = 60,
		},
		.first_reply = path->probe_count,
		.last_reply = path->probe_count,
		.replies = 1,
		.answered = true,
	};
	if (path->first_of_ttl[ttl] == TR_PATH_NONE)
		path->first_of_ttl[ttl] = path->probe_count;
	else
		path->probes[path->last_of_ttl[ttl]].next = path->probe_count;
	path->last_of_ttl[ttl] = path->probe_count;
	path->count_of_ttl[ttl]++;
}

static void
fill_reply(struct tr_path *path, uint8_t ttl)
{
	struct tr_path_reply *reply = &path->replies[path->reply_count];
	uint8_t router[4] = { 10, 0, ttl, 1 };

	*reply = (struct tr_path_reply){
		.probe = path->probe_count,
		.next = TR_PATH_NONE,
		.received = path->probes[path->probe_count].sent + 1000,
		.responder = ttl == HOPS ? path->run.flow.dst :
		    tr_address_v4(router),
		.verdict = ttl == HOPS ? TR_VERDICT_ARRIVED :
		    TR_VERDICT_TRANSIT,
		.match = { .tier = TR_TIER_EXACT },
		.ttl = (uint8_t)((ttl == HOPS ? 65 : 256) - ttl),
		.is_icmp = true,
		.icmp_type = ttl == HOPS ? 3 : 11,
		.icmp_code = ttl == HOPS ? 3 : 0,
		.has_quote = true,
		.quote = path->probes[path->probe_count].identity,
	};
	reply->quote.ttl = 1;
}

/* A route of six hops, three probes for each, and nothing to find. */
static struct tr_path *
plain_path(void)
{
	struct tr_run run = {
		.known = true,
		.flow = {
			.protocol = TR_PROTOCOL_UDP,
			.src = address_of("10.9.0.1"),
			.dst = address_of("10.99.0.1"),
			.source_port = 40000,
			.destination_port = 33434,
			.size = 60,
		},
		.one_flow = true,
		.trace = { .first_ttl = 1, .max_ttl = 30, .queries = QUERIES },
	};
	struct tr_path *path = tr_path_new(&run);

	assert_non_null(path);
	path->probes = calloc(HOPS * QUERIES, sizeof(*path->probes));
	path->replies = calloc(HOPS * QUERIES, sizeof(*path->replies));
	assert_non_null(path->probes);
	assert_non_null(path->replies);
	path->probe_size = path->reply_size = HOPS * QUERIES;
	for (uint8_t ttl = 1; ttl <= HOPS; ttl++)
		for (int i = 0; i < QUERIES; i++) {
			fill_probe(path, ttl);
			fill_reply(path, ttl);
			path->probe_count++;
			path->reply_count++;
		}
	path->stop_told = TR_STOP_ARRIVED;
	return path;
}

/* The answer to one of the probes of a hop. */
static struct tr_path_reply *
reply_of(struct tr_path *path, unsigned ttl, unsigned query)
{
	return &path->replies[(ttl - 1) * QUERIES + query];
}

static void
differ(struct tr_path *path, unsigned first, unsigned last, unsigned bits)
{
	for (unsigned ttl = first; ttl <= last; ttl++)
		for (unsigned i = 0; i < QUERIES; i++)
			reply_of(path, ttl, i)->match.differences |= bits;
}

static void
quote_ttl(struct tr_path *path, unsigned hop, uint8_t ttl)
{
	for (unsigned i = 0; i < QUERIES; i++)
		reply_of(path, hop, i)->quote.ttl = ttl;
}

/* All codes, in their order; frees the path. */
static const char *
codes_of(struct tr_path *path)
{
	static char codes[1024];
	struct tr_findings *findings;

	tr_path_conclude(path);
	findings = tr_findings_new(path);
	assert_non_null(findings);
	codes[0] = '\0';
	for (uint32_t i = 0; i < findings->count; i++) {
		const struct tr_finding *finding = &findings->items[i];

		assert_true(finding->text[0] != '\0');
		assert_true(finding->evidence[0] != '\0');
		assert_null(strpbrk(finding->text, "\n\t\033"));
		assert_true(strlen(finding->text) < TR_FINDING_TEXT_MAX - 1);
		assert_true(strlen(finding->evidence) <
		    TR_FINDING_TEXT_MAX - 1);
		if (i > 0)
			strcat(codes, " ");
		strcat(codes, tr_finding_name(finding->code));
	}
	free(findings);
	tr_path_free(path);
	return codes;
}

/* --- this host ----------------------------------------------------------- */

static void
nothing_on_a_plain_path(void **state)
{
	(void)state;
	assert_string_equal(codes_of(plain_path()), "");
}

static void
own_side(void **state)
{
	struct tr_path *path = plain_path();

	(void)state;
	path->capture = (struct tr_capture_counts){ .known = true,
	    .dropped = 3 };
	assert_string_equal(codes_of(path), "own.capture-lost");

	path = plain_path();
	path->capture = (struct tr_capture_counts){ .dropped = 3 };
	assert_string_equal(codes_of(path), "");

	path = plain_path();
	path->capture.clock_step = -TR_CLOCK_STEP_LEAST;
	assert_string_equal(codes_of(path), "own.clock-step");

	path = plain_path();
	path->capture.clock_step = TR_CLOCK_STEP_LEAST - 1;
	assert_string_equal(codes_of(path), "");

	path = plain_path();
	path->probes[0].rewritten = true;
	path->probes[0].identity.src = address_of("192.0.2.1");
	assert_string_equal(codes_of(path), "own.nat");
}

static void
refused_by_this_host(void **state)
{
	struct tr_path *path = plain_path();

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		path->probes[i].error = i == 0 ? EPERM : ENOBUFS;
		path->probes[i].answered = false;
		path->probes[i].first_reply = TR_PATH_NONE;
	}
	assert_string_equal(codes_of(path), "own.refused own.refused");
}

/* --- the end ------------------------------------------------------------- */

static void
doubts_about_arrival(void **state)
{
	struct tr_path *path = plain_path();

	(void)state;
	for (unsigned i = 0; i < QUERIES; i++)
		reply_of(path, HOPS, i)->responder = address_of("10.98.0.1");
	assert_string_equal(codes_of(path), "end.other-address");

	path = plain_path();
	for (unsigned i = 0; i < QUERIES; i++) {
		reply_of(path, HOPS, i)->match.tier = TR_TIER_PORTS;
		reply_of(path, HOPS, i)->is_icmp = false;
		reply_of(path, HOPS, i)->has_quote = false;
	}
	assert_string_equal(codes_of(path), "end.datagrams");

	/* With the probe's own bytes in it, there is no doubt. */
	path = plain_path();
	for (unsigned i = 0; i < QUERIES; i++) {
		reply_of(path, HOPS, i)->is_icmp = false;
		reply_of(path, HOPS, i)->has_quote = false;
	}
	assert_string_equal(codes_of(path), "");
}

/* --- quotes -------------------------------------------------------------- */

static void
changed_on_the_way_or_by_one_hop(void **state)
{
	static const struct {
		unsigned bit;
		const char *code;
	} rows[] = {
		{ TR_DIFFERENT_SRC, "nat" },
		{ TR_DIFFERENT_DST, "nat" },
		{ TR_DIFFERENT_SOURCE_PORT, "nat" },
		{ TR_DIFFERENT_DESTINATION_PORT, "nat" },
		{ TR_DIFFERENT_OWN, "rewritten.checksum" },
		{ TR_DIFFERENT_IP_ID, "rewritten.ip-id" },
		{ TR_DIFFERENT_FLOW_LABEL, "rewritten.flow-label" },
		{ TR_DIFFERENT_SIZE, "rewritten.size" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tr_path *path = plain_path();

		differ(path, 3, HOPS, rows[i].bit);
		assert_string_equal(codes_of(path), rows[i].code);
		path = plain_path();
		differ(path, 3, 3, rows[i].bit);
		assert_string_equal(codes_of(path), "quote.altered");
		/* Now so and now so: on some of several ways. */
		path = plain_path();
		differ(path, 3, HOPS, rows[i].bit);
		for (unsigned ttl = 3; ttl <= HOPS; ttl++)
			reply_of(path, ttl, 1)->match.differences = 0;
		assert_string_equal(codes_of(path), rows[i].code);
	}
}

static void
a_nat_is_one_finding(void **state)
{
	struct tr_path *path = plain_path();
	struct tr_findings *findings;

	(void)state;
	differ(path, 4, HOPS, TR_DIFFERENT_SRC | TR_DIFFERENT_SOURCE_PORT |
	    TR_DIFFERENT_OWN);
	tr_path_conclude(path);
	findings = tr_findings_new(path);
	assert_non_null(findings);
	assert_int_equal(findings->count, 1);
	assert_int_equal(findings->items[0].code, TR_FINDING_NAT);
	assert_int_equal(findings->items[0].sureness, TR_SURE_CERTAIN);
	assert_int_equal(findings->items[0].first_ttl, 3);
	assert_int_equal(findings->items[0].last_ttl, 4);
	free(findings);
	tr_path_free(path);

	/* Where only the last hop shows it, that may be its own doing. */
	path = plain_path();
	differ(path, HOPS, HOPS, TR_DIFFERENT_SRC);
	tr_path_conclude(path);
	findings = tr_findings_new(path);
	assert_non_null(findings);
	assert_int_equal(findings->count, 1);
	assert_int_equal(findings->items[0].sureness, TR_SURE_LIKELY);
	free(findings);
	tr_path_free(path);
}

static void
quoted_ttls(void **state)
{
	struct tr_path *path = plain_path();

	(void)state;
	quote_ttl(path, HOPS, 60);		/* more than was sent */
	assert_string_equal(codes_of(path), "ttl.raised");

	path = plain_path();
	quote_ttl(path, HOPS, 2);		/* 1 would be left */
	assert_string_equal(codes_of(path), "ttl.raised");

	/* The first probes to reach the host may have been lost. */
	path = plain_path();
	quote_ttl(path, HOPS, 2);
	for (unsigned i = 0; i < QUERIES; i++) {
		const uint32_t probe = reply_of(path, HOPS - 1, i)->probe;

		path->probes[probe].answered = false;
		path->probes[probe].first_reply = TR_PATH_NONE;
	}
	assert_string_equal(codes_of(path), "silent");

	path = plain_path();
	quote_ttl(path, 3, 3);			/* as no tunnel does */
	assert_string_equal(codes_of(path), "ttl.quoted");

	path = plain_path();
	quote_ttl(path, 3, 2);
	quote_ttl(path, 4, 3);
	assert_string_equal(codes_of(path), "mpls.implicit");

	path = plain_path();
	quote_ttl(path, 3, UINT8_MAX);		/* nothing was counted down */
	assert_string_equal(codes_of(path), "");
}

/* --- the whole ----------------------------------------------------------- */

static void
flows_of_a_search_are_left_out(void **state)
{
	struct tr_path *path = plain_path();

	(void)state;
	path->run.multipath = true;
	differ(path, 3, HOPS, TR_DIFFERENT_SRC);
	for (uint32_t i = 0; i < path->probe_count; i++)
		path->probes[i].flow = 1;
	assert_string_equal(codes_of(path), "");
}

/* --- whose hops they are ------------------------------------------------- */

static struct tr_annotation *
entry(struct tr_path *path, unsigned ttl)
{
	struct tr_annotation *annotation;

	if (path->annotations == NULL)
		path->annotations = tr_annotations_new();
	annotation = tr_annotations_at(path->annotations,
	    &reply_of(path, ttl, 0)->responder);
	assert_non_null(annotation);
	return annotation;
}

static void
originate(struct tr_path *path, unsigned ttl, uint32_t asn)
{
	struct tr_annotation *annotation = entry(path, ttl);

	annotation->origin_lookup = TR_LOOKUP_FOUND;
	tr_annotation_add_origin(annotation, asn);
	annotation->prefix = tr_prefix_of(&annotation->address, 24);
}

/* An address that is special in no way. */
static void
move(struct tr_path *path, unsigned ttl, const char *text)
{
	for (unsigned i = 0; i < QUERIES; i++)
		reply_of(path, ttl, i)->responder = address_of(text);
}

/* The findings about whose hops they are, a line each; frees the path. */
static const char *
told_of(struct tr_path *path)
{
	static char text[4096];
	struct tr_findings *findings;

	tr_path_conclude(path);
	findings = tr_findings_new(path);
	assert_non_null(findings);
	text[0] = '\0';
	for (uint32_t i = 0; i < findings->count; i++) {
		const struct tr_finding *finding = &findings->items[i];

		if (strncmp(tr_finding_name(finding->code), "as.", 3) != 0 &&
		    strcmp(tr_finding_name(finding->code), "name.false") != 0)
			continue;
		assert_true(strlen(finding->text) < TR_FINDING_TEXT_MAX - 1);
		assert_true(strlen(finding->evidence) <
		    TR_FINDING_TEXT_MAX - 1);
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%u-%u %s: %s\n", finding->first_ttl, finding->last_ttl,
		    tr_sureness_name(finding->sureness), finding->text);
	}
	free(findings);
	tr_annotations_free(path->annotations);
	tr_path_free(path);
	return text;
}

static void
no_as_path_without_origins(void **state)
{
	struct tr_path *path = plain_path();

	(void)state;
	entry(path, 2)->origin_lookup = TR_LOOKUP_NONE;
	entry(path, 3)->name_lookup = TR_LOOKUP_FOUND;
	assert_string_equal(told_of(path), "");
}

static void
as_paths_and_borders(void **state)
{
	struct tr_path *path = plain_path();

	(void)state;
	originate(path, 2, 64500);
	originate(path, 3, 64500);
	originate(path, 4, 64501);
	tr_annotation_set(entry(path, 4)->holder, TR_ANNOTATION_TEXT_MAX,
	    "Example");
	move(path, 5, "9.0.5.1");
	originate(path, 6, 64501);
	assert_string_equal(told_of(path),
	    "1-6 likely: AS path: private > AS64500 > AS64501\n"
	    "3-4 likely: AS64500 hands over to AS64501 (Example) between hop "
	    "3 and 4; the router at hop 3 may be the latter's already\n");
}

static void
silence(struct tr_path *path, unsigned ttl)
{
	for (unsigned i = 0; i < QUERIES; i++) {
		path->probes[(ttl - 1) * QUERIES + i].answered = false;
		path->probes[(ttl - 1) * QUERIES + i].first_reply =
		    TR_PATH_NONE;
	}
}

/* What is between two AS may be anybody's, and where they meet open. */
static void
gaps_between_as(void **state)
{
	struct tr_path *path = plain_path();

	(void)state;
	originate(path, 1, 64500);
	move(path, 2, "9.0.2.1");
	silence(path, 3);
	originate(path, 4, 64501);
	originate(path, 5, 64500);
	move(path, 6, "9.0.6.1");
	assert_string_equal(told_of(path),
	    "1-4 possible: AS64500 hands over to AS64501 between hop 1 and 4; "
	    "the router at hop 1 may be the latter's already\n"
	    "1-6 likely: AS path: AS64500 > ? > AS64501 > AS64500 > ?\n"
	    "4-5 likely: AS64501 hands over to AS64500 between hop 4 and 5; "
	    "the router at hop 4 may be the latter's already\n");
}

static void
an_exchange_point_is_a_border_that_is_seen(void **state)
{
	struct tr_path *path = plain_path();

	(void)state;
	originate(path, 2, 64500);
	/* Its own AS, if it announces the LAN, is none of the path. */
	originate(path, 4, 64599);
	tr_annotation_set(entry(path, 4)->exchange, TR_ANNOTATION_TEXT_MAX,
	    "DE-CIX");
	originate(path, 5, 64501);
	assert_string_equal(told_of(path),
	    "1-6 likely: AS path: private > AS64500 > private > IX DE-CIX > "
	    "AS64501 > private\n"
	    "2-5 likely: AS64500 hands over to AS64501 between hop 2 and 5, at "
	    "the exchange point DE-CIX\n");
}

/* Behind an exchange's LAN a silent router may be of a third AS. */
static void
an_exchange_point_beside_silence_is_only_possible(void **state)
{
	struct tr_path *path = plain_path();

	(void)state;
	originate(path, 1, 64500);
	tr_annotation_set(entry(path, 2)->exchange, TR_ANNOTATION_TEXT_MAX,
	    "DE-CIX");
	silence(path, 3);
	for (unsigned ttl = 4; ttl <= HOPS; ttl++)
		originate(path, ttl, 64501);
	assert_string_equal(told_of(path),
	    "1-4 possible: AS64500 hands over to AS64501 between hop 1 and 4, "
	    "at the exchange point DE-CIX\n"
	    "1-6 likely: AS path: AS64500 > IX DE-CIX > ? > AS64501\n");
}

/* Whoever joins two exchange points is neither of the two AS. */
static void
two_exchange_points_are_only_possible(void **state)
{
	struct tr_path *path = plain_path();

	(void)state;
	originate(path, 1, 64500);
	tr_annotation_set(entry(path, 2)->exchange, TR_ANNOTATION_TEXT_MAX,
	    "DE-CIX");
	tr_annotation_set(entry(path, 3)->exchange, TR_ANNOTATION_TEXT_MAX,
	    "AMS-IX");
	for (unsigned ttl = 4; ttl <= HOPS; ttl++)
		originate(path, ttl, 64501);
	assert_non_null(strstr(told_of(path),
	    "1-4 possible: AS64500 hands over to AS64501"));
}

/* An AS that goes on behind private addresses is one. */
static void
an_as_counts_once(void **state)
{
	struct tr_path *path = plain_path();
	struct tr_findings *findings;
	bool is_told = false;

	(void)state;
	originate(path, 1, 64500);
	for (unsigned ttl = 3; ttl <= HOPS; ttl++)
		originate(path, ttl, 64500);
	tr_path_conclude(path);
	findings = tr_findings_new(path);
	assert_non_null(findings);
	for (uint32_t i = 0; i < findings->count; i++) {
		const struct tr_finding *finding = &findings->items[i];

		if (finding->code != TR_FINDING_AS_PATH)
			continue;
		is_told = true;
		assert_string_equal(finding->text,
		    "AS path: AS64500 > private > AS64500");
		assert_string_equal(finding->values[0].name, "as_count");
		assert_int_equal(finding->values[0].number, 1);
	}
	assert_true(is_told);
	free(findings);
	tr_annotations_free(path->annotations);
	tr_path_free(path);
}

/* Several origins: the same AS as long as they have one in common. */
static void
prefixes_of_several_as(void **state)
{
	struct tr_path *path = plain_path();

	(void)state;
	originate(path, 1, 64500);
	originate(path, 2, 64500);
	originate(path, 2, 64501);
	originate(path, 3, 64501);
	for (unsigned ttl = 4; ttl <= HOPS; ttl++)
		originate(path, ttl, 64501);
	assert_string_equal(told_of(path),
	    "1-6 likely: AS path: AS64500 > AS64501\n"
	    "2-3 likely: AS64500 hands over to AS64501 between hop 2 and 3; "
	    "the router at hop 2 may be the latter's already\n");
}

/* However long, it fits, and characters stay whole. */
static void
the_longest_texts_fit(void **state)
{
	struct tr_path *path = plain_path();
	char longest[TR_ANNOTATION_TEXT_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(longest); i += 3)
		memcpy(longest + i, "\xe2\x82\xac", 3);
	longest[sizeof(longest) - 1] = '\0';
	for (unsigned ttl = 1; ttl <= HOPS; ttl++) {
		for (uint32_t i = 0; i < TR_ORIGINS_MAX; i++)
			originate(path, ttl, UINT32_MAX - 10 * ttl - i);
		tr_annotation_set(entry(path, ttl)->holder,
		    TR_ANNOTATION_TEXT_MAX, longest);
		if (ttl == 3)
			tr_annotation_set(entry(path, ttl)->exchange,
			    TR_ANNOTATION_TEXT_MAX, longest);
	}
	assert_non_null(strstr(told_of(path), " > ...\n"));
}

static void
names_that_do_not_lead_back(void **state)
{
	struct tr_path *path = plain_path();

	(void)state;
	for (unsigned ttl = 1; ttl <= 3; ttl++) {
		entry(path, ttl)->name_lookup = TR_LOOKUP_FOUND;
		entry(path, ttl)->check_lookup = ttl == 1 ? TR_LOOKUP_FOUND :
		    ttl == 2 ? TR_LOOKUP_UNANSWERED : TR_LOOKUP_NONE;
		tr_annotation_set(entry(path, ttl)->name, TR_NAME_MAX,
		    "bank.example");
	}
	memset(entry(path, 3)->name + 4, 'x', TR_NAME_MAX - 5);
	assert_non_null(strstr(told_of(path),
	    "3-3 certain: 10.0.3.1 says that its name is bankxxx"));

	path = plain_path();
	entry(path, 2)->name_lookup = TR_LOOKUP_FOUND;
	entry(path, 2)->check_lookup = TR_LOOKUP_NONE;
	tr_annotation_set(entry(path, 2)->name, TR_NAME_MAX, "bank.example");
	assert_string_equal(told_of(path), "2-2 certain: 10.0.2.1 says that "
	    "its name is bank.example, and that name does not lead back to "
	    "it\n");
}

static void
an_empty_path_has_none(void **state)
{
	const struct tr_run run = { .known = true };

	(void)state;
	assert_string_equal(codes_of(tr_path_new(&run)), "");
}

static void
names_are_there_and_differ(void **state)
{
	(void)state;
	for (int i = 0; i < TR_FINDING_CODES; i++) {
		assert_non_null(tr_finding_name((enum tr_finding_code)i));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(
			    tr_finding_name((enum tr_finding_code)i),
			    tr_finding_name((enum tr_finding_code)j));
	}
}

/* --- chances ------------------------------------------------------------- */

static void
assert_near(double seen, double expected)
{
	assert_true(fabs(seen - expected) < 1e-9);
}

static void
chances_are_those_of_the_tables(void **state)
{
	(void)state;
	/* 1 of C(6, 3) ways; 10 of C(12, 3); C(10, 7) of C(30, 7). */
	assert_near(tr_chance_of_fewer((struct tr_count){ 0, 3 },
	    (struct tr_count){ 3, 3 }), 1.0 / 20);
	assert_near(tr_chance_of_fewer((struct tr_count){ 0, 3 },
	    (struct tr_count){ 7, 9 }), 10.0 / 220);
	assert_near(tr_chance_of_fewer((struct tr_count){ 3, 10 },
	    (struct tr_count){ 20, 20 }), 120.0 / 2035800);
	/* Fisher's tea: 3 of 4 or fewer, where the other has 1 of 4. */
	assert_near(tr_chance_of_fewer((struct tr_count){ 1, 4 },
	    (struct tr_count){ 3, 4 }), 17.0 / 70);
	assert_near(tr_chance_of_fewer((struct tr_count){ 5, 5 },
	    (struct tr_count){ 9, 9 }), 1);
	assert_near(tr_chance_of_fewer((struct tr_count){ 0, 0 },
	    (struct tr_count){ 9, 9 }), 1);
	assert_near(tr_log_likelihood((struct tr_count){ 3, 4 }, 0.5),
	    4 * log(0.5));
	assert_near(tr_log_likelihood((struct tr_count){ 4, 4 }, 1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_on_a_plain_path),
		cmocka_unit_test(own_side),
		cmocka_unit_test(refused_by_this_host),
		cmocka_unit_test(doubts_about_arrival),
		cmocka_unit_test(changed_on_the_way_or_by_one_hop),
		cmocka_unit_test(a_nat_is_one_finding),
		cmocka_unit_test(quoted_ttls),
		cmocka_unit_test(flows_of_a_search_are_left_out),
		cmocka_unit_test(no_as_path_without_origins),
		cmocka_unit_test(as_paths_and_borders),
		cmocka_unit_test(gaps_between_as),
		cmocka_unit_test(an_exchange_point_is_a_border_that_is_seen),
		cmocka_unit_test(
		    an_exchange_point_beside_silence_is_only_possible),
		cmocka_unit_test(two_exchange_points_are_only_possible),
		cmocka_unit_test(an_as_counts_once),
		cmocka_unit_test(prefixes_of_several_as),
		cmocka_unit_test(the_longest_texts_fit),
		cmocka_unit_test(names_that_do_not_lead_back),
		cmocka_unit_test(an_empty_path_has_none),
		cmocka_unit_test(names_are_there_and_differ),
		cmocka_unit_test(chances_are_those_of_the_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
