#include <stdlib.h>

#include "base/text.h"
#include "result/findings_part.h"
#include "result/statistics.h"

static const char *const names[TR_FINDING_CODES] = {
	[TR_FINDING_END_SILENT] = "end.silent",
	[TR_FINDING_END_REFUSED] = "end.refused",
	[TR_FINDING_END_UNDELIVERABLE] = "end.undeliverable",
	[TR_FINDING_END_TOO_BIG] = "end.too-big",
	[TR_FINDING_END_FORGED_RESET] = "end.forged-reset",
	[TR_FINDING_END_OTHER_ADDRESS] = "end.other-address",
	[TR_FINDING_END_DATAGRAMS] = "end.datagrams",
	[TR_FINDING_REFUSED_PART] = "refused.part",
	[TR_FINDING_LIMIT] = "limit",
	[TR_FINDING_SILENT] = "silent",
	[TR_FINDING_LOSS] = "loss",
	[TR_FINDING_LOSS_LAST_HOP] = "loss.last-hop",
	[TR_FINDING_DUPLICATES] = "duplicates",
	[TR_FINDING_MTU] = "mtu",
	[TR_FINDING_NAT] = "nat",
	[TR_FINDING_REWRITTEN_SEQUENCE] = "rewritten.sequence",
	[TR_FINDING_REWRITTEN_CHECKSUM] = "rewritten.checksum",
	[TR_FINDING_REWRITTEN_IP_ID] = "rewritten.ip-id",
	[TR_FINDING_REWRITTEN_FLOW_LABEL] = "rewritten.flow-label",
	[TR_FINDING_REWRITTEN_SIZE] = "rewritten.size",
	[TR_FINDING_REWRITTEN_DSCP] = "rewritten.dscp",
	[TR_FINDING_ECN_BLEACHED] = "ecn.bleached",
	[TR_FINDING_ECN_CONGESTION] = "ecn.congestion",
	[TR_FINDING_ECN_CHANGED] = "ecn.changed",
	[TR_FINDING_FRAGMENTED] = "fragmented",
	[TR_FINDING_QUOTE_ALTERED] = "quote.altered",
	[TR_FINDING_TTL_RAISED] = "ttl.raised",
	[TR_FINDING_TTL_QUOTED] = "ttl.quoted",
	[TR_FINDING_MPLS_EXPLICIT] = "mpls.explicit",
	[TR_FINDING_MPLS_IMPLICIT] = "mpls.implicit",
	[TR_FINDING_MPLS_OPAQUE] = "mpls.opaque",
	[TR_FINDING_MPLS_DUPLICATE] = "mpls.duplicate",
	[TR_FINDING_TUNNEL_SUSPECTED] = "tunnel.suspected",
	[TR_FINDING_ZERO_TTL] = "zero-ttl",
	[TR_FINDING_LOOP] = "loop",
	[TR_FINDING_CYCLE] = "cycle",
	[TR_FINDING_REPEATED] = "repeated",
	[TR_FINDING_SOURCE_REWRITTEN] = "source.rewritten",
	[TR_FINDING_FLOW_SCATTERED] = "flow.scattered",
	[TR_FINDING_ROUTE_CHANGED] = "route.changed",
	[TR_FINDING_RETURN_DIFFERS] = "return.differs",
	[TR_FINDING_AS_PATH] = "as.path",
	[TR_FINDING_AS_BORDER] = "as.border",
	[TR_FINDING_NAME_FALSE] = "name.false",
	[TR_FINDING_OWN_NAT] = "own.nat",
	[TR_FINDING_OWN_REFUSED] = "own.refused",
	[TR_FINDING_OWN_CAPTURE_LOST] = "own.capture-lost",
	[TR_FINDING_OWN_CLOCK_STEP] = "own.clock-step",
};

const char *
tr_finding_name(enum tr_finding_code code)
{
	return names[code];
}

const char *
tr_sureness_name(enum tr_sureness sureness)
{
	static const char *const words[] = {
		[TR_SURE_CERTAIN] = "certain",
		[TR_SURE_LIKELY] = "likely",
		[TR_SURE_POSSIBLE] = "possible",
	};

	return words[sureness];
}

/* --- writing one down --------------------------------------------------- */

/* There may be one of it for each hop, and none explains another. */
static bool
is_minor(enum tr_finding_code code)
{
	return code == TR_FINDING_SILENT || code == TR_FINDING_NAME_FALSE ||
	    code == TR_FINDING_AS_BORDER;
}

/* Where there is no room: a minor one, or the last. */
static struct tr_finding *
least_important(struct tr_findings *findings)
{
	for (uint32_t i = findings->count; i > 0; i--)
		if (is_minor(findings->items[i - 1].code))
			return &findings->items[i - 1];
	return &findings->items[findings->count - 1];
}

struct tr_finding *
tr_finding_add(struct tr_findings *findings, enum tr_finding_code code,
    enum tr_sureness sureness, uint8_t first_ttl, uint8_t last_ttl)
{
	struct tr_finding *finding;

	if (findings->count < TR_FINDINGS_MAX)
		finding = &findings->items[findings->count++];
	else {
		findings->left_out++;
		finding = least_important(findings);
	}
	*finding = (struct tr_finding){
		.code = code,
		.sureness = sureness,
		.first_ttl = first_ttl,
		.last_ttl = last_ttl,
	};
	return finding;
}

static struct tr_finding_value *
add_value(struct tr_finding *finding, const char *name)
{
	struct tr_finding_value *value;

	if (finding->value_count < TR_FINDING_VALUES_MAX)
		finding->value_count++;
	value = &finding->values[finding->value_count - 1];
	*value = (struct tr_finding_value){ .name = name };
	return value;
}

void
tr_finding_number(struct tr_finding *finding, const char *name,
    int64_t number)
{
	add_value(finding, name)->number = number;
}

void
tr_finding_address(struct tr_finding *finding, const char *name,
    const struct tr_address *address)
{
	add_value(finding, name)->address = *address;
}

const char *
tr_hops_text(uint8_t first_ttl, uint8_t last_ttl, char text[TR_HOPS_TEXT_MAX])
{
	text[0] = '\0';
	if (first_ttl == last_ttl)
		tr_text_append(text, TR_HOPS_TEXT_MAX, "hop %u", first_ttl);
	else
		tr_text_append(text, TR_HOPS_TEXT_MAX, "hops %u-%u",
		    first_ttl, last_ttl);
	return text;
}

const char *
tr_between_text(uint8_t before, uint8_t after, char text[TR_HOPS_TEXT_MAX])
{
	text[0] = '\0';
	if (before == 0)
		tr_text_append(text, TR_HOPS_TEXT_MAX, "between this host "
		    "and hop %u", after);
	else
		tr_text_append(text, TR_HOPS_TEXT_MAX, "between hop %u "
		    "and %u", before, after);
	return text;
}

/* --- the path by hops --------------------------------------------------- */

/* Probes of other flows, and of other sizes, are other matters. */
static bool
is_looked_at(const struct tr_path *path, const struct tr_path_probe *probe)
{
	return probe->flow == 0 && !tr_path_is_sized(path, probe);
}

const struct tr_path_reply *
tr_view_answer(const struct tr_path_view *view, uint8_t ttl, uint32_t *probe)
{
	const struct tr_path *path = view->path;
	uint32_t next = *probe == TR_PATH_NONE ? path->first_of_ttl[ttl] :
	    path->probes[*probe].next;

	for (; next != TR_PATH_NONE; next = path->probes[next].next) {
		const struct tr_path_reply *reply =
		    tr_path_answer(path, &path->probes[next]);

		if (is_looked_at(path, &path->probes[next]) && reply != NULL) {
			*probe = next;
			return reply;
		}
	}
	return NULL;
}

uint8_t
tr_view_before(const struct tr_path_view *view, uint8_t ttl)
{
	while (ttl > 0 && view->hops[--ttl].answered == 0)
		continue;
	return ttl;
}

bool
tr_view_is_all(const struct tr_path_view *view, uint8_t ttl,
    enum tr_verdict verdict)
{
	const struct tr_path_reply *reply;
	uint32_t probe = TR_PATH_NONE;

	while ((reply = tr_view_answer(view, ttl, &probe)) != NULL)
		if (reply->verdict != verdict)
			return false;
	return view->hops[ttl].answered > 0;
}

bool
tr_view_is_transit(const struct tr_path_view *view, uint8_t ttl)
{
	return tr_view_is_all(view, ttl, TR_VERDICT_TRANSIT);
}

int
tr_view_quoted_ttl(const struct tr_path_view *view, uint8_t ttl)
{
	const struct tr_path_reply *reply;
	uint32_t probe = TR_PATH_NONE;
	int quoted = -1;

	while ((reply = tr_view_answer(view, ttl, &probe)) != NULL) {
		if (!reply->has_quote)
			continue;
		if (quoted >= 0 && quoted != reply->quote.ttl)
			return -1;
		quoted = reply->quote.ttl;
	}
	return quoted;
}

static void
view_hop(struct tr_path_view *view, uint8_t ttl)
{
	const struct tr_path *path = view->path;
	struct tr_hop_view *hop = &view->hops[ttl];
	const struct tr_path_reply *reply;
	uint32_t probe = TR_PATH_NONE;

	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next) {
		const struct tr_path_probe *probed = &path->probes[i];

		if (!is_looked_at(path, probed))
			continue;
		hop->sent += probed->error == 0 || probed->answered;
		hop->late += probed->answered &&
		    tr_path_answer(path, probed) == NULL;
	}
	/* Without what was under way when the user stopped it. */
	if (!path->run.multipath && path->run.walk_size == 0)
		hop->sent = tr_statistics_sent(path, ttl);
	while ((reply = tr_view_answer(view, ttl, &probe)) != NULL) {
		hop->answered++;
		if (hop->first == NULL || (hop->first->verdict ==
		    TR_VERDICT_STOPPED && reply->verdict !=
		    TR_VERDICT_STOPPED))
			hop->first = reply;
		else if (!tr_address_equal(&hop->first->responder,
		    &reply->responder))
			hop->several = true;
		if (hop->quoting == NULL && reply->has_quote)
			hop->quoting = reply;
	}
	if (hop->answered > 0)
		view->last_answered = ttl;
}

static void
view_path(struct tr_path_view *view, const struct tr_path *path)
{
	*view = (struct tr_path_view){
		.path = path,
		.first = path->conclusion.first_ttl,
		.last = path->conclusion.last_ttl,
	};
	for (unsigned ttl = view->first; ttl != 0 && ttl <= view->last; ttl++)
		view_hop(view, (uint8_t)ttl);
}

/* --- all of them -------------------------------------------------------- */

static bool
is_before(const struct tr_finding *a, const struct tr_finding *b)
{
	const uint8_t x = a->first_ttl != 0 ? a->first_ttl : a->last_ttl;
	const uint8_t y = b->first_ttl != 0 ? b->first_ttl : b->last_ttl;

	return x < y || (x == y && a->last_ttl < b->last_ttl);
}

/* By hop, those of one hop in the order of their making. */
static void
sort(struct tr_findings *findings)
{
	struct tr_finding *items = findings->items;

	for (uint32_t i = 1; i < findings->count; i++)
		for (uint32_t j = i; j > 0 &&
		    is_before(&items[j], &items[j - 1]); j--) {
			const struct tr_finding swapped = items[j];

			items[j] = items[j - 1];
			items[j - 1] = swapped;
		}
}

struct tr_findings *
tr_findings_new(const struct tr_path *path)
{
	struct tr_findings *findings = calloc(1, sizeof(*findings));
	struct tr_path_view view;

	if (findings == NULL)
		return NULL;
	view_path(&view, path);
	/* What explains what comes behind it goes first. */
	tr_findings_of_host(&view, findings);
	tr_findings_of_quotes(&view, findings);
	tr_findings_of_tunnels(&view, findings);
	tr_findings_of_route(&view, findings);
	tr_findings_of_return(&view, findings);
	tr_findings_of_answers(&view, findings);
	tr_findings_of_mtu(&view, findings);
	tr_findings_of_end(&view, findings);
	tr_findings_of_origins(&view, findings);
	tr_findings_of_names(&view, findings);
	sort(findings);
	return findings;
}
