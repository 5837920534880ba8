/*
 * What is done at GitHub, and the questions that go with it: beside the rounds
 * of github.h, with the same token, the same limits and the same words for
 * trouble. A POST is sent once. When its answer is lost, nothing is sent again
 * here: who wants to asks first (github_read_run(), github_read_pending(),
 * github_read_reviews(), github_find_runs()) whether it was done.
 */
#ifndef SOURCE_GITHUB_ACT_H
#define SOURCE_GITHUB_ACT_H

#include "source/github-parse.h"
#include "source/github.h"

struct github_act;	/* a question or an act, under way */

enum github_outcome {
	GITHUB_DONE,
	GITHUB_REFUSED,		/* GitHub says no: nothing was done */
	GITHUB_UNSENT,		/* a limit, no token, or one that is refused:
				 * nothing was done; perhaps later */
	GITHUB_LOST,		/* no answer, or none that says anything: an
				 * act may have been done */
};

/* All borrowed. */
struct github_told {
	enum github_outcome outcome;
	enum api_trouble trouble;
	int status;		/* 0: none */
	const char *error;	/* NULL: done */
	int64_t wait_ms;	/* how long nothing may be sent; or 0 */
	/* Of the questions. */
	const struct github_run *runs;	/* newest first */
	size_t run_count;
	const struct approval *pending;
	size_t pending_count;
	const struct github_review *reviews;
	size_t review_count;
};

/* Once, never from inside the call; the act is gone afterwards. */
typedef void github_act_fn(void *arg, const struct github_told *t);

struct github_input {
	const char *name;	/* NULL ends */
	const char *value;
};

/* --- acts ----------------------------------------------------------------- */

/* approve false: reject. */
struct github_act *github_approve(struct github *g, int64_t run,
    const int64_t *environments, size_t count, bool approve,
    const char *comment, github_act_fn *fn, void *arg);
/* inputs NULL: none. */
struct github_act *github_dispatch(struct github *g, const char *workflow,
    const char *ref, const struct github_input *inputs, github_act_fn *fn,
    void *arg);
struct github_act *github_cancel_run(struct github *g, int64_t run,
    github_act_fn *fn, void *arg);
/* All its jobs; only an ended run. It becomes its next attempt. */
struct github_act *github_rerun(struct github *g, int64_t run,
    github_act_fn *fn, void *arg);

/* --- questions ------------------------------------------------------------ */

/* The runs of a workflow's file for a commit (a whole one), created at that
 * time or later. event NULL: any. */
struct github_act *github_find_runs(struct github *g, const char *workflow,
    const char *commit, const char *event, int64_t created_after,
    github_act_fn *fn, void *arg);
/* One run, with its jobs. */
struct github_act *github_read_run(struct github *g, int64_t run,
    github_act_fn *fn, void *arg);
/* Who must approve it now. */
struct github_act *github_read_pending(struct github *g, int64_t run,
    github_act_fn *fn, void *arg);
/* Who has decided on it. */
struct github_act *github_read_reviews(struct github *g, int64_t run,
    github_act_fn *fn, void *arg);

/* Do not tell. What is under way may still be done. NULL is accepted.
 * github_free() cancels all. */
void github_act_cancel(struct github_act *a);

#endif
