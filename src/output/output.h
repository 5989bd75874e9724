/*
 * Outputs: one file for each format, each reading the result model only.
 * One row in the table of cli/main.c for each.
 *
 * A stream is written to and never closed here.  Every function returns
 * TR_OK, or TR_ESYSTEM when writing failed (errno tells).
 */
#ifndef TR_OUTPUT_OUTPUT_H
#define TR_OUTPUT_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "result/mtu.h"
#include "result/path.h"
#include "result/reveal.h"

struct tr_output_options {
	bool	numeric;	/* addresses only: -n */
	bool	extensions;	/* show MPLS and other ICMP extensions: -e */
	bool	return_hops;	/* show the hops back: --back */
	bool	unicode;	/* the terminal's locale has it */
	bool	graph;		/* JSON: all paths too */
	bool	explain;	/* the findings below the hops: --explain */
	bool	origins;	/* show origin AS: -A */
	bool	places;		/* show places: --geo */
};

/*
 * An output in the order in which a run tells things.  Lines that are final
 * are written at once.  Any member but name may be NULL.
 */
struct tr_output {
	const char *name;

	/* The run begins (for a replay: when the path is read). */
	int (*begin)(FILE *stream, const struct tr_path *path,
	    const struct tr_output_options *options);

	/* The hop with this TTL is final. */
	int (*hop)(FILE *stream, const struct tr_path *path, uint8_t ttl,
	    const struct tr_output_options *options);

	/*
	 * The run is over and the path concluded.  shown is the last TTL
	 * that was given to hop(), 0 for none: what the conclusion wants
	 * shown beyond it (an interrupted run) is written now.
	 */
	int (*end)(FILE *stream, const struct tr_path *path, uint8_t shown,
	    const struct tr_output_options *options);
};

extern const struct tr_output tr_output_text;
extern const struct tr_output tr_output_tcptraceroute;
extern const struct tr_output tr_output_json;	/* with jansson only */
extern const struct tr_output tr_output_report;	/* of rounds: a table */

/* All paths, of a run with many flows. */
extern const struct tr_output tr_output_paths;	/* a drawing */
extern const struct tr_output tr_output_dot;	/* for Graphviz */

/*
 * What a person is told beside the data, on standard error: how the route
 * ends and why, in at most a few lines.  Writes nothing when there is
 * nothing to add to what the hops show.
 */
int tr_notes_write(FILE *stream, const struct tr_path *path);

/*
 * The same of one of several traces, without how it ends: that is told
 * elsewhere.  trace names it.
 */
int tr_notes_write_of(FILE *stream, const struct tr_path *path,
    const char *trace);

/* --explain: the findings, in lines of at most 79 columns. */
int tr_explain_write(FILE *stream, const struct tr_path *path);

/* What a run found of the path MTU: a sentence, without the line's end. */
void tr_mtu_write(FILE *stream, const struct tr_path *path,
    const struct tr_path_mtu *mtu);

/*
 * Write words in lines of at most 79 columns: the first behind lead, further
 * ones behind indent.
 */
void tr_wrapped_write(FILE *stream, const char *lead, const char *indent,
    const char *text);

/*
 * --reveal: the places of a path that were looked into, in words, or in JSON
 * on a line.
 */
int tr_reveal_write(FILE *stream, const struct tr_path *path,
    const struct tr_hidden hidden[], size_t count,
    const struct tr_output_options *options);
int tr_reveal_json(FILE *stream, const struct tr_hidden hidden[],
    size_t count);		/* with jansson only */

/* A header field, for people. */
const char *tr_field_title(enum tr_flow_field field);

/* Write a percentage, with as many digits as it takes to say something. */
void tr_percent_write(FILE *stream, double share);

/*
 * Write what the ICMP error carries beside the quote, in traceroute(8)'s
 * words: " <MPLS:L=24000,E=0,S=1,T=1>".  Nothing where there is none.
 */
void tr_extension_write(FILE *stream, const struct tr_path_reply *reply);

/*
 * The name by which an address of the path is shown, as one word: '?' stands
 * for blanks and brackets in it.  NULL where there is none, and with -n.
 * Returns text.
 */
const char *tr_host_name(const struct tr_path *path,
    const struct tr_address *address, const struct tr_output_options *options,
    char text[TR_NAME_MAX]);

/* Write "NAME (ADDRESS)", or the address alone where no name is shown. */
void tr_host_write(FILE *stream, const struct tr_path *path,
    const struct tr_address *address, const struct tr_output_options *options);

/*
 * Write what else is asked for: " [AS64500]" or " [*]" with -A, as
 * traceroute(8), and " {DE, Frankfurt am Main}" with --geo, where it is known.
 */
void tr_host_facts_write(FILE *stream, const struct tr_path *path,
    const struct tr_address *address, const struct tr_output_options *options);

/* Write whom a run traces: "NAME (ADDRESS)". */
void tr_target_write(FILE *stream, const struct tr_run *run);

/*
 * Write what traceroute(8) begins with, without the end of the line:
 * "traceroute to NAME (ADDRESS), 30 hops max, 60 byte packets".
 */
void tr_heading_write(FILE *stream, const struct tr_run *run);

/*
 * The command that traces the flow with this number of a run by itself, for a
 * shell, without the program's own way of showing it.
 */
int tr_again_write(FILE *stream, const struct tr_run *run, uint32_t flow);

#endif
