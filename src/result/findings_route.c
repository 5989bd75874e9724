/*
 * The shape of the route: addresses that come again, and why; one flow on
 * several ways; the way back.  The causes of loops and cycles are those of
 * B. Augustin and others, "Avoiding traceroute anomalies with Paris
 * traceroute", 2006.
 */
#include "base/text.h"
#include "result/findings_part.h"

#define PERIOD_MAX	32	/* routers in a forwarding loop */

/* Below this, answers did not part into two blocks by chance. */
#define CHANCE_BLOCKS	1e-3

static const struct tr_address *
responder(const struct tr_path_view *view, unsigned ttl)
{
	return &view->hops[ttl].first->responder;
}

static bool
answers(const struct tr_path_view *view, unsigned ttl)
{
	return ttl >= view->first && ttl <= view->last &&
	    view->hops[ttl].answered > 0;
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
		if (same(view, ttl, ttl - period)) {
			matches++;
			start = ttl - period;
		} else if (answers(view, ttl) && answers(view, ttl - period))
			break;
	}
	return matches >= period ? start : 0;
}

static struct circle
find_circle(const struct tr_path_view *view)
{
	struct circle circle = { 0 };

	if (view->path->conclusion.reached)
		return circle;
	for (unsigned period = 2; period <= PERIOD_MAX; period++) {
		const unsigned start = circle_start(view, period);
		bool differ = false;

		for (unsigned ttl = start; ttl < start + period; ttl++)
			differ = differ || (answers(view, ttl) &&
			    !same(view, ttl, start));
		if (start == 0 || !differ)
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
	    "packets go in a circle of %u routers from hop %u on: a "
	    "forwarding loop", circle->period, circle->first);
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

/* Each hop of the run came from one hop farther than the one before. */
static bool
is_from_farther(const struct tr_path_view *view, unsigned first,
    unsigned last)
{
	for (unsigned ttl = first; ttl < last; ttl++)
		if (return_hops(view, ttl + 1) != return_hops(view, ttl) + 1)
			return false;
	return true;
}

static void
add_rewritten_source(const struct tr_path_view *view,
    struct tr_findings *findings, unsigned first, unsigned last)
{
	const uint8_t before = tr_view_before(view, (uint8_t)first);
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_SOURCE_REWRITTEN, last - first > 1 ?
	    TR_SURE_CERTAIN : TR_SURE_LIKELY, (uint8_t)first, (uint8_t)last);
	char between[TR_HOPS_TEXT_MAX], address[TR_ADDRESS_TEXT_MAX];

	tr_between_text(before, (uint8_t)first, between);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "hops %u-%u are different machines behind one address: a NAT %s "
	    "puts %s into all answers from behind it", first, last, between,
	    tr_address_equal(responder(view, first),
	    &view->path->run.flow.dst) ? "the target's" : "it");
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "%s answers %u times, each from one hop farther by the reply "
	    "TTL: %u to %u hops", tr_address_text(responder(view, first),
	    address, sizeof(address)), last - first + 1,
	    return_hops(view, first), return_hops(view, last));
	tr_finding_address(finding, "address", responder(view, first));
}

static void
add_duplicate(const struct tr_path_view *view, struct tr_findings *findings,
    unsigned ttl)
{
	const uint8_t before = tr_view_before(view, (uint8_t)ttl);
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_MPLS_DUPLICATE, TR_SURE_LIKELY, (uint8_t)ttl,
	    (uint8_t)(ttl + 1));
	char between[TR_HOPS_TEXT_MAX], address[TR_ADDRESS_TEXT_MAX];

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "an MPLS tunnel hides routers %s: its end passes on what has run "
	    "out, so that the next router answers twice",
	    tr_between_text(before, (uint8_t)ttl, between));
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
	/* Told with the refusal that ends the route. */
	if (view->hops[last].first->verdict == TR_VERDICT_STOPPED)
		last--;
	if (last == first || tr_view_quoted_ttl(view, (uint8_t)first) == 0)
		return;
	if (is_from_farther(view, first, last))
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
find_runs(const struct tr_path_view *view, struct tr_findings *findings,
    unsigned end)
{
	unsigned first = 0;

	for (unsigned ttl = view->first; ttl <= end; ttl++) {
		if (answers(view, ttl) &&
		    tr_view_quoted_ttl(view, (uint8_t)ttl) == 0 &&
		    tr_view_is_transit(view, (uint8_t)ttl))
			add_zero_ttl(view, findings, ttl);
		if (ttl > view->first && same(view, ttl - 1, ttl)) {
			if (first == 0)
				first = ttl - 1;
		} else if (first != 0) {
			explain_run(view, findings, first, ttl - 1);
			first = 0;
		}
	}
	if (first != 0)
		explain_run(view, findings, first, end);
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
			    !same(view, ttl, later - 1) &&
			    answers(view, later - 1) &&
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

/*
 * The chance that a balancer of packets draws one block of each way: there are
 * two such orders among all that have as many of each.
 */
static double
chance_of_blocks(uint32_t first, uint32_t second)
{
	double chance = 2;

	for (uint32_t i = 1; i <= first; i++)
		chance *= (double)i / (second + i);
	return chance;
}

static enum order
order_of(const struct tr_path_view *view, uint8_t ttl)
{
	const struct tr_path_reply *reply, *before = NULL;
	uint32_t probe = TR_PATH_NONE, blocks = 0;
	uint32_t first = 0, second = 0;

	while ((reply = tr_view_answer(view, ttl, &probe)) != NULL) {
		if (before == NULL || !tr_address_equal(&before->responder,
		    &reply->responder))
			blocks++;
		if (blocks == 1)
			first++;
		else
			second++;
		before = reply;
	}
	if (blocks < 2)
		return ORDER_ONE;
	if (blocks > 2)
		return ORDER_MIXED;
	return chance_of_blocks(first, second) < CHANCE_BLOCKS ?
	    ORDER_CHANGED : ORDER_UNKNOWN;
}

static void
add_scattered(const struct tr_path_view *view, struct tr_findings *findings,
    uint8_t first, uint8_t last, enum order order)
{
	struct tr_finding *finding = tr_finding_add(findings,
	    order == ORDER_CHANGED ? TR_FINDING_ROUTE_CHANGED :
	    TR_FINDING_FLOW_SCATTERED, order == ORDER_UNKNOWN ?
	    TR_SURE_POSSIBLE : TR_SURE_LIKELY, first, last);
	char hops[TR_HOPS_TEXT_MAX];

	tr_hops_text(first, last, hops);
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
	    "%s, of %u answers at hop %u", order == ORDER_CHANGED ?
	    "first the one address, then the other" :
	    order == ORDER_MIXED ? "the addresses take turns" :
	    "more than one address", view->hops[first].answered, first);
}

static void
find_scattered(const struct tr_path_view *view,
    struct tr_findings *findings)
{
	uint8_t first = 0;
	enum order order = ORDER_ONE, now;

	/*
	 * Where each probe is a flow of its own, nothing follows; nor from
	 * probes of one TTL, which is that of a ping.
	 */
	if (view->path->run.flow.classic || view->first == view->last)
		return;
	for (unsigned ttl = view->first; ttl <= view->last; ttl++) {
		now = order_of(view, (uint8_t)ttl);
		if (now == ORDER_ONE && first != 0) {
			add_scattered(view, findings, first,
			    (uint8_t)(ttl - 1), order);
			first = 0;
			order = ORDER_ONE;
		} else if (now != ORDER_ONE && first == 0)
			first = (uint8_t)ttl;
		if (now > order)
			order = now;
	}
	if (first != 0)
		add_scattered(view, findings, first, view->last, order);
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
	find_runs(view, findings, end);
	find_cycles(view, findings, end);
	find_scattered(view, findings);
}
