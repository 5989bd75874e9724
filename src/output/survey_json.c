/*
 * The lines of JSON of a survey.  doc/json.md tells what each member means,
 * doc/trueroute-survey.schema.json checks them.
 */
#include "config.h"

#include "base/time.h"
#include "base/write_text.h"
#include "output/survey.h"
#include "packet/transport.h"
#include "packet/wire.h"

#define SCHEMA_VERSION	"1"

/* --- values ------------------------------------------------------------- */

/*
 * Members, behind others.  Macros, so that a name is part of one constant;
 * each argument is evaluated once.
 */
#define write_member(writer, name) \
	tr_write_literal(writer, ",\"" name "\":")

#define write_count(writer, name, value) do { \
	write_member(writer, name); \
	tr_write_unsigned(writer, value); \
} while (0)

#define write_known(writer, name, value) do { \
	write_member(writer, name); \
	write_unless_0(writer, value); \
} while (0)

#define write_flag(writer, name, value) do { \
	if (value) \
		tr_write_literal(writer, ",\"" name "\":true"); \
	else \
		tr_write_literal(writer, ",\"" name "\":false"); \
} while (0)

/* A chance; to the ninth decimal. */
static void
write_chance(struct tr_writer *writer, double chance)
{
	tr_write_fixed(writer, (int64_t)(chance * 1e9 + 0.5), 9);
}

static bool
is_multipath(const struct tr_survey_about *about)
{
	return about->config->multipath.probes_max > 0;
}

static void
write_unless_0(struct tr_writer *writer, uint64_t value)
{
	if (value == 0)
		tr_write_literal(writer, "null");
	else
		tr_write_unsigned(writer, value);
}

static void
write_time(struct tr_writer *writer, const struct tr_survey_about *about,
    int64_t time)
{
	if (time == TR_TIME_NONE)
		tr_write_literal(writer, "null");
	else
		tr_write_signed(writer, time + about->offset);
}

static void
write_word(struct tr_writer *writer, const char *word)
{
	tr_write_literal(writer, "\"");
	tr_write_string(writer, word);
	tr_write_literal(writer, "\"");
}

static void
write_address(struct tr_writer *writer, const struct tr_address *address)
{
	if (!tr_address_is_set(address)) {
		tr_write_literal(writer, "null");
		return;
	}
	tr_write_literal(writer, "\"");
	tr_write_address(writer, address);
	tr_write_literal(writer, "\"");
}

/* An errno. */
static void
write_error(struct tr_writer *writer, int system)
{
	const char *name = tr_error_system_name(system);

	if (system == 0)
		tr_write_literal(writer, "null");
	else if (name != NULL)
		write_word(writer, name);
	else {
		tr_write_literal(writer, "\"errno ");
		tr_write_signed(writer, system);
		tr_write_literal(writer, "\"");
	}
}

/* --- replies ------------------------------------------------------------ */

static void
write_icmp(struct tr_writer *writer, const struct tr_survey_reply *reply)
{
	if (reply->protocol != TR_IPPROTO_ICMP &&
	    reply->protocol != TR_IPPROTO_ICMP6) {
		tr_write_literal(writer, ",\"icmp\":null");
		return;
	}
	tr_write_literal(writer, ",\"icmp\":{\"type\":");
	tr_write_unsigned(writer, reply->icmp_type);
	tr_write_literal(writer, ",\"code\":");
	tr_write_unsigned(writer, reply->icmp_code);
	tr_write_literal(writer, "}");
}

static void
write_tcp(struct tr_writer *writer, const struct tr_survey_reply *reply)
{
	bool first = true;

	if (reply->protocol != TR_IPPROTO_TCP) {
		tr_write_literal(writer, ",\"tcp\":null");
		return;
	}
	tr_write_literal(writer, ",\"tcp\":{\"flags\":[");
	for (unsigned bit = 0; bit < 8; bit++) {
		if ((reply->tcp_flags & 1u << bit) == 0)
			continue;
		if (!first)
			tr_write_literal(writer, ",");
		write_word(writer, tr_tcp_flag_name(bit));
		first = false;
	}
	tr_write_literal(writer, "]}");
}

static void
write_quote(struct tr_writer *writer, const struct tr_survey_reply *reply)
{
	if (reply->quoted_ttl == 0) {
		tr_write_literal(writer, ",\"quote\":null");
		return;
	}
	tr_write_literal(writer, ",\"quote\":{\"ttl\":");
	tr_write_unsigned(writer, reply->quoted_ttl);
	tr_write_literal(writer, "}");
}

static void
write_labels(struct tr_writer *writer, const struct tr_survey_reply *reply)
{
	tr_write_literal(writer, ",\"mpls\":[");
	for (unsigned i = 0; i < reply->label_count &&
	    i < TR_SURVEY_LABELS; i++) {
		const uint32_t word = reply->labels[i];

		if (i > 0)
			tr_write_literal(writer, ",");
		tr_write_literal(writer, "{\"label\":");
		tr_write_unsigned(writer, word >> 12);
		write_count(writer, "experimental", word >> 9 & 7);
		write_flag(writer, "bottom", (word & 0x100) != 0);
		write_count(writer, "ttl", word & 255);
		tr_write_literal(writer, "}");
	}
	tr_write_literal(writer, "]");
}

static void
write_reply(struct tr_writer *writer, const struct tr_survey_about *about,
    const struct tr_survey_reply *reply)
{
	tr_write_literal(writer, "{\"received_ns\":");
	write_time(writer, about, reply->received);
	write_member(writer, "rtt_ns");
	if (reply->rtt == TR_SURVEY_RTT_UNKNOWN)
		tr_write_literal(writer, "null");
	else
		tr_write_unsigned(writer, (uint64_t)reply->rtt *
		    TR_SURVEY_RTT_UNIT);
	write_member(writer, "responder");
	write_address(writer, &reply->responder);
	write_member(writer, "verdict");
	write_word(writer, tr_verdict_name(reply->verdict));
	write_flag(writer, "rewritten", reply->rewritten);
	write_flag(writer, "late", reply->late);
	write_flag(writer, "duplicate", reply->duplicate);
	write_icmp(writer, reply);
	write_tcp(writer, reply);
	write_count(writer, "ttl", reply->reply_ttl);
	write_count(writer, "size", reply->size);
	write_quote(writer, reply);
	write_labels(writer, reply);
	if (is_multipath(about))
		write_count(writer, "flow", reply->flow);
	tr_write_literal(writer, "}");
}

/* By TTL, as they are in the record. */
static void
write_hops(struct tr_writer *writer, const struct tr_survey_about *about,
    const struct tr_survey_record *record)
{
	/* They were lines of their own. */
	if (about->config->hops == 0) {
		tr_write_literal(writer, ",\"hops\":null");
		return;
	}
	tr_write_literal(writer, ",\"hops\":[");
	for (uint32_t i = 0; i < record->hop_count; i++) {
		const struct tr_survey_reply *reply = &record->hops[i];

		if (i > 0 && reply->ttl == reply[-1].ttl)
			tr_write_literal(writer, ",");
		else {
			if (i > 0)
				tr_write_literal(writer, "]},");
			tr_write_literal(writer, "{\"ttl\":");
			tr_write_unsigned(writer, reply->ttl);
			tr_write_literal(writer, ",\"replies\":[");
		}
		write_reply(writer, about, reply);
	}
	if (record->hop_count > 0)
		tr_write_literal(writer, "]}");
	tr_write_literal(writer, "]");
}

int
tr_survey_json_reply(const struct tr_survey_about *about,
    const struct tr_survey_reply *reply, char *buffer, size_t size)
{
	struct tr_writer writer;

	tr_writer_init(&writer, (uint8_t *)buffer, size);
	tr_write_literal(&writer, "{\"type\":\"reply\",\"target\":");
	write_address(&writer, &reply->target);
	write_count(&writer, "ttl", reply->ttl);
	write_member(&writer, "reply");
	write_reply(&writer, about, reply);
	tr_write_literal(&writer, "}\n");
	return tr_written(&writer);
}

/* --- graphs ------------------------------------------------------------- */

static void
write_vertices(struct tr_writer *writer, const struct tr_survey_graph *graph)
{
	for (uint32_t i = 0; i < graph->vertex_count; i++) {
		const struct tr_survey_vertex *vertex = &graph->vertices[i];

		if (i > 0)
			tr_write_literal(writer, ",");
		tr_write_literal(writer, "{\"id\":");
		tr_write_unsigned(writer, i);
		write_count(writer, "ttl", vertex->ttl);
		write_member(writer, "address");
		write_address(writer, &vertex->address);
		write_member(writer, "verdict");
		write_word(writer, tr_verdict_name(
		    (enum tr_verdict)vertex->verdict));
		write_count(writer, "flows", vertex->flows);
		tr_write_literal(writer, "}");
	}
}

static void
write_links(struct tr_writer *writer, const struct tr_survey_graph *graph)
{
	for (uint32_t i = 0; i < graph->link_count; i++) {
		const struct tr_survey_link *link = &graph->links[i];

		if (i > 0)
			tr_write_literal(writer, ",");
		tr_write_literal(writer, "{\"from\":");
		tr_write_unsigned(writer, link->from);
		write_count(writer, "to", link->to);
		write_count(writer, "flow_count", link->flows);
		tr_write_literal(writer, "}");
	}
}

static void
write_graph(struct tr_writer *writer, const struct tr_survey_about *about,
    const struct tr_survey_graph *graph)
{
	tr_write_literal(writer, ",\"graph\":{\"bound\":{\"asked\":");
	write_chance(writer, about->config->multipath.rules.alpha);
	write_member(writer, "achieved");
	write_chance(writer, graph->miss);
	tr_write_literal(writer, "}");
	write_flag(writer, "partial", graph->partial);
	write_flag(writer, "unsure", graph->unsure);
	tr_write_literal(writer, ",\"vertices\":[");
	write_vertices(writer, graph);
	tr_write_literal(writer, "],\"links\":[");
	write_links(writer, graph);
	tr_write_literal(writer, "]}");
}

/* --- targets ------------------------------------------------------------ */

int
tr_survey_json_target(const struct tr_survey_about *about,
    const struct tr_survey_record *record, char *buffer, size_t size)
{
	struct tr_writer writer;

	tr_writer_init(&writer, (uint8_t *)buffer, size);
	tr_write_literal(&writer, "{\"type\":\"target\",\"target\":");
	write_address(&writer, &record->target);
	write_count(&writer, "place", record->place);
	write_member(&writer, "start_ns");
	write_time(&writer, about, record->started);
	write_member(&writer, "end_ns");
	write_time(&writer, about, record->ended);
	write_member(&writer, "stop");
	write_word(&writer, tr_survey_reason_name(record->reason));
	write_member(&writer, "error");
	write_error(&writer, record->system);
	write_known(&writer, "distance", record->distance);
	write_known(&writer, "joined", record->joined);
	write_count(&writer, "probes", record->probes);
	write_count(&writer, "answers", record->replies);
	write_flag(&writer, "cut", record->cut);
	write_hops(&writer, about, record);
	if (record->graph != NULL)
		write_graph(&writer, about, record->graph);
	tr_write_literal(&writer, "}\n");
	return tr_written(&writer);
}

/* --- the begin ---------------------------------------------------------- */

static void
write_flow(struct tr_writer *writer, const struct tr_survey_about *about)
{
	const struct tr_survey_config *config = about->config;

	tr_write_literal(writer, ",\"flow\":{\"protocol\":");
	write_word(writer, tr_protocol_name(config->protocol));
	write_member(writer, "src4");
	write_address(writer, &about->source4);
	write_member(writer, "src6");
	write_address(writer, &about->source6);
	if (config->protocol == TR_PROTOCOL_ICMP) {
		tr_write_literal(writer, ",\"source_port\":null,"
		    "\"destination_port\":null");
		write_count(writer, "icmp_id", config->icmp_id);
		write_count(writer, "icmp_checksum", about->icmp_checksum);
	} else {
		write_count(writer, "source_port", config->source_port);
		write_count(writer, "destination_port",
		    config->destination_port);
		tr_write_literal(writer, ",\"icmp_id\":null,"
		    "\"icmp_checksum\":null");
	}
	write_count(writer, "flow_label", about->flow_label);
	write_count(writer, "tos", about->tos);
	tr_write_literal(writer, "}");
}

static void
write_multipath(struct tr_writer *writer,
    const struct tr_survey_config *config)
{
	static const char *const rules[] = {
		[TR_PLAN_LITE] = "lite",
		[TR_PLAN_FULL] = "full",
		[TR_PLAN_FIXED] = "fixed",
	};
	const struct tr_survey_multipath *multipath = &config->multipath;

	tr_write_literal(writer, ",\"multipath\":{\"rule\":");
	write_word(writer, rules[multipath->rules.way]);
	write_member(writer, "bound");
	write_chance(writer, multipath->rules.alpha);
	write_count(writer, "flows", multipath->rules.flows);
	write_count(writer, "balancers", multipath->rules.balancers);
	write_count(writer, "flows_max", multipath->flows_max);
	write_count(writer, "probes_max", multipath->probes_max);
	write_count(writer, "probes_at_once", multipath->probes_at_once);
	write_flag(writer, "varies_label", config->vary_label);
	tr_write_literal(writer, "}");
}

static void
write_parameters(struct tr_writer *writer,
    const struct tr_survey_about *about)
{
	static const char *const ways[] = {
		[TR_SURVEY_FORWARD] = "forward",
		[TR_SURVEY_DOUBLETREE] = "doubletree",
		[TR_SURVEY_EXHAUSTIVE] = "exhaustive",
	};
	const struct tr_survey_config *config = about->config;

	tr_write_literal(writer, ",\"parameters\":{\"way\":");
	write_word(writer, ways[config->way]);
	write_count(writer, "first_ttl", config->first_ttl);
	write_count(writer, "max_ttl", config->max_ttl);
	write_known(writer, "start_ttl", config->start_ttl);
	write_known(writer, "gap_limit", config->gap_limit);
	write_count(writer, "queries", config->queries);
	write_member(writer, "wait_max_ns");
	tr_write_signed(writer, config->timeout);
	write_member(writer, "target_gap_ns");
	tr_write_signed(writer, config->target_spacing);
	write_member(writer, "router_gap_ns");
	tr_write_signed(writer, config->router_spacing);
	write_member(writer, "rate");
	tr_write_fixed(writer, (int64_t)about->rate, 3);
	if (is_multipath(about))
		write_multipath(writer, config);
	tr_write_literal(writer, "}");
}

int
tr_survey_json_begin(const struct tr_survey_about *about, char *buffer,
    size_t size)
{
	struct tr_writer writer;

	if (about->seed > INT64_MAX)
		return TR_ERANGE;
	tr_writer_init(&writer, (uint8_t *)buffer, size);
	tr_write_literal(&writer, "{\"type\":\"survey\",\"schema_version\":"
	    SCHEMA_VERSION ",\"generator\":{\"name\":\"" PACKAGE_NAME "\","
	    "\"version\":\"" PACKAGE_VERSION "\"}");
	write_member(&writer, "start_ns");
	write_time(&writer, about, about->start);
	write_count(&writer, "targets", about->targets);
	write_count(&writer, "seed", about->seed);
	write_flow(&writer, about);
	write_parameters(&writer, about);
	tr_write_literal(&writer, "}\n");
	return tr_written(&writer);
}

/* --- the end ------------------------------------------------------------ */

static void
write_stops(struct tr_writer *writer, const struct tr_survey_counts *counts)
{
	tr_write_literal(writer, ",\"stops\":");
	for (int i = 0; i <= TR_SURVEY_INTERRUPTED; i++) {
		tr_write_text(writer, i == 0 ? "{" : ",", 1);
		write_word(writer,
		    tr_survey_reason_name((enum tr_survey_reason)i));
		tr_write_literal(writer, ":");
		tr_write_unsigned(writer, counts->reasons[i]);
	}
	tr_write_literal(writer, "}");
}

static void
write_counts(struct tr_writer *writer, const struct tr_survey_about *about,
    const struct tr_survey_counts *counts)
{
	write_count(writer, "started", counts->started);
	write_count(writer, "done", counts->done);
	write_stops(writer, counts);
	write_count(writer, "probes", counts->probes);
	write_count(writer, "answers", counts->replies);
	write_count(writer, "duplicates", counts->duplicates);
	write_count(writer, "late", counts->late);
	write_count(writer, "foreign", counts->foreign);
	write_count(writer, "timeouts", counts->timeouts);
	write_count(writer, "joined", counts->joined);
	write_count(writer, "spaced", counts->spaced);
	write_count(writer, "cut", counts->cut);
	if (!is_multipath(about))
		return;
	write_count(writer, "partial", counts->partial);
	write_count(writer, "unsure", counts->unsure);
}

static void
write_sending(struct tr_writer *writer,
    const struct tr_survey_outcome *outcome)
{
	const struct tr_sender_counts *sending = &outcome->sending;

	tr_write_literal(writer, ",\"sending\":{\"sent\":");
	tr_write_unsigned(writer, sending->sent);
	write_count(writer, "retried", sending->retried);
	write_count(writer, "failed", sending->failed);
	write_member(writer, "waited_ns");
	tr_write_signed(writer, sending->waited);
	write_member(writer, "forgiven_ns");
	tr_write_signed(writer, outcome->forgiven);
	tr_write_literal(writer, "},\"writing\":{\"stalls\":");
	tr_write_unsigned(writer, outcome->stalls);
	write_member(writer, "stalled_ns");
	tr_write_signed(writer, outcome->stalled);
	tr_write_literal(writer, "}");
}

static void
write_capture(struct tr_writer *writer,
    const struct tr_survey_outcome *outcome)
{
	const struct tr_capture_counts *counts = &outcome->capture;

	if (!counts->known) {
		tr_write_literal(writer, ",\"capture\":null");
		return;
	}
	tr_write_literal(writer, ",\"capture\":{\"received\":");
	tr_write_unsigned(writer, counts->received);
	write_count(writer, "dropped", counts->dropped);
	write_count(writer, "interface_dropped", counts->interface_dropped);
	write_member(writer, "clock_step_ns");
	tr_write_signed(writer, counts->clock_step);
	write_count(writer, "copies", outcome->copies);
	write_member(writer, "unanswered_ns");
	tr_write_signed(writer, outcome->unanswered);
	tr_write_literal(writer, "}");
}

int
tr_survey_json_end(const struct tr_survey_about *about,
    const struct tr_survey_outcome *outcome, char *buffer, size_t size)
{
	struct tr_writer writer;

	tr_writer_init(&writer, (uint8_t *)buffer, size);
	tr_write_literal(&writer, "{\"type\":\"end\",\"end_ns\":");
	write_time(&writer, about, outcome->ended);
	write_counts(&writer, about, &outcome->counts);
	write_sending(&writer, outcome);
	write_capture(&writer, outcome);
	tr_write_literal(&writer, "}\n");
	return tr_written(&writer);
}
