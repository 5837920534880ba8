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
	int mark;	/* "■ bad" */
	int notes;	/* what is out of the ordinary */
	int kind;	/* 0: without it */
	bool checks;	/* CI and end-to-end tests */
	bool image;	/* whether the registry has it */
};

/* Make room for that one too. */
void releases_measure(const struct draw *d, const struct model *m,
    const struct release *item, struct releases_widths *w);
/* Leave out the columns for which a row of that many columns has no room. */
void releases_fit(struct releases_widths *w, int width);
void releases_draw(struct row *r, const struct model *m,
    const struct release *item, const struct releases_widths *w);
/* Names of the environments that run it. */
void releases_where(struct row *r, const struct model *m,
    const struct release *item);
/* The title, and how old the list is when that is out of the ordinary. */
void releases_head(struct row *r, const struct model *m);

/* "── point of no return: docmost schema changed ──" stands above this
 * release; NULL: nowhere. */
const char *releases_no_return(const struct model *m);
void releases_no_return_draw(struct row *r, const struct model *m);

/* Whether there is anything to show. */
bool releases_worth_a_pane(const struct model *m);
/* Rows of a frame with RELEASES_SHOWN of them. */
int releases_pane_rows(const struct model *m);
/* A frame over the whole area. */
void releases_pane(const struct model *m, struct draw *d,
    const struct area *a);

#endif
