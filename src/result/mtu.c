#include <errno.h>
#include <stddef.h>

#include "result/mtu.h"

const char *
tr_size_source_name(enum tr_size_source source)
{
	static const char *const names[] = {
		[TR_SIZE_SOURCE_NONE] = NULL,
		[TR_SIZE_SOURCE_TOLD] = "told",
		[TR_SIZE_SOURCE_SILENCE] = "silence",
		[TR_SIZE_SOURCE_INTERFACE] = "interface",
		[TR_SIZE_SOURCE_HOST] = "host",
	};

	return names[source];
}

/* Datagrams do not tell which probe they answer: of what size, then? */
static bool
is_by_ports(const struct tr_path_reply *reply)
{
	return !reply->is_icmp && reply->match.tier == TR_TIER_PORTS;
}

static void
add_hops(const struct tr_path *path, struct tr_sizes *sizes)
{
	for (uint32_t i = 0; i < path->probe_count; i++) {
		const struct tr_path_probe *probe = &path->probes[i];
		const struct tr_path_reply *reply =
		    tr_path_answer(path, probe);

		if (probe->ttl == 0 || tr_path_is_sized(path, probe))
			continue;
		tr_sizes_walked(sizes, probe->ttl);
		if (reply == NULL || is_by_ports(reply) ||
		    reply->resets_early ||
		    reply->verdict == TR_VERDICT_STOPPED)
			continue;
		tr_sizes_answered(sizes, probe->ttl, &reply->responder,
		    reply->verdict == TR_VERDICT_TRANSIT);
	}
}

static bool
is_too_big(const struct tr_path_reply *reply)
{
	return reply->is_icmp && tr_icmp_classify(reply->responder.family,
	    reply->icmp_type, reply->icmp_code) == TR_ICMP_TOO_BIG;
}

/* Of a run that was cut short, what was not answered yet is no silence. */
static void
set_outcome(const struct tr_path *path, const struct tr_path_probe *probe,
    const struct tr_sizes *sizes, struct tr_size_trial *trial)
{
	const struct tr_path_reply *reply = tr_path_answer(path, probe);

	if (reply != NULL && is_too_big(reply))
		tr_sizes_refuse(sizes, trial, &reply->responder, reply->mtu);
	else if (reply != NULL && !is_by_ports(reply) &&
	    reply->verdict != TR_VERDICT_STOPPED)
		trial->outcome = TR_SIZE_PASSED;
	else if (probe->error == EMSGSIZE)
		tr_sizes_keep_back(sizes, trial);
	else if (probe->error != 0)
		tr_sizes_bar(trial, probe->error);
	else if (reply != NULL || !path->cut_short)
		trial->outcome = TR_SIZE_SILENT;
}

/*
 * A firewall that forges resets answers for all hops behind it: what is
 * answered came to it, and what is not did not.
 */
static void
end_at_forger(const struct tr_path *path, struct tr_size_trial *trial)
{
	const struct tr_conclusion *conclusion = &path->conclusion;

	if (conclusion->forged_reset &&
	    trial->ttl > conclusion->forged_by_ttl &&
	    trial->outcome != TR_SIZE_REFUSED)
		trial->ttl = conclusion->forged_by_ttl;
}

static void
add_trials(const struct tr_path *path, struct tr_sizes *sizes)
{
	for (uint32_t i = 0; i < path->probe_count; i++) {
		const struct tr_path_probe *probe = &path->probes[i];
		struct tr_size_trial *trial;

		if (probe->ttl == 0 || !tr_path_is_sized(path, probe))
			continue;
		trial = tr_sizes_add(sizes, probe->ttl, probe->identity.size);
		if (trial == NULL)
			return;
		set_outcome(path, probe, sizes, trial);
		end_at_forger(path, trial);
	}
}

bool
tr_path_mtu(const struct tr_path *path, struct tr_path_mtu *mtu)
{
	const struct tr_run *run = &path->run;

	if (run->walk_size == 0)
		return false;
	tr_sizes_init(&mtu->sizes, &run->flow.dst, run->walk_size,
	    run->flow.size, run->mtu);
	mtu->echoes = run->flow.protocol == TR_PROTOCOL_ICMP;
	add_hops(path, &mtu->sizes);
	mtu->ttl = path->conclusion.forged_reset ?
	    path->conclusion.forged_by_ttl : tr_sizes_target(&mtu->sizes);
	if (mtu->ttl == 0)
		return false;
	add_trials(path, &mtu->sizes);
	tr_sizes_limit(&mtu->sizes, mtu->ttl, &mtu->limit);
	return true;
}

bool
tr_path_mtu_is_found(const struct tr_path_mtu *mtu,
    const struct tr_size_limit *limit)
{
	if (limit->mtu == 0)
		return false;
	return limit->refused == limit->mtu + 1u ||
	    (limit->mtu == mtu->sizes.most &&
	    limit->source == TR_SIZE_SOURCE_INTERFACE);
}

bool
tr_path_mtu_is_echo(const struct tr_path_mtu *mtu,
    const struct tr_size_limit *limit)
{
	return mtu->echoes && limit->source == TR_SIZE_SOURCE_SILENCE &&
	    !mtu->sizes.hops[limit->before].is_router;
}

bool
tr_path_mtu_is_exact(const struct tr_path_mtu *mtu, uint8_t ttl,
    const struct tr_size_limit *limit)
{
	return tr_path_mtu_is_found(mtu, limit) &&
	    !tr_path_mtu_is_echo(mtu, limit) && (limit->refused == 0 ||
	    tr_sizes_is_sure(&mtu->sizes, ttl, limit));
}
