#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/options.h"
#include "cli/survey_progress.h"
#include "io/whole_file.h"

#define TELL_EACH	TR_SECOND
#define MEASURE_LEAST	(TR_SECOND / 10)	/* for numbers a second */
#define LINE_MAX_WIDTH	79
#define STRING_MAX	512	/* bytes, in the status file */

/* --- what is said ------------------------------------------------------- */

/* 1,234,567 */
static void
append_number(char *text, size_t size, uint64_t number)
{
	if (number >= 1000) {
		append_number(text, size, number / 1000);
		tr_text_append(text, size, ",%03u", (unsigned)(number % 1000));
	} else
		tr_text_append(text, size, "%u", (unsigned)number);
}

/* Seconds until all is done, at the speed so far; a negative one: unknown. */
static double
time_left(const struct tr_progress *progress,
    const struct tr_progress_state *state, int64_t now)
{
	const uint64_t here = state->done - progress->done_before;
	const double passed = (double)(now - progress->started) / 1e9;

	return here == 0 ? -1 :
	    (double)(state->targets - state->done) * passed / (double)here;
}

static void
append_time(char *text, size_t size, double seconds)
{
	if (seconds < 0)
		tr_text_append(text, size, "time left unknown");
	else if (seconds < 120)
		tr_text_append(text, size, "%.0f s left", seconds);
	else if (seconds < 7200)
		tr_text_append(text, size, "%.0f min left", seconds / 60);
	else if (seconds < 172800)
		tr_text_append(text, size, "%.1f h left", seconds / 3600);
	else
		tr_text_append(text, size, "%.1f days left", seconds / 86400);
}

static void
make_line(const struct tr_progress *progress,
    const struct tr_progress_state *state, int64_t now, char *text,
    size_t size)
{
	text[0] = '\0';
	append_number(text, size, state->done);
	tr_text_append(text, size, " of ");
	append_number(text, size, state->targets);
	tr_text_append(text, size, " targets, ");
	append_number(text, size, (uint64_t)(progress->probe_rate + 0.5));
	tr_text_append(text, size, " probes/s, ");
	append_number(text, size, (uint64_t)(progress->reply_rate + 0.5));
	tr_text_append(text, size, " replies/s, ");
	append_number(text, size, state->dropped);
	tr_text_append(text, size, " dropped, ");
	append_time(text, size, time_left(progress, state, now));
	if (state->note[0] != '\0')
		tr_text_append(text, size, "; %s", state->note);
}

/*
 * A terminal that is held (Ctrl-S) and a pipe that nobody empties would stop
 * who writes to them, and with it the survey.
 */
static bool
can_write(void)
{
	struct pollfd polled = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&polled, 1, 0) != 0;
}

static void
show_line(struct tr_progress *progress, const struct tr_progress_state *state,
    int64_t now)
{
	char text[LINE_MAX_WIDTH + 1];

	if (!can_write())
		return;
	make_line(progress, state, now, text, sizeof(text));
	/* Written over the line before, to its end. */
	fprintf(stderr, "\r%-*s", LINE_MAX_WIDTH, text);
	fflush(stderr);
	progress->line = true;
}

void
tr_progress_hide(struct tr_progress *progress)
{
	if (!progress->line)
		return;
	fprintf(stderr, "\r%*s\r", LINE_MAX_WIDTH, "");
	fflush(stderr);
	progress->line = false;
}

bool
tr_progress_say(struct tr_progress *progress, const char *text)
{
	if (!can_write())
		return false;
	tr_progress_hide(progress);
	fprintf(stderr, "%s: %s\n", tr_program_name(TR_PROGRAM_SURVEY),
	    text);
	return true;
}

static bool
say_state(struct tr_progress *progress, const struct tr_progress_state *state,
    int64_t now)
{
	char text[512];

	make_line(progress, state, now, text, sizeof(text));
	return tr_progress_say(progress, text);
}

/* Without a terminal's line, what is waited for is said when it begins. */
static void
say_note(struct tr_progress *progress, const char *note)
{
	if (strcmp(note, progress->note) == 0)
		return;
	if (note[0] == '\0' || progress->terminal ||
	    tr_progress_say(progress, note))
		snprintf(progress->note, sizeof(progress->note), "%s", note);
}

/* --- the status file ---------------------------------------------------- */

/* A string of JSON. */
static void
add_string(struct tr_buffer *text, const char *words)
{
	char safe[STRING_MAX];

	tr_buffer_add_text(text, "\"");
	for (const char *at = tr_text_safe(words, safe, sizeof(safe));
	    *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			tr_buffer_add_text(text, "\\");
		tr_buffer_add(text, at, 1);
	}
	tr_buffer_add_text(text, "\"");
}

static void
add_status(const struct tr_progress *progress, struct tr_buffer *text,
    const struct tr_progress_state *state, int64_t now, const char *how)
{
	const double left = time_left(progress, state, now);

	tr_buffer_add_text(text, "{\"state\":");
	add_string(text, how);
	tr_buffer_print(text, ",\"targets\":%" PRIu64 ",\"done\":%" PRIu64
	    ",\"in_flight\":%" PRIu32 ",\"probes\":%" PRIu64
	    ",\"replies\":%" PRIu64 ",\"dropped\":%" PRIu64
	    ",\"retried\":%" PRIu64 ",\"probes_per_second\":%.0f"
	    ",\"replies_per_second\":%.0f,\"queue_percent\":%u"
	    ",\"seconds\":%.1f,\"seconds_left\":", state->targets,
	    state->done, state->in_flight, state->probes, state->replies,
	    state->dropped, state->retried, progress->probe_rate,
	    progress->reply_rate, state->queue,
	    (double)(now - progress->started) / 1e9);
	if (left < 0)
		tr_buffer_add_text(text, "null");
	else
		tr_buffer_print(text, "%.1f", left);
	tr_buffer_add_text(text, ",\"note\":");
	add_string(text, state->note);
	tr_buffer_add_text(text, "}\n");
}

static int
save_status(const struct tr_progress *progress,
    const struct tr_progress_state *state, int64_t now, const char *how,
    struct tr_error *error)
{
	struct tr_buffer text = { .bytes = NULL };
	struct tr_error reason;
	int result = TR_ENOMEM;

	tr_fail(&reason, TR_ENOMEM, "%s", tr_error_phrase(TR_ENOMEM));
	add_status(progress, &text, state, now, how);
	if (!text.bad)
		result = tr_whole_file_replace(progress->path, text.bytes,
		    text.used, false, &reason);
	tr_buffer_clear(&text);
	return result == TR_OK ? TR_OK :
	    tr_fail(error, result, "--status: %s", reason.text);
}

/* --- in time ------------------------------------------------------------ */

int
tr_progress_start(struct tr_progress *progress, bool quiet, const char *path,
    const struct tr_progress_state *state, int64_t now,
    struct tr_error *error)
{
	*progress = (struct tr_progress){
		.terminal = !quiet && isatty(STDERR_FILENO) == 1,
		.path = path,
		.started = now,
		.shown = now,
		.measured = now,
		.last = *state,
		.done_before = state->done,
	};
	return path == NULL ? TR_OK :
	    save_status(progress, state, now, "running", error);
}

static void
measure(struct tr_progress *progress, const struct tr_progress_state *state,
    int64_t now)
{
	const double passed = (double)(now - progress->measured) / 1e9;

	if (now - progress->measured < MEASURE_LEAST)
		return;
	progress->probe_rate =
	    (double)(state->probes - progress->last.probes) / passed;
	progress->reply_rate =
	    (double)(state->replies - progress->last.replies) / passed;
	progress->measured = now;
	progress->last = *state;
}

void
tr_progress_tell(struct tr_progress *progress,
    const struct tr_progress_state *state, int64_t now, bool asked)
{
	const bool due = now - progress->shown >= TELL_EACH;

	progress->asked = progress->asked || asked;
	if (due || asked)
		measure(progress, state, now);
	if (due) {
		progress->shown = now;
		say_note(progress, state->note);
	}
	if (progress->asked)
		progress->asked = !say_state(progress, state, now);
	if (due && progress->terminal)
		show_line(progress, state, now);
	/* A disk that is full now may have room later. */
	if (due && progress->path != NULL)
		(void)save_status(progress, state, now, "running", NULL);
}

void
tr_progress_end(struct tr_progress *progress,
    const struct tr_progress_state *state, int64_t now, const char *how)
{
	tr_progress_hide(progress);
	if (progress->path != NULL)
		(void)save_status(progress, state, now, how, NULL);
}
