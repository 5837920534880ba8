/*
 * The jobs and steps of a run. The model has those of the newest runs; those of
 * others are asked of the server when the operator has stayed with one for a
 * moment.
 */
#ifndef UI_RUN_JOBS_H
#define UI_RUN_JOBS_H

#include "ui/console.h"

struct run_jobs;

struct run_jobs *run_jobs_new(struct console *c);
void run_jobs_free(struct run_jobs *j);
/* This one is looked at now; NULL: none. Call it with every picture. */
void run_jobs_look(struct run_jobs *j, const struct pipeline_run *run);
/* The run with its jobs: the model's, or the server's answer; NULL while it is
 * being read, or when there is an error. Borrowed until the next look. */
const struct pipeline_run *run_jobs_get(const struct run_jobs *j,
    const struct pipeline_run *run);
const char *run_jobs_error(const struct run_jobs *j);

#endif
