/*
 * Flows of one run: what differs between them, and their numbers again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "engine/flow.h"

static const uint16_t firsts[] = { 1, 1024, 24000, 60000, 65535 };

#define FIRSTS (sizeof(firsts) / sizeof(firsts[0]))

/* Whatever port the user begins with: another one each, none reserved. */
static void
counts_ports_up_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < FIRSTS; i++) {
		const struct tr_flow flow = {
			.protocol = TR_PROTOCOL_TCP,
			.source_port = firsts[i],
			.destination_port = 443,
			.flow_label = 7,
		};

		for (uint32_t number = 0; number < 8192; number++) {
			struct tr_flow nth;

			tr_flow_nth(&flow, number, &nth);
			assert_int_equal(number, tr_flow_number(&flow,
			    nth.source_port));
			assert_true(number == 0 || nth.source_port > 1);
			assert_int_equal(443, nth.destination_port);
			/* A label that the user gave is kept. */
			assert_int_equal(7, nth.flow_label);
		}
	}
}

static void
counts_checksums_up_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < FIRSTS; i++) {
		const struct tr_flow flow = {
			.protocol = TR_PROTOCOL_ICMP,
			.icmp_id = 9,
			/* 0 and 0xffff are no checksums of ours. */
			.icmp_checksum = firsts[i] == 65535 ?
			    0xfffe : firsts[i],
		};
		uint16_t before = 0;

		for (uint32_t number = 0; number < 8192; number++) {
			struct tr_flow nth;

			tr_flow_nth(&flow, number, &nth);
			assert_int_equal(number, tr_flow_number(&flow,
			    nth.icmp_checksum));
			assert_true(nth.icmp_checksum >= 1 &&
			    nth.icmp_checksum <= 0xfffe);
			assert_int_not_equal(before, nth.icmp_id);
			before = nth.icmp_id;
		}
	}
}

/*
 * A label of each its own, and never none, which some routers take for "look at
 * the ports"; nor one that counts up with the port, so that their sum or their
 * difference would tell all flows the same.
 */
static void
draws_labels(void **state)
{
	const struct tr_flow flow = {
		.protocol = TR_PROTOCOL_UDP,
		.source_port = 24000,
		.flow_label = 1,
		.vary_label = true,
	};
	unsigned odd = 0;

	(void)state;
	for (uint32_t number = 0; number < 1000; number++) {
		struct tr_flow nth;

		tr_flow_nth(&flow, number, &nth);
		assert_true(nth.flow_label >= 1 &&
		    nth.flow_label <= TR_FLOW_LABEL_MAX);
		odd += (nth.flow_label ^ nth.source_port) & 1;
	}
	/* 500, and six sigma of 16. */
	assert_true(odd > 400 && odd < 600);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_ports_up_and_back),
		cmocka_unit_test(counts_checksums_up_and_back),
		cmocka_unit_test(draws_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
