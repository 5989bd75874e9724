/*
 * The words of a topology file: lines, split at blanks, with comments left
 * out and ranges like r[1-4] written out; and readers that take a word after
 * the other and say, with file and line, what was expected where another one
 * stands.
 */
#ifndef TR_SIM_WORDS_H
#define TR_SIM_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "sim/topology.h"

/* Values that one range may stand for. */
#define TR_WORDS_RANGE_MAX	65536

/* A line of the file that is not empty. */
struct tr_words_line {
	unsigned number;		/* from 1 */
	struct tr_list words;		/* char *, owned by the lines */
};

struct tr_words_lines {
	char	*text;			/* owned */
	struct tr_list lines;		/* struct tr_words_line */
};

/*
 * Split a text.  Returns TR_OK; TR_ENOMEM; TR_EFORMAT with a text for bytes
 * that no such file holds.  Free with tr_words_free() in any case.
 */
int tr_words_split(struct tr_words_lines *lines, const char *text,
    size_t size, const char *file, struct tr_error *error);
void tr_words_free(struct tr_words_lines *lines);

/* How many words a word with ranges stands for; 1: none; 0: it is wrong. */
uint32_t tr_words_range(const char *word);

/*
 * Write the value with this number of a word with ranges to buffer; false
 * where it does not fit.
 */
bool tr_words_value(const char *word, uint32_t number, char *buffer,
    size_t size);

/* Words being read. */
struct tr_words {
	const char *file;
	unsigned line;
	char	*const *words;
	uint32_t count;
	uint32_t next;
	struct tr_error *error;
};

/* The next word, or NULL at the end of the line; it is not taken. */
const char *tr_words_next(const struct tr_words *words);

/* Take the next word if it is this one. */
bool tr_words_take(struct tr_words *words, const char *keyword);

/* Fail: "FILE:LINE: expected WHAT, not ..." with the next word. */
int tr_words_expected(struct tr_words *words, const char *what);

/* Fail with a text of its own behind "FILE:LINE: ". */
int tr_words_fail(struct tr_words *words, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Fail with TR_ENOMEM. */
int tr_words_no_memory(struct tr_words *words);

/* TR_OK at the end of the line, or what was expected: the end. */
int tr_words_end(struct tr_words *words);

/*
 * Each takes one word.  Returns TR_OK, or TR_EFORMAT with a text; a number,
 * time, share or rate is then the least that is accepted.  what is the name
 * of the value in messages.
 */
int tr_words_number(struct tr_words *words, const char *what, int64_t least,
    int64_t most, int64_t *number);
int tr_words_time(struct tr_words *words, const char *what, int64_t *time);
int tr_words_share(struct tr_words *words, uint32_t *share);
int tr_words_rate(struct tr_words *words, int64_t *per_second);
int tr_words_address(struct tr_words *words, struct tr_address *address);
int tr_words_prefix(struct tr_words *words, struct tr_sim_prefix *prefix);
int tr_words_ports(struct tr_words *words, struct tr_sim_ports *ports);

/* An address, or one with /LENGTH, from a text; false where it is none. */
bool tr_words_read_prefix(const char *text, struct tr_sim_prefix *prefix);

#endif
