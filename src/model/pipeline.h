/*
 * What GitHub knows of the project: the plan's workflows (§3.1) with their
 * runs, who must approve what, deployments, the checks of a commit. Filled by
 * source/github; the texts were cleaned there. Unknown values as in model.h.
 */
#ifndef MODEL_PIPELINE_H
#define MODEL_PIPELINE_H

#include <stddef.h>

#include "model/cause.h"
#include "model/observation.h"

/* GitHub's status and, once a run is completed, its conclusion, as one word:
 * the words of the REST API ("in_progress", "timed_out", …). */
enum run_state {
	RUN_UNKNOWN, RUN_QUEUED, RUN_IN_PROGRESS,
	RUN_WAITING,		/* for an approval or a timer */
	RUN_SUCCESS, RUN_FAILURE, RUN_CANCELLED, RUN_TIMED_OUT, RUN_SKIPPED,
	RUN_NEUTRAL, RUN_ACTION_REQUIRED, RUN_STALE, RUN_STARTUP_FAILURE,
	RUN_STATES,
};

const char *run_state_name(enum run_state s);
enum run_state run_state_parse(const char *word);	/* NULL too: unknown */
/* From the API's two members; conclusion NULL until it is completed. */
enum run_state run_state_of(const char *status, const char *conclusion);
/* Will not change any more. */
bool run_state_ended(enum run_state s);
/* ok: success, neutral, skipped; warn: cancelled, stale, action_required,
 * waiting; crit: failed in any way; unknown: unknown. Running is ok. */
enum status run_state_status(enum run_state s);

struct pipeline_step {
	int number;
	char *name;
	enum run_state state;
	int64_t started_at, completed_at;
};

struct pipeline_job {
	int64_t id;
	char *name;
	enum run_state state;
	int64_t started_at, completed_at;
	char *runner;		/* or NULL */
	struct pipeline_step *steps;
	size_t step_count;
};

struct pipeline_run {
	int64_t id;
	int attempt, number;
	enum run_state state;
	char *title, *branch;	/* branch: also a tag, as GitHub has it */
	char *commit, *event, *actor, *url;
	int64_t created_at, started_at, updated_at;
	int64_t duration_ms;	/* at work, without waiting for approval; -1 */
	/* Of the newest run of each workflow and of all that have not ended. */
	struct pipeline_job *jobs;
	size_t job_count;
};

enum workflow_role {
	WORKFLOW_OTHER, WORKFLOW_CI, WORKFLOW_DEPLOY, WORKFLOW_E2E,
	WORKFLOW_BACKUP_TEST,
	WORKFLOW_ROLES,
};

const char *workflow_role_name(enum workflow_role r);	/* "ci" "deploy" … */
enum workflow_role workflow_role_parse(const char *word);

struct workflow {
	char *file;		/* "deploy-prod.yml" */
	char *name;		/* GitHub's, or NULL */
	enum workflow_role role;
	char *environment;	/* ours, that it deploys; or NULL */
	char *trigger;		/* in the plan's words: "tag v*" */
	char *blocks;		/* what a failure blocks, in the plan's words */
	int64_t limit_ms;	/* longest duration allowed, without approval */
	bool approval;		/* waits for one */
	enum tri exists;	/* at GitHub */
	struct pipeline_run *runs;	/* newest first */
	size_t run_count;
	enum status status;	/* of its newest run, and its duration */
};

/* A run that stands before a gate. */
struct approval {
	int64_t run_id;
	char *workflow;		/* file */
	char *ref, *commit;
	char *github_environment;
	int64_t environment_id;
	char *environment;	/* ours, or NULL */
	char *reviewers;	/* "yan, corentin" */
	char *actor;		/* who started the run */
	enum tri mine;		/* whether the token's owner may approve */
	int64_t since;
};

/* Protection of one of our environments at GitHub (domain facts c). */
struct gate {
	char *environment;	/* ours */
	char *github_environment;
	enum tri exists;
	enum tri reviewed;	/* has required reviewers: NO means no gate */
	char *reviewers;
	int reviewer_count;
	enum tri prevents_self_review;
	enum tri admins_bypass;
	int wait_minutes;	/* timer; -1 unknown */
	char *branches;		/* which refs may deploy, in words; or NULL */
};

struct deployment {
	int64_t id;
	char *environment;	/* ours, or NULL */
	char *github_environment;
	char *ref, *commit, *creator;
	char *state;		/* newest status: "success", …; or NULL */
	int64_t created_at, state_at;
};

/* Check runs and combined status of a commit, put together, and the end-to-end
 * tests that ran on it. */
struct commit_checks {
	char *commit;
	enum run_state ci;
	int total, failed, pending;
	char *failing;		/* names of those that failed, or NULL */
	enum run_state e2e;
	int64_t e2e_at;
	int64_t observed_at;
};

struct pull {
	int number;
	char *title, *author;
	int64_t created_at;
	enum tri draft;
};

struct runner {
	char *name, *os;
	enum tri online, busy;
};

/* One permission that the token should have (domain facts c). */
struct permission {
	char *name;		/* "Deployments: write" */
	char *needed_for;	/* in words */
	enum tri granted;
};

/* What kind of trouble the last attempt had: each has its own remedy. */
enum api_trouble {
	API_OK, API_CREDENTIAL /* 401 */, API_DENIED /* 403, 404 */,
	API_LIMITED, API_SECONDARY_LIMIT, API_INVALID /* 422 */,
	API_SERVER /* 5xx */, API_UNREACHABLE, API_MALFORMED,
	API_TROUBLES,
};

const char *api_trouble_name(enum api_trouble t);	/* "ok" "credential" … */
enum api_trouble api_trouble_parse(const char *word);	/* others: "ok" */

struct github_api {
	char *login;		/* the token's owner, or NULL */
	enum api_trouble trouble;
	int limit, remaining;	/* -1 unknown */
	int64_t reset_at;
	int64_t next_try;	/* TIME_UNKNOWN: as usual */
	int64_t requests;	/* GETs sent since the server started */
	int64_t not_modified;	/* of these, answered 304 */
};

struct pipelines {
	struct observation seen;
	struct github_api api;
	char *repository;	/* "acadenice/formation-hub" */
	char *critical_label;
	struct workflow *workflows;	/* in the order configured */
	size_t workflow_count;
	struct approval *approvals;
	size_t approval_count;
	struct gate *gates;
	size_t gate_count;
	struct deployment *deployments;	/* newest first */
	size_t deployment_count;
	struct commit_checks *checks;
	size_t check_count;
	struct pull *pulls;		/* open, with the critical label */
	size_t pull_count;
	enum tri pulls_known;		/* so that none is a finding */
	struct runner *runners;
	size_t runner_count;
	struct permission *permissions;
	size_t permission_count;
	/* Since the last model_changes_clear(): any of it, or only seen and
	 * api. */
	bool changed, attempted;
};

void pipelines_init(struct pipelines *p);
void pipelines_release(struct pipelines *p);

/* All NULL when there is none of it. Borrowed. */
const struct workflow *pipelines_workflow(const struct pipelines *p,
    const char *file);
const struct gate *pipelines_gate(const struct pipelines *p,
    const char *environment);
const struct commit_checks *pipelines_checks(const struct pipelines *p,
    const char *commit);
/* The newest deployment of that environment whose newest status is success. */
const struct deployment *pipelines_deployed(const struct pipelines *p,
    const char *environment);

#endif
