#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "strategy/classify.h"

/* Flows whose one field is varied. */
#define BASES_MAX	512

/* The first and last probe of a cell that were answered. */
struct looks {
	uint32_t first;
	uint32_t last;
};

struct tr_classification {
	struct tr_classify_rules rules;
	const struct tr_discovery *discovery;
	struct tr_discovery *varied;	/* its flows are places in numbers */
	struct looks *looks;		/* by cell, as those of varied */
	uint32_t numbers[TR_CLASSIFY_FLOWS_MAX];
	uint32_t next[TR_CLASSIFY_FLOWS_MAX];	/* of the same base */
	uint32_t count;
	uint32_t found;			/* the place that was looked up last */
	struct base {
		uint32_t flow;
		uint32_t first, last;	/* places; NONE: of none */
	} bases[BASES_MAX];
	uint32_t base_count;
};

struct tr_classification *
tr_classification_new(const struct tr_classify_rules *rules,
    const struct tr_discovery *discovery)
{
	struct tr_classification *classification = calloc(1,
	    sizeof(*classification));

	if (classification == NULL)
		return NULL;
	classification->rules = *rules;
	classification->discovery = discovery;
	classification->varied = tr_discovery_new(discovery->first_ttl,
	    discovery->max_ttl, TR_CLASSIFY_FLOWS_MAX);
	classification->looks = calloc((size_t)(discovery->max_ttl -
	    discovery->first_ttl + 1) * TR_CLASSIFY_FLOWS_MAX,
	    sizeof(*classification->looks));
	if (classification->varied == NULL || classification->looks == NULL) {
		tr_classification_free(classification);
		return NULL;
	}
	return classification;
}

void
tr_classification_free(struct tr_classification *classification)
{
	if (classification == NULL)
		return;
	tr_discovery_free(classification->varied);
	free(classification->looks);
	free(classification);
}

/* --- varied flows ------------------------------------------------------- */

/* Found, or made where it is new; NULL when there is no room. */
static struct base *
base_of(struct tr_classification *classification, uint32_t flow)
{
	struct base *base = classification->bases;

	for (uint32_t i = 0; i < classification->base_count; i++, base++)
		if (base->flow == flow)
			return base;
	if (classification->base_count == BASES_MAX)
		return NULL;
	classification->base_count++;
	*base = (struct base){ flow, TR_DISCOVERY_NONE, TR_DISCOVERY_NONE };
	return base;
}

static uint32_t
add_flow(struct tr_classification *classification, uint32_t number)
{
	const uint32_t place = classification->count;
	struct base *base = base_of(classification, tr_flow_base(number));

	if (place == TR_CLASSIFY_FLOWS_MAX || base == NULL)
		return TR_DISCOVERY_NONE;
	classification->numbers[place] = number;
	classification->next[place] = TR_DISCOVERY_NONE;
	if (base->first == TR_DISCOVERY_NONE)
		base->first = place;
	else
		classification->next[base->last] = place;
	base->last = place;
	classification->count++;
	return place;
}

/* The place of a flow, made where it is new; NONE when there is no room. */
static uint32_t
place_of(struct tr_classification *classification, uint32_t number)
{
	const uint32_t count = classification->count;

	/* Probes of a flow come close together. */
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t place = (classification->found + i) % count;

		if (classification->numbers[place] == number) {
			classification->found = place;
			return place;
		}
	}
	return add_flow(classification, number);
}

void
tr_classification_sent(struct tr_classification *classification,
    uint32_t flow, int ttl)
{
	const uint32_t place = place_of(classification, flow);

	if (place != TR_DISCOVERY_NONE)
		tr_discovery_sent(classification->varied, place, ttl);
}

void
tr_classification_lost(struct tr_classification *classification,
    uint32_t flow, int ttl)
{
	const uint32_t place = place_of(classification, flow);

	if (place != TR_DISCOVERY_NONE)
		tr_discovery_lost(classification->varied, place, ttl);
}

static struct looks *
looks_at(const struct tr_classification *classification, uint32_t place,
    int ttl)
{
	return classification->looks + (size_t)(ttl -
	    classification->varied->first_ttl) * TR_CLASSIFY_FLOWS_MAX + place;
}

int
tr_classification_answered(struct tr_classification *classification,
    uint32_t flow, int ttl, uint32_t probe, const struct tr_address *address,
    enum tr_verdict verdict, bool late)
{
	const uint32_t place = place_of(classification, flow);
	struct looks *looks;

	if (place == TR_DISCOVERY_NONE)
		return TR_OK;
	looks = looks_at(classification, place, ttl);
	if (tr_discovery_cell(classification->varied, place,
	    ttl)->answered == 0)
		*looks = (struct looks){ probe, probe };
	else if (probe < looks->first)
		looks->first = probe;
	else if (probe > looks->last)
		looks->last = probe;
	return tr_discovery_answered(classification->varied, place, ttl,
	    address, verdict, late);
}

/* The first of a base's flows from this place on that vary the field. */
static uint32_t
comparable(const struct tr_classification *classification, uint32_t place,
    enum tr_flow_field field)
{
	while (place != TR_DISCOVERY_NONE) {
		const enum tr_flow_field of =
		    tr_flow_field(classification->numbers[place]);

		if (of == field || of == TR_FIELD_NONE)
			break;
		place = classification->next[place];
	}
	return place;
}

static uint32_t
next_comparable(const struct tr_classification *classification,
    uint32_t place, enum tr_flow_field field)
{
	return comparable(classification, classification->next[place], field);
}

/* --- judging ------------------------------------------------------------ */

/* Does the flow meet the vertex? */
static bool
meets(const struct tr_classification *classification, uint32_t place,
    const struct tr_vertex *vertex)
{
	const struct tr_vertex *met = tr_discovery_at(classification->varied,
	    place, vertex->ttl);

	return met != NULL && met->verdict == vertex->verdict &&
	    tr_address_equal(&met->address, &vertex->address);
}

/*
 * What the flow meets behind the vertex, each time; NULL: not known, or what
 * tells of no way: a refusal, another host that has answered.
 */
static const struct tr_vertex *
successor(const struct tr_classification *classification, uint32_t place,
    const struct tr_vertex *vertex, enum tr_flow_field field)
{
	const struct tr_vertex *next = tr_discovery_at(classification->varied,
	    place, vertex->ttl + 1);

	if (next == NULL || tr_discovery_cell(classification->varied, place,
	    next->ttl)->switches > 0)
		return NULL;
	return next->verdict == TR_VERDICT_TRANSIT ||
	    (next->verdict == TR_VERDICT_ARRIVED &&
	    field != TR_FIELD_DESTINATION) ? next : NULL;
}

/* Does the discovery know this way from the vertex? */
static bool
is_known_way(const struct tr_discovery *discovery,
    const struct tr_vertex *vertex, const struct tr_vertex *next)
{
	uint32_t number = vertex->first_out;

	for (; number != TR_DISCOVERY_NONE;
	    number = discovery->edges[number].next_out) {
		const struct tr_edge *edge = &discovery->edges[number];

		if (edge->flows > 0 && tr_address_equal(&next->address,
		    &discovery->vertices[edge->to].address))
			return true;
	}
	return false;
}

/* Do two flows meet the same router at some TTL beyond this one? */
static bool
meet_again(const struct tr_discovery *varied, uint32_t a, uint32_t b, int ttl)
{
	for (ttl++; ttl <= varied->farthest; ttl++) {
		const struct tr_vertex *of_a = tr_discovery_at(varied, a, ttl);

		if (of_a != NULL && of_a->verdict == TR_VERDICT_TRANSIT &&
		    of_a == tr_discovery_at(varied, b, ttl))
			return true;
	}
	return false;
}

/* Two ways of the vertex, or routes to two networks? */
static bool
are_ways(const struct tr_classification *classification,
    const struct tr_vertex *vertex, enum tr_flow_field field, uint32_t a,
    uint32_t b)
{
	const struct tr_discovery *discovery = classification->discovery;
	const struct tr_discovery *varied = classification->varied;

	return field != TR_FIELD_DESTINATION || meet_again(varied, a, b,
	    vertex->ttl + 1) || (is_known_way(discovery, vertex,
	    tr_discovery_at(varied, a, vertex->ttl + 1)) &&
	    is_known_way(discovery, vertex,
	    tr_discovery_at(varied, b, vertex->ttl + 1)));
}

/* Flows of one base that meet a vertex and are known behind it. */
struct company {
	uint32_t members;
	uint32_t alike;			/* of these, those that go with first */
	uint32_t first;			/* places of two that part */
	uint32_t other;
};

static void
gather(const struct tr_classification *classification,
    const struct tr_vertex *vertex, const struct base *base,
    enum tr_flow_field field, struct company *company)
{
	const struct tr_vertex *first = NULL;
	uint32_t place = comparable(classification, base->first, field);

	*company = (struct company){
		.first = TR_DISCOVERY_NONE, .other = TR_DISCOVERY_NONE,
	};
	for (; place != TR_DISCOVERY_NONE;
	    place = next_comparable(classification, place, field)) {
		const struct tr_vertex *next = successor(classification,
		    place, vertex, field);

		if (next == NULL || !meets(classification, place, vertex))
			continue;
		if (first == NULL) {
			first = next;
			company->first = place;
		}
		if (next != first && !are_ways(classification, vertex, field,
		    company->first, place))
			continue;
		company->members++;
		if (next == first)
			company->alike++;
		else if (company->other == TR_DISCOVERY_NONE)
			company->other = place;
	}
}

/* Were two flows that part looked at alternately? */
static bool
are_sure(const struct tr_classification *classification,
    const struct company *company, int ttl)
{
	const struct looks *a = looks_at(classification, company->first, ttl);
	const struct looks *b = looks_at(classification, company->other, ttl);

	return a->first < b->last && b->first < a->last;
}

/*
 * With what shares a vertex spreads flows, as far as was seen: by the flows of
 * the discovery or, where all of these took one way, by the varied ones that
 * part.  One more for each way, for of few flows shares that are even are
 * likelier than they look.
 */
struct shares {
	const struct tr_discovery *discovery;
	const struct tr_vertex *vertex;
	double	 first;			/* without ways in the discovery: of */
					/* the first way; the rest is another */
};

static void
estimate_shares(const struct tr_classification *classification,
    const struct tr_vertex *vertex, struct shares *shares)
{
	double alike = 1, all = 2;

	*shares = (struct shares){ classification->discovery, vertex, 0.5 };
	if (vertex->out_degree > 1)
		return;
	for (uint32_t i = 0; i < classification->base_count; i++)
		for (int field = 1; field < TR_FIELDS; field++) {
			struct company company;

			gather(classification, vertex,
			    &classification->bases[i],
			    (enum tr_flow_field)field, &company);
			if (company.other == TR_DISCOVERY_NONE)
				continue;
			alike += company.alike;
			all += company.members;
		}
	shares->first = alike / all;
}

/*
 * The chance that so many flows all take one way, whichever, if what they
 * differ in is hashed.
 */
static double
chance_alike(const struct shares *shares, uint32_t flows)
{
	const struct tr_edge *edges = shares->discovery->edges;
	const uint32_t begin = shares->vertex->first_out;
	double all = shares->vertex->out_degree, chance = 0;

	if (shares->vertex->out_degree < 2)
		return pow(shares->first, flows) + pow(1 - shares->first,
		    flows);
	for (uint32_t i = begin; i != TR_DISCOVERY_NONE; i = edges[i].next_out)
		all += edges[i].flows;
	for (uint32_t i = begin; i != TR_DISCOVERY_NONE; i = edges[i].next_out)
		if (edges[i].flows > 0)
			chance += pow((edges[i].flows + 1) / all, flows);
	return chance;
}

/* How many flows it takes to say that a field is not hashed. */
static uint32_t
flows_needed(const struct shares *shares, double epsilon)
{
	uint32_t flows = 2;

	while (flows <= TR_FLOW_STEPS_MAX &&
	    chance_alike(shares, flows) > epsilon)
		flows++;
	return flows;
}

/* What the flows of the discovery show, where they vary the field. */
static void
judge_own(const struct shares *shares, struct tr_field_test *test)
{
	const struct tr_vertex *vertex = shares->vertex;

	if (vertex->onward == 0)
		return;
	test->ways = vertex->out_degree;
	test->flows = vertex->onward - 1;
	test->miss = chance_alike(shares, vertex->onward);
	if (test->ways > 1)
		test->hashing = TR_HASHING_YES;
}

static void
judge_varied(const struct tr_classification *classification,
    const struct shares *shares, const struct base *base,
    enum tr_flow_field field, struct tr_field_test *test)
{
	struct company company;

	gather(classification, shares->vertex, base, field, &company);
	if (company.members == 0)
		return;
	test->flows += company.members - 1;
	test->miss *= fmin(1, chance_alike(shares, company.members));
	if (test->ways == 0)
		test->ways = 1;
	if (company.other == TR_DISCOVERY_NONE)
		return;
	test->ways = 2;
	if (are_sure(classification, &company, shares->vertex->ttl + 1))
		test->hashing = TR_HASHING_YES;
}

static void
judge(const struct tr_classification *classification,
    const struct shares *shares, enum tr_flow_field field, double epsilon,
    struct tr_field_test *test)
{
	*test = (struct tr_field_test){ TR_HASHING_UNKNOWN, .miss = 1 };
	if (field == classification->rules.own)
		judge_own(shares, test);
	for (uint32_t i = 0; i < classification->base_count; i++)
		judge_varied(classification, shares,
		    &classification->bases[i], field, test);
	if (test->ways == 1 && test->miss <= epsilon)
		test->hashing = TR_HASHING_NO;
}

void
tr_classification_judge(const struct tr_classification *classification,
    const struct tr_vertex *vertex, double epsilon,
    struct tr_field_test tests[TR_FIELDS])
{
	struct shares shares;

	estimate_shares(classification, vertex, &shares);
	for (int field = 1; field < TR_FIELDS; field++)
		judge(classification, &shares, (enum tr_flow_field)field,
		    epsilon, &tests[field]);
}

/* The flow itself, once more, met another vertex than the discovery saw. */
static bool
has_moved(const struct tr_classification *classification, uint32_t place,
    int ttl)
{
	const struct tr_discovery *discovery = classification->discovery;
	const uint32_t number = classification->numbers[place];
	const uint32_t base = tr_flow_base(number);
	const struct tr_vertex *now = tr_discovery_at(classification->varied,
	    place, ttl);
	const struct tr_vertex *then;

	if (now == NULL || tr_flow_field(number) != TR_FIELD_NONE ||
	    base >= discovery->flows_max)
		return false;
	then = tr_discovery_at(discovery, base, ttl);
	return then != NULL && (!tr_address_equal(&now->address,
	    &then->address) || tr_discovery_cell(classification->varied,
	    place, ttl)->switches > 0);
}

bool
tr_classification_changed(const struct tr_classification *classification,
    int ttl)
{
	if (!tr_discovery_is_steady(classification->discovery, ttl))
		return false;
	if (classification->varied->hops[ttl].cells_switched > 0)
		return true;
	for (uint32_t place = 0; place < classification->count; place++)
		if (has_moved(classification, place, ttl))
			return true;
	return false;
}

/* --- planning ----------------------------------------------------------- */

struct round {
	struct tr_classification *classification;
	double	 epsilon;
	struct tr_want *wants;
	uint32_t want_count;
};

/* Once in a round. */
static void
want(struct round *round, uint32_t number, int ttl)
{
	if (round->want_count == TR_PLAN_WANTS_MAX)
		return;
	for (uint32_t i = 0; i < round->want_count; i++)
		if (round->wants[i].flow == number &&
		    round->wants[i].ttl == ttl)
			return;
	round->wants[round->want_count++] = (struct tr_want){
		number, (uint8_t)ttl,
	};
}

/* Is the cell of a flow still to be asked? */
static bool
is_open(const struct tr_classification *classification, uint32_t place,
    int ttl)
{
	const struct tr_discovery *varied = classification->varied;
	const struct tr_cell *cell = tr_discovery_cell(varied, place, ttl);

	return cell->vertex == 0 && cell->sent < TR_PLAN_ATTEMPTS &&
	    !tr_discovery_ended(varied, place, ttl);
}

/* Of a flow at a vertex: what is still to be asked. */
struct open_cells {
	bool	 here;			/* at the vertex's TTL */
	bool	 next;
};

static struct open_cells
open_cells(const struct tr_classification *classification, uint32_t place,
    const struct tr_vertex *vertex)
{
	const bool elsewhere = tr_discovery_at(classification->varied, place,
	    vertex->ttl) != NULL && !meets(classification, place, vertex);

	return (struct open_cells){
		.here = is_open(classification, place, vertex->ttl),
		.next = !elsewhere && is_open(classification, place,
		    vertex->ttl + 1),
	};
}

/* What came of the flows that vary a field of a base. */
struct steps {
	uint32_t made;
	uint32_t met;		/* of these, the vertex */
	uint32_t open;		/* not all is asked */
	uint32_t useful;	/* a router answered at the vertex's TTL and, */
				/* if that is the vertex, behind it */
};

static bool
is_useful(const struct tr_classification *classification, uint32_t place,
    const struct tr_vertex *vertex, enum tr_flow_field field)
{
	const struct tr_vertex *met = tr_discovery_at(classification->varied,
	    place, vertex->ttl);

	return met != NULL && met->verdict == TR_VERDICT_TRANSIT &&
	    (!meets(classification, place, vertex) ||
	    successor(classification, place, vertex, field) != NULL);
}

static void
count_steps(const struct tr_classification *classification,
    const struct tr_vertex *vertex, const struct base *base,
    enum tr_flow_field field, struct steps *steps)
{
	uint32_t place = comparable(classification, base->first, field);

	*steps = (struct steps){ .made = 0 };
	for (; place != TR_DISCOVERY_NONE;
	    place = next_comparable(classification, place, field)) {
		const struct open_cells open = open_cells(classification,
		    place, vertex);

		if (tr_flow_field(classification->numbers[place]) == field) {
			steps->made++;
			steps->met += meets(classification, place, vertex);
		}
		if (open.here || open.next)
			steps->open++;
		else if (is_useful(classification, place, vertex, field))
			steps->useful++;
	}
}

static void
want_flow(struct round *round, uint32_t place, const struct tr_vertex *vertex)
{
	const struct open_cells open = open_cells(round->classification,
	    place, vertex);
	const uint32_t number = round->classification->numbers[place];

	if (open.here)
		want(round, number, vertex->ttl);
	if (open.next)
		want(round, number, vertex->ttl + 1);
}

static void
want_open(struct round *round, const struct tr_vertex *vertex,
    const struct base *base, enum tr_flow_field field)
{
	const struct tr_classification *classification =
	    round->classification;
	uint32_t place = comparable(classification, base->first, field);

	for (; place != TR_DISCOVERY_NONE;
	    place = next_comparable(classification, place, field))
		want_flow(round, place, vertex);
}

static void
want_new(struct round *round, const struct tr_vertex *vertex, uint32_t number)
{
	const uint32_t place = place_of(round->classification, number);

	if (place != TR_DISCOVERY_NONE)
		want_flow(round, place, vertex);
}

/* Two flows that part, once more. */
static void
want_sure(struct round *round, const struct tr_vertex *vertex,
    enum tr_flow_field field)
{
	struct tr_classification *classification = round->classification;

	for (uint32_t i = 0; i < classification->base_count; i++) {
		struct company company;
		uint32_t *both[] = { &company.first, &company.other };

		gather(classification, vertex, &classification->bases[i],
		    field, &company);
		if (company.other == TR_DISCOVERY_NONE)
			continue;
		for (unsigned j = 0; j < 2; j++)
			if (tr_discovery_cell(classification->varied, *both[j],
			    vertex->ttl + 1)->sent < 4 * TR_PLAN_ATTEMPTS)
				want(round,
				    classification->numbers[*both[j]],
				    vertex->ttl + 1);
		return;
	}
}

/*
 * Other hosts are not asked for what a router before the target does: some
 * would answer, and most are not there.
 */
static bool
is_worth(const struct tr_classification *classification,
    const struct tr_vertex *vertex, uint32_t base, enum tr_flow_field field)
{
	const struct tr_vertex *behind = tr_discovery_at(
	    classification->discovery, base, vertex->ttl + 1);

	return (classification->rules.fields & 1U << field) != 0 &&
	    (field != TR_FIELD_DESTINATION ||
	    behind->verdict == TR_VERDICT_TRANSIT);
}

/* More flows that vary the field: as it takes, then twice as many. */
static void
want_steps(struct round *round, const struct shares *shares,
    const struct base *base, enum tr_flow_field field,
    const struct steps *steps)
{
	const struct tr_vertex *vertex = shares->vertex;
	const uint32_t need = flows_needed(shares, round->epsilon) - 1;
	const uint32_t last = steps->made < need ? need : 2 * steps->made;

	/* Most of them without a word, or refused. */
	if (steps->made >= need && steps->useful * 2 < steps->made)
		return;
	/* None of them comes here: does the flow itself still? */
	if (steps->made >= need && steps->met == 0 && tr_discovery_cell(
	    round->classification->varied, base->first,
	    vertex->ttl)->sent < 2) {
		want(round, round->classification->numbers[base->first],
		    vertex->ttl);
		return;
	}
	for (uint32_t step = steps->made + 1; step <= last &&
	    step <= TR_FLOW_STEPS_MAX; step++)
		want_new(round, vertex, tr_flow_varied(base->flow, field,
		    step));
}

/* What is still to be asked of a vertex and a field. */
static void
look_into(struct round *round, const struct shares *shares,
    uint32_t base_flow, enum tr_flow_field field)
{
	struct tr_classification *classification = round->classification;
	const struct tr_vertex *vertex = shares->vertex;
	const struct base *base;
	struct tr_field_test test;
	struct steps steps;

	judge(classification, shares, field, round->epsilon, &test);
	if (test.hashing != TR_HASHING_UNKNOWN)
		return;
	if (test.ways > 1) {
		want_sure(round, vertex, field);
		return;
	}
	want_new(round, vertex, tr_flow_varied(base_flow, TR_FIELD_NONE, 1));
	base = base_of(classification, base_flow);
	/* Without room, or behind a change of the path, nothing is told. */
	if (base == NULL || base->first == TR_DISCOVERY_NONE ||
	    has_moved(classification, base->first, vertex->ttl))
		return;
	count_steps(classification, vertex, base, field, &steps);
	if (steps.open > 0)
		want_open(round, vertex, base, field);
	if (steps.open == 0 || steps.made == 0)
		want_steps(round, shares, base, field, &steps);
}

/*
 * The flow whose fields are varied to look into a vertex; NONE: do not.  It
 * follows from the discovery alone, so a replay asks what the run asked.
 */
static uint32_t
base_for(const struct tr_discovery *discovery, const struct tr_vertex *vertex)
{
	const int next = vertex->ttl + 1;
	const struct tr_vertex *behind;

	if (!tr_vertex_goes_on(vertex) ||
	    !tr_discovery_is_proven(discovery, vertex) ||
	    !tr_discovery_is_steady(discovery, next))
		return TR_DISCOVERY_NONE;
	if (vertex->out_degree > 1)
		return tr_discovery_flow_through(discovery, vertex);
	behind = tr_discovery_at(discovery, 0, next);
	/* Before the target ways do not part. */
	return tr_discovery_at(discovery, 0, vertex->ttl) == vertex &&
	    behind != NULL && behind->verdict == TR_VERDICT_TRANSIT ?
	    0 : TR_DISCOVERY_NONE;
}

uint32_t
tr_classification_plan(struct tr_classification *classification,
    double epsilon, struct tr_want *wants)
{
	const struct tr_discovery *discovery = classification->discovery;
	struct round round = {
		.classification = classification,
		.epsilon = epsilon,
		.wants = wants,
	};

	for (int ttl = discovery->first_ttl; ttl < discovery->farthest;
	    ttl++) {
		const struct tr_vertex *vertex = tr_discovery_first(discovery,
		    ttl);

		for (; vertex != NULL;
		    vertex = tr_discovery_next(discovery, vertex)) {
			const uint32_t base = base_for(discovery, vertex);
			struct shares shares;

			if (base == TR_DISCOVERY_NONE)
				continue;
			estimate_shares(classification, vertex, &shares);
			for (int field = 1; field < TR_FIELDS; field++)
				if (is_worth(classification, vertex, base,
				    (enum tr_flow_field)field))
					look_into(&round, &shares, base,
					    (enum tr_flow_field)field);
		}
	}
	return round.want_count;
}
