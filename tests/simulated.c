#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "simulated.h"

void
simulated_open(struct simulated *simulated, const char *text)
{
	struct tr_error error;

	simulated->topology = tr_topology_parse(text, strlen(text), "test",
	    &error);
	if (simulated->topology == NULL)
		fail_msg("%s", error.text);
	simulated->network = tr_network_new(simulated->topology,
	    simulated->topology->seed);
	assert_non_null(simulated->network);
	simulated->prober = tr_topology_prober(simulated->topology, NULL);
}

void
simulated_close(struct simulated *simulated)
{
	tr_network_free(simulated->network);
	tr_topology_free(simulated->topology);
}

/* --- making a probe ----------------------------------------------------- */

static void
put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void
put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint32_t
add(uint32_t sum, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum += i % 2 == 0 ? (uint32_t)data[i] << 8 : data[i];
	return sum;
}

static unsigned
folded(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* The sum of the pseudo header and the transport. */
static uint32_t
transport_sum(const uint8_t *ip, size_t size)
{
	const bool v6 = ip[0] >> 4 == 6;
	const size_t header = v6 ? 40 : 20;
	const uint8_t protocol = v6 ? ip[6] : ip[9];
	uint32_t sum = 0;

	if (v6 || protocol != 1) {
		sum = add(sum, ip + (v6 ? 8 : 12), v6 ? 32 : 8);
		sum += protocol + (uint32_t)(size - header);
	}
	return add(sum, ip + header, size - header);
}

static size_t
checksum_place(uint8_t protocol)
{
	return protocol == 17 ? 6 : protocol == 6 ? 16 : 2;
}

static size_t
fill_transport(uint8_t *at, const struct probe *probe, uint8_t protocol)
{
	const uint16_t payload = probe->payload != 0 ? probe->payload : 32;
	const unsigned from = probe->source_port != 0 ?
	    probe->source_port : 40000;
	const unsigned to = probe->destination_port != 0 ?
	    probe->destination_port : 33434;
	size_t header = 8;

	if (protocol == 17) {
		put16(at, from);
		put16(at + 2, to);
		put16(at + 4, 8U + payload);
	} else if (protocol == 6) {
		header = 20;
		put16(at, from);
		put16(at + 2, to);
		put32(at + 4, probe->tcp_sequence != 0 ?
		    probe->tcp_sequence : 1000);
		put32(at + 8, probe->tcp_acknowledgement);
		at[12] = 0x50;
		at[13] = probe->tcp_flags != 0 ? probe->tcp_flags : 2;
	} else {
		at[0] = protocol == 1 ? 8 : 128;
		put16(at + 4, from);
		put16(at + 6, to);
	}
	for (size_t i = 0; i < payload; i++)
		at[header + i] = (uint8_t)i;
	return header + payload;
}

static void
put_address(uint8_t *at, const char *text, uint8_t family)
{
	struct tr_address address = { .family = 0 };

	assert_int_equal(TR_OK, tr_address_parse(text, &address));
	assert_int_equal(family, address.family);
	memcpy(at, address.bytes, tr_address_size(&address));
}

void
probe_make(const struct probe *probe, struct packet *packet)
{
	const char *dst = probe->dst != NULL ? probe->dst : "10.99.0.1";
	const bool v6 = strchr(dst, ':') != NULL;
	const char *src = probe->src != NULL ? probe->src :
	    v6 ? "fd00::1" : "10.0.0.1";
	const uint8_t ttl = probe->ttl != 0 ? probe->ttl : 64;
	const size_t header = v6 ? 40 : 20;
	uint8_t protocol = probe->protocol != 0 ? probe->protocol : 17;
	uint8_t *ip = packet->bytes;
	size_t body, sum;

	memset(packet, 0, sizeof(*packet));
	if (v6 && protocol == 1)
		protocol = 58;
	body = fill_transport(ip + header, probe, protocol);
	packet->size = header + body;
	if (v6) {
		put32(ip, UINT32_C(6) << 28 | (uint32_t)probe->tos << 20 |
		    probe->label);
		put16(ip + 4, (unsigned)body);
		ip[6] = protocol;
		ip[7] = ttl;
		put_address(ip + 8, src, 6);
		put_address(ip + 24, dst, 6);
	} else {
		ip[0] = 0x45;
		ip[1] = probe->tos;
		put16(ip + 2, (unsigned)packet->size);
		put16(ip + 4, probe->id != 0 ? probe->id : 1);
		put16(ip + 6, probe->dont_fragment ? 0x4000 : 0);
		ip[8] = ttl;
		ip[9] = protocol;
		put_address(ip + 12, src, 4);
		put_address(ip + 16, dst, 4);
		put16(ip + 10, folded(add(0, ip, 20)));
	}
	sum = header + checksum_place(protocol);
	put16(ip + sum, folded(transport_sum(ip, packet->size)) +
	    probe->wrong_checksum);
}

/* --- sending and taking ------------------------------------------------- */

int
simulated_send(struct simulated *simulated, const struct probe *probe,
    int64_t now)
{
	struct packet packet;

	probe_make(probe, &packet);
	return tr_network_send(simulated->network, simulated->prober,
	    packet.bytes, packet.size, now);
}

bool
simulated_next(struct simulated *simulated, int64_t until,
    struct packet *packet)
{
	struct tr_delivery delivery;
	const int status = tr_network_run(simulated->network, until,
	    &delivery);

	assert_true(status >= 0);
	if (status == 0)
		return false;
	assert_true(delivery.size <= sizeof(packet->bytes));
	memcpy(packet->bytes, delivery.packet, delivery.size);
	packet->size = delivery.size;
	packet->at = delivery.at;
	return true;
}

bool
simulated_ask(struct simulated *simulated, const struct probe *probe,
    int64_t now, struct packet *answer)
{
	assert_int_equal(TR_OK, simulated_send(simulated, probe, now));
	return simulated_next(simulated, TR_TIME_NEVER - 1, answer);
}

/* --- looking at a packet ------------------------------------------------ */

unsigned
packet_u16(const struct packet *packet, size_t at)
{
	assert_true(at + 2 <= packet->size);
	return (unsigned)packet->bytes[at] << 8 | packet->bytes[at + 1];
}

static bool
is_v6(const struct packet *packet)
{
	return packet->bytes[0] >> 4 == 6;
}

bool
packet_is_from(const struct packet *packet, const char *address)
{
	struct tr_address parsed = { .family = 0 };

	assert_int_equal(TR_OK, tr_address_parse(address, &parsed));
	return memcmp(packet->bytes + (is_v6(packet) ? 8 : 12), parsed.bytes,
	    tr_address_size(&parsed)) == 0;
}

uint8_t
packet_ttl(const struct packet *packet)
{
	return packet->bytes[is_v6(packet) ? 7 : 8];
}

size_t
packet_transport(const struct packet *packet)
{
	return is_v6(packet) ? 40 : 20;
}

unsigned
packet_icmp(const struct packet *packet)
{
	return packet_u16(packet, packet_transport(packet));
}

size_t
packet_quote(const struct packet *packet)
{
	return packet_transport(packet) + 8;
}

bool
packet_is_sound(const struct packet *packet)
{
	const bool v6 = is_v6(packet);

	return (v6 || folded(add(0, packet->bytes, 20)) == 0) &&
	    packet_u16(packet, v6 ? 4 : 2) == packet->size - (v6 ? 40 : 0) &&
	    folded(transport_sum(packet->bytes, packet->size)) == 0;
}

bool
is_near(double seen, double count, double p)
{
	return fabs(seen - count * p) <= 4 * sqrt(count * p * (1 - p));
}
