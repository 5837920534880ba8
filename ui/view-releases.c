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

#define TWO_PANES 100
#define PANE_LEAST 5

struct releases_view {
	struct view view;
	char *tag;		/* selected, or NULL: the first */
	char *mark;		/* compared with, or NULL */
	char *filter;
	struct list list;
	struct area rows;	/* where they stand, as last drawn */
	struct commits *commits;
	int skip;		/* lines of the pane scrolled away */
	int page, most;		/* of the pane: its height, and the most of
				 * skip, as last drawn */
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
		v->skip = 0;
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
	const struct release *mark = v->mark ? releases_find(all, v->mark) :
	    NULL;
	struct release_pane p = {.model = model_of(v), .to = selected,
	    .commits = v->commits, .skip = v->skip};

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

static struct area
inside(struct draw *d, const struct area *a)
{
	struct area in = draw_frame(d, a, FRAME_PLAIN);

	if (in.w > 34) {
		in.x++;
		in.w -= 2;
	}
	return in;
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
	bool marked = v->mark && strcmp(v->mark, item->tag) == 0;

	row_text(r, INK_ACCENT, marked ? "=" : " ");
	releases_draw(r, model_of(v), item, w);
}

static void
draw_list(struct releases_view *v, struct draw *d, const struct area *a,
    const struct release **items, size_t count)
{
	struct area in = inside(d, a);
	struct row title = row_on_frame(d, a), r;
	struct releases_widths w = {0};
	char number[64];
	int line, row;
	size_t i;

	snprintf(number, sizeof(number), " %d/%zu ",
	    count > 0 ? v->list.selected + 1 : 0, count);
	row_right(&title, INK_DIM, number);
	releases_head(&title, model_of(v));
	v->rows = in;
	list_fit(&v->list, (int)count, in.h);
	for (i = 0; i < count; i++)
		releases_measure(model_of(v), items[i], &w);
	for (line = 0; (row = list_row_at(&v->list, line)) >= 0; line++) {
		struct area whole = {in.y + line, in.x, 1, in.w};

		r = row_in(d, &in, line);
		if (row == v->list.selected) {
			d->ground = INK_SELECTED;
			draw_fill(d, &whole);
		}
		draw_line(v, &r, items[row], &w);
		d->ground = INK_NONE;
	}
	if (count == 0)
		draw_wrapped(d, &in, 0, in.h, INK_DIM, nothing(v));
}

static void
draw_pane(struct releases_view *v, struct draw *d, const struct area *a,
    struct release_pane *p)
{
	struct area in = inside(d, a), nowhere = {in.y, in.x, 0, in.w};
	struct row title = row_on_frame(d, a);
	char number[64];
	int lines;

	if (!p->to)
		return;
	release_pane_title(p, &title);
	p->skip = 0;
	lines = release_pane_draw(p, d, &nowhere);
	v->page = in.h;
	v->most = lines > in.h ? lines - in.h : 0;
	p->skip = v->skip = v->skip > v->most ? v->most : v->skip;
	release_pane_draw(p, d, &in);
	if (v->most > 0) {
		snprintf(number, sizeof(number), " %s%d/%d%s ",
		    v->skip > 0 ? draw_glyph(d, GLYPH_MORE_UP) : "",
		    v->skip + in.h, lines, v->skip < v->most ?
		    draw_glyph(d, GLYPH_MORE_DOWN) : "");
		row_right(&title, INK_DIM, number);
	}
}

static void
releases_view_draw(struct view *view, struct draw *d, const struct area *a)
{
	struct releases_view *v = (struct releases_view *)view;
	struct area list = *a, pane = *a;
	const struct release **items;
	struct release_pane p;
	bool grey = d->grey;
	size_t count;

	items = shown(v, &count);
	p = pane_of(v, count > 0 ? items[v->list.selected] : NULL);
	look(v, &p);
	d->grey = grey || observation_stale(&model_of(v)->releases.seen,
	    d->now);
	if (a->w >= TWO_PANES) {
		list.w = a->w * 3 / 5;
		pane.x += list.w;
		pane.w -= list.w;
	} else {
		list.h = (int)count + 2 > a->h / 2 ? a->h / 2 : (int)count + 2;
		list.h = list.h < 3 ? 3 : list.h;
		if (a->h - list.h < PANE_LEAST)
			list.h = a->h;
		pane.y += list.h;
		pane.h -= list.h;
	}
	draw_list(v, d, &list, items, count);
	if (pane.h > 0)
		draw_pane(v, d, &pane, &p);
	d->grey = grey;
	free(items);
}

static void
to_trouble(struct releases_view *v, const struct release **items, int by)
{
	int n = v->list.count, i, at;

	for (i = 1; i <= n; i++) {
		at = (v->list.selected + n + by * i % n) % n;
		if (items[at]->moved || items[at]->yanked) {
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
	row = list_row_at(&v->list, y - v->rows.y);
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
releases_view_close(struct view *view)
{
	struct releases_view *v = (struct releases_view *)view;

	commits_free(v->commits);
	free(v->tag);
	free(v->mark);
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
run_releases_mark(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct releases_view *v = (struct releases_view *)c->view;
	size_t count;

	/* The key may come before the first picture. */
	free(shown(v, &count));
	if (count == 0)
		return err_set(e, _("choose a release first"));
	if (v->mark && strcmp(v->mark, v->tag) == 0)
		xstrset(&v->mark, NULL);
	else
		xstrset(&v->mark, v->tag);
	if (v->mark)
		console_say(c, STATUS_OK,
		    _("compared with %s: choose another"), v->mark);
	v->skip = 0;
	console_dirty(c);
	return 0;
}

int
run_releases_scroll(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct releases_view *v = (struct releases_view *)c->view;
	int by = v->page > 1 ? v->page / 2 : 1;

	v->skip += self->value * by;
	v->skip = v->skip > v->most ? v->most : v->skip < 0 ? 0 : v->skip;
	console_dirty(c);
	return 0;
}
