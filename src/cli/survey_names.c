#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(row) ((row)->homeless = true)
#include <uthash.h>

#include "base/text.h"
#include "cli/survey_names.h"

struct row {
	struct tr_survey_name name;	/* first: one is the other */
	bool	 homeless;		/* the table had no memory for it */
	UT_hash_handle hh;
	char	 text[];		/* of the name */
};

struct tr_survey_names {
	struct row *rows;
};

struct tr_survey_names *
tr_survey_names_new(void)
{
	return calloc(1, sizeof(struct tr_survey_names));
}

void
tr_survey_names_free(struct tr_survey_names *names)
{
	struct row *row, *next;

	if (names == NULL)
		return;
	HASH_ITER(hh, names->rows, row, next) {
		HASH_DEL(names->rows, row);
		free(row);
	}
	free(names);
}

static struct row *
find(const struct tr_survey_names *names, const char *name)
{
	struct row *row;

	HASH_FIND_STR(names->rows, name, row);
	return row;
}

const struct tr_survey_name *
tr_survey_names_find(const struct tr_survey_names *names, const char *name)
{
	const struct row *row = find(names, name);

	return row == NULL ? NULL : &row->name;
}

const struct tr_survey_name *
tr_survey_names_next(const struct tr_survey_names *names,
    const struct tr_survey_name *previous)
{
	const struct row *row = previous == NULL ? names->rows :
	    find(names, previous->name)->hh.next;

	return row == NULL ? NULL : &row->name;
}

size_t
tr_survey_names_count(const struct tr_survey_names *names)
{
	return HASH_COUNT(names->rows);
}

const struct tr_survey_name *
tr_survey_names_add(struct tr_survey_names *names,
    const struct tr_survey_name *name)
{
	const size_t size = strlen(name->name) + 1;
	struct row *row = find(names, name->name);

	if (row != NULL)
		return &row->name;
	row = calloc(1, sizeof(*row) + size);
	if (row == NULL)
		return NULL;
	row->name = *name;
	row->name.name = row->text;
	memcpy(row->text, name->name, size);
	HASH_ADD_KEYPTR(hh, names->rows, row->text, size - 1, row);
	if (row->homeless) {
		free(row);
		return NULL;
	}
	return &row->name;
}

/* --- as a text ---------------------------------------------------------- */

const char *
tr_survey_name_text(const struct tr_survey_name *name,
    char buffer[TR_SURVEY_NAME_TEXT_MAX])
{
	const struct tr_address *const addresses[] = {
		&name->address4, &name->address6,
	};
	char text[TR_ADDRESS_TEXT_MAX];

	buffer[0] = '\0';
	tr_text_append(buffer, TR_SURVEY_NAME_TEXT_MAX, "%s", name->name);
	for (size_t i = 0; i < 2; i++)
		if (tr_address_is_set(addresses[i]))
			tr_text_append(buffer, TR_SURVEY_NAME_TEXT_MAX, " %s",
			    tr_address_text(addresses[i], text,
			    sizeof(text)));
	return buffer;
}

/* The word that text begins with, terminated; where it ends, or NULL. */
static const char *
take_word(const char *text, char *word, size_t size)
{
	const size_t length = strcspn(text, " ");

	if (length == 0 || length >= size)
		return NULL;
	memcpy(word, text, length);
	word[length] = '\0';
	return text + length;
}

int
tr_survey_names_add_text(struct tr_survey_names *names, const char *text)
{
	char word[TR_TARGET_NAME_MAX + 2];
	char address_text[TR_ADDRESS_TEXT_MAX];
	struct tr_survey_name name = { .name = word };
	struct tr_target_entry entry;

	text = take_word(text, word, sizeof(word));
	if (text == NULL || tr_target_parse(word, &entry) != TR_TARGET_NAME)
		return TR_EFORMAT;
	while (*text != '\0') {
		struct tr_address address, *place;

		text = take_word(text + 1, address_text,
		    sizeof(address_text));
		if (text == NULL ||
		    tr_address_parse(address_text, &address) != TR_OK)
			return TR_EFORMAT;
		place = address.family == 4 ? &name.address4 : &name.address6;
		if (tr_address_is_set(place))
			return TR_EFORMAT;
		*place = address;
	}
	return tr_survey_names_add(names, &name) != NULL ? TR_OK : TR_ENOMEM;
}
