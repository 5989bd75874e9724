/*
 * The output of tcptraceroute 1.5beta7, byte for byte, with one difference:
 * that program hides a new responder when a "*" stands before it; here it
 * gets its line.  Where the time was not measured, "?" stands in its place;
 * it knows no origin AS and no places.
 * What is said to a person goes to standard error, as there.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "output/output.h"
#include "packet/wire.h"

#define TCP_SIZE_OWN 40		/* what tcptraceroute sends unless asked */

struct mark {
	uint8_t	code;
	const char *text;
};

/* Its letters for unreachable (IPv4) are not those of traceroute(8). */
static const struct mark marks4[] = {
	{ 0, "!N" }, { 1, "!H" }, { 2, "!P" }, { 3, "!p" }, { 4, "!F" },
	{ 5, "!S" }, { 6, "!U" }, { 7, "!U" }, { 8, "!I" }, { 9, "!A" },
	{ 10, "!C" }, { 11, "!T" }, { 12, "!T" }, { 13, "!A" },
};

/* It knows no IPv6; the same letters for what means the same. */
static const struct mark marks6[] = {
	{ 0, "!N" }, { 1, "!A" }, { 2, "!H" }, { 3, "!H" }, { 4, "!p" },
};

/* What was printed last in a hop's line. */
struct line {
	bool	 started;
	bool	 silent;		/* the probe before had no answer */
	struct tr_address responder;	/* last printed; none so far */
	const char *state;		/* last printed, or "" */
};

static int
flushed(FILE *stream)
{
	return fflush(stream) != 0 || ferror(stream) ? TR_ESYSTEM : TR_OK;
}

/* --- to the person ------------------------------------------------------ */

static void
say_port(uint16_t port)
{
	const struct servent *service = getservbyport(htons(port), "tcp");
	char name[TR_RUN_TEXT_MAX];

	fprintf(stderr, " on TCP port %u", port);
	if (service != NULL)
		fprintf(stderr, " (%s)", tr_text_safe(service->s_name, name,
		    sizeof(name)));
}

static void
say_target(const struct tr_run *run)
{
	char target[TR_RUN_TEXT_MAX], address[TR_ADDRESS_TEXT_MAX];

	tr_address_text(&run->flow.dst, address, sizeof(address));
	tr_text_safe(run->target, target, sizeof(target));
	if (target[0] == '\0' || strcmp(target, address) == 0)
		fprintf(stderr, "Tracing the path to %s", address);
	else
		fprintf(stderr, "Tracing the path to %s (%s)", target,
		    address);
}

static int
begin(FILE *stream, const struct tr_path *path,
    const struct tr_output_options *options)
{
	const struct tr_run *run = &path->run;
	char device[TR_RUN_TEXT_MAX], address[TR_ADDRESS_TEXT_MAX];

	(void)stream;
	(void)options;
	if (run->interface[0] != '\0')
		fprintf(stderr, "Selected device %s, address %s, port %u for "
		    "outgoing packets\n",
		    tr_text_safe(run->interface, device, sizeof(device)),
		    tr_address_text(&run->flow.src, address, sizeof(address)),
		    run->flow.source_port);
	say_target(run);
	say_port(run->flow.destination_port);
	fprintf(stderr, ", %u hops max", run->trace.max_ttl);
	if (run->flow.size != TCP_SIZE_OWN &&
	    run->flow.size != tr_probe_size_default(run->flow.dst.family))
		fprintf(stderr, ", %u byte packets", run->flow.size);
	fputc('\n', stderr);
	return TR_OK;
}

/* --- a hop -------------------------------------------------------------- */

static const char *
state_of(const struct tr_path *path, const struct tr_path_reply *reply)
{
	if (path->run.flow.protocol != TR_PROTOCOL_TCP || reply->is_icmp)
		return "";
	if (reply->tcp_flags & TR_TCP_RST)
		return "closed";
	return reply->tcp_flags & TR_TCP_ECE ? "open, ecn" : "open";
}

static void
put_mark(FILE *stream, const struct tr_path_reply *reply)
{
	const bool ipv6 = reply->responder.family == 6;
	const struct mark *table = ipv6 ? marks6 : marks4;
	const size_t count = ipv6 ? sizeof(marks6) / sizeof(marks6[0]) :
	    sizeof(marks4) / sizeof(marks4[0]);
	char mark[TR_MARK_MAX];

	if (!reply->is_icmp)
		return;
	if (reply->icmp_type != (ipv6 ? TR_ICMP6_UNREACHABLE :
	    TR_ICMP4_UNREACHABLE)) {
		/* Time exceeded has none, whatever its code. */
		if (reply->verdict == TR_VERDICT_STOPPED && reply->icmp_type !=
		    (ipv6 ? TR_ICMP6_TIME_EXCEEDED : TR_ICMP4_TIME_EXCEEDED))
			fprintf(stream, " %s", tr_path_mark(reply, mark));
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (table[i].code == reply->icmp_code) {
			fprintf(stream, " %s", table[i].text);
			return;
		}
	fprintf(stream, " !<%u>", reply->icmp_code);
}

static void
put_answer(FILE *stream, const struct tr_path *path,
    const struct tr_path_reply *reply, struct line *line,
    const struct tr_output_options *options)
{
	const int64_t time = tr_path_round_trip(path, reply);
	const char *state = state_of(path, reply);

	if (!tr_address_equal(&reply->responder, &line->responder)) {
		if (tr_address_is_set(&line->responder)) {
			fputs("\n    ", stream);
			line->silent = false;
		} else if (line->started)
			putc(' ', stream);
		tr_host_write(stream, path, &reply->responder, options);
	}
	if (state[0] != '\0' && strcmp(state, line->state) != 0) {
		fprintf(stream, " [%s]", state);
		line->state = state;
	}
	fputs(line->silent ? " " : "  ", stream);
	if (time == TR_TIME_NONE)
		putc('?', stream);
	else
		fprintf(stream, "%.3f ms", (double)time / 1e6);
	put_mark(stream, reply);
	line->responder = reply->responder;
	line->silent = false;
}

static int
hop(FILE *stream, const struct tr_path *path, uint8_t ttl,
    const struct tr_output_options *options)
{
	struct line line = { .state = "" };

	if (path->first_of_ttl[ttl] == TR_PATH_NONE)
		return TR_OK;
	if (ttl == 0)
		fputs(" ?  ", stream);
	else
		fprintf(stream, "%2u  ", ttl);
	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next) {
		const struct tr_path_reply *reply =
		    tr_path_answer(path, &path->probes[i]);

		if (reply != NULL)
			put_answer(stream, path, reply, &line, options);
		else {
			fputs(line.started ? " *" : "*", stream);
			line.silent = true;
		}
		line.started = true;
	}
	putc('\n', stream);
	return flushed(stream);
}

static int
end(FILE *stream, const struct tr_path *path, uint8_t shown,
    const struct tr_output_options *options)
{
	const struct tr_conclusion *conclusion = &path->conclusion;
	int status = TR_OK;

	for (int ttl = shown + 1; ttl <= conclusion->last_ttl &&
	    status == TR_OK; ttl++)
		status = hop(stream, path, (uint8_t)ttl, options);
	if (status == TR_OK)
		status = hop(stream, path, 0, options);
	/* A refusal counts as an end there, and an interrupt says nothing. */
	if (conclusion->stop != TR_STOP_ARRIVED &&
	    conclusion->stop != TR_STOP_UNREACHABLE &&
	    conclusion->stop != TR_STOP_INTERRUPTED)
		fputs("Destination not reached\n", stderr);
	return status;
}

const struct tr_output tr_output_tcptraceroute = {
	.name = "tcptraceroute",
	.begin = begin,
	.hop = hop,
	.end = end,
};
