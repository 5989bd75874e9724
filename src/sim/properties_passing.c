#include <string.h>

#include "base/error.h"
#include "sim/property.h"

#define WEIGHT_MOST	1000000

/* --- balance, route, unreachable ---------------------------------------- */

static const struct tr_property_choice spreads[] = {
	{ "flow", TR_SIM_BY_FLOW },
	{ "packet", TR_SIM_BY_PACKET },
	{ "turn", TR_SIM_BY_TURN },
};

static const struct tr_property_choice fields[] = {
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
		const int field = TR_PROPERTY_CHOOSE(words, fields,
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

int
tr_property_balance(struct tr_property *property)
{
	struct tr_sim_balance *balance = &property->node->balance;
	struct tr_words *words = property->words;
	int status = TR_OK, spread = TR_SIM_BY_FLOW;

	*balance = tr_sim_balance_default;
	if (tr_words_take(words, "destination"))
		balance->fields = TR_SIM_FIELDS_DESTINATION;
	else {
		spread = TR_PROPERTY_CHOOSE(words, spreads,
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
		if (tr_words_take(words, "every")) {
			status = tr_words_time(words, "a time",
			    &balance->remap_every);
			return status == TR_OK && balance->remap_every == 0 ?
			    tr_words_fail(words, TR_EFORMAT,
			    "\"every\" 0 is no time") : status;
		}
		return tr_words_expected(words, "\"at\" or \"every\"");
	}
	return status;
}

/* NEIGHBOUR or NEIGHBOUR*WEIGHT: each link to it is a next hop. */
static int
read_next(struct tr_property *property, struct tr_list *nexts)
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
			return tr_words_no_memory(words);
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
			return tr_words_no_memory(words);
		*copy = next[i];
	}
	return TR_OK;
}

static int
add_routes(struct tr_property *property, const struct tr_list *prefixes,
    const struct tr_list *nexts, const struct tr_sim_window *valid)
{
	const struct tr_sim_prefix *prefix = prefixes->items;
	int status = TR_OK;

	for (uint32_t i = 0; i < prefixes->count && status == TR_OK; i++) {
		struct tr_sim_route *route = tr_list_add(
		    &property->node->routes, sizeof(*route));

		if (route == NULL)
			return tr_words_no_memory(property->words);
		route->to = prefix[i];
		route->valid = *valid;
		status = copy_next(property->words, nexts, &route->next);
	}
	return status;
}

static int
read_route_words(struct tr_property *property, struct tr_list *prefixes,
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

int
tr_property_route(struct tr_property *property)
{
	struct tr_list prefixes = { .items = NULL };
	struct tr_list nexts = { .items = NULL };
	const int status = read_route_words(property, &prefixes, &nexts);

	tr_list_clear(&prefixes);
	tr_list_clear(&nexts);
	return status;
}

static const struct tr_property_choice no_ways[] = {
	{ "net", TR_SIM_NO_NET },
	{ "host", TR_SIM_NO_HOST },
	{ "prohibited", TR_SIM_NO_PERMISSION },
	{ "blackhole", TR_SIM_BLACKHOLE },
};

int
tr_property_unreachable(struct tr_property *property)
{
	struct tr_words *words = property->words;
	struct tr_list prefixes = { .items = NULL };
	const struct tr_sim_prefix *prefix;
	struct tr_sim_unreachable *unreachable;
	int64_t after = 0;
	int how = -1, status;

	status = tr_property_destination(property->with, words, &prefixes);
	if (status == TR_OK) {
		how = TR_PROPERTY_CHOOSE(words, no_ways,
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
			status = tr_words_no_memory(words);
		else
			*unreachable = (struct tr_sim_unreachable){
				prefix[i], (enum tr_sim_no_way)how, after,
			};
	}
	tr_list_clear(&prefixes);
	return status;
}

/* --- what is done to passing packets ------------------------------------ */

int
tr_property_zero_ttl(struct tr_property *property)
{
	property->node->zero_ttl = true;
	return TR_OK;
}

int
tr_property_loss(struct tr_property *property)
{
	return tr_words_share(property->words, &property->node->loss);
}

/* "clear ecn", "clear dscp", "clear tos": RFC 2474, RFC 3168. */
static const struct tr_property_choice cleared[] = {
	{ "ecn", 0xfc },
	{ "dscp", 0x03 },
	{ "tos", 0x00 },
};

int
tr_property_clear(struct tr_property *property)
{
	const int keep = TR_PROPERTY_CHOOSE(property->words, cleared,
	    "ecn, dscp or tos");

	if (keep < 0)
		return TR_EFORMAT;
	property->node->tos_keep &= (uint8_t)keep;
	property->node->tos_set &= (uint8_t)keep;
	return TR_OK;
}

int
tr_property_set(struct tr_property *property)
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

static const struct tr_property_choice mendings[] = {
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
	which = TR_PROPERTY_CHOOSE(words, mendings,
	    "all, addresses or nothing");
	if (which < 0)
		return TR_EFORMAT;
	*mending = (enum tr_sim_mending)which;
	return TR_OK;
}

/* The address is the node's from now on, so that answers to it come here. */
static int
own_address(struct tr_property *property, const struct tr_address *address)
{
	if (tr_topology_owns(property->with->topology, property->number,
	    address))
		return TR_OK;
	return tr_property_add_address(property->words, &property->node->own,
	    address);
}

static bool
has_family(const struct tr_list *prefixes, uint8_t family)
{
	const struct tr_sim_prefix *prefix = prefixes->items;

	for (uint32_t i = 0; i < prefixes->count; i++)
		if (prefix[i].address.family == family)
			return true;
	return false;
}

/* The rest of a rule, and one rule for each prefix of the same family. */
static int
finish_nat(struct tr_property *property, const struct tr_list *prefixes,
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
	if (status == TR_OK && !has_family(prefixes, rule.to.family))
		return tr_words_fail(words, TR_EFORMAT, "what is translated "
		    "has no address of IPv%d, as what it is translated to",
		    rule.to.family);
	for (uint32_t i = 0; i < prefixes->count && status == TR_OK; i++) {
		if (prefix[i].address.family != rule.to.family)
			continue;
		nat = tr_list_add(&property->node->nats, sizeof(*nat));
		if (nat == NULL)
			return tr_words_no_memory(words);
		*nat = rule;
		nat->what = prefix[i];
		status = own_address(property, of_destination ?
		    &nat->what.address : &nat->to);
	}
	return status;
}

int
tr_property_nat(struct tr_property *property)
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
			status = tr_property_add_address(words, &prefixes,
			    &address);
	} else
		status = tr_property_destination(property->with, words,
		    &prefixes);
	if (status == TR_OK)
		status = finish_nat(property, &prefixes, of_destination);
	tr_list_clear(&prefixes);
	return status;
}

int
tr_property_rewrite(struct tr_property *property)
{
	struct tr_words *words = property->words;
	struct tr_sim_sequence *rule;
	int status = TR_OK;

	if (!tr_words_take(words, "sequence"))
		return tr_words_expected(words, "sequence");
	rule = tr_list_add(&property->node->sequences, sizeof(*rule));
	if (rule == NULL)
		return tr_words_no_memory(words);
	if (tr_words_take(words, "from"))
		status = tr_words_prefix(words, &rule->from);
	return status != TR_OK ? status :
	    read_mending(words, &rule->mending);
}

static const struct tr_property_choice acts[] = {
	{ "pass", TR_SIM_PASS },
	{ "drop", TR_SIM_DROP },
	{ "reset", TR_SIM_RESET },
	{ "prohibit", TR_SIM_PROHIBIT },
	{ "reject", TR_SIM_REJECT },
};

/* Those of all properties, and one of firewalls alone. */
static int
read_filter_kind(struct tr_words *words)
{
	if (tr_words_take(words, "errors"))
		return TR_SIM_ERRORS;
	return tr_property_choose(words, tr_property_protocols,
	    tr_property_protocol_count,
	    "udp, tcp, icmp, other, any or errors");
}

static int
read_filter_rest(struct tr_property *property, struct tr_sim_filter *filter)
{
	struct tr_words *words = property->words;
	int status;

	filter->from = TR_SIM_NONE;
	status = tr_property_port_list(words, &filter->ports);
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

int
tr_property_filter(struct tr_property *property)
{
	struct tr_words *words = property->words;
	struct tr_sim_filter *filter;
	int act, protocol;

	act = TR_PROPERTY_CHOOSE(words, acts,
	    "pass, drop, reset, prohibit or reject");
	if (act < 0)
		return TR_EFORMAT;
	protocol = read_filter_kind(words);
	if (protocol < 0)
		return TR_EFORMAT;
	filter = tr_list_add(&property->node->filters, sizeof(*filter));
	if (filter == NULL)
		return tr_words_no_memory(words);
	filter->act = (enum tr_sim_act)act;
	filter->protocols = (unsigned)protocol;
	return read_filter_rest(property, filter);
}
