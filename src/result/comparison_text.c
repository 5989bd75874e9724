/*
 * A comparison in words.
 */
#include <string.h>

#include "base/text.h"
#include "result/comparison_part.h"
#include "result/ending.h"

const char *
tr_compared_end_name(enum tr_compared_end end)
{
	static const char *const names[] = {
		[TR_COMPARED_ARRIVED] = "arrived",
		[TR_COMPARED_REFUSED] = "refused",
		[TR_COMPARED_SILENT] = "silent",
		[TR_COMPARED_UNSENT] = "unsent",
		[TR_COMPARED_OPEN] = "open",
	};

	return names[end];
}

const char *
tr_comparison_verdict_name(enum tr_comparison_verdict verdict)
{
	static const char *const names[] = {
		[TR_COMPARISON_ALL_ARRIVE] = "all-arrive",
		[TR_COMPARISON_FIREWALL] = "firewall",
		[TR_COMPARISON_HOST] = "host",
		[TR_COMPARISON_SAME_PLACE] = "same-place",
		[TR_COMPARISON_UNCLEAR] = "unclear",
	};

	return names[verdict];
}

const char *
tr_comparison_reason_name(enum tr_comparison_reason reason)
{
	static const char *const names[] = {
		[TR_REASON_NONE] = NULL,
		[TR_REASON_REFUSED] = "refused",
		[TR_REASON_NO_WAY] = "no-way",
		[TR_REASON_TOO_BIG] = "too-big",
		[TR_REASON_SILENT] = "silent",
		[TR_REASON_UNSENT] = "unsent",
		[TR_REASON_MIXED] = "mixed",
	};

	return names[reason];
}

const char *
tr_compared_name(const struct tr_flow *flow, char name[TR_COMPARED_NAME_MAX])
{
	name[0] = '\0';
	if (flow->protocol == TR_PROTOCOL_ICMP)
		tr_text_append(name, TR_COMPARED_NAME_MAX, "ICMP");
	else
		tr_text_append(name, TR_COMPARED_NAME_MAX, "%s %u",
		    flow->protocol == TR_PROTOCOL_TCP ? "TCP" : "UDP",
		    flow->destination_port);
	return name;
}

static void
append_ending(const struct tr_compared *compared, char *text, size_t size)
{
	char reason[TR_ENDING_TEXT_MAX];

	tr_text_append(text, size, "%s", tr_ending_text(compared->path, reason,
	    sizeof(reason)));
	if (compared->end != TR_COMPARED_SILENT || !compared->path->interrupted)
		return;
	tr_text_append(text, size, compared->waited_ttl > compared->ttl + 1 ?
	    "; silent so far from hop %u to %u" : "; silent so far at hop %u",
	    compared->ttl + 1u, compared->waited_ttl);
}

const char *
tr_compared_text(const struct tr_compared *compared, char *text, size_t size)
{
	const struct tr_conclusion *conclusion = &compared->path->conclusion;
	char reason[TR_ENDING_TEXT_MAX];

	text[0] = '\0';
	if (compared->end == TR_COMPARED_UNSENT)
		tr_text_append(text, size, "cannot be sent by this host%s%s",
		    compared->error == 0 ? "" : ": ",
		    compared->error == 0 ? "" : strerror(compared->error));
	else if (compared->end == TR_COMPARED_REFUSED &&
	    conclusion->port == TR_PORT_CLOSED)
		tr_text_append(text, size, "is reset at hop %u in the host's "
		    "name, which is farther off: a firewall sent it",
		    conclusion->last_ttl);
	else if (compared->end == TR_COMPARED_REFUSED && conclusion->reached)
		tr_text_append(text, size, "%s (hop %u), a router on the way, "
		    "refuses it: port unreachable", tr_address_text(
		    &compared->address, reason, sizeof(reason)),
		    compared->ttl);
	else if (compared->end != TR_COMPARED_ARRIVED)
		append_ending(compared, text, size);
	else {
		tr_text_append(text, size, "arrives at hop %u",
		    compared->ttl);
		if (compared->port != TR_PORT_UNKNOWN)
			tr_text_append(text, size, ", the port is %s",
			    tr_port_state_name(compared->port));
	}
	return text;
}

const char *
tr_comparison_names(const struct tr_comparison *comparison, unsigned set,
    char *text, size_t size)
{
	size_t left = 0;
	bool first = true;

	text[0] = '\0';
	for (size_t i = 0; i < comparison->count; i++)
		left += (set >> i) & 1u;
	for (size_t i = 0; i < comparison->count; i++) {
		if ((set & 1u << i) == 0)
			continue;
		tr_text_append(text, size, "%s%s", first ? "" :
		    left == 1 ? " and " : ", ", comparison->paths[i].name);
		first = false;
		left--;
	}
	return text;
}

struct tr_address
tr_comparison_address(const struct tr_comparison *comparison, uint8_t ttl)
{
	struct tr_address address = { .family = 0 };

	for (size_t i = 0; i < comparison->count; i++) {
		address = tr_compared_station(comparison->paths[i].path, ttl);
		if (tr_address_is_set(&address))
			return address;
	}
	/* Nobody's packets expire at who refuses what comes in. */
	for (size_t i = 0; i < comparison->count; i++)
		if (comparison->paths[i].ttl == ttl)
			return comparison->paths[i].address;
	return address;
}

enum tr_stop
tr_comparison_stop(const struct tr_comparison *comparison)
{
	enum tr_stop stop = TR_STOP_SEND_FAILED;

	for (size_t i = 0; i < comparison->count; i++) {
		const struct tr_compared *path = &comparison->paths[i];

		if (path->path->interrupted)
			return TR_STOP_INTERRUPTED;
		if (path->end == TR_COMPARED_ARRIVED)
			stop = TR_STOP_ARRIVED;
		else if (path->end != TR_COMPARED_UNSENT &&
		    stop != TR_STOP_ARRIVED)
			stop = path->path->conclusion.stop;
	}
	return stop;
}
