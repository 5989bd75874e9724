#include <stdlib.h>

#include "base/error.h"
#include "result/hosts.h"

/* An address, and at which place it came. */
struct seen {
	struct tr_address address;
	uint32_t place;
};

static int
by_address(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	const int order = tr_address_compare(&x->address, &y->address);

	if (order != 0)
		return order;
	return x->place < y->place ? -1 : x->place > y->place;
}

static int
by_place(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return x->place < y->place ? -1 : x->place > y->place;
}

static void
add(struct seen *seen, uint32_t *count, const struct tr_address *address)
{
	seen[*count] = (struct seen){ *address, *count };
	(*count)++;
}

static void
add_hop(const struct tr_path *path, unsigned ttl, struct seen *seen,
    uint32_t *count)
{
	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next)
		for (uint32_t j = path->probes[i].first_reply;
		    j != TR_PATH_NONE; j = path->replies[j].next)
			add(seen, count, &path->replies[j].responder);
}

/* Each address once, where it came first. */
static uint32_t
drop_repeated(struct seen *seen, uint32_t count)
{
	uint32_t kept = 0;

	qsort(seen, count, sizeof(*seen), by_address);
	for (uint32_t i = 0; i < count; i++)
		if (kept == 0 || !tr_address_equal(&seen[kept - 1].address,
		    &seen[i].address))
			seen[kept++] = seen[i];
	qsort(seen, kept, sizeof(*seen), by_place);
	return kept;
}

int
tr_hosts_of(const struct tr_path *path, struct tr_hosts *hosts)
{
	struct seen *seen = calloc((size_t)path->reply_count + 1,
	    sizeof(*seen));
	uint32_t count = 0;

	*hosts = (struct tr_hosts){ .count = 0 };
	if (seen == NULL)
		return TR_ENOMEM;
	for (unsigned ttl = 1; ttl < 256; ttl++)
		add_hop(path, ttl, seen, &count);
	add_hop(path, 0, seen, &count);
	add(seen, &count, &path->run.flow.dst);
	count = drop_repeated(seen, count);
	hosts->addresses = calloc(count, sizeof(*hosts->addresses));
	if (hosts->addresses != NULL) {
		hosts->count = count;
		for (uint32_t i = 0; i < count; i++)
			hosts->addresses[i] = seen[i].address;
	}
	free(seen);
	return hosts->addresses == NULL ? TR_ENOMEM : TR_OK;
}

void
tr_hosts_clear(struct tr_hosts *hosts)
{
	free(hosts->addresses);
	*hosts = (struct tr_hosts){ .count = 0 };
}
