/*
 * Texts: those from outside (names, command lines, captures) made fit for a
 * terminal and for JSON, and those put together here.
 */
#ifndef TR_BASE_TEXT_H
#define TR_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copy text to buffer, with one '?' for each control character (C0, C1, DEL,
 * and those of Unicode that break lines or turn the writing direction) and
 * for each byte that is not part of valid UTF-8.  The copy is never longer
 * than the text; it is cut before a character that does not fit whole in
 * size, terminator included.  Returns buffer.
 */
const char *tr_text_safe(const char *text, char *buffer, size_t size);

/*
 * Write a printf format behind the text that buffer holds, which may be empty
 * but is terminated.  It is cut where size, terminator included, is too small.
 */
void tr_text_append(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Write safe text as one word of the shell, quoted where it must be.  False,
 * and an empty buffer, when there is no room for it.
 */
bool tr_text_quote(const char *text, char *buffer, size_t size);

/*
 * The end of the word that text begins with, in a text that
 * tr_text_is_quoted() holds for one.
 */
const char *tr_text_after_word(const char *text);

/*
 * Nothing but blanks and words as tr_text_quote() writes them: a shell that is
 * given it does nothing with it.
 */
bool tr_text_is_quoted(const char *text);

#endif
