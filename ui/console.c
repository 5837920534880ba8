#include "ui/console.h"

#include <signal.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "ui/keymap.h"

/* How long the footer says something. */
#define MESSAGE_MS 8000

const struct model *
console_model(const struct console *c)
{
	return client_model(c->client);
}

const struct environment *
console_environment(const struct console *c, const char *name)
{
	return model_find(console_model(c), name);
}

void
console_dirty(struct console *c)
{
	c->dirty = c->whole = true;
}

void
console_say(struct console *c, enum status severity, const char *fmt, ...)
{
	va_list ap;

	free(c->message);
	va_start(ap, fmt);
	c->message = xvasprintf(fmt, ap);
	va_end(ap);
	c->message_status = severity;
	c->message_until = clock_mono() + MESSAGE_MS;
	console_dirty(c);
}

void
console_push(struct console *c, struct view *v)
{
	v->below = c->view;
	c->view = v;
	console_dirty(c);
}

void
console_pop(struct console *c)
{
	struct view *v = c->view;

	if (!v->below)
		return;
	c->view = v->below;
	v->ops->close(v);
	console_dirty(c);
}

void
console_quit(struct console *c)
{
	c->done = true;
	loop_stop(c->loop);
}

void
console_selection(struct console *c, struct selection *s)
{
	memset(s, 0, sizeof(*s));
	if (c->view->ops->selection)
		c->view->ops->selection(c->view, s);
}

static void
redraw(void *arg)
{
	struct console *c = arg;
	struct draw *d = &c->draw;
	struct area body;

	if (!c->dirty || c->done || screen_suspended(c->screen))
		return;
	c->dirty = false;
	screen_size(c->screen, &d->rows, &d->columns);
	d->now = clock_wall();
	d->ground = INK_NONE;
	d->grey = false;
	screen_begin(c->screen);
	body = frame_draw(c, d);
	d->grey = client_state(c->client) != CLIENT_LIVE;
	c->view->ops->draw(c->view, d, &body);
	d->grey = false;
	frame_footer(c, d);
	screen_show(c->screen, c->whole);
	c->whole = false;
}

/* Ages and the clock: once a second, at its turn. */
static void
ticked(void *arg)
{
	struct console *c = arg;
	int64_t now = clock_wall();

	c->tick = loop_timer(c->loop, 1000 - now % 1000 + 5, ticked, c);
	if (c->message && clock_mono() >= c->message_until) {
		free(c->message);
		c->message = NULL;
	}
	if (c->shell)
		shell_tick(c);
	if (c->view->ops->changed && c->view->ops->where == WHERE_WALL)
		c->view->ops->changed(c->view);
	c->dirty = true;
}

static void
open_wanted(struct console *c)
{
	if (!c->open || !console_environment(c, c->open))
		return;
	console_push(c, view_environment_new(c, c->open, NULL));
	free(c->open);
	c->open = NULL;
}

/* Does this change more than figures and ages? Those wait for the clock's next
 * turn, so that an idle minute costs the terminal's line next to nothing. */
static bool
is_news(struct console *c)
{
	const struct model *m = console_model(c);
	unsigned words = 0;
	bool news = m->changed || m->marked || m->ran || m->pipelines.changed ||
	    m->registry.changed || m->releases.changed;
	size_t i, k;

	for (i = 0; i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];

		words = words * 31 + (unsigned)env->status * 2 + env->stale;
		news = news || env->gone_count > 0 ||
		    (env->changes & (CHANGE_SETUP | CHANGE_LINK |
		    CHANGE_VERSION | CHANGE_BACKUPS | CHANGE_TENURES |
		    CHANGE_READINESS | CHANGE_LOCK)) != 0;
		for (k = 0; !news && k < env->service_count; k++)
			news = env->services[k].changed;
	}
	news = news || words != c->status_words;
	c->status_words = words;
	return news;
}

static void
model_changed(void *arg)
{
	struct console *c = arg;
	struct view *v;

	open_wanted(c);
	for (v = c->view; v; v = v->below) {
		if (v->ops->changed && v->ops->where != WHERE_WALL)
			v->ops->changed(v);
	}
	if (is_news(c))
		console_dirty(c);
}

static void
state_changed(void *arg)
{
	console_dirty(arg);
}

static void
press(struct console *c, const struct key *k)
{
	const struct action *cmd;

	if (c->message) {
		free(c->message);
		c->message = NULL;
		console_dirty(c);
	}
	if (k->kind == KEY_IS_CLICK || k->kind == KEY_IS_WHEEL) {
		if (k->kind == KEY_IS_CLICK && c->view->ops->click)
			c->view->ops->click(c->view, k->y, k->x);
		else if (k->kind == KEY_IS_WHEEL && c->view->ops->move)
			c->view->ops->move(c->view, k->amount < 0 ?
			    MOVE_WHEEL_UP : MOVE_WHEEL_DOWN);
		console_dirty(c);
		return;
	}
	/* A paste outside a prompt must not press keys. */
	if (k->kind != KEY_IS_NAMED)
		return;
	cmd = action_by_key(c->view->ops->where, k->name);
	if (cmd)
		action_run(c, cmd, cmd->flags & ACTION_KEY_ARGUMENT ?
		    k->name : NULL);
}

static void
readable(int fd, unsigned events, void *arg)
{
	struct console *c = arg;
	bool any = false;
	struct key k;

	for (;;) {
		screen_key(c->screen, &k);
		if (k.kind == KEY_IS_NONE || c->done)
			break;
		any = true;
		if (c->prompt.open) {
			prompt_key(&c->prompt, &k);
			console_dirty(c);
		} else {
			press(c, &k);
		}
	}
	if (!any && !screen_suspended(c->screen) && screen_gone(c->screen))
		console_quit(c);
}

static void
signalled(int signo, void *arg)
{
	struct console *c = arg;

	switch (signo) {
	case SIGWINCH:
		if (!screen_suspended(c->screen))
			screen_resized(c->screen);
		console_dirty(c);
		break;
	case SIGCONT:
		if (!c->shell)
			screen_redraw(c->screen);
		console_dirty(c);
		break;
	default:
		console_quit(c);
	}
}

static int
set_up(struct console *c, const struct ui_options *o, struct err *e)
{
	static const int signals[] = {SIGWINCH, SIGHUP, SIGTERM, SIGINT,
	    SIGCONT};
	struct client_options options = o->client;

	c->loop = loop_new(e);
	if (!c->loop)
		return -1;
	/* A terminal that is gone is found by its signal or by reading. */
	signal(SIGPIPE, SIG_IGN);
	if (loop_signals(c->loop, signals, sizeof(signals) / sizeof(int),
	    signalled, c, e) < 0)
		return -1;
	options.subscribe = true;
	options.handlers = (struct client_handlers){
		.changed = model_changed, .state = state_changed, .arg = c,
	};
	c->read_only = options.read_only;
	/* The snapshot travels while the terminal is being set up. */
	c->client = client_new(c->loop, &options);
	c->screen = screen_new(e);
	if (!c->screen)
		return -1;
	c->draw.utf8 = screen_utf8(c->screen);
	c->draw.color = screen_colors(c->screen) > 0;
	c->draw.theme = &c->theme;
	theme_builtin(&c->theme, screen_colors(c->screen));
	return 0;
}

static void
tear_down(struct console *c)
{
	struct view *below;

	/* What it asks for belongs to a view. */
	prompt_release(&c->prompt);
	for (; c->view; c->view = below) {
		below = c->view->below;
		c->view->ops->close(c->view);
	}
	shell_release(c);
	screen_free(c->screen);
	client_free(c->client);
	loop_free(c->loop);
	free(c->message);
	free(c->open);
}

/* Everything but the first view is the same for the console and the wall. */
static int
run(const struct ui_options *o, int page_seconds)
{
	struct console c = {.done = false};
	struct err e = {""};
	int rc = 3;

	if (set_up(&c, o, &e) < 0) {
		fprintf(stderr, "vigie: %s\n", e.text);
		goto out;
	}
	c.view = page_seconds > 0 ? view_wall_new(&c, page_seconds) :
	    view_overview_new(&c);
	c.open = xstrdup_or_null(o->environment);
	if (o->theme && theme_load(&c.theme, o->theme,
	    screen_colors(c.screen), &e) < 0)
		console_say(&c, STATUS_WARN, "%s", e.text);
	loop_watch(c.loop, screen_fd(c.screen), LOOP_READ, readable, &c);
	loop_after_turn(c.loop, redraw, &c);
	c.tick = loop_timer(c.loop, 1000, ticked, &c);
	console_dirty(&c);
	loop_run(c.loop);
	rc = 0;
out:
	tear_down(&c);
	return rc;
}

int
ui_console(const struct ui_options *o)
{
	return run(o, 0);
}

int
ui_wall(const struct ui_options *o, int page_seconds)
{
	struct ui_options wall = *o;

	wall.client.read_only = true;
	return run(&wall, page_seconds > 0 ? page_seconds : 15);
}
