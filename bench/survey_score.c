#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/random.h"
#include "survey_score.h"

/* The stamps of a prober may be off by so much, us. */
#define EARLY		500
#define NONE		UINT32_MAX
#define BIT(ttl)	(UINT64_C(1) << ((ttl) - 1))

/* Of a target. */
struct flow {
	uint32_t next;		/* of the target; or NONE */
	uint8_t	 protocol;
	uint8_t	 joined;
	uint32_t label;
	uint32_t first;
	uint64_t seen;		/* bits: a reply that counts */
	uint64_t right;		/* bits: one that is right */
};

struct target {
	struct tr_address address;
	bool	 listed, told, doubled;
	uint32_t records;
	uint32_t flows;		/* the first; or NONE */
};

/* Numbers other than 0, hashed. */
struct set {
	uint64_t *keys;
	size_t	 count, room;
};

struct survey_scorer {
	struct survey_asked asked;
	struct tr_list targets;	/* of struct target */
	struct tr_list flows;	/* of struct flow */
	uint32_t *index;	/* of targets, and 1; hashed */
	size_t	 room;		/* of index: a power of two */
	bool	 has_list;
	struct survey_score score;
	struct set routers, routers_found, links, links_found;
};

struct survey_scorer *
survey_scorer_new(const struct survey_asked *asked)
{
	struct survey_scorer *scorer = calloc(1, sizeof(*scorer));

	if (scorer != NULL)
		scorer->asked = *asked;
	return scorer;
}

void
survey_scorer_free(struct survey_scorer *scorer)
{
	if (scorer == NULL)
		return;
	tr_list_clear(&scorer->targets);
	tr_list_clear(&scorer->flows);
	free(scorer->index);
	free(scorer->routers.keys);
	free(scorer->routers_found.keys);
	free(scorer->links.keys);
	free(scorer->links_found.keys);
	free(scorer);
}

void
survey_score_ttls(struct survey_scorer *scorer, uint8_t first, uint8_t last)
{
	scorer->asked.first_ttl = first;
	scorer->asked.max_ttl = last;
}

/* --- sets --------------------------------------------------------------- */

static int
set_grow(struct set *set)
{
	const struct set old = *set;

	set->room = old.room == 0 ? 1024 : old.room * 2;
	set->keys = calloc(set->room, sizeof(*set->keys));
	if (set->keys == NULL) {
		*set = old;
		return -1;
	}
	for (size_t i = 0; i < old.room; i++) {
		size_t at = tr_random_scramble(old.keys[i]) & (set->room - 1);

		if (old.keys[i] == 0)
			continue;
		while (set->keys[at] != 0)
			at = (at + 1) & (set->room - 1);
		set->keys[at] = old.keys[i];
	}
	free(old.keys);
	return 0;
}

static int
set_add(struct set *set, uint64_t key)
{
	size_t at;

	if (set->count * 2 >= set->room && set_grow(set) != 0)
		return -1;
	at = tr_random_scramble(key) & (set->room - 1);
	while (set->keys[at] != 0 && set->keys[at] != key)
		at = (at + 1) & (set->room - 1);
	set->count += set->keys[at] == 0;
	set->keys[at] = key;
	return 0;
}

/* --- targets and flows -------------------------------------------------- */

static struct target *
target_at(const struct survey_scorer *scorer, uint32_t place)
{
	return (struct target *)scorer->targets.items + place;
}

static struct flow *
flow_at(const struct survey_scorer *scorer, uint32_t place)
{
	return (struct flow *)scorer->flows.items + place;
}

/* Where in the index the target is, or would be. */
static size_t
slot_of(const struct survey_scorer *scorer, const struct tr_address *address)
{
	size_t at = tr_address_mix(0, address) & (scorer->room - 1);

	while (scorer->index[at] != 0 && !tr_address_equal(address,
	    &target_at(scorer, scorer->index[at] - 1)->address))
		at = (at + 1) & (scorer->room - 1);
	return at;
}

static int
grow_index(struct survey_scorer *scorer)
{
	const size_t room = scorer->room == 0 ? 1024 : scorer->room * 2;
	uint32_t *index = calloc(room, sizeof(*index));

	if (index == NULL)
		return -1;
	free(scorer->index);
	scorer->index = index;
	scorer->room = room;
	for (uint32_t i = 0; i < scorer->targets.count; i++)
		index[slot_of(scorer, &target_at(scorer, i)->address)] =
		    i + 1;
	return 0;
}

/* A target, a new one if need be; NULL without memory. */
static struct target *
find_target(struct survey_scorer *scorer, const struct tr_address *address)
{
	struct target *target;
	size_t slot;

	if ((size_t)scorer->targets.count * 2 >= scorer->room &&
	    grow_index(scorer) != 0)
		return NULL;
	slot = slot_of(scorer, address);
	if (scorer->index[slot] != 0)
		return target_at(scorer, scorer->index[slot] - 1);
	target = tr_list_add(&scorer->targets, sizeof(*target));
	if (target == NULL)
		return NULL;
	scorer->index[slot] = scorer->targets.count;
	target->address = *address;
	target->flows = NONE;
	return target;
}

static bool
is_flow(const struct flow *flow, const struct survey_flow *key)
{
	return flow->protocol == key->protocol && flow->label == key->label &&
	    flow->first == key->first;
}

/* A target's flow, a new one if need be; NULL without memory. */
static struct flow *
find_flow(struct survey_scorer *scorer, struct target *target,
    const struct survey_flow *key)
{
	struct flow *flow;

	for (uint32_t at = target->flows; at != NONE; at = flow->next) {
		flow = flow_at(scorer, at);
		if (is_flow(flow, key))
			return flow;
	}
	flow = tr_list_add(&scorer->flows, sizeof(*flow));
	if (flow == NULL)
		return NULL;
	*flow = (struct flow){
		.next = target->flows,
		.protocol = key->protocol,
		.label = key->label,
		.first = key->first,
	};
	target->flows = scorer->flows.count - 1;
	return flow;
}

int
survey_score_listed(struct survey_scorer *scorer,
    const struct tr_address *address)
{
	struct target *target = find_target(scorer, address);

	if (target == NULL)
		return -1;
	scorer->has_list = true;
	target->listed = true;
	return 0;
}

int
survey_score_record(struct survey_scorer *scorer,
    const struct survey_flow *key, uint8_t joined)
{
	struct target *target = find_target(scorer, &key->target);
	struct flow *flow;

	if (target == NULL)
		return -1;
	target->told = true;
	if (target->records++ > 0)
		target->doubled = true;
	flow = find_flow(scorer, target, key);
	if (flow == NULL)
		return -1;
	flow->joined = joined;
	return 0;
}

/* --- replies ------------------------------------------------------------ */

/* Is what is said of it so? */
static bool
agrees(int said, int so)
{
	return said < 0 || said == so;
}

/* What is wrong with it, or SURVEY_WRONGS. */
static enum survey_wrong
judge(const struct survey_scorer *scorer, const struct survey_reply *reply)
{
	struct survey_truth truth;

	if (!survey_truth_has(&reply->flow.target))
		return SURVEY_NO_TARGET;
	survey_truth_of(&reply->flow, reply->ttl, &scorer->asked.faults,
	    &truth);
	if (truth.kind == SURVEY_NOTHING)
		return SURVEY_NOBODY;
	if (!tr_address_equal(&reply->responder, &truth.responder))
		return SURVEY_ANOTHER;
	if (!agrees(reply->protocol, truth.protocol) ||
	    !agrees(reply->type, truth.type) ||
	    !agrees(reply->code, truth.code) ||
	    !agrees(reply->reply_ttl, truth.ttl) ||
	    !agrees(reply->quoted_ttl, truth.quoted_ttl))
		return SURVEY_FIELDS;
	if (scorer->asked.delay && reply->rtt >= 0 &&
	    reply->rtt + EARLY < truth.delay)
		return SURVEY_EARLY;
	return SURVEY_WRONGS;
}

/* Whom the target's answer comes from says that it is so far away. */
static uint64_t
bits_of(const struct survey_reply *reply)
{
	const uint8_t length = survey_truth_length(&reply->flow.target);

	return BIT(reply->ttl < length ? reply->ttl : length);
}

int
survey_score_reply(struct survey_scorer *scorer,
    const struct survey_reply *reply, enum survey_wrong *wrong)
{
	struct survey_score *score = &scorer->score;
	struct target *target = find_target(scorer, &reply->flow.target);
	struct flow *flow = target == NULL ? NULL : find_flow(scorer, target,
	    &reply->flow);

	if (flow == NULL)
		return -1;
	target->told = true;
	score->replies++;
	score->late += reply->late;
	score->duplicates += reply->duplicate;
	if (!reply->late && !reply->duplicate) {
		if ((flow->seen & BIT(reply->ttl)) != 0)
			target->doubled = true;
		flow->seen |= BIT(reply->ttl);
	}
	*wrong = judge(scorer, reply);
	if (*wrong != SURVEY_WRONGS) {
		score->wrong[*wrong]++;
		return 1;
	}
	score->right++;
	flow->right |= bits_of(reply);
	return 0;
}

/* --- the sum ------------------------------------------------------------ */

/* A hop of a flow that answers, and the router before it, or 0. */
static int
sum_hop(struct survey_scorer *scorer, uint32_t before,
    const struct survey_truth *truth, bool found, bool found_before)
{
	const uint64_t link = (uint64_t)before << 24 | truth->router;

	if (truth->router == 0)
		return 0;
	if (set_add(&scorer->routers, truth->router) != 0 || (found &&
	    set_add(&scorer->routers_found, truth->router) != 0))
		return -1;
	if (before == 0)
		return 0;
	if (set_add(&scorer->links, link) != 0 || (found && found_before &&
	    set_add(&scorer->links_found, link) != 0))
		return -1;
	return 0;
}

static int
sum_flow(struct survey_scorer *scorer, const struct tr_address *address,
    const struct flow *flow)
{
	const struct survey_flow key = {
		.target = *address,
		.protocol = flow->protocol,
		.label = flow->label,
		.first = flow->first,
	};
	const struct survey_asked *asked = &scorer->asked;
	const uint8_t length = survey_truth_length(address);
	const uint8_t last = length < asked->max_ttl ? length :
	    asked->max_ttl;
	uint32_t before = 0;
	bool found = false;

	for (uint8_t ttl = asked->first_ttl; ttl <= last; ttl++) {
		const bool found_before = found;
		struct survey_truth truth;

		survey_truth_of(&key, ttl, &asked->faults, &truth);
		found = (flow->right & BIT(ttl)) != 0;
		if (truth.kind != SURVEY_NOTHING && ttl >= flow->joined) {
			scorer->score.answering++;
			scorer->score.missing += !found;
		}
		if (sum_hop(scorer, before, &truth, found,
		    found_before) != 0)
			return -1;
		before = truth.router;
	}
	return 0;
}

static void
sum_target(struct survey_scorer *scorer, const struct target *target)
{
	struct survey_score *score = &scorer->score;

	score->targets += target->told;
	score->listed += target->listed;
	score->absent += target->listed && !target->told;
	score->unlisted += scorer->has_list && !target->listed;
	score->doubled += target->doubled;
}

int
survey_score_sum(struct survey_scorer *scorer, struct survey_score *score)
{
	for (uint32_t i = 0; i < scorer->targets.count; i++) {
		const struct target *target = target_at(scorer, i);

		sum_target(scorer, target);
		if (!survey_truth_has(&target->address))
			continue;
		for (uint32_t at = target->flows; at != NONE;
		    at = flow_at(scorer, at)->next)
			if (sum_flow(scorer, &target->address,
			    flow_at(scorer, at)) != 0)
				return -1;
	}
	scorer->score.routers = scorer->routers.count;
	scorer->score.routers_found = scorer->routers_found.count;
	scorer->score.links = scorer->links.count;
	scorer->score.links_found = scorer->links_found.count;
	*score = scorer->score;
	return 0;
}
