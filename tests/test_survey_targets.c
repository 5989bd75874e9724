/*
 * The names of a survey's targets as they are kept, and targets gathered with
 * names that are known: nobody is asked for them.
 */
#include "support.h"

#include "cli/survey_names.h"
#include "cli/survey_targets.h"
#include "command_line.h"

static const char *const texts[] = {
	"www.example.com 192.0.2.1 2001:db8::1",
	"four.invalid 198.51.100.4",
	"six.invalid. 2001:db8::6",
	"nothing.invalid",
};

#define TEXTS	(sizeof(texts) / sizeof(texts[0]))

static struct tr_survey_names *
names_of_texts(void)
{
	struct tr_survey_names *names = tr_survey_names_new();

	assert_non_null(names);
	for (size_t i = 0; i < TEXTS; i++)
		assert_int_equal(tr_survey_names_add_text(names, texts[i]),
		    TR_OK);
	return names;
}

static void
names_are_kept(void **state)
{
	struct tr_survey_names *names = names_of_texts();
	const struct tr_survey_name *name = NULL;
	char text[TR_SURVEY_NAME_TEXT_MAX];

	(void)state;
	assert_int_equal(tr_survey_names_count(names), TEXTS);
	for (size_t i = 0; i < TEXTS; i++) {
		name = tr_survey_names_next(names, name);
		assert_non_null(name);
		assert_string_equal(tr_survey_name_text(name, text),
		    texts[i]);
	}
	assert_null(tr_survey_names_next(names, name));
	name = tr_survey_names_find(names, "four.invalid");
	assert_non_null(name);
	assert_int_equal(name->address4.family, 4);
	assert_int_equal(name->address6.family, 0);
	assert_null(tr_survey_names_find(names, "four"));

	/* The first that was said of a name stays. */
	assert_int_equal(tr_survey_names_add_text(names,
	    "four.invalid 192.0.2.4"), TR_OK);
	assert_int_equal(tr_survey_names_count(names), TEXTS);
	assert_string_equal(tr_survey_name_text(tr_survey_names_find(names,
	    "four.invalid"), text), texts[1]);
	tr_survey_names_free(names);
	tr_survey_names_free(NULL);
}

static void
longest_texts(void **state)
{
	static const char address4[] = " 255.255.255.255";
	static const char address6[] =
	    " ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
	struct tr_survey_names *names = tr_survey_names_new();
	char line[TR_SURVEY_NAME_TEXT_MAX] = "";
	char text[TR_SURVEY_NAME_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < TR_TARGET_NAME_MAX; i++)
		line[i] = i % 64 == 63 ? '.' : 'a';
	line[TR_TARGET_NAME_MAX] = '.';
	strcat(line, address4);
	strcat(line, address6);
	assert_int_equal(tr_survey_names_add_text(names, line), TR_OK);
	assert_string_equal(tr_survey_name_text(tr_survey_names_next(names,
	    NULL), text), line);
	tr_survey_names_free(names);
}

static void
other_texts_are_refused(void **state)
{
	static const char *const wrong[] = {
		"", " ", " a.invalid", "a.invalid ", "a.invalid  192.0.2.1",
		"a.invalid 192.0.2.1 ", "a.invalid 192.0.2.256",
		"a.invalid b.invalid", "a.invalid 192.0.2.0/24",
		"a.invalid 192.0.2.1 192.0.2.2", "a.invalid ::1 ::2",
		"a.invalid 192.0.2.1 ::1 ::2", "192.0.2.1", "192.0.2.1 ::1",
		"a..invalid 192.0.2.1",
	};
	struct tr_survey_names *names = tr_survey_names_new();

	(void)state;
	assert_non_null(names);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (tr_survey_names_add_text(names, wrong[i]) != TR_EFORMAT)
			fail_msg("accepted: \"%s\"", wrong[i]);
	assert_int_equal(tr_survey_names_count(names), 0);
	tr_survey_names_free(names);
}

/* The targets of a command line, in any order, each followed by a blank. */
static void
assert_targets(struct tr_survey_names *names, const char *line,
    const char *const wanted[])
{
	struct tr_options options;
	struct tr_targets *targets;
	struct tr_error error;
	char text[TR_ADDRESS_TEXT_MAX];
	uint64_t count = 0;

	assert_int_equal(parse(line, &options, &error), TR_OK);
	if (tr_survey_targets_gather(&options, 1, names, &targets, &error) !=
	    TR_OK)
		fail_msg("%s: %s", line, error.text);
	for (; wanted[count] != NULL; count++) {
		bool found = false;

		for (uint64_t i = 0; i < tr_targets_count(targets); i++) {
			const struct tr_address at =
			    tr_targets_at(targets, i);

			tr_address_text(&at, text, sizeof(text));
			found |= strcmp(text, wanted[count]) == 0;
		}
		if (!found)
			fail_msg("%s: %s is missing", line, wanted[count]);
	}
	assert_int_equal(tr_targets_count(targets), count);
	tr_targets_free(targets);
}

static void
known_names_are_not_asked_for(void **state)
{
	struct tr_survey_names *names = names_of_texts();

	(void)state;
	assert_targets(names, "trueroute survey --special www.example.com "
	    "four.invalid six.invalid. 203.0.113.1", (const char *const[]){
	    "192.0.2.1", "2001:db8::1", "198.51.100.4", "2001:db8::6",
	    "203.0.113.1", NULL });
	assert_targets(names, "trueroute survey -4 --special www.example.com "
	    "four.invalid", (const char *const[]){ "192.0.2.1",
	    "198.51.100.4", NULL });
	assert_targets(names, "trueroute survey -6 --special www.example.com",
	    (const char *const[]){ "2001:db8::1", NULL });
	assert_targets(names, "trueroute survey --special www.example.com "
	    "--exclude 192.0.2.0/24", (const char *const[]){ "2001:db8::1",
	    NULL });
	assert_int_equal(tr_survey_names_count(names), TEXTS);
	tr_survey_names_free(names);
}

static void
assert_fails(struct tr_survey_names *names, const char *line,
    const char *wanted)
{
	struct tr_options options;
	struct tr_targets *targets;
	struct tr_error error;

	assert_int_equal(parse(line, &options, &error), TR_OK);
	assert_int_equal(tr_survey_targets_gather(&options, 1, names,
	    &targets, &error), TR_ERANGE);
	assert_null(targets);
	assert_non_null(strstr(error.text, wanted));
}

static void
what_fails(void **state)
{
	struct tr_survey_names *names = names_of_texts();

	(void)state;
	assert_fails(names, "trueroute survey nothing.invalid",
	    "nothing.invalid");
	assert_fails(names, "trueroute survey four.invalid",
	    "no target is left");	/* 198.51.100.0/24 is special */
	assert_fails(names, "trueroute survey --special -6 four.invalid",
	    "no target is left");
	assert_fails(names, "trueroute survey --targets /nowhere/at/all",
	    "--targets: /nowhere/at/all: No such file or directory");
	assert_fails(names, "trueroute survey --special ::/0",
	    "these are 2^127 targets or more");
	tr_survey_names_free(names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_kept),
		cmocka_unit_test(longest_texts),
		cmocka_unit_test(other_texts_are_refused),
		cmocka_unit_test(known_names_are_not_asked_for),
		cmocka_unit_test(what_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
