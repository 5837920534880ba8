/*
 * The commands that begin an act: they find out what is meant, and open its
 * plan (view-plan.h). Nothing is changed by them.
 */
#ifndef UI_DEPLOY_H
#define UI_DEPLOY_H

#include "ui/keymap.h"

/* [environment] [version] [via=ssh|github]; asks for what is missing. */
int run_deploy(struct console *c, const struct action *self,
    const char *argument, struct err *e);
/* [environment] [version] [via=ssh|github]; the server knows the version. */
int run_rollback(struct console *c, const struct action *self,
    const char *argument, struct err *e);

#endif
