/*
 * Commands of the backups view, for the command table.
 */
#ifndef UI_VIEW_BACKUPS_H
#define UI_VIEW_BACKUPS_H

#include "ui/keymap.h"

/* Open it: of all environments, or of the one named or opened. */
int run_backups(struct console *c, const struct action *self,
    const char *argument, struct err *e);
int run_verify(struct console *c, const struct action *self,
    const char *argument, struct err *e);

#endif
