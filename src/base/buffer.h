/*
 * Text, or bytes, of any length, put together piece by piece: memory that
 * grows and is used again.
 *
 * It is sticky: once memory is out, bad is set and nothing is added any more,
 * so that who adds much looks once, at the end.
 */
#ifndef TR_BASE_BUFFER_H
#define TR_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is an empty one.  There is no terminator behind what is in it. */
struct tr_buffer {
	char	*bytes;		/* owned; moved when it grows */
	size_t	 used;
	size_t	 size;
	bool	 bad;
};

void tr_buffer_add(struct tr_buffer *buffer, const void *bytes, size_t size);
void tr_buffer_add_text(struct tr_buffer *buffer, const char *text);

/* A printf format.  Slow beside the two above. */
void tr_buffer_print(struct tr_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Room for so many bytes behind what is there, to be written there and then
 * counted in used by the caller; NULL without memory.
 */
char *tr_buffer_room(struct tr_buffer *buffer, size_t size);

/* Begin anew; the memory is kept.  It is not bad any more. */
void tr_buffer_empty(struct tr_buffer *buffer);

/* Give the memory back. */
void tr_buffer_clear(struct tr_buffer *buffer);

#endif
