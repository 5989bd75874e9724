#include <stdlib.h>

#include "sim/truth.h"

bool
tr_truth_reaches(const struct tr_truth *truth)
{
	const struct tr_truth_vertex *vertices = truth->vertices.items;

	for (uint32_t i = 0; i < truth->vertices.count; i++)
		if (vertices[i].end == TR_TRUTH_ARRIVED)
			return true;
	return false;
}

static int
by_claim(const void *a, const void *b)
{
	const struct tr_truth_claim *x = a, *y = b;
	int order;

	if (x->ttl != y->ttl)
		return x->ttl < y->ttl ? -1 : 1;
	order = tr_address_compare(&x->responder, &y->responder);
	return order != 0 ? order : tr_address_compare(&x->next, &y->next);
}

/* What could be claimed with right, in the order of by_claim(). */
static int
list_true_claims(const struct tr_truth *truth, struct tr_list *claims)
{
	const struct tr_truth_vertex *vertices = truth->vertices.items;
	const struct tr_truth_link *links = truth->links.items;
	struct tr_truth_claim *claim;

	for (uint32_t i = 0; i < truth->vertices.count; i++) {
		const struct tr_truth_vertex *vertex = &vertices[i];

		if (!tr_address_is_set(&vertex->address) ||
		    vertex->ttl < truth->question.first_ttl)
			continue;
		claim = tr_list_add(claims, sizeof(*claim));
		if (claim == NULL)
			return TR_ENOMEM;
		claim->ttl = vertex->ttl;
		claim->responder = vertex->address;
	}
	for (uint32_t i = 0; i < truth->links.count; i++) {
		const struct tr_truth_vertex *from = &vertices[links[i].from];
		const struct tr_truth_vertex *to = &vertices[links[i].to];

		if (!tr_address_is_set(&from->address) ||
		    !tr_address_is_set(&to->address) ||
		    from->ttl < truth->question.first_ttl)
			continue;
		claim = tr_list_add(claims, sizeof(*claim));
		if (claim == NULL)
			return TR_ENOMEM;
		claim->ttl = from->ttl;
		claim->responder = from->address;
		claim->next = to->address;
	}
	if (claims->count > 0)
		qsort(claims->items, claims->count, sizeof(*claim),
		    by_claim);
	return TR_OK;
}

/* Both lists are sorted; what stands in one twice counts once. */
static void
compare(const struct tr_list *right, const struct tr_list *made,
    struct tr_truth_score *vertices, struct tr_truth_score *links)
{
	const struct tr_truth_claim *a = right->items, *b = made->items;
	uint32_t i = 0, j = 0;

	while (i < right->count || j < made->count) {
		const int order = i == right->count ? 1 :
		    j == made->count ? -1 : by_claim(&a[i], &b[j]);
		const struct tr_truth_claim *claim = order <= 0 ?
		    &a[i] : &b[j];
		struct tr_truth_score *score =
		    tr_address_is_set(&claim->next) ? links : vertices;

		score->found += order == 0;
		score->missed += order < 0;
		score->untrue += order > 0;
		while (i < right->count && by_claim(&a[i], claim) == 0)
			i++;
		while (j < made->count && by_claim(&b[j], claim) == 0)
			j++;
	}
}

int
tr_truth_judge(const struct tr_truth *truth,
    const struct tr_truth_claim *claims, size_t count,
    struct tr_truth_score *vertices, struct tr_truth_score *links)
{
	struct tr_list right = { .items = NULL }, made = { .items = NULL };
	int status = list_true_claims(truth, &right);

	*vertices = *links = (struct tr_truth_score){ .found = 0 };
	for (size_t i = 0; i < count && status == TR_OK; i++) {
		struct tr_truth_claim *claim = tr_list_add(&made,
		    sizeof(*claim));

		if (claim == NULL)
			status = TR_ENOMEM;
		else
			*claim = claims[i];
	}
	if (status == TR_OK) {
		if (made.count > 0)
			qsort(made.items, made.count,
			    sizeof(struct tr_truth_claim), by_claim);
		compare(&right, &made, vertices, links);
	}
	tr_list_clear(&right);
	tr_list_clear(&made);
	return status;
}
