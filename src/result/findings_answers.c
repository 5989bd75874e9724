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
sum(const struct shares *shares, unsigned from, unsigned to)
{
	struct tr_count sum = { 0 };

	for (unsigned i = from; i < to; i++)
		if (!shares->items[i].quiet) {
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
	const struct tr_count own = sum(shares, first, end);
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
		chance = tr_chance_of_fewer(sum(shares, i, end),
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

/*
 * Where packets are lost is where a part of the route begins whose hops all
 * answer less than those before.  Two stories are told of each part: all its
 * hops answer at one rate, but for those that are quiet, each at a rate of its
 * own; or it falls in two parts with two rates.  The likelier one is believed;
 * each quiet hop and each cut has its price (in natural logarithms of the
 * likelihood), so that two hops in a row that are quiet by themselves cost more
 * than one loss, and one costs less.
 */
#define PRICE_QUIET	5.0
#define PRICE_CUT	7.0
#define GAIN_CERTAIN	10.0
#define NEARLY		3.5	/* less likely by so little: not told apart */
#define TURNS		4

/* One part of the route, from the hop with this index to the one before to. */
struct part {
	unsigned from;
	unsigned to;
	bool	 quiet[256];	/* by index */
	struct tr_count count;	/* of the hops that are not quiet */
	unsigned hops;		/* how many these are */
	double	 fit;
};

/* A little from 0 and 1: what was never seen is not impossible. */
static double
careful_rate(struct tr_count count)
{
	return (count.hits + 0.5) / (count.of + 1.0);
}

/* How much likelier the hop is at its own rate than at this one. */
static double
misfit(const struct share *share, double rate_of_part)
{
	return tr_log_likelihood(share->count, careful_rate(share->count)) -
	    tr_log_likelihood(share->count, rate_of_part);
}

static void
count_part(const struct shares *shares, struct part *part)
{
	part->count = (struct tr_count){ 0 };
	part->hops = 0;
	for (unsigned i = part->from; i < part->to; i++)
		if (!part->quiet[i]) {
			part->count.hits += shares->items[i].count.hits;
			part->count.of += shares->items[i].count.of;
			part->hops++;
		}
}

/* The rate of the hop that answers most, to begin with. */
static double
highest_rate(const struct shares *shares, const struct part *part)
{
	double highest = 0;

	for (unsigned i = part->from; i < part->to; i++)
		if (!shares->items[i].quiet &&
		    careful_rate(shares->items[i].count) > highest)
			highest = careful_rate(shares->items[i].count);
	return highest;
}

/*
 * Tell the first story of a part, with this rate to begin with.  What is quiet
 * depends on the rate, and the rate on what is quiet: a few turns settle it.
 */
static void
fit_from(const struct shares *shares, double common, struct part *part)
{
	for (int turn = 0; turn < TURNS; turn++) {
		for (unsigned i = part->from; i < part->to; i++)
			part->quiet[i] = shares->items[i].quiet ||
			    (careful_rate(shares->items[i].count) < common &&
			    misfit(&shares->items[i], common) > PRICE_QUIET);
		count_part(shares, part);
		if (part->hops > 0)
			common = careful_rate(part->count);
	}
	for (unsigned i = part->from; i < part->to; i++) {
		const struct share *share = &shares->items[i];

		if (share->quiet)	/* silent, in any story */
			continue;
		part->fit += part->quiet[i] ?
		    tr_log_likelihood(share->count,
		    careful_rate(share->count)) - PRICE_QUIET :
		    tr_log_likelihood(share->count, common);
	}
}

/* The better of the stories that begin with the highest rate and the mean. */
static void
fit_part(const struct shares *shares, unsigned from, unsigned to,
    struct part *part)
{
	struct part other = { .from = from, .to = to };

	*part = other;
	fit_from(shares, highest_rate(shares, part), part);
	fit_from(shares, careful_rate(sum(shares, from, to)), &other);
	if (other.hops > 0 && (part->hops == 0 || other.fit > part->fit))
		*part = other;
}

/* How well a part is told by two, cut there; false where it cannot be. */
static bool
fit_cut(const struct shares *shares, const struct part *whole, unsigned cut,
    struct part *before, struct part *after)
{
	if (shares->items[cut].quiet)
		return false;
	fit_part(shares, whole->from, cut, before);
	fit_part(shares, cut, whole->to, after);
	return before->hops > 0 && after->hops > 1 && !after->quiet[cut] &&
	    careful_rate(after->count) < careful_rate(before->count);
}

/*
 * Cut a part where that tells more than it costs; into what is before the cut
 * and what is behind.  Returns by how much, or 0 for no cut.
 */
static double
cut_part(const struct shares *shares, const struct part *whole,
    struct part *before, struct part *after)
{
	struct part first, second;
	double gain = 0;

	for (unsigned cut = whole->from + 1; cut < whole->to; cut++) {
		double now;

		if (!fit_cut(shares, whole, cut, &first, &second))
			continue;
		now = first.fit + second.fit - PRICE_CUT - whole->fit;
		if (now <= gain)
			continue;
		gain = now;
		*before = first;
		*after = second;
	}
	return gain;
}

/* Where loss may begin: indices of hops. */
struct onset {
	unsigned earliest;
	unsigned latest;
};

/*
 * The cuts of a part that are nearly as likely as the best, which has fit.  A
 * quiet hop before a cut cannot tell whether it begins there.
 */
static struct onset
find_onset(const struct shares *shares, const struct part *whole,
    unsigned best, double fit)
{
	struct onset onset = { best, best };
	struct part before, after;

	for (unsigned cut = whole->from + 1; cut < whole->to; cut++) {
		unsigned earliest = cut;

		if (!fit_cut(shares, whole, cut, &before, &after) ||
		    before.fit + after.fit < fit - NEARLY)
			continue;
		while (earliest > whole->from + 1 &&
		    before.quiet[earliest - 1])
			earliest--;
		if (earliest < onset.earliest)
			onset.earliest = earliest;
		if (cut > onset.latest)
			onset.latest = cut;
	}
	return onset;
}

/* Loss that begins behind a part; before is NULL for none. */
static void
add_loss(struct tr_findings *findings, const struct shares *shares,
    const struct part *before, const struct part *after,
    const struct onset *onset, enum tr_sureness sureness)
{
	const uint8_t first = shares->items[onset->earliest].ttl;
	const uint8_t latest = shares->items[onset->latest].ttl;
	const uint8_t last = shares->items[shares->count - 1].ttl;
	const struct tr_count count = after->count;
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_LOSS, sureness, first, last);
	char hops[TR_HOPS_TEXT_MAX];

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "loss begins at %s%s and all later hops share it: about %u%% "
	    "(n=%u)", first == latest ? "" : "one of ",
	    tr_hops_text(first, latest, hops), percent((struct tr_count){
	    count.of - count.hits, count.of }), count.of);
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "%u of %u answered from hop %u on", count.hits, count.of,
	    shares->items[after->from].ttl);
	tr_finding_number(finding, "begins_first", first);
	tr_finding_number(finding, "begins_last", latest);
	tr_finding_number(finding, "sent", count.of);
	tr_finding_number(finding, "answered", count.hits);
	if (before == NULL)
		return;
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    ", %u of %u before", before->count.hits, before->count.of);
	tr_finding_number(finding, "before_sent", before->count.of);
	tr_finding_number(finding, "before_answered", before->count.hits);
}

/*
 * Loss that is nearly everywhere, so that no cut pays: it begins with the
 * first hop or soon behind it.  A limit is one hop's own; loss is in most.
 */
static bool
is_lossy(const struct shares *shares, const struct part *part)
{
	unsigned lossy = 0;

	for (unsigned i = part->from; i < part->to; i++)
		lossy += !part->quiet[i] &&
		    shares->items[i].count.hits < shares->items[i].count.of;
	return part->count.of - part->count.hits >= LOSS_LEAST &&
	    lossy >= 3 && 2 * lossy > part->hops;
}

/* A last hop that answers less: nothing behind it tells what it is. */
static void
find_last(const struct tr_path_view *view, const struct shares *shares,
    const struct part *part, struct tr_findings *findings)
{
	const unsigned last = shares->count - 1;
	const struct share *share = &shares->items[last];
	struct tr_finding *finding;

	if (!part->quiet[last] || share->quiet || part->hops == 0)
		return;
	finding = tr_finding_add(findings, TR_FINDING_LOSS_LAST_HOP,
	    TR_SURE_POSSIBLE, share->ttl, share->ttl);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "hop %u, %s, answered %u%%: loss on the way to it, or it limits "
	    "its replies", share->ttl, view->path->conclusion.reached ?
	    "the host" : "the last that answers", percent(share->count));
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "%u of %u answered, %u of %u before", share->count.hits,
	    share->count.of, part->count.hits, part->count.of);
	tr_finding_number(finding, "sent", share->count.of);
	tr_finding_number(finding, "answered", share->count.hits);
	tr_finding_number(finding, "before_sent", part->count.of);
	tr_finding_number(finding, "before_answered", part->count.hits);
}

/* Cut a part as often as it pays.  Returns the part before the first cut. */
static struct part
find_cuts(const struct shares *shares, const struct part *whole,
    struct tr_findings *findings)
{
	struct part before, after, first;
	const double gain = cut_part(shares, whole, &before, &after);
	struct onset onset;

	if (gain <= 0)
		return *whole;
	first = find_cuts(shares, &before, findings);
	onset = find_onset(shares, whole, after.from,
	    before.fit + after.fit);
	add_loss(findings, shares, &before, &after, &onset,
	    gain > GAIN_CERTAIN ? TR_SURE_CERTAIN : TR_SURE_LIKELY);
	find_cuts(shares, &after, findings);
	return first;
}

static void
find_loss(const struct tr_path_view *view, const struct shares *shares,
    struct tr_findings *findings)
{
	struct part whole, first;
	struct onset onset;

	fit_part(shares, 0, shares->count, &whole);
	first = find_cuts(shares, &whole, findings);
	if (is_lossy(shares, &first)) {
		onset = find_onset(shares, &first, first.from, first.fit);
		add_loss(findings, shares, NULL, &first, &onset,
		    TR_SURE_LIKELY);
	}
	if (first.to == shares->count)
		find_last(view, shares, &whole, findings);
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
