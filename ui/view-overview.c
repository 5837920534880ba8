/*
 * The overview: all environments, as panels where they fit and as lines with
 * one panel below where they do not.
 */
#include <math.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/below.h"
#include "ui/console.h"
#include "ui/now.h"
#include "ui/panel.h"
#include "ui/run-words.h"
#include "ui/words.h"

/* A panel narrower or lower than this says too little. */
#define PANEL_WIDTH 33
#define PANEL_HEIGHT 5
/* Panels stand side by side from this width on. */
#define WIDE 100

struct overview {
	struct view view;
	char *environment;	/* selected */
	char *container;	/* selected service, or NULL */
	char *run;		/* selected in the now slot, or NULL */
	char *filter;
	struct list list;	/* position when shown as lines */
	bool lines;		/* shown so */
	int columns;		/* panels side by side, as last drawn */
	struct area list_area;
	struct events *events;	/* asked for once the model is there */
	struct area area;	/* as last drawn */
	bool clicked;		/* drawing finds out what stands there */
	int click_y, click_x;
};

static const struct model *
model_of(struct overview *o)
{
	return console_model(o->view.console);
}

static struct panel
panel_of(struct overview *o, const struct environment *env)
{
	const struct model *m = model_of(o);

	return (struct panel){
		.environment = env,
		.number = (int)(env - m->environments) + 1,
		.selected = o->environment &&
		    strcmp(env->name, o->environment) == 0,
		.container = o->container,
		.filter = o->filter,
		.run = runs_busy(m, env->name),
	};
}

/* Indices of the environments that match; the caller frees them. Keeps the
 * selection on one of them. */
static size_t *
shown(struct overview *o, size_t *count, size_t *selected)
{
	const struct model *m = model_of(o);
	size_t *out = xcalloc(m->environment_count + 1, sizeof(*out));
	size_t n = 0, at = 0, i;

	for (i = 0; i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];
		struct panel p = panel_of(o, env);

		if (!panel_matches(&p))
			continue;
		if (p.selected)
			at = n;
		out[n++] = i;
	}
	*count = n;
	*selected = at;
	if (n > 0)
		xstrset(&o->environment, m->environments[out[at]].name);
	return out;
}

static void
select_environment(struct overview *o, const char *name)
{
	if (xstrset(&o->environment, name))
		xstrset(&o->container, NULL);
	xstrset(&o->run, NULL);
	console_dirty(o->view.console);
}

static void
draw_panel(struct overview *o, struct draw *d, const struct environment *env,
    const struct area *a)
{
	struct panel p = panel_of(o, env);
	const struct service *s;

	if (o->clicked && o->click_y >= a->y && o->click_y < a->y + a->h &&
	    o->click_x >= a->x && o->click_x < a->x + a->w) {
		s = panel_draw(&p, d, a, o->click_y);
		select_environment(o, env->name);
		xstrset(&o->container, s ? s->container : NULL);
		p = panel_of(o, env);
		draw_fill(d, a);
		o->clicked = false;
	}
	panel_draw(&p, d, a, -1);
}

static void
draw_lines(struct overview *o, struct draw *d, const struct area *a,
    const size_t *which, size_t count, size_t selected)
{
	const struct model *m = model_of(o);
	struct area box = *a, in, below;
	int title_width = 4, i, row;
	char position[64];
	struct row r;

	if (a->h >= 16) {
		box.h = (int)count + 2 < a->h - 9 ? (int)count + 2 : a->h - 9;
		below = *a;
		below.y += box.h;
		below.h -= box.h;
		draw_panel(o, d, &m->environments[which[selected]], &below);
	}
	in = draw_frame(d, &box, FRAME_PLAIN);
	o->list_area = in;
	o->list.selected = selected;
	list_fit(&o->list, count, in.h);
	if (o->clicked) {
		row = list_row_at(&o->list, o->click_y - in.y);
		if (row >= 0 && o->click_y >= in.y) {
			select_environment(o, m->environments[which[row]].name);
			list_select(&o->list, row);
		}
		o->clicked = false;
	}
	r = row_on_frame(d, &box);
	row_printf(&r, INK_TITLE, " %s ", _("environments"));
	snprintf(position, sizeof(position), " %d/%zu ",
	    o->list.selected + 1, count);
	row_right(&r, INK_DIM, position);
	for (i = 0; i < (int)count; i++) {
		int w = text_width(words_title(&m->environments[which[i]]));

		title_width = w > title_width ? w : title_width;
	}
	if (title_width > a->w / 3)
		title_width = a->w / 3;
	for (i = 0; (row = list_row_at(&o->list, i)) >= 0; i++) {
		struct area line = {in.y + i, in.x, 1, in.w};

		r = row_in(d, &in, i);
		if (row == o->list.selected) {
			d->ground = INK_SELECTED;
			draw_fill(d, &line);
		}
		panel_line(&r, &m->environments[which[row]],
		    (int)which[row] + 1, title_width);
		d->ground = INK_NONE;
	}
}

/* Heights of the rows of panels, every one at least PANEL_HEIGHT and the sum
 * at most `height`; what nobody wants stays free below. */
static void
row_heights(struct overview *o, const size_t *which, size_t count, int rows,
    int columns, const struct area *a, int *heights)
{
	const struct model *m = model_of(o);
	int left = a->h, i, w;
	size_t k;

	for (i = 0; i < rows; i++) {
		int most = PANEL_HEIGHT, share = left / (rows - i);

		for (k = (size_t)i * columns; k < count &&
		    k < (size_t)(i + 1) * columns; k++) {
			struct panel p = panel_of(o,
			    &m->environments[which[k]]);

			w = panel_height(&p, o->view.console->draw.now,
			    a->w / columns);
			most = w > most ? w : most;
		}
		heights[i] = most < share ? most : share;
		left -= heights[i];
	}
}

static void
draw_panels(struct overview *o, struct draw *d, const struct area *a,
    const size_t *which, size_t count, int rows, int columns)
{
	const struct model *m = model_of(o);
	int *heights = xcalloc(rows, sizeof(*heights));
	struct area cell;
	size_t k;
	int y = a->y, i;

	row_heights(o, which, count, rows, columns, a, heights);
	for (i = 0; i < rows; i++) {
		for (k = (size_t)i * columns; k < count &&
		    k < (size_t)(i + 1) * columns; k++) {
			int c = (int)k % columns;

			cell.y = y;
			cell.h = heights[i];
			cell.x = a->x + a->w * c / columns;
			cell.w = a->x + a->w * (c + 1) / columns - cell.x;
			draw_panel(o, d, &m->environments[which[k]], &cell);
		}
		y += heights[i];
	}
	cell = (struct area){y, a->x, a->y + a->h - y, a->w};
	below_draw(m, o->events, d, &cell, o->run);
	free(heights);
}

static void
draw_nothing(struct overview *o, struct draw *d, const struct area *a)
{
	struct row r = row_in(d, a, a->h / 2);

	row_skip(&r, 2);
	if (o->filter && *o->filter)
		row_printf(&r, INK_DIM, _("nothing matches “%s”"), o->filter);
	else if (client_state(o->view.console->client) == CLIENT_LIVE)
		row_text(&r, INK_DIM, _("no environment is configured"));
	else
		row_text(&r, INK_DIM, _("waiting for the server"));
}

static void
overview_draw(struct view *v, struct draw *d, const struct area *a)
{
	struct overview *o = (struct overview *)v;
	const struct model *m = model_of(o);
	size_t count, selected;
	size_t *which = shown(o, &count, &selected);
	int columns = 1, rows;

	o->area = *a;
	o->lines = false;
	if (count == 0) {
		draw_nothing(o, d, a);
	} else if (d->columns < 60 || d->rows < 16) {
		o->columns = 1;
		draw_panel(o, d, &m->environments[which[selected]], a);
	} else {
		if (a->w >= WIDE)
			columns = a->w / PANEL_WIDTH;
		if (columns > (int)count)
			columns = (int)count;
		rows = ((int)count + columns - 1) / columns;
		columns = ((int)count + rows - 1) / rows;
		o->columns = columns;
		if (rows * PANEL_HEIGHT <= a->h) {
			draw_panels(o, d, a, which, count, rows, columns);
		} else {
			o->lines = true;
			draw_lines(o, d, a, which, count, selected);
		}
	}
	o->clicked = false;
	free(which);
}

/* Go to the next environment whose status is not ok. */
static void
to_trouble(struct overview *o, const size_t *which, size_t count,
    size_t selected, int by)
{
	const struct model *m = model_of(o);
	size_t i, at;

	for (i = 1; i <= count; i++) {
		at = (selected + count + by * (int)i) % count;
		if (m->environments[which[at]].status != STATUS_OK) {
			select_environment(o, m->environments[which[at]].name);
			return;
		}
	}
	console_say(o->view.console, STATUS_OK, _("nothing is wrong"));
}

/* Up and down among a panel's services; from the first, up to the panel
 * itself. False: past its end. */
static bool
within_panel(struct overview *o, const struct environment *env, int by)
{
	struct panel p = panel_of(o, env);
	const struct service **all;
	size_t count;
	int at = -1, i;

	all = panel_services(&p, &count);
	for (i = 0; i < (int)count; i++) {
		if (o->container &&
		    strcmp(all[i]->container, o->container) == 0)
			at = i;
	}
	at += by;
	if (at >= -1 && at < (int)count)
		xstrset(&o->container, at < 0 ? NULL : all[at]->container);
	free(all);
	return at >= -1 && at < (int)count;
}

/* Up and down among the runs of the now slot, which comes below the last panel.
 * False: not there. */
static bool
within_now(struct overview *o, int by)
{
	const char *next = now_run(model_of(o), o->run, by);

	if (!o->run && by < 0)
		return false;
	if (next || by < 0)
		xstrset(&o->run, next);
	return o->run != NULL || by < 0;
}

static bool
overview_move(struct view *v, enum move m)
{
	struct overview *o = (struct overview *)v;
	const struct model *model = model_of(o);
	size_t count, selected, target;
	size_t *which = shown(o, &count, &selected);
	int step = 0;

	if (count == 0) {
		free(which);
		return true;
	}
	target = selected;
	if (m == MOVE_NEXT_TROUBLE || m == MOVE_PREVIOUS_TROUBLE) {
		to_trouble(o, which, count, selected,
		    m == MOVE_NEXT_TROUBLE ? 1 : -1);
	} else if (m == MOVE_RIGHT || m == MOVE_LEFT) {
		target = (selected + count + (m == MOVE_RIGHT ? 1 : -1)) %
		    count;
	} else if (o->lines) {
		list_move(&o->list, m);
		target = o->list.selected;
	} else if (m == MOVE_TOP) {
		target = 0;
	} else if (m == MOVE_BOTTOM) {
		target = count - 1;
	} else {
		step = m == MOVE_UP || m == MOVE_WHEEL_UP ? -1 :
		    m == MOVE_DOWN || m == MOVE_WHEEL_DOWN ? 1 : 0;
		if (o->run && step)
			within_now(o, step);
		else if (step && !within_panel(o,
		    &model->environments[which[selected]], step)) {
			if ((int)selected + step * o->columns >= 0 &&
			    selected + step * o->columns < count)
				target = selected + step * o->columns;
			else
				within_now(o, step);
		}
		if (m == MOVE_PAGE_DOWN || m == MOVE_HALF_DOWN)
			target = selected + o->columns < count ?
			    selected + o->columns : count - 1;
		if (m == MOVE_PAGE_UP || m == MOVE_HALF_UP)
			target = (int)selected - o->columns >= 0 ?
			    selected - o->columns : 0;
	}
	if (target != selected)
		select_environment(o, model->environments[which[target]].name);
	console_dirty(v->console);
	free(which);
	return true;
}

static void
overview_click(struct view *v, int y, int x)
{
	struct overview *o = (struct overview *)v;

	o->clicked = true;
	o->click_y = y;
	o->click_x = x;
	overview_draw(v, &v->console->draw, &o->area);
	console_dirty(v->console);
}

static void
overview_selection(struct view *v, struct selection *out)
{
	struct overview *o = (struct overview *)v;
	size_t i;

	out->environment = o->environment ?
	    console_environment(v->console, o->environment) : NULL;
	if (!out->environment)
		return;
	out->text = out->environment->version.commit;
	out->run = runs_find(model_of(o), o->run);
	if (out->run) {
		out->text = out->run->id;
		return;
	}
	for (i = 0; o->container && i < out->environment->service_count; i++) {
		const struct service *s = &out->environment->services[i];

		if (strcmp(s->container, o->container) == 0) {
			out->service = s;
			out->text = s->digest ? s->digest : s->container;
		}
	}
}

static const char *
overview_filter(struct view *v, const char *set)
{
	struct overview *o = (struct overview *)v;

	if (set)
		xstrset(&o->filter, *set ? set : NULL);
	return o->filter;
}

static void
overview_environment(struct view *v, const char *name)
{
	select_environment((struct overview *)v, name);
}

static void
overview_changed(struct view *v)
{
	struct overview *o = (struct overview *)v;

	if (!o->events)
		o->events = events_new(v->console, NULL);
	events_check(o->events);
}

static void
overview_close(struct view *v)
{
	struct overview *o = (struct overview *)v;

	events_free(o->events);
	free(o->environment);
	free(o->container);
	free(o->run);
	free(o->filter);
	free(o);
}

static const struct view_ops overview_ops = {
	.where = WHERE_OVERVIEW,
	.close = overview_close,
	.draw = overview_draw,
	.changed = overview_changed,
	.move = overview_move,
	.click = overview_click,
	.selection = overview_selection,
	.filter = overview_filter,
	.environment = overview_environment,
};

struct view *
view_overview_new(struct console *c)
{
	struct overview *o = xcalloc(1, sizeof(*o));

	o->view.ops = &overview_ops;
	o->view.console = c;
	return &o->view;
}
