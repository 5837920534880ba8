/* The jobs of runs, how long these were at work, who must approve them, and how
 * a workflow fares. */
#include "source/github-private.h"

#include "base/alloc.h"
#include "model/tables.h"

enum { JOBS_ASKED_MAX = 40 };	/* in a round */

/* --- durations ------------------------------------------------------------ */

struct span {
	int64_t from, to;
};

static int
earlier_first(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* When its jobs were at work in this attempt. */
static size_t
spans_of(const struct pipeline_run *r, int64_t now, struct span *spans)
{
	size_t i, n = 0;

	for (i = 0; i < r->job_count; i++) {
		const struct pipeline_job *j = &r->jobs[i];
		int64_t to = j->state == RUN_IN_PROGRESS ? now :
		    j->completed_at;

		if (j->started_at == TIME_UNKNOWN || to < j->started_at ||
		    j->state == RUN_SKIPPED || j->state == RUN_WAITING ||
		    j->state == RUN_QUEUED || to < r->started_at)
			continue;
		spans[n++] = (struct span){j->started_at, to};
	}
	qsort(spans, n, sizeof(*spans), earlier_first);
	return n;
}

/* While a workflow that needs approval has no job at work, it waits for that;
 * in others it waits for a machine, which counts. */
int64_t
github_duration(const struct workflow *w, const struct pipeline_run *r,
    int64_t now)
{
	struct span *spans = xcalloc(r->job_count + 1, sizeof(*spans));
	size_t n = spans_of(r, now, spans), i;
	int64_t total = 0, reached = n ? spans[0].from : 0;

	for (i = 0; i < n; i++) {
		if (spans[i].from > reached && w->approval)
			reached = spans[i].from;
		if (spans[i].to > reached) {
			total += spans[i].to - reached;
			reached = spans[i].to;
		}
	}
	free(spans);
	if (n)
		return total;
	if (w->approval || !run_state_ended(r->state) ||
	    r->started_at == TIME_UNKNOWN || r->updated_at < r->started_at)
		return -1;
	return r->updated_at - r->started_at;
}

/* --- jobs ----------------------------------------------------------------- */

static struct github_settled *
settled(struct github *g, const struct pipeline_run *r)
{
	size_t i;

	for (i = 0; i < GITHUB_SETTLED_MAX; i++)
		if (g->settled[i].id == r->id &&
		    g->settled[i].attempt == r->attempt)
			return &g->settled[i];
	return NULL;
}

static void
settle(struct github *g, const struct pipeline_run *r)
{
	size_t i;

	if (!run_state_ended(r->state) || settled(g, r))
		return;
	for (i = 0; i < r->job_count; i++)
		if (!run_state_ended(r->jobs[i].state))
			return;
	g->settled[g->settled_next++ % GITHUB_SETTLED_MAX] =
	    (struct github_settled){r->id, r->attempt, r->job_count};
}

static int
parse_jobs(const struct github_answer *a, struct pipeline_job **jobs,
    size_t *count, struct err *e)
{
	size_t i;

	*jobs = NULL;
	*count = 0;
	for (i = 0; i < a->page_count; i++)
		if (github_jobs_parse(a->pages[i], jobs, count, e) == -1) {
			list_release(*jobs, *count, &jobs_list);
			return -1;
		}
	return 0;
}

int
github_take_jobs(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	struct workflow *w = NULL;
	struct pipeline_run *r = github_find_run(g, q->id, &w);
	struct pipeline_job *jobs;
	size_t count;

	if (parse_jobs(a, &jobs, &count, e) == -1)
		return -1;
	if (!r) {
		list_release(jobs, count, &jobs_list);
		return 0;
	}
	list_release(r->jobs, r->job_count, &jobs_list);
	r->jobs = jobs;
	r->job_count = count;
	r->duration_ms = github_duration(w, r, clock_wall());
	settle(g, r);
	return 0;
}

/* For somebody who looks at an older run; the model does not keep it. */
int
github_take_show(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	struct github_wait **at = &g->waits, *wait;
	struct workflow *w = NULL;
	struct pipeline_run *r = github_find_run(g, q->id, &w), shown;
	struct pipeline_job *jobs;
	size_t count;

	if (parse_jobs(a, &jobs, &count, e) == -1)
		return -1;
	if (r) {
		shown = *r;
		shown.jobs = jobs;
		shown.job_count = count;
		shown.duration_ms = github_duration(w, &shown, clock_wall());
	}
	while ((wait = *at)) {
		if (wait->id != q->id) {
			at = &wait->next;
			continue;
		}
		*at = wait->next;
		wait->fn(wait->arg, r ? &shown : NULL, r ? NULL :
		    "GitHub has that run no more");
		free(wait);
	}
	list_release(jobs, count, &jobs_list);
	return 0;
}

/* --- approvals ------------------------------------------------------------ */

static void
forget_approvals(struct pipelines *p, bool (*gone)(struct github *g,
    const struct approval *a, int64_t id), struct github *g, int64_t id)
{
	size_t i = p->approval_count;

	while (i-- > 0) {
		if (!gone(g, &p->approvals[i], id))
			continue;
		fields_release(&p->approvals[i], approvals_list.fields, 0);
		memmove(&p->approvals[i], &p->approvals[i + 1],
		    (--p->approval_count - i) * sizeof(*p->approvals));
	}
}

static bool
is_of_run(struct github *g, const struct approval *a, int64_t id)
{
	(void)g;
	return a->run_id == id;
}

static bool
waits_no_more(struct github *g, const struct approval *a, int64_t id)
{
	const struct pipeline_run *r = github_find_run(g, a->run_id, NULL);

	(void)id;
	return !r || r->state != RUN_WAITING;
}

/* It has waited since it was first seen to, not since its run last moved. */
static void
keep_since(const struct pipelines *p, int64_t run, struct approval *a)
{
	size_t i;

	for (i = 0; i < p->approval_count; i++)
		if (p->approvals[i].run_id == run &&
		    p->approvals[i].environment_id == a->environment_id)
			a->since = p->approvals[i].since;
}

static void
add_approval(struct github *g, struct approval *a, const struct workflow *w,
    const struct pipeline_run *r)
{
	struct pipelines *p = github_pipelines(g);

	a->run_id = r->id;
	xstrset(&a->workflow, w->file);
	xstrset(&a->ref, r->branch);
	xstrset(&a->commit, r->commit);
	xstrset(&a->actor, r->actor);
	if (a->github_environment)
		xstrset(&a->environment, github_our_environment(g,
		    a->github_environment));
	if (a->since == TIME_UNKNOWN)
		a->since = r->updated_at;
	p->approvals = xreallocarray(p->approvals, p->approval_count + 1,
	    sizeof(*p->approvals));
	p->approvals[p->approval_count++] = *a;
	*a = (struct approval){.run_id = -1};
}

int
github_take_pending(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	struct workflow *w = NULL;
	struct pipeline_run *r = github_find_run(g, q->id, &w);
	struct approval *list = NULL;
	size_t count = 0, i;
	int result = 0;

	for (i = 0; i < a->page_count && result == 0; i++)
		result = github_approvals_parse(a->pages[i], &list, &count, e);
	if (result == 0) {
		for (i = 0; i < count; i++)
			keep_since(github_pipelines(g), q->id, &list[i]);
		forget_approvals(github_pipelines(g), is_of_run, g, q->id);
		for (i = 0; r && i < count &&
		    github_pipelines(g)->approval_count <
		    approvals_list.max; i++)
			add_approval(g, &list[i], w, r);
	}
	list_release(list, count, &approvals_list);
	return result;
}

/* --- what to ask, and the word for it ------------------------------------- */

static bool
has_job_at_work(const struct pipeline_run *r)
{
	size_t i;

	for (i = 0; i < r->job_count; i++)
		if (!run_state_ended(r->jobs[i].state) &&
		    r->jobs[i].state != RUN_WAITING)
			return true;
	return false;
}

/* Not when they cannot have changed. */
static bool
wants_jobs(struct github *g, const struct pipeline_run *r)
{
	const struct github_settled *known = settled(g, r);

	if (known)
		return known->jobs > r->job_count;
	return r->state != RUN_WAITING || !r->job_count || !r->commit ||
	    has_job_at_work(r) || github_is_touched(g, r->commit);
}

static void
plan_run(struct github *g, struct workflow *w, size_t n, int *budget)
{
	struct pipeline_run *r = &w->runs[n];

	if (run_state_ended(r->state) && n > 0) {
		list_release(r->jobs, r->job_count, &jobs_list);
		r->jobs = NULL;
		r->job_count = 0;
		if (r->duration_ms < 0)
			r->duration_ms = github_duration(w, r, 0);
		return;
	}
	if (wants_jobs(g, r) && (*budget)-- > 0)
		github_ask(g, PART_JOBS, r->id, NULL);
	if (r->state == RUN_WAITING)
		github_ask(g, PART_PENDING, r->id, NULL);
	if (!run_state_ended(r->state) && r->state != RUN_WAITING &&
	    w->environment)
		g->stirred = true;
}

void
github_plan_runs(struct github *g)
{
	struct pipelines *p = github_pipelines(g);
	int budget = JOBS_ASKED_MAX;
	size_t i, j;

	for (i = 0; i < p->workflow_count; i++)
		for (j = 0; j < p->workflows[i].run_count; j++)
			plan_run(g, &p->workflows[i], j, &budget);
	forget_approvals(p, waits_no_more, g, 0);
}

/* That a run was skipped says nothing of the workflow. */
enum status
github_workflow_status(const struct workflow *w)
{
	enum status s;
	size_t i;

	if (w->exists == TRI_NO)
		return STATUS_WARN;
	for (i = 0; i < w->run_count; i++) {
		const struct pipeline_run *r = &w->runs[i];

		if (r->state == RUN_SKIPPED)
			continue;
		s = run_state_status(r->state);
		if (s == STATUS_OK && w->limit_ms > 0 &&
		    r->duration_ms > w->limit_ms)
			s = STATUS_WARN;
		return s;
	}
	return STATUS_UNKNOWN;
}
