/*
 * What the two files of the calendar share: calendar.c has days and slots,
 * calendar-parse.c reads iCalendar.
 */
#ifndef MODEL_CALENDAR_DAYS_H
#define MODEL_CALENDAR_DAYS_H

#include "model/calendar.h"

/* Since 1970-01-01, of the Gregorian calendar; month and day from 1. */
int64_t calendar_day(int64_t year, int month, int day);
int calendar_weekday(int64_t day);	/* 0 Monday */
/* Seconds since 1970-01-01T00:00:00Z. */
int64_t calendar_instant(const struct calendar_time *t, bool utc);
/* Whether one begins on that day of the event's wall. */
bool calendar_occurs(const struct calendar_event *e, int64_t day);
/* A new one at the end, which never ends to come again. */
struct calendar_event *calendar_add(struct calendar *c);

#endif
