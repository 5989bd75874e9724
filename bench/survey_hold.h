/*
 * Frames that are held until they are due: a wheel of lists, in a bounded
 * memory.  One is never given out before it is due, and not more than 50 us
 * after, as far as that is up to the wheel.
 *
 * Times are ns of any clock that does not go back.
 */
#ifndef SURVEY_HOLD_H
#define SURVEY_HOLD_H

#include <stddef.h>
#include <stdint.h>

#define SURVEY_HOLD_FRAMES	32768
#define SURVEY_HOLD_SIZE	2096		/* of a frame, at the most */
#define SURVEY_HOLD_TIME	INT64_C(100000000)	/* at the most */
#define SURVEY_HOLD_NEVER	INT64_MAX

struct survey_hold;

/*
 * Up to 69 MB, of which as much is used as was ever held at once.  Returns
 * NULL without memory.  Free with survey_hold_free().
 */
struct survey_hold *survey_hold_new(void);
void survey_hold_free(struct survey_hold *hold);

/*
 * Keep a copy of a frame, until it is due.  Returns 0; or -1 when the wheel is
 * full, the frame is too large, or it is due more than SURVEY_HOLD_TIME after
 * the now of the last survey_hold_take() that returned 0.
 */
int survey_hold_put(struct survey_hold *hold, const uint8_t *frame,
    size_t size, int64_t due);

/*
 * Write the next frame that is due now to frame (SURVEY_HOLD_SIZE bytes); its
 * size, or 0 when none is.
 */
size_t survey_hold_take(struct survey_hold *hold, int64_t now,
    uint8_t *frame);

/* When the next can be taken; SURVEY_HOLD_NEVER when none is held. */
int64_t survey_hold_next(const struct survey_hold *hold);

#endif
