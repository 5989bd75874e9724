/*
 * How each path of a comparison ends, and where: first by itself, then in the
 * light of the others, which may show an answer to be another's.
 */
#include "result/comparison_part.h"
#include "result/ending.h"

/*
 * When the user puts an end to it: what has waited for so many of the longest
 * round trips, and for so long at least, is not answered.
 */
#define PATIENCE	4
#define PATIENCE_LEAST	(500 * TR_MILLISECOND)

/* --- one path ----------------------------------------------------------- */

/* Has the answer the host's address?  Behind a NAT routers have it too. */
static bool
by_target(const struct tr_path *path, const struct tr_path_reply *answer)
{
	return tr_address_equal(&answer->responder, &path->run.flow.dst);
}

/*
 * Does the answer tell who stands at its probe's TTL?  What arrives at another
 * address than the host's may come from before that hop.
 */
static bool
is_station(const struct tr_path *path, const struct tr_path_reply *answer)
{
	return answer != NULL && (answer->verdict == TR_VERDICT_TRANSIT ||
	    (answer->verdict == TR_VERDICT_ARRIVED &&
	    by_target(path, answer)));
}

/* Who stands at a hop of a path: the first that told so. */
struct tr_address
tr_compared_station(const struct tr_path *path, uint8_t ttl)
{
	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next) {
		const struct tr_path_reply *answer =
		    tr_path_answer(path, &path->probes[i]);

		if (is_station(path, answer))
			return answer->responder;
	}
	return (struct tr_address){ .family = 0 };
}

/* Probes with this TTL that a router answered. */
uint32_t
tr_compared_transits(const struct tr_path *path, uint8_t ttl)
{
	uint32_t count = 0;

	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next) {
		const struct tr_path_reply *answer =
		    tr_path_answer(path, &path->probes[i]);

		count += answer != NULL &&
		    answer->verdict == TR_VERDICT_TRANSIT;
	}
	return count;
}

/* Has the path this address among those at a hop? */
static bool
has_station(const struct tr_path *path, uint8_t ttl,
    const struct tr_address *address)
{
	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next) {
		const struct tr_path_reply *answer =
		    tr_path_answer(path, &path->probes[i]);

		if (is_station(path, answer) &&
		    tr_address_equal(&answer->responder, address))
			return true;
	}
	return false;
}

/* --- ways --------------------------------------------------------------- */

enum meeting { MEET_UNKNOWN, MEET_YES, MEET_NO };

/* Do two paths share a router at this hop? */
static enum meeting
meet(const struct tr_path *a, const struct tr_path *b, uint8_t ttl)
{
	const struct tr_address one = tr_compared_station(a, ttl);
	const struct tr_address other = tr_compared_station(b, ttl);

	if (!tr_address_is_set(&one) || !tr_address_is_set(&other))
		return MEET_UNKNOWN;
	for (uint32_t i = a->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = a->probes[i].next) {
		const struct tr_path_reply *answer =
		    tr_path_answer(a, &a->probes[i]);

		if (is_station(a, answer) &&
		    has_station(b, ttl, &answer->responder))
			return MEET_YES;
	}
	return MEET_NO;
}

/* At the last hop up to here that both tell of, are they together? */
bool
tr_compared_meet(const struct tr_path *a, const struct tr_path *b,
    uint8_t ttl)
{
	for (; ttl > 0; ttl--) {
		const enum meeting meeting = meet(a, b, ttl);

		if (meeting != MEET_UNKNOWN)
			return meeting == MEET_YES;
	}
	return true;
}

/* What answers beyond the end of a path is not on it. */
static void
find_differences(struct tr_comparison *comparison)
{
	for (size_t i = 0; i < comparison->count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct tr_compared *a = &comparison->paths[i];
			const struct tr_compared *b = &comparison->paths[j];

			for (unsigned ttl = 1; ttl <= a->ttl && ttl <= b->ttl;
			    ttl++)
				if (meet(a->path, b->path, (uint8_t)ttl) ==
				    MEET_NO)
					comparison->differs[ttl] = true;
		}
}

/* --- how a path ends ---------------------------------------------------- */

/* The first hop beyond this one where a router answered, or the host; 0. */
uint8_t
tr_compared_next(const struct tr_compared *compared, uint8_t ttl)
{
	for (unsigned next = ttl + 1u; next < 256; next++)
		if (next == compared->host_ttl ||
		    tr_compared_transits(compared->path, (uint8_t)next) > 0)
			return (uint8_t)next;
	return 0;
}

/* Why the first of its probes that could not leave did not. */
static int
error_of(const struct tr_path *path)
{
	for (uint32_t i = 0; i < path->probe_count; i++)
		if (path->probes[i].error != 0)
			return path->probes[i].error;
	return 0;
}

static void
judge_refusal(struct tr_compared *compared, const struct tr_path_reply *reply)
{
	const struct tr_path *path = compared->path;

	compared->end = TR_COMPARED_REFUSED;
	if (path->conclusion.forged_reset) {
		compared->refusal = TR_REFUSAL_RESET;
		compared->ttl = path->conclusion.forged_by_ttl;
		compared->address = tr_compared_station(path, compared->ttl);
		return;
	}
	compared->refusal = tr_path_refusal(reply);
	compared->ttl = tr_path_hop_of(path, reply);
	compared->address = reply->responder;
	if (by_target(path, reply))
		compared->host_ttl = compared->ttl;
}

static void
judge(struct tr_compared *compared, const struct tr_path *path)
{
	const struct tr_conclusion *conclusion = &path->conclusion;
	const struct tr_path_reply *refusal = tr_ending_refusal(path);

	*compared = (struct tr_compared){
		.path = path,
		.end = TR_COMPARED_OPEN,
		.ttl = conclusion->last_answer_ttl,
		.address = conclusion->last_answer,
		.port = conclusion->port,
		.waited_ttl = 255,
	};
	tr_compared_name(&path->run.flow, compared->name);
	if (conclusion->reached) {
		compared->end = TR_COMPARED_ARRIVED;
		compared->ttl = compared->host_ttl = conclusion->last_ttl;
	} else if (conclusion->stop == TR_STOP_SEND_FAILED) {
		compared->end = TR_COMPARED_UNSENT;
		compared->error = error_of(path);
	} else if (refusal != NULL || conclusion->forged_reset)
		judge_refusal(compared, refusal);
	/* Where the last hop that was probed answered, the walk was short. */
	else if (!path->cut_short && compared->ttl < conclusion->last_ttl)
		compared->end = TR_COMPARED_SILENT;
}

/* The longest round trip of any answer, ns; 0: none is known. */
static int64_t
longest_round_trip(const struct tr_comparison *comparison)
{
	int64_t longest = 0;

	for (size_t i = 0; i < comparison->count; i++) {
		const struct tr_path *path = comparison->paths[i].path;

		for (uint32_t k = 0; k < path->probe_count; k++) {
			const struct tr_path_reply *answer =
			    tr_path_answer(path, &path->probes[k]);

			if (answer != NULL && tr_path_round_trip(path,
			    answer) > longest)
				longest = tr_path_round_trip(path, answer);
		}
	}
	return longest;
}

/* Were all probes to a hop sent before this time, and one at least? */
static bool
is_probed_before(const struct tr_path *path, uint8_t ttl, int64_t time)
{
	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next)
		if (path->probes[i].sent == TR_TIME_NONE ||
		    path->probes[i].sent > time)
			return false;
	return path->first_of_ttl[ttl] != TR_PATH_NONE;
}

/* The user did not wait for all: what is silent so far? */
static void
judge_interrupted(const struct tr_comparison *comparison,
    struct tr_compared *compared)
{
	const struct tr_path *path = compared->path;
	const int64_t longest = longest_round_trip(comparison);
	int64_t time = path->interrupted_at;

	if (compared->end != TR_COMPARED_OPEN || !path->interrupted ||
	    time == TR_TIME_NONE || longest == 0)
		return;
	time -= PATIENCE * longest > PATIENCE_LEAST ?
	    PATIENCE * longest : PATIENCE_LEAST;
	compared->waited_ttl = compared->ttl;
	while (compared->waited_ttl < 254 && is_probed_before(path,
	    (uint8_t)(compared->waited_ttl + 1), time))
		compared->waited_ttl++;
	if (compared->waited_ttl > compared->ttl)
		compared->end = TR_COMPARED_SILENT;
}

/* The first hop, of any path, where this router was met; 0: nowhere. */
static uint8_t
first_meeting(const struct tr_comparison *comparison,
    const struct tr_address *address)
{
	for (unsigned ttl = 1; ttl < 256; ttl++)
		for (size_t i = 0; i < comparison->count; i++)
			if (has_station(comparison->paths[i].path,
			    (uint8_t)ttl, address))
				return (uint8_t)ttl;
	return 0;
}

/* Does any path get beyond this hop? */
static bool
goes_on(const struct tr_comparison *comparison, uint8_t ttl)
{
	for (size_t i = 0; i < comparison->count; i++)
		if (tr_compared_next(&comparison->paths[i], ttl) != 0)
			return true;
	return false;
}

/* How many hops an answer from the host's address to a hop came; 0: none. */
static uint8_t
hops_back_from(const struct tr_path *path, uint8_t ttl)
{
	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next) {
		const struct tr_path_reply *answer =
		    tr_path_answer(path, &path->probes[i]);

		if (answer != NULL && by_target(path, answer))
			return tr_path_return_hops(answer);
	}
	return 0;
}

/* How many hops the host's answer to a path came; 0: it gave none. */
static uint8_t
hops_back(const struct tr_compared *compared)
{
	return compared->host_ttl == 0 ? 0 :
	    hops_back_from(compared->path, compared->host_ttl);
}

/*
 * A firewall's reset in the host's name, which the path alone did not give
 * away: others find the host farther off, and its answers come from farther.
 */
static bool
is_reset_early(const struct tr_comparison *comparison,
    const struct tr_compared *compared)
{
	const uint8_t back = hops_back(compared);

	if (compared->path->conclusion.port != TR_PORT_CLOSED)
		return false;
	for (size_t i = 0; i < comparison->count; i++) {
		const struct tr_compared *other = &comparison->paths[i];

		if (other->host_ttl > compared->host_ttl &&
		    hops_back(other) > back)
			return true;
	}
	return false;
}

/*
 * Behind a NAT routers have the host's address.  There was one, where others
 * of the same way met a router and the host farther off, and where the answer
 * came from another place than that router's.
 */
static bool
is_router_behind_nat(const struct tr_comparison *comparison,
    const struct tr_compared *compared)
{
	const struct tr_path *path = compared->path;

	for (size_t i = 0; i < comparison->count; i++) {
		const struct tr_compared *other = &comparison->paths[i];

		if (other->host_ttl > compared->ttl &&
		    tr_compared_transits(other->path, compared->ttl) > 0 &&
		    tr_compared_meet(path, other->path, compared->ttl) &&
		    hops_back_from(other->path, compared->ttl) !=
		    hops_back_from(path, compared->ttl))
			return true;
	}
	return false;
}

/* Does it refuse what is not UDP? */
static bool
refuses_others(const struct tr_comparison *comparison,
    const struct tr_address *address)
{
	for (size_t i = 0; i < comparison->count; i++)
		if (comparison->paths[i].refusal == TR_REFUSAL_FORBIDDEN &&
		    comparison->paths[i].path->run.flow.protocol !=
		    TR_PROTOCOL_UDP && tr_address_equal(
		    &comparison->paths[i].address, address))
			return true;
	return false;
}

/*
 * What was taken for the host's answer may be a router's "port unreachable":
 * it came from another address, which others met as a router, or which refuses
 * them, or they get farther.
 */
static bool
is_refused_early(const struct tr_comparison *comparison,
    const struct tr_compared *compared)
{
	const struct tr_path *path = compared->path;

	if (path->run.flow.protocol != TR_PROTOCOL_UDP)
		return false;
	if (has_station(path, compared->ttl, &path->run.flow.dst))
		return is_router_behind_nat(comparison, compared);
	return first_meeting(comparison, &compared->address) != 0 ||
	    refuses_others(comparison, &compared->address) ||
	    goes_on(comparison, compared->ttl);
}

static void
doubt_arrival(struct tr_comparison *comparison, struct tr_compared *compared)
{
	if (compared->end != TR_COMPARED_ARRIVED)
		return;
	if (is_reset_early(comparison, compared)) {
		compared->refusal = TR_REFUSAL_RESET;
		compared->port = TR_PORT_FILTERED;
		compared->ttl--;
		compared->address = tr_compared_station(compared->path,
		    compared->ttl);
	} else if (is_refused_early(comparison, compared))
		compared->refusal = TR_REFUSAL_FORBIDDEN;
	else
		return;
	compared->end = TR_COMPARED_REFUSED;
	compared->host_ttl = 0;
}

/*
 * Who refuses in the host's name is not the host, where others of the same way
 * met a router there or beyond: it stands behind a NAT.
 */
static void
doubt_refusal(struct tr_comparison *comparison, struct tr_compared *compared)
{
	if (compared->end != TR_COMPARED_REFUSED || compared->host_ttl == 0)
		return;
	for (size_t i = 0; i < comparison->count; i++) {
		const struct tr_path *other = comparison->paths[i].path;

		for (unsigned ttl = compared->host_ttl; ttl < 256; ttl++)
			if (tr_compared_transits(other, (uint8_t)ttl) > 0 &&
			    hops_back_from(other, (uint8_t)ttl) != 0 &&
			    tr_compared_meet(compared->path, other,
			    compared->ttl)) {
				compared->host_ttl = 0;
				return;
			}
	}
}

/*
 * The hop of a router that has the host's address: where others met one from
 * as far; else just before the hop that it answered for.
 */
static uint8_t
hop_behind_nat(const struct tr_comparison *comparison,
    const struct tr_compared *compared)
{
	const uint8_t end = compared->path->conclusion.last_ttl;
	const uint8_t back = hops_back_from(compared->path, end);

	for (unsigned ttl = 1; back != 0 && ttl <= end; ttl++)
		for (size_t i = 0; i < comparison->count; i++) {
			const struct tr_path *path =
			    comparison->paths[i].path;

			if (tr_compared_transits(path, (uint8_t)ttl) > 0 &&
			    hops_back_from(path, (uint8_t)ttl) == back)
				return (uint8_t)ttl;
		}
	return (uint8_t)(end - 1);
}

/* The nearest hop before one that a router of the path answered for; 0. */
static uint8_t
router_before(const struct tr_path *path, uint8_t ttl)
{
	while (--ttl > 0)
		if (tr_compared_transits(path, ttl) > 0)
			break;
	return ttl;
}

/* How many hops the first answer to a hop came. */
static uint8_t
first_back(const struct tr_path *path, uint8_t ttl)
{
	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next) {
		const struct tr_path_reply *answer =
		    tr_path_answer(path, &path->probes[i]);

		if (answer != NULL)
			return tr_path_return_hops(answer);
	}
	return 0;
}

/*
 * Did the answer to a hop come from the one before?  It did, if it came no
 * farther than one from there would have.
 */
static bool
is_from_before(const struct tr_path *path, uint8_t ttl)
{
	const uint8_t router = router_before(path, ttl);

	return first_back(path, ttl) ==
	    first_back(path, router) + (ttl - 1 - router);
}

/* Did any path meet somebody at this hop? */
static bool
is_met(const struct tr_comparison *comparison, uint8_t ttl)
{
	for (size_t i = 0; i < comparison->count; i++) {
		const struct tr_address seen = tr_compared_station(
		    comparison->paths[i].path, ttl);

		if (tr_address_is_set(&seen))
			return true;
	}
	return false;
}

/*
 * Who refuses stands where others met it.  Where nobody did, it is at the hop
 * that its answer came from or just before: there, if others meet another
 * router at that hop, or if the answer came no farther.
 */
static void
place_refuser(struct tr_comparison *comparison, struct tr_compared *compared)
{
	const uint8_t meeting = first_meeting(comparison, &compared->address);

	if (compared->end != TR_COMPARED_REFUSED || compared->host_ttl != 0 ||
	    compared->ttl == 0 || !tr_address_is_set(&compared->address))
		return;
	/* The length of its way told already where that comes from. */
	if (compared->refusal == TR_REFUSAL_RESET)
		return;
	if (tr_address_equal(&compared->address,
	    &compared->path->run.flow.dst))
		compared->ttl = hop_behind_nat(comparison, compared);
	else if (meeting != 0) {
		if (meeting < compared->ttl)
			compared->ttl = meeting;
	} else if (is_met(comparison, compared->ttl) ||
	    (!is_met(comparison, compared->ttl - 1) &&
	    is_from_before(compared->path, compared->ttl)))
		compared->ttl--;
}

bool
tr_compared_is_dead(const struct tr_compared *compared)
{
	return compared->end == TR_COMPARED_REFUSED ||
	    compared->end == TR_COMPARED_SILENT ||
	    compared->end == TR_COMPARED_UNSENT;
}

void
tr_comparison_judge(struct tr_comparison *comparison,
    const struct tr_path *const paths[])
{
	const size_t count = comparison->count;

	for (size_t i = 0; i < count; i++)
		judge(&comparison->paths[i], paths[i]);
	for (size_t i = 0; i < count; i++)
		judge_interrupted(comparison, &comparison->paths[i]);
	for (size_t i = 0; i < count; i++)
		doubt_arrival(comparison, &comparison->paths[i]);
	for (size_t i = 0; i < count; i++)
		doubt_refusal(comparison, &comparison->paths[i]);
	for (size_t i = 0; i < count; i++)
		place_refuser(comparison, &comparison->paths[i]);
	find_differences(comparison);
}
