#include <string.h>

#include "base/error.h"
#include "sim/property.h"

/* --- what several use --------------------------------------------------- */

int
tr_property_node(const struct tr_properties *with, struct tr_words *words,
    const char *what, uint32_t *node)
{
	const char *name = tr_words_next(words);

	*node = name == NULL ? TR_SIM_NONE : with->find(with->context, name);
	if (*node == TR_SIM_NONE)
		return tr_words_expected(words, what);
	words->next++;
	return TR_OK;
}

int
tr_property_add_prefix(struct tr_words *words, struct tr_list *prefixes,
    const struct tr_address *address, uint8_t length)
{
	struct tr_sim_prefix *prefix;

	if (!tr_address_is_set(address))
		return TR_OK;
	prefix = tr_list_add(prefixes, sizeof(*prefix));
	if (prefix == NULL)
		return tr_words_no_memory(words);
	prefix->address = *address;
	prefix->length = length;
	return TR_OK;
}

int
tr_property_add_address(struct tr_words *words, struct tr_list *prefixes,
    const struct tr_address *address)
{
	return tr_property_add_prefix(words, prefixes, address,
	    (uint8_t)(tr_address_size(address) * 8));
}

static int
add_all(struct tr_words *words, struct tr_list *prefixes)
{
	const struct tr_address zero4 = { .family = 4 };
	const struct tr_address zero6 = { .family = 6 };
	const int status = tr_property_add_prefix(words, prefixes, &zero4, 0);

	return status != TR_OK ? status :
	    tr_property_add_prefix(words, prefixes, &zero6, 0);
}

/* All that belongs to a node. */
static int
add_node(struct tr_words *words, const struct tr_topology *topology,
    uint32_t number, struct tr_list *prefixes)
{
	const struct tr_sim_node *node = tr_topology_node(topology, number);
	const struct tr_sim_prefix *own = node->own.items;
	const uint32_t *ports = node->ports.items;
	int status = TR_OK;

	for (uint32_t i = 0; i < node->own.count && status == TR_OK; i++)
		status = tr_property_add_prefix(words, prefixes,
		    &own[i].address, own[i].length);
	for (uint32_t i = 0; i < node->ports.count && status == TR_OK; i++) {
		const struct tr_sim_port *port = tr_topology_port(topology,
		    ports[i]);

		status = tr_property_add_address(words, prefixes,
		    &port->address4);
		if (status == TR_OK)
			status = tr_property_add_address(words, prefixes,
			    &port->address6);
	}
	return status;
}

int
tr_property_destination(const struct tr_properties *with,
    struct tr_words *words, struct tr_list *prefixes)
{
	const char *next = tr_words_next(words);
	struct tr_sim_prefix prefix;
	uint32_t node;
	int status;

	if (next == NULL)
		return tr_words_expected(words,
		    "a destination: any, a prefix, or a node");
	if (tr_words_take(words, "any"))
		return add_all(words, prefixes);
	if (tr_words_read_prefix(next, &prefix)) {
		status = tr_words_prefix(words, &prefix);
		return status != TR_OK ? status : tr_property_add_prefix(words,
		    prefixes, &prefix.address, prefix.length);
	}
	status = tr_property_node(with, words,
	    "a destination: any, a prefix, or a node", &node);
	return status != TR_OK ? status :
	    add_node(words, with->topology, node, prefixes);
}

int
tr_property_window(struct tr_words *words, struct tr_sim_window *window)
{
	int status = 1;

	if (tr_words_take(words, "from"))
		status = tr_words_time(words, "a time", &window->from);
	else if (tr_words_take(words, "until"))
		status = tr_words_time(words, "a time", &window->until);
	if (status == TR_OK && window->from >= window->until)
		return tr_words_fail(words, TR_EFORMAT,
		    "it ends before it begins: \"until\" comes after \"from\"");
	return status;
}

int
tr_property_choose(struct tr_words *words,
    const struct tr_property_choice *choices, size_t count, const char *what)
{
	for (size_t i = 0; i < count; i++)
		if (tr_words_take(words, choices[i].word))
			return choices[i].number;
	tr_words_expected(words, what);
	return -1;
}

const struct tr_property_choice tr_property_protocols[] = {
	{ "udp", TR_SIM_UDP },
	{ "tcp", TR_SIM_TCP },
	{ "icmp", TR_SIM_ICMP },
	{ "other", TR_SIM_OTHER },
	{ "any", TR_SIM_ANY },
};
const size_t tr_property_protocol_count =
    TR_PROPERTY_COUNT(tr_property_protocols);

int
tr_property_port_list(struct tr_words *words, struct tr_list *list)
{
	const char *next;
	int status = TR_OK;

	while (status == TR_OK && (next = tr_words_next(words)) != NULL &&
	    next[0] >= '0' && next[0] <= '9') {
		struct tr_sim_ports *ports = tr_list_add(list,
		    sizeof(*ports));

		status = ports == NULL ? tr_words_no_memory(words) :
		    tr_words_ports(words, ports);
	}
	return status;
}

/* --- hosts -------------------------------------------------------------- */

static const struct tr_property_choice services_udp[] = {
	{ "closed", TR_SIM_CLOSED },
	{ "open", TR_SIM_OPEN },
	{ "filtered", TR_SIM_FILTERED },
	{ "echo", TR_SIM_ECHO },
	{ "dns", TR_SIM_DNS },
};

static const struct tr_property_choice services_tcp[] = {
	{ "closed", TR_SIM_CLOSED },
	{ "open", TR_SIM_OPEN },
	{ "filtered", TR_SIM_FILTERED },
};

/* Without ports, all of them. */
static int
add_listeners(struct tr_property *property, unsigned protocol, int service)
{
	const struct tr_sim_ports all = { 0, UINT16_MAX };
	struct tr_list ports = { .items = NULL };
	const struct tr_sim_ports *items;
	struct tr_sim_listener *listener;
	uint32_t count;
	int status = tr_property_port_list(property->words, &ports);

	items = ports.count == 0 ? &all : ports.items;
	count = ports.count == 0 ? 1 : ports.count;
	for (uint32_t i = 0; i < count && status == TR_OK; i++) {
		listener = tr_list_add(&property->node->listeners,
		    sizeof(*listener));
		if (listener == NULL)
			status = tr_words_no_memory(property->words);
		else
			*listener = (struct tr_sim_listener){
				protocol, items[i],
				(enum tr_sim_service)service,
			};
	}
	tr_list_clear(&ports);
	return status;
}

static int
read_udp(struct tr_property *property)
{
	const int service = TR_PROPERTY_CHOOSE(property->words, services_udp,
	    "open, closed, filtered, echo or dns");

	return service < 0 ? TR_EFORMAT :
	    add_listeners(property, TR_SIM_UDP, service);
}

static int
read_tcp(struct tr_property *property)
{
	const int service = TR_PROPERTY_CHOOSE(property->words, services_tcp,
	    "open, closed or filtered");

	return service < 0 ? TR_EFORMAT :
	    add_listeners(property, TR_SIM_TCP, service);
}

static int
read_echo(struct tr_property *property)
{
	if (!tr_words_take(property->words, "off"))
		return tr_words_expected(property->words, "off");
	property->node->no_echo = true;
	return TR_OK;
}

static int
add_name(struct tr_property *property, const struct tr_address *address,
    const char *text)
{
	struct tr_sim_name *name = tr_list_add(
	    &property->with->topology->names, sizeof(*name));

	if (name == NULL)
		return tr_words_no_memory(property->words);
	name->address = *address;
	strncpy(name->text, text, sizeof(name->text) - 1);
	return TR_OK;
}

/* "name TEXT" for all addresses of the node, or "name ADDRESS TEXT". */
static int
read_name(struct tr_property *property)
{
	struct tr_words *words = property->words;
	struct tr_list prefixes = { .items = NULL };
	const char *next = tr_words_next(words);
	const struct tr_sim_prefix *prefix;
	struct tr_address address;
	int status;

	if (next != NULL && tr_address_parse(next, &address) == TR_OK) {
		if (!tr_topology_owns(property->with->topology,
		    property->number, &address))
			return tr_words_expected(words, "an address of this "
			    "node, or the name alone");
		words->next++;
		next = tr_words_next(words);
		status = tr_property_add_address(words, &prefixes, &address);
	} else
		status = add_node(words, property->with->topology,
		    property->number, &prefixes);
	if (status == TR_OK && (next == NULL ||
	    strlen(next) >= TR_SIM_HOST_NAME_MAX))
		status = tr_words_expected(words, "a host name");
	prefix = prefixes.items;
	for (uint32_t i = 0; i < prefixes.count && status == TR_OK; i++)
		if (prefix[i].length ==
		    tr_address_size(&prefix[i].address) * 8)
			status = add_name(property, &prefix[i].address, next);
	tr_list_clear(&prefixes);
	words->next++;
	return status;
}

/* --- the table ---------------------------------------------------------- */

/* The nodes on which a property does something. */
#define ROUTERS		(1U << TR_SIM_ROUTER)
#define ANSWERERS	(1U << TR_SIM_ROUTER | 1U << TR_SIM_HOST)
#define NODES		(ANSWERERS | 1U << TR_SIM_PROBER)

struct row {
	const char *keyword;
	unsigned of;			/* kinds of nodes */
	int	(*read)(struct tr_property *);
};

static const struct row rows[] = {
	{ "balance", NODES, tr_property_balance },
	{ "clear", ROUTERS, tr_property_clear },
	{ "echo", ANSWERERS, read_echo },
	{ "extension", ANSWERERS, tr_property_extension },
	{ "filter", ROUTERS, tr_property_filter },
	{ "ip-id", ANSWERERS, tr_property_ip_id },
	{ "like", ANSWERERS, tr_property_like },
	{ "limit", ANSWERERS, tr_property_limit },
	{ "loss", ROUTERS, tr_property_loss },
	{ "name", NODES, read_name },
	{ "nat", ROUTERS, tr_property_nat },
	{ "quote", ANSWERERS, tr_property_quote },
	{ "reply", ANSWERERS, tr_property_reply },
	{ "rewrite", ROUTERS, tr_property_rewrite },
	{ "route", NODES, tr_property_route },
	{ "set", ROUTERS, tr_property_set },
	{ "silent", ANSWERERS, tr_property_silent },
	{ "tcp", ANSWERERS, read_tcp },
	{ "ttl", ANSWERERS, tr_property_ttl },
	{ "udp", ANSWERERS, read_udp },
	{ "unreachable", ROUTERS, tr_property_unreachable },
	{ "zero-ttl", ROUTERS, tr_property_zero_ttl },
};

bool
tr_property_is_known(const char *keyword)
{
	for (size_t i = 0; i < TR_PROPERTY_COUNT(rows); i++)
		if (strcmp(rows[i].keyword, keyword) == 0)
			return true;
	return false;
}

static int
check_kind(const struct row *row, const struct tr_property *property)
{
	static const char *const kinds[] = {
		[TR_SIM_PROBER] = "prober",
		[TR_SIM_ROUTER] = "router",
		[TR_SIM_HOST] = "host",
	};

	if ((row->of & 1U << property->node->kind) != 0)
		return TR_OK;
	return tr_words_fail(property->words, TR_EFORMAT, "%s is a property "
	    "of %s, and %s is a %s", row->keyword,
	    row->of == ROUTERS ? "routers" : "routers and hosts",
	    property->node->name, kinds[property->node->kind]);
}

int
tr_property_read(const struct tr_properties *with, uint32_t number,
    struct tr_words *words)
{
	struct tr_sim_node *nodes = with->topology->nodes.items;
	struct tr_property property = {
		.with = with,
		.node = &nodes[number],
		.number = number,
		.words = words,
	};

	for (size_t i = 0; i < TR_PROPERTY_COUNT(rows); i++)
		if (tr_words_take(words, rows[i].keyword)) {
			int status = check_kind(&rows[i], &property);

			if (status == TR_OK)
				status = rows[i].read(&property);
			return status != TR_OK ? status :
			    tr_words_end(words);
		}
	return tr_words_expected(words, "a property");
}
