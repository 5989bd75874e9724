/*
 * What the files of a survey share: survey.c (the window, what is sent),
 * survey_walk.c (which TTL is next), survey_match.c (what a packet answers),
 * survey_queue.c (who waits until when), survey_hops.c (replies that wait for
 * their target's end), survey_paths.c (all paths to a target, instead of a
 * walk).
 */
#ifndef TR_STRATEGY_SURVEY_PART_H
#define TR_STRATEGY_SURVEY_PART_H

#include "base/time.h"
#include "engine/flow.h"
#include "strategy/known.h"
#include "strategy/survey.h"

#define TR_NO_SLOT	UINT32_MAX
#define TR_NO_HOP	UINT32_MAX

enum tr_slot_state {
	TR_SLOT_FREE,
	TR_SLOT_QUEUED,		/* for its next probe, see survey_queue.c */
	TR_SLOT_AWAITED,	/* its last probe */
};

/* Flags of a slot. */
#define TR_SLOT_IPV6	0x01
#define TR_SLOT_BACKWARD 0x02	/* the end is known */
#define TR_SLOT_SPACED	0x04	/* has waited for its router already */
#define TR_SLOT_OVER	0x08	/* the target answered, late */
#define TR_SLOT_JOINED	0x10
#define TR_SLOT_CUT	0x20	/* there was no room for a reply */
#define TR_SLOT_AGAIN	0x40	/* a probe was given up that may be answered */

/*
 * A target in flight: 60 bytes, which is why all of it is small; 4 more are
 * its bucket.
 */
struct tr_slot {
	uint8_t	 address[16];
	uint32_t place[2];	/* low and high half */
	uint32_t started;	/* ms since the survey's begin */
	uint32_t serial;	/* of its last probe, the low half */
	uint32_t next;		/* in the list it is in */
	uint32_t chain;		/* in its bucket, by address */
	uint32_t hops;		/* the last reply that is held, or NO_HOP */
	uint16_t seen[2];	/* of the routers one and two TTLs before */
	uint16_t probes;
	uint16_t replies;
	uint8_t	 flags;
	uint8_t	 state;		/* enum tr_slot_state, from bit 4 on reason */
	uint8_t	 ttl;		/* of its last probe, or of its next one */
	uint8_t	 tries;		/* probes with it so far */
	uint8_t	 start;		/* the first TTL that was probed */
	uint8_t	 gap;		/* TTLs in a row without an answer */
	uint8_t	 distance;
	uint8_t	 loops;		/* routers in a row seen two TTLs before */
};

#define TR_PROBE_ANSWERED	0x01
#define TR_PROBE_OVER		0x02	/* it is not waited for any more */
#define TR_PROBE_REPEATED	0x04	/* a duplicate of its answer came */
#define TR_PROBE_TIME		3	/* from this bit on: more of its time */

/* A probe that is remembered. */
struct tr_sent {
	uint32_t slot;
	uint32_t check;		/* a hash of its destination */
	uint32_t at;		/* when, see below */
	uint8_t	 ttl;
	uint8_t	 flags;
	uint16_t flow;
};

/*
 * Its time is in units since the begin, of which 37 bits are kept: they wrap
 * after nearly ten hours.
 */
#define TR_SENT_UNIT		INT64_C(256)
#define TR_SENT_BITS		37

struct tr_hop;
struct tr_paths;

#define TR_WHEEL_TURN	INT64_C(1000000)	/* ns: a spoke's time */
#define TR_WHEEL_SPOKES	4096

/* Slots in their order: ready now, or at a time. */
struct tr_slot_list {
	uint32_t first;
	uint32_t last;
};

struct tr_wheel {
	struct tr_slot_list spokes[TR_WHEEL_SPOKES];
	uint64_t used[TR_WHEEL_SPOKES / 64];
	int64_t	 turned;	/* spokes up to this one were emptied */
};

struct tr_survey {
	struct tr_survey_config config;
	struct tr_survey_sink sink;
	struct tr_survey_counts counts;
	bool	(*skip)(void *context, uint64_t place);
	void	*skip_context;
	struct tr_naming naming;
	struct tr_flow flow;	/* number 0, of the others too; no addresses */
	uint16_t inverse;	/* of the naming's step, modulo 65534 */
	uint64_t key;		/* of hashes */
	int64_t	 epoch;
	int64_t	 now;		/* of the last call */
	bool	 begun;
	bool	 stopped;	/* no target is begun any more */
	uint64_t place;		/* of the next target */
	int64_t	 next_begin;	/* it is not begun before that */
	uint32_t mean;		/* probes for a target, times MEAN_WEIGHT */
	uint32_t mean_hops;	/* places for hops, likewise */
	uint32_t mean_count;	/* targets that these are of */
	int64_t	 asked;		/* for a probe, last */
	uint64_t committed;

	struct tr_slot *slots;
	uint32_t *buckets;
	uint32_t bucket_mask;
	uint32_t free_slot;	/* the window's size: none */
	uint32_t in_flight;
	struct tr_slot_list ready;
	struct tr_wheel wheel;

	struct tr_sent *sent;
	uint32_t sent_mask;
	uint64_t head;		/* the next probe's serial */
	uint64_t tail;		/* the first that may be waited for */

	struct tr_hop *hops;
	uint32_t free_hop;
	uint32_t hops_free;
	struct tr_survey_reply *record;	/* the hops of a record */

	struct tr_paths *paths;	/* multipath: of each slot; else NULL */
	struct tr_survey_graph *graph;	/* multipath: of a record */

	struct tr_known *known;
};

/*
 * Of the numbers with these low bits, the one that is not later than now, but
 * for a 64th of what they can tell.
 */
static inline int64_t
tr_unwrap(int64_t now, uint64_t low, unsigned bits)
{
	const uint64_t turn = UINT64_C(1) << bits;
	const uint64_t ago = ((uint64_t)now - low) & (turn - 1);

	return now - (int64_t)ago +
	    (ago >= turn - turn / 64 ? (int64_t)turn : 0);
}

/*
 * Lists of what is free, in memory that is all zero at first: a link is by how
 * much the next one is beyond the one behind this.  So what was never in use is
 * in the list without having been written to.
 */
static inline uint32_t
tr_free_next(uint32_t number, uint32_t link)
{
	return number + 1 + link;
}

static inline uint32_t
tr_free_link(uint32_t number, uint32_t next)
{
	return next - (number + 1);
}

/* --- survey.c ----------------------------------------------------------- */

struct tr_address tr_slot_address(const struct tr_slot *slot);
uint32_t tr_survey_check(const struct tr_survey *survey,
    const struct tr_address *address);

/* The slot of a target in flight, or NO_SLOT. */
uint32_t tr_survey_find(const struct tr_survey *survey,
    const struct tr_address *address);

/* Its walk is over. */
void tr_survey_finish(struct tr_survey *survey, uint32_t slot,
    enum tr_survey_reason reason, int system);

/* So many replies a record has, at most. */
uint32_t tr_survey_hops_max(const struct tr_survey_config *config);

static inline bool
tr_survey_is_multipath(const struct tr_survey_config *config)
{
	return config->multipath.probes_max > 0;
}

static inline struct tr_sent *
tr_survey_sent(const struct tr_survey *survey, uint64_t serial)
{
	return &survey->sent[serial & survey->sent_mask];
}

/* When it was sent, and to say it. */
int64_t tr_survey_sent_at(const struct tr_survey *survey,
    const struct tr_sent *sent);
void tr_survey_set_sent(const struct tr_survey *survey, struct tr_sent *sent,
    int64_t at);

/* --- survey_walk.c ------------------------------------------------------ */

void tr_walk_begin(struct tr_survey *survey, uint32_t slot);

/* The probe that is waited for was answered, or was not. */
void tr_walk_answered(struct tr_survey *survey, uint32_t slot,
    const struct tr_survey_reply *reply);
void tr_walk_silent(struct tr_survey *survey, uint32_t slot);

/* Its TTL has to be probed once more, as if it had not been. */
void tr_walk_again(struct tr_survey *survey, uint32_t slot);

/* An earlier probe was. */
void tr_walk_late(struct tr_survey *survey, uint32_t slot,
    const struct tr_survey_reply *reply);

/* --- survey_match.c ----------------------------------------------------- */

struct tr_survey_match {
	uint64_t serial;
	uint32_t slot;		/* NO_SLOT: its target is done */
	struct tr_address target;
	bool	 rewritten;
	bool	 doubtful;	/* it may answer an earlier probe, too */
};

void tr_survey_match_init(struct tr_survey *survey);

/* The sequence number of a probe with this number (below 65534). */
uint32_t tr_survey_sequence(const struct tr_survey *survey,
    const struct tr_address *target, uint32_t number);

/* What a reply answers.  Returns TR_OK or TR_ENOTFOUND. */
int tr_survey_match(const struct tr_survey *survey,
    const struct tr_packet *packet, struct tr_survey_match *match);

/* --- survey_queue.c ----------------------------------------------------- */

void tr_queue_init(struct tr_survey *survey);

/*
 * The slot's probe is due at this time; now or before: at once.  Not more than
 * TR_SURVEY_SPACING_MAX from now.
 */
void tr_queue_put(struct tr_survey *survey, uint32_t slot, int64_t due);

/* A slot whose time has come, or NO_SLOT. */
uint32_t tr_queue_take(struct tr_survey *survey, int64_t now);

/* When there is one; TR_TIME_NEVER. */
int64_t tr_queue_next(const struct tr_survey *survey);

/* Those who are ready have to wait for their routers once more. */
void tr_queue_unspace(struct tr_survey *survey, int64_t now);

/* Forget them all. */
void tr_queue_clear(struct tr_survey *survey);

/* --- survey_hops.c ------------------------------------------------------ */

size_t tr_hops_size(const struct tr_survey_config *config);
int tr_hops_init(struct tr_survey *survey);

/* Hold a reply for the slot's record; it is marked where there is no room. */
void tr_hops_hold(struct tr_survey *survey, struct tr_slot *slot,
    const struct tr_survey_reply *reply);

/* Move a slot's replies to survey->record, in their order; how many. */
uint32_t tr_hops_take(struct tr_survey *survey, struct tr_slot *slot);

/* --- survey_paths.c: multipath ------------------------------------------ */

#define TR_NO_PROBE	UINT32_MAX

size_t tr_paths_size(const struct tr_survey_config *config);
int tr_paths_init(struct tr_survey *survey);
void tr_paths_free(struct tr_survey *survey);

void tr_paths_begin(struct tr_survey *survey, uint32_t slot);

/*
 * A probe of the slot's was refused by the system: nothing more is sent.  The
 * probe counts as under way until its time is over.
 */
void tr_paths_failed(struct tr_survey *survey, uint32_t slot, int system);

/*
 * The slot's turn has come.  Returns true if a probe of the slot's TTL and of
 * this flow is to be sent; else it waits, or was finished.
 */
bool tr_paths_step(struct tr_survey *survey, uint32_t slot);
uint16_t tr_paths_flow(const struct tr_survey *survey, uint32_t slot);

/* The probe left, with this serial. */
void tr_paths_sent(struct tr_survey *survey, uint32_t slot, uint64_t serial);

/* Which of its target's probes is it?  From 0, or NO_PROBE: none any more. */
uint32_t tr_paths_number(const struct tr_survey *survey, uint32_t slot,
    uint64_t serial);

/* It was answered, or is given up. */
void tr_paths_answered(struct tr_survey *survey, uint32_t slot,
    uint32_t number, const struct tr_survey_reply *reply);
void tr_paths_silent(struct tr_survey *survey, uint32_t slot,
    uint32_t number);

/*
 * The probe that a datagram of the target's answers, which tells the flow only:
 * the one with the highest TTL, of those that wait, if any do.  UINT64_MAX:
 * none.
 */
uint64_t tr_paths_probe_of(const struct tr_survey *survey, uint32_t slot,
    uint16_t flow);

/* The slot is done: its graph, and what else its record says of paths. */
void tr_paths_describe(struct tr_survey *survey, uint32_t slot,
    struct tr_survey_record *record);

#endif
