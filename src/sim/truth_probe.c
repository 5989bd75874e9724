#include "base/error.h"
#include "sim/truth_part.h"

#define UDP_HEADER	8
#define TCP_HEADER	20
#define ECHO_HEADER	8
#define STEERING	2		/* bytes that bring a checksum about */

static size_t
body_size(const struct tr_truth_probe *probe)
{
	const size_t header = probe->dst.family == 4 ? 20 : 40;
	size_t least = UDP_HEADER;

	if (probe->protocol == TR_SIM_TCP)
		least = TCP_HEADER;
	else if (probe->protocol == TR_SIM_ICMP)
		least = ECHO_HEADER + STEERING;
	return probe->size > header + least ? probe->size - header : least;
}

static void
write_echo(struct tr_sim_packet *packet, const struct tr_truth_probe *probe)
{
	const size_t at = packet->header;
	const uint8_t type = probe->dst.family == 4 ? 8 : 128;
	uint16_t natural;

	tr_sim_put(packet, at, &type, 1);
	tr_sim_put_u16(packet, at + 4, probe->source_port);
	tr_sim_put_u16(packet, at + 6, 1);
	(void)tr_sim_packet_decode(packet);
	tr_sim_put_checksum(packet);
	if (probe->icmp_checksum == 0)
		return;
	/* With this word in the payload the sum is that of the wish. */
	natural = tr_sim_get_u16(packet, at + 2);
	tr_sim_put_u16(packet, at + ECHO_HEADER, (uint16_t)~tr_sim_fold(
	    (uint32_t)natural + (uint16_t)~probe->icmp_checksum));
	tr_sim_put_checksum(packet);
}

int
tr_truth_make_probe(const struct tr_truth_probe *probe,
    struct tr_sim_packet *packet)
{
	struct tr_sim_header header = {
		.src = probe->src,
		.dst = probe->dst,
		.ttl = 1,
		.tos = probe->tos,
		.id = 1,
		.protocol = TR_SIM_IPPROTO_UDP,
		.flow_label = probe->flow_label,
		.dont_fragment = probe->dont_fragment,
	};
	const size_t size = body_size(probe);

	if (probe->protocol == TR_SIM_TCP)
		header.protocol = TR_SIM_IPPROTO_TCP;
	else if (probe->protocol == TR_SIM_ICMP)
		header.protocol = probe->dst.family == 4 ?
		    TR_SIM_IPPROTO_ICMP : TR_SIM_IPPROTO_ICMP6;
	if (tr_sim_packet_make(packet, &header, size) != TR_OK)
		return TR_ENOMEM;
	if (probe->protocol == TR_SIM_ICMP)
		write_echo(packet, probe);
	else {
		tr_sim_put_u16(packet, packet->header, probe->source_port);
		tr_sim_put_u16(packet, packet->header + 2,
		    probe->destination_port);
		if (probe->protocol == TR_SIM_UDP)
			tr_sim_put_u16(packet, packet->header + 4,
			    (uint16_t)size);
		else
			tr_sim_put_u16(packet, packet->header + 12,
			    TCP_HEADER / 4 << 12 | TR_SIM_TCP_SYN);
		tr_sim_put_checksum(packet);
	}
	return tr_sim_packet_decode(packet);
}
