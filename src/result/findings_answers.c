/*
 * Answers and their absence: which hops are only quiet, and where packets are
 * really lost.
 *
 * What is lost on the way to a hop is lost for all hops behind it as well.  So
 * a later hop that answers more shows that the earlier one does not answer all
 * that it gets; and only where all later hops share it, packets are lost.
 * Each comparison is a test of chance (base/chance.h).
 */
#include "base/chance.h"
#include "base/text.h"
#include "result/findings_part.h"

/* Below these, chance is no explanation. */
#define CHANCE_QUIET	1e-5
#define CHANCE_COMPLETE	1e-3	/* where later hops answer everything: what */
				/* they get is not lost before */
#define CHANCE_SILENT	0.0501	/* of a hop without any answer: 3 probes */
				/* beside 3 that were answered */
#define CHANCE_LOSSY	1e-2	/* the same, where answers are lost as well */
#define CHANCE_LOSS	1e-3
#define CHANCE_SHARED	1e-2	/* that is left without the worst hop */
#define CHANCE_CERTAIN	1e-6
#define LOSS_LEAST	5	/* lost, where nothing before is known */

/* One hop, as it is counted. */
struct share {
	uint8_t	 ttl;
	struct tr_count count;	/* answered, of those sent */
	bool	 quiet;		/* it answers less than it gets */
};

struct shares {
	struct share items[256];
	unsigned count;
};

static struct tr_count
sum(const struct shares *shares, unsigned from, unsigned to, unsigned but)
{
	struct tr_count sum = { 0 };

	for (unsigned i = from; i < to; i++)
		if (!shares->items[i].quiet && i != but) {
			sum.hits += shares->items[i].count.hits;
			sum.of += shares->items[i].count.of;
		}
	return sum;
}

static double
rate(struct tr_count count)
{
	return count.of == 0 ? 0 : (double)count.hits / count.of;
}

static void
collect(const struct tr_path_view *view, struct shares *shares)
{
	shares->count = 0;
	/* Behind the last that answered nothing is known. */
	for (unsigned ttl = view->first; ttl <= view->last_answered; ttl++) {
		const struct tr_hop_view *hop = &view->hops[ttl];

		if (hop->sent > 0)
			shares->items[shares->count++] = (struct share){
				.ttl = (uint8_t)ttl,
				.count = { hop->answered + hop->late,
				    hop->sent },
			};
	}
}

/* --- hops that are only quiet ------------------------------------------- */

/*
 * The chance that the hop answers all it gets, beside the later hop that
 * speaks most clearly against it, or all together; that hop is *against.
 */
static double
chance_of_quiet(const struct shares *shares, unsigned hop, unsigned *against)
{
	const struct tr_count *own = &shares->items[hop].count;
	const unsigned later = shares->count - hop - 1;
	struct tr_count all = { 0 };
	double least = 1, together;

	*against = hop;
	for (unsigned i = hop + 1; i < shares->count; i++) {
		const struct tr_count *other = &shares->items[i].count;
		const double chance = tr_chance_of_fewer(*own, *other);

		if (other->hits > 0) {
			all.hits += other->hits;
			all.of += other->of;
		}
		if (chance < least)
			least = chance;
		if (*against == hop ||
		    rate(*other) > rate(shares->items[*against].count))
			*against = i;
	}
	/* One was chosen of so many. */
	least *= later;
	together = 2 * tr_chance_of_fewer(*own, all);
	return together < least ? together : least;
}

static unsigned
percent(struct tr_count count)
{
	return (unsigned)(rate(count) * 100 + 0.5);
}

/* Did every later hop answer all, but for those that are silent? */
static bool
all_later_complete(const struct shares *shares, unsigned hop)
{
	for (unsigned i = hop + 1; i < shares->count; i++)
		if (shares->items[i].count.hits != 0 &&
		    shares->items[i].count.hits != shares->items[i].count.of)
			return false;
	return true;
}

static void
add_limit(struct tr_findings *findings, const struct shares *shares,
    unsigned hop, unsigned against, double chance)
{
	const struct share *own = &shares->items[hop];
	const struct share *other = &shares->items[against];
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_LIMIT, chance < CHANCE_CERTAIN ? TR_SURE_CERTAIN :
	    TR_SURE_LIKELY, own->ttl, own->ttl);

	if (all_later_complete(shares, hop))
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "hop %u answered %u%% and every later hop 100%%: it limits "
		    "its replies, this is not loss", own->ttl,
		    percent(own->count));
	else
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "hop %u answered %u%%, but hop %u behind it %u%%: it "
		    "limits its replies, this is not loss", own->ttl,
		    percent(own->count), other->ttl, percent(other->count));
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
add_silent(struct tr_findings *findings, const struct shares *shares,
    unsigned first, unsigned end, double chance)
{
	const uint8_t a = shares->items[first].ttl;
	const uint8_t b = shares->items[end - 1].ttl;
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_SILENT, chance < CHANCE_COMPLETE ? TR_SURE_CERTAIN :
	    TR_SURE_LIKELY, a, b);
	const struct tr_count own = sum(shares, first, end, UINT32_MAX);
	char hops[TR_HOPS_TEXT_MAX];

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "%s %s not answer, but pass%s packets on: this is not loss",
	    tr_hops_text(a, b, hops), a == b ? "does" : "do",
	    a == b ? "es" : "");
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "none of %u probes answered, later hops answer", own.of);
	tr_finding_number(finding, "sent", own.of);
}

/* The hops in a row that say nothing, from this one on; the first behind. */
static unsigned
end_of_silence(const struct shares *shares, unsigned first)
{
	unsigned end = first;

	while (end < shares->count && shares->items[end].count.hits == 0)
		end++;
	return end;
}

/* Do hops that answer leave some probes unanswered? */
static bool
is_any_lost(const struct shares *shares)
{
	for (unsigned i = 0; i < shares->count; i++)
		if (shares->items[i].count.hits > 0 &&
		    shares->items[i].count.hits < shares->items[i].count.of)
			return true;
	return false;
}

static void
find_silent(struct shares *shares, struct tr_findings *findings)
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
		chance = tr_chance_of_fewer(sum(shares, i, end, UINT32_MAX),
		    later);
		if (end > i && chance < most)
			add_silent(findings, shares, i, end, chance);
		for (; i < end; i++)
			shares->items[i].quiet = true;
	}
}

static void
find_quiet(struct shares *shares, struct tr_findings *findings)
{
	for (unsigned i = 0; i + 1 < shares->count; i++) {
		struct share *share = &shares->items[i];
		unsigned against;
		double chance;

		if (share->quiet || share->count.hits == share->count.of)
			continue;
		chance = chance_of_quiet(shares, i, &against);
		if (chance >= (all_later_complete(shares, i) ?
		    CHANCE_COMPLETE : CHANCE_QUIET))
			continue;
		share->quiet = true;
		add_limit(findings, shares, i, against, chance);
	}
}

/* --- loss --------------------------------------------------------------- */

/* The logarithm of the likelihood of a count at its own best rate. */
static double
fit(struct tr_count count)
{
	return tr_log_likelihood(count, rate(count));
}

/* The worst hop of a part: the one that answered least. */
static unsigned
worst(const struct shares *shares, unsigned from, unsigned to)
{
	unsigned worst = from;

	for (unsigned i = from; i < to; i++)
		if (!shares->items[i].quiet && (shares->items[worst].quiet ||
		    rate(shares->items[i].count) <
		    rate(shares->items[worst].count)))
			worst = i;
	return worst;
}

/* Where one part of a part begins: the best place to cut it, or to. */
static unsigned
best_cut(const struct shares *shares, unsigned from, unsigned to)
{
	const double whole = fit(sum(shares, from, to, UINT32_MAX));
	double gain = 0;
	unsigned cut = to;

	for (unsigned i = from + 1; i < to; i++) {
		const struct tr_count before = sum(shares, from, i,
		    UINT32_MAX);
		const struct tr_count after = sum(shares, i, to, UINT32_MAX);
		double now;

		if (shares->items[i].quiet || before.of == 0 ||
		    rate(after) >= rate(before))
			continue;
		now = fit(before) + fit(after) - whole;
		if (now > gain) {
			gain = now;
			cut = i;
		}
	}
	return cut;
}

static unsigned
clean_hops(const struct shares *shares, unsigned from, unsigned to)
{
	unsigned count = 0;

	for (unsigned i = from; i < to; i++)
		count += !shares->items[i].quiet;
	return count;
}

static void
add_loss(const struct tr_path_view *view, struct tr_findings *findings,
    const struct shares *shares, unsigned from, unsigned cut, unsigned to,
    double chance)
{
	const bool shared = clean_hops(shares, cut, shares->count) > 1;
	const struct tr_count before = sum(shares, from, cut, UINT32_MAX);
	const struct tr_count after = sum(shares, cut, to, UINT32_MAX);
	const uint8_t ttl = shares->items[cut].ttl;
	const uint8_t last = shares->items[shares->count - 1].ttl;
	const bool host = view->path->conclusion.reached;
	struct tr_finding *finding = tr_finding_add(findings, shared ?
	    TR_FINDING_LOSS : TR_FINDING_LOSS_LAST_HOP,
	    !shared ? TR_SURE_POSSIBLE : chance < CHANCE_CERTAIN ?
	    TR_SURE_CERTAIN : TR_SURE_LIKELY, ttl, last);

	if (shared)
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "loss begins at hop %u and all later hops share it: about "
		    "%u%% (n=%u)", ttl, percent((struct tr_count){
		    after.of - after.hits, after.of }), after.of);
	else
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "hop %u, %s, answered %u%%: loss on the way to it, or it "
		    "limits its replies", ttl, host ? "the host" :
		    "the last that answers", percent(after));
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "%u of %u answered from hop %u on", after.hits, after.of, ttl);
	if (before.of > 0)
		tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
		    ", %u of %u before", before.hits, before.of);
	tr_finding_number(finding, "sent", after.of);
	tr_finding_number(finding, "answered", after.hits);
	tr_finding_number(finding, "before_sent", before.of);
	tr_finding_number(finding, "before_answered", before.hits);
}

/*
 * Is it loss from the cut on?  One hop that answers a little less than all
 * must not make it: without the worst hop, the rest must still say so.
 */
static double
chance_of_no_loss(const struct shares *shares, unsigned from, unsigned cut,
    unsigned to)
{
	const struct tr_count before = sum(shares, from, cut, UINT32_MAX);
	const struct tr_count after = sum(shares, cut, to, UINT32_MAX);
	const unsigned least = worst(shares, cut, to);
	const double chance = tr_chance_of_fewer(after, before) *
	    (to - from);

	if (clean_hops(shares, cut, to) > 1 &&
	    tr_chance_of_fewer(sum(shares, cut, to, least), before) >=
	    CHANCE_SHARED)
		return 1;
	return chance;
}

/* Cut a part again and again, where its later hops answer less. */
static void
find_cuts(const struct tr_path_view *view, struct tr_findings *findings,
    const struct shares *shares, unsigned from)
{
	unsigned to = shares->count;

	/* The first cut of all is the clearest; then before it, then behind. */
	while (from < to) {
		unsigned cut = best_cut(shares, from, to);
		unsigned earlier;

		if (cut == to ||
		    chance_of_no_loss(shares, from, cut, to) >= CHANCE_LOSS)
			return;
		while ((earlier = best_cut(shares, from, cut)) != cut &&
		    chance_of_no_loss(shares, from, earlier, cut) <
		    CHANCE_LOSS)
			cut = earlier;
		add_loss(view, findings, shares, from, cut, to,
		    chance_of_no_loss(shares, from, cut, to));
		from = cut;
	}
}

/*
 * Loss that the first hops have already: there is nothing before to compare
 * with.  Limits are each hop's own; loss is in most hops.
 */
static bool
is_lossy_from_first(const struct shares *shares, unsigned to)
{
	const struct tr_count all = sum(shares, 0, to, UINT32_MAX);
	unsigned lossy = 0, first = 0;

	while (first < to && shares->items[first].quiet)
		first++;
	for (unsigned i = first; i < to; i++)
		lossy += !shares->items[i].quiet &&
		    shares->items[i].count.hits < shares->items[i].count.of;
	return first < to &&
	    shares->items[first].count.hits < shares->items[first].count.of &&
	    all.of - all.hits >= LOSS_LEAST && lossy >= 3 &&
	    2 * lossy > clean_hops(shares, 0, to);
}

static void
find_loss(const struct tr_path_view *view, const struct shares *shares,
    struct tr_findings *findings)
{
	unsigned cut = best_cut(shares, 0, shares->count);

	if (cut < shares->count && chance_of_no_loss(shares, 0, cut,
	    shares->count) >= CHANCE_LOSS)
		cut = shares->count;
	if (is_lossy_from_first(shares, cut))
		add_loss(view, findings, shares, 0, 0, cut, CHANCE_LOSS);
	find_cuts(view, findings, shares, 0);
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
	struct shares shares;

	if (view->last_answered == 0)
		return;
	collect(view, &shares);
	find_silent(&shares, findings);
	find_quiet(&shares, findings);
	find_loss(view, &shares, findings);
	find_duplicates(view, findings);
}
