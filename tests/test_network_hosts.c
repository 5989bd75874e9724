/*
 * What the simulated network's hosts answer: echo, TCP, datagrams, names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "simulated.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_echo_and_tcp),
		cmocka_unit_test(resets_what_is_of_no_connection),
		cmocka_unit_test(takes_no_datagram_of_a_wrong_length),
		cmocka_unit_test(points_at_the_protocol_that_it_does_not_know),
		cmocka_unit_test(answers_with_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
