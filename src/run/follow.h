/*
 * What the verbs of GitHub share: the run of a workflow for a commit is found,
 * remembered by its id, and read again and again. That answers fail to come is
 * said and waited out: what a run does is known from GitHub alone, and it
 * goes on whether it is heard of or not.
 */
#ifndef RUN_FOLLOW_H
#define RUN_FOLLOW_H

#include "run/verb.h"
#include "source/github-act.h"

struct follow {
	struct step *step;
	struct github_act *act;		/* under way, or NULL */
	struct loop_timer *timer;
	char *workflow, *commit;
	char *event, *ref;		/* or NULL */
	bool rerun;			/* one that ended before is run again */
	int64_t id;			/* -1: not found yet */
	int attempt;			/* that must be passed; 0 */
	int sent;			/* requests for another attempt */
	int64_t since;			/* monotonic: looks for it */
	int64_t heard_at;		/* monotonic */
	char *name;			/* "deploy-prod.yml #412"; or NULL */
	/* The run as it is now: go on with follow_again(), or end the step. */
	void (*look)(struct follow *f, const struct pipeline_run *r);
	void (*release)(struct step *s);	/* all of the step's state */
};

/* workflow, commit, event, ref, ended, appear: first in the table of each. */
#define FOLLOW_ARGUMENTS \
	{"workflow", .required = true}, \
	{"commit", .required = true}, \
	{"event"}, \
	{"ref"}, \
	{"ended", .words = follow_ended_words}, \
	{"appear", .kind = ARGUMENT_DURATION}

extern const char *const follow_ended_words[];	/* "fail" "rerun" */

/* Fill f from the step's arguments and its memory ("run 412", "rerun 412 1"),
 * and begin to look. s->state holds f. -1: the step has ended. */
int follow_begin(struct follow *f, struct step *s);
void follow_release(struct follow *f);
/* Read it again in a while; or now. */
void follow_again(struct follow *f);
void follow_now(struct follow *f);
/* A question was not answered: say so and ask again in a while. */
void follow_trouble(struct follow *f, const struct github_told *t);
/* "deploy: Deploy via SSH 12s"; the caller frees it. */
char *follow_doing(const struct pipeline_run *r, int64_t now);
/* "job deploy, step Deploy via SSH"; NULL: no job says that it failed. */
char *follow_failure(const struct pipeline_run *r);
/* "yan or corentin": the caller frees it. */
char *follow_either(const char *reviewers);
/* For paper: the run's address and what it is. */
void follow_paper(const struct step *s, struct buf *b, const char *what);

#endif
