#include "config.h"

#ifdef HAVE_JANSSON

#include <errno.h>

#include "output/json_parts.h"

#define SCHEMA_VERSION 1

json_t *
tr_json_item(json_t *list, json_t *item)
{
	if (list == NULL) {
		json_decref(item);
		return NULL;
	}
	if (json_array_append_new(list, item) != 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

json_t *
tr_json_joined(json_t *object, json_t *more)
{
	if (object == NULL || more == NULL ||
	    json_object_update(object, more) != 0) {
		json_decref(object);
		object = NULL;
	}
	json_decref(more);
	return object;
}

json_t *
tr_json_head(void)
{
	return json_pack("{s:i, s:{s:s, s:s}}",
	    "schema_version", SCHEMA_VERSION,
	    "generator", "name", PACKAGE_NAME, "version", PACKAGE_VERSION);
}

int
tr_json_write(FILE *stream, json_t *object)
{
	int status = TR_OK;

	if (object == NULL) {
		errno = ENOMEM;
		return TR_ESYSTEM;
	}
	if (json_dumpf(object, stream, JSON_COMPACT) != 0 ||
	    putc('\n', stream) == EOF || fflush(stream) != 0)
		status = TR_ESYSTEM;
	json_decref(object);
	return status;
}

#else

/* An empty translation unit is not C. */
extern int tr_json_parts_need_jansson;

#endif
