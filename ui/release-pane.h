/*
 * The pane of the releases view: one release with its notes and commits, or
 * what lies between two.
 */
#ifndef UI_RELEASE_PANE_H
#define UI_RELEASE_PANE_H

#include "ui/commits.h"
#include "ui/pane.h"

struct release_pane {
	const struct model *model;
	const struct release *from;	/* NULL: only `to` is shown */
	const struct release *to;
	const struct commits *commits;
};

/* The frame's title. */
void release_pane_title(const struct release_pane *p, struct row *r);
/* All of it; the argument is a struct release_pane. */
void release_pane_write(void *pane, struct pen *p);

#endif
