/* The two messages of an act, and every refusal. See gate.h. */
#include "server/gate-private.h"

#include "base/alloc.h"
#include "base/text.h"

#define REASON_MAX 500

static const char *const act_words[] = {
	[GATE_DEPLOY] = "a deployment",
	[GATE_ROLLBACK] = "a rollback",
	[GATE_BOOK] = "a runbook",
};

struct gatekeeper *
gate_new(const struct gate_options *o)
{
	struct gatekeeper *g = xcalloc(1, sizeof(*g));

	g->o = *o;
	g->site_books = xstrdup_or_null(o->site_books);
	g->shipped_books = xstrdup_or_null(o->shipped_books);
	g->shapes = verb_shapes(verbs);
	LIST_INIT(&g->plans);
	return g;
}

void
plan_free(struct plan *p)
{
	int i;

	if (!p)
		return;
	free(p->id);
	free(p->environment);
	free(p->version);
	free(p->asked_via);
	free(p->scenario);
	free(p->asked_book);
	free(p->reason);
	book_free(p->book);
	values_free(p->values);
	free(p->from);
	free(p->target);
	free(p->target_commit);
	free(p->blocked);
	json_free(p->effect);
	json_free(p->warnings);
	for (i = 0; i < BASES; i++)
		free(p->basis[i]);
	free(p);
}

static void
drop(struct gatekeeper *g, struct plan *p)
{
	LIST_REMOVE(p, link);
	g->plan_count--;
	plan_free(p);
}

static void
drop_all(struct gatekeeper *g)
{
	while (!LIST_EMPTY(&g->plans))
		drop(g, LIST_FIRST(&g->plans));
}

void
gate_free(struct gatekeeper *g)
{
	if (!g)
		return;
	drop_all(g);
	free(g->shapes);
	free(g->site_books);
	free(g->shipped_books);
	free(g);
}

void
gate_configure(struct gatekeeper *g, const struct conf *conf,
    const char *site_books)
{
	drop_all(g);
	g->o.conf = conf;
	xstrset(&g->site_books, site_books);
}

void
gate_forget(struct gatekeeper *g, uint64_t peer)
{
	struct plan *p, *next;

	for (p = g ? LIST_FIRST(&g->plans) : NULL; p; p = next) {
		next = LIST_NEXT(p, link);
		if (p->peer == peer)
			drop(g, p);
	}
}

/* --- refusals ------------------------------------------------------------ */

static void
note(struct gatekeeper *g, const struct gate_person *who, const char *kind,
    const char *environment, const char *run, const char *text,
    const char *reason, const char *fingerprint)
{
	if (!g->o.journal)
		return;
	journal_append(g->o.journal, &(struct journal_entry){
	    .kind = kind, .environment = environment, .run = run,
	    .who = who->name, .uid = (int64_t)who->uid, .tty = who->tty,
	    .text = text, .reason = reason, .fingerprint = fingerprint,
	    .exit_code = -1, .duration_ms = -1}, NULL, NULL);
}

static void
refused(struct gatekeeper *g, const struct gate_person *who, const char *what,
    const char *environment, const struct plan *p, const char *code,
    const struct err *e)
{
	char *text = xasprintf("%s was refused (%s): %s", what, code,
	    e->text);

	note(g, who, "refused", environment, NULL, text, NULL,
	    p ? p->fingerprint : NULL);
	free(text);
}

static int
check_person(const struct gatekeeper *g, const struct gate_person *who,
    const char **code, struct err *e)
{
	if (who->role != ROLE_OPERATOR) {
		*code = "not_permitted";
		return err_set(e, "that needs the operator's role");
	}
	*code = "failed";
	return g->o.journal && g->o.engine ? 0 : err_set(e, "nothing can be "
	    "journalled, and so no act is begun: see the notice of the "
	    "journal");
}

/* --- plan ---------------------------------------------------------------- */

static void
keep(struct gatekeeper *g, struct plan *p)
{
	struct plan *q, *last = NULL;

	LIST_INSERT_HEAD(&g->plans, p, link);
	if (++g->plan_count <= PLANS_MAX)
		return;
	LIST_FOREACH(q, &g->plans, link)
		last = q;
	drop(g, last);
}

struct json *
gate_plan(struct gatekeeper *g, const struct gate_person *who,
    const struct gate_request *r, int64_t now, const char **code,
    struct err *e)
{
	struct plan *p = NULL;
	struct err own;

	e = e ? e : &own;
	*code = "failed";
	if (check_person(g, who, code, e) == 0)
		p = plan_judge(g, r, now, code, e);
	if (!p) {
		refused(g, who, act_words[r->act], r->environment, NULL,
		    *code, e);
		return NULL;
	}
	p->id = xasprintf("plan-%llu", (unsigned long long)++g->serial);
	p->peer = who->peer;
	keep(g, p);
	return plan_json(g, p, who);
}

/* --- confirm ------------------------------------------------------------- */

static struct plan *
find(const struct gatekeeper *g, const char *id)
{
	struct plan *p;

	LIST_FOREACH(p, &g->plans, link)
		if (id && strcmp(p->id, id) == 0)
			return p;
	return NULL;
}

static int
refuse(const char **code, const char *word)
{
	*code = word;
	return -1;
}

/* Whose plan it is, and whether it lives. */
static int
check_plan(const struct plan *p, const struct gate_person *who, int64_t now,
    const char **code, struct err *e)
{
	if (p && p->peer != who->peer) {
		err_set(e, "only who asked for a plan may confirm it");
		return refuse(code, "not_permitted");
	}
	/* A clock that was set back makes no plan live longer. */
	if (!p || now >= p->expires_at || now < p->expires_at - PLAN_MS) {
		err_set(e, "the plan has expired, or was confirmed already: "
		    "look at a new one");
		return refuse(code, "expired");
	}
	return 0;
}

static int
check_words(const struct plan *p, const char *word, const char *reason,
    const char **code, struct err *e)
{
	if (!word || strcmp(word, plan_word(p)) != 0) {
		err_set(e, p->conf->production ? "that is not the word: "
		    "production asks for its name, '%s'" : "that is not the "
		    "word: confirm with '%s'", plan_word(p));
		return refuse(code, "wrong_word");
	}
	if (p->needs_reason && !reason) {
		err_set(e, "this needs a reason, which is journalled");
		return refuse(code, "reason_missing");
	}
	if (reason && strlen(reason) > REASON_MAX) {
		err_set(e, "the reason is longer than %d bytes", REASON_MAX);
		return refuse(code, "failed");
	}
	return 0;
}

static struct gate_request
request_of(const struct plan *p)
{
	return (struct gate_request){
		.act = p->act, .environment = p->environment,
		.version = p->version, .via = p->asked_via,
		.scenario = p->scenario, .book = p->asked_book,
		.reason = p->reason,
	};
}

/* Judged again, by what is known now. */
static int
check_again(struct gatekeeper *g, const struct plan *p, int64_t now,
    const char **code, struct err *e)
{
	struct gate_request r = request_of(p);
	struct buf moved = BUF_INIT(ERR_TEXT_MAX / 2);
	struct plan *is = plan_judge(g, &r, now, code, e);
	int result = 0;

	if (!is)
		return refuse(code, "moved");
	plan_moved(p, is, &moved);
	if (is->busy)
		result = refuse(code, "busy"), err_set(e, "%s", is->blocked);
	else if (strcmp(p->fingerprint, is->fingerprint) != 0)
		result = refuse(code, "moved"), err_set(e, "what the plan was "
		    "based on is no longer so: %s", buf_str(&moved));
	else if (is->blocked)
		result = refuse(code, p->blocked ? "failed" : "moved"),
		    err_set(e, "%s", is->blocked);
	else if (is->needs_reason && !p->needs_reason)
		result = refuse(code, "moved"), err_set(e, "it needs a reason "
		    "now: look at a new plan");
	buf_release(&moved);
	plan_free(is);
	return result;
}

static const char *
begin(struct gatekeeper *g, struct plan *p, const struct gate_person *who,
    const char *reason, const char **code, struct err *e)
{
	struct engine_start s = plan_start(p, who, reason);
	const struct run *r;
	char *text;

	p->book = NULL;		/* the engine's now */
	r = engine_run(g->o.engine, &s, e);
	if (!r) {
		*code = engine_holds(g->o.engine, p->environment) ? "busy" :
		    "failed";
		return NULL;
	}
	text = xasprintf("confirms %s: %s", act_words[p->act], r->title);
	note(g, who, "confirm", p->environment, r->id, text, reason,
	    p->fingerprint);
	free(text);
	return r->id;
}

static char *
worded(const char *text)
{
	char *clean = text ? text_clean(text, strlen(text)) : NULL;

	if (clean && clean[strspn(clean, " ")])
		return clean;
	free(clean);
	return NULL;
}

const char *
gate_confirm(struct gatekeeper *g, const struct gate_person *who,
    const char *plan, const char *word, const char *reason, int64_t now,
    const char **code, struct err *e)
{
	struct plan *p = find(g, plan);
	char *why = worded(reason);
	const char *run = NULL;
	bool ours = p && p->peer == who->peer, again = false;
	struct err own;

	e = e ? e : &own;
	if (!why && ours)
		why = xstrdup_or_null(p->reason);
	if (check_person(g, who, code, e) == 0 &&
	    check_plan(p, who, now, code, e) == 0 &&
	    check_words(p, word, why, code, e) == 0) {
		again = true;
		if (check_again(g, p, now, code, e) == 0)
			run = begin(g, p, who, why, code, e);
	}
	if (!run)
		refused(g, who, p ? act_words[p->act] : "a confirmation",
		    p ? p->environment : NULL, p, *code, e);
	/* A slip of the finger may be mended; all else wants a new plan. */
	if (again || (ours && strcmp(*code, "expired") == 0 && !run))
		drop(g, p);
	free(why);
	return run;
}

/* --- acts on runs -------------------------------------------------------- */

static const struct run *
find_run(const struct gatekeeper *g, const char *id)
{
	size_t i;

	for (i = 0; id && i < g->o.model->run_count; i++)
		if (strcmp(g->o.model->runs[i].id, id) == 0)
			return &g->o.model->runs[i];
	return NULL;
}

int
gate_act(struct gatekeeper *g, const struct gate_person *who, const char *run,
    enum engine_act act, const char *item, const char *reason,
    const char **code, struct err *e)
{
	const struct run *r = find_run(g, run);
	char *what = xasprintf("to %s %s", engine_act_name(act), run ? run :
	    "a run"), *environment = r ? xstrdup(r->environment) : NULL;
	struct err own;
	int result = check_person(g, who, code, e ? e : (e = &own));

	if (result == 0 && !r) {
		err_set(e, "there is no run '%s'", run ? run : "");
		result = refuse(code, "not_found");
	} else if (result == 0) {
		result = engine_act(g->o.engine, run, act, item, who->name,
		    reason, e);
		*code = "failed";
	}
	if (result == -1)
		refused(g, who, what, environment, NULL, *code, e);
	else
		note(g, who, engine_act_name(act), environment, run, what,
		    reason, NULL);
	free(what);
	free(environment);
	return result;
}
