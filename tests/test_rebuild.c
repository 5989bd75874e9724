/*
 * From frames to traces, whoever made them: what belongs together, what is
 * no trace, what is shown although its probe is missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/time.h"
#include "engine/flow.h"
#include "packet/wire.h"
#include "result/rebuild.h"
#include "scripted.h"

static const uint8_t router[16] = { 10, 0, 3, 1 };

struct scene {
	struct tr_rebuild *rebuild;
	struct tr_builder *builder;
	struct tr_naming naming;
	int64_t	now;
	uint32_t number;
	uint8_t	bytes[256];
	size_t	size;
};

static void
begin(struct scene *scene)
{
	*scene = (struct scene){
		.rebuild = tr_rebuild_new(),
		.builder = tr_builder_new(),
		.naming = {
			.identifier_start = 100,
			.identifier_step = 5,
			.tcp_start = 5000,
		},
		.now = 1000 * TR_SECOND,
	};
	assert_non_null(scene->rebuild);
	assert_non_null(scene->builder);
}

static size_t
finish(struct scene *scene)
{
	const int count = tr_rebuild_finish(scene->rebuild, NULL);

	assert_true(count >= 0);
	return (size_t)count;
}

static void
end(struct scene *scene)
{
	tr_builder_free(scene->builder);
	tr_rebuild_free(scene->rebuild);
}

static void
add(struct scene *scene, const uint8_t *frame, size_t size)
{
	const struct tr_frame_note note = { .late = false };

	scene->now += TR_MILLISECOND;
	assert_int_equal(TR_OK, tr_rebuild_add(scene->rebuild, TR_LINK_RAW,
	    frame, size, scene->now, &note));
}

static void
probe(struct scene *scene, const struct tr_flow *flow, uint8_t ttl)
{
	struct tr_probe_spec spec;
	int size;

	tr_flow_probe(flow, &scene->naming, scene->number++, ttl, &spec);
	size = tr_probe_build(scene->builder, &spec, scene->bytes,
	    sizeof(scene->bytes));
	assert_true(size > 0);
	scene->size = (size_t)size;
	add(scene, scene->bytes, scene->size);
}

static void
expire(struct scene *scene)
{
	uint8_t frame[1024];
	const bool ipv6 = scene->bytes[0] >> 4 == 6;
	const size_t size = scripted_error(scene->bytes, scene->size, router,
	    3, ipv6 ? 3 : 11, 0, false, frame);

	add(scene, frame, size);
}

static void
refuse_port(struct scene *scene)
{
	uint8_t frame[1024];
	const bool ipv6 = scene->bytes[0] >> 4 == 6;
	const size_t size = scripted_error(scene->bytes, scene->size,
	    scene->bytes + (ipv6 ? 24 : 16), 3, ipv6 ? 1 : 3, ipv6 ? 4 : 3,
	    false, frame);

	add(scene, frame, size);
}

static void
one_flow_is_one_trace(void **state)
{
	(void)state;
	for (uint8_t family = 4; family <= 6; family += 2) {
		struct scene scene;
		struct tr_flow flow;
		struct tr_path *path;

		begin(&scene);
		scripted_flow(&flow, TR_PROTOCOL_UDP, family);
		for (uint8_t ttl = 1; ttl <= 4; ttl++) {
			probe(&scene, &flow, ttl);
			if (ttl == 4)
				refuse_port(&scene);
			else if (ttl != 2)
				expire(&scene);
		}
		assert_int_equal(1, finish(&scene));
		path = tr_rebuild_path(scene.rebuild, 0);
		assert_true(path->run.one_flow);
		assert_false(path->run.known);
		assert_int_equal(4, path->probe_count);
		assert_int_equal(3, path->reply_count);
		assert_true(path->conclusion.reached);
		assert_int_equal(4, path->conclusion.last_ttl);
		assert_int_equal(1, path->run.trace.first_ttl);
		assert_true(tr_path_round_trip(path, &path->replies[0]) ==
		    TR_MILLISECOND);
		assert_null(tr_rebuild_path(scene.rebuild, 1));
		end(&scene);
	}
}

static void
changing_ports_are_one_trace(void **state)
{
	struct scene scene;
	struct tr_flow flow;
	struct tr_path *path;

	(void)state;
	begin(&scene);
	scripted_flow(&flow, TR_PROTOCOL_UDP, 4);
	flow.classic = true;
	for (uint8_t ttl = 1; ttl <= 5; ttl++)
		for (int query = 0; query < 3; query++) {
			probe(&scene, &flow, ttl);
			expire(&scene);
		}
	assert_int_equal(1, finish(&scene));
	path = tr_rebuild_path(scene.rebuild, 0);
	assert_false(path->run.one_flow);
	assert_int_equal(15, path->probe_count);
	assert_int_equal(15, path->reply_count);
	assert_int_equal(3, path->run.trace.queries);
	assert_int_equal(5, path->run.trace.max_ttl);
	end(&scene);
}

/* Dublin-traceroute: several flows, each walked along its whole route. */
static void
flows_side_by_side_are_traces_each(void **state)
{
	struct scene scene;
	struct tr_flow flow;

	(void)state;
	begin(&scene);
	for (uint8_t ttl = 1; ttl <= 4; ttl++)
		for (uint16_t port = 33434; port < 33437; port++) {
			scripted_flow(&flow, TR_PROTOCOL_UDP, 4);
			flow.destination_port = port;
			probe(&scene, &flow, ttl);
			expire(&scene);
		}
	assert_int_equal(3, finish(&scene));
	for (size_t i = 0; i < 3; i++) {
		struct tr_path *path = tr_rebuild_path(scene.rebuild, i);

		assert_int_equal(33434 + i, path->run.flow.destination_port);
		assert_int_equal(4, path->probe_count);
		assert_int_equal(4, path->reply_count);
	}
	end(&scene);
}

/* mtr -T: each probe is a connection, with ACKs that are no probes. */
static void
acks_of_a_connection_are_no_probes(void **state)
{
	struct scene scene;
	struct tr_flow flow;
	struct tr_path *path;
	uint8_t frame[512];

	(void)state;
	begin(&scene);
	scripted_flow(&flow, TR_PROTOCOL_TCP, 4);
	for (uint8_t ttl = 1; ttl <= 3; ttl++) {
		flow.source_port++;
		flow.tcp_flags = TR_TCP_SYN;
		probe(&scene, &flow, ttl);
		if (ttl < 3) {
			expire(&scene);
			continue;
		}
		add(&scene, frame, scripted_tcp(scene.bytes, 3,
		    TR_TCP_SYN | TR_TCP_ACK, frame));
		flow.tcp_flags = TR_TCP_ACK;
		probe(&scene, &flow, ttl);
	}
	assert_int_equal(1, finish(&scene));
	path = tr_rebuild_path(scene.rebuild, 0);
	assert_int_equal(3, path->probe_count);
	assert_int_equal(3, path->reply_count);
	assert_int_equal(TR_PORT_OPEN, path->conclusion.port);
	end(&scene);
}

/* Windows tracert: one id, a sequence that counts, 92 bytes. */
static void
echoes_of_one_id_are_one_trace(void **state)
{
	struct scene scene;
	struct tr_flow flow;
	struct tr_path *path;
	uint8_t frame[512];

	(void)state;
	begin(&scene);
	scripted_flow(&flow, TR_PROTOCOL_ICMP, 4);
	flow.classic = true;
	flow.icmp_id = 1;
	flow.size = 92;
	for (uint8_t ttl = 1; ttl <= 4; ttl++)
		for (int query = 0; query < 3; query++) {
			probe(&scene, &flow, ttl);
			if (ttl < 4)
				expire(&scene);
			else
				add(&scene, frame, scripted_echo_reply(
				    scene.bytes, scene.size, 4, frame));
		}
	assert_int_equal(1, finish(&scene));
	path = tr_rebuild_path(scene.rebuild, 0);
	assert_true(path->run.one_flow);
	assert_int_equal(12, path->probe_count);
	assert_int_equal(12, path->reply_count);
	assert_true(path->conclusion.reached);
	assert_int_equal(4, path->conclusion.last_ttl);
	end(&scene);
}

static void
protocols_are_kept_apart(void **state)
{
	static const enum tr_protocol protocols[] = {
		TR_PROTOCOL_UDP, TR_PROTOCOL_ICMP, TR_PROTOCOL_TCP,
	};
	struct scene scene;
	struct tr_flow flow;

	(void)state;
	begin(&scene);
	for (uint8_t ttl = 1; ttl <= 3; ttl++)
		for (size_t i = 0; i < 3; i++) {
			scripted_flow(&flow, protocols[i], 4);
			probe(&scene, &flow, ttl);
			expire(&scene);
		}
	assert_int_equal(3, finish(&scene));
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(protocols[i], tr_rebuild_path(scene.rebuild,
		    i)->run.flow.protocol);
	end(&scene);
}

/* A ping, and a name server's query: packets, but no trace. */
static void
ordinary_traffic_is_left_out(void **state)
{
	struct scene scene;
	struct tr_flow flow;
	uint8_t frame[512];
	size_t size;

	(void)state;
	begin(&scene);
	scripted_flow(&flow, TR_PROTOCOL_ICMP, 4);
	for (int i = 0; i < 5; i++) {
		probe(&scene, &flow, 64);
		size = scripted_echo_reply(scene.bytes, scene.size, 5, frame);
		add(&scene, frame, size);
	}
	scripted_flow(&flow, TR_PROTOCOL_UDP, 4);
	flow.destination_port = 53;
	probe(&scene, &flow, 64);
	assert_int_equal(0, finish(&scene));
	end(&scene);
}

static void
an_error_without_its_probe_is_shown(void **state)
{
	struct scene scene;
	struct tr_flow flow;
	struct tr_naming naming = { .identifier_start = 9 };
	struct tr_probe_spec spec;
	struct tr_path *path;

	(void)state;
	begin(&scene);
	scripted_flow(&flow, TR_PROTOCOL_UDP, 4);
	tr_flow_probe(&flow, &naming, 0, 7, &spec);
	scene.size = (size_t)tr_probe_build(scene.builder, &spec, scene.bytes,
	    sizeof(scene.bytes));
	expire(&scene);
	expire(&scene);		/* the same once more */
	assert_int_equal(1, finish(&scene));
	path = tr_rebuild_path(scene.rebuild, 0);
	assert_int_equal(1, path->probe_count);
	assert_int_equal(0, path->probes[0].ttl);
	assert_false(path->probes[0].captured);
	assert_true(path->probes[0].sent == TR_TIME_NONE);
	assert_int_equal(2, path->reply_count);
	assert_true(path->replies[1].duplicate);
	assert_int_equal(33434, path->replies[0].quote.destination_port);
	end(&scene);
}

static void
what_is_no_packet_is_passed_over(void **state)
{
	static const uint8_t noise[40] = { 0x45, 0, 0xff };
	struct scene scene;

	(void)state;
	begin(&scene);
	for (size_t size = 0; size <= sizeof(noise); size++)
		add(&scene, noise, size);
	assert_int_equal(0, finish(&scene));
	end(&scene);
}

/* A saved run tells of probes that the capture does not hold. */
static void
uncaptured_probes_stand_where_they_were_sent(void **state)
{
	struct tr_uncaptured uncaptured[] = {
		{ .number = 0, .ttl = 1, .error = 1 },
		{ .number = 2, .ttl = 3, .error = 0 },
		{ .number = 4, .ttl = 5, .error = 105 },
	};
	struct tr_saved_run saved = {
		.stop = TR_STOP_HOP_LIMIT,
		.uncaptured = uncaptured,
		.uncaptured_count = 3,
	};
	struct scene scene;
	struct tr_path *path;

	(void)state;
	begin(&scene);
	scripted_flow(&saved.run.flow, TR_PROTOCOL_UDP, 4);
	saved.run.known = true;
	probe(&scene, &saved.run.flow, 2);
	expire(&scene);
	probe(&scene, &saved.run.flow, 4);
	expire(&scene);
	assert_int_equal(1, tr_rebuild_finish(scene.rebuild, &saved));
	path = tr_rebuild_path(scene.rebuild, 0);
	assert_int_equal(5, path->probe_count);
	for (uint8_t i = 0; i < 5; i++) {
		assert_int_equal(i + 1, path->probes[i].ttl);
		assert_int_equal(i % 2 == 1, path->probes[i].captured);
	}
	assert_int_equal(1, path->probes[0].error);
	assert_int_equal(105, path->probes[4].error);
	assert_int_equal(TR_STOP_HOP_LIMIT, path->conclusion.stop);
	end(&scene);
}

/* The capture lost the probe, not its answer: as the live run had it. */
static void
answers_to_uncaptured_probes_are_theirs(void **state)
{
	struct tr_uncaptured uncaptured = { .number = 1, .ttl = 2 };
	struct tr_saved_run saved = {
		.stop = TR_STOP_HOP_LIMIT,
		.uncaptured = &uncaptured,
		.uncaptured_count = 1,
	};
	struct tr_probe_spec spec;
	struct tr_packet packet;
	struct scene scene;
	struct tr_path *path;

	(void)state;
	begin(&scene);
	scripted_flow(&saved.run.flow, TR_PROTOCOL_UDP, 4);
	saved.run.known = true;
	probe(&scene, &saved.run.flow, 1);
	tr_flow_probe(&saved.run.flow, &scene.naming, 1, 2, &spec);
	scene.size = (size_t)tr_probe_build(scene.builder, &spec, scene.bytes,
	    sizeof(scene.bytes));
	assert_int_equal(TR_OK, tr_packet_decode(TR_LINK_RAW, scene.bytes,
	    scene.size, &packet));
	tr_identity_of(&packet.ip, &packet.transport, &uncaptured.identity);
	expire(&scene);
	assert_int_equal(1, tr_rebuild_finish(scene.rebuild, &saved));
	path = tr_rebuild_path(scene.rebuild, 0);
	assert_int_equal(2, path->probe_count);
	assert_int_equal(1, path->reply_count);
	assert_int_equal(1, path->replies[0].probe);
	assert_int_equal(TR_TIER_EXACT, path->replies[0].match.tier);
	assert_true(tr_path_round_trip(path, &path->replies[0]) ==
	    TR_TIME_NONE);
	end(&scene);
}

static void
a_saved_run_may_hold_no_probe_at_all(void **state)
{
	struct tr_uncaptured uncaptured[] = {
		{ .number = 0, .ttl = 1, .error = 1 },
	};
	struct tr_saved_run saved = {
		.stop = TR_STOP_SEND_FAILED,
		.uncaptured = uncaptured,
		.uncaptured_count = 1,
	};
	struct scene scene;

	(void)state;
	begin(&scene);
	scripted_flow(&saved.run.flow, TR_PROTOCOL_UDP, 4);
	saved.run.known = true;
	assert_int_equal(1, tr_rebuild_finish(scene.rebuild, &saved));
	assert_int_equal(1, tr_rebuild_path(scene.rebuild, 0)->probe_count);
	assert_int_equal(TR_STOP_SEND_FAILED,
	    tr_rebuild_path(scene.rebuild, 0)->conclusion.stop);
	end(&scene);
}

/* Which frame is what, whatever else is among them. */
static void
frames_have_roles(void **state)
{
	static const struct tr_frame_role expected[] = {
		{ .frame = 1, .is_reply = false, .probe = 0 },
		{ .frame = 2, .is_reply = true, .probe = 0 },
		{ .frame = 5, .is_reply = false, .probe = 1 },
		{ .frame = 6, .is_reply = true, .probe = 1 },
		{ .frame = 8, .is_reply = true, .probe = 1 },
	};
	const struct tr_naming others = { .identifier_start = 9000 };
	static const uint8_t noise[40] = { 0x45, 0, 0xff };
	struct tr_frame_role role;
	struct tr_probe_spec spec;
	struct scene scene;
	struct tr_flow flow;
	uint32_t next = 0;

	(void)state;
	begin(&scene);
	scripted_flow(&flow, TR_PROTOCOL_UDP, 4);
	add(&scene, noise, sizeof(noise));
	probe(&scene, &flow, 1);
	expire(&scene);
	add(&scene, noise, sizeof(noise));
	/* An answer to a probe that is not there. */
	tr_flow_probe(&flow, &others, 0, 7, &spec);
	scene.size = (size_t)tr_probe_build(scene.builder, &spec, scene.bytes,
	    sizeof(scene.bytes));
	expire(&scene);
	probe(&scene, &flow, 2);
	expire(&scene);
	add(&scene, noise, sizeof(noise));
	expire(&scene);
	assert_int_equal(1, finish(&scene));
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_true(tr_rebuild_next_role(scene.rebuild, &next,
		    &role));
		assert_int_equal(expected[i].frame, role.frame);
		assert_int_equal(expected[i].is_reply, role.is_reply);
		assert_int_equal(expected[i].probe, role.probe);
	}
	assert_false(tr_rebuild_next_role(scene.rebuild, &next, &role));
	end(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_flow_is_one_trace),
		cmocka_unit_test(changing_ports_are_one_trace),
		cmocka_unit_test(flows_side_by_side_are_traces_each),
		cmocka_unit_test(acks_of_a_connection_are_no_probes),
		cmocka_unit_test(echoes_of_one_id_are_one_trace),
		cmocka_unit_test(protocols_are_kept_apart),
		cmocka_unit_test(ordinary_traffic_is_left_out),
		cmocka_unit_test(an_error_without_its_probe_is_shown),
		cmocka_unit_test(what_is_no_packet_is_passed_over),
		cmocka_unit_test(uncaptured_probes_stand_where_they_were_sent),
		cmocka_unit_test(answers_to_uncaptured_probes_are_theirs),
		cmocka_unit_test(a_saved_run_may_hold_no_probe_at_all),
		cmocka_unit_test(frames_have_roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
