/*
 * Questions to the name servers of this host, by c-ares: the name of an
 * address, whether that name has the address, the origin AS by Team Cymru.
 * Any number of questions at once; none waits for another but that only so
 * many are under way.
 */
#ifndef TR_ENRICH_RESOLVER_H
#define TR_ENRICH_RESOLVER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "result/annotations.h"

struct tr_resolver;

/*
 * One part is known: TR_PART_NAME, TR_PART_ORIGIN, or the TR_PART_HOLDER that
 * follows it.  answer is valid during the call.
 */
typedef void tr_resolver_fn(void *context, unsigned part,
    const struct tr_annotation *answer);

/*
 * With the system's settings (resolv.conf(5), nsswitch.conf(5), hosts(5)).
 * verify: names are checked.  It lives as long as its process.  Returns NULL
 * with a text, TR_EUNSUPPORTED in a build without c-ares.
 */
struct tr_resolver *tr_resolver_new(bool verify, tr_resolver_fn *answered,
    void *context, struct tr_error *error);

/*
 * Ask; answered() is called once for a name, and twice for an origin, perhaps
 * before this returns.  Without memory it is called at once: unanswered.
 */
void tr_resolver_ask_name(struct tr_resolver *resolver,
    const struct tr_address *address);
void tr_resolver_ask_origin(struct tr_resolver *resolver,
    const struct tr_address *address);

/* Has a name server answered yet, if only that it does not want to? */
bool tr_resolver_heard(const struct tr_resolver *resolver);

#define TR_RESOLVER_POLLS_MAX 16

/* What to poll(2) for, and for how many ms at most (-1: without end). */
size_t tr_resolver_polls(struct tr_resolver *resolver,
    struct pollfd polls[TR_RESOLVER_POLLS_MAX], int *timeout);

/* What poll(2) gave, be it nothing: answers are taken, timeouts noticed. */
void tr_resolver_serve(struct tr_resolver *resolver,
    const struct pollfd polls[], size_t count);

#endif
