/*
 * Names that hops claim and do not have.
 */
#include "base/text.h"
#include "result/findings_part.h"

/* So much of a name is told, and the sentence fits. */
#define NAME_TOLD 160

static bool
is_told(const struct tr_findings *findings, const struct tr_address *address)
{
	for (uint32_t i = 0; i < findings->count; i++)
		if (findings->items[i].code == TR_FINDING_NAME_FALSE &&
		    tr_address_equal(&findings->items[i].values[0].address,
		    address))
			return true;
	return false;
}

static void
add_false(struct tr_findings *findings, uint8_t ttl,
    const struct tr_annotation *annotation)
{
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_NAME_FALSE, TR_SURE_CERTAIN, ttl, ttl);
	char address[TR_ADDRESS_TEXT_MAX], name[NAME_TOLD];

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "%s says that its name is %s, and that name does not lead back "
	    "to it",
	    tr_address_text(&annotation->address, address, sizeof(address)),
	    tr_text_safe(annotation->name, name, sizeof(name)));
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "the addresses of that name were asked for; whoever has an "
	    "address may give it any name");
	tr_finding_address(finding, "address", &annotation->address);
}

void
tr_findings_of_names(const struct tr_path_view *view,
    struct tr_findings *findings)
{
	for (unsigned ttl = view->first; ttl != 0 && ttl <= view->last;
	    ttl++) {
		const struct tr_path_reply *reply;
		uint32_t probe = TR_PATH_NONE;

		while ((reply = tr_view_answer(view, (uint8_t)ttl,
		    &probe)) != NULL) {
			const struct tr_annotation *annotation =
			    tr_annotations_find(view->path->annotations,
			    &reply->responder);

			if (annotation != NULL && annotation->name_lookup ==
			    TR_LOOKUP_FOUND && annotation->check_lookup ==
			    TR_LOOKUP_NONE &&
			    !is_told(findings, &reply->responder))
				add_false(findings, (uint8_t)ttl, annotation);
		}
	}
}
