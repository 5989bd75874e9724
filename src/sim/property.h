/*
 * What the readers of properties share (sim/properties.h): one line of a
 * node's being read, and the readers themselves, each of the words behind its
 * keyword.
 */
#ifndef TR_SIM_PROPERTY_H
#define TR_SIM_PROPERTY_H

#include "sim/properties.h"

struct tr_property {
	const struct tr_properties *with;
	struct tr_sim_node *node;
	uint32_t number;		/* of the node */
	struct tr_words *words;
};

/* A word and the number that it stands for. */
struct tr_property_choice {
	const char *word;
	int	 number;
};

#define TR_PROPERTY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Kinds of probes: udp, tcp, icmp, other, any. */
extern const struct tr_property_choice tr_property_protocols[];
extern const size_t tr_property_protocol_count;

/*
 * Take one word of a list.  Returns its number, or -1 with a text that what
 * was expected.
 */
int tr_property_choose(struct tr_words *words,
    const struct tr_property_choice *choices, size_t count,
    const char *what);

#define TR_PROPERTY_CHOOSE(words, choices, what)			\
	tr_property_choose(words, choices, TR_PROPERTY_COUNT(choices), what)

/* Add a prefix to a list; none where the address is none. */
int tr_property_add_prefix(struct tr_words *words, struct tr_list *prefixes,
    const struct tr_address *address, uint8_t length);

/* The same for an address alone. */
int tr_property_add_address(struct tr_words *words, struct tr_list *prefixes,
    const struct tr_address *address);

/* Take ports for as long as numbers come; struct tr_sim_ports. */
int tr_property_port_list(struct tr_words *words, struct tr_list *list);

/* sim/properties_passing.c: what becomes of packets that pass. */
int tr_property_balance(struct tr_property *property);
int tr_property_clear(struct tr_property *property);
int tr_property_filter(struct tr_property *property);
int tr_property_loss(struct tr_property *property);
int tr_property_nat(struct tr_property *property);
int tr_property_rewrite(struct tr_property *property);
int tr_property_route(struct tr_property *property);
int tr_property_set(struct tr_property *property);
int tr_property_unreachable(struct tr_property *property);
int tr_property_zero_ttl(struct tr_property *property);

/* sim/properties_answer.c: how the node answers. */
int tr_property_extension(struct tr_property *property);
int tr_property_ip_id(struct tr_property *property);
int tr_property_like(struct tr_property *property);
int tr_property_limit(struct tr_property *property);
int tr_property_quote(struct tr_property *property);
int tr_property_reply(struct tr_property *property);
int tr_property_silent(struct tr_property *property);
int tr_property_ttl(struct tr_property *property);

#endif
