/*
 * What follows from answers to flows: vertices, edges, ends, repeats, silence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/error.h"
#include "strategy/plan.h"

static struct tr_address
address(unsigned number)
{
	const uint8_t bytes[4] = { 10, 0, 0, (uint8_t)number };

	return tr_address_v4(bytes);
}

/* The flow is asked and answered at a TTL by a router, or the target (99). */
static void
answer(struct tr_discovery *discovery, uint32_t flow, int ttl,
    unsigned number)
{
	const struct tr_address responder = address(number);

	tr_discovery_sent(discovery, flow, ttl);
	assert_int_equal(TR_OK, tr_discovery_answered(discovery, flow, ttl,
	    &responder, number == 99 ? TR_VERDICT_ARRIVED :
	    TR_VERDICT_TRANSIT, false));
}

static void
lose(struct tr_discovery *discovery, uint32_t flow, int ttl, int times)
{
	for (; times > 0; times--) {
		tr_discovery_sent(discovery, flow, ttl);
		tr_discovery_lost(discovery, flow, ttl);
	}
}

static void
joins_neighbouring_cells(void **state)
{
	struct tr_discovery *discovery = tr_discovery_new(1, 8, 16);
	const struct tr_vertex *one, *two;

	(void)state;
	answer(discovery, 0, 1, 1);
	answer(discovery, 1, 1, 1);
	answer(discovery, 1, 2, 3);
	answer(discovery, 0, 2, 2);
	/* Behind a gap nothing is joined. */
	answer(discovery, 0, 4, 4);
	one = tr_discovery_at(discovery, 0, 1);
	two = tr_discovery_at(discovery, 0, 2);
	assert_ptr_equal(one, tr_discovery_at(discovery, 1, 1));
	assert_int_equal(2, one->flows);
	assert_int_equal(2, one->out_degree);
	assert_int_equal(2, one->onward);
	assert_int_equal(1, two->in_degree);
	assert_int_equal(0, two->out_degree);
	assert_int_equal(2, discovery->hops[2].width);
	assert_int_equal(2, discovery->edge_count);
	assert_int_equal(4, discovery->farthest);
	/* The same address at another TTL is another vertex. */
	answer(discovery, 0, 3, 2);
	assert_ptr_not_equal(tr_discovery_at(discovery, 0, 2),
	    tr_discovery_at(discovery, 0, 3));
	assert_int_equal(4, discovery->edge_count);
	tr_discovery_free(discovery);
}

static void
forgets_what_is_beyond_the_end(void **state)
{
	struct tr_discovery *discovery = tr_discovery_new(1, 8, 16);

	(void)state;
	answer(discovery, 0, 1, 1);
	/* The answers of the target come before those of the way. */
	answer(discovery, 0, 4, 99);
	answer(discovery, 0, 3, 99);
	answer(discovery, 1, 3, 3);
	assert_int_equal(3, discovery->farthest);
	assert_true(tr_discovery_ended(discovery, 0, 4));
	assert_false(tr_discovery_ended(discovery, 0, 3));
	assert_false(tr_discovery_ended(discovery, 1, 9));
	answer(discovery, 0, 2, 99);
	assert_null(tr_discovery_at(discovery, 0, 3));
	assert_int_equal(1, discovery->hops[3].width);
	assert_int_equal(0, discovery->hops[4].width);
	assert_int_equal(1, tr_discovery_at(discovery, 0, 1)->out_degree);
	assert_int_equal(0, tr_discovery_at(discovery, 0, 2)->out_degree);
	/* And does not take it in again. */
	answer(discovery, 0, 3, 99);
	assert_null(tr_discovery_at(discovery, 0, 3));
	tr_discovery_free(discovery);
}

static void
counts_repeats_and_switches(void **state)
{
	struct tr_discovery *discovery = tr_discovery_new(1, 8, 16);

	(void)state;
	answer(discovery, 0, 2, 2);
	answer(discovery, 0, 2, 2);
	answer(discovery, 0, 2, 2);
	assert_int_equal(2, discovery->hops[2].repeats);
	assert_int_equal(0, discovery->hops[2].switches);
	assert_true(tr_discovery_is_steady(discovery, 2));
	answer(discovery, 0, 2, 3);
	answer(discovery, 0, 2, 3);
	/* Once: the path may have changed. */
	assert_int_equal(1, discovery->hops[2].cells_switched);
	assert_int_equal(0, discovery->hops[2].cells_unsteady);
	answer(discovery, 0, 2, 2);
	assert_int_equal(1, discovery->hops[2].cells_unsteady);
	assert_false(tr_discovery_is_steady(discovery, 2));
	/* Nor is what is behind it, until ways have come together. */
	answer(discovery, 0, 3, 4);
	answer(discovery, 1, 3, 5);
	answer(discovery, 0, 4, 6);
	assert_false(tr_discovery_is_steady(discovery, 3));
	assert_true(tr_discovery_is_steady(discovery, 4));
	assert_true(tr_discovery_is_steady(discovery, 1));
	tr_discovery_free(discovery);
}

static void
tells_silence_from_loss(void **state)
{
	struct tr_discovery *discovery = tr_discovery_new(1, 8, 64);
	uint32_t cells;

	(void)state;
	/* All that answer do at once: two that never do are silent. */
	for (uint32_t flow = 0; flow < 10; flow++)
		answer(discovery, flow, 2, 2);
	lose(discovery, 10, 2, 3);
	lose(discovery, 11, 2, 3);
	assert_true(tr_discovery_is_silent(discovery, 2, 3, &cells));
	assert_int_equal(2, cells);
	/* Not before they were asked so often. */
	assert_false(tr_discovery_is_silent(discovery, 2, 4, &cells));
	/* Where half of all probes are lost, one in eight is lost thrice. */
	for (uint32_t flow = 0; flow < 10; flow++) {
		lose(discovery, flow, 3, 1);
		answer(discovery, flow, 3, 3);
	}
	lose(discovery, 10, 3, 3);
	assert_false(tr_discovery_is_silent(discovery, 3, 3, &cells));
	/* Nobody answers: that is silence, whatever it comes from. */
	lose(discovery, 0, 4, 1);
	assert_true(tr_discovery_is_silent(discovery, 4, 1, &cells));
	assert_false(tr_discovery_is_silent(discovery, 5, 1, &cells));
	tr_discovery_free(discovery);
}

static void
keeps_silent_vertices_apart(void **state)
{
	struct tr_discovery *discovery = tr_discovery_new(1, 8, 16);
	const struct tr_vertex *a, *b;

	(void)state;
	for (uint32_t flow = 0; flow < 4; flow++) {
		answer(discovery, flow, 1, 1 + flow % 2);
		lose(discovery, flow, 2, 1);
		answer(discovery, flow, 3, 3);
	}
	assert_int_equal(TR_OK, tr_discovery_add_silent(discovery, 3));
	a = tr_discovery_at(discovery, 0, 2);
	b = tr_discovery_at(discovery, 1, 2);
	assert_non_null(a);
	assert_ptr_not_equal(a, b);
	assert_ptr_equal(a, tr_discovery_at(discovery, 2, 2));
	assert_int_equal(0, a->address.family);
	assert_int_equal(2, discovery->hops[2].width);
	assert_int_equal(1, a->in_degree);
	assert_int_equal(1, a->out_degree);
	tr_discovery_free(discovery);
}

/* An answer of the target's from behind its end, whose own answer is lost. */
static void
leaves_out_ends_that_are_not_proven(void **state)
{
	struct tr_discovery *discovery = tr_discovery_new(1, 8, 16);

	(void)state;
	answer(discovery, 0, 1, 1);
	answer(discovery, 0, 2, 99);
	answer(discovery, 1, 1, 1);
	lose(discovery, 1, 2, 3);
	answer(discovery, 1, 3, 99);
	assert_false(tr_discovery_is_proven(discovery,
	    tr_discovery_at(discovery, 1, 3)));
	assert_true(tr_discovery_is_proven(discovery,
	    tr_discovery_at(discovery, 0, 2)));
	assert_int_equal(0, tr_discovery_width(discovery, 3));
	tr_discovery_leave_out_unproven(discovery);
	assert_null(tr_discovery_at(discovery, 1, 3));
	assert_int_equal(2, discovery->farthest);
	/* Of a way that is longer, a router before it is known. */
	answer(discovery, 2, 2, 5);
	answer(discovery, 2, 3, 99);
	assert_true(tr_discovery_is_proven(discovery,
	    tr_discovery_at(discovery, 2, 3)));
	tr_discovery_free(discovery);
}

static void
takes_late_answers(void **state)
{
	struct tr_discovery *discovery = tr_discovery_new(1, 8, 16);
	const struct tr_address responder = address(2);

	(void)state;
	lose(discovery, 0, 2, 1);
	assert_int_equal(1, discovery->hops[2].lost);
	assert_int_equal(TR_OK, tr_discovery_answered(discovery, 0, 2,
	    &responder, TR_VERDICT_TRANSIT, true));
	assert_int_equal(0, discovery->hops[2].lost);
	assert_int_equal(0, discovery->hops[2].waiting);
	assert_int_equal(1, discovery->hops[2].answered);
	tr_discovery_free(discovery);
}

/* --- pairs of TTLs ------------------------------------------------------ */

/* Flows from vertex to vertex of the next TTL, so many of each. */
struct way {
	unsigned from;
	unsigned to;
};

static enum tr_pairing
pairing_of(const struct way *ways, size_t count, uint32_t flows_each,
    uint32_t flows)
{
	struct tr_discovery *discovery = tr_discovery_new(1, 8, 256);
	enum tr_pairing pairing;
	uint32_t flow = 0;

	for (size_t i = 0; i < count; i++)
		for (uint32_t j = 0; j < flows_each; j++, flow++) {
			answer(discovery, flow, 1, ways[i].from);
			answer(discovery, flow, 2, ways[i].to);
		}
	pairing = tr_plan_pairing(discovery, 1, flows);
	tr_discovery_free(discovery);
	return pairing;
}

static void
tells_pairs_of_ttls_apart(void **state)
{
	static const struct way chains[] = { { 1, 11 }, { 2, 12 } };
	static const struct way tree[] = {
		{ 1, 11 }, { 1, 12 }, { 2, 13 }, { 2, 14 },
	};
	static const struct way uneven[] = {
		{ 1, 11 }, { 1, 12 }, { 1, 13 }, { 2, 14 },
	};
	static const struct way mesh[] = {
		{ 1, 11 }, { 1, 12 }, { 2, 12 }, { 2, 13 },
	};
	static const struct way joins[] = {
		{ 1, 11 }, { 2, 11 }, { 3, 12 }, { 4, 12 },
	};
	static const struct way one[] = { { 1, 11 }, { 1, 12 } };

	(void)state;
	assert_int_equal(TR_PAIRING_EVEN, pairing_of(chains, 2, 6, 6));
	assert_int_equal(TR_PAIRING_UNKNOWN, pairing_of(chains, 2, 5, 6));
	assert_int_equal(TR_PAIRING_EVEN, pairing_of(tree, 4, 6, 6));
	assert_int_equal(TR_PAIRING_EVEN, pairing_of(joins, 4, 6, 6));
	assert_int_equal(TR_PAIRING_UNEVEN, pairing_of(uneven, 4, 6, 6));
	/* A mesh is seen by any flow. */
	assert_int_equal(TR_PAIRING_MESHED, pairing_of(mesh, 4, 1, 6));
	assert_int_equal(TR_PAIRING_PLAIN, pairing_of(one, 2, 6, 6));
}

/* In the same memory: nothing is left of the one before, and none is taken. */
static void
one_after_the_other(void **state)
{
	struct tr_discovery *discovery = tr_discovery_new(1, 8, 16);
	const struct tr_address fourth = address(4);

	(void)state;
	assert_int_equal(TR_OK, tr_discovery_reserve(discovery, 3, 2));
	for (int i = 0; i < 3; i++) {
		answer(discovery, 0, 1, 1);
		answer(discovery, 15, 1, 1);
		answer(discovery, 15, 2, 2);
		answer(discovery, 0, 2, 99);
		lose(discovery, 3, 5, 3);
		assert_int_equal(3, discovery->vertex_count);
		assert_int_equal(2, discovery->edge_count);
		assert_int_equal(2, discovery->nearest_end);
		/* There is no room for a fourth. */
		tr_discovery_sent(discovery, 15, 3);
		assert_int_equal(TR_ENOMEM, tr_discovery_answered(discovery,
		    15, 3, &fourth, TR_VERDICT_TRANSIT, false));
		tr_discovery_reset(discovery);
		assert_int_equal(0, discovery->vertex_count);
		assert_int_equal(0, discovery->flows);
		assert_int_equal(0, discovery->nearest_end);
		assert_int_equal(0, discovery->farthest);
		for (uint32_t flow = 0; flow < 16; flow++)
			for (int ttl = 1; ttl <= 8; ttl++) {
				assert_int_equal(0, tr_discovery_cell(
				    discovery, flow, ttl)->sent);
				assert_null(tr_discovery_at(discovery, flow,
				    ttl));
				assert_int_equal(0, discovery->hops[ttl].lost);
			}
	}
	tr_discovery_free(discovery);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_neighbouring_cells),
		cmocka_unit_test(forgets_what_is_beyond_the_end),
		cmocka_unit_test(counts_repeats_and_switches),
		cmocka_unit_test(tells_silence_from_loss),
		cmocka_unit_test(keeps_silent_vertices_apart),
		cmocka_unit_test(leaves_out_ends_that_are_not_proven),
		cmocka_unit_test(takes_late_answers),
		cmocka_unit_test(tells_pairs_of_ttls_apart),
		cmocka_unit_test(one_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
