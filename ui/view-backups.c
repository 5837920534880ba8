/*
 * The backups: a list of the series, and beside or below it the selected one
 * with its two clocks, its sizes as bars, and every backup of it.
 */
#include "ui/view-backups.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/backups.h"
#include "ui/commands.h"
#include "ui/console.h"
#include "ui/words.h"

/* One line of the list. */
struct entry {
	const struct environment *environment;
	const struct backup_series *series;
};

struct backups_view {
	struct view view;
	char *only;		/* this environment, or NULL: all */
	char *environment, *kind;	/* selected, or NULL: the first */
	char *filter;
	struct list list;
	struct area rows;	/* where they stand, as last drawn */
	struct pane pane;
};

static const struct model *
model_of(struct backups_view *v)
{
	return console_model(v->view.console);
}

static void
select_row(struct backups_view *v, const struct entry *items, int row)
{
	bool other;

	list_select(&v->list, row);
	if (v->list.count == 0)
		return;
	other = xstrset(&v->environment,
	    items[v->list.selected].environment->name);
	other |= xstrset(&v->kind, items[v->list.selected].series->kind);
	if (other)
		v->pane.skip = 0;
}

static bool
matches(const struct backups_view *v, const struct entry *entry)
{
	const struct backup_series *s = entry->series;

	return !v->filter || text_contains(s->kind, v->filter) ||
	    text_contains(words_title(entry->environment), v->filter) ||
	    (s->place && text_contains(s->place, v->filter));
}

/* The series shown; the caller frees them. Puts the list's selection where the
 * selected series is now. */
static struct entry *
shown(struct backups_view *v, size_t *count)
{
	const struct model *m = model_of(v);
	struct entry *out;
	size_t n = 0, i, k;

	for (i = 0; i < m->environment_count; i++)
		n += m->environments[i].backup_count;
	out = xcalloc(n + 1, sizeof(*out));
	n = 0;
	for (i = 0; i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];

		if (v->only && strcmp(v->only, env->name) != 0)
			continue;
		for (k = 0; k < env->backup_count; k++) {
			struct entry entry = {env, &env->backups[k]};

			if (!matches(v, &entry))
				continue;
			if (v->environment && v->kind &&
			    strcmp(env->name, v->environment) == 0 &&
			    strcmp(entry.series->kind, v->kind) == 0)
				v->list.selected = (int)n;
			out[n++] = entry;
		}
	}
	v->list.count = (int)n;
	select_row(v, out, v->list.selected);
	*count = n;
	return out;
}

/* --- the list --------------------------------------------------------- */

struct widths {
	int environment, kind;
};

static void
measure(const struct entry *items, size_t count, struct widths *w)
{
	size_t i;

	for (i = 0; i < count; i++) {
		int n = text_width(words_title(items[i].environment));

		w->environment = n > w->environment ? n : w->environment;
		n = text_width(items[i].series->kind);
		w->kind = n > w->kind ? n : w->kind;
	}
	w->environment = w->environment > 16 ? 16 : w->environment;
	w->kind = w->kind > 16 ? 16 : w->kind;
}

static void
gaps_words(const struct backup_series *s, struct buf *b)
{
	if (s->gaps > 0)
		buf_addf(b, ngettext("%d gap", "%d gaps", s->gaps), s->gaps);
	else if (s->gaps < 0)
		buf_addf(b, "? %s", _("gaps"));
}

static void
draw_newest(struct row *r, const struct backup_series *s)
{
	const struct backup *newest = &s->items[0];
	struct buf b = BUF_INIT(1024);
	enum ink size = newest->size == SIZE_PLAUSIBLE ? INK_DIM :
	    newest->size == SIZE_UNKNOWN ? INK_UNKNOWN : INK_CRIT;

	words_age(r->d->now, newest->taken_at, &b);
	row_cell(r, s->status == STATUS_OK ? INK_TEXT :
	    draw_status_ink(s->status), buf_str(&b), 5, true);
	row_skip(r, 2);
	buf_clear(&b);
	words_bytes(newest->bytes, &b);
	row_cell(r, INK_TEXT, buf_str(&b), 8, true);
	row_skip(r, 1);
	if (newest->size != SIZE_PLAUSIBLE && newest->size != SIZE_UNKNOWN)
		row_printf(r, size, "%s ", words_size(newest->size));
	row_skip(r, 1);
	buf_clear(&b);
	if (s->verifying) {
		row_printf(r, INK_ACCENT, "%s ", draw_glyph(r->d, GLYPH_RUNS));
		buf_addf(&b, "%s, ", _("verifying"));
	}
	backups_proof(backups_best(s), r->d->now, &b);
	row_text(r, INK_TEXT, buf_str(&b));
	buf_clear(&b);
	gaps_words(s, &b);
	if (b.len > 0)
		row_printf(r, s->gaps > 0 ? INK_WARN : INK_UNKNOWN, "  %s",
		    buf_str(&b));
	buf_release(&b);
}

static void
draw_line(struct row *r, const struct entry *items, size_t at,
    const struct widths *w)
{
	const struct backup_series *s = items[at].series;
	bool first = at == 0 ||
	    items[at].environment != items[at - 1].environment;
	bool grey = r->d->grey;

	r->d->grey = grey || observation_stale(&s->seen, r->d->now);
	row_status(r, s->status);
	row_skip(r, 1);
	row_cell(r, !first ? INK_DIM : items[at].environment->production ?
	    INK_PRODUCTION : INK_TEXT, words_title(items[at].environment),
	    w->environment, false);
	row_skip(r, 2);
	row_cell(r, INK_TEXT, s->kind, w->kind, false);
	row_skip(r, 1);
	if (s->count > 0)
		draw_newest(r, s);
	else if (s->seen.error)
		row_printf(r, INK_UNKNOWN, " %s", s->seen.error);
	else
		row_printf(r, draw_status_ink(s->status), " %s",
		    s->seen.observed_at == TIME_UNKNOWN ?
		    _("not looked at yet") : _("there is no backup at all"));
	r->d->grey = grey;
}

static const char *
nothing(struct backups_view *v)
{
	if (client_state(v->view.console->client) != CLIENT_LIVE)
		return _("waiting for the server");
	if (v->filter && backups_used(model_of(v)))
		return _("no series matches");
	return v->only && backups_used(model_of(v)) ?
	    _("no backups are configured here") : _("no backups are "
	    "configured: see \"backups\" in vigie.yaml(5)");
}

static void
draw_list(struct backups_view *v, struct draw *d, const struct area *a,
    const struct entry *items, size_t count)
{
	struct area in = pane_frame(d, a, FRAME_PLAIN);
	struct row title = row_on_frame(d, a);
	struct widths w = {4, 4};
	char number[64];
	int line, row;

	snprintf(number, sizeof(number), " %d/%zu ",
	    count > 0 ? v->list.selected + 1 : 0, count);
	row_right(&title, INK_DIM, number);
	row_printf(&title, INK_TITLE, " %s ", _("backups"));
	if (v->only)
		row_printf(&title, INK_DIM, _("of %s "), v->only);
	v->rows = in;
	list_fit(&v->list, (int)count, in.h);
	measure(items, count, &w);
	for (line = 0; (row = list_row_at(&v->list, line)) >= 0; line++) {
		struct area whole = {in.y + line, in.x, 1, in.w};
		struct row r = row_in(d, &in, line);

		if (row == v->list.selected) {
			d->ground = INK_SELECTED;
			draw_fill(d, &whole);
		}
		draw_line(&r, items, (size_t)row, &w);
		d->ground = INK_NONE;
	}
	if (count == 0)
		draw_wrapped(d, &in, 0, in.h, INK_DIM, nothing(v));
}

/* --- the view --------------------------------------------------------- */

static void
backups_view_draw(struct view *view, struct draw *d, const struct area *a)
{
	struct backups_view *v = (struct backups_view *)view;
	struct area list, pane, in;
	struct entry *items;
	struct row title;
	bool grey = d->grey;
	size_t count;

	items = shown(v, &count);
	pane_split(a, (int)count, &list, &pane);
	draw_list(v, d, &list, items, count);
	if (pane.h > 0 && count > 0) {
		struct entry *e = &items[v->list.selected];

		in = pane_frame(d, &pane, FRAME_PLAIN);
		title = row_on_frame(d, &pane);
		row_printf(&title, INK_TITLE, " %s %s ",
		    words_title(e->environment), e->series->kind);
		row_status(&title, e->series->status);
		row_printf(&title, draw_status_ink(e->series->status), " %s ",
		    words_status(e->series->status));
		d->grey = grey || observation_stale(&e->series->seen, d->now);
		pane_draw(&v->pane, d, &in, &title, backups_write,
		    (void *)e->series);
		d->grey = grey;
	}
	free(items);
}

static void
to_trouble(struct backups_view *v, const struct entry *items, int by)
{
	int n = v->list.count, i, at;

	for (i = 1; i <= n; i++) {
		at = (v->list.selected + n + by * i % n) % n;
		if (items[at].series->status != STATUS_OK) {
			select_row(v, items, at);
			return;
		}
	}
	console_say(v->view.console, STATUS_OK, _("nothing is wrong"));
}

static bool
backups_view_move(struct view *view, enum move m)
{
	struct backups_view *v = (struct backups_view *)view;
	struct entry *items;
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
backups_view_click(struct view *view, int y, int x)
{
	struct backups_view *v = (struct backups_view *)view;
	struct entry *items;
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
backups_view_selection(struct view *view, struct selection *out)
{
	struct backups_view *v = (struct backups_view *)view;
	struct entry *items;
	size_t count;

	items = shown(v, &count);
	if (count > 0) {
		const struct entry *e = &items[v->list.selected];

		out->environment = e->environment;
		if (e->series->count > 0)
			out->text = e->series->items[0].name;
	} else if (v->only) {
		out->environment = console_environment(view->console, v->only);
	}
	free(items);
}

static const char *
backups_view_filter(struct view *view, const char *set)
{
	struct backups_view *v = (struct backups_view *)view;

	if (set)
		xstrset(&v->filter, *set ? set : NULL);
	return v->filter;
}

static void
backups_view_scroll(struct view *view, int by)
{
	pane_scroll(&((struct backups_view *)view)->pane, by);
}

static void
backups_view_environment(struct view *view, const char *name)
{
	struct backups_view *v = (struct backups_view *)view;

	xstrset(&v->only, name);
	xstrset(&v->filter, NULL);
	console_dirty(view->console);
}

static void
backups_view_close(struct view *view)
{
	struct backups_view *v = (struct backups_view *)view;

	free(v->only);
	free(v->environment);
	free(v->kind);
	free(v->filter);
	free(v);
}

static const struct view_ops backups_view_ops = {
	.where = WHERE_BACKUPS,
	.close = backups_view_close,
	.draw = backups_view_draw,
	.move = backups_view_move,
	.click = backups_view_click,
	.selection = backups_view_selection,
	.filter = backups_view_filter,
	.scroll = backups_view_scroll,
	.environment = backups_view_environment,
};

struct view *
view_backups_new(struct console *c, const char *environment)
{
	struct backups_view *v = xcalloc(1, sizeof(*v));

	v->view.ops = &backups_view_ops;
	v->view.console = c;
	v->only = xstrdup_or_null(environment);
	return &v->view;
}

/* --- commands --------------------------------------------------------- */

/* From the overview of all, but at the selected environment's worst. */
int
run_backups(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	const struct environment *env = NULL;
	const struct backup_series *worst;
	struct backups_view *v;
	struct selection sel;
	bool named = argument && *argument;

	console_selection(c, &sel);
	if (named) {
		env = command_environment(c, argument, e);
		if (!env)
			return -1;
	} else if (c->view->ops->where != WHERE_OVERVIEW) {
		env = sel.environment;
	}
	if (c->view->ops->where == WHERE_BACKUPS) {
		v = (struct backups_view *)c->view;
		xstrset(&v->only, named ? env->name : NULL);
		console_dirty(c);
		return 0;
	}
	v = (struct backups_view *)view_backups_new(c, env ? env->name : NULL);
	env = env ? env : sel.environment;
	worst = env ? backups_worst(env) : NULL;
	if (worst) {
		xstrset(&v->environment, env->name);
		xstrset(&v->kind, worst->kind);
	}
	console_push(c, &v->view);
	return 0;
}

static void
verify_answered(void *arg, const struct json *message, bool final)
{
	struct console *c = arg;

	if (strcmp(json_text(json_get(message, "type"), ""), "error") == 0)
		command_answered(c, message, final);
	else if (final)
		console_say(c, STATUS_OK,
		    _("asked for; the rungs reached stand in the list"));
}

int
run_verify(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct backups_view *v = (struct backups_view *)c->view;
	struct json *arguments;
	struct entry *items;
	size_t count;
	int rc = 0;

	items = shown(v, &count);
	if (count == 0) {
		rc = err_set(e, _("choose a series first"));
	} else if (items[v->list.selected].series->verifying) {
		rc = err_set(e, _("it is being verified already"));
	} else {
		const struct entry *entry = &items[v->list.selected];

		arguments = json_object();
		json_set_text(arguments, "environment",
		    entry->environment->name);
		json_set_text(arguments, "kind", entry->series->kind);
		client_request(c->client, "verify", arguments,
		    verify_answered, c);
	}
	free(items);
	return rc;
}
