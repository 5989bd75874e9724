#include <stdlib.h>

#include "base/error.h"
#include "base/time.h"
#include "engine/match.h"
#include "packet/probe.h"
#include "packet/wire.h"

/* What a probe can be looked up by. */
enum index_type {
	INDEX_OWN,		/* protocol and own identity */
	INDEX_IP_ID,		/* protocol and IP ID */
	INDEX_PORTS,		/* protocol and ports */
	INDEX_ANSWER,		/* TCP: number that a direct answer bears */
	INDEXES,
};

#define NOBODY UINT32_MAX

/*
 * A datagram of the target's, remembered so that its copy answers no second
 * probe: a bridge and its port both show it, with one stamp.  (Its content
 * says nothing: hosts send IP ID 0 and the same answer to each.)
 */
struct datagram {
	int64_t	 received;
	struct tr_address src;
	uint16_t source_port;
};

#define DATAGRAMS	4

struct entry {
	struct tr_identity identity;
	int64_t	 sent;
	bool	 answered;
	uint32_t older[INDEXES];	/* next in the chain of the bucket */
};

/*
 * Chained buckets over an array, newest first.  A probe keeps its number for
 * life and one key has many probes (all of a flow share the ports), which is
 * why this is an array with chains and not a table of unique keys.
 */
struct tr_matcher {
	struct entry *entries;
	uint32_t count;
	uint32_t capacity;
	uint32_t *buckets[INDEXES];
	uint32_t mask;
	uint8_t	 farthest;	/* TTL that a router answered */
	int64_t	 window;	/* of the ports tier */
	struct datagram seen[DATAGRAMS];	/* a ring */
	unsigned next_seen;
};

const char *
tr_tier_name(enum tr_tier tier)
{
	static const char *const names[] = {
		[TR_TIER_NONE] = "none",
		[TR_TIER_EXACT] = "exact",
		[TR_TIER_REWRITTEN] = "rewritten",
		[TR_TIER_IP_ID] = "ip-id",
		[TR_TIER_COOKIE] = "cookie",
		[TR_TIER_PORTS] = "ports",
	};

	return names[tier];
}

const char *
tr_difference_name(unsigned bit)
{
	static const char *const names[TR_DIFFERENCES] = {
		"src", "dst", "source_port", "destination_port", "identity",
		"ip_id", "tos", "flow_label", "size",
	};

	return bit < TR_DIFFERENCES ? names[bit] : "unknown";
}

static bool
is_icmp_protocol(uint8_t protocol)
{
	return protocol == TR_IPPROTO_ICMP || protocol == TR_IPPROTO_ICMP6;
}

static uint32_t
own_of(const struct tr_transport *transport)
{
	if (transport->protocol == TR_IPPROTO_TCP)
		return transport->tcp_sequence;
	if (transport->protocol == TR_IPPROTO_UDP)
		return transport->checksum;
	return transport->icmp_sequence;
}

/*
 * Enough of a payload to hold a cookie?  Zeros are none: a router that
 * quotes 8 bytes may pad with them (RFC 4884, 5.1).
 */
static bool
is_payload(const struct tr_transport *transport)
{
	uint8_t any = 0;

	if (transport->payload == NULL || transport->payload_size < 8)
		return false;
	for (size_t i = 0; i < 8; i++)
		any |= transport->payload[i];
	return any != 0;
}

static uint16_t
tcp_payload_size(const struct tr_ip *ip, const struct tr_transport *tcp)
{
	const size_t headers = ip->header_size + tcp->tcp_header_size;

	return ip->total_size > headers ?
	    (uint16_t)(ip->total_size - headers) : 0;
}

void
tr_identity_of(const struct tr_ip *ip, const struct tr_transport *transport,
    struct tr_identity *identity)
{
	const bool icmp = is_icmp_protocol(transport->protocol);

	*identity = (struct tr_identity){
		.protocol = transport->protocol,
		.src = ip->src,
		.dst = ip->dst,
		.source_port = icmp ?
		    transport->icmp_id : transport->source_port,
		.destination_port = icmp ? 0 : transport->destination_port,
		.has_own = transport->rest,
		.own = own_of(transport),
		.checksum = transport->checksum,
		.udp_length = transport->udp_length,
		.tcp_acknowledgement = transport->tcp_acknowledgement,
		.tcp_flags = transport->tcp_flags,
		.ip_id = ip->id,
		.ttl = ip->ttl,
		.tos = ip->tos,
		.flow_label = ip->flow_label,
		.size = (uint16_t)ip->total_size,
		.more_fragments = ip->more_fragments,
	};
	if (transport->payload != NULL)
		identity->cookie = tr_probe_cookie(transport->payload,
		    transport->payload_size);
	if (identity->cookie != 0)
		identity->token = tr_probe_token(transport->payload,
		    transport->payload_size);
	else
		identity->other_payload = is_payload(transport);
	/* By the header's word: the capture may have cut it. */
	if (transport->protocol == TR_IPPROTO_TCP && transport->full)
		identity->payload_size = tcp_payload_size(ip, transport);
}

bool
tr_packet_is_probe(const struct tr_packet *packet)
{
	if (packet->is_icmp)
		return packet->icmp.class == TR_ICMP_ECHO_REQUEST;
	if (packet->transport.protocol == TR_IPPROTO_UDP)
		return packet->transport.rest;
	return packet->transport.full &&
	    (packet->transport.tcp_flags & (TR_TCP_RST | TR_TCP_FIN)) == 0 &&
	    ((packet->transport.tcp_flags & TR_TCP_ACK) == 0) ==
	    ((packet->transport.tcp_flags & TR_TCP_SYN) != 0);
}

bool
tr_packet_is_reply(const struct tr_packet *packet)
{
	if (packet->is_icmp)
		return packet->icmp.class == TR_ICMP_ECHO_REPLY ||
		    packet->has_quote;
	if (packet->transport.protocol == TR_IPPROTO_UDP)
		return packet->transport.ports;
	return packet->transport.full &&
	    ((packet->transport.tcp_flags & TR_TCP_RST) != 0 ||
	    (packet->transport.tcp_flags & (TR_TCP_SYN | TR_TCP_ACK)) ==
	    (TR_TCP_SYN | TR_TCP_ACK));
}

/*
 * What a direct TCP answer bears if it acknowledges all of a SYN with data,
 * less one; or the acknowledgement number that a reset takes over.
 */
static uint32_t
answer_number(const struct tr_identity *sent)
{
	return sent->tcp_flags & TR_TCP_ACK ? sent->tcp_acknowledgement :
	    sent->own + sent->payload_size;
}

/* Fibonacci hashing of what the index looks at. */
static uint32_t
bucket_of(const struct tr_matcher *matcher, enum index_type index,
    const struct tr_identity *identity)
{
	uint64_t key = identity->protocol;

	switch (index) {
	case INDEX_OWN:
		key = key << 32 | identity->own;
		break;
	case INDEX_IP_ID:
		key = key << 32 | identity->ip_id;
		break;
	case INDEX_ANSWER:
		key = key << 32 | answer_number(identity);
		break;
	case INDEX_PORTS:
	case INDEXES:
		key = key << 32 | (uint32_t)identity->source_port << 16 |
		    identity->destination_port;
		break;
	}
	return (uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 40) &
	    matcher->mask;
}

struct tr_matcher *
tr_matcher_new(uint32_t capacity)
{
	struct tr_matcher *matcher = calloc(1, sizeof(*matcher));
	uint32_t buckets = 16;

	if (matcher == NULL)
		return NULL;
	while (buckets < capacity && buckets < UINT32_C(1) << 24)
		buckets *= 2;
	matcher->capacity = capacity;
	matcher->window = TR_TIME_NEVER;
	matcher->mask = buckets - 1;
	matcher->entries = calloc(capacity + UINT32_C(1),
	    sizeof(*matcher->entries));
	if (matcher->entries == NULL)
		goto fail;
	for (int i = 0; i < INDEXES; i++) {
		matcher->buckets[i] = malloc(buckets * sizeof(uint32_t));
		if (matcher->buckets[i] == NULL)
			goto fail;
		for (uint32_t b = 0; b < buckets; b++)
			matcher->buckets[i][b] = NOBODY;
	}
	return matcher;
fail:
	tr_matcher_free(matcher);
	return NULL;
}

void
tr_matcher_free(struct tr_matcher *matcher)
{
	if (matcher == NULL)
		return;
	for (int i = 0; i < INDEXES; i++)
		free(matcher->buckets[i]);
	free(matcher->entries);
	free(matcher);
}

static void
link_entry(struct tr_matcher *matcher, uint32_t probe)
{
	struct entry *entry = &matcher->entries[probe];

	for (int i = 0; i < INDEXES; i++) {
		uint32_t *head = &matcher->buckets[i][bucket_of(matcher,
		    (enum index_type)i, &entry->identity)];

		entry->older[i] = *head;
		*head = probe;
	}
}

static void
unlink_entry(struct tr_matcher *matcher, uint32_t probe)
{
	struct entry *entry = &matcher->entries[probe];

	for (int i = 0; i < INDEXES; i++) {
		uint32_t *place = &matcher->buckets[i][bucket_of(matcher,
		    (enum index_type)i, &entry->identity)];

		while (*place != probe)
			place = &matcher->entries[*place].older[i];
		*place = entry->older[i];
	}
}

int64_t
tr_matcher_add(struct tr_matcher *matcher,
    const struct tr_identity *identity, int64_t sent)
{
	const uint32_t probe = matcher->count;

	if (probe >= matcher->capacity)
		return TR_ENOMEM;
	matcher->entries[probe] = (struct entry){
		.identity = *identity,
		.sent = sent,
	};
	link_entry(matcher, probe);
	matcher->count++;
	return probe;
}

void
tr_matcher_set_window(struct tr_matcher *matcher, int64_t window)
{
	matcher->window = window;
}

uint32_t
tr_matcher_count(const struct tr_matcher *matcher)
{
	return matcher->count;
}

const struct tr_identity *
tr_matcher_identity(const struct tr_matcher *matcher, uint32_t probe)
{
	return &matcher->entries[probe].identity;
}

void
tr_matcher_departed(struct tr_matcher *matcher, uint32_t probe,
    const struct tr_identity *identity, int64_t sent)
{
	unlink_entry(matcher, probe);
	matcher->entries[probe].identity = *identity;
	matcher->entries[probe].sent = sent;
	link_entry(matcher, probe);
}

void
tr_matcher_answered(struct tr_matcher *matcher, uint32_t probe,
    bool by_router)
{
	struct entry *entry = &matcher->entries[probe];

	entry->answered = true;
	if (by_router && entry->identity.ttl > matcher->farthest)
		matcher->farthest = entry->identity.ttl;
}

static unsigned
differences(const struct tr_identity *sent, const struct tr_identity *seen)
{
	unsigned different = 0;

	if (!tr_address_equal(&sent->src, &seen->src))
		different |= TR_DIFFERENT_SRC;
	if (!tr_address_equal(&sent->dst, &seen->dst))
		different |= TR_DIFFERENT_DST;
	/* The id of an ICMP echo lies beyond its first 4 bytes. */
	if (sent->source_port != seen->source_port &&
	    (!is_icmp_protocol(sent->protocol) || seen->has_own))
		different |= TR_DIFFERENT_SOURCE_PORT;
	if (sent->destination_port != seen->destination_port)
		different |= TR_DIFFERENT_DESTINATION_PORT;
	if (!seen->has_own || sent->own != seen->own)
		different |= TR_DIFFERENT_OWN;
	if (sent->ip_id != seen->ip_id)
		different |= TR_DIFFERENT_IP_ID;
	if (sent->tos != seen->tos)
		different |= TR_DIFFERENT_TOS;
	if (sent->flow_label != seen->flow_label)
		different |= TR_DIFFERENT_FLOW_LABEL;
	if (sent->size != seen->size)
		different |= TR_DIFFERENT_SIZE;
	return different;
}

#define DIFFERENT_PORTS \
	(TR_DIFFERENT_SOURCE_PORT | TR_DIFFERENT_DESTINATION_PORT)

/*
 * Does the payload say that this is another program's, or another run's?
 */
static bool
is_contradicted(const struct tr_identity *sent,
    const struct tr_identity *seen)
{
	if (sent->cookie == 0)
		return false;
	return seen->other_payload || (seen->cookie != 0 &&
	    (sent->cookie != seen->cookie || (seen->token != 0 &&
	    sent->token != seen->token)));
}

/*
 * May the IP ID alone tell a probe whose own identity was rewritten?  A NAT
 * rewrites the port and so the UDP checksum, a firewall sequence numbers:
 * never the port and the sequence number both.
 */
static bool
is_told_by_ip_id(const struct tr_identity *sent, unsigned different)
{
	if (sent->dst.family != 4 || sent->ip_id == 0 ||
	    (different & (TR_DIFFERENT_IP_ID | TR_DIFFERENT_DST |
	    TR_DIFFERENT_DESTINATION_PORT)) != 0)
		return false;
	return sent->protocol == TR_IPPROTO_UDP ||
	    (different & TR_DIFFERENT_SOURCE_PORT) == 0 ||
	    (different & TR_DIFFERENT_OWN) == 0;
}

/* Which tier the agreement reaches. */
static enum tr_tier
tier_of(const struct tr_identity *sent, const struct tr_identity *seen,
    unsigned different)
{
	const bool same_dst = (different & TR_DIFFERENT_DST) == 0;
	const bool same_ports = (different & DIFFERENT_PORTS) == 0;
	const bool same_service =
	    (different & TR_DIFFERENT_DESTINATION_PORT) == 0;
	const bool same_own = (different & TR_DIFFERENT_OWN) == 0;
	const bool same_cookie = seen->cookie != 0 &&
	    sent->cookie == seen->cookie;
	/* A sequence number of 32 bits is its own witness. */
	const bool witness = same_cookie ||
	    sent->protocol == TR_IPPROTO_TCP ||
	    (sent->dst.family == 4 && (different & TR_DIFFERENT_IP_ID) == 0);

	if (is_contradicted(sent, seen))
		return TR_TIER_NONE;
	if (same_own && same_dst && same_ports)
		return TR_TIER_EXACT;
	if (same_own && witness && same_service && (same_dst || same_ports))
		return TR_TIER_REWRITTEN;
	if (is_told_by_ip_id(sent, different))
		return TR_TIER_IP_ID;
	if (same_cookie && (same_dst || same_ports))
		return TR_TIER_COOKIE;
	if (same_dst && same_ports)
		return TR_TIER_PORTS;
	return TR_TIER_NONE;
}

/* A search: what is looked for, and the best that was found so far. */
struct search {
	const struct tr_matcher *matcher;
	const struct tr_identity *seen;
	int64_t	 received;
	bool	 same_ttl;		/* the packet is the probe itself */
	bool	 by_ports;		/* the ports tier is allowed */
	bool	 direct;		/* no quote: seen is a mirror image */
	struct tr_match best;
	bool	 best_left_before;
	uint32_t with_ports;		/* how many reach only the ports tier */
};

static bool
left_before(const struct entry *entry, int64_t received)
{
	return entry->sent == TR_TIME_NONE || received == TR_TIME_NONE ||
	    entry->sent <= received;
}

/*
 * Is this candidate better than the best so far?  Within a tier one that left
 * before the reply wins; then the one whose IP ID is quoted, since some
 * programs send all their SYNs with one sequence number; then the newest,
 * since identifiers may be reused.  In the ports tier, which cannot tell
 * probes apart, it is the oldest that waits.
 */
static bool
is_better(const struct search *search, const struct tr_match *match,
    bool left_before)
{
	const struct tr_match *best = &search->best;
	const unsigned by_id = TR_DIFFERENT_IP_ID;

	if (best->tier == TR_TIER_NONE || match->tier < best->tier)
		return true;
	if (match->tier > best->tier)
		return false;
	if (left_before != search->best_left_before)
		return left_before;
	if (match->tier == TR_TIER_PORTS)
		return match->probe < best->probe;
	if ((match->differences & by_id) != (best->differences & by_id))
		return (match->differences & by_id) == 0;
	return match->probe > best->probe;
}

/* Keep the match if it is better than the best so far. */
static void
offer(struct search *search, const struct tr_match *match, bool left_before)
{
	if (!is_better(search, match, left_before))
		return;
	search->best = *match;
	search->best_left_before = left_before;
}

/* A probe of unknown departure has just been handed over. */
static bool
is_recent(const struct search *search, const struct entry *entry)
{
	return entry->sent == TR_TIME_NONE ||
	    search->received == TR_TIME_NONE ||
	    search->received - entry->sent <= search->matcher->window;
}

/* What only the ports tell must fit in every other way. */
static bool
may_be_by_ports(struct search *search, const struct entry *entry,
    bool left_before)
{
	search->with_ports++;
	return search->by_ports && !entry->answered && left_before &&
	    is_recent(search, entry) &&
	    (!search->direct || entry->identity.ttl == 0 ||
	    entry->identity.ttl > search->matcher->farthest);
}

static void
consider(struct search *search, uint32_t probe)
{
	const struct entry *entry = &search->matcher->entries[probe];
	const bool before = left_before(entry, search->received);
	unsigned different;
	enum tr_tier tier;

	if (entry->identity.protocol != search->seen->protocol ||
	    entry->identity.dst.family != search->seen->dst.family ||
	    (search->same_ttl && entry->identity.ttl != search->seen->ttl))
		return;
	/* A probe with two equal ports looks like an answer to itself. */
	if (search->direct &&
	    tr_address_equal(&search->seen->dst, &entry->identity.src) &&
	    !tr_address_equal(&entry->identity.src, &entry->identity.dst))
		return;
	different = differences(&entry->identity, search->seen);
	tier = tier_of(&entry->identity, search->seen, different);
	if (tier == TR_TIER_NONE)
		return;
	if (tier == TR_TIER_PORTS && !may_be_by_ports(search, entry, before))
		return;
	offer(search, &(struct tr_match){
		.probe = probe,
		.tier = tier,
		.differences = different,
	}, before);
}

static void
look_up(struct search *search, enum index_type index,
    const struct tr_identity *key)
{
	const struct tr_matcher *matcher = search->matcher;
	uint32_t probe =
	    matcher->buckets[index][bucket_of(matcher, index, key)];

	for (unsigned looked = 0; probe != NOBODY &&
	    looked < TR_MATCH_CHAIN_MAX; looked++) {
		consider(search, probe);
		probe = matcher->entries[probe].older[index];
	}
}

static uint16_t
swapped(uint16_t value)
{
	return (uint16_t)(value >> 8 | value << 8);
}

/*
 * Every way in which the probe of an identity may be known, cheapest and
 * surest first; a quote may hold the IP ID with its bytes swapped.
 */
static void
look_everywhere(struct search *search)
{
	struct tr_identity key = *search->seen;

	if (key.has_own)
		look_up(search, INDEX_OWN, &key);
	if (search->best.tier == TR_TIER_EXACT)
		return;
	if (key.ip_id != 0) {
		look_up(search, INDEX_IP_ID, &key);
		if (search->best.tier == TR_TIER_NONE) {
			key.ip_id = swapped(key.ip_id);
			look_up(search, INDEX_IP_ID, &key);
		}
	}
	/* UDP and ICMP probes of ours are named alike in all three places. */
	if (search->best.tier == TR_TIER_NONE && key.cookie != 0) {
		key.own = key.cookie;
		look_up(search, INDEX_OWN, &key);
	}
}

int
tr_matcher_find_probe(const struct tr_matcher *matcher,
    const struct tr_packet *packet, struct tr_match *match)
{
	struct tr_identity seen;
	struct search search = {
		.matcher = matcher,
		.seen = &seen,
		.received = TR_TIME_NONE,
		.same_ttl = true,
	};

	tr_identity_of(&packet->ip, &packet->transport, &seen);
	look_everywhere(&search);
	if (search.best.tier == TR_TIER_NONE)
		return TR_ENOTFOUND;
	*match = search.best;
	return TR_OK;
}

/*
 * The quote of an ICMP error.  Where nothing but the ports agrees, the probe
 * must be the only one that has them: the quote's own identity contradicts.
 */
static void
search_quote(struct search *search, const struct tr_packet *packet,
    struct tr_identity *seen)
{
	tr_identity_of(&packet->quote, &packet->quoted, seen);
	look_everywhere(search);
	if (search->best.tier != TR_TIER_NONE)
		return;
	search->by_ports = true;
	search->with_ports = 0;
	look_up(search, INDEX_PORTS, seen);
	if (search->with_ports != 1)
		search->best.tier = TR_TIER_NONE;
}

/*
 * Turn a direct answer (echo reply, TCP, UDP) into the identity of the probe
 * that it answers, as far as it tells.
 */
static void
mirror(const struct tr_packet *packet, struct tr_identity *seen)
{
	struct tr_identity reply;

	tr_identity_of(&packet->ip, &packet->transport, &reply);
	*seen = (struct tr_identity){
		.protocol = reply.protocol,
		.src = reply.dst,
		.dst = reply.src,
		.cookie = reply.cookie,
		.token = reply.token,
	};
	if (packet->is_icmp) {
		seen->source_port = reply.source_port;
		seen->own = reply.own;
		seen->has_own = reply.has_own;
		return;
	}
	seen->source_port = reply.destination_port;
	seen->destination_port = reply.source_port;
}

/* Fields that a direct answer does not give back. */
#define NOT_MIRRORED (TR_DIFFERENT_IP_ID | TR_DIFFERENT_TOS | \
	TR_DIFFERENT_FLOW_LABEL | TR_DIFFERENT_SIZE)

/*
 * A SYN-ACK or RST acknowledges the SYN and, from some hosts, the data that
 * came with it; a RST to an ACK has its acknowledgement number as sequence.
 */
static bool
acknowledges(const struct tr_transport *answer, const struct tr_identity *sent)
{
	const uint32_t after = answer->tcp_acknowledgement - sent->own;

	if (sent->tcp_flags & TR_TCP_ACK)
		return (answer->tcp_flags & TR_TCP_RST) != 0 &&
		    answer->tcp_sequence == sent->tcp_acknowledgement;
	return (answer->tcp_flags & TR_TCP_ACK) != 0 &&
	    (after == 1 || after == UINT32_C(1) + sent->payload_size);
}

/* Among the probes of one bucket, the one that the answer acknowledges. */
static void
search_acknowledged(struct search *search, const struct tr_packet *packet,
    enum index_type index, const struct tr_identity *key)
{
	const struct tr_matcher *matcher = search->matcher;
	uint32_t probe =
	    matcher->buckets[index][bucket_of(matcher, index, key)];

	for (unsigned looked = 0; probe != NOBODY &&
	    looked < TR_MATCH_CHAIN_MAX; looked++,
	    probe = matcher->entries[probe].older[index]) {
		const struct entry *entry = &matcher->entries[probe];
		unsigned different;

		if (entry->identity.protocol != TR_IPPROTO_TCP ||
		    !acknowledges(&packet->transport, &entry->identity))
			continue;
		different = differences(&entry->identity, search->seen) &
		    ~(unsigned)(NOT_MIRRORED | TR_DIFFERENT_OWN);
		if (different & (TR_DIFFERENT_DST | DIFFERENT_PORTS))
			continue;
		offer(search, &(struct tr_match){
			.probe = probe,
			.tier = TR_TIER_EXACT,
			.differences = different,
		}, left_before(entry, search->received));
	}
}

static void
search_tcp(struct search *search, const struct tr_packet *packet)
{
	const struct tr_transport *answer = &packet->transport;
	struct tr_identity key = *search->seen;

	/* A SYN, with its data or without; then an ACK. */
	key.tcp_flags = 0;
	key.payload_size = 0;
	key.own = answer->tcp_acknowledgement - 1;
	search_acknowledged(search, packet, INDEX_OWN, &key);
	if (search->best.tier == TR_TIER_NONE)
		search_acknowledged(search, packet, INDEX_ANSWER, &key);
	key.own = answer->tcp_sequence;
	if (search->best.tier == TR_TIER_NONE)
		search_acknowledged(search, packet, INDEX_ANSWER, &key);
}

/* A copy of one of the last datagrams; a new one is remembered. */
static bool
is_copy(struct tr_matcher *matcher, const struct tr_packet *packet,
    int64_t received)
{
	const struct datagram datagram = {
		.received = received,
		.src = packet->ip.src,
		.source_port = packet->transport.source_port,
	};

	for (unsigned i = 0; i < DATAGRAMS; i++) {
		const struct datagram *one = &matcher->seen[i];

		if (one->received == received &&
		    one->source_port == datagram.source_port &&
		    tr_address_equal(&one->src, &datagram.src))
			return true;
	}
	matcher->seen[matcher->next_seen++ % DATAGRAMS] = datagram;
	return false;
}

static void
search_direct(struct search *search, const struct tr_packet *packet,
    struct tr_identity *seen)
{
	mirror(packet, seen);
	search->direct = true;
	if (packet->is_icmp)
		look_up(search, INDEX_OWN, seen);
	else if (seen->protocol == TR_IPPROTO_TCP)
		search_tcp(search, packet);
	else {
		search->by_ports = true;
		look_up(search, INDEX_PORTS, seen);
	}
	search->best.differences &= ~(unsigned)NOT_MIRRORED;
	if (!packet->is_icmp)
		search->best.differences &= ~(unsigned)TR_DIFFERENT_OWN;
}

int
tr_matcher_find_reply(struct tr_matcher *matcher,
    const struct tr_packet *packet, int64_t received,
    struct tr_match *match)
{
	struct tr_identity seen;
	struct search search = {
		.matcher = matcher,
		.seen = &seen,
		.received = received,
	};

	if (!tr_packet_is_reply(packet))
		return TR_ENOTFOUND;
	if (packet->is_icmp && packet->has_quote) {
		if (!packet->has_quoted_transport)
			return TR_ENOTFOUND;
		search_quote(&search, packet, &seen);
	} else
		search_direct(&search, packet, &seen);
	if (search.best.tier == TR_TIER_NONE ||
	    (search.best.tier == TR_TIER_PORTS && search.direct &&
	    is_copy(matcher, packet, received)))
		return TR_ENOTFOUND;
	*match = search.best;
	return TR_OK;
}
