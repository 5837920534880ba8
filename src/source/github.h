/*
 * GitHub, through its REST API: the configured workflows with their runs, who
 * must approve what, deployments, checks, pull requests, runners, and what the
 * token may do. Asked on an interval, with conditional requests; answers that
 * have not changed cost nothing of the allowance. Limits are obeyed: nothing is
 * sent before their time. Links never leave the configured origin, redirects
 * are not followed. What was read stays when a reading fails.
 */
#ifndef SOURCE_GITHUB_H
#define SOURCE_GITHUB_H

#include "source/source.h"

struct github;

/* NULL when no repository is configured at GitHub. `c` is borrowed and outlives
 * it: its environments say what GitHub calls them. Fills w->model->pipelines
 * and calls w->changed(arg, NULL). */
struct github *github_new(struct world *w, const struct conf *c);
void github_free(struct github *g);
/* Ask now, unless a limit forbids it. NULL is accepted. */
void github_refresh(struct github *g);

/* Once, never from inside github_run(): the run with its jobs, borrowed; or the
 * error. */
typedef void github_run_fn(void *arg, const struct pipeline_run *run,
    const char *error);

/* The jobs and steps of a run that the model lists. github_free() drops what
 * is under way: the callback is then not called, and `arg` is freed with
 * free(). */
bool github_run_busy(const struct github *g);	/* enough are waited for */
void github_run(struct github *g, int64_t id, github_run_fn *fn, void *arg);

#endif
