/*
 * The pipelines: the workflows, and below them the selected one's runs and what
 * else GitHub knows (who is waited for, gates, the token, the rate limit).
 */
#include "ui/view-pipelines.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/console.h"
#include "ui/pipelines.h"
#include "ui/words.h"

/* The panes stand side by side from this width on. */
#define WIDE 100
#define PANE_LEAST 5

struct pipelines_view {
	struct view view;
	char *file;		/* selected workflow, or NULL: the first */
	char *filter;
	struct list list;
	struct area rows;	/* where they stand, as last drawn */
	struct pane runs, github;
};

static const struct model *
model_of(struct pipelines_view *v)
{
	return console_model(v->view.console);
}

static bool
matches(const struct pipelines_view *v, const struct workflow *w)
{
	return !v->filter || text_contains(w->file, v->filter) ||
	    (w->name && text_contains(w->name, v->filter)) ||
	    (w->trigger && text_contains(w->trigger, v->filter)) ||
	    (w->blocks && text_contains(w->blocks, v->filter));
}

static void
select_row(struct pipelines_view *v, const struct workflow **items, int row)
{
	list_select(&v->list, row);
	if (v->list.count > 0 &&
	    xstrset(&v->file, items[v->list.selected]->file))
		v->runs.skip = v->github.skip = 0;
}

/* The workflows shown, in the order configured; the caller frees them. Puts the
 * list's selection where the selected one is now. */
static const struct workflow **
shown(struct pipelines_view *v, size_t *count)
{
	const struct pipelines *all = &model_of(v)->pipelines;
	const struct workflow **out;
	size_t n = 0, i;

	out = xcalloc(all->workflow_count + 1, sizeof(*out));
	for (i = 0; i < all->workflow_count; i++) {
		if (!matches(v, &all->workflows[i]))
			continue;
		if (v->file && strcmp(all->workflows[i].file, v->file) == 0)
			v->list.selected = (int)n;
		out[n++] = &all->workflows[i];
	}
	v->list.count = (int)n;
	select_row(v, out, v->list.selected);
	*count = n;
	return out;
}

/* --- the list --------------------------------------------------------- */

struct widths {
	int name, trigger;
	int over;		/* of the words for a run that takes too long */
};

static void
measure(const struct workflow **items, size_t count, int64_t now,
    struct widths *w)
{
	size_t i;

	for (i = 0; i < count; i++) {
		int n = text_width(items[i]->file);

		w->name = n > w->name ? n : w->name;
		n = items[i]->trigger ? text_width(items[i]->trigger) : 0;
		w->trigger = n > w->trigger ? n : w->trigger;
		if (items[i]->run_count > 0 &&
		    pipelines_over(items[i], &items[i]->runs[0], now))
			w->over = text_width(_("too long")) + 1;
	}
	w->name = w->name > 26 ? 26 : w->name;
	w->trigger = w->trigger > 24 ? 24 : w->trigger;
}

static void
draw_newest(struct row *r, const struct workflow *w,
    const struct widths *widths)
{
	const struct pipeline_run *run = &w->runs[0];
	bool over = pipelines_over(w, run, r->d->now);
	struct buf b = BUF_INIT(1024);

	row_cell(r, pipelines_ink(run->state), words_run_state(run->state), 13,
	    false);
	row_skip(r, 1);
	words_age(r->d->now, run->created_at, &b);
	row_cell(r, INK_DIM, buf_str(&b), 4, true);
	row_skip(r, 2);
	buf_clear(&b);
	pipelines_took(w, run, r->d->now, &b);
	row_cell(r, over ? INK_CRIT : INK_TEXT, buf_str(&b), 13, false);
	row_skip(r, 1);
	row_cell(r, INK_CRIT, over ? _("too long") : "", widths->over, false);
	row_skip(r, 1);
	buf_release(&b);
}

static void
draw_line(struct row *r, const struct workflow *w, const struct widths *widths)
{
	enum run_state state = w->run_count > 0 ? w->runs[0].state :
	    RUN_UNKNOWN;

	/* What runs is shown as that; else the word that the server gave. */
	if (w->run_count > 0 && !run_state_ended(state))
		pipelines_state(r, state);
	else
		row_status(r, w->status);
	row_skip(r, 1);
	row_cell(r, INK_TEXT, w->file, widths->name, false);
	row_skip(r, 2);
	if (w->exists == TRI_NO)
		row_printf(r, INK_CRIT, "%s  ", _("not at GitHub"));
	else if (w->run_count > 0)
		draw_newest(r, w, widths);
	else
		row_cell(r, INK_UNKNOWN, _("no run is known"), 35 +
		    widths->over, false);
	if (row_left(r) > widths->trigger + 4) {
		row_cell(r, INK_DIM, w->trigger ? w->trigger : "",
		    widths->trigger, false);
		row_skip(r, 2);
	}
	if (w->blocks && row_left(r) > 12)
		row_printf(r, INK_DIM, "%s %s", _("blocks"), w->blocks);
}

static const char *
nothing(struct pipelines_view *v)
{
	const struct pipelines *all = &model_of(v)->pipelines;

	if (client_state(v->view.console->client) != CLIENT_LIVE)
		return _("waiting for the server");
	if (!all->seen.used)
		return _("no GitHub repository is configured: see \"github\" "
		    "in vigie.yaml(5)");
	return all->workflow_count > 0 ? _("no workflow matches") :
	    _("no workflows are configured");
}

static void
draw_list(struct pipelines_view *v, struct draw *d, const struct area *a,
    const struct workflow **items, size_t count)
{
	struct area in = pane_frame(d, a, FRAME_PLAIN);
	struct row title = row_on_frame(d, a);
	struct buf b = BUF_INIT(8192);
	struct widths w = {8, 0, 0};
	char number[64];
	int line, row;

	snprintf(number, sizeof(number), " %d/%zu ",
	    count > 0 ? v->list.selected + 1 : 0, count);
	row_right(&title, INK_DIM, number);
	row_printf(&title, INK_TITLE, " %s ", _("pipelines"));
	if (pipelines_used(model_of(v)) &&
	    pipelines_doubt(model_of(v), d->now, &b))
		row_printf(&title, INK_UNKNOWN, "%s %s ",
		    draw_glyph(d, GLYPH_UNKNOWN), buf_str(&b));
	buf_release(&b);
	v->rows = in;
	list_fit(&v->list, (int)count, in.h);
	measure(items, count, d->now, &w);
	for (line = 0; (row = list_row_at(&v->list, line)) >= 0; line++) {
		struct area whole = {in.y + line, in.x, 1, in.w};
		struct row r = row_in(d, &in, line);

		if (row == v->list.selected) {
			d->ground = INK_SELECTED;
			draw_fill(d, &whole);
		}
		draw_line(&r, items[row], &w);
		d->ground = INK_NONE;
	}
	if (count == 0)
		draw_wrapped(d, &in, 0, in.h, INK_DIM, nothing(v));
}

/* --- the panes -------------------------------------------------------- */

struct page {
	const struct model *model;
	const struct workflow *workflow;	/* or NULL */
	bool runs, github;
};

static void
write_page(void *arg, struct pen *p)
{
	const struct page *page = arg;
	int before;

	if (page->github) {
		before = p->line;
		pipelines_approvals(p, page->model);
		p->line += p->line > before && page->runs;
	}
	if (page->runs && page->workflow) {
		pipelines_about(p, page->workflow);
		p->line++;
		pipelines_runs(p, page->model, page->workflow);
	}
	if (page->github) {
		p->line += page->runs ||
		    page->model->pipelines.approval_count > 0;
		pipelines_github(p, page->model);
	}
}

static void
draw_pane(struct draw *d, const struct area *a, struct pane *pane,
    struct page *page)
{
	struct area in = pane_frame(d, a, FRAME_PLAIN);
	struct row title = row_on_frame(d, a);

	row_printf(&title, INK_TITLE, " %s ", page->runs && page->workflow ?
	    page->workflow->file : "GitHub");
	pane_draw(pane, d, &in, &title, write_page, page);
}

static void
draw_panes(struct pipelines_view *v, struct draw *d, const struct area *a,
    const struct workflow *w)
{
	struct page page = {model_of(v), w, true, true};
	struct area left = *a, right = *a;

	if (a->w < WIDE || !w) {
		draw_pane(d, a, &v->runs, &page);
		return;
	}
	left.w = a->w / 2;
	right.x += left.w;
	right.w -= left.w;
	page.github = false;
	draw_pane(d, &left, &v->runs, &page);
	page = (struct page){model_of(v), w, false, true};
	draw_pane(d, &right, &v->github, &page);
}

static void
pipelines_view_draw(struct view *view, struct draw *d, const struct area *a)
{
	struct pipelines_view *v = (struct pipelines_view *)view;
	const struct workflow **items;
	struct area list = *a, below = *a;
	bool grey = d->grey;
	size_t count;

	items = shown(v, &count);
	d->grey = grey || observation_stale(&model_of(v)->pipelines.seen,
	    d->now);
	list.h = (int)count + 2 > a->h / 2 ? a->h / 2 : (int)count + 2;
	list.h = list.h < 3 ? 3 : list.h;
	if (a->h - list.h < PANE_LEAST || !pipelines_used(model_of(v)))
		list.h = a->h;
	below.y += list.h;
	below.h -= list.h;
	draw_list(v, d, &list, items, count);
	if (below.h > 0)
		draw_panes(v, d, &below,
		    count > 0 ? items[v->list.selected] : NULL);
	d->grey = grey;
	free(items);
}

/* --- the view --------------------------------------------------------- */

static void
to_trouble(struct pipelines_view *v, const struct workflow **items, int by)
{
	int n = v->list.count, i, at;

	for (i = 1; i <= n; i++) {
		at = (v->list.selected + n + by * i % n) % n;
		if (items[at]->status != STATUS_OK) {
			select_row(v, items, at);
			return;
		}
	}
	console_say(v->view.console, STATUS_OK, _("nothing is wrong"));
}

static bool
pipelines_view_move(struct view *view, enum move m)
{
	struct pipelines_view *v = (struct pipelines_view *)view;
	const struct workflow **items;
	bool moved = true;
	size_t count;

	if (m == MOVE_LEFT) {
		console_pop(view->console);
		return true;
	}
	items = shown(v, &count);
	if (m == MOVE_NEXT_TROUBLE || m == MOVE_PREVIOUS_TROUBLE)
		to_trouble(v, items, m == MOVE_NEXT_TROUBLE ? 1 : -1);
	else if (list_move(&v->list, m))
		select_row(v, items, v->list.selected);
	else
		moved = false;
	free(items);
	return moved;
}

static void
pipelines_view_click(struct view *view, int y, int x)
{
	struct pipelines_view *v = (struct pipelines_view *)view;
	const struct workflow **items;
	size_t count;
	int row;

	if (y < v->rows.y || x < v->rows.x || x >= v->rows.x + v->rows.w)
		return;
	row = list_row_at(&v->list, y - v->rows.y);
	items = shown(v, &count);
	if (row >= 0)
		select_row(v, items, row);
	free(items);
}

static void
pipelines_view_selection(struct view *view, struct selection *out)
{
	struct pipelines_view *v = (struct pipelines_view *)view;
	const struct workflow **items;
	size_t count;

	items = shown(v, &count);
	if (count > 0) {
		const struct workflow *w = items[v->list.selected];

		out->text = w->run_count > 0 && w->runs[0].url ?
		    w->runs[0].url : w->file;
	}
	free(items);
}

static const char *
pipelines_view_filter(struct view *view, const char *set)
{
	struct pipelines_view *v = (struct pipelines_view *)view;

	if (set)
		xstrset(&v->filter, *set ? set : NULL);
	return v->filter;
}

static void
pipelines_view_scroll(struct view *view, int by)
{
	struct pipelines_view *v = (struct pipelines_view *)view;

	pane_scroll(&v->runs, by);
	pane_scroll(&v->github, by);
}

static void
pipelines_view_close(struct view *view)
{
	struct pipelines_view *v = (struct pipelines_view *)view;

	free(v->file);
	free(v->filter);
	free(v);
}

static const struct view_ops pipelines_view_ops = {
	.where = WHERE_PIPELINES,
	.close = pipelines_view_close,
	.draw = pipelines_view_draw,
	.move = pipelines_view_move,
	.click = pipelines_view_click,
	.selection = pipelines_view_selection,
	.filter = pipelines_view_filter,
	.scroll = pipelines_view_scroll,
};

struct view *
view_pipelines_new(struct console *c)
{
	struct pipelines_view *v = xcalloc(1, sizeof(*v));

	v->view.ops = &pipelines_view_ops;
	v->view.console = c;
	return &v->view;
}

/* --- commands --------------------------------------------------------- */

int
run_pipelines(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	if (!pipelines_used(console_model(c)) &&
	    client_state(c->client) == CLIENT_LIVE)
		return err_set(e, _("no GitHub repository is configured: see "
		    "\"github\" in vigie.yaml(5)"));
	console_push(c, view_pipelines_new(c));
	return 0;
}

int
run_pipelines_open(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct pipelines_view *v = (struct pipelines_view *)c->view;
	const struct workflow **items;
	size_t count;

	items = shown(v, &count);
	if (count > 0)
		console_push(c, view_runs_new(c,
		    items[v->list.selected]->file, 0));
	free(items);
	return count > 0 ? 0 : err_set(e, _("choose a workflow first"));
}
