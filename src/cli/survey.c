#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/survey.h"
#include "cli/survey_part.h"
#include "cli/survey_targets.h"
#include "cli/survey_user.h"
#include "io/clock.h"
#include "io/live.h"
#include "io/privileges.h"

/* The program and its libraries, with what they take for small things. */
#define MEMORY_ELSE	(size_t)(6 << 20)

/* --- signals ------------------------------------------------------------ */

static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t asked;

static void
on_interrupt(int signal)
{
	(void)signal;
	if (interrupts < 2)
		interrupts++;
}

static void
on_asked(int signal)
{
	(void)signal;
	asked = 1;
}

static void
catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_interrupt }, before;

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* nohup(1) has it ignored. */
	if (sigaction(SIGHUP, NULL, &before) == 0 &&
	    before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
	action.sa_handler = on_asked;
	sigaction(SIGUSR1, &action, NULL);
	/* Who reads may go away: that is an error like others. */
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

/* --- --list ------------------------------------------------------------- */

/* A target on each line, in their order. */
static enum tr_status
print_targets(const struct tr_survey_command *survey)
{
	char text[TR_ADDRESS_TEXT_MAX];

	for (uint64_t i = 0; i < tr_targets_count(survey->targets); i++) {
		const struct tr_address target =
		    tr_targets_at(survey->targets, i);

		tr_address_text(&target, text, sizeof(text));
		if (printf("%s\n", text) < 0) {
			fprintf(stderr, "%s: cannot write to standard output: "
			    "%s\n", tr_program_name(survey->options->program),
			    strerror(errno));
			return TR_EXIT_SYSTEM;
		}
	}
	return TR_EXIT_REACHED;
}

/* --- the parts ---------------------------------------------------------- */

/*
 * The port that an earlier run had may be in use by now.  The output tells the
 * port of each run, so that another one is better than none.
 */
static int
open_sender(struct tr_survey_command *survey, struct tr_sender_config *sender,
    struct tr_error *error)
{
	const struct tr_sender_sink sink = tr_survey_run_sink(&survey->run);
	const uint16_t wanted = sender->probe.source_port;
	char text[TR_ERROR_TEXT_MAX] = "";

	survey->run.sender = tr_sender_open(sender, &sink, error);
	if (survey->run.sender != NULL)
		return TR_OK;
	if (survey->options->sport != 0 || wanted == 0 ||
	    error->system != EADDRINUSE)
		return error->code;
	sender->probe.source_port = 0;
	survey->run.sender = tr_sender_open(sender, &sink, error);
	if (survey->run.sender == NULL)
		return error->code;
	tr_text_append(text, sizeof(text), "--resume: source port %u, which "
	    "the survey had, is in use: from here on, and in a new file, it "
	    "is %u", wanted, tr_sender_source_port(survey->run.sender));
	tr_complain(survey->options, text);
	return TR_OK;
}

/* The sender, and the capture of what comes back. */
static int
open_network(struct tr_survey_command *survey, const struct tr_probe_spec *spec,
    struct tr_error *error)
{
	struct tr_survey_config *config = &survey->config;
	struct tr_sender_config sender = {
		.v4 = survey->has_v4 ? &survey->v4 : NULL,
		.v6 = survey->has_v6 ? &survey->v6 : NULL,
		.probe = *spec,
		.more = tr_survey_probe_size(&survey->options->survey, 4) -
		    tr_probe_size_default(4),
		.mark = survey->options->fwmark,
		.raw = survey->options->survey.raw,
		.elsewhere = &survey->elsewhere,
		.bound = survey->options->interface[0] != '\0',
	};
	struct tr_capture_survey capture = {
		/* Answers may come in by another than probes leave by. */
		.device = TR_CAPTURE_ANY,
		.v4 = survey->has_v4,
		.v6 = survey->has_v6,
		.protocol = spec->protocol,
		.destination_port = spec->destination_port,
		.icmp_id = spec->icmp_id,
		.flows = survey->options->multipath ? TR_SURVEY_PATHS_FLOWS : 1,
	};

	if (open_sender(survey, &sender, error) != TR_OK)
		return error->code;
	config->source_port = tr_sender_source_port(survey->run.sender);
	tr_survey_writer_set_flow(&survey->writer, &(struct tr_survey_flow){
		config->source_port, spec->icmp_id, spec->icmp_checksum });
	capture.source_port = config->source_port;
	survey->run.captures[0] = tr_capture_open_survey(&capture, error);
	if (survey->run.captures[0] == NULL)
		return error->code;
	survey->run.capture_count = 1;
	return TR_OK;
}

/* Raw sockets that are not bound may find another way when one is down. */
static void
add_device(struct tr_survey_run *run, const struct tr_route *route)
{
	const struct tr_survey_device device = {
		.index = route->interface_index,
		.needed = route->interface[0] != '\0',
		.counted = true,
	};

	for (size_t i = 0; i < run->device_count; i++)
		if (run->devices[i].index == device.index) {
			run->devices[i].needed |= device.needed;
			return;
		}
	run->devices[run->device_count++] = device;
}

static int
open_with_privilege(struct tr_survey_command *survey,
    const struct tr_probe_spec *spec, struct tr_error *error)
{
	struct tr_error dropping;
	int result;

	tr_privileges_raise();
	result = open_network(survey, spec, error);
	if (tr_survey_drop_privileges(survey->options, &dropping) == TR_OK)
		return result;
	*error = dropping;
	return error->code;
}

static int
make_survey(struct tr_survey_command *survey, const struct tr_probe_spec *spec,
    struct tr_error *error)
{
	struct tr_survey_writer *writer = &survey->writer;
	const struct tr_survey_sink sink = {
		.reply = tr_survey_writer_reply,
		.done = tr_survey_writer_done,
		.context = writer,
	};

	survey->run.survey = tr_survey_new(&survey->config, &sink,
	    writer->resumed ? tr_survey_writer_skips : NULL, writer);
	if (survey->run.survey == NULL)
		return tr_fail(error, TR_ENOMEM, "no memory for %" PRIu32
		    " targets at once (%zu bytes): --window takes fewer",
		    survey->config.window, tr_survey_memory(&survey->config));
	survey->started = tr_clock_monotonic();
	survey->about = (struct tr_survey_about){
		.config = &survey->config,
		.seed = survey->seed,
		.icmp_checksum = spec->icmp_checksum,
		.flow_label = spec->flow_label,
		.tos = spec->tos,
		.source4 = survey->v4.src,
		.source6 = survey->v6.src,
		.rate = survey->options->survey.rate,
		.targets = tr_targets_count(survey->targets),
		.start = survey->started,
		.offset = tr_clock_wall() - survey->started,
	};
	return TR_OK;
}

/* --- while it runs ------------------------------------------------------ */

static void
take_state(struct tr_survey_command *survey, struct tr_progress_state *state,
    char note[TR_PROGRESS_NOTE_MAX])
{
	const struct tr_survey_counts *counts =
	    tr_survey_counts(survey->run.survey);
	const struct tr_spool *spool = survey->writer.spool;
	struct tr_sender_counts sent;

	tr_sender_counts(survey->run.sender, &sent);
	note[0] = '\0';
	if (spool != NULL && tr_spool_waiting(spool, note,
	    TR_PROGRESS_NOTE_MAX)) {
		if (interrupts > 0)
			tr_text_append(note, TR_PROGRESS_NOTE_MAX,
			    "; a second Ctrl-C gives it up");
	} else if (survey->run.trouble.code != TR_OK)
		tr_text_safe(survey->run.trouble.text, note,
		    TR_PROGRESS_NOTE_MAX);
	*state = (struct tr_progress_state){
		.targets = tr_targets_count(survey->targets),
		.done = survey->writer.before.count + counts->done -
		    counts->reasons[TR_SURVEY_INTERRUPTED],
		.in_flight = tr_survey_in_flight(survey->run.survey),
		.probes = counts->probes,
		.replies = counts->replies,
		.dropped = survey->run.captured.dropped,
		.retried = sent.retried,
		.queue = spool == NULL ? 0 : tr_spool_fill(spool),
		.note = note,
	};
}

static void
tell(struct tr_survey_command *survey, int64_t now)
{
	struct tr_progress_state state;
	char note[TR_PROGRESS_NOTE_MAX];

	take_state(survey, &state, note);
	tr_progress_tell(&survey->progress, &state, now, asked != 0);
	asked = 0;
	if (interrupts == 1 && !survey->interrupt_said)
		survey->interrupt_said = tr_progress_say(&survey->progress,
		    "interrupted: waiting for answers under way and for all "
		    "to be written; again: end at once");
}

static enum tr_survey_wish
on_turn(void *context, int64_t now)
{
	struct tr_survey_command *survey = context;

	if (survey->config.paced_records)
		tr_survey_committed(survey->run.survey,
		    tr_survey_writer_newly_safe(&survey->writer));
	tell(survey, now);
	if (interrupts >= 2 ||
	    tr_spool_failed(survey->writer.spool, NULL) != TR_OK)
		return TR_SURVEY_QUIT;
	if (interrupts == 1)
		return TR_SURVEY_WIND_UP;
	return tr_survey_writer_has_room(&survey->writer) ? TR_SURVEY_GO :
	    TR_SURVEY_PAUSE;
}

static void
on_waiting(void *context)
{
	tell(context, tr_clock_monotonic());
}

/* --- the end ------------------------------------------------------------ */

static void
write_end(struct tr_survey_command *survey)
{
	const struct tr_survey_run *run = &survey->run;
	struct tr_survey_outcome outcome = {
		.ended = tr_clock_monotonic(),
		.counts = *tr_survey_counts(run->survey),
		.forgiven = run->pace.forgiven,
		.capture = run->captured,
		.copies = run->copies,
		.unanswered = run->unanswered,
	};
	struct tr_spool_counts counts;

	tr_sender_counts(run->sender, &outcome.sending);
	tr_spool_counts(survey->writer.spool, &counts);
	outcome.stalls = counts.stalls;
	outcome.stalled = counts.stalled;
	tr_survey_writer_end(&survey->writer, &outcome);
}

/* What is missing of it, and how it is had. */
static void
summarize_rest(const struct tr_survey_command *survey, bool failed)
{
	const uint64_t unwritten =
	    tr_survey_writer_unwritten(&survey->writer);
	const bool resumable = survey->writer.keeps_state;
	const char *program = tr_program_name(survey->options->program);

	/* What went to a descriptor is not cut at what is known to be out. */
	if (unwritten > 0)
		fprintf(stderr, "%s: %s%" PRIu64 " of these targets are not "
		    "written%s\n", program, resumable ? "" : "up to ",
		    unwritten, resumable ? "; they will be traced again" : "");
	if (resumable && (interrupts > 0 || failed))
		fprintf(stderr, "%s: %s--resume goes on\n", program,
		    interrupts > 0 ? "interrupted; " : "");
}

/* What was done, and what a reader of the result must know of it. */
static void
summarize(const struct tr_survey_command *survey, bool failed)
{
	const struct tr_survey_counts *counts =
	    tr_survey_counts(survey->run.survey);
	const struct tr_survey_run *run = &survey->run;
	const double seconds =
	    (double)(tr_clock_monotonic() - survey->started) / 1e9;
	const char *program = tr_program_name(survey->options->program);

	fprintf(stderr, "%s: %" PRIu64 " targets in %.1f s, %" PRIu64
	    " arrived; %" PRIu64 " probes, %" PRIu64 " answers; seed %" PRIu64
	    "\n", program, counts->done -
	    counts->reasons[TR_SURVEY_INTERRUPTED], seconds,
	    counts->reasons[TR_SURVEY_REACHED], counts->probes,
	    counts->replies, survey->seed);
	if (run->captured.dropped > 0)
		fprintf(stderr, "%s: the capture had no room for %" PRIu64
		    " answers or more: silence may be no silence\n", program,
		    run->captured.dropped);
	if (run->unanswered >= TR_SECOND)
		fprintf(stderr, "%s: for %.0f s there was no answer at all: "
		    "silence may be no silence\n", program,
		    (double)run->unanswered / 1e9);
	if (counts->cut > 0)
		fprintf(stderr, "%s: %" PRIu64 " records lack replies, for "
		    "want of room\n", program, counts->cut);
	summarize_rest(survey, failed);
}

static enum tr_status
finish(struct tr_survey_command *survey, int result, struct tr_error *error)
{
	const struct tr_options *options = survey->options;
	struct tr_progress_state state;
	char note[TR_PROGRESS_NOTE_MAX];
	struct tr_error closing;
	bool failed;
	int closed;

	write_end(survey);
	take_state(survey, &state, note);
	closed = tr_survey_writer_close(&survey->writer, on_waiting, survey,
	    &closing);
	failed = result != TR_OK || closed != TR_OK;
	note[0] = '\0';
	state.done -= tr_survey_writer_unwritten(&survey->writer);
	tr_progress_end(&survey->progress, &state, tr_clock_monotonic(),
	    failed ? "failed" : interrupts > 0 ? "interrupted" : "done");
	summarize(survey, failed);
	if (closed != TR_OK)
		return tr_status_of_failure(options, &closing);
	if (result != TR_OK)
		return tr_status_of_failure(options, error);
	return interrupts > 0 ? TR_EXIT_INTERRUPTED : TR_EXIT_REACHED;
}

/* --- all of it ---------------------------------------------------------- */

/* What cannot be written is found out before anything is sent. */
static int
open_output(struct tr_survey_command *survey, struct tr_error *error)
{
	struct tr_progress_state state;
	char note[TR_PROGRESS_NOTE_MAX];
	int result;

	take_state(survey, &state, note);
	result = tr_progress_start(&survey->progress, false,
	    survey->options->survey.status_path, &state, survey->started,
	    error);
	if (result != TR_OK)
		return result;
	result = tr_survey_writer_open(&survey->writer, &survey->about,
	    &interrupts, error);
	if (result != TR_OK)
		tr_progress_end(&survey->progress, &state, survey->started,
		    "failed");
	return result;
}

/* How much memory it will take, told before it does. */
static void
announce(const struct tr_survey_command *survey)
{
	const size_t memory = tr_survey_memory(&survey->config) +
	    tr_targets_memory(survey->targets) +
	    tr_survey_writer_memory(&survey->config) +
	    TR_CAPTURE_SURVEY_RING + MEMORY_ELSE;

	fprintf(stderr, "%s: %" PRIu64 " targets at %g probes/s, up to %" PRIu32
	    " at once, in %.1f MB of memory at the most\n",
	    tr_program_name(survey->options->program),
	    tr_targets_count(survey->targets),
	    (double)survey->options->survey.rate / 1000,
	    survey->config.window, (double)memory / 1e6);
}

static enum tr_status
carry_out(struct tr_survey_command *survey)
{
	const struct tr_options *options = survey->options;
	struct tr_probe_spec spec;
	struct tr_error error;
	int result;

	if (tr_survey_settle(survey, &spec, &error) != TR_OK ||
	    open_with_privilege(survey, &spec, &error) != TR_OK ||
	    make_survey(survey, &spec, &error) != TR_OK ||
	    open_output(survey, &error) != TR_OK)
		return tr_status_of_failure(options, &error);
	announce(survey);
	catch_signals();
	if (survey->has_v4)
		add_device(&survey->run, &survey->v4);
	if (survey->has_v6)
		add_device(&survey->run, &survey->v6);
	survey->run.rate = options->survey.rate;
	survey->run.timeout = options->survey.timeout;
	survey->run.turn = on_turn;
	survey->run.context = survey;
	result = tr_survey_run(&survey->run, &error);
	return finish(survey, result, &error);
}

static void
close_all(struct tr_survey_command *survey)
{
	tr_sender_close(survey->run.sender);
	for (size_t i = 0; i < survey->run.capture_count; i++)
		tr_capture_close(survey->run.captures[i]);
	tr_survey_free(survey->run.survey);
	tr_elsewhere_clear(&survey->elsewhere);
	tr_targets_free(survey->targets);
	tr_survey_names_free(survey->names);
}

/* So short that --seed can say it again. */
static int
draw_seed(const struct tr_options *options, uint64_t *seed,
    struct tr_error *error)
{
	int status = TR_OK;

	*seed = options->seed;
	if (!options->seed_given)
		status = tr_live_seed(seed, error);
	*seed &= 0xffffffff;
	return status;
}

enum tr_status
tr_survey_main(const struct tr_options *options, int argc,
    char *const argv[])
{
	static struct tr_survey_command survey;	/* large for a stack */
	struct tr_error error;
	enum tr_status status;

	(void)argc;
	(void)argv;
	survey.options = options;
	survey.names = tr_survey_names_new();
	if (survey.names == NULL) {
		tr_complain(options, tr_error_phrase(TR_ENOMEM));
		return TR_EXIT_SYSTEM;
	}
	if (draw_seed(options, &survey.seed, &error) == TR_OK &&
	    tr_survey_writer_load(&survey.writer, options, survey.names,
	    &survey.seed, &error) == TR_OK &&
	    tr_survey_targets_gather(options, survey.seed, survey.names,
	    &survey.targets, &error) == TR_OK &&
	    (options->survey.list ||
	    tr_survey_find_routes(&survey, &error) == TR_OK) &&
	    tr_survey_writer_match(&survey.writer, survey.targets,
	    survey.names, survey.seed, &error) == TR_OK)
		status = options->survey.list ? print_targets(&survey) :
		    carry_out(&survey);
	else
		status = tr_status_of_failure(options, &error);
	close_all(&survey);
	return status;
}
