#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "result/comparison.h"
#include "result/ending.h"

/*
 * How likely silence may be by chance, to say where a path is stopped; and
 * that it is at all, where no answer of the host to another path shows that
 * something beyond the last router was there to answer.
 */
#define CHANCE_OF_PLACE	0.05
#define CHANCE_AT_ALL	0.001

/*
 * When the user puts an end to it: what has waited for so many of the longest
 * round trips, and for so long at least, is not answered.
 */
#define PATIENCE	4
#define PATIENCE_LEAST	(500 * TR_MILLISECOND)

const char *
tr_compared_end_name(enum tr_compared_end end)
{
	static const char *const names[] = {
		[TR_COMPARED_ARRIVED] = "arrived",
		[TR_COMPARED_REFUSED] = "refused",
		[TR_COMPARED_SILENT] = "silent",
		[TR_COMPARED_UNSENT] = "unsent",
		[TR_COMPARED_OPEN] = "open",
	};

	return names[end];
}

const char *
tr_comparison_verdict_name(enum tr_comparison_verdict verdict)
{
	static const char *const names[] = {
		[TR_COMPARISON_ALL_ARRIVE] = "all-arrive",
		[TR_COMPARISON_FIREWALL] = "firewall",
		[TR_COMPARISON_HOST] = "host",
		[TR_COMPARISON_SAME_PLACE] = "same-place",
		[TR_COMPARISON_UNCLEAR] = "unclear",
	};

	return names[verdict];
}

const char *
tr_comparison_reason_name(enum tr_comparison_reason reason)
{
	static const char *const names[] = {
		[TR_REASON_NONE] = NULL,
		[TR_REASON_REFUSED] = "refused",
		[TR_REASON_NO_WAY] = "no-way",
		[TR_REASON_TOO_BIG] = "too-big",
		[TR_REASON_SILENT] = "silent",
		[TR_REASON_UNSENT] = "unsent",
		[TR_REASON_MIXED] = "mixed",
	};

	return names[reason];
}

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
static struct tr_address
station(const struct tr_path *path, uint8_t ttl)
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
static uint32_t
transits(const struct tr_path *path, uint8_t ttl)
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
	const struct tr_address one = station(a, ttl), other = station(b, ttl);

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
static bool
come_the_same_way(const struct tr_path *a, const struct tr_path *b,
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
static uint8_t
next_answer(const struct tr_compared *compared, uint8_t ttl)
{
	for (unsigned next = ttl + 1u; next < 256; next++)
		if (next == compared->host_ttl ||
		    transits(compared->path, (uint8_t)next) > 0)
			return (uint8_t)next;
	return 0;
}

static enum tr_compared_refusal
refusal_of(const struct tr_path_reply *reply)
{
	char mark[TR_MARK_MAX];

	if (tr_icmp_classify(reply->responder.family, reply->icmp_type,
	    reply->icmp_code) == TR_ICMP_TOO_BIG)
		return TR_REFUSAL_TOO_BIG;
	tr_path_mark(reply, mark);
	return mark[0] != '\0' && strchr("NH", mark[1]) != NULL ?
	    TR_REFUSAL_NO_WAY : TR_REFUSAL_FORBIDDEN;
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
		compared->address = station(path, compared->ttl);
		return;
	}
	compared->refusal = refusal_of(reply);
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
		if (next_answer(&comparison->paths[i], ttl) != 0)
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
		    transits(other->path, compared->ttl) > 0 &&
		    come_the_same_way(path, other->path, compared->ttl) &&
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
		compared->address = station(compared->path, compared->ttl);
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
			if (transits(other, (uint8_t)ttl) > 0 &&
			    hops_back_from(other, (uint8_t)ttl) != 0 &&
			    come_the_same_way(compared->path, other,
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

			if (transits(path, (uint8_t)ttl) > 0 &&
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
		if (transits(path, ttl) > 0)
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
		const struct tr_address seen = station(
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

static bool
is_dead(const struct tr_compared *compared)
{
	return compared->end == TR_COMPARED_REFUSED ||
	    compared->end == TR_COMPARED_SILENT ||
	    compared->end == TR_COMPARED_UNSENT;
}

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

		if (other == dead || next_answer(other, dead->ttl) == 0)
			continue;
		if (come_the_same_way(dead->path, other->path, dead->ttl))
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
		const uint8_t next = next_answer(&comparison->paths[i], ttl);

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
			answered += transits(other, ttl);
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
		if (next_answer(&comparison->paths[i],
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
		if (!is_dead(&comparison->paths[i]) ||
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
	find_firewalls(comparison);
	qsort(comparison->firewalls, comparison->firewall_count,
	    sizeof(comparison->firewalls[0]), compare_firewalls);
	comparison->verdict = verdict_of(comparison);
	if (comparison->verdict == TR_COMPARISON_SAME_PLACE)
		comparison->reason = reason_of(comparison);
}

/* --- in words ----------------------------------------------------------- */

const char *
tr_compared_name(const struct tr_flow *flow, char name[TR_COMPARED_NAME_MAX])
{
	name[0] = '\0';
	if (flow->protocol == TR_PROTOCOL_ICMP)
		tr_text_append(name, TR_COMPARED_NAME_MAX, "ICMP");
	else
		tr_text_append(name, TR_COMPARED_NAME_MAX, "%s %u",
		    flow->protocol == TR_PROTOCOL_TCP ? "TCP" : "UDP",
		    flow->destination_port);
	return name;
}

static void
append_ending(const struct tr_compared *compared, char *text, size_t size)
{
	char reason[TR_ENDING_TEXT_MAX];

	tr_text_append(text, size, "%s", tr_ending_text(compared->path, reason,
	    sizeof(reason)));
	if (compared->end != TR_COMPARED_SILENT || !compared->path->interrupted)
		return;
	tr_text_append(text, size, compared->waited_ttl > compared->ttl + 1 ?
	    "; silent so far from hop %u to %u" : "; silent so far at hop %u",
	    compared->ttl + 1u, compared->waited_ttl);
}

const char *
tr_compared_text(const struct tr_compared *compared, char *text, size_t size)
{
	const struct tr_conclusion *conclusion = &compared->path->conclusion;
	char reason[TR_ENDING_TEXT_MAX];

	text[0] = '\0';
	if (compared->end == TR_COMPARED_UNSENT)
		tr_text_append(text, size, "cannot be sent by this host%s%s",
		    compared->error == 0 ? "" : ": ",
		    compared->error == 0 ? "" : strerror(compared->error));
	else if (compared->end == TR_COMPARED_REFUSED &&
	    conclusion->port == TR_PORT_CLOSED)
		tr_text_append(text, size, "is reset at hop %u in the host's "
		    "name, which is farther off: a firewall sent it",
		    conclusion->last_ttl);
	else if (compared->end == TR_COMPARED_REFUSED && conclusion->reached)
		tr_text_append(text, size, "%s (hop %u), a router on the way, "
		    "refuses it: port unreachable", tr_address_text(
		    &compared->address, reason, sizeof(reason)),
		    compared->ttl);
	else if (compared->end != TR_COMPARED_ARRIVED)
		append_ending(compared, text, size);
	else {
		tr_text_append(text, size, "arrives at hop %u",
		    compared->ttl);
		if (compared->port != TR_PORT_UNKNOWN)
			tr_text_append(text, size, ", the port is %s",
			    tr_port_state_name(compared->port));
	}
	return text;
}

const char *
tr_comparison_names(const struct tr_comparison *comparison, unsigned set,
    char *text, size_t size)
{
	size_t left = 0;
	bool first = true;

	text[0] = '\0';
	for (size_t i = 0; i < comparison->count; i++)
		left += (set >> i) & 1u;
	for (size_t i = 0; i < comparison->count; i++) {
		if ((set & 1u << i) == 0)
			continue;
		tr_text_append(text, size, "%s%s", first ? "" :
		    left == 1 ? " and " : ", ", comparison->paths[i].name);
		first = false;
		left--;
	}
	return text;
}

struct tr_address
tr_comparison_address(const struct tr_comparison *comparison, uint8_t ttl)
{
	struct tr_address address = { .family = 0 };

	for (size_t i = 0; i < comparison->count; i++) {
		address = station(comparison->paths[i].path, ttl);
		if (tr_address_is_set(&address))
			return address;
	}
	/* Nobody's packets expire at who refuses what comes in. */
	for (size_t i = 0; i < comparison->count; i++)
		if (comparison->paths[i].ttl == ttl)
			return comparison->paths[i].address;
	return address;
}

enum tr_stop
tr_comparison_stop(const struct tr_comparison *comparison)
{
	enum tr_stop stop = TR_STOP_SEND_FAILED;

	for (size_t i = 0; i < comparison->count; i++) {
		const struct tr_compared *path = &comparison->paths[i];

		if (path->path->interrupted)
			return TR_STOP_INTERRUPTED;
		if (path->end == TR_COMPARED_ARRIVED)
			stop = TR_STOP_ARRIVED;
		else if (path->end != TR_COMPARED_UNSENT &&
		    stop != TR_STOP_ARRIVED)
			stop = path->path->conclusion.stop;
	}
	return stop;
}
