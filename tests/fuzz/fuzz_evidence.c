/*
 * Fuzz target for what is read from a saved capture beside its frames: the
 * blocks of pcapng, and the comments in them with the run's JSON.
 */
#include <stdint.h>
#include <stdlib.h>

#include "io/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
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
	tr_evidence_clear(&evidence);
	return 0;
}
