#include "support.h"

#include "base/error.h"
#include "packet/icmp.h"
#include "packet/icmp_object.h"
#include "packet/wire.h"

/*
 * Extension structures, their checksums reckoned by another program.
 * Labels 29657 and, two deep, 100 and 1048575; class 2 before a label; a
 * stack of ten; a type of class 1 that is not the incoming stack.
 */
#define ONE_LABEL	"2000 46b8 0008 01 01 073d9101"
#define TWO_LABELS	"2000 97ee 000c 01 01 000646fe ffffffff"
#define TWO_OBJECTS	"2000 19d4 000c 02 0a 00010000c0000201 " \
			"0008 01 01 00010109"
#define TEN_LABELS	"2000 6da2 002c 01 01 00001000 00002001 00003002 " \
			"00004003 00005004 00006005 00007006 00008007 " \
			"00009008 0000a109"
#define OTHER_TYPE	"2000 8df4 0008 01 02 00005101"
#define NO_OBJECT	"2000 dfff"

/* A UDP probe of 10.0.0.1 to 10.0.0.2, as quoted. */
#define QUOTE	"4500001c1234000001110000" "0a0000010a000002" \
		"9c40829a00085555"

/* A message: its header, QUOTE padded with zeros to a size, what follows. */
static struct bytes
message(uint8_t type, uint8_t code, const char *word, size_t quote_size,
    const char *extension)
{
	struct bytes bytes = { .size = 4, .data = { type, code, 0xab, 0xcd } };
	const struct bytes quote = bytes_of(QUOTE);
	const struct bytes second = bytes_of(word);
	const struct bytes tail = bytes_of(extension);

	memcpy(bytes.data + 4, second.data, 4);
	memcpy(bytes.data + 8, quote.data, quote.size);
	bytes.size = 8 + quote_size;
	memcpy(bytes.data + bytes.size, tail.data, tail.size);
	bytes.size += tail.size;
	return bytes;
}

static void
classes(void **state)
{
	static const struct {
		uint8_t	version, type, code;
		enum tr_icmp_class class;
	} rows[] = {
		{ 4, 0, 0, TR_ICMP_ECHO_REPLY },
		{ 4, 3, 0, TR_ICMP_UNREACHABLE },
		{ 4, 3, 3, TR_ICMP_UNREACHABLE },
		{ 4, 3, 4, TR_ICMP_TOO_BIG },
		{ 4, 3, 13, TR_ICMP_UNREACHABLE },
		{ 4, 4, 0, TR_ICMP_QUENCH },
		{ 4, 5, 1, TR_ICMP_REDIRECT },
		{ 4, 8, 0, TR_ICMP_ECHO_REQUEST },
		{ 4, 11, 0, TR_ICMP_TIME_EXCEEDED },
		{ 4, 11, 1, TR_ICMP_REASSEMBLY },
		{ 4, 12, 0, TR_ICMP_PARAMETER },
		{ 4, 13, 0, TR_ICMP_OTHER },
		{ 4, 128, 0, TR_ICMP_OTHER },
		{ 6, 0, 0, TR_ICMP_OTHER },
		{ 6, 1, 0, TR_ICMP_UNREACHABLE },
		{ 6, 1, 4, TR_ICMP_UNREACHABLE },
		{ 6, 2, 0, TR_ICMP_TOO_BIG },
		{ 6, 3, 0, TR_ICMP_TIME_EXCEEDED },
		{ 6, 3, 1, TR_ICMP_REASSEMBLY },
		{ 6, 4, 1, TR_ICMP_PARAMETER },
		{ 6, 11, 0, TR_ICMP_OTHER },
		{ 6, 128, 0, TR_ICMP_ECHO_REQUEST },
		{ 6, 129, 0, TR_ICMP_ECHO_REPLY },
		{ 6, 135, 0, TR_ICMP_OTHER },
		{ 6, 137, 0, TR_ICMP_OTHER },
		{ 0, 11, 0, TR_ICMP_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(tr_icmp_classify(rows[i].version,
		    rows[i].type, rows[i].code), rows[i].class);
}

static void
quote_without_extension(void **state)
{
	const struct bytes in = message(11, 0, "00000000", 28, "");
	struct tr_icmp icmp;

	(void)state;
	assert_int_equal(tr_icmp_decode(4, in.data, in.size, &icmp), TR_OK);
	assert_int_equal(icmp.class, TR_ICMP_TIME_EXCEEDED);
	assert_int_equal(icmp.type, 11);
	assert_int_equal(icmp.code, 0);
	assert_int_equal(icmp.checksum, 0xabcd);
	assert_true(icmp.is_error);
	assert_int_equal(icmp.length_field, 0);
	assert_ptr_equal(icmp.quote, in.data + 8);
	assert_int_equal(icmp.quote_size, 28);
	assert_int_equal(icmp.extension_place, TR_EXTENSION_NONE);
	assert_null(icmp.extension);
}

static void
echoes_quote_nothing(void **state)
{
	const struct bytes in = message(0, 0, "12345678", 28, "");
	struct tr_icmp icmp;

	(void)state;
	assert_int_equal(tr_icmp_decode(4, in.data, in.size, &icmp), TR_OK);
	assert_false(icmp.is_error);
	assert_null(icmp.quote);
	assert_int_equal(icmp.length_field, 0);
	assert_int_equal(icmp.mtu, 0);
}

static void
mtus(void **state)
{
	static const struct {
		uint8_t	version, type, code;
		const char *word;
		uint16_t mtu;
	} rows[] = {
		{ 4, 3, 4, "00000514", 1300 },
		{ 4, 3, 4, "ffff0514", 1300 },
		{ 4, 3, 4, "00000000", 0 },
		{ 4, 3, 3, "00000514", 0 },
		{ 6, 2, 0, "00000500", 1280 },
		{ 6, 2, 0, "0000ffff", 65535 },
		{ 6, 2, 0, "00010000", 65535 },
		{ 6, 2, 0, "ffffffff", 65535 },
		{ 6, 1, 0, "00000500", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct bytes in = message(rows[i].type, rows[i].code,
		    rows[i].word, 28, "");
		struct tr_icmp icmp;

		assert_int_equal(tr_icmp_decode(rows[i].version, in.data,
		    in.size, &icmp), TR_OK);
		assert_int_equal(icmp.mtu, rows[i].mtu);
		assert_int_equal(icmp.quote_size, 28);
	}
}

struct placement {
	const char *name;
	uint8_t	 version, type;
	const char *word;
	size_t	 quote_size;
	const char *extension;
	uint8_t	 length_field;
	enum tr_icmp_extension_place place;
};

static const struct placement placements[] = {
	{ "length right", 4, 11, "00200000", 128, ONE_LABEL, 32,
	    TR_EXTENSION_BY_LENGTH },
	{ "length right, longer quote", 4, 11, "00280000", 160, ONE_LABEL, 40,
	    TR_EXTENSION_BY_LENGTH },
	{ "unreachable", 4, 3, "00200000", 128, ONE_LABEL, 32,
	    TR_EXTENSION_BY_LENGTH },
	{ "parameter problem", 4, 12, "10200000", 128, ONE_LABEL, 32,
	    TR_EXTENSION_BY_LENGTH },
	{ "no length", 4, 11, "00000000", 128, ONE_LABEL, 0,
	    TR_EXTENSION_AT_128 },
	{ "length 17, seen on the Internet", 4, 11, "00110000", 128,
	    TWO_LABELS, 17, TR_EXTENSION_AT_128 },
	{ "length past the end", 4, 11, "00ff0000", 128, ONE_LABEL, 255,
	    TR_EXTENSION_AT_128 },
	{ "128 in octets", 4, 11, "00800000", 128, ONE_LABEL, 128,
	    TR_EXTENSION_BY_OCTETS },
	{ "160 in octets", 4, 11, "00a00000", 160, ONE_LABEL, 160,
	    TR_EXTENSION_BY_OCTETS },
	{ "no checksum", 4, 11, "00200000", 128,
	    "2000 0000 0008 01 01 073d9101", 32, TR_EXTENSION_BY_LENGTH },
	{ "reserved bits", 4, 11, "00200000", 128,
	    "2fff 0000 0008 01 01 073d9101", 32, TR_EXTENSION_BY_LENGTH },
	{ "v6, 16 words of 8 bytes", 6, 3, "10000000", 128, ONE_LABEL, 16,
	    TR_EXTENSION_BY_LENGTH },
	{ "v6, longer quote", 6, 1, "14000000", 160, ONE_LABEL, 20,
	    TR_EXTENSION_BY_LENGTH },
	{ "v6, length 10", 6, 3, "0a000000", 128, ONE_LABEL, 10,
	    TR_EXTENSION_AT_128 },
	{ "v6, no length", 6, 3, "00000000", 128, ONE_LABEL, 0,
	    TR_EXTENSION_AT_128 },
	{ "v6, 160 in octets", 6, 3, "a0000000", 160, ONE_LABEL, 160,
	    TR_EXTENSION_BY_OCTETS },

	{ "bad checksum", 4, 11, "00200000", 128,
	    "2000 46b9 0008 01 01 073d9101", 32, TR_EXTENSION_NONE },
	{ "version 1", 4, 11, "00200000", 128,
	    "1000 0000 0008 01 01 073d9101", 32, TR_EXTENSION_NONE },
	{ "object of length 0", 4, 11, "00200000", 128,
	    "2000 0000 0000 01 01", 32, TR_EXTENSION_NONE },
	{ "object of length 3", 4, 11, "00200000", 128,
	    "2000 0000 0003 01 01", 32, TR_EXTENSION_NONE },
	{ "object past the end", 4, 11, "00200000", 128,
	    "2000 0000 000c 01 01 073d9101", 32, TR_EXTENSION_NONE },
	{ "bytes behind the last object", 4, 11, "00200000", 128,
	    "2000 0000 0008 01 01 073d9101 00", 32, TR_EXTENSION_NONE },
	{ "header cut", 4, 11, "00200000", 128, "2000 00", 32,
	    TR_EXTENSION_NONE },
	{ "no object", 4, 11, "00200000", 128, NO_OBJECT, 32,
	    TR_EXTENSION_NONE },
	{ "quote not padded, with a checksum", 4, 11, "00110000", 68,
	    ONE_LABEL, 17, TR_EXTENSION_BY_SCAN },
	{ "the shortest quote", 4, 11, "00000000", 28, TWO_OBJECTS, 0,
	    TR_EXTENSION_BY_SCAN },
	{ "v6, not padded", 6, 3, "00000000", 96, ONE_LABEL, 0,
	    TR_EXTENSION_BY_SCAN },
	{ "quote not padded, no checksum", 4, 11, "00110000", 68,
	    "2000 0000 0008 01 01 073d9101", 17, TR_EXTENSION_NONE },
	{ "shorter than a quote may be", 4, 11, "00000000", 24, ONE_LABEL, 0,
	    TR_EXTENSION_NONE },
	{ "redirects have none", 4, 5, "00200000", 128, ONE_LABEL, 0,
	    TR_EXTENSION_NONE },
	{ "too big has none in v6", 6, 2, "00000500", 128, ONE_LABEL, 0,
	    TR_EXTENSION_NONE },
};

static void
extensions_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(placements) / sizeof(placements[0]);
	    i++) {
		const struct placement *row = &placements[i];
		const struct bytes in = message(row->type, 0, row->word,
		    row->quote_size, row->extension);
		uint8_t *copy = exact_copy(in.data, in.size);
		const size_t tail = in.size - 8 - row->quote_size;
		struct tr_icmp icmp;

		print_message("# %s\n", row->name);
		assert_int_equal(tr_icmp_decode(row->version, copy, in.size,
		    &icmp), TR_OK);
		assert_int_equal(icmp.length_field, row->length_field);
		assert_int_equal(icmp.extension_place, row->place);
		if (row->place != TR_EXTENSION_NONE) {
			assert_int_equal(icmp.quote_size, row->quote_size);
			assert_ptr_equal(icmp.extension,
			    copy + 8 + row->quote_size);
			assert_int_equal(icmp.extension_size, tail);
		} else {
			assert_int_equal(icmp.quote_size,
			    row->quote_size + tail);
			assert_null(icmp.extension);
			assert_int_equal(icmp.extension_size, 0);
		}
		free(copy);
	}
}

static void
every_truncation(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(placements) / sizeof(placements[0]);
	    i++) {
		const struct placement *row = &placements[i];
		const struct bytes in = message(row->type, 0, row->word,
		    row->quote_size, row->extension);

		for (size_t size = 0; size < in.size; size++) {
			uint8_t *copy = exact_copy(in.data, size);
			struct tr_icmp icmp;

			assert_int_equal(tr_icmp_decode(row->version, copy,
			    size, &icmp), size < 4 ? TR_ETRUNCATED : TR_OK);
			assert_int_equal(icmp.quote != NULL, size > 8);
			assert_inside(icmp.quote, icmp.quote_size, copy,
			    size);
			assert_inside(icmp.extension, icmp.extension_size,
			    copy, size);
			/* Objects no longer fill it: cut is not an end. */
			if (row->place != TR_EXTENSION_NONE)
				assert_null(icmp.extension);
			free(copy);
		}
	}
}

struct visit {
	int	count;
	uint8_t	class[4];
	uint8_t	type[4];
	size_t	size[4];
};

static void
record_visit(void *context, uint8_t class, uint8_t type, const uint8_t *body,
    size_t size)
{
	struct visit *visit = context;

	assert_non_null(body);
	assert_true(visit->count < 4);
	visit->class[visit->count] = class;
	visit->type[visit->count] = type;
	visit->size[visit->count] = size;
	visit->count++;
}

static int
walk(const char *hex, struct visit *visit)
{
	const struct bytes in = bytes_of(hex);
	uint8_t *copy = exact_copy(in.data, in.size);
	int count;

	*visit = (struct visit){ 0 };
	count = tr_icmp_extension_walk(copy, in.size, record_visit, visit);
	free(copy);
	return count;
}

static void
walk_visits_objects(void **state)
{
	struct visit visit;

	(void)state;
	assert_int_equal(walk(TWO_OBJECTS, &visit), 2);
	assert_int_equal(visit.count, 2);
	assert_int_equal(visit.class[0], 2);
	assert_int_equal(visit.type[0], 0x0a);
	assert_int_equal(visit.size[0], 8);
	assert_int_equal(visit.class[1], TR_ICMP_OBJECT_MPLS);
	assert_int_equal(visit.type[1], 1);
	assert_int_equal(visit.size[1], 4);

	assert_int_equal(walk(NO_OBJECT, &visit), 0);
	assert_int_equal(walk("2000 0000 0004 03 07", &visit), 1);
	assert_int_equal(visit.size[0], 0);
}

static void
walk_reports_faults(void **state)
{
	struct visit visit;

	(void)state;
	assert_int_equal(walk("", &visit), TR_ETRUNCATED);
	assert_int_equal(walk("20", &visit), TR_ETRUNCATED);
	assert_int_equal(walk("2000 00", &visit), TR_ETRUNCATED);
	assert_int_equal(walk("3000 0000", &visit), TR_EFORMAT);
	/* Lengths that would never advance, or go back. */
	for (int length = 0; length < 4; length++) {
		char hex[] = "2000 0000 0008 01 01 00000000 000x 01 01";

		hex[strlen(hex) - 7] = (char)('0' + length);
		assert_int_equal(walk(hex, &visit), TR_EFORMAT);
		assert_int_equal(visit.count, 1);
	}
	assert_int_equal(walk("2000 0000 0004 01 01 00", &visit),
	    TR_ETRUNCATED);
	assert_int_equal(visit.count, 1);
	assert_int_equal(walk("2000 0000 ffff 01 01 00", &visit),
	    TR_ETRUNCATED);
}

static void
walk_at_every_truncation(void **state)
{
	const struct bytes in = bytes_of(TWO_OBJECTS);

	(void)state;
	for (size_t size = 0; size <= in.size; size++) {
		uint8_t *copy = exact_copy(in.data, size);
		struct tr_mpls stack[TR_MPLS_MAX];
		const int count =
		    tr_icmp_extension_walk(copy, size, NULL, NULL);

		/* Ends lie behind the header and behind each object. */
		assert_int_equal(count, size == 4 ? 0 : size == 16 ? 1 :
		    size == 24 ? 2 : TR_ETRUNCATED);
		assert_int_equal(tr_icmp_mpls(copy, size, stack),
		    size == 24);
		free(copy);
	}
}

static size_t
labels(const char *hex, struct tr_mpls *stack)
{
	const struct bytes in = bytes_of(hex);

	return tr_icmp_mpls(in.data, in.size, stack);
}

static void
mpls_stacks(void **state)
{
	struct tr_mpls stack[TR_MPLS_MAX];

	(void)state;
	assert_int_equal(labels(ONE_LABEL, stack), 1);
	assert_int_equal(stack[0].label, 29657);
	assert_int_equal(stack[0].experimental, 0);
	assert_true(stack[0].bottom);
	assert_int_equal(stack[0].ttl, 1);

	assert_int_equal(labels(TWO_LABELS, stack), 2);
	assert_int_equal(stack[0].label, 100);
	assert_int_equal(stack[0].experimental, 3);
	assert_false(stack[0].bottom);
	assert_int_equal(stack[0].ttl, 254);
	assert_int_equal(stack[1].label, 1048575);
	assert_int_equal(stack[1].experimental, 7);
	assert_true(stack[1].bottom);
	assert_int_equal(stack[1].ttl, 255);

	assert_int_equal(labels(TWO_OBJECTS, stack), 1);
	assert_int_equal(stack[0].label, 16);
	assert_int_equal(labels(TEN_LABELS, stack), TR_MPLS_MAX);
	assert_int_equal(stack[7].label, 8);
	assert_int_equal(labels(OTHER_TYPE, stack), 0);
	assert_int_equal(labels(NO_OBJECT, stack), 0);
	/* A body that is no whole number of entries. */
	assert_int_equal(labels("2000 0000 0006 01 01 0000", stack), 0);
	assert_int_equal(tr_icmp_mpls(NULL, 0, stack), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes),
		cmocka_unit_test(quote_without_extension),
		cmocka_unit_test(echoes_quote_nothing),
		cmocka_unit_test(mtus),
		cmocka_unit_test(extensions_are_found),
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(walk_visits_objects),
		cmocka_unit_test(walk_reports_faults),
		cmocka_unit_test(walk_at_every_truncation),
		cmocka_unit_test(mpls_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
