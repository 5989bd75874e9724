/*
 * What firewalls and NATs do to what passes them, and hosts to what is for
 * them, looked at by fixed offsets in the bytes that come back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "simulated.h"

#define FOREVER		(TR_TIME_NEVER - 1)

#define NO_NET4		0x0300
#define NO_HOST4	0x0301
#define PROHIBITED4	0x030d

/* Where an error in IPv4 quotes an IPv4 packet, and its transport. */
#define QUOTE4		28
#define QUOTED_BODY4	48

/* One router whose properties the test gives, another, and a host. */
#define ROUTE(properties)						\
	"prober me 10.0.0.1 fd00::1\n"					\
	"router r1 10.0.1.1 fd00:1::1\n" properties			\
	"router r2 10.0.2.1 fd00:2::1\n"				\
	"host target 10.99.0.1 fd00:99::1\n"				\
	"  tcp open 443\n  udp echo 7\n"				\
	"links delay 1ms\n"						\
	"link me r1\nlink r1 r2\nlink r2 target\n"

/* A packet as it stands, where no struct probe can say what it is. */
static void
send_bytes(struct simulated *net, const struct packet *packet, int64_t now)
{
	assert_int_equal(TR_OK, tr_network_send(net->network, net->prober,
	    packet->bytes, packet->size, now));
}

static void
put_u16(struct packet *packet, size_t at, unsigned value)
{
	packet->bytes[at] = (uint8_t)(value >> 8);
	packet->bytes[at + 1] = (uint8_t)value;
}

static bool
is_answered(struct simulated *net, const struct probe *probe)
{
	struct packet answer;

	return simulated_ask(net, probe, 0, &answer);
}

/* --- firewalls ---------------------------------------------------------- */

/* Send from one of two probers; does it come to the other one? */
static bool
comes_through(struct simulated *net, const char *from, const char *to,
    uint16_t source_port, uint16_t destination_port)
{
	const struct probe probe = {
		.src = from, .dst = to, .source_port = source_port,
		.destination_port = destination_port,
	};
	struct tr_address address = { .family = 0 };
	struct packet packet;

	assert_int_equal(TR_OK, tr_address_parse(from, &address));
	net->prober = tr_topology_prober(net->topology, &address);
	if (!simulated_ask(net, &probe, 0, &packet))
		return false;
	assert_true(packet_is_from(&packet, from));
	assert_int_equal(source_port, packet_u16(&packet, 20));
	return true;
}

/* An answer is what goes back between the same ports, and nothing else. */
static void
lets_back_in_only_what_was_asked_for(void **state)
{
	static const char in[] = "10.0.0.1", out[] = "10.66.0.1";
	struct simulated net;

	(void)state;
	simulated_open(&net, "prober in 10.0.0.1\nprober out 10.66.0.1\n"
	    "router wall 10.0.1.1\n  filter drop udp from r\n"
	    "router r 10.0.2.1\nlink in wall\nlink wall r\nlink r out\n");
	assert_false(comes_through(&net, out, in, 53, 4000));
	assert_true(comes_through(&net, in, out, 4000, 53));
	assert_true(comes_through(&net, out, in, 53, 4000));
	assert_false(comes_through(&net, out, in, 54, 4000));
	assert_false(comes_through(&net, out, in, 53, 4001));
	/* Connections are remembered for good. */
	assert_true(comes_through(&net, out, in, 53, 4000));
	tr_network_reset(net.network, 1);
	assert_false(comes_through(&net, out, in, 53, 4000));
	simulated_close(&net);
}

static void
filters_what_opens_something(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, ROUTE("filter pass tcp 443 8000-8009\n"
	    "filter reset tcp 25\n" "filter prohibit udp\n"
	    "filter reject icmp\n" "filter drop any\n"));
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 6,
	    .destination_port = 443 }, 0, &answer));
	assert_int_equal(64 - 2, packet_ttl(&answer));
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 6,
	    .destination_port = 8005 }, 0, &answer));
	/* A reset in the target's name, with the TTL of hop 1. */
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 6,
	    .destination_port = 25 }, 0, &answer));
	assert_true(packet_is_from(&answer, "10.99.0.1"));
	assert_int_equal(0x14, answer.bytes[20 + 13]);
	assert_int_equal(255, packet_ttl(&answer));
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 9 }, 0,
	    &answer));
	assert_int_equal(0x030d, packet_icmp(&answer));
	assert_true(packet_is_from(&answer, "10.0.1.1"));
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 9,
	    .dst = "fd00:99::1" }, 0, &answer));
	assert_int_equal(0x0101, packet_icmp(&answer));
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 1 }, 0,
	    &answer));
	assert_int_equal(0x0303, packet_icmp(&answer));
	assert_false(simulated_ask(&net, &(struct probe){ .protocol = 6,
	    .destination_port = 80 }, 0, &answer));
	/* The TTL is looked at first. */
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 6,
	    .ttl = 1, .destination_port = 80 }, 0, &answer));
	assert_int_equal(EXCEEDED4, packet_icmp(&answer));
	simulated_close(&net);
}

/* What went out through a firewall may be answered, and nothing else is in. */
static void
lets_answers_back_in(void **state)
{
	static const char walled[] = ROUTE("filter drop any from r2\n")
	    "host e 10.77.0.1\n  udp echo 7\nlink r2 e\n"
	    "prober other 10.78.0.1\nlink r2 other\n";
	const struct probe as_answer = { .src = "10.77.0.1",
	    .source_port = 7, .dst = "10.0.0.1", .destination_port = 40000 };
	struct probe to_another_port = as_answer;
	struct simulated net;
	struct packet answer;
	uint32_t me, other;

	(void)state;
	to_another_port.destination_port = 40001;
	simulated_open(&net, walled);
	me = net.prober;
	other = tr_topology_find(net.topology, "other");
	net.prober = other;
	assert_false(simulated_ask(&net, &as_answer, 0, &answer));
	net.prober = me;
	assert_true(simulated_ask(&net, &(struct probe){ .dst = "10.77.0.1",
	    .destination_port = 7 }, 0, &answer));
	assert_true(packet_is_from(&answer, "10.77.0.1"));
	assert_int_equal(7, packet_u16(&answer, 20));
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 6 }, 0,
	    &answer));
	assert_true(packet_is_from(&answer, "10.99.0.1"));
	/* Now it belongs to what went out; the firewall cannot tell. */
	net.prober = other;
	assert_true(simulated_ask(&net, &as_answer, TR_SECOND, &answer));
	assert_false(simulated_ask(&net, &to_another_port, TR_SECOND,
	    &answer));
	simulated_close(&net);
}

static void
stops_errors_only_where_told(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, ROUTE("filter drop errors\n"));
	assert_false(simulated_ask(&net, &(struct probe){ .ttl = 2 }, 0,
	    &answer));
	assert_false(simulated_ask(&net, &(struct probe){ .ttl = 9 }, 0,
	    &answer));
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 1 }, 0,
	    &answer));
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 6 }, 0,
	    &answer));
	/* The firewall's own errors come from it, not through it. */
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 1 }, 0,
	    &answer));
	simulated_close(&net);
	simulated_open(&net, ROUTE("filter drop icmp\n"));
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 2 }, 0,
	    &answer));
	assert_false(simulated_ask(&net, &(struct probe){ .protocol = 1 }, 0,
	    &answer));
	simulated_close(&net);
	/* Nor are errors among what is called any. */
	simulated_open(&net, ROUTE("filter drop any from r2\n"));
	for (uint8_t ttl = 2; ttl <= 3; ttl++)
		assert_true(simulated_ask(&net, &(struct probe){ .ttl = ttl },
		    0, &answer));
	simulated_close(&net);
}

/* --- NAT ---------------------------------------------------------------- */

#define BEHIND_NAT(rule)						\
	"prober me 10.0.0.1 10.0.0.2\n"					\
	"router n 10.0.1.1\n  " rule "\n"				\
	"router r 10.0.2.1\n"						\
	"host target 10.99.0.1\n  tcp open 443\n"			\
	"link me n\nlink n r\nlink r target\n"

static void
translates_sources_and_back(void **state)
{
	static const uint8_t protocols[] = { 17, 6, 1 };
	struct simulated net;
	struct packet sent, answer;

	(void)state;
	simulated_open(&net, BEHIND_NAT("nat source me to 192.0.2.1"));
	for (int i = 0; i < 3; i++)
		for (uint8_t ttl = 1; ttl <= 3; ttl++) {
			const struct probe probe = {
				.protocol = protocols[i],
				.ttl = ttl,
				.source_port = 4000,
				.destination_port = 443,
			};

			probe_make(&probe, &sent);
			assert_true(simulated_ask(&net, &probe, 0, &answer));
			assert_true(packet_is_sound(&answer));
			if (ttl == 3 && i > 0) {
				/* The host's answer, to our port or id. */
				assert_int_equal(4000, packet_u16(&answer,
				    i == 1 ? 22 : 24));
				continue;
			}
			/* All of the quote but the TTL is as it was sent. */
			assert_memory_equal(sent.bytes + 12,
			    answer.bytes + 28 + 12, sent.size - 12);
		}
	simulated_close(&net);
}

/* What an error quotes of a source, its port, and the checksum. */
static void
mends_no_more_than_it_is_told(void **state)
{
	static const struct {
		const char *rule;
		bool	 address;
		bool	 checksum;
	} cases[] = {
		{ BEHIND_NAT("nat source me to 192.0.2.1 ports 50000-50009"),
		    true, true },
		{ BEHIND_NAT("nat source me to 192.0.2.1 ports 50000-50009 "
		    "mends addresses"), true, false },
		{ BEHIND_NAT("nat source me to 192.0.2.1 ports 50000-50009 "
		    "mends nothing"), false, false },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct simulated net;
		struct packet sent, answer;
		const struct probe probe = { .ttl = 2, .source_port = 4000 };

		simulated_open(&net, cases[i].rule);
		probe_make(&probe, &sent);
		assert_true(simulated_ask(&net, &probe, 0, &answer));
		assert_true(packet_is_sound(&answer));
		assert_int_equal(cases[i].address, packet_u16(&answer,
		    28 + 12) == 0x0a00);
		assert_int_equal(cases[i].address ? 4000 : 50000,
		    packet_u16(&answer, 28 + 20));
		assert_int_equal(cases[i].checksum, packet_u16(&answer,
		    28 + 26) == packet_u16(&sent, 26));
		simulated_close(&net);
	}
}

static void
keeps_flows_behind_a_nat_apart(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, BEHIND_NAT("nat source me to 192.0.2.1"));
	for (int round = 0; round < 2; round++)
		for (int host = 1; host <= 2; host++) {
			assert_true(simulated_ask(&net, &(struct probe){
			    .protocol = 6, .destination_port = 443,
			    .src = host == 1 ? "10.0.0.1" : "10.0.0.2",
			    .source_port = 4000 }, 0, &answer));
			assert_int_equal(host, answer.bytes[19]);
			assert_int_equal(4000, packet_u16(&answer, 22));
		}
	simulated_close(&net);
}

static void
has_no_more_ports_than_it_is_told(void **state)
{
	struct simulated net;
	struct packet answer;
	unsigned answers = 0;

	(void)state;
	simulated_open(&net, BEHIND_NAT("nat source me to 192.0.2.1 ports "
	    "50000-50009"));
	for (uint16_t i = 1; i <= 15; i++)
		answers += simulated_ask(&net, &(struct probe){ .ttl = 2,
		    .source_port = i }, 0, &answer);
	assert_int_equal(10, answers);
	simulated_close(&net);
}

static void
translates_destinations(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, BEHIND_NAT("nat destination 192.0.2.80 to "
	    "10.99.0.1"));
	for (uint8_t ttl = 1; ttl <= 3; ttl++) {
		assert_true(simulated_ask(&net, &(struct probe){ .ttl = ttl,
		    .dst = "192.0.2.80" }, 0, &answer));
		assert_true(packet_is_from(&answer, "192.0.2.80"));
		assert_true(packet_is_sound(&answer));
		/* And the quote names the address that was called. */
		assert_int_equal(0xc000, packet_u16(&answer, 28 + 16));
	}
	simulated_close(&net);
}

static void
moves_sequence_numbers(void **state)
{
	static const struct {
		const char *text;
		bool	 number;
		bool	 checksum;
	} cases[] = {
		{ BEHIND_NAT("rewrite sequence"), true, true },
		{ BEHIND_NAT("rewrite sequence mends addresses"), true,
		    false },
		{ BEHIND_NAT("rewrite sequence mends nothing"), false,
		    false },
	};
	const struct probe probe = { .protocol = 6, .ttl = 2 };
	struct packet sent, answer;

	(void)state;
	probe_make(&probe, &sent);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct simulated net;

		simulated_open(&net, cases[i].text);
		assert_true(simulated_ask(&net, &probe, 0, &answer));
		assert_int_equal(cases[i].number, packet_u16(&answer,
		    28 + 26) == 1000 && packet_u16(&answer, 28 + 24) == 0);
		assert_int_equal(cases[i].checksum, packet_u16(&answer,
		    28 + 36) == packet_u16(&sent, 36));
		assert_true(packet_is_sound(&answer));
		/* The end sees nothing of it. */
		assert_true(simulated_ask(&net, &(struct probe){
		    .protocol = 6, .destination_port = 443, .payload = 1 },
		    0, &answer));
		assert_int_equal(0x12, answer.bytes[33]);
		assert_int_equal(1001, packet_u16(&answer, 30));
		assert_true(packet_is_sound(&answer));
		simulated_close(&net);
	}
}

static void
leaves_what_a_nat_is_not_for(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, BEHIND_NAT("nat destination 192.0.2.80 to "
	    "10.99.0.1"));
	/* Also while another flow is translated. */
	for (uint16_t port = 1; port <= 2; port++)
		for (uint8_t ttl = 2; ttl <= 3; ttl++) {
			const bool called = port == 1;

			assert_true(simulated_ask(&net, &(struct probe){
			    .source_port = port, .ttl = ttl,
			    .dst = called ? "192.0.2.80" : "10.99.0.1" }, 0,
			    &answer));
			assert_true(packet_is_from(&answer, called ?
			    "192.0.2.80" : ttl == 2 ? "10.0.2.1" :
			    "10.99.0.1"));
			assert_int_equal(called ? 0xc000 : 0x0a63,
			    packet_u16(&answer, 28 + 16));
		}
	simulated_close(&net);
}

static void
check_flow(struct simulated *net, const char *dst, bool direct)
{
	struct probe probe = { .dst = dst, .source_port =
	    direct ? 4001 : 4000 };
	struct packet answer;

	for (probe.ttl = 2; probe.ttl <= 3; probe.ttl++) {
		assert_true(simulated_ask(net, &probe, 0, &answer));
		assert_true(packet_is_sound(&answer));
		/* Of a translated flow, routers' errors as well. */
		assert_true(packet_is_from(&answer,
		    direct && probe.ttl == 2 ? "10.0.2.1" : dst));
		assert_int_equal(direct ? 0x0a63 : 0xc000,
		    packet_u16(&answer, QUOTE4 + 16));
	}
	/* And what is no error. */
	probe.destination_port = 7;
	assert_true(simulated_ask(net, &probe, 0, &answer));
	assert_true(packet_is_sound(&answer));
	assert_true(packet_is_from(&answer, dst));
	assert_int_equal(7, packet_u16(&answer, 20));
}

/* A destination's translation holds for the flow that called it alone. */
static void
keeps_flows_to_what_a_nat_hides_apart(void **state)
{
	struct simulated net;

	(void)state;
	simulated_open(&net, ROUTE("nat destination 192.0.2.80 to "
	    "10.99.0.1\n"));
	for (int i = 0; i < 2; i++) {
		check_flow(&net, "192.0.2.80", false);
		check_flow(&net, "10.99.0.1", true);
	}
	simulated_close(&net);
}

/*
 * Fragments of IPv4 are put together by a NAT, so that all of them are
 * translated, though only the first has ports.
 */
static void
translates_fragments_as_a_whole(void **state)
{
	struct probe probe = { .source_port = 4000, .destination_port = 7,
	    .payload = 1000, .ttl = 3 };
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, "prober me 10.0.0.1\nrouter a 10.0.1.1\n"
	    "router n 10.0.2.1\n  nat source me to 192.0.2.1 "
	    "ports 50000-50009 mends nothing\n"
	    "router r 10.0.3.1\nhost target 10.99.0.1\n  udp echo 7\n"
	    "link me a\nlink a n mtu 700 back mtu 1500\nlink n r\n"
	    "link r target\n");
	/* What is behind the NAT, as the router there quotes it. */
	assert_true(simulated_ask(&net, &probe, 0, &answer));
	assert_int_equal(EXCEEDED4, packet_icmp(&answer));
	assert_true(packet_is_from(&answer, "10.0.3.1"));
	assert_int_equal(1028, packet_u16(&answer, QUOTE4 + 2));
	assert_int_equal(0, packet_u16(&answer, QUOTE4 + 6));
	assert_int_equal(0xc000, packet_u16(&answer, QUOTE4 + 12));
	assert_int_equal(50000, packet_u16(&answer, QUOTED_BODY4));
	assert_false(simulated_next(&net, FOREVER, &answer));
	/* Its checksum is right too, or the host would not answer it. */
	probe.ttl = 64;
	assert_true(simulated_ask(&net, &probe, 0, &answer));
	assert_true(packet_is_sound(&answer));
	assert_int_equal(1028, answer.size);
	assert_int_equal(4000, packet_u16(&answer, 22));
	for (size_t i = 28; i < answer.size; i++)
		assert_int_equal((i - 28) & 0xff, answer.bytes[i]);
	simulated_close(&net);
}

/* Find a source port by which the probe's checksum comes to 0. */
static void
sum_up_to_zero(struct probe *probe, const char *src, struct packet *packet)
{
	const char *own = probe->src;

	probe->src = src;
	for (probe->source_port = 1024; probe->source_port < UINT16_MAX;
	    probe->source_port++) {
		probe_make(probe, packet);
		if (packet_u16(packet, 26) == 0)
			break;
	}
	assert_int_equal(0, packet_u16(packet, 26));
	probe->src = own;
}

/* RFC 768: a checksum of 0 would say that there is none. */
static void
writes_no_checksum_of_zero(void **state)
{
	struct probe probe = { .ttl = 2, .destination_port = 7 };
	struct simulated net;
	struct packet packet, answer;

	(void)state;
	simulated_open(&net, ROUTE("nat source me to 192.0.2.1 mends "
	    "nothing\n"));
	/* On the way out: behind the NAT is what the error quotes. */
	sum_up_to_zero(&probe, "192.0.2.1", &packet);
	assert_true(simulated_ask(&net, &probe, 0, &answer));
	assert_int_equal(0xc000, packet_u16(&answer, QUOTE4 + 12));
	assert_int_equal(0xffff, packet_u16(&answer, QUOTED_BODY4 + 6));
	/* On the way back: an echo adds up to what its probe does. */
	probe.ttl = 64;
	sum_up_to_zero(&probe, "10.0.0.1", &packet);
	put_u16(&packet, 26, 0xffff);
	send_bytes(&net, &packet, 0);
	assert_true(simulated_next(&net, FOREVER, &answer));
	assert_int_equal(probe.source_port, packet_u16(&answer, 22));
	assert_int_equal(0xffff, packet_u16(&answer, 26));
	/* But where there was none, none is made. */
	probe.ttl = 2;
	probe_make(&probe, &packet);
	put_u16(&packet, 26, 0);
	send_bytes(&net, &packet, 0);
	assert_true(simulated_next(&net, FOREVER, &answer));
	assert_int_equal(0, packet_u16(&answer, QUOTED_BODY4 + 6));
	simulated_close(&net);
}

struct moving {
	const char *text;
	bool	 number;		/* is quoted as it was sent */
	bool	 checksum;
};

/* Which of the quoted segment is as it was sent, by what is mended. */
static void
mends_what_it_moved_as_it_is_told(void **state)
{
	static const struct moving movings[] = {
		{ ROUTE("rewrite sequence\n"), true, true },
		{ ROUTE("rewrite sequence mends all\n"), true, true },
		{ ROUTE("rewrite sequence mends addresses\n"), true, false },
		{ ROUTE("rewrite sequence mends nothing\n"), false, false },
	};
	struct packet sent, answer;
	struct simulated net;

	(void)state;
	for (size_t i = 0; i < sizeof(movings) / sizeof(movings[0]); i++)
		for (int v6 = 0; v6 < 2; v6++) {
			const struct probe probe = { .protocol = 6, .ttl = 2,
			    .dst = v6 ? "fd00:99::1" : "10.99.0.1" };
			const size_t at = v6 ? 40 : 20, to = 2 * at + 8;

			simulated_open(&net, movings[i].text);
			probe_make(&probe, &sent);
			assert_true(simulated_ask(&net, &probe, 0, &answer));
			assert_true(packet_is_sound(&answer));
			assert_int_equal(to + sent.size - at, answer.size);
			assert_int_equal(movings[i].number, memcmp(
			    sent.bytes + at + 4, answer.bytes + to + 4,
			    4) == 0);
			assert_int_equal(movings[i].checksum,
			    packet_u16(&sent, at + 16) ==
			    packet_u16(&answer, to + 16));
			simulated_close(&net);
		}
}

/* --- no way on ---------------------------------------------------------- */

struct no_way {
	const char *dst;
	unsigned icmp;
	const char *from;
};

/* A route leads on to the second router, which has none. */
static void
goes_by_the_longest_of_ways_and_no_ways(void **state)
{
	static const struct no_way no_ways[] = {
		{ "10.51.0.1", NO_HOST4, "10.0.1.1" },
		{ "10.50.8.1", NO_NET4, "10.0.2.1" },
		{ "10.50.7.1", PROHIBITED4, "10.0.1.1" },
		{ "10.50.7.65", NO_NET4, "10.0.2.1" },
		/* As long as the host's own. */
		{ "10.99.0.1", NO_HOST4, "10.0.1.1" },
		{ "10.99.0.2", PORT_CLOSED4, "10.99.0.2" },
	};
	struct simulated net;
	struct packet answer;

	(void)state;
	/* Not in the order of their lengths, so that it is not that. */
	simulated_open(&net, ROUTE("unreachable 10.50.7.0/24 prohibited\n"
	    "route 10.50.7.64/26 via r2\n"
	    "unreachable 10.0.0.0/8 host\n"
	    "route 10.50.0.0/16 via r2\n"
	    "unreachable 10.99.0.1 host\n"
	    "unreachable 10.99.0.0/16 prohibited\n")
	    "host other 10.99.0.2\nlink r2 other\n");
	for (size_t i = 0; i < sizeof(no_ways) / sizeof(no_ways[0]); i++) {
		assert_true(simulated_ask(&net, &(struct probe){
		    .dst = no_ways[i].dst }, 0, &answer));
		if (packet_icmp(&answer) != no_ways[i].icmp ||
		    !packet_is_from(&answer, no_ways[i].from))
			fail_msg("%s: %x", no_ways[i].dst,
			    packet_icmp(&answer));
	}
	simulated_close(&net);
}

/* RFC 1812, 4.3.2.7: that would call forth answers of a whole network. */
static void
complains_of_nothing_that_is_for_all(void **state)
{
	struct simulated net;
	struct probe probe = { .ttl = 0 };

	(void)state;
	simulated_open(&net, ROUTE("route 0.0.0.0/0 via r2\n"));
	for (probe.ttl = 1; probe.ttl <= 3; probe.ttl++) {
		probe.dst = "255.255.255.255";
		assert_false(is_answered(&net, &probe));
		/* To one that is not there: the TTL's end, or no way. */
		probe.dst = "10.255.255.255";
		assert_true(is_answered(&net, &probe));
	}
	simulated_close(&net);
}

/* --- TCP hosts ---------------------------------------------------------- */

#define ACKNOWLEDGED	0x89abcdef

static void
send_segment(struct simulated *net, uint16_t port, uint8_t flags)
{
	assert_int_equal(TR_OK, simulated_send(net, &(struct probe){
	    .protocol = 6, .tcp_flags = flags, .source_port = 4000,
	    .destination_port = port, .tcp_acknowledgement = ACKNOWLEDGED },
	    0));
}

/* RFC 9293, 3.10.7: <SEQ=SEG.ACK><CTL=RST>, whether one listens or not. */
static void
resets_with_the_number_that_was_acknowledged(void **state)
{
	static const uint8_t flags[] = { 0x10, 0x11, 0x12, 0x18, 0x90 };
	static const uint16_t ports[] = { 443, 80 };
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, ROUTE(""));
	for (size_t i = 0; i < sizeof(flags) * 2; i++) {
		send_segment(&net, ports[i % 2], flags[i / 2]);
		assert_true(simulated_next(&net, FOREVER, &answer));
		assert_true(packet_is_sound(&answer));
		assert_int_equal(40, answer.size);
		assert_int_equal(ports[i % 2], packet_u16(&answer, 20));
		assert_int_equal(4000, packet_u16(&answer, 22));
		assert_memory_equal("\x89\xab\xcd\xef", answer.bytes + 24,
		    4);
		assert_memory_equal("\0\0\0\0", answer.bytes + 28, 4);
		assert_int_equal(0x5004, packet_u16(&answer, 32));
	}
	simulated_close(&net);
}

/* Else two hosts could go on to reset each other. */
static void
answers_no_reset(void **state)
{
	static const uint8_t flags[] = { 0x04, 0x14, 0x06 };
	static const uint16_t ports[] = { 443, 80 };
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, ROUTE(""));
	for (size_t i = 0; i < sizeof(flags) * 2; i++) {
		send_segment(&net, ports[i % 2], flags[i / 2]);
		assert_false(simulated_next(&net, FOREVER, &answer));
	}
	simulated_close(&net);
}

/* --- fragments of IPv6 -------------------------------------------------- */

#define HEADER6		40
#define FRAGMENT6	44		/* as a next header */
#define ICMP6		58
#define PIECE6		1232		/* what fits 1280 bytes */

/* One piece of a packet, from a place behind its header: RFC 8200, 4.5. */
static void
send_piece(struct simulated *net, const struct packet *whole, size_t from)
{
	const size_t left = whole->size - HEADER6 - from;
	const size_t size = left < PIECE6 ? left : PIECE6;
	struct packet piece = { .size = HEADER6 + 8 + size };

	memcpy(piece.bytes, whole->bytes, HEADER6);
	put_u16(&piece, 4, (unsigned)(8 + size));
	piece.bytes[6] = FRAGMENT6;
	piece.bytes[HEADER6] = whole->bytes[6];
	put_u16(&piece, HEADER6 + 2, (unsigned)from | (size < left));
	put_u16(&piece, HEADER6 + 6, 0xbeef);
	memcpy(piece.bytes + HEADER6 + 8, whole->bytes + HEADER6 + from,
	    size);
	send_bytes(net, &piece, 0);
}

/* Join pieces that come in order; returns how many there were. */
static unsigned
join_pieces(struct simulated *net, struct packet *whole)
{
	struct packet piece, first = { .size = 0 };
	unsigned pieces = 0, more = 1;
	size_t size = 0;

	for (; simulated_next(net, FOREVER, &piece); pieces++) {
		const unsigned fragment = packet_u16(&piece, HEADER6 + 2);

		if (pieces == 0)
			*whole = first = piece;
		assert_true(more && piece.size <= 1500);
		assert_int_equal(FRAGMENT6, piece.bytes[6]);
		assert_int_equal(ICMP6, piece.bytes[HEADER6]);
		assert_memory_equal(first.bytes + HEADER6 + 4,
		    piece.bytes + HEADER6 + 4, 4);
		assert_int_equal(size, fragment & ~7U);
		more = fragment & 1;
		assert_true(HEADER6 + size + piece.size <= PACKET_MAX);
		memcpy(whole->bytes + HEADER6 + size, piece.bytes + HEADER6 +
		    8, piece.size - HEADER6 - 8);
		size += piece.size - HEADER6 - 8;
	}
	assert_int_equal(pieces == 0, more);
	whole->size = HEADER6 + size;
	whole->bytes[6] = ICMP6;
	put_u16(whole, 4, (unsigned)size);
	return pieces;
}

/* In whatever order the pieces come, but not where one of them is missing. */
static void
answers_fragments_in_fragments(void **state)
{
	static const size_t orders[][3] = {
		{ 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 },
	};
	struct simulated net;
	struct packet sent, answer;

	(void)state;
	simulated_open(&net, ROUTE(""));
	probe_make(&(struct probe){ .protocol = 1, .dst = "fd00:99::1",
	    .payload = 3000 }, &sent);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		send_piece(&net, &sent, orders[i][0] * PIECE6);
		send_piece(&net, &sent, orders[i][1] * PIECE6);
		assert_int_equal(0, join_pieces(&net, &answer));
		send_piece(&net, &sent, orders[i][2] * PIECE6);
		assert_int_equal(3, join_pieces(&net, &answer));
		assert_int_equal(sent.size, answer.size);
		assert_true(packet_is_sound(&answer));
		assert_true(packet_is_from(&answer, "fd00:99::1"));
		assert_int_equal(0x8100, packet_icmp(&answer));
		/* The id, the sequence number, and all that was sent. */
		assert_memory_equal(sent.bytes + HEADER6 + 4,
		    answer.bytes + HEADER6 + 4, sent.size - HEADER6 - 4);
	}
	simulated_close(&net);
}

/* --- how long a run goes on --------------------------------------------- */

#define PROBES		20

struct runs {
	unsigned deliveries;
	unsigned pauses;		/* though more was due */
	uint64_t times;			/* a hash of when they came */
};

static struct runs
run_with_limit(struct simulated *net, uint32_t limit)
{
	struct runs runs = { .deliveries = 0 };
	struct packet answer;

	tr_network_reset(net->network, 1);
	tr_network_limit(net->network, limit);
	for (uint16_t i = 1; i <= PROBES; i++)
		assert_int_equal(TR_OK, simulated_send(net, &(struct probe){
		    .source_port = i }, i * TR_MICROSECOND));
	while (tr_network_next(net->network) <= FOREVER) {
		if (!simulated_next(net, FOREVER, &answer)) {
			runs.pauses += tr_network_next(net->network) <=
			    FOREVER;
			assert_true(runs.pauses < PROBES * 100);
			continue;
		}
		runs.times = runs.times * 31 + (uint64_t)answer.at;
		runs.deliveries++;
	}
	return runs;
}

/* Whoever wants a turn in between gets it, and nothing else is changed. */
static void
pauses_after_so_many_events(void **state)
{
	struct simulated net;
	struct runs whole, single, several;
	unsigned events;

	(void)state;
	/* The first router keeps the order, so that all wait there. */
	simulated_open(&net, ROUTE("filter pass any\n"));
	whole = run_with_limit(&net, 0);
	assert_int_equal(PROBES, whole.deliveries);
	assert_int_equal(0, whole.pauses);
	/* One event at once: each is a delivery or a pause. */
	single = run_with_limit(&net, 1);
	assert_int_equal(PROBES, single.deliveries);
	assert_true(single.pauses > 0);
	events = single.deliveries + single.pauses;
	several = run_with_limit(&net, 4);
	assert_int_equal(PROBES, several.deliveries);
	assert_in_range(several.pauses, 1, single.pauses / 4);
	assert_int_equal(0, run_with_limit(&net, events).pauses);
	assert_true(whole.times == single.times);
	assert_true(whole.times == several.times);
	simulated_close(&net);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_what_opens_something),
		cmocka_unit_test(lets_answers_back_in),
		cmocka_unit_test(stops_errors_only_where_told),
		cmocka_unit_test(translates_sources_and_back),
		cmocka_unit_test(mends_no_more_than_it_is_told),
		cmocka_unit_test(keeps_flows_behind_a_nat_apart),
		cmocka_unit_test(has_no_more_ports_than_it_is_told),
		cmocka_unit_test(translates_destinations),
		cmocka_unit_test(moves_sequence_numbers),
		cmocka_unit_test(leaves_what_a_nat_is_not_for),
		cmocka_unit_test(lets_back_in_only_what_was_asked_for),
		cmocka_unit_test(keeps_flows_to_what_a_nat_hides_apart),
		cmocka_unit_test(translates_fragments_as_a_whole),
		cmocka_unit_test(writes_no_checksum_of_zero),
		cmocka_unit_test(mends_what_it_moved_as_it_is_told),
		cmocka_unit_test(goes_by_the_longest_of_ways_and_no_ways),
		cmocka_unit_test(complains_of_nothing_that_is_for_all),
		cmocka_unit_test(resets_with_the_number_that_was_acknowledged),
		cmocka_unit_test(answers_no_reset),
		cmocka_unit_test(answers_fragments_in_fragments),
		cmocka_unit_test(pauses_after_so_many_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
