/* What came of a deploy, once its steps are done. */
#include "run/checklist-items.h"

#include <math.h>

#include "base/alloc.h"
#include "base/buf.h"

#define SETTLE_MS (INT64_C(5) * 60 * 1000)	/* "après charge initiale" */
#define CPU_MAX 50
#define MEMORY_MAX 70

/* --- the run's own smoke tests ------------------------------------------------- */

static bool
is_smoke(const struct run_step *t)
{
	return strcmp(t->verb, "smoke") == 0 || strcmp(t->verb, "http") == 0;
}

void
item_smoke(const struct sight *s, struct checklist_item *i)
{
	const struct run *r = s->run;
	int64_t at = TIME_UNKNOWN;
	size_t k, done = 0;

	for (k = 0; k < r->step_count && &r->steps[k] != s->step; k++) {
		const struct run_step *t = &r->steps[k];

		if (!is_smoke(t) || t->phase == PHASE_SKIPPED)
			continue;
		if (t->phase == PHASE_FAILED) {
			item_say(i, STATUS_CRIT, t->ended_at, "%s failed: %s",
			    t->id, t->error ? t->error : "");
			return;
		}
		if (t->phase != PHASE_DONE) {
			item_say(i, STATUS_UNKNOWN, t->ended_at, "%s is %s",
			    t->id, phase_name(t->phase));
			return;
		}
		done++;
		at = t->ended_at;
	}
	if (done > 0)
		item_say(i, STATUS_OK, at, "%zu smoke steps of this run are "
		    "done", done);
	else
		item_say(i, STATUS_UNKNOWN, TIME_UNKNOWN,
		    "this run made no smoke test");
}

/* What a step of one of these names has proved by being done. The runbooks
 * shipped call them so; "smoke" logs in, reads a page and searches. */
static void
proved_by(const struct sight *s, struct checklist_item *i,
    const char *const *steps)
{
	const struct run *r = s->run;
	size_t k, n;

	for (k = 0; k < r->step_count; k++)
		for (n = 0; steps[n]; n++) {
			const struct run_step *t = &r->steps[k];

			if (strcmp(t->id, steps[n]) != 0 || !is_smoke(t))
				continue;
			if (t->phase == PHASE_DONE)
				item_say(i, STATUS_OK, t->ended_at,
				    "the step %s did it: %s", t->id,
				    t->title);
			else if (t->phase == PHASE_FAILED)
				item_say(i, STATUS_CRIT, t->ended_at,
				    "the step %s failed: %s", t->id,
				    t->error ? t->error : "");
			else
				continue;
			return;
		}
	item_say(i, STATUS_UNKNOWN, TIME_UNKNOWN,
	    "no step of this run tried it");
}

void
item_docmost_login(const struct sight *s, struct checklist_item *i)
{
	proved_by(s, i, (const char *const[]){"smoke", "docmost-login",
	    NULL});
}

void
item_baserow_login(const struct sight *s, struct checklist_item *i)
{
	proved_by(s, i, (const char *const[]){"baserow", "baserow-login",
	    NULL});
}

void
item_pages(const struct sight *s, struct checklist_item *i)
{
	proved_by(s, i, (const char *const[]){"smoke", "pages", NULL});
}

/* --- services -------------------------------------------------------------------- */

/* What the engine tells against a service; NULL for nothing. */
static char *
trouble(const struct service *v)
{
	if (v->oom_killed == TRI_YES)
		return xasprintf("%s ran out of memory", v->name);
	if (v->state == CONTAINER_RUNNING && v->health == HEALTH_UNHEALTHY)
		return xasprintf("%s is unhealthy%s%s", v->name,
		    v->health_log ? ": " : "",
		    v->health_log ? v->health_log : "");
	if (v->state == CONTAINER_EXITED || v->state == CONTAINER_DEAD ||
	    v->state == CONTAINER_RESTARTING)
		return xasprintf("%s is %s", v->name,
		    container_state_name(v->state));
	return NULL;
}

/* Restarted by its engine since it was made, which was in this run. */
static bool
has_restarted(const struct sight *s, const struct service *v)
{
	return v->restarts > 0 && v->created_at != TIME_UNKNOWN &&
	    v->created_at >= s->run->started_at;
}

/* The engine's word on each service counts against it. It is none on the log
 * lines, which nothing here has read: those are for a person. */
void
item_logs(const struct sight *s, struct checklist_item *i)
{
	const struct environment *env = item_environment(i, s);
	int64_t at = env ? env->sources[SOURCE_ENGINE].observed_at :
	    TIME_UNKNOWN;
	size_t k;

	if (!env || !item_seen(i, s, &env->sources[SOURCE_ENGINE],
	    "the engine"))
		return;
	for (k = 0; k < env->service_count; k++) {
		const struct service *v = &env->services[k];
		char *what = trouble(v);

		if (!what && has_restarted(s, v))
			what = xasprintf("%s has restarted %d times since it "
			    "was made", v->name, v->restarts);
		if (!what)
			continue;
		item_say(i, STATUS_CRIT, at, "%s", what);
		free(what);
		return;
	}
	item_say(i, STATUS_UNKNOWN, at, "none of %zu services has exited, "
	    "restarted, run out of memory or is unhealthy; the log lines of "
	    "the last 5 minutes were not read", env->service_count);
}

/* --- figures ---------------------------------------------------------------------- */

void
item_metrics(const struct sight *s, struct checklist_item *i)
{
	const struct environment *env = item_environment(i, s);
	const struct host *h = env ? &env->host : NULL;
	char left[CLOCK_TEXT_MAX];
	int64_t over;

	if (!env || !item_seen(i, s, &env->sources[SOURCE_HOST], "the host"))
		return;
	over = s->step->started_at + SETTLE_MS;
	if (isnan(h->cpu_percent) || isnan(h->memory_percent))
		item_say(i, STATUS_UNKNOWN, TIME_UNKNOWN,
		    "cpu and memory of the host are not known");
	else if (s->now < over)
		item_say(i, STATUS_UNKNOWN,
		    env->sources[SOURCE_HOST].observed_at,
		    "cpu %.0f %%, memory %.0f %%; the first load is over in %s",
		    h->cpu_percent, h->memory_percent,
		    clock_span(over - s->now, left));
	else
		item_say(i, h->cpu_percent < CPU_MAX &&
		    h->memory_percent < MEMORY_MAX ? STATUS_OK : STATUS_CRIT,
		    env->sources[SOURCE_HOST].observed_at,
		    "cpu %.0f %% (below %d), memory %.0f %% (below %d)",
		    h->cpu_percent, CPU_MAX, h->memory_percent, MEMORY_MAX);
}
