/*
 * Statements that make nodes, and the names of nodes.
 */
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(row) ((row)->homeless = true)
#include <uthash.h>

#include "base/error.h"
#include "sim/statements.h"

#define NODES_MAX	1000000

/* A node's name, and where it stands. */
struct tr_sim_named {
	char	 name[TR_SIM_NAME_MAX];
	uint32_t node;
	bool	 homeless;
	UT_hash_handle hh;
};

/* --- names -------------------------------------------------------------- */

/* Words that end a list of names, so that no node can be called so. */
static const char *const reserved[] = {
	"any", "back", "both", "by", "for", "from", "inside", "labels", "php",
	"to", "uhp", "until", "via",
};

bool
tr_statement_is_reserved(const char *name)
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
	if (tr_statement_is_reserved(name))
		return tr_words_fail(words, TR_EFORMAT, "\"%s\" is a word of "
		    "the format: call the node otherwise", name);
	return TR_OK;
}

static struct tr_sim_named *
find_named(const struct tr_statements *with, const char *name)
{
	struct tr_sim_named *named;

	HASH_FIND_STR(with->names, name, named);
	return named;
}

static int
add_named(struct tr_statements *with, const char *name, uint32_t node)
{
	struct tr_sim_named *named = calloc(1, sizeof(*named));

	if (named == NULL)
		return TR_ENOMEM;
	strncpy(named->name, name, sizeof(named->name) - 1);
	named->node = node;
	HASH_ADD_STR(with->names, name, named);
	if (named->homeless) {
		free(named);
		return TR_ENOMEM;
	}
	return TR_OK;
}

void
tr_statements_free(struct tr_statements *with)
{
	struct tr_sim_named *named, *next;

	HASH_ITER(hh, with->names, named, next) {
		HASH_DEL(with->names, named);
		free(named);
	}
}

uint32_t
tr_statements_find(void *context, const char *name)
{
	const struct tr_sim_named *named = find_named(context, name);

	return named == NULL ? TR_SIM_NONE : named->node;
}

/* --- nodes -------------------------------------------------------------- */

/* What no interface can have: RFC 1122, 3.2.1.3; RFC 4291, 2.5 and 2.7. */
int
tr_statement_check_address(struct tr_words *words,
    const struct tr_sim_prefix *own)
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

int
tr_statement_node(struct tr_statements *with, struct tr_words *words,
    enum tr_sim_kind kind)
{
	struct tr_topology *topology = with->topology;
	const char *name = tr_words_next(words);
	struct tr_sim_prefix *own;
	struct tr_sim_node *node;
	const struct tr_sim_named *other;
	int status;

	if (name == NULL)
		return tr_words_expected(words, "the node's name");
	status = check_name(words, name);
	if (status != TR_OK)
		return status;
	other = find_named(with, name);
	if (other != NULL)
		return tr_words_fail(words, TR_EFORMAT,
		    "there is a node %s already, at line %u", name,
		    tr_topology_node(topology, other->node)->line);
	if (topology->nodes.count == NODES_MAX)
		return tr_words_fail(words, TR_ERANGE,
		    "more than %d nodes", NODES_MAX);
	node = tr_topology_add_node(topology, kind, name);
	if (node == NULL || add_named(with, name,
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
			status = tr_statement_check_address(words, own);
		if (status == TR_OK && kind == TR_SIM_PROBER &&
		    own->length != tr_address_size(&own->address) * 8)
			status = tr_words_fail(words, TR_EFORMAT, "a prober "
			    "has addresses, not prefixes");
	}
	if (status == TR_OK && kind != TR_SIM_ROUTER && node->own.count == 0)
		return tr_words_expected(words, "an address");
	return status;
}
