#include <math.h>
#include <string.h>

#include "base/random.h"
#include "base/time.h"
#include "cli/survey_part.h"
#include "io/live.h"

/*
 * Targets at once, unless the user says: as many as there are probes while one
 * is awaited.  Of those that answer fewer will do; it is the silent that count.
 */
#define WINDOW_LEAST	64
#define WINDOW_MOST	(UINT32_C(1) << 18)

/* Places for held replies, of 40 bytes: for each target, and in all. */
#define HOPS_EACH	24
#define HOPS_LEAST	4096
#define HOPS_MOST	(UINT32_C(1) << 21)

#define STOP_SET	(UINT32_C(1) << 20)

/* All paths to a target: what that may take. */
#define PATHS_AT_ONCE	8
#define PATHS_HOPS	256
#define PATHS_WINDOW	20	/* probes a second for each target at once */
#define PATHS_WINDOW_MOST 256
#define PATHS_WINDOW_LEAST 16

/* A frame waits in its block until it is handed over, and a tick or two. */
#define GRACE		((TR_CAPTURE_SURVEY_HAND_OVER + 15) * TR_MILLISECOND)

#define PROBES_CHEAP	(UINT32_C(1) << 19)


static uint32_t
power_of_two(uint64_t least, uint32_t most)
{
	uint32_t power = 64;

	while (power < least && power < most)
		power *= 2;
	return power;
}

static uint64_t
limit(uint64_t value, uint64_t least, uint64_t most)
{
	if (value < least)
		return least;
	return value > most ? most : value;
}

/* How many probes there are in a time, by the rate. */
static uint64_t
probes_in(uint64_t rate, int64_t time)
{
	return (uint64_t)ceil((double)rate / 1000 * (double)time / 1e9);
}

/*
 * As many probes are remembered as may be under way; and twice as many, for
 * answers that come late, as long as that is no matter of memory.
 */
static uint32_t
remembered(const struct tr_survey_options *options)
{
	const uint32_t once = power_of_two(probes_in(options->rate,
	    options->timeout), TR_SURVEY_PROBES_MAX);
	const uint32_t twice = power_of_two(probes_in(options->rate,
	    2 * options->timeout), TR_SURVEY_PROBES_MAX);

	return twice > PROBES_CHEAP && once < twice ?
	    once > PROBES_CHEAP ? once : PROBES_CHEAP : twice;
}

/* The sizes of what a survey has in memory: see tr_survey_memory(). */
static void
settle_sizes(const struct tr_survey_command *survey,
    struct tr_survey_config *config)
{
	const struct tr_survey_options *options = &survey->options->survey;
	const bool streams = options->rows && options->output_path == NULL;

	if (options->window != 0)
		config->window = options->window;
	else if (survey->options->multipath)
		config->window = (uint32_t)limit(options->rate / 1000 /
		    PATHS_WINDOW, PATHS_WINDOW_LEAST, PATHS_WINDOW_MOST);
	else
		config->window = (uint32_t)limit(probes_in(options->rate,
		    options->timeout), WINDOW_LEAST, WINDOW_MOST);
	config->probes = remembered(options);
	config->stop_set = STOP_SET;
	/* Rows by themselves need no record. */
	config->hops = streams ? 0 : (uint32_t)limit(
	    (uint64_t)config->window * (survey->options->multipath ?
	    PATHS_HOPS : HOPS_EACH), HOPS_LEAST, HOPS_MOST);
}

/* What the user says, an earlier run had, or is drawn, of the flow. */
static struct tr_survey_flow
settle_flow(const struct tr_survey_command *survey, struct tr_random *random)
{
	const struct tr_options *options = survey->options;
	struct tr_survey_flow flow = { .source_port = options->sport };

	flow.icmp_id = (uint16_t)tr_random_next(random);
	flow.icmp_checksum = (uint16_t)(tr_random_below(random, 0xfffe) + 1);
	(void)tr_survey_writer_has_flow(&survey->writer, &flow);
	if (options->icmp_id_given)
		flow.icmp_id = options->icmp_id;
	if (options->icmp_checksum_given)
		flow.icmp_checksum = options->icmp_checksum;
	return flow;
}

static void
settle_config(struct tr_survey_command *survey,
    const struct tr_survey_flow *flow, struct tr_random *random)
{
	const struct tr_options *options = survey->options;
	const struct tr_survey_options *own = &options->survey;
	struct tr_survey_config *config = &survey->config;

	*config = (struct tr_survey_config){
		.targets = survey->targets,
		.seed = tr_random_next(random) >> 1,
		.way = own->way,
		.protocol = options->protocol,
		.destination_port = options->port,
		.icmp_id = flow->icmp_id,
		.icmp_checksum = flow->icmp_checksum,
		.flow_label = options->flow_label,
		.vary_label = options->multipath &&
		    !options->flow_label_given,
		.token = (uint32_t)tr_random_next(random) | 1,
		.first_ttl = own->first_ttl,
		.max_ttl = own->max_ttl,
		.start_ttl = own->start_ttl,
		.gap_limit = own->gap_limit,
		.queries = own->queries,
		.timeout = own->timeout,
		.grace = GRACE,
		.target_spacing = own->target_spacing,
		.router_spacing = own->router_spacing,
		.rate = own->rate,
		.first_place = tr_places_first(&survey->writer.before),
		.paced_records = survey->writer.keeps_state,
	};
	if (options->multipath)
		config->multipath = (struct tr_survey_multipath){
			.rules = options->paths.rules,
			.probes_max = own->budget,
			.flows_max = TR_SURVEY_PATHS_FLOWS,
			.probes_at_once = PATHS_AT_ONCE,
		};
	settle_sizes(survey, config);
}

/* What all probes have in common. */
static struct tr_probe_spec
spec_of(const struct tr_survey_command *survey,
    const struct tr_survey_flow *flow)
{
	const struct tr_options *options = survey->options;
	const char *contact = options->survey.contact;

	return (struct tr_probe_spec){
		.protocol = options->protocol,
		.source_port = flow->source_port,
		.destination_port = options->port,
		.icmp_id = flow->icmp_id,
		.icmp_checksum = flow->icmp_checksum,
		.ttl = 1,
		.tos = options->tos,
		.flow_label = options->flow_label,
		.dont_fragment = options->dont_fragment,
		.identifier = 1,
		.token = survey->config.token,
		.text = contact,
		.text_size = contact == NULL ? 0 : (uint16_t)strlen(contact),
		.tcp_flags = options->tcp_flags,
	};
}

int
tr_survey_settle(struct tr_survey_command *survey, struct tr_probe_spec *spec,
    struct tr_error *error)
{
	struct tr_survey_flow flow;
	struct tr_random random;
	uint64_t drawn;
	const int result = tr_live_seed(&drawn, error);

	if (result != TR_OK)
		return result;
	tr_random_seed(&random, drawn);
	flow = settle_flow(survey, &random);
	settle_config(survey, &flow, &random);
	*spec = spec_of(survey, &flow);
	return TR_OK;
}
