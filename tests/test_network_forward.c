/*
 * Which way the simulated network's routers send packets on, and what they do
 * to those that pass.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "simulated.h"

/* A balancer of four ways, whose properties the test gives. */
#define BALANCER(properties)						\
	"prober me 10.0.0.1 fd00::1\n"					\
	"router s 10.0.1.1 fd00:1::1\n" properties			\
	"router w[1-4] 10.0.2.[1-4] fd00:2::[1-4]\n"			\
	"host target 10.99.0.1 10.98.0.0/16 fd00:99::1\n"		\
	"link me s\nmesh s w[1-4]\nmesh w[1-4] target\n"

/* The way that it takes, by its router: 1 to 4; 0 for no answer. */
static unsigned
way_at(struct simulated *net, struct probe probe, int64_t now)
{
	struct packet answer;

	probe.ttl = 2;
	if (!simulated_ask(net, &probe, now, &answer))
		return 0;
	return answer.bytes[(answer.bytes[0] >> 4 == 6 ? 8 + 15 : 12 + 3)];
}

static unsigned
way_of(struct simulated *net, struct probe probe)
{
	return way_at(net, probe, 0);
}

/* --- balancers ---------------------------------------------------------- */

/* Does the way ever change while one thing of the probe does? */
static bool
moves_with(struct simulated *net, const char *what)
{
	struct probe probe = { .dst = "fd00:99::1", .protocol = 17 };
	unsigned first = 0;

	if (strcmp(what, "icmp-id") == 0 || strcmp(what, "sequence") == 0)
		probe.protocol = 1;
	for (unsigned i = 0; i < 64; i++) {
		unsigned way;
		char dst[32];

		if (strcmp(what, "source-port") == 0 ||
		    strcmp(what, "icmp-id") == 0)
			probe.source_port = (uint16_t)(40000 + i);
		else if (strcmp(what, "destination-port") == 0 ||
		    strcmp(what, "sequence") == 0)
			probe.destination_port = (uint16_t)(500 + i);
		else if (strcmp(what, "tos") == 0)
			probe.tos = (uint8_t)i;
		else if (strcmp(what, "label") == 0)
			probe.label = i;
		else if (strcmp(what, "protocol") == 0)
			probe.protocol = i % 2 == 0 ? 17 : 6;
		else if (strcmp(what, "dst") == 0) {
			snprintf(dst, sizeof(dst), "10.98.0.%u", i);
			probe.dst = dst;
		} else
			probe.payload = (uint16_t)(8 + i);
		way = way_of(net, probe);
		assert_in_range(way, 1, 4);
		if (i > 0 && way != first)
			return true;
		first = way;
	}
	return false;
}

struct hashed {
	const char *fields;
	const char *moved_by;		/* with blanks around each */
};

static const struct hashed hashes[] = {
	{ "balance flow", " source-port destination-port protocol dst " },
	{ "balance destination", " dst " },
	{ "balance flow by src dst", " dst " },
	{ "balance flow by src dst label", " label dst " },
	{ "balance flow by src dst tos", " tos dst " },
	{ "balance flow by source-port", " source-port " },
	{ "balance flow by destination-port", " destination-port " },
	{ "balance flow by protocol", " protocol " },
	{ "balance flow by icmp-id", " icmp-id " },
	{ "balance flow by icmp-checksum", " icmp-id sequence " },
	/* The first word of ICMP is type, code and checksum. */
	{ "balance flow by src dst word", " source-port destination-port "
	    "icmp-id sequence dst " },
};

static void
hashes_the_fields_it_is_told(void **state)
{
	static const char *const all[] = {
		"source-port", "destination-port", "protocol", "tos", "label",
		"icmp-id", "sequence", "dst", "payload",
	};
	char text[1024], word[32];

	(void)state;
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		struct simulated net;

		snprintf(text, sizeof(text), BALANCER("%s\n"),
		    hashes[i].fields);
		simulated_open(&net, text);
		for (size_t j = 0; j < sizeof(all) / sizeof(all[0]); j++) {
			bool expected;

			snprintf(word, sizeof(word), " %s ", all[j]);
			expected = strstr(hashes[i].moved_by, word) != NULL;
			if (moves_with(&net, all[j]) != expected)
				fail_msg("%s, %s: %s", hashes[i].fields,
				    all[j], expected ? "stays" : "moves");
		}
		simulated_close(&net);
	}
}

static void
spreads_flows_evenly(void **state)
{
	const unsigned count = 20000;
	unsigned ways[5] = { 0, 0, 0, 0, 0 };
	struct simulated net;

	(void)state;
	simulated_open(&net, BALANCER(""));
	for (unsigned i = 0; i < count; i++)
		ways[way_of(&net, (struct probe){
		    .source_port = (uint16_t)(i + 1) })]++;
	assert_int_equal(0, ways[0]);
	for (int i = 1; i <= 4; i++)
		assert_true(is_near(ways[i], count, 0.25));
	simulated_close(&net);
}

/* Two balancers in a row do not choose alike. */
static void
chooses_at_each_balancer_anew(void **state)
{
	unsigned both[4] = { 0, 0, 0, 0 };
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, "prober me 10.0.0.1\nrouter s 10.0.1.1\n"
	    "router a[1-2] 10.0.2.[1-2]\nrouter t 10.0.3.1\n"
	    "router b[1-2] 10.0.4.[1-2]\nhost target 10.99.0.1\n"
	    "link me s\nmesh s a[1-2]\nmesh a[1-2] t\nmesh t b[1-2]\n"
	    "mesh b[1-2] target\n");
	for (uint16_t i = 1; i <= 4000; i++) {
		unsigned way = 0;

		for (uint8_t ttl = 2; ttl <= 4; ttl += 2) {
			assert_true(simulated_ask(&net, &(struct probe){
			    .ttl = ttl, .source_port = i }, 0, &answer));
			way = way * 2 + answer.bytes[15] - 1;
		}
		both[way]++;
	}
	for (int i = 0; i < 4; i++)
		assert_true(is_near(both[i], 4000, 0.25));
	simulated_close(&net);
}

static void
gives_ways_their_weight(void **state)
{
	const unsigned count = 20000;
	unsigned ways[5] = { 0, 0, 0, 0, 0 };
	struct simulated net;

	(void)state;
	simulated_open(&net, BALANCER("route target via w1*1 w2*2 w3*5\n"));
	for (unsigned i = 0; i < count; i++)
		ways[way_of(&net, (struct probe){
		    .source_port = (uint16_t)(i + 1) })]++;
	assert_true(is_near(ways[1], count, 0.125));
	assert_true(is_near(ways[2], count, 0.25));
	assert_true(is_near(ways[3], count, 0.625));
	assert_int_equal(0, ways[4]);
	simulated_close(&net);
}

static void
takes_packets_at_random_or_in_turn(void **state)
{
	const unsigned count = 8000;
	unsigned ways[5] = { 0, 0, 0, 0, 0 };
	struct simulated net;
	unsigned last;

	(void)state;
	simulated_open(&net, BALANCER("balance packet\n"));
	for (unsigned i = 0; i < count; i++)
		ways[way_of(&net, (struct probe){ .ttl = 2 })]++;
	for (int i = 1; i <= 4; i++)
		assert_true(is_near(ways[i], count, 0.25));
	simulated_close(&net);

	simulated_open(&net, BALANCER("balance turn\n"));
	last = way_of(&net, (struct probe){ .ttl = 2 });
	for (unsigned i = 0; i < 20; i++) {
		const unsigned way = way_of(&net, (struct probe){ .ttl = 2 });

		assert_int_equal(last % 4 + 1, way);
		last = way;
	}
	simulated_close(&net);
}

/* --- ways that change --------------------------------------------------- */

static void
maps_anew_when_it_is_time(void **state)
{
	unsigned moved = 0, again = 0;
	struct simulated net;

	(void)state;
	simulated_open(&net, BALANCER("balance flow remap at 2s\n"));
	/* The file's time 0 is that of the first packet. */
	(void)way_at(&net, (struct probe){ .ttl = 2 }, 100 * TR_SECOND);
	for (uint16_t i = 1; i <= 400; i++) {
		const struct probe probe = { .source_port = i };
		const unsigned before = way_at(&net, probe, 101 * TR_SECOND);

		moved += before != way_at(&net, probe, 102 * TR_SECOND);
		again += way_at(&net, probe, 102 * TR_SECOND) !=
		    way_at(&net, probe, 500 * TR_SECOND);
	}
	assert_true(is_near(moved, 400, 0.75));
	assert_int_equal(0, again);
	simulated_close(&net);
}

static void
changes_routes_and_links_in_time(void **state)
{
	struct simulated net;

	(void)state;
	simulated_open(&net, BALANCER("route target via w1 until 1s\n"
	    "route target via w2 from 1s until 2s\n"
	    "route target via w3 w3 from 2s\n"));
	assert_int_equal(1, way_at(&net, (struct probe){ .ttl = 2 }, 0));
	assert_int_equal(1, way_at(&net, (struct probe){ .ttl = 2 },
	    TR_SECOND - 1));
	assert_int_equal(2, way_at(&net, (struct probe){ .ttl = 2 },
	    TR_SECOND));
	assert_int_equal(3, way_at(&net, (struct probe){ .ttl = 2 },
	    2 * TR_SECOND));
	simulated_close(&net);

	simulated_open(&net, "prober me 10.0.0.1\nrouter s 10.0.1.1\n"
	    "router w[1-2] 10.0.2.[1-2]\nhost target 10.99.0.1\n"
	    "link me s\nlink s w1 until 1s\nlink s w2 cost 2\n"
	    "mesh w[1-2] target\n");
	assert_int_equal(1, way_at(&net, (struct probe){ .ttl = 2 }, 0));
	assert_int_equal(2, way_at(&net, (struct probe){ .ttl = 2 },
	    TR_SECOND));
	simulated_close(&net);
}

/* --- what passes -------------------------------------------------------- */

static void
passes_a_ttl_of_zero(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, CHAIN("zero-ttl\n"));
	for (uint8_t ttl = 1; ttl <= 2; ttl++) {
		assert_true(simulated_ask(&net, &(struct probe){ .ttl = ttl },
		    0, &answer));
		assert_true(packet_is_from(&answer, "10.0.2.1"));
		assert_int_equal(ttl - 1,
		    answer.bytes[packet_quote(&answer) + 8]);
	}
	simulated_close(&net);
}

static void
bleaches_what_it_is_told(void **state)
{
	static const struct {
		const char *property;
		unsigned quoted;
	} cases[] = {
		{ "", 0xbb }, { "clear ecn\n", 0xb8 },
		{ "clear dscp\n", 0x03 }, { "clear tos\n", 0 },
		{ "set tos 32\n", 32 },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int v6 = 0; v6 < 2; v6++) {
			struct simulated net;
			struct packet answer;
			size_t quote;

			snprintf(text, sizeof(text), CHAIN("%s"),
			    cases[i].property);
			simulated_open(&net, text);
			assert_true(simulated_ask(&net, &(struct probe){
			    .ttl = 2, .tos = 0xbb, .label = 0xabcde,
			    .dst = v6 ? "fd00:99::1" : NULL }, 0, &answer));
			quote = packet_quote(&answer);
			assert_int_equal(cases[i].quoted, v6 ?
			    packet_u16(&answer, quote) >> 4 & 0xff :
			    answer.bytes[quote + 1]);
			/* The label is left alone. */
			if (v6)
				assert_int_equal(0xbcde, packet_u16(&answer,
				    quote + 2));
			simulated_close(&net);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_the_fields_it_is_told),
		cmocka_unit_test(spreads_flows_evenly),
		cmocka_unit_test(chooses_at_each_balancer_anew),
		cmocka_unit_test(gives_ways_their_weight),
		cmocka_unit_test(takes_packets_at_random_or_in_turn),
		cmocka_unit_test(maps_anew_when_it_is_time),
		cmocka_unit_test(changes_routes_and_links_in_time),
		cmocka_unit_test(passes_a_ttl_of_zero),
		cmocka_unit_test(bleaches_what_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
