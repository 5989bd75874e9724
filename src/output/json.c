/*
 * JSON: one object for each path, on a line of its own.  doc/json.md tells
 * what each member means, doc/trueroute.schema.json checks it.
 *
 * A run gives the same bytes live and read back from its capture, so nothing
 * is written that only the one or the other knows: of a probe that was not
 * captured as it left, the fields of its packet are null.
 */
#include "config.h"

#ifdef HAVE_JANSSON

#include <jansson.h>
#include <stdlib.h>

#include "base/time.h"
#include "io/hosts_json.h"
#include "io/run_json.h"
#include "output/json_graph.h"
#include "output/json_parts.h"
#include "output/output.h"
#include "packet/icmp_object.h"
#include "result/findings.h"
#include "result/hosts.h"

/* json_pack() fails as a whole where a value that it is given is NULL. */

static json_t *
integer_or_null(bool known, json_int_t value)
{
	return known ? json_integer(value) : json_null();
}

static json_t *
time_or_null(int64_t time)
{
	return integer_or_null(time != TR_TIME_NONE, time);
}

/* --- packets ------------------------------------------------------------ */

/* Header fields of a probe, as it left or was quoted; all null for NULL. */
static json_t *
packet_to_json(const struct tr_identity *packet, bool icmp)
{
	static const struct tr_identity none = { 0 };
	const bool known = packet != NULL;
	const struct tr_identity *p = known ? packet : &none;
	const bool ipv4 = known && p->dst.family == 4;
	const bool ipv6 = known && p->dst.family == 6;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "src", tr_address_to_json(&p->src),
	    "dst", tr_address_to_json(&p->dst),
	    "tos", integer_or_null(known, p->tos),
	    "flow_label", integer_or_null(ipv6, p->flow_label),
	    "size", integer_or_null(known, p->size),
	    "ip_id", integer_or_null(ipv4, p->ip_id),
	    "identifier", integer_or_null(known && p->has_own, p->own),
	    "source_port", integer_or_null(known && !icmp, p->source_port),
	    "destination_port",
	    integer_or_null(known && !icmp, p->destination_port),
	    "icmp_id", integer_or_null(known && icmp && p->has_own,
	    p->source_port));
}

static json_t *
quote_to_json(const struct tr_path_reply *reply, bool icmp)
{
	if (!reply->has_quote)
		return json_null();
	return tr_json_joined(json_pack("{s:i}", "ttl", (int)reply->quote.ttl),
	    packet_to_json(&reply->quote, icmp));
}

/* --- extensions --------------------------------------------------------- */

static void
add_object(void *context, uint8_t class, uint8_t type, const uint8_t *body,
    size_t size)
{
	static const char digits[] = "0123456789abcdef";
	json_t **list = context;
	char *hex = malloc(size * 2 + 1);

	if (hex == NULL) {
		json_decref(*list);
		*list = NULL;
		return;
	}
	for (size_t i = 0; i < size; i++) {
		hex[2 * i] = digits[body[i] >> 4];
		hex[2 * i + 1] = digits[body[i] & 15];
	}
	hex[2 * size] = '\0';
	*list = tr_json_item(*list, json_pack("{s:i, s:i, s:s}", "class",
	    (int)class, "type", (int)type, "hex", hex));
	free(hex);
}

static json_t *
mpls_to_json(const struct tr_path_reply *reply)
{
	struct tr_mpls stack[TR_MPLS_MAX];
	const size_t count = tr_icmp_mpls(reply->extension,
	    reply->extension_size, stack);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		list = tr_json_item(list, json_pack("{s:I, s:i, s:b, s:i}",
		    "label", (json_int_t)stack[i].label,
		    "experimental", (int)stack[i].experimental,
		    "bottom", (int)stack[i].bottom,
		    "ttl", (int)stack[i].ttl));
	return list;
}

static void
add_interface(void *context, uint8_t class, uint8_t type,
    const uint8_t *body, size_t size)
{
	json_t **list = context;
	struct tr_interface_info info;

	if (class != TR_ICMP_OBJECT_INTERFACE ||
	    tr_icmp_interface(type, body, size, &info) != TR_OK)
		return;
	*list = tr_json_item(*list, json_pack("{s:s, s:o, s:o, s:o, s:o}",
	    "role", tr_interface_role_name(info.role),
	    "index", integer_or_null(info.has_index, info.index),
	    "address", tr_address_to_json(&info.address),
	    "name", info.name[0] == '\0' ? json_null() :
	    json_string(info.name),
	    "mtu", integer_or_null(info.has_mtu, info.mtu)));
}

static json_t *
extension_to_json(const struct tr_path_reply *reply)
{
	static const char *const places[] = {
		[TR_EXTENSION_NONE] = "none",
		[TR_EXTENSION_BY_LENGTH] = "length",
		[TR_EXTENSION_AT_128] = "offset-128",
		[TR_EXTENSION_BY_OCTETS] = "length-in-octets",
		[TR_EXTENSION_BY_SCAN] = "scan",
	};
	const char *fault = tr_icmp_extension_fault(reply->extension_place,
	    reply->extension_length);
	json_t *objects, *interfaces;

	if (reply->extension == NULL)
		return json_null();
	objects = json_array();
	tr_icmp_extension_walk(reply->extension, reply->extension_size,
	    add_object, &objects);
	interfaces = json_array();
	tr_icmp_extension_walk(reply->extension, reply->extension_size,
	    add_interface, &interfaces);
	return json_pack("{s:s, s:o, s:o, s:o, s:o}",
	    "place", places[reply->extension_place],
	    "fault", fault == NULL ? json_null() : json_string(fault),
	    "objects", objects,
	    "mpls", mpls_to_json(reply),
	    "interfaces", interfaces);
}

/* --- replies and probes ------------------------------------------------- */

static json_t *
icmp_to_json(const struct tr_path_reply *reply)
{
	if (!reply->is_icmp)
		return json_null();
	return json_pack("{s:i, s:i, s:o}",
	    "type", (int)reply->icmp_type,
	    "code", (int)reply->icmp_code,
	    "mtu", integer_or_null(reply->mtu != 0, reply->mtu));
}

static json_t *
tcp_to_json(const struct tr_path *path, const struct tr_path_reply *reply)
{
	if (reply->is_icmp || path->run.flow.protocol != TR_PROTOCOL_TCP)
		return json_null();
	return json_pack("{s:o}", "flags",
	    tr_tcp_flags_to_json(reply->tcp_flags));
}

static json_t *
mark_to_json(const struct tr_path_reply *reply)
{
	char mark[TR_MARK_MAX];

	tr_path_mark(reply, mark);
	return mark[0] == '\0' ? json_null() : json_string(mark);
}

static json_t *
differences_to_json(unsigned differences)
{
	json_t *list = json_array();

	for (unsigned bit = 0; bit < TR_DIFFERENCES; bit++)
		if (differences & 1u << bit)
			list = tr_json_item(list,
			    json_string(tr_difference_name(bit)));
	return list;
}

static json_t *
reply_to_json(const struct tr_path *path, const struct tr_path_reply *reply)
{
	const bool icmp = path->run.flow.protocol == TR_PROTOCOL_ICMP;

	return json_pack("{s:o, s:o, s:o, s:s, s:s, s:o, s:b, s:b, s:o, s:o, "
	    "s:i, s:i, s:o, s:i, s:i, s:o, s:o, s:o, s:b}",
	    "received_ns", time_or_null(reply->received),
	    "rtt_ns", time_or_null(tr_path_round_trip(path, reply)),
	    "responder", tr_address_to_json(&reply->responder),
	    "verdict", tr_verdict_name(reply->verdict),
	    "match", tr_tier_name(reply->match.tier),
	    "differences", differences_to_json(reply->match.differences),
	    "late", (int)reply->late,
	    "duplicate", (int)reply->duplicate,
	    "icmp", icmp_to_json(reply),
	    "tcp", tcp_to_json(path, reply),
	    "ttl", (int)reply->ttl,
	    "tos", (int)reply->tos,
	    "ip_id", integer_or_null(reply->responder.family == 4,
	    reply->ip_id),
	    "size", (int)reply->size,
	    "return_hops", (int)tr_path_return_hops(reply),
	    "mark", mark_to_json(reply),
	    "quote", quote_to_json(reply, icmp),
	    "extension", extension_to_json(reply),
	    "forged_reset", (int)reply->resets_early);
}

static json_t *
error_to_json(int error)
{
	const char *name = tr_error_system_name(error);

	if (error == 0)
		return json_null();
	return name != NULL ? json_string(name) :
	    json_sprintf("errno %d", error);
}

/* What only runs with many flows have. */
static json_t *
flow_of_probe(const struct tr_run *run, const struct tr_path_probe *probe)
{
	json_t *varied;

	if (!run->multipath)
		return json_object();
	if (run->paths.fields.fields == 0)
		return json_pack("{s:I}", "flow", (json_int_t)probe->flow);
	varied = tr_flow_is_varied(probe->flow) ? json_string(
	    tr_field_name(tr_flow_field(probe->flow))) : json_null();
	return json_pack("{s:I, s:o}", "flow",
	    (json_int_t)tr_flow_base(probe->flow), "varied", varied);
}

static json_t *
probe_to_json(const struct tr_path *path, const struct tr_path_probe *probe)
{
	const bool icmp = path->run.flow.protocol == TR_PROTOCOL_ICMP;
	json_t *replies = json_array();
	json_t *flow = flow_of_probe(&path->run, probe);

	for (uint32_t i = probe->first_reply; i != TR_PATH_NONE;
	    i = path->replies[i].next)
		replies = tr_json_item(replies,
		    reply_to_json(path, &path->replies[i]));
	return tr_json_joined(tr_json_joined(tr_json_joined(flow, json_pack(
	    "{s:o, s:o, s:b, s:b}",
	    "sent_ns", time_or_null(probe->sent),
	    "error", error_to_json(probe->error),
	    "captured", (int)probe->captured,
	    "rewritten", (int)probe->rewritten)),
	    packet_to_json(probe->captured ? &probe->identity : NULL, icmp)),
	    json_pack("{s:o}", "replies", replies));
}

static json_t *
probes_to_json(const struct tr_path *path, uint8_t ttl)
{
	json_t *list = json_array();

	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next)
		list = tr_json_item(list,
		    probe_to_json(path, &path->probes[i]));
	return list;
}

static json_t *
hops_to_json(const struct tr_path *path)
{
	const struct tr_conclusion *conclusion = &path->conclusion;
	json_t *list = json_array();
	int last = 255;

	while (last > 0 && path->first_of_ttl[last] == TR_PATH_NONE)
		last--;
	for (int ttl = conclusion->first_ttl; ttl != 0 && ttl <= last; ttl++)
		list = tr_json_item(list, json_pack("{s:i, s:b, s:o}",
		    "ttl", ttl,
		    "shown", ttl <= conclusion->last_ttl,
		    "probes", probes_to_json(path, (uint8_t)ttl)));
	return list;
}

/* --- hosts -------------------------------------------------------------- */

static json_t *
hosts_to_json(const struct tr_path *path)
{
	struct tr_hosts hosts;
	json_t *list;

	if (tr_hosts_of(path, &hosts) != TR_OK)
		return NULL;
	list = json_array();
	for (uint32_t i = 0; i < hosts.count; i++)
		list = tr_json_item(list, tr_host_to_json(
		    &hosts.addresses[i], tr_annotations_find(
		    path->annotations, &hosts.addresses[i])));
	tr_hosts_clear(&hosts);
	return list;
}

/* --- the whole ---------------------------------------------------------- */

static json_t *
last_answer_to_json(const struct tr_conclusion *conclusion)
{
	if (conclusion->last_answer_ttl == 0)
		return json_null();
	return json_pack("{s:i, s:o}",
	    "ttl", (int)conclusion->last_answer_ttl,
	    "address", tr_address_to_json(&conclusion->last_answer));
}

static json_t *
result_to_json(const struct tr_path *path)
{
	const struct tr_conclusion *conclusion = &path->conclusion;
	const bool tcp = path->run.flow.protocol == TR_PROTOCOL_TCP;

	return json_pack("{s:b, s:s, s:o, s:o, s:o, s:o, s:o}",
	    "reached", (int)conclusion->reached,
	    "stop", tr_stop_name(conclusion->stop),
	    "first_ttl", integer_or_null(conclusion->first_ttl != 0,
	    conclusion->first_ttl),
	    "last_ttl", integer_or_null(conclusion->last_ttl != 0,
	    conclusion->last_ttl),
	    "last_answer", last_answer_to_json(conclusion),
	    "port_state", tcp ?
	    json_string(tr_port_state_name(conclusion->port)) : json_null(),
	    "forged_reset_by_ttl", integer_or_null(conclusion->forged_reset,
	    conclusion->forged_by_ttl));
}

static json_t *
capture_to_json(const struct tr_capture_counts *counts)
{
	if (!counts->known)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I}",
	    "received", (json_int_t)counts->received,
	    "dropped", (json_int_t)counts->dropped,
	    "interface_dropped", (json_int_t)counts->interface_dropped,
	    "clock_step_ns", (json_int_t)counts->clock_step);
}

/* --- findings ----------------------------------------------------------- */

static json_t *
values_to_json(const struct tr_finding *finding)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < finding->value_count; i++) {
		const struct tr_finding_value *value = &finding->values[i];

		object = tr_json_joined(object, json_pack("{s:o}", value->name,
		    tr_address_is_set(&value->address) ?
		    tr_address_to_json(&value->address) :
		    json_integer(value->number)));
	}
	return object;
}

static json_t *
finding_to_json(const struct tr_finding *finding)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:s, s:s, s:o}",
	    "code", tr_finding_name(finding->code),
	    "sureness", tr_sureness_name(finding->sureness),
	    "first_ttl", integer_or_null(finding->first_ttl != 0,
	    finding->first_ttl),
	    "last_ttl", integer_or_null(finding->last_ttl != 0,
	    finding->last_ttl),
	    "text", finding->text,
	    "evidence", finding->evidence,
	    "values", values_to_json(finding));
}

/* The members that tell them. */
static json_t *
findings_to_json(const struct tr_path *path)
{
	struct tr_findings *findings = tr_findings_new(path);
	json_t *list, *object;

	if (findings == NULL)
		return NULL;
	list = json_array();
	for (uint32_t i = 0; i < findings->count; i++)
		list = tr_json_item(list,
		    finding_to_json(&findings->items[i]));
	object = json_pack("{s:o, s:i}", "findings", list,
	    "findings_left_out", (int)findings->left_out);
	free(findings);
	return object;
}

static json_t *
path_to_json(const struct tr_path *path)
{
	json_t *object = tr_json_joined(tr_json_head(), json_pack(
	    "{s:o, s:o, s:o, s:o, s:o}",
	    "run", tr_run_to_json(&path->run),
	    "hops", hops_to_json(path),
	    "unattributed", probes_to_json(path, 0),
	    "hosts", hosts_to_json(path),
	    "result", result_to_json(path)));

	object = tr_json_joined(object, findings_to_json(path));
	return tr_json_joined(object, json_pack("{s:o}",
	    "capture", capture_to_json(&path->capture)));
}

/* --- the path MTU ------------------------------------------------------- */

static json_t *
source_to_json(const struct tr_path_mtu *mtu,
    const struct tr_size_limit *limit)
{
	const char *name = tr_size_source_name(limit->source);

	return name == NULL || !tr_path_mtu_is_found(mtu, limit) ?
	    json_null() : json_string(name);
}

static json_t *
sizes_to_json(const struct tr_path_mtu *mtu)
{
	json_t *list = json_array();

	for (unsigned ttl = 1; ttl <= mtu->ttl; ttl++) {
		struct tr_size_limit limit;

		if (!mtu->sizes.hops[ttl].answers)
			continue;
		tr_sizes_limit(&mtu->sizes, (uint8_t)ttl, &limit);
		list = tr_json_item(list, json_pack("{s:i, s:o, s:b, s:o}",
		    "ttl", (int)ttl,
		    "size", integer_or_null(limit.mtu != 0, limit.mtu),
		    "exact", (int)tr_path_mtu_is_exact(mtu, (uint8_t)ttl,
		    &limit),
		    "source", source_to_json(mtu, &limit)));
	}
	return list;
}

static json_t *
limit_to_json(const struct tr_path_mtu *mtu)
{
	const struct tr_size_limit *limit = &mtu->limit;
	const struct tr_size_hop *hop = &mtu->sizes.hops[limit->after];

	if (limit->mtu == 0 || limit->before == 0)
		return json_null();
	return json_pack("{s:i, s:i, s:o, s:o, s:o}",
	    "after_ttl", (int)limit->after,
	    "before_ttl", (int)limit->before,
	    "address", tr_address_to_json(&hop->address),
	    "told_by", tr_address_to_json(&limit->teller),
	    "told", integer_or_null(limit->told != 0, limit->told));
}

/* null where no hop answered. */
static json_t *
path_mtu_to_json(const struct tr_path *path)
{
	struct tr_path_mtu mtu;

	if (!tr_path_mtu(path, &mtu))
		return json_null();
	return json_pack("{s:i, s:o, s:b, s:o, s:o, s:o, s:o}",
	    "ttl", (int)mtu.ttl,
	    "mtu", integer_or_null(mtu.limit.mtu != 0, mtu.limit.mtu),
	    "exact", (int)tr_path_mtu_is_exact(&mtu, mtu.ttl,
	    &mtu.limit),
	    "refused", integer_or_null(mtu.limit.refused != 0,
	    mtu.limit.refused),
	    "source", source_to_json(&mtu, &mtu.limit),
	    "limited_by", limit_to_json(&mtu),
	    "hops", sizes_to_json(&mtu));
}

static int
end(FILE *stream, const struct tr_path *path, uint8_t shown,
    const struct tr_output_options *options)
{
	json_t *object = path_to_json(path);

	(void)shown;
	if (options->graph)
		object = tr_json_joined(object, json_pack("{s:o}", "graph",
		    tr_graph_to_json(path)));
	if (path->run.walk_size != 0)
		object = tr_json_joined(object, json_pack("{s:o}", "path_mtu",
		    path_mtu_to_json(path)));
	return tr_json_write(stream, object);
}

const struct tr_output tr_output_json = {
	.name = "json",
	.end = end,
};

#else

/* An empty translation unit is not C. */
extern int tr_output_json_needs_jansson;

#endif
