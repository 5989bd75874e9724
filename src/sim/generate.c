#include <stdbool.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "sim/generate.h"

#define PARTS_MAX	64

/* A route that grows hop by hop: what the last hop is, and its width. */
struct route {
	FILE	*stream;
	struct tr_random random;
	unsigned hop;			/* the last one, from 1; 0: none */
	unsigned width;			/* of the last hop */
};

static unsigned
between(struct route *route, unsigned least, unsigned most)
{
	return least + tr_random_below(&route->random, most - least + 1);
}

static bool
in_percent(struct route *route, unsigned percent)
{
	return tr_random_below(&route->random, 100) < percent;
}

/* --- building blocks ---------------------------------------------------- */

/* "r3", or "r3-1", "r3-2", ... where a hop has several. */
static void
write_routers(struct route *route, unsigned width)
{
	const unsigned hop = route->hop + 1;

	if (width == 1)
		fprintf(route->stream, "router r%u 10.0.%u.1 fd00:%u::1\n",
		    hop, hop, hop);
	else
		fprintf(route->stream, "router r%u-[1-%u] 10.0.%u.[1-%u] "
		    "fd00:%u::[1-%u]\n", hop, width, hop, width, hop, width);
}

static void
write_name(struct route *route, unsigned hop, unsigned width, unsigned number)
{
	if (hop == 0)
		fprintf(route->stream, "me");
	else if (width == 1)
		fprintf(route->stream, "r%u", hop);
	else
		fprintf(route->stream, "r%u-%u", hop, number);
}

static void
write_range(struct route *route, unsigned hop, unsigned width)
{
	if (width == 1)
		write_name(route, hop, width, 1);
	else
		fprintf(route->stream, "r%u-[1-%u]", hop, width);
}

/* One link from a router of the last hop to one of the next. */
static void
write_link(struct route *route, unsigned from, unsigned width, unsigned to)
{
	fprintf(route->stream, "link ");
	write_name(route, route->hop, route->width, from);
	fprintf(route->stream, " ");
	write_name(route, route->hop + 1, width, to);
	fprintf(route->stream, "\n");
}

/* Every router of the last hop to every one of the next. */
static void
write_mesh(struct route *route, unsigned width)
{
	fprintf(route->stream, "mesh ");
	write_range(route, route->hop, route->width);
	fprintf(route->stream, " ");
	write_range(route, route->hop + 1, width);
	fprintf(route->stream, "\n");
}

static void
finish_hop(struct route *route, unsigned width)
{
	route->hop++;
	route->width = width;
}

static void
add_meshed(struct route *route, unsigned width)
{
	write_routers(route, width);
	write_mesh(route, width);
	finish_hop(route, width);
}

/* Without meshing, and as even as the numbers allow. */
static void
add_layer(struct route *route, unsigned width)
{
	const unsigned before = route->width;
	const unsigned links = before > width ? before : width;

	write_routers(route, width);
	if (before == 1 || width == 1)
		write_mesh(route, width);
	else
		for (unsigned i = 0; i < links; i++)
			write_link(route, i * before / links + 1, width,
			    i * width / links + 1);
	finish_hop(route, width);
}

/* As wide as the hop before; some lead to two of it, the second at random. */
static void
add_loosely_meshed(struct route *route)
{
	const unsigned width = route->width;

	write_routers(route, width);
	for (unsigned i = 0; i < width; i++) {
		write_link(route, i + 1, width, i + 1);
		if (width > 1 && in_percent(route, 50))
			write_link(route, i + 1, width, (i + between(route, 1,
			    width - 1)) % width + 1);
	}
	finish_hop(route, width);
}

static void
add_routers(struct route *route, unsigned count)
{
	while (count-- > 0)
		add_layer(route, 1);
}

static void
begin(struct route *route, FILE *stream, const char *shape, uint64_t seed)
{
	unsigned whole, tenths;

	*route = (struct route){ .stream = stream, .width = 1 };
	tr_random_seed(&route->random, seed);
	/* One draw after the other: arguments have no order. */
	whole = between(route, 0, 3);
	tenths = between(route, 1, 9);
	fprintf(stream, "# %s, seed %llu\n", shape,
	    (unsigned long long)seed);
	fprintf(stream, "seed %llu\n",
	    (unsigned long long)(seed % 1000000000));
	fprintf(stream, "prober me 10.0.0.100 fd00::100\n");
	fprintf(stream, "links delay %u.%ums\n", whole, tenths);
}

static void
finish(struct route *route)
{
	fprintf(route->stream, "host target 10.99.0.1 fd00:0:99::1\n"
	    "    tcp open 443\n");
	fprintf(route->stream, "link ");
	write_range(route, route->hop, route->width);
	fprintf(route->stream, " target\n");
}

/* --- the shapes --------------------------------------------------------- */

static void
make_chain(struct route *route, const unsigned *numbers, size_t count)
{
	add_routers(route, count > 0 ? numbers[0] : 8);
}

static void
add_diamond(struct route *route, unsigned width, unsigned length)
{
	for (unsigned i = 0; i < length; i++)
		add_layer(route, width);
	add_layer(route, 1);
}

static void
make_diamond(struct route *route, const unsigned *numbers, size_t count)
{
	add_routers(route, 2);
	add_diamond(route, count > 0 ? numbers[0] : 4,
	    count > 1 ? numbers[1] : 1);
}

static void
make_layers(struct route *route, const unsigned *numbers, size_t count)
{
	add_routers(route, 1);
	for (size_t i = 0; i < count; i++)
		add_layer(route, numbers[i]);
	if (route->width > 1)
		add_layer(route, 1);
}

static void
make_meshed(struct route *route, const unsigned *numbers, size_t count)
{
	add_routers(route, 1);
	for (size_t i = 0; i < count; i++)
		add_meshed(route, numbers[i]);
	if (route->width > 1)
		add_meshed(route, 1);
}

/* The first branch leads to twice as many of the next hop as the others. */
static void
add_asymmetric(struct route *route, unsigned width)
{
	add_layer(route, width);
	write_routers(route, width + 1);
	write_link(route, 1, width + 1, width + 1);
	for (unsigned i = 1; i <= width; i++)
		write_link(route, i, width + 1, i);
	finish_hop(route, width + 1);
	add_layer(route, 1);
}

static void
make_asymmetric(struct route *route, const unsigned *numbers, size_t count)
{
	add_routers(route, 2);
	add_asymmetric(route, count > 0 ? numbers[0] : 3);
}

/*
 * Branch n has n routers; they join at one hop, which is then seen at
 * several TTLs.  Costs make the ways equally good.
 */
static void
make_uneven(struct route *route, const unsigned *numbers, size_t count)
{
	const unsigned width = count > 0 ? numbers[0] : 3;
	const unsigned start = route->hop + 2;

	add_routers(route, 2);
	for (unsigned i = 1; i <= width; i++)
		for (unsigned j = 1; j <= i; j++) {
			fprintf(route->stream, "router b%u-%u 10.1.%u.%u "
			    "fd00:1:%u::%u\n", i, j, i, j, i, j);
			if (j == 1)
				fprintf(route->stream, "link r%u b%u-1 cost "
				    "%u\n", start, i, width - i + 1);
			else
				fprintf(route->stream, "link b%u-%u b%u-%u\n",
				    i, j - 1, i, j);
		}
	route->hop += width;
	write_routers(route, 1);
	for (unsigned i = 1; i <= width; i++)
		fprintf(route->stream, "link b%u-%u r%u\n", i, i,
		    route->hop + 1);
	finish_hop(route, 1);
}

/* A diamond of two ways, each of which is such a diamond, and so on. */
static void
write_nested(struct route *route, unsigned depth, const char *from,
    const char *to, const char *prefix, unsigned *number)
{
	char left[32], right[32], deeper[32];

	if (depth == 0) {
		++*number;
		fprintf(route->stream, "router n%s 10.2.%u.%u fd01::%x\n",
		    prefix, *number / 200, *number % 200 + 1, *number);
		fprintf(route->stream, "link %s n%s\nlink n%s %s\n", from,
		    prefix, prefix, to);
		return;
	}
	for (char side = 'a'; side <= 'b'; side++) {
		snprintf(left, sizeof(left), "s%s%c", prefix, side);
		snprintf(right, sizeof(right), "j%s%c", prefix, side);
		snprintf(deeper, sizeof(deeper), "%s%c", prefix, side);
		for (int end = 0; end < 2; end++) {
			++*number;
			fprintf(route->stream, "router %s 10.2.%u.%u "
			    "fd01::%x\n", end == 0 ? left : right,
			    *number / 200, *number % 200 + 1, *number);
		}
		fprintf(route->stream, "link %s %s\nlink %s %s\n", from, left,
		    right, to);
		write_nested(route, depth - 1, left, right, deeper, number);
	}
}

static void
make_nested(struct route *route, const unsigned *numbers, size_t count)
{
	const unsigned depth = count > 0 ? numbers[0] : 2;
	unsigned number = 0;
	char from[16], to[16];

	add_routers(route, 2);
	snprintf(from, sizeof(from), "r%u", route->hop);
	route->hop += 2 * depth + 1;
	snprintf(to, sizeof(to), "r%u", route->hop + 1);
	write_routers(route, 1);
	write_nested(route, depth, from, to, "-", &number);
	finish_hop(route, 1);
}

/*
 * Most diamonds are small, and some are wider than fifty: Vermeulen et al.
 * ("Multilevel MDA-Lite Paris Traceroute", IMC 2018) report widths up to 96.
 * The shares are ours.
 */
static unsigned
draw_width(struct route *route)
{
	const unsigned drawn = between(route, 1, 100);

	if (drawn <= 45)
		return 2;
	if (drawn <= 70)
		return between(route, 3, 4);
	if (drawn <= 84)
		return between(route, 5, 8);
	if (drawn <= 93)
		return between(route, 9, 16);
	if (drawn <= 98)
		return between(route, 17, 48);
	return between(route, 49, 100);
}

static void
add_wild_diamond(struct route *route)
{
	const unsigned width = draw_width(route);
	const unsigned kind = between(route, 1, 100);

	if (kind <= 50)
		add_layer(route, width);
	else if (kind <= 75)
		for (unsigned i = between(route, 2, 4); i > 0; i--)
			add_layer(route, width);
	else if (kind <= 85) {
		add_asymmetric(route, width);
		return;
	} else {
		add_layer(route, width);
		if (width <= 16)
			add_meshed(route, between(route, 2, width));
		else
			add_loosely_meshed(route);
	}
	add_layer(route, 1);
}

static void
make_wild(struct route *route, const unsigned *numbers, size_t count)
{
	(void)numbers;
	(void)count;
	add_routers(route, between(route, 2, 5));
	for (unsigned i = between(route, 1, 3); i > 0; i--) {
		add_wild_diamond(route);
		add_routers(route, between(route, 0, 3));
	}
}

/* --- oddities ----------------------------------------------------------- */

/* What a router of the route may be; %u is a number of its own. */
static const char *const oddities[] = {
	"silent",
	"silent udp",
	"silent share 30%%",
	"limit 2/s burst 3",
	"limit 100/s",
	"ttl 64",
	"ttl 128",
	"like cisco",
	"like juniper",
	"quote 8",
	"reply from 10.3.%u.1 fd00:3:%u::1",
	"reply after 2ms jitter 5ms",
	"reply after 30ms share 5%%",
	"reply twice share 10%%",
	"extension labels 24%u/0/1",
	"extension interface in index %u name eth0",
	"zero-ttl",
	"clear ecn",
	"clear dscp",
	"ip-id random",
	"ip-id zero",
	"balance packet",
	"balance destination",
	"loss 1%%",
};

#define ODDITIES (sizeof(oddities) / sizeof(oddities[0]))

static void
write_oddity(struct route *route, const char *oddity)
{
	const unsigned number = route->hop;

	fprintf(route->stream, "    ");
	for (; *oddity != '\0'; oddity++) {
		if (oddity[0] == '%' && oddity[1] == 'u')
			fprintf(route->stream, "%u", number);
		else if (oddity[0] == '%')
			putc('%', route->stream);
		else
			putc(*oddity, route->stream);
		oddity += oddity[0] == '%';
	}
	putc('\n', route->stream);
}

static void
make_odd(struct route *route, const unsigned *numbers, size_t count)
{
	(void)numbers;
	(void)count;
	add_routers(route, 1);
	for (unsigned i = between(route, 6, 16); i > 0; i--) {
		if (in_percent(route, 10)) {
			add_wild_diamond(route);
			continue;
		}
		write_routers(route, 1);
		route->hop++;
		if (in_percent(route, 40))
			write_oddity(route, oddities[between(route, 0,
			    ODDITIES - 1)]);
		route->hop--;
		write_mesh(route, 1);
		finish_hop(route, 1);
	}
}

/* --- the table ---------------------------------------------------------- */

struct shape {
	const char *name;
	size_t	 numbers;		/* at most */
	size_t	 numbers_least;
	unsigned most;			/* of each */
	void	(*make)(struct route *, const unsigned *, size_t);
};

static const struct shape shapes[] = {
	{ "chain", 1, 0, TR_GENERATE_HOPS_MAX, make_chain },
	{ "diamond", 2, 0, TR_GENERATE_WIDTH_MAX, make_diamond },
	{ "layers", PARTS_MAX, 1, TR_GENERATE_WIDTH_MAX, make_layers },
	{ "meshed", PARTS_MAX, 1, TR_GENERATE_WIDTH_MAX, make_meshed },
	{ "asymmetric", 1, 0, TR_GENERATE_WIDTH_MAX - 1, make_asymmetric },
	{ "uneven", 1, 0, 20, make_uneven },
	{ "nested", 1, 0, 8, make_nested },
	{ "wild", 0, 0, 0, make_wild },
	{ "odd", 0, 0, 0, make_odd },
};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* Numbers parted by - or x; false for anything else. */
static bool
read_numbers(const char *text, const struct shape *shape, unsigned *numbers,
    size_t *count)
{
	*count = 0;
	if (*text == '\0')
		return true;
	do {
		unsigned number = 0;

		text++;
		if (*text < '0' || *text > '9' || *count == shape->numbers)
			return false;
		while (*text >= '0' && *text <= '9' && number <= shape->most)
			number = number * 10 + (unsigned)(*text++ - '0');
		if (number < 1 || number > shape->most)
			return false;
		numbers[(*count)++] = number;
	} while (*text == '-' || *text == 'x');
	return *text == '\0';
}

static int
fail_shape(const char *text, const struct shape *shape,
    struct tr_error *error)
{
	char safe[64];

	tr_text_safe(text, safe, sizeof(safe));
	if (shape == NULL)
		return tr_fail(error, TR_ERANGE, "\"%s\" is no shape: chain, "
		    "diamond, layers, meshed, asymmetric, uneven, nested, "
		    "wild or odd", safe);
	if (shape->numbers == 0)
		return tr_fail(error, TR_ERANGE, "\"%s\": %s takes no "
		    "numbers", safe, shape->name);
	return tr_fail(error, TR_ERANGE, "\"%s\": %s takes %zu to %zu "
	    "numbers of 1 to %u, as in %s:%s", safe, shape->name,
	    shape->numbers_least, shape->numbers, shape->most, shape->name,
	    shape->numbers > 2 ? "2-4-2" : shape->numbers == 2 ? "4x2" : "4");
}

int
tr_generate(FILE *stream, const char *text, uint64_t seed,
    struct tr_error *error)
{
	const size_t length = strcspn(text, ":");
	unsigned numbers[PARTS_MAX];
	const struct shape *shape = NULL;
	struct route route;
	size_t count;

	for (size_t i = 0; i < SHAPES; i++)
		if (strlen(shapes[i].name) == length &&
		    memcmp(shapes[i].name, text, length) == 0)
			shape = &shapes[i];
	if (shape == NULL || !read_numbers(text + length, shape, numbers,
	    &count) || count < shape->numbers_least)
		return fail_shape(text, shape, error);
	begin(&route, stream, text, seed);
	shape->make(&route, numbers, count);
	finish(&route);
	if (fflush(stream) != 0 || ferror(stream))
		return tr_fail(error, TR_ESYSTEM,
		    "the topology cannot be written");
	return TR_OK;
}
