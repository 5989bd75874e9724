#define _POSIX_C_SOURCE 200809L

#include "config.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_JANSSON
#include <jansson.h>
#endif

#include "survey_input.h"

#define COLUMNS_MAX	64
#define TTL_MAX		64	/* of a probe that can be judged */

struct input {
	FILE	*file;
	const char *name;
	unsigned long line;
	const struct survey_known *known;
	const struct survey_taker *taker;
};

static void
bad(const struct input *input, const char *what, const char *value)
{
	errx(2, "%s, line %lu: %s: %.60s", input->name, input->line, what,
	    value);
}

static struct tr_address
address_of(const struct input *input, const char *text)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct tr_address address;

	if (tr_address_parse(text, &address) != 0)
		bad(input, "no address", text);
	if (address.family == 6 &&
	    memcmp(address.bytes, mapped, sizeof(mapped)) == 0)
		return tr_address_v4(address.bytes + sizeof(mapped));
	return address;
}

/*
 * The transport's first bytes of a probe by ICMP: those of an echo request.
 */
static uint32_t
first_of_echo(const struct input *input, uint8_t family)
{
	if (input->known->checksum < 0)
		errx(2, "%s, line %lu: probes by ICMP, and their checksum "
		    "is not known: tell it with --checksum", input->name,
		    input->line);
	return (family == 4 ? 8u : 128u) << 24 |
	    (uint32_t)input->known->checksum;
}

static void
set_flow(const struct input *input, struct survey_flow *flow,
    const struct tr_address *target, long protocol, long source,
    long destination)
{
	*flow = (struct survey_flow){
		.target = *target,
		.protocol = (uint8_t)protocol,
		.label = target->family == 6 ? input->known->label : 0,
	};
	if (protocol == SURVEY_ICMP || protocol == SURVEY_ICMP6)
		flow->first = first_of_echo(input, target->family);
	else
		flow->first = (uint32_t)source << 16 | (uint32_t)destination;
}

/* --- rows --------------------------------------------------------------- */

enum column {
	PROTOCOL, TARGET, SOURCE_PORT, DESTINATION_PORT, TTL, RESPONDER,
	NEEDED,
	QUOTED_TTL = NEEDED, REPLY_PROTOCOL, TYPE, CODE, REPLY_TTL, RTT, LATE,
	DUPLICATE, COLUMNS,
};

static const char *const columns[COLUMNS] = {
	[PROTOCOL] = "probe_protocol",
	[TARGET] = "probe_dst_addr",
	[SOURCE_PORT] = "probe_src_port",
	[DESTINATION_PORT] = "probe_dst_port",
	[TTL] = "probe_ttl",
	[RESPONDER] = "reply_src_addr",
	[QUOTED_TTL] = "quoted_ttl",
	[REPLY_PROTOCOL] = "reply_protocol",
	[TYPE] = "reply_icmp_type",
	[CODE] = "reply_icmp_code",
	[REPLY_TTL] = "reply_ttl",
	[RTT] = "rtt_us",
	[LATE] = "late",
	[DUPLICATE] = "duplicate",
};

/* Cut a line of CSV up, in place; the number of cells. */
static int
split(char *line, char *cells[COLUMNS_MAX])
{
	int count = 0;

	while (count < COLUMNS_MAX) {
		const bool quoted = *line == '"';
		char *end;

		line += quoted;
		cells[count++] = line;
		end = line + strcspn(line, quoted ? "\"" : ",\r\n");
		line = quoted ? end + strcspn(end, ",\r\n") : end;
		if (*line != ',') {
			*end = '\0';
			return count;
		}
		*end = '\0';
		line++;
	}
	return count;
}

/* Where each column is; -1: nowhere. */
static void
read_heading(const struct input *input, char *line, int places[COLUMNS])
{
	char *cells[COLUMNS_MAX];
	const int count = split(line, cells);

	for (int column = 0; column < COLUMNS; column++) {
		places[column] = -1;
		for (int i = 0; i < count; i++)
			if (strcmp(cells[i], columns[column]) == 0)
				places[column] = i;
		if (places[column] < 0 && column < NEEDED)
			bad(input, "the heading lacks", columns[column]);
	}
}

/* A number; -1 where there is none, or no such column. */
static long
number_in(const struct input *input, char *const cells[],
    const int places[COLUMNS], enum column column)
{
	const char *text = places[column] < 0 ? "" : cells[places[column]];
	char *end;
	long number;

	if (*text == '\0')
		return -1;
	number = strtol(text, &end, 10);
	if (*end != '\0' || number < 0)
		bad(input, columns[column], text);
	return number;
}

static bool
is_icmp(long protocol)
{
	return protocol == SURVEY_ICMP || protocol == SURVEY_ICMP6;
}

static void
take_row(const struct input *input, char *const cells[],
    const int places[COLUMNS])
{
	const struct tr_address target = address_of(input,
	    cells[places[TARGET]]);
	const long ttl = number_in(input, cells, places, TTL);
	const long protocol = number_in(input, cells, places,
	    REPLY_PROTOCOL);
	struct survey_reply reply = {
		.ttl = (uint8_t)ttl,
		.responder = address_of(input, cells[places[RESPONDER]]),
		.protocol = (int)protocol,
		.type = -1,
		.code = -1,
		.reply_ttl = (int)number_in(input, cells, places, REPLY_TTL),
		.quoted_ttl = (int)number_in(input, cells, places,
		    QUOTED_TTL),
		.rtt = number_in(input, cells, places, RTT),
		.late = number_in(input, cells, places, LATE) > 0,
		.duplicate = number_in(input, cells, places, DUPLICATE) > 0,
	};

	if (ttl < 1 || ttl > TTL_MAX)
		bad(input, columns[TTL], cells[places[TTL]]);
	if (protocol < 0 || is_icmp(protocol)) {
		reply.type = (int)number_in(input, cells, places, TYPE);
		reply.code = (int)number_in(input, cells, places, CODE);
	}
	set_flow(input, &reply.flow, &target,
	    number_in(input, cells, places, PROTOCOL),
	    number_in(input, cells, places, SOURCE_PORT),
	    number_in(input, cells, places, DESTINATION_PORT));
	input->taker->reply(input->taker->context, &reply);
}

static void
read_rows(struct input *input, char *heading)
{
	int places[COLUMNS], most = 0;
	char *line = NULL, *cells[COLUMNS_MAX];
	size_t room = 0;

	read_heading(input, heading, places);
	for (int i = 0; i < COLUMNS; i++)
		most = places[i] > most ? places[i] : most;
	while (getline(&line, &room, input->file) > 0) {
		input->line++;
		/* Files that were joined have more headings. */
		if (strncmp(line, "capture_timestamp,", 18) == 0)
			continue;
		if (split(line, cells) <= most)
			bad(input, "columns are missing", line);
		take_row(input, cells, places);
	}
	free(line);
}

/* --- JSON --------------------------------------------------------------- */

#ifdef HAVE_JANSSON
/* What the first line said. */
struct shared {
	bool	 known;
	const char *protocol;		/* one of names[] */
	long	 source_port, destination_port;
	struct survey_known flow;
};

static const char *const names[] = { "UDP", "TCP", "ICMP" };

static long
json_number(const json_t *object, const char *name, long otherwise)
{
	const json_t *value = json_object_get(object, name);

	return json_is_integer(value) ? (long)json_integer_value(value) :
	    otherwise;
}

static struct tr_address
json_address(const struct input *input, const json_t *object,
    const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	if (text == NULL)
		bad(input, "no text", name);
	return address_of(input, text);
}

static void
take_begin(struct input *input, const json_t *line, struct shared *shared)
{
	const json_t *flow = json_object_get(line, "flow");
	const json_t *parameters = json_object_get(line, "parameters");
	const char *protocol = json_string_value(json_object_get(flow,
	    "protocol"));
	const long first = json_number(parameters, "first_ttl", 1);
	const long last = json_number(parameters, "max_ttl", TTL_MAX);

	shared->known = false;
	for (unsigned i = 0; i < 3; i++)
		if (protocol != NULL && strcmp(protocol, names[i]) == 0) {
			shared->protocol = names[i];
			shared->known = true;
		}
	if (!shared->known)
		bad(input, "no protocol in flow",
		    protocol == NULL ? "" : protocol);
	shared->source_port = json_number(flow, "source_port", 0);
	shared->destination_port = json_number(flow, "destination_port", 0);
	shared->flow = *input->known;
	shared->flow.checksum = (int32_t)json_number(flow, "icmp_checksum",
	    shared->flow.checksum);
	shared->flow.label = (uint32_t)json_number(flow, "flow_label",
	    shared->flow.label);
	if (first < 1 || last > TTL_MAX || first > last)
		bad(input, "no TTLs that can be judged", "parameters");
	input->taker->ttls(input->taker->context, (uint8_t)first,
	    (uint8_t)last);
}

static struct survey_flow
json_flow(const struct input *input, const json_t *line,
    const struct shared *shared)
{
	const struct tr_address target = json_address(input, line, "target");
	struct input with = *input;
	struct survey_flow flow;
	long protocol = SURVEY_UDP;

	if (!shared->known)
		bad(input, "nothing before it says what was sent",
		    "\"type\":\"survey\"");
	if (shared->protocol == names[1])
		protocol = SURVEY_TCP;
	else if (shared->protocol == names[2])
		protocol = target.family == 4 ? SURVEY_ICMP : SURVEY_ICMP6;
	with.known = &shared->flow;
	set_flow(&with, &flow, &target, protocol, shared->source_port,
	    shared->destination_port);
	return flow;
}

static void
take_json_reply(const struct input *input, const json_t *object,
    const struct survey_flow *flow, long ttl)
{
	const json_t *icmp = json_object_get(object, "icmp");
	const json_t *quote = json_object_get(object, "quote");
	const json_t *tcp = json_object_get(object, "tcp");
	const long rtt = json_number(object, "rtt_ns", -1);
	const struct survey_reply reply = {
		.flow = *flow,
		.ttl = (uint8_t)ttl,
		.responder = json_address(input, object, "responder"),
		.protocol = json_is_object(tcp) ? SURVEY_TCP :
		    !json_is_object(icmp) ? -1 :
		    flow->target.family == 4 ? SURVEY_ICMP : SURVEY_ICMP6,
		.type = (int)json_number(icmp, "type", -1),
		.code = (int)json_number(icmp, "code", -1),
		.reply_ttl = (int)json_number(object, "ttl", -1),
		.quoted_ttl = (int)json_number(quote, "ttl",
		    json_is_null(quote) ? 0 : -1),
		.rtt = rtt < 0 ? -1 : rtt / 1000,
		.late = json_is_true(json_object_get(object, "late")),
		.duplicate = json_is_true(json_object_get(object,
		    "duplicate")),
	};

	if (ttl < 1 || ttl > TTL_MAX)
		bad(input, "no such TTL", "ttl");
	input->taker->reply(input->taker->context, &reply);
}

static void
take_record(const struct input *input, const json_t *line,
    const struct shared *shared)
{
	const struct survey_flow flow = json_flow(input, line, shared);
	const json_t *hops = json_object_get(line, "hops"), *hop, *reply;
	size_t i, j;

	input->taker->record(input->taker->context, &flow,
	    (uint8_t)json_number(line, "joined", 0));
	json_array_foreach(hops, i, hop) {
		const json_t *replies = json_object_get(hop, "replies");

		json_array_foreach(replies, j, reply)
			take_json_reply(input, reply, &flow,
			    json_number(hop, "ttl", 0));
	}
}

static void
take_line(struct input *input, const char *text, struct shared *shared)
{
	json_t *line = json_loads(text, 0, NULL);
	const char *type = json_string_value(json_object_get(line, "type"));

	if (type == NULL)
		bad(input, "no object with a type", text);
	if (strcmp(type, "survey") == 0)
		take_begin(input, line, shared);
	else if (strcmp(type, "target") == 0)
		take_record(input, line, shared);
	else if (strcmp(type, "reply") == 0) {
		const struct survey_flow flow = json_flow(input, line,
		    shared);

		take_json_reply(input, json_object_get(line, "reply"), &flow,
		    json_number(line, "ttl", 0));
	} else if (strcmp(type, "end") != 0)
		bad(input, "no such type", type);
	json_decref(line);
}

static void
read_json(struct input *input, const char *first)
{
	struct shared shared = { .known = false };
	char *line = NULL;
	size_t room = 0;

	take_line(input, first, &shared);
	while (getline(&line, &room, input->file) > 0) {
		input->line++;
		take_line(input, line, &shared);
	}
	free(line);
}
#else
static void
read_json(struct input *input, const char *first)
{
	(void)first;
	errx(2, "%s: JSON, and this build has none (libjansson-dev)",
	    input->name);
}
#endif /* HAVE_JANSSON */

/* --- either ------------------------------------------------------------- */

void
survey_input_read(FILE *file, const char *name,
    const struct survey_known *known, const struct survey_taker *taker)
{
	struct input input = { file, name, 1, known, taker };
	char *line = NULL;
	size_t room = 0;

	errno = 0;
	if (getline(&line, &room, file) <= 0) {
		if (errno != 0)
			err(2, "%s", name);
		errx(2, "%s: it is empty", name);
	}
	if (line[0] == '{')
		read_json(&input, line);
	else
		read_rows(&input, line);
	if (ferror(file))
		err(2, "%s", name);
	free(line);
}

void
survey_input_list(FILE *file, const char *name,
    void (*take)(void *context, const struct tr_address *target),
    void *context)
{
	struct input input = { .file = file, .name = name };
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, file) > 0) {
		struct tr_address target;

		input.line++;
		line[strcspn(line, "#\r\n \t")] = '\0';
		if (line[0] == '\0')
			continue;
		target = address_of(&input, line);
		take(context, &target);
	}
	if (ferror(file))
		err(2, "%s", name);
	free(line);
}
