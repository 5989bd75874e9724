/*
 * Who stands on a path: each address that answered, once.  What is known of
 * them beside the path is in result/annotations.h.
 */
#ifndef TR_RESULT_HOSTS_H
#define TR_RESULT_HOSTS_H

#include <stdint.h>

#include "result/path.h"

struct tr_hosts {
	struct tr_address *addresses;
	uint32_t count;		/* the target at least */
};

/*
 * The addresses whose answers the path holds, in the order in which its hops,
 * their probes and the replies to them have them; those of probes whose hop
 * is not known behind these; the target, if it did not answer, last.  So the
 * order is the same live and replayed.  Returns TR_OK or TR_ENOMEM; free with
 * tr_hosts_clear().
 */
int tr_hosts_of(const struct tr_path *path, struct tr_hosts *hosts);
void tr_hosts_clear(struct tr_hosts *hosts);

#endif
