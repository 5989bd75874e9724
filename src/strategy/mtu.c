#include <errno.h>
#include <stdlib.h>

#include "base/time.h"
#include "strategy/mtu.h"
#include "strategy/sizes.h"

/* Silence that may be chance is not asked about more often. */
#define TRIES_MOST	16

/* A hop that leaves so many small packets in a row unanswered is given up. */
#define CONTROLS_MUTE	5

#define CALM		TR_SECOND	/* after which a host answers again */
#define WAIT_FACTOR	3		/* round trips of a hop */
#define OVERTAKING	(20 * TR_MILLISECOND)	/* within which packets that */
					/* left in turn come out of turn */

/* Sizes that links have: RFC 1191, 7.1; and those of tunnels. */
static const uint16_t common[] = {
	68, 296, 508, 576, 1006, 1280, 1300, 1380, 1400, 1420, 1430, 1436,
	1450, 1454, 1460, 1472, 1476, 1480, 1492, 1500, 2002, 4352, 8166,
	9000, 17914, 32000, 65535,
};

#define COMMON (sizeof(common) / sizeof(common[0]))

/* What is tried: packets of a size to a hop. */
struct cell {
	uint16_t size;
	uint8_t	 ttl;
};

struct tr_mtu {
	struct tr_mtu_config config;
	struct tr_trace *walk;
	uint8_t	 *walk_ttl;		/* by number of the probe */
	uint32_t walk_count;
	bool	 walked;		/* the walk is over */
	enum tr_stop stop;		/* why */
	int64_t	 round_trip[TR_TRACE_TTL_MAX + 1];	/* or TR_TIME_NONE */
	struct tr_sizes sizes;
	int64_t	 sent[TR_SIZES_TRIALS_MAX];	/* by number of the trial */
	int64_t	 answered[TR_SIZES_TRIALS_MAX];	/* or TR_TIME_NEVER */
	uint8_t	 control_due;		/* to this TTL; 0: none */
	int64_t	 send_after;
};

uint16_t
tr_mtu_least(uint8_t family)
{
	return family == 4 ? TR_SIZES_LEAST4 : TR_SIZES_LEAST6;
}

uint32_t
tr_mtu_probes_max(const struct tr_mtu_config *config)
{
	return tr_trace_probes_max(&config->walk) + TR_SIZES_TRIALS_MAX;
}

struct tr_mtu *
tr_mtu_new(const struct tr_mtu_config *config)
{
	struct tr_mtu *mtu = calloc(1, sizeof(*mtu));

	if (mtu == NULL)
		return NULL;
	mtu->config = *config;
	mtu->walk = tr_trace_new(&config->walk);
	mtu->walk_ttl = calloc(tr_trace_probes_max(&config->walk), 1);
	if (mtu->walk == NULL || mtu->walk_ttl == NULL) {
		tr_mtu_free(mtu);
		return NULL;
	}
	tr_sizes_init(&mtu->sizes, &config->target, config->walk_size,
	    config->size_max, config->interface_mtu);
	for (int ttl = 0; ttl <= TR_TRACE_TTL_MAX; ttl++)
		mtu->round_trip[ttl] = TR_TIME_NONE;
	mtu->send_after = TR_TIME_NONE;
	return mtu;
}

void
tr_mtu_free(struct tr_mtu *mtu)
{
	if (mtu == NULL)
		return;
	tr_trace_free(mtu->walk);
	free(mtu->walk_ttl);
	free(mtu);
}

/* --- what happened ------------------------------------------------------ */

/*
 * Answers that do not tell which probe they are for say nothing of its size
 * either: where the target gives such ones, the router before it is the end.
 */
static bool
walk_reply(struct tr_mtu *mtu, uint32_t number,
    const struct tr_answer *answer, int64_t now)
{
	const uint8_t ttl = mtu->walk_ttl[number];

	if (tr_trace_strategy.reply(mtu->walk, number, answer, now))
		return true;
	if (answer->verdict == TR_VERDICT_STOPPED || answer->by_ports)
		return false;
	mtu->round_trip[ttl] = tr_time_later(mtu->round_trip[ttl],
	    answer->rtt);
	tr_sizes_answered(&mtu->sizes, ttl, &answer->responder,
	    answer->verdict == TR_VERDICT_TRANSIT);
	return false;
}

/* A trial counts whenever its answer comes: it proves what it proves. */
static bool
mtu_reply(void *state, uint32_t number, const struct tr_answer *answer,
    int64_t now)
{
	struct tr_mtu *mtu = state;
	struct tr_size_trial *trial;

	if (number < mtu->walk_count)
		return walk_reply(mtu, number, answer, now);
	number -= mtu->walk_count;
	mtu->answered[number] = now;
	trial = &mtu->sizes.trials[number];
	if (answer->too_big)
		tr_sizes_refuse(&mtu->sizes, trial, &answer->responder,
		    answer->mtu);
	else
		trial->outcome = answer->verdict == TR_VERDICT_STOPPED ||
		    answer->by_ports ? TR_SIZE_SILENT : TR_SIZE_PASSED;
	return false;
}

static void
mtu_failed(void *state, uint32_t number, int error, int64_t now)
{
	struct tr_mtu *mtu = state;
	struct tr_size_trial *trial;

	if (number < mtu->walk_count) {
		tr_trace_strategy.failed(mtu->walk, number, error, now);
		return;
	}
	trial = &mtu->sizes.trials[number - mtu->walk_count];
	if (error == EMSGSIZE)
		tr_sizes_keep_back(&mtu->sizes, trial);
	else
		tr_sizes_bar(trial, error);
}

/* How long a trial to this hop is waited for. */
static int64_t
wait_for(const struct tr_mtu *mtu, uint8_t ttl)
{
	const int64_t most = mtu->config.walk.wait_max;

	if (mtu->round_trip[ttl] == TR_TIME_NONE ||
	    mtu->round_trip[ttl] > most)
		return most;
	return tr_time_earlier(most, tr_time_later(TR_TRACE_WAIT_LEAST,
	    WAIT_FACTOR * mtu->round_trip[ttl]));
}

/* When a trial is given up: earlier if the one behind it is answered. */
static int64_t
deadline(const struct tr_mtu *mtu, unsigned number)
{
	const struct tr_sizes *sizes = &mtu->sizes;
	const uint8_t ttl = sizes->trials[number].ttl;
	const int64_t over = mtu->sent[number] + wait_for(mtu, ttl);

	if (number + 1 == sizes->count ||
	    sizes->trials[number + 1].ttl != ttl ||
	    mtu->answered[number + 1] == TR_TIME_NEVER)
		return over;
	return tr_time_earlier(over, mtu->answered[number + 1] + OVERTAKING);
}

/* Gives up what was waited for long enough; when the next one will be. */
static int64_t
settle(struct tr_mtu *mtu, int64_t now)
{
	int64_t until = TR_TIME_NEVER;

	for (unsigned i = 0; i < mtu->sizes.count; i++) {
		struct tr_size_trial *trial = &mtu->sizes.trials[i];
		const int64_t over = deadline(mtu, i);

		if (trial->outcome != TR_SIZE_WAITING)
			continue;
		if (over <= now)
			trial->outcome = TR_SIZE_SILENT;
		else
			until = tr_time_earlier(until, over);
	}
	return until;
}

/* --- what next ---------------------------------------------------------- */

/* So many small packets to the hop in a row were not answered. */
static bool
is_mute(const struct tr_sizes *sizes, uint8_t ttl)
{
	unsigned silent = 0;

	for (unsigned i = 0; i < sizes->count; i++) {
		const struct tr_size_trial *trial = &sizes->trials[i];

		if (trial->ttl != ttl)
			continue;
		if (trial->outcome == TR_SIZE_PASSED)
			silent = 0;
		else if (trial->size == tr_sizes_control(sizes))
			silent++;
	}
	return silent >= CONTROLS_MUTE;
}

/* Is it sure, or idle to ask, that packets of the size do not come there? */
static bool
is_verified(const struct tr_sizes *sizes, uint16_t size, uint8_t ttl)
{
	return is_mute(sizes, ttl) || tr_sizes_is_refused(sizes, size) ||
	    tr_sizes_tries(sizes, size, ttl) >= TRIES_MOST ||
	    tr_sizes_is_no_chance(sizes, size, ttl);
}

/*
 * A size between one that comes through and one that does not: what was told;
 * of the common ones between them the middle one; where there are none, a
 * byte more than one that is common itself, for that ends most searches.
 */
static uint16_t
next_size(const struct tr_sizes *sizes, uint16_t passed, unsigned refused)
{
	size_t first = 0, last;

	if (refused > sizes->most)
		return sizes->most;
	if (tr_sizes_is_told(sizes, (uint16_t)(refused - 1)))
		return (uint16_t)(refused - 1);
	while (first < COMMON && common[first] <= passed)
		first++;
	last = first;
	while (last < COMMON && common[last] < refused)
		last++;
	if (last > first)
		return common[(first + last) / 2];
	if (first > 0 && common[first - 1] == passed)
		return (uint16_t)(passed + 1);
	return (uint16_t)((passed + refused) / 2);
}

/* Of the hops between those of the limit that answer, the middle one; or 0. */
static uint8_t
hop_between(const struct tr_sizes *sizes, const struct tr_size_limit *limit)
{
	unsigned count = 0, middle;

	for (unsigned ttl = limit->after + 1u; ttl < limit->before; ttl++)
		if (sizes->hops[ttl].answers &&
		    !is_mute(sizes, (uint8_t)ttl))
			count++;
	if (count == 0)
		return 0;
	middle = (count - 1) / 2;
	for (unsigned ttl = limit->after + 1u;; ttl++)
		if (sizes->hops[ttl].answers &&
		    !is_mute(sizes, (uint8_t)ttl) && middle-- == 0)
			return (uint8_t)ttl;
}

/*
 * What to try for one hop: true with a cell, or false when all is known, with
 * the hop before it at which its limit is.
 */
static bool
plan_hop(const struct tr_sizes *sizes, uint8_t ttl, struct cell *cell,
    uint8_t *nearer)
{
	const uint16_t below = (uint16_t)(sizes->least - 1);
	struct tr_size_limit limit;
	unsigned refused;

	*nearer = 0;
	tr_sizes_limit(sizes, ttl, &limit);
	if (limit.mtu >= sizes->most)
		return false;
	refused = limit.refused != 0 ? limit.refused : sizes->most + 1u;
	*cell = (struct cell){ .ttl = ttl, .size = limit.refused };
	if (refused > (limit.mtu != 0 ? limit.mtu : below) + 1u) {
		cell->size = next_size(sizes,
		    limit.mtu != 0 ? limit.mtu : below, refused);
		return !is_mute(sizes, ttl);
	}
	if (!is_verified(sizes, limit.refused, ttl))
		return true;
	if (limit.mtu == 0)
		return false;
	cell->ttl = hop_between(sizes, &limit);
	if (cell->ttl != 0)
		return true;
	/* What was told of a silent hop shows at the next that answers. */
	cell->ttl = limit.before;
	while (cell->ttl < ttl && !sizes->hops[cell->ttl].answers)
		cell->ttl++;
	if (!is_verified(sizes, limit.refused, cell->ttl))
		return true;
	*nearer = limit.after;
	return false;
}

/* The next cell, from the target back to this host; false: all is known. */
static bool
plan(const struct tr_sizes *sizes, struct cell *cell)
{
	uint8_t nearer;

	for (uint8_t ttl = tr_sizes_target(sizes); ttl != 0; ttl = nearer)
		if (plan_hop(sizes, ttl, cell, &nearer))
			return true;
	return false;
}

/* The last small packet to the hop was not answered: let it calm down. */
static int64_t
calm_after(const struct tr_mtu *mtu, uint8_t ttl)
{
	const struct tr_sizes *sizes = &mtu->sizes;

	for (unsigned i = sizes->count; i > 0; i--) {
		const struct tr_size_trial *trial = &sizes->trials[i - 1];

		if (trial->ttl != ttl ||
		    trial->size != tr_sizes_control(sizes))
			continue;
		return trial->outcome == TR_SIZE_SILENT ?
		    mtu->sent[i - 1] + CALM : TR_TIME_NONE;
	}
	return TR_TIME_NONE;
}

static struct tr_step
send_trial(struct tr_mtu *mtu, const struct cell *cell, int64_t now)
{
	if (tr_sizes_add(&mtu->sizes, cell->ttl, cell->size) == NULL)
		return (struct tr_step){
			.type = TR_STEP_END,
			.stop = mtu->stop,
		};
	mtu->sent[mtu->sizes.count - 1] = now;
	mtu->answered[mtu->sizes.count - 1] = TR_TIME_NEVER;
	/* Two at once may come out of turn, and the small one be answered. */
	mtu->send_after = now + tr_time_later(mtu->config.walk.gap,
	    TR_TRACE_SPACING);
	return (struct tr_step){
		.type = TR_STEP_SEND,
		.ttl = cell->ttl,
		.size = cell->size,
	};
}

static struct tr_step
wait_until(int64_t until)
{
	return (struct tr_step){ .type = TR_STEP_WAIT, .until = until };
}

static struct tr_step
next_trial(struct tr_mtu *mtu, int64_t now)
{
	const int64_t until = settle(mtu, now);
	struct cell cell;
	int64_t due;

	if (mtu->control_due != 0 && now >= mtu->send_after) {
		cell.ttl = mtu->control_due;
		cell.size = tr_sizes_control(&mtu->sizes);
		mtu->control_due = 0;
		return send_trial(mtu, &cell, now);
	}
	if (mtu->control_due != 0)
		return wait_until(mtu->send_after);
	if (until != TR_TIME_NEVER)
		return wait_until(until);
	if (!plan(&mtu->sizes, &cell))
		return (struct tr_step){
			.type = TR_STEP_END,
			.stop = mtu->stop,
		};
	due = tr_time_later(mtu->send_after, calm_after(mtu, cell.ttl));
	if (due > now)
		return wait_until(due);
	/* At first the size alone: most often it is answered. */
	if (tr_sizes_tries(&mtu->sizes, cell.size, cell.ttl) > 0)
		mtu->control_due = cell.ttl;
	return send_trial(mtu, &cell, now);
}

static struct tr_step
mtu_next(void *state, int64_t now)
{
	struct tr_mtu *mtu = state;
	struct tr_step step;

	if (mtu->walked)
		return next_trial(mtu, now);
	step = tr_trace_strategy.next(mtu->walk, now);
	if (step.type == TR_STEP_SEND) {
		mtu->walk_ttl[mtu->walk_count++] = step.ttl;
		tr_sizes_walked(&mtu->sizes, step.ttl);
		step.size = mtu->config.walk_size;
	}
	if (step.type != TR_STEP_END)
		return step;
	mtu->walked = true;
	mtu->stop = step.stop;
	return next_trial(mtu, now);
}

const struct tr_strategy tr_mtu_strategy = {
	.name = "mtu",
	.next = mtu_next,
	.failed = mtu_failed,
	.reply = mtu_reply,
};
