/*
 * Runs in words and in lines: what the now slot, the header, the panels, the
 * list of runs and the view of one say alike. Buffers are the caller's.
 */
#ifndef UI_RUN_WORDS_H
#define UI_RUN_WORDS_H

#include "ui/draw.h"

/* By id; NULL when it is not, or no longer, in the model. */
const struct run *runs_find(const struct model *m, const char *id);
/* The one under way in that environment; NULL: none. */
const struct run *runs_busy(const struct model *m, const char *environment);
/* The one under way in production; NULL: none. */
const struct run *runs_production(const struct model *m);
/* Whether any is known. */
bool runs_used(const struct model *m);

/* Of production? */
bool runs_careful(const struct model *m, const struct run *r);
/* The step to look at: what is under way, else what went wrong, else what comes
 * next, else the last; NULL when it has none. */
const struct run_step *runs_step(const struct run *r);
/* What begins when that step is done; NULL: nothing more. */
const struct run_step *runs_next(const struct run *r,
    const struct run_step *step);

const char *words_phase(enum phase p);
const char *runs_glyph(const struct draw *d, enum phase p);
enum ink runs_ink(enum phase p);
/* "deploy", "rollback", or the name of its book. */
const char *runs_act(const struct run *r);
/* "deploy staging v1.4.2". */
void runs_name(const struct model *m, const struct run *r, struct buf *b);
/* "step 3/7 compose up", with what it waits for or why it failed. */
void runs_where(const struct run *r, struct buf *b);
/* "corentin has PROD (deploying)"; brief: "corentin has PROD". */
void runs_holder(const struct model *m, const struct run *r, bool brief,
    struct buf *b);

/* Milliseconds of the run, of the step; -1 before it began. */
int64_t runs_took(const struct run *r, int64_t now);
int64_t runs_step_took(const struct run_step *s, int64_t now);
/* Whether a step takes longer than it usually does. */
bool runs_late(const struct run_step *s, int64_t now);
/* "usually 40s, now 1m35s", "took 40s", "usually 40s". */
void runs_step_time(const struct run_step *s, int64_t now, struct buf *b);

/* "▶ deploying: step 3/7 compose up" with its time at the right: one row of a
 * panel. */
void runs_row(struct row *row, const struct run *r);

#endif
