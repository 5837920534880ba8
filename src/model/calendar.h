/*
 * When the business must not be disturbed (the plan, §8: "cours en cours /
 * saisie deadline"): slots of a weekly table and of an iCalendar file (RFC
 * 5545). Pure: bytes in, plain data out; filled by source/calendar.
 *
 * Of iCalendar it takes what a slot needs: VEVENT with DTSTART, DTEND, SUMMARY,
 * and RRULE of FREQ=DAILY or WEEKLY with INTERVAL, BYDAY, COUNT, UNTIL. What
 * would move or remove slots and is not taken is refused, with "FILE:LINE: what
 * was found, what was expected": a calendar that was misunderstood would let a
 * deploy through. Cancelled and transparent events are passed over.
 *
 * Times of day are UTC or the zone's of this process (TZ); both ends of a slot
 * go by the clock on the wall, across a change to daylight saving time too.
 */
#ifndef MODEL_CALENDAR_H
#define MODEL_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/observation.h"

#define CALENDAR_BYTES_MAX (1024 * 1024)
#define CALENDAR_EVENTS_MAX 2000
#define CALENDAR_COUNT_MAX 10000	/* of a COUNT, and of an INTERVAL */
#define CALENDAR_SPAN_DAYS 400		/* of one slot */

/* A day and a time of it, as a calendar on the wall has them. */
struct calendar_time {
	int64_t day;		/* since 1970-01-01 */
	int second;		/* of the day */
};

struct calendar_event {
	char *what;
	bool utc;		/* else the zone's */
	bool all_day;
	struct calendar_time start, end;	/* of the first one */
	/* How it comes again: every `step` days, or on the days of every
	 * `step`-th week; step 0: never. */
	bool weekly;
	int step;
	unsigned days;		/* bit 0 Monday; of DAILY a filter, 127 all */
	struct calendar_time last;	/* no start after it … */
	bool last_utc;		/* … on UTC's wall, whatever utc says */
};

struct calendar {
	struct observation seen;	/* used: one is configured */
	struct calendar_event *events;
	size_t count;
};

/* One occurrence. */
struct calendar_slot {
	const char *what;	/* borrowed from the calendar */
	int64_t start, end;	/* wall ms */
};

void calendar_init(struct calendar *c);
void calendar_release(struct calendar *c);
/* All events go; `seen` stays. */
void calendar_clear(struct calendar *c);

/* Append the file's events. `file` is its name for errors; `zone` the name of
 * this process's zone ("Europe/Paris"), or NULL when that is not known: any
 * TZID but UTC is refused then. On failure *c is untouched. */
int calendar_parse(struct calendar *c, const char *file, const char *text,
    size_t len, const char *zone, struct err *e);
/* Append a row of the weekly table: "mon-fri", "sat,sun", "fri-mon"; "08:30",
 * "12:00" ("24:00" too; not after `from`: it ends on the next day). */
int calendar_add_weekly(struct calendar *c, const char *days,
    const char *from, const char *to, const char *what, struct err *e);
/* The same check alone. */
bool calendar_is_days(const char *text);
bool calendar_is_time(const char *text);

/* The slot that covers `now` or begins within `ahead` ms, the earliest. A
 * deadline (a slot that ends when it starts) counts until it is over. */
bool calendar_next(const struct calendar *c, int64_t now, int64_t ahead,
    struct calendar_slot *out);

#endif
