#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "result/findings.h"
#include "result/reveal.h"

/* What starts with 255 arrives with more than the next lower initial TTL. */
#define ERROR_TTL_MORE	128
#define ECHO_TTL_MOST	64

const char *
tr_reveal_method_name(enum tr_reveal_method method)
{
	static const char *const names[] = {
		[TR_REVEAL_NONE] = NULL,
		[TR_REVEAL_DIRECT] = "direct",
		[TR_REVEAL_BACKWARD] = "backward",
		[TR_REVEAL_SINGLE] = "single",
	};

	return names[method];
}

/* The first router that answered with this TTL; NULL for none. */
static const struct tr_path_reply *
router_at(const struct tr_path *path, uint8_t ttl)
{
	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next) {
		const struct tr_path_reply *reply = path->probes[i].flow == 0 ?
		    tr_path_answer(path, &path->probes[i]) : NULL;

		if (reply != NULL && reply->verdict == TR_VERDICT_TRANSIT)
			return reply;
	}
	return NULL;
}

/* The lowest TTL, from first on, at which the address is a router; 0: none. */
static unsigned
ttl_of_router(const struct tr_path *path, const struct tr_address *address,
    unsigned first)
{
	for (unsigned ttl = first; ttl <= path->conclusion.last_ttl; ttl++) {
		const struct tr_path_reply *reply = router_at(path,
		    (uint8_t)ttl);

		if (reply != NULL &&
		    tr_address_equal(&reply->responder, address))
			return ttl;
	}
	return 0;
}

/* --- where to look ------------------------------------------------------ */

/* The hop behind what is hidden, by this finding; 0 for another finding. */
static uint8_t
end_of(const struct tr_finding *finding)
{
	switch (finding->code) {
	case TR_FINDING_MPLS_OPAQUE:
	case TR_FINDING_MPLS_DUPLICATE:
		return finding->first_ttl;
	case TR_FINDING_TUNNEL_SUSPECTED:
		return finding->last_ttl;
	default:
		return 0;
	}
}

static bool
fill(const struct tr_path *path, uint8_t after, struct tr_hidden *hidden)
{
	const struct tr_path_reply *end = router_at(path, after);
	uint8_t before = after;

	if (end == NULL)
		return false;
	*hidden = (struct tr_hidden){
		.after_ttl = after,
		.after = end->responder,
		.target = end->responder,
		.error_hops = tr_path_return_hops(end),
		.error_ttl = end->ttl,
	};
	/* What was not probed is not hidden. */
	while (--before >= path->conclusion.first_ttl) {
		const struct tr_path_reply *reply = router_at(path, before);

		if (reply == NULL)
			continue;
		hidden->before = reply->responder;
		break;
	}
	hidden->before_ttl = before;
	hidden->silent = (uint8_t)(after - before - 1);
	return true;
}

static bool
is_there(const struct tr_hidden *hidden, int count, uint8_t after)
{
	for (int i = 0; i < count; i++)
		if (hidden[i].after_ttl == after)
			return true;
	return false;
}

int
tr_hidden_find(const struct tr_path *path,
    struct tr_hidden hidden[TR_HIDDEN_MAX])
{
	struct tr_findings *findings = tr_findings_new(path);
	int count = 0;

	if (findings == NULL)
		return TR_ENOMEM;
	for (uint32_t i = 0; i < findings->count && count < TR_HIDDEN_MAX;
	    i++) {
		const uint8_t after = end_of(&findings->items[i]);

		if (after != 0 && !is_there(hidden, count, after) &&
		    fill(path, after, &hidden[count]))
			count++;
	}
	free(findings);
	return count;
}

/* --- what a trace shows ------------------------------------------------- */

static bool
is_among(const struct tr_address *list, unsigned count,
    const struct tr_address *address)
{
	for (unsigned i = 0; i < count; i++)
		if (tr_address_equal(&list[i], address))
			return true;
	return false;
}

static bool
is_known(const struct tr_hidden *hidden, const struct tr_path *path,
    const struct tr_address *address)
{
	return is_among(hidden->routers, hidden->count, address) ||
	    tr_address_equal(address, &hidden->target) ||
	    ttl_of_router(path, address, 1) != 0;
}

/* Put routers before those that are known: they are nearer to us. */
static void
put_before(struct tr_hidden *hidden, const struct tr_address *routers,
    unsigned count)
{
	if (count > TR_REVEALED_MAX - hidden->count)
		count = TR_REVEALED_MAX - hidden->count;
	memmove(hidden->routers + count, hidden->routers,
	    hidden->count * sizeof(hidden->routers[0]));
	memcpy(hidden->routers, routers, count * sizeof(routers[0]));
	hidden->count += count;
}

/* The time exceeded and the echo reply of one router, by how far they came. */
static void
learn_lengths(struct tr_hidden *hidden, const struct tr_path *trace)
{
	const uint8_t last = trace->conclusion.last_ttl;

	if (hidden->traces > 1 || !trace->conclusion.reached)
		return;
	for (uint32_t i = trace->first_of_ttl[last]; i != TR_PATH_NONE;
	    i = trace->probes[i].next) {
		const struct tr_path_reply *reply = tr_path_answer(trace,
		    &trace->probes[i]);

		if (reply == NULL || reply->verdict != TR_VERDICT_ARRIVED)
			continue;
		hidden->has_lengths = hidden->error_ttl > ERROR_TTL_MORE &&
		    reply->ttl <= ECHO_TTL_MOST;
		hidden->echo_hops = tr_path_return_hops(reply);
		return;
	}
}

/*
 * Behind which TTL of a trace the hidden routers begin.  Another flow may have
 * come to the place by another router; and hops that are silent in the path
 * are not hidden, if they answer an echo.
 */
static unsigned
ttl_before(const struct tr_hidden *hidden, const struct tr_path *trace)
{
	unsigned ttl = tr_address_is_set(&hidden->before) ?
	    ttl_of_router(trace, &hidden->before, 1) : 0;

	return (ttl != 0 ? ttl : hidden->before_ttl) + hidden->silent;
}

void
tr_hidden_learn(struct tr_hidden *hidden, const struct tr_path *path,
    const struct tr_path *trace)
{
	struct tr_address found[TR_REVEALED_MAX];
	unsigned count = 0;

	hidden->traces++;
	hidden->incomplete |= !trace->conclusion.reached;
	learn_lengths(hidden, trace);
	for (unsigned ttl = ttl_before(hidden, trace) + 1;
	    ttl < trace->conclusion.last_ttl && count < TR_REVEALED_MAX;
	    ttl++) {
		const struct tr_path_reply *reply = router_at(trace,
		    (uint8_t)ttl);

		hidden->incomplete |= reply == NULL;
		if (reply != NULL &&
		    !is_known(hidden, path, &reply->responder) &&
		    !is_among(found, count, &reply->responder))
			found[count++] = reply->responder;
	}
	put_before(hidden, found, count);
	if (count > 0)
		hidden->method = hidden->count == 1 ? TR_REVEAL_SINGLE :
		    hidden->traces == 1 ? TR_REVEAL_DIRECT :
		    TR_REVEAL_BACKWARD;
	/* One more may stand behind one that was found by itself. */
	if (count == 1 && hidden->count < TR_REVEALED_MAX)
		hidden->target = found[0];
	else
		hidden->target = (struct tr_address){ 0 };
}
