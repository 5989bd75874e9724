#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "io/masking.h"
#include "io/replay.h"
#include "packet/mask_frame.h"
#include "packet/mask_text.h"

/* A probe as it was captured and as it is shown, from its IP header on. */
struct copy {
	uint8_t	*before;
	uint8_t	*after;
	size_t	 size;
};

struct masking {
	FILE	*from;
	const char *name;
	uint8_t	 hops;
	struct tr_evidence evidence;
	struct tr_rebuild *rebuild;
	struct tr_path *path;
	struct tr_mask *mask;
	struct tr_masker *masker;
	struct copy *copies;		/* by probe */
	struct tr_evidence_writer *to;
};

/* A frame of the trace, with what a comment says of it. */
struct kept_frame {
	struct tr_frame frame;
	struct tr_link_info link;
	struct tr_frame_role role;
	struct tr_frame_note note;
};

typedef int visit_fn(struct masking *masking, const struct kept_frame *kept);

/* --- the capture, again and again ---------------------------------------- */

/* From its beginning; reading it leaves the stream open. */
static FILE *
reopened(FILE *stream, struct tr_error *error)
{
	const int fd = dup(fileno(stream));
	FILE *again = fd < 0 || lseek(fd, 0, SEEK_SET) < 0 ? NULL :
	    fdopen(fd, "rb");

	if (again == NULL) {
		tr_fail(error, TR_ESYSTEM, "cannot read the capture again: %s",
		    strerror(errno));
		if (fd >= 0)
			close(fd);
	}
	return again;
}

static int
visit_frames(struct masking *masking, struct tr_capture *capture,
    visit_fn *visit)
{
	struct kept_frame kept;
	struct tr_error cut;
	uint32_t next_role = 0;
	size_t next_note = 0;
	int status = TR_OK;
	bool more = tr_rebuild_next_role(masking->rebuild, &next_role,
	    &kept.role);

	for (uint64_t number = 0; more && status == TR_OK &&
	    tr_capture_next(capture, &kept.frame, &cut) == 1; number++) {
		if (number != kept.role.frame)
			continue;
		kept.note = tr_evidence_note(&masking->evidence, number,
		    &next_note);
		if (tr_link_decode(kept.frame.link, kept.frame.data,
		    kept.frame.size, &kept.link) == TR_OK)
			status = visit(masking, &kept);
		more = tr_rebuild_next_role(masking->rebuild, &next_role,
		    &kept.role);
	}
	return status;
}

/* Visit the frames that are the trace's, in their order. */
static int
each_frame(struct masking *masking, visit_fn *visit, struct tr_error *error)
{
	FILE *again = reopened(masking->from, error);
	struct tr_capture *capture;
	int status;

	if (again == NULL)
		return error->code;
	capture = tr_capture_open_file(again, masking->name, error);
	if (capture == NULL)
		return error->code;
	status = visit_frames(masking, capture, visit);
	tr_capture_close(capture);
	return status == TR_OK ? TR_OK :
	    tr_fail(error, status, "%s: %s", masking->name,
	    tr_error_phrase(status));
}

static int
open_run(struct masking *masking, struct tr_error *warning,
    struct tr_error *error)
{
	FILE *again = reopened(masking->from, error);
	size_t count;

	if (again == NULL)
		return error->code;
	masking->rebuild = tr_replay_stream(again, masking->name, false,
	    &masking->evidence, &count, warning, error);
	if (masking->rebuild == NULL)
		return error->code;
	if (!masking->evidence.known || count != 1)
		return tr_fail(error, TR_EUNSUPPORTED, "%s: --privacy masks "
		    "one run that trueroute saved, with its comments: what "
		    "other programs' probes tell is not known",
		    masking->name);
	masking->path = tr_rebuild_path(masking->rebuild, 0);
	return TR_OK;
}

/* --- what is hidden ------------------------------------------------------ */

/* All that has to do with this host itself. */
static int
hide_own(struct masking *masking, const struct kept_frame *kept)
{
	struct tr_mask *mask = masking->mask;
	struct tr_address gateway;
	struct tr_packet packet;
	int status;

	if (tr_packet_decode(kept->frame.link, kept->frame.data,
	    kept->frame.size, &packet) != TR_OK)
		return TR_OK;
	if (!kept->role.is_reply)
		return tr_mask_hide(mask, &packet.ip.src, 0);
	status = tr_mask_hide(mask, &packet.ip.dst, 0);
	if (status == TR_OK && packet.has_quote)
		status = tr_mask_hide(mask, &packet.quote.src, 0);
	/* Only who is on the same link redirects, and to one that is too. */
	if (status == TR_OK && tr_mask_redirect(&packet, &gateway))
		status = tr_mask_hide(mask, &gateway, 1);
	return status;
}

static bool
is_early(const struct masking *masking, const struct tr_path_reply *reply)
{
	return masking->path->probes[reply->probe].ttl <= masking->hops;
}

static int
hide_responders(struct masking *masking, uint8_t ttl)
{
	const struct tr_path *path = masking->path;
	int status = TR_OK;

	for (uint32_t i = 0; i < path->reply_count && status == TR_OK; i++)
		if (path->probes[path->replies[i].probe].ttl == ttl)
			status = tr_mask_hide(masking->mask,
			    &path->replies[i].responder, ttl);
	return status;
}

/*
 * Who answered from nobody knows where may be among the first hops, unless it
 * is seen behind them.  These frames are left out; what is known of who sent
 * them is too.
 */
static int
hide_unattributed(struct masking *masking)
{
	const struct tr_path *path = masking->path;
	int status = TR_OK;

	for (uint32_t i = 0; i < path->reply_count && status == TR_OK; i++)
		if (!is_early(masking, &path->replies[i]))
			status = tr_mask_keep(masking->mask,
			    &path->replies[i].responder);
	for (uint32_t i = 0; i < path->reply_count && status == TR_OK; i++)
		if (path->probes[path->replies[i].probe].ttl == 0)
			status = tr_mask_hide(masking->mask,
			    &path->replies[i].responder, 0);
	return status;
}

static bool
is_sent_elsewhere(const struct masking *masking,
    const struct tr_path_reply *reply)
{
	const struct tr_path_probe *probe =
	    &masking->path->probes[reply->probe];

	return reply->has_quote &&
	    !tr_address_equal(&reply->quote.dst, &probe->identity.dst);
}

/* The first hop behind the hidden ones that quotes the address sent to. */
static unsigned
first_untranslated(const struct masking *masking)
{
	const struct tr_path *path = masking->path;
	unsigned first = UINT8_MAX + 1;

	for (uint32_t i = 0; i < path->reply_count; i++) {
		const struct tr_path_reply *reply = &path->replies[i];
		const uint8_t ttl = path->probes[reply->probe].ttl;

		if (reply->has_quote && !is_early(masking, reply) &&
		    !is_sent_elsewhere(masking, reply) && ttl < first)
			first = ttl;
	}
	return first;
}

/*
 * Where a NAT sends the probes to, unless a hop behind the hidden ones shows
 * that it is later: the NAT's own answers may quote what came to it.
 */
static int
hide_quoted(struct masking *masking)
{
	const struct tr_path *path = masking->path;
	const unsigned first = first_untranslated(masking);
	int status = TR_OK;

	for (uint32_t i = 0; i < path->reply_count && status == TR_OK; i++) {
		const struct tr_path_reply *reply = &path->replies[i];
		const uint8_t ttl = path->probes[reply->probe].ttl;

		if (is_sent_elsewhere(masking, reply) && ttl <= first)
			status = tr_mask_hide(masking->mask,
			    &reply->quote.dst, ttl < masking->hops ? ttl :
			    masking->hops);
	}
	return status;
}

/* Real addresses that look like stand-ins; some networks do use 240/4. */
static int
avoid_real(struct masking *masking)
{
	const struct tr_path *path = masking->path;
	int status = TR_OK;

	if (path->run.masked_hops != 0)
		return TR_OK;
	for (uint32_t i = 0; i < path->reply_count && status == TR_OK; i++) {
		const struct tr_path_reply *reply = &path->replies[i];

		if (tr_mask_is_stand_in(&reply->responder))
			status = tr_mask_avoid(masking->mask,
			    &reply->responder);
		if (status == TR_OK && tr_mask_is_stand_in(&reply->quote.dst))
			status = tr_mask_avoid(masking->mask,
			    &reply->quote.dst);
	}
	return status;
}

/* Names for what is hidden, this host's first, then hop by hop. */
static int
fill_mask(struct masking *masking, struct tr_error *error)
{
	const struct tr_run *run = &masking->path->run;
	int status = tr_mask_keep(masking->mask, &run->flow.dst);

	if (status == TR_OK)
		status = avoid_real(masking);
	if (status == TR_OK)
		status = tr_mask_hide(masking->mask, &run->flow.src, 0);
	if (status == TR_OK)
		status = each_frame(masking, hide_own, error);
	for (unsigned ttl = 1; ttl <= masking->hops && status == TR_OK; ttl++)
		status = hide_responders(masking, (uint8_t)ttl);
	if (status == TR_OK)
		status = tr_mask_hide(masking->mask, &run->gateway, 1);
	if (status == TR_OK)
		status = hide_quoted(masking);
	if (status == TR_OK)
		status = hide_unattributed(masking);
	return status == TR_OK ? TR_OK : tr_fail(error, status,
	    "%s: cannot mask it: %s", masking->name, tr_error_phrase(status));
}

/* --- frames -------------------------------------------------------------- */

static void
write_frame(const struct masking *masking, const struct kept_frame *kept,
    const uint8_t *packet, size_t size)
{
	const struct tr_frame *frame = &kept->frame;
	const size_t left_out = frame->size - size;

	tr_evidence_frame(masking->to, &(struct tr_frame){
		.link = TR_LINK_RAW,
		.data = packet,
		.size = size,
		.wire_size = frame->wire_size < frame->size ? size :
		    frame->wire_size - left_out,
		.stamp = frame->stamp,
	}, &kept->note);
}

static int
write_probe(struct masking *masking, const struct kept_frame *kept)
{
	const struct tr_link_info *link = &kept->link;
	struct copy *copy = &masking->copies[kept->role.probe];
	int size;

	if (copy->before != NULL)
		return TR_OK;
	copy->before = malloc(link->ip_size);
	copy->after = malloc(link->ip_size);
	if (copy->before == NULL || copy->after == NULL)
		return TR_ENOMEM;
	memcpy(copy->before, link->ip, link->ip_size);
	size = tr_mask_probe(masking->masker, link->ip, link->ip_size,
	    copy->after);
	if (size > 0) {
		copy->size = (size_t)size;
		write_frame(masking, kept, copy->after, copy->size);
	}
	return TR_OK;
}

static int
write_reply(struct masking *masking, const struct kept_frame *kept)
{
	const struct tr_link_info *link = &kept->link;
	const struct copy *copy = &masking->copies[kept->role.probe];
	const struct tr_path_probe *probe =
	    &masking->path->probes[kept->role.probe];
	const struct tr_identity *identity = &probe->identity;
	const struct tr_masked_probe masked = {
		.before = copy->size > 0 ? copy->before : NULL,
		.after = copy->after,
		.size = copy->size,
		.checksum_before = (uint16_t)identity->own,
		.checksum_after = tr_masker_checksum(masking->masker,
		    &identity->src, &identity->dst, (uint16_t)identity->own),
	};
	struct tr_ip ip;
	uint8_t *out;
	int size;

	if (tr_ip_decode(link->ip, link->ip_size, &ip) != TR_OK)
		return TR_OK;
	out = malloc(link->ip_size);
	if (out == NULL)
		return TR_ENOMEM;
	size = tr_mask_reply(masking->masker, link->ip, link->ip_size,
	    &masked, probe->ttl <= masking->hops ||
	    tr_mask_hides(masking->mask, &ip.src), out);
	if (size > 0)
		write_frame(masking, kept, out, (size_t)size);
	free(out);
	return TR_OK;
}

static int
write_masked(struct masking *masking, const struct kept_frame *kept)
{
	return kept->role.is_reply ? write_reply(masking, kept) :
	    write_probe(masking, kept);
}

/* --- comments ------------------------------------------------------------ */

/* Of the options for another run, none that tells of this host. */
static void
mask_again(char again[TR_RUN_COMMAND_MAX])
{
	static const char kept[] = " -m ";
	char told[TR_RUN_COMMAND_MAX] = "";
	const char *at = again;

	while (*at == ' ') {
		const char *value = tr_text_after_word(at + 1);
		const char *end = *value == ' ' ?
		    tr_text_after_word(value + 1) :
		    value;

		if (strncmp(at, kept, sizeof(kept) - 1) == 0)
			tr_text_append(told, sizeof(told), "%.*s",
			    (int)(end - at), at);
		at = end;
	}
	memcpy(again, told, sizeof(told));
}

static void
mask_run(const struct masking *masking, struct tr_run *run)
{
	/* The scope of an address is an interface. */
	run->target[strcspn(run->target, "%")] = '\0';
	run->masked_hops = masking->hops > run->masked_hops ?
	    masking->hops : run->masked_hops;
	run->command[0] = '\0';
	tr_text_append(run->command, sizeof(run->command),
	    "trueroute --privacy %u ... %s", run->masked_hops, run->target);
	mask_again(run->again);
	run->flow.src = tr_mask_address(masking->mask, &run->flow.src);
	run->interface[0] = '\0';
	run->interface_index = 0;
	run->gateway = (struct tr_address){ .family = 0 };
	run->capture_device[0] = '\0';
	run->mark = 0;
}

/* Checksums by which probes are known, as they are from now on. */
static void
mask_names(struct masking *masking)
{
	struct tr_path *path = masking->path;

	if (path->run.flow.protocol != TR_PROTOCOL_UDP)
		return;
	for (uint32_t i = 0; i < path->probe_count; i++) {
		struct tr_identity *identity = &path->probes[i].identity;
		const uint16_t name = tr_masker_checksum(masking->masker,
		    &identity->src, &identity->dst, (uint16_t)identity->own);

		tr_masker_reserve(masking->masker, name);
	}
}

/* What the comments at the end say of probes that are not among the frames. */
static void
mask_uncaptured(struct masking *masking)
{
	struct tr_path *path = masking->path;

	if (path->run.flow.protocol != TR_PROTOCOL_UDP)
		return;
	for (uint32_t i = 0; i < path->probe_count; i++) {
		struct tr_identity *identity = &path->probes[i].identity;

		if (!path->probes[i].captured)
			identity->own = tr_masker_checksum(masking->masker,
			    &identity->src, &identity->dst,
			    (uint16_t)identity->own);
	}
}

/* What is known of addresses that are shown; no name that has a hidden one. */
static int
mask_annotations(const struct masking *masking,
    struct tr_annotations *told)
{
	static const struct tr_annotation nameless = { .name = "" };
	const struct tr_annotations *all = masking->path->annotations;
	const struct tr_annotation *one = NULL;

	while ((one = tr_annotations_next(all, one)) != NULL) {
		struct tr_annotation *entry;

		if (tr_mask_hides(masking->mask, &one->address))
			continue;
		entry = tr_annotations_at(told, &one->address);
		if (entry == NULL)
			return TR_ENOMEM;
		*entry = *one;
		if (tr_mask_text_tells(masking->mask, one->name))
			tr_annotation_copy(entry, &nameless, TR_PART_NAME);
	}
	return TR_OK;
}

/* ------------------------------------------------------------------------- */

static int
write_capture(struct masking *masking, struct tr_annotations *told,
    struct tr_error *error)
{
	struct tr_path *path = masking->path;
	struct tr_run run = path->run;
	int status;

	mask_run(masking, &run);
	mask_names(masking);
	tr_evidence_begin(masking->to, &run, TR_LINK_RAW);
	status = each_frame(masking, write_masked, error);
	if (status != TR_OK)
		return status;
	mask_uncaptured(masking);
	path->run = run;
	path->annotations = told;
	tr_evidence_end(masking->to, path);
	return TR_OK;
}

static int
mask_and_write(struct masking *masking, struct tr_error *error)
{
	const struct tr_flow *flow = &masking->path->run.flow;
	struct tr_annotations *told = tr_annotations_new();
	int status = TR_ENOMEM;

	masking->mask = tr_mask_new();
	masking->copies = calloc(masking->path->probe_count + (size_t)1,
	    sizeof(*masking->copies));
	if (masking->mask == NULL || masking->copies == NULL || told == NULL)
		tr_fail(error, status, "out of memory");
	else
		status = fill_mask(masking, error);
	if (status == TR_OK) {
		masking->masker = tr_masker_new(masking->mask, &flow->src,
		    !flow->classic && flow->protocol != TR_PROTOCOL_TCP);
		if (masking->masker == NULL ||
		    mask_annotations(masking, told) != TR_OK)
			status = tr_fail(error, TR_ENOMEM, "out of memory");
	}
	if (status == TR_OK)
		status = write_capture(masking, told, error);
	masking->path->annotations = NULL;
	tr_annotations_free(told);
	return status;
}

static void
clear(struct masking *masking)
{
	for (uint32_t i = 0; masking->copies != NULL &&
	    i < masking->path->probe_count; i++) {
		free(masking->copies[i].before);
		free(masking->copies[i].after);
	}
	free(masking->copies);
	tr_masker_free(masking->masker);
	tr_mask_free(masking->mask);
	tr_rebuild_free(masking->rebuild);
	tr_evidence_clear(&masking->evidence);
}

int
tr_mask_capture(FILE *from, const char *name, uint8_t hops,
    struct tr_evidence_writer *to, struct tr_error *warning,
    struct tr_error *error)
{
	struct masking masking = {
		.from = from,
		.name = name,
		.hops = hops,
		.to = to,
	};
	int status;

	warning->code = TR_OK;
	status = open_run(&masking, warning, error);
	if (status == TR_OK)
		status = mask_and_write(&masking, error);
	clear(&masking);
	return status;
}
