/*
 * What stops the paths that end: firewalls, and the verdict on all.
 */
#include <stdlib.h>

#include "result/comparison_part.h"

/*
 * How likely silence may be by chance, to say where a path is stopped; and
 * that it is at all, where no answer of the host to another path shows that
 * something beyond the last router was there to answer.
 */
#define CHANCE_OF_PLACE	0.05
#define CHANCE_AT_ALL	0.001

/* --- what stops a path -------------------------------------------------- */

/*
 * Those that got beyond the end of this one by the same way; elsewhere: are
 * there others that did so by another way?
 */
static unsigned
find_passing(const struct tr_comparison *comparison,
    const struct tr_compared *dead, bool *elsewhere)
{
	unsigned set = 0;

	*elsewhere = false;
	for (size_t i = 0; i < comparison->count; i++) {
		const struct tr_compared *other = &comparison->paths[i];

		if (other == dead || tr_compared_next(other, dead->ttl) == 0)
			continue;
		if (tr_compared_meet(dead->path, other->path, dead->ttl))
			set |= 1u << i;
		else
			*elsewhere = true;
	}
	return set;
}

/* The first hop beyond this one where one of a set is answered; 0: none. */
static uint8_t
first_answer(const struct tr_comparison *comparison, unsigned set,
    uint8_t ttl)
{
	uint8_t first = 0;

	for (size_t i = 0; i < comparison->count; i++) {
		const uint8_t next = tr_compared_next(&comparison->paths[i],
		    ttl);

		if ((set & 1u << i) != 0 && next != 0 &&
		    (first == 0 || next < first))
			first = next;
	}
	return first;
}

/* Where the host answered one of a set first; 0: it answered none. */
static uint8_t
first_arrival(const struct tr_comparison *comparison, unsigned set)
{
	uint8_t first = 0;

	for (size_t i = 0; i < comparison->count; i++) {
		const uint8_t ttl = comparison->paths[i].host_ttl;

		if ((set & 1u << i) != 0 && ttl != 0 &&
		    (first == 0 || ttl < first))
			first = ttl;
	}
	return first;
}

/*
 * The chance that routers at a hop, which answer so many of the probes of a
 * set, answer none of a path by luck.
 */
static double
chance_of_silence(const struct tr_comparison *comparison, unsigned set,
    const struct tr_path *path, uint8_t ttl)
{
	uint32_t sent = 0, answered = 0;
	double chance = 1, missed;

	for (size_t i = 0; i < comparison->count; i++)
		if ((set & 1u << i) != 0) {
			const struct tr_path *other =
			    comparison->paths[i].path;

			sent += other->count_of_ttl[ttl];
			answered += tr_compared_transits(other, ttl);
		}
	if (answered == 0)
		return 1;
	/* One more that was answered half: few answers prove little. */
	missed = 1 - (answered + 0.5) / (sent + 1.0);
	for (uint32_t i = 0; i < path->count_of_ttl[ttl]; i++)
		chance *= missed;
	return chance;
}

/* The hop by which silence is none of chance; 0: it may be all along. */
static uint8_t
end_of_doubt(const struct tr_comparison *comparison, unsigned set,
    const struct tr_compared *silent)
{
	const bool arrived = first_arrival(comparison, set) != 0;
	uint8_t place = 0;
	double chance = 1;

	for (unsigned ttl = silent->ttl + 1u; ttl <= silent->waited_ttl;
	    ttl++) {
		chance *= chance_of_silence(comparison, set, silent->path,
		    (uint8_t)ttl);
		if (place == 0 && chance <= CHANCE_OF_PLACE)
			place = (uint8_t)ttl;
	}
	return arrived || chance <= CHANCE_AT_ALL ? place : 0;
}

/* Those of a set that were answered at this hop or beyond. */
static unsigned
that_get_to(const struct tr_comparison *comparison, unsigned set, uint8_t ttl)
{
	for (size_t i = 0; i < comparison->count; i++)
		if (tr_compared_next(&comparison->paths[i],
		    (uint8_t)(ttl - 1)) == 0)
			set &= ~(1u << i);
	return set;
}

/* False where nothing is to be claimed. */
static bool
explain_silence(struct tr_comparison *comparison, size_t dead,
    unsigned passing, struct tr_firewall *firewall)
{
	const uint8_t arrival = first_arrival(comparison, passing);
	uint8_t after = end_of_doubt(comparison, passing,
	    &comparison->paths[dead]);
	/* The host was to answer it too, if it was waited for so long. */
	const bool waited = arrival <= comparison->paths[dead].waited_ttl;

	firewall->at_host = after == 0 || (arrival != 0 && arrival <= after);
	if (firewall->at_host)
		after = waited ? arrival : 0;
	if (after == 0) {
		comparison->doubtful |= 1u << dead;
		return false;
	}
	firewall->ttl_after = after;
	firewall->passes = that_get_to(comparison, passing, after);
	return true;
}

/* The host itself refuses one, and answers others. */
static bool
explain_host(const struct tr_comparison *comparison, size_t dead,
    struct tr_firewall *firewall)
{
	for (size_t i = 0; i < comparison->count; i++)
		if (comparison->paths[i].end == TR_COMPARED_ARRIVED)
			firewall->passes |= 1u << i;
	firewall->at_host = true;
	firewall->refuses = true;
	firewall->ttl_after = comparison->paths[dead].ttl;
	return firewall->passes != 0;
}

/* Do all end in one way at one place? */
static bool
end_together(const struct tr_comparison *comparison)
{
	const struct tr_compared *first = &comparison->paths[0];

	for (size_t i = 0; i < comparison->count; i++)
		if (!tr_compared_is_dead(&comparison->paths[i]) ||
		    comparison->paths[i].end != first->end ||
		    comparison->paths[i].ttl != first->ttl)
			return false;
	return true;
}

/*
 * Nobody got farther, and yet a firewall says that it is one; where all end by
 * it, that says more.
 */
static bool
explain_alone(const struct tr_comparison *comparison, size_t dead,
    struct tr_firewall *firewall)
{
	const struct tr_compared *path = &comparison->paths[dead];

	firewall->refuses = true;
	return path->host_ttl == 0 && !end_together(comparison) &&
	    (path->refusal == TR_REFUSAL_FORBIDDEN ||
	    path->refusal == TR_REFUSAL_RESET);
}

/* What stops a path that ends; false where nothing is to be claimed. */
static bool
explain(struct tr_comparison *comparison, size_t dead,
    struct tr_firewall *firewall)
{
	const struct tr_compared *path = &comparison->paths[dead];
	bool elsewhere;
	const unsigned passing = find_passing(comparison, path, &elsewhere);

	*firewall = (struct tr_firewall){
		.stops = 1u << dead,
		.ttl_before = path->ttl,
	};
	if (path->end == TR_COMPARED_REFUSED && path->host_ttl != 0 &&
	    passing == 0)
		return explain_host(comparison, dead, firewall);
	if (passing == 0 && elsewhere) {
		comparison->elsewhere |= 1u << dead;
		return false;
	}
	if (passing == 0)
		return explain_alone(comparison, dead, firewall);
	if (path->end == TR_COMPARED_SILENT)
		return explain_silence(comparison, dead, passing, firewall);
	firewall->refuses = true;
	firewall->passes = passing;
	firewall->ttl_after = first_answer(comparison, passing, path->ttl);
	return true;
}

/* --- all of them -------------------------------------------------------- */

/* The address of who refuses, for those that one firewall refuses. */
static const struct tr_address *
refuser(const struct tr_comparison *comparison,
    const struct tr_firewall *firewall)
{
	for (size_t i = 0; i < comparison->count; i++)
		if ((firewall->stops & 1u << i) != 0 &&
		    comparison->paths[i].end == TR_COMPARED_REFUSED)
			return &comparison->paths[i].address;
	return NULL;
}

/*
 * The last hop at which what a firewall refuses could still expire: the
 * firewall itself, or the one before, where it refuses first.
 */
static uint8_t
last_expiry(const struct tr_comparison *comparison,
    const struct tr_firewall *firewall)
{
	for (size_t i = 0; i < comparison->count; i++)
		if ((firewall->stops & 1u << i) != 0 &&
		    comparison->paths[i].end == TR_COMPARED_REFUSED &&
		    comparison->paths[i].path->conclusion.last_ttl <=
		    firewall->ttl_before)
			return (uint8_t)(firewall->ttl_before - 1);
	return firewall->ttl_before;
}

/* Do both stop at one place? */
static bool
is_same(const struct tr_comparison *comparison,
    const struct tr_firewall *known, const struct tr_firewall *firewall)
{
	const struct tr_address *a = refuser(comparison, known);
	const struct tr_address *b = refuser(comparison, firewall);

	if (known->at_host && firewall->at_host)
		return true;
	if (known->refuses && firewall->refuses)
		return known->ttl_before == firewall->ttl_before &&
		    (a == NULL) == (b == NULL) &&
		    (a == NULL || tr_address_equal(a, b));
	if (known->at_host != firewall->at_host)
		return false;
	if (known->refuses)
		return a != NULL && (firewall->passes & known->stops) == 0 &&
		    firewall->ttl_before <= last_expiry(comparison, known) &&
		    last_expiry(comparison, known) < firewall->ttl_after;
	return firewall->ttl_before < known->ttl_after &&
	    known->ttl_before < firewall->ttl_after;
}

static void
join(struct tr_firewall *known, const struct tr_firewall *firewall)
{
	known->stops |= firewall->stops;
	known->passes |= firewall->passes;
	/* Who refuses tells where it stands; silence, what it is between. */
	if (known->refuses)
		return;
	if (firewall->ttl_before < known->ttl_before)
		known->ttl_before = firewall->ttl_before;
	if (firewall->ttl_after > known->ttl_after)
		known->ttl_after = firewall->ttl_after;
}

static void
add_firewall(struct tr_comparison *comparison,
    const struct tr_firewall *firewall)
{
	for (size_t i = 0; i < comparison->firewall_count; i++)
		if (is_same(comparison, &comparison->firewalls[i],
		    firewall)) {
			join(&comparison->firewalls[i], firewall);
			return;
		}
	comparison->firewalls[comparison->firewall_count++] = *firewall;
}

/* Those that refuse first: they tell where silence comes from. */
static void
find_firewalls(struct tr_comparison *comparison)
{
	static const enum tr_compared_end order[] = {
		TR_COMPARED_UNSENT, TR_COMPARED_REFUSED, TR_COMPARED_SILENT,
	};
	struct tr_firewall firewall;

	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (size_t i = 0; i < comparison->count; i++)
			if (comparison->paths[i].end == order[k] &&
			    explain(comparison, i, &firewall))
				add_firewall(comparison, &firewall);
	for (size_t i = 0; i < comparison->firewall_count; i++)
		comparison->firewalls[i].passes &=
		    ~comparison->firewalls[i].stops;
}

static int
compare_firewalls(const void *a, const void *b)
{
	const struct tr_firewall *one = a, *other = b;

	if (one->ttl_before != other->ttl_before)
		return one->ttl_before - other->ttl_before;
	return one->at_host != other->at_host ? one->at_host - other->at_host :
	    (int)one->stops - (int)other->stops;
}

/* In which way all end at one place. */
static enum tr_comparison_reason
reason_of(const struct tr_comparison *comparison)
{
	static const enum tr_comparison_reason reasons[] = {
		[TR_REFUSAL_NONE] = TR_REASON_MIXED,
		[TR_REFUSAL_FORBIDDEN] = TR_REASON_REFUSED,
		[TR_REFUSAL_RESET] = TR_REASON_REFUSED,
		[TR_REFUSAL_NO_WAY] = TR_REASON_NO_WAY,
		[TR_REFUSAL_TOO_BIG] = TR_REASON_TOO_BIG,
	};
	const struct tr_compared *paths = comparison->paths;

	if (paths[0].end == TR_COMPARED_SILENT)
		return TR_REASON_SILENT;
	if (paths[0].end == TR_COMPARED_UNSENT)
		return TR_REASON_UNSENT;
	for (size_t i = 1; i < comparison->count; i++)
		if (reasons[paths[i].refusal] != reasons[paths[0].refusal])
			return TR_REASON_MIXED;
	return reasons[paths[0].refusal];
}

static enum tr_comparison_verdict
verdict_of(const struct tr_comparison *comparison)
{
	size_t arrived = 0;

	for (size_t i = 0; i < comparison->count; i++)
		arrived += comparison->paths[i].end == TR_COMPARED_ARRIVED;
	if (arrived == comparison->count)
		return TR_COMPARISON_ALL_ARRIVE;
	for (size_t i = 0; i < comparison->firewall_count; i++)
		if (!comparison->firewalls[i].at_host)
			return TR_COMPARISON_FIREWALL;
	if (comparison->firewall_count > 0)
		return TR_COMPARISON_HOST;
	return end_together(comparison) ?
	    TR_COMPARISON_SAME_PLACE : TR_COMPARISON_UNCLEAR;
}

void
tr_comparison_draw(struct tr_comparison *comparison,
    const struct tr_path *const paths[], size_t count)
{
	*comparison = (struct tr_comparison){ .count = count };
	tr_comparison_judge(comparison, paths);
	find_firewalls(comparison);
	qsort(comparison->firewalls, comparison->firewall_count,
	    sizeof(comparison->firewalls[0]), compare_firewalls);
	comparison->verdict = verdict_of(comparison);
	if (comparison->verdict == TR_COMPARISON_SAME_PLACE)
		comparison->reason = reason_of(comparison);
}
