#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(row) ((row)->homeless = true)
#include <uthash.h>

#include "base/text.h"
#include "result/annotations.h"

struct row {
	struct tr_annotation annotation;	/* hashed by its address */
	struct row *next;
	bool	 homeless;
	UT_hash_handle hh;
};

struct tr_annotations {
	struct row *table;
	struct row *first;
	struct row *last;
	size_t	 count;
};

const char *
tr_lookup_name(enum tr_lookup lookup)
{
	static const char *const names[] = {
		[TR_LOOKUP_NOT_ASKED] = "not-asked",
		[TR_LOOKUP_PENDING] = "pending",
		[TR_LOOKUP_FOUND] = "found",
		[TR_LOOKUP_NONE] = "none",
		[TR_LOOKUP_UNANSWERED] = "unanswered",
	};

	return names[lookup];
}

struct tr_annotations *
tr_annotations_new(void)
{
	return calloc(1, sizeof(struct tr_annotations));
}

void
tr_annotations_free(struct tr_annotations *annotations)
{
	if (annotations == NULL)
		return;
	HASH_CLEAR(hh, annotations->table);
	while (annotations->first != NULL) {
		struct row *row = annotations->first;

		annotations->first = row->next;
		free(row);
	}
	free(annotations);
}

static struct row *
find(const struct tr_annotations *annotations,
    const struct tr_address *address)
{
	struct row *row;

	HASH_FIND(hh, annotations->table, address, sizeof(*address), row);
	return row;
}

struct tr_annotation *
tr_annotations_at(struct tr_annotations *annotations,
    const struct tr_address *address)
{
	struct row *row;

	if (!tr_address_is_set(address))
		return NULL;
	row = find(annotations, address);
	if (row != NULL)
		return &row->annotation;
	if (annotations->count >= TR_ANNOTATIONS_MAX)
		return NULL;
	row = calloc(1, sizeof(*row));
	if (row == NULL)
		return NULL;
	row->annotation.address = *address;
	HASH_ADD(hh, annotations->table, annotation.address,
	    sizeof(row->annotation.address), row);
	if (row->homeless) {
		free(row);
		return NULL;
	}
	if (annotations->last == NULL)
		annotations->first = row;
	else
		annotations->last->next = row;
	annotations->last = row;
	annotations->count++;
	return &row->annotation;
}

const struct tr_annotation *
tr_annotations_find(const struct tr_annotations *annotations,
    const struct tr_address *address)
{
	const struct row *row;

	if (annotations == NULL)
		return NULL;
	row = find(annotations, address);
	return row == NULL ? NULL : &row->annotation;
}

const struct tr_annotation *
tr_annotations_next(const struct tr_annotations *annotations,
    const struct tr_annotation *before)
{
	const struct row *row;

	if (annotations == NULL)
		return NULL;
	row = before == NULL ? annotations->first :
	    find(annotations, &before->address)->next;
	return row == NULL ? NULL : &row->annotation;
}

void
tr_annotation_set(char *field, size_t size, const char *text)
{
	tr_text_safe(text, field, size);
}

const char *
tr_annotation_shown_name(const struct tr_annotation *annotation)
{
	if (annotation == NULL || annotation->name_lookup != TR_LOOKUP_FOUND ||
	    annotation->name[0] == '\0')
		return NULL;
	return annotation->check_lookup == TR_LOOKUP_NOT_ASKED ||
	    annotation->check_lookup == TR_LOOKUP_FOUND ?
	    annotation->name : NULL;
}

void
tr_origins_add(uint32_t origins[TR_ORIGINS_MAX], uint8_t *count, uint32_t asn)
{
	uint8_t place = 0;

	while (place < *count && origins[place] < asn)
		place++;
	if (*count == TR_ORIGINS_MAX ||
	    (place < *count && origins[place] == asn))
		return;
	memmove(&origins[place + 1], &origins[place],
	    (size_t)(*count - place) * sizeof(origins[0]));
	origins[place] = asn;
	++*count;
}

void
tr_annotation_add_origin(struct tr_annotation *annotation, uint32_t asn)
{
	tr_origins_add(annotation->origins, &annotation->origin_count, asn);
}

unsigned
tr_annotation_pending(const struct tr_annotation *annotation)
{
	unsigned parts = 0;

	if (annotation->name_lookup == TR_LOOKUP_PENDING)
		parts |= TR_PART_NAME;
	if (annotation->origin_lookup == TR_LOOKUP_PENDING)
		parts |= TR_PART_ORIGIN;
	if (annotation->holder_lookup == TR_LOOKUP_PENDING)
		parts |= TR_PART_HOLDER;
	if (annotation->place_lookup == TR_LOOKUP_PENDING)
		parts |= TR_PART_PLACE;
	return parts;
}

void
tr_annotation_set_lookups(struct tr_annotation *annotation, unsigned parts,
    enum tr_lookup lookup)
{
	if ((parts & TR_PART_NAME) != 0)
		annotation->name_lookup = lookup;
	if ((parts & TR_PART_ORIGIN) != 0)
		annotation->origin_lookup = lookup;
	if ((parts & TR_PART_HOLDER) != 0)
		annotation->holder_lookup = lookup;
	if ((parts & TR_PART_PLACE) != 0)
		annotation->place_lookup = lookup;
}

static void
copy_name(struct tr_annotation *to, const struct tr_annotation *from)
{
	to->name_lookup = from->name_lookup;
	to->check_lookup = from->check_lookup;
	memcpy(to->name, from->name, sizeof(to->name));
}

static void
copy_origin(struct tr_annotation *to, const struct tr_annotation *from)
{
	to->origin_lookup = from->origin_lookup;
	to->origin_count = from->origin_count;
	memcpy(to->origins, from->origins, sizeof(to->origins));
	to->prefix = from->prefix;
	memcpy(to->origin_source, from->origin_source,
	    sizeof(to->origin_source));
}

static void
copy_holder(struct tr_annotation *to, const struct tr_annotation *from)
{
	to->holder_lookup = from->holder_lookup;
	memcpy(to->holder, from->holder, sizeof(to->holder));
}

static void
copy_place(struct tr_annotation *to, const struct tr_annotation *from)
{
	to->place_lookup = from->place_lookup;
	memcpy(to->country, from->country, sizeof(to->country));
	memcpy(to->place, from->place, sizeof(to->place));
	memcpy(to->exchange, from->exchange, sizeof(to->exchange));
}

void
tr_annotation_copy(struct tr_annotation *to,
    const struct tr_annotation *from, unsigned parts)
{
	if ((parts & TR_PART_NAME) != 0)
		copy_name(to, from);
	if ((parts & TR_PART_ORIGIN) != 0)
		copy_origin(to, from);
	if ((parts & TR_PART_HOLDER) != 0)
		copy_holder(to, from);
	if ((parts & TR_PART_PLACE) != 0)
		copy_place(to, from);
}

const char *
tr_annotation_origin_text(const struct tr_annotation *annotation,
    char text[TR_ORIGIN_TEXT_MAX])
{
	text[0] = '\0';
	if (annotation == NULL || annotation->origin_count == 0 ||
	    annotation->origin_lookup != TR_LOOKUP_FOUND) {
		tr_text_append(text, TR_ORIGIN_TEXT_MAX, "[*]");
		return text;
	}
	for (uint8_t i = 0; i < annotation->origin_count; i++)
		tr_text_append(text, TR_ORIGIN_TEXT_MAX, "%sAS%u",
		    i == 0 ? "[" : "/", annotation->origins[i]);
	tr_text_append(text, TR_ORIGIN_TEXT_MAX, "]");
	return text;
}

const char *
tr_annotation_place_text(const struct tr_annotation *annotation,
    char text[TR_PLACE_TEXT_MAX])
{
	text[0] = '\0';
	if (annotation == NULL)
		return NULL;
	tr_text_append(text, TR_PLACE_TEXT_MAX, "%s%s%s", annotation->country,
	    annotation->country[0] != '\0' && annotation->place[0] != '\0' ?
	    ", " : "", annotation->place);
	return text[0] == '\0' ? NULL : text;
}
