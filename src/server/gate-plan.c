/* What speaks against an act, and what its plan rests on. */
#include "server/gate-private.h"

#include <stdarg.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/release.h"

static bool
same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static char *sentence(const char *fmt, va_list ap)
    __attribute__((format(printf, 1, 0)));

static char *
sentence(const char *fmt, va_list ap)
{
	char *raw = xvasprintf(fmt, ap), *clean;

	clean = text_clean(raw, strlen(raw));
	free(raw);
	return clean;
}

void
plan_warn(struct plan *p, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = sentence(fmt, ap);
	va_end(ap);
	json_append(p->warnings, json_string(text));
	free(text);
}

/* The first reason stands, the others are told beside it. */
void
plan_block(struct plan *p, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = sentence(fmt, ap);
	va_end(ap);
	if (p->blocked) {
		json_append(p->warnings, json_string(text));
		free(text);
	} else {
		p->blocked = text;
	}
}

/* --- what keeps everybody out -------------------------------------------- */

static void
check_run(const struct gatekeeper *g, struct plan *p)
{
	const struct run *r = engine_holds(g->o.engine, p->environment);
	struct buf b = BUF_INIT(ERR_TEXT_MAX);

	if (!r)
		return;
	engine_holder_text(r, &b);
	p->busy = !p->blocked;
	plan_block(p, "%s", buf_str(&b));
	buf_release(&b);
}

static void
check_lock(const struct environment *env, struct plan *p)
{
	char since[CLOCK_TEXT_MAX];

	if (env->lock.who)
		plan_block(p, "%s is locked by %s since %s: %s; unlock it "
		    "first (vigie unlock %s)", env->name, env->lock.who,
		    clock_rfc3339(env->lock.since, since),
		    env->lock.why ? env->lock.why : "no reason is known",
		    env->name);
}

/* --- the version --------------------------------------------------------- */

static void
check_release(const struct gatekeeper *g, struct plan *p)
{
	const struct release *r = p->target ?
	    releases_find(&g->o.model->releases, p->target) : NULL;

	if (r && r->moved)
		plan_block(p, "the tag %s is on another commit at the "
		    "remote: it was moved, and nobody can say which is meant",
		    r->tag);
	if (r && r->yanked)
		plan_warn(p, "the changelog says that %s was withdrawn",
		    r->tag);
	if (r && r->prerelease && !r->rollback && p->conf->production)
		plan_warn(p, "%s is a pre-release", r->tag);
	if (!r && !p->new_tag && p->conf->production && p->target &&
	    p->act == GATE_DEPLOY && !p->conf->deploy_book)
		plan_block(p, "production is deployed by tags, and %s is "
		    "none", p->target);
}

static const struct mark *
mark_of(const struct gatekeeper *g, const struct plan *p)
{
	const struct mark *m = p->target ? model_mark(g->o.model, p->target) :
	    NULL;

	if (!m && p->target_commit)
		m = model_mark(g->o.model, p->target_commit);
	return m && m->word == MARK_BAD ? m : NULL;
}

static void
check_mark(const struct gatekeeper *g, struct plan *p)
{
	const struct mark *m = mark_of(g, p);
	const char *why = m && m->why ? m->why : "no reason is known";

	if (!m)
		return;
	if (p->act == GATE_ROLLBACK) {
		plan_block(p, "%s was marked bad by %s: %s", p->target,
		    m->who, why);
		return;
	}
	plan_warn(p, "%s was marked bad by %s: %s", p->target, m->who, why);
	p->needs_reason = true;
}

static bool
is_live(const struct environment *env, const struct plan *p)
{
	return same(target_live_commit(env), p->target_commit);
}

/* --- rollback ------------------------------------------------------------ */

/* Readiness speaks of its own target only. */
static bool
is_judged(const struct readiness *r, const struct plan *p)
{
	return r->used && (same(r->target_commit, p->target_commit) ||
	    same(r->target, p->target));
}

static void
check_one(struct plan *p, const struct readiness_check *c)
{
	const char *text = c->text ? c->text : readiness_code_name(c->code);

	if (c->code == CHECK_LOCK || c->status == STATUS_OK)
		return;		/* check_lock() says more */
	if (c->status != STATUS_CRIT)
		plan_warn(p, "%s%s", c->status == STATUS_UNKNOWN ?
		    "not known: " : "", text);
	else if (c->code == CHECK_IMAGE || c->code == CHECK_TARGET ||
	    c->code == CHECK_SCHEMA)
		plan_block(p, "%s", text);
	else {
		plan_warn(p, "not ready: %s", text);
		p->needs_reason = true;
	}
}

static void
check_restore(const struct readiness *r, struct plan *p)
{
	char at[CLOCK_TEXT_MAX];

	plan_block(p, "the schema of a database has changed since %s ran: an "
	    "image alone does not lead back. Restore the backup of %s "
	    "instead (scenario schema): what was written later is lost",
	    p->target ? p->target : "it", r->restores_to == TIME_UNKNOWN ?
	    "a time that is not known" : clock_rfc3339(r->restores_to, at));
}

static void
check_return(const struct readiness *r, struct plan *p)
{
	if (r->no_return && p->target &&
	    version_compare(p->target, r->no_return) <= 0)
		plan_block(p, "%s lies behind the point of no return (%s): "
		    "%s. Restore a backup instead (scenario schema)",
		    p->target, r->no_return, r->no_return_why ?
		    r->no_return_why : "a schema has changed");
}

static void
check_rollback(const struct gatekeeper *g, const struct environment *env,
    struct plan *p)
{
	const struct readiness *r = &env->readiness;
	size_t i;

	(void)g;
	if (!p->plot->returns) {
		p->needs_reason = true;
		return;
	}
	if (!p->target || !p->target_commit) {
		plan_block(p, "there is no version that %s is known to have "
		    "run well: name one", p->environment);
		return;
	}
	if (p->plot->restores)
		scenario_check_restore(env, p);
	else if (is_live(env, p))
		plan_block(p, "%s is what runs in %s already", p->target,
		    p->environment);
	if (is_judged(r, p)) {
		if (r->restore && !p->plot->restores)
			check_restore(r, p);
		for (i = 0; i < r->check_count; i++)
			if (r->checks[i].code != CHECK_SCHEMA ||
			    !p->plot->restores)
				check_one(p, &r->checks[i]);
		return;
	}
	if (p->plot->restores)
		return;
	check_return(r, p);
	plan_warn(p, "whether a rollback to %s would work was not looked "
	    "into", p->target);
	p->needs_reason = true;
}

static bool
wants_reason(const struct plan *p)
{
	const struct book_parameter *reason = book_parameter(p->book,
	    "reason");

	if (reason && reason->required)
		return true;
	if (!p->conf->production)
		return false;
	return p->act == GATE_ROLLBACK ||
	    (p->act == GATE_DEPLOY && same(p->via, "ssh"));
}

static void
check(const struct gatekeeper *g, const struct environment *env, struct plan *p)
{
	check_run(g, p);
	check_lock(env, p);
	p->needs_reason = p->needs_reason || wants_reason(p);
	if (p->act == GATE_BOOK && !p->target)
		return;
	check_release(g, p);
	check_mark(g, p);
	if (p->act == GATE_ROLLBACK)
		check_rollback(g, env, p);
	else if (p->target_commit && is_live(env, p))
		plan_warn(p, "%s runs in %s already", p->target,
		    p->environment);
	if (!target_live_commit(env))
		plan_warn(p, "which version runs in %s now is not known",
		    p->environment);
}

/* --- what it rests on ---------------------------------------------------- */

static char *
images_text(const struct environment *env)
{
	struct buf b = BUF_INIT(64 * 1024);
	size_t i;

	for (i = 0; i < env->service_count; i++)
		buf_addf(&b, "%s%s %s", b.len ? ", " : "",
		    env->services[i].name, env->services[i].digest ?
		    env->services[i].digest : "?");
	return buf_detach(&b);
}

static char *
lock_text(const struct environment *env)
{
	return env->lock.who ? xasprintf("%s: %s", env->lock.who,
	    env->lock.why ? env->lock.why : "?") : NULL;
}

static char *
schemas_text(const struct environment *env)
{
	struct buf b = BUF_INIT(16 * 1024);
	size_t i;

	for (i = 0; i < env->schema_count; i++)
		buf_addf(&b, "%s%s %s", b.len ? ", " : "",
		    env->schemas[i].name, env->schemas[i].fingerprint ?
		    env->schemas[i].fingerprint : "?");
	if (env->readiness.restore)
		buf_adds(&b, " (only a restore leads back)");
	return buf_detach(&b);
}

static void
rest_on(const struct gatekeeper *g, const struct environment *env,
    struct plan *p)
{
	const struct run *r = engine_holds(g->o.engine, p->environment);

	p->basis[BASIS_LIVE] = xstrdup_or_null(target_live_commit(env));
	p->basis[BASIS_IMAGES] = images_text(env);
	p->basis[BASIS_TARGET] = p->target ? xasprintf("%s %s", p->target,
	    p->target_commit ? p->target_commit : "?") : NULL;
	p->basis[BASIS_LOCK] = lock_text(env);
	p->basis[BASIS_RUN] = r ? xstrdup(r->id) : NULL;
	p->basis[BASIS_SCHEMAS] = schemas_text(env);
}

/* --- the whole ----------------------------------------------------------- */

static const struct conf_environment *
find_conf(const struct conf *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->environment_count; i++)
		if (same(c->environments[i].name, name))
			return &c->environments[i];
	return NULL;
}

static char *
given(const char *text)
{
	char *clean = text ? text_clean(text, strlen(text)) : NULL;

	if (clean && clean[strspn(clean, " ")])
		return clean;
	free(clean);
	return NULL;
}

static struct plan *
plan_new(const struct gate_request *r)
{
	struct plan *p = xcalloc(1, sizeof(*p));

	p->act = r->act;
	p->environment = given(r->environment);
	p->version = given(r->version);
	p->asked_via = given(r->via);
	p->scenario = given(r->scenario);
	p->asked_book = given(r->book);
	p->reason = given(r->reason);
	p->effect = json_array();
	p->warnings = json_array();
	return p;
}

static int
judge(const struct gatekeeper *g, struct plan *p, const char **code,
    struct err *e)
{
	const struct environment *env = p->environment ?
	    model_find(g->o.model, p->environment) : NULL;

	p->conf = env ? find_conf(g->o.conf, p->environment) : NULL;
	if (!p->conf) {
		*code = p->environment ? "not_found" : "bad_argument";
		return p->environment ? err_set(e, "there is no environment "
		    "'%s'", p->environment) : err_set(e, "which environment? "
		    "(argument \"environment\")");
	}
	if (p->act == GATE_ROLLBACK || p->scenario) {
		p->plot = scenario_find(p->scenario, e);
		*code = "bad_argument";
		if (!p->plot)
			return -1;
	}
	if (target_find(g, env, p, code, e) == -1 ||
	    target_book(g, p, code, e) == -1)
		return -1;
	p->from = xstrdup_or_null(target_live(env));
	target_values(g, env, p);
	check(g, env, p);
	plan_effect(p);
	rest_on(g, env, p);
	plan_seal(p);
	return 0;
}

struct plan *
plan_judge(const struct gatekeeper *g, const struct gate_request *r,
    int64_t now, const char **code, struct err *e)
{
	struct plan *p = plan_new(r);

	if (judge(g, p, code, e) == -1) {
		plan_free(p);
		return NULL;
	}
	p->expires_at = now + PLAN_MS;
	return p;
}
