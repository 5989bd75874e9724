/*
 * What the simulated network's MPLS tunnels show of themselves, and hide.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "simulated.h"

/* Who answers at TTL 1 to 9: the routers' numbers, 0 for the host. */
struct tunnel {
	const char *line;
	int	 hops[9];
};

static const struct tunnel tunnels[] = {
	{ "", { 1, 2, 3, 4, 5, 6, 7, 8, 0 } },
	{ "tunnel explicit r2 r3 r4 r5 r6", { 1, 2, 3, 4, 5, 6, 7, 8, 0 } },
	{ "tunnel explicit r2 r3 r4 r5 r6 uhp",
	    { 1, 2, 3, 4, 5, 6, 7, 8, 0 } },
	{ "tunnel implicit r2 r3 r4 r5 r6", { 1, 2, 3, 4, 5, 6, 7, 8, 0 } },
	{ "tunnel opaque r2 r3 r4 r5 r6", { 1, 2, 6, 7, 8, 0, 0, 0, 0 } },
	{ "tunnel invisible r2 r3 r4 r5 r6", { 1, 2, 6, 7, 8, 0, 0, 0, 0 } },
	{ "tunnel invisible r2 r3 r4 r5 r6 uhp",
	    { 1, 2, 7, 7, 8, 0, 0, 0, 0 } },
	/* One within another, and two behind each other. */
	{ "tunnel invisible r1 r2 r3 r4 r5 r6 r7",
	    { 1, 7, 8, 0, 0, 0, 0, 0, 0 } },
	{ "tunnel invisible r2 r3 r4\ntunnel invisible r4 r5 r6",
	    { 1, 2, 4, 6, 7, 8, 0, 0, 0 } },
};

static const char tunnel_chain[] =
    "prober me 10.0.0.1 fd00::1\n"
    "router r[1-8] 10.0.[1-8].1 fd00:[1-8]::1\n"
    "host target 10.99.0.1 fd00:99::1\n"
    "link me r1\nlink r[1-7] r[2-8]\nlink r8 target\n"
    "%s\n";

static void
shows_of_tunnels_what_they_show(void **state)
{
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(tunnels) / sizeof(tunnels[0]); i++)
		for (int v6 = 0; v6 < 2; v6++) {
			struct simulated net;

			snprintf(text, sizeof(text), tunnel_chain,
			    tunnels[i].line);
			simulated_open(&net, text);
			for (uint8_t ttl = 1; ttl <= 9; ttl++) {
				const int hop = tunnels[i].hops[ttl - 1];
				struct packet answer;

				assert_true(simulated_ask(&net,
				    &(struct probe){ .ttl = ttl, .dst = v6 ?
				    "fd00:99::1" : NULL }, 0, &answer));
				/* The third number of the address. */
				if (answer.bytes[v6 ? 8 + 3 : 14] !=
				    (hop != 0 ? hop : v6 ? 0x99 : 0))
					fail_msg("%s: hop %d", tunnels[i].line,
					    ttl);
			}
			simulated_close(&net);
		}
}

/* The least TTL by which a probe comes to its end; 0: none does. */
static uint8_t
ttl_to_reach(struct simulated *net, const char *dst)
{
	const bool v6 = strchr(dst, ':') != NULL;
	struct packet answer;

	for (uint8_t ttl = 1; ttl < 16; ttl++) {
		if (!simulated_ask(net, &(struct probe){ .dst = dst,
		    .ttl = ttl }, 0, &answer) ||
		    packet_icmp(&answer) != (v6 ? PORT_CLOSED6 :
		    PORT_CLOSED4))
			continue;
		/* It is just enough: this much is left. */
		assert_int_equal(1, answer.bytes[packet_quote(&answer) +
		    (v6 ? 7 : 8)]);
		return ttl;
	}
	return 0;
}

/* Who takes the label off is seen by what is on the way, not by its end. */
static void
reaches_the_end_alike_with_php_and_uhp(void **state)
{
	static const struct {
		const char *kind;
		uint8_t	 egress;
		uint8_t	 target;
	} cases[] = {
		{ "explicit", 6, 9 }, { "implicit", 6, 9 },
		{ "opaque", 3, 6 }, { "invisible", 3, 6 },
	};
	char line[80], text[1024];

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct simulated net;

		snprintf(line, sizeof(line), "tunnel %s r2 r3 r4 r5 r6 %s",
		    cases[i / 2].kind, i % 2 == 0 ? "php" : "uhp");
		snprintf(text, sizeof(text), tunnel_chain, line);
		simulated_open(&net, text);
		assert_int_equal(cases[i / 2].target, ttl_to_reach(&net,
		    "10.99.0.1"));
		assert_int_equal(cases[i / 2].target, ttl_to_reach(&net,
		    "fd00:99::1"));
		/* The last router of the tunnel is an end as well. */
		assert_int_equal(cases[i / 2].egress, ttl_to_reach(&net,
		    "10.0.6.1"));
		assert_int_equal(cases[i / 2].egress, ttl_to_reach(&net,
		    "fd00:6::1"));
		simulated_close(&net);
	}
}

/* An answer's label stack entry (RFC 4950) at a hop; 0: it has none. */
static uint32_t
label_at(struct simulated *net, uint8_t ttl, uint8_t *quoted_ttl)
{
	struct packet answer;

	assert_true(simulated_ask(net, &(struct probe){ .ttl = ttl }, 0,
	    &answer));
	assert_true(packet_is_sound(&answer));
	*quoted_ttl = answer.bytes[28 + 8];
	if (answer.size < 28 + 128 + 12 || answer.bytes[25] != 32)
		return 0;
	/* Version 2; one object of class 1, type 1. */
	assert_int_equal(0x2000, packet_u16(&answer, 28 + 128));
	assert_int_equal(8, packet_u16(&answer, 28 + 132));
	assert_int_equal(0x0101, packet_u16(&answer, 28 + 134));
	return (uint32_t)packet_u16(&answer, 28 + 136) << 16 |
	    packet_u16(&answer, 28 + 138);
}

static void
tells_labels_and_ttls(void **state)
{
	struct simulated net;
	char text[1024];
	uint8_t quoted;

	(void)state;
	snprintf(text, sizeof(text), tunnel_chain,
	    "tunnel explicit r2 r3 r4 r5 r6 labels 500");
	simulated_open(&net, text);
	for (uint8_t ttl = 1; ttl <= 7; ttl++) {
		const bool inside = ttl >= 3 && ttl <= 5;
		const uint32_t label = label_at(&net, ttl, &quoted);

		/* Label, bottom of the stack, TTL 1. */
		assert_int_equal(inside ? (500U + ttl - 3) << 12 | 1 << 8 |
		    1 : 0, label);
		assert_int_equal(inside ? ttl - 2 : 1, quoted);
	}
	simulated_close(&net);
	snprintf(text, sizeof(text), tunnel_chain,
	    "tunnel opaque r2 r3 r4 r5 r6 labels 500");
	simulated_open(&net, text);
	assert_int_equal(503U << 12 | 1 << 8 | 252,
	    label_at(&net, 3, &quoted));
	assert_int_equal(0, label_at(&net, 4, &quoted));
	simulated_close(&net);
}

/* The label's TTL counts on the way back, whoever made the packet. */
static void
shortens_the_ttl_of_answers(void **state)
{
	struct simulated net;
	struct packet answer;
	char text[1024];

	(void)state;
	snprintf(text, sizeof(text), tunnel_chain,
	    "tunnel invisible r2 r3 r4 r5 r6 both");
	simulated_open(&net, text);
	/*
	 * r7 is seen at TTL 4.  Its answer passes six routers; the label puts
	 * 255 in the place of what r6, where the tunnel begins, has left.
	 */
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 4 }, 0,
	    &answer));
	assert_true(packet_is_from(&answer, "10.0.7.1"));
	assert_int_equal(255 - 5, packet_ttl(&answer));
	/* A host's 64 is less than the label's TTL: it counts the hops seen. */
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 9 }, 0,
	    &answer));
	assert_int_equal(64 - 5, packet_ttl(&answer));
	simulated_close(&net);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_of_tunnels_what_they_show),
		cmocka_unit_test(reaches_the_end_alike_with_php_and_uhp),
		cmocka_unit_test(tells_labels_and_ttls),
		cmocka_unit_test(shortens_the_ttl_of_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
