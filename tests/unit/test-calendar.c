/* The calendar: what covers an instant, across both changes of the clock, and
 * what is refused. The process runs in Europe/Paris. */
#include "unit.h"

#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/files.h"
#include "model/calendar.h"
#include "source/calendar.h"

#define HOUR (INT64_C(3600) * 1000)
#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

#define FILE_OF(event) "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\n" \
	event "\nEND:VEVENT\nEND:VCALENDAR\n"

static struct calendar calendar;

static void
setup(void)
{
	setenv("TZ", "Europe/Paris", 1);
	tzset();
	calendar_init(&calendar);
}

static void
teardown(void)
{
	calendar_release(&calendar);
}

static int64_t
at(const char *text)
{
	int64_t ms;

	ck_assert_msg(clock_parse_rfc3339(text, &ms) == 0, "%s", text);
	return ms;
}

static int
parse(const char *text, struct err *e)
{
	return calendar_parse(&calendar, "x.ics", text, strlen(text),
	    "Europe/Paris", e);
}

/* --- what comes --------------------------------------------------------------- */

#define PARIS "DTSTART;TZID=Europe/Paris:"
#define UNTIL_PARIS "DTEND;TZID=Europe/Paris:"
/* Monday to Friday, from Monday 2026-03-23. */
#define MORNINGS PARIS "20260323T083000\n" UNTIL_PARIS "20260323T120000\n" \
	"RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
/* Sundays in the hours of the changes: 2026-03-29 and 2026-10-25. */
#define NIGHTS(from, to) PARIS "20260322T" from "\n" UNTIL_PARIS \
	"20260322T" to "\nRRULE:FREQ=WEEKLY"

static const struct {
	const char *event, *when;
	int64_t ahead;
	const char *start, *end;	/* NULL: nothing */
} slots[] = {
	/* One time. */
	{"DTSTART:20260615T080000Z\nDTEND:20260615T100000Z",
	    "2026-06-15T08:00:00Z", 0, "2026-06-15T08:00:00Z",
	    "2026-06-15T10:00:00Z"},
	{"DTSTART:20260615T080000Z\nDTEND:20260615T100000Z",
	    "2026-06-15T09:59:59Z", 0, "2026-06-15T08:00:00Z",
	    "2026-06-15T10:00:00Z"},
	{"DTSTART:20260615T080000Z\nDTEND:20260615T100000Z",
	    "2026-06-15T10:00:00Z", HOUR, NULL, NULL},
	{"DTSTART:20260615T080000Z\nDTEND:20260615T100000Z",
	    "2026-06-15T07:00:00Z", HOUR, "2026-06-15T08:00:00Z",
	    "2026-06-15T10:00:00Z"},
	{"DTSTART:20260615T080000Z\nDTEND:20260615T100000Z",
	    "2026-06-15T06:59:59Z", HOUR, NULL, NULL},
	/* Floating, and the zone's: summer and winter. */
	{"DTSTART:20260615T083000\nDTEND:20260615T120000",
	    "2026-06-15T07:00:00Z", 0, "2026-06-15T06:30:00Z",
	    "2026-06-15T10:00:00Z"},
	{"DTSTART:20261215T083000\nDTEND:20261215T120000",
	    "2026-12-15T07:00:00Z", HOUR, "2026-12-15T07:30:00Z",
	    "2026-12-15T11:00:00Z"},
	{PARIS "20260615T083000\n" UNTIL_PARIS "20260615T120000",
	    "2026-06-15T09:59:00Z", 0, "2026-06-15T06:30:00Z",
	    "2026-06-15T10:00:00Z"},
	{"DTSTART;TZID=\"Etc/UTC\":20260615T083000\n"
	    "DTEND;TZID=UTC:20260615T120000", "2026-06-15T08:30:00Z", 0,
	    "2026-06-15T08:30:00Z", "2026-06-15T12:00:00Z"},
	/* Whole days, by the zone's wall; the end is not within. */
	{"DTSTART;VALUE=DATE:20260713\nDTEND;VALUE=DATE:20260715",
	    "2026-07-14T21:59:59Z", 0, "2026-07-12T22:00:00Z",
	    "2026-07-14T22:00:00Z"},
	{"DTSTART;VALUE=DATE:20260713\nDTEND;VALUE=DATE:20260715",
	    "2026-07-14T22:00:00Z", HOUR, NULL, NULL},
	{"DTSTART;VALUE=DATE:20260329", "2026-03-29T21:30:00Z", 0,
	    "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
	{"DTSTART;VALUE=DATE:20261025", "2026-10-25T22:30:00Z", 0,
	    "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
	/* A deadline: no end. */
	{"DTSTART:20260630T160000Z", "2026-06-30T15:00:00Z", HOUR,
	    "2026-06-30T16:00:00Z", "2026-06-30T16:00:00Z"},
	{"DTSTART:20260630T160000Z", "2026-06-30T16:00:01Z", HOUR, NULL, NULL},
	/* Each week, on the wall: before and after the clock changes. */
	{MORNINGS, "2026-03-27T07:30:00Z", 0, "2026-03-27T07:30:00Z",
	    "2026-03-27T11:00:00Z"},
	{MORNINGS, "2026-03-30T06:30:00Z", 0, "2026-03-30T06:30:00Z",
	    "2026-03-30T10:00:00Z"},
	{MORNINGS, "2026-10-26T07:30:00Z", 0, "2026-10-26T07:30:00Z",
	    "2026-10-26T11:00:00Z"},
	{MORNINGS, "2026-10-26T06:29:59Z", HOUR, NULL, NULL},
	{MORNINGS, "2026-03-28T09:00:00Z", HOUR, NULL, NULL},	/* Saturday */
	{MORNINGS, "2026-03-20T09:00:00Z", HOUR, NULL, NULL},	/* too soon */
	/* 02:30 is skipped: by the offset before, 03:30 of summer. */
	{NIGHTS("023000", "040000"), "2026-03-29T01:30:00Z", 0,
	    "2026-03-29T01:30:00Z", "2026-03-29T02:00:00Z"},
	{NIGHTS("013000", "033000"), "2026-03-29T01:29:59Z", 0,
	    "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"},
	/* 02:30 is there twice: the first. */
	{NIGHTS("023000", "040000"), "2026-10-25T00:30:00Z", 0,
	    "2026-10-25T00:30:00Z", "2026-10-25T03:00:00Z"},
	{NIGHTS("013000", "030000"), "2026-10-25T01:59:59Z", 0,
	    "2026-10-24T23:30:00Z", "2026-10-25T02:00:00Z"},
	/* Over midnight. */
	{PARIS "20260601T220000\n" UNTIL_PARIS "20260602T060000\n"
	    "RRULE:FREQ=DAILY", "2026-06-10T03:59:59Z", 0,
	    "2026-06-09T20:00:00Z", "2026-06-10T04:00:00Z"},
	/* Intervals, counts, ends. */
	{"DTSTART:20260601T100000Z\nRRULE:FREQ=DAILY;INTERVAL=3",
	    "2026-06-04T10:00:00Z", 0, "2026-06-04T10:00:00Z",
	    "2026-06-04T10:00:00Z"},
	{"DTSTART:20260601T100000Z\nRRULE:FREQ=DAILY;INTERVAL=3",
	    "2026-06-05T10:00:00Z", 0, NULL, NULL},
	{"DTSTART:20260601T100000Z\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
	    "2026-06-07T10:00:00Z", 0, "2026-06-07T10:00:00Z",
	    "2026-06-07T10:00:00Z"},
	{"DTSTART:20260601T100000Z\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
	    "2026-06-08T10:00:00Z", 0, NULL, NULL},
	{"DTSTART:20260601T100000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3",
	    "2026-06-08T10:00:00Z", 0, "2026-06-08T10:00:00Z",
	    "2026-06-08T10:00:00Z"},
	{"DTSTART:20260601T100000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3",
	    "2026-06-10T10:00:00Z", 0, NULL, NULL},
	{"RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3;BYDAY=MO,TU\n"
	    "DTSTART:20260601T100000Z", "2026-06-15T10:00:00Z", 0,
	    "2026-06-15T10:00:00Z", "2026-06-15T10:00:00Z"},
	{"RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3;BYDAY=MO,TU\n"
	    "DTSTART:20260601T100000Z", "2026-06-16T10:00:00Z", 0, NULL, NULL},
	{"DTSTART:20260601T100000Z\nRRULE:FREQ=DAILY;COUNT=10",
	    "2026-06-10T10:00:00Z", 0, "2026-06-10T10:00:00Z",
	    "2026-06-10T10:00:00Z"},
	{"DTSTART:20260601T100000Z\nRRULE:FREQ=DAILY;COUNT=10",
	    "2026-06-11T10:00:00Z", 0, NULL, NULL},
	{"DTSTART:20260601T100000Z\nRRULE:FREQ=DAILY;UNTIL=20260603T100000Z",
	    "2026-06-03T10:00:00Z", 0, "2026-06-03T10:00:00Z",
	    "2026-06-03T10:00:00Z"},
	{"DTSTART:20260601T100000Z\nRRULE:FREQ=DAILY;UNTIL=20260603T095959Z",
	    "2026-06-03T10:00:00Z", 0, NULL, NULL},
	{PARIS "20260601T083000\nRRULE:FREQ=DAILY;UNTIL=20260603T063000Z",
	    "2026-06-03T06:30:00Z", 0, "2026-06-03T06:30:00Z",
	    "2026-06-03T06:30:00Z"},
	{PARIS "20260601T083000\nRRULE:FREQ=DAILY;UNTIL=20260603",
	    "2026-06-03T06:30:00Z", 0, "2026-06-03T06:30:00Z",
	    "2026-06-03T06:30:00Z"},
	{PARIS "20260601T083000\nRRULE:FREQ=DAILY;UNTIL=20260603",
	    "2026-06-04T06:30:00Z", 0, NULL, NULL},
	{"DTSTART:20260605T100000Z\nRRULE:FREQ=DAILY;BYDAY=MO,FR",
	    "2026-06-06T10:00:00Z", 0, NULL, NULL},
	{"DTSTART:20260605T100000Z\nRRULE:FREQ=DAILY;BYDAY=MO,FR",
	    "2026-06-08T10:00:00Z", 0, "2026-06-08T10:00:00Z",
	    "2026-06-08T10:00:00Z"},
	/* Nobody's time. */
	{"DTSTART:20260615T080000Z\nSTATUS:CANCELLED",
	    "2026-06-15T08:00:00Z", 0, NULL, NULL},
	{"DTSTART:20260615T080000Z\nTRANSP:TRANSPARENT",
	    "2026-06-15T08:00:00Z", 0, NULL, NULL},
};

START_TEST(test_slot)
{
	char *text = xasprintf(FILE_OF("SUMMARY:cours\n%s"), slots[_i].event);
	char shown[CLOCK_TEXT_MAX];
	struct calendar_slot slot;
	struct err e = {""};
	bool found;

	ck_assert_msg(parse(text, &e) == 0, "%s", e.text);
	found = calendar_next(&calendar, at(slots[_i].when), slots[_i].ahead,
	    &slot);
	ck_assert_msg(found == (slots[_i].start != NULL), "%s at %s: %s",
	    slots[_i].event, slots[_i].when, found ?
	    clock_rfc3339(slot.start, shown) : "nothing");
	if (found) {
		ck_assert_str_eq(slot.what, "cours");
		ck_assert_msg(slot.start == at(slots[_i].start), "start %s",
		    clock_rfc3339(slot.start, shown));
		ck_assert_msg(slot.end == at(slots[_i].end), "end %s",
		    clock_rfc3339(slot.end, shown));
	}
	free(text);
}
END_TEST

/* --- what is refused ------------------------------------------------------------ */

static const struct {
	const char *text, *error;
} mistakes[] = {
	{"", "x.ics:1: the file ends, expected BEGIN:VCALENDAR"},
	{"hello\n", "x.ics:1: the line is 'hello', expected NAME:VALUE"},
	{"BEGIN:VEVENT\n", "x.ics:1: BEGIN is 'VEVENT', expected VCALENDAR"},
	{"BEGIN:VCALENDAR\nBEGIN:VTODO\n",
	    "x.ics:2: BEGIN is 'VTODO', expected VEVENT or VTIMEZONE"},
	{"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260615\n",
	    "x.ics:4: the file ends, expected END:VCALENDAR before"},
	{FILE_OF("SUMMARY:x"), "x.ics:3: VEVENT has no DTSTART, expected one"},
	{FILE_OF("DTSTART:20260229T080000Z"), "x.ics:4: DTSTART is "
	    "'20260229T080000Z', expected 20260615, 20260615T083000 or "
	    "20260615T083000Z"},
	{FILE_OF("DTSTART:20260615T250000"), "x.ics:4: DTSTART is "
	    "'20260615T250000', expected 20260615, 20260615T083000 or "
	    "20260615T083000Z"},
	{FILE_OF("DTSTART;VALUE=DATE:20260615T080000"), "x.ics:4: DTSTART is "
	    "'20260615T080000', expected a date, 20260615"},
	{FILE_OF("DTSTART;TZID=America/New_York:20260615T080000"),
	    "x.ics:4: TZID is 'America/New_York', expected UTC or "
	    "Europe/Paris, the zone of this server; start it with "
	    "TZ=America/New_York"},
	{FILE_OF("DTSTART:20260615T080000Z\nDTEND:20260615T090000"),
	    "x.ics:5: DTEND is not of DTSTART's kind, expected two dates, two "
	    "times of UTC or two of one zone"},
	{FILE_OF("DTSTART:20260615T080000Z\nDTEND:20260615T070000Z"),
	    "x.ics:5: DTEND is before DTSTART, expected it after"},
	{FILE_OF("DTSTART:20260615T080000Z\nDURATION:PT1H"),
	    "x.ics:5: DURATION is not read, expected DTSTART, DTEND and RRULE "
	    "alone"},
	{FILE_OF("DTSTART:20260615T080000Z\nRRULE:FREQ=DAILY\n"
	    "EXDATE:20260616T080000Z"), "x.ics:6: EXDATE is not read, "
	    "expected DTSTART, DTEND and RRULE alone"},
	{FILE_OF("DTSTART:20260615T080000Z\nRRULE:FREQ=MONTHLY"),
	    "x.ics:5: FREQ is 'MONTHLY', expected WEEKLY or DAILY"},
	{FILE_OF("RRULE:FREQ=WEEKLY;BYMONTH=6\nDTSTART:20260615T080000Z"),
	    "x.ics:4: RRULE's part is 'BYMONTH', expected FREQ, INTERVAL, "
	    "BYDAY, COUNT or UNTIL"},
	{FILE_OF("DTSTART:20260615T080000Z\nRRULE:FREQ=WEEKLY;BYDAY=1MO"),
	    "x.ics:5: BYDAY is '1MO', expected MO, TU, WE, TH, FR, SA, SU"},
	{FILE_OF("DTSTART:20260615T080000Z\nRRULE:FREQ=WEEKLY;BYDAY=TU"),
	    "x.ics:5: DTSTART's day is not in BYDAY; it is 'MO', expected one "
	    "of BYDAY"},
	{FILE_OF("DTSTART:20260615T080000Z\nRRULE:FREQ=DAILY;COUNT=0"),
	    "x.ics:5: COUNT is '0', expected 1 to 10000"},
	{FILE_OF("DTSTART:20260615T080000Z\nRRULE:FREQ=DAILY;COUNT=2;"
	    "UNTIL=20270101"), "x.ics:5: RRULE has COUNT and UNTIL, expected "
	    "one of them"},
	{FILE_OF("DTSTART:20260615T080000Z\nSUMMARY:a\n b\nRRULE:x"),
	    "x.ics:7: RRULE's part is 'x', expected NAME=VALUE"},
};

START_TEST(test_mistake)
{
	struct err e = {""};

	ck_assert_int_eq(parse(mistakes[_i].text, &e), -1);
	ck_assert_str_eq(e.text, mistakes[_i].error);
	ck_assert_uint_eq(calendar.count, 0);
}
END_TEST

START_TEST(test_no_zone)
{
	static const char text[] = FILE_OF(PARIS "20260615T080000");
	struct err e;

	ck_assert_int_eq(calendar_parse(&calendar, "x.ics", text,
	    sizeof(text) - 1, NULL, &e), -1);
	ck_assert_str_eq(e.text, "x.ics:4: TZID is 'Europe/Paris', expected "
	    "UTC: the zone of this server has no name; start it with TZ set");
}
END_TEST

/* CRLF, folding, escapes, and what no terminal should obey. */
START_TEST(test_summary)
{
	struct err e = {""};

	ck_assert_msg(parse("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"
	    "SUMMARY;LANGUAGE=fr:Cuisine\\, gro\r\n upe B\\nsalle\x1b[31m 2"
	    "\r\nDTSTART:20260615T080000Z\r\nBEGIN:VALARM\r\n"
	    "TRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\n"
	    "END:VCALENDAR\r\n", &e) == 0, "%s", e.text);
	ck_assert_uint_eq(calendar.count, 1);
	ck_assert_str_eq(calendar.events[0].what, "Cuisine, groupe B salle 2");
}
END_TEST

/* --- the weekly table ------------------------------------------------------------- */

static const struct {
	const char *days, *from, *to, *when;
	bool found;
} rows[] = {
	{"mon-fri", "08:30", "12:00", "2026-06-15T06:30:00Z", true},
	{"mon-fri", "08:30", "12:00", "2026-06-15T10:00:00Z", false},
	{"mon-fri", "08:30", "12:00", "2026-12-15T07:30:00Z", true},
	{"mon-fri", "08:30", "12:00", "2026-12-15T06:30:00Z", false},
	{"mon-fri", "08:30", "12:00", "2026-06-14T07:00:00Z", false},
	{"Tue, Thu", "08:30", "12:00", "2026-06-18T07:00:00Z", true},
	{"tue,thu", "08:30", "12:00", "2026-06-17T07:00:00Z", false},
	{"fri-mon", "08:30", "12:00", "2026-06-14T07:00:00Z", true},
	{"fri-mon", "08:30", "12:00", "2026-06-16T07:00:00Z", false},
	{"sun", "22:00", "06:00", "2026-06-15T03:59:00Z", true},
	{"sun", "22:00", "06:00", "2026-06-15T04:00:00Z", false},
	{"sun", "20:00", "24:00", "2026-06-14T21:59:59Z", true},
	/* The days on which the clock changes. */
	{"sun", "08:00", "09:00", "2026-03-29T06:00:00Z", true},
	{"sun", "08:00", "09:00", "2026-03-29T07:00:00Z", false},
	{"sun", "08:00", "09:00", "2026-10-25T07:00:00Z", true},
	{"sun", "08:00", "09:00", "2026-10-25T06:59:59Z", false},
};

START_TEST(test_weekly)
{
	struct calendar_slot slot;
	struct err e = {""};

	ck_assert_msg(calendar_add_weekly(&calendar, rows[_i].days,
	    rows[_i].from, rows[_i].to, "cours", &e) == 0, "%s", e.text);
	ck_assert_int_eq(calendar_next(&calendar, at(rows[_i].when), 0, &slot),
	    rows[_i].found);
}
END_TEST

START_TEST(test_weekly_words)
{
	static const char *const bad_days[] = {"", "monday", "mon-", "mon,",
		"mon;tue", "lun"};
	static const char *const bad_times[] = {"", "8:30", "08:60", "24:01",
		"25:00", "08.30", "08:30 "};
	size_t i;

	for (i = 0; i < sizeof(bad_days) / sizeof(bad_days[0]); i++)
		ck_assert_msg(!calendar_is_days(bad_days[i]), "%s",
		    bad_days[i]);
	for (i = 0; i < sizeof(bad_times) / sizeof(bad_times[0]); i++)
		ck_assert_msg(!calendar_is_time(bad_times[i]), "%s",
		    bad_times[i]);
}
END_TEST

/* --- the source ------------------------------------------------------------------- */

START_TEST(test_source)
{
	char top[] = "/tmp/vigie-test-calendar-XXXXXX", *path;
	struct loop *loop = loop_new(NULL);
	struct model model;
	struct world world = {.loop = loop, .model = &model};
	struct conf_slot row = {"mon", "08:00", "09:00", "cours"};
	struct conf_calendar c = {.weekly = &row, .weekly_count = 1};
	struct calendar_source *s;
	static const char good[] = FILE_OF("DTSTART:20260615");
	char *expected;

	path = xasprintf("%s/c.ics", mkdtemp(top));
	c.file = path;
	model_init(&model);
	s = calendar_source_new(&world, &c);
	ck_assert(model.calendar.seen.used);
	expected = xasprintf("cannot read %s: No such file or directory",
	    path);
	ck_assert_str_eq(model.calendar.seen.error, expected);
	free(expected);
	ck_assert_int_eq(files_write(path, good, sizeof(good) - 1, 0600,
	    NULL), 0);
	calendar_source_refresh(s);
	ck_assert_ptr_null(model.calendar.seen.error);
	ck_assert_uint_eq(model.calendar.count, 2);
	ck_assert_int_eq(files_write(path, "x", 1, 0600, NULL), 0);
	calendar_source_refresh(s);
	expected = xasprintf("%s:1: the line is 'x', expected NAME:VALUE",
	    path);
	ck_assert_str_eq(model.calendar.seen.error, expected);
	free(expected);
	calendar_source_free(s);
	/* Its hours would be wrong in another zone. */
	c.timezone = (char *)"Asia/Tokyo";
	s = calendar_source_new(&world, &c);
	ck_assert_str_eq(model.calendar.seen.error, "the calendar is of "
	    "Asia/Tokyo, and this server's zone is Europe/Paris: start it with "
	    "TZ=Asia/Tokyo");
	calendar_source_free(s);
	model_release(&model);
	loop_free(loop);
	unlink(path);
	rmdir(top);
	free(path);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("calendar");
	TCase *t = tcase_create("slots");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_slot, 0, COUNT(slots));
	tcase_add_loop_test(t, test_mistake, 0, COUNT(mistakes));
	tcase_add_test(t, test_no_zone);
	tcase_add_test(t, test_summary);
	tcase_add_loop_test(t, test_weekly, 0, COUNT(rows));
	tcase_add_test(t, test_weekly_words);
	tcase_add_test(t, test_source);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_run(suite());
}
