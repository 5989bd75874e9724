#include <stddef.h>

#include "strategy/sizes.h"

/* A lost packet is not a black hole. */
#define TRIES_LEAST	2

/* How likely a loss may be taken for a black hole, of all sizes together. */
#define CHANCE_MOST	1e-3

void
tr_sizes_init(struct tr_sizes *sizes, const struct tr_address *target,
    uint16_t walk, uint16_t most, uint32_t interface)
{
	*sizes = (struct tr_sizes){
		.target = *target,
		.least = target->family == 4 ?
		    TR_SIZES_LEAST4 : TR_SIZES_LEAST6,
		.walk = walk,
		.most = most,
		.interface = (uint16_t)(interface > UINT16_MAX ?
		    UINT16_MAX : interface),
	};
}

void
tr_sizes_walked(struct tr_sizes *sizes, uint8_t ttl)
{
	sizes->hops[ttl].sent++;
}

void
tr_sizes_answered(struct tr_sizes *sizes, uint8_t ttl,
    const struct tr_address *address, bool by_router)
{
	struct tr_size_hop *hop = &sizes->hops[ttl];

	hop->heard++;
	if (hop->answers)
		return;
	hop->answers = true;
	hop->is_router = by_router;
	hop->address = *address;
}

/* The number of routers with this address before a hop, and the last one. */
static unsigned
routers_with(const struct tr_sizes *sizes, const struct tr_address *address,
    unsigned before, uint8_t *last)
{
	unsigned count = 0;

	*last = 0;
	for (unsigned ttl = 1; ttl < before; ttl++) {
		const struct tr_size_hop *hop = &sizes->hops[ttl];

		if (!hop->is_router ||
		    !tr_address_equal(&hop->address, address))
			continue;
		*last = (uint8_t)ttl;
		count++;
	}
	return count;
}

uint8_t
tr_sizes_target(const struct tr_sizes *sizes)
{
	uint8_t last = 0, router;

	for (unsigned ttl = 1; ttl <= TR_SIZES_TTL_MAX; ttl++) {
		const struct tr_size_hop *hop = &sizes->hops[ttl];

		if (hop->is_router)
			last = (uint8_t)ttl;
		else if (hop->answers && (
		    tr_address_equal(&hop->address, &sizes->target) ||
		    routers_with(sizes, &hop->address, ttl, &router) == 0))
			return (uint8_t)ttl;
	}
	return last;
}

uint16_t
tr_sizes_control(const struct tr_sizes *sizes)
{
	return (uint16_t)(sizes->walk + TR_SIZES_CONTROL_MORE);
}

struct tr_size_trial *
tr_sizes_add(struct tr_sizes *sizes, uint8_t ttl, uint16_t size)
{
	struct tr_size_trial *trial;

	if (sizes->count == TR_SIZES_TRIALS_MAX)
		return NULL;
	trial = &sizes->trials[sizes->count++];
	*trial = (struct tr_size_trial){ .ttl = ttl, .size = size };
	return trial;
}

void
tr_sizes_refuse(const struct tr_sizes *sizes, struct tr_size_trial *trial,
    const struct tr_address *by, uint16_t told)
{
	uint8_t hop;

	/* It stands before the hop that the packet would have come to. */
	if (routers_with(sizes, by, trial->ttl, &hop) != 1)
		hop = 0;
	trial->outcome = TR_SIZE_REFUSED;
	trial->by = *by;
	trial->hop = hop;
	trial->told = told;
}

void
tr_sizes_keep_back(const struct tr_sizes *sizes, struct tr_size_trial *trial)
{
	trial->outcome = TR_SIZE_UNSENT;
	trial->told = sizes->interface;
}

void
tr_sizes_bar(struct tr_size_trial *trial, int error)
{
	trial->outcome = TR_SIZE_BARRED;
	trial->error = error;
}

/* --- what follows ------------------------------------------------------- */

/* How far a packet is known to have come; 0: it may not have left. */
static uint8_t
came_to(const struct tr_size_trial *trial)
{
	if (trial->outcome == TR_SIZE_PASSED)
		return trial->ttl;
	return trial->outcome == TR_SIZE_REFUSED ? trial->hop : 0;
}

uint16_t
tr_sizes_reached(const struct tr_sizes *sizes, uint8_t ttl)
{
	uint16_t most = 0;

	for (unsigned i = 0; i < sizes->count; i++) {
		const struct tr_size_trial *trial = &sizes->trials[i];

		if (came_to(trial) >= ttl && trial->size > most &&
		    trial->size >= sizes->least)
			most = trial->size;
	}
	return most;
}

unsigned
tr_sizes_tries(const struct tr_sizes *sizes, uint16_t size, uint8_t ttl)
{
	unsigned tries = 0;

	for (unsigned i = 0; i < sizes->count; i++)
		if (sizes->trials[i].size == size &&
		    sizes->trials[i].ttl == ttl)
			tries++;
	return tries;
}

unsigned
tr_sizes_heard(const struct tr_sizes *sizes, uint16_t size, uint8_t ttl)
{
	const uint16_t control = tr_sizes_control(sizes);
	unsigned tries = 0, heard = 0;

	for (unsigned i = 0; i < sizes->count; i++) {
		const struct tr_size_trial *trial = &sizes->trials[i];

		if (trial->ttl != ttl)
			continue;
		if (trial->size == size)
			tries++;
		else if (tries > 0 && trial->size == control &&
		    trial->outcome == TR_SIZE_PASSED)
			heard++;
	}
	return heard;
}

void
tr_sizes_loss(const struct tr_sizes *sizes, uint8_t ttl,
    struct tr_size_loss *loss)
{
	const struct tr_size_hop *hop = &sizes->hops[ttl];
	const uint16_t control = tr_sizes_control(sizes);

	*loss = (struct tr_size_loss){ .lost = 0 };
	/* A hop is looked at since it answered: that one answer is no luck. */
	if (hop->sent > 0 && hop->heard > 0) {
		loss->sent = hop->sent - 1;
		loss->lost = hop->sent > hop->heard ?
		    hop->sent - hop->heard : 0;
	}
	for (unsigned i = 0; i < sizes->count; i++) {
		const struct tr_size_trial *trial = &sizes->trials[i];

		if (trial->ttl != ttl || trial->size != control)
			continue;
		if (trial->outcome == TR_SIZE_SILENT)
			loss->lost++;
		if (trial->outcome == TR_SIZE_SILENT ||
		    trial->outcome == TR_SIZE_PASSED)
			loss->sent++;
	}
}

/* How many sizes were tried with this TTL: each may be lost by chance. */
static unsigned
sizes_tried(const struct tr_sizes *sizes, uint8_t ttl)
{
	const uint16_t control = tr_sizes_control(sizes);
	unsigned count = 0;

	for (unsigned i = 0; i < sizes->count; i++) {
		const struct tr_size_trial *trial = &sizes->trials[i];
		bool is_first = trial->ttl == ttl && trial->size != control;

		for (unsigned j = 0; j < i && is_first; j++)
			is_first = sizes->trials[j].ttl != ttl ||
			    sizes->trials[j].size != trial->size;
		count += is_first;
	}
	return count;
}

bool
tr_sizes_is_no_chance(const struct tr_sizes *sizes, uint16_t size, uint8_t ttl)
{
	struct tr_size_loss loss;
	double chance, share;

	if (!tr_sizes_is_silent(sizes, size, ttl))
		return false;
	tr_sizes_loss(sizes, ttl, &loss);
	/* Of so few packets the share is known badly: rather too high. */
	share = (loss.lost + 2.0) / (loss.sent + 3.0);
	chance = sizes_tried(sizes, ttl);
	for (unsigned i = tr_sizes_tries(sizes, size, ttl); i > 0; i--)
		chance *= share;
	return chance < CHANCE_MOST;
}

/* Did all packets of a size to a hop end so, of several, but not small ones? */
static bool
end_always(const struct tr_sizes *sizes, uint16_t size, uint8_t ttl,
    enum tr_size_outcome outcome)
{
	for (unsigned i = 0; i < sizes->count; i++)
		if (sizes->trials[i].ttl == ttl &&
		    sizes->trials[i].size == size &&
		    sizes->trials[i].outcome != outcome)
			return false;
	return tr_sizes_tries(sizes, size, ttl) >= TRIES_LEAST &&
	    tr_sizes_heard(sizes, size, ttl) > 0;
}

bool
tr_sizes_is_silent(const struct tr_sizes *sizes, uint16_t size, uint8_t ttl)
{
	return end_always(sizes, size, ttl, TR_SIZE_SILENT);
}

bool
tr_sizes_is_refused(const struct tr_sizes *sizes, uint16_t size)
{
	for (unsigned i = 0; i < sizes->count; i++) {
		const struct tr_size_trial *trial = &sizes->trials[i];

		if (trial->size == size &&
		    (trial->outcome == TR_SIZE_REFUSED ||
		    trial->outcome == TR_SIZE_UNSENT ||
		    trial->outcome == TR_SIZE_BARRED))
			return true;
	}
	return false;
}

/* What was told may be believed so far. */
static bool
is_plausible(const struct tr_sizes *sizes, const struct tr_size_trial *trial)
{
	return trial->told >= sizes->least && trial->told < trial->size;
}

bool
tr_sizes_is_told(const struct tr_sizes *sizes, uint16_t size)
{
	for (unsigned i = 0; i < sizes->count; i++)
		if (sizes->trials[i].told == size &&
		    is_plausible(sizes, &sizes->trials[i]))
			return true;
	return false;
}

/* That packets of a size do not come to a hop. */
struct evidence {
	uint16_t size;
	uint8_t	 hop;
};

static bool
evidence_of(const struct tr_sizes *sizes, const struct tr_size_trial *trial,
    struct evidence *evidence)
{
	uint16_t reached;

	*evidence = (struct evidence){ .size = trial->size, .hop = trial->ttl };
	/* Every link carries those: their size is not what stops them. */
	if (trial->size < sizes->least)
		return false;
	switch (trial->outcome) {
	case TR_SIZE_WAITING:
	case TR_SIZE_PASSED:
		return false;
	case TR_SIZE_SILENT:
		if (!tr_sizes_is_silent(sizes, trial->size, trial->ttl))
			return false;
		break;
	case TR_SIZE_REFUSED:
		if (trial->hop != 0)
			evidence->hop = (uint8_t)(trial->hop + 1);
		break;
	case TR_SIZE_BARRED:
		if (!end_always(sizes, trial->size, trial->ttl,
		    TR_SIZE_BARRED))
			return false;
		evidence->hop = 1;
		break;
	case TR_SIZE_UNSENT:
		evidence->hop = 1;
		break;
	}
	reached = tr_sizes_reached(sizes, evidence->hop);
	if (is_plausible(sizes, trial) && trial->told >= reached)
		evidence->size = (uint16_t)(trial->told + 1);
	return evidence->size > reached;
}

/* The least size that does not come to the hop, and where it is missed. */
static void
find_refused(const struct tr_sizes *sizes, uint8_t ttl,
    struct tr_size_limit *limit)
{
	for (unsigned i = 0; i < sizes->count; i++) {
		struct evidence evidence;

		if (!evidence_of(sizes, &sizes->trials[i], &evidence) ||
		    evidence.hop > ttl)
			continue;
		if (limit->refused != 0 && (evidence.size > limit->refused ||
		    (evidence.size == limit->refused &&
		    evidence.hop >= limit->before)))
			continue;
		limit->refused = evidence.size;
		limit->before = evidence.hop;
	}
}

/*
 * May this trial be why the limit is known?  It says so itself; or it is of the
 * router at the limit, which says nothing of some sizes where it limits its
 * answers.  That is sure only if the next hop is the one that is missed: where
 * hops between are silent, the limit may be theirs.
 */
static bool
explains(const struct tr_sizes *sizes, const struct tr_size_trial *trial,
    const struct tr_size_limit *limit)
{
	struct evidence evidence;

	if (!evidence_of(sizes, trial, &evidence))
		return false;
	return (evidence.size == limit->refused &&
	    evidence.hop == limit->before) ||
	    (trial->outcome == TR_SIZE_REFUSED && trial->hop != 0 &&
	    trial->hop == limit->after && limit->before == limit->after + 1);
}

static void
find_source(const struct tr_sizes *sizes, struct tr_size_limit *limit)
{
	limit->source = TR_SIZE_SOURCE_SILENCE;
	for (unsigned i = 0; i < sizes->count; i++) {
		const struct tr_size_trial *trial = &sizes->trials[i];

		if (!explains(sizes, trial, limit))
			continue;
		if (trial->outcome == TR_SIZE_UNSENT) {
			limit->source = TR_SIZE_SOURCE_INTERFACE;
			return;
		}
		if (trial->outcome == TR_SIZE_BARRED) {
			limit->source = TR_SIZE_SOURCE_HOST;
			limit->error = trial->error;
			return;
		}
		if (trial->outcome != TR_SIZE_REFUSED ||
		    (limit->source == TR_SIZE_SOURCE_TOLD &&
		    trial->told != limit->mtu))
			continue;
		limit->source = TR_SIZE_SOURCE_TOLD;
		limit->teller = trial->by;
		limit->told = trial->told;
	}
}

bool
tr_sizes_is_sure(const struct tr_sizes *sizes, uint8_t ttl,
    const struct tr_size_limit *limit)
{
	for (unsigned i = 0; i < sizes->count; i++) {
		const struct tr_size_trial *trial = &sizes->trials[i];
		struct evidence evidence;

		if (!evidence_of(sizes, trial, &evidence) ||
		    evidence.size != limit->refused || evidence.hop > ttl)
			continue;
		if (trial->outcome != TR_SIZE_SILENT ||
		    tr_sizes_is_no_chance(sizes, trial->size, trial->ttl))
			return true;
	}
	return false;
}

void
tr_sizes_limit(const struct tr_sizes *sizes, uint8_t ttl,
    struct tr_size_limit *limit)
{
	*limit = (struct tr_size_limit){
		.mtu = tr_sizes_reached(sizes, ttl),
	};
	if (limit->mtu >= sizes->most) {
		if (sizes->most == sizes->interface) {
			limit->source = TR_SIZE_SOURCE_INTERFACE;
			limit->before = 1;
		}
		return;
	}
	find_refused(sizes, ttl, limit);
	if (limit->refused == 0)
		return;
	for (unsigned hop = 1; hop < ttl; hop++)
		if (tr_sizes_reached(sizes, (uint8_t)hop) >= limit->refused)
			limit->after = (uint8_t)hop;
	find_source(sizes, limit);
}
