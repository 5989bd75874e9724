#include <string.h>

#include "base/text.h"
#include "output/output.h"

/* As a word of the shell. */
static void
put_word(FILE *stream, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:%_-/[]@+,=";
	char safe[TR_RUN_TEXT_MAX];

	tr_text_safe(text, safe, sizeof(safe));
	if (safe[0] != '\0' && safe[strspn(safe, plain)] == '\0') {
		fputs(safe, stream);
		return;
	}
	putc('\'', stream);
	for (const char *c = safe; *c != '\0'; c++)
		if (*c == '\'')
			fputs("'\\''", stream);
		else
			putc(*c, stream);
	putc('\'', stream);
}

void
tr_target_write(FILE *stream, const struct tr_run *run)
{
	char target[TR_RUN_TEXT_MAX], address[TR_ADDRESS_TEXT_MAX];

	tr_address_text(&run->flow.dst, address, sizeof(address));
	tr_text_safe(run->target, target, sizeof(target));
	fprintf(stream, "%s (%s)", target[0] == '\0' ? address : target,
	    address);
}

int
tr_again_write(FILE *stream, const struct tr_run *run, uint32_t number)
{
	char address[TR_ADDRESS_TEXT_MAX];
	struct tr_flow flow;

	tr_flow_nth(&run->flow, number, &flow);
	fprintf(stream, "trueroute%s -%u", run->again, flow.dst.family);
	if (flow.protocol == TR_PROTOCOL_ICMP)
		fprintf(stream, " -I --icmp-id %u --icmp-checksum %u",
		    flow.icmp_id, flow.icmp_checksum);
	else
		fprintf(stream, "%s -p %u --sport %u",
		    flow.protocol == TR_PROTOCOL_TCP ? " -T" : "",
		    flow.destination_port, flow.source_port);
	if (flow.dst.family == 6)
		fprintf(stream, " -l %u", flow.flow_label);
	if (flow.tos != 0)
		fprintf(stream, " -t %u", flow.tos);
	if (flow.dont_fragment)
		fputs(" -F", stream);
	putc(' ', stream);
	put_word(stream, run->target[0] != '\0' ? run->target :
	    tr_address_text(&flow.dst, address, sizeof(address)));
	if (flow.size != tr_probe_size_default(flow.dst.family))
		fprintf(stream, " %u", flow.size);
	return ferror(stream) ? TR_ESYSTEM : TR_OK;
}
