/*
 * The properties of nodes in a topology file: a row and a reader for each.
 * trueroute-topology(5) says what they mean.
 */
#ifndef TR_SIM_PROPERTIES_H
#define TR_SIM_PROPERTIES_H

#include "sim/topology.h"
#include "sim/words.h"

/* What a reader of a property needs beside the words. */
struct tr_properties {
	struct tr_topology *topology;
	/* The node with this name, or TR_SIM_NONE. */
	uint32_t (*find)(void *context, const char *name);
	void	*context;
};

/* True where a line with this first word is a property of a node. */
bool tr_property_is_known(const char *keyword);

/*
 * Read a property's line, whose first word is its keyword, into a node.
 * All nodes and links are there by now.
 */
int tr_property_read(const struct tr_properties *properties, uint32_t node,
    struct tr_words *words);

/*
 * Read a destination: "any", a prefix, an address, or the name of a node for
 * all that is the node's.  They are added to prefixes.
 */
int tr_property_destination(const struct tr_properties *properties,
    struct tr_words *words, struct tr_list *prefixes);

/* Read the name of a node; what says which. */
int tr_property_node(const struct tr_properties *properties,
    struct tr_words *words, const char *what, uint32_t *node);

/* Read "from TIME" or "until TIME".  Returns 1 where neither comes next. */
int tr_property_window(struct tr_words *words, struct tr_sim_window *window);

#endif
