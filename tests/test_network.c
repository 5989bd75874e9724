/*
 * What the simulated network does to packets, looked at by fixed offsets in
 * the bytes that come back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "simulated.h"

#define EXCEEDED4	0x0b00
#define EXCEEDED6	0x0300
#define PORT_CLOSED4	0x0303
#define PORT_CLOSED6	0x0104

/* A chain with one router whose properties the test gives. */
#define CHAIN(properties)						\
	"prober me 10.0.0.1 fd00::1\n"					\
	"router r1 10.0.1.1 fd00:1::1\n" properties			\
	"router r2 10.0.2.1 fd00:2::1\n"				\
	"host target 10.99.0.1 fd00:99::1\n"				\
	"links delay 1ms\n"						\
	"link me r1\nlink r1 r2\nlink r2 target\n"

/* The first way of four, by its router: 1 to 4; 0 for no answer. */
#define BALANCER(properties)						\
	"prober me 10.0.0.1 fd00::1\n"					\
	"router s 10.0.1.1 fd00:1::1\n" properties			\
	"router w[1-4] 10.0.2.[1-4] fd00:2::[1-4]\n"			\
	"host target 10.99.0.1 10.98.0.0/16 fd00:99::1\n"		\
	"link me s\nmesh s w[1-4]\nmesh w[1-4] target\n"

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

/* What passes a node. */
struct heard {
	unsigned in;
	unsigned out;
	int64_t	 last;
};

static void
hear(void *context, int64_t at, bool inward, const uint8_t *packet,
    size_t size)
{
	struct heard *heard = context;

	assert_non_null(packet);
	assert_true(size >= 28);
	assert_true(at >= heard->last);
	heard->last = at;
	heard->in += inward;
	heard->out += !inward;
}

/* --- an ordinary route -------------------------------------------------- */

static void
answers_as_routers_and_hosts_do(void **state)
{
	static const char *const sources[2][3] = {
		{ "10.0.1.1", "10.0.2.1", "10.99.0.1" },
		{ "fd00:1::1", "fd00:2::1", "fd00:99::1" },
	};
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, CHAIN(""));
	for (int v6 = 0; v6 < 2; v6++)
		for (uint8_t ttl = 1; ttl <= 3; ttl++) {
			const struct probe probe = {
				.dst = v6 ? "fd00:99::1" : "10.99.0.1",
				.ttl = ttl,
			};
			const int64_t now = TR_SECOND * (ttl + 3 * v6);

			assert_true(simulated_ask(&net, &probe, now,
			    &answer));
			assert_true(packet_is_sound(&answer));
			assert_true(packet_is_from(&answer,
			    sources[v6][ttl - 1]));
			assert_int_equal(now + 2 * ttl * TR_MILLISECOND,
			    answer.at);
			assert_int_equal(ttl < 3 ?
			    (v6 ? EXCEEDED6 : EXCEEDED4) :
			    (v6 ? PORT_CLOSED6 : PORT_CLOSED4),
			    packet_icmp(&answer));
			/* 255 from a router, 64 from a host. */
			assert_int_equal((ttl < 3 ? 255 : 64) - ttl + 1,
			    packet_ttl(&answer));
			/* The quote is the probe, with the TTL it had left. */
			assert_int_equal(1, answer.bytes[packet_quote(
			    &answer) + (v6 ? 7 : 8)]);
		}
	simulated_close(&net);
}

static void
quotes_the_probe_as_it_came(void **state)
{
	const struct probe probe = { .ttl = 2, .tos = 0xb8, .id = 0x1234 };
	struct simulated net;
	struct packet sent, answer;
	size_t quote;

	(void)state;
	simulated_open(&net, CHAIN(""));
	probe_make(&probe, &sent);
	assert_true(simulated_ask(&net, &probe, 0, &answer));
	quote = packet_quote(&answer);
	/* Its TTL and with it the header's checksum are another. */
	assert_int_equal(sent.size, answer.size - quote);
	assert_memory_equal(sent.bytes, answer.bytes + quote, 8);
	assert_int_equal(1, answer.bytes[quote + 8]);
	assert_memory_equal(sent.bytes + 12, answer.bytes + quote + 12,
	    sent.size - 12);
	simulated_close(&net);
}

static void
answers_echo_and_tcp(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, CHAIN("") "host h 10.99.0.2\n"
	    "  tcp open 443\n  tcp filtered 25\n  udp echo 7\n  udp open 9\n"
	    "link r2 h\n");
	for (int v6 = 0; v6 < 2; v6++) {
		assert_true(simulated_ask(&net, &(struct probe){
		    .protocol = 1, .dst = v6 ? "fd00:99::1" : "10.99.0.1",
		    .source_port = 0x1234, .destination_port = 0x5678 }, 0,
		    &answer));
		assert_true(packet_is_sound(&answer));
		assert_int_equal(v6 ? 0x8100 : 0, packet_icmp(&answer));
		assert_int_equal(0x1234, packet_u16(&answer,
		    packet_transport(&answer) + 4));
		assert_int_equal(0x5678, packet_u16(&answer,
		    packet_transport(&answer) + 6));
		assert_int_equal(31, answer.bytes[answer.size - 1]);
	}
	/* SYN to an open port: SYN-ACK of the next sequence number. */
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 6,
	    .dst = "10.99.0.2", .destination_port = 443,
	    .payload = 4 }, 0, &answer));
	assert_true(packet_is_sound(&answer));
	assert_int_equal(0x12, answer.bytes[20 + 13]);
	assert_int_equal(1001, packet_u16(&answer, 20 + 10));
	assert_int_equal(443, packet_u16(&answer, 20));
	assert_int_equal(40000, packet_u16(&answer, 20 + 2));
	/* To a closed one: RST, which counts the payload as well. */
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 6,
	    .dst = "10.99.0.2", .destination_port = 80, .payload = 4 }, 0,
	    &answer));
	assert_int_equal(0x14, answer.bytes[20 + 13]);
	assert_int_equal(1005, packet_u16(&answer, 20 + 10));
	/* A bare ACK: RST with the number that it acknowledged. */
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 6,
	    .dst = "10.99.0.2", .destination_port = 443, .tcp_flags = 0x10,
	    .payload = 4 }, 0, &answer));
	assert_int_equal(0x04, answer.bytes[20 + 13]);
	assert_false(simulated_ask(&net, &(struct probe){ .protocol = 6,
	    .dst = "10.99.0.2", .destination_port = 25 }, 0, &answer));
	assert_false(simulated_ask(&net, &(struct probe){
	    .dst = "10.99.0.2", .destination_port = 9 }, 0, &answer));
	assert_true(simulated_ask(&net, &(struct probe){
	    .dst = "10.99.0.2", .destination_port = 7 }, 0, &answer));
	assert_int_equal(17, answer.bytes[9]);
	assert_int_equal(40000, packet_u16(&answer, 20 + 2));
	simulated_close(&net);
}

/* As Linux does: shorter than its header, or longer than what came. */
static void
takes_no_datagram_of_a_wrong_length(void **state)
{
	static const struct {
		uint8_t	 length;	/* of 8 + 32 bytes */
		bool	 is_taken;
	} cases[] = {
		{ 40, true }, { 41, false }, { 7, false }, { 0, false },
	};
	struct simulated net;
	struct packet packet, answer;

	(void)state;
	simulated_open(&net, CHAIN("") "host e 10.77.0.1\n  udp echo 7\n"
	    "link r2 e\n");
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		/* Neither echoed, nor told that the port is closed. */
		probe_make(&(struct probe){ .dst = "10.77.0.1",
		    .destination_port = i % 2 == 0 ? 7 : 8 }, &packet);
		packet.bytes[25] = cases[i / 2].length;
		/* Without a checksum, which would not fit. */
		packet.bytes[26] = packet.bytes[27] = 0;
		assert_int_equal(TR_OK, tr_network_send(net.network,
		    net.prober, packet.bytes, packet.size, 0));
		assert_int_equal(cases[i / 2].is_taken, simulated_next(&net,
		    TR_TIME_NEVER - 1, &answer));
	}
	simulated_close(&net);
}

/* A judge takes no packet that a real router or host would not. */
static void
drops_what_is_not_sound(void **state)
{
	struct tr_network_counts counts;
	struct simulated net;
	struct packet packet;

	(void)state;
	simulated_open(&net, CHAIN(""));
	assert_false(simulated_ask(&net, &(struct probe){
	    .wrong_checksum = 1 }, 0, &packet));
	/* A router on the way does not look at it. */
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 2,
	    .wrong_checksum = 1 }, 0, &packet));
	assert_false(simulated_ask(&net, &(struct probe){
	    .dst = "fd00:99::1", .wrong_checksum = 1 }, 0, &packet));
	assert_false(simulated_ask(&net, &(struct probe){ .protocol = 6,
	    .wrong_checksum = 1 }, 0, &packet));
	assert_false(simulated_ask(&net, &(struct probe){ .protocol = 1,
	    .wrong_checksum = 1 }, 0, &packet));

	probe_make(&(struct probe){ .ttl = 1 }, &packet);
	packet.bytes[10] ^= 1;
	assert_int_equal(TR_EFORMAT, tr_network_send(net.network, net.prober,
	    packet.bytes, packet.size, 0));
	for (size_t size = 0; size < packet.size; size++)
		assert_int_equal(TR_EFORMAT, tr_network_send(net.network,
		    net.prober, packet.bytes, size, 0));
	tr_network_count(net.network, &counts);
	assert_int_equal(packet.size + 1, counts.malformed);
	simulated_close(&net);
}

/* --- chance ------------------------------------------------------------- */

/* Of all packets and times below: their hash. */
#define REPEATED	UINT64_C(0x4c7e4ede23d9cad5)

static void
is_repeatable_by_its_seed(void **state)
{
	static const char text[] =
	    "prober me 10.0.0.1\n"
	    "router r 10.0.1.1\n  balance packet\n  ip-id random\n"
	    "router w[1-4] 10.0.2.[1-4]\n"
	    "host target 10.99.0.1\n"
	    "link me r jitter 5ms loss 10% duplicate 10%\n"
	    "mesh r w[1-4]\nmesh w[1-4] target\n";
	uint64_t seen[3] = { 0, 0, 0 };
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, text);
	for (int run = 0; run < 3; run++) {
		tr_network_reset(net.network, run == 2 ? 99 : 5);
		for (uint8_t i = 1; i <= 200; i++)
			simulated_send(&net, &(struct probe){
			    .ttl = i % 4, .source_port = i },
			    i * TR_MILLISECOND);
		while (simulated_next(&net, TR_TIME_NEVER - 1, &answer)) {
			seen[run] = seen[run] * 31 + (uint64_t)answer.at;
			for (size_t i = 0; i < answer.size; i++)
				seen[run] = seen[run] * 31 + answer.bytes[i];
		}
	}
	assert_true(seen[0] == seen[1]);
	assert_true(seen[0] != seen[2]);
	/* The same on every machine and from every compiler. */
	assert_true(seen[0] == REPEATED);
	simulated_close(&net);
}

/* How many of count cases of probability p may be off: 4 sigma. */
static bool
is_near(double seen, double count, double p)
{
	return fabs(seen - count * p) <= 4 * sqrt(count * p * (1 - p));
}

static void
loses_and_doubles_the_share_it_should(void **state)
{
	const int count = 20000;
	unsigned answers = 0, twice = 0;
	struct simulated net;
	struct packet answer;
	int64_t last = -1;

	(void)state;
	simulated_open(&net, "prober me 10.0.0.1\nrouter r 10.0.1.1\n"
	    "link me r loss 10% duplicate 5% back loss 0% duplicate 0%\n");
	for (int i = 0; i < count; i++) {
		simulated_send(&net, &(struct probe){ .dst = "10.0.1.1",
		    .protocol = 1 }, i * TR_MILLISECOND);
		while (simulated_next(&net, (i + 1) * TR_MILLISECOND - 1,
		    &answer)) {
			answers++;
			twice += answer.at - last < TR_MILLISECOND / 2;
			last = answer.at;
		}
	}
	/* A copy comes through whether or not its original does. */
	assert_true(is_near(twice, count, 0.05 * 0.9));
	assert_true(is_near(answers, count, 0.9 + 0.05));
	simulated_close(&net);
}

static void
draws_jitter_evenly(void **state)
{
	const int count = 20000;
	struct simulated net;
	struct packet answer;
	unsigned low = 0;
	int64_t most = 0;

	(void)state;
	simulated_open(&net, "prober me 10.0.0.1\nrouter r 10.0.1.1\n"
	    "link me r delay 1ms jitter 2ms back jitter 0 delay 3ms\n");
	for (int i = 0; i < count; i++) {
		const int64_t now = i * 10 * TR_MILLISECOND;
		int64_t time;

		assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1 },
		    now, &answer));
		time = answer.at - now;
		assert_true(time >= 4 * TR_MILLISECOND);
		assert_true(time <= 6 * TR_MILLISECOND);
		low += time < 5 * TR_MILLISECOND;
		if (time > most)
			most = time;
	}
	assert_true(is_near(low, count, 0.5));
	assert_true(most > 5990 * TR_MICROSECOND);
	simulated_close(&net);
}

static void
lets_packets_overtake_others(void **state)
{
	struct simulated net;
	struct packet answer;
	unsigned held = 0;

	(void)state;
	simulated_open(&net, "prober me 10.0.0.1\nrouter r 10.0.1.1\n"
	    "link me r reorder 20% by 5ms back reorder 0% by 0\n");
	for (int i = 0; i < 2000; i++) {
		const int64_t now = i * TR_SECOND;

		assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1 },
		    now, &answer));
		assert_true(answer.at == now ||
		    answer.at == now + 5 * TR_MILLISECOND);
		held += answer.at != now;
	}
	assert_true(is_near(held, 2000, 0.2));
	simulated_close(&net);
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

/* --- how routers answer ------------------------------------------------- */

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

/* RFC 4443, 3.4: the byte that names it; RFC 792 has no place for that. */
static void
points_at_the_protocol_that_it_does_not_know(void **state)
{
	static const uint8_t padding[8] = { 253, 0, 1, 4, 0, 0, 0, 0 };
	struct simulated net;
	struct packet packet, answer;

	(void)state;
	simulated_open(&net, CHAIN(""));
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 253 },
	    0, &answer));
	assert_int_equal(0x0302, packet_icmp(&answer));
	assert_int_equal(0, packet_u16(&answer, 24));
	probe_make(&(struct probe){ .protocol = 253, .dst = "fd00:99::1" },
	    &packet);
	assert_int_equal(TR_OK, tr_network_send(net.network, net.prober,
	    packet.bytes, packet.size, 0));
	assert_true(simulated_next(&net, TR_TIME_NEVER - 1, &answer));
	assert_int_equal(0x0401, packet_icmp(&answer));
	assert_int_equal(6, packet_u16(&answer, 46));
	/* Behind destination options, which name it then. */
	packet.bytes[5] += sizeof(padding);
	packet.bytes[6] = 60;
	memmove(packet.bytes + 48, packet.bytes + 40, packet.size - 40);
	memcpy(packet.bytes + 40, padding, sizeof(padding));
	assert_int_equal(TR_OK, tr_network_send(net.network, net.prober,
	    packet.bytes, packet.size + sizeof(padding), 0));
	assert_true(simulated_next(&net, TR_TIME_NEVER - 1, &answer));
	assert_int_equal(0x0401, packet_icmp(&answer));
	assert_int_equal(40, packet_u16(&answer, 46));
	assert_true(packet_is_sound(&answer));
	simulated_close(&net);
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

/* --- passing packets ---------------------------------------------------- */

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

#define NARROW								\
	"prober me 10.0.0.1 fd00::1\nrouter r1 10.0.1.1 fd00:1::1\n"	\
	"router r2 10.0.2.1 fd00:2::1\n"				\
	"host target 10.99.0.1 fd00:99::1\n"				\
	"link me r1\nlink r1 r2 mtu 700\nlink r2 target\n"

static void
says_what_would_fit(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, NARROW);
	assert_true(simulated_ask(&net, &(struct probe){ .payload = 1000,
	    .dont_fragment = true }, 0, &answer));
	assert_int_equal(0x0304, packet_icmp(&answer));
	assert_int_equal(700, packet_u16(&answer, 20 + 6));
	/* IPv6 has no smaller links than of 1280 bytes: RFC 8200, 5. */
	assert_true(simulated_ask(&net, &(struct probe){ .payload = 1300,
	    .dst = "fd00:99::1" }, 0, &answer));
	assert_int_equal(0x0200, packet_icmp(&answer));
	assert_int_equal(1280, packet_u16(&answer, 40 + 6));
	assert_true(simulated_ask(&net, &(struct probe){ .payload = 1000,
	    .dst = "fd00:99::1" }, TR_SECOND, &answer));
	assert_int_equal(0x0104, packet_icmp(&answer));
	/* The prober's own link says so at once. */
	assert_int_equal(TR_ERANGE, simulated_send(&net, &(struct probe){
	    .payload = 1600, .dont_fragment = true }, 0));
	simulated_close(&net);
}

/* Routers before RFC 1191 do not say, and some say what is not so. */
static void
says_another_size_where_told(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	for (unsigned mtu = 0; mtu <= 900; mtu += 900) {
		char text[512];

		snprintf(text, sizeof(text), "prober me 10.0.0.1 fd00::1\n"
		    "router r1 10.0.1.1 fd00:1::1\n  reply mtu %u\n"
		    "host target 10.99.0.1 fd00:99::1\n"
		    "link me r1\nlink r1 target mtu 700\n", mtu);
		simulated_open(&net, text);
		assert_true(simulated_ask(&net, &(struct probe){
		    .payload = 1000, .dont_fragment = true }, 0, &answer));
		assert_true(packet_is_sound(&answer));
		assert_int_equal(0x0304, packet_icmp(&answer));
		assert_int_equal(mtu, packet_u16(&answer, 20 + 6));
		assert_true(simulated_ask(&net, &(struct probe){
		    .payload = 1400, .dst = "fd00:99::1" }, TR_SECOND,
		    &answer));
		assert_true(packet_is_sound(&answer));
		assert_int_equal(0x0200, packet_icmp(&answer));
		assert_int_equal(mtu, packet_u16(&answer, 40 + 6));
		/* Of other errors it says nothing. */
		assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1 },
		    2 * TR_SECOND, &answer));
		assert_int_equal(EXCEEDED4, packet_icmp(&answer));
		assert_int_equal(0, packet_u16(&answer, 20 + 6));
		simulated_close(&net);
	}
}

/* What is said of other packets does not tell that these are dropped. */
static void
says_nothing_of_sizes_where_told(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, "prober me 10.0.0.1\n"
	    "router r1 10.0.1.1\n  reply mtu none\n"
	    "host target 10.99.0.1\n"
	    "link me r1\nlink r1 target mtu 700\n");
	assert_false(simulated_ask(&net, &(struct probe){ .payload = 1000,
	    .dont_fragment = true }, 0, &answer));
	assert_true(simulated_ask(&net, &(struct probe){ .payload = 1000,
	    .dont_fragment = true, .ttl = 1 }, TR_SECOND, &answer));
	assert_int_equal(EXCEEDED4, packet_icmp(&answer));
	simulated_close(&net);
}

static void
cuts_packets_and_puts_them_together(void **state)
{
	struct simulated net;
	struct packet answer;
	unsigned pieces = 0;
	size_t payload = 0;

	(void)state;
	simulated_open(&net, NARROW);
	/* The host answers the whole, and its answer is cut on its way. */
	assert_int_equal(TR_OK, simulated_send(&net, &(struct probe){
	    .protocol = 1, .payload = 1000 }, 0));
	while (simulated_next(&net, TR_TIME_NEVER - 1, &answer)) {
		const unsigned fragment = packet_u16(&answer, 6);

		pieces++;
		assert_true(answer.size <= 700);
		assert_int_equal(payload, (fragment & 0x1fff) * 8U);
		assert_int_equal(payload + answer.size - 20 == 1008 ? 0 : 1,
		    fragment >> 13);
		for (size_t i = 20; i < answer.size; i++)
			if (payload + i - 20 >= 8)
				assert_int_equal((payload + i - 28) & 0xff,
				    answer.bytes[i]);
		payload += answer.size - 20;
	}
	assert_int_equal(2, pieces);
	assert_int_equal(1008, payload);
	/* A router tells of the first piece only. */
	assert_int_equal(TR_OK, simulated_send(&net, &(struct probe){
	    .ttl = 2, .payload = 1000 }, 0));
	assert_true(simulated_next(&net, TR_TIME_NEVER - 1, &answer));
	assert_false(simulated_next(&net, TR_TIME_NEVER - 1, &answer));
	simulated_close(&net);
}

/* One fragment of an IPv6 packet (RFC 8200, 4.5), with size of its bytes. */
static void
send_piece6(struct simulated *net, const struct packet *whole, size_t from,
    size_t size)
{
	struct packet piece = *whole;
	const size_t payload = whole->size - 40;
	const uint8_t header[8] = { whole->bytes[6], 0,
	    (uint8_t)(from >> 8), (uint8_t)(from | (from + size < payload)),
	    0, 0, 0, 1 };

	piece.bytes[4] = (uint8_t)((8 + size) >> 8);
	piece.bytes[5] = (uint8_t)(8 + size);
	piece.bytes[6] = 44;
	memcpy(piece.bytes + 40, header, 8);
	memcpy(piece.bytes + 48, whole->bytes + 40 + from, size);
	assert_int_equal(TR_OK, tr_network_send(net->network, net->prober,
	    piece.bytes, 48 + size, 0));
}

/* RFC 8200, 4.5: only who sends an IPv6 packet cuts it, as a host does. */
static void
cuts_its_own_answers_of_ipv6(void **state)
{
	static const size_t sizes[] = { 1448, 1448, 112 };
	struct simulated net;
	struct packet sent, answer, whole;
	size_t payload = 0;
	unsigned pieces = 0, id = 0;

	(void)state;
	simulated_open(&net, CHAIN(""));
	probe_make(&(struct probe){ .protocol = 1, .dst = "fd00:99::1",
	    .payload = 3000 }, &sent);
	whole = sent;
	for (size_t i = 0, from = 0; i < 3; from += sizes[i++])
		send_piece6(&net, &sent, from, sizes[i]);
	while (simulated_next(&net, TR_TIME_NEVER - 1, &answer)) {
		assert_in_range(pieces, 0, 2);
		assert_int_equal(48 + sizes[pieces], answer.size);
		/* A fragment, of ICMPv6, with a number that all have. */
		assert_int_equal(44, answer.bytes[6]);
		assert_int_equal(58, answer.bytes[40]);
		assert_int_equal(payload | (pieces < 2),
		    packet_u16(&answer, 42));
		assert_true(pieces == 0 || id == packet_u16(&answer, 46));
		id = packet_u16(&answer, 46);
		memcpy(whole.bytes + 40 + payload, answer.bytes + 48,
		    sizes[pieces]);
		payload += sizes[pieces++];
	}
	assert_int_equal(3, pieces);
	assert_int_equal(0x8100, packet_icmp(&whole));
	assert_memory_equal(sent.bytes + 44, whole.bytes + 44, 3004);
	assert_true(packet_is_sound(&whole));
	simulated_close(&net);
}

static void
ends_a_loop_by_the_ttl(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, "prober me 10.0.0.1\nrouter a 10.0.1.1\n"
	    "  route target via b\nrouter b 10.0.2.1\n  route target via a\n"
	    "host target 10.99.0.1\nlink me a\nlink a b\nlink b target\n");
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 201 }, 0,
	    &answer));
	assert_true(packet_is_from(&answer, "10.0.1.1"));
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 200 }, 0,
	    &answer));
	assert_true(packet_is_from(&answer, "10.0.2.1"));
	simulated_close(&net);
}

/* --- tunnels ------------------------------------------------------------ */

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

/* --- names -------------------------------------------------------------- */

static void
answers_with_names(void **state)
{
	/* 1.0.88.10.in-addr.arpa PTR IN */
	static const uint8_t question[] =
	    "\x12\x34\x01\x00\0\1\0\0\0\0\0\0"
	    "\1" "1\1" "0\2" "88\2" "10\7" "in-addr\4" "arpa\0\0\x0c\0\1";
	const size_t size = sizeof(question) - 1;
	struct simulated net;
	struct packet packet, answer;

	(void)state;
	simulated_open(&net, CHAIN("") "host dns 10.99.0.53\n  udp dns 53\n"
	    "link r2 dns\nhost web 10.88.0.1\n  name 10.88.0.1 a.example\n"
	    "link r2 web\n");
	probe_make(&(struct probe){ .dst = "10.99.0.53",
	    .destination_port = 53, .payload = (uint16_t)size }, &packet);
	memcpy(packet.bytes + 28, question, size);
	/* Without a checksum: RFC 768 allows it in IPv4. */
	packet.bytes[26] = packet.bytes[27] = 0;
	assert_int_equal(TR_OK, tr_network_send(net.network, net.prober,
	    packet.bytes, packet.size, 0));
	assert_true(simulated_next(&net, TR_TIME_NEVER - 1, &answer));
	assert_true(packet_is_sound(&answer));
	assert_int_equal(0x1234, packet_u16(&answer, 28));
	assert_int_equal(0x8500, packet_u16(&answer, 30));
	assert_int_equal(1, packet_u16(&answer, 34));
	assert_memory_equal("\1a\7example", answer.bytes + answer.size - 11,
	    11);
	/* Another name than is there: no such name. */
	packet.bytes[28 + 13] = '2';
	assert_int_equal(TR_OK, tr_network_send(net.network, net.prober,
	    packet.bytes, packet.size, 0));
	assert_true(simulated_next(&net, TR_TIME_NEVER - 1, &answer));
	assert_int_equal(0x8503, packet_u16(&answer, 30));
	assert_int_equal(0, packet_u16(&answer, 34));
	/* Cut short: no answer, and no harm. */
	for (size_t cut = 0; cut < size; cut++) {
		probe_make(&(struct probe){ .dst = "10.99.0.53",
		    .destination_port = 53, .payload = (uint16_t)(cut + 1) },
		    &packet);
		memcpy(packet.bytes + 28, question, cut);
		packet.bytes[26] = packet.bytes[27] = 0;
		(void)tr_network_send(net.network, net.prober, packet.bytes,
		    packet.size, 0);
		(void)simulated_next(&net, TR_TIME_NEVER - 1, &answer);
	}
	simulated_close(&net);
}

/*
 * Two echo services that are set on each other must not go on for ever; nor
 * where their packets are cut, and put together again, on their way.
 */
static void
ends_a_storm_of_echoes(void **state)
{
	const uint16_t payloads[] = { 32, 1000 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct heard heard = { 0, 0, 0 };
		struct simulated net;
		struct packet answer;

		simulated_open(&net, CHAIN("") "host e 10.77.0.1\n"
		    "  udp echo 7\nhost f 10.78.0.1\n  udp echo 7\n"
		    "link r2 e\nlink r2 f mtu 700\n");
		tr_network_tap(net.network, tr_topology_find(net.topology,
		    "e"), hear, &heard);
		/* A run that would not end is to fail. */
		tr_network_limit(net.network, 100000);
		assert_false(simulated_ask(&net, &(struct probe){
		    .src = "10.78.0.1", .source_port = 7, .dst = "10.77.0.1",
		    .destination_port = 7, .payload = payloads[i] }, 0,
		    &answer));
		assert_true(heard.in > 100);
		assert_int_equal(TR_TIME_NEVER, tr_network_next(net.network));
		simulated_close(&net);
	}
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

/* RFC 9293, 3.10.7: a reset takes its number from what it answers. */
static void
resets_what_is_of_no_connection(void **state)
{
	static const uint8_t flags[] = { 0x10, 0x18, 0x11, 0x90 };
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, CHAIN("") "host h 10.99.0.2\n  tcp open 443\n"
	    "link r2 h\n");
	for (size_t i = 0; i < 2 * sizeof(flags); i++) {
		assert_true(simulated_ask(&net, &(struct probe){
		    .protocol = 6, .dst = "10.99.0.2",
		    .destination_port = i % 2 == 0 ? 443 : 80,
		    .tcp_flags = flags[i / 2],
		    .tcp_acknowledgement = 0x12345678 }, 0, &answer));
		assert_true(packet_is_sound(&answer));
		/* All of these acknowledge: the reset need not. */
		assert_int_equal(0x04, answer.bytes[33]);
		assert_int_equal(0x1234, packet_u16(&answer, 24));
		assert_int_equal(0x5678, packet_u16(&answer, 26));
		assert_int_equal(0, packet_u16(&answer, 28));
		assert_int_equal(0, packet_u16(&answer, 30));
	}
	/* One that does not: a FIN counts as a byte of the sequence. */
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 6,
	    .tcp_flags = 0x01, .payload = 4 }, 0, &answer));
	assert_int_equal(0x14, answer.bytes[33]);
	assert_int_equal(0, packet_u16(&answer, 26));
	assert_int_equal(1005, packet_u16(&answer, 30));
	/* Resets are not answered, or two hosts would never end. */
	for (uint8_t reset = 0x04; reset <= 0x14; reset += 0x10)
		assert_false(simulated_ask(&net, &(struct probe){
		    .protocol = 6, .tcp_flags = reset }, 0, &answer));
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

/* How often a run returns with nothing before it does with the answer. */
static unsigned
pauses_of(struct simulated *net, uint32_t burst)
{
	struct tr_delivery delivery;
	unsigned pauses = 0;

	tr_network_reset(net->network, 1);
	tr_network_limit(net->network, burst);
	assert_int_equal(TR_OK, simulated_send(net, &(struct probe){
	    .ttl = 9 }, 0));
	while (tr_network_run(net->network, TR_TIME_NEVER - 1,
	    &delivery) == 0) {
		/* More is due, or it would never come. */
		assert_true(tr_network_next(net->network) != TR_TIME_NEVER);
		pauses++;
	}
	return pauses;
}

static void
returns_after_as_many_events_as_it_is_told(void **state)
{
	struct simulated net;
	unsigned each;

	(void)state;
	/* A firewall's packets are events, there and back. */
	simulated_open(&net, CHAIN("filter drop tcp\n"));
	each = pauses_of(&net, 1);
	assert_true(each >= 3);
	assert_int_equal(each / 2, pauses_of(&net, 2));
	assert_int_equal(each / 3, pauses_of(&net, 3));
	assert_int_equal(0, pauses_of(&net, each + 1));
	assert_int_equal(0, pauses_of(&net, 0));
	simulated_close(&net);
}

/* --- taps --------------------------------------------------------------- */

static void
can_be_listened_to_anywhere(void **state)
{
	struct simulated net;
	struct packet answer;
	struct heard heard = { 0, 0, 0 };

	(void)state;
	simulated_open(&net, CHAIN(""));
	tr_network_tap(net.network, tr_topology_find(net.topology, "r1"),
	    hear, &heard);
	for (uint8_t ttl = 1; ttl <= 3; ttl++)
		simulated_send(&net, &(struct probe){ .ttl = ttl }, 0);
	while (simulated_next(&net, TR_TIME_NEVER - 1, &answer))
		;
	/* Three probes in, two of them on; two answers in, three out. */
	assert_int_equal(5, heard.in);
	assert_int_equal(5, heard.out);
	simulated_close(&net);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_as_routers_and_hosts_do),
		cmocka_unit_test(quotes_the_probe_as_it_came),
		cmocka_unit_test(answers_echo_and_tcp),
		cmocka_unit_test(takes_no_datagram_of_a_wrong_length),
		cmocka_unit_test(drops_what_is_not_sound),
		cmocka_unit_test(is_repeatable_by_its_seed),
		cmocka_unit_test(loses_and_doubles_the_share_it_should),
		cmocka_unit_test(draws_jitter_evenly),
		cmocka_unit_test(lets_packets_overtake_others),
		cmocka_unit_test(hashes_the_fields_it_is_told),
		cmocka_unit_test(spreads_flows_evenly),
		cmocka_unit_test(chooses_at_each_balancer_anew),
		cmocka_unit_test(gives_ways_their_weight),
		cmocka_unit_test(takes_packets_at_random_or_in_turn),
		cmocka_unit_test(maps_anew_when_it_is_time),
		cmocka_unit_test(changes_routes_and_links_in_time),
		cmocka_unit_test(limits_errors_by_a_token_bucket),
		cmocka_unit_test(limits_each_source_by_itself),
		cmocka_unit_test(limits_errors_in_the_order_of_time),
		cmocka_unit_test(is_silent_to_what_it_is_told),
		cmocka_unit_test(answers_from_the_interface_it_is_told),
		cmocka_unit_test(leaves_by_the_interface_that_it_names),
		cmocka_unit_test(answers_from_unnumbered_links),
		cmocka_unit_test(quotes_as_much_as_it_is_told),
		cmocka_unit_test(complains_of_nothing_it_must_not),
		cmocka_unit_test(points_at_the_protocol_that_it_does_not_know),
		cmocka_unit_test(counts_identifications),
		cmocka_unit_test(counts_only_answers_of_ipv4),
		cmocka_unit_test(answers_late_and_twice),
		cmocka_unit_test(passes_a_ttl_of_zero),
		cmocka_unit_test(bleaches_what_it_is_told),
		cmocka_unit_test(tells_where_no_way_leads),
		cmocka_unit_test(says_what_would_fit),
		cmocka_unit_test(says_another_size_where_told),
		cmocka_unit_test(says_nothing_of_sizes_where_told),
		cmocka_unit_test(cuts_packets_and_puts_them_together),
		cmocka_unit_test(cuts_its_own_answers_of_ipv6),
		cmocka_unit_test(ends_a_loop_by_the_ttl),
		cmocka_unit_test(shows_of_tunnels_what_they_show),
		cmocka_unit_test(reaches_the_end_alike_with_php_and_uhp),
		cmocka_unit_test(tells_labels_and_ttls),
		cmocka_unit_test(shortens_the_ttl_of_answers),
		cmocka_unit_test(answers_with_names),
		cmocka_unit_test(ends_a_storm_of_echoes),
		cmocka_unit_test(tells_the_longest_way_that_does_not_lead),
		cmocka_unit_test(resets_what_is_of_no_connection),
		cmocka_unit_test(answers_with_the_service_type_of_the_probe),
		cmocka_unit_test(returns_after_as_many_events_as_it_is_told),
		cmocka_unit_test(can_be_listened_to_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
