/*
 * The runs of one workflow: the list, and beside or below it the selected run
 * with its jobs and steps.
 */
#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/console.h"
#include "ui/pipelines.h"
#include "ui/run-jobs.h"
#include "ui/words.h"

struct runs_view {
	struct view view;
	char *file;
	int64_t run;		/* selected; 0: the newest */
	char *filter;
	struct list list;
	struct area rows;	/* where they stand, as last drawn */
	struct pane pane;
	struct run_jobs *jobs;
};

static const struct model *
model_of(struct runs_view *v)
{
	return console_model(v->view.console);
}

static const struct workflow *
workflow_of(struct runs_view *v)
{
	return pipelines_workflow(&model_of(v)->pipelines, v->file);
}

static bool
matches(const struct runs_view *v, const struct pipeline_run *run)
{
	struct buf b = BUF_INIT(16384);
	bool found;

	if (!v->filter)
		return true;
	buf_addf(&b, "#%d %s %s %s %s %s", run->number,
	    words_run_state(run->state), run->branch ? run->branch : "",
	    run->commit ? run->commit : "", run->actor ? run->actor : "",
	    run->title ? run->title : "");
	found = text_contains(buf_str(&b), v->filter);
	buf_release(&b);
	return found;
}

static void
select_row(struct runs_view *v, const struct pipeline_run **items, int row)
{
	list_select(&v->list, row);
	if (v->list.count == 0 || items[v->list.selected]->id == v->run)
		return;
	v->run = items[v->list.selected]->id;
	v->pane.skip = 0;
}

/* The runs shown, newest first; the caller frees them. Puts the list's
 * selection where the selected run is now. */
static const struct pipeline_run **
shown(struct runs_view *v, size_t *count)
{
	const struct workflow *w = workflow_of(v);
	const struct pipeline_run **out;
	size_t n = 0, i;

	out = xcalloc((w ? w->run_count : 0) + 1, sizeof(*out));
	for (i = 0; w && i < w->run_count; i++) {
		if (!matches(v, &w->runs[i]))
			continue;
		if (v->run == w->runs[i].id)
			v->list.selected = (int)n;
		out[n++] = &w->runs[i];
	}
	v->list.count = (int)n;
	select_row(v, out, v->list.selected);
	*count = n;
	return out;
}

static const char *
nothing(struct runs_view *v)
{
	const struct workflow *w = workflow_of(v);

	if (!w)
		return _("this workflow is no longer configured");
	return w->run_count > 0 ? _("no run matches") :
	    model_of(v)->pipelines.seen.observed_at == TIME_UNKNOWN ?
	    _("its runs are not known yet") : _("it never ran");
}

static void
draw_list(struct runs_view *v, struct draw *d, const struct area *a,
    const struct pipeline_run **items, size_t count)
{
	struct area in = pane_frame(d, a, FRAME_PLAIN);
	struct row title = row_on_frame(d, a);
	char number[64];
	int line, row;

	snprintf(number, sizeof(number), " %d/%zu ",
	    count > 0 ? v->list.selected + 1 : 0, count);
	row_right(&title, INK_DIM, number);
	row_printf(&title, INK_TITLE, " %s ", v->file);
	v->rows = in;
	list_fit(&v->list, (int)count, in.h);
	for (line = 0; (row = list_row_at(&v->list, line)) >= 0; line++) {
		struct area whole = {in.y + line, in.x, 1, in.w};
		struct row r = row_in(d, &in, line);

		if (row == v->list.selected) {
			d->ground = INK_SELECTED;
			draw_fill(d, &whole);
		}
		pipelines_run_line(&r, workflow_of(v), items[row]);
		d->ground = INK_NONE;
	}
	if (count == 0)
		draw_wrapped(d, &in, 0, in.h, INK_DIM, nothing(v));
}

/* --- the pane --------------------------------------------------------- */

struct page {
	struct runs_view *view;
	const struct pipeline_run *run;
};

/* Who is waited for, when it stands before a gate. */
static void
waiting(struct pen *p, const struct model *m, const struct pipeline_run *run)
{
	struct buf b = BUF_INIT(4096);
	size_t i;

	for (i = 0; i < m->pipelines.approval_count; i++) {
		const struct approval *a = &m->pipelines.approvals[i];

		if (a->run_id != run->id)
			continue;
		buf_clear(&b);
		pipelines_approval(m, a, &b);
		pen_glyph(p, draw_glyph(p->d, GLYPH_WAITS), INK_WARN,
		    buf_str(&b));
		if (a->mine == TRI_YES)
			pen_glyph(p, " ", INK_ACCENT,
			    _("you may approve it"));
	}
	buf_release(&b);
}

static void
write_page(void *arg, struct pen *p)
{
	const struct page *page = arg;
	const struct pipeline_run *run = page->run, *whole;
	const char *error = run_jobs_error(page->view->jobs);
	struct buf b = BUF_INIT(8192);

	if (run->title)
		pen_text(p, INK_TEXT, run->title);
	if (run->branch)
		buf_addf(&b, _("at %s, "), run->branch);
	if (run->commit)
		buf_addf(&b, "%.8s, ", run->commit);
	words_ago(p->d->now, run->created_at, &b);
	if (run->event)
		buf_addf(&b, _(", on %s"), run->event);
	if (run->actor)
		buf_addf(&b, _(", by %s"), run->actor);
	if (run->attempt > 1)
		buf_addf(&b, _(", attempt %d"), run->attempt);
	pen_text(p, INK_DIM, buf_str(&b));
	buf_release(&b);
	if (run->url)
		pen_text(p, INK_DIM, run->url);
	waiting(p, model_of(page->view), run);
	p->line++;
	whole = run_jobs_get(page->view->jobs, run);
	if (whole && whole->job_count > 0)
		pipelines_jobs(p, whole);
	else if (whole)
		pen_text(p, INK_DIM, _("it has no jobs"));
	else if (error)
		pen_status(p, STATUS_UNKNOWN, INK_UNKNOWN, error);
	else
		pen_text(p, INK_DIM, _("reading the jobs…"));
}

static void
draw_pane(struct runs_view *v, struct draw *d, const struct area *a,
    const struct pipeline_run *run)
{
	struct area in = pane_frame(d, a, FRAME_PLAIN);
	struct row title = row_on_frame(d, a);
	struct page page = {v, run};

	row_text(&title, INK_TEXT, " ");
	pipelines_state(&title, run->state);
	if (run->number >= 0)
		row_printf(&title, INK_TITLE, " #%d", run->number);
	row_text(&title, INK_TEXT, " ");
	row_printf(&title, pipelines_ink(run->state), "%s ",
	    words_run_state(run->state));
	pane_draw(&v->pane, d, &in, &title, write_page, &page);
}

static void
runs_view_draw(struct view *view, struct draw *d, const struct area *a)
{
	struct runs_view *v = (struct runs_view *)view;
	const struct pipeline_run **items, *run;
	struct area list, pane;
	bool grey = d->grey;
	size_t count;

	items = shown(v, &count);
	run = count > 0 ? items[v->list.selected] : NULL;
	run_jobs_look(v->jobs, run);
	d->grey = grey || observation_stale(&model_of(v)->pipelines.seen,
	    d->now);
	pane_split(a, (int)count, &list, &pane);
	draw_list(v, d, &list, items, count);
	if (pane.h > 0 && run)
		draw_pane(v, d, &pane, run);
	d->grey = grey;
	free(items);
}

/* --- the view --------------------------------------------------------- */

static void
to_trouble(struct runs_view *v, const struct pipeline_run **items, int by)
{
	int n = v->list.count, i, at;

	for (i = 1; i <= n; i++) {
		at = (v->list.selected + n + by * i % n) % n;
		if (run_state_status(items[at]->state) != STATUS_OK) {
			select_row(v, items, at);
			return;
		}
	}
	console_say(v->view.console, STATUS_OK, _("nothing is wrong"));
}

static bool
runs_view_move(struct view *view, enum move m)
{
	struct runs_view *v = (struct runs_view *)view;
	const struct pipeline_run **items;
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
runs_view_click(struct view *view, int y, int x)
{
	struct runs_view *v = (struct runs_view *)view;
	const struct pipeline_run **items;
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
runs_view_selection(struct view *view, struct selection *out)
{
	struct runs_view *v = (struct runs_view *)view;
	const struct pipeline_run **items;
	size_t count;

	items = shown(v, &count);
	if (count > 0)
		out->text = items[v->list.selected]->url;
	free(items);
}

static const char *
runs_view_filter(struct view *view, const char *set)
{
	struct runs_view *v = (struct runs_view *)view;

	if (set)
		xstrset(&v->filter, *set ? set : NULL);
	return v->filter;
}

static void
runs_view_scroll(struct view *view, int by)
{
	pane_scroll(&((struct runs_view *)view)->pane, by);
}

static void
runs_view_close(struct view *view)
{
	struct runs_view *v = (struct runs_view *)view;

	run_jobs_free(v->jobs);
	free(v->file);
	free(v->filter);
	free(v);
}

static const struct view_ops runs_view_ops = {
	.where = WHERE_RUNS,
	.close = runs_view_close,
	.draw = runs_view_draw,
	.move = runs_view_move,
	.click = runs_view_click,
	.selection = runs_view_selection,
	.filter = runs_view_filter,
	.scroll = runs_view_scroll,
};

struct view *
view_runs_new(struct console *c, const char *workflow, int64_t run)
{
	struct runs_view *v = xcalloc(1, sizeof(*v));

	v->view.ops = &runs_view_ops;
	v->view.console = c;
	v->file = xstrdup(workflow);
	v->run = run;
	v->jobs = run_jobs_new(c);
	return &v->view;
}
