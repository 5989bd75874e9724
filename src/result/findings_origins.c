/*
 * Which AS the path leads through, and where one hands over to the next: by
 * the origin of the prefixes that the hops' addresses are of.
 */
#include <string.h>

#include "base/special.h"
#include "base/text.h"
#include "packet/mask.h"
#include "result/findings_part.h"

/* So much of a name is told, and sentences fit. */
#define NAME_TOLD	40
#define STATION_MAX	(TR_ORIGIN_TEXT_MAX + NAME_TOLD)

/* Room that is kept for what says that the AS path goes on. */
#define PATH_TEXT_MOST	(TR_FINDING_TEXT_MAX - STATION_MAX - 16)

enum station_kind {
	STATION_UNKNOWN,	/* silent, or nobody announces its address */
	STATION_AS,
	STATION_EXCHANGE,	/* the LAN of an exchange point */
	STATION_SPECIAL,	/* of no AS: RFC 6890 */
};

/* What a hop is a part of. */
struct station {
	enum station_kind kind;
	uint8_t	 ttl;
	struct tr_address address;		/* unless silent */
	const struct tr_annotation *annotation;	/* AS, exchange */
	const char *label;			/* special */
};

static const struct station nobody = { .kind = STATION_UNKNOWN };

static void
find_station(const struct tr_path_view *view, uint8_t ttl,
    struct station *station)
{
	const struct tr_path_reply *first = view->hops[ttl].first;
	const struct tr_special *special;

	*station = (struct station){ .kind = STATION_UNKNOWN, .ttl = ttl };
	if (first == NULL)
		return;
	station->address = first->responder;
	station->annotation = tr_annotations_find(view->path->annotations,
	    &first->responder);
	special = tr_special_of(&first->responder);
	if (station->annotation != NULL &&
	    station->annotation->exchange[0] != '\0')
		station->kind = STATION_EXCHANGE;
	else if (station->annotation != NULL &&
	    station->annotation->origin_lookup == TR_LOOKUP_FOUND &&
	    station->annotation->origin_count > 0)
		station->kind = STATION_AS;
	else if (view->path->run.masked_hops != 0 &&
	    tr_mask_is_stand_in(&first->responder)) {
		station->kind = STATION_SPECIAL;
		station->label = "masked";
	} else if (special != NULL) {
		station->kind = STATION_SPECIAL;
		station->label = special->label;
	}
}

/* Is there an AS that announces both? */
static bool
share_origin(const struct tr_annotation *a, const struct tr_annotation *b)
{
	for (unsigned i = 0; i < a->origin_count; i++)
		for (unsigned j = 0; j < b->origin_count; j++)
			if (a->origins[i] == b->origins[j])
				return true;
	return false;
}

static bool
are_alike(const struct station *a, const struct station *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case STATION_UNKNOWN:
		return true;
	case STATION_AS:
		return share_origin(a->annotation, b->annotation);
	case STATION_EXCHANGE:
		return strcmp(a->annotation->exchange,
		    b->annotation->exchange) == 0;
	case STATION_SPECIAL:
		return strcmp(a->label, b->label) == 0;
	}
	return false;
}

/* --- the AS path -------------------------------------------------------- */

/* "AS64500", "AS64500/AS64501". */
static const char *
origins_text(const struct tr_annotation *annotation,
    char text[TR_ORIGIN_TEXT_MAX])
{
	tr_annotation_origin_text(annotation, text);
	text[strlen(text) - 1] = '\0';
	return text + 1;
}

static void
say_station(const struct station *station, char text[STATION_MAX])
{
	char origins[TR_ORIGIN_TEXT_MAX], name[NAME_TOLD];

	text[0] = '\0';
	switch (station->kind) {
	case STATION_UNKNOWN:
		tr_text_append(text, STATION_MAX, "?");
		break;
	case STATION_AS:
		tr_text_append(text, STATION_MAX, "%s",
		    origins_text(station->annotation, origins));
		break;
	case STATION_EXCHANGE:
		tr_text_append(text, STATION_MAX, "IX %s", tr_text_safe(
		    station->annotation->exchange, name, sizeof(name)));
		break;
	case STATION_SPECIAL:
		tr_text_append(text, STATION_MAX, "%s", station->label);
		break;
	}
}

/* An AS path as it is put together. */
struct as_path {
	char	 text[TR_FINDING_TEXT_MAX];
	struct station last;	/* that is in it */
	struct station last_as;	/* of these, AS alone */
	unsigned stations;
	unsigned ases;		/* once where they go on behind others */
	unsigned hops;		/* of an AS, or an exchange */
	bool	 has_gap;	/* behind the last: hops that are not known */
	bool	 is_cut;
};

static void
append_station(struct as_path *path, const struct station *station)
{
	char text[STATION_MAX];

	if (path->is_cut)
		return;
	say_station(station, text);
	path->is_cut = strlen(path->text) > PATH_TEXT_MOST;
	tr_text_append(path->text, sizeof(path->text), "%s%s",
	    path->stations > 0 ? " > " : "", path->is_cut ? "..." : text);
	path->stations++;
	path->last = *station;
}

/*
 * What is not known between two hops of one AS is taken for that AS's; between
 * others it may be anybody's.
 */
static void
pass_station(struct as_path *path, const struct station *station)
{
	path->hops += station->kind == STATION_AS ||
	    station->kind == STATION_EXCHANGE;
	if (station->kind == STATION_UNKNOWN) {
		path->has_gap = true;
		return;
	}
	if (path->stations > 0 && are_alike(&path->last, station)) {
		path->has_gap = false;
		return;
	}
	if (path->has_gap)
		append_station(path, &nobody);
	path->has_gap = false;
	append_station(path, station);
	if (station->kind != STATION_AS)
		return;
	path->ases += !are_alike(&path->last_as, station);
	path->last_as = *station;
}

static void
find_path(const struct tr_path_view *view, struct tr_findings *findings)
{
	struct as_path path = { .text = "" };
	struct tr_finding *finding;
	struct station station = { .kind = STATION_UNKNOWN };

	for (unsigned ttl = view->first; ttl != 0 &&
	    ttl <= view->last_answered; ttl++) {
		find_station(view, (uint8_t)ttl, &station);
		pass_station(&path, &station);
	}
	if (path.hops == 0)
		return;
	if (path.has_gap)
		append_station(&path, &station);
	finding = tr_finding_add(findings, TR_FINDING_AS_PATH, TR_SURE_LIKELY,
	    view->first, view->last_answered);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX, "AS path: %s",
	    path.text);
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "by the origin of the addresses of %u of %u hops", path.hops,
	    view->last_answered - view->first + 1u);
	tr_finding_number(finding, "as_count", path.ases);
}

/* --- borders ------------------------------------------------------------ */

/* Two AS that follow each other on the path. */
struct border {
	struct station own;	/* the first hop of the one; the AS is its */
	struct station before;	/* its last hop */
	struct station after;	/* the first of the next */
	struct station exchange;	/* between; of another kind: none */
	bool	 is_open;	/* between: what may be of a third AS */
};

/* "AS64500 (Example Net)"; the holder is that of the first of several. */
static void
say_as(struct tr_finding *finding, const struct tr_annotation *annotation)
{
	char origins[TR_ORIGIN_TEXT_MAX], holder[NAME_TOLD];

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX, "%s",
	    origins_text(annotation, origins));
	if (annotation->holder[0] != '\0' && annotation->origin_count == 1)
		tr_text_append(finding->text, TR_FINDING_TEXT_MAX, " (%s)",
		    tr_text_safe(annotation->holder, holder,
		    sizeof(holder)));
}

/* "192.0.2.1 is of 192.0.2.0/24". */
static void
say_prefix(struct tr_finding *finding, const struct station *station)
{
	const struct tr_prefix *prefix = &station->annotation->prefix;
	char address[TR_ADDRESS_TEXT_MAX], text[TR_PREFIX_TEXT_MAX];

	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX, "%s",
	    tr_address_text(&station->address, address, sizeof(address)));
	if (tr_prefix_is_set(prefix))
		tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
		    " is of %s", tr_prefix_text(prefix, text,
		    sizeof(text)));
}

/* Where both meet is seen. */
static void
say_exchange(struct tr_finding *finding, const struct station *exchange,
    bool is_open)
{
	char address[TR_ADDRESS_TEXT_MAX], name[NAME_TOLD];

	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    ", at the exchange point %s", tr_text_safe(
	    exchange->annotation->exchange, name, sizeof(name)));
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    ", and %s of the exchange's LAN", tr_address_text(
	    &exchange->address, address, sizeof(address)));
	if (is_open)
		tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
		    "; a third AS may stand between");
}

/* The link has addresses of either side: whose is not seen. */
static void
say_doubt(struct tr_finding *finding, uint8_t before)
{
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    "; the router at hop %u may be the latter's already", before);
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX,
	    "; a link between two AS has addresses of one of them");
}

/*
 * As sure as it can be: one address at either side, and between them nothing,
 * or the one exchange point where they meet.
 */
static bool
is_close(const struct tr_path_view *view, const struct border *border)
{
	const uint8_t before = border->before.ttl, after = border->after.ttl;
	const bool is_seen = border->exchange.kind == STATION_EXCHANGE;

	return (is_seen ? !border->is_open &&
	    !view->hops[border->exchange.ttl].several :
	    after == before + 1) &&
	    !view->hops[before].several && !view->hops[after].several;
}

static void
add_border(const struct tr_path_view *view, struct tr_findings *findings,
    const struct border *border)
{
	const struct station *before = &border->before;
	const struct station *after = &border->after;
	const bool is_seen = border->exchange.kind == STATION_EXCHANGE;
	struct tr_finding *finding = tr_finding_add(findings,
	    TR_FINDING_AS_BORDER, is_close(view, border) ? TR_SURE_LIKELY :
	    TR_SURE_POSSIBLE, before->ttl, after->ttl);
	char between[TR_HOPS_TEXT_MAX];

	say_as(finding, border->own.annotation);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX,
	    " hands over to ");
	say_as(finding, after->annotation);
	tr_text_append(finding->text, TR_FINDING_TEXT_MAX, " %s",
	    tr_between_text(before->ttl, after->ttl, between));
	say_prefix(finding, before);
	tr_text_append(finding->evidence, TR_FINDING_TEXT_MAX, ", ");
	say_prefix(finding, after);
	if (is_seen)
		say_exchange(finding, &border->exchange, border->is_open);
	else
		say_doubt(finding, before->ttl);
	tr_finding_number(finding, "from_as",
	    border->own.annotation->origins[0]);
	tr_finding_number(finding, "to_as", after->annotation->origins[0]);
	tr_finding_address(finding, "before", &before->address);
	tr_finding_address(finding, "after", &after->address);
}

/* What stands between two AS. */
static void
pass_between(struct border *border, const struct station *station)
{
	const bool is_other = station->kind == STATION_EXCHANGE &&
	    border->exchange.kind == STATION_EXCHANGE &&
	    !are_alike(&border->exchange, station);

	if (station->kind == STATION_UNKNOWN || is_other)
		border->is_open = true;
	if (station->kind == STATION_EXCHANGE)
		border->exchange = *station;
}

static void
find_borders(const struct tr_path_view *view, struct tr_findings *findings)
{
	struct border border = { nobody, nobody, nobody, nobody, false };

	for (unsigned ttl = view->first; ttl != 0 &&
	    ttl <= view->last_answered; ttl++) {
		struct station *after = &border.after;

		find_station(view, (uint8_t)ttl, after);
		if (after->kind != STATION_AS) {
			pass_between(&border, after);
			continue;
		}
		if (border.own.kind == STATION_AS &&
		    !are_alike(&border.own, after))
			add_border(view, findings, &border);
		if (!are_alike(&border.own, after))
			border.own = *after;
		border.before = *after;
		border.exchange = nobody;
		border.is_open = false;
	}
}

void
tr_findings_of_origins(const struct tr_path_view *view,
    struct tr_findings *findings)
{
	find_path(view, findings);
	find_borders(view, findings);
}
