/*
 * The state of a survey: written and read again, damaged in every byte, of
 * another kind, version or survey.
 */
#include "support.h"

#include <sys/stat.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "io/survey_state.h"
#include "io/whole_file.h"

static char folder[] = "/tmp/test_survey_state.XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[sizeof(folder) + 100];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* Free with tr_survey_state_clear(). */
static struct tr_survey_state
some_state(void)
{
	struct tr_survey_state state = {
		.seed = 42,
		.targets = UINT64_C(0xfedcba9876543210),
		.target_count = 1000,
		.options = 7,
		.options_text = "-T -p 443",
		.output = { "survey-000003.jsonl.zst", 1234, 98765 },
		.numbers = { 1, UINT64_MAX, 0 },
		.number_count = 3,
	};

	for (uint64_t i = 0; i < 200; i++)
		if (i != 64 && i != 150)
			assert_int_equal(tr_places_add(&state.done, i), TR_OK);
	return state;
}

static void
assert_text(const struct tr_survey_state *state, const char *wanted)
{
	struct tr_buffer text = { .bytes = NULL };

	tr_survey_state_write(state, &text);
	tr_buffer_add(&text, "", 1);
	assert_false(text.bad);
	assert_string_equal(text.bytes, wanted);
	tr_buffer_clear(&text);
}

static void
load(struct tr_survey_state *state, const char *path)
{
	struct tr_error error;

	memset(state, 0, sizeof(*state));
	if (tr_survey_state_load(state, path, &error) != TR_OK)
		fail_msg("%s", error.text);
}

/* The format is in the header; the checksum was made by another program. */
static void
what_is_written(void **unused)
{
	struct tr_survey_state state = some_state();

	(void)unused;
	assert_text(&state, "trueroute-survey 1\n"
	    "seed 000000000000002a\n"
	    "targets fedcba9876543210 1000\n"
	    "options 0000000000000007 -T -p 443\n"
	    "names 0000000000000000 0\n"
	    "output 1234 98765 survey-000003.jsonl.zst\n"
	    "numbers 3 1 18446744073709551615 0\n"
	    "done 64 fffffffffffffffe ffffffffffbfffff 00000000000000ff\n"
	    "check 751c824980362ed6\n");
	tr_survey_state_clear(&state);
	assert_text(&state, "trueroute-survey 1\n"
	    "seed 0000000000000000\n"
	    "targets 0000000000000000 0\n"
	    "options 0000000000000000 \n"
	    "names 0000000000000000 0\n"
	    "output 0 0 \n"
	    "numbers 0\n"
	    "done 0\n"
	    "check 0ee41bb996243cf6\n");
}

static void
assert_same(const struct tr_survey_state *a, const struct tr_survey_state *b)
{
	assert_true(a->seed == b->seed && a->targets == b->targets &&
	    a->target_count == b->target_count && a->options == b->options);
	assert_string_equal(a->options_text, b->options_text);
	assert_string_equal(a->output.file, b->output.file);
	assert_true(a->output.offset == b->output.offset &&
	    a->output.text == b->output.text);
	assert_int_equal(a->number_count, b->number_count);
	assert_memory_equal(a->numbers, b->numbers, sizeof(a->numbers));
	assert_int_equal(a->done.count, b->done.count);
	for (uint64_t i = 0; i < a->target_count + 100; i++)
		assert_int_equal(tr_places_has(&a->done, i),
		    tr_places_has(&b->done, i));
}

static void
read_as_written(void **unused)
{
	struct tr_survey_state state = some_state(), loaded;
	struct tr_error error;
	const char *path = path_of("state");

	(void)unused;
	assert_int_equal(tr_survey_state_save(&state, path, false, &error),
	    TR_OK);
	load(&loaded, path);
	assert_same(&state, &loaded);
	assert_null(tr_survey_state_next_name(&loaded, NULL));
	assert_int_equal(access(path_of("state.names"), F_OK), -1);
	assert_int_equal(access(path_of("state.new"), F_OK), -1);

	/* On from there, and over what is there. */
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(tr_places_add(&loaded.done, i), TR_OK);
	snprintf(loaded.options_text, sizeof(loaded.options_text),
	    "50%% of\ttabs\nand \xc3\xa4");
	loaded.output = (struct tr_outlet_place){ .file = "" };
	assert_int_equal(tr_survey_state_save(&loaded, path, true, &error),
	    TR_OK);
	tr_survey_state_clear(&state);
	load(&state, path);
	assert_same(&state, &loaded);
	assert_int_equal(state.done.count, 1000);
	tr_survey_state_clear(&loaded);
	tr_survey_state_clear(&state);
	unlink(path);
}

static void
names_are_kept_beside_it(void **unused)
{
	struct tr_survey_state state = some_state(), loaded;
	const char *path = path_of("state"), *name = NULL;
	char text[TR_SURVEY_NAME_MAX + 1];
	struct stat first, second;
	struct tr_error error;

	(void)unused;
	assert_int_equal(tr_survey_state_add_name(&state, ""), TR_ERANGE);
	memset(text, 'x', TR_SURVEY_NAME_MAX);
	text[TR_SURVEY_NAME_MAX] = '\0';
	assert_int_equal(tr_survey_state_add_name(&state, text), TR_ERANGE);
	assert_null(tr_survey_state_next_name(&state, NULL));
	text[TR_SURVEY_NAME_MAX - 1] = '\0';
	assert_int_equal(tr_survey_state_add_name(&state, text), TR_OK);
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "h%d.example 192.0.2.%d%%\n", i,
		    i % 256);
		assert_int_equal(tr_survey_state_add_name(&state, text),
		    TR_OK);
	}
	assert_int_equal(tr_survey_state_save(&state, path, false, &error),
	    TR_OK);
	assert_int_equal(stat(path_of("state.names"), &first), 0);
	/* It is written once. */
	assert_int_equal(tr_survey_state_save(&state, path_of("state"), false,
	    &error), TR_OK);
	assert_int_equal(stat(path_of("state.names"), &second), 0);
	assert_true(first.st_ino == second.st_ino);

	load(&loaded, path_of("state"));
	assert_int_equal(loaded.name_count, 1001);
	assert_true(loaded.names_saved);
	name = tr_survey_state_next_name(&loaded, NULL);
	assert_int_equal(strlen(name), TR_SURVEY_NAME_MAX - 1);
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "h%d.example 192.0.2.%d%%\n", i,
		    i % 256);
		name = tr_survey_state_next_name(&loaded, name);
		assert_string_equal(name, text);
	}
	assert_null(tr_survey_state_next_name(&loaded, name));
	tr_survey_state_clear(&loaded);

	/* Those of another survey, or none. */
	assert_int_equal(tr_survey_state_add_name(&state, "one more"), TR_OK);
	assert_int_equal(tr_survey_state_save(&state, path_of("other"), false,
	    &error), TR_OK);
	snprintf(text, sizeof(text), "%s", path_of("other.names"));
	assert_int_equal(rename(text, path_of("state.names")), 0);
	assert_int_equal(tr_survey_state_load(&loaded, path_of("state"),
	    &error), TR_EFORMAT);
	assert_non_null(strstr(error.text, "/state.names has other names than "
	    "the state that it stands beside"));
	assert_int_equal(tr_survey_state_load(&loaded, path_of("other"),
	    &error), TR_ENOTFOUND);
	assert_non_null(strstr(error.text,
	    "/other.names: No such file or directory"));
	tr_survey_state_clear(&state);
	unlink(path_of("state"));
	unlink(path_of("other"));
	unlink(path_of("state.names"));
}

/* --- damage ------------------------------------------------------------- */

/* Reads a text; the code, with the text of it in error. */
static int
read_text(const char *text, size_t size, struct tr_error *error)
{
	struct tr_survey_state state = { .seed = 0 };
	uint8_t *copy = exact_copy((const uint8_t *)text, size);
	const int status = tr_survey_state_read(&state, (const char *)copy,
	    size, "a\nstate", error);

	if (status != TR_OK) {
		assert_null(state.done.words);
		assert_int_equal(state.target_count, 0);
	}
	tr_survey_state_clear(&state);
	free(copy);
	return status;
}

static void
each_byte_counts(void **unused)
{
	struct tr_survey_state state = some_state();
	struct tr_buffer text = { .bytes = NULL };
	struct tr_error error;

	(void)unused;
	tr_survey_state_write(&state, &text);
	assert_int_equal(read_text(text.bytes, text.used, &error), TR_OK);
	for (size_t i = 0; i < text.used; i++) {
		for (int bit = 0; bit < 8; bit++) {
			text.bytes[i] = (char)(text.bytes[i] ^ 1 << bit);
			assert_int_not_equal(read_text(text.bytes, text.used,
			    &error), TR_OK);
			assert_null(strchr(error.text, '\n'));
			text.bytes[i] = (char)(text.bytes[i] ^ 1 << bit);
		}
		assert_int_equal(read_text(text.bytes, i, &error),
		    i < strlen("trueroute-survey 1") + 1 &&
		    i >= strlen("trueroute-survey ") ? TR_EUNSUPPORTED :
		    TR_EFORMAT);
	}
	tr_buffer_add(&text, "\n", 1);
	assert_int_equal(read_text(text.bytes, text.used, &error),
	    TR_EFORMAT);
	tr_buffer_clear(&text);
	tr_survey_state_clear(&state);
}

/* A state with one part of its text changed, and the checksum of that. */
static int
read_changed(const char *part, const char *other, struct tr_error *error)
{
	struct tr_survey_state state = some_state();
	struct tr_buffer text = { .bytes = NULL }, changed = { .bytes = NULL };
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	const char *at, *end;
	int status;

	tr_survey_state_write(&state, &text);
	tr_buffer_add(&text, "", 1);
	at = strstr(text.bytes, part);
	end = strstr(text.bytes, "check ");
	assert_true(at != NULL && end != NULL);
	tr_buffer_add(&changed, text.bytes, (size_t)(at - text.bytes));
	tr_buffer_add_text(&changed, other);
	at += strlen(part);
	tr_buffer_add(&changed, at, (size_t)(end - at));
	for (size_t i = 0; i < changed.used; i++)
		hash = (hash ^ (uint8_t)changed.bytes[i]) *
		    UINT64_C(0x100000001b3);
	tr_buffer_print(&changed, "check %016llx\n",
	    (unsigned long long)hash);
	status = read_text(changed.bytes, changed.used, error);
	tr_buffer_clear(&text);
	tr_buffer_clear(&changed);
	tr_survey_state_clear(&state);
	return status;
}

static void
what_is_wrong_is_said(void **unused)
{
	static const struct {
		const char *part, *other;
		int	code;
		const char *wanted;
	} rows[] = {
		{ "-T", "-U", TR_OK, "" },
		{ "trueroute-survey", "paris-survey", TR_EFORMAT,
		    "a?state does not begin with \"trueroute-survey 1\": it "
		    "is no state of a survey" },
		{ "survey 1", "survey 2", TR_EUNSUPPORTED, "a?state: the "
		    "state of a survey in another version than 1, which this "
		    "program knows" },
		{ "seed 0", "seed x", TR_EFORMAT, NULL },
		{ "seed ", "sead ", TR_EFORMAT, NULL },
		{ " 1000", " ", TR_EFORMAT, NULL },
		{ " 1000", " 1000 ", TR_EFORMAT, NULL },
		{ " 1000", " 18446744073709551616", TR_EFORMAT, NULL },
		{ " 1000", " -1", TR_EFORMAT, NULL },
		{ " 1000", " 200", TR_OK, "" },
		{ " 1000", " 199", TR_EFORMAT, NULL },	/* place 199 is done */
		{ " 1000", " 100", TR_EFORMAT, NULL },
		{ " 1000", " 63", TR_EFORMAT, NULL },
		{ "-T", "%", TR_EFORMAT, NULL },
		{ "-T", "%0", TR_EFORMAT, NULL },
		{ "-T", "%00", TR_EFORMAT, NULL },
		{ "-T", "%25", TR_OK, "" },
		{ "survey-0", "a-name-of-more-than-sixty-three-characters-is-"
		    "the-name-of-no-file", TR_EFORMAT, NULL },
		{ "numbers 3", "numbers 2", TR_EFORMAT, NULL },
		{ "numbers 3", "numbers 4", TR_EFORMAT, NULL },
		{ "numbers 3", "numbers 65", TR_EFORMAT, NULL },
		{ "done 64", "done 65", TR_EFORMAT, NULL },
		{ "done 64", "done 0", TR_OK, "" },
		{ "done 64", "done 9223372036854775744", TR_EFORMAT, NULL },
		{ "done 64", "done 18446744073709551552", TR_EFORMAT, NULL },
		{ " 00000000000000ff", " 00000000000000f", TR_EFORMAT, NULL },
		{ " 00000000000000ff", "", TR_OK, "" },
		{ " 00000000000000ff\n", "", TR_EFORMAT, NULL },
		{ " 00000000000000ff\n", "\n\n", TR_EFORMAT, NULL },
	};
	struct tr_error error;

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int code = read_changed(rows[i].part, rows[i].other,
		    &error);

		if (code != rows[i].code)
			fail_msg("\"%s\" for \"%s\": %d", rows[i].other,
			    rows[i].part, code);
		if (code == TR_OK)
			continue;
		assert_string_equal(error.text, rows[i].wanted != NULL ?
		    rows[i].wanted : "a?state is damaged: its lines are not "
		    "as they should be");
	}
}

static void
files_that_are_none(void **unused)
{
	struct tr_survey_state state = { .seed = 0 };
	const char *path = path_of("state");
	struct tr_error error;

	(void)unused;
	assert_int_equal(tr_survey_state_load(&state, path, &error),
	    TR_ENOTFOUND);
	assert_non_null(strstr(error.text,
	    "/state: No such file or directory"));
	assert_int_equal(tr_survey_state_load(&state, folder, &error),
	    TR_ESYSTEM);
	assert_non_null(strstr(error.text, ": Is a directory"));
	assert_int_equal(tr_whole_file_replace(path, "", 0, false, &error),
	    TR_OK);
	assert_int_equal(tr_survey_state_load(&state, path, &error),
	    TR_EFORMAT);
	/* Larger than any state can be. */
	assert_int_equal(truncate(path, (off_t)65 << 20), 0);
	assert_int_equal(tr_survey_state_load(&state, path, &error),
	    TR_ERANGE);
	unlink(path);
	assert_int_equal(tr_survey_state_save(&state, "/nowhere/state", false,
	    &error), TR_ESYSTEM);
	assert_int_equal(error.system, ENOENT);
	assert_string_equal(error.text,
	    "/nowhere/state.new: No such file or directory");
}

/* A state that could not be written leaves the one before. */
static void
the_old_one_stays(void **unused)
{
	struct tr_survey_state state = some_state(), loaded;
	const char *path = path_of("state");
	struct tr_error error;

	(void)unused;
	assert_int_equal(tr_survey_state_save(&state, path, false, &error),
	    TR_OK);
	assert_int_equal(mkdir(path_of("state.new"), 0700), 0);
	state.seed = 43;
	assert_int_equal(tr_survey_state_save(&state, path_of("state"), false,
	    &error), TR_ESYSTEM);
	assert_int_equal(rmdir(path_of("state.new")), 0);
	load(&loaded, path_of("state"));
	assert_int_equal(loaded.seed, 42);
	tr_survey_state_clear(&loaded);
	tr_survey_state_clear(&state);
	unlink(path_of("state"));
}

static void
another_survey(void **unused)
{
	struct tr_survey_state loaded = some_state(), survey = some_state();
	struct tr_error error;

	(void)unused;
	assert_int_equal(tr_survey_state_match(&loaded, &survey, "s", &error),
	    TR_OK);
	survey.targets++;
	assert_int_equal(tr_survey_state_match(&loaded, &survey, "s", &error),
	    TR_ERANGE);
	assert_string_equal(error.text, "s is of a survey of other targets "
	    "than these 1000");
	survey.target_count++;
	assert_int_equal(tr_survey_state_match(&loaded, &survey, "s", &error),
	    TR_ERANGE);
	assert_string_equal(error.text, "s is of a survey of 1000 targets, "
	    "and these are 1001");
	survey.seed++;
	assert_int_equal(tr_survey_state_match(&loaded, &survey, "s", &error),
	    TR_ERANGE);
	assert_string_equal(error.text, "s is of a survey with seed 42, not "
	    "43");
	survey.options++;
	assert_int_equal(tr_survey_state_match(&loaded, &survey, "s", &error),
	    TR_ERANGE);
	assert_string_equal(error.text, "s is of a survey with other options: "
	    "it goes on with \"-T -p 443\" only");
	tr_survey_state_clear(&loaded);
	tr_survey_state_clear(&survey);
}

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
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written),
		cmocka_unit_test(read_as_written),
		cmocka_unit_test(names_are_kept_beside_it),
		cmocka_unit_test(each_byte_counts),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(files_that_are_none),
		cmocka_unit_test(the_old_one_stays),
		cmocka_unit_test(another_survey),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
