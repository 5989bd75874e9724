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

		if (probe->ttl == 0 || tr_path_is_sized(path, probe) ||
		    reply == NULL || is_by_ports(reply) ||
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
	else if (reply != NULL || !path->cut_short)
		trial->outcome = TR_SIZE_SILENT;
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
		if (trial != NULL)
			set_outcome(path, probe, sizes, trial);
	}
}

bool
tr_path_mtu(const struct tr_path *path, struct tr_path_mtu *mtu)
{
	const struct tr_run *run = &path->run;

	if (run->walk_size == 0)
		return false;
	tr_sizes_init(&mtu->sizes, run->flow.dst.family, run->walk_size,
	    run->flow.size, run->mtu);
	add_hops(path, &mtu->sizes);
	mtu->ttl = tr_sizes_target(&mtu->sizes);
	if (mtu->ttl == 0)
		return false;
	add_trials(path, &mtu->sizes);
	tr_sizes_limit(&mtu->sizes, mtu->ttl, &mtu->limit);
	return true;
}

bool
tr_path_mtu_is_exact(const struct tr_path_mtu *mtu,
    const struct tr_size_limit *limit)
{
	if (limit->mtu == 0)
		return false;
	return limit->refused == limit->mtu + 1u ||
	    (limit->mtu == mtu->sizes.most &&
	    limit->source == TR_SIZE_SOURCE_INTERFACE);
}
