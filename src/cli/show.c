#include "config.h"

#include <errno.h>
#include <langinfo.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/show.h"
#include "io/clock.h"

static const struct tr_output *
choose_output(const struct tr_options *options, const struct tr_path *path)
{
#ifdef HAVE_JANSSON
	if (options->json)
		return &tr_output_json;
#endif
	if (options->dot)
		return &tr_output_dot;
	if (options->multipath || path->run.multipath)
		return &tr_output_paths;
	if (options->program == TR_PROGRAM_TCPTRACEROUTE)
		return &tr_output_tcptraceroute;
	if (path->run.rounds.count > 0)
		return &tr_output_report;
	return &tr_output_text;
}

void
tr_show_choice(const struct tr_options *options, const struct tr_run *run)
{
	char text[TR_ERROR_TEXT_MAX] = "", address[TR_ADDRESS_TEXT_MAX];

	if (options->program != TR_PROGRAM_TRUEROUTE || run->addresses < 2)
		return;
	tr_text_append(text, sizeof(text), "%s has %u %saddresses: this "
	    "traces %s, number %u in the system's order; --all-addresses "
	    "traces each", run->target, run->addresses,
	    options->family == 4 ? "IPv4 " : options->family == 6 ? "IPv6 " :
	    "", tr_address_text(&run->flow.dst, address, sizeof(address)),
	    run->address_number);
	tr_complain(options, text);
}

FILE *
tr_show_stream(const struct tr_options *options)
{
	return options->write_path != NULL &&
	    strcmp(options->write_path, "-") == 0 ? stderr : stdout;
}

struct tr_output_options
tr_show_options(const struct tr_options *options)
{
	return (struct tr_output_options){
		.numeric = options->numeric,
		.extensions = options->extensions,
		.return_hops = options->back,
		.explain = options->explain,
		.origins = options->as_lookup,
		.places = options->geo_path != NULL,
		.graph = options->multipath,
		.unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
	};
}

void
tr_show_init(struct tr_show *show, const struct tr_options *options,
    struct tr_path *path, FILE *stream)
{
	*show = (struct tr_show){
		.asked = options,
		.output = choose_output(options, path),
		.options = tr_show_options(options),
		.stream = stream,
		.path = path,
		.is_data = options->json || options->dot,
	};
	show->options.graph |= path->run.multipath;
}

void
tr_show_note(struct tr_show *show, int status)
{
	if (status != TR_OK && show->failed == TR_OK) {
		show->failed = status;
		show->system = errno;
	}
}

void
tr_show_begin(struct tr_show *show)
{
	if (show->output->begin != NULL)
		tr_show_note(show, show->output->begin(show->stream, show->path,
		    &show->options));
}

static void
write_hop(struct tr_show *show, uint8_t ttl)
{
	if (show->output->hop != NULL)
		tr_show_note(show, show->output->hop(show->stream, show->path,
		    ttl, &show->options));
	show->shown = ttl;
}

int64_t
tr_show_flush(struct tr_show *show, int64_t now)
{
	while (show->shown < show->final) {
		const uint8_t next = (uint8_t)(show->shown + 1);
		const int64_t until = tr_lookups_hop(show->lookups,
		    show->path, next, show->final_since[next], now);

		if (until != TR_TIME_NONE)
			return until;
		write_hop(show, next);
	}
	return TR_TIME_NEVER;
}

void
tr_show_hop(struct tr_show *show, uint8_t ttl)
{
	if (show->lookups == NULL) {
		write_hop(show, ttl);
		return;
	}
	/* The first one may be another than 1. */
	if (show->final == 0)
		show->shown = (uint8_t)(ttl - 1);
	show->final = ttl;
	show->final_since[ttl] = tr_clock_monotonic();
	(void)tr_show_flush(show, show->final_since[ttl]);
}

void
tr_show_end(struct tr_show *show)
{
	while (show->shown < show->final)
		write_hop(show, (uint8_t)(show->shown + 1));
	if (show->output->end != NULL)
		tr_show_note(show, show->output->end(show->stream, show->path,
		    show->shown, &show->options));
	/* JSON has them as they are. */
	if (show->options.explain && !show->is_data)
		tr_show_note(show, tr_explain_write(show->stream, show->path));
	if (fflush(show->stream) != 0)
		tr_show_note(show, TR_ESYSTEM);
}

enum tr_status
tr_show_finish(struct tr_show *show)
{
	char text[TR_ERROR_TEXT_MAX];

	if (show->failed == TR_OK)
		return tr_status_of(show->asked, show->path);
	snprintf(text, sizeof(text), "cannot write the result: %s",
	    show->failed == TR_ESYSTEM ? strerror(show->system) :
	    tr_error_phrase(show->failed));
	tr_complain(show->asked, text);
	return TR_EXIT_SYSTEM;
}

enum tr_status
tr_show_saved(const struct tr_options *options, struct tr_path *path,
    bool is_first)
{
	struct tr_show show;

	tr_show_init(&show, options, path, tr_show_stream(options));
	if (!is_first && !options->json)
		putc('\n', show.stream);
	tr_show_begin(&show);
	for (unsigned ttl = path->conclusion.first_ttl;
	    ttl != 0 && ttl <= path->conclusion.last_ttl; ttl++)
		tr_show_hop(&show, (uint8_t)ttl);
	tr_show_end(&show);
	if (options->program != TR_PROGRAM_TCPTRACEROUTE)
		(void)tr_notes_write(stderr, path);
	return tr_show_finish(&show);
}
