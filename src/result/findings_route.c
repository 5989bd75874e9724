/*
 * The shape of the route: addresses that come again, and why; one flow on
 * several ways; the way back.  The causes of loops and cycles are those of
 * B. Augustin and others, "Avoiding traceroute anomalies with Paris
 * traceroute", 2006.
 */
#include <math.h>

#include "base/text.h"
#include "result/findings_part.h"

#define PERIOD_MAX	32	/* routers in a forwarding loop */
#define ADDRESSES_MAX	16	/* of one hop, to tell apart */

/* Below this, answers did not fall into few blocks by chance. */
#define CHANCE_SWITCHES	1e-3

static const struct tr_address *
responder(const struct tr_path_view *view, unsigned ttl)
{
	return &view->hops[ttl].first->responder;
}

/* A refusal is told with what it ends. */
static bool
answers(const struct tr_path_view *view, unsigned ttl)
{
	return ttl >= view->first && ttl <= view->last &&
	    view->hops[ttl].answered > 0 &&
	    view->hops[ttl].first->verdict != TR_VERDICT_STOPPED;
}

static bool
same(const struct tr_path_view *view, unsigned a, unsigned b)
{
	return answers(view, a) && answers(view, b) &&
	    tr_address_equal(responder(view, a), responder(view, b));
}

static unsigned
return_hops(const struct tr_path_view *view, unsigned ttl)
{
	return tr_path_return_hops(view->hops[ttl].first);
}

/* --- forwarding loops --------------------------------------------------- */

/* A circle of routers: hop and hop + period are one, from first to the end. */
struct circle {
	unsigned first;
	unsigned period;	/* 0: there is none */
};

/* One router, by address and by how far its answers came. */
static bool
same_router(const struct tr_path_view *view, unsigned a, unsigned b)
{
	return same(view, a, b) && return_hops(view, a) ==
	    return_hops(view, b);
}

/*
 * How far down hops repeat with this period; a silent hop contradicts nothing.
 * 0 where they do not, for two rounds of it at least.
 */
static unsigned
circle_start(const struct tr_path_view *view, unsigned period)
{
	unsigned start = 0, matches = 0;

	for (unsigned ttl = view->last_answered; ttl >= view->first + period;
	    ttl--) {
		if (same_router(view, ttl, ttl - period)) {
			matches++;
			start = ttl - period;
		} else if (answers(view, ttl) && answers(view, ttl - period))
			break;
	}
	return matches >= 2 && matches * 2 >= period ? start : 0;
}

/* Two routers at least, or one and its silent neighbour, three times round. */
static bool
is_circle(const struct tr_path_view *view, unsigned start, unsigned period)
{
	for (unsigned ttl = start; ttl < start + period; ttl++)
		if (answers(view, ttl) ? !same_router(view, ttl, start) :
		    view->last_answered - start >= 3 * period)
			return true;
	return false;
}

static struct circle
find_circle(const struct tr_path_view *view)
{
	struct circle circle = { 0 };

	/* In rounds, the route may have led to the host before. */
	if (view->path->conclusion.reached &&
	    view->path->run.rounds.count < 2)
		return circle;
	for (unsigned period = 2; period <= PERIOD_MAX; period++) {
		const unsigned start = circle_start(view, period);

		if (start == 0 || view->last_answered - start + 1 <
		    2 * period || !is_circle(view, start, period))
			continue;
		circle.first = start;
		circle.period = period;
		break;
	}
	return circle;
}

static void
add_circle(const struct tr_path_view *view, struct tr_findings *findings,
    const struct circle *circle)
{
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_LOOP, TR_SURE_CERTAIN, (uint8_t)circle->first,
	    view->last_answered);
	char address[TR_ADDRESS_TEXT_MAX];
	const char *parted = "";

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "packets go round and round between %u routers from hop %u on: "
	    "a forwarding loop", circle->period, circle->first);
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "again and again, to hop %u: ", view->last_answered);
	for (unsigned ttl = circle->first;
	    ttl < circle->first + circle->period; ttl++) {
		tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX, "%s%s",
		    parted, answers(view, ttl) ? tr_address_text(
		    responder(view, ttl), address, sizeof(address)) : "*");
		parted = ", ";
	}
	tr_finding_number(finding, "routers", circle->period);
}

/* --- an address at hops in a row ---------------------------------------- */

static void
add_zero_ttl(const struct tr_path_view *view, struct tr_findings *findings,
    unsigned ttl)
{
	const uint8_t before = tr_view_before(view, (uint8_t)ttl);
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_ZERO_TTL, TR_SURE_CERTAIN, before, (uint8_t)ttl);
	char between[TR_HOPS_TEXT_MAX], address[TR_ADDRESS_TEXT_MAX];

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "a router %s passes on packets whose TTL has run out: it is not "
	    "shown, the next one stands at its hop",
	    tr_between_text(before, (uint8_t)ttl, between));
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "%s quotes a TTL of 0 at hop %u", tr_address_text(
	    responder(view, ttl), address, sizeof(address)), ttl);
	if (same(view, ttl, ttl + 1))
		tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
		    ", and answers at hop %u too", ttl + 1);
}

/* The answers of a run came from as much farther as its probes went. */
static bool
is_from_farther(const struct tr_path_view *view, unsigned first,
    unsigned last)
{
	for (unsigned ttl = first; ttl <= last; ttl++)
		if (answers(view, ttl) && return_hops(view, ttl) !=
		    return_hops(view, first) + ttl - first)
			return false;
	return true;
}

/* The target's own address, from routers on the way there. */
static bool
is_of_target(const struct tr_path_view *view, unsigned ttl)
{
	return tr_address_equal(responder(view, ttl),
	    &view->path->run.flow.dst) && tr_view_is_transit(view,
	    (uint8_t)ttl);
}

static void
add_rewritten_source(const struct tr_path_view *view,
    struct tr_findings *findings, unsigned first, unsigned last)
{
	const uint8_t before = tr_view_before(view, (uint8_t)first);
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_SOURCE_REWRITTEN, last - first > 1 &&
	    is_of_target(view, first) ? TR_SURE_CERTAIN : TR_SURE_LIKELY,
	    (uint8_t)first, (uint8_t)last);
	char between[TR_HOPS_TEXT_MAX], address[TR_ADDRESS_TEXT_MAX];

	tr_between_text(before, (uint8_t)first, between);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "hops %u-%u are different machines behind one address: a NAT %s "
	    "puts %s into all answers from behind it", first, last, between,
	    tr_address_equal(responder(view, first),
	    &view->path->run.flow.dst) ? "the target's" : "it");
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "%s answers at hops %u to %u, from ever farther by the reply "
	    "TTL: %u to %u hops", tr_address_text(responder(view, first),
	    address, sizeof(address)), first, last, return_hops(view, first),
	    return_hops(view, last));
	tr_finding_address(finding, "address", responder(view, first));
}

static void
add_duplicate(const struct tr_path_view *view, struct tr_findings *findings,
    unsigned ttl)
{
	const uint8_t before = tr_view_before(view, (uint8_t)ttl);
	/* One answer at each may be of a route that changed in between. */
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_MPLS_DUPLICATE, view->hops[ttl].answered > 1 &&
	    view->hops[ttl + 1].answered > 1 ? TR_SURE_LIKELY :
	    TR_SURE_POSSIBLE, (uint8_t)ttl, (uint8_t)(ttl + 1));
	char between[TR_HOPS_TEXT_MAX], address[TR_ADDRESS_TEXT_MAX];

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "an MPLS tunnel hides routers %s: its end passes on what has run "
	    "out, so that the next router answers twice%s",
	    tr_between_text(before, (uint8_t)ttl, between),
	    finding->sureness == TR_SURE_POSSIBLE ?
	    "; or the route changed meanwhile" : "");
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "%s at hops %u and %u, both times from as far and with the same "
	    "quoted TTL", tr_address_text(responder(view, ttl), address,
	    sizeof(address)), ttl, ttl + 1);
	tr_finding_address(finding, "address", responder(view, ttl));
}

static void
add_repeated(const struct tr_path_view *view, struct tr_findings *findings,
    unsigned first, unsigned last)
{
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_REPEATED, TR_SURE_POSSIBLE, (uint8_t)first,
	    (uint8_t)last);
	const int quoted = tr_view_quoted_ttl(view, (uint8_t)first);
	const int later = tr_view_quoted_ttl(view, (uint8_t)last);
	char address[TR_ADDRESS_TEXT_MAX];

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "%s stands at %u hops in a row: ", tr_address_text(
	    responder(view, first), address, sizeof(address)),
	    last - first + 1);
	if (quoted >= 0 && later - quoted == (int)(last - first)) {
		finding->sureness = TR_SURE_LIKELY;
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "it answers early, to packets that it could pass on");
		tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
		    "it quotes TTLs of %d to %d", quoted, later);
	} else {
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "the route changed, or something answers in its name");
		tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
		    "answers came over %u hops, then %u, by the reply TTL",
		    return_hops(view, first), return_hops(view, last));
	}
	tr_finding_address(finding, "address", responder(view, first));
}

static void
explain_run(const struct tr_path_view *view, struct tr_findings *findings,
    unsigned first, unsigned last)
{
	if (last == first || tr_view_quoted_ttl(view, (uint8_t)first) == 0)
		return;
	if (is_of_target(view, first) || (last - first > 1 &&
	    is_from_farther(view, first, last)))
		add_rewritten_source(view, findings, first, last);
	else if (last == first + 1 &&
	    tr_view_is_transit(view, (uint8_t)last) &&
	    !view->hops[first].several && !view->hops[last].several &&
	    view->hops[first].first->ttl == view->hops[last].first->ttl &&
	    tr_view_quoted_ttl(view, (uint8_t)first) ==
	    tr_view_quoted_ttl(view, (uint8_t)last))
		add_duplicate(view, findings, first);
	else
		add_repeated(view, findings, first, last);
}

static void
find_zero_ttls(const struct tr_path_view *view, struct tr_findings *findings,
    unsigned end)
{
	for (unsigned ttl = view->first; ttl <= end; ttl++)
		if (answers(view, ttl) &&
		    tr_view_quoted_ttl(view, (uint8_t)ttl) == 0)
			add_zero_ttl(view, findings, ttl);
}

/* A silent hop between does not end a run. */
static void
find_runs(const struct tr_path_view *view, struct tr_findings *findings,
    unsigned end)
{
	unsigned first = 0, last = 0;

	for (unsigned ttl = view->first; ttl <= end; ttl++) {
		if (!answers(view, ttl))
			continue;
		if (first != 0 && same(view, last, ttl)) {
			last = ttl;
			continue;
		}
		if (first != 0)
			explain_run(view, findings, first, last);
		first = last = ttl;
	}
	if (first != 0)
		explain_run(view, findings, first, last);
}

/* --- an address that comes again ---------------------------------------- */

static void
find_cycles(const struct tr_path_view *view, struct tr_findings *findings,
    unsigned end)
{
	for (unsigned ttl = view->first; ttl + 1 < end; ttl++) {
		unsigned again = 0;
		struct tr_finding *finding;
		char address[TR_ADDRESS_TEXT_MAX];

		for (unsigned later = ttl + 2; later <= end && again == 0;
		    later++)
			if (same(view, ttl, later) &&
			    answers(view, later - 1) &&
			    !same(view, ttl, later - 1) &&
			    tr_view_is_transit(view, (uint8_t)ttl) &&
			    tr_view_is_transit(view, (uint8_t)later))
				again = later;
		if (again == 0)
			continue;
		finding = tr_finding_add(findings, TR_FINDING_CYCLE,
		    TR_SURE_POSSIBLE, (uint8_t)ttl, (uint8_t)again);
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "%s stands at hop %u and again at hop %u: the route "
		    "changed meanwhile, or leads back by a tunnel",
		    tr_address_text(responder(view, ttl), address,
		    sizeof(address)), ttl, again);
		tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
		    "its answers came over %u and %u hops, by the reply TTL",
		    return_hops(view, ttl), return_hops(view, again));
		tr_finding_address(finding, "address", responder(view, ttl));
		return;
	}
}

/* --- one flow, several ways --------------------------------------------- */

/* How the answers of a hop follow each other. */
enum order {
	ORDER_ONE,		/* all from one address */
	ORDER_UNKNOWN,		/* too few to tell */
	ORDER_CHANGED,		/* first the one, then the other */
	ORDER_MIXED,		/* to and fro */
};

/* The answers of a hop in the order of sending. */
struct sequence {
	struct tr_address addresses[ADDRESSES_MAX];
	uint32_t counts[ADDRESSES_MAX];	/* of each */
	unsigned different;
	uint32_t answers;
	uint32_t switches;	/* from one address to another */
};

static void
count_address(struct sequence *sequence, const struct tr_address *address)
{
	unsigned i = 0;

	while (i < sequence->different &&
	    !tr_address_equal(&sequence->addresses[i], address))
		i++;
	if (i == ADDRESSES_MAX)
		i--;		/* all others count as one */
	else if (i == sequence->different)
		sequence->addresses[sequence->different++] = *address;
	sequence->counts[i]++;
}

static void
read_sequence(const struct tr_path_view *view, uint8_t ttl,
    struct sequence *sequence)
{
	const struct tr_path_reply *reply, *before = NULL;
	uint32_t probe = TR_PATH_NONE;

	*sequence = (struct sequence){ 0 };
	while ((reply = tr_view_answer(view, ttl, &probe)) != NULL) {
		if (reply->verdict == TR_VERDICT_STOPPED)
			continue;
		sequence->switches += before != NULL &&
		    !tr_address_equal(&before->responder,
		    &reply->responder);
		sequence->answers++;
		count_address(sequence, &reply->responder);
		before = reply;
	}
}

/*
 * The chance that a balancer of packets switches so seldom: of each of the
 * pairs that follow each other, the chance to be two is that of any two.
 */
static double
chance_of_switches(const struct sequence *sequence)
{
	const double n = sequence->answers;
	double alike = 0, sum = 0;

	for (unsigned i = 0; i < sequence->different; i++)
		alike += (double)sequence->counts[i] *
		    (sequence->counts[i] - 1.0);
	alike /= n * (n - 1);
	if (alike <= 0)
		return 1;
	for (uint32_t k = 0; k <= sequence->switches; k++)
		sum += exp(lgamma(n) - lgamma(k + 1.0) - lgamma(n - k) +
		    k * log(1 - alike) + (n - 1 - k) * log(alike));
	return sum;
}

static enum order
order_of(const struct tr_path_view *view, uint8_t ttl, uint32_t *switches)
{
	struct sequence sequence;

	read_sequence(view, ttl, &sequence);
	*switches = sequence.switches;
	if (sequence.different < 2)
		return ORDER_ONE;
	if (chance_of_switches(&sequence) < CHANCE_SWITCHES)
		return ORDER_CHANGED;
	return sequence.switches > 1 ? ORDER_MIXED : ORDER_UNKNOWN;
}

/* Hops in a row that several addresses answer, and the clearest of them. */
struct scattered {
	uint8_t	 first;		/* 0: there is none */
	uint8_t	 last;
	uint8_t	 clearest;
	enum order order;
	uint32_t switches;
};

static void
add_scattered(const struct tr_path_view *view, struct tr_findings *findings,
    const struct scattered *scattered)
{
	const enum order order = scattered->order;
	struct tr_finding *finding = tr_finding_add(findings,
	    order == ORDER_CHANGED ? TR_FINDING_ROUTE_CHANGED :
	    TR_FINDING_FLOW_SCATTERED, order == ORDER_UNKNOWN ?
	    TR_SURE_POSSIBLE : TR_SURE_LIKELY, scattered->first,
	    scattered->last);
	char hops[TR_HOPS_TEXT_MAX];

	tr_hops_text(scattered->first, scattered->last, hops);
	if (order == ORDER_CHANGED)
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "the route changed at %s while it was traced", hops);
	else if (order == ORDER_MIXED)
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "one flow is spread over several ways at %s: by a "
		    "balancer that chooses for each packet, most likely",
		    hops);
	else
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "one flow met several addresses at %s: a balancer that "
		    "chooses for each packet, or a change of route", hops);
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "the %u answers at hop %u switch %u time%s from one address to "
	    "another", view->hops[scattered->clearest].answered,
	    scattered->clearest, scattered->switches,
	    scattered->switches == 1 ? "" : "s");
	tr_finding_number(finding, "answers",
	    view->hops[scattered->clearest].answered);
	tr_finding_number(finding, "switches", scattered->switches);
}

static void
find_scattered(const struct tr_path_view *view,
    struct tr_findings *findings, unsigned end)
{
	struct scattered scattered = { 0 };

	/* Probes of one TTL are those of a ping: nothing follows. */
	if (view->first == view->last)
		return;
	for (unsigned ttl = view->first; ttl <= end; ttl++) {
		uint32_t switches;
		const enum order order = order_of(view, (uint8_t)ttl,
		    &switches);

		if (order == ORDER_ONE && scattered.first != 0) {
			add_scattered(view, findings, &scattered);
			scattered = (struct scattered){ 0 };
		}
		if (order == ORDER_ONE)
			continue;
		if (scattered.first == 0)
			scattered.first = (uint8_t)ttl;
		scattered.last = (uint8_t)ttl;
		if (order > scattered.order) {
			scattered.order = order;
			scattered.clearest = (uint8_t)ttl;
			scattered.switches = switches;
		}
	}
	if (scattered.first != 0)
		add_scattered(view, findings, &scattered);
}

/* Is one flow not on one way all the time? */
static bool
is_scattered(const struct tr_findings *findings)
{
	for (uint32_t i = 0; i < findings->count; i++)
		if (findings->items[i].code == TR_FINDING_FLOW_SCATTERED ||
		    findings->items[i].code == TR_FINDING_ROUTE_CHANGED)
			return true;
	return false;
}

void
tr_findings_of_route(const struct tr_path_view *view,
    struct tr_findings *findings)
{
	struct circle circle;
	unsigned end = view->last;

	if (view->last_answered == 0)
		return;
	circle = find_circle(view);
	if (circle.period != 0) {
		add_circle(view, findings, &circle);
		end = circle.first;
	}
	find_zero_ttls(view, findings, end);
	/* Where each probe is a flow of its own, nothing else follows. */
	if (view->path->run.flow.classic)
		return;
	find_scattered(view, findings, circle.period == 0 ? end : end - 1);
	/* Of several ways, addresses that come again are of another each. */
	if (is_scattered(findings))
		return;
	find_runs(view, findings, end);
	find_cycles(view, findings, end);
}
