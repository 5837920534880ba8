/* The runs of the configured workflows, as they come in pages. */
#include "source/github-private.h"

#include "base/alloc.h"
#include "model/tables.h"

enum {
	RUNS_SHOWN = 20,	/* of a workflow; more when they have not
				 * ended */
	RUNS_KEPT_MAX = 100,
	LIVELY_WAIT_MS = 3600000,
};

/* --- which run is which --------------------------------------------------- */

struct pipeline_run *
github_find_run(struct github *g, int64_t id, struct workflow **of)
{
	struct pipelines *p = github_pipelines(g);
	size_t i, j;

	for (i = 0; i < p->workflow_count; i++)
		for (j = 0; j < p->workflows[i].run_count; j++)
			if (p->workflows[i].runs[j].id == id) {
				if (of)
					*of = &p->workflows[i];
				return &p->workflows[i].runs[j];
			}
	return NULL;
}

static bool
running(const struct pipeline_run *r)
{
	return r->state == RUN_QUEUED || r->state == RUN_IN_PROGRESS;
}

bool
github_lively(struct github *g, int64_t now)
{
	struct pipelines *p = github_pipelines(g);
	size_t i, j;

	for (i = 0; i < p->workflow_count; i++)
		for (j = 0; j < p->workflows[i].run_count; j++) {
			const struct pipeline_run *r =
			    &p->workflows[i].runs[j];

			if (running(r) || (r->state == RUN_WAITING &&
			    now - r->updated_at < LIVELY_WAIT_MS))
				return true;
		}
	return false;
}

/* --- merging what was answered into what is known ------------------------- */

/* A run that is run again keeps its number. */
static int
newer_first(const void *a, const void *b)
{
	const struct pipeline_run *x = a, *y = b;

	if (x->number != y->number)
		return (x->number < y->number) - (x->number > y->number);
	return (x->id < y->id) - (x->id > y->id);
}

static void
has_news(struct github *g, const struct workflow *w,
    const struct pipeline_run *r)
{
	if (r->commit)
		github_touch(g, r->commit);
	if (w->environment)
		g->stirred = true;
}

/* What it owned has another owner. */
static void
leave_empty(struct pipeline_run *r)
{
	memset(r, 0, sizeof(*r));
	fields_init(r, runs_list.fields, 0);
}

/* The run as answered takes the place of the one that was known; what the
 * answer does not say of the same attempt stays. */
static void
replace_run(struct github *g, const struct workflow *w,
    struct pipeline_run *old, struct pipeline_run *fresh)
{
	if (old->state != fresh->state || old->attempt != fresh->attempt ||
	    old->updated_at != fresh->updated_at)
		has_news(g, w, fresh);
	if (old->attempt == fresh->attempt) {
		fresh->jobs = old->jobs;
		fresh->job_count = old->job_count;
		fresh->duration_ms = old->duration_ms;
		old->jobs = NULL;
		old->job_count = 0;
	}
	fields_release(old, runs_list.fields, 0);
	*old = *fresh;
	leave_empty(fresh);
}

static void
merge_run(struct github *g, struct workflow *w, struct pipeline_run *fresh)
{
	size_t i, n = w->run_count;

	for (i = 0; i < n; i++)
		if (w->runs[i].id == fresh->id) {
			replace_run(g, w, &w->runs[i], fresh);
			return;
		}
	w->runs = xreallocarray(w->runs, n + 1, sizeof(*w->runs));
	w->runs[n] = *fresh;
	w->run_count = n + 1;
	has_news(g, w, fresh);
	leave_empty(fresh);
}

static void
remove_run(struct workflow *w, size_t i)
{
	fields_release(&w->runs[i], runs_list.fields, 0);
	memmove(&w->runs[i], &w->runs[i + 1],
	    (--w->run_count - i) * sizeof(*w->runs));
}

static bool
has_run(const struct github_runs *runs, int64_t id)
{
	size_t i;

	for (i = 0; i < runs->count; i++)
		if (runs->items[i].run.id == id)
			return true;
	return false;
}

void
github_forget_run(struct github *g, int64_t id)
{
	struct workflow *w = NULL;
	struct pipeline_run *r = github_find_run(g, id, &w);

	if (r)
		remove_run(w, (size_t)(r - w->runs));
}

/* The page of the newest runs has none that is older than this. */
static int64_t
oldest_of(const struct github_runs *page)
{
	int64_t oldest = INT64_MAX;
	size_t i;

	if (page->count < GITHUB_RUNS_PAGE)
		return INT64_MIN;
	for (i = 0; i < page->count; i++)
		if (page->items[i].run.created_at < oldest)
			oldest = page->items[i].run.created_at;
	return oldest;
}

/* What the page of the newest must have, and has not, was deleted; what is
 * older and has not ended is looked at by itself. */
static void
look_for_others(struct github *g, const struct github_runs *page)
{
	struct pipelines *p = github_pipelines(g);
	int64_t oldest = oldest_of(page);
	size_t i, j;

	for (i = 0; i < p->workflow_count; i++) {
		struct workflow *w = &p->workflows[i];

		for (j = w->run_count; j-- > 0;) {
			if (has_run(page, w->runs[j].id))
				continue;
			if (w->runs[j].created_at > oldest)
				remove_run(w, j);
			else if (!run_state_ended(w->runs[j].state))
				github_ask(g, PART_RUN, w->runs[j].id, NULL);
		}
	}
}

static void
put_in_order(struct workflow *w)
{
	size_t i = w->run_count;

	if (i)
		qsort(w->runs, i, sizeof(*w->runs), newer_first);
	while (i-- > RUNS_SHOWN)
		if (i >= RUNS_KEPT_MAX || run_state_ended(w->runs[i].state))
			remove_run(w, i);
}

static void
merge_all(struct github *g, struct github_runs *runs)
{
	struct pipelines *p = github_pipelines(g);
	size_t i, j;

	for (i = 0; i < p->workflow_count; i++) {
		for (j = 0; j < runs->count; j++)
			if (runs->items[j].file && strcmp(runs->items[j].file,
			    p->workflows[i].file) == 0)
				merge_run(g, &p->workflows[i],
				    &runs->items[j].run);
		put_in_order(&p->workflows[i]);
	}
}

int
github_take_runs(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	struct github_runs runs = {NULL, 0};
	int result = 0;
	size_t i;

	for (i = 0; i < a->page_count && result == 0; i++)
		result = github_runs_parse(a->pages[i], &runs, e);
	if (result == 0 && q->part == PART_RUNS) {
		look_for_others(g, &runs);
		g->runs_read = true;
	}
	/* What is merged is empty afterwards. */
	if (result == 0)
		merge_all(g, &runs);
	github_runs_release(&runs);
	return result;
}
