/* Items of checklists that look after themselves. Two of the plan's have none:
 * a test entry in Baserow and Mermaid diagrams are a person's to look at. */
#include "run/checklist-items.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "model/release.h"

const struct checklist_source checklist_sources[] = {
	{"ci", item_ci},
	{"e2e", item_e2e},
	{"changelog", item_changelog},
	{"migration", item_migration},
	{"rollback-test", item_rollback_test},
	{"pulls", item_pulls},
	{"backup", item_backup},
	{"approver", item_approver},
	{"calendar", item_calendar},
	{"smoke", item_smoke},
	{"docmost-login", item_docmost_login},
	{"baserow-login", item_baserow_login},
	{"pages", item_pages},
	{"logs", item_logs},
	{"metrics", item_metrics},
	{NULL, NULL},
};

void
item_say(struct checklist_item *i, enum status status, int64_t evidence_at,
    const char *fmt, ...)
{
	va_list ap;

	free(i->text);
	va_start(ap, fmt);
	i->text = xvasprintf(fmt, ap);
	va_end(ap);
	i->status = status;
	i->evidence_at = evidence_at;
}

bool
item_seen(struct checklist_item *i, const struct sight *s,
    const struct observation *o, const char *what)
{
	char age[CLOCK_TEXT_MAX];

	if (!o->used)
		item_say(i, STATUS_UNKNOWN, TIME_UNKNOWN,
		    "%s: none is configured", what);
	else if (o->observed_at == TIME_UNKNOWN)
		item_say(i, STATUS_UNKNOWN, TIME_UNKNOWN,
		    "%s: not seen yet%s%s", what, o->error ? ": " : "",
		    o->error ? o->error : "");
	else if (observation_stale(o, s->now))
		item_say(i, STATUS_UNKNOWN, o->observed_at,
		    "%s: last seen %s ago%s%s", what,
		    clock_age(s->now - o->observed_at, age),
		    o->error ? ": " : "", o->error ? o->error : "");
	else
		return true;
	return false;
}

const char *
item_commit(const struct sight *s)
{
	const struct run *r = s->run;
	const struct release *of = r->target ?
	    releases_find(&s->model->releases, r->target) : NULL;

	if (r->target_commit && *r->target_commit)
		return r->target_commit;
	return of ? of->commit : NULL;
}

const struct environment *
item_environment(struct checklist_item *i, const struct sight *s)
{
	if (!s->env)
		item_say(i, STATUS_UNKNOWN, TIME_UNKNOWN,
		    "%s is not observed", s->run->environment);
	return s->env;
}
