#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/status.h"
#include "cli/survey_writer.h"
#include "io/clock.h"

#define RING		((size_t)4 << 20)
#define TEXT		((size_t)4 << 20)	/* on its way out */
#define WAIT_EACH	(200 * TR_MILLISECOND)
#define WAIT_LAST	(500 * TR_MILLISECOND)	/* "at once", for people */

/* A small window is soon full of what is not safe yet. */
#define WINDOW_SMALL	1024
#define COMMIT_SOON	(20 * TR_MILLISECOND)

#define STEM		"survey"

/* A message to the writing thread; of a record, its graph and hops follow. */
enum kind {
	MESSAGE_RECORD,
	MESSAGE_REPLY,
	MESSAGE_END,
};

struct message {
	enum kind kind;
	union {
		struct tr_survey_record record;
		struct tr_survey_reply reply;
		struct tr_survey_outcome outcome;
	} of;
};

/* --- which survey it is ------------------------------------------------- */

/* What is given of the flow and of the way out. */
static void
describe_flow(const struct tr_options *options, char *text, size_t size)
{
	if (options->family != 0)
		tr_text_append(text, size, " -%u", options->family);
	if (options->sport != 0)
		tr_text_append(text, size, " --sport %u", options->sport);
	if (options->tos != 0)
		tr_text_append(text, size, " -t %u", options->tos);
	if (options->flow_label_given)
		tr_text_append(text, size, " -l %" PRIu32,
		    options->flow_label);
	if (options->icmp_id_given)
		tr_text_append(text, size, " --icmp-id %u", options->icmp_id);
	if (options->icmp_checksum_given)
		tr_text_append(text, size, " --icmp-checksum %u",
		    options->icmp_checksum);
	if (options->interface[0] != '\0')
		tr_text_append(text, size, " -i %s", options->interface);
	if (options->source[0] != '\0')
		tr_text_append(text, size, " -s %s", options->source);
	if (options->fwmark != 0)
		tr_text_append(text, size, " --fwmark %" PRIu32,
		    options->fwmark);
	if (options->survey.raw)
		tr_text_append(text, size, " --raw");
	if (options->survey.contact != NULL)
		tr_text_append(text, size, " --contact \"%s\"",
		    options->survey.contact);
}

/*
 * What must be the same in all runs: records would not go together else.  The
 * targets have a digest of their own.
 */
static void
describe(const struct tr_options *options, char *text, size_t size)
{
	const struct tr_survey_options *survey = &options->survey;
	static const char *const ways[] = {
		[TR_SURVEY_FORWARD] = "",
		[TR_SURVEY_DOUBLETREE] = " --doubletree",
		[TR_SURVEY_EXHAUSTIVE] = " --exhaustive",
	};

	text[0] = '\0';
	tr_text_append(text, size, "%s port %u -f %u -m %u -q %u -w %.3f "
	    "--gap-limit %u%s", tr_protocol_name(options->protocol),
	    options->port, survey->first_ttl, survey->max_ttl,
	    survey->queries, (double)survey->timeout / 1e9,
	    survey->gap_limit, ways[survey->way]);
	if (survey->start_ttl != 0)
		tr_text_append(text, size, "=%u", survey->start_ttl);
	if (options->multipath)
		tr_text_append(text, size, " %s=%u,%g",
		    options->paths.rules.way == TR_PLAN_LITE ? "--multipath" :
		    "--mda", survey->budget, options->paths.rules.alpha);
	describe_flow(options, text, size);
	tr_text_append(text, size, " %s%s",
	    survey->rows ? "--rows" : "--json",
	    survey->compress ? " --compress" : "");
}

static int
take_names(struct tr_survey_writer *writer, struct tr_survey_names *names,
    struct tr_error *error)
{
	const char *text = NULL;

	while ((text = tr_survey_state_next_name(&writer->state, text)) != NULL)
		if (tr_survey_names_add_text(names, text) != TR_OK)
			return tr_fail(error, TR_EFORMAT, "%s.names is "
			    "damaged", writer->state_path);
	return TR_OK;
}

int
tr_survey_writer_load(struct tr_survey_writer *writer,
    const struct tr_options *options, struct tr_survey_names *names,
    uint64_t *seed, struct tr_error *error)
{
	const char *folder = options->survey.output_path;
	int result;

	*writer = (struct tr_survey_writer){ .options = options };
	if (folder == NULL)
		return TR_OK;
	writer->keeps_state = true;
	if ((size_t)snprintf(writer->state_path, sizeof(writer->state_path),
	    "%s/%s.state", folder, STEM) >= sizeof(writer->state_path))
		return tr_fail(error, TR_ERANGE, "--output: the name is too "
		    "long");
	if (!options->survey.resume)
		return TR_OK;
	result = tr_survey_state_load(&writer->state, writer->state_path,
	    error);
	if (result == TR_ENOTFOUND) {
		tr_complain(options, "--resume: there is no state to go on "
		    "from: it begins anew");
		return TR_OK;
	}
	if (result != TR_OK)
		return result;
	if (options->seed_given && writer->state.seed != *seed)
		return tr_fail(error, TR_ERANGE, "--resume: this survey has "
		    "seed %" PRIu64 ", not %" PRIu64 ": it goes on with that, "
		    "and without --seed", writer->state.seed, *seed);
	writer->resumed = true;
	*seed = writer->state.seed;
	return take_names(writer, names, error);
}

/* --- the flow ----------------------------------------------------------- */

/* What is drawn of a survey's flow, in the state's numbers. */
enum flow_number {
	FLOW_SOURCE_PORT,
	FLOW_ICMP_ID,
	FLOW_ICMP_CHECKSUM,
	FLOW_NUMBERS,
};

bool
tr_survey_writer_has_flow(const struct tr_survey_writer *writer,
    struct tr_survey_flow *flow)
{
	const uint64_t *numbers = writer->state.numbers;

	if (!writer->resumed || writer->state.number_count != FLOW_NUMBERS)
		return false;
	flow->source_port = (uint16_t)numbers[FLOW_SOURCE_PORT];
	flow->icmp_id = (uint16_t)numbers[FLOW_ICMP_ID];
	flow->icmp_checksum = (uint16_t)numbers[FLOW_ICMP_CHECKSUM];
	return true;
}

void
tr_survey_writer_set_flow(struct tr_survey_writer *writer,
    const struct tr_survey_flow *flow)
{
	uint64_t *numbers = writer->state.numbers;

	writer->state.number_count = FLOW_NUMBERS;
	numbers[FLOW_SOURCE_PORT] = flow->source_port;
	numbers[FLOW_ICMP_ID] = flow->icmp_id;
	numbers[FLOW_ICMP_CHECKSUM] = flow->icmp_checksum;
}

/* --- earlier runs ------------------------------------------------------- */

/* Earlier runs' places, for the thread that probes. */
static int
copy_places(struct tr_survey_writer *writer)
{
	const struct tr_places *done = &writer->state.done;
	int result = tr_places_begin(&writer->before, done->base);

	for (size_t i = 0; result == TR_OK && i < tr_places_words(done); i++)
		result = tr_places_put(&writer->before,
		    tr_places_word(done, i));
	return result;
}

static int
add_names(struct tr_survey_state *state, const struct tr_survey_names *names)
{
	const struct tr_survey_name *name = NULL;
	char text[TR_SURVEY_NAME_TEXT_MAX];

	while ((name = tr_survey_names_next(names, name)) != NULL) {
		const int result = tr_survey_state_add_name(state,
		    tr_survey_name_text(name, text));

		if (result != TR_OK)
			return result;
	}
	return TR_OK;
}

int
tr_survey_writer_match(struct tr_survey_writer *writer,
    const struct tr_targets *targets, const struct tr_survey_names *names,
    uint64_t seed, struct tr_error *error)
{
	struct tr_survey_state this = {
		.seed = seed,
		.targets = tr_targets_digest(targets),
		.target_count = tr_targets_count(targets),
	};
	int result;

	if (!writer->keeps_state)
		return TR_OK;
	describe(writer->options, this.options_text,
	    sizeof(this.options_text));
	this.options = tr_hash_add(TR_HASH_BEGIN, this.options_text,
	    strlen(this.options_text));
	if (!writer->resumed) {
		writer->state = this;
		result = add_names(&writer->state, names);
	} else {
		result = tr_survey_state_match(&writer->state, &this,
		    writer->state_path, error);
		if (result == TR_ERANGE)
			return result;
		if (result == TR_OK)
			result = copy_places(writer);
	}
	return result == TR_OK ? TR_OK :
	    tr_fail(error, result, "%s", tr_error_phrase(result));
}

bool
tr_survey_writer_skips(void *context, uint64_t place)
{
	const struct tr_survey_writer *writer = context;

	return tr_places_has(&writer->before, place);
}

/* --- the writing thread's ----------------------------------------------- */

/* A line into the room that was made for it. */
static void
count_line(struct tr_buffer *text, int size)
{
	if (size < 0)
		text->bad = true;
	else
		text->used += (size_t)size;
}

static void
form_row(const struct tr_survey_writer *writer,
    const struct tr_survey_reply *reply, struct tr_buffer *text)
{
	char *room = tr_buffer_room(text, TR_SURVEY_ROW_MAX);

	if (room != NULL)
		count_line(text, tr_survey_row(writer->about, reply, room,
		    TR_SURVEY_ROW_MAX));
}

static void
form_record(struct tr_survey_writer *writer,
    const struct tr_survey_record *record, struct tr_buffer *text)
{
	const size_t size = TR_SURVEY_JSON_MAX(record->hop_count) +
	    (record->graph != NULL ? TR_SURVEY_JSON_GRAPH_MAX : 0);
	char *room;

	writer->formed++;
	if (record->reason != TR_SURVEY_INTERRUPTED)
		writer->formed_done++;
	/* A folder is gone on with: what was cut short is traced again. */
	if (writer->keeps_state) {
		if (record->reason == TR_SURVEY_INTERRUPTED)
			return;
		if (tr_places_add(&writer->state.done, record->place) != TR_OK)
			text->bad = true;
	}
	if (writer->options->survey.rows) {
		for (uint32_t i = 0; i < record->hop_count; i++)
			form_row(writer, &record->hops[i], text);
		return;
	}
	room = tr_buffer_room(text, size);
	if (room != NULL)
		count_line(text, tr_survey_json_target(writer->about, record,
		    room, size));
}

static void
form_line(const struct tr_survey_writer *writer, const struct message *message,
    struct tr_buffer *text)
{
	const size_t size = TR_SURVEY_JSON_MAX(0);
	char *room = tr_buffer_room(text, size);

	if (room == NULL)
		return;
	count_line(text, message->kind == MESSAGE_END ?
	    tr_survey_json_end(writer->about, &message->of.outcome, room,
	    size) : tr_survey_json_reply(writer->about, &message->of.reply,
	    room, size));
}

static void
form(void *context, const void *bytes, size_t size, struct tr_buffer *text)
{
	struct tr_survey_writer *writer = context;
	const struct message *message = bytes;
	struct tr_survey_record record;

	(void)size;
	if (message->kind == MESSAGE_RECORD) {
		const void *behind = message + 1;

		record = message->of.record;
		if (record.graph != NULL) {
			record.graph = behind;
			behind = record.graph + 1;
		}
		record.hops = behind;
		form_record(writer, &record, text);
	} else if (!writer->options->survey.rows)
		form_line(writer, message, text);
	else if (message->kind == MESSAGE_REPLY)
		form_row(writer, &message->of.reply, text);
}

static int
commit(void *context, const struct tr_spool_commit *commit,
    struct tr_error *error)
{
	struct tr_survey_writer *writer = context;
	int result = TR_OK;

	writer->state.output = commit->place;
	if (writer->keeps_state)
		result = tr_survey_state_save(&writer->state,
		    writer->state_path, commit->synced, error);
	if (result != TR_OK)
		return result;
	atomic_store(&writer->safe, writer->formed);
	atomic_store(&writer->safe_done, writer->formed_done);
	return TR_OK;
}

/* --- the probing thread's ----------------------------------------------- */

static void
make_header(struct tr_survey_writer *writer)
{
	const size_t most = sizeof(writer->header) - 1;
	const int size = writer->options->survey.rows ?
	    tr_survey_rows_begin(writer->header, most) :
	    tr_survey_json_begin(writer->about, writer->header, most);

	writer->header[size > 0 ? size : 0] = '\0';
}

/* A message may take a fourth of it: that is the largest record, at least. */
static size_t
ring_of(const struct tr_survey_config *config)
{
	const size_t most = sizeof(struct message) +
	    sizeof(struct tr_survey_graph) + ((size_t)config->multipath.
	    probes_max * 9 / 8 + TR_SURVEY_HOPS_MAX) *
	    sizeof(struct tr_survey_reply);
	size_t size = RING;

	while (size / 5 < most)
		size *= 2;
	return size;
}

size_t
tr_survey_writer_memory(const struct tr_survey_config *config)
{
	return ring_of(config) + TEXT;
}

/*
 * A state of nothing done, before there is any output: whenever it is killed
 * from now on, --resume finds one.
 */
static int
begin_state(struct tr_survey_writer *writer, struct tr_error *error)
{
	const char *folder = writer->options->survey.output_path;
	char shown[TR_ERROR_TEXT_MAX / 2];
	struct stat about;

	tr_text_safe(folder, shown, sizeof(shown));
	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		return tr_fail(error, TR_ESYSTEM, "--output: %s: %s", shown,
		    strerror(errno));
	if (stat(folder, &about) == 0 && !S_ISDIR(about.st_mode))
		return tr_fail(error, TR_ERANGE, "--output: %s is a file: a "
		    "folder is wanted", shown);
	if (access(writer->state_path, F_OK) == 0)
		return tr_fail(error, TR_ERANGE, "--output: %s has a survey: "
		    "--resume goes on with it", shown);
	return tr_survey_state_save(&writer->state, writer->state_path, false,
	    error);
}

int
tr_survey_writer_open(struct tr_survey_writer *writer,
    const struct tr_survey_about *about,
    const volatile sig_atomic_t *interrupts, struct tr_error *error)
{
	const struct tr_survey_options *survey = &writer->options->survey;
	const struct tr_spool_config config = {
		.outlet = {
			.folder = survey->output_path,
			.descriptor = STDOUT_FILENO,
			.stem = STEM,
			.suffix = survey->rows ? ".csv" : ".jsonl",
			.compressed = survey->compress,
			.resumed = writer->resumed ? &writer->state.output :
			    NULL,
			/* Its header tells this run's flow and start. */
			.next_file = true,
		},
		.header = writer->header,
		.file_text = writer->keeps_state ? survey->rotate : 0,
		.commit_time = about->config->window < WINDOW_SMALL ?
		    COMMIT_SOON : TR_SPOOL_COMMIT_TIME,
		.ring = ring_of(about->config),
		.form = form,
		.commit = commit,
		.context = writer,
	};

	writer->about = about;
	writer->interrupts = interrupts;
	make_header(writer);
	if (writer->keeps_state && !writer->resumed) {
		const int result = begin_state(writer, error);

		if (result != TR_OK)
			return result;
	}
	writer->spool = tr_spool_open(&config, error);
	if (writer->spool != NULL)
		return TR_OK;
	/* What is there must not be taken for what this state is of. */
	if (writer->keeps_state && !writer->resumed)
		(void)unlink(writer->state_path);
	return error->code;
}

static bool
gave_up(const struct tr_survey_writer *writer)
{
	return *writer->interrupts >= 2;
}

static struct iovec
part(const void *bytes, size_t size)
{
	return (struct iovec){
		.iov_base = (void *)(uintptr_t)bytes,
		.iov_len = size,
	};
}

/*
 * Put a message in, and wait for room where there is none.  What is lost, once
 * the writer failed or it is given up, is seen by what is committed.
 */
static void
put(struct tr_survey_writer *writer, const struct iovec *parts, size_t count)
{
	while (tr_spool_put(writer->spool, parts, count) == TR_ENOMEM &&
	    !gave_up(writer))
		tr_spool_wait(writer->spool,
		    tr_clock_monotonic() + WAIT_EACH);
}

void
tr_survey_writer_done(void *context, const struct tr_survey_record *record)
{
	struct tr_survey_writer *writer = context;
	struct message message = { .kind = MESSAGE_RECORD };
	struct iovec parts[3] = { part(&message, sizeof(message)) };
	size_t count = 1;

	if (record->reason != TR_SURVEY_INTERRUPTED)
		writer->given_done++;
	message.of.record = *record;
	if (record->graph != NULL)
		parts[count++] = part(record->graph, sizeof(*record->graph));
	if (record->hop_count > 0)
		parts[count++] = part(record->hops,
		    record->hop_count * sizeof(*record->hops));
	put(writer, parts, count);
}

void
tr_survey_writer_reply(void *context, const struct tr_survey_reply *reply)
{
	struct message message = { .kind = MESSAGE_REPLY };
	const struct iovec whole = part(&message, sizeof(message));

	message.of.reply = *reply;
	put(context, &whole, 1);
}

bool
tr_survey_writer_has_room(struct tr_survey_writer *writer)
{
	/* What may come while nothing is sent. */
	return tr_spool_has_room(writer->spool,
	    ring_of(writer->about->config) / 2);
}

uint64_t
tr_survey_writer_newly_safe(struct tr_survey_writer *writer)
{
	const uint64_t safe = atomic_load(&writer->safe);
	const uint64_t newly = safe - writer->told;

	writer->told = safe;
	return newly;
}

void
tr_survey_writer_end(struct tr_survey_writer *writer,
    const struct tr_survey_outcome *outcome)
{
	struct message message = { .kind = MESSAGE_END };
	const struct iovec whole = part(&message, sizeof(message));

	message.of.outcome = *outcome;
	put(writer, &whole, 1);
}

/* Given up: what it was that was waited for. */
static int
say_given_up(const char *waiting, struct tr_error *error)
{
	return tr_fail(error, TR_ESYSTEM, "ended at once%s%s",
	    waiting[0] == '\0' ? "" : ", without ", waiting);
}

int
tr_survey_writer_close(struct tr_survey_writer *writer,
    void (*waiting)(void *context), void *context, struct tr_error *error)
{
	struct tr_spool *spool = writer->spool;
	char note[TR_SPOOL_SHOWN];
	struct tr_error reason;
	bool failed;
	int result;

	while (!gave_up(writer) &&
	    !tr_spool_drain(spool, tr_clock_monotonic() + WAIT_EACH) &&
	    tr_spool_failed(spool, &reason) == TR_OK)
		waiting(context);
	(void)tr_spool_waiting(spool, note, sizeof(note));
	failed = tr_spool_failed(spool, &reason) != TR_OK;
	result = tr_spool_close(spool, tr_clock_monotonic() + WAIT_LAST,
	    error);
	if (result != TR_OK && gave_up(writer) && !failed)
		result = say_given_up(note, error);
	writer->spool = NULL;
	tr_survey_state_clear(&writer->state);
	tr_places_clear(&writer->before);
	return result;
}

uint64_t
tr_survey_writer_unwritten(const struct tr_survey_writer *writer)
{
	return writer->given_done - atomic_load(&writer->safe_done);
}
