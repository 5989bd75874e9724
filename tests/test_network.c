/*
 * What the simulated network does to packets, looked at by fixed offsets in
 * the bytes that come back: an ordinary route, chance, and how a run ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/error.h"
#include "simulated.h"

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

/* --- runs and their ends ------------------------------------------------ */

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
		cmocka_unit_test(drops_what_is_not_sound),
		cmocka_unit_test(is_repeatable_by_its_seed),
		cmocka_unit_test(loses_and_doubles_the_share_it_should),
		cmocka_unit_test(draws_jitter_evenly),
		cmocka_unit_test(lets_packets_overtake_others),
		cmocka_unit_test(ends_a_loop_by_the_ttl),
		cmocka_unit_test(ends_a_storm_of_echoes),
		cmocka_unit_test(returns_after_as_many_events_as_it_is_told),
		cmocka_unit_test(can_be_listened_to_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
