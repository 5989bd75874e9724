/*
 * The hosts of a path, and how the outputs beside traceroute(8)'s text show
 * what is known of them: tables, drawings, DOT, JSON.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifdef HAVE_JANSSON
#include <jansson.h>
#endif

#include "base/time.h"
#include "frames.h"
#include "output/comparison.h"
#include "output/output.h"
#include "packet/wire.h"
#include "result/hosts.h"

#define SRC "10.9.0.1"
#define DST "10.99.0.1"

static const struct tr_output_options everything = { .origins = true,
    .places = true };

/* A probe and, unless from is "", the answer of a router or of the target. */
static void
add_hop(struct tr_path *path, uint8_t ttl, const char *from, bool late)
{
	const int64_t sent = path->run.start +
	    path->probe_count * TR_MILLISECOND;
	const struct frame_ip forth = { SRC, DST, ttl, 0,
	    (uint16_t)(path->probe_count + 1), 0 };
	const struct frame_ip back = { from, SRC, 64, 0, 0, 0 };
	const bool arrived = strcmp(from, DST) == 0;
	struct frame probe, reply;
	uint32_t number;

	frame_udp(&probe, &forth, 40000, 33434,
	    (uint16_t)(path->probe_count + 1), 32);
	number = frame_probe(path, &probe, ttl, sent);
	if (from[0] == '\0')
		return;
	frame_error(&reply, &back, arrived ? 3 : 11, arrived ? 3 : 0, 0,
	    &probe, 28);
	frame_reply(path, number, &reply, sent + TR_MILLISECOND, late);
}

/* Three hops; of the first all is known, of the second a name alone. */
static struct tr_path *
known_path(void)
{
	struct tr_path *path = frame_path(TR_PROTOCOL_UDP, SRC, DST, 33434);
	struct tr_annotation *first;

	path->annotations = tr_annotations_new();
	assert_non_null(path->annotations);
	add_hop(path, 1, "10.1.0.1", false);
	add_hop(path, 2, "10.2.0.1", false);
	add_hop(path, 3, DST, false);
	frame_end(path, TR_STOP_ARRIVED);
	frame_named(path, "10.1.0.1", "gw.example");
	frame_named(path, "10.2.0.1", "a\"\\N&#10; (b)");
	first = frame_known(path, "10.1.0.1");
	first->check_lookup = TR_LOOKUP_FOUND;
	first->origin_lookup = TR_LOOKUP_FOUND;
	tr_annotation_add_origin(first, 64500);
	first->prefix = prefix_of("10.1.0.0/16");
	tr_annotation_set(first->holder, sizeof(first->holder), "Example");
	tr_annotation_set(first->origin_source, sizeof(first->origin_source),
	    "cymru");
	tr_annotation_set(first->exchange, sizeof(first->exchange), "IX-X");
	first->place_lookup = TR_LOOKUP_FOUND;
	tr_annotation_set(first->country, sizeof(first->country), "DE");
	tr_annotation_set(first->place, sizeof(first->place), "Bonn");
	return path;
}

static void
free_path(struct tr_path *path)
{
	tr_annotations_free(path->annotations);
	tr_path_free(path);
}

/* --- which they are ----------------------------------------------------- */

static void
expect_hosts(const struct tr_path *path, const char *expected)
{
	char text[TR_ADDRESS_TEXT_MAX], all[512] = "";
	struct tr_hosts hosts;

	assert_int_equal(TR_OK, tr_hosts_of(path, &hosts));
	for (uint32_t i = 0; i < hosts.count; i++) {
		strcat(all, i == 0 ? "" : " ");
		strcat(all, tr_address_text(&hosts.addresses[i], text,
		    sizeof(text)));
	}
	assert_string_equal(expected, all);
	tr_hosts_clear(&hosts);
	assert_int_equal(0, hosts.count);
}

static void
hosts_are_in_the_order_of_hops(void **state)
{
	struct tr_path *path = frame_path(TR_PROTOCOL_UDP, SRC, DST, 33434);

	(void)state;
	expect_hosts(path, "10.99.0.1");
	/* A later hop's probe went first; one came late; one comes again. */
	add_hop(path, 3, "10.3.0.1", false);
	add_hop(path, 2, "10.2.0.2", true);
	add_hop(path, 2, "10.2.0.1", false);
	add_hop(path, 1, "10.3.0.1", false);
	add_hop(path, 4, "", false);
	add_hop(path, 0, "10.0.0.1", false);
	expect_hosts(path, "10.3.0.1 10.2.0.2 10.2.0.1 10.0.0.1 10.99.0.1");
	add_hop(path, 1, DST, false);
	expect_hosts(path, "10.3.0.1 10.99.0.1 10.2.0.2 10.2.0.1 10.0.0.1");
	tr_path_free(path);
}

/* --- how they are shown ------------------------------------------------- */

/* What an output's end writes of a path; to be freed. */
static char *
shown(const struct tr_output *output, const struct tr_path *path,
    const struct tr_output_options *options)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	assert_int_equal(TR_OK, output->end(stream, path, 0, options));
	fclose(stream);
	return text;
}

static void
expect(char *text, const char *const *expected, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(text, expected[i]) == NULL)
			fail_msg("not there: %s\nin: %s", expected[i], text);
	free(text);
}

#define EXPECT(text, ...) do {						\
	const char *const expected[] = { __VA_ARGS__ };			\
									\
	expect(text, expected, sizeof(expected) / sizeof(expected[0]));	\
} while (0)

static void
expect_none(char *text)
{
	assert_null(strstr(text, "gw.example"));
	assert_null(strstr(text, "AS64500"));
	assert_null(strstr(text, "Bonn"));
	free(text);
}

static void
the_table_has_them_behind_its_columns(void **state)
{
	const struct tr_output_options names = { .numeric = false };
	const struct tr_output_options numbers = { .numeric = true,
	    .origins = true };
	const struct tr_output_options numeric = { .numeric = true };
	struct tr_path *path = known_path();

	(void)state;
	EXPECT(shown(&tr_output_report, path, &names),
	    "last ms  name\n",
	    "\n 1  10.1.0.1       1   100.0 %     1.000    1.000    1.000     "
	    "0.000    1.000  gw.example\n",
	    "\n 3  10.99.0.1      1   100.0 %     1.000    1.000    1.000     "
	    "0.000    1.000\n");
	EXPECT(shown(&tr_output_report, path, &everything),
	    "last ms  name, origin, place\n",
	    "    1.000  gw.example [AS64500] {DE, Bonn}\n",
	    "    1.000  [*]\n");
	EXPECT(shown(&tr_output_report, path, &numbers),
	    "last ms  origin\n", "    1.000  [AS64500]\n");
	EXPECT(shown(&tr_output_report, path, &numeric), "last ms\n");
	expect_none(shown(&tr_output_report, path, &numeric));
	free_path(path);
}

static void
the_drawing_has_them(void **state)
{
	const struct tr_output_options numeric = { .numeric = true };
	struct tr_path *path = known_path();

	(void)state;
	EXPECT(shown(&tr_output_paths, path, &everything),
	    " gw.example (10.1.0.1) [AS64500] {DE, Bonn}  1.000 ms\n",
	    " 10.99.0.1 [*]  1.000 ms\n");
	expect_none(shown(&tr_output_paths, path, &numeric));
	free_path(path);
}

/* Names can end no label, and are not taken for signs of Graphviz's. */
static void
dot_has_them_quoted(void **state)
{
	const struct tr_output_options numeric = { .numeric = true };
	struct tr_path *path = known_path();

	(void)state;
	EXPECT(shown(&tr_output_dot, path, &everything),
	    "\"1  10.1.0.1\\ngw.example\\n[AS64500]\\nDE, Bonn\\n1.000 ms\"",
	    "\"2  10.2.0.1\\na\\\"\\\\N&amp;#10;??b?\\n[*]\\n1.000 ms\"");
	expect_none(shown(&tr_output_dot, path, &numeric));
	free_path(path);
}

static void
the_comparison_has_them(void **state)
{
	struct tr_path *paths[2] = { known_path(), known_path() };
	const struct tr_path *compared[2] = { paths[0], paths[1] };
	struct tr_comparison comparison;
	char *text = NULL;
	size_t size;
	struct tr_comparison_table table = {
		.stream = open_memstream(&text, &size),
		.options = &everything,
		.paths = compared,
		.count = 2,
	};

	(void)state;
	assert_non_null(table.stream);
	/* Each trace has a table of its own. */
	tr_annotations_free(paths[0]->annotations);
	paths[0]->annotations = NULL;
	tr_comparison_draw(&comparison, compared, 2);
	assert_int_equal(TR_OK, tr_comparison_end(&table, &comparison));
	fclose(table.stream);
	EXPECT(text, " gw.example (10.1.0.1) [AS64500] {DE, Bonn}\n",
	    " 10.99.0.1 [*]\n");
	free_path(paths[0]);
	free_path(paths[1]);
}

static void
what_was_hidden_has_them(void **state)
{
	const struct tr_hidden hidden = {
		.after_ttl = 2,
		.after = address_of("10.2.0.1"),
		.routers = { address_of("10.1.0.1"),
		    address_of("10.3.0.1") },
		.count = 2,
	};
	struct tr_path *path = known_path();
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	(void)state;
	assert_non_null(stream);
	assert_int_equal(TR_OK, tr_reveal_write(stream, path, &hidden, 1,
	    &everything));
	fclose(stream);
	EXPECT(text, "\n    gw.example (10.1.0.1) [AS64500] {DE, Bonn}\n",
	    "\n    10.3.0.1 [*]\n");
	free_path(path);
}

/* --- JSON --------------------------------------------------------------- */

#ifdef HAVE_JANSSON

static void
expect_in_json(const struct tr_path *path, size_t number,
    const char *expected)
{
	char *text = shown(&tr_output_json, path, &everything);
	json_t *object = json_loads(text, 0, NULL);
	char *host = json_dumps(json_array_get(json_object_get(object,
	    "hosts"), number), JSON_COMPACT | JSON_ENCODE_ANY);

	assert_non_null(host);
	assert_string_equal(expected, host);
	free(host);
	json_decref(object);
	free(text);
}

/* -n and what else is asked for make no difference to programs. */
static void
json_has_all_of_them(void **state)
{
	struct tr_path *path = known_path();
	struct tr_annotation *second = frame_known(path, "10.2.0.1");

	(void)state;
	expect_in_json(path, 0, "{\"address\":\"10.1.0.1\",\"name\":"
	    "\"gw.example\",\"name_lookup\":\"found\",\"name_verified\":true,"
	    "\"special\":\"private\",\"exchange\":\"IX-X\",\"origin\":"
	    "{\"status\":\"found\",\"asns\":[64500],\"prefix\":"
	    "\"10.1.0.0/16\",\"holder\":\"Example\",\"source\":\"cymru\"},"
	    "\"country\":\"DE\",\"place\":\"Bonn\"}");
	second->origin_lookup = TR_LOOKUP_NONE;
	second->check_lookup = TR_LOOKUP_NONE;
	expect_in_json(path, 1, "{\"address\":\"10.2.0.1\",\"name\":"
	    "\"a\\\"\\\\N&#10; (b)\",\"name_lookup\":\"found\","
	    "\"name_verified\":false,\"special\":\"private\",\"exchange\":"
	    "null,\"origin\":{\"status\":\"none\",\"asns\":[],\"prefix\":null,"
	    "\"holder\":null,\"source\":null},\"country\":null,\"place\":null}"
	    );
	/* It is over: what is still asked gets no answer. */
	second->name_lookup = TR_LOOKUP_PENDING;
	second->origin_lookup = TR_LOOKUP_PENDING;
	expect_in_json(path, 1, "{\"address\":\"10.2.0.1\",\"name\":null,"
	    "\"name_lookup\":\"unanswered\",\"name_verified\":null,"
	    "\"special\":\"private\",\"exchange\":null,\"origin\":{\"status\":"
	    "\"unanswered\",\"asns\":[],\"prefix\":null,\"holder\":null,"
	    "\"source\":null},\"country\":null,\"place\":null}");
	expect_in_json(path, 2, "{\"address\":\"10.99.0.1\",\"name\":null,"
	    "\"name_lookup\":\"not-asked\",\"name_verified\":null,"
	    "\"special\":\"private\",\"exchange\":null,\"origin\":null,"
	    "\"country\":null,\"place\":null}");
	free_path(path);
}

static void
json_has_hosts_of_which_nothing_is_known(void **state)
{
	struct tr_path *path = frame_path(TR_PROTOCOL_UDP, SRC, "192.0.2.9",
	    33434);

	(void)state;
	frame_end(path, TR_STOP_HOP_LIMIT);
	path->run.flow.dst = address_of("9.9.9.9");
	expect_in_json(path, 0, "{\"address\":\"9.9.9.9\",\"name\":null,"
	    "\"name_lookup\":\"not-asked\",\"name_verified\":null,"
	    "\"special\":null,\"exchange\":null,\"origin\":null,"
	    "\"country\":null,\"place\":null}");
	tr_path_free(path);
}

#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_are_in_the_order_of_hops),
		cmocka_unit_test(the_table_has_them_behind_its_columns),
		cmocka_unit_test(the_drawing_has_them),
		cmocka_unit_test(dot_has_them_quoted),
		cmocka_unit_test(the_comparison_has_them),
		cmocka_unit_test(what_was_hidden_has_them),
#ifdef HAVE_JANSSON
		cmocka_unit_test(json_has_all_of_them),
		cmocka_unit_test(json_has_hosts_of_which_nothing_is_known),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
