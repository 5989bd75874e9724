#include <string.h>

#include "base/bytes.h"

void
tr_reader_init(struct tr_reader *reader, const uint8_t *data, size_t size)
{
	static const uint8_t nothing[1];

	/* No data at all must not become arithmetic on a null pointer. */
	reader->next = data != NULL ? data : nothing;
	reader->end = data != NULL ? data + size : nothing;
	reader->bad = false;
}

size_t
tr_reader_left(const struct tr_reader *reader)
{
	return reader->bad ? 0 : (size_t)(reader->end - reader->next);
}

const uint8_t *
tr_read_bytes(struct tr_reader *reader, size_t count)
{
	const uint8_t *bytes = reader->next;

	if (reader->bad || count > tr_reader_left(reader)) {
		reader->bad = true;
		return NULL;
	}
	reader->next += count;
	return bytes;
}

/* The next count bytes (at most 4) as a number, most significant first. */
static uint32_t
read_number(struct tr_reader *reader, size_t count)
{
	const uint8_t *bytes = tr_read_bytes(reader, count);
	uint32_t value = 0;

	if (bytes == NULL)
		return 0;
	for (size_t i = 0; i < count; i++)
		value = value << 8 | bytes[i];
	return value;
}

uint8_t
tr_read_u8(struct tr_reader *reader)
{
	return (uint8_t)read_number(reader, 1);
}

uint16_t
tr_read_u16(struct tr_reader *reader)
{
	return (uint16_t)read_number(reader, 2);
}

uint32_t
tr_read_u24(struct tr_reader *reader)
{
	return read_number(reader, 3);
}

uint32_t
tr_read_u32(struct tr_reader *reader)
{
	return read_number(reader, 4);
}

static uint16_t
swap_u16(uint16_t value)
{
	return (uint16_t)(value >> 8 | value << 8);
}

static uint32_t
swap_u32(uint32_t value)
{
	return (uint32_t)swap_u16((uint16_t)value) << 16 |
	    swap_u16((uint16_t)(value >> 16));
}

uint16_t
tr_read_u16_little(struct tr_reader *reader)
{
	return swap_u16(tr_read_u16(reader));
}

uint32_t
tr_read_u32_little(struct tr_reader *reader)
{
	return swap_u32(tr_read_u32(reader));
}

void
tr_writer_init(struct tr_writer *writer, uint8_t *data, size_t size)
{
	writer->start = data;
	writer->used = 0;
	writer->size = data != NULL ? size : 0;
	writer->bad = false;
}

/* Room for count bytes, counted as used, or NULL. */
static uint8_t *
claim(struct tr_writer *writer, size_t count)
{
	uint8_t *place;

	if (writer->bad || count > writer->size - writer->used) {
		writer->bad = true;
		return NULL;
	}
	if (count == 0)
		return NULL;
	place = writer->start + writer->used;
	writer->used += count;
	return place;
}

void
tr_write_u8(struct tr_writer *writer, uint8_t value)
{
	uint8_t *place = claim(writer, 1);

	if (place != NULL)
		place[0] = value;
}

void
tr_write_u16(struct tr_writer *writer, uint16_t value)
{
	uint8_t *place = claim(writer, 2);

	if (place == NULL)
		return;
	place[0] = (uint8_t)(value >> 8);
	place[1] = (uint8_t)value;
}

void
tr_write_u32(struct tr_writer *writer, uint32_t value)
{
	uint8_t *place = claim(writer, 4);

	if (place == NULL)
		return;
	for (int i = 0; i < 4; i++)
		place[i] = (uint8_t)(value >> (24 - 8 * i));
}

void
tr_write_u16_little(struct tr_writer *writer, uint16_t value)
{
	tr_write_u16(writer, swap_u16(value));
}

void
tr_write_u32_little(struct tr_writer *writer, uint32_t value)
{
	tr_write_u32(writer, swap_u32(value));
}

void
tr_write_bytes(struct tr_writer *writer, const void *data, size_t count)
{
	uint8_t *place = claim(writer, count);

	if (place != NULL)
		memcpy(place, data, count);
}

void
tr_write_zeros(struct tr_writer *writer, size_t count)
{
	uint8_t *place = claim(writer, count);

	if (place != NULL)
		memset(place, 0, count);
}

void
tr_patch_u16(struct tr_writer *writer, size_t offset, uint16_t value)
{
	if (writer->bad || writer->used < 2 || offset > writer->used - 2) {
		writer->bad = true;
		return;
	}
	writer->start[offset] = (uint8_t)(value >> 8);
	writer->start[offset + 1] = (uint8_t)value;
}

static bool
may_patch(struct tr_writer *writer, size_t offset, size_t count)
{
	if (writer->bad || count > writer->used ||
	    offset > writer->used - count)
		writer->bad = true;
	return !writer->bad;
}

void
tr_patch_bytes(struct tr_writer *writer, size_t offset, const void *data,
    size_t count)
{
	if (may_patch(writer, offset, count) && count > 0)
		memcpy(writer->start + offset, data, count);
}

void
tr_patch_fill(struct tr_writer *writer, size_t offset, uint8_t value,
    size_t count)
{
	if (may_patch(writer, offset, count) && count > 0)
		memset(writer->start + offset, value, count);
}
