/* LANs of exchange points in JSON: PeeringDB's and CAIDA's. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "enrich/exchange.h"
#include "result/annotations.h"

struct reading {
	struct tr_exchanges *exchanges;
	json_t	*names;		/* of PeeringDB's ix by number, as text */
	uint64_t taken;
	bool	 full;		/* memory is out */
};

/* A prefix and a name; what is none is counted. */
static void
take(struct reading *reading, const json_t *prefix_text, const char *name)
{
	struct tr_prefix prefix;

	if (!json_is_string(prefix_text) ||
	    tr_prefix_parse(json_string_value(prefix_text), &prefix) !=
	    TR_OK) {
		reading->exchanges->left_out++;
		return;
	}
	if (tr_exchanges_add(reading->exchanges, &prefix, name))
		reading->taken++;
	else
		reading->full = true;
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

/* --- CAIDA -------------------------------------------------------------- */

static void
take_caida(struct reading *reading, const json_t *row)
{
	const json_t *prefixes = json_object_get(row, "prefixes");
	static const char *const families[] = { "ipv4", "ipv6" };

	for (size_t i = 0; i < 2; i++) {
		const json_t *list = json_object_get(prefixes, families[i]);

		for (size_t at = 0; at < json_array_size(list); at++)
			take(reading, json_array_get(list, at),
			    text_of(row, "name"));
	}
}

/* --- PeeringDB ---------------------------------------------------------- */

/* The rows of {"data": [...]}. */
static const json_t *
rows_of(const json_t *object)
{
	return json_object_get(object, "data");
}

static void
number_text(json_int_t number, char *text, size_t size)
{
	text[0] = '\0';
	tr_text_append(text, size, "%" JSON_INTEGER_FORMAT, number);
}

/* ix.name for the number of each ixlan; ixlan.ix_id tells whose it is. */
static void
learn_names(struct reading *reading, const json_t *dump)
{
	const json_t *exchanges = rows_of(json_object_get(dump, "ix"));
	const json_t *lans = rows_of(json_object_get(dump, "ixlan"));
	json_t *by_number = json_object();
	char key[32];

	for (size_t i = 0; i < json_array_size(exchanges); i++) {
		const json_t *row = json_array_get(exchanges, i);

		number_text(json_integer_value(json_object_get(row, "id")),
		    key, sizeof(key));
		(void)json_object_set(by_number, key,
		    json_object_get(row, "name"));
	}
	for (size_t i = 0; i < json_array_size(lans); i++) {
		const json_t *row = json_array_get(lans, i);
		json_t *name;

		number_text(json_integer_value(json_object_get(row, "ix_id")),
		    key, sizeof(key));
		name = json_object_get(by_number, key);
		number_text(json_integer_value(json_object_get(row, "id")),
		    key, sizeof(key));
		(void)json_object_set(reading->names, key, name);
	}
	json_decref(by_number);
}

static void
take_peeringdb(struct reading *reading, const json_t *rows)
{
	char key[32], nameless[TR_ANNOTATION_TEXT_MAX];

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		const json_t *lan = json_object_get(row, "ixlan_id");
		const char *name = "";

		if (strcmp(text_of(row, "status"), "deleted") == 0)
			continue;
		if (json_is_integer(lan)) {
			number_text(json_integer_value(lan), key,
			    sizeof(key));
			name = text_of(reading->names, key);
			nameless[0] = '\0';
			tr_text_append(nameless, sizeof(nameless),
			    "exchange point %s", key);
			if (*name == '\0')
				name = nameless;
		}
		take(reading, json_object_get(row, "prefix"), name);
	}
}

/* --- both --------------------------------------------------------------- */

static void
take_value(struct reading *reading, const json_t *value)
{
	const json_t *rows = rows_of(value);

	if (json_is_object(json_object_get(value, "prefixes")))
		take_caida(reading, value);
	else if (json_is_array(rows))
		take_peeringdb(reading, rows);
	else if (json_object_get(value, "ixpfx") != NULL) {
		learn_names(reading, value);
		take_peeringdb(reading,
		    rows_of(json_object_get(value, "ixpfx")));
	} else if (json_is_array(value))
		for (size_t i = 0; i < json_array_size(value); i++) {
			const json_t *row = json_array_get(value, i);

			if (json_is_object(json_object_get(row, "prefixes")))
				take_caida(reading, row);
		}
	else
		reading->exchanges->left_out++;
}

/* One value behind the other. */
static int
take_all(struct reading *reading, const char *data, size_t size,
    struct tr_error *error)
{
	const char *name = reading->exchanges->lines.name;
	json_error_t why;
	json_t *value;

	for (size_t at = tr_exchanges_skip(data, size, 0); at < size;
	    at = tr_exchanges_skip(data, size, at)) {
		value = json_loadb(data + at, size - at,
		    JSON_DISABLE_EOF_CHECK, &why);
		if (value == NULL)
			return tr_fail(error, TR_EFORMAT, "%s is no JSON: "
			    "%s, %zu bytes from its start", name, why.text,
			    at + (size_t)why.position);
		take_value(reading, value);
		json_decref(value);
		if (reading->full)
			return tr_fail(error, TR_ENOMEM, "%s: out of memory",
			    name);
		at += (size_t)why.position;
	}
	if (reading->taken == 0)
		return tr_fail(error, TR_EFORMAT, "%s has no prefix of an "
		    "exchange point in it; accepted are %s", name,
		    reading->exchanges->lines.accepted);
	return TR_OK;
}

int
tr_exchanges_from_json(struct tr_exchanges *exchanges, const char *data,
    size_t size, struct tr_error *error)
{
	struct reading reading = {
		.exchanges = exchanges,
		.names = json_object(),
	};
	int status;

	if (reading.names == NULL)
		return tr_fail(error, TR_ENOMEM, "%s: out of memory",
		    exchanges->lines.name);
	status = take_all(&reading, data, size, error);
	json_decref(reading.names);
	return status;
}
