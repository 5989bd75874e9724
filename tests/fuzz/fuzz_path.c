/*
 * Fuzz target for what is concluded from the frames of a capture: grouping,
 * matching, the path, its findings, and what is written of them.
 *
 * An input is the link type (LINKTYPE of pcap) and then frames, each behind its
 * size; these numbers are of two bytes, big endian.  A frame comes a
 * millisecond behind the one before.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/time.h"
#include "output/output.h"
#include "result/findings.h"
#include "result/rebuild.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
take_frames(struct tr_rebuild *rebuild, const uint8_t *data, size_t size)
{
	const struct tr_frame_note none = { .late = false };
	enum tr_link link;
	size_t at = 2;

	if (size < at)
		return;
	link = tr_link_from_linktype(data[0] << 8 | data[1]);
	for (int64_t stamp = 0; at + 2 <= size; stamp += TR_MILLISECOND) {
		size_t length = (size_t)(data[at] << 8 | data[at + 1]);

		at += 2;
		if (length > size - at)
			length = size - at;
		if (tr_rebuild_add(rebuild, link, data + at, length, stamp,
		    &none) != TR_OK)
			return;
		at += length;
	}
}

static void
check_findings(const struct tr_path *path)
{
	struct tr_findings *findings = tr_findings_new(path);

	if (findings == NULL)
		return;
	if (findings->count > TR_FINDINGS_MAX)
		abort();
	for (uint32_t i = 0; i < findings->count; i++) {
		const struct tr_finding *finding = &findings->items[i];

		if (finding->text[0] == '\0' || finding->evidence[0] == '\0' ||
		    finding->first_ttl > finding->last_ttl ||
		    tr_finding_name(finding->code) == NULL ||
		    strpbrk(finding->text, "\n\033") != NULL)
			abort();
	}
	free(findings);
}

static void
write_all(const struct tr_path *path)
{
	static const struct tr_output *const outputs[] = {
		&tr_output_text, &tr_output_report, &tr_output_paths,
		&tr_output_dot,
	};
	const struct tr_output_options options = {
		.extensions = true,
		.return_hops = true,
	};
	FILE *stream = fopen("/dev/null", "w");

	if (stream == NULL)
		return;
	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
		if (outputs[i]->begin != NULL)
			(void)outputs[i]->begin(stream, path, &options);
		if (outputs[i]->end != NULL)
			(void)outputs[i]->end(stream, path, 0, &options);
	}
	(void)tr_explain_write(stream, path);
	(void)tr_notes_write(stream, path);
	fclose(stream);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tr_rebuild *rebuild = tr_rebuild_new();
	int count;

	if (rebuild == NULL)
		return 0;
	take_frames(rebuild, data, size);
	count = tr_rebuild_finish(rebuild, NULL);
	for (int i = 0; i < count; i++) {
		const struct tr_path *path = tr_rebuild_path(rebuild,
		    (size_t)i);

		check_findings(path);
		write_all(path);
	}
	tr_rebuild_free(rebuild);
	return 0;
}
