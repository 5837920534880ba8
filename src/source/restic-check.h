/*
 * All data of a restic repository read and checked, on this machine. Nothing is
 * locked, so that a backup can be made meanwhile.
 */
#ifndef SOURCE_RESTIC_CHECK_H
#define SOURCE_RESTIC_CHECK_H

#include "source/source.h"

struct restic_check;

enum restic_checked {
	RESTIC_SOUND,
	RESTIC_DAMAGED,		/* or at least not found sound: why */
	RESTIC_NOT_CHECKED,	/* could not be begun: why */
};

/* Once, never from inside the start. */
typedef void restic_check_fn(enum restic_checked found, const char *why,
    void *arg);

struct restic_check *restic_check_start(struct world *w,
    const struct conf_backup *c, restic_check_fn *done, void *arg);
/* `done` is not called. NULL is accepted. */
void restic_check_cancel(struct restic_check *r);

#endif
