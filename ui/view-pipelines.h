/*
 * Commands of the pipelines view, for the command table.
 */
#ifndef UI_VIEW_PIPELINES_H
#define UI_VIEW_PIPELINES_H

#include "ui/keymap.h"

/* Open it. */
int run_pipelines(struct console *c, const struct action *self,
    const char *argument, struct err *e);
/* The runs of the selected workflow. */
int run_pipelines_open(struct console *c, const struct action *self,
    const char *argument, struct err *e);

#endif
