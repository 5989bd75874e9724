/*
 * A survey that is killed at random moments, again and again, and goes on from
 * its state: each target is in the output once, and no more of them are done
 * again than were under way.
 */
#include "support.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "config.h"

#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "base/random.h"
#include "io/clock.h"
#include "io/spool.h"
#include "io/survey_state.h"
#include "io/whole_file.h"

#define TARGETS		UINT64_C(150000)
#define WINDOW		400u
#define KILLS		50
#define LIFE_MAX	15000u		/* us */
#define FILE_TEXT	6000u
#define TEXT_MAX	((size_t)1 << 20)

static char folder[] = "/tmp/test_survey_resume.XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[sizeof(folder) + 100];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* --- the survey, in a process of its own -------------------------------- */

/* What all of these processes have in common. */
struct common {
	_Atomic uint64_t traced;	/* targets, each time that they were */
};

struct survey {
	struct tr_survey_state state;	/* the writer's, once it runs */
	char	 path[sizeof(folder) + 100];
	struct tr_spool *spool;
	struct common *common;
	bool	 compressed;

	uint64_t window[WINDOW];	/* targets under way */
	uint32_t held;
	uint64_t next;			/* the target that is begun next */
	uint64_t given;			/* records */
};

static void
form(void *context, const void *message, size_t size, struct tr_buffer *text)
{
	struct survey *survey = context;
	uint64_t place;

	(void)size;
	memcpy(&place, message, sizeof(place));
	tr_buffer_print(text, "%llu\n", (unsigned long long)place);
	if (tr_places_add(&survey->state.done, place) != TR_OK)
		text->bad = true;
	survey->state.numbers[0]++;
}

static int
commit(void *context, const struct tr_spool_commit *commit,
    struct tr_error *error)
{
	struct survey *survey = context;

	survey->state.output = commit->place;
	return tr_survey_state_save(&survey->state, survey->path, false,
	    error);
}

static void
die(const char *why)
{
	fprintf(stderr, "# %s\n", why);
	_exit(1);
}

static void
open_spool(struct survey *survey, bool resumes)
{
	const struct tr_outlet_place place = survey->state.output;
	const struct tr_spool_config config = {
		.outlet = { .folder = folder, .stem = "survey",
		    .suffix = ".txt", .compressed = survey->compressed,
		    .resumed = resumes ? &place : NULL },
		.file_text = FILE_TEXT,
		.commit_time = TR_MILLISECOND,
		.ring = 4096,
		.form = form,
		.commit = commit,
		.context = survey,
	};
	struct tr_error error;

	survey->spool = tr_spool_open(&config, &error);
	if (survey->spool == NULL)
		die(error.text);
}

/*
 * Begin targets that are not done, in turn.  Those of which the record is not
 * safe count as under way.  (Whether they are done is asked of a copy: the
 * state is the writer's.)
 */
static void
begin_targets(struct survey *survey, const struct tr_places *done)
{
	const uint64_t unsafe = survey->given -
	    tr_spool_committed(survey->spool);

	while (survey->held + unsafe < WINDOW && survey->next < TARGETS) {
		if (!tr_places_has(done, survey->next))
			survey->window[survey->held++] = survey->next;
		survey->next++;
	}
}

static void
end_target(struct survey *survey, uint32_t at)
{
	const struct iovec part = {
		&survey->window[at], sizeof(*survey->window),
	};
	int status;

	atomic_fetch_add(&survey->common->traced, 1);
	while ((status = tr_spool_put(survey->spool, &part, 1)) ==
	    TR_ENOMEM)
		tr_spool_wait(survey->spool, TR_TIME_NEVER);
	if (status != TR_OK)
		die("the spool failed");
	survey->given++;
	survey->window[at] = survey->window[--survey->held];
}

static void
run_survey(struct survey *survey)
{
	struct tr_places done = { .count = 0 };
	struct tr_random random;
	struct tr_error error;
	const int status = tr_survey_state_load(&survey->state, survey->path,
	    &error);

	tr_random_seed(&random, (uint64_t)tr_clock_monotonic());
	if (status != TR_OK && status != TR_ENOTFOUND)
		die(error.text);
	survey->state.target_count = TARGETS;
	survey->state.number_count = 1;
	if (tr_places_begin(&done, survey->state.done.base) != TR_OK)
		die("no places");
	for (size_t i = 0; i < tr_places_words(&survey->state.done); i++)
		if (tr_places_put(&done, tr_places_word(&survey->state.done,
		    i)) != TR_OK)
			die("no places");
	open_spool(survey, status == TR_OK);
	for (;;) {
		begin_targets(survey, &done);
		if (survey->held > 0)
			end_target(survey, tr_random_below(&random,
			    survey->held));
		else if (survey->next == TARGETS)
			break;
		else
			usleep(100);
	}
	if (tr_spool_close(survey->spool, TR_TIME_NEVER, &error) != TR_OK)
		die(error.text);
}

/* Run it for so long, in us; 0: to its end.  Did it come there? */
static bool
survives(struct common *common, bool compressed, unsigned life)
{
	struct survey *survey;
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		survey = calloc(1, sizeof(*survey));
		if (survey == NULL)
			die("no memory");
		snprintf(survey->path, sizeof(survey->path), "%s",
		    path_of("state"));
		survey->common = common;
		survey->compressed = compressed;
		run_survey(survey);
		_exit(0);
	}
	if (life > 0) {
		usleep(life);
		kill(child, SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	else
		assert_int_equal(WTERMSIG(status), SIGKILL);
	return WIFEXITED(status);
}

/* --- what became of it -------------------------------------------------- */

static void
unpack(struct tr_buffer *text)
{
#ifdef HAVE_ZSTD
	char *plain = malloc(TEXT_MAX);
	size_t size;

	assert_non_null(plain);
	size = ZSTD_decompress(plain, TEXT_MAX, text->bytes, text->used);
	if (ZSTD_isError(size))
		fail_msg("%s", ZSTD_getErrorName(size));
	tr_buffer_empty(text);
	tr_buffer_add(text, plain, size);
	free(plain);
#else
	(void)text;
#endif
}

/* Count the numbers in a file, and remove it; false for no file. */
static bool
count_file(const char *name, bool compressed, uint8_t *seen)
{
	struct tr_buffer text = { .bytes = NULL };
	struct tr_error error;
	char *line, *end;

	if (tr_whole_file_read(path_of(name), TEXT_MAX, &text, &error) !=
	    TR_OK)
		return false;
	if (compressed)
		unpack(&text);
	tr_buffer_add(&text, "", 1);
	for (line = text.bytes; *line != '\0'; line = end + 1) {
		const uint64_t place = strtoull(line, &end, 10);

		assert_true(end > line && *end == '\n' && place < TARGETS);
		seen[place]++;
	}
	tr_buffer_clear(&text);
	unlink(path_of(name));
	return true;
}

static void
assert_each_once(bool compressed)
{
	uint8_t *seen = calloc(TARGETS, 1);
	unsigned files = 0;
	char name[64];

	assert_non_null(seen);
	do
		snprintf(name, sizeof(name), "survey-%06u.txt%s", ++files,
		    compressed ? ".zst" : "");
	while (count_file(name, compressed, seen));
	assert_true(files > 100);
	for (uint64_t i = 0; i < TARGETS; i++)
		if (seen[i] != 1)
			fail_msg("target %llu is there %d times",
			    (unsigned long long)i, seen[i]);
	free(seen);
}

static void
assert_state(void)
{
	struct tr_survey_state state = { .seed = 0 };
	struct tr_error error;

	if (tr_survey_state_load(&state, path_of("state"), &error) != TR_OK)
		fail_msg("%s", error.text);
	assert_int_equal(tr_places_first(&state.done), TARGETS);
	assert_int_equal(state.done.count, TARGETS);
	/* What a caller counts goes on as well. */
	assert_int_equal(state.numbers[0], TARGETS);
	tr_survey_state_clear(&state);
	unlink(path_of("state"));
}

static void
killed_again_and_again(bool compressed, int kills)
{
	struct common *common = mmap(NULL, sizeof(*common),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct tr_random random;
	int killed = 0;

	assert_true(common != MAP_FAILED);
	tr_random_seed(&random, (uint64_t)tr_clock_monotonic());
	for (int i = 0; i < kills; i++)
		killed += !survives(common, compressed,
		    1 + tr_random_below(&random, LIFE_MAX));
	assert_true(survives(common, compressed, 0));
	assert_each_once(compressed);
	assert_state();
	assert_in_range(atomic_load(&common->traced), TARGETS,
	    TARGETS + (uint64_t)killed * WINDOW);
	print_message("# killed %d times, %llu targets traced again\n",
	    killed, (unsigned long long)(common->traced - TARGETS));
	assert_true(killed > kills / 2);
	assert_int_equal(munmap(common, sizeof(*common)), 0);
}

static void
killed_while_it_writes(void **state)
{
	(void)state;
	killed_again_and_again(false, KILLS);
}

#ifdef HAVE_ZSTD
static void
killed_while_it_compresses(void **state)
{
	(void)state;
	killed_again_and_again(true, KILLS);
}
#endif

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(path_of("state.new"));
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_while_it_writes),
#ifdef HAVE_ZSTD
		cmocka_unit_test(killed_while_it_compresses),
#endif
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
