/* A build without jansson reads LANs of exchange points in lines only. */
#include "enrich/exchange.h"

int
tr_exchanges_from_json(struct tr_exchanges *exchanges, const char *data,
    size_t size, struct tr_error *error)
{
	(void)data, (void)size;
	return tr_fail(error, TR_EUNSUPPORTED, "%s is JSON, which this build "
	    "does not read: it has no jansson", exchanges->lines.name);
}
