/*
 * A run in JSON and back; the JSON of a path.
 */
#include "config.h"

#include <stdio.h>

#ifdef HAVE_JANSSON

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "frames.h"
#include "io/run_json.h"
#include "output/output.h"
#include "packet/wire.h"

#define SRC "10.9.0.1"
#define DST "10.99.0.1"

/* Every member set to something of its own. */
static void
fill_run(struct tr_run *run)
{
	*run = (struct tr_run){
		.known = true,
		.version = "0.1.0",
		.command = "trueroute -T \"www.example\"",
		.target = "www.example",
		.flow = {
			.protocol = TR_PROTOCOL_TCP,
			.src = address_of(SRC),
			.dst = address_of(DST),
			.source_port = 40000,
			.destination_port = 443,
			.tos = 184,
			.tcp_flags = TR_TCP_SYN | TR_TCP_ECE | TR_TCP_CWR,
			.dont_fragment = true,
			.classic = true,
			.size = 60,
		},
		.one_flow = true,
		.trace = {
			.first_ttl = 2,
			.max_ttl = 255,
			.queries = 10,
			.probes_at_once = 16,
			.wait_max = 5 * TR_SECOND,
			.wait_here = 3.1,
			.wait_near = 10,
			.gap = TR_MILLISECOND,
		},
		.rounds = { .count = 65534, .interval = 10 * TR_MILLISECOND },
		.start = INT64_C(1700000000123456789),
		.interface = "eth0",
		.interface_index = 3,
		.gateway = address_of("10.9.0.254"),
		.mtu = 1500,
		.interface_reason = "route",
		.source_reason = "option -s",
		.capture_device = "any",
		.addresses = 2,
		.mark = UINT32_MAX,
	};
}

/* Through the text, as a capture's comment goes. */
static void
carry(const struct tr_run *run, struct tr_run *back)
{
	struct tr_error error = { .text = "" };
	json_t *object = tr_run_to_json(run);
	char *text;

	assert_non_null(object);
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	assert_non_null(text);
	assert_null(strchr(text, '\n'));
	object = json_loads(text, 0, NULL);
	free(text);
	assert_non_null(object);
	assert_int_equal(TR_OK, tr_run_from_json(object, back, &error));
	json_decref(object);
}

static void
assert_same_text(const struct tr_run *run, const struct tr_run *back)
{
	json_t *one = tr_run_to_json(run), *other = tr_run_to_json(back);

	assert_true(json_equal(one, other));
	json_decref(one);
	json_decref(other);
}

static void
assert_same_trace(const struct tr_trace_config *a,
    const struct tr_trace_config *b)
{
	assert_int_equal(a->first_ttl, b->first_ttl);
	assert_int_equal(a->max_ttl, b->max_ttl);
	assert_int_equal(a->queries, b->queries);
	assert_int_equal(a->probes_at_once, b->probes_at_once);
	assert_true(a->wait_max == b->wait_max);
	assert_true(a->wait_here >= b->wait_here &&
	    a->wait_here <= b->wait_here);
	assert_true(a->wait_near >= b->wait_near &&
	    a->wait_near <= b->wait_near);
	assert_true(a->gap == b->gap);
}

static void
assert_same_flow(const struct tr_flow *a, const struct tr_flow *b)
{
	assert_int_equal(a->protocol, b->protocol);
	assert_true(tr_address_equal(&a->src, &b->src));
	assert_true(tr_address_equal(&a->dst, &b->dst));
	assert_int_equal(a->source_port, b->source_port);
	assert_int_equal(a->destination_port, b->destination_port);
	assert_int_equal(a->icmp_id, b->icmp_id);
	assert_int_equal(a->icmp_checksum, b->icmp_checksum);
	assert_int_equal(a->flow_label, b->flow_label);
	assert_int_equal(a->tos, b->tos);
	assert_int_equal(a->tcp_flags, b->tcp_flags);
	assert_int_equal(a->dont_fragment, b->dont_fragment);
	assert_int_equal(a->classic, b->classic);
	assert_int_equal(a->size, b->size);
}

static void
round_trip(void **state)
{
	struct tr_run run, back;

	(void)state;
	fill_run(&run);
	carry(&run, &back);
	assert_true(back.known);
	assert_string_equal(run.version, back.version);
	assert_string_equal(run.command, back.command);
	assert_string_equal(run.target, back.target);
	assert_same_flow(&run.flow, &back.flow);
	assert_int_equal(run.one_flow, back.one_flow);
	assert_same_trace(&run.trace, &back.trace);
	assert_int_equal(run.rounds.count, back.rounds.count);
	assert_true(run.rounds.interval == back.rounds.interval);
	assert_true(run.start == back.start);
	assert_string_equal(run.interface, back.interface);
	assert_int_equal(run.interface_index, back.interface_index);
	assert_true(tr_address_equal(&run.gateway, &back.gateway));
	assert_int_equal(run.mtu, back.mtu);
	assert_string_equal(run.interface_reason, back.interface_reason);
	assert_string_equal(run.source_reason, back.source_reason);
	assert_string_equal(run.capture_device, back.capture_device);
	assert_int_equal(run.addresses, back.addresses);
	assert_int_equal(run.mark, back.mark);
}

static void
round_trip_of_icmp_and_ipv6(void **state)
{
	struct tr_run run, back;

	(void)state;
	fill_run(&run);
	run.flow = (struct tr_flow){
		.protocol = TR_PROTOCOL_ICMP,
		.src = address_of("fd00::1"),
		.dst = address_of("2001:db8::1"),
		.icmp_id = 77,
		.icmp_checksum = 0xbeef,
		.flow_label = 0xfffff,
		.size = 80,
	};
	run.gateway = (struct tr_address){ .family = 0 };
	carry(&run, &back);
	assert_same_flow(&run.flow, &back.flow);
	assert_false(tr_address_is_set(&back.gateway));
}

static void
unknown_stays_unknown(void **state)
{
	struct tr_run run = { .known = false }, back;
	json_t *object;

	(void)state;
	run.flow.src = address_of(SRC);
	run.flow.dst = address_of(DST);
	run.trace.queries = 200;	/* another program's */
	carry(&run, &back);
	assert_same_text(&run, &back);
	assert_int_equal(200, back.trace.queries);
	object = tr_run_to_json(&run);
	assert_true(json_is_null(json_object_get(json_object_get(object,
	    "parameters"), "wait_max_ns")));
	assert_true(json_is_null(json_object_get(json_object_get(object,
	    "interface"), "name")));
	assert_true(json_is_null(json_object_get(object, "target")));
	json_decref(object);

	object = json_object();
	assert_int_equal(TR_OK, tr_run_from_json(object, &back, NULL));
	json_decref(object);
}

/* As in captures of versions without them. */
static void
an_ordinary_run_has_no_rounds(void **state)
{
	struct tr_run run, back;
	json_t *object;

	(void)state;
	fill_run(&run);
	run.rounds.count = 0;
	object = tr_run_to_json(&run);
	assert_null(json_object_get(object, "rounds"));
	json_decref(object);
	carry(&run, &back);
	assert_int_equal(0, back.rounds.count);
}

static void
texts_from_outside_are_made_safe(void **state)
{
	struct tr_run run, back;

	(void)state;
	fill_run(&run);
	snprintf(run.target, sizeof(run.target), "%s", "a\033b\xff");
	memset(run.command, 'x', sizeof(run.command) - 1);
	run.command[sizeof(run.command) - 1] = '\0';
	carry(&run, &back);
	assert_string_equal("a?b?", back.target);
	assert_string_equal(run.command, back.command);
	assert_same_text(&run, &back);
}

/* What only runs that look for the path MTU have. */
static void
walk_sizes_are_carried(void **state)
{
	struct tr_run run, back;
	json_t *object;

	(void)state;
	fill_run(&run);
	object = tr_run_to_json(&run);
	assert_null(json_object_get(object, "path_mtu"));
	json_decref(object);
	run.flow.size = 1500;
	run.walk_size = 60;
	run.rounds = (struct tr_rounds_config){ 0 };
	carry(&run, &back);
	assert_int_equal(60, back.walk_size);
	assert_same_text(&run, &back);
}

/* What only runs that are masked have. */
static void
masked_hops_are_carried(void **state)
{
	struct tr_run run, back;
	json_t *object;

	(void)state;
	fill_run(&run);
	object = tr_run_to_json(&run);
	assert_null(json_object_get(object, "masked_hops"));
	json_decref(object);
	run.masked_hops = 255;
	carry(&run, &back);
	assert_int_equal(255, back.masked_hops);
	assert_same_text(&run, &back);
}

/* --- what is refused ---------------------------------------------------- */

static void
refuses(void **state)
{
	static const struct {
		const char *place;	/* NULL: the run itself */
		const char *key;
		const char *value;
		const char *text;
	} cases[] = {
		{ NULL, "start_ns", "-1", "run.start_ns" },
		{ NULL, "start_ns", "1.5", "run.start_ns" },
		{ NULL, "target", "7", "run.target" },
		{ NULL, "known", "1", "run.known" },
		{ NULL, "mark", "4294967296", "run.mark" },
		{ NULL, "masked_hops", "0", "run.masked_hops" },
		{ NULL, "masked_hops", "256", "1 to 255" },
		{ NULL, "flow", "[]", "flow" },
		{ "flow", "protocol", "\"SCTP\"", "flow.protocol" },
		{ "flow", "protocol", "null", "flow.protocol" },
		{ "flow", "src", "\"10.0.0.256\"", "flow.src" },
		{ "flow", "src", "\"fd00::1\"", "flow.src" },
		{ "flow", "dst", "5", "flow.dst" },
		{ "flow", "source_port", "65536", "0 to 65535" },
		{ "flow", "source_port", "\"443\"", "flow.source_port" },
		{ "flow", "destination_port", "-1", "destination_port" },
		{ "flow", "flow_label", "1048576", "flow.flow_label" },
		{ "flow", "tos", "256", "flow.tos" },
		{ "flow", "tcp_flags", "[\"syn\",\"nix\"]", "tcp_flags" },
		{ "flow", "tcp_flags", "2", "tcp_flags" },
		{ "flow", "classic", "0", "flow.classic" },
		{ "parameters", "first_ttl", "0", "1 to 255" },
		{ "parameters", "first_ttl", "256", "first_ttl" },
		{ "parameters", "max_ttl", "1", "max_ttl at most" },
		{ "parameters", "queries", "11", "1 to 10" },
		{ "parameters", "probes_at_once", "65536", "at_once" },
		{ "parameters", "wait_max_ns", "-5", "wait_max_ns" },
		{ "parameters", "wait_here", "-0.5", "wait_here" },
		{ "parameters", "wait_near", "1e300", "wait_near" },
		{ "parameters", "gap_ns", "true", "gap_ns" },
		{ NULL, "rounds", "7", "rounds" },
		{ "rounds", "count", "65535", "0 to 65534" },
		{ "rounds", "count", "-1", "rounds.count" },
		{ "rounds", "interval_ns", "9999999", "interval_ns" },
		{ "rounds", "interval_ns", "null", "is not there" },
		{ "rounds", "interval_ns", "3600000000001", "interval_ns" },
		{ NULL, "path_mtu", "1500", "path_mtu" },
		{ NULL, "path_mtu", "{\"walk_size\":65536}", "walk_size" },
		{ NULL, "path_mtu", "{\"walk_size\":\"60\"}", "walk_size" },
		{ NULL, "path_mtu", "{\"walk_size\":-1}", "walk_size" },
		{ "interface", "mtu", "-1", "interface.mtu" },
		{ "interface", "gateway", "\"*\"", "interface.gateway" },
		{ "interface", "reason", "\"0123456789012345678901234567890123"
		    "456789012345678901234567890123\"", "interface.reason" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tr_error error = { .text = "" };
		struct tr_run run, back;
		json_t *object, *inner;

		fill_run(&run);
		object = tr_run_to_json(&run);
		inner = cases[i].place == NULL ? object :
		    json_object_get(object, cases[i].place);
		assert_int_equal(0, json_object_set_new(inner, cases[i].key,
		    json_loads(cases[i].value, JSON_DECODE_ANY, NULL)));
		assert_int_equal(TR_EFORMAT, tr_run_from_json(object, &back,
		    &error));
		assert_non_null(strstr(error.text, cases[i].text));
		assert_null(strchr(error.text, '\n'));
		json_decref(object);
	}
	assert_int_equal(TR_EFORMAT, tr_run_from_json(json_null(),
	    &(struct tr_run){ .known = false }, NULL));
}

/* --- the JSON of a path ------------------------------------------------- */

static const json_t *
at(const json_t *value, const char *key)
{
	const json_t *member = json_object_get(value, key);

	assert_non_null(member);
	return member;
}

static json_t *
print(const struct tr_path *path)
{
	const struct tr_output_options options = { .numeric = true };
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	json_t *object;

	assert_non_null(stream);
	assert_int_equal(TR_OK, tr_output_json.end(stream, path, 0,
	    &options));
	fclose(stream);
	assert_ptr_equal(text + size - 1, strchr(text, '\n'));
	object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	assert_non_null(object);
	return object;
}

/* Hop 1 answered, hop 2 was not captured leaving, hop 3 could not be sent. */
static struct tr_path *
three_hops(void)
{
	static const uint8_t objects[] = {
		0, 8, 1, 1, 0x05, 0xdc, 0x51, 0x01,
		0, 5, 9, 2, 0xfe,
	};
	const struct frame_ip back = { "10.1.0.1", SRC, 64, 192, 7, 0 };
	struct tr_path *path = frame_path(TR_PROTOCOL_UDP, SRC, DST, 33434);
	struct frame probe, reply;
	uint32_t number;

	frame_udp(&probe, &(struct frame_ip){ SRC, DST, 1, 0, 4660, 0 },
	    40000, 33434, 0x1234, 32);
	number = frame_probe(path, &probe, 1, path->run.start);
	probe.data[8] = 0;			/* as the router saw it */
	frame_extended(&reply, &back, 11, 0, &probe, objects,
	    sizeof(objects));
	frame_reply(path, number, &reply, path->run.start + 1500, false);
	path->replies[0].match.differences = TR_DIFFERENT_TOS |
	    TR_DIFFERENT_SIZE;
	frame_probe(path, &probe, 2, TR_TIME_NONE);
	frame_failed(path, frame_probe(path, &probe, 3, TR_TIME_NONE),
	    EPERM);
	frame_end(path, TR_STOP_HOP_LIMIT);
	return path;
}

static void
a_path(void **state)
{
	struct tr_path *path = three_hops();
	json_t *object = print(path);
	const json_t *hops = at(object, "hops"), *probe, *reply;

	(void)state;
	assert_int_equal(1, json_integer_value(at(object,
	    "schema_version")));
	assert_int_equal(3, json_array_size(hops));
	assert_true(json_is_null(at(object, "capture")));
	assert_int_equal(0, json_array_size(at(object, "unattributed")));

	probe = json_array_get(at(json_array_get(hops, 0), "probes"), 0);
	assert_int_equal(4660, json_integer_value(at(probe, "ip_id")));
	assert_int_equal(0x1234, json_integer_value(at(probe,
	    "identifier")));
	assert_true(json_is_null(at(probe, "icmp_id")));
	reply = json_array_get(at(probe, "replies"), 0);
	assert_int_equal(1500, json_integer_value(at(reply, "rtt_ns")));
	assert_string_equal("10.1.0.1", json_string_value(at(reply,
	    "responder")));
	assert_int_equal(2, json_array_size(at(reply, "differences")));
	assert_string_equal("fe", json_string_value(at(json_array_get(
	    at(at(reply, "extension"), "objects"), 1), "hex")));
	assert_int_equal(24005, json_integer_value(at(json_array_get(
	    at(at(reply, "extension"), "mpls"), 0), "label")));
	assert_int_equal(0, json_integer_value(at(at(reply, "quote"),
	    "ttl")));
	json_decref(object);
	tr_path_free(path);
}

/* What a replay cannot know is null. */
static void
not_captured_is_null(void **state)
{
	static const char *const keys[] = { "sent_ns", "src", "dst", "tos",
	    "flow_label", "size", "ip_id", "identifier", "source_port",
	    "destination_port", "icmp_id" };
	struct tr_path *path = three_hops();
	json_t *object = print(path);
	const json_t *hops = at(object, "hops"), *probe = NULL;

	(void)state;
	for (size_t hop = 1; hop < 3; hop++) {
		probe = json_array_get(at(json_array_get(hops, hop),
		    "probes"), 0);
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			assert_true(json_is_null(at(probe, keys[i])));
	}
	assert_string_equal("EPERM", json_string_value(at(probe, "error")));
	json_decref(object);
	tr_path_free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(round_trip_of_icmp_and_ipv6),
		cmocka_unit_test(unknown_stays_unknown),
		cmocka_unit_test(an_ordinary_run_has_no_rounds),
		cmocka_unit_test(texts_from_outside_are_made_safe),
		cmocka_unit_test(walk_sizes_are_carried),
		cmocka_unit_test(masked_hops_are_carried),
		cmocka_unit_test(refuses),
		cmocka_unit_test(a_path),
		cmocka_unit_test(not_captured_is_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int
main(void)
{
	puts("1..0 # SKIP built without jansson");
	return 0;
}

#endif
