/*
 * Rollback readiness as words and lines: the slot of a panel, and the page that
 * tells every check. See view-readiness.c for the view.
 */
#ifndef UI_READINESS_H
#define UI_READINESS_H

#include "ui/pane.h"

/* Whether it can be told of any environment. */
bool readiness_used(const struct model *m);
/* ok when ready, warn when it is with a caveat, crit when it is not. */
enum status readiness_status(const struct readiness *r);
/* "READY", "NOT READY", "NOT KNOWN". */
const char *readiness_title(enum readiness_word w);
/* "● rollback READY v1.3.2 ~2m40s, drilled 12d ago", "■ rollback NOT READY: image
 * gone from registry", on one line or, when it has a reason that is longer, on
 * at most `most`. Returns the lines used. */
int readiness_slot(struct draw *d, const struct area *a, int line, int most,
    const struct readiness *r);
/* The same on one row. */
void readiness_row(struct row *r, const struct readiness *ready);
/* Lines that it would like to have. */
int readiness_slot_lines(const struct readiness *r, int64_t now, int width);
/* All of it: word, estimate, checks with what mends them, the point of no
 * return. */
void readiness_page(struct pen *p, const struct environment *env);
/* Only the checks that are not ok; nothing when there are none. */
void readiness_failing(struct pen *p, const struct readiness *r);

/* The production environment behind whose readiness the line is drawn: the
 * first that has one in use, or NULL. */
const struct environment *readiness_production(const struct model *m);

#endif
