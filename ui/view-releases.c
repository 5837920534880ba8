/*
 * The releases: the list, and beside or below it the notes and commits of the
 * selected one, or of what lies between it and the marked one.
 */
#include "ui/view-releases.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/release.h"
#include "ui/console.h"
#include "ui/release-pane.h"
#include "ui/releases.h"
#include "ui/words.h"

struct releases_view {
	struct view view;
	char *tag;		/* selected, or NULL: the first */
	char *compared;		/* held, others with it; or NULL */
	char *filter;
	struct list list;
	struct area rows;	/* where they stand, as last drawn */
	struct commits *commits;
	int rule;		/* line with the point of no return, or -1 */
	struct pane pane;
};

static const struct model *
model_of(struct releases_view *v)
{
	return console_model(v->view.console);
}

static bool
matches(const struct releases_view *v, const struct model *m,
    const struct release *r)
{
	struct buf b = BUF_INIT(16384);
	bool found;
	size_t i;

	if (!v->filter)
		return true;
	buf_addf(&b, "%s %s %s %s %s", r->tag, release_kind_text(r),
	    r->author ? r->author : "", r->subject ? r->subject : "",
	    r->commit);
	for (i = 0; i < m->environment_count; i++)
		if (release_runs_in(r, &m->environments[i]))
			buf_addf(&b, " %s", words_title(&m->environments[i]));
	found = text_contains(buf_str(&b), v->filter);
	buf_release(&b);
	return found;
}

static void
select_row(struct releases_view *v, const struct release **items, int row)
{
	list_select(&v->list, row);
	if (v->list.count > 0 &&
	    xstrset(&v->tag, items[v->list.selected]->tag))
		v->pane.skip = 0;
}

/* The releases shown, in the model's order; the caller frees them. Puts the
 * list's selection where the selected tag is now. */
static const struct release **
shown(struct releases_view *v, size_t *count)
{
	const struct model *m = model_of(v);
	const struct releases *all = &m->releases;
	const struct release **out = xcalloc(all->count + 1, sizeof(*out));
	size_t n = 0, i;

	for (i = 0; i < all->count; i++) {
		if (!matches(v, m, &all->items[i]))
			continue;
		if (v->tag && strcmp(all->items[i].tag, v->tag) == 0)
			v->list.selected = (int)n;
		out[n++] = &all->items[i];
	}
	v->list.count = (int)n;
	select_row(v, out, v->list.selected);
	*count = n;
	return out;
}

/* Versions in their order, others in that of time. */
static bool
older(const struct release *a, const struct release *b)
{
	if (a->version && b->version)
		return version_compare(a->tag, b->tag) < 0;
	return a->date < b->date;
}

/* What the pane is about. */
static struct release_pane
pane_of(struct releases_view *v, const struct release *selected)
{
	const struct releases *all = &model_of(v)->releases;
	const struct release *mark = v->compared ?
	    releases_find(all, v->compared) : NULL;
	struct release_pane p = {.model = model_of(v), .to = selected,
	    .commits = v->commits};

	if (selected && mark && mark != selected) {
		p.from = older(mark, selected) ? mark : selected;
		p.to = p.from == mark ? selected : mark;
	}
	return p;
}

/* A release without an earlier one is asked for whole. */
static void
look(struct releases_view *v, const struct release_pane *p)
{
	const struct release *from = p->from;

	if (!from && p->to && p->to->previous)
		from = releases_find(&p->model->releases, p->to->previous);
	commits_look(v->commits, from, p->to);
}

/* Why there is no line. */
static const char *
nothing(struct releases_view *v)
{
	const struct releases *all = &model_of(v)->releases;

	if (all->count > 0)
		return _("no release matches");
	if (client_state(v->view.console->client) != CLIENT_LIVE)
		return _("waiting for the server");
	if (!all->seen.used)
		return _("no repository is configured: see \"repository\" in "
		    "vigie.yaml(5)");
	return all->seen.error ? all->seen.error : _("no releases yet");
}

static void
draw_line(struct releases_view *v, struct row *r, const struct release *item,
    const struct releases_widths *w)
{
	bool marked = v->compared && strcmp(v->compared, item->tag) == 0;

	row_text(r, INK_ACCENT, marked ? "=" : " ");
	releases_draw(r, model_of(v), item, w);
}

/* The row above which the line stands, -1 when it is not in the list. */
static int
no_return_row(struct releases_view *v, const struct release **items,
    size_t count)
{
	const char *tag = releases_no_return(model_of(v));
	size_t i;

	for (i = 0; tag && i < count; i++)
		if (strcmp(items[i]->tag, tag) == 0)
			return (int)i;
	return -1;
}

static void
draw_rows(struct releases_view *v, struct draw *d, const struct area *in,
    const struct release **items, size_t count)
{
	struct releases_widths w = {0};
	int line, row, at = no_return_row(v, items, count);
	size_t i;

	/* One line less for the releases when one is taken by the rule. */
	list_fit(&v->list, (int)count, at >= 0 && in->h > 1 ? in->h - 1 :
	    in->h);
	v->rule = -1;
	for (i = 0; i < count; i++)
		releases_measure(d, model_of(v), items[i], &w);
	releases_fit(&w, in->w - 1);
	for (line = 0; (row = list_row_at(&v->list, line)) >= 0; line++) {
		int y = line + (v->rule >= 0);
		struct row r = row_in(d, in, y);
		struct area whole = {in->y + y, in->x, 1, in->w};

		if (row == at && in->h > 1) {
			releases_no_return_draw(&r, model_of(v));
			v->rule = line;
			whole.y++;
			r = row_in(d, in, y + 1);
		}
		if (row == v->list.selected) {
			d->ground = INK_SELECTED;
			draw_fill(d, &whole);
		}
		draw_line(v, &r, items[row], &w);
		d->ground = INK_NONE;
	}
}

static void
draw_list(struct releases_view *v, struct draw *d, const struct area *a,
    const struct release **items, size_t count)
{
	struct area in = pane_frame(d, a, FRAME_PLAIN);
	struct row title = row_on_frame(d, a);
	char number[64];

	snprintf(number, sizeof(number), " %d/%zu ",
	    count > 0 ? v->list.selected + 1 : 0, count);
	row_right(&title, INK_DIM, number);
	releases_head(&title, model_of(v));
	v->rows = in;
	draw_rows(v, d, &in, items, count);
	if (count == 0)
		draw_wrapped(d, &in, 0, in.h, INK_DIM, nothing(v));
}

static void
draw_pane(struct releases_view *v, struct draw *d, const struct area *a,
    struct release_pane *p)
{
	struct area in = pane_frame(d, a, FRAME_PLAIN);
	struct row title = row_on_frame(d, a);

	if (!p->to)
		return;
	release_pane_title(p, &title);
	pane_draw(&v->pane, d, &in, &title, release_pane_write, p);
}

static void
releases_view_draw(struct view *view, struct draw *d, const struct area *a)
{
	struct releases_view *v = (struct releases_view *)view;
	const struct release **items;
	struct area list, pane;
	struct release_pane p;
	bool grey = d->grey;
	size_t count;

	items = shown(v, &count);
	p = pane_of(v, count > 0 ? items[v->list.selected] : NULL);
	look(v, &p);
	d->grey = grey || observation_stale(&model_of(v)->releases.seen,
	    d->now);
	pane_split(a, (int)count + (no_return_row(v, items, count) >= 0),
	    &list, &pane);
	draw_list(v, d, &list, items, count);
	if (pane.h > 0)
		draw_pane(v, d, &pane, &p);
	d->grey = grey;
	free(items);
}

static bool
is_bad(const struct model *m, const struct release *item)
{
	const struct mark *mark = model_mark(m, item->tag);
	const struct registry_image *image = registry_find(&m->registry,
	    item->tag);

	return (mark && mark->word == MARK_BAD) ||
	    (image && image->present == TRI_NO);
}

static void
to_trouble(struct releases_view *v, const struct release **items, int by)
{
	int n = v->list.count, i, at;

	for (i = 1; i <= n; i++) {
		at = (v->list.selected + n + by * i % n) % n;
		if (items[at]->moved || items[at]->yanked ||
		    is_bad(model_of(v), items[at])) {
			select_row(v, items, at);
			return;
		}
	}
	console_say(v->view.console, STATUS_OK, _("nothing is wrong"));
}

static bool
releases_view_move(struct view *view, enum move m)
{
	struct releases_view *v = (struct releases_view *)view;
	const struct release **items;
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
releases_view_click(struct view *view, int y, int x)
{
	struct releases_view *v = (struct releases_view *)view;
	const struct release **items;
	size_t count;
	int row;

	if (y < v->rows.y || x < v->rows.x || x >= v->rows.x + v->rows.w)
		return;
	y -= v->rows.y;
	if (v->rule >= 0 && y == v->rule)
		return;
	row = list_row_at(&v->list, y - (v->rule >= 0 && y > v->rule));
	if (row < 0)
		return;
	items = shown(v, &count);
	select_row(v, items, row);
	free(items);
}

static void
releases_view_selection(struct view *view, struct selection *out)
{
	struct releases_view *v = (struct releases_view *)view;
	const struct release **items;
	size_t count;

	items = shown(v, &count);
	if (count > 0)
		out->text = items[v->list.selected]->tag;
	free(items);
}

static const char *
releases_view_filter(struct view *view, const char *set)
{
	struct releases_view *v = (struct releases_view *)view;

	if (set)
		xstrset(&v->filter, *set ? set : NULL);
	return v->filter;
}

static void
releases_view_scroll(struct view *view, int by)
{
	pane_scroll(&((struct releases_view *)view)->pane, by);
}

static void
releases_view_close(struct view *view)
{
	struct releases_view *v = (struct releases_view *)view;

	commits_free(v->commits);
	free(v->tag);
	free(v->compared);
	free(v->filter);
	free(v);
}

static const struct view_ops releases_view_ops = {
	.where = WHERE_RELEASES,
	.close = releases_view_close,
	.draw = releases_view_draw,
	.move = releases_view_move,
	.click = releases_view_click,
	.selection = releases_view_selection,
	.filter = releases_view_filter,
	.scroll = releases_view_scroll,
};

struct view *
view_releases_new(struct console *c, const char *tag)
{
	struct releases_view *v = xcalloc(1, sizeof(*v));

	v->view.ops = &releases_view_ops;
	v->view.console = c;
	v->tag = xstrdup_or_null(tag);
	v->commits = commits_new(c);
	return &v->view;
}

/* --- commands --------------------------------------------------------- */

/* From an environment: at what runs there. */
int
run_releases(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	const struct releases *all = &console_model(c)->releases;
	const char *tag = NULL;
	struct selection sel;
	size_t i;

	if (!all->seen.used && client_state(c->client) == CLIENT_LIVE)
		return err_set(e, _("no repository is configured: see "
		    "\"repository\" in vigie.yaml(5)"));
	console_selection(c, &sel);
	for (i = 0; c->view->ops->where == WHERE_ENVIRONMENT &&
	    sel.environment && !tag && i < all->count; i++)
		if (release_runs_in(&all->items[i], sel.environment))
			tag = all->items[i].tag;
	console_push(c, view_releases_new(c, tag));
	return 0;
}

int
run_releases_compare(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct releases_view *v = (struct releases_view *)c->view;
	size_t count;

	/* The key may come before the first picture. */
	free(shown(v, &count));
	if (count == 0)
		return err_set(e, _("choose a release first"));
	if (v->compared && strcmp(v->compared, v->tag) == 0)
		xstrset(&v->compared, NULL);
	else
		xstrset(&v->compared, v->tag);
	if (v->compared)
		console_say(c, STATUS_OK,
		    _("compared with %s: choose another"), v->compared);
	v->pane.skip = 0;
	console_dirty(c);
	return 0;
}
