/*
 * What --reveal found: in words, and in JSON behind the object of the path.
 */
#include "config.h"

#include "base/text.h"
#include "output/output.h"

#ifdef HAVE_JANSSON
#include "io/run_json.h"
#include "output/json_parts.h"
#endif

#define LINE_SIZE 512

static void
say_place(char *line, const struct tr_hidden *hidden)
{
	char address[TR_ADDRESS_TEXT_MAX];

	if (hidden->before_ttl == 0)
		tr_text_append(line, LINE_SIZE, "before hop %u (%s)",
		    hidden->after_ttl, tr_address_text(&hidden->after,
		    address, sizeof(address)));
	else {
		tr_text_append(line, LINE_SIZE, "between hop %u (%s)",
		    hidden->before_ttl, tr_address_is_set(&hidden->before) ?
		    tr_address_text(&hidden->before, address,
		    sizeof(address)) : "not probed");
		tr_text_append(line, LINE_SIZE, " and hop %u (%s)",
		    hidden->after_ttl, tr_address_text(&hidden->after,
		    address, sizeof(address)));
	}
}

/* What was found, or why nothing was. */
static void
say_found(char *line, const struct tr_hidden *hidden)
{
	const bool way_back = hidden->has_lengths &&
	    hidden->error_hops > hidden->echo_hops;

	if (hidden->count > 0)
		tr_text_append(line, LINE_SIZE, " %s%u router%s hidden, "
		    "revealed by %u trace%s%s%s:",
		    hidden->incomplete || hidden->interrupted ?
		    "at least " : "", hidden->count,
		    hidden->count == 1 ? " is" : "s are", hidden->traces,
		    hidden->traces == 1 ? "" : "s",
		    hidden->method == TR_REVEAL_BACKWARD ?
		    ", one after the other" : "",
		    hidden->interrupted ? ", until it was interrupted" : "");
	else if (hidden->interrupted)
		tr_text_append(line, LINE_SIZE,
		    ": interrupted before anything showed");
	else if (hidden->incomplete)
		tr_text_append(line, LINE_SIZE, " nothing shows, but the "
		    "trace there did not come through: it says little");
	else if (way_back)
		tr_text_append(line, LINE_SIZE, " nothing shows: the tunnel "
		    "hides its routers from traces to its end too");
	else
		tr_text_append(line, LINE_SIZE, " nothing shows: no tunnel "
		    "is there, or it hides its routers from traces to its "
		    "end too");
}

static void
put_place(FILE *stream, const struct tr_hidden *hidden)
{
	char line[LINE_SIZE] = "";

	say_place(line, hidden);
	say_found(line, hidden);
	tr_wrapped_write(stream, "  ", "  ", line);
}

static void
put_lengths(FILE *stream, const struct tr_hidden *hidden)
{
	char address[TR_ADDRESS_TEXT_MAX], line[LINE_SIZE] = "";

	if (!hidden->has_lengths || hidden->error_hops <= hidden->echo_hops)
		return;
	tr_text_append(line, sizeof(line), "errors of %s come over %u hops "
	    "and its echo replies over %u, by their TTL: a tunnel on the way "
	    "back hides %u", tr_address_text(&hidden->after, address,
	    sizeof(address)), hidden->error_hops, hidden->echo_hops,
	    hidden->error_hops - hidden->echo_hops);
	tr_wrapped_write(stream, "    ", "    ", line);
}

static void
put_router(FILE *stream, const struct tr_path *path,
    const struct tr_address *router, const struct tr_output_options *options)
{
	fputs("    ", stream);
	tr_host_write(stream, path, router, options);
	tr_host_facts_write(stream, path, router, options);
	putc('\n', stream);
}

int
tr_reveal_write(FILE *stream, const struct tr_path *path,
    const struct tr_hidden hidden[], size_t count,
    const struct tr_output_options *options)
{
	fputs("\nHidden routers:\n", stream);
	if (count == 0)
		fputs("  no place is suspected\n", stream);
	for (size_t i = 0; i < count; i++) {
		put_place(stream, &hidden[i]);
		for (unsigned j = 0; j < hidden[i].count; j++)
			put_router(stream, path, &hidden[i].routers[j],
			    options);
		put_lengths(stream, &hidden[i]);
	}
	return fflush(stream) != 0 || ferror(stream) ? TR_ESYSTEM : TR_OK;
}

#ifdef HAVE_JANSSON

static json_t *
number_or_null(bool known, unsigned number)
{
	return known ? json_integer(number) : json_null();
}

static json_t *
place_to_json(const struct tr_hidden *hidden)
{
	const char *method = tr_reveal_method_name(hidden->method);
	json_t *routers = json_array();

	for (unsigned i = 0; i < hidden->count; i++)
		routers = tr_json_item(routers,
		    tr_address_to_json(&hidden->routers[i]));
	return json_pack("{s:o, s:o, s:i, s:o, s:o, s:o, s:i, s:b, s:o, s:o}",
	    "before_ttl", number_or_null(hidden->before_ttl != 0,
	    hidden->before_ttl),
	    "before", tr_address_to_json(&hidden->before),
	    "after_ttl", (int)hidden->after_ttl,
	    "after", tr_address_to_json(&hidden->after),
	    "routers", routers,
	    "method", method == NULL ? json_null() : json_string(method),
	    "traces", (int)hidden->traces,
	    "complete", (int)(!hidden->incomplete && !hidden->interrupted),
	    "error_return_hops", number_or_null(hidden->has_lengths,
	    hidden->error_hops),
	    "echo_return_hops", number_or_null(hidden->has_lengths,
	    hidden->echo_hops));
}

int
tr_reveal_json(FILE *stream, const struct tr_hidden hidden[], size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		list = tr_json_item(list, place_to_json(&hidden[i]));
	return tr_json_write(stream, tr_json_joined(tr_json_head(),
	    json_pack("{s:o}", "revealed", list)));
}

#endif
