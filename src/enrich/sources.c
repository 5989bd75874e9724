#include "enrich/sources.h"
int tr_sources_check(const struct tr_sources_config *config, struct tr_error *error) { (void)config; (void)error; return 0; }
struct tr_sources *tr_sources_open(const struct tr_sources_config *config, struct tr_error *error) { (void)config; tr_fail(error, TR_EUNSUPPORTED, "stub"); return NULL; }
void tr_sources_close(struct tr_sources *sources) { (void)sources; }
void tr_sources_annotate(const struct tr_sources *sources, struct tr_annotation *annotation) { (void)sources; (void)annotation; }
