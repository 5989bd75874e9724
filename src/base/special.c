#include "base/special.h"

#define V4(length, ...) { { 4, { __VA_ARGS__ } }, length }
#define V6(length, ...) { { 6, { __VA_ARGS__ } }, length }

/* By prefix, as tr_prefix_compare() orders them. */
static const struct tr_special rows[] = {
	{ V4(8, 0), "this-network", false, "RFC 791" },
	{ V4(32, 0), "this-host", false, "RFC 1122" },
	{ V4(8, 10), "private", false, "RFC 1918" },
	{ V4(10, 100, 64), "shared", false, "RFC 6598" },
	{ V4(8, 127), "loopback", false, "RFC 1122" },
	{ V4(16, 169, 254), "link-local", false, "RFC 3927" },
	{ V4(12, 172, 16), "private", false, "RFC 1918" },
	{ V4(24, 192, 0, 0), "protocol-assignments", false, "RFC 6890" },
	{ V4(29, 192, 0, 0, 0), "service-continuity", false, "RFC 7335" },
	{ V4(32, 192, 0, 0, 8), "dummy", false, "RFC 7600" },
	{ V4(32, 192, 0, 0, 9), "anycast-pcp", true, "RFC 7723" },
	{ V4(32, 192, 0, 0, 10), "anycast-turn", true, "RFC 8155" },
	{ V4(32, 192, 0, 0, 170), "nat64-discovery", false, "RFC 8880" },
	{ V4(32, 192, 0, 0, 171), "nat64-discovery", false, "RFC 8880" },
	{ V4(24, 192, 0, 2), "documentation", false, "RFC 5737" },
	{ V4(24, 192, 31, 196), "as112", true, "RFC 7535" },
	{ V4(24, 192, 52, 193), "amt", true, "RFC 7450" },
	{ V4(24, 192, 88, 99), "6to4-relay", false, "RFC 7526" },
	{ V4(32, 192, 88, 99, 2), "6a44-relay", false, "RFC 6751" },
	{ V4(16, 192, 168), "private", false, "RFC 1918" },
	{ V4(24, 192, 175, 48), "as112", true, "RFC 7534" },
	{ V4(15, 198, 18), "benchmarking", false, "RFC 2544" },
	{ V4(24, 198, 51, 100), "documentation", false, "RFC 5737" },
	{ V4(24, 203, 0, 113), "documentation", false, "RFC 5737" },
	{ V4(4, 224), "multicast", false, "RFC 5771" },
	{ V4(24, 233, 252, 0), "documentation", false, "RFC 6676" },
	{ V4(4, 240), "reserved", false, "RFC 1112" },
	{ V4(32, 255, 255, 255, 255), "broadcast", false, "RFC 919" },

	/* All but 2000::/3 is reserved, but for what stands below. */
	{ V6(3, 0), "reserved", false, "RFC 4291" },
	{ V6(128, 0), "unspecified", false, "RFC 4291" },
	{ V6(128, [15] = 1), "loopback", false, "RFC 4291" },
	{ V6(96, [10] = 0xff, 0xff), "ipv4-mapped", false, "RFC 4291" },
	{ V6(96, 0, 0x64, 0xff, 0x9b), "nat64", true, "RFC 6052" },
	{ V6(48, 0, 0x64, 0xff, 0x9b, 0, 1), "nat64", false, "RFC 8215" },
	{ V6(64, 1, 0), "discard", false, "RFC 6666" },
	{ V6(64, 1, 0, [7] = 1), "dummy", false, "RFC 9780" },
	{ V6(23, 0x20, 1), "protocol-assignments", false, "RFC 2928" },
	{ V6(32, 0x20, 1), "teredo", false, "RFC 4380" },
	{ V6(128, 0x20, 1, 0, 1, [15] = 1), "anycast-pcp", true, "RFC 7723" },
	{ V6(128, 0x20, 1, 0, 1, [15] = 2), "anycast-turn", true, "RFC 8155" },
	{ V6(128, 0x20, 1, 0, 1, [15] = 3), "anycast-srp", true, "RFC 9665" },
	{ V6(48, 0x20, 1, 0, 2), "benchmarking", false, "RFC 5180" },
	{ V6(32, 0x20, 1, 0, 3), "amt", true, "RFC 7450" },
	{ V6(48, 0x20, 1, 0, 4, 1, 0x12), "as112", true, "RFC 7535" },
	{ V6(28, 0x20, 1, 0, 0x10), "orchid", false, "RFC 4843" },
	{ V6(28, 0x20, 1, 0, 0x20), "orchid", true, "RFC 7343" },
	{ V6(28, 0x20, 1, 0, 0x30), "drone-id", true, "RFC 9374" },
	{ V6(32, 0x20, 1, 0xd, 0xb8), "documentation", false, "RFC 3849" },
	{ V6(16, 0x20, 2), "6to4", false, "RFC 3056" },
	{ V6(48, 0x26, 0x20, 0, 0x4f, 0x80), "as112", true, "RFC 7534" },
	{ V6(20, 0x3f, 0xff), "documentation", false, "RFC 9637" },
	{ V6(2, 0x40), "reserved", false, "RFC 4291" },
	{ V6(16, 0x5f), "srv6-sids", false, "RFC 9602" },
	{ V6(2, 0x80), "reserved", false, "RFC 4291" },
	{ V6(3, 0xc0), "reserved", false, "RFC 4291" },
	{ V6(4, 0xe0), "reserved", false, "RFC 4291" },
	{ V6(5, 0xf0), "reserved", false, "RFC 4291" },
	{ V6(6, 0xf8), "reserved", false, "RFC 4291" },
	{ V6(7, 0xfc), "unique-local", false, "RFC 4193" },
	{ V6(9, 0xfe), "reserved", false, "RFC 4291" },
	{ V6(10, 0xfe, 0x80), "link-local", false, "RFC 4291" },
	{ V6(10, 0xfe, 0xc0), "site-local", false, "RFC 3879" },
	{ V6(8, 0xff), "multicast", false, "RFC 4291" },
};

#define ROWS	(sizeof(rows) / sizeof(rows[0]))

const struct tr_special *
tr_special_of(const struct tr_address *address)
{
	const struct tr_special *found = NULL;

	/* A longer prefix stands behind those that it lies in. */
	for (size_t i = 0; i < ROWS; i++)
		if (tr_prefix_contains(&rows[i].prefix, address))
			found = &rows[i];
	return found;
}

const struct tr_special *
tr_special_row(size_t index)
{
	return index < ROWS ? &rows[index] : NULL;
}
