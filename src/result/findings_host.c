/*
 * This host's side: what it did not send, changed, or did not hear.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "result/findings_part.h"

#define ERRNO_MAX	256	/* beyond it errors are counted as one */

/* Why this host may refuse to send. */
static const struct {
	int	error;
	const char *hint;
} hints[] = {
	{ EPERM, "a packet filter on this host?" },
	{ EACCES, "a route on this host prohibits it?" },
	{ EMSGSIZE, "larger than the MTU of the way out?" },
	{ ENETUNREACH, "no route on this host?" },
	{ EHOSTUNREACH, "no route on this host, or no answer to ARP?" },
	{ EINVAL, "a blackhole route on this host?" },
	{ ENETDOWN, "is the interface down?" },
	{ ENOBUFS, "the transmit queue stayed full" },
};

static const char *
hint_of(int error)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (hints[i].error == error)
			return hints[i].hint;
	return NULL;
}

static void
add_refused(struct tr_findings *findings, int error, uint32_t count,
    uint32_t of)
{
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_OWN_REFUSED, TR_SURE_CERTAIN, 0, 0);
	const char *hint = hint_of(error);

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "%u probe%s could not be sent: %s%s%s%s", count,
	    count == 1 ? "" : "s",
	    error == 0 ? "unknown error" : strerror(error),
	    hint == NULL ? "" : " (", hint == NULL ? "" : hint,
	    hint == NULL ? "" : ")");
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "the system refused %u of %u probes", count, of);
	tr_finding_number(finding, "probes", count);
	tr_finding_number(finding, "of", of);
}

static void
find_refused(const struct tr_path *path, struct tr_findings *findings)
{
	uint32_t counts[ERRNO_MAX] = { 0 };

	for (uint32_t i = 0; i < path->probe_count; i++) {
		const int error = path->probes[i].error;

		/* Larger than this host can send: that was looked for. */
		if (error == EMSGSIZE &&
		    tr_path_is_sized(path, &path->probes[i]))
			continue;
		if (error != 0)
			counts[error > 0 && error < ERRNO_MAX ? error : 0]++;
	}
	for (int error = 0; error < ERRNO_MAX; error++)
		if (counts[error] > 0)
			add_refused(findings, error, counts[error],
			    path->probe_count);
}

/* --- this host's NAT ---------------------------------------------------- */

/* Append ", WHAT FROM left as TO". */
static void
say_address(struct tr_finding *finding, const char **parted, const char *what,
    const struct tr_address *from, const struct tr_address *to)
{
	char built[TR_ADDRESS_TEXT_MAX], left[TR_ADDRESS_TEXT_MAX];

	if (tr_address_equal(from, to))
		return;
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "%s%s %s left as %s", *parted, what,
	    tr_address_text(from, built, sizeof(built)),
	    tr_address_text(to, left, sizeof(left)));
	*parted = ", ";
}

static void
say_number(struct tr_finding *finding, const char **parted, const char *what,
    uint16_t from, uint16_t to)
{
	if (from == to)
		return;
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "%s%s %u left as %u", *parted, what, from, to);
	*parted = ", ";
}

static void
add_nat(struct tr_findings *findings, const struct tr_flow *flow,
    const struct tr_identity *left, uint32_t probe)
{
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_OWN_NAT, TR_SURE_CERTAIN, 0, 0);
	const char *parted = "";

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "this host's NAT rewrote the flow: ");
	say_address(finding, &parted, "source", &flow->src, &left->src);
	say_address(finding, &parted, "destination", &flow->dst, &left->dst);
	if (flow->protocol == TR_PROTOCOL_ICMP)
		say_number(finding, &parted, "ICMP id", flow->icmp_id,
		    left->source_port);
	else if (!flow->classic) {
		say_number(finding, &parted, "source port",
		    flow->source_port, left->source_port);
		say_number(finding, &parted, "destination port",
		    flow->destination_port, left->destination_port);
	}
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "so probe %u was captured as it left", probe + 1);
	tr_finding_address(finding, "src_left", &left->src);
	tr_finding_address(finding, "dst_left", &left->dst);
}

/* One probe stands for all: a NAT keeps to its mapping. */
static void
find_nat(const struct tr_path *path, struct tr_findings *findings)
{
	for (uint32_t i = 0; i < path->probe_count; i++) {
		const struct tr_path_probe *probe = &path->probes[i];
		struct tr_flow flow;

		if (!probe->rewritten)
			continue;
		tr_flow_nth(&path->run.flow, probe->flow, &flow);
		add_nat(findings, &flow, &probe->identity, i);
		return;
	}
}

/* --- the capture and its clock ------------------------------------------ */

static void
find_lost(const struct tr_path *path, struct tr_findings *findings)
{
	const struct tr_capture_counts *counts = &path->capture;
	const uint64_t lost = counts->dropped + counts->interface_dropped;
	struct tr_finding *finding;

	if (!counts->known || lost == 0)
		return;
	finding = tr_finding_add(findings, TR_FINDING_OWN_CAPTURE_LOST,
	    TR_SURE_CERTAIN, 0, 0);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "the capture lost %" PRIu64 " packet%s: a hop that looks silent "
	    "may have answered", lost, lost == 1 ? "" : "s");
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "the kernel dropped %" PRIu64 " for lack of room, the interface %"
	    PRIu64, counts->dropped, counts->interface_dropped);
	tr_finding_number(finding, "dropped", (int64_t)counts->dropped);
	tr_finding_number(finding, "interface_dropped",
	    (int64_t)counts->interface_dropped);
}

static void
find_step(const struct tr_path *path, struct tr_findings *findings)
{
	const int64_t step = path->capture.clock_step;
	const int64_t size = step < 0 ? -step : step;
	struct tr_finding *finding;

	if (size < TR_CLOCK_STEP_LEAST)
		return;
	finding = tr_finding_add(findings, TR_FINDING_OWN_CLOCK_STEP,
	    TR_SURE_CERTAIN, 0, 0);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "this host's clock was set %s while it traced: a round trip that "
	    "was under way is wrong", step < 0 ? "back" : "forward");
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "by %.1f s, beside the clock that is never set",
	    (double)size / 1e9);
	tr_finding_number(finding, "step_ns", step);
}

void
tr_findings_of_host(const struct tr_path_view *view,
    struct tr_findings *findings)
{
	find_refused(view->path, findings);
	find_nat(view->path, findings);
	find_lost(view->path, findings);
	find_step(view->path, findings);
}
