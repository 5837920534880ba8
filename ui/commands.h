/*
 * The general commands of the command table. Those of one view stand with the
 * view (view-log.h, view-environment.h), those that change something in acts.h.
 */
#ifndef UI_COMMANDS_H
#define UI_COMMANDS_H

#include "base/json.h"
#include "ui/keymap.h"

/* The environment an argument names, else the selected one, else the only
 * one; NULL with *e. */
const struct environment *command_environment(struct console *c,
    const char *name, struct err *e);
/* What a request that only succeeds or fails has answered, in the footer; the
 * argument is the console. */
void command_answered(void *console, const struct json *message, bool final);

#define COMMAND(name) int name(struct console *c, const struct action *self, \
	const char *argument, struct err *e)

COMMAND(run_quit);
COMMAND(run_back);
COMMAND(run_move);
COMMAND(run_open);
COMMAND(run_choose);
COMMAND(run_next);
COMMAND(run_logs);
COMMAND(run_events);
COMMAND(run_request);
COMMAND(run_shell);
COMMAND(run_copy);
COMMAND(run_redraw);
COMMAND(run_suspend);
COMMAND(run_filter);
COMMAND(run_prompt);
COMMAND(run_help);
COMMAND(run_theme);
COMMAND(run_scroll);

#endif
