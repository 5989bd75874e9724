#include <string.h>

#include "output/output.h"

/*
 * A copy in which '?' stands for the characters that part the words of a line:
 * who gives a name or a place is not to write more into the line than that.
 */
static const char *
as_one_word(const char *from, const char *parting, char *text, size_t size)
{
	size_t i = 0;

	for (; from[i] != '\0' && i + 1 < size; i++)
		text[i] = strchr(parting, from[i]) != NULL ? '?' : from[i];
	text[i] = '\0';
	return text;
}

const char *
tr_host_name(const struct tr_path *path, const struct tr_address *address,
    const struct tr_output_options *options, char text[TR_NAME_MAX])
{
	const char *name = options->numeric ? NULL : tr_annotation_shown_name(
	    tr_annotations_find(path->annotations, address));

	return name == NULL ? NULL :
	    as_one_word(name, " ()[]{}<>", text, TR_NAME_MAX);
}

void
tr_host_write(FILE *stream, const struct tr_path *path,
    const struct tr_address *address, const struct tr_output_options *options)
{
	char text[TR_ADDRESS_TEXT_MAX], word[TR_NAME_MAX];
	const char *name = tr_host_name(path, address, options, word);

	tr_address_text(address, text, sizeof(text));
	if (name == NULL)
		fputs(text, stream);
	else
		fprintf(stream, "%s (%s)", name, text);
}

void
tr_host_facts_write(FILE *stream, const struct tr_path *path,
    const struct tr_address *address, const struct tr_output_options *options)
{
	const struct tr_annotation *annotation =
	    tr_annotations_find(path->annotations, address);
	char origin[TR_ORIGIN_TEXT_MAX];
	char text[TR_PLACE_TEXT_MAX], shown[TR_PLACE_TEXT_MAX];
	const char *place = tr_annotation_place_text(annotation, text);

	if (options->origins)
		fprintf(stream, " %s", tr_annotation_origin_text(annotation,
		    origin));
	if (options->places && place != NULL)
		fprintf(stream, " {%s}", as_one_word(place, "{}", shown,
		    sizeof(shown)));
}
