#include <stdlib.h>
#include <string.h>

/*
 * Without memory uthash is not to end the program: what could not be added
 * has no table then.
 */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(item) ((void)(item))
#include <uthash.h>

#include "base/array.h"
#include "base/error.h"
#include "base/time.h"
#include "packet/wire.h"
#include "result/rebuild.h"

/* A TTL that no host starts with, or hardly any. */
#define ORDINARY_TTL 32

/* So often at most does a classic trace send a flow. */
#define FEW_PROBES 8

#define NOBODY UINT32_MAX

/* A copy of a packet, from its IP header on. */
struct kept {
	uint64_t frame;		/* its number among those added */
	uint32_t probe;		/* that it is, or that it answers; NOBODY */
	bool	 is_reply;
	int64_t	 stamp;
	uint8_t	*data;
	uint32_t size;
	bool	 late;
};

/*
 * What all packets of one flow share.  Compared as bytes, padding too, so it
 * is cleared before it is filled, and copied as bytes.
 */
struct tuple_key {
	struct tr_address src;
	struct tr_address dst;
	uint8_t	 protocol;
	uint16_t source_port;
	uint16_t destination_port;
};

/* One flow. */
struct tuple {
	struct tuple_key key;
	UT_hash_handle hh;
	uint8_t	 ttls[32];	/* bit set */
	unsigned distinct_ttls;
	uint32_t probes;
	bool	 has_syn;
	uint32_t flow;		/* its number in its path + 1; 0: none yet */
	struct pair *pair;
	struct group *group;
};

/* All flows of one protocol between two addresses. */
struct pair {
	struct tuple_key key;	/* ports 0 */
	UT_hash_handle hh;
	uint32_t probes;
	uint32_t probes_of_walks;	/* in flows with several TTLs */
};

/* One trace: a flow, or all single-TTL flows between two addresses. */
struct group {
	struct tuple_key key;	/* ports 0 for the latter */
	UT_hash_handle hh;
	bool	 one_flow;
	bool	 refused_or_expired;	/* an ICMP error answered */
	uint8_t	 ttls[32];
	unsigned distinct_ttls;
	uint8_t	 least_ttl;
	int64_t	 first_stamp;
	const struct tr_identity *first;
	struct tr_path *path;
	uint32_t flows;		/* tuples that have a number */
};

struct probe {
	uint32_t kept;		/* of one that was captured */
	struct tr_identity identity;
	int64_t	 stamp;
	bool	 captured;	/* false: known from a quote, or from the */
				/* comments of a saved run */
	int	 error;		/* errno of the send */
	uint32_t flow;		/* varied, or of one that was not captured */
	bool	 errored;	/* an ICMP error is about it */
	struct tuple *tuple;
	uint32_t number;	/* in its path */
};

struct reply {
	uint32_t kept;
	struct tr_match match;
};

struct tr_rebuild {
	uint64_t frames;	/* how many were added */
	struct kept *kept;
	uint32_t kept_count;
	uint32_t kept_size;
	struct probe *probes;
	uint32_t probe_count;
	uint32_t probe_size;
	struct reply *replies;
	uint32_t reply_count;
	uint32_t reply_size;
	struct tuple *tuples;
	struct pair *pairs;
	struct group *groups;
	struct tr_matcher *matcher;
	struct tr_annotations *annotations;	/* of all paths */
	struct tr_path **paths;
	uint32_t path_count;
	uint32_t path_size;
	bool	 is_cut;
	uint8_t	 tcp_flags;	/* of the probes, where known */
	bool	 all_paths;	/* flows are of one path */
};

struct tr_rebuild *
tr_rebuild_new(void)
{
	return calloc(1, sizeof(struct tr_rebuild));
}

void
tr_rebuild_free(struct tr_rebuild *rebuild)
{
	struct tuple *tuple, *next_tuple;
	struct pair *pair, *next_pair;
	struct group *group, *next_group;

	if (rebuild == NULL)
		return;
	HASH_ITER(hh, rebuild->tuples, tuple, next_tuple) {
		HASH_DEL(rebuild->tuples, tuple);
		free(tuple);
	}
	HASH_ITER(hh, rebuild->pairs, pair, next_pair) {
		HASH_DEL(rebuild->pairs, pair);
		free(pair);
	}
	HASH_ITER(hh, rebuild->groups, group, next_group) {
		HASH_DEL(rebuild->groups, group);
		tr_path_free(group->path);
		free(group);
	}
	for (uint32_t i = 0; i < rebuild->kept_count; i++)
		free(rebuild->kept[i].data);
	tr_matcher_free(rebuild->matcher);
	tr_annotations_free(rebuild->annotations);
	free(rebuild->kept);
	free(rebuild->probes);
	free(rebuild->replies);
	free(rebuild->paths);
	free(rebuild);
}

static int
keep_probe(struct tr_rebuild *rebuild, const struct tr_identity *identity,
    int64_t stamp, uint32_t flow, bool captured)
{
	struct probe *probes = tr_array_grow(rebuild->probes,
	    rebuild->probe_count, &rebuild->probe_size, sizeof(*probes),
	    TR_REBUILD_FRAMES_MAX);

	if (probes == NULL)
		return TR_ENOMEM;
	rebuild->probes = probes;
	rebuild->probes[rebuild->probe_count++] = (struct probe){
		.kept = captured ? rebuild->kept_count - 1 : NOBODY,
		.identity = *identity,
		.stamp = stamp,
		.flow = flow,
		.captured = captured,
	};
	return TR_OK;
}

void
tr_rebuild_expect(struct tr_rebuild *rebuild, uint8_t tcp_flags)
{
	rebuild->tcp_flags = tcp_flags;
}

static bool
is_probe(const struct tr_rebuild *rebuild, const struct tr_packet *packet)
{
	return tr_packet_is_probe(packet) || (rebuild->tcp_flags != 0 &&
	    !packet->is_icmp && packet->transport.full &&
	    packet->transport.tcp_flags == rebuild->tcp_flags);
}

/* A bridge and its port both show a frame, with one stamp. */
static bool
is_copy(const struct tr_rebuild *rebuild, const struct tr_packet *packet,
    int64_t stamp, size_t size)
{
	const struct kept *last;

	if (rebuild->kept_count == 0)
		return false;
	last = &rebuild->kept[rebuild->kept_count - 1];
	return last->stamp == stamp && last->size == size &&
	    memcmp(last->data, packet->link.ip, size) == 0;
}

/*
 * Headers and what follows them closely; of an ICMP error also the quote,
 * which RFC 4443 bounds by 1280 bytes.
 */
static size_t
size_to_keep(const struct tr_packet *packet)
{
	const size_t enough = packet->is_icmp ? 1400 : 256;

	return packet->link.ip_size < enough ?
	    packet->link.ip_size : enough;
}

int
tr_rebuild_add(struct tr_rebuild *rebuild, enum tr_link link,
    const uint8_t *frame, size_t size, int64_t stamp,
    const struct tr_frame_note *note)
{
	const uint64_t number = rebuild->frames++;
	struct tr_packet packet;
	struct tr_identity identity;
	struct kept *kept;

	if (tr_packet_decode(link, frame, size, &packet) != TR_OK ||
	    (!is_probe(rebuild, &packet) && !tr_packet_is_reply(&packet)) ||
	    is_copy(rebuild, &packet, stamp, size_to_keep(&packet)))
		return TR_OK;
	kept = tr_array_grow(rebuild->kept, rebuild->kept_count,
	    &rebuild->kept_size, sizeof(*kept), TR_REBUILD_FRAMES_MAX);
	if (kept == NULL)
		return TR_ENOMEM;
	rebuild->kept = kept;
	kept = &rebuild->kept[rebuild->kept_count];
	*kept = (struct kept){
		.frame = number,
		.probe = NOBODY,
		.stamp = stamp,
		.size = (uint32_t)size_to_keep(&packet),
		.late = note->late,
	};
	kept->data = malloc(kept->size);
	if (kept->data == NULL)
		return TR_ENOMEM;
	memcpy(kept->data, packet.link.ip, kept->size);
	rebuild->kept_count++;
	if (!is_probe(rebuild, &packet))
		return TR_OK;
	tr_identity_of(&packet.ip, &packet.transport, &identity);
	return keep_probe(rebuild, &identity, stamp, note->flow, true);
}

/* A datagram of the target's looks like a probe, but comes from there. */
static bool
is_answer(const struct tr_identity *identity, const struct tr_run *run)
{
	const struct tr_flow *flow = &run->flow;

	if (!tr_address_equal(&identity->src, &flow->dst))
		return false;
	return !tr_address_equal(&identity->src, &identity->dst) ||
	    (identity->source_port == flow->destination_port &&
	    identity->source_port != flow->source_port);
}

static void
drop_answers(struct tr_rebuild *rebuild, const struct tr_run *run)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < rebuild->probe_count; i++)
		if (!is_answer(&rebuild->probes[i].identity, run))
			rebuild->probes[left++] = rebuild->probes[i];
	rebuild->probe_count = left;
}

/*
 * Put what a saved run says was not captured among what was, in the order of
 * sending.
 */
static int
insert_uncaptured(struct tr_rebuild *rebuild,
    const struct tr_saved_run *saved)
{
	const uint32_t count = rebuild->probe_count +
	    (uint32_t)saved->uncaptured_count;
	struct probe *merged;
	size_t from = 0, next = 0;

	if (saved->uncaptured_count == 0)
		return TR_OK;
	merged = calloc(count, sizeof(*merged));
	if (merged == NULL)
		return TR_ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		const struct tr_uncaptured *one = &saved->uncaptured[next];

		if (next == saved->uncaptured_count ||
		    (from < rebuild->probe_count && one->number > i)) {
			merged[i] = rebuild->probes[from++];
			continue;
		}
		merged[i].kept = NOBODY;
		merged[i].identity = one->identity;
		merged[i].identity.ttl = one->ttl;
		merged[i].error = one->error;
		merged[i].flow = one->flow;
		merged[i].stamp = TR_TIME_NONE;
		next++;
	}
	free(rebuild->probes);
	rebuild->probes = merged;
	rebuild->probe_count = count;
	rebuild->probe_size = count;
	return TR_OK;
}

/* --- flows ------------------------------------------------------------- */

static bool
note_ttl(uint8_t ttls[32], uint8_t ttl)
{
	const uint8_t bit = (uint8_t)(1u << (ttl % 8));
	const bool is_new = (ttls[ttl / 8] & bit) == 0;

	ttls[ttl / 8] |= bit;
	return is_new;
}

/* with_ports: of the flow; else of the pair of addresses. */
static void
fill_key(struct tuple_key *key, const struct tr_identity *identity,
    bool with_ports)
{
	memset(key, 0, sizeof(*key));
	key->src = identity->src;
	key->dst = identity->dst;
	key->protocol = identity->protocol;
	if (with_ports) {
		key->source_port = identity->source_port;
		key->destination_port = identity->destination_port;
	}
}

static int
find_pair(struct tr_rebuild *rebuild, struct tuple *tuple,
    const struct tr_identity *identity)
{
	struct tuple_key key;
	struct pair *pair;

	fill_key(&key, identity, false);
	HASH_FIND(hh, rebuild->pairs, &key, sizeof(key), pair);
	if (pair == NULL) {
		pair = calloc(1, sizeof(*pair));
		if (pair == NULL)
			return TR_ENOMEM;
		memcpy(&pair->key, &key, sizeof(key));
		HASH_ADD(hh, rebuild->pairs, key, sizeof(pair->key), pair);
		if (pair->hh.tbl == NULL) {
			free(pair);
			return TR_ENOMEM;
		}
	}
	tuple->pair = pair;
	return TR_OK;
}

/* The flow of a probe, made where it is new; NULL without memory. */
static struct tuple *
tuple_of(struct tr_rebuild *rebuild, const struct tr_identity *identity)
{
	struct tuple_key key;
	struct tuple *tuple;

	fill_key(&key, identity, true);
	HASH_FIND(hh, rebuild->tuples, &key, sizeof(key), tuple);
	if (tuple != NULL)
		return tuple;
	tuple = calloc(1, sizeof(*tuple));
	if (tuple == NULL)
		return NULL;
	memcpy(&tuple->key, &key, sizeof(key));
	HASH_ADD(hh, rebuild->tuples, key, sizeof(tuple->key), tuple);
	if (tuple->hh.tbl == NULL) {
		free(tuple);
		return NULL;
	}
	return find_pair(rebuild, tuple, identity) == TR_OK ? tuple : NULL;
}

static int
find_tuple(struct tr_rebuild *rebuild, struct probe *probe)
{
	struct tuple *tuple = tuple_of(rebuild, &probe->identity);

	if (tuple == NULL)
		return TR_ENOMEM;
	probe->tuple = tuple;
	tuple->probes++;
	if (probe->identity.tcp_flags & TR_TCP_SYN)
		tuple->has_syn = true;
	tuple->pair->probes++;
	if (probe->identity.ttl != 0 &&
	    note_ttl(tuple->ttls, probe->identity.ttl))
		tuple->distinct_ttls++;
	return TR_OK;
}

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
is_of_connection(const struct probe *probe)
{
	return probe->tuple->has_syn && !probe->errored &&
	    is_bare_ack(&probe->identity);
}

/* --- matching ----------------------------------------------------------- */

static int
decode_kept(const struct kept *kept, struct tr_packet *packet)
{
	return tr_packet_decode(TR_LINK_RAW, kept->data, kept->size, packet);
}

/* The protocol that the packet of this IP protocol number was a probe of. */
static enum tr_protocol
protocol_of(uint8_t number)
{
	if (number == TR_IPPROTO_UDP)
		return TR_PROTOCOL_UDP;
	if (number == TR_IPPROTO_TCP)
		return TR_PROTOCOL_TCP;
	return TR_PROTOCOL_ICMP;
}

static int
keep_reply(struct tr_rebuild *rebuild, uint32_t kept,
    const struct tr_match *match)
{
	struct reply *replies = tr_array_grow(rebuild->replies,
	    rebuild->reply_count, &rebuild->reply_size, sizeof(*replies),
	    TR_REBUILD_FRAMES_MAX);

	if (replies == NULL)
		return TR_ENOMEM;
	rebuild->replies = replies;
	rebuild->replies[rebuild->reply_count++] = (struct reply){
		.kept = kept,
		.match = *match,
	};
	return TR_OK;
}

/*
 * An error whose probe was not captured: its probe is what it quotes.  The
 * quoted TTL is not the one that was sent, so that is not known.
 */
static int
keep_orphan(struct tr_rebuild *rebuild, uint32_t kept,
    const struct tr_packet *packet)
{
	struct tr_match match = { .tier = TR_TIER_EXACT };
	struct tr_identity identity;
	int error;

	tr_identity_of(&packet->quote, &packet->quoted, &identity);
	if (tr_verdict_of(protocol_of(identity.protocol), packet) ==
	    TR_VERDICT_NONE)
		return TR_OK;
	identity.ttl = 0;
	match.probe = rebuild->probe_count;
	error = keep_probe(rebuild, &identity, rebuild->kept[kept].stamp, 0,
	    false);
	if (error == TR_OK)
		error = find_tuple(rebuild, &rebuild->probes[match.probe]);
	if (error != TR_OK)
		return error;
	return keep_reply(rebuild, kept, &match);
}

/*
 * May this datagram answer probes?  Its flow, turned round, must have been
 * sent with several TTLs, or but a few times: the two sides of an ordinary
 * conversation would look like answers to each other.
 */
static bool
answers_a_walk(const struct tr_rebuild *rebuild,
    const struct tr_packet *packet)
{
	const struct tr_identity asked = {
		.protocol = packet->transport.protocol,
		.src = packet->ip.dst,
		.dst = packet->ip.src,
		.source_port = packet->transport.destination_port,
		.destination_port = packet->transport.source_port,
	};
	const struct tuple *tuple;
	struct tuple_key key;

	fill_key(&key, &asked, true);
	HASH_FIND(hh, rebuild->tuples, &key, sizeof(key), tuple);
	return tuple != NULL &&
	    (tuple->distinct_ttls > 1 || tuple->probes <= FEW_PROBES);
}

static int
match_reply(struct tr_rebuild *rebuild, uint32_t number)
{
	const struct kept *kept = &rebuild->kept[number];
	struct tr_packet packet;
	struct tr_match match;
	enum tr_verdict verdict;

	if (decode_kept(kept, &packet) != TR_OK ||
	    !tr_packet_is_reply(&packet) ||
	    (packet.transport.protocol == TR_IPPROTO_UDP &&
	    !answers_a_walk(rebuild, &packet)))
		return TR_OK;
	if (tr_matcher_find_reply(rebuild->matcher, &packet, kept->stamp,
	    &match) == TR_OK) {
		/* What never left was refused by this host: not an answer. */
		if (rebuild->probes[match.probe].error != 0)
			return TR_OK;
		verdict = tr_verdict_of(protocol_of(
		    rebuild->probes[match.probe].identity.protocol), &packet);
		if (verdict != TR_VERDICT_NONE)
			tr_matcher_answered(rebuild->matcher, match.probe,
			    verdict == TR_VERDICT_TRANSIT);
		return keep_reply(rebuild, number, &match);
	}
	if (packet.is_icmp && packet.has_quote && packet.has_quoted_transport)
		return keep_orphan(rebuild, number, &packet);
	return TR_OK;
}

static int
match_all(struct tr_rebuild *rebuild, int64_t window)
{
	/* Orphans are added behind the captured probes, one a reply. */
	rebuild->matcher = tr_matcher_new(rebuild->probe_count +
	    rebuild->kept_count);
	if (rebuild->matcher == NULL)
		return TR_ENOMEM;
	if (window > 0)
		tr_matcher_set_window(rebuild->matcher, window);
	for (uint32_t i = 0; i < rebuild->probe_count; i++) {
		const int error = find_tuple(rebuild, &rebuild->probes[i]);

		if (error != TR_OK)
			return error;
		tr_matcher_add(rebuild->matcher, &rebuild->probes[i].identity,
		    rebuild->probes[i].stamp);
	}
	for (uint32_t i = 0; i < rebuild->kept_count; i++) {
		const uint32_t probes = rebuild->probe_count;
		int error = match_reply(rebuild, i);

		if (error != TR_OK)
			return error;
		/* A second error about an orphan finds it. */
		if (rebuild->probe_count > probes)
			tr_matcher_add(rebuild->matcher,
			    &rebuild->probes[probes].identity,
			    rebuild->probes[probes].stamp);
	}
	return TR_OK;
}

/* --- grouping ----------------------------------------------------------- */

static void
count_walks(struct tr_rebuild *rebuild)
{
	struct tuple *tuple, *next;

	HASH_ITER(hh, rebuild->tuples, tuple, next)
		if (tuple->distinct_ttls > 1)
			tuple->pair->probes_of_walks += tuple->probes;
}

/*
 * A program that draws each probe's port at random draws one twice now and
 * then: that is no walk along a flow.
 */
static bool
is_walk(const struct tr_rebuild *rebuild, const struct tuple *tuple)
{
	return !rebuild->all_paths && tuple->distinct_ttls > 1 &&
	    tuple->pair->probes_of_walks * 2 > tuple->pair->probes;
}

/*
 * The group of a probe's flow.  Of a saved run everything is one trace, even
 * if a NAT of its host rewrote the addresses.
 */
static int
find_group(struct tr_rebuild *rebuild, struct probe *probe, bool is_saved)
{
	struct tuple *tuple = probe->tuple;
	const bool one_flow = !is_saved && is_walk(rebuild, tuple);
	struct tuple_key key;
	struct group *group;

	if (tuple->group != NULL)
		return TR_OK;
	fill_key(&key, &probe->identity, one_flow);
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
note_in_group(const struct probe *probe)
{
	struct group *group = probe->tuple->group;
	const uint8_t ttl = probe->identity.ttl;

	if (ttl == 0)
		return;
	if (note_ttl(group->ttls, ttl))
		group->distinct_ttls++;
	if (ttl < group->least_ttl)
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
	for (uint32_t i = 0; i < rebuild->reply_count; i++) {
		const struct reply *reply = &rebuild->replies[i];
		struct tr_packet packet;

		if (decode_kept(&rebuild->kept[reply->kept], &packet) ==
		    TR_OK && packet.is_icmp && packet.has_quote) {
			struct probe *probe =
			    &rebuild->probes[reply->match.probe];

			probe->errored = true;
			probe->tuple->group->refused_or_expired = true;
		}
	}
	return TR_OK;
}

static bool
is_trace(const struct group *group)
{
	return group->refused_or_expired || group->distinct_ttls > 1 ||
	    group->least_ttl < ORDINARY_TTL;
}

/* --- building the paths ------------------------------------------------- */

static void
describe(const struct group *group, struct tr_run *run)
{
	const struct tr_identity *first = group->first;

	*run = (struct tr_run){
		.one_flow = group->one_flow,
		.start = group->first_stamp,
		.flow = {
			.protocol = protocol_of(first->protocol),
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
add_path(struct tr_rebuild *rebuild, struct group *group,
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
number_in_group(struct tuple *tuple)
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
    const struct probe *probe)
{
	const struct tr_identity *identity = &probe->identity;
	uint32_t number;

	if (!run->multipath) {
		number = rebuild->all_paths ?
		    number_in_group(probe->tuple) : 0;
		return number < TR_DISCOVERY_FLOWS_MAX ? number : 0;
	}
	if (!probe->captured || tr_flow_is_varied(probe->flow))
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
    struct probe *probe)
{
	struct tr_record record = {
		.type = TR_RECORD_PROBE,
		.probe = path->probe_count,
		.ttl = probe->identity.ttl,
		.flow = flow_of(rebuild, &path->run, probe),
		.identity = &probe->identity,
		.stamp = probe->stamp,
	};
	int error;

	probe->number = path->probe_count;
	error = tr_path_apply(path, &record);
	if (error != TR_OK || (!probe->captured && probe->error == 0))
		return error;
	record.type = probe->captured ? TR_RECORD_DEPARTED : TR_RECORD_FAILED;
	record.error = probe->error;
	return tr_path_apply(path, &record);
}

static int
add_probes(struct tr_rebuild *rebuild, const struct tr_saved_run *saved)
{
	int error = TR_OK;

	for (uint32_t i = 0; i < rebuild->probe_count && error == TR_OK; i++) {
		struct probe *probe = &rebuild->probes[i];
		struct group *group = probe->tuple->group;

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
		const struct reply *reply = &rebuild->replies[i];
		const struct kept *kept = &rebuild->kept[reply->kept];
		const struct probe *probe =
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
		    decode_kept(kept, &packet) != TR_OK)
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
	struct group *group = calloc(1, sizeof(*group));

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

/* --- what frames are ---------------------------------------------------- */

static void
note_roles(struct tr_rebuild *rebuild)
{
	for (uint32_t i = 0; i < rebuild->probe_count; i++)
		if (rebuild->probes[i].kept != NOBODY)
			rebuild->kept[rebuild->probes[i].kept].probe = i;
	for (uint32_t i = 0; i < rebuild->reply_count; i++) {
		const struct reply *reply = &rebuild->replies[i];
		struct kept *kept = &rebuild->kept[reply->kept];

		if (rebuild->probes[reply->match.probe].identity.ttl == 0)
			continue;
		kept->probe = reply->match.probe;
		kept->is_reply = true;
	}
}

/* ------------------------------------------------------------------------ */

static int
take_annotations(struct tr_rebuild *rebuild, struct tr_saved_run *saved)
{
	if (saved != NULL) {
		rebuild->annotations = saved->annotations;
		saved->annotations = NULL;
	}
	if (rebuild->annotations == NULL)
		rebuild->annotations = tr_annotations_new();
	return rebuild->annotations == NULL ? TR_ENOMEM : TR_OK;
}

int
tr_rebuild_finish(struct tr_rebuild *rebuild, struct tr_saved_run *saved)
{
	int error = take_annotations(rebuild, saved);

	if (error != TR_OK)
		return error;
	if (saved != NULL) {
		drop_answers(rebuild, &saved->run);
		error = insert_uncaptured(rebuild, saved);
	}
	if (error == TR_OK)
		error = match_all(rebuild, saved != NULL ?
		    tr_run_window(&saved->run) : 0);
	if (error == TR_OK)
		error = group_all(rebuild, saved != NULL);
	if (error == TR_OK)
		error = add_probes(rebuild, saved);
	if (error == TR_OK && saved != NULL && rebuild->path_count == 0)
		error = add_empty_path(rebuild, saved);
	if (error == TR_OK)
		error = add_replies(rebuild);
	if (error != TR_OK)
		return error;
	note_roles(rebuild);
	for (size_t i = 0; i < rebuild->path_count; i++) {
		struct tr_path *path = rebuild->paths[i];

		if (saved != NULL) {
			const struct tr_record record = {
				.type = TR_RECORD_END,
				.stop = saved->stop,
			};

			path->capture = saved->capture;
			tr_path_apply(path, &record);
			if (path->interrupted)
				path->interrupted_at = saved->interrupted_at;
		} else
			fill_in_limits(path);
		tr_path_conclude(path);
	}
	return (int)rebuild->path_count;
}

struct tr_path *
tr_rebuild_path(struct tr_rebuild *rebuild, size_t number)
{
	return number < rebuild->path_count ? rebuild->paths[number] : NULL;
}

void
tr_rebuild_all_paths(struct tr_rebuild *rebuild)
{
	rebuild->all_paths = true;
}

bool
tr_rebuild_is_cut(const struct tr_rebuild *rebuild)
{
	return rebuild->is_cut;
}

bool
tr_rebuild_next_role(const struct tr_rebuild *rebuild, uint32_t *next,
    struct tr_frame_role *role)
{
	while (*next < rebuild->kept_count) {
		const struct kept *kept = &rebuild->kept[(*next)++];
		const struct probe *probe;

		if (kept->probe == NOBODY)
			continue;
		probe = &rebuild->probes[kept->probe];
		if (probe->tuple->group->path == NULL)
			continue;
		*role = (struct tr_frame_role){
			.frame = kept->frame,
			.is_reply = kept->is_reply,
			.probe = probe->number,
		};
		return true;
	}
	return false;
}
