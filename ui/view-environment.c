/*
 * One environment: its services as a table, and below it all about the
 * selected service and about the environment.
 */
#include "ui/view-environment.h"

#include <math.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/console.h"
#include "ui/details.h"
#include "ui/events.h"
#include "ui/panel.h"
#include "ui/run-words.h"
#include "ui/table.h"
#include "ui/words.h"

enum order { BY_NAME, BY_TROUBLE, BY_CPU, BY_MEMORY, ORDERS };

struct env_view {
	struct view view;
	char *environment;
	char *container;	/* selected, or NULL: the first */
	char *filter;
	enum order order;
	bool about_environment;	/* what the one pane of a narrow screen shows */
	struct list list;
	struct area rows;	/* where they stand, as last drawn */
	struct past *past;
	struct events *events;
};

static const struct environment *
environment_of(struct env_view *v)
{
	return console_environment(v->view.console, v->environment);
}

/* qsort has no argument, so each order is a function. Equal ones keep the
 * model's order, that of their addresses. */
static int
by_address(const struct service *a, const struct service *b)
{
	return a < b ? -1 : a > b;
}

static int
by_trouble(const void *pa, const void *pb)
{
	const struct service *a = *(const struct service *const *)pa;
	const struct service *b = *(const struct service *const *)pb;

	return a->status != b->status ? (int)b->status - (int)a->status :
	    by_address(a, b);
}

static int
by_number(double x, double y, const struct service *a,
    const struct service *b)
{
	x = isnan(x) ? -1 : x;
	y = isnan(y) ? -1 : y;
	return x > y ? -1 : x < y ? 1 : by_address(a, b);
}

static int
by_cpu(const void *pa, const void *pb)
{
	const struct service *a = *(const struct service *const *)pa;
	const struct service *b = *(const struct service *const *)pb;

	return by_number(a->cpu_percent, b->cpu_percent, a, b);
}

static int
by_memory(const void *pa, const void *pb)
{
	const struct service *a = *(const struct service *const *)pa;
	const struct service *b = *(const struct service *const *)pb;

	return by_number(a->memory_bytes, b->memory_bytes, a, b);
}

/* The services shown, in order; the caller frees them. Puts the list's
 * selection where the selected container is now. */
static const struct service **
shown(struct env_view *v, const struct environment *env, size_t *count)
{
	static int (*const orders[])(const void *, const void *) = {
		NULL, by_trouble, by_cpu, by_memory,
	};
	const struct service **out;
	struct buf b = BUF_INIT(4096);
	size_t n = 0, i;

	out = xcalloc(env->service_count + 1, sizeof(*out));
	for (i = 0; i < env->service_count; i++) {
		const struct service *s = &env->services[i];

		buf_clear(&b);
		words_service_name(s, &b);
		buf_addf(&b, " %s ", s->image ? s->image : "");
		words_service(s, &b);
		if (!v->filter || text_contains(buf_str(&b), v->filter))
			out[n++] = s;
	}
	if (orders[v->order])
		qsort(out, n, sizeof(*out), orders[v->order]);
	for (i = 0; v->container && i < n; i++) {
		if (strcmp(out[i]->container, v->container) == 0)
			v->list.selected = (int)i;
	}
	if (v->list.selected >= (int)n)
		v->list.selected = n > 0 ? (int)n - 1 : 0;
	if (n > 0)
		xstrset(&v->container, out[v->list.selected]->container);
	v->list.count = (int)n;
	buf_release(&b);
	*count = n;
	return out;
}

static void
draw_table(struct env_view *v, struct draw *d, const struct area *a,
    const struct environment *env, const struct service **services,
    size_t count)
{
	static const char *const orders[] = {
		N_("by name"), N_("by trouble"), N_("by cpu"), N_("by memory"),
	};
	const struct run *run = runs_busy(console_model(v->view.console),
	    env->name);
	struct area in = draw_frame(d, a, panel_frame(env));
	struct row title = row_on_frame(d, a), r;
	struct buf b = BUF_INIT(256);
	size_t i, up = 0;

	if (in.h == a->h) {
		title = row_in(d, a, 0);
		in.y++;
		in.h--;
	} else if (in.w > 34) {
		in.x++;
		in.w -= 2;
	}
	panel_title(&title, env,
	    (int)(env - console_model(v->view.console)->environments) + 1,
	    false);
	if (run && in.h > 4) {
		r = row_in(d, &in, 0);
		runs_row(&r, run);
		in.y++;
		in.h--;
	}
	for (i = 0; i < env->service_count; i++)
		up += env->services[i].state == CONTAINER_RUNNING;
	buf_addf(&b, _("%zu of %zu running"), up, env->service_count);
	row_printf(&title, INK_DIM, "%s %s %s %s ",
	    draw_glyph(d, GLYPH_SEPARATOR), buf_str(&b),
	    draw_glyph(d, GLYPH_SEPARATOR), _(orders[v->order]));
	buf_release(&b);
	v->rows = in;
	v->rows.y++;
	v->rows.h--;
	list_fit(&v->list, (int)count, in.h - 1);
	if (count > 0) {
		table_draw(d, &in, services, count, &v->list);
		return;
	}
	r = row_in(d, &in, 0);
	row_text(&r, INK_DIM, env->service_count > 0 ?
	    _("no service matches") : _("no containers"));
}

static void
draw_pane(struct env_view *v, struct draw *d, const struct area *a,
    const struct environment *env, const struct service *s)
{
	struct area in = draw_frame(d, a, panel_frame(env));
	struct row title = row_on_frame(d, a);
	struct buf b = BUF_INIT(1024);

	if (s)
		words_service_name(s, &b);
	else
		buf_adds(&b, words_title(env));
	row_printf(&title, INK_TITLE, " %s ", buf_str(&b));
	if (s) {
		row_text(&title, draw_status_ink(s->status),
		    draw_status_glyph(d, s->status));
		row_printf(&title, draw_status_ink(s->status), " %s ",
		    words_status(s->status));
	}
	if (in.w > 34) {
		in.x++;
		in.w -= 2;
	}
	if (s)
		details_service(d, &in, s, v->past);
	else
		details_environment(d, &in, env);
	buf_release(&b);
}

#define TWO_PANES 100
#define PANE_HEIGHT 8

/* Lines that the panes want, frame included. */
static int
wanted(struct env_view *v, struct draw *d, const struct environment *env,
    const struct service *s, int width)
{
	struct area a = {0, 0, 0, width - 4};
	int left = s ? details_service(d, &a, s, v->past) : 0;
	int right = details_environment(d, &a, env);

	return (left > right ? left : right) + 2;
}

static void
draw_panes(struct env_view *v, struct draw *d, const struct area *a,
    const struct environment *env, const struct service *s)
{
	bool two = a->w >= TWO_PANES && s;
	struct area left = *a, right = *a, below = *a;
	int most = wanted(v, d, env, s, two ? a->w / 2 : a->w);

	if (a->h >= most + EVENTS_PANE_LEAST &&
	    events_count(v->events) > 0) {
		left.h = right.h = most;
		below.y += most;
		below.h -= most;
		events_pane(v->events, d, &below, panel_frame(env), false);
	}
	if (two) {
		left.w = a->w / 2;
		right.x += left.w;
		right.w -= left.w;
		draw_pane(v, d, &left, env, s);
		draw_pane(v, d, &right, env, NULL);
	} else {
		draw_pane(v, d, &left, env, v->about_environment ? NULL : s);
	}
}

static void
env_draw(struct view *view, struct draw *d, const struct area *a)
{
	struct env_view *v = (struct env_view *)view;
	const struct environment *env = environment_of(v);
	const struct service **services, *s;
	struct area table = *a, panes = *a;
	bool grey = d->grey;
	size_t count;
	struct row r;

	if (!env) {
		r = row_in(d, a, a->h / 2);
		row_skip(&r, 2);
		row_printf(&r, INK_DIM, _("%s is no longer configured"),
		    v->environment);
		return;
	}
	d->grey = grey || env->stale;
	services = shown(v, env, &count);
	s = count > 0 ? services[v->list.selected] : NULL;
	past_look(v->past, env, s);
	if (v->about_environment && a->w < TWO_PANES &&
	    a->h / 2 < wanted(v, d, env, NULL, a->w)) {
		/* It needs the whole page. */
		draw_pane(v, d, a, env, NULL);
		table.h = 0;
	} else if (a->h >= 2 * PANE_HEIGHT) {
		int most = a->h - (a->h / 2 > 18 ? 18 : a->h / 2);

		table.h = (int)env->service_count + 3 + (runs_busy(
		    console_model(view->console), env->name) != NULL);
		table.h = table.h < 5 ? 5 : table.h > most ? most : table.h;
		panes.y += table.h;
		panes.h -= table.h;
		draw_panes(v, d, &panes, env, s);
	}
	if (table.h > 0)
		draw_table(v, d, &table, env, services, count);
	d->grey = grey;
	free(services);
}

static void
select_row(struct env_view *v, const struct service **services, int row)
{
	list_select(&v->list, row);
	if (v->list.count > 0)
		xstrset(&v->container, services[v->list.selected]->container);
}

static void
to_trouble(struct env_view *v, const struct service **services, int by)
{
	int n = v->list.count, i, at;

	for (i = 1; i <= n; i++) {
		at = (v->list.selected + n + by * i % n) % n;
		if (services[at]->status != STATUS_OK) {
			select_row(v, services, at);
			return;
		}
	}
	console_say(v->view.console, STATUS_OK, _("nothing is wrong"));
}

static bool
env_move(struct view *view, enum move m)
{
	struct env_view *v = (struct env_view *)view;
	const struct environment *env = environment_of(v);
	const struct service **services;
	bool moved = true;
	size_t count;

	if (!env)
		return false;
	services = shown(v, env, &count);
	if (m == MOVE_NEXT_TROUBLE || m == MOVE_PREVIOUS_TROUBLE)
		to_trouble(v, services, m == MOVE_NEXT_TROUBLE ? 1 : -1);
	else if (m == MOVE_LEFT)
		console_pop(view->console);
	else if (list_move(&v->list, m))
		select_row(v, services, v->list.selected);
	else
		moved = false;
	free(services);
	return moved;
}

static void
env_click(struct view *view, int y, int x)
{
	struct env_view *v = (struct env_view *)view;
	const struct environment *env = environment_of(v);
	const struct service **services;
	size_t count;
	int row;

	if (!env || y < v->rows.y || x < v->rows.x ||
	    x >= v->rows.x + v->rows.w)
		return;
	row = list_row_at(&v->list, y - v->rows.y);
	if (row < 0)
		return;
	services = shown(v, env, &count);
	select_row(v, services, row);
	free(services);
}

static void
env_selection(struct view *view, struct selection *out)
{
	struct env_view *v = (struct env_view *)view;
	const struct service **services;
	size_t count;

	out->environment = environment_of(v);
	if (!out->environment)
		return;
	services = shown(v, out->environment, &count);
	if (count > 0) {
		out->service = services[v->list.selected];
		out->text = out->service->digest ? out->service->digest :
		    out->service->container;
	}
	free(services);
}

static const char *
env_filter(struct view *view, const char *set)
{
	struct env_view *v = (struct env_view *)view;

	if (set)
		xstrset(&v->filter, *set ? set : NULL);
	return v->filter;
}

static void
env_environment(struct view *view, const char *name)
{
	struct env_view *v = (struct env_view *)view;

	if (xstrset(&v->environment, name)) {
		xstrset(&v->container, NULL);
		v->list.selected = v->list.top = 0;
		events_free(v->events);
		v->events = events_new(view->console, name);
	}
	console_dirty(view->console);
}

static void
env_close(struct view *view)
{
	struct env_view *v = (struct env_view *)view;

	past_free(v->past);
	events_free(v->events);
	free(v->environment);
	free(v->container);
	free(v->filter);
	free(v);
}

static void
env_changed(struct view *view)
{
	events_check(((struct env_view *)view)->events);
}

static const struct view_ops env_ops = {
	.where = WHERE_ENVIRONMENT,
	.close = env_close,
	.draw = env_draw,
	.changed = env_changed,
	.move = env_move,
	.click = env_click,
	.selection = env_selection,
	.filter = env_filter,
	.environment = env_environment,
};

struct view *
view_environment_new(struct console *c, const char *environment,
    const char *container)
{
	struct env_view *v = xcalloc(1, sizeof(*v));

	v->view.ops = &env_ops;
	v->view.console = c;
	v->environment = xstrdup(environment);
	v->container = xstrdup_or_null(container);
	v->past = past_new(c);
	v->events = events_new(c, environment);
	return &v->view;
}

int
run_environment_details(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct env_view *v = (struct env_view *)c->view;

	v->about_environment = !v->about_environment;
	console_dirty(c);
	return 0;
}

int
run_environment_sort(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct env_view *v = (struct env_view *)c->view;

	v->order = (v->order + 1) % ORDERS;
	console_dirty(c);
	return 0;
}
