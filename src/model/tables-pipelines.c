/* What GitHub knows. */
#include "model/tables.h"

#include "model/tables-macros.h"

#define RUN_STATE(s, m) WORD(s, m, run_state, kind_run_state)

#define S struct pipeline_step
static const struct field step_fields[] = {
	{"number", INT(S, number)},
	{"name", TEXT(S, name)},
	{"state", RUN_STATE(S, state)},
	{"started_at", TIME(S, started_at)},
	{"completed_at", TIME(S, completed_at)},
	{0},
};
#undef S

const struct list_of steps_list = {sizeof(struct pipeline_step), 1000,
	step_fields};

#define J struct pipeline_job
static const struct field job_fields[] = {
	{"id", COUNT(J, id)},
	{"name", TEXT(J, name)},
	{"state", RUN_STATE(J, state)},
	{"started_at", TIME(J, started_at)},
	{"completed_at", TIME(J, completed_at)},
	{"runner", TEXT(J, runner)},
	{"steps", LIST(J, steps, step_count, steps_list)},
	{0},
};
#undef J

const struct list_of jobs_list = {sizeof(struct pipeline_job), 1000,
	job_fields};

#define R struct pipeline_run
static const struct field run_fields[] = {
	{"id", COUNT(R, id)},
	{"attempt", INT(R, attempt)},
	{"number", INT(R, number)},
	{"state", RUN_STATE(R, state)},
	{"title", TEXT(R, title)},
	{"branch", TEXT(R, branch)},
	{"commit", TEXT(R, commit)},
	{"event", TEXT(R, event)},
	{"actor", TEXT(R, actor)},
	{"url", TEXT(R, url)},
	{"created_at", TIME(R, created_at)},
	{"started_at", TIME(R, started_at)},
	{"updated_at", TIME(R, updated_at)},
	{"duration_ms", COUNT(R, duration_ms)},
	{"jobs", LIST(R, jobs, job_count, jobs_list)},
	{0},
};
#undef R

const struct list_of runs_list = {sizeof(struct pipeline_run), 1000,
	run_fields};

#define W struct workflow
static const struct field workflow_fields[] = {
	{"file", NAME(W, file)},
	{"name", TEXT(W, name)},
	{"status", STATUS(W)},
	{"role", WORD(W, role, workflow_role, kind_workflow_role)},
	{"environment", TEXT(W, environment)},
	{"trigger", TEXT(W, trigger)},
	{"blocks", TEXT(W, blocks)},
	{"limit_ms", COUNT(W, limit_ms)},
	{"approval", BOOL(W, approval)},
	{"exists", TRI(W, exists)},
	{"runs", LIST(W, runs, run_count, runs_list)},
	{0},
};
#undef W

const struct list_of workflows_list = {sizeof(struct workflow), 100,
	workflow_fields};

#define A struct approval
static const struct field approval_fields[] = {
	{"run_id", COUNT(A, run_id)},
	{"workflow", TEXT(A, workflow)},
	{"ref", TEXT(A, ref)},
	{"commit", TEXT(A, commit)},
	{"environment", TEXT(A, environment)},
	{"github_environment", TEXT(A, github_environment)},
	{"environment_id", COUNT(A, environment_id)},
	{"reviewers", TEXT(A, reviewers)},
	{"actor", TEXT(A, actor)},
	{"mine", TRI(A, mine)},
	{"since", TIME(A, since)},
	{0},
};
#undef A

const struct list_of approvals_list = {sizeof(struct approval), 1000,
	approval_fields};

#define G struct gate
static const struct field gate_fields[] = {
	{"environment", NAME(G, environment)},
	{"github_environment", TEXT(G, github_environment)},
	{"exists", TRI(G, exists)},
	{"reviewed", TRI(G, reviewed)},
	{"reviewers", TEXT(G, reviewers)},
	{"reviewer_count", INT(G, reviewer_count)},
	{"prevents_self_review", TRI(G, prevents_self_review)},
	{"admins_bypass", TRI(G, admins_bypass)},
	{"wait_minutes", INT(G, wait_minutes)},
	{"branches", TEXT(G, branches)},
	{0},
};
#undef G

const struct list_of gates_list = {sizeof(struct gate), 100, gate_fields};

#define D struct deployment
static const struct field deployment_fields[] = {
	{"id", COUNT(D, id)},
	{"environment", TEXT(D, environment)},
	{"github_environment", TEXT(D, github_environment)},
	{"ref", TEXT(D, ref)},
	{"commit", TEXT(D, commit)},
	{"creator", TEXT(D, creator)},
	{"state", TEXT(D, state)},
	{"created_at", TIME(D, created_at)},
	{"state_at", TIME(D, state_at)},
	{0},
};
#undef D

const struct list_of deployments_list = {sizeof(struct deployment), 1000,
	deployment_fields};

#define C struct commit_checks
static const struct field check_fields[] = {
	{"commit", NAME(C, commit)},
	{"ci", RUN_STATE(C, ci)},
	{"total", INT(C, total)},
	{"failed", INT(C, failed)},
	{"pending", INT(C, pending)},
	{"failing", TEXT(C, failing)},
	{"e2e", RUN_STATE(C, e2e)},
	{"e2e_at", TIME(C, e2e_at)},
	{"observed_at", TIME(C, observed_at)},
	{0},
};
#undef C

const struct list_of checks_list = {sizeof(struct commit_checks), 1000,
	check_fields};

#define P struct pull
static const struct field pull_fields[] = {
	{"number", INT(P, number)},
	{"title", TEXT(P, title)},
	{"author", TEXT(P, author)},
	{"created_at", TIME(P, created_at)},
	{"draft", TRI(P, draft)},
	{0},
};
#undef P

const struct list_of pulls_list = {sizeof(struct pull), 1000, pull_fields};

#define R struct runner
static const struct field runner_fields[] = {
	{"name", TEXT(R, name)},
	{"os", TEXT(R, os)},
	{"online", TRI(R, online)},
	{"busy", TRI(R, busy)},
	{0},
};
#undef R

const struct list_of runners_list = {sizeof(struct runner), 1000,
	runner_fields};

#define P struct permission
static const struct field permission_fields[] = {
	{"name", NAME(P, name)},
	{"needed_for", TEXT(P, needed_for)},
	{"granted", TRI(P, granted)},
	{0},
};
#undef P

const struct list_of permissions_list = {sizeof(struct permission), 100,
	permission_fields};

#define A struct github_api
static const struct field api_fields[] = {
	{"login", TEXT(A, login)},
	{"trouble", WORD(A, trouble, api_trouble, kind_api_trouble)},
	{"limit", INT(A, limit)},
	{"remaining", INT(A, remaining)},
	{"reset_at", TIME(A, reset_at)},
	{"next_try", TIME(A, next_try)},
	{"requests", COUNT(A, requests)},
	{"not_modified", COUNT(A, not_modified)},
	{0},
};
#undef A

#define P struct pipelines
#define REST .bits = PIPELINES
const struct field pipelines_fields[] = {
	{"seen", OBJECT(P, seen, observation_fields)},
	{"api", OBJECT(P, api, api_fields)},
	{"repository", TEXT(P, repository), REST},
	{"critical_label", TEXT(P, critical_label), REST},
	{"workflows", LIST(P, workflows, workflow_count, workflows_list),
	    REST},
	{"approvals", LIST(P, approvals, approval_count, approvals_list),
	    REST},
	{"gates", LIST(P, gates, gate_count, gates_list), REST},
	{"deployments", LIST(P, deployments, deployment_count,
	    deployments_list), REST},
	{"checks", LIST(P, checks, check_count, checks_list), REST},
	{"pulls", LIST(P, pulls, pull_count, pulls_list), REST},
	{"pulls_known", TRI(P, pulls_known), REST},
	{"runners", LIST(P, runners, runner_count, runners_list), REST},
	{"permissions", LIST(P, permissions, permission_count,
	    permissions_list), REST},
	{0},
};
#undef P
