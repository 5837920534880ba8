#include "ui/events.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/console.h"
#include "ui/words.h"

struct events {
	struct console *console;
	char *environment;
	struct event *items;	/* oldest first */
	size_t count;
	int request;		/* 0: none is open */
	char *error;
};

static void
event_release(struct event *e)
{
	free(e->environment);
	free(e->service);
	free(e->container);
	free(e->action);
}

static void
forget(struct events *ev, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		event_release(&ev->items[i]);
	memmove(ev->items, ev->items + n, (ev->count - n) * sizeof(*ev->items));
	ev->count -= n;
}

static void
add(struct events *ev, const struct json *v)
{
	struct event e = {
		.at = json_time(json_get(v, "at")),
		.environment = xstrdup(json_text(json_get(v, "environment"),
		    "?")),
		.service = xstrdup(json_text(json_get(v, "service"), "?")),
		.container = xstrdup(json_text(json_get(v, "container"), "")),
		.action = xstrdup(json_text(json_get(v, "action"), "?")),
		.exit_code = (int)json_int(json_get(v, "exit_code"), -1),
	};

	/* In bulk, so that a long night costs little per event. */
	if (ev->count == EVENTS_MAX)
		forget(ev, EVENTS_MAX / 10);
	ev->items[ev->count++] = e;
}

static void
answered(void *arg, const struct json *m, bool final)
{
	struct events *ev = arg;
	const struct json *v;

	for (v = json_first(json_get(m, "events")); v; v = json_next(v))
		add(ev, v);
	if (strcmp(json_text(json_get(m, "type"), ""), "error") == 0 &&
	    strcmp(json_text(json_get(m, "code"), ""), "lost") != 0)
		xstrset(&ev->error, json_text(json_get(m, "text"), "?"));
	if (final)
		ev->request = 0;
	console_dirty(ev->console);
}

static void
ask(struct events *ev)
{
	struct json *arguments = json_object();

	/* What was kept comes again with the answer. */
	forget(ev, ev->count);
	json_set_text(arguments, "environment", ev->environment);
	json_set_int(arguments, "tail", 500);
	json_set_bool(arguments, "follow", true);
	ev->request = client_request(ev->console->client, "events", arguments,
	    answered, ev);
}

struct events *
events_new(struct console *c, const char *environment)
{
	struct events *ev = xcalloc(1, sizeof(*ev));

	ev->console = c;
	ev->environment = xstrdup_or_null(environment);
	ev->items = xcalloc(EVENTS_MAX, sizeof(*ev->items));
	ask(ev);
	return ev;
}

void
events_free(struct events *ev)
{
	if (!ev)
		return;
	if (ev->request)
		client_cancel(ev->console->client, ev->request);
	forget(ev, ev->count);
	free(ev->items);
	free(ev->environment);
	free(ev->error);
	free(ev);
}

void
events_check(struct events *ev)
{
	if (!ev->request && !ev->error &&
	    client_state(ev->console->client) == CLIENT_LIVE)
		ask(ev);
}

size_t
events_count(const struct events *ev)
{
	return ev->count;
}

const struct event *
events_at(const struct events *ev, size_t i)
{
	return &ev->items[i];
}

const char *
events_error(const struct events *ev)
{
	return ev->error;
}

enum status
events_status(const struct event *ev)
{
	/* 143 is SIGTERM: somebody stopped it. */
	if (strcmp(ev->action, "oom") == 0 ||
	    strstr(ev->action, "unhealthy") ||
	    (strcmp(ev->action, "die") == 0 && ev->exit_code > 0 &&
	    ev->exit_code != 143))
		return STATUS_CRIT;
	if (strcmp(ev->action, "die") == 0 ||
	    strcmp(ev->action, "stop") == 0 ||
	    strcmp(ev->action, "kill") == 0 ||
	    strcmp(ev->action, "pause") == 0 ||
	    strcmp(ev->action, "destroy") == 0 ||
	    strcmp(ev->action, "restart") == 0)
		return STATUS_WARN;
	return STATUS_OK;
}

static void
action_text(const struct event *ev, struct buf *b)
{
	buf_adds(b, ev->action);
	if (ev->exit_code >= 0)
		buf_addf(b, " (%d)", ev->exit_code);
}

void
events_text(const struct event *ev, struct buf *b)
{
	char at[CLOCK_TEXT_MAX];

	buf_addf(b, "%s %s %s ", clock_rfc3339(ev->at, at), ev->environment,
	    ev->service);
	action_text(ev, b);
}

void
events_measure(const struct event *ev, struct events_widths *w)
{
	int n = text_width(ev->environment);

	w->environment = n > w->environment ? n : w->environment;
	n = text_width(ev->service);
	w->service = n > w->service ? n : w->service;
	if (w->environment > 16)
		w->environment = 16;
	if (w->service > 28)
		w->service = 28;
}

void
events_draw(struct row *r, const struct event *ev,
    const struct events_widths *w, bool with_environment)
{
	enum status s = events_status(ev);
	struct buf b = BUF_INIT(4096);
	char text[CLOCK_TEXT_MAX];

	row_cell(r, INK_DIM, clock_time_of_day(ev->at, text), 8, false);
	buf_clear(&b);
	words_age(r->d->now, ev->at, &b);
	row_cell(r, INK_DIM, buf_str(&b), 5, true);
	row_skip(r, 2);
	if (with_environment) {
		row_cell(r, INK_DIM, ev->environment, w->environment, false);
		row_skip(r, 2);
	}
	row_cell(r, INK_TEXT, ev->service, w->service, false);
	row_skip(r, 2);
	buf_clear(&b);
	action_text(ev, &b);
	row_text(r, s == STATUS_OK ? INK_DIM : draw_status_ink(s),
	    buf_str(&b));
	buf_release(&b);
}

void
events_pane(const struct events *ev, struct draw *d, const struct area *a,
    enum frame f, bool with_environment)
{
	struct area box = *a, in;
	struct events_widths w = {0};
	struct row title;
	int line;

	if (box.h > (int)ev->count + 2)
		box.h = (int)ev->count + 2;
	in = draw_frame(d, &box, f);
	title = row_on_frame(d, &box);

	row_printf(&title, INK_TITLE, " %s ", _("events"));
	if (in.w > 34) {
		in.x++;
		in.w -= 2;
	}
	for (line = 0; line < in.h && line < (int)ev->count; line++)
		events_measure(events_at(ev, ev->count - 1 - line), &w);
	for (line = 0; line < in.h && line < (int)ev->count; line++) {
		struct row r = row_in(d, &in, line);

		events_draw(&r, events_at(ev, ev->count - 1 - line), &w,
		    with_environment);
	}
}
