/*
 * What a person is told on standard error when the run is over.  Texts from
 * outside go through tr_text_safe(), addresses through tr_address_text().
 */
#include <stdarg.h>
#include <stdlib.h>

#include "base/text.h"
#include "output/output.h"
#include "result/ending.h"
#include "result/findings.h"

/* What the notes are about. */
struct notes {
	FILE	*stream;
	const struct tr_path *path;
	const char *trace;	/* which of several; NULL: there is one */
	char	 host[TR_RUN_TEXT_MAX];
};

static void say(const struct notes *notes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(const struct notes *notes, const char *format, ...)
{
	va_list arguments;

	fputs("trueroute: ", notes->stream);
	if (notes->trace != NULL)
		fprintf(notes->stream, "%s: ", notes->trace);
	va_start(arguments, format);
	vfprintf(notes->stream, format, arguments);
	va_end(arguments);
	putc('\n', notes->stream);
}

/* --- how it ended ------------------------------------------------------- */

static void
note_result(const struct notes *notes)
{
	const struct tr_conclusion *conclusion = &notes->path->conclusion;
	const unsigned port = notes->path->run.flow.destination_port;
	char reason[TR_ENDING_TEXT_MAX];

	switch (conclusion->port) {
	case TR_PORT_OPEN:
	case TR_PORT_CLOSED:
		say(notes, "TCP port %u of %s is %s", port, notes->host,
		    tr_port_state_name(conclusion->port));
		return;
	case TR_PORT_UNFILTERED:
		say(notes, "TCP port %u of %s is unfiltered: an ACK does not "
		    "tell whether it is open", port, notes->host);
		return;
	case TR_PORT_FILTERED:
		tr_ending_text(notes->path, reason, sizeof(reason));
		say(notes, "TCP port %u of %s is filtered: %s", port,
		    notes->host, reason);
		return;
	case TR_PORT_UNKNOWN:
		break;
	}
	/* Where nothing could be sent, the notes on that say it all. */
	if (conclusion->reached || conclusion->stop == TR_STOP_SEND_FAILED)
		return;
	tr_ending_text(notes->path, reason, sizeof(reason));
	say(notes, "%s was not reached: %s", notes->host, reason);
}

/* --- what else is to be known ------------------------------------------- */

/* That addresses are none. */
static void
note_mask(const struct notes *notes)
{
	const unsigned hops = notes->path->run.masked_hops;
	const char *stands = notes->path->run.flow.dst.family == 4 ?
	    "240.HOP.0.NUMBER" : "100::HOP:NUMBER";

	if (hops == 1)
		say(notes, "the addresses of this host and of hop 1 are "
		    "masked: %s stands for them", stands);
	else if (hops > 1)
		say(notes, "the addresses of this host and of hops 1 to %u "
		    "are masked: %s stands for them", hops, stands);
}

/* Findings that are told whether they are asked for or not. */
static int
note_findings(const struct notes *notes)
{
	static const enum tr_finding_code told[] = {
		TR_FINDING_END_OTHER_ADDRESS,
		TR_FINDING_END_DATAGRAMS,
		TR_FINDING_OWN_REFUSED,
		TR_FINDING_OWN_NAT,
		TR_FINDING_OWN_CAPTURE_LOST,
		TR_FINDING_OWN_CLOCK_STEP,
	};
	struct tr_findings *findings = tr_findings_new(notes->path);

	if (findings == NULL)
		return TR_ENOMEM;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		for (uint32_t j = 0; j < findings->count; j++)
			if (findings->items[j].code == told[i])
				say(notes, "%s", findings->items[j].text);
	free(findings);
	return TR_OK;
}

static int
written(FILE *stream)
{
	return fflush(stream) != 0 || ferror(stream) ? TR_ESYSTEM : TR_OK;
}

int
tr_notes_write(FILE *stream, const struct tr_path *path)
{
	struct notes notes = { .stream = stream, .path = path };

	tr_run_host(&path->run, notes.host, sizeof(notes.host));
	note_result(&notes);
	note_mask(&notes);
	if (note_findings(&notes) != TR_OK)
		return TR_ENOMEM;
	return written(stream);
}

int
tr_notes_write_of(FILE *stream, const struct tr_path *path, const char *trace)
{
	const struct notes notes = {
		.stream = stream,
		.path = path,
		.trace = trace,
	};

	if (note_findings(&notes) != TR_OK)
		return TR_ENOMEM;
	return written(stream);
}
