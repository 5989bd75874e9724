#ifndef TR_BASE_SPECIAL_H
#define TR_BASE_SPECIAL_H
#include <stdbool.h>
#include "base/address.h"
struct tr_special { const char *label; bool global; };
const struct tr_special *tr_special_of(const struct tr_address *address);
#endif
