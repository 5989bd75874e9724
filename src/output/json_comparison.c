/*
 * A comparison in JSON, behind the objects of its paths: doc/json.md.
 */
#include "config.h"

#ifdef HAVE_JANSSON

#include "io/run_json.h"
#include "output/comparison.h"
#include "output/json_parts.h"

/* json_pack() fails as a whole where one of these gave NULL. */

static json_t *
hop_or_null(uint8_t ttl)
{
	return ttl == 0 ? json_null() : json_integer(ttl);
}

/* The names of a set of paths. */
static json_t *
names_to_json(const struct tr_comparison *comparison, unsigned set)
{
	json_t *list = json_array();

	for (size_t i = 0; i < comparison->count; i++)
		if ((set & 1u << i) != 0)
			list = tr_json_item(list,
			    json_string(comparison->paths[i].name));
	return list;
}

static json_t *
path_to_json(const struct tr_compared *compared)
{
	const struct tr_path *path = compared->path;
	const struct tr_flow *flow = &path->run.flow;
	char text[TR_COMPARED_TEXT_MAX];

	return json_pack("{s:s, s:s, s:o, s:b, s:s, s:s, s:o, s:o, s:o, s:s, "
	    "s:o}",
	    "name", compared->name,
	    "protocol", tr_protocol_name(flow->protocol),
	    "port", flow->protocol == TR_PROTOCOL_ICMP ? json_null() :
	    json_integer(flow->destination_port),
	    "reached", (int)(compared->end == TR_COMPARED_ARRIVED),
	    "end", tr_compared_end_name(compared->end),
	    "stop", tr_stop_name(path->conclusion.stop),
	    "ttl", hop_or_null(compared->ttl),
	    "address", tr_address_to_json(&compared->address),
	    "last_ttl", hop_or_null(path->conclusion.last_ttl),
	    "reason", tr_compared_text(compared, text, sizeof(text)),
	    "port_state", flow->protocol == TR_PROTOCOL_TCP ? json_string(
	    tr_port_state_name(compared->port)) : json_null());
}

static json_t *
paths_to_json(const struct tr_comparison *comparison)
{
	json_t *list = json_array();

	for (size_t i = 0; i < comparison->count; i++)
		list = tr_json_item(list,
		    path_to_json(&comparison->paths[i]));
	return list;
}

static json_t *
reason_to_json(enum tr_comparison_reason reason)
{
	const char *name = tr_comparison_reason_name(reason);

	return name == NULL ? json_null() : json_string(name);
}

static json_t *
firewall_to_json(const struct tr_comparison *comparison,
    const struct tr_firewall *firewall)
{
	const struct tr_address before = tr_comparison_address(comparison,
	    firewall->ttl_before);
	const struct tr_address nobody = { .family = 0 };
	const struct tr_address after = firewall->ttl_after == 0 ? nobody :
	    tr_comparison_address(comparison, firewall->ttl_after);

	return json_pack("{s:i, s:o, s:o, s:o, s:b, s:b, s:o, s:o}",
	    "ttl_before", (int)firewall->ttl_before,
	    "before", tr_address_to_json(&before),
	    "ttl_after", hop_or_null(firewall->ttl_after),
	    "after", tr_address_to_json(&after),
	    "refuses", (int)firewall->refuses,
	    "at_host", (int)firewall->at_host,
	    "stops", names_to_json(comparison, firewall->stops),
	    "passes", names_to_json(comparison, firewall->passes));
}

static json_t *
firewalls_to_json(const struct tr_comparison *comparison)
{
	json_t *list = json_array();

	for (size_t i = 0; i < comparison->firewall_count; i++)
		list = tr_json_item(list, firewall_to_json(comparison,
		    &comparison->firewalls[i]));
	return list;
}

static json_t *
differences_to_json(const struct tr_comparison *comparison)
{
	json_t *list = json_array();

	for (int ttl = 1; ttl < 256; ttl++)
		if (comparison->differs[ttl])
			list = tr_json_item(list, json_integer(ttl));
	return list;
}

int
tr_comparison_json(FILE *stream, const struct tr_comparison *comparison)
{
	return tr_json_write(stream, tr_json_joined(tr_json_head(), json_pack(
	    "{s:{s:s, s:o, s:o, s:o, s:o, s:o, s:o}}",
	    "comparison",
	    "verdict", tr_comparison_verdict_name(comparison->verdict),
	    "reason", reason_to_json(comparison->reason),
	    "protocols", paths_to_json(comparison),
	    "firewalls", firewalls_to_json(comparison),
	    "elsewhere", names_to_json(comparison, comparison->elsewhere),
	    "doubtful", names_to_json(comparison, comparison->doubtful),
	    "different_hops", differences_to_json(comparison))));
}

#else

/* An empty translation unit is not C. */
extern int tr_comparison_json_needs_jansson;

#endif
