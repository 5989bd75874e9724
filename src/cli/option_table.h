/*
 * The options, a row for each: how it is written, what the help says, and
 * what its value does to struct tr_options.  Used by options.c and its parts
 * alone; a new option is a row, and a setter where none of option_values.c
 * fits.
 */
#ifndef TR_CLI_OPTION_TABLE_H
#define TR_CLI_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/hints.h"
#include "cli/options.h"

#define TR_OPTION_ROWS_MAX 96

#define TR_OPTION_UDP_PORT 33434	/* the first of traceroute(8)'s */
#define TR_OPTION_TCP_PORT 443

struct tr_option_parse;
struct tr_option_row;

/* A way of probing, and the port that goes with it. */
struct tr_option_method {
	const char *name;
	char	 letter;
	enum tr_protocol protocol;
	uint16_t port;
};

typedef int tr_option_setter(struct tr_option_parse *parse,
    const struct tr_option_row *row,
    const char *value);

enum tr_option_group {
	GROUP_TARGETS,
	GROUP_PROBE,
	GROUP_PATHS,
	GROUP_PACE,
	GROUP_WAY,
	GROUP_SHOW,
	GROUP_LOOKUPS,
	GROUP_SIMULATE,
	GROUP_OTHER,
	GROUPS,
};

struct tr_option_row {
	char	 letter;		/* 0: a long name only */
	const char *name;		/* long name, or NULL */
	const char *argument;		/* NULL: takes none */
	bool	 optional;		/* argument, after "=" alone */
	const char *help;		/* NULL: not in the help text */
	enum tr_option_group group;
	tr_option_setter *set;
	const char *noun;		/* what the number is called */
	int64_t	 min;			/* range, or the setter's own */
	int64_t	 max;
	bool	 hex;			/* 0x... is accepted too */
	bool	 reading;		/* on probing, and with --read too */
	size_t	 offset;		/* of the field in struct tr_options */
	size_t	 size;
};

/* A row's field of struct tr_options. */
#define FIELD(member)							\
	.offset = offsetof(struct tr_options, member),			\
	.size = sizeof(((struct tr_options *)0)->member)

/* One call of tr_options_parse(). */
struct tr_option_parse {
	struct tr_options *options;
	const struct tr_option_row *rows;
	size_t	 count;
	const struct tr_option_method *method;
	bool	 given[TR_OPTION_ROWS_MAX];
	char	 flag[32];	/* of the row at hand: "-p", "--sport" */
	char	 quoted[TR_QUOTE_MAX];
	char	 hint[TR_HINT_MAX];
	uint8_t	 tcp_flags;		/* by -O */
	bool	 tcp_options;		/* -O was given */
	uint16_t target_port;		/* of host:port; 0: none */
	const char *length;		/* the operand, or NULL */
	struct tr_error *error;
};

/* The rows of the program's table, and their number. */
const struct tr_option_row *tr_option_rows(enum tr_program program,
    size_t *count);

/* Those of a survey, and what holds where they are not given. */
const struct tr_option_row *tr_option_survey_rows(size_t *count);
void tr_option_survey_defaults(struct tr_survey_options *survey);

/* What the program sends unless told otherwise. */
const struct tr_option_method *tr_option_method(enum tr_program program);

/*
 * Setters for the field that a row names: a bool; any whole number with the
 * row's range, which the help text shows; seconds, the range and the field
 * (of 64 bits) in ns; a port; a word that the row's noun describes; a file's
 * name.
 */
tr_option_setter tr_option_set_flag;
tr_option_setter tr_option_set_number;
tr_option_setter tr_option_set_seconds;
tr_option_setter tr_option_set_port;
tr_option_setter tr_option_set_text;
tr_option_setter tr_option_set_path;

/*
 * Setters for what several tables have: a method by its letter or name, the
 * source, the interface, a code point; a family or mode, the row's min; all
 * paths, by the way (enum tr_plan_way) of the row's min, and how surely.
 */
tr_option_setter tr_option_set_method;
tr_option_setter tr_option_set_source;
tr_option_setter tr_option_set_interface;
tr_option_setter tr_option_set_dscp;
tr_option_setter tr_option_set_family;
tr_option_setter tr_option_set_mode;
tr_option_setter tr_option_set_multipath;
tr_option_setter tr_option_set_confidence;

/* "1 to 255": the numbers that a row takes. */
const char *tr_option_range(const struct tr_option_row *row, char *text,
    size_t size);

/*
 * Read a whole number, decimal or, with hex, 0x...; false where it is none.
 * What is too large for the type stays large.
 */
bool tr_option_read_number(const char *text, bool hex, int64_t *number);

/*
 * Read a decimal fraction in billionths from *text on, and leave *text behind
 * it; false where there is none.  Independent of the locale.  What is too large
 * stays large.
 */
bool tr_option_read_fraction(const char **text, int64_t *billionths);

/* What is looked up beside the trace (option_lookups.c). */
tr_option_setter tr_option_set_asn;
int tr_option_settle_lookups(struct tr_option_parse *parse);

/* What does not go with another option: "--write is of one trace, ..." */
struct tr_option_clash {
	const char *flag;
	const char *why;
};

/*
 * Refuse what was given of them, the first: "FLAG is WHY" and end, which may be
 * TR_ONE_OF_THEM.  Returns TR_OK or TR_ERANGE.
 */
#define TR_ONE_OF_THEM ": one of them is accepted"
int tr_option_refuse(struct tr_option_parse *parse,
    const struct tr_option_clash clashes[], size_t count, const char *end);

/* A port by number or service name; flag begins the message. */
int tr_option_read_port(struct tr_option_parse *parse, const char *flag,
    const char *value, uint16_t *port);

/* "-p" or "--sport". */
void tr_option_flag(const struct tr_option_row *row, char *flag,
    size_t size);

/* The text made safe for a message; valid until the next call. */
const char *tr_option_quoted(struct tr_option_parse *parse,
    const char *text);

/*
 * What other tools, or another command of this one, mean by a flag; false
 * where nothing is known, or nothing is to be said.
 */
bool tr_option_foreign(const struct tr_option_parse *parse, const char *flag,
    char hint[TR_HINT_MAX]);

/* The same of the flag at hand, behind "; ", or nothing. */
const char *tr_option_foreign_meaning(struct tr_option_parse *parse);

/* Add a line to what the user is told before the run goes on. */
void tr_option_hint(struct tr_options *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Take the operands, which end with NULL, and settle what follows from all
 * that was given (option_settle.c).  Returns what tr_options_parse() does.
 */
int tr_option_settle(struct tr_option_parse *parse, char *const operands[]);

/* The same for a survey (option_survey.c). */
int tr_option_settle_survey(struct tr_option_parse *parse,
    char *const operands[]);

/* Was the option with this flag, "-p" or "--sport", given? */
bool tr_option_given(const struct tr_option_parse *parse, const char *flag);

/* What follows for the ports; both bits of -t and --dscp.  TR_OK or a code. */
int tr_option_settle_port(struct tr_option_parse *parse);
int tr_option_settle_class(struct tr_option_parse *parse);

#endif
