#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/capture.h"
#include "packet/link.h"
#include "sim/answer.h"
#include "sim/packet.h"

/* One of the prober's packets. */
struct probe {
	int64_t	 stamp;
	uint32_t number;		/* in the order of the capture */
	uint8_t	*bytes;			/* owned */
	size_t	 size;
};

struct answer {
	struct tr_network *network;
	uint32_t prober;
	struct tr_answer_counts *counts;
	struct tr_sim_packet packet;	/* the frame's, to look at */
	struct tr_list probes;
};

/* Returns TR_OK or TR_ENOMEM. */
static int
keep_frame(struct answer *answer, const struct tr_frame *frame)
{
	struct tr_link_info info;
	struct probe *probe;
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
	probe = tr_list_add(&answer->probes, sizeof(*probe));
	if (probe == NULL)
		return TR_ENOMEM;
	probe->bytes = malloc(info.ip_size);
	if (probe->bytes == NULL)
		return TR_ENOMEM;
	memcpy(probe->bytes, info.ip, info.ip_size);
	probe->size = info.ip_size;
	probe->stamp = frame->stamp;
	probe->number = answer->probes.count;
	return TR_OK;
}

static int
keep_frames(struct answer *answer, struct tr_capture *capture,
    struct tr_error *error)
{
	struct tr_frame frame;
	int status;

	while ((status = tr_capture_next(capture, &frame, error)) == 1)
		if (keep_frame(answer, &frame) != TR_OK)
			return tr_fail(error, TR_ENOMEM, "out of memory");
	return status;
}

/* A capture of several devices need not be in the order of time. */
static int
by_time(const void *a, const void *b)
{
	const struct probe *x = a, *y = b;

	if (x->stamp != y->stamp)
		return x->stamp < y->stamp ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Returns 0 or TR_ENOMEM. */
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

static int
send_probes(struct answer *answer)
{
	const struct probe *probes = answer->probes.items;
	int status = TR_OK;

	if (answer->probes.count > 0)
		qsort(answer->probes.items, answer->probes.count,
		    sizeof(*probes), by_time);
	for (uint32_t i = 0; i < answer->probes.count &&
	    status != TR_ENOMEM; i++) {
		status = run_until(answer, probes[i].stamp);
		if (status != TR_OK)
			break;
		answer->counts->sent++;
		status = tr_network_send(answer->network, answer->prober,
		    probes[i].bytes, probes[i].size, probes[i].stamp);
	}
	if (status == TR_ENOMEM)
		return status;
	/* What is still under way. */
	return run_until(answer, TR_TIME_NEVER - 1);
}

static int
answer_all(struct answer *answer, struct tr_capture *capture,
    struct tr_error *error)
{
	const int status = keep_frames(answer, capture, error);

	if (status != TR_OK)
		return status;
	return send_probes(answer) == TR_OK ? TR_OK :
	    tr_fail(error, TR_ENOMEM, "out of memory");
}

static void
clear(struct answer *answer)
{
	const struct probe *probes = answer->probes.items;

	for (uint32_t i = 0; i < answer->probes.count; i++)
		free(probes[i].bytes);
	tr_list_clear(&answer->probes);
	tr_sim_packet_clear(&answer->packet);
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
	status = answer_all(&answer, capture, error);
	tr_capture_close(capture);
	clear(&answer);
	return status;
}
