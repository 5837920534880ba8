/* What there is to ask, and what GitHub lists of the repository. */
#include "source/github-private.h"

#include "base/alloc.h"
#include "base/text.h"
#include "model/tables.h"

/* --- what the token may do ------------------------------------------------ */

static const struct {
	const char *name, *needed_for;
} permits[PERMITS] = {
	[PERMIT_ACTIONS] = {"Actions: read",
	    "workflows, runs, approvals and environments"},
	[PERMIT_DEPLOYMENTS] = {"Deployments: read",
	    "what was deployed where"},
	[PERMIT_APPROVE] = {"Deployments: write", "approving a deployment"},
	[PERMIT_CHECKS] = {"Checks: read", "the checks of a commit"},
	[PERMIT_STATUSES] = {"Commit statuses: read",
	    "the checks of a commit that come from elsewhere"},
	[PERMIT_CONTENTS] = {"Contents: read", "branches and tags"},
	[PERMIT_ISSUES] = {"Issues: read",
	    "open pull requests with the critical label"},
	[PERMIT_RUNNERS] = {"Administration: read", "self-hosted runners"},
};

void
github_permitted(struct github *g, enum github_permit p, enum tri yes)
{
	if (p == PERMIT_NONE)
		return;
	github_pipelines(g)->permissions[p].granted = yes;
	if (yes == TRI_NO)
		g->denied |= 1u << p;
	else
		g->denied &= ~(1u << p);
}

/* --- as configured -------------------------------------------------------- */

const char *
github_our_environment(const struct github *g, const char *theirs)
{
	size_t i;

	for (i = 0; i < g->c->environment_count; i++) {
		const struct conf_environment *e = &g->c->environments[i];

		if (e->github_environment &&
		    strcmp(e->github_environment, theirs) == 0)
			return e->name;
	}
	return NULL;
}

bool
github_is_deployed(const struct github *g, const char *environment)
{
	const struct conf_github *c = &g->c->github;
	size_t i;

	for (i = 0; i < c->workflow_count; i++)
		if (c->workflows[i].environment &&
		    strcmp(c->workflows[i].environment, environment) == 0)
			return true;
	return false;
}

static void
configure_workflow(struct pipelines *p, struct workflow *w,
    const struct conf_workflow *c)
{
	size_t i;

	xstrset(&w->file, c->file);
	for (i = 0; i < p->workflow_count; i++) {
		struct workflow *old = &p->workflows[i];

		if (strcmp(old->file, c->file) != 0)
			continue;
		w->runs = old->runs;
		w->run_count = old->run_count;
		w->name = old->name;
		w->exists = old->exists;
		old->runs = NULL;
		old->run_count = 0;
		old->name = NULL;
	}
	w->role = workflow_role_parse(c->role);
	xstrset(&w->environment, c->environment);
	xstrset(&w->trigger, c->trigger);
	xstrset(&w->blocks, c->blocks);
	w->limit_ms = c->limit_ms;
	w->approval = c->approval;
	w->status = github_workflow_status(w);
}

void
github_configure(struct github *g)
{
	const struct conf_github *c = &g->c->github;
	struct pipelines *p = github_pipelines(g);
	struct workflow *list = list_new(c->workflow_count, &workflows_list);
	size_t i;

	for (i = 0; i < c->workflow_count; i++)
		configure_workflow(p, &list[i], &c->workflows[i]);
	list_release(p->workflows, p->workflow_count, &workflows_list);
	p->workflows = list;
	p->workflow_count = c->workflow_count;
	if (p->permission_count == PERMITS)
		return;
	list_release(p->permissions, p->permission_count, &permissions_list);
	p->permissions = list_new(PERMITS, &permissions_list);
	p->permission_count = PERMITS;
	for (i = 0; i < PERMITS; i++) {
		p->permissions[i].name = xstrdup(permits[i].name);
		p->permissions[i].needed_for = xstrdup(permits[i].needed_for);
	}
}

/* --- lists that are taken whole ------------------------------------------- */

static int
take_workflows(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	struct pipelines *p = github_pipelines(g);
	struct workflow *list = NULL;
	size_t count = 0, i, j;
	int result = 0;

	(void)q;
	for (i = 0; i < a->page_count && result == 0; i++)
		result = github_workflows_parse(a->pages[i], &list, &count, e);
	for (i = 0; result == 0 && i < p->workflow_count; i++) {
		p->workflows[i].exists = TRI_NO;
		for (j = 0; j < count; j++)
			if (strcmp(list[j].file, p->workflows[i].file) == 0) {
				p->workflows[i].exists = list[j].exists;
				xstrset(&p->workflows[i].name, list[j].name);
			}
	}
	list_release(list, count, &workflows_list);
	return result;
}

static int
take_pulls(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	struct pipelines *p = github_pipelines(g);
	struct pull *list = NULL;
	size_t count = 0, i;
	int result = 0;

	(void)q;
	for (i = 0; i < a->page_count && result == 0; i++)
		result = github_pulls_parse(a->pages[i], &list, &count, e);
	if (result == -1) {
		list_release(list, count, &pulls_list);
		return -1;
	}
	list_release(p->pulls, p->pull_count, &pulls_list);
	p->pulls = list;
	p->pull_count = count;
	p->pulls_known = TRI_YES;
	return 0;
}

static int
take_runners(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	struct pipelines *p = github_pipelines(g);
	struct runner *list = NULL;
	size_t count = 0, i;
	int result = 0;

	(void)q;
	for (i = 0; i < a->page_count && result == 0; i++)
		result = github_runners_parse(a->pages[i], &list, &count, e);
	if (result == -1) {
		list_release(list, count, &runners_list);
		return -1;
	}
	list_release(p->runners, p->runner_count, &runners_list);
	p->runners = list;
	p->runner_count = count;
	return 0;
}

/* A classic token tells its scopes, a fine-grained one keeps what it may write
 * to itself. */
static bool
has_scope(const char *scopes, const char *scope)
{
	size_t n = strlen(scope), len;

	while (*scopes) {
		scopes += strspn(scopes, ", ");
		len = strcspn(scopes, ", ");
		if (len == n && strncmp(scopes, scope, n) == 0)
			return true;
		scopes += len;
	}
	return false;
}

static int
take_user(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	struct github_api *api = &github_pipelines(g)->api;

	(void)q;
	(void)e;
	xstrset(&api->login, NULL);
	api->login = a->page_count ? github_login_parse(a->pages[0]) : NULL;
	if (a->scopes && *a->scopes)
		github_permitted(g, PERMIT_APPROVE, has_scope(a->scopes,
		    "repo") || has_scope(a->scopes, "repo_deployment") ?
		    TRI_YES : TRI_NO);
	return 0;
}

/* That it was answered is all that is wanted. */
static int
take_branch(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	(void)g;
	(void)q;
	(void)a;
	(void)e;
	return 0;
}

/* --- the questions -------------------------------------------------------- */

#define REPO "/repos/%R"

const struct github_part github_parts[PARTS] = {
	[PART_RUNS] = {"the runs", REPO "/actions/runs?per_page=50", 1,
	    PERMIT_ACTIONS, false, github_take_runs},
	[PART_RUNS_WAITING] = {"the waiting runs",
	    REPO "/actions/runs?status=waiting&per_page=30", 1,
	    PERMIT_ACTIONS, false, github_take_runs},
	[PART_RUNS_OF] = {"the runs of a workflow",
	    REPO "/actions/workflows/%N/runs?per_page=10", 1, PERMIT_ACTIONS,
	    true, github_take_runs},
	[PART_RUN] = {"a run", REPO "/actions/runs/%I", 1, PERMIT_ACTIONS,
	    true, github_take_runs},
	[PART_WORKFLOWS] = {"the workflows",
	    REPO "/actions/workflows?per_page=100", 3, PERMIT_ACTIONS, false,
	    take_workflows},
	[PART_ENVIRONMENTS] = {"the environments",
	    REPO "/environments?per_page=100", 3, PERMIT_ACTIONS, false,
	    github_take_environments},
	[PART_POLICIES] = {"the branch policies of an environment",
	    REPO "/environments/%N/deployment-branch-policies?per_page=100",
	    1, PERMIT_ACTIONS, true, github_take_policies},
	[PART_JOBS] = {"the jobs of a run",
	    REPO "/actions/runs/%I/jobs?per_page=100", 3, PERMIT_ACTIONS,
	    true, github_take_jobs},
	[PART_PENDING] = {"the approvals of a run",
	    REPO "/actions/runs/%I/pending_deployments", 1, PERMIT_ACTIONS,
	    true, github_take_pending},
	[PART_DEPLOYMENTS] = {"the deployments",
	    REPO "/deployments?environment=%N&per_page=5", 1,
	    PERMIT_DEPLOYMENTS, false, github_take_deployments},
	[PART_STATUSES] = {"the statuses of a deployment",
	    REPO "/deployments/%I/statuses?per_page=30", 1,
	    PERMIT_DEPLOYMENTS, true, github_take_statuses},
	[PART_CHECK_RUNS] = {"the check runs of a commit",
	    REPO "/commits/%N/check-runs?per_page=100", 3, PERMIT_CHECKS,
	    true, github_take_check_runs},
	[PART_COMBINED] = {"the statuses of a commit",
	    REPO "/commits/%N/status?per_page=100", 3, PERMIT_STATUSES, true,
	    github_take_combined},
	[PART_E2E] = {"the end-to-end tests of a commit",
	    REPO "/actions/workflows/%E/runs?head_sha=%N&per_page=5", 1,
	    PERMIT_ACTIONS, true, github_take_e2e},
	[PART_CHECKED] = {"the checks of a commit", NULL, 0, PERMIT_NONE,
	    true, github_take_checked},
	[PART_PULLS] = {"the pull requests",
	    REPO "/issues?state=open&labels=%L&per_page=100", 3,
	    PERMIT_ISSUES, false, take_pulls},
	[PART_RUNNERS] = {"the runners", REPO "/actions/runners?per_page=100",
	    3, PERMIT_RUNNERS, false, take_runners},
	[PART_USER] = {"the token's owner", "/user", 1, PERMIT_NONE, true,
	    take_user},
	[PART_BRANCH] = {"the branch", REPO "/branches/%N", 1,
	    PERMIT_CONTENTS, true, take_branch},
	[PART_SHOW] = {"the jobs of a run",
	    REPO "/actions/runs/%I/jobs?per_page=100", 3, PERMIT_ACTIONS,
	    true, github_take_show},
};

static void
plan_lists(struct github *g)
{
	github_ask(g, PART_RUNS, 0, NULL);
	if (!g->slow)
		return;
	github_ask(g, PART_RUNS_WAITING, 0, NULL);
	github_ask(g, PART_WORKFLOWS, 0, NULL);
	github_ask(g, PART_ENVIRONMENTS, 0, NULL);
}

/* Those that seldom run are not among the newest runs of all. */
static void
plan_rare(struct github *g)
{
	struct pipelines *p = github_pipelines(g);
	size_t i;

	for (i = 0; g->slow && i < p->workflow_count; i++)
		if (p->workflows[i].run_count == 0 &&
		    p->workflows[i].exists != TRI_NO)
			github_ask(g, PART_RUNS_OF, 0, p->workflows[i].file);
}

static void
plan_details(struct github *g)
{
	size_t i;

	github_plan_runs(g);
	for (i = 0; i < g->c->environment_count; i++) {
		const struct conf_environment *e = &g->c->environments[i];

		if ((g->slow || g->stirred) && e->github_environment &&
		    github_is_deployed(g, e->name))
			github_ask(g, PART_DEPLOYMENTS, 0,
			    e->github_environment);
	}
	github_plan_checks(g);
	if (!g->slow)
		return;
	github_ask(g, PART_USER, 0, NULL);
	github_ask(g, PART_PULLS, 0, NULL);
	github_ask(g, PART_RUNNERS, 0, NULL);
	if (g->c->repository.branch)
		github_ask(g, PART_BRANCH, 0, g->c->repository.branch);
}

github_plan_fn *const github_plans[GITHUB_PLANS] = {plan_lists, plan_rare,
	plan_details};
