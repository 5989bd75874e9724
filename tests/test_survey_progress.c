/*
 * How far a survey is, as it is told: a status file that is JSON whatever the
 * note says, and a standard error that takes nothing.
 */
#include "support.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/time.h"
#include "cli/survey_progress.h"
#include "io/whole_file.h"

#define PATIENCE	10	/* s; then it hangs, and the test is killed */

static const struct tr_progress_state begun = {
	.targets = 2000, .note = "",
};

static char path[] = "/tmp/test_survey_progress.XXXXXX";

static int
make_file(void **state)
{
	int file;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/test_survey_progress.XXXXXX");
	file = mkstemp(path);
	return file < 0 ? -1 : close(file);
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* --- the status file ---------------------------------------------------- */

static void
assert_status(const char *wanted)
{
	struct tr_buffer text = { .bytes = NULL };
	struct tr_error error;

	assert_int_equal(tr_whole_file_read(path, 4096, &text, &error),
	    TR_OK);
	tr_buffer_add(&text, "", 1);
	assert_string_equal(text.bytes, wanted);
	tr_buffer_clear(&text);
}

static void
test_status(void **state)
{
	struct tr_progress progress;
	struct tr_progress_state later = begun;
	struct tr_error error;

	(void)state;
	assert_int_equal(tr_progress_start(&progress, true, path, &begun, 0,
	    &error), TR_OK);
	assert_status("{\"state\":\"running\",\"targets\":2000,\"done\":0,"
	    "\"in_flight\":0,\"probes\":0,\"replies\":0,\"dropped\":0,"
	    "\"retried\":0,\"probes_per_second\":0,\"replies_per_second\":0,"
	    "\"queue_percent\":0,\"seconds\":0.0,\"seconds_left\":null,"
	    "\"note\":\"\"}\n");
	later.done = 500;
	later.probes = 8000;
	later.replies = 7000;
	later.note = "veth\"0\\1 is\ndown \xff";
	tr_progress_end(&progress, &later, 2 * TR_SECOND, "inter\"rupted");
	assert_status("{\"state\":\"inter\\\"rupted\",\"targets\":2000,"
	    "\"done\":500,\"in_flight\":0,\"probes\":8000,\"replies\":7000,"
	    "\"dropped\":0,\"retried\":0,\"probes_per_second\":0,"
	    "\"replies_per_second\":0,\"queue_percent\":0,\"seconds\":2.0,"
	    "\"seconds_left\":6.0,"
	    "\"note\":\"veth\\\"0\\\\1 is?down ?\"}\n");
}

static void
test_status_that_cannot_be(void **state)
{
	struct tr_progress progress;
	struct tr_error error;

	(void)state;
	assert_int_equal(tr_progress_start(&progress, true,
	    "/nowhere/at/all", &begun, 0, &error), TR_ESYSTEM);
	assert_string_equal(error.text, "--status: /nowhere/at/all.new: "
	    "No such file or directory");
	assert_int_equal(tr_progress_start(&progress, true, "/dev/null",
	    &begun, 0, &error), TR_ERANGE);
	assert_string_equal(error.text, "--status: /dev/null is there, and is "
	    "no regular file: it is not replaced");
}

/* --- standard error ----------------------------------------------------- */

/* Standard error as a pipe, which nobody empties. */
struct stuck {
	int	 before;	/* what it was */
	int	 reader;
};

static struct stuck
stick(void)
{
	struct stuck stuck = { .before = dup(STDERR_FILENO) };
	char waste[4096] = { 0 };
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	while (write(ends[1], waste, sizeof(waste)) > 0)
		continue;
	assert_int_equal(fcntl(ends[1], F_SETFL, 0), 0);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	close(ends[1]);
	stuck.reader = ends[0];
	return stuck;
}

/* All that is in it, waste left out. */
static void
drain(const struct stuck *stuck, char *text, size_t size)
{
	char bytes[4096];
	size_t used = 0;
	ssize_t got;

	assert_int_equal(fcntl(stuck->reader, F_SETFL, O_NONBLOCK), 0);
	while ((got = read(stuck->reader, bytes, sizeof(bytes))) > 0)
		for (ssize_t i = 0; i < got; i++)
			if (bytes[i] != '\0' && used + 1 < size)
				text[used++] = bytes[i];
	text[used] = '\0';
}

static void
unstick(const struct stuck *stuck)
{
	assert_int_equal(dup2(stuck->before, STDERR_FILENO), STDERR_FILENO);
	close(stuck->before);
	close(stuck->reader);
}

/* Nothing waits, and what was asked for is said once it can be. */
static void
test_stuck(void **state)
{
	struct tr_progress progress;
	struct tr_progress_state waiting = begun;
	struct tr_error error;
	struct stuck stuck;
	char first[512], second[512], third[512];
	bool said;

	(void)state;
	assert_int_equal(tr_progress_start(&progress, false, NULL, &begun, 0,
	    &error), TR_OK);
	progress.terminal = false;
	waiting.note = "waiting for the disk";
	stuck = stick();
	alarm(PATIENCE);
	tr_progress_tell(&progress, &waiting, TR_SECOND, true);
	said = tr_progress_say(&progress, "interrupted");
	drain(&stuck, first, sizeof(first));
	tr_progress_tell(&progress, &waiting, 2 * TR_SECOND, false);
	drain(&stuck, second, sizeof(second));
	tr_progress_tell(&progress, &waiting, 3 * TR_SECOND, false);
	said = tr_progress_say(&progress, "interrupted") && !said;
	drain(&stuck, third, sizeof(third));
	alarm(0);
	unstick(&stuck);
	assert_string_equal(first, "");
	assert_string_equal(second, "trueroute survey: waiting for the disk\n"
	    "trueroute survey: 0 of 2,000 targets, 0 probes/s, 0 replies/s, "
	    "0 dropped, time left unknown; waiting for the disk\n");
	assert_string_equal(third, "trueroute survey: interrupted\n");
	assert_true(said);
}

/* The line of a terminal is left out, and not owed. */
static void
test_terminal_that_is_held(void **state)
{
	struct tr_progress progress;
	struct tr_error error;
	struct stuck stuck;
	char text[512];

	(void)state;
	assert_int_equal(tr_progress_start(&progress, false, NULL, &begun, 0,
	    &error), TR_OK);
	progress.terminal = true;
	stuck = stick();
	alarm(PATIENCE);
	tr_progress_tell(&progress, &begun, TR_SECOND, false);
	drain(&stuck, text, sizeof(text));
	alarm(0);
	unstick(&stuck);
	assert_string_equal(text, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_status, make_file,
		    remove_file),
		cmocka_unit_test(test_status_that_cannot_be),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_terminal_that_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
