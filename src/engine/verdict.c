#include "engine/verdict.h"
#include "packet/wire.h"

const char *
tr_verdict_name(enum tr_verdict verdict)
{
	static const char *const names[] = {
		[TR_VERDICT_NONE] = "none",
		[TR_VERDICT_TRANSIT] = "transit",
		[TR_VERDICT_ARRIVED] = "arrived",
		[TR_VERDICT_STOPPED] = "stopped",
	};

	return names[verdict];
}

static bool
is_port_unreachable(const struct tr_packet *reply)
{
	return reply->icmp.class == TR_ICMP_UNREACHABLE &&
	    reply->icmp.code == (reply->ip.version == 4 ?
	    TR_ICMP4_UNREACHABLE_PORT : TR_ICMP6_UNREACHABLE_PORT);
}

static enum tr_verdict
verdict_of_icmp(enum tr_protocol protocol, const struct tr_packet *reply)
{
	switch (reply->icmp.class) {
	case TR_ICMP_TIME_EXCEEDED:
		return TR_VERDICT_TRANSIT;
	case TR_ICMP_ECHO_REPLY:
		return protocol == TR_PROTOCOL_ICMP ?
		    TR_VERDICT_ARRIVED : TR_VERDICT_NONE;
	case TR_ICMP_UNREACHABLE:
		return protocol == TR_PROTOCOL_UDP &&
		    is_port_unreachable(reply) ?
		    TR_VERDICT_ARRIVED : TR_VERDICT_STOPPED;
	case TR_ICMP_TOO_BIG:
	case TR_ICMP_PARAMETER:
	case TR_ICMP_REASSEMBLY:
		return TR_VERDICT_STOPPED;
	case TR_ICMP_OTHER:
	case TR_ICMP_ECHO_REQUEST:
	case TR_ICMP_QUENCH:
	case TR_ICMP_REDIRECT:
		break;
	}
	return TR_VERDICT_NONE;
}

enum tr_verdict
tr_verdict_of(enum tr_protocol protocol, const struct tr_packet *reply)
{
	if (reply->is_icmp)
		return verdict_of_icmp(protocol, reply);
	if (reply->transport.protocol == tr_protocol_number(protocol,
	    reply->ip.version))
		return TR_VERDICT_ARRIVED;
	return TR_VERDICT_NONE;
}
