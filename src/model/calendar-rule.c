/* How an event of iCalendar comes again: RRULE, as far as calendar.h says. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "model/calendar-read.h"

static const char *const day_names[] = {"MO", "TU", "WE", "TH", "FR", "SA",
	"SU"};

static unsigned
parse_byday(const char *s)
{
	unsigned days = 0;
	int i;

	for (;;) {
		for (i = 0; i < 7; i++)
			if (strncasecmp(s, day_names[i], 2) == 0)
				break;
		if (i == 7)
			return 0;
		days |= 1u << i;
		s += 2;
		if (*s == '\0')
			return days;
		if (*s++ != ',')
			return 0;
	}
}

struct rule {
	const char *freq, *until, *wkst;
	int64_t count, interval;
	unsigned days;
};

static int
take_part(struct reader *r, struct rule *u, const char *name,
    const char *value)
{
	size_t line = r->making.rule_line;

	if (strcasecmp(name, "FREQ") == 0)
		u->freq = value;
	else if (strcasecmp(name, "UNTIL") == 0)
		u->until = value;
	else if (strcasecmp(name, "WKST") == 0)
		u->wkst = value;
	else if (strcasecmp(name, "COUNT") == 0)
		return text_int(value, 1, CALENDAR_COUNT_MAX, &u->count) == 0 ?
		    0 : calendar_fault_value(r, line, "COUNT", value, "1 to 10000");
	else if (strcasecmp(name, "INTERVAL") == 0)
		return text_int(value, 1, CALENDAR_COUNT_MAX,
		    &u->interval) == 0 ? 0 : calendar_fault_value(r, line, "INTERVAL",
		    value, "1 to 10000");
	else if (strcasecmp(name, "BYDAY") == 0)
		return (u->days = parse_byday(value)) ? 0 : calendar_fault_value(r,
		    line, "BYDAY", value, "MO, TU, WE, TH, FR, SA, SU");
	else
		return calendar_fault_value(r, line, "RRULE's part", name, "FREQ, "
		    "INTERVAL, BYDAY, COUNT or UNTIL");
	return 0;
}

static int
take_parts(struct reader *r, struct rule *u)
{
	char *part, *rest = r->making.rule, *value;

	while ((part = strsep(&rest, ";"))) {
		value = strchr(part, '=');
		if (!value)
			return calendar_fault_value(r, r->making.rule_line,
			    "RRULE's part", part, "NAME=VALUE");
		*value++ = '\0';
		if (take_part(r, u, part, value) == -1)
			return -1;
	}
	return 0;
}

/* The start of its last one, counted from the first. */
static void
set_count(struct calendar_event *e, int64_t count)
{
	int64_t day = e->start.day;

	while (--count > 0)
		do {
			day += e->weekly ? 1 : e->step;
			/* Into the next week that counts. */
			if (e->weekly && calendar_weekday(day) == 0)
				day += (e->step - 1) * INT64_C(7);
		} while (!calendar_occurs(e, day));
	e->last = (struct calendar_time){day, e->start.second};
	e->last_utc = e->utc;
}

static int
set_until(struct reader *r, const char *text)
{
	struct calendar_event *e = &r->making.event;
	bool date;

	if (calendar_parse_when(text, &e->last, &date, &e->last_utc) == -1)
		return calendar_fault_value(r, r->making.rule_line, "UNTIL", text,
		    "20260615 or 20260615T083000Z");
	if (date)
		e->last.second = 86399;
	e->last_utc |= e->utc;
	return 0;
}

int
calendar_finish_rule(struct reader *r)
{
	struct making *m = &r->making;
	struct calendar_event *e = &m->event;
	struct rule u = {.interval = 1};

	if (take_parts(r, &u) == -1)
		return -1;
	if (!u.freq || (strcasecmp(u.freq, "WEEKLY") != 0 &&
	    strcasecmp(u.freq, "DAILY") != 0))
		return calendar_fault_value(r, m->rule_line, "FREQ", u.freq ? u.freq :
		    "", "WEEKLY or DAILY");
	if (u.count && u.until)
		return calendar_fault(r, m->rule_line, "RRULE has COUNT and UNTIL",
		    "one of them");
	e->weekly = strcasecmp(u.freq, "WEEKLY") == 0;
	e->step = u.interval;
	if (u.wkst && e->weekly && e->step > 1 && strcasecmp(u.wkst, "MO"))
		return calendar_fault_value(r, m->rule_line, "WKST", u.wkst, "MO");
	e->days = u.days ? u.days : !e->weekly ? 127 :
	    1u << calendar_weekday(e->start.day);
	if (!(e->days & 1u << calendar_weekday(e->start.day)))
		return calendar_fault_value(r, m->rule_line, "DTSTART's day is not in "
		    "BYDAY; it", day_names[calendar_weekday(e->start.day)],
		    "one of BYDAY");
	if (u.until)
		return set_until(r, u.until);
	if (u.count)
		set_count(e, u.count);
	return 0;
}
