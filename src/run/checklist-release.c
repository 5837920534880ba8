/* The version that is to be deployed: its tests, its notes, what it changes. */
#include "run/checklist-items.h"

#include "base/text.h"
#include "model/release.h"

/* --- what GitHub knows ------------------------------------------------------ */

/* The checks of the commit; NULL when that is said already. */
static const struct commit_checks *
checks_of(const struct sight *s, struct checklist_item *i)
{
	const struct pipelines *p = &s->model->pipelines;
	const char *commit = item_commit(s);
	const struct commit_checks *c;

	if (!item_seen(i, s, &p->seen, "GitHub"))
		return NULL;
	if (!commit) {
		item_say(i, STATUS_UNKNOWN, TIME_UNKNOWN,
		    "the commit of %s is not known", s->run->target ?
		    s->run->target : "the target");
		return NULL;
	}
	c = pipelines_checks(p, commit);
	if (!c || c->observed_at == TIME_UNKNOWN) {
		item_say(i, STATUS_UNKNOWN, TIME_UNKNOWN,
		    "the checks of %.12s were not asked for", commit);
		return NULL;
	}
	return c;
}

void
item_ci(const struct sight *s, struct checklist_item *i)
{
	const struct commit_checks *c = checks_of(s, i);

	if (!c)
		return;
	if (c->failed > 0 || c->ci == RUN_FAILURE || (run_state_ended(c->ci) &&
	    run_state_status(c->ci) != STATUS_OK))
		item_say(i, STATUS_CRIT, c->observed_at,
		    "CI of %.12s is %s%s%s", c->commit,
		    run_state_name(c->ci), c->failing ? ": " : "",
		    c->failing ? c->failing : "");
	else if (c->total == 0 || c->ci == RUN_UNKNOWN)
		item_say(i, STATUS_UNKNOWN, c->observed_at,
		    "no checks are known of %.12s", c->commit);
	else if (!run_state_ended(c->ci) || c->pending > 0)
		item_say(i, STATUS_UNKNOWN, c->observed_at,
		    "%d of %d checks of %.12s are not through", c->pending,
		    c->total, c->commit);
	else if (c->ci == RUN_SUCCESS)
		item_say(i, STATUS_OK, c->observed_at,
		    "%d checks passed on %.12s", c->total, c->commit);
	else
		item_say(i, STATUS_UNKNOWN, c->observed_at,
		    "CI of %.12s is %s: nothing was tested", c->commit,
		    run_state_name(c->ci));
}

void
item_e2e(const struct sight *s, struct checklist_item *i)
{
	const struct commit_checks *c = checks_of(s, i);

	if (!c)
		return;
	if (c->e2e == RUN_SUCCESS)
		item_say(i, STATUS_OK, c->e2e_at,
		    "the end-to-end tests passed on %.12s", c->commit);
	else if (c->e2e == RUN_UNKNOWN)
		item_say(i, STATUS_UNKNOWN, c->observed_at,
		    "no end-to-end tests of %.12s are known", c->commit);
	else if (run_state_ended(c->e2e) &&
	    run_state_status(c->e2e) != STATUS_OK)
		item_say(i, STATUS_CRIT, c->e2e_at,
		    "the end-to-end tests of %.12s: %s", c->commit,
		    run_state_name(c->e2e));
	else
		item_say(i, STATUS_UNKNOWN, c->e2e_at,
		    "the end-to-end tests of %.12s: %s", c->commit,
		    run_state_name(c->e2e));
}

void
item_pulls(const struct sight *s, struct checklist_item *i)
{
	const struct pipelines *p = &s->model->pipelines;
	const char *label = p->critical_label ? p->critical_label :
	    "critical";

	if (!item_seen(i, s, &p->seen, "GitHub"))
		return;
	if (p->pulls_known != TRI_YES)
		item_say(i, STATUS_UNKNOWN, TIME_UNKNOWN,
		    "the open pull requests are not known");
	else if (p->pull_count > 0)
		item_say(i, STATUS_CRIT, p->seen.observed_at,
		    "%zu open with the label %s: #%d %s", p->pull_count,
		    label, p->pulls[0].number, p->pulls[0].title ?
		    p->pulls[0].title : "");
	else
		item_say(i, STATUS_OK, p->seen.observed_at,
		    "none is open with the label %s", label);
}

/* --- notes -------------------------------------------------------------------- */

/* What the target is called in the changelog: a rollback's name is another's.
 * NULL: it has no version's tag. */
static const struct release *
release_of(const struct sight *s)
{
	const struct releases *all = &s->model->releases;
	const struct release *r = s->run->target ?
	    releases_find(all, s->run->target) : NULL;

	if (r && r->rollback && r->redeploys)
		r = releases_find(all, r->redeploys);
	return r && r->version ? r : NULL;
}

static void
say_untagged(const struct sight *s, struct checklist_item *i)
{
	const struct releases *all = &s->model->releases;
	const char *target = s->run->target ? s->run->target : "the target";

	if (all->unreleased && *all->unreleased)
		item_say(i, STATUS_OK, all->seen.observed_at,
		    "%s has no tag yet; Unreleased has notes for it", target);
	else
		/* Cut for it already, or forgotten: that does not show. */
		item_say(i, STATUS_UNKNOWN, all->seen.observed_at,
		    "%s has no tag yet, and Unreleased is empty", target);
}

void
item_changelog(const struct sight *s, struct checklist_item *i)
{
	const struct releases *all = &s->model->releases;
	const struct release *r = release_of(s);
	int64_t at = all->seen.observed_at;

	if (!item_seen(i, s, &all->seen, "the repository"))
		return;
	if (all->changelog_error)
		item_say(i, STATUS_UNKNOWN, at, "the changelog: %s",
		    all->changelog_error);
	else if (!r)
		say_untagged(s, i);
	else if (r->yanked)
		item_say(i, STATUS_CRIT, at,
		    "the changelog calls %s yanked", r->tag);
	else if (r->notes && *r->notes)
		item_say(i, STATUS_OK, at, "the changelog has %s", r->tag);
	else
		item_say(i, STATUS_CRIT, at,
		    "the changelog has nothing of %s", r->tag);
}

/* --- migrations --------------------------------------------------------------- */

/* Any tenure of that commit, wherever, whose schemas were seen. */
static const struct tenure *
tenure_of(const struct sight *s, const char *commit,
    const struct environment **where)
{
	const struct model *m = s->model;
	size_t i, k;

	for (i = 0; i < m->environment_count; i++)
		for (k = 0; k < m->environments[i].tenure_count; k++) {
			const struct tenure *t = &m->environments[i].tenures[k];

			if (t->commit && strcmp(t->commit, commit) == 0 &&
			    t->schema_count > 0) {
				*where = &m->environments[i];
				return t;
			}
		}
	return NULL;
}

static const char *
fingerprint_of(const struct tenure *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->schema_count; i++)
		if (strcmp(t->schemas[i].name, name) == 0)
			return t->schemas[i].fingerprint;
	return NULL;
}

/* Whether all schemas of the environment are those that the version has
 * elsewhere. *name gets the first that differs or is not known. */
static enum tri
same_schemas(const struct environment *env, const struct tenure *t,
    const char **name)
{
	enum tri same = TRI_YES;
	size_t i;

	for (i = 0; i < env->schema_count; i++) {
		const struct schema *now = &env->schemas[i];
		const char *then = fingerprint_of(t, now->name);

		if (!now->fingerprint || !then) {
			if (same == TRI_YES)
				*name = now->name;
			same = TRI_UNKNOWN;
		} else if (strcmp(now->fingerprint, then) != 0) {
			*name = now->name;
			return TRI_NO;
		}
	}
	return same;
}

/* The schema is as it was where the version ran: nothing has to be documented.
 * Otherwise whether the notes document it is a person's judgement. */
void
item_migration(const struct sight *s, struct checklist_item *i)
{
	const struct environment *env = item_environment(i, s), *where;
	const char *commit = item_commit(s), *name = NULL;
	const struct release *r = release_of(s);
	const struct tenure *t;
	enum tri same;

	if (!env || !item_seen(i, s, &env->sources[SOURCE_SCHEMAS],
	    "the schemas"))
		return;
	t = commit ? tenure_of(s, commit, &where) : NULL;
	if (!t || env->schema_count == 0) {
		item_say(i, STATUS_UNKNOWN, TIME_UNKNOWN,
		    "the schemas that the target runs with were never seen");
		return;
	}
	same = same_schemas(env, t, &name);
	if (same == TRI_YES)
		item_say(i, STATUS_OK,
		    env->sources[SOURCE_SCHEMAS].observed_at,
		    "no schema changes: %s has those it ran with in %s",
		    env->name, where->name);
	else if (same == TRI_UNKNOWN)
		item_say(i, STATUS_UNKNOWN, t->last_seen,
		    "whether the %s schema changes is not known", name);
	else
		item_say(i, STATUS_UNKNOWN, t->last_seen,
		    "the %s schema changes, to that of %s; the notes %s",
		    name, where->name, r && r->notes &&
		    (text_contains(r->notes, "migrat") ||
		    text_contains(r->notes, "schema")) ?
		    "mention it: read whether that is enough" :
		    "say nothing of it");
}
