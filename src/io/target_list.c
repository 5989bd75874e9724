#include <string.h>

#include "base/prefix.h"
#include "io/target_list.h"

#define ACCEPTED	"an address, a prefix, a range such as " \
	"192.0.2.1-192.0.2.9"
#define BLANKS		" \t"
#define LABEL_MAX	63

/* --- what a line says --------------------------------------------------- */

static size_t
word_size(const char *text)
{
	return strcspn(text, BLANKS "#");
}

/* The first size bytes, terminated; false where they do not fit. */
static bool
copy(const char *text, size_t size, char *buffer, size_t room)
{
	if (size >= room)
		return false;
	memcpy(buffer, text, size);
	buffer[size] = '\0';
	return true;
}

static bool
read_address(const char *text, size_t size, struct tr_address *address)
{
	char word[TR_ADDRESS_TEXT_MAX];

	return copy(text, size, word, sizeof(word)) &&
	    tr_address_parse(word, address) == TR_OK;
}

static bool
read_prefix(const char *text, struct tr_target_entry *entry)
{
	char word[TR_PREFIX_TEXT_MAX];
	struct tr_prefix prefix;

	if (!copy(text, word_size(text), word, sizeof(word)) ||
	    tr_prefix_parse(word, &prefix) != TR_OK)
		return false;
	entry->first = prefix.address;
	entry->last = tr_prefix_last(&prefix);
	return true;
}

/* Does a range begin here?  Then where its second address does, or NULL. */
static const char *
second_of_range(const char *text, struct tr_address *first)
{
	const size_t size = strspn(text, "0123456789abcdefABCDEF:.");
	const char *minus = text + size + strspn(text + size, BLANKS);

	if (*minus != '-' || !read_address(text, size, first))
		return NULL;
	minus++;
	return minus + strspn(minus, BLANKS);
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Could it be a host's name?  Labels of letters, digits, - and _, of which the
 * last has a letter: else it is a number or an address gone wrong (RFC 1123,
 * 2.1).
 */
static bool
is_name(const char *name)
{
	bool has_letter = false;
	size_t label = 0;

	for (; *name != '\0'; name++) {
		if (*name == '.') {
			if (label == 0)
				return false;
			label = 0;
			if (name[1] != '\0')
				has_letter = false;
			continue;
		}
		if (!is_letter(*name) && !is_digit(*name) && *name != '-' &&
		    *name != '_')
			return false;
		if ((label == 0 && *name == '-') || ++label > LABEL_MAX)
			return false;
		has_letter = has_letter || is_letter(*name);
	}
	return has_letter;
}

static bool
read_range(const char *text, struct tr_target_entry *entry)
{
	const char *second = second_of_range(text, &entry->first);

	return second != NULL && read_address(second, word_size(second),
	    &entry->last) && entry->first.family == entry->last.family &&
	    tr_address_compare(&entry->first, &entry->last) <= 0;
}

static bool
read_name(const char *text, struct tr_target_entry *entry)
{
	const size_t size = word_size(text);
	const bool dot_ends = size > 0 && text[size - 1] == '.';
	const size_t most = TR_TARGET_NAME_MAX + (dot_ends ? 1 : 0);

	return size <= most && copy(text, size, entry->name,
	    sizeof(entry->name)) && is_name(entry->name);
}

enum tr_target_kind
tr_target_parse(const char *text, struct tr_target_entry *entry)
{
	const char *behind;

	text += strspn(text, BLANKS);
	if (read_range(text, entry))
		return TR_TARGET_RANGE;
	/* No range, but meant for one: its first half is not the target. */
	behind = text + word_size(text);
	if (behind[strspn(behind, BLANKS)] == '-')
		return TR_TARGET_DAMAGED;
	if (read_prefix(text, entry))
		return TR_TARGET_RANGE;
	return read_name(text, entry) ? TR_TARGET_NAME : TR_TARGET_DAMAGED;
}

/* --- lines -------------------------------------------------------------- */

static enum tr_line
take_range(struct tr_target_list *list, const struct tr_target_entry *entry)
{
	int status;

	if (list->family != 0 && entry->first.family != list->family) {
		list->of_other_family++;
		return TR_LINE_GOOD;
	}
	status = list->excludes ?
	    tr_targets_exclude(list->targets, &entry->first, &entry->last) :
	    tr_targets_add(list->targets, &entry->first, &entry->last);
	return status == TR_OK ? TR_LINE_GOOD : TR_LINE_NO_MEMORY;
}

static enum tr_line
take_name(struct tr_target_list *list, const char *name)
{
	if (list->namer == NULL)
		return TR_LINE_DAMAGED;
	if (list->namer(list->context, name) != TR_OK)
		return TR_LINE_NO_MEMORY;
	list->names++;
	return TR_LINE_GOOD;
}

static enum tr_line
take_line(void *context, char *line)
{
	struct tr_target_list *list = context;
	struct tr_target_entry entry;

	switch (tr_target_parse(line, &entry)) {
	case TR_TARGET_RANGE:
		return take_range(list, &entry);
	case TR_TARGET_NAME:
		return take_name(list, entry.name);
	default:
		return TR_LINE_DAMAGED;
	}
}

void
tr_target_list_init(struct tr_target_list *list, const char *name,
    struct tr_targets *targets, tr_target_namer *namer, void *context)
{
	*list = (struct tr_target_list){
		.lines.name = name,
		.lines.accepted = namer == NULL ? ACCEPTED :
		    ACCEPTED ", a name",
		.lines.take = take_line,
		.lines.context = list,
		.lines.cuts = true,
		.targets = targets,
		.namer = namer,
		.context = context,
	};
}

void
tr_target_list_init_exclusions(struct tr_target_list *list,
    const char *name, struct tr_targets *targets)
{
	tr_target_list_init(list, name, targets, NULL, NULL);
	list->lines.strict = true;
	list->excludes = true;
}

int
tr_target_list_read(struct tr_target_list *list, int descriptor,
    struct tr_error *error)
{
	return tr_lines_read(&list->lines, descriptor, false, error);
}

void
tr_target_list_warning(const struct tr_target_list *list, char *text,
    size_t size)
{
	tr_lines_warning(&list->lines, text, size);
}
