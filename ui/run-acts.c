/* What is done to a run that is under way. See view-run.h. */
#include "ui/view-run.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "ui/commands.h"
#include "ui/console.h"

/* A request that waits for its reason. */
struct question {
	struct console *console;
	struct json *arguments;
};

static void
send(struct console *c, struct json *arguments, const char *reason)
{
	if (reason && *reason)
		json_set_text(arguments, "reason", reason);
	client_request(c->client, "act", arguments, command_answered, c);
}

static void
reason_given(void *arg, const char *text, bool done)
{
	struct question *q = arg;

	console_dirty(q->console);
	if (!done)
		return;
	if (text && text[strspn(text, " ")]) {
		send(q->console, q->arguments, text);
	} else {
		console_say(q->console, STATUS_OK, _("not done"));
		json_free(q->arguments);
	}
	free(q);
}

/* Takes arguments and label over. */
static void
ask_reason(struct console *c, struct json *arguments, char *label)
{
	struct question *q = xcalloc(1, sizeof(*q));
	struct prompt_request r = {.label = label, .text = reason_given,
	    .arg = q};

	q->console = c;
	q->arguments = arguments;
	prompt_open(&c->prompt, &r);
	console_dirty(c);
	free(label);
}

static struct json *
arguments_of(const struct run *r, const char *act)
{
	struct json *out = json_object();

	json_set_text(out, "run", r->id);
	json_set_text(out, "act", act);
	return out;
}

/* What is left undone has to be told why. */
int
run_run_act(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	bool given = argument && *argument;
	struct json *arguments;
	struct run_point at;

	if (!view_run_point(c, &at, e))
		return -1;
	arguments = arguments_of(at.run, self->name);
	if (strcmp(self->name, "skip") == 0 && !given)
		ask_reason(c, arguments, xasprintf(_("skip a step of %s, "
		    "because: "), at.run->id));
	else
		send(c, arguments, argument);
	return 0;
}

/* An item that a source knows is gone past only with a reason. */
int
run_run_tick(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	bool given = argument && *argument;
	struct json *arguments;
	struct run_point at;

	if (!view_run_point(c, &at, e))
		return -1;
	if (!at.item)
		return err_set(e, _("choose an item of a checklist first"));
	if (at.item->status == STATUS_OK || at.item->reason)
		return err_set(e, _("that is seen to already"));
	arguments = arguments_of(at.run, "tick");
	json_set_text(arguments, "item", at.item->id);
	if (at.item->automatic && !given)
		ask_reason(c, arguments, xasprintf(_("go past \"%s\", "
		    "because: "), at.item->title ? at.item->title :
		    at.item->id));
	else
		send(c, arguments, argument);
	return 0;
}
