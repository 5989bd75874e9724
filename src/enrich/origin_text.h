/*
 * Tables of prefixes and their origin AS, in text.  Which of these forms a
 * file has is seen from its first good line, and the others are held to it:
 *
 *	1.0.0.0<TAB>24<TAB>13335	CAIDA's RouteViews prefix2as; several
 *		origins as 1_2, an AS set as 1,2 (README of that data set)
 *	13335<TAB>1.0.0.0/24<TAB>380	RIPE NCC's RIS whois dump: AS, prefix,
 *		peers that see it; an AS set as {1,2}; several origins of a
 *		prefix in several lines
 *	1.0.0.0/24 AS13335/AS64500 Holder	by hand; "AS" may be left out
 *	1.0.0.0,1.0.0.255,13335,"Holder"	ranges in CSV, as the npm
 *		package @ip-location-db/asn has them; a prefix may stand for
 *		the two addresses (MaxMind's CSV)
 *	1.0.0.0<TAB>1.0.0.255<TAB>13335<TAB>US<TAB>Holder	iptoasn.com
 *
 * An AS is a decimal number or "64.500" (RFC 5396).  AS 0 is nobody's (RFC
 * 7607): a prefix that has it alone is known, and announced by none.  Default
 * routes of CAIDA and RIS count as nothing: they are no origin.
 */
#ifndef TR_ENRICH_ORIGIN_TEXT_H
#define TR_ENRICH_ORIGIN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "enrich/origin_pool.h"
#include "enrich/prefix_table.h"
#include "io/lines.h"

enum tr_origin_form {
	TR_ORIGIN_FORM_UNKNOWN,
	TR_ORIGIN_FORM_CAIDA,
	TR_ORIGIN_FORM_RIS,
	TR_ORIGIN_FORM_PREFIX,
	TR_ORIGIN_FORM_CSV,
	TR_ORIGIN_FORM_TABS,
};

struct tr_origin_text {
	struct tr_prefix_table *table;	/* of numbers in the pool */
	struct tr_origin_pool pool;
	struct tr_lines lines;
	enum tr_origin_form form;
};

/* name: of the file, in messages; borrowed.  Returns NULL without memory. */
struct tr_origin_text *tr_origin_text_new(const char *name);
void tr_origin_text_free(struct tr_origin_text *text);

/*
 * Read a file, and make the table ready.  Returns TR_OK, or an error with a
 * text: tr_lines_read().  With probe: see only whether it begins well.
 */
int tr_origin_text_read(struct tr_origin_text *text, int descriptor,
    bool probe, struct tr_error *error);

/* The same of bytes in memory. */
int tr_origin_text_parse(struct tr_origin_text *text, const char *data,
    size_t size, struct tr_error *error);

struct tr_origin_match {
	struct tr_origin_set set;
	const char *holder;		/* "" for none; the table's */
	struct tr_prefix_match prefix;
};

/* False where the table does not know the address. */
bool tr_origin_text_find(const struct tr_origin_text *text,
    const struct tr_address *address, struct tr_origin_match *match);

/* Does the table know any address of a family? */
bool tr_origin_text_has(const struct tr_origin_text *text, int family);

#endif
