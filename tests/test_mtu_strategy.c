/*
 * The strategy that searches the path MTU, by itself: what it sends next, told
 * of answers and failures by the test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>

#include <cmocka.h>

#include "base/time.h"
#include "strategy/mtu.h"

/* The next probe that is sent, of a strategy that waits as long as it likes. */
static struct tr_step
next_probe(struct tr_mtu *mtu, int64_t *now)
{
	struct tr_step step;

	for (;;) {
		step = tr_mtu_strategy.next(mtu, *now);
		if (step.type == TR_STEP_WAIT)
			*now = step.until;
		else if (step.type != TR_STEP_HOP)
			return step;
	}
}

/* To the byte, with few packets, and at no more hops. */
static void
searches_for_what_this_host_bars(void **state)
{
	static const struct tr_mtu_config config = {
		.walk = {
			.first_ttl = 1, .max_ttl = 3, .queries = 1,
			.probes_at_once = 1, .wait_max = TR_SECOND,
		},
		.target = { .family = 4, .bytes = { 10, 0, 3, 1 } },
		.walk_size = 60, .size_max = 1500, .interface_mtu = 1500,
	};
	struct tr_mtu *mtu = tr_mtu_new(&config);
	struct tr_answer answer = { .rtt = TR_MILLISECOND };
	unsigned largest = 0;
	int64_t now = 0;
	uint32_t number = 0;

	(void)state;
	for (;; number++) {
		const struct tr_step step = next_probe(mtu, &now);

		if (step.type == TR_STEP_END)
			break;
		assert_true(number < 60);
		if (step.size > 1000) {
			assert_int_equal(3, step.ttl);
			tr_mtu_strategy.failed(mtu, number, EPERM, ++now);
			continue;
		}
		if (step.size > largest)
			largest = step.size;
		answer.verdict = step.ttl < 3 ?
		    TR_VERDICT_TRANSIT : TR_VERDICT_ARRIVED;
		answer.responder = (struct tr_address){
			.family = 4, .bytes = { 10, 0, step.ttl, 1 },
		};
		tr_mtu_strategy.reply(mtu, number, &answer, ++now);
	}
	assert_int_equal(1000, largest);
	tr_mtu_free(mtu);
}

/*
 * Datagrams of the target do not tell which probe they answer, so not what size
 * came through: the router before it is asked.
 */
static void
asks_a_router_where_answers_are_unsure(void **state)
{
	static const struct tr_mtu_config config = {
		.walk = {
			.first_ttl = 1, .max_ttl = 3, .queries = 1,
			.probes_at_once = 1, .wait_max = TR_SECOND,
		},
		.target = { .family = 4 }, .walk_size = 60, .size_max = 1500,
		.interface_mtu = 1500,
	};
	struct tr_mtu *mtu = tr_mtu_new(&config);
	struct tr_answer answer = { .rtt = TR_MILLISECOND };
	int64_t now = 0;

	(void)state;
	for (uint8_t ttl = 1; ttl <= 3; ttl++) {
		const struct tr_step step = next_probe(mtu, &now);

		assert_int_equal(TR_STEP_SEND, step.type);
		assert_int_equal(ttl, step.ttl);
		assert_int_equal(60, step.size);
		answer.verdict = ttl < 3 ?
		    TR_VERDICT_TRANSIT : TR_VERDICT_ARRIVED;
		answer.by_ports = ttl == 3;
		answer.responder = (struct tr_address){
			.family = 4, .bytes = { 10, 0, ttl, 1 },
		};
		tr_mtu_strategy.reply(mtu, ttl - 1U, &answer, ++now);
	}
	for (uint32_t number = 3;; number++) {
		const struct tr_step step = next_probe(mtu, &now);

		if (step.type == TR_STEP_END)
			break;
		assert_true(number < 200);
		assert_int_equal(2, step.ttl);
		/* What is by ports is no proof, there as anywhere. */
		answer.verdict = TR_VERDICT_ARRIVED;
		answer.by_ports = true;
		tr_mtu_strategy.reply(mtu, number, &answer, ++now);
	}
	tr_mtu_free(mtu);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(searches_for_what_this_host_bars),
		cmocka_unit_test(asks_a_router_where_answers_are_unsure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
