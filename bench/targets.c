/*
 * targets - what the order of a survey's targets costs
 *
 *	bench/targets [RUNS]
 *
 * CPU time, medians of RUNS (5): nanoseconds for each number of a permutation;
 * for sets of targets of several kinds how long they take to be put in and
 * sealed, how much memory they take then and the process did at the most, and
 * the nanoseconds for each target in order; how quickly a list is read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/permutation.h"
#include "base/random.h"
#include "base/text.h"
#include "io/target_list.h"

#define LOOKS		4000000u
#define MILLION		1000000u
#define RUNS_MAX	99

/* So that nothing is left out as of no use. */
static volatile uint64_t sink;

/* Of CPU, in seconds: other programs may run beside this one. */
static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The most resident memory that the process had, in MB. */
static double
peak(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_maxrss * 1024 / 1e6;
}

static int
compare(const void *a, const void *b)
{
	const double *one = a, *other = b;

	return *one < *other ? -1 : *one > *other;
}

static double
median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), compare);
	return values[count / 2];
}

/* --- the permutation ---------------------------------------------------- */

static void
time_permutation(uint64_t count, int runs)
{
	double values[RUNS_MAX];
	struct tr_permutation order;

	for (int run = 0; run < runs; run++) {
		const double start = now();
		uint64_t sum = 0;

		tr_permutation_init(&order, count, (uint64_t)run);
		for (uint64_t i = 0; i < LOOKS; i++)
			sum += tr_permutation_at(&order, i % count);
		sink = sum;
		values[run] = (now() - start) / LOOKS * 1e9;
	}
	printf("permutation of %llu: %.1f ns for each\n",
	    (unsigned long long)count, median(values, runs));
}

/* --- sets --------------------------------------------------------------- */

static void
must(int status)
{
	if (status == TR_OK)
		return;
	fprintf(stderr, "targets: %s\n", tr_error_phrase(status));
	exit(1);
}

static struct tr_address
draw(struct tr_random *random, uint8_t family)
{
	struct tr_address drawn = { .family = family };
	const uint64_t high = tr_random_next(random);
	const uint64_t low = tr_random_next(random);

	memcpy(drawn.bytes, &high, family == 4 ? 4 : 8);
	if (family == 6)
		memcpy(drawn.bytes + 8, &low, 8);
	return drawn;
}

/* What is put in: drawn prefixes of a length. */
static const struct kind {
	const char *name;
	uint32_t count;
	uint8_t	 family;
	unsigned length;
	uint8_t	 per_prefix4;
	bool	 special;
} kinds[] = {
	{ "0.0.0.0/0 less special ones", 1, 4, 0, 0, false },
	{ "0.0.0.0/0, one in each /24", 1, 4, 0, 24, false },
	{ "a million IPv4 addresses", MILLION, 4, 32, 0, true },
	{ "a million IPv4 addresses, one in each /24", MILLION, 4, 32, 24,
	    true },
	{ "a million IPv4 /29s", MILLION, 4, 29, 0, true },
	{ "a million IPv6 addresses", MILLION, 6, 128, 0, true },
	{ "a million IPv6 /96s", MILLION, 6, 96, 0, true },
	/* As a list of the Internet's /24s has. */
	{ "15 million IPv4 addresses", 15 * MILLION, 4, 32, 0, true },
};

static void
put_in(struct tr_targets *targets, const struct kind *kind)
{
	struct tr_random random;

	tr_random_seed(&random, 1);
	for (uint32_t i = 0; i < kind->count; i++) {
		const struct tr_address drawn = draw(&random, kind->family);
		const struct tr_prefix prefix = tr_prefix_of(&drawn,
		    kind->length);
		const struct tr_address last = tr_prefix_last(&prefix);

		must(tr_targets_add(targets, &prefix.address, &last));
	}
}

static void
time_kind(const struct kind *kind, int runs)
{
	const struct tr_targets_config config = {
		.seed = 1,
		.per_prefix4 = kind->per_prefix4,
		.special = kind->special,
	};
	const double before = peak(), start = now();
	struct tr_targets *targets = tr_targets_new(&config);
	double values[RUNS_MAX], made;
	uint64_t count;

	if (targets == NULL)
		must(TR_ENOMEM);
	put_in(targets, kind);
	must(tr_targets_seal(targets, NULL));
	made = now() - start;
	count = tr_targets_count(targets);
	for (int run = 0; run < runs; run++) {
		const double begin = now();

		for (uint64_t i = 0; i < LOOKS; i++)
			sink += tr_targets_at(targets, i % count).bytes[3];
		values[run] = (now() - begin) / LOOKS * 1e9;
	}
	printf("%s: %llu targets, made in %.3f s, %.2f MB (%.1f MB at the "
	    "most), %.1f ns for each\n", kind->name,
	    (unsigned long long)count, made,
	    (double)tr_targets_memory(targets) / 1e6, peak() - before,
	    median(values, runs));
	tr_targets_free(targets);
}

/* Each in a process of its own, whose peak of memory is its own. */
static void
in_a_process(const struct kind *kind, int runs)
{
	const pid_t child = fork();
	int status;

	if (child == 0) {
		time_kind(kind, runs);
		fflush(stdout);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
		exit(1);
}

/* --- a list ------------------------------------------------------------- */

static char *
make_list(size_t *size)
{
	const size_t room = MILLION * 16;
	char *text = malloc(room), shown[TR_ADDRESS_TEXT_MAX];
	struct tr_random random;

	*size = 0;
	tr_random_seed(&random, 1);
	for (uint32_t i = 0; text != NULL && i < MILLION; i++) {
		const struct tr_address drawn = draw(&random, 4);
		size_t length;

		tr_address_text(&drawn, shown, sizeof(shown));
		tr_text_append(shown, sizeof(shown), "\n");
		length = strlen(shown);
		memcpy(text + *size, shown, length);
		*size += length;
	}
	return text;
}

static void
time_list(int runs)
{
	const struct tr_targets_config config = { .special = true };
	size_t size;
	char *text = make_list(&size);
	double values[RUNS_MAX];

	if (text == NULL)
		must(TR_ENOMEM);
	for (int run = 0; run < runs; run++) {
		struct tr_targets *targets = tr_targets_new(&config);
		struct tr_target_list list;
		const double start = now();

		if (targets == NULL)
			must(TR_ENOMEM);
		tr_target_list_init(&list, "bench", targets, NULL, NULL);
		must(tr_lines_feed(&list.lines, text, size, NULL));
		must(tr_lines_end(&list.lines, NULL));
		values[run] = now() - start;
		tr_targets_free(targets);
	}
	printf("a list of a million IPv4 addresses: read in %.3f s\n",
	    median(values, runs));
	free(text);
}

int
main(int argc, char **argv)
{
	static const uint64_t counts[] = { 65536, 65537, 15000000, 16777217,
	    UINT64_C(1) << 32, UINT64_C(1) << 63 };
	int runs = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 5;

	if (argc > 2 || runs < 1 || runs > RUNS_MAX) {
		fprintf(stderr, "usage: targets [RUNS]; 1 to %d\n", RUNS_MAX);
		return 2;
	}
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		time_permutation(counts[i], runs);
	fflush(stdout);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		in_a_process(&kinds[i], runs);
	time_list(runs);
	return 0;
}
