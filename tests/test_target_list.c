/*
 * Lists of targets: what each line says, and what is said of damaged ones.
 */
#include "support.h"

#include <stdbool.h>
#include <unistd.h>

#include "base/text.h"
#include "io/target_list.h"

static const struct tr_targets_config everything = {
	.seed = 1,
	.special = true,
};

/* A range in text, "-" for a damaged line, or a name behind "name ". */
static const char *
said(const char *line, char *text, size_t size)
{
	char first[TR_ADDRESS_TEXT_MAX], last[TR_ADDRESS_TEXT_MAX];
	struct tr_target_entry entry;

	switch (tr_target_parse(line, &entry)) {
	case TR_TARGET_RANGE:
		text[0] = '\0';
		tr_text_append(text, size, "%s %s",
		    tr_address_text(&entry.first, first, sizeof(first)),
		    tr_address_text(&entry.last, last, sizeof(last)));
		return text;
	case TR_TARGET_NAME:
		text[0] = '\0';
		tr_text_append(text, size, "name %s", entry.name);
		return text;
	default:
		return "-";
	}
}

static void
lines_say(void **state)
{
	static const struct {
		const char *line, *wanted;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1 192.0.2.1" },
		{ "  192.0.2.1\tcore router", "192.0.2.1 192.0.2.1" },
		{ "192.0.2.1# core", "192.0.2.1 192.0.2.1" },
		{ "192.0.2.1 #-", "192.0.2.1 192.0.2.1" },
		{ "192.0.2.77/24", "192.0.2.0 192.0.2.255" },
		{ "192.0.2.77/31 x", "192.0.2.76 192.0.2.77" },
		{ "0.0.0.0/0", "0.0.0.0 255.255.255.255" },
		{ "192.0.2.0-192.0.2.9", "192.0.2.0 192.0.2.9" },
		{ "192.0.2.0-192.0.3.9#", "192.0.2.0 192.0.3.9" },
		{ "192.0.2.0 - 192.0.2.9 x", "192.0.2.0 192.0.2.9" },
		{ "192.0.2.0\t-192.0.2.9", "192.0.2.0 192.0.2.9" },
		{ "192.0.2.0- 192.0.2.9", "192.0.2.0 192.0.2.9" },
		{ "192.0.2.9-192.0.2.9", "192.0.2.9 192.0.2.9" },
		{ "::1", "::1 ::1" },
		{ "2001:DB8::/33",
		    "2001:db8:: 2001:db8:7fff:ffff:ffff:ffff:ffff:ffff" },
		{ "::ffff:1.2.3.4", "::ffff:1.2.3.4 ::ffff:1.2.3.4" },
		{ "2001:db8::1-2001:db8::ff", "2001:db8::1 2001:db8::ff" },
		{ "2001:db8::1 - 2001:db8::ff",
		    "2001:db8::1 2001:db8::ff" },
		{ "example.com", "name example.com" },
		{ "www.Example.com. tag", "name www.Example.com." },
		{ "cafe", "name cafe" },
		{ "cafe-1.example", "name cafe-1.example" },
		{ "1-2.example", "name 1-2.example" },
		{ "1.2.3.4-static.example", "name 1.2.3.4-static.example" },
		{ "_x.example", "name _x.example" },
		{ "xn--bcher-kva.example", "name xn--bcher-kva.example" },

		/* Addresses and ranges gone wrong are no names. */
		{ "", "-" }, { " ", "-" }, { "#", "-" }, { "-", "-" },
		{ "192.0.2", "-" }, { "192.0.2.256", "-" },
		{ "192.0.2.01", "-" }, { "192.0.2.1.", "-" },
		{ "192.0.2.0/33", "-" }, { "192.0.2.0/", "-" },
		{ "192.0.2.0/24/", "-" }, { "/24", "-" },
		{ "192.0.2.1-9", "-" }, { "192.0.2.1 - 9", "-" },
		{ "192.0.2.1-", "-" }, { "192.0.2.1 -", "-" },
		{ "192.0.2.9-192.0.2.1", "-" }, { "192.0.2.9-::1", "-" },
		{ "192.0.2.1 - core router", "-" },
		{ "192.0.2.0/24 - 192.0.3.0/24", "-" },
		{ "192.0.2.0-192.0.2.9-192.0.2.20", "-" },
		{ "192.0.2.1,core", "-" }, { "192.0.2.1:80", "-" },
		{ "[2001:db8::1]", "-" }, { "fe80::1%eth0", "-" },
		{ "2001:db8::/129", "-" }, { "12345", "-" },
		{ "http://example.com/", "-" }, { "example..com", "-" },
		{ ".example.com", "-" }, { ".", "-" },
		{ "-x.example", "-" }, { "x.-y.example", "-" },
		{ "ex\x01mple.com", "-" }, { "b\xc3\xbc" "cher.example", "-" },
		{ "a.example - b.example", "-" },
	};
	char text[2 * TR_TARGET_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(said(rows[i].line, text, sizeof(text)),
		    rows[i].wanted) != 0)
			fail_msg("\"%s\" is %s, not %s", rows[i].line, said(
			    rows[i].line, text, sizeof(text)),
			    rows[i].wanted);
}

/* Names of 253 characters, and labels of 63, are the longest. */
static void
names_are_bounded(void **state)
{
	struct tr_target_entry entry;
	char name[300];

	(void)state;
	memset(name, 'a', sizeof(name));
	for (size_t i = 63; i < sizeof(name); i += 64)
		name[i] = '.';
	name[253] = '\0';
	assert_int_equal(tr_target_parse(name, &entry), TR_TARGET_NAME);
	assert_string_equal(entry.name, name);
	name[253] = '.';
	name[254] = '\0';
	assert_int_equal(tr_target_parse(name, &entry), TR_TARGET_NAME);
	assert_string_equal(entry.name, name);
	name[253] = 'a';
	assert_int_equal(tr_target_parse(name, &entry), TR_TARGET_DAMAGED);
	name[252] = '.';
	name[253] = '\0';
	name[63] = 'a';
	assert_int_equal(tr_target_parse(name, &entry), TR_TARGET_DAMAGED);
}

/* --- whole lists -------------------------------------------------------- */

struct names {
	char	text[256];
	unsigned count;
	unsigned refused_at;	/* that many fit; 0: all do */
};

static int
take_name(void *context, const char *name)
{
	struct names *names = context;

	if (++names->count == names->refused_at)
		return TR_ENOMEM;
	tr_text_append(names->text, sizeof(names->text), "%s ", name);
	return TR_OK;
}

struct reading {
	struct tr_target_list list;
	struct tr_targets *targets;
	struct names names;
	struct tr_error error;
};

static void
begin(struct reading *reading)
{
	memset(reading, 0, sizeof(*reading));
	reading->targets = tr_targets_new(&everything);
	assert_non_null(reading->targets);
	tr_target_list_init(&reading->list, "t.txt", reading->targets,
	    take_name, &reading->names);
}

/* Read a text as a file that comes through a pipe. */
static int
read_text(struct reading *reading, struct tr_target_list *list,
    const char *text, size_t size)
{
	int ends[2], status;

	/* It fits into the pipe as a whole. */
	assert_in_range(size, 0, 60000);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, size), size);
	close(ends[1]);
	status = tr_target_list_read(list, ends[0], &reading->error);
	close(ends[0]);
	return status;
}

static uint64_t
count_and_free(struct reading *reading)
{
	uint64_t count;

	assert_int_equal(tr_targets_seal(reading->targets, NULL), TR_OK);
	count = tr_targets_count(reading->targets);
	tr_targets_free(reading->targets);
	return count;
}

static const char list_text[] =
    "# two networks\n"
    "192.0.2.0/29 lab\r\n"
    "\n"
    "198.51.100.1-198.51.100.4\r\n"
    " \t\r\n"
    "% and some hosts\n"
    "2001:db8::1\n"
    "www.example.com\t# by name\r\n"
    "192.0.2.300\n"
    "192.0.2.1\n"
    "mail.example.com";

static void
a_list(void **state)
{
	struct reading reading;
	char warning[256];

	(void)state;
	begin(&reading);
	assert_int_equal(read_text(&reading, &reading.list, list_text,
	    strlen(list_text)), TR_OK);
	assert_int_equal(reading.list.lines.good, 6);
	assert_int_equal(reading.list.lines.damaged, 1);
	assert_int_equal(reading.list.lines.number, 11);
	assert_int_equal(reading.list.names, 2);
	assert_string_equal(reading.names.text,
	    "www.example.com mail.example.com ");
	tr_target_list_warning(&reading.list, warning, sizeof(warning));
	assert_string_equal(warning, "t.txt: 1 line is left out, the first is "
	    "line 9: \"192.0.2.300\"");
	assert_int_equal(count_and_free(&reading), 8 + 4 + 1);
}

/* The same comes of pieces of any size. */
static void
a_list_in_pieces(void **state)
{
	const size_t size = strlen(list_text);

	(void)state;
	for (size_t piece = 1; piece <= size; piece++) {
		struct reading reading;

		begin(&reading);
		for (size_t at = 0; at < size; at += piece)
			assert_int_equal(tr_lines_feed(&reading.list.lines,
			    list_text + at, size - at < piece ? size - at :
			    piece, &reading.error), TR_OK);
		assert_int_equal(tr_lines_end(&reading.list.lines,
		    &reading.error), TR_OK);
		assert_int_equal(reading.list.lines.good, 6);
		assert_int_equal(reading.list.names, 2);
		assert_int_equal(count_and_free(&reading), 8 + 4 + 1);
	}
}

static void
lines_of_any_length(void **state)
{
	static char text[40000];
	struct reading reading;
	char *end = text;

	(void)state;
	/* A tag without end; a comment, and a word, that are too long. */
	memset(text, 'x', sizeof(text));
	memcpy(text, "192.0.2.1 ", 10);
	text[9999] = '\n';
	text[10000] = '#';
	text[19999] = '\n';
	text[29999] = '\n';
	end = text + 30000;
	memcpy(end, "192.0.2.2\n", 10);
	begin(&reading);
	assert_int_equal(read_text(&reading, &reading.list, text, 30010),
	    TR_OK);
	assert_int_equal(reading.list.lines.good, 2);
	assert_int_equal(reading.list.lines.damaged, 1);
	assert_int_equal(reading.list.lines.first_damaged, 3);
	assert_int_equal(reading.names.count, 0);
	assert_int_equal(count_and_free(&reading), 2);
}

/* The end of what is kept must not make a word another. */
static void
no_word_is_cut(void **state)
{
	static char text[6000];
	struct reading reading;
	struct tr_address at;
	char shown[TR_ADDRESS_TEXT_MAX];

	(void)state;
	for (size_t blanks = TR_LINE_MAX - 20; blanks < TR_LINE_MAX + 2;
	    blanks++) {
		memset(text, ' ', blanks);
		memcpy(text + blanks, "192.0.2.177 tag\n192.0.2.9\n", 27);
		begin(&reading);
		assert_int_equal(read_text(&reading, &reading.list, text,
		    blanks + 26), TR_OK);
		assert_int_equal(tr_targets_seal(reading.targets, NULL),
		    TR_OK);
		assert_int_equal(reading.list.lines.good +
		    reading.list.lines.damaged, 2);
		for (uint64_t i = 0; i < reading.list.lines.good; i++) {
			at = tr_targets_at(reading.targets, i);
			tr_address_text(&at, shown, sizeof(shown));
			assert_true(strcmp(shown, "192.0.2.177") == 0 ||
			    strcmp(shown, "192.0.2.9") == 0);
		}
		tr_targets_free(reading.targets);
	}
}

/* Of one family, what is of the other is no damage, and is counted. */
static void
a_list_of_one_family(void **state)
{
	static const struct {
		uint8_t	 family;
		uint64_t count, others;
	} rows[] = {
		{ 4, 8 + 4, 1 }, { 6, 1, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading reading;

		begin(&reading);
		reading.list.family = rows[i].family;
		assert_int_equal(read_text(&reading, &reading.list, list_text,
		    strlen(list_text)), TR_OK);
		assert_int_equal(reading.list.lines.good, 6);
		assert_int_equal(reading.list.lines.damaged, 1);
		assert_int_equal(reading.list.of_other_family,
		    rows[i].others);
		assert_int_equal(count_and_free(&reading), rows[i].count);
	}
}

/* Bytes of 0 must not hide what stands behind them. */
static void
a_zero_is_damage(void **state)
{
	static const char text[] = "192.0.2.1\0 x\n192.0.2.2\n";
	struct reading reading;

	(void)state;
	begin(&reading);
	assert_int_equal(read_text(&reading, &reading.list, text,
	    sizeof(text) - 1), TR_OK);
	assert_int_equal(reading.list.lines.damaged, 1);
	assert_int_equal(count_and_free(&reading), 1);
}

static void
assert_fails(const char *text, size_t size, int code, const char *wanted)
{
	struct reading reading;

	begin(&reading);
	assert_int_equal(read_text(&reading, &reading.list, text, size),
	    code);
	if (strstr(reading.error.text, wanted) == NULL)
		fail_msg("\"%s\" has no \"%s\"", reading.error.text, wanted);
	tr_targets_free(reading.targets);
}

static void
what_is_no_list(void **state)
{
	char damaged[1024] = "";
	struct reading reading;

	(void)state;
	assert_fails("", 0, TR_EFORMAT, "t.txt has no line in it; accepted "
	    "are an address, a prefix, a range such as 192.0.2.1-192.0.2.9, a "
	    "name");
	assert_fails("# x\n", 4, TR_EFORMAT, "t.txt has no line in it");
	assert_fails("1.2.3\n4.5.6\n", 12, TR_EFORMAT,
	    "t.txt, line 1: \"1.2.3\" is not understood");
	assert_fails("\x1f\x8b\x08\x00", 4, TR_EFORMAT, "gunzip it first");
	for (int i = 0; i < TR_LINES_DOUBTFUL; i++)
		tr_text_append(damaged, sizeof(damaged), "\x1b[2J\n");
	tr_text_append(damaged, sizeof(damaged), "192.0.2.1\n");
	assert_fails(damaged, strlen(damaged), TR_EFORMAT,
	    "t.txt, line 1: \"?[2J\" is not understood");

	begin(&reading);
	assert_int_equal(tr_target_list_read(&reading.list, -1,
	    &reading.error), TR_ESYSTEM);
	assert_non_null(strstr(reading.error.text, "t.txt: "));
	tr_targets_free(reading.targets);
}

static void
names_may_be_too_many(void **state)
{
	struct reading reading;

	(void)state;
	begin(&reading);
	reading.names.refused_at = 2;
	assert_int_equal(read_text(&reading, &reading.list, "a\nb\nc\n", 6),
	    TR_ENOMEM);
	assert_string_equal(reading.error.text,
	    "t.txt: out of memory at line 2");
	assert_int_equal(reading.list.names, 1);
	tr_targets_free(reading.targets);
}

static void
names_may_be_no_targets(void **state)
{
	struct reading reading;

	(void)state;
	begin(&reading);
	tr_target_list_init(&reading.list, "t.txt", reading.targets, NULL,
	    NULL);
	assert_int_equal(read_text(&reading, &reading.list,
	    "192.0.2.1\na.example\n", 20), TR_OK);
	assert_int_equal(reading.list.lines.damaged, 1);
	assert_int_equal(reading.list.names, 0);
	assert_int_equal(count_and_free(&reading), 1);
}

static int
exclude(struct reading *reading, const char *text)
{
	struct tr_target_list exclusions;

	tr_target_list_init_exclusions(&exclusions, "no.txt",
	    reading->targets);
	return read_text(reading, &exclusions, text, strlen(text));
}

static void
exclusions(void **state)
{
	struct reading reading;
	struct tr_targets_left_out left_out;

	(void)state;
	begin(&reading);
	assert_int_equal(exclude(&reading, ""), TR_OK);
	assert_int_equal(exclude(&reading, "# nothing yet\n"), TR_OK);
	assert_int_equal(exclude(&reading, "192.0.2.0/31 # lab\r\n"
	    "192.0.2.4-192.0.2.5\n2001:db8::1\n"), TR_OK);
	assert_int_equal(read_text(&reading, &reading.list, list_text,
	    strlen(list_text)), TR_OK);
	assert_int_equal(tr_targets_seal(reading.targets, NULL), TR_OK);
	tr_targets_left_out(reading.targets, &left_out);
	assert_int_equal(left_out.excluded, 5);
	assert_int_equal(tr_targets_count(reading.targets), 8 + 4 - 4);
	tr_targets_free(reading.targets);
}

/* What is not understood would be probed: that must not go unsaid. */
static void
exclusions_are_strict(void **state)
{
	static const char *const bad[] = {
		"192.0.2.0/24\n# x\n198.51.100.0/240\n203.0.113.0/24\n",
		"192.0.2.0/24\n# x\n198.51.100.0/240",
		"\n\nwww.example.com\n",
		"\n\nwww.example.com",
	};
	struct reading reading;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin(&reading);
		assert_int_equal(exclude(&reading, bad[i]), TR_EFORMAT);
		assert_non_null(strstr(reading.error.text,
		    "no.txt, line 3: \""));
		assert_non_null(strstr(reading.error.text,
		    "\" is not understood; accepted are an address, a prefix, "
		    "a range such as 192.0.2.1-192.0.2.9"));
		assert_null(strstr(reading.error.text, "a name"));
		tr_targets_free(reading.targets);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_say),
		cmocka_unit_test(names_are_bounded),
		cmocka_unit_test(a_list),
		cmocka_unit_test(a_list_in_pieces),
		cmocka_unit_test(lines_of_any_length),
		cmocka_unit_test(no_word_is_cut),
		cmocka_unit_test(a_list_of_one_family),
		cmocka_unit_test(a_zero_is_damage),
		cmocka_unit_test(what_is_no_list),
		cmocka_unit_test(names_may_be_too_many),
		cmocka_unit_test(names_may_be_no_targets),
		cmocka_unit_test(exclusions),
		cmocka_unit_test(exclusions_are_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
