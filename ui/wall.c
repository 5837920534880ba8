/*
 * The wall: no prompt, no keys but quit and page. Big status per environment,
 * the stale first; what does not fit comes on the next page, and pages turn by
 * themselves. Nothing that breaks makes it end.
 */
#include <math.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/backups.h"
#include "ui/bigtext.h"
#include "ui/console.h"
#include "ui/now.h"
#include "ui/panel.h"
#include "ui/readiness.h"
#include "ui/run-words.h"
#include "ui/words.h"

/* What a card on the wall is worth showing at. */
#define CARD_WIDTH 38
#define CARD_HEIGHT 9

struct wall {
	struct view view;
	int64_t page_ms, turned_at;	/* monotonic */
	int page, pages;
};

/* Stale ones first, then by status; equal ones as configured. */
static int
by_concern(const void *pa, const void *pb)
{
	const struct environment *a = *(const struct environment *const *)pa;
	const struct environment *b = *(const struct environment *const *)pb;

	if (a->stale != b->stale)
		return a->stale ? -1 : 1;
	if (a->status != b->status)
		return (int)b->status - (int)a->status;
	return a < b ? -1 : a > b;
}

/* The status word, as large as the card allows, on a band that shouts when it
 * is crit or when it is not known how things are now. Returns its lines. */
static int
draw_status(struct draw *d, const struct area *a,
    const struct environment *env)
{
	const char *word = words_status(env->status);
	int big = bigtext_height(d), pad;
	bool fits = a->h >= big + 8 && bigtext_width(word) <= a->w - 2;
	struct area band = {a->y, a->x, fits ? big + 2 : 1, a->w};
	struct buf b = BUF_INIT(256);
	struct row r;

	if (env->stale || env->status == STATUS_CRIT) {
		d->ground = INK_ALARM;
		draw_fill(d, &band);
	}
	if (fits) {
		bigtext_draw(d, a, 1, (a->w - bigtext_width(word)) / 2,
		    draw_status_ink(env->status), word);
	} else {
		buf_addf(&b, "%s %s", draw_status_glyph(d, env->status), word);
		r = row_in(d, a, 0);
		pad = (row_left(&r) - text_width(buf_str(&b))) / 2;
		row_skip(&r, pad > 0 ? pad : 0);
		row_text(&r, draw_status_ink(env->status), buf_str(&b));
	}
	d->ground = INK_NONE;
	buf_release(&b);
	return band.h;
}

/* How old it all is, where that is what matters most. */
static int
draw_staleness(struct draw *d, const struct area *a, int line,
    const struct environment *env)
{
	struct buf b = BUF_INIT(256);
	struct row r = row_in(d, a, line);
	struct area whole = {r.y, a->x, 1, a->w};
	char age[CLOCK_TEXT_MAX];
	int pad;

	if (!env->stale)
		return line;
	if (env->observed_at == TIME_UNKNOWN)
		buf_adds(&b, _("never seen"));
	else
		buf_addf(&b, _("last seen %s ago"),
		    words_duration(d->now - env->observed_at, age));
	d->ground = INK_ALARM;
	if (row_left(&r) > 0)
		draw_fill(d, &whole);
	pad = (row_left(&r) - text_width(buf_str(&b))) / 2;
	row_skip(&r, pad > 0 ? pad : 0);
	row_text(&r, INK_TITLE, buf_str(&b));
	d->ground = INK_NONE;
	buf_release(&b);
	return line + 1;
}

/* Who has it, how fresh its backups are, and whether there is a way back.
 * Returns the line after them. */
static int
draw_way_back(struct draw *d, const struct area *a, int line,
    const struct environment *env)
{
	struct row r = row_in(d, a, line);

	if (env->lock.who) {
		panel_lock(&r, env);
		r = row_in(d, a, ++line);
	}
	if (env->backup_count > 0) {
		backups_slot(&r, env);
		line++;
	}
	if (env->readiness.used)
		line += readiness_slot(d, a, line, readiness_slot_lines(
		    &env->readiness, d->now, a->w), &env->readiness);
	return line;
}

static int
draw_facts(struct draw *d, const struct area *a, int line,
    const struct environment *env)
{
	struct buf b = BUF_INIT(1024);
	struct row r = row_in(d, a, line);
	size_t i, up = 0;

	words_version(&env->version, &b);
	row_text(&r, INK_TITLE, buf_str(&b));
	if (env->version.since != TIME_UNKNOWN) {
		buf_clear(&b);
		words_age(d->now, env->version.since, &b);
		row_printf(&r, INK_DIM, "  %s", buf_str(&b));
	}
	for (i = 0; i < env->service_count; i++)
		up += env->services[i].status == STATUS_OK;
	buf_clear(&b);
	buf_addf(&b, _("%zu of %zu services ok"), up, env->service_count);
	r = row_in(d, a, line + 1);
	row_text(&r, up < env->service_count ? INK_WARN : INK_DIM,
	    buf_str(&b));
	r = row_in(d, a, line + 2);
	panel_host(&r, env, a->w >= 60 ? 20 : 5);
	buf_release(&b);
	return draw_way_back(d, a, line + 3, env);
}

static void
draw_card(struct draw *d, const struct area *a, const struct environment *env,
    int number, const struct run *run)
{
	struct area in = draw_frame(d, a, panel_frame(env)), rest;
	struct row r = row_on_frame(d, a);
	struct panel p = {.environment = env};
	bool grey = d->grey;
	int line;
	size_t i;

	panel_title(&r, env, number, false);
	line = draw_status(d, &in, env);
	line = draw_staleness(d, &in, line, env);
	in.x++;
	in.w -= 2;
	if (run) {
		r = row_in(d, &in, line++);
		runs_row(&r, run);
	}
	for (i = 0; i < env->causes.count && i < 8 && line < in.h - 3; i++) {
		if (env->causes.items[i].severity != STATUS_OK)
			line += panel_cause_lines(d, &in, line, 3,
			    &env->causes.items[i]);
	}
	d->grey = grey || env->stale;
	line += in.h - line > 4;
	line = draw_facts(d, &in, line, env) + 1;
	rest = (struct area){in.y + line, in.x, in.h - line, in.w};
	if (rest.h > 1)
		panel_services_draw(&p, d, &rest);
	d->grey = grey;
}

static void
draw_page_number(struct wall *w, struct draw *d, const struct area *a)
{
	struct row r = row_in(d, a, a->h - 1);
	struct buf b = BUF_INIT(64);

	buf_addf(&b, _("page %d of %d"), w->page + 1, w->pages);
	row_right(&r, INK_TEXT, " ");
	row_right(&r, INK_DIM, buf_str(&b));
	buf_release(&b);
}

/* What goes on, over the whole width below the cards, where they leave room.
 * Returns the rows taken. */
static int
draw_now(const struct model *m, struct draw *d, const struct area *a)
{
	struct now *now = now_new(m, d);
	struct area strip = *a;
	int rows = now_count(now) > 0 ? now_rows(now, a->w) : 0;

	rows = rows > a->h / 4 ? a->h / 4 : rows;
	if (rows < NOW_LEAST || a->h - rows < 2 * CARD_HEIGHT)
		rows = 0;
	strip.y += a->h - rows;
	strip.h = rows;
	if (rows > 0)
		now_pane(now, d, &strip, NULL);
	now_free(now);
	return rows;
}

static void
wall_draw(struct view *v, struct draw *d, const struct area *a)
{
	struct wall *w = (struct wall *)v;
	const struct model *m = console_model(v->console);
	const struct environment **list;
	int columns, rows, per_page, n = (int)m->environment_count, i, first;
	struct area body = *a;

	if (n == 0) {
		struct row r = row_in(d, a, a->h / 2);

		row_skip(&r, 2);
		row_text(&r, INK_DIM, _("waiting for the server"));
		return;
	}
	list = xcalloc((size_t)n, sizeof(*list));
	for (i = 0; i < n; i++)
		list[i] = &m->environments[i];
	qsort(list, n, sizeof(*list), by_concern);
	columns = a->w / CARD_WIDTH > 0 ? a->w / CARD_WIDTH : 1;
	columns = columns > n ? n : columns;
	body.h -= draw_now(m, d, a);
	rows = (body.h - 1) / CARD_HEIGHT > 0 ? (body.h - 1) / CARD_HEIGHT : 1;
	if (rows > (n + columns - 1) / columns)
		rows = (n + columns - 1) / columns;
	per_page = rows * columns;
	w->pages = (n + per_page - 1) / per_page;
	w->page = w->page < w->pages ? w->page : 0;
	if (w->pages > 1)
		body.h--;
	first = w->page * per_page;
	for (i = 0; i < per_page && first + i < n; i++) {
		struct area cell = {
			.y = body.y + body.h * (i / columns) / rows,
			.x = body.x + body.w * (i % columns) / columns,
		};

		cell.h = body.y + body.h * (i / columns + 1) / rows - cell.y;
		cell.w = body.x + body.w * (i % columns + 1) / columns -
		    cell.x;
		draw_card(d, &cell, list[first + i],
		    (int)(list[first + i] - m->environments) + 1,
		    runs_busy(m, list[first + i]->name));
	}
	if (w->pages > 1)
		draw_page_number(w, d, &(struct area){body.y, body.x,
		    body.h + 1, body.w});
	free(list);
}

static bool
wall_move(struct view *v, enum move m)
{
	struct wall *w = (struct wall *)v;

	w->page = w->pages > 0 ? (w->page + 1) % w->pages : 0;
	w->turned_at = clock_mono();
	return true;
}

/* Called every second. */
static void
wall_changed(struct view *v)
{
	struct wall *w = (struct wall *)v;

	if (clock_mono() - w->turned_at >= w->page_ms)
		wall_move(v, MOVE_PAGE_DOWN);
}

static void
wall_close(struct view *v)
{
	free(v);
}

static const struct view_ops wall_ops = {
	.where = WHERE_WALL,
	.close = wall_close,
	.draw = wall_draw,
	.changed = wall_changed,
	.move = wall_move,
};

struct view *
view_wall_new(struct console *c, int page_seconds)
{
	struct wall *w = xcalloc(1, sizeof(*w));

	w->view.ops = &wall_ops;
	w->view.console = c;
	w->page_ms = page_seconds * (int64_t)1000;
	w->turned_at = clock_mono();
	return &w->view;
}
