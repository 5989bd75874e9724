/*
 * What a person is told on standard error when the run is over.  Texts from
 * outside go through tr_text_safe(), addresses through tr_address_text().
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "output/output.h"
#include "result/ending.h"

#define REWRITE_MAX	512
#define ERRNO_MAX	256	/* beyond it errors are counted as one */

/* What the notes are about. */
struct notes {
	FILE	*stream;
	const struct tr_path *path;
	char	 host[TR_RUN_TEXT_MAX];
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

/* --- how it ended ------------------------------------------------------- */

static void
note_result(const struct notes *notes)
{
	const struct tr_conclusion *conclusion = &notes->path->conclusion;
	const unsigned port = notes->path->run.flow.destination_port;
	char reason[TR_ENDING_TEXT_MAX];

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
		tr_ending_text(notes->path, reason, sizeof(reason));
		say(notes, "TCP port %u of %s is filtered: %s", port,
		    notes->host, reason);
		return;
	case TR_PORT_UNKNOWN:
		break;
	}
	/* Where nothing could be sent, the notes on that say it all. */
	if (conclusion->reached || conclusion->stop == TR_STOP_SEND_FAILED)
		return;
	tr_ending_text(notes->path, reason, sizeof(reason));
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
	tr_text_append(text, size, "%s%s %s left as %s",
	    text[0] == '\0' ? "" : ", ", what, from, to);
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
	char text[REWRITE_MAX] = "";

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
		    tr_path_hop_of(path, reply) != path->conclusion.last_ttl)
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

	tr_run_host(&path->run, notes.host, sizeof(notes.host));
	note_result(&notes);
	note_arrival(&notes);
	note_failures(&notes);
	note_rewrite(&notes);
	note_capture(&notes);
	return fflush(stream) != 0 || ferror(stream) ? TR_ESYSTEM : TR_OK;
}
