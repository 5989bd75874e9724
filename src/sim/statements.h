/*
 * The statements of a topology file that make nodes, links and tunnels: a
 * reader for each.  trueroute-topology(5) says what they mean.
 */
#ifndef TR_SIM_STATEMENTS_H
#define TR_SIM_STATEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/topology.h"
#include "sim/words.h"

struct tr_sim_named;

/* What is made, and what a statement leaves to those behind it. */
struct tr_statements {
	struct tr_topology *topology;
	struct tr_sim_named *names;	/* owned; NULL at first */
	struct tr_sim_way link_default;
};

/* Free the names, not the topology. */
void tr_statements_free(struct tr_statements *statements);

/*
 * The node with this name, or TR_SIM_NONE; of a struct tr_statements, for
 * struct tr_properties.
 */
uint32_t tr_statements_find(void *statements, const char *name);

/*
 * Each reader takes the words behind its keyword: all of them, or it fails.
 * They return TR_OK; or TR_EFORMAT, TR_ERANGE or TR_ENOMEM with a text.
 */

/* sim/statements_nodes.c: NAME ADDRESS... */
int tr_statement_node(struct tr_statements *with, struct tr_words *words,
    enum tr_sim_kind kind);

/* sim/statements_links.c: END END OPTION..., of nodes that are there. */
int tr_statement_link(struct tr_statements *with, struct tr_words *words);

/* OPTION...: what the links behind it are, unless they say more. */
int tr_statement_links(struct tr_statements *with, struct tr_words *words);

/* sim/statements_tunnels.c: KIND NODE... OPTION..., of links that are there. */
int tr_statement_tunnel(struct tr_statements *with, struct tr_words *words);

/* True for a word that ends a list of names, so that no node is called so. */
bool tr_statement_is_reserved(const char *word);

/* TR_OK, or TR_EFORMAT with a text for what no interface can have. */
int tr_statement_check_address(struct tr_words *words,
    const struct tr_sim_prefix *own);

#endif
