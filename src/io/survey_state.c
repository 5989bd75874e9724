#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "io/survey_state.h"
#include "io/whole_file.h"

#define KIND		"trueroute-survey "
#define NAMES_KIND	"trueroute-survey-names "
#define VERSION		"1\n"
#define CHECK		"check "
#define HEX		16		/* digits of a number */
#define CHECK_SIZE	(sizeof(CHECK) - 1 + HEX + 1)
#define STATE_MOST	((size_t)64 << 20)	/* bytes of a file */
#define NAMES_MOST	((size_t)1 << 30)
#define SHOWN		256			/* of a path, in messages */

void
tr_survey_state_clear(struct tr_survey_state *state)
{
	tr_places_clear(&state->done);
	tr_buffer_clear(&state->names);
	memset(state, 0, sizeof(*state));
}

/* --- names -------------------------------------------------------------- */

int
tr_survey_state_add_name(struct tr_survey_state *state, const char *name)
{
	const size_t size = strlen(name) + 1;

	if (size == 1 || size > TR_SURVEY_NAME_MAX)
		return TR_ERANGE;
	tr_buffer_add(&state->names, name, size);
	if (state->names.bad)
		return TR_ENOMEM;
	if (state->name_count++ == 0)
		state->names_check = TR_HASH_BEGIN;
	state->names_check = tr_hash_add(state->names_check, name, size);
	state->names_saved = false;
	return TR_OK;
}

const char *
tr_survey_state_next_name(const struct tr_survey_state *state,
    const char *before)
{
	const char *next = before == NULL ? state->names.bytes :
	    before + strlen(before) + 1;

	if (state->name_count == 0 ||
	    next == state->names.bytes + state->names.used)
		return NULL;
	return next;
}

/* --- writing ------------------------------------------------------------ */

static void
write_hex(struct tr_buffer *text, uint64_t number)
{
	static const char digits[] = "0123456789abcdef";
	char hex[HEX];

	for (size_t i = HEX; i-- > 0; number >>= 4)
		hex[i] = digits[number & 15];
	tr_buffer_add(text, hex, HEX);
}

static bool
is_written_plain(char c)
{
	return (uint8_t)c >= 0x20 && c != 0x7f && c != '%';
}

static void
write_text(struct tr_buffer *text, const char *words)
{
	for (; *words != '\0'; words++)
		if (is_written_plain(*words))
			tr_buffer_add(text, words, 1);
		else
			tr_buffer_print(text, "%%%02x", (uint8_t)*words);
}

static void
write_check(struct tr_buffer *text)
{
	const uint64_t check = tr_hash_add(TR_HASH_BEGIN, text->bytes,
	    text->used);

	tr_buffer_add_text(text, CHECK);
	write_hex(text, check);
	tr_buffer_add_text(text, "\n");
}

static void
write_identity(const struct tr_survey_state *state, struct tr_buffer *text)
{
	tr_buffer_add_text(text, KIND VERSION "seed ");
	write_hex(text, state->seed);
	tr_buffer_add_text(text, "\ntargets ");
	write_hex(text, state->targets);
	tr_buffer_print(text, " %llu\noptions ",
	    (unsigned long long)state->target_count);
	write_hex(text, state->options);
	tr_buffer_add_text(text, " ");
	write_text(text, state->options_text);
	tr_buffer_add_text(text, "\nnames ");
	write_hex(text, state->names_check);
	tr_buffer_print(text, " %llu",
	    (unsigned long long)state->name_count);
}

static void
write_progress(const struct tr_survey_state *state, struct tr_buffer *text)
{
	const struct tr_outlet_place *output = &state->output;

	tr_buffer_print(text, "\noutput %llu %llu ",
	    (unsigned long long)output->offset,
	    (unsigned long long)output->text);
	write_text(text, output->file);
	tr_buffer_print(text, "\nnumbers %lu",
	    (unsigned long)state->number_count);
	for (uint32_t i = 0; i < state->number_count; i++)
		tr_buffer_print(text, " %llu",
		    (unsigned long long)state->numbers[i]);
	tr_buffer_print(text, "\ndone %llu",
	    (unsigned long long)state->done.base);
	for (size_t i = 0; i < tr_places_words(&state->done); i++) {
		tr_buffer_add_text(text, " ");
		write_hex(text, tr_places_word(&state->done, i));
	}
	tr_buffer_add_text(text, "\n");
}

void
tr_survey_state_write(const struct tr_survey_state *state,
    struct tr_buffer *text)
{
	write_identity(state, text);
	write_progress(state, text);
	write_check(text);
}

void
tr_survey_state_write_names(const struct tr_survey_state *state,
    struct tr_buffer *text)
{
	const char *name = NULL;

	tr_buffer_add_text(text, NAMES_KIND VERSION);
	while ((name = tr_survey_state_next_name(state, name)) != NULL) {
		write_text(text, name);
		tr_buffer_add_text(text, "\n");
	}
	write_check(text);
}

/* --- reading ------------------------------------------------------------ */

/* A text that is read from its begin to its end; bad sticks. */
struct cursor {
	const char *next;
	const char *end;
	bool	bad;
};

static size_t
left(const struct cursor *cursor)
{
	return cursor->bad ? 0 : (size_t)(cursor->end - cursor->next);
}

/* Is this next?  Then it is passed over. */
static bool
pass(struct cursor *cursor, const char *words)
{
	const size_t size = strlen(words);

	if (left(cursor) < size || memcmp(cursor->next, words, size) != 0)
		return false;
	cursor->next += size;
	return true;
}

static void
expect(struct cursor *cursor, const char *words)
{
	if (!pass(cursor, words))
		cursor->bad = true;
}

static uint64_t
read_number(struct cursor *cursor)
{
	const char *first = cursor->next;
	uint64_t number = 0;

	while (left(cursor) > 0 && *cursor->next >= '0' &&
	    *cursor->next <= '9') {
		const uint64_t digit = (uint64_t)(*cursor->next++ - '0');

		if (number > (UINT64_MAX - digit) / 10)
			cursor->bad = true;
		else
			number = number * 10 + digit;
	}
	if (cursor->next == first)
		cursor->bad = true;
	return cursor->bad ? 0 : number;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* So many hexadecimal digits. */
static uint64_t
read_hex(struct cursor *cursor, size_t digits)
{
	uint64_t number = 0;

	if (left(cursor) < digits)
		cursor->bad = true;
	for (size_t i = 0; i < digits && !cursor->bad; i++) {
		const int digit = hex_digit(*cursor->next++);

		if (digit < 0)
			cursor->bad = true;
		number = number << 4 | (uint64_t)(digit & 15);
	}
	return cursor->bad ? 0 : number;
}

/* A text up to the end of its line, which is passed over too. */
static void
read_text(struct cursor *cursor, char *text, size_t size)
{
	size_t used = 0;

	while (left(cursor) > 0 && *cursor->next != '\n') {
		char c = *cursor->next++;

		if (c == '%')
			c = (char)read_hex(cursor, 2);
		if (c == '\0' || used + 1 >= size)
			cursor->bad = true;
		else
			text[used++] = c;
	}
	text[used] = '\0';
	expect(cursor, "\n");
}

static int
damaged(const char *path, const char *what, struct tr_error *error)
{
	char shown[SHOWN];

	return tr_fail(error, TR_EFORMAT, "%s is damaged: %s",
	    tr_text_safe(path, shown, sizeof(shown)), what);
}

/*
 * Is it a text of this kind, of our version, with the right checksum at its
 * end?  Then the cursor is at what lies between.
 */
static int
begin(struct cursor *cursor, const char *kind, const char *path,
    struct tr_error *error)
{
	const struct cursor whole = *cursor;
	const char *end;
	char shown[SHOWN];

	tr_text_safe(path, shown, sizeof(shown));
	if (!pass(cursor, kind))
		return tr_fail(error, TR_EFORMAT, "%s does not begin with "
		    "\"%s1\": it is no state of a survey", shown, kind);
	if (!pass(cursor, VERSION))
		return tr_fail(error, TR_EUNSUPPORTED, "%s: the state of a "
		    "survey in another version than 1, which this program "
		    "knows", shown);
	if (left(cursor) < CHECK_SIZE)
		return damaged(path, "its end is missing", error);
	end = cursor->end - CHECK_SIZE;
	cursor->next = end;
	expect(cursor, CHECK);
	if (read_hex(cursor, HEX) != tr_hash_add(TR_HASH_BEGIN, whole.next,
	    (size_t)(end - whole.next)))
		cursor->bad = true;
	expect(cursor, "\n");
	if (cursor->bad)
		return damaged(path, "its checksum is wrong", error);
	*cursor = (struct cursor){
		.next = whole.next + strlen(kind) + strlen(VERSION),
		.end = end,
	};
	return TR_OK;
}

static void
read_identity(struct tr_survey_state *state, struct cursor *cursor)
{
	expect(cursor, "seed ");
	state->seed = read_hex(cursor, HEX);
	expect(cursor, "\ntargets ");
	state->targets = read_hex(cursor, HEX);
	expect(cursor, " ");
	state->target_count = read_number(cursor);
	expect(cursor, "\noptions ");
	state->options = read_hex(cursor, HEX);
	expect(cursor, " ");
	read_text(cursor, state->options_text, sizeof(state->options_text));
	expect(cursor, "names ");
	state->names_check = read_hex(cursor, HEX);
	expect(cursor, " ");
	state->name_count = read_number(cursor);
}

static void
read_output(struct tr_survey_state *state, struct cursor *cursor)
{
	expect(cursor, "\noutput ");
	state->output.offset = read_number(cursor);
	expect(cursor, " ");
	state->output.text = read_number(cursor);
	expect(cursor, " ");
	read_text(cursor, state->output.file, sizeof(state->output.file));
}

static void
read_numbers(struct tr_survey_state *state, struct cursor *cursor)
{
	uint64_t count;

	expect(cursor, "numbers ");
	count = read_number(cursor);
	if (count > TR_SURVEY_NUMBERS_MAX) {
		cursor->bad = true;
		return;
	}
	state->number_count = (uint32_t)count;
	for (uint32_t i = 0; i < state->number_count; i++) {
		expect(cursor, " ");
		state->numbers[i] = read_number(cursor);
	}
	expect(cursor, "\n");
}

/* Places that there are no targets at must not be done. */
static bool
is_inside(const struct tr_survey_state *state)
{
	const struct tr_places *done = &state->done;
	const uint64_t inside = state->target_count - done->base;
	const uint64_t whole = inside / TR_PLACES_PER_WORD;

	if (done->base > state->target_count)
		return false;
	for (size_t i = (size_t)whole; i < tr_places_words(done); i++) {
		uint64_t word = tr_places_word(done, i);

		if (i == whole)
			word >>= inside % TR_PLACES_PER_WORD;
		if (word != 0)
			return false;
	}
	return true;
}

/* TR_ENOMEM, or what the cursor says. */
static int
read_done(struct tr_survey_state *state, struct cursor *cursor)
{
	int status;

	expect(cursor, "done ");
	status = tr_places_begin(&state->done, read_number(cursor));
	while (status == TR_OK && pass(cursor, " "))
		status = tr_places_put(&state->done, read_hex(cursor, HEX));
	expect(cursor, "\n");
	if (status == TR_ERANGE || left(cursor) > 0 || !is_inside(state))
		cursor->bad = true;
	return status == TR_ENOMEM ? status : TR_OK;
}

int
tr_survey_state_read(struct tr_survey_state *state, const char *text,
    size_t size, const char *path, struct tr_error *error)
{
	struct cursor cursor = { .next = text, .end = text + size };
	char shown[SHOWN];
	int status = begin(&cursor, KIND, path, error);

	if (status != TR_OK)
		return status;
	read_identity(state, &cursor);
	read_output(state, &cursor);
	read_numbers(state, &cursor);
	if (!cursor.bad)
		status = read_done(state, &cursor);
	if (status != TR_OK)
		status = tr_fail(error, status, "%s: out of memory, or places "
		    "too far apart", tr_text_safe(path, shown,
		    sizeof(shown)));
	else if (cursor.bad)
		status = damaged(path, "its lines are not as they should be",
		    error);
	if (status != TR_OK)
		tr_survey_state_clear(state);
	return status;
}

int
tr_survey_state_read_names(struct tr_survey_state *state,
    const char *text, size_t size, const char *path, struct tr_error *error)
{
	struct cursor cursor = { .next = text, .end = text + size };
	const uint64_t count = state->name_count, check = state->names_check;
	char name[TR_SURVEY_NAME_MAX], shown[SHOWN];
	int status = begin(&cursor, NAMES_KIND, path, error);

	state->name_count = state->names_check = 0;
	while (status == TR_OK && left(&cursor) > 0) {
		read_text(&cursor, name, sizeof(name));
		if (cursor.bad || name[0] == '\0')
			status = damaged(path, "its lines are not as they "
			    "should be", error);
		else if (tr_survey_state_add_name(state, name) != TR_OK)
			status = tr_fail(error, TR_ENOMEM, "%s: out of memory",
			    tr_text_safe(path, shown, sizeof(shown)));
	}
	if (status == TR_OK && (state->name_count != count ||
	    state->names_check != check))
		status = tr_fail(error, TR_EFORMAT, "%s has other names than "
		    "the state that it stands beside",
		    tr_text_safe(path, shown, sizeof(shown)));
	if (status != TR_OK)
		tr_survey_state_clear(state);
	else
		state->names_saved = true;
	return status;
}

/* --- files -------------------------------------------------------------- */

/* Of the names; free() it.  NULL without memory. */
static char *
names_path(const char *path)
{
	const size_t room = strlen(path) + sizeof(".names");
	char *made = malloc(room);

	if (made != NULL)
		snprintf(made, room, "%s.names", path);
	return made;
}

static int
save(const struct tr_buffer *text, const char *path, bool synced,
    struct tr_error *error)
{
	if (text->bad)
		return tr_fail(error, TR_ENOMEM, "out of memory for the state");
	return tr_whole_file_replace(path, text->bytes, text->used, synced,
	    error);
}

static int
save_names(struct tr_survey_state *state, const char *path, bool synced,
    struct tr_error *error)
{
	struct tr_buffer text = { .bytes = NULL };
	char *names = names_path(path);
	int status;

	if (names == NULL)
		return tr_fail(error, TR_ENOMEM, "out of memory for the state");
	tr_survey_state_write_names(state, &text);
	status = save(&text, names, synced, error);
	state->names_saved = status == TR_OK;
	tr_buffer_clear(&text);
	free(names);
	return status;
}

int
tr_survey_state_save(struct tr_survey_state *state, const char *path,
    bool synced, struct tr_error *error)
{
	struct tr_buffer text = { .bytes = NULL };
	int status = TR_OK;

	/* Whatever comes of power, the names are there before the state. */
	if (state->name_count > 0 && !state->names_saved)
		status = save_names(state, path, true, error);
	if (status != TR_OK)
		return status;
	tr_survey_state_write(state, &text);
	status = save(&text, path, synced, error);
	tr_buffer_clear(&text);
	return status;
}

static int
load_names(struct tr_survey_state *state, const char *path,
    struct tr_error *error)
{
	struct tr_buffer text = { .bytes = NULL };
	char *names = names_path(path);
	int status;

	if (names == NULL)
		return tr_fail(error, TR_ENOMEM, "out of memory for the state");
	status = tr_whole_file_read(names, NAMES_MOST, &text, error);
	if (status == TR_OK)
		status = tr_survey_state_read_names(state, text.bytes,
		    text.used, names, error);
	tr_buffer_clear(&text);
	free(names);
	return status;
}

int
tr_survey_state_load(struct tr_survey_state *state, const char *path,
    struct tr_error *error)
{
	struct tr_buffer text = { .bytes = NULL };
	int status = tr_whole_file_read(path, STATE_MOST, &text, error);

	if (status == TR_OK)
		status = tr_survey_state_read(state, text.bytes, text.used,
		    path, error);
	if (status == TR_OK && state->name_count > 0)
		status = load_names(state, path, error);
	if (status != TR_OK)
		tr_survey_state_clear(state);
	tr_buffer_clear(&text);
	return status;
}

/* --- is it the same? ---------------------------------------------------- */

int
tr_survey_state_match(const struct tr_survey_state *loaded,
    const struct tr_survey_state *survey, const char *path,
    struct tr_error *error)
{
	char shown[SHOWN], options[TR_ERROR_TEXT_MAX];

	tr_text_safe(path, shown, sizeof(shown));
	if (loaded->options != survey->options)
		return tr_fail(error, TR_ERANGE, "%s is of a survey with other "
		    "options: it goes on with \"%s\" only", shown,
		    tr_text_safe(loaded->options_text, options,
		    sizeof(options)));
	if (loaded->seed != survey->seed)
		return tr_fail(error, TR_ERANGE, "%s is of a survey with seed "
		    "%llu, not %llu", shown, (unsigned long long)loaded->seed,
		    (unsigned long long)survey->seed);
	if (loaded->target_count != survey->target_count)
		return tr_fail(error, TR_ERANGE, "%s is of a survey of %llu "
		    "targets, and these are %llu", shown,
		    (unsigned long long)loaded->target_count,
		    (unsigned long long)survey->target_count);
	if (loaded->targets != survey->targets)
		return tr_fail(error, TR_ERANGE, "%s is of a survey of other "
		    "targets than these %llu", shown,
		    (unsigned long long)survey->target_count);
	return TR_OK;
}
