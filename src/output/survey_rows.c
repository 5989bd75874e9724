/*
 * The rows of a survey: CSV with a heading, in the columns of the prober
 * caracal and of diamond-miner's tables, so far as there are such, and then
 * our own.  doc/rows.md has the table that they go into.
 */
#include "base/time.h"
#include "base/write_text.h"
#include "engine/flow.h"
#include "output/survey.h"

#define RTT_UNITS	(TR_MICROSECOND / TR_SURVEY_RTT_UNIT)

/* A label and what stands with it (RFC 3032, 2.1). */
static void
write_label(struct tr_writer *writer, uint32_t word)
{
	tr_write_literal(writer, "(");
	tr_write_unsigned(writer, word >> 12);
	tr_write_literal(writer, ",");
	tr_write_unsigned(writer, word >> 9 & 7);
	tr_write_literal(writer, ",");
	tr_write_unsigned(writer, word >> 8 & 1);
	tr_write_literal(writer, ",");
	tr_write_unsigned(writer, word & 255);
	tr_write_literal(writer, ")");
}

/* In quotation marks, since there are commas in it. */
static void
write_labels(struct tr_writer *writer, const struct tr_survey_reply *reply)
{
	if (reply->label_count == 0) {
		tr_write_literal(writer, ",[],");
		return;
	}
	tr_write_literal(writer, ",\"[");
	for (unsigned i = 0; i < reply->label_count &&
	    i < TR_SURVEY_LABELS; i++) {
		if (i > 0)
			tr_write_literal(writer, ",");
		write_label(writer, reply->labels[i]);
	}
	tr_write_literal(writer, "]\",");
}

static void
write_number(struct tr_writer *writer, uint64_t number)
{
	tr_write_literal(writer, ",");
	tr_write_unsigned(writer, number);
}

static void
write_flag(struct tr_writer *writer, bool flag)
{
	if (flag)
		tr_write_literal(writer, ",1");
	else
		tr_write_literal(writer, ",0");
}

/* Up to the probe's TTL. */
static void
write_probe(struct tr_writer *writer, const struct tr_survey_about *about,
    const struct tr_survey_reply *reply)
{
	const struct tr_survey_config *config = about->config;
	const bool icmp = config->protocol == TR_PROTOCOL_ICMP;
	const uint8_t family = reply->target.family;
	const struct tr_flow own = {
		.protocol = config->protocol,
		.source_port = config->source_port,
		.icmp_id = config->icmp_id,
		.icmp_checksum = config->icmp_checksum,
	};
	struct tr_flow flow;

	tr_flow_nth(&own, reply->flow, &flow);
	tr_write_unsigned(writer, tr_protocol_number(config->protocol,
	    family));
	tr_write_literal(writer, ",");
	tr_write_address_as_v6(writer, family == 4 ? &about->source4 :
	    &about->source6);
	tr_write_literal(writer, ",");
	tr_write_address_as_v6(writer, &reply->target);
	write_number(writer, icmp ? flow.icmp_id : flow.source_port);
	write_number(writer, icmp ? 0 : config->destination_port);
	write_number(writer, reply->ttl);
}

int
tr_survey_rows_begin(char *buffer, size_t size)
{
	struct tr_writer writer;

	tr_writer_init(&writer, (uint8_t *)buffer, size);
	tr_write_literal(&writer, "capture_timestamp,probe_protocol,"
	    "probe_src_addr,probe_dst_addr,probe_src_port,probe_dst_port,"
	    "probe_ttl,quoted_ttl,reply_src_addr,reply_protocol,"
	    "reply_icmp_type,reply_icmp_code,reply_ttl,reply_size,"
	    "reply_mpls_labels,rtt_us,round,verdict,late,duplicate,rewritten,"
	    "reply_tcp_flags\n");
	return tr_written(&writer);
}

int
tr_survey_row(const struct tr_survey_about *about,
    const struct tr_survey_reply *reply, char *buffer, size_t size)
{
	struct tr_writer writer;

	tr_writer_init(&writer, (uint8_t *)buffer, size);
	tr_write_fixed(&writer, reply->received + about->offset, 9);
	tr_write_literal(&writer, ",");
	write_probe(&writer, about, reply);
	write_number(&writer, reply->quoted_ttl);
	tr_write_literal(&writer, ",");
	tr_write_address_as_v6(&writer, &reply->responder);
	write_number(&writer, reply->protocol);
	write_number(&writer, reply->icmp_type);
	write_number(&writer, reply->icmp_code);
	write_number(&writer, reply->reply_ttl);
	write_number(&writer, reply->size);
	write_labels(&writer, reply);
	if (reply->rtt != TR_SURVEY_RTT_UNKNOWN)
		tr_write_unsigned(&writer, ((uint64_t)reply->rtt +
		    RTT_UNITS / 2) / RTT_UNITS);
	tr_write_literal(&writer, ",1,");	/* a survey is one round */
	tr_write_string(&writer, tr_verdict_name(reply->verdict));
	write_flag(&writer, reply->late);
	write_flag(&writer, reply->duplicate);
	write_flag(&writer, reply->rewritten);
	write_number(&writer, reply->tcp_flags);
	tr_write_literal(&writer, "\n");
	return tr_written(&writer);
}
