/*
 * trueroute-sim: the simulated network for other programs, and the truth
 * about it.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/files.h"
#include "cli/prepare.h"
#include "cli/sim_options.h"
#include "cli/topologies.h"
#include "sim/answer.h"
#include "sim/generate.h"
#include "sim/recorder.h"
#include "sim/truth.h"
#include "sim/tun.h"
#ifdef HAVE_JANSSON
#include "sim/truth_json.h"
#endif

#define PATHS_LISTED	1000
#define COMMAND_MAX	1024

enum status {
	EXIT_DONE = 0,
	EXIT_IMPERFECT = 1,
	EXIT_USAGE = 2,
	EXIT_SYSTEM = 3,
	EXIT_NOT_HERE = 77,
};

/* What the modes work on. */
struct work {
	const struct tr_sim_options *options;
	struct tr_topology *topology;
	uint32_t prober;
	uint64_t seed;
	char	 command_line[COMMAND_MAX];
};

static void
complain(const char *text)
{
	char safe[TR_ERROR_TEXT_MAX];

	fprintf(stderr, "trueroute-sim: %s\n",
	    tr_text_safe(text, safe, sizeof(safe)));
}

static enum status
status_of_failure(const struct tr_error *error)
{
	complain(error->text);
	switch (error->code) {
	case TR_EUNSUPPORTED:
		return EXIT_NOT_HERE;
	case TR_ERANGE:
	case TR_EFORMAT:
	case TR_ENOTFOUND:
		return EXIT_USAGE;
	default:
		return EXIT_SYSTEM;
	}
}

/* --- what is worked on -------------------------------------------------- */

static int
find_prober(struct work *work, struct tr_error *error)
{
	const char *name = work->options->prober;

	work->prober = name == NULL ?
	    tr_topology_prober(work->topology, NULL) :
	    tr_topology_find(work->topology, name);
	if (work->prober == TR_SIM_NONE || tr_topology_node(work->topology,
	    work->prober)->kind != TR_SIM_PROBER)
		return tr_fail(error, TR_ERANGE, "--prober: %s is no prober "
		    "of %s", name, work->topology->file);
	return TR_OK;
}

static void
note_command(struct work *work, int argc, char *const argv[])
{
	size_t used = 0;

	for (int i = 0; i < argc && used < sizeof(work->command_line); i++) {
		const int length = snprintf(work->command_line + used,
		    sizeof(work->command_line) - used, "%s%s",
		    i == 0 ? "" : " ", argv[i]);

		if (length > 0)
			used += (size_t)length;
	}
}

static int
open_work(struct work *work, const struct tr_sim_options *options,
    struct tr_error *error)
{
	char path[TR_TOPOLOGY_PATH_MAX];

	work->options = options;
	if (tr_files_differ(options->write_path, tr_topology_path(
	    options->file, path, sizeof(path)), error) != TR_OK ||
	    tr_files_differ(options->write_path, options->capture, error) !=
	    TR_OK)
		return error->code;
	work->topology = tr_topology_find_file(options->file, error);
	if (work->topology == NULL)
		return error->code;
	work->seed = options->seed_given ? options->seed :
	    work->topology->seed;
	return find_prober(work, error);
}

static int
find_tap(const struct work *work, uint32_t *node, struct tr_error *error)
{
	*node = work->options->tap == NULL ? work->prober :
	    tr_topology_find(work->topology, work->options->tap);
	if (*node == TR_SIM_NONE)
		return tr_fail(error, TR_ERANGE, "--tap: there is no node %s "
		    "in %s", work->options->tap, work->topology->file);
	return TR_OK;
}

/* --- a command behind a device ------------------------------------------ */

static void
tell_counts(const struct tr_tun_outcome *outcome)
{
	const struct tr_network_counts *counts = &outcome->counts;

	fprintf(stderr, "trueroute-sim: %llu packets came in, %llu went "
	    "out",
	    (unsigned long long)counts->taken,
	    (unsigned long long)counts->delivered);
	if (counts->malformed > 0)
		fprintf(stderr, ", %llu were malformed",
		    (unsigned long long)counts->malformed);
	if (counts->overflowed > 0)
		fprintf(stderr, ", %llu found no room",
		    (unsigned long long)counts->overflowed);
	if (outcome->refused > 0)
		fprintf(stderr, ", %llu the kernel did not take",
		    (unsigned long long)outcome->refused);
	putc('\n', stderr);
}

/* A person in a shell wants to know what there is. */
static void
greet(const struct work *work)
{
	char text[TR_ADDRESS_TEXT_MAX];

	fprintf(stderr, "The network of %s.  Leave it with exit.  Hosts:\n",
	    work->topology->file);
	for (uint32_t i = 0; i < work->topology->nodes.count; i++) {
		const struct tr_sim_node *node = tr_topology_node(
		    work->topology, i);
		const struct tr_sim_prefix *own = node->own.items;

		if (node->kind != TR_SIM_HOST)
			continue;
		fprintf(stderr, "    %s", node->name);
		for (uint32_t j = 0; j < node->own.count; j++) {
			fprintf(stderr, " %s", tr_address_text(
			    &own[j].address, text, sizeof(text)));
			if (own[j].length !=
			    tr_address_size(&own[j].address) * 8)
				fprintf(stderr, "/%u", own[j].length);
		}
		putc('\n', stderr);
	}
}

static enum status
run(const struct work *work)
{
	const struct tr_sim_options *options = work->options;
	char *shell[] = { getenv("SHELL"), NULL };
	char fallback[] = "/bin/sh";
	struct tr_tun_config config = {
		.topology = work->topology,
		.prober = work->prober,
		.seed = work->seed,
		.device = options->device,
		.write_path = options->write_path,
		.command_line = work->command_line,
		.command = options->command,
	};
	struct tr_tun_outcome outcome;
	struct tr_error error;
	int status;

	if (config.command == NULL) {
		if (shell[0] == NULL)
			shell[0] = fallback;
		config.command = shell;
		greet(work);
	}
	status = find_tap(work, &config.tapped, &error);
	if (status == TR_OK)
		status = tr_tun_run(&config, &outcome, &error);
	if (status != TR_OK)
		return status_of_failure(&error);
	if (options->verbose)
		tell_counts(&outcome);
	if (outcome.lost > 0)
		fprintf(stderr, "trueroute-sim: %llu packets came too fast, "
		    "and were lost outside the network\n",
		    (unsigned long long)outcome.lost);
	return (enum status)outcome.status;
}

/* --- what the file holds ------------------------------------------------ */

static void
print_count(unsigned count, const char *what, const char *end)
{
	printf("%u %s%s%s", count, what, count == 1 ? "" : "s", end);
}

static enum status
check(const struct work *work)
{
	const struct tr_topology *topology = work->topology;
	unsigned counts[3] = { 0, 0, 0 };

	for (uint32_t i = 0; i < topology->nodes.count; i++)
		counts[tr_topology_node(topology, i)->kind]++;
	printf("%s: ", topology->file);
	print_count(counts[TR_SIM_PROBER], "prober", ", ");
	print_count(counts[TR_SIM_ROUTER], "router", ", ");
	print_count(counts[TR_SIM_HOST], "host", ", ");
	print_count(topology->ports.count / 2, "link", ", ");
	print_count(topology->tunnels.count, "tunnel", "\n");
	for (uint32_t i = 0; i < topology->nodes.count; i++)
		if (tr_topology_node(topology, i)->ports.count == 0)
			printf("%s: %s has no link\n", topology->file,
			    tr_topology_node(topology, i)->name);
	return EXIT_DONE;
}

/* --- answers to a capture ----------------------------------------------- */

static enum status
answer(const struct work *work)
{
	struct tr_network *network = tr_network_new(work->topology,
	    work->seed);
	struct tr_recorder *recorder = NULL;
	struct tr_answer_counts counts;
	struct tr_error error, closing;
	uint32_t node;
	int status = network == NULL ?
	    tr_fail(&error, TR_ENOMEM, "out of memory") :
	    find_tap(work, &node, &error);

	if (status == TR_OK) {
		recorder = tr_recorder_open(network, node,
		    work->options->write_path, 0, work->command_line,
		    &error);
		status = recorder == NULL ? error.code :
		    tr_answer_capture(network, work->prober,
		    work->options->capture, &counts, &error);
	}
	if (tr_recorder_close(recorder, &closing) != TR_OK &&
	    status == TR_OK) {
		error = closing;
		status = closing.code;
	}
	tr_network_free(network);
	if (status != TR_OK)
		return status_of_failure(&error);
	if (work->options->verbose || counts.sent == 0)
		fprintf(stderr, "trueroute-sim: of %llu frames %llu are the "
		    "prober's; %llu answers came back\n",
		    (unsigned long long)counts.frames,
		    (unsigned long long)counts.sent,
		    (unsigned long long)counts.answers);
	return EXIT_DONE;
}

/* --- the truth ---------------------------------------------------------- */

#ifdef HAVE_JANSSON

static enum status
print_json(json_t *object)
{
	const int failed = object == NULL || json_dumpf(object, stdout,
	    JSON_COMPACT) != 0 || putchar('\n') == EOF;

	json_decref(object);
	if (!failed)
		return EXIT_DONE;
	complain(object == NULL ? "out of memory" :
	    "cannot write to standard output");
	return EXIT_SYSTEM;
}

/* What was not given is what trueroute --simulate sends. */
static void
settle_probe(const struct tr_sim_options *options, uint64_t seed,
    struct tr_truth_probe *probe)
{
	const bool icmp = probe->protocol == TR_SIM_ICMP;
	struct tr_drawn drawn;

	tr_prepare_draw(seed, &drawn);
	if (!options->source_given)
		probe->source_port = icmp ?
		    drawn.icmp_id : drawn.source_port;
	if (icmp && !options->checksum_given)
		probe->icmp_checksum = drawn.icmp_checksum;
	if (probe->destination_port == 0)
		probe->destination_port = probe->protocol == TR_SIM_TCP ?
		    443 : 33434;
}

static int
ask(const struct work *work, struct tr_truth_question *question,
    struct tr_error *error)
{
	const struct tr_sim_options *options = work->options;
	struct tr_truth_probe *probe = &question->probe;

	*question = (struct tr_truth_question){
		.prober = work->prober,
		.probe = options->probe,
		.all_flows = options->all_flows,
		.max_ttl = options->max_ttl,
		.at = options->at,
		.seed = work->seed,
		.paths_max = PATHS_LISTED,
	};
	if (tr_topology_resolve(work->topology, options->target,
	    options->family, &probe->dst) != TR_OK)
		return tr_fail(error, TR_ERANGE, "--truth: %s names nothing%s "
		    "in %s", options->target, options->family == 4 ?
		    " of IPv4" : options->family == 6 ? " of IPv6" : "",
		    work->topology->file);
	settle_probe(options, work->seed, probe);
	probe->src = tr_topology_address(work->topology, work->prober,
	    probe->dst.family);
	if (!tr_address_is_set(&probe->src))
		return tr_fail(error, TR_ERANGE, "the prober of %s has no "
		    "IPv%d address", work->topology->file,
		    probe->dst.family);
	return TR_OK;
}

static enum status
tell_truth(const struct work *work)
{
	struct tr_truth_question question;
	struct tr_truth *truth = NULL;
	struct tr_error error;
	enum status status;

	if (ask(work, &question, &error) == TR_OK)
		truth = tr_truth_find(work->topology, &question, &error);
	if (truth == NULL)
		return status_of_failure(&error);
	status = print_json(tr_truth_to_json(work->topology, truth));
	tr_truth_free(truth);
	return status;
}

static int
judge(const struct work *work, const json_t *object,
    struct tr_truth_verdict *verdict, struct tr_error *error)
{
	struct tr_truth_question question = {
		.seed = work->seed,
		.at = work->options->at,
	};
	struct tr_list claims = { .items = NULL };
	struct tr_truth *truth = NULL;
	int status = tr_truth_claims_from_json(object, &question, &claims,
	    &verdict->reached, error);

	if (status == TR_OK) {
		question.prober = tr_topology_prober(work->topology,
		    &question.probe.src);
		if (question.prober == TR_SIM_NONE)
			status = tr_fail(error, TR_ERANGE, "--score: the "
			    "result was not made on %s: no prober has its "
			    "source address", work->topology->file);
	}
	if (status == TR_OK) {
		truth = tr_truth_find(work->topology, &question, error);
		status = truth == NULL ? error->code : tr_truth_judge(truth,
		    claims.items, claims.count, &verdict->vertices,
		    &verdict->links);
		if (truth != NULL && status != TR_OK)
			tr_fail(error, status, "out of memory");
	}
	if (truth != NULL)
		verdict->reaches = tr_truth_reaches(truth);
	tr_truth_free(truth);
	tr_list_clear(&claims);
	return status;
}

static bool
is_perfect(const struct tr_truth_verdict *verdict)
{
	const struct tr_truth_score *vertices = &verdict->vertices;
	const struct tr_truth_score *links = &verdict->links;

	return vertices->missed + vertices->untrue + links->missed +
	    links->untrue == 0 && verdict->reached == verdict->reaches;
}

static enum status
score_one(const struct work *work, const json_t *object)
{
	struct tr_truth_verdict verdict;
	struct tr_error error;
	enum status status;

	if (judge(work, object, &verdict, &error) != TR_OK)
		return status_of_failure(&error);
	status = print_json(tr_truth_verdict_to_json(&verdict));
	return status == EXIT_DONE && !is_perfect(&verdict) ?
	    EXIT_IMPERFECT : status;
}

/* One result, or several that follow each other: the worst counts. */
static enum status
score_all(const struct work *work, FILE *stream)
{
	enum status worst = EXIT_DONE, status;
	struct tr_error error;
	json_error_t reason;
	json_t *object;
	int next, results = 0;

	for (;;) {
		while ((next = getc(stream)) == ' ' || next == '\n')
			continue;
		if (next == EOF && results > 0 && !ferror(stream))
			return worst;
		ungetc(next, stream);
		object = json_loadf(stream, JSON_DISABLE_EOF_CHECK, &reason);
		if (object == NULL) {
			tr_fail(&error, TR_EFORMAT, "cannot read %s: %s",
			    work->options->result, reason.text);
			return status_of_failure(&error);
		}
		status = score_one(work, object);
		json_decref(object);
		results++;
		if (status > worst)
			worst = status;
	}
}

static enum status
score(const struct work *work)
{
	const char *path = work->options->result;
	const bool standard = strcmp(path, "-") == 0;
	FILE *stream = standard ? stdin : fopen(path, "r");
	struct tr_error error;
	enum status status;

	if (stream == NULL) {
		tr_fail(&error, TR_EFORMAT, "cannot read %s: %s", path,
		    strerror(errno));
		return status_of_failure(&error);
	}
	status = score_all(work, stream);
	if (!standard)
		fclose(stream);
	return status;
}

#else

static enum status
tell_truth(const struct work *work)
{
	(void)work;
	complain("this build has no jansson: it cannot write the truth");
	return EXIT_USAGE;
}

static enum status
score(const struct work *work)
{
	return tell_truth(work);
}

#endif

/* --- start -------------------------------------------------------------- */

static enum status
generate(const struct tr_sim_options *options)
{
	struct tr_error error;

	if (tr_generate(stdout, options->shape, options->seed_given ?
	    options->seed : 1, &error) != TR_OK)
		return status_of_failure(&error);
	return EXIT_DONE;
}

static enum status
start(struct work *work)
{
	switch (work->options->mode) {
	case TR_SIM_MODE_CHECK:
		return check(work);
	case TR_SIM_MODE_TRUTH:
		return tell_truth(work);
	case TR_SIM_MODE_SCORE:
		return score(work);
	case TR_SIM_MODE_ANSWER:
		return answer(work);
	default:
		return run(work);
	}
}

int
main(int argc, char *argv[])
{
	struct work work = { .options = NULL };
	struct tr_sim_options options;
	struct tr_error error;
	enum status status;

	/* Messages go out in one piece. */
	setvbuf(stderr, NULL, _IOLBF, 0);
	note_command(&work, argc, argv);
	if (tr_sim_options_parse(&options, argc, argv, &error) != TR_OK)
		return (int)status_of_failure(&error);
	switch (options.mode) {
	case TR_SIM_MODE_HELP:
		tr_sim_options_help(stdout);
		status = EXIT_DONE;
		break;
	case TR_SIM_MODE_VERSION:
		printf("trueroute-sim %s\n", PACKAGE_VERSION);
		status = EXIT_DONE;
		break;
	case TR_SIM_MODE_GENERATE:
		status = generate(&options);
		break;
	default:
		status = open_work(&work, &options, &error) == TR_OK ?
		    start(&work) : status_of_failure(&error);
		break;
	}
	tr_topology_free(work.topology);
	if (fflush(stdout) != 0 && status == EXIT_DONE) {
		complain("cannot write to standard output");
		status = EXIT_SYSTEM;
	}
	return (int)status;
}
