#include "base/time.h"
#include "enrich/patience.h"

void
tr_patience_init(struct tr_patience *patience, int64_t wait)
{
	*patience = (struct tr_patience){
		.wait = wait,
		.first_asked = TR_TIME_NONE,
		.end_began = TR_TIME_NONE,
	};
}

void
tr_patience_asked(struct tr_patience *patience, int64_t now)
{
	if (patience->first_asked == TR_TIME_NONE)
		patience->first_asked = now;
}

void
tr_patience_answered(struct tr_patience *patience)
{
	patience->answered = true;
}

/* Nobody is there: so it is taken from then on, until something comes. */
static int64_t
hopeless(const struct tr_patience *patience)
{
	return patience->answered || patience->first_asked == TR_TIME_NONE ?
	    TR_TIME_NEVER : patience->first_asked + patience->wait;
}

int64_t
tr_patience_line(const struct tr_patience *patience, int64_t since)
{
	return tr_time_earlier(since + patience->wait, hopeless(patience));
}

int64_t
tr_patience_end(struct tr_patience *patience, int64_t now)
{
	if (patience->end_began == TR_TIME_NONE)
		patience->end_began = now;
	return tr_time_earlier(patience->end_began + patience->wait -
	    patience->waited, hopeless(patience));
}

void
tr_patience_resume(struct tr_patience *patience, int64_t now)
{
	if (patience->end_began != TR_TIME_NONE)
		patience->waited = tr_time_earlier(patience->wait,
		    patience->waited + now - patience->end_began);
	patience->end_began = TR_TIME_NONE;
}
