/*
 * Where packets are really lost: where a part of the route begins whose hops
 * all answer less than those before.
 *
 * Two stories are told of each part: all its hops answer at one rate, but
 * for those that are quiet, each at a rate of its own; or it falls in two
 * parts with two rates.  The likelier one is believed.  Each quiet hop and
 * each cut has its price (in natural logarithms of the likelihood), so that
 * several hops in a row that are quiet by themselves cost more than one loss,
 * and one costs less.
 */
#include "base/text.h"
#include "packet/icmp.h"
#include "result/findings_answers.h"

#define PRICE_QUIET	5.0
#define PRICE_CUT	7.0
#define GAIN_CERTAIN	10.0
#define NEARLY		3.5	/* less likely by so little: not told apart */
#define TURNS		4
#define PRICE_FURTHER	4.0	/* more, for a second cut and so on */
#define CHANCE_CONTRADICTED 2e-2
#define LOSS_LEAST	5	/* lost, to say anything of it */

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
misfit(const struct tr_share *share, double rate_of_part)
{
	return tr_log_likelihood(share->count, careful_rate(share->count)) -
	    tr_log_likelihood(share->count, rate_of_part);
}

static void
count_part(const struct tr_shares *shares, struct part *part)
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
highest_rate(const struct tr_shares *shares, const struct part *part)
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
fit_from(const struct tr_shares *shares, double common, struct part *part)
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
		const struct tr_share *share = &shares->items[i];

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
fit_part(const struct tr_shares *shares, unsigned from, unsigned to,
    struct part *part)
{
	struct part other = { .from = from, .to = to };

	*part = other;
	fit_from(shares, highest_rate(shares, part), part);
	fit_from(shares, careful_rate(tr_shares_sum(shares, from, to)), &other);
	if (other.hops > 0 && (part->hops == 0 || other.fit > part->fit))
		*part = other;
}

/*
 * Do hops at the end of a part, and all behind it, answer more than those
 * before?  Then what these did not answer was not lost on the way there.
 */
static bool
is_contradicted(const struct tr_shares *shares, const struct part *part)
{
	struct tr_count before = { 0 };

	for (unsigned i = part->from; i + 1 < part->to; i++) {
		if (part->quiet[i])
			continue;
		before.hits += shares->items[i].count.hits;
		before.of += shares->items[i].count.of;
		if (part->hops * tr_chance_of_fewer(before, tr_shares_sum(
		    shares, i + 1, shares->count)) < CHANCE_CONTRADICTED)
			return true;
	}
	return false;
}

/* How well a part is told by two, cut there; false where it cannot be. */
static bool
fit_cut(const struct tr_shares *shares, const struct part *whole, unsigned cut,
    struct part *before, struct part *after)
{
	if (shares->items[cut].quiet)
		return false;
	fit_part(shares, whole->from, cut, before);
	fit_part(shares, cut, whole->to, after);
	if (is_contradicted(shares, after))
		return false;
	return before->hops > 0 && after->hops > 1 && !after->quiet[cut] &&
	    careful_rate(after->count) < careful_rate(before->count);
}

/*
 * Cut a part where that tells more than it costs; into what is before the cut
 * and what is behind.  Returns by how much, or 0 for no cut.
 */
static double
cut_part(const struct tr_shares *shares, const struct part *whole,
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
find_onset(const struct tr_shares *shares, const struct part *whole,
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

/*
 * Answers of the host that no limit on ICMP errors explains: of TCP, to an
 * echo, by datagram.
 */
static bool
is_beyond_limits(const struct tr_path_view *view,
    const struct tr_shares *shares, const struct part *part)
{
	const struct tr_path_reply *reply = view->hops[view->last].first;

	return view->path->conclusion.reached && reply != NULL &&
	    part->to == shares->count && !part->quiet[part->to - 1] &&
	    shares->items[part->to - 1].ttl == view->last &&
	    reply->verdict == TR_VERDICT_ARRIVED &&
	    (!reply->is_icmp || tr_icmp_classify(reply->responder.family,
	    reply->icmp_type, reply->icmp_code) == TR_ICMP_ECHO_REPLY);
}

/*
 * Does the hop answer as a token bucket lets it: all of the first probes, then
 * never two in a row, or never two in a row not?  Loss is not so even.
 */
static bool
is_even(const struct tr_path_view *view, uint8_t ttl)
{
	const struct tr_path *path = view->path;
	bool before = true, missed = false, pairs[2] = { false, false };
	unsigned behind = 0, misses = 0;

	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next) {
		const bool answered = path->probes[i].answered;

		missed = missed || !answered;
		if (!missed)
			continue;
		if (behind++ > 0 && answered == before)
			pairs[answered] = true;
		misses += !answered;
		before = answered;
	}
	return misses >= LOSS_LEAST && (!pairs[1] ||
	    (!pairs[0] && 3 * misses >= behind));
}

static bool
are_most_even(const struct tr_path_view *view, const struct tr_shares *shares,
    const struct part *part)
{
	unsigned even = 0;

	for (unsigned i = part->from; i < part->to; i++)
		even += !part->quiet[i] && is_even(view,
		    shares->items[i].ttl);
	return 2 * even > part->hops;
}

/* What is believed; before is NULL where nothing is known from before. */
struct loss {
	const struct part *before;
	const struct part *after;
	struct onset onset;
	double	 gain;
};

static enum tr_sureness
sureness_of(const struct tr_path_view *view, const struct tr_shares *shares,
    const struct loss *loss)
{
	if (is_beyond_limits(view, shares, loss->after))
		return loss->gain > GAIN_CERTAIN ? TR_SURE_CERTAIN :
		    TR_SURE_LIKELY;
	return are_most_even(view, shares, loss->after) ? TR_SURE_POSSIBLE :
	    TR_SURE_LIKELY;
}

static void
say_loss(struct tr_finding *finding, const struct loss *loss, uint8_t first,
    uint8_t latest)
{
	const struct tr_count count = loss->after->count;
	const struct tr_count lost = { count.of - count.hits, count.of };
	char hops[TR_HOPS_TEXT_MAX], percent[TR_PERCENT_TEXT_MAX];

	tr_hops_text(first, latest, hops);
	tr_count_percent(lost, percent);
	if (finding->sureness == TR_SURE_POSSIBLE)
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "from %s%s on, all hops that answer miss about %s (n=%u): "
		    "loss, or they limit their replies alike; try -T or -I",
		    first == latest ? "" : "one of ", hops, percent,
		    count.of);
	else
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "loss begins at %s%s and all later hops that answer share "
		    "it: about %s (n=%u)", first == latest ? "" : "one of ",
		    hops, percent, count.of);
}

static void
add_loss(const struct tr_path_view *view, struct tr_findings *findings,
    const struct tr_shares *shares, const struct loss *loss)
{
	const uint8_t first = shares->items[loss->onset.earliest].ttl;
	const uint8_t latest = shares->items[loss->onset.latest].ttl;
	const struct tr_count count = loss->after->count;
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_LOSS, sureness_of(view, shares, loss), first,
	    shares->items[shares->count - 1].ttl);

	say_loss(finding, loss, first, latest);
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "%u of %u answered from hop %u on", count.hits, count.of,
	    shares->items[loss->after->from].ttl);
	tr_finding_number(finding, "begins_first", first);
	tr_finding_number(finding, "begins_last", latest);
	tr_finding_number(finding, "sent", count.of);
	tr_finding_number(finding, "answered", count.hits);
	if (loss->before == NULL)
		return;
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    ", %u of %u before", loss->before->count.hits,
	    loss->before->count.of);
	tr_finding_number(finding, "before_sent", loss->before->count.of);
	tr_finding_number(finding, "before_answered",
	    loss->before->count.hits);
}

/*
 * Loss that is nearly everywhere, so that no cut pays: it begins with the
 * first hop or soon behind it.  A limit is one hop's own; loss is in most.
 */
static bool
is_lossy(const struct tr_shares *shares, const struct part *part)
{
	unsigned lossy = 0;

	for (unsigned i = part->from; i < part->to; i++)
		lossy += !part->quiet[i] &&
		    shares->items[i].count.hits < shares->items[i].count.of;
	return part->count.of - part->count.hits >= LOSS_LEAST &&
	    lossy >= 3 && 2 * lossy > part->hops &&
	    !is_contradicted(shares, part);
}

/* A last hop that answers less: nothing behind it tells what it is. */
static void
find_last(const struct tr_path_view *view, const struct tr_shares *shares,
    const struct part *part, struct tr_findings *findings)
{
	const struct tr_share *share = &shares->items[shares->count - 1];
	struct tr_finding *finding;
	char percent[TR_PERCENT_TEXT_MAX];

	/* What another hop refused is not this one's silence. */
	if (!part->quiet[shares->count - 1] || share->quiet ||
	    part->hops == 0 || view->hops[share->ttl].first == NULL ||
	    view->hops[share->ttl].first->verdict == TR_VERDICT_STOPPED)
		return;
	finding = tr_finding_add(findings, TR_FINDING_LOSS_LAST_HOP,
	    TR_SURE_POSSIBLE, share->ttl, share->ttl);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "hop %u, %s, answered %s: loss on the way to it, or it limits "
	    "its replies", share->ttl, view->path->conclusion.reached ?
	    "the host" : "the last hop that answered",
	    tr_count_percent(share->count, percent));
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "%u of %u answered, %u of %u before", share->count.hits,
	    share->count.of, part->count.hits, part->count.of);
	tr_finding_number(finding, "sent", share->count.of);
	tr_finding_number(finding, "answered", share->count.hits);
	tr_finding_number(finding, "before_sent", part->count.of);
	tr_finding_number(finding, "before_answered", part->count.hits);
}

/*
 * Where the part before a cut is to be cut again, that earlier cut alone may
 * tell the whole as well as both: then it takes the place of the other.
 */
static void
prefer_one_cut(const struct tr_shares *shares, const struct part *whole,
    struct part *before, struct part *after, double *gain)
{
	struct part first, second, rest;
	double both;

	while (cut_part(shares, before, &first, &second) > 0) {
		const unsigned cut = second.from;

		both = first.fit + second.fit + after->fit - PRICE_CUT -
		    PRICE_FURTHER;
		if (!fit_cut(shares, whole, cut, &first, &rest) ||
		    first.fit + rest.fit < both)
			return;
		*before = first;
		*after = rest;
		*gain = first.fit + rest.fit - PRICE_CUT - whole->fit;
	}
}

/* Cut a part as often as it pays.  Returns the part before the first cut. */
static struct part
find_cuts(const struct tr_path_view *view, const struct tr_shares *shares,
    const struct part *whole, double least_gain, struct tr_findings *findings)
{
	struct part before, after, first;
	struct loss loss = { .before = &before, .after = &after };

	loss.gain = cut_part(shares, whole, &before, &after);
	if (loss.gain <= least_gain)
		return *whole;
	prefer_one_cut(shares, whole, &before, &after, &loss.gain);
	first = find_cuts(view, shares, &before, PRICE_FURTHER, findings);
	loss.onset = find_onset(shares, whole, after.from,
	    before.fit + after.fit);
	add_loss(view, findings, shares, &loss);
	find_cuts(view, shares, &after, PRICE_FURTHER, findings);
	return first;
}

void
tr_findings_of_loss(const struct tr_path_view *view,
    const struct tr_shares *shares, struct tr_findings *findings)
{
	struct part whole, first;
	struct loss loss = { .after = &first };

	fit_part(shares, 0, shares->count, &whole);
	first = find_cuts(view, shares, &whole, 0, findings);
	if (is_lossy(shares, &first)) {
		loss.onset = find_onset(shares, &first, first.from,
		    first.fit);
		/* Those that answered everything may stand before it. */
		while (loss.onset.latest + 1 < first.to &&
		    shares->items[loss.onset.latest].count.hits ==
		    shares->items[loss.onset.latest].count.of)
			loss.onset.latest++;
		add_loss(view, findings, shares, &loss);
	}
	if (first.to == shares->count)
		find_last(view, shares, &whole, findings);
}
