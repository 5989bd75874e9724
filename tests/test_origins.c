/*
 * Tables of origin AS in text: their forms, and what is damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/text.h"
#include "enrich/origin_text.h"

static struct tr_error error;

static struct tr_origin_text *
parsed(const char *data)
{
	struct tr_origin_text *text = tr_origin_text_new("t.txt");

	assert_non_null(text);
	error.text[0] = '\0';
	if (tr_origin_text_parse(text, data, strlen(data), &error) != TR_OK)
		fail_msg("%s", error.text);
	return text;
}

/* "1 2/24 Holder": the origins and prefix of an address; "" for none. */
static void
expect(const struct tr_origin_text *text, const char *at,
    const char *expected)
{
	struct tr_address address;
	struct tr_origin_match match;
	char seen[512] = "", prefix[TR_PREFIX_TEXT_MAX];

	assert_int_equal(tr_address_parse(at, &address), TR_OK);
	if (tr_origin_text_find(text, &address, &match)) {
		for (uint8_t i = 0; i < match.set.count; i++)
			tr_text_append(seen, sizeof(seen), "%u ",
			    match.set.asns[i]);
		tr_text_append(seen, sizeof(seen), "%s%s|%s",
		    match.prefix.ranged ? "~" : "",
		    tr_prefix_text(&match.prefix.prefix, prefix,
		    sizeof(prefix)), match.holder);
	}
	assert_string_equal(seen, expected);
}

static void
test_caida(void **state)
{
	struct tr_origin_text *text = parsed(
	    "1.0.0.0\t24\t13335\n"
	    "1.0.4.0\t22\t38803_56203\n"
	    "1.0.8.0\t22\t7_5,6,7_9\n"
	    "1.0.12.0\t22\t{11,12}_10\r\n"
	    "1.0.16.0\t22\t1.1\n"
	    "2001:db8::\t32\t64500");

	(void)state;
	assert_int_equal(text->form, TR_ORIGIN_FORM_CAIDA);
	expect(text, "1.0.0.255", "13335 1.0.0.0/24|");
	expect(text, "1.0.1.0", "");
	expect(text, "1.0.7.1", "38803 56203 1.0.4.0/22|");
	expect(text, "1.0.8.1", "5 6 7 9 1.0.8.0/22|");
	expect(text, "1.0.12.1", "10 11 12 1.0.12.0/22|");
	expect(text, "1.0.16.1", "65537 1.0.16.0/22|");
	expect(text, "2001:db8::1", "64500 2001:db8::/32|");
	assert_true(tr_origin_text_has(text, 4));
	assert_true(tr_origin_text_has(text, 6));
	assert_int_equal(text->lines.damaged, 0);
	tr_origin_text_free(text);
	tr_origin_text_free(NULL);
}

static void
test_ris(void **state)
{
	struct tr_origin_text *text = parsed(
	    "% Attribution: RIPE NCC's Routing Information Service\n"
	    "%\n"
	    "\n"
	    "13335\t1.0.0.0/24\t380\n"
	    "64500\t1.0.0.0/24\t3\n"
	    "{64501,64502}\t1.0.4.0/22\t17\n"
	    "6939\t0.0.0.0/0\t2\n"
	    "6939\t::/0\t1\n"
	    "13335\t1.0.0.0/8\t380\n");

	(void)state;
	assert_int_equal(text->form, TR_ORIGIN_FORM_RIS);
	/* Two origins of a prefix stand in two lines. */
	expect(text, "1.0.0.1", "13335 64500 1.0.0.0/24|");
	expect(text, "1.0.5.1", "64501 64502 1.0.4.0/22|");
	expect(text, "1.0.1.0", "13335 1.0.0.0/8|");
	/* Who announces a default route has not all that is left. */
	expect(text, "10.0.0.1", "");
	assert_int_equal(text->lines.damaged, 0);
	assert_false(tr_origin_text_has(text, 6));
	tr_origin_text_free(text);
}

static void
test_by_hand(void **state)
{
	struct tr_origin_text *text = parsed(
	    "# mine\n"
	    "192.0.2.0/24 AS64500 Example Net, Inc.\n"
	    "  198.51.100.0/24\t64501/as64502\n"
	    "203.0.113.0/24 0 nobody\n"
	    "2001:db8::/32 AS1/AS2/AS3/AS4/AS5/AS6/AS7/AS8/AS9 \x1b[1mBad\n");

	(void)state;
	assert_int_equal(text->form, TR_ORIGIN_FORM_PREFIX);
	expect(text, "192.0.2.1", "64500 192.0.2.0/24|Example Net, Inc.");
	expect(text, "198.51.100.1", "64501 64502 198.51.100.0/24|");
	expect(text, "203.0.113.1", "203.0.113.0/24|nobody");
	expect(text, "2001:db8::1",
	    "1 2 3 4 5 6 7 8 2001:db8::/32|?[1mBad");
	tr_origin_text_free(text);
}

static void
test_csv(void **state)
{
	struct tr_origin_text *text = parsed(
	    "first,last,asn,holder\n"
	    "1.0.0.0,1.0.0.255,13335,\"Cloudflare, Inc.\"\n"
	    "1.0.4.0,1.0.6.255,38803,Gtelecom Pty Ltd\n"
	    "1.0.16.0/24,2519,\"A \"\"B\"\" C\"\n"
	    "1.0.17.0,1.0.17.9,2520\n"
	    "2001::,2001::ffff:ffff:ffff:ffff:ffff:ffff,6939,"
	    "Hurricane Electric LLC\n"
	    "1.0.18.0,1.0.18.9,1,\"never closed\n"
	    "1.0.18.0,1.0.18.9,1,\"closed\" too early\n"
	    "1.0.19.9,1.0.19.0,1,backwards\n"
	    "1.0.19.9,2001::,1,mixed\n");
	char warning[256];

	(void)state;
	assert_int_equal(text->form, TR_ORIGIN_FORM_CSV);
	expect(text, "1.0.0.0", "13335 1.0.0.0/24|Cloudflare, Inc.");
	expect(text, "1.0.4.1", "38803 ~1.0.4.0/23|Gtelecom Pty Ltd");
	expect(text, "1.0.6.1", "38803 ~1.0.6.0/24|Gtelecom Pty Ltd");
	expect(text, "1.0.16.1", "2519 1.0.16.0/24|A \"B\" C");
	expect(text, "1.0.17.1", "2520 ~1.0.17.0/29|");
	expect(text, "2001::1", "6939 2001::/32|Hurricane Electric LLC");
	expect(text, "1.0.19.1", "");
	/* The names of columns are no damage. */
	assert_int_equal(text->lines.damaged, 4);
	tr_lines_warning(&text->lines, warning, sizeof(warning));
	assert_string_equal(warning, "t.txt: 4 lines are left out, the first "
	    "is line 7: \"1.0.18.0,1.0.18.9,1,\"never closed\"");
	tr_origin_text_free(text);
}

static void
test_tabs(void **state)
{
	struct tr_origin_text *text = parsed(
	    "1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET\n"
	    "1.0.1.0\t1.0.3.255\t0\tNone\tNot routed\n");

	(void)state;
	assert_int_equal(text->form, TR_ORIGIN_FORM_TABS);
	expect(text, "1.0.0.1", "13335 1.0.0.0/24|CLOUDFLARENET");
	expect(text, "1.0.2.1", "~1.0.2.0/23|Not routed");
	tr_origin_text_free(text);
}

static void
refused(const char *data, size_t size, const char *expected)
{
	struct tr_origin_text *text = tr_origin_text_new("t.txt");

	assert_non_null(text);
	error.text[0] = '\0';
	assert_int_equal(tr_origin_text_parse(text, data, size, &error),
	    TR_EFORMAT);
	if (strstr(error.text, expected) == NULL)
		fail_msg("%s, not: %s", error.text, expected);
	tr_origin_text_free(text);
}

static void
test_what_is_no_table(void **state)
{
	static const char *const bad[] = {
		"1.0.0.0\t33\t13335", "1.0.0.0\t24\t4294967296",
		"1.0.0.0\t24\tAS", "1.0.0.0\t24\t1__2", "1.0.0.0\t24\t",
		"1.0.0.0\t24", "1.0.0.0\t24\t1\tmore", "13335 1.0.0.0/24 x",
		"1.0.0.0/24", "1.0.0.0/24 x", "1.0.0.0/24 65536.1",
		"1.0.0.0/24 1.65536", "1.0.0.0/24 1.", "1.0.0.0 1",
		"1.0.0.0/24 AS99999999999999999999",
	};
	char many[8192] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(bad[i], strlen(bad[i]), "t.txt, line 1: \"");
	refused("", 0, "t.txt has no line in it");
	refused("# nothing\n\n", 11, "t.txt has no line in it");
	refused("ab\033[2Jcd\n", 9, "line 1: \"ab?[2Jcd\" is not understood");
	refused("1.0.0.0/24 1\0 2\n", 16, "line 1: \"1.0.0.0/24 1\"");
	for (int i = 0; i < TR_LINES_DOUBTFUL; i++)
		tr_text_append(many, sizeof(many), "line %d\n", i);
	/* What follows is not looked at. */
	tr_text_append(many, sizeof(many), "192.0.2.0/24 64500\n");
	refused(many, strlen(many), "t.txt, line 1: \"line 0\"");
	refused("PK\003\004", 4, "t.txt, line 1");
}

static void
test_damage_is_counted(void **state)
{
	static char data[3 * TR_LINE_MAX];
	struct tr_origin_text *text;
	char warning[256];

	(void)state;
	tr_text_append(data, sizeof(data), "192.0.2.0/24 64500\n");
	memset(data + strlen(data), 'x', TR_LINE_MAX + 7);
	tr_text_append(data, sizeof(data), "\n10.0.0.0\t8\t1\n"
	    "198.51.100.0/24 64501\n");
	text = parsed(data);
	expect(text, "192.0.2.1", "64500 192.0.2.0/24|");
	expect(text, "198.51.100.1", "64501 198.51.100.0/24|");
	/* It is held to the form of the first line. */
	expect(text, "10.0.0.1", "");
	assert_int_equal(text->lines.damaged, 2);
	tr_lines_warning(&text->lines, warning, sizeof(warning));
	assert_non_null(strstr(warning, "t.txt: 2 lines are left out, the "
	    "first is line 2: \"xxx"));
	tr_origin_text_free(text);

	text = parsed("192.0.2.0/24 64500\nx\n");
	tr_lines_warning(&text->lines, warning, sizeof(warning));
	assert_string_equal(warning, "t.txt: 1 line is left out, the first "
	    "is line 2: \"x\"");
	tr_origin_text_free(text);

	text = parsed("192.0.2.0/24 64500\n");
	tr_lines_warning(&text->lines, warning, sizeof(warning));
	assert_string_equal(warning, "");
	tr_origin_text_free(text);
}

/* Byte by byte it is the same as at once. */
static void
test_in_pieces(void **state)
{
	static const char data[] = "1.0.0.0/24 13335 Holder\r\n\n#x\nbad\n"
	    "1.0.1.0/24 13336";
	struct tr_origin_text *text = tr_origin_text_new("t.txt");

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(data); i++)
		assert_int_equal(tr_lines_feed(&text->lines, &data[i], 1,
		    &error), TR_OK);
	assert_int_equal(tr_origin_text_parse(text, "", 0, &error), TR_OK);
	expect(text, "1.0.0.1", "13335 1.0.0.0/24|Holder");
	expect(text, "1.0.1.1", "13336 1.0.1.0/24|");
	assert_int_equal(text->lines.damaged, 1);
	assert_int_equal(text->lines.first_damaged, 4);
	tr_origin_text_free(text);
}

/* Sets and holders are kept once each, however many there are. */
static void
test_pool(void **state)
{
	struct tr_origin_pool pool = { .rows = NULL };
	struct tr_origin_set set;
	char holder[16];

	(void)state;
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 5000; i++) {
			holder[0] = '\0';
			tr_text_append(holder, sizeof(holder), "h%u",
			    i % 1000);
			set = (struct tr_origin_set){ .holder =
			    tr_text_pool_add(&pool.texts, holder) };
			tr_origin_set_add(&set, i + 1);
			tr_origin_set_add(&set, i);
			tr_origin_set_add(&set, i);
			assert_int_equal(tr_origin_pool_add(&pool, &set), i);
		}
	assert_int_equal(pool.row_count, 5000);
	assert_int_equal(pool.texts.count, 1000);
	set = tr_origin_pool_at(&pool, 4321);
	assert_int_equal(set.count, 2);
	assert_int_equal(set.asns[0], 4321);
	assert_int_equal(set.asns[1], 4322);
	assert_string_equal(tr_text_pool_at(&pool.texts, set.holder), "h321");
	set = tr_origin_pool_at(&pool, tr_origin_pool_join(&pool, 7, 9));
	assert_int_equal(set.count, 4);
	assert_int_equal(set.asns[3], 10);
	assert_string_equal(tr_text_pool_at(&pool.texts, set.holder), "h7");
	tr_origin_pool_clear(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_caida),
		cmocka_unit_test(test_ris),
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_tabs),
		cmocka_unit_test(test_what_is_no_table),
		cmocka_unit_test(test_damage_is_counted),
		cmocka_unit_test(test_in_pieces),
		cmocka_unit_test(test_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
