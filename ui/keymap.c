#include "ui/keymap.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/console.h"
#include "ui/words.h"

/* Whether the space-separated words have that one. */
static bool
has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	while (*words) {
		size_t len = strcspn(words, " ");

		if (len == n && memcmp(words, word, n) == 0)
			return true;
		words += len;
		words += strspn(words, " ");
	}
	return false;
}

const struct action *
action_by_key(enum where w, const char *key)
{
	const struct action *cmd;

	for (cmd = actions; cmd->name; cmd++) {
		if (cmd->where & w && has_word(cmd->keys, key))
			return cmd;
	}
	return NULL;
}

static bool
typed(const struct action *cmd, enum where w)
{
	return cmd->where & w && !(cmd->flags & ACTION_NAMELESS);
}

const struct action *
action_by_name(enum where w, const char *name, struct err *e)
{
	const char *names[128];
	const struct action *cmd, *found = NULL;
	const char *nearest;
	size_t n = 0;

	for (cmd = actions; cmd->name; cmd++) {
		if (!typed(cmd, w))
			continue;
		if (strcmp(cmd->name, name) == 0)
			return cmd;
		if (n < sizeof(names) / sizeof(names[0]) - 1)
			names[n++] = cmd->name;
		if (strncmp(cmd->name, name, strlen(name)) != 0)
			continue;
		if (found) {
			err_set(e, _("%s could be %s or %s"), name,
			    found->name, cmd->name);
			return NULL;
		}
		found = cmd;
	}
	if (found)
		return found;
	names[n] = NULL;
	nearest = text_nearest(name, names);
	if (nearest)
		err_set(e, _("no command %s here; did you mean %s?"), name,
		    nearest);
	else
		err_set(e, _("no command %s here; ? lists them"), name);
	return NULL;
}

static void
run(struct console *c, const struct action *cmd, const char *argument)
{
	struct err e = {""};

	if (cmd->run(c, cmd, argument, &e) < 0)
		console_say(c, STATUS_WARN, "%s", e.text);
}

/* A command that waits for its y. */
struct question {
	struct console *console;
	const struct action *command;
	char *argument;
};

static void
confirmed(void *arg, const char *text, bool done)
{
	struct question *q = arg;

	if (!done)
		return;
	if (text && (strcasecmp(text, "y") == 0 ||
	    strcasecmp(text, _("y")) == 0))
		run(q->console, q->command, q->argument);
	else
		console_say(q->console, STATUS_OK, _("not done"));
	free(q->argument);
	free(q);
}

void
action_run(struct console *c, const struct action *cmd, const char *argument)
{
	struct prompt_request r = {.text = confirmed};
	struct question *q;
	char *label;

	if (!(cmd->flags & ACTION_CONFIRM)) {
		run(c, cmd, argument);
		return;
	}
	q = xcalloc(1, sizeof(*q));
	q->console = c;
	q->command = cmd;
	q->argument = xstrdup_or_null(argument);
	r.arg = q;
	/* y stands for the answer that confirmed() knows as well. */
	label = xasprintf(_("%s? %s (y/n) "), cmd->name, _(cmd->help));
	r.label = label;
	prompt_open(&c->prompt, &r);
	free(label);
	console_dirty(c);
}

void
action_line(struct console *c, const char *line)
{
	enum where w = c->view->ops->where;
	const struct action *cmd;
	struct err e = {""};
	const char *rest;
	char *name;
	size_t n;

	line += strspn(line, " ");
	if (!*line)
		return;
	n = strcspn(line, " ");
	name = xstrndup(line, n);
	rest = line + n;
	rest += strspn(rest, " ");
	cmd = action_by_name(w, name, &e);
	if (cmd) {
		/* A completed word leaves a space behind it. */
		char *argument = xstrdup(rest);
		size_t len = strlen(argument);

		while (len > 0 && argument[len - 1] == ' ')
			argument[--len] = '\0';
		action_run(c, cmd, argument);
		free(argument);
	} else {
		console_say(c, STATUS_WARN, "%s", e.text);
	}
	free(name);
}

struct candidates {
	const char *word;
	char **out;
	size_t count, max;
};

static void
offer(struct candidates *k, const char *candidate)
{
	size_t i;

	if (strncmp(candidate, k->word, strlen(k->word)) != 0 ||
	    k->count == k->max)
		return;
	for (i = 0; i < k->count; i++) {
		if (strcmp(k->out[i], candidate) == 0)
			return;
	}
	k->out[k->count++] = xstrdup(candidate);
}

static void
offer_names(struct console *c, struct candidates *k, bool services)
{
	const struct model *m = console_model(c);
	struct buf b = BUF_INIT(1024);
	struct selection sel;
	size_t i, j;

	for (i = 0; i < m->environment_count; i++)
		offer(k, m->environments[i].name);
	console_selection(c, &sel);
	for (i = 0; services && i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];

		if (sel.environment && sel.environment != env)
			continue;
		for (j = 0; j < env->service_count; j++) {
			buf_clear(&b);
			words_service_name(&env->services[j], &b);
			offer(k, buf_str(&b));
		}
	}
	buf_release(&b);
}

size_t
action_complete(void *console, const char *line, char **out, size_t max)
{
	struct console *c = console;
	enum where w = c->view->ops->where;
	const char *last = strrchr(line, ' ');
	struct candidates k = {last ? last + 1 : line, out, 0, max};
	const struct action *cmd;
	struct err e;
	char *name;

	if (!last) {
		for (cmd = actions; cmd->name; cmd++) {
			if (typed(cmd, w))
				offer(&k, cmd->name);
		}
		return k.count;
	}
	name = xstrndup(line, strcspn(line, " "));
	cmd = action_by_name(w, name, &e);
	free(name);
	if (cmd && (cmd->arguments == ARGUMENTS_ENVIRONMENT ||
	    cmd->arguments == ARGUMENTS_SERVICES))
		offer_names(c, &k, cmd->arguments == ARGUMENTS_SERVICES);
	return k.count;
}

static void
prompted(void *arg, const char *text, bool done)
{
	struct console *c = arg;

	console_dirty(c);
	if (done && text)
		action_line(c, text);
}

void
action_prompt(struct console *c)
{
	struct prompt_request r = {.label = ":", .text = prompted, .arg = c,
	    .complete = action_complete, .remember = true};

	prompt_open(&c->prompt, &r);
	console_dirty(c);
}

void
actions_print(struct buf *b)
{
	const struct action *cmd;

	for (cmd = actions; cmd->name; cmd++)
		buf_addf(b, "%s\t%s\t%s\t%s\n", cmd->name, cmd->keys,
		    cmd->usage ? cmd->usage : "", _(cmd->help));
}
