/*
 * What the replies tell, in plain words, below the hops; and from where and by
 * what the probes were sent.
 */
#include <stdlib.h>

#include "base/text.h"
#include "output/output.h"
#include "result/findings.h"

#define LINE_MAX_SIZE	1024

static void
put_finding(FILE *stream, const struct tr_finding *finding)
{
	char line[LINE_MAX_SIZE] = "";

	tr_wrapped_write(stream, "  * ", "    ", finding->text);
	tr_text_append(line, sizeof(line), "%s, %s: %s",
	    tr_finding_name(finding->code),
	    tr_sureness_name(finding->sureness), finding->evidence);
	tr_wrapped_write(stream, "      ", "      ", line);
}

/* " (WHY)", or nothing. */
static void
append_reason(char *line, size_t size, const char *reason)
{
	char safe[TR_RUN_TEXT_MAX];

	if (reason[0] != '\0')
		tr_text_append(line, size, " (%s)", tr_text_safe(reason, safe,
		    sizeof(safe)));
}

static void
put_way_out(FILE *stream, const struct tr_run *run)
{
	char line[LINE_MAX_SIZE] = "", address[TR_ADDRESS_TEXT_MAX];
	char safe[TR_RUN_TEXT_MAX];

	tr_text_append(line, sizeof(line), "sent from %s", tr_address_text(
	    &run->flow.src, address, sizeof(address)));
	append_reason(line, sizeof(line), run->source_reason);
	if (run->interface[0] != '\0') {
		tr_text_append(line, sizeof(line), ", by %s", tr_text_safe(
		    run->interface, safe, sizeof(safe)));
		append_reason(line, sizeof(line), run->interface_reason);
	}
	if (tr_address_is_set(&run->gateway))
		tr_text_append(line, sizeof(line), ", next hop %s",
		    tr_address_text(&run->gateway, address, sizeof(address)));
	if (run->mtu != 0)
		tr_text_append(line, sizeof(line), ", MTU %u", run->mtu);
	if (run->addresses > 1)
		tr_text_append(line, sizeof(line), "; the name has %u "
		    "addresses", run->addresses);
	tr_wrapped_write(stream, "  ", "  ", line);
}

int
tr_explain_write(FILE *stream, const struct tr_path *path)
{
	struct tr_findings *findings = tr_findings_new(path);

	if (findings == NULL)
		return TR_ENOMEM;
	fputs("\nWhat the replies tell:\n", stream);
	put_way_out(stream, &path->run);
	for (uint32_t i = 0; i < findings->count; i++)
		put_finding(stream, &findings->items[i]);
	if (findings->count == 0)
		fputs("  nothing unusual\n", stream);
	if (findings->left_out > 0)
		fprintf(stream, "  and %u more\n", findings->left_out);
	free(findings);
	return fflush(stream) != 0 || ferror(stream) ? TR_ESYSTEM : TR_OK;
}
