#include <string.h>

#include "base/text.h"
#include "output/output.h"
#include "packet/wire.h"

/* As a word of the shell. */
static void
put_word(FILE *stream, const char *text)
{
	char safe[TR_RUN_TEXT_MAX], word[4 * TR_RUN_TEXT_MAX + 3];

	tr_text_safe(text, safe, sizeof(safe));
	(void)tr_text_quote(safe, word, sizeof(word));
	fputs(word, stream);
}

/* The flags of a SYN are not told; see -O. */
static void
put_tcp_flags(FILE *stream, uint8_t flags)
{
	if (flags == TR_TCP_SYN)
		return;
	fprintf(stream, " -O %s%s", (flags & TR_TCP_ECE) != 0 ? "ecn" :
	    (flags & TR_TCP_SYN) != 0 ? "syn" : "",
	    (flags & TR_TCP_ACK) == 0 ? "" :
	    (flags & TR_TCP_SYN) != 0 ? ",ack" : "ack");
}

void
tr_target_write(FILE *stream, const struct tr_run *run)
{
	char target[TR_RUN_TEXT_MAX], address[TR_ADDRESS_TEXT_MAX];

	fprintf(stream, "%s (%s)", tr_run_host(run, target, sizeof(target)),
	    tr_address_text(&run->flow.dst, address, sizeof(address)));
}

void
tr_heading_write(FILE *stream, const struct tr_run *run)
{
	fputs("traceroute to ", stream);
	tr_target_write(stream, run);
	fprintf(stream, ", %u hops max, %u byte packets",
	    run->trace.max_ttl, run->flow.size);
}

const char *
tr_field_title(enum tr_flow_field field)
{
	static const char *const titles[TR_FIELDS] = {
		[TR_FIELD_NONE] = "",
		[TR_FIELD_SOURCE_PORT] = "source port",
		[TR_FIELD_DESTINATION_PORT] = "destination port",
		[TR_FIELD_TOS] = "TOS",
		[TR_FIELD_FLOW_LABEL] = "flow label",
		[TR_FIELD_ICMP_CHECKSUM] = "checksum",
		[TR_FIELD_ICMP_ID] = "id",
		[TR_FIELD_DESTINATION] = "destination",
	};

	return titles[field];
}

void
tr_percent_write(FILE *stream, double share)
{
	if (share != 0 && share < 0.0001)
		fprintf(stream, "%.1e %%", share * 100);
	else
		fprintf(stream, "%.3g %%", share * 100);
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
	if (flow.protocol == TR_PROTOCOL_TCP)
		put_tcp_flags(stream, flow.tcp_flags);
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
