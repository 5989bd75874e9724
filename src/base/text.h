/*
 * Text that comes from outside (names, command lines, captures) made fit for
 * a terminal and for JSON.
 */
#ifndef TR_BASE_TEXT_H
#define TR_BASE_TEXT_H

#include <stddef.h>

/*
 * Copy text to buffer, with one '?' for each control character (C0, C1, DEL,
 * and those of Unicode that break lines or turn the writing direction) and
 * for each byte that is not part of valid UTF-8.  The copy is never longer
 * than the text; it is cut before a character that does not fit whole in
 * size, terminator included.  Returns buffer.
 */
const char *tr_text_safe(const char *text, char *buffer, size_t size);

#endif
