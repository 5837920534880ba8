/* What the general commands do. See commands.h. */
#include "ui/commands.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/console.h"
#include "ui/words.h"

int
run_quit(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	console_quit(c);
	return 0;
}

/* Esc takes a filter away first, then the view. */
int
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

int
run_move(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	if (c->view->ops->move)
		c->view->ops->move(c->view, (enum move)self->value);
	console_dirty(c);
	return 0;
}

const struct environment *
command_environment(struct console *c, const char *name, struct err *e)
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

int
run_open(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	const struct environment *env;
	struct selection sel;

	console_selection(c, &sel);
	if (sel.run && !(argument && *argument)) {
		console_push(c, view_run_new(c, sel.run->id));
		return 0;
	}
	env = command_environment(c, argument, e);
	if (!env)
		return -1;
	if (c->view->ops->where == WHERE_OVERVIEW)
		console_push(c, view_environment_new(c, env->name,
		    sel.service && !(argument && *argument) ?
		    sel.service->container : NULL));
	else if (c->view->ops->environment)
		c->view->ops->environment(c->view, env->name);
	return 0;
}

int
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

int
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
int
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
		env = command_environment(c, NULL, e);
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

int
run_events(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	const struct environment *env = NULL;
	struct selection sel;

	if (argument && *argument) {
		env = command_environment(c, argument, e);
		if (!env)
			return -1;
	} else if (c->view->ops->where != WHERE_OVERVIEW) {
		console_selection(c, &sel);
		env = sel.environment;
	}
	console_push(c, view_events_new(c, env ? env->name : NULL));
	return 0;
}

void
command_answered(void *arg, const struct json *message, bool final)
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

int
run_request(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	const struct environment *env = NULL;
	struct json *arguments = json_object();
	struct selection sel;

	console_selection(c, &sel);
	if (argument && *argument) {
		env = command_environment(c, argument, e);
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
	client_request(c->client, self->name, arguments,
	    command_answered, c);
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
		command_answered(c, message, false);
		return;
	}
	words = xcalloc(json_count(argv) + 1, sizeof(*words));
	for (word = json_first(argv); word; word = json_next(word))
		words[n++] = xstrdup(json_text(word, ""));
	shell_start(c, words);
}

int
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

int
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

int
run_redraw(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	screen_redraw(c->screen);
	console_dirty(c);
	return 0;
}

int
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

int
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

int
run_prompt(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	action_prompt(c);
	return 0;
}

int
run_help(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	console_push(c, view_help_new(c, c->view->ops->where));
	return 0;
}

int
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

int
run_scroll(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	if (c->view->ops->scroll)
		c->view->ops->scroll(c->view, self->value);
	console_dirty(c);
	return 0;
}
