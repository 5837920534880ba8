/* wait-until: a time of day, an instant, or so long from now. */
#include "run/verb-table.h"

#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

/* The wall clock may be set while we wait: look again and again. */
enum { LOOK_MS = 1000 };

struct wait {
	struct step *step;
	struct loop_timer *look;
	int64_t until;
};

static const struct verb_argument arguments[] = {
	{"time"},
	{"for", .kind = ARGUMENT_DURATION},
	{NULL},
};

/* "06:30": the next one after `from`. */
static int
time_of_day(const char *s, int64_t from, int64_t *until)
{
	time_t now = from / 1000;
	int64_t hour, minute;
	struct tm tm;
	char h[3] = "", m[3] = "";

	if (strlen(s) != 5 || s[2] != ':')
		return -1;
	memcpy(h, s, 2);
	memcpy(m, s + 3, 2);
	if (text_int(h, 0, 23, &hour) == -1 || text_int(m, 0, 59, &minute) == -1)
		return -1;
	localtime_r(&now, &tm);
	tm.tm_hour = hour;
	tm.tm_min = minute;
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	*until = (int64_t)mktime(&tm) * 1000;
	if (*until <= from) {
		tm.tm_mday++;
		tm.tm_isdst = -1;
		*until = (int64_t)mktime(&tm) * 1000;
	}
	return 0;
}

/* By when the step was begun, so that a restart changes nothing. */
static int
end_of(const struct step *s, int64_t from, int64_t *until, struct err *e)
{
	char *text = step_argument(s, "time");
	int64_t ms = step_duration(s, "for", -1);
	int result = 0;

	if (ms >= 0)
		*until = from + ms;
	else if (!text)
		result = err_set(e, "neither a time nor how long is given");
	else if (time_of_day(text, from, until) == -1 &&
	    clock_parse_rfc3339(text, until) == -1)
		result = err_set(e, "'%s' is no time, expected 06:30 or "
		    "2026-06-15T06:30:00Z", text);
	free(text);
	return result;
}

static void
cancel(struct step *s)
{
	struct wait *w = s->state;

	if (w)
		loop_timer_cancel(w->look);
	free(w);
	s->state = NULL;
}

static void
look(void *arg)
{
	struct wait *w = arg;
	struct step *s = w->step;
	int64_t left = w->until - clock_wall();
	char text[CLOCK_TEXT_MAX], span[CLOCK_TEXT_MAX];

	w->look = NULL;
	if (left <= 0) {
		cancel(s);
		step_end(s, PHASE_DONE, NULL);
		return;
	}
	step_say(s, "until %s, %s left", clock_time_of_day(w->until, text),
	    clock_span(left, span));
	w->look = loop_timer(s->w->loop, left < LOOK_MS ? left : LOOK_MS,
	    look, w);
}

static void
start(struct step *s)
{
	struct wait *w;
	int64_t until;
	struct err e;

	if (end_of(s, s->seen->started_at, &until, &e) == -1) {
		step_end(s, PHASE_FAILED, e.text);
		return;
	}
	w = xcalloc(1, sizeof(*w));
	w->step = s;
	w->until = until;
	s->state = w;
	w->look = loop_timer(s->w->loop, 0, look, w);
}

static void
paper(const struct step *s, struct buf *b)
{
	char *text = step_argument(s, "time"), *ms = step_argument(s, "for");

	paper_comment(b, "wait %s %s", ms ? "for" : "until", ms ? ms :
	    text ? text : "?");
	free(text);
	free(ms);
}

const struct verb verb_wait_until = {
	.shape = {"wait-until", "time", arguments, -1},
	.start = start, .cancel = cancel, .probe = start, .paper = paper,
};
