#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/simulation.h"

/* A probe that has just left, for the capture to show. */
struct departure {
	uint8_t	*bytes;			/* owned */
	size_t	 size;
};

struct world {
	const struct tr_simulation *simulation;
	struct tr_driver driver;
	struct tr_list departures;	/* struct departure */
	int64_t	 now;
	int64_t	 wake;
	bool	 no_memory;
};

static int
note_departure(struct world *world, const uint8_t *packet, size_t size)
{
	struct departure *departure = tr_list_add(&world->departures,
	    sizeof(*departure));

	if (departure == NULL)
		return TR_ENOMEM;
	departure->bytes = malloc(size);
	if (departure->bytes == NULL) {
		world->departures.count--;
		return TR_ENOMEM;
	}
	departure->size = size;
	memcpy(departure->bytes, packet, size);
	return TR_OK;
}

static int
send_packet(void *context, const uint8_t *packet, size_t size)
{
	struct world *world = context;

	switch (tr_network_send(world->simulation->network,
	    world->simulation->prober, packet, size, world->now)) {
	case TR_OK:
		if (note_departure(world, packet, size) == TR_OK)
			return 0;
		break;
	case TR_ERANGE:
		return EMSGSIZE;
	case TR_ENOTFOUND:
		return ENETUNREACH;
	case TR_EFORMAT:
		return EINVAL;
	default:
		break;
	}
	world->no_memory = true;
	return ENOMEM;
}

static void
wake_at(void *context, int64_t at)
{
	struct world *world = context;

	world->wake = at;
}

static const struct tr_driver_world simulated_world = {
	send_packet, wake_at,
};

static void
show_frame(struct world *world, const uint8_t *packet, size_t size)
{
	const struct tr_frame frame = {
		.link = TR_LINK_RAW,
		.data = packet,
		.size = size,
		.wire_size = size,
		.stamp = TR_SIMULATION_EPOCH + world->now,
	};

	tr_driver_frame(&world->driver, &frame, world->now);
}

/* The capture shows what was sent; this may make the engine send more. */
static void
show_departures(struct world *world)
{
	for (uint32_t i = 0; i < world->departures.count; i++) {
		struct departure *departures = world->departures.items;
		const struct departure departure = departures[i];

		/* The list may move, and grows, meanwhile. */
		departures[i].bytes = NULL;
		if (!world->driver.done)
			show_frame(world, departure.bytes, departure.size);
		free(departure.bytes);
	}
	world->departures.count = 0;
}

/* Events between two looks at whether the user wants no more. */
#define EVENTS_AT_ONCE 4096

static bool
is_interrupted(const struct world *world)
{
	return world->simulation->interrupted != NULL &&
	    *world->simulation->interrupted != 0;
}

/* Let time pass until a packet comes or the engine wants to be woken. */
static void
pass_time(struct world *world)
{
	struct tr_network *network = world->simulation->network;
	struct tr_delivery delivery;
	const int status = tr_network_run(network, world->wake, &delivery);

	if (status < 0)
		world->no_memory = true;
	else if (status == 1 &&
	    delivery.prober == world->simulation->prober) {
		world->now = delivery.at;
		show_frame(world, delivery.packet, delivery.size);
	} else if (status == 0 && tr_network_next(network) !=
	    TR_TIME_NEVER && tr_network_next(network) <= world->wake) {
		/* More is due: but first a look around. */
		return;
	} else if (status == 0 && world->wake != TR_TIME_NEVER) {
		world->now = world->wake;
		tr_driver_feed(&world->driver, TR_EVENT_TIMER, world->now);
	} else if (status == 0) {
		/* Nothing will ever come, and it waits for it. */
		tr_driver_feed(&world->driver, TR_EVENT_STOP, world->now);
	}
}

int
tr_simulation_run(const struct tr_simulation *simulation,
    struct tr_error *error)
{
	struct world world = {
		.simulation = simulation,
		.driver = {
			.engine = simulation->engine,
			.sink = &simulation->sink,
			.world = &simulated_world,
			.world_state = &world,
		},
		.wake = TR_TIME_NEVER,
	};

	tr_driver_feed(&world.driver, TR_EVENT_START, world.now);
	show_departures(&world);
	tr_network_limit(simulation->network, EVENTS_AT_ONCE);
	while (!world.driver.done && !world.no_memory) {
		if (is_interrupted(&world))
			tr_driver_feed(&world.driver, TR_EVENT_STOP,
			    world.now);
		else
			pass_time(&world);
		show_departures(&world);
	}
	show_departures(&world);
	tr_list_clear(&world.departures);
	if (world.no_memory)
		return tr_fail(error, TR_ENOMEM, "out of memory");
	return TR_OK;
}
