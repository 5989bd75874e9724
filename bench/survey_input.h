/*
 * What a survey wrote, read back: rows of CSV or lines of JSON, as
 * output/survey.h of trueroute writes them.
 *
 * Of the rows' columns, which are found by the names in the first line, these
 * must be there: probe_protocol, probe_dst_addr, probe_src_port,
 * probe_dst_port, probe_ttl and reply_src_addr.  IPv4 may be mapped into IPv6.
 */
#ifndef SURVEY_INPUT_H
#define SURVEY_INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "survey_score.h"

/* What results may lack. */
struct survey_known {
	int32_t	 checksum;	/* ICMP: that all probes share; -1: not known */
	uint32_t label;		/* IPv6: the flow label */
};

struct survey_taker {
	void	(*reply)(void *context, const struct survey_reply *reply);
	void	(*record)(void *context, const struct survey_flow *flow,
		    uint8_t joined);
	/* JSON alone: first and last TTL that were asked for. */
	void	(*ttls)(void *context, uint8_t first, uint8_t last);
	void	*context;
};

/*
 * Read it all; name is the file's, in messages.  What cannot be read, or be
 * judged with what is known, ends the program: exit status 2, and a message.
 */
void survey_input_read(FILE *file, const char *name,
    const struct survey_known *known, const struct survey_taker *taker);

/*
 * Read a list of targets, one address in a line; the same where it cannot be.
 */
void survey_input_list(FILE *file, const char *name,
    void (*take)(void *context, const struct tr_address *target),
    void *context);

#endif
