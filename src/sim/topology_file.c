#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sim/properties.h"
#include "sim/statements.h"
#include "sim/topology_file.h"

#define SEED_MOST	UINT32_MAX
#define SHOWN_MAX	64		/* of a word, in a message */
#define WORD_MAX	512		/* with its ranges written out */

/* The nodes that a line has made, and that the properties behind it are of. */
struct block {
	uint32_t first;
	uint32_t count;
};

struct parser {
	struct tr_statements statements;
	struct tr_words_lines lines;
	struct block block;
	struct tr_error *error;
};

/* --- lines -------------------------------------------------------------- */

static int
read_seed(struct tr_statements *with, struct tr_words *words)
{
	int64_t number;
	const int status = tr_words_number(words, "a seed", 0, SEED_MOST,
	    &number);

	with->topology->seed = (uint64_t)number;
	return status;
}

static int
read_prober(struct tr_statements *with, struct tr_words *words)
{
	return tr_statement_node(with, words, TR_SIM_PROBER);
}

static int
read_router(struct tr_statements *with, struct tr_words *words)
{
	return tr_statement_node(with, words, TR_SIM_ROUTER);
}

static int
read_host(struct tr_statements *with, struct tr_words *words)
{
	return tr_statement_node(with, words, TR_SIM_HOST);
}

/* Nodes first, then links, then what names them. */
enum pass {
	PASS_NODES,
	PASS_LINKS,
	PASS_REST,
	PASSES,
};

/* How a line with ranges is repeated. */
enum repetition {
	REPEAT_NONE,		/* ranges are lists */
	REPEAT_FIRST,		/* as often as its first operand says */
	REPEAT_EITHER,		/* ... or its second */
	REPEAT_CROSS,		/* each value of one with each of the other */
};

struct row {
	const char *keyword;
	enum pass pass;
	enum repetition repetition;
	int	(*read)(struct tr_statements *, struct tr_words *);
};

static const struct row rows[] = {
	{ "seed", PASS_NODES, REPEAT_NONE, read_seed },
	{ "prober", PASS_NODES, REPEAT_FIRST, read_prober },
	{ "router", PASS_NODES, REPEAT_FIRST, read_router },
	{ "host", PASS_NODES, REPEAT_FIRST, read_host },
	{ "links", PASS_LINKS, REPEAT_NONE, tr_statement_links },
	{ "link", PASS_LINKS, REPEAT_EITHER, tr_statement_link },
	{ "mesh", PASS_LINKS, REPEAT_CROSS, tr_statement_link },
	{ "tunnel", PASS_REST, REPEAT_NONE, tr_statement_tunnel },
};

static const struct row *
find_row(const char *keyword)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].keyword, keyword) == 0)
			return &rows[i];
	return NULL;
}

static char *
word_of(const struct tr_words_line *line, uint32_t number)
{
	char *const *words = line->words.items;

	return number < line->words.count ? words[number] : NULL;
}

/* The words of one instance of a line, with their own memory. */
static int
add_instance_word(struct tr_list *words, const char *word, uint32_t number)
{
	char value[WORD_MAX], *copy, **place;

	if (!tr_words_value(word, number, value, sizeof(value)))
		return TR_EFORMAT;
	copy = strdup(value);
	place = copy == NULL ? NULL : tr_list_add(words, sizeof(*place));
	if (place == NULL) {
		free(copy);
		return TR_ENOMEM;
	}
	*place = copy;
	return TR_OK;
}

static void
free_instance(struct tr_list *words)
{
	char **word = words->items;

	for (uint32_t i = 0; i < words->count; i++)
		free(word[i]);
	tr_list_clear(words);
}

/* One of the lines that a line with ranges stands for. */
struct instance {
	uint64_t count;			/* of instances */
	uint64_t number;		/* of this one, from 0 */
	uint32_t inner;			/* REPEAT_CROSS: values of the second */
	bool	 lists;			/* other ranges are lists */
};

/*
 * The value that a word takes in an instance; or -1 for all that it has, as
 * a list; or -2 where its range does not fit the line's others.
 */
static int64_t
value_in(const struct instance *instance, uint32_t place, uint32_t range)
{
	if (instance->inner > 0 && place == 1)
		return (int64_t)(instance->number / instance->inner);
	if (instance->inner > 0 && place == 2)
		return (int64_t)(instance->number % instance->inner);
	if (range == 1)
		return 0;
	if (range == instance->count && instance->inner == 0)
		return (int64_t)instance->number;
	return instance->lists ? -1 : -2;
}

/* Returns TR_OK, TR_ENOMEM, or TR_EFORMAT and says what did not fit. */
static int
make_instance(const struct tr_words_line *line,
    const struct instance *instance, struct tr_list *words,
    const char **misfit, const char **word)
{
	int status = TR_OK;

	*misfit = "a word is longer than 511 bytes";

	for (uint32_t i = 0; i < line->words.count && status == TR_OK; i++) {
		const uint32_t range = tr_words_range(*word =
		    word_of(line, i));
		const int64_t value = range == 0 ? -2 :
		    value_in(instance, i, range);

		if (value == -2) {
			*misfit = range == 0 ? "r[1-4] is a range, of at most "
			    "65536 values; several in one word have as many "
			    "each" : "a range does not fit: all of a line "
			    "have as many values";
			return TR_EFORMAT;
		}
		if (value >= 0)
			status = add_instance_word(words, *word,
			    (uint32_t)value);
		for (uint32_t j = 0; value == -1 && j < range &&
		    status == TR_OK; j++)
			status = add_instance_word(words, *word, j);
	}
	return status;
}

/* What is done with the words of one instance. */
typedef int instance_fn(struct parser *parser, struct tr_words *words,
    const struct row *row, uint32_t number);

static int
read_instance(struct parser *parser, const struct tr_words_line *line,
    const struct instance *instance, const struct row *row,
    instance_fn *read)
{
	struct tr_list list = { .items = NULL };
	struct tr_words words = {
		.file = parser->statements.topology->file,
		.line = line->number,
		.error = parser->error,
	};
	const char *misfit, *word = "";
	char safe[SHOWN_MAX];
	int status = make_instance(line, instance, &list, &misfit, &word);

	words.words = list.items;
	words.count = list.count;
	if (status == TR_ENOMEM)
		status = tr_words_no_memory(&words);
	else if (status != TR_OK)
		status = tr_words_fail(&words, TR_EFORMAT, "%s: \"%s\"",
		    misfit, tr_text_safe(word, safe, sizeof(safe)));
	else
		status = read(parser, &words, row,
		    (uint32_t)instance->number);
	free_instance(&list);
	return status;
}

/* --- the passes --------------------------------------------------------- */

static int
read_line(struct parser *parser, struct tr_words *words,
    const struct row *row, uint32_t number)
{
	int status;

	(void)number;
	words->next = 1;
	status = row->read(&parser->statements, words);
	return status != TR_OK ? status : tr_words_end(words);
}

static int
read_property(struct parser *parser, struct tr_words *words,
    const struct row *row, uint32_t number)
{
	const struct tr_properties with = {
		parser->statements.topology, tr_statements_find,
		&parser->statements,
	};

	(void)row;
	return tr_property_read(&with, parser->block.first + number, words);
}

static uint32_t
range_of(const struct tr_words_line *line, uint32_t place)
{
	const char *word = word_of(line, place);
	const uint32_t range = word == NULL ? 1 : tr_words_range(word);

	/* A wrong one is found when the words are made. */
	return range == 0 ? 1 : range;
}

static struct instance
plan_instances(const struct tr_words_line *line, enum repetition repetition)
{
	struct instance plan = { .count = 1 };

	switch (repetition) {
	case REPEAT_NONE:
		break;
	case REPEAT_FIRST:
		plan.count = range_of(line, 1);
		break;
	case REPEAT_EITHER:
		plan.count = range_of(line, 1);
		if (plan.count == 1)
			plan.count = range_of(line, 2);
		break;
	case REPEAT_CROSS:
		plan.inner = range_of(line, 2);
		plan.count = (uint64_t)range_of(line, 1) * plan.inner;
		break;
	}
	plan.lists = plan.count == 1 && plan.inner == 0;
	return plan;
}

static int
read_row(struct parser *parser, const struct tr_words_line *line,
    const struct row *row)
{
	struct instance instance = plan_instances(line, row->repetition);
	int status = TR_OK;

	for (; instance.number < instance.count && status == TR_OK;
	    instance.number++)
		status = read_instance(parser, line, &instance, row,
		    read_line);
	return status;
}

/* A property is read once for each node of the block. */
static int
read_property_line(struct parser *parser, const struct tr_words_line *line)
{
	struct instance instance = {
		.count = parser->block.count,
		.lists = true,
	};
	int status = TR_OK;

	for (; instance.number < instance.count && status == TR_OK;
	    instance.number++)
		status = read_instance(parser, line, &instance, NULL,
		    read_property);
	return status;
}

static int
fail_line(struct parser *parser, const struct tr_words_line *line,
    const char *what)
{
	struct tr_words words = {
		.file = parser->statements.topology->file,
		.line = line->number,
		.words = line->words.items,
		.count = line->words.count,
		.error = parser->error,
	};

	return tr_words_expected(&words, what);
}

/* A node line makes a block: the properties below it are of its nodes. */
static void
enter_block(struct parser *parser, const struct tr_words_line *line,
    uint32_t *next_node)
{
	const uint32_t made = range_of(line, 1);

	parser->block = (struct block){ *next_node, made };
	*next_node += made;
}

static bool
is_node_row(const struct row *row)
{
	return row->repetition == REPEAT_FIRST;
}

static int
read_one(struct parser *parser, const struct tr_words_line *line,
    enum pass pass, uint32_t *next_node)
{
	const char *keyword = word_of(line, 0);
	const struct row *row = find_row(keyword);

	if (row != NULL) {
		parser->block.count = 0;
		if (is_node_row(row))
			enter_block(parser, line, next_node);
		return row->pass == pass ? read_row(parser, line, row) :
		    TR_OK;
	}
	if (!tr_property_is_known(keyword))
		return fail_line(parser, line, "prober, router, host, link, "
		    "links, mesh, tunnel, seed, or a property of a node");
	if (parser->block.count == 0)
		return fail_line(parser, line, "a node's line first: this is a "
		    "property of one (options of a link stand on its own "
		    "line)");
	return pass == PASS_REST ? read_property_line(parser, line) : TR_OK;
}

static int
read_pass(struct parser *parser, enum pass pass)
{
	const struct tr_words_line *lines = parser->lines.lines.items;
	uint32_t next_node = 0;
	int status = TR_OK;

	parser->block = (struct block){ 0, 0 };
	for (uint32_t i = 0; i < parser->lines.lines.count &&
	    status == TR_OK; i++)
		status = read_one(parser, &lines[i], pass, &next_node);
	return status;
}

/* --- the file ----------------------------------------------------------- */

static int
parse(struct parser *parser, const char *text, size_t size)
{
	int status = tr_words_split(&parser->lines, text, size,
	    parser->statements.topology->file, parser->error);

	for (enum pass pass = 0; pass < PASSES && status == TR_OK; pass++)
		status = read_pass(parser, pass);
	return status != TR_OK ? status :
	    tr_topology_check(parser->statements.topology, parser->error);
}

struct tr_topology *
tr_topology_parse(const char *text, size_t size, const char *file,
    struct tr_error *error)
{
	struct parser parser = {
		.statements = {
			.topology = tr_topology_new(file),
			.link_default = {
				.mtu = TR_SIM_MTU_DEFAULT,
				.cost = TR_SIM_COST_DEFAULT,
			},
		},
		.error = error,
	};
	int status;

	if (parser.statements.topology == NULL) {
		tr_fail(error, TR_ENOMEM, "out of memory");
		return NULL;
	}
	status = parse(&parser, text, size);
	tr_words_free(&parser.lines);
	tr_statements_free(&parser.statements);
	if (status != TR_OK) {
		tr_topology_free(parser.statements.topology);
		return NULL;
	}
	return parser.statements.topology;
}

/* The whole of a stream, to be freed; NULL with a text. */
static char *
read_stream(FILE *stream, const char *path, size_t *size,
    struct tr_error *error)
{
	size_t room = 1 << 16, used = 0;
	char *text = malloc(room);

	while (text != NULL) {
		char *grown;

		used += fread(text + used, 1, room - used, stream);
		if (used < room)
			break;
		room *= 2;
		grown = room > TR_TOPOLOGY_FILE_MAX ? NULL :
		    realloc(text, room);
		if (grown == NULL)
			free(text);
		text = grown;
	}
	*size = used;
	if (text == NULL)
		tr_fail(error, TR_ENOMEM, "%s: more than %d MiB", path,
		    TR_TOPOLOGY_FILE_MAX >> 20);
	else if (ferror(stream)) {
		tr_fail(error, TR_ESYSTEM, "cannot read %s: %s", path,
		    strerror(errno));
		free(text);
		text = NULL;
	}
	return text;
}

struct tr_topology *
tr_topology_read(const char *path, struct tr_error *error)
{
	const bool standard = strcmp(path, "-") == 0;
	struct tr_topology *topology = NULL;
	FILE *stream = standard ? stdin : fopen(path, "r");
	char *text;
	size_t size;

	if (stream == NULL) {
		tr_fail(error, TR_ESYSTEM, "cannot read %s: %s", path,
		    strerror(errno));
		return NULL;
	}
	text = read_stream(stream, path, &size, error);
	if (text != NULL)
		topology = tr_topology_parse(text, size,
		    standard ? "standard input" : path, error);
	free(text);
	if (!standard)
		fclose(stream);
	return topology;
}
