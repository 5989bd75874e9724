#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/prefix.h"
#include "enrich/cymru.h"

#define FIELDS_OF_HOLDER 4	/* in front of the holder's name */

/* --- questions ---------------------------------------------------------- */

const char *
tr_cymru_origin_name(const struct tr_address *address,
    char name[TR_CYMRU_NAME_MAX])
{
	char labels[TR_ADDRESS_LABELS_MAX];

	snprintf(name, TR_CYMRU_NAME_MAX, "%s.%s.asn.cymru.com",
	    tr_address_labels(address, labels),
	    address->family == 4 ? "origin" : "origin6");
	return name;
}

const char *
tr_cymru_holder_name(uint32_t asn, char name[TR_CYMRU_NAME_MAX])
{
	snprintf(name, TR_CYMRU_NAME_MAX, "AS%u.asn.cymru.com", asn);
	return name;
}

/* --- answers ------------------------------------------------------------ */

static const char *
skip_blanks(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

/* A number of at most 32 bits; *text is left behind it and the blanks. */
static bool
read_number(const char **text, uint32_t *number)
{
	const char *at = *text;
	uint64_t value = 0;

	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		value = value * 10 + (uint64_t)(*at - '0');
		if (value > UINT32_MAX)
			return false;
	}
	*number = (uint32_t)value;
	*text = skip_blanks(at);
	return true;
}

static bool
read_bar(const char **text)
{
	if (**text != '|')
		return false;
	*text = skip_blanks(*text + 1);
	return true;
}

static bool
read_prefix(const char **text, struct tr_prefix *prefix)
{
	const size_t size = strcspn(*text, " |");
	char word[TR_PREFIX_TEXT_MAX];

	if (size >= sizeof(word) || memchr(*text, '/', size) == NULL)
		return false;
	memcpy(word, *text, size);
	word[size] = '\0';
	*text += size;
	return tr_prefix_parse(word, prefix) == TR_OK;
}

int
tr_cymru_take_origin(const char *text, struct tr_annotation *annotation)
{
	struct tr_annotation read = { .address = annotation->address };
	struct tr_prefix prefix;
	uint32_t asn;

	text = skip_blanks(text);
	while (read_number(&text, &asn))
		tr_annotation_add_origin(&read, asn);
	if (read.origin_count == 0 || !read_bar(&text) ||
	    !read_prefix(&text, &prefix) ||
	    !tr_prefix_contains(&prefix, &read.address))
		return TR_EFORMAT;
	if (tr_prefix_is_set(&annotation->prefix) &&
	    annotation->prefix.length > prefix.length)
		return TR_OK;
	if (!tr_prefix_is_set(&annotation->prefix) ||
	    annotation->prefix.length < prefix.length)
		annotation->origin_count = 0;
	for (uint8_t i = 0; i < read.origin_count; i++)
		tr_annotation_add_origin(annotation, read.origins[i]);
	annotation->prefix = prefix;
	return TR_OK;
}

int
tr_cymru_take_holder(const char *text, uint32_t asn,
    char holder[TR_ANNOTATION_TEXT_MAX])
{
	uint32_t told;

	text = skip_blanks(text);
	if (!read_number(&text, &told) || told != asn)
		return TR_EFORMAT;
	for (int field = 0; field < FIELDS_OF_HOLDER; field++) {
		text = strchr(text, '|');
		if (text == NULL)
			return TR_EFORMAT;
		text++;
	}
	tr_annotation_set(holder, TR_ANNOTATION_TEXT_MAX, skip_blanks(text));
	return TR_OK;
}
