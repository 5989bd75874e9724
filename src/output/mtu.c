#include <string.h>

#include "output/output.h"

static void
put_number_of_bytes(FILE *stream, const struct tr_path_mtu *mtu)
{
	const struct tr_size_limit *limit = &mtu->limit;

	if (tr_path_mtu_is_exact(mtu, mtu->ttl, limit))
		fprintf(stream, "%u bytes", limit->mtu);
	else if (limit->mtu != 0 && limit->refused > limit->mtu + 1u &&
	    tr_sizes_is_sure(&mtu->sizes, mtu->ttl, limit))
		fprintf(stream, "%u bytes at least, less than %u",
		    limit->mtu, limit->refused);
	else if (limit->mtu != 0)
		fprintf(stream, "%u bytes at least", limit->mtu);
	else
		fputs("not known", stream);
}

static void
put_hop(FILE *stream, const struct tr_path_mtu *mtu, uint8_t ttl)
{
	const struct tr_size_hop *hop = &mtu->sizes.hops[ttl];
	char address[TR_ADDRESS_TEXT_MAX];

	if (ttl == 0)
		fputs("this host", stream);
	else
		fprintf(stream, "hop %u (%s)", ttl, !hop->answers ?
		    "silent" : tr_address_text(&hop->address, address,
		    sizeof(address)));
}

static void
put_telling(FILE *stream, const struct tr_size_limit *limit)
{
	char address[TR_ADDRESS_TEXT_MAX];

	fprintf(stream, "told by %s (%s", tr_address_text(&limit->teller,
	    address, sizeof(address)), limit->teller.family == 4 ?
	    "fragmentation needed" : "packet too big");
	if (limit->told == 0)
		fputs(", without a size", stream);
	else if (limit->told != limit->mtu)
		fprintf(stream, ", which says %u", limit->told);
	putc(')', stream);
}

/* Of the small packets to a hop, if any are lost. */
static void
put_loss(FILE *stream, const struct tr_path_mtu *mtu, uint8_t ttl)
{
	struct tr_size_loss loss;

	tr_sizes_loss(&mtu->sizes, ttl, &loss);
	if (loss.lost > 0)
		fprintf(stream, "%u%% of small packets are lost as well: ",
		    (100 * loss.lost + loss.sent / 2) / loss.sent);
}

/* What nobody tells may be something else than a narrow link. */
static void
put_silence(FILE *stream, const struct tr_path_mtu *mtu)
{
	const struct tr_size_limit *limit = &mtu->limit;

	fprintf(stream, "found from silence: packets of %u bytes and more get "
	    "no answer from hop %u on", limit->refused, limit->before);
	if (!tr_sizes_is_sure(&mtu->sizes, mtu->ttl, limit)) {
		fputs("; ", stream);
		put_loss(stream, mtu, limit->before);
		fputs("the size is not sure", stream);
	} else if (tr_path_mtu_is_echo(mtu, limit))
		fputs(" (a black hole; or the answers, which are as large, "
		    "get lost on the way back: -U or -T tells)", stream);
	else
		fputs(" (a black hole: what says so is not sent, or filtered)",
		    stream);
}

static void
put_limit(FILE *stream, const struct tr_path *path,
    const struct tr_path_mtu *mtu)
{
	const struct tr_size_limit *limit = &mtu->limit;

	switch (limit->source) {
	case TR_SIZE_SOURCE_NONE:
		if (limit->mtu == mtu->sizes.most)
			fputs(", and nothing larger was tried", stream);
		break;
	case TR_SIZE_SOURCE_INTERFACE:
		if (limit->mtu == UINT16_MAX)
			fputs(": the most that IP allows", stream);
		else
			fprintf(stream, ": nothing on the way is narrower "
			    "than this host's %s", path->run.interface);
		break;
	case TR_SIZE_SOURCE_HOST:
		fprintf(stream, ": this host does not send more: %s (a packet "
		    "filter on this host?)", strerror(limit->error));
		break;
	case TR_SIZE_SOURCE_TOLD:
	case TR_SIZE_SOURCE_SILENCE:
		fputs(", limited between ", stream);
		put_hop(stream, mtu, limit->after);
		fputs(" and ", stream);
		put_hop(stream, mtu, limit->before);
		fputs(": ", stream);
		if (limit->source == TR_SIZE_SOURCE_TOLD)
			put_telling(stream, limit);
		else
			put_silence(stream, mtu);
		break;
	}
}

/* Where nothing of a size that every link must carry came through. */
static void
put_riddle(FILE *stream, const struct tr_path_mtu *mtu)
{
	if (mtu->limit.refused == 0)
		fputs(": packets of any size got no answer, but those of the "
		    "walk", stream);
	else if (!tr_sizes_is_sure(&mtu->sizes, mtu->ttl, &mtu->limit)) {
		fputs(": ", stream);
		put_loss(stream, mtu, mtu->ttl);
		fputs("no size is sure", stream);
	} else
		fprintf(stream, ": packets of %u bytes get no answer, which "
		    "every link must carry: something else stops them",
		    mtu->sizes.least);
}

void
tr_mtu_write(FILE *stream, const struct tr_path *path,
    const struct tr_path_mtu *mtu)
{
	const struct tr_conclusion *conclusion = &path->conclusion;

	if (conclusion->reached && mtu->ttl == conclusion->last_ttl) {
		fputs("path MTU to ", stream);
		tr_target_write(stream, &path->run);
	} else {
		fputs("path MTU as far as ", stream);
		put_hop(stream, mtu, mtu->ttl);
	}
	fputs(": ", stream);
	put_number_of_bytes(stream, mtu);
	if (path->cut_short)
		fputs("; the search was cut short", stream);
	else if (mtu->limit.mtu == 0 &&
	    mtu->limit.source != TR_SIZE_SOURCE_HOST)
		put_riddle(stream, mtu);
	else
		put_limit(stream, path, mtu);
	if (mtu->sizes.count == TR_SIZES_TRIALS_MAX)
		fprintf(stream, "; the search ended after %u packets",
		    mtu->sizes.count);
}
