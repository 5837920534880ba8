/*
 * Commands of the readiness view, for the command table.
 */
#ifndef UI_VIEW_READINESS_H
#define UI_VIEW_READINESS_H

#include "ui/keymap.h"

/* Open it, for the environment named or selected. */
int run_readiness(struct console *c, const struct action *self,
    const char *argument, struct err *e);

#endif
