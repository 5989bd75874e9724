/*
 * A survey, call by call, for its tests: packets are made from what it sends.
 * That whole surveys find the truth is bench/surveys' matter
 * (tests/surveys.sh).
 */
#ifndef TR_TESTS_SURVEY_CALLS_H
#define TR_TESTS_SURVEY_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "packet/wire.h"
#include "strategy/survey.h"

#define MS		TR_MILLISECOND
#define RECORDS_MAX	64
#define SOURCE_PORT	40000
#define TOKEN		0x5eed

/* What came out since it was begun. */
extern struct tr_survey_record records[RECORDS_MAX];
extern struct tr_survey_reply hops[RECORDS_MAX][TR_SURVEY_HOPS_MAX];
extern struct tr_survey_reply replies[RECORDS_MAX];
extern uint32_t record_count, reply_count;

extern const struct tr_survey_sink sink;	/* that puts them there */

extern struct tr_survey *survey;
extern struct tr_targets *targets;
extern int64_t now;

/* By UDP, forward, three TTLs' gap, one probe for each; replies are held. */
struct tr_survey_config plain(void);

/* A survey of 10.0.0.1 to 10.0.0.count; end() is a test's teardown. */
void begin_with(struct tr_survey_config config, uint8_t count,
    bool (*skip)(void *, uint64_t));
void begin(struct tr_survey_config config, uint8_t count);
int end(void **state);

/* The next probe, which must be there, with this TTL; there is none. */
struct tr_survey_probe next(uint8_t ttl);
void nothing(void);

struct tr_address router(uint8_t number);

/* An ICMP error of this type and code that quotes a UDP probe. */
struct tr_packet error_for(const struct tr_survey_probe *probe,
    struct tr_address from, uint8_t type, uint8_t code);

/* It comes in now: the survey's answer. */
int receive(const struct tr_packet *packet);

/* A router answers; the target does, with what is left of the TTL. */
void exceeded(const struct tr_survey_probe *probe, uint8_t number);
void arrived(const struct tr_survey_probe *probe, uint8_t left);

/* Time passes until everything under way is given up. */
void time_out(void);

#endif
