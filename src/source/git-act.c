#include "source/git-act.h"

#include <ctype.h>

#include "base/alloc.h"
#include "source/git-private.h"

enum {
	HERE_MS = 15000,
	REMOTE_MS = 30000,
	PUSH_MS = 60000,
	NAME_MAX_BYTES = 200,
	COMMIT_MIN = 7,
	COMMIT_MAX = 64,
	MESSAGE_MAX = 64 * 1024,
};

/* What comes next of an act. */
enum turn {
	TURN_REFUSE,		/* what is asked for cannot be */
	TURN_COMMIT,		/* is it in the clone? */
	TURN_LOOK,		/* is there such a tag? */
	TURN_MAKE,
	TURN_LOOK_AGAIN,	/* somebody else made one meanwhile? */
	TURN_PUSH,
	TURN_ASK,
};

struct git_act {
	struct git *git;
	enum turn turn;
	struct child *child;
	struct loop_timer *refusal;
	char *name, *ref, *peeled, *refspec;
	char *commit;		/* wanted; whole once it was looked up */
	char *message, *who, *email;
	char *error;
	git_act_fn *fn;
	void *arg;
	LIST_ENTRY(git_act) link;
};

static void run(struct git_act *a);

/* --- names ---------------------------------------------------------------- */

bool
git_tag_name(const char *name)
{
	size_t len = strlen(name), i;

	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) &&
		    (i == 0 || !strchr("._+-", name[i])))
			return false;
	return len > 0 && len <= NAME_MAX_BYTES && name[len - 1] != '.' &&
	    !strstr(name, "..") &&
	    (len < 5 || strcmp(name + len - 5, ".lock") != 0);
}

static bool
is_commit(const char *s)
{
	size_t len = strlen(s);

	return len >= COMMIT_MIN && len <= COMMIT_MAX &&
	    strspn(s, "0123456789abcdef") == len;
}

/* --- the end -------------------------------------------------------------- */

static void
act_free(struct git_act *a)
{
	LIST_REMOVE(a, link);
	loop_timer_cancel(a->refusal);
	free(a->name);
	free(a->ref);
	free(a->peeled);
	free(a->refspec);
	free(a->commit);
	free(a->message);
	free(a->who);
	free(a->email);
	free(a->error);
	free(a);
}

static void
finish(struct git_act *a, const struct git_acted *r)
{
	git_act_fn *fn = a->fn;
	void *arg = a->arg;

	fn(arg, r);
	act_free(a);
}

/* Takes the text over. */
static void
fail(struct git_act *a, char *error, bool unsure)
{
	free(a->error);
	a->error = error;
	finish(a, &(struct git_acted){.error = error, .unsure = unsure});
}

static void
on_refusal(void *arg)
{
	struct git_act *a = arg;

	a->refusal = NULL;
	finish(a, &(struct git_acted){.error = a->error});
}

static void
go(struct git_act *a, enum turn turn)
{
	a->turn = turn;
	run(a);
}

/* --- what git answers ----------------------------------------------------- */

/* The one line that it says. */
static char *
line_of(const struct child_result *r)
{
	return xstrndup(r->out, strcspn(r->out, "\n"));
}

static void
took_commit(struct git_act *a, const struct child_result *r)
{
	char *text;

	if (!git_succeeded(r)) {
		text = git_why(r, a->git->c->path);
		fail(a, xasprintf("the commit %s is not in the clone (%s)",
		    a->commit, text), false);
		free(text);
		return;
	}
	free(a->commit);
	a->commit = line_of(r);
	go(a, TURN_LOOK);
}

static void
took_look(struct git_act *a, const struct child_result *r)
{
	bool again = a->turn == TURN_LOOK_AGAIN;
	char *is;

	if (r->error || r->timed_out) {
		fail(a, git_why(r, "git rev-parse"), again);
		return;
	}
	/* It says nothing when there is none. */
	if (r->exit_code != 0) {
		if (again)
			finish(a, &(struct git_acted){.error = a->error});
		else
			go(a, TURN_MAKE);
		return;
	}
	is = line_of(r);
	if (strcmp(is, a->commit) == 0) {
		finish(a, &(struct git_acted){.commit = is, .existed = true});
	} else {
		free(a->error);
		a->error = xasprintf("the tag %s is there already and leads to "
		    "%s, not to %s: it is never moved", a->name, is,
		    a->commit);
		finish(a, &(struct git_acted){.commit = is, .elsewhere = true,
		    .error = a->error});
	}
	free(is);
}

static void
took_make(struct git_act *a, const struct child_result *r)
{
	if (git_succeeded(r)) {
		git_refresh(a->git);
		finish(a, &(struct git_acted){.commit = a->commit});
		return;
	}
	free(a->error);
	a->error = git_why(r, "git tag");
	go(a, TURN_LOOK_AGAIN);
}

static void
took_push(struct git_act *a, const struct child_result *r)
{
	char *text;

	if (git_succeeded(r)) {
		git_refresh(a->git);
		finish(a, &(struct git_acted){.commit = NULL});
		return;
	}
	/* A refusal has a line that begins so. */
	text = git_why(r, "git push");
	fail(a, text, !r->error && !strstr(r->out, "!\t"));
}

/* "SHA\trefs/tags/v1.4.0", and for annotated ones "SHA\trefs/tags/v1.4.0^{}":
 * that comes second and counts. */
static void
took_ask(struct git_act *a, const struct child_result *r)
{
	const char *s, *tab;
	char *commit = NULL;
	size_t len;

	if (!git_succeeded(r)) {
		fail(a, git_why(r, "git ls-remote"), false);
		return;
	}
	for (s = r->out; *s; s += len + (s[len] == '\n')) {
		len = strcspn(s, "\n");
		tab = memchr(s, '\t', len);
		if (!tab)
			continue;
		char *name = xstrndup(tab + 1, s + len - tab - 1);

		if (strcmp(name, a->ref) == 0 || strcmp(name, a->peeled) == 0) {
			free(commit);
			commit = xstrndup(s, tab - s);
		}
		free(name);
	}
	if (commit && !is_commit(commit))
		fail(a, xasprintf("git ls-remote: what it says of %s cannot be "
		    "read", a->ref), false);
	else
		finish(a, &(struct git_acted){.commit = commit});
	free(commit);
}

/* --- asking git ----------------------------------------------------------- */

/* "%C" the commit, "%T" the tag peeled, "%N" its name, "%R" the remote, "%F"
 * its ref, "%P" that peeled as the remote lists it, "%S" the refspec, "%W" and
 * "%E" the tagger. */
static const struct {
	const char *config[2];
	const char *words[8];
	int64_t deadline_ms;
	void (*take)(struct git_act *a, const struct child_result *r);
} turns[] = {
	[TURN_COMMIT] = {{NULL}, {"rev-parse", "--verify", "%C"}, HERE_MS,
	    took_commit},
	[TURN_LOOK] = {{NULL}, {"rev-parse", "--verify", "--quiet", "%T"},
	    HERE_MS, took_look},
	[TURN_MAKE] = {{"%W", "%E"}, {"tag", "--annotate", "--no-sign",
	    "--cleanup=whitespace", "--file=-", "--", "%N", "%C"}, HERE_MS,
	    took_make},
	[TURN_LOOK_AGAIN] = {{NULL}, {"rev-parse", "--verify", "--quiet",
	    "%T"}, HERE_MS, took_look},
	[TURN_PUSH] = {{NULL}, {"push", "--porcelain", "--no-follow-tags",
	    "--no-signed", "--recurse-submodules=no", "--", "%R", "%S"},
	    PUSH_MS, took_push},
	[TURN_ASK] = {{NULL}, {"ls-remote", "--", "%R", "%F", "%P"}, REMOTE_MS,
	    took_ask},
};

static void
on_done(const struct child_result *r, void *arg)
{
	struct git_act *a = arg;

	a->child = NULL;
	turns[a->turn].take(a, r);
}

static char *
expand(const struct git_act *a, const char *word)
{
	if (word[0] != '%')
		return xstrdup(word);
	switch (word[1]) {
	case 'C':
		return xasprintf("%s^{commit}", a->commit);
	case 'T':
		return xasprintf("%s^{commit}", a->ref);
	case 'N':
		return xstrdup(a->name);
	case 'R':
		return xstrdup(a->git->c->remote);
	case 'F':
		return xstrdup(a->ref);
	case 'P':
		return xstrdup(a->peeled);
	case 'S':
		return xstrdup(a->refspec);
	case 'W':
		return xasprintf("user.name=%s", a->who);
	default:
		return xasprintf("user.email=%s", a->email);
	}
}

static void
run(struct git_act *a)
{
	char *owned[10];
	struct git_args args;
	size_t n = 0, i;

	git_begin(a->git, &args);
	/* Options of the program stand before its command, "-C" among them. */
	for (i = 0; i < 2 && turns[a->turn].config[i]; i++) {
		owned[n] = expand(a, turns[a->turn].config[i]);
		git_add(&args, "-c");
		git_add(&args, owned[n++]);
	}
	for (i = 0; i < 8 && turns[a->turn].words[i]; i++) {
		owned[n] = expand(a, turns[a->turn].words[i]);
		git_add(&args, owned[n++]);
	}
	a->child = git_program(a->git, &args, &(struct child_request){
	    .input = a->turn == TURN_MAKE ? a->message : NULL,
	    .input_len = a->turn == TURN_MAKE ? strlen(a->message) : 0,
	    .deadline_ms = turns[a->turn].deadline_ms,
	    .done = on_done, .arg = a});
	for (i = 0; i < n; i++)
		free(owned[i]);
}

/* --- beginning ------------------------------------------------------------ */

static struct git_act *
act_new(struct git *g, const char *name, git_act_fn *fn, void *arg)
{
	struct git_act *a = xcalloc(1, sizeof(*a));

	*a = (struct git_act){.git = g, .fn = fn, .arg = arg};
	a->name = xstrdup(name);
	a->ref = xasprintf("refs/tags/%s", name);
	a->peeled = xasprintf("%s^{}", a->ref);
	a->refspec = xasprintf("%s:%s", a->ref, a->ref);
	LIST_INSERT_HEAD(&g->acts, a, link);
	return a;
}

/* Takes the text over; NULL: there is nothing to refuse. */
static struct git_act *
begin(struct git_act *a, enum turn turn, char *refused)
{
	if (!refused && !git_tag_name(a->name))
		refused = xasprintf("'%s' is not how a tag may be called",
		    a->name);
	if (!refused) {
		go(a, turn);
		return a;
	}
	a->error = refused;
	a->turn = TURN_REFUSE;
	a->refusal = loop_timer(a->git->w->loop, 0, on_refusal, a);
	return a;
}

/* git ends a name there; and a value of the configuration is one line. */
static char *
person(const char *s)
{
	char *copy = xstrdup(s), *at;

	for (at = copy; *at; at++)
		if (iscntrl((unsigned char)*at) || *at == '<' || *at == '>')
			*at = ' ';
	return copy;
}

struct git_act *
git_tag(struct git *g, const struct git_tag *t, git_act_fn *fn, void *arg)
{
	struct git_act *a = act_new(g, t->name, fn, arg);
	char *refused = NULL;

	a->commit = xstrdup(t->commit);
	a->message = xstrdup(t->message);
	a->who = person(t->who);
	a->email = person(t->email);
	if (!is_commit(t->commit))
		refused = xasprintf("'%s' is no commit to put the tag %s on",
		    t->commit, t->name);
	else if (strlen(t->message) > MESSAGE_MAX ||
	    strspn(t->message, " \t\n") == strlen(t->message))
		refused = xasprintf("the message of the tag %s is empty or "
		    "longer than %d bytes", t->name, MESSAGE_MAX);
	return begin(a, TURN_COMMIT, refused);
}

struct git_act *
git_push_tag(struct git *g, const char *name, git_act_fn *fn, void *arg)
{
	return begin(act_new(g, name, fn, arg), TURN_PUSH, NULL);
}

struct git_act *
git_remote_tag(struct git *g, const char *name, git_act_fn *fn, void *arg)
{
	return begin(act_new(g, name, fn, arg), TURN_ASK, NULL);
}

void
git_act_cancel(struct git_act *a)
{
	if (!a)
		return;
	child_cancel(a->child);
	act_free(a);
}

void
git_acts_free(struct git *g)
{
	struct git_act *a;

	while ((a = LIST_FIRST(&g->acts)))
		git_act_cancel(a);
}
