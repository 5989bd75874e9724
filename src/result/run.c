#include "base/text.h"
#include "result/run.h"

const char *
tr_run_host(const struct tr_run *run, char *text, size_t size)
{
	tr_text_safe(run->target, text, size);
	if (text[0] == '\0')
		tr_address_text(&run->flow.dst, text, size);
	return text;
}

void
tr_run_classify(struct tr_run *run)
{
	struct tr_classify_rules *rules = &run->paths.fields;

	*rules = (struct tr_classify_rules){
		.own = tr_flow_own_field(&run->flow),
	};
	for (int field = 1; field < TR_FIELDS; field++)
		if (tr_flow_has_field(&run->flow, (enum tr_flow_field)field))
			rules->fields |= 1U << field;
}
