/* What a plan's page says. */
#ifndef UI_PLAN_PAGE_H
#define UI_PLAN_PAGE_H

#include "ui/pane.h"
#include "ui/plan.h"

/* "deploy", "rollback". */
const char *plan_act(const char *act);
/* Everything but how it is confirmed. `said`: what became of the last attempt,
 * or NULL; `env` may be NULL. */
void plan_page(struct pen *p, const struct plan *plan,
    const struct environment *env, const char *said);
/* Whether it may still be confirmed. */
bool plan_expired(const struct plan *plan, int64_t now);
/* Into the frame's title: what is done to what, and how long it stands. */
void plan_title(struct row *r, const struct plan *plan, const char *act,
    const char *environment, const struct environment *env);
/* How it is confirmed, or why it cannot be: the last lines of the page. Returns
 * the lines used, at most `most`. */
int plan_foot(struct draw *d, const struct area *a, int line, int most,
    const struct plan *plan);

#endif
