/*
 * Frames taken in, and which reply is to which probe.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/time.h"
#include "packet/wire.h"
#include "result/rebuild_part.h"

/* So often at most does a classic trace send a flow. */
#define FEW_PROBES 8

struct tr_rebuild *
tr_rebuild_new(void)
{
	return calloc(1, sizeof(struct tr_rebuild));
}

void
tr_rebuild_free(struct tr_rebuild *rebuild)
{
	struct tr_tuple *tuple, *next_tuple;
	struct tr_tuple_pair *pair, *next_pair;
	struct tr_tuple_group *group, *next_group;

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
    int64_t stamp, uint32_t flow, uint32_t kept)
{
	struct tr_kept_probe *probes = tr_array_grow(rebuild->probes,
	    rebuild->probe_count, &rebuild->probe_size, sizeof(*probes),
	    TR_REBUILD_FRAMES_MAX);

	if (probes == NULL)
		return TR_ENOMEM;
	rebuild->probes = probes;
	rebuild->probes[rebuild->probe_count++] = (struct tr_kept_probe){
		.kept = kept,
		.identity = *identity,
		.stamp = stamp,
		.flow = flow,
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
	const struct tr_kept_frame *last;

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
	struct tr_kept_frame *kept;

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
	*kept = (struct tr_kept_frame){
		.frame = number,
		.probe = TR_KEPT_NONE,
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
	return keep_probe(rebuild, &identity, stamp, note->flow,
	    rebuild->kept_count - 1);
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
	struct tr_kept_probe *merged;
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
		merged[i].kept = TR_KEPT_NONE;
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

void
tr_ttl_set_add(struct tr_ttl_set *set, uint8_t ttl)
{
	const uint8_t bit = (uint8_t)(1u << (ttl % 8));

	if (ttl == 0 || (set->bits[ttl / 8] & bit) != 0)
		return;
	set->bits[ttl / 8] |= bit;
	set->count++;
}

/* with_ports: of the flow; else of the pair of addresses. */
static void
fill_key(struct tr_tuple_key *key, const struct tr_identity *identity,
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
find_pair(struct tr_rebuild *rebuild, struct tr_tuple *tuple,
    const struct tr_identity *identity)
{
	struct tr_tuple_key key;
	struct tr_tuple_pair *pair;

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
static struct tr_tuple *
tuple_of(struct tr_rebuild *rebuild, const struct tr_identity *identity)
{
	struct tr_tuple_key key;
	struct tr_tuple *tuple;

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
find_tuple(struct tr_rebuild *rebuild, struct tr_kept_probe *probe)
{
	struct tr_tuple *tuple = tuple_of(rebuild, &probe->identity);

	if (tuple == NULL)
		return TR_ENOMEM;
	probe->tuple = tuple;
	tuple->probes++;
	if (probe->identity.tcp_flags & TR_TCP_SYN)
		tuple->has_syn = true;
	tuple->pair->probes++;
	tr_ttl_set_add(&tuple->ttls, probe->identity.ttl);
	return TR_OK;
}

/* --- matching ----------------------------------------------------------- */

int
tr_kept_decode(const struct tr_kept_frame *kept, struct tr_packet *packet)
{
	return tr_packet_decode(TR_LINK_RAW, kept->data, kept->size, packet);
}

enum tr_protocol
tr_protocol_of_number(uint8_t number)
{
	if (number == TR_IPPROTO_UDP)
		return TR_PROTOCOL_UDP;
	if (number == TR_IPPROTO_TCP)
		return TR_PROTOCOL_TCP;
	return TR_PROTOCOL_ICMP;
}

static int
keep_reply(struct tr_rebuild *rebuild, uint32_t kept,
    const struct tr_packet *packet, const struct tr_match *match)
{
	struct tr_kept_reply *replies = tr_array_grow(rebuild->replies,
	    rebuild->reply_count, &rebuild->reply_size, sizeof(*replies),
	    TR_REBUILD_FRAMES_MAX);

	if (replies == NULL)
		return TR_ENOMEM;
	rebuild->replies = replies;
	rebuild->replies[rebuild->reply_count++] = (struct tr_kept_reply){
		.kept = kept,
		.match = *match,
	};
	if (packet->is_icmp && packet->has_quote)
		rebuild->probes[match->probe].errored = true;
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
	if (tr_verdict_of(tr_protocol_of_number(identity.protocol), packet) ==
	    TR_VERDICT_NONE)
		return TR_OK;
	identity.ttl = 0;
	match.probe = rebuild->probe_count;
	error = keep_probe(rebuild, &identity, rebuild->kept[kept].stamp, 0,
	    TR_KEPT_NONE);
	if (error == TR_OK)
		error = find_tuple(rebuild, &rebuild->probes[match.probe]);
	if (error != TR_OK)
		return error;
	return keep_reply(rebuild, kept, packet, &match);
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
	const struct tr_tuple *tuple;
	struct tr_tuple_key key;

	fill_key(&key, &asked, true);
	HASH_FIND(hh, rebuild->tuples, &key, sizeof(key), tuple);
	return tuple != NULL &&
	    (tuple->ttls.count > 1 || tuple->probes <= FEW_PROBES);
}

static int
match_reply(struct tr_rebuild *rebuild, uint32_t number)
{
	const struct tr_kept_frame *kept = &rebuild->kept[number];
	struct tr_packet packet;
	struct tr_match match;
	enum tr_verdict verdict;

	if (tr_kept_decode(kept, &packet) != TR_OK ||
	    !tr_packet_is_reply(&packet) ||
	    (packet.transport.protocol == TR_IPPROTO_UDP &&
	    !answers_a_walk(rebuild, &packet)))
		return TR_OK;
	if (tr_matcher_find_reply(rebuild->matcher, &packet, kept->stamp,
	    &match) == TR_OK) {
		/* What never left was refused by this host: not an answer. */
		if (rebuild->probes[match.probe].error != 0)
			return TR_OK;
		verdict = tr_verdict_of(tr_protocol_of_number(
		    rebuild->probes[match.probe].identity.protocol), &packet);
		if (verdict != TR_VERDICT_NONE)
			tr_matcher_answered(rebuild->matcher, match.probe,
			    verdict == TR_VERDICT_TRANSIT);
		return keep_reply(rebuild, number, &packet, &match);
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

/* --- what frames are ---------------------------------------------------- */

static void
note_roles(struct tr_rebuild *rebuild)
{
	for (uint32_t i = 0; i < rebuild->probe_count; i++)
		if (rebuild->probes[i].kept != TR_KEPT_NONE)
			rebuild->kept[rebuild->probes[i].kept].probe = i;
	for (uint32_t i = 0; i < rebuild->reply_count; i++) {
		const struct tr_kept_reply *reply = &rebuild->replies[i];
		struct tr_kept_frame *kept = &rebuild->kept[reply->kept];

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
		error = tr_rebuild_fill_paths(rebuild, saved);
	if (error != TR_OK)
		return error;
	note_roles(rebuild);
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
		const struct tr_kept_frame *kept = &rebuild->kept[(*next)++];
		const struct tr_kept_probe *probe;

		if (kept->probe == TR_KEPT_NONE)
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
