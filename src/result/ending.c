#include <string.h>

#include "base/text.h"
#include "packet/wire.h"
#include "result/ending.h"

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

const struct tr_path_reply *
tr_ending_refusal(const struct tr_path *path)
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
	const uint8_t hop = tr_path_hop_of(path, reply);
	const char *name = tr_address_text(&reply->responder, address,
	    sizeof(address));

	tr_path_mark(reply, mark);
	if (tr_path_refusal(reply) == TR_REFUSAL_TOO_BIG)
		tr_text_append(text, size, "%s (hop %u) can send on packets "
		    "of %u bytes at most, the probes have %u (%s)", name, hop,
		    reply->mtu, path->run.flow.size, mark);
	else if (mark[0] == '\0')	/* a firewall's port unreachable */
		tr_text_append(text, size, "%s (hop %u), a router on the way, "
		    "refuses it: %s", name, hop, words_of(reply));
	else
		tr_text_append(text, size, "%s (hop %u) %s: %s (%s)", name, hop,
		    tr_path_refusal(reply) == TR_REFUSAL_NO_WAY ? "answers" :
		    "refuses it", words_of(reply), mark);
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
		tr_text_append(text, size, "which hops answered is not known");
	else if (hop == 0 && path->cut_short && !path->interrupted)
		tr_text_append(text, size, "its limit of %s was reached "
		    "before any hop answered", limit);
	else if (hop == 0)
		tr_text_append(text, size, "no hop answered");
	else if (path->interrupted)
		tr_text_append(text, size, "interrupted; the last hop "
		    "that answered is %s (hop %u)", address, hop);
	else if (path->cut_short)
		tr_text_append(text, size, "its limit of %s was reached; "
		    "the last hop that answered is %s (hop %u)", limit,
		    address, hop);
	else if (hop >= conclusion->last_ttl)
		tr_text_append(text, size, "the last hop that was probed, %s "
		    "(hop %u), is a router on the way", address, hop);
	else
		tr_text_append(text, size, "the last hop that answered is %s "
		    "(hop %u), silent from hop %u on", address, hop,
		    hop + 1u);
}

const char *
tr_ending_refusal_text(const struct tr_path *path,
    const struct tr_path_reply *refusal, char *text, size_t size)
{
	text[0] = '\0';
	explain_refusal(path, refusal, text, size);
	return text;
}

const char *
tr_ending_text(const struct tr_path *path, char *text, size_t size)
{
	const struct tr_conclusion *conclusion = &path->conclusion;
	const struct tr_path_reply *reply = tr_ending_refusal(path);
	char host[TR_RUN_TEXT_MAX];

	text[0] = '\0';
	if (conclusion->last_ttl == 0 &&
	    path->first_of_ttl[0] != TR_PATH_NONE)
		tr_text_append(text, size, "the capture holds answers, not "
		    "the probes that they are about");
	else if (conclusion->forged_reset)
		tr_text_append(text, size, "hop %u's reset came with the "
		    "reply TTL of hop %u: a firewall there sent it, not %s",
		    conclusion->forged_by_ttl + 1u,
		    conclusion->forged_by_ttl, tr_run_host(&path->run, host,
		    sizeof(host)));
	else if (reply != NULL)
		explain_refusal(path, reply, text, size);
	else
		explain_silence(path, text, size);
	return text;
}
