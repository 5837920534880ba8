/*
 * Commands of the releases view, for the command table.
 */
#ifndef UI_VIEW_RELEASES_H
#define UI_VIEW_RELEASES_H

#include "ui/keymap.h"

/* Open it. */
int run_releases(struct console *c, const struct action *self,
    const char *argument, struct err *e);
int run_releases_compare(struct console *c, const struct action *self,
    const char *argument, struct err *e);

#endif
