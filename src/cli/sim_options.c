#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/sim_options.h"
#include "sim/tun_device.h"

#define SHOWN_MAX	64

/* Long names without a letter. */
enum {
	LONG_ALL_FLOWS = 256,
	LONG_ANSWER,
	LONG_AT,
	LONG_CHECK,
	LONG_CHECKSUM,
	LONG_DEVICE,
	LONG_GENERATE,
	LONG_HELP,
	LONG_ID,
	LONG_PROBER,
	LONG_SCORE,
	LONG_SEED,
	LONG_SPORT,
	LONG_TAP,
	LONG_TRUTH,
	LONG_WRITE,
};

static const struct option names[] = {
	{ "all-flows", no_argument, NULL, LONG_ALL_FLOWS },
	{ "answer", required_argument, NULL, LONG_ANSWER },
	{ "at", required_argument, NULL, LONG_AT },
	{ "check", no_argument, NULL, LONG_CHECK },
	{ "icmp-checksum", required_argument, NULL, LONG_CHECKSUM },
	{ "device", required_argument, NULL, LONG_DEVICE },
	{ "flowlabel", required_argument, NULL, 'l' },
	{ "generate", required_argument, NULL, LONG_GENERATE },
	{ "help", no_argument, NULL, LONG_HELP },
	{ "icmp", no_argument, NULL, 'I' },
	{ "icmp-id", required_argument, NULL, LONG_ID },
	{ "max-hops", required_argument, NULL, 'm' },
	{ "port", required_argument, NULL, 'p' },
	{ "prober", required_argument, NULL, LONG_PROBER },
	{ "score", required_argument, NULL, LONG_SCORE },
	{ "seed", required_argument, NULL, LONG_SEED },
	{ "sport", required_argument, NULL, LONG_SPORT },
	{ "tap", required_argument, NULL, LONG_TAP },
	{ "tcp", no_argument, NULL, 'T' },
	{ "tos", required_argument, NULL, 't' },
	{ "truth", required_argument, NULL, LONG_TRUTH },
	{ "udp", no_argument, NULL, 'U' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "write", required_argument, NULL, LONG_WRITE },
	{ NULL, 0, NULL, 0 },
};

/* One call of tr_sim_options_parse(). */
struct parse {
	struct tr_sim_options *options;
	const char *name;		/* of the option at hand */
	const char *of_saving;		/* an option that only saving has, */
	const char *of_truth;		/* ... only the truth has; or NULL */
	bool	 mode_given;
	struct tr_error *error;
};

static int
fail_value(struct parse *parse, const char *value, const char *wanted)
{
	char safe[SHOWN_MAX];

	return tr_fail(parse->error, TR_ERANGE, "%s: \"%s\" is not accepted: "
	    "%s", parse->name, tr_text_safe(value, safe, sizeof(safe)),
	    wanted);
}

static int
read_number(struct parse *parse, const char *value, uint64_t least,
    uint64_t most, uint64_t *number)
{
	char wanted[64], *end;

	snprintf(wanted, sizeof(wanted), "a number from %llu to %llu is",
	    (unsigned long long)least, (unsigned long long)most);
	if (value[0] < '0' || value[0] > '9')
		return fail_value(parse, value, wanted);
	*number = strtoull(value, &end, value[1] == 'x' ? 16 : 10);
	if (*end != '\0' || strlen(value) > 18 || *number < least ||
	    *number > most)
		return fail_value(parse, value, wanted);
	return TR_OK;
}

static int
read_u16(struct parse *parse, const char *value, uint16_t *number)
{
	uint64_t wide = 0;
	const int status = read_number(parse, value, 0, UINT16_MAX, &wide);

	*number = (uint16_t)wide;
	return status;
}

static int
read_u8(struct parse *parse, const char *value, uint64_t least,
    uint8_t *number)
{
	uint64_t wide = 0;
	const int status = read_number(parse, value, least, UINT8_MAX, &wide);

	*number = (uint8_t)wide;
	return status;
}

/* Seconds, with decimals. */
static int
read_time(struct parse *parse, const char *value, int64_t *time)
{
	char *end;
	const double seconds = strtod(value, &end);

	if (end == value || *end != '\0' || !(seconds >= 0) ||
	    seconds > 1e6)
		return fail_value(parse, value,
		    "seconds, from 0 to 1000000, are");
	*time = (int64_t)(seconds * (double)TR_SECOND);
	return TR_OK;
}

/* As the kernel has it, but for what it would make of a % or a blank. */
static bool
is_device_name(const char *name)
{
	const size_t length = strlen(name);

	return length > 0 && length < TR_TUN_NAME_MAX &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789._-") == length && strcmp(name, "lo") != 0 &&
	    strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int
set_mode(struct parse *parse, enum tr_sim_mode mode)
{
	if (parse->mode_given && parse->options->mode != mode)
		return tr_fail(parse->error, TR_ERANGE, "%s: one of --check, "
		    "--truth, --score, --answer and --generate is accepted",
		    parse->name);
	parse->mode_given = true;
	parse->options->mode = mode;
	return TR_OK;
}

static int
take_probe_option(struct parse *parse, int option, const char *value)
{
	struct tr_truth_probe *probe = &parse->options->probe;
	uint64_t number = 0;
	int status;

	parse->of_truth = parse->name;
	switch (option) {
	case 'U':
		probe->protocol = TR_SIM_UDP;
		return TR_OK;
	case 'T':
		probe->protocol = TR_SIM_TCP;
		return TR_OK;
	case 'I':
		probe->protocol = TR_SIM_ICMP;
		return TR_OK;
	case 'p':
		return read_u16(parse, value, &probe->destination_port);
	case LONG_ID:
	case LONG_SPORT:
		parse->options->source_given = true;
		return read_u16(parse, value, &probe->source_port);
	case LONG_CHECKSUM:
		parse->options->checksum_given = true;
		return read_u16(parse, value, &probe->icmp_checksum);
	case 't':
		return read_u8(parse, value, 0, &probe->tos);
	default:
		status = read_number(parse, value, 0, 0xfffff, &number);
		probe->flow_label = (uint32_t)number;
		return status;
	}
}

static int
take_option(struct parse *parse, int option, const char *value)
{
	struct tr_sim_options *options = parse->options;

	switch (option) {
	case '4':
	case '6':
		options->family = (uint8_t)(option - '0');
		parse->of_truth = parse->name;
		return TR_OK;
	case 'm':
		parse->of_truth = parse->name;
		return read_u8(parse, value, 1, &options->max_ttl);
	case 'v':
		options->verbose = true;
		return TR_OK;
	case 'V':
		return set_mode(parse, TR_SIM_MODE_VERSION);
	case LONG_HELP:
		return set_mode(parse, TR_SIM_MODE_HELP);
	case LONG_ALL_FLOWS:
		options->all_flows = true;
		parse->of_truth = parse->name;
		return TR_OK;
	case LONG_ANSWER:
		options->capture = value;
		return set_mode(parse, TR_SIM_MODE_ANSWER);
	case LONG_AT:
		parse->of_truth = parse->name;
		return read_time(parse, value, &options->at);
	case LONG_CHECK:
		return set_mode(parse, TR_SIM_MODE_CHECK);
	case LONG_DEVICE:
		options->device = value;
		return is_device_name(value) ? TR_OK : fail_value(parse,
		    value, "up to 15 letters, digits, . _ and - are, but not "
		    "lo");
	case LONG_GENERATE:
		options->shape = value;
		return set_mode(parse, TR_SIM_MODE_GENERATE);
	case LONG_PROBER:
		options->prober = value;
		return TR_OK;
	case LONG_SCORE:
		options->result = value;
		return set_mode(parse, TR_SIM_MODE_SCORE);
	case LONG_SEED:
		options->seed_given = true;
		return read_number(parse, value, 0, UINT32_MAX,
		    &options->seed);
	case LONG_TAP:
		options->tap = value;
		parse->of_saving = parse->name;
		return TR_OK;
	case LONG_TRUTH:
		options->target = value;
		return set_mode(parse, TR_SIM_MODE_TRUTH);
	case LONG_WRITE:
		options->write_path = value;
		parse->of_saving = parse->name;
		return TR_OK;
	default:
		return take_probe_option(parse, option, value);
	}
}

/* --- operands ----------------------------------------------------------- */

static int
take_operands(struct parse *parse, int count, char *const operands[])
{
	struct tr_sim_options *options = parse->options;
	const bool has_file = options->mode != TR_SIM_MODE_GENERATE;
	const int files = has_file ? 1 : 0;
	char safe[SHOWN_MAX];

	if (options->mode == TR_SIM_MODE_HELP ||
	    options->mode == TR_SIM_MODE_VERSION)
		return TR_OK;
	if (count < files)
		return tr_fail(parse->error, TR_ERANGE, "no topology is "
		    "given: trueroute-sim FILE [-- COMMAND...]; --help tells "
		    "more");
	if (has_file)
		options->file = operands[0];
	if (options->mode == TR_SIM_MODE_RUN) {
		const int skip = count > 1 &&
		    strcmp(operands[1], "--") == 0 ? 2 : 1;

		options->command = count > skip ? operands + skip : NULL;
		return TR_OK;
	}
	if (count > files)
		return tr_fail(parse->error, TR_ERANGE, "%s is one operand "
		    "too many", tr_text_safe(operands[files], safe,
		    sizeof(safe)));
	if (options->mode == TR_SIM_MODE_ANSWER &&
	    options->write_path == NULL)
		return tr_fail(parse->error, TR_ERANGE,
		    "--answer: --write is missing, the file for the answers");
	return TR_OK;
}

/* An option that was given and that the mode has no use for is an error. */
static int
check_strays(const struct parse *parse)
{
	const enum tr_sim_mode mode = parse->options->mode;
	const bool saves = mode == TR_SIM_MODE_RUN ||
	    mode == TR_SIM_MODE_ANSWER;
	const bool knows = mode == TR_SIM_MODE_TRUTH ||
	    mode == TR_SIM_MODE_SCORE;

	if (mode == TR_SIM_MODE_HELP || mode == TR_SIM_MODE_VERSION)
		return TR_OK;
	if (parse->of_saving != NULL && !saves)
		return tr_fail(parse->error, TR_ERANGE, "%s goes with a "
		    "command or --answer", parse->of_saving);
	if (parse->of_truth != NULL && !knows)
		return tr_fail(parse->error, TR_ERANGE, "%s goes with --truth; "
		    "options of a command stand behind the topology",
		    parse->of_truth);
	if (mode == TR_SIM_MODE_RUN && parse->options->write_path != NULL &&
	    strcmp(parse->options->write_path, "-") == 0)
		return tr_fail(parse->error, TR_ERANGE, "--write: standard "
		    "output is the command's: a file is wanted");
	return TR_OK;
}

static int
take_options(struct parse *parse, int argc, char *argv[])
{
	char safe[SHOWN_MAX];
	int option, status = TR_OK;

	optind = 0;
	opterr = 0;
	while (status == TR_OK) {
		const int at = optind == 0 ? 1 : optind;

		/* What stands behind the topology is the command's. */
		option = getopt_long(argc, argv, "+:46ITUl:m:p:t:vV", names,
		    NULL);
		if (option == -1)
			break;
		parse->name = argv[at];
		if (option == '?')
			return tr_fail(parse->error, TR_ERANGE, "unknown "
			    "option %s: --help lists those that are",
			    tr_text_safe(argv[at], safe, sizeof(safe)));
		if (option == ':')
			return tr_fail(parse->error, TR_ERANGE,
			    "%s: the value is missing", argv[at]);
		status = take_option(parse, option, optarg);
	}
	return status;
}

int
tr_sim_options_parse(struct tr_sim_options *options, int argc, char *argv[],
    struct tr_error *error)
{
	struct parse parse = { .options = options, .error = error };
	int status;

	*options = (struct tr_sim_options){
		.device = TR_TUN_NAME_DEFAULT,
		.max_ttl = 30,
		.probe = { .protocol = TR_SIM_UDP },
	};
	status = take_options(&parse, argc, argv);
	if (status == TR_OK)
		status = take_operands(&parse, argc - optind, argv + optind);
	if (status == TR_OK)
		status = check_strays(&parse);
	return status;
}

static const char help[] =
"Usage: trueroute-sim [OPTION]... FILE [-- COMMAND [ARGUMENT]...]\n"
"       trueroute-sim [OPTION]... --check FILE\n"
"       trueroute-sim [OPTION]... --truth HOST FILE\n"
"       trueroute-sim [OPTION]... --score RESULT FILE\n"
"       trueroute-sim [OPTION]... --answer CAPTURE --write CAPTURE FILE\n"
"       trueroute-sim [--seed NUMBER] --generate SHAPE\n"
"Run COMMAND, or a shell, in a network that the topology FILE describes: a\n"
"tun device leads to it, and to nothing else.\n"
"\n"
"The network:\n"
"      --seed=NUMBER          another hash and another luck; default: the\n"
"                             file's\n"
"      --prober=NODE          be this prober; default: the first\n"
"      --device=NAME          of the tun device; default sim0\n"
"      --write=CAPTURE        save what passes, as pcapng\n"
"      --tap=NODE             ... at this node; default: the prober\n"
"  -v, --verbose              say at the end what the network did\n"
"\n"
"Instead of a command:\n"
"      --check                say what the file holds\n"
"      --truth=HOST           print what a perfect tracer would find, in JSON\n"
"      --score=RESULT         hold a result of trueroute --json against that\n"
"      --answer=CAPTURE       send the prober's packets of this capture, and\n"
"                             save what the network answers (--write)\n"
"      --generate=SHAPE       print a random topology: chain, diamond,\n"
"                             layers, meshed, asymmetric, uneven, nested,\n"
"                             wild, odd; with numbers, as in diamond:16x2\n"
"\n"
"The truth:\n"
"      --all-flows            of all flows, not of one\n"
"      --at=SECONDS           at this time of the file; default 0\n"
"  -4, -6                     of this family\n"
"  -U, -I, -T                 by UDP (the default), ICMP echo, TCP\n"
"  -p, --port=PORT            to this port; default 33434, TCP 443\n"
"      --sport=PORT           from this port; what is not given here is\n"
"      --icmp-id=ID           what trueroute --simulate sends\n"
"      --icmp-checksum=SUM\n"
"  -t, --tos=TOS              with this type of service\n"
"  -l, --flowlabel=LABEL      with this flow label\n"
"  -m, --max-hops=TTL         no farther than this; default 30\n"
"\n"
"Exit status: the command's; 0 done, 1 a score that is not perfect, 2 usage\n"
"or topology, 3 system, 77 no namespaces or no tun device to be had.\n";

void
tr_sim_options_help(FILE *stream)
{
	fputs(help, stream);
}
