/*
 * Prefixes, and the table of addresses with a special purpose.
 */
#include "support.h"


#include "base/error.h"
#include "base/prefix.h"
#include "base/special.h"

static void
test_parsing(void **state)
{
	static const struct {
		const char *text, *shown;
	} good[] = {
		{ "10.0.0.0/8", "10.0.0.0/8" },
		{ "10.1.2.3/8", "10.0.0.0/8" },
		{ "10.1.2.3/15", "10.0.0.0/15" },
		{ "10.1.2.3", "10.1.2.3/32" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "255.255.255.255/32", "255.255.255.255/32" },
		{ "2001:db8::1/33", "2001:db8::/33" },
		{ "::/0", "::/0" },
		{ "::1", "::1/128" },
		{ "ffff:ffff::/127", "ffff:ffff::/127" },
	};
	static const char *const bad[] = {
		"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
		"10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8 ", " 10.0.0.0/8",
		"10.0.0/8", "10.0.0.0/8/8", "::/129", "::/1000", "x/8",
		"10.0.0.0/0x8", "fe80::1%eth0/64",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb/64",
	};
	struct tr_prefix untouched = prefix_of("192.0.2.0/24");
	char text[TR_PREFIX_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct tr_prefix parsed = prefix_of(good[i].text);

		assert_string_equal(tr_prefix_text(&parsed, text,
		    sizeof(text)), good[i].shown);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(tr_prefix_parse(bad[i], &untouched),
		    TR_EFORMAT);
	assert_string_equal(tr_prefix_text(&untouched, text, sizeof(text)),
	    "192.0.2.0/24");
	untouched = (struct tr_prefix){ .length = 0 };
	assert_string_equal(tr_prefix_text(&untouched, text, sizeof(text)),
	    "*");
	assert_string_equal(tr_prefix_text(&untouched, text, 1), "");
}

static void
test_containing(void **state)
{
	static const struct {
		const char *prefix, *address;
		bool	 contained;
	} cases[] = {
		{ "10.0.0.0/8", "10.255.255.255", true },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "172.16.0.0/12", "172.31.255.255", true },
		{ "172.16.0.0/12", "172.32.0.0", false },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "192.0.2.1/32", "192.0.2.1", true },
		{ "192.0.2.1/32", "192.0.2.0", false },
		{ "2001:db8::/33", "2001:db8:7fff::", true },
		{ "2001:db8::/33", "2001:db8:8000::", false },
		{ "::/0", "2001:db8::", true },
		{ "::/0", "10.0.0.1", false },
		{ "0.0.0.0/0", "::", false },
		{ "::1/128", "::1", true },
	};
	const struct tr_prefix none = { .length = 0 };
	const struct tr_address no_address = { .family = 0 };
	const struct tr_prefix all = prefix_of("::/0");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tr_prefix around = prefix_of(cases[i].prefix);
		const struct tr_address inside = address_of(cases[i].address);

		assert_int_equal(tr_prefix_contains(&around, &inside),
		    cases[i].contained);
	}
	assert_false(tr_prefix_is_set(&none));
	assert_true(tr_prefix_is_set(&all));
	assert_false(tr_prefix_contains(&none, &no_address));
	assert_false(tr_prefix_contains(&all, &no_address));
}

static void
test_last(void **state)
{
	static const struct {
		const char *prefix, *last;
	} cases[] = {
		{ "0.0.0.0/0", "255.255.255.255" },
		{ "10.0.0.0/8", "10.255.255.255" },
		{ "10.0.0.0/9", "10.127.255.255" },
		{ "192.0.2.4/31", "192.0.2.5" },
		{ "192.0.2.4/32", "192.0.2.4" },
		{ "::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "2001:db8::/33", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff" },
		{ "2001:db8::/127", "2001:db8::1" },
		{ "2001:db8::/128", "2001:db8::" },
	};
	const struct tr_prefix none = { .length = 0 };
	const struct tr_address last_of_none = tr_prefix_last(&none);
	char text[TR_ADDRESS_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tr_prefix all = prefix_of(cases[i].prefix);
		const struct tr_address last = tr_prefix_last(&all);

		assert_string_equal(tr_address_text(&last, text,
		    sizeof(text)), cases[i].last);
	}
	assert_false(tr_address_is_set(&last_of_none));
}

static void
test_order(void **state)
{
	static const char *const sorted[] = {
		"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9",
		"::/0", "2001:db8::/32", "2001:db8::/48",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sorted) / sizeof(sorted[0]); i++)
		for (size_t k = 0; k < sizeof(sorted) / sizeof(sorted[0]);
		    k++) {
			const struct tr_prefix a = prefix_of(sorted[i]);
			const struct tr_prefix b = prefix_of(sorted[k]);
			const int order = tr_prefix_compare(&a, &b);

			assert_true(i < k ? order < 0 : i > k ? order > 0 :
			    order == 0);
		}
}

static void
test_special(void **state)
{
	static const struct {
		const char *address, *label;
		bool	 global;
	} cases[] = {
		{ "0.0.0.0", "this-host", false },
		{ "0.0.0.1", "this-network", false },
		{ "10.255.255.255", "private", false },
		{ "11.0.0.0", NULL, true },
		{ "100.63.255.255", NULL, true },
		{ "100.64.0.0", "shared", false },
		{ "100.127.255.255", "shared", false },
		{ "100.128.0.0", NULL, true },
		{ "127.1.2.3", "loopback", false },
		{ "169.254.169.254", "link-local", false },
		{ "172.15.255.255", NULL, true },
		{ "172.31.0.1", "private", false },
		{ "192.0.0.7", "service-continuity", false },
		{ "192.0.0.8", "dummy", false },
		{ "192.0.0.9", "anycast-pcp", true },
		{ "192.0.0.10", "anycast-turn", true },
		{ "192.0.0.11", "protocol-assignments", false },
		{ "192.0.0.171", "nat64-discovery", false },
		{ "192.0.1.0", NULL, true },
		{ "192.0.2.1", "documentation", false },
		{ "192.31.196.1", "as112", true },
		{ "192.88.99.1", "6to4-relay", false },
		{ "192.88.99.2", "6a44-relay", false },
		{ "192.168.1.1", "private", false },
		{ "198.19.255.255", "benchmarking", false },
		{ "198.20.0.0", NULL, true },
		{ "198.51.100.1", "documentation", false },
		{ "203.0.113.1", "documentation", false },
		{ "224.0.0.1", "multicast", false },
		{ "233.252.0.9", "documentation", false },
		{ "240.0.0.1", "reserved", false },
		{ "255.255.255.255", "broadcast", false },
		{ "8.8.8.8", NULL, true },
		{ "::", "unspecified", false },
		{ "::1", "loopback", false },
		{ "::2", "reserved", false },
		{ "::ffff:10.0.0.1", "ipv4-mapped", false },
		{ "64:ff9b::8.8.8.8", "nat64", true },
		{ "64:ff9b:1::1", "nat64", false },
		{ "100::1", "discard", false },
		{ "100:0:0:1::1", "dummy", false },
		{ "100:0:0:2::1", "reserved", false },
		{ "2001::1", "teredo", false },
		{ "2001:1::1", "anycast-pcp", true },
		{ "2001:1::2", "anycast-turn", true },
		{ "2001:1::3", "anycast-srp", true },
		{ "2001:1::4", "protocol-assignments", false },
		{ "2001:2::1", "benchmarking", false },
		{ "2001:2:1::1", "protocol-assignments", false },
		{ "2001:3::1", "amt", true },
		{ "2001:4:112::1", "as112", true },
		{ "2001:4:113::1", "protocol-assignments", false },
		{ "2001:1f::1", "orchid", false },
		{ "2001:20::1", "orchid", true },
		{ "2001:3f::1", "drone-id", true },
		{ "2001:1ff::1", "protocol-assignments", false },
		{ "2001:200::1", NULL, true },
		{ "2001:db8::1", "documentation", false },
		{ "2001:db9::1", NULL, true },
		{ "2002:c000:201::1", "6to4", false },
		{ "2620:4f:8000::1", "as112", true },
		{ "2a00::1", NULL, true },
		{ "3fff:fff::1", "documentation", false },
		{ "3fff:1000::1", NULL, true },
		{ "4000::1", "reserved", false },
		{ "5f00::1", "srv6-sids", false },
		{ "fbff::1", "reserved", false },
		{ "fc00::1", "unique-local", false },
		{ "fdff::1", "unique-local", false },
		{ "fe00::1", "reserved", false },
		{ "fe80::1", "link-local", false },
		{ "fec0::1", "site-local", false },
		{ "ff02::1", "multicast", false },
	};
	const struct tr_address none = { .family = 0 };

	(void)state;
	assert_null(tr_special_of(&none));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tr_address at = address_of(cases[i].address);
		const struct tr_special *row = tr_special_of(&at);

		if (cases[i].label == NULL) {
			assert_null(row);
			continue;
		}
		assert_non_null(row);
		assert_string_equal(row->label, cases[i].label);
		assert_int_equal(row->global, cases[i].global);
		assert_true(tr_prefix_contains(&row->prefix, &at));
	}
}

static void
test_special_rows_are_in_order(void **state)
{
	const struct tr_special *before = NULL, *row;
	size_t count = 0;

	(void)state;
	for (; (row = tr_special_row(count)) != NULL; count++) {
		const struct tr_prefix cut = tr_prefix_of(
		    &row->prefix.address, row->prefix.length);

		assert_int_equal(tr_prefix_compare(&cut, &row->prefix), 0);
		assert_int_equal(strncmp(row->rfc, "RFC ", 4), 0);
		assert_int_equal(row->label[strcspn(row->label, " ")], '\0');
		assert_non_null(tr_special_of(&row->prefix.address));
		if (before != NULL)
			assert_true(tr_prefix_compare(&before->prefix,
			    &row->prefix) < 0);
		before = row;
	}
	assert_true(count > 50);
	assert_null(tr_special_row(count + 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parsing),
		cmocka_unit_test(test_containing),
		cmocka_unit_test(test_last),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_special),
		cmocka_unit_test(test_special_rows_are_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
