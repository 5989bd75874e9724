/*
 * The names among a survey's targets, and what each was resolved to: the first
 * address of IPv4 and the first of IPv6.  A survey that is gone on with takes
 * them from there, so that its targets are the same.
 *
 * As a text, to be kept: "www.example.com 192.0.2.1 2001:db8::1", and the name
 * alone where it had no address.
 */
#ifndef TR_CLI_SURVEY_NAMES_H
#define TR_CLI_SURVEY_NAMES_H

#include <stddef.h>

#include "base/address.h"
#include "base/error.h"
#include "io/target_list.h"

#define TR_SURVEY_NAME_TEXT_MAX						\
	(TR_TARGET_NAME_MAX + 2 + 2 * TR_ADDRESS_TEXT_MAX)

struct tr_survey_name {
	const char *name;
	struct tr_address address4;	/* or none */
	struct tr_address address6;
};

struct tr_survey_names;

/* Returns NULL without memory. */
struct tr_survey_names *tr_survey_names_new(void);
void tr_survey_names_free(struct tr_survey_names *names);

/* NULL when it is not there. */
const struct tr_survey_name *tr_survey_names_find(
    const struct tr_survey_names *names, const char *name);

/* The one behind previous in the order of adding, NULL: the first; or NULL. */
const struct tr_survey_name *tr_survey_names_next(
    const struct tr_survey_names *names,
    const struct tr_survey_name *previous);

size_t tr_survey_names_count(const struct tr_survey_names *names);

/*
 * Add a copy, and return it; of a name that is there already, the one that is.
 * NULL without memory.
 */
const struct tr_survey_name *tr_survey_names_add(
    struct tr_survey_names *names, const struct tr_survey_name *name);

/* Write it to buffer, of TR_SURVEY_NAME_TEXT_MAX bytes, and return that. */
const char *tr_survey_name_text(const struct tr_survey_name *name,
    char buffer[TR_SURVEY_NAME_TEXT_MAX]);

/*
 * Add what such a text says.  Returns TR_OK; TR_EFORMAT for another text;
 * TR_ENOMEM.
 */
int tr_survey_names_add_text(struct tr_survey_names *names, const char *text);

#endif
