#include "result/run.h"

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
