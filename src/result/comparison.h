/*
 * Paths of several protocols to one host, held beside each other: which of
 * them end before it, where, and what that says of a firewall.
 *
 * A firewall is claimed only where a protocol ends and another one, that came
 * the same way as far as that, got farther.  Silence says less than a refusal:
 * behind the last answer, so much must have been answered to the others that
 * a protocol would be silent there by chance in one case of twenty at most,
 * and in one of a thousand where the host answers nobody.
 */
#ifndef TR_RESULT_COMPARISON_H
#define TR_RESULT_COMPARISON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "result/path.h"

#define TR_COMPARED_MAX		6	/* paths in a comparison */
#define TR_COMPARED_NAME_MAX	12
#define TR_COMPARED_TEXT_MAX	640

/* How a path ends. */
enum tr_compared_end {
	TR_COMPARED_ARRIVED,
	TR_COMPARED_REFUSED,	/* somebody says that it may not pass */
	TR_COMPARED_SILENT,	/* no answer from some hop on */
	TR_COMPARED_UNSENT,	/* this host does not send it */
	TR_COMPARED_OPEN,	/* not traced to its end */
};

const char *tr_compared_end_name(enum tr_compared_end end);

struct tr_compared {
	const struct tr_path *path;	/* concluded; borrowed */
	char	 name[TR_COMPARED_NAME_MAX];	/* "UDP 53", "ICMP" */
	enum tr_compared_end end;
	enum tr_refusal refusal;	/* of what is refused */
	int	 error;			/* errno of what is unsent; 0: none */
	/*
	 * The farthest hop that its probes are known to have got to: of the
	 * host, of who refuses, or the last that answered.  0: none.
	 */
	uint8_t	 ttl;
	struct tr_address address;	/* who stands there; none: not known */
	enum tr_port_state port;	/* TCP */
	uint8_t	 waited_ttl;	/* up to here silence was waited for; 255 */
				/* but where the user put an end to it */
	uint8_t	 host_ttl;	/* where the host itself spoke; 0: it did not */
};

/*
 * What stops some protocols and lets others pass.  Sets of paths are bits, by
 * place in the comparison.
 */
struct tr_firewall {
	unsigned stops;
	unsigned passes;	/* none: it refuses, and nothing is known */
				/* from beyond */
	uint8_t	 ttl_before;	/* the last hop that what it stops got to; */
				/* 0: this host */
	uint8_t	 ttl_after;	/* the first one beyond from which what it */
				/* lets pass was answered; 0: none */
	bool	 refuses;	/* it says so: it stands at ttl_before */
	bool	 at_host;	/* all that is known beyond is the host: it, */
				/* or something before it */
};

enum tr_comparison_verdict {
	TR_COMPARISON_ALL_ARRIVE,
	TR_COMPARISON_FIREWALL,	/* one before the host, at least */
	TR_COMPARISON_HOST,	/* at the host alone */
	TR_COMPARISON_SAME_PLACE,	/* all end there in one way */
	TR_COMPARISON_UNCLEAR,
};

/* In which way, where all end at one place. */
enum tr_comparison_reason {
	TR_REASON_NONE,		/* they do not */
	TR_REASON_REFUSED,	/* prohibited or reset: by a firewall, or the */
				/* host */
	TR_REASON_NO_WAY,	/* no network, no host */
	TR_REASON_TOO_BIG,
	TR_REASON_SILENT,
	TR_REASON_UNSENT,	/* this host does not send them */
	TR_REASON_MIXED,	/* refused, each for another reason */
};

/* NULL for TR_REASON_NONE. */
const char *tr_comparison_reason_name(enum tr_comparison_reason reason);

const char *tr_comparison_verdict_name(enum tr_comparison_verdict verdict);

struct tr_comparison {
	struct tr_compared paths[TR_COMPARED_MAX];
	size_t	 count;
	struct tr_firewall firewalls[TR_COMPARED_MAX];	/* by ttl_before */
	size_t	 firewall_count;
	enum tr_comparison_verdict verdict;
	enum tr_comparison_reason reason;	/* of "same place" */
	/* Of those that end before others, for no firewall's sake: */
	unsigned elsewhere;	/* the others came another way */
	unsigned doubtful;	/* too few answers beyond to say so */
	bool	 differs[256];	/* by TTL: two paths have no router there */
				/* in common */
};

/*
 * Compare count paths, 2 to TR_COMPARED_MAX, which must stay as long as the
 * comparison is used.
 */
void tr_comparison_draw(struct tr_comparison *comparison,
    const struct tr_path *const paths[], size_t count);

/* "UDP 53", "TCP 443", "ICMP". */
const char *tr_compared_name(const struct tr_flow *flow,
    char name[TR_COMPARED_NAME_MAX]);

/*
 * How a path ends, as a clause that goes on after its name.
 * TR_COMPARED_TEXT_MAX bytes suffice.  Returns text.
 */
const char *tr_compared_text(const struct tr_compared *compared, char *text,
    size_t size);

/* "UDP 53, ICMP and TCP 443": the names of a set.  Returns text. */
const char *tr_comparison_names(const struct tr_comparison *comparison,
    unsigned set, char *text, size_t size);

/* Who answered at this hop: the first that did, of those that have not ended
 * before it.  No address where nobody did. */
struct tr_address tr_comparison_address(
    const struct tr_comparison *comparison, uint8_t ttl);

/* The end of them all, for an exit status: as good as the best one. */
enum tr_stop tr_comparison_stop(const struct tr_comparison *comparison);

#endif
