/* iCalendar (RFC 5545), as far as calendar.h says. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "model/calendar-read.h"

int
calendar_fault(struct reader *r, size_t line, const char *what,
    const char *expected)
{
	char *clean = text_clean(what, strnlen(what, WHAT_MAX));

	err_set(r->e, "%s:%zu: %s, expected %s", r->file, line, clean,
	    expected);
	free(clean);
	return -1;
}

int
calendar_fault_value(struct reader *r, size_t line, const char *name,
    const char *value, const char *expected)
{
	char *what = xasprintf("%s is '%.*s'", name, WHAT_MAX, value);

	calendar_fault(r, line, what, expected);
	free(what);
	return -1;
}

/* --- lines ------------------------------------------------------------------ */

/* The next line, with those that continue it. False at the end. */
static bool
read_line(struct reader *r)
{
	struct buf b = BUF_INIT(CALENDAR_BYTES_MAX);

	free(r->text);
	r->text = NULL;
	if (r->at == r->end) {
		buf_release(&b);
		return false;
	}
	r->line = r->lines + 1;
	do {
		const char *stop = memchr(r->at, '\n', r->end - r->at);
		size_t len = (stop ? stop : r->end) - r->at;

		if (r->lines >= r->line) {
			r->at++;	/* the mark of a continuation */
			len--;
		}
		buf_add(&b, r->at, len && r->at[len - 1] == '\r' ? len - 1 :
		    len);
		r->at = stop ? stop + 1 : r->end;
		r->lines++;
	} while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'));
	r->text = buf_detach(&b);
	return true;
}

/* The end of a parameter's value, past quotes. */
static char *
value_end(char *s)
{
	bool quoted = false;

	for (; *s && (quoted || (*s != ';' && *s != ':')); s++)
		if (*s == '"')
			quoted = !quoted;
	return s;
}

static void
take_parameter(struct property *p, char *text)
{
	char *value = strchr(text, '=');
	size_t len;

	if (!value)
		return;
	*value++ = '\0';
	len = strlen(value);
	if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
		value[len - 1] = '\0';
		value++;
	}
	if (strcasecmp(text, "TZID") == 0)
		p->zone = value;
	else if (strcasecmp(text, "VALUE") == 0)
		p->date = strcasecmp(value, "DATE") == 0;
}

/* "NAME;PARAMETER=VALUE:VALUE", cut up in place. */
static int
split(struct reader *r, struct property *p)
{
	char *s = r->text, *stop, mark;

	*p = (struct property){.name = s};
	s += strcspn(s, ";:");
	if (s == p->name || *s == '\0')
		return calendar_fault_value(r, r->line, "the line", r->text,
		    "NAME:VALUE");
	mark = *s;
	*s++ = '\0';
	while (mark == ';') {
		stop = value_end(s);
		mark = *stop;
		if (mark == '\0')
			return calendar_fault_value(r, r->line, p->name, s,
			    "':' and a value");
		*stop = '\0';
		take_parameter(p, s);
		s = stop + 1;
	}
	p->value = s;
	return 0;
}

/* --- values ----------------------------------------------------------------- */

/* n digits; -1. */
static int
digits(const char *s, int n)
{
	int value = 0;

	while (n--) {
		if (*s < '0' || *s > '9')
			return -1;
		value = value * 10 + *s++ - '0';
	}
	return value;
}

static int
parse_date(const char *s, int64_t *day)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31};
	int y = digits(s, 4), m, d, length;

	if (y < 1900 || (m = digits(s + 4, 2)) < 1 || m > 12 ||
	    (d = digits(s + 6, 2)) < 1)
		return -1;
	length = lengths[m - 1] + (m == 2 && y % 4 == 0 &&
	    (y % 100 != 0 || y % 400 == 0));
	if (d > length)
		return -1;
	*day = calendar_day(y, m, d);
	return 0;
}

int
calendar_parse_when(const char *s, struct calendar_time *t, bool *date,
    bool *utc)
{
	int hour, minute, second;

	if (strlen(s) < 8 || parse_date(s, &t->day) == -1)
		return -1;
	*date = s[8] == '\0';
	*utc = false;
	t->second = 0;
	if (*date)
		return 0;
	if (s[8] != 'T' || (hour = digits(s + 9, 2)) < 0 || hour > 23 ||
	    (minute = digits(s + 11, 2)) < 0 || minute > 59 ||
	    (second = digits(s + 13, 2)) < 0 || second > 60)
		return -1;
	*utc = s[15] == 'Z';
	t->second = (hour * 60 + minute) * 60 + (second > 59 ? 59 : second);
	return s[15 + *utc] == '\0' ? 0 : -1;
}

static bool
is_utc(const char *zone)
{
	return strcasecmp(zone, "UTC") == 0 ||
	    strcasecmp(zone, "Etc/UTC") == 0;
}

static int
take_when(struct reader *r, const struct property *p,
    struct calendar_time *t, bool *date, bool *utc)
{
	if (calendar_parse_when(p->value, t, date, utc) == -1 || (p->date && !*date))
		return calendar_fault_value(r, r->line, p->name, p->value, p->date ?
		    "a date, 20260615" : "20260615, 20260615T083000 or "
		    "20260615T083000Z");
	if (!p->zone || *date || *utc)
		return 0;
	if (is_utc(p->zone)) {
		*utc = true;
		return 0;
	}
	if (!r->zone)
		return calendar_fault_value(r, r->line, "TZID", p->zone, "UTC: the "
		    "zone of this server has no name; start it with TZ set");
	if (strcmp(p->zone, r->zone) != 0) {
		char *expected = xasprintf("UTC or %s, the zone of this "
		    "server; start it with TZ=%.*s", r->zone, 60, p->zone);

		calendar_fault_value(r, r->line, "TZID", p->zone, expected);
		free(expected);
		return -1;
	}
	return 0;
}

static char *
unescape(const char *s)
{
	struct buf b = BUF_INIT(WHAT_MAX);
	char *clean;

	for (; *s && b.len < WHAT_MAX; s++) {
		char c = *s;

		if (c == '\\' && s[1]) {
			s++;
			c = *s == 'n' || *s == 'N' ? ' ' : *s;
		}
		buf_add(&b, &c, 1);
	}
	clean = text_clean(buf_str(&b), b.len);
	buf_release(&b);
	return clean;
}

/* --- events --------------------------------------------------------------------- */

static int
take_start(struct reader *r, const struct property *p)
{
	struct making *m = &r->making;

	if (m->started)
		return calendar_fault(r, r->line, "DTSTART is there twice", "one");
	m->started = true;
	return take_when(r, p, &m->event.start, &m->event.all_day,
	    &m->event.utc);
}

static int
take_end(struct reader *r, const struct property *p)
{
	struct making *m = &r->making;

	if (m->ended)
		return calendar_fault(r, r->line, "DTEND is there twice", "one");
	m->ended = true;
	m->end_line = r->line;
	return take_when(r, p, &m->event.end, &m->end_date, &m->end_utc);
}

static int
take_summary(struct reader *r, const struct property *p)
{
	free(r->making.event.what);
	r->making.event.what = unescape(p->value);
	return 0;
}

static int
take_rule(struct reader *r, const struct property *p)
{
	if (r->making.rule)
		return calendar_fault(r, r->line, "RRULE is there twice", "one");
	r->making.rule = xstrdup(p->value);
	r->making.rule_line = r->line;
	return 0;
}

static int
take_status(struct reader *r, const struct property *p)
{
	r->making.passed_over |= strcasecmp(p->value, "CANCELLED") == 0 ||
	    strcasecmp(p->value, "TRANSPARENT") == 0;
	return 0;
}

/* Slots would come or go by it. */
static int
refuse(struct reader *r, const struct property *p)
{
	char *what = xasprintf("%s is not read", p->name);

	calendar_fault(r, r->line, what, "DTSTART, DTEND and RRULE alone");
	free(what);
	return -1;
}

static const struct {
	const char *name;
	int (*take)(struct reader *r, const struct property *p);
} properties[] = {
	{"DTSTART", take_start}, {"DTEND", take_end},
	{"SUMMARY", take_summary}, {"RRULE", take_rule},
	{"STATUS", take_status}, {"TRANSP", take_status},
	{"DURATION", refuse}, {"RDATE", refuse}, {"EXDATE", refuse},
	{"EXRULE", refuse}, {"RECURRENCE-ID", refuse},
};

static int
take_property(struct reader *r, const struct property *p)
{
	size_t i;

	for (i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
		if (strcasecmp(p->name, properties[i].name) == 0)
			return properties[i].take(r, p);
	return 0;
}

static int
check_end(struct reader *r)
{
	struct making *m = &r->making;
	struct calendar_event *e = &m->event;
	int64_t length;

	if (!m->ended) {
		e->end = e->start;
		e->end.day += e->all_day;
		return 0;
	}
	if (m->end_date != e->all_day || m->end_utc != e->utc)
		return calendar_fault(r, m->end_line, "DTEND is not of DTSTART's kind",
		    "two dates, two times of UTC or two of one zone");
	length = calendar_instant(&e->end, true) -
	    calendar_instant(&e->start, true);
	if (length == 0 && e->all_day)
		e->end.day++;
	if (length < 0)
		return calendar_fault(r, m->end_line, "DTEND is before DTSTART",
		    "it after");
	if (length > CALENDAR_SPAN_DAYS * INT64_C(86400))
		return calendar_fault(r, m->end_line, "the event takes more than a "
		    "year", "400 days at most");
	return 0;
}

static void
making_release(struct making *m)
{
	free(m->event.what);
	free(m->rule);
	*m = (struct making){.line = 0};
}

static int
finish_event(struct reader *r)
{
	struct making *m = &r->making;

	if (!m->started)
		return calendar_fault(r, m->line, "VEVENT has no DTSTART", "one");
	m->event.last.day = INT64_MAX;
	if (check_end(r) == -1 || (m->rule && calendar_finish_rule(r) == -1))
		return -1;
	if (!m->passed_over) {
		if (r->out.count == CALENDAR_EVENTS_MAX)
			return calendar_fault(r, m->line, "too many events",
			    "at most 2000");
		if (!m->event.what)
			m->event.what = xstrdup("(no summary)");
		*calendar_add(&r->out) = m->event;
		m->event.what = NULL;
	}
	making_release(m);
	return 0;
}

/* --- components ------------------------------------------------------------------ */

static int
begin(struct reader *r, const char *name)
{
	if (r->where == OUTSIDE && strcasecmp(name, "VCALENDAR") == 0) {
		r->where = IN_CALENDAR;
	} else if (r->where == IN_CALENDAR &&
	    strcasecmp(name, "VEVENT") == 0) {
		r->where = IN_EVENT;
		r->making.line = r->line;
	} else if ((r->where == IN_CALENDAR &&
	    strcasecmp(name, "VTIMEZONE") == 0) || (r->where == IN_EVENT &&
	    strcasecmp(name, "VALARM") == 0)) {
		/* Zones go by their names, alarms do not matter. */
		r->skipped = 1;
	} else {
		return calendar_fault_value(r, r->line, "BEGIN", name,
		    r->where == OUTSIDE ? "VCALENDAR" : r->where == IN_EVENT ?
		    "VALARM" : r->where == AFTER ? "the end of the file" :
		    "VEVENT or VTIMEZONE");
	}
	return 0;
}

static int
end(struct reader *r, const char *name)
{
	if (r->where == IN_EVENT && strcasecmp(name, "VEVENT") == 0) {
		r->where = IN_CALENDAR;
		return finish_event(r);
	}
	if (r->where == IN_CALENDAR && strcasecmp(name, "VCALENDAR") == 0) {
		r->where = AFTER;
		return 0;
	}
	return calendar_fault_value(r, r->line, "END", name,
	    r->where == IN_EVENT ? "VEVENT" : "VCALENDAR");
}

static int
take_line(struct reader *r)
{
	struct property p;
	bool begins, ends;

	if (r->text[0] == '\0')
		return 0;
	if (split(r, &p) == -1)
		return -1;
	begins = strcasecmp(p.name, "BEGIN") == 0;
	ends = strcasecmp(p.name, "END") == 0;
	if (r->skipped) {
		r->skipped += begins - ends;
		return 0;
	}
	if (begins)
		return begin(r, p.value);
	if (ends)
		return end(r, p.value);
	if (r->where == OUTSIDE || r->where == AFTER)
		return calendar_fault_value(r, r->line, "the line", p.name,
		    r->where == AFTER ? "the end of the file" :
		    "BEGIN:VCALENDAR");
	return r->where == IN_EVENT ? take_property(r, &p) : 0;
}

static int
read_all(struct reader *r)
{
	if (r->end - r->at > CALENDAR_BYTES_MAX)
		return calendar_fault(r, 1, "the file is too large", "1 MiB at most");
	if (memchr(r->at, '\0', r->end - r->at))
		return calendar_fault(r, 1, "the file has a byte of 0", "text");
	while (read_line(r))
		if (take_line(r) == -1)
			return -1;
	if (r->where != AFTER)
		return calendar_fault(r, r->lines + 1, "the file ends",
		    r->where == OUTSIDE ? "BEGIN:VCALENDAR" :
		    "END:VCALENDAR before");
	return 0;
}

int
calendar_parse(struct calendar *c, const char *file, const char *text,
    size_t len, const char *zone, struct err *e)
{
	struct reader r = {.file = file, .at = text, .end = text + len,
	    .zone = zone, .e = e};
	int result = read_all(&r);
	size_t i;

	for (i = 0; result == 0 && i < r.out.count; i++) {
		*calendar_add(c) = r.out.events[i];
		r.out.events[i].what = NULL;
	}
	calendar_clear(&r.out);
	making_release(&r.making);
	free(r.text);
	return result;
}
