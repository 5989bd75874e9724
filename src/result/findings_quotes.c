/*
 * What came back quoted, against what was sent: by which hop it was changed.
 *
 * Something on the way changes what all later hops quote; a router that quotes
 * wrongly changes what it alone quotes.
 */
#include "base/text.h"
#include "result/findings_part.h"

#define ECN_BITS	3u
#define ECN_CONGESTION	3u	/* RFC 3168, 5 */

#define NAT_BITS (TR_DIFFERENT_SRC | TR_DIFFERENT_DST | \
	TR_DIFFERENT_SOURCE_PORT | TR_DIFFERENT_DESTINATION_PORT)

/* How a hop quotes a field. */
enum quoted {
	QUOTED_UNKNOWN,		/* not at all */
	QUOTED_SAME,
	QUOTED_MIXED,		/* now so and now so: on some ways */
	QUOTED_CHANGED,
};

/* A field that was changed on the way. */
struct change {
	uint8_t	before;		/* the last hop that quotes it as it was */
	uint8_t	after;		/* the first that quotes it changed; 0 none */
	unsigned hops;		/* how many do */
	bool	some;		/* and not for all probes */
};

/* Does the quote tell of the field at all? */
static bool
tells(const struct tr_path_view *view, const struct tr_path_reply *reply,
    unsigned bit)
{
	if (!reply->has_quote)
		return false;
	if (bit == TR_DIFFERENT_OWN)
		return reply->quote.has_own;
	if (bit == TR_DIFFERENT_SOURCE_PORT)
		return view->path->run.flow.protocol != TR_PROTOCOL_ICMP ||
		    reply->quote.has_own;
	return true;
}

static enum quoted
quoted_at(const struct tr_path_view *view, uint8_t ttl, unsigned bit)
{
	const struct tr_path_reply *reply;
	uint32_t probe = TR_PATH_NONE;
	enum quoted quoted = QUOTED_UNKNOWN, one;

	while ((reply = tr_view_answer(view, ttl, &probe)) != NULL) {
		if (!tells(view, reply, bit))
			continue;
		one = (reply->match.differences & bit) != 0 ?
		    QUOTED_CHANGED : QUOTED_SAME;
		if (quoted != QUOTED_UNKNOWN && quoted != one)
			return QUOTED_MIXED;
		quoted = one;
	}
	return quoted;
}

/* A field's place among the differences. */
static unsigned
place_of(enum tr_difference bit)
{
	unsigned place = 0;

	while (1u << place != (unsigned)bit)
		place++;
	return place;
}

static struct change
find_change(const struct tr_path_view *view, unsigned bit)
{
	struct change change = { 0 };

	for (unsigned ttl = view->last; ttl > 0; ttl--)
		switch (quoted_at(view, (uint8_t)ttl, bit)) {
		case QUOTED_UNKNOWN:
			break;
		case QUOTED_MIXED:
			change.some = true;
			/* FALLTHROUGH */
		case QUOTED_CHANGED:
			change.after = (uint8_t)ttl;
			change.hops++;
			break;
		case QUOTED_SAME:
			change.before = (uint8_t)ttl;
			return change;
		}
	return change;
}

/* One hop alone may be a router that quotes wrongly. */
static enum tr_sureness
sureness_of(const struct change *change)
{
	return change->hops > 1 && !change->some ? TR_SURE_CERTAIN :
	    TR_SURE_LIKELY;
}

/* " of some probes", where it is not of all. */
static const char *
of_some(const struct change *change)
{
	return change->some ? " of some of the probes" : "";
}

/* --- addresses and ports ------------------------------------------------ */

static void
show_end(char *text, const struct tr_address *address, uint16_t port,
    bool has_port)
{
	char buffer[TR_ADDRESS_TEXT_MAX];

	tr_text_append(text, TR_FINDING_TEXT_MAX, "%s", tr_address_text(
	    address, buffer, sizeof(buffer)));
	if (has_port)
		tr_text_append(text, TR_FINDING_TEXT_MAX, " port %u", port);
}

/* "SOURCE to DESTINATION", as one identity has them. */
static void
show_ends(char *text, const struct tr_identity *identity,
    enum tr_protocol protocol)
{
	const bool ports = protocol != TR_PROTOCOL_ICMP;

	show_end(text, &identity->src, identity->source_port, ports);
	if (!ports)
		tr_text_append(text, TR_FINDING_TEXT_MAX, " id %u",
		    identity->source_port);
	tr_text_append(text, TR_FINDING_TEXT_MAX, " to ");
	show_end(text, &identity->dst, identity->destination_port, ports);
}

/* The first answer of the hop that shows it; NULL for none. */
static const struct tr_path_reply *
showing(const struct tr_path_view *view, uint8_t ttl, unsigned bits)
{
	const struct tr_path_reply *reply;
	uint32_t probe = TR_PATH_NONE;

	if (ttl == 0)
		return NULL;
	while ((reply = tr_view_answer(view, ttl, &probe)) != NULL)
		if (reply->has_quote &&
		    (reply->match.differences & bits) != 0)
			return reply;
	return NULL;
}

static const struct tr_identity *
sent_for(const struct tr_path_view *view, const struct tr_path_reply *reply)
{
	return &view->path->probes[reply->probe].identity;
}

static void
say_translated(struct tr_finding *finding, const char *what, bool *more)
{
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX, "%s%s",
	    *more ? ", " : "", what);
	*more = true;
}

static void
add_nat(const struct tr_path_view *view, struct tr_findings *findings,
    const struct change *change, unsigned bits)
{
	const enum tr_protocol protocol = view->path->run.flow.protocol;
	const struct tr_path_reply *reply = showing(view, change->after, bits);
	const struct tr_identity *sent, *seen;
	struct tr_finding *finding;
	char between[TR_HOPS_TEXT_MAX];
	bool more = false;

	if (reply == NULL)
		return;
	sent = sent_for(view, reply);
	seen = &reply->quote;
	finding = tr_finding_add(findings, TR_FINDING_NAT,
	    sureness_of(change), change->before, change->after);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "NAT %s translates the ",
	    tr_between_text(change->before, change->after, between));
	if (bits & TR_DIFFERENT_SRC)
		say_translated(finding, "source address", &more);
	if (bits & TR_DIFFERENT_SOURCE_PORT)
		say_translated(finding, protocol == TR_PROTOCOL_ICMP ?
		    "echo id" : "source port", &more);
	if (bits & TR_DIFFERENT_DST)
		say_translated(finding, "destination address", &more);
	if (bits & TR_DIFFERENT_DESTINATION_PORT)
		say_translated(finding, "destination port", &more);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX, "%s",
	    of_some(change));
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX, "sent from ");
	show_ends(finding->evidence, sent, protocol);
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "; hop %u quotes ", change->after);
	show_ends(finding->evidence, seen, protocol);
	tr_finding_address(finding, "src_sent", &sent->src);
	tr_finding_address(finding, "src_quoted", &seen->src);
	tr_finding_address(finding, "dst_sent", &sent->dst);
	tr_finding_address(finding, "dst_quoted", &seen->dst);
	tr_finding_number(finding, "source_port_sent", sent->source_port);
	tr_finding_number(finding, "source_port_quoted", seen->source_port);
	tr_finding_number(finding, "destination_port_sent",
	    sent->destination_port);
	tr_finding_number(finding, "destination_port_quoted",
	    seen->destination_port);
}

/* Fields that one hop is the first to show changed are one translation. */
static void
find_nat(const struct tr_path_view *view, struct tr_findings *findings,
    const struct change changes[TR_DIFFERENCES])
{
	unsigned done = 0;

	for (unsigned i = 0; i < TR_DIFFERENCES; i++) {
		unsigned bits = 0;

		if ((1u << i & NAT_BITS & ~done) == 0 ||
		    changes[i].after == 0)
			continue;
		for (unsigned j = i; j < TR_DIFFERENCES; j++)
			if ((1u << j & NAT_BITS) != 0 &&
			    changes[j].after == changes[i].after)
				bits |= 1u << j;
		add_nat(view, findings, &changes[i], bits);
		done |= bits;
	}
}

/* --- other fields ------------------------------------------------------- */

static struct tr_finding *
add_rewritten(struct tr_findings *findings, enum tr_finding_code code,
    const struct change *change, const char *what, uint32_t sent,
    uint32_t seen)
{
	struct tr_finding *finding = tr_finding_add(findings, code,
	    sureness_of(change), change->before, change->after);
	char between[TR_HOPS_TEXT_MAX];

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "the %s%s is rewritten %s", what, of_some(change),
	    tr_between_text(change->before, change->after, between));
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "sent %u, hop %u quotes %u", sent, change->after, seen);
	tr_finding_number(finding, "sent", sent);
	tr_finding_number(finding, "quoted", seen);
	return finding;
}

/* The field by which probes are told apart. */
static void
find_own(const struct tr_path_view *view, struct tr_findings *findings,
    const struct change changes[TR_DIFFERENCES])
{
	const struct change *change = &changes[place_of(TR_DIFFERENT_OWN)];
	const enum tr_protocol protocol = view->path->run.flow.protocol;
	const struct tr_path_reply *reply;
	const struct tr_identity *sent;
	struct tr_finding *finding;

	if (change->after == 0)
		return;
	/* A translation that does not mend what is quoted changes it too. */
	if (protocol == TR_PROTOCOL_UDP)
		for (unsigned i = 0; i < TR_DIFFERENCES; i++)
			if ((1u << i & NAT_BITS) != 0 &&
			    changes[i].after == change->after)
				return;
	reply = showing(view, change->after, TR_DIFFERENT_OWN);
	if (reply == NULL)
		return;
	sent = sent_for(view, reply);
	if (protocol != TR_PROTOCOL_UDP) {
		(void)add_rewritten(findings, TR_FINDING_REWRITTEN_SEQUENCE,
		    change, protocol == TR_PROTOCOL_TCP ?
		    "TCP sequence number" : "echo sequence number", sent->own,
		    reply->quote.own);
		return;
	}
	finding = add_rewritten(findings, TR_FINDING_REWRITTEN_CHECKSUM,
	    change, "UDP checksum", sent->own, reply->quote.own);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    ": by a NAT that mends the addresses in what is quoted, but not "
	    "the checksum, or by what changes the payload");
}

static void
find_others(const struct tr_path_view *view, struct tr_findings *findings,
    const struct change changes[TR_DIFFERENCES])
{
	const struct change *id = &changes[place_of(TR_DIFFERENT_IP_ID)];
	const struct change *label =
	    &changes[place_of(TR_DIFFERENT_FLOW_LABEL)];
	const struct change *size = &changes[place_of(TR_DIFFERENT_SIZE)];
	const struct tr_path_reply *reply;

	if ((reply = showing(view, id->after, TR_DIFFERENT_IP_ID)) != NULL)
		add_rewritten(findings, TR_FINDING_REWRITTEN_IP_ID, id,
		    "IP identification", sent_for(view, reply)->ip_id,
		    reply->quote.ip_id);
	if ((reply = showing(view, label->after,
	    TR_DIFFERENT_FLOW_LABEL)) != NULL)
		add_rewritten(findings, TR_FINDING_REWRITTEN_FLOW_LABEL,
		    label, "flow label", sent_for(view, reply)->flow_label,
		    reply->quote.flow_label);
	reply = showing(view, size->after, TR_DIFFERENT_SIZE);
	if (reply != NULL && !reply->quote.more_fragments)
		add_rewritten(findings, TR_FINDING_REWRITTEN_SIZE, size,
		    "packet's size", sent_for(view, reply)->size,
		    reply->quote.size);
}

/*
 * The first hop that quotes a fragment.  The host quotes the whole again, so
 * that it need not be so to the end.
 */
static void
find_fragments(const struct tr_path_view *view, struct tr_findings *findings)
{
	uint8_t before = 0;

	for (unsigned ttl = view->first; ttl <= view->last; ttl++) {
		const struct tr_path_reply *reply = view->hops[ttl].quoting;
		struct tr_finding *finding;
		char between[TR_HOPS_TEXT_MAX];

		if (reply == NULL)
			continue;
		if (!reply->quote.more_fragments) {
			before = (uint8_t)ttl;
			continue;
		}
		finding = tr_finding_add(findings, TR_FINDING_FRAGMENTED,
		    TR_SURE_CERTAIN, before, (uint8_t)ttl);
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "the probes are cut into fragments %s: the MTU there is "
		    "smaller than they are",
		    tr_between_text(before, (uint8_t)ttl, between));
		tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
		    "sent %u bytes, hop %u quotes a first fragment of %u",
		    sent_for(view, reply)->size, ttl, reply->quote.size);
		tr_finding_number(finding, "sent", sent_for(view,
		    reply)->size);
		tr_finding_number(finding, "quoted", reply->quote.size);
		return;
	}
}

/* --- what a router does to its quote ------------------------------------ */

static void
add_altered(struct tr_findings *findings, uint8_t ttl, unsigned bits)
{
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_QUOTE_ALTERED, TR_SURE_POSSIBLE, ttl, ttl);
	const char *parted = "";

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "hop %u quotes the probes changed, the hops behind it do not: it "
	    "misquotes, or they are changed there and changed back", ttl);
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "changed are: ");
	for (unsigned i = 0; i < TR_DIFFERENCES; i++) {
		if ((bits & 1u << i) == 0)
			continue;
		tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX, "%s%s",
		    parted, tr_difference_name(i));
		parted = ", ";
	}
	tr_finding_number(finding, "differences", bits);
}

/* What the hop quotes changed, and no other behind it does. */
static unsigned
altered_at(const struct tr_path_view *view, uint8_t ttl,
    const struct change changes[TR_DIFFERENCES])
{
	unsigned bits = 0;

	for (unsigned i = 0; i < TR_DIFFERENCES; i++) {
		const unsigned bit = 1u << i;

		if (bit == TR_DIFFERENT_TOS)	/* values are compared */
			continue;
		if (quoted_at(view, ttl, bit) == QUOTED_CHANGED &&
		    (changes[i].after == 0 || ttl < changes[i].after))
			bits |= bit;
	}
	if (view->hops[ttl].quoting != NULL &&
	    view->hops[ttl].quoting->quote.more_fragments)
		bits &= ~(unsigned)TR_DIFFERENT_SIZE;
	return bits;
}

static void
find_altered(const struct tr_path_view *view, struct tr_findings *findings,
    const struct change changes[TR_DIFFERENCES])
{
	for (unsigned ttl = view->first; ttl <= view->last; ttl++) {
		const unsigned bits = altered_at(view, (uint8_t)ttl, changes);

		if (bits != 0)
			add_altered(findings, (uint8_t)ttl, bits);
	}
}

/* --- type of service ---------------------------------------------------- */

/* One half of the byte. */
struct tos_field {
	unsigned mask;
	unsigned shift;
	const char *name;
	enum tr_finding_code changed;
};

static const struct tos_field dscp_field = {
	0xfc, 2, "DSCP", TR_FINDING_REWRITTEN_DSCP,
};
static const struct tos_field ecn_field = {
	ECN_BITS, 0, "ECN field", TR_FINDING_ECN_CHANGED,
};

/*
 * What a quote says of the field.  "Congestion experienced" of what may bear
 * it is no change of the way: find_congestion() tells.
 */
static unsigned
quoted_field(const struct tr_path_view *view,
    const struct tr_path_reply *reply, const struct tos_field *field)
{
	const unsigned sent = sent_for(view, reply)->tos & field->mask;
	const unsigned seen = reply->quote.tos & field->mask;

	if (field->mask == ECN_BITS && seen == ECN_CONGESTION && sent != 0)
		return sent;
	return seen >> field->shift;
}

/* What all answers of a hop quote, or -1. */
static int
quoted_at_hop(const struct tr_path_view *view, uint8_t ttl,
    const struct tos_field *field)
{
	const struct tr_path_reply *reply;
	uint32_t probe = TR_PATH_NONE;
	int all = -1;

	while ((reply = tr_view_answer(view, ttl, &probe)) != NULL) {
		int one;

		if (!reply->has_quote)
			continue;
		one = (int)quoted_field(view, reply, field);
		if (all >= 0 && all != one)
			return -1;
		all = one;
	}
	return all;
}

static int
quoted_behind(const struct tr_path_view *view, unsigned ttl,
    const struct tos_field *field)
{
	for (ttl++; ttl <= view->last; ttl++)
		if (quoted_at_hop(view, (uint8_t)ttl, field) >= 0)
			return quoted_at_hop(view, (uint8_t)ttl, field);
	return -1;
}

static void
add_tos(struct tr_findings *findings, const struct tos_field *field,
    const struct change *change, unsigned from, unsigned to)
{
	const bool bleached = field->mask == ECN_BITS && to == 0;
	struct tr_finding *finding = tr_finding_add(findings, bleached ?
	    TR_FINDING_ECN_BLEACHED : field->changed, sureness_of(change),
	    change->before, change->after);
	char between[TR_HOPS_TEXT_MAX];

	tr_between_text(change->before, change->after, between);
	if (bleached)
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "the %s is cleared %s", field->name, between);
	else
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "the %s is changed from %u to %u %s", field->name, from,
		    to, between);
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "hop %u quotes %u, before it was %u", change->after, to, from);
	tr_finding_number(finding, "from", from);
	tr_finding_number(finding, "to", to);
}

static void
find_tos(const struct tr_path_view *view, struct tr_findings *findings,
    const struct tos_field *field)
{
	unsigned now = (view->path->run.flow.tos & field->mask) >>
	    field->shift;
	struct change change = { 0 };

	for (unsigned ttl = view->first; ttl <= view->last; ttl++) {
		const int seen = quoted_at_hop(view, (uint8_t)ttl, field);
		const int next = quoted_behind(view, ttl, field);

		if (seen < 0)
			continue;
		if ((unsigned)seen != now && next == (int)now)
			add_altered(findings, (uint8_t)ttl,
			    TR_DIFFERENT_TOS);
		else if ((unsigned)seen != now) {
			change.after = (uint8_t)ttl;
			change.hops = next < 0 ? 1 : 2;
			add_tos(findings, field, &change, now,
			    (unsigned)seen);
			now = (unsigned)seen;
		}
		change.before = (uint8_t)ttl;
	}
}

/* A router in a queue's distress marks some packets and not others. */
static void
find_congestion(const struct tr_path_view *view, struct tr_findings *findings)
{
	uint8_t before = 0;

	for (unsigned ttl = view->first; ttl <= view->last; ttl++) {
		const struct tr_path_reply *reply;
		uint32_t probe = TR_PATH_NONE, marked = 0, quotes = 0;
		struct tr_finding *finding;
		char between[TR_HOPS_TEXT_MAX];

		while ((reply = tr_view_answer(view, (uint8_t)ttl, &probe)) !=
		    NULL) {
			const unsigned sent = sent_for(view, reply)->tos &
			    ECN_BITS;

			if (!reply->has_quote || sent == 0 ||
			    sent == ECN_CONGESTION)
				continue;
			quotes++;
			if ((reply->quote.tos & ECN_BITS) == ECN_CONGESTION)
				marked++;
		}
		if (marked == 0) {
			if (quotes > 0)
				before = (uint8_t)ttl;
			continue;
		}
		/* A queue marks some; what marks all may be no queue. */
		finding = tr_finding_add(findings, TR_FINDING_ECN_CONGESTION,
		    marked < quotes ? TR_SURE_CERTAIN : TR_SURE_LIKELY,
		    before, (uint8_t)ttl);
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "probes are marked \"congestion experienced\", %s or "
		    "before: a queue is congested%s", tr_between_text(before,
		    (uint8_t)ttl, between), marked < quotes ? "" :
		    ", or something sets the bits");
		tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
		    "%u of %u quotes of hop %u have the ECN field at 3",
		    marked, quotes, ttl);
		tr_finding_number(finding, "marked", marked);
		tr_finding_number(finding, "quotes", quotes);
		return;
	}
}

/* --- TTL ---------------------------------------------------------------- */

/* At the end of the route, a TTL that cannot be left of what was sent. */
static bool
find_impossible_ttl(const struct tr_path_view *view,
    struct tr_findings *findings)
{
	for (unsigned ttl = view->first; ttl <= view->last; ttl++) {
		const int quoted = tr_view_quoted_ttl(view, (uint8_t)ttl);
		const uint8_t before = tr_view_before(view, (uint8_t)ttl);
		struct tr_finding *finding;
		char between[TR_HOPS_TEXT_MAX];

		if (quoted <= (int)ttl || quoted == UINT8_MAX ||
		    tr_view_is_transit(view, (uint8_t)ttl))
			continue;
		finding = tr_finding_add(findings, TR_FINDING_TTL_RAISED,
		    TR_SURE_CERTAIN, before, (uint8_t)ttl);
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "the TTL is raised %s: hops behind that may not be shown",
		    tr_between_text(before, (uint8_t)ttl, between));
		tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
		    "sent with TTL %u, quoted by hop %u with %d", ttl, ttl,
		    quoted);
		tr_finding_number(finding, "sent", ttl);
		tr_finding_number(finding, "quoted", quoted);
		return true;
	}
	return false;
}

/* The first probe to come to the host has a TTL of 1 there, and no more. */
static void
find_ttl_at_host(const struct tr_path_view *view,
    struct tr_findings *findings)
{
	const uint8_t last = view->last;
	const struct tr_hop_view *hop = &view->hops[last];
	const int quoted = tr_view_quoted_ttl(view, last);
	struct tr_finding *finding;
	char between[TR_HOPS_TEXT_MAX];

	/* One answer each may be of a route that changed in between. */
	if (last < 2 || quoted < 2 || quoted == UINT8_MAX ||
	    !tr_view_is_all(view, last, TR_VERDICT_ARRIVED) ||
	    view->path->run.flow.classic || hop->answered < 2 ||
	    view->hops[last - 1].answered < 2 ||
	    !tr_view_is_transit(view, (uint8_t)(last - 1)) ||
	    tr_view_quoted_ttl(view, (uint8_t)(last - 1)) != 1)
		return;
	finding = tr_finding_add(findings, TR_FINDING_TTL_RAISED,
	    TR_SURE_LIKELY, (uint8_t)(last - 1), last);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "the TTL is raised %s: hops there may not be shown",
	    tr_between_text((uint8_t)(last - 1), last, between));
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "the probe that expired at hop %u would have had TTL 1 at hop %u; "
	    "the host quotes %d", last - 1u, last, quoted);
	tr_finding_number(finding, "sent", last);
	tr_finding_number(finding, "quoted", quoted);
}

void
tr_findings_of_quotes(const struct tr_path_view *view,
    struct tr_findings *findings)
{
	struct change changes[TR_DIFFERENCES] = { { 0 } };

	if (view->first == 0)
		return;
	for (unsigned i = 0; i < TR_DIFFERENCES; i++)
		changes[i] = find_change(view, 1u << i);
	find_nat(view, findings, changes);
	find_own(view, findings, changes);
	find_others(view, findings, changes);
	find_fragments(view, findings);
	find_tos(view, findings, &dscp_field);
	find_tos(view, findings, &ecn_field);
	find_congestion(view, findings);
	find_altered(view, findings, changes);
	if (!find_impossible_ttl(view, findings))
		find_ttl_at_host(view, findings);
}
