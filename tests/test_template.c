#include "support.h"

#include "base/error.h"
#include "base/random.h"
#include "packet/probe.h"
#include "packet/template.h"
#include "packet/wire.h"

static struct tr_builder *builder;

static int
open_builder(void **state)
{
	(void)state;
	builder = tr_builder_new();
	return builder == NULL;
}

static int
close_builder(void **state)
{
	(void)state;
	tr_builder_free(builder);
	return 0;
}

/* Of 20 bits, and often one that carries or is nearly nothing. */
static uint32_t
drawn(struct tr_random *random, uint32_t most)
{
	switch (tr_random_below(random, 8)) {
	case 0:
		return 0;
	case 1:
		return most;
	default:
		return (uint32_t)tr_random_next(random) & most;
	}
}

static uint16_t
drawn_identifier(struct tr_random *random)
{
	switch (tr_random_below(random, 8)) {
	case 0:
		return 1;
	case 1:
		return 0xfffe;
	default:
		return (uint16_t)(1 + tr_random_below(random, 0xfffe));
	}
}

static void
draw_address(struct tr_random *random, struct tr_address *address)
{
	const uint32_t kind = tr_random_below(random, 8);

	for (size_t i = 0; i < tr_address_size(address); i++)
		address->bytes[i] = kind == 0 ? 0 : kind == 1 ? 0xff :
		    (uint8_t)tr_random_next(random);
}

/* Draw anew all that may differ between the probes of a template. */
static void
vary(struct tr_random *random, struct tr_probe_spec *spec)
{
	draw_address(random, &spec->dst);
	spec->ttl = (uint8_t)(1 + tr_random_below(random, 255));
	spec->identifier = drawn_identifier(random);
	spec->source_port = (uint16_t)drawn(random, 0xffff);
	spec->icmp_id = (uint16_t)drawn(random, 0xffff);
	spec->icmp_checksum = drawn_identifier(random);
	spec->flow_label = drawn(random, 0xfffff);
	spec->tcp_sequence = drawn(random, 0xffffffff);
	spec->tcp_acknowledgement = drawn(random, 0xffffffff);
}

static const char text[] = "measurement: see https://example.net/trueroute";

static struct tr_probe_spec
random_spec(struct tr_random *random)
{
	static const uint8_t flags[] = { TR_TCP_SYN, TR_TCP_ACK,
	    TR_TCP_SYN | TR_TCP_ACK, TR_TCP_SYN | TR_TCP_ECE | TR_TCP_CWR };
	const uint8_t family = tr_random_below(random, 2) == 0 ? 4 : 6;
	struct tr_probe_spec spec = {
		.protocol = (enum tr_protocol)tr_random_below(random, 3),
		.src.family = family,
		.dst.family = family,
		.destination_port = (uint16_t)drawn(random, 0xffff),
		.tos = (uint8_t)drawn(random, 0xff),
		.dont_fragment = tr_random_below(random, 2) == 0,
		.token = drawn(random, 0xffffffff),
		.tcp_flags = flags[tr_random_below(random, 4)],
		.text = text,
	};
	const uint16_t least = tr_probe_size_min(spec.protocol, family);
	const uint32_t span = tr_random_below(random, 100) == 0 ?
	    TR_TEMPLATE_SIZE_MAX : 140;

	draw_address(random, &spec.src);
	vary(random, &spec);
	spec.size = (uint16_t)(least +
	    tr_random_below(random, span - least + 1));
	/* The cookie and the token are 12 bytes, 2 of them of the least. */
	if (spec.protocol != TR_PROTOCOL_TCP && spec.size > least + 10)
		spec.text_size = (uint16_t)tr_random_below(random,
		    (uint32_t)(spec.size - least - 10) + 1);
	if (spec.text_size >= sizeof(text))
		spec.text_size = sizeof(text) - 1;
	return spec;
}

static void
assert_patched(const struct tr_template *template,
    const struct tr_probe_spec *spec)
{
	uint8_t expected[TR_TEMPLATE_SIZE_MAX], seen[TR_TEMPLATE_SIZE_MAX];
	struct tr_template_fields fields;

	assert_int_equal(tr_probe_build(builder, spec, expected,
	    sizeof(expected)), spec->size);
	tr_template_fields_of(spec, &fields);
	memset(seen, 0xa5, sizeof(seen));
	assert_int_equal(tr_template_patch(template, &fields, seen,
	    sizeof(seen)), spec->size);
	assert_memory_equal(seen, expected, spec->size);
}

/*
 * A hundred thousand probes of ten thousand templates, each as the builder
 * has it; the template made from another probe than any of them.
 */
static void
patched_is_built(void **state)
{
	struct tr_template template;
	struct tr_random random;
	int seen[3][2] = { { 0 } };

	(void)state;
	tr_random_seed(&random, 1624);
	for (int i = 0; i < 10000; i++) {
		struct tr_probe_spec spec = random_spec(&random);

		assert_int_equal(tr_template_make(&template, builder, &spec),
		    TR_OK);
		for (int j = 0; j < 10; j++) {
			vary(&random, &spec);
			assert_patched(&template, &spec);
			seen[spec.protocol][spec.dst.family == 6]++;
		}
	}
	for (int i = 0; i < 6; i++)
		assert_true(seen[i / 2][i % 2] > 10000);
}

static struct tr_probe_spec
plain(enum tr_protocol protocol, uint8_t family)
{
	struct tr_probe_spec spec = {
		.protocol = protocol,
		.src = { family, { 192, 0, 2, 1 } },
		.dst = { family, { 198, 51, 100, 7 } },
		.source_port = 40000,
		.destination_port = 33434,
		.icmp_id = 7,
		.icmp_checksum = 0xbeef,
		.ttl = 5,
		.identifier = 0x4321,
		.tcp_flags = TR_TCP_SYN,
		.size = tr_probe_size_default(family),
	};

	return spec;
}

/* Every identifier and every TTL, for each protocol and family. */
static void
all_identifiers(void **state)
{
	struct tr_template template;

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct tr_probe_spec spec = plain((enum tr_protocol)(i / 2),
		    i % 2 == 0 ? 4 : 6);

		assert_int_equal(tr_template_make(&template, builder, &spec),
		    TR_OK);
		for (uint32_t id = 1; id < 0xffff; id += 3) {
			spec.identifier = (uint16_t)id;
			spec.ttl = (uint8_t)(1 + id % 255);
			spec.tcp_sequence = id * 8;
			assert_patched(&template, &spec);
		}
	}
}

/*
 * Identifier, TTL and sequence number may change with no byte that a balancer
 * hashes: version, class, label, addresses, protocol, the first four bytes of
 * the transport, of ICMP the id as well.
 */
static void
flow_is_constant(void **state)
{
	uint8_t first[200], out[200];
	struct tr_template template;
	struct tr_template_fields fields;
	struct tr_random random;

	(void)state;
	tr_random_seed(&random, 5);
	for (int i = 0; i < 300; i++) {
		const struct tr_probe_spec spec = random_spec(&random);
		const size_t header = spec.dst.family == 4 ? 20 : 40;
		const size_t hashed =
		    spec.protocol == TR_PROTOCOL_ICMP ? 6 : 4;

		if (spec.size > sizeof(out))
			continue;
		assert_int_equal(tr_template_make(&template, builder, &spec),
		    TR_OK);
		tr_template_fields_of(&spec, &fields);
		assert_int_equal(tr_template_patch(&template, &fields, first,
		    sizeof(first)), spec.size);
		for (int j = 0; j < 30; j++) {
			fields.identifier = drawn_identifier(&random);
			fields.ttl = (uint8_t)(1 + j);
			fields.tcp_sequence += 8;
			assert_int_equal(tr_template_patch(&template, &fields,
			    out, sizeof(out)), spec.size);
			assert_memory_equal(out, first, 4);
			assert_memory_equal(out + header - 8,
			    first + header - 8, 8 + hashed);
			assert_int_equal(out[header == 20 ? 9 : 6],
			    first[header == 20 ? 9 : 6]);
		}
	}
}

static void
assert_refused(const struct tr_template *template,
    const struct tr_template_fields *fields)
{
	uint8_t out[200];

	assert_int_equal(tr_template_patch(template, fields, out,
	    sizeof(out)), TR_ERANGE);
}

static void
fields_out_of_range(void **state)
{
	struct tr_template template;
	struct tr_template_fields good, bad;
	struct tr_probe_spec spec = plain(TR_PROTOCOL_ICMP, 6);

	(void)state;
	assert_int_equal(tr_template_make(&template, builder, &spec), TR_OK);
	tr_template_fields_of(&spec, &good);
	bad = good, bad.ttl = 0, assert_refused(&template, &bad);
	bad = good, bad.identifier = 0, assert_refused(&template, &bad);
	bad = good, bad.identifier = 0xffff, assert_refused(&template, &bad);
	bad = good, bad.icmp_checksum = 0, assert_refused(&template, &bad);
	bad = good, bad.icmp_checksum = 0xffff;
	assert_refused(&template, &bad);
	bad = good, bad.flow_label = 0x100000, assert_refused(&template, &bad);
	bad = good, bad.dst.family = 4, assert_refused(&template, &bad);
	bad = good, bad.dst.family = 0, assert_refused(&template, &bad);

	/* What a protocol or a family lacks is not looked at. */
	spec = plain(TR_PROTOCOL_UDP, 4);
	assert_int_equal(tr_template_make(&template, builder, &spec), TR_OK);
	spec.icmp_checksum = 0;
	spec.flow_label = 0;
	assert_patched(&template, &spec);
}

static void
templates_out_of_range(void **state)
{
	struct tr_template template;
	struct tr_probe_spec bad;

	(void)state;
	bad = plain(TR_PROTOCOL_UDP, 4), bad.classic = true;
	assert_int_equal(tr_template_make(&template, builder, &bad),
	    TR_ERANGE);
	bad = plain(TR_PROTOCOL_UDP, 4);
	bad.size = TR_TEMPLATE_SIZE_MAX + 1;
	assert_int_equal(tr_template_make(&template, builder, &bad),
	    TR_ERANGE);
	bad.size = TR_TEMPLATE_SIZE_MAX;
	assert_int_equal(tr_template_make(&template, builder, &bad), TR_OK);
	bad.size = 29;
	assert_int_equal(tr_template_make(&template, builder, &bad),
	    TR_ERANGE);
	bad = plain(TR_PROTOCOL_TCP, 4), bad.identifier = 0;
	assert_int_equal(tr_template_make(&template, builder, &bad),
	    TR_ERANGE);
}

/* The text stands in the payload, whole, or the probe is refused. */
static void
text_is_whole(void **state)
{
	struct tr_template template;
	struct tr_template_fields fields;
	struct tr_probe_spec spec = plain(TR_PROTOCOL_UDP, 4);
	uint8_t out[100];

	(void)state;
	spec.token = 0x01020304;
	spec.text = text;
	spec.text_size = sizeof(text) - 1;
	spec.size = (uint16_t)(20 + 8 + 12 + spec.text_size);
	assert_int_equal(tr_template_make(&template, builder, &spec), TR_OK);
	tr_template_fields_of(&spec, &fields);
	assert_int_equal(tr_template_patch(&template, &fields, out,
	    sizeof(out)), spec.size);
	assert_memory_equal(out + 20 + 8 + 12, text, spec.text_size);
	assert_int_equal(tr_probe_token(out + 28, spec.size - 28u),
	    0x01020304);
	assert_int_equal(tr_probe_cookie(out + 28, spec.size - 28u),
	    spec.identifier);
	spec.size--;
	assert_int_equal(tr_template_make(&template, builder, &spec),
	    TR_ERANGE);
	spec.size = 30;
	assert_int_equal(tr_template_make(&template, builder, &spec),
	    TR_ERANGE);
	/* A SYN has none, and does not mind. */
	spec = plain(TR_PROTOCOL_TCP, 4);
	spec.text = text;
	spec.text_size = sizeof(text) - 1;
	assert_int_equal(tr_template_make(&template, builder, &spec), TR_OK);
	assert_patched(&template, &spec);
}

static void
output_is_bounded(void **state)
{
	struct tr_template template;
	struct tr_template_fields fields;
	const struct tr_probe_spec spec = plain(TR_PROTOCOL_UDP, 4);

	(void)state;
	assert_int_equal(tr_template_make(&template, builder, &spec), TR_OK);
	tr_template_fields_of(&spec, &fields);
	for (size_t size = 0; size <= 61; size++) {
		uint8_t *out = malloc(size);

		assert_int_equal(tr_template_patch(&template, &fields, out,
		    size), size < 60 ? TR_ENOMEM : 60);
		free(out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patched_is_built),
		cmocka_unit_test(all_identifiers),
		cmocka_unit_test(flow_is_constant),
		cmocka_unit_test(fields_out_of_range),
		cmocka_unit_test(templates_out_of_range),
		cmocka_unit_test(text_is_whole),
		cmocka_unit_test(output_is_bounded),
	};

	return cmocka_run_group_tests(tests, open_builder, close_builder);
}
