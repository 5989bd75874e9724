/*
 * The table of --compare: a row for each hop, a column for each protocol, the
 * address once behind them, since it is the same for all in most networks.
 * Where it is not, each has a line.  Below, how each ends, and why.
 */
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "output/comparison.h"

#define LABEL_WIDTH	7
#define CELL_WIDTH	13
#define WIDE_CELL_WIDTH	17	/* with a mark such as !F-1300 */
#define SMALL_SIZE	576	/* packets that hardly any link is too small */
				/* for, IPv4 */
#define TEXT_MAX	1024
#define ADDRESSES_MAX	16	/* of a hop; more are not told apart */

static int
flushed(FILE *stream)
{
	return fflush(stream) != 0 || ferror(stream) ? TR_ESYSTEM : TR_OK;
}

/* --- columns ------------------------------------------------------------ */

/* May a router answer that the probes are too big for its link? */
static bool
are_big(const struct tr_comparison_table *table)
{
	const struct tr_flow *flow = &table->paths[0]->run.flow;

	return flow->size > SMALL_SIZE &&
	    (flow->dont_fragment || flow->dst.family == 6);
}

static int
column_at(const struct tr_comparison_table *table, size_t column)
{
	return LABEL_WIDTH + (int)column *
	    (are_big(table) ? WIDE_CELL_WIDTH : CELL_WIDTH);
}

/* Text from a column on, or just behind what is there; gives where it ends. */
static int
put_at(FILE *stream, int at, int column, const char *text)
{
	const int blanks = at < column ? column - at : 1;

	fprintf(stream, "%*s%s", blanks, "", text);
	return at + blanks + (int)strlen(text);
}

/* --- cells -------------------------------------------------------------- */

/* Three digits, but for what is below a microsecond or above a second. */
static void
append_time(char *text, size_t size, int64_t time)
{
	const double milliseconds = (double)time / 1e6;

	if (time == TR_TIME_NONE)
		tr_text_append(text, size, "?");
	else
		tr_text_append(text, size, "%.*f ms",
		    milliseconds < 1 ? 3 : milliseconds < 10 ? 2 :
		    milliseconds < 100 ? 1 : 0, milliseconds);
}

/* The answer of this address that came soonest, or NULL. */
static const struct tr_path_reply *
soonest(const struct tr_path *path, uint8_t ttl,
    const struct tr_address *address)
{
	const struct tr_path_reply *best = NULL;

	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next) {
		const struct tr_path_reply *answer =
		    tr_path_answer(path, &path->probes[i]);

		if (answer == NULL ||
		    !tr_address_equal(&answer->responder, address))
			continue;
		if (best == NULL || tr_path_round_trip(path, answer) <
		    tr_path_round_trip(path, best))
			best = answer;
	}
	return best;
}

static const char *
cell_text(const struct tr_path *path, uint8_t ttl,
    const struct tr_address *address, char *text, size_t size)
{
	const struct tr_path_reply *answer = soonest(path, ttl, address);
	char mark[TR_MARK_MAX];

	text[0] = '\0';
	if (answer == NULL)
		return text;
	append_time(text, size, tr_path_round_trip(path, answer));
	if (tr_path_mark(answer, mark)[0] != '\0')
		tr_text_append(text, size, " %s", mark);
	return text;
}

/* --- rows --------------------------------------------------------------- */

/* The addresses of a hop, in the order of the columns. */
struct stations {
	struct tr_address addresses[ADDRESSES_MAX];
	size_t	 count;
	bool	 silent[TR_COMPARED_MAX];	/* the column has no answer */
};

static void
add_station(struct stations *stations, const struct tr_address *address)
{
	for (size_t i = 0; i < stations->count; i++)
		if (tr_address_equal(&stations->addresses[i], address))
			return;
	if (stations->count < ADDRESSES_MAX)
		stations->addresses[stations->count++] = *address;
}

static void
find_stations(const struct tr_comparison_table *table, uint8_t ttl,
    struct stations *stations)
{
	*stations = (struct stations){ .count = 0 };
	for (size_t column = 0; column < table->count; column++) {
		const struct tr_path *path = table->paths[column];

		if (ttl > table->last[column])
			continue;
		stations->silent[column] =
		    path->first_of_ttl[ttl] != TR_PATH_NONE;
		for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
		    i = path->probes[i].next) {
			const struct tr_path_reply *answer =
			    tr_path_answer(path, &path->probes[i]);

			if (answer == NULL)
				continue;
			add_station(stations, &answer->responder);
			stations->silent[column] = false;
		}
	}
}

/* The path in whose table the address is, or the first. */
static const struct tr_path *
knowing_path(const struct tr_comparison_table *table,
    const struct tr_address *address)
{
	for (size_t i = 0; i < table->count; i++)
		if (tr_annotations_find(table->paths[i]->annotations,
		    address) != NULL)
			return table->paths[i];
	return table->paths[0];
}

/* The last column. */
static void
put_station(const struct tr_comparison_table *table, int at,
    const struct tr_address *address)
{
	const struct tr_path *path = knowing_path(table, address);

	put_at(table->stream, at, column_at(table, table->count), "");
	tr_host_write(table->stream, path, address, table->options);
	tr_host_facts_write(table->stream, path, address, table->options);
}

/* A line with one address of the hop, or none; stars go into the first. */
static void
put_line(const struct tr_comparison_table *table, const char *label,
    uint8_t ttl, const struct stations *stations, size_t number)
{
	const bool has_address = number < stations->count;
	char text[TR_ADDRESS_TEXT_MAX];
	int at = fprintf(table->stream, "%s", label);

	for (size_t i = 0; i < table->count; i++) {
		text[0] = '\0';
		if (number == 0 && stations->silent[i])
			tr_text_append(text, sizeof(text), "*");
		else if (has_address && ttl <= table->last[i])
			cell_text(table->paths[i], ttl,
			    &stations->addresses[number], text, sizeof(text));
		if (text[0] != '\0')
			at = put_at(table->stream, at, column_at(table, i),
			    text);
	}
	if (has_address)
		put_station(table, at, &stations->addresses[number]);
	putc('\n', table->stream);
}

static void
put_row(const struct tr_comparison_table *table, uint8_t first, uint8_t last)
{
	struct stations stations;
	char label[16] = "";

	find_stations(table, first, &stations);
	tr_text_append(label, sizeof(label), "%2u", first);
	if (last != first)
		tr_text_append(label, sizeof(label), "-%u", last);
	for (size_t i = 0; i == 0 || i < stations.count; i++)
		put_line(table, i == 0 ? label : "", first, &stations, i);
}

/* Is the hop one that nobody answered for? */
static bool
is_silent(const struct tr_comparison_table *table, uint8_t ttl)
{
	struct stations stations;

	find_stations(table, ttl, &stations);
	return stations.count == 0;
}

static bool
is_probed(const struct tr_comparison_table *table, uint8_t ttl)
{
	for (size_t i = 0; i < table->count; i++)
		if (ttl <= table->last[i] &&
		    table->paths[i]->first_of_ttl[ttl] != TR_PATH_NONE)
			return true;
	return false;
}

int
tr_comparison_row(struct tr_comparison_table *table, uint8_t ttl)
{
	table->shown = ttl;
	if (!is_probed(table, ttl))
		return TR_OK;
	/* All silence at the end becomes one row. */
	if (is_silent(table, ttl)) {
		table->held++;
		return TR_OK;
	}
	for (; table->held > 0; table->held--)
		put_row(table, (uint8_t)(ttl - table->held),
		    (uint8_t)(ttl - table->held));
	put_row(table, ttl, ttl);
	return flushed(table->stream);
}

/* --- sentences ---------------------------------------------------------- */

/* Text behind a name or none, in lines that begin at one column. */
static void
put_wrapped(FILE *stream, const char *name, int indent, const char *text)
{
	char lead[TR_COMPARED_NAME_MAX + 1], blanks[TR_COMPARED_NAME_MAX + 1];

	snprintf(lead, sizeof(lead), "%-*s", indent, name);
	snprintf(blanks, sizeof(blanks), "%*s", indent, "");
	tr_wrapped_write(stream, lead, blanks, text);
}

/* " hop 3 (10.0.3.1)"; hop 0 is this host. */
static void
append_hop(char *text, const struct tr_comparison *comparison, uint8_t ttl)
{
	const struct tr_address address =
	    tr_comparison_address(comparison, ttl);
	char name[TR_ADDRESS_TEXT_MAX];

	if (ttl == 0)
		tr_text_append(text, TEXT_MAX, " this host");
	else if (!tr_address_is_set(&address))
		tr_text_append(text, TEXT_MAX, " hop %u", ttl);
	else
		tr_text_append(text, TEXT_MAX, " hop %u (%s)", ttl,
		    tr_address_text(&address, name, sizeof(name)));
}

static void
append_names(char *text, const struct tr_comparison *comparison, unsigned set)
{
	char names[TR_COMPARED_MAX * (TR_COMPARED_NAME_MAX + 5)];

	tr_text_append(text, TEXT_MAX, " %s", tr_comparison_names(comparison,
	    set, names, sizeof(names)));
}

/* Are all of a set traced by UDP? */
static bool
are_udp(const struct tr_comparison *comparison, unsigned set)
{
	for (size_t i = 0; i < comparison->count; i++)
		if ((set & 1u << i) != 0 && comparison->paths[i].path->
		    run.flow.protocol != TR_PROTOCOL_UDP)
			return false;
	return true;
}

#define WELL_KNOWN_LAST	1023	/* ports below are those of known services */

/* Are all of a set traced by UDP to ports where a question is awaited? */
static bool
are_questions(const struct tr_comparison *comparison, unsigned set)
{
	for (size_t i = 0; i < comparison->count; i++)
		if ((set & 1u << i) != 0 && comparison->paths[i].path->
		    run.flow.destination_port > WELL_KNOWN_LAST)
			return false;
	return are_udp(comparison, set);
}

/* It stands between the last hop and the host, or is the host. */
static void
put_host(FILE *stream, const struct tr_comparison *comparison,
    const struct tr_firewall *firewall)
{
	const bool udp = are_udp(comparison, firewall->stops);
	char text[TEXT_MAX] = "";

	if (firewall->refuses)
		tr_text_append(text, TEXT_MAX, "The host itself refuses");
	else
		tr_text_append(text, TEXT_MAX, "The host, or a firewall "
		    "before it, stops");
	append_names(text, comparison, firewall->stops);
	if (!firewall->refuses &&
	    are_questions(comparison, firewall->stops))
		tr_text_append(text, TEXT_MAX, " (or does not answer what is "
		    "no question of its protocol)");
	tr_text_append(text, TEXT_MAX, ", and lets");
	append_names(text, comparison, firewall->passes);
	tr_text_append(text, TEXT_MAX, " in.");
	put_wrapped(stream, "", 0, text);
	if (firewall->refuses)
		return;
	if (firewall->ttl_after > firewall->ttl_before + 1) {
		text[0] = '\0';
		tr_text_append(text, TEXT_MAX, "Too few of the hops between "
		    "answer anybody: it may stand anywhere from");
		append_hop(text, comparison, firewall->ttl_before);
		tr_text_append(text, TEXT_MAX, " on%s.", !udp ? "" :
		    ", or let no ICMP errors back, by which alone UDP is "
		    "answered");
		put_wrapped(stream, "", 0, text);
	}
	if (udp)
		put_wrapped(stream, "", 0, "A UDP port that is open and keeps "
		    "silent looks the same.");
}

/* Are all of a set reset? */
static bool
are_reset(const struct tr_comparison *comparison, unsigned set)
{
	for (size_t i = 0; i < comparison->count; i++)
		if ((set & 1u << i) != 0 && comparison->paths[i].refusal !=
		    TR_REFUSAL_RESET)
			return false;
	return true;
}

/* "A firewall at hop 3 (10.0.3.1)", or between two hops. */
static void
append_place(char *text, const struct tr_comparison *comparison,
    const struct tr_firewall *firewall)
{
	tr_text_append(text, TEXT_MAX, "A firewall %s",
	    firewall->refuses ? "at" : "between");
	append_hop(text, comparison, firewall->ttl_before);
	if (firewall->refuses)
		return;
	tr_text_append(text, TEXT_MAX, " and");
	append_hop(text, comparison, firewall->ttl_after);
	tr_text_append(text, TEXT_MAX, ", or at one of them,");
}

/* One that refuses may be what drops others just before it. */
static void
append_kinship(char *text, const struct tr_comparison *comparison,
    const struct tr_firewall *firewall)
{
	if (firewall->refuses)
		return;
	for (size_t i = 0; i < comparison->firewall_count; i++) {
		const struct tr_firewall *other = &comparison->firewalls[i];

		if (!other->refuses || other->at_host ||
		    other->ttl_before == 0 ||
		    other->ttl_before < firewall->ttl_before ||
		    other->ttl_before > firewall->ttl_after)
			continue;
		tr_text_append(text, TEXT_MAX, " It may be the device at hop "
		    "%u.", other->ttl_before);
		return;
	}
}

static void
put_firewall(FILE *stream, const struct tr_comparison *comparison,
    const struct tr_firewall *firewall)
{
	char text[TEXT_MAX] = "";

	if (firewall->at_host) {
		put_host(stream, comparison, firewall);
		return;
	}
	if (firewall->refuses && firewall->ttl_before == 0)
		tr_text_append(text, TEXT_MAX, "This host does not send");
	else {
		append_place(text, comparison, firewall);
		tr_text_append(text, TEXT_MAX, firewall->passes != 0 ?
		    " stops" : are_reset(comparison, firewall->stops) ?
		    " resets" : " refuses");
	}
	append_names(text, comparison, firewall->stops);
	if (!firewall->refuses && are_udp(comparison, firewall->stops))
		tr_text_append(text, TEXT_MAX, " (or what answers it is "
		    "stopped on its way back)");
	if (firewall->passes != 0) {
		tr_text_append(text, TEXT_MAX, ", and lets");
		append_names(text, comparison, firewall->passes);
		tr_text_append(text, TEXT_MAX, " pass");
	}
	tr_text_append(text, TEXT_MAX, ".");
	append_kinship(text, comparison, firewall);
	put_wrapped(stream, "", 0, text);
}

/* The hops at which not all meet. */
static void
put_differences(FILE *stream, const struct tr_comparison *comparison)
{
	char text[TEXT_MAX] = "";
	unsigned stretches = 0;

	for (unsigned first = 1, last; first < 256; first = last + 1) {
		last = first;
		if (!comparison->differs[first])
			continue;
		while (last < 255 && comparison->differs[last + 1])
			last++;
		tr_text_append(text, TEXT_MAX, "%s%u", stretches++ == 0 ? "" :
		    ", ", first);
		if (last > first)
			tr_text_append(text, TEXT_MAX, "-%u", last);
	}
	if (stretches == 0)
		return;
	fprintf(stream, "Not all go the same way: %s %s.\n", strpbrk(text,
	    ",-") == NULL ? "they differ at hop" : "they differ at hops",
	    text);
}

/* Why this host sends none of them, if that is one reason. */
static void
append_errors(char *text, const struct tr_comparison *comparison)
{
	const int error = comparison->paths[0].error;

	for (size_t i = 1; i < comparison->count; i++)
		if (comparison->paths[i].error != error)
			return;
	if (error != 0)
		tr_text_append(text, TEXT_MAX, ": %s", strerror(error));
}

static void
append_refusal_of_all(char *text, const struct tr_comparison *comparison)
{
	if (comparison->paths[0].host_ttl != 0)
		tr_text_append(text, TEXT_MAX, "The host itself");
	else {
		tr_text_append(text, TEXT_MAX, "A firewall at");
		append_hop(text, comparison, comparison->paths[0].ttl);
	}
	tr_text_append(text, TEXT_MAX, " refuses all of them.");
}

static void
put_same_place(FILE *stream, const struct tr_comparison *comparison)
{
	const uint8_t ttl = comparison->paths[0].ttl;
	char text[TEXT_MAX] = "";

	switch (comparison->reason) {
	case TR_REASON_NONE:
		return;
	case TR_REASON_REFUSED:
		append_refusal_of_all(text, comparison);
		break;
	case TR_REASON_NO_WAY:
		tr_text_append(text, TEXT_MAX, "There is no way on from");
		append_hop(text, comparison, ttl);
		tr_text_append(text, TEXT_MAX, ": it is not the protocol.");
		break;
	case TR_REASON_TOO_BIG:
		tr_text_append(text, TEXT_MAX, "Packets of this size go no "
		    "farther than");
		append_hop(text, comparison, ttl);
		tr_text_append(text, TEXT_MAX, ": it is not the protocol.");
		break;
	case TR_REASON_SILENT:
		tr_text_append(text, TEXT_MAX, "All are silent from hop %u "
		    "on: the host is down, the route ends there, or something "
		    "stops all of them; another port may pass.", ttl + 1u);
		break;
	case TR_REASON_UNSENT:
		tr_text_append(text, TEXT_MAX, "This host sends none of them");
		append_errors(text, comparison);
		tr_text_append(text, TEXT_MAX, ".");
		break;
	case TR_REASON_MIXED:
		tr_text_append(text, TEXT_MAX, "All end at");
		append_hop(text, comparison, ttl);
		tr_text_append(text, TEXT_MAX, ", for different reasons.");
		break;
	}
	put_wrapped(stream, "", 0, text);
}

static bool
has_end(const struct tr_comparison *comparison, enum tr_compared_end end)
{
	for (size_t i = 0; i < comparison->count; i++)
		if (comparison->paths[i].end == end)
			return true;
	return false;
}

/* Those that are silent, about which no firewall tells. */
static unsigned
silent_alone(const struct tr_comparison *comparison)
{
	unsigned set = 0;

	for (size_t i = 0; i < comparison->count; i++)
		if (comparison->paths[i].end == TR_COMPARED_SILENT)
			set |= 1u << i;
	for (size_t i = 0; i < comparison->firewall_count; i++)
		set &= ~comparison->firewalls[i].stops;
	return set & ~comparison->elsewhere & ~comparison->doubtful;
}

/* " from hop 3 on", where that is so of all of a set. */
static void
append_beginning(char *text, const struct tr_comparison *comparison,
    unsigned set)
{
	const struct tr_compared *paths = comparison->paths;
	size_t first = 0;

	while ((set & 1u << first) == 0)
		first++;
	for (size_t i = first; i < comparison->count; i++)
		if ((set & 1u << i) != 0 && paths[i].ttl != paths[first].ttl)
			return;
	tr_text_append(text, TEXT_MAX, " from hop %u on",
	    paths[first].ttl + 1u);
}

/* Beside a firewall that refuses some, what is known of the silent ones. */
static void
put_silent(FILE *stream, const struct tr_comparison *comparison)
{
	const unsigned set = silent_alone(comparison);
	const bool one = (set & (set - 1)) == 0;
	char text[TEXT_MAX] = "";

	if (set == 0 || comparison->firewall_count == 0)
		return;
	append_names(text, comparison, set);
	tr_text_append(text, TEXT_MAX, one ? " is silent" : " are silent");
	append_beginning(text, comparison, set);
	tr_text_append(text, TEXT_MAX, ": %s may be stopped too, or pass and "
	    "get no answer.", one ? "it" : "they");
	put_wrapped(stream, "", 0, text + 1);
}

/* What was not captured looks as if it were not answered. */
static void
put_losses(FILE *stream, const struct tr_comparison *comparison)
{
	bool lost = false;

	for (size_t i = 0; i < comparison->count; i++) {
		const struct tr_capture_counts *counts =
		    &comparison->paths[i].path->capture;

		lost |= counts->known &&
		    counts->dropped + counts->interface_dropped > 0;
	}
	if (!lost)
		return;
	for (size_t i = 0; i < comparison->count; i++)
		if (comparison->paths[i].end == TR_COMPARED_SILENT) {
			put_wrapped(stream, "", 0, "The capture lost packets: "
			    "what looks silent may have been answered.");
			return;
		}
}

/* Those about which nothing is claimed, and why. */
static void
put_doubts(FILE *stream, const struct tr_comparison *comparison)
{
	char text[TEXT_MAX] = "";

	if (comparison->elsewhere != 0) {
		append_names(text, comparison, comparison->elsewhere);
		tr_text_append(text, TEXT_MAX, ": those that get farther go "
		    "another way, so it may be the way and not the "
		    "protocol.");
		put_wrapped(stream, "", 0, text + 1);
	}
	text[0] = '\0';
	if (comparison->doubtful != 0) {
		append_names(text, comparison, comparison->doubtful);
		tr_text_append(text, TEXT_MAX, ": too few answers come from "
		    "farther on to say that it is stopped.");
		put_wrapped(stream, "", 0, text + 1);
	}
	if (comparison->verdict != TR_COMPARISON_UNCLEAR ||
	    (comparison->elsewhere | comparison->doubtful) != 0)
		return;
	if (has_end(comparison, TR_COMPARED_REFUSED) &&
	    has_end(comparison, TR_COMPARED_SILENT))
		put_wrapped(stream, "", 0, "Some are refused and some are "
		    "silent: these may be stopped too, or pass and get no "
		    "answer.");
	else if (has_end(comparison, TR_COMPARED_OPEN))
		put_wrapped(stream, "", 0, "Not all were traced to their end: "
		    "nothing is claimed.");
	else
		put_wrapped(stream, "", 0, "Nothing here says that the "
		    "protocol makes a difference.");
}

static void
put_conclusion(FILE *stream, const struct tr_comparison *comparison)
{
	putc('\n', stream);
	if (tr_comparison_stop(comparison) == TR_STOP_INTERRUPTED)
		put_wrapped(stream, "", 0, "It was interrupted: this is what "
		    "is known so far.");
	put_differences(stream, comparison);
	if (comparison->verdict == TR_COMPARISON_ALL_ARRIVE)
		put_wrapped(stream, "", 0, "All arrive: nothing on the way "
		    "stops one of them.");
	if (comparison->verdict == TR_COMPARISON_SAME_PLACE)
		put_same_place(stream, comparison);
	for (size_t i = 0; i < comparison->firewall_count; i++)
		put_firewall(stream, comparison, &comparison->firewalls[i]);
	put_silent(stream, comparison);
	put_doubts(stream, comparison);
	put_losses(stream, comparison);
}

/* --- the whole ---------------------------------------------------------- */

int
tr_comparison_begin(struct tr_comparison_table *table)
{
	const struct tr_run *run = &table->paths[0]->run;
	char name[TR_COMPARED_NAME_MAX];
	int at = 0;

	for (size_t i = 0; i < table->count; i++)
		fprintf(table->stream, "%s%s", i == 0 ? "" :
		    i + 1 == table->count ? " and " : ", ",
		    tr_compared_name(&table->paths[i]->run.flow, name));
	fputs(" to ", table->stream);
	tr_target_write(table->stream, run);
	fprintf(table->stream, ", %u hops max\n", run->trace.max_ttl);
	for (size_t i = 0; i < table->count; i++) {
		tr_compared_name(&table->paths[i]->run.flow, name);
		at = put_at(table->stream, at, column_at(table, i), name);
	}
	putc('\n', table->stream);
	return flushed(table->stream);
}

/* The last hop of a path of which something is known. */
static uint8_t
last_of(const struct tr_compared *compared)
{
	const uint8_t last = compared->path->conclusion.last_ttl;

	return compared->end == TR_COMPARED_SILENT &&
	    compared->path->interrupted && compared->waited_ttl > last ?
	    compared->waited_ttl : last;
}

int
tr_comparison_end(struct tr_comparison_table *table,
    const struct tr_comparison *comparison)
{
	char text[TR_COMPARED_TEXT_MAX];
	uint8_t last = 0;

	for (size_t i = 0; i < table->count; i++) {
		table->last[i] = last_of(&comparison->paths[i]);
		if (table->last[i] > last)
			last = table->last[i];
	}
	for (unsigned ttl = table->shown + 1u; ttl <= last; ttl++)
		(void)tr_comparison_row(table, (uint8_t)ttl);
	if (table->held > 0)
		put_row(table, (uint8_t)(table->shown - table->held + 1),
		    table->shown);
	putc('\n', table->stream);
	for (size_t i = 0; i < comparison->count; i++)
		put_wrapped(table->stream, comparison->paths[i].name,
		    TR_COMPARED_NAME_MAX, tr_compared_text(
		    &comparison->paths[i], text, sizeof(text)));
	put_conclusion(table->stream, comparison);
	return flushed(table->stream);
}
