/*
 * What is concluded from the probes and replies of a run, and what a person
 * is told of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/time.h"
#include "frames.h"
#include "output/output.h"
#include "packet/wire.h"

#define SRC "10.9.0.1"
#define DST "10.99.0.1"
#define SRC6 "fd00:9::1"
#define DST6 "fd00:99::1"
#define PORT 443
#define SYN_ACK (TR_TCP_SYN | TR_TCP_ACK)
#define RST_ACK (TR_TCP_RST | TR_TCP_ACK)

/* What answers a probe. */
enum kind {
	SILENCE,
	EXCEEDED,	/* time exceeded in transit */
	UNREACHABLE,	/* with .code */
	TOO_BIG,
	DATAGRAM,	/* from the port that was probed */
	ECHO_REPLY,
	SEGMENT,	/* TCP with .code for flags */
	REDIRECT,
	QUENCH,
};

struct answer {
	enum kind kind;
	const char *from;
	uint8_t	 code;
	uint8_t	 ttl;		/* of the reply; 0: 64 */
	bool	 late;
};

static bool
is_ipv6(const struct tr_path *path)
{
	return path->run.flow.dst.family == 6;
}

static uint32_t
own_of(uint32_t probe)
{
	return 1000 + 8 * probe;
}

static void
build_probe(const struct tr_path *path, uint8_t ttl, struct frame *frame)
{
	const uint32_t number = path->probe_count;
	const struct frame_ip ip = {
		.src = is_ipv6(path) ? SRC6 : SRC,
		.dst = is_ipv6(path) ? DST6 : DST,
		.ttl = ttl,
		.id = (uint16_t)(number + 1),
	};
	const struct frame_tcp tcp = {
		.source_port = 40000,
		.destination_port = PORT,
		.sequence = own_of(number),
		.flags = path->run.flow.tcp_flags,
	};

	if (path->run.flow.protocol == TR_PROTOCOL_TCP)
		frame_tcp(frame, &ip, &tcp);
	else if (path->run.flow.protocol == TR_PROTOCOL_ICMP)
		frame_echo(frame, &ip, false, 77, (uint16_t)(number + 1));
	else
		frame_udp(frame, &ip, 40000, PORT, (uint16_t)(number + 1),
		    32);
}

static void
build_error(const struct tr_path *path, const struct frame_ip *ip,
    const struct answer *answer, const struct frame *probe,
    struct frame *frame)
{
	static const struct {
		enum kind kind;
		uint8_t	 type4, type6;
	} types[] = {
		{ EXCEEDED, TR_ICMP4_TIME_EXCEEDED, TR_ICMP6_TIME_EXCEEDED },
		{ UNREACHABLE, TR_ICMP4_UNREACHABLE, TR_ICMP6_UNREACHABLE },
		{ TOO_BIG, TR_ICMP4_UNREACHABLE, TR_ICMP6_TOO_BIG },
		{ REDIRECT, TR_ICMP4_REDIRECT, 0 },
		{ QUENCH, TR_ICMP4_SOURCE_QUENCH, 0 },
	};
	const bool ipv6 = is_ipv6(path);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].kind == answer->kind)
			frame_error(frame, ip,
			    ipv6 ? types[i].type6 : types[i].type4,
			    answer->kind == TOO_BIG && !ipv6 ?
			    TR_ICMP4_UNREACHABLE_MTU : answer->code,
			    answer->kind == TOO_BIG ? 1300 : 0, probe,
			    ipv6 ? 48 : 28);
}

/* Answer a probe once more, at after the probe's departure. */
static void
answer_again(struct tr_path *path, uint32_t number, const struct frame *probe,
    const struct answer *answer, int64_t after)
{
	const struct frame_ip ip = {
		.src = answer->from,
		.dst = is_ipv6(path) ? SRC6 : SRC,
		.ttl = answer->ttl != 0 ? answer->ttl : 64,
	};
	const struct frame_tcp tcp = { PORT, 40000, 9, own_of(number) + 1,
	    answer->code };
	struct frame reply;

	switch (answer->kind) {
	case SILENCE:
		return;
	case SEGMENT:
		frame_tcp(&reply, &ip, &tcp);
		break;
	case DATAGRAM:
		frame_udp(&reply, &ip, PORT, 40000, 1, 4);
		break;
	case ECHO_REPLY:
		frame_echo(&reply, &ip, true, 77, (uint16_t)(number + 1));
		break;
	case EXCEEDED:
	case UNREACHABLE:
	case TOO_BIG:
	case REDIRECT:
	case QUENCH:
		build_error(path, &ip, answer, probe, &reply);
		break;
	}
	frame_reply(path, number, &reply, path->run.start +
	    number * TR_MILLISECOND + after, answer->late);
}

/* A probe and its answer, 2 ms later.  Returns the probe's number. */
static uint32_t
add(struct tr_path *path, uint8_t ttl, const struct answer *answer)
{
	struct frame probe;
	uint32_t number;

	build_probe(path, ttl, &probe);
	number = frame_probe(path, &probe, ttl, path->run.start +
	    path->probe_count * TR_MILLISECOND);
	answer_again(path, number, &probe, answer, 2 * TR_MILLISECOND);
	return number;
}

#define ADD(path, ttl, ...) \
	add(path, ttl, &(struct answer){ __VA_ARGS__ })

static struct tr_path *
new_path(enum tr_protocol protocol)
{
	return frame_path(protocol, SRC, DST, PORT);
}

/* Check what a person is told, and free the path. */
static void
expect_notes(struct tr_path *path, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	assert_int_equal(TR_OK, tr_notes_write(stream, path));
	fclose(stream);
	assert_string_equal(expected, text);
	free(text);
	tr_path_free(path);
}

static void
expect_result(const struct tr_path *path, bool reached, enum tr_stop stop,
    uint8_t last_ttl, enum tr_port_state port)
{
	assert_int_equal(reached, path->conclusion.reached);
	assert_int_equal(stop, path->conclusion.stop);
	assert_int_equal(last_ttl, path->conclusion.last_ttl);
	assert_int_equal(port, path->conclusion.port);
}

/* --- arriving ----------------------------------------------------------- */

static void
arrives(void **state)
{
	static const struct {
		enum tr_protocol protocol;
		struct answer answer;
		enum tr_port_state port;
		const char *notes;
	} cases[] = {
		{ TR_PROTOCOL_UDP, { .kind = UNREACHABLE, .code = 3 },
		    TR_PORT_UNKNOWN, "" },
		{ TR_PROTOCOL_UDP, { .kind = DATAGRAM },
		    TR_PORT_UNKNOWN, "" },
		{ TR_PROTOCOL_ICMP, { .kind = ECHO_REPLY },
		    TR_PORT_UNKNOWN, "" },
		{ TR_PROTOCOL_TCP, { .kind = SEGMENT, .code = SYN_ACK },
		    TR_PORT_OPEN,
		    "trueroute: TCP port 443 of 10.99.0.1 is open\n" },
		{ TR_PROTOCOL_TCP, { .kind = SEGMENT, .code = RST_ACK,
		    .ttl = 62 }, TR_PORT_CLOSED,
		    "trueroute: TCP port 443 of 10.99.0.1 is closed\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tr_path *path = new_path(cases[i].protocol);
		struct answer answer = cases[i].answer;

		answer.from = DST;
		ADD(path, 1, .kind = EXCEEDED, .from = "10.1.0.1", .ttl = 64);
		ADD(path, 2, .kind = EXCEEDED, .from = "10.2.0.1", .ttl = 63);
		add(path, 3, &answer);
		add(path, 4, &answer);
		ADD(path, 5, .kind = SILENCE);
		frame_end(path, TR_STOP_HOP_LIMIT);
		expect_result(path, true, TR_STOP_ARRIVED, 3, cases[i].port);
		assert_int_equal(1, path->conclusion.first_ttl);
		assert_int_equal(3, path->conclusion.last_answer_ttl);
		expect_notes(path, cases[i].notes);
	}
}

static void
arrives_by_ipv6(void **state)
{
	struct tr_path *path = frame_path(TR_PROTOCOL_UDP, SRC6, DST6, PORT);

	(void)state;
	ADD(path, 4, .kind = EXCEEDED, .from = "fd00:1::1");
	ADD(path, 5, .kind = UNREACHABLE, .from = DST6, .code = 4);
	frame_end(path, TR_STOP_ARRIVED);
	expect_result(path, true, TR_STOP_ARRIVED, 5, TR_PORT_UNKNOWN);
	assert_int_equal(4, path->conclusion.first_ttl);
	expect_notes(path, "");
}

/* Behind a destination NAT the routers answer in the host's name. */
static void
arrives_behind_nat(void **state)
{
	struct tr_path *path = new_path(TR_PROTOCOL_UDP);

	(void)state;
	ADD(path, 1, .kind = EXCEEDED, .from = "10.1.0.1");
	ADD(path, 2, .kind = EXCEEDED, .from = DST);
	ADD(path, 3, .kind = EXCEEDED, .from = DST);
	ADD(path, 4, .kind = UNREACHABLE, .from = DST, .code = 3);
	frame_end(path, TR_STOP_ARRIVED);
	expect_result(path, true, TR_STOP_ARRIVED, 4, TR_PORT_UNKNOWN);
	expect_notes(path, "");
}

static void
open_beats_reset(void **state)
{
	struct tr_path *path = new_path(TR_PROTOCOL_TCP);

	(void)state;
	ADD(path, 1, .kind = EXCEEDED, .from = "10.1.0.1", .ttl = 64);
	/* As near as hop 1: alone it would be a firewall's. */
	ADD(path, 2, .kind = SEGMENT, .from = DST, .code = RST_ACK, .ttl = 64);
	tr_path_conclude(path);
	assert_true(path->conclusion.forged_reset);
	assert_true(path->replies[1].resets_early);
	ADD(path, 2, .kind = SEGMENT, .from = DST, .code = SYN_ACK, .ttl = 63);
	frame_end(path, TR_STOP_ARRIVED);
	expect_result(path, true, TR_STOP_ARRIVED, 2, TR_PORT_OPEN);
	assert_false(path->conclusion.forged_reset);
	assert_false(path->replies[1].resets_early);
	tr_path_free(path);
}

static void
reset_to_an_ack_tells_no_state(void **state)
{
	struct tr_path *path = new_path(TR_PROTOCOL_TCP);

	(void)state;
	path->run.flow.tcp_flags = TR_TCP_ACK;
	ADD(path, 1, .kind = EXCEEDED, .from = "10.1.0.1", .ttl = 64);
	ADD(path, 2, .kind = SEGMENT, .from = DST, .code = TR_TCP_RST,
	    .ttl = 63);
	frame_end(path, TR_STOP_ARRIVED);
	expect_result(path, true, TR_STOP_ARRIVED, 2, TR_PORT_UNFILTERED);
	expect_notes(path, "trueroute: TCP port 443 of 10.99.0.1 is "
	    "unfiltered: an ACK does not tell whether it is open\n");
}

/* --- not arriving ------------------------------------------------------- */

static void
forged_reset_is_told_by_its_ttl(void **state)
{
	/* Of the routers at hop 1 and 3; of the reset to hop 4. */
	static const struct {
		uint8_t	router1, router3, reset;
		bool	forged;
	} cases[] = {
		{ 64, 62, 62, true },	/* as near as hop 3 */
		{ 64, 62, 61, false },	/* one hop behind it: the host */
		{ 64, 62, 63, false },	/* nearer than that */
		{ 255, 253, 62, true },	/* other initial values */
		{ 255, 253, 125, false },
		{ 64, 0, 62, true },	/* hop 3 silent: as far as it is */
		{ 64, 0, 61, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tr_path *path = new_path(TR_PROTOCOL_TCP);

		ADD(path, 1, .kind = EXCEEDED, .from = "10.1.0.1",
		    .ttl = cases[i].router1);
		ADD(path, 2, .kind = SILENCE);
		if (cases[i].router3 != 0)
			ADD(path, 3, .kind = EXCEEDED, .from = "10.3.0.1",
			    .ttl = cases[i].router3);
		else
			ADD(path, 3, .kind = SILENCE);
		ADD(path, 4, .kind = SEGMENT, .from = DST, .code = RST_ACK,
		    .ttl = cases[i].reset);
		ADD(path, 5, .kind = SEGMENT, .from = DST, .code = RST_ACK,
		    .ttl = cases[i].reset);
		frame_end(path, TR_STOP_ARRIVED);
		assert_int_equal(cases[i].forged,
		    path->conclusion.forged_reset);
		if (!cases[i].forged) {
			expect_result(path, true, TR_STOP_ARRIVED, 4,
			    TR_PORT_CLOSED);
			tr_path_free(path);
			continue;
		}
		expect_result(path, false, TR_STOP_UNREACHABLE, 4,
		    TR_PORT_FILTERED);
		assert_int_equal(3, path->conclusion.forged_by_ttl);
		expect_notes(path, "trueroute: TCP port 443 of 10.99.0.1 is "
		    "filtered: hop 4's reset came with the reply TTL of hop "
		    "3: a firewall there sent it, not 10.99.0.1\n");
	}
}

static void
silence_is_a_filter(void **state)
{
	struct tr_path *path = new_path(TR_PROTOCOL_TCP);

	(void)state;
	ADD(path, 1, .kind = EXCEEDED, .from = "10.1.0.1");
	ADD(path, 2, .kind = EXCEEDED, .from = "10.0.0.2");
	ADD(path, 3, .kind = SILENCE);
	ADD(path, 4, .kind = SILENCE);
	frame_end(path, TR_STOP_HOP_LIMIT);
	expect_result(path, false, TR_STOP_HOP_LIMIT, 4, TR_PORT_FILTERED);
	expect_notes(path, "trueroute: TCP port 443 of 10.99.0.1 is "
	    "filtered: the last hop that answered is 10.0.0.2 (hop 2), "
	    "silent from hop 3 on\n");
}

static void
a_short_walk_is_no_filter(void **state)
{
	struct tr_path *path = new_path(TR_PROTOCOL_TCP);

	(void)state;
	ADD(path, 1, .kind = EXCEEDED, .from = "10.1.0.1");
	ADD(path, 2, .kind = EXCEEDED, .from = "10.2.0.1");
	frame_end(path, TR_STOP_HOP_LIMIT);
	expect_result(path, false, TR_STOP_HOP_LIMIT, 2, TR_PORT_UNKNOWN);
	expect_notes(path, "trueroute: 10.99.0.1 was not reached: the last "
	    "hop that was probed, 10.2.0.1 (hop 2), is a router on the "
	    "way\n");

	path = new_path(TR_PROTOCOL_ICMP);
	snprintf(path->run.target, sizeof(path->run.target), "h\033st");
	ADD(path, 1, .kind = SILENCE);
	frame_end(path, TR_STOP_HOP_LIMIT);
	expect_result(path, false, TR_STOP_HOP_LIMIT, 1, TR_PORT_UNKNOWN);
	expect_notes(path,
	    "trueroute: h?st was not reached: no hop answered\n");
}

static void
refusals(void **state)
{
	static const struct {
		enum tr_protocol protocol;
		struct answer answer;
		enum tr_port_state port;
		const char *notes;
	} cases[] = {
		{ TR_PROTOCOL_UDP, { .kind = UNREACHABLE,
		    .from = "10.3.0.1", .code = 13 }, TR_PORT_UNKNOWN,
		    "10.99.0.1 was not reached: 10.3.0.1 "
		    "(hop 3) refuses it: communication administratively "
		    "prohibited (!X)" },
		/* Hop 2 said that it is a router: so it is a firewall. */
		{ TR_PROTOCOL_UDP, { .kind = UNREACHABLE,
		    .from = "10.2.0.1", .code = 3 }, TR_PORT_UNKNOWN,
		    "10.99.0.1 was not reached: 10.2.0.1 "
		    "(hop 2), a router on the way, refuses it: port "
		    "unreachable" },
		{ TR_PROTOCOL_TCP, { .kind = UNREACHABLE,
		    .from = "10.2.0.1", .code = 13 }, TR_PORT_FILTERED,
		    "TCP port 443 of 10.99.0.1 is "
		    "filtered: 10.2.0.1 (hop 2) refuses it: communication "
		    "administratively prohibited (!X)" },
		{ TR_PROTOCOL_TCP, { .kind = UNREACHABLE,
		    .from = "10.2.0.1", .code = 3 }, TR_PORT_FILTERED,
		    "TCP port 443 of 10.99.0.1 is "
		    "filtered: 10.2.0.1 (hop 2), a router on the way, "
		    "refuses it: port unreachable" },
		{ TR_PROTOCOL_TCP, { .kind = UNREACHABLE,
		    .from = "10.2.0.1", .code = 1 }, TR_PORT_UNKNOWN,
		    "10.99.0.1 was not reached: 10.2.0.1 "
		    "(hop 2) answers: host unreachable (!H)" },
		{ TR_PROTOCOL_ICMP, { .kind = TOO_BIG, .from = "10.2.0.1" },
		    TR_PORT_UNKNOWN, "10.99.0.1 was not reached: 10.2.0.1 "
		    "(hop 2) can send on packets of 1300 bytes at most, the "
		    "probes have 60 (!F-1300)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tr_path *path = new_path(cases[i].protocol);
		char notes[512];

		ADD(path, 1, .kind = EXCEEDED, .from = "10.1.0.1");
		ADD(path, 2, .kind = EXCEEDED, .from = "10.2.0.1");
		add(path, 3, &cases[i].answer);
		add(path, 4, &cases[i].answer);
		frame_end(path, TR_STOP_HOP_LIMIT);
		expect_result(path, false, TR_STOP_UNREACHABLE, 3,
		    cases[i].port);
		snprintf(notes, sizeof(notes), "trueroute: %s\n",
		    cases[i].notes);
		expect_notes(path, notes);
	}
}

/* --- what counts -------------------------------------------------------- */

static void
late_replies_do_not_count(void **state)
{
	struct tr_path *path = new_path(TR_PROTOCOL_UDP);
	uint32_t late;

	(void)state;
	ADD(path, 1, .kind = EXCEEDED, .from = "10.1.0.1");
	late = ADD(path, 2, .kind = UNREACHABLE, .from = DST, .code = 3,
	    .late = true);
	ADD(path, 3, .kind = SILENCE);
	frame_end(path, TR_STOP_HOP_LIMIT);
	expect_result(path, false, TR_STOP_HOP_LIMIT, 3, TR_PORT_UNKNOWN);
	assert_null(tr_path_answer(path, &path->probes[late]));
	assert_int_equal(1, path->conclusion.last_answer_ttl);
	tr_path_free(path);
}

static void
duplicates_are_kept_and_do_not_count(void **state)
{
	struct tr_path *path = new_path(TR_PROTOCOL_UDP);
	static const struct answer redirect = { .kind = REDIRECT,
	    .from = "10.0.0.1", .code = 1 };
	static const struct answer hop = { .kind = EXCEEDED,
	    .from = "10.1.0.1" };
	static const struct answer again = { .kind = UNREACHABLE,
	    .from = DST, .code = 3 };
	struct frame probe;
	uint32_t number;

	(void)state;
	build_probe(path, 1, &probe);
	number = frame_probe(path, &probe, 1, path->run.start);
	answer_again(path, number, &probe, &redirect, TR_MILLISECOND);
	answer_again(path, number, &probe, &hop, 3 * TR_MILLISECOND);
	answer_again(path, number, &probe, &again, 4 * TR_MILLISECOND);
	frame_end(path, TR_STOP_HOP_LIMIT);

	assert_int_equal(3, path->reply_count);
	assert_int_equal(TR_VERDICT_NONE, path->replies[0].verdict);
	assert_false(path->replies[1].duplicate);
	assert_true(path->replies[2].duplicate);
	assert_ptr_equal(&path->replies[1],
	    tr_path_answer(path, &path->probes[number]));
	assert_true(tr_path_round_trip(path, &path->replies[1]) ==
	    3 * TR_MILLISECOND);
	expect_result(path, false, TR_STOP_HOP_LIMIT, 1, TR_PORT_UNKNOWN);
	tr_path_free(path);
}

static void
quench_and_redirect_say_nothing(void **state)
{
	struct tr_path *path = new_path(TR_PROTOCOL_UDP);

	(void)state;
	ADD(path, 1, .kind = QUENCH, .from = "10.1.0.1");
	ADD(path, 2, .kind = REDIRECT, .from = "10.1.0.1", .code = 1);
	frame_end(path, TR_STOP_HOP_LIMIT);
	expect_result(path, false, TR_STOP_HOP_LIMIT, 2, TR_PORT_UNKNOWN);
	expect_notes(path,
	    "trueroute: 10.99.0.1 was not reached: no hop answered\n");
}

static void
interrupted(void **state)
{
	struct tr_path *path = new_path(TR_PROTOCOL_TCP);

	(void)state;
	ADD(path, 3, .kind = EXCEEDED, .from = "10.3.0.1");
	ADD(path, 4, .kind = SILENCE);
	ADD(path, 5, .kind = EXCEEDED, .from = "10.5.0.1");
	ADD(path, 6, .kind = SILENCE);
	frame_end(path, TR_STOP_INTERRUPTED);
	expect_result(path, false, TR_STOP_INTERRUPTED, 5, TR_PORT_UNKNOWN);
	assert_int_equal(3, path->conclusion.first_ttl);
	expect_notes(path, "trueroute: 10.99.0.1 was not reached: "
	    "interrupted; the last hop that answered is 10.5.0.1 (hop 5)\n");

	/* Stopped by hand when all was said. */
	path = new_path(TR_PROTOCOL_UDP);
	ADD(path, 1, .kind = UNREACHABLE, .from = DST, .code = 3);
	ADD(path, 2, .kind = SILENCE);
	frame_end(path, TR_STOP_INTERRUPTED);
	expect_result(path, true, TR_STOP_ARRIVED, 1, TR_PORT_UNKNOWN);
	tr_path_free(path);
}

static void
no_time_without_departure(void **state)
{
	struct tr_path *path = new_path(TR_PROTOCOL_UDP);
	const struct answer answer = { .kind = EXCEEDED, .from = "10.1.0.1" };
	struct frame probe;
	uint32_t number;

	(void)state;
	build_probe(path, 1, &probe);
	number = frame_probe(path, &probe, 1, TR_TIME_NONE);
	answer_again(path, number, &probe, &answer, TR_MILLISECOND);
	build_probe(path, 1, &probe);
	number = frame_probe(path, &probe, 1, path->run.start +
	    TR_SECOND);			/* the clock is set back after it */
	answer_again(path, number, &probe, &answer, TR_MILLISECOND);
	assert_true(tr_path_round_trip(path, &path->replies[0]) ==
	    TR_TIME_NONE);
	assert_true(tr_path_round_trip(path, &path->replies[1]) ==
	    TR_TIME_NONE);
	tr_path_free(path);
}

static void
strangers_are_refused(void **state)
{
	struct tr_path *path = new_path(TR_PROTOCOL_UDP);
	const struct tr_record record = { .type = TR_RECORD_FAILED,
	    .probe = 0 };

	(void)state;
	assert_int_equal(TR_ERANGE, tr_path_apply(path, &record));
	tr_path_conclude(path);
	expect_result(path, false, TR_STOP_UNKNOWN, 0, TR_PORT_UNKNOWN);
	tr_path_free(path);
}

/* --- this host's own part ----------------------------------------------- */

static void
notes_on_this_host(void **state)
{
	struct tr_path *path = new_path(TR_PROTOCOL_TCP);
	struct frame probe;

	(void)state;
	for (uint8_t ttl = 1; ttl <= 3; ttl++)
		frame_failed(path, ADD(path, ttl, .kind = SILENCE), EPERM);
	frame_failed(path, ADD(path, 4, .kind = SILENCE), EMSGSIZE);
	frame_tcp(&probe, &(struct frame_ip){ "10.9.0.7", DST, 5, 0, 9, 0 },
	    &(struct frame_tcp){ 50008, PORT, 5000, 0, TR_TCP_SYN });
	frame_probe(path, &probe, 5, path->run.start);
	path->capture = (struct tr_capture_counts){ .known = true,
	    .received = 90, .dropped = 2, .interface_dropped = 1 };
	frame_end(path, TR_STOP_SEND_FAILED);
	expect_notes(path,
	    "trueroute: 3 probes could not be sent: Operation not permitted "
	    "(a packet filter on this host?)\n"
	    "trueroute: 1 probe could not be sent: Message too long "
	    "(larger than the MTU of the way out?)\n"
	    "trueroute: this host's NAT rewrote the flow: source 10.9.0.1 "
	    "left as 10.9.0.7, source port 40000 left as 50008\n"
	    "trueroute: the capture lost 3 packets: a hop that looks silent "
	    "may have answered\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrives),
		cmocka_unit_test(arrives_by_ipv6),
		cmocka_unit_test(arrives_behind_nat),
		cmocka_unit_test(open_beats_reset),
		cmocka_unit_test(reset_to_an_ack_tells_no_state),
		cmocka_unit_test(forged_reset_is_told_by_its_ttl),
		cmocka_unit_test(silence_is_a_filter),
		cmocka_unit_test(a_short_walk_is_no_filter),
		cmocka_unit_test(refusals),
		cmocka_unit_test(late_replies_do_not_count),
		cmocka_unit_test(duplicates_are_kept_and_do_not_count),
		cmocka_unit_test(quench_and_redirect_say_nothing),
		cmocka_unit_test(interrupted),
		cmocka_unit_test(no_time_without_departure),
		cmocka_unit_test(strangers_are_refused),
		cmocka_unit_test(notes_on_this_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
