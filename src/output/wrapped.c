#include <string.h>

#include "output/output.h"

#define COLUMNS		79

void
tr_wrapped_write(FILE *stream, const char *lead, const char *indent,
    const char *text)
{
	size_t column = strlen(lead);
	bool first = true;

	fputs(lead, stream);
	while (*text != '\0') {
		const size_t word = strcspn(text, " ");

		if (!first && column + 1 + word > COLUMNS) {
			fprintf(stream, "\n%s", indent);
			column = strlen(indent);
			first = true;
		}
		if (!first) {
			putc(' ', stream);
			column++;
		}
		fwrite(text, 1, word, stream);
		column += word;
		first = false;
		text += word;
		text += strspn(text, " ");
	}
	putc('\n', stream);
}
