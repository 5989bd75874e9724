/*
 * Bounded readers and writers: the only way packet bytes are touched.
 *
 * Both are sticky: after the first access out of bounds, bad is set, every
 * read gives 0 (or NULL) and every write does nothing, so a decoder checks
 * once at the end of a stretch instead of at every field.
 */
#ifndef TR_BASE_BYTES_H
#define TR_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tr_reader {
	const uint8_t	*next;	/* borrowed */
	const uint8_t	*end;
	bool		 bad;
};

struct tr_writer {
	uint8_t	*start;		/* borrowed */
	size_t	 used;
	size_t	 size;
	bool	 bad;
};

void tr_reader_init(struct tr_reader *reader, const uint8_t *data,
    size_t size);
size_t tr_reader_left(const struct tr_reader *reader);

/* Network order (big-endian), unless the name says little. */
uint8_t tr_read_u8(struct tr_reader *reader);
uint16_t tr_read_u16(struct tr_reader *reader);
uint32_t tr_read_u24(struct tr_reader *reader);
uint32_t tr_read_u32(struct tr_reader *reader);
uint16_t tr_read_u16_little(struct tr_reader *reader);
uint32_t tr_read_u32_little(struct tr_reader *reader);

/*
 * The next count bytes, borrowed from the input, or NULL when fewer are left
 * (the reader is then bad).  A count of 0 gives a pointer that is not NULL.
 */
const uint8_t *tr_read_bytes(struct tr_reader *reader, size_t count);

void tr_writer_init(struct tr_writer *writer, uint8_t *data, size_t size);
void tr_write_u8(struct tr_writer *writer, uint8_t value);
void tr_write_u16(struct tr_writer *writer, uint16_t value);
void tr_write_u32(struct tr_writer *writer, uint32_t value);
void tr_write_u16_little(struct tr_writer *writer, uint16_t value);
void tr_write_u32_little(struct tr_writer *writer, uint32_t value);
void tr_write_bytes(struct tr_writer *writer, const void *data,
    size_t count);
void tr_write_zeros(struct tr_writer *writer, size_t count);

/* Overwrite two bytes already written at offset; bad when out of range. */
void tr_patch_u16(struct tr_writer *writer, size_t offset, uint16_t value);

/* The same for count bytes: from data, or all of one value. */
void tr_patch_bytes(struct tr_writer *writer, size_t offset, const void *data,
    size_t count);
void tr_patch_fill(struct tr_writer *writer, size_t offset, uint8_t value,
    size_t count);

#endif
