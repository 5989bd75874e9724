/*
 * Answers and their absence: which hops are only quiet.
 *
 * What is lost on the way to a hop is lost for all hops behind it as well.  So
 * a later hop that answers more shows that the earlier one does not answer all
 * that it gets.  Each comparison is a test of chance (base/chance.h).
 */
#include "base/text.h"
#include "result/findings_answers.h"

/* Below these, chance is no explanation. */
#define CHANCE_QUIET	1e-5
#define CHANCE_COMPLETE	1e-3	/* where later hops answer everything: what */
				/* they get is not lost before */
#define CHANCE_DOUBTFUL	5e-2	/* enough not to call it loss */
#define CHANCE_SILENT	0.0501	/* of a hop without any answer: 3 probes */
				/* beside 3 that were answered */
#define CHANCE_LOSSY	1e-2	/* the same, where answers are lost as well */
#define CHANCE_CERTAIN	1e-6

struct tr_count
tr_shares_sum(const struct tr_shares *shares, unsigned from, unsigned to)
{
	struct tr_count sum = { 0 };

	for (unsigned i = from; i < to; i++)
		if (!shares->items[i].quiet) {
			sum.hits += shares->items[i].count.hits;
			sum.of += shares->items[i].count.of;
		}
	return sum;
}

double
tr_count_rate(struct tr_count count)
{
	return count.of == 0 ? 0 : (double)count.hits / count.of;
}

const char *
tr_count_percent(struct tr_count count, char text[TR_PERCENT_TEXT_MAX])
{
	const double percent = tr_count_rate(count) * 100;

	text[0] = '\0';
	if (count.hits == 0 || count.hits == count.of ||
	    (percent >= 10 && percent <= 90))
		tr_text_append(text, TR_PERCENT_TEXT_MAX, "%.0f%%", percent);
	else
		tr_text_append(text, TR_PERCENT_TEXT_MAX, "%.*f%%",
		    percent < 0.1 || percent > 99.9 ? 2 : 1, percent);
	return text;
}

/*
 * The hops to compare.  Behind the last that answered nothing is known, and
 * beyond the first round of a loop there are no other hops.
 */
static void
collect(const struct tr_path_view *view, const struct tr_findings *findings,
    struct tr_shares *shares)
{
	unsigned last = view->last_answered;

	for (uint32_t i = 0; i < findings->count; i++) {
		const struct tr_finding *finding = &findings->items[i];

		/* Its one value is how many routers it has. */
		if (finding->code == TR_FINDING_LOOP)
			last = finding->first_ttl +
			    (unsigned)finding->values[0].number - 1;
	}
	shares->count = 0;
	for (unsigned ttl = view->first; ttl <= last; ttl++) {
		const struct tr_hop_view *hop = &view->hops[ttl];
		uint32_t hits = hop->answered + hop->late;

		if (hits > hop->sent)
			hits = hop->sent;
		if (hop->sent > 0)
			shares->items[shares->count++] = (struct tr_share){
				.ttl = (uint8_t)ttl,
				.count = { hits, hop->sent },
			};
	}
}

/* --- hops that are only quiet ------------------------------------------- */

/* Hops that say nothing at all speak against none. */
static void
add_count(struct tr_count *sum, const struct tr_count *count)
{
	if (count->hits == 0)
		return;
	sum->hits += count->hits;
	sum->of += count->of;
}

/*
 * The chance that the hop answers all it gets, beside the later hop that
 * speaks most clearly against it, or all from some hop on; *against is the one
 * that answers most.
 */
static double
chance_of_quiet(const struct tr_shares *shares, unsigned hop,
    unsigned *against)
{
	const struct tr_count *own = &shares->items[hop].count;
	const unsigned later = shares->count - hop - 1;
	struct tr_count from_here = { 0 };
	double least = 1;

	*against = hop;
	for (unsigned i = shares->count - 1; i > hop; i--) {
		const struct tr_count *other = &shares->items[i].count;
		double chance = tr_chance_of_fewer(*own, *other);

		if (chance < least)
			least = chance;
		add_count(&from_here, other);
		chance = tr_chance_of_fewer(*own, from_here);
		if (chance < least)
			least = chance;
		if (*against == hop || tr_count_rate(*other) >=
		    tr_count_rate(shares->items[*against].count))
			*against = i;
	}
	/* One was chosen of so many. */
	return least * 2 * later;
}

/* Did every later hop answer all, but for those that are silent? */
static bool
all_later_complete(const struct tr_shares *shares, unsigned hop)
{
	for (unsigned i = hop + 1; i < shares->count; i++)
		if (shares->items[i].count.hits != 0 &&
		    shares->items[i].count.hits != shares->items[i].count.of)
			return false;
	return true;
}

static void
add_limit(struct tr_findings *findings, const struct tr_shares *shares,
    unsigned hop, unsigned against, double chance)
{
	const struct tr_share *own = &shares->items[hop];
	const struct tr_share *other = &shares->items[against];
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_LIMIT, chance < CHANCE_CERTAIN ? TR_SURE_CERTAIN :
	    TR_SURE_LIKELY, own->ttl, own->ttl);
	char percent[TR_PERCENT_TEXT_MAX], best[TR_PERCENT_TEXT_MAX];

	tr_count_percent(own->count, percent);
	tr_count_percent(other->count, best);
	if (all_later_complete(shares, hop))
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "hop %u answered %s and every later hop 100%%: ",
		    own->ttl, percent);
	else
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "hop %u answered %s, but hop %u behind it %s: ",
		    own->ttl, percent, other->ttl, best);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "it limits its replies (or they are lost on their way back), this "
	    "is not loss");
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "%u of %u answered, hop %u %u of %u", own->count.hits,
	    own->count.of, other->ttl, other->count.hits, other->count.of);
	tr_finding_number(finding, "sent", own->count.of);
	tr_finding_number(finding, "answered", own->count.hits);
	tr_finding_number(finding, "later_ttl", other->ttl);
	tr_finding_number(finding, "later_sent", other->count.of);
	tr_finding_number(finding, "later_answered", other->count.hits);
}

/* Hops in a row that say nothing: from first to the one before end. */
static void
add_silent(struct tr_findings *findings, const struct tr_shares *shares,
    unsigned first, unsigned end, double chance)
{
	const uint8_t a = shares->items[first].ttl;
	const uint8_t b = shares->items[end - 1].ttl;
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_SILENT, chance < CHANCE_COMPLETE ? TR_SURE_CERTAIN :
	    TR_SURE_LIKELY, a, b);
	const struct tr_count own = tr_shares_sum(shares, first, end);
	char hops[TR_HOPS_TEXT_MAX];

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "no answer comes from %s, but packets pass: this is not loss",
	    tr_hops_text(a, b, hops));
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "none of %u probes answered, later hops answer", own.of);
	tr_finding_number(finding, "sent", own.of);
}

/* The hops in a row that say nothing, from this one on; the first behind. */
static unsigned
end_of_silence(const struct tr_shares *shares, unsigned first)
{
	unsigned end = first;

	while (end < shares->count && shares->items[end].count.hits == 0)
		end++;
	return end;
}

/* Do hops that answer leave some probes unanswered? */
static bool
is_any_lost(const struct tr_shares *shares)
{
	for (unsigned i = 0; i < shares->count; i++)
		if (shares->items[i].count.hits > 0 &&
		    shares->items[i].count.hits < shares->items[i].count.of)
			return true;
	return false;
}

static void
find_silent(struct tr_shares *shares, struct tr_findings *findings)
{
	const double most = is_any_lost(shares) ?
	    CHANCE_LOSSY : CHANCE_SILENT;

	for (unsigned i = 0; i < shares->count; i++) {
		const unsigned end = end_of_silence(shares, i);
		struct tr_count later = { 0 };
		double chance;

		for (unsigned j = end; j < shares->count; j++)
			if (shares->items[j].count.hits > 0) {
				later.hits += shares->items[j].count.hits;
				later.of += shares->items[j].count.of;
			}
		chance = tr_chance_of_fewer(tr_shares_sum(shares, i, end),
		    later);
		if (end > i && chance < most)
			add_silent(findings, shares, i, end, chance);
		for (; i < end; i++)
			shares->items[i].quiet = true;
	}
}

static void
find_quiet(struct tr_shares *shares, struct tr_findings *findings)
{
	for (unsigned i = 0; i + 1 < shares->count; i++) {
		struct tr_share *share = &shares->items[i];
		unsigned against;
		double chance;

		if (share->quiet || share->count.hits == share->count.of)
			continue;
		chance = chance_of_quiet(shares, i, &against);
		share->quiet = chance < CHANCE_DOUBTFUL;
		if (chance >= (all_later_complete(shares, i) ?
		    CHANCE_COMPLETE : CHANCE_QUIET))
			continue;
		add_limit(findings, shares, i, against, chance);
	}
}

/* --- answers that come twice -------------------------------------------- */

static void
find_duplicates(const struct tr_path_view *view,
    struct tr_findings *findings)
{
	const struct tr_path *path = view->path;
	uint32_t counts[256] = { 0 };
	struct tr_finding *finding;
	uint8_t first = 0, last = 0;
	uint32_t sum = 0;
	char hops[TR_HOPS_TEXT_MAX];

	/* A host sends what is not acknowledged again: ICMP it does not. */
	for (uint32_t i = 0; i < path->reply_count; i++) {
		const struct tr_path_reply *reply = &path->replies[i];
		const struct tr_path_probe *probe =
		    &path->probes[reply->probe];

		if (reply->duplicate && reply->is_icmp && probe->flow == 0 &&
		    reply->verdict != TR_VERDICT_NONE)
			counts[probe->ttl]++;
	}
	for (unsigned ttl = view->first; ttl <= view->last; ttl++)
		if (counts[ttl] > 0) {
			first = first == 0 ? (uint8_t)ttl : first;
			last = (uint8_t)ttl;
			sum += counts[ttl];
		}
	if (first == 0)
		return;
	finding = tr_finding_add(findings, TR_FINDING_DUPLICATES,
	    TR_SURE_CERTAIN, first, last);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "answers of %s came more than once", tr_hops_text(first, last,
	    hops));
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "%u answer%s to a probe that had one", sum, sum == 1 ? "" : "s");
	tr_finding_number(finding, "duplicates", sum);
}

void
tr_findings_of_answers(const struct tr_path_view *view,
    struct tr_findings *findings)
{
	struct tr_shares shares;

	if (view->last_answered == 0)
		return;
	collect(view, findings, &shares);
	find_silent(&shares, findings);
	find_quiet(&shares, findings);
	tr_findings_of_loss(view, &shares, findings);
	find_duplicates(view, findings);
}
