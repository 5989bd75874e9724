/*
 * Fuzz target for what is read from a saved capture beside its frames: the
 * blocks of pcapng, and the comments in them with the run's JSON.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/evidence.h"

/* A text that may be written to a terminal as it is. */
static void
expect_safe(const char *text, size_t size)
{
	char safe[TR_NAME_MAX];

	if (memchr(text, '\0', size) == NULL ||
	    strcmp(text, tr_text_safe(text, safe, sizeof(safe))) != 0)
		abort();
}

/* What is said of hosts can be, whatever stands in the file. */
static void
expect_possible(const struct tr_annotation *one)
{
	expect_safe(one->name, sizeof(one->name));
	expect_safe(one->holder, sizeof(one->holder));
	expect_safe(one->origin_source, sizeof(one->origin_source));
	expect_safe(one->exchange, sizeof(one->exchange));
	expect_safe(one->country, sizeof(one->country));
	expect_safe(one->place, sizeof(one->place));
	if (one->origin_count > TR_ORIGINS_MAX ||
	    (one->origin_lookup == TR_LOOKUP_FOUND) !=
	    (one->origin_count > 0) ||
	    (one->name_lookup == TR_LOOKUP_FOUND) != (one->name[0] != '\0') ||
	    one->prefix.length > tr_address_size(&one->address) * 8)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct tr_annotation *host = NULL;
	struct tr_evidence evidence;
	struct tr_error error;

	(void)tr_evidence_read(data, size, &evidence, &error);
	if (!evidence.known && evidence.saved.uncaptured_count != 0)
		abort();
	for (size_t i = 0; i < evidence.note_count; i++) {
		const struct tr_packet_note *note = &evidence.notes[i];

		if (i > 0 && note->packet <= note[-1].packet)
			abort();
		if (note->note.flow != 0 &&
		    !tr_flow_is_possible(note->note.flow))
			abort();
	}
	while ((host = tr_annotations_next(evidence.saved.annotations,
	    host)) != NULL)
		expect_possible(host);
	tr_evidence_clear(&evidence);
	return 0;
}
