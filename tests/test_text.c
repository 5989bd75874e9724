/*
 * The text of traceroute(8), against what version 2.1.2 printed for the same
 * answers (from a tun device), and what is added to its grammar.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "frames.h"
#include "output/output.h"
#include "packet/wire.h"

#define SRC4 "10.9.0.1"
#define DST4 "10.99.0.1"
#define SRC6 "fd00:9::1"
#define DST6 "fd00:99::1"

/* The n-th probe leaves at so many ms, and each answer takes 1.5 ms. */
#define RTT (TR_MILLISECOND * 3 / 2)

static const struct tr_output_options numeric = { .numeric = true };

static struct tr_path *
new_path(uint8_t family)
{
	return family == 4 ?
	    frame_path(TR_PROTOCOL_UDP, SRC4, DST4, 33434) :
	    frame_path(TR_PROTOCOL_UDP, SRC6, DST6, 33434);
}

static void
build_probe(const struct tr_path *path, uint8_t ttl, struct frame *probe)
{
	const bool ipv4 = path->run.flow.dst.family == 4;
	const struct frame_ip ip = {
		.src = ipv4 ? SRC4 : SRC6,
		.dst = ipv4 ? DST4 : DST6,
		.ttl = ttl,
		.id = (uint16_t)(path->probe_count + 1),
	};

	frame_udp(probe, &ip, 40000, 33434,
	    (uint16_t)(path->probe_count + 1), 32);
}

/* One probe and its answer, "" for none; reply_ttl is of the answer. */
struct answer {
	const char *from;
	uint8_t	 type;
	uint8_t	 code;
	uint32_t rest;
	uint8_t	 reply_ttl;
	const uint8_t *objects;
	size_t	 objects_size;
	bool	 not_captured;
};

static void
add(struct tr_path *path, uint8_t ttl, const struct answer *answer)
{
	const bool ipv4 = path->run.flow.dst.family == 4;
	const int64_t sent = path->run.start +
	    path->probe_count * TR_MILLISECOND;
	const struct frame_ip ip = {
		.src = answer->from,
		.dst = ipv4 ? SRC4 : SRC6,
		.ttl = answer->reply_ttl != 0 ? answer->reply_ttl : 64,
	};
	struct frame probe, reply;
	uint32_t number;

	build_probe(path, ttl, &probe);
	number = frame_probe(path, &probe, ttl,
	    answer->not_captured ? TR_TIME_NONE : sent);
	if (answer->from[0] == '\0')
		return;
	if (answer->objects != NULL)
		frame_extended(&reply, &ip, answer->type, answer->code,
		    &probe, answer->objects, answer->objects_size);
	else
		frame_error(&reply, &ip, answer->type, answer->code,
		    answer->rest, &probe, ipv4 ? 28 : 48);
	frame_reply(path, number, &reply, sent + RTT, false);
}

/* A router's time exceeded, or "" for silence. */
static void
add_hop(struct tr_path *path, uint8_t ttl, const char *from)
{
	add(path, ttl, &(struct answer){ .from = from,
	    .type = path->run.flow.dst.family == 4 ? TR_ICMP4_TIME_EXCEEDED :
	    TR_ICMP6_TIME_EXCEEDED });
}

static char *
print(const struct tr_output *output, const struct tr_path *path,
    uint8_t last_hop, const struct tr_output_options *options)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	if (output->begin != NULL && output != &tr_output_tcptraceroute)
		assert_int_equal(TR_OK, output->begin(stream, path, options));
	for (int ttl = 1; ttl <= last_hop; ttl++)
		assert_int_equal(TR_OK, output->hop(stream, path,
		    (uint8_t)ttl, options));
	assert_int_equal(TR_OK, output->end(stream, path, last_hop, options));
	fclose(stream);
	return text;
}

static void
expect_from(const struct tr_output *output, struct tr_path *path,
    const struct tr_output_options *options, uint8_t last_hop,
    const char *expected)
{
	char *text = print(output, path, last_hop, options);

	assert_string_equal(expected, text);
	free(text);
	tr_path_free(path);
}

#define HEADER4 "traceroute to 10.99.0.1 (10.99.0.1), 30 hops max, " \
	"60 byte packets\n"
#define HEADER6 "traceroute to fd00:99::1 (fd00:99::1), 30 hops max, " \
	"80 byte packets\n"

static void
plain_hops(void **state)
{
	struct tr_path *path = new_path(4);

	(void)state;
	for (int i = 0; i < 3; i++)
		add_hop(path, 1, "10.1.0.1");
	for (int i = 0; i < 3; i++)
		add_hop(path, 2, "");
	for (int i = 0; i < 3; i++)
		add(path, 3, &(struct answer){ .from = DST4, .type = 3,
		    .code = 3 });
	frame_end(path, TR_STOP_ARRIVED);
	expect_from(&tr_output_text, path, &numeric, 0, HEADER4
	    " 1  10.1.0.1  1.500 ms  1.500 ms  1.500 ms\n"
	    " 2  * * *\n"
	    " 3  10.99.0.1  1.500 ms  1.500 ms  1.500 ms\n");
}

static void
names_are_addresses(void **state)
{
	const struct tr_output_options named = { .numeric = false };
	struct tr_path *path = new_path(6);

	(void)state;
	snprintf(path->run.target, sizeof(path->run.target), "www.example");
	add_hop(path, 1, "fd00:1::1");
	add_hop(path, 1, "fd00:1::2");
	frame_end(path, TR_STOP_HOP_LIMIT);
	expect_from(&tr_output_text, path, &named, 1,
	    "traceroute to www.example (fd00:99::1), 30 hops max, "
	    "80 byte packets\n"
	    " 1  fd00:1::1 (fd00:1::1)  1.500 ms fd00:1::2 (fd00:1::2)  "
	    "1.500 ms\n");
}

/* --- names, origin AS, places ------------------------------------------- */

/* The entry of an address in the path's table, with a name that was found. */
static struct tr_annotation *
named(struct tr_path *path, const char *text, const char *name)
{
	struct tr_annotation *annotation = frame_known(path, text);

	annotation->name_lookup = TR_LOOKUP_UNANSWERED;
	return name == NULL ? annotation : frame_named(path, text, name);
}

static void
originates(struct tr_annotation *annotation, uint32_t asn)
{
	annotation->origin_lookup = TR_LOOKUP_FOUND;
	tr_annotation_add_origin(annotation, asn);
}

static void
placed(struct tr_annotation *annotation, const char *country,
    const char *place)
{
	annotation->place_lookup = TR_LOOKUP_FOUND;
	tr_annotation_set(annotation->country, sizeof(annotation->country),
	    country);
	tr_annotation_set(annotation->place, sizeof(annotation->place),
	    place);
}

/* Every kind of name, and of what is known beside it. */
static struct tr_path *
annotated_path(void)
{
	struct tr_path *path = new_path(4);

	add_hop(path, 1, "10.1.0.1");
	add_hop(path, 1, "10.1.0.2");
	for (int i = 0; i < 2; i++)
		add_hop(path, 2, "10.2.0.1");
	add_hop(path, 3, "10.3.0.1");
	add_hop(path, 4, "10.4.0.1");
	frame_end(path, TR_STOP_HOP_LIMIT);
	originates(named(path, "10.1.0.1", "gw.example"), 64500);
	placed(named(path, "10.1.0.2", NULL), "", "Bonn");
	originates(named(path, "10.2.0.1", "claimed.example"), 64502);
	originates(named(path, "10.2.0.1", "claimed.example"), 64501);
	placed(named(path, "10.2.0.1", "claimed.example"), "DE",
	    "Frankfurt am Main");
	named(path, "10.2.0.1", "claimed.example")->check_lookup =
	    TR_LOOKUP_NONE;
	/* Not to pass for more than a name; nor its place for more. */
	placed(named(path, "10.3.0.1", "a (10.9.9.9)  1 ms\n\033[31m"), "DE",
	    "x} {y");
	return path;
}

static void
expect_annotated(const struct tr_output_options *options,
    const char *expected)
{
	struct tr_path *path = annotated_path();
	struct tr_annotations *annotations = path->annotations;

	expect_from(&tr_output_text, path, options, 2, expected);
	tr_annotations_free(annotations);
}

/* Where they stand is where traceroute -A has them. */
static void
names_origins_and_places(void **state)
{
	(void)state;
	expect_annotated(&(struct tr_output_options){ .numeric = false },
	    HEADER4
	    " 1  gw.example (10.1.0.1)  1.500 ms 10.1.0.2 (10.1.0.2)  "
	    "1.500 ms\n"
	    " 2  10.2.0.1 (10.2.0.1)  1.500 ms  1.500 ms\n"
	    " 3  a??10.9.9.9???1?ms???31m (10.3.0.1)  1.500 ms\n"
	    " 4  10.4.0.1 (10.4.0.1)  1.500 ms\n");
	expect_annotated(&(struct tr_output_options){ .origins = true,
	    .places = true }, HEADER4
	    " 1  gw.example (10.1.0.1) [AS64500]  1.500 ms "
	    "10.1.0.2 (10.1.0.2) [*] {Bonn}  1.500 ms\n"
	    " 2  10.2.0.1 (10.2.0.1) [AS64501/AS64502] "
	    "{DE, Frankfurt am Main}  1.500 ms  1.500 ms\n"
	    " 3  a??10.9.9.9???1?ms???31m (10.3.0.1) [*] {DE, x? ?y}  "
	    "1.500 ms\n"
	    " 4  10.4.0.1 (10.4.0.1) [*]  1.500 ms\n");
	expect_annotated(&(struct tr_output_options){ .numeric = true,
	    .origins = true }, HEADER4
	    " 1  10.1.0.1 [AS64500]  1.500 ms 10.1.0.2 [*]  1.500 ms\n"
	    " 2  10.2.0.1 [AS64501/AS64502]  1.500 ms  1.500 ms\n"
	    " 3  10.3.0.1 [*]  1.500 ms\n"
	    " 4  10.4.0.1 [*]  1.500 ms\n");
	expect_annotated(&numeric, HEADER4
	    " 1  10.1.0.1  1.500 ms 10.1.0.2  1.500 ms\n"
	    " 2  10.2.0.1  1.500 ms  1.500 ms\n"
	    " 3  10.3.0.1  1.500 ms\n"
	    " 4  10.4.0.1  1.500 ms\n");
}

/* Extensions and hops back come behind. */
static void
origins_stand_before_extensions(void **state)
{
	static const uint8_t objects[] = {
		0, 8, 1, 1, 0x05, 0xdc, 0x51, 0x01,
	};
	const struct tr_output_options all = { .numeric = true,
	    .origins = true, .places = true, .extensions = true,
	    .return_hops = true };
	struct tr_path *path = new_path(4);
	struct tr_annotations *annotations;

	(void)state;
	add(path, 2, &(struct answer){ .from = "10.2.0.1", .type = 11,
	    .reply_ttl = 60, .objects = objects,
	    .objects_size = sizeof(objects) });
	frame_end(path, TR_STOP_HOP_LIMIT);
	placed(named(path, "10.2.0.1", NULL), "DE", "");
	annotations = path->annotations;
	expect_from(&tr_output_text, path, &all, 2, HEADER4
	    " 2  10.2.0.1 [*] {DE} <MPLS:L=24005,E=0,S=1,T=1> '-5'  "
	    "1.500 ms\n");
	tr_annotations_free(annotations);
}

static void
changed_responders(void **state)
{
	struct tr_path *path = new_path(4);

	(void)state;
	add_hop(path, 1, "10.1.0.1");
	add_hop(path, 1, "10.1.0.2");
	add_hop(path, 1, "10.1.0.1");
	add_hop(path, 2, "10.2.0.1");
	add_hop(path, 2, "");
	add_hop(path, 2, "10.2.0.1");
	add_hop(path, 3, "");
	add_hop(path, 3, "");
	add_hop(path, 3, "10.3.0.1");
	add_hop(path, 4, "10.4.0.1");
	add_hop(path, 4, "");
	add_hop(path, 4, "10.4.0.2");
	frame_end(path, TR_STOP_HOP_LIMIT);
	expect_from(&tr_output_text, path, &numeric, 2, HEADER4
	    " 1  10.1.0.1  1.500 ms 10.1.0.2  1.500 ms 10.1.0.1  1.500 ms\n"
	    " 2  10.2.0.1  1.500 ms *  1.500 ms\n"
	    " 3  * * 10.3.0.1  1.500 ms\n"
	    " 4  10.4.0.1  1.500 ms * 10.4.0.2  1.500 ms\n");
}

static const struct {
	uint8_t	 family, type, code;
	uint32_t rest;
	const char *mark;		/* as traceroute 2.1.2 printed it */
} marks[] = {
	{ 4, 3, 0, 0, " !N" }, { 4, 3, 1, 0, " !H" }, { 4, 3, 2, 0, " !P" },
	{ 4, 3, 3, 0, "" }, { 4, 3, 4, 1400, " !F-1400" },
	{ 4, 3, 5, 0, " !S" }, { 4, 3, 6, 0, " !N" }, { 4, 3, 7, 0, " !H" },
	{ 4, 3, 8, 0, " !N" }, { 4, 3, 9, 0, " !X" }, { 4, 3, 10, 0, " !X" },
	{ 4, 3, 11, 0, " !N" }, { 4, 3, 12, 0, " !H" },
	{ 4, 3, 13, 0, " !X" }, { 4, 3, 14, 0, " !V" },
	{ 4, 3, 15, 0, " !C" }, { 4, 3, 16, 0, " !<16>" },
	{ 4, 11, 0, 0, "" }, { 4, 11, 1, 0, " !<11-1>" },
	{ 4, 12, 0, 0, " !<12-0>" },
	{ 6, 1, 0, 0, " !N" }, { 6, 1, 1, 0, " !X" }, { 6, 1, 2, 0, " !H" },
	{ 6, 1, 3, 0, " !H" }, { 6, 1, 4, 0, "" }, { 6, 1, 5, 0, " !<5>" },
	{ 6, 1, 6, 0, " !<6>" }, { 6, 1, 7, 0, " !<7>" },
	{ 6, 2, 0, 1300, " !F-1300" }, { 6, 3, 0, 0, "" },
	{ 6, 3, 1, 0, " !<3-1>" }, { 6, 4, 1, 6, " !<4-1>" },
};

static void
marks_of_every_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const bool ipv4 = marks[i].family == 4;
		struct tr_path *path = new_path(marks[i].family);
		char expected[256];

		add(path, 1, &(struct answer){
		    .from = ipv4 ? "10.8.0.1" : "fd00:8::1",
		    .type = marks[i].type, .code = marks[i].code,
		    .rest = marks[i].rest });
		frame_end(path, TR_STOP_HOP_LIMIT);
		snprintf(expected, sizeof(expected), "%s 1  %s  1.500 ms%s\n",
		    ipv4 ? HEADER4 : HEADER6,
		    ipv4 ? "10.8.0.1" : "fd00:8::1", marks[i].mark);
		expect_from(&tr_output_text, path, &numeric, 1, expected);
	}
}

static const uint8_t mpls_two[] = {
	0, 12, 1, 1, 0x00, 0x06, 0x4a, 0x01, 0x05, 0xdc, 0x51, 0x01,
};
static const uint8_t mpls_and_others[] = {
	0, 8, 1, 1, 0x05, 0xdc, 0x51, 0x01,
	0, 12, 2, 9, 0, 0, 0, 4, 0, 0, 5, 220,
	/* An interface of which more is sent than its type says. */
	0, 12, 2, 8, 1, 2, 3, 4, 5, 6, 7, 8,
	0, 4, 3, 1,
};

static void
extensions(void **state)
{
	const struct tr_output_options shown = { .numeric = true,
	    .extensions = true };
	const struct answer two = { .from = "10.2.0.1", .type = 11,
	    .objects = mpls_two, .objects_size = sizeof(mpls_two) };
	const struct answer others = { .from = "10.3.0.1", .type = 11,
	    .objects = mpls_and_others,
	    .objects_size = sizeof(mpls_and_others) };

	(void)state;
	for (int with = 0; with < 2; with++) {
		struct tr_path *path = new_path(4);

		add(path, 1, &two);
		add(path, 1, &two);
		add_hop(path, 1, "10.2.0.1");
		add(path, 2, &others);
		frame_end(path, TR_STOP_HOP_LIMIT);
		expect_from(&tr_output_text, path, with ? &shown : &numeric,
		    0, with ? HEADER4
		    " 1  10.2.0.1 <MPLS:L=100,E=5,S=0,T=1/"
		    "L=24005,E=0,S=1,T=1>  1.500 ms  1.500 ms "
		    "10.2.0.1  1.500 ms\n"
		    " 2  10.3.0.1 <MPLS:L=24005,E=0,S=1,T=1;"
		    "INC:4,mtu=1500;2/8:01020304,05060708;3/1:>"
		    "  1.500 ms\n" : HEADER4
		    " 1  10.2.0.1  1.500 ms  1.500 ms  1.500 ms\n"
		    " 2  10.3.0.1  1.500 ms\n");
	}
}

static void
hops_back(void **state)
{
	const struct tr_output_options both = { .numeric = true,
	    .return_hops = true, .extensions = true };
	static const uint8_t ttls[] = { 60, 60, 59 };
	struct tr_path *path = new_path(4);

	(void)state;
	for (int i = 0; i < 3; i++)
		add_hop(path, 1, "10.1.0.1");	/* as far back as forth */
	for (size_t i = 0; i < 3; i++)
		add(path, 2, &(struct answer){ .from = "10.4.0.1",
		    .type = 11, .reply_ttl = ttls[i] });
	add(path, 3, &(struct answer){ .from = "10.5.0.1", .type = 11,
	    .reply_ttl = 126, .objects = mpls_two, .objects_size = 12 });
	add(path, 4, &(struct answer){ .from = "10.6.0.1", .type = 11,
	    .reply_ttl = 250, .objects = mpls_two, .objects_size = 12 });
	frame_end(path, TR_STOP_HOP_LIMIT);
	expect_from(&tr_output_text, path, &both, 4, HEADER4
	    " 1  10.1.0.1  1.500 ms  1.500 ms  1.500 ms\n"
	    " 2  10.4.0.1 '-5'  1.500 ms  1.500 ms 10.4.0.1 '-6'  "
	    "1.500 ms\n"
	    " 3  10.5.0.1 <MPLS:L=100,E=5,S=0,T=1/L=24005,E=0,S=1,T=1>  "
	    "1.500 ms\n"
	    " 4  10.6.0.1 <MPLS:L=100,E=5,S=0,T=1/L=24005,E=0,S=1,T=1> "
	    "'-6'  1.500 ms\n");
}

static void
interrupted_run_shows_what_is_known(void **state)
{
	struct tr_path *path = new_path(4);

	(void)state;
	add_hop(path, 1, "10.1.0.1");
	add_hop(path, 2, "");
	add_hop(path, 3, "10.3.0.1");
	add_hop(path, 3, "");
	add_hop(path, 4, "");
	frame_end(path, TR_STOP_INTERRUPTED);
	expect_from(&tr_output_text, path, &numeric, 1, HEADER4
	    " 1  10.1.0.1  1.500 ms\n"
	    " 2  *\n"
	    " 3  10.3.0.1  1.500 ms *\n");

	path = new_path(4);
	add_hop(path, 1, "");
	frame_end(path, TR_STOP_INTERRUPTED);
	expect_from(&tr_output_text, path, &numeric, 0, HEADER4);
}

static void
unknown_times_and_hops(void **state)
{
	struct tr_path *path = new_path(4);

	(void)state;
	path->run.known = false;
	path->run.trace.max_ttl = 101;
	add(path, 0, &(struct answer){ .from = "10.5.0.1", .type = 11,
	    .not_captured = true });
	add(path, 0, &(struct answer){ .from = "10.6.0.1", .type = 3,
	    .code = 13, .not_captured = true });
	add(path, 1, &(struct answer){ .from = "10.1.0.1", .type = 11,
	    .not_captured = true });
	add_hop(path, 1, "10.1.0.1");
	add_hop(path, 101, "10.101.0.1");
	frame_end(path, TR_STOP_UNKNOWN);
	expect_from(&tr_output_text, path, &numeric, 0,
	    "traceroute to 10.99.0.1 (10.99.0.1), 101 hops max, "
	    "60 byte packets\n"
	    " 1  10.1.0.1  ?  1.500 ms\n"
	    "101  10.101.0.1  1.500 ms\n"
	    " ?  10.5.0.1  ? 10.6.0.1  ? !X\n");
}

static void
target_cannot_act_on_the_terminal(void **state)
{
	struct tr_path *path = new_path(4);

	(void)state;
	snprintf(path->run.target, sizeof(path->run.target), "%s",
	    "a\033[2Jb\n\x7f\xc2\x9b\xff\xe2\x80\xae\xc3\xa9");
	frame_end(path, TR_STOP_HOP_LIMIT);
	expect_from(&tr_output_text, path, &numeric, 0,
	    "traceroute to a?[2Jb?????\xc3\xa9 (10.99.0.1), 30 hops max, "
	    "60 byte packets\n");
}

static const struct {
	const char *text;
	size_t	 size;
	const char *safe;
} texts[] = {
	{ "plain", 16, "plain" },
	{ "", 16, "" },
	{ "cut", 3, "cu" },
	{ "x\xc3\xa9", 3, "x" },		/* does not fit whole */
	{ "x\xc3\xa9", 4, "x\xc3\xa9" },
	{ "\xe2\x82\xac", 16, "\xe2\x82\xac" },
	{ "\xf0\x9f\x98\x80", 16, "\xf0\x9f\x98\x80" },
	{ "\xc3", 16, "?" },			/* ends within */
	{ "\xe2\x82", 16, "??" },
	{ "\xc0\xaf", 16, "??" },		/* overlong */
	{ "\xe0\x80\xaf", 16, "???" },
	{ "\xed\xa0\x80", 16, "???" },		/* surrogate */
	{ "\xf4\x90\x80\x80", 16, "????" },	/* beyond 10ffff */
	{ "\x80z", 16, "?z" },
	{ "\xc2\xa0", 16, "\xc2\xa0" },		/* just past C1 */
	{ "\xe2\x80\xa8\xe2\x81\xa6", 16, "??" },
};

static void
safe_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		/* On the heap, so that a sanitizer sees a step too far. */
		char *text = strdup(texts[i].text);
		char *safe = malloc(texts[i].size);

		assert_non_null(text);
		assert_non_null(safe);
		assert_string_equal(texts[i].safe,
		    tr_text_safe(text, safe, texts[i].size));
		free(text);
		free(safe);
	}
}

static void
texts_grow_and_are_cut(void **state)
{
	char text[12] = "";

	(void)state;
	tr_text_append(text, sizeof(text), "%s %u", "hop", 7);
	assert_string_equal(text, "hop 7");
	tr_text_append(text, sizeof(text), ", %s", "silent");
	assert_string_equal(text, "hop 7, sile");
	tr_text_append(text, sizeof(text), "more");
	assert_string_equal(text, "hop 7, sile");
}

static void
write_errors_are_told(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct tr_path *path = new_path(4);

	(void)state;
	if (full != NULL) {
		assert_int_equal(TR_ESYSTEM, tr_output_text.begin(full, path,
		    &numeric));
		fclose(full);
	}
	tr_path_free(path);
}

/* --- tcptraceroute ------------------------------------------------------ */

static void
add_tcp(struct tr_path *path, uint8_t ttl, const char *from, int flags,
    uint8_t code)
{
	const struct frame_ip forth = { SRC4, DST4, ttl, 0,
	    (uint16_t)(path->probe_count + 1), 0 };
	const struct frame_ip back = { from, SRC4, 64, 0, 0, 0 };
	const uint32_t own = 1000 + path->probe_count * 8;
	const int64_t sent = path->run.start +
	    path->probe_count * TR_MILLISECOND;
	struct frame probe, reply;
	uint32_t number;

	frame_tcp(&probe, &forth, &(struct frame_tcp){ 40000, 80, own, 0,
	    TR_TCP_SYN });
	number = frame_probe(path, &probe, ttl, sent);
	if (from[0] == '\0')
		return;
	if (flags >= 0)
		frame_tcp(&reply, &back, &(struct frame_tcp){ 80, 40000, 5,
		    own + 1, (uint8_t)flags });
	else
		frame_error(&reply, &back, code == 255 ? 11 : 3,
		    code == 255 ? 0 : code, 0, &probe, 28);
	frame_reply(path, number, &reply, sent + RTT, false);
}

/* What tcptraceroute 1.5beta7 printed for the same answers. */
static void
tcptraceroute_lines(void **state)
{
	struct tr_path *path = frame_path(TR_PROTOCOL_TCP, SRC4, DST4, 80);
	static const char *const hops[][3] = {
		{ "10.1.0.1", "10.1.0.2", "10.1.0.1" },
		{ "", "", "" },
		{ "", "10.3.0.1", "10.3.0.1" },
		{ "10.4.0.1", "", "10.4.0.1" },
		{ "10.5.0.1", "10.5.0.1", "" },
		{ "", "", "10.5.0.1" },
		/* The one difference: there the second one is hidden. */
		{ "10.6.0.1", "", "10.6.0.2" },
	};

	(void)state;
	for (uint8_t hop = 0; hop < 7; hop++)
		for (int i = 0; i < 3; i++)
			add_tcp(path, (uint8_t)(hop + 1), hops[hop][i], -1,
			    255);
	add_tcp(path, 8, DST4, TR_TCP_SYN | TR_TCP_ACK, 0);
	add_tcp(path, 8, DST4, TR_TCP_RST | TR_TCP_ACK, 0);
	add_tcp(path, 8, DST4, TR_TCP_SYN | TR_TCP_ACK, 0);
	frame_end(path, TR_STOP_ARRIVED);
	expect_from(&tr_output_tcptraceroute, path, &numeric, 3,
	    " 1  10.1.0.1  1.500 ms\n"
	    "    10.1.0.2  1.500 ms\n"
	    "    10.1.0.1  1.500 ms\n"
	    " 2  * * *\n"
	    " 3  * 10.3.0.1 1.500 ms  1.500 ms\n"
	    " 4  10.4.0.1  1.500 ms * 1.500 ms\n"
	    " 5  10.5.0.1  1.500 ms  1.500 ms *\n"
	    " 6  * * 10.5.0.1 1.500 ms\n"
	    " 7  10.6.0.1  1.500 ms *\n"
	    "    10.6.0.2  1.500 ms\n"
	    " 8  10.99.0.1 [open]  1.500 ms [closed]  1.500 ms [open]  "
	    "1.500 ms\n");
}

/* The name only where there is one. */
static void
tcptraceroute_names(void **state)
{
	const struct tr_output_options named_ones = { .origins = true };

	(void)state;
	for (int with = 0; with < 2; with++) {
		struct tr_path *path = frame_path(TR_PROTOCOL_TCP, SRC4, DST4,
		    80);
		struct tr_annotations *annotations;

		add_tcp(path, 1, "10.1.0.1", -1, 255);
		add_tcp(path, 1, "10.1.0.2", -1, 255);
		add_tcp(path, 2, DST4, TR_TCP_SYN | TR_TCP_ACK, 0);
		frame_end(path, TR_STOP_ARRIVED);
		named(path, "10.1.0.1", "gw.example");
		named(path, DST4, "www.example");
		annotations = path->annotations;
		expect_from(&tr_output_tcptraceroute, path, with ?
		    &named_ones : &numeric, 2, with ?
		    " 1  gw.example (10.1.0.1)  1.500 ms\n"
		    "    10.1.0.2  1.500 ms\n"
		    " 2  www.example (10.99.0.1) [open]  1.500 ms\n" :
		    " 1  10.1.0.1  1.500 ms\n"
		    "    10.1.0.2  1.500 ms\n"
		    " 2  10.99.0.1 [open]  1.500 ms\n");
		tr_annotations_free(annotations);
	}
}

static void
tcptraceroute_marks(void **state)
{
	static const char *const letters[] = { "!N", "!H", "!P", "!p", "!F",
	    "!S", "!U", "!U", "!I", "!A", "!C", "!T", "!T", "!A", "!<14>",
	    "!<15>", "!<16>" };

	(void)state;
	for (uint8_t code = 0; code < 17; code++) {
		struct tr_path *path = frame_path(TR_PROTOCOL_TCP, SRC4, DST4,
		    80);
		char expected[128];

		add_tcp(path, 10, "10.8.0.1", -1, code);
		add_tcp(path, 10, DST4, TR_TCP_SYN | TR_TCP_ACK | TR_TCP_ECE,
		    0);
		frame_end(path, TR_STOP_UNREACHABLE);
		snprintf(expected, sizeof(expected),
		    "10  10.8.0.1  1.500 ms %s\n"
		    "    10.99.0.1 [open, ecn]  1.500 ms\n", letters[code]);
		expect_from(&tr_output_tcptraceroute, path, &numeric, 10,
		    expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_hops),
		cmocka_unit_test(names_are_addresses),
		cmocka_unit_test(names_origins_and_places),
		cmocka_unit_test(origins_stand_before_extensions),
		cmocka_unit_test(changed_responders),
		cmocka_unit_test(marks_of_every_code),
		cmocka_unit_test(extensions),
		cmocka_unit_test(hops_back),
		cmocka_unit_test(interrupted_run_shows_what_is_known),
		cmocka_unit_test(unknown_times_and_hops),
		cmocka_unit_test(target_cannot_act_on_the_terminal),
		cmocka_unit_test(safe_texts),
		cmocka_unit_test(texts_grow_and_are_cut),
		cmocka_unit_test(write_errors_are_told),
		cmocka_unit_test(tcptraceroute_lines),
		cmocka_unit_test(tcptraceroute_names),
		cmocka_unit_test(tcptraceroute_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
