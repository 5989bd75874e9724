#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "io/pcapng.h"

#define BLOCK_SECTION		0x0a0d0d0a
#define BLOCK_INTERFACE		0x00000001
#define BLOCK_PACKET_OLD	0x00000002
#define BLOCK_SIMPLE_PACKET	0x00000003
#define BLOCK_STATISTICS	0x00000005
#define BLOCK_PACKET		0x00000006
#define BYTE_ORDER_MAGIC	0x1a2b3c4d

#define OPTION_END		0
#define OPTION_COMMENT		1
#define OPTION_APPLICATION	4	/* shb_userappl */
#define OPTION_INTERFACE_NAME	2	/* if_name */
#define OPTION_RESOLUTION	9	/* if_tsresol */
#define OPTION_RECEIVED		4	/* isb_ifrecv */
#define OPTION_DROPPED		5	/* isb_ifdrop */

/* Type, length, and the length again. */
#define BLOCK_FRAME 12

/* --- writing ------------------------------------------------------------ */

static size_t
text_size(const char *text)
{
	const size_t size = text == NULL ? 0 : strlen(text);

	return size < TR_PCAPNG_COMMENT_MAX ? size : TR_PCAPNG_COMMENT_MAX;
}

static size_t
padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

static size_t
text_option_size(const char *text)
{
	return text == NULL ? 0 : 4 + padded(text_size(text));
}

static void
write_option(struct tr_writer *writer, uint16_t code, const void *data,
    size_t size)
{
	tr_write_u16_little(writer, code);
	tr_write_u16_little(writer, (uint16_t)size);
	tr_write_bytes(writer, data, size);
	tr_write_zeros(writer, padded(size) - size);
}

static void
write_text_option(struct tr_writer *writer, uint16_t code, const char *text)
{
	if (text != NULL)
		write_option(writer, code, text, text_size(text));
}

static void
write_u64_option(struct tr_writer *writer, uint16_t code, uint64_t value)
{
	tr_write_u16_little(writer, code);
	tr_write_u16_little(writer, 8);
	tr_write_u32_little(writer, (uint32_t)value);
	tr_write_u32_little(writer, (uint32_t)(value >> 32));
}

static int
begin_block(struct tr_writer *writer, uint32_t type, size_t body)
{
	const size_t size = body + BLOCK_FRAME;
	uint8_t *block = malloc(size);

	if (block == NULL)
		return TR_ENOMEM;
	tr_writer_init(writer, block, size);
	tr_write_u32_little(writer, type);
	tr_write_u32_little(writer, (uint32_t)size);
	return TR_OK;
}

/* Close the block with its length, write it out and free it. */
static int
end_block(struct tr_writer *writer, FILE *stream)
{
	size_t written;

	tr_write_u32_little(writer, (uint32_t)writer->size);
	written = writer->bad || writer->used != writer->size ? 0 :
	    fwrite(writer->start, 1, writer->size, stream);
	free(writer->start);
	return written == writer->size ? TR_OK : TR_ESYSTEM;
}

static void
write_end_of_options(struct tr_writer *writer)
{
	tr_write_u16_little(writer, OPTION_END);
	tr_write_u16_little(writer, 0);
}

int
tr_pcapng_write_section(FILE *stream, const char *application,
    const char *comment)
{
	struct tr_writer writer;
	int error;

	error = begin_block(&writer, BLOCK_SECTION, 16 + 4 +
	    text_option_size(application) + text_option_size(comment));
	if (error != TR_OK)
		return error;
	tr_write_u32_little(&writer, BYTE_ORDER_MAGIC);
	tr_write_u16_little(&writer, 1);
	tr_write_u16_little(&writer, 0);
	/* The section's length is not known in advance: -1. */
	tr_write_u32_little(&writer, UINT32_MAX);
	tr_write_u32_little(&writer, UINT32_MAX);
	write_text_option(&writer, OPTION_COMMENT, comment);
	write_text_option(&writer, OPTION_APPLICATION, application);
	write_end_of_options(&writer);
	return end_block(&writer, stream);
}

int
tr_pcapng_write_interface(FILE *stream, int linktype, uint32_t snaplen,
    const char *name)
{
	const uint8_t nanoseconds = 9;	/* 10^-9 */
	struct tr_writer writer;
	int error;

	error = begin_block(&writer, BLOCK_INTERFACE,
	    8 + text_option_size(name) + 8 + 4);
	if (error != TR_OK)
		return error;
	tr_write_u16_little(&writer, (uint16_t)linktype);
	tr_write_u16_little(&writer, 0);
	tr_write_u32_little(&writer, snaplen);
	write_text_option(&writer, OPTION_INTERFACE_NAME, name);
	write_option(&writer, OPTION_RESOLUTION, &nanoseconds, 1);
	write_end_of_options(&writer);
	return end_block(&writer, stream);
}

static void
write_stamp(struct tr_writer *writer, int64_t stamp)
{
	tr_write_u32_little(writer, (uint32_t)((uint64_t)stamp >> 32));
	tr_write_u32_little(writer, (uint32_t)stamp);
}

int
tr_pcapng_write_packet(FILE *stream, int64_t stamp, const uint8_t *data,
    size_t size, size_t wire_size, const char *comment)
{
	struct tr_writer writer;
	int error;

	error = begin_block(&writer, BLOCK_PACKET, 20 + padded(size) +
	    (comment == NULL ? 0 : text_option_size(comment) + 4));
	if (error != TR_OK)
		return error;
	tr_write_u32_little(&writer, 0);
	write_stamp(&writer, stamp);
	tr_write_u32_little(&writer, (uint32_t)size);
	tr_write_u32_little(&writer, (uint32_t)wire_size);
	tr_write_bytes(&writer, data, size);
	tr_write_zeros(&writer, padded(size) - size);
	if (comment != NULL) {
		write_text_option(&writer, OPTION_COMMENT, comment);
		write_end_of_options(&writer);
	}
	return end_block(&writer, stream);
}

int
tr_pcapng_write_statistics(FILE *stream, int64_t stamp, uint64_t received,
    uint64_t dropped, const char *comment)
{
	struct tr_writer writer;
	int error;

	error = begin_block(&writer, BLOCK_STATISTICS,
	    12 + text_option_size(comment) + 12 + 12 + 4);
	if (error != TR_OK)
		return error;
	tr_write_u32_little(&writer, 0);
	write_stamp(&writer, stamp);
	write_text_option(&writer, OPTION_COMMENT, comment);
	write_u64_option(&writer, OPTION_RECEIVED, received);
	write_u64_option(&writer, OPTION_DROPPED, dropped);
	write_end_of_options(&writer);
	return end_block(&writer, stream);
}

/* --- walking ------------------------------------------------------------ */

struct walk {
	bool	 big_endian;
	uint64_t packets;
	tr_pcapng_comment_fn *visit;
	void	*context;
};

static uint32_t
read_u32(const struct walk *walk, struct tr_reader *reader)
{
	return walk->big_endian ?
	    tr_read_u32(reader) : tr_read_u32_little(reader);
}

static uint16_t
read_u16(const struct walk *walk, struct tr_reader *reader)
{
	return walk->big_endian ?
	    tr_read_u16(reader) : tr_read_u16_little(reader);
}

static void
walk_options(const struct walk *walk, struct tr_reader *body,
    enum tr_pcapng_place place, uint64_t packet)
{
	while (tr_reader_left(body) >= 4) {
		const uint16_t code = read_u16(walk, body);
		const uint16_t size = read_u16(walk, body);
		const uint8_t *value = tr_read_bytes(body, size);

		if (code == OPTION_END || value == NULL)
			return;
		if (code == OPTION_COMMENT)
			walk->visit(walk->context, place, packet,
			    (const char *)value, size);
		tr_read_bytes(body, padded(size) - size);
	}
}

static void
walk_packet(struct walk *walk, struct tr_reader *body)
{
	const uint64_t packet = walk->packets++;
	uint32_t size;

	/* Interface and stamp; captured size; size on the wire. */
	tr_read_bytes(body, 12);
	size = read_u32(walk, body);
	tr_read_bytes(body, 4);
	tr_read_bytes(body, padded(size));
	if (!body->bad)
		walk_options(walk, body, TR_PCAPNG_PACKET, packet);
}

static void
walk_block(struct walk *walk, uint32_t type, struct tr_reader *body)
{
	switch (type) {
	case BLOCK_SECTION:
		tr_read_bytes(body, 16);
		walk_options(walk, body, TR_PCAPNG_SECTION, 0);
		break;
	case BLOCK_PACKET:
		walk_packet(walk, body);
		break;
	case BLOCK_PACKET_OLD:
	case BLOCK_SIMPLE_PACKET:
		walk->packets++;
		break;
	case BLOCK_STATISTICS:
		tr_read_bytes(body, 12);
		walk_options(walk, body, TR_PCAPNG_STATISTICS, 0);
		break;
	}
}

/* A section tells its byte order behind its length. */
static int
learn_byte_order(struct walk *walk, const struct tr_reader *at)
{
	struct tr_reader ahead = *at;
	uint32_t magic;

	tr_read_bytes(&ahead, 4);
	magic = tr_read_u32(&ahead);
	if (ahead.bad)
		return TR_ETRUNCATED;
	walk->big_endian = magic == BYTE_ORDER_MAGIC;
	if (!walk->big_endian && magic != 0x4d3c2b1a)
		return TR_EFORMAT;
	return TR_OK;
}

int
tr_pcapng_walk(const uint8_t *data, size_t size, tr_pcapng_comment_fn *visit,
    void *context)
{
	struct walk walk = { .visit = visit, .context = context };
	struct tr_reader reader, body;
	bool first = true;

	tr_reader_init(&reader, data, size);
	while (tr_reader_left(&reader) > 0) {
		/* The section's type reads alike in both orders. */
		uint32_t type = read_u32(&walk, &reader), length;
		const uint8_t *start;
		int error;

		if (first && type != BLOCK_SECTION)
			return TR_EFORMAT;
		first = false;
		if (type == BLOCK_SECTION) {
			error = learn_byte_order(&walk, &reader);
			if (error != TR_OK)
				return error;
		}
		length = read_u32(&walk, &reader);
		if (reader.bad)
			return TR_ETRUNCATED;
		if (length < BLOCK_FRAME || length % 4 != 0)
			return TR_EFORMAT;
		start = tr_read_bytes(&reader, length - BLOCK_FRAME);
		tr_read_bytes(&reader, 4);
		if (start == NULL || reader.bad)
			return TR_ETRUNCATED;
		tr_reader_init(&body, start, length - BLOCK_FRAME);
		walk_block(&walk, type, &body);
	}
	return TR_OK;
}
