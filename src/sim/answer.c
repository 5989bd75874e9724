#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "io/capture.h"
#include "packet/link.h"
#include "sim/answer.h"
#include "sim/packet.h"

struct answer {
	struct tr_network *network;
	uint32_t prober;
	struct tr_answer_counts *counts;
	struct tr_sim_packet packet;	/* the frame's, to look at */
};

static int
run_until(struct answer *answer, int64_t until)
{
	struct tr_delivery delivery;
	int status;

	while ((status = tr_network_run(answer->network, until,
	    &delivery)) == 1)
		answer->counts->answers +=
		    delivery.prober == answer->prober;
	return status;
}

/* Returns TR_OK or TR_ENOMEM. */
static int
take_frame(struct answer *answer, const struct tr_frame *frame)
{
	struct tr_link_info info;
	int status;

	answer->counts->frames++;
	if (tr_link_decode(frame->link, frame->data, frame->size, &info) !=
	    TR_OK)
		return TR_OK;
	status = tr_sim_packet_load(&answer->packet, info.ip, info.ip_size);
	if (status != TR_OK)
		return status == TR_ENOMEM ? status : TR_OK;
	if (!tr_topology_owns(tr_network_topology(answer->network),
	    answer->prober, &answer->packet.src))
		return TR_OK;
	status = run_until(answer, frame->stamp);
	if (status < 0)
		return status;
	answer->counts->sent++;
	status = tr_network_send(answer->network, answer->prober, info.ip,
	    info.ip_size, frame->stamp);
	return status == TR_ENOMEM ? status : TR_OK;
}

static int
take_frames(struct answer *answer, struct tr_capture *capture,
    struct tr_error *error)
{
	struct tr_frame frame;
	int status;

	while ((status = tr_capture_next(capture, &frame, error)) == 1)
		if (take_frame(answer, &frame) != TR_OK)
			return tr_fail(error, TR_ENOMEM, "out of memory");
	if (status < 0)
		return status;
	/* What is still under way. */
	return run_until(answer, TR_TIME_NEVER - 1) < 0 ?
	    tr_fail(error, TR_ENOMEM, "out of memory") : TR_OK;
}

int
tr_answer_capture(struct tr_network *network, uint32_t prober,
    const char *path, struct tr_answer_counts *counts,
    struct tr_error *error)
{
	struct answer answer = {
		.network = network,
		.prober = prober,
		.counts = counts,
	};
	FILE *stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	struct tr_capture *capture;
	int status;

	*counts = (struct tr_answer_counts){ .frames = 0 };
	if (stream == NULL)
		return tr_fail(error, TR_ENOTFOUND, "cannot read %s: %s",
		    path, strerror(errno));
	capture = tr_capture_open_file(stream, path, error);
	if (capture == NULL)
		return error->code;
	status = take_frames(&answer, capture, error);
	tr_capture_close(capture);
	tr_sim_packet_clear(&answer.packet);
	return status;
}
