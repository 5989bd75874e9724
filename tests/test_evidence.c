/*
 * A run saved and read back: what is known of its hosts is in the comments,
 * whole, however long and however many; and what a hostile file says of them
 * is made safe or left out.
 */
#include "config.h"

#include <stdio.h>

#ifdef HAVE_JANSSON

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/time.h"
#include "frames.h"
#include "io/evidence.h"
#include "io/pcapng.h"
#include "io/replay.h"
#include "io/run_json.h"
#include "output/output.h"
#include "packet/wire.h"

#define SRC "10.9.0.1"
#define DST "10.99.0.1"

/* A run as it is traced: into a path, and into a file. */
struct scene {
	struct tr_path *path;
	struct tr_evidence_writer *writer;
	char	 file[64];
};

static void
begin(struct scene *scene)
{
	struct tr_error error;
	int fd;

	*scene = (struct scene){ .file = "/tmp/trueroute-test-XXXXXX" };
	fd = mkstemp(scene->file);
	assert_true(fd >= 0);
	close(fd);
	scene->path = frame_path(TR_PROTOCOL_UDP, SRC, DST, 33434);
	scene->path->annotations = tr_annotations_new();
	assert_non_null(scene->path->annotations);
	scene->writer = tr_evidence_create(scene->file, &error);
	assert_non_null(scene->writer);
	tr_evidence_begin(scene->writer, &scene->path->run, TR_LINK_RAW);
}

static void
end(struct scene *scene)
{
	unlink(scene->file);
	tr_annotations_free(scene->path->annotations);
	tr_path_free(scene->path);
}

static void
save(struct scene *scene, const struct frame *frame, int64_t stamp)
{
	const struct tr_frame_note note = { .late = false };

	tr_evidence_frame(scene->writer, &(struct tr_frame){
	    .link = TR_LINK_RAW, .data = frame->data, .size = frame->size,
	    .wire_size = frame->size, .stamp = stamp }, &note);
}

static void
add_hop(struct scene *scene, uint8_t ttl, const char *from)
{
	struct tr_path *path = scene->path;
	const int64_t sent = path->run.start +
	    path->probe_count * TR_MILLISECOND;
	const struct frame_ip forth = { SRC, DST, ttl, 0,
	    (uint16_t)(path->probe_count + 1), 0 };
	const struct frame_ip back = { from, SRC, 64, 0, 0, 0 };
	struct frame probe, reply;
	uint32_t number;

	frame_udp(&probe, &forth, 40000, 33434,
	    (uint16_t)(path->probe_count + 1), 32);
	number = frame_probe(path, &probe, ttl, sent);
	save(scene, &probe, sent);
	frame_error(&reply, &back, 11, 0, 0, &probe, 28);
	frame_reply(path, number, &reply, sent + TR_MILLISECOND / 2, false);
	save(scene, &reply, sent + TR_MILLISECOND / 2);
}

static char *
json_of(const struct tr_path *path)
{
	const struct tr_output_options options = { .numeric = true };
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	assert_int_equal(TR_OK, tr_output_json.end(stream, path, 0,
	    &options));
	fclose(stream);
	return text;
}

/* End the run, read it back, and hold its JSON against the run's. */
static struct tr_rebuild *
expect_same(struct scene *scene)
{
	struct tr_error error, warning;
	struct tr_rebuild *rebuild;
	char *run, *replay;
	size_t count;

	frame_end(scene->path, TR_STOP_HOP_LIMIT);
	tr_evidence_end(scene->writer, scene->path);
	assert_int_equal(TR_OK, tr_evidence_close(scene->writer, &error));
	rebuild = tr_replay(scene->file, false, &count, &warning, &error);
	if (rebuild == NULL)
		fail_msg("%s", error.text);
	assert_int_equal(1, count);
	run = json_of(scene->path);
	replay = json_of(tr_rebuild_path(rebuild, 0));
	assert_string_equal(run, replay);
	free(run);
	free(replay);
	return rebuild;
}

/* --- saved and read back ------------------------------------------------ */

static void
fill_origin(struct tr_annotation *annotation)
{
	annotation->origin_lookup = TR_LOOKUP_FOUND;
	tr_annotation_add_origin(annotation, UINT32_MAX);
	tr_annotation_add_origin(annotation, 64500);
	annotation->prefix = prefix_of("10.0.0.0/8");
	tr_annotation_set(annotation->holder, sizeof(annotation->holder),
	    "Beispiel Netz \xc3\xbc");
	tr_annotation_set(annotation->origin_source,
	    sizeof(annotation->origin_source), "origins.mmdb");
	tr_annotation_set(annotation->exchange, sizeof(annotation->exchange),
	    "DE-CIX");
	annotation->place_lookup = TR_LOOKUP_FOUND;
	tr_annotation_set(annotation->country, sizeof(annotation->country),
	    "DE");
	tr_annotation_set(annotation->place, sizeof(annotation->place),
	    "K\xc3\xb6ln");
}

static void
what_is_known_of_hosts_is_kept(void **state)
{
	struct scene scene;
	struct tr_rebuild *rebuild;
	const struct tr_annotation *back;
	struct tr_path *path;

	(void)state;
	begin(&scene);
	add_hop(&scene, 1, "10.0.1.1");
	add_hop(&scene, 2, "10.0.2.1");
	add_hop(&scene, 3, "10.0.3.1");
	frame_named(scene.path, "10.0.1.1", "\"q\"\\ \033[2J\xff.example");
	fill_origin(frame_known(scene.path, "10.0.1.1"));
	frame_named(scene.path, "10.0.2.1", "false.example");
	frame_known(scene.path, "10.0.2.1")->check_lookup = TR_LOOKUP_NONE;
	frame_known(scene.path, "10.0.2.1")->origin_lookup = TR_LOOKUP_NONE;
	frame_known(scene.path, "10.0.3.1")->name_lookup = TR_LOOKUP_PENDING;
	frame_known(scene.path, DST)->name_lookup = TR_LOOKUP_NONE;
	/* It answered nothing here, and is nobody's business. */
	frame_named(scene.path, "10.0.77.1", "elsewhere.example");

	rebuild = expect_same(&scene);
	path = tr_rebuild_path(rebuild, 0);
	back = frame_known(path, "10.0.1.1");
	assert_string_equal("\"q\"\\ ?[2J?.example", back->name);
	assert_int_equal(2, back->origin_count);
	assert_int_equal(64500, back->origins[0]);
	assert_int_equal(UINT32_MAX, back->origins[1]);
	assert_int_equal(8, back->prefix.length);
	assert_string_equal("DE-CIX", back->exchange);
	assert_string_equal("K\xc3\xb6ln", back->place);
	assert_null(tr_annotation_shown_name(frame_known(path, "10.0.2.1")));
	assert_int_equal(TR_LOOKUP_NONE,
	    frame_known(path, "10.0.2.1")->origin_lookup);
	assert_int_equal(TR_LOOKUP_UNANSWERED,
	    frame_known(path, "10.0.3.1")->name_lookup);
	assert_int_equal(TR_LOOKUP_NONE, frame_known(path, DST)->name_lookup);
	assert_int_equal(TR_LOOKUP_NOT_ASKED,
	    frame_known(path, "10.0.77.1")->name_lookup);
	tr_rebuild_free(rebuild);
	end(&scene);
}

static void
fill(char *field, size_t size, char with)
{
	memset(field, with, size - 1);
	field[size - 1] = '\0';
}

/* Each block of a capture has room for 64 KiB: none is cut. */
static void
many_hosts_with_the_longest_texts(void **state)
{
	struct scene scene;
	struct tr_rebuild *rebuild;

	(void)state;
	begin(&scene);
	for (unsigned i = 0; i < 100; i++) {
		struct tr_annotation *annotation;
		char address[TR_ADDRESS_TEXT_MAX];

		snprintf(address, sizeof(address), "10.1.%u.100", i + 100);
		add_hop(&scene, (uint8_t)(i % 30 + 1), address);
		annotation = frame_known(scene.path, address);
		fill_origin(annotation);
		for (uint32_t j = 0; j < TR_ORIGINS_MAX; j++)
			tr_annotation_add_origin(annotation, UINT32_MAX - j);
		annotation->name_lookup = TR_LOOKUP_FOUND;
		fill(annotation->name, TR_NAME_MAX, '"');
		fill(annotation->holder, TR_ANNOTATION_TEXT_MAX, '\\');
		fill(annotation->origin_source, TR_ANNOTATION_TEXT_MAX, '"');
		fill(annotation->exchange, TR_ANNOTATION_TEXT_MAX, '"');
		fill(annotation->place, TR_ANNOTATION_TEXT_MAX, '"');
	}
	rebuild = expect_same(&scene);
	assert_string_equal(frame_known(scene.path, "10.1.199.100")->place,
	    frame_known(tr_rebuild_path(rebuild, 0), "10.1.199.100")->place);
	tr_rebuild_free(rebuild);
	end(&scene);
}

static void
a_run_without_a_table_is_saved_too(void **state)
{
	struct scene scene;
	struct tr_rebuild *rebuild;

	(void)state;
	begin(&scene);
	tr_annotations_free(scene.path->annotations);
	scene.path->annotations = NULL;
	add_hop(&scene, 1, "10.0.1.1");
	rebuild = expect_same(&scene);
	/* So that a replay may look them up in files. */
	assert_non_null(tr_rebuild_path(rebuild, 0)->annotations);
	tr_rebuild_free(rebuild);
	end(&scene);
}

/* --- what anybody may have written -------------------------------------- */

/* A capture of ours with one comment at its end, read. */
static int
read_saying(const char *comment, struct tr_evidence *evidence)
{
	struct tr_path *path = frame_path(TR_PROTOCOL_UDP, SRC, DST, 33434);
	json_t *run = tr_run_to_json(&path->run);
	char *json = json_dumps(run, JSON_COMPACT), *data = NULL;
	const size_t room = strlen(json) + 32;
	char *section = malloc(room);
	size_t size;
	FILE *stream = open_memstream(&data, &size);
	struct tr_error error;
	int status;

	assert_non_null(section);
	assert_non_null(stream);
	snprintf(section, room, "trueroute 1: x\n%s", json);
	assert_int_equal(TR_OK, tr_pcapng_write_section(stream, "trueroute",
	    section));
	assert_int_equal(TR_OK, tr_pcapng_write_interface(stream, 101, 2048,
	    "any"));
	assert_int_equal(TR_OK, tr_pcapng_write_statistics(stream, 0, 0, 0,
	    comment));
	fclose(stream);
	status = tr_evidence_read((const uint8_t *)data, size, evidence,
	    &error);
	free(section);
	free(data);
	free(json);
	json_decref(run);
	tr_path_free(path);
	return status;
}

/* What a comment says of 10.0.1.1. */
static struct tr_annotation
said(const char *members)
{
	const struct tr_address address = address_of("10.0.1.1");
	const struct tr_annotation *found;
	struct tr_annotation annotation = { .name = "" };
	struct tr_evidence evidence;
	char comment[2048];

	snprintf(comment, sizeof(comment),
	    "{\"hosts\":[7,{\"address\":\"10.0.1.1\",%s},null]}", members);
	assert_int_equal(TR_OK, read_saying(comment, &evidence));
	assert_true(evidence.known);
	found = tr_annotations_find(evidence.saved.annotations, &address);
	assert_non_null(found);
	annotation = *found;
	tr_evidence_clear(&evidence);
	return annotation;
}

static void
names_of_a_file_are_made_safe(void **state)
{
	struct tr_annotation one;

	(void)state;
	one = said("\"name_lookup\":\"found\",\"name\":"
	    "\"a\\u001b[2J\\u202e\\nb\",\"name_verified\":true");
	assert_string_equal("a?[2J??b", one.name);
	assert_int_equal(TR_LOOKUP_FOUND, one.check_lookup);
	/* A name that was not found is none, and none was not found. */
	one = said("\"name_lookup\":\"none\",\"name\":\"a\"");
	assert_string_equal("", one.name);
	one = said("\"name_lookup\":\"found\",\"name\":\"\"");
	assert_int_equal(TR_LOOKUP_NONE, one.name_lookup);
	one = said("\"name_lookup\":\"found\",\"name\":[\"a\"]");
	assert_int_equal(TR_LOOKUP_NONE, one.name_lookup);
	one = said("\"name_lookup\":\"pending\",\"name\":\"a\"");
	assert_int_equal(TR_LOOKUP_NOT_ASKED, one.name_lookup);
	one = said("\"name_lookup\":7");
	assert_int_equal(TR_LOOKUP_NOT_ASKED, one.name_lookup);
}

static void
origins_of_a_file_are_checked(void **state)
{
	struct tr_annotation one;

	(void)state;
	one = said("\"origin\":{\"status\":\"found\",\"asns\":[3,-1,"
	    "4294967296,\"5\",1.5,3,1],\"prefix\":\"10.0.0.0/33\","
	    "\"holder\":\"a\\nb\"}");
	assert_int_equal(2, one.origin_count);
	assert_int_equal(1, one.origins[0]);
	assert_int_equal(3, one.origins[1]);
	assert_false(tr_prefix_is_set(&one.prefix));
	assert_string_equal("a?b", one.holder);
	one = said("\"origin\":{\"status\":\"found\",\"asns\":[1,2,3,4,5,6,7,"
	    "8,9],\"prefix\":\"fd00::/8\"}");
	assert_int_equal(TR_ORIGINS_MAX, one.origin_count);
	assert_false(tr_prefix_is_set(&one.prefix));
	one = said("\"origin\":{\"status\":\"found\",\"asns\":[]}");
	assert_int_equal(TR_LOOKUP_NONE, one.origin_lookup);
	one = said("\"origin\":{\"status\":\"none\",\"asns\":[1]}");
	assert_int_equal(0, one.origin_count);
	one = said("\"origin\":[\"found\"]");
	assert_int_equal(TR_LOOKUP_NOT_ASKED, one.origin_lookup);
}

static void
places_of_a_file_are_checked(void **state)
{
	struct tr_annotation one;

	(void)state;
	one = said("\"country\":\"DEU\",\"place\":\"\\u0085\"");
	assert_string_equal("", one.country);
	assert_string_equal("?", one.place);
	one = said("\"country\":\"\\u001b\\n\"");
	assert_string_equal("", one.country);
	assert_int_equal(TR_LOOKUP_NOT_ASKED, one.place_lookup);
}

static void
prefixes_that_are_none(void **state)
{
	static const char *const prefixes[] = { "10.0.0.0", "10.0.0.0/",
	    "10.0.0.0/-1", "10.0.0.0/8x", "/8", "10.0.0/8", "10.0.0.0/ 8",
	    "10.0.0.0/18446744073709551624",
	    "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/8" };

	(void)state;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		struct tr_annotation one;
		char members[256];

		snprintf(members, sizeof(members), "\"origin\":{\"status\":"
		    "\"found\",\"asns\":[1],\"prefix\":\"%s\"}", prefixes[i]);
		one = said(members);
		assert_int_equal(1, one.origin_count);
		assert_false(tr_prefix_is_set(&one.prefix));
	}
}

static void
hosts_that_are_none(void **state)
{
	static const char *const comments[] = { "{\"hosts\":7}",
	    "{\"hosts\":{\"address\":\"10.0.1.1\"}}", "{\"hosts\":[[]]}",
	    "{\"hosts\":[{\"address\":\"router.example\"}]}",
	    "{\"hosts\":[{\"address\":7},{}]}" };

	(void)state;
	for (size_t i = 0; i < sizeof(comments) / sizeof(comments[0]); i++) {
		struct tr_evidence evidence;

		assert_int_equal(TR_OK, read_saying(comments[i], &evidence));
		assert_true(evidence.known);
		assert_null(tr_annotations_next(evidence.saved.annotations,
		    NULL));
		tr_evidence_clear(&evidence);
	}
}

static void
a_damaged_comment_is_told(void **state)
{
	struct tr_evidence evidence;

	(void)state;
	assert_int_equal(TR_EFORMAT, read_saying("{\"hosts\":[", &evidence));
	tr_evidence_clear(&evidence);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_known_of_hosts_is_kept),
		cmocka_unit_test(many_hosts_with_the_longest_texts),
		cmocka_unit_test(a_run_without_a_table_is_saved_too),
		cmocka_unit_test(names_of_a_file_are_made_safe),
		cmocka_unit_test(origins_of_a_file_are_checked),
		cmocka_unit_test(places_of_a_file_are_checked),
		cmocka_unit_test(prefixes_that_are_none),
		cmocka_unit_test(hosts_that_are_none),
		cmocka_unit_test(a_damaged_comment_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int
main(void)
{
	puts("1..0 # SKIP built without jansson");
	return 0;
}

#endif
