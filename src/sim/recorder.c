#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/pcapng.h"
#include "packet/link.h"
#include "sim/recorder.h"

struct tr_recorder {
	struct tr_network *network;
	FILE	*stream;
	char	*path;
	int64_t	 offset;
	int	 failed;		/* errno of the first failure */
};

static void
note(struct tr_recorder *recorder, int status)
{
	if (status != TR_OK && recorder->failed == 0)
		recorder->failed = status == TR_ENOMEM ? ENOMEM :
		    errno != 0 ? errno : EIO;
}

static void
record(void *context, int64_t at, bool inward, const uint8_t *packet,
    size_t size)
{
	struct tr_recorder *recorder = context;

	(void)inward;
	note(recorder, tr_pcapng_write_packet(recorder->stream,
	    at + recorder->offset, packet, size, size, NULL));
}

static void
write_head(struct tr_recorder *recorder, const char *node,
    const char *command)
{
	note(recorder, tr_pcapng_write_section(recorder->stream,
	    "trueroute-sim " PACKAGE_VERSION, command));
	note(recorder, tr_pcapng_write_interface(recorder->stream,
	    tr_link_linktype(TR_LINK_RAW), UINT16_MAX, node));
}

struct tr_recorder *
tr_recorder_open(struct tr_network *network, uint32_t node, const char *path,
    int64_t offset, const char *command, struct tr_error *error)
{
	struct tr_recorder *recorder = calloc(1, sizeof(*recorder));

	if (recorder == NULL || (recorder->path = strdup(path)) == NULL) {
		free(recorder);
		tr_fail(error, TR_ENOMEM, "out of memory");
		return NULL;
	}
	recorder->stream = strcmp(path, "-") == 0 ? stdout :
	    fopen(path, "wbe");
	if (recorder->stream == NULL) {
		tr_fail(error, TR_ESYSTEM, "cannot write %s: %s", path,
		    strerror(errno));
		free(recorder->path);
		free(recorder);
		return NULL;
	}
	recorder->network = network;
	recorder->offset = offset;
	write_head(recorder, tr_topology_node(tr_network_topology(network),
	    node)->name, command);
	tr_network_tap(network, node, record, recorder);
	return recorder;
}

int
tr_recorder_close(struct tr_recorder *recorder, struct tr_error *error)
{
	int failed;

	if (recorder == NULL)
		return TR_OK;
	tr_network_tap(recorder->network, TR_SIM_NONE, NULL, NULL);
	errno = 0;
	if (recorder->stream == stdout ? fflush(stdout) != 0 :
	    fclose(recorder->stream) != 0)
		note(recorder, TR_ESYSTEM);
	failed = recorder->failed;
	if (failed != 0)
		tr_fail(error, TR_ESYSTEM, "cannot write %s: %s",
		    recorder->path, strerror(failed));
	free(recorder->path);
	free(recorder);
	return failed != 0 ? TR_ESYSTEM : TR_OK;
}
