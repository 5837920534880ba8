/*
 * Commands of the environment view, for the command table.
 */
#ifndef UI_VIEW_ENVIRONMENT_H
#define UI_VIEW_ENVIRONMENT_H

#include "ui/keymap.h"

int run_environment_details(struct console *c, const struct action *self,
    const char *argument, struct err *e);
int run_environment_sort(struct console *c, const struct action *self,
    const char *argument, struct err *e);

#endif
