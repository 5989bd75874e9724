/*
 * Which probes are one trace, and the path of it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "packet/wire.h"
#include "result/rebuild_part.h"

/* A TTL that no host starts with, or hardly any. */
#define ORDINARY_TTL 32

/* --- grouping ----------------------------------------------------------- */

static void
count_walks(struct tr_rebuild *rebuild)
{
	struct tr_tuple *tuple, *next;

	HASH_ITER(hh, rebuild->tuples, tuple, next)
		if (tuple->ttls.count > 1)
			tuple->pair->probes_of_walks += tuple->probes;
}

/*
 * A program that draws each probe's port at random draws one twice now and
 * then: that is no walk along a flow.
 */
static bool
is_walk(const struct tr_rebuild *rebuild, const struct tr_tuple *tuple)
{
	return !rebuild->all_paths && tuple->ttls.count > 1 &&
	    tuple->pair->probes_of_walks * 2 > tuple->pair->probes;
}

/*
 * The group of a probe's flow.  Of a saved run everything is one trace, even
 * if a NAT of its host rewrote the addresses.
 */
static int
find_group(struct tr_rebuild *rebuild, struct tr_kept_probe *probe,
    bool is_saved)
{
	struct tr_tuple *tuple = probe->tuple;
	const bool one_flow = !is_saved && is_walk(rebuild, tuple);
	struct tr_tuple_key key;
	struct tr_tuple_group *group;

	if (tuple->group != NULL)
		return TR_OK;
	memcpy(&key, one_flow ? &tuple->key : &tuple->pair->key, sizeof(key));
	/* A flow with two ports of 0 is not to meet the merged ones. */
	key.protocol = (uint8_t)(one_flow ? key.protocol | 0x80 :
	    key.protocol);
	if (is_saved)
		memset(&key, 0, sizeof(key));
	HASH_FIND(hh, rebuild->groups, &key, sizeof(key), group);
	if (group == NULL) {
		group = calloc(1, sizeof(*group));
		if (group == NULL)
			return TR_ENOMEM;
		memcpy(&group->key, &key, sizeof(key));
		group->one_flow = true;
		group->first = &probe->identity;
		group->first_stamp = probe->stamp;
		group->least_ttl = UINT8_MAX;
		HASH_ADD(hh, rebuild->groups, key, sizeof(group->key), group);
		if (group->hh.tbl == NULL) {
			free(group);
			return TR_ENOMEM;
		}
	} else
		group->one_flow = false;
	tuple->group = group;
	return TR_OK;
}

static void
note_in_group(const struct tr_kept_probe *probe)
{
	struct tr_tuple_group *group = probe->tuple->group;
	const uint8_t ttl = probe->identity.ttl;

	if (probe->errored)
		group->refused_or_expired = true;
	tr_ttl_set_add(&group->ttls, ttl);
	if (ttl != 0 && ttl < group->least_ttl)
		group->least_ttl = ttl;
}

static int
group_all(struct tr_rebuild *rebuild, bool is_saved)
{
	int error;

	count_walks(rebuild);
	for (uint32_t i = 0; i < rebuild->probe_count; i++) {
		error = find_group(rebuild, &rebuild->probes[i], is_saved);
		if (error != TR_OK)
			return error;
		note_in_group(&rebuild->probes[i]);
	}
	return TR_OK;
}

static bool
is_trace(const struct tr_tuple_group *group)
{
	return group->refused_or_expired || group->ttls.count > 1 ||
	    group->least_ttl < ORDINARY_TTL;
}

/* --- building the paths ------------------------------------------------- */

static bool
is_bare_ack(const struct tr_identity *identity)
{
	return identity->protocol == TR_IPPROTO_TCP &&
	    (identity->tcp_flags & TR_TCP_SYN) == 0;
}

/*
 * Where a flow began with a SYN, its ACKs are those of a connection (mtr
 * makes one with each probe), not probes; unless an ICMP error was about one.
 */
static bool
is_of_connection(const struct tr_kept_probe *probe)
{
	return probe->tuple->has_syn && !probe->errored &&
	    is_bare_ack(&probe->identity);
}

static void
describe(const struct tr_tuple_group *group, struct tr_run *run)
{
	const struct tr_identity *first = group->first;

	*run = (struct tr_run){
		.one_flow = group->one_flow,
		.start = group->first_stamp,
		.flow = {
			.protocol = tr_protocol_of_number(first->protocol),
			.src = first->src,
			.dst = first->dst,
			.source_port = first->source_port,
			.destination_port = first->destination_port,
			.icmp_id = first->source_port,
			.icmp_checksum = first->checksum,
			.flow_label = first->flow_label,
			.tos = first->tos,
			.tcp_flags = first->tcp_flags,
			.classic = !group->one_flow,
			.size = first->size,
		},
	};
}

static int
add_path(struct tr_rebuild *rebuild, struct tr_tuple_group *group,
    const struct tr_saved_run *saved)
{
	struct tr_path **paths;
	struct tr_run run;

	paths = tr_array_grow(rebuild->paths, rebuild->path_count,
	    &rebuild->path_size, sizeof(*paths), TR_REBUILD_PATHS_MAX);
	if (paths == NULL)
		return TR_ENOMEM;
	rebuild->paths = paths;
	if (saved == NULL)
		describe(group, &run);
	group->path = tr_path_new(saved != NULL ? &saved->run : &run);
	if (group->path == NULL)
		return TR_ENOMEM;
	group->path->annotations = rebuild->annotations;
	paths[rebuild->path_count++] = group->path;
	return TR_OK;
}

/* The tuple's number among those of its group. */
static uint32_t
number_in_group(struct tr_tuple *tuple)
{
	if (tuple->flow == 0)
		tuple->flow = ++tuple->group->flows;
	return tuple->flow - 1;
}

/*
 * Which of the run's flows it is.  What a NAT of its host has rewritten is
 * counted as it comes; of another program's, nobody knows more than that.
 */
static uint32_t
flow_of(const struct tr_rebuild *rebuild, const struct tr_run *run,
    const struct tr_kept_probe *probe)
{
	const struct tr_identity *identity = &probe->identity;
	uint32_t number;

	if (!run->multipath) {
		number = rebuild->all_paths ?
		    number_in_group(probe->tuple) : 0;
		return number < TR_DISCOVERY_FLOWS_MAX ? number : 0;
	}
	if (probe->kept == TR_KEPT_NONE || tr_flow_is_varied(probe->flow))
		return probe->flow;
	number = tr_flow_number(&run->flow,
	    run->flow.protocol == TR_PROTOCOL_ICMP ?
	    identity->checksum : identity->source_port);
	if (number >= run->paths.flows_max)
		number = number_in_group(probe->tuple);
	return number < run->paths.flows_max ? number : 0;
}

static int
add_probe(const struct tr_rebuild *rebuild, struct tr_path *path,
    struct tr_kept_probe *probe)
{
	struct tr_record record = {
		.type = TR_RECORD_PROBE,
		.probe = path->probe_count,
		.ttl = probe->identity.ttl,
		.flow = flow_of(rebuild, &path->run, probe),
		.identity = &probe->identity,
		.stamp = probe->stamp,
	};
	const bool captured = probe->kept != TR_KEPT_NONE;
	int error;

	probe->number = path->probe_count;
	error = tr_path_apply(path, &record);
	if (error != TR_OK || (!captured && probe->error == 0))
		return error;
	record.type = captured ? TR_RECORD_DEPARTED : TR_RECORD_FAILED;
	record.error = probe->error;
	return tr_path_apply(path, &record);
}

static int
add_probes(struct tr_rebuild *rebuild, const struct tr_saved_run *saved)
{
	int error = TR_OK;

	for (uint32_t i = 0; i < rebuild->probe_count && error == TR_OK; i++) {
		struct tr_kept_probe *probe = &rebuild->probes[i];
		struct tr_tuple_group *group = probe->tuple->group;

		if (saved == NULL && (!is_trace(group) ||
		    is_of_connection(probe)))
			continue;
		if (group->path == NULL &&
		    rebuild->path_count == TR_REBUILD_PATHS_MAX) {
			rebuild->is_cut = true;
			continue;
		}
		if (group->path == NULL)
			error = add_path(rebuild, group, saved);
		if (error == TR_OK)
			error = add_probe(rebuild, group->path, probe);
	}
	return error;
}

static int
add_replies(struct tr_rebuild *rebuild)
{
	for (uint32_t i = 0; i < rebuild->reply_count; i++) {
		const struct tr_kept_reply *reply = &rebuild->replies[i];
		const struct tr_kept_frame *kept = &rebuild->kept[reply->kept];
		const struct tr_kept_probe *probe =
		    &rebuild->probes[reply->match.probe];
		struct tr_path *path = probe->tuple->group->path;
		struct tr_packet packet;
		struct tr_record record = {
			.type = TR_RECORD_REPLY,
			.probe = probe->number,
			.stamp = kept->stamp,
			.packet = &packet,
			.match = reply->match,
			.late = kept->late,
		};
		int error;

		if (path == NULL || (!path->run.known &&
		    is_of_connection(probe)) ||
		    tr_kept_decode(kept, &packet) != TR_OK)
			continue;
		record.match.probe = probe->number;
		record.verdict = tr_verdict_of(path->run.flow.protocol,
		    &packet);
		error = tr_path_apply(path, &record);
		if (error != TR_OK)
			return error;
	}
	return TR_OK;
}

/* A saved run that was stopped before its first probe is a path too. */
static int
add_empty_path(struct tr_rebuild *rebuild, const struct tr_saved_run *saved)
{
	struct tr_tuple_group *group = calloc(1, sizeof(*group));

	if (group == NULL)
		return TR_ENOMEM;
	HASH_ADD(hh, rebuild->groups, key, sizeof(group->key), group);
	if (group->hh.tbl == NULL) {
		free(group);
		return TR_ENOMEM;
	}
	return add_path(rebuild, group, saved);
}

/* What another program asked for, as far as its probes show it. */
static void
fill_in_limits(struct tr_path *path)
{
	struct tr_trace_config *trace = &path->run.trace;

	for (int ttl = 255; ttl > 0; ttl--) {
		const uint32_t count = path->count_of_ttl[ttl];

		if (count == 0)
			continue;
		if (trace->max_ttl == 0)
			trace->max_ttl = (uint8_t)ttl;
		trace->first_ttl = (uint8_t)ttl;
		if (count > trace->queries)
			trace->queries = count > UINT8_MAX ?
			    UINT8_MAX : (uint8_t)count;
	}
}

/* How it ended, which no frame tells. */
static void
end_path(struct tr_path *path, const struct tr_saved_run *saved)
{
	const struct tr_record record = {
		.type = TR_RECORD_END,
		.stop = saved->stop,
	};

	path->capture = saved->capture;
	tr_path_apply(path, &record);
	if (path->interrupted)
		path->interrupted_at = saved->interrupted_at;
}

int
tr_rebuild_fill_paths(struct tr_rebuild *rebuild,
    const struct tr_saved_run *saved)
{
	int error = group_all(rebuild, saved != NULL);

	if (error == TR_OK)
		error = add_probes(rebuild, saved);
	if (error == TR_OK && saved != NULL && rebuild->path_count == 0)
		error = add_empty_path(rebuild, saved);
	if (error == TR_OK)
		error = add_replies(rebuild);
	if (error != TR_OK)
		return error;
	for (size_t i = 0; i < rebuild->path_count; i++) {
		if (saved != NULL)
			end_path(rebuild->paths[i], saved);
		else
			fill_in_limits(rebuild->paths[i]);
		tr_path_conclude(rebuild->paths[i]);
	}
	return TR_OK;
}
