/*
 * What a person is told on standard error when the run is over.  Texts from
 * outside go through tr_text_safe(), addresses through tr_address_text().
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "output/output.h"
#include "packet/wire.h"

#define REASON_MAX	512
#define ERRNO_MAX	256	/* beyond it errors are counted as one */

/* What the notes are about. */
struct notes {
	FILE	*stream;
	const struct tr_path *path;
	char	 host[TR_RUN_TEXT_MAX];
};

struct words {
	uint8_t	family;
	uint8_t	code;
	const char *text;
};

/* Unreachable: RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1; RFC 4443 3.1. */
static const struct words unreachables[] = {
	{ 4, 0, "network unreachable" },
	{ 4, 1, "host unreachable" },
	{ 4, 2, "protocol unreachable" },
	{ 4, 3, "port unreachable" },
	{ 4, 5, "source route failed" },
	{ 4, 6, "network unknown" },
	{ 4, 7, "host unknown" },
	{ 4, 8, "source host isolated" },
	{ 4, 9, "network administratively prohibited" },
	{ 4, 10, "host administratively prohibited" },
	{ 4, 11, "network unreachable for this type of service" },
	{ 4, 12, "host unreachable for this type of service" },
	{ 4, 13, "communication administratively prohibited" },
	{ 4, 14, "host precedence violation" },
	{ 4, 15, "precedence cutoff in effect" },
	{ 6, 0, "no route to the destination" },
	{ 6, 1, "communication administratively prohibited" },
	{ 6, 2, "beyond the scope of the source address" },
	{ 6, 3, "address unreachable" },
	{ 6, 4, "port unreachable" },
	{ 6, 5, "source address failed the policy" },
	{ 6, 6, "route to the destination rejects" },
};

/* Why this host may refuse to send. */
static const struct {
	int	error;
	const char *hint;
} hints[] = {
	{ EPERM, "a packet filter on this host?" },
	{ EACCES, "a route on this host prohibits it?" },
	{ EMSGSIZE, "larger than the MTU of the way out?" },
	{ ENETUNREACH, "no route on this host?" },
	{ EHOSTUNREACH, "no route on this host, or no answer to ARP?" },
	{ EINVAL, "a blackhole route on this host?" },
	{ ENETDOWN, "is the interface down?" },
	{ ENOBUFS, "the transmit queue stayed full" },
};

static void say(const struct notes *notes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(const struct notes *notes, const char *format, ...)
{
	va_list arguments;

	fputs("trueroute: ", notes->stream);
	va_start(arguments, format);
	vfprintf(notes->stream, format, arguments);
	va_end(arguments);
	putc('\n', notes->stream);
}

/* --- why the host was not reached --------------------------------------- */

/* The refusal that ended the walk, or NULL. */
static const struct tr_path_reply *
refusal(const struct tr_path *path)
{
	for (uint32_t i = 0; i < path->reply_count; i++) {
		const struct tr_path_reply *reply = &path->replies[i];

		if (reply->verdict == TR_VERDICT_STOPPED && !reply->late &&
		    !reply->duplicate && !tr_path_is_aside(path, reply) &&
		    path->probes[reply->probe].ttl == path->conclusion.last_ttl)
			return reply;
	}
	return NULL;
}

/* Where a router stands: the first hop that it answered for. */
static uint8_t
hop_of(const struct tr_path *path, const struct tr_path_reply *reply)
{
	uint8_t hop = path->probes[reply->probe].ttl;

	for (uint32_t i = 0; i < path->reply_count; i++) {
		const struct tr_path_reply *other = &path->replies[i];
		const uint8_t ttl = path->probes[other->probe].ttl;

		if (other->verdict == TR_VERDICT_TRANSIT && ttl != 0 &&
		    ttl < hop && tr_address_equal(&other->responder,
		    &reply->responder))
			hop = ttl;
	}
	return hop;
}

static const char *
words_of(const struct tr_path_reply *reply)
{
	const uint8_t family = reply->responder.family;

	switch (tr_icmp_classify(family, reply->icmp_type,
	    reply->icmp_code)) {
	case TR_ICMP_PARAMETER:
		return "parameter problem";
	case TR_ICMP_REASSEMBLY:
		return "not all fragments came";
	default:
		break;
	}
	for (size_t i = 0; i < sizeof(unreachables) / sizeof(unreachables[0]);
	    i++)
		if (unreachables[i].family == family &&
		    unreachables[i].code == reply->icmp_code)
			return unreachables[i].text;
	return "unreachable, for a reason unknown here";
}

static void
explain_refusal(const struct tr_path *path, const struct tr_path_reply *reply,
    char *text, size_t size)
{
	char address[TR_ADDRESS_TEXT_MAX], mark[TR_MARK_MAX];
	const uint8_t hop = hop_of(path, reply);
	const char *name = tr_address_text(&reply->responder, address,
	    sizeof(address));

	tr_path_mark(reply, mark);
	if (tr_icmp_classify(reply->responder.family, reply->icmp_type,
	    reply->icmp_code) == TR_ICMP_TOO_BIG)
		snprintf(text, size, "%s (hop %u) can send on packets of %u "
		    "bytes at most, the probes have %u (%s)", name, hop,
		    reply->mtu, path->run.flow.size, mark);
	else if (mark[0] == '\0')	/* a firewall's port unreachable */
		snprintf(text, size, "%s (hop %u), a router on the way, "
		    "refuses it: %s", name, hop, words_of(reply));
	else
		snprintf(text, size, "%s (hop %u) %s: %s (%s)", name, hop,
		    strchr("NH", mark[1]) != NULL ? "answers" : "refuses it",
		    words_of(reply), mark);
}

static void
explain_silence(const struct tr_path *path, char *text, size_t size)
{
	const struct tr_conclusion *conclusion = &path->conclusion;
	const uint8_t hop = conclusion->last_answer_ttl;
	const char *limit = path->stop_told == TR_STOP_TIME_LIMIT ?
	    "time" : "probes";
	char address[TR_ADDRESS_TEXT_MAX];

	tr_address_text(&conclusion->last_answer, address, sizeof(address));
	if (hop == 0 && path->first_of_ttl[0] != TR_PATH_NONE)
		snprintf(text, size, "which hops answered is not known");
	else if (hop == 0 && path->cut_short && !path->interrupted)
		snprintf(text, size, "its limit of %s was reached before any "
		    "hop answered", limit);
	else if (hop == 0)
		snprintf(text, size, "no hop answered");
	else if (path->interrupted)
		snprintf(text, size, "interrupted; the last hop that answered "
		    "is %s (hop %u)", address, hop);
	else if (path->cut_short)
		snprintf(text, size, "its limit of %s was reached; the last "
		    "hop that answered is %s (hop %u)", limit, address, hop);
	else if (hop >= conclusion->last_ttl)
		snprintf(text, size, "the last hop that was probed, %s "
		    "(hop %u), is a router on the way", address, hop);
	else
		snprintf(text, size, "the last hop that answered is %s "
		    "(hop %u), silent from hop %u on", address, hop,
		    hop + 1u);
}

static void
explain(const struct notes *notes, char *text, size_t size)
{
	const struct tr_conclusion *conclusion = &notes->path->conclusion;
	const struct tr_path_reply *reply = refusal(notes->path);

	if (conclusion->last_ttl == 0 &&
	    notes->path->first_of_ttl[0] != TR_PATH_NONE)
		snprintf(text, size, "the capture holds answers, not the "
		    "probes that they are about");
	else if (conclusion->forged_reset)
		snprintf(text, size, "hop %u's reset came with the reply TTL "
		    "of hop %u: a firewall there sent it, not %s",
		    conclusion->forged_by_ttl + 1u,
		    conclusion->forged_by_ttl, notes->host);
	else if (reply != NULL)
		explain_refusal(notes->path, reply, text, size);
	else
		explain_silence(notes->path, text, size);
}

static void
note_result(const struct notes *notes)
{
	const struct tr_conclusion *conclusion = &notes->path->conclusion;
	const unsigned port = notes->path->run.flow.destination_port;
	char reason[REASON_MAX];

	switch (conclusion->port) {
	case TR_PORT_OPEN:
	case TR_PORT_CLOSED:
		say(notes, "TCP port %u of %s is %s", port, notes->host,
		    tr_port_state_name(conclusion->port));
		return;
	case TR_PORT_UNFILTERED:
		say(notes, "TCP port %u of %s is unfiltered: an ACK does not "
		    "tell whether it is open", port, notes->host);
		return;
	case TR_PORT_FILTERED:
		explain(notes, reason, sizeof(reason));
		say(notes, "TCP port %u of %s is filtered: %s", port,
		    notes->host, reason);
		return;
	case TR_PORT_UNKNOWN:
		break;
	}
	/* Where nothing could be sent, the notes on that say it all. */
	if (conclusion->reached || conclusion->stop == TR_STOP_SEND_FAILED)
		return;
	explain(notes, reason, sizeof(reason));
	say(notes, "%s was not reached: %s", notes->host, reason);
}

/* --- what went wrong on this host --------------------------------------- */

static const char *
hint_of(int error)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (hints[i].error == error)
			return hints[i].hint;
	return NULL;
}

static void
note_failures(const struct notes *notes)
{
	const struct tr_path *path = notes->path;
	uint32_t counts[ERRNO_MAX] = { 0 };

	for (uint32_t i = 0; i < path->probe_count; i++) {
		const int error = path->probes[i].error;

		if (error != 0)
			counts[error > 0 && error < ERRNO_MAX ? error : 0]++;
	}
	for (int error = 0; error < ERRNO_MAX; error++) {
		const char *hint = hint_of(error);

		if (counts[error] == 0)
			continue;
		say(notes, "%u probe%s could not be sent: %s%s%s%s",
		    counts[error], counts[error] == 1 ? "" : "s",
		    error == 0 ? "unknown error" : strerror(error),
		    hint == NULL ? "" : " (", hint == NULL ? "" : hint,
		    hint == NULL ? "" : ")");
	}
}

/* Append ", WHAT FROM left as TO" to text. */
static void
add_change(char *text, size_t size, const char *what, const char *from,
    const char *to)
{
	const size_t used = strlen(text);

	snprintf(text + used, size - used, "%s%s %s left as %s",
	    used == 0 ? "" : ", ", what, from, to);
}

static void
add_address(char *text, size_t size, const char *what,
    const struct tr_address *from, const struct tr_address *to)
{
	char built[TR_ADDRESS_TEXT_MAX], left[TR_ADDRESS_TEXT_MAX];

	if (!tr_address_equal(from, to))
		add_change(text, size, what,
		    tr_address_text(from, built, sizeof(built)),
		    tr_address_text(to, left, sizeof(left)));
}

static void
add_number(char *text, size_t size, const char *what, uint16_t from,
    uint16_t to)
{
	char built[8], left[8];

	if (from == to)
		return;
	snprintf(built, sizeof(built), "%u", from);
	snprintf(left, sizeof(left), "%u", to);
	add_change(text, size, what, built, left);
}

/* One probe stands for all: a NAT keeps to its mapping. */
static void
note_rewrite(const struct notes *notes)
{
	const struct tr_path *path = notes->path;
	const bool icmp = path->run.flow.protocol == TR_PROTOCOL_ICMP;
	const struct tr_identity *left = NULL;
	struct tr_flow built, *flow = &built;
	char text[REASON_MAX] = "";

	for (uint32_t i = 0; i < path->probe_count && left == NULL; i++)
		if (path->probes[i].rewritten) {
			left = &path->probes[i].identity;
			tr_flow_nth(&path->run.flow, path->probes[i].flow,
			    &built);
		}
	if (left == NULL)
		return;
	add_address(text, sizeof(text), "source", &flow->src, &left->src);
	add_address(text, sizeof(text), "destination", &flow->dst,
	    &left->dst);
	if (icmp)
		add_number(text, sizeof(text), "ICMP id", flow->icmp_id,
		    left->source_port);
	else if (!flow->classic) {
		add_number(text, sizeof(text), "source port",
		    flow->source_port, left->source_port);
		add_number(text, sizeof(text), "destination port",
		    flow->destination_port, left->destination_port);
	}
	say(notes, "this host's NAT rewrote the flow: %s", text);
}

static void
note_capture(const struct notes *notes)
{
	const struct tr_capture_counts *counts = &notes->path->capture;
	const unsigned long long lost =
	    counts->dropped + counts->interface_dropped;

	if (counts->known && lost != 0)
		say(notes, "the capture lost %llu packet%s: a hop that looks "
		    "silent may have answered", lost, lost == 1 ? "" : "s");
}

/*
 * Arrival that another address than the target's tells of, or that could not
 * be told which probe it answers, is not as sure as it looks.
 */
static void
note_arrival(const struct notes *notes)
{
	const struct tr_path *path = notes->path;
	char address[TR_ADDRESS_TEXT_MAX];

	for (uint32_t i = 0; i < path->reply_count; i++) {
		const struct tr_path_reply *reply = &path->replies[i];

		if (reply->verdict != TR_VERDICT_ARRIVED || reply->late ||
		    tr_path_is_aside(path, reply) ||
		    hop_of(path, reply) != path->conclusion.last_ttl)
			continue;
		if (!tr_address_equal(&reply->responder,
		    &path->run.flow.dst)) {
			say(notes, "%s answered, not %s: another address of "
			    "it, or a firewall before it",
			    tr_address_text(&reply->responder, address,
			    sizeof(address)), notes->host);
			return;
		}
		if (reply->match.tier == TR_TIER_PORTS && !reply->is_icmp) {
			say(notes, "%s answered with datagrams, which do not "
			    "tell which probe they answer: it may be "
			    "farther off than is shown", notes->host);
			return;
		}
	}
}

int
tr_notes_write(FILE *stream, const struct tr_path *path)
{
	struct notes notes = { .stream = stream, .path = path };

	tr_text_safe(path->run.target, notes.host, sizeof(notes.host));
	if (notes.host[0] == '\0')
		tr_address_text(&path->run.flow.dst, notes.host,
		    sizeof(notes.host));
	note_result(&notes);
	note_arrival(&notes);
	note_failures(&notes);
	note_rewrite(&notes);
	note_capture(&notes);
	return fflush(stream) != 0 || ferror(stream) ? TR_ESYSTEM : TR_OK;
}
