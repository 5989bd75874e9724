#include <errno.h>

#include "base/error.h"
#include "io/driver.h"

static void
send_probe(struct tr_driver *driver, const struct tr_action *action,
    int64_t now)
{
	const int error = driver->world->send(driver->world_state,
	    action->packet, action->size);
	const struct tr_event event = {
		.type = TR_EVENT_FAILED,
		.now = now,
		.probe = action->probe,
		.error = error,
		.retry = error == ENOBUFS || error == EAGAIN,
	};

	if (error != 0)
		(void)tr_engine_feed(driver->engine, &event);
}

/* What the frame itself does not tell. */
static void
take_note(struct tr_driver *driver, const struct tr_record *record)
{
	if (record->type == TR_RECORD_REPLY)
		driver->note.late = record->late;
	if (record->type == TR_RECORD_DEPARTED &&
	    tr_flow_is_varied(record->flow))
		driver->note.flow = record->flow;
}

/* Do what the engine wants until it waits or is done. */
static void
take_actions(struct tr_driver *driver, int64_t now)
{
	struct tr_action action;

	while (tr_engine_next(driver->engine, &action)) {
		switch (action.type) {
		case TR_ACTION_SEND:
			send_probe(driver, &action, now);
			break;
		case TR_ACTION_WAKE:
			driver->world->wake(driver->world_state,
			    action.wake);
			break;
		case TR_ACTION_EMIT:
			take_note(driver, action.record);
			driver->sink->record(driver->sink->context,
			    action.record);
			break;
		case TR_ACTION_DONE:
			driver->done = true;
			break;
		}
	}
}

void
tr_driver_feed(struct tr_driver *driver, enum tr_event_type type, int64_t now)
{
	const struct tr_event event = { .type = type, .now = now };

	(void)tr_engine_feed(driver->engine, &event);
	take_actions(driver, now);
}

void
tr_driver_frame(struct tr_driver *driver, const struct tr_frame *frame,
    int64_t now)
{
	const struct tr_event event = {
		.type = TR_EVENT_FRAME,
		.now = now,
		.stamp = frame->stamp,
		.link = frame->link,
		.frame = frame->data,
		.size = frame->size,
	};
	const int status = tr_engine_feed(driver->engine, &event);

	driver->note = (struct tr_frame_note){ .late = false };
	take_actions(driver, now);
	if (status == TR_OK && driver->sink->evidence != NULL)
		tr_evidence_frame(driver->sink->evidence, frame,
		    &driver->note);
}
