#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "strategy/classify.h"

/* Flows whose one field is varied. */
#define BASES_MAX	512

struct tr_classification {
	struct tr_classify_rules rules;
	const struct tr_discovery *discovery;
	struct tr_discovery *varied;	/* its flows are places in numbers */
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
	if (classification->varied == NULL) {
		free(classification);
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

int
tr_classification_answered(struct tr_classification *classification,
    uint32_t flow, int ttl, const struct tr_address *address,
    enum tr_verdict verdict, bool late)
{
	const uint32_t place = place_of(classification, flow);

	return place == TR_DISCOVERY_NONE ? TR_OK :
	    tr_discovery_answered(classification->varied, place, ttl, address,
	    verdict, late);
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

	*company = (struct company){ 0, TR_DISCOVERY_NONE, TR_DISCOVERY_NONE };
	for (; place != TR_DISCOVERY_NONE;
	    place = next_comparable(classification, place, field)) {
		const struct tr_vertex *next = successor(classification,
		    place, vertex, field);

		if (next == NULL || !meets(classification, place, vertex))
			continue;
		company->members++;
		if (first == NULL) {
			first = next;
			company->first = place;
		} else if (next != first &&
		    company->other == TR_DISCOVERY_NONE && are_ways(
		    classification, vertex, field, company->first, place))
			company->other = place;
		else if (next != first &&
		    company->other == TR_DISCOVERY_NONE)
			company->members--;
	}
}

/* Seen at least twice where it was seen. */
static bool
is_sure(const struct tr_classification *classification, uint32_t place,
    int ttl)
{
	return tr_discovery_cell(classification->varied, place,
	    ttl)->answered > 1;
}

/* What the flows of the discovery show, where they vary the field. */
static void
judge_own(const struct tr_vertex *vertex, struct tr_field_test *test)
{
	test->ways = vertex->out_degree;
	test->flows = vertex->onward == 0 ? 0 : vertex->onward - 1;
	if (test->ways > 1)
		test->hashing = TR_HASHING_YES;
}

void
tr_classification_judge(const struct tr_classification *classification,
    const struct tr_vertex *vertex, enum tr_flow_field field, double epsilon,
    struct tr_field_test *test)
{
	*test = (struct tr_field_test){ .hashing = TR_HASHING_UNKNOWN };
	if (field == classification->rules.own)
		judge_own(vertex, test);
	for (uint32_t i = 0; i < classification->base_count; i++) {
		struct company company;

		gather(classification, vertex, &classification->bases[i],
		    field, &company);
		if (company.members == 0)
			continue;
		test->flows += company.members - 1;
		if (test->ways == 0)
			test->ways = 1;
		if (company.other == TR_DISCOVERY_NONE)
			continue;
		test->ways = 2;
		if (is_sure(classification, company.first, vertex->ttl + 1) &&
		    is_sure(classification, company.other, vertex->ttl + 1))
			test->hashing = TR_HASHING_YES;
	}
	if (test->ways == 1 &&
	    test->flows + 1 >= tr_stopping_alike_flows(2, epsilon))
		test->hashing = TR_HASHING_NO;
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

/*
 * A flow at the vertex's TTL and the next; false when both are known, or as
 * far as they can be.
 */
static bool
want_flow(struct round *round, uint32_t place,
    const struct tr_vertex *vertex)
{
	const struct tr_classification *classification =
	    round->classification;
	const uint32_t number = classification->numbers[place];
	const bool here = is_open(classification, place, vertex->ttl);
	bool next = is_open(classification, place, vertex->ttl + 1);

	if (tr_discovery_at(classification->varied, place, vertex->ttl) !=
	    NULL && !meets(classification, place, vertex))
		next = false;
	if (here)
		want(round, number, vertex->ttl);
	if (next)
		want(round, number, vertex->ttl + 1);
	return here || next;
}

/* The next step of a field at a base; what came of those before. */
struct steps {
	uint32_t made;
	uint32_t useful;	/* a router answered at the vertex's TTL and, */
				/* if that is the vertex, behind it */
	bool	 open;
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
look_at_steps(struct round *round, const struct tr_vertex *vertex,
    uint32_t base, enum tr_flow_field field, struct steps *steps)
{
	struct tr_classification *classification = round->classification;
	const struct base *flows = base_of(classification, base);
	uint32_t place;

	*steps = (struct steps){ .made = 0 };
	if (flows == NULL)
		return;
	for (place = comparable(classification, flows->first, field);
	    place != TR_DISCOVERY_NONE;
	    place = next_comparable(classification, place, field)) {
		if (tr_flow_field(classification->numbers[place]) == field)
			steps->made++;
		if (want_flow(round, place, vertex))
			steps->open = true;
		else if (is_useful(classification, place, vertex, field))
			steps->useful++;
	}
}

static void
want_new(struct round *round, const struct tr_vertex *vertex, uint32_t number)
{
	const uint32_t place = place_of(round->classification, number);

	if (place != TR_DISCOVERY_NONE)
		(void)want_flow(round, place, vertex);
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
			    vertex->ttl + 1)->sent < 2 * TR_PLAN_ATTEMPTS &&
			    !is_sure(classification, *both[j],
			    vertex->ttl + 1))
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

/* What is still to be asked of a vertex and a field. */
static void
look_into(struct round *round, const struct tr_vertex *vertex, uint32_t base,
    enum tr_flow_field field)
{
	struct tr_classification *classification = round->classification;
	const uint32_t need = tr_stopping_alike_flows(2, round->epsilon) - 1;
	struct tr_field_test test;
	struct steps steps;
	uint32_t more;

	tr_classification_judge(classification, vertex, field, round->epsilon,
	    &test);
	if (test.hashing != TR_HASHING_UNKNOWN)
		return;
	if (test.ways > 1) {
		want_sure(round, vertex, field);
		return;
	}
	want_new(round, vertex, tr_flow_varied(base, TR_FIELD_NONE, 1));
	look_at_steps(round, vertex, base, field, &steps);
	if (steps.open && steps.made > 0)
		return;
	/* Most of them without a word, or refused. */
	if (steps.made >= need && steps.useful * 2 < steps.made)
		return;
	more = steps.made == 0 ? need : steps.made;
	for (uint32_t step = steps.made + 1; step <= steps.made + more &&
	    step <= TR_FLOW_STEPS_MAX; step++)
		want_new(round, vertex, tr_flow_varied(base, field, step));
}

/* The flow whose fields are varied to look into a vertex; NONE: do not. */
static uint32_t
base_for(const struct tr_classification *classification,
    const struct tr_vertex *vertex)
{
	const struct tr_discovery *discovery = classification->discovery;
	const int next = vertex->ttl + 1;
	const struct tr_vertex *behind;

	if (!tr_vertex_goes_on(vertex) ||
	    !tr_discovery_is_proven(discovery, vertex) ||
	    vertex->ttl >= discovery->farthest ||
	    !tr_discovery_is_steady(discovery, next))
		return TR_DISCOVERY_NONE;
	behind = tr_discovery_at(discovery, 0, next);
	/* Before the target ways do not part. */
	if (tr_discovery_at(discovery, 0, vertex->ttl) == vertex)
		return behind != NULL && (vertex->out_degree > 1 ||
		    behind->verdict == TR_VERDICT_TRANSIT) ?
		    0 : TR_DISCOVERY_NONE;
	if (vertex->out_degree < 2)
		return TR_DISCOVERY_NONE;
	for (uint32_t i = 0; i < classification->base_count; i++) {
		const uint32_t base = classification->bases[i].flow;

		if (tr_discovery_at(discovery, base, vertex->ttl) == vertex &&
		    tr_discovery_at(discovery, base, next) != NULL)
			return base;
	}
	return tr_discovery_flow_through(discovery, vertex);
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
			const uint32_t base = base_for(classification, vertex);

			if (base == TR_DISCOVERY_NONE)
				continue;
			for (int field = 1; field < TR_FIELDS; field++)
				if (is_worth(classification, vertex, base,
				    (enum tr_flow_field)field))
					look_into(&round, vertex, base,
					    (enum tr_flow_field)field);
		}
	}
	return round.want_count;
}
