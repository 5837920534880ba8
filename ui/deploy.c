#include "ui/deploy.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/release.h"
#include "ui/commands.h"
#include "ui/console.h"
#include "ui/view-plan.h"
#include "ui/words.h"

/* What is meant, as far as it is known. */
struct wish {
	struct console *console;
	const char *act;	/* a literal */
	char *environment, *version, *via;
	char *offered;		/* in the prompt, and … */
	char *meant;		/* … what that stands for */
};

static void
wish_free(struct wish *w)
{
	free(w->environment);
	free(w->version);
	free(w->via);
	free(w->offered);
	free(w->meant);
	free(w);
}

static void
open_plan(struct wish *w)
{
	struct plan_wish wish = {w->act, w->environment, w->version, w->via,
	    NULL};

	console_push(w->console, view_plan_new(w->console, &wish));
	wish_free(w);
}

/* The words of the argument: an environment's name first, then a version. */
static int
read_words(struct wish *w, const char *argument, struct err *e)
{
	const char *p = argument ? argument : "";
	int rc = 0;

	for (p += strspn(p, " "); *p && rc == 0; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		char *word = xstrndup(p, n);

		p += n;
		if (strncmp(word, "via=", 4) == 0)
			xstrset(&w->via, word + 4);
		else if (!w->environment && !w->version &&
		    console_environment(w->console, word))
			xstrset(&w->environment, word);
		else if (!w->version)
			xstrset(&w->version, word);
		else
			rc = err_set(e, _("%s is one word too many: "
			    "[environment] [version] [via=ssh|github]"), word);
		free(word);
	}
	return rc;
}

static struct wish *
wish_new(struct console *c, const char *act, const char *argument,
    struct err *e)
{
	struct wish *w = xcalloc(1, sizeof(*w));

	w->console = c;
	w->act = act;
	if (read_words(w, argument, e) == 0)
		return w;
	wish_free(w);
	return NULL;
}

/* --- the version ------------------------------------------------------ */

static size_t
complete_tag(void *arg, const char *line, char **out, size_t max)
{
	struct wish *w = arg;
	const struct releases *all = &console_model(w->console)->releases;
	size_t n = 0, i;

	for (i = 0; i < all->count && n < max; i++)
		if (strncmp(all->items[i].tag, line, strlen(line)) == 0)
			out[n++] = xstrdup(all->items[i].tag);
	return n;
}

/* Without the blank that completion leaves. */
static char *
trimmed(const char *text)
{
	size_t n;

	text += strspn(text, " ");
	n = strlen(text);
	while (n > 0 && text[n - 1] == ' ')
		n--;
	return xstrndup(text, n);
}

static void
version_given(void *arg, const char *text, bool done)
{
	struct wish *w = arg;
	char *version;

	console_dirty(w->console);
	if (!done)
		return;
	if (!text) {
		console_say(w->console, STATUS_OK, _("not done"));
		wish_free(w);
		return;
	}
	version = trimmed(text);
	if (w->offered && strcmp(version, w->offered) == 0)
		xstrset(&w->version, w->meant);
	else if (*version)
		xstrset(&w->version, version);
	free(version);
	open_plan(w);
}

/* The newest release for production, the head of the branch otherwise. */
static void
offer_version(struct wish *w, const struct environment *env)
{
	const struct releases *all = &console_model(w->console)->releases;
	const struct release *newest = releases_newest(all);

	if (env->production && newest) {
		xstrset(&w->offered, newest->tag);
		xstrset(&w->meant, newest->tag);
	} else if (!env->production && all->head) {
		w->offered = xasprintf("%.8s", all->head);
		xstrset(&w->meant, all->head);
	}
}

static void
ask_version(struct wish *w)
{
	struct prompt_request r = {.complete = complete_tag,
	    .text = version_given, .arg = w};
	const struct environment *env = console_environment(w->console,
	    w->environment);
	char *label;

	if (w->version || !env) {
		open_plan(w);
		return;
	}
	offer_version(w, env);
	label = xasprintf(_("deploy which version to %s? (Tab: tags) "),
	    words_title(env));
	r.label = label;
	r.initial = w->offered;
	prompt_open(&w->console->prompt, &r);
	free(label);
}

/* --- the environment -------------------------------------------------- */

static size_t
complete_environment(void *arg, const char *line, char **out, size_t max)
{
	struct wish *w = arg;
	const struct model *m = console_model(w->console);
	size_t n = 0, i;

	for (i = 0; i < m->environment_count && n < max; i++)
		if (strncmp(m->environments[i].name, line, strlen(line)) == 0)
			out[n++] = xstrdup(m->environments[i].name);
	return n;
}

static void
environment_given(void *arg, const char *text, bool done)
{
	struct wish *w = arg;
	struct console *c = w->console;
	char *name;

	console_dirty(c);
	if (!done)
		return;
	name = text ? trimmed(text) : xstrdup("");
	if (*name && console_environment(c, name)) {
		w->environment = name;
		open_plan(w);
		return;
	}
	if (*name)
		console_say(c, STATUS_WARN, _("no environment is called %s"),
		    name);
	else
		console_say(c, STATUS_OK, _("not done"));
	free(name);
	wish_free(w);
}

/* A version is known, where it goes is not: that is not guessed. */
static void
ask_environment(struct wish *w)
{
	struct prompt_request r = {.complete = complete_environment,
	    .text = environment_given, .arg = w};
	char *label = xasprintf(_("deploy %s where? (Tab: environments) "),
	    w->version);

	r.label = label;
	prompt_open(&w->console->prompt, &r);
	free(label);
}

/* --- commands --------------------------------------------------------- */

int
run_deploy(struct console *c, const struct action *self, const char *argument,
    struct err *e)
{
	const struct environment *env;
	struct selection sel;
	struct wish *w = wish_new(c, "deploy", argument, e);

	if (!w)
		return -1;
	console_selection(c, &sel);
	if (c->view->ops->where == WHERE_RELEASES) {
		if (!w->version)
			xstrset(&w->version, sel.text);
		if (!w->version) {
			wish_free(w);
			return err_set(e, _("choose a release first"));
		}
		if (!w->environment) {
			ask_environment(w);
			console_dirty(c);
			return 0;
		}
	}
	env = command_environment(c, w->environment, e);
	if (!env) {
		wish_free(w);
		return -1;
	}
	xstrset(&w->environment, env->name);
	ask_version(w);
	console_dirty(c);
	return 0;
}

int
run_rollback(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	const struct environment *env;
	struct wish *w = wish_new(c, "rollback", argument, e);

	if (!w)
		return -1;
	env = command_environment(c, w->environment, e);
	if (!env) {
		wish_free(w);
		return -1;
	}
	xstrset(&w->environment, env->name);
	open_plan(w);
	return 0;
}
