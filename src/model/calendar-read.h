/*
 * What the two files that read iCalendar share: calendar-parse.c has lines,
 * properties and components, calendar-rule.c the recurrence of an event.
 */
#ifndef MODEL_CALENDAR_READ_H
#define MODEL_CALENDAR_READ_H

#include "model/calendar-days.h"

#define WHAT_MAX 200		/* bytes of a summary */

enum where { OUTSIDE, IN_CALENDAR, IN_EVENT, AFTER };

/* A property of the line in hand: points into it. */
struct property {
	char *name, *value;
	const char *zone;	/* TZID, or NULL */
	bool date;		/* VALUE=DATE */
};

/* One event in the making. */
struct making {
	struct calendar_event event;
	bool started, ended, end_utc, end_date, passed_over;
	char *rule;
	size_t line, end_line, rule_line;
};

struct reader {
	const char *file, *at, *end, *zone;
	size_t line, lines;	/* of the line in hand; read so far */
	char *text;		/* the line in hand, unfolded */
	enum where where;
	int skipped;		/* components inside which nothing is read */
	struct making making;
	struct calendar out;
	struct err *e;
};

/* "FILE:LINE: what, expected …"; returns -1. */
int calendar_fault(struct reader *r, size_t line, const char *what,
    const char *expected);
int calendar_fault_value(struct reader *r, size_t line, const char *name,
    const char *value, const char *expected);
/* "20260615", "20260615T083000", "20260615T083000Z". */
int calendar_parse_when(const char *s, struct calendar_time *t, bool *date,
    bool *utc);
/* Read the rule of the event in the making, whose start is known. */
int calendar_finish_rule(struct reader *r);

#endif
