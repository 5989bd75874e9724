/*
 * Files of origin AS, places and exchange points: in text, MMDB and JSON,
 * whole and damaged, several beside each other.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/prefix.h"
#include "base/random.h"
#include "base/text.h"
#include "enrich/exchange.h"
#include "enrich/mmdb.h"
#include "enrich/sources.h"
#include "mmdb_file.h"

static char folder[] = "/tmp/test_sources.XXXXXX";
static struct tr_error error;

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

/* A file in the folder with these bytes; its path. */
static const char *
saved(const char *name, const void *data, size_t size)
{
	static char paths[4][128];
	static int next;
	char *path = paths[next++ % 4];
	FILE *file;

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	return path;
}

static const char *
text_file(const char *name, const char *text)
{
	return saved(name, text, strlen(text));
}

/* What the files say of an address, in a line. */
static void
expect(const struct tr_sources *sources, const char *text,
    const char *expected)
{
	struct tr_annotation told = { .name = "" };
	char seen[1024] = "", origin[TR_ORIGIN_TEXT_MAX];
	char prefix_text[TR_PREFIX_TEXT_MAX];

	assert_int_equal(tr_address_parse(text, &told.address), TR_OK);
	tr_sources_annotate(sources, &told);
	tr_text_append(seen, sizeof(seen), "%s %s %s|%s|%s, %s %s|%s|%s",
	    tr_lookup_name(told.origin_lookup),
	    tr_annotation_origin_text(&told, origin),
	    tr_prefix_text(&told.prefix, prefix_text, sizeof(prefix_text)),
	    told.holder, told.origin_source,
	    tr_lookup_name(told.place_lookup), told.country, told.place,
	    told.exchange);
	assert_string_equal(seen, expected);
}

static struct tr_sources *
opened(const struct tr_sources_config *config)
{
	struct tr_sources *sources;

	error.text[0] = '\0';
	if (tr_sources_check(config, &error) != TR_OK)
		fail_msg("%s", error.text);
	sources = tr_sources_open(config, &error);
	if (sources == NULL)
		fail_msg("%s", error.text);
	return sources;
}

/* Neither checked nor opened, with the same text. */
static void
refused(const struct tr_sources_config *config, int code,
    const char *expected)
{
	error.text[0] = '\0';
	assert_int_equal(tr_sources_check(config, &error), code);
	if (strstr(error.text, expected) == NULL)
		fail_msg("%s, not: %s", error.text, expected);
	memset(&error, 0, sizeof(error));
	assert_null(tr_sources_open(config, &error));
	assert_int_equal(error.code, code);
	if (strstr(error.text, expected) == NULL)
		fail_msg("%s, not: %s", error.text, expected);
}

static void
refused_origins(const char *path, int code, const char *expected)
{
	const struct tr_sources_config config = {
		.asn_paths = &path,
		.asn_path_count = 1,
	};

	refused(&config, code, expected);
}

/* --- text --------------------------------------------------------------- */

static void
test_nothing(void **state)
{
	const struct tr_sources_config config = { .asn_path_count = 0 };
	struct tr_sources *sources = opened(&config);
	char text[256];

	(void)state;
	expect(sources, "192.0.2.1",
	    "not-asked [*] *||, not-asked ||");
	assert_null(tr_sources_warning(sources, 0, text, sizeof(text)));
	tr_sources_close(sources);
	tr_sources_close(NULL);
}

static void
test_longest_over_files(void **state)
{
	const char *paths[2];
	struct tr_sources_config config = {
		.asn_paths = paths,
		.asn_path_count = 2,
	};
	struct tr_sources *sources;

	(void)state;
	paths[0] = text_file("one.txt", "192.0.2.0/24 64500 First\n"
	    "198.51.100.0/25 64501\n203.0.113.0/24 0\n");
	paths[1] = text_file("two.txt", "192.0.2.0/24 64510 Second\n"
	    "198.51.100.0/24 64511\n192.0.2.128/25 64512/64513\n");
	sources = opened(&config);
	expect(sources, "192.0.2.1", "found [AS64500] 192.0.2.0/24|First|"
	    "one.txt, not-asked ||");
	expect(sources, "192.0.2.200", "found [AS64512/AS64513] "
	    "192.0.2.128/25||two.txt, not-asked ||");
	expect(sources, "198.51.100.1", "found [AS64501] 198.51.100.0/25||"
	    "one.txt, not-asked ||");
	expect(sources, "198.51.100.200", "found [AS64511] 198.51.100.0/24||"
	    "two.txt, not-asked ||");
	expect(sources, "203.0.113.1", "none [*] *||one.txt, not-asked ||");
	expect(sources, "8.8.8.8", "none [*] *||one.txt, not-asked ||");
	/* None of them is about IPv6. */
	expect(sources, "2001:db8::1", "unanswered [*] *||one.txt, "
	    "not-asked ||");
	tr_sources_close(sources);
	unlink(paths[0]);
	unlink(paths[1]);
}

static void
test_warnings(void **state)
{
	const char *paths[2];
	const struct tr_sources_config config = {
		.asn_paths = paths,
		.asn_path_count = 2,
		.exchange_path = text_file("ix.txt", "x\n192.0.2.0/24 IX\n"),
	};
	struct tr_sources *sources;
	char text[512];

	(void)state;
	paths[0] = text_file("good.txt", "192.0.2.0/24 64500\n");
	paths[1] = text_file("bad.txt", "192.0.2.0/24 64500\noops\n");
	sources = opened(&config);
	assert_non_null(tr_sources_warning(sources, 0, text, sizeof(text)));
	assert_non_null(strstr(text, "bad.txt: 1 line is left out, the first "
	    "is line 2: \"oops\""));
	assert_non_null(tr_sources_warning(sources, 1, text, sizeof(text)));
	assert_non_null(strstr(text, "ix.txt: 1 line is left out"));
	assert_null(tr_sources_warning(sources, 2, text, sizeof(text)));
	tr_sources_close(sources);
	unlink(paths[0]);
	unlink(paths[1]);
	unlink(config.exchange_path);
}

static void
test_refused(void **state)
{
	const char *path = text_file("bad.txt", "hello\n");
	struct tr_sources_config config = { .geo_path = path };

	(void)state;
	refused_origins("/nowhere/at/all", TR_ENOTFOUND,
	    "/nowhere/at/all: No such file");
	refused_origins("/", TR_EFORMAT, "/ is no file");
	refused_origins(path, TR_EFORMAT, "line 1: \"hello\" is not "
	    "understood; accepted are an MMDB file, and lines such as");
	refused(&config, TR_EFORMAT, "is no MMDB file, which is what --geo "
	    "accepts");
	config = (struct tr_sources_config){ .exchange_path = path };
	refused(&config, TR_EFORMAT, "line 1: \"hello\" is not understood");
	unlink(path);
	path = saved("bad.gz", "\x1f\x8b\x08\0\0", 5);
	refused_origins(path, TR_EFORMAT, "bad.gz is compressed: gunzip it");
	config = (struct tr_sources_config){ .exchange_path = path };
	refused(&config, TR_EFORMAT, "bad.gz is compressed: gunzip it");
	unlink(path);
	path = saved("empty", "", 0);
	refused_origins(path, TR_EFORMAT, "empty has no line in it");
	unlink(path);
}

/* A check does not take what a pipe has: it is read once. */
static void
test_pipe(void **state)
{
	int ends[2];
	char path[64], expected[128];
	const char *paths[] = { path };
	const struct tr_sources_config config = {
		.asn_paths = paths,
		.asn_path_count = 1,
	};
	static const char line[] = "192.0.2.0/24 64500\n";
	struct tr_sources *sources;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], line, sizeof(line) - 1),
	    sizeof(line) - 1);
	close(ends[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	sources = opened(&config);
	snprintf(expected, sizeof(expected), "found [AS64500] "
	    "192.0.2.0/24||%d, not-asked ||", ends[0]);
	expect(sources, "192.0.2.1", expected);
	tr_sources_close(sources);
	close(ends[0]);
}

/* --- exchange points ---------------------------------------------------- */

static void
expect_exchanges(const char *data, uint64_t left_out,
    const char *const (*rows)[2])
{
	struct tr_exchanges *exchanges = tr_exchanges_new("ix");
	struct tr_address address;
	const char *name;

	assert_non_null(exchanges);
	if (tr_exchanges_parse(exchanges, data, strlen(data), &error) !=
	    TR_OK)
		fail_msg("%s", error.text);
	assert_int_equal(exchanges->left_out + exchanges->lines.damaged,
	    left_out);
	for (; (*rows)[0] != NULL; rows++) {
		assert_int_equal(tr_address_parse((*rows)[0], &address),
		    TR_OK);
		name = tr_exchanges_find(exchanges, &address);
		assert_string_equal(name == NULL ? "" : name, (*rows)[1]);
	}
	tr_exchanges_free(exchanges);
}

static void
test_exchange_lines(void **state)
{
	static const char *const rows[][2] = {
		{ "192.0.2.1", "Example IX, Berlin" },
		{ "198.51.100.1", "exchange point" },
		{ "2001:db8::1", "E?[31mvil" },
		{ "203.0.113.1", "" },
		{ NULL, NULL },
	};

	(void)state;
	expect_exchanges("# LANs\n192.0.2.0/24 Example IX, Berlin\r\n"
	    "198.51.100.0/24\n2001:db8::/64\tE\033[31mvil\nno\n", 1, rows);
}

#ifdef HAVE_JANSSON

static void
test_exchange_peeringdb(void **state)
{
	static const char *const bare[][2] = {
		{ "192.0.2.1", "exchange point 18" },
		{ "2001:db8::1", "exchange point" },
		{ "198.51.100.1", "" },
		{ NULL, NULL },
	};
	static const char *const named[][2] = {
		{ "192.0.2.1", "Example IX" },
		{ "198.51.100.1", "exchange point 9" },
		{ NULL, NULL },
	};

	(void)state;
	expect_exchanges("{\"meta\": {}, \"data\": [{\"id\": 1, "
	    "\"ixlan_id\": 18, \"prefix\": \"192.0.2.0/24\", "
	    "\"status\": \"ok\"}, {\"prefix\": \"2001:db8::/64\"}, "
	    "{\"prefix\": \"198.51.100.0/24\", \"status\": \"deleted\"}, "
	    "{\"prefix\": 7}, {\"prefix\": \"x\"}, null]}", 3, bare);
	expect_exchanges("{\"ix\": {\"data\": [{\"id\": 26, \"name\": "
	    "\"Example IX\"}]}, \"ixlan\": {\"data\": [{\"id\": 18, "
	    "\"ix_id\": 26}]}, \"ixpfx\": {\"data\": [{\"ixlan_id\": 18, "
	    "\"prefix\": \"192.0.2.0/24\"}, {\"ixlan_id\": 9, \"prefix\": "
	    "\"198.51.100.0/24\"}]}}", 0, named);
}

static void
test_exchange_caida(void **state)
{
	static const char *const rows[][2] = {
		{ "192.0.2.1", "Example IX" },
		{ "2001:db8::1", "Example IX" },
		{ "198.51.100.1", "Other" },
		{ NULL, NULL },
	};

	(void)state;
	expect_exchanges("#{\"source\": \"caida\"}\n"
	    "{\"name\": \"Example IX\", \"prefixes\": {\"ipv4\": "
	    "[\"192.0.2.0/24\"], \"ipv6\": [\"2001:db8::/64\"]}}\n"
	    "{\"name\": \"Nothing\", \"prefixes\": {}}\n"
	    "{\"name\": \"Other\", \"prefixes\": {\"ipv4\": "
	    "[\"198.51.100.0/24\", \"bad\"]}}\n{}\n", 2, rows);
}

static void
test_exchange_json_is_bad(void **state)
{
	static const char *const bad[] = {
		"{", "{}", "[]", "[1, 2]", "{\"data\": []}",
		"{\"data\": [{\"prefix\": \"x\"}]}", "{\"prefixes\": {}}",
		"{\"data\": [{\"prefix\": \"10.0.0.0/8\"}]} x",
		"{\"ixpfx\": 7}", "{\"ixpfx\": {\"data\": {}}}",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tr_exchanges *exchanges = tr_exchanges_new("ix");

		assert_int_equal(tr_exchanges_parse(exchanges, bad[i],
		    strlen(bad[i]), &error), TR_EFORMAT);
		assert_non_null(strstr(error.text, "ix "));
		tr_exchanges_free(exchanges);
	}
}

#else

static void
test_exchange_json_needs_jansson(void **state)
{
	struct tr_exchanges *exchanges = tr_exchanges_new("ix");

	(void)state;
	assert_int_equal(tr_exchanges_parse(exchanges, "{}", 2, &error),
	    TR_EUNSUPPORTED);
	assert_non_null(strstr(error.text, "no jansson"));
	tr_exchanges_free(exchanges);
}

#endif

/* --- MMDB --------------------------------------------------------------- */

struct network {
	const char *prefix;
	const char *fields;
};

static const char *
mmdb(const char *name, int version, unsigned bits,
    const struct network *networks)
{
	struct mmdb_file *file = mmdb_file_new(version, bits);
	const char *path;
	uint8_t *data;
	size_t size;

	assert_non_null(file);
	for (; networks->prefix != NULL; networks++)
		assert_int_equal(mmdb_file_add(file, networks->prefix,
		    networks->fields), 0);
	data = mmdb_file_finish(file, &size);
	assert_non_null(data);
	path = saved(name, data, size);
	free(data);
	mmdb_file_free(file);
	return path;
}

static const struct network origins[] = {
	{ "192.0.2.0/24", "autonomous_system_number=64500 "
	    "autonomous_system_organization=\"Example Net, Inc.\"" },
	{ "192.0.2.128/25", "asn=AS64501 as_name=\"Text Style\" "
	    "country_code=DE" },
	{ "198.51.100.0/24", "asn=64502 name=Plain" },
	{ "198.51.101.0/24", "asn=\"64503\" organization=\"E\033vil\"" },
	{ "198.51.102.0/24", "asn=\"AS\"" },
	{ "198.51.103.0/24", "asn=\"ASx\"" },
	{ "198.51.104.0/24", "autonomous_system_number=4294967296" },
	{ "198.51.105.0/24", "name=Nobody" },
	{ "198.51.106.0/24", "asn=0" },
	{ "198.51.107.0/24", "autonomous_system_number=4294967295" },
	{ "2001:db8::/32", "autonomous_system_number=64506" },
	{ NULL, NULL },
};

static const struct network places[] = {
	{ "192.0.2.0/24", "country.iso_code=DE city.names.en=\"Berlin\" "
	    "subdivisions.0.names.en=\"Land Berlin\"" },
	{ "192.0.3.0/24", "country_code=AU city=Sydney "
	    "state1=\"New South Wales\" state2=\"\"" },
	{ "192.0.4.0/24", "country=US region=California city=\"\"" },
	{ "192.0.5.0/24", "country=\"United States\" country_code=US" },
	{ "192.0.6.0/24", "country=Nowhere city=Berlin region=Berlin" },
	{ "192.0.7.0/24", "country=us" },
	{ "2001:db8::/32", "country.iso_code=NL" },
	{ NULL, NULL },
};

#ifdef HAVE_MAXMINDDB

static void
expect_origins(const struct tr_sources *sources)
{
	expect(sources, "192.0.2.1", "found [AS64500] 192.0.2.0/25|"
	    "Example Net, Inc.|asn.mmdb, not-asked ||");
	expect(sources, "192.0.2.129", "found [AS64501] 192.0.2.128/25|"
	    "Text Style|asn.mmdb, not-asked ||");
	expect(sources, "198.51.100.1", "found [AS64502] 198.51.100.0/24|"
	    "Plain|asn.mmdb, not-asked ||");
	expect(sources, "198.51.101.1", "found [AS64503] 198.51.101.0/24|"
	    "E?vil|asn.mmdb, not-asked ||");
	expect(sources, "198.51.102.1", "unanswered [*] *||asn.mmdb, "
	    "not-asked ||");
	expect(sources, "198.51.103.1", "unanswered [*] *||asn.mmdb, "
	    "not-asked ||");
	expect(sources, "198.51.104.1", "unanswered [*] *||asn.mmdb, "
	    "not-asked ||");
	expect(sources, "198.51.105.1", "none [*] *||asn.mmdb, "
	    "not-asked ||");
	expect(sources, "198.51.106.1", "none [*] *||asn.mmdb, "
	    "not-asked ||");
	expect(sources, "198.51.107.1", "found [AS4294967295] "
	    "198.51.107.0/24||asn.mmdb, not-asked ||");
	expect(sources, "8.8.8.8", "none [*] *||asn.mmdb, not-asked ||");
}

static void
test_mmdb_origins(void **state)
{
	static const unsigned bits[] = { 24, 28, 32 };
	const char *path;
	struct tr_sources_config config = {
		.asn_paths = &path,
		.asn_path_count = 1,
	};
	struct tr_sources *sources;

	(void)state;
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		path = mmdb("asn.mmdb", 6, bits[i], origins);
		sources = opened(&config);
		expect_origins(sources);
		expect(sources, "2001:db8::1", "found [AS64506] "
		    "2001:db8::/32||asn.mmdb, not-asked ||");
		expect(sources, "2001:db9::1", "none [*] *||asn.mmdb, "
		    "not-asked ||");
		tr_sources_close(sources);
		unlink(path);
	}
}

static void
test_mmdb_of_ipv4(void **state)
{
	const struct network one[] = {
		{ "192.0.2.0/24", "asn=64500 country_code=DE" },
		{ NULL, NULL },
	};
	const char *path = mmdb("asn.mmdb", 4, 24, one);
	const struct tr_sources_config config = {
		.asn_paths = &path,
		.asn_path_count = 1,
		.geo_path = path,
	};
	struct tr_sources *sources = opened(&config);

	(void)state;
	expect(sources, "192.0.2.1", "found [AS64500] 192.0.2.0/24||"
	    "asn.mmdb, found DE||");
	expect(sources, "192.0.3.1", "none [*] *||asn.mmdb, none ||");
	expect(sources, "2001:db8::1", "unanswered [*] *||asn.mmdb, "
	    "unanswered ||");
	tr_sources_close(sources);
	unlink(path);
}

static void
test_mmdb_places(void **state)
{
	const struct tr_sources_config config = {
		.geo_path = mmdb("geo.mmdb", 6, 28, places),
	};
	struct tr_sources *sources = opened(&config);

	(void)state;
	expect(sources, "192.0.2.1", "not-asked [*] *||, found DE|"
	    "Berlin, Land Berlin|");
	expect(sources, "192.0.3.1", "not-asked [*] *||, found AU|"
	    "Sydney, New South Wales|");
	expect(sources, "192.0.4.1", "not-asked [*] *||, found US|"
	    "California|");
	expect(sources, "192.0.5.1", "not-asked [*] *||, found US||");
	expect(sources, "192.0.6.1", "not-asked [*] *||, found |Berlin|");
	expect(sources, "192.0.7.1", "not-asked [*] *||, none ||");
	expect(sources, "192.0.8.1", "not-asked [*] *||, none ||");
	expect(sources, "2001:db8::1", "not-asked [*] *||, found NL||");
	tr_sources_close(sources);
	unlink(config.geo_path);
}

/* Texts are cut between characters, never within one. */
static void
test_mmdb_long_texts(void **state)
{
	char fields[1024] = "asn=64500 name=\"x";
	const struct network one[] = {
		{ "192.0.2.0/24", fields }, { NULL, NULL },
	};
	const char *path;
	const struct tr_sources_config config = {
		.asn_paths = &path,
		.asn_path_count = 1,
	};
	struct tr_annotation told = { .address = { .family = 4,
	    .bytes = { 192, 0, 2, 1 } } };
	struct tr_sources *sources;

	(void)state;
	for (int i = 0; i < 300; i++)
		tr_text_append(fields, sizeof(fields), "\xc3\xa4");
	tr_text_append(fields, sizeof(fields), "\"");
	path = mmdb("long.mmdb", 6, 24, one);
	sources = opened(&config);
	tr_sources_annotate(sources, &told);
	assert_int_equal(strlen(told.holder), TR_ANNOTATION_TEXT_MAX - 1);
	assert_null(strchr(told.holder, '?'));
	assert_string_equal(told.holder + strlen(told.holder) - 2,
	    "\xc3\xa4");
	tr_sources_close(sources);
	unlink(path);
}

static void
test_mmdb_of_another_kind(void **state)
{
	const char *path = mmdb("geo.mmdb", 6, 28, places);
	struct tr_sources_config config;

	(void)state;
	refused_origins(path, TR_EFORMAT, "geo.mmdb is an MMDB file without "
	    "origin AS");
	unlink(path);
	path = mmdb("asn.mmdb", 6, 28, (const struct network[]){
	    { "192.0.2.0/24", "asn=64500" }, { NULL, NULL } });
	config = (struct tr_sources_config){ .geo_path = path };
	refused(&config, TR_EFORMAT, "asn.mmdb is an MMDB file without "
	    "places");
	unlink(path);
	path = saved("mark.mmdb", "\xab\xcd\xefMaxMind.com\xe0", 15);
	refused_origins(path, TR_EFORMAT, "is no MMDB file that can be read");
	unlink(path);
}

/* Whatever came of it: something is said, or looks are done. */
static void
try_damaged(const uint8_t *data, size_t size, uint32_t *worked)
{
	static const char *const looks[] = {
		"192.0.2.1", "192.0.2.129", "198.51.101.1", "198.51.107.1",
		"8.8.8.8", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	};
	const char *path = saved("damaged.mmdb", data, size);
	const struct tr_sources_config config = {
		.asn_paths = &path,
		.asn_path_count = 1,
	};
	struct tr_sources *sources;
	struct tr_mmdb *geo;

	error.text[0] = '\0';
	sources = tr_sources_open(&config, &error);
	assert_true(sources != NULL || error.text[0] != '\0');
	*worked += sources != NULL;
	geo = tr_mmdb_open(path, &error);
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		struct tr_annotation told = { .name = "" };
		struct tr_mmdb_place place;

		assert_int_equal(tr_address_parse(looks[i], &told.address),
		    TR_OK);
		if (sources != NULL) {
			tr_sources_annotate(sources, &told);
			assert_int_not_equal(told.origin_lookup,
			    TR_LOOKUP_NOT_ASKED);
			assert_true(told.origin_lookup != TR_LOOKUP_FOUND ||
			    told.origin_count == 1);
		}
		if (geo != NULL)
			(void)tr_mmdb_find_place(geo, &told.address, &place);
	}
	if (geo != NULL)
		(void)tr_mmdb_tells_places(geo);
	tr_mmdb_close(geo);
	tr_sources_close(sources);
	unlink(path);
}

static void
test_mmdb_damaged(void **state)
{
	struct mmdb_file *file = mmdb_file_new(6, 24);
	uint32_t cut = 0, flipped = 0, tries = 0;
	struct tr_random random;
	uint8_t *data, kept;
	size_t size, at;

	(void)state;
	for (const struct network *one = origins; one->prefix != NULL; one++)
		assert_int_equal(mmdb_file_add(file, one->prefix,
		    one->fields), 0);
	for (const struct network *one = places; one->prefix != NULL; one++)
		assert_int_equal(mmdb_file_add(file, one->prefix,
		    one->fields), 0);
	data = mmdb_file_finish(file, &size);
	assert_non_null(data);
	for (at = 0; at < size; at += 1 + size / 400)
		try_damaged(data, at, &cut);
	/* Without its end it is no such file. */
	assert_int_equal(cut, 0);
	tr_random_seed(&random, 7);
	for (; tries < 2500; tries++) {
		at = tr_random_below(&random, (uint32_t)size);
		kept = data[at];
		data[at] ^= (uint8_t)(1 + tr_random_below(&random, 255));
		try_damaged(data, size, &flipped);
		data[at] = kept;
	}
	assert_in_range(flipped, tries / 10, tries - 1);
	free(data);
	mmdb_file_free(file);
}

#else

static void
test_mmdb_needs_its_library(void **state)
{
	const char *path = mmdb("asn.mmdb", 6, 24, origins);
	struct tr_sources_config config = { .geo_path = path };

	(void)state;
	refused_origins(path, TR_EUNSUPPORTED, "has no libmaxminddb");
	refused(&config, TR_EUNSUPPORTED, "has no libmaxminddb");
	unlink(path);
	path = mmdb("geo.mmdb", 6, 24, places);
	config.geo_path = path;
	refused(&config, TR_EUNSUPPORTED, "has no libmaxminddb");
	unlink(path);
}

#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_longest_over_files),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_exchange_lines),
#ifdef HAVE_JANSSON
		cmocka_unit_test(test_exchange_peeringdb),
		cmocka_unit_test(test_exchange_caida),
		cmocka_unit_test(test_exchange_json_is_bad),
#else
		cmocka_unit_test(test_exchange_json_needs_jansson),
#endif
#ifdef HAVE_MAXMINDDB
		cmocka_unit_test(test_mmdb_origins),
		cmocka_unit_test(test_mmdb_of_ipv4),
		cmocka_unit_test(test_mmdb_places),
		cmocka_unit_test(test_mmdb_long_texts),
		cmocka_unit_test(test_mmdb_of_another_kind),
		cmocka_unit_test(test_mmdb_damaged),
#else
		cmocka_unit_test(test_mmdb_needs_its_library),
#endif
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
