/*
 * Packets that are too big for a link of the simulated network: what is said
 * of them, and how they are cut and put together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "simulated.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_would_fit),
		cmocka_unit_test(says_another_size_where_told),
		cmocka_unit_test(says_nothing_of_sizes_where_told),
		cmocka_unit_test(cuts_packets_and_puts_them_together),
		cmocka_unit_test(cuts_its_own_answers_of_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
