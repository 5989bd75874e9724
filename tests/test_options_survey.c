/*
 * The command line of a survey: what is understood and what is refused, what
 * other commands' and programs' options are answered with, and the help.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/option_table.h"
#include "cli/options.h"
#include "command_line.h"
#include "packet/probe.h"
#include "packet/wire.h"

#define SUMMARY_MAX	1024

/* --- what is understood ------------------------------------------------- */

static void
add_number(char *summary, const char *name, long long value, long long usual)
{
	if (value != usual)
		tr_text_append(summary, SUMMARY_MAX, " %s=%lld", name, value);
}

static void
add_text(char *summary, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		tr_text_append(summary, SUMMARY_MAX, " %s=%s", name, value);
}

static void
add_texts(char *summary, const char *name, const char *const values[],
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_text(summary, name, values[i]);
}

static void
add_probes(char *summary, const struct tr_options *options)
{
	const bool tcp = options->protocol == TR_PROTOCOL_TCP;

	add_number(summary, "family", options->family, 0);
	add_number(summary, "sport", options->sport, 0);
	add_number(summary, "flags", options->tcp_flags, tcp ? TR_TCP_SYN : 0);
	add_number(summary, "tos", options->tos, 0);
	add_number(summary, "label", options->flow_label, 0);
	add_number(summary, "label_given", options->flow_label_given, 0);
	add_number(summary, "id", options->icmp_id, 0);
	add_number(summary, "id_given", options->icmp_id_given, 0);
	add_number(summary, "sum", options->icmp_checksum, 0);
	add_number(summary, "sum_given", options->icmp_checksum_given, 0);
	add_text(summary, "source", options->source);
	add_text(summary, "interface", options->interface);
	add_number(summary, "fwmark", options->fwmark, 0);
	add_number(summary, "seed", options->seed, 0);
	add_number(summary, "seed_given", options->seed_given, 0);
}

static void
add_targets(char *summary, const struct tr_survey_options *survey)
{
	add_texts(summary, "operand", survey->operands, survey->operand_count);
	add_texts(summary, "file", survey->files, survey->file_count);
	add_texts(summary, "exclude", survey->exclusions,
	    survey->exclusion_count);
	add_texts(summary, "exclude_from", survey->exclusion_files,
	    survey->exclusion_file_count);
	add_number(summary, "per4", survey->per_prefix4, 0);
	add_number(summary, "per6", survey->per_prefix6, 0);
	add_number(summary, "special", survey->special, 0);
	add_number(summary, "list", survey->list, 0);
}

static void
add_pace(char *summary, const struct tr_survey_options *survey)
{
	add_number(summary, "way", survey->way, TR_SURVEY_FORWARD);
	add_number(summary, "start", survey->start_ttl, 0);
	add_number(summary, "gap", survey->gap_limit, 5);
	add_number(summary, "first", survey->first_ttl, 1);
	add_number(summary, "max", survey->max_ttl, 32);
	add_number(summary, "queries", survey->queries, 2);
	add_number(summary, "wait", survey->timeout / TR_MILLISECOND, 2000);
	add_number(summary, "rate", (long long)survey->rate, 1000000);
	add_number(summary, "target_spacing", survey->target_spacing /
	    TR_MICROSECOND, 20000);
	add_number(summary, "router_spacing", survey->router_spacing /
	    TR_MICROSECOND, 0);
	add_number(summary, "window", survey->window, 0);
	add_text(summary, "contact", survey->contact);
	add_number(summary, "raw", survey->raw, 0);
}

/* All that differs from the defaults, in a fixed order. */
static const char *
summarise(const struct tr_options *options, char *summary)
{
	static const char *const protocols[] = { "udp", "icmp", "tcp" };
	const struct tr_survey_options *survey = &options->survey;

	summary[0] = '\0';
	tr_text_append(summary, SUMMARY_MAX, "%s:%u",
	    protocols[options->protocol], (unsigned)options->port);
	add_number(summary, "mode", options->mode, TR_MODE_RUN);
	add_targets(summary, survey);
	add_probes(summary, options);
	add_pace(summary, survey);
	add_number(summary, "rows", survey->rows, 0);
	add_text(summary, "output", survey->output_path);
	add_number(summary, "compress", survey->compress, 0);
	add_number(summary, "rotate", (long long)survey->rotate, 1 << 30);
	add_number(summary, "resume", survey->resume, 0);
	add_text(summary, "status", survey->status_path);
	return summary;
}

struct good {
	const char *line;	/* behind "trueroute survey " */
	const char *summary;
	const char *hint;	/* part of it; NULL: none */
};

static const struct good good[] = {
	{ "", "udp:33434", NULL },
	{ "192.0.2.1", "udp:33434 operand=192.0.2.1", NULL },
	{ "192.0.2.0/24 2001:db8::/32 a.example 192.0.2.1-192.0.2.9",
	    "udp:33434 operand=192.0.2.0/24 operand=2001:db8::/32 "
	    "operand=a.example operand=192.0.2.1-192.0.2.9", NULL },
	{ "survey", "udp:33434 operand=survey", NULL },
	{ "--targets a --targets=- --special", "udp:33434 file=a file=- "
	    "special=1", NULL },
	{ "--exclude 10.0.0.0/8 --exclude=::1 --exclude-from x h --list",
	    "udp:33434 operand=h exclude=10.0.0.0/8 exclude=::1 "
	    "exclude_from=x list=1", NULL },
	{ "--exclude-from - h", "udp:33434 operand=h exclude_from=-", NULL },
	{ "--per-prefix /24", "udp:33434 per4=24", NULL },
	{ "--per-prefix 24", "udp:33434 per4=24", NULL },
	{ "--per-prefix=/24,/48", "udp:33434 per4=24 per6=48", NULL },
	{ "--per-prefix=32,128", "udp:33434 per4=32 per6=128", NULL },
	{ "--seed 0", "udp:33434 seed_given=1", NULL },
	{ "--seed 0xffffffff", "udp:33434 seed=4294967295 seed_given=1",
	    NULL },

	{ "-4 h", "udp:33434 operand=h family=4", NULL },
	{ "-6 2001:db8::1", "udp:33434 operand=2001:db8::1 family=6", NULL },
	{ "-I", "icmp:0", NULL },
	{ "-T", "tcp:443", NULL },
	{ "-U", "udp:53", NULL },
	{ "-T -p 80", "tcp:80", NULL },
	{ "-I -p 80", "icmp:0", "ICMP has no ports" },
	{ "--sport 4000", "udp:33434 sport=4000", NULL },
	{ "-t 8", "udp:33434 tos=8", NULL },
	{ "--dscp EF", "udp:33434 tos=184", NULL },
	{ "-l 5", "udp:33434 label=5 label_given=1", NULL },
	{ "-I --icmp-id 7 --icmp-checksum 9",
	    "icmp:0 id=7 id_given=1 sum=9 sum_given=1", NULL },
	{ "--fwmark 3 -i eth0 -s 192.0.2.1",
	    "udp:33434 source=192.0.2.1 interface=eth0 fwmark=3", NULL },
	{ "-6 -s 2001:db8::1", "udp:33434 family=6 source=2001:db8::1",
	    NULL },

	{ "-f 3 -m 64 -q 10", "udp:33434 first=3 max=64 queries=10", NULL },
	{ "-w 0.01", "udp:33434 wait=10", NULL },
	{ "-w 60", "udp:33434 wait=60000", NULL },
	{ "--gap-limit 0", "udp:33434 gap=0", NULL },
	{ "--doubletree", "udp:33434 way=1", NULL },
	{ "--doubletree=9", "udp:33434 way=1 start=9", NULL },
	{ "--exhaustive", "udp:33434 way=2", NULL },
	{ "--exhaustive --gap-limit 3", "udp:33434 way=2 gap=3",
	    "--gap-limit has no effect with --exhaustive" },
	{ "--rate 0.1", "udp:33434 rate=100", NULL },
	{ "--rate 1000.5", "udp:33434 rate=1000500", NULL },
	{ "--rate 10000", "udp:33434 rate=10000000", NULL },
	{ "--rate 10000.001", "udp:33434 rate=10000001",
	    "more than 10000 probes a second can harm" },
	{ "--rate 1000000", "udp:33434 rate=1000000000",
	    "say by --contact who sends them" },
	{ "--rate 1000000 --list", "udp:33434 list=1 rate=1000000000",
	    NULL },
	{ "--target-spacing 0 --router-spacing 4",
	    "udp:33434 target_spacing=0 router_spacing=4000000", NULL },
	{ "--window 16777216", "udp:33434 window=16777216", NULL },
	{ "--contact noc@example.com", "udp:33434 contact=noc@example.com",
	    NULL },
	{ "-I --contact ~", "icmp:0 contact=~", NULL },
	{ "--raw", "udp:33434 raw=1", NULL },

	{ "-j", "udp:33434", NULL },
	{ "--rows", "udp:33434 rows=1", NULL },
#ifdef HAVE_ZSTD
	{ "--output d --compress --rotate 64K --resume",
	    "udp:33434 output=d compress=1 rotate=65536 resume=1", NULL },
#endif
	{ "--output d --rotate 65536", "udp:33434 output=d rotate=65536",
	    NULL },
	{ "--output d --rotate 3m", "udp:33434 output=d rotate=3145728",
	    NULL },
	{ "--output d --rotate 1T",
	    "udp:33434 output=d rotate=1099511627776", NULL },
	{ "--status s", "udp:33434 status=s", NULL },
	{ "-V -q 99", "udp:0 mode=3", NULL },
	{ "--help", "udp:0 mode=2", NULL },
};

static int
parse_survey(const char *line, struct tr_options *options,
    struct tr_error *error)
{
	char text[1024] = "trueroute survey ";

	tr_text_append(text, sizeof(text), "%s", line);
	return parse(text, options, error);
}

static void
test_good(void **state)
{
	char summary[SUMMARY_MAX];
	struct tr_options options;
	struct tr_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct good *row = &good[i];

		if (parse_survey(row->line, &options, &error) != TR_OK)
			fail_msg("%s: %s", row->line, error.text);
		assert_int_equal(options.program, TR_PROGRAM_SURVEY);
		if (strcmp(summarise(&options, summary), row->summary) != 0)
			fail_msg("%s: %s, not %s", row->line, summary,
			    row->summary);
		if (row->hint == NULL ? options.hint[0] != '\0' :
		    strstr(options.hint, row->hint) == NULL)
			fail_msg("%s: hint \"%s\"", row->line, options.hint);
	}
}

/* The command is the first word of trueroute, and of no other name. */
static void
test_command(void **state)
{
	struct tr_options options;
	struct tr_error error;

	(void)state;
	assert_int_equal(parse("/bin/trueroute survey", &options, &error),
	    TR_OK);
	assert_int_equal(options.program, TR_PROGRAM_SURVEY);
	assert_string_equal(tr_program_name(options.program),
	    "trueroute survey");
	assert_int_equal(parse("trueroute -- survey", &options, &error),
	    TR_OK);
	assert_int_equal(options.program, TR_PROGRAM_TRUEROUTE);
	assert_string_equal(options.target, "survey");
	assert_int_equal(parse("trueroute survey.", &options, &error), TR_OK);
	assert_int_equal(options.program, TR_PROGRAM_TRUEROUTE);
	assert_int_equal(parse("trueroute -n survey", &options, &error),
	    TR_OK);
	assert_int_equal(options.program, TR_PROGRAM_TRUEROUTE);
	assert_int_equal(parse("traceroute survey", &options, &error), TR_OK);
	assert_int_equal(options.program, TR_PROGRAM_TRACEROUTE);
	assert_string_equal(options.target, "survey");
	assert_int_equal(parse("tcptraceroute survey", &options, &error),
	    TR_OK);
	assert_int_equal(options.program, TR_PROGRAM_TCPTRACEROUTE);
}

/* --- what is refused ---------------------------------------------------- */

struct bad {
	const char *line;	/* behind "trueroute survey " */
	const char *text;	/* all of it; with * at the end: so it begins */
};

#define TARGETS_ACCEPTED						\
	"an address, a prefix, a range such as 192.0.2.1-192.0.2.9"
#define NO_TARGET							\
	" is no target: " TARGETS_ACCEPTED ", or a name is accepted"
#define NO_RATE								\
	" is no rate: a number of probes a second is wanted, 0.1 to "	\
	"1000000; there is no sending without a limit"
#define NO_SIZE								\
	" is no size of a file: 64K to 1T, in bytes or with K, M, G or T"
#define NO_LENGTH							\
	" is no length of prefixes: of IPv4 /1 to /32, then if need "	\
	"be of IPv6 /1 to /128, as /24,/48"

static const struct bad bad[] = {
	/* Targets. */
	{ "\"\"", "\"\"" NO_TARGET },
	{ "-", "-" NO_TARGET "; --targets - reads standard input" },
	{ "192.0.2.256", "192.0.2.256" NO_TARGET },
	{ "192.0.2.1:80", "192.0.2.1:80" NO_TARGET
	    "; the port of all is -p's" },
	{ "http://a.example/", "http://a.example/" NO_TARGET
	    "; of a URL only the host" },
	{ "fe80::1%eth0", "fe80::1%eth0" NO_TARGET "; no scope: -i says the "
	    "interface" },
	{ "/etc/passwd", "/etc/passwd" NO_TARGET "; a file is read by "
	    "--targets FILE" },
	{ "192.0.2.1#x", "192.0.2.1#x" NO_TARGET },
	{ "192.0.2.9-192.0.2.1", "192.0.2.9-192.0.2.1" NO_TARGET },
	{ "-6 192.0.2.0/24", "-6: 192.0.2.0/24 is of IPv4" },
	{ "::1 -4", "-4: ::1 is of IPv6" },
	{ "--targets=", "--targets: the file's name is empty" },
	{ "--targets", "--targets: the value is missing: FILE is wanted" },
	{ "--exclude-from=", "--exclude-from: the file's name is empty" },
	{ "--exclude a.example", "--exclude: a.example is not understood: "
	    TARGETS_ACCEPTED " is accepted; several by --exclude several "
	    "times, or by --exclude-from FILE" },
	{ "--exclude=10.0.0.0/8,11.0.0.0/8", "--exclude: 10.0.0.0/8,11.0.*" },
	{ "--exclude=", "--exclude: \"\" is not understood: *" },
	{ "--targets - --targets -", "standard input (-) is named twice*" },
	{ "--targets - --exclude-from -", "standard input (-) is named *" },
	{ "--exclude-from -", "--exclude-from - reads standard input: then "
	    "the targets are wanted from elsewhere" },
	{ "--per-prefix /33", "--per-prefix: /33" NO_LENGTH },
	{ "--per-prefix 0", "--per-prefix: 0" NO_LENGTH },
	{ "--per-prefix /24,", "--per-prefix: /24," NO_LENGTH },
	{ "--per-prefix /24,/129", "--per-prefix: /24,/129" NO_LENGTH },
	{ "--per-prefix ,/48", "--per-prefix: ,/48" NO_LENGTH },
	{ "--per-prefix //24", "--per-prefix: //24" NO_LENGTH },
	{ "--per-prefix=", "--per-prefix: \"\"" NO_LENGTH },
	{ "--seed x", "--seed: x is no number: seed 0 to 4294967295*" },
	{ "--list --output d --resume", "--list and --resume are for sending "
	    "nothing and for going on: one of them is accepted" },

	/* Probes. */
	{ "-p 99999", "-p: port 99999 is out of range: 1 to 65535" },
	{ "-t 8 --dscp EF", "--dscp and -t set the same bits: one of them is "
	    "accepted" },
	{ "-T --contact a", "--contact stands in the payload, and the SYNs "
	    "of -T have none: it goes with UDP and -I" },
	{ "--contact=", "--contact: the text is empty: an address of mail "
	    "or of a page is wanted" },
	{ "--contact=b\xc3\xbc", "--contact: b\xc3\xbc has characters that "
	    "are not printable ASCII" },
	{ "--contact=a\033[1m", "--contact: a?[1m has characters that are "
	    "not printable ASCII" },
	{ "-s 5", "-s: 5 is no address of this host" },
	{ "-4 -s ::1", "-s: ::1 is an IPv6 address, the survey is of IPv4 "
	    "(-4)" },

	/* Pace. */
	{ "-f 33", "-f: TTL 33 is beyond the last one, 32 (-m): 1 to 32" },
	{ "-f list.txt", "-f: list.txt is no number: TTL 1 to 64 is wanted; "
	    "scamper's -f FILE is --targets FILE" },
	{ "-m 65", "-m: TTL 65 is out of range: 1 to 64" },
	{ "-q 11", "-q: count 11 is out of range: 1 to 10" },
	{ "-w 0.009", "-w: 0.009 is no number of seconds from 0.01 to 60" },
	{ "-w 2,3,10", "-w: 2,3,10 is no number of seconds from 0.01 to 60" },
	{ "-w 61", "-w: 61 is no number of seconds from 0.01 to 60" },
	{ "--gap-limit 65", "--gap-limit: count 65 is out of range: 0 to 64" },
	{ "--doubletree --exhaustive", "--doubletree and --exhaustive are "
	    "two ways: one of them is accepted" },
	{ "--doubletree=0", "--doubletree: 0 is no TTL to start at: 1 to 64 "
	    "is accepted, or none, and it is guessed" },
	{ "--doubletree=x", "--doubletree: x is no TTL to start at*" },
	{ "--doubletree=33", "--doubletree: TTL 33 is not among those that "
	    "are probed: 1 (-f) to 32 (-m)" },
	{ "--doubletree=4 -f 5", "--doubletree: TTL 4 is not among those*" },
	{ "--rate 0", "--rate: 0" NO_RATE },
	{ "--rate max", "--rate: max" NO_RATE },
	{ "--rate unlimited", "--rate: unlimited" NO_RATE },
	{ "--rate -1", "--rate: -1" NO_RATE },
	{ "--rate 0.0999", "--rate: 0.0999" NO_RATE },
	{ "--rate 1000000.001", "--rate: 1000000.001" NO_RATE },
	{ "--rate 10k", "--rate: 10k" NO_RATE },
	{ "--rate=", "--rate: \"\"" NO_RATE },
	{ "--rate 999999999999999999999999", "--rate: 99999999999999999999*" },
	{ "--rate 1000000 -w 60", "--rate and -w: 60000000 probes could be "
	    "under way at once, and 16777216 at most are remembered: a lower "
	    "rate or a shorter wait is wanted" },
	{ "--target-spacing 4.1", "--target-spacing: 4.1 is no number of "
	    "seconds from 0 to 4" },
	{ "--router-spacing x", "--router-spacing: x is no number of*" },
	{ "--window 0", "--window: count 0 is out of range: 1 to 16777216" },

	/* Output. */
	{ "-j --rows", "-j and --rows are two formats: one of them is "
	    "accepted" },
#ifdef HAVE_ZSTD
	{ "--compress", "--compress is of files: it goes with --output DIR" },
#else
	{ "--output d --compress", "--compress: this build has no libzstd*" },
#endif
	{ "--rotate 1G", "--rotate is of files: it goes with --output DIR" },
	{ "--resume", "--resume is of files: it goes with --output DIR" },
	{ "--output=", "--output: the name of a folder is wanted, not an "
	    "empty one" },
	{ "--output -", "--output: the name of a folder is wanted, not -" },
	{ "--status -", "--status: the name of a file is wanted, not -" },
	{ "--output d --rotate 63K", "--rotate: 63K" NO_SIZE },
	{ "--output d --rotate 2T", "--rotate: 2T" NO_SIZE },
	{ "--output d --rotate 99999999999999999999G",
	    "--rotate: 99999999999999999999G" NO_SIZE },
	{ "--output d --rotate 100KB", "--rotate: 100KB" NO_SIZE },
	{ "--output d --rotate G", "--rotate: G" NO_SIZE },
	{ "--output d --rotate=", "--rotate: \"\"" NO_SIZE },

	/* Of other commands and programs. */
	{ "--confidence 99", "--confidence goes with --multipath or --mda" },
	{ "--max-probes 99", "--max-probes goes with --multipath or --mda" },
	{ "--multipath --max-probes 0", "--max-probes: *" },
	{ "--multipath --max-probes 99999", "--max-probes: *" },
	{ "--multipath --doubletree", "--multipath and --doubletree are two "
	    "ways: one of them is accepted" },
	{ "--mda --exhaustive", "--mda and --exhaustive are two ways: one of "
	    "them is accepted" },
	{ "-n 192.0.2.1", "unknown option -n: -n is not needed: nobody is "
	    "asked for names" },
	{ "-z 1", "unknown option -z: the pace is --rate PPS, and to each "
	    "target --target-spacing SECONDS" },
	{ "--simulate x", "unknown option --simulate: one host is traced on "
	    "a simulated network: trueroute --simulate FILE HOST" },
	{ "-r 100", "unknown option -r: zmap's -r PPS is --rate PPS; yarrp's "
	    "-r PPS is --rate PPS" },
	{ "--targts f", "unknown option --targts: did you mean --targets?" },
	{ "--target f", "--target is not enough: --targets, "
	    "--target-spacing" },
	{ "-y", "unknown option -y: --help lists those that are" },
};

static bool
matches(const char *text, const char *wanted)
{
	const size_t length = strlen(wanted);

	if (length > 0 && wanted[length - 1] == '*')
		return strncmp(text, wanted, length - 1) == 0;
	return strcmp(text, wanted) == 0;
}

static void
test_bad(void **state)
{
	struct tr_options options;
	struct tr_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse_survey(bad[i].line, &options, &error) == TR_OK)
			fail_msg("%s: accepted", bad[i].line);
		if (!matches(error.text, bad[i].text))
			fail_msg("%s: \"%s\", not \"%s\"", bad[i].line,
			    error.text, bad[i].text);
		assert_null(strpbrk(error.text, "\n\033"));
		assert_true(error.code < 0);
	}
}

/* Words with blanks, which the lines above cannot have. */
static void
test_blanks(void **state)
{
	static const char *const texts[] = {
		"10.0.0.0/8 11.0.0.0/8", "192.0.2.1 - 192.0.2.9",
		"192.0.2.1 ", "a.example remark",
	};
	struct tr_options options;
	struct tr_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *operand[] = { "trueroute", "survey", (char *)texts[i],
		    NULL };
		char *exclusion[] = { "trueroute", "survey", "h", "--exclude",
		    (char *)texts[i], NULL };

		assert_int_equal(tr_options_parse(&options, 3, operand,
		    &error), TR_ERANGE);
		assert_int_equal(tr_options_parse(&options, 5, exclusion,
		    &error), TR_ERANGE);
	}
}

/* So many words of one kind: the last that is taken, and one more. */
static void
assert_limit(const char *flag, const char *value, size_t most,
    const char *wanted)
{
	static char *words[2 + 2 * (TR_SURVEY_OPERANDS_MAX + 1) + 1];
	struct tr_options options;
	struct tr_error error;
	int count = 0;

	words[count++] = "trueroute";
	words[count++] = "survey";
	for (size_t i = 0; i <= most; i++) {
		if (flag != NULL)
			words[count++] = (char *)flag;
		words[count++] = (char *)value;
	}
	words[count] = NULL;
	assert_int_equal(tr_options_parse(&options, count, words, &error),
	    TR_ERANGE);
	assert_string_equal(error.text, wanted);
	count -= flag != NULL ? 2 : 1;
	words[count] = NULL;
	assert_int_equal(tr_options_parse(&options, count, words, &error),
	    TR_OK);
}

static void
test_limits(void **state)
{
	(void)state;
	assert_limit(NULL, "192.0.2.1", TR_SURVEY_OPERANDS_MAX,
	    "more than 256 targets are too many for a command line: "
	    "--targets FILE takes any number");
	assert_limit("--targets", "f", TR_SURVEY_FILES_MAX,
	    "--targets: more than 16 are too many");
	assert_limit("--exclude-from", "f", TR_SURVEY_FILES_MAX,
	    "--exclude-from: more than 16 are too many");
	assert_limit("--exclude", "::1", TR_SURVEY_EXCLUSIONS_MAX,
	    "--exclude: more than 64 are too many: --exclude-from FILE takes "
	    "any number");
}

/* --- the contact -------------------------------------------------------- */

/* The text fits whole in a probe of this size, and in none smaller. */
static void
assert_fits(struct tr_builder *builder, enum tr_protocol protocol,
    uint8_t family, const char *text, uint16_t size)
{
	struct tr_probe_spec spec = {
		.protocol = protocol,
		.src = { .family = family }, .dst = { .family = family },
		.icmp_checksum = 1, .ttl = 1, .identifier = 1, .token = 1,
		.text = text, .text_size = (uint16_t)strlen(text),
		.size = size,
	};
	uint8_t packet[1500];

	assert_int_equal(tr_probe_build(builder, &spec, packet,
	    sizeof(packet)), size);
	assert_memory_equal(packet + size - spec.text_size, text,
	    spec.text_size);
	spec.size--;
	assert_int_equal(tr_probe_build(builder, &spec, packet,
	    sizeof(packet)), TR_ERANGE);
}

static void
test_contact_size(void **state)
{
	static const uint8_t families[] = { 4, 6 };
	struct tr_builder *builder = tr_builder_new();
	struct tr_options options;
	struct tr_error error;
	char text[TR_SURVEY_CONTACT_MAX + 2], line[256];

	(void)state;
	assert_non_null(builder);
	for (size_t length = 1; length <= TR_SURVEY_CONTACT_MAX; length++) {
		memset(text, 'c', length);
		text[length] = '\0';
		line[0] = '\0';
		tr_text_append(line, sizeof(line), "--contact %s", text);
		assert_int_equal(parse_survey(line, &options, &error), TR_OK);
		for (size_t i = 0; i < 2; i++) {
			const uint16_t size = tr_survey_probe_size(
			    &options.survey, families[i]);

			assert_true(size >=
			    tr_probe_size_default(families[i]));
			if (length <= TR_SURVEY_CONTACT_FREE) {
				assert_int_equal(size,
				    tr_probe_size_default(families[i]));
				continue;
			}
			assert_fits(builder, TR_PROTOCOL_UDP, families[i],
			    text, size);
			assert_fits(builder, TR_PROTOCOL_ICMP, families[i],
			    text, size);
		}
	}
	text[TR_SURVEY_CONTACT_MAX] = 'c';
	text[TR_SURVEY_CONTACT_MAX + 1] = '\0';
	line[0] = '\0';
	tr_text_append(line, sizeof(line), "--contact %s", text);
	assert_int_equal(parse_survey(line, &options, &error), TR_ERANGE);
	assert_non_null(strstr(error.text,
	    "has 129 bytes: at most 128 are accepted"));
	tr_builder_free(builder);
}

/* --- hints and help ----------------------------------------------------- */

static bool
has_flag(const char *flag)
{
	const struct tr_option_row *rows;
	size_t count;
	char name[64];

	rows = tr_option_survey_rows(&count);
	for (size_t i = 0; i < count; i++) {
		if (flag[1] != '-' && rows[i].letter == flag[1])
			return true;
		snprintf(name, sizeof(name), "--%s", rows[i].name == NULL ?
		    "" : rows[i].name);
		if (strcmp(name, flag) == 0)
			return true;
	}
	return false;
}

/* Each option of a trace that a survey lacks is answered with what to do. */
static void
test_hints(void **state)
{
	const struct tr_option_row *rows;
	char flag[64], hint[TR_HINT_MAX];
	size_t count, lacking = 0;

	(void)state;
	rows = tr_option_rows(TR_PROGRAM_TRUEROUTE, &count);
	for (size_t i = 0; i < count; i++)
		for (int is_long = 0; is_long < 2; is_long++) {
			if (is_long ? rows[i].name == NULL :
			    rows[i].letter == 0)
				continue;
			if (is_long)
				snprintf(flag, sizeof(flag), "--%s",
				    rows[i].name);
			else
				snprintf(flag, sizeof(flag), "-%c",
				    rows[i].letter);
			if (has_flag(flag))
				continue;
			lacking++;
			if (!tr_hint_survey(flag, hint))
				fail_msg("no hint for %s", flag);
		}
	assert_in_range(lacking, 30, 60);
}

static void
test_help(void **state)
{
	const struct tr_option_row *rows;
	char *text = NULL, wanted[64];
	size_t size = 0, count;
	FILE *stream = open_memstream(&text, &size);

	(void)state;
	assert_non_null(stream);
	tr_options_help(stream, TR_PROGRAM_SURVEY);
	assert_int_equal(fclose(stream), 0);
	assert_non_null(strstr(text, "Usage: trueroute survey [OPTION]... "
	    "[TARGET]...\n"));
	assert_non_null(strstr(text, "Exit status: 0 all targets done, 2 "));
	assert_non_null(strstr(text, "All paths:"));
	rows = tr_option_survey_rows(&count);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].name == NULL)
			snprintf(wanted, sizeof(wanted), "\n  -%c ",
			    rows[i].letter);
		else
			snprintf(wanted, sizeof(wanted), "--%s",
			    rows[i].name);
		if (strstr(text, wanted) == NULL)
			fail_msg("not in the help: %s", wanted);
	}
	for (const char *line = text; *line != '\0';) {
		const size_t length = strcspn(line, "\n");

		assert_in_range(length, 0, 80);
		line += length + (line[length] == '\n');
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_blanks),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_contact_size),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
