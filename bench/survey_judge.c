/*
 * survey_judge - holds what a survey wrote against the network of the rig
 *
 *	bench/survey_judge [OPTION...] FILE...
 *	bench/survey_judge --truth LIST [OPTION...]
 *
 * Reads rows or lines of JSON (survey_input.h) that were written by a survey
 * over bench/survey-rig; - is standard input.  Prints a line for each count,
 * its name first: survey_score.h tells what they are.  The first ten replies
 * that are wrong are told on standard error.
 *
 *	--targets LIST	what was to be traced, an address in a line
 *	--whole		nothing may be missing or doubled either
 *	--first-ttl N	1; what JSON says comes before these two
 *	--max-ttl N	32
 *	--checksum N	ICMP: the checksum that all probes have, 0xbeef or 48879
 *	--label N	IPv6: their flow label, 0
 *	--silent N, --deaf N, --delay
 *			as the rig was run; --loss and --limit are taken, and
 *			make no difference: $SURVEY_FAULTS has them all
 *
 * --truth prints the rows of a survey that finds everything, of this protocol
 * and these ports:
 *
 *	--protocol P	udp, tcp or icmp: udp
 *	--ports N,N	source and destination: 40000,33434
 *
 * Exit: 0; 1 when replies are wrong, or with --whole when anything is missing,
 * doubled, or in no list; 2 usage, or what cannot be read.
 */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "survey_input.h"

#define SHOWN		10
#define TTL_MOST	64

static struct {
	struct survey_asked asked;
	struct survey_known known;
	const char *targets, *truth;
	bool	 whole;
	const char *protocol;
	unsigned source_port, destination_port;
} options = {
	.asked = { .first_ttl = 1, .max_ttl = 32 },
	.known = { .checksum = -1 },
	.protocol = "udp",
	.source_port = 40000,
	.destination_port = 33434,
};

static struct survey_scorer *scorer;

static FILE *
open_file(const char *name)
{
	FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");

	if (file == NULL)
		err(2, "%s", name);
	return file;
}

static void
close_file(FILE *file)
{
	if (file != stdin)
		fclose(file);
}

static void
check(int result)
{
	if (result < 0)
		errx(2, "out of memory");
}

/* --- the truth ---------------------------------------------------------- */

static void
print_row(const struct survey_flow *flow, uint8_t ttl,
    const struct survey_truth *truth)
{
	const char *mapped = flow->target.family == 4 ? "::ffff:" : "";
	char target[TR_ADDRESS_TEXT_MAX], responder[TR_ADDRESS_TEXT_MAX];

	tr_address_text(&flow->target, target, sizeof(target));
	tr_address_text(&truth->responder, responder, sizeof(responder));
	printf("0.0,%u,%s%s,%u,%u,%u,%u,%s%s,%u,%u,%u,%u,%u,0,0\n",
	    flow->protocol, mapped, target, options.source_port,
	    options.destination_port, ttl, truth->quoted_ttl, mapped,
	    responder, truth->protocol, truth->type, truth->code, truth->ttl,
	    truth->delay);
}

static void
print_target(void *context, const struct tr_address *target)
{
	const uint8_t length = survey_truth_length(target);
	struct survey_flow flow = {
		.target = *target,
		.protocol = SURVEY_UDP,
		.label = target->family == 6 ? options.known.label : 0,
		.first = options.source_port << 16 | options.destination_port,
	};

	(void)context;
	if (!survey_truth_has(target))
		errx(2, "%s: a target is none of the network's",
		    options.truth);
	if (strcmp(options.protocol, "tcp") == 0)
		flow.protocol = SURVEY_TCP;
	else if (strcmp(options.protocol, "icmp") == 0) {
		flow.protocol = target->family == 4 ? SURVEY_ICMP :
		    SURVEY_ICMP6;
		flow.first = (target->family == 4 ? 8u : 128u) << 24 |
		    (uint32_t)options.known.checksum;
	}
	for (uint8_t ttl = options.asked.first_ttl; ttl <= length &&
	    ttl <= options.asked.max_ttl; ttl++) {
		struct survey_truth truth;

		survey_truth_of(&flow, ttl, &options.asked.faults, &truth);
		if (truth.kind != SURVEY_NOTHING)
			print_row(&flow, ttl, &truth);
	}
}

static void
print_truth(void)
{
	FILE *file = open_file(options.truth);

	if (strcmp(options.protocol, "icmp") == 0 &&
	    options.known.checksum < 0)
		errx(2, "the truth of icmp needs --checksum");
	puts("capture_timestamp,probe_protocol,probe_dst_addr,"
	    "probe_src_port,probe_dst_port,probe_ttl,quoted_ttl,"
	    "reply_src_addr,reply_protocol,reply_icmp_type,reply_icmp_code,"
	    "reply_ttl,rtt_us,late,duplicate");
	survey_input_list(file, options.truth, print_target, NULL);
	close_file(file);
}

/* --- what was written --------------------------------------------------- */

static void
show_wrong(const struct survey_reply *reply, enum survey_wrong wrong)
{
	static const char *const words[SURVEY_WRONGS] = {
		[SURVEY_NO_TARGET] = "the network has no such target",
		[SURVEY_NOBODY] = "nobody would answer",
		[SURVEY_ANOTHER] = "another answers",
		[SURVEY_FIELDS] = "the answer looks otherwise",
		[SURVEY_EARLY] = "it cannot be so early",
	};
	static unsigned shown;
	char target[TR_ADDRESS_TEXT_MAX], responder[TR_ADDRESS_TEXT_MAX];
	char other[TR_ADDRESS_TEXT_MAX] = "";
	struct survey_truth truth = { .kind = SURVEY_NOTHING };

	if (shown++ >= SHOWN)
		return;
	if (wrong != SURVEY_NO_TARGET)
		survey_truth_of(&reply->flow, reply->ttl,
		    &options.asked.faults, &truth);
	if (wrong == SURVEY_ANOTHER)
		tr_address_text(&truth.responder, other, sizeof(other));
	warnx("%s, TTL %u: %s: %s%s%s",
	    tr_address_text(&reply->flow.target, target, sizeof(target)),
	    reply->ttl, tr_address_text(&reply->responder, responder,
	    sizeof(responder)), words[wrong], *other == '\0' ? "" : ": ",
	    other);
}

static void
take_reply(void *context, const struct survey_reply *reply)
{
	enum survey_wrong wrong;
	const int is_wrong = survey_score_reply(scorer, reply, &wrong);

	(void)context;
	check(is_wrong);
	if (is_wrong)
		show_wrong(reply, wrong);
}

static void
take_record(void *context, const struct survey_flow *flow, uint8_t joined)
{
	(void)context;
	check(survey_score_record(scorer, flow, joined));
}

static void
take_ttls(void *context, uint8_t first, uint8_t last)
{
	(void)context;
	survey_score_ttls(scorer, first, last);
}

static void
take_listed(void *context, const struct tr_address *target)
{
	(void)context;
	check(survey_score_listed(scorer, target));
}

static void
read_all(int count, char *names[])
{
	static const struct survey_taker taker = {
		.reply = take_reply,
		.record = take_record,
		.ttls = take_ttls,
	};

	if (options.targets != NULL) {
		FILE *file = open_file(options.targets);

		survey_input_list(file, options.targets, take_listed, NULL);
		close_file(file);
	}
	for (int i = 0; i < count; i++) {
		FILE *file = open_file(names[i]);

		survey_input_read(file, names[i], &options.known, &taker);
		close_file(file);
	}
}

static uint64_t
sum_wrong(const struct survey_score *score)
{
	uint64_t sum = 0;

	for (int i = 0; i < SURVEY_WRONGS; i++)
		sum += score->wrong[i];
	return sum;
}

static void
print_score(const struct survey_score *score)
{
	const struct {
		const char *name;
		uint64_t value;
	} lines[] = {
		{ "targets", score->targets },
		{ "listed", score->listed },
		{ "absent", score->absent },
		{ "unlisted", score->unlisted },
		{ "doubled", score->doubled },
		{ "replies", score->replies },
		{ "right", score->right },
		{ "wrong", sum_wrong(score) },
		{ "wrong-target", score->wrong[SURVEY_NO_TARGET] },
		{ "wrong-nobody", score->wrong[SURVEY_NOBODY] },
		{ "wrong-responder", score->wrong[SURVEY_ANOTHER] },
		{ "wrong-fields", score->wrong[SURVEY_FIELDS] },
		{ "wrong-early", score->wrong[SURVEY_EARLY] },
		{ "late", score->late },
		{ "duplicates", score->duplicates },
		{ "answering", score->answering },
		{ "missing", score->missing },
		{ "routers", score->routers },
		{ "routers-found", score->routers_found },
		{ "links", score->links },
		{ "links-found", score->links_found },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		printf("%-16s %10lu\n", lines[i].name,
		    (unsigned long)lines[i].value);
}

static bool
is_good(const struct survey_score *score)
{
	if (sum_wrong(score) > 0)
		return false;
	return !options.whole || score->absent + score->unlisted +
	    score->doubled + score->missing == 0;
}

/* --- options ------------------------------------------------------------ */

static uint32_t
parse_number(const char *text, unsigned long least, unsigned long most)
{
	char *end;
	const unsigned long value = strtoul(text, &end, 0);

	if (*text < '0' || *text > '9' || *end != '\0' || value < least ||
	    value > most)
		errx(2, "%s is not a number from %lu to %lu", text, least,
		    most);
	return (uint32_t)value;
}

static void
parse_protocol(const char *text)
{
	if (strcmp(text, "udp") != 0 && strcmp(text, "tcp") != 0 &&
	    strcmp(text, "icmp") != 0)
		errx(2, "no protocol %s: udp, tcp and icmp are", text);
	options.protocol = text;
}

static void
parse_ports(const char *text)
{
	char end;

	if (sscanf(text, "%u,%u%c", &options.source_port,
	    &options.destination_port, &end) != 2 ||
	    options.source_port > 65535 || options.destination_port > 65535)
		errx(2, "%s is not two ports, with a comma between", text);
}

enum { TARGETS = 1, WHOLE, FIRST, MAX, CHECKSUM, LABEL, SILENT, DEAF, LOSS,
    LIMIT, DELAY, TRUTH, PROTOCOL, PORTS };

static const struct option names[] = {
	{ "targets", required_argument, NULL, TARGETS },
	{ "whole", no_argument, NULL, WHOLE },
	{ "first-ttl", required_argument, NULL, FIRST },
	{ "max-ttl", required_argument, NULL, MAX },
	{ "checksum", required_argument, NULL, CHECKSUM },
	{ "label", required_argument, NULL, LABEL },
	{ "silent", required_argument, NULL, SILENT },
	{ "deaf", required_argument, NULL, DEAF },
	{ "loss", required_argument, NULL, LOSS },
	{ "limit", required_argument, NULL, LIMIT },
	{ "delay", no_argument, NULL, DELAY },
	{ "truth", required_argument, NULL, TRUTH },
	{ "protocol", required_argument, NULL, PROTOCOL },
	{ "ports", required_argument, NULL, PORTS },
	{ NULL, 0, NULL, 0 },
};

static void
take_option(int option)
{
	switch (option) {
	case TARGETS:
		options.targets = optarg;
		break;
	case WHOLE:
		options.whole = true;
		break;
	case FIRST:
		options.asked.first_ttl = (uint8_t)parse_number(optarg, 1,
		    TTL_MOST);
		break;
	case MAX:
		options.asked.max_ttl = (uint8_t)parse_number(optarg, 1,
		    TTL_MOST);
		break;
	case CHECKSUM:
		options.known.checksum = (int32_t)parse_number(optarg, 0,
		    0xffff);
		break;
	case LABEL:
		options.known.label = parse_number(optarg, 0, 0xfffff);
		break;
	case SILENT:
		options.asked.faults.silent = parse_number(optarg, 0, 1000);
		break;
	case DEAF:
		options.asked.faults.deaf = parse_number(optarg, 0, 1000);
		break;
	case LOSS:
		parse_number(optarg, 0, 1000);
		break;
	case LIMIT:
		parse_number(optarg, 1, 1000000);
		break;
	case DELAY:
		options.asked.delay = true;
		break;
	case TRUTH:
		options.truth = optarg;
		break;
	case PROTOCOL:
		parse_protocol(optarg);
		break;
	case PORTS:
		parse_ports(optarg);
		break;
	default:
		exit(2);
	}
}

int
main(int argc, char *argv[])
{
	struct survey_score score;
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
		take_option(option);
	if ((options.truth != NULL) != (optind == argc))
		errx(2, "usage: survey_judge [OPTION...] FILE... | --truth "
		    "LIST [OPTION...]");
	if (options.truth != NULL) {
		print_truth();
		return 0;
	}
	scorer = survey_scorer_new(&options.asked);
	if (scorer == NULL)
		check(-1);
	read_all(argc - optind, argv + optind);
	check(survey_score_sum(scorer, &score));
	survey_scorer_free(scorer);
	print_score(&score);
	return is_good(&score) ? 0 : 1;
}
