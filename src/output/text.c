/*
 * The text of traceroute(8), byte for byte what version 2.1 prints.  Added to
 * its grammar, since a replay may know less than a live run:
 *
 *	"  ?" in place of the time where it was not measured: the probe was
 *	not captured as it left;
 *	" ?" in place of the hop's number, in a last line, for answers of
 *	which the probe is known by its quote only.
 *
 * A run that looks for the path MTU has the size that comes to a hop where it
 * changes, as traceroute(8) --mtu, with ">=" where larger ones may come there
 * too, and a last line that says what was found.
 *
 * With -A the origin AS of an address stands behind it, as of traceroute(8);
 * with --geo, in braces behind that, where it is.  Where no name is known, the
 * address stands in its place.
 */
#include <string.h>

#include "base/time.h"
#include "output/output.h"

static int
end_line(FILE *stream)
{
	putc('\n', stream);
	if (fflush(stream) != 0 || ferror(stream))
		return TR_ESYSTEM;
	return TR_OK;
}

static int
begin(FILE *stream, const struct tr_path *path,
    const struct tr_output_options *options)
{
	(void)options;
	tr_heading_write(stream, &path->run);
	return end_line(stream);
}

/* --- a hop -------------------------------------------------------------- */

static bool
same_extension(const struct tr_path_reply *a, const struct tr_path_reply *b)
{
	return a->extension_size == b->extension_size &&
	    (a->extension_size == 0 ||
	    memcmp(a->extension, b->extension, a->extension_size) == 0);
}

/* May the answer go without its address, being like the one before? */
static bool
is_like(const struct tr_path_reply *reply, const struct tr_path_reply *before,
    const struct tr_output_options *options)
{
	return before != NULL &&
	    tr_address_equal(&reply->responder, &before->responder) &&
	    (!options->extensions || same_extension(reply, before)) &&
	    (!options->return_hops || reply->ttl == before->ttl);
}

static void
put_responder(FILE *stream, const struct tr_path *path,
    const struct tr_path_reply *reply, uint8_t ttl,
    const struct tr_output_options *options)
{
	char address[TR_ADDRESS_TEXT_MAX], word[TR_NAME_MAX];
	const char *name = tr_host_name(path, &reply->responder, options,
	    word);
	const uint8_t back = tr_path_return_hops(reply);

	tr_address_text(&reply->responder, address, sizeof(address));
	if (options->numeric)
		fprintf(stream, " %s", address);
	else
		fprintf(stream, " %s (%s)", name == NULL ? address : name,
		    address);
	tr_host_facts_write(stream, path, &reply->responder, options);
	if (options->extensions)
		tr_extension_write(stream, reply);
	if (options->return_hops && ttl != 0 && back != ttl)
		fprintf(stream, " '-%u'", back);
}

static void
put_time(FILE *stream, const struct tr_path *path,
    const struct tr_path_reply *reply)
{
	const int64_t time = tr_path_round_trip(path, reply);

	if (time == TR_TIME_NONE)
		fputs("  ?", stream);
	else
		fprintf(stream, "  %.3f ms", (double)time / 1e6);
}

/* The size that comes to a hop, where another one came to the hop before. */
static void
put_size(FILE *stream, const struct tr_path_mtu *mtu, uint8_t ttl)
{
	struct tr_size_limit limit;
	uint16_t before = 0;

	if (mtu == NULL || ttl > mtu->ttl)
		return;
	tr_sizes_limit(&mtu->sizes, ttl, &limit);
	for (int hop = ttl - 1; hop > 0 && before == 0; hop--)
		if (mtu->sizes.hops[hop].answers)
			before = tr_sizes_reached(&mtu->sizes, (uint8_t)hop);
	if (limit.mtu != 0 && limit.mtu != before)
		fprintf(stream, " F%s%u", tr_path_mtu_is_exact(mtu, ttl,
		    &limit) ? "=" : ">=", limit.mtu);
}

/* mtu: where it was looked for; else NULL. */
static int
put_hop(FILE *stream, const struct tr_path *path, uint8_t ttl,
    const struct tr_output_options *options, const struct tr_path_mtu *mtu)
{
	const struct tr_path_reply *before = NULL;

	if (path->first_of_ttl[ttl] == TR_PATH_NONE)
		return TR_OK;
	if (ttl == 0)
		fputs(" ? ", stream);
	else
		fprintf(stream, "%2u ", ttl);
	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next) {
		const struct tr_path_reply *reply =
		    tr_path_answer(path, &path->probes[i]);
		char mark[TR_MARK_MAX];

		if (tr_path_is_sized(path, &path->probes[i]))
			continue;
		if (reply == NULL) {
			fputs(" *", stream);
			continue;
		}
		if (!is_like(reply, before, options))
			put_responder(stream, path, reply, ttl, options);
		put_time(stream, path, reply);
		if (tr_path_mark(reply, mark)[0] != '\0')
			fprintf(stream, " %s", mark);
		if (before == NULL)
			put_size(stream, mtu, ttl);
		before = reply;
	}
	return end_line(stream);
}

/* Which size comes to a hop is not known before the end. */
static int
hop(FILE *stream, const struct tr_path *path, uint8_t ttl,
    const struct tr_output_options *options)
{
	if (path->run.walk_size != 0)
		return TR_OK;
	return put_hop(stream, path, ttl, options, NULL);
}

static int
end(FILE *stream, const struct tr_path *path, uint8_t shown,
    const struct tr_output_options *options)
{
	struct tr_path_mtu mtu;
	const bool is_sized = tr_path_mtu(path, &mtu);
	int status = TR_OK;

	for (int ttl = path->run.walk_size != 0 ? 1 : shown + 1;
	    ttl <= path->conclusion.last_ttl && status == TR_OK; ttl++)
		status = put_hop(stream, path, (uint8_t)ttl, options,
		    is_sized ? &mtu : NULL);
	if (status == TR_OK)
		status = put_hop(stream, path, 0, options, NULL);
	if (status == TR_OK && is_sized) {
		tr_mtu_write(stream, path, &mtu);
		status = end_line(stream);
	}
	return status;
}

const struct tr_output tr_output_text = {
	.name = "text",
	.begin = begin,
	.hop = hop,
	.end = end,
};
