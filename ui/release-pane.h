/*
 * The pane of the releases view: one release with its notes and commits, or
 * what lies between two.
 */
#ifndef UI_RELEASE_PANE_H
#define UI_RELEASE_PANE_H

#include "ui/commits.h"
#include "ui/draw.h"

struct release_pane {
	const struct model *model;
	const struct release *from;	/* NULL: only `to` is shown */
	const struct release *to;
	const struct commits *commits;
	int skip;		/* lines scrolled away */
};

/* The frame's title. */
void release_pane_title(const struct release_pane *p, struct row *r);
/* Inside an area. Returns the lines that all of it takes. */
int release_pane_draw(const struct release_pane *p, struct draw *d,
    const struct area *a);

#endif
