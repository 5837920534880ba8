#include "ui/acts.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "ui/commands.h"
#include "ui/console.h"
#include "ui/words.h"

/* --- reasons ---------------------------------------------------------- */

/* A request that waits for its reason. */
struct question {
	struct console *console;
	const char *op;		/* a literal */
	struct json *arguments;
};

static void
reason_given(void *arg, const char *text, bool done)
{
	struct question *q = arg;

	console_dirty(q->console);
	if (!done)
		return;
	if (text && text[strspn(text, " ")]) {
		json_set_text(q->arguments, "reason", text);
		client_request(q->console->client, q->op, q->arguments,
		    command_answered, q->console);
	} else {
		console_say(q->console, STATUS_OK, _("not done"));
		json_free(q->arguments);
	}
	free(q);
}

/* Send it with that reason, or ask for one first: what it is about stands in
 * the label, and stays that whatever is selected then. Takes arguments and
 * label over. */
static void
request(struct console *c, const char *op, struct json *arguments,
    const char *reason, char *label)
{
	struct prompt_request r = {.label = label, .text = reason_given};
	struct question *q = xcalloc(1, sizeof(*q));

	q->console = c;
	q->op = op;
	q->arguments = arguments;
	r.arg = q;
	if (reason && *reason)
		reason_given(q, reason, true);
	else
		prompt_open(&c->prompt, &r);
	console_dirty(c);
	free(label);
}

/* --- marks ------------------------------------------------------------ */

int
run_mark(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	enum mark_word word = (enum mark_word)self->value;
	struct json *arguments;
	struct selection sel;

	console_selection(c, &sel);
	if (!sel.text)
		return err_set(e, _("choose a release first"));
	arguments = json_object();
	json_set_text(arguments, "version", sel.text);
	json_set_text(arguments, "mark", mark_word_name(word));
	request(c, "mark", arguments, argument,
	    xasprintf(word == MARK_GOOD ? _("%s is good, because: ") :
	    word == MARK_BAD ? _("%s is bad, because: ") :
	    _("%s is no longer marked, because: "), sel.text));
	return 0;
}

/* --- locks ------------------------------------------------------------ */

/* A first word that is an environment names it; *rest is what comes after. */
static const struct environment *
leading_environment(struct console *c, const char *argument,
    const char **rest, struct err *e)
{
	const char *text = argument ? argument : "";
	size_t n = strcspn(text, " ");
	char *name = xstrndup(text, n);
	const struct environment *env = console_environment(c, name);

	*rest = text;
	if (env)
		*rest = text + n + strspn(text + n, " ");
	else
		env = command_environment(c, NULL, e);
	free(name);
	return env;
}

int
run_lock(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	bool lock = strcmp(self->name, "lock") == 0;
	const struct environment *env;
	struct json *arguments;
	const char *reason;

	env = leading_environment(c, argument, &reason, e);
	if (!env)
		return -1;
	arguments = json_object();
	json_set_text(arguments, "environment", env->name);
	request(c, self->name, arguments, reason,
	    xasprintf(lock ? _("lock %s, because: ") :
	    _("unlock %s, because: "), words_title(env)));
	return 0;
}
