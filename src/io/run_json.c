#include "config.h"

#ifdef HAVE_JANSSON

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "io/run_json.h"
#include "packet/transport.h"
#include "packet/wire.h"

#define FACTOR_MAX 1e9

/* --- to JSON ------------------------------------------------------------ */

/* json_pack() fails as a whole where one of these gave NULL. */

static json_t *
integer_or_null(bool known, json_int_t value)
{
	return known ? json_integer(value) : json_null();
}

static json_t *
text_or_null(const char *text)
{
	char safe[TR_RUN_COMMAND_MAX];

	if (text[0] == '\0')
		return json_null();
	return json_string(tr_text_safe(text, safe, sizeof(safe)));
}

json_t *
tr_address_to_json(const struct tr_address *address)
{
	char text[TR_ADDRESS_TEXT_MAX];

	if (!tr_address_is_set(address))
		return json_null();
	return json_string(tr_address_text(address, text, sizeof(text)));
}

json_t *
tr_tcp_flags_to_json(uint8_t flags)
{
	json_t *list = json_array();

	for (unsigned bit = 0; bit < 8 && list != NULL; bit++)
		if ((flags & 1u << bit) != 0 && json_array_append_new(list,
		    json_string(tr_tcp_flag_name(bit))) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *
flow_to_json(const struct tr_flow *flow, bool known)
{
	const bool icmp = flow->protocol == TR_PROTOCOL_ICMP;
	const bool tcp = flow->protocol == TR_PROTOCOL_TCP;
	const bool ipv6 = flow->dst.family == 6;

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, "
	    "s:o, s:o, s:b, s:i}",
	    "protocol", tr_protocol_name(flow->protocol),
	    "src", tr_address_to_json(&flow->src),
	    "dst", tr_address_to_json(&flow->dst),
	    "source_port", integer_or_null(!icmp, flow->source_port),
	    "destination_port",
	    integer_or_null(!icmp, flow->destination_port),
	    "icmp_id", integer_or_null(icmp, flow->icmp_id),
	    "icmp_checksum", integer_or_null(icmp, flow->icmp_checksum),
	    "flow_label", integer_or_null(ipv6, flow->flow_label),
	    "tos", (int)flow->tos,
	    "tcp_flags", tcp ? tr_tcp_flags_to_json(flow->tcp_flags) :
	    json_null(),
	    "dont_fragment", known && !ipv6 ?
	    json_boolean(flow->dont_fragment) : json_null(),
	    "classic", (int)flow->classic,
	    "size", (int)flow->size);
}

static json_t *
parameters_to_json(const struct tr_trace_config *trace, bool known)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "first_ttl", integer_or_null(trace->first_ttl != 0,
	    trace->first_ttl),
	    "max_ttl", integer_or_null(trace->max_ttl != 0, trace->max_ttl),
	    "queries", integer_or_null(trace->queries != 0, trace->queries),
	    "probes_at_once", integer_or_null(trace->probes_at_once != 0,
	    trace->probes_at_once),
	    "wait_max_ns", integer_or_null(known, trace->wait_max),
	    "wait_here", known ? json_real(trace->wait_here) : json_null(),
	    "wait_near", known ? json_real(trace->wait_near) : json_null(),
	    "gap_ns", integer_or_null(known, trace->gap));
}

static json_t *
interface_to_json(const struct tr_run *run)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "name", text_or_null(run->interface),
	    "index", integer_or_null(run->interface_index != 0,
	    run->interface_index),
	    "gateway", tr_address_to_json(&run->gateway),
	    "mtu", integer_or_null(run->mtu != 0, run->mtu),
	    "reason", text_or_null(run->interface_reason),
	    "source_reason", text_or_null(run->source_reason),
	    "capture_device", text_or_null(run->capture_device));
}

static const char *const rule_names[] = {
	[TR_PLAN_LITE] = "lite",
	[TR_PLAN_FULL] = "full",
	[TR_PLAN_FIXED] = "fixed",
};

static json_t *
paths_to_json(const struct tr_run *run)
{
	const struct tr_multipath_config *paths = &run->paths;

	return json_pack("{s:s, s:f, s:I, s:I, s:I, s:I, s:o, s:b, s:b}",
	    "rule", rule_names[paths->rules.way],
	    "bound", paths->rules.alpha,
	    "flows", (json_int_t)paths->rules.flows,
	    "balancers", (json_int_t)paths->rules.balancers,
	    "flows_max", (json_int_t)paths->flows_max,
	    "probes_max", (json_int_t)paths->probes_max,
	    "time_max_ns", integer_or_null(paths->time_max !=
	    TR_TIME_NEVER, paths->time_max),
	    "classify", (int)(paths->fields.fields != 0),
	    "varies_label", (int)run->flow.vary_label);
}

static json_t *
rounds_to_json(const struct tr_rounds_config *rounds)
{
	return json_pack("{s:i, s:I}",
	    "count", (int)rounds->count,
	    "interval_ns", (json_int_t)rounds->interval);
}

/* What an ordinary trace has not, is not there. */
static json_t *
with_more(json_t *object, const struct tr_run *run)
{
	int status = 0;

	if (object == NULL)
		return NULL;
	if (run->multipath)
		status |= json_object_set_new(object, "multipath",
		    paths_to_json(run));
	if (run->rounds.count > 0)
		status |= json_object_set_new(object, "rounds",
		    rounds_to_json(&run->rounds));
	if (run->walk_size != 0)
		status |= json_object_set_new(object, "path_mtu",
		    json_pack("{s:i}", "walk_size", (int)run->walk_size));
	if (run->masked_hops != 0)
		status |= json_object_set_new(object, "masked_hops",
		    json_integer(run->masked_hops));
	if (status != 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

json_t *
tr_run_to_json(const struct tr_run *run)
{
	return with_more(json_pack("{s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:I, "
	    "s:b, s:o, s:o, s:o, s:o}",
	    "known", (int)run->known,
	    "version", text_or_null(run->version),
	    "command", text_or_null(run->command),
	    "options", text_or_null(run->again),
	    "target", text_or_null(run->target),
	    "addresses", integer_or_null(run->addresses != 0, run->addresses),
	    "address_number", integer_or_null(run->address_number != 0,
	    run->address_number),
	    "start_ns", (json_int_t)run->start,
	    "one_flow", (int)run->one_flow,
	    "mark", integer_or_null(run->mark != 0, run->mark),
	    "flow", flow_to_json(&run->flow, run->known),
	    "parameters", parameters_to_json(&run->trace, run->known),
	    "interface", interface_to_json(run)), run);
}

/* --- from JSON ---------------------------------------------------------- */

/* Sticky: the first value that is refused stays the one told of. */
struct reader {
	const json_t *object;
	const char *place;		/* "run", "flow", ... */
	struct tr_error *error;
	int	 status;
};

static void
refuse(struct reader *reader, const char *key, const char *accepted)
{
	if (reader->status == TR_OK)
		reader->status = tr_fail(reader->error, TR_EFORMAT,
		    "%s.%s in the saved run is not %s", reader->place, key,
		    accepted);
}

/* The value, or NULL where there is none. */
static const json_t *
find(const struct reader *reader, const char *key)
{
	const json_t *value = json_object_get(reader->object, key);

	return json_is_null(value) ? NULL : value;
}

static json_int_t
read_integer(struct reader *reader, const char *key, json_int_t least,
    json_int_t most)
{
	const json_t *value = find(reader, key);
	char accepted[80];

	if (value == NULL)
		return 0;
	if (json_is_integer(value) && json_integer_value(value) >= least &&
	    json_integer_value(value) <= most)
		return json_integer_value(value);
	snprintf(accepted, sizeof(accepted), "a number from %lld to %lld",
	    (long long)least, (long long)most);
	refuse(reader, key, accepted);
	return 0;
}

static bool
read_boolean(struct reader *reader, const char *key)
{
	const json_t *value = find(reader, key);

	if (value != NULL && !json_is_boolean(value))
		refuse(reader, key, "true or false");
	return json_is_true(value);
}

static double
read_factor(struct reader *reader, const char *key)
{
	const json_t *value = find(reader, key);
	const double factor = json_number_value(value);

	if (value == NULL)
		return 0;
	if (json_is_number(value) && factor >= 0 && factor <= FACTOR_MAX)
		return factor;
	refuse(reader, key, "a number from 0 to 1000000000");
	return 0;
}

static void
read_text(struct reader *reader, const char *key, char *text, size_t size)
{
	const json_t *value = find(reader, key);

	if (value == NULL)
		return;
	if (json_is_string(value) && json_string_length(value) < size)
		tr_text_safe(json_string_value(value), text, size);
	else
		refuse(reader, key, "a text, or is too long");
}

static void
read_address(struct reader *reader, const char *key,
    struct tr_address *address)
{
	const json_t *value = find(reader, key);

	if (value != NULL && (!json_is_string(value) ||
	    tr_address_parse(json_string_value(value), address) != TR_OK))
		refuse(reader, key, "an address");
}

static void
read_protocol(struct reader *reader, enum tr_protocol *protocol)
{
	const json_t *value = find(reader, "protocol");

	for (int one = TR_PROTOCOL_UDP; one <= TR_PROTOCOL_TCP; one++)
		if (json_is_string(value) && strcmp(json_string_value(value),
		    tr_protocol_name((enum tr_protocol)one)) == 0) {
			*protocol = (enum tr_protocol)one;
			return;
		}
	refuse(reader, "protocol", "UDP, ICMP or TCP");
}

static uint8_t
read_tcp_flags(struct reader *reader)
{
	const json_t *list = find(reader, "tcp_flags");
	unsigned flags = 0;

	if (list != NULL && !json_is_array(list))
		refuse(reader, "tcp_flags", "a list");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		unsigned bit = 0;

		while (bit < 8 && (name == NULL ||
		    strcmp(name, tr_tcp_flag_name(bit)) != 0))
			bit++;
		if (bit == 8)
			refuse(reader, "tcp_flags", "a list of flags");
		else
			flags |= 1u << bit;
	}
	return (uint8_t)flags;
}

/* Begin on an object inside of another; false when it is not there. */
static bool
enter(struct reader *reader, const struct reader *outer, const char *place)
{
	*reader = *outer;
	reader->object = find(outer, place);
	reader->place = place;
	if (reader->object != NULL && !json_is_object(reader->object))
		reader->status = tr_fail(outer->error, TR_EFORMAT,
		    "%s in the saved run is not an object", place);
	return reader->status == TR_OK && reader->object != NULL;
}

static int
read_flow(const struct reader *outer, struct tr_flow *flow)
{
	struct reader reader;

	if (!enter(&reader, outer, "flow"))
		return reader.status;
	read_protocol(&reader, &flow->protocol);
	read_address(&reader, "src", &flow->src);
	read_address(&reader, "dst", &flow->dst);
	if (flow->src.family != flow->dst.family)
		refuse(&reader, "src", "of the family of dst");
	flow->source_port = (uint16_t)read_integer(&reader, "source_port",
	    0, UINT16_MAX);
	flow->destination_port = (uint16_t)read_integer(&reader,
	    "destination_port", 0, UINT16_MAX);
	flow->icmp_id = (uint16_t)read_integer(&reader, "icmp_id", 0,
	    UINT16_MAX);
	flow->icmp_checksum = (uint16_t)read_integer(&reader,
	    "icmp_checksum", 0, UINT16_MAX);
	flow->flow_label = (uint32_t)read_integer(&reader, "flow_label", 0,
	    0xfffff);
	flow->tos = (uint8_t)read_integer(&reader, "tos", 0, UINT8_MAX);
	flow->tcp_flags = read_tcp_flags(&reader);
	flow->dont_fragment = read_boolean(&reader, "dont_fragment");
	flow->classic = read_boolean(&reader, "classic");
	flow->size = (uint16_t)read_integer(&reader, "size", 0, UINT16_MAX);
	return reader.status;
}

static int
read_parameters(const struct reader *outer, bool known,
    struct tr_trace_config *trace)
{
	struct reader reader;

	if (!enter(&reader, outer, "parameters"))
		return reader.status;
	trace->first_ttl = (uint8_t)read_integer(&reader, "first_ttl", 1,
	    TR_TRACE_TTL_MAX);
	trace->max_ttl = (uint8_t)read_integer(&reader, "max_ttl", 1,
	    TR_TRACE_TTL_MAX);
	if (trace->first_ttl > trace->max_ttl)
		refuse(&reader, "first_ttl", "max_ttl at most");
	/* Another program's may have been more. */
	trace->queries = (uint8_t)read_integer(&reader, "queries", 1,
	    known ? TR_TRACE_QUERIES_MAX : UINT8_MAX);
	trace->probes_at_once = (uint16_t)read_integer(&reader,
	    "probes_at_once", 1, UINT16_MAX);
	trace->wait_max = read_integer(&reader, "wait_max_ns", 0,
	    INT64_MAX);
	trace->wait_here = read_factor(&reader, "wait_here");
	trace->wait_near = read_factor(&reader, "wait_near");
	trace->gap = read_integer(&reader, "gap_ns", 0, INT64_MAX);
	return reader.status;
}

/* Captures of earlier versions have none: the run was an ordinary trace. */
static int
read_rounds(const struct reader *outer, struct tr_rounds_config *rounds)
{
	struct reader reader;

	if (!enter(&reader, outer, "rounds"))
		return reader.status;
	rounds->count = (uint16_t)read_integer(&reader, "count", 0,
	    TR_IDENTIFIERS);
	rounds->interval = read_integer(&reader, "interval_ns",
	    TR_ROUNDS_INTERVAL_LEAST, TR_ROUNDS_INTERVAL_MOST);
	if (rounds->count > 0 && rounds->interval == 0)
		refuse(&reader, "interval_ns", "there");
	return reader.status;
}

static void
read_rule(struct reader *reader, enum tr_plan_way *way)
{
	const char *name = json_string_value(find(reader, "rule"));

	for (int one = TR_PLAN_LITE; one <= TR_PLAN_FIXED; one++)
		if (name != NULL && strcmp(name, rule_names[one]) == 0) {
			*way = (enum tr_plan_way)one;
			return;
		}
	refuse(reader, "rule", "lite, full or fixed");
}

static int
read_paths(const struct reader *outer, struct tr_run *run)
{
	struct tr_multipath_config *paths = &run->paths;
	struct reader reader;

	if (!enter(&reader, outer, "multipath"))
		return reader.status;
	run->multipath = true;
	read_rule(&reader, &paths->rules.way);
	paths->rules.alpha = read_factor(&reader, "bound");
	if (paths->rules.alpha <= 0 || paths->rules.alpha >= 1)
		refuse(&reader, "bound", "more than 0 and less than 1");
	paths->rules.flows = (uint32_t)read_integer(&reader, "flows", 0,
	    TR_DISCOVERY_FLOWS_MAX);
	paths->rules.balancers = (unsigned)read_integer(&reader, "balancers",
	    0, UINT16_MAX);
	paths->flows_max = (uint32_t)read_integer(&reader, "flows_max", 1,
	    TR_DISCOVERY_FLOWS_MAX);
	paths->probes_max = (uint32_t)read_integer(&reader, "probes_max", 1,
	    TR_IDENTIFIERS);
	paths->time_max = find(&reader, "time_max_ns") == NULL ?
	    TR_TIME_NEVER : read_integer(&reader, "time_max_ns", 1,
	    INT64_MAX);
	run->flow.vary_label = read_boolean(&reader, "varies_label");
	if (read_boolean(&reader, "classify"))
		tr_run_classify(run);
	tr_run_share_limits(run);
	return reader.status;
}

static int
read_path_mtu(const struct reader *outer, struct tr_run *run)
{
	struct reader reader;

	if (!enter(&reader, outer, "path_mtu"))
		return reader.status;
	run->walk_size = (uint16_t)read_integer(&reader, "walk_size", 1,
	    run->flow.size);
	if (run->multipath || run->rounds.count > 0)
		refuse(&reader, "walk_size", "of one flow");
	return reader.status;
}

static int
read_interface(const struct reader *outer, struct tr_run *run)
{
	struct reader reader;

	if (!enter(&reader, outer, "interface"))
		return reader.status;
	read_text(&reader, "name", run->interface, sizeof(run->interface));
	run->interface_index = (uint32_t)read_integer(&reader, "index", 0,
	    UINT32_MAX);
	read_address(&reader, "gateway", &run->gateway);
	run->mtu = (uint32_t)read_integer(&reader, "mtu", 0, UINT32_MAX);
	read_text(&reader, "reason", run->interface_reason,
	    sizeof(run->interface_reason));
	read_text(&reader, "source_reason", run->source_reason,
	    sizeof(run->source_reason));
	read_text(&reader, "capture_device", run->capture_device,
	    sizeof(run->capture_device));
	return reader.status;
}

/*
 * Are these options that a run of ours saves, each with a value?  They are
 * printed as part of a command, which somebody may give to a shell: the file
 * may be anybody's.
 */
static bool
is_again(const char *text)
{
	static const char *const options[] = {
		" --simulate ", " --seed ", " -i ", " -s ", " --fwmark ",
		" -m ",
	};
	const size_t count = sizeof(options) / sizeof(options[0]);

	if (!tr_text_is_quoted(text))
		return false;
	while (*text != '\0') {
		size_t i = 0;

		while (i < count &&
		    strncmp(text, options[i], strlen(options[i])) != 0)
			i++;
		if (i == count)
			return false;
		text += strlen(options[i]);
		if (*text == '\0' || *text == ' ')
			return false;
		text = tr_text_after_word(text);
	}
	return true;
}

static void
read_again(struct reader *reader, char *again, size_t size)
{
	read_text(reader, "options", again, size);
	if (!is_again(again))
		refuse(reader, "options", "a list of options");
}

int
tr_run_from_json(const json_t *object, struct tr_run *run,
    struct tr_error *error)
{
	struct reader reader = {
		.object = object,
		.place = "run",
		.error = error,
		.status = TR_OK,
	};

	*run = (struct tr_run){ .known = false };
	if (!json_is_object(object))
		return tr_fail(error, TR_EFORMAT,
		    "the saved run is not an object");
	run->known = read_boolean(&reader, "known");
	read_text(&reader, "version", run->version, sizeof(run->version));
	read_text(&reader, "command", run->command, sizeof(run->command));
	read_again(&reader, run->again, sizeof(run->again));
	read_text(&reader, "target", run->target, sizeof(run->target));
	run->addresses = (uint32_t)read_integer(&reader, "addresses", 0,
	    UINT32_MAX);
	run->address_number = (uint32_t)read_integer(&reader,
	    "address_number", 0, UINT32_MAX);
	run->start = read_integer(&reader, "start_ns", 0, INT64_MAX);
	run->one_flow = read_boolean(&reader, "one_flow");
	run->mark = (uint32_t)read_integer(&reader, "mark", 0, UINT32_MAX);
	run->masked_hops = (uint8_t)read_integer(&reader, "masked_hops", 1,
	    TR_TRACE_TTL_MAX);
	if (reader.status == TR_OK)
		reader.status = read_flow(&reader, &run->flow);
	if (reader.status == TR_OK)
		reader.status = read_parameters(&reader, run->known,
		    &run->trace);
	if (reader.status == TR_OK)
		reader.status = read_rounds(&reader, &run->rounds);
	if (reader.status == TR_OK)
		reader.status = read_paths(&reader, run);
	if (reader.status == TR_OK)
		reader.status = read_path_mtu(&reader, run);
	if (reader.status == TR_OK)
		reader.status = read_interface(&reader, run);
	return reader.status;
}

#else

/* An empty translation unit is not C. */
extern int tr_run_json_needs_jansson;

#endif
