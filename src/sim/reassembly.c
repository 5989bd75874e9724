#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sim/reassembly.h"

/* A fragment's payload comes in units of 8 bytes, but for the last. */
#define UNIT	8
#define UNITS	(TR_SIM_PACKET_MAX / UNIT + 1)

struct tr_sim_partial {
	struct tr_sim_partial *next;
	struct tr_address src;
	struct tr_address dst;
	uint32_t id;
	uint8_t	 protocol;
	size_t	 end;			/* of the payload; 0: not known yet */
	uint8_t	 here[UNITS / 8 + 1];	/* a bit for each unit */
	size_t	 units_here;
	uint8_t	*payload;
};

static void
free_partial(struct tr_sim_partial *partial)
{
	free(partial->payload);
	free(partial);
}

void
tr_sim_partials_clear(struct tr_sim_node_state *node)
{
	struct tr_sim_partial *next;

	for (; node->partials != NULL; node->partials = next) {
		next = node->partials->next;
		free_partial(node->partials);
	}
	node->partial_count = 0;
}

static bool
is_of(const struct tr_sim_partial *partial,
    const struct tr_sim_packet *packet)
{
	return partial->id == packet->fragment_id &&
	    partial->protocol == packet->protocol &&
	    tr_address_equal(&partial->src, &packet->src) &&
	    tr_address_equal(&partial->dst, &packet->dst);
}

static void
drop_oldest(struct tr_sim_node_state *node)
{
	struct tr_sim_partial **last = &node->partials;

	while ((*last)->next != NULL)
		last = &(*last)->next;
	free_partial(*last);
	*last = NULL;
	node->partial_count--;
}

static struct tr_sim_partial *
find_or_add(struct tr_sim_node_state *node,
    const struct tr_sim_packet *packet)
{
	struct tr_sim_partial *partial;

	for (partial = node->partials; partial != NULL;
	    partial = partial->next)
		if (is_of(partial, packet))
			return partial;
	partial = calloc(1, sizeof(*partial));
	if (partial == NULL)
		return NULL;
	partial->payload = calloc(1, TR_SIM_PACKET_MAX);
	if (partial->payload == NULL) {
		free(partial);
		return NULL;
	}
	partial->src = packet->src;
	partial->dst = packet->dst;
	partial->id = packet->fragment_id;
	partial->protocol = packet->protocol;
	if (node->partial_count == TR_SIM_PARTIALS_MAX)
		drop_oldest(node);
	partial->next = node->partials;
	node->partials = partial;
	node->partial_count++;
	return partial;
}

static void
remove_partial(struct tr_sim_node_state *node,
    struct tr_sim_partial *partial)
{
	struct tr_sim_partial **at = &node->partials;

	while (*at != partial)
		at = &(*at)->next;
	*at = partial->next;
	node->partial_count--;
	free_partial(partial);
}

/* Keep the payload; false where it does not fit. */
static bool
keep(struct tr_sim_partial *partial, const struct tr_sim_packet *packet)
{
	const size_t size = packet->size - packet->header;
	const size_t from = packet->fragment_offset;

	if (from + size > TR_SIM_PACKET_MAX - packet->header ||
	    (packet->more_fragments && size % UNIT != 0))
		return false;
	memcpy(partial->payload + from, packet->bytes + packet->header,
	    size);
	for (size_t unit = from / UNIT; unit * UNIT < from + size; unit++)
		if ((partial->here[unit / 8] & 1 << unit % 8) == 0) {
			partial->here[unit / 8] |=
			    (uint8_t)(1 << unit % 8);
			partial->units_here++;
		}
	if (!packet->more_fragments)
		partial->end = from + size;
	return true;
}

/* A packet as it was before it was cut; options are left out. */
static int
make_whole(const struct tr_sim_partial *partial, struct tr_sim_packet *packet)
{
	const struct tr_sim_header header = {
		.src = partial->src,
		.dst = partial->dst,
		.ttl = packet->ttl,
		.tos = packet->tos,
		.protocol = partial->protocol,
		.id = (uint16_t)partial->id,
	};

	const unsigned steps = packet->steps;

	if (tr_sim_packet_make(packet, &header, partial->end) != TR_OK)
		return TR_ENOMEM;
	packet->steps = steps;
	tr_sim_put(packet, packet->header, partial->payload, partial->end);
	(void)tr_sim_packet_decode(packet);
	return 1;
}

int
tr_sim_reassemble(struct tr_sim_visit *visit)
{
	struct tr_sim_packet *packet = visit->packet;
	struct tr_sim_node_state *node = &visit->state->nodes[packet->node];
	struct tr_sim_partial *partial = find_or_add(node, packet);
	int status = 0;

	if (partial == NULL)
		return TR_ENOMEM;
	if (!keep(partial, packet))
		status = TR_EFORMAT;
	else if (partial->end != 0 &&
	    partial->units_here == (partial->end + UNIT - 1) / UNIT)
		status = make_whole(partial, packet);
	if (status != 0)
		remove_partial(node, partial);
	return status;
}
