/*
 * Releases as lines, and the releases slot: the newest versions with where they
 * run, as a frame of lines on the overview.
 */
#ifndef UI_RELEASES_H
#define UI_RELEASES_H

#include "ui/draw.h"

/* A frame lower than this says too little. */
#define RELEASES_PANE_LEAST 4
#define RELEASES_SHOWN 8

/* Columns of the parts of a line, so that lines stand below each other. */
struct releases_widths {
	int tag, where;
	int kind;	/* 0: without it */
};

/* Make room for that one too. */
void releases_measure(const struct model *m, const struct release *item,
    struct releases_widths *w);
void releases_draw(struct row *r, const struct model *m,
    const struct release *item, const struct releases_widths *w);
/* Names of the environments that run it. */
void releases_where(struct row *r, const struct model *m,
    const struct release *item);
/* The title, and how old the list is when that is out of the ordinary. */
void releases_head(struct row *r, const struct model *m);

/* Whether there is anything to show. */
bool releases_worth_a_pane(const struct model *m);
/* The frame is as high as what it holds, at most the area and RELEASES_SHOWN
 * lines. Returns the rows used. */
int releases_pane(const struct model *m, struct draw *d,
    const struct area *a);

#endif
