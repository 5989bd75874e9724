/*
 * The way back: how many hops an answer came, by its TTL, beside how many the
 * probe went.
 */
#include "base/text.h"
#include "result/findings_part.h"

/*
 * So many hops more on the way back make a tunnel suspected, that hides as many
 * on the way there: TNT's bound (Vanaubel and others, 2019).
 */
#define RETURN_JUMP	3

/* The finding of a tunnel that this hop is in, or at the end of; or NULL. */
static const struct tr_finding *
tunnel_of(const struct tr_findings *findings, uint8_t ttl)
{
	for (uint32_t i = 0; i < findings->count; i++) {
		const struct tr_finding *finding = &findings->items[i];

		if ((finding->code == TR_FINDING_MPLS_EXPLICIT ||
		    finding->code == TR_FINDING_MPLS_IMPLICIT ||
		    finding->code == TR_FINDING_MPLS_OPAQUE ||
		    finding->code == TR_FINDING_MPLS_DUPLICATE) &&
		    ttl >= finding->first_ttl && ttl <= finding->last_ttl)
			return finding;
	}
	return NULL;
}

/* Answers from inside a tunnel go to its end before they turn. */
static bool
is_detour(const struct tr_finding *tunnel)
{
	return tunnel != NULL && (tunnel->code == TR_FINDING_MPLS_EXPLICIT ||
	    tunnel->code == TR_FINDING_MPLS_IMPLICIT);
}

static void
add_suspected(const struct tr_path_view *view, struct tr_findings *findings,
    uint8_t before, uint8_t ttl, int more)
{
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_TUNNEL_SUSPECTED, TR_SURE_POSSIBLE, before, ttl);
	char between[TR_HOPS_TEXT_MAX];
	const unsigned back = tr_path_return_hops(view->hops[ttl].first);

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "a tunnel may hide routers %s, or the way back is longer from "
	    "there on, or hop %u starts with an unusual TTL",
	    tr_between_text(before, ttl, between), ttl);
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "hop %u's answers came over %u hops, by their TTL: %d more than "
	    "the probes went, beside the hop before", ttl, back, more);
	tr_finding_number(finding, "return_hops", back);
	tr_finding_number(finding, "more", more);
}

static void
find_hidden(const struct tr_path_view *view, struct tr_findings *findings)
{
	uint8_t before = 0;
	int surplus = 0;

	for (unsigned ttl = view->first; ttl <= view->last; ttl++) {
		const struct tr_path_reply *reply = view->hops[ttl].first;
		const struct tr_finding *tunnel = tunnel_of(findings,
		    (uint8_t)ttl);
		int now;

		if (reply == NULL || is_detour(tunnel) ||
		    !tr_view_is_transit(view, (uint8_t)ttl))
			continue;
		now = tr_path_return_hops(reply) - (int)ttl;
		if (now - surplus >= RETURN_JUMP && tunnel == NULL)
			add_suspected(view, findings, before, (uint8_t)ttl,
			    now - surplus);
		surplus = now;
		before = (uint8_t)ttl;
	}
}

/* Is there something that makes the way there look shorter than it is? */
static bool
is_explained(const struct tr_findings *findings)
{
	for (uint32_t i = 0; i < findings->count; i++)
		switch (findings->items[i].code) {
		case TR_FINDING_MPLS_EXPLICIT:
		case TR_FINDING_MPLS_IMPLICIT:
		case TR_FINDING_MPLS_OPAQUE:
		case TR_FINDING_MPLS_DUPLICATE:
		case TR_FINDING_TUNNEL_SUSPECTED:
		case TR_FINDING_TTL_RAISED:
		case TR_FINDING_LOOP:
		case TR_FINDING_CYCLE:
		case TR_FINDING_REPEATED:
		case TR_FINDING_FLOW_SCATTERED:
		case TR_FINDING_ROUTE_CHANGED:
		case TR_FINDING_ZERO_TTL:
			return true;
		default:
			break;
		}
	return false;
}

/* Can an answer with this TTL have come over so many hops? */
static bool
fits(uint8_t reply_ttl, unsigned hops)
{
	static const unsigned initial[] = { 32, 64, 128, 255 };

	for (size_t i = 0; i < sizeof(initial) / sizeof(initial[0]); i++)
		if (reply_ttl + hops == initial[i] + 1)
			return true;
	return false;
}

static void
find_return(const struct tr_path_view *view, struct tr_findings *findings)
{
	const uint8_t ttl = view->last_answered;
	const struct tr_path_reply *reply = view->hops[ttl].first;
	struct tr_finding *finding;
	unsigned back;

	if (reply == NULL || reply->verdict == TR_VERDICT_STOPPED ||
	    view->first == view->last ||
	    view->path->conclusion.forged_reset || is_explained(findings))
		return;
	back = tr_path_return_hops(reply);
	if (fits(reply->ttl, ttl))
		return;
	/* Where the hops before say nothing, it may stand at one of them. */
	if (back <= ttl && back > tr_view_before(view, ttl))
		return;
	finding = tr_finding_add(findings, TR_FINDING_RETURN_DIFFERS,
	    TR_SURE_POSSIBLE, ttl, ttl);
	if (back > ttl)
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "answers of hop %u come over %u hops: the way back is "
		    "longer, or hops on the way there are hidden", ttl, back);
	else
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "answers of hop %u come over %u hops: the way back is "
		    "shorter", ttl, back);
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "they arrive with TTL %u, as if they had started with %u; most "
	    "systems start with 32, 64, 128 or 255", reply->ttl,
	    reply->ttl + back - 1u);
	tr_finding_number(finding, "return_hops", back);
	tr_finding_number(finding, "reply_ttl", reply->ttl);
}

void
tr_findings_of_return(const struct tr_path_view *view,
    struct tr_findings *findings)
{
	if (view->last_answered == 0)
		return;
	find_hidden(view, findings);
	find_return(view, findings);
}
