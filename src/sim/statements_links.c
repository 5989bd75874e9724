/*
 * Statements that link nodes.
 */
#include <string.h>

#include "base/error.h"
#include "sim/properties.h"
#include "sim/statements.h"

#define LINKS_MAX	1000000
#define MTU_LEAST	68		/* RFC 791, 3.2 */
#define COST_MOST	1000000

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
		if (tr_statement_check_address(words, &(struct tr_sim_prefix){
		    address, (uint8_t)(tr_address_size(&address) * 8) }) !=
		    TR_OK)
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
read_end(struct tr_statements *with, struct tr_words *words, struct end *end)
{
	const char *word = tr_words_next(words);
	const size_t size = word == NULL ? 0 : strcspn(word, "=");
	char name[TR_SIM_NAME_MAX];
	int status = TR_OK;

	*end = (struct end){ .node = TR_SIM_NONE };
	if (word == NULL || size >= sizeof(name))
		return tr_words_expected(words, "a node");
	memcpy(name, word, size);
	name[size] = '\0';
	end->node = tr_statements_find(with, name);
	if (end->node == TR_SIM_NONE)
		return tr_words_expected(words, "a node");
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

int
tr_statement_link(struct tr_statements *with, struct tr_words *words)
{
	struct link link = {
		.there = with->link_default,
		.up = { 0, TR_TIME_NEVER },
	};
	struct end a, b;
	struct tr_sim_port *ports;
	uint32_t port_a, port_b;
	int status;

	if ((status = read_end(with, words, &a)) != TR_OK ||
	    (status = read_end(with, words, &b)) != TR_OK ||
	    (status = read_link_options(words, &link)) != TR_OK)
		return status;
	if (a.node == b.node)
		return tr_words_fail(words, TR_EFORMAT,
		    "a link needs two nodes, not one twice");
	if (with->topology->ports.count / 2 == LINKS_MAX)
		return tr_words_fail(words, TR_ERANGE,
		    "more than %d links", LINKS_MAX);
	if (tr_topology_add_link(with->topology, a.node, b.node, &port_a,
	    &port_b) != TR_OK)
		return tr_words_no_memory(words);
	ports = with->topology->ports.items;
	fill_port(&ports[port_a], &a, &link.there, &link.up);
	fill_port(&ports[port_b], &b, &link.back, &link.up);
	return TR_OK;
}

/* "links OPTION...": what the links below are, unless they say more. */
int
tr_statement_links(struct tr_statements *with, struct tr_words *words)
{
	int status = TR_OK;

	while (status == TR_OK && tr_words_next(words) != NULL) {
		status = read_link_option(words, &with->link_default);
		if (status == 1)
			status = tr_words_expected(words, "delay, jitter, "
			    "loss, duplicate, reorder, mtu or cost");
	}
	return status;
}
