/*
 * The plan of an act. Nothing happens before the server has been sent the word
 * on this page; what has moved meanwhile is said, and asked for anew.
 */
#include "ui/view-plan.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/console.h"
#include "ui/panel.h"
#include "ui/plan-page.h"
#include "ui/words.h"

struct plan_view {
	struct view view;
	char *act, *environment, *version, *via, *reason;
	int asking;		/* request for the plan; 0: none */
	int confirming;		/* request that confirms it; 0: none */
	struct plan *plan;	/* NULL: not there, or refused */
	struct plan *before;	/* the one that no longer held, or NULL */
	char *error;		/* why there is no plan */
	char *said;		/* what became of the last attempt, by lines */
	char *word;		/* typed, while the reason is asked for */
	struct pane pane;
};

static const struct environment *
environment_of(struct plan_view *v)
{
	return console_environment(v->view.console, v->environment);
}

static const char *
title_of(struct plan_view *v)
{
	const struct environment *env = environment_of(v);

	return env ? words_title(env) : v->environment;
}

/* --- asking ----------------------------------------------------------- */

static char *
clean(const struct json *m, const char *key)
{
	const char *s = json_text(json_get(m, key), "");

	return text_clean(s, strlen(s));
}

/* What is another than on the page that did not hold, below what the server
 * said of it. */
static void
tell_moved(struct plan_view *v)
{
	struct buf b = BUF_INIT(65536);

	if (!v->before || !v->plan)
		return;
	if (v->said)
		buf_addf(&b, "%s\n", v->said);
	plan_compare(v->before, v->plan, &b);
	xstrset(&v->said, b.len > 0 ? buf_str(&b) : NULL);
	plan_free(v->before);
	v->before = NULL;
	buf_release(&b);
}

static void
planned(void *arg, const struct json *m, bool final)
{
	struct plan_view *v = arg;
	struct err e = {""};

	if (!final)
		return;
	v->asking = 0;
	v->pane.skip = 0;
	console_dirty(v->view.console);
	if (strcmp(json_text(json_get(m, "type"), ""), "plan") != 0) {
		free(v->error);
		v->error = clean(m, "text");
		return;
	}
	v->plan = plan_parse(json_get(m, "plan"), &e);
	xstrset(&v->error, v->plan ? NULL : e.text);
	tell_moved(v);
}

/* Keeps the plan at hand, to tell what is another. */
static void
ask(struct plan_view *v)
{
	struct json *arguments = json_object();
	struct client *client = v->view.console->client;

	if (v->asking)
		client_cancel(client, v->asking);
	if (v->plan) {
		plan_free(v->before);
		v->before = v->plan;
		v->plan = NULL;
	}
	xstrset(&v->error, NULL);
	json_set_text(arguments, "act", v->act);
	json_set_text(arguments, "environment", v->environment);
	if (v->version)
		json_set_text(arguments, "version", v->version);
	if (v->via)
		json_set_text(arguments, "via", v->via);
	if (v->reason)
		json_set_text(arguments, "reason", v->reason);
	v->asking = client_request(client, "plan", arguments, planned, v);
	console_dirty(v->view.console);
}

/* --- confirming ------------------------------------------------------- */

static const struct view_ops plan_view_ops;

/* The page that sent that request, if it is still open. */
static struct plan_view *
waiting_view(struct console *c, int id)
{
	struct view *view;

	for (view = c->view; view; view = view->below) {
		struct plan_view *v = (struct plan_view *)view;

		if (view->ops == &plan_view_ops && v->confirming &&
		    (v->confirming == id || id == 0))
			return v;
	}
	return NULL;
}

static void
started(struct console *c, struct plan_view *v, const struct json *m)
{
	char *run = clean(m, "run");

	if (v && &v->view == c->view) {
		console_pop(c);
		console_push(c, view_run_new(c, run));
	} else {
		console_say(c, STATUS_OK, _("started: %s"), run);
	}
	free(run);
}

static void
refused(struct console *c, struct plan_view *v, const struct json *m)
{
	const char *code = json_text(json_get(m, "code"), "");
	bool lost = strcmp(code, "lost") == 0;
	char *text = lost ? xstrdup(_("the link was lost: whether it started "
	    "is not known, the runs (u) will tell")) : clean(m, "text");

	if (!v) {
		console_say(c, lost ? STATUS_UNKNOWN : STATUS_WARN, "%s",
		    text);
		free(text);
		return;
	}
	free(v->said);
	v->said = text;
	v->pane.skip = 0;
	if (lost || strcmp(code, "expired") == 0 ||
	    strcmp(code, "moved") == 0 || strcmp(code, "busy") == 0)
		ask(v);
}

/* The page may have been left meanwhile: the console is what is there. */
static void
confirmed(void *arg, const struct json *m, bool final)
{
	struct console *c = arg;
	struct plan_view *v;

	if (!final)
		return;
	v = waiting_view(c, (int)json_int(json_get(m, "id"), 0));
	if (v)
		v->confirming = 0;
	if (strcmp(json_text(json_get(m, "type"), ""), "started") == 0)
		started(c, v, m);
	else
		refused(c, v, m);
	console_dirty(c);
}

static void
confirm(struct plan_view *v, const char *word, const char *reason)
{
	struct json *arguments = json_object();
	struct console *c = v->view.console;

	json_set_text(arguments, "plan", v->plan->id);
	json_set_text(arguments, "word", word);
	if (reason && *reason)
		json_set_text(arguments, "reason", reason);
	xstrset(&v->said, NULL);
	v->confirming = client_request(c->client, "confirm", arguments,
	    confirmed, c);
	console_dirty(c);
}

/* The page on top, if it has a plan: prompts keep all others from the keys, but
 * the console may be ending. */
static struct plan_view *
asked_view(struct console *c)
{
	struct plan_view *v = (struct plan_view *)c->view;

	return c->view->ops == &plan_view_ops && v->plan ? v : NULL;
}

static void
reason_given(void *arg, const char *text, bool done)
{
	struct console *c = arg;
	struct plan_view *v = asked_view(c);

	console_dirty(c);
	if (!done || !v)
		return;
	if (text && text[strspn(text, " ")])
		confirm(v, v->word, text);
	else
		console_say(c, STATUS_OK, _("not done"));
}

static void
word_given(void *arg, const char *text, bool done)
{
	struct prompt_request r = {.text = reason_given, .arg = arg};
	struct console *c = arg;
	struct plan_view *v = asked_view(c);
	char *label;

	console_dirty(c);
	if (!done || !v)
		return;
	if (!text || !text[strspn(text, " ")]) {
		console_say(c, STATUS_OK, _("not done"));
		return;
	}
	/* y in the operator's language. */
	if (plan_simple(v->plan) && strcmp(text, _("y")) == 0)
		text = "y";
	xstrset(&v->word, text);
	/* A wrong word is refused and journalled by the server: it takes no
	 * reason. */
	if (!v->plan->needs_reason || v->reason ||
	    strcmp(text, v->plan->word) != 0) {
		confirm(v, v->word, v->reason);
		return;
	}
	label = xasprintf(_("%s %s, because: "), plan_act(v->act),
	    title_of(v));
	r.label = label;
	prompt_open(&c->prompt, &r);
	free(label);
}

/* Whether there is something to confirm; if not, why, or it is asked for. */
static int
ready(struct plan_view *v, struct err *e)
{
	if (v->confirming)
		return err_set(e, _("sent already: waiting for the server"));
	if (v->asking)
		return err_set(e, _("the plan is not there yet"));
	if (v->plan && v->plan->blocked)
		return err_set(e, _("this cannot be done: %s"),
		    v->plan->blocked);
	if (!v->plan || plan_expired(v->plan, clock_wall())) {
		ask(v);
		return err_set(e, _("asked anew: read it again"));
	}
	return 0;
}

int
run_plan_confirm(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct plan_view *v = (struct plan_view *)c->view;
	struct prompt_request r = {.text = word_given, .arg = c};
	char *label;

	if (ready(v, e) < 0)
		return -1;
	label = plan_simple(v->plan) ?
	    xasprintf(_("%s %s? (y/n) "), plan_act(v->act), title_of(v)) :
	    xasprintf(_("type %s to %s %s: "), v->plan->word,
	    plan_act(v->act), title_of(v));
	r.label = label;
	prompt_open(&c->prompt, &r);
	free(label);
	console_dirty(c);
	return 0;
}

int
run_plan_yes(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct plan_view *v = (struct plan_view *)c->view;

	if (ready(v, e) < 0)
		return -1;
	if (!plan_simple(v->plan))
		return err_set(e, _("it takes more than a key: Enter, then "
		    "%s"), v->plan->word);
	confirm(v, "y", NULL);
	return 0;
}

int
run_plan_via(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct plan_view *v = (struct plan_view *)c->view;
	const char *now = v->plan ? v->plan->via : v->via;

	if (v->confirming)
		return err_set(e, _("sent already: waiting for the server"));
	if (!argument || !*argument)
		argument = now && strcmp(now, "github") == 0 ? "ssh" :
		    "github";
	xstrset(&v->via, argument);
	xstrset(&v->said, NULL);
	ask(v);
	return 0;
}

int
run_plan_again(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct plan_view *v = (struct plan_view *)c->view;

	if (v->confirming)
		return err_set(e, _("sent already: waiting for the server"));
	xstrset(&v->said, NULL);
	ask(v);
	return 0;
}

/* --- drawing ---------------------------------------------------------- */

static void
write_page(void *arg, struct pen *p)
{
	struct plan_view *v = arg;

	if (v->plan)
		plan_page(p, v->plan, environment_of(v), v->said);
	else if (v->error)
		pen_status(p, STATUS_WARN, INK_WARN, v->error);
	else
		pen_text(p, INK_DIM, _("asking the server what would "
		    "happen"));
}

/* Lines below the page, the rule above them included. */
#define FOOT_MOST 4

static int
draw_foot(struct plan_view *v, struct draw *d, const struct area *in)
{
	struct area nowhere = {in->y, in->x, 0, in->w};
	struct row r;
	int lines;

	if (!v->plan || in->h < 4)
		return 0;
	if (v->confirming) {
		r = row_in(d, in, in->h - 1);
		row_text(&r, INK_ACCENT, _("sent: waiting for the server"));
		return 1;
	}
	lines = plan_foot(d, &nowhere, 0, FOOT_MOST - 1, v->plan);
	if (lines > in->h / 2)
		lines = in->h / 2;
	r = row_in(d, in, in->h - lines - 1);
	row_rule(&r, INK_BORDER, "");
	plan_foot(d, in, in->h - lines, lines, v->plan);
	return lines + 1;
}

static void
plan_view_draw(struct view *view, struct draw *d, const struct area *a)
{
	struct plan_view *v = (struct plan_view *)view;
	const struct environment *env = environment_of(v);
	struct area in = pane_frame(d, a, env ? panel_frame(env) :
	    FRAME_PLAIN);
	struct row title = row_on_frame(d, a);

	plan_title(&title, v->plan, v->act, v->environment, env);
	in.h -= draw_foot(v, d, &in);
	pane_draw(&v->pane, d, &in, &title, write_page, v);
}

/* --- the view --------------------------------------------------------- */

static bool
plan_view_move(struct view *view, enum move m)
{
	struct plan_view *v = (struct plan_view *)view;
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
plan_view_scroll(struct view *view, int by)
{
	pane_scroll(&((struct plan_view *)view)->pane, by);
}

static void
plan_view_selection(struct view *view, struct selection *out)
{
	struct plan_view *v = (struct plan_view *)view;

	out->environment = environment_of(v);
	out->text = v->plan ? v->plan->target : v->version;
}

static void
plan_view_close(struct view *view)
{
	struct plan_view *v = (struct plan_view *)view;

	/* Not what confirms: the answer is told in the footer. */
	if (v->asking)
		client_cancel(view->console->client, v->asking);
	plan_free(v->plan);
	plan_free(v->before);
	free(v->act);
	free(v->environment);
	free(v->version);
	free(v->via);
	free(v->reason);
	free(v->error);
	free(v->said);
	free(v->word);
	free(v);
}

static const struct view_ops plan_view_ops = {
	.where = WHERE_PLAN,
	.close = plan_view_close,
	.draw = plan_view_draw,
	.move = plan_view_move,
	.scroll = plan_view_scroll,
	.selection = plan_view_selection,
};

struct view *
view_plan_new(struct console *c, const struct plan_wish *w)
{
	struct plan_view *v = xcalloc(1, sizeof(*v));

	v->view.ops = &plan_view_ops;
	v->view.console = c;
	v->act = xstrdup(w->act);
	v->environment = xstrdup(w->environment);
	v->version = xstrdup_or_null(w->version);
	v->via = xstrdup_or_null(w->via);
	v->reason = xstrdup_or_null(w->reason);
	ask(v);
	return &v->view;
}
