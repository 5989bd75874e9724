#include "engine/record.h"

const char *
tr_stop_name(enum tr_stop stop)
{
	static const char *const names[] = {
		[TR_STOP_UNKNOWN] = "unknown",
		[TR_STOP_ARRIVED] = "arrived",
		[TR_STOP_UNREACHABLE] = "unreachable",
		[TR_STOP_HOP_LIMIT] = "hop-limit",
		[TR_STOP_SILENCE] = "silence",
		[TR_STOP_PROBE_LIMIT] = "probe-limit",
		[TR_STOP_TIME_LIMIT] = "time-limit",
		[TR_STOP_SEND_FAILED] = "send-failed",
		[TR_STOP_INTERRUPTED] = "interrupted",
	};

	return names[stop];
}
