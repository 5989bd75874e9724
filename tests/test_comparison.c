/*
 * What is concluded from paths of several protocols beside each other.
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
#include "output/comparison.h"
#include "packet/wire.h"
#include "result/comparison.h"

#define SRC "10.9.0.1"
#define DST "10.99.0.1"
#define QUERIES 2

static void
build_probe(const struct tr_path *path, uint8_t ttl, struct frame *frame)
{
	const uint16_t number = (uint16_t)(path->probe_count + 1);
	const uint16_t port = path->run.flow.destination_port;
	const struct frame_ip ip = { SRC, DST, .ttl = ttl, .id = number };
	const struct frame_tcp tcp = { 40000, port, 1000u + 8u * number, 0,
	    TR_TCP_SYN };

	if (path->run.flow.protocol == TR_PROTOCOL_TCP)
		frame_tcp(frame, &ip, &tcp);
	else if (path->run.flow.protocol == TR_PROTOCOL_ICMP)
		frame_echo(frame, &ip, false, 77, number);
	else
		frame_udp(frame, &ip, 40000, port, number, 32);
}

/* How the host answers each protocol. */
static void
build_arrival(const struct tr_path *path, const struct frame_ip *ip,
    const struct frame *probe, struct frame *frame)
{
	const uint16_t number = (uint16_t)path->probe_count;
	const struct frame_tcp tcp = { path->run.flow.destination_port, 40000,
	    9, 1001u + 8u * number, TR_TCP_SYN | TR_TCP_ACK };

	if (path->run.flow.protocol == TR_PROTOCOL_TCP)
		frame_tcp(frame, ip, &tcp);
	else if (path->run.flow.protocol == TR_PROTOCOL_ICMP)
		frame_echo(frame, ip, true, 77, number);
	else
		frame_error(frame, ip, TR_ICMP4_UNREACHABLE,
		    TR_ICMP4_UNREACHABLE_PORT, 0, probe, 28);
}

static void
build_reset(const struct tr_path *path, const struct frame_ip *ip,
    struct frame *frame)
{
	const struct frame_tcp tcp = { path->run.flow.destination_port, 40000,
	    0, 1001u + 8u * path->probe_count, TR_TCP_RST | TR_TCP_ACK };

	frame_tcp(frame, ip, &tcp);
}

/*
 * One hop: a digit is the router 10.0.DIGIT.1, D the host, N a router behind a
 * NAT, which has the host's address; then perhaps b for another router at that
 * hop, ! for a refusal, h for "host unreachable", t for "too big", u for "port
 * unreachable", e where it comes from the hop before, r for a reset that does,
 * and ? where one probe of two is answered.
 */
static void
walk_hop(struct tr_path *path, uint8_t ttl, const char *word, size_t length)
{
	const bool refuses = memchr(word, '!', length) != NULL;
	const bool half = memchr(word, '?', length) != NULL;
	const bool no_way = memchr(word, 'h', length) != NULL;
	const bool too_big = memchr(word, 't', length) != NULL;
	const bool other = memchr(word, 'b', length) != NULL;
	const bool resets = memchr(word, 'r', length) != NULL;
	const bool unreachable = memchr(word, 'u', length) != NULL;
	/* It comes from the hop before. */
	const bool early = resets || memchr(word, 'e', length) != NULL ||
	    (word[0] == 'N' && (refuses || unreachable));
	struct frame probe, reply;
	char from[16] = DST;

	if (word[0] != 'D' && word[0] != 'N')
		snprintf(from, sizeof(from), "10.0.%c.%d", word[0],
		    other ? 2 : 1);
	for (int i = 0; i < QUERIES; i++) {
		/* As many hops back, but for what is sent early. */
		const struct frame_ip ip = { from, SRC,
		    .ttl = (uint8_t)(65 - ttl + early) };
		const int64_t at = path->run.start +
		    path->probe_count * TR_MILLISECOND;
		uint32_t number;

		build_probe(path, ttl, &probe);
		number = frame_probe(path, &probe, ttl, at);
		if (word[0] == '*' || (half && i > 0))
			continue;
		if (resets)
			build_reset(path, &ip, &reply);
		else if (refuses)
			frame_error(&reply, &ip, TR_ICMP4_UNREACHABLE, 13, 0,
			    &probe, 28);
		else if (no_way || too_big)
			frame_error(&reply, &ip, TR_ICMP4_UNREACHABLE,
			    no_way ? 1 : 4, 40, &probe, 28);
		else if (word[0] == 'D' || unreachable)
			build_arrival(path, &ip, &probe, &reply);
		else
			frame_error(&reply, &ip, TR_ICMP4_TIME_EXCEEDED, 0, 0,
			    &probe, 28);
		frame_reply(path, number, &reply, at + 2 * TR_MILLISECOND,
		    false);
	}
}

/* A path of such hops, parted by blanks. */
static struct tr_path *
walk(enum tr_protocol protocol, uint16_t port, const char *script)
{
	struct tr_path *path = frame_path(protocol, SRC, DST, port);
	enum tr_stop stop = TR_STOP_HOP_LIMIT;
	uint8_t ttl = 1;

	while (*script != '\0') {
		const size_t length = strcspn(script, " ");

		walk_hop(path, ttl++, script, length);
		if (memchr(script, '!', length) != NULL ||
		    memchr(script, 'h', length) != NULL ||
		    memchr(script, 't', length) != NULL)
			stop = TR_STOP_UNREACHABLE;
		else if (script[0] == 'D')
			stop = TR_STOP_ARRIVED;
		script += length;
		script += strspn(script, " ");
	}
	frame_end(path, stop);
	return path;
}

struct expected_firewall {
	const char *stops, *passes;
	uint8_t	 before, after;
	bool	 refuses, at_host;
};

struct expected {
	const char *udp, *icmp, *tcp;	/* the paths */
	enum tr_comparison_verdict verdict;
	struct expected_firewall firewalls[2];
	enum tr_comparison_reason reason;
	const char *elsewhere, *doubtful;	/* NULL: none */
	uint8_t	 differs;		/* a hop; 0: none */
};

static void
expect_names(const struct tr_comparison *comparison, unsigned set,
    const char *expected)
{
	char names[128];

	assert_string_equal(expected == NULL ? "" : expected,
	    tr_comparison_names(comparison, set, names, sizeof(names)));
}

static void
expect_firewalls(const struct tr_comparison *comparison,
    const struct expected_firewall *expected)
{
	size_t count = 0;

	for (; count < 2 && expected[count].stops != NULL; count++) {
		const struct tr_firewall *firewall =
		    &comparison->firewalls[count];

		assert_true(count < comparison->firewall_count);
		expect_names(comparison, firewall->stops,
		    expected[count].stops);
		expect_names(comparison, firewall->passes,
		    expected[count].passes);
		assert_int_equal(expected[count].before,
		    firewall->ttl_before);
		assert_int_equal(expected[count].after, firewall->ttl_after);
		assert_int_equal(expected[count].refuses, firewall->refuses);
		assert_int_equal(expected[count].at_host, firewall->at_host);
	}
	assert_int_equal(count, comparison->firewall_count);
}

static void
expect(const struct expected *expected)
{
	struct tr_path *paths[3] = {
		walk(TR_PROTOCOL_UDP, 33434, expected->udp),
		walk(TR_PROTOCOL_ICMP, 0, expected->icmp),
		walk(TR_PROTOCOL_TCP, 443, expected->tcp),
	};
	const struct tr_path *compared[3] = { paths[0], paths[1], paths[2] };
	struct tr_comparison comparison;

	tr_comparison_draw(&comparison, compared, 3);
	assert_string_equal(tr_comparison_verdict_name(expected->verdict),
	    tr_comparison_verdict_name(comparison.verdict));
	assert_int_equal(expected->reason, comparison.reason);
	expect_firewalls(&comparison, expected->firewalls);
	expect_names(&comparison, comparison.elsewhere, expected->elsewhere);
	expect_names(&comparison, comparison.doubtful, expected->doubtful);
	for (int ttl = 0; ttl < 256; ttl++)
		assert_int_equal(ttl != 0 && ttl == expected->differs,
		    comparison.differs[ttl]);
	for (size_t i = 0; i < 3; i++)
		tr_path_free(paths[i]);
}

/* The paths, the verdict, and what else is expected. */
#define EXPECT(by_udp, by_icmp, by_tcp, ...)				\
	expect(&(struct expected){ .udp = (by_udp), .icmp = (by_icmp),	\
	    .tcp = (by_tcp), .verdict = __VA_ARGS__ })

/* One firewall, or the first of two: whom it stops, whom not, where, how. */
#define ONE(...)	.firewalls = { { __VA_ARGS__ } }
#define TWO(...)	.firewalls = { __VA_ARGS__ }
#define DROPS		false, false
#define REFUSES		true, false
#define HOST_DROPS	false, true
#define HOST_REFUSES	true, true

/* --- no firewall -------------------------------------------------------- */

static void
nothing_is_claimed_where_all_arrive(void **state)
{
	(void)state;
	EXPECT("1 2 3 D", "1 2 3 D", "1 2 3 D", TR_COMPARISON_ALL_ARRIVE);
	/* Limits on answers, and routers that never answer. */
	EXPECT("1 * * D", "1 * 3? D", "1 * 3 D", TR_COMPARISON_ALL_ARRIVE);
	EXPECT("1 2 3 D", "1 2b 3 D", "1 2b 3 D", TR_COMPARISON_ALL_ARRIVE,
	    .differs = 2);
}

static void
nor_where_all_end_together(void **state)
{
	(void)state;
	EXPECT("1 2 * *", "1 2 * *", "1 2 * *", TR_COMPARISON_SAME_PLACE,
	    .reason = TR_REASON_SILENT);
	EXPECT("* * *", "* * *", "* * *", TR_COMPARISON_SAME_PLACE,
	    .reason = TR_REASON_SILENT);
	EXPECT("1 2 2!", "1 2 2!", "1 2 2!", TR_COMPARISON_SAME_PLACE,
	    .reason = TR_REASON_REFUSED);
	EXPECT("1 2 2u", "1 2 2!", "1 2 Dr", TR_COMPARISON_SAME_PLACE,
	    .reason = TR_REASON_REFUSED);
	EXPECT("1 2 2h", "1 2 2h", "1 2 2h", TR_COMPARISON_SAME_PLACE,
	    .reason = TR_REASON_NO_WAY);
	EXPECT("1 2 2t", "1 2 2t", "1 2 2t", TR_COMPARISON_SAME_PLACE,
	    .reason = TR_REASON_TOO_BIG);
	EXPECT("1 2 2t", "1 2 2h", "1 2 2!", TR_COMPARISON_SAME_PLACE,
	    .reason = TR_REASON_MIXED);
}

static void
one_that_refuses_is_sure(void **state)
{
	(void)state;
	/* What is not refused may pass, and get no answer. */
	EXPECT("1 2 * *", "1 2 2!", "1 2 * *", TR_COMPARISON_FIREWALL,
	    ONE("ICMP", "", 2, 0, REFUSES));
	EXPECT("1 2 * *", "1 2 3!", "1 2 * *", TR_COMPARISON_FIREWALL,
	    ONE("ICMP", "", 3, 0, REFUSES));
	EXPECT("1 2 * *", "1 2 * *", "1 2 Dr", TR_COMPARISON_FIREWALL,
	    ONE("TCP 443", "", 2, 0, REFUSES));
	EXPECT("1 2 2!", "1 2 3 3!", "1 2 * *", TR_COMPARISON_FIREWALL,
	    TWO({ "UDP 33434", "ICMP", 2, 3, REFUSES },
	    { "ICMP", "", 3, 0, REFUSES }), .doubtful = "TCP 443");
	/* Nobody met it: how far its answers come tells the hop. */
	EXPECT("1 * 2ue", "1 * 2!e", "1 * * *", TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434 and ICMP", "", 2, 0, REFUSES));
	EXPECT("1 * * *", "1 * 3!", "1 * * *", TR_COMPARISON_FIREWALL,
	    ONE("ICMP", "", 3, 0, REFUSES));
	/* Who knows no way is none. */
	EXPECT("1 2 * *", "1 2 2h", "1 2 * *", TR_COMPARISON_UNCLEAR);
}

static void
nor_by_too_few_answers(void **state)
{
	(void)state;
	/* The last router answers but now and then, and the host never. */
	EXPECT("1 2 * * *", "1 2 3? * *", "1 2 3? * *",
	    TR_COMPARISON_UNCLEAR, .doubtful = "UDP 33434");
	/* Nor is one hop's luck enough, where the host answers nobody. */
	EXPECT("1 2 * * *", "1 2 3 * *", "1 2 3 * *",
	    TR_COMPARISON_UNCLEAR, .doubtful = "UDP 33434");
	EXPECT("1 2 * * *", "1 2 3 4 *", "1 2 3 4 *", TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434", "ICMP and TCP 443", 2, 3, DROPS));
}

static void
nor_where_the_ways_differ(void **state)
{
	(void)state;
	EXPECT("1 2 * *", "1 2b 3 D", "1 2b 3 D", TR_COMPARISON_UNCLEAR,
	    .elsewhere = "UDP 33434", .differs = 2);
	EXPECT("1 2 2!", "1 2b 3 D", "1 2b 3 D", TR_COMPARISON_UNCLEAR,
	    .elsewhere = "UDP 33434", .differs = 2);
	/* Behind the place where they meet again it is one. */
	EXPECT("1 2 3 * *", "1 2b 3 4 D", "1 2b 3 4 D",
	    TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434", "ICMP and TCP 443", 3, 4, DROPS), .differs = 2);
	/* Of the others one comes the same way: that is enough. */
	EXPECT("1 2 * *", "1 2b 3 D", "1 2 3 D", TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434", "TCP 443", 2, 3, DROPS), .differs = 2);
}

static void
a_short_walk_says_nothing(void **state)
{
	(void)state;
	EXPECT("1 2 3", "1 2 3", "1 2 3", TR_COMPARISON_UNCLEAR);
	EXPECT("1 2 3 4", "1 2 * *", "1 2 3 4", TR_COMPARISON_FIREWALL,
	    ONE("ICMP", "UDP 33434 and TCP 443", 2, 3, DROPS));
}

/* --- firewalls ---------------------------------------------------------- */

static void
silence_is_between_two_hops(void **state)
{
	(void)state;
	EXPECT("1 2 * * *", "1 2 * * *", "1 2 3 D", TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434 and ICMP", "TCP 443", 2, 3, DROPS));
	/* Hop 3 answers nobody. */
	EXPECT("1 2 * * *", "1 2 * 4 D", "1 2 * 4 D", TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434", "ICMP and TCP 443", 2, 4, DROPS));
	/* Hop 3 answers too little to prove it; hop 4 does. */
	EXPECT("1 2 * * *", "1 2 3? 4 D", "1 2 3? 4 D",
	    TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434", "ICMP and TCP 443", 2, 4, DROPS));
	EXPECT("* * * *", "1 2 3 D", "1 2 3 D", TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434", "ICMP and TCP 443", 0, 1, DROPS));
}

static void
a_refusal_tells_where_it_stands(void **state)
{
	(void)state;
	EXPECT("1 2 2!", "1 2 3 D", "1 2 3 D", TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434", "ICMP and TCP 443", 2, 3, REFUSES));
	/* And whence the other's silence comes, on either side of it. */
	EXPECT("1 2 * *", "1 2 2!", "1 2 3 D", TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434 and ICMP", "TCP 443", 2, 3, REFUSES));
	EXPECT("1 2 * *", "1 2 3!", "1 2 3 4 D", TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434 and ICMP", "TCP 443", 3, 4, REFUSES));
	/* But the host may be the reason for silence before it. */
	EXPECT("1 2 2!", "1 2 * *", "1 2 D", TR_COMPARISON_FIREWALL,
	    TWO({ "UDP 33434", "TCP 443", 2, 3, REFUSES },
	    { "ICMP", "TCP 443", 2, 3, HOST_DROPS }));
	/* One that is never a hop stands before those that others meet. */
	EXPECT("1 * 2!", "1 * 3 D", "1 * 3 D", TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434", "ICMP and TCP 443", 2, 3, REFUSES));
	EXPECT("1 * 2u", "1 * 3 D", "1 * 3 D", TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434", "ICMP and TCP 443", 2, 3, REFUSES));
	EXPECT("1 * 2u", "1 * D", "1 * D", TR_COMPARISON_ALL_ARRIVE);
	EXPECT("1 * 2u", "1 2 D", "1 2 D", TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434", "ICMP and TCP 443", 2, 3, REFUSES));
	/* A reset that no router before it gives away. */
	EXPECT("1 2 3 D", "1 2 3 D", "* Dr", TR_COMPARISON_FIREWALL,
	    ONE("TCP 443", "UDP 33434 and ICMP", 1, 2, REFUSES));
	EXPECT("1 2 D", "1 2 D", "1 2 Dr", TR_COMPARISON_FIREWALL,
	    ONE("TCP 443", "UDP 33434 and ICMP", 2, 3, REFUSES));
	/* Even before the host. */
	EXPECT("1 2 2!", "1 2 D", "1 2 D", TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434", "ICMP and TCP 443", 2, 3, REFUSES));
}

static void
there_may_be_two(void **state)
{
	(void)state;
	EXPECT("1 2 2!", "1 2 3 4 4!", "1 2 3 4 5 D", TR_COMPARISON_FIREWALL,
	    TWO({ "UDP 33434", "ICMP and TCP 443", 2, 3, REFUSES },
	    { "ICMP", "TCP 443", 4, 5, REFUSES }));
	EXPECT("1 2 * * * *", "1 2 3 4 * *", "1 2 3 4 5 D",
	    TR_COMPARISON_FIREWALL,
	    TWO({ "UDP 33434", "ICMP and TCP 443", 2, 3, DROPS },
	    { "ICMP", "TCP 443", 4, 5, DROPS }));
	/* Nobody tells of the one that ends farthest. */
	EXPECT("1 2 2!", "1 2 2!", "1 2 3 4 * *", TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434 and ICMP", "TCP 443", 2, 3, REFUSES));
}

static void
two_places_are_two(void **state)
{
	(void)state;
	/* What is refused got one hop farther than what is dropped. */
	EXPECT("1 2 * * *", "1 2 3 3!", "1 2 3 4 D", TR_COMPARISON_FIREWALL,
	    TWO({ "UDP 33434", "ICMP and TCP 443", 2, 3, DROPS },
	    { "ICMP", "TCP 443", 3, 4, REFUSES }));
}

static void
routers_may_have_the_hosts_address(void **state)
{
	(void)state;
	EXPECT("1 N N N Nu", "1 N N N N D", "1 N N N N D",
	    TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434", "ICMP and TCP 443", 4, 5, REFUSES));
	EXPECT("1 N N N N D", "1 N N N N D", "1 N N N Nr",
	    TR_COMPARISON_FIREWALL,
	    ONE("TCP 443", "UDP 33434 and ICMP", 4, 5, REFUSES));
	EXPECT("1 N N N N!", "1 N N * * *", "1 N N N N D",
	    TR_COMPARISON_FIREWALL,
	    TWO({ "ICMP", "UDP 33434 and TCP 443", 3, 4, DROPS },
	    { "UDP 33434", "TCP 443", 4, 5, REFUSES }));
	/* The hop is told by those that others met. */
	EXPECT("1 * * * N!", "1 N N N N D", "1 N N N N D",
	    TR_COMPARISON_FIREWALL,
	    ONE("UDP 33434", "ICMP and TCP 443", 4, 5, REFUSES));
	/* And the host may be the host. */
	EXPECT("1 N N D!", "1 N N D", "1 N N D", TR_COMPARISON_HOST,
	    ONE("UDP 33434", "ICMP and TCP 443", 4, 4, HOST_REFUSES));
	EXPECT("1 N N D", "1 N N D", "1 N N D", TR_COMPARISON_ALL_ARRIVE);
}

static void
the_host_may_be_it(void **state)
{
	(void)state;
	EXPECT("1 2 * *", "1 2 D", "1 2 D", TR_COMPARISON_HOST,
	    ONE("UDP 33434", "ICMP and TCP 443", 2, 3, HOST_DROPS));
	EXPECT("1 2 D!", "1 2 D", "1 2 D", TR_COMPARISON_HOST,
	    ONE("UDP 33434", "ICMP and TCP 443", 3, 3, HOST_REFUSES));
	EXPECT("1 2 D!", "1 2 * *", "1 2 D", TR_COMPARISON_HOST,
	    ONE("UDP 33434 and ICMP", "TCP 443", 3, 3, HOST_REFUSES));
	/* No hop answers behind the first: it may be anywhere. */
	EXPECT("1 * * * *", "1 * * D", "1 * * D", TR_COMPARISON_HOST,
	    ONE("UDP 33434", "ICMP and TCP 443", 1, 4, HOST_DROPS));
}

static void
this_host_may_be_it(void **state)
{
	struct tr_path *paths[2] = {
		walk(TR_PROTOCOL_UDP, 33434, "* "),
		walk(TR_PROTOCOL_TCP, 443, "1 D"),
	};
	const struct tr_path *compared[2] = { paths[0], paths[1] };
	const struct expected_firewall expected[2] = {
		{ "UDP 33434", "TCP 443", 0, 1, REFUSES },
	};
	struct tr_comparison comparison;
	char text[TR_COMPARED_TEXT_MAX];

	(void)state;
	for (uint32_t i = 0; i < paths[0]->probe_count; i++)
		frame_failed(paths[0], i, EPERM);
	frame_end(paths[0], TR_STOP_SEND_FAILED);
	tr_comparison_draw(&comparison, compared, 2);
	assert_int_equal(TR_COMPARISON_FIREWALL, comparison.verdict);
	expect_firewalls(&comparison, expected);
	assert_string_equal("cannot be sent by this host: Operation not "
	    "permitted",
	    tr_compared_text(&comparison.paths[0], text, sizeof(text)));
	assert_int_equal(TR_STOP_ARRIVED, tr_comparison_stop(&comparison));
	for (size_t i = 0; i < 2; i++)
		tr_path_free(paths[i]);
}

/* What is not sent here says nothing of what is, and gets no answer. */
static void
this_host_stops_no_more_than_it_says(void **state)
{
	struct tr_path *paths[3] = {
		walk(TR_PROTOCOL_UDP, 33434, "* "),
		walk(TR_PROTOCOL_ICMP, 0, "* * *"),
		walk(TR_PROTOCOL_TCP, 443, "1 2 D"),
	};
	const struct tr_path *compared[3] = { paths[0], paths[1], paths[2] };
	const struct expected_firewall expected[2] = {
		{ "UDP 33434", "TCP 443", 0, 1, REFUSES },
		{ "ICMP", "TCP 443", 0, 1, DROPS },
	};
	struct tr_comparison comparison;

	(void)state;
	for (uint32_t i = 0; i < paths[0]->probe_count; i++)
		frame_failed(paths[0], i, EPERM);
	frame_end(paths[0], TR_STOP_SEND_FAILED);
	tr_comparison_draw(&comparison, compared, 3);
	expect_firewalls(&comparison, expected);
	for (size_t i = 0; i < 3; i++)
		tr_path_free(paths[i]);
}

/* --- words -------------------------------------------------------------- */

static void
ends_in_words(void **state)
{
	static const struct {
		enum tr_protocol protocol;
		const char *script, *text, *end;
	} cases[] = {
		{ TR_PROTOCOL_TCP, "1 2 3 Dr", "hop 4's reset came with the "
		    "reply TTL of hop 3: a firewall there sent it, not "
		    "10.99.0.1", "refused" },
		{ TR_PROTOCOL_UDP, "1 2 D", "arrives at hop 3", "arrived" },
		{ TR_PROTOCOL_TCP, "1 D",
		    "arrives at hop 2, the port is open", "arrived" },
		{ TR_PROTOCOL_ICMP, "1 2 * *", "the last hop that answered "
		    "is 10.0.2.1 (hop 2), silent from hop 3 on", "silent" },
		{ TR_PROTOCOL_TCP, "1 1!", "10.0.1.1 (hop 1) refuses it: "
		    "communication administratively prohibited (!X)",
		    "refused" },
		{ TR_PROTOCOL_TCP, "1 2", "the last hop that was probed, "
		    "10.0.2.1 (hop 2), is a router on the way", "open" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tr_path *path = walk(cases[i].protocol, 443,
		    cases[i].script);
		const struct tr_path *compared[2] = { path, path };
		struct tr_comparison comparison;
		char text[TR_COMPARED_TEXT_MAX];

		tr_comparison_draw(&comparison, compared, 2);
		assert_string_equal(cases[i].text, tr_compared_text(
		    &comparison.paths[0], text, sizeof(text)));
		assert_string_equal(cases[i].end,
		    tr_compared_end_name(comparison.paths[0].end));
		tr_path_free(path);
	}
}

/* The user ends it so many milliseconds after its begin. */
static void
interrupt(struct tr_path *path, int64_t milliseconds)
{
	frame_end(path, TR_STOP_INTERRUPTED);
	path->interrupted_at = path->run.start +
	    milliseconds * TR_MILLISECOND;
}

static void
silence_that_was_waited_for_counts(void **state)
{
	static const struct {
		const char *udp;
		int64_t milliseconds;
		const char *end, *text;
		bool claimed;
	} cases[] = {
		{ "1 2 * *", 2000, "silent", "interrupted; the last hop that "
		    "answered is 10.0.2.1 (hop 2); silent so far from hop 3 "
		    "to 4", true },
		{ "1 2 *", 2000, "silent", "interrupted; the last hop that "
		    "answered is 10.0.2.1 (hop 2); silent so far at hop 3",
		    true },
		/* It was cut off too early. */
		{ "1 2 * *", 300, "open", "interrupted; the last hop that "
		    "answered is 10.0.2.1 (hop 2)", false },
		{ "1 2", 2000, "open", "interrupted; the last hop that "
		    "answered is 10.0.2.1 (hop 2)", false },
		/* So far it may be a hop that is silent to all. */
		{ "1 *", 2000, "silent", "interrupted; the last hop that "
		    "answered is 10.0.1.1 (hop 1); silent so far at hop 2",
		    true },
	};
	char text[TR_COMPARED_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tr_path *paths[2] = {
			walk(TR_PROTOCOL_UDP, 53, cases[i].udp),
			walk(TR_PROTOCOL_TCP, 443, "1 2 3 4 D"),
		};
		const struct tr_path *compared[2] = { paths[0], paths[1] };
		struct tr_comparison comparison;

		interrupt(paths[0], cases[i].milliseconds);
		tr_comparison_draw(&comparison, compared, 2);
		assert_string_equal(cases[i].end,
		    tr_compared_end_name(comparison.paths[0].end));
		assert_string_equal(cases[i].text, tr_compared_text(
		    &comparison.paths[0], text, sizeof(text)));
		assert_int_equal(cases[i].claimed ? 1 : 0,
		    comparison.firewall_count);
		tr_path_free(paths[0]);
		tr_path_free(paths[1]);
	}
}

/* Hop 3 answers nobody, and the host was not waited for. */
static void
the_host_is_not_blamed_too_early(void **state)
{
	struct tr_path *paths[2] = {
		walk(TR_PROTOCOL_UDP, 53, "1 2 *"),
		walk(TR_PROTOCOL_TCP, 443, "1 2 * D"),
	};
	const struct tr_path *compared[2] = { paths[0], paths[1] };
	struct tr_comparison comparison;

	(void)state;
	interrupt(paths[0], 2000);
	tr_comparison_draw(&comparison, compared, 2);
	assert_int_equal(0, comparison.firewall_count);
	assert_int_equal(1, comparison.doubtful);
	tr_path_free(paths[0]);
	tr_path_free(paths[1]);
}

/* What the whole output says of paths, in memory. */
static void
expect_said(struct tr_path *const paths[2], const char *expected, bool said)
{
	const struct tr_path *compared[2] = { paths[0], paths[1] };
	const struct tr_output_options options = { .numeric = false };
	struct tr_comparison comparison;
	char *text = NULL;
	size_t size;
	struct tr_comparison_table table = {
		.stream = open_memstream(&text, &size),
		.options = &options,
		.paths = compared,
		.count = 2,
	};

	assert_non_null(table.stream);
	tr_comparison_draw(&comparison, compared, 2);
	assert_int_equal(TR_OK, tr_comparison_end(&table, &comparison));
	assert_int_equal(0, fclose(table.stream));
	assert_int_equal(said, strstr(text, expected) != NULL);
	free(text);
}

static void
lost_by_the_capture_may_be_answered(void **state)
{
	static const char lost[] = "The capture lost packets: what looks "
	    "silent may have been answered.\n";
	struct tr_path *paths[2] = {
		walk(TR_PROTOCOL_UDP, 53, "1 2 * *"),
		walk(TR_PROTOCOL_TCP, 443, "1 2 * *"),
	};

	(void)state;
	expect_said(paths, lost, false);
	paths[1]->capture.known = true;
	expect_said(paths, lost, false);
	paths[1]->capture.dropped = 3;
	expect_said(paths, lost, true);
	expect_said(paths, "so far", false);
	interrupt(paths[0], 2000);
	interrupt(paths[1], 2000);
	expect_said(paths, "It was interrupted: this is what is known so far."
	    "\nAll are silent from hop 3 on", true);
	for (size_t i = 0; i < 2; i++)
		tr_path_free(paths[i]);
}

static void
the_best_end_is_that_of_all(void **state)
{
	static const struct {
		const char *one, *other;
		enum tr_stop stop;
	} cases[] = {
		{ "1 D", "1 1!", TR_STOP_ARRIVED },
		{ "1 1!", "1 D", TR_STOP_ARRIVED },
		{ "1 * *", "1 * *", TR_STOP_HOP_LIMIT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tr_path *one = walk(TR_PROTOCOL_UDP, 53, cases[i].one);
		struct tr_path *other = walk(TR_PROTOCOL_TCP, 53,
		    cases[i].other);
		const struct tr_path *compared[2] = { one, other };
		struct tr_comparison comparison;

		tr_comparison_draw(&comparison, compared, 2);
		assert_int_equal(cases[i].stop,
		    tr_comparison_stop(&comparison));
		frame_end(one, TR_STOP_INTERRUPTED);
		tr_comparison_draw(&comparison, compared, 2);
		assert_int_equal(TR_STOP_INTERRUPTED,
		    tr_comparison_stop(&comparison));
		tr_path_free(one);
		tr_path_free(other);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_claimed_where_all_arrive),
		cmocka_unit_test(nor_where_all_end_together),
		cmocka_unit_test(one_that_refuses_is_sure),
		cmocka_unit_test(nor_by_too_few_answers),
		cmocka_unit_test(nor_where_the_ways_differ),
		cmocka_unit_test(a_short_walk_says_nothing),
		cmocka_unit_test(silence_is_between_two_hops),
		cmocka_unit_test(a_refusal_tells_where_it_stands),
		cmocka_unit_test(there_may_be_two),
		cmocka_unit_test(two_places_are_two),
		cmocka_unit_test(routers_may_have_the_hosts_address),
		cmocka_unit_test(the_host_may_be_it),
		cmocka_unit_test(this_host_may_be_it),
		cmocka_unit_test(this_host_stops_no_more_than_it_says),
		cmocka_unit_test(ends_in_words),
		cmocka_unit_test(silence_that_was_waited_for_counts),
		cmocka_unit_test(the_host_is_not_blamed_too_early),
		cmocka_unit_test(lost_by_the_capture_may_be_answered),
		cmocka_unit_test(the_best_end_is_that_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
