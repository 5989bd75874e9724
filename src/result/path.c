#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/time.h"
#include "packet/wire.h"
#include "result/path.h"

const char *
tr_port_state_name(enum tr_port_state state)
{
	static const char *const names[] = {
		[TR_PORT_UNKNOWN] = "unknown",
		[TR_PORT_OPEN] = "open",
		[TR_PORT_CLOSED] = "closed",
		[TR_PORT_FILTERED] = "filtered",
		[TR_PORT_UNFILTERED] = "unfiltered",
	};

	return names[state];
}

struct tr_path *
tr_path_new(const struct tr_run *run)
{
	struct tr_path *path = calloc(1, sizeof(*path));

	if (path == NULL)
		return NULL;
	path->run = *run;
	path->interrupted_at = TR_TIME_NONE;
	for (int ttl = 0; ttl < 256; ttl++)
		path->first_of_ttl[ttl] = TR_PATH_NONE;
	return path;
}

void
tr_path_free(struct tr_path *path)
{
	if (path == NULL)
		return;
	for (uint32_t i = 0; i < path->reply_count; i++)
		free(path->replies[i].extension);
	free(path->replies);
	free(path->probes);
	free(path);
}

/* --- taking records in -------------------------------------------------- */

static int
add_probe(struct tr_path *path, const struct tr_record *record)
{
	const uint8_t ttl = record->ttl;
	const uint32_t number = path->probe_count;
	struct tr_path_probe *probes = tr_array_grow(path->probes, number,
	    &path->probe_size, sizeof(*probes), TR_PATH_NONE - 1);

	if (probes == NULL)
		return TR_ENOMEM;
	path->probes = probes;
	path->probes[path->probe_count++] = (struct tr_path_probe){
		.ttl = ttl,
		.flow = record->flow,
		.next = TR_PATH_NONE,
		.sent = TR_TIME_NONE,
		.identity = *record->identity,
		.first_reply = TR_PATH_NONE,
	};
	if (path->first_of_ttl[ttl] == TR_PATH_NONE)
		path->first_of_ttl[ttl] = number;
	else
		path->probes[path->last_of_ttl[ttl]].next = number;
	path->last_of_ttl[ttl] = number;
	path->count_of_ttl[ttl]++;
	return TR_OK;
}

/* Did a NAT on this host change the flow that we built? */
static bool
is_rewritten(const struct tr_run *run, uint32_t number,
    const struct tr_identity *identity)
{
	struct tr_flow flow;

	if (!run->known)
		return false;
	tr_flow_nth(&run->flow, number, &flow);
	if (!tr_address_equal(&identity->src, &flow.src) ||
	    !tr_address_equal(&identity->dst, &flow.dst))
		return true;
	if (flow.classic)
		return false;
	if (flow.protocol == TR_PROTOCOL_ICMP)
		return identity->source_port != flow.icmp_id;
	return identity->source_port != flow.source_port ||
	    identity->destination_port != flow.destination_port;
}

static void
probe_departed(struct tr_path *path, const struct tr_record *record)
{
	struct tr_path_probe *probe = &path->probes[record->probe];

	probe->captured = true;
	probe->sent = record->stamp;
	probe->identity = *record->identity;
	probe->rewritten = is_rewritten(&path->run, probe->flow,
	    record->identity);
}

static int
copy_extension(struct tr_path_reply *reply, const struct tr_icmp *icmp)
{
	if (icmp->extension == NULL || icmp->extension_size == 0)
		return TR_OK;
	reply->extension = malloc(icmp->extension_size);
	if (reply->extension == NULL)
		return TR_ENOMEM;
	memcpy(reply->extension, icmp->extension, icmp->extension_size);
	reply->extension_size = icmp->extension_size;
	reply->extension_place = icmp->extension_place;
	reply->extension_length = icmp->length_field;
	return TR_OK;
}

static void
fill_reply(struct tr_path_reply *reply, const struct tr_record *record)
{
	const struct tr_packet *packet = record->packet;

	*reply = (struct tr_path_reply){
		.probe = record->probe,
		.next = TR_PATH_NONE,
		.received = record->stamp,
		.responder = packet->ip.src,
		.verdict = record->verdict,
		.match = record->match,
		.late = record->late,
		.ttl = packet->ip.ttl,
		.tos = packet->ip.tos,
		.ip_id = packet->ip.id,
		.size = (uint16_t)packet->ip.total_size,
		.is_icmp = packet->is_icmp,
		.has_quote = packet->has_quote && packet->has_quoted_transport,
	};
	if (packet->is_icmp) {
		reply->icmp_type = packet->icmp.type;
		reply->icmp_code = packet->icmp.code;
		reply->mtu = packet->icmp.mtu;
	} else
		reply->tcp_flags = packet->transport.tcp_flags;
	if (reply->has_quote)
		tr_identity_of(&packet->quote, &packet->quoted,
		    &reply->quote);
}

/* Hang the newest reply at the end of its probe's list. */
static void
append_reply(struct tr_path *path, uint32_t number)
{
	struct tr_path_reply *reply = &path->replies[number];
	struct tr_path_probe *probe = &path->probes[reply->probe];

	reply->duplicate = probe->answered;
	if (reply->verdict != TR_VERDICT_NONE)
		probe->answered = true;
	if (probe->replies++ == 0)
		probe->first_reply = number;
	else
		path->replies[probe->last_reply].next = number;
	probe->last_reply = number;
}

static int
add_reply(struct tr_path *path, const struct tr_record *record)
{
	struct tr_path_reply *reply, *replies;
	int error;

	if (path->probes[record->probe].replies == TR_REPLIES_MAX)
		return TR_OK;
	replies = tr_array_grow(path->replies, path->reply_count,
	    &path->reply_size, sizeof(*replies), TR_PATH_NONE - 1);
	if (replies == NULL)
		return TR_ENOMEM;
	path->replies = replies;
	reply = &path->replies[path->reply_count];
	fill_reply(reply, record);
	if (record->packet->is_icmp) {
		error = copy_extension(reply, &record->packet->icmp);
		if (error != TR_OK)
			return error;
	}
	append_reply(path, path->reply_count++);
	return TR_OK;
}

int
tr_path_apply(struct tr_path *path, const struct tr_record *record)
{
	switch (record->type) {
	case TR_RECORD_PROBE:
		return add_probe(path, record);
	case TR_RECORD_HOP:
		return TR_OK;
	case TR_RECORD_END:
		path->stop_told = record->stop;
		path->interrupted = record->stop == TR_STOP_INTERRUPTED;
		path->cut_short = path->interrupted ||
		    record->stop == TR_STOP_PROBE_LIMIT ||
		    record->stop == TR_STOP_TIME_LIMIT;
		return TR_OK;
	case TR_RECORD_DEPARTED:
	case TR_RECORD_FAILED:
	case TR_RECORD_REPLY:
		break;
	}
	if (record->probe >= path->probe_count)
		return TR_ERANGE;
	if (record->type == TR_RECORD_REPLY)
		return add_reply(path, record);
	if (record->type == TR_RECORD_FAILED)
		path->probes[record->probe].error = record->error;
	else
		probe_departed(path, record);
	return TR_OK;
}

/* --- looking up --------------------------------------------------------- */

const struct tr_path_reply *
tr_path_answer(const struct tr_path *path, const struct tr_path_probe *probe)
{
	for (uint32_t i = probe->first_reply; i != TR_PATH_NONE;
	    i = path->replies[i].next)
		if (path->replies[i].verdict != TR_VERDICT_NONE)
			return path->replies[i].late ?
			    NULL : &path->replies[i];
	return NULL;
}

bool
tr_path_is_sized(const struct tr_path *path,
    const struct tr_path_probe *probe)
{
	return path->run.walk_size != 0 &&
	    probe->identity.size != path->run.walk_size;
}

bool
tr_path_is_aside(const struct tr_path *path,
    const struct tr_path_reply *reply)
{
	const struct tr_path_probe *probe = &path->probes[reply->probe];

	return tr_flow_is_varied(probe->flow) ||
	    tr_path_is_sized(path, probe);
}

uint8_t
tr_path_hop_of(const struct tr_path *path, const struct tr_path_reply *reply)
{
	const uint8_t back = tr_path_return_hops(reply);
	uint8_t hop = path->probes[reply->probe].ttl;
	uint8_t as_far = 0, any = 0, first_back = 0;
	bool varied = false;

	for (uint32_t i = 0; i < path->reply_count; i++) {
		const struct tr_path_reply *other = &path->replies[i];
		const uint8_t ttl = path->probes[other->probe].ttl;

		if (other->verdict != TR_VERDICT_TRANSIT || ttl == 0 ||
		    ttl >= hop || !tr_address_equal(&other->responder,
		    &reply->responder))
			continue;
		if (first_back == 0)
			first_back = tr_path_return_hops(other);
		varied |= tr_path_return_hops(other) != first_back;
		if (any == 0 || ttl < any)
			any = ttl;
		if (tr_path_return_hops(other) == back &&
		    (as_far == 0 || ttl < as_far))
			as_far = ttl;
	}
	/* Behind a NAT several routers have one address, at other lengths. */
	if (as_far != 0)
		return as_far;
	return any != 0 && !varied ? any : hop;
}

int64_t
tr_path_round_trip(const struct tr_path *path,
    const struct tr_path_reply *reply)
{
	const struct tr_path_probe *probe = &path->probes[reply->probe];

	/* A clock that was set back in between measured nothing. */
	if (probe->sent == TR_TIME_NONE || reply->received < probe->sent)
		return TR_TIME_NONE;
	return reply->received - probe->sent;
}

uint8_t
tr_path_return_hops(const struct tr_path_reply *reply)
{
	static const uint8_t initial[] = { 32, 64, 128, 255 };
	size_t i = 0;

	while (initial[i] < reply->ttl)
		i++;
	return (uint8_t)(initial[i] - reply->ttl + 1);
}

/* --- marks -------------------------------------------------------------- */

struct mark {
	uint8_t	code;
	char	letter;
};

/* RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1; letters of traceroute(8). */
static const struct mark marks4[] = {
	{ 0, 'N' }, { 1, 'H' }, { 2, 'P' }, { 5, 'S' }, { 6, 'N' },
	{ 7, 'H' }, { 8, 'N' }, { 9, 'X' }, { 10, 'X' }, { 11, 'N' },
	{ 12, 'H' }, { 13, 'X' }, { 14, 'V' }, { 15, 'C' },
};

/* RFC 4443 3.1: other meanings under the same numbers. */
static const struct mark marks6[] = {
	{ 0, 'N' }, { 1, 'X' }, { 2, 'H' }, { 3, 'H' },
};

static size_t
put_number(char *out, unsigned value)
{
	char digits[8];
	size_t count = 0, at = 0;

	do {
		digits[count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	while (count > 0)
		out[at++] = digits[--count];
	return at;
}

static void
mark_numbers(char *mark, int type, unsigned code)
{
	size_t at = 0;

	mark[at++] = '!';
	mark[at++] = '<';
	if (type >= 0) {
		at += put_number(mark + at, (unsigned)type);
		mark[at++] = '-';
	}
	at += put_number(mark + at, code);
	mark[at++] = '>';
	mark[at] = '\0';
}

static void
mark_mtu(char *mark, unsigned mtu)
{
	memcpy(mark, "!F-", 3);
	mark[3 + put_number(mark + 3, mtu)] = '\0';
}

static void
mark_unreachable(char *mark, uint8_t code, const struct mark *table,
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].code == code) {
			mark[0] = '!';
			mark[1] = table[i].letter;
			mark[2] = '\0';
			return;
		}
	mark_numbers(mark, -1, code);
}

const char *
tr_path_mark(const struct tr_path_reply *reply, char mark[TR_MARK_MAX])
{
	const bool ipv6 = reply->responder.family == 6;
	const enum tr_icmp_class class = reply->is_icmp ?
	    tr_icmp_classify(ipv6 ? 6 : 4, reply->icmp_type,
	    reply->icmp_code) : TR_ICMP_OTHER;

	mark[0] = '\0';
	if (!reply->is_icmp || class == TR_ICMP_TIME_EXCEEDED ||
	    class == TR_ICMP_ECHO_REPLY)
		return mark;
	if (class == TR_ICMP_TOO_BIG)
		mark_mtu(mark, reply->mtu);
	else if (class != TR_ICMP_UNREACHABLE)
		mark_numbers(mark, reply->icmp_type, reply->icmp_code);
	else if (reply->icmp_code == (ipv6 ? TR_ICMP6_UNREACHABLE_PORT :
	    TR_ICMP4_UNREACHABLE_PORT))
		return mark;
	else if (ipv6)
		mark_unreachable(mark, reply->icmp_code, marks6,
		    sizeof(marks6) / sizeof(marks6[0]));
	else
		mark_unreachable(mark, reply->icmp_code, marks4,
		    sizeof(marks4) / sizeof(marks4[0]));
	return mark;
}

enum tr_refusal
tr_path_refusal(const struct tr_path_reply *reply)
{
	char mark[TR_MARK_MAX];

	if (!reply->is_icmp)
		return TR_REFUSAL_RESET;
	if (tr_icmp_classify(reply->responder.family, reply->icmp_type,
	    reply->icmp_code) == TR_ICMP_TOO_BIG)
		return TR_REFUSAL_TOO_BIG;
	tr_path_mark(reply, mark);
	return mark[0] != '\0' && strchr("NH", mark[1]) != NULL ?
	    TR_REFUSAL_NO_WAY : TR_REFUSAL_FORBIDDEN;
}

/* --- conclusions -------------------------------------------------------- */

static bool
is_reset(const struct tr_path *path, const struct tr_path_reply *reply)
{
	return !reply->is_icmp && (reply->tcp_flags & TR_TCP_RST) != 0 &&
	    !tr_path_is_aside(path, reply);
}

static bool
is_syn_ack(const struct tr_path *path, const struct tr_path_reply *reply)
{
	return !reply->is_icmp && !tr_path_is_aside(path, reply) &&
	    (reply->tcp_flags & (TR_TCP_SYN | TR_TCP_ACK)) ==
	    (TR_TCP_SYN | TR_TCP_ACK);
}

static uint8_t
ttl_of(const struct tr_path *path, const struct tr_path_reply *reply)
{
	return path->probes[reply->probe].ttl;
}

/* Did this address answer as a router on the way? */
static bool
is_router(const struct tr_path *path, const struct tr_address *address,
    uint8_t before)
{
	for (uint32_t i = 0; i < path->reply_count; i++) {
		const struct tr_path_reply *reply = &path->replies[i];

		if (reply->verdict == TR_VERDICT_TRANSIT &&
		    ttl_of(path, reply) < before &&
		    tr_address_equal(&reply->responder, address))
			return true;
	}
	return false;
}

/*
 * A router on the way that answers "port unreachable" refuses to forward, as
 * packet filters do; it is not the destination.  Its own address, seen as a
 * hop nearer to us and not the target's, tells.  So does our own address.
 */
static void
recognise_refusals(struct tr_path *path)
{
	const struct tr_path_reply *last = NULL;

	for (uint32_t i = 0; i < path->reply_count; i++) {
		struct tr_path_reply *reply = &path->replies[i];

		if (reply->verdict != TR_VERDICT_ARRIVED || !reply->is_icmp ||
		    tr_address_equal(&reply->responder,
		    &path->run.flow.dst))
			continue;
		/* Most are like the one before: look but once. */
		if (last != NULL && ttl_of(path, last) == ttl_of(path, reply) &&
		    tr_address_equal(&last->responder, &reply->responder))
			reply->verdict = last->verdict;
		else if (tr_address_equal(&reply->responder,
		    &path->run.flow.src) || is_router(path,
		    &reply->responder, ttl_of(path, reply)))
			reply->verdict = TR_VERDICT_STOPPED;
		last = reply;
	}
}

/* The first answer as a router of each TTL. */
static void
find_routers(const struct tr_path *path,
    const struct tr_path_reply *routers[256])
{
	for (uint32_t i = path->reply_count; i > 0; i--) {
		const struct tr_path_reply *reply = &path->replies[i - 1];

		if (reply->verdict == TR_VERDICT_TRANSIT)
			routers[ttl_of(path, reply)] = reply;
	}
}

/*
 * A RST in the host's name, sent by a firewall at the hop before.  The
 * host's own would have come one hop farther than that hop's time exceeded;
 * the forged one comes as far.  Both are measured by the reply TTL, against
 * the nearest router before that answered.  One that came as many hops as
 * the probe went is the host's, whatever way that router's answer took.
 */
static bool
is_forged(const struct tr_path *path, const struct tr_path_reply *reset,
    const struct tr_path_reply *routers[256])
{
	const uint8_t ttl = ttl_of(path, reset);
	const uint8_t back = tr_path_return_hops(reset);

	if (back == ttl)
		return false;
	for (int before = ttl - 1; before > 0; before--)
		if (routers[before] != NULL)
			return back == tr_path_return_hops(routers[before]) +
			    (ttl - 1 - before);
	return false;
}

static bool
has_syn_ack(const struct tr_path *path)
{
	for (uint32_t i = 0; i < path->reply_count; i++)
		if (is_syn_ack(path, &path->replies[i]) &&
		    !path->replies[i].late)
			return true;
	return false;
}

/*
 * Only resets of the first TTL that got one can be compared: later TTLs get
 * the same reset from the same place.
 */
static void
recognise_forged_resets(struct tr_path *path)
{
	struct tr_conclusion *conclusion = &path->conclusion;
	const struct tr_path_reply *routers[256] = { NULL };
	uint8_t first = 0;

	if (has_syn_ack(path))
		return;
	for (uint32_t i = 0; i < path->reply_count; i++)
		if (is_reset(path, &path->replies[i]) && (first == 0 ||
		    ttl_of(path, &path->replies[i]) < first))
			first = ttl_of(path, &path->replies[i]);
	find_routers(path, routers);
	for (uint32_t i = 0; i < path->reply_count; i++)
		if (is_reset(path, &path->replies[i]) &&
		    ttl_of(path, &path->replies[i]) == first &&
		    is_forged(path, &path->replies[i], routers))
			conclusion->forged_by_ttl = (uint8_t)(first - 1);
	for (uint32_t i = 0; i < path->reply_count &&
	    conclusion->forged_by_ttl != 0; i++)
		if (is_reset(path, &path->replies[i]))
			path->replies[i].resets_early = true;
}

/* The router that the flow met one TTL before this one, or NULL. */
static const struct tr_path_reply *
router_before(const struct tr_path *path, uint32_t flow, uint8_t ttl)
{
	uint32_t i = ttl < 2 ? TR_PATH_NONE : path->first_of_ttl[ttl - 1];

	for (; i != TR_PATH_NONE; i = path->probes[i].next) {
		const struct tr_path_probe *probe = &path->probes[i];
		const struct tr_path_reply *reply = probe->flow == flow ?
		    tr_path_answer(path, probe) : NULL;

		if (reply != NULL && reply->verdict == TR_VERDICT_TRANSIT)
			return reply;
	}
	return NULL;
}

/*
 * Of many flows, each is compared with its own router.  What came from as far
 * to the same TTL is of the same kind.  It ends a route, but not at the host.
 */
static void
recognise_forged_resets_of_flows(struct tr_path *path)
{
	struct tr_conclusion *conclusion = &path->conclusion;
	bool forged[256][256] = { { false } };	/* by TTL and hops back */

	for (uint32_t i = 0; i < path->reply_count; i++) {
		const struct tr_path_reply *reset = &path->replies[i];
		const struct tr_path_reply *routers[256] = { NULL };
		const uint8_t ttl = ttl_of(path, reset);

		if (!is_reset(path, reset) ||
		    forged[ttl][tr_path_return_hops(reset)])
			continue;
		if (ttl > 0)
			routers[ttl - 1] = router_before(path,
			    path->probes[reset->probe].flow, ttl);
		if (is_forged(path, reset, routers))
			forged[ttl][tr_path_return_hops(reset)] = true;
	}
	for (uint32_t i = 0; i < path->reply_count; i++) {
		struct tr_path_reply *reset = &path->replies[i];
		const uint8_t ttl = ttl_of(path, reset);

		if (!is_reset(path, reset) ||
		    !forged[ttl][tr_path_return_hops(reset)])
			continue;
		reset->resets_early = true;
		reset->verdict = TR_VERDICT_STOPPED;
		if (conclusion->forged_by_ttl == 0 ||
		    ttl <= conclusion->forged_by_ttl)
			conclusion->forged_by_ttl = (uint8_t)(ttl - 1);
	}
}

/* An earlier conclusion may have known less. */
static void
forget_forged_resets(struct tr_path *path)
{
	for (uint32_t i = 0; i < path->reply_count; i++) {
		struct tr_path_reply *reply = &path->replies[i];

		if (reply->resets_early)
			reply->verdict = TR_VERDICT_ARRIVED;
		reply->resets_early = false;
	}
}

/* Of many flows, or in many rounds, some may be refused. */
static bool
is_repeated(const struct tr_run *run)
{
	return run->multipath || run->rounds.count > 1;
}

/*
 * The end of the route: the lowest TTL beyond a hop with an answer that is
 * not a hop.  Of many flows or rounds, the lowest with one from the host, if
 * any has reached it.
 */
static void
find_end_beyond(const struct tr_path *path, uint8_t hop, uint8_t *end,
    bool *arrived)
{
	*end = 0;
	*arrived = false;
	for (uint32_t i = 0; i < path->reply_count; i++) {
		const struct tr_path_reply *reply = &path->replies[i];
		const uint8_t ttl = ttl_of(path, reply);
		const bool by_host = reply->verdict == TR_VERDICT_ARRIVED;

		if (reply->late || reply->duplicate || ttl <= hop ||
		    tr_path_is_aside(path, reply) ||
		    (reply->verdict != TR_VERDICT_ARRIVED &&
		    reply->verdict != TR_VERDICT_STOPPED))
			continue;
		if (is_repeated(&path->run) && *arrived != by_host) {
			if (*arrived)
				continue;
			*end = 0;
		}
		if (*end == 0 || ttl < *end) {
			*end = ttl;
			*arrived = false;
		}
		if (ttl == *end && reply->verdict == TR_VERDICT_ARRIVED)
			*arrived = true;
	}
}

/* The farthest hop that a router has answered; 0: none. */
static uint8_t
farthest_router(const struct tr_path *path)
{
	uint8_t farthest = 0;

	for (uint32_t i = 0; i < path->reply_count; i++)
		if (path->replies[i].verdict == TR_VERDICT_TRANSIT &&
		    ttl_of(path, &path->replies[i]) > farthest)
			farthest = ttl_of(path, &path->replies[i]);
	return farthest;
}

/*
 * A route that is looked at for long may become longer: then its end lies
 * beyond all routers.
 */
static void
find_end(const struct tr_path *path, uint8_t *end, bool *arrived)
{
	*end = 0;
	if (path->run.rounds.count > 1)
		find_end_beyond(path, farthest_router(path), end, arrived);
	if (*end == 0)
		find_end_beyond(path, 0, end, arrived);
}

static void
find_range(struct tr_path *path, uint8_t end)
{
	struct tr_conclusion *conclusion = &path->conclusion;
	uint8_t first = 0, last = 0, answered = 0;

	for (uint32_t i = 0; i < path->probe_count; i++) {
		const struct tr_path_probe *probe = &path->probes[i];

		if (probe->ttl == 0 || tr_flow_is_varied(probe->flow) ||
		    tr_path_is_sized(path, probe))
			continue;
		if (first == 0 || probe->ttl < first)
			first = probe->ttl;
		if (probe->ttl > last)
			last = probe->ttl;
		if (probe->ttl > answered && (end == 0 || probe->ttl <= end) &&
		    tr_path_answer(path, probe) != NULL) {
			answered = probe->ttl;
			conclusion->last_answer =
			    tr_path_answer(path, probe)->responder;
		}
	}
	conclusion->first_ttl = first;
	conclusion->last_ttl = end != 0 ? end : last;
	/* A route that led to the host, and then no longer. */
	if (end != 0 && path->run.rounds.count > 1 &&
	    farthest_router(path) > end)
		conclusion->last_ttl = farthest_router(path);
	/* What was on its way when the user stopped is not silence. */
	if (end == 0 && path->cut_short)
		conclusion->last_ttl = answered;
	/* Where nothing could leave, one hop shows it. */
	if (path->stop_told == TR_STOP_SEND_FAILED)
		conclusion->last_ttl = first;
	conclusion->last_answer_ttl = answered;
}

/*
 * Is every refusal about the way (no network, no host, too big) and none
 * about leave to pass?  Then nothing is known of the port.
 */
static bool
is_undeliverable(const struct tr_path *path)
{
	bool found = false;

	for (uint32_t i = 0; i < path->reply_count; i++) {
		const struct tr_path_reply *reply = &path->replies[i];
		enum tr_refusal refusal;

		if (reply->verdict != TR_VERDICT_STOPPED || reply->late ||
		    tr_path_is_aside(path, reply))
			continue;
		refusal = tr_path_refusal(reply);
		if (refusal != TR_REFUSAL_NO_WAY &&
		    refusal != TR_REFUSAL_TOO_BIG)
			return false;
		found = true;
	}
	return found;
}

static enum tr_port_state
port_state(const struct tr_path *path)
{
	const struct tr_conclusion *conclusion = &path->conclusion;
	const bool probed_ack =
	    (path->run.flow.tcp_flags & TR_TCP_SYN) == 0;

	if (path->run.flow.protocol != TR_PROTOCOL_TCP)
		return TR_PORT_UNKNOWN;
	if (has_syn_ack(path))
		return TR_PORT_OPEN;
	if (conclusion->reached)
		return probed_ack ? TR_PORT_UNFILTERED : TR_PORT_CLOSED;
	if (conclusion->stop == TR_STOP_UNREACHABLE)
		return is_undeliverable(path) ?
		    TR_PORT_UNKNOWN : TR_PORT_FILTERED;
	/*
	 * Only a whole walk may call silence a filter, and only if there is
	 * silence at its end: else the walk was too short.
	 */
	if ((conclusion->stop == TR_STOP_HOP_LIMIT ||
	    conclusion->stop == TR_STOP_SILENCE) &&
	    conclusion->last_answer_ttl < conclusion->last_ttl)
		return TR_PORT_FILTERED;
	return TR_PORT_UNKNOWN;
}

void
tr_path_conclude(struct tr_path *path)
{
	struct tr_conclusion *conclusion = &path->conclusion;
	uint8_t end;
	bool arrived;

	*conclusion = (struct tr_conclusion){ .stop = path->stop_told };
	recognise_refusals(path);
	forget_forged_resets(path);
	if (path->run.multipath)
		recognise_forged_resets_of_flows(path);
	else
		recognise_forged_resets(path);
	find_end(path, &end, &arrived);
	find_range(path, end);
	/* Of many flows, some may come to the host all the same. */
	conclusion->forged_reset = conclusion->forged_by_ttl != 0 &&
	    !(path->run.multipath && arrived);
	conclusion->reached = arrived && !conclusion->forged_reset;
	if (conclusion->reached)
		conclusion->stop = TR_STOP_ARRIVED;
	else if (end != 0)
		conclusion->stop = TR_STOP_UNREACHABLE;
	conclusion->port = port_state(path);
}
