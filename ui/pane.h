/*
 * Pages of lines: a pen that goes down as lines are written, and a pane that
 * scrolls such a page in a frame, beside or below the list that it explains.
 */
#ifndef UI_PANE_H
#define UI_PANE_H

#include "ui/draw.h"

/* Lines above the area's first are those scrolled away. */
struct pen {
	struct draw *d;
	const struct area *a;
	int line;
};

struct row pen_row(struct pen *p);
/* Over as many lines as it takes. */
void pen_text(struct pen *p, enum ink ink, const char *text);
void pen_printf(struct pen *p, enum ink ink, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A glyph, and the sentence beside it over as many lines as it takes. */
void pen_glyph(struct pen *p, const char *glyph, enum ink ink,
    const char *text);
/* The same with the glyph and the ink of a status; the text in `ink`. */
void pen_status(struct pen *p, enum status s, enum ink ink, const char *text);
/* An empty line, then a sentence as a heading. */
void pen_heading(struct pen *p, enum ink ink, const char *text);
/* "label  " in that many columns; what stands on the row is the caller's. */
struct row pen_labelled(struct pen *p, const char *label, int width);

struct pane {
	int skip;		/* lines scrolled away */
	int page, most;		/* its height, and the most of skip, as last
				 * drawn */
};

/* Writes all of the page. */
typedef void pane_fn(void *arg, struct pen *p);

/* The area inside a frame, with a column free on both sides where it is wide.
 */
struct area pane_frame(struct draw *d, const struct area *a, enum frame f);
/* Divide: a list of `rows` lines, and a pane beside it on a wide screen, below
 * it on others, or none (pane->h 0) on a low one. */
void pane_split(const struct area *a, int rows, struct area *list,
    struct area *pane);
/* Within a frame, whose title is at *title already. */
void pane_draw(struct pane *p, struct draw *d, const struct area *inside,
    struct row *title, pane_fn *fn, void *arg);
/* By halves of a page. */
void pane_scroll(struct pane *p, int by);

#endif
