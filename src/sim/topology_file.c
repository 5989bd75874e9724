#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(row) ((row)->homeless = true)
#include <uthash.h>

#include "base/text.h"
#include "sim/properties.h"
#include "sim/routing.h"
#include "sim/topology_file.h"

#define NODES_MAX	1000000
#define LINKS_MAX	1000000
#define MTU_LEAST	68		/* RFC 791, 3.2 */
#define COST_MOST	1000000
#define LABEL_DEFAULT	24000
#define TUNNEL_MOST	1000	/* a TTL ends long before */
#define SEED_MOST	UINT32_MAX
#define SHOWN_MAX	64		/* of a word, in a message */
#define WORD_MAX	512		/* with its ranges written out */

/* A node's name, and where it stands. */
struct named {
	char	 name[TR_SIM_NAME_MAX];
	uint32_t node;
	bool	 homeless;
	UT_hash_handle hh;
};

/* The nodes that a line has made, and that the properties behind it are of. */
struct block {
	uint32_t first;
	uint32_t count;
};

struct parser {
	struct tr_topology *topology;
	struct tr_words_lines lines;
	struct named *names;
	struct tr_sim_way link_default;
	struct block block;
	struct tr_error *error;
};

/* --- names -------------------------------------------------------------- */

/* Words that end a list of names, so that no node can be called so. */
static const char *const reserved[] = {
	"any", "back", "both", "by", "for", "from", "inside", "labels", "php",
	"to", "uhp", "until", "via",
};

static bool
is_reserved(const char *name)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcmp(reserved[i], name) == 0)
			return true;
	return false;
}

static int
check_name(struct tr_words *words, const char *name)
{
	const char *good = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	if (strspn(name, good) != strlen(name) || strlen(name) == 0 ||
	    strlen(name) >= TR_SIM_NAME_MAX || (name[0] >= '0' &&
	    name[0] <= '9'))
		return tr_words_expected(words, "a name of letters, digits, "
		    ". _ - that begins with no digit");
	if (is_reserved(name))
		return tr_words_fail(words, TR_EFORMAT, "\"%s\" is a word of "
		    "the format: call the node otherwise", name);
	return TR_OK;
}

static struct named *
find_named(const struct parser *parser, const char *name)
{
	struct named *named;

	HASH_FIND_STR(parser->names, name, named);
	return named;
}

static int
add_named(struct parser *parser, const char *name, uint32_t node)
{
	struct named *named = calloc(1, sizeof(*named));

	if (named == NULL)
		return TR_ENOMEM;
	strncpy(named->name, name, sizeof(named->name) - 1);
	named->node = node;
	HASH_ADD_STR(parser->names, name, named);
	if (named->homeless) {
		free(named);
		return TR_ENOMEM;
	}
	return TR_OK;
}

static void
free_names(struct parser *parser)
{
	struct named *named, *next;

	HASH_ITER(hh, parser->names, named, next) {
		HASH_DEL(parser->names, named);
		free(named);
	}
}

static uint32_t
lookup(void *context, const char *name)
{
	const struct named *named = find_named(context, name);

	return named == NULL ? TR_SIM_NONE : named->node;
}

/* --- nodes -------------------------------------------------------------- */

/* What no interface can have: RFC 1122, 3.2.1.3; RFC 4291, 2.5 and 2.7. */
static int
check_address(struct tr_words *words, const struct tr_sim_prefix *own)
{
	const struct tr_address *address = &own->address;
	const struct tr_address zero = { .family = address->family };
	const uint8_t first = address->bytes[0];
	char text[TR_ADDRESS_TEXT_MAX];

	if (own->length != tr_address_size(address) * 8 ||
	    (!tr_address_equal(address, &zero) &&
	    !tr_address_is_loopback(address) &&
	    !(address->family == 4 ? first >= 224 : first == 0xff)))
		return TR_OK;
	return tr_words_fail(words, TR_EFORMAT, "%s is the address of no "
	    "node", tr_address_text(address, text, sizeof(text)));
}

static int
make_node(struct parser *parser, struct tr_words *words,
    enum tr_sim_kind kind)
{
	struct tr_topology *topology = parser->topology;
	const char *name = tr_words_next(words);
	struct tr_sim_prefix *own;
	struct tr_sim_node *node;
	const struct named *other;
	int status;

	if (name == NULL)
		return tr_words_expected(words, "the node's name");
	status = check_name(words, name);
	if (status != TR_OK)
		return status;
	other = find_named(parser, name);
	if (other != NULL)
		return tr_words_fail(words, TR_EFORMAT,
		    "there is a node %s already, at line %u", name,
		    tr_topology_node(topology, other->node)->line);
	if (topology->nodes.count == NODES_MAX)
		return tr_words_fail(words, TR_ERANGE,
		    "more than %d nodes", NODES_MAX);
	node = tr_topology_add_node(topology, kind, name);
	if (node == NULL || add_named(parser, name,
	    topology->nodes.count - 1) != TR_OK)
		return tr_words_no_memory(words);
	node->line = words->line;
	words->next++;
	while (status == TR_OK && tr_words_next(words) != NULL) {
		own = tr_list_add(&node->own, sizeof(*own));
		if (own == NULL)
			return tr_words_no_memory(words);
		status = tr_words_prefix(words, own);
		if (status == TR_OK)
			status = check_address(words, own);
		if (status == TR_OK && kind == TR_SIM_PROBER &&
		    own->length != tr_address_size(&own->address) * 8)
			status = tr_words_fail(words, TR_EFORMAT, "a prober "
			    "has addresses, not prefixes");
	}
	if (status == TR_OK && kind != TR_SIM_ROUTER && node->own.count == 0)
		return tr_words_expected(words, "an address");
	return status;
}

/* --- links -------------------------------------------------------------- */

/* One option into way.  Returns 1 where the next word is none. */
static int
read_link_option(struct tr_words *words, struct tr_sim_way *way)
{
	int64_t number;
	int status;

	if (tr_words_take(words, "delay"))
		return tr_words_time(words, "a delay", &way->delay);
	if (tr_words_take(words, "jitter"))
		return tr_words_time(words, "a jitter", &way->jitter);
	if (tr_words_take(words, "loss"))
		return tr_words_share(words, &way->loss);
	if (tr_words_take(words, "duplicate"))
		return tr_words_share(words, &way->duplicate);
	if (tr_words_take(words, "reorder")) {
		status = tr_words_share(words, &way->reorder);
		if (status == TR_OK && !tr_words_take(words, "by"))
			status = tr_words_expected(words, "\"by\" and a time");
		return status != TR_OK ? status : tr_words_time(words,
		    "how long it is held back", &way->reorder_by);
	}
	if (tr_words_take(words, "mtu")) {
		status = tr_words_number(words, "an MTU", MTU_LEAST,
		    UINT16_MAX, &number);
		way->mtu = (uint32_t)number;
		return status;
	}
	if (tr_words_take(words, "cost")) {
		status = tr_words_number(words, "a cost", 1, COST_MOST,
		    &number);
		way->cost = (uint32_t)number;
		return status;
	}
	return 1;
}

/* The options of a link: those behind "back" are of the way back alone. */
struct link {
	struct tr_sim_way there;
	struct tr_sim_way back;
	struct tr_sim_window up;
	bool	 back_differs;
	bool	 one_way;
};

static int
read_link_options(struct tr_words *words, struct link *link)
{
	int status;

	while (tr_words_next(words) != NULL) {
		if (tr_words_take(words, "oneway")) {
			link->one_way = true;
			continue;
		}
		if (!link->back_differs && tr_words_take(words, "back")) {
			link->back = link->there;
			link->back_differs = true;
			continue;
		}
		status = read_link_option(words, link->back_differs ?
		    &link->back : &link->there);
		if (status == 1)
			status = tr_property_window(words, &link->up);
		if (status == 1)
			status = tr_words_expected(words, "delay, jitter, "
			    "loss, duplicate, reorder, mtu, cost, from, "
			    "until, oneway or back");
		if (status != TR_OK)
			return status;
	}
	if (!link->back_differs)
		link->back = link->there;
	link->back.closed = link->one_way;
	return TR_OK;
}

/* An end of a link: NODE, or NODE=ADDRESS[,ADDRESS]. */
struct end {
	uint32_t node;
	struct tr_address address4;
	struct tr_address address6;
};

static int
read_end_addresses(struct tr_words *words, const char *text, struct end *end)
{
	char one[TR_ADDRESS_TEXT_MAX];

	do {
		const size_t size = strcspn(text, ",");
		struct tr_address address;

		if (size >= sizeof(one))
			return tr_words_expected(words, "NODE=ADDRESS");
		memcpy(one, text, size);
		one[size] = '\0';
		if (tr_address_parse(one, &address) != TR_OK)
			return tr_words_expected(words, "NODE=ADDRESS, or "
			    "NODE=ADDRESS,ADDRESS");
		if (check_address(words, &(struct tr_sim_prefix){ address,
		    (uint8_t)(tr_address_size(&address) * 8) }) != TR_OK)
			return TR_EFORMAT;
		if (address.family == 4)
			end->address4 = address;
		else
			end->address6 = address;
		text += size;
	} while (*text++ == ',');
	return TR_OK;
}

static int
read_end(const struct parser *parser, struct tr_words *words, struct end *end)
{
	const char *word = tr_words_next(words);
	const size_t size = word == NULL ? 0 : strcspn(word, "=");
	char name[TR_SIM_NAME_MAX];
	const struct named *named;
	int status = TR_OK;

	*end = (struct end){ .node = TR_SIM_NONE };
	if (word == NULL || size >= sizeof(name))
		return tr_words_expected(words, "a node");
	memcpy(name, word, size);
	name[size] = '\0';
	named = find_named(parser, name);
	if (named == NULL)
		return tr_words_expected(words, "a node");
	end->node = named->node;
	if (word[size] == '=')
		status = read_end_addresses(words, word + size + 1, end);
	if (status == TR_OK)
		words->next++;
	return status;
}

static void
fill_port(struct tr_sim_port *port, const struct end *end,
    const struct tr_sim_way *way, const struct tr_sim_window *up)
{
	port->address4 = end->address4;
	port->address6 = end->address6;
	port->out = *way;
	port->up = *up;
}

static int
make_link(struct parser *parser, struct tr_words *words)
{
	struct link link = {
		.there = parser->link_default,
		.up = { 0, TR_TIME_NEVER },
	};
	struct end a, b;
	struct tr_sim_port *ports;
	uint32_t port_a, port_b;
	int status;

	if ((status = read_end(parser, words, &a)) != TR_OK ||
	    (status = read_end(parser, words, &b)) != TR_OK ||
	    (status = read_link_options(words, &link)) != TR_OK)
		return status;
	if (a.node == b.node)
		return tr_words_fail(words, TR_EFORMAT,
		    "a link needs two nodes, not one twice");
	if (parser->topology->ports.count / 2 == LINKS_MAX)
		return tr_words_fail(words, TR_ERANGE,
		    "more than %d links", LINKS_MAX);
	if (tr_topology_add_link(parser->topology, a.node, b.node, &port_a,
	    &port_b) != TR_OK)
		return tr_words_no_memory(words);
	ports = parser->topology->ports.items;
	fill_port(&ports[port_a], &a, &link.there, &link.up);
	fill_port(&ports[port_b], &b, &link.back, &link.up);
	return TR_OK;
}

/* "links OPTION...": what the links below are, unless they say more. */
static int
set_link_default(struct parser *parser, struct tr_words *words)
{
	int status = TR_OK;

	while (status == TR_OK && tr_words_next(words) != NULL) {
		status = read_link_option(words, &parser->link_default);
		if (status == 1)
			status = tr_words_expected(words, "delay, jitter, "
			    "loss, duplicate, reorder, mtu or cost");
	}
	return status;
}

/* --- tunnels ------------------------------------------------------------ */

struct tunnel_kind {
	const char *name;
	enum tr_sim_tunnel_kind kind;
};

static const struct tunnel_kind tunnel_kinds[] = {
	{ "explicit", TR_SIM_TUNNEL_EXPLICIT },
	{ "implicit", TR_SIM_TUNNEL_IMPLICIT },
	{ "opaque", TR_SIM_TUNNEL_OPAQUE },
	{ "invisible", TR_SIM_TUNNEL_INVISIBLE },
};

static int
read_tunnel_kind(struct tr_words *words, enum tr_sim_tunnel_kind *kind)
{
	for (size_t i = 0;
	    i < sizeof(tunnel_kinds) / sizeof(tunnel_kinds[0]); i++)
		if (tr_words_take(words, tunnel_kinds[i].name)) {
			*kind = tunnel_kinds[i].kind;
			return TR_OK;
		}
	return tr_words_expected(words,
	    "explicit, implicit, opaque or invisible");
}

/* The nodes of a tunnel, from the ingress to the egress. */
static int
read_tunnel_nodes(struct parser *parser, struct tr_words *words,
    struct tr_sim_tunnel *tunnel)
{
	uint32_t before = TR_SIM_NONE;

	while (tr_words_next(words) != NULL &&
	    !is_reserved(tr_words_next(words))) {
		const struct named *named = find_named(parser,
		    tr_words_next(words));
		uint32_t *hop;

		if (named == NULL || tr_topology_node(parser->topology,
		    named->node)->kind != TR_SIM_ROUTER)
			return tr_words_expected(words, "a router, or php, "
			    "uhp, labels, inside, for or both");
		if (before == TR_SIM_NONE)
			tunnel->ingress = named->node;
		else {
			if (tr_routing_port_to(parser->topology, before,
			    named->node, 0) == TR_SIM_NONE)
				return tr_words_fail(words, TR_EFORMAT,
				    "%s has no link to %s", tr_topology_node(
				    parser->topology, before)->name,
				    named->name);
			hop = tr_list_add(&tunnel->hops, sizeof(*hop));
			if (hop == NULL)
				return tr_words_no_memory(words);
			*hop = named->node;
		}
		before = named->node;
		words->next++;
	}
	if (tunnel->hops.count > TUNNEL_MOST)
		return tr_words_fail(words, TR_ERANGE, "a tunnel has at most "
		    "%d nodes behind its first", TUNNEL_MOST);
	if (tunnel->hops.count < 2)
		return tr_words_fail(words, TR_EFORMAT, "a tunnel needs "
		    "three nodes at least: its two ends and one inside");
	return TR_OK;
}

static int
read_inside(struct tr_words *words, enum tr_sim_inside *inside)
{
	if (tr_words_take(words, "hidden"))
		*inside = TR_SIM_INSIDE_HIDDEN;
	else if (tr_words_take(words, "direct"))
		*inside = TR_SIM_INSIDE_DIRECT;
	else if (tr_words_take(words, "backward"))
		*inside = TR_SIM_INSIDE_BACKWARD;
	else
		return tr_words_expected(words,
		    "hidden, direct or backward");
	return TR_OK;
}

static int
read_tunnel_options(struct parser *parser, struct tr_words *words,
    struct tr_sim_tunnel *tunnel, bool *both)
{
	const struct tr_properties with = {
		parser->topology, lookup, parser,
	};
	int status = TR_OK;
	int64_t number;

	while (status == TR_OK && tr_words_next(words) != NULL) {
		if (tr_words_take(words, "php"))
			tunnel->ultimate = false;
		else if (tr_words_take(words, "uhp"))
			tunnel->ultimate = true;
		else if (tr_words_take(words, "both"))
			*both = true;
		else if (tr_words_take(words, "inside"))
			status = read_inside(words, &tunnel->inside);
		else if (tr_words_take(words, "for"))
			status = tr_property_destination(&with, words,
			    &tunnel->only);
		else if (tr_words_take(words, "labels")) {
			status = tr_words_number(words, "the first label",
			    TR_SIM_LABEL_FIRST, TR_SIM_LABEL_LAST + 1 -
			    (int64_t)tunnel->hops.count, &number);
			tunnel->label = (uint32_t)number;
		} else
			status = tr_words_expected(words,
			    "php, uhp, labels, inside, for or both");
	}
	/* What is told at the end has to come there. */
	if (tunnel->kind == TR_SIM_TUNNEL_OPAQUE)
		tunnel->ultimate = true;
	return status;
}

static int
enter_tunnel(struct parser *parser, struct tr_words *words)
{
	struct tr_sim_node *nodes = parser->topology->nodes.items;
	const uint32_t number = parser->topology->tunnels.count - 1;
	const uint32_t ingress = tr_topology_tunnel(parser->topology,
	    number)->ingress;
	uint32_t *entry = tr_list_add(&nodes[ingress].tunnels,
	    sizeof(*entry));

	if (entry == NULL)
		return tr_words_no_memory(words);
	*entry = number;
	return TR_OK;
}

/* The same tunnel the other way. */
static int
make_reverse(struct parser *parser, struct tr_words *words)
{
	struct tr_sim_tunnel *back = tr_list_add(&parser->topology->tunnels,
	    sizeof(*back));
	const struct tr_sim_tunnel *there;
	const uint32_t *hops;
	uint32_t *hop;

	if (back == NULL)
		return tr_words_no_memory(words);
	there = tr_topology_tunnel(parser->topology,
	    parser->topology->tunnels.count - 2);
	hops = there->hops.items;
	back->kind = there->kind;
	back->ultimate = there->ultimate;
	back->inside = there->inside;
	back->label = there->label + there->hops.count;
	if (back->label + there->hops.count > TR_SIM_LABEL_LAST + 1)
		return tr_words_fail(words, TR_ERANGE, "the labels of the way "
		    "back do not fit: %d is the last", TR_SIM_LABEL_LAST);
	back->ingress = hops[there->hops.count - 1];
	for (uint32_t i = there->hops.count; i > 0; i--) {
		hop = tr_list_add(&back->hops, sizeof(*hop));
		if (hop == NULL)
			return tr_words_no_memory(words);
		*hop = i > 1 ? hops[i - 2] : there->ingress;
	}
	return enter_tunnel(parser, words);
}

static int
make_tunnel(struct parser *parser, struct tr_words *words)
{
	struct tr_sim_tunnel *tunnel = tr_list_add(&parser->topology->tunnels,
	    sizeof(*tunnel));
	bool both = false;
	int status;

	if (tunnel == NULL)
		return tr_words_no_memory(words);
	tunnel->label = LABEL_DEFAULT;
	if ((status = read_tunnel_kind(words, &tunnel->kind)) != TR_OK ||
	    (status = read_tunnel_nodes(parser, words, tunnel)) != TR_OK ||
	    (status = read_tunnel_options(parser, words, tunnel, &both)) !=
	    TR_OK || (status = enter_tunnel(parser, words)) != TR_OK)
		return status;
	return both ? make_reverse(parser, words) : TR_OK;
}

/* --- lines -------------------------------------------------------------- */

static int
read_seed(struct parser *parser, struct tr_words *words)
{
	int64_t number;
	const int status = tr_words_number(words, "a seed", 0, SEED_MOST,
	    &number);

	parser->topology->seed = (uint64_t)number;
	return status;
}

static int
read_prober(struct parser *parser, struct tr_words *words)
{
	return make_node(parser, words, TR_SIM_PROBER);
}

static int
read_router(struct parser *parser, struct tr_words *words)
{
	return make_node(parser, words, TR_SIM_ROUTER);
}

static int
read_host(struct parser *parser, struct tr_words *words)
{
	return make_node(parser, words, TR_SIM_HOST);
}

/* Nodes first, then links, then what names them. */
enum pass {
	PASS_NODES,
	PASS_LINKS,
	PASS_REST,
	PASSES,
};

/* How a line with ranges is repeated. */
enum repetition {
	REPEAT_NONE,		/* ranges are lists */
	REPEAT_FIRST,		/* as often as its first operand says */
	REPEAT_EITHER,		/* ... or its second */
	REPEAT_CROSS,		/* each value of one with each of the other */
};

struct row {
	const char *keyword;
	enum pass pass;
	enum repetition repetition;
	int	(*read)(struct parser *, struct tr_words *);
};

static const struct row rows[] = {
	{ "seed", PASS_NODES, REPEAT_NONE, read_seed },
	{ "prober", PASS_NODES, REPEAT_FIRST, read_prober },
	{ "router", PASS_NODES, REPEAT_FIRST, read_router },
	{ "host", PASS_NODES, REPEAT_FIRST, read_host },
	{ "links", PASS_LINKS, REPEAT_NONE, set_link_default },
	{ "link", PASS_LINKS, REPEAT_EITHER, make_link },
	{ "mesh", PASS_LINKS, REPEAT_CROSS, make_link },
	{ "tunnel", PASS_REST, REPEAT_NONE, make_tunnel },
};

static const struct row *
find_row(const char *keyword)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].keyword, keyword) == 0)
			return &rows[i];
	return NULL;
}

static char *
word_of(const struct tr_words_line *line, uint32_t number)
{
	char *const *words = line->words.items;

	return number < line->words.count ? words[number] : NULL;
}

/* The words of one instance of a line, with their own memory. */
static int
add_instance_word(struct tr_list *words, const char *word, uint32_t number)
{
	char value[WORD_MAX], *copy, **place;

	if (!tr_words_value(word, number, value, sizeof(value)))
		return TR_EFORMAT;
	copy = strdup(value);
	place = copy == NULL ? NULL : tr_list_add(words, sizeof(*place));
	if (place == NULL) {
		free(copy);
		return TR_ENOMEM;
	}
	*place = copy;
	return TR_OK;
}

static void
free_instance(struct tr_list *words)
{
	char **word = words->items;

	for (uint32_t i = 0; i < words->count; i++)
		free(word[i]);
	tr_list_clear(words);
}

/* One of the lines that a line with ranges stands for. */
struct instance {
	uint64_t count;			/* of instances */
	uint64_t number;		/* of this one, from 0 */
	uint32_t inner;			/* REPEAT_CROSS: values of the second */
	bool	 lists;			/* other ranges are lists */
};

/*
 * The value that a word takes in an instance; or -1 for all that it has, as
 * a list; or -2 where its range does not fit the line's others.
 */
static int64_t
value_in(const struct instance *instance, uint32_t place, uint32_t range)
{
	if (instance->inner > 0 && place == 1)
		return (int64_t)(instance->number / instance->inner);
	if (instance->inner > 0 && place == 2)
		return (int64_t)(instance->number % instance->inner);
	if (range == 1)
		return 0;
	if (range == instance->count && instance->inner == 0)
		return (int64_t)instance->number;
	return instance->lists ? -1 : -2;
}

/* Returns TR_OK, TR_ENOMEM, or TR_EFORMAT and says what did not fit. */
static int
make_instance(const struct tr_words_line *line,
    const struct instance *instance, struct tr_list *words,
    const char **misfit, const char **word)
{
	int status = TR_OK;

	*misfit = "a word is longer than 511 bytes";

	for (uint32_t i = 0; i < line->words.count && status == TR_OK; i++) {
		const uint32_t range = tr_words_range(*word =
		    word_of(line, i));
		const int64_t value = range == 0 ? -2 :
		    value_in(instance, i, range);

		if (value == -2) {
			*misfit = range == 0 ? "r[1-4] is a range, of at most "
			    "65536 values; several in one word have as many "
			    "each" : "a range does not fit: all of a line "
			    "have as many values";
			return TR_EFORMAT;
		}
		if (value >= 0)
			status = add_instance_word(words, *word,
			    (uint32_t)value);
		for (uint32_t j = 0; value == -1 && j < range &&
		    status == TR_OK; j++)
			status = add_instance_word(words, *word, j);
	}
	return status;
}

/* What is done with the words of one instance. */
typedef int instance_fn(struct parser *parser, struct tr_words *words,
    const struct row *row, uint32_t number);

static int
read_instance(struct parser *parser, const struct tr_words_line *line,
    const struct instance *instance, const struct row *row,
    instance_fn *read)
{
	struct tr_list list = { .items = NULL };
	struct tr_words words = {
		.file = parser->topology->file,
		.line = line->number,
		.error = parser->error,
	};
	const char *misfit, *word = "";
	char safe[SHOWN_MAX];
	int status = make_instance(line, instance, &list, &misfit, &word);

	words.words = list.items;
	words.count = list.count;
	if (status == TR_ENOMEM)
		status = tr_words_no_memory(&words);
	else if (status != TR_OK)
		status = tr_words_fail(&words, TR_EFORMAT, "%s: \"%s\"",
		    misfit, tr_text_safe(word, safe, sizeof(safe)));
	else
		status = read(parser, &words, row,
		    (uint32_t)instance->number);
	free_instance(&list);
	return status;
}

/* --- the passes --------------------------------------------------------- */

static int
read_line(struct parser *parser, struct tr_words *words,
    const struct row *row, uint32_t number)
{
	int status;

	(void)number;
	words->next = 1;
	status = row->read(parser, words);
	return status != TR_OK ? status : tr_words_end(words);
}

static int
read_property(struct parser *parser, struct tr_words *words,
    const struct row *row, uint32_t number)
{
	const struct tr_properties with = {
		parser->topology, lookup, parser,
	};

	(void)row;
	return tr_property_read(&with, parser->block.first + number, words);
}

static uint32_t
range_of(const struct tr_words_line *line, uint32_t place)
{
	const char *word = word_of(line, place);
	const uint32_t range = word == NULL ? 1 : tr_words_range(word);

	/* A wrong one is found when the words are made. */
	return range == 0 ? 1 : range;
}

static struct instance
plan_instances(const struct tr_words_line *line, enum repetition repetition)
{
	struct instance plan = { .count = 1 };

	switch (repetition) {
	case REPEAT_NONE:
		break;
	case REPEAT_FIRST:
		plan.count = range_of(line, 1);
		break;
	case REPEAT_EITHER:
		plan.count = range_of(line, 1);
		if (plan.count == 1)
			plan.count = range_of(line, 2);
		break;
	case REPEAT_CROSS:
		plan.inner = range_of(line, 2);
		plan.count = (uint64_t)range_of(line, 1) * plan.inner;
		break;
	}
	plan.lists = plan.count == 1 && plan.inner == 0;
	return plan;
}

static int
read_row(struct parser *parser, const struct tr_words_line *line,
    const struct row *row)
{
	struct instance instance = plan_instances(line, row->repetition);
	int status = TR_OK;

	for (; instance.number < instance.count && status == TR_OK;
	    instance.number++)
		status = read_instance(parser, line, &instance, row,
		    read_line);
	return status;
}

/* A property is read once for each node of the block. */
static int
read_property_line(struct parser *parser, const struct tr_words_line *line)
{
	struct instance instance = {
		.count = parser->block.count,
		.lists = true,
	};
	int status = TR_OK;

	for (; instance.number < instance.count && status == TR_OK;
	    instance.number++)
		status = read_instance(parser, line, &instance, NULL,
		    read_property);
	return status;
}

static int
fail_line(struct parser *parser, const struct tr_words_line *line,
    const char *what)
{
	struct tr_words words = {
		.file = parser->topology->file,
		.line = line->number,
		.words = line->words.items,
		.count = line->words.count,
		.error = parser->error,
	};

	return tr_words_expected(&words, what);
}

/* A node line makes a block: the properties below it are of its nodes. */
static void
enter_block(struct parser *parser, const struct tr_words_line *line,
    uint32_t *next_node)
{
	const uint32_t made = range_of(line, 1);

	parser->block = (struct block){ *next_node, made };
	*next_node += made;
}

static bool
is_node_row(const struct row *row)
{
	return row->repetition == REPEAT_FIRST;
}

static int
read_one(struct parser *parser, const struct tr_words_line *line,
    enum pass pass, uint32_t *next_node)
{
	const char *keyword = word_of(line, 0);
	const struct row *row = find_row(keyword);

	if (row != NULL) {
		parser->block.count = 0;
		if (is_node_row(row))
			enter_block(parser, line, next_node);
		return row->pass == pass ? read_row(parser, line, row) :
		    TR_OK;
	}
	if (!tr_property_is_known(keyword))
		return fail_line(parser, line, "prober, router, host, link, "
		    "links, mesh, tunnel, seed, or a property of a node");
	if (parser->block.count == 0)
		return fail_line(parser, line, "a node's line first: this is a "
		    "property of one (options of a link stand on its own "
		    "line)");
	return pass == PASS_REST ? read_property_line(parser, line) : TR_OK;
}

static int
read_pass(struct parser *parser, enum pass pass)
{
	const struct tr_words_line *lines = parser->lines.lines.items;
	uint32_t next_node = 0;
	int status = TR_OK;

	parser->block = (struct block){ 0, 0 };
	for (uint32_t i = 0; i < parser->lines.lines.count &&
	    status == TR_OK; i++)
		status = read_one(parser, &lines[i], pass, &next_node);
	return status;
}

/* --- what only the whole shows ------------------------------------------ */

struct claim {
	struct tr_sim_prefix prefix;
	uint32_t node;
};

static int
by_claim(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	const int order = tr_address_compare(&x->prefix.address,
	    &y->prefix.address);

	if (order != 0)
		return order;
	if (x->prefix.length != y->prefix.length)
		return x->prefix.length < y->prefix.length ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

static int
add_claim(struct tr_list *claims, const struct tr_address *address,
    uint8_t length, uint32_t node)
{
	struct claim *claim;

	if (!tr_address_is_set(address))
		return TR_OK;
	claim = tr_list_add(claims, sizeof(*claim));
	if (claim == NULL)
		return TR_ENOMEM;
	*claim = (struct claim){ { *address, length }, node };
	return TR_OK;
}

static int
collect_claims(const struct tr_topology *topology, struct tr_list *claims)
{
	for (uint32_t i = 0; i < topology->nodes.count; i++) {
		const struct tr_sim_node *node = tr_topology_node(topology,
		    i);
		const struct tr_sim_prefix *own = node->own.items;

		for (uint32_t j = 0; j < node->own.count; j++)
			if (add_claim(claims, &own[j].address, own[j].length,
			    i) != TR_OK)
				return TR_ENOMEM;
	}
	for (uint32_t i = 0; i < topology->ports.count; i++) {
		const struct tr_sim_port *port = tr_topology_port(topology,
		    i);

		if (add_claim(claims, &port->address4, 32, port->node) !=
		    TR_OK || add_claim(claims, &port->address6, 128,
		    port->node) != TR_OK)
			return TR_ENOMEM;
	}
	return TR_OK;
}

/* Two nodes with the same address cannot both get what is sent to it. */
static int
check_claims(struct parser *parser, struct tr_list *claims)
{
	const struct tr_topology *topology = parser->topology;
	const struct claim *claim;
	char text[TR_ADDRESS_TEXT_MAX];

	if (collect_claims(topology, claims) != TR_OK)
		return tr_fail(parser->error, TR_ENOMEM, "out of memory");
	if (claims->count > 0)
		qsort(claims->items, claims->count, sizeof(*claim),
		    by_claim);
	claim = claims->items;
	for (uint32_t i = 1; i < claims->count; i++)
		if (claim[i].node != claim[i - 1].node &&
		    claim[i].prefix.length == claim[i - 1].prefix.length &&
		    tr_address_equal(&claim[i].prefix.address,
		    &claim[i - 1].prefix.address))
			return tr_fail(parser->error, TR_EFORMAT,
			    "%s:%u: %s is %s's and %s's (line %u): expected "
			    "an address of one node", topology->file,
			    tr_topology_node(topology, claim[i].node)->line,
			    tr_address_text(&claim[i].prefix.address, text,
			    sizeof(text)),
			    tr_topology_node(topology, claim[i].node)->name,
			    tr_topology_node(topology,
			    claim[i - 1].node)->name, tr_topology_node(
			    topology, claim[i - 1].node)->line);
	return TR_OK;
}

static int
check_whole(struct parser *parser)
{
	const struct tr_topology *topology = parser->topology;
	struct tr_list claims = { .items = NULL };
	int status;

	if (tr_topology_prober(topology, NULL) == TR_SIM_NONE)
		return tr_fail(parser->error, TR_EFORMAT,
		    "%s: expected a line \"prober NAME ADDRESS\", for what "
		    "sends the probes", topology->file);
	status = check_claims(parser, &claims);
	tr_list_clear(&claims);
	return status;
}

/* --- the file ----------------------------------------------------------- */

static int
parse(struct parser *parser, const char *text, size_t size)
{
	int status = tr_words_split(&parser->lines, text, size,
	    parser->topology->file, parser->error);

	for (enum pass pass = 0; pass < PASSES && status == TR_OK; pass++)
		status = read_pass(parser, pass);
	return status != TR_OK ? status : check_whole(parser);
}

struct tr_topology *
tr_topology_parse(const char *text, size_t size, const char *file,
    struct tr_error *error)
{
	struct parser parser = {
		.topology = tr_topology_new(file),
		.link_default = {
			.mtu = TR_SIM_MTU_DEFAULT,
			.cost = TR_SIM_COST_DEFAULT,
		},
		.error = error,
	};
	int status;

	if (parser.topology == NULL) {
		tr_fail(error, TR_ENOMEM, "out of memory");
		return NULL;
	}
	status = parse(&parser, text, size);
	tr_words_free(&parser.lines);
	free_names(&parser);
	if (status != TR_OK) {
		tr_topology_free(parser.topology);
		return NULL;
	}
	return parser.topology;
}

/* The whole of a stream, to be freed; NULL with a text. */
static char *
read_stream(FILE *stream, const char *path, size_t *size,
    struct tr_error *error)
{
	size_t room = 1 << 16, used = 0;
	char *text = malloc(room);

	while (text != NULL) {
		char *grown;

		used += fread(text + used, 1, room - used, stream);
		if (used < room)
			break;
		room *= 2;
		grown = room > TR_TOPOLOGY_FILE_MAX ? NULL :
		    realloc(text, room);
		if (grown == NULL)
			free(text);
		text = grown;
	}
	*size = used;
	if (text == NULL)
		tr_fail(error, TR_ENOMEM, "%s: more than %d MiB", path,
		    TR_TOPOLOGY_FILE_MAX >> 20);
	else if (ferror(stream)) {
		tr_fail(error, TR_ESYSTEM, "cannot read %s: %s", path,
		    strerror(errno));
		free(text);
		text = NULL;
	}
	return text;
}

struct tr_topology *
tr_topology_read(const char *path, struct tr_error *error)
{
	const bool standard = strcmp(path, "-") == 0;
	struct tr_topology *topology = NULL;
	FILE *stream = standard ? stdin : fopen(path, "r");
	char *text;
	size_t size;

	if (stream == NULL) {
		tr_fail(error, TR_ESYSTEM, "cannot read %s: %s", path,
		    strerror(errno));
		return NULL;
	}
	text = read_stream(stream, path, &size, error);
	if (text != NULL)
		topology = tr_topology_parse(text, size,
		    standard ? "standard input" : path, error);
	free(text);
	if (!standard)
		fclose(stream);
	return topology;
}
