/* Where and when it is deployed: a way back, backups, a reviewer, no lessons. */
#include "run/checklist-items.h"

#include <strings.h>

#include "base/alloc.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define DRILL_MS (30 * DAY_MS)		/* the plan, §6.1: monthly */
#define AHEAD_MS (INT64_C(3600) * 1000)

/* --- a way back ----------------------------------------------------------------- */

/* Where rollbacks are rehearsed: staging, else any but production. */
static bool
is_rehearsal(const struct model *m, const struct environment *env)
{
	return model_find(m, "staging") ? strcmp(env->name, "staging") == 0 :
	    !env->production;
}

struct drill {
	const struct environment *where;	/* NULL: there is none */
	const struct tenure *last;		/* NULL: none on record */
	int64_t since;		/* how far the record reaches back */
};

static struct drill
last_drill(const struct model *m)
{
	struct drill d = {.since = INT64_MAX};
	size_t i;

	for (i = 0; i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];
		const struct tenure *t = readiness_last_return(env);

		if (!is_rehearsal(m, env))
			continue;
		if (env->tenure_count > 0 &&
		    env->tenures[env->tenure_count - 1].first_seen < d.since)
			d.since = env->tenures[env->tenure_count -
			    1].first_seen;
		if (!d.where || (t && (!d.last ||
		    t->first_seen > d.last->first_seen))) {
			d.where = env;
			d.last = t;
		}
	}
	return d;
}

void
item_rollback_test(const struct sight *s, struct checklist_item *i)
{
	const struct drill d = last_drill(s->model);
	char age[CLOCK_TEXT_MAX];

	if (!d.where)
		item_say(i, STATUS_UNKNOWN, TIME_UNKNOWN,
		    "there is no environment to rehearse it in");
	else if (d.last)
		item_say(i, s->now - d.last->first_seen > DRILL_MS ?
		    STATUS_CRIT : STATUS_OK, d.last->first_seen,
		    "%s was brought back to %.40s %s ago", d.where->name,
		    d.last->tag ? d.last->tag : d.last->commit,
		    clock_age(s->now - d.last->first_seen, age));
	else if (d.since == INT64_MAX || s->now - d.since < DRILL_MS)
		item_say(i, STATUS_UNKNOWN, TIME_UNKNOWN,
		    "no return of %s to an earlier version is on record, "
		    "which is less than 30 days long", d.where->name);
	else
		item_say(i, STATUS_CRIT, TIME_UNKNOWN,
		    "%s was not brought back to an earlier version for 30 "
		    "days", d.where->name);
}

/* --- backups ---------------------------------------------------------------------- */

static int64_t
max_age(const struct backup_series *b)
{
	return b->max_age_ms > 0 ? b->max_age_ms : DAY_MS;
}

static bool
is_young(const struct sight *s, const struct backup_series *series,
    const struct backup *b)
{
	return b && b->taken_at != TIME_UNKNOWN &&
	    s->now - b->taken_at <= max_age(series);
}

/* One series, of which the newest backup was listed lately. */
static void
judge_series(const struct sight *s, const struct backup_series *series,
    struct checklist_item *i)
{
	const struct backup *newest = backup_newest(series, RUNG_LISTED);
	const struct backup *read = backup_newest(series, RUNG_READ);
	char age[CLOCK_TEXT_MAX], limit[CLOCK_TEXT_MAX];

	if (!newest)
		item_say(i, STATUS_CRIT, series->seen.observed_at,
		    "%s: there is no backup", series->kind);
	else if (newest->taken_at == TIME_UNKNOWN)
		item_say(i, STATUS_UNKNOWN, series->seen.observed_at,
		    "%s: the newest has no known age", series->kind);
	else if (!is_young(s, series, newest))
		item_say(i, STATUS_CRIT, newest->taken_at,
		    "%s: the newest is %s old, at most %s is allowed",
		    series->kind, clock_age(s->now - newest->taken_at, age),
		    clock_age(max_age(series), limit));
	else if (newest->size == SIZE_EMPTY ||
	    (newest->failure && newest->verified_at != TIME_UNKNOWN))
		item_say(i, STATUS_CRIT, newest->taken_at,
		    "%s: the newest is bad: %s", series->kind,
		    newest->failure ? newest->failure : "it is empty");
	else if (!is_young(s, series, read))
		item_say(i, STATUS_WARN, newest->taken_at,
		    "%s: %s old, but only %s: none so young was fully read",
		    series->kind, clock_age(s->now - newest->taken_at, age),
		    rung_name(newest->rung));
	else
		item_say(i, STATUS_OK, read->taken_at, "%s: %s old, %s",
		    series->kind, clock_age(s->now - read->taken_at, age),
		    rung_name(read->rung));
}

/* A finding weighs more than not knowing: it needs a reason to pass over. */
static int
weight(enum status s)
{
	static const int weights[] = {[STATUS_OK] = 0, [STATUS_UNKNOWN] = 1,
		[STATUS_WARN] = 2, [STATUS_CRIT] = 3};

	return weights[s];
}

/* The worst series speaks; when all are well, all of them. */
void
item_backup(const struct sight *s, struct checklist_item *i)
{
	const struct environment *env = item_environment(i, s);
	struct checklist_item one = {.evidence_at = TIME_UNKNOWN}, all = one;
	size_t k;

	if (!env)
		return;
	if (env->backup_count == 0) {
		item_say(i, STATUS_UNKNOWN, TIME_UNKNOWN,
		    "no backups of %s are configured", env->name);
		return;
	}
	for (k = 0; k < env->backup_count; k++) {
		const struct backup_series *b = &env->backups[k];

		if (item_seen(&one, s, &b->seen, b->kind))
			judge_series(s, b, &one);
		if (!all.text || weight(one.status) > weight(all.status))
			item_say(&all, one.status, one.evidence_at, "%s",
			    one.text);
		else if (one.status == STATUS_OK && all.status == STATUS_OK)
			item_say(&all, STATUS_OK, one.evidence_at <
			    all.evidence_at ? one.evidence_at :
			    all.evidence_at, "%s; %s", all.text, one.text);
	}
	item_say(i, all.status, all.evidence_at, "%s", all.text);
	free(one.text);
	free(all.text);
}

/* --- a reviewer ------------------------------------------------------------------- */

/* Who GitHub, or over ssh this machine, says deploys. */
static const char *
deployer(const struct sight *s)
{
	const char *via = s->run->via;

	return via && strcmp(via, "github") == 0 ?
	    s->model->pipelines.api.login : s->run->who;
}

/* GitHub knows who may approve, not who is there. */
void
item_approver(const struct sight *s, struct checklist_item *i)
{
	const struct pipelines *p = &s->model->pipelines;
	const struct gate *g = pipelines_gate(p, s->run->environment);
	const char *self = deployer(s);
	int64_t at = p->seen.observed_at;
	bool alone;

	if (!item_seen(i, s, &p->seen, "GitHub"))
		return;
	if (!g || g->reviewed == TRI_UNKNOWN) {
		item_say(i, STATUS_UNKNOWN, at,
		    "not known who may approve %s", s->run->environment);
		return;
	}
	alone = g->prevents_self_review != TRI_NO && g->reviewer_count == 1;
	if (g->reviewed == TRI_NO)
		item_say(i, STATUS_WARN, at, "no gate: GitHub lets anybody "
		    "deploy to %s", s->run->environment);
	else if (g->reviewer_count < 1)
		item_say(i, STATUS_CRIT, at,
		    "an approval is required and nobody may give it");
	else if (alone && (!self || !g->reviewers))
		item_say(i, STATUS_UNKNOWN, at, "one reviewer, and not known "
		    "whether it is who deploys");
	else if (alone && strcasecmp(g->reviewers, self) == 0)
		item_say(i, STATUS_CRIT, at,
		    "only %s may approve, and not their own deployment",
		    g->reviewers);
	else
		item_say(i, STATUS_OK, at, "may approve: %s",
		    g->reviewers ? g->reviewers : "several");
}

/* --- the business ------------------------------------------------------------------ */

void
item_calendar(const struct sight *s, struct checklist_item *i)
{
	const struct calendar *c = &s->model->calendar;
	char from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX];
	struct calendar_slot slot;

	if (!item_seen(i, s, &c->seen, "the calendar"))
		return;
	/* What was read before is no answer when the file is bad now. */
	if (c->seen.error) {
		item_say(i, STATUS_UNKNOWN, c->seen.observed_at, "%s",
		    c->seen.error);
		return;
	}
	if (!calendar_next(c, s->now, AHEAD_MS, &slot)) {
		item_say(i, STATUS_OK, c->seen.observed_at,
		    "nothing now, nor within the next hour");
		return;
	}
	clock_time_of_day(slot.start, from);
	clock_time_of_day(slot.end, to);
	item_say(i, STATUS_CRIT, c->seen.observed_at,
	    slot.end - slot.start > DAY_MS ? "%s: a slot of several days, "
	    "begun at %.5s, until %.5s" : "%s from %.5s to %.5s", slot.what,
	    from, to);
}
