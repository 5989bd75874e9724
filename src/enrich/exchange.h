/*
 * LANs of exchange points: which exchange an address is at.  Files:
 *
 *	lines PREFIX [NAME]
 *	PeeringDB's JSON: {"data": [{"prefix": ..., "ixlan_id": ...}]}, as its
 *		API gives under /api/ixpfx, which has no names; or its whole
 *		dump, {"ix": {"data": ...}, "ixlan": ..., "ixpfx": ...}, where
 *		the name is the exchange's
 *	CAIDA's ixs: lines of JSON, {"name": ..., "prefixes": {"ipv4": [...],
 *		"ipv6": [...]}}, and comments from #
 *
 * A LAN without a name is called "exchange point", with PeeringDB's number
 * where there is one.
 */
#ifndef TR_ENRICH_EXCHANGE_H
#define TR_ENRICH_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/prefix.h"
#include "enrich/prefix_table.h"
#include "enrich/text_pool.h"
#include "io/lines.h"

struct tr_exchanges {
	struct tr_prefix_table *table;	/* of places in the pool */
	struct tr_text_pool names;
	struct tr_lines lines;
	uint64_t left_out;		/* entries of JSON that are damaged */
};

/* name: of the file, in messages; borrowed.  Returns NULL without memory. */
struct tr_exchanges *tr_exchanges_new(const char *name);
void tr_exchanges_free(struct tr_exchanges *exchanges);

/*
 * Read a file from where it stands, and make the table ready.  Returns TR_OK;
 * TR_EFORMAT, TR_ENOMEM, TR_ESYSTEM, TR_EUNSUPPORTED (JSON without jansson)
 * with a text.  Such files are small: there are some thousand LANs.
 */
int tr_exchanges_read(struct tr_exchanges *exchanges, int descriptor,
    struct tr_error *error);

/* The same of bytes in memory, to the end. */
int tr_exchanges_parse(struct tr_exchanges *exchanges, const char *data,
    size_t size, struct tr_error *error);

/* A sentence about what was left out; false, and "", for nothing. */
bool tr_exchanges_warning(const struct tr_exchanges *exchanges, char *text,
    size_t size);

/* The name of the exchange, NULL for none; the table's. */
const char *tr_exchanges_find(const struct tr_exchanges *exchanges,
    const struct tr_address *address);

/* For the readers: take a LAN in.  False without memory. */
bool tr_exchanges_add(struct tr_exchanges *exchanges,
    const struct tr_prefix *prefix, const char *name);

/* For them too: where the blanks and comment lines from at on end. */
size_t tr_exchanges_skip(const char *data, size_t size, size_t at);

/* A text is JSON: take in what it has.  Returns as tr_exchanges_read(). */
int tr_exchanges_from_json(struct tr_exchanges *exchanges, const char *data,
    size_t size, struct tr_error *error);

#endif
