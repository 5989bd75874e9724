#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/time.h"
#include "cli/hints.h"
#include "cli/option_table.h"
#include "cli/options.h"
#include "packet/wire.h"

#define PATHS_PROBES	20000
#define PATHS_TIME	(300 * TR_SECOND)

#define LONG_ONLY	256	/* getopt's value of row 0 by its long name */

static const char *const group_titles[GROUPS] = {
	[GROUP_TARGETS] = "Targets",
	[GROUP_PROBE] = "Probes",
	[GROUP_PATHS] = "All paths",
	[GROUP_PACE] = "How far and how fast",
	[GROUP_WAY] = "Which way out",
	[GROUP_SHOW] = "What is shown and saved",
	[GROUP_LOOKUPS] = "Names, networks, privacy",
	[GROUP_SIMULATE] = "A network that is not there",
	[GROUP_OTHER] = "Other",
};

/* --- programs ----------------------------------------------------------- */

struct program {
	const char *name;	/* as it begins in argv[0] */
	enum tr_program program;
	uint8_t	 family;
};

/* Any other name is trueroute. */
static const struct program programs[] = {
	{ "traceroute", TR_PROGRAM_TRACEROUTE, 0 },
	{ "traceroute6", TR_PROGRAM_TRACEROUTE, 6 },
	{ "tcptraceroute", TR_PROGRAM_TCPTRACEROUTE, 0 },
};

const char *
tr_program_name(enum tr_program program)
{
	static const char *const names[] = {
		[TR_PROGRAM_TRUEROUTE] = "trueroute",
		[TR_PROGRAM_TRACEROUTE] = "traceroute",
		[TR_PROGRAM_TCPTRACEROUTE] = "tcptraceroute",
		[TR_PROGRAM_SURVEY] = "trueroute survey",
	};

	return names[program];
}

static void
take_program(struct tr_options *options, const char *path)
{
	const char *name = strrchr(path, '/');

	name = name != NULL ? name + 1 : path;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (strcmp(programs[i].name, name) == 0) {
			options->program = programs[i].program;
			options->family = programs[i].family;
		}
	options->unreached_is_success =
	    options->program == TR_PROGRAM_TRACEROUTE;
}

/* A host of that name is "-- survey". */
static bool
is_survey(const struct tr_options *options, int argc, char *const argv[])
{
	return options->program == TR_PROGRAM_TRUEROUTE && argc > 1 &&
	    argv[1] != NULL && strcmp(argv[1], "survey") == 0;
}

static void
set_defaults(struct tr_option_parse *parse, int argc, char *const argv[])
{
	struct tr_options *options = parse->options;

	*options = (struct tr_options){
		.trace = {
			.first_ttl = 1,
			.max_ttl = TR_OPTIONS_MAX_TTL,
			.queries = 3,
			.probes_at_once = 16,
			.wait_max = 5 * TR_SECOND,
			.wait_here = 3,
			.wait_near = 10,
		},
		.dns_wait = TR_SECOND,
		.paths = {
			.rules = { .way = TR_PLAN_LITE, .alpha = 0.05 },
			.flows_max = TR_DISCOVERY_FLOWS_MAX,
			.probes_max = PATHS_PROBES,
			.time_max = PATHS_TIME,
		},
	};
	tr_option_survey_defaults(&options->survey);
	take_program(options, argc > 0 && argv[0] != NULL ? argv[0] : "");
	if (is_survey(options, argc, argv))
		options->program = TR_PROGRAM_SURVEY;
	parse->method = tr_option_method(options->program);
	if (options->program == TR_PROGRAM_TCPTRACEROUTE) {
		options->trace.wait_max = 3 * TR_SECOND;
		options->trace.wait_here = 0;
		options->trace.wait_near = 0;
	}
	parse->rows = tr_option_rows(options->program, &parse->count);
}

/* --- driving getopt_long ------------------------------------------------ */

/* What getopt_long() is given, made from the rows. */
struct getopt_tables {
	char	 letters[2 + 2 * TR_OPTION_ROWS_MAX];
	struct option names[TR_OPTION_ROWS_MAX + 1];
};

static void
make_tables(const struct tr_option_parse *parse, struct getopt_tables *tables)
{
	struct option *option = tables->names;
	char *letter = tables->letters;

	*letter++ = ':';	/* a missing value is told apart */
	for (size_t i = 0; i < parse->count; i++) {
		const struct tr_option_row *row = &parse->rows[i];

		if (row->letter != 0) {
			*letter++ = row->letter;
			if (row->argument != NULL)
				*letter++ = ':';
		}
		if (row->name != NULL)
			*option++ = (struct option){
				.name = row->name,
				.has_arg = row->argument == NULL ?
				    no_argument : row->optional ?
				    optional_argument : required_argument,
				.val = LONG_ONLY + (int)i,
			};
	}
	*letter = '\0';
	*option = (struct option){ .name = NULL };
}

/* The row for a value that getopt_long() gave, or NULL. */
static const struct tr_option_row *
find_row(const struct tr_option_parse *parse, int value)
{
	if (value >= LONG_ONLY && value < LONG_ONLY + (int)parse->count)
		return &parse->rows[value - LONG_ONLY];
	for (size_t i = 0; i < parse->count; i++)
		if (value > 0 && parse->rows[i].letter == value)
			return &parse->rows[i];
	return NULL;
}

/* The row whose long name is nearest to the one typed, or NULL. */
static const struct tr_option_row *
nearest_row(const struct tr_option_parse *parse, const char *typed)
{
	const size_t enough = strlen(typed) < 5 ? 1 : 2;
	const struct tr_option_row *nearest = NULL;
	size_t least = enough + 1;

	for (size_t i = 0; i < parse->count; i++) {
		const char *name = parse->rows[i].name;
		const size_t distance = name == NULL ? least :
		    tr_hint_distance(typed, name);

		if (distance < least) {
			least = distance;
			nearest = &parse->rows[i];
		}
	}
	return nearest;
}

/* A beginning that several long names share. */
static int
fail_ambiguous(struct tr_option_parse *parse, const char *typed)
{
	char names[160] = "";
	size_t used = 0;
	unsigned found = 0;

	for (size_t i = 0; i < parse->count; i++) {
		const char *name = parse->rows[i].name;

		if (name == NULL || strncmp(name, typed, strlen(typed)) != 0 ||
		    used >= sizeof(names))
			continue;
		used += (size_t)snprintf(names + used, sizeof(names) - used,
		    "%s--%s", found++ > 0 ? ", " : "", name);
	}
	if (found < 2)
		return TR_OK;
	return tr_fail(parse->error, TR_ERANGE, "--%s is not enough: %s",
	    tr_option_quoted(parse, typed), names);
}

static int
fail_long(struct tr_option_parse *parse, const char *word)
{
	const struct tr_option_row *nearest;
	char typed[TR_QUOTE_MAX];
	char flag[TR_QUOTE_MAX];
	char hint[TR_HINT_MAX];
	int result;

	tr_quote(word + 2, typed);
	typed[strcspn(typed, "=")] = '\0';
	result = fail_ambiguous(parse, typed);
	if (result != TR_OK)
		return result;
	snprintf(flag, sizeof(flag), "--%.*s", (int)sizeof(flag) - 3, typed);
	if (tr_option_foreign(parse, flag, hint))
		return tr_fail(parse->error, TR_ERANGE,
		    "unknown option --%s: %s", typed, hint);
	nearest = nearest_row(parse, typed);
	if (nearest != NULL)
		return tr_fail(parse->error, TR_ERANGE,
		    "unknown option --%s: did you mean --%s?", typed,
		    nearest->name);
	return tr_fail(parse->error, TR_ERANGE,
	    "unknown option --%s: --help lists those that are", typed);
}

/*
 * An unknown letter, alone or in a word like -Pn.  Words that are one thing
 * to another tool go first.
 */
static int
fail_letter(struct tr_option_parse *parse, int letter, const char *word)
{
	char flag[3] = { '-', '?', '\0' };
	char hint[TR_HINT_MAX];

	if (letter > ' ' && letter < 0x7f)
		flag[1] = (char)letter;
	if (parse->options->program == TR_PROGRAM_TCPTRACEROUTE)
		return tr_fail(parse->error, TR_ERANGE,
		    "unknown option %s: under this name tcptraceroute's are "
		    "understood (-h lists them), under trueroute more", flag);
	if (strlen(word) > 2 && tr_option_foreign(parse, word, hint))
		return tr_fail(parse->error, TR_ERANGE,
		    "unknown option %s: %s", tr_option_quoted(parse, word),
		    hint);
	if (tr_option_foreign(parse, flag, hint))
		return tr_fail(parse->error, TR_ERANGE,
		    "unknown option %s: %s", flag, hint);
	return tr_fail(parse->error, TR_ERANGE,
	    "unknown option %s: --help lists those that are", flag);
}

/* getopt_long() gave '?' or ':'; word is the one it read last. */
static int
fail_option(struct tr_option_parse *parse, const char *word)
{
	const struct tr_option_row *row = find_row(parse, optopt);

	if (row == NULL && strncmp(word, "--", 2) == 0)
		return fail_long(parse, word);
	if (row == NULL)
		return fail_letter(parse, optopt, word);
	tr_option_flag(row, parse->flag, sizeof(parse->flag));
	if (row->argument == NULL)
		return tr_fail(parse->error, TR_ERANGE,
		    "--%s takes no value: %s", row->name,
		    tr_option_quoted(parse, word));
	return tr_fail(parse->error, TR_ERANGE,
	    "%s: the value is missing: %s is wanted%s", parse->flag,
	    row->argument, tr_option_foreign_meaning(parse));
}

/*
 * The word in which getopt_long() stopped: the one before optind, or, in
 * the middle of a cluster of letters, the one at it.
 */
static const char *
last_word(int argc, char *const argv[])
{
	const char *word = optind < argc ? argv[optind] : NULL;

	if (word != NULL && word[0] == '-' && word[1] != '-' &&
	    optopt > 0 && optopt < LONG_ONLY) {
		const char *at = strchr(word + 1, optopt);

		if (at != NULL && at[1] != '\0')
			return word;
	}
	return optind > 0 && optind <= argc ? argv[optind - 1] : "";
}

static int
take_option(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	tr_option_flag(row, parse->flag, sizeof(parse->flag));
	parse->given[row - parse->rows] = true;
	return row->set(parse, row, value);
}

/* Takes every option; operands are then what begins at argv[optind]. */
static int
take_options(struct tr_option_parse *parse, int argc, char *argv[])
{
	struct getopt_tables tables;
	const struct tr_option_row *row;
	int result = TR_OK;
	int value;

	make_tables(parse, &tables);
	optind = 0;	/* start afresh: a second call, other arguments */
	opterr = 0;
	while (result == TR_OK && parse->options->mode == TR_MODE_RUN) {
		value = getopt_long(argc, argv, tables.letters, tables.names,
		    NULL);
		if (value == -1)
			break;
		row = value == '?' || value == ':' ? NULL :
		    find_row(parse, value);
		result = row == NULL ?
		    fail_option(parse, last_word(argc, argv)) :
		    take_option(parse, row, optarg);
	}
	return result;
}

int
tr_options_parse(struct tr_options *options, int argc, char *const argv[],
    struct tr_error *error)
{
	struct tr_option_parse parse = { .options = options, .error = error };
	char **copy;	/* getopt_long() reorders what it is given */
	char empty[] = "";
	int result;

	if (argc < 0)
		argc = 0;
	set_defaults(&parse, argc, argv);
	if (options->program == TR_PROGRAM_SURVEY) {
		argc--;
		argv++;
	}
	copy = calloc((size_t)argc + 2, sizeof(*copy));
	if (copy == NULL)
		return tr_fail(error, TR_ENOMEM, "%s",
		    tr_error_phrase(TR_ENOMEM));
	for (int i = 0; i < argc; i++)
		copy[i] = argv[i];
	if (argc == 0) {
		copy[0] = empty;
		argc = 1;
	}
	result = take_options(&parse, argc, copy);
	if (result == TR_OK && options->mode == TR_MODE_RUN)
		result = tr_option_settle(&parse, copy + optind);
	free(copy);
	return result;
}

/* --- the help text ------------------------------------------------------ */

#define HELP_COLUMN	29
#define HELP_WIDTH	79

/* Write words from column HELP_COLUMN on, broken at spaces. */
static void
write_words(FILE *stream, int column, const char *words)
{
	if (column >= HELP_COLUMN) {
		fputc('\n', stream);
		column = 0;
	}
	fprintf(stream, "%*s", HELP_COLUMN - column, "");
	column = HELP_COLUMN;
	while (*words != '\0') {
		const int length = (int)strcspn(words, " ");
		const bool first = column == HELP_COLUMN;

		if (!first && column + 1 + length > HELP_WIDTH) {
			fprintf(stream, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
			continue;
		}
		column += fprintf(stream, "%s%.*s", first ? "" : " ", length,
		    words);
		words += length;
		words += strspn(words, " ");
	}
	fputc('\n', stream);
}

static void
write_row(FILE *stream, const struct tr_option_row *row)
{
	char names[64];
	char words[320];
	char range[64];

	if (row->letter != 0 && row->name != NULL)
		snprintf(names, sizeof(names), "  -%c, --%s", row->letter,
		    row->name);
	else if (row->letter != 0)
		snprintf(names, sizeof(names), "  -%c", row->letter);
	else
		snprintf(names, sizeof(names), "      --%s", row->name);
	range[0] = '\0';
	if (row->set == tr_option_set_number)
		tr_option_range(row, range, sizeof(range));
	snprintf(words, sizeof(words), row->set == tr_option_set_number ?
	    "%s; %s" : "%s", row->help, range);
	write_words(stream, fprintf(stream, "%s%s%s%s", names,
	    row->argument == NULL ? "" : row->optional ? "[=" :
	    row->name != NULL ? "=" : " ",
	    row->argument == NULL ? "" : row->argument,
	    row->optional ? "]" : ""), words);
}

static const char trueroute_head[] =
    "Usage: %s [OPTION]... HOST [LENGTH]\n"
    "       %s [OPTION]... --read FILE\n";

static const char survey_usage[] =
    "       %s survey [OPTION]... [TARGET]...  (many; see survey --help)\n";

static const char trueroute_words[] =
    "Show the route that one flow takes to HOST: a name or an address, with a\n"
    "port if need be as HOST:PORT or [ADDRESS]:PORT.  LENGTH is the size of\n"
    "the packets; default 60 for IPv4, 80 for IPv6.\n";

static const char tcptraceroute_head[] =
    "Usage: %s [OPTION]... HOST [PORT [LENGTH]]\n"
    "Show the route that a TCP connection to PORT (default 80) of HOST takes,\n"
    "with tcptraceroute's options and output.\n";

static const char survey_head[] =
    "Usage: %s [OPTION]... [TARGET]...\n"
    "Trace the routes to very many targets, many at once, each by one flow.\n"
    "A TARGET is an address, a prefix (192.0.2.0/24), a range of addresses\n"
    "(192.0.2.1-192.0.2.9) or a name.  Without any, and without --targets,\n"
    "they are read from standard input, one on a line.\n";

static const char foot[] =
    "\n"
    "Exit status: 0 %s, 2 usage or name,\n"
    "3 permission, device or system, 130 interrupted.\n";

static void
write_head(FILE *stream, enum tr_program program)
{
	const char *name = tr_program_name(program);

	switch (program) {
	case TR_PROGRAM_TCPTRACEROUTE:
		fprintf(stream, tcptraceroute_head, name);
		break;
	case TR_PROGRAM_SURVEY:
		fprintf(stream, survey_head, name);
		break;
	case TR_PROGRAM_TRUEROUTE:
	case TR_PROGRAM_TRACEROUTE:
		fprintf(stream, trueroute_head, name, name);
		if (program == TR_PROGRAM_TRUEROUTE)
			fprintf(stream, survey_usage, name);
		fputs(trueroute_words, stream);
		break;
	}
}

static const char *
success_of(enum tr_program program)
{
	switch (program) {
	case TR_PROGRAM_SURVEY:
		return "all targets done";
	case TR_PROGRAM_TRACEROUTE:
		return "reached or not";
	default:
		return "reached, 1 not reached";
	}
}

static void
write_group(FILE *stream, enum tr_option_group group,
    const struct tr_option_row *rows, size_t count)
{
	bool titled = false;

	for (size_t i = 0; i < count; i++) {
		if (rows[i].group != group)
			continue;
		if (!titled)
			fprintf(stream, "\n%s:\n", group_titles[group]);
		titled = true;
		write_row(stream, &rows[i]);
	}
}

void
tr_options_help(FILE *stream, enum tr_program program)
{
	const struct tr_option_row *rows;
	size_t count;

	rows = tr_option_rows(program, &count);
	write_head(stream, program);
	for (enum tr_option_group group = 0; group < GROUPS; group++)
		write_group(stream, group, rows, count);
	fprintf(stream, foot, success_of(program));
}

void
tr_options_warn(FILE *stream, const struct tr_options *options)
{
	const char *line = options->hint;

	while (*line != '\0') {
		const int length = (int)strcspn(line, "\n");

		fprintf(stream, "%s: %.*s\n",
		    tr_program_name(options->program), length, line);
		line += length;
		line += *line == '\n';
	}
}
