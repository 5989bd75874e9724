#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/options.h"
#include "cli/survey_progress.h"

#define TELL_EACH	TR_SECOND
#define MEASURE_LEAST	(TR_SECOND / 10)	/* for numbers a second */
#define LINE_MAX_WIDTH	79
#define PATH_SIZE	4096

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

static void
show_line(struct tr_progress *progress, const struct tr_progress_state *state,
    int64_t now)
{
	char text[LINE_MAX_WIDTH + 1];

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

static void
say_line(struct tr_progress *progress, const struct tr_progress_state *state,
    int64_t now)
{
	char text[512];

	tr_progress_hide(progress);
	make_line(progress, state, now, text, sizeof(text));
	fprintf(stderr, "%s: %s\n", tr_program_name(TR_PROGRAM_SURVEY),
	    text);
}

/* Without a terminal's line, what is waited for is said when it begins. */
static void
say_note(struct tr_progress *progress, const char *note)
{
	if (strcmp(note, progress->note) == 0)
		return;
	snprintf(progress->note, sizeof(progress->note), "%s", note);
	if (note[0] != '\0' && !progress->terminal)
		fprintf(stderr, "%s: %s\n",
		    tr_program_name(TR_PROGRAM_SURVEY), note);
}

/* --- the status file ---------------------------------------------------- */

static void
write_status(const struct tr_progress *progress, FILE *file,
    const struct tr_progress_state *state, int64_t now, const char *how)
{
	const double left = time_left(progress, state, now);

	fprintf(file, "{\"state\":\"%s\",\"targets\":%" PRIu64
	    ",\"done\":%" PRIu64 ",\"in_flight\":%u,\"probes\":%" PRIu64
	    ",\"replies\":%" PRIu64 ",\"dropped\":%" PRIu64
	    ",\"retried\":%" PRIu64 ",\"probes_per_second\":%.0f"
	    ",\"replies_per_second\":%.0f,\"queue_percent\":%u"
	    ",\"seconds\":%.1f,\"seconds_left\":", how, state->targets,
	    state->done, state->in_flight, state->probes, state->replies,
	    state->dropped, state->retried, progress->probe_rate,
	    progress->reply_rate, state->queue,
	    (double)(now - progress->started) / 1e9);
	if (left < 0)
		fprintf(file, "null");
	else
		fprintf(file, "%.1f", left);
	/* The note is the program's own words: nothing to be escaped. */
	fprintf(file, ",\"note\":\"%s\"}\n", state->note);
}

/* Whoever reads it sees a whole one, the old or the new. */
static int
save_status(const struct tr_progress *progress,
    const struct tr_progress_state *state, int64_t now, const char *how,
    struct tr_error *error)
{
	char path[PATH_SIZE];
	FILE *file = NULL;
	bool good = false;

	if ((size_t)snprintf(path, sizeof(path), "%s.new", progress->path) <
	    sizeof(path))
		file = fopen(path, "w");
	if (file != NULL) {
		write_status(progress, file, state, now, how);
		good = ferror(file) == 0;
		good = fclose(file) == 0 && good &&
		    rename(path, progress->path) == 0;
	}
	if (good)
		return TR_OK;
	return tr_fail(error, TR_ESYSTEM, "--status: cannot write %s",
	    tr_text_safe(progress->path, path, sizeof(path)));
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

	if (due || asked)
		measure(progress, state, now);
	if (due) {
		progress->shown = now;
		say_note(progress, state->note);
	}
	if (asked)
		say_line(progress, state, now);
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
