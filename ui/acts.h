/*
 * Commands that change something: marks of versions, locks of environments. The
 * server decides whether they may.
 */
#ifndef UI_ACTS_H
#define UI_ACTS_H

#include "ui/keymap.h"

/* Of the selected release; asks for the reason when none is given. */
int run_mark(struct console *c, const struct action *self,
    const char *argument, struct err *e);
/* "lock" and "unlock"; asks for the reason when none is given. */
int run_lock(struct console *c, const struct action *self,
    const char *argument, struct err *e);

#endif
