#include "source/calendar.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/files.h"
#include "base/text.h"

enum { LOOK_MS = 60 * 1000 };

struct calendar_source {
	struct world *w;
	const struct conf_calendar *c;
	struct loop_timer *timer;
	bool read;		/* `as` is of the file that was read well */
	struct stat as;
};

/* --- the zone --------------------------------------------------------------- */

static char *
zone_of_link(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/etc/localtime", path, sizeof(path) - 1);
	const char *at;

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	at = strstr(path, "zoneinfo/");
	return at ? text_clean(at + 9, strlen(at + 9)) : NULL;
}

static char *
zone_of_file(void)
{
	struct buf b = BUF_INIT(256);
	char *zone = NULL;
	size_t n;

	if (files_read("/etc/timezone", &b, NULL) == 0) {
		n = strcspn(buf_str(&b), " \t\r\n");
		zone = n ? text_clean(buf_str(&b), n) : NULL;
	}
	buf_release(&b);
	return zone;
}

char *
calendar_zone(void)
{
	const char *tz = getenv("TZ");
	char *zone;

	if (tz && *tz == ':')
		tz++;
	if (tz)
		return *tz ? text_clean(tz, strlen(tz)) : xstrdup("UTC");
	zone = zone_of_link();
	return zone ? zone : zone_of_file();
}

/* --- looking ---------------------------------------------------------------- */

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int
check_zone(const struct conf_calendar *c, const char *zone, struct err *e)
{
	if (!c->timezone || (zone && strcmp(c->timezone, zone) == 0))
		return 0;
	return err_set(e, "the calendar is of %s, and this server's zone is "
	    "%s: start it with TZ=%s", c->timezone, zone ? zone :
	    "not known", c->timezone);
}

static int
read_file(const struct conf_calendar *c, const char *zone,
    struct calendar *out, struct stat *as, struct err *e)
{
	struct buf text = BUF_INIT(CALENDAR_BYTES_MAX);
	int result = -1;

	if (stat(c->file, as) == -1)
		return err_errno(e, "cannot read %s", c->file);
	/* A FIFO would hold the server up. */
	if (!S_ISREG(as->st_mode))
		return err_set(e, "%s is no regular file", c->file);
	if (files_read(c->file, &text, e) == 0)
		result = calendar_parse(out, c->file, buf_str(&text),
		    text.len, zone, e);
	buf_release(&text);
	return result;
}

static int
read_all(struct calendar_source *s, struct calendar *out, struct stat *as,
    struct err *e)
{
	const struct conf_calendar *c = s->c;
	char *zone = calendar_zone();
	int result = check_zone(c, zone, e);
	size_t i;

	for (i = 0; result == 0 && i < c->weekly_count; i++)
		result = calendar_add_weekly(out, c->weekly[i].days,
		    c->weekly[i].from, c->weekly[i].to, c->weekly[i].what, e);
	if (result == 0 && c->file)
		result = read_file(c, zone, out, as, e);
	free(zone);
	return result;
}

static bool
is_unchanged(const struct calendar_source *s)
{
	struct stat now;

	return s->read && (!s->c->file || (stat(s->c->file, &now) == 0 &&
	    is_same(&now, &s->as)));
}

static void
look(void *arg)
{
	struct calendar_source *s = arg;
	struct calendar *c = &s->w->model->calendar, fresh;
	struct stat as = {0};
	struct err e;

	s->timer = loop_timer(s->w->loop, LOOK_MS, look, s);
	if (is_unchanged(s)) {
		observation_ok(&c->seen, clock_wall());
		return;
	}
	calendar_init(&fresh);
	s->read = read_all(s, &fresh, &as, &e) == 0;
	if (s->read) {
		calendar_clear(c);
		c->events = fresh.events;
		c->count = fresh.count;
		fresh.events = NULL;
		fresh.count = 0;
		s->as = as;
		observation_ok(&c->seen, clock_wall());
	} else {
		observation_failed(&c->seen, clock_wall(), e.text);
	}
	calendar_release(&fresh);
}

void
calendar_source_refresh(struct calendar_source *s)
{
	if (!s)
		return;
	loop_timer_cancel(s->timer);
	look(s);
}

/* --- life ------------------------------------------------------------------- */

struct calendar_source *
calendar_source_new(struct world *w, const struct conf_calendar *c)
{
	struct calendar_source *s;

	w->model->calendar.seen.used = c->file || c->weekly_count > 0;
	if (!w->model->calendar.seen.used)
		return NULL;
	w->model->calendar.seen.stale_after = 5 * LOOK_MS;
	s = xcalloc(1, sizeof(*s));
	s->w = w;
	s->c = c;
	look(s);
	return s;
}

void
calendar_source_free(struct calendar_source *s)
{
	if (!s)
		return;
	loop_timer_cancel(s->timer);
	free(s);
}
