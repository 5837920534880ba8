/*
 * One run: its steps and the items of their checklists in a list, and beside or
 * below it what the selected one does. It follows the step under way until
 * another is chosen. All consoles show the same: nothing but the selection is
 * kept here.
 */
#include "ui/view-run.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "ui/console.h"
#include "ui/run-page.h"
#include "ui/run-words.h"
#include "ui/view-text.h"
#include "ui/words.h"

/* Steps that should be seen, whatever the head says. */
#define STEPS_LEAST 3

struct run_view {
	struct view view;
	char *id;
	bool follow;
	char *step;		/* selected, when not following; or NULL */
	char *item;		/* of its checklist, or NULL: the step */
	struct list list;
	struct area rows;	/* where they stand, as last drawn */
	struct pane pane;
};

/* A row of the list. */
struct line {
	const struct run_step *step;
	const struct checklist_item *item;	/* NULL: the step itself */
};

static const struct run *
run_of(struct run_view *v)
{
	return runs_find(console_model(v->view.console), v->id);
}

static bool
same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static void
select_row(struct run_view *v, const struct line *lines, int row)
{
	const struct line *l;
	bool moved;

	list_select(&v->list, row);
	if (v->list.count == 0)
		return;
	l = &lines[v->list.selected];
	moved = xstrset(&v->step, l->step->id);
	if (xstrset(&v->item, l->item ? l->item->id : NULL) || moved)
		v->pane.skip = 0;
}

/* A step's items are shown while it is under way, and when it is selected. */
static bool
unfolded(const struct run_view *v, const struct run_step *s)
{
	return (!phase_ended(s->phase) && s->phase != PHASE_PENDING) ||
	    s->phase == PHASE_FAILED || same(v->step, s->id);
}

/* The rows; the caller frees them. Puts the list's selection where the selected
 * step is now. */
static struct line *
shown(struct run_view *v, const struct run *r, size_t *count)
{
	const struct run_step *now = runs_step(r);
	size_t n = 0, room = r->step_count + 1, i, k;
	struct line *out;
	int at = 0;

	if (v->follow && now && !same(v->step, now->id)) {
		xstrset(&v->step, now->id);
		xstrset(&v->item, NULL);
		v->pane.skip = 0;
	}
	for (i = 0; i < r->step_count; i++)
		room += r->steps[i].item_count;
	out = xcalloc(room, sizeof(*out));
	for (i = 0; i < r->step_count; i++) {
		const struct run_step *s = &r->steps[i];

		if (same(v->step, s->id))
			at = (int)n;
		out[n++] = (struct line){s, NULL};
		for (k = 0; unfolded(v, s) && k < s->item_count; k++) {
			if (same(v->step, s->id) &&
			    same(v->item, s->items[k].id))
				at = (int)n;
			out[n++] = (struct line){s, &s->items[k]};
		}
	}
	v->list.count = (int)n;
	select_row(v, out, at);
	*count = n;
	return out;
}

/* --- drawing ---------------------------------------------------------- */

static void
draw_list(struct run_view *v, struct draw *d, const struct area *a,
    const struct run *r, const struct line *lines, size_t count)
{
	bool careful = runs_careful(console_model(v->view.console), r);
	struct area in = pane_frame(d, a, careful ? FRAME_PRODUCTION :
	    FRAME_PLAIN);
	struct row title = row_on_frame(d, a);
	struct buf b = BUF_INIT(4096);
	int head, line, row;

	runs_name(console_model(v->view.console), r, &b);
	row_printf(&title, INK_TITLE, " %s ", buf_str(&b));
	if (careful) {
		buf_clear(&b);
		buf_addf(&b, " %s ", _("PRODUCTION"));
		row_right(&title, INK_TEXT, " ");
		row_right(&title, INK_PRODUCTION, buf_str(&b));
		row_right(&title, INK_TEXT, " ");
	}
	buf_release(&b);
	head = in.h - STEPS_LEAST;
	head = head > RUN_HEAD_MOST ? RUN_HEAD_MOST : head > 0 ? head : 0;
	head = run_head(d, &in, head, r);
	in.y += head;
	in.h -= head;
	v->rows = in;
	list_fit(&v->list, (int)count, in.h);
	for (line = 0; (row = list_row_at(&v->list, line)) >= 0; line++) {
		struct area whole = {in.y + line, in.x, 1, in.w};
		struct row at = row_in(d, &in, line);

		if (row == v->list.selected) {
			d->ground = INK_SELECTED;
			draw_fill(d, &whole);
		}
		if (lines[row].item)
			run_item_row(&at, lines[row].item);
		else
			run_step_row(&at, r, lines[row].step);
		d->ground = INK_NONE;
	}
}

static void
draw_pane(struct run_view *v, struct draw *d, const struct area *a,
    const struct run *r, const struct line *line)
{
	struct area in = pane_frame(d, a, FRAME_PLAIN);
	struct row title = row_on_frame(d, a);
	struct run_page page = {r, line->step, line->item, in.h};

	row_text(&title, INK_TEXT, " ");
	row_text(&title, runs_ink(line->step->phase),
	    runs_glyph(d, line->step->phase));
	row_printf(&title, INK_TITLE, " %s ", line->step->title ?
	    line->step->title : line->step->id);
	row_printf(&title, runs_ink(line->step->phase), "%s ",
	    words_phase(line->step->phase));
	pane_draw(&v->pane, d, &in, &title, run_page, &page);
}

static void
run_view_draw(struct view *view, struct draw *d, const struct area *a)
{
	struct run_view *v = (struct run_view *)view;
	const struct run *r = run_of(v);
	struct area list, pane;
	struct line *lines;
	size_t count;

	if (!r) {
		struct row row = row_in(d, a, a->h / 2);

		row_skip(&row, 2);
		row_printf(&row, INK_DIM, _("%s is not among the runs that "
		    "are known"), v->id);
		return;
	}
	lines = shown(v, r, &count);
	pane_split(a, (int)count + RUN_HEAD_MOST, &list, &pane);
	if (a->w < 100 && pane.h > 0 && list.h < RUN_HEAD_MOST + 7 &&
	    a->h > RUN_HEAD_MOST + 13) {
		/* The steps are what is looked at: more than half for them. */
		pane.h -= RUN_HEAD_MOST + 7 - list.h;
		list.h = RUN_HEAD_MOST + 7;
		pane.y = list.y + list.h;
	}
	draw_list(v, d, &list, r, lines, count);
	if (pane.h > 0 && count > 0)
		draw_pane(v, d, &pane, r, &lines[v->list.selected]);
	free(lines);
}

/* --- the view --------------------------------------------------------- */

static void
to_trouble(struct run_view *v, const struct line *lines, int by)
{
	int n = v->list.count, i, at;

	for (i = 1; i <= n; i++) {
		const struct line *l;

		at = (v->list.selected + n + by * i % n) % n;
		l = &lines[at];
		if ((l->item ? l->item->status :
		    phase_status(l->step->phase)) != STATUS_OK) {
			select_row(v, lines, at);
			return;
		}
	}
	console_say(v->view.console, STATUS_OK, _("nothing is wrong"));
}

static bool
run_view_move(struct view *view, enum move m)
{
	struct run_view *v = (struct run_view *)view;
	const struct run *r = run_of(v);
	struct line *lines;
	bool moved = true;
	size_t count;

	if (m == MOVE_LEFT) {
		console_pop(view->console);
		return true;
	}
	if (!r)
		return false;
	lines = shown(v, r, &count);
	if (m == MOVE_NEXT_TROUBLE || m == MOVE_PREVIOUS_TROUBLE)
		to_trouble(v, lines, m == MOVE_NEXT_TROUBLE ? 1 : -1);
	else if (list_move(&v->list, m))
		select_row(v, lines, v->list.selected);
	else
		moved = false;
	v->follow = v->follow && !moved;
	free(lines);
	return moved;
}

static void
run_view_click(struct view *view, int y, int x)
{
	struct run_view *v = (struct run_view *)view;
	const struct run *r = run_of(v);
	struct line *lines;
	size_t count;
	int row;

	if (!r || y < v->rows.y || x < v->rows.x || x >= v->rows.x + v->rows.w)
		return;
	lines = shown(v, r, &count);
	row = list_row_at(&v->list, y - v->rows.y);
	if (row >= 0) {
		select_row(v, lines, row);
		v->follow = false;
	}
	free(lines);
}

static void
run_view_selection(struct view *view, struct selection *out)
{
	struct run_view *v = (struct run_view *)view;

	out->run = run_of(v);
	out->text = v->id;
	if (out->run && out->run->environment)
		out->environment = console_environment(view->console,
		    out->run->environment);
}

static void
run_view_scroll(struct view *view, int by)
{
	pane_scroll(&((struct run_view *)view)->pane, by);
}

static void
run_view_close(struct view *view)
{
	struct run_view *v = (struct run_view *)view;

	free(v->id);
	free(v->step);
	free(v->item);
	free(v);
}

static const struct view_ops run_view_ops = {
	.where = WHERE_RUN,
	.close = run_view_close,
	.draw = run_view_draw,
	.move = run_view_move,
	.click = run_view_click,
	.selection = run_view_selection,
	.scroll = run_view_scroll,
};

struct view *
view_run_new(struct console *c, const char *id)
{
	struct run_view *v = xcalloc(1, sizeof(*v));

	v->view.ops = &run_view_ops;
	v->view.console = c;
	v->id = xstrdup(id);
	v->follow = true;
	return &v->view;
}

/* --- commands --------------------------------------------------------- */

const struct run *
view_run_point(struct console *c, struct run_point *out, struct err *e)
{
	struct run_view *v = (struct run_view *)c->view;
	struct selection sel;
	struct line *lines;
	size_t count;

	*out = (struct run_point){NULL, NULL, NULL};
	console_selection(c, &sel);
	out->run = sel.run;
	if (!out->run && sel.environment)
		out->run = runs_busy(console_model(c), sel.environment->name);
	if (!out->run) {
		err_set(e, _("choose a run first"));
		return NULL;
	}
	if (c->view->ops == &run_view_ops) {
		lines = shown(v, out->run, &count);
		if (count > 0) {
			out->step = lines[v->list.selected].step;
			out->item = lines[v->list.selected].item;
		}
		free(lines);
	} else {
		out->step = runs_step(out->run);
	}
	return out->run;
}

int
run_run_follow(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct run_view *v = (struct run_view *)c->view;

	v->follow = true;
	console_dirty(c);
	return 0;
}

int
run_run_output(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct run_point at;

	if (!view_run_point(c, &at, e))
		return -1;
	if (!at.step)
		return err_set(e, _("choose a step first"));
	console_push(c, view_output_new(c, at.run, at.step));
	return 0;
}

int
run_run_paper(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct run_point at;

	if (!view_run_point(c, &at, e))
		return -1;
	console_push(c, view_paper_new(c, at.run));
	return 0;
}
