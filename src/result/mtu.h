/*
 * The path MTU, concluded from a path alone, so that a replay says what the
 * run said.
 */
#ifndef TR_RESULT_MTU_H
#define TR_RESULT_MTU_H

#include <stdbool.h>
#include <stdint.h>

#include "result/path.h"
#include "strategy/sizes.h"

struct tr_path_mtu {
	uint8_t	 ttl;			/* the hop that it leads to: the */
					/* target, if path->conclusion says */
					/* that it was reached; or the one */
					/* that forges resets */
	struct tr_size_limit limit;	/* of that hop */
	struct tr_sizes sizes;		/* tr_sizes_limit() tells each hop's */
	bool	 echoes;		/* the target's answers are as large */
					/* as what was sent */
};

/*
 * Fill in what the run found; call when the path is concluded.  Returns false
 * where it was not asked for, or no hop answered.
 */
bool tr_path_mtu(const struct tr_path *path, struct tr_path_mtu *mtu);

/* Was the size found: something says of a byte more that it is too large? */
bool tr_path_mtu_is_found(const struct tr_path_mtu *mtu,
    const struct tr_size_limit *limit);

/*
 * May it be the answers, echoes as large as the requests, that are too large
 * for the way back?
 */
bool tr_path_mtu_is_echo(const struct tr_path_mtu *mtu,
    const struct tr_size_limit *limit);

/*
 * Is limit->mtu, of the hop ttl, the size itself, surely?  Else only that it is
 * not less.
 */
bool tr_path_mtu_is_exact(const struct tr_path_mtu *mtu, uint8_t ttl,
    const struct tr_size_limit *limit);

/* "told", "silence", "interface", "host"; NULL for NONE. */
const char *tr_size_source_name(enum tr_size_source source);

#endif
