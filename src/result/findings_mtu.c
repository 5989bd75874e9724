/*
 * What a search for the path MTU found: result/mtu.h.
 */
#include "base/text.h"
#include "result/findings_part.h"
#include "result/mtu.h"

static void
show_source(struct tr_finding *finding, const struct tr_size_limit *limit)
{
	char address[TR_ADDRESS_TEXT_MAX];

	if (limit->source == TR_SIZE_SOURCE_TOLD)
		tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
		    "%s answers that packets of %u bytes are too big",
		    tr_address_text(&limit->teller, address,
		    sizeof(address)), limit->refused);
	else
		tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
		    "packets of %u bytes and more get no answer from hop %u "
		    "on, smaller ones do: what says so is filtered",
		    limit->refused, limit->before);
}

void
tr_findings_of_mtu(const struct tr_path_view *view,
    struct tr_findings *findings)
{
	struct tr_path_mtu mtu;
	const struct tr_size_limit *limit = &mtu.limit;
	struct tr_finding *finding;
	char between[TR_HOPS_TEXT_MAX];

	if (!tr_path_mtu(view->path, &mtu) || view->path->cut_short ||
	    !tr_path_mtu_is_exact(&mtu, mtu.ttl, limit) ||
	    (limit->source != TR_SIZE_SOURCE_TOLD &&
	    limit->source != TR_SIZE_SOURCE_SILENCE))
		return;
	finding = tr_finding_add(findings, TR_FINDING_MTU,
	    limit->source == TR_SIZE_SOURCE_TOLD ? TR_SURE_CERTAIN :
	    TR_SURE_LIKELY, limit->after, limit->before);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "the path MTU is %u bytes, limited %s", limit->mtu,
	    tr_between_text(limit->after, limit->before, between));
	show_source(finding, limit);
	tr_finding_number(finding, "mtu", limit->mtu);
	tr_finding_number(finding, "refused", limit->refused);
	if (limit->source == TR_SIZE_SOURCE_TOLD)
		tr_finding_address(finding, "told_by", &limit->teller);
}
