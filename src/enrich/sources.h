/*
 * Files that tell of addresses: the origin AS of a prefix, the country and
 * place, the LANs of exchange points.  They are the user's; nothing is asked
 * of the network.
 */
#ifndef TR_ENRICH_SOURCES_H
#define TR_ENRICH_SOURCES_H

#include <stddef.h>

#include "base/error.h"
#include "result/annotations.h"

struct tr_sources_config {
	const char *const *asn_paths;
	size_t	 asn_path_count;
	const char *geo_path;		/* NULL: none */
	const char *exchange_path;	/* NULL: none */
};

struct tr_sources;

/*
 * Are the files there, and do they begin as they should?  Quick, whatever
 * their size.  Returns TR_OK; TR_ENOTFOUND, TR_EFORMAT, TR_EUNSUPPORTED (this
 * build cannot read such files) with a text that names the file.
 */
int tr_sources_check(const struct tr_sources_config *config,
    struct tr_error *error);

/*
 * Read the files.  Returns NULL with a text, as above, or without memory.
 * Prefix tables in text take a moment: a million lines about a second.
 */
struct tr_sources *tr_sources_open(const struct tr_sources_config *config,
    struct tr_error *error);
void tr_sources_close(struct tr_sources *sources);

/*
 * What was wrong with files that were opened all the same: a sentence for each
 * (index 0, 1, ...), written to text.  Returns text, or NULL behind the last.
 */
const char *tr_sources_warning(const struct tr_sources *sources, size_t index,
    char *text, size_t size);

/*
 * Look the address of an annotation up, and fill what the files there are tell
 * of it: the members of the origin, the place, the exchange.  The longest
 * prefix over all files wins; of two files with the same one, the first.
 *
 * An address that no prefix is around, or that no AS announces, has the lookup
 * TR_LOOKUP_NONE; where no file is about its family, or what one has is
 * damaged, TR_LOOKUP_UNANSWERED.  The prefix is told where the table has it,
 * not where it has a range that is none.  What no file was given for stays as
 * it is.
 */
void tr_sources_annotate(const struct tr_sources *sources,
    struct tr_annotation *annotation);

#endif
