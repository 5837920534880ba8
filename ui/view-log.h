/*
 * Commands of the log view, for the command table.
 */
#ifndef UI_VIEW_LOG_H
#define UI_VIEW_LOG_H

#include "ui/keymap.h"

int run_log_follow(struct console *c, const struct action *self,
    const char *argument, struct err *e);
int run_log_severity(struct console *c, const struct action *self,
    const char *argument, struct err *e);
int run_log_wrap(struct console *c, const struct action *self,
    const char *argument, struct err *e);
int run_log_time(struct console *c, const struct action *self,
    const char *argument, struct err *e);
int run_log_save(struct console *c, const struct action *self,
    const char *argument, struct err *e);

#endif
