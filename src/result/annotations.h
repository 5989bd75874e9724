/*
 * What is known of addresses beside the path itself: names, origin AS, place.
 * One table for a run, by address; filled while the run goes on or from a
 * saved capture, read by every output.  Nothing here asks anybody: enrich/
 * does.
 *
 * All texts come from others.  They are made safe as they are taken in
 * (tr_text_safe()), so that an output may write them as they are.
 */
#ifndef TR_RESULT_ANNOTATIONS_H
#define TR_RESULT_ANNOTATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/prefix.h"

#define TR_NAME_MAX		256	/* RFC 1035, 2.3.4: 255 bytes; what */
					/* escapes make longer is cut */
#define TR_ORIGINS_MAX		8	/* AS that announce one prefix */
#define TR_ANNOTATION_TEXT_MAX	128
#define TR_ANNOTATIONS_MAX	65536	/* addresses of a run */

/* What came of a question. */
enum tr_lookup {
	TR_LOOKUP_NOT_ASKED,
	TR_LOOKUP_PENDING,
	TR_LOOKUP_FOUND,
	TR_LOOKUP_NONE,		/* answered: there is none */
	TR_LOOKUP_UNANSWERED,	/* in time, or refused, or not understood */
};

/* "not-asked", "pending", "found", "none", "unanswered". */
const char *tr_lookup_name(enum tr_lookup lookup);

/* A value type; texts are terminated, "" for none. */
struct tr_annotation {
	struct tr_address address;

	enum tr_lookup name_lookup;
	char	 name[TR_NAME_MAX];	/* without the last dot */
	enum tr_lookup check_lookup;	/* --verify-names: FOUND: the name */
					/* has this address; NONE: it has */
					/* not, whatever it says is a claim */

	enum tr_lookup origin_lookup;
	uint32_t origins[TR_ORIGINS_MAX];	/* ascending */
	uint8_t	 origin_count;		/* 1 or more where FOUND */
	struct tr_prefix prefix;	/* that is announced; none: not told */
	enum tr_lookup holder_lookup;
	char	 holder[TR_ANNOTATION_TEXT_MAX];	/* of the first AS */
	char	 origin_source[TR_ANNOTATION_TEXT_MAX];	/* "cymru", or the */
					/* file's name without its folder */

	char	 exchange[TR_ANNOTATION_TEXT_MAX];	/* of which exchange */
					/* point's LAN it is; "": of none */
	enum tr_lookup place_lookup;
	char	 country[3];		/* ISO 3166-1, two letters */
	char	 place[TR_ANNOTATION_TEXT_MAX];	/* city, region */
};

struct tr_annotations;

/* Returns NULL without memory. */
struct tr_annotations *tr_annotations_new(void);
void tr_annotations_free(struct tr_annotations *annotations);

/*
 * The entry of an address, a new one (nothing asked) if there is none.  It
 * stays where it is for as long as the table lives.  NULL without memory, when
 * the table is full, and for no address.
 */
struct tr_annotation *tr_annotations_at(struct tr_annotations *annotations,
    const struct tr_address *address);

/* The entry of an address, or NULL; annotations may be NULL. */
const struct tr_annotation *tr_annotations_find(
    const struct tr_annotations *annotations,
    const struct tr_address *address);

/*
 * The entries in the order in which they were made: the first for before NULL,
 * and so on; NULL behind the last, and where annotations is NULL.
 */
const struct tr_annotation *tr_annotations_next(
    const struct tr_annotations *annotations,
    const struct tr_annotation *before);

/* Take a text in, made safe and cut where the field ends. */
void tr_annotation_set(char *field, size_t size, const char *text);

/*
 * The name by which an address may be shown: found, and where it was to be
 * checked, found to have the address.  NULL where there is none.
 */
const char *tr_annotation_shown_name(const struct tr_annotation *annotation);

/*
 * Add an AS to origins, of which there are *count, in its place, once; one
 * more than there is room for is left out.
 */
void tr_origins_add(uint32_t origins[TR_ORIGINS_MAX], uint8_t *count,
    uint32_t asn);
void tr_annotation_add_origin(struct tr_annotation *annotation, uint32_t asn);

/* What is asked for and answered together: members of an annotation. */
#define TR_PART_NAME	0x1	/* and its check */
#define TR_PART_ORIGIN	0x2	/* but for the holder */
#define TR_PART_HOLDER	0x4
#define TR_PART_PLACE	0x8	/* and the exchange */
#define TR_PARTS	0xf

/* The parts of which the answer is awaited. */
unsigned tr_annotation_pending(const struct tr_annotation *annotation);

/* Say what came of these parts, or that they are asked for. */
void tr_annotation_set_lookups(struct tr_annotation *annotation,
    unsigned parts, enum tr_lookup lookup);

/* Take what another one of the same address says of these parts. */
void tr_annotation_copy(struct tr_annotation *to,
    const struct tr_annotation *from, unsigned parts);

#define TR_ORIGIN_TEXT_MAX (TR_ORIGINS_MAX * 13 + 3)

/*
 * traceroute(8)'s words for the origin: "[AS64500]", "[AS64500/AS64501]",
 * "[*]" where it is not known; annotation may be NULL.  Returns text.
 */
const char *tr_annotation_origin_text(const struct tr_annotation *annotation,
    char text[TR_ORIGIN_TEXT_MAX]);

#define TR_PLACE_TEXT_MAX (TR_ANNOTATION_TEXT_MAX + 4)

/*
 * "DE, Frankfurt am Main", or one of the two.  Returns text, or NULL where
 * neither is known; annotation may be NULL.
 */
const char *tr_annotation_place_text(const struct tr_annotation *annotation,
    char text[TR_PLACE_TEXT_MAX]);

#endif
