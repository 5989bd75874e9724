#include <string.h>

#include "base/error.h"
#include "sim/properties.h"

#define WEIGHT_MOST	1000000
#define LABEL_MOST	0xfffff
#define QUOTE_MOST	1232
#define BURST_MOST	1000000
#define EXTENSION_AT_MOST 512

struct property {
	const struct tr_properties *with;
	struct tr_sim_node *node;
	uint32_t number;		/* of the node */
	struct tr_words *words;
};

static int
out_of_memory(struct tr_words *words)
{
	return tr_words_fail(words, TR_ENOMEM, "out of memory");
}

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

static int
add_prefix(struct tr_words *words, struct tr_list *prefixes,
    const struct tr_address *address, uint8_t length)
{
	struct tr_sim_prefix *prefix;

	if (!tr_address_is_set(address))
		return TR_OK;
	prefix = tr_list_add(prefixes, sizeof(*prefix));
	if (prefix == NULL)
		return out_of_memory(words);
	prefix->address = *address;
	prefix->length = length;
	return TR_OK;
}

static int
add_all(struct tr_words *words, struct tr_list *prefixes)
{
	const struct tr_address zero4 = { .family = 4 };
	const struct tr_address zero6 = { .family = 6 };
	const int status = add_prefix(words, prefixes, &zero4, 0);

	return status != TR_OK ? status :
	    add_prefix(words, prefixes, &zero6, 0);
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
		status = add_prefix(words, prefixes, &own[i].address,
		    own[i].length);
	for (uint32_t i = 0; i < node->ports.count && status == TR_OK; i++) {
		const struct tr_sim_port *port = tr_topology_port(topology,
		    ports[i]);

		status = add_prefix(words, prefixes, &port->address4, 32);
		if (status == TR_OK)
			status = add_prefix(words, prefixes, &port->address6,
			    128);
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
		return status != TR_OK ? status : add_prefix(words, prefixes,
		    &prefix.address, prefix.length);
	}
	status = tr_property_node(with, words,
	    "a destination: any, a prefix, or a node", &node);
	return status != TR_OK ? status :
	    add_node(words, with->topology, node, prefixes);
}

int
tr_property_window(struct tr_words *words, struct tr_sim_window *window)
{
	if (tr_words_take(words, "from"))
		return tr_words_time(words, "a time", &window->from);
	if (tr_words_take(words, "until"))
		return tr_words_time(words, "a time", &window->until);
	return 1;
}

/* A word of a list, to its number; -1 with a text where it is none. */
struct choice {
	const char *word;
	int	 number;
};

static int
read_choice(struct tr_words *words, const struct choice *choices,
    size_t count, const char *what)
{
	for (size_t i = 0; i < count; i++)
		if (tr_words_take(words, choices[i].word))
			return choices[i].number;
	tr_words_expected(words, what);
	return -1;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- balance, route, unreachable ---------------------------------------- */

static const struct choice spreads[] = {
	{ "flow", TR_SIM_BY_FLOW },
	{ "packet", TR_SIM_BY_PACKET },
	{ "turn", TR_SIM_BY_TURN },
};

static const struct choice fields[] = {
	{ "src", TR_SIM_FIELD_SRC },
	{ "dst", TR_SIM_FIELD_DST },
	{ "protocol", TR_SIM_FIELD_PROTOCOL },
	{ "ports", TR_SIM_FIELD_SOURCE_PORT | TR_SIM_FIELD_DESTINATION_PORT },
	{ "source-port", TR_SIM_FIELD_SOURCE_PORT },
	{ "destination-port", TR_SIM_FIELD_DESTINATION_PORT },
	{ "tos", TR_SIM_FIELD_TOS },
	{ "label", TR_SIM_FIELD_LABEL },
	{ "icmp-id", TR_SIM_FIELD_ICMP_ID },
	{ "icmp-checksum", TR_SIM_FIELD_ICMP_CHECKSUM },
	{ "word", TR_SIM_FIELD_WORD },
};

static int
read_fields(struct tr_words *words, unsigned *chosen)
{
	*chosen = 0;
	do {
		const int field = read_choice(words, fields, COUNT(fields),
		    "a field: src, dst, protocol, ports, source-port, "
		    "destination-port, tos, label, icmp-id, icmp-checksum "
		    "or word");

		if (field < 0)
			return TR_EFORMAT;
		*chosen |= (unsigned)field;
	} while (tr_words_next(words) != NULL &&
	    strcmp(tr_words_next(words), "remap") != 0);
	return TR_OK;
}

static int
read_balance(struct property *property)
{
	struct tr_sim_balance *balance = &property->node->balance;
	struct tr_words *words = property->words;
	int status = TR_OK, spread = TR_SIM_BY_FLOW;

	if (tr_words_take(words, "destination"))
		balance->fields = TR_SIM_FIELDS_DESTINATION;
	else {
		spread = read_choice(words, spreads, COUNT(spreads),
		    "flow, destination, packet or turn");
		if (spread < 0)
			return TR_EFORMAT;
		if (spread == TR_SIM_BY_FLOW && tr_words_take(words, "by"))
			status = read_fields(words, &balance->fields);
	}
	balance->spread = (enum tr_sim_spread)spread;
	if (status == TR_OK && tr_words_take(words, "remap")) {
		if (tr_words_take(words, "at"))
			return tr_words_time(words, "a time",
			    &balance->remap_at);
		if (tr_words_take(words, "every"))
			return tr_words_time(words, "a time",
			    &balance->remap_every);
		return tr_words_expected(words, "\"at\" or \"every\"");
	}
	return status;
}

/* NEIGHBOUR or NEIGHBOUR*WEIGHT: each link to it is a next hop. */
static int
read_next(struct property *property, struct tr_list *nexts)
{
	const struct tr_topology *topology = property->with->topology;
	const uint32_t *ports = property->node->ports.items;
	struct tr_words *words = property->words;
	const char *word = tr_words_next(words);
	const char *star = word == NULL ? NULL : strchr(word, '*');
	char name[TR_SIM_NAME_MAX] = "";
	struct tr_sim_next *next;
	int64_t weight = 1;
	uint32_t neighbour, found = 0;

	if (word != NULL && star == NULL)
		star = word + strlen(word);
	if (word == NULL || (size_t)(star - word) >= sizeof(name))
		return tr_words_expected(words, "a neighbour");
	memcpy(name, word, (size_t)(star - word));
	neighbour = property->with->find(property->with->context, name);
	if (neighbour == TR_SIM_NONE)
		return tr_words_expected(words, "the name of a neighbour");
	if (*star == '*') {
		struct tr_words rest = *words;
		char *digits = words->words[words->next] + (star - word) + 1;
		int status;

		rest.words = &digits;
		rest.count = 1;
		rest.next = 0;
		status = tr_words_number(&rest, "a weight", 1, WEIGHT_MOST,
		    &weight);
		if (status != TR_OK)
			return status;
	}
	for (uint32_t i = 0; i < property->node->ports.count; i++) {
		if (tr_topology_port(topology, ports[i])->peer_node !=
		    neighbour)
			continue;
		next = tr_list_add(nexts, sizeof(*next));
		if (next == NULL)
			return out_of_memory(words);
		next->port = ports[i];
		next->weight = (uint32_t)weight;
		found++;
	}
	if (found == 0)
		return tr_words_fail(words, TR_EFORMAT,
		    "%s has no link to %s", property->node->name, name);
	words->next++;
	return TR_OK;
}

static int
copy_next(struct tr_words *words, const struct tr_list *from,
    struct tr_list *to)
{
	const struct tr_sim_next *next = from->items;
	struct tr_sim_next *copy;

	for (uint32_t i = 0; i < from->count; i++) {
		copy = tr_list_add(to, sizeof(*copy));
		if (copy == NULL)
			return out_of_memory(words);
		*copy = next[i];
	}
	return TR_OK;
}

static int
add_routes(struct property *property, const struct tr_list *prefixes,
    const struct tr_list *nexts, const struct tr_sim_window *valid)
{
	const struct tr_sim_prefix *prefix = prefixes->items;
	int status = TR_OK;

	for (uint32_t i = 0; i < prefixes->count && status == TR_OK; i++) {
		struct tr_sim_route *route = tr_list_add(
		    &property->node->routes, sizeof(*route));

		if (route == NULL)
			return out_of_memory(property->words);
		route->to = prefix[i];
		route->valid = *valid;
		status = copy_next(property->words, nexts, &route->next);
	}
	return status;
}

static int
read_route_words(struct property *property, struct tr_list *prefixes,
    struct tr_list *nexts)
{
	struct tr_sim_window valid = { 0, TR_TIME_NEVER };
	struct tr_words *words = property->words;
	int status;

	status = tr_property_destination(property->with, words, prefixes);
	if (status != TR_OK)
		return status;
	if (!tr_words_take(words, "via"))
		return tr_words_expected(words, "\"via\" and neighbours");
	do {
		status = read_next(property, nexts);
		if (status != TR_OK)
			return status;
	} while (tr_words_next(words) != NULL &&
	    strcmp(tr_words_next(words), "from") != 0 &&
	    strcmp(tr_words_next(words), "until") != 0);
	while ((status = tr_property_window(words, &valid)) == TR_OK)
		;
	return status != 1 ? status :
	    add_routes(property, prefixes, nexts, &valid);
}

static int
read_route(struct property *property)
{
	struct tr_list prefixes = { .items = NULL };
	struct tr_list nexts = { .items = NULL };
	const int status = read_route_words(property, &prefixes, &nexts);

	tr_list_clear(&prefixes);
	tr_list_clear(&nexts);
	return status;
}

static const struct choice no_ways[] = {
	{ "net", TR_SIM_NO_NET },
	{ "host", TR_SIM_NO_HOST },
	{ "prohibited", TR_SIM_NO_PERMISSION },
	{ "blackhole", TR_SIM_BLACKHOLE },
};

static int
read_unreachable(struct property *property)
{
	struct tr_words *words = property->words;
	struct tr_list prefixes = { .items = NULL };
	const struct tr_sim_prefix *prefix;
	struct tr_sim_unreachable *unreachable;
	int64_t after = 0;
	int how = -1, status;

	status = tr_property_destination(property->with, words, &prefixes);
	if (status == TR_OK) {
		how = read_choice(words, no_ways, COUNT(no_ways),
		    "net, host, prohibited or blackhole");
		status = how < 0 ? TR_EFORMAT : TR_OK;
	}
	if (status == TR_OK && tr_words_take(words, "after"))
		status = tr_words_time(words, "a time", &after);
	prefix = prefixes.items;
	for (uint32_t i = 0; i < prefixes.count && status == TR_OK; i++) {
		unreachable = tr_list_add(&property->node->unreachables,
		    sizeof(*unreachable));
		if (unreachable == NULL)
			status = out_of_memory(words);
		else
			*unreachable = (struct tr_sim_unreachable){
				prefix[i], (enum tr_sim_no_way)how, after,
			};
	}
	tr_list_clear(&prefixes);
	return status;
}

/* --- what is done to passing packets ------------------------------------ */

static int
read_zero_ttl(struct property *property)
{
	property->node->zero_ttl = true;
	return TR_OK;
}

static int
read_loss(struct property *property)
{
	return tr_words_share(property->words, &property->node->loss);
}

/* "clear ecn", "clear dscp", "clear tos": RFC 2474, RFC 3168. */
static const struct choice cleared[] = {
	{ "ecn", 0xfc },
	{ "dscp", 0x03 },
	{ "tos", 0x00 },
};

static int
read_clear(struct property *property)
{
	const int keep = read_choice(property->words, cleared, COUNT(cleared),
	    "ecn, dscp or tos");

	if (keep < 0)
		return TR_EFORMAT;
	property->node->tos_keep &= (uint8_t)keep;
	return TR_OK;
}

static int
read_set(struct property *property)
{
	int64_t tos;
	int status;

	if (!tr_words_take(property->words, "tos"))
		return tr_words_expected(property->words, "tos");
	status = tr_words_number(property->words, "a TOS", 0, 255, &tos);
	property->node->tos_keep = 0;
	property->node->tos_set = (uint8_t)tos;
	return status;
}

static const struct choice mendings[] = {
	{ "all", TR_SIM_MEND_ALL },
	{ "addresses", TR_SIM_MEND_ADDRESSES },
	{ "nothing", TR_SIM_MEND_NOTHING },
};

static int
read_mending(struct tr_words *words, enum tr_sim_mending *mending)
{
	int which;

	*mending = TR_SIM_MEND_ALL;
	if (!tr_words_take(words, "mends"))
		return TR_OK;
	which = read_choice(words, mendings, COUNT(mendings),
	    "all, addresses or nothing");
	if (which < 0)
		return TR_EFORMAT;
	*mending = (enum tr_sim_mending)which;
	return TR_OK;
}

/* The address is the node's from now on, so that answers to it come here. */
static int
own_address(struct property *property, const struct tr_address *address)
{
	if (tr_topology_owns(property->with->topology, property->number,
	    address))
		return TR_OK;
	return add_prefix(property->words, &property->node->own, address,
	    (uint8_t)(tr_address_size(address) * 8));
}

/* The rest of a rule, and one rule for each prefix of the same family. */
static int
finish_nat(struct property *property, const struct tr_list *prefixes,
    bool of_destination)
{
	struct tr_words *words = property->words;
	const struct tr_sim_prefix *prefix = prefixes->items;
	struct tr_sim_nat rule = { .of_destination = of_destination };
	struct tr_sim_ports ports = { 0, 0 };
	struct tr_sim_nat *nat;
	int status;

	if (!tr_words_take(words, "to"))
		return tr_words_expected(words, "\"to\" and an address");
	status = tr_words_address(words, &rule.to);
	if (status == TR_OK && !of_destination &&
	    tr_words_take(words, "ports"))
		status = tr_words_ports(words, &ports);
	if (status == TR_OK)
		status = read_mending(words, &rule.mending);
	rule.port_first = ports.first;
	rule.port_last = ports.last;
	for (uint32_t i = 0; i < prefixes->count && status == TR_OK; i++) {
		if (prefix[i].address.family != rule.to.family)
			continue;
		nat = tr_list_add(&property->node->nats, sizeof(*nat));
		if (nat == NULL)
			return out_of_memory(words);
		*nat = rule;
		nat->what = prefix[i];
		status = own_address(property, of_destination ?
		    &nat->what.address : &nat->to);
	}
	return status;
}

static int
read_nat(struct property *property)
{
	struct tr_words *words = property->words;
	struct tr_list prefixes = { .items = NULL };
	const bool of_destination = tr_words_take(words, "destination");
	struct tr_address address;
	int status;

	if (!of_destination && !tr_words_take(words, "source"))
		return tr_words_expected(words, "source or destination");
	if (of_destination) {
		status = tr_words_address(words, &address);
		if (status == TR_OK)
			status = add_prefix(words, &prefixes, &address,
			    (uint8_t)(tr_address_size(&address) * 8));
	} else
		status = tr_property_destination(property->with, words,
		    &prefixes);
	if (status == TR_OK)
		status = finish_nat(property, &prefixes, of_destination);
	tr_list_clear(&prefixes);
	return status;
}

static int
read_rewrite(struct property *property)
{
	struct tr_words *words = property->words;
	struct tr_sim_sequence *rule;
	int status = TR_OK;

	if (!tr_words_take(words, "sequence"))
		return tr_words_expected(words, "sequence");
	rule = tr_list_add(&property->node->sequences, sizeof(*rule));
	if (rule == NULL)
		return out_of_memory(words);
	if (tr_words_take(words, "from"))
		status = tr_words_prefix(words, &rule->from);
	return status != TR_OK ? status :
	    read_mending(words, &rule->mending);
}

static const struct choice acts[] = {
	{ "pass", TR_SIM_PASS },
	{ "drop", TR_SIM_DROP },
	{ "reset", TR_SIM_RESET },
	{ "prohibit", TR_SIM_PROHIBIT },
	{ "reject", TR_SIM_REJECT },
};

static const struct choice protocols[] = {
	{ "udp", TR_SIM_UDP },
	{ "tcp", TR_SIM_TCP },
	{ "icmp", TR_SIM_ICMP },
	{ "other", TR_SIM_OTHER },
	{ "any", TR_SIM_ANY },
};

static int
read_port_list(struct tr_words *words, struct tr_list *list)
{
	const char *next;
	int status = TR_OK;

	while (status == TR_OK && (next = tr_words_next(words)) != NULL &&
	    next[0] >= '0' && next[0] <= '9') {
		struct tr_sim_ports *ports = tr_list_add(list,
		    sizeof(*ports));

		status = ports == NULL ? out_of_memory(words) :
		    tr_words_ports(words, ports);
	}
	return status;
}

static int
read_filter_rest(struct property *property, struct tr_sim_filter *filter)
{
	struct tr_words *words = property->words;
	int status;

	filter->from = TR_SIM_NONE;
	status = read_port_list(words, &filter->ports);
	if (status == TR_OK && tr_words_take(words, "from"))
		status = tr_property_node(property->with, words,
		    "the name of a neighbour", &filter->from);
	if (status == TR_OK && tr_words_take(words, "to"))
		status = tr_words_prefix(words, &filter->to);
	if (status != TR_OK)
		return status;
	if (filter->ports.count > 0 &&
	    (filter->protocols & ~(unsigned)(TR_SIM_UDP | TR_SIM_TCP)) != 0)
		return tr_words_fail(words, TR_EFORMAT,
		    "only udp and tcp have ports");
	if (filter->act == TR_SIM_RESET && filter->protocols != TR_SIM_TCP)
		return tr_words_fail(words, TR_EFORMAT,
		    "only tcp can be reset");
	return TR_OK;
}

static int
read_filter(struct property *property)
{
	struct tr_words *words = property->words;
	struct tr_sim_filter *filter;
	int act, protocol;

	act = read_choice(words, acts, COUNT(acts),
	    "pass, drop, reset, prohibit or reject");
	if (act < 0)
		return TR_EFORMAT;
	protocol = read_choice(words, protocols, COUNT(protocols),
	    "udp, tcp, icmp, other or any");
	if (protocol < 0)
		return TR_EFORMAT;
	filter = tr_list_add(&property->node->filters, sizeof(*filter));
	if (filter == NULL)
		return out_of_memory(words);
	filter->act = (enum tr_sim_act)act;
	filter->protocols = (unsigned)protocol;
	return read_filter_rest(property, filter);
}

/* --- answers ------------------------------------------------------------ */

static int
read_silent(struct property *property)
{
	struct tr_sim_node *node = property->node;
	struct tr_words *words = property->words;

	node->silent = 0;
	while (tr_words_next(words) != NULL) {
		int protocol;

		if (tr_words_take(words, "share")) {
			const int status = tr_words_share(words,
			    &node->silent_share);

			if (status != TR_OK)
				return status;
			break;
		}
		protocol = read_choice(words, protocols, COUNT(protocols),
		    "udp, tcp, icmp, other, any, or share");
		if (protocol < 0)
			return TR_EFORMAT;
		node->silent |= (unsigned)protocol;
	}
	if (node->silent == 0)
		node->silent = TR_SIM_ANY;
	return TR_OK;
}

static int
read_limit(struct property *property)
{
	struct tr_sim_limit *limit = &property->node->limit;
	struct tr_words *words = property->words;
	int64_t rate = 1, burst = 1;
	int status = tr_words_rate(words, &rate);

	limit->period = TR_SECOND / rate;
	if (status == TR_OK && tr_words_take(words, "burst"))
		status = tr_words_number(words, "a burst", 1, BURST_MOST,
		    &burst);
	limit->burst = (uint32_t)burst;
	if (status == TR_OK && tr_words_take(words, "per")) {
		limit->per_source = true;
		if (!tr_words_take(words, "source"))
			status = tr_words_expected(words, "source");
	}
	return status;
}

static const struct choice sources[] = {
	{ "inbound", TR_SIM_FROM_INBOUND },
	{ "outbound", TR_SIM_FROM_OUTBOUND },
	{ "self", TR_SIM_FROM_SELF },
};

static int
read_reply_from(struct property *property)
{
	struct tr_sim_node *node = property->node;
	struct tr_words *words = property->words;
	const char *next = tr_words_next(words);
	struct tr_address address;
	int source;

	if (next != NULL && tr_address_parse(next, &address) == TR_OK) {
		node->from = TR_SIM_FROM_GIVEN;
		do {
			if (address.family == 4)
				node->from4 = address;
			else
				node->from6 = address;
			words->next++;
			next = tr_words_next(words);
		} while (next != NULL &&
		    tr_address_parse(next, &address) == TR_OK);
		return TR_OK;
	}
	source = read_choice(words, sources, COUNT(sources),
	    "inbound, outbound, self, or an address");
	if (source < 0)
		return TR_EFORMAT;
	node->from = (enum tr_sim_source)source;
	return TR_OK;
}

static int
read_reply_after(struct property *property)
{
	struct tr_words *words = property->words;
	struct tr_sim_delaying *delaying = tr_list_add(
	    &property->node->delayings, sizeof(*delaying));
	int status;

	if (delaying == NULL)
		return out_of_memory(words);
	delaying->share = TR_SIM_SHARE_ALL;
	status = tr_words_time(words, "a time", &delaying->after);
	if (status == TR_OK && tr_words_take(words, "jitter"))
		status = tr_words_time(words, "a time", &delaying->jitter);
	if (status == TR_OK && tr_words_take(words, "share"))
		status = tr_words_share(words, &delaying->share);
	return status;
}

static int
read_reply_twice(struct property *property)
{
	struct tr_sim_node *node = property->node;

	node->twice = TR_SIM_SHARE_ALL;
	if (!tr_words_take(property->words, "share"))
		return TR_OK;
	return tr_words_share(property->words, &node->twice);
}

static int
read_reply(struct property *property)
{
	struct tr_words *words = property->words;
	int64_t tos;
	int status;

	if (tr_words_take(words, "from"))
		return read_reply_from(property);
	if (tr_words_take(words, "after"))
		return read_reply_after(property);
	if (tr_words_take(words, "twice"))
		return read_reply_twice(property);
	if (!tr_words_take(words, "tos"))
		return tr_words_expected(words, "from, after, twice or tos");
	status = tr_words_number(words, "a TOS", 0, 255, &tos);
	property->node->tos = (uint8_t)tos;
	return status;
}

static int
read_ttl(struct property *property)
{
	struct tr_words *words = property->words;
	int64_t ttl = 1;
	int status = tr_words_number(words, "a TTL", 1, 255, &ttl);

	property->node->ttl = (uint8_t)ttl;
	if (status == TR_OK && tr_words_take(words, "echo"))
		status = tr_words_number(words, "a TTL", 1, 255, &ttl);
	property->node->echo_ttl = (uint8_t)ttl;
	return status;
}

static int
read_quote(struct property *property)
{
	struct tr_sim_node *node = property->node;
	struct tr_words *words = property->words;
	int64_t size;
	int status;

	if (tr_words_take(words, "all")) {
		node->quote = QUOTE_MOST;
		return TR_OK;
	}
	status = tr_words_number(words, "\"all\" or a number of bytes", 8,
	    QUOTE_MOST, &size);
	node->quote = (uint16_t)size;
	node->quote_whole = status == TR_OK && tr_words_take(words, "total");
	return status;
}

static const struct choice counters[] = {
	{ "shared", TR_SIM_ID_SHARED },
	{ "interface", TR_SIM_ID_INTERFACE },
	{ "zero", TR_SIM_ID_ZERO },
	{ "random", TR_SIM_ID_RANDOM },
	{ "copy", TR_SIM_ID_COPY },
};

static int
read_ip_id(struct property *property)
{
	struct tr_sim_identification *id = &property->node->id;
	struct tr_words *words = property->words;
	const int kind = read_choice(words, counters, COUNT(counters),
	    "shared, interface, zero, random or copy");
	int64_t number = 1;
	int status = TR_OK;

	if (kind < 0)
		return TR_EFORMAT;
	id->kind = (enum tr_sim_ip_id)kind;
	if (tr_words_take(words, "step"))
		status = tr_words_number(words, "a step", 1, UINT16_MAX,
		    &number);
	id->step = (uint16_t)number;
	if (status == TR_OK && tr_words_take(words, "rate")) {
		status = tr_words_rate(words, &number);
		id->rate = (uint32_t)number;
	}
	return status;
}

/* Nodes of a kind that is met often. */
static int
read_like(struct property *property)
{
	struct tr_sim_node *node = property->node;
	struct tr_words *words = property->words;

	if (tr_words_take(words, "linux")) {
		node->ttl = 64;
		node->echo_ttl = 64;
		node->quote = 0;
		node->names_labels = false;
		node->id.kind = TR_SIM_ID_RANDOM;
	} else if (tr_words_take(words, "cisco")) {
		node->ttl = 255;
		node->echo_ttl = 255;
		node->quote = 8;
	} else if (tr_words_take(words, "juniper")) {
		node->ttl = 255;
		node->echo_ttl = 64;
		node->quote = 8;
	} else
		return tr_words_expected(words, "linux, cisco or juniper");
	return TR_OK;
}

/* --- extensions --------------------------------------------------------- */

static struct tr_sim_object *
add_object(struct property *property, uint8_t class, uint8_t type)
{
	struct tr_sim_object *object = tr_list_add(
	    &property->node->extension.objects, sizeof(*object));

	if (object != NULL) {
		object->class = class;
		object->type = type;
	}
	return object;
}

/* LABEL[/EXP[/TTL]], from a word. */
static int
read_label(struct tr_words *words, uint32_t *entry)
{
	static const int64_t most[3] = { LABEL_MOST, 7, 255 };
	int64_t part[3] = { 0, 0, 1 };
	const char *at = tr_words_next(words);

	for (size_t i = 0; i < 3; i++) {
		const char *start = at;

		part[i] = 0;
		for (; *at >= '0' && *at <= '9' && part[i] <= most[i]; at++)
			part[i] = part[i] * 10 + (*at - '0');
		if (at == start || part[i] > most[i])
			break;
		if (*at == '\0') {
			*entry = (uint32_t)part[0] << 12 |
			    (uint32_t)part[1] << 9 |
			    (uint32_t)(i == 2 ? part[2] : 1);
			words->next++;
			return TR_OK;
		}
		if (*at++ != '/')
			break;
	}
	return tr_words_expected(words,
	    "LABEL/EXP/TTL, such as 24001/0/1, or the label alone");
}

static int
read_labels(struct property *property)
{
	struct tr_words *words = property->words;
	struct tr_sim_object *object = add_object(property, 1, 1);

	if (object == NULL)
		return out_of_memory(words);
	if (tr_words_next(words) == NULL)
		return tr_words_expected(words, "a label");
	while (tr_words_next(words) != NULL) {
		uint32_t entry = 0;
		const int status = read_label(words, &entry);

		if (status != TR_OK)
			return status;
		if (object->size + 4 > sizeof(object->body))
			return tr_words_fail(words, TR_ERANGE,
			    "more than %zu labels", sizeof(object->body) / 4);
		if (tr_words_next(words) == NULL)
			entry |= UINT32_C(1) << 8;	/* the last */
		for (int shift = 24; shift >= 0; shift -= 8)
			object->body[object->size++] =
			    (uint8_t)(entry >> shift);
	}
	return TR_OK;
}

static const struct choice roles[] = {
	{ "in", 0 }, { "sub", 1 }, { "out", 2 }, { "next", 3 },
};

static int
read_interface_part(struct tr_words *words, struct tr_sim_object *object)
{
	const char *next;
	int64_t number;
	int status;

	if (tr_words_take(words, "address")) {
		object->address = true;
		return TR_OK;
	}
	if (tr_words_take(words, "index")) {
		status = tr_words_number(words, "an index", 1, UINT32_MAX,
		    &number);
		object->index = (uint32_t)number;
		return status;
	}
	if (tr_words_take(words, "mtu")) {
		status = tr_words_number(words, "an MTU", 1, UINT32_MAX,
		    &number);
		object->mtu = (uint32_t)number;
		return status;
	}
	if (!tr_words_take(words, "name"))
		return tr_words_expected(words,
		    "index, address, name or mtu");
	next = tr_words_next(words);
	if (next == NULL || strlen(next) >= sizeof(object->name))
		return tr_words_expected(words,
		    "an interface's name of at most 63 bytes");
	strncpy(object->name, next, sizeof(object->name) - 1);
	words->next++;
	return TR_OK;
}

static int
read_interface(struct property *property)
{
	struct tr_words *words = property->words;
	const int role = read_choice(words, roles, COUNT(roles),
	    "in, sub, out or next");
	struct tr_sim_object *object;
	int status = TR_OK;

	if (role < 0)
		return TR_EFORMAT;
	object = add_object(property, 2, (uint8_t)(role << 6));
	if (object == NULL)
		return out_of_memory(words);
	object->is_interface = true;
	while (status == TR_OK && tr_words_next(words) != NULL)
		status = read_interface_part(words, object);
	return status;
}

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

static int
read_object(struct property *property)
{
	struct tr_words *words = property->words;
	struct tr_sim_object *object;
	int64_t class = 0, type = 0;
	const char *hex;
	int status;

	status = tr_words_number(words, "a class", 0, 255, &class);
	if (status == TR_OK)
		status = tr_words_number(words, "a type", 0, 255, &type);
	if (status != TR_OK)
		return status;
	object = add_object(property, (uint8_t)class, (uint8_t)type);
	if (object == NULL)
		return out_of_memory(words);
	hex = tr_words_next(words);
	if (hex == NULL)
		return TR_OK;
	for (; hex[0] != '\0'; hex += 2) {
		const int high = hex_digit(hex[0]);
		const int low = high < 0 ? -1 : hex_digit(hex[1]);

		if (low < 0 || object->size == sizeof(object->body))
			return tr_words_expected(words, "at most 64 bytes, "
			    "in small hex digits, two for each");
		object->body[object->size++] = (uint8_t)(high << 4 | low);
	}
	words->next++;
	return TR_OK;
}

static int
read_length(struct property *property)
{
	struct tr_sim_extension *extension = &property->node->extension;
	struct tr_words *words = property->words;
	int64_t given;
	int status;

	if (tr_words_take(words, "octets")) {
		extension->length = TR_SIM_LENGTH_OCTETS;
		return TR_OK;
	}
	status = tr_words_number(words, "\"octets\" or the field's value", 0,
	    255, &given);
	extension->length = TR_SIM_LENGTH_GIVEN;
	extension->length_given = (uint8_t)given;
	return status;
}

static int
read_extension(struct property *property)
{
	struct tr_sim_extension *extension = &property->node->extension;
	struct tr_words *words = property->words;
	int64_t at;
	int status;

	if (tr_words_take(words, "labels"))
		return read_labels(property);
	if (tr_words_take(words, "interface"))
		return read_interface(property);
	if (tr_words_take(words, "object"))
		return read_object(property);
	if (tr_words_take(words, "length"))
		return read_length(property);
	if (tr_words_take(words, "checksum")) {
		if (tr_words_take(words, "none"))
			extension->checksum = TR_SIM_CHECKSUM_NONE;
		else if (tr_words_take(words, "wrong"))
			extension->checksum = TR_SIM_CHECKSUM_WRONG;
		else
			return tr_words_expected(words, "none or wrong");
		return TR_OK;
	}
	if (!tr_words_take(words, "at"))
		return tr_words_expected(words, "labels, interface, object, "
		    "length, checksum or at");
	status = tr_words_number(words, "a number of bytes", 8,
	    EXTENSION_AT_MOST, &at);
	extension->at = (uint16_t)at;
	return status;
}

/* --- hosts -------------------------------------------------------------- */

static const struct choice services_udp[] = {
	{ "closed", TR_SIM_CLOSED },
	{ "open", TR_SIM_OPEN },
	{ "filtered", TR_SIM_FILTERED },
	{ "echo", TR_SIM_ECHO },
	{ "dns", TR_SIM_DNS },
};

static const struct choice services_tcp[] = {
	{ "closed", TR_SIM_CLOSED },
	{ "open", TR_SIM_OPEN },
	{ "filtered", TR_SIM_FILTERED },
};

/* Without ports, all of them. */
static int
add_listeners(struct property *property, unsigned protocol, int service)
{
	const struct tr_sim_ports all = { 0, UINT16_MAX };
	struct tr_list ports = { .items = NULL };
	const struct tr_sim_ports *items;
	struct tr_sim_listener *listener;
	uint32_t count;
	int status = read_port_list(property->words, &ports);

	items = ports.count == 0 ? &all : ports.items;
	count = ports.count == 0 ? 1 : ports.count;
	for (uint32_t i = 0; i < count && status == TR_OK; i++) {
		listener = tr_list_add(&property->node->listeners,
		    sizeof(*listener));
		if (listener == NULL)
			status = out_of_memory(property->words);
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
read_udp(struct property *property)
{
	const int service = read_choice(property->words, services_udp,
	    COUNT(services_udp), "open, closed, filtered, echo or dns");

	return service < 0 ? TR_EFORMAT :
	    add_listeners(property, TR_SIM_UDP, service);
}

static int
read_tcp(struct property *property)
{
	const int service = read_choice(property->words, services_tcp,
	    COUNT(services_tcp), "open, closed or filtered");

	return service < 0 ? TR_EFORMAT :
	    add_listeners(property, TR_SIM_TCP, service);
}

static int
read_echo(struct property *property)
{
	if (!tr_words_take(property->words, "off"))
		return tr_words_expected(property->words, "off");
	property->node->no_echo = true;
	return TR_OK;
}

static int
add_name(struct property *property, const struct tr_address *address,
    const char *text)
{
	struct tr_sim_name *name = tr_list_add(
	    &property->with->topology->names, sizeof(*name));

	if (name == NULL)
		return out_of_memory(property->words);
	name->address = *address;
	strncpy(name->text, text, sizeof(name->text) - 1);
	return TR_OK;
}

/* "name TEXT" for all addresses of the node, or "name ADDRESS TEXT". */
static int
read_name(struct property *property)
{
	struct tr_words *words = property->words;
	struct tr_list prefixes = { .items = NULL };
	const char *next = tr_words_next(words);
	const struct tr_sim_prefix *prefix;
	struct tr_address address;
	int status;

	if (next != NULL && tr_address_parse(next, &address) == TR_OK) {
		words->next++;
		next = tr_words_next(words);
		status = add_prefix(words, &prefixes, &address,
		    (uint8_t)(tr_address_size(&address) * 8));
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

struct row {
	const char *keyword;
	int	(*read)(struct property *);
};

static const struct row rows[] = {
	{ "balance", read_balance },
	{ "clear", read_clear },
	{ "echo", read_echo },
	{ "extension", read_extension },
	{ "filter", read_filter },
	{ "ip-id", read_ip_id },
	{ "like", read_like },
	{ "limit", read_limit },
	{ "loss", read_loss },
	{ "name", read_name },
	{ "nat", read_nat },
	{ "quote", read_quote },
	{ "reply", read_reply },
	{ "rewrite", read_rewrite },
	{ "route", read_route },
	{ "set", read_set },
	{ "silent", read_silent },
	{ "tcp", read_tcp },
	{ "ttl", read_ttl },
	{ "udp", read_udp },
	{ "unreachable", read_unreachable },
	{ "zero-ttl", read_zero_ttl },
};

bool
tr_property_is_known(const char *keyword)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].keyword, keyword) == 0)
			return true;
	return false;
}

int
tr_property_read(const struct tr_properties *with, uint32_t number,
    struct tr_words *words)
{
	struct tr_sim_node *nodes = with->topology->nodes.items;
	struct property property = {
		.with = with,
		.node = &nodes[number],
		.number = number,
		.words = words,
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (tr_words_take(words, rows[i].keyword)) {
			const int status = rows[i].read(&property);

			return status != TR_OK ? status :
			    tr_words_end(words);
		}
	return tr_words_expected(words, "a property");
}
