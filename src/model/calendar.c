/* Slots: the weekly table, and what covers or comes next. */
#include "model/calendar.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/alloc.h"
#include "base/text.h"
#include "model/calendar-days.h"

#define DAY_S INT64_C(86400)

void
calendar_init(struct calendar *c)
{
	*c = (struct calendar){
		.seen = {.observed_at = TIME_UNKNOWN,
		    .attempted_at = TIME_UNKNOWN},
	};
}

void
calendar_clear(struct calendar *c)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		free(c->events[i].what);
	free(c->events);
	c->events = NULL;
	c->count = 0;
}

void
calendar_release(struct calendar *c)
{
	calendar_clear(c);
	free(c->seen.error);
	calendar_init(c);
}

/* --- days ------------------------------------------------------------------- */

int64_t
calendar_day(int64_t year, int month, int day)
{
	/* Counted in years that begin in March, so that a leap day comes last;
	 * 400 of them have 146097 days. */
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 +
	    day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - 719468;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int
calendar_weekday(int64_t day)
{
	return day + 3 - floor_div(day + 3, 7) * 7;
}

static int64_t
week(int64_t day)
{
	return floor_div(day + 3, 7);
}

static bool
after(const struct calendar_time *a, const struct calendar_time *b)
{
	return a->day != b->day ? a->day > b->day : a->second > b->second;
}

/* Seconds that the zone's wall is ahead of UTC at an instant. */
static int64_t
offset_at(int64_t utc)
{
	time_t t = utc;
	struct tm tm;

	return localtime_r(&t, &tm) ? tm.tm_gmtoff : 0;
}

int64_t
calendar_instant(const struct calendar_time *t, bool utc)
{
	int64_t wall = t->day * DAY_S + t->second, before, later;

	if (utc)
		return wall;
	/* As RFC 5545 (§3.3.5) has it: an hour that is there twice means the
	 * first, one that is skipped goes by the offset before the gap. */
	before = wall - offset_at(wall - DAY_S);
	if (before + offset_at(before) == wall)
		return before;
	later = wall - offset_at(wall + DAY_S);
	return later + offset_at(later) == wall ? later : before;
}

static int64_t
day_of(int64_t wall_ms, bool utc)
{
	int64_t s = floor_div(wall_ms, 1000);

	return floor_div(utc ? s : s + offset_at(s), DAY_S);
}

/* --- occurrences ------------------------------------------------------------ */

static bool
is_past_last(const struct calendar_event *e, const struct calendar_time *t)
{
	if (e->last.day == INT64_MAX)
		return false;
	return e->last_utc ? calendar_instant(t, e->utc) >
	    calendar_instant(&e->last, true) : after(t, &e->last);
}

bool
calendar_occurs(const struct calendar_event *e, int64_t day)
{
	const struct calendar_time t = {day, e->start.second};
	int64_t since = day - e->start.day;

	if (e->step == 0 || since <= 0)
		return since == 0;
	if (!(e->days & 1u << calendar_weekday(day)))
		return false;
	if (e->weekly)
		since = week(day) - week(e->start.day);
	return since % e->step == 0 && !is_past_last(e, &t);
}

static bool
touches(const struct calendar_event *e, int64_t day, int64_t now,
    int64_t ahead, struct calendar_slot *out)
{
	const struct calendar_time start = {day, e->start.second};
	const struct calendar_time end = {
		day + e->end.day - e->start.day, e->end.second};

	out->what = e->what;
	out->start = calendar_instant(&start, e->utc) * 1000;
	out->end = calendar_instant(&end, e->utc) * 1000;
	return out->start <= now + ahead &&
	    (out->end > now || out->start >= now);
}

bool
calendar_next(const struct calendar *c, int64_t now, int64_t ahead,
    struct calendar_slot *out)
{
	struct calendar_slot slot;
	bool found = false;
	size_t i;

	for (i = 0; i < c->count; i++) {
		const struct calendar_event *e = &c->events[i];
		int64_t last = day_of(now + ahead, e->utc) + 1;
		int64_t day = day_of(now, e->utc) - 1 -
		    (e->end.day - e->start.day);

		if (day < e->start.day)
			day = e->start.day;
		for (; day <= last; day++) {
			if (!calendar_occurs(e, day) ||
			    !touches(e, day, now, ahead, &slot) ||
			    (found && slot.start >= out->start))
				continue;
			*out = slot;
			found = true;
		}
	}
	return found;
}

/* --- the weekly table ------------------------------------------------------- */

static const char *const day_names[] = {"mon", "tue", "wed", "thu", "fri",
	"sat", "sun"};

static int
parse_day(const char **at)
{
	int i;

	for (i = 0; i < 7; i++)
		if (strncasecmp(*at, day_names[i], 3) == 0) {
			*at += 3;
			return i;
		}
	return -1;
}

/* 0 when it is none. */
static unsigned
parse_days(const char *s)
{
	unsigned days = 0;
	int from, to;

	for (;;) {
		s += strspn(s, " ");
		from = to = parse_day(&s);
		if (from >= 0 && *s == '-') {
			s++;
			to = parse_day(&s);
		}
		if (from < 0 || to < 0)
			return 0;
		for (; from != to; from = (from + 1) % 7)
			days |= 1u << from;
		days |= 1u << to;
		s += strspn(s, " ");
		if (*s == '\0')
			return days;
		if (*s++ != ',')
			return 0;
	}
}

/* Seconds of the day; -1 when it is none. */
static int
parse_clock(const char *s)
{
	static const char digits[] = "0123456789";
	int hour, minute;

	if (strlen(s) != 5 || strspn(s, digits) != 2 || s[2] != ':' ||
	    strspn(s + 3, digits) != 2)
		return -1;
	hour = (s[0] - '0') * 10 + s[1] - '0';
	minute = (s[3] - '0') * 10 + s[4] - '0';
	if (minute > 59 || hour > 24 || (hour == 24 && minute > 0))
		return -1;
	return (hour * 60 + minute) * 60;
}

bool
calendar_is_days(const char *text)
{
	return parse_days(text) != 0;
}

bool
calendar_is_time(const char *text)
{
	return parse_clock(text) >= 0;
}

struct calendar_event *
calendar_add(struct calendar *c)
{
	struct calendar_event *e;

	c->events = xreallocarray(c->events, c->count + 1,
	    sizeof(*c->events));
	e = &c->events[c->count++];
	*e = (struct calendar_event){.last = {INT64_MAX, 0}};
	return e;
}

int
calendar_add_weekly(struct calendar *c, const char *days, const char *from,
    const char *to, const char *what, struct err *e)
{
	unsigned mask = parse_days(days);
	int start = parse_clock(from), end = parse_clock(to);
	struct calendar_event *event;

	if (!mask)
		return err_set(e, "'%s' are no days, expected mon-fri or "
		    "tue,thu", days);
	if (start < 0 || start == DAY_S || end < 0)
		return err_set(e, "'%s' to '%s' is no time, expected 08:30 to "
		    "12:00", from, to);
	event = calendar_add(c);
	event->what = text_clean(what, strlen(what));
	event->weekly = true;
	event->step = 1;
	event->days = mask;
	/* Any day long ago, of those that it names. */
	while (!(mask & 1u << calendar_weekday(event->start.day)))
		event->start.day++;
	event->start.second = start;
	event->end = (struct calendar_time){event->start.day, end};
	if (end <= start)
		event->end.day++;
	return 0;
}
