/*
 * How the route ends, where it does not end at the host, or not for sure.
 */
#include "base/text.h"
#include "result/ending.h"
#include "result/findings_part.h"

/* Fewer silent hops in a row may be just that, with the host behind them. */
#define SILENT_LEAST 5

/* "HOST was not reached: WHY". */
static struct tr_finding *
add_end(const struct tr_path_view *view, struct tr_findings *findings,
    enum tr_finding_code code, enum tr_sureness sureness, uint8_t first,
    uint8_t last)
{
	struct tr_finding *finding = tr_finding_add(findings, code, sureness,
	    first, last);
	char host[TR_RUN_TEXT_MAX], why[TR_ENDING_TEXT_MAX];

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "%s was not reached: %s", tr_run_host(&view->path->run, host,
	    sizeof(host)), tr_ending_text(view->path, why, sizeof(why)));
	return finding;
}

static enum tr_finding_code
code_of(const struct tr_path_reply *refusal)
{
	switch (tr_path_refusal(refusal)) {
	case TR_REFUSAL_TOO_BIG:
		return TR_FINDING_END_TOO_BIG;
	case TR_REFUSAL_NO_WAY:
		return TR_FINDING_END_UNDELIVERABLE;
	default:
		return TR_FINDING_END_REFUSED;
	}
}

static void
add_refusal(const struct tr_path_view *view, struct tr_findings *findings,
    const struct tr_path_reply *refusal)
{
	const uint8_t hop = tr_path_hop_of(view->path, refusal);
	struct tr_finding *finding = add_end(view, findings,
	    code_of(refusal), TR_SURE_CERTAIN, hop, hop);

	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "its answer to TTL %u: ICMP type %u, code %u",
	    view->path->probes[refusal->probe].ttl, refusal->icmp_type,
	    refusal->icmp_code);
	tr_finding_address(finding, "address", &refusal->responder);
	tr_finding_number(finding, "icmp_type", refusal->icmp_type);
	tr_finding_number(finding, "icmp_code", refusal->icmp_code);
	if (refusal->mtu != 0)
		tr_finding_number(finding, "mtu", refusal->mtu);
}

/* Then it is known where the probes go. */
static bool
is_loop(const struct tr_findings *findings)
{
	for (uint32_t i = 0; i < findings->count; i++)
		if (findings->items[i].code == TR_FINDING_LOOP)
			return true;
	return false;
}

static void
add_silence(const struct tr_path_view *view, struct tr_findings *findings)
{
	const uint8_t hop = view->last_answered;
	struct tr_finding *finding;
	char between[TR_HOPS_TEXT_MAX];
	uint32_t sent = 0;

	/* A walk that was cut short, or too short, was not met by silence. */
	if (view->path->cut_short || hop >= view->last || is_loop(findings))
		return;
	for (unsigned ttl = hop + 1u; ttl <= view->last; ttl++)
		sent += view->hops[ttl].sent;
	if (sent == 0)
		return;
	finding = add_end(view, findings, TR_FINDING_END_SILENT,
	    TR_SURE_LIKELY, (uint8_t)(hop + 1), view->last);
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "none of %u probes answered: a filter %s, or a host that answers "
	    "no such probe; --compare tells%s", sent, tr_between_text(hop,
	    (uint8_t)(hop + 1), between), view->last - hop < SILENT_LEAST ?
	    "; or it is farther off than was probed" : "");
	tr_finding_number(finding, "sent", sent);
	tr_finding_number(finding, "last_answer_ttl", hop);
}

static void
add_forged_reset(const struct tr_path_view *view,
    struct tr_findings *findings)
{
	const uint8_t by = view->path->conclusion.forged_by_ttl;
	struct tr_finding *finding = add_end(view, findings,
	    TR_FINDING_END_FORGED_RESET, TR_SURE_LIKELY, by,
	    (uint8_t)(by + 1));

	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "the host's own would have come from one hop farther");
	tr_finding_number(finding, "forged_by_ttl", by);
}

/*
 * Arrival that another address than the target's tells of, or that could not
 * be told which probe it answers, is not as sure as it looks.
 */
static void
find_doubt(const struct tr_path_view *view, struct tr_findings *findings)
{
	const struct tr_path *path = view->path;
	const uint8_t last = path->conclusion.last_ttl;
	char address[TR_ADDRESS_TEXT_MAX], host[TR_RUN_TEXT_MAX];
	struct tr_finding *finding;

	tr_run_host(&path->run, host, sizeof(host));
	for (uint32_t i = 0; i < path->reply_count; i++) {
		const struct tr_path_reply *reply = &path->replies[i];

		const bool other = !tr_address_equal(&reply->responder,
		    &path->run.flow.dst);
		const bool datagram = reply->match.tier == TR_TIER_PORTS &&
		    !reply->is_icmp;

		/* What looks through all replies is asked last. */
		if (reply->verdict != TR_VERDICT_ARRIVED || reply->late ||
		    (!other && !datagram) || tr_path_is_aside(path, reply) ||
		    tr_path_hop_of(path, reply) != last)
			continue;
		tr_address_text(&reply->responder, address, sizeof(address));
		if (other) {
			finding = tr_finding_add(findings,
			    TR_FINDING_END_OTHER_ADDRESS, TR_SURE_CERTAIN,
			    last, last);
			tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
			    "%s answered, not %s: another address of it, or "
			    "a firewall before it", address, host);
			tr_text_append(finding->evidence,
			    TR_FINDING_TEXT_MAX, "the source of what says "
			    "that the probe arrived");
			tr_finding_address(finding, "address",
			    &reply->responder);
			return;
		}
		finding = tr_finding_add(findings, TR_FINDING_END_DATAGRAMS,
		    TR_SURE_CERTAIN, last, last);
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
		    "%s answered with datagrams, which do not tell which "
		    "probe they answer: it may be farther off than is shown",
		    host);
		tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
		    "a datagram from %s port %u, no ICMP error", address,
		    path->run.flow.destination_port);
		return;
	}
}

/* Refusals that did not end the route: not all probes were refused. */
static void
find_refusals(const struct tr_path_view *view, struct tr_findings *findings)
{
	const struct tr_path *path = view->path;
	const struct tr_path_reply *first = NULL;
	uint32_t refused = 0, sent = 0;
	char address[TR_ADDRESS_TEXT_MAX], why[TR_ENDING_TEXT_MAX];
	struct tr_finding *finding;

	for (unsigned ttl = view->first; ttl != 0 && ttl <= view->last;
	    ttl++) {
		const struct tr_path_reply *reply;
		uint32_t probe = TR_PATH_NONE;

		while ((reply = tr_view_answer(view, (uint8_t)ttl, &probe)) !=
		    NULL) {
			if (reply->verdict != TR_VERDICT_STOPPED ||
			    !reply->is_icmp)
				continue;
			refused++;
			if (first == NULL)
				first = reply;
		}
		sent += view->hops[ttl].sent;
	}
	if (first == NULL)
		return;
	finding = tr_finding_add(findings, TR_FINDING_REFUSED_PART,
	    TR_SURE_CERTAIN, tr_path_hop_of(path, first),
	    tr_path_hop_of(path, first));
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "some probes were refused, others passed: %s",
	    tr_ending_refusal_text(path, first, why, sizeof(why)));
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "%u of %u probes; the first by %s, to TTL %u", refused, sent,
	    tr_address_text(&first->responder, address, sizeof(address)),
	    path->probes[first->probe].ttl);
	tr_finding_number(finding, "refused", refused);
	tr_finding_number(finding, "sent", sent);
	tr_finding_address(finding, "address", &first->responder);
	tr_finding_number(finding, "icmp_type", first->icmp_type);
	tr_finding_number(finding, "icmp_code", first->icmp_code);
}

void
tr_findings_of_end(const struct tr_path_view *view,
    struct tr_findings *findings)
{
	const struct tr_conclusion *conclusion = &view->path->conclusion;
	const struct tr_path_reply *refusal = tr_ending_refusal(view->path);

	if (conclusion->last_ttl != 0)
		find_doubt(view, findings);
	if (refusal == NULL || conclusion->reached)
		find_refusals(view, findings);
	/* Where nothing could be sent, that says it all. */
	if (conclusion->reached || conclusion->last_ttl == 0 ||
	    conclusion->stop == TR_STOP_SEND_FAILED)
		return;
	if (conclusion->forged_reset)
		add_forged_reset(view, findings);
	else if (refusal != NULL)
		add_refusal(view, findings, refusal);
	else
		add_silence(view, findings);
}
