#include "model/readiness.h"

#include <stdarg.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "model/readiness-parts.h"
#include "model/release.h"
#include "model/tables.h"

/* Of a target that has no tag. */
#define COMMIT_SHORT 12
/* Evidence that is only a little younger is not worth telling anew. */
#define SAME_EVIDENCE_MS 30000

struct readiness_check *
readiness_add(struct judged *j, enum readiness_code code, enum status status,
    int64_t evidence_at, const char *fmt, ...)
{
	struct readiness *r = &j->out;
	struct readiness_check *check;
	va_list ap;

	/* One of each code, and no more. */
	check = &r->checks[r->check_count++];
	va_start(ap, fmt);
	*check = (struct readiness_check){code, status, xvasprintf(fmt, ap),
					  evidence_at};
	va_end(ap);
	return check;
}

/* --- to what -------------------------------------------------------------- */

static bool
is_bad(const struct model *m, const char *tag)
{
	const struct mark *mark = tag ? model_mark(m, tag) : NULL;

	return mark && mark->word == MARK_BAD;
}

/* The version that a commit has, not a rollback's name for it. */
static const struct release *
release_of(const struct model *m, const char *commit)
{
	const struct releases *all = &m->releases;
	size_t i;

	for (i = 0; commit && i < all->count; i++)
		if (all->items[i].version && !all->items[i].rollback &&
		    strcmp(all->items[i].commit, commit) == 0)
			return &all->items[i];
	return NULL;
}

static bool
marked_good(const struct model *m, const char *tag)
{
	const struct mark *mark = tag ? model_mark(m, tag) : NULL;

	return mark && mark->word == MARK_GOOD;
}

static bool
same_text(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* With what is on record of it, however short it ran. */
static void
set_target(struct judged *j, const char *tag, const char *commit)
{
	const struct release *r = release_of(j->model, commit);
	size_t i;

	xstrset(&j->out.target_commit, commit);
	free(j->out.target);
	j->out.target = r || tag ? xstrdup(r ? r->tag : tag) :
	    xstrndup(commit, COMMIT_SHORT);
	j->release = r;
	for (i = 0; i < j->env->tenure_count && !j->tenure; i++)
		if (same_text(j->env->tenures[i].commit, commit))
			j->tenure = &j->env->tenures[i];
}

/* The newest that ran here, was well long enough, and is not what runs now. */
static bool
target_of_tenures(struct judged *j)
{
	const struct environment *env = j->env;
	size_t i;

	for (i = 0; i < env->tenure_count; i++) {
		const struct tenure *t = &env->tenures[i];
		const struct release *r = release_of(j->model, t->commit);
		const char *tag = r ? r->tag : t->tag;

		if (same_text(t->commit, j->live_commit) || !t->commit)
			continue;
		if (is_bad(j->model, tag) || is_bad(j->model, t->commit)) {
			j->bad_ones++;
			continue;
		}
		if (!marked_good(j->model, tag) &&
		    !marked_good(j->model, t->commit) &&
		    t->healthy_ms < env->good_after_ms) {
			j->short_ones++;
			continue;
		}
		set_target(j, t->tag, t->commit);
		readiness_add(j, CHECK_TARGET, STATUS_OK, t->last_seen,
		    marked_good(j->model, tag) ? "%s ran here, marked good" :
		    "%s ran here and was well", j->out.target);
		return true;
	}
	return false;
}

/* What GitHub says was deployed before, when nobody watched. */
static bool
target_of_deployments(struct judged *j)
{
	const struct pipelines *p = &j->model->pipelines;
	size_t i;

	for (i = 0; i < p->deployment_count; i++) {
		const struct deployment *d = &p->deployments[i];
		const struct release *r = release_of(j->model, d->commit);

		if (!same_text(d->environment, j->env->name) || !d->commit ||
		    same_text(d->commit, j->live_commit) ||
		    (!same_text(d->state, "success") &&
		    !same_text(d->state, "inactive")))
			continue;
		if (is_bad(j->model, r ? r->tag : d->commit)) {
			j->bad_ones++;
			continue;
		}
		/* Not its ref: a branch has moved on since. */
		set_target(j, r ? r->tag : NULL, d->commit);
		readiness_add(j, CHECK_TARGET, STATUS_OK, d->state_at,
		    "%s was deployed, GitHub says", j->out.target);
		return true;
	}
	return false;
}

/* The newest older version that somebody vouches for. */
static bool
target_of_marks(struct judged *j)
{
	const struct releases *all = &j->model->releases;
	const struct release *live = release_of(j->model, j->live_commit);
	size_t i;

	for (i = 0; i < all->count; i++) {
		const struct release *r = &all->items[i];

		if (!r->version || r->rollback ||
		    same_text(r->commit, j->live_commit) ||
		    (live && version_compare(r->tag, live->tag) > 0) ||
		    !marked_good(j->model, r->tag))
			continue;
		set_target(j, r->tag, r->commit);
		readiness_add(j, CHECK_TARGET, STATUS_OK,
		    model_mark(j->model, r->tag)->at, "%s is marked good",
		    r->tag);
		return true;
	}
	return false;
}

static void
check_target(struct judged *j)
{
	if (target_of_tenures(j) || target_of_deployments(j) ||
	    target_of_marks(j))
		return;
	if (j->bad_ones > 0)
		readiness_add(j, CHECK_TARGET, STATUS_CRIT, TIME_UNKNOWN,
		    "every earlier version that is known is marked bad");
	else if (j->short_ones > 0)
		readiness_add(j, CHECK_TARGET, STATUS_UNKNOWN, TIME_UNKNOWN,
		    "no earlier version was watched long enough to call it "
		    "good: mark one");
	else
		readiness_add(j, CHECK_TARGET, STATUS_UNKNOWN, TIME_UNKNOWN,
		    "no earlier version was seen here: mark one as good");
}

/* --- the word -------------------------------------------------------------- */

static void
conclude(struct readiness *r)
{
	const struct readiness_check *worst = NULL;
	size_t i;

	for (i = 0; i < r->check_count; i++)
		if (r->checks[i].status >= STATUS_UNKNOWN &&
		    (!worst || r->checks[i].status > worst->status))
			worst = &r->checks[i];
	r->word = !worst ? READINESS_READY :
	    worst->status == STATUS_CRIT ? READINESS_NOT_READY :
	    READINESS_UNKNOWN;
	xstrset(&r->reason, worst ? worst->text : NULL);
}

/* The newest older release that ran here with another schema than there is
 * now. */
static void
find_no_return(struct judged *j)
{
	const struct releases *all = &j->model->releases;
	const struct release *live = release_of(j->model, j->live_commit);
	const char *changed;
	size_t i, k;

	for (i = 0; i < all->count && !j->out.no_return; i++) {
		const struct release *r = &all->items[i];

		if (!r->version || r->rollback || r == live ||
		    (live && version_compare(r->tag, live->tag) > 0))
			continue;
		for (k = 0; k < j->env->tenure_count; k++) {
			const struct tenure *t = &j->env->tenures[k];

			if (!same_text(t->commit, r->commit))
				continue;
			if (readiness_compare_schemas(j->env, t, &changed) ==
			    SCHEMAS_DIFFER) {
				xstrset(&j->out.no_return, r->tag);
				j->out.no_return_why = xasprintf(
				    "%s schema changed", changed);
			}
			break;
		}
	}
}

static void
judge(struct judged *j)
{
	struct readiness *r = &j->out;

	r->checks = list_new(READINESS_CODES, &readiness_checks_list);
	check_target(j);
	if (r->target) {
		readiness_check_tag(j);
		readiness_check_image(j);
		readiness_check_schema(j);
	}
	readiness_check_backup(j);
	readiness_check_lock(j);
	readiness_check_approver(j);
	readiness_check_drill(j);
	find_no_return(j);
	conclude(r);
}

/* So that a check whose evidence is only younger is no change. */
static void
keep_evidence(struct readiness *now, const struct readiness *was)
{
	size_t i;

	for (i = 0; i < now->check_count && i < was->check_count; i++) {
		int64_t *mine = &now->checks[i].evidence_at;
		int64_t old = was->checks[i].evidence_at;

		if (now->checks[i].code == was->checks[i].code &&
		    *mine != TIME_UNKNOWN && old != TIME_UNKNOWN &&
		    *mine > old && *mine - old < SAME_EVIDENCE_MS)
			*mine = old;
	}
}

/* A developer's own machine is brought back with git and make. */
static bool
is_judged(const struct model *m, const struct environment *env)
{
	return m->releases.seen.used &&
	    env->sources[SOURCE_CHECKOUT].used &&
	    (env->production || env->link.host);
}

void
readiness_judge(struct model *m, int64_t now)
{
	size_t i;

	for (i = 0; i < m->environment_count; i++) {
		struct environment *env = &m->environments[i];
		struct judged j = {.model = m, .env = env, .now = now};

		fields_init(&j.out, readiness_fields, 0);
		j.live_commit = env->tenure_count ? env->tenures[0].commit :
		    env->version.commit;
		j.out.used = is_judged(m, env);
		if (j.out.used)
			judge(&j);
		keep_evidence(&j.out, &env->readiness);
		if (!fields_same(&j.out, &env->readiness, readiness_fields)) {
			struct readiness old = env->readiness;

			env->readiness = j.out;
			j.out = old;
			env->changes |= CHANGE_READINESS;
		}
		fields_release(&j.out, readiness_fields, 0);
	}
}

/* --- in words ----------------------------------------------------------------- */

void
readiness_text(const struct readiness *r, int64_t now, struct buf *b)
{
	char age[CLOCK_TEXT_MAX];

	switch (r->word) {
	case READINESS_READY:
		buf_addf(b, _("READY %s"), r->target ? r->target : "?");
		if (r->estimate_ms >= 0)
			buf_addf(b, " ~%s", clock_span(r->estimate_ms, age));
		buf_adds(b, ", ");
		if (r->drilled_at == TIME_UNKNOWN)
			buf_adds(b, _("never drilled"));
		else
			buf_addf(b, _("drilled %s ago"),
			    clock_age(now - r->drilled_at, age));
		break;
	case READINESS_NOT_READY:
		buf_addf(b, _("NOT READY: %s"), r->reason ? r->reason : "?");
		break;
	case READINESS_UNKNOWN:
	case READINESS_WORDS:
		buf_addf(b, _("NOT KNOWN: %s"), r->reason ? r->reason :
		    _("not observed yet"));
		break;
	}
}
