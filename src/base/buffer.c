#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

#define LEAST 256

char *
tr_buffer_room(struct tr_buffer *buffer, size_t size)
{
	size_t wanted = buffer->size < LEAST ? LEAST : buffer->size;
	char *grown;

	if (buffer->bad || size > SIZE_MAX / 4 - buffer->used) {
		buffer->bad = true;
		return NULL;
	}
	if (buffer->bytes != NULL && buffer->size - buffer->used >= size)
		return buffer->bytes + buffer->used;
	while (wanted - buffer->used < size)
		wanted *= 2;
	grown = realloc(buffer->bytes, wanted);
	if (grown == NULL) {
		buffer->bad = true;
		return NULL;
	}
	buffer->bytes = grown;
	buffer->size = wanted;
	return grown + buffer->used;
}

void
tr_buffer_add(struct tr_buffer *buffer, const void *bytes, size_t size)
{
	char *room = tr_buffer_room(buffer, size);

	if (room == NULL || size == 0)
		return;
	memcpy(room, bytes, size);
	buffer->used += size;
}

void
tr_buffer_add_text(struct tr_buffer *buffer, const char *text)
{
	tr_buffer_add(buffer, text, strlen(text));
}

void
tr_buffer_print(struct tr_buffer *buffer, const char *format, ...)
{
	va_list arguments, again;
	char *room;
	int size;

	va_start(arguments, format);
	va_copy(again, arguments);
	size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	room = size < 0 ? NULL : tr_buffer_room(buffer, (size_t)size + 1);
	if (room == NULL)
		buffer->bad = true;
	else {
		/* With its terminator, which is not counted. */
		vsnprintf(room, (size_t)size + 1, format, again);
		buffer->used += (size_t)size;
	}
	va_end(again);
}

void
tr_buffer_empty(struct tr_buffer *buffer)
{
	buffer->used = 0;
	buffer->bad = false;
}

void
tr_buffer_clear(struct tr_buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct tr_buffer){ .bytes = NULL };
}
