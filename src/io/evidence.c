#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/time.h"
#include "io/evidence.h"
#include "io/pcapng.h"
#include "result/hosts.h"
#ifdef HAVE_JANSSON
#include "io/hosts_json.h"
#include "io/run_json.h"
#endif

/* A comment holds 64 KiB: so many probes fit one with room to spare. */
#define UNCAPTURED_IN_COMMENT 200

/*
 * And so many hosts, with the longest of texts, of which quotation marks take
 * twice the room: some 2000 bytes.
 */
#define HOSTS_IN_COMMENT 30

/* Comments on packets. */
#define NOTE_LATE	"late"
#define NOTE_FLOW	"flow "

struct tr_evidence_writer {
	FILE	*stream;
	char	*path;
	int	 failed;	/* errno of the first failure */
	bool	 is_new;	/* the file was not there before */
	bool	 begun;		/* something stands in it */
};

/* What stands in the file stays until there is something to put there. */
static FILE *
open_for_writing(const char *path, bool *is_new)
{
	FILE *stream;
	int fd;

	if (strcmp(path, "-") == 0)
		return stdout;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	*is_new = fd >= 0;
	if (fd < 0 && errno == EEXIST)
		fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	stream = fdopen(fd, "wb");
	if (stream == NULL)
		close(fd);
	return stream;
}

struct tr_evidence_writer *
tr_evidence_to(FILE *stream, const char *name, struct tr_error *error)
{
	struct tr_evidence_writer *writer = calloc(1, sizeof(*writer));

	if (writer == NULL || (writer->path = strdup(name)) == NULL) {
		free(writer);
		tr_fail(error, TR_ENOMEM, "out of memory");
		return NULL;
	}
	writer->stream = stream;
	return writer;
}

struct tr_evidence_writer *
tr_evidence_create(const char *path, struct tr_error *error)
{
	struct tr_evidence_writer *writer = tr_evidence_to(NULL, path, error);

	if (writer == NULL)
		return NULL;
	writer->stream = open_for_writing(path, &writer->is_new);
	if (writer->stream == NULL) {
		tr_fail(error, TR_ESYSTEM, "cannot write %s: %s", path,
		    strerror(errno));
		free(writer->path);
		free(writer);
		return NULL;
	}
	return writer;
}

static void
note(struct tr_evidence_writer *writer, int status)
{
	if (status != TR_OK && writer->failed == 0)
		writer->failed = status == TR_ENOMEM ? ENOMEM :
		    errno != 0 ? errno : EIO;
}

/* --- the comments, to JSON ---------------------------------------------- */

#ifdef HAVE_JANSSON

static char *
section_json(const struct tr_run *run)
{
	json_t *object = tr_run_to_json(run);
	char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);

	json_decref(object);
	return text;
}

/*
 * What is needed to know the answers to a probe again.  What is not here is
 * its flow's.
 */
static json_t *
one_uncaptured(uint32_t number, const struct tr_path_probe *probe)
{
	const struct tr_identity *identity = &probe->identity;

	return json_pack("{s:I,s:I,s:i,s:i,s:I,s:i,s:i,s:i,s:i,s:I,s:i,"
	    "s:i}",
	    "flow", (json_int_t)probe->flow,
	    "number", (json_int_t)number, "ttl", (int)probe->ttl,
	    "error", probe->error, "identity", (json_int_t)identity->own,
	    "ip_id", (int)identity->ip_id,
	    "source_port", (int)identity->source_port,
	    "destination_port", (int)identity->destination_port,
	    "cookie", (int)identity->cookie,
	    "token", (json_int_t)identity->token,
	    "size", (int)identity->size,
	    "payload", (int)identity->payload_size);
}

/*
 * The next probes that were not captured, from *next on, which is moved
 * behind them; NULL when there are none.
 */
static char *
uncaptured_json(const struct tr_path *path, uint32_t *next)
{
	json_t *list = json_array();
	json_t *object = json_pack("{s:o}", "uncaptured", list);
	char *text = NULL;

	while (*next < path->probe_count &&
	    json_array_size(list) < UNCAPTURED_IN_COMMENT) {
		const uint32_t number = (*next)++;

		if (!path->probes[number].captured)
			json_array_append_new(list, one_uncaptured(number,
			    &path->probes[number]));
	}
	if (json_array_size(list) > 0)
		text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text;
}

static bool
is_known(const struct tr_annotation *annotation)
{
	return annotation != NULL &&
	    (annotation->name_lookup != TR_LOOKUP_NOT_ASKED ||
	    annotation->origin_lookup != TR_LOOKUP_NOT_ASKED ||
	    annotation->place_lookup != TR_LOOKUP_NOT_ASKED ||
	    annotation->exchange[0] != '\0');
}

/*
 * The next hosts of which something is known, as above.  Those of the path
 * alone: nothing of others, or of masked ones, is to get into a file.
 */
static char *
hosts_json(const struct tr_path *path, const struct tr_hosts *hosts,
    uint32_t *next)
{
	json_t *list = json_array();
	json_t *object = json_pack("{s:o}", "hosts", list);
	char *text = NULL;

	while (*next < hosts->count &&
	    json_array_size(list) < HOSTS_IN_COMMENT) {
		const struct tr_address *address =
		    &hosts->addresses[(*next)++];
		const struct tr_annotation *annotation =
		    tr_annotations_find(path->annotations, address);

		if (is_known(annotation))
			json_array_append_new(list,
			    tr_host_to_json(address, annotation));
	}
	if (json_array_size(list) > 0)
		text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text;
}

static char *
end_json(const struct tr_path *path)
{
	const struct tr_capture_counts *counts = &path->capture;
	json_t *object = json_pack("{s:s,s:b,s:I,s:I,s:I}",
	    "stop", tr_stop_name(path->stop_told),
	    "counted", counts->known,
	    "received", (json_int_t)counts->received,
	    "dropped", (json_int_t)counts->dropped,
	    "interface_dropped", (json_int_t)counts->interface_dropped);
	char *text;

	if (object != NULL && counts->clock_step != 0)
		json_object_set_new(object, "clock_step_ns",
		    json_integer(counts->clock_step));
	if (object != NULL && path->interrupted_at != TR_TIME_NONE)
		json_object_set_new(object, "interrupted_ns",
		    json_integer(path->interrupted_at));
	text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);

	json_decref(object);
	return text;
}

#else

static char *
section_json(const struct tr_run *run)
{
	(void)run;
	return NULL;
}

static char *
uncaptured_json(const struct tr_path *path, uint32_t *next)
{
	(void)path;
	(void)next;
	return NULL;
}

static char *
hosts_json(const struct tr_path *path, const struct tr_hosts *hosts,
    uint32_t *next)
{
	(void)path;
	(void)hosts;
	(void)next;
	return NULL;
}

static char *
end_json(const struct tr_path *path)
{
	(void)path;
	return NULL;
}

#endif

/* --- writing ------------------------------------------------------------ */

static void
begin_file(struct tr_evidence_writer *writer)
{
	writer->begun = true;
	/* Pipes and devices have no length to cut. */
	if (writer->stream != stdout)
		(void)!ftruncate(fileno(writer->stream), 0);
}

void
tr_evidence_begin(struct tr_evidence_writer *writer,
    const struct tr_run *run, enum tr_link link)
{
	char *json = section_json(run);
	char application[64];
	const size_t size = strlen(run->version) + strlen(run->command) +
	    (json == NULL ? 0 : strlen(json)) + 32;
	char *comment = malloc(size);

	if (comment == NULL) {
		note(writer, TR_ENOMEM);
		free(json);
		return;
	}
	begin_file(writer);
	snprintf(application, sizeof(application), "trueroute %s",
	    run->version);
	snprintf(comment, size, "trueroute %s: %s%s%s", run->version,
	    run->command, json == NULL ? "" : "\n", json == NULL ? "" : json);
	errno = 0;
	note(writer, tr_pcapng_write_section(writer->stream, application,
	    comment));
	note(writer, tr_pcapng_write_interface(writer->stream,
	    tr_link_linktype(link), TR_CAPTURE_SNAPLEN,
	    run->capture_device[0] == '\0' ? NULL : run->capture_device));
	free(comment);
	free(json);
}

void
tr_evidence_frame(struct tr_evidence_writer *writer,
    const struct tr_frame *frame, const struct tr_frame_note *frame_note)
{
	char comment[sizeof(NOTE_FLOW) + 10] = "";

	if (frame_note->late)
		snprintf(comment, sizeof(comment), NOTE_LATE);
	else if (frame_note->flow != 0)
		snprintf(comment, sizeof(comment), NOTE_FLOW "%" PRIu32,
		    frame_note->flow);
	errno = 0;
	note(writer, tr_pcapng_write_packet(writer->stream, frame->stamp,
	    frame->data, frame->size, frame->wire_size,
	    comment[0] == '\0' ? NULL : comment));
}

/* A block of statistics for a comment, which is freed. */
static void
write_end(struct tr_evidence_writer *writer, const struct tr_path *path,
    char *comment)
{
	int64_t last = path->run.start;

	for (uint32_t i = 0; i < path->reply_count; i++)
		if (path->replies[i].received > last)
			last = path->replies[i].received;
	note(writer, tr_pcapng_write_statistics(writer->stream, last,
	    path->capture.received, path->capture.dropped, comment));
	free(comment);
}

static void
write_hosts(struct tr_evidence_writer *writer, const struct tr_path *path)
{
	struct tr_hosts hosts;
	uint32_t next = 0;
	char *comment;

	if (tr_hosts_of(path, &hosts) != TR_OK) {
		note(writer, TR_ENOMEM);
		return;
	}
	while ((comment = hosts_json(path, &hosts, &next)) != NULL)
		write_end(writer, path, comment);
	tr_hosts_clear(&hosts);
}

void
tr_evidence_end(struct tr_evidence_writer *writer,
    const struct tr_path *path)
{
	uint32_t next = 0;
	char *comment;

	errno = 0;
	while ((comment = uncaptured_json(path, &next)) != NULL)
		write_end(writer, path, comment);
	write_hosts(writer, path);
	write_end(writer, path, end_json(path));
}

void
tr_evidence_copy(struct tr_evidence_writer *writer, FILE *from)
{
	char buffer[65536];
	size_t got;

	begin_file(writer);
	rewind(from);
	errno = 0;
	while ((got = fread(buffer, 1, sizeof(buffer), from)) > 0)
		if (fwrite(buffer, 1, got, writer->stream) != got) {
			note(writer, TR_ESYSTEM);
			return;
		}
	if (ferror(from))
		note(writer, TR_ESYSTEM);
}

int
tr_evidence_close(struct tr_evidence_writer *writer, struct tr_error *error)
{
	int status = TR_OK;

	if (writer == NULL)
		return TR_OK;
	errno = 0;
	if ((writer->stream == stdout ? fflush(writer->stream) :
	    fclose(writer->stream)) != 0)
		note(writer, TR_ESYSTEM);
	if (writer->is_new && !writer->begun)
		(void)unlink(writer->path);
	if (writer->failed != 0)
		status = tr_fail(error, TR_ESYSTEM,
		    "%s is not complete: %s", writer->path,
		    strerror(writer->failed));
	free(writer->path);
	free(writer);
	return status;
}

/* --- reading ------------------------------------------------------------ */

/* As many as all identifiers of a run and all hosts could need. */
#define ENDS_MAX (TR_IDENTIFIERS / UNCAPTURED_IN_COMMENT + \
	TR_ANNOTATIONS_MAX / HOSTS_IN_COMMENT + 3)

struct end_comment {
	const char *text;
	size_t	 size;
};

/* The comments of interest, before they are understood. */
struct comments {
	const char *section;	/* the JSON in it */
	size_t	 section_size;
	unsigned sections;	/* of ours */
	struct end_comment ends[ENDS_MAX];
	unsigned end_count;
	struct tr_evidence *evidence;
	uint32_t note_size;
	bool	 no_memory;
};

/* The number behind "flow "; 0 for what is none of a varied flow. */
static uint32_t
flow_in(const char *text, size_t size)
{
	const size_t length = sizeof(NOTE_FLOW) - 1;
	uint64_t number = 0;

	if (size <= length || size > length + 10 ||
	    memcmp(text, NOTE_FLOW, length) != 0)
		return 0;
	for (size_t i = length; i < size; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	return number <= UINT32_MAX && tr_flow_is_varied((uint32_t)number) &&
	    tr_flow_is_possible((uint32_t)number) ? (uint32_t)number : 0;
}

/* The first comment of a packet that is one of ours. */
static void
note_packet(struct comments *comments, uint64_t packet, const char *text,
    size_t size)
{
	struct tr_evidence *evidence = comments->evidence;
	const struct tr_frame_note note = {
		.late = size == sizeof(NOTE_LATE) - 1 &&
		    memcmp(text, NOTE_LATE, size) == 0,
		.flow = flow_in(text, size),
	};
	struct tr_packet_note *notes;

	if ((!note.late && note.flow == 0) || (evidence->note_count > 0 &&
	    evidence->notes[evidence->note_count - 1].packet == packet))
		return;
	notes = tr_array_grow(evidence->notes, (uint32_t)evidence->note_count,
	    &comments->note_size, sizeof(*notes), TR_REBUILD_FRAMES_MAX);
	if (notes == NULL) {
		comments->no_memory = true;
		return;
	}
	evidence->notes = notes;
	notes[evidence->note_count++] = (struct tr_packet_note){
		packet, note,
	};
}

static void
note_section(struct comments *comments, const char *text, size_t size)
{
	static const char ours[] = "trueroute ";
	const char *line;

	if (size < sizeof(ours) - 1 ||
	    memcmp(text, ours, sizeof(ours) - 1) != 0)
		return;
	line = memchr(text, '\n', size);
	if (line == NULL)
		return;
	comments->sections++;
	comments->section = line + 1;
	comments->section_size = size - (size_t)(line + 1 - text);
}

static void
visit_comment(void *context, enum tr_pcapng_place place, uint64_t packet,
    const char *text, size_t size)
{
	struct comments *comments = context;

	switch (place) {
	case TR_PCAPNG_SECTION:
		note_section(comments, text, size);
		break;
	case TR_PCAPNG_PACKET:
		note_packet(comments, packet, text, size);
		break;
	case TR_PCAPNG_STATISTICS:
		if (comments->end_count < ENDS_MAX)
			comments->ends[comments->end_count++] =
			    (struct end_comment){ text, size };
		break;
	}
}

#ifdef HAVE_JANSSON

static enum tr_stop
stop_named(const char *name)
{
	for (int stop = TR_STOP_UNKNOWN; stop <= TR_STOP_INTERRUPTED; stop++)
		if (name != NULL &&
		    strcmp(name, tr_stop_name((enum tr_stop)stop)) == 0)
			return (enum tr_stop)stop;
	return TR_STOP_UNKNOWN;
}

static int
by_number(const void *a, const void *b)
{
	const struct tr_uncaptured *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static json_int_t
number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static uint64_t
count_of(const json_t *object, const char *key)
{
	const json_int_t value = number_of(object, key);

	return value < 0 ? 0 : (uint64_t)value;
}

static void
read_one_uncaptured(const json_t *one, const struct tr_flow *own,
    struct tr_uncaptured *uncaptured)
{
	const bool tcp = own->protocol == TR_PROTOCOL_TCP;
	const uint32_t number = (uint32_t)number_of(one, "flow");
	struct tr_flow flow;

	tr_flow_nth(own, number, &flow);
	*uncaptured = (struct tr_uncaptured){
		.number = (uint32_t)number_of(one, "number"),
		.ttl = (uint8_t)number_of(one, "ttl"),
		.flow = number,
		.error = (int)number_of(one, "error"),
		.identity = {
			.protocol = tr_protocol_number(flow.protocol,
			    flow.dst.family),
			.src = flow.src,
			.dst = flow.dst,
			.source_port =
			    (uint16_t)number_of(one, "source_port"),
			.destination_port =
			    (uint16_t)number_of(one, "destination_port"),
			.has_own = true,
			.own = (uint32_t)number_of(one, "identity"),
			.ip_id = (uint16_t)number_of(one, "ip_id"),
			.cookie = (uint16_t)number_of(one, "cookie"),
			.token = (uint32_t)number_of(one, "token"),
			.size = (uint16_t)number_of(one, "size"),
			.payload_size = (uint16_t)number_of(one, "payload"),
			.tcp_flags = flow.tcp_flags,
			.tcp_acknowledgement = tcp ?
			    (uint32_t)number_of(one, "identity") : 0,
			.tos = flow.tos,
			.flow_label = flow.flow_label,
		},
	};
}

/* What cannot be is left out: the file may be anybody's. */
static bool
is_possible(const json_t *one)
{
	const json_int_t number = number_of(one, "number");
	const json_int_t ttl = number_of(one, "ttl");
	const json_int_t flow = number_of(one, "flow");
	const json_int_t error = number_of(one, "error");

	return number >= 0 && number < TR_IDENTIFIERS && ttl >= 1 &&
	    ttl <= UINT8_MAX && error >= 0 && error < 4096 && flow >= 0 &&
	    flow <= UINT32_MAX && (flow < TR_DISCOVERY_FLOWS_MAX ||
	    (tr_flow_is_varied((uint32_t)flow) &&
	    tr_flow_is_possible((uint32_t)flow)));
}

static int
read_uncaptured(const json_t *list, struct tr_saved_run *saved)
{
	const size_t count = json_array_size(list) + saved->uncaptured_count;
	struct tr_uncaptured *grown;

	if (count == saved->uncaptured_count)
		return TR_OK;
	if (count > TR_IDENTIFIERS)
		return TR_EFORMAT;
	grown = reallocarray(saved->uncaptured, count, sizeof(*grown));
	if (grown == NULL)
		return TR_ENOMEM;
	saved->uncaptured = grown;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		if (is_possible(one))
			read_one_uncaptured(one, &saved->run.flow,
			    &grown[saved->uncaptured_count++]);
	}
	qsort(saved->uncaptured, saved->uncaptured_count,
	    sizeof(*saved->uncaptured), by_number);
	return TR_OK;
}

/* A step that was said; a smaller one than is ever said is none. */
static int64_t
step_of(const json_t *object)
{
	const int64_t step = json_integer_value(json_object_get(object,
	    "clock_step_ns"));

	return step >= TR_CLOCK_STEP_LEAST || (step <= -TR_CLOCK_STEP_LEAST &&
	    step > INT64_MIN) ? step : 0;
}

/* When the user put an end to the run; a time before 1970 is none. */
static int64_t
interruption_of(const json_t *object)
{
	const int64_t time = json_integer_value(json_object_get(object,
	    "interrupted_ns"));

	return time > 0 ? time : TR_TIME_NONE;
}

static void
read_hosts(const json_t *list, struct tr_annotations *annotations)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		tr_host_from_json(json_array_get(list, i), annotations);
}

static int
read_end(const struct end_comment *comment, struct tr_saved_run *saved)
{
	json_t *object = json_loadb(comment->text, comment->size, 0, NULL);
	int status;

	if (object == NULL)
		return TR_EFORMAT;
	if (json_object_get(object, "stop") != NULL) {
		saved->stop = stop_named(json_string_value(
		    json_object_get(object, "stop")));
		saved->interrupted_at = interruption_of(object);
		saved->capture = (struct tr_capture_counts){
			.known = json_is_true(
			    json_object_get(object, "counted")),
			.received = count_of(object, "received"),
			.dropped = count_of(object, "dropped"),
			.interface_dropped =
			    count_of(object, "interface_dropped"),
			.clock_step = step_of(object),
		};
	}
	status = read_uncaptured(json_object_get(object, "uncaptured"), saved);
	read_hosts(json_object_get(object, "hosts"), saved->annotations);
	json_decref(object);
	return status;
}

/* A capture that was cut off has none: how it ended is not known then. */
static int
read_ends(const struct comments *comments, struct tr_saved_run *saved)
{
	int status = TR_OK;

	saved->annotations = tr_annotations_new();
	if (saved->annotations == NULL)
		return TR_ENOMEM;
	for (unsigned i = 0; i < comments->end_count && status == TR_OK; i++)
		status = read_end(&comments->ends[i], saved);
	return status;
}

static int
understand(const struct comments *comments, struct tr_evidence *evidence,
    struct tr_error *error)
{
	json_t *object;
	int status;

	object = json_loadb(comments->section, comments->section_size, 0,
	    NULL);
	if (object == NULL)
		return tr_fail(error, TR_EFORMAT,
		    "the comment that describes the run is damaged");
	status = tr_run_from_json(object, &evidence->saved.run, error);
	json_decref(object);
	if (status != TR_OK)
		return status;
	if (!tr_address_is_set(&evidence->saved.run.flow.src) ||
	    !tr_address_is_set(&evidence->saved.run.flow.dst))
		return tr_fail(error, TR_EFORMAT, "the comment that describes "
		    "the run names no addresses");
	evidence->saved.run.known = true;
	evidence->known = true;
	status = read_ends(comments, &evidence->saved);
	if (status == TR_ENOMEM)
		return tr_fail(error, status, "out of memory");
	if (status != TR_OK)
		return tr_fail(error, status,
		    "the comment that ends the run is damaged");
	return TR_OK;
}

#else

static int
understand(const struct comments *comments, struct tr_evidence *evidence,
    struct tr_error *error)
{
	(void)comments;
	(void)evidence;
	(void)error;
	return TR_OK;
}

#endif

int
tr_evidence_read(const uint8_t *data, size_t size,
    struct tr_evidence *evidence, struct tr_error *error)
{
	struct comments comments = { .evidence = evidence };

	*evidence = (struct tr_evidence){ .known = false };
	/* A file cut short is read as far as it goes. */
	(void)tr_pcapng_walk(data, size, visit_comment, &comments);
	if (comments.no_memory)
		return tr_fail(error, TR_ENOMEM, "out of memory");
	/* Several runs in one file are told apart like those of others. */
	if (comments.sections != 1)
		return TR_OK;
	return understand(&comments, evidence, error);
}

struct tr_frame_note
tr_evidence_note(const struct tr_evidence *evidence, uint64_t packet,
    size_t *next)
{
	while (*next < evidence->note_count &&
	    evidence->notes[*next].packet < packet)
		++*next;
	if (*next < evidence->note_count &&
	    evidence->notes[*next].packet == packet)
		return evidence->notes[*next].note;
	return (struct tr_frame_note){ .late = false };
}

void
tr_evidence_clear(struct tr_evidence *evidence)
{
	free(evidence->saved.uncaptured);
	tr_annotations_free(evidence->saved.annotations);
	free(evidence->notes);
	*evidence = (struct tr_evidence){ .known = false };
}
