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
					/* that it was reached */
	struct tr_size_limit limit;	/* of that hop */
	struct tr_sizes sizes;		/* tr_sizes_limit() tells each hop's */
};

/*
 * Fill in what the run found; call when the path is concluded.  Returns false
 * where it was not asked for, or no hop answered.
 */
bool tr_path_mtu(const struct tr_path *path, struct tr_path_mtu *mtu);

/*
 * Is limit->mtu the size itself?  Else only that it is not less, and less than
 * limit->refused if that is known.
 */
bool tr_path_mtu_is_exact(const struct tr_path_mtu *mtu,
    const struct tr_size_limit *limit);

/* "told", "silence", "interface"; NULL for NONE. */
const char *tr_size_source_name(enum tr_size_source source);

#endif
