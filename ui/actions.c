/*
 * The command table, and what its general commands do. Those of one view stand
 * with the view (view-log.h, view-environment.h).
 */
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/console.h"
#include "ui/keymap.h"
#include "ui/view-environment.h"
#include "ui/view-log.h"
#include "ui/view-releases.h"
#include "ui/words.h"

static int
run_quit(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	console_quit(c);
	return 0;
}

/* Esc takes a filter away first, then the view. */
static int
run_back(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	const struct view_ops *ops = c->view->ops;
	const char *filter = ops->filter ? ops->filter(c->view, NULL) : NULL;

	if (filter && *filter)
		ops->filter(c->view, "");
	else
		console_pop(c);
	console_dirty(c);
	return 0;
}

static int
run_move(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	if (c->view->ops->move)
		c->view->ops->move(c->view, (enum move)self->value);
	console_dirty(c);
	return 0;
}

/* The environment an argument names, else the selected one, else the only
 * one. */
static const struct environment *
which_environment(struct console *c, const char *name, struct err *e)
{
	const struct model *m = console_model(c);
	const struct environment *env;
	struct selection sel;

	if (name && *name) {
		env = console_environment(c, name);
		if (!env)
			err_set(e, _("no environment is called %s"), name);
		return env;
	}
	console_selection(c, &sel);
	if (sel.environment)
		return sel.environment;
	if (m->environment_count == 1)
		return &m->environments[0];
	err_set(e, _("choose an environment first"));
	return NULL;
}

static int
run_open(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	const struct environment *env = which_environment(c, argument, e);
	struct selection sel;

	if (!env)
		return -1;
	console_selection(c, &sel);
	if (c->view->ops->where == WHERE_OVERVIEW)
		console_push(c, view_environment_new(c, env->name,
		    sel.service && !(argument && *argument) ?
		    sel.service->container : NULL));
	else if (c->view->ops->environment)
		c->view->ops->environment(c->view, env->name);
	return 0;
}

static int
run_choose(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	const struct model *m = console_model(c);
	int64_t n;

	if (text_int(argument, 1, 9, &n) < 0 ||
	    (size_t)n > m->environment_count)
		return err_set(e, _("there is no environment %s"), argument);
	if (c->view->ops->environment)
		c->view->ops->environment(c->view,
		    m->environments[n - 1].name);
	return 0;
}

static int
run_next(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	const struct model *m = console_model(c);
	struct selection sel;
	size_t at;

	if (m->environment_count == 0 || !c->view->ops->environment)
		return 0;
	console_selection(c, &sel);
	at = sel.environment ? (size_t)(sel.environment - m->environments) : 0;
	at = (at + m->environment_count + self->value) % m->environment_count;
	c->view->ops->environment(c->view, m->environments[at].name);
	return 0;
}

#define SERVICES_MAX 64

/* "logs", "logs bridge redis", "logs prod", "logs prod bridge": a first word
 * that is an environment names it. */
static int
run_logs(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	const char *services[SERVICES_MAX + 1] = {NULL};
	char *words = xstrdup(argument ? argument : ""), *p = words;
	const struct environment *env = NULL;
	struct buf name = BUF_INIT(1024);
	struct selection sel;
	size_t n = 0;
	int rc = -1;

	while (*p && n < SERVICES_MAX) {
		size_t len = strcspn(p, " ");
		bool last = !p[len];

		p[len] = '\0';
		if (len > 0 && n == 0 && !env && console_environment(c, p))
			env = console_environment(c, p);
		else if (len > 0)
			services[n++] = p;
		p += len + !last;
	}
	console_selection(c, &sel);
	if (!env)
		env = which_environment(c, NULL, e);
	if (!env)
		goto out;
	if (n == 0 && sel.service && sel.environment == env) {
		words_service_name(sel.service, &name);
		services[0] = buf_str(&name);
	}
	console_push(c, view_log_new(c, env->name, services));
	rc = 0;
out:
	buf_release(&name);
	free(words);
	return rc;
}

static int
run_events(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	const struct environment *env = NULL;
	struct selection sel;

	if (argument && *argument) {
		env = which_environment(c, argument, e);
		if (!env)
			return -1;
	} else if (c->view->ops->where != WHERE_OVERVIEW) {
		console_selection(c, &sel);
		env = sel.environment;
	}
	console_push(c, view_events_new(c, env ? env->name : NULL));
	return 0;
}

/* What a request that only succeeds or fails has answered. */
static void
answered(void *arg, const struct json *message, bool final)
{
	struct console *c = arg;
	const char *type = json_text(json_get(message, "type"), "");

	if (strcmp(type, "error") == 0) {
		char *text = text_clean(
		    json_text(json_get(message, "text"), ""),
		    strlen(json_text(json_get(message, "text"), "")));

		console_say(c, STATUS_WARN, "%s", text);
		free(text);
	} else if (final) {
		console_say(c, STATUS_OK, _("done"));
	}
}

static int
run_request(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	const struct environment *env = NULL;
	struct json *arguments = json_object();
	struct selection sel;

	console_selection(c, &sel);
	if (argument && *argument) {
		env = which_environment(c, argument, e);
		if (!env) {
			json_free(arguments);
			return -1;
		}
	} else if (c->view->ops->where != WHERE_OVERVIEW) {
		env = sel.environment;
	}
	if (self->arguments == ARGUMENTS_ENVIRONMENT)
		json_set_text(arguments, "environment",
		    env ? env->name : NULL);
	client_request(c->client, self->name, arguments, answered, c);
	return 0;
}

static void
shell_answered(void *arg, const struct json *message, bool final)
{
	struct console *c = arg;
	const struct json *argv = json_get(message, "argv"), *word;
	char **words;
	size_t n = 0;

	if (strcmp(json_text(json_get(message, "type"), ""), "shell") != 0 ||
	    json_count(argv) == 0) {
		answered(c, message, false);
		return;
	}
	words = xcalloc(json_count(argv) + 1, sizeof(*words));
	for (word = json_first(argv); word; word = json_next(word))
		words[n++] = xstrdup(json_text(word, ""));
	shell_start(c, words);
}

static int
run_shell(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	struct json *arguments;
	struct selection sel;

	console_selection(c, &sel);
	if (!sel.service)
		return err_set(e, _("choose a service first"));
	arguments = json_object();
	json_set_text(arguments, "environment", sel.environment->name);
	json_set_text(arguments, "container", sel.service->container);
	client_request(c->client, "shell", arguments, shell_answered, c);
	return 0;
}

static int
run_copy(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	struct selection sel;

	console_selection(c, &sel);
	if (!sel.text)
		return err_set(e, _("nothing to copy here"));
	screen_copy(c->screen, sel.text);
	console_say(c, STATUS_OK, _("copied: %s"), sel.text);
	return 0;
}

static int
run_redraw(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	screen_redraw(c->screen);
	console_dirty(c);
	return 0;
}

static int
run_suspend(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	screen_suspend(c->screen);
	/* Everyone in our job stops, as after Ctrl-Z in any program. */
	kill(0, SIGSTOP);
	screen_resume(c->screen);
	console_dirty(c);
	return 0;
}

static void
filter_text(void *arg, const char *text, bool done)
{
	struct console *c = arg;

	if (c->view->ops->filter)
		c->view->ops->filter(c->view, text ? text : "");
	console_dirty(c);
}

static int
run_filter(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct prompt_request r = {.label = "/", .text = filter_text,
	    .arg = c};

	if (!c->view->ops->filter)
		return 0;
	if (argument && *argument) {
		c->view->ops->filter(c->view, argument);
	} else {
		r.initial = c->view->ops->filter(c->view, NULL);
		prompt_open(&c->prompt, &r);
	}
	console_dirty(c);
	return 0;
}

static int
run_prompt(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	action_prompt(c);
	return 0;
}

static int
run_help(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	console_push(c, view_help_new(c, c->view->ops->where));
	return 0;
}

static int
run_theme(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	if (!argument || !*argument) {
		console_say(c, STATUS_OK, _("theme: %s"), c->theme.name);
		return 0;
	}
	if (theme_load(&c->theme, argument, screen_colors(c->screen), e) < 0)
		return -1;
	screen_redraw(c->screen);
	console_dirty(c);
	return 0;
}

#define LISTS (WHERE_OVERVIEW | WHERE_ENVIRONMENT | WHERE_EVENTS | \
	WHERE_RELEASES)
#define INSIDE (WHERE_ENVIRONMENT | WHERE_LOG | WHERE_EVENTS | WHERE_HELP | \
	WHERE_RELEASES)
#define SHOWS_ONE (WHERE_OVERVIEW | WHERE_ENVIRONMENT | WHERE_EVENTS)
#define WITH_ENVIRONMENT (WHERE_OVERVIEW | WHERE_ENVIRONMENT | WHERE_LOG | \
	WHERE_EVENTS)
#define ALL (WHERE_CONSOLE | WHERE_WALL)

#define MOVE(move_name, move_keys, move_help, move_value) { \
	.name = move_name, .keys = move_keys, .help = move_help, \
	.where = WHERE_CONSOLE, .flags = ACTION_NAMELESS, \
	.value = move_value, .run = run_move}

const struct action actions[] = {
	{.name = "open", .keys = "Enter", .hint = N_("open"),
	    .arguments = ARGUMENTS_ENVIRONMENT, .usage = "[environment]",
	    .help = N_("open the selected environment"),
	    .where = WHERE_OVERVIEW, .run = run_open},
	{.name = "logs", .keys = "l", .hint = N_("logs"),
	    .arguments = ARGUMENTS_SERVICES,
	    .usage = "[environment] [service…]",
	    .help = N_("follow the logs of the service, or of all"),
	    .where = WITH_ENVIRONMENT & ~WHERE_LOG, .run = run_logs},
	{.name = "logs", .keys = "", .arguments = ARGUMENTS_SERVICES,
	    .usage = "[environment] [service…]",
	    .help = N_("follow the logs of other services"),
	    .where = WHERE_LOG, .run = run_logs},
	{.name = "events", .keys = "e", .hint = N_("events"),
	    .arguments = ARGUMENTS_ENVIRONMENT, .usage = "[environment]",
	    .help = N_("what containers did, as it happens"),
	    .where = WITH_ENVIRONMENT & ~WHERE_EVENTS, .run = run_events},
	{.name = "releases", .keys = "v",
	    .help = N_("the releases: notes, commits, where they run"),
	    .where = WHERE_OVERVIEW | WHERE_ENVIRONMENT, .run = run_releases},
	{.name = "shell", .keys = "s", .hint = N_("shell"),
	    .help = N_("a shell in the selected container"),
	    .where = WHERE_OVERVIEW | WHERE_ENVIRONMENT,
	    .flags = ACTION_OPERATOR, .run = run_shell},
	{.name = "details", .keys = "i", .hint = N_("details"),
	    .help = N_("details of the service, or the environment"),
	    .where = WHERE_ENVIRONMENT, .run = run_environment_details},
	{.name = "sort", .keys = "o", .hint = N_("sort"),
	    .help = N_("sort by name, by trouble, by cpu, by memory"),
	    .where = WHERE_ENVIRONMENT, .run = run_environment_sort},

	{.name = "follow", .keys = "f Space", .hint = N_("follow"),
	    .help = N_("follow the end, or stay here"),
	    .where = WHERE_LOG, .run = run_log_follow},
	{.name = "severity", .keys = "v", .hint = N_("severity"),
	    .help = N_("show all, or from info, warnings, errors up"),
	    .where = WHERE_LOG, .run = run_log_severity},
	{.name = "wrap", .keys = "w", .hint = N_("wrap"),
	    .help = N_("wrap long lines, or cut them"),
	    .where = WHERE_LOG, .run = run_log_wrap},
	{.name = "time", .keys = "t", .hint = N_("time"),
	    .help = N_("show or hide the time of each line"),
	    .where = WHERE_LOG, .run = run_log_time},
	{.name = "save", .keys = "S", .hint = N_("save"),
	    .arguments = ARGUMENTS_TEXT, .usage = "[file]",
	    .help = N_("save the lines shown to a file"),
	    .where = WHERE_LOG, .run = run_log_save},

	{.name = "mark", .keys = "=", .hint = N_("compare"),
	    .help = N_("mark the release: others are compared with it"),
	    .where = WHERE_RELEASES, .run = run_releases_mark},
	{.name = "scroll-down", .keys = "J Space", .hint = N_("scroll"),
	    .help = N_("scroll the notes and commits down"),
	    .where = WHERE_RELEASES, .flags = ACTION_NAMELESS, .value = 1,
	    .run = run_releases_scroll},
	{.name = "scroll-up", .keys = "K",
	    .help = N_("scroll the notes and commits up"),
	    .where = WHERE_RELEASES, .flags = ACTION_NAMELESS, .value = -1,
	    .run = run_releases_scroll},

	{.name = "filter", .keys = "/", .hint = N_("filter"),
	    .arguments = ARGUMENTS_TEXT, .usage = "[text]",
	    .help = N_("show only what contains the text"),
	    .where = LISTS | WHERE_HELP, .run = run_filter},
	{.name = "search", .keys = "/", .hint = N_("search"),
	    .arguments = ARGUMENTS_TEXT, .usage = "[text]",
	    .help = N_("mark the text and go to it"),
	    .where = WHERE_LOG, .run = run_filter},
	{.name = "prompt", .keys = ":", .hint = N_("run"),
	    .help = N_("type a command; Tab completes"),
	    .where = WHERE_CONSOLE, .flags = ACTION_NAMELESS,
	    .run = run_prompt},
	{.name = "help", .keys = "? F1", .hint = N_("help"),
	    .help = N_("all keys and commands"),
	    .where = WHERE_CONSOLE & ~WHERE_HELP, .run = run_help},
	{.name = "back", .keys = "q Esc BSpace", .hint = N_("back"),
	    .help = N_("take the filter away, or go back"),
	    .where = INSIDE, .run = run_back},
	{.name = "back", .keys = "Esc",
	    .help = N_("take the filter away"),
	    .where = WHERE_OVERVIEW, .flags = ACTION_NAMELESS,
	    .run = run_back},

	{.name = "choose", .keys = "1 2 3 4 5 6 7 8 9",
	    .help = N_("choose an environment by its number"),
	    .where = SHOWS_ONE,
	    .flags = ACTION_KEY_ARGUMENT | ACTION_NAMELESS,
	    .run = run_choose},
	{.name = "next", .keys = "Tab", .help = N_("the next environment"),
	    .where = SHOWS_ONE, .flags = ACTION_NAMELESS, .value = 1,
	    .run = run_next},
	{.name = "previous", .keys = "S-Tab",
	    .help = N_("the previous environment"),
	    .where = SHOWS_ONE, .flags = ACTION_NAMELESS, .value = -1,
	    .run = run_next},
	MOVE("up", "k Up", N_("one up"), MOVE_UP),
	MOVE("down", "j Down", N_("one down"), MOVE_DOWN),
	MOVE("left", "h Left", N_("left"), MOVE_LEFT),
	MOVE("right", "Right", N_("right"), MOVE_RIGHT),
	MOVE("page-up", "PgUp C-b", N_("a page up"), MOVE_PAGE_UP),
	MOVE("page-down", "PgDn C-f", N_("a page down"), MOVE_PAGE_DOWN),
	MOVE("half-up", "C-u", N_("half a page up"), MOVE_HALF_UP),
	MOVE("half-down", "C-d", N_("half a page down"), MOVE_HALF_DOWN),
	MOVE("top", "g Home", N_("to the first"), MOVE_TOP),
	MOVE("bottom", "G End", N_("to the last"), MOVE_BOTTOM),
	MOVE("next-match", "n", N_("to the next trouble or match"),
	    MOVE_NEXT_TROUBLE),
	MOVE("previous-match", "N", N_("to the previous trouble or match"),
	    MOVE_PREVIOUS_TROUBLE),

	{.name = "copy", .keys = "y",
	    .help = N_("copy what is selected to the clipboard"),
	    .where = WHERE_CONSOLE, .run = run_copy},
	{.name = "refresh", .keys = "R",
	    .arguments = ARGUMENTS_ENVIRONMENT, .usage = "[environment]",
	    .help = N_("observe everything now"),
	    .where = WITH_ENVIRONMENT, .flags = ACTION_OPERATOR,
	    .run = run_request},
	{.name = "reload", .keys = "",
	    .help = N_("make the server read its configuration again"),
	    .where = WHERE_CONSOLE, .flags = ACTION_OPERATOR,
	    .run = run_request},
	{.name = "stop", .keys = "",
	    .help = N_("end the server: nobody watches any more"),
	    .where = WHERE_CONSOLE,
	    .flags = ACTION_OPERATOR | ACTION_CONFIRM, .run = run_request},
	{.name = "theme", .keys = "", .arguments = ARGUMENTS_TEXT,
	    .usage = "[name]", .help = N_("change the colours"),
	    .where = WHERE_CONSOLE, .run = run_theme},
	{.name = "redraw", .keys = "C-l", .help = N_("draw the screen again"),
	    .where = ALL, .run = run_redraw},
	{.name = "suspend", .keys = "C-z",
	    .help = N_("back to the shell; fg returns"),
	    .where = WHERE_CONSOLE, .run = run_suspend},
	{.name = "page", .keys = "Space n Right", .help = N_("the next page"),
	    .where = WHERE_WALL, .flags = ACTION_NAMELESS,
	    .value = MOVE_PAGE_DOWN, .run = run_move},
	{.name = "quit", .keys = "q C-c", .hint = N_("quit"),
	    .help = N_("leave; the server goes on"),
	    .where = WHERE_OVERVIEW | WHERE_WALL, .run = run_quit},
	{.name = "quit", .keys = "C-c",
	    .help = N_("leave; the server goes on"),
	    .where = INSIDE, .run = run_quit},
	{.name = NULL},
};
