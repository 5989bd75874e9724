/*
 * Fuzz target for topology files, and for the network that one describes: the
 * text up to a byte 0 is the file; what is behind it are packets, each with
 * its length in two bytes, that the prober sends.
 */
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "sim/network.h"
#include "sim/topology_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A topology of a few kilobytes may ask for a million nodes. */
#define NODES_WALKED	2000
#define DELIVERIES_MAX	2000

static void
send_all(struct tr_network *network, uint32_t prober, const uint8_t *data,
    size_t size)
{
	struct tr_delivery delivery;
	int64_t now = 0;
	int deliveries = 0;

	while (size > 2) {
		size_t length = (size_t)data[0] << 8 | data[1];

		data += 2, size -= 2;
		if (length > size)
			length = size;
		(void)tr_network_send(network, prober, data, length,
		    now += TR_MILLISECOND);
		data += length, size -= length;
	}
	while (deliveries++ < DELIVERIES_MAX && tr_network_run(network,
	    TR_TIME_NEVER - 1, &delivery) == 1)
		;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size == 0 ? NULL : memchr(data, 0, size);
	const size_t text = end == NULL ? size : (size_t)(end - data);
	struct tr_topology *topology;
	struct tr_network *network;
	struct tr_error error;

	topology = tr_topology_parse((const char *)data, text, "fuzz",
	    &error);
	if (topology == NULL)
		return 0;
	if (end != NULL && topology->nodes.count <= NODES_WALKED) {
		network = tr_network_new(topology, 1);
		if (network != NULL)
			send_all(network, tr_topology_prober(topology, NULL),
			    end + 1, size - text - 1);
		tr_network_free(network);
	}
	tr_topology_free(topology);
	return 0;
}
