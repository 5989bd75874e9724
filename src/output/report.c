/*
 * A run with rounds, for people: a table with a line for each hop, or several
 * where several addresses answered.  Of an answer is told how often it came,
 * not how often it did not: a router that limits its errors, or sends none,
 * loses nothing.
 *
 * Names, origin AS and places stand at the end of the lines, whole: there they
 * push no column aside.
 */
#include <string.h>

#include "output/output.h"
#include "result/statistics.h"

#define ADDRESS_TITLE	"address"
#define MARKS_MAX	4	/* different ones of a responder */

static int
end_table(FILE *stream)
{
	return fflush(stream) != 0 || ferror(stream) ? TR_ESYSTEM : TR_OK;
}

static int
begin(FILE *stream, const struct tr_path *path,
    const struct tr_output_options *options)
{
	const unsigned count = path->run.rounds.count;

	(void)options;
	tr_heading_write(stream, &path->run);
	fprintf(stream, ", %u round%s\n", count, count == 1 ? "" : "s");
	return end_table(stream);
}

/* --- the width of the addresses ----------------------------------------- */

static int
width_of_hop(const struct tr_path *path, uint8_t ttl)
{
	struct tr_statistics statistics;
	char address[TR_ADDRESS_TEXT_MAX];
	size_t width = 0;

	for (uint32_t i = 0; tr_statistics_of(path, ttl, i, &statistics);
	    i++) {
		const size_t length = strlen(tr_address_text(
		    &statistics.responder, address, sizeof(address)));

		if (length > width)
			width = length;
	}
	return (int)width;
}

static int
width_of(const struct tr_path *path)
{
	int width = (int)strlen(ADDRESS_TITLE);

	for (int ttl = 0; ttl <= path->conclusion.last_ttl; ttl++) {
		const int one = width_of_hop(path, (uint8_t)ttl);

		if (one > width)
			width = one;
	}
	return width;
}

/* --- names and what else is known of hosts ------------------------------ */

/* Is a name shown at any of the lines? */
static bool
has_names(const struct tr_path *path, const struct tr_output_options *options)
{
	for (uint32_t i = 0; i < path->reply_count; i++) {
		char word[TR_NAME_MAX];

		if (tr_host_name(path, &path->replies[i].responder, options,
		    word) != NULL)
			return true;
	}
	return false;
}

/* What the last column has; nothing where there is none. */
static void
put_title(FILE *stream, const struct tr_path *path,
    const struct tr_output_options *options)
{
	const char *parted = "  ";

	if (has_names(path, options)) {
		fprintf(stream, "%sname", parted);
		parted = ", ";
	}
	if (options->origins) {
		fprintf(stream, "%sorigin", parted);
		parted = ", ";
	}
	if (options->places)
		fprintf(stream, "%splace", parted);
}

static void
put_host(FILE *stream, const struct tr_path *path,
    const struct tr_address *address, const struct tr_output_options *options)
{
	char word[TR_NAME_MAX];
	const char *name = tr_host_name(path, address, options, word);

	if (name != NULL)
		fprintf(stream, "  %s", name);
	else if (options->origins || options->places)
		putc(' ', stream);
	tr_host_facts_write(stream, path, address, options);
}

/* --- a line ------------------------------------------------------------- */

/*
 * Neither all nor nothing where it is not: 1 of 3000 is 0.1 %, 2999 are
 * 99.9 %.
 */
static void
put_share(FILE *stream, uint32_t part, uint32_t whole)
{
	double percent = whole == 0 ? 0 : 100.0 * part / whole;

	if (whole == 0) {	/* all is still under way */
		fprintf(stream, "  %8s", "-");
		return;
	}
	if (part < whole && percent > 99.9)
		percent = 99.9;
	if (part > 0 && percent < 0.1)
		percent = 0.1;
	fprintf(stream, "  %6.1f %%", percent);
}

static void
put_times(FILE *stream, const struct tr_statistics *statistics)
{
	if (statistics->measured == 0) {
		fprintf(stream, "  %8s %8s %8s %9s %8s", "?", "?", "?", "?",
		    "?");
		return;
	}
	fprintf(stream, "  %8.3f %8.3f %8.3f %9.3f %8.3f",
	    (double)statistics->best / 1e6, statistics->mean / 1e6,
	    (double)statistics->worst / 1e6, statistics->deviation / 1e6,
	    (double)statistics->last / 1e6);
}

/* Is it new among the marks?  Then it is kept, as long as there is room. */
static bool
keep_mark(char marks[MARKS_MAX][TR_MARK_MAX], unsigned *count,
    const char *mark)
{
	for (unsigned i = 0; i < *count; i++)
		if (strcmp(marks[i], mark) == 0)
			return false;
	if (mark[0] == '\0' || *count == MARKS_MAX)
		return false;
	memcpy(marks[(*count)++], mark, strlen(mark) + 1);
	return true;
}

/* Each mark that the responder's answers have, once. */
static void
put_marks(FILE *stream, const struct tr_path *path, uint8_t ttl,
    const struct tr_address *responder)
{
	char marks[MARKS_MAX][TR_MARK_MAX];
	unsigned count = 0;

	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next) {
		const struct tr_path_reply *reply =
		    tr_path_answer(path, &path->probes[i]);
		char mark[TR_MARK_MAX];

		if (reply != NULL &&
		    tr_address_equal(&reply->responder, responder) &&
		    keep_mark(marks, &count, tr_path_mark(reply, mark)))
			fprintf(stream, " %s", mark);
	}
}

/* What is shown of an answer is that of the newest. */
static void
put_details(FILE *stream, const struct tr_path_reply *reply, uint8_t ttl,
    const struct tr_output_options *options)
{
	const uint8_t back = tr_path_return_hops(reply);

	if (options->extensions)
		tr_extension_write(stream, reply);
	if (options->return_hops && ttl != 0 && back != ttl)
		fprintf(stream, " '-%u'", back);
}

/* The first line of a hop has its number and what was sent. */
static void
put_hop_begin(FILE *stream, uint8_t ttl, const char *address, int width,
    uint32_t sent, bool is_first)
{
	if (!is_first)
		fprintf(stream, "    %-*s  %5s", width, address, "");
	else if (ttl == 0)
		fprintf(stream, " ?  %-*s  %5u", width, address, sent);
	else
		fprintf(stream, "%2u  %-*s  %5u", ttl, width, address, sent);
}

static void
put_hop(FILE *stream, const struct tr_path *path, uint8_t ttl, int width,
    const struct tr_output_options *options)
{
	const uint32_t sent = tr_statistics_sent(path, ttl);
	struct tr_statistics statistics;
	char address[TR_ADDRESS_TEXT_MAX];
	uint32_t number = 0;

	if (path->first_of_ttl[ttl] == TR_PATH_NONE)
		return;
	for (; tr_statistics_of(path, ttl, number, &statistics); number++) {
		tr_address_text(&statistics.responder, address,
		    sizeof(address));
		put_hop_begin(stream, ttl, address, width, sent, number == 0);
		put_share(stream, statistics.answers, sent);
		put_times(stream, &statistics);
		put_marks(stream, path, ttl, &statistics.responder);
		put_details(stream, statistics.newest, ttl, options);
		put_host(stream, path, &statistics.responder, options);
		putc('\n', stream);
	}
	if (number > 0)
		return;
	put_hop_begin(stream, ttl, "*", width, sent, true);
	put_share(stream, 0, sent);
	putc('\n', stream);
}

static int
end(FILE *stream, const struct tr_path *path, uint8_t shown,
    const struct tr_output_options *options)
{
	const int width = width_of(path);

	(void)shown;
	fprintf(stream, "    %-*s  %5s  %8s  %8s %8s %8s %9s %8s", width,
	    ADDRESS_TITLE, "sent", "answered", "best ms", "mean ms",
	    "worst ms", "stddev ms", "last ms");
	put_title(stream, path, options);
	putc('\n', stream);
	for (int ttl = 1; ttl <= path->conclusion.last_ttl; ttl++)
		put_hop(stream, path, (uint8_t)ttl, width, options);
	put_hop(stream, path, 0, width, options);
	return end_table(stream);
}

const struct tr_output tr_output_report = {
	.name = "report",
	.begin = begin,
	.end = end,
};
