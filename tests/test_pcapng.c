/*
 * pcapng: what is written is walked again, in whatever state it arrives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "io/pcapng.h"

struct seen {
	unsigned section;
	unsigned packet;
	unsigned statistics;
	uint64_t packet_number;
	char	 text[256];
};

static void
note(void *context, enum tr_pcapng_place place, uint64_t packet,
    const char *text, size_t size)
{
	struct seen *seen = context;

	if (place == TR_PCAPNG_SECTION)
		seen->section++;
	else if (place == TR_PCAPNG_PACKET) {
		seen->packet++;
		seen->packet_number = packet;
	} else
		seen->statistics++;
	assert_true(size < sizeof(seen->text));
	memcpy(seen->text, text, size);
	seen->text[size] = '\0';
}

static char *
write_file(size_t *size)
{
	const uint8_t frame[5] = { 1, 2, 3, 4, 5 };
	char *data = NULL;
	FILE *stream = open_memstream(&data, size);

	assert_non_null(stream);
	assert_int_equal(TR_OK, tr_pcapng_write_section(stream,
	    "trueroute 1", "a comment"));
	assert_int_equal(TR_OK, tr_pcapng_write_interface(stream, 276, 2048,
	    "any"));
	assert_int_equal(TR_OK, tr_pcapng_write_packet(stream,
	    INT64_C(1700000000123456789), frame, 5, 1500, NULL));
	assert_int_equal(TR_OK, tr_pcapng_write_packet(stream,
	    INT64_C(1700000000123456790), frame, 4, 4, "late"));
	assert_int_equal(TR_OK, tr_pcapng_write_statistics(stream,
	    INT64_C(1700000000123456791), 7, 1, "the end"));
	fclose(stream);
	return data;
}

static void
walks_what_it_wrote(void **state)
{
	struct seen seen = { 0 };
	size_t size;
	char *data = write_file(&size);

	(void)state;
	assert_int_equal(0, size % 4);
	assert_int_equal(TR_OK, tr_pcapng_walk((uint8_t *)data, size, note,
	    &seen));
	assert_int_equal(1, seen.section);
	assert_int_equal(1, seen.packet);
	assert_int_equal(1, seen.packet_number);
	assert_int_equal(1, seen.statistics);
	assert_string_equal("the end", seen.text);
	free(data);
}

/* The first bytes as the format's authors give them. */
static void
writes_the_section_as_specified(void **state)
{
	static const uint8_t head[] = {
		0x0a, 0x0d, 0x0d, 0x0a, 0x40, 0, 0, 0,
		0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		1, 0, 9, 0, 'a', ' ', 'c', 'o',
	};
	size_t size;
	char *data = write_file(&size);

	(void)state;
	assert_memory_equal(head, data, sizeof(head));
	free(data);
}

static void
survives_every_cut(void **state)
{
	size_t size;
	char *data = write_file(&size);

	(void)state;
	for (size_t cut = 0; cut < size; cut++) {
		struct seen seen = { 0 };
		uint8_t *copy = malloc(cut == 0 ? 1 : cut);
		int status;

		memcpy(copy, data, cut);
		status = tr_pcapng_walk(copy, cut, note, &seen);
		/* Between two blocks a file may well end. */
		assert_true(status == TR_OK || status == TR_ETRUNCATED ||
		    (cut < 4 && status == TR_EFORMAT));
		assert_true(seen.section <= 1 && seen.statistics == 0);
		free(copy);
	}
	free(data);
}

static void
refuses_what_is_not_pcapng(void **state)
{
	static const uint8_t pcap[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4 };
	static const uint8_t order[12] = {
		0x0a, 0x0d, 0x0d, 0x0a, 12, 0, 0, 0, 9, 9, 9, 9,
	};
	static const uint8_t length[12] = {
		0x0a, 0x0d, 0x0d, 0x0a, 8, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a,
	};
	struct seen seen = { 0 };

	(void)state;
	assert_int_equal(TR_EFORMAT, tr_pcapng_walk(pcap, sizeof(pcap), note,
	    &seen));
	assert_int_equal(TR_EFORMAT, tr_pcapng_walk(order, sizeof(order),
	    note, &seen));
	assert_int_equal(TR_EFORMAT, tr_pcapng_walk(length, sizeof(length),
	    note, &seen));
}

static void
reads_the_other_byte_order(void **state)
{
	static const uint8_t file[] = {
		0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 36,
		0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0, 1, 0, 3, 'b', 'i', 'g', 0, 0, 0, 0, 36,
	};
	struct seen seen = { 0 };

	(void)state;
	assert_int_equal(TR_OK, tr_pcapng_walk(file, sizeof(file), note,
	    &seen));
	assert_int_equal(1, seen.section);
	assert_string_equal("big", seen.text);
}

static void
tells_a_full_disk(void **state)
{
	FILE *stream = fopen("/dev/full", "w");

	(void)state;
	if (stream == NULL)
		return;
	setvbuf(stream, NULL, _IONBF, 0);
	assert_int_equal(TR_ESYSTEM, tr_pcapng_write_section(stream, "x",
	    "y"));
	fclose(stream);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_what_it_wrote),
		cmocka_unit_test(writes_the_section_as_specified),
		cmocka_unit_test(survives_every_cut),
		cmocka_unit_test(refuses_what_is_not_pcapng),
		cmocka_unit_test(reads_the_other_byte_order),
		cmocka_unit_test(tells_a_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
