/*
 * GitHub's answers (REST, version 2022-11-28) as members of the model. Pure;
 * texts are cleaned here, lists have a ceiling, and what an answer lacks is
 * unknown. Each takes one page of an answer and appends to a list that starts
 * as NULL and 0; the caller releases it as a list of the model (tables.h). -1:
 * the page is not of that shape, and the list is as before.
 */
#ifndef SOURCE_GITHUB_PARSE_H
#define SOURCE_GITHUB_PARSE_H

#include "base/err.h"
#include "base/json.h"
#include "model/pipeline.h"

/* A run, and the base name of the file that says what it does. */
struct github_run {
	char *file;
	struct pipeline_run run;
};

struct github_runs {
	struct github_run *items;	/* newest first, as answered */
	size_t count;
};

/* A page of a list of runs; or one run, as /actions/runs/{id} has it. */
int github_runs_parse(const struct json *page, struct github_runs *out,
    struct err *e);
void github_runs_release(struct github_runs *runs);

int github_jobs_parse(const struct json *page, struct pipeline_job **jobs,
    size_t *count, struct err *e);
/* Fills what a run's pending_deployments know: the environment, reviewers,
 * mine, since (when a timer runs). */
int github_approvals_parse(const struct json *page, struct approval **list,
    size_t *count, struct err *e);

/* Who decided on a run, once. */
struct github_review {
	char *state;		/* "approved" "rejected" "pending" */
	char *who, *comment;	/* or NULL */
	char *environments;	/* "production, staging"; or NULL */
};

struct github_reviews {
	struct github_review *items;	/* as answered */
	size_t count;
};

#define GITHUB_REVIEWS_MAX 100

/* A run's approvals. */
int github_reviews_parse(const struct json *page, struct github_reviews *out,
    struct err *e);
void github_reviews_release(struct github_reviews *r);

/* A workflow file at GitHub: file, name, and whether it exists. */
int github_workflows_parse(const struct json *page, struct workflow **list,
    size_t *count, struct err *e);
/* All environments that GitHub has; `environment` is NULL. `branches` is NULL
 * when any ref may deploy. */
int github_gates_parse(const struct json *page, struct gate **list,
    size_t *count, struct err *e);
/* What `branches` says when the names must be asked for. */
#define GITHUB_CHOSEN_REFS "chosen refs"
/* "main, v*": the names that a custom branch policy lists; the caller frees
 * it. */
char *github_policies_parse(const struct json *page, struct err *e);
/* Without their states. */
int github_deployments_parse(const struct json *page, struct deployment **list,
    size_t *count, struct err *e);
/* The newest of a deployment's statuses into d->state and d->state_at. */
int github_statuses_parse(const struct json *page, struct deployment *d,
    struct err *e);

/* Counts of check runs and of statuses, added to those in *c, which begin at 0;
 * github_checks_finish() makes `ci` of them. Each job of a workflow is a check
 * run, that of a deployment, too: `counts` says whether those of a run do (-1:
 * the check is not a workflow's). */
typedef bool github_counts_fn(void *arg, int64_t run);
int github_check_runs_parse(const struct json *page, struct commit_checks *c,
    github_counts_fn *counts, void *arg, struct err *e);
int github_combined_parse(const struct json *page, struct commit_checks *c,
    struct err *e);
void github_checks_finish(struct commit_checks *c);

/* The pull requests among issues. */
int github_pulls_parse(const struct json *page, struct pull **list,
    size_t *count, struct err *e);
int github_runners_parse(const struct json *page, struct runner **list,
    size_t *count, struct err *e);
/* The token's owner; the caller frees it. NULL: the page does not say. */
char *github_login_parse(const struct json *page);

/* What the body of a refusal says: "Validation Failed: lab is invalid". NULL
 * when it says nothing; the caller frees it. */
char *github_complaint(const char *body, size_t len);

#endif
