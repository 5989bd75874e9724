/*
 * What the simulated network's routers answer: whether and when they do, from
 * which address, and what the answer holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/error.h"
#include "simulated.h"

/* --- whether, and when -------------------------------------------------- */

static unsigned
count_answers(struct simulated *net, const char *src, int64_t from,
    int64_t gap, unsigned count)
{
	unsigned answers = 0;
	struct packet answer;

	for (unsigned i = 0; i < count; i++)
		answers += simulated_ask(net, &(struct probe){ .ttl = 1,
		    .src = src }, from + i * gap, &answer);
	return answers;
}

static void
limits_errors_by_a_token_bucket(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, CHAIN("limit 10/s burst 4\n"));
	assert_int_equal(4, count_answers(&net, NULL, 0, 0, 20));
	/* One token a tenth of a second, and no more than four in all. */
	assert_int_equal(0, count_answers(&net, NULL, 99 * TR_MILLISECOND, 0,
	    5));
	assert_int_equal(1, count_answers(&net, NULL, 100 * TR_MILLISECOND,
	    0, 5));
	assert_int_equal(4, count_answers(&net, NULL, 60 * TR_SECOND, 0, 20));
	assert_int_equal(10, count_answers(&net, NULL, 90 * TR_SECOND,
	    100 * TR_MILLISECOND, 10));
	/* It is for errors: echo is answered. */
	count_answers(&net, NULL, 91 * TR_SECOND, 0, 20);
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 1,
	    .dst = "10.0.1.1" }, 91 * TR_SECOND, &answer));
	simulated_close(&net);
}

static void
limits_each_source_by_itself(void **state)
{
	struct simulated net;

	(void)state;
	simulated_open(&net, "prober me 10.0.0.1 10.0.0.2\n"
	    "router r 10.0.1.1\n  limit 1/s burst 3 per source\n"
	    "host target 10.99.0.1\nlink me r\nlink r target\n");
	assert_int_equal(3, count_answers(&net, "10.0.0.1", 0, 0, 10));
	assert_int_equal(3, count_answers(&net, "10.0.0.2", 0, 0, 10));
	assert_int_equal(1, count_answers(&net, "10.0.0.1", TR_SECOND, 0, 5));
	simulated_close(&net);
}

/* A token is taken by what comes first, not by what was sent first. */
static void
limits_errors_in_the_order_of_time(void **state)
{
	static const char *const dsts[2][2] = {
		{ "10.98.0.1", "10.99.0.1" }, { "fd00:98::1", "fd00:99::1" },
	};
	struct packet answer;

	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		struct simulated net;

		simulated_open(&net, "prober me 10.0.0.1 fd00::1\n"
		    "router s 10.0.1.1 fd00:1::1\n"
		    "  route 10.98.0.1 via slow\n  route fd00:98::1 via slow\n"
		    "router slow\nrouter fast\n"
		    "router r 10.0.3.1 fd00:3::1\n  limit 1/s\n"
		    "host far 10.98.0.1 fd00:98::1\n"
		    "host near 10.99.0.1 fd00:99::1\n"
		    "link me s\nlink s slow delay 20ms cost 9\n"
		    "link s fast delay 1ms\nlink slow r cost 9\nlink fast r\n"
		    "link r far mtu 1280\nlink r near\n");
		/* Too big for a link behind r, which it reaches late. */
		assert_int_equal(TR_OK, simulated_send(&net, &(struct probe){
		    .dst = dsts[v6][0], .payload = 1300,
		    .dont_fragment = true }, 0));
		assert_true(simulated_ask(&net, &(struct probe){
		    .dst = dsts[v6][1], .ttl = 3 }, TR_MILLISECOND,
		    &answer));
		assert_int_equal(v6 ? EXCEEDED6 : EXCEEDED4,
		    packet_icmp(&answer));
		assert_false(simulated_next(&net, TR_TIME_NEVER - 1,
		    &answer));
		simulated_close(&net);
	}
}

static void
is_silent_to_what_it_is_told(void **state)
{
	struct simulated net;
	struct packet answer;
	unsigned answers = 0;

	(void)state;
	simulated_open(&net, CHAIN("silent udp icmp\n"));
	assert_false(simulated_ask(&net, &(struct probe){ .ttl = 1 }, 0,
	    &answer));
	assert_false(simulated_ask(&net, &(struct probe){ .ttl = 1,
	    .protocol = 1 }, 0, &answer));
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1,
	    .protocol = 6 }, 0, &answer));
	/* What passes is none of its business. */
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 2 }, 0,
	    &answer));
	simulated_close(&net);

	simulated_open(&net, CHAIN("silent any share 25%\n"));
	for (int i = 0; i < 4000; i++)
		answers += simulated_ask(&net, &(struct probe){ .ttl = 1 }, 0,
		    &answer);
	assert_true(is_near(answers, 4000, 0.75));
	simulated_close(&net);
}

/* Errors about errors, about fragments but the first, and to nobody. */
static void
complains_of_nothing_it_must_not(void **state)
{
	struct simulated net;
	struct packet packet, answer;

	(void)state;
	simulated_open(&net, CHAIN(""));
	/* Time exceeded, of TTL 1. */
	probe_make(&(struct probe){ .protocol = 1, .ttl = 1 }, &packet);
	packet.bytes[20] = 11;
	assert_int_equal(TR_OK, tr_network_send(net.network, net.prober,
	    packet.bytes, packet.size, 0));
	/* A later fragment. */
	probe_make(&(struct probe){ .ttl = 1 }, &packet);
	packet.bytes[7] = 1;
	packet.bytes[11]--;
	assert_int_equal(TR_OK, tr_network_send(net.network, net.prober,
	    packet.bytes, packet.size, 0));
	assert_false(simulated_next(&net, TR_TIME_NEVER - 1, &answer));
	/* Multicast has no way here, and gets no answer. */
	assert_false(simulated_ask(&net, &(struct probe){
	    .dst = "224.0.0.5" }, 0, &answer));
	/* Nor has all, or a group of IPv6, also where the TTL runs out. */
	for (uint8_t ttl = 1; ttl <= 2; ttl++) {
		assert_false(simulated_ask(&net, &(struct probe){
		    .dst = "255.255.255.255", .ttl = ttl }, 0, &answer));
		assert_false(simulated_ask(&net, &(struct probe){
		    .dst = "ff0e::5", .ttl = ttl }, 0, &answer));
	}
	simulated_close(&net);
}

static void
answers_late_and_twice(void **state)
{
	struct simulated net;
	struct packet answer;
	unsigned late = 0;

	(void)state;
	simulated_open(&net, CHAIN("reply after 5ms\nreply twice\n"));
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1 }, 0,
	    &answer));
	assert_int_equal(7 * TR_MILLISECOND, answer.at);
	assert_true(simulated_next(&net, TR_TIME_NEVER - 1, &answer));
	assert_true(answer.at > 7 * TR_MILLISECOND);
	assert_false(simulated_next(&net, TR_TIME_NEVER - 1, &answer));
	simulated_close(&net);

	simulated_open(&net, CHAIN("reply after 1s share 30%\n"));
	for (int i = 0; i < 2000; i++) {
		const int64_t now = i * 10 * TR_SECOND;

		assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1 },
		    now, &answer));
		late += answer.at - now > TR_SECOND;
	}
	assert_true(is_near(late, 2000, 0.3));
	simulated_close(&net);
}

/* --- from where --------------------------------------------------------- */

static void
answers_from_the_interface_it_is_told(void **state)
{
	static const char text[] =
	    "prober me 10.0.0.1\n"
	    "router r 10.5.5.5\n%s"
	    "router x 10.6.6.6\n"
	    "host target 10.99.0.1\n"
	    "link me r=10.0.1.1\n"
	    "link r=10.0.2.1 x\n"
	    "link x me\n"
	    "link r=10.0.3.1 target\n";
	static const char *const cases[][2] = {
		{ "", "10.0.1.1" },
		{ "  reply from self\n", "10.5.5.5" },
		{ "  reply from outbound\n  route me via x\n", "10.0.2.1" },
		{ "  reply from 10.7.7.7\n", "10.7.7.7" },
	};
	char whole[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct simulated net;
		struct packet answer;

		snprintf(whole, sizeof(whole), text, cases[i][0]);
		simulated_open(&net, whole);
		assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1 },
		    0, &answer));
		if (!packet_is_from(&answer, cases[i][1]))
			fail_msg("case %zu: not from %s", i, cases[i][1]);
		simulated_close(&net);
	}
}

/* The interface that an answer names is the one that it leaves by. */
static void
leaves_by_the_interface_that_it_names(void **state)
{
	unsigned of[2] = { 0, 0 };
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, "prober me 10.0.0.1\n"
	    "router r 10.5.5.5\n  reply from outbound\n"
	    "router x 10.6.6.6\nrouter y 10.7.7.7\n"
	    "host target 10.99.0.1\n"
	    "link me r oneway\nlink r=10.0.2.1 x\nlink r=10.0.3.1 y\n"
	    "link x me delay 1ms\nlink y me delay 5ms\nlink r target\n");
	for (uint16_t i = 0; i < 64; i++) {
		const int64_t now = i * TR_SECOND;
		bool by_x = false;

		/* And it is the same for all probes of a flow. */
		for (int probe = 0; probe < 3; probe++) {
			assert_true(simulated_ask(&net, &(struct probe){
			    .ttl = 1, .source_port = 1 + i }, now,
			    &answer));
			if (probe > 0)
				assert_int_equal(by_x, packet_is_from(&answer,
				    "10.0.2.1"));
			by_x = packet_is_from(&answer, "10.0.2.1");
			assert_true(by_x ||
			    packet_is_from(&answer, "10.0.3.1"));
			assert_int_equal(by_x ? TR_MILLISECOND :
			    5 * TR_MILLISECOND, answer.at - now);
		}
		of[by_x]++;
	}
	assert_true(of[0] > 0 && of[1] > 0);
	simulated_close(&net);
}

/* Unnumbered links: the one address that there is; none, no answer. */
static void
answers_from_unnumbered_links(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, "prober me 10.0.0.1\nrouter n 10.5.5.5\n"
	    "host target 10.99.0.1\nlink me n\nlink n target=10.6.6.6\n");
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1 }, 0,
	    &answer));
	assert_true(packet_is_from(&answer, "10.5.5.5"));
	simulated_close(&net);
	simulated_open(&net, "prober me 10.0.0.1\nrouter n\n"
	    "host target 10.99.0.1\nlink me n\nlink n target\n");
	assert_false(simulated_ask(&net, &(struct probe){ .ttl = 1 }, 0,
	    &answer));
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 2 }, 0,
	    &answer));
	simulated_close(&net);
}

/* --- what it holds ------------------------------------------------------ */

struct quoting {
	const char *property;
	size_t	 quoted;	/* of a probe of 300 bytes */
};

static void
quotes_as_much_as_it_is_told(void **state)
{
	static const struct quoting quotings[] = {
		{ "", 300 }, { "quote 8\n", 28 }, { "quote 28\n", 48 },
		{ "quote 128 total\n", 128 }, { "quote all\n", 300 },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(quotings) / sizeof(quotings[0]); i++) {
		struct simulated net;
		struct packet answer;

		snprintf(text, sizeof(text), CHAIN("%s"),
		    quotings[i].property);
		simulated_open(&net, text);
		assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1,
		    .payload = 272 }, 0, &answer));
		assert_int_equal(28 + quotings[i].quoted, answer.size);
		assert_true(packet_is_sound(&answer));
		/* RFC 1812: 576 bytes at most; RFC 4443: 1280. */
		assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1,
		    .payload = 1400 }, 0, &answer));
		assert_true(answer.size <= 576);
		assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1,
		    .payload = 1400, .dst = "fd00:99::1" }, 0, &answer));
		assert_true(answer.size <= 1280);
		simulated_close(&net);
	}
}

static void
counts_identifications(void **state)
{
	struct simulated net;
	struct packet answer[4];

	(void)state;
	simulated_open(&net, CHAIN("ip-id shared step 3 rate 1000/s\n"));
	for (int i = 0; i < 4; i++)
		assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1 },
		    i * 10 * TR_MILLISECOND, &answer[i]));
	for (int i = 1; i < 4; i++)
		assert_int_equal((packet_u16(&answer[i - 1], 4) + 3 + 10) &
		    0xffff, packet_u16(&answer[i], 4));
	simulated_close(&net);

	simulated_open(&net, CHAIN("ip-id copy\n"));
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1,
	    .id = 0xabcd }, 0, &answer[0]));
	assert_int_equal(0xabcd, packet_u16(&answer[0], 4));
	simulated_close(&net);

	simulated_open(&net, CHAIN("ip-id zero\n"));
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1 }, 0,
	    &answer[0]));
	assert_int_equal(0, packet_u16(&answer[0], 4));
	simulated_close(&net);
}

/* IPv6 has no identification, so its answers leave the counter alone. */
static void
counts_only_answers_of_ipv4(void **state)
{
	struct simulated net;
	struct packet first, between, next;

	(void)state;
	simulated_open(&net, CHAIN("ip-id shared\n") "host h 10.98.0.1 "
	    "fd00:98::1\n  ip-id shared\nlink r2 h\n");
	/* A router's errors, a host's, and its replies. */
	for (int kind = 0; kind < 3; kind++) {
		const struct probe v4 = { .dst = "10.98.0.1",
		    .ttl = kind == 0 ? 1 : 9, .protocol = kind == 2 ? 1 : 17 };
		struct probe v6 = v4;

		v6.dst = "fd00:98::1";
		assert_true(simulated_ask(&net, &v4, 0, &first));
		assert_true(simulated_ask(&net, &v6, 0, &between));
		assert_true(simulated_ask(&net, &v4, 0, &next));
		assert_int_equal((packet_u16(&first, 4) + 1) & 0xffff,
		    packet_u16(&next, 4));
	}
	simulated_close(&net);
}

static void
answers_with_the_service_type_of_the_probe(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, CHAIN(""));
	/* RFC 1812, 4.3.2.5: precedence 6, and the probe's type of service. */
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1,
	    .tos = 0xfc }, 0, &answer));
	assert_int_equal(0xdc, answer.bytes[1]);
	/* A reset copies it, but for the bits of congestion. */
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 6,
	    .tos = 0x4a }, 0, &answer));
	assert_int_equal(0x48, answer.bytes[1]);
	simulated_close(&net);
	simulated_open(&net, CHAIN("reply tos 5\n"));
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1,
	    .tos = 0xfc }, 0, &answer));
	assert_int_equal(5, answer.bytes[1]);
	simulated_close(&net);
}

/* --- where no way leads ------------------------------------------------- */

static void
tells_where_no_way_leads(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, CHAIN("unreachable 10.51.0.0/16 host after 1s\n"
	    "unreachable 10.52.0.0/16 prohibited\n"
	    "unreachable 10.53.0.0/16 blackhole\n"
	    "unreachable fd00:51::/32 net\n"));
	assert_true(simulated_ask(&net, &(struct probe){
	    .dst = "10.50.0.1" }, 0, &answer));
	assert_int_equal(0x0300, packet_icmp(&answer));
	assert_true(simulated_ask(&net, &(struct probe){
	    .dst = "10.51.0.1" }, 0, &answer));
	assert_int_equal(0x0301, packet_icmp(&answer));
	assert_int_equal(TR_SECOND + 2 * TR_MILLISECOND, answer.at);
	/* The router itself is a hop before it finds that out. */
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1,
	    .dst = "10.51.0.1" }, 2 * TR_SECOND, &answer));
	assert_int_equal(EXCEEDED4, packet_icmp(&answer));
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1,
	    .dst = "10.52.0.1" }, 2 * TR_SECOND, &answer));
	assert_int_equal(0x030d, packet_icmp(&answer));
	assert_false(simulated_ask(&net, &(struct probe){
	    .dst = "10.53.0.1" }, 2 * TR_SECOND, &answer));
	assert_true(simulated_ask(&net, &(struct probe){
	    .dst = "fd00:51::9" }, 2 * TR_SECOND, &answer));
	assert_int_equal(0x0100, packet_icmp(&answer));
	simulated_close(&net);
}

static void
tells_the_longest_way_that_does_not_lead(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, CHAIN("unreachable 10.0.0.0/8 net\n"
	    "unreachable 10.50.0.0/16 host\n"
	    "unreachable 10.50.7.0/24 prohibited\n"
	    "route 10.60.0.0/16 via r2\n"
	    "unreachable 10.60.7.0/24 host\n"
	    "unreachable fd00::/16 net\n"
	    "unreachable fd00:99::1 prohibited\n"));
	assert_true(simulated_ask(&net, &(struct probe){
	    .dst = "10.50.7.1" }, 0, &answer));
	assert_int_equal(0x030d, packet_icmp(&answer));
	assert_true(simulated_ask(&net, &(struct probe){
	    .dst = "10.50.8.1" }, 0, &answer));
	assert_int_equal(0x0301, packet_icmp(&answer));
	assert_true(simulated_ask(&net, &(struct probe){
	    .dst = "10.51.0.1" }, 0, &answer));
	assert_int_equal(0x0300, packet_icmp(&answer));
	/* A route that is longer leads on, to where there is none. */
	assert_true(simulated_ask(&net, &(struct probe){
	    .dst = "10.60.8.1" }, 0, &answer));
	assert_true(packet_is_from(&answer, "10.0.2.1"));
	assert_true(simulated_ask(&net, &(struct probe){
	    .dst = "10.60.7.1" }, 0, &answer));
	assert_true(packet_is_from(&answer, "10.0.1.1"));
	assert_int_equal(0x0301, packet_icmp(&answer));
	/* As long as the host's own address: it is the router's word. */
	assert_true(simulated_ask(&net, &(struct probe){
	    .dst = "fd00:99::1" }, 0, &answer));
	assert_int_equal(0x0101, packet_icmp(&answer));
	/* A host's own address is longer than all of them. */
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 9 }, 0,
	    &answer));
	assert_true(packet_is_from(&answer, "10.99.0.1"));
	simulated_close(&net);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_errors_by_a_token_bucket),
		cmocka_unit_test(limits_each_source_by_itself),
		cmocka_unit_test(limits_errors_in_the_order_of_time),
		cmocka_unit_test(is_silent_to_what_it_is_told),
		cmocka_unit_test(complains_of_nothing_it_must_not),
		cmocka_unit_test(answers_late_and_twice),
		cmocka_unit_test(answers_from_the_interface_it_is_told),
		cmocka_unit_test(leaves_by_the_interface_that_it_names),
		cmocka_unit_test(answers_from_unnumbered_links),
		cmocka_unit_test(quotes_as_much_as_it_is_told),
		cmocka_unit_test(counts_identifications),
		cmocka_unit_test(counts_only_answers_of_ipv4),
		cmocka_unit_test(answers_with_the_service_type_of_the_probe),
		cmocka_unit_test(tells_where_no_way_leads),
		cmocka_unit_test(tells_the_longest_way_that_does_not_lead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
