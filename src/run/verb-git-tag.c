/* git-tag: an annotated tag, made in the clone here, pushed alone, and proved
 * at the remote. What that says before and after is what counts; nothing is
 * moved or forced. */
#include "run/verb-table.h"

#include "base/alloc.h"
#include "base/text.h"
#include "source/git-act.h"

enum { NUMBER_MAX = 99, ASK_AGAIN_MS = 3000, ASKED_MAX = 5, SHORT = 7 };

static const struct verb_argument arguments[] = {
	{"name", .required = true},
	{"commit", .required = true},
	{"message"},
	/* Given: a new tag is wanted, NAME or NAME.2 …, and later steps know
	 * it by this. */
	{"called", .kind = ARGUMENT_NAME},
	{NULL},
};

struct tagging {
	struct step *step;
	struct git_act *act;
	struct loop_timer *timer;
	char *base, *name, *commit, *message;
	bool numbered;		/* a name that is free is wanted */
	int number;
	bool ours;		/* the name is remembered: it is ours */
	bool pushed;
	char *push_error;	/* or NULL */
	bool unsure;
	int asked;
};

static void ask(struct tagging *t);

static void
cancel(struct step *s)
{
	struct tagging *t = s->state;

	s->state = NULL;
	if (!t)
		return;
	git_act_cancel(t->act);
	loop_timer_cancel(t->timer);
	free(t->base);
	free(t->name);
	free(t->commit);
	free(t->message);
	free(t->push_error);
	free(t);
}

static void
end(struct tagging *t, enum phase phase, char *error)
{
	struct step *s = t->step;

	cancel(s);
	step_end(s, phase, error);
	free(error);
}

static const char *
remote_of(const struct tagging *t)
{
	return t->step->conf->repository.remote;
}

static struct git *
git_of(const struct tagging *t)
{
	return t->step->services->git;
}

/* --- names ---------------------------------------------------------------- */

static void
set_name(struct tagging *t)
{
	free(t->name);
	t->name = t->number > 1 ? xasprintf("%s.%d", t->base, t->number) :
	    xstrdup(t->base);
}

static void
next_name(struct tagging *t)
{
	if (++t->number > NUMBER_MAX) {
		end(t, PHASE_FAILED, xasprintf("%s and all up to %s are there "
		    "already", t->base, t->name));
		return;
	}
	set_name(t);
	t->ours = false;
	ask(t);
}

static void
done(struct tagging *t, const char *how)
{
	const char *called = book_argument(t->step->book, "called");

	if (called)
		step_value(t->step, called, t->name);
	step_say(t->step, "%s %s %s, at %.12s", t->name, how, remote_of(t),
	    t->commit);
	end(t, PHASE_DONE, NULL);
}

/* --- push and proof ------------------------------------------------------- */

static void
on_pushed(void *arg, const struct git_acted *r)
{
	struct tagging *t = arg;

	t->act = NULL;
	t->pushed = true;
	xstrset(&t->push_error, r->error);
	t->unsure = r->unsure;
	t->asked = 0;
	ask(t);
}

static void
on_tagged(void *arg, const struct git_acted *r)
{
	struct tagging *t = arg;

	t->act = NULL;
	if (r->elsewhere && t->numbered) {
		next_name(t);
		return;
	}
	if (r->error) {
		end(t, PHASE_FAILED, xstrdup(r->error));
		return;
	}
	xstrset(&t->commit, r->commit);
	step_say(t->step, "pushes %s to %s", t->name, remote_of(t));
	t->act = git_push_tag(git_of(t), t->name, on_pushed, t);
}

static void
on_kept(void *arg)
{
	struct tagging *t = arg;

	t->ours = true;
	step_say(t->step, "makes the tag %s on %.12s", t->name, t->commit);
	t->act = git_tag(git_of(t), &(struct git_tag){
		.name = t->name, .commit = t->commit, .message = t->message,
		.who = t->step->run->who, .email = "vigie@localhost",
	    }, on_tagged, t);
}

/* --- what the remote has -------------------------------------------------- */

static void
on_timer(void *arg)
{
	struct tagging *t = arg;

	t->timer = NULL;
	ask(t);
}

/* Nothing is done before it answers; afterwards nothing is known. */
static void
unanswered(struct tagging *t, const char *error)
{
	bool acted = t->pushed || t->ours;

	if (++t->asked < ASKED_MAX && acted) {
		step_say(t->step, "%s is asked again: %s", remote_of(t),
		    error);
		t->timer = loop_timer(t->step->w->loop, ASK_AGAIN_MS,
		    on_timer, t);
		return;
	}
	if (!acted)
		end(t, PHASE_FAILED, xasprintf("nothing was done, as %s does "
		    "not say whether it has %s: %s", remote_of(t), t->name,
		    error));
	else if (t->push_error && !t->unsure)
		end(t, PHASE_FAILED, xstrdup(t->push_error));
	else
		end(t, PHASE_UNKNOWN, xasprintf("%s may have %s or not: %s",
		    remote_of(t), t->name, error));
}

static void
taken(struct tagging *t, const char *commit)
{
	if (t->numbered && !t->pushed && !t->ours)
		next_name(t);
	else
		end(t, PHASE_FAILED, xasprintf("%s has the tag %s already, and "
		    "it leads to %s, not to %s: it is never moved",
		    remote_of(t), t->name, commit, t->commit));
}

static void
on_remote(void *arg, const struct git_acted *r)
{
	struct tagging *t = arg;
	bool same = r->commit && strncmp(r->commit, t->commit,
	    strlen(t->commit)) == 0;

	t->act = NULL;
	if (r->error) {
		unanswered(t, r->error);
	} else if (r->commit && (!same || (t->numbered && !t->ours))) {
		taken(t, r->commit);
	} else if (same) {
		xstrset(&t->commit, r->commit);
		done(t, t->ours || t->pushed ? "was pushed to" :
		    "was already at");
	} else if (t->pushed) {
		end(t, PHASE_FAILED, t->push_error ? xstrdup(t->push_error) :
		    xasprintf("git pushed %s, and %s does not have it",
		    t->name, remote_of(t)));
	} else {
		step_remember(t->step, t->name, on_kept, t);
	}
}

static void
ask(struct tagging *t)
{
	step_say(t->step, "asks %s for %s", remote_of(t), t->name);
	t->act = git_remote_tag(git_of(t), t->name, on_remote, t);
}

/* --- the verb ------------------------------------------------------------- */

/* One is never empty. The caller frees it. */
static char *
message_of(const struct step *s, const char *name)
{
	char *message = step_argument(s, "message");

	if (message && *message)
		return message;
	free(message);
	return xasprintf("Release %s", name ? name : "");
}

static void
start(struct step *s)
{
	struct tagging *t = xcalloc(1, sizeof(*t));

	t->step = s;
	t->base = step_argument(s, "name");
	t->commit = step_argument(s, "commit");
	t->message = message_of(s, t->base);
	t->numbered = book_argument(s->book, "called") != NULL;
	t->number = 1;
	t->ours = s->memory != NULL;
	if (s->memory)
		t->name = xstrdup(s->memory);
	else
		set_name(t);
	s->state = t;
	if (!git_of(t))
		end(t, PHASE_FAILED, xstrdup("no repository is configured "
		    "where a tag could be made"));
	else if (!t->base || !t->commit || strlen(t->commit) < SHORT)
		end(t, PHASE_FAILED, xstrdup("a name and a commit are needed "
		    "for a tag"));
	else
		ask(t);
}

/* Once its name is remembered it may be anywhere on its way. */
static void
stop(struct step *s)
{
	struct tagging *t = s->state;

	if (t->ours)
		end(t, PHASE_UNKNOWN, xasprintf("stopped on its way: %s may "
		    "have %s or not", remote_of(t), t->name));
	else
		end(t, PHASE_FAILED, NULL);
}

static void
paper_line(struct buf *b, const char *before, const char *quoted)
{
	buf_adds(b, before);
	text_shell_quote(b, quoted ? quoted : "");
}

static void
paper(const struct step *s, struct buf *b)
{
	const char *called = book_argument(s->book, "called");
	const struct conf_repository *c = &s->conf->repository;
	char *name = step_argument(s, "name"), *ref;
	char *commit = step_argument(s, "commit");
	char *message = message_of(s, name);

	if (called) {
		paper_comment(b, "a new one: add .2, .3 … when it is there");
		buf_addf(b, "%s=", called);
		paper_line(b, "", name);
		buf_addc(b, '\n');
	}
	paper_line(b, "git -C ", c->path ? c->path : ".");
	paper_line(b, " tag -a -m ", message);
	if (called)
		buf_addf(b, " \"$%s\"", called);
	else
		paper_line(b, " ", name);
	paper_line(b, " ", commit);
	paper_line(b, "\ngit -C ", c->path ? c->path : ".");
	paper_line(b, " push ", c->remote ? c->remote : "origin");
	ref = called ? xasprintf(" \"refs/tags/$%s\"\n", called) :
	    xasprintf(" refs/tags/%s\n", name ? name : "");
	buf_adds(b, ref);
	free(ref);
	free(name);
	free(commit);
	free(message);
}

const struct verb verb_git_tag = {
	.shape = {"git-tag", NULL, arguments, 5 * 60 * 1000},
	.start = start, .cancel = cancel, .stop = stop, .probe = start,
	.paper = paper,
};
