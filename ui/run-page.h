/* What the view of a run says beside its list of steps. */
#ifndef UI_RUN_PAGE_H
#define UI_RUN_PAGE_H

#include "ui/pane.h"

/* A run that is under way says so at least this often. */
#define RUN_SILENCE_MS 30000
#define RUN_HEAD_MOST 5

/* The head: how it stands, from where to where, who and why, what comes next.
 * Lines used, at most `most`; RUN_HEAD_MOST is all of them. */
int run_head(struct draw *d, const struct area *a, int most,
    const struct run *r);
/* A step in a row, a checklist's item in a row. */
void run_step_row(struct row *row, const struct run *r,
    const struct run_step *s);
void run_item_row(struct row *row, const struct checklist_item *item);

/* The step, or the item of it when one is selected, over `height` lines: the
 * end of its output takes what the rest leaves. */
struct run_page {
	const struct run *run;
	const struct run_step *step;
	const struct checklist_item *item;	/* or NULL */
	int height;
};

void run_page(void *page, struct pen *p);

#endif
