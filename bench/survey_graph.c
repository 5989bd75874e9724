#include <err.h>
#include <stdlib.h>

#include "base/random.h"
#include "survey_graph.h"

#define LINKS		2	/* of each router, when it is put in */

static void *
take(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (memory == NULL)
		err(1, "memory");
	return memory;
}

/*
 * The ends of links: those of a router's own are 2 * LINKS * router and so on.
 * An end that is drawn among all is that of a router with many of them, more
 * likely.
 */
static uint32_t *
draw_links(char kind, uint32_t count, uint64_t seed)
{
	uint32_t *ends = take((size_t)count * LINKS * 2, sizeof(*ends));
	struct tr_random random;

	tr_random_seed(&random, seed);
	for (uint32_t router = 1; router < count; router++)
		for (uint32_t link = 0; link < LINKS; link++) {
			const uint32_t at = (router * LINKS + link) * 2;

			ends[at] = router;
			ends[at + 1] = kind == 'i' ?
			    ends[tr_random_below(&random, router * LINKS * 2)] :
			    tr_random_below(&random, count);
		}
	return ends;
}

/* Put the far ends of all links in the order of the near ones. */
static void
sort_links(const uint32_t *ends, uint32_t count, uint32_t *first,
    uint32_t *far)
{
	const uint32_t all = count * LINKS * 2;

	for (uint32_t i = 0; i < all; i++)
		first[ends[i] + 1]++;
	for (uint32_t i = 0; i < count; i++)
		first[i + 1] += first[i];
	for (uint32_t i = all; i-- > 0;)
		far[--first[ends[i] + 1]] = ends[i ^ 1];
	/* Each has moved to its beginning; the last one's end is missing. */
	for (uint32_t i = 0; i < count; i++)
		first[i] = first[i + 1];
	first[count] = all;
}

/* Breadth first, from router 0 on. */
static void
walk(struct survey_graph *graph, const uint32_t *first, const uint32_t *far)
{
	uint32_t *queue = take(graph->count, sizeof(*queue));
	uint32_t done = 0, seen = 1;

	graph->depths[0] = 1;
	while (done < seen) {
		const uint32_t router = queue[done++];

		for (uint32_t i = first[router]; i < first[router + 1]; i++) {
			const uint32_t next = far[i];

			if (graph->depths[next] != 0)
				continue;
			graph->depths[next] = graph->depths[router] + 1;
			graph->parents[next] = router;
			queue[seen++] = next;
		}
	}
	free(queue);
}

void
survey_graph_make(struct survey_graph *graph, char kind, uint32_t count,
    uint64_t seed)
{
	uint32_t *ends = draw_links(kind, count, seed);
	uint32_t *first = take(count + 1, sizeof(*first));
	uint32_t *far = take((size_t)count * LINKS * 2, sizeof(*far));

	graph->count = count;
	graph->parents = take(count, sizeof(*graph->parents));
	graph->depths = take(count, sizeof(*graph->depths));
	sort_links(ends, count, first, far);
	walk(graph, first, far);
	free(ends);
	free(first);
	free(far);
}

void
survey_graph_free(struct survey_graph *graph)
{
	free(graph->parents);
	free(graph->depths);
}

/* Its targets' router: one that has a way to it. */
static uint32_t
router_of(const struct survey_graph *graph, uint32_t prefix)
{
	uint32_t router = (uint32_t)tr_random_mix(prefix, graph->count);

	router %= graph->count;
	while (graph->depths[router] == 0)
		router = (router + 1) % graph->count;
	return router;
}

uint32_t
survey_graph_length(const struct survey_graph *graph, uint32_t prefix)
{
	return graph->depths[router_of(graph, prefix)] + 1u;
}

uint32_t
survey_graph_router(const struct survey_graph *graph, uint32_t prefix,
    uint32_t hop)
{
	uint32_t router = router_of(graph, prefix);

	while (graph->depths[router] > hop)
		router = graph->parents[router];
	return router;
}
