/*
 * What the files of source/github*.c share: github.c asks question after
 * question, github-parts.c says which there are and takes what GitHub lists of
 * the repository, github-environments.c takes gates and deployments,
 * github-runs.c and github-jobs.c what is known of runs, github-checks.c what
 * of commits. All write into the model's pipelines. Nobody else includes this.
 */
#ifndef SOURCE_GITHUB_PRIVATE_H
#define SOURCE_GITHUB_PRIVATE_H

#include <sys/queue.h>

#include "source/github-api.h"
#include "source/github-parse.h"
#include "source/github.h"

/* What can be asked. */
enum github_part_kind {
	PART_RUNS,		/* the newest of all workflows */
	PART_RUNS_WAITING,
	PART_RUNS_OF,		/* name: a workflow's file */
	PART_RUN,		/* id */
	PART_WORKFLOWS,
	PART_ENVIRONMENTS,
	PART_POLICIES,		/* name: an environment at GitHub */
	PART_JOBS,		/* id of the run */
	PART_PENDING,		/* id of the run */
	PART_DEPLOYMENTS,	/* name: an environment at GitHub */
	PART_STATUSES,		/* id of the deployment */
	PART_CHECK_RUNS,	/* name: a commit, of the next three too */
	PART_COMBINED,
	PART_E2E,
	PART_CHECKED,		/* nothing is asked: the three above are put
				 * together */
	PART_PULLS,
	PART_RUNNERS,
	PART_USER,
	PART_BRANCH,		/* name: the branch */
	PART_SHOW,		/* id of a run whose jobs somebody wants */
	PARTS,
};

enum github_permit {
	PERMIT_NONE = -1,
	PERMIT_ACTIONS, PERMIT_DEPLOYMENTS, PERMIT_APPROVE, PERMIT_CHECKS,
	PERMIT_STATUSES, PERMIT_CONTENTS, PERMIT_ISSUES, PERMIT_RUNNERS,
	PERMITS,
};

struct github_question {
	enum github_part_kind part;
	int64_t id;
	char *name;
};

struct github_part {
	const char *what;	/* for errors */
	/* %R repository, %I id, %N name, %L label, %E the file of the
	 * end-to-end tests; NULL: nothing is asked. */
	const char *path;
	int pages;
	enum github_permit permit;
	/* That this one thing is not there (404, 422) is no trouble. */
	bool may_lack;
	/* The answer, when all is well; -1: its shape is not known. */
	int (*take)(struct github *g, const struct github_question *q,
	    const struct github_answer *a, struct err *e);
};

extern const struct github_part github_parts[PARTS];

/* A run that has ended and whose jobs are known, or that has none. */
struct github_settled {
	int64_t id;
	int attempt;
	size_t jobs;
};

/* Somebody who waits for a run's jobs. */
struct github_wait {
	struct github_wait *next;
	int64_t id;
	github_run_fn *fn;
	void *arg;
};

struct github_acts;

#define GITHUB_RUNS_PAGE 50	/* as the path of PART_RUNS has it */
#define GITHUB_SETTLED_MAX 128
#define GITHUB_TOUCHED_MAX 64

struct github {
	struct world *w;
	const struct conf *c;
	struct github_client *client;
	struct loop_timer *timer;
	struct secret_ask *secret;
	struct github_question *queue;
	size_t count, head;
	struct github_question asked;	/* under way */
	int64_t next_at, slow_at;	/* monotonic */
	bool busy;		/* a round is under way */
	bool small;		/* for a run's jobs only */
	bool slow;		/* it asks for what seldom changes, too */
	size_t planned;		/* of github_plans */
	bool again;		/* a round is wanted right after this one */
	bool forced;		/* somebody wanted this one */
	int failures;		/* rounds in a row */
	unsigned denied;	/* permits, as bits, not to be tried again
				 * before the next slow round */

	/* Of this round. */
	enum api_trouble trouble;
	char *error;
	bool runs_read;
	bool stirred;		/* a deployment may have changed */
	char *touched[GITHUB_TOUCHED_MAX];	/* commits with news */
	size_t touched_count;
	struct commit_checks counting;
	bool counted;		/* check runs were among it */

	struct github_settled settled[GITHUB_SETTLED_MAX];
	size_t settled_next;
	struct buf told;	/* the model's JSON, as last published */
	struct github_wait *waits;
	struct github_acts *acts;
};

/* github.c */
/* Nobody is told before the round has ended. */
struct pipelines *github_pipelines(struct github *g);
void github_ask(struct github *g, enum github_part_kind part, int64_t id,
    const char *name);

/* github-act.c: questions and acts beside the rounds. */
struct github_acts *github_acts_new(struct github *g);
void github_acts_free(struct github_acts *acts);

/* github-parts.c */
/* Permissions and workflows as configured, with what was known of them. */
void github_configure(struct github *g);
void github_permitted(struct github *g, enum github_permit p, enum tri yes);
/* Our name of one of GitHub's environments, or NULL. */
const char *github_our_environment(const struct github *g, const char *theirs);
/* Whether a workflow deploys it. */
bool github_is_deployed(const struct github *g, const char *environment);
/* What to ask, one after the other: each knows the answers to those before. */
typedef void github_plan_fn(struct github *g);
#define GITHUB_PLANS 3
extern github_plan_fn *const github_plans[GITHUB_PLANS];

/* github-environments.c */
int github_take_environments(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e);
int github_take_policies(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e);
int github_take_deployments(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e);
int github_take_statuses(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e);

/* github-runs.c */
int github_take_runs(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e);
void github_forget_run(struct github *g, int64_t id);
struct pipeline_run *github_find_run(struct github *g, int64_t id,
    struct workflow **of);
/* Something runs, or was asked for approval lately. */
bool github_lively(struct github *g, int64_t now_wall);

/* github-jobs.c */
int github_take_jobs(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e);
int github_take_pending(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e);
int github_take_show(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e);
void github_plan_runs(struct github *g);
/* Time at work, ms; -1 unknown. */
int64_t github_duration(const struct workflow *w, const struct pipeline_run *r,
    int64_t now_wall);
enum status github_workflow_status(const struct workflow *w);

/* github-checks.c */
int github_take_check_runs(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e);
int github_take_combined(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e);
int github_take_e2e(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e);
int github_take_checked(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e);
void github_plan_checks(struct github *g);
/* The file of the workflow that has the end-to-end tests, or NULL. */
const char *github_e2e_file(const struct github *g);
/* What the runs say of the commits. */
void github_judge_checks(struct github *g);
/* A run of that commit has news. */
void github_touch(struct github *g, const char *commit);
bool github_is_touched(const struct github *g, const char *commit);

#endif
