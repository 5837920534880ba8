/*
 * What containers did, as it happens: the server's memory of events first,
 * then each as it comes. The newest stand at the top.
 */
#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/console.h"
#include "ui/events.h"
#include "ui/words.h"

struct events_view {
	struct view view;
	struct events *events;
	char *environment;	/* or NULL: all */
	char *filter;
	struct list list;
	struct area rows;
	char *text;		/* of the selected line, for copying */
};

static bool
shown(const struct events_view *v, const struct event *ev)
{
	return !v->filter || text_contains(ev->environment, v->filter) ||
	    text_contains(ev->service, v->filter) ||
	    text_contains(ev->action, v->filter);
}

/* Newest first; the caller frees. */
static const struct event **
matching(const struct events_view *v, size_t *count)
{
	size_t n = events_count(v->events), out = 0, i;
	const struct event **list = xcalloc(n + 1, sizeof(*list));

	for (i = n; i > 0; i--) {
		const struct event *ev = events_at(v->events, i - 1);

		if (shown(v, ev))
			list[out++] = ev;
	}
	*count = out;
	return list;
}

static void
draw_body(struct events_view *v, struct draw *d, const struct area *in)
{
	struct events_widths w = {0};
	const struct event **list;
	size_t count, i;
	struct row r;
	int line, row;

	list = matching(v, &count);
	list_fit(&v->list, (int)count, in->h);
	for (i = 0; i < count; i++)
		events_measure(list[i], &w);
	for (line = 0; (row = list_row_at(&v->list, line)) >= 0; line++) {
		struct area whole = {in->y + line, in->x, 1, in->w};

		r = row_in(d, in, line);
		if (row == v->list.selected) {
			d->ground = INK_SELECTED;
			draw_fill(d, &whole);
		}
		events_draw(&r, list[row], &w, !v->environment);
		d->ground = INK_NONE;
	}
	if (count == 0) {
		r = row_in(d, in, 0);
		row_text(&r, INK_DIM, events_error(v->events) ?
		    events_error(v->events) : _("nothing has happened yet"));
	}
	free(list);
}

static void
events_view_draw(struct view *view, struct draw *d, const struct area *a)
{
	struct events_view *v = (struct events_view *)view;
	const struct environment *env = v->environment ?
	    console_environment(view->console, v->environment) : NULL;
	struct area in = draw_frame(d, a, env && env->production ?
	    FRAME_PRODUCTION : FRAME_PLAIN);
	struct row title = row_on_frame(d, a);
	char count[32];

	if (in.w > 34) {
		in.x++;
		in.w -= 2;
	}
	row_text(&title, INK_TEXT, " ");
	if (env) {
		row_printf(&title, env->production ? INK_PRODUCTION :
		    INK_TITLE, env->production ? " %s " : "%s",
		    words_title(env));
		row_printf(&title, INK_DIM, " %s ",
		    draw_glyph(d, GLYPH_INTO));
	}
	row_printf(&title, INK_TITLE, "%s ", _("events"));
	v->rows = in;
	draw_body(v, d, &in);
	snprintf(count, sizeof(count), " %d/%d ",
	    v->list.count ? v->list.selected + 1 : 0, v->list.count);
	row_right(&title, INK_DIM, count);
}

static bool
events_view_move(struct view *view, enum move m)
{
	struct events_view *v = (struct events_view *)view;

	if (m == MOVE_LEFT)
		console_pop(view->console);
	else if (m == MOVE_NEXT_TROUBLE || m == MOVE_PREVIOUS_TROUBLE) {
		const struct event **list;
		size_t count;
		int by = m == MOVE_NEXT_TROUBLE ? 1 : -1, i;

		list = matching(v, &count);
		for (i = v->list.selected + by; i >= 0 && i < (int)count;
		    i += by) {
			if (events_status(list[i]) != STATUS_OK) {
				list_select(&v->list, i);
				break;
			}
		}
		free(list);
	} else {
		return list_move(&v->list, m);
	}
	return true;
}

static void
events_view_click(struct view *view, int y, int x)
{
	struct events_view *v = (struct events_view *)view;
	int row = list_row_at(&v->list, y - v->rows.y);

	if (row >= 0)
		list_select(&v->list, row);
}

static void
events_view_selection(struct view *view, struct selection *out)
{
	struct events_view *v = (struct events_view *)view;
	const struct event **list;
	struct buf b = BUF_INIT(8192);
	size_t count, i;

	list = matching(v, &count);
	if (v->environment)
		out->environment = console_environment(view->console,
		    v->environment);
	if (count > 0 && v->list.selected < (int)count) {
		const struct event *ev = list[v->list.selected];

		if (!out->environment)
			out->environment = console_environment(view->console,
			    ev->environment);
		events_text(ev, &b);
		xstrset(&v->text, buf_str(&b));
		out->text = v->text;
		for (i = 0; out->environment &&
		    i < out->environment->service_count; i++) {
			const struct service *s =
			    &out->environment->services[i];

			if (strcmp(s->container, ev->container) == 0)
				out->service = s;
		}
	}
	buf_release(&b);
	free(list);
}

static const char *
events_view_filter(struct view *view, const char *set)
{
	struct events_view *v = (struct events_view *)view;

	if (set)
		xstrset(&v->filter, *set ? set : NULL);
	return v->filter;
}

static void
events_view_environment(struct view *view, const char *name)
{
	struct events_view *v = (struct events_view *)view;

	xstrset(&v->environment, name);
	events_free(v->events);
	v->events = events_new(view->console, name);
	v->list.selected = v->list.top = 0;
	console_dirty(view->console);
}

static void
events_view_changed(struct view *view)
{
	events_check(((struct events_view *)view)->events);
}

static void
events_view_close(struct view *view)
{
	struct events_view *v = (struct events_view *)view;

	events_free(v->events);
	free(v->environment);
	free(v->filter);
	free(v->text);
	free(v);
}

static const struct view_ops events_view_ops = {
	.where = WHERE_EVENTS,
	.close = events_view_close,
	.draw = events_view_draw,
	.changed = events_view_changed,
	.move = events_view_move,
	.click = events_view_click,
	.selection = events_view_selection,
	.filter = events_view_filter,
	.environment = events_view_environment,
};

struct view *
view_events_new(struct console *c, const char *environment)
{
	struct events_view *v = xcalloc(1, sizeof(*v));

	v->view.ops = &events_view_ops;
	v->view.console = c;
	v->environment = xstrdup_or_null(environment);
	v->events = events_new(c, environment);
	return &v->view;
}
