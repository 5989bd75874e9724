#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "cli/resolve.h"
#include "cli/status.h"
#include "cli/survey_part.h"

/* Targets of a family whose routes are looked at. */
#define ROUTES_TRIED	64

/* The one that -s names; none without. */
static int
find_source(const struct tr_survey_command *survey, uint8_t family,
    struct tr_address *source, struct tr_error *error)
{
	const char *text = survey->options->source;
	struct tr_resolved resolved;

	if (text[0] == '\0')
		return TR_OK;
	if (tr_address_parse(text, source) == TR_OK &&
	    source->family != family)
		return tr_fail(error, TR_ERANGE, "-s: %s is of IPv%u, and "
		    "there are targets of IPv%u: -%u leaves them out", text,
		    source->family, family, source->family);
	if (tr_resolve(text, family, &resolved, error) != TR_OK)
		return tr_fail(error, TR_ERANGE, "-s: %s is no IPv%u address "
		    "of this host", text, family);
	*source = resolved.address;
	return TR_OK;
}

/* How well a route does for all: by a next hop, or at least to others. */
static int
worth_of(const struct tr_route *route)
{
	if (tr_address_is_set(&route->gateway))
		return 2;
	return tr_address_is_loopback(&route->src) ? 0 : 1;
}

/*
 * The best of the routes to some targets of a family.  TR_ENOTFOUND when there
 * is none to any.
 */
static int
find_best(const struct tr_survey_command *survey, uint8_t family,
    struct tr_route_query *query, struct tr_route *best,
    struct tr_error *error)
{
	const uint64_t count = tr_targets_count_of(survey->targets, family);
	const uint64_t tried = count < ROUTES_TRIED ? count : ROUTES_TRIED;
	int worth = -1;

	for (uint64_t i = 0; i < tried && worth < 2; i++) {
		struct tr_error reason;
		struct tr_route route;

		/* Evenly from all: count may be near 2^63. */
		query->dst = tr_targets_at_of(survey->targets, family,
		    count / tried * i + count % tried * i / tried);
		if (tr_route_find(query, &route, &reason) != TR_OK) {
			if (worth < 0)
				*error = reason;
		} else if (worth_of(&route) > worth) {
			worth = worth_of(&route);
			*best = route;
		}
	}
	return worth < 0 ? error->code : TR_OK;
}

static int
find_route(struct tr_survey_command *survey, uint8_t family,
    struct tr_route *route, struct tr_error *error)
{
	const struct tr_options *options = survey->options;
	const bool bound = options->interface[0] != '\0';
	struct tr_route_query query = {
		.mark = options->fwmark,
		.tos = options->tos,
	};
	int result = find_source(survey, family, &query.src, error);

	if (result != TR_OK)
		return result;
	snprintf(query.interface, sizeof(query.interface), "%s",
	    options->interface);
	result = find_best(survey, family, &query, route, error);
	if (result != TR_OK)
		return result;
	if (!options->survey.raw && tr_address_is_set(&route->gateway))
		return tr_elsewhere_add(&survey->elsewhere, route, bound,
		    error);
	/* Each packet by its own; but what is on a link needs to know which. */
	if (!bound && !tr_address_is_link_local(&route->src))
		route->interface[0] = '\0';
	return TR_OK;
}

/* A list may have what this host has no way to. */
static void
drop_family(struct tr_survey_command *survey, uint8_t family,
    const char *reason)
{
	char text[TR_ERROR_TEXT_MAX] = "";

	tr_text_append(text, sizeof(text), "%s: targets of IPv%u, which are "
	    "left out: %" PRIu64, reason, family,
	    tr_targets_count_of(survey->targets, family));
	tr_targets_drop(survey->targets, family);
	tr_complain(survey->options, text);
}

int
tr_survey_find_routes(struct tr_survey_command *survey, struct tr_error *error)
{
	const uint64_t count = tr_targets_count(survey->targets);
	const uint64_t v4 = tr_targets_count_of(survey->targets, 4);
	struct tr_error reasons[2];
	int results[2] = { TR_OK, TR_OK };

	if (v4 > 0)
		results[0] = find_route(survey, 4, &survey->v4, &reasons[0]);
	if (v4 < count)
		results[1] = find_route(survey, 6, &survey->v6, &reasons[1]);
	survey->has_v4 = v4 > 0 && results[0] == TR_OK;
	survey->has_v6 = v4 < count && results[1] == TR_OK;
	for (size_t i = 0; i < 2; i++)
		if (results[i] != TR_OK && (results[i] != TR_ENOTFOUND ||
		    (!survey->has_v4 && !survey->has_v6))) {
			*error = reasons[i];
			return results[i];
		}
	if (results[0] != TR_OK)
		drop_family(survey, 4, reasons[0].text);
	if (results[1] != TR_OK)
		drop_family(survey, 6, reasons[1].text);
	return TR_OK;
}
