/*
 * The command line: from argv to what the user asked for.
 *
 * One table in option_table.c drives the parser and the help text.  Under the
 * name tcptraceroute another table is used: that program's letters; and where
 * the first word is survey a third, of option_survey.c.
 */
#ifndef TR_CLI_OPTIONS_H
#define TR_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "cli/survey_options.h"
#include "packet/probe.h"
#include "result/comparison.h"
#include "result/run.h"
#include "strategy/trace.h"

#define TR_OPTIONS_HINT_MAX	512
#define TR_OPTIONS_MAX_TTL	30	/* unless -m */
#define TR_OPTIONS_INTERFACE_MAX 16	/* IFNAMSIZ */
#define TR_ASN_FILES_MAX	4
#define TR_OPTIONS_SIZE_MAX	65000	/* of a packet: traceroute(8)'s */

/* The name under which the program was started, or its command. */
enum tr_program {
	TR_PROGRAM_TRUEROUTE,
	TR_PROGRAM_TRACEROUTE,		/* traceroute, traceroute6 */
	TR_PROGRAM_TCPTRACEROUTE,
	TR_PROGRAM_SURVEY,		/* trueroute survey */
};

/* "trueroute", ... : what messages begin with. */
const char *tr_program_name(enum tr_program program);

/* What is to be done. */
enum tr_mode {
	TR_MODE_RUN,		/* trace to target */
	TR_MODE_READ,		/* replay read_path */
	TR_MODE_HELP,
	TR_MODE_VERSION,
};

/* tcptraceroute's --dnat, --no-dnat, --no-dnat-strict. */
enum tr_dnat {
	TR_DNAT_QUIET,
	TR_DNAT_SHOW,
	TR_DNAT_STRICT,
};

/* A column of --compare. */
struct tr_compared_probe {
	enum tr_protocol protocol;
	uint16_t port;			/* 0 with ICMP only */
};

/* Everything the user asked for; a value, the paths borrow from argv. */
struct tr_options {
	enum tr_program program;
	enum tr_mode mode;
	bool	 unreached_is_success;	/* exit 0 when not reached */

	char	 target[TR_RUN_TEXT_MAX];	/* no port, no brackets */
	uint8_t	 family;		/* 4 or 6; 0: whichever resolves */

	enum tr_protocol protocol;
	uint16_t port;			/* destination; 0 with ICMP only */
	uint16_t sport;			/* 0: the system chooses */
	uint8_t	 tcp_flags;		/* TR_TCP_*; 0 unless TCP */
	bool	 tcp_info;		/* -O info: the answer's flags wanted */
	uint16_t size;			/* of the IP packet; 0: default; to */
					/* raise to tr_probe_size_min() */
	uint8_t	 tos;
	uint32_t flow_label;
	bool	 flow_label_given;
	bool	 dont_fragment;
	bool	 classic;
	bool	 path_mtu;		/* --mtu: size is the largest to try */
	struct tr_trace_config trace;
	struct tr_rounds_config rounds;	/* count 0: none were asked for */

	struct tr_compared_probe compared[TR_COMPARED_MAX];
	size_t	 compared_count;	/* 0: one trace, as protocol says */

	bool	 classify;	/* with multipath */
	bool	 multipath;		/* all paths: then paths counts */
	struct tr_multipath_config paths;	/* but for what trace has */
	bool	 dot;
	bool	 icmp_id_given;
	bool	 icmp_checksum_given;
	uint16_t icmp_id;
	uint16_t icmp_checksum;

	char	 source[TR_RUN_TEXT_MAX];	/* address or name; "": none */
	char	 interface[TR_OPTIONS_INTERFACE_MAX];	/* "": none */
	uint32_t fwmark;		/* 0: none */

	bool	 numeric;
	bool	 private_names;		/* tcptraceroute -N */
	bool	 extensions;
	bool	 back;
	bool	 explain;
	bool	 reveal;

	/* What is asked about addresses beside the trace: */
	int64_t	 dns_wait;		/* for names at most, ns */
	bool	 verify_names;
	bool	 as_lookup;		/* origin AS are shown: from */
	bool	 asn_cymru;		/* Team Cymru's DNS, or from */
	const char *asn_paths[TR_ASN_FILES_MAX];	/* files, or nowhere */
	size_t	 asn_path_count;
	const char *geo_path;		/* places, an MMDB; NULL: none */
	const char *exchange_path;	/* LANs of exchange points; NULL */
	uint8_t	 privacy;		/* hops to mask, and the source; 0 */
	bool	 all_addresses;

	bool	 json;
	enum tr_dnat dnat;

	/* Of a survey, which of the above has family to flow_label_given, */
	/* icmp_*, source to fwmark, and seed: */
	struct tr_survey_options survey;

	const char *write_path;		/* NULL: do not save */
	const char *read_path;		/* NULL: do not replay */
	const char *simulate_path;	/* NULL: on the real network */
	uint32_t seed;			/* of a simulation, or a survey */
	bool	 seed_given;

	/* Told on standard error, then the run goes on; lines parted by */
	/* newlines, none at the end; "": nothing.  See tr_options_warn(). */
	char	 hint[TR_OPTIONS_HINT_MAX];
};

/*
 * Parse; argv is not reordered and may be empty.  Prints nothing.  Returns
 * TR_OK; or TR_ERANGE, TR_EUNSUPPORTED, TR_ENOMEM with one line in *error
 * that says what was wrong, which value, and what is accepted (it has no
 * control characters, whatever argv has).  options->program is set in any
 * case.
 */
int tr_options_parse(struct tr_options *options, int argc,
    char *const argv[], struct tr_error *error);

/* Write the help: every option of the program, at most 80 columns wide. */
void tr_options_help(FILE *stream, enum tr_program program);

/* Write the hint, each line with the program's name in front, if any. */
void tr_options_warn(FILE *stream, const struct tr_options *options);

#endif
