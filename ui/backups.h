/*
 * Backups as words and lines: the slot of a panel, the lines of a list, the
 * sizes of a series as bars. See view-backups.c for the view.
 */
#ifndef UI_BACKUPS_H
#define UI_BACKUPS_H

#include "ui/pane.h"

/* Whether any environment has series. */
bool backups_used(const struct model *m);
/* The series that is worst off: by its status, then by its newest backup's age.
 * NULL when there is none at all. */
const struct backup_series *backups_worst(const struct environment *env);
/* The newest of those that climbed highest; NULL when there is none. */
const struct backup *backups_best(const struct backup_series *s);
/* "● backup 9h  restored 12d ago", for the worst. */
void backups_slot(struct row *r, const struct environment *env);
/* How far it was proved: "restored 12d ago", "plausible size, never verified".
 */
void backups_proof(const struct backup *best, int64_t now, struct buf *b);
/* "baserow: fully read, for 3m" of a verification under way. */
void backups_verifying(const struct backup_series *s, int64_t now,
    struct buf *b);
/* What of a backup asks for a look. */
enum status backups_item_status(const struct backup *item);
/* Columns of bars over `lines` lines, one for each turn of the series, the
 * newest right, and below them what they are. Turns without one stand as gaps.
 */
void backups_chart(struct pen *p, const struct backup_series *s, int lines);
/* All that is known of a series (backups-pane.c); the argument is the struct
 * backup_series. */
void backups_write(void *series, struct pen *p);

#endif
