/*
 * Team Cymru's mapping of addresses to origin AS, over DNS: what is asked, and
 * what the texts that come back say.  Knows no network.
 * https://www.team-cymru.com/ip-asn-mapping
 *
 *	1.2.0.192.origin.asn.cymru.com	"64500 64501 | 192.0.2.0/24 | US |
 *					arin | 2000-01-01"
 *	AS64500.asn.cymru.com		"64500 | US | arin | 2000-01-01 |
 *					EXAMPLE-AS, US"
 */
#ifndef TR_ENRICH_CYMRU_H
#define TR_ENRICH_CYMRU_H

#include "result/annotations.h"

#define TR_CYMRU_SOURCE		"cymru"
#define TR_CYMRU_NAME_MAX	128	/* of a question, terminator included */

/* The name to ask for TXT about an address.  Returns name. */
const char *tr_cymru_origin_name(const struct tr_address *address,
    char name[TR_CYMRU_NAME_MAX]);

/* The same about an AS. */
const char *tr_cymru_holder_name(uint32_t asn, char name[TR_CYMRU_NAME_MAX]);

/*
 * Take one text about an address in: origins and prefix, unless what was taken
 * in before was of a longer prefix.  Returns TR_OK; TR_EFORMAT, and nothing
 * taken in, for a text that is not understood or that is of a prefix in which
 * the annotation's address is not.
 */
int tr_cymru_take_origin(const char *text, struct tr_annotation *annotation);

/* Who holds the AS, from a text about it.  Returns TR_OK or TR_EFORMAT. */
int tr_cymru_take_holder(const char *text, uint32_t asn,
    char holder[TR_ANNOTATION_TEXT_MAX]);

#endif
