/*
 * What goes on right now and who is waited for, over all environments: the runs
 * under way, then the most urgent first. A slot of the overview, a strip of the
 * wall.
 */
#ifndef UI_NOW_H
#define UI_NOW_H

#include "ui/draw.h"

/* A frame lower than this says too little. */
#define NOW_LEAST 3
#define NOW_SHOWN 8

struct now;

/* Whether anything is configured that could have something to say. */
bool now_used(const struct model *m);
/* As it is at d->now. The model must not change while it is used. */
struct now *now_new(const struct model *m, const struct draw *d);
void now_free(struct now *n);
int now_count(const struct now *n);
/* The run that comes `by` after the selected one among those under way, in the
 * order shown; selected NULL: the first, or from below the last. NULL: none. */
const char *now_run(const struct model *m, const char *selected, int by);
/* Rows of a frame of that width which holds all of it, at most NOW_SHOWN lines.
 */
int now_rows(const struct now *n, int width);
/* The most urgent one in what is left of a row, when it cannot wait: somebody
 * is waited for, a run takes too long, or all of it is doubtful. */
void now_headline(const struct now *n, struct row *r);
/* A frame over the whole area; what does not fit is counted in its title. */
/* `selected`: the id of a run that is, or NULL. */
void now_pane(const struct now *n, struct draw *d, const struct area *a,
    const char *selected);

#endif
