/*
 * Tunnels, by what they leave in the answers: labels (RFC 4950) and quoted
 * TTLs.  The kinds of MPLS tunnels and the rules are
 * those of B. Donnet, M. Luckie, P. Merindol, J.-J. Pansiot, "Revealing MPLS
 * tunnels obscured from traceroute", 2012, and Y. Vanaubel and others, "TNT,
 * watch me explode", 2019.
 */
#include "base/text.h"
#include "packet/icmp_object.h"
#include "result/findings_part.h"

/*
 * A label's TTL in this range counted down from 255 unseen: TNT's bounds for
 * an opaque tunnel.
 */
#define OPAQUE_LEAST	237
#define OPAQUE_MOST	254

#define LABELS_SHOWN	6

enum kind {
	KIND_NONE,
	KIND_EXPLICIT,
	KIND_OPAQUE,
};

/* The hop's label stack, of the first answer that has one; its size. */
static size_t
labels_of(const struct tr_path_view *view, uint8_t ttl,
    struct tr_mpls stack[TR_MPLS_MAX])
{
	const struct tr_path_reply *reply;
	uint32_t probe = TR_PATH_NONE;
	size_t count = 0;

	while (count == 0 &&
	    (reply = tr_view_answer(view, ttl, &probe)) != NULL)
		if (reply->extension != NULL)
			count = tr_icmp_mpls(reply->extension,
			    reply->extension_size, stack);
	return count;
}

static enum kind
kind_of(const struct tr_path_view *view, uint8_t ttl)
{
	struct tr_mpls stack[TR_MPLS_MAX];

	if (labels_of(view, ttl, stack) == 0)
		return KIND_NONE;
	return stack[0].ttl >= OPAQUE_LEAST && stack[0].ttl <= OPAQUE_MOST ?
	    KIND_OPAQUE : KIND_EXPLICIT;
}

static void
show_labels(const struct tr_path_view *view, struct tr_finding *finding)
{
	const char *parted = "";
	int shown = 0;

	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "labels in the answers: ");
	for (unsigned ttl = finding->first_ttl; ttl <= finding->last_ttl;
	    ttl++) {
		struct tr_mpls stack[TR_MPLS_MAX];

		if (labels_of(view, (uint8_t)ttl, stack) == 0)
			continue;
		if (shown++ == LABELS_SHOWN) {
			tr_text_append(finding->evidence,
			    TR_FINDING_TEXT_MAX, ", ...");
			break;
		}
		tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
		    "%s%u", parted, stack[0].label);
		parted = ", ";
	}
}

static void
add_explicit(const struct tr_path_view *view, struct tr_findings *findings,
    uint8_t first, uint8_t last)
{
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_MPLS_EXPLICIT, TR_SURE_CERTAIN, first, last);
	char hops[TR_HOPS_TEXT_MAX];

	/* What says nothing may stand between two tunnels. */
	for (unsigned ttl = first; ttl <= last; ttl++)
		if (view->hops[ttl].answered == 0)
			finding->sureness = TR_SURE_LIKELY;

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "%s %s inside an MPLS tunnel", tr_hops_text(first, last, hops),
	    first == last ? "is" : "are");
	show_labels(view, finding);
}

static void
add_opaque(const struct tr_path_view *view, struct tr_findings *findings,
    uint8_t ttl)
{
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_MPLS_OPAQUE, TR_SURE_CERTAIN, ttl, ttl);
	struct tr_mpls stack[TR_MPLS_MAX];
	unsigned hidden;

	labels_of(view, ttl, stack);
	hidden = 255u - stack[0].ttl;
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "hop %u is the end of an MPLS tunnel that hides its routers, "
	    "about %u", ttl, hidden);
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "label %u came with TTL %u, as if it began at 255", stack[0].label,
	    stack[0].ttl);
	tr_finding_number(finding, "label", stack[0].label);
	tr_finding_number(finding, "label_ttl", stack[0].ttl);
	tr_finding_number(finding, "hidden", hidden);
}

static void
find_labels(const struct tr_path_view *view, struct tr_findings *findings)
{
	uint8_t first = 0, last = 0;

	for (unsigned ttl = view->first; ttl <= view->last; ttl++) {
		const enum kind kind = kind_of(view, (uint8_t)ttl);

		if (kind == KIND_EXPLICIT) {
			if (first == 0)
				first = (uint8_t)ttl;
			last = (uint8_t)ttl;
		}
		/* What is silent inside does not end it. */
		if (first != 0 && kind != KIND_EXPLICIT &&
		    view->hops[ttl].answered > 0) {
			add_explicit(view, findings, first, last);
			first = 0;
		}
		if (kind == KIND_OPAQUE)
			add_opaque(view, findings, (uint8_t)ttl);
	}
	if (first != 0)
		add_explicit(view, findings, first, last);
}

/* --- quoted TTLs -------------------------------------------------------- */

static bool
same_responder(const struct tr_path_view *view, uint8_t a, uint8_t b)
{
	return view->hops[a].answered > 0 && view->hops[b].answered > 0 &&
	    tr_address_equal(&view->hops[a].first->responder,
	    &view->hops[b].first->responder);
}

/* The TTL of a packet whose label expired, or 0 where the hop says no such. */
static int
inner_ttl(const struct tr_path_view *view, uint8_t ttl)
{
	const int quoted = tr_view_quoted_ttl(view, ttl);

	return quoted > 0 && quoted < UINT8_MAX && quoted <= (int)ttl &&
	    tr_view_is_transit(view, ttl) ? quoted : 0;
}

/*
 * The tunnel's hops up to this one: its first quotes 1, and each behind it one
 * more.  0 where a hop contradicts; silent ones do not.
 */
static uint8_t
tunnel_entry(const struct tr_path_view *view, uint8_t ttl)
{
	const int quoted = inner_ttl(view, ttl);

	for (int back = 1; back < quoted; back++) {
		const uint8_t hop = (uint8_t)(ttl - back);

		if (hop < view->first)
			break;
		if (view->hops[hop].answered > 0 &&
		    (inner_ttl(view, hop) != quoted - back ||
		    same_responder(view, hop, (uint8_t)(hop + 1))))
			return 0;
	}
	return (uint8_t)(ttl - quoted + 1);
}

static void
add_implicit(const struct tr_path_view *view, struct tr_findings *findings,
    uint8_t first, uint8_t last)
{
	struct tr_finding *finding;
	char hops[TR_HOPS_TEXT_MAX];

	if (first < view->first)
		first = view->first;
	finding = tr_finding_add(findings, TR_FINDING_MPLS_IMPLICIT,
	    TR_SURE_LIKELY, first, last);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "%s %s inside a tunnel whose routers do not tell it, MPLS most "
	    "likely", tr_hops_text(first, last, hops),
	    first == last ? "is" : "are");
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "the quoted TTL grows by one with each hop, up to %d at hop %u",
	    inner_ttl(view, last), last);
	tr_finding_number(finding, "quoted_ttl", inner_ttl(view, last));
}

static void
add_odd_ttl(struct tr_findings *findings, uint8_t ttl, int quoted)
{
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_TTL_QUOTED, TR_SURE_POSSIBLE, ttl, ttl);

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "hop %u answers that the TTL ran out, and quotes a TTL of %d: it "
	    "may answer in the name of others, or quote wrongly", ttl,
	    quoted);
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "no tunnel fits: the hops before do not quote a TTL that grows "
	    "to it");
	tr_finding_number(finding, "quoted_ttl", quoted);
}

/* A hop that the hops with labels, or one like it behind it, speak for. */
static bool
is_spoken_for(const struct tr_path_view *view, uint8_t ttl)
{
	return kind_of(view, ttl) != KIND_NONE ||
	    (ttl < view->last && inner_ttl(view, (uint8_t)(ttl + 1)) ==
	    inner_ttl(view, ttl) + 1 &&
	    !same_responder(view, ttl, (uint8_t)(ttl + 1)));
}

static void
find_quoted_ttls(const struct tr_path_view *view,
    struct tr_findings *findings)
{
	for (unsigned ttl = view->first; ttl <= view->last; ttl++) {
		const uint8_t hop = (uint8_t)ttl;
		const int quoted = tr_view_quoted_ttl(view, hop);

		if (quoted < 2 || !tr_view_is_transit(view, hop) ||
		    is_spoken_for(view, hop))
			continue;
		/* Told by tr_findings_of_route() where it is one router. */
		if (quoted == UINT8_MAX || same_responder(view, hop,
		    tr_view_before(view, hop)))
			continue;
		if (inner_ttl(view, hop) != 0 && tunnel_entry(view, hop) != 0)
			add_implicit(view, findings, tunnel_entry(view, hop),
			    hop);
		else
			add_odd_ttl(findings, hop, quoted);
	}
}

void
tr_findings_of_tunnels(const struct tr_path_view *view,
    struct tr_findings *findings)
{
	if (view->first == 0)
		return;
	find_labels(view, findings);
	find_quoted_ttls(view, findings);
}
