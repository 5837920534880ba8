/* The runs that are known: those under way first, then the newest. */
#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/console.h"
#include "ui/pane.h"
#include "ui/run-words.h"
#include "ui/view-run.h"
#include "ui/words.h"

struct list_view {
	struct view view;
	char *id;		/* selected, or NULL: the first */
	char *filter;
	struct list list;
	struct area rows;	/* where they stand, as last drawn */
};

static const struct model *
model_of(struct list_view *v)
{
	return console_model(v->view.console);
}

static bool
matches(struct list_view *v, const struct run *r)
{
	struct buf b = BUF_INIT(16384);
	bool found;

	if (!v->filter)
		return true;
	runs_name(model_of(v), r, &b);
	buf_addf(&b, " %s %s %s %s", r->id, words_phase(r->phase),
	    r->who ? r->who : "", r->reason ? r->reason : "");
	found = text_contains(buf_str(&b), v->filter);
	buf_release(&b);
	return found;
}

static void
select_row(struct list_view *v, const struct run **items, int row)
{
	list_select(&v->list, row);
	if (v->list.count > 0)
		xstrset(&v->id, items[v->list.selected]->id);
}

/* The caller frees them. Puts the list's selection where the selected one is
 * now. */
static const struct run **
shown(struct list_view *v, size_t *count)
{
	const struct model *m = model_of(v);
	const struct run **out;
	size_t n = 0, i;

	out = xcalloc(m->run_count + 1, sizeof(*out));
	for (i = 0; i < m->run_count; i++) {
		if (!matches(v, &m->runs[i]))
			continue;
		if (v->id && strcmp(v->id, m->runs[i].id) == 0)
			v->list.selected = (int)n;
		out[n++] = &m->runs[i];
	}
	v->list.count = (int)n;
	select_row(v, out, v->list.selected);
	*count = n;
	return out;
}

static void
draw_line(struct list_view *v, struct row *row, const struct run *r)
{
	struct buf b = BUF_INIT(8192);
	char text[CLOCK_TEXT_MAX];

	row_text(row, runs_ink(r->phase), runs_glyph(row->d, r->phase));
	row_text(row, INK_TEXT, " ");
	row_cell(row, runs_ink(r->phase), words_phase(r->phase), 10, false);
	row_skip(row, 1);
	runs_name(model_of(v), r, &b);
	row_cell(row, runs_careful(model_of(v), r) ? INK_TITLE : INK_TEXT,
	    buf_str(&b), 30, false);
	row_skip(row, 1);
	row_cell(row, INK_DIM, r->who ? r->who : "?", 10, false);
	row_skip(row, 1);
	buf_clear(&b);
	words_age(row->d->now, r->started_at, &b);
	row_cell(row, INK_DIM, buf_str(&b), 4, true);
	row_skip(row, 1);
	row_cell(row, INK_DIM, words_span(runs_took(r, row->d->now), text), 7,
	    true);
	row_skip(row, 2);
	buf_clear(&b);
	runs_where(r, &b);
	row_text(row, INK_DIM, buf_str(&b));
	buf_release(&b);
}

static const char *
nothing(struct list_view *v)
{
	if (client_state(v->view.console->client) != CLIENT_LIVE)
		return _("waiting for the server");
	return model_of(v)->run_count > 0 ? _("no run matches") :
	    _("nothing was run yet");
}

static void
list_view_draw(struct view *view, struct draw *d, const struct area *a)
{
	struct list_view *v = (struct list_view *)view;
	struct area in = pane_frame(d, a, FRAME_PLAIN);
	struct row title = row_on_frame(d, a);
	const struct run **items;
	char number[64];
	size_t count;
	int line, row;

	items = shown(v, &count);
	snprintf(number, sizeof(number), " %d/%zu ",
	    count > 0 ? v->list.selected + 1 : 0, count);
	row_right(&title, INK_DIM, number);
	row_printf(&title, INK_TITLE, " %s ", _("runs"));
	v->rows = in;
	list_fit(&v->list, (int)count, in.h);
	for (line = 0; (row = list_row_at(&v->list, line)) >= 0; line++) {
		struct area whole = {in.y + line, in.x, 1, in.w};
		struct row r = row_in(d, &in, line);

		if (row == v->list.selected) {
			d->ground = INK_SELECTED;
			draw_fill(d, &whole);
		}
		draw_line(v, &r, items[row]);
		d->ground = INK_NONE;
	}
	if (count == 0)
		draw_wrapped(d, &in, 0, in.h, INK_DIM, nothing(v));
	free(items);
}

/* --- the view --------------------------------------------------------- */

static bool
list_view_move(struct view *view, enum move m)
{
	struct list_view *v = (struct list_view *)view;
	const struct run **items;
	bool moved;
	size_t count;

	if (m == MOVE_LEFT) {
		console_pop(view->console);
		return true;
	}
	items = shown(v, &count);
	moved = list_move(&v->list, m);
	if (moved)
		select_row(v, items, v->list.selected);
	free(items);
	return moved;
}

static void
list_view_click(struct view *view, int y, int x)
{
	struct list_view *v = (struct list_view *)view;
	const struct run **items;
	size_t count;
	int row;

	if (y < v->rows.y || x < v->rows.x || x >= v->rows.x + v->rows.w)
		return;
	items = shown(v, &count);
	row = list_row_at(&v->list, y - v->rows.y);
	if (row >= 0)
		select_row(v, items, row);
	free(items);
}

static void
list_view_selection(struct view *view, struct selection *out)
{
	struct list_view *v = (struct list_view *)view;
	const struct run **items;
	size_t count;

	items = shown(v, &count);
	if (count > 0) {
		out->run = items[v->list.selected];
		out->text = out->run->id;
	}
	free(items);
}

static const char *
list_view_filter(struct view *view, const char *set)
{
	struct list_view *v = (struct list_view *)view;

	if (set)
		xstrset(&v->filter, *set ? set : NULL);
	return v->filter;
}

static void
list_view_close(struct view *view)
{
	struct list_view *v = (struct list_view *)view;

	free(v->id);
	free(v->filter);
	free(v);
}

static const struct view_ops list_view_ops = {
	.where = WHERE_RUN_LIST,
	.close = list_view_close,
	.draw = list_view_draw,
	.move = list_view_move,
	.click = list_view_click,
	.selection = list_view_selection,
	.filter = list_view_filter,
};

static struct view *
view_new(struct console *c)
{
	struct list_view *v = xcalloc(1, sizeof(*v));

	v->view.ops = &list_view_ops;
	v->view.console = c;
	return &v->view;
}

int
run_runs(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	console_push(c, view_new(c));
	return 0;
}
