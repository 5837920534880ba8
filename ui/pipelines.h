/*
 * What GitHub knows, as words and lines. See view-pipelines.c and view-runs.c
 * for the views.
 */
#ifndef UI_PIPELINES_H
#define UI_PIPELINES_H

#include "ui/pane.h"

/* "▶" while it runs, "‖" while it waits, "·" when it is queued or skipped, else
 * the glyph of its status. */
const char *pipelines_glyph(const struct draw *d, enum run_state s);
enum ink pipelines_ink(enum run_state s);
void pipelines_state(struct row *r, enum run_state s);

/* How long it has been at work, or was; -1 when that is not known. */
int64_t pipelines_elapsed(const struct pipeline_run *run, int64_t now);
/* Longer than its workflow may take. */
bool pipelines_over(const struct workflow *w, const struct pipeline_run *run,
    int64_t now);
/* "2m10s of 5m". */
void pipelines_took(const struct workflow *w, const struct pipeline_run *run,
    int64_t now, struct buf *b);
/* "deploy-prod" of "deploy-prod.yml". The caller frees it. */
char *pipelines_name(const char *file);
/* "deploy-prod #412 waits for yan or corentin". */
void pipelines_approval(const struct model *m, const struct approval *a,
    struct buf *b);
/* Whether there is anything of GitHub to show. */
bool pipelines_used(const struct model *m);
/* "CI ●  E2E ●" of a commit; the columns with two free behind them. */
#define PIPELINES_CHECKS 13
void pipelines_checks_draw(struct row *r, const struct model *m,
    const char *commit);
/* Why what is shown may not be the truth; false when it is fresh. */
bool pipelines_doubt(const struct model *m, int64_t now, struct buf *b);

/* Sections of pages (pipelines-pane.c). */
void pipelines_approvals(struct pen *p, const struct model *m);
void pipelines_runs(struct pen *p, const struct model *m,
    const struct workflow *w);
void pipelines_about(struct pen *p, const struct workflow *w);
/* Gates, pulls, runners, the token, the rate limit. */
void pipelines_github(struct pen *p, const struct model *m);
void pipelines_run_line(struct row *r, const struct workflow *w,
    const struct pipeline_run *run);
void pipelines_jobs(struct pen *p, const struct pipeline_run *run);

#endif
