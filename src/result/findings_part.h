/*
 * What the parts of findings.c share: a path seen by hops, and how a finding is
 * written down.
 */
#ifndef TR_RESULT_FINDINGS_PART_H
#define TR_RESULT_FINDINGS_PART_H

#include "result/findings.h"

/* One TTL of the flow that is looked at. */
struct tr_hop_view {
	uint32_t sent;		/* probes that left this host */
	uint32_t answered;
	uint32_t late;		/* answered too, but after the hop was final */
	const struct tr_path_reply *first;	/* the answer to the first */
				/* probe that has one, a refusal only where */
				/* all are; NULL: none */
	const struct tr_path_reply *quoting;	/* the first that quotes */
	bool	 several;	/* answers came from several addresses */
};

/* Read only; hops[0] is empty.  Hops before first and behind last are too. */
struct tr_path_view {
	const struct tr_path *path;
	struct tr_hop_view hops[256];	/* by TTL */
	uint8_t	 first;		/* TTLs, as the conclusion shows them */
	uint8_t	 last;
	uint8_t	 last_answered;	/* 0: none */
};

/*
 * The next answer of a hop; *probe is TR_PATH_NONE before the first call, and
 * the number of the answer's probe behind it.  NULL when there is none.
 */
const struct tr_path_reply *tr_view_answer(const struct tr_path_view *view,
    uint8_t ttl, uint32_t *probe);

/* The nearest hop before this one that answered; 0 for none. */
uint8_t tr_view_before(const struct tr_path_view *view, uint8_t ttl);

/* Have all answers of the hop this verdict, and is there one? */
bool tr_view_is_all(const struct tr_path_view *view, uint8_t ttl,
    enum tr_verdict verdict);

/* The same of routers on the way. */
bool tr_view_is_transit(const struct tr_path_view *view, uint8_t ttl);

/*
 * The TTL that all answers of a hop quote, or -1 where they quote none or
 * differ.
 */
int tr_view_quoted_ttl(const struct tr_path_view *view, uint8_t ttl);

/*
 * Begin a finding: its text and evidence are empty, to be filled by
 * tr_text_append(), and it has no values.
 */
struct tr_finding *tr_finding_add(struct tr_findings *findings,
    enum tr_finding_code code, enum tr_sureness sureness, uint8_t first_ttl,
    uint8_t last_ttl);
void tr_finding_number(struct tr_finding *finding, const char *name,
    int64_t number);
void tr_finding_address(struct tr_finding *finding, const char *name,
    const struct tr_address *address);

/* A hop or hops in words: "hop 3", "hops 3-6". */
#define TR_HOPS_TEXT_MAX 48
const char *tr_hops_text(uint8_t first_ttl, uint8_t last_ttl,
    char text[TR_HOPS_TEXT_MAX]);
/* "between hop 2 and 3"; where before is 0, "between this host and hop 1". */
const char *tr_between_text(uint8_t before, uint8_t after,
    char text[TR_HOPS_TEXT_MAX]);

/* The parts; tr_findings_new() tells their order. */
void tr_findings_of_end(const struct tr_path_view *view,
    struct tr_findings *findings);
void tr_findings_of_answers(const struct tr_path_view *view,
    struct tr_findings *findings);
void tr_findings_of_quotes(const struct tr_path_view *view,
    struct tr_findings *findings);
void tr_findings_of_tunnels(const struct tr_path_view *view,
    struct tr_findings *findings);
void tr_findings_of_route(const struct tr_path_view *view,
    struct tr_findings *findings);
/* Behind those of tunnels and the route: what these explain is left out. */
void tr_findings_of_return(const struct tr_path_view *view,
    struct tr_findings *findings);
void tr_findings_of_mtu(const struct tr_path_view *view,
    struct tr_findings *findings);
void tr_findings_of_origins(const struct tr_path_view *view,
    struct tr_findings *findings);
void tr_findings_of_names(const struct tr_path_view *view,
    struct tr_findings *findings);
void tr_findings_of_host(const struct tr_path_view *view,
    struct tr_findings *findings);

#endif
