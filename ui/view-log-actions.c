/* The commands of the log view. See view-log-private.h. */
#include "ui/view-log.h"

#include <time.h>

#include "base/alloc.h"
#include "base/files.h"
#include "base/i18n.h"
#include "config/place.h"
#include "ui/view-log-private.h"

int
run_log_follow(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct log_view *v = (struct log_view *)c->view;

	if (v->follow)
		log_stay(v);
	else
		log_follow(v);
	console_dirty(c);
	return 0;
}

int
run_log_severity(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct log_view *v = (struct log_view *)c->view;

	v->least = v->least == SEVERITY_NONE ? SEVERITY_INFO :
	    v->least == SEVERITY_ERROR ? SEVERITY_NONE : v->least + 1;
	console_dirty(c);
	return 0;
}

int
run_log_wrap(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct log_view *v = (struct log_view *)c->view;

	v->wrap = !v->wrap;
	v->shift = 0;
	console_dirty(c);
	return 0;
}

int
run_log_time(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct log_view *v = (struct log_view *)c->view;

	v->times = !v->times;
	console_dirty(c);
	return 0;
}

static void
save(struct console *c, const char *name)
{
	struct log_view *v = (struct log_view *)c->view;
	struct buf b = BUF_INIT(4 * LOGLINES_BYTES_MAX);
	char at[CLOCK_TEXT_MAX], *path = place_resolve(name, ".");
	struct err e = {""};
	size_t i, n = 0;

	for (i = 0; i < v->lines.count; i++) {
		const struct log_entry *entry = log_lines_at(&v->lines, i);

		if (!log_shown(v, i) || entry->service < 0)
			continue;
		buf_addf(&b, "%s %s %s\n", clock_rfc3339(entry->at, at),
		    v->lines.services[entry->service], entry->text);
		n++;
	}
	if (!path)
		console_say(c, STATUS_WARN, _("no such place: %s"), name);
	else if (files_write(path, buf_str(&b), b.len, 0600, &e) < 0)
		console_say(c, STATUS_WARN, "%s", e.text);
	else
		console_say(c, STATUS_OK, ngettext("%zu line saved in %s",
		    "%zu lines saved in %s", n), n, path);
	free(path);
	buf_release(&b);
}

static void
save_named(void *arg, const char *text, bool done)
{
	struct console *c = arg;

	if (done && text && *text)
		save(c, text);
	console_dirty(c);
}

int
run_log_save(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct log_view *v = (struct log_view *)c->view;
	struct prompt_request r = {.text = save_named, .arg = c};
	time_t now = clock_wall() / 1000;
	char stamp[32] = "", *name;
	struct tm tm;

	if (argument && *argument) {
		save(c, argument);
		return 0;
	}
	if (localtime_r(&now, &tm))
		strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	name = xasprintf("%s-%s-%s.log", v->environment,
	    v->services[0] ? v->services[0] : "all", stamp);
	r.label = _("save to: ");
	r.initial = name;
	prompt_open(&c->prompt, &r);
	free(name);
	console_dirty(c);
	return 0;
}
