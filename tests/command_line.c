#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "command_line.h"

#define WORDS_MAX	16
#define TEXT_MAX	1024

/* A command line, parted at spaces; "" is an empty word. */
struct line {
	char	 text[TEXT_MAX];
	char	*words[WORDS_MAX + 1];
	int	 count;
};

static void
split(struct line *line, const char *text)
{
	assert_true(strlen(text) < sizeof(line->text));
	strcpy(line->text, text);
	line->count = 0;
	for (char *word = strtok(line->text, " "); word != NULL;
	    word = strtok(NULL, " ")) {
		assert_true(line->count < WORDS_MAX);
		line->words[line->count++] =
		    strcmp(word, "\"\"") == 0 ? word + 2 : word;
	}
	line->words[line->count] = NULL;
}

int
parse(const char *text, struct tr_options *options, struct tr_error *error)
{
	static struct line line;	/* options borrow from it */

	split(&line, text);
	error->text[0] = '\0';
	return tr_options_parse(options, line.count, line.words, error);
}
