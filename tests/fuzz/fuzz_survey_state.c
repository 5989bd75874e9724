/*
 * Fuzz target for the state of a survey: as it comes, and with a checksum that
 * fits, since otherwise nothing else would be looked at.  What is read is
 * possible, and written again it is read as the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/survey_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* From the header's description. */
static void
add_check(struct tr_buffer *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < text->used; i++)
		hash = (hash ^ (uint8_t)text->bytes[i]) *
		    UINT64_C(0x100000001b3);
	tr_buffer_print(text, "check %016llx\n", (unsigned long long)hash);
}

static void
expect_possible(const struct tr_survey_state *state)
{
	if (tr_places_first(&state->done) > state->target_count ||
	    state->done.count > state->target_count ||
	    tr_places_has(&state->done, state->target_count) ||
	    state->number_count > TR_SURVEY_NUMBERS_MAX ||
	    memchr(state->output.file, '\0',
	    sizeof(state->output.file)) == NULL)
		abort();
}

/* Written, read and written, it is as it was. */
static void
expect_same(const struct tr_survey_state *state)
{
	struct tr_survey_state *again = calloc(1, sizeof(*again));
	struct tr_buffer first = { .bytes = NULL }, second = first;
	struct tr_error error;

	if (again == NULL)
		return;
	tr_survey_state_write(state, &first);
	if (tr_survey_state_read(again, first.bytes, first.used, "fuzz",
	    &error) != TR_OK)
		abort();
	tr_survey_state_write(again, &second);
	if (first.used != second.used || memcmp(first.bytes, second.bytes,
	    first.used) != 0)
		abort();
	tr_survey_state_clear(again);
	free(again);
	tr_buffer_clear(&first);
	tr_buffer_clear(&second);
}

static void
read_state(const char *text, size_t size)
{
	struct tr_survey_state *state = calloc(1, sizeof(*state));
	struct tr_error error;

	if (state == NULL)
		return;
	if (tr_survey_state_read(state, text, size, "fuzz", &error) == TR_OK) {
		expect_possible(state);
		expect_same(state);
	} else if (memchr(error.text, '\n', strlen(error.text)) != NULL)
		abort();
	tr_survey_state_clear(state);
	/* The names of nothing: read, and then they are too many. */
	if (tr_survey_state_read_names(state, text, size, "fuzz",
	    &error) == TR_OK && state->name_count != 0)
		abort();
	tr_survey_state_clear(state);
	free(state);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tr_buffer text = { .bytes = NULL };

	tr_buffer_add(&text, data, size);
	read_state(text.bytes, text.used);
	add_check(&text);
	read_state(text.bytes, text.used);
	tr_buffer_clear(&text);
	return 0;
}
