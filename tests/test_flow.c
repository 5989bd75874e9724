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

/* What no flow of the run has. */
static void
knows_ports_of_others(void **state)
{
	const struct tr_flow flow = {
		.protocol = TR_PROTOCOL_UDP,
		.source_port = 65535,
	};

	(void)state;
	/* Behind 65535 comes 1536. */
	assert_int_equal(1, tr_flow_number(&flow, 1536));
	assert_int_equal(TR_FLOW_NONE, tr_flow_number(&flow, 1535));
	assert_int_equal(TR_FLOW_NONE, tr_flow_number(&flow, 0));
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
	static bool seen[TR_FLOW_LABEL_MAX + 1];
	unsigned odd = 0;

	(void)state;
	for (uint32_t number = 0; number < 8192; number++) {
		struct tr_flow nth;

		tr_flow_nth(&flow, number, &nth);
		assert_true(nth.flow_label >= 1 &&
		    nth.flow_label <= TR_FLOW_LABEL_MAX);
		assert_false(seen[nth.flow_label]);
		seen[nth.flow_label] = true;
		odd += (nth.flow_label ^ nth.source_port) & 1;
	}
	/* 4096, and six sigma of 45. */
	assert_true(odd > 3825 && odd < 4367);
}

/* How many fields of the headers two flows differ in, and in which last. */
static unsigned
differ(const struct tr_flow *a, const struct tr_flow *b,
    enum tr_flow_field *last)
{
	const bool different[TR_FIELDS] = {
		[TR_FIELD_SOURCE_PORT] = a->source_port != b->source_port,
		[TR_FIELD_DESTINATION_PORT] =
		    a->destination_port != b->destination_port,
		[TR_FIELD_TOS] = a->tos != b->tos,
		[TR_FIELD_FLOW_LABEL] = a->flow_label != b->flow_label,
		[TR_FIELD_ICMP_CHECKSUM] =
		    a->icmp_checksum != b->icmp_checksum,
		[TR_FIELD_ICMP_ID] = a->icmp_id != b->icmp_id,
		[TR_FIELD_DESTINATION] = !tr_address_equal(&a->dst, &b->dst),
	};
	unsigned count = 0;

	for (int field = 1; field < TR_FIELDS; field++)
		if (different[field]) {
			count++;
			*last = (enum tr_flow_field)field;
		}
	return count;
}

static struct tr_flow
flow_to(const char *address, enum tr_protocol protocol, uint8_t last)
{
	struct tr_flow flow = {
		.protocol = protocol,
		.source_port = 65530,
		.destination_port = 65533,
		.icmp_id = 65535,
		.icmp_checksum = 0xfffe,
		.flow_label = TR_FLOW_LABEL_MAX,
		.vary_label = true,
		.tos = 0xb9,
	};

	assert_int_equal(0, tr_address_parse(address, &flow.dst));
	flow.src = flow.dst;
	flow.src.bytes[tr_address_size(&flow.dst) - 1] = last;
	return flow;
}

/*
 * Each step of a field differs from the flow and from each other step in that
 * field alone, at the ends of the fields' ranges too.
 */
static void
varies_one_field(void **state)
{
	static const char *const targets[] = {
		"10.9.9.1", "10.9.9.254", "10.9.9.128", "fd00::1", "fd00::fe",
	};
	static const uint32_t bases[] = { 0, 1, 8191 };

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
	for (int protocol = TR_PROTOCOL_UDP; protocol <= TR_PROTOCOL_TCP;
	    protocol++)
	for (size_t j = 0; j < sizeof(bases) / sizeof(bases[0]); j++)
	for (int field = 1; field < TR_FIELDS; field++) {
		const struct tr_flow own = flow_to(targets[i],
		    (enum tr_protocol)protocol, 3);
		struct tr_flow flows[TR_FLOW_STEPS_MAX + 1];
		enum tr_flow_field last = TR_FIELD_NONE;

		if (!tr_flow_has_field(&own, (enum tr_flow_field)field))
			continue;
		tr_flow_nth(&own, bases[j], &flows[0]);
		for (uint32_t step = 1; step <= TR_FLOW_STEPS_MAX; step++) {
			const uint32_t number = tr_flow_varied(bases[j],
			    (enum tr_flow_field)field, step);

			assert_true(tr_flow_is_varied(number));
			assert_true(tr_flow_is_possible(number));
			assert_int_equal(bases[j], tr_flow_base(number));
			assert_int_equal(field, tr_flow_field(number));
			tr_flow_nth(&own, number, &flows[step]);
			for (uint32_t before = 0; before < step; before++) {
				assert_int_equal(1, differ(&flows[before],
				    &flows[step], &last));
				assert_int_equal(field, last);
			}
		}
	}
}

/* Neither the network's own address, nor all hosts', nor the prober's. */
static void
spares_addresses_of_no_host(void **state)
{
	const struct tr_flow own = flow_to("10.9.9.1", TR_PROTOCOL_UDP, 3);
	const size_t at = 3;

	(void)state;
	for (uint32_t step = 1; step <= TR_FLOW_STEPS_MAX; step++) {
		struct tr_flow flow;

		tr_flow_nth(&own, tr_flow_varied(0, TR_FIELD_DESTINATION,
		    step), &flow);
		assert_int_not_equal(0, flow.dst.bytes[at]);
		assert_int_not_equal(255, flow.dst.bytes[at]);
		assert_int_not_equal(own.src.bytes[at], flow.dst.bytes[at]);
		assert_memory_equal(own.dst.bytes, flow.dst.bytes, at);
		/* Nearest first: as many of them as there are steps. */
		assert_true(flow.dst.bytes[at] < 64);
	}
}

/* The flow once more is the flow; and what no run can have is refused. */
static void
knows_what_is_possible(void **state)
{
	const struct tr_flow own = flow_to("fd00::1", TR_PROTOCOL_ICMP, 3);
	struct tr_flow again, nth;
	enum tr_flow_field last = TR_FIELD_NONE;

	(void)state;
	tr_flow_nth(&own, 77, &nth);
	tr_flow_nth(&own, tr_flow_varied(77, TR_FIELD_NONE, 1), &again);
	assert_int_equal(0, differ(&nth, &again, &last));
	assert_false(tr_flow_is_varied(TR_FLOW_NUMBERS - 1));
	assert_false(tr_flow_is_possible(TR_FLOW_NUMBERS));
	assert_false(tr_flow_is_possible(tr_flow_varied(0, TR_FIELDS, 1)));
	assert_false(tr_flow_is_possible(tr_flow_varied(0, TR_FIELD_TOS, 0)));
	assert_false(tr_flow_is_possible(tr_flow_varied(0, TR_FIELD_TOS,
	    TR_FLOW_STEPS_MAX + 1)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_ports_up_and_back),
		cmocka_unit_test(counts_checksums_up_and_back),
		cmocka_unit_test(knows_ports_of_others),
		cmocka_unit_test(draws_labels),
		cmocka_unit_test(varies_one_field),
		cmocka_unit_test(spares_addresses_of_no_host),
		cmocka_unit_test(knows_what_is_possible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
