/* What ran on the commits that matter: checks, statuses, end-to-end tests. */
#include "source/github-private.h"

#include "base/alloc.h"
#include "model/tables.h"

enum {
	RELEASES_CHECKED = 8,
	COMMITS_MAX = 20,
	OLD_MS = 3600000,	/* well is believed for so long */
};

struct commits {
	const char *items[COMMITS_MAX];
	size_t count;
};

/* --- which commits -------------------------------------------------------- */

static void
add(struct commits *c, const char *commit)
{
	size_t i;

	if (!commit || !*commit || c->count >= COMMITS_MAX)
		return;
	for (i = 0; i < c->count; i++)
		if (strcmp(c->items[i], commit) == 0)
			return;
	c->items[c->count++] = commit;
}

/* The head of the branch, what runs somewhere, and the newest versions. */
static struct commits
commits_of(const struct model *m)
{
	const struct releases *all = &m->releases;
	struct commits c = {.count = 0};
	size_t i, versions = 0;

	add(&c, all->head);
	for (i = 0; i < m->environment_count; i++)
		add(&c, m->environments[i].version.commit);
	for (i = 0; i < all->count && versions < RELEASES_CHECKED; i++)
		if (all->items[i].version) {
			add(&c, all->items[i].commit);
			versions++;
		}
	return c;
}

static struct commit_checks *
find(struct pipelines *p, const char *commit)
{
	size_t i;

	for (i = 0; i < p->check_count; i++)
		if (strcmp(p->checks[i].commit, commit) == 0)
			return &p->checks[i];
	return NULL;
}

/* One entry for each, in their order; what is known moves along. */
static void
arrange(struct pipelines *p, const struct commits *c)
{
	struct commit_checks *list = list_new(c->count, &checks_list), *old;
	size_t i;

	for (i = 0; i < c->count; i++) {
		old = find(p, c->items[i]);
		if (old) {
			struct commit_checks blank = list[i];

			list[i] = *old;
			*old = blank;
			xstrset(&old->commit, "");
		} else {
			xstrset(&list[i].commit, c->items[i]);
		}
	}
	list_release(p->checks, p->check_count, &checks_list);
	p->checks = list;
	p->check_count = c->count;
}

/* --- what must be asked --------------------------------------------------- */

void
github_touch(struct github *g, const char *commit)
{
	if (g->touched_count < GITHUB_TOUCHED_MAX)
		g->touched[g->touched_count++] = xstrdup(commit);
}

bool
github_is_touched(const struct github *g, const char *commit)
{
	size_t i;

	for (i = 0; i < g->touched_count; i++)
		if (strcmp(g->touched[i], commit) == 0)
			return true;
	return false;
}

/* What once ended is asked seldom: a run that is run again is seen in the list
 * of runs, which touches its commit. */
static bool
is_due(const struct github *g, const struct commit_checks *c)
{
	if (c->observed_at == TIME_UNKNOWN || github_is_touched(g, c->commit))
		return true;
	return g->slow && (c->ci != RUN_SUCCESS ||
	    clock_wall() - c->observed_at > OLD_MS);
}

static const struct pipeline_run *
newest_run(const struct pipelines *p, enum workflow_role role,
    const char *commit)
{
	const struct pipeline_run *best = NULL;
	size_t i, j;

	for (i = 0; i < p->workflow_count; i++) {
		const struct workflow *w = &p->workflows[i];

		for (j = 0; w->role == role && j < w->run_count; j++) {
			const struct pipeline_run *r = &w->runs[j];

			if (r->commit && strcmp(r->commit, commit) == 0 &&
			    r->state != RUN_SKIPPED &&
			    (!best || r->created_at > best->created_at))
				best = r;
		}
	}
	return best;
}

const char *
github_e2e_file(const struct github *g)
{
	const struct conf_github *c = &g->c->github;
	size_t i;

	for (i = 0; i < c->workflow_count; i++)
		if (workflow_role_parse(c->workflows[i].role) == WORKFLOW_E2E)
			return c->workflows[i].file;
	return NULL;
}

void
github_plan_checks(struct github *g)
{
	struct pipelines *p = github_pipelines(g);
	struct commits c = commits_of(g->w->model);
	size_t i;

	arrange(p, &c);
	for (i = 0; i < p->check_count; i++) {
		const char *commit = p->checks[i].commit;

		if (!is_due(g, &p->checks[i]))
			continue;
		github_ask(g, PART_CHECK_RUNS, 0, commit);
		github_ask(g, PART_COMBINED, 0, commit);
		if (github_e2e_file(g) &&
		    !newest_run(p, WORKFLOW_E2E, commit))
			github_ask(g, PART_E2E, 0, commit);
		github_ask(g, PART_CHECKED, 0, commit);
	}
}

/* --- the answers ---------------------------------------------------------- */

/* A deployment that waits or fails says nothing of the commit's quality, and
 * the end-to-end tests are told apart. */
static bool
is_check(void *arg, int64_t run)
{
	struct workflow *w = NULL;

	return run == -1 || !github_find_run(arg, run, &w) ||
	    w->role == WORKFLOW_CI || w->role == WORKFLOW_OTHER;
}

int
github_take_check_runs(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	size_t i;

	(void)q;
	for (i = 0; i < a->page_count; i++)
		if (github_check_runs_parse(a->pages[i], &g->counting,
		    is_check, g, e) == -1)
			return -1;
	g->counted = true;
	return 0;
}

int
github_take_combined(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	size_t i;

	(void)q;
	for (i = 0; i < a->page_count; i++)
		if (github_combined_parse(a->pages[i], &g->counting, e) == -1)
			return -1;
	return 0;
}

int
github_take_e2e(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	struct github_runs runs = {NULL, 0};
	const struct pipeline_run *best = NULL;
	size_t i;

	for (i = 0; i < a->page_count; i++)
		if (github_runs_parse(a->pages[i], &runs, e) == -1) {
			github_runs_release(&runs);
			return -1;
		}
	/* The answer is for that commit; a server that does not know the
	 * filter must not make others' tests its own. */
	for (i = 0; i < runs.count && !best; i++)
		if (runs.items[i].run.commit &&
		    strcmp(runs.items[i].run.commit, q->name) == 0)
			best = &runs.items[i].run;
	if (best) {
		g->counting.e2e = best->state;
		g->counting.e2e_at = best->updated_at;
	}
	github_runs_release(&runs);
	return 0;
}

/* Statuses alone are half the truth: without the check runs, `ci` is what the
 * run of the CI workflow says (see github_judge_checks()). */
int
github_take_checked(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	struct commit_checks *c = find(github_pipelines(g), q->name);
	struct commit_checks *n = &g->counting;

	(void)a;
	(void)e;
	if (c) {
		if (g->counted)
			github_checks_finish(n);
		n->commit = xstrdup(q->name);
		n->observed_at = clock_wall();
		if (n->e2e == RUN_UNKNOWN) {
			n->e2e = c->e2e;
			n->e2e_at = c->e2e_at;
		}
		fields_release(c, checks_list.fields, 0);
		*c = *n;
		*n = (struct commit_checks){.commit = NULL};
	}
	fields_release(n, checks_list.fields, 0);
	g->counted = false;
	return 0;
}

void
github_judge_checks(struct github *g)
{
	struct pipelines *p = github_pipelines(g);
	const struct pipeline_run *r;
	size_t i;

	for (i = 0; i < p->check_count; i++) {
		struct commit_checks *c = &p->checks[i];

		r = newest_run(p, WORKFLOW_E2E, c->commit);
		if (r) {
			c->e2e = r->state;
			c->e2e_at = r->updated_at;
		}
		r = newest_run(p, WORKFLOW_CI, c->commit);
		if (r && p->permissions[PERMIT_CHECKS].granted == TRI_NO)
			c->ci = r->state;
	}
}
