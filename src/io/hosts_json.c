#include "config.h"

#ifdef HAVE_JANSSON

#include <string.h>

#include "base/error.h"
#include "base/special.h"
#include "base/text.h"
#include "io/hosts_json.h"
#include "io/run_json.h"

/* ISO 3166-1, alpha-2. */
static bool
is_country(const char *text)
{
	return strlen(text) == 2 &&
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2;
}

/* --- to JSON ------------------------------------------------------------ */

/* json_pack() fails as a whole where one of these gave NULL. */

static json_t *
text_or_null(const char *text)
{
	return text == NULL || text[0] == '\0' ? json_null() :
	    json_string(text);
}

static const char *
word_of(enum tr_lookup lookup)
{
	return tr_lookup_name(lookup == TR_LOOKUP_PENDING ?
	    TR_LOOKUP_UNANSWERED : lookup);
}

/* Has it a name?  Found, and empty, is none. */
static enum tr_lookup
name_lookup_of(const struct tr_annotation *annotation)
{
	return annotation->name_lookup == TR_LOOKUP_FOUND &&
	    annotation->name[0] == '\0' ? TR_LOOKUP_NONE :
	    annotation->name_lookup;
}

static json_t *
name_to_json(const struct tr_annotation *annotation)
{
	return text_or_null(name_lookup_of(annotation) == TR_LOOKUP_FOUND ?
	    annotation->name : NULL);
}

static json_t *
check_to_json(const struct tr_annotation *annotation)
{
	if (name_lookup_of(annotation) != TR_LOOKUP_FOUND ||
	    (annotation->check_lookup != TR_LOOKUP_FOUND &&
	    annotation->check_lookup != TR_LOOKUP_NONE))
		return json_null();
	return json_boolean(annotation->check_lookup == TR_LOOKUP_FOUND);
}

static json_t *
numbers_to_json(const struct tr_annotation *annotation)
{
	json_t *list = json_array();

	if (annotation->origin_lookup != TR_LOOKUP_FOUND)
		return list;
	for (uint8_t i = 0; i < annotation->origin_count && list != NULL; i++)
		if (json_array_append_new(list, json_integer(
		    annotation->origins[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *
prefix_to_json(const struct tr_annotation *annotation)
{
	char text[TR_PREFIX_TEXT_MAX];

	return !tr_prefix_is_set(&annotation->prefix) ? json_null() :
	    json_string(tr_prefix_text(&annotation->prefix, text,
	    sizeof(text)));
}

static json_t *
origin_to_json(const struct tr_annotation *annotation)
{
	if (annotation->origin_lookup == TR_LOOKUP_NOT_ASKED)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:o, s:o}",
	    "status", word_of(annotation->origin_lookup),
	    "asns", numbers_to_json(annotation),
	    "prefix", prefix_to_json(annotation),
	    "holder", text_or_null(annotation->holder),
	    "source", text_or_null(annotation->origin_source));
}

json_t *
tr_host_to_json(const struct tr_address *address,
    const struct tr_annotation *annotation)
{
	static const struct tr_annotation nothing = { .name = "" };
	const struct tr_annotation *a = annotation == NULL ? &nothing :
	    annotation;
	const struct tr_special *special = tr_special_of(address);

	return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "address", tr_address_to_json(address),
	    "name", name_to_json(a),
	    "name_lookup", word_of(name_lookup_of(a)),
	    "name_verified", check_to_json(a),
	    "special", text_or_null(special == NULL ? NULL : special->label),
	    "exchange", text_or_null(a->exchange),
	    "origin", origin_to_json(a),
	    "country", text_or_null(is_country(a->country) ?
	    a->country : NULL),
	    "place", text_or_null(a->place));
}

/* --- from JSON ---------------------------------------------------------- */

/* Its text, or NULL for what is none. */
static const char *
text_in(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void
read_text(const json_t *object, const char *key, char *field, size_t size)
{
	const char *text = text_in(object, key);

	if (text != NULL)
		tr_annotation_set(field, size, text);
}

static enum tr_lookup
read_lookup(const json_t *object, const char *key)
{
	const char *name = text_in(object, key);
	static const enum tr_lookup kept[] = {
		TR_LOOKUP_FOUND, TR_LOOKUP_NONE, TR_LOOKUP_UNANSWERED,
	};

	for (size_t i = 0; name != NULL &&
	    i < sizeof(kept) / sizeof(kept[0]); i++)
		if (strcmp(name, tr_lookup_name(kept[i])) == 0)
			return kept[i];
	return TR_LOOKUP_NOT_ASKED;
}

static void
read_name(const json_t *object, struct tr_annotation *annotation)
{
	const json_t *verified = json_object_get(object, "name_verified");

	annotation->name_lookup = read_lookup(object, "name_lookup");
	if (annotation->name_lookup != TR_LOOKUP_FOUND)
		return;
	read_text(object, "name", annotation->name,
	    sizeof(annotation->name));
	if (annotation->name[0] == '\0')
		annotation->name_lookup = TR_LOOKUP_NONE;
	else if (json_is_boolean(verified))
		annotation->check_lookup = json_is_true(verified) ?
		    TR_LOOKUP_FOUND : TR_LOOKUP_NONE;
}

/* "192.0.2.0/24", of the address's family; else it stays without one. */
static void
read_prefix(const json_t *origin, struct tr_annotation *annotation)
{
	const char *text = text_in(origin, "prefix");
	struct tr_prefix prefix;

	if (text == NULL || strchr(text, '/') == NULL ||
	    tr_prefix_parse(text, &prefix) != TR_OK ||
	    prefix.address.family != annotation->address.family)
		return;
	annotation->prefix = prefix;
}

static void
read_origin(const json_t *object, struct tr_annotation *annotation)
{
	const json_t *origin = json_object_get(object, "origin");
	const json_t *numbers = json_object_get(origin, "asns");

	annotation->origin_lookup = read_lookup(origin, "status");
	for (size_t i = 0; i < json_array_size(numbers); i++) {
		const json_t *number = json_array_get(numbers, i);
		const json_int_t value = json_integer_value(number);

		if (json_is_integer(number) && value >= 0 &&
		    value <= UINT32_MAX)
			tr_annotation_add_origin(annotation, (uint32_t)value);
	}
	if (annotation->origin_lookup != TR_LOOKUP_FOUND)
		annotation->origin_count = 0;
	else if (annotation->origin_count == 0)
		annotation->origin_lookup = TR_LOOKUP_NONE;
	read_prefix(origin, annotation);
	read_text(origin, "holder", annotation->holder,
	    sizeof(annotation->holder));
	read_text(origin, "source", annotation->origin_source,
	    sizeof(annotation->origin_source));
}

static void
read_place(const json_t *object, struct tr_annotation *annotation)
{
	const char *country = text_in(object, "country");

	if (country != NULL && is_country(country))
		tr_annotation_set(annotation->country,
		    sizeof(annotation->country), country);
	read_text(object, "place", annotation->place,
	    sizeof(annotation->place));
	if (annotation->country[0] != '\0' || annotation->place[0] != '\0')
		annotation->place_lookup = TR_LOOKUP_FOUND;
}

void
tr_host_from_json(const json_t *object, struct tr_annotations *annotations)
{
	struct tr_annotation read = { .name = "" }, *kept;
	const char *address = text_in(object, "address");

	if (address == NULL ||
	    tr_address_parse(address, &read.address) != TR_OK)
		return;
	read_name(object, &read);
	read_origin(object, &read);
	read_place(object, &read);
	read_text(object, "exchange", read.exchange, sizeof(read.exchange));
	kept = tr_annotations_at(annotations, &read.address);
	if (kept != NULL)
		*kept = read;
}

#else

/* An empty translation unit is not C. */
extern int tr_hosts_json_needs_jansson;

#endif
