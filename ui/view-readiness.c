/*
 * Whether a rollback of one environment would work now: every check with its
 * evidence, what mends it, the point of no return, and what ran there before.
 */
#include "ui/view-readiness.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "ui/commands.h"
#include "ui/console.h"
#include "ui/panel.h"
#include "ui/readiness.h"
#include "ui/words.h"

struct readiness_view {
	struct view view;
	char *environment;
	struct pane pane;
};

static const struct environment *
environment_of(struct readiness_view *v)
{
	return console_environment(v->view.console, v->environment);
}

/* "v1.4.0 9d20b11  6d ago until now, healthy 99.8%". */
static void
tenure_line(struct pen *p, const struct tenure *t, bool live)
{
	struct row r = pen_row(p);
	struct buf b = BUF_INIT(1024);
	struct version v = {.tag = t->tag, .commit = t->commit};

	words_version(&v, &b);
	row_cell(&r, live ? INK_TITLE : INK_TEXT, buf_str(&b), 26, false);
	row_skip(&r, 2);
	buf_clear(&b);
	words_ago(p->d->now, t->first_seen, &b);
	buf_addf(&b, " %s", live ? _("until now") : _("until"));
	if (!live) {
		buf_addc(&b, ' ');
		words_ago(p->d->now, t->last_seen, &b);
	}
	if (t->observed_ms > 0 && t->healthy_ms >= 0) {
		buf_addf(&b, ", %s ", _("healthy"));
		words_share(t->healthy_ms, t->observed_ms, &b);
	}
	row_text(&r, INK_DIM, buf_str(&b));
	buf_release(&b);
}

static void
write_page(void *arg, struct pen *p)
{
	const struct environment *env = arg;
	struct row r;
	size_t i;

	if (env->lock.who) {
		r = pen_row(p);
		panel_lock(&r, env);
	}
	readiness_page(p, env);
	for (i = 0; i < env->schema_count; i++) {
		const struct schema *s = &env->schemas[i];

		if (i == 0)
			pen_heading(p, INK_TITLE, _("schemas as they are now"));
		r = pen_row(p);
		row_cell(&r, INK_TEXT, s->name, 14, false);
		row_skip(&r, 2);
		row_printf(&r, s->fingerprint ? INK_DIM : INK_UNKNOWN, "%s  ",
		    s->fingerprint ? s->fingerprint : "?");
		row_text(&r, INK_WARN, s->error ? s->error : "");
	}
	for (i = 0; i < env->tenure_count; i++) {
		if (i == 0)
			pen_heading(p, INK_TITLE, _("what ran here"));
		tenure_line(p, &env->tenures[i], i == 0);
	}
}

/* As a panel's, but with the word for the rollback instead of the status. */
static void
draw_title(struct row *r, const struct environment *env, int number)
{
	const struct readiness *ready = &env->readiness;
	enum status s = readiness_status(ready);
	struct buf b = BUF_INIT(64);

	if (number < 10)
		row_printf(r, INK_KEY, " %d", number);
	row_printf(r, INK_TITLE, " %s ", words_title(env));
	if (ready->used) {
		buf_addf(&b, " %s ", readiness_title(ready->word));
		row_right(r, draw_status_ink(s), buf_str(&b));
		row_status_right(r, s);
		row_right(r, INK_TEXT, " ");
	}
	if (env->production) {
		buf_clear(&b);
		buf_addf(&b, " %s ", _("PRODUCTION"));
		row_right(r, INK_TEXT, " ");
		row_right(r, INK_PRODUCTION, buf_str(&b));
		row_right(r, INK_TEXT, " ");
	}
	row_printf(r, INK_DIM, "%s %s ", draw_glyph(r->d, GLYPH_SEPARATOR),
	    _("would a rollback work?"));
	buf_release(&b);
}

static void
readiness_view_draw(struct view *view, struct draw *d, const struct area *a)
{
	struct readiness_view *v = (struct readiness_view *)view;
	const struct environment *env = environment_of(v);
	struct area in;
	struct row title;
	bool grey = d->grey;

	if (!env) {
		title = row_in(d, a, a->h / 2);
		row_skip(&title, 2);
		row_printf(&title, INK_DIM, _("%s is no longer configured"),
		    v->environment);
		return;
	}
	d->grey = grey || env->stale;
	in = pane_frame(d, a, panel_frame(env));
	title = row_on_frame(d, a);
	draw_title(&title, env, (int)(env -
	    console_model(view->console)->environments) + 1);
	pane_draw(&v->pane, d, &in, &title, write_page, (void *)env);
	d->grey = grey;
}

static bool
readiness_view_move(struct view *view, enum move m)
{
	struct readiness_view *v = (struct readiness_view *)view;
	struct list l = {.count = v->pane.most + 1, .selected = v->pane.skip,
	    .height = v->pane.page};

	if (m == MOVE_LEFT)
		console_pop(view->console);
	else if (list_move(&l, m))
		v->pane.skip = l.selected;
	else
		return false;
	return true;
}

static void
readiness_view_selection(struct view *view, struct selection *out)
{
	out->environment = environment_of((struct readiness_view *)view);
	if (out->environment)
		out->text = out->environment->readiness.target;
}

static void
readiness_view_environment(struct view *view, const char *name)
{
	struct readiness_view *v = (struct readiness_view *)view;

	if (xstrset(&v->environment, name))
		v->pane.skip = 0;
	console_dirty(view->console);
}

static void
readiness_view_close(struct view *view)
{
	struct readiness_view *v = (struct readiness_view *)view;

	free(v->environment);
	free(v);
}

static const struct view_ops readiness_view_ops = {
	.where = WHERE_READINESS,
	.close = readiness_view_close,
	.draw = readiness_view_draw,
	.move = readiness_view_move,
	.selection = readiness_view_selection,
	.environment = readiness_view_environment,
};

struct view *
view_readiness_new(struct console *c, const char *environment)
{
	struct readiness_view *v = xcalloc(1, sizeof(*v));

	v->view.ops = &readiness_view_ops;
	v->view.console = c;
	v->environment = xstrdup(environment);
	return &v->view;
}

/* Where none is selected, production is what is asked about. */
int
run_readiness(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	const struct environment *env = NULL;
	struct selection sel;

	console_selection(c, &sel);
	if (!sel.environment && !(argument && *argument))
		env = readiness_production(console_model(c));
	if (!env)
		env = command_environment(c, argument, e);
	if (!env)
		return -1;
	console_push(c, view_readiness_new(c, env->name));
	return 0;
}
